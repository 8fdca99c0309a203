"""
The boundary: a frozen line with its chainage, its calibration and how well its place is known.

Chainage is the geodesic distance along the line from its start. The official chainage beside it
is the same place on the scale of a published length, or of stations the user supplies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._summaries import line_fact, summary_html
from frontier_geo._validation import (
    FloatArray,
    check_columns,
    check_lonlat,
    check_number,
    check_positive,
    check_vertices,
)
from frontier_geo.chainage import LineIndex
from frontier_geo.errors import LineError, ParameterError
from frontier_geo.geodesy import LONLAT_CRS, geodesic_chainage

if TYPE_CHECKING:  # not at run time: placing points needs none of them, and they are slow to load
    import geopandas as gpd
    import pandas as pd
    from shapely.geometry import LineString, Point

__all__ = ["Boundary", "Positions"]

END_TOLERANCE_KM = 1e-6  # a chainage this far past an end is the end: rounding, not a mistake


@dataclass(frozen=True)
class Positions:
    """
    Where points lie along a boundary: arrays of shape (n,), one entry for each point.

    Attributes
    ----------
    chainage_km, distance_km : ndarray of float
        Kilometres along the line, and to it, both geodesic.
    offset_km : ndarray of float
        Lateral distance, left of increasing chainage positive. Past an end of the line it is
        measured from the line's extension, and is smaller than the distance.
    side : ndarray of int8
        1 on the left, -1 on the right, 0 on the line itself (nearer than 1 mm) and past its ends.
    beyond : ndarray of int8
        -1 where the point lies past the start of the line, 1 past its end, else 0.
    """

    chainage_km: FloatArray
    distance_km: FloatArray
    offset_km: FloatArray
    side: NDArray[np.int8]
    beyond: NDArray[np.int8]


@dataclass(frozen=True, eq=False, repr=False)
class Boundary:
    """
    A named line with a digitising direction; left and right are seen along it.

    Build one with `load_boundary` (the shipped border), `Boundary.between` (the border of any two
    countries) or `Boundary.from_line` (a line of your own).
    All its arrays are read-only; every method that changes something returns a new boundary.

    Attributes
    ----------
    boundary_id, name : str
        Short and full name.
    lon, lat : ndarray of float, shape (n,)
        Vertices in digitising order, degrees on WGS84.
    chainage_m : ndarray of float, shape (n,)
        Geodesic chainage of each vertex in metres, from 0.
    left, right : str
        What lies on either side, seen in the direction of increasing chainage.
    stations : tuple of (float, float)
        Pairs (chainage_km, official_km) between which the official chainage is interpolated.
    intervals : mapping of str to DataFrame
        What is known along the line, each a table ``from_km, to_km, value``: for the shipped border
        ``position_uncertainty_m, terrain, tj_district, af_district, tj_province, af_province``.
    source, source_version, licence, attribution : str
        Where the line comes from.

    References
    ----------
    ISO 19148:2021, Geographic information - Linear referencing.
    Karney (2013), J. Geodesy 87, 43-55. https://doi.org/10.1007/s00190-012-0578-z

    Examples
    --------
    >>> from shapely import LineString
    >>> line = Boundary.from_line(
    ...     LineString([(70, 0), (71, 0)]), crs="EPSG:4326", boundary_id="demo", left="N", right="S"
    ... )
    >>> round(line.length_km, 3)
    111.319
    >>> line.reversed().left
    'S'
    """

    boundary_id: str
    lon: FloatArray
    lat: FloatArray
    chainage_m: FloatArray
    left: str = "left"
    right: str = "right"
    name: str = ""
    stations: tuple[tuple[float, float], ...] = ()
    intervals: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    source: str = ""
    source_version: str = ""
    licence: str = ""
    attribution: str = ""

    def __post_init__(self) -> None:
        for name in ("lon", "lat", "chainage_m"):
            array = np.array(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        check_vertices(self.lon, self.lat)
        chainage = self.chainage_m
        if (
            chainage.shape != self.lon.shape
            or not (np.diff(chainage) > 0).all()
            or abs(chainage[0]) > 1e-6
            or not np.isfinite(chainage[-1])
        ):
            raise LineError(
                "chainage_m must hold one finite value for each vertex, begin at 0 and rise from each "
                f"to the next, but has the shape {chainage.shape} for {self.lon.shape} vertices, or "
                "does not rise."
            )
        if not self.stations:
            ends = ((0.0, 0.0), (self.length_km, self.length_km))
            object.__setattr__(self, "stations", ends)
        object.__setattr__(self, "intervals", _Tables(self.intervals))

    # ---- making one -------------------------------------------------------------------------

    @classmethod
    def from_line(
        cls,
        line: Any,
        *,
        crs: Any = None,
        boundary_id: str = "boundary",
        left: str = "left",
        right: str = "right",
        name: str = "",
        chainage_m: ArrayLike | None = None,
        official_length_km: float | None = None,
        position_uncertainty_m: float | None = None,
        intervals: Mapping[str, pd.DataFrame] | None = None,
        part: int | None = None,
        start: Any = None,
        source: str = "",
        source_version: str = "",
        licence: str = "",
        attribution: str = "",
    ) -> Boundary:
        """
        Make a boundary from a line in longitude and latitude.

        It runs as it was digitised.

        Parameters
        ----------
        line : LineString, MultiLineString, GeoSeries or GeoDataFrame
            One line, or parts that join end to end into one. Degrees on WGS84. A ring is opened in
            the middle of the edge that follows its westernmost vertex.
        crs : optional
            The CRS of a bare shapely geometry, which carries none: pass ``"EPSG:4326"``.
        boundary_id, left, right, name : str
            Short name, and what lies on either side seen along the line as it was digitised.
        chainage_m : array_like, shape (n,), optional
            Chainage of each vertex in metres, carried over from a finer line. Measured if not given.
        official_length_km : float, optional
            Published length; the official chainage is scaled to it. Default: the measured length.
        position_uncertainty_m : float, optional
            Half-width, in metres, of the band around the line that holds the true border.
        intervals : mapping of str to DataFrame, optional
            Tables ``from_km, to_km, value`` of what is known along the line as it was digitised.
        part : int, optional
            Which of several parts that do not join, 1 being the longest. Without it they are refused.
        start : (lon, lat) or Point, optional
            A place near the end where kilometre 0 is to be. Where that turns the line round, the
            sides and all else that was given change places with it. A ring is opened there.
        source, source_version, licence, attribution : str
            Where the line comes from.

        Returns
        -------
        Boundary

        Raises
        ------
        CRSError
            If the line has no CRS, or is not in longitude and latitude.
        GeometryError
            If it is empty or no line.
        LineError
            If its parts leave a gap, it crosses itself, or an edge is longer than a quarter of the
            equator.
        CoordinateError
            If a coordinate is not finite or out of range.
        ParameterError
            If there is no such part, or `start` is no place.

        Examples
        --------
        >>> from shapely import LineString
        >>> ring = LineString([(28, -30), (27, -29), (29, -29), (28, -30)])
        >>> Boundary.from_line(ring, crs="EPSG:4326", start=(28, -29)).lonlat_at(0)
        (array([28.]), array([-29.00371972]))
        """
        from frontier_geo import _lines

        for word, value in (("boundary_id", boundary_id), ("left", left), ("right", right)):
            if not isinstance(value, str) or not value.strip():
                raise ParameterError(f"{word} must be a word, but is {value!r}.")
        if left.strip().casefold() == right.strip().casefold():
            raise ParameterError(
                f"left and right must be two different words, but both are {left!r}: which side an "
                "incident lies on could not be told."
            )
        place = _lines.check_start(start)
        parts = _lines.line_parts(_lines.one_geometry(line, crs))
        one = _lines.choose_part(
            parts,
            part,
            whole="this one",
            advice=lambda: (
                f"Join them end to end ({_lines.gap_between(parts)}), or take one with part=, such as "
                "part=1."
            ),
        )
        _lines.check_edges(one)
        _lines.check_simple(one)
        if one.ring and chainage_m is not None:
            raise LineError(
                "chainage_m goes with a line that has two ends, but this one is a ring. Cut it where "
                "kilometre 0 is."
            )
        lon, lat = _lines.opened(one, place).vertices
        if chainage_m is None:
            measured = geodesic_chainage(lon, lat)
        else:
            measured = np.asarray(chainage_m, dtype=np.float64)
        if not measured.size:
            raise LineError("chainage_m must hold one value for each vertex, but is empty.")
        length_km = float(measured[-1]) / 1000
        official = length_km
        if official_length_km is not None:
            official = check_positive(official_length_km, name="official_length_km", unit="km")
        tables: dict[str, Any] = dict(intervals or {})
        if position_uncertainty_m is not None:
            tables |= _band(position_uncertainty_m, length_km)
        boundary = cls(
            boundary_id=boundary_id,
            lon=lon,
            lat=lat,
            chainage_m=measured,
            left=left,
            right=right,
            name=name or boundary_id,
            stations=((0.0, 0.0), (length_km, official)),
            intervals=tables,
            source=source,
            source_version=source_version,
            licence=licence,
            attribution=attribution,
        )
        turned = place is not None and not _lines.begins_near(one, place)
        return boundary.reversed() if turned else boundary

    @classmethod
    def between(
        cls,
        first: str,
        second: str,
        *,
        part: int | None = None,
        left: str | None = None,
        start: Any = None,
        countries: gpd.GeoDataFrame | None = None,
        position_uncertainty_m: float | None = None,
    ) -> Boundary:
        """
        Make a boundary of the land border of two countries.

        Kilometre 0 is at the end that lies further west, of ends on one meridian at the southern
        one. A border that is a ring, as around an enclave, runs clockwise from its westernmost place.
        Which country is on the left is worked out from their areas.

        Parameters
        ----------
        first, second : str
            Two countries of the packaged world set, by ISO 3166 code of two or three letters or by
            English name; with `countries`, two of its rows.
        part : int, optional
            Which part of a border in several parts, 1 being the longest: `load_borders` lists them.
            Without it such a border is refused.
        left : str, optional
            The country that is to be on the left.
        start : (lon, lat) or Point, optional
            A place near the end where kilometre 0 is to be. A ring is opened there.
        countries : GeoDataFrame, optional
            Areas of your own, EPSG:4326. `first` and `second` are looked for in every column of
            texts. Neighbours must share their border vertex by vertex.
        position_uncertainty_m : float, optional
            Half-width, in metres, of the band around the line that holds the true border. Default:
            4 km for the world set, within which 95 of 100 places on it lie from finer lines; of
            your own areas it is not known.

        Returns
        -------
        Boundary
            `left` and `right` are ISO 3166 codes of two letters, or as you named them.

        Raises
        ------
        ParameterError
            If there is no such country or part, or `left` and `start` ask for opposite ways.
        LineError
            If the countries do not touch, or their border is in several parts.
        ColumnError, CRSError
            If `countries` has no column of texts, or is not in EPSG:4326.

        Notes
        -----
        The world set is Natural Earth 1:10m: lines of control as they are, not claims, and drawn
        for small scales. Its depiction of boundaries implies no position on their status. See
        ``data/README.md`` for how far its lines are from finer ones.

        Examples
        --------
        >>> line = Boundary.between("COL", "VEN")
        >>> line.boundary_id, line.left, line.right
        ('CO-VE', 'VE', 'CO')
        >>> Boundary.between("Spain", "Morocco", part=2).name
        'Spain–Morocco border, part 2'
        """
        from frontier_geo._countries import NATURAL_EARTH_M, load_world, own_pair, world_pair
        from frontier_geo._lines import check_start

        place = check_start(start)
        if countries is None:
            pair = world_pair(first, second)
            half: float | None = NATURAL_EARTH_M
            left = None if left is None else load_world().find(left).code
        else:
            pair, half = own_pair(first, second, countries), None
        drawn = pair.drawn(part, left=left, start=place)
        lon, lat = drawn.line.vertices
        measured = geodesic_chainage(lon, lat)
        half = half if position_uncertainty_m is None else position_uncertainty_m
        return cls(
            boundary_id=drawn.boundary_id,
            lon=lon,
            lat=lat,
            chainage_m=measured,
            left=drawn.left,
            right=drawn.right,
            name=drawn.name,
            intervals={} if half is None else _band(half, float(measured[-1]) / 1000),
            **pair.about,
        )

    # ---- what it is -------------------------------------------------------------------------

    def __repr__(self) -> str:
        return (
            f"<Boundary {self.boundary_id}: {self.length_km:,.3f} km in {self.lon.size:,} vertices, "
            f"{self.left} on the left, {self.right} on the right; {self.source or 'no source given'}>"
        )

    def _repr_html_(self) -> str:
        about = self.summary()
        band = self.position_uncertainty_km(self.chainage_km)
        low, high = (f"{1000 * km:,.0f}" for km in (band.min(), band.max()))
        known_to = f"{low} m" if low == high else f"{low} to {high} m"
        calibrated = self.stations != ((0.0, 0.0), (self.length_km, self.length_km))
        official = f"{self.official_length_km:,.3f} km" if calibrated else "not given"
        return summary_html(
            f"Boundary {self.boundary_id}",
            [
                ("Line", line_fact(about)),
                ("Official length", official),
                ("Vertices", self.lon.size),
                ("Known to", known_to),
                ("Told along it", ", ".join(self.intervals)),
                ("Source", self.source),
                ("Version", self.source_version),
                ("Licence", self.licence),
                ("Attribution", self.attribution),
            ],
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Boundary) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)

    @cached_property
    def sha256(self) -> str:
        """Checksum of everything results rest on: vertices, chainage, sides, stations, tables."""
        digest = hashlib.sha256(f"{self.boundary_id}|{self.left}|{self.right}".encode())
        for array in (self.lon, self.lat, self.chainage_m):
            digest.update(array.tobytes())
        digest.update(repr(self.stations).encode())
        for name, table in sorted(self.intervals.items()):
            digest.update(f"{name}|{table.to_csv(index=False)}".encode())
        return digest.hexdigest()

    @property
    def length_km(self) -> float:
        """Geodesic length in kilometres."""
        return float(self.chainage_m[-1]) / 1000

    @property
    def is_ring(self) -> bool:
        """Whether it ends where it begins, as around an enclave: it has no ends to be past of."""
        return bool(self.lon[0] == self.lon[-1] and self.lat[0] == self.lat[-1])

    @property
    def official_length_km(self) -> float:
        """The length on the official scale, in kilometres."""
        return float(self.official_km(self.length_km)[0])

    @property
    def chainage_km(self) -> FloatArray:
        """Chainage of each vertex in kilometres."""
        return self.chainage_m / 1000

    @property
    def crs(self) -> str:
        """The CRS of `lon` and `lat`: always ``"EPSG:4326"``."""
        return LONLAT_CRS

    @cached_property
    def geometry(self) -> LineString:
        """The line as a shapely geometry in longitude and latitude."""
        import shapely

        return shapely.linestrings(self.lon, self.lat)

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        from shapely.geometry import mapping

        return dict(mapping(self.geometry))

    @cached_property
    def index(self) -> LineIndex:
        """The line made ready for linear referencing (arrays of degrees and metres)."""
        return LineIndex(self.lon, self.lat, self.chainage_m)

    def summary(self) -> dict[str, Any]:
        """
        Return what a result should say about the line it rests on.

        Returns
        -------
        dict
            Plain values: id and name, sides, lengths in km, source, licence, attribution, checksum.
        """
        return {
            "boundary_id": self.boundary_id,
            "name": self.name,
            "left": self.left,
            "right": self.right,
            "length_km": round(self.length_km, 4),
            "official_length_km": round(self.official_length_km, 4),
            "source": self.source,
            "source_version": self.source_version,
            "licence": self.licence,
            "attribution": self.attribution,
            "sha256": self.sha256,
        }

    # ---- places along it --------------------------------------------------------------------

    def lonlat_at(self, chainage_km: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """
        Return longitudes and latitudes of places on the line, by chainage in kilometres.

        Parameters
        ----------
        chainage_km : array_like of float, shape (n,)
            Kilometres along the line, 0 to its length.

        Returns
        -------
        lon, lat : ndarray of float, shape (n,)
            Degrees on WGS84.

        Raises
        ------
        ParameterError
            If a place lies off the line or is no number.
        """
        return self.index.interpolate(self._check_on_line(chainage_km) * 1000)

    def locate(
        self, lon: ArrayLike, lat: ArrayLike, *, engine: str = "auto", threads: int = 1
    ) -> Positions:
        """
        Find where points lie along the boundary: arrays in, arrays out.

        For a table with words and certainty see `locate_points`; for the segment of each point pass
        `chainage_km` to `segment_of`.

        Parameters
        ----------
        lon, lat : array_like of float, shape (n,)
            Degrees on WGS84. Arrays of float64 are not copied.
        engine : {"auto", "numpy", "numba"}
            Who searches; both give the same numbers, to the last bit. "auto" is numba where it is
            installed (the extra ``fast``) and there are points enough.
        threads : int, default 1
            How many parts of the points are searched at the same time.

        Returns
        -------
        Positions
            Of equally near places the one of lower chainage.

        Raises
        ------
        CoordinateError
            If a coordinate is missing, infinite or out of range.
        ParameterError
            If `engine` is no such word or `threads` no whole number from 1.
        MissingExtraError
            If `engine` is "numba" and numba is not installed.

        Examples
        --------
        >>> from frontier_geo import load_boundary
        >>> found = load_boundary().locate([71.51], [37.49])
        >>> found.chainage_km.round(), found.side
        (array([776.]), array([-1], dtype=int8))
        """
        lon, lat = check_lonlat(lon, lat)
        near = self.index.nearest(lon, lat, engine=engine, threads=threads, unit_m=1000.0)
        return Positions(near.chainage_m, near.distance_m, near.offset_m, near.side, near.beyond)

    def point_at(self, chainage_km: float) -> Point:
        """
        Return the place at a chainage.

        Parameters
        ----------
        chainage_km : float
            Kilometres from the start, within the line.

        Returns
        -------
        Point
            Longitude and latitude.

        Raises
        ------
        ParameterError
            If the chainage lies past an end of the line.
        """
        from shapely.geometry import Point

        lon, lat = self.lonlat_at([chainage_km])
        return Point(lon[0], lat[0])

    def substring(self, from_km: float, to_km: float) -> LineString:
        """
        Return the stretch of line between two chainages.

        Parameters
        ----------
        from_km, to_km : float
            Kilometres from the start, within the line, the first below the second.

        Returns
        -------
        LineString
            Longitude and latitude; the vertices between are the line's own.

        Raises
        ------
        ParameterError
            If a chainage lies past an end, or the stretch is empty or turned round.
        """
        import shapely

        start, stop = self._check_on_line([from_km, to_km]) * 1000
        if not start < stop:
            raise ParameterError(
                f"A stretch must begin before it ends, but goes from km {from_km!r} to km {to_km!r}."
            )
        inner = (self.chainage_m > start) & (self.chainage_m < stop)
        lon, lat = self.index.interpolate([start, stop])
        return shapely.linestrings(
            np.concatenate((lon[:1], self.lon[inner], lon[1:])),
            np.concatenate((lat[:1], self.lat[inner], lat[1:])),
        )

    def value_at(self, name: str, chainage_km: ArrayLike) -> np.ndarray[Any, Any]:
        """
        Return what an interval table says at places on the line.

        Parameters
        ----------
        name : str
            A key of `intervals`.
        chainage_km : array_like of float, shape (...)
            Kilometres. NaN gives a missing value.

        Returns
        -------
        ndarray
            Floats with NaN for numeric tables, else objects with None where nothing is known.

        Raises
        ------
        ParameterError
            If nothing of that name is told along the line.
        """
        if name not in self.intervals:
            raise ParameterError(
                f"This boundary has no table {name!r}; it has {', '.join(self.intervals) or 'none'}."
            )
        start, end, value = cast(_Tables, self.intervals).arrays(name)
        km = np.atleast_1d(np.asarray(chainage_km, dtype=np.float64))
        row = np.searchsorted(start, km, side="right") - 1
        stop = end[np.maximum(row, 0)]
        known = (row >= 0) & ((km < stop) | (km <= stop) & (row == start.size - 1))
        values = value[np.maximum(row, 0)]
        if np.issubdtype(values.dtype, np.number):
            return np.where(known, values, np.nan)
        result = values.astype(object)
        result[~known] = None
        return result

    def position_uncertainty_km(self, chainage_km: ArrayLike) -> FloatArray:
        """
        Return the half-width, in kilometres, of the band that holds the true border (0 if unknown).

        Parameters
        ----------
        chainage_km : array_like of float, shape (n,)
            Kilometres along the line, 0 to its length.

        Returns
        -------
        ndarray of float, shape (n,)
            Kilometres; 0 where none is given.
        """
        km = np.atleast_1d(np.asarray(chainage_km, dtype=np.float64))
        if "position_uncertainty_m" not in self.intervals:
            return np.zeros(km.shape)
        metres = self.value_at("position_uncertainty_m", km).astype(np.float64)
        return np.nan_to_num(metres, nan=0.0) / 1000

    # ---- official chainage ------------------------------------------------------------------

    def official_km(self, chainage_km: ArrayLike) -> FloatArray:
        """
        Convert chainage to official chainage, both in kilometres.

        Parameters
        ----------
        chainage_km : array_like of float, shape (n,)
            Kilometres along the line, 0 to its length.

        Returns
        -------
        ndarray of float, shape (n,)
            Official kilometres, between the stations in proportion to the chainage.
        """
        return _piecewise(chainage_km, *np.transpose(self.stations))

    def from_official_km(self, official_km: ArrayLike) -> FloatArray:
        """
        Convert official chainage to chainage, both in kilometres.

        Parameters
        ----------
        official_km : array_like of float, shape (n,)
            Official kilometres.

        Returns
        -------
        ndarray of float, shape (n,)
            Kilometres of chainage, the inverse of `official_km`.
        """
        measured, official = np.transpose(self.stations)
        return _piecewise(official_km, official, measured)

    def calibrated(self, stations: pd.DataFrame | Iterable[tuple[float, float]]) -> Boundary:
        """
        Tie the official chainage to stations; between them it is interpolated.

        Parameters
        ----------
        stations : DataFrame or iterable of (chainage_km, official_km)
            Two or more. A table has the column `official_km` and either `chainage_km`, or `lon`
            and `lat`, which are then located on the line. Past the outermost stations the scale of
            the neighbouring stretch goes on.

        Returns
        -------
        Boundary

        Raises
        ------
        ParameterError
            If there are fewer than two, or both scales do not rise together.

        Examples
        --------
        >>> from shapely import LineString
        >>> line = Boundary.from_line(LineString([(70, 0), (71, 0)]), crs="EPSG:4326")
        >>> line = line.calibrated([(0, 0), (50, 60), (100, 110)])
        >>> line.official_km([25, 75, 110]).round(6)
        array([ 30.,  85., 120.])
        """
        import pandas as pd

        if isinstance(stations, pd.DataFrame):
            check_columns(stations, ["official_km"], name="stations")
            if "chainage_km" in stations:
                measured = stations["chainage_km"].to_numpy(dtype=float)
            else:
                check_columns(stations, ["lon", "lat"], name="stations")
                near = self.index.locate(stations["lon"].to_numpy(), stations["lat"].to_numpy())
                measured = near.chainage_m / 1000
            pairs = sorted(
                zip(measured, stations["official_km"].to_numpy(dtype=float), strict=True)
            )
        else:
            pairs = sorted((float(a), float(b)) for a, b in stations)
        table = np.array(pairs, dtype=np.float64).reshape(-1, 2)
        if len(table) < 2 or not np.isfinite(table).all() or (np.diff(table, axis=0) <= 0).any():
            raise ParameterError(
                "Stations must be two or more pairs (chainage_km, official_km) that rise together, "
                f"but they are {[tuple(map(float, pair)) for pair in table]}."
            )
        return replace(self, stations=tuple((float(a), float(b)) for a, b in table))

    # ---- other forms of it ------------------------------------------------------------------

    def reversed(self) -> Boundary:
        """
        Return the same line digitised the other way: the sides change places.

        Returns
        -------
        Boundary
            Its chainage runs from the other end; so do the official chainage and every table.
        """
        import pandas as pd

        length = self.length_km
        official = self.official_length_km
        tables = {
            name: pd.DataFrame(
                {
                    "from_km": length - table["to_km"].to_numpy()[::-1],
                    "to_km": length - table["from_km"].to_numpy()[::-1],
                    "value": table["value"].to_numpy()[::-1],
                }
            )
            for name, table in self.intervals.items()
        }
        return replace(
            self,
            lon=self.lon[::-1],
            lat=self.lat[::-1],
            chainage_m=self.chainage_m[-1] - self.chainage_m[::-1],
            left=self.right,
            right=self.left,
            stations=tuple((length - a, official - b) for a, b in reversed(self.stations)),
            intervals=tables,
        )

    def simplified(self, tolerance_m: float) -> Boundary:
        """
        Return the line with fewer vertices, each with the chainage it has on this one.

        Parameters
        ----------
        tolerance_m : float
            No dropped vertex lies farther than this from the new line (Douglas and Peucker 1973,
            in a local Lambert conformal projection).

        Returns
        -------
        Boundary
            For drawing and speed. Its chainages are this line's; do not measure it again.

        Raises
        ------
        ParameterError
            If `tolerance_m` is not above 0.
        """
        import shapely

        tolerance = check_positive(tolerance_m, name="tolerance_m", unit="m")
        x, y = self._to_plane()
        numbered = shapely.linestrings(np.column_stack((x, y, np.arange(x.size))))
        kept = shapely.get_coordinates(
            shapely.simplify(numbered, tolerance, preserve_topology=False), include_z=True
        )[:, 2].astype(int)
        return replace(
            self, lon=self.lon[kept], lat=self.lat[kept], chainage_m=self.chainage_m[kept]
        )

    def _to_plane(self) -> tuple[FloatArray, FloatArray]:
        """Project the vertices to metres, conformally, around the middle of the line."""
        from pyproj import Transformer

        south, north = self.lat.min(), self.lat.max()
        sixth = max((north - south) / 6, 1e-3)
        # Degrees east of the first vertex, so that a line across longitude 180 stays in one piece.
        lon = self.lon[0] + (self.lon - self.lon[0] + 180) % 360 - 180
        local = (
            f"+proj=lcc +lat_1={south + sixth} +lat_2={north - sixth} +lat_0={(south + north) / 2} "
            f"+lon_0={(lon.min() + lon.max()) / 2} +datum=WGS84 +units=m"
        )
        if abs(south + north) < 1:  # a cone needs a hemisphere
            local = f"+proj=merc +lon_0={(lon.min() + lon.max()) / 2} +datum=WGS84 +units=m"
        x, y = Transformer.from_crs(LONLAT_CRS, local, always_xy=True).transform(lon, self.lat)
        return np.asarray(x), np.asarray(y)

    def _check_on_line(self, chainage_km: ArrayLike) -> FloatArray:
        km = np.atleast_1d(np.asarray(chainage_km, dtype=np.float64))
        bad = ~((km >= -END_TOLERANCE_KM) & (km <= self.length_km + END_TOLERANCE_KM))
        if bad.any():
            raise ParameterError(
                f"A chainage must lie on {self.boundary_id}, between 0 and {self.length_km:.4f} km, "
                f"but is {km[bad][0]:g} km."
            )
        return np.clip(km, 0.0, self.length_km)


class _Tables(Mapping[str, "pd.DataFrame"]):
    """
    Tables by name, handed out as copies, so that nobody changes the ones inside.

    A table given as its columns becomes a DataFrame when it is asked for, and not before.
    """

    def __init__(self, tables: Mapping[str, Any]) -> None:
        given = tables._tables if isinstance(tables, _Tables) else tables
        self._tables: dict[str, Any] = {
            name: table.copy() if hasattr(table, "to_numpy") else dict(table)
            for name, table in given.items()
        }

    def __getitem__(self, name: str) -> pd.DataFrame:
        import pandas as pd

        table = self._tables[name]
        return pd.DataFrame(table) if isinstance(table, dict) else table.copy()

    def __contains__(self, name: object) -> bool:
        return name in self._tables

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def arrays(self, name: str) -> tuple[FloatArray, FloatArray, NDArray[Any]]:
        """Return from_km, to_km and value of a table in the order of the line."""
        table = self._tables[name]
        start, stop = (np.asarray(table[key], dtype=np.float64) for key in ("from_km", "to_km"))
        value = np.asarray(table["value"])
        if not np.issubdtype(value.dtype, np.number):
            value = np.asarray(table["value"], dtype=object)
        order = np.argsort(start, kind="stable")
        return start[order], stop[order], value[order]


def _band(half_width_m: float, length_km: float) -> dict[str, Any]:
    """Return the table of a position uncertainty that is the same all along."""
    half = check_number(half_width_m, name="position_uncertainty_m", unit="m")
    if half < 0:
        raise ParameterError(f"position_uncertainty_m must be 0 or more, but is {half_width_m!r}.")
    return {
        "position_uncertainty_m": {"from_km": [0.0], "to_km": [length_km], "value": [half]},
    }


def _piecewise(value: ArrayLike, known: FloatArray, wanted: FloatArray) -> FloatArray:
    """Interpolate between stations, and go on past the outermost ones at the same scale."""
    x = np.atleast_1d(np.asarray(value, dtype=np.float64))
    if known.size == 2:
        return wanted[0] + (x - known[0]) * ((wanted[1] - wanted[0]) / (known[1] - known[0]))
    piece = np.clip(np.searchsorted(known, x, side="right") - 1, 0, known.size - 2)
    scale = (wanted[piece + 1] - wanted[piece]) / (known[piece + 1] - known[piece])
    return wanted[piece] + (x - known[piece]) * scale
