"""
How long 9,999 simulations of the scan take over 135 and 1,344 segments, and how much memory.

Run: ``python -m benchmarks.scan [--rounds 3] [--quick]``. Beside it stands the published algorithm of
smerc (scan.test) in its straightforward numpy form: for each simulation the counts of every zone from
running sums, the likelihood ratio of every zone, the largest. Both see as many events on the same
segments of the shipped border; the straightforward form gets fewer simulations, and is compared by the
time of one. Both largest ratios are compared on the same tables first. Ours searches by numba where it is
installed, and by numpy alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack

import numpy as np

from benchmarks.harness import (
    Bar,
    Benchmark,
    Options,
    Section,
    Table,
    Way,
    alone,
    measure_all,
    measured,
    number,
    peaks,
    ratio,
    timing_rows,
)
from frontier_geo import make_segments
from frontier_geo._fast import numba_available
from frontier_geo.scan.engine import _draw_counts, path_scan, simulate_path
from frontier_geo.scan.largest import find_runs
from frontier_geo.scan.ratio import Ratio

SIMULATIONS = 9_999
CASES = ((10.0, 100), (10.0, 1_000), (10.0, 10_000), (1.0, 100), (1.0, 1_000))  # km, events
ENGINES = {"frontier_geo": "auto" if numba_available() else "numpy", "numpy alone": "numpy"}
PLAIN = {10.0: 2_000, 1.0: 20}  # simulations of the straightforward form, by length
RATIO_BAR = "scan, 135 segments, 100 events, beside smerc's algorithm"
SECONDS_BAR = "scan, 1,344 segments, 100 events, 9,999 simulations"
BARS = (Bar(RATIO_BAR, ">=", 8), Bar(SECONDS_BAR, "<=", 3, "s"))


def sizes_of(length_km: float) -> np.ndarray:
    """Return the lengths of the shipped border's segments."""
    return make_segments(length_km=length_km)["length_km"].to_numpy()


def named(program: str, length_km: float, events: int) -> str:
    """Return the name of a way."""
    return f"{program}: {len(sizes_of(length_km)):,} segments, {events:,} events"


def all_zones(size: np.ndarray, cap: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return first and last-plus-one segment and expected number of every zone."""
    runs = find_runs(size, cap=cap)
    start = np.concatenate(runs.starts)
    stop = np.concatenate([s + k + 1 for k, s in enumerate(runs.starts)])
    return start, stop, np.concatenate(runs.sizes)


def largest_plainly(
    counts: np.ndarray, start: np.ndarray, stop: np.ndarray, expected: np.ndarray, total: int
) -> float:
    """The ratio of every zone, and the largest: what smerc does for one simulation."""
    upto = np.concatenate(([0], np.cumsum(counts)))
    inside = (upto[stop] - upto[start]).astype(np.float64)
    outside = total - inside
    with np.errstate(divide="ignore", invalid="ignore"):
        llr = inside * np.log(inside / expected) + outside * np.log(outside / (total - expected))
    return float(np.nanmax(np.where(inside > expected, llr, 0.0)))


def makers(options: Options, _stack: ExitStack) -> dict[str, Callable[[], Way]]:
    """Return ours and the straightforward form for each number of segments and events."""
    made: dict[str, Callable[[], Way]] = {}
    for case in CASES:
        for name in ENGINES:
            made[named(name, *case)] = lambda case=case, name=name: ours(*case, name, options)
        made[named("smerc's way", *case)] = lambda case=case: plain(*case, options)
    return made


def ours(length_km: float, events: int, name: str, options: Options) -> Way:
    """The library's scan, observed table and simulations."""
    if ENGINES[name] == "auto":
        path_scan([1, 2], [1, 1], n_sim=9, engine="numba")  # loads it, as any larger scan would
    lengths, n_sim = sizes_of(length_km), options.size(SIMULATIONS)
    observed = np.random.default_rng(0).multinomial(events, lengths / lengths.sum())

    def work() -> object:
        return path_scan(observed, lengths, n_sim=n_sim, seed=0, engine=ENGINES[name])

    return Way(named(name, length_km, events), work, n_sim)


def plain(length_km: float, events: int, options: Options) -> Way:
    """The straightforward form, which finds the same."""
    lengths, n_sim = sizes_of(length_km), options.size(PLAIN[length_km])
    size = lengths * (events / lengths.sum())
    zones = all_zones(size, events / 2)
    check(size, zones, events)

    def work() -> None:
        rng = np.random.default_rng(0)
        for _ in range(n_sim):
            largest_plainly(rng.multinomial(events, size / size.sum()), *zones, events)

    return Way(named("smerc's way", length_km, events), work, n_sim)


def check(size: np.ndarray, zones: tuple[np.ndarray, np.ndarray, np.ndarray], events: int) -> None:
    """Refuse to compare two things that do not find the same."""
    ratios = Ratio(events, events)
    mine = simulate_path(
        np.random.default_rng(1), size, find_runs(size, cap=ratios.whole / 2), ratios,
        cap=ratios.whole / 2, linked=None, n_sim=5, alternative="greater",
    )  # fmt: skip
    tables = _draw_counts(np.random.default_rng(1), 5, size, ratios)
    theirs = [largest_plainly(counts, *zones, events) for counts in tables]
    if not np.allclose(mine, theirs, rtol=0, atol=1e-9):
        raise ValueError(f"the largest ratios differ: {mine}, {theirs}")


def measure(options: Options) -> Section:
    """Let both take turns on every case."""
    with ExitStack() as stack:
        timings, _ = measure_all(makers(options, stack), options.rounds)
        memory = peaks("scan", timings, options)
    rows, figures = [], {}
    for case in CASES:
        own, plain_numpy, peer = (
            named(name, *case) for name in ("frontier_geo", "numpy alone", "smerc's way")
        )
        pair = {name: timings[name] for name in (own, plain_numpy, peer)}
        all_of_them = {
            name: [number(each and each * SIMULATIONS), f"{memory.get(name, 0):,.0f}"]
            for name, each in ((name, timing.each(1.0)) for name, timing in pair.items())
        }
        rows += timing_rows(pair, own, unit=1e-6, more=all_of_them)
        if case == (10.0, 100):
            figures[RATIO_BAR] = ratio(timings[peer], timings[own])
        if case == (1.0, 100) and (each := timings[own].each(1.0)) is not None:
            figures[SECONDS_BAR] = each * SIMULATIONS
    head = ["way", "simulations", "µs per simulation", "times ours", "s for 9,999", "peak MB"]
    return Section(
        "Scan over every contiguous stretch",
        "The exact maximum over all zones, for each simulation.",
        found=measured(figures),
        tables=[Table(head, rows)],
    )


BENCHMARK = Benchmark("scan", __doc__ or "", measure, BARS, makers, rounds=3)

if __name__ == "__main__":
    sys.exit(alone(BENCHMARK))
