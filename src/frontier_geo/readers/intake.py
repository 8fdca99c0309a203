"""
Rows of a source → the event table, and every row that is not in it.

Each input row ends in exactly one of four tables: accepted, rejected, duplicate, outside. The
checks here hold for every source; what a source's columns mean is the source's own affair.
"""

from __future__ import annotations

import datetime
import gc
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from frontier_geo.errors import DataFileError, RowError
from frontier_geo.event_schema import faults
from frontier_geo.events import EVENT_COLUMNS
from frontier_geo.geodesy import LONLAT_CRS
from frontier_geo.readers.cells import TEXT, text
from frontier_geo.readers.columns import side_of
from frontier_geo.readers.own_csv import is_own
from frontier_geo.readers.problems import Problems, shortened
from frontier_geo.readers.seen_rows import SeenRows
from frontier_geo.readers.source import Options, RawChunk, RawFile, Source
from frontier_geo.readers.vector import geometry_findings

__all__ = ["Batch", "Intake", "Request", "event_table", "raw_names"]

#: From so many rows on, a file of which nine in ten cannot be parted into cells is no table.
MOST_BROKEN = 100_000
FIRST_DAY = pd.Timestamp("1900-01-01")  # an earlier year is a mistake, or of another calendar
#: Text of the finished table: as pandas 3 has it, missing is NaN.
STRING = pd.StringDtype("pyarrow", na_value=np.nan)
#: A row that has none of these, and no geometry, is no report of anything.
SAYING = ("date_start", "place", "admin1", "admin2", "frontage_from_km", "summary")
#: Columns that say what became of a row; a column of the file by such a name gets another.
BOOKKEEPING = (
    "file", "row_number", "column", "value", "reason", "row", "repeats_file", "repeats_row",
    "event_id", "differs",
)  # fmt: skip


@dataclass(frozen=True)
class Request:
    """
    What was asked for; rows beyond it are set aside.

    Attributes
    ----------
    region : shapely geometry or None
        In degrees. Rows whose point or line does not touch it are outside.
    first_day, last_day : Timestamp or None
        Rows that happened wholly before or after are outside.
    countries : tuple of str or None
        Rows whose `country` or `country_side` is none of these are outside.
    strict : bool
        Whether the first row that cannot be used is an error.
    home : shapely geometry or None
        Where the incidents of people's own tables are expected: a row that would lie there if its
        longitude and latitude were exchanged is refused.
    """

    region: Any = None
    first_day: pd.Timestamp | None = None
    last_day: pd.Timestamp | None = None
    countries: tuple[str, ...] | None = None
    strict: bool = False
    home: Any = None


@dataclass(frozen=True)
class Batch:
    """What became of the rows of one chunk: the four tables of a `ReadResult`."""

    accepted: gpd.GeoDataFrame
    rejected: pd.DataFrame
    duplicates: pd.DataFrame
    outside: pd.DataFrame

    @property
    def rows(self) -> int:
        """How many rows came in."""
        return len(self.accepted) + len(self.rejected) + len(self.duplicates) + len(self.outside)


