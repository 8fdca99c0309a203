"""
Linear referencing on a polyline, on the ellipsoid: arrays in, arrays out.

The nearest place is searched in earth-centred coordinates, so that no projection decides which
of two river bends is the nearer. A table of candidate edges, or a tree of spheres over consecutive
edges, leaves a handful of edges for each point; on those the foot of the perpendicular geodesic is
found in closed form. Up to 200 km from the line a distance is within 1 mm, and a chainage within
1 cm, of an exhaustive search with `pyproj.Geod`. Beyond 10,000 km the answer is a rough one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._candidates import CandidateTable, build_table, line_key, stored_table
from frontier_geo._edges import CLOSED_FORM_M, TIE_M, Edges, Foot
from frontier_geo._fast import check_threads, choose_engine
from frontier_geo._nearest import (
    Nearest,
    first_of_nearest,
    joined_to_next,
    nearest_by_table,
    run_starts,
    side_of,
)
from frontier_geo._sphere_tree import Level, TooManyPairs, edges_within_reach, sphere_tree
from frontier_geo._validation import FloatArray
from frontier_geo.errors import LineError
from frontier_geo.geodesy import WGS84, Columns, earth_centred

__all__ = ["Approaches", "LineIndex"]

IntArray = NDArray[np.int64]

CHUNK = 20_000  # points searched at once in the tree
MOST_PAIRS = 4_000_000  # of points and edges held at once: above it a chunk is halved
LONGEST_EDGE_M = 10_000.0  # longer edges are cut along their geodesic before the search
TABLE_FROM, POINTS_AN_EDGE = 20_000, 5  # points, and points for each edge, that pay for a table
NUMBA_FROM, LOAD_NUMBA_FROM = 10_000, 500_000  # points that pay for its loops, and for loading it
POINTS_A_THREAD = 50_000  # fewer are not worth a thread of their own
PARTS_A_THREAD = 4  # so that a thread that is held up has others take over a part of its work


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


@dataclass
class _Candidates:
    """The table of a line, once there is one, and how many points were located without."""

    table: CandidateTable | None = None
    looked_for: bool = False
    points: int = 0


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
    _edges: Edges = field(init=False, repr=False)
    _levels: tuple[Level, ...] = field(init=False, repr=False)
    _candidates: _Candidates = field(init=False, repr=False, default_factory=_Candidates)

    def __post_init__(self) -> None:
        lon, lat, chainage = _split_long_edges(self.lon, self.lat, self.chainage_m)
        object.__setattr__(self, "_edges", Edges.from_vertices(lon, lat, chainage))
        object.__setattr__(self, "_levels", sphere_tree(self._edges))

    def locate(
        self,
        lon: ArrayLike,
        lat: ArrayLike,
        *,
        tolerance_m: ArrayLike = 0.0,
        engine: str = "auto",
        threads: int = 1,
    ) -> Approaches:
        """
        Find where the line comes nearest to each point, and where nearly as near.

        Parameters
        ----------
        lon, lat : array_like of float, shape (n,)
            Points, finite degrees on WGS84.
        tolerance_m : float or array_like of float, shape (n,), default 0
            Every contiguous stretch of line that comes within the nearest distance plus this many
            metres gives one entry: its nearest place. With 0 there is one entry for each point.
        engine : {"auto", "numpy", "numba"}
            Who searches for the nearest places; both give the same numbers, to the last bit. What
            else lies within a tolerance is always found by numpy.
        threads : int, default 1
            How many parts of the points are searched at the same time.

        Returns
        -------
        Approaches

        Raises
        ------
        ParameterError
            If `engine` is no such word or `threads` no whole number from 1.
        MissingExtraError
            If `engine` is "numba" and numba is not installed.
        """
        lon = np.atleast_1d(np.asarray(lon, dtype=np.float64))
        lat = np.atleast_1d(np.asarray(lat, dtype=np.float64))
        tolerance = np.asarray(tolerance_m, dtype=np.float64)
        if not (tolerance > 0).any():
            near = self.nearest(lon, lat, engine=engine, threads=threads)
            return Approaches(
                np.arange(lon.size), np.zeros(lon.size, dtype=np.int64),
                near.chainage_m, near.distance_m, near.offset_m, near.beyond,
            )  # fmt: skip
        tolerance = np.broadcast_to(tolerance, lon.shape)
        known = self.nearest(lon, lat, engine=engine, threads=threads).distance_m
        parts = _in_chunks(self._locate_chunk, lon, lat, tolerance, known, size=CHUNK)
        return Approaches(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))

    def nearest(
        self,
        lon: ArrayLike,
        lat: ArrayLike,
        *,
        engine: str = "auto",
        threads: int = 1,
        unit_m: float = 1.0,
    ) -> Nearest:
        """
        Find the nearest place on the line for each point.

        Parameters
        ----------
        lon, lat : array_like of float, shape (n,)
            Points, finite degrees on WGS84.
        engine : {"auto", "numpy", "numba"}
            Who searches; both give the same numbers, to the last bit. "auto" is numba where it is
            installed and there are points enough.
        threads : int, default 1
            How many parts of the points are searched at the same time.
        unit_m : float, default 1
            What the lengths of the answer are told in, in metres.

        Returns
        -------
        Nearest
            Of equally near places the one of lower chainage.
        """
        lon = np.ascontiguousarray(np.atleast_1d(lon), dtype=np.float64)
        lat = np.ascontiguousarray(np.atleast_1d(lat), dtype=np.float64)
        check_threads(threads)
        chosen = choose_engine(engine, n=lon.size, worth=NUMBA_FROM, cold=LOAD_NUMBA_FROM)
        out = Nearest.empty(lon.size)
        table = self._table_for(lon.size)
        if table is None:
            rest = np.arange(lon.size)
        else:
            search = nearest_by_table
            if chosen == "numba":
                from frontier_geo._fast.locate import nearest_by_table as search
            rest = self._in_threads(search, table, lon, lat, out, threads, unit_m)
        for first in range(0, rest.size, CHUNK):
            self._nearest_by_tree(lon, lat, rest[first : first + CHUNK], out)
        if rest.size and unit_m != 1.0:
            for metres in out.lengths:
                metres[rest] /= unit_m
        return out

    def table_bytes(self) -> bytes:
        """
        Return the table of candidate edges of the line, made anew, as it is stored.

        Raises
        ------
        LineError
            If the line is too long for a table.
        """
        table = build_table(self._edges)
        if table is None:
            raise LineError(
                "A table of candidate edges reaches over 40,000 cells at most, but this line needs "
                "more. Locate without one: it is only quicker."
            )
        return table.to_bytes(line_key(self.lon, self.lat, self.chainage_m))

    def _table_for(self, n: int) -> CandidateTable | None:
        """Return the table of candidates: the stored one, or one made once it pays, or None."""
        have = self._candidates
        if have.table is None and not have.looked_for:
            have.looked_for = True
            have.table = stored_table(line_key(self.lon, self.lat, self.chainage_m))
        if have.table is None:
            before, have.points = have.points, have.points + n
            enough = max(TABLE_FROM, POINTS_AN_EDGE * self._edges.length.size)
            if before <= enough < have.points:  # once: a line too long for a table stays without
                have.table = build_table(self._edges)
        return have.table

    def _in_threads(
        self,
        search: Callable[[Edges, CandidateTable, FloatArray, FloatArray, Nearest], None],
        table: CandidateTable,
        lon: FloatArray,
        lat: FloatArray,
        out: Nearest,
        threads: int,
        unit_m: float,
    ) -> IntArray:
        """Search, and return which points the table does not hold."""

        def work(first: int, stop: int) -> IntArray:
            # All that is done for each point is done here, by each thread, and not of all at once.
            mine = out.part(slice(first, stop))
            search(self._edges, table, lon[first:stop], lat[first:stop], mine)
            rest = np.flatnonzero(mine.distance_m < 0.0)
            if unit_m != 1.0:
                with np.errstate(all="ignore"):  # of points not found yet, these may be any bits
                    for metres in mine.lengths:
                        metres /= unit_m
            return rest + first

        workers = min(threads, max(1, lon.size // POINTS_A_THREAD))
        if workers == 1:
            return work(0, lon.size)
        ends = np.linspace(0, lon.size, PARTS_A_THREAD * workers + 1).astype(int).tolist()
        left = iter(list(itertools.pairwise(ends)))  # each part is taken once, by whoever is free

        def work_on() -> list[IntArray]:
            return [work(first, stop) for first, stop in left]

        with ThreadPoolExecutor(workers - 1) as pool:  # this thread is one of them
            others = [pool.submit(work_on) for _ in range(workers - 1)]
            found = work_on()
            for other in others:
                found += other.result()
        return np.sort(np.concatenate(found))

    def _nearest_by_tree(
        self, lon: FloatArray, lat: FloatArray, which: IntArray, out: Nearest
    ) -> None:
        """Fill `out` for some of the points, by the tree of spheres."""
        try:
            place, point, edge, foot = self._feet(lon[which], lat[which], np.zeros(which.size))
        except TooManyPairs:
            for half in np.array_split(which, 2):
                self._nearest_by_tree(lon, lat, half, out)
            return
        best = first_of_nearest(self._edges, place, point, edge, foot.distance, foot.along)
        edge, foot = edge[best], foot.take(best)
        offset, beyond = self._edges.side(*place, edge, foot)
        out.chainage_m[which] = foot.chainage
        out.distance_m[which] = foot.distance
        out.offset_m[which] = offset
        out.side[which] = side_of(offset, foot.distance, beyond)
        out.beyond[which] = beyond

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

    def places_at(self, chainage_m: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return what `interpolate` does, in closed form: quick, and within 0.01 mm of it."""
        return self._edges.places_at(chainage_m)

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

    def _feet(
        self,
        lon: FloatArray,
        lat: FloatArray,
        tolerance: FloatArray,
        nearest: FloatArray | None = None,
    ) -> tuple[Columns, IntArray, IntArray, Foot]:
        """Return the places of points, and each pair of point and edge within reach with its foot."""
        places = earth_centred(lon, lat)
        point, edge = self._candidate_edges(places, tolerance, nearest)
        x, y, z = places.T
        foot = self._edges.foot(x[point], y[point], z[point], edge)
        nearest = np.minimum.reduceat(foot.distance, run_starts(point))
        keep = foot.distance <= (nearest + np.maximum(tolerance, TIE_M))[point]
        point, edge, foot = point[keep], edge[keep], foot.take(keep)
        far = foot.distance > CLOSED_FORM_M
        if far.any():
            self._edges.polish(foot, lon[point], lat[point], edge, far)
        return (x, y, z), point, edge, foot

    def _locate_chunk(
        self,
        lon: FloatArray,
        lat: FloatArray,
        tolerance: FloatArray,
        nearest: FloatArray,
        first: int,
    ) -> tuple[NDArray[Any], ...]:
        place, point, edge, foot = self._feet(lon, lat, tolerance, nearest)
        x, y, z = place
        winner = first_of_nearest(self._edges, place, point, edge, foot.distance, foot.along)
        reach = foot.distance[winner] + np.maximum(tolerance, TIE_M)
        goes_on = joined_to_next(self._edges, place, point, edge, foot.along, reach)
        order_by = foot.distance.copy()
        order_by[winner] = -1.0  # before all that is as near
        best = _best_of_each_run(order_by, ~np.concatenate(([False], goes_on)))
        order, rank = _rank(point[best], order_by[best], foot.chainage[best])
        order = best[order]
        keep = (rank == 0) | (tolerance[point[order]] > 0)
        order, rank = order[keep], rank[keep]
        point, edge, foot = point[order], edge[order], foot.take(order)
        offset, beyond = self._edges.side(x[point], y[point], z[point], edge, foot)
        return (point + first, rank, foot.chainage, foot.distance, offset, beyond)

    def _candidate_edges(
        self, places: FloatArray, tolerance: FloatArray, nearest: FloatArray | None = None
    ) -> tuple[IntArray, IntArray]:
        """Return the pairs (point, edge) that can hold a place within reach, sorted."""
        return edges_within_reach(
            self._edges, self._levels, places, tolerance, nearest, most_pairs=MOST_PAIRS
        )


def _in_chunks(
    work: Callable[..., tuple[NDArray[Any], ...]], *columns: FloatArray, size: int
) -> list[tuple[NDArray[Any], ...]]:
    """Do the work on slices of the columns, small enough for it, and return the parts in order."""
    parts = []
    first, total = 0, columns[0].size
    while first < total:
        try:
            part = work(*(column[first : first + size] for column in columns), first)
        except TooManyPairs:
            size = max(1, min(size, total - first) // 2)
            continue
        parts.append(part)
        first += size
    return parts


def _best_of_each_run(distance: FloatArray, begins: NDArray[np.bool_]) -> IntArray:
    """Return the index of the nearest edge in each stretch, the first of equals."""
    run = np.cumsum(begins) - 1
    shortest = np.minimum.reduceat(distance, np.flatnonzero(begins))
    at = np.flatnonzero(distance == shortest[run])
    return at[run_starts(run[at])]


def _rank(point: IntArray, distance: FloatArray, chainage: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the order by point, distance and chainage, and the rank within each point."""
    order = np.lexsort((chainage, distance, point))
    begin = run_starts(point[order])
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
