"""
What all benchmarks share: one thread, rounds by turns, ratios, bars, tables, processes of their own.

A benchmark is a module with a `Benchmark` named `BENCHMARK`; its last lines call `alone`, so that
``python -m benchmarks.<name>`` runs it by itself. Times are processor seconds, threads
included: other work on the machine counts less in them. Every way of doing the work takes one turn in
each round, and a ratio is the median of the ratios of the rounds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS", "ARROW_NUM_THREADS", "POLARS_MAX_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)  # fmt: skip
OURS = "frontier_geo"
POINTS_FOLDER = "FRONTIER_GEO_BENCHMARK_POINTS"
PER_MB = 1e6 if sys.platform == "darwin" else 1e6 / 1024  # ru_maxrss is in bytes there, else in KiB
LONGEST_CHILD_S = 300.0


@dataclass(frozen=True)
class Options:
    """How thoroughly to measure."""

    rounds: int = 5
    quick: bool = False
    most: int = 10_000_000

    def size(self, n: int) -> int:
        """Return how many points or events to take: a tenth when it must be quick."""
        return max(n // 10, 1) if self.quick else n


@dataclass(frozen=True)
class Bar:
    """What a figure must reach: `sign` is ">=" or "<="."""

    name: str
    sign: str
    limit: float
    unit: str = "×"

    def met(self, found: float | None) -> bool | None:
        """Say whether a figure reaches it; None where nothing was measured."""
        if found is None:
            return None
        return found >= self.limit if self.sign == ">=" else found <= self.limit

    def row(self, found: float | None) -> list[str]:
        """Return its row: bar, measured, verdict."""
        verdict = {True: "met", False: "**missed**", None: "not measured"}[self.met(found)]
        sign = {">=": "≥", "<=": "≤"}[self.sign]
        return [self.name, f"{sign} {self._shown(self.limit)}", self._shown(found), verdict]

    def _shown(self, value: float | None) -> str:
        return (
            "–" if value is None else f"{number(value)}{'' if self.unit == '×' else ' '}{self.unit}"
        )


@dataclass(frozen=True)
class Way:
    """
    A program's way of doing the work: a call without arguments, on `n` points or events.

    `clock` tells processor seconds, `more_mb` the memory of processes that are not this one.
    """

    name: str
    work: Callable[[], Any]
    n: int = 1
    clock: Callable[[], float] = time.process_time
    more_mb: Callable[[], float] | None = None


Makers = Mapping[str, Callable[[], Way]]


@dataclass
class Timing:
    """What the turns of one way took, in seconds, or why there are none."""

    name: str
    n: int = 1
    seconds: list[float] = field(default_factory=list)
    trouble: str = ""

    @property
    def median(self) -> float | None:
        """The median of the turns, in seconds."""
        return statistics.median(self.seconds) if self.seconds else None

    def each(self, unit: float = 1e-9) -> float | None:
        """The median per point or event, in nanoseconds or another unit."""
        return None if self.median is None else self.median / self.n / unit


@dataclass
class Table:
    """A table of a section: heads, rows of cells, and a line below it."""

    head: list[str]
    rows: list[list[str]]
    note: str = ""


@dataclass
class Section:
    """What one benchmark found: figures of its bars, and tables."""

    title: str
    about: str = ""
    found: dict[str, float] = field(default_factory=dict)
    tables: list[Table] = field(default_factory=list)
    trouble: str = ""
    load: float = 0.0
    seconds: float = 0.0
    date: str = ""
    series: dict[str, list[list[float]]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, text: str) -> Section:
        """Read what `to_json` has written."""
        known = json.loads(text)
        return cls(**{**known, "tables": [Table(**table) for table in known["tables"]]})

    def to_json(self) -> str:
        """Return it as text."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)


# ---- measuring ----------------------------------------------------------------------------------


def gather(makers: Makers) -> tuple[list[Way], list[Timing]]:
    """
    Make the ways there are; tell why others cannot run.

    A maker imports its program and prepares what is not timed. One that is not installed, or fails,
    is left out: its line says so.
    """
    ways, left_out = [], []
    for name, make in makers.items():
        try:
            ways.append(make())
        except ImportError as error:
            left_out.append(Timing(name, trouble=f"not installed ({error.name or error})"))
        except Exception as error:
            left_out.append(Timing(name, trouble=_told(error)))
    return ways, left_out


def interleave(ways: Sequence[Way], rounds: int) -> dict[str, Timing]:
    """
    Let every way take one turn in each round, after one turn that does not count.

    A way that fails is left out from then on, with the reason.
    """
    timings = {way.name: Timing(way.name, way.n) for way in ways}
    for number_ in range(rounds + 1):
        for way in ways:
            timing = timings[way.name]
            if timing.trouble:
                continue
            try:
                begin = way.clock()
                way.work()
                taken = way.clock() - begin
            except Exception as error:
                timing.trouble, timing.seconds = _told(error), []
                continue
            if number_:
                timing.seconds.append(taken)
        tell(f"round {number_} of {rounds}" if number_ else "warmed up")
    return timings