@dataclass
class Intake:
    """
    Takes in the rows of one file after another, and remembers which events it has seen.

    Parameters
    ----------
    request : Request
        What was asked for.
    """

    request: Request
    _files: list[str] = field(default_factory=list)
    _stems: Counter[str] = field(default_factory=Counter)
    _names: SeenRows = field(default_factory=SeenRows)  # ids of events, as they are in the table
    _own_ids: SeenRows = field(default_factory=SeenRows)  # ids that only one file gives
    _rows: SeenRows = field(default_factory=SeenRows)  # whole rows

    def take(
        self, file: RawFile, source: Source, options: Options
    ) -> Iterator[tuple[Batch, int, int]]:
        """
        Take in a file, a chunk at a time; with how much of it has been read, and how much there is.

        Raises
        ------
        RowError
            If the request is strict and a row cannot be used.
        """
        self._files.append(file.name)
        stem = PurePath(file.name).stem or "row"
        self._stems[stem] += 1
        if self._stems[stem] > 1:  # a file of the same name in another folder
            stem = f"{stem}-{self._stems[stem]}"
        options = replace(options, file_name=file.name, file_columns=file.columns)
        rows = broken = 0
        for chunk in _ahead(file.chunks()):
            rows += len(chunk.cells) + len(chunk.broken)
            broken += len(chunk.broken)
            if broken > MOST_BROKEN and broken > 0.9 * rows:
                raise DataFileError(
                    f"{file.name} must be a table, but {broken:,} of its first {rows:,} rows cannot be "
                    f"parted into {len(file.columns):,} cells: {chunk.broken['reason'].iloc[-1]}. Is a "
                    "quote not closed, or is it another kind of file?"
                )
            with _no_collection():
                batch = self._take_chunk(
                    chunk, source, options, stem, texts_checked=file.kind == "csv"
                )
            yield batch, chunk.done, chunk.total

    def _take_chunk(
        self, chunk: RawChunk, source: Source, options: Options, stem: str, *, texts_checked: bool
    ) -> Batch:
        problems = Problems()
        cells = _named(chunk.cells, source)
        found = source.to_events(cells, problems, options)
        options.notes.extend(found.attrs.get("notes", ()))
        events = event_table(found, chunk.geometry, problems)
        if source.column_sets:
            _say_unknown_precision(events)
        if not texts_checked:
            _check_texts(events, problems)
        _check_says_something(events, problems)
        _check_places(events, problems)
        _check_not_swapped(events, found, self.request.home, problems)
        _check_days(events, found, problems, options.today)
        _check_schema(events, found, problems)
        refused = problems.refused_rows()
        left = _without(events, refused)
        _set_aside(left, self.request, problems)
        beyond = problems.rows_beyond()
        beyond = beyond[~beyond.index.isin(refused.index)]
        left = _without(left, beyond)
        repeats = self._repeats(left, cells, chunk.geometry, source)
        left = _without(left, repeats)
        self._name(left, stem, everywhere=not _ids_of_file(source, cells))
        file = self._files[-1]
        rejected = _rows_apart(refused, cells, file)
        if len(chunk.broken):
            rejected = _with_broken(rejected, chunk.broken, file)
        if self.request.strict and len(rejected):
            raise _row_error(rejected.iloc[0])
        return Batch(
            accepted=left.reset_index(drop=True),
            rejected=rejected,
            duplicates=_rows_apart(repeats, cells, file),
            outside=_rows_apart(beyond, cells, file),
        )

    def _repeats(
        self,
        events: gpd.GeoDataFrame,
        cells: pd.DataFrame,
        geometry: gpd.GeoSeries | None,
        source: Source,
    ) -> pd.DataFrame:
        """
        Find the rows that repeat an earlier one, and remember the others.

        An id that holds everywhere names one event. An id of people's own names one within its file;
        across files, and without an id, only a row that is the same in every cell repeats another.
        """
        number = events.index.to_numpy(dtype=np.int64)
        first_file, first_row = np.zeros(len(number), np.int64), np.zeros(len(number), np.int64)
        same = np.ones(len(number), dtype=bool)
        if len(number):
            ids, content = events["event_id"], _content(events)
            has_id = ids.notna().to_numpy()
            order = _newest_first(cells.loc[events.index], source)

            def look_up(seen: SeenRows, keys: NDArray[np.uint64], which: NDArray[np.bool_]) -> None:
                asked = order[which[order]]
                if not len(asked):
                    return
                files, rows, alike = seen.meet(
                    keys[asked], number[asked], len(self._files) - 1, content[asked],
                    np.ones(len(asked), dtype=bool),
                )  # fmt: skip
                new = (rows > 0) & (first_row[asked] == 0)  # what it repeats is told once
                hit = asked[new]
                first_file[hit], first_row[hit], same[hit] = files[new], rows[new], alike[new]

            if _ids_of_file(source, cells):
                keys = _row_hashes(cells.loc[events.index], geometry)
                look_up(self._rows, keys, np.ones(len(number), dtype=bool))
                if has_id.any():
                    own = f"{len(self._files)}\x00" + ids.fillna("").astype(object)
                    keys = _hashes(own.to_numpy(dtype=object))
                    look_up(self._own_ids, keys, has_id)
            else:
                look_up(self._names, _hashes(ids.fillna("").to_numpy(dtype=object)), has_id)
                if not has_id.all():
                    look_up(self._rows, _row_hashes(cells.loc[events.index], geometry), ~has_id)
        repeated = first_row > 0
        return pd.DataFrame(
            {
                "repeats_file": [self._files[k] for k in first_file[repeated]],
                "repeats_row": first_row[repeated],
                "event_id": events["event_id"].to_numpy(dtype=object)[repeated],
                "differs": ~same[repeated],
            },
            index=events.index[repeated],
        )

    def _name(self, events: gpd.GeoDataFrame, stem: str, *, everywhere: bool) -> None:
        """Give each event an id that no other has: its own, or one made from the file's name."""
        ids = events["event_id"].to_numpy(dtype=object).copy()
        unnamed = events["event_id"].isna().to_numpy()
        rows = events.index.to_numpy(dtype=np.int64)
        ids[unnamed] = [f"{stem}:row-{row}" for row in rows[unnamed]]
        open_still = np.flatnonzero(unnamed) if everywhere else np.arange(len(ids))
        nothing = np.zeros(len(ids), dtype=np.uint64)
        attempt = 0
        while len(open_still):
            _, first, _ = self._names.meet(
                _hashes(ids[open_still]), rows[open_still], len(self._files) - 1,
                nothing[open_still], np.ones(len(open_still), dtype=bool),
            )  # fmt: skip
            open_still = open_still[first > 0]
            attempt += 1
            tail = "" if attempt == 1 else f"-{attempt}"
            ids[open_still] = [f"{stem}:{name}{tail}" for name in ids[open_still]]
        if len(ids):
            events["event_id"] = pd.array(ids, dtype=STRING)


