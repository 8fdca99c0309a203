"""
The place on a line nearest to each of many points: the loops that numba compiles.

Step by step what `_nearest` does with arrays, by the same closed forms, so that both arrive at the
same bits. Compiled on first use, and kept in numba's cache.

Each step is a loop of its own over a few hundred points: short ones overlap in the processor, and
those without branches it takes four at a time. Functions inlined into a loop leave at one place
only: with more, numba counts references of their arrays for each point, which takes longer than the
arithmetic and keeps threads waiting for one another.
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
Sides = NDArray[np.int8]
Grid = tuple[float, float, float, int, int]  # west, south, cells a degree, columns, rows
Pieces = tuple[Ints, Ints, Ints]  # level, base and word of a table
Line = tuple[FloatArray, FloatArray, FloatArray]  # `for_search`, `for_foot` and `for_vertex`
Place = tuple[float, float, float]

TURNS = np.column_stack((closed.SINE, closed.COSINE))
FULL_TURN = np.int32(360 * closed.STEPS)
STEPS = closed.STEPS
RADIANS = closed.RADIANS
SHRINK = 1.0 - closed.ES
VERTEX_M = 1.0  # so far past a vertex, seen from 300 km, the foot is the vertex: it errs by 0.4 m
BLOCK = 16_384  # points sorted by cell at once: neighbours share what is cached, which all fits
STEP = (
    480  # points in hand at once: all stays in the nearest cache, and no rows are 4096 bytes apart
)

compiled = njit(cache=True, nogil=True, error_model="numpy")
inlined = njit(inline="always", error_model="numpy")

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
        lon, lat, TURNS,
        (table.west, table.south, table.per_degree, table.columns, table.rows),
        (table.level, table.base, table.word), table.edge,
        (edges.for_search, edges.for_foot, edges.for_vertex),
        out.chainage_m, out.distance_m, out.offset_m, out.side, out.beyond,
    )  # fmt: skip


@inlined
def _in_grid(lon: float, lat: float, grid: Grid) -> tuple[bool, float, float]:
    """Return whether a point lies in the grid, and how many cells east and north in it."""
    west, south, per_degree, columns, rows = grid
    x = lon - west
    if x < 0.0:
        x += 360.0
    x *= per_degree
    y = (lat - south) * per_degree
    inside = (x < columns) & (y >= 0.0) & (y < rows)
    if not inside:
        x = y = 0.0
    return inside, x, y


@compiled
def _sort_by_cell(
    lons: FloatArray, lats: FloatArray, grid: Grid, begin: Ints, cells: Ints, rank: Ints,
    sorted_lon: FloatArray, sorted_lat: FloatArray,
) -> None:  # fmt: skip
    """Put points in the order of their cells, and note where each one went."""
    columns, rows = np.int32(grid[3]), np.int32(grid[4])
    begin[:] = 0
    for i in range(lons.size):
        inside, x, y = _in_grid(lons[i], lats[i], grid)
        cells[i] = np.int32(y) * columns + np.int32(x) if inside else columns * rows
        begin[np.uintp(cells[i] + 1)] += 1
    for before in range(begin.size - 1):
        begin[before + 1] += begin[before]
    for i in range(lons.size):
        cell = np.uintp(cells[i])
        to = begin[cell]
        begin[cell] = to + 1
        rank[i] = to
        sorted_lon[np.uintp(to)], sorted_lat[np.uintp(to)] = lons[i], lats[i]


@compiled
def _look_up(lons: FloatArray, lats: FloatArray, grid: Grid, pieces: Pieces, words: Ints) -> None:
    """Find the word of each point: where its candidates begin, and how many; 0 outside the table."""
    level, base, word = pieces
    columns = np.int32(grid[3])
    for i in range(lons.size):
        inside, x, y = _in_grid(lons[i], lats[i], grid)
        column, row = np.int32(x), np.int32(y)
        cell = np.uintp(row * columns + column)
        times = level[cell]
        side = np.float64(np.int32(1) << times)
        piece = (np.int32((y - row) * side) << times) + np.int32((x - column) * side)
        found = word[np.uintp(base[cell] + piece)]
        words[i] = found if inside & ((found & COUNT_MASK) != 0) else 0


@inlined
def _turned(sine: float, cosine: float, rest: float) -> tuple[float, float]:
    """Return sine and cosine of an angle a little larger."""
    small_s, small_c = small_sine(rest), small_cosine(rest)
    return sine * small_c + cosine * small_s, cosine * small_c - sine * small_s


@compiled
def _find_places(
    lons: FloatArray, lats: FloatArray, turns: FloatArray, angle: FloatArray, near: Ints,
    place: FloatArray,
) -> None:  # fmt: skip
    """Find the earth-centred places of points."""
    for i in range(lons.size):
        steps = np.rint(lons[i] * STEPS)
        angle[0, i] = (lons[i] - steps * (1.0 / STEPS)) * RADIANS
        near[0, i] = np.int32(steps) + FULL_TURN
        steps = np.rint(lats[i] * STEPS)
        angle[1, i] = (lats[i] - steps * (1.0 / STEPS)) * RADIANS
        near[1, i] = np.int32(steps) + FULL_TURN
    for i in range(lons.size):
        at_lon, at_lat = np.uintp(near[0, i]), np.uintp(near[1, i])
        angle[2, i], angle[3, i] = turns[at_lon, 0], turns[at_lon, 1]
        angle[4, i], angle[5, i] = turns[at_lat, 0], turns[at_lat, 1]
    for i in range(lons.size):
        sin_lon, cos_lon = _turned(angle[2, i], angle[3, i], angle[0, i])
        sin_lat, cos_lat = _turned(angle[4, i], angle[5, i], angle[1, i])
        radius = cross_radius(sin_lat)
        from_axis = radius * cos_lat
        place[0, i], place[1, i] = from_axis * cos_lon, from_axis * sin_lon
        place[2, i] = radius * SHRINK * sin_lat


@inlined
def _straight_squared(x: float, y: float, z: float, e: Any, s: FloatArray) -> float:
    """Return the squared straight distance to an edge."""
    wx, wy, wz = x - s[e, 0], y - s[e, 1], z - s[e, 2]
    ux, uy, uz = s[e, 3], s[e, 4], s[e, 5]
    length = s[e, 6]
    t = min(max(dot(wx, wy, wz, ux, uy, uz), 0.0), length)
    wx -= t * ux
    wy -= t * uy
    wz -= t * uz
    return above_chord(dot(wx, wy, wz, wx, wy, wz), t, length)


@inlined
def _limit(best: float) -> float:
    """Return the squared straight distance up to which an edge can be the nearest."""
    straight = np.sqrt(max(best, 0.0))
    reach = straight + azimuth_slack(straight)
    return reach * reach


@compiled
def _choose(
    n: int, place: FloatArray, words: Ints, listed: Ints, for_search: FloatArray,
    straight2: FloatArray, edges: Ints, unsure: Ints,
) -> int:  # fmt: skip
    """Choose the edge straight nearest to each of n places; list and count where others may win."""
    many = 0
    for i in range(n):
        count, first = words[i] & COUNT_MASK, np.uintp(words[i] >> COUNT_BITS)
        chosen = listed[first]
        if count > 1:
            x, y, z = place[0, i], place[1, i], place[2, i]
            best = np.inf
            for k in range(count):
                e = listed[first + np.uintp(k)]
                straight2[k] = _straight_squared(x, y, z, np.uintp(e), for_search)
                if straight2[k] < best:
                    best, chosen = straight2[k], e
            limit = _limit(best)
            near = 0
            for k in range(count):
                near += straight2[k] <= limit
            unsure[many] = i
            many += near > 1
        edges[i] = chosen
    return many


@inlined
def _ahead(x: float, y: float, z: float, e: Any, s: FloatArray) -> float:
    """Return how far ahead of the start of an edge a place is, along its chord."""
    return dot(x - s[e, 0], y - s[e, 1], z - s[e, 2], s[e, 3], s[e, 4], s[e, 5])


@inlined
def _sideways(x: float, y: float, z: float, e: Any, f: FloatArray) -> float:
    return dot(x - f[e, 0], y - f[e, 1], z - f[e, 2], f[e, 9], f[e, 10], f[e, 11])


@inlined
def _along(x: float, y: float, z: float, e: Any, f: FloatArray) -> float:
    """Return how far along an edge the foot lies: 0 or its length if it is a vertex."""
    length = f[e, 13]
    wx, wy, wz = x - f[e, 0], y - f[e, 1], z - f[e, 2]
    ahead = dot(wx, wy, wz, f[e, 3], f[e, 4], f[e, 5])
    up = dot(wx, wy, wz, f[e, 6], f[e, 7], f[e, 8])
    left = dot(wx, wy, wz, f[e, 9], f[e, 10], f[e, 11])
    along = along_arc(ahead, up, left, f[e, 12], length * 0.5, f[e, 14])
    if along < TIE_M:
        along = 0.0
    if along > length - TIE_M:
        along = length
    return along


@inlined
def _on_arc(e: Any, along: float, f: FloatArray) -> Place:
    """Return the place so far along an edge."""
    radius = f[e, 12]
    turn = (along - f[e, 13] * 0.5) / radius
    on, down = arc_ahead(turn, radius), arc_down(turn, radius)
    return (
        f[e, 0] + on * f[e, 3] - down * f[e, 6],
        f[e, 1] + on * f[e, 4] - down * f[e, 7],
        f[e, 2] + on * f[e, 5] - down * f[e, 8],
    )


@compiled
def _settle(
    many: int, unsure: Ints, place: FloatArray, words: Ints, listed: Ints, line: Line,
    edge: Ints, alongs: FloatArray, distances: FloatArray, edges: Ints,
) -> None:  # fmt: skip
    """Choose by geodesic distances the edge of those points for which straight ones may mislead."""
    for j in range(many):
        i = unsure[j]
        count, first = words[i] & COUNT_MASK, words[i] >> COUNT_BITS
        x, y, z = place[0, i], place[1, i], place[2, i]
        best = np.inf
        for k in range(count):
            distances[k] = _straight_squared(x, y, z, listed[first + k], line[0])
            best = min(best, distances[k])
        limit = _limit(best)
        n = 0
        for k in range(count):
            edge[n] = listed[first + k]
            n += distances[k] <= limit
        edges[i] = edge[_first_of_nearest(x, y, z, n, edge, alongs, distances, line)]


@compiled
def _first_of_nearest(
    x: float, y: float, z: float, n: int,
    edge: Ints, along: FloatArray, distance: FloatArray, line: Line,
) -> int:  # fmt: skip
    """Measure n entries and return which wins; see `first_of_nearest` of the numpy engine."""
    for_search, for_foot, vertex = line
    nearest = np.inf
    for k in range(n):
        e = edge[k]
        length = for_foot[e, 13]
        ahead = _ahead(x, y, z, e, for_search)
        if ahead < -VERTEX_M or ahead > for_search[e, 6] + VERTEX_M:
            along[k] = length if ahead > 0.0 else 0.0
        else:
            along[k] = _along(x, y, z, e, for_foot)
        if 0.0 < along[k] < length:
            fx, fy, fz = _on_arc(e, along[k], for_foot)
        else:
            v = e + int(along[k] > 0.0)
            fx, fy, fz = vertex[v, 0], vertex[v, 1], vertex[v, 2]
        distance[k] = geodesic_length(x, y, z, fx, fy, fz)
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


@compiled
def _clip(
    n: int, place: FloatArray, edges: Ints, line: Line, vertices: Ints, inner: Ints,
    alongs: FloatArray,
) -> int:  # fmt: skip
    """Find the vertex each foot is clipped to; list and count those that lie between vertices."""
    for_search, for_foot, _ = line
    many = 0
    for i in range(n):
        e = np.uintp(edges[i])
        ahead = _ahead(place[0, i], place[1, i], place[2, i], e, for_search)
        after = ahead > for_search[e, 6] + VERTEX_M
        vertices[i] = edges[i] + np.int32(after)
        inner[many] = i
        many += not (after | (ahead < -VERTEX_M))
    left = 0
    for j in range(many):
        k = np.uintp(inner[j])
        e = np.uintp(edges[k])
        along = _along(place[0, k], place[1, k], place[2, k], e, for_foot)
        vertices[k] = edges[k] + np.int32(along > 0.0)
        inner[left], alongs[left] = k, along
        left += (along > 0.0) & (along < for_foot[e, 13])
    return left


@compiled
def _meet_vertices(
    n: int, place: FloatArray, edges: Ints, vertices: Ints, line: Line,
    foot: FloatArray, chainage: FloatArray, sign: FloatArray, past: FloatArray,
) -> None:  # fmt: skip
    """Put foot, chainage and side of each point as if its foot were a vertex."""
    for_search, for_foot, vertex = line
    last = np.uintp(for_search.shape[0])
    for i in range(n):
        x, y, z = place[0, i], place[1, i], place[2, i]
        e, v = np.uintp(edges[i]), np.uintp(vertices[i])
        fx, fy, fz = vertex[v, 0], vertex[v, 1], vertex[v, 2]
        foot[0, i], foot[1, i], foot[2, i] = fx, fy, fz
        chainage[i] = vertex[v, 7]
        of_mean = dot(x - fx, y - fy, z - fz, vertex[v, 3], vertex[v, 4], vertex[v, 5])
        sign[i] = vertex[v, 6] if vertex[v, 6] != 0.0 else of_mean
        past[i] = 0.0
        if (v == 0) | (v == last):
            ahead = _ahead(x, y, z, e, for_search)
            before = (v == 0) & (ahead < -TIE_M)
            after = (v == last) & (ahead - for_search[e, 6] > TIE_M)
            past[i] = np.float64(after) - np.float64(before)
            sign[i] = _sideways(x, y, z, e, for_foot)


@compiled
def _meet_arcs(
    many: int, inner: Ints, alongs: FloatArray, place: FloatArray, edges: Ints, line: Line,
    foot: FloatArray, chainage: FloatArray, sign: FloatArray, past: FloatArray,
) -> None:  # fmt: skip
    """Put foot, chainage and side of the points whose foot lies between vertices."""
    _, for_foot, vertex = line
    for j in range(many):
        i, along = np.uintp(inner[j]), alongs[j]
        e = np.uintp(edges[i])
        foot[0, i], foot[1, i], foot[2, i] = _on_arc(e, along, for_foot)
        chainage[i] = vertex[e, 7] + along * for_foot[e, 15]
        sign[i] = _sideways(place[0, i], place[1, i], place[2, i], e, for_foot)
        past[i] = 0.0


@compiled
def _measure(
    words: Ints, place: FloatArray, foot: FloatArray, chainage: FloatArray, sign: FloatArray,
    past: FloatArray, rows: FloatArray,
) -> None:  # fmt: skip
    """Fill rows of chainage, distance, offset, and side (4 or -4) or end (1 or -1) as one number."""
    for i in range(len(rows)):
        away = geodesic_length(
            place[0, i], place[1, i], place[2, i], foot[0, i], foot[1, i], foot[2, i]
        )
        side = 4.0 if sign[i] > 0.0 else -4.0
        offset = away if sign[i] > 0.0 else -away if sign[i] < 0.0 else 0.0
        foot[0, i] = away if away <= CLOSED_FORM_M else -1.0
        foot[1, i] = sign[i] if past[i] != 0.0 else offset
        foot[2, i] = past[i] if past[i] != 0.0 else side if away >= ON_LINE_M else 0.0
    for i in range(len(rows)):
        known = words[i] != 0
        rows[i, 0] = chainage[i]
        rows[i, 1] = foot[0, i] if known else -1.0
        rows[i, 2] = foot[1, i]
        rows[i, 3] = foot[2, i] if known else 0.0


@compiled
def _put_back(
    rows: FloatArray, rank: Ints, chainage_m: FloatArray, distance_m: FloatArray,
    offset_m: FloatArray, side: Sides, beyond: Sides,
) -> None:  # fmt: skip
    """Put the results into the order the points were given in."""
    for i in range(chainage_m.size):
        k = np.uintp(rank[i])
        chainage_m[i], distance_m[i], offset_m[i] = rows[k, 0], rows[k, 1], rows[k, 2]
        told = np.int32(rows[k, 3])
        beyond[i] = told if -2 < told < 2 else 0
        side[i] = np.int32(told > 2) - np.int32(told < -2)


@compiled
def _nearest(
    lons: FloatArray, lats: FloatArray, turns: FloatArray,
    grid: Grid, pieces: Pieces, listed: Ints, line: Line,
    chainage_m: FloatArray, distance_m: FloatArray, offset_m: FloatArray,
    side: Sides, beyond: Sides,
) -> None:  # fmt: skip
    block, most = max(1, min(BLOCK, lons.size)), max(COUNT_MASK + 2, STEP)
    # One array each: rows unpacked from a larger one have strides of their own, and loops over them
    # are not taken four points at a time.
    begin = np.empty(pieces[0].size + 2, np.int32)
    cells, rank = np.empty(block, np.int32), np.empty(block, np.int32)
    sorted_lon, sorted_lat = np.empty(block), np.empty(block)
    rows = np.empty((block, 4))
    place, foot, angle = np.empty((3, STEP)), np.empty((3, STEP)), np.empty((6, STEP))
    chainage, sign, past = np.empty(STEP), np.empty(STEP), np.empty(STEP)
    words, edges = np.empty(STEP, np.int32), np.empty(STEP, np.int32)
    vertices = np.empty(STEP, np.int32)
    numbers = np.empty((2, STEP), np.int32)
    some, edge = np.empty(most, np.int32), np.empty(most, np.int32)
    alongs, distances = np.empty(most), np.empty(most)
    for start in range(0, lons.size, block):
        stop = min(start + block, lons.size)
        _sort_by_cell(
            lons[start:stop], lats[start:stop], grid, begin, cells, rank, sorted_lon, sorted_lat
        )
        for first in range(0, stop - start, STEP):
            part = slice(first, min(first + STEP, stop - start))
            n = part.stop - first
            _look_up(sorted_lon[part], sorted_lat[part], grid, pieces, words)
            _find_places(sorted_lon[part], sorted_lat[part], turns, angle, numbers, place)
            many = _choose(n, place, words, listed, line[0], distances, edges, some)
            _settle(many, some, place, words, listed, line, edge, alongs, distances, edges)
            many = _clip(n, place, edges, line, vertices, some, alongs)
            _meet_vertices(n, place, edges, vertices, line, foot, chainage, sign, past)
            _meet_arcs(many, some, alongs, place, edges, line, foot, chainage, sign, past)
            _measure(words, place, foot, chainage, sign, past, rows[part])
        _put_back(
            rows, rank, chainage_m[start:stop], distance_m[start:stop], offset_m[start:stop],
            side[start:stop], beyond[start:stop],
        )  # fmt: skip
