"""
How long ``frontier-geo locate`` takes from a Parquet file to a Parquet file, beside a geopandas script.

Run: ``python -m benchmarks.command [--rounds 5] [--quick]``. Each is a process of its own, from its
start to its end; what counts is processor time. The script does the least that gives chainage,
distance and segment: read, project, nearest join with segments of 10 km, place on the segment, write.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.harness import (
    Bar,
    Benchmark,
    Options,
    Run,
    Section,
    Table,
    Timing,
    Way,
    alone,
    measure_all,
    number,
    ratio,
    run_child,
    timing_rows,
)
from benchmarks.points import points

SIZES = (10_000, 100_000, 1_000_000)
BARRED = 100_000
MOST_FOR_SCRIPT = 100_000
ROWS_OF_A_GROUP = 131_072
BAR = "locate of 100,000 points, Parquet to Parquet, beside geopandas"
BARS = (Bar(BAR, ">=", 5),)
SCRIPT = """
import sys
import geopandas as gpd, numpy as np, pandas as pd, shapely
source, target, segments = sys.argv[1:]
given = pd.read_parquet(source)
lines = gpd.read_parquet(segments)
points = gpd.GeoDataFrame(given, geometry=gpd.points_from_xy(given.lon, given.lat), crs=4326)
near = points.to_crs(lines.crs).sjoin_nearest(lines, distance_col="distance_m")
near = near[~near.index.duplicated()]
own = lines.geometry.to_numpy()[near["segment"].to_numpy()]
near["chainage_m"] = near["begin_m"] + shapely.line_locate_point(own, near.geometry.to_numpy())
pd.DataFrame(near.drop(columns="geometry")).to_parquet(target)
"""


def children_s() -> float:
    """Return the processor seconds of all processes that have been waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def write_points(file: Path, n: int) -> Path:
    """Write points with their number, in groups of rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not file.exists():
        lon, lat = points(n)
        table = pa.table({"event_id": np.arange(n), "lon": lon, "lat": lat})
        pq.write_table(table, file, row_group_size=ROWS_OF_A_GROUP)
    return file


def command_words(source: Path, target: Path) -> list[str]:
    """Return the words of the command after the interpreter's name."""
    return ["-m", "frontier_geo", "locate", str(source), "--output", str(target)]


def script_words(source: Path, target: Path, segments: Path) -> list[str]:
    """Return the words of the geopandas script, which finds its segments in a file."""
    if not segments.exists():
        from benchmarks.locate_peers import segment_lines

        table, begin, *_ = segment_lines()
        table.assign(begin_m=begin).to_parquet(segments)
    return ["-c", SCRIPT, str(source), str(target), str(segments)]


def process(name: str, n: int, words: Sequence[str], target: Path, runs: list[Run]) -> Way:
    """Return a way that is a process of its own, checked to have written all rows."""

    def work() -> None:
        import pyarrow.parquet as pq

        target.unlink(missing_ok=True)
        runs.append(run_child(words))
        rows = pq.ParquetFile(target).metadata.num_rows
        if rows != n:
            raise RuntimeError(f"{name} wrote {rows:,} rows of {n:,}")

    return Way(name, work, n, children_s)


def named(program: str, n: int) -> str:
    """Return the name of a way."""
    return f"{program}, {n:,} points"


def ways(
    options: Options, folder: Path, runs: dict[str, list[Run]]
) -> dict[str, Callable[[], Way]]:
    """Return both for each number of points; the script for those it does in a few seconds."""
    made: dict[str, Callable[[], Way]] = {}
    for n in map(options.size, SIZES):
        for program in ("frontier-geo locate", "geopandas script"):
            if program.startswith("geopandas") and n > options.size(MOST_FOR_SCRIPT):
                continue

            def make(program: str = program, n: int = n) -> Way:
                source, target = write_points(folder / f"{n}.parquet", n), folder / "out.parquet"
                words = (
                    command_words(source, target)
                    if program.startswith("frontier")
                    else script_words(source, target, folder / "segments.parquet")
                )
                name = named(program, n)
                return process(name, n, words, target, runs.setdefault(name, []))

            made[named(program, n)] = make
    return made


def measure(options: Options) -> Section:
    """Let both take turns."""
    runs: dict[str, list[Run]] = {}
    with tempfile.TemporaryDirectory() as folder:
        timings, _ = measure_all(ways(options, Path(folder), runs), options.rounds)
    rows = []
    for n in map(options.size, SIZES):
        own = named("frontier-geo locate", n)
        some = {name: each for name, each in timings.items() if name.endswith(f", {n:,} points")}
        more = {name: seconds_and_memory(each, runs.get(name, [])) for name, each in some.items()}
        rows += timing_rows(some, own, unit=1e-6, more=more)
    of_bar = (
        timings[named(program, options.size(BARRED))]
        for program in ("geopandas script", "frontier-geo locate")
    )
    times = ratio(*of_bar)
    head = ["way", "points", "µs per point", "times ours", "s in all", "wall s", "peak MB"]
    return Section(
        "The command line, Parquet to Parquet",
        found={} if times is None else {BAR: times},
        tables=[Table(head, rows)],
    )


def seconds_and_memory(timing: Timing, runs: Sequence[Run]) -> list[str]:
    """Return cells: processor seconds of a run, seconds on the wall, MB at the peak."""
    if timing.trouble or not runs:
        return ["–", "–", "–"]
    wall = sorted(run.wall_s for run in runs)[len(runs) // 2]
    return [number(timing.median), number(wall), f"{max(run.peak_mb for run in runs):,.0f}"]


BENCHMARK = Benchmark("command", __doc__ or "", measure, BARS)

if __name__ == "__main__":
    sys.exit(alone(BENCHMARK))
