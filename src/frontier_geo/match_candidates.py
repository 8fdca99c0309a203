"""Reports as arrays, and which of them are near enough in time and space to be compared at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from frontier_geo._validation import FloatArray
from frontier_geo.boundary import Boundary
from frontier_geo.errors import ParameterError
from frontier_geo.geodesy import WGS84, earth_centred
from frontier_geo.location_precision import PRECISIONS, LocationUncertainty

__all__ = ["NO_PLACE", "POINT", "STRETCH", "Reports", "candidate_pairs", "reports_of"]

IntArray = NDArray[np.int64]
NO_PLACE, POINT, STRETCH = 2, 0, 1  # the better known the place, the smaller
MOST_CANDIDATES = 20_000_000  # pairs held in memory at once; more are not worth comparing
MANY_SOURCES = 12  # above this, all sources are searched at once instead of two by two


@dataclass(frozen=True)
class Reports:
    """
    What is compared of reports, one entry each.

    Attributes
    ----------
    source : ndarray of int
        Number of the source.
    start, end : ndarray of int
        Window of dates, in days since 1970; `dated` says which have one.
    dated : ndarray of bool
    kind : ndarray of int
        POINT, STRETCH or NO_PLACE.
    lon, lat : ndarray of float
        The point, or the middle of the stretch; 0 without a place.
    radius_km : ndarray of float
        Of the point, or half the stretch; infinite without a place.
    from_km, to_km : ndarray of float
        The stretch; missing otherwise.
    """

    source: IntArray
    start: IntArray
    end: IntArray
    dated: NDArray[np.bool_]
    kind: IntArray
    lon: FloatArray
    lat: FloatArray
    radius_km: FloatArray
    from_km: FloatArray
    to_km: FloatArray

    def __len__(self) -> int:
        return len(self.source)

    def gap_days(self, i: IntArray, j: IntArray) -> IntArray:
        """Return by how many days two windows miss each other; 0 where they meet."""
        later = np.maximum(self.start[i], self.start[j])
        return np.maximum(0, later - np.minimum(self.end[i], self.end[j]))

    def distance_km(self, i: IntArray, j: IntArray) -> FloatArray:
        """Return geodesic distances between points or middles of stretches."""
        metres = WGS84.inv(self.lon[i], self.lat[i], self.lon[j], self.lat[j])[2]
        return np.asarray(metres, dtype=np.float64) / 1000


def reports_of(
    events: gpd.GeoDataFrame,
    source: IntArray,
    boundary: Boundary | None,
    *,
    district_km: float,
    province_km: float,
) -> Reports:
    """Return the reports of a checked event table; `boundary` is needed where it has stretches."""
    n = len(events)
    start, end, dated = _days(events)
    shapes = events.geometry.to_numpy().copy()
    shapes[shapely.is_empty(shapes)] = None
    word = events.get("location_precision", pd.Series(None, index=events.index, dtype=object))
    kinds = word.map({name: each.kind for name, each in PRECISIONS.items()}).to_numpy(dtype=object)
    begin, finish = _stretches(events, boundary)
    has_stretch = np.isfinite(begin)
    placed = ~shapely.is_missing(shapes) & (kinds != "none")
    point = placed & (shapely.get_type_id(shapes) == 0) & ~((kinds == "stretch") & has_stretch)
    # A line without its stretch stands for a circle around it.
    loose = placed & ~point & ~has_stretch
    kind = np.where(point | loose, POINT, np.where(has_stretch, STRETCH, NO_PLACE))
    lon, lat = np.zeros(n), np.zeros(n)
    centre = shapely.centroid(shapes)
    for value, read in ((lon, shapely.get_x), (lat, shapely.get_y)):
        value[kind == POINT] = read(centre[kind == POINT])
    radius = np.full(n, np.inf)
    radius[kind == POINT] = _radii(events, word, district_km, province_km)[kind == POINT]
    if loose.any():
        west, south, east, north = shapely.bounds(shapes[loose]).T
        across = np.asarray(WGS84.inv(west, south, east, north)[2]) / 2000
        radius[loose] = np.fmax(across, np.where(radius[loose] > 0, radius[loose], 0))
    along = kind == STRETCH
    if along.any() and boundary is not None:
        lon[along], lat[along] = boundary.lonlat_at((begin[along] + finish[along]) / 2)
        radius[along] = (finish[along] - begin[along]) / 2
    begin, finish = np.where(along, begin, np.nan), np.where(along, finish, np.nan)
    usable = np.isfinite(lon) & np.isfinite(lat) & (abs(lat) <= 90) & (abs(lon) <= 360)
    kind[~usable], radius[~usable] = NO_PLACE, np.inf
    lon[~usable] = lat[~usable] = 0.0
    return Reports(source, start, end, dated, kind, lon, lat, radius, begin, finish)


def _days(events: gpd.GeoDataFrame) -> tuple[IntArray, IntArray, NDArray[np.bool_]]:
    if "date_start" not in events:
        zero = np.zeros(len(events), dtype=np.int64)
        return zero, zero, zero.astype(bool)
    dated = events["date_start"].notna().to_numpy()
    days = [
        events[name].to_numpy(dtype="datetime64[D]").astype(np.int64)
        for name in ("date_start", "date_end")
    ]
    return np.where(dated, days[0], 0), np.where(dated, days[1], 0), dated


def _stretches(
    events: gpd.GeoDataFrame, boundary: Boundary | None
) -> tuple[FloatArray, FloatArray]:
    """Return the stretches, cut at the ends of the line; missing where there is none."""
    nothing = np.full(len(events), np.nan)
    if boundary is None or not {"frontage_from_km", "frontage_to_km"} <= set(events):
        return nothing, nothing.copy()
    begin = events["frontage_from_km"].to_numpy(dtype=float)
    finish = events["frontage_to_km"].to_numpy(dtype=float)
    begin, finish = np.maximum(begin, 0.0), np.minimum(finish, boundary.length_km)
    sound = begin < finish
    return np.where(sound, begin, np.nan), np.where(sound, finish, np.nan)


def _radii(
    events: gpd.GeoDataFrame, word: pd.Series, district_km: float, province_km: float
) -> FloatArray:
    usual = LocationUncertainty()
    by_word = {
        name: usual.radius_km(name) for name, each in PRECISIONS.items() if each.kind == "point"
    }
    by_word |= {"district": district_km, "province": province_km, "frontage": province_km}
    default = word.map(by_word).to_numpy(dtype=float)
    # Who says nothing of precision must not pass for the best located.
    silent = max(usual.unstated_km, usual.near_settlement_km)
    default = np.where(word.isna().to_numpy(), silent, default)
    if "location_uncertainty_km" not in events:
        return default
    own = events["location_uncertainty_km"].to_numpy(dtype=float)
    return np.where(np.isfinite(own), own, default)


# ---- who is near whom ----------------------------------------------------------------------------


def candidate_pairs(
    reports: Reports,
    *,
    tolerance_days: float,
    slack_km: float,
    within_source: bool = False,
    fixed_km: float | None = None,
) -> tuple[IntArray, IntArray]:
    """
    Find the pairs of reports whose windows of dates and places may hold one incident.

    Parameters
    ----------
    reports : Reports
    tolerance_days : float
        Days by which two windows of dates may miss each other.
    slack_km : float
        Two places are compared up to the sum of their radii and this.
    within_source : bool, default False
        Whether reports of one source are compared with each other too.
    fixed_km : float, optional
        Compare points up to this distance whatever their radius, and nothing but points.

    Returns
    -------
    first, second : ndarray of int
        Row numbers, ``first < second``, sorted.

    Raises
    ------
    ParameterError
        If there are more than 20 million such pairs.
    """
    reach = (
        reports.radius_km + slack_km / 2
        if fixed_km is None
        else np.full(len(reports), fixed_km / 2)
    )
    placed = reports.dated & (reports.kind != NO_PLACE)
    if fixed_km is not None:
        placed &= reports.kind == POINT
    half = (reports.end - reports.start) / 2 + tolerance_days / 2
    where = np.column_stack(
        [earth_centred(reports.lon, reports.lat) / 1000, (reports.start + reports.end) / 2]
    )
    nowhere = reports.dated & (reports.kind == NO_PLACE) & (fixed_km is None)
    found: list[IntArray] = []
    count = 0
    for one, two in _couples(reports, placed, nowhere, within_source):
        for a, b, columns in _blocks(one, two, placed, reach, half):
            scale = np.array(
                [reach[a].max() + reach[b].max()] * 3 + [half[a].max() + half[b].max()]
            )
            scale = np.where(scale > 0, scale, 1.0)[columns] * (1 + 1e-9)
            trees = [cKDTree(where[rows][:, columns] / scale) for rows in (a, b)]
            count += int(trees[0].count_neighbors(trees[1], 1.0, p=np.inf))
            _check_count(count)
            near = trees[0].sparse_distance_matrix(trees[1], 1.0, p=np.inf, output_type="ndarray")
            pairs = np.stack([a[near["i"]], b[near["j"]]])
            pairs.sort(axis=0)
            kept = _close(reports, where, reach, half, pairs, within_source)
            found.append(kept)
    if not found:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty
    first, second = np.concatenate(found, axis=1).astype(np.int64)
    one, other = np.divmod(np.unique(first * len(reports) + second), len(reports))
    return one, other


def _couples(
    reports: Reports, placed: NDArray[np.bool_], nowhere: NDArray[np.bool_], within_source: bool
) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield the rows of two sources at a time; of all at once where there are many."""
    rows = np.flatnonzero(placed | nowhere)
    numbers = np.unique(reports.source[rows])
    if len(numbers) > MANY_SOURCES:
        yield rows, rows
        return
    by_source = [rows[reports.source[rows] == number] for number in numbers]
    for k, one in enumerate(by_source):
        for two in by_source[k if within_source else k + 1 :]:
            yield one, two


