"""The points that are located, the line in the plane for planar peers, and exact geodesic answers."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import Geod, Transformer

from benchmarks.harness import POINTS_FOLDER
from frontier_geo import load_boundary

SEED = 20260711
NEAR_SHARE, NEAR_M, FAR_M = 0.85, 50_000.0, 200_000.0
MOST_DRAWN = 1_000_000  # more points are these again, each a little moved
MOVED_DEG = 1e-3
BLOCK, FAR_DRAWN = 16_384, 0.4
SEGMENT_KM = 10.0
SLACK_M = 5.0  # chords and geodesics to 200 km rank two edges alike but for less than 1 m
SAME_M = 1e-3  # places as near as this to the nearest one are as right
WRONG_M = 1.0  # a chainage farther off is called wrong
EARTH = Geod(ellps="WGS84")
Array = np.ndarray[Any, Any]


@cache
def points(n: int) -> tuple[Array, Array]:
    """
    Return longitudes and latitudes: 85 % within 50 km of the shipped line, 15 % at 50 to 200 km.

    They are in random order. The first ones are the same however many are asked for, up to a million;
    more are those again, each moved by up to 0.001 degree.
    """
    if n > MOST_DRAWN:
        random = np.random.default_rng([SEED, n])
        again = np.arange(n) % MOST_DRAWN
        lon, lat = (a[again] + random.uniform(-MOVED_DEG, MOVED_DEG, n) for a in points(MOST_DRAWN))
        return lon, lat
    blocks = [_kept_block(number) for number in range(-(-n // BLOCK))]
    lon, lat = (np.concatenate(column)[:n] for column in zip(*blocks, strict=True))
    return lon, lat


def _kept_block(number: int) -> Array:
    """Return a block from the run's folder, if it has one, or draw it and keep it there."""
    folder = os.environ.get(POINTS_FOLDER)
    if folder is None:
        return _block(number)
    file = Path(folder) / f"points-{number}.npy"
    if not file.exists():
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as stream:
            np.save(stream, _block(number))
        os.replace(stream.name, file)
    return np.load(file)


def _block(number: int) -> Array:
    """Return the points of one block, drawn around places of the line and kept by their distance."""
    random = np.random.default_rng([SEED, number])
    line, many = load_boundary(), 2 * BLOCK
    at = random.uniform(0, line.length_km, many)
    far = random.random(many) < FAR_DRAWN
    away = np.where(far, random.uniform(NEAR_M, FAR_M, many), random.uniform(0, NEAR_M, many))
    lon, lat, _ = EARTH.fwd(*line.lonlat_at(at), random.uniform(-180, 180, many), away)
    distance = line.index.locate(lon, lat).distance_m
    near = np.flatnonzero(distance < NEAR_M)[: round(NEAR_SHARE * BLOCK)]
    far = np.flatnonzero((distance >= NEAR_M) & (distance <= FAR_M))[: BLOCK - len(near)]
    chosen = random.permutation(np.concatenate((near, far)))
    if len(chosen) < BLOCK:
        raise ValueError(f"block {number} has {len(chosen)} points, not {BLOCK}")
    return np.stack((lon, lat))[:, chosen]


# ---- the plane of the peers ---------------------------------------------------------------------


@dataclass(frozen=True)
class Plane:
    """The line in a Lambert conformal projection around it, for programs that work in a plane."""

    crs: str
    to_plane: Transformer
    x: Array
    y: Array
    chainage_m: Array  # geodesic, of the vertices

    def project(self, lon: Array, lat: Array) -> Array:
        """Return points in the plane, shape (n, 2), metres."""
        return np.column_stack(self.to_plane.transform(lon, lat))


@cache
def plane() -> Plane:
    """Return the shipped line in the plane."""
    line = load_boundary()
    south, north = line.lat.min(), line.lat.max()
    sixth = (north - south) / 6
    crs = (
        f"+proj=lcc +lat_1={south + sixth:.6f} +lat_2={north - sixth:.6f} "
        f"+lat_0={(south + north) / 2:.6f} +lon_0={(line.lon.min() + line.lon.max()) / 2:.6f} "
        "+x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs"
    )
    to_plane = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = to_plane.transform(line.lon, line.lat)
    return Plane(crs, to_plane, np.asarray(x), np.asarray(y), line.chainage_m)


