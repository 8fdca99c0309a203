"""
How long `segment_weights` takes for incidents known to a district, and how much memory.

Run: ``python benchmarks/weights.py [--runs 7]``. 100,000 events, each with a stretch of border, are
spread over 1,344 segments of 1 km: once with the 35 stretches of the districts, once with a stretch
of its own for each event. Beside it stands the straightforward way with geopandas: stretches and
segments as lines on an axis, joined, the lengths of their intersections divided, on as many events
as it takes in a few seconds, by the time per event. Each figure is the median over fresh
processes. Memory is the highest of the whole process, interpreter and libraries included. The exit
code is 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

LEAST_RUNS = 3
BAR_S, BAR_GB = 5.0, 1.0


@dataclass
class Case:
    """A way of working out weights, how many events it gets, its bars if any, and its runs."""

    name: str
    way: str
    n_events: int
    n_stretches: int
    barred: bool = False
    times_s: list[float] = field(default_factory=list)
    peaks_gb: list[float] = field(default_factory=list)
    rows: int = 0

    @property
    def median_s(self) -> float:
        return statistics.median(self.times_s)

    @property
    def peak_gb(self) -> float:
        return statistics.median(self.peaks_gb)

    @property
    def missed(self) -> bool:
        return self.barred and (self.median_s >= BAR_S or self.peak_gb >= BAR_GB)


def cases() -> list[Case]:
    """Return what is measured: ours with its bars, and the straightforward way in the same run."""
    return [
        Case("segment_weights, 35 stretches", "ours", 100_000, 35, barred=True),
        Case("segment_weights, all different", "ours", 100_000, 100_000, barred=True),
        Case("segment_rates, 35 stretches", "rates", 100_000, 35),
        Case("geopandas join, 35 stretches", "geopandas", 10_000, 35),
        Case("geopandas join, all different", "geopandas", 10_000, 10_000),
        Case("imports and data only", "nothing", 100_000, 35),
    ]


def child(case: Case) -> dict[str, float]:
    """Do the work of one case in this process, and return its seconds, peak and rows."""
    import warnings

    import geopandas as gpd
    import numpy as np
    import pandas as pd
    import shapely

    import frontier_geo as fg
    from frontier_geo.errors import ResolutionWarning

    warnings.simplefilter("ignore", ResolutionWarning)
    boundary = fg.load_boundary()
    segments = fg.make_segments(boundary, length_km=1)
    random = np.random.default_rng(0)
    frontages = fg.load_frontages()
    frontages = frontages[frontages["to_km"] > frontages["from_km"]]
    if case.n_stretches > len(frontages):
        start = random.uniform(0, boundary.length_km - 40, case.n_stretches)
        start, stop = start, start + random.uniform(5, 70, case.n_stretches).clip(max=39)
    else:
        chosen = frontages.iloc[: case.n_stretches]
        start, stop = chosen["from_km"].to_numpy(), chosen["to_km"].to_numpy()
    of_event = np.arange(case.n_events) % len(start)
    events = gpd.GeoDataFrame(
        {
            "event_id": [f"e{i}" for i in range(case.n_events)],
            "date_start": "2020-06-01",
            "location_precision": "district",
            "frontage_from_km": start[of_event],
            "frontage_to_km": stop[of_event],
        },
        geometry=[None] * case.n_events,
        crs=4326,
    )
    located = fg.locate_events(events, boundary, segments)
    begin = time.perf_counter()
    rows = 0
    if case.way == "ours":
        rows = len(fg.segment_weights(located, segments, boundary))
    elif case.way == "rates":
        period = ("2020-01-01", "2020-12-31")
        rows = len(fg.segment_rates(located, segments, boundary=boundary, period=period))
    elif case.way == "geopandas":
        a, b = located["frontage_from_km"].to_numpy(), located["frontage_to_km"].to_numpy()

        def on_axis(low: np.ndarray, high: np.ndarray) -> np.ndarray:
            zero = np.zeros(low.size)
            ends = np.stack((np.column_stack((low, zero)), np.column_stack((high, zero))), axis=1)
            return shapely.linestrings(ends)

        left = gpd.GeoDataFrame({"event_id": located["event_id"]}, geometry=on_axis(a, b))
        cut = on_axis(segments["from_km"].to_numpy(), segments["to_km"].to_numpy())
        right = gpd.GeoDataFrame({"segment_id": segments["segment_id"]}, geometry=cut)
        pairs = gpd.sjoin(left, right, predicate="intersects")
        shared = shapely.intersection(
            pairs.geometry.array, right.geometry.array[pairs["index_right"]]
        )
        pairs["probability"] = shapely.length(shared)
        pairs = pd.DataFrame(pairs[pairs["probability"] > 0].drop(columns="geometry"))
        pairs["probability"] /= pairs.groupby("event_id")["probability"].transform("sum")
        rows = len(pairs)
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # kB; bytes on macOS
    per_gb = 1e9 if sys.platform == "darwin" else 1e6 / 1.024
    return {"seconds": seconds, "gb": peak / per_gb, "rows": rows}


def measure(number: int, environment: dict[str, str]) -> dict[str, float]:
    """Return what a fresh process measures of one case."""
    done = subprocess.run(
        [sys.executable, __file__, "--case", str(number)],
        env=environment, stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def child_environment() -> dict[str, str]:
    """Return variables under which a checkout is found as well as an installed library."""
    source = Path(__file__).resolve().parents[1] / "src"
    paths = [str(source) if source.is_dir() else "", os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def print_table(measured: list[Case], runs: int) -> None:
    machine = f"{platform.platform()}, {os.cpu_count()} CPUs"
    print(f"Python {platform.python_version()}, {machine}, {runs} runs")
    print(f"bars: {BAR_S:g} s and {BAR_GB:g} GB for 100,000 events over 1,344 segments")
    print(
        f"{'what':<32}{'events':>9}{'rows':>11}{'median s':>10}{'us/event':>10}{'ratio':>8}"
        f"{'peak GB':>9}  verdict"
    )
    for case in measured:
        each = case.median_s / case.n_events
        ratio = ""
        if case.way == "geopandas":
            same = next(
                c
                for c in measured
                if c.way == "ours" and (c.n_stretches == 35) == (case.n_stretches == 35)
            )
            ratio = f"{each / (same.median_s / same.n_events):.1f}"
        verdict = "" if not case.barred else "MISSED" if case.missed else "met"
        print(
            f"{case.name:<32}{case.n_events:>9,}{case.rows:>11,}{case.median_s:>10.3f}"
            f"{each * 1e6:>10.2f}{ratio:>8}{case.peak_gb:>9.2f}  {verdict}"
        )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0].strip())
    parser.add_argument("--runs", type=int, default=7, help=f"at least {LEAST_RUNS}; default 7")
    parser.add_argument("--case", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    measured = cases()
    if given.case is not None:
        print(json.dumps(child(measured[given.case])))
        return 0
    if given.runs < LEAST_RUNS:
        parser.error(f"--runs must be {LEAST_RUNS} or more, but is {given.runs}")
    environment = child_environment()
    for _ in range(given.runs):
        for number, case in enumerate(measured):
            answer = measure(number, environment)
            case.times_s.append(answer["seconds"])
            case.peaks_gb.append(answer["gb"])
            case.rows = int(answer["rows"])
    print_table(measured, given.runs)
    return int(any(case.missed for case in measured))


if __name__ == "__main__":
    sys.exit(main())
