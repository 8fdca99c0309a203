"""
The place on a line nearest to each of many points, by the table of candidate edges.

This is the numpy engine; `_fast.locate` does the same steps in compiled loops and arrives at the
same bits. Points outside the table, or farther than its closed form holds, are left undone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontier_geo._candidates import COUNT_BITS, COUNT_MASK, CandidateTable
from frontier_geo._closed_form import azimuth_slack
from frontier_geo._edges import CLOSED_FORM_M, TIE_M, Edges
from frontier_geo._validation import FloatArray
from frontier_geo.geodesy import Columns, earth_centred_columns

IntArray = NDArray[np.int64]

ON_LINE_M = 1e-3  # nearer than this a point lies on the line, and on neither side
CHUNK = 8192  # points in hand at once: their arrays stay in the cache


@dataclass(frozen=True)
class Nearest:
    """The nearest place of each point: arrays of the same length, filled chunk by chunk."""

    chainage_m: FloatArray
    distance_m: FloatArray  # negative where it is not known yet
    offset_m: FloatArray
    side: NDArray[np.int8]
    beyond: NDArray[np.int8]

    @classmethod
    def empty(cls, n: int) -> Nearest:
        """Make room for n points."""
        return cls(
            np.empty(n), np.empty(n), np.empty(n), np.empty(n, np.int8), np.empty(n, np.int8)
        )

    @property
    def lengths(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Chainage, distance and offset."""
        return self.chainage_m, self.distance_m, self.offset_m

    def part(self, which: slice) -> Nearest:
        """Return a view on some of the points."""
        return Nearest(
            self.chainage_m[which],
            self.distance_m[which],
            self.offset_m[which],
            self.side[which],
            self.beyond[which],
        )


def nearest_by_table(
    edges: Edges, table: CandidateTable, lon: FloatArray, lat: FloatArray, out: Nearest
) -> None:
    """Fill `out` for the points that the table holds; the distance of the others becomes -1."""
    for first in range(0, lon.size, CHUNK):
        part = slice(first, first + CHUNK)
        _nearest_of_chunk(edges, table, lon[part], lat[part], out.part(part))


def _nearest_of_chunk(
    edges: Edges, table: CandidateTable, lon: FloatArray, lat: FloatArray, out: Nearest
) -> None:
    word = table.words_at(lon, lat)
    count = (word & COUNT_MASK).astype(np.int64)
    known = np.flatnonzero(count)
    if known.size < lon.size:
        out.distance_m[:] = -1.0
        out.side[:] = out.beyond[:] = 0
        if not known.size:
            return
        lon, lat, word, count = lon[known], lat[known], word[known], count[known]
    x, y, z = earth_centred_columns(lon, lat)
    starts = np.cumsum(count) - count
    point = np.repeat(np.arange(count.size), count)
    listed = np.arange(point.size) + np.repeat((word >> COUNT_BITS) - starts, count)
    edge = table.edge[listed]
    straight2 = edges.straight_squared(x[point], y[point], z[point], edge)
    best = np.minimum.reduceat(straight2, starts)
    reach = np.sqrt(np.maximum(best, 0.0))  # on the line, rounding may go below 0
    reach += azimuth_slack(reach)
    limit = reach * reach
    keep = np.flatnonzero(straight2 <= limit[point])
    point, edge = point[keep], edge[keep]
    foot = edges.foot(x[point], y[point], z[point], edge)
    best_one = first_of_nearest(edges, (x, y, z), point, edge, foot.distance, foot.along)
    edge, foot = edge[best_one], foot.take(best_one)
    offset, beyond = edges.side(x, y, z, edge, foot)
    side = side_of(offset, foot.distance, beyond)
    foot.distance[foot.distance > CLOSED_FORM_M] = -1.0
    where: slice | IntArray = slice(None) if known.size == out.side.size else known
    out.chainage_m[where] = foot.chainage
    out.distance_m[where] = foot.distance
    out.offset_m[where] = offset
    out.side[where] = side
    out.beyond[where] = beyond


def side_of(offset: FloatArray, distance: FloatArray, beyond: NDArray[np.int8]) -> NDArray[np.int8]:
    """Return 1 on the left, -1 on the right, 0 on the line and past its ends."""
    side = np.where(offset > 0.0, np.int8(1), np.int8(-1))
    return side * ((distance >= ON_LINE_M) & (beyond == 0)).astype(np.int8)


def first_of_nearest(
    edges: Edges,
    place: Columns,
    point: IntArray,
    edge: IntArray,
    distance: FloatArray,
    along: FloatArray,
) -> IntArray:
    """
    Return the entry that wins for each point, from entries sorted by point and edge.

    Those within `TIE_M` of the nearest are as near. Of these, the first stretch of joined edges
    counts, and in it the nearest entry, the first of equals.
    """
    starts = run_starts(point)
    nearest = np.minimum.reduceat(distance, starts)
    reach = nearest + TIE_M
    near = np.flatnonzero(distance <= reach[point])
    if near.size == starts.size:
        return near
    point, edge, distance, along = point[near], edge[near], distance[near], along[near]
    starts = run_starts(point)
    goes_on = np.concatenate(([False], joined_to_next(edges, place, point, edge, along, reach)))
    stretch = np.cumsum(~goes_on)
    first = stretch == stretch[starts][point]
    distance = np.where(first, distance, np.inf)
    shortest = np.minimum.reduceat(distance, starts)
    at = np.flatnonzero(first & (distance == shortest[point]))
    return near[at[run_starts(point[at])]]


def joined_to_next(
    edges: Edges,
    place: Columns,
    point: IntArray,
    edge: IntArray,
    along: FloatArray,
    reach: FloatArray,
) -> NDArray[np.bool_]:
    """
    Return whether each entry but the last and the one after it belong to one stretch within reach.

    They are neighbours on the line, of one point, and the vertex between them is within reach, too.
    """
    joined = (point[1:] == point[:-1]) & (edge[1:] == edge[:-1] + 1)
    met = np.flatnonzero(joined)  # a vertex that one of the two feet lies on is within reach
    met = met[(along[met + 1] > 0.0) & (along[met] < edges.length[edge[met]])]
    x, y, z = (axis[point[met]] for axis in place)
    joined[met] = edges.distance_to_end(x, y, z, edge[met]) <= reach[point[met]]
    return joined


def run_starts(sorted_ids: IntArray) -> IntArray:
    """Return where each new value begins in a sorted array in which every value occurs."""
    return np.flatnonzero(np.concatenate(([True], sorted_ids[1:] != sorted_ids[:-1])))
