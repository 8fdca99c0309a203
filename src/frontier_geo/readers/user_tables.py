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

from frontier_geo.event_types import EVENT_TYPES
from frontier_geo.events import EVENT_COLUMNS
from frontier_geo.location_precision import PRECISIONS
from frontier_geo.readers.cells import LARGEST_COUNT, TEXT, blank, code, text
from frontier_geo.readers.columns import COORDINATE_COLUMNS, DATE_PARTS, detect_columns, folded
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

LICENCE_NOT_STATED = "not stated"
#: What a column's own name ends with where that name means something else in the event table.
OWN_SUFFIX = "_source"
ROUNDING_TOLD_KM = 1.0  # a coordinate rounded more finely than this says nothing of itself
SAMPLE_ROWS = 2_000  # by which weak names such as x and y are judged
PAIRS = ("coordinates", "lat_lon", "lon_lat")

_SIDE_OF = {
    folded(name): side
    for side, names in {
        "TJ": ("tj", "tjk", "tajikistan", "republic of tajikistan", "таджикистан", "тоҷикистон",
               "республика таджикистан", "ҷумҳурии тоҷикистон", "تاجیکستان", "تاجکستان"),
        "AF": ("af", "afg", "afghanistan", "афганистан", "афғонистон", "افغانستان"),
        "both": ("both", "both sides"),
    }.items()
    for name in names
}  # fmt: skip


def understood(cells: pd.DataFrame, options: Options) -> set[str]:
    """Return what the columns of a table were taken for: names of the event table, `lon`, `lat` …"""
    return set(_columns(cells, as_mapping(options.mapping), options))


def settle(file: RawFile, options: Options) -> Options:
    """
    Decide for a file as a whole what its rows alone might be read for differently.

    That is: which column is which, whether the day or the month comes first, the calendar, and which
    of two coordinates in one cell comes first. Columns of coordinates are not read where the file has
    a geometry. The file is looked through from its start for as long as its dates leave it open.
    Without this, each chunk decides for itself.

    Parameters
    ----------
    file : RawFile
        A table.
    options : Options
        What the caller said; it stands.

    Returns
    -------
    Options
        The same with `mapping`, and where the dates show it `day_first` and `calendar`.
    """
    mapping = as_mapping(options.mapping)
    options = replace(options, file_name=file.name)
    columns: dict[str, str] | None = None
    habit = DateHabit()
    for chunk in file.chunks():
        if columns is None:
            if chunk.geometry is not None:  # that is the place; columns x and y are not
                no_place = dict.fromkeys(COORDINATE_COLUMNS)
                mapping = replace(mapping, columns={**no_place, **mapping.columns})
            columns = _columns(chunk.cells, mapping, options)
            columns = _with_order(columns, chunk.cells)
        dates = [columns[each] for each in ("date_start", "date_end") if each in columns]
        for column in dates:
            habit += date_habit(chunk.cells[column])
        if habit.day_first or habit.month_first or not habit.either:
            break
    if columns is None:
        return options
    told = _with_said(options, mapping)
    if "date_start" in columns:
        tell_habit(habit, told, columns["date_start"])
        if told.day_first is None and habit.either + habit.day_first + habit.month_first:
            told = replace(told, day_first=habit.reads_day_first)
        if told.calendar == "auto" and habit.gregorian + habit.solar_hijri:
            told = replace(told, calendar=habit.calendar)
    none = dict.fromkeys((*EVENT_COLUMNS, *COORDINATE_COLUMNS, *DATE_PARTS))
    return replace(
        told, mapping=replace(mapping, columns={**none, **columns}, calendar=None).as_dict()
    )


