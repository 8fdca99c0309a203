"""
How long Knox's test takes, beside pointpats.

Run: ``python -m benchmarks.knox [--rounds 3] [--quick]``. Both get the same 10,000 dated places on a line
of 1,344 km over 34 years, the same limits and 999 permutations. pointpats permutes fewer times: its time
is the one without permutations plus the rest scaled up. The tables of pairs must agree. Ours counts by
numba where it is installed, and by numpy alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np

from benchmarks.harness import (
    Bar,
    Benchmark,
    Options,
    Section,
    Table,
    Timing,
    Way,
    alone,
    gather,
    interleave,
    peaks,
    ratio,
    timing_rows,
)
from frontier_geo._fast import numba_available
from frontier_geo.spacetime import knox

BARS = (
    Bar("Knox, 1 km and 7 days, beside pointpats", ">=", 15),
    Bar("Knox, 5 km and 30 days, beside pointpats", ">=", 15),
)
LENGTH_KM, DAYS = 1344.0, 34 * 365
EVENTS, SIMULATIONS, PEER_SIMULATIONS = 10_000, 999, 99
LIMITS = ((1.0, 7.0), (5.0, 30.0))
ENGINES = {"frontier_geo": "numba" if numba_available() else "numpy", "numpy alone": "numpy"}


def named(program: str, delta: float, tau: float) -> str:
    """Return the name of a way."""
    return f"{program}, {delta:g} km and {tau:g} days"


def makers(options: Options, _stack: ExitStack) -> dict[str, Callable[[], Way]]:
    """Return the ways measured; pointpats also without permutations, for its scale."""
    random = np.random.default_rng(0)
    n = options.size(EVENTS)
    place = random.uniform(0, LENGTH_KM, n)
    day = random.integers(0, DAYS, n).astype(float)

    def ours(delta: float, tau: float, name: str) -> Way:
        def work() -> Any:
            return knox(place, day, delta=delta, tau=tau, n_sim=SIMULATIONS, engine=ENGINES[name])

        return Way(named(name, delta, tau), work, n)

    def peer(delta: float, tau: float, permutations: int, name: str) -> Way:
        from pointpats import Knox

        columns = (np.column_stack((place, np.zeros_like(place))), day.reshape(-1, 1))

        def work() -> Any:
            return Knox(*columns, delta=delta, tau=tau, permutations=permutations)

        return Way(named(name, delta, tau), work, n)

    made: dict[str, Callable[[], Way]] = {}
    for limits in LIMITS:
        for name in ENGINES:
            made[named(name, *limits)] = lambda limits=limits, name=name: ours(*limits, name)
        for name, permutations in (("pointpats", PEER_SIMULATIONS), ("pointpats unpermuted", 0)):
            made[named(name, *limits)] = lambda limits=limits, k=permutations, name=name: peer(
                *limits, k, name
            )
    return made


def scaled(some: Timing, none: Timing) -> Timing:
    """Return what all permutations would take, from some of them and from none."""
    times = SIMULATIONS / PEER_SIMULATIONS
    pairs = zip(some.seconds, none.seconds, strict=False)
    return Timing(some.name, some.n, [b + (a - b) * times for a, b in pairs], some.trouble)


def measure(options: Options) -> Section:
    """Let both take turns; refuse to compare tables that differ."""
    with ExitStack() as stack:
        ways, left_out = gather(makers(options, stack))
        timings = interleave(ways, options.rounds) | {each.name: each for each in left_out}
        working = {way.name: way for way in ways if not timings[way.name].trouble}
        shown, figures = {}, {}
        for limits in LIMITS:
            ours, peer, none = (
                named(name, *limits)
                for name in ("frontier_geo", "pointpats", "pointpats unpermuted")
            )
            plain = named("numpy alone", *limits)
            shown[ours], shown[plain] = timings[ours], timings[plain]
            shown[peer] = scaled(timings[peer], timings[none])
            times = ratio(shown[peer], shown[ours])
            if times is None:
                continue
            mine, theirs = working[ours].work().table, working[none].work().observed
            if not (np.asarray(theirs).astype(int) == mine).all():
                raise ValueError(f"the tables differ: {theirs}, {mine}")
            figures[f"Knox, {limits[0]:g} km and {limits[1]:g} days, beside pointpats"] = times
        memory = peaks("knox", shown, options)
    own = named("frontier_geo", *LIMITS[0]), named("frontier_geo", *LIMITS[1])
    rows = []
    for name in own:
        pair = {key: each for key, each in shown.items() if key.endswith(name.split(", ")[1])}
        more = {key: [f"{memory[key]:,.0f}"] for key in pair if key in memory}
        rows += timing_rows(pair, name, unit=1e-6, more=more)
    return Section(
        "Knox's test",
        f"{options.size(EVENTS):,} events, {SIMULATIONS} permutations; pointpats permutes "
        f"{PEER_SIMULATIONS} times, and its time is scaled up.",
        found=figures,
        tables=[Table(["way", "events", "µs per event", "times ours", "peak MB"], rows)],
    )


BENCHMARK = Benchmark("knox", __doc__ or "", measure, BARS, makers, rounds=3)

if __name__ == "__main__":
    sys.exit(alone(BENCHMARK))
