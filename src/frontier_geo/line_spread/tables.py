"""Points near one another, and the edges of a line within reach of them: what is worked out at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.geodesy import WGS84
from frontier_geo.line_spread.sphere import BLOCK, SECTOR_DEG, TILE_DEG, Line, Sphere

__all__ = ["SPREAD_SIGMAS", "Table", "tables_of"]

IntArray = NDArray[np.int64]

SPREAD_SIGMAS = 7.0  # how far out a point is spread: 3e-12 of a normal error lies beyond
MOST_ROWS = 64  # of a table
SERIES_ERROR = 1e-10  # of a squared distance by sigma: above it distances are had in closed form


@dataclass(frozen=True)
class Table:
    """
    Points and the edges within reach of any of them, as unit vectors on one sphere.

    `edges` holds ten rows: the middle of each edge, its direction there, the normal of its great
    circle, and its length in radians. `scale` is the radius of the sphere by each point's sigma.
    `exact`: distances are too long for their series. `ends` are the columns of the line's first and
    last edge, or -1; `runs` the columns at which another bin begins.
    """

    rows: IntArray
    columns: IntArray
    place: FloatArray
    scale: FloatArray
    edges: FloatArray
    exact: bool
    ends: tuple[int, int]
    runs: IntArray


def tables_of(
    line: Line,
    of_edge: IntArray,
    lon: FloatArray,
    lat: FloatArray,
    sigma: FloatArray,
    past_ends: bool,
) -> Iterator[Table]:
    """Yield tables of points that lie near one another and of the edges within reach of them."""
    near = line.index.locate(lon, lat)
    reach = np.hypot(near.distance_m, SPREAD_SIGMAS * sigma)
    band = np.clip(np.floor(lat / TILE_DEG), -90 / TILE_DEG, 90 / TILE_DEG - 1).astype(np.int64)
    sector = np.clip(np.floor((lon + 180.0) / SECTOR_DEG), 0, 360 / SECTOR_DEG - 1).astype(np.int64)
    size = np.floor(np.log2(sigma))
    far = (near.distance_m + 3.0 * sigma) / WGS84.a
    exact = far**8 / 2 * (WGS84.a / sigma) ** 2 > SERIES_ERROR
    order = np.lexsort((near.chainage_m, exact, size, sector, band))
    kinds = np.column_stack((band, sector, size, exact))[order]
    turn = np.flatnonzero((kinds[1:] != kinds[:-1]).any(axis=1)) + 1
    tile, sphere = (0, 0), None
    for run in np.split(order, turn) if order.size else []:
        if sphere is None or tile != (band[run[0]], sector[run[0]]):
            tile = (band[run[0]], sector[run[0]])
            sphere = Sphere.of(line, *tile)
        for first in range(0, run.size, MOST_ROWS):
            rows = run[first : first + MOST_ROWS]
            place = sphere.places(lon[rows], lat[rows])
            block = _blocks_within(sphere, place, reach[rows])
            columns = (block[:, None] * BLOCK + np.arange(BLOCK)).ravel()
            columns = columns[: np.searchsorted(columns, line.n)]
            name = of_edge[columns]
            yield Table(
                rows=rows,
                columns=columns,
                place=place,
                scale=sphere.radius / sigma[rows],
                edges=sphere.edges[:, columns],
                exact=bool(exact[rows[0]]),
                ends=(
                    0 if past_ends and columns[0] == 0 else -1,
                    columns.size - 1 if past_ends and columns[-1] == line.n - 1 else -1,
                ),
                runs=np.flatnonzero(np.concatenate(([True], name[1:] != name[:-1]))),
            )


def _blocks_within(sphere: Sphere, place: FloatArray, reach: FloatArray) -> IntArray:
    """Return the blocks of edges that come within reach of any of the points."""
    # Straight distances are the shorter; far from the sphere's latitude its scale grows.
    far = reach / sphere.radius
    reach = far * (1.0 + 0.02 * far**2) + 1e-7
    middle = place.mean(axis=0)
    away = np.linalg.norm(place - middle, axis=1)
    gap = np.linalg.norm(sphere.block_centre - middle, axis=1) - sphere.block_radius
    maybe = np.flatnonzero(gap <= (away + reach).max())
    span = place[:, None, :] - sphere.block_centre[maybe]
    gap = np.sqrt(np.einsum("ijk,ijk->ij", span, span)) - sphere.block_radius[maybe]
    return maybe[(gap <= reach[:, None]).any(axis=0)]
