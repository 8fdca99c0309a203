"""What a worker does: locate one piece, and add up sums. Nothing here knows of the cluster."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from frontier_geo._fast import choose_engine
from frontier_geo._version import __version__
from frontier_geo.distributed.parts import Parts
from frontier_geo.distributed.pieces import Piece, batches
from frontier_geo.errors import ClusterError
from frontier_geo.streaming.files import NUMBA_ROWS
from frontier_geo.streaming.points import PointColumns, locate_batch
from frontier_geo.streaming.sinks import parquet_writer
from frontier_geo.tallies import Plan, Tally

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["Work", "add_up", "locate_piece", "out_of_memory"]


@dataclass(frozen=True)
class Work:
    """
    What all pieces share; sent to each worker once.

    Attributes
    ----------
    plan : Plan
    source : AbstractFileSystem
        Where the points are.
    parts : Parts or None
        Where the located points go; None: only the sums are wanted.
    where : PointColumns
        Where the points stand in its files.
    columns : tuple of str or None
        What is read; None: all.
    prefix : str
        What the names of the added columns begin with.
    chunk_rows : int
        Rows held at once.
    rows : int
        Of all pieces: many are worth loading numba for.
    version : str
        Of the library that made the plan.
    topic : str
        Under which workers report what they have finished.
    """

    plan: Plan
    source: AbstractFileSystem
    parts: Parts | None
    where: PointColumns
    columns: tuple[str, ...] | None
    prefix: str
    chunk_rows: int
    rows: int
    topic: str
    version: str = __version__

    def key(self, piece: Piece) -> str:
        """Return what the part and the sums of a piece rest on, as a checksum."""
        told = [
            self.plan.fingerprint, self.where, self.columns, self.prefix, self.chunk_rows,
            piece.file, piece.state, piece.first_group, piece.groups, piece.first_row,
        ]  # fmt: skip
        return hashlib.sha256(repr(told).encode()).hexdigest()


def locate_piece(work: Work, piece: Piece) -> Tally:
    """
    Locate the points of a piece, write them as its part, and return their sums.

    A piece that was finished before, by this run or one that was interrupted, is not done again.
    """
    if work.version != __version__:
        raise ClusterError(
            f"All must work with one library, but this worker has frontier_geo {__version__} and the "
            f"work was planned by {work.version}. Install the same version on all."
        )
    begun = time.perf_counter()
    key = work.key(piece)
    kept = None if work.parts is None else work.parts.kept(piece, key)
    if kept is not None:
        tally = Tally.from_arrays(kept)
    else:
        try:
            tally = _located(work, piece)
        except MemoryError as error:
            raise ClusterError(out_of_memory(piece, work.chunk_rows)) from error
        if work.parts is not None:
            work.parts.keep(piece, key, tally.to_arrays())
    _report(work, piece, time.perf_counter() - begun, kept is not None)
    return tally


def out_of_memory(piece: Piece, chunk_rows: int) -> str:
    """Return what to say where a worker had not memory enough for a piece."""
    return (
        f"A worker ran out of memory or was ended while it located {piece.name}, with {chunk_rows:,} "
        "rows at a time. Take a smaller chunk_rows, or give each worker more memory (memory_limit)."
    )


def _located(work: Work, piece: Piece) -> Tally:
    """Locate a piece batch by batch; its part is in place when this returns."""
    import pyarrow as pa

    engine = choose_engine(work.plan.engine, n=work.rows, worth=NUMBA_ROWS)
    plan = replace(work.plan, engine=engine)
    tally = Tally.empty(plan)
    with ExitStack() as stack:
        writer = None
        part = None if work.parts is None else stack.enter_context(work.parts.new_part(piece))
        for first_row, _, batch in batches(
            work.source, piece, columns=work.columns, chunk_rows=work.chunk_rows
        ):
            table, chunk = locate_batch(
                pa.table(batch), plan, work.where, first_row=first_row, prefix=work.prefix
            )
            tally = tally + chunk.tally
            if part is not None:
                if writer is None:
                    writer = stack.enter_context(parquet_writer(part, table.schema))
                writer.write_table(table)
    return tally


def add_up(tallies: Sequence[Tally]) -> Tally:
    """Return the sum of some tallies, added in their order."""
    first, *others = tallies
    for other in others:
        first = first + other
    return first


def _report(work: Work, piece: Piece, seconds: float, kept: bool) -> None:
    """Tell the client of a finished piece, where this runs on a worker."""
    from distributed import get_worker

    told: dict[str, Any] = {
        "piece": piece.number,
        "rows": piece.rows,
        "seconds": seconds,
        "kept": kept,
    }
    get_worker().log_event(work.topic, told)