# ---- exact answers ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Errors:
    """How far answers are off: metres at the most, and the share of chainages wrong by over 1 m."""

    distance_m: float
    chainage_m: float
    wrong: float

    def cells(self) -> list[str]:
        """Return the cells of a table."""
        return [_metres(self.distance_m), _metres(self.chainage_m), f"{self.wrong:.2%}"]


def _metres(value: float) -> str:
    return (
        f"{value * 1000:.2g} mm"
        if value < 0.01
        else f"{value:.2g} m"
        if value < 1e3
        else f"{value / 1000:.0f} km"
    )


@dataclass(frozen=True)
class Truth:
    """The nearest places of points by exact geodesics: pairs of a point and a place as near as any."""

    distance_m: Array
    point: Array
    chainage_m: Array

    def errors(self, chainage_m: Array, distance_m: Array) -> Errors:
        """Compare answers for the first points with the truth."""
        n = len(chainage_m)
        mine = self.point < n
        gap = np.full(n, np.inf)
        np.minimum.at(
            gap, self.point[mine], np.abs(chainage_m[self.point[mine]] - self.chainage_m[mine])
        )
        off = np.abs(distance_m - self.distance_m[:n]).max()
        return Errors(float(off), float(gap.max()), float((gap > WRONG_M).mean()))


@cache
def truth(n: int) -> Truth:
    """
    Find the nearest places of the first `n` points by exact geodesics.

    For every point all edges are tried by straight lines through the earth, and those that can be
    nearest by geodesics (Karney 2013): along each, the place is moved to the foot of the perpendicular
    until it stays.
    """
    line = load_boundary()
    lon, lat = points(n)
    point, edge = _possible_edges(lon, lat, line.lon, line.lat)
    a_lon, a_lat = line.lon[edge], line.lat[edge]
    azimuth, _, length = EARTH.inv(a_lon, a_lat, line.lon[edge + 1], line.lat[edge + 1])
    along = length / 2
    for _ in range(12):
        at_lon, at_lat, back = EARTH.fwd(a_lon, a_lat, azimuth, along)
        to_point, _, distance = EARTH.inv(at_lon, at_lat, lon[point], lat[point])
        ahead = distance * np.cos(np.radians(to_point - (back + 180)))
        along = np.clip(along + ahead, 0.0, length)
    at_lon, at_lat, _ = EARTH.fwd(a_lon, a_lat, azimuth, along)
    _, _, distance = EARTH.inv(at_lon, at_lat, lon[point], lat[point])
    nearest = np.full(n, np.inf)
    np.minimum.at(nearest, point, distance)
    right = distance <= nearest[point] + SAME_M
    span = line.chainage_m[edge + 1] - line.chainage_m[edge]
    chainage = line.chainage_m[edge] + along / length * span
    return Truth(nearest, point[right], chainage[right])


def _possible_edges(
    lon: Array, lat: Array, line_lon: Array, line_lat: Array
) -> tuple[Array, Array]:
    """Return pairs of a point and an edge whose chords do not rule out that it is the nearest."""
    vertices = _earth_centred(line_lon, line_lat)
    start, step = vertices[:-1], np.diff(vertices, axis=0)
    square = (step**2).sum(axis=1)
    pairs = []
    for begin in range(0, len(lon), 100):
        places = _earth_centred(lon[begin : begin + 100], lat[begin : begin + 100])
        from_start = places[:, None, :] - start
        share = np.clip((from_start * step).sum(axis=2) / square, 0, 1)
        gap = np.linalg.norm(from_start - share[..., None] * step, axis=2)
        point, edge = np.nonzero(gap <= gap.min(axis=1, keepdims=True) + SLACK_M)
        pairs.append((point + begin, edge))
    point, edge = zip(*pairs, strict=True)
    return np.concatenate(point), np.concatenate(edge)


def _earth_centred(lon: Array, lat: Array) -> Array:
    place = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    return np.column_stack(place.transform(lon, lat, np.zeros_like(lon)))
