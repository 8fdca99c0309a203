"""
The land of the basemap: countries as polygons of shared arcs, state borders, lines of provinces.

All outlines come from one source and version, so neighbours share every vertex. Each arc between
two meeting points is simplified once. What runs along the border line is not copied: it is
written as a slice `[0, i, j]` of that line.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon, box

from _basemap_lines import UNITS_PER_DEGREE, FloatArray, Vertex, simplified, steps, to_units

NEAR = (35.0, 65.0, 41.6, 76.6)  # south, west, north, east: drawn finely
NEAR_TOLERANCE_KM = 0.4
FAR_TOLERANCE_KM = 1.6
PROVINCE_TOLERANCE_KM = 1.0  # the lines themselves are 1 to 5 km uncertain
SMALLEST_RING = 4  # vertices, closed
# Lines of control, not agreed borders: between these countries, north of this latitude.
DISPUTED = {frozenset({"IN", "PK"}): 32.6, frozenset({"CN", "IN"}): 30.0}

Ring = list[Vertex]


@dataclass
class Land:
    """Arcs, and who uses them."""

    arcs: list[list[list[int]]] = field(default_factory=list)
    users: list[set[str]] = field(default_factory=list)
    on_boundary: list[bool] = field(default_factory=list)
    on_frame: list[bool] = field(default_factory=list)
    middles: list[float] = field(default_factory=list)
    polygons: dict[str, list[list[list[int]]]] = field(default_factory=dict)

    def borders(self, *, disputed: bool) -> list[int]:
        """Return the arcs between countries, but for the boundary and the frame."""
        return [
            n
            for n, users in enumerate(self.users)
            if not (self.on_boundary[n] or self.on_frame[n])
            and (self.middles[n] > DISPUTED.get(frozenset(users), 90.0)) == disputed
        ]


def with_nodes(
    area: MultiPolygon | Polygon, noded: Iterable[MultiPolygon | Polygon]
) -> list[list[FloatArray]]:
    """
    Return the rings of an area, with the vertices that neighbours have added on its edges.

    Parameters
    ----------
    area : polygon
        As its source gives it.
    noded : iterable of polygons
        Neighbours with vertices added between two of the source's.

    Returns
    -------
    list of list of ndarray
        For each polygon its rings, closed, in degrees.
    """
    own = set(map(tuple, shapely.get_coordinates(area)))
    added: dict[tuple[Any, Any], list[Any]] = {}
    for ring in (ring for other in noded for rings in rings_of(other) for ring in rings):
        vertices = list(map(tuple, ring[:-1]))
        known = [k for k, vertex in enumerate(vertices) if vertex in own]
        for start, end in zip(known, [*known[1:], *known[:1]], strict=True):
            between = vertices[start + 1 : end] if end > start else []
            if between and len(between) <= 2:
                added[vertices[start], vertices[end]] = between
                added[vertices[end], vertices[start]] = between[::-1]
    result = []
    for rings in rings_of(area):
        result.append([_insert(ring, added) for ring in rings])
    return result


def _insert(ring: FloatArray, added: Mapping[tuple[Any, Any], list[Any]]) -> FloatArray:
    vertices: list[Any] = []
    for start, end in itertools.pairwise(map(tuple, ring)):
        vertices += [start, *added.get((start, end), [])]
    return np.array([*vertices, tuple(ring[-1])])


def rings_of(area: MultiPolygon | Polygon) -> list[list[FloatArray]]:
    """Return for each polygon of an area its closed rings, outer first."""
    return [
        [shapely.get_coordinates(ring) for ring in (polygon.exterior, *polygon.interiors)]
        for polygon in shapely.get_parts(area)
    ]


def as_area(polygons: Sequence[Sequence[FloatArray]]) -> MultiPolygon:
    """Return rings as one area again."""
    return MultiPolygon([Polygon(rings[0], rings[1:]) for rings in polygons])


def build_land(
    countries: Mapping[str, MultiPolygon | Polygon],
    border: FloatArray,
    frame: tuple[float, float, float, float],
) -> Land:
    """
    Return the countries within a frame as arcs.

    Parameters
    ----------
    countries : mapping of str to polygon
        Country code → outline in degrees, sharing vertices with its neighbours.
    border : ndarray, shape (n, 2)
        The border line in degrees; its vertices are vertices of the two countries beside it.
    frame : tuple of float
        South, west, north, east, in degrees.
    """
    index = {vertex: i for i, vertex in reversed(list(enumerate(to_units(border))))}
    window = box(frame[1], frame[0], frame[3], frame[2])
    rings: dict[str, list[list[Ring]]] = {}
    for code, outline in countries.items():
        seen = shapely.make_valid(outline).intersection(window)
        parts = [part for part in shapely.get_parts(seen) if part.geom_type == "Polygon"]
        cut = [[to_units(ring)[:-1] for ring in own] for own in rings_of(MultiPolygon(parts))]
        rings[code] = [[ring for ring in own if len(ring) >= SMALLEST_RING - 1] for own in cut]
    users: defaultdict[Vertex, set[str]] = defaultdict(set)
    for code, ring in ((code, r) for code, own in rings.items() for piece in own for r in piece):
        for vertex in ring:
            users[vertex].add(code)
    land = Land()
    number: dict[tuple[Vertex, ...], int] = {}
    for code, polygons in rings.items():
        land.polygons[code] = []
        for piece in polygons:
            coded = [_coded(ring, code, users, index, land, number, frame) for ring in piece]
            coded = [ring for ring in coded if ring]
            if coded:
                land.polygons[code].append(coded)
    return land


def _coded(
    ring: Ring,
    code: str,
    users: Mapping[Vertex, set[str]],
    index: Mapping[Vertex, int],
    land: Land,
    number: dict[tuple[Vertex, ...], int],
    frame: tuple[float, float, float, float],
) -> list[int]:
    """Return a ring as arc numbers, adding the arcs that are new; empty if it vanishes."""
    coded = []
    size = 0
    for vertices in _cut(ring, users, index, frame):
        backwards = vertices[::-1] < vertices
        key = tuple(vertices[::-1] if backwards else vertices)
        if key not in number:
            number[key] = len(land.arcs)
            parts = _parts(list(key), index)
            land.arcs.append(parts)
            inner = set.intersection(*(users[v] for v in key)) or users[key[0]]
            land.users.append(set(inner))
            land.on_boundary.append(parts[0][0] == 0)
            land.on_frame.append(_along_frame(key, frame))
            land.middles.append(key[len(key) // 2][1] / UNITS_PER_DEGREE)
        coded.append(~number[key] if backwards else number[key])
        size += len(vertices)
    return coded if size >= SMALLEST_RING else []


def _cut(
    ring: Ring,
    users: Mapping[Vertex, set[str]],
    index: Mapping[Vertex, int],
    frame: tuple[float, float, float, float],
) -> list[Ring]:
    """Cut a ring wherever its neighbour, the boundary or the frame begins or ends."""
    kinds = [(frozenset(users[v]), v in index, _frame_sides(v, frame)) for v in ring]
    n = len(ring)
    nodes = [k for k in range(n) if kinds[k] != kinds[k - 1] or kinds[k] != kinds[(k + 1) % n]]
    if not nodes:
        return [[*ring, ring[0]]]
    ends = [*nodes[1:], nodes[0] + n]
    twice = [*ring, *ring]
    return [twice[a : b + 1] for a, b in zip(nodes, ends, strict=True)]


def _frame_sides(vertex: Vertex, frame: tuple[float, float, float, float]) -> frozenset[str]:
    """Return the sides of the frame that a vertex lies on."""
    south, west, north, east = (round(side * UNITS_PER_DEGREE) for side in frame)
    x, y = vertex
    on = {"s": y == south, "w": x == west, "n": y == north, "e": x == east}
    return frozenset(side for side, is_on in on.items() if is_on)


def _along_frame(vertices: Sequence[Vertex], frame: tuple[float, float, float, float]) -> bool:
    """Tell whether all edges of a line lie on the frame."""
    sides = [_frame_sides(vertex, frame) for vertex in vertices]
    return all(a & b for a, b in itertools.pairwise(sides))


def _parts(vertices: Ring, index: Mapping[Vertex, int]) -> list[list[int]]:
    """Return an arc as parts: a slice of the border line, or simplified and spelled out."""
    places = [index.get(vertex) for vertex in vertices]
    if all(place is not None for place in places) and len(vertices) > 1:
        jumps = {b - a for a, b in itertools.pairwise(places) if a is not None and b is not None}
        if jumps in ({1}, {-1}):
            return [[0, int(places[0] or 0), int(places[-1] or 0)]]
    south, west, north, east = NEAR
    lons, lats = np.array(vertices).T / UNITS_PER_DEGREE
    near = bool(np.any((lons > west) & (lons < east) & (lats > south) & (lats < north)))
    kept = simplified(vertices, NEAR_TOLERANCE_KM if near else FAR_TOLERANCE_KM)
    return [[1, *steps(kept)]]


def province_lines(
    provinces: Mapping[str, MultiPolygon | Polygon], frame: tuple[float, float, float, float]
) -> list[dict[str, Any]]:
    """Return the lines between provinces of one country, each once, simplified."""
    window = box(frame[1], frame[0], frame[3], frame[2])
    lines: list[dict[str, Any]] = []
    for country in sorted({code[:2] for code in provinces}):
        counts: defaultdict[frozenset[Any], int] = defaultdict(int)
        for code, area in provinces.items():
            if code[:2] == country:
                for ring in (ring for rings in rings_of(area) for ring in rings):
                    for edge in itertools.pairwise(map(tuple, ring)):
                        counts[frozenset(edge)] += 1
        shared = [sorted(edge) for edge, count in sorted(counts.items(), key=str) if count > 1]
        merged = shapely.line_merge(shapely.MultiLineString(shared))
        for line in shapely.get_parts(shapely.normalize(merged.intersection(window))):
            kept = simplified(to_units(shapely.get_coordinates(line)), PROVINCE_TOLERANCE_KM)
            if len(kept) > 1:
                lines.append({"country": country, "line": steps(kept)})
    return lines
