"""
From what a caller calls a line to one simple line with two ends, or why it is not one.

Parts that do not join are told apart by number, the longest being 1. A ring is opened where no point
beside it is past its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral
from typing import Any

import numpy as np
import shapely

from frontier_geo._validation import FloatArray, check_geographic, check_lonlat, check_vertices
from frontier_geo.errors import CRSError, GeometryError, LineError, ParameterError, VertexError
from frontier_geo.geodesy import WGS84, geodesic_chainage

NEAR_END_KM = 100.0  # so near is near an end, however short the line
MOST_TOLD = 8  # parts that a message names
#: A quarter of the equator. A border may run straight from the equator to a pole; of longer edges nobody
#: can say which way round the Earth is meant, and near the antipode the shortest way is not unique.
LONGEST_EDGE_KM = 10_019.0

Place = tuple[float, float]


@dataclass(frozen=True, eq=False)
class LinePart:
    """
    An unbroken line in degrees.

    Attributes
    ----------
    lon, lat : ndarray of float, shape (n,)
        Its vertices, none the same as the one before.
    """

    lon: FloatArray
    lat: FloatArray

    @cached_property
    def length_km(self) -> float:
        """Geodesic length."""
        return float(geodesic_chainage(self.lon, self.lat)[-1]) / 1000

    @property
    def vertices(self) -> tuple[FloatArray, FloatArray]:
        """Longitudes and latitudes."""
        return self.lon, self.lat

    @property
    def ends(self) -> tuple[Place, Place]:
        """First and last vertex."""
        first, last = ((float(self.lon[k]), float(self.lat[k])) for k in (0, -1))
        return first, last

    @property
    def ring(self) -> bool:
        """Whether it ends where it begins."""
        return self.ends[0] == self.ends[1]

    def turned(self) -> LinePart:
        """Return it the other way round."""
        return LinePart(self.lon[::-1], self.lat[::-1])

    def told(self) -> str:
        """Say how long it is and where it lies."""
        line = self if begins_in_the_west(self) else self.turned()
        first, last = (f"({lon:.4f}, {lat:.4f})" for lon, lat in line.ends)
        where = f"a ring through {first}" if self.ring else f"from {first} to {last}"
        return f"{self.length_km:,.1f} km, {where}"


def one_geometry(line: Any, crs: Any) -> Any:
    """Return the bare geometry of a layer or shape, its CRS checked."""
    if hasattr(line, "geometry") and hasattr(line, "crs"):
        check_geographic(line.crs if line.crs is not None else crs, name="the line")
        parts = [part for part in line.geometry if part is not None and not part.is_empty]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            raise GeometryError(
                f"A boundary needs a line, but the layer of {len(line)} rows holds none."
            )
        lines = [p for part in parts for p in getattr(part, "geoms", [part])]
        other = next((p.geom_type for p in lines if p.geom_type != "LineString"), None)
        if other:
            raise GeometryError(
                f"A boundary needs a line, but the layer of {len(line)} rows has a {other}."
            )
        return shapely.multilinestrings(lines)
    if not isinstance(line, shapely.Geometry):
        raise GeometryError(
            "A boundary is made from a LineString, MultiLineString, GeoSeries or GeoDataFrame, "
            f"but a {type(line).__name__} was given."
        )
    if crs is None:
        raise CRSError(
            "A bare geometry does not say which CRS it is in. If its coordinates are longitude and "
            'latitude, pass crs="EPSG:4326"; otherwise convert it first with geopandas to_crs(4326).'
        )
    check_geographic(crs, name="the line")
    return line


def line_parts(geometry: Any) -> list[LinePart]:
    """
    Return the unbroken lines of a geometry, the longest first, or say why it is no line.

    Parts that join end to end are one; the digitising direction is kept where it can be.
    """
    if geometry.is_empty:
        raise GeometryError("A boundary needs a line, but the geometry is empty.")
    if geometry.geom_type not in ("LineString", "LinearRing", "MultiLineString"):
        raise GeometryError(
            f"A boundary needs a line, but the geometry is a {geometry.geom_type}. For the border of "
            "two countries use Boundary.between(..., countries=); for the whole border of a polygon "
            "take its .exterior."
        )
    vertices = shapely.get_coordinates(geometry)
    check_vertices(*vertices.T)
    if (vertices == vertices[0]).all():
        raise VertexError(
            f"A line needs two or more different vertices, but all {len(vertices)} of this one are "
            f"({vertices[0, 0]:.6f}, {vertices[0, 1]:.6f})."
        )
    if geometry.geom_type == "MultiLineString":
        merged = shapely.line_merge(geometry, directed=True)  # keep the digitising direction
        geometry = merged if merged.geom_type == "LineString" else shapely.line_merge(geometry)
    lines = [shapely.get_coordinates(part) for part in shapely.get_parts(geometry)]
    return sorted_parts(line for line in lines if (line != line[0]).any())


def sorted_parts(lines: Iterable[FloatArray]) -> list[LinePart]:
    """Return lines, each an array of longitudes and latitudes, as parts, the longest first."""
    parts = [LinePart(*without_repeats(*line.T)) for line in lines]
    return sorted(parts, key=lambda part: (-part.length_km, *part.ends[0]))


def choose_part(
    parts: Sequence[LinePart], part: int | None, *, whole: str, advice: Callable[[], str]
) -> LinePart:
    """
    Return the one part there is, or the one asked for by its number from 1.

    Parameters
    ----------
    parts : sequence of LinePart
        The longest first.
    part : int or None
        Its number.
    whole : str
        What messages call all of them.
    advice : callable
        Gives what to do where none was asked for.
    """
    if part is None:
        if len(parts) == 1:
            return parts[0]
        raise LineError(
            f"A boundary must be one unbroken line, but {whole} is in {len(parts)} parts: "
            f"{told_parts(parts)}. {advice()}"
        )
    number = part if isinstance(part, Integral) and not isinstance(part, bool) else 0
    if not 1 <= number <= len(parts):
        raise ParameterError(
            f"part must be a number from 1 to {len(parts)}, but is {part!r}. {whole[:1].upper()}"
            f"{whole[1:]} has these parts: {told_parts(parts)}."
        )
    return parts[int(number) - 1]


def told_parts(parts: Sequence[LinePart]) -> str:
    """Say of each part how long it is and where it lies."""
    told = [f"{number}: {part.told()}" for number, part in enumerate(parts[:MOST_TOLD], start=1)]
    more = len(parts) - MOST_TOLD
    return "; ".join(told) + (f"; and {more} shorter ones" if more > 0 else "")


def check_simple(part: LinePart) -> None:
    """Refuse a line that crosses or touches itself; a ring may close."""
    line = shapely.linestrings(np.unwrap(part.lon, period=360.0), part.lat)
    if not line.is_simple:
        raise LineError(_crossing_message(line))


def check_edges(part: LinePart) -> None:
    """Refuse a line with an edge so long that it could run either way round the Earth."""
    edges_km = np.diff(geodesic_chainage(part.lon, part.lat)) / 1000
    if edges_km.max() <= LONGEST_EDGE_KM:
        return
    first = int(edges_km.argmax())
    ends = (f"({part.lon[k]:.4f}, {part.lat[k]:.4f})" for k in (first, first + 1))
    raise LineError(
        f"An edge of a boundary must be no longer than {LONGEST_EDGE_KM:,.0f} km, a quarter of the "
        f"equator, but the one between vertices {first + 1} and {first + 2}, "
        f"{' and '.join(ends)}, is {edges_km[first]:,.0f} km long: which way round the Earth it runs "
        "cannot be told. Put vertices between them."
    )


def opened(part: LinePart, start: tuple[float, float] | None) -> LinePart:
    """
    Return a ring as a line that begins and ends at one place; an open line as it is.

    The place is the middle of an edge: the one that follows the westernmost vertex (of several the
    southernmost), or the one nearest to `start`. In the middle of an edge, unlike at a vertex, no
    point near the line is past its end.
    """
    if not part.ring:
        return part
    lon, lat = part.lon[:-1], part.lat[:-1]
    if start is None:
        edge = int(np.lexsort((lat, np.unwrap(part.lon, period=360.0)[:-1]))[0])
    else:
        from frontier_geo.chainage import LineIndex

        chainage = geodesic_chainage(part.lon, part.lat)
        near = LineIndex(part.lon, part.lat, chainage).locate([start[0]], [start[1]])
        edge = int(
            np.clip(np.searchsorted(chainage, near.chainage_m[0], "right") - 1, 0, lon.size - 1)
        )
    after = np.roll(lon, -edge - 1), np.roll(lat, -edge - 1)  # from the far end of the edge, around
    ends = lon[edge], lat[edge], after[0][0], after[1][0]
    azimuth, _, metres = WGS84.inv(*ends)
    middle = WGS84.fwd(ends[0], ends[1], azimuth, metres / 2)[:2]
    return LinePart(*(np.concatenate(([m], a, [m])) for m, a in zip(middle, after, strict=True)))


def begins_in_the_west(part: LinePart) -> bool:
    """
    Whether a line begins at its western end; of ends on one meridian, the southern one.

    A ring has no ends: it is to run clockwise.
    """
    lon = np.unwrap(part.lon, period=360.0)
    if part.ring:
        return not shapely.is_ccw(shapely.linearrings(np.column_stack((lon, part.lat))))
    return bool((lon[0], part.lat[0]) <= (lon[-1], part.lat[-1]))


def begins_near(part: LinePart, start: tuple[float, float]) -> bool:
    """
    Whether the first end of a line is nearer to a place than its last; always so for a ring.

    A place far from both says nothing: it may have longitude and latitude exchanged.
    """
    first, last = (WGS84.inv(*end, *start)[2] / 1000 for end in part.ends)
    if min(first, last) > max(part.length_km / 2, NEAR_END_KM):
        raise ParameterError(
            f"start must be a place near an end of the line, as (longitude, latitude), but {start} is "
            f"{min(first, last):,.0f} km from the nearer one, and the line is {part.length_km:,.0f} km "
            "long. Are longitude and latitude exchanged?"
        )
    return bool(first <= last)


def check_start(start: Any) -> tuple[float, float] | None:
    """Return a place near which a line is to begin, as longitude and latitude."""
    if start is None:
        return None
    pair = (start.x, start.y) if getattr(start, "geom_type", "") == "Point" else start
    try:
        lon, lat = (float(value) for value in pair)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            "start must be a place near the end where the line is to begin, as (longitude, latitude) "
            f"or a Point, but is {start!r}."
        ) from error
    check_lonlat([lon], [lat], name="start")
    return lon, lat


def joined(lines: Iterable[FloatArray]) -> list[FloatArray]:
    """Join directed lines, arrays of longitudes and latitudes, where one begins at another's end."""
    waiting = [np.asarray(line, dtype=np.float64) for line in lines]
    starts: dict[tuple[float, float], list[int]] = {}
    for number, line in enumerate(waiting):
        starts.setdefault(tuple(line[0]), []).append(number)
    ends = [tuple(line[-1]) for line in waiting]
    follows = {  # only where there is no choice
        number: starts[end][0]
        for number, end in enumerate(ends)
        if len(starts.get(end, ())) == 1 and ends.count(end) == 1 and starts[end][0] != number
    }
    first = [number for number in range(len(waiting)) if number not in follows.values()]
    done: set[int] = set()
    whole = []
    for number in [*first, *range(len(waiting))]:  # rings have no first piece
        pieces: list[FloatArray] = []
        at: int | None = number
        while at is not None and at not in done:
            done.add(at)
            pieces.append(waiting[at] if not pieces else waiting[at][1:])
            at = follows.get(at)
        if pieces:
            whole.append(np.concatenate(pieces))
    return whole


