"""
How long Knox's test takes, beside pointpats in the same run.

Run: ``python benchmarks/knox.py [--events 10000] [--simulations 999] [--rounds 3]``; pointpats must be
installed. Both get the same dated places on a line of 1,344 km over 34 years and the same limits, in
turn, in one process; the figure is CPU time, and the ratio the median over the rounds. With
--peer-simulations fewer, pointpats permutes less, and its time is the one without permutations plus
the rest scaled up; the table says so. The tables of pairs must agree. The exit code is 1 when the bar
(15 times as fast) is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from frontier_geo.spacetime import knox

BAR = 15.0
LENGTH_KM, DAYS = 1344.0, 34 * 365
LIMITS = ((1.0, 7.0), (5.0, 30.0))


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU seconds of a piece of work, and what it returns."""
    begin = time.process_time()
    answer = work()
    return time.process_time() - begin, answer


def peer_seconds(
    place: np.ndarray, day: np.ndarray, delta: float, tau: float, n_sim: int, n_peer: int
) -> tuple[float, np.ndarray]:
    """Return the CPU seconds of pointpats, scaled up to n_sim permutations, and its table."""
    from pointpats import Knox

    def run(permutations: int) -> Any:
        columns = (np.column_stack((place, np.zeros_like(place))), day.reshape(-1, 1))
        return Knox(*columns, delta=delta, tau=tau, permutations=permutations)

    taken, found = cpu(lambda: run(n_peer))
    if n_peer < n_sim:
        none, _ = cpu(lambda: run(0))
        taken = none + (taken - none) * n_sim / n_peer
    return taken, np.asarray(found.observed).astype(int)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0].strip())
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--simulations", type=int, default=999)
    parser.add_argument("--peer-simulations", type=int, default=None)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    n_peer = given.peer_simulations or given.simulations
    random = np.random.default_rng(0)
    place = random.uniform(0, LENGTH_KM, given.events)
    day = random.integers(0, DAYS, given.events).astype(float)
    knox(place[:50], day[:50], delta=1, tau=7, n_sim=9)  # imports what it needs
    machine = f"{platform.platform()}, {os.cpu_count()} CPUs"
    print(f"Python {platform.python_version()}, {machine}, {given.rounds} rounds, CPU seconds")
    print(f"{given.events:,} events, {given.simulations:,} permutations")
    if n_peer < given.simulations:
        print(f"pointpats permutes {n_peer} times; its time is scaled up to {given.simulations}")
    print(f"{'limits':<18}{'near in place':>14}{'knox':>9}{'pointpats':>11}{'ratio':>8}  verdict")
    missed = False
    for delta, tau in LIMITS:
        ours, peers = [], []
        for _ in range(given.rounds):
            how = {"delta": delta, "tau": tau, "n_sim": given.simulations}
            taken, found = cpu(lambda how=how: knox(place, day, **how))
            ours.append(taken)
            taken, table = peer_seconds(place, day, delta, tau, given.simulations, n_peer)
            peers.append(taken)
            if not (table == found.table).all():
                raise SystemExit(f"the tables differ: {table.tolist()}, {found.table.tolist()}")
        ratio = statistics.median(b / a for a, b in zip(ours, peers, strict=True))
        missed |= ratio < BAR
        print(
            f"{f'{delta:g} km, {tau:g} days':<18}{int(found.table[0].sum()):>14,}"
            f"{statistics.median(ours):>9.2f}{statistics.median(peers):>11.1f}{ratio:>8.1f}"
            f"  {'MISSED' if ratio < BAR else 'met'}"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"highest memory of the process, libraries and peer included: {peak:.2f} GB")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
