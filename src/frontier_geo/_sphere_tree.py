"""A tree of spheres over the edges of a line: which edges can hold a place within reach of a point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from frontier_geo._closed_form import azimuth_slack
from frontier_geo._edges import Edges, IntArray
from frontier_geo._nearest import run_starts
from frontier_geo._validation import FloatArray

ROUGH_BEYOND_M = 9_010_000.0  # a straight distance: 10,000 km over the ground
ROUGH_SLACK_M = 1_000.0  # there nearly every edge may be the nearest; a rough answer has to do
BRANCHING = 8  # edges per leaf sphere, spheres per sphere above it


class TooManyPairs(Exception):
    """A chunk of points has too many edges within reach: do it in smaller parts."""


@dataclass(frozen=True)
class Level:
    """Spheres around runs of consecutive edges; the children of sphere k are 8k ... 8k + 7."""

    centre: FloatArray
    radius: FloatArray


def sphere_tree(edges: Edges) -> tuple[Level, ...]:
    """Return the levels of spheres, the coarsest first; its finest holds 8 edges a sphere."""
    levels: list[Level] = []
    size = BRANCHING
    start, end = edges.start.T, edges.end.T
    while True:
        first = np.arange(0, edges.length.size, size)
        low = np.minimum.reduceat(np.minimum(start, end), first)
        high = np.maximum.reduceat(np.maximum(start, end), first)
        centre = (low + high) / 2
        own = np.repeat(np.arange(first.size), np.diff(np.append(first, edges.length.size)))
        away = np.maximum(
            np.linalg.norm(start - centre[own], axis=1), np.linalg.norm(end - centre[own], axis=1)
        )
        levels.append(Level(centre, np.maximum.reduceat(away, first)))
        if first.size <= 2 * BRANCHING:
            return tuple(reversed(levels))
        size *= BRANCHING


def edges_within_reach(
    edges: Edges,
    levels: tuple[Level, ...],
    places: FloatArray,
    tolerance: FloatArray,
    nearest: FloatArray | None = None,
    *,
    most_pairs: int,
) -> tuple[IntArray, IntArray]:
    """
    Return the pairs (point, edge) that can hold a place within reach, sorted.

    Parameters
    ----------
    places : ndarray of float, shape (n, 3)
        Earth-centred metres.
    tolerance : ndarray of float, shape (n,)
        Within reach is what is at most so many metres farther than the nearest place.
    nearest : ndarray of float, shape (n,), optional
        How far the nearest place is, in metres, if that is known: it makes the search quicker.
    most_pairs : int
        How many pairs may be held at once, unless there is one point only.

    Raises
    ------
    TooManyPairs
        If there would be more.
    """
    n = len(places)
    known = None if nearest is None else nearest + _slack(edges, nearest) + tolerance
    point = np.repeat(np.arange(n), len(levels[0].radius))
    node = np.tile(np.arange(len(levels[0].radius)), n)
    for depth, level in enumerate(levels):
        if depth:
            point, node = _children(point, node, len(level.radius))
        if point.size > most_pairs and n > 1:
            raise TooManyPairs
        gap = np.linalg.norm(places[point] - level.centre[node], axis=1)
        limit = known
        if limit is None:
            reach = np.minimum.reduceat(gap + level.radius[node], run_starts(point))
            limit = reach + _slack(edges, reach) + tolerance
        keep = gap - level.radius[node] <= limit[point]
        point, node = point[keep], node[keep]
    point, edge = _children(point, node, edges.length.size)
    if point.size > most_pairs and n > 1:
        raise TooManyPairs
    x, y, z = places[point].T
    distance = np.sqrt(edges.to_chord(x, y, z, edge)[0])
    limit = known
    if limit is None:
        reach = np.minimum.reduceat(distance, run_starts(point))
        limit = reach + _slack(edges, reach) + tolerance
    keep = distance <= limit[point]
    return point[keep], edge[keep]


def _slack(edges: Edges, reach: FloatArray) -> FloatArray:
    """Return by how much the straight distance to a chord may mislead about that to an edge, in m."""
    sure = 2.0 * edges.sagitta + azimuth_slack(reach)
    return np.where(reach > ROUGH_BEYOND_M, ROUGH_SLACK_M, sure)


def _children(point: IntArray, node: IntArray, n: int) -> tuple[IntArray, IntArray]:
    """Return the pairs one level down the tree; `n` is the number of nodes there."""
    child = (node[:, None] * BRANCHING + np.arange(BRANCHING)).ravel()
    inside = child < n
    return np.repeat(point, BRANCHING)[inside], child[inside]
