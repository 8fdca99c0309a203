"""
Geodesic measures on the WGS84 ellipsoid: arrays in, arrays out.

Lengths and azimuths come from `pyproj.Geod` (Karney 2013). Nearest points are searched in
earth-centred coordinates, where no projection bends them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from pyproj import Geod

from frontier_geo._closed_form import (
    COSINE,
    ELLIPSOID,
    ES,
    RADIANS,
    SINE,
    STEPS,
    cross_radius,
    small_cosine,
    small_sine,
)
from frontier_geo._validation import FloatArray, check_vertices

__all__ = [
    "LONLAT_CRS",
    "earth_centred",
    "earth_centred_columns",
    "geodesic_chainage",
    "principal_radii",
    "sine_cosine",
    "surface_normal",
]

WGS84 = ELLIPSOID
Columns = tuple[FloatArray, FloatArray, FloatArray]  # x, y, z
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


def principal_radii(sin2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the radii of curvature along the meridian and across it, by sin² of the latitude."""
    w2 = 1.0 - WGS84.es * sin2
    vertical = WGS84.a / np.sqrt(w2)
    return vertical * (1.0 - WGS84.es) / w2, vertical


def sine_cosine(degrees: FloatArray) -> tuple[FloatArray, FloatArray]:
    """
    Return sine and cosine of angles of at most 360 degrees either way.

    From the nearest of the places `STEPS` to a degree at which they are known; the rest is small.
    """
    nearest = np.rint(degrees * STEPS)
    rest = (degrees - nearest * (1.0 / STEPS)) * RADIANS
    index = nearest.astype(np.int64)
    index += 360 * STEPS
    sine, cosine = SINE[index], COSINE[index]
    small_s, small_c = small_sine(rest), small_cosine(rest)
    return sine * small_c + cosine * small_s, cosine * small_c - sine * small_s


def surface_normal(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return the outward unit normal of the ellipsoid, shape (n, 3), at degrees `lon`, `lat`."""
    sin_lon, cos_lon = sine_cosine(lon)
    sin_lat, cos_lat = sine_cosine(lat)
    return np.column_stack((cos_lat * cos_lon, cos_lat * sin_lon, sin_lat))


def earth_centred_columns(lon: FloatArray, lat: FloatArray) -> Columns:
    """Return earth-centred x, y and z in metres of points on the WGS84 ellipsoid, in degrees."""
    sin_lon, cos_lon = sine_cosine(lon)
    sin_lat, cos_lat = sine_cosine(lat)
    radius = cross_radius(sin_lat)
    from_axis = radius * cos_lat
    return from_axis * cos_lon, from_axis * sin_lon, radius * (1.0 - ES) * sin_lat


def earth_centred(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Return earth-centred Cartesian metres, shape (n, 3), of points on the WGS84 ellipsoid."""
    return np.column_stack(earth_centred_columns(lon, lat))