def ratio(peer: Timing | None, ours: Timing | None) -> float | None:
    """Return how many times as long the peer takes per point: the median over the rounds."""
    if peer is None or ours is None or not peer.seconds or not ours.seconds:
        return None
    pairs = zip(peer.seconds, ours.seconds, strict=True)
    return statistics.median((a / peer.n) / (b / ours.n) for a, b in pairs)


def measure_all(makers: Makers, rounds: int) -> tuple[dict[str, Timing], dict[str, Way]]:
    """Make the ways, let them take turns; return the timings, those left out included."""
    ways, left_out = gather(makers)
    timings = interleave(ways, rounds) | {timing.name: timing for timing in left_out}
    return {name: timings[name] for name in makers}, {way.name: way for way in ways}


def measured(figures: Mapping[str, float | None]) -> dict[str, float]:
    """Return the figures that there are."""
    return {name: float(value) for name, value in figures.items() if value is not None}


# ---- processes of their own ---------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """What a process of its own took: processor seconds, wall seconds, MB at its peak, its output."""

    cpu_s: float
    wall_s: float
    peak_mb: float
    output: str


def run_child(
    words: Sequence[str],
    *,
    timeout: float = LONGEST_CHILD_S,
    look_every: float = 0.003,
    **more: str,
) -> Run:
    """
    Run a Python process, such as ``["-c", "import numpy"]``, and measure it.

    Parameters
    ----------
    words : sequence of str
        The words after the interpreter's name.
    timeout : float
        Wall seconds after which it is stopped.
    look_every : float
        Seconds between two looks at its memory. A process that times all the cores of the machine by
        the clock on the wall wants few: each look takes one of them away from it.
    **more : str
        Environment variables beside those of this process.

    Raises
    ------
    RuntimeError
        If it fails or takes too long; with the last line of what it said.
    """
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as errors:
        begin = time.perf_counter()
        child = subprocess.Popen(
            [sys.executable, *words], env=environment() | more, stdout=said, stderr=errors, cwd=ROOT
        )
        status, usage, peak = _wait(child, begin + timeout, look_every)
        wall = time.perf_counter() - begin
        output, trouble = (_text(stream) for stream in (said, errors))
    if status:
        last = (trouble.strip() or "nothing was said").splitlines()[-1]
        what = " ".join(words).strip().splitlines()[0][:60]
        raise RuntimeError(without_paths(f"{what} ended with {status}: {last}"))
    return Run(usage.ru_utime + usage.ru_stime, wall, peak, output)


def _wait(child: subprocess.Popen[bytes], end: float, every: float) -> tuple[int, Any, float]:
    """Wait for a process; return its exit code, what it used and MB at its peak; stop it at `end`."""
    peak = 0.0
    while True:
        peak = max(peak, peak_mb(child.pid))
        pid, status, usage = os.wait4(child.pid, os.WNOHANG)
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            return child.returncode, usage, peak or usage.ru_maxrss / PER_MB
        if time.perf_counter() > end:
            child.kill()
            end = float("inf")
        time.sleep(every)


def peak_mb(pid: int) -> float:
    """
    Return the most memory a running process has held, in MB; 0 where /proc does not tell.

    `ru_maxrss` would hold what its parent had before the process was its own program.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(x.split()[1]) * 1024 / 1e6 for x in lines if x.startswith("VmHWM")), 0.0)


def _text(stream: Any) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8", "replace")


def environment() -> dict[str, str]:
    """
    Return variables under which a checkout is found as well as an installed library.

    Compiled modules may be kept, as an installed library has them: its peers' are there already.
    """
    source = ROOT / "src"
    paths = [str(source) if source.is_dir() else "", str(ROOT), os.environ.get("PYTHONPATH", "")]
    kept = {key: each for key, each in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def single_threaded() -> None:
    """Start again with one thread for every library, if that is not so: it is read at import."""
    if any(os.environ.get(name) != "1" for name in THREADS):
        words = [sys.executable, *sys.orig_argv[1:]]
        os.execve(sys.executable, words, os.environ | dict.fromkeys(THREADS, "1"))


# ---- telling ------------------------------------------------------------------------------------


def tell(text: str) -> None:
    """Say how far the run is, where a person looks on."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def number(value: float | None, digits: int = 3) -> str:
    """Return a figure with about three digits that count, or a dash."""
    if value is None:
        return "–"
    if value != 0 and (abs(value) < 1e-3):
        return f"{value:.1e}"
    size = len(str(int(abs(value)))) if abs(value) >= 1 else 0
    return f"{value:,.{max(digits - size, 0)}f}" if size else f"{value:.{digits}g}"


def timing_rows(
    timings: Mapping[str, Timing], ours: str, *, unit: float = 1e-9, more: Mapping[str, Any] = {}
) -> list[list[str]]:
    """
    Return a row for each way: name, number, median per piece, times ours, and more cells.

    One that could not run has its reason in place of the figures.
    """
    rows = []
    for name, timing in timings.items():
        cells = [number(timing.each(unit)), number(ratio(timing, timings.get(ours)))]
        if timing.trouble:
            cells = [timing.trouble, "–"]
        rows.append([name, f"{timing.n:,}", *cells, *map(str, more.get(name, []))])
    width = max(map(len, rows), default=0)
    return [row + ["–"] * (width - len(row)) for row in rows]