@contextmanager
def _no_collection() -> Iterator[None]:
    """
    Keep Python from looking for circles among objects while a chunk makes 100,000 new ones.

    Nothing is kept longer for it than a chunk takes; a sixth of the time goes otherwise.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _without(events: gpd.GeoDataFrame, rows: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the events without some rows; without a copy where there are none."""
    return events.drop(index=rows.index) if len(rows) else events


def _ahead(chunks: Iterator[RawChunk]) -> Iterator[RawChunk]:
    """Read the next chunk in a thread while this one is worked on."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, chunks, None)
        try:
            while (chunk := coming.result()) is not None:
                coming = pool.submit(next, chunks, None)
                yield chunk
        finally:  # what a reader has opened it closes in its own thread
            if (close := getattr(chunks, "close", None)) is not None:
                pool.submit(close).result()


def event_table(
    found: pd.DataFrame, geometry: gpd.GeoSeries | None, problems: Problems
) -> gpd.GeoDataFrame:
    """
    Complete what a source knows to the event table: every column, in order, with its type.

    Parameters
    ----------
    found : DataFrame
        Some columns of `EVENT_COLUMNS`, `lon` and `lat`, and columns of the source's own.
    geometry : GeoSeries or None
        The places, where they do not come from `lon` and `lat`; in EPSG:4326.
    problems : Problems
        Takes rows whose coordinates or geometry cannot be used.
    """
    index, given = found.index, geometry is not None
    columns: dict[str, pd.Series] = {}
    for name, (kind, _) in EVENT_COLUMNS.items():
        column = found[name] if name in found else None
        columns[name] = _typed(column, kind, index)
    _complete_days(columns)
    for name in found.columns:
        if name not in columns and name not in ("lon", "lat", "geometry"):
            columns[name] = found[name]
    if geometry is None:
        points = _points(found, problems)
        if "geometry" in found:
            points = np.where(found["geometry"].notna(), found["geometry"], points)
        geometry = gpd.GeoSeries(points, index=index, crs=LONLAT_CRS)
    if given or "geometry" in found:
        odd, reasons = geometry_findings(geometry)
        kinds = geometry.geom_type.astype(object)
        problems.refuse(odd, "geometry", kinds, reasons)
        odd |= _refuse_off_the_earth(geometry.mask(odd, None), problems)
        geometry = geometry.mask(odd, None)
    table = pd.DataFrame(columns, index=index, copy=False)
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(geometry, index=index, crs=LONLAT_CRS))


def _refuse_off_the_earth(geometry: gpd.GeoSeries, problems: Problems) -> pd.Series:
    """Refuse geometries whose coordinates are no longitudes and latitudes; return which they are."""
    west, south, east, north = shapely.bounds(geometry.to_numpy()).T
    index = geometry.index
    beyond = pd.Series((west < -180) | (east > 180) | (south < -90) | (north > 90), index=index)
    nowhere = pd.Series((west == 0) & (east == 0) & (south == 0) & (north == 0), index=index)
    swapped = beyond & (np.abs(west) <= 90) & (np.abs(north) > 90) & (np.abs(north) <= 180)
    if bool((beyond | nowhere).any()):
        told = pd.Series([_place_told(each) for each in geometry], index=index, dtype=object)
        needed = "longitudes from -180 to 180 and latitudes from -90 to 90 are needed; "
        problems.refuse(swapped, "geometry", told, needed + "they look swapped")
        problems.refuse(
            beyond & ~swapped, "geometry", told,
            needed + "if these are metres of a projection, the file must say its CRS: crs=",
        )  # fmt: skip
        problems.refuse(
            nowhere, "geometry", told,
            "longitude 0 and latitude 0 stand for an unknown place; leave the geometry empty",
        )  # fmt: skip
    return beyond | nowhere


def _say_unknown_precision(events: gpd.GeoDataFrame) -> None:
    """A point of a coded source that does not say how precise it is must not pass for an exact one."""
    silent = events["location_precision"].isna() & events.geometry.notna()
    if silent.any():
        events.loc[silent, "location_precision"] = "unknown"
        events.loc[silent, "location_basis"] = (
            "the row does not say how precisely its place is known"
        )


def _named(cells: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Give the columns of a file without a header their names."""
    names = source.names_of(len(cells.columns))
    if names is not None and all(str(name).isdigit() for name in cells.columns):
        return cells.set_axis(list(names), axis=1)
    return cells


