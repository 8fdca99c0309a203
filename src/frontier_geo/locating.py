"""
Events → positions on the boundary: every candidate, and the side.

The reference line alone decides distance, side and chainage. A report that names a stretch is
placed on that stretch; one that names no place stays unplaced. No row is dropped.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from frontier_geo._nearest import side_of
from frontier_geo._points import points_of
from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_number, check_positive, check_table
from frontier_geo.boundary import Boundary, Positions
from frontier_geo.chainage import Approaches
from frontier_geo.datasets import the_boundary
from frontier_geo.errors import CoordinateError, ParameterError, RejectedRowsWarning
from frontier_geo.events import check_events
from frontier_geo.licences import sources_of
from frontier_geo.line_spread import split_points
from frontier_geo.location_precision import PRECISIONS, LocationUncertainty
from frontier_geo.segments import check_segments, make_segments, segment_of

__all__ = [
    "OFF_BORDER",
    "UNPLACED",
    "check_not_swapped",
    "locate_events",
    "locate_points",
    "place_sigma_m",
    "same_boundary",
    "side_words",
]

OFF_BORDER = "off_border"
UNPLACED = "unplaced"
MAX_DISTANCE_KM = 25.0  # about the depth of the districts on the border
#: Radius that holds 95 % of a circular normal error, in standard deviations.
RADIUS_95 = math.sqrt(-2.0 * math.log(0.05))
SMALLEST_SIGMA_M = 1.0  # below this a point is on one place of the line
LINES_AT_ONCE = 2_000  # drawn stretches whose vertices are located together
FAR_KM = 500.0  # a point this far off is suspected of swapped coordinates
CARRIED = (
    "date_start", "date_end", "date_precision", "event_type", "scope", "confidence",
    "country_side", "location_precision", "location_uncertainty_km", "killed", "wounded", "detained",
    "narcotics_kg", "source", "sources", "licence",
)  # fmt: skip


def locate_points(
    lon: Any,
    lat: ArrayLike | None = None,
    *,
    boundary: Boundary | None = None,
    tolerance_km: ArrayLike = 0.0,
    uncertainty_km: ArrayLike = 0.0,
    nearest: bool = True,
    engine: str = "auto",
    threads: int = 1,
) -> pd.DataFrame:
    """
    Find where points lie along a boundary, how far from it, and on which side.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees on WGS84. Instead of both: one DataFrame with the columns `lon` and `lat`, or one
        GeoDataFrame of points; its coordinates are converted if its CRS is another one.
    boundary : Boundary, optional
        Default: the shipped border.
    tolerance_km : float or array_like, default 0
        Every contiguous stretch of the line that comes within the nearest distance plus this gives
        a candidate. With 0 there is one row for each point.
    uncertainty_km : float or array_like, default 0
        How far off the points themselves may be; it enters only `side_certain`.
    nearest : bool, default True
        Whether `nearest_lon, nearest_lat` are wanted; without them it is quicker.
    engine : {"auto", "numpy", "numba"}
        Who searches; both give the same numbers, to the last bit. "auto" is numba where it is
        installed (the extra ``fast``) and there are points enough.
    threads : int, default 1
        How many parts of the points are searched at the same time.

    Returns
    -------
    DataFrame
        One row a point and candidate, the nearest first (candidate 0; ties: the lower chainage):
        ``point, candidate, chainage_km, official_km, distance_km, offset_km, side, side_certain,
        beyond_end, nearest_lon, nearest_lat``. Distances are geodesic. `offset_km` is positive on
        the left of the line (Tajikistan on the shipped one). `side` is the likelier side, and
        `side_certain` whether the distance exceeds the position uncertainty of the line plus
        `uncertainty_km`; all candidates of a point carry the side of the nearest. Past an end of the
        line, and on the line itself, there is no side. From a table, rows keep its index.

    Raises
    ------
    CoordinateError
        If a coordinate is missing, masked, infinite or out of range.
    ColumnError, CRSError, GeometryError
        If a table lacks a column, or a layer has no CRS or rows that are no points.
    ParameterError
        If `boundary` is none, or a tolerance or uncertainty is no number of km; a tolerance is finite.

    References
    ----------
    ISO 19148:2021, Geographic information - Linear referencing.
    Karney (2013), J. Geodesy 87, 43-55. https://doi.org/10.1007/s00190-012-0578-z

    Examples
    --------
    >>> row = locate_points(71.51, 37.49).iloc[0]
    >>> row["side"], round(float(row["chainage_km"])), bool(row["side_certain"])
    ('AF', 776, True)
    """
    boundary = the_boundary(boundary)
    if not isinstance(boundary, Boundary):
        raise ParameterError(
            f"boundary must be a Boundary, but is {boundary!r:.80}. read_boundary gives that of a file."
        )
    lon, lat, index = points_of(lon, lat)
    tolerance = _for_each(tolerance_km, lon.shape, "tolerance_km")
    if np.isinf(np.asarray(tolerance_km, dtype=np.float64)).any():
        raise ParameterError(
            "tolerance_km must be a finite number of km, but is infinite. Give a distance within which "
            "stretches of the line count, such as 10."
        )
    own = _for_each(uncertainty_km, lon.shape, "uncertainty_km")
    if np.ndim(tolerance_km) == 0 and tolerance[:1].sum() == 0.0:
        found = boundary.locate(lon, lat, engine=engine, threads=threads)
        columns = _nearest_columns(found, boundary, own)
    else:
        columns = _candidate_columns(
            boundary.index.locate(
                lon, lat, tolerance_m=tolerance * 1000, engine=engine, threads=threads
            ),
            boundary,
            own,
        )
    if nearest:
        columns["nearest_lon"], columns["nearest_lat"] = boundary.index.places_at(
            columns["chainage_km"] * 1000
        )
    if index is not None and len(columns["point"]) != lon.size:
        index = index.take(columns["point"])
    return pd.DataFrame(columns, index=index, copy=False)


def _nearest_columns(found: Positions, boundary: Boundary, own: FloatArray) -> dict[str, Any]:
    """Return the columns of `locate_points` for the nearest place of each point."""
    n = found.side.size
    reach = boundary.position_uncertainty_km(found.chainage_km)
    reach += own
    return {
        "point": np.arange(n),
        "candidate": np.zeros(n, dtype=np.int64),
        "chainage_km": found.chainage_km,
        "official_km": boundary.official_km(found.chainage_km),
        "distance_km": found.distance_km,
        "offset_km": found.offset_km,
        "side": side_words(found.side, boundary),
        "side_certain": (found.distance_km > reach) & (found.beyond == 0),
        "beyond_end": found.beyond != 0,
    }


def _candidate_columns(near: Approaches, boundary: Boundary, own: FloatArray) -> dict[str, Any]:
    """Return the columns of `locate_points` for every candidate of each point."""
    # A point has one side, that of its nearest place.
    first = np.flatnonzero(near.rank == 0)
    km, distance = near.chainage_m / 1000, near.distance_m / 1000
    side = side_of(near.offset_m[first], near.distance_m[first], near.beyond[first])
    certain = distance[first] > boundary.position_uncertainty_km(km[first]) + own
    certain &= near.beyond[first] == 0
    return {
        "point": near.point,
        "candidate": near.rank,
        "chainage_km": km,
        "official_km": boundary.official_km(km),
        "distance_km": distance,
        "offset_km": near.offset_m / 1000,
        "side": side_words(side, boundary)[near.point],
        "side_certain": certain[near.point],
        "beyond_end": (near.beyond[first] != 0)[near.point],
    }


def side_words(side: NDArray[np.int8], boundary: Boundary) -> Any:
    """
    Return the names of sides, None where there is none.

    Parameters
    ----------
    side : ndarray of int8
        1 on the left, -1 on the right, 0 neither, as in `Positions`.
    boundary : Boundary
        Its `left` and `right` are the names.

    Returns
    -------
    array
        What pandas itself makes of such words: its own kind of texts, or objects where there are
        only None or pandas is older than 3. Built from whole columns, which is quicker.
    """
    words = [boundary.right, None, boundary.left]
    if pd.Series(["a"]).dtype == object or not side.any():
        return np.array(words, dtype=object)[side + 1]
    import pyarrow as pa

    return pd.array(pa.array(words, pa.large_string()).take(pa.array(side + 1)), dtype="str")


def locate_events(
    events: gpd.GeoDataFrame,
    boundary: Boundary | None = None,
    *,
    segments: pd.DataFrame | None = None,
    max_distance_km: float = MAX_DISTANCE_KM,
    tolerance_km: float | None = None,
    uncertainty: LocationUncertainty | None = None,
) -> pd.DataFrame:
    """
    Place incidents on a boundary: every candidate place of each, and no row lost.

    Parameters
    ----------
    events : GeoDataFrame
        The event table (see `check_events`), EPSG:4326. A point without `location_uncertainty_km`
        and `location_precision` is taken as exact. A point whose precision is a district or worse is
        only a label: its stretch counts, if given, else it is unplaced.
    boundary : Boundary, optional
        Default: the shipped border.
    segments : DataFrame, optional
        Segments that `segment_id` names. Default: segments of 10 km.
    max_distance_km : float, default 25
        A point farther than this from the line is off the border: it is not counted on a segment.
    tolerance_km : float, optional
        Stretches of line that come within the nearest distance plus this are candidates too.
        Default: for each event its own location uncertainty plus the line's at that place.
    uncertainty : LocationUncertainty, optional
        The radius of each precision, where a row does not give its own. Default: the library's.

    Returns
    -------
    DataFrame
        One row an event and candidate, candidate 0 the nearest. `placement` says what became of it:

        - ``point``: `chainage_km, official_km, distance_km, offset_km, side, side_certain,
          segment_id, probability, nearest_lon, nearest_lat` hold the answer; probabilities of an
          event's candidates sum to 1.
        - ``frontage``: known to a stretch, `frontage_from_km` to `frontage_to_km`.
        - ``off_border``: farther than `max_distance_km`.
        - ``unplaced``: the report names no place.
        - ``rejected``: the row cannot be used; `reason` says why.

    Raises
    ------
    CRSError, ColumnError, GeometryError, ParameterError
        If the table cannot be used at all.
    CoordinateError
        If no row of it can be used.

    Warns
    -----
    RejectedRowsWarning
        If some rows were rejected; they stay in the result.

    References
    ----------
    ISO 19148:2021, Geographic information - Linear referencing.
    Karney (2013), J. Geodesy 87, 43-55. https://doi.org/10.1007/s00190-012-0578-z

    Examples
    --------
    >>> from frontier_geo import load_events
    >>> located = locate_events(load_events())
    >>> located.loc[located["candidate"] == 0, "event_id"].is_unique
    True
    """
    boundary = the_boundary(boundary)
    checked = check_events(events)
    check_positive(max_distance_km, name="max_distance_km", unit="km")
    if tolerance_km is not None and check_number(tolerance_km, name="tolerance_km", unit="km") < 0:
        raise ParameterError(f"tolerance_km must be 0 or more, but is {tolerance_km!r}.")
    uncertainty = LocationUncertainty() if uncertainty is None else uncertainty
    rows = _sort_out(checked, boundary, max_distance_km, uncertainty)
    _report_rejected(rows)
    points = rows[rows["placement"] == "point"]
    parts = [
        rows[~rows["placement"].isin(["point", OFF_BORDER])].assign(candidate=0, probability=1.0),
        _off_border_rows(rows[rows["placement"] == OFF_BORDER], boundary),
        _candidate_rows(points, boundary, tolerance_km),
    ]
    located = pd.concat([part for part in parts if len(part)] or parts[:1])
    located = located.sort_values(["row", "candidate"], kind="stable", ignore_index=True)
    segments = make_segments(boundary) if segments is None else segments
    check_segments(segments)
    same_boundary(boundary, segments=segments)
    names = np.array([*segments["segment_id"], None], dtype=object)
    km = located.get("chainage_km", pd.Series(np.nan, index=located.index)).to_numpy(dtype=float)
    on_line = np.where(located["placement"] == "point", km, np.nan)
    located["segment_id"] = names[segment_of(segments, on_line)]
    located = located.reindex(columns=_column_order(checked))
    located["side_certain"] = located["side_certain"].eq(True)
    located["side"] = located["side"].astype(object).where(located["side"].notna(), None)
    located.attrs = result_attrs(
        "located",
        checked,
        boundary=boundary.summary(),
        sources=sources_of(checked),
        parameters={
            "max_distance_km": max_distance_km,
            "tolerance_km": tolerance_km,
            "uncertainty_km": uncertainty.as_dict(),
        },
    )
    return located


def _for_each(value: ArrayLike, shape: tuple[int, ...], name: str) -> FloatArray:
    """Return a number of km of 0 or more for each point; what is missing is 0."""
    try:
        numbers = np.broadcast_to(np.nan_to_num(np.asarray(value, dtype=np.float64)), shape)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"{name} must be a number of km, or one for each of the {shape[0]} points, but: {error}."
        ) from error
    if (numbers < 0).any():
        raise ParameterError(f"{name} must be 0 or more, but is {numbers.min():g}.")
    return numbers


def same_boundary(
    boundary: Boundary | None,
    *,
    located: pd.DataFrame | None = None,
    segments: pd.DataFrame | None = None,
) -> Boundary:
    """Return the boundary that tables rest on; refuse tables of different lines."""
    for name, table in (("located", located), ("segments", segments)):
        if table is not None:
            check_table(table, name=name)
    told = {
        name: table.attrs["boundary"]
        for name, table in (("located", located), ("segments", segments))
        if table is not None and table.attrs.get("boundary", {}).get("sha256")
    }
    if boundary is None:
        if not told and (located is not None or segments is not None):
            raise ParameterError(
                "It is not known which line these tables rest on: their .attrs are lost, as after "
                "merging or reading from a file. Say so with boundary=, such as load_boundary()."
            )
    boundary = the_boundary(boundary)
    for name, line in told.items():
        if line["sha256"] != boundary.sha256:
            raise ParameterError(
                f"{name} rests on the line {line['boundary_id']!r} ({line['sha256'][:12]}…), but "
                f"boundary is {boundary.boundary_id!r} ({boundary.sha256[:12]}…). Use one line for "
                "all: pass it as boundary=, and make located and segments with it."
            )
    return boundary


# ---- sorting rows by what they say of their place -----------------------------------------------


def _sort_out(
    events: gpd.GeoDataFrame,
    boundary: Boundary,
    max_distance_km: float,
    uncertainty: LocationUncertainty,
) -> pd.DataFrame:
    """Return a row for each event with `placement`, `reason`, coordinates and stretch."""
    geometry = events.geometry.to_numpy().copy()
    empty = shapely.is_empty(geometry)
    geometry[empty] = None
    kind = shapely.get_type_id(geometry)
    lon, lat = shapely.get_x(geometry), shapely.get_y(geometry)
    stretch = _stretches(events, geometry, kind, boundary, max_distance_km)
    is_point = kind == 0
    reason = np.full(len(events), None, dtype=object)
    placement = np.full(len(events), UNPLACED, dtype=object)
    precision = events.get("location_precision", pd.Series(None, index=events.index, dtype=object))
    kinds = precision.map({name: known.kind for name, known in PRECISIONS.items()}).to_numpy()
    # A coordinate that stands for a district or a country is its label, not the place.
    label = is_point & np.isin(kinds.astype(str), ["stretch", "none"])
    is_point &= ~label
    placement[is_point] = "point"
    has_stretch = ~is_point & np.isfinite(stretch["frontage_from_km"].to_numpy())
    placement[has_stretch] = "frontage"
    bare = ~is_point & ~has_stretch
    precision = precision.to_numpy(dtype=object)
    reason[bare] = "no place is known"
    reason[bare & (precision == "country")] = "known only as the border"
    reason[bare & (precision == "district")] = (
        "known only to a district that does not touch the border"
    )
    for i in np.flatnonzero(label & bare):
        known_to = "no place" if precision[i] == "unknown" else f"the {precision[i]}"
        reason[i] = (
            f"a point, but known only to {known_to}: give its stretch in frontage_from_km and "
            "frontage_to_km, or a better location_precision"
        )
    placement[empty & bare], reason[empty & bare] = "rejected", "its geometry is empty"
    for i, why in stretch["problem"].dropna().items():
        placement[i], reason[i] = "rejected", why
    wild = is_point & ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))  # NaN is wild, too
    for i in np.flatnonzero(wild):
        placement[i], reason[i] = "rejected", _coordinate_problem(lon[i], lat[i])
    if "location_problem" in events:
        for i, why in events["location_problem"].reset_index(drop=True).dropna().items():
            placement[i], reason[i] = "rejected", why
    good = np.flatnonzero(placement == "point")
    found = boundary.locate(lon[good], lat[good])
    far = found.distance_km > FAR_KM
    far[far] = _look_swapped(lon[good[far]], lat[good[far]], boundary)
    off = (found.distance_km > max_distance_km) & ~far
    placement[good[far]], placement[good[off]] = "rejected", OFF_BORDER
    for i, away in zip(good[far], found.distance_km[far], strict=True):
        reason[i] = (
            f"longitude {lon[i]:g} and latitude {lat[i]:g} look swapped: {away:,.0f} km from the "
            "border as given"
        )
    reason[good[off]] = [
        f"{away:,.1f} km from the border, more than {max_distance_km:g} km"
        for away in found.distance_km[off].tolist()
    ]
    nearest_km = np.full(len(events), np.nan)
    nearest_km[good] = found.chainage_km
    own = _own_uncertainty(events, placement, uncertainty)
    carried = events[[c for c in CARRIED if c in events]].assign(location_uncertainty_km=own)
    return carried.assign(
        row=np.arange(len(events)),
        event_id=events["event_id"],
        nearest_km=nearest_km,
        placement=placement,
        reason=reason,
        lon=np.where(is_point, lon, np.nan),
        lat=np.where(is_point, lat, np.nan),
        frontage_from_km=np.where(placement == "frontage", stretch["frontage_from_km"], np.nan),
        frontage_to_km=np.where(placement == "frontage", stretch["frontage_to_km"], np.nan),
    )


def _stretches(
    events: gpd.GeoDataFrame,
    geometry: NDArray[Any],
    kind: NDArray[Any],
    boundary: Boundary,
    max_distance_km: float,
) -> pd.DataFrame:
    """Return the stretch of border each event names, from its kilometres or its line."""
    none = pd.Series(np.nan, index=events.index)
    start = events.get("frontage_from_km", none).to_numpy(dtype=float).copy()
    stop = events.get("frontage_to_km", none).to_numpy(dtype=float).copy()
    problem = pd.Series(None, index=events.index, dtype=object)
    drawn = np.flatnonzero((kind == 1) | (kind == 5))
    for first in range(0, drawn.size, LINES_AT_ONCE):
        rows = drawn[first : first + LINES_AT_ONCE]
        found, farthest, odd = _along_lines(geometry[rows], boundary)
        far = farthest > max_distance_km
        for k in np.flatnonzero(far | odd.astype(bool)):
            problem[rows[k]] = (
                f"on its line, {odd[k]}"
                if odd[k]
                else f"its line lies up to {farthest[k]:,.1f} km from the border, more than "
                f"{max_distance_km:g} km"
            )
        told = np.column_stack((start[rows], stop[rows]))
        # Where it tells the kilometres of another line, the drawn stretch is trusted.
        other = ~(np.abs(found - told).max(axis=1) <= 1.0) & ~far & ~odd.astype(bool)
        start[rows[other]], stop[rows[other]] = found[other].T
    given = np.isfinite(start) | np.isfinite(stop)
    end = boundary.length_km
    wrong = given & ~((start >= -1e-6) & (start < stop) & (stop <= end + 1e-3))
    for i in np.flatnonzero(wrong & (kind != 0)):
        problem[i] = (
            f"its stretch from km {start[i]:g} to km {stop[i]:g} does not lie on the border, which is "
            f"{end:,.3f} km long"
        )
    start[wrong] = np.nan
    return pd.DataFrame(
        {
            "frontage_from_km": np.maximum(start, 0.0),
            "frontage_to_km": np.minimum(stop, end),
            "problem": problem,
        }
    )


def _along_lines(
    lines: NDArray[Any], boundary: Boundary
) -> tuple[FloatArray, FloatArray, NDArray[Any]]:
    """
    Return of drawn lines the stretch they lie along, their largest distance, and what is odd.

    Many reports name the same district: a line that occurs again is not located again.
    """
    which, distinct = pd.factorize(shapely.to_wkb(lines))
    vertices, owner = shapely.get_coordinates(shapely.from_wkb(distinct), return_index=True)
    lon, lat = vertices.T
    good = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    odd = np.full(distinct.size, "", dtype=object)
    for i in np.flatnonzero(~good)[::-1]:  # the first of a line is told
        odd[owner[i]] = _coordinate_problem(lon[i], lat[i])
    near = boundary.locate(lon[good], lat[good])
    beg, end, farthest = (np.full(distinct.size, empty) for empty in (np.inf, -np.inf, -np.inf))
    np.minimum.at(beg, owner[good], near.chainage_km)
    np.maximum.at(end, owner[good], near.chainage_km)
    np.maximum.at(farthest, owner[good], near.distance_km)
    return np.column_stack((beg, end))[which], farthest[which], odd[which]


def _coordinate_problem(lon: float, lat: float) -> str | None:
    if not (np.isfinite(lon) and np.isfinite(lat)):
        return f"its coordinates are missing or not finite: longitude {lon}, latitude {lat}"
    if abs(lon) > 180 or abs(lat) > 90:
        return (
            f"its coordinates are out of range: longitude {lon:g}, latitude {lat:g} (degrees on WGS84 "
            "are needed)"
        )
    return None


def check_not_swapped(lon: float, lat: float, boundary: Boundary) -> None:
    """Refuse a point that lies far from the border, but near it with its coordinates swapped."""
    away = boundary.index.locate([lon], [lat]).distance_m[0] / 1000
    if away > FAR_KM and _look_swapped(np.array([lon]), np.array([lat]), boundary)[0]:
        raise CoordinateError(
            f"Latitude {lat:g} and longitude {lon:g} look swapped: the point lies {away:,.0f} km from "
            f"the border. Latitude comes first, longitude second: try {lon:g} {lat:g}."
        )


def _look_swapped(lon: FloatArray, lat: FloatArray, boundary: Boundary) -> NDArray[np.bool_]:
    """Return which points lie near the border once longitude and latitude change places."""
    swapped = np.abs(lon) <= 90
    if swapped.any():
        there = boundary.locate(lat[swapped], lon[swapped])
        swapped[swapped] = there.distance_km < FAR_KM / 2
    return swapped


def _own_uncertainty(
    events: gpd.GeoDataFrame, placement: NDArray[Any], uncertainty: LocationUncertainty
) -> FloatArray:
    """Return each event's location uncertainty: its own, or the default of its precision."""
    none = pd.Series(np.nan, index=events.index)
    given = events.get("location_uncertainty_km", none).to_numpy(dtype=float)
    words = events.get("location_precision", pd.Series(None, index=events.index, dtype=object))
    usual = words.map({name: uncertainty.radius_km(name) for name in PRECISIONS})
    usual = usual.to_numpy(dtype=float)
    if uncertainty.unstated_km > 0:
        usual = np.where(words.isna(), uncertainty.unstated_km, usual)
    is_point = np.isin(placement, ["point", OFF_BORDER])
    return np.where(np.isfinite(given), given, np.where(is_point, usual, np.nan))


