"""Partitions of points in, located partitions and the sums of all of them out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from frontier_geo._version import __version__
from frontier_geo.boundary import Boundary
from frontier_geo.distributed.clusters import check_count, connected, memory_text, need_dask
from frontier_geo.distributed.parts import Parts, prepare
from frontier_geo.distributed.pieces import (
    Piece,
    PointFile,
    cut,
    list_files,
    read_footers,
    refuse_within,
)
from frontier_geo.distributed.running import new_topic, run
from frontier_geo.distributed.tasks import Work
from frontier_geo.errors import OutputError
from frontier_geo.periods import Period
from frontier_geo.streaming.files import LocatedFile, examples_of
from frontier_geo.streaming.points import (
    check_same_schema,
    find_points,
    located_schema,
    needed_columns,
)
from frontier_geo.streaming.sources import CHUNK_ROWS, PIECE_ROWS, check_names
from frontier_geo.tallies import Plan, Tally, make_plan
from frontier_geo.tallies.plan import MAX_DISTANCE_KM

if TYPE_CHECKING:
    import pyarrow as pa
    from fsspec import AbstractFileSystem

__all__ = ["locate_partitions"]


def locate_partitions(
    path: Any,
    output: Any = None,
    *,
    boundary: Boundary | None = None,
    segments: Any = None,
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
    piece_rows: int = PIECE_ROWS,
    engine: str = "auto",
    threads: int = 1,
    resume: bool = True,
    progress: Callable[[int, float], None] | None = None,
    cluster: Any = None,
    n_workers: int | None = None,
    memory_limit: str | int | None = None,
    timeout_s: float = 30.0,
    storage_options: Mapping[str, Any] | None = None,
    output_options: Mapping[str, Any] | None = None,
) -> LocatedFile:
    """
    Locate the points of many Parquet files on a Dask cluster, and add them up, in one pass.

    The result is that of `locate_file` on one machine: counts and located points exactly, sums to
    floating summation order, and the same to the last bit however the work was spread.

    Parameters
    ----------
    path : str, Path or sequence of them
        Parquet or GeoParquet: a file, a folder, a pattern such as ``points/*.parquet``, or several;
        paths of this machine or URLs that fsspec knows (``s3://``, ``gs://``, ``https://``). Every
        worker must be able to read them.
    output : str or Path, optional
        Folder for the located points, one Parquet file a piece; a path or a URL. It must not exist
        yet. Default: only the sums are worked out.
    boundary : Boundary, optional
        Default: the shipped border.
    segments, length_km, n, by, breaks_km, remainder
        The segments, or how they are cut; as for `make_segments`.
    lon_column, lat_column : str, optional
        Columns of degrees on WGS84. Default: the geometry of GeoParquet, or the columns with the
        usual names.
    uncertainty_column : str, optional
        Column of the radius in km that holds the true place in 95 of 100 cases. With it, points are
        spread over the segments as by `segment_weights`.
    max_distance_km : float, default 25
        A point farther than this from the line is off the border.
    period : str, int or (date, date), optional
        First and last day observed. Without it there are counts, but no rates. No point is left out
        by its day.
    bandwidth_km : float, optional
        Standard deviation of the kernel of the density. Default: no density.
    step_km : float, default 1
        Distance of the places at which the density is worked out.
    prefix : str, default ""
        What the names of the added columns begin with.
    chunk_rows : int, optional
        Rows held at once by a worker: what its memory depends on. Default: 131,072.
    piece_rows : int, default 1,000,000
        Rows of one task, as far as row groups allow: what is done again when a worker is lost.
    engine : {"auto", "numpy", "numba"}
    threads : int, default 1
        Of the search, on each worker.
    resume : bool, default True
        Go on with the pieces that an interrupted run with the same `output` has finished.
    progress : callable, optional
        Called with the rows done and the share of the work done, 0 to 1.
    cluster : str, Client or cluster, optional
        An address such as ``"tcp://10.0.0.5:8786"``, or a client or cluster of Dask. Default, and
        ``"local"``: worker processes on this machine, ended afterwards.
    n_workers : int, optional
        Of a local cluster. Default: one for each processor.
    memory_limit : str or int, optional
        Of each worker of a local cluster, such as ``"4GB"``. Default: its share of the machine's.
    timeout_s : float, default 30
        How long a cluster that does not answer, or has no worker, is waited for.
    storage_options, output_options : mapping, optional
        What the file systems of `path` and `output` need, such as keys.

    Returns
    -------
    LocatedFile
        As of `locate_file`; its `output` is the folder as text, or None.

    Raises
    ------
    MissingExtraError
        If Dask is not installed.
    DataFileError, ColumnError
        If a file is damaged, or has other columns than the first: its name and row group.
    OutputError
        If the folder is there already, is in a folder of `path`, or cannot be written.
    ClusterError
        If the cluster does not answer, its workers have another version of the library, or workers
        die over one piece again and again.
    ParameterError
        If an argument makes no sense.

    Notes
    -----
    Footers are read first, so that a file that was cut short is told before any work is done. Each
    piece is written under another name and gets its own when it is whole. The folder itself gets its
    name at the end; on an object store, which cannot rename, ``_manifest.json`` is written last, and
    a folder without it is not complete. When the work is interrupted the finished pieces stay (in
    ``.NAME.parts`` beside the folder), and the same call goes on from there.

    Sums of pieces are added in a tree whose shape depends on their number alone, so that a worker
    that is lost changes nothing: its pieces are done again by others.

    References
    ----------
    ISO 19148:2021, Geographic information - Linear referencing.
    Karney (2013), J. Geodesy 87, 43-55. https://doi.org/10.1007/s00190-012-0578-z

    Examples
    --------
    >>> import pyarrow as pa, pyarrow.parquet as pq, tempfile
    >>> folder = tempfile.mkdtemp()
    >>> points = pa.table({"lon": [71.51, 71.52, 69.5], "lat": [37.49, 37.5, 37.2]})
    >>> pq.write_table(points, f"{folder}/day-1.parquet")
    >>> from distributed import Client
    >>> with Client(processes=False, n_workers=1, dashboard_address=":0") as client:
    ...     found = locate_partitions(folder, length_km=100, cluster=client)
    >>> found.rows, int(found.segments["events"].sum())
    (3, 3)
    """
    began = time.perf_counter()
    need_dask()
    chunk_rows = CHUNK_ROWS if chunk_rows is None else check_count(chunk_rows, name="chunk_rows")
    check_count(piece_rows, name="piece_rows")
    if n_workers is not None:
        check_count(n_workers, name="n_workers")
    memory = memory_text(memory_limit)
    fs, files, schema = _checked_source(path, storage_options)
    if output is not None:
        refuse_within(output, path, output_options, storage_options)
    where = find_points(
        schema,
        lon_column=lon_column,
        lat_column=lat_column,
        uncertainty_column=uncertainty_column,
        name=files[0].path,
    )
    plan = make_plan(
        boundary, segments=segments, length_km=length_km, n=n, by=by, breaks_km=breaks_km,
        remainder=remainder, lon=where.lon or "lon", lat=where.lat or "lat",
        uncertainty=uncertainty_column,
        max_distance_km=max_distance_km, period=period, bandwidth_km=bandwidth_km, step_km=step_km,
        engine=engine, threads=threads,
    )  # fmt: skip
    located_schema(schema, plan, prefix=prefix)  # refuses names that are taken
    pieces = cut(files, piece_rows)
    parts = None if output is None else prepare(output, output_options, resume=resume)
    work = Work(
        plan=replace(plan, segments=None),  # its chainages are all that workers need
        source=fs,
        parts=parts,
        where=where,
        columns=None if output is not None else tuple(needed_columns(where)),
        prefix=prefix,
        chunk_rows=chunk_rows,
        rows=sum(piece.rows for piece in pieces),
        topic=new_topic(),
    )
    news = _News(pieces, progress)
    tally = Tally.empty(plan)
    try:
        if pieces:
            with connected(
                cluster, n_workers=n_workers, memory_limit=memory, timeout_s=timeout_s
            ) as client:
                tally = run(client, work, pieces, timeout_s=timeout_s, report=news.take)
        if parts is not None:
            parts.complete(pieces, _about(plan, tally))
    except BaseException as error:
        _tell_what_is_kept(error, parts, len(pieces))
        raise
    account = tally.account()
    return LocatedFile(
        output=None if parts is None else parts.folder, rows=tally.rows, located=tally.located,
        off_border=tally.off_border, rejected=account["rejected"],
        rejected_because=account["rejected_because"], examples=examples_of(_begins(files), tally),
        resumed_rows=news.resumed_rows, seconds=time.perf_counter() - began, notes=plan.notes, plan=plan,
        tally=tally,
    )  # fmt: skip


def _checked_source(
    source: Any, storage_options: Mapping[str, Any] | None
) -> tuple[AbstractFileSystem, list[PointFile], pa.Schema]:
    """Return the files with their row groups, and the schema that all of them have."""
    fs, found = list_files(source, storage_options)
    files, schemas = read_footers(fs, found)
    first = files[0].path
    for file, schema in zip(files, schemas, strict=True):
        check_names(schema.names, Path(file.path))
        check_same_schema(schemas[0], schema, first_name=first, name=file.path)
    return fs, files, schemas[0]


class _News:
    """How far all is, from what workers tell of single pieces."""

    def __init__(self, pieces: list[Piece], progress: Callable[[int, float], None] | None) -> None:
        self._total = sum(piece.rows for piece in pieces)
        self._progress = progress
        self._done: dict[int, int] = {}
        self._resumed: dict[int, int] = {}

    @property
    def resumed_rows(self) -> int:
        return sum(self._resumed.values())

    def take(self, told: dict[str, Any]) -> None:
        piece = told["piece"]
        if (
            told["kept"] and piece not in self._done
        ):  # not what this run did before a worker was lost
            self._resumed[piece] = told["rows"]
        self._done[piece] = told["rows"]  # a piece done twice counts once
        if self._progress is not None:
            rows = sum(self._done.values())
            self._progress(rows, rows / self._total)


def _begins(files: list[PointFile]) -> dict[str, int]:
    """Return the number of the first row of each file."""
    ends = np.cumsum([sum(file.rows) for file in files])
    return {file.path: int(end) - sum(file.rows) for file, end in zip(files, ends, strict=True)}


def _about(plan: Plan, tally: Tally) -> dict[str, Any]:
    """Return what the manifest of a folder says of it."""
    return {
        "library_version": __version__,
        "boundary": plan.boundary.summary(),
        "plan": plan.fingerprint,
        "accounting": tally.account(),
    }


def _tell_what_is_kept(error: BaseException, parts: Parts | None, many: int) -> None:
    """Add to an error what is finished and kept; where nothing is, clear the working folder."""
    if parts is None:
        return
    try:
        kept = parts.finished()
        if not kept:
            parts.clear()
            return
    except OutputError as second:
        error.add_note(f"What is left in {parts.work} cannot be looked at: {second}")
        return
    error.add_note(
        f"{kept} of {many} pieces are finished and kept in {parts.work}. The same call goes on from "
        "there."
    )
