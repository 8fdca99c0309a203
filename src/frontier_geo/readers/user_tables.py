"""
Tables of the user's own: a colleague's spreadsheet, an export of a GIS, the library's own files.

There is no codebook. Columns are known by their names (`columns`) or by a mapping (`mapping`); dates
and coordinates are read as people write them (`days`, `coordinates`). What is not understood stays a
column of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from frontier_geo._files import original_cells
from frontier_geo.event_types import EVENT_TYPES
from frontier_geo.events import EVENT_COLUMNS
from frontier_geo.licences import NOT_STATED, licence_of_columns
from frontier_geo.location_precision import PRECISIONS
from frontier_geo.readers.cells import LARGEST_COUNT, TEXT, blank, code, text
from frontier_geo.readers.columns import (
    AS_IT_CAME,
    BOTH_SIDES,
    COORDINATE_COLUMNS,
    DATE_PARTS,
    can_be_side,
    detect_columns,
    folded,
    side_of,
)
from frontier_geo.readers.coordinates import (
    pair_order,
    read_coordinates,
    read_mgrs,
    read_pairs,
    read_projected,
)
from frontier_geo.readers.days import DateHabit, date_habit, read_days, tell_habit
from frontier_geo.readers.mapping import TableMapping, as_mapping, check_present
from frontier_geo.readers.own_csv import is_own, places_of
from frontier_geo.readers.problems import Problems
from frontier_geo.readers.source import Options, RawFile, Source

__all__ = ["LICENCE_NOT_STATED", "TABLE", "settle", "understood"]

LICENCE_NOT_STATED = NOT_STATED
#: What a column's own name ends with where that name means something else in the event table.
OWN_SUFFIX = "_source"
ROUNDING_TOLD_KM = 1.0  # a coordinate rounded more finely than this says nothing of itself
SAMPLE_ROWS = 2_000  # by which weak names such as x and y are judged
PAIRS = ("coordinates", "lat_lon", "lon_lat")

#: Rows that say the same of the order of dates, or of the calendar, after which no more are looked at.
SHOWN_ENOUGH = 100
#: How tables of rows set apart begin: what was found about a row, then the row as it came.
SET_APART = (
    ("file", "row_number", "column", "value", "reason"),
    ("file", "row_number", "repeats_file", "repeats_row", "event_id", "differs"),
)


def understood(cells: pd.DataFrame, options: Options) -> dict[str, str]:
    """Return which column each of the event table, `lon`, `lat` … was taken from."""
    return _columns(_prepared(cells), as_mapping(options.mapping), options)


def settle(file: RawFile, options: Options) -> Options:
    """
    Decide for a file as a whole what its rows alone might be read for differently.

    That is: which column is which, whether the day or the month comes first, the calendar, and which
    of two coordinates in one cell comes first. Columns of coordinates are not read where the file has
    a geometry. The dates are looked through from the start of the file until a hundred rows more show
    the one order and the one calendar than the other, where the caller has not said them; those of a
    file that leaves it open, such as one of ISO dates, to its end. Without this, each chunk decides
    for itself.

    Parameters
    ----------
    file : RawFile
        A table.
    options : Options
        What the caller said; it stands.

    Returns
    -------
    Options
        The same with `mapping`, and, where there are dates, `day_first` and `calendar`.
    """
    mapping = as_mapping(options.mapping)
    options = replace(options, file_name=file.name)
    told = _with_said(options, mapping)
    columns: dict[str, str] | None = None
    habit = DateHabit()
    for chunk in file.chunks():
        cells = _prepared(chunk.cells)
        if columns is None:
            if chunk.geometry is not None:  # that is the place; columns x and y are not
                no_place = dict.fromkeys(COORDINATE_COLUMNS)
                mapping = replace(mapping, columns={**no_place, **mapping.columns})
            columns = _columns(cells, mapping, options)
            columns = _with_order(columns, cells)
        dates = _dates_of(cells, columns, Problems())
        for column in dates:
            habit += date_habit(column)
        if not dates or _is_shown(habit, told):
            break
    if columns is None:
        return options
    if dates:
        tell_habit(habit, told, str(dates[0].name))
        if told.day_first is None:
            told = replace(told, day_first=habit.reads_day_first)
        if told.calendar == "auto":
            told = replace(told, calendar=habit.calendar)
    none = dict.fromkeys((*EVENT_COLUMNS, *COORDINATE_COLUMNS, *DATE_PARTS))
    return replace(
        told, mapping=replace(mapping, columns={**none, **columns}, calendar=None).as_dict()
    )


def _is_shown(habit: DateHabit, told: Options) -> bool:
    """Return whether dates show clearly what the caller has not said of them."""
    order = abs(habit.day_first - habit.month_first) >= SHOWN_ENOUGH
    calendar = abs(habit.gregorian - habit.solar_hijri) >= SHOWN_ENOUGH
    return (told.day_first is not None or order) and (told.calendar != "auto" or calendar)


def _prepared(cells: pd.DataFrame) -> pd.DataFrame:
    """Return the cells without categories; those of a table of rows set apart as they came before."""
    apart = with_row = False
    # Rows that were refused again stand behind what was found about them twice, or more often.
    while (width := _width_of_findings(cells)) > 0:
        last = str(cells.columns[-1])
        with_row = last == "row" or (with_row and _bare(last) == "row")
        cells = cells.iloc[:, width : -1 if with_row else None]
        texts = [name for name in cells.columns if cells[name].dtype == TEXT]
        cells = cells.assign(**{str(name): original_cells(cells[name]) for name in texts})
        apart = True
    if apart:
        before = [_bare(name) for name in cells.columns]
        cells = cells.set_axis(before, axis=1) if len(set(before)) == len(before) else cells
    categories = [isinstance(dtype, pd.CategoricalDtype) for dtype in cells.dtypes]
    if any(categories):
        cells = cells.astype(dict.fromkeys(cells.columns[categories], object))
    return cells


def _width_of_findings(cells: pd.DataFrame) -> int:
    """Return how many columns at the start say why rows were set apart; 0 in any other table."""
    bare = tuple(_bare(name) for name in cells.columns[: max(map(len, SET_APART))])
    return next((len(names) for names in SET_APART if bare[: len(names)] == names), 0)


def _bare(name: object) -> str:
    """Return the name of a column as the file had it before its rows were set apart."""
    return str(name).split(AS_IT_CAME)[0]


def _to_events(cells: pd.DataFrame, problems: Problems, options: Options) -> pd.DataFrame:
    """Return the events of a table; what a reader should know of it goes into the notes."""
    mapping = as_mapping(options.mapping)
    options = _with_said(options, mapping)
    width = len(cells.columns)
    cells = _prepared(cells)
    if len(cells.columns) < width:
        _note_once(options, "The columns that say why its rows were set apart were left out.")
    columns = _columns(cells, mapping, options)
    # Our own files are known by their columns; in them, texts are as they should be.
    own = is_own(cells.columns)
    events: dict[str, pd.Series] = {}
    for target, column in columns.items():
        kind = EVENT_COLUMNS[target][0] if target in EVENT_COLUMNS else "place"
        kind = "side" if target == "country_side" else kind
        if kind in _READERS and target != "killed":
            given = _translated(cells[column], mapping.values.get(target))
            events[target] = _READERS[kind](given, problems, own).rename(target)
    for target, value in mapping.constants.items():
        _fill(events, target, value, cells.index)
    if not own:
        _refuse_totals(cells, columns, problems)
        _tell_odd_sides(events, options)
    if "killed" in columns:
        _add_killed(events, cells[columns["killed"]], problems)
    _add_days(events, cells, columns, problems, options)
    rounding = _add_point(events, cells, columns, problems, mapping)
    if rounding is not None and not own:  # what our own files leave out is not known
        _add_rounding(events, rounding, options)
    _add_event_type(events, cells, columns, options)
    if "country" in events:
        sides = _sides(events["country"])
        given = events.get("country_side")
        events["country_side"] = sides if given is None else given.fillna(sides)
    _fill(events, "source", options.file_name, cells.index)
    known = licence_of_columns((*options.file_columns, *cells.columns))
    licence = LICENCE_NOT_STATED if known is None else known.text
    _fill(events, "licence", options.licence or licence, cells.index)
    wkt = own and "geometry" in cells and "geometry" not in set(columns.values())
    if wkt:
        events["geometry"] = places_of(cells["geometry"], problems)
        columns["geometry"] = "geometry"
    order = [name for name in (*EVENT_COLUMNS, "lon", "lat", "geometry") if name in events]
    table = pd.DataFrame({name: events[name] for name in order}, index=cells.index)
    table = pd.concat([table, _rest(cells, columns)], axis=1)
    table.attrs["columns"] = columns  # what the source calls them, for messages
    return table


def _sides(countries: pd.Series) -> pd.Series:
    """Return TJ or AF where a country is one of the two, both where that is said."""
    codes, distinct = pd.factorize(code(countries))
    sides = ["both" if folded(name) in BOTH_SIDES else side_of(name) for name in distinct]
    return pd.Series(sides, dtype=TEXT).reindex(codes).set_axis(countries.index)


def _tell_odd_sides(events: dict[str, pd.Series], options: Options) -> None:
    """Note words such as ``north`` in a column of sides, which are kept but are no country."""
    if "country_side" in events:
        words = events["country_side"].dropna().drop_duplicates()
        odd = [word for word in words if not can_be_side(word)]
        if odd:
            _note_once(
                options,
                f"Some sides of the border are no country's code, such as {odd[0]!r}; they stay as "
                "they are in country_side. A mapping can translate them.",
            )


def _with_said(options: Options, mapping: TableMapping) -> Options:
    """Take from a mapping what the caller did not say of the dates."""
    return replace(
        options,
        day_first=mapping.day_first if options.day_first is None else options.day_first,
        calendar=(mapping.calendar or "auto") if options.calendar == "auto" else options.calendar,
    )


def _columns(cells: pd.DataFrame, mapping: TableMapping, options: Options) -> dict[str, str]:
    """Return which column comes from which: the mapping first, the rest by their names."""
    check_present(mapping, cells.columns, name=options.file_name)
    columns = {target: column for target, column in mapping.columns.items() if column is not None}
    taken = set(columns.values())
    free = [column for column in cells.columns if column not in taken]
    found = detect_columns(free, cells[free].head(SAMPLE_ROWS), translated=mapping.values)
    # A place or a day that the mapping gives in one way is not looked for in another.
    settled = set(mapping.columns)
    for ways in (set(COORDINATE_COLUMNS), {"date_start", *DATE_PARTS}):
        if ways & set(columns):
            settled |= ways
    columns |= {t: column for t, column in found.columns.items() if t not in settled}
    for target, note in found.doubts.items():
        if target not in settled:
            _note_once(options, note)
    if "date_start" in columns:  # parts of a date beside a whole one stay columns of their own
        columns = {target: column for target, column in columns.items() if target not in DATE_PARTS}
    return columns


def _with_order(columns: dict[str, str], cells: pd.DataFrame) -> dict[str, str]:
    """Settle which of two coordinates in one cell comes first."""
    if "coordinates" not in columns:
        return columns
    column = columns["coordinates"]
    order = pair_order(cells[column]) or "lat_lon"
    return {order if target == "coordinates" else target: c for target, c in columns.items()}


def _translated(cells: pd.Series, words: Mapping[str, str] | None) -> pd.Series:
    """Put the words of a mapping in place of the table's own."""
    if not words:
        return cells
    by_key = {folded(word): meant for word, meant in words.items()}
    codes, distinct = pd.factorize(text(cells))
    meant = [by_key.get(folded(word), word) for word in distinct]
    return pd.Series(meant, dtype=TEXT).reindex(codes).set_axis(cells.index).rename(cells.name)


