"""
The Dask cluster that does the work: a local one, one that runs already, or a client of one's own.

Dask is imported when a cluster is asked for, never before.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from frontier_geo._files import first_line
from frontier_geo._version import __version__
from frontier_geo.errors import ClusterError, MissingExtraError, ParameterError

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["LOCAL", "check_count", "connected", "memory_text", "need_dask"]

LOCAL = "local"
LOOPBACK = "127.0.0.1"
SILENT = "CRITICAL"  # what goes wrong is told as an error, once
AUTO = "auto"
START_S = 120  # a busy machine takes its time to start Python
STOP_S = 10
ASK_AGAIN_S = 0.2  # after which workers are asked again when one of them was lost
SMALLEST_WORKER = 300_000_000  # bytes: Python and the libraries alone take about half of it


def need_dask() -> None:
    """Refuse to go on without the packages of the extra ``distributed``."""
    missing = [name for name in ("dask", "distributed", "fsspec") if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"Work on a cluster needs the package {missing[0]}, which is not installed. Run: "
            'pip install "frontier-geo[distributed]". On one machine locate_file does the same without '
            "it."
        )


@contextmanager
def connected(
    cluster: Any = None,
    *,
    n_workers: int | None = None,
    memory_limit: str | int | None = None,
    timeout_s: float = 30.0,
) -> Iterator[Client]:
    """
    Give a client of the cluster, and close what was started for it.

    Parameters
    ----------
    cluster : str, Client or cluster, optional
        An address such as ``"tcp://10.0.0.5:8786"``, a client or a cluster object of Dask; these stay
        open. Default, and ``"local"``: worker processes on this machine, ended afterwards.
    n_workers : int, optional
        Of a local cluster. Default: one for each processor.
    memory_limit : str or int, optional
        Of each worker of a local cluster, such as ``"4GB"``. Default: its share of the machine's.
    timeout_s : float, default 30
        How long a cluster and its first worker are waited for.

    Yields
    ------
    Client

    Raises
    ------
    ClusterError
        If the cluster does not answer, has no workers, or its workers hold another library.
    ParameterError
        If `cluster` is none of these.
    """
    need_dask()
    from distributed import Client

    if isinstance(cluster, Client):
        if cluster.asynchronous:
            raise ParameterError(
                "cluster must be a client that waits for its answers, but this one is asynchronous. "
                "Pass its address, client.scheduler.address."
            )
        check_workers(cluster, timeout_s)
        yield cluster
    elif cluster is None or cluster == LOCAL:
        with _own_cluster(n_workers, memory_limit, timeout_s) as client:
            yield client
    else:
        client = _client_of(cluster, timeout_s)
        try:
            check_workers(client, timeout_s)
            yield client
        finally:
            client.close()


@contextmanager
def _own_cluster(
    n_workers: int | None, memory_limit: str | int | None, timeout_s: float
) -> Iterator[Client]:
    """Start worker processes of one thread each on this machine, and end them afterwards."""
    from distributed import Client, LocalCluster

    many = os.cpu_count() or 1
    if n_workers is not None:
        many = check_count(n_workers, name="n_workers")
    limit = memory_text(memory_limit)
    with (
        LocalCluster(
            n_workers=0,
            threads_per_worker=1,
            host=LOOPBACK,
            scheduler_kwargs={"dashboard": False, "dashboard_address": f"{LOOPBACK}:0"},
            silence_logs=SILENT,
        ) as cluster,
        Client(cluster, timeout=timeout_s, set_as_default=False) as client,
        _worker_processes(cluster.scheduler_address, many, limit) as process,
    ):
        _wait_for_start(client, process, many)
        check_workers(client, timeout_s)
        yield client


@contextmanager
def _worker_processes(
    address: str, many: int, memory_limit: str
) -> Iterator[subprocess.Popen[bytes]]:
    """
    Run workers of one thread, each with a nanny that replaces it when it dies.

    They are started by Dask's own command. Processes forked or spawned from here would read the
    script that called this function again. They end when the scheduler is gone, also if this
    process is killed.
    """
    command = [
        sys.executable, "-m", "distributed.cli.dask_worker", address, "--host", LOOPBACK,
        "--nworkers", str(many), "--nthreads", "1", "--memory-limit", memory_limit,
        "--no-dashboard", "--death-timeout", str(START_S),
    ]  # fmt: skip
    env = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        "DASK_LOGGING__DISTRIBUTED": "critical",
        "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",  # costs some percent, seen by no one
    }
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            command, env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,  # Ctrl-C is for this process; it ends them
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for_start(client: Client, process: subprocess.Popen[bytes], many: int) -> None:
    """Wait until all workers are there, or the command that starts them has failed."""
    for _ in range(START_S):
        try:
            client.wait_for_workers(many, timeout=1)
            return
        except TimeoutError:
            if process.poll() is not None:
                break
    raise ClusterError(
        f"{many} worker processes were to start on this machine, but did not within {START_S} s. Ask "
        "for fewer with n_workers=, or free memory."
    )


def _client_of(cluster: Any, timeout_s: float) -> Client:
    """Return a client of a cluster that runs already."""
    from distributed import Client
    from distributed.deploy import Cluster

    if not isinstance(cluster, str | Cluster):
        raise ParameterError(
            'cluster must be an address such as "tcp://10.0.0.5:8786", "local", or a client or cluster '
            f"of Dask, but is {cluster!r}."
        )
    try:
        if isinstance(cluster, str):
            # A client that failed to connect complains when it is collected; the question does not.
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, _identity(cluster, timeout_s)).result()
        return Client(cluster, timeout=timeout_s, set_as_default=False)
    except ValueError as error:
        raise ParameterError(
            f'cluster must be an address such as "tcp://10.0.0.5:8786" or "local", but is {cluster!r}: '
            f"{first_line(error)}."
        ) from error
    except Exception as error:  # whatever another server may send
        raise ClusterError(
            f"No Dask scheduler answers at {cluster} within {timeout_s:g} s: {first_line(error)}. Is it "
            "running there, and may this machine reach it?"
        ) from error


async def _identity(address: str, timeout_s: float) -> dict[str, Any]:
    """Ask a scheduler who it is."""
    from distributed import rpc
    from distributed.security import Security

    how = Security().get_connection_args("client")
    async with rpc(address, timeout=timeout_s, connection_args=how) as scheduler:
        return await asyncio.wait_for(scheduler.identity(), timeout_s)


def about_worker() -> dict[str, str]:
    """Return what a worker's results rest on: versions, and the shipped line."""
    import platform

    import numpy as np

    from frontier_geo.datasets import load_boundary

    return {
        "frontier_geo": __version__,
        "shipped line": load_boundary().sha256,
        "numpy": np.__version__,
        "Python": platform.python_version(),
    }


