"""
The place on a line nearest to each of many points: the loop that numba compiles.

Step by step what `_nearest` does with arrays, by the same closed forms, so that both arrive at the
same bits. Compiled on first use, and kept in numba's cache.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numba.extending import register_jitable
from numpy.typing import NDArray

from frontier_geo import _closed_form as closed
from frontier_geo._candidates import COUNT_BITS, COUNT_MASK, CandidateTable
from frontier_geo._edges import CLOSED_FORM_M, TIE_M, Edges
from frontier_geo._nearest import ON_LINE_M, Nearest
from frontier_geo._validation import FloatArray

Ints = NDArray[np.int32]
IntArray = NDArray[np.int64]
Sides = NDArray[np.int8]
Grid = tuple[float, float, float, int, int]  # west, south, cells a degree, columns, rows
Place = tuple[float, float, float]

FULL_TURN = 360 * closed.STEPS
STEPS = closed.STEPS
RADIANS = closed.RADIANS
SHRINK = 1.0 - closed.ES
VERTEX_M = 1.0  # so far past a vertex, seen from 300 km, the foot is the vertex: it errs by 0.4 m
BLOCK = 262_144  # points in hand at once: sorted by cell, so that neighbours share what is cached

small_sine = register_jitable(closed.small_sine)
small_cosine = register_jitable(closed.small_cosine)
cross_radius = register_jitable(closed.cross_radius)
dot = register_jitable(closed.dot)
along_arc = register_jitable(closed.along_arc)
arc_ahead = register_jitable(closed.arc_ahead)
arc_down = register_jitable(closed.arc_down)
curvature_squared = register_jitable(closed.curvature_squared)
arc_over_chord = register_jitable(closed.arc_over_chord)
geodesic_length = register_jitable(closed.geodesic_length)
above_chord = register_jitable(closed.above_chord)
azimuth_slack = register_jitable(closed.azimuth_slack)


def nearest_by_table(
    edges: Edges, table: CandidateTable, lon: FloatArray, lat: FloatArray, out: Nearest
) -> None:
    """Fill `out` for the points that the table holds; the distance of the others becomes -1."""
    _nearest(
        lon, lat,
        closed.SINE, closed.COSINE,
        (table.west, table.south, table.per_degree, table.columns, table.rows),
        table.level, table.base, table.word, table.edge,
        edges.for_search, edges.for_foot, edges.for_vertex,
        out.chainage_m, out.distance_m, out.offset_m, out.side, out.beyond,
    )  # fmt: skip


@njit(inline="always", error_model="numpy")
def _cell_and_word(
    lon: float,
    lat: float,
    grid: Grid,
    level: Ints,
    base: Ints,
    word: Ints,
) -> tuple[Any, Any]:
    """Return the cell and the word of a point; outside the table, one past the cells and 0."""
    west, south, per_degree, columns, rows = grid
    x = lon - west
    if x < 0.0:
        x += 360.0
    x *= per_degree
    y = (lat - south) * per_degree
    if not (x < columns and y >= 0.0 and y < rows):
        return rows * columns, np.int32(0)
    column, row = np.int64(x), np.int64(y)
    cell = row * columns + column
    times = np.int64(level[cell])
    side = np.float64(1 << times)
    piece = (np.int64((y - row) * side) << times) + np.int64((x - column) * side)
    return cell, word[base[cell] + piece]


@njit(inline="always", error_model="numpy")
def _place(
    lon: float,
    lat: float,
    sine: FloatArray,
    cosine: FloatArray,
) -> Place:
    """Return the earth-centred place of a point."""
    steps = np.rint(lon * STEPS)
    rest = (lon - steps * (1.0 / STEPS)) * RADIANS
    at = np.int64(steps) + FULL_TURN
    small_s, small_c = small_sine(rest), small_cosine(rest)
    sin_lon = sine[at] * small_c + cosine[at] * small_s
    cos_lon = cosine[at] * small_c - sine[at] * small_s
    steps = np.rint(lat * STEPS)
    rest = (lat - steps * (1.0 / STEPS)) * RADIANS
    at = np.int64(steps) + FULL_TURN
    small_s, small_c = small_sine(rest), small_cosine(rest)
    sin_lat = sine[at] * small_c + cosine[at] * small_s
    cos_lat = cosine[at] * small_c - sine[at] * small_s
    radius = cross_radius(sin_lat)
    from_axis = radius * cos_lat
    return from_axis * cos_lon, from_axis * sin_lon, radius * SHRINK * sin_lat


@njit(inline="always", error_model="numpy")
def _straight_squared(
    x: float,
    y: float,
    z: float,
    e: int,
    s: FloatArray,
) -> float:
    """Return the squared straight distance to an edge."""
    wx, wy, wz = x - s[e, 0], y - s[e, 1], z - s[e, 2]
    ux, uy, uz = s[e, 3], s[e, 4], s[e, 5]
    length = s[e, 6]
    t = min(max(dot(wx, wy, wz, ux, uy, uz), 0.0), length)
    wx -= t * ux
    wy -= t * uy
    wz -= t * uz
    return above_chord(dot(wx, wy, wz, wx, wy, wz), t, length)


@njit(inline="always", error_model="numpy")
def _foot(
    x: float,
    y: float,
    z: float,
    e: int,
    s: FloatArray,
    f: FloatArray,
) -> tuple[float, int]:
    """Return how far along an edge the foot lies, and the vertex it is clipped to, or -1."""
    length = s[e, 7]
    ahead = dot(x - s[e, 0], y - s[e, 1], z - s[e, 2], s[e, 3], s[e, 4], s[e, 5])
    after = ahead > s[e, 6] + VERTEX_M
    if after or ahead < -VERTEX_M:
        return after * length, e + after
    wx, wy, wz = x - f[e, 0], y - f[e, 1], z - f[e, 2]
    ahead = dot(wx, wy, wz, f[e, 3], f[e, 4], f[e, 5])
    up = dot(wx, wy, wz, f[e, 6], f[e, 7], f[e, 8])
    left = dot(wx, wy, wz, f[e, 9], f[e, 10], f[e, 11])
    along = along_arc(ahead, up, left, f[e, 12], length * 0.5, f[e, 14])
    if along < TIE_M:
        along = 0.0
    if along > length - TIE_M:
        along = length
    return along, e if along <= 0.0 else e + 1 if along >= length else -1


@njit(inline="always", error_model="numpy")
def _on_arc(
    e: int,
    along: float,
    length: float,
    f: FloatArray,
) -> Place:
    """Return the place so far along an edge."""
    radius = f[e, 12]
    turn = (along - length * 0.5) / radius
    on, down = arc_ahead(turn, radius), arc_down(turn, radius)
    return (
        f[e, 0] + on * f[e, 3] - down * f[e, 6],
        f[e, 1] + on * f[e, 4] - down * f[e, 7],
        f[e, 2] + on * f[e, 5] - down * f[e, 8],
    )


@njit(inline="always", error_model="numpy")
def _distance(
    x: float,
    y: float,
    z: float,
    e: int,
    along: float,
    v: int,
    length: float,
    f: FloatArray,
    vertex: FloatArray,
) -> float:
    """Return the geodesic distance to a foot."""
    if v >= 0:
        return geodesic_length(x, y, z, vertex[v, 0], vertex[v, 1], vertex[v, 2])
    fx, fy, fz = _on_arc(e, along, length, f)
    return geodesic_length(x, y, z, fx, fy, fz)


@njit(inline="always", error_model="numpy")
def _first_of_nearest(
    x: float,
    y: float,
    z: float,
    n: int,
    edge: IntArray,
    along: FloatArray,
    distance: FloatArray,
    for_search: FloatArray,
    for_foot: FloatArray,
    vertex: FloatArray,
) -> int:
    """Measure n entries and return which wins; see `first_of_nearest` of the numpy engine."""
    nearest = np.inf
    for k in range(n):
        e = edge[k]
        along[k], v = _foot(x, y, z, e, for_search, for_foot)
        distance[k] = _distance(x, y, z, e, along[k], v, for_search[e, 7], for_foot, vertex)
        nearest = min(nearest, distance[k])
    reach = nearest + TIE_M
    best = last = -1
    for k in range(n):
        if distance[k] > reach:
            continue
        if best < 0:
            best = last = k
            continue
        joined = edge[k] == edge[last] + 1
        if joined and along[k] > 0.0 and along[last] < for_search[edge[last], 7]:
            v = edge[k]
            joined = geodesic_length(x, y, z, vertex[v, 0], vertex[v, 1], vertex[v, 2]) <= reach
        if not joined:
            break
        if distance[k] < distance[best]:
            best = k
        last = k
    return best


@njit(inline="always", error_model="numpy")
def _within_reach(
    x: float,
    y: float,
    z: float,
    first: int,
    count: int,
    listed: Ints,
    for_search: FloatArray,
    straight2: FloatArray,
    edge: IntArray,
) -> int:
    """Put the candidates that can be the nearest into `edge`; return how many they are."""
    best = np.inf
    for k in range(count):
        straight2[k] = _straight_squared(x, y, z, listed[first + k], for_search)
        best = min(best, straight2[k])
    straight = np.sqrt(max(best, 0.0))
    reach = straight + azimuth_slack(straight)
    limit = reach * reach
    n = 0
    for k in range(count):
        edge[n] = listed[first + k]
        n += straight2[k] <= limit
    return n


@njit(cache=True, nogil=True, error_model="numpy")
def _past_end(
    x: float,
    y: float,
    z: float,
    e: int,
    v: int,
    s: FloatArray,
) -> int:
    """Return -1 for a place past the start of the line, 1 past its end, else 0."""
    last = s.shape[0]
    ahead = dot(x - s[e, 0], y - s[e, 1], z - s[e, 2], s[e, 3], s[e, 4], s[e, 5])
    before = v == 0 and ahead < -TIE_M
    after = v == last and ahead - s[e, 6] > TIE_M
    return int(after) - int(before)


@njit(inline="always", error_model="numpy")
def _sideways(
    x: float,
    y: float,
    z: float,
    e: int,
    f: FloatArray,
) -> float:
    return dot(x - f[e, 0], y - f[e, 1], z - f[e, 2], f[e, 9], f[e, 10], f[e, 11])


@njit(inline="always", error_model="numpy")
def _sort_by_cell(
    lons: FloatArray,
    lats: FloatArray,
    sine: FloatArray,
    cosine: FloatArray,
    grid: Grid,
    level: Ints,
    base: Ints,
    word: Ints,
    cells: Ints,
    begin: Ints,
    rank: Ints,
    places: FloatArray,
    words: Ints,
) -> None:
    """Put the places of points in the order of their cells, and note where each one went."""
    begin[:] = 0
    for i in range(lons.size):
        cells[i], found = _cell_and_word(lons[i], lats[i], grid, level, base, word)
        begin[cells[i] + 1] += 1
        rank[i] = found
    for cell in range(begin.size - 1):
        begin[cell + 1] += begin[cell]
    for i in range(lons.size):
        cell = cells[i]
        to = begin[cell]
        begin[cell] += 1
        words[to] = rank[i]
        rank[i] = to
        places[to, 0], places[to, 1], places[to, 2] = _place(lons[i], lats[i], sine, cosine)


@njit(inline="always", error_model="numpy")
def _search(
    places: FloatArray,
    words: Ints,
    n: int,
    listed: Ints,
    for_search: FloatArray,
    for_foot: FloatArray,
    vertex: FloatArray,
    straight2: FloatArray,
    edge: IntArray,
    alongs: FloatArray,
    distances: FloatArray,
) -> None:
    """Put chainage, distance, offset, and side and end as one number, in place of n sorted places."""
    last = for_search.shape[0]
    for i in range(n):
        count, first = np.int64(words[i] & COUNT_MASK), np.int64(words[i] >> COUNT_BITS)
        if count == 0:
            places[i, 1], places[i, 3] = -1.0, 0.0
            continue
        x, y, z = places[i, 0], places[i, 1], places[i, 2]
        near = 1
        e = np.int64(listed[first])
        if count > 1:
            near = _within_reach(x, y, z, first, count, listed, for_search, straight2, edge)
            e = edge[0]
        if near > 1:
            k = _first_of_nearest(
                x, y, z, near, edge, alongs, distances, for_search, for_foot, vertex
            )
            e = edge[k]
        along, v = _foot(x, y, z, e, for_search, for_foot)
        past = 0
        if v >= 0:
            fx, fy, fz = vertex[v, 0], vertex[v, 1], vertex[v, 2]
            places[i, 0] = vertex[v, 7]
            sign = vertex[v, 6]
            if v == 0 or v == last:
                past = _past_end(x, y, z, e, v, for_search)
                sign = _sideways(x, y, z, e, for_foot)
            elif sign == 0.0:
                wx, wy, wz = x - fx, y - fy, z - fz
                sign = dot(wx, wy, wz, vertex[v, 3], vertex[v, 4], vertex[v, 5])
        else:
            fx, fy, fz = _on_arc(e, along, for_search[e, 7], for_foot)
            places[i, 0] = vertex[e, 7] + along * for_foot[e, 15]
            sign = _sideways(x, y, z, e, for_foot)
        away = geodesic_length(x, y, z, fx, fy, fz)
        places[i, 1] = away if away <= CLOSED_FORM_M else -1.0
        if past != 0:
            places[i, 2], places[i, 3] = sign, past
        else:
            places[i, 2] = away if sign > 0.0 else -away if sign < 0.0 else 0.0
            places[i, 3] = (4.0 if sign > 0.0 else -4.0) if away >= ON_LINE_M else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def _nearest(
    lons: FloatArray,
    lats: FloatArray,
    sine: FloatArray,
    cosine: FloatArray,
    grid: Grid,
    level: Ints,
    base: Ints,
    word: Ints,
    listed: Ints,
    for_search: FloatArray,
    for_foot: FloatArray,
    vertex: FloatArray,
    chainage_m: FloatArray,
    distance_m: FloatArray,
    offset_m: FloatArray,
    side: Sides,
    beyond: Sides,
) -> None:
    most = COUNT_MASK + 2
    straight2, edge = np.empty(most), np.empty(most, np.int64)
    alongs, distances = np.empty(most), np.empty(most)
    begin = np.empty(level.size + 2, np.int32)
    cells, rank, words = np.empty((3, BLOCK), np.int32)
    places = np.empty((BLOCK, 4))
    for start in range(0, lons.size, BLOCK):
        stop = min(start + BLOCK, lons.size)
        _sort_by_cell(
            lons[start:stop], lats[start:stop], sine, cosine,
            grid, level, base, word, cells, begin, rank, places, words,
        )  # fmt: skip
        _search(
            places, words, stop - start, listed,
            for_search, for_foot, vertex, straight2, edge, alongs, distances,
        )  # fmt: skip
        for i in range(start, stop):
            k = rank[i - start]
            chainage_m[i], distance_m[i], offset_m[i] = places[k, 0], places[k, 1], places[k, 2]
            told = np.int64(places[k, 3])
            beyond[i] = told if -2 < told < 2 else 0
            side[i] = np.int64(told > 2) - np.int64(told < -2)