def _text(cells: pd.Series, problems: Problems, own: bool) -> pd.Series:
    """Return text: of our own files as it stands, of others trimmed."""
    if own and cells.dtype == TEXT:
        return cells
    if own and (isinstance(cells.dtype, pd.StringDtype) or cells.dtype == object):
        kept = [pd.NA if _is_missing(value) else str(value) for value in cells]
        return pd.Series(kept, index=cells.index, dtype=TEXT)
    return text(cells)


def _word(cells: pd.Series, problems: Problems, own: bool) -> pd.Series:
    """Return words of a vocabulary as they are written there: ``Armed clash`` is ``armed_clash``."""
    codes, distinct = pd.factorize(text(cells))
    words = pd.Series(distinct, dtype=TEXT)
    plain = words.str.lower().str.replace(r"[\s\-]+", "_", regex=True)
    plain = plain.mask(blank(words) & ~plain.isin(list(PRECISIONS)), pd.NA)
    return plain.reindex(codes).set_axis(cells.index)


_WESTERN = tuple((f"[{chr(0x06F0 + n)}{chr(0x0660 + n)}]", str(n)) for n in range(10))
_PLAIN_NUMBER = r"^[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?$"
_TWO_READINGS = r"^[+-]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|\.[0-9]{3})$"
_DECIMAL_POINT = r"^[+-]?(?:[0-9]+\.(?:[0-9]{1,2}|[0-9]{4,})|(?:0|[0-9]{4,})\.[0-9]{3})$"
_NO_DECIMAL_POINT = (
    r"^[+-]?(?:[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{1,3}(?:\.[0-9]{3}){2,}(?:,[0-9]+)?)$"
)
_GROUPED = r"^[+-]?[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})+(?:[.,][0-9]+)?$"
_PEOPLE = r"\s*(?:чел\.?|человека?|persons?|people|нафар|نفر)$"
_DIGIT_AND_PEOPLE = rf"(?i)[0-9۰-۹٠-٩]{_PEOPLE}"
_RANGE = r"^[0-9]+\s*(?:-|–|—|to|до|то|تا)\s*[0-9]+$"


