"""
Ten million points on worker processes of this machine, one of which is killed half-way.

``python -m benchmarks.cluster --points 1e7`` writes points to a folder, locates them three times (in one
process, on the workers, on the workers with one lost) and says what each took, and whether all
three gave the same. Processor seconds and memory are those of all processes that do the work.
"""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.points import points
from frontier_geo.distributed import locate_partitions
from frontier_geo.streaming import LocatedFile, locate_file

FILE_ROWS = 1_000_000
GROUP_ROWS = 250_000
LOOK_S = 0.25


def write_points(folder: Path, n: int) -> None:
    """Write points as Parquet files of a million rows: a number, longitude and latitude."""
    all_lon, all_lat = points(n)
    for k, first in enumerate(range(0, n, FILE_ROWS)):
        lon, lat = all_lon[first : first + FILE_ROWS], all_lat[first : first + FILE_ROWS]
        table = {"id": np.arange(first, first + lon.size), "lon": lon, "lat": lat}
        pq.write_table(
            pa.table(table), folder / f"points-{k:04d}.parquet", row_group_size=GROUP_ROWS
        )


class Watch:
    """Processor seconds and largest memory of this process and those below it."""

    def __enter__(self) -> Watch:
        self._seen: dict[int, tuple[float, int]] = {}
        self._looking_s = 0.0
        self._own = time.process_time()
        self._began = time.perf_counter()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
        self.wall_s = time.perf_counter() - self._began
        children = [seen for pid, seen in self._seen.items() if pid != os.getpid()]
        own = time.process_time() - self._own - self._looking_s
        self.cpu_s = own + sum(cpu for cpu, _ in children)
        self.largest_mb = max(rss for _, rss in self._seen.values()) / 1e6

    def workers(self) -> list[psutil.Process]:
        """Return the processes of the workers, the busiest first."""
        below = psutil.Process().children(recursive=True)
        return sorted(below, key=lambda p: -sum(p.cpu_times()[:2]))

    def _look(self) -> None:
        me = psutil.Process()
        while not self._end.wait(LOOK_S):
            for process in [me, *me.children(recursive=True)]:
                try:
                    cpu, rss = sum(process.cpu_times()[:2]), process.memory_info().rss
                except psutil.Error:  # it has just ended
                    continue
                before = self._seen.get(process.pid, (0.0, 0))
                self._seen[process.pid] = (max(cpu, before[0]), max(rss, before[1]))
            self._looking_s = time.thread_time()


def measured(name: str, n: int, work: Callable[[Watch], LocatedFile]) -> LocatedFile:
    """Do the work once and print what it took."""
    with Watch() as watch:
        found = work(watch)
    print(
        f"{name:<24} {watch.wall_s:7.1f} s  {watch.cpu_s:7.1f} s of processors "
        f"{watch.cpu_s / n * 1e9:6.0f} ns a point  {n / watch.wall_s / 1e6:5.2f} million/s  "
        f"largest process {watch.largest_mb:5.0f} MB",
        flush=True,
    )
    return found


def same_bits(one: LocatedFile, other: LocatedFile) -> bool:
    """Whether the sums of two runs are the same to the last bit."""
    arrays = other.tally.to_arrays()
    return all(
        np.array_equal(value, arrays[name], equal_nan=True)
        for name, value in one.tally.to_arrays().items()
    )


def same_numbers(one: LocatedFile, other: LocatedFile) -> bool:
    """Whether two runs give the same counts, and the same curve to summation order."""
    curves = [found.density["intensity_known"] for found in (one, other)]
    return (
        one.tally.account() == other.tally.account()
        and np.array_equal(one.segments["events"], other.segments["events"])
        and np.allclose(*curves, rtol=1e-9, atol=0)
    )


def main() -> None:
    """Read the options, write the points, and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=float, default=1e7)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--engine", default="auto")
    given = parser.parse_args()
    n = int(given.points)
    how: dict[str, Any] = {"length_km": 10, "bandwidth_km": 10, "engine": given.engine}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        with ProcessPoolExecutor(1, get_context("spawn")) as other:  # its memory is not ours
            other.submit(write_points, folder / "in", n).result()
        alone = measured(
            "one process", n, lambda _: locate_file(folder / "in", folder / "one.parquet", **how)
        )

        def spread(output: str, **more: Any) -> LocatedFile:
            return locate_partitions(
                folder / "in", folder / output, n_workers=given.workers, **how, **more
            )

        all_well = measured(f"{given.workers} workers", n, lambda _: spread("all-well"))
        killed: list[int] = []

        def with_one_lost(watch: Watch) -> LocatedFile:
            def progress(rows: int, share: float) -> None:
                if share >= 0.4 and not killed:
                    killed.append(watch.workers()[0].pid)
                    os.kill(killed[0], signal.SIGKILL)

            return spread("one-lost", progress=progress)

        lost = measured(f"{given.workers} workers, one killed", n, with_one_lost)
        parts = [sorted((folder / each).glob("part-*")) for each in ("all-well", "one-lost")]
        print(
            f"killed {killed}: sums the same to the last bit: {same_bits(all_well, lost)}; "
            "parts the same byte for byte: "
            f"{[p.read_bytes() for p in parts[0]] == [p.read_bytes() for p in parts[1]]} "
            f"({len(parts[0])}); as in one process, to summation order: "
            f"{same_numbers(alone, all_well)}"
        )


if __name__ == "__main__":
    main()
