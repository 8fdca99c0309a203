"""Reading incidents: from any source to the four tables of a `ReadResult`."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from frontier_geo._validation import check_choice
from frontier_geo._version import __version__
from frontier_geo.boundary import Boundary
from frontier_geo.errors import ColumnError, CRSError, DataFileError, ParameterError
from frontier_geo.geodesy import LONLAT_CRS
from frontier_geo.periods import Period, as_time_span
from frontier_geo.read_result import ReadResult, summary_lines
from frontier_geo.readers.acled import ACLED
from frontier_geo.readers.gdelt import GDELT
from frontier_geo.readers.gtd import GTD
from frontier_geo.readers.intake import Batch, Intake, Request, raw_names
from frontier_geo.readers.mapping import load_mapping
from frontier_geo.readers.opening import Reading, open_frame, open_path, open_url
from frontier_geo.readers.own_csv import unprotected
from frontier_geo.readers.source import Options, RawFile, Source
from frontier_geo.readers.ucdp import UCDP_CANDIDATE, UCDP_GED, is_candidate
from frontier_geo.readers.user_tables import TABLE, settle, understood

__all__ = ["SOURCES", "Job", "joined_events", "read_events"]

SOURCES = {each.name: each for each in (ACLED, UCDP_GED, UCDP_CANDIDATE, GDELT, GTD, TABLE)}
BORDER_MARGIN_DEG = (
    0.5  # about 50 km: the region "border" is the box of the line and this around it
)
#: Sources that cover the world and are only read for one border.
WORLDWIDE = {"gdelt"}

#: What a reason says of one row only; reasons are counted without it.
VALUES_IN_REASONS = r" \(-?\d[^)]*\)"
MOST_NAMED = 12  # columns that a note lists
#: Columns of which a table must have one; a latitude alone says nothing.
TELLING = {
    "lon", "coordinates", "lat_lon", "lon_lat", "mgrs", "date_start", "year", "place", "admin1", "admin2",
    "frontage_from_km", "geometry",
}  # fmt: skip

Progress = Callable[[int, int], None]


def read_events(
    data: Any,
    *,
    source: str = "auto",
    mapping: Mapping[str, Any] | str | Path | None = None,
    region: Any = "auto",
    period: Period | None = None,
    countries: Sequence[str] | None = None,
    boundary: Boundary | None = None,
    strict: bool = False,
    sheet: str | int | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    crs: Any = None,
    day_first: bool | None = None,
    calendar: str = "auto",
    licence: str | None = None,
    today: datetime.date | None = None,
    quiet: bool = False,
    progress: Progress | None = None,
) -> ReadResult:
    """
    Read incidents from whatever people have, and lose no row.

    Parameters
    ----------
    data : path, str, DataFrame, GeoDataFrame, or a list of these
        A file: CSV, TSV, XLSX, XLS, ODS, JSON, GeoJSON, GeoPackage, FlatGeobuf, Shapefile, GeoParquet,
        or a zip of them; an address beginning with https:// (needs the extra ``fetch``); or a table.
    source : {"auto", "acled", "ucdp_ged", "ucdp_candidate", "gdelt", "gtd", "table"}
        Whose columns these are. ``auto`` tells by the columns.
    mapping : mapping, path or None
        For tables: which column is which, or a file that says so (see `save_mapping`). Without it the
        columns are told by their names, in English, French, Russian, Tajik and Dari.
    region : "auto", "border", (west, south, east, north), geometry, GeoDataFrame or None
        Incidents that lie elsewhere are set aside as outside. ``border``: the box of the line and half
        a degree around it. ``auto``: no limit, but for GDELT, which covers the world, the border.
    period : str, int or (date, date), optional
        Incidents before or after are set aside. Either may be None.
    countries : sequence of str, optional
        Names as the source writes them, or TJ and AF; incidents elsewhere are set aside.
    boundary : Boundary, optional
        The border the incidents are of, where `region` speaks of it, and near which places are told
        whose longitude and latitude are exchanged. Default: the shipped one.
    strict : bool, default False
        Raise at the first row that cannot be used.
    sheet, layer, encoding, delimiter, crs : optional
        Which sheet or layer; and what a file does not say of itself.
    day_first : bool, optional
        Whether 03.04.2025 is the third of April. Default: as the column shows, else yes.
    calendar : {"auto", "gregorian", "solar_hijri"}
        Calendar of the dates of a table.
    licence : str, optional
        Licence of a table of your own, for the column `licence`.
    today : date, optional
        Incidents after it are rejected. Default: the day of reading.
    quiet : bool, default False
        Whether to print no summary.
    progress : callable, optional
        Called with how much has been read, and how much there is (0: unknown).

    Returns
    -------
    ReadResult
        `accepted` (the event table, EPSG:4326), `rejected`, `duplicates`, `outside`.

    Raises
    ------
    DataFileError
        If a file is missing, cannot be read, or holds no row.
    ColumnError
        If the columns are not those of the source, or none of them can be understood.
    RowError
        If `strict` and a row cannot be used.
    ParameterError, CRSError
        If an argument makes no sense, or a layer does not say its CRS.

    References
    ----------
    Raleigh, Linke, Hegre & Karlsen (2010), Introducing ACLED, J. Peace Research 47, 651-660.
    Sundberg & Melander (2013), Introducing the UCDP Georeferenced Event Dataset, J. Peace Research 50,
    523-532.
    START (2021), Global Terrorism Database codebook, University of Maryland.
    Schrodt (2012), CAMEO: Conflict and Mediation Event Observations, event and actor codebook,
    Pennsylvania State University (the codes of GDELT).

    Examples
    --------
    >>> import frontier_geo as fg, pandas as pd
    >>> mine = pd.DataFrame({"Широта": ["37,49"], "Долгота": ["71,55"], "Дата": ["30.06.2025"]})
    >>> read = fg.read_events(mine)
    1 rows: 1 accepted, 0 rejected, 0 duplicates, 0 outside what was asked for.
    table: 1 rows of table.
      Taken: date_start from 'Дата', lon from 'Долгота', lat from 'Широта'.
    >>> event = read.accepted.iloc[0]
    >>> f"{event.date_start:%Y-%m-%d}", event.geometry.x, event.geometry.y
    ('2025-06-30', 71.55, 37.49)
    """
    job = Job(
        data,
        source=source, mapping=mapping, region=region, period=period, countries=countries,
        boundary=boundary, strict=strict, day_first=day_first, calendar=calendar, licence=licence,
        today=today,
        how=Reading(encoding, delimiter, sheet, layer, crs),
    )  # fmt: skip
    batches = list(job.batches(progress))
    result = ReadResult(
        accepted=joined_events([batch.accepted for batch in batches]),
        rejected=_joined([batch.rejected for batch in batches]),
        duplicates=_joined([batch.duplicates for batch in batches]),
        outside=_joined([batch.outside for batch in batches]),
        about=job.about(),
    )
    if not quiet:
        print(result)
    return result


@dataclass
class _Told:
    """What is to be said of one file after it was read."""

    name: str
    source: str
    notes: list[str]
    rows: int = 0


@dataclass
class Job:
    """
    A request to read some files: what is asked, and what became of the rows so far.

    Parameters
    ----------
    data, source, mapping, region, period, countries, boundary : optional
        As in `read_events`.
    strict, day_first, calendar, licence, today : optional
        As in `read_events`.
    how : Reading
        What files do not say of themselves.
    """

    data: Any
    source: str = "auto"
    mapping: Mapping[str, Any] | str | Path | None = None
    region: Any = "auto"
    period: Period | None = None
    countries: Sequence[str] | None = None
    boundary: Boundary | None = None
    strict: bool = False
    day_first: bool | None = None
    calendar: str = "auto"
    licence: str | None = None
    today: datetime.date | None = None
    how: Reading = field(default_factory=Reading)
    _told: list[_Told] = field(default_factory=list, init=False)
    _sources: list[tuple[RawFile, Source]] | None = field(default=None, init=False)
    _because: dict[str, Counter[str]] = field(
        default_factory=lambda: {"rejected": Counter(), "outside": Counter()}, init=False
    )
    _counts: Counter[str] = field(default_factory=Counter, init=False)

    def __post_init__(self) -> None:
        check_choice(self.source, ("auto", *SOURCES), name="source")
        check_choice(self.calendar, ("auto", "gregorian", "solar_hijri"), name="calendar")
        if isinstance(self.countries, str):
            self.countries = (self.countries,)
        if isinstance(self.mapping, str | Path):
            self.mapping = load_mapping(self.mapping)
        self.today = self.today or datetime.date.today()
        self._first, self._last = (
            None if day is None else pd.Timestamp(day) for day in as_time_span(self.period)
        )

    def batches(self, progress: Progress | None = None) -> Iterator[Batch]:
        """Read, a batch of rows at a time."""
        files = self._opened()
        intake: Intake | None = None
        before = 0
        for file, source in files:
            region = self._region(source)
            request = Request(
                region=region,
                first_day=self._first,
                last_day=self._last,
                countries=tuple(self.countries) if self.countries is not None else None,
                strict=self.strict,
                home=border_box(self.boundary) if source is TABLE else None,
            )
            if intake is None:
                intake = Intake(request)
            intake.request = request
            told = _Told(file.name, source.title, list(file.notes))
            self._told.append(told)
            options = Options(
                today=self.today or datetime.date.today(),
                mapping=self.mapping if isinstance(self.mapping, Mapping) else None,
                day_first=self.day_first,
                calendar=self.calendar,
                countries=self.countries,
                box=None if region is None else tuple(region.bounds),
                abroad=self.boundary is not None or not isinstance(self.region, str),
                licence=self.licence,
                notes=told.notes,
            )
            if source is TABLE:
                options = settle(file, options)
                _check_understood(file, options)
            done = 0
            for batch, done, total in intake.take(file, source, options):
                self._account(batch, told)
                if progress is not None:
                    progress(before + done, before + total)
                yield batch
            before += done
        rows = sum(self.counts().values()) // 2
        if not rows:
            names = ", ".join(told.name for told in self._told)
            raise DataFileError(
                f"{names} must hold at least one incident, but has no rows below the header."
            )

    def raw_columns(self) -> list[str]:
        """Return the columns of all files, as the tables of rows set apart name them."""
        names = [
            name
            for file, source in self._opened()
            for name in raw_names(_column_names(file, source))
        ]
        return list(dict.fromkeys(names))

    def can_stream(self) -> bool:
        """Return whether all accepted rows have the same columns of the same types."""
        files = self._opened()
        typed = all(file.kind in ("csv", "parquet", "vector") for file, _ in files)
        return typed and (len(files) == 1 or all(source is not TABLE for _, source in files))

    def counts(self) -> dict[str, int]:
        """Return how many rows came so far, and how many ended in each table."""
        words = ("accepted", "rejected", "duplicates", "outside")
        tally = {word: self._counts[word] for word in words}
        return {"rows": sum(tally.values()), **tally}

    def about(self) -> dict[str, Any]:
        """Return what was read, what was asked, and why rows are not among the incidents."""
        return {
            "files": [
                {
                    "name": told.name,
                    "source": told.source,
                    "rows": told.rows,
                    "notes": list(dict.fromkeys(told.notes)),
                }
                for told in self._told
            ],
            "rejected_because": dict(self._because["rejected"].most_common()),
            "outside_because": dict(self._because["outside"].most_common()),
            "duplicates_differ": self._counts["differ"],
            "region": self.region if isinstance(self.region, str) else _told_region(self.region),
            "period": [_told_day(self._first), _told_day(self._last)],
            "countries": list(self.countries) if self.countries is not None else None,
            "today": str(self.today),
            "library_version": __version__,
        }

    def summary(self) -> str:
        """Return what to tell people of what became of the rows."""
        return "\n".join(summary_lines(self.counts(), self.about()))

    def _account(self, batch: Batch, told: _Told) -> None:
        told.rows += batch.rows
        for word in ("accepted", "rejected", "duplicates", "outside"):
            self._counts[word] += len(getattr(batch, word))
        if len(batch.duplicates):
            self._counts["differ"] += int(batch.duplicates["differs"].sum())
        for word in self._because:
            table = getattr(batch, word)
            if len(table):
                where = table["column"].astype(str)
                kinds = table["reason"].astype(str).str.split("; ").str[0]
                kinds = kinds.str.replace(VALUES_IN_REASONS, "", regex=True)
                told_reasons = where.where(where != "", "row") + ": " + kinds
                self._because[word].update(told_reasons.value_counts().to_dict())

    def _opened(self) -> list[tuple[RawFile, Source]]:
        """Return the files with their sources, opened once."""
        if self._sources is None:
            files = [unprotected(self._with_header(file)) for file in self._files()]
            self._sources = _newest_first([(file, self._source_of(file)) for file in files])
        return self._sources

    def _files(self) -> list[RawFile]:
        """Open everything that was given."""
        given = self.data if isinstance(self.data, list | tuple) else [self.data]
        if not given:
            raise ParameterError(
                "At least one file or table to read is needed, but none was given."
            )
        files: list[RawFile] = []
        for number, each in enumerate(given, start=1):
            if isinstance(each, RawFile):
                files.append(each)
            elif isinstance(each, ReadResult):
                files.append(open_frame(each.accepted, self.how))
            elif isinstance(each, pd.DataFrame):
                name = "table" if len(given) == 1 else f"table {number}"
                files.append(open_frame(each, self.how, name))
            elif isinstance(each, str) and "://" in each:
                files += open_url(each, self.how)
            elif isinstance(each, str | Path):
                files += open_path(each, self.how)
            else:
                raise ParameterError(
                    "A path, an address, a DataFrame or a GeoDataFrame is needed, but a "
                    f"{type(each).__name__} was given."
                )
        return files

    def _with_header(self, file: RawFile) -> RawFile:
        """Read a file again whose first row turns out to be data."""
        if file.without_header is None or not file.columns[0].strip().isdigit():
            return file
        asked = SOURCES.get(self.source)
        for source in (asked,) if asked else SOURCES.values():
            if source.names_of(len(file.columns)):
                return file.without_header()
        return file

    def _source_of(self, file: RawFile) -> Source:
        """Tell the source of a file by its columns, or check that it is the one that was named."""
        present = {column.strip().lower() for column in file.columns}
        if self.source != "auto":
            source = SOURCES[self.source]
            missing = sorted(source.needed - present)
            if missing and not (file.headerless and source.headerless):
                raise ColumnError(
                    f"{file.name} is to be read as {source.title}, but lacks the column"
                    f"{'s' if len(missing) > 1 else ''} {', '.join(map(repr, missing))}; it has "
                    f"{', '.join(map(repr, file.columns[:12]))}. Leave source out to have it told by "
                    "the columns."
                )
            return source
        if file.headerless:
            width = len(file.columns)
            return next((each for each in SOURCES.values() if each.names_of(width)), TABLE)
        fitting = [
            source
            for source in SOURCES.values()
            if source is not TABLE and source.needed <= present
        ]
        if UCDP_GED in fitting and is_candidate(file.name):
            return UCDP_CANDIDATE
        return fitting[0] if fitting else TABLE

    def _region(self, source: Source) -> Any:
        region = self.region
        if isinstance(region, str):
            check_choice(region, ("auto", "border"), name="region")
            if region == "auto" and source.name not in WORLDWIDE:
                return None
            return border_box(self.boundary)
        return region_of(region)


def _check_understood(file: RawFile, options: Options) -> None:
    """Refuse a table in which no column, nor a geometry, says when or where anything happened."""
    chunk = next(iter(file.chunks()), None)
    if chunk is None or not len(chunk.cells):
        return
    taken = understood(chunk.cells, options)
    if chunk.geometry is not None or TELLING & set(taken):
        _note_columns(file, taken, options.notes)
        return
    raise ColumnError(
        f"{file.name} must have a column that says where or when something happened, such as lat and "
        f"lon, place or date, but has {', '.join(map(repr, file.columns[:12]))}"
        f"{' …' if len(file.columns) > 12 else ''}. Rename columns, or say with mapping= which is which."
    )


def _note_columns(file: RawFile, taken: dict[str, str], notes: list[str]) -> None:
    """Say which column was taken for what, where its name does not say it, and which for nothing."""
    renamed = [f"{target} from {name!r}" for target, name in taken.items() if target != name]
    kept = [repr(name) for name in file.columns if name not in taken.values()]
    if renamed:
        notes.append(f"Taken: {_some(renamed)}.")
    if kept:
        notes.append(f"Kept as columns of their own: {_some(kept)}.")


def _some(words: list[str]) -> str:
    more = len(words) - MOST_NAMED
    return ", ".join(words[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def border_box(boundary: Boundary | None = None) -> Any:
    """Return the box of a border, by default the shipped one, with half a degree around it."""
    from frontier_geo.datasets import the_boundary

    line = the_boundary(boundary)
    west, east = float(line.lon.min()), float(line.lon.max())
    south, north = float(line.lat.min()), float(line.lat.max())
    margin = BORDER_MARGIN_DEG
    return shapely.box(west - margin, south - margin, east + margin, north + margin)


def region_of(region: Any) -> Any:
    """
    Return a region as one geometry in degrees.

    Raises
    ------
    ParameterError
        If it is no box, geometry or layer.
    """
    if region is None or isinstance(region, shapely.Geometry):
        return region
    if isinstance(region, gpd.GeoDataFrame | gpd.GeoSeries):
        if region.crs is None:
            raise CRSError('The region must say its CRS: first call region.set_crs("EPSG:4326").')
        return region.to_crs(LONLAT_CRS).geometry.union_all()
    try:
        west, south, east, north = (float(side) for side in region)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            "region must be 'border', a box (west, south, east, north) in degrees, a geometry or a "
            f"GeoDataFrame, but is {region!r}."
        ) from error
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ParameterError(
            "region must be a box (west, south, east, north) in degrees with west < east and south < "
            f"north, but is {(west, south, east, north)}."
        )
    return shapely.box(west, south, east, north)


def _newest_first(files: list[tuple[RawFile, Source]]) -> list[tuple[RawFile, Source]]:
    """Read of several exports of a source the newest first, so that its rows are the ones kept."""
    if len(files) < 2 or not any(source.version_column for _, source in files):
        return files

    def stamp(file: RawFile, source: Source) -> float:
        column = source.version_column
        if column is None:
            return 0.0
        newest = 0.0
        for chunk in file.chunks():
            for name in chunk.cells.columns:
                if name.strip().lower() == column:
                    values = pd.to_numeric(chunk.cells[name], errors="coerce")
                    newest = max(newest, float(values.max()) if values.notna().any() else 0.0)
        return newest

    stamps = [stamp(file, source) for file, source in files]
    order = list(range(len(files)))
    for name in {source.name for _, source in files if source.version_column}:
        places = [k for k in order if files[k][1].name == name]
        newest = sorted(places, key=lambda k: (-stamps[k], k))
        order = [newest[places.index(k)] if k in places else k for k in order]
    return [files[k] for k in order]


def _column_names(file: RawFile, source: Source) -> tuple[str, ...]:
    """Return the columns of a file, by the names that its rows are given."""
    return (source.names_of(len(file.columns)) if file.headerless else None) or file.columns


def _told_day(day: pd.Timestamp | None) -> str | None:
    return None if day is None else f"{day:%Y-%m-%d}"


def _told_region(region: Any) -> list[float] | None:
    shape = region_of(region)
    return None if shape is None else [float(side) for side in shape.bounds]


def _joined(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    every = list(tables)
    filled = [table for table in every if len(table)]
    if not filled:
        return every[0] if every else pd.DataFrame()
    return pd.concat(filled, ignore_index=True)


def joined_events(tables: list[gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Return the accepted rows of several batches as one event table."""
    filled = [table for table in tables if len(table)] or tables[:1]
    joined = filled[0] if len(filled) == 1 else pd.concat(filled, ignore_index=True)
    events = gpd.GeoDataFrame(joined, geometry="geometry", crs=LONLAT_CRS)
    return events[[name for name in events.columns if name != "geometry"] + ["geometry"]]
