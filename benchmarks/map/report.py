"""The figures of a run as tables: the goals and whether they were met, and folium's way beside ours."""

from __future__ import annotations

import os
import platform
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import version

from benchmarks.map.browser import Opened, browser_version
from benchmarks.map.ways import Built

BUILD_GOAL_AT, MEMORY_GOAL_AT = 100_000, 100_000
SIZE_GOALS_MB = {100: 0.40, 1_000: 0.60, 100_000: 12.0}
READY_GOALS_S = {10_000: 1.0, 100_000: 1.5, 1_000_000: 3.0}
FILTER_GOALS_MS = {10_000: 16.0, 100_000: 25.0, 1_000_000: 100.0}
MEMORY_GOAL_MB, BUILD_GOAL_S = 350.0, 3.0


@dataclass
class Results:
    """All that was measured, by way ("ours" or "folium") and number of incidents."""

    built: defaultdict[tuple[str, int], list[Built]] = field(
        default_factory=lambda: defaultdict(list)
    )
    opened: defaultdict[tuple[str, int], list[Opened]] = field(
        default_factory=lambda: defaultdict(list)
    )
    hashes: list[str] = field(default_factory=list)
    load: float = 0.0

    def of_build(self, way: str, n: int, what: str) -> float | None:
        """Return the median of a figure of the builds."""
        return _median(getattr(each, what) for each in self.built.get((way, n), []))

    def of_opening(self, way: str, n: int, what: str) -> float | None:
        """Return the median of a figure of the openings; None where the page did not get ready."""
        opened = self.opened.get((way, n), [])
        return (
            None
            if any(each.trouble for each in opened)
            else _median(getattr(each, what) for each in opened)
        )

    def trouble(self, way: str, n: int) -> str:
        """Return what went wrong, or nothing."""
        return next((each.trouble for each in self.opened.get((way, n), []) if each.trouble), "")


@dataclass(frozen=True)
class Goal:
    """A goal, and what was measured; `met` is None where it was not measured."""

    what: str
    bar: str
    found: str
    met: bool | None


def goals(results: Results) -> list[Goal]:
    """Compare a run with its goals."""
    asked = [len(each.requests) for (way, _), all_ in results.opened.items() for each in all_
             if way == "ours"]  # fmt: skip
    some = max(asked, default=None)
    rows = [Goal("external requests", "0", _whole(some), None if some is None else some == 0)]
    for n, bar in SIZE_GOALS_MB.items():
        size = results.of_build("ours", n, "size")
        rows.append(_goal(f"file of {n:,} incidents with text", "MB", bar, size and size / 1e6, 2))
    for n, bar in READY_GOALS_S.items():
        ready = results.of_opening("ours", n, "ready_s")
        rows.append(_goal(f"ready, {n:,} incidents", "s", bar, ready, 2))
    for n, bar in FILTER_GOALS_MS.items():
        script = results.of_opening("ours", n, "filter_script_ms")
        rows.append(_goal(f"filter update, scripts, {n:,} incidents", "ms", bar, script, 0))
    memory = results.of_opening("ours", MEMORY_GOAL_AT, "memory_mb")
    rows.append(
        _goal(f"memory of the renderer, {MEMORY_GOAL_AT:,}", "MB", MEMORY_GOAL_MB, memory, 0)
    )
    build = results.of_build("ours", BUILD_GOAL_AT, "seconds")
    rows.append(_goal(f"build in Python, {BUILD_GOAL_AT:,}", "s", BUILD_GOAL_S, build, 2))
    same = len(set(results.hashes)) == 1 if results.hashes else None
    told = "–" if same is None else "yes" if same else "no"
    rows.append(Goal("two builds alike, byte for byte", "yes", told, same))
    return rows


