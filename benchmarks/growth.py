"""
How time and memory grow with the number of points, ours and peers.

Run: ``python -m benchmarks.growth [--quick] [--most 100000000]``. In memory: arrays of 1e4 to 1e7 points,
each size in a process of its own, which locates a few points first and then takes the processor time of
all. The command: Parquet to Parquet in chunks, from 1e4 points to `--most`, its time from start to end.
The slope is that of the logarithms, by least squares over the largest sizes (from 1e5 points): 1 is
linear. The picture is drawn where matplotlib is installed.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks import locate_peers as peers
from benchmarks.command import command_words, write_points
from benchmarks.harness import (
    ROOT,
    Bar,
    Benchmark,
    Options,
    Section,
    Table,
    Way,
    alone,
    measured,
    number,
    run_child,
    tell,
)
from benchmarks.points import points

PICTURE = ROOT / "docs" / "images" / "growth.png"
SIZES = (10_000, 100_000, 1_000_000, 10_000_000, 100_000_000)
MOST_IN_MEMORY = 10_000_000
FITTED_FROM = 100_000
WARM = 2_000
TICKS_MB = (100, 200, 500, 1_000, 2_000, 5_000)
COMMAND = "frontier-geo locate, Parquet to Parquet"
SLOPE_BAR, MEMORY_BAR = (
    "growth, slope of the command's time from 1e5 points",
    "growth, memory of the command",
)
NUMPY_BAR = "growth, slope of arrays with numpy from 1e5 points"
BARS = (
    Bar(SLOPE_BAR, "<=", 1.1, ""),
    Bar(NUMPY_BAR, "<=", 1.1, ""),
    Bar(MEMORY_BAR, "<=", 2, "GB"),
)
# What each way is, and the most points it gets: what takes longer tells nothing new.
IN_MEMORY: dict[str, tuple[Callable[[int], Way], int]] = {
    peers.NUMBA: (lambda n: peers.ours(n, "numba"), MOST_IN_MEMORY),
    peers.NUMPY: (lambda n: peers.ours(n, "numpy"), MOST_IN_MEMORY),
    peers.VERTICES: (peers.vertices, 1_000_000),
    peers.TREE: (peers.tree, 1_000_000),
    peers.JOIN: (peers.join, 1_000_000),
}
Row = list[float]  # points, seconds, MB


def measure(options: Options) -> Section:
    """Measure every way at every size it gets."""
    series: dict[str, list[Row]] = {}
    trouble: dict[str, str] = {}
    for name, (_, most) in IN_MEMORY.items():
        for n in sizes(min(most, options.most), options):
            try:
                series.setdefault(name, []).append(in_memory(name, n))
            except (RuntimeError, ValueError) as error:
                trouble[name] = str(error)
                break
            tell(f"{name}: {n:,} points")
    try:
        series[COMMAND] = by_command(sizes(options.most, options))
    except RuntimeError as error:
        trouble[COMMAND] = str(error)
    series = {name: rows for name, rows in series.items() if rows}
    figures = {
        SLOPE_BAR: slope(series.get(COMMAND, [])),
        NUMPY_BAR: slope(series.get(peers.NUMPY, [])),
        MEMORY_BAR: max((row[2] / 1000 for row in series.get(COMMAND, [])), default=None),
    }
    notes = [f"{name}: {why}." for name, why in trouble.items()]
    reached = sorted({n for rows in series.values() for n, *_ in rows})
    head = ["way", *(f"{n:,.0f}" for n in reached), "slope"]
    cells = [row_of(name, rows, reached) for name, rows in series.items()]
    return Section(
        "Growth from 1e4 points on",
        "![Time and memory over the number of points](images/growth.png)",
        found=measured(figures),
        tables=[Table(head, cells, " ".join(notes))],
        series=series,
    )


def sizes(most: int, options: Options) -> list[int]:
    """Return the numbers of points up to a number: one size fewer when it must be quick."""
    chosen = [n for n in SIZES if n <= most]
    return chosen[:-1] if options.quick and len(chosen) > 1 else chosen


def in_memory(name: str, n: int) -> Row:
    """Measure one way at one size in a process of its own."""
    run = run_child(["-c", f"from benchmarks import growth; growth.print_one({name!r}, {n})"])
    return [float(n), float(json.loads(run.output.splitlines()[-1])), run.peak_mb]


def print_one(name: str, n: int) -> None:
    """Print the processor seconds of one way, after a few points to warm up."""
    make, _ = IN_MEMORY[name]
    make(WARM).work()
    way = make(n)
    best = float("inf")
    for _ in range(3 if n <= FITTED_FROM else 1):
        begin = time.process_time()
        way.work()
        best = min(best, time.process_time() - begin)
    print(json.dumps(best))


def by_command(chosen: Sequence[int]) -> list[Row]:
    """Measure the command at every size."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for n in chosen:
            source, target = Path(folder) / f"{n}.parquet", Path(folder) / "out.parquet"
            write_large(source, n)
            run = run_child(command_words(source, target), timeout=1_800)
            rows.append([float(n), run.cpu_s, run.peak_mb])
            target.unlink()
            source.unlink()
            tell(f"{COMMAND}: {n:,} points")
    return rows