def _words_of_numbers(cells: pd.Series) -> pd.Series:
    """Return text with western digits, what says nothing missing."""
    words = text(cells)
    words = words.mask(blank(words), pd.NA)
    if words.str.contains("[^\x00-\x7f]", regex=True).any():
        for pattern, digit in (*_WESTERN, ("٫", ".")):
            words = words.str.replace(pattern, digit, regex=True)
    grouped = words.str.contains(_GROUPED, regex=True).fillna(False).astype(bool)
    if grouped.any():
        words = words.mask(grouped, words.str.replace(r"[ \u00a0\u202f]", "", regex=True))
    return words


def _without_people(cells: pd.Series) -> pd.Series:
    """Return counts without the word for persons behind them, as in ``2 persons``."""
    if cells.dtype.kind in "fiu":
        return cells
    words = text(cells)
    told = words.str.contains(_DIGIT_AND_PEOPLE, regex=True).fillna(False).astype(bool)
    if not told.any():
        return cells
    bare = words.str.replace(f"(?i){_PEOPLE}", "", regex=True)
    return words.mask(told, bare).rename(cells.name)


def _can_be_thousands(words: pd.Series, cells: pd.Series, whole: bool) -> pd.Series:
    """
    Return which numbers can be read in two ways: ``1,250``, and ``1.250`` too.

    A point is a decimal one where other numbers of the column show that, and none shows another use.
    """
    two = _has(words, _TWO_READINGS)
    if not two.any():
        return two
    if not whole and _has(words, _DECIMAL_POINT).any() and not _has(words, _NO_DECIMAL_POINT).any():
        return two & _has(words, ",")
    return two & ~_has(text(cells), "٫")  # which is a decimal sign and no other