def _typed(column: pd.Series | None, kind: str, index: pd.Index) -> pd.Series:
    if kind == "count":
        return _empty(index, "Int64") if column is None else column.astype("Int64")
    if kind == "number":
        return _empty(index, "float64") if column is None else column.astype("float64")
    if kind == "day":
        if column is None:
            return _empty(index, "datetime64[s]")
        return column.astype("datetime64[s]")
    if kind == "list":
        return (
            pd.Series([None] * len(index), index=index, dtype=object) if column is None else column
        )
    if column is None:
        return _empty(index, STRING)
    return (column if column.dtype == TEXT else text(column)).astype(STRING)


def _empty(index: pd.Index, dtype: Any) -> pd.Series:
    return pd.Series(pd.NaT if dtype == "datetime64[s]" else None, index=index, dtype=dtype)


def _complete_days(columns: dict[str, pd.Series]) -> None:
    """An event without a last day ends with the window its precision says."""
    start, end, precision = (columns[n] for n in ("date_start", "date_end", "date_precision"))
    if bool((end.isna() & start.notna()).any()):
        last = start.copy()
        months, years, weeks = (precision == word for word in ("month", "year", "week"))
        last = last.mask(months, start + pd.offsets.MonthEnd(0))
        last = last.mask(years, start + pd.offsets.YearEnd(0))
        last = last.mask(weeks, start + pd.Timedelta(days=6))
        columns["date_end"] = end.fillna(last).astype("datetime64[s]")
    if bool((start.isna() & end.notna()).any()):
        columns["date_start"] = start.fillna(columns["date_end"])


