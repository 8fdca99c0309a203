"""The straight-line diagram below the map: rates with intervals, districts, landmarks, ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.maps.static_labels import spread, text_width, wrapped
from frontier_geo.maps.static_map import SMALLEST, number_of, referent_style
from frontier_geo.maps.static_scene import Frontages, Scene
from frontier_geo.maps.static_symbols import INK, draw_marks
from frontier_geo.maps.static_words import Words

__all__ = ["StripPlan", "draw_strip", "plan_strip"]

LEAST_MARGIN, RIGHT_ROOM = 26.0, 5.0  # points beside the chart: numbers and names of the sides
ROW, LINE, GAP = 7.5, 8.0, 3.0  # height of a row of districts, of a line of text, and between
HEAD = 17.0  # above the highest bar, for the landmarks
LEADER = 6.0
LONGEST_NAME = 24
HEADING = SMALLEST + 0.5
FILLS = ("#e3e6ea", "#f3f4f6")
#: The band of an interval; of one that begins at 0, as most do in a short period, all of them high; and
#: its upper end.
BAND, PALE, LIMIT, QUIET = "#c9ced6", "#eceef2", "#9aa1ad", "#5b6270"
SEEN = 0.01  # of the height: a lower end that is told from 0
ARROWS_APART = 30.0  # points, between signs that an interval reaches further
LEAST_OF_BARS = 0.45  # of the height, for the highest bar, however far the intervals reach


@dataclass(frozen=True)
class Side:
    """The districts of one side: names inside their boxes, and those that stand outside."""

    title: str
    frontages: Frontages
    inside: list[str]
    outside: list[tuple[int, str, float]]

    @property
    def height(self) -> float:
        """What the row and the names outside take, in points."""
        if not self.frontages.name:
            return 0.0
        longest = max((text_width(text, SMALLEST) for _, text, _ in self.outside), default=0.0)
        return ROW + GAP + (longest + LEADER + GAP if longest else GAP)


@dataclass(frozen=True)
class StripPlan:
    """What the diagram holds, and how high it is."""

    heading: list[str]
    above: Side
    below: Side
    chart: float
    width: float
    length_km: float
    flipped: bool
    margin: float

    @property
    def height(self) -> float:
        """Height of the whole diagram in points."""
        heading = LINE * len(self.heading)
        return heading + self.above.height + self.chart + 2 * LINE + GAP + self.below.height

    def x(self, km: float) -> float:
        """Return where a chainage lies, in points from the left of the sheet."""
        share = km / self.length_km
        share = 1 - share if self.flipped else share
        return self.margin + (self.width - self.margin - RIGHT_ROOM) * share

    def span(self, from_km: float, to_km: float) -> tuple[float, float]:
        """Return the left and right end of a piece, in points from the left of the sheet."""
        low, high = sorted((self.x(from_km), self.x(to_km)))
        return low, high


def plan_strip(scene: Scene, width: float, words: Words, heading: str) -> StripPlan:
    """Measure the diagram for a width in points."""
    blank = Side("", Frontages([], np.zeros(0), np.zeros(0)), [], [])
    countries = (scene.boundary.left, scene.boundary.right)
    sides = [words.side(country) for country in countries]
    longest = max((text_width(w, SMALLEST) for side in sides for w in side.split()), default=0.0)
    bare = StripPlan(
        heading=wrapped(heading, width, HEADING, True), above=blank, below=blank,
        chart=float(np.clip(0.17 * width, 56.0, 92.0)), width=width,
        length_km=float(scene.boundary.length_km), flipped=scene.flipped,
        margin=float(np.clip(longest + 4, LEAST_MARGIN, 0.2 * width)),
    )  # fmt: skip
    above, below = (
        _side(frontages, title, bare, words)
        for frontages, title in zip((scene.left, scene.right), sides, strict=True)
    )
    if scene.flipped:
        above, below = below, above
    return replace(bare, above=above, below=below)


def draw_strip(
    figure: Any, sheet: Any, scene: Scene, plan: StripPlan, words: Words, top: float
) -> Any:
    """
    Draw the diagram below a height of the sheet.

    Returns
    -------
    matplotlib.axes.Axes
        Those of the chart: kilometres and the value.
    """
    y = top
    for line in plan.heading:
        y -= LINE
        _text(sheet, 0, y + 2, line, HEADING, words, plan.width, weight="bold")
    y -= plan.above.height
    _draw_side(sheet, plan, plan.above, y + GAP, up=True)
    y -= plan.chart
    total = figure.get_size_inches() * 72
    ax = figure.add_axes(
        (
            plan.margin / total[0], y / total[1],
            (plan.width - plan.margin - RIGHT_ROOM) / total[0], plan.chart / total[1],
        ),
        label="diagram",
    )  # fmt: skip
    _draw_chart(ax, scene, plan, words)
    _draw_landmarks(sheet, scene, plan, words, y)
    y -= 2 * LINE + GAP
    _draw_ends(sheet, scene, plan, words, y + GAP)
    _draw_side(sheet, plan, plan.below, y - ROW, up=False)
    return ax


def _side(frontages: Frontages, title: str, plan: StripPlan, words: Words) -> Side:
    """Decide which names stand in their boxes, and where the others stand."""
    inside, beside = [], []
    for row, name in enumerate(frontages.name):
        text = words.name(name, LONGEST_NAME)
        begin, end = plan.span(frontages.from_km[row], frontages.to_km[row])
        fits = text_width(text, SMALLEST) + 3 <= end - begin
        inside.append(text if fits else "")
        if text and not fits:
            beside.append((row, text, (begin + end) / 2, end - begin))
    beside.sort(key=lambda each: each[2])
    at = None
    while at is None:
        at = spread(
            [middle for _, _, middle, _ in beside], 1.15 * SMALLEST, plan.margin + 3,
            plan.width - RIGHT_ROOM - 3,
        )  # fmt: skip
        if at is None:  # too many: the smallest district goes without a name
            beside.remove(min(beside, key=lambda each: each[3]))
    outside = [(row, text, float(x)) for (row, text, *_), x in zip(beside, at, strict=True)]
    return Side(title, frontages, inside, outside)


def _draw_side(sheet: Any, plan: StripPlan, side: Side, y: float, *, up: bool) -> None:
    """Draw a row of districts from a height upwards, with names above or below it."""
    from matplotlib.patches import Rectangle

    fronts = side.frontages
    if not fronts.name:
        return
    for row, text in enumerate(side.inside):
        begin, end = plan.span(fronts.from_km[row], fronts.to_km[row])
        sheet.add_patch(
            Rectangle(
                (begin, y), end - begin, ROW, facecolor=FILLS[row % 2], edgecolor=QUIET,
                linewidth=0.3, zorder=2, gid="district",
            )
        )  # fmt: skip
        if text:
            sheet.text(
                (begin + end) / 2,
                y + 2.0,
                text,
                fontsize=SMALLEST,
                ha="center",
                color=INK,
                zorder=3,
            )
    lines = wrapped(side.title, plan.margin - 3, SMALLEST)[:2]
    for k, line in enumerate(lines):
        level = y + 2.0 + ((len(lines) - 1) / 2 - k) * SMALLEST * 1.1
        sheet.text(
            plan.margin - 3, level, line, fontsize=SMALLEST, ha="right", color=QUIET, zorder=3
        )
    edge = y + ROW if up else y
    for row, text, x in side.outside:
        middle = (plan.x(fronts.from_km[row]) + plan.x(fronts.to_km[row])) / 2
        far = edge + (LEADER if up else -LEADER)
        sheet.plot([middle, x], [edge, far], color=QUIET, linewidth=0.4, zorder=1)
        sheet.text(
            x, far + (1 if up else -1), text, fontsize=SMALLEST, rotation=90, ha="center",
            va="bottom" if up else "top", color=INK, zorder=3,
        )  # fmt: skip


def _draw_chart(ax: Any, scene: Scene, plan: StripPlan, words: Words) -> None:
    """Draw a bar for each segment over the band of its interval."""
    ribbon = scene.ribbon
    finite = ribbon.value[np.isfinite(ribbon.value)]
    highest = float(finite.max(initial=0.0))
    bounds = ribbon.hi[np.isfinite(ribbon.hi)]
    reach = float(bounds.max(initial=0.0))
    room = highest / LEAST_OF_BARS if highest > 0 else reach
    top = max(highest, min(reach, room)) or 1.0
    begin, end = ribbon.from_km, ribbon.to_km
    lo, hi = np.clip(np.nan_to_num(ribbon.lo), None, top), np.clip(ribbon.hi, None, top)
    known = np.isfinite(hi)
    if known.any():
        ax.bar(
            begin[known], (hi - lo)[known], (end - begin)[known], lo[known], align="edge",
            color=[BAND if low > SEEN * top else PALE for low in lo[known]], linewidth=0, zorder=1,
            gid="interval",
        )  # fmt: skip
        inside = known & (ribbon.hi <= top)
        ax.hlines(
            hi[inside],
            begin[inside],
            end[inside],
            color=LIMIT,
            linewidth=0.6,
            zorder=1,
            gid="limit",
        )
        _mark_longer(ax, plan, begin, end, ribbon.hi > top, top)
    height = np.nan_to_num(ribbon.value, nan=0.0, posinf=top)
    ax.bar(
        begin, height, end - begin, align="edge", color=[ribbon.colours[k] for k in ribbon.place],
        edgecolor=INK, linewidth=0.25, zorder=2, gid="bar",
    )  # fmt: skip
    if known.any():
        some = known & (lo > 0)
        ax.hlines(lo[some], begin[some], end[some], color="white", linewidth=0.7, zorder=3)
    missing = ribbon.place == ribbon.missing
    ax.hlines(
        np.zeros(int(missing.sum())), begin[missing], end[missing],
        color=ribbon.colours[-1], linewidth=2.5, zorder=4,
    )  # fmt: skip
    ax.set_xlim((plan.length_km, 0) if plan.flipped else (0, plan.length_km))
    ax.set_ylim(0, top * plan.chart / (plan.chart - HEAD))
    _axes(ax, plan, words, top)


def _mark_longer(
    ax: Any, plan: StripPlan, begin: FloatArray, end: FloatArray, longer: NDArray[np.bool_],
    top: float,
) -> None:  # fmt: skip
    """Point upwards from the intervals that reach further than the axis does."""
    change = np.flatnonzero(np.diff(np.concatenate(([False], longer, [False])).astype(np.int8)))
    at = np.zeros(0)
    for low, high in zip(begin[change[::2]], end[change[1::2] - 1], strict=True):
        n = max(1, round(np.ptp(plan.span(low, high)) / ARROWS_APART))
        at = np.append(at, low + (np.arange(n) + 0.5) * (high - low) / n)
    ax.scatter(
        at, np.full(at.size, top), s=9, marker="^", color=QUIET, linewidth=0, zorder=5, gid="longer"
    )


def _axes(ax: Any, plan: StripPlan, words: Words, top: float) -> None:
    """Write round numbers on both axes."""
    from matplotlib.ticker import MaxNLocator

    wide = plan.width - plan.margin - RIGHT_ROOM
    km = MaxNLocator(max(2, int(wide / 40)), steps=[1, 2, 5, 10]).tick_values(0, plan.length_km)
    km = [tick for tick in km if 0 <= tick <= plan.length_km]
    ax.set_xticks(km, labels=[words.number(tick, 6) for tick in km])
    values = MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(0, top)
    values = [tick for tick in values if 0 <= tick <= top * 1.001]
    ax.set_yticks(values, labels=[words.number(tick, 4) for tick in values])
    ax.tick_params(labelsize=SMALLEST, length=2, pad=1.5, width=0.5, color=QUIET, labelcolor=INK)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set(linewidth=0.5, color=QUIET)
    ax.spines["left"].set_bounds(0, top)
    ax.set_facecolor("none")


def _draw_landmarks(sheet: Any, scene: Scene, plan: StripPlan, words: Words, base: float) -> None:
    """Draw the landmarks above the bars, with the numbers of the key."""
    marks = [
        (plan.x(each["from"]), k, each["kind"])
        for k, each in enumerate(scene.landmarks)
        if 0 <= each["from"] <= plan.length_km
    ]
    marks.sort()
    widest = max(
        (text_width(number_of(k, words), SMALLEST, True) for _, k, _ in marks), default=0.0
    )
    at = spread([x for x, *_ in marks], widest + 3.0, plan.margin, plan.width - 2)
    high = base + plan.chart
    for place, (x, k, kind) in enumerate(marks):
        dots = {"color": QUIET, "linewidth": 0.4, "linestyle": (0, (1, 2))}
        sheet.plot([x, x], [base, high - HEAD + 3], zorder=6, **dots)
        colour, shape = referent_style(str(kind))
        draw_marks(sheet, np.array([[x, high - HEAD + 5]]), shape, colour, 2.0, zorder=7)
        if at is None:
            continue
        above = [[x, at[place]], [high - HEAD + 7.5, high - 7]]
        sheet.plot(*above, color=QUIET, linewidth=0.3, zorder=6)
        sheet.text(
            at[place], high - 6, number_of(k, words), fontsize=SMALLEST, ha="center", color=INK,
            weight="bold", zorder=7,
        )  # fmt: skip


def _draw_ends(sheet: Any, scene: Scene, plan: StripPlan, words: Words, y: float) -> None:
    """Name the two ends of the line, and the axis between them."""
    right = plan.width - RIGHT_ROOM
    names = scene.ends[::-1] if scene.flipped else scene.ends
    where = ("west", "east") if scene.sideways else ("north", "south")
    if scene.boundary.is_ring:  # of which no end lies farther west than the other
        where = ("ring_start", "ring_end")
    begin, end = (
        words.t(f"picture.{place}_named", name=words.name(name))
        if name
        else words.t(f"picture.{place}")
        for place, name in zip(where, names, strict=True)
    )
    middle = words.t("picture.km")
    if words.rightwards:
        begin, end = f"◀ {begin}", f"{end} ▶"
    else:  # the first sign of a line stands on its right
        begin, end = f"{begin} ◀", f"▶ {end}"
    sheet.text(plan.margin, y + 1, begin, fontsize=SMALLEST, color=INK)
    sheet.text(right, y + 1, end, fontsize=SMALLEST, ha="right", color=INK)
    taken = sum(text_width(text, SMALLEST) for text in (begin, end, middle))
    if taken + 20 < right - plan.margin:
        at = plan.margin + text_width(begin, SMALLEST)
        at = (at + right - text_width(end, SMALLEST)) / 2
        sheet.text(at, y + 1, middle, fontsize=SMALLEST, ha="center", color=INK)


def _text(
    sheet: Any, x: float, y: float, text: str, size: float, words: Words, width: float, **more: Any
) -> None:
    """Write a line from the side where the language begins."""
    at, align = (x, "left") if words.rightwards else (width - x, "right")
    sheet.text(at, y, words.line(text), fontsize=size, ha=align, color=INK, **more)
