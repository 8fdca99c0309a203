"""
Writing events: `write_events` for a table, `EventWriter` for more rows than memory holds.

A file is written in a hidden folder beside its target and moved into place when it is complete: at
any moment there is the old file or the new one.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any

import geopandas as gpd

from frontier_geo._files import flush, refuse_inputs, staged, writing_to
from frontier_geo._validation import check_choice
from frontier_geo._version import __version__
from frontier_geo.errors import ColumnError, ColumnNameWarning, OutputError, ParameterError
from frontier_geo.geodesy import LONLAT_CRS
from frontier_geo.licences import check_public, merged_sources, sources_of
from frontier_geo.read_result import ReadResult, accepted_of
from frontier_geo.writers.batches import Layout
from frontier_geo.writers.sinks import CsvSink, GeoJsonSink, LayerSink, ParquetSink, Sink

__all__ = ["FORMATS", "EventWriter", "write_events"]


#: What can be written, by the suffix of the file.
FORMATS = MappingProxyType(
    {
        ".geojson": "geojson",
        ".json": "geojson",
        ".gpkg": "gpkg",
        ".fgb": "fgb",
        ".parquet": "parquet",
        ".csv": "csv",
    }
)
SINKS: dict[str, Callable[[Path, Layout], Sink]] = {
    "geojson": GeoJsonSink,
    "gpkg": partial(LayerSink, driver="GPKG"),
    "fgb": partial(LayerSink, driver="FlatGeobuf"),
    "parquet": ParquetSink,
    "csv": CsvSink,
}
TITLES = {
    "geojson": "GeoJSON", "gpkg": "A GeoPackage", "fgb": "FlatGeobuf", "parquet": "GeoParquet",
    "csv": "A CSV file",
}  # fmt: skip
#: What a browser or a spreadsheet opens and people pass on. The others are working files.
PUBLIC = ("geojson", "fgb", "csv")
ROWS_AT_ONCE = 65_536
NAMES_TOLD = 5


def write_events(
    events: gpd.GeoDataFrame | ReadResult,
    path: str | Path,
    *,
    include_restricted: bool = False,
    format: str | None = None,
) -> Path:
    """
    Write events to a file: whole or not at all, and without loss.

    Parameters
    ----------
    events : GeoDataFrame or ReadResult
        The event table, EPSG:4326, or what `read_events` returned: its accepted events. Columns of
        one's own are kept.
    path : str or Path
        The file: ``.geojson`` (or ``.json``), ``.gpkg``, ``.fgb``, ``.parquet`` or ``.csv``. A
        symbolic link is refused.
    include_restricted : bool, default False
        Whether to write rows that may not be passed on (ACLED, GTD), for a file that stays with you.
    format : {"geojson", "gpkg", "fgb", "parquet", "csv"}, optional
        Default: by the suffix.

    Returns
    -------
    Path
        The file, absolute.

    Raises
    ------
    LicenceError
        If rows may not be passed on.
    OutputError
        If the file cannot be written there; what was there before is untouched.
    ColumnError, CRSError, GeometryError, ParameterError
        If something in the table does not fit in such a file.

    Notes
    -----
    All columns of the event table are written, in their order, then the others. GeoParquet and
    GeoJSON hold everything as it is. In the other formats lists are JSON text; in CSV everything is
    text, and what a spreadsheet would take for a formula is protected by an apostrophe. Reading the
    file with `read_events` gives the same table.

    Some names cannot be held: GeoPackage and FlatGeobuf do not tell capitals apart (``Note`` and
    ``note``), and a place is always in ``geometry``, in CSV also in ``lon`` and ``lat``, in GeoParquet
    with its ``bbox``. Such a column is written with a number behind its name, as ``note_2``, and a
    `ColumnNameWarning` says so.

    References
    ----------
    OGC (2024), GeoPackage Encoding Standard 1.4. https://www.geopackage.org/spec140/
    OGC and contributors (2024), GeoParquet 1.1. https://geoparquet.org/releases/v1.1.0/
    Butler et al. (2016), The GeoJSON format, RFC 7946. https://doi.org/10.17487/RFC7946

    Examples
    --------
    >>> import tempfile
    >>> from frontier_geo import load_events
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = write_events(load_events(), Path(folder) / "events.gpkg")
    ...     written.name, written.stat().st_size > 0
    ('events.gpkg', True)
    """
    events = _table_of(events)
    with EventWriter(path, include_restricted=include_restricted, format=format) as writer:
        for first in range(0, max(len(events), 1), ROWS_AT_ONCE):
            writer.write(events.iloc[first : first + ROWS_AT_ONCE])
    return writer.path


class _Discarded(Exception):
    """What was staged is not to be moved into place."""


class EventWriter:
    """
    Write events chunk by chunk: the file appears, complete, when the ``with`` block ends.

    Parameters
    ----------
    path, include_restricted, format
        As for `write_events`.
    inputs : iterable of path, optional
        Files the events are read from, none of which the result may take the place of.

    Attributes
    ----------
    path : Path
        The file, absolute.
    rows : int
        How many rows were written so far.
    sources : list of dict
        Which sources they came from, as `sources_of` tells it.

    Notes
    -----
    The first chunk with rows fixes the columns and their types. If the block is left by an error,
    nothing is written. `finish` completes the file inside the block, where its errors can still stop
    other files from being moved into place; `discard` gives it up.

    Examples
    --------
    >>> import tempfile
    >>> from frontier_geo import load_events
    >>> events = load_events()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with EventWriter(Path(folder) / "events.csv") as writer:
    ...         for first in range(0, len(events), 100):
    ...             writer.write(events.iloc[first : first + 100])
    ...     writer.rows == len(events), writer.path.exists()
    (True, True)
    """

    def __init__(
        self,
        path: str | Path,
        *,
        include_restricted: bool = False,
        format: str | None = None,
        inputs: Iterable[str | Path] = (),
    ) -> None:
        self.path = Path(path).absolute()
        self.format = _format_of(self.path, format)
        self.include_restricted = include_restricted
        self.rows = 0
        self.sources: list[dict[str, Any]] = []
        refuse_inputs(self.path, inputs)
        self._stage: AbstractContextManager[Path] | None = None
        self._part = Path()
        self._finished = False
        self._sink: Sink | None = None
        self._layout: Layout | None = None
        self._no_rows: gpd.GeoDataFrame | None = None

    def __enter__(self) -> EventWriter:
        if self.format == "gpkg":
            _refuse_open_database(self.path)
        self._stage = staged(self.path)
        self._part = self._stage.__enter__()
        return self

    def write(self, events: gpd.GeoDataFrame) -> None:
        """
        Take some rows.

        Parameters
        ----------
        events : GeoDataFrame
            Rows with the columns of the first table written.

        Raises
        ------
        LicenceError, ColumnError, CRSError, GeometryError, ParameterError
            As `write_events`. The ``with`` block should be left then.
        """
        if self._stage is None or self._finished:
            raise ParameterError(
                "An EventWriter writes inside its with block, and before finish() and discard(): "
                "with EventWriter(path) as writer: …"
            )
        events = _table_of(events)
        if not len(events):
            self._no_rows = events if self._no_rows is None else self._no_rows
            return
        if self.format in PUBLIC:
            check_public(
                events, include_restricted=self.include_restricted, what=TITLES[self.format]
            )
        with writing_to(self.path):
            layout, sink = self._open(events)
            sink.write(layout.batch(events, first_row=self.rows + 1))
        self.rows += len(events)
        self.sources = merged_sources(self.sources, sources_of(events))

    def _open(self, events: gpd.GeoDataFrame) -> tuple[Layout, Sink]:
        if self._layout is None or self._sink is None:
            self._sink = SINKS[self.format](self._part, Layout.of(events))
            self._layout = self._sink.layout
            self._tell_new_names(self._layout)
        return self._layout, self._sink

    def _tell_new_names(self, layout: Layout) -> None:
        """Warn of columns that are written under another name."""
        if not layout.renamed:
            return
        told = [f"{name!r} as {new!r}" for new, name in layout.renamed.items()]
        more = f" and {len(told) - NAMES_TOLD} more" if len(told) > NAMES_TOLD else ""
        warnings.warn(
            f"{TITLES[self.format]} cannot hold every column under its own name. Written instead: "
            f"{', '.join(told[:NAMES_TOLD])}{more}. Nothing is lost; for other names rename them first. "
            "To silence this, ignore frontier_geo.errors.ColumnNameWarning.",
            ColumnNameWarning,
            stacklevel=5,
        )

    def finish(self) -> None:
        """
        Complete the file, but leave it beside its target: the end of the ``with`` block moves it.

        Raises
        ------
        OutputError
            If the file cannot be completed. The ``with`` block should be left then.
        """
        if self._stage is None or self._finished:
            return
        nothing = gpd.GeoDataFrame({"geometry": []}, geometry="geometry", crs=LONLAT_CRS)
        with writing_to(self.path):
            _, sink = self._open(nothing if self._no_rows is None else self._no_rows)
            sink.close({"sources": self.sources, "written_by": f"frontier_geo {__version__}"})
            flush(self._part)
        self._finished = True

    def discard(self) -> None:
        """Write nothing: what was there before stays, and the rest of the ``with`` block may go on."""
        stage, self._stage = self._stage, None
        if stage is not None:
            self._abandon()
            stage.__exit__(_Discarded, _Discarded(), None)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            try:
                self.finish()
            except BaseException:
                self.discard()
                raise
        stage, self._stage = self._stage, None
        if stage is None:
            return
        if error is not None:
            self._abandon()
        stage.__exit__(kind, error, trace)

    def _abandon(self) -> None:
        """Close what is open; that it cannot be finished is no news any more."""
        if self._sink is not None:
            try:
                self._sink.abandon()
            except (OSError, ValueError):
                self._sink = None


def _table_of(events: Any) -> gpd.GeoDataFrame:
    """Return the events of a table or of what `read_events` returned; refuse anything else."""
    events = accepted_of(events)
    if not isinstance(events, gpd.GeoDataFrame) or events.active_geometry_name is None:
        raise ColumnError(
            "events must be a GeoDataFrame with a geometry column, but is a "
            f"{type(events).__name__}{' without one' if hasattr(events, 'columns') else ''}. Make one "
            "with geopandas.GeoDataFrame(table, geometry=…, crs=4326)."
        )
    return events


def _format_of(path: Path, given: str | None) -> str:
    if given is not None:
        check_choice(given, list(SINKS), name="format")
        return given
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise ParameterError(
            f"The name of the file must end in {', '.join(FORMATS)}, but is {path.name!r}. Change it, or "
            f"say format= one of {', '.join(SINKS)}."
        )
    return FORMATS[suffix]


def _refuse_open_database(path: Path) -> None:
    """Refuse to replace a GeoPackage whose last changes still lie in a file beside it."""
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.exists() and beside.stat().st_size:
            raise OutputError(
                f"{path} is open in another program, or was not closed in order: {beside.name} holds "
                "changes that are not in it yet. Close it there, or choose another name."
            )
