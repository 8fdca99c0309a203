"""Colours and shapes: the classes of the ribbon, the marks of the event types."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from frontier_geo.maps.wording import number

__all__ = ["BAND_WIDTHS_PX", "LAJOLLA", "TYPE_MARKS", "ribbon_classes", "type_marks"]

# The classes differ by CIEDE2000 >= 11.8 in normal, protan, deutan and tritan vision (Machado 2009).
# Five steps of lajolla (Crameri 2018, https://doi.org/10.5281/zenodo.1243862, MIT), light to dark.
LAJOLLA = ("#fef7b6", "#eeb555", "#e17650", "#9c4341", "#352310")
ZERO_COLOUR = "#d5e0ee"
MISSING_COLOUR = "#7d8590"
BAND_WIDTHS_PX = (2.0, 3.5, 5.0, 6.5, 8.0, 9.5)

# Okabe & Ito (2008), with grey as the ninth; each colour comes with a shape of its own. Least
# CIEDE2000 among them: 17.1 in normal, 12.2, 11.6 and 10.9 in protan, deutan and tritan vision.
TYPE_MARKS = {
    "armed_clash": ("#d55e00", "circle"),
    "cross_border_fire": ("#e69f00", "triangle"),
    "attack_on_civilians": ("#cc79a7", "diamond"),
    "infiltration": ("#56b4e9", "triangle-down"),
    "smuggler_killed_or_detained": ("#0072b2", "square"),
    "drug_seizure": ("#009e73", "pentagon"),
    "border_closure": ("#f0e442", "bar"),
    "military_build_up": ("#1a1a1a", "star"),
    "other": ("#5f6670", "plus"),
}
_SPARE_SHAPES = ("cross", "hexagon", "half", "circle", "square", "triangle", "diamond", "star")


def ribbon_classes(
    values: Sequence[float], *, classes: int = 5
) -> tuple[list[dict[str, Any]], list[int]]:
    """
    Sort rates into classes: zero by itself, the others by Fisher-Jenks.

    Parameters
    ----------
    values : sequence of float
        One rate per segment; NaN where there is none.
    classes : int, default 5
        Most classes above zero. Fewer distinct rates make fewer classes.

    Returns
    -------
    list of dict
        The classes that the legend shows, each with `label`, `colour`, `width` and `count`.
    list of int
        The class of each segment.
    """
    rates = np.asarray(values, dtype=float)
    positive = rates[np.isfinite(rates) & (rates > 0)]
    edges = _fisher_jenks(positive, classes)
    steps = len(edges)
    picked = [LAJOLLA[round(i * (len(LAJOLLA) - 1) / max(1, steps - 1))] for i in range(steps)]
    widths = np.interp(np.linspace(0, 1, steps + 1), np.linspace(0, 1, 6), BAND_WIDTHS_PX)
    legend = [{"label": "0", "colour": ZERO_COLOUR, "width": BAND_WIDTHS_PX[0]}]
    lower = 0.0
    for step, edge in enumerate(edges):
        low = "> 0" if step == 0 else number(lower)
        label = f"{low} – {number(edge)}"
        legend.append({"label": label, "colour": picked[step], "width": float(widths[step + 1])})
        lower = edge
    if not np.isfinite(rates).all():
        legend.append({"label": "no rate", "colour": MISSING_COLOUR, "width": BAND_WIDTHS_PX[0]})
    place = np.where(rates > 0, np.searchsorted(edges, rates, side="left") + 1, 0)
    place = np.where(np.isfinite(rates), np.minimum(place, steps), len(legend) - 1)
    for index, entry in enumerate(legend):
        entry["count"] = int((place == index).sum())
    return legend, [int(i) for i in place]


def type_marks(event_types: Sequence[str]) -> dict[str, dict[str, str]]:
    """Give every event type a colour and a shape; types of one's own get the spare shapes."""
    present = dict.fromkeys(event_types)
    known = {name: mark for name, mark in TYPE_MARKS.items() if name in present}
    others = sorted(name for name in present if name not in TYPE_MARKS)
    colours = [colour for colour, _ in TYPE_MARKS.values()]
    for index, name in enumerate(others):
        shape = _SPARE_SHAPES[index % len(_SPARE_SHAPES)]
        known[name] = (colours[(index + len(known)) % len(colours)], shape)
    return {name: {"colour": colour, "shape": shape} for name, (colour, shape) in known.items()}


def _fisher_jenks(positive: np.ndarray, classes: int) -> np.ndarray:
    """Return the upper edge of each class above zero."""
    distinct = np.unique(positive)
    if distinct.size <= 1:
        return distinct
    from mapclassify import FisherJenks  # imports slowly; only maps with rates need it

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Numba not installed")  # fast enough without
        result = FisherJenks(positive, k=min(classes, distinct.size))
    return np.asarray(result.bins, dtype=float)
