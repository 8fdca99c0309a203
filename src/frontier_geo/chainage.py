"""
Linear referencing on a polyline, on the ellipsoid: arrays in, arrays out.

The nearest place is searched in earth-centred coordinates, so that no projection decides which
of two river bends is the nearer. A tree of spheres over consecutive edges leaves a handful of
edges for each point; on those the foot of the perpendicular geodesic is found in closed form.
Up to 200 km from the line a distance is within 1 mm, and a chainage within 1 cm, of an exhaustive
search with `pyproj.Geod`. Beyond 10,000 km the answer is a rough one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.geodesy import WGS84, earth_centred, surface_normal

__all__ = ["Approaches", "LineIndex", "Spread"]

IntArray = NDArray[np.int64]

BRANCHING = 8  # edges per leaf sphere, spheres per sphere above it
CHUNK = 20_000  # points searched at once
MOST_PAIRS = 4_000_000  # of points and edges held at once: above it a chunk is halved
LONGEST_EDGE_M = 10_000.0  # longer edges are cut along their geodesic before the search
TIE_M = 1e-6  # distances closer than this are equal: the lower chainage wins
SPREAD_SIGMAS = 7.0  # how far out a point is spread: 3e-12 of a normal error lies beyond
POLISH_BEYOND_M = 50_000.0  # farther than this the closed form is polished with exact geodesics


@dataclass(frozen=True)
class Approaches:
    """
    Places where a line comes near to points: one entry for each point and stretch of line.

    Entries are sorted by point, then by distance (ties: the lower chainage first).

    Attributes
    ----------
    point : ndarray of int, shape (n,)
        Index of the point.
    rank : ndarray of int, shape (n,)
        0 for the nearest place of the point, then 1, 2, ...
    chainage_m, distance_m : ndarray of float, shape (n,)
        Metres along the line and metres to it, both geodesic.
    offset_m : ndarray of float, shape (n,)
        Lateral distance, left of increasing chainage positive. Past an end of the line it is
        measured from the line's extension, and is smaller than the distance.
    beyond : ndarray of int8, shape (n,)
        -1 where the point lies past the start of the line, 1 past its end, else 0.
    """

    point: IntArray
    rank: IntArray
    chainage_m: FloatArray
    distance_m: FloatArray
    offset_m: FloatArray
    beyond: NDArray[np.int8]


@dataclass(frozen=True)
class Spread:
    """
    How likely each bit of a line is the place of uncertain points; sums to 1 for each point.

    Attributes
    ----------
    point : ndarray of int, shape (n,)
        Index of the point. Ascending, but for the entries past the ends, which come last.
    chainage_m : ndarray of float, shape (n,)
        Chainage of the middle of the bit (an edge of the line), in metres; minus infinity for all
        that lies past the start of the line, infinity for all past its end.
    probability : ndarray of float, shape (n,)
    """

    point: IntArray
    chainage_m: FloatArray
    probability: FloatArray


@dataclass(frozen=True)
class _Level:
    """Spheres around runs of consecutive edges; the children of sphere k are 8k ... 8k + 7."""

    centre: FloatArray
    radius: FloatArray


@dataclass(frozen=True)
class LineIndex:
    """
    A polyline ready for linear referencing.

    Parameters
    ----------
    lon, lat : ndarray of float, shape (n,)
        Vertices in digitising order, degrees on WGS84.
    chainage_m : ndarray of float, shape (n,)
        Geodesic chainage of each vertex, in metres.

    Examples
    --------
    >>> import numpy as np
    >>> index = LineIndex(np.array([70.0, 71.0]), np.array([0.0, 0.0]), np.array([0.0, 111319.491]))
    >>> near = index.locate([70.5], [0.1])
    >>> round(float(near.chainage_m[0])), round(float(near.offset_m[0]))
    (55660, 11057)
    """

    lon: FloatArray
    lat: FloatArray
    chainage_m: FloatArray
    _edges: _Edges = field(init=False, repr=False)
    _levels: tuple[_Level, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        lon, lat, chainage = _split_long_edges(self.lon, self.lat, self.chainage_m)
        object.__setattr__(self, "_edges", _Edges.from_vertices(lon, lat, chainage))
        object.__setattr__(self, "_levels", _sphere_tree(self._edges))

    def locate(self, lon: ArrayLike, lat: ArrayLike, *, tolerance_m: ArrayLike = 0.0) -> Approaches:
        """
        Find where the line comes nearest to each point, and where nearly as near.

        Parameters
        ----------
        lon, lat : array_like of float, shape (n,)
            Points, finite degrees on WGS84.
        tolerance_m : float or array_like of float, shape (n,), default 0
            Every contiguous stretch of line that comes within the nearest distance plus this many
            metres gives one entry: its nearest place. With 0 there is one entry for each point.

        Returns
        -------
        Approaches
        """
        lon = np.atleast_1d(np.asarray(lon, dtype=np.float64))
        lat = np.atleast_1d(np.asarray(lat, dtype=np.float64))
        tolerance = np.broadcast_to(np.asarray(tolerance_m, dtype=np.float64), lon.shape)
        parts = _in_chunks(self._locate_chunk, lon, lat, tolerance, size=CHUNK)
        if not parts:
            none = np.empty(0)
            return Approaches(
                none.astype(int), none.astype(int), none, none, none, none.astype("i1")
            )
        return Approaches(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def interpolate(self, chainage_m: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Return the longitude and latitude of places on the line, by chainage in metres."""
        chainage = np.atleast_1d(np.asarray(chainage_m, dtype=np.float64))
        edge = np.searchsorted(self.chainage_m, chainage, side="right") - 1
        edge = np.clip(edge, 0, self.chainage_m.size - 2)
        azimuth, _, length = WGS84.inv(
            self.lon[edge], self.lat[edge], self.lon[edge + 1], self.lat[edge + 1]
        )
        span = self.chainage_m[edge + 1] - self.chainage_m[edge]
        along = (chainage - self.chainage_m[edge]) / span * length
        lon, lat, _ = WGS84.fwd(self.lon[edge], self.lat[edge], azimuth, along)
        at_vertex = along == 0.0  # give vertices back exactly
        lon = np.where(at_vertex, self.lon[edge], lon)
        lat = np.where(at_vertex, self.lat[edge], lat)
        at_end = chainage == self.chainage_m[-1]
        return np.where(at_end, self.lon[-1], lon), np.where(at_end, self.lat[-1], lat)

    def with_vertices_at(self, chainage_m: ArrayLike) -> LineIndex:
        """Return the same line with more vertices, so that no edge reaches across these chainages."""
        wanted = np.asarray(chainage_m, dtype=np.float64)
        inside = wanted[(wanted > 0) & (wanted < self.chainage_m[-1])]
        extra = np.setdiff1d(inside, self.chainage_m)
        lon, lat = self.interpolate(extra)
        at = np.searchsorted(self.chainage_m, extra)
        return LineIndex(
            np.insert(self.lon, at, lon),
            np.insert(self.lat, at, lat),
            np.insert(self.chainage_m, at, extra),
        )

    def spread(
        self, lon: ArrayLike, lat: ArrayLike, sigma_m: ArrayLike, *, past_ends: bool = False
    ) -> Spread:
        """
        Spread uncertain points over the line.

        A point is reported at P, with an error that is normal with standard deviation `sigma_m` in
        both directions. No stretch of the line is favoured beforehand. The perpendicular from P
        meets the geodesic through an edge at a distance y, and at a place s along it; the density at
        x along the edge is proportional to exp(-(y² + (x - s)²) / 2 sigma²), which integrates to a
        difference of normal distribution functions. On a straight line, a geodesic, the result is
        the normal distribution along it; at a river bend every arm gets its share.

        Parameters
        ----------
        lon, lat : array_like of float, shape (n,)
            Points, degrees on WGS84.
        sigma_m : float or array_like of float, shape (n,)
            Standard deviations in metres, above 0.
        past_ends : bool, default False
            The line goes on past its ends along the geodesics of its first and last edge, and what
            falls there has entries of its own. Otherwise the place is known to be on the line.

        Returns
        -------
        Spread
            Bits farther out than 7 sigma are left out.
        """
        lon = np.atleast_1d(np.asarray(lon, dtype=np.float64))
        lat = np.atleast_1d(np.asarray(lat, dtype=np.float64))
        sigma = np.broadcast_to(np.asarray(sigma_m, dtype=np.float64), lon.shape)
        work = partial(self._spread_chunk, past_ends)
        parts = _in_chunks(work, lon, lat, sigma, size=CHUNK // 10)
        if not parts:
            return Spread(np.empty(0, dtype=np.int64), np.empty(0), np.empty(0))
        return Spread(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def _spread_chunk(
        self, past_ends: bool, lon: FloatArray, lat: FloatArray, sigma: FloatArray, first: int
    ) -> tuple[IntArray, FloatArray, FloatArray]:
        near = self.locate(lon, lat).distance_m
        window = np.sqrt(near**2 + (SPREAD_SIGMAS * sigma) ** 2) - near
        point, edge = self._candidate_edges(earth_centred(lon, lat), window)
        ahead, aside = self._edges.frame(lon[point], lat[point], edge)
        spread = sigma[point]
        low = -ahead / spread
        high = (self._edges.length[edge] - ahead) / spread
        off = -((aside / spread) ** 2) / 2
        middle = self._edges.chainage + self._edges.scale * self._edges.length / 2
        log_weight, chainage = off + _log_normal_between(low, high), middle[edge]
        if past_ends:
            start, end = edge == 0, edge == self._edges.length.size - 1
            beyond = [
                (point[start], off[start] + _log_normal_below(low[start]), -np.inf),
                (point[end], off[end] + _log_normal_below(-high[end]), np.inf),
            ]
            point = np.concatenate([point, *(where for where, _, _ in beyond)])
            log_weight = np.concatenate([log_weight, *(weight for _, weight, _ in beyond)])
            ends = [np.full(where.size, side) for where, _, side in beyond]
            chainage = np.concatenate([chainage, *ends])
        most = np.full(lon.size, -np.inf)
        np.maximum.at(most, point, log_weight)
        weight = np.exp(log_weight - most[point])
        weight /= np.bincount(point, weight, minlength=lon.size)[point]
        keep = weight > 0
        return point[keep] + first, chainage[keep], weight[keep]

    def _locate_chunk(
        self, lon: FloatArray, lat: FloatArray, tolerance: FloatArray, first: int
    ) -> tuple[NDArray[Any], ...]:
        places = earth_centred(lon, lat)
        point, edge = self._candidate_edges(places, tolerance)
        foot = self._edges.foot(places[point], edge)
        nearest = np.minimum.reduceat(foot.distance, _starts(point))
        reach = nearest + np.maximum(tolerance, TIE_M)
        keep = foot.distance <= reach[point]
        point, edge, foot = point[keep], edge[keep], foot.take(keep)
        joined = _chord_to_geodesic(places[point], self._edges.end[edge]) <= reach[point]
        far = foot.distance > POLISH_BEYOND_M
        if far.any():
            self._edges.polish(foot, lon[point], lat[point], edge, far)
        best = _best_of_each_run(point, edge, foot.distance, joined)
        point, edge, foot = point[best], edge[best], foot.take(best)
        order, rank = _rank(point, foot.distance, foot.chainage)
        if not (tolerance > 0).any():
            order, rank = order[rank == 0], rank[rank == 0]
        elif (tolerance == 0).any():
            keep = (rank == 0) | (tolerance[point[order]] > 0)
            order, rank = order[keep], rank[keep]
        point, edge, foot = point[order], edge[order], foot.take(order)
        offset, beyond = self._edges.side(places[point], edge, foot)
        return (point + first, rank, foot.chainage, foot.distance, offset, beyond)

    def _candidate_edges(
        self, places: FloatArray, tolerance: FloatArray
    ) -> tuple[IntArray, IntArray]:
        """Return the pairs (point, edge) that can hold a place within reach, sorted."""
        top = self._levels[0]
        n = len(places)
        point = np.repeat(np.arange(n), len(top.radius))
        node = np.tile(np.arange(len(top.radius)), n)
        for depth, level in enumerate(self._levels):
            if depth:
                point, node = _children(point, node, len(level.radius))
            if point.size > MOST_PAIRS and n > 1:
                raise _TooManyPairs
            gap = np.linalg.norm(places[point] - level.centre[node], axis=1)
            reach = np.minimum.reduceat(gap + level.radius[node], _starts(point))
            keep = gap - level.radius[node] <= (reach + _slack(reach) + tolerance)[point]
            point, node = point[keep], node[keep]
        point, edge = _children(point, node, self._edges.length.size)
        if point.size > MOST_PAIRS and n > 1:
            raise _TooManyPairs
        distance = self._edges.chord_distance(places[point], edge)
        reach = np.minimum.reduceat(distance, _starts(point))
        keep = distance <= (reach + _slack(reach) + tolerance)[point]
        return point[keep], edge[keep]


@dataclass
class _Foot:
    """Where perpendiculars from points meet edges. `chainage` in metres, `along` on the edge."""

    chainage: FloatArray
    along: FloatArray
    distance: FloatArray

    def take(self, index: NDArray[np.generic]) -> _Foot:
        return _Foot(self.chainage[index], self.along[index], self.distance[index])


@dataclass(frozen=True)
class _Edges:
    """The edges of a line: each a short arc in the plane of its chord and its mid-point normal."""

    start: FloatArray  # earth-centred, metres
    end: FloatArray
    chord: FloatArray  # unit vector from start to end
    chord_length: FloatArray
    length: FloatArray  # geodesic, metres
    chainage: FloatArray  # of the start, metres
    scale: FloatArray  # metres of chainage per geodesic metre: not 1 on a simplified line
    middle: FloatArray  # on the ellipsoid
    normal: FloatArray  # outward, at the middle
    radius: FloatArray  # of curvature along the edge
    lonlat: FloatArray  # of the start, degrees
    azimuth: FloatArray  # at the start, degrees
    middle_lonlat: FloatArray  # of the middle, and the azimuth there, degrees

    @classmethod
    def from_vertices(cls, lon: FloatArray, lat: FloatArray, chainage: FloatArray) -> _Edges:
        vertices = earth_centred(lon, lat)
        start, end = vertices[:-1], vertices[1:]
        chord = end - start
        chord_length = np.linalg.norm(chord, axis=1)
        azimuth, _, length = WGS84.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
        mid_lon, mid_lat, back = WGS84.fwd(lon[:-1], lat[:-1], azimuth, length / 2)
        sin2 = np.sin(np.radians(mid_lat)) ** 2
        meridian, vertical = _principal_radii(sin2)
        cos2_azimuth = np.cos(np.radians(azimuth)) ** 2
        return cls(
            start=start,
            end=end,
            chord=chord / np.maximum(chord_length, 1e-9)[:, None],
            chord_length=chord_length,
            length=length,
            chainage=chainage[:-1],
            scale=np.diff(chainage) / np.maximum(length, 1e-9),
            middle=earth_centred(mid_lon, mid_lat),
            normal=surface_normal(mid_lon, mid_lat),
            radius=1.0 / (cos2_azimuth / meridian + (1.0 - cos2_azimuth) / vertical),
            lonlat=np.column_stack((lon[:-1], lat[:-1])),
            azimuth=azimuth,
            middle_lonlat=np.column_stack((mid_lon, mid_lat, back + 180.0)),
        )

    def chord_distance(self, places: FloatArray, edge: IntArray) -> FloatArray:
        """Return the straight distance from places to the chords of edges."""
        from_start = places - self.start[edge]
        along = np.einsum("ij,ij->i", from_start, self.chord[edge])
        along = np.clip(along, 0.0, self.chord_length[edge])
        return np.linalg.norm(from_start - along[:, None] * self.chord[edge], axis=1)

    def foot(self, places: FloatArray, edge: IntArray) -> _Foot:
        """Drop the perpendicular geodesic from each place to an edge, and measure it."""
        radius = self.radius[edge]
        half = self.length[edge] / 2
        from_middle = places - self.middle[edge]
        ahead = np.einsum("ij,ij->i", from_middle, self.chord[edge])
        up = np.einsum("ij,ij->i", from_middle, self.normal[edge])
        # Perpendiculars of a geodesic draw together by cos(D * sqrt(K)): the ratio below is that.
        turn = np.arctan2(ahead, radius + up)
        along = np.clip(half + radius * turn, 0.0, 2 * half)
        turn = (along - half) / radius
        foot = (
            self.middle[edge]
            + (radius * np.sin(turn))[:, None] * self.chord[edge]
            - (2.0 * radius * np.sin(turn / 2) ** 2)[:, None] * self.normal[edge]
        )
        foot = np.where((along <= 0.0)[:, None], self.start[edge], foot)
        foot = np.where((along >= 2 * half)[:, None], self.end[edge], foot)
        chainage = self.chainage[edge] + along * self.scale[edge]
        return _Foot(chainage, along, _chord_to_geodesic(places, foot))

    def polish(
        self,
        foot: _Foot,
        lon: FloatArray,
        lat: FloatArray,
        edge: IntArray,
        which: NDArray[np.bool_],
    ) -> None:
        """Newton steps on the exact geodesic distance, in place, for the chosen entries."""
        edge, along = edge[which], foot.along[which]
        length = self.length[edge]
        start_lon, start_lat = self.lonlat[edge].T
        for step in (1, 2, 3):
            q_lon, q_lat, back = WGS84.fwd(start_lon, start_lat, self.azimuth[edge], along)
            to_point, _, distance = WGS84.inv(q_lon, q_lat, lon[which], lat[which])
            if step < 3:
                forward = np.radians(to_point - (back + 180.0))
                pull = WGS84.a * np.tan(np.clip(distance / WGS84.a, 0.0, 1.5))
                along = np.clip(along + np.cos(forward) * pull, 0.0, length)
        foot.along[which] = along
        foot.chainage[which] = self.chainage[edge] + along * self.scale[edge]
        foot.distance[which] = distance

    def frame(
        self, lon: FloatArray, lat: FloatArray, edge: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """
        Return how far ahead of the start of an edge, along its geodesic, and how far aside points lie.

        The geodesic from the middle of the edge is exact; the right-angled triangle it spans with
        the edge is solved on the sphere of the curvature half-way. Within 60 km of the edge both
        are good to 0.1 mm.
        """
        mid_lon, mid_lat, azimuth = self.middle_lonlat[edge].T
        to_point, _, distance = WGS84.inv(mid_lon, mid_lat, lon, lat)
        angle = np.radians(to_point - azimuth)
        meridian, vertical = _principal_radii(np.sin(np.radians((mid_lat + lat) / 2)) ** 2)
        radius = np.sqrt(meridian * vertical)
        arc = distance / radius
        ahead = radius * np.arctan2(np.sin(arc) * np.cos(angle), np.cos(arc))
        aside = radius * np.arcsin(np.sin(arc) * np.sin(angle))
        return ahead + self.length[edge] / 2, aside

    def side(
        self, places: FloatArray, edge: IntArray, foot: _Foot
    ) -> tuple[FloatArray, NDArray[np.int8]]:
        """Return the signed offset of each place and whether it lies past an end of the line."""
        last = self.length.size - 1
        lateral = np.cross(self.normal[edge], self.chord[edge])
        sideways = np.einsum("ij,ij->i", places - self.middle[edge], lateral)
        sign = np.sign(sideways)
        at_start, at_end = foot.along <= 0.0, foot.along >= self.length[edge]
        before = at_start & (edge == 0)
        after = at_end & (edge == last)
        ahead = np.einsum("ij,ij->i", places - self.start[edge], self.chord[edge])
        before &= ahead < -TIE_M
        after &= ahead - self.chord_length[edge] > TIE_M
        # At an inner vertex the point lies in the reflex angle: opposite to the line's turn.
        vertex = np.where(at_start, edge, edge + 1)
        inner = (at_start | at_end) & (vertex > 0) & (vertex <= last)
        into, out = np.clip(vertex - 1, 0, last), np.clip(vertex, 0, last)
        turn = np.einsum("ij,ij->i", self.chord[out], np.cross(self.normal[into], self.chord[into]))
        # Where the line runs on nearly straight the turn is rounding: there the side of the mean
        # of both edges' directions decides, which is the same thing everywhere else.
        across = np.cross(self.normal[into], self.chord[into])
        across += np.cross(self.normal[out], self.chord[out])
        corner = np.where(at_start[:, None], self.start[edge], self.end[edge])
        side_of_mean = np.sign(np.einsum("ij,ij->i", places - corner, across))
        onward = np.einsum("ij,ij->i", self.chord[into], self.chord[out]) > 0.0
        sign = np.where(inner, np.where(onward, side_of_mean, -np.sign(turn)), sign)
        beyond = after.astype(np.int8) - before.astype(np.int8)
        offset = np.where(beyond == 0, sign * foot.distance, sideways)
        return offset, beyond


def _log_normal_below(x: FloatArray) -> FloatArray:
    """Return the log of the normal distribution function."""
    from scipy.special import log_ndtr

    return log_ndtr(x)


def _log_normal_between(low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the log of the probability that a standard normal number lies between two."""
    flip = low > 0  # keep to the tail where the logarithm is exact
    low, high = np.where(flip, -high, low), np.where(flip, -low, high)
    upper = _log_normal_below(high)
    with np.errstate(divide="ignore"):
        return upper + np.log(-np.expm1(np.minimum(_log_normal_below(low) - upper, 0.0)))


class _TooManyPairs(Exception):
    """A chunk of points has too many edges within reach; never leaves this module."""


def _in_chunks(
    work: Callable[..., tuple[NDArray[Any], ...]], *columns: FloatArray, size: int
) -> list[tuple[NDArray[Any], ...]]:
    """Do the work on slices of the columns, small enough for it, and return the parts in order."""
    parts = []
    first, total = 0, columns[0].size
    while first < total:
        try:
            part = work(*(column[first : first + size] for column in columns), first)
        except _TooManyPairs:
            size = max(1, min(size, total - first) // 2)
            continue
        parts.append(part)
        first += size
    return parts


def _principal_radii(sin2: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the radii of curvature along the meridian and across it, by sin² of the latitude."""
    w2 = 1.0 - WGS84.es * sin2
    vertical = WGS84.a / np.sqrt(w2)
    return vertical * (1.0 - WGS84.es) / w2, vertical


def _chord_to_geodesic(a: FloatArray, b: FloatArray) -> FloatArray:
    """Return the geodesic length between places on the ellipsoid, by Euler's radius midway."""
    span, middle = b - a, (a + b) / 2
    chord = np.linalg.norm(span, axis=1)
    from_axis = np.hypot(middle[:, 0], middle[:, 1])
    z2 = (middle[:, 2] / (1.0 - WGS84.es)) ** 2
    meridian, vertical = _principal_radii(z2 / (z2 + from_axis**2))
    eastward = (span[:, 1] * middle[:, 0] - span[:, 0] * middle[:, 1]) / np.maximum(from_axis, 1.0)
    sin2 = np.clip((eastward / np.maximum(chord, 1e-12)) ** 2, 0.0, 1.0)
    radius = 1.0 / ((1.0 - sin2) / meridian + sin2 / vertical)
    return 2.0 * radius * np.arcsin(np.clip(chord / (2.0 * radius), 0.0, 1.0))


def _slack(reach: FloatArray) -> FloatArray:
    """
    Return by how much a straight distance may mislead about a geodesic one, in metres.

    Chords of 10 km lie up to 2 m below the ground. Two geodesics of one straight length differ with
    their azimuth by up to 1.4 % of (chord)³ / 24 R².
    """
    return 2.5 + 0.014 * reach**3 / (24.0 * 6.335e6**2)


def _starts(sorted_ids: IntArray) -> IntArray:
    """Return where each new value begins in a sorted array in which every value occurs."""
    return np.flatnonzero(np.concatenate(([True], sorted_ids[1:] != sorted_ids[:-1])))


def _children(point: IntArray, node: IntArray, n: int) -> tuple[IntArray, IntArray]:
    """Return the pairs one level down the tree; `n` is the number of nodes there."""
    child = (node[:, None] * BRANCHING + np.arange(BRANCHING)).ravel()
    inside = child < n
    return np.repeat(point, BRANCHING)[inside], child[inside]


def _sphere_tree(edges: _Edges) -> tuple[_Level, ...]:
    """Return the levels of spheres, the coarsest first; its finest holds 8 edges a sphere."""
    levels: list[_Level] = []
    size = BRANCHING
    while True:
        first = np.arange(0, edges.length.size, size)
        low = np.minimum.reduceat(np.minimum(edges.start, edges.end), first)
        high = np.maximum.reduceat(np.maximum(edges.start, edges.end), first)
        centre = (low + high) / 2
        own = np.repeat(np.arange(first.size), np.diff(np.append(first, edges.length.size)))
        away = np.maximum(
            np.linalg.norm(edges.start - centre[own], axis=1),
            np.linalg.norm(edges.end - centre[own], axis=1),
        )
        levels.append(_Level(centre, np.maximum.reduceat(away, first)))
        if first.size <= 2 * BRANCHING:
            return tuple(reversed(levels))
        size *= BRANCHING


def _best_of_each_run(
    point: IntArray, edge: IntArray, distance: FloatArray, joined: NDArray[np.bool_]
) -> IntArray:
    """
    Return the index of the nearest edge in each stretch within reach of one point.

    `joined` says whether the end of an edge, too, is within reach: else the next begins a stretch.
    """
    next_edge = (point[1:] == point[:-1]) & (edge[1:] == edge[:-1] + 1) & joined[:-1]
    new = np.concatenate(([True], ~next_edge))
    run = np.cumsum(new) - 1
    order = np.lexsort((edge, distance, run))
    return np.sort(order[_starts(run[order])])


def _rank(point: IntArray, distance: FloatArray, chainage: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the order by point, distance and chainage, and the rank within each point."""
    order = np.lexsort((chainage, np.round(distance / TIE_M), point))
    begin = _starts(point[order])
    rank = np.arange(point.size) - np.repeat(begin, np.diff(np.append(begin, point.size)))
    return order, rank


def _split_long_edges(
    lon: FloatArray, lat: FloatArray, chainage: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Cut edges longer than `LONGEST_EDGE_M` into equal parts along their geodesic."""
    pieces = np.maximum(1, np.ceil(np.diff(chainage) / LONGEST_EDGE_M)).astype(int)
    if (pieces == 1).all():
        return lon, lat, chainage
    edge = np.repeat(np.arange(pieces.size), pieces)
    step = np.arange(edge.size) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    azimuth, _, length = WGS84.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
    along = step * length[edge] / pieces[edge]
    new_lon, new_lat, _ = WGS84.fwd(lon[:-1][edge], lat[:-1][edge], azimuth[edge], along)
    new_lon = np.where(step == 0, lon[:-1][edge], new_lon)
    new_lat = np.where(step == 0, lat[:-1][edge], new_lat)
    measure = chainage[:-1][edge] + step * np.diff(chainage)[edge] / pieces[edge]
    return (
        np.append(new_lon, lon[-1]),
        np.append(new_lat, lat[-1]),
        np.append(measure, chainage[-1]),
    )
