"""
A line laid on a sphere that fits the ellipsoid near some points, so that distances are plain there.

The sphere is Gauss's conformal one of a latitude at most 14 km from the points. Its scale differs
from 1 in the third order only: by 3e-11 at 14 km, 2e-9 at 50 km and 7e-8 at 200 km.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.chainage import LineIndex
from frontier_geo.geodesy import WGS84

__all__ = ["BLOCK", "SECTOR_DEG", "TILE_DEG", "Line", "Sphere", "nth_of_each"]

IntArray = NDArray[np.int64]

LONGEST_EDGE_M = 10_000.0  # longer edges are cut along their geodesic
SHORTEST_EDGE_M = 1e-3  # a cut nearer than this to a vertex is none
TILE_DEG = 0.25  # of latitude, with one sphere
SECTOR_DEG = 60.0  # of longitude
BLOCK = 16  # consecutive edges looked at as one


@dataclass(frozen=True)
class Line:
    """Vertices of a line: degrees, isometric latitude, chainage in metres."""

    index: LineIndex  # without the cuts
    lon: FloatArray
    isometric: FloatArray
    chainage: FloatArray

    @classmethod
    def cut(cls, index: LineIndex, cuts_m: ArrayLike) -> Line:
        """Return a line with more vertices: at chainages, and on edges that are too long."""
        own = index.chainage_m
        cuts = np.asarray(cuts_m, dtype=np.float64)
        pieces = np.maximum(1, np.ceil(np.diff(own) / LONGEST_EDGE_M)).astype(np.int64)
        edge, nth = nth_of_each(pieces - 1)
        evenly = own[edge] + (nth + 1) * np.diff(own)[edge] / pieces[edge]
        extra = np.unique(np.concatenate((cuts[(cuts > 0) & (cuts < own[-1])], evenly)))
        after = np.searchsorted(own, extra)  # an edge of nanometres has no direction
        extra = extra[np.minimum(own[after] - extra, extra - own[after - 1]) > SHORTEST_EDGE_M]
        lon, lat = index.interpolate(extra) if extra.size else (extra, extra)
        at = np.searchsorted(own, extra)
        return cls(
            index,
            np.insert(index.lon, at, lon),
            _isometric(np.insert(index.lat, at, lat)),
            np.insert(own, at, extra),
        )

    @property
    def n(self) -> int:
        """Number of edges."""
        return self.chainage.size - 1

    @property
    def middle(self) -> FloatArray:
        """Chainage of the middle of each edge, in metres."""
        return (self.chainage[1:] + self.chainage[:-1]) / 2


def _isometric(lat: FloatArray) -> FloatArray:
    """Return the isometric latitude on the ellipsoid; infinite at the poles."""
    sine, e = np.sin(np.radians(lat)), np.sqrt(WGS84.es)
    with np.errstate(divide="ignore"):
        return np.asarray(np.arctanh(sine) - e * np.arctanh(e * sine))


@dataclass(frozen=True)
class Sphere:
    """
    A line on Gauss's conformal sphere of one latitude: the sphere that fits the ellipsoid best there.

    Snyder (1987), Map Projections - A Working Manual, U.S. Geological Survey, p. 68 (the conformal
    sphere); Bowring (1977) and Thomas (1952) give that its scale differs from 1 in the third order.
    """

    radius: float  # metres
    stretch: float  # of longitudes
    shift: float  # of isometric latitudes
    centre_lon: float
    edges: FloatArray  # see `Table`; shape (10, n)
    block_centre: FloatArray  # of runs of edges, shape (k, 3)
    block_radius: FloatArray

    @classmethod
    def of(cls, line: Line, band: int, sector: int) -> Sphere:
        """Lay a line on the sphere of a band of latitudes and a sector of longitudes."""
        lat = (band + 0.5) * TILE_DEG
        sine2 = np.sin(np.radians(lat)) ** 2
        second = WGS84.es / (1.0 - WGS84.es)
        stretch = np.sqrt(1.0 + second * (1.0 - sine2) ** 2)
        radius = WGS84.a * np.sqrt(1.0 - WGS84.es) / (1.0 - WGS84.es * sine2)
        shift = np.arctanh(np.sin(np.radians(lat)) / stretch) - stretch * _isometric(np.array(lat))
        centre = (sector + 0.5) * SECTOR_DEG - 180.0
        vertex = _on_sphere(stretch, shift, centre, line.lon, line.isometric)
        chord = np.diff(vertex, axis=0)
        span = np.linalg.norm(chord, axis=1)
        middle = vertex[1:] + vertex[:-1]
        middle /= np.linalg.norm(middle, axis=1)[:, None]
        along = chord / np.maximum(span, 1e-30)[:, None]
        length = 2.0 * np.arcsin(np.minimum(span / 2, 1.0))
        edges = np.vstack((middle.T, along.T, np.cross(middle, along).T, length))
        first = np.arange(0, line.n, BLOCK)
        low = np.minimum.reduceat(middle, first)
        block = (low + np.maximum.reduceat(middle, first)) / 2
        away = np.linalg.norm(middle - block[np.arange(line.n) // BLOCK], axis=1) + span / 2
        away = np.maximum.reduceat(away, first)
        return cls(float(radius), float(stretch), float(shift), centre, edges, block, away)

    def places(self, lon: FloatArray, lat: FloatArray) -> FloatArray:
        """Return points on the sphere, shape (n, 3)."""
        return _on_sphere(self.stretch, self.shift, self.centre_lon, lon, _isometric(lat))


def _on_sphere(
    stretch: float, shift: float, centre: float, lon: FloatArray, isometric: FloatArray
) -> FloatArray:
    lam = np.radians(np.mod(lon - centre + 180.0, 360.0) - 180.0) * stretch
    psi = stretch * isometric + shift
    with np.errstate(over="ignore"):
        cosine = 1.0 / np.cosh(psi)
    return np.column_stack((cosine * np.cos(lam), cosine * np.sin(lam), np.tanh(psi)))


def nth_of_each(many: IntArray) -> tuple[IntArray, IntArray]:
    """Return for so many entries of each row the row and the number within it."""
    row = np.repeat(np.arange(many.size), many)
    return row, np.arange(row.size) - np.repeat(np.cumsum(many) - many, many)