def shared_lines(left: Any, right: Any) -> list[FloatArray]:
    """
    Return the lines along which two areas meet, vertex by vertex, the first area on their left.

    Parameters
    ----------
    left, right : Polygon or MultiPolygon
        Whatever shares no edge with the other, such as an island, takes no part.

    Returns
    -------
    list of ndarray of float, shape (n, 2)
        A closed line where one area lies in a hole of the other.
    """
    edges = _edges(left)
    # Rings run anticlockwise, holes clockwise: an edge has its own area on the left.
    there = _edges(right)[:, [2, 3, 0, 1]]
    shared = np.isin(_keys(edges), _keys(there))
    runs: list[list[FloatArray]] = []
    for edge in edges[shared]:
        if runs and (runs[-1][-1] == edge[:2]).all():
            runs[-1].append(edge[2:])
        else:
            runs.append([edge[:2], edge[2:]])
    return joined(np.array(run) for run in runs)


def _edges(area: Any) -> FloatArray:
    """Return the edges of an area, each as four degrees, in the order of its rings."""
    rings = [
        shapely.get_coordinates(ring)
        for polygon in shapely.get_parts(shapely.orient_polygons(area))
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    return np.concatenate([np.column_stack((ring[:-1], ring[1:])) for ring in rings])


def _keys(edges: FloatArray) -> Any:
    """Return edges as values that can be compared; 0 is 0 whatever its sign."""
    plain = np.ascontiguousarray(edges + 0.0)
    return plain.view(np.dtype((np.void, plain.dtype.itemsize * 4))).ravel()


def gap_between(parts: Sequence[LinePart]) -> str:
    """Say where the ends of unjoined parts lie nearest to each other."""
    pairs = [
        (WGS84.inv(*end, *other)[2], end, other)
        for number, part in enumerate(parts[:MOST_TOLD])
        for later in parts[number + 1 : MOST_TOLD]
        for end in part.ends
        for other in later.ends
    ]
    metres, end, other = min(pairs)
    return (
        f"the smallest gap is {metres:,.1f} m, between ({end[0]:.6f}, {end[1]:.6f}) and "
        f"({other[0]:.6f}, {other[1]:.6f})"
    )


def _crossing_message(line: Any) -> str:
    """Say where a line meets itself."""
    ends = {tuple(end) for end in (line.coords[0], line.coords[-1])}
    noded = [part for part in shapely.node(line).geoms]
    places = [xy for part in noded for xy in (part.coords[0], part.coords[-1]) if xy not in ends]
    where = f" at ({places[0][0]:.6f}, {places[0][1]:.6f})" if places else ""
    return (
        f"A boundary must not cross or touch itself, but this line does{where}. Remove the loop, or "
        "check the order of its vertices."
    )


def without_repeats(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Drop vertices that repeat the one before."""
    new = np.concatenate(([True], (np.diff(lon) != 0) | (np.diff(lat) != 0)))
    return check_vertices(lon[new], lat[new])
