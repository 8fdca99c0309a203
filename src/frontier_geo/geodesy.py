"""
Geodesic measures on the WGS84 ellipsoid: arrays in, arrays out.

Lengths and azimuths come from `pyproj.Geod` (Karney 2013). Nearest points are searched in
earth-centred coordinates, where no projection bends them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from pyproj import Geod

from frontier_geo._validation import FloatArray, check_vertices

__all__ = [
    "LONLAT_CRS",
    "earth_centred",
    "geodesic_chainage",
    "surface_normal",
]

WGS84 = Geod(ellps="WGS84")
LONLAT_CRS = "EPSG:4326"


def geodesic_chainage(lon: ArrayLike, lat: ArrayLike, *, ellipsoid: str = "WGS84") -> FloatArray:
    """
    Measure the chainage of each vertex of a boundary on the ellipsoid.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Vertices in digitising order. Degrees, in a geographic CRS on `ellipsoid`.
    ellipsoid : str, default "WGS84"
        Any ellipsoid name known to `pyproj.Geod`.

    Returns
    -------
    ndarray of float64, shape (n,)
        Metres from the first vertex: starts at 0.0 and never decreases.

    Raises
    ------
    VertexError
        If `lon` and `lat` do not pair up, or hold fewer than two vertices.
    CoordinateError
        If a coordinate is not finite or out of range.

    References
    ----------
    Karney (2013), J. Geodesy 87, 43-55. https://doi.org/10.1007/s00190-012-0578-z

    Examples
    --------
    >>> geodesic_chainage([0, 0, 0], [0, 45, 90], ellipsoid="GRS80").round()
    array([       0.,  4984944., 10001966.])
    """
    lon, lat = check_vertices(lon, lat)
    geod = WGS84 if ellipsoid == "WGS84" else Geod(ellps=ellipsoid)
    return np.concatenate(([0.0], np.cumsum(geod.line_lengths(lon, lat))))


def surface_normal(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return the outward unit normal of the ellipsoid, shape (n, 3), at degrees `lon`, `lat`."""
    lam, phi = np.radians(lon), np.radians(lat)
    cos_phi = np.cos(phi)
    return np.column_stack((cos_phi * np.cos(lam), cos_phi * np.sin(lam), np.sin(phi)))


def earth_centred(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return earth-centred Cartesian metres, shape (n, 3), of points on the WGS84 ellipsoid."""
    normal = surface_normal(lon, lat)
    prime_vertical = WGS84.a / np.sqrt(1.0 - WGS84.es * normal[:, 2] ** 2)
    normal *= prime_vertical[:, None]
    normal[:, 2] *= 1.0 - WGS84.es
    return normal
