"""
How long it takes to place points on the shipped line, beside what others use, and how exact it is.

Run: ``python -m benchmarks.locate [--rounds 5] [--quick]``. From longitudes and latitudes to chainage,
distance, side and segment of 10 km. Points lie 85 % within 50 km of the line, 15 % at 50 to 200 km.
Peers work in a Lambert conformal projection around the line, with what they can prepare already
prepared; they get as many points as they do in a second or two, and are compared by the time for one
point. Errors are those of the first 5,000 points against exact geodesics. Memory is the most a process
of its own holds, interpreter, libraries and points included. PostGIS has its points stored in the
plane, and its server's processor time counts.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from contextlib import ExitStack
from typing import NamedTuple

from benchmarks.harness import (
    Bar,
    Benchmark,
    Options,
    Section,
    Table,
    Timing,
    alone,
    measure_all,
    measured,
    number,
    peaks,
    ratio,
    run_child,
    tell,
    timing_rows,
)
from benchmarks.locate_peers import (
    FRAME_NUMBA,
    JOIN,
    NUMBA,
    NUMPY,
    POSTGIS,
    TREE,
    WITHOUT_SIDE,
    makers,
)
from benchmarks.points import Errors, points, truth

CHECKED = 5_000
TURNS = 31  # with one thread and with two
RUNS_A_TURN = 3  # in a row: the quickest counts, as both cores are seldom free at once
BARS = (
    Bar("numpy, beside STRtree on edges", ">=", 8),
    Bar("numpy, beside sjoin_nearest", ">=", 15),
    Bar("numba, beside STRtree on edges", ">=", 80),
    Bar("numba, beside sjoin_nearest", ">=", 150),
    Bar("numba, beside PostGIS KNN", ">=", 150),
    Bar("numba, GeoDataFrame in and out, beside sjoin_nearest", ">=", 60),
    Bar("numba, two threads beside one", ">=", 1.7),
    Bar("numpy, largest error of a distance to 200 km", "<=", 1, "cm"),
    Bar("numpy, largest error of a chainage", "<=", 5, "cm"),
    Bar("numba, largest error of a distance to 200 km", "<=", 1, "cm"),
    Bar("numba, largest error of a chainage", "<=", 5, "cm"),
)


class TwoThreads(NamedTuple):
    """How many times as fast two threads are as one: by the quickest runs, and by middle ones."""

    quickest: float
    middle: float


def measure(options: Options) -> Section:
    """Let all ways take turns; compare their answers with exact ones; weigh their memory."""
    with ExitStack() as stack:
        timings, ways = measure_all(makers(options, stack), options.rounds)
        errors = {}
        for name, way in ways.items():
            if not timings[name].trouble:
                answer = way.work()
                n = min(CHECKED, way.n)
                errors[name] = truth(n).errors(answer.chainage_m[:n], answer.distance_m[:n])
    tell("answers checked")
    memory = peaks("locate", timings, options)
    threads = two_threads(options) if not timings[NUMBA].trouble else None
    more = {
        name: [
            f"{memory[name]:,.0f}" if name in memory else "–", *errors[name].cells(),
            WITHOUT_SIDE.get(name, "all"),
        ]
        for name in errors
    }  # fmt: skip
    head = [
        "way", "points", "ns per point", "times numba", "peak MB", "distance off by",
        "chainage off by", "wrong by > 1 m", "answers",
    ]  # fmt: skip
    fastest = NUMBA if not timings[NUMBA].trouble else NUMPY
    if fastest == NUMPY:
        head[3] = "times numpy"
    note = (
        "One thread, processor time, medians of interleaved rounds; what is compared is the time for one "
        "point. Errors are the largest of the first 5,000 points, against exact geodesics; the last "
        "share is that of chainages off by more than 1 m."
    )
    if threads is not None:
        note += (
            f" With two threads numba takes 1/{number(threads.quickest)} of the wall time: the median of "
            f"{max(options.rounds, TURNS)} turns, the quickest of {RUNS_A_TURN} runs in a row each; with "
            f"the middle one of them it is 1/{number(threads.middle)}. Two cores are seldom free at once."
        )
    return Section(
        "Placing points on the line",
        found=_found(timings, errors, threads),
        tables=[Table(head, timing_rows(timings, fastest, more=more), note)],
    )


def _found(
    timings: dict[str, Timing], errors: dict[str, Errors], threads: TwoThreads | None
) -> dict[str, float]:
    def times(peer: str, ours: str) -> float | None:
        return ratio(timings[peer], timings[ours])

    figures = {
        "numpy, beside STRtree on edges": times(TREE, NUMPY),
        "numpy, beside sjoin_nearest": times(JOIN, NUMPY),
        "numba, beside STRtree on edges": times(TREE, NUMBA),
        "numba, beside sjoin_nearest": times(JOIN, NUMBA),
        "numba, beside PostGIS KNN": times(POSTGIS, NUMBA),
        "numba, GeoDataFrame in and out, beside sjoin_nearest": times(JOIN, FRAME_NUMBA),
        "numba, two threads beside one": threads and threads.quickest,
    }
    for engine, way in (("numpy", NUMPY), ("numba", NUMBA)):
        if way in errors:
            off = errors[way]
            figures[f"{engine}, largest error of a distance to 200 km"] = off.distance_m * 100
            figures[f"{engine}, largest error of a chainage"] = off.chainage_m * 100
    return measured(figures)


def two_threads(options: Options) -> TwoThreads | None:
    """Measure two threads beside one, by the clock on the wall; None on one core."""
    if (os.cpu_count() or 1) < 2:
        return None
    code = (
        "from benchmarks.locate import print_turns; "
        f"print_turns({options.size(1_000_000)}, {max(options.rounds, TURNS)})"
    )
    try:
        run = run_child(["-c", code], look_every=0.5, NUMBA_NUM_THREADS="2")
        turns = json.loads(run.output.splitlines()[-1])
    except (RuntimeError, ValueError) as error:
        tell(f"two threads: {error}")
        return None
    return TwoThreads(
        statistics.median(min(one) / min(two) for one, two in turns),
        statistics.median(statistics.median(one) / statistics.median(two) for one, two in turns),
    )


def print_turns(n: int, turns: int) -> None:
    """Print the wall seconds of some runs with one thread, and of as many with two, by turns."""
    from frontier_geo import load_boundary

    lon, lat = points(n)
    boundary = load_boundary()

    def seconds(threads: int) -> float:
        begin = time.perf_counter()
        found = boundary.locate(lon, lat, engine="numba", threads=threads)
        taken = time.perf_counter() - begin
        del found  # giving memory back is not part of the work
        return taken

    seconds(1)
    print(
        json.dumps(
            [[[seconds(k) for _ in range(RUNS_A_TURN)] for k in (1, 2)] for _ in range(turns)]
        )
    )


BENCHMARK = Benchmark("locate", __doc__ or "", measure, BARS, makers)

if __name__ == "__main__":
    sys.exit(alone(BENCHMARK))