def table_text(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, its columns as wide as they must be; cells that lack are empty."""
    lines = [[cell.replace("|", "\\|") for cell in line] for line in (head, *rows)]
    lines = [line + [""] * (len(head) - len(line)) for line in lines]
    wide = [max(3, *(len(line[k]) for line in lines)) for k in range(len(head))]
    lines.insert(1, ["-" * width for width in wide])
    padded = (
        " | ".join(cell.ljust(width) for cell, width in zip(line, wide, strict=True))
        for line in lines
    )
    return "\n".join(f"| {line} |" for line in padded)


def section_text(section: Section, bars: Sequence[Bar] = ()) -> str:
    """Return a section in Markdown, with its bars if they are given."""
    parts = [f"## {section.title}", section.about]
    if section.trouble:
        parts.append(f"**This part failed: {section.trouble}**")
    if bars:
        rows = [bar.row(section.found.get(bar.name)) for bar in bars]
        parts.append(table_text(["bar", "limit", "measured", ""], rows))
    for table in section.tables:
        parts += [table_text(table.head, table.rows), table.note]
    return "\n\n".join(filter(None, parts))


def versions(names: Sequence[str]) -> str:
    """Return the versions of distributions: ``numpy 2.4.6, scipy ...``; those missing are left out."""
    known = []
    for name in names:
        try:
            known.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(known)


def _told(error: BaseException) -> str:
    """Return an error as one short line, free of paths."""
    return without_paths(traceback.format_exception_only(error)[-1].strip().splitlines()[0])[:160]


def without_paths(text: str) -> str:
    """Return a text with the names of files in place of their paths."""
    words = (Path(x.strip("'\",:")).name if "/" in x else x for x in text.split())
    return " ".join(words)


# ---- running a benchmark by itself --------------------------------------------------------------


@dataclass(frozen=True)
class Benchmark:
    """
    A module that can be run by itself, and as a part of all.

    `makers` gives its ways, so that one can also run in a process of its own for its memory; the stack
    closes what they open.
    """

    name: str
    about: str
    measure: Callable[[Options], Section]
    bars: Sequence[Bar] = ()
    makers: Callable[[Options, ExitStack], Makers] = lambda _options, _stack: {}
    rounds: int = 5


def peaks(benchmark: str, timings: Mapping[str, Timing], options: Options) -> dict[str, float]:
    """Return the most memory, in MB, that each way that has run needs in a process of its own."""
    known = {}
    for name in [name for name, timing in timings.items() if not timing.trouble]:
        words = ["-m", f"benchmarks.{benchmark}", "--only", name]
        try:
            run = run_child(words + ["--quick"] * options.quick)
        except RuntimeError as error:
            tell(f"memory of {name}: {error}")
            continue
        known[name] = run.peak_mb + float(run.output.split()[-1])
    tell("memory measured")
    return known


def parse(about: str, words: Sequence[str] | None = None, *, rounds: int = 5) -> argparse.Namespace:
    """Read the words every benchmark knows."""
    parser = argparse.ArgumentParser(description=about.strip().split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=rounds, help=f"at least 3; default {rounds}")
    parser.add_argument("--quick", action="store_true", help="a tenth of the points, one round")
    parser.add_argument("--most", type=int, default=10_000_000, help="points of the largest growth")
    parser.add_argument("--json", type=Path, help="also write what was found to this file")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    given = parser.parse_args(words)
    for name, least in (("rounds", 3), ("most", 1_000)):
        if getattr(given, name) < least:
            parser.error(f"--{name} must be {least} or more, but is {getattr(given, name)}")
    return given


def alone(benchmark: Benchmark) -> int:
    """Run one benchmark from the command line; return 1 when a bar is missed."""
    single_threaded()
    given = parse(benchmark.about, rounds=benchmark.rounds)
    options = Options(1 if given.quick else given.rounds, given.quick, given.most)
    with kept_points():
        if given.only is not None:
            _run_one(benchmark, given.only, options)
            return 0
        load, begin = os.getloadavg()[0], time.perf_counter()
        section = benchmark.measure(options)
    section.load, section.seconds = load, time.perf_counter() - begin
    if options.quick:
        section.about = (
            f"**A rehearsal: the bars are not meant for so few points.** {section.about}"
        )
    if given.json is not None:
        given.json.write_text(section.to_json(), encoding="utf-8")
    print(section_text(section, benchmark.bars))
    return int(any(bar.met(section.found.get(bar.name)) is False for bar in benchmark.bars))


@contextmanager
def kept_points() -> Iterator[None]:
    """Give all processes of a run a folder in which they share the points."""
    if POINTS_FOLDER in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ[POINTS_FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[POINTS_FOLDER]


def _run_one(benchmark: Benchmark, name: str, options: Options) -> None:
    """Let one way work once, and print the memory of its other processes in MB."""
    with ExitStack() as stack:
        way = benchmark.makers(options, stack)[name]()
        way.work()
        print(way.more_mb() if way.more_mb is not None else 0.0)
