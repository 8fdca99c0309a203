"""The sheet of the static picture: how degrees become points of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from frontier_geo._validation import FloatArray
from frontier_geo.maps.static_lines import PaperLine, Plane

__all__ = ["POINTS_PER_CM", "Paper", "lay_out"]

POINTS_PER_CM = 72 / 2.54
FULL_WIDTH_CM = 18.0
FLATTEST, TALLEST = 0.36, 0.95  # height of the map, as a share of its width
LINE_DETAIL = 0.2  # points: no bend smaller than this is drawn
#: Widths of the classes on a map of 18 cm, in points, next to those of the screen in pixels.
POINTS_PER_PIXEL = 0.62


@dataclass(frozen=True)
class Paper:
    """
    The map's part of the sheet.

    Attributes
    ----------
    width, height : float
        In points.
    metres_per_point : float
        The scale.
    scale : float
        Size of symbols and lines: 1 on a map of 18 cm.
    line : PaperLine
        The border on it.
    """

    width: float
    height: float
    metres_per_point: float
    scale: float
    line: PaperLine
    _plane: Plane
    _corner: FloatArray

    def points(self, lon: ArrayLike, lat: ArrayLike) -> FloatArray:
        """Return places on the page, shape (n, 2)."""
        xy: FloatArray = (self._plane.metres(lon, lat) - self._corner) / self.metres_per_point
        return xy

    def degrees(self, xy: FloatArray) -> FloatArray:
        """Return longitude and latitude of places on the page, shape (n, 2)."""
        return self._plane.degrees(xy * self.metres_per_point + self._corner)

    @property
    def zoom(self) -> float:
        """The zoom of a web map of the same scale, on a screen of 96 points an inch."""
        middle = float(self.line.degrees[:, 0].mean())
        per_pixel = self.metres_per_point * 0.75
        return float(np.log2(156_543.03 * np.cos(np.radians(middle)) / per_pixel))

    def inside(self, xy: FloatArray, margin: float = 0.0) -> np.ndarray:
        """Mark the places that lie on the map."""
        x, y = xy[:, 0], xy[:, 1]
        held: np.ndarray = (
            (x >= margin) & (x <= self.width - margin) & (y >= margin) & (y <= self.height - margin)
        )
        return held

    def bounds(self) -> tuple[float, float, float, float]:
        """Return south, west, north and east of all that is seen, in degrees."""
        across, up = np.linspace(0, self.width, 20), np.linspace(0, self.height, 20)
        grid = np.array([(x, y) for x in across for y in up])
        west, south = self.degrees(grid).min(axis=0)
        east, north = self.degrees(grid).max(axis=0)
        return float(south), float(west), float(north), float(east)


def lay_out(boundary: Any, width: float, *, room: float) -> Paper:
    """
    Fit a boundary onto a map of a width.

    Parameters
    ----------
    boundary : Boundary
        The line.
    width : float
        Of the map, in points.
    room : float
        Points to leave free around the line.

    Returns
    -------
    Paper
        As high as the line needs, within limits.
    """
    plane = Plane(boundary.lon, boundary.lat)
    xy = plane.metres(boundary.lon, boundary.lat)
    low, high = xy.min(axis=0), xy.max(axis=0)
    across, up = np.maximum(high - low, 1.0)
    height = float(
        np.clip((width - 2 * room) * up / across + 2 * room, FLATTEST * width, TALLEST * width)
    )
    per_point = float(max(across / (width - 2 * room), up / (height - 2 * room)))
    corner = (low + high) / 2 - np.array([width, height]) * per_point / 2
    fine = boundary.simplified(LINE_DETAIL * per_point)
    page = (plane.metres(fine.lon, fine.lat) - corner) / per_point
    line = PaperLine(page, np.asarray(fine.chainage_km), np.column_stack((fine.lat, fine.lon)))
    scale = float(np.clip(np.sqrt(width / (FULL_WIDTH_CM * POINTS_PER_CM)), 0.6, 1.4))
    return Paper(width, height, per_point, scale, line, plane, corner)
