"""Lines of the static picture: the border on paper, pieces of it, and what runs beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from frontier_geo._validation import FloatArray
from frontier_geo.geodesy import LONLAT_CRS

__all__ = ["PaperLine", "Plane"]

SAMPLES = 2000
CLOSENESS = 0.9  # smoothing of a line beside the border, as a share of its distance
CURVE_SHARE, NORMAL_SHARE = 0.024, 0.052  # of the length; 32 and 70 km on the shipped border


class Plane:
    """
    A projection to metres that keeps shapes around a line.

    It is the Lambert conformal cone around the middle of the line, or, near the equator, the Mercator
    cylinder. Longitudes are taken on the line's side of the 180th meridian.

    Parameters
    ----------
    lon, lat : ndarray of float
        Vertices of the line, degrees on WGS84.
    """

    def __init__(self, lon: FloatArray, lat: FloatArray) -> None:
        from pyproj import Transformer

        south, north = float(lat.min()), float(lat.max())
        unrolled = _near(lon, float(lon[0]))
        self._middle = float(unrolled.min() + unrolled.max()) / 2
        sixth = max((north - south) / 6, 1e-3)
        definition = (
            f"+proj=lcc +lat_1={south + sixth} +lat_2={north - sixth} +lat_0={(south + north) / 2} "
            f"+lon_0={self._middle} +datum=WGS84 +units=m"
        )
        if abs(south + north) < 1:  # a cone needs a hemisphere
            definition = f"+proj=merc +lon_0={self._middle} +datum=WGS84 +units=m"
        self._transformer = Transformer.from_crs(LONLAT_CRS, definition, always_xy=True)

    def metres(self, lon: ArrayLike, lat: ArrayLike) -> FloatArray:
        """Return places in metres, shape (n, 2)."""
        near = _near(np.asarray(lon, dtype=float), self._middle)
        x, y = self._transformer.transform(near, np.asarray(lat, dtype=float))
        return np.column_stack((np.atleast_1d(x), np.atleast_1d(y)))

    def degrees(self, xy: FloatArray) -> FloatArray:
        """Return longitude and latitude of places in metres, shape (n, 2)."""
        lon, lat = self._transformer.transform(xy[:, 0], xy[:, 1], direction="INVERSE")
        return np.column_stack((_near(np.asarray(lon), self._middle), lat))


@dataclass(frozen=True)
class PaperLine:
    """
    The border in points of the page (1/72 inch), x to the right and y upwards.

    Attributes
    ----------
    xy : ndarray of float, shape (n, 2)
        Its vertices.
    km : ndarray of float, shape (n,)
        Their chainage.
    degrees : ndarray of float, shape (n, 2)
        Their latitude and longitude.
    """

    xy: FloatArray
    km: FloatArray
    degrees: FloatArray
    _curves: dict[float, tuple[FloatArray, FloatArray, FloatArray]] = field(
        default_factory=dict, repr=False
    )

    @property
    def length_km(self) -> float:
        """The length of the border."""
        return float(self.km[-1])

    def at(self, km: ArrayLike) -> FloatArray:
        """Return the places at some chainages, shape (n, 2)."""
        return _interpolate(self.km, self.xy, km)

    def piece(self, from_km: float, to_km: float) -> FloatArray:
        """Return the vertices of a piece, its two ends among them."""
        inside = (self.km > from_km) & (self.km < to_km)
        ends = self.at([from_km, to_km])
        return np.vstack((ends[:1], self.xy[inside], ends[1:]))

    @cached_property
    def _base(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Chainages, a smooth curve along the border, and unit vectors to its left."""
        return self._smooth(CURVE_SHARE, NORMAL_SHARE)

    def bar(self, from_km: float, to_km: float, foot: float, height: float) -> FloatArray:
        """
        Return the corners of a bar on the smooth curve, shape (4, 2).

        Parameters
        ----------
        from_km, to_km : float
            Where it stands.
        foot, height : float
            Points from the curve to its lower end, and from there to its upper one; to the left of the
            line, or to the right where they are negative.
        """
        km, curve, left = self._base
        ends = np.array([from_km, to_km])
        middle, up = _interpolate(km, curve, ends), _interpolate(km, left, ends)
        return np.vstack((middle + up * foot, (middle + up * (foot + height))[::-1]))

    def beside(self, from_km: float, to_km: float, offset: float) -> FloatArray:
        """
        Return a line that runs beside a piece of the border without its small bends.

        Parameters
        ----------
        from_km, to_km : float
            The piece.
        offset : float
            Points to the left of the line, or to the right where it is negative.
        """
        km, curve, left = self._curve(max(5.0, CLOSENESS * abs(offset)))
        inside = km[(km > from_km) & (km < to_km)]
        at = np.concatenate(([from_km], inside, [to_km]))
        foot, up = _interpolate(km, curve, at), _interpolate(km, left, at)
        ahead = np.column_stack((up[:, 1], -up[:, 0]))
        return _forwards(foot + up * offset, ahead)

    def _curve(self, sigma: float) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return a curve that follows the border closely, for bands some points away from it."""
        if sigma not in self._curves:
            points = float(np.hypot(*np.diff(self.xy, axis=0).T).sum())
            self._curves[sigma] = self._smooth(sigma / points, 1.6 * sigma / points)
        return self._curves[sigma]

    def _smooth(
        self, curve_share: float, normal_share: float
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        km = np.linspace(0.0, self.length_km, SAMPLES)
        places = self.at(km)
        curve = _gaussian(places, curve_share * SAMPLES)
        along = np.gradient(_gaussian(places, normal_share * SAMPLES), axis=0)
        along /= np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-12)[:, None]
        return km, curve, np.column_stack((-along[:, 1], along[:, 0]))


def _near(lon: FloatArray, middle: float) -> FloatArray:
    """Return longitudes within 180 degrees of one of them."""
    near: FloatArray = middle + (lon - middle + 180.0) % 360.0 - 180.0
    return near


def _interpolate(km: FloatArray, values: FloatArray, at: ArrayLike) -> FloatArray:
    at = np.atleast_1d(np.asarray(at, dtype=float))
    return np.column_stack([np.interp(at, km, values[:, axis]) for axis in (0, 1)])


def _gaussian(values: FloatArray, sigma: float) -> FloatArray:
    """Smooth a curve whose ends stay where they are."""
    from scipy.ndimage import gaussian_filter1d

    reach = min(len(values) - 1, int(4 * sigma) + 1)
    before = 2 * values[0] - values[reach:0:-1]
    after = 2 * values[-1] - values[-2 : -reach - 2 : -1]
    padded = gaussian_filter1d(np.vstack((before, values, after)), sigma, axis=0, mode="nearest")
    smooth: FloatArray = padded[reach : reach + len(values)]
    return smooth


def _forwards(line: FloatArray, ahead: FloatArray) -> FloatArray:
    """Leave out the points of an offset line that run backwards, as they do in a tight bend."""
    kept = [0]
    for i in range(1, len(line)):
        if np.dot(line[i] - line[kept[-1]], ahead[i]) > 0:
            kept.append(i)
    return line[kept] if len(kept) > 1 else line[[0, -1]]
