"""The legend of the static picture and the notes below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from frontier_geo.maps.static_labels import wrapped
from frontier_geo.maps.static_map import (
    BAND_COLOUR,
    CASING,
    SMALLEST,
    band_shade,
    class_widths,
    mark_radius,
    number_of,
    referent_style,
)
from frontier_geo.maps.static_paper import Paper
from frontier_geo.maps.static_scene import Scene
from frontier_geo.maps.static_symbols import INK, draw_marks
from frontier_geo.maps.static_words import Words

__all__ = ["Legend", "draw_legend", "plan_legend", "value_title"]

LINE, SPACE = 8.2, 5.0  # height of a line, and between blocks
SAMPLE = 20.0  # points for the sample before a text
COLUMN = 155.0  # points of width that a column needs at least, where there are three
MOST_TYPES = 14
MOST_DECIMALS = 15
QUIET = "#444b57"
HEADING = SMALLEST + 0.5

Draw = Callable[[Any, float, float], None]


@dataclass(frozen=True)
class Block:
    """A heading and entries below it: a sample and its lines of text."""

    heading: list[str]
    entries: list[tuple[Draw, list[str]]] = field(default_factory=list)

    @property
    def height(self) -> float:
        """Height in points."""
        return LINE * (len(self.heading) + sum(len(lines) for _, lines in self.entries)) + SPACE


@dataclass(frozen=True)
class Legend:
    """Columns of blocks, and paragraphs across all columns below them."""

    columns: list[list[Block]]
    paragraphs: list[list[str]]
    width: float

    @property
    def height(self) -> float:
        """Height in points."""
        tallest = max((sum(b.height for b in column) for column in self.columns), default=0.0)
        return tallest + sum(LINE * len(lines) + 2 for lines in self.paragraphs)


def plan_legend(
    scene: Scene, paper: Paper, words: Words, *, style: str, notes: Sequence[str]
) -> Legend:
    """Arrange the legend for the width of the sheet."""
    count = 3 if paper.width >= 3 * COLUMN else 2 if paper.width >= 200 else 1
    each = (paper.width - 8 * (count - 1)) / count
    blocks = [
        block
        for block in (
            _classes(scene, paper, words, each, style),
            _types(scene, paper, words, each),
            _others(scene, paper, words, each),
        )
        if block is not None
    ]
    texts = [_landmark_key(scene, words), *notes]
    paragraphs = [wrapped(text, paper.width, SMALLEST) for text in texts if text]
    return Legend(_arranged(blocks, count), paragraphs, paper.width)


def draw_legend(sheet: Any, legend: Legend, words: Words, top: float) -> None:
    """Draw the legend below a height of the sheet."""
    count = len(legend.columns)
    step = (legend.width + 8) / count
    for k, column in enumerate(legend.columns):
        place = k if words.rightwards else count - 1 - k
        y = top
        for block in column:
            y = _draw_block(sheet, block, words, place * step, step - 8, y) - SPACE
    y = top - max((sum(b.height for b in column) for column in legend.columns), default=0.0)
    for lines in legend.paragraphs:
        for line in lines:
            y -= LINE
            _write(sheet, 0, legend.width, y + 2.2, line, words, color=QUIET, fontsize=SMALLEST)
        y -= 2


def _draw_block(sheet: Any, block: Block, words: Words, x: float, width: float, y: float) -> float:
    for line in block.heading:
        y -= LINE
        _write(sheet, x, width, y + 2.2, line, words, weight="bold", fontsize=HEADING, color=INK)
    for draw, lines in block.entries:
        draw(sheet, x if words.rightwards else x + width - SAMPLE + 4, y - LINE / 2)
        for line in lines:
            y -= LINE
            _write(
                sheet, x + SAMPLE if words.rightwards else x, width - SAMPLE, y + 2.2, line, words,
                fontsize=SMALLEST, color=INK,
            )  # fmt: skip
    return y


def _write(
    sheet: Any, x: float, width: float, y: float, text: str, words: Words, **style: Any
) -> None:
    """Write a line from the side where the language begins."""
    at, align = (x, "left") if words.rightwards else (x + width, "right")
    sheet.text(at, y, words.line(text), ha=align, va="baseline", **style)


def _classes(scene: Scene, paper: Paper, words: Words, width: float, style: str) -> Block | None:
    """Explain the colours, and the widths where they carry the class too."""
    ribbon = scene.ribbon
    if scene.column is None:
        return None
    labels = _class_labels(ribbon.breaks, words)
    widths = class_widths(scene, paper)
    entries: list[tuple[Draw, list[str]]] = []
    for k, label in enumerate(labels):
        n = int((ribbon.place == k).sum())
        if k < len(labels) - 1 or n:
            text = words.t("picture.class", range=label, n=words.number(n, 6))
            draw = (
                _bar_sample(ribbon.colours[k])
                if style == "bars"
                else _ribbon_sample(ribbon.colours[k], float(widths[k]), paper.scale)
            )
            entries.append((draw, wrapped(text, width - SAMPLE, SMALLEST)))
    return Block(wrapped(value_title(scene, words), width, HEADING, True), entries)


def _class_labels(breaks: Sequence[float], words: Words) -> list[str]:
    """Return what each class says: zero, those above it, and no rate."""
    decimals = _decimals_of(breaks)
    shown = [words.fixed(edge, decimals) for edge in breaks if np.isfinite(edge)]
    labels = [words.number(0)]
    for step, edge in enumerate(shown):
        key = "legend.between" if step else "legend.first"
        labels.append(words.t(key, **{"from": shown[step - 1] if step else "", "to": edge}))
    if len(shown) < len(breaks):
        labels.append(words.t("legend.infinite"))
    return [*labels, words.t("legend.missing")]


def _decimals_of(edges: Sequence[float]) -> int:
    """Return the fewest decimals with which edges keep two digits and stay apart, as on the page."""
    positive = [edge for edge in edges if edge > 0 and np.isfinite(edge)]
    for decimals in range(MOST_DECIMALS):
        texts = {f"{edge:.{decimals}f}" for edge in positive}
        near = all(abs(round(edge, decimals) - edge) <= 0.05 * edge for edge in positive)
        if near and len(texts) == len(set(positive)):
            return decimals
    return MOST_DECIMALS


def _types(scene: Scene, paper: Paper, words: Words, width: float) -> Block | None:
    """Explain the marks of the incidents."""
    kinds = [kind for kind in scene.marks.kinds if kind["points"]]
    if not kinds:
        return None
    radius = mark_radius(paper)
    entries: list[tuple[Draw, list[str]]] = []
    for kind in kinds[:MOST_TYPES]:
        text = words.t(
            "picture.of_type",
            type=words.term("type", kind["key"]),
            n=words.number(kind["points"], 6),
        )
        draw = _mark_sample(kind["shape"], kind["colour"], radius, hollow=False)
        entries.append((draw, wrapped(text, width - SAMPLE, SMALLEST)))
    if len(kinds) > MOST_TYPES:
        more = words.t("picture.more_types", n=words.number(len(kinds) - MOST_TYPES, 6))
        entries.append((_nothing, wrapped(more, width - SAMPLE, SMALLEST)))
    if scene.marks.hollow.any():
        text = words.t("legend.hollow")
        draw = _mark_sample("circle", QUIET, radius, hollow=True)
        entries.append((draw, wrapped(text, width - SAMPLE, SMALLEST)))
    return Block(wrapped(words.t("picture.types"), width, HEADING, True), entries)


def _others(scene: Scene, paper: Paper, words: Words, width: float) -> Block | None:
    """Explain bands and landmarks."""
    entries: list[tuple[Draw, list[str]]] = []
    room = width - SAMPLE
    if scene.bands:
        counts = sorted({band["count"] for band in scene.bands})
        shown = [counts[0], counts[-1]] if len(counts) > 1 else counts
        text = words.t(
            "picture.bands", n=words.number(scene.counts["stretch"], 6),
            low=words.number(shown[0], 6), high=words.number(shown[-1], 6),
        )  # fmt: skip
        entries.append((_band_sample(shown, paper.scale), wrapped(text, room, SMALLEST)))
    looks = {referent_style(str(each["kind"])) for each in scene.landmarks}
    for kind in ("bridge", "tripoint", "water"):
        colour, shape = referent_style(kind)
        if (colour, shape) in looks:
            draw = _mark_sample(shape, colour, 2.5 * paper.scale, hollow=False)
            entries.append((draw, wrapped(words.t(f"picture.landmark_{kind}"), room, SMALLEST)))
    if not entries:
        return None
    return Block(wrapped(words.t("picture.other"), width, HEADING, True), entries)


def value_title(scene: Scene, words: Words) -> str:
    """Return what the colours stand for, with its unit."""
    return words.term("column", scene.column) if scene.column else words.t("picture.no_rates")


def _landmark_key(scene: Scene, words: Words) -> str:
    """Return the names of the landmarks by their numbers."""
    named = [
        f"{number_of(k, words)}\u00a0{words.name(each['name'])}"
        for k, each in enumerate(scene.landmarks)
        if each["name"]
    ]
    return words.t("picture.landmarks", list=", ".join(named)) if named else ""


def _arranged(blocks: list[Block], count: int) -> list[list[Block]]:
    """Put the blocks into columns so that the tallest is as short as can be."""
    if not blocks:
        return []
    count = min(count, len(blocks))
    best: tuple[float, list[list[Block]]] = (np.inf, [])
    for choice in product(range(count), repeat=len(blocks)):
        columns = [[b for b, c in zip(blocks, choice, strict=True) if c == k] for k in range(count)]
        height = max(sum(b.height for b in column) for column in columns)
        if height < best[0]:
            best = (height, columns)
    return best[1]


def _ribbon_sample(colour: str, width: float, scale: float) -> Draw:
    def draw(sheet: Any, x: float, y: float) -> None:
        for shade, points in ((INK, width + CASING * scale), (colour, width)):
            sheet.plot([x, x + SAMPLE - 5], [y, y], color=shade, linewidth=points,
                       solid_capstyle="butt")  # fmt: skip

    return draw


def _bar_sample(colour: str) -> Draw:
    def draw(sheet: Any, x: float, y: float) -> None:
        from matplotlib.patches import Rectangle

        sheet.add_patch(
            Rectangle(
                (x, y - 2.8), SAMPLE - 5, 5.6, facecolor=colour, edgecolor=INK, linewidth=0.25
            )
        )

    return draw


def _mark_sample(shape: str, colour: str, radius: float, *, hollow: bool) -> Draw:
    def draw(sheet: Any, x: float, y: float) -> None:
        middle = np.array([[x + (SAMPLE - 5) / 2, y]])
        draw_marks(sheet, middle, shape, colour, radius, hollow=hollow)

    return draw


def _band_sample(counts: list[int], scale: float) -> Draw:
    def draw(sheet: Any, x: float, y: float) -> None:
        step = (SAMPLE - 5) / len(counts)
        for k, n in enumerate(counts):
            sheet.plot([x + k * step, x + (k + 1) * step], [y, y], color=BAND_COLOUR,
                       linewidth=2.4 * scale, alpha=band_shade(n), solid_capstyle="butt")  # fmt: skip

    return draw


def _nothing(sheet: Any, x: float, y: float) -> None:
    """Draw no sample."""
