"""
How fast Gi* with 9,999 conditional permutations is, beside esda.

Run: ``python -m benchmarks.hotspots [--rounds 7] [--quick]``. Both work on the same counts on a chain of
1,344 segments of 1 km, and both give a z and a permutation p-value for each. Beside them stand the
exact p-values of counts, which need no permutation. The largest differences of z and of the smaller
tail stand below the table.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from contextlib import ExitStack

import numpy as np

from benchmarks.harness import (
    OURS,
    Bar,
    Benchmark,
    Options,
    Section,
    Table,
    Way,
    alone,
    measure_all,
    peaks,
    ratio,
    timing_rows,
)
from frontier_geo.hotspots.getis_ord import local_g_test
from frontier_geo.hotspots.neighbours import chain_neighbours
from frontier_geo.hotspots.poisson_null import poisson_tails

BARS = (Bar("Gi*, beside esda", ">=", 6),)
SEGMENTS, PERMUTATIONS = 1_344, 9_999
ESDA, EXACT = "esda G_Local", "frontier_geo, exact p-values of counts"
SEED = 20260711


def makers(options: Options, _stack: ExitStack) -> dict[str, Callable[[], Way]]:
    """Return the ways measured."""
    n = options.size(SEGMENTS)
    counts = np.random.default_rng(SEED).poisson(0.8, n)
    near = chain_neighbours([True] * (n - 1))

    def ours() -> Way:
        def work() -> object:
            return local_g_test(counts, near, n_sim=PERMUTATIONS, seed=SEED, alternative="greater")

        return Way(OURS, work, n)

    def exact() -> Way:
        return Way(EXACT, lambda: poisson_tails(counts, np.ones(n), near), n)

    def esda() -> Way:
        import esda
        from libpysal.weights import W

        pairs = {i: near.other[near.start[i] : near.start[i + 1]].tolist() for i in range(n)}
        weights = W(pairs, silence_warnings=True)

        def work() -> object:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return esda.G_Local(
                    counts.astype(float), weights, transform="B", star=True,
                    permutations=PERMUTATIONS, n_jobs=1, keep_simulations=False, seed=SEED,
                )  # fmt: skip

        return Way(ESDA, work, n)

    return {OURS: ours, ESDA: esda, EXACT: exact}


def measure(options: Options) -> Section:
    """Let all take turns; compare what they find."""
    with ExitStack() as stack:
        timings, ways = measure_all(makers(options, stack), options.rounds)
        note = ""
        if ESDA in ways and not timings[ESDA].trouble:
            (z, p), theirs = ways[OURS].work(), ways[ESDA].work()
            tail = np.abs(np.minimum(p, 1 - p) - theirs.p_sim).max()
            note = (
                f"Largest difference of z: {np.abs(z.z - theirs.Zs).max():.0e}; of the smaller tail: "
                f"{tail:.4f} (two runs of {PERMUTATIONS:,} permutations)."
            )
        memory = peaks("hotspots", timings, options)
    more = {name: [f"{megabytes:,.0f}"] for name, megabytes in memory.items()}
    rows = timing_rows(timings, OURS, unit=1e-6, more=more)
    times = ratio(timings[ESDA], timings[OURS])
    return Section(
        "Gi* with permutations",
        f"{options.size(SEGMENTS):,} segments, {PERMUTATIONS:,} conditional permutations.",
        found={} if times is None else {"Gi*, beside esda": times},
        tables=[Table(["way", "segments", "µs per segment", "times ours", "peak MB"], rows, note)],
    )


BENCHMARK = Benchmark("hotspots", __doc__ or "", measure, BARS, makers, rounds=7)

if __name__ == "__main__":
    sys.exit(alone(BENCHMARK))