def check_workers(client: Client, timeout_s: float) -> None:
    """Refuse a cluster without workers, and workers that hold another library or line."""
    here = about_worker()
    for worker, there in _answers(client, timeout_s).items():
        if isinstance(there, Exception):
            raise ClusterError(
                f"Every worker needs frontier_geo {__version__}, but {worker} cannot use it: "
                f"{type(there).__name__}: {first_line(there)}. Install on it what is installed here: "
                f'pip install "frontier-geo[distributed]=={__version__}".'
            )
        for what in ("frontier_geo", "shipped line"):
            if there[what] != here[what]:
                raise ClusterError(
                    f"All must work with one library, but the {what} of the worker {worker} is "
                    f"{there[what][:12]} and here it is {here[what][:12]}. Install the same version of "
                    "frontier-geo on all, and start the workers again."
                )


def _answers(client: Client, timeout_s: float) -> dict[str, Any]:
    """
    Ask all workers what their results rest on, and those that are there again if one is lost meanwhile.

    A worker that the scheduler still lists, but that cannot be reached, is left out at last.
    """
    from distributed.comm import CommClosedError

    until = time.monotonic() + timeout_s
    while True:
        try:
            client.wait_for_workers(1, timeout=timeout_s)
        except TimeoutError as error:
            raise ClusterError(
                f"The cluster at {client.scheduler.address} has had no worker for {timeout_s:g} s. "
                f"Start one with: dask worker {client.scheduler.address}"
            ) from error
        told = client.run(about_worker, on_error="return")
        lost = CommClosedError, ConnectionError, TimeoutError
        reached = {name: there for name, there in told.items() if not isinstance(there, lost)}
        if told and len(reached) == len(told):
            return reached
        if time.monotonic() > until:
            break
        time.sleep(ASK_AGAIN_S)
    if reached:
        return reached
    raise ClusterError(
        f"The cluster at {client.scheduler.address} has workers, but none of them could be reached for "
        f"{timeout_s:g} s. Start them again."
    )


def memory_text(memory_limit: Any) -> str:
    """Return a size as Dask writes it; ``auto`` is the share of one worker of the machine's memory."""
    from dask.utils import parse_bytes

    if memory_limit is None or memory_limit == AUTO:
        return AUTO
    try:
        size = int(parse_bytes(memory_limit))
    except (TypeError, ValueError, AttributeError):
        size = 0
    if size < SMALLEST_WORKER:
        raise ParameterError(
            'memory_limit must be a size such as "4GB", at least '
            f"{SMALLEST_WORKER // 1_000_000} MB, but is {memory_limit!r}."
        )
    return str(size)


def check_count(value: Any, *, name: str) -> int:
    """Refuse anything but a whole number of 1 or more."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ParameterError(f"{name} must be a whole number of 1 or more, but is {value!r}.")
    return value