def _points(found: pd.DataFrame, problems: Problems) -> NDArray[np.object_]:
    """Make points of longitudes and latitudes; refuse what cannot be a place on earth."""
    points = np.full(len(found), None, dtype=object)
    if "lon" not in found or "lat" not in found:
        return points
    lon, lat = found["lon"].astype("float64"), found["lat"].astype("float64")
    # A cell that could not be read is refused already; that it is missing is no further news.
    half = (lon.notna() ^ lat.notna()) & ~found.index.isin(problems.refused_rows().index)
    problems.refuse(
        half & lon.isna(), _name_of(found, "lon"), lon, "a longitude is needed beside the latitude"
    )
    problems.refuse(
        half & lat.isna(), _name_of(found, "lat"), lat, "a latitude is needed beside the longitude"
    )
    swapped = (lat.abs() > 90) & (lat.abs() <= 180) & (lon.abs() <= 90)
    problems.refuse(
        swapped, _name_of(found, "lat"), lat,
        "a latitude from -90 to 90 is needed; longitude and latitude look swapped",
    )  # fmt: skip
    problems.refuse(
        (lat.abs() > 90) & ~swapped, _name_of(found, "lat"), lat,
        "a latitude from -90 to 90 is needed; metres of a projection must be converted first",
    )  # fmt: skip
    problems.refuse(
        lon.abs() > 180, _name_of(found, "lon"), lon,
        "a longitude from -180 to 180 is needed; metres of a projection must be converted first",
    )  # fmt: skip
    nowhere = (lon == 0) & (lat == 0)
    problems.refuse(
        nowhere, _name_of(found, "lat"), lat,
        "longitude 0 and latitude 0 stand for an unknown place; leave both cells empty",
    )  # fmt: skip
    good = (
        lon.notna() & lat.notna() & (lat.abs() <= 90) & (lon.abs() <= 180) & ~nowhere
    ).to_numpy()
    points[good] = shapely.points(lon.to_numpy()[good], lat.to_numpy()[good])
    return points


def _name_of(found: pd.DataFrame, axis: str) -> str:
    """Return what the source calls a column of the event table, or longitude or latitude."""
    return str(found.attrs.get("columns", {}).get(axis, axis))


def _check_texts(events: gpd.GeoDataFrame, problems: Problems) -> None:
    """Refuse texts with a NUL, which no spreadsheet and few formats can hold."""
    for name in events.columns.drop("geometry"):
        column = events[name]
        if column.dtype.kind == "O" or isinstance(column.dtype, pd.StringDtype):
            odd = [isinstance(value, str) and "\x00" in value for value in column]
            reason = "a text without NUL characters is needed"
            problems.refuse(pd.Series(odd, index=events.index), str(name), column, reason)


def _check_says_something(events: gpd.GeoDataFrame, problems: Problems) -> None:
    """Refuse rows that say neither when nor where: blank rows, and the totals below a table."""
    silent = pd.Series(events.geometry.isna().to_numpy(), index=events.index)
    for name in SAYING:
        silent &= events[name].isna()
    if silent.any():
        silent &= ~events.index.isin(problems.refused_rows().index)
        nothing = pd.Series("", index=events.index, dtype=object)
        reason = "a row needs a date or a place, and this has neither: is it blank, or a total?"
        problems.refuse(silent, "", nothing, reason)


def _check_places(events: gpd.GeoDataFrame, problems: Problems) -> None:
    """Refuse stretches of border that are none."""
    start, end = events["frontage_from_km"], events["frontage_to_km"]
    problems.refuse(
        start.notna() ^ end.notna(), "frontage_from_km", start.fillna(end),
        "a stretch needs both frontage_from_km and frontage_to_km",
    )  # fmt: skip
    problems.refuse(
        end < start, "frontage_to_km", end, "the end of a stretch must not lie before its begin"
    )


def _check_not_swapped(
    events: gpd.GeoDataFrame, found: pd.DataFrame, home: Any, problems: Problems
) -> None:
    """Refuse points that lie where they are expected only when longitude and latitude are exchanged."""
    points = (events.geom_type == "Point").to_numpy()
    if home is None or not points.any():
        return
    x, y = np.full(len(events), np.nan), np.full(len(events), np.nan)
    x[points], y[points] = shapely.get_coordinates(events.geometry[points].to_numpy()).T
    west, south, east, north = home.bounds
    there = (west <= y) & (y <= east) & (south <= x) & (x <= north)
    there &= ~((west <= x) & (x <= east) & (south <= y) & (y <= north))
    swapped = pd.Series(there, index=events.index)
    problems.refuse(
        swapped, _name_of(found, "lat"), pd.Series(y, index=events.index),
        "longitude and latitude look swapped: exchanged, the place is near the border",
    )  # fmt: skip


