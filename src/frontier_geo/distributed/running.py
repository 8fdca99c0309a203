"""
One run on a cluster: the graph of its tasks, and waiting for the end of it.

The sums of pieces are added in a tree whose shape depends on their number alone. The result is
therefore the same, to the last bit, whichever worker did what, in which order, and how often.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from frontier_geo._files import first_line
from frontier_geo.distributed.pieces import Piece
from frontier_geo.distributed.tasks import Work, add_up, locate_piece, out_of_memory
from frontier_geo.errors import ClusterError, FrontierGeoError
from frontier_geo.tallies import Tally

if TYPE_CHECKING:
    from distributed import Client, Future

__all__ = ["new_topic", "run"]

BRANCHES = 16  # sums added by one task
LOOK_S = 0.2  # how often the client looks for news
SURVEY_S = 2.0  # how often it asks how the workers are
PAUSES = 4  # times `timeout_s` that all workers may rest for want of memory
DRAIN_S = 10.0  # how long tasks that run when all is called off are waited for

Report = Callable[[dict[str, Any]], None]


def new_topic() -> str:
    """Return a name for a run that no other has."""
    return f"frontier-geo-{uuid.uuid4().hex[:12]}"


def run(
    client: Client, work: Work, pieces: Sequence[Piece], *, timeout_s: float, report: Report | None
) -> Tally:
    """
    Locate all pieces on a cluster and add up their sums.

    Parameters
    ----------
    client : Client
    work : Work
    pieces : sequence of Piece
        One or more.
    timeout_s : float
        How long a cluster that has lost all its workers is waited for.
    report : callable, optional
        Called in this thread with what workers tell of each piece.

    Raises
    ------
    ClusterError
        If workers die over one piece again and again, or the cluster is gone.
    FrontierGeoError
        What a piece met: a damaged file, a place that cannot be written.
    """
    news: SimpleQueue[dict[str, Any]] = SimpleQueue()
    client.subscribe_topic(work.topic, lambda event: news.put(event[1]))
    future = client.compute(_graph(work, pieces), optimize_graph=False)
    try:
        return _wait(client, future, news, timeout_s, report or (lambda told: None))
    except FrontierGeoError:
        raise
    except Exception as error:
        raise _explained(error, work, pieces) from error
    finally:
        _call_off(client, future, work)


def _graph(work: Work, pieces: Sequence[Piece]) -> Any:
    """Return the tasks as one value of Dask: a tree over the pieces, in their order."""
    from dask import delayed

    shared = delayed(work, name=f"work-{work.topic}", traverse=False)
    locate, add = delayed(locate_piece, pure=False), delayed(add_up, pure=False)
    level = [locate(shared, piece, dask_key_name=_key(work, piece.number)) for piece in pieces]
    while len(level) > 1:
        level = [
            add(level[k : k + BRANCHES], dask_key_name=f"sum-{work.topic}-{len(level)}-{k}")
            for k in range(0, len(level), BRANCHES)
        ]
    return level[0]


def _key(work: Work, number: int) -> str:
    return f"locate-{work.topic}-{number}"


def _wait(
    client: Client,
    future: Future,
    news: SimpleQueue[dict[str, Any]],
    timeout_s: float,
    report: Report,
) -> Tally:
    """Wait for the sum of all; pass on what workers tell; notice when none can go on."""
    looked = seen = time.monotonic()
    while not future.done():
        time.sleep(LOOK_S)
        now = time.monotonic()
        if _pass_on(news, report):
            seen = now
        if now - looked < SURVEY_S:
            continue
        looked = now
        there = _statuses(client)
        if "running" in there:
            seen = now
        elif not there and now - seen > timeout_s:
            raise ClusterError(
                f"The cluster has had no worker, or has not answered, for {timeout_s:g} s in the middle "
                "of the work. Start workers, and call this again."
            )
        elif now - seen > PAUSES * timeout_s:
            raise ClusterError(
                f"All workers have paused for {PAUSES * timeout_s:g} s, because their memory is full. "
                "Take a smaller chunk_rows, or give each worker more memory (memory_limit)."
            )
    answer: Tally = future.result()
    _pass_on(news, report)
    return answer


def _statuses(client: Client) -> set[str]:
    """Return what the workers are doing: running, paused …; of a few of them where there are many."""
    if client.status != "running":
        return set()
    try:
        return {worker["status"] for worker in client.scheduler_info()["workers"].values()}
    except OSError:  # it does not answer just now
        return set()


def _pass_on(news: SimpleQueue[dict[str, Any]], report: Report) -> bool:
    """Report what has come; return whether something has."""
    any_news = False
    with suppress(Empty):
        while True:
            report(news.get_nowait())
            any_news = True
    return any_news


def _explained(error: Exception, work: Work, pieces: Sequence[Piece]) -> ClusterError:
    """Return what a failure of the cluster means for the caller."""
    from distributed import KilledWorker

    if isinstance(error, KilledWorker):
        names = {_key(work, piece.number): piece for piece in pieces}
        piece = names.get(str(error.task))
        if piece is not None:
            return ClusterError(
                f"{out_of_memory(piece, work.chunk_rows)} {error.allowed_failures + 1} workers were lost "
                "over it."
            )
        return ClusterError(
            f"Workers were lost again and again while sums were added: {error.task}."
        )
    if isinstance(error, CancelledError):
        return ClusterError(
            "The cluster has dropped the work: its scheduler was ended, or someone cancelled it. Call "
            "this again when it runs."
        )
    return ClusterError(
        f"The work failed on the cluster: {type(error).__name__}: {first_line(error)}."
    )


def _call_off(client: Client, future: Future, work: Work) -> None:
    """Leave nothing running on the cluster: cancel what waits, and wait a little for what runs."""
    # The cluster may be what failed: then there is nothing to call off.
    with suppress(OSError, RuntimeError, TimeoutError, CancelledError):
        client.unsubscribe_topic(work.topic)
        if future.status == "finished":
            return
        client.cancel([future], force=True)
        until = time.monotonic() + DRAIN_S
        # A scheduler forgets what is cancelled; the workers know what they are still at.
        while any(client.run(_busy, work.topic, on_error="ignore").values()):
            if time.monotonic() > until:
                return
            time.sleep(LOOK_S)


def _busy(topic: str, dask_worker: Any) -> bool:
    """Whether a worker is still at a task of a run."""
    return any(
        topic in str(key) and task.state in ("executing", "cancelled", "resumed")
        for key, task in dask_worker.state.tasks.items()
    )
