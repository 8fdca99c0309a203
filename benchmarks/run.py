"""
Run the benchmarks, one after the other, each in a process of its own, and write what they found.

Run: ``python -m benchmarks [NAME ...] [--quick] [--rounds N] [--most N] [--write]``. Without names it
runs those of docs/benchmarks.md, in less than twelve minutes on two quiet cores. ``--write`` renews
docs/benchmarks.md: the parts run now are new, others stay as they were in docs/benchmarks.json, each
with its date. ``--quick`` takes a tenth of the points and one round, to see that all works: its figures
mean little, and are not written. A part that fails says so, and the others go on. The exit code is 1
when a bar is missed or a part failed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from benchmarks.harness import (
    ROOT,
    Bar,
    Benchmark,
    Section,
    environment,
    kept_points,
    section_text,
    single_threaded,
    table_text,
    tell,
    versions,
)

USUAL = ("locate", "command", "growth", "density", "scan", "hotspots", "knox", "startup")
BY_NAME = ("weights", "names", "reading")
LONGEST_S = 900
DOCUMENT = ROOT / "docs" / "benchmarks.md"
KEPT = ROOT / "docs" / "benchmarks.json"
PROGRAMS = (
    "frontier-geo", "numpy", "numba", "pandas", "pyarrow", "pyproj", "shapely", "geopandas", "scipy",
    "statsmodels", "KDEpy", "esda", "libpysal", "pointpats", "linref", "dask", "dask-geopandas",
)  # fmt: skip


def benchmark_named(name: str) -> Benchmark:
    """Return a benchmark, its module imported."""
    module = importlib.import_module(f"benchmarks.{name}")
    return module.BENCHMARK


def run_part(
    name: str, words: Sequence[str], folder: Path, *, longest_s: float = LONGEST_S
) -> Section:
    """Run one benchmark in a process of its own; one that fails or hangs gives its reason."""
    tell(f"== {name}")
    file = folder / f"{name}.json"
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{name}", "--json", str(file), *words],
        env=environment(), cwd=ROOT, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        ended = f"ended with {process.wait(longest_s)} and left nothing"
    except subprocess.TimeoutExpired:
        process.terminate()
        ended = f"took more than {longest_s:g} s and was stopped"
    finally:
        _end(process)
    tell(f"== {name}: {time.perf_counter() - begin:.0f} s")
    if file.exists():
        return Section.from_json(file.read_text(encoding="utf-8"))
    return Section(name, trouble=ended)


def _end(process: subprocess.Popen[bytes]) -> None:
    """See that a process is gone: give it time to close what it has opened."""
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def document(sections: Mapping[str, Section], bars: Mapping[str, Sequence[Bar]]) -> str:
    """Return the whole document: machine, all bars, all parts."""
    rows = [bar.row(sections[name].found.get(bar.name)) for name in sections for bar in bars[name]]
    met = sum(row[-1] == "met" for row in rows)
    busy = max((section.load for section in sections.values()), default=0.0)
    parts = [
        "# Speed, memory and accuracy, measured",
        "Made by `python -m benchmarks --write`; `benchmarks/README.md` says what is measured and how "
        f"to add a peer. {machine()} One thread for all, processor time, medians of interleaved "
        "rounds; a ratio is the median of the ratios of the rounds, per point. Load average of the "
        f"machine before a part at the most: {busy:.1f}.",
        "## The bars",
        f"{met} of {len(rows)} are met.",
        table_text(["bar", "limit", "measured", ""], rows),
        *(section_text(section) + "\n\n" + _when(section) for section in sections.values()),
    ]
    return "\n\n".join(parts) + "\n"


def _when(section: Section) -> str:
    return f"*{section.date}; {section.seconds:.0f} s; load average before: {section.load:.1f}.*"


def machine() -> str:
    """Name what the figures were measured on, without names of hosts."""
    return (
        f"{os.cpu_count()} cores, {platform.system()} on {platform.machine()}; Python "
        f"{platform.python_version()}, {versions(PROGRAMS)}{_postgis()}."
    )


def _postgis() -> str:
    from benchmarks.postgis import programs

    try:
        told = subprocess.run(
            [programs() / "postgres", "--version"], stdout=subprocess.PIPE, text=True, check=True
        )
    except (ImportError, OSError, subprocess.SubprocessError):
        return ""
    return f", PostgreSQL {told.stdout.split()[2]} with PostGIS"


def kept_sections(file: Path) -> dict[str, Section]:
    """Return the parts of an earlier run, or none."""
    if not file.exists():
        return {}
    known = json.loads(file.read_text(encoding="utf-8"))
    return {name: Section.from_json(json.dumps(part)) for name, part in known.items()}


def together(earlier: Mapping[str, Section], new: Mapping[str, Section]) -> dict[str, Section]:
    """Return the parts of an earlier run with the new ones in their places, in the usual order."""
    known = {**earlier, **new}
    return {name: known[name] for name in (*USUAL, *BY_NAME) if name in known}


def write(sections: Mapping[str, Section], bars: Mapping[str, Sequence[Bar]]) -> None:
    """Write the document, what it was made of, and the picture."""
    KEPT.write_text(
        json.dumps({n: json.loads(s.to_json()) for n, s in sections.items()}, indent=1,
                   ensure_ascii=False) + "\n", encoding="utf-8",
    )  # fmt: skip
    DOCUMENT.write_text(document(sections, bars), encoding="utf-8")
    if "growth" in sections and sections["growth"].series:
        from benchmarks.growth import draw

        try:
            draw(sections["growth"].series)
        except ImportError as error:
            tell(f"no picture: {error}")
    tell(f"docs/{DOCUMENT.name} is written")


def main(words: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    single_threaded()
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=(__doc__ or "").strip().split("\n\n")[0]
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME",
        help=f"one or more of: {', '.join(USUAL + BY_NAME)}. Default: all but the last {len(BY_NAME)}",
    )  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="a tenth of the points, one round")
    parser.add_argument("--rounds", type=int, help="rounds of each; default: each has its own")
    parser.add_argument("--most", type=int, default=10_000_000, help="points of the largest growth")
    parser.add_argument("--write", action="store_true", help="renew docs/benchmarks.md")
    given = parser.parse_args(words)
    unknown = set(given.names) - set(USUAL + BY_NAME)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    if given.write and given.quick:
        parser.error("--quick is a rehearsal and is not written: leave out --write")
    names = given.names or list(USUAL)
    rest = ["--quick"] * given.quick + ["--most", str(given.most)]
    rest += ["--rounds", str(given.rounds)] if given.rounds is not None else []
    bars = {name: benchmark_named(name).bars for name in (*USUAL, *BY_NAME)}
    begin, sections = time.perf_counter(), {}
    with tempfile.TemporaryDirectory() as folder, kept_points():
        for name in names:
            sections[name] = run_part(name, rest, Path(folder))
            sections[name].date = date.today().isoformat()
            if given.write:  # after each part, so that an interrupted run keeps what it has
                write(together(kept_sections(KEPT), sections), bars)
    print(document(sections, bars))
    tell(f"all took {time.perf_counter() - begin:.0f} s")
    missed = any(
        bar.met(section.found.get(bar.name)) is False
        for name, section in sections.items()
        for bar in bars[name]
    )
    return int(missed or any(section.trouble for section in sections.values()))