def _check_days(
    events: gpd.GeoDataFrame, found: pd.DataFrame, problems: Problems, today: datetime.date
) -> None:
    """Refuse days that no report can be of."""
    latest = pd.Timestamp(today) + pd.Timedelta(days=1)  # it is tomorrow already in the east
    start, end = events["date_start"], events["date_end"]
    late, early = start > latest, start < FIRST_DAY
    far = (end > latest + pd.Timedelta(days=366)) & (start <= latest)
    if not bool((late | early | far).any()):
        return
    told = start.dt.strftime("%Y-%m-%d")
    problems.refuse(
        late, _name_of(found, "date_start"), told,
        f"a day up to today ({today:%Y-%m-%d}) is needed; this lies in the future",
    )  # fmt: skip
    problems.refuse(
        early, _name_of(found, "date_start"), told,
        "a day from 1900 on is needed; is the year of another calendar, or short of two digits?",
    )  # fmt: skip
    problems.refuse(
        far, _name_of(found, "date_end"), end.dt.strftime("%Y-%m-%d"),
        "a last day within a year of today is needed at most; this lies in the future",
    )  # fmt: skip


def _check_schema(events: gpd.GeoDataFrame, found: pd.DataFrame, problems: Problems) -> None:
    """Refuse rows that break a rule of the event table."""
    for column, rows in faults(events).groupby("column", sort=False):
        first = rows.drop_duplicates("row").set_index("row")
        odd = pd.Series(events.index.isin(first.index), index=events.index)
        values = first["value"].astype(object).reindex(events.index)
        reasons = ("must be " + first["rule"].astype(str)).reindex(events.index)
        problems.refuse(odd, _name_of(found, str(column)), values, reasons)


def _set_aside(events: gpd.GeoDataFrame, request: Request, problems: Problems) -> None:
    """Set rows aside that are beyond what was asked for."""
    if request.region is not None:
        placed = events.geometry.notna().to_numpy()
        hits = np.zeros(len(events), dtype=bool)
        shapely.prepare(request.region)
        hits[placed] = shapely.intersects(request.region, events.geometry.to_numpy()[placed])
        told = (
            pd.Series([_place_told(g) for g in events.geometry], index=events.index, dtype=object)
            if bool((placed & ~hits).any())
            else events["event_id"]
        )
        problems.leave_out(
            pd.Series(placed & ~hits, index=events.index), "geometry", told,
            "lies beyond the region asked for",
        )  # fmt: skip
    first, last = request.first_day, request.last_day
    if first is not None or last is not None:
        start, end = events["date_start"], events["date_end"]
        problems.leave_out(
            start.isna(), "date_start", events["event_id"],
            "has no date, and a period was asked for",
        )  # fmt: skip
        told = start.dt.strftime("%Y-%m-%d")
        if first is not None:
            problems.leave_out(end < first, "date_end", told, f"lies before {first:%Y-%m-%d}")
        if last is not None:
            problems.leave_out(start > last, "date_start", told, f"lies after {last:%Y-%m-%d}")
    if request.countries is not None:
        wanted = {name.casefold() for name in request.countries}
        # Whoever asks for Таджикистан means the side, too, however the source writes its name.
        wanted |= {side.casefold() for name in request.countries if (side := side_of(name))}
        country = events["country"].str.casefold()
        side = events["country_side"].str.casefold()
        fits = country.isin(wanted) | side.isin(wanted) | (country.isna() & side.isna())
        if {"tj", "af"} & wanted:
            fits |= side == "both"
        problems.leave_out(
            ~fits, "country", events["country"].fillna(events["country_side"]),
            f"is none of the countries asked for: {', '.join(request.countries)}",
        )  # fmt: skip


def _place_told(geometry: Any) -> str:
    if geometry is None:
        return ""
    x, y = shapely.get_coordinates(geometry)[0]
    return f"longitude {x:.5f}, latitude {y:.5f}"