def _blocks(
    one: IntArray,
    two: IntArray,
    placed: NDArray[np.bool_],
    reach: FloatArray,
    half: FloatArray,
) -> Iterator[tuple[IntArray, IntArray, list[int]]]:
    """Yield rows of like reach and like window: in space and time, or in time where one has no place."""
    groups = [_alike(rows, placed, reach, half) for rows in (one, two)]
    same = one is two
    for m, (a, a_placed) in enumerate(groups[0]):
        for b, b_placed in groups[1][m if same else 0 :]:
            yield a, b, [0, 1, 2, 3] if a_placed and b_placed else [3]


def _alike(
    rows: IntArray, placed: NDArray[np.bool_], reach: FloatArray, half: FloatArray
) -> list[tuple[IntArray, bool]]:
    """Part rows by the power of two that their reach and their window come to."""
    size = np.where(placed[rows], reach[rows], 1.0)
    keys = np.stack(
        [
            placed[rows],
            np.ceil(np.log2(np.maximum(size, 4.0))),
            np.ceil(np.log2(np.maximum(half[rows], 2.0)) / 2),
        ]
    )
    kinds, group = np.unique(keys, axis=1, return_inverse=True)
    group = np.asarray(group).ravel()
    return [(rows[group == k], bool(kinds[0, k])) for k in range(kinds.shape[1])]


def _close(
    reports: Reports,
    where: FloatArray,
    reach: FloatArray,
    half: FloatArray,
    pairs: IntArray,
    within_source: bool,
) -> IntArray:
    """Keep the pairs that are near by their own reach and window, not only by their group's."""
    i, j = pairs
    kept = i < j
    if not within_source:
        kept &= reports.source[i] != reports.source[j]
    kept &= abs(where[i, 3] - where[j, 3]) <= half[i] + half[j] + 1e-9
    both = (reports.kind[i] != NO_PLACE) & (reports.kind[j] != NO_PLACE)
    straight = np.linalg.norm(where[i, :3] - where[j, :3], axis=1)
    # A chord is shorter than its geodesic: by less than a thousandth, up to 1,000 km.
    kept &= ~both | (straight <= (reach[i] + reach[j]) * 1.001)
    return pairs[:, kept]


def _check_count(count: int) -> None:
    if count > MOST_CANDIDATES:
        raise ParameterError(
            f"Reports are compared where they are near in time and place, up to {MOST_CANDIDATES:,} "
            f"pairs, but these give more than {count:,}. Match a shorter period or a smaller region "
            "at a time, leave out rows without a place, or set slack_km and day_errors of the rules "
            "narrower."
        )
