"""
How likely each event happened on each segment.

A point is spread by its location uncertainty and the line's, a stretch evenly over its length; what
is off the border or has no place keeps a row of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray, check_columns, check_once
from frontier_geo.boundary import Boundary
from frontier_geo.locating import OFF_BORDER, UNPLACED, place_sigma_m, same_boundary
from frontier_geo.segments import check_segments, make_segments, segment_of

__all__ = ["OTHER_SEGMENTS", "segment_weights"]

OTHER_SEGMENTS = "other_segments"
POINTS_AT_ONCE = 5_000  # whose bits of line are held at once


def segment_weights(
    located: pd.DataFrame,
    segments: pd.DataFrame | None = None,
    boundary: Boundary | None = None,
) -> pd.DataFrame:
    """
    Spread each event over the segments, by how likely it happened on each.

    A point is spread by its location uncertainty and the line's, as a normal error (see Notes); a
    stretch evenly over its length. What is off the border or has no place has a row of its own.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`.
    segments : DataFrame, optional
        Default: segments of 10 km.
    boundary : Boundary, optional
        The line `located` and `segments` rest on. Default: the shipped border, if it is that.

    Returns
    -------
    DataFrame
        ``event_id, segment_id, probability``, positive entries only; the probabilities of each
        event sum to 1. `segment_id` is ``off_border`` or ``unplaced`` where there is no segment, and
        ``other_segments`` for what lies on the border but on none of the segments given.

    Notes
    -----
    `location_uncertainty_km` is the radius that holds the true place in 95 of 100 cases, 2.448
    standard deviations of a circular normal error. Given that the incident was at the border, the
    density along the line is proportional to exp(-d² / 2 sigma²), d the distance to the report.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> weights = segment_weights(locate_events(load_events()))
    >>> bool((weights.groupby("event_id")["probability"].sum().round(9) == 1).all())
    True
    """
    check_columns(located, ["event_id", "candidate", "placement", "lon", "lat"], name="located")
    boundary = same_boundary(boundary, located=located, segments=segments)
    segments = make_segments(boundary) if segments is None else segments
    check_segments(segments)
    first = located[located["candidate"] == 0]
    check_once(first["event_id"], name="event_id of located")
    names = np.array([*segments["segment_id"], OTHER_SEGMENTS], dtype=object)
    points = first[first["placement"] == "point"]
    parts = []
    if len(points):
        breaks = np.union1d(segments["from_km"].to_numpy(), segments["to_km"].to_numpy()) * 1000
        parts.append(_point_weights(points, segments, names, boundary, breaks))
    stretches = first[first["placement"] == "frontage"]
    if len(stretches):
        parts.append(_stretch_weights(stretches, segments, names))
    for placement, label in (
        (OFF_BORDER, OFF_BORDER),
        (UNPLACED, UNPLACED),
        ("rejected", UNPLACED),
    ):
        rest = first.loc[first["placement"] == placement, "event_id"]
        if len(rest):
            parts.append(pd.DataFrame({"event_id": rest, "segment_id": label, "probability": 1.0}))
    if not parts:
        return pd.DataFrame({"event_id": [], "segment_id": [], "probability": []})
    weights = pd.concat(parts, ignore_index=True)
    weights.attrs = {key: value for key, value in located.attrs.items()}
    return weights


def _point_weights(
    points: pd.DataFrame,
    segments: pd.DataFrame,
    names: NDArray[Any],
    boundary: Boundary,
    breaks_m: FloatArray,
) -> pd.DataFrame:
    index = boundary.index.with_vertices_at(breaks_m)
    sigma = place_sigma_m(points, boundary, points["chainage_km"].to_numpy(dtype=float))
    ids = points["event_id"].to_numpy()
    lon, lat = points["lon"].to_numpy(), points["lat"].to_numpy()
    parts = []
    for first in range(0, len(points), POINTS_AT_ONCE):
        some = slice(first, first + POINTS_AT_ONCE)
        spread = index.spread(lon[some], lat[some], sigma[some])
        row = segment_of(segments, spread.chainage_m / 1000)
        parts.append(_collect(ids[some][spread.point], names[row], spread.probability))
    return pd.concat(parts, ignore_index=True)


def _stretch_weights(
    stretches: pd.DataFrame, segments: pd.DataFrame, names: NDArray[Any]
) -> pd.DataFrame:
    start = stretches["frontage_from_km"].to_numpy(dtype=float)[:, None]
    stop = stretches["frontage_to_km"].to_numpy(dtype=float)[:, None]
    begin, end = segments["from_km"].to_numpy(dtype=float), segments["to_km"].to_numpy(dtype=float)
    segment_of(segments, [])  # refuses overlapping segments
    share = np.clip(np.minimum(stop, end) - np.maximum(start, begin), 0.0, None) / (stop - start)
    rest = np.clip(1.0 - share.sum(axis=1, keepdims=True), 0.0, None)
    share = np.hstack((share, np.where(rest > 1e-9, rest, 0.0)))
    share /= share.sum(axis=1, keepdims=True)
    event, segment = np.nonzero(share)
    return _collect(stretches["event_id"].to_numpy()[event], names[segment], share[event, segment])


def _collect(event: NDArray[Any], segment: NDArray[Any], probability: FloatArray) -> pd.DataFrame:
    table = pd.DataFrame({"event_id": event, "segment_id": segment, "probability": probability})
    return table.groupby(["event_id", "segment_id"], sort=False, as_index=False).sum()
