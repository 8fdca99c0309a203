"""
Lines and areas made small for drawing, with one copy of the border line for all that touch it.

Coordinates become whole numbers of 1e-5 degrees (about 1 m), each the difference from the one
before. Whatever runs along the border line is written as a slice of that line, so that the edge
of an area and the ribbon on the border are the same vertices. All else is simplified, every arc
between two meeting points once, so that neighbours still meet.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

__all__ = ["BorderLine", "encode_areas", "label_point", "unrolled"]

UNITS_PER_DEGREE = 100_000
AREA_BUDGET_BYTES = 100_000
WGS84_A_M = 6_378_137.0
WGS84_E2 = 0.006_694_379_990_14
_KM_PER_DEGREE = 111.2
_FIRST_TOLERANCE_KM = 0.5

Vertex = tuple[int, int]


class BorderLine:
    """The border line in drawing units, and the encoder of all that may run along it."""

    def __init__(self, lon: ArrayLike, lat: ArrayLike, chainage_km: ArrayLike) -> None:
        units = _units(np.column_stack([lon, lat]))
        keep = _moves(units)
        self.vertices = _pairs(units[keep])
        metres = np.rint(np.asarray(chainage_km, dtype=float) * 1000)[keep]
        self.metres = [int(m) for m in metres]
        self.index = {vertex: i for i, vertex in reversed(list(enumerate(self.vertices)))}

    def encoded(self) -> dict[str, list[int]]:
        """
        Return the line as differences, and how its edges differ from what these give.

        The page works the length of each edge out from its ends, in the same way; `residual_m` is
        what is lacking to the metre. It is nearly always -1, 0 or 1 and takes a fifth of the room.
        """
        metres = np.diff(self.metres, prepend=0) - _edge_metres(self.vertices)
        return {"line": _differences(self.vertices), "residual_m": [int(m) for m in metres]}

    def encode(self, vertices: Sequence[Vertex]) -> list[list[int]]:
        """
        Write a line as parts: `[0, i, j]` is the border from vertex i to j, `[1, x, y, dx, dy …]`
        is spelled out. Consecutive parts share no vertex.
        """
        parts: list[list[int]] = []
        loose: list[Vertex] = []
        start = 0
        while start < len(vertices):
            end = self._run(vertices, start)
            if end - start >= 2:
                if loose:
                    parts.append([1, *_differences(loose)])
                    loose = []
                parts.append([0, self.index[vertices[start]], self.index[vertices[end]]])
            else:
                loose.extend(vertices[start : end + 1])
            start = end + 1
        if loose:
            parts.append([1, *_differences(loose)])
        return parts

    def spelled(self, arc: Sequence[Sequence[int]]) -> list[Vertex]:
        """Return the vertices of the parts that `encode` made."""
        vertices: list[Vertex] = []
        for kind, *numbers in arc:
            if kind == 1:
                steps = np.array(numbers, dtype=np.int64).reshape(-1, 2)
                vertices += _pairs(np.cumsum(steps, axis=0))
            else:
                first, last = numbers
                step = 1 if last >= first else -1
                vertices += [self.vertices[i] for i in range(first, last + step, step)]
        return vertices

    def encode_line(self, line: BaseGeometry) -> list[list[list[int]]]:
        """Encode each part of a line geometry."""
        return [
            self.encode(_vertices(shapely.get_coordinates(part)))
            for part in shapely.get_parts(line)
            if not part.is_empty
        ]

    def _run(self, vertices: Sequence[Vertex], start: int) -> int:
        """Return the last position up to which the vertices follow the border, one way."""
        first = self.index.get(vertices[start])
        if first is None or start + 1 >= len(vertices):
            return start
        second = self.index.get(vertices[start + 1])
        if second is None or abs(second - first) != 1:
            return start
        step, end = second - first, start + 1
        while end + 1 < len(vertices):
            following = self.index.get(vertices[end + 1])
            if following != first + step * (end + 1 - start):
                break
            end += 1
        return end


def unrolled(lon: ArrayLike, west: float) -> NDArray[np.float64]:
    """
    Return longitudes counted from a meridian on, so that a map across the 180th is in one piece.

    Parameters
    ----------
    lon : array_like of float, shape (n,)
        Degrees.
    west : float
        Where the map is cut open; -180 leaves them as they are.

    Returns
    -------
    ndarray of float64, shape (n,)
        From `west` up to `west` + 360.
    """
    degrees = np.asarray(lon, dtype=np.float64)
    return degrees if west == -180 else (degrees - west) % 360 + west


def encode_areas(
    polygons: Sequence[BaseGeometry], border: BorderLine, *, budget: int = AREA_BUDGET_BYTES
) -> tuple[list[list[list[int]]], list[list[list[list[int]]]]]:
    """
    Encode polygons as arcs; the tolerance doubles until they fit the budget.

    Returns
    -------
    arcs : list
        Each a list of parts, as `BorderLine.encode` makes them.
    shapes : list
        For each area its polygons, each a list of rings, each a list of arc numbers; the number
        `~n` is arc n backwards.
    """
    rings = [
        (area, piece, _vertices(shapely.get_coordinates(ring)))
        for area, geometry in enumerate(polygons)
        for piece, polygon in enumerate(shapely.get_parts(geometry))
        for ring in [polygon.exterior, *polygon.interiors]
    ]
    cut = [(area, piece, pieces) for area, piece, pieces in _cut_at_meeting_points(rings, border)]
    tolerance = _FIRST_TOLERANCE_KM
    while True:
        arcs, shapes = _assemble(cut, len(polygons), border, tolerance)
        if tolerance > 20 or len(json.dumps([arcs, shapes], separators=(",", ":"))) <= budget:
            return arcs, shapes
        tolerance *= 1.5


def _edge_metres(vertices: Sequence[Vertex]) -> NDArray[np.int64]:
    """Return the length of the edge before each vertex in whole metres, by the radii at its middle."""
    units = np.asarray(vertices, dtype=np.int64).reshape(-1, 2)
    steps = np.radians(np.diff(units, axis=0) / UNITS_PER_DEGREE)
    middle = np.radians((units[1:, 1] + units[:-1, 1]) / 2 / UNITS_PER_DEGREE)
    flat = 1 - WGS84_E2 * np.sin(middle) ** 2
    north = steps[:, 1] * WGS84_A_M * (1 - WGS84_E2) / flat**1.5
    east = steps[:, 0] * WGS84_A_M / np.sqrt(flat) * np.cos(middle)
    lengths = np.floor(np.hypot(east, north) + 0.5)
    return np.concatenate(([0], lengths)).astype(np.int64)[: len(units)]


def label_point(geometry: BaseGeometry, window: BaseGeometry) -> tuple[float, float] | None:
    """Return the middle of the roomiest part of an area within the window, or None outside it."""
    seen = shapely.make_valid(geometry.simplify(0.02)).intersection(window)
    parts = [
        part for part in shapely.get_parts(seen) if part.geom_type == "Polygon" and part.area > 0
    ]
    if not parts:
        return None
    largest = max(parts, key=lambda part: part.area)
    circle = shapely.maximum_inscribed_circle(largest, tolerance=0.02)
    lon, lat = shapely.get_coordinates(circle)[0]
    return round(float(lon), 4), round(float(lat), 4)


def _vertices(coordinates: np.ndarray) -> list[Vertex]:
    """Round coordinates to drawing units and drop repeated vertices."""
    units = _units(coordinates)
    return _pairs(units[_moves(units)])


def _units(coordinates: np.ndarray) -> np.ndarray:
    units: np.ndarray = np.rint(coordinates[:, :2] * UNITS_PER_DEGREE).astype(int)
    return units


def _moves(units: np.ndarray) -> np.ndarray:
    """Mark the vertices that differ from the one before."""
    keep = np.ones(len(units), dtype=bool)
    keep[1:] = (np.diff(units, axis=0) != 0).any(axis=1)
    return keep


def _pairs(units: np.ndarray) -> list[Vertex]:
    return list(map(tuple, units.tolist()))


def _differences(vertices: Sequence[Vertex]) -> list[int]:
    return [int(n) for n in np.diff(np.array(vertices), axis=0, prepend=[[0, 0]]).ravel()]


def _cut_at_meeting_points(
    rings: Sequence[tuple[int, int, list[Vertex]]], border: BorderLine
) -> Iterable[tuple[int, int, list[list[Vertex]]]]:
    """Cut each ring wherever the set of pieces of areas that share its vertices changes."""
    users: defaultdict[Vertex, int] = defaultdict(int)  # a bit for each piece
    number: dict[tuple[int, int], int] = {}
    for area, piece, vertices in rings:
        bit = 1 << number.setdefault((area, piece), len(number))
        for vertex in vertices:
            users[vertex] |= bit
    for area, piece, closed in rings:
        ring = closed[:-1] if closed[0] == closed[-1] else closed
        if len(ring) < 3:
            continue
        kinds = [2 * users[v] + (v in border.index) for v in ring]
        nodes = [
            k
            for k in range(len(ring))
            if kinds[k] != kinds[k - 1] or kinds[k] != kinds[(k + 1) % len(ring)]
        ]
        if not nodes:
            yield area, piece, [[*ring, ring[0]]]
            continue
        ends = [*nodes[1:], nodes[0] + len(ring)]
        twice = [*ring, *ring]
        yield area, piece, [twice[a : b + 1] for a, b in zip(nodes, ends, strict=True)]


def _assemble(
    cut: Iterable[tuple[int, int, list[list[Vertex]]]],
    areas: int,
    border: BorderLine,
    tolerance_km: float,
) -> tuple[list[list[list[int]]], list[list[list[list[int]]]]]:
    arcs: list[list[list[int]]] = []
    number: dict[tuple[Vertex, ...], int] = {}
    sizes: list[int] = []
    polygons: list[dict[int, list[list[int]]]] = [{} for _ in range(areas)]
    dropped: set[tuple[int, int]] = set()
    for area, piece, pieces in cut:
        if (area, piece) in dropped:
            continue
        ring = []
        for vertices in pieces:
            backwards = vertices[::-1] < vertices
            key = tuple(vertices[::-1] if backwards else vertices)
            if key not in number:
                kept = _simplify(key, border, tolerance_km)
                number[key] = len(arcs)
                arcs.append(border.encode(kept))
                sizes.append(len(kept) - 1)
            ring.append(~number[key] if backwards else number[key])
        if sum(sizes[max(n, ~n)] for n in ring) >= 3:
            polygons[area].setdefault(piece, []).append(ring)
        elif piece not in polygons[area]:  # an outline now smaller than a pixel, with its holes
            dropped.add((area, piece))
    return arcs, [list(pieces.values()) for pieces in polygons]


def _simplify(vertices: Sequence[Vertex], border: BorderLine, tolerance_km: float) -> list[Vertex]:
    """Simplify an arc, unless it runs along the border line."""
    if len(vertices) < 3 or all(vertex in border.index for vertex in vertices):
        return list(vertices)
    points = np.array(vertices, dtype=float)
    squeeze = np.cos(np.radians(points[:, 1].mean() / UNITS_PER_DEGREE))
    line = shapely.LineString(points * [squeeze, 1])
    kept = shapely.get_coordinates(
        line.simplify(tolerance_km / _KM_PER_DEGREE * UNITS_PER_DEGREE, preserve_topology=False)
    )
    return [vertices[0], *_pairs(np.rint(kept / [squeeze, 1]).astype(int))[1:-1], vertices[-1]]
