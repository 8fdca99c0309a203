"""The shapes of the event types and landmarks for matplotlib, the same as those of the page."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from frontier_geo._validation import FloatArray

__all__ = ["draw_marks", "shape_path"]

INK = "#1d2127"
BOX = 8.0  # half the box in which the corners below are given, y downwards as on a screen


def _star(points: int, outer: float, inner: float) -> list[tuple[float, float]]:
    turns = np.pi * np.arange(2 * points) / points - np.pi / 2
    radius = np.where(np.arange(2 * points) % 2, inner, outer)
    return [*zip(radius * np.cos(turns), radius * np.sin(turns), strict=True)]


def _arc(radius: float, start: float, end: float, dy: float = 0.0) -> list[tuple[float, float]]:
    turns = np.linspace(start, end, 33)
    return [*zip(radius * np.cos(turns), radius * np.sin(turns) + dy, strict=True)]


_PLUS = [
    (-2.2, -6.5), (2.2, -6.5), (2.2, -2.2), (6.5, -2.2), (6.5, 2.2), (2.2, 2.2), (2.2, 6.5),
    (-2.2, 6.5), (-2.2, 2.2), (-6.5, 2.2), (-6.5, -2.2), (-2.2, -2.2),
]  # fmt: skip
_CROSS = [
    (-6, -3), (-3, -6), (0, -3), (3, -6), (6, -3), (3, 0), (6, 3), (3, 6), (0, 3), (-3, 6),
    (-6, 3), (-3, 0),
]  # fmt: skip
CORNERS: dict[str, list[tuple[float, float]]] = {
    "circle": _arc(6.0, 0, 2 * np.pi),
    "square": [(-5.3, -5.3), (5.3, -5.3), (5.3, 5.3), (-5.3, 5.3)],
    "triangle": [(0, -6.8), (6.6, 5.2), (-6.6, 5.2)],
    "triangle-down": [(0, 6.8), (6.6, -5.2), (-6.6, -5.2)],
    "diamond": [(0, -7.3), (6.4, 0), (0, 7.3), (-6.4, 0)],
    "plus": _PLUS,
    "cross": [(float(x), float(y)) for x, y in _CROSS],
    "star": _star(5, 7.6, 3.4),
    "pentagon": _star(5, 6.8, 5.5),
    "hexagon": _star(6, 6.6, 5.7),
    "bar": [(-7, -2.8), (7, -2.8), (7, 2.8), (-7, 2.8)],
    "half": _arc(6.5, -np.pi, 0, 3.5),
}


@cache
def shape_path(shape: str) -> Any:
    """Return a shape as a path of matplotlib, in a box from -1 to 1; a circle for an unknown one."""
    from matplotlib.path import Path

    corners = np.array(CORNERS.get(shape, CORNERS["circle"]), dtype=float) / BOX * (1, -1)
    return Path(np.vstack((corners, corners[:1])), closed=True)


def draw_marks(
    ax: Any,
    xy: FloatArray,
    shape: str,
    colour: str,
    radius: FloatArray | float,
    *,
    hollow: bool = False,
    zorder: float = 6.0,
    alpha: float = 1.0,
    rasterized: bool = False,
) -> None:
    """
    Draw a shape at several places: dark outline on a white ground, or hollow.

    Parameters
    ----------
    ax : Axes
        Whose data are points of the page.
    xy : ndarray of float, shape (n, 2)
        The places.
    radius : float or ndarray
        Half the size of the box, in points.
    hollow : bool
        Whether only the outline has the colour.
    zorder, alpha, rasterized
        As in matplotlib.
    """
    from matplotlib.collections import PathCollection
    from matplotlib.transforms import IdentityTransform

    sizes = np.broadcast_to(np.asarray(radius, dtype=float) ** 2, len(xy))
    # A path of half-width 1 is scaled by the square root of its size: half-width = radius.
    path = shape_path(shape)
    base = float(np.mean(radius)) if len(xy) else 1.0
    line = min(1.0, 0.3 * base)
    layers = [("white", "white", 2.4 * line), (INK, INK, (1.5 if hollow else 0.8) * line)]
    layers.append(("white", colour, 0.9 * line) if hollow else (colour, colour, 0.0))
    for level, (face, edge, width) in enumerate(layers):
        drawn = PathCollection(
            [path], sizes=sizes, offsets=xy, offset_transform=ax.transData, facecolors=face,
            edgecolors=edge, linewidths=width, joinstyle="round", alpha=alpha,
            zorder=zorder + 0.01 * level, rasterized=rasterized,
        )  # fmt: skip
        drawn.set_transform(IdentityTransform())  # points of the page, not of the data
        ax.add_collection(drawn, autolim=False)
