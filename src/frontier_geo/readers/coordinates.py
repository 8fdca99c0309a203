"""
Coordinates as people write them → degrees, a whole column at a time.

Read are decimals with a point or a comma; degrees with minutes, and with seconds, parted by their
signs, by colons, by hyphens or by blanks; the letters and words of the four directions in English,
Russian, Tajik, Dari and Persian; Persian and Arabic digits; WKT points; references of the military grid
(MGRS). A letter is stronger than the name of the column. What can be read in two ways is refused.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from frontier_geo.readers.cells import TEXT, blank, text
from frontier_geo.readers.problems import Problems

__all__ = ["pair_order", "read_coordinates", "read_mgrs", "read_pairs", "read_projected"]

KM_PER_DEGREE = 111.195  # of a great circle on the mean sphere; roundings need no more
LATITUDE, LONGITUDE = "latitude", "longitude"

#: Letters and words of the four directions, in lower case and as `_plain` leaves them.
DIRECTIONS = MappingProxyType(
    {
        "n": ("n", "north", "с", "c", "с. ш.", "север", "северная", "северной широты", "шимол", "шимолӣ",
              "арзи шимолӣ", "شمال", "شمالی", "عرض شمالی"),
        "s": ("s", "south", "ю", "ю. ш.", "юг", "южная", "южной широты", "ҷануб", "ҷанубӣ",
              "арзи ҷанубӣ", "جنوب", "جنوبی", "عرض جنوبی"),
        "e": ("e", "е", "east", "в", "b", "в. д.", "восток", "восточная", "восточной долготы", "шарқ",
              "шарқӣ", "тӯли шарқӣ", "شرق", "شرقی", "طول شرقی"),
        "w": ("w", "west", "з", "з. д.", "запад", "западная", "западной долготы", "ғарб", "ғарбӣ",
              "тӯли ғарбӣ", "غرب", "غربی", "طول غربی"),
    }
)  # fmt: skip
_UNSAID = str.maketrans("", "", ". ")
_DIRECTION_OF = {
    word.translate(_UNSAID): letter for letter, words in DIRECTIONS.items() for word in words
}
#: Points within a direction may be left out, and the blanks behind them.
_WORDS = "|".join(
    r"\.?\s*".join(part.replace(" ", r"\s+") for part in word.rstrip(".").split(". "))
    + (r"\.?" if word.endswith(".") else "")
    for word in sorted(sum(DIRECTIONS.values(), ()), key=len, reverse=True)
)
_NUMBER = r"[0-9]+(?:[.,][0-9]+)?"
_OF_DEGREES = r"(?:\s*(?:°|degrees|deg|d|градусов|град|г|дараҷа|درجه|:)\s*|-|\s+)"
_OF_MINUTES = r"(?:\s*(?:'|minutes|min|m|минут|мин|м|дақиқа|دقیقه|:)\s*|-|\s+)"
_OF_SECONDS = r"(?:\s*(?:\"|''|seconds|sec|секунд|сек|сония|ثانیه))"
_ANGLE = (
    rf"^(?P<before>{_WORDS})?\s*(?P<sign>[+-])?\s*(?P<d>{_NUMBER})"
    rf"(?:{_OF_DEGREES}(?P<m>{_NUMBER})(?:{_OF_MINUTES}(?P<s>{_NUMBER}){_OF_SECONDS}?|{_OF_MINUTES})?"
    rf"|{_OF_DEGREES})?\s*(?P<after>{_WORDS})?$"
)
_DECIMAL = r"^[+-]?[0-9]+(?:[.,][0-9]*)?(?:[eE]-[0-9]{1,3})?$"  # 1e-7 is how programs write it
_TWO_READINGS = r"[0-9][.,][0-9]+[.,][0-9]"
_MGRS = r"^[0-9]{1,2}[C-HJ-NP-X][A-HJ-NP-Z]{2}(?:[0-9]{2}){0,5}$"
_WKT = (
    r"^(?:srid=4326;)?\s*point\s*(?:z|m|zm)?\s*\(\s*(?P<a>[+-]?[0-9.]+)\s+(?P<b>[+-]?[0-9.]+)"
    r"(?:\s+[+-]?[0-9.]+)*\s*\)$"
)
_MARKS_ONLY = r"[0-9\s.,°'\":+\-]+"
#: Ways of parting two coordinates in one cell; the first that fits is taken.
_PARTINGS = (
    r"^(?P<a>[^;/|\n\t]+)[;/|\n\t](?P<b>[^;/|\n\t]+)$",
    rf"^(?P<a>{_MARKS_ONLY}(?:{_WORDS}))\s*,?\s*(?P<b>{_MARKS_ONLY}(?:{_WORDS}))$",
    rf"^(?P<a>(?:{_WORDS}){_MARKS_ONLY}?)\s*,?\s*(?P<b>(?:{_WORDS}){_MARKS_ONLY})$",
    r"^(?P<a>(?:[^,]|,\S)+),\s+(?P<b>(?:[^,]|,\S)+)$",
    r"^(?P<a>[^,\s]*[.°][^,\s]*),(?P<b>[^,\s]+)$",
    r"^(?P<a>[^,\s]+),(?P<b>[^,\s]*[.°][^,\s]*)$",
    r"^(?P<a>\S+)\s+(?P<b>\S+)$",
)


def read_coordinates(
    lat_cells: pd.Series, lon_cells: pd.Series, problems: Problems
) -> pd.DataFrame:
    """
    Read a column of latitudes and one of longitudes.

    Parameters
    ----------
    lat_cells, lon_cells : Series
        As they came, named as in the source.
    problems : Problems
        Where rows are reported that cannot be read, or have one of the two only.

    Returns
    -------
    DataFrame
        `lon`, `lat` in degrees, not checked for their range, and `rounding_km`: how far the place may
        lie from the point because the coordinates were rounded, at the far corner of half a unit of
        the last digit. Of the two the one with more digits counts, since zeros at the end get lost.
    """
    lat = _angles(lat_cells, problems, axis=LATITUDE)
    lon = _angles(lon_cells, problems, axis=LONGITUDE)
    for cells, here, there, axis in (
        (lat_cells, lat, lon, LATITUDE),
        (lon_cells, lon, lat, LONGITUDE),
    ):
        alone = here["nothing"] & ~there["nothing"]
        problems.refuse(alone, str(cells.name), cells, f"a {axis} is needed beside the other one")
    return _points(lon, lat)


def read_pairs(cells: pd.Series, problems: Problems, *, order: str = "coordinates") -> pd.DataFrame:
    """
    Read a column that holds both coordinates in one cell.

    Parameters
    ----------
    cells : Series
        Such as ``37.49, 69.41``, ``37,49; 69,41``, ``37°29'N 69°24'E``, ``POINT (69.41 37.49)`` or
        ``42SVF1234567890``.
    problems : Problems
        Where rows are reported that cannot be read.
    order : {"coordinates", "lat_lon", "lon_lat"}
        Which comes first where no letter says so; ``coordinates`` is as `pair_order` finds.

    Returns
    -------
    DataFrame
        As of `read_coordinates`.
    """
    column = str(cells.name)
    words = _plain(text(cells))
    nothing = blank(words)
    points = pd.DataFrame({"lon": np.nan, "lat": np.nan, "rounding_km": np.nan}, index=cells.index)
    grid = _matches(_grid_words(words), _MGRS)
    if grid.any():
        points[grid] = read_mgrs(cells[grid], problems)
    first, second, wkt = _parted(words.mask(nothing | grid, pd.NA))
    unparted = ~nothing & ~grid & first.isna()
    problems.refuse(
        unparted, column, cells,
        "two coordinates are needed that can be told apart, such as 37.49, 69.41 or 37,49; 69,41",
    )  # fmt: skip
    a, b = _read_angles(first), _read_angles(second)
    for part in (a, b):
        for reason in sorted(set(part["reason"].dropna())):
            problems.refuse(part["reason"] == reason, column, cells, reason)
    odd = a["reason"].notna() | b["reason"].notna()
    if order == "coordinates":
        order = pair_order(cells) or "lat_lon"
    by_letter = a["direction"].notna() | b["direction"].notna()
    a_lat, b_lat = a["direction"].isin(["n", "s"]), b["direction"].isin(["n", "s"])
    a_lon, b_lon = a["direction"].isin(["e", "w"]), b["direction"].isin(["e", "w"])
    clash = ~odd & ((a_lat & b_lat) | (a_lon & b_lon))
    problems.refuse(
        clash, column, cells, "a latitude and a longitude are needed, not one of them twice"
    )
    lon_first = a_lon | b_lat | (~by_letter & (wkt | (order == "lon_lat")))
    # Where the column as a whole shows the order, a row that says otherwise is odd.
    ahead = b if order == "lon_lat" else a
    against = ~odd & ~by_letter & ~wkt & (ahead["degrees"].abs() > 90)
    problems.refuse(
        against, column, cells,
        f"in this column the latitude comes {'second' if order == 'lon_lat' else 'first'}, and none "
        "is beyond 90 degrees",
    )  # fmt: skip
    useless = odd | clash | against | first.isna()
    lon = b.where(~lon_first, a).mask(useless)
    lat = a.where(~lon_first, b).mask(useless)
    read = _points(lon, lat)
    return read.where(~grid, points)


def pair_order(cells: pd.Series) -> str | None:
    """
    Tell which of two coordinates in one cell comes first: a value beyond 90 is no latitude.

    Returns
    -------
    {"lat_lon", "lon_lat"} or None
        What most rows show that show anything; None where none does.
    """
    words = _plain(text(cells))
    first, second, wkt = _parted(words.mask(blank(words), pd.NA))
    a, b = _read_angles(first.mask(wkt, pd.NA)), _read_angles(second.mask(wkt, pd.NA))
    silent = a["direction"].isna() & b["direction"].isna()
    lon_first = int((silent & (a["degrees"].abs() > 90)).sum())
    lat_first = int((silent & (b["degrees"].abs() > 90)).sum())
    if lon_first == lat_first:
        return None
    return "lon_lat" if lon_first > lat_first else "lat_lon"


def read_mgrs(cells: pd.Series, problems: Problems) -> pd.DataFrame:
    """
    Read references of the military grid; the point is the middle of the square that is named.

    Returns
    -------
    DataFrame
        As of `read_coordinates`; `rounding_km` is half the diagonal of the square.
    """
    column = str(cells.name)
    words = _grid_words(_plain(text(cells)))
    nothing = blank(words)
    odd = ~nothing & ~_matches(words, _MGRS)
    problems.refuse(
        odd, column, cells,
        "a reference of the military grid is needed, such as 42SVF1234567890, with an even number of "
        "digits behind its letters",
    )  # fmt: skip
    codes, distinct = pd.factorize(words.mask(odd | nothing, pd.NA))
    table = _squares([str(word) for word in distinct])
    points = table.reindex(codes).set_axis(cells.index)
    nowhere = ~odd & ~nothing & points["lon"].isna()
    problems.refuse(nowhere, column, cells, "there is no such square in the military grid")
    return points


def read_projected(
    y_cells: pd.Series, x_cells: pd.Series, problems: Problems, *, crs: str
) -> pd.DataFrame:
    """Read x and y of a projection, in columns of their own, and turn them into degrees."""
    from pyproj import Transformer

    values = {}
    for name, cells in (("x", x_cells), ("y", y_cells)):
        words = _plain(text(cells)).str.replace(",", ".", regex=False)
        nothing = blank(words)
        numbers = _floats(words.where(_matches(words, r"^[+-]?[0-9]+(?:\.[0-9]*)?$"), pd.NA))
        problems.refuse(
            ~nothing & np.isnan(numbers),
            str(cells.name),
            cells,
            f"{name} in {crs} is needed, a number",
        )
        two = _matches(words, r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$")  # 444.500 can be 444,500 m
        if cells.dtype.kind not in "fiu":
            problems.refuse(
                two, str(cells.name), cells,
                "this can be read in two ways: write thousands without a sign, or four decimals",
            )  # fmt: skip
        values[name] = numbers
    transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    lon, lat = transformer.transform(values["x"].to_numpy(), values["y"].to_numpy())
    away = values["x"].notna() & values["y"].notna() & ~np.isfinite(lon)
    problems.refuse(away, str(x_cells.name), x_cells, f"it lies outside the area of {crs}")
    lon, lat = (np.where(np.isfinite(each), each, np.nan) for each in (lon, lat))
    return pd.DataFrame({"lon": lon, "lat": lat, "rounding_km": np.nan}, index=x_cells.index)


def _angles(cells: pd.Series, problems: Problems, *, axis: str) -> pd.DataFrame:
    """Return ``degrees, step, nothing`` of one column; refuse what is not of this axis."""
    if cells.dtype.kind in "fiu":
        values = cells.astype("float64")
        odd = np.isinf(values)
        problems.refuse(odd, str(cells.name), cells, f"a {axis} is needed, in degrees")
        read = pd.DataFrame({"degrees": values.mask(odd), "step": _step_of_floats(values)})
        return read.assign(nothing=values.isna())
    words = _plain(text(cells))
    nothing = blank(words)
    read = _read_angles(words.mask(nothing, pd.NA)).assign(nothing=nothing)
    wrong = read["direction"].isin(["e", "w"] if axis == LATITUDE else ["n", "s"])
    other = LONGITUDE if axis == LATITUDE else LATITUDE
    reasons = read["reason"].mask(
        wrong, f"a {axis} is needed here, but its letter says that it is a {other}"
    )
    reasons = reasons.str.replace("coordinate", axis, regex=False)
    problems.refuse(reasons.notna(), str(cells.name), cells, reasons)
    read["degrees"] = read["degrees"].mask(wrong)
    return read


def _read_angles(words: pd.Series) -> pd.DataFrame:
    """
    Read one coordinate a cell.

    Returns ``degrees``, ``step`` (the unit of the last digit, in degrees), ``direction`` (a letter) and
    ``reason`` (why it cannot be read) over the index; all missing where the word is.
    """
    decimal = _matches(words, _DECIMAL)
    plain = words.where(decimal, pd.NA).str.replace(",", ".", regex=False)
    degrees, step = _floats(plain), _step_of_texts(plain)
    step = step.mask(_matches(plain, "[eE]"), 0.0)  # a program's number, not a rounded one
    direction = pd.Series(pd.NA, index=words.index, dtype=TEXT)
    reason = pd.Series(pd.NA, index=words.index, dtype=TEXT)
    rest = words.notna() & ~decimal
    if rest.any():
        told = _sexagesimal(words[rest])
        for whole, part in ((degrees, "degrees"), (step, "step"), (direction, "direction"),
                            (reason, "reason")):  # fmt: skip
            whole.loc[rest] = told[part]
    return pd.DataFrame(
        {"degrees": degrees, "step": step, "direction": direction, "reason": reason}
    )


def _sexagesimal(words: pd.Series) -> pd.DataFrame:
    parts = _extract(words, _ANGLE)
    d, m, s = (parts[name].str.replace(",", ".", regex=False) for name in "dms")
    value, minutes, seconds = _floats(d), _floats(m), _floats(s)
    before, after = (_letters(parts[name]) for name in ("before", "after"))
    direction = before.fillna(after)
    sign = parts["sign"]
    step = _step_of_texts(d)
    step = step.where(m.isna(), _step_of_texts(m) / 60.0)
    step = step.where(s.isna(), _step_of_texts(s) / 3600.0)
    reason = pd.Series(pd.NA, index=words.index, dtype=TEXT)
    two = _matches(words, _TWO_READINGS)
    for odd, why in (
        (d.isna() & two, "this can be read in two ways: write the coordinate with one decimal point"),
        (d.isna(), "a coordinate is needed, such as 37.4901, 37°29'24\"N or 37 29.4 N"),
        (minutes >= 60, "the minutes of a coordinate are below 60"),
        (seconds >= 60, "the seconds of a coordinate are below 60"),
        (_broken(d) & m.notna() | _broken(m) & s.notna(),
         "only the last part of a coordinate may have decimals"),
        (before.notna() & after.notna(), "a coordinate has one letter for its direction, not two"),
        (sign.notna() & direction.notna(), "a coordinate has a sign or a letter, not both"),
    ):  # fmt: skip
        reason = reason.mask(odd & reason.isna(), why)
    whole = value * 3600.0 + minutes.fillna(0.0) * 60.0 + seconds.fillna(0.0)
    value = value.where(m.isna(), whole / 3600.0)  # rounded once
    negative = (sign == "-").fillna(False) | direction.isin(["s", "w"])
    value = value.where(~negative, -value).mask(reason.notna())
    return pd.DataFrame({"degrees": value, "step": step, "direction": direction, "reason": reason})


def _parted(words: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Part two coordinates in one cell; return the first, the second, and which were WKT."""
    first = pd.Series(pd.NA, index=words.index, dtype=TEXT)
    second = first.copy()
    points = _extract(words, _WKT)
    wkt = points["a"].notna()
    first, second = first.fillna(points["a"]), second.fillna(points["b"])
    bare = words.str.replace(r"^\((.*)\)$", r"\1", regex=True)
    for pattern in _PARTINGS:
        rest = bare.notna() & first.isna()
        if not rest.any():
            break
        parts = _extract(bare[rest], pattern)
        first = first.fillna(parts["a"].reindex(words.index))
        second = second.fillna(parts["b"].reindex(words.index))
    return first.str.strip(" ,\t"), second.str.strip(" ,\t"), wkt


