"""The edges of a line as short arcs, and where perpendiculars from places meet them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from frontier_geo._closed_form import (
    ES,
    above_chord,
    along_arc,
    arc_ahead,
    arc_down,
    arc_over_chord,
    curvature_squared,
    dot,
)
from frontier_geo._validation import FloatArray
from frontier_geo.geodesy import WGS84, Columns, earth_centred, principal_radii, surface_normal

IntArray = NDArray[np.int64]

TIE_M = 1e-6  # distances closer than this are equal: the lower chainage wins
CLOSED_FORM_M = 300_000.0  # farther than this the closed form is polished with exact geodesics


@dataclass
class Foot:
    """Where perpendiculars from points meet edges. `chainage` in metres, `along` on the edge."""

    chainage: FloatArray
    along: FloatArray
    distance: FloatArray

    def take(self, index: NDArray[np.generic]) -> Foot:
        """Return the chosen ones."""
        return Foot(self.chainage[index], self.along[index], self.distance[index])


@dataclass(frozen=True)
class Edges:
    """
    The edges of a line: each a short arc in the plane of its chord and its mid-point normal.

    Vectors are earth-centred, with the component first: shape (3, n).
    """

    start: FloatArray  # metres
    end: FloatArray
    chord: FloatArray  # unit vector from start to end
    chord_length: FloatArray
    length: FloatArray  # geodesic, metres
    chainage: FloatArray  # of the start, metres
    end_chainage: FloatArray
    scale: FloatArray  # metres of chainage per geodesic metre: not 1 on a simplified line
    middle: FloatArray  # on the ellipsoid
    normal: FloatArray  # outward, at the middle
    left: FloatArray  # square to both, on the left; as long as the sine of their angle: 1
    radius: FloatArray  # of curvature along the edge
    bend: FloatArray  # how a perpendicular geodesic leaves the plane section, 1 / m²
    lonlat: FloatArray  # of the start, degrees, shape (n, 2)
    azimuth: FloatArray  # at the start, degrees
    middle_lonlat: FloatArray  # of the middle, and the azimuth there, degrees, shape (n, 3)
    across: FloatArray  # at each vertex, the sum of `left` of the edges that meet there, (3, n + 1)
    corner_side: (
        FloatArray  # at vertices where the line turns back: the side outside the turn, or 0
    )

    @classmethod
    def from_vertices(cls, lon: FloatArray, lat: FloatArray, chainage: FloatArray) -> Edges:
        """Make the edges between vertices, in degrees, with the chainage of each in metres."""
        vertices = earth_centred(lon, lat).T
        start, end = vertices[:, :-1], vertices[:, 1:]
        chord = end - start
        chord_length = np.linalg.norm(chord, axis=0)
        azimuth, _, length = WGS84.inv(lon[:-1], lat[:-1], lon[1:], lat[1:])
        mid_lon, mid_lat, back = WGS84.fwd(lon[:-1], lat[:-1], azimuth, length / 2)
        meridian, vertical = principal_radii(np.sin(np.radians(mid_lat)) ** 2)
        ahead = np.radians(back + 180.0)
        cos2_azimuth = np.cos(ahead) ** 2
        radius = 1.0 / (cos2_azimuth / meridian + (1.0 - cos2_azimuth) / vertical)
        chord /= np.maximum(chord_length, 1e-9)
        normal = surface_normal(mid_lon, mid_lat).T
        left = np.cross(normal, chord, axis=0)
        across = np.zeros_like(vertices)
        across[:, 1:] = left
        across[:, :-1] += left
        return cls(
            start=np.ascontiguousarray(start),
            end=np.ascontiguousarray(end),
            chord=np.ascontiguousarray(chord),
            chord_length=chord_length,
            length=length,
            chainage=chainage[:-1],
            end_chainage=chainage[1:],
            scale=np.diff(chainage) / np.maximum(length, 1e-9),
            middle=np.ascontiguousarray(earth_centred(mid_lon, mid_lat).T),
            normal=np.ascontiguousarray(normal),
            left=np.ascontiguousarray(left),
            radius=radius,
            bend=_bend(mid_lat, ahead, radius),
            lonlat=np.column_stack((lon[:-1], lat[:-1])),
            azimuth=azimuth,
            middle_lonlat=np.column_stack((mid_lon, mid_lat, back + 180.0)),
            across=np.ascontiguousarray(across),
            corner_side=_corner_side(chord, left),
        )

    @cached_property
    def sagitta(self) -> float:
        """How far the chord of the longest edge lies below the ground, in metres."""
        return float(self.chord_length.max()) ** 2 / (8.0 * 6.335e6)

    @cached_property
    def for_search(self) -> FloatArray:
        """What the search needs of each edge, in one cache line: shape (n, 8)."""
        columns = (*self.start, *self.chord, self.chord_length, self.length)
        return np.ascontiguousarray(np.column_stack(columns))

    @cached_property
    def for_foot(self) -> FloatArray:
        """What the foot on an edge needs, shape (n, 16)."""
        columns = (
            *self.middle, *self.chord, *self.normal, *self.left,
            self.radius, self.length, self.bend, self.scale,
        )  # fmt: skip
        return np.ascontiguousarray(np.column_stack(columns))

    @cached_property
    def for_vertex(self) -> FloatArray:
        """Place, `across`, `corner_side` and chainage of each vertex, shape (n + 1, 8)."""
        vertices = np.column_stack((self.start, self.end[:, -1]))
        chainage = np.append(self.chainage, self.end_chainage[-1])
        columns = (*vertices, *self.across, self.corner_side, chainage)
        return np.ascontiguousarray(np.column_stack(columns))

    def straight_squared(
        self, x: FloatArray, y: FloatArray, z: FloatArray, edge: IntArray
    ) -> FloatArray:
        """Return the squared straight distance from places to edges, within 1 mm up to 300 km."""
        length = self.chord_length[edge]
        chord2, ahead = self.to_chord(x, y, z, edge)
        return above_chord(chord2, np.minimum(np.maximum(ahead, 0.0), length), length)

    def to_chord(
        self, x: FloatArray, y: FloatArray, z: FloatArray, edge: IntArray
    ) -> tuple[FloatArray, FloatArray]:
        """Return the squared distance of places to chords, and how far ahead of the start they are."""
        wx, wy, wz = (p - s[edge] for p, s in zip((x, y, z), self.start, strict=True))
        ux, uy, uz = (u[edge] for u in self.chord)
        ahead = dot(wx, wy, wz, ux, uy, uz)
        along = np.minimum(np.maximum(ahead, 0.0), self.chord_length[edge])
        wx -= along * ux
        wy -= along * uy
        wz -= along * uz
        return dot(wx, wy, wz, wx, wy, wz), ahead

    def foot(self, x: FloatArray, y: FloatArray, z: FloatArray, edge: IntArray) -> Foot:
        """Drop the perpendicular geodesic from each place to an edge, and measure it."""
        mx, my, mz = (m[edge] for m in self.middle)
        wx, wy, wz = x - mx, y - my, z - mz
        ux, uy, uz = (u[edge] for u in self.chord)
        nx, ny, nz = (n[edge] for n in self.normal)
        radius, length = self.radius[edge], self.length[edge]
        half = length * 0.5
        ahead, up = dot(wx, wy, wz, ux, uy, uz), dot(wx, wy, wz, nx, ny, nz)
        left = dot(wx, wy, wz, *(v[edge] for v in self.left))
        bend = self.bend[edge]
        along = along_arc(ahead, up, left, radius, half, bend)
        far = up < -0.05 * radius  # about 2,000 km off: the series no longer holds
        if far.any():
            along[far] = (half + radius * np.arctan2(ahead, radius + up))[far]
        along = np.where(along < TIE_M, 0.0, along)  # a vertex keeps its own chainage
        along = np.where(along > length - TIE_M, length, along)
        turn = (along - half) / radius
        on, down = arc_ahead(turn, radius), arc_down(turn, radius)
        at_start, at_end = along <= 0.0, along >= length
        foot = [
            np.where(at_start, s[edge], np.where(at_end, e[edge], m + on * u - down * n))
            for s, e, m, u, n in zip(
                self.start, self.end, (mx, my, mz), (ux, uy, uz), (nx, ny, nz), strict=True
            )
        ]
        chainage = self.chainage[edge] + along * self.scale[edge]
        chainage = np.where(at_end, self.end_chainage[edge], chainage)
        return Foot(chainage, along, chord_to_geodesic((x, y, z), (foot[0], foot[1], foot[2])))

    def distance_to_end(
        self, x: FloatArray, y: FloatArray, z: FloatArray, edge: IntArray
    ) -> FloatArray:
        """Return the geodesic distance to the last vertex of edges."""
        ex, ey, ez = (e[edge] for e in self.end)
        return chord_to_geodesic((x, y, z), (ex, ey, ez))

    def places_at(self, chainage: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the longitude and latitude, in degrees, of places on the line."""
        edge = np.searchsorted(self.chainage, chainage, side="right") - 1
        edge = np.maximum(edge, 0)
        along = (chainage - self.chainage[edge]) / self.scale[edge]
        radius = self.radius[edge]
        turn = (along - self.length[edge] * 0.5) / radius
        on, down = arc_ahead(turn, radius), arc_down(turn, radius)
        x, y, z = (
            m[edge] + on * u[edge] - down * n[edge]
            for m, u, n in zip(self.middle, self.chord, self.normal, strict=True)
        )
        lon = np.degrees(np.arctan2(y, x))
        lat = np.degrees(np.arctan2(z, (1.0 - ES) * np.hypot(x, y)))
        at_vertex = along == 0.0  # give vertices back exactly
        return (
            np.where(at_vertex, self.lonlat[edge, 0], lon),
            np.where(at_vertex, self.lonlat[edge, 1], lat),
        )

    def polish(
        self,
        foot: Foot,
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

    def side(
        self, x: FloatArray, y: FloatArray, z: FloatArray, edge: IntArray, foot: Foot
    ) -> tuple[FloatArray, NDArray[np.int8]]:
        """Return the signed offset of each place and whether it lies past an end of the line."""
        last = self.length.size - 1
        mx, my, mz = (m[edge] for m in self.middle)
        sideways = dot(x - mx, y - my, z - mz, *(v[edge] for v in self.left))
        at_start, at_end = foot.along <= 0.0, foot.along >= self.length[edge]
        sx, sy, sz = (s[edge] for s in self.start)
        ahead = dot(x - sx, y - sy, z - sz, *(u[edge] for u in self.chord))
        before = at_start & (edge == 0) & (ahead < -TIE_M)
        after = at_end & (edge == last) & (ahead - self.chord_length[edge] > TIE_M)
        # At an inner vertex the side of the mean of both edges' directions decides: where the line
        # runs on nearly straight, the turn is rounding. Where it turns back, a point that is nearest
        # to the vertex lies in the reflex angle, opposite to the turn.
        vertex = np.where(at_start, edge, edge + 1)
        inner = (at_start | at_end) & (vertex > 0) & (vertex <= last)
        cx, cy, cz, ax, ay, az, corner, _ = self.for_vertex.T[:, vertex]
        of_mean = dot(x - cx, y - cy, z - cz, ax, ay, az)
        sign = np.where(inner, np.where(corner != 0.0, corner, of_mean), sideways)
        beyond = after.astype(np.int8) - before.astype(np.int8)
        signed = np.where(sign > 0.0, foot.distance, np.where(sign < 0.0, -foot.distance, 0.0))
        return np.where(beyond == 0, signed, sideways), beyond


def chord_to_geodesic(a: Columns, b: Columns) -> FloatArray:
    """Return the geodesic length between places on the ellipsoid, by Euler's radius midway."""
    dx, dy, dz = (q - p for p, q in zip(a, b, strict=True))
    chord2 = dot(dx, dy, dz, dx, dy, dz)
    curvature2 = curvature_squared(*a, *b, chord2)
    quarter = chord2 * curvature2 * 0.25
    length = np.sqrt(chord2) * arc_over_chord(quarter)
    far = quarter > 2.2e-3  # 600 km: the series no longer holds
    if far.any():
        half = np.sqrt(np.minimum(quarter[far], 1.0))
        length[far] = 2.0 / np.sqrt(curvature2[far]) * np.arcsin(half)
    return length


def _bend(lat: FloatArray, azimuth: FloatArray, radius: FloatArray) -> FloatArray:
    """
    Return by how much of its cubed length a geodesic leaves the plane section it begins in.

    Square to an edge of azimuth A it is e'² cos²(latitude) sin(2 A) s³ / 12 R², the first term of the
    difference between a normal section and a geodesic; what follows is below 2 mm at 200 km.
    """
    second = ES / (1.0 - ES)
    return second * np.cos(np.radians(lat)) ** 2 * np.sin(2.0 * azimuth) / (12.0 * radius**2)


def _corner_side(chord: FloatArray, left: FloatArray) -> FloatArray:
    """Return for each vertex the side outside its turn, or 0 where the line runs onward."""
    into, out = slice(None, -1), slice(1, None)
    turn = dot(*chord[:, out], *left[:, into])
    back = dot(*chord[:, into], *chord[:, out]) <= 0.0
    return np.concatenate(([0.0], np.where(back, -np.sign(turn), 0.0), [0.0]))