def _report_rejected(rows: pd.DataFrame) -> None:
    rejected = rows[rows["placement"] == "rejected"]
    if not len(rejected):
        return
    first = rejected.iloc[0]
    if len(rejected) == len(rows):
        raise CoordinateError(
            f"No row of the events can be placed. The first, {first['event_id']!r}: {first['reason']}. "
            "Points need longitude as x and latitude as y, in degrees on WGS84 (EPSG:4326)."
        )
    warnings.warn(
        f"{len(rejected)} of {len(rows)} events were rejected, first {first['event_id']!r}: "
        f"{first['reason']}. They stay in the table with placement 'rejected' and are counted as "
        "unplaced. To silence this, mend or remove those rows.",
        RejectedRowsWarning,
        stacklevel=3,
    )


# ---- candidates and probabilities ---------------------------------------------------------------


def place_sigma_m(rows: pd.DataFrame, boundary: Boundary, chainage_km: FloatArray) -> FloatArray:
    """Return the standard deviation of each event's place, its own and the line's together."""
    none = pd.Series(0.0, index=rows.index)
    own = np.nan_to_num(rows.get("location_uncertainty_km", none).to_numpy(dtype=float))
    line = boundary.position_uncertainty_km(chainage_km)
    return np.maximum(np.hypot(own, line) / RADIUS_95 * 1000, SMALLEST_SIGMA_M)


