"""
How long one waits for ``import frontier_geo`` and for the commands, in processes of their own.

Run: ``python -m benchmarks.startup [--rounds 7] [--quick]``. Each figure is wall time, the median over
fresh processes, one round after the other. It holds the start of the interpreter, whose own time stands
in the table. A second table tells which other libraries are loaded by then.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.command import command_words, write_points
from benchmarks.harness import (
    Bar,
    Benchmark,
    Options,
    Section,
    Table,
    Timing,
    Way,
    alone,
    measure_all,
    measured,
    number,
    run_child,
)

IMPORT, HELP, ONE_POINT = (
    "import frontier_geo",
    "frontier-geo --help",
    "frontier-geo locate 37.49 71.51",
)
BARS = (Bar(IMPORT, "<=", 1.0, "s"), Bar(HELP, "<=", 1.5, "s"))
POINTS = 10_000
LOADED = """
import sys
{code}
given = {{name.split(".")[0] for name in sys.modules}} - set(sys.stdlib_module_names)
own = [name for name in sys.modules if name.split(".")[0] == "frontier_geo"]
print(len(own), *sorted(name for name in given if not name.startswith(("_", "frontier_geo"))))
"""
COMMAND = """
sys.argv = ["frontier-geo", *{words!r}]
from frontier_geo.cli import main
try:
    main()
except SystemExit:
    print()
"""


def words_of(folder: Path) -> dict[str, Sequence[str]]:
    """Return what is started, by its name."""
    source, target = folder / "points.parquet", folder / "out.parquet"
    return {
        "python, nothing imported": ["-c", "pass"],
        IMPORT: ["-c", "import frontier_geo"],
        HELP: ["-m", "frontier_geo", "--help"],
        "frontier_geo.load_boundary()": ["-c", "import frontier_geo as f; f.load_boundary()"],
        ONE_POINT: ["-m", "frontier_geo", "locate", "37.49", "71.51"],
        f"frontier-geo locate, {POINTS:,} points of a file": command_words(source, target),
        "import numpy": ["-c", "import numpy"],
        "import numba": ["-c", "import numba"],
        "import pandas": ["-c", "import pandas"],
        "import geopandas": ["-c", "import geopandas"],
        "import folium": ["-c", "import folium"],
        "import esda": ["-c", "import esda"],
    }


def makers(folder: Path) -> dict[str, Callable[[], Way]]:
    """Return a way for each: a process, and the time on the wall."""

    def make(name: str, words: Sequence[str]) -> Way:
        return Way(name, lambda: run_child(words), clock=time.perf_counter)

    return {
        name: lambda name=name, words=words: make(name, words)
        for name, words in words_of(folder).items()
    }


def measure(options: Options) -> Section:
    """Start all by turns."""
    with tempfile.TemporaryDirectory() as folder:
        write_points(Path(folder) / "points.parquet", POINTS)
        timings, _ = measure_all(makers(Path(folder)), options.rounds)
        loaded = [loaded_row(name, words) for name, words in words_of(Path(folder)).items()
                  if "frontier" in name]  # fmt: skip
    rows = [row_of(name, timing) for name, timing in timings.items()]
    figures = {name: timings[name].median for name in (IMPORT, HELP)}
    return Section(
        "Start-up",
        found=measured(figures),
        tables=[
            Table(["what", "median s", "least s", "most s"], rows),
            Table(["what", "own modules", "libraries loaded"], loaded),
        ],
    )


def loaded_row(name: str, words: Sequence[str]) -> list[str]:
    """Return how many modules of the library are loaded, and which other libraries."""
    code = words[1] if words[0] == "-c" else COMMAND.format(words=list(words[2:]))
    told = run_child(["-c", LOADED.format(code=code)]).output.splitlines()[-1].split()
    return [name, told[0], ", ".join(told[1:]) or "none"]


def row_of(name: str, timing: Timing) -> list[str]:
    """Return the cells of one: seconds, or why there are none."""
    if timing.trouble:
        return [name, timing.trouble, "–", "–"]
    return [name, *map(number, (timing.median, min(timing.seconds), max(timing.seconds)))]


BENCHMARK = Benchmark("startup", __doc__ or "", measure, BARS, rounds=7)

if __name__ == "__main__":
    sys.exit(alone(BENCHMARK))