def _has(words: pd.Series, pattern: str) -> pd.Series:
    return words.str.contains(pattern, regex=True).fillna(False).astype(bool)


def _number(cells: pd.Series, problems: Problems, own: bool, *, whole: bool = False) -> pd.Series:
    """Return numbers, with a decimal point or comma."""
    if cells.dtype.kind in "fiu":
        values = cells.astype("float64")
        problems.refuse(np.isinf(values), str(cells.name), cells, "a finite number is needed")
        return values.where(np.isfinite(values))
    words = _words_of_numbers(cells)
    two = _can_be_thousands(words, cells, whole)
    if own:
        two &= _has(words, ",")  # we write decimal points
    problems.refuse(
        two, str(cells.name), cells,
        "this can be read in two ways: write thousands without a sign, or four decimals (1.2500)",
    )  # fmt: skip
    good = _has(words, _PLAIN_NUMBER) & ~two
    problems.refuse(
        words.notna() & ~good & ~two, str(cells.name), cells,
        "a number is needed, without a unit or a sign such as ~, or an empty cell",
    )  # fmt: skip
    plain = words.where(good, pd.NA).str.replace(",", ".", regex=False)
    values = pd.to_numeric(plain, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    read = pd.Series(values, index=cells.index)
    problems.refuse(np.isinf(read), str(cells.name), cells, "a finite number is needed")
    return read.where(np.isfinite(read))


def _count(cells: pd.Series, problems: Problems, own: bool) -> pd.Series:
    """Return whole numbers of 0 or more (Int64)."""
    before = len(problems.refused)
    values = _number(_without_people(cells), problems, own, whole=True)
    if len(problems.refused) > before:  # say it for counts
        for place, finding in enumerate(problems.refused[before:], start=before):
            told = ["a whole number is needed, such as 2, or an empty cell"] * len(finding.rows)
            problems.refused[place] = replace(finding, reasons=told)
    odd = (values < 0) | (values % 1 != 0) | (values > LARGEST_COUNT)
    odd &= values.notna()
    problems.refuse(
        odd, str(cells.name), cells, f"a whole number from 0 to {LARGEST_COUNT:,} is needed"
    )
    return values.mask(odd).astype("Int64")


_PARTING = re.compile(r"\s*[;|\r\n]+\s*|[\s,]+(?=https?://)")
_SEVERAL = r"[;|\r\n\[]|[\s,]https?://"


def _list(cells: pd.Series, problems: Problems, own: bool) -> pd.Series:
    """Return lists: of JSON text, or of texts parted by semicolons, bars or line ends."""
    if cells.dtype == object:
        return pd.Series([_as_list(value) for value in cells], index=cells.index, dtype=object)
    words = text(cells)
    several = words.str.contains(_SEVERAL, regex=True).fillna(True).astype(bool)
    lists = [_as_list(word) if odd else [word] for word, odd in zip(words, several, strict=True)]
    return pd.Series(lists, index=cells.index, dtype=object)


def _as_list(value: Any) -> list[str | None] | None:
    if isinstance(value, list | tuple | np.ndarray):
        return [None if _is_missing(part) else str(part) for part in value]
    if _is_missing(value):
        return None
    words = str(value).strip()
    if words.startswith("["):
        try:
            return [None if part is None else str(part) for part in json.loads(words)]
        except (ValueError, TypeError, RecursionError):
            return [words]  # a bracket that begins no list
    return [part for part in _PARTING.split(words) if part] or None


def _side(cells: pd.Series, problems: Problems, own: bool) -> pd.Series:
    """Return TJ, AF or both, where a word for one of them stands there."""
    return _sides(cells).fillna(code(cells))


#: Columns in which the label of a row of totals stands, besides those that mean nothing to us.
_LABELLED = ("place", "admin1", "admin2", "country", "event_type")
_TOTAL = re.compile(
    r"\W*(?:(?:grand|general|overall|sub)[\s-]*)?"
    r"(?:totals?|totaux|итоги?|итого|всего|ҳамагӣ|ҷамъ|مجموع|جمع|جمع کل)\b",
    re.IGNORECASE,
)
_TOTAL_ALONE = re.compile(
    _TOTAL.pattern + r"[\W_]*(?:(?:for|in|of|year|за|pour|en|سال)\b[\W_]*)*[0-9۰-۹]*[\W_]*"
    r"(?:(?:год|года|г|year)\b\W*)?$",
    re.IGNORECASE,
)


def _refuse_totals(cells: pd.DataFrame, columns: Mapping[str, str], problems: Problems) -> None:
    """Refuse rows that sum up others: of those with a date, where the place is no more than Total."""
    meant = {column: target for target, column in columns.items()}
    date = next((columns[each] for each in ("date_start", "year") if each in columns), None)
    undated = pd.Series(True, index=cells.index) if date is None else blank(cells[date])
    for name in cells.columns:
        target = meant.get(name)
        if target not in _LABELLED and (target is not None or date is None):
            continue
        if cells[name].dtype.kind in "fiubM":
            continue
        total = pd.Series(False, index=cells.index)
        total[undated] = _matched(cells[name][undated], _TOTAL)
        if target is not None:
            total |= _matched(cells[name], _TOTAL_ALONE)
        problems.refuse(
            total, str(name), cells[name],
            "an incident is needed, but this looks like a row of totals: leave it out",
        )  # fmt: skip


def _matched(cells: pd.Series, pattern: re.Pattern[str]) -> pd.Series:
    """Return which cells begin as a pattern says, in any language."""
    codes, distinct = pd.factorize(text(cells))
    hits = np.array([*(pattern.match(word) is not None for word in distinct), False])
    return pd.Series(hits[codes], index=cells.index)  # what is missing has the code -1


_READERS = {
    "text": _text,
    "word": _word,
    "number": _number,
    "count": _count,
    "list": _list,
    "side": _side,
}


def _fill(events: dict[str, pd.Series], target: str, value: str, index: pd.Index) -> None:
    """Give rows that say nothing a value."""
    every = pd.Series(value, index=index, dtype=TEXT)
    events[target] = events[target].fillna(every) if target in events else every


def _add_killed(events: dict[str, pd.Series], cells: pd.Series, problems: Problems) -> None:
    """Read the dead; of a range such as 2-3 only the lowest and the highest figure are known."""
    words = _words_of_numbers(_without_people(cells))
    ranges = words.str.contains(_RANGE, regex=True).fillna(False).astype(bool)
    events["killed"] = _count(cells.mask(ranges) if ranges.any() else cells, problems, False)
    if not ranges.any():
        return
    for column, without in (("killed_min", r"[^0-9].*$"), ("killed_max", r"^.*[^0-9]")):
        ends = words[ranges].str.replace(without, "", regex=True).rename(cells.name)
        figures = _count(ends, problems, False)
        figures = figures.reindex(cells.index)
        given = events.get(column)
        events[column] = figures if given is None else given.fillna(figures)


def _add_days(
    events: dict[str, pd.Series],
    cells: pd.DataFrame,
    columns: Mapping[str, str],
    problems: Problems,
    options: Options,
) -> None:
    dates = _dates_of(cells, columns, problems)
    if not dates:
        return
    days = read_days(dates[0], dates[1] if len(dates) > 1 else None, problems, options)
    first, last, precision = (days[name] for name in ("date_start", "date_end", "date_precision"))
    told = events.get("date_precision")
    if told is not None:
        # A day that stands for its month, or year, is the whole of it.
        for word, unit in (("month", "M"), ("year", "Y")):
            wide = (told == word).fillna(False) & (precision == "day").fillna(False)
            if wide.any():
                begin = first[wide].to_numpy().astype(f"datetime64[{unit}]")
                after = (begin + 1).astype("datetime64[D]") - 1
                first = first.mask(
                    wide, pd.Series(begin.astype("datetime64[s]"), first.index[wide])
                )
                last = last.mask(wide, pd.Series(after.astype("datetime64[s]"), last.index[wide]))
        precision = told.fillna(precision)
    events |= {"date_start": first, "date_end": last, "date_precision": precision}


def _dates_of(
    cells: pd.DataFrame, columns: Mapping[str, str], problems: Problems
) -> list[pd.Series]:
    """Return the column of first days, and that of last days where there is one."""
    if "date_start" in columns:
        start = cells[columns["date_start"]]
    elif any(part in columns for part in DATE_PARTS):
        start = _joined_day(cells, columns, problems)
    else:
        return []
    return [start, cells[columns["date_end"]]] if "date_end" in columns else [start]


def _joined_day(cells: pd.DataFrame, columns: Mapping[str, str], problems: Problems) -> pd.Series:
    """Put year, month and day together; 0 is unknown. A part without the larger one is refused."""
    nothing = pd.Series(pd.NA, index=cells.index, dtype=TEXT)
    given = {
        part: code(cells[columns[part]]) if part in columns else nothing for part in DATE_PARTS
    }
    year, month, day = (part.mask(part == "0", pd.NA) for part in given.values())
    without_year, without_month = month.notna() & year.isna(), day.notna() & month.isna()
    for odd, part, larger in ((without_year, "month", "year"), (without_month, "day", "month")):
        if odd.any():
            problems.refuse(
                odd, columns[part], cells[columns[part]],
                f"a {larger} is needed beside the {part}; leave the {part} empty where none is known",
            )  # fmt: skip
    whole = (year + "-" + month).fillna(year)
    whole = (whole + "-" + day).fillna(whole).mask(without_year | without_month, pd.NA)
    name = next(columns[part] for part in DATE_PARTS if part in columns)
    return whole.rename(name)


def _add_point(
    events: dict[str, pd.Series],
    cells: pd.DataFrame,
    columns: Mapping[str, str],
    problems: Problems,
    mapping: TableMapping,
) -> pd.Series | None:
    """Read the points; return how far off their few digits may make them."""
    pair = next((way for way in PAIRS if way in columns), None)
    if "lat" in columns and "lon" in columns:
        lat, lon = cells[columns["lat"]], cells[columns["lon"]]
        if mapping.crs is not None:
            points = read_projected(lat, lon, problems, crs=mapping.crs)
        else:
            points = read_coordinates(lat, lon, problems)
    elif pair is not None:
        points = read_pairs(cells[columns[pair]], problems, order=pair)
    elif "mgrs" in columns:
        points = read_mgrs(cells[columns["mgrs"]], problems)
    else:
        return None
    events["lon"], events["lat"] = points["lon"], points["lat"]
    return points["rounding_km"]


def _add_rounding(events: dict[str, pd.Series], rounding_km: pd.Series, options: Options) -> None:
    """Say of points that were rounded coarsely how far off they may be, where the table does not."""
    usual = {word: each.uncertainty_km for word, each in PRECISIONS.items()}
    least = pd.Series(ROUNDING_TOLD_KM, index=rounding_km.index)
    if "location_precision" in events:
        word = events["location_precision"]
        radius = word.map({w: np.inf if km is None else km for w, km in usual.items()})
        least = np.fmax(least, radius.astype("float64"))
    coarse = rounding_km.where(rounding_km > least)
    if coarse.notna().any():
        given = events.get("location_uncertainty_km")
        events["location_uncertainty_km"] = coarse if given is None else given.fillna(coarse)
        _note_once(
            options,
            "Some coordinates have so few digits that the place may lie more than "
            f"{ROUNDING_TOLD_KM:g} km away; location_uncertainty_km says how far, where it was empty.",
        )


def _add_event_type(
    events: dict[str, pd.Series],
    cells: pd.DataFrame,
    columns: Mapping[str, str],
    options: Options,
) -> None:
    """Keep words that are no event types as the source's own."""
    given = events.get("event_type")
    if given is None:
        return
    known = given.isin(list(EVENT_TYPES))
    events["event_type"] = given.where(known, pd.NA)
    if "event_type" in columns:
        words = text(cells[columns["event_type"]])
        words = words.mask(known & (words == given), pd.NA)  # nothing is lost in those
        told = events.get("source_event_type")
        events["source_event_type"] = words if told is None else told.fillna(words)
        odd = words[given.notna() & ~known]
        if len(odd):
            _note_once(
                options,
                "Some event types are none of EVENT_TYPES; they stand in source_event_type, and "
                "event_type is missing. A mapping can translate them.",
            )


def _note_once(options: Options, note: str) -> None:
    if note not in options.notes:
        options.notes.append(note)


def _rest(cells: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """Return the columns that were not understood, under names that mean nothing else."""
    used = set(columns.values())
    rest = cells[[column for column in cells.columns if column not in used]]
    reserved = {*EVENT_COLUMNS, "lon", "lat", "geometry"}
    taken = reserved | set(rest.columns)
    names: list[str] = []
    for column in rest.columns:
        name = column
        if name in reserved:
            while name in taken:
                name += OWN_SUFFIX
            taken.add(name)
        names.append(name)
    return rest.set_axis(names, axis=1)


def _is_missing(value: Any) -> bool:
    missing = pd.isna(value)
    return bool(missing) if isinstance(missing, bool | np.bool_) else False


TABLE = Source(
    name="table",
    title="table",
    licence=LICENCE_NOT_STATED,
    column_sets={},
    needed=frozenset(),
    to_events=_to_events,
    ids_of_file=True,
)
