"""
From a file of points to a file of located points, however large, in one pass.

Rows are read, placed and written a chunk at a time; what they add up to is kept on the way.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from numpy.typing import ArrayLike

from frontier_geo._fast import check_threads, choose_engine
from frontier_geo._files import check_target, refuse_inputs, writing_to
from frontier_geo._summaries import line_fact, summary_html
from frontier_geo.boundary import Boundary
from frontier_geo.errors import OutputError, ParameterError
from frontier_geo.periods import Period
from frontier_geo.streaming.journal import Done, Journal
from frontier_geo.streaming.opening import open_source
from frontier_geo.streaming.pipeline import Behind, ahead
from frontier_geo.streaming.points import (
    PointColumns,
    find_points,
    locate_batch,
    located_schema,
    without_geometry,
)
from frontier_geo.streaming.sinks import Body, body_for
from frontier_geo.streaming.sources import Piece, Source
from frontier_geo.tallies import REASONS, Plan, Tally, Totals, finish, make_plan
from frontier_geo.tallies.plan import MAX_DISTANCE_KM

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["LocatedFile", "check_apart", "examples_of", "locate_file"]

NUMBA_ROWS = 500_000  # fewer rows are placed by numpy in the time that numba takes to load


@dataclass(frozen=True, eq=False)
class LocatedFile:
    """
    What became of a file of points.

    Attributes
    ----------
    output : Path, str or None
        The file written; None where only sums were asked for.
    rows, located, off_border, rejected : int
        All rows; those on the border, too far from it, not usable. The last three sum to the first.
    rejected_because : dict of str to int
        How many rows were rejected, by reason.
    examples : list of dict
        The first rejected rows: file, row (from 1), reason, lon, lat.
    resumed_rows : int
        Rows that an earlier, interrupted run had finished.
    seconds : float
        That this run took.
    notes : list of str
    """

    output: Path | str | None
    rows: int
    located: int
    off_border: int
    rejected: int
    rejected_because: dict[str, int]
    examples: list[dict[str, Any]]
    resumed_rows: int
    seconds: float
    notes: list[str]
    plan: Plan
    tally: Tally

    @cached_property
    def totals(self) -> Totals:
        """The tables of the segments and the density."""
        return finish(self.tally, self.plan)

    @property
    def segments(self) -> gpd.GeoDataFrame:
        """The segments with their counts, and rates where a period was given (see `finish`)."""
        return self.totals.segments

    @property
    def density(self) -> pd.DataFrame | None:
        """The curve of the density, where a bandwidth was given."""
        return self.totals.density

    def _repr_html_(self) -> str:
        plan = self.plan
        return summary_html(
            "Located points",
            [
                ("Line", line_fact(plan.boundary.summary())),
                ("Period", " to ".join(plan.period) if plan.period else None),
                ("Rows", self.rows),
                ("On the border", self.located),
                ("Too far from it", self.off_border),
                ("Rejected", self.rejected),
                *((f"Rejected: {why}", n) for why, n in self.rejected_because.items()),
                ("Written to", self.output),
                *(("Note", note) for note in self.notes),
            ],
        )


def locate_file(
    path: str | Path,
    output: str | Path,
    *,
    boundary: Boundary | None = None,
    segments: pd.DataFrame | None = None,
    length_km: float | None = None,
    n: int | None = None,
    by: str | None = None,
    breaks_km: ArrayLike | None = None,
    remainder: str = "balance",
    lon_column: str | None = None,
    lat_column: str | None = None,
    uncertainty_column: str | None = None,
    max_distance_km: float = MAX_DISTANCE_KM,
    period: Period | None = None,
    bandwidth_km: float | None = None,
    step_km: float = 1.0,
    prefix: str = "",
    chunk_rows: int | None = None,
    engine: str = "auto",
    threads: int = 1,
    resume: bool = True,
    progress: Callable[[int, float], None] | None = None,
) -> LocatedFile:
    """
    Place the points of a file on a boundary, in chunks, and write them with their places.

    Parameters
    ----------
    path : str or Path
        Parquet, GeoParquet, CSV or TSV (also packed, .gz or .zip), or a folder of files of one of
        these, taken in the order of their names. Points are degrees on WGS84, in two columns or, in
        GeoParquet, as geometries.
    output : str or Path
        ``.parquet`` or ``.csv``; complete or absent. Rows keep their order and their columns; the
        cells of CSV stay texts. Added are ``placement`` (point, off_border, rejected), ``reason``,
        ``chainage_km, official_km, distance_km, offset_km, side, side_certain, beyond_end,
        segment_id``, as `locate_points` and `locate_events` have them; missing in rejected rows.
    boundary : Boundary, optional
        Default: the shipped border.
    segments, length_km, n, by, breaks_km, remainder
        The segments: a table, or how to cut them (see `make_segments`). Default: 10 km.
    lon_column, lat_column : str, optional
        Columns of degrees. Default: the geometry of GeoParquet, else the columns with usual names.
    uncertainty_column : str, optional
        Column of the radius in km that holds the true place in 95 of 100 cases. It enters
        `side_certain` and the expected numbers of the segments.
    max_distance_km : float, default 25
        A point farther than this from the line is off the border.
    period : str, int or (date, date), optional
        For which the points were observed; rates of segments need it. No point is left out by its day.
    bandwidth_km, step_km : float
        Of the density. Without a bandwidth none is worked out.
    prefix : str, default ""
        What the names of the added columns begin with.
    chunk_rows : int, optional
        Rows held at once. Default: 131,072.
    engine : {"auto", "numpy", "numba"}
    threads : int, default 1
        Of the search. Reading and writing have threads of their own.
    resume : bool, default True
        Go on with what an interrupted run with the same parameters has finished. It is kept beside
        the output, in a folder ``.NAME.locating``.
    progress : callable, optional
        Called with the rows done and the share of the work done, 0 to 1.

    Returns
    -------
    LocatedFile

    Raises
    ------
    DataFileError
        If the input cannot be read; the message names the file, and row group or line.
    ColumnError
        If a column is missing, is no number, or has the name of one to be added.
    CRSError
        If geometries are not longitude and latitude on WGS84.
    OutputError
        If the output cannot be written, is part of the input, or another process is writing it.
    ParameterError
        If an argument makes no sense.

    Notes
    -----
    What is finished is on the disk after every million rows or so. The output of a run that was
    interrupted and taken up again is the same, byte for byte, as that of one that was not.

    References
    ----------
    ISO 19148:2021, Geographic information - Linear referencing.
    Karney (2013), J. Geodesy 87, 43-55. https://doi.org/10.1007/s00190-012-0578-z

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> table = "name,lon,lat\\nvillage,71.51,37.49\\nfar away,0,0\\nnowhere,,\\n"
    >>> _ = (folder / "points.csv").write_text(table)
    >>> found = locate_file(folder / "points.csv", folder / "located.parquet")
    >>> found.rows, found.located, found.off_border, found.rejected
    (3, 1, 1, 1)
    >>> int(found.segments["events"].sum())
    1
    """
    began = time.perf_counter()
    target = check_target(output)
    _check_chunk_rows(chunk_rows)
    source = open_source(path, chunk_rows=chunk_rows)
    check_apart(target, Path(path), source.files)
    where = find_points(
        source.schema,
        lon_column=lon_column,
        lat_column=lat_column,
        uncertainty_column=uncertainty_column,
        name=str(path),
    )
    plan = make_plan(
        boundary, segments=segments, length_km=length_km, n=n, by=by, breaks_km=breaks_km,
        remainder=remainder, lon=where.lon or "lon", lat=where.lat or "lat",
        uncertainty=uncertainty_column,
        max_distance_km=max_distance_km, period=period, bandwidth_km=bandwidth_km, step_km=step_km,
        engine=choose_engine(engine, n=source.about_rows, worth=NUMBA_ROWS),
        threads=check_threads(threads),
    )  # fmt: skip
    job = _Job(source, where, plan, target, prefix, progress)
    return job.run(resume=resume, began=began)


class _Job:
    """One input on its way to one output."""

    def __init__(
        self,
        source: Source,
        where: PointColumns,
        plan: Plan,
        target: Path,
        prefix: str,
        progress: Callable[[int, float], None] | None,
    ) -> None:
        self.source, self.where, self.plan = source, where, plan
        self.target, self.prefix = target, prefix
        self.progress = progress or (lambda rows, share: None)
        self.schema = located_schema(source.schema, plan, prefix=prefix)
        if self._as_columns:
            self.schema = self._written(self.schema.empty_table()).schema
        body_for(target, target, self.schema)  # refuses an ending or columns that cannot be written

    @property
    def _as_columns(self) -> bool:
        """Whether geometries are written as columns of numbers."""
        return bool(self.where.geometry) and self.target.suffix.lower() == ".csv"

    def run(self, *, resume: bool, began: float) -> LocatedFile:
        journal = Journal(self.target, self._key())
        body: Body | None = None
        try:
            again = self.source.still_there([done.key for done in journal.done]) if resume else 0
            journal.keep_only(again)
            body = body_for(self.target, journal.body, self.schema)
            resumed = journal.rows
            with writing_to(self.target):
                body.cut(journal.size)
            self._work(journal, body)
            with writing_to(self.target):
                body.finish([done.kept for done in journal.done])
            tally = journal.total(Tally.empty(self.plan))
            journal.replace_output()
            return self._result(journal, tally, resumed, began)
        except BaseException as error:
            if body is not None:
                body.abandon()
            if journal.done and not journal.body.exists():
                raise
            if resume and journal.done:
                error.add_note(self._how_to_go_on(journal))
            elif not resume:
                journal.keep_only(0)
            raise
        finally:
            journal.close()

    def _work(self, journal: Journal, body: Body) -> None:
        """Place and write all rows that are not done yet, piece by piece."""
        rows = journal.rows
        behind: Behind[pa.Table] = Behind(body.write)
        steps = ahead(self._steps(journal))
        tally = Tally.empty(self.plan)
        try:
            for piece, table in steps:
                if table is None:
                    with writing_to(self.target):
                        behind.wait()
                        size, kept = body.end()
                    journal.add(Done(self.source.key(piece), size, tally.rows, kept), tally)
                    tally = Tally.empty(self.plan)
                    continue
                if not tally.rows:
                    with writing_to(self.target):
                        body.begin()
                located, chunk = locate_batch(
                    table, self.plan, self.where, first_row=rows, prefix=self.prefix
                )
                tally = tally + chunk.tally
                rows += table.num_rows
                with writing_to(self.target):
                    behind.give(self._written(located))
                self.progress(rows, self.source.share(rows))
        finally:
            behind.close()
            steps.close()

    def _steps(self, journal: Journal) -> Iterator[tuple[Piece, pa.Table | None]]:
        """Return the chunks of all pieces not done yet; after those of a piece that holds rows, None."""
        keys = [done.key for done in journal.done]
        rows = [done.rows for done in journal.done]
        for piece, chunks in self.source.pieces_after(keys, rows):
            some = False
            for table in chunks:
                some = True
                yield piece, table
            if some:
                yield piece, None

    def _written(self, located: pa.Table) -> pa.Table:
        """Return located rows as the output holds them."""
        return without_geometry(located, self.where) if self._as_columns else located

    def _key(self) -> str:
        told = [
            self.plan.fingerprint, self.prefix, self.where, self.target.suffix, pa.__version__,
            str(self.schema), sorted((self.schema.metadata or {}).items()),
        ]  # fmt: skip
        return hashlib.sha256(repr(told).encode()).hexdigest()

    def _how_to_go_on(self, journal: Journal) -> str:
        rows = journal.rows
        return (
            f"{rows:,} rows are finished and kept in {journal.folder}. The same command or call goes on "
            "from there; remove the folder to give them up."
        )

    def _result(self, journal: Journal, tally: Tally, resumed: int, began: float) -> LocatedFile:
        account = tally.account()
        notes = self.plan.notes
        if journal.started_anew:
            notes.append(
                "What an interrupted run had finished was of other parameters or input; it was done anew."
            )
        return LocatedFile(
            output=self.target, rows=tally.rows, located=tally.located,
            off_border=tally.off_border, rejected=account["rejected"],
            rejected_because=account["rejected_because"],
            examples=examples_of(_begins(journal.done), tally),
            resumed_rows=resumed, seconds=time.perf_counter() - began, notes=notes, plan=self.plan,
            tally=tally,
        )  # fmt: skip


def examples_of(begins: Mapping[str, int], tally: Tally) -> list[dict[str, Any]]:
    """
    Return the first rejected rows, each with its file and its number there, from 1.

    Parameters
    ----------
    begins : mapping of str to int
        Number of the first row of each file, counted through all files from 0.
    tally : Tally
        Of all rows.
    """
    found = []
    for row, reason, lon, lat in tally.examples:
        if row < tally.rows:
            before = {begin: file for file, begin in begins.items() if begin <= row}
            begin = max(before)
            told = {"file": before[begin], "row": int(row) - begin + 1}
            found.append({**told, "reason": REASONS[int(reason)], "lon": lon, "lat": lat})
    return found


def _begins(done: list[Done]) -> dict[str, int]:
    """Return the number of the first row of each file."""
    begins: dict[str, int] = {}
    rows = 0
    for each in done:
        begins.setdefault(each.key[0], rows)
        rows += each.rows
    return begins


def _check_chunk_rows(chunk_rows: int | None) -> None:
    if chunk_rows is not None and (
        isinstance(chunk_rows, bool) or not isinstance(chunk_rows, int) or chunk_rows < 1
    ):
        raise ParameterError(f"chunk_rows must be a whole number above 0, but is {chunk_rows!r}.")


def check_apart(target: Path, path: Path, files: Iterable[Path]) -> None:
    """Refuse an output that is one of the files read, or would be the next time."""
    refuse_inputs(target, files)
    if path.is_dir() and target.parent.resolve() == path.resolve():
        raise OutputError(
            f"The result must not be put among the files it is made from, but {target} is to be in the "
            f"folder {path}. Give it another place."
        )