def write_large(file: Path, n: int) -> None:
    """Write points part by part, so that no more than a part is held."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    part = 1_000_000
    if n <= part:
        write_points(file, n)
        return
    lon, lat = points(part)
    with pq.ParquetWriter(
        file, pa.schema([("event_id", "int64"), ("lon", "f8"), ("lat", "f8")])
    ) as out:
        for first in range(0, n, part):
            moved = np.random.default_rng(first).uniform(-1e-3, 1e-3, (2, part))
            many = min(part, n - first)
            columns = [np.arange(first, first + many), *(np.stack((lon, lat)) + moved)]
            out.write_table(
                pa.table([column[:many] for column in columns], names=["event_id", "lon", "lat"]),
                row_group_size=131_072,
            )


def slope(rows: Sequence[Row]) -> float | None:
    """Return the exponent by which time grows, from the sizes of 1e5 and more; None for fewer than 2."""
    large = [(n, seconds) for n, seconds, _ in rows if n >= FITTED_FROM and seconds > 0]
    if len(large) < 2:
        return None
    return float(np.polyfit(*np.log(np.array(large)).T, 1)[0])


def row_of(name: str, rows: Sequence[Row], reached: Sequence[float]) -> list[str]:
    """Return the cells of one way: seconds and memory at each size it got, and its slope."""
    got = {n: f"{number(seconds)} s, {megabytes:,.0f} MB" for n, seconds, megabytes in rows}
    return [name, *(got.get(n, "–") for n in reached), number(slope(rows))]


def draw(series: dict[str, list[Row]], file: Path = PICTURE) -> None:
    """
    Draw time and memory over the number of points, both axes logarithmic.

    Raises
    ------
    ImportError
        If matplotlib is not installed.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    styles = {
        peers.NUMBA: ("#0b5d4e", "o", 2.4), peers.NUMPY: ("#2c9c82", "s", 2.4),
        COMMAND: ("#12384f", "D", 2.4), peers.VERTICES: ("#b5883a", "^", 1.4),
        peers.TREE: ("#c2571a", "v", 1.4), peers.JOIN: ("#8c2d4f", "x", 1.4),
    }  # fmt: skip
    figure, (time_axes, memory_axes) = plt.subplots(1, 2, figsize=(11, 5.6), layout="constrained")
    for name, rows in series.items():
        colour, marker, width = styles.get(name, ("#666666", ".", 1.4))
        n, seconds, megabytes = np.array(rows).T
        grows = slope(rows)
        who = (
            name
            if name == COMMAND or name not in (peers.NUMBA, peers.NUMPY)
            else f"frontier_geo, {name}"
        )
        label = who if grows is None else f"{who} (slope {grows:.2f})"
        how = {"color": colour, "marker": marker, "linewidth": width, "markersize": 5}
        time_axes.plot(n, seconds, label=label, **how)
        memory_axes.plot(n, megabytes, **how)
    for axes, what in ((time_axes, "Processor seconds"), (memory_axes, "Memory at its peak, MB")):
        axes.set(xscale="log", yscale="log", xlabel="Points", title=what)
        axes.grid(True, which="major", color="#dddddd", linewidth=0.8)
        axes.spines[["top", "right"]].set_visible(False)
    memory_axes.set_yticks(TICKS_MB, [f"{megabytes:,}" for megabytes in TICKS_MB], minor=False)
    memory_axes.set_yticks([], minor=True)
    figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=9)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=130)
    plt.close(figure)


BENCHMARK = Benchmark("growth", __doc__ or "", measure, BARS)

if __name__ == "__main__":
    sys.exit(alone(BENCHMARK))
