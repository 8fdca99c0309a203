"""
The shares of many places at once: a fast twin of `segment_shares`, for pages of very many incidents.

The density that `line_spread` integrates exactly, edge by edge, is summed here at points along
the line that stand a fraction of the places' own uncertainty apart.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from frontier_geo.boundary import Boundary
from frontier_geo.geodesy import WGS84, earth_centred

__all__ = ["snapped", "spread_places"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

SAMPLES_PER_SIGMA = 2.5
REACH_SIGMAS = 4.0  # beyond it lies 1 place in 16,000
MOST_SAMPLES = 50_000  # along the line: places known more exactly are on one segment
RADIUS_STEP = 1.12  # places of about the same reach are looked up together
PLACES_AT_ONCE = 20_000
#: Places are put on a grid of so many sigmas; shifts of half of it cancel out over many places.
SNAP_SIGMAS = 0.25
SNAP_SIGMA_RATIO = 1.1
METRES_PER_DEGREE = 111_195.0
ALONE_M = 1e-3


def snapped(lon: FloatArray, lat: FloatArray, sigma_m: FloatArray) -> FloatArray:
    """
    Return places moved onto a grid a fraction of their own uncertainty wide, to be fewer.

    Returns
    -------
    ndarray of float, shape (n, 3)
        Longitude, latitude and standard deviation in metres.
    """
    step = np.log(SNAP_SIGMA_RATIO)
    sigma = np.exp(np.rint(np.log(sigma_m) / step) * step)
    grid = SNAP_SIGMAS * sigma / METRES_PER_DEGREE
    across = grid / np.cos(np.radians(np.rint(lat)))
    return np.column_stack((np.rint(lon / across) * across, np.rint(lat / grid) * grid, sigma))


def spread_places(
    places: FloatArray, breaks_m: FloatArray, boundary: Boundary
) -> tuple[IntArray, IntArray, FloatArray]:
    """
    Spread places over pieces of a line.

    Parameters
    ----------
    places : ndarray of float, shape (n, 3)
        Longitude, latitude, standard deviation in metres.
    breaks_m : ndarray of float, shape (k + 1,)
        Chainages at which the pieces meet, from 0 to the length of the line.
    boundary : Boundary
        The line.

    Returns
    -------
    place, piece : ndarray of int
        Sorted by place, then piece. Piece -1 is past the ends of the line.
    share : ndarray of float
        Those of one place sum to 1.
    """
    floor = boundary.length_km * 1000 / MOST_SAMPLES * SAMPLES_PER_SIGMA
    sigma = np.maximum(places[:, 2], floor)
    octave = np.floor(np.log2(sigma)).astype(int)
    parts = []
    for each in np.unique(octave):
        line = _Samples(
            breaks_m, boundary, 2.0**each / SAMPLES_PER_SIGMA, places, sigma, octave == each
        )
        parts += list(line.shares())
    if not parts:
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    place, piece, share = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((piece, place))
    return place[order], piece[order], share[order]


class _Samples:
    """Points along a line, a step apart, and the places that are spread over them."""

    def __init__(
        self,
        breaks_m: FloatArray,
        boundary: Boundary,
        step_m: float,
        places: FloatArray,
        sigma: FloatArray,
        mine: NDArray[np.bool_],
    ) -> None:
        self.rows = np.flatnonzero(mine)
        self.sigma = sigma[self.rows]
        self.at = earth_centred(places[self.rows, 0], places[self.rows, 1])
        many = np.maximum(1, np.ceil(np.diff(breaks_m) / step_m)).astype(int)
        piece = np.repeat(np.arange(many.size), many)
        nth = np.arange(piece.size) - np.repeat(np.cumsum(many) - many, many)
        length = np.diff(breaks_m)[piece] / many[piece]
        lon, lat = boundary.index.interpolate(breaks_m[piece] + (nth + 0.5) * length)
        on_line = cKDTree(earth_centred(lon, lat))
        self.near = on_line.query(self.at)[0]
        past = self._past_ends(boundary, step_m)
        self.piece = np.concatenate((piece, np.full(past[0].size, -1)))
        self.length = np.concatenate((length, np.full(past[0].size, step_m)))
        self.points = np.concatenate((on_line.data, earth_centred(*past)))
        self.n_pieces = many.size

    def _past_ends(self, boundary: Boundary, step_m: float) -> tuple[FloatArray, FloatArray]:
        """Return points past both ends, where the line is taken to go on straight."""
        reach = 0.0
        if not boundary.is_ring:
            reach = float((self.near + REACH_SIGMAS * self.sigma).max())
        along = (np.arange(int(np.ceil(reach / step_m))) + 0.5) * step_m
        lon, lat = np.asarray(boundary.lon), np.asarray(boundary.lat)
        found = []
        for inner, end in ((1, 0), (-2, -1)):
            out, _, _ = WGS84.inv(lon[inner], lat[inner], lon[end], lat[end])
            back = WGS84.inv(lon[end], lat[end], lon[inner], lat[inner])[0]
            azimuth = np.full(along.size, back + 180.0 if np.isfinite(back) else out)
            found.append(
                WGS84.fwd(
                    np.full(along.size, lon[end]), np.full(along.size, lat[end]), azimuth, along
                )
            )
        return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])

    def shares(self) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
        """Yield place, piece and share of every pair, some places at a time."""
        line = cKDTree(self.points)
        reach = np.hypot(self.near, REACH_SIGMAS * self.sigma)
        ring = np.ceil(np.log(reach) / np.log(RADIUS_STEP)).astype(int)
        for each in np.unique(ring):
            rows = np.flatnonzero(ring == each)
            for first in range(0, rows.size, PLACES_AT_ONCE):
                some = rows[first : first + PLACES_AT_ONCE]
                yield self._shares(line, some, RADIUS_STEP ** float(each))

    def _shares(
        self, line: cKDTree, rows: IntArray, radius: float
    ) -> tuple[IntArray, IntArray, FloatArray]:
        pairs = cKDTree(self.at[rows]).sparse_distance_matrix(line, radius, output_type="ndarray")
        place, sample, distance = pairs["i"], pairs["j"], pairs["v"]
        near, sigma = self.near[rows][place], self.sigma[rows][place]
        weight = np.exp((near**2 - distance**2) / (2 * sigma**2)) * self.length[sample]
        key = place * (self.n_pieces + 1) + self.piece[sample] + 1
        found, where = np.unique(key, return_inverse=True)
        total = np.bincount(where, weight)
        owner, piece = np.divmod(found, self.n_pieces + 1)
        share = total / np.bincount(owner, total, minlength=rows.size)[owner]
        return self.rows[rows[owner]], piece - 1, share