def _rows_apart(what: pd.DataFrame, cells: pd.DataFrame, file: str) -> pd.DataFrame:
    """Put what was found about rows beside the rows as they came."""
    table = what.sort_index()
    raw = cells.loc[table.index]
    raw = raw.set_axis(raw_names(raw.columns), axis=1)
    table = pd.concat([table, raw], axis=1) if len(table) else table.copy()
    table.insert(0, "row_number", table.index.to_numpy(dtype=np.int64))
    table.insert(0, "file", file)
    return table.reset_index(drop=True)


def raw_names(columns: Iterable[object]) -> list[str]:
    """Keep the columns of a file apart from those that say what became of its rows."""
    names = [str(name) for name in columns]
    taken = {*BOOKKEEPING, *names}
    for k, name in enumerate(names):
        if name in BOOKKEEPING:
            while name in taken:
                name += " (as it came)"
            names[k] = name
            taken.add(name)
    return names


def _with_broken(rejected: pd.DataFrame, broken: pd.DataFrame, file: str) -> pd.DataFrame:
    apart = broken.copy()
    apart.insert(0, "row_number", apart.index.to_numpy(dtype=np.int64))
    apart.insert(0, "file", file)
    parts = [each for each in (rejected, apart) if len(each)]
    return pd.concat(parts).sort_values("row_number", kind="stable").reset_index(drop=True)


def _row_error(row: pd.Series) -> RowError:
    where = f", column {row['column']!r}" if row["column"] else ""
    return RowError(
        f"Every row of {row['file']} must be usable, but row {row['row_number']}{where} has "
        f"{shortened(row['value'])!r}: {row['reason']}. Mend it, or read without strict to keep the "
        "others."
    )


# ---- what makes rows the same -----------------------------------------------------------------------


def _ids_of_file(source: Source, cells: pd.DataFrame) -> bool:
    """Return whether ids are only their file's own; in files of ours they hold everywhere."""
    return source.ids_of_file and not is_own(cells.columns)


def _newest_first(cells: pd.DataFrame, source: Source) -> NDArray[np.intp]:
    """Return rows in the order in which the first of several with one id is the newest."""
    for name in cells.columns if source.version_column else ():
        if str(name).strip().lower() == source.version_column:
            stamps = pd.to_numeric(cells[name], errors="coerce").to_numpy(np.float64, na_value=0.0)
            return np.argsort(-stamps, kind="stable")
    return np.arange(len(cells))


SALTS = ("frontier_geo:one", "frontier_geo:two")
PRIME = np.uint64(1_099_511_628_211)  # of FNV-1a


def _hashes(values: NDArray[np.object_]) -> NDArray[np.uint64]:
    """Return two independent 64-bit hashes of each text."""
    return np.column_stack(
        [pd.util.hash_array(values, hash_key=salt, categorize=False) for salt in SALTS]
    )


def _row_hashes(cells: pd.DataFrame, geometry: gpd.GeoSeries | None) -> NDArray[np.uint64]:
    """Return two hashes of each whole row: the names of its columns, its cells, its geometry."""
    parts = {str(name): text(cells[name]) for name in cells.columns}
    if geometry is not None:
        parts["\x00geometry"] = geometry.loc[cells.index].to_wkb(hex=True)
    whole = np.zeros((len(cells), len(SALTS)), dtype=np.uint64)
    for name, part in parts.items():
        values = part.astype(object).where(part.notna(), "\x00").to_numpy(dtype=object)
        named = _hashes(np.array([name], dtype=object))
        whole = (whole * PRIME) ^ (_hashes(values) + named * PRIME)
    return whole


def _content(events: gpd.GeoDataFrame) -> NDArray[np.uint64]:
    """Return a hash of what an event says: when, where, how many killed."""
    days = events["date_start"].to_numpy().astype("datetime64[D]").astype(np.int64)
    bounds = shapely.bounds(events.geometry.to_numpy())
    killed = events["killed"].to_numpy(dtype=np.float64, na_value=-1.0)
    parts = [days.astype(np.float64), bounds[:, 0], bounds[:, 1], killed]
    whole = np.zeros(len(events), dtype=np.uint64)
    for part in parts:
        whole = whole * PRIME ^ pd.util.hash_array(np.nan_to_num(part))
    return whole
