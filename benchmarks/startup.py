"""
How long one waits for ``import frontier_geo`` and for ``frontier-geo --help``.

Run: ``python benchmarks/startup.py [--runs 9]``. Each figure is the median over fresh processes,
one round after the other. It holds the start of the interpreter, whose own time
stands in the table. The exit code is 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

LEAST_RUNS = 7


@dataclass
class Case:
    """A command to time, its bar in seconds if it has one, and its times."""

    name: str
    words: list[str]
    bar_s: float | None = None
    times_s: list[float] = field(default_factory=list)

    @property
    def median_s(self) -> float:
        return statistics.median(self.times_s)

    @property
    def missed(self) -> bool:
        return self.bar_s is not None and self.median_s >= self.bar_s


def cases() -> list[Case]:
    """Return what is measured: ours with their bars, and the peers in the same run."""
    return [
        Case("python, nothing imported", ["-c", "pass"]),
        Case("import frontier_geo", ["-c", "import frontier_geo"], bar_s=1.0),
        Case("frontier-geo --help", ["-m", "frontier_geo", "--help"], bar_s=1.5),
        Case("frontier_geo.load_boundary()", ["-c", "import frontier_geo as f; f.load_boundary()"]),
        Case("import geopandas (peer)", ["-c", "import geopandas"]),
        Case("import folium (peer)", ["-c", "import folium"]),
    ]


def measure(case: Case, environment: dict[str, str]) -> float:
    """Return the seconds one fresh process takes."""
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, *case.words], env=environment, stdout=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - begin


def child_environment() -> dict[str, str]:
    """Return variables under which a checkout is found as well as an installed library."""
    source = Path(__file__).resolve().parents[1] / "src"
    paths = [str(source) if source.is_dir() else "", os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def print_table(measured: list[Case], runs: int) -> None:
    machine = f"{platform.platform()}, {os.cpu_count()} CPUs"
    print(f"Python {platform.python_version()}, {machine}, {runs} runs")
    print(f"{'what':<30}{'median s':>10}{'min s':>9}{'max s':>9}{'bar s':>8}  verdict")
    for case in measured:
        bar = "" if case.bar_s is None else f"{case.bar_s:.1f}"
        verdict = "" if case.bar_s is None else "MISSED" if case.missed else "met"
        low, high = min(case.times_s), max(case.times_s)
        print(f"{case.name:<30}{case.median_s:>10.3f}{low:>9.3f}{high:>9.3f}{bar:>8}  {verdict}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0].strip())
    parser.add_argument("--runs", type=int, default=9, help=f"at least {LEAST_RUNS}; default 9")
    runs = parser.parse_args().runs
    if runs < LEAST_RUNS:
        parser.error(f"--runs must be {LEAST_RUNS} or more, but is {runs}")
    environment = child_environment()
    measured = cases()
    for case in measured:
        measure(case, environment)  # once unmeasured: compiled files, disk cache
    for _ in range(runs):
        for case in measured:
            case.times_s.append(measure(case, environment))
    print_table(measured, runs)
    return int(any(case.missed for case in measured))


if __name__ == "__main__":
    sys.exit(main())