def _points(lon: pd.DataFrame, lat: pd.DataFrame) -> pd.DataFrame:
    """Put two axes side by side and say how far rounding may have moved the point."""
    half = np.fmin(lon["step"], lat["step"]) / 2 * KM_PER_DEGREE
    corner = half * np.hypot(1.0, np.cos(np.radians(lat["degrees"])))
    missing = lon["degrees"].isna() | lat["degrees"].isna()
    return pd.DataFrame(
        {
            "lon": lon["degrees"].astype("float64"),
            "lat": lat["degrees"].astype("float64"),
            "rounding_km": corner.mask(missing).astype("float64"),
        }
    )


def _squares(words: list[str]) -> pd.DataFrame:
    """Return the middle of squares of the military grid and half their diagonal in km."""
    import mgrs
    from mgrs.core import MGRSError
    from pyproj import Transformer

    grid = mgrs.MGRS()
    found: list[tuple[float, float, float, float]] = []
    for word in words:
        digits = len(word) - (5 if word[1].isdigit() else 4)  # behind zone, band and square
        try:
            zone, hemisphere, easting, northing = grid.MGRSToUTM(word)
        except MGRSError:
            found.append((np.nan,) * 4)
            continue
        zone_epsg = (32600 if hemisphere in ("N", b"N") else 32700) + int(zone)
        found.append((zone_epsg, 10.0 ** (5 - digits // 2), easting, northing))
    epsg, side, easting, northing = np.array(found, dtype="float64").reshape(-1, 4).T
    # Versions of the package give the middle of the square, or its corner in the south-west.
    x, y = (np.floor(each / side) * side + side / 2 for each in (easting, northing))
    lon, lat = np.full(len(x), np.nan), np.full(len(x), np.nan)
    for code in np.unique(epsg[np.isfinite(epsg)]):
        here = epsg == code
        to_degrees = Transformer.from_crs(f"EPSG:{code:.0f}", "EPSG:4326", always_xy=True)
        lon[here], lat[here] = to_degrees.transform(x[here], y[here])
    return pd.DataFrame({"lon": lon, "lat": lat, "rounding_km": side / np.sqrt(2) / 1000})


_TRANSLATED = (
    ("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", ""), ("[\u00a0\u2007\u202f\u2009\u200c]", " "),
    ("[º˚∘]", "°"), ("[’‘′ʹ´`‛]", "'"), ("[”“″‶‟〃]", '"'), ("[−–‒]", "-"), ("[٫]", "."), ("[،]", ","),
    ("[ي]", "ی"), *((f"[{chr(0x06F0 + n)}{chr(0x0660 + n)}]", str(n)) for n in range(10)),
)  # fmt: skip
_TO_TRANSLATE = "|".join(pattern for pattern, _ in _TRANSLATED)


def _letters(words: pd.Series) -> pd.Series:
    """Return the letter n, s, e or w of directions in words."""
    codes, distinct = pd.factorize(words)
    letters = [_DIRECTION_OF.get(str(word).translate(_UNSAID)) for word in distinct]
    return pd.Series(letters, dtype=TEXT).reindex(codes).set_axis(words.index)


def _plain(words: pd.Series) -> pd.Series:
    """Return text in lower case with one kind of digits, minus, blanks and signs."""
    beyond = _matches(words, _TO_TRANSLATE)
    if beyond.any():
        odd = words[beyond]
        for pattern, plain in _TRANSLATED:
            odd = odd.str.replace(pattern, plain, regex=True)
        words = words.where(~beyond, odd.reindex(words.index))
    return words.str.lower().str.strip()


def _grid_words(words: pd.Series) -> pd.Series:
    return words.str.upper().str.replace(r"[\s\-]+", "", regex=True)


def _extract(words: pd.Series, pattern: str) -> pd.DataFrame:
    """Return the named groups of a pattern as columns of text; what did not match is missing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    given = pa.array(words.to_numpy(dtype=object, na_value=None), type=pa.large_string())
    found = pc.extract_regex(given, pattern)
    groups: dict[str, Any] = {}
    for place in range(found.type.num_fields):
        part = pc.struct_field(found, place)
        part = pc.if_else(pc.equal(part, ""), None, part)
        groups[found.type.field(place).name] = pd.Series(part.to_pandas(), dtype=TEXT).to_numpy()
    return pd.DataFrame(
        {name: pd.Series(values, index=words.index, dtype=TEXT) for name, values in groups.items()}
    )


def _matches(words: pd.Series, pattern: str) -> pd.Series:
    return words.str.contains(pattern, regex=True).fillna(False).astype(bool)


def _floats(words: pd.Series) -> pd.Series:
    values = pd.to_numeric(words, errors="coerce")
    return pd.Series(values.to_numpy(dtype="float64", na_value=np.nan), index=words.index)


def _broken(words: pd.Series) -> pd.Series:
    return words.str.contains(".", regex=False).fillna(False).astype(bool)


def _step_of_texts(words: pd.Series) -> pd.Series:
    """Return the unit of the last digit: 0.01 of ``37.49``."""
    point = words.str.find(".")
    decimals = (words.str.len() - point - 1).where(point >= 0, 0)
    exponent = decimals.to_numpy(dtype="float64", na_value=np.nan)
    return pd.Series(10.0**-exponent, index=words.index)


def _step_of_floats(values: pd.Series) -> pd.Series:
    """Return the unit of the last digit of numbers, as far as it may matter."""
    step = pd.Series(0.0, index=values.index)
    step = step.mask(values == values.round(1), 0.1).mask(values == values.round(0), 1.0)
    return step.mask(values.isna())