def report(results: Results, rounds: int) -> str:
    """Return the whole document."""
    verdicts = {True: "met", False: "**missed**", None: "not measured"}
    goal_rows = [[g.what, g.bar, g.found, verdicts[g.met]] for g in goals(results)]
    parts = [
        "# The map page, measured",
        f"Made by `python -m benchmarks.map --write`; `benchmarks/map/README.md` says how. {machine()} "
        f"Load average of the machine before the run: {results.load:.1f}. "
        f"Medians of {rounds} rounds, each page opened in a browser with an empty profile.",
        "## Goals",
        _table(["what", "goal", "measured", ""], goal_rows),
        "## By number of incidents",
        _table(*_by_size(results)),
        "*scripts*: how long the page's own scripts work at a change of filter; *shown*: from the change "
        "until the frame that shows it has been painted, the wait for that frame included.",
        "## Beside folium",
        "folium's best way for many points: `GeoJson` with `CircleMarker` on one canvas "
        "(`prefer_canvas=True`), the same texts in its popups. It draws the points alone: no ribbon, no "
        "diagram, no filters, no stretches, no ground. Its files, which it fetches from four hosts, were "
        "answered from the disk at once. With the network off it shows nothing.",
        _table(*_beside(results)),
    ]
    return "\n\n".join(parts) + "\n"


def machine() -> str:
    """Name what the figures were measured on."""
    names = ("folium", "branca", "playwright", "geopandas", "pandas", "numpy")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        f"{os.cpu_count()} cores, no GPU; headless Chromium {browser_version()}; Python "
        f"{platform.python_version()}, {versions}."
    )


def _by_size(results: Results) -> tuple[list[str], list[list[str]]]:
    head = ["incidents", "file, MB", "build, s", "ready, s", "filter: scripts, ms", "filter: shown, ms",
            "zoom: shown, ms", "memory, MB"]  # fmt: skip
    rows = []
    for n in _sizes(results, "ours"):
        size = results.of_build("ours", n, "size")
        of = {name: results.of_opening("ours", n, name) for name in Opened.__dataclass_fields__
              if name not in ("requests", "trouble")}  # fmt: skip
        rows.append(
            [
                f"{n:,}", _number(size and size / 1e6, 2),
                _number(results.of_build("ours", n, "seconds"), 2),
                results.trouble("ours", n) or _number(of["ready_s"], 2),
                _number(of["filter_script_ms"], 0), _number(of["filter_shown_ms"], 0),
                _number(of["zoom_shown_ms"], 0), _number(of["memory_mb"], 0),
            ]
        )  # fmt: skip
    return head, rows


def _beside(results: Results) -> tuple[list[str], list[list[str]]]:
    head = ["incidents", "what", "folium", "this library", "folium / this library"]
    figures: list[tuple[str, int, Callable[[str, int], float | None]]] = [
        ("file, MB", 2, lambda way, n: _scaled(results.of_build(way, n, "size"), 1e-6)),
        ("build, s", 2, lambda way, n: results.of_build(way, n, "seconds")),
        ("ready, s", 2, lambda way, n: results.of_opening(way, n, "ready_s")),
        ("zoom shown, ms", 0, lambda way, n: results.of_opening(way, n, "zoom_shown_ms")),
        ("memory, MB", 0, lambda way, n: results.of_opening(way, n, "memory_mb")),
        ("requests", 0, lambda way, n: _requests(results, way, n)),
    ]
    rows = []
    for n in _sizes(results, "folium"):
        for what, digits, figure in figures:
            theirs, ours = figure("folium", n), figure("ours", n)
            ratio = theirs / ours if theirs is not None and ours else None
            trouble = results.trouble("folium", n) if what.startswith(("ready", "zoom")) else ""
            rows.append(
                [f"{n:,}", what, trouble or _number(theirs, digits), _number(ours, digits),
                 _number(ratio, 1)]
            )  # fmt: skip
    return head, rows


def _requests(results: Results, way: str, n: int) -> float | None:
    return _median(len(each.requests) for each in results.opened.get((way, n), []))


def _sizes(results: Results, way: str) -> list[int]:
    return sorted({n for each, n in results.built if each == way})


def _goal(what: str, unit: str, bar: float, found: float | None, digits: int) -> Goal:
    met = None if found is None else found <= bar
    shown = "–" if found is None else f"{found:,.{digits}f} {unit}"
    return Goal(what, f"≤ {bar:g} {unit}", shown, met)


def _median(values: Iterable[float | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return statistics.median(known) if known else None


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _whole(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
