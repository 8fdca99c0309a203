"""What a source of events is, and what comes in from a file before it is understood."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

from frontier_geo.readers.problems import Problems

__all__ = ["Options", "RawChunk", "RawFile", "Source"]


@dataclass(frozen=True)
class RawChunk:
    """
    Some rows of a file, as they came.

    Attributes
    ----------
    cells : DataFrame
        One row a row of the file; the index holds row numbers, from 1 for the first row of data.
        Columns are named as in the file. Cells of text files are text (`cells.TEXT`), untouched but
        for the encoding, an empty one missing; other formats bring numbers and dates.
    broken : DataFrame
        Rows that could not be parted into cells: ``column, value, reason, row``, where `row` is the
        text as it came (cut when very long), over their row numbers. `column` may be empty.
    geometry : GeoSeries or None
        Of vector formats: in EPSG:4326, over the index of `cells`.
    done, total : int
        How much of the file has been read, for a progress bar; `total` 0 where unknown.
    """

    cells: pd.DataFrame
    broken: pd.DataFrame
    geometry: gpd.GeoSeries | None = None
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class RawFile:
    """
    A file that can be read row by row, more than once.

    Attributes
    ----------
    name : str
        File name, for messages and tables; never a path.
    kind : str
        ``csv``, ``xlsx``, ``json``, ``geojson``, ``vector``, ``parquet``, ``frame``.
    columns : tuple of str
        As the file names them. Empty for files without a header.
    chunks : callable
        Returns a new iterator over the file's `RawChunk`, each of at most about 65,536 rows.
    notes : tuple of str
        What a careful reader should know of how the file was read: encoding guessed, sheet chosen …
    headerless : bool
        Whether the first row is data (GDELT); the columns are then ``0, 1, 2 …`` as text.
    without_header : callable or None
        Returns the same file with its first row as data; None where that makes no sense.
    """

    name: str
    kind: str
    columns: tuple[str, ...]
    chunks: Callable[[], Iterator[RawChunk]]
    notes: tuple[str, ...] = ()
    headerless: bool = False
    without_header: Callable[[], RawFile] | None = None


@dataclass(frozen=True)
class Options:
    """
    What a caller said about a file.

    Attributes
    ----------
    today : date
        The day of reading: an event cannot lie after it.
    mapping : Mapping or None
        For tables: which column of the event table comes from which column of the file.
    day_first : bool or None
        Whether 03.04.2025 is the third of April. None: as the column shows.
    calendar : str
        ``auto``, ``gregorian`` or ``solar_hijri``.
    countries : sequence of str or None
        Countries asked for; None: all.
    box : (west, south, east, north) or None
        Region asked for, in degrees; sources whose rows have several places may need it.
    abroad : bool
        Whether the region is not that of the shipped border, so that neither of its countries need
        have a part in what happened.
    licence : str or None
        Licence of a table of the caller's own.
    file_name : str
        Name of the file the rows come from.
    file_columns : tuple of str
        All columns of the file.
    notes : list of str
        Takes what a careful reader should know of how the rows were understood, such as which column
        was taken for what. The same note may come again with every chunk.
    """

    today: datetime.date
    mapping: Mapping[str, Any] | None = None
    day_first: bool | None = None
    calendar: str = "auto"
    countries: Sequence[str] | None = None
    box: tuple[float, float, float, float] | None = None
    abroad: bool = False
    licence: str | None = None
    file_name: str = "table"
    file_columns: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Source:
    """
    A source of events: how its files look and how its rows become events.

    Attributes
    ----------
    name : str
        What `read_events` calls it: ``acled``, ``ucdp_ged``, …
    title : str
        What goes into the column `source`.
    licence : str
        What goes into the column `licence`.
    column_sets : Mapping of str to tuple of str
        The exact columns of each known version of its files, by a name for the version.
    needed : frozenset of str
        Columns by which a file is known to be of this source, and without which it cannot be read.
    to_events : callable
        ``to_events(cells, problems, options)``: events with the columns of `EVENT_COLUMNS` it knows,
        and `lon`, `lat` in degrees where there is a point, over the index of `cells`. It touches
        `cells` only and reports what it cannot use to `problems`.
    version_column : str or None
        Column by which of several rows with one id the newest is known (greater is newer). It is the
        one that is kept: of several files the newest is read first, and within a chunk of one.
    ids_of_file : bool
        Whether ids are only each file's own, as in people's tables.
    headerless : tuple of str or None
        Names of the columns of files without a header, of the newest version; None where files always
        have one. Files of older versions are told by how many columns they have (`names_of`).
    """

    name: str
    title: str
    licence: str
    column_sets: Mapping[str, tuple[str, ...]]
    needed: frozenset[str]
    to_events: Callable[[pd.DataFrame, Problems, Options], pd.DataFrame]
    version_column: str | None = None
    ids_of_file: bool = False
    headerless: tuple[str, ...] | None = None

    def names_of(self, width: int) -> tuple[str, ...] | None:
        """Return the names of so many columns of a file without a header, None if it is not ours."""
        if self.headerless is None:
            return None
        known = (self.headerless, *self.column_sets.values())
        return next((names for names in known if len(names) == width), None)
