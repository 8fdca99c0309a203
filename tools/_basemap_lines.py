"""Lines of the basemap: made smaller, and written as whole numbers, each the step from the last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

UNITS_PER_DEGREE = 100_000  # 1 m: the unit that the border line is drawn in
GRID = 10  # units (1e-4 degrees, 11 m) that vertices are rounded to where nothing else meets them
KM_PER_DEGREE = 111.2

FloatArray = NDArray[np.float64]
Vertex: TypeAlias = tuple[int, int]


def to_units(coordinates: FloatArray) -> list[Vertex]:
    """Return degrees as whole units, without repeated vertices."""
    whole = np.rint(np.asarray(coordinates)[:, :2] * UNITS_PER_DEGREE).astype(int)
    keep = np.ones(len(whole), dtype=bool)
    keep[1:] = (np.diff(whole, axis=0) != 0).any(axis=1)
    return [(int(x), int(y)) for x, y in whole[keep]]


def steps(vertices: Sequence[Vertex]) -> list[int]:
    """Return vertices as one list `x, y, dx, dy, ...`."""
    return [int(n) for n in np.diff(np.array(vertices), axis=0, prepend=[[0, 0]]).ravel()]


def from_steps(numbers: Sequence[int]) -> FloatArray:
    """Return the degrees that `steps` wrote."""
    pairs = np.cumsum(np.array(numbers, dtype=np.int64).reshape(-1, 2), axis=0)
    return pairs / UNITS_PER_DEGREE


def simplified(vertices: Sequence[Vertex], tolerance_km: float) -> list[Vertex]:
    """
    Return a line simplified (Douglas and Peucker 1973); the first and last vertex stay.

    The vertices between them are rounded to `GRID` units: they take a third less room.
    """
    if len(vertices) < 3:
        return list(vertices)
    points = np.array(vertices, dtype=float)
    squeeze = [np.cos(np.radians(points[:, 1].mean() / UNITS_PER_DEGREE)), 1]
    line = shapely.LineString(points * squeeze)
    tolerance = tolerance_km / KM_PER_DEGREE * UNITS_PER_DEGREE
    kept = shapely.get_coordinates(line.simplify(tolerance, preserve_topology=False)) / squeeze
    inner = [(int(x), int(y)) for x, y in np.rint(kept[1:-1] / GRID).astype(int) * GRID]
    return without_repeats([vertices[0], *inner, vertices[-1]])


def without_repeats(vertices: Iterable[Vertex]) -> list[Vertex]:
    """Return vertices without those that equal the one before."""
    kept: list[Vertex] = []
    for vertex in vertices:
        if not kept or vertex != kept[-1]:
            kept.append(vertex)
    return kept
