"""
How fast Gi* with 9,999 conditional permutations is, beside esda, in one run and on one thread.

Run: ``python benchmarks/hotspots.py [--rounds 7] [--segments 1344]``; it needs esda and libpysal. Both
work on the same counts on a chain of segments of 1 km, and both give a z and a permutation p-value for
each. Rounds are interleaved, times are CPU seconds of the process (threads included), the figure is
the median of the rounds' ratios. Beside it stand the exact p-values of counts, which need no
permutation, and the memory at its peak. The exit code is 1 when the bar is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable

import esda
import numpy as np
from libpysal.weights import W

from frontier_geo.hotspots.getis_ord import local_g_test
from frontier_geo.hotspots.neighbours import chain_neighbours
from frontier_geo.hotspots.poisson_null import poisson_tails

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
BAR = 6.0  # times faster than esda
PERMUTATIONS = 9_999
LEAST_ROUNDS = 3
SEED = 20260711


def cpu_seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main() -> int:
    if any(os.environ.get(name) != "1" for name in THREADS):  # read when numpy is imported
        os.execve(
            sys.executable, [sys.executable, *sys.argv], os.environ | dict.fromkeys(THREADS, "1")
        )
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--segments", type=int, default=1_344)
    options = parser.parse_args()
    n, rounds = options.segments, max(options.rounds, LEAST_ROUNDS)
    counts = np.random.default_rng(SEED).poisson(0.8, n)
    near = chain_neighbours([True] * (n - 1))
    pairs = {i: near.other[near.start[i] : near.start[i + 1]].tolist() for i in range(n)}
    warnings.simplefilter("ignore")
    weights = W(pairs, silence_warnings=True)

    def ours() -> object:
        return local_g_test(counts, near, n_sim=PERMUTATIONS, seed=SEED)

    def peer() -> object:
        return esda.G_Local(
            counts, weights, transform="B", star=True, permutations=PERMUTATIONS, n_jobs=1,
            keep_simulations=False, seed=SEED,
        )  # fmt: skip

    def exact() -> object:
        return poisson_tails(counts, np.ones(n), near)

    z, p = local_g_test(counts, near, n_sim=PERMUTATIONS, seed=SEED, alternative="greater")
    theirs = peer()  # also compiles what it compiles
    print(f"largest difference of z: {np.abs(z.z - theirs.Zs).max():.1e}")
    tail = np.minimum(p, 1 - p)
    print(f"largest difference of the smaller tail: {np.abs(tail - theirs.p_sim).max():.4f}")
    times: dict[str, list[float]] = {"ours": [], "esda": [], "exact": []}
    for _ in range(rounds):
        for name, work in (("ours", ours), ("esda", peer), ("exact", exact)):
            times[name].append(cpu_seconds(work))
    ratio = statistics.median(b / a for a, b in zip(times["ours"], times["esda"], strict=True))
    tracemalloc.start()
    ours()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    print(
        f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"esda {esda.__version__}; {n} segments, {PERMUTATIONS} permutations, {rounds} rounds"
    )
    for name in times:
        print(f"{name:6} {statistics.median(times[name]) * 1000:9.2f} ms")
    print(f"esda / ours {ratio:.0f} (bar {BAR:g}), peak of ours {peak:.1f} MB")
    return int(ratio < BAR)


if __name__ == "__main__":
    sys.exit(main())
