"""
How long 9,999 simulations of the scan take over 135 and 1,344 segments, and how much memory.

Run: ``python benchmarks/scan.py [--rounds 5]``. Beside it stands the published algorithm of smerc
(scan.test) in its straightforward numpy form: for each simulation the counts of every zone from running
sums, the likelihood ratio of every zone, the largest. Both see the same events on the same segments of
the shipped border, take turns in one process, and are measured in processor time; the straightforward
form gets as many simulations as it does in about two seconds, and is compared by the time of one
simulation. Both largest ratios are compared on the same tables first. Memory is what a fresh process
needs at most for `path_scan`, interpreter and libraries included. The exit code is 1 when a bar is
missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from frontier_geo import make_segments
from frontier_geo.scan.engine import _draw_counts, path_scan, simulate_path
from frontier_geo.scan.largest import find_runs
from frontier_geo.scan.ratio import Ratio

LEAST_ROUNDS = 3
SIMULATIONS = 9_999
RATIO_BAR, SECONDS_BAR = 8.0, 3.0
PER_GB = 1e9 if sys.platform == "darwin" else 1e6 / 1.024


@dataclass
class Case:
    """A number of segments and events, its bars, and what was measured."""

    length_km: float
    events: int
    bar_ratio: float | None = None
    bar_s: float | None = None
    ours_s: list[float] = field(default_factory=list)
    plain_s: list[float] = field(default_factory=list)
    segments: int = 0
    zones: int = 0
    peak_gb: float = 0.0

    @property
    def ratio(self) -> float:
        return statistics.median(p / o for p, o in zip(self.plain_s, self.ours_s, strict=True))

    @property
    def missed(self) -> bool:
        slow = self.bar_s is not None and statistics.median(self.ours_s) >= self.bar_s
        return slow or (self.bar_ratio is not None and self.ratio < self.bar_ratio)


def cases() -> list[Case]:
    return [
        Case(10, 100, RATIO_BAR, SECONDS_BAR),
        Case(10, 1000, None, SECONDS_BAR),
        Case(10, 10_000, None, SECONDS_BAR),
        Case(1, 100, None, SECONDS_BAR),
        Case(1, 1000),
    ]


def sizes_of(length_km: float) -> np.ndarray:
    return make_segments(length_km=length_km)["length_km"].to_numpy()


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


def measure(case: Case) -> None:
    """Let both take one turn."""
    lengths = sizes_of(case.length_km)
    size = lengths * (case.events / lengths.sum())
    cap = case.events / 2
    zones = all_zones(size, cap)
    case.segments, case.zones = len(lengths), len(zones[0])
    rng = np.random.default_rng(len(case.ours_s))
    observed = rng.multinomial(case.events, size / size.sum())
    begin = time.process_time()
    path_scan(observed, lengths, n_sim=SIMULATIONS, seed=len(case.ours_s))
    case.ours_s.append(time.process_time() - begin)
    many, begin = 0, time.process_time()
    while time.process_time() - begin < 2.0:
        counts = rng.multinomial(case.events, size / size.sum())
        largest_plainly(counts, *zones, case.events)
        many += 1
    case.plain_s.append((time.process_time() - begin) / many * SIMULATIONS)


def check(case: Case) -> None:
    """Refuse to compare two things that do not find the same."""
    lengths = sizes_of(case.length_km)
    size = lengths * (case.events / lengths.sum())
    zones = all_zones(size, case.events / 2)
    ratio = Ratio(case.events, case.events)
    ours = simulate_path(
        np.random.default_rng(1), size, find_runs(size, cap=ratio.whole / 2), ratio,
        cap=ratio.whole / 2, linked=None, n_sim=5, alternative="greater",
    )  # fmt: skip
    tables = _draw_counts(np.random.default_rng(1), 5, size, ratio)
    for counts, mine in zip(tables, ours, strict=True):
        assert abs(largest_plainly(counts, *zones, case.events) - mine) < 1e-9


def peak_of(case: Case) -> float:
    """Return the memory of a fresh process that scans once, in GB."""
    told = subprocess.run(
        [sys.executable, __file__, "--memory", str(case.length_km), str(case.events)],
        env=environment(), stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    return float(told.stdout)


def environment() -> dict[str, str]:
    source = Path(__file__).resolve().parents[1] / "src"
    paths = [str(source) if source.is_dir() else "", os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def use_memory(length_km: float, events: int) -> None:
    lengths = sizes_of(length_km)
    counts = np.random.default_rng(0).multinomial(events, lengths / lengths.sum())
    path_scan(counts, lengths, n_sim=SIMULATIONS)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / PER_GB)


def print_table(measured: list[Case], rounds: int) -> None:
    print(
        f"Python {platform.python_version()}, numpy {np.__version__}, {platform.platform()}, "
        f"{os.cpu_count()} CPUs, {rounds} rounds, medians, {SIMULATIONS:,} simulations"
    )
    print(
        f"{'segments':>8}{'events':>8}{'zones':>10}{'ours s':>9}{'numpy s':>10}{'ratio':>8}"
        f"{'peak GB':>9}  bars"
    )
    for case in measured:
        bars = [f"ratio >= {case.bar_ratio:g}"] if case.bar_ratio else []
        bars += [f"below {case.bar_s:g} s"] if case.bar_s else []
        verdict = f"{', '.join(bars)}: {'MISSED' if case.missed else 'met'}" if bars else ""
        print(
            f"{case.segments:>8,}{case.events:>8,}{case.zones:>10,}"
            f"{statistics.median(case.ours_s):>9.2f}{statistics.median(case.plain_s):>10.1f}"
            f"{case.ratio:>8.1f}{case.peak_gb:>9.2f}  {verdict}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0].strip())
    parser.add_argument("--rounds", type=int, default=5, help=f"at least {LEAST_ROUNDS}; default 5")
    parser.add_argument("--memory", nargs=2, type=float, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.memory:
        use_memory(given.memory[0], int(given.memory[1]))
        return 0
    if given.rounds < LEAST_ROUNDS:
        parser.error(f"--rounds must be {LEAST_ROUNDS} or more, but is {given.rounds}")
    measured = cases()
    for case in measured:
        check(case)
        case.peak_gb = peak_of(case)
    for _ in range(given.rounds):
        for case in measured:
            measure(case)
    print_table(measured, given.rounds)
    return int(any(case.missed for case in measured))


if __name__ == "__main__":
    sys.exit(main())