def _to_events(cells: pd.DataFrame, problems: Problems, options: Options) -> pd.DataFrame:
    """Return the events of a table; what a reader should know of it goes into the notes."""
    mapping = as_mapping(options.mapping)
    options = _with_said(options, mapping)
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
    if "killed" in columns:
        _add_killed(events, cells[columns["killed"]], problems)
    _add_days(events, cells, columns, problems, options)
    _add_point(events, cells, columns, problems, options, mapping)
    _add_event_type(events, cells, columns, options)
    if "country" in events:
        sides = _sides(events["country"])
        given = events.get("country_side")
        events["country_side"] = sides if given is None else given.fillna(sides)
    _fill(events, "source", options.file_name, cells.index)
    _fill(events, "licence", options.licence or LICENCE_NOT_STATED, cells.index)
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
    """Return TJ or AF where a country is one of the two."""
    codes, distinct = pd.factorize(code(countries))
    sides = [_SIDE_OF.get(folded(name)) for name in distinct]
    return pd.Series(sides, dtype=TEXT).reindex(codes).set_axis(countries.index)


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
    found = detect_columns(free, cells[free].head(SAMPLE_ROWS))
    # A place or a day that the mapping gives in one way is not looked for in another.
    settled = set(mapping.columns)
    for ways in (set(COORDINATE_COLUMNS), {"date_start", *DATE_PARTS}):
        if ways & set(columns):
            settled |= ways
    columns |= {t: column for t, column in found.columns.items() if t not in settled}
    for target, note in found.doubts.items():
        if target not in settled:
            _note_once(options, note)
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
_TWO_READINGS = r"^[+-]?[0-9]{1,3}(?:,[0-9]{3})+$"
_RANGE = r"^[0-9]+\s*(?:-|–|—|to|до|то|تا)\s*[0-9]+$"


def _words_of_numbers(cells: pd.Series) -> pd.Series:
    """Return text with western digits, what says nothing missing."""
    words = text(cells)
    words = words.mask(blank(words), pd.NA)
    if words.str.contains("[^\x00-\x7f]", regex=True).any():
        for pattern, digit in (*_WESTERN, ("٫", ".")):
            words = words.str.replace(pattern, digit, regex=True)
    return words


def _number(cells: pd.Series, problems: Problems, own: bool) -> pd.Series:
    """Return numbers, with a decimal point or comma."""
    if cells.dtype.kind in "fiu":
        values = cells.astype("float64")
        problems.refuse(np.isinf(values), str(cells.name), cells, "a finite number is needed")
        return values.where(np.isfinite(values))
    words = _words_of_numbers(cells)
    two = words.str.contains(_TWO_READINGS, regex=True).fillna(False).astype(bool)
    problems.refuse(
        two, str(cells.name), cells, "this can be read in two ways: write the number without commas"
    )
    good = words.str.contains(_PLAIN_NUMBER, regex=True).fillna(False).astype(bool) & ~two
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
    values = _number(cells, problems, own)
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
    words = _words_of_numbers(cells)
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
    end = cells[columns["date_end"]] if "date_end" in columns else None
    if "date_start" in columns:
        start = cells[columns["date_start"]]
    elif "year" in columns:
        start = _joined_day(cells, columns)
    else:
        return
    days = read_days(start, end, problems, options)
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


def _joined_day(cells: pd.DataFrame, columns: Mapping[str, str]) -> pd.Series:
    """Put year, month and day together; 0 is unknown."""
    whole: pd.Series | None = None
    for part in DATE_PARTS:
        if part in columns:
            given = code(cells[columns[part]])
            given = given.mask(given == "0", pd.NA)
            whole = given if whole is None else (whole + "-" + given).fillna(whole)
    assert whole is not None
    return whole.rename(columns["year"])


def _add_point(
    events: dict[str, pd.Series],
    cells: pd.DataFrame,
    columns: Mapping[str, str],
    problems: Problems,
    options: Options,
    mapping: TableMapping,
) -> None:
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
        return
    events["lon"], events["lat"] = points["lon"], points["lat"]
    _add_rounding(events, points["rounding_km"], options)


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
