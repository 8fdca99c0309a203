"""Colours and shapes: the classes of the ribbon, the marks of the event types."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BAND_WIDTHS_PX",
    "LAJOLLA",
    "TYPE_MARKS",
    "class_breaks",
    "class_colours",
    "class_widths",
    "type_marks",
]

# The classes differ by CIEDE2000 >= 11.8 in normal, protan, deutan and tritan vision (Machado 2009).
# Five steps of lajolla (Crameri 2018, https://doi.org/10.5281/zenodo.1243862, MIT), light to dark.
LAJOLLA = ("#fef7b6", "#eeb555", "#e17650", "#9c4341", "#352310")
ZERO_COLOUR = "#d5e0ee"
MISSING_COLOUR = "#7d8590"
BAND_WIDTHS_PX = (2.0, 3.5, 5.0, 6.5, 8.0, 9.5)
CLASSES = 5  # at most, above zero
SMALLEST_SHARE = 1_000  # rates below this part of the highest are in one class
APART = 0.005  # edges nearer to each other than this part of them are one
MOST_VALUES = 1_000  # of which the classes are worked out; more are thinned out evenly

# Okabe & Ito (2008), with grey as the ninth, and seven more that keep away from those; each colour
# comes with a shape of its own. Least CIEDE2000 among the sixteen: 15.6 in normal, 12.2, 11.6 and
# 10.9 in protan, deutan and tritan vision.
TYPE_MARKS = {
    "armed_clash": ("#d55e00", "circle"),
    "cross_border_fire": ("#e69f00", "triangle"),
    "attack_on_civilians": ("#cc79a7", "diamond"),
    "infiltration": ("#56b4e9", "triangle-down"),
    "smuggler_killed_or_detained": ("#0072b2", "square"),
    "drug_seizure": ("#009e73", "pentagon"),
    "border_closure": ("#f0e442", "bar"),
    "military_build_up": ("#1a1a1a", "star"),
    "explosion_or_shelling": ("#551100", "burst"),
    "abduction": ("#4411cc", "hexagon"),
    "attack_on_property": ("#775544", "cross"),
    "arrest": ("#003355", "half"),
    "protest_or_riot": ("#aa3300", "post"),
    "agreement_or_talks": ("#aaddbb", "half-down"),
    "statement_or_threat": ("#ccccdd", "left"),
    "other": ("#5f6670", "plus"),
}
_SPARE_SHAPES = ("cross", "hexagon", "half", "circle", "square", "triangle", "diamond", "star")


def class_breaks(values: ArrayLike, *, classes: int = CLASSES) -> list[float]:
    """
    Sort rates into classes: zero by itself, the others by Fisher-Jenks.

    Parameters
    ----------
    values : array_like of float
        One rate a segment; NaN where there is none.
    classes : int, default 5
        Most classes above zero. Fewer distinct rates make fewer classes.

    Returns
    -------
    list of float
        Upper edge of each class above zero, ascending. Rates below a thousandth of the highest are in
        the first; what is infinite is in a class of its own, the last, with the edge infinity.

    Examples
    --------
    >>> class_breaks([0, 1, 1, 4, float("nan")])
    [1.0, 4.0]
    >>> class_breaks([1e-9, 2e-8, 0.3, float("inf")])
    [0.0003, 0.3, inf]
    """
    rates = np.asarray(values, dtype=float)
    infinite = bool(np.isposinf(rates).any())
    positive = rates[np.isfinite(rates) & (rates > 0)]
    if infinite:
        return [*_finite_breaks(positive, classes - 1), np.inf]
    return _finite_breaks(positive, classes)


def _finite_breaks(positive: NDArray[np.float64], classes: int) -> list[float]:
    """Return the edges of so many classes at most, each of which can be told from the next."""
    if not positive.size:
        return []
    highest = float(positive.max())
    floor = float(f"{highest / SMALLEST_SHARE:.1g}")
    positive = np.maximum(positive, min(floor, highest))
    distinct = np.unique(positive)
    few = distinct.size <= classes
    edges = distinct.tolist() if few else _fisher_jenks(_thinned(positive), classes)
    following = [*edges[1:], np.inf]
    return [
        edge for edge, after in zip(edges, following, strict=True) if edge < after * (1 - APART)
    ]


def class_colours(above_zero: int) -> list[str]:
    """Return the colours of zero, of so many classes above it, and of no rate at all."""
    steps = max(1, above_zero - 1)
    picked = [LAJOLLA[round(i * (len(LAJOLLA) - 1) / steps)] for i in range(above_zero)]
    return [ZERO_COLOUR, *picked, MISSING_COLOUR]


def class_widths(above_zero: int) -> list[float]:
    """Return the widths, in pixels, of the same classes."""
    at = np.linspace(0, 1, above_zero + 1)
    widths = np.interp(at, np.linspace(0, 1, len(BAND_WIDTHS_PX)), BAND_WIDTHS_PX)
    return [*(round(float(width), 2) for width in widths), BAND_WIDTHS_PX[0]]


def type_marks(event_types: Iterable[str]) -> dict[str, dict[str, str]]:
    """Give every event type a colour and a shape; types of one's own get the spare shapes."""
    present = dict.fromkeys(event_types)
    known = {name: mark for name, mark in TYPE_MARKS.items() if name in present}
    others = sorted(name for name in present if name not in TYPE_MARKS)
    colours = [colour for colour, _ in TYPE_MARKS.values()]
    for index, name in enumerate(others):
        shape = _SPARE_SHAPES[index % len(_SPARE_SHAPES)]
        known[name] = (colours[(index + len(known)) % len(colours)], shape)
    return {name: {"colour": colour, "shape": shape} for name, (colour, shape) in known.items()}


def _fisher_jenks(values: NDArray[np.float64], classes: int) -> list[float]:
    """
    Return the upper edges of the classes with the least sum of squares within them.

    References
    ----------
    Fisher (1958), J. American Statistical Association 53, 789-798.
    """
    ordered = values / values[-1]
    n = ordered.size
    sums = np.concatenate(([0.0], np.cumsum(ordered)))
    squares = np.concatenate(([0.0], np.cumsum(ordered**2)))
    first, last = np.arange(n)[:, None], np.arange(1, n + 1)[None, :]
    many = np.maximum(last - first, 1)
    within = squares[last] - squares[first] - (sums[last] - sums[first]) ** 2 / many
    within = np.where(last > first, np.maximum(within, 0.0), np.inf)
    best, cuts = within[0], []
    for _ in range(1, classes):  # best[j]: of the first j + 1 values
        split = np.concatenate(([np.inf], best[:-1]))[:, None] + within
        cuts.append(split.argmin(axis=0))
        best = split.min(axis=0)
    ends, end = [], n
    for cut in reversed([np.zeros(n, dtype=int), *cuts]):
        ends.append(end - 1)
        end = int(cut[end - 1])
    return [float(values[edge]) for edge in reversed(ends)]


def _thinned(positive: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the values, or an even choice of them in their order: the method is quadratic."""
    ordered = np.sort(positive)
    if ordered.size <= MOST_VALUES:
        return ordered
    return ordered[np.rint(np.linspace(0, ordered.size - 1, MOST_VALUES)).astype(int)]
