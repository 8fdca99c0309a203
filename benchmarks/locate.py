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
LEAST_PAIRS = 31  # of turns with one and two threads: both cores are seldom free at once
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
    threads = two_threads_ratio(options) if not timings[NUMBA].trouble else None
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
        note += f" With two threads numba takes 1/{number(threads)} of the wall time."
    return Section(
        "Placing points on the line",
        found=_found(timings, errors, threads),
        tables=[Table(head, timing_rows(timings, fastest, more=more), note)],
    )


def _found(
    timings: dict[str, Timing], errors: dict[str, Errors], threads: float | None
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
        "numba, two threads beside one": threads,
    }
    for engine, way in (("numpy", NUMPY), ("numba", NUMBA)):
        if way in errors:
            off = errors[way]
            figures[f"{engine}, largest error of a distance to 200 km"] = off.distance_m * 100
            figures[f"{engine}, largest error of a chainage"] = off.chainage_m * 100
    return measured(figures)


def two_threads_ratio(options: Options) -> float | None:
    """Return how many times as fast, by the clock on the wall, two threads are; None on one core."""
    if (os.cpu_count() or 1) < 2:
        return None
    code = (
        "from benchmarks.locate import print_two_threads; "
        f"print_two_threads({options.size(1_000_000)}, {max(options.rounds, LEAST_PAIRS)})"
    )
    try:
        pairs = json.loads(run_child(["-c", code], NUMBA_NUM_THREADS="2").output.splitlines()[-1])
    except (RuntimeError, ValueError) as error:
        tell(f"two threads: {error}")
        return None
    return statistics.median(one / two for one, two in pairs)


def print_two_threads(n: int, rounds: int) -> None:
    """Print pairs of wall seconds, with one thread and with two, by turns."""
    from frontier_geo import load_boundary

    lon, lat = points(n)
    boundary, pairs = load_boundary(), []
    for _ in range(rounds + 1):
        taken = []
        for threads in (1, 2):
            begin = time.perf_counter()
            boundary.locate(lon, lat, engine="numba", threads=threads)
            taken.append(time.perf_counter() - begin)
        pairs.append(taken)
    print(json.dumps(pairs[1:]))


BENCHMARK = Benchmark("locate", __doc__ or "", measure, BARS, makers)

if __name__ == "__main__":
    sys.exit(alone(BENCHMARK))