def _candidate_rows(
    points: pd.DataFrame, boundary: Boundary, tolerance_km: float | None
) -> pd.DataFrame:
    if not len(points):
        return points
    lon, lat = points["lon"].to_numpy(), points["lat"].to_numpy()
    own = np.nan_to_num(points["location_uncertainty_km"].to_numpy(dtype=float))
    nearest = points["nearest_km"].to_numpy()
    reach = (
        own + boundary.position_uncertainty_km(nearest) if tolerance_km is None else tolerance_km
    )
    found = locate_points(lon, lat, boundary=boundary, tolerance_km=reach, uncertainty_km=own)
    found["probability"] = _candidate_probability(found, points, boundary, nearest)
    found["row"] = points["row"].to_numpy()[found["point"].to_numpy()]
    return found.drop(columns="point").merge(points, on="row", how="left")


def _candidate_probability(
    found: pd.DataFrame, points: pd.DataFrame, boundary: Boundary, nearest_km: FloatArray
) -> FloatArray:
    """Return each candidate's share of its event's probability over the line."""
    probability = np.ones(len(found))
    owner_of = found["point"].to_numpy()
    several = np.flatnonzero(np.bincount(owner_of) > 1)
    if not several.size:
        return probability
    some = points.iloc[several]
    sigma = place_sigma_m(some, boundary, nearest_km[several])
    # Each bit of line goes to the candidate of its point that is nearest along the line.
    mine = np.flatnonzero(np.isin(owner_of, several))
    chainage = found["chainage_km"].to_numpy()
    mine = mine[np.lexsort((chainage[mine], owner_of[mine]))]
    owner, at = owner_of[mine], chainage[mine]
    halfway = ((at[1:] + at[:-1]) / 2)[owner[1:] == owner[:-1]]
    breaks = np.bincount(np.searchsorted(several, owner)) - 1
    probability[mine] = split_points(
        boundary.index, some["lon"].to_numpy(), some["lat"].to_numpy(), sigma,
        start=np.concatenate(([0], np.cumsum(breaks))), breaks_m=halfway * 1000,
    )  # fmt: skip
    return probability


def _off_border_rows(rows: pd.DataFrame, boundary: Boundary) -> pd.DataFrame:
    """Return how far off each event is and which place on the line is nearest."""
    if not len(rows):
        return rows
    own = rows["location_uncertainty_km"].to_numpy(dtype=float)
    near = locate_points(
        rows["lon"].to_numpy(), rows["lat"].to_numpy(), boundary=boundary, uncertainty_km=own
    )
    near = near.drop(columns="point").set_index(rows.index)
    return pd.concat([rows, near], axis=1).assign(probability=1.0)


def _column_order(events: pd.DataFrame) -> list[str]:
    answer = [
        "event_id", "candidate", "placement", "reason", "chainage_km", "official_km", "distance_km",
        "offset_km", "side", "side_certain", "segment_id", "probability", "nearest_lon",
        "nearest_lat", "lon", "lat", "frontage_from_km", "frontage_to_km",
    ]  # fmt: skip
    carried = [c for c in CARRIED if c in events or c == "location_uncertainty_km"]
    return answer + carried
