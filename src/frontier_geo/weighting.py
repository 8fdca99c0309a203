"""
How likely each event happened on each segment.

A point is spread by its location uncertainty and the line's, a stretch evenly over its length; what
is off the border or has no place keeps a row of its own. Events at one and the same place are worked
out once.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_columns, check_once
from frontier_geo.boundary import Boundary
from frontier_geo.errors import ResolutionWarning
from frontier_geo.licences import sources_of
from frontier_geo.line_spread import bin_points
from frontier_geo.locating import OFF_BORDER, UNPLACED, locate_events, place_sigma_m, same_boundary
from frontier_geo.segments import check_segments, make_segments, segment_of

__all__ = [
    "OTHER_SEGMENTS",
    "Shares",
    "resolution",
    "segment_shares",
    "segment_weights",
    "warn_if_unresolved",
]

IntArray = NDArray[np.int64]

OTHER_SEGMENTS = "other_segments"
ELSEWHERE = (OTHER_SEGMENTS, OFF_BORDER, UNPLACED)  # their codes follow those of the segments
SMALLEST_REST = 1e-9  # of a stretch: less than this beside the segments is rounding


def segment_weights(
    located: pd.DataFrame,
    segments: pd.DataFrame | None = None,
    *,
    boundary: Boundary | None = None,
    engine: str = "auto",
) -> pd.DataFrame:
    """
    Spread each event over the segments, by how likely it happened on each.

    A point is spread by its location uncertainty and the line's, as a normal error (see Notes); a
    stretch evenly over its length. What is off the border or has no place has a row of its own.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`, or the events themselves, which are then located.
    segments : DataFrame, optional
        Default: segments of 10 km.
    boundary : Boundary, optional
        The line `located` and `segments` rest on. Default: the shipped border, if it is that.
    engine : {"auto", "numpy", "numba"}, default "auto"
        What works out the points: numpy, or loops compiled by numba (the extra ``fast``). Both give
        the same to 1e-9; ``"auto"`` takes numba where it is installed and the points are many.

    Returns
    -------
    DataFrame
        ``event_id, segment_id, probability``, positive entries only, in the order of `located` and
        of `segments`; the probabilities of each event sum to 1. `segment_id` is categorical: one of
        `segments`; ``off_border`` for what lies past the ends of the line or too far from it,
        ``unplaced`` where no place is known, and ``other_segments`` for what lies on the border but
        on none of the segments given.

    Raises
    ------
    ColumnError
        If a column is missing.
    ParameterError
        If located, segments and boundary do not belong together, an event stands twice, or segments
        overlap.

    Warns
    -----
    ResolutionWarning
        If the segments are shorter than most places are known to: once a call, with both numbers
        (see Notes).

    Notes
    -----
    `location_uncertainty_km` is the radius that holds the true place in 95 of 100 cases, 2.448
    standard deviations of a circular normal error. No stretch of border is favoured beforehand: the
    density along an edge of the line is proportional to exp(-(y² + (x - s)²) / 2 sigma²), where the
    perpendicular from the report meets the edge's geodesic at s, at a distance of y. Along a straight
    line these are differences of the normal distribution function. Past its two ends the line is
    taken to go on straight: what falls there is off the border. That the report itself may lie
    farther from the line than `max_distance_km` of `locate_events` does not enter: it speaks of the
    border, or it was placed off it as a whole.

    A segment is resolved by an event whose place is known within it. The warning comes when the
    extent of the places (twice the radius; the length of a stretch) has a median above that of the
    segments' lengths. About 80 % of events placed from the media lie within 50 km of the truth
    (Weidmann 2015): counts on segments much shorter than that mean little, and shares of them mean
    what the sum over neighbouring segments means.

    References
    ----------
    Weidmann (2015), J. Conflict Resolution 59, 1129-1149.
    https://doi.org/10.1177/0022002714530431

    Examples
    --------
    >>> from frontier_geo import load_boundary, load_events, locate_events, make_segments
    >>> provinces = make_segments(by="province")
    >>> weights = segment_weights(locate_events(load_events()), provinces)
    >>> bool((weights.groupby("event_id")["probability"].sum().round(12) == 1).all())
    True
    """
    if isinstance(located, gpd.GeoDataFrame) and "placement" not in located:
        located = locate_events(located, boundary)
    check_columns(located, ["event_id", "candidate", "placement", "lon", "lat"], name="located")
    boundary = same_boundary(boundary, located=located, segments=segments)
    segments = make_segments(boundary) if segments is None else segments
    check_segments(segments)
    first = located[located["candidate"] == 0]
    check_once(first["event_id"], name="event_id of located")
    warn_if_unresolved(resolution(first, segments), stacklevel=2)
    shares = segment_shares(first, segments, boundary, engine=engine)
    event, entry = shares.by_event()
    names = [*segments["segment_id"], *ELSEWHERE]
    weights = pd.DataFrame(
        {
            "event_id": first["event_id"].array.take(event),
            "segment_id": pd.Categorical.from_codes(shares.segment[entry], categories=names),
            "probability": shares.probability[entry],
        }
    )
    weights.attrs = result_attrs("weights", located, segments, sources=sources_of(first))
    return weights


@dataclass(frozen=True)
class Shares:
    """
    The probabilities of events over segments: one run of entries for each distinct place.

    Attributes
    ----------
    place : ndarray of int, shape (number of events,)
        Which place each event has.
    start : ndarray of int, shape (number of places + 1,)
        The entries of place i are ``start[i]`` to ``start[i + 1]``, along the segments.
    segment : ndarray of int
        Row of the segment; from their number on: other segments, off the border, unplaced.
    probability : ndarray of float
        Above 0; those of one place sum to 1.
    """

    place: IntArray
    start: IntArray
    segment: IntArray
    probability: FloatArray

    def by_event(self) -> tuple[IntArray, IntArray]:
        """Return the event and the entry of every pair of the two."""
        many = np.diff(self.start)[self.place]
        event = np.repeat(np.arange(self.place.size), many)
        first = self.start[self.place] - np.concatenate(([0], np.cumsum(many)[:-1]))[: many.size]
        return event, np.repeat(first, many) + np.arange(event.size)

    def expected(self, weight: FloatArray, n_segments: int) -> FloatArray:
        """Return the sum of the events' probabilities on each segment, each times its weight."""
        of_place = np.bincount(self.place, weight, minlength=self.start.size - 1)
        total = np.repeat(of_place, np.diff(self.start)) * self.probability
        of_segment = np.bincount(self.segment, total, minlength=n_segments)
        return of_segment[:n_segments].astype(np.float64)


def segment_shares(
    first: pd.DataFrame, segments: pd.DataFrame, boundary: Boundary, *, engine: str = "auto"
) -> Shares:
    """Work out the probabilities of located events, of which each is one row (candidate 0)."""
    segment_of(segments, [])  # refuses overlapping segments
    n = len(segments)
    other, off, nowhere = n, n + 1, n + 2
    placement = first["placement"].to_numpy(dtype=object)
    points = np.flatnonzero(placement == "point")
    stretches = np.flatnonzero(placement == "frontage")
    # Two places come first: off the border, and none.
    place = np.where(placement == OFF_BORDER, 0, 1)
    n_places = 2
    parts = [(np.array([0, 1]), np.array([off, nowhere]), np.ones(2))]
    by_engine = partial(_point_shares, engine=engine)
    for rows, work in ((points, by_engine), (stretches, _stretch_shares)):
        if rows.size:
            of_place, segment, share, mine = work(first.iloc[rows], segments, boundary, other, off)
            place[rows] = n_places + mine
            parts.append((of_place + n_places, segment, share))
            n_places += int(mine.max()) + 1
    owner, segment, share = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    share = share / np.bincount(owner, share)[owner]
    start = np.concatenate(([0], np.cumsum(np.bincount(owner, minlength=n_places))))
    return Shares(place, start, segment, share)


def _point_shares(
    points: pd.DataFrame,
    segments: pd.DataFrame,
    boundary: Boundary,
    other: int,
    off: int,
    engine: str,
) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
    """Return the place, segment and share of every entry, and the place of each point."""
    breaks = np.unique(segments[["from_km", "to_km"]].to_numpy(dtype=float))
    breaks = breaks[(breaks > 0) & (breaks < boundary.length_km)]
    middle = np.convolve(np.concatenate(([0.0], breaks, [boundary.length_km])), [0.5, 0.5], "valid")
    row = segment_of(segments, middle)
    sigma = place_sigma_m(points, boundary, points["chainage_km"].to_numpy(dtype=float))
    reports = np.column_stack((points["lon"], points["lat"], sigma))
    places, mine = np.unique(reports, axis=0, return_inverse=True)
    found = bin_points(
        boundary.index, *places.T, breaks_m=breaks * 1000, past_ends=not boundary.is_ring, engine=engine,
        bins=np.concatenate((np.where(row < 0, other, row), [off, off])),
    )  # fmt: skip
    return found.point, found.bin, found.probability, mine.ravel()


def _stretch_shares(
    stretches: pd.DataFrame, segments: pd.DataFrame, boundary: Boundary, other: int, off: int
) -> tuple[IntArray, IntArray, FloatArray, IntArray]:
    """Return the place, segment and share of every entry, and the place of each stretch."""
    ends = stretches[["frontage_from_km", "frontage_to_km"]].to_numpy(dtype=float)
    places, mine = np.unique(ends, axis=0, return_inverse=True)
    start, stop = places.T
    order = np.argsort(segments["from_km"].to_numpy(dtype=float), kind="stable")
    begin = segments["from_km"].to_numpy(dtype=float)[order]
    end = segments["to_km"].to_numpy(dtype=float)[order]
    # Segments do not overlap, so that those a stretch touches follow one another.
    first = np.searchsorted(end, start, side="right")
    many = np.maximum(np.searchsorted(begin, stop, side="left") - first, 0)
    place = np.repeat(np.arange(len(places)), many)
    nth = np.arange(place.size) - np.repeat(np.cumsum(many) - many, many)
    touched = first[place] + nth
    overlap = np.minimum(stop[place], end[touched]) - np.maximum(start[place], begin[touched])
    share = overlap / (stop - start)[place]
    rest = 1.0 - np.bincount(place, share, minlength=len(places))
    beside = np.flatnonzero(rest > SMALLEST_REST)
    place = np.concatenate((place, beside))
    row = np.concatenate((order[touched], np.full(beside.size, other)))
    share = np.concatenate((share, rest[beside]))
    keep = np.flatnonzero(share > 0)
    keep = keep[np.lexsort((row[keep], place[keep]))]
    return place[keep], row[keep], share[keep], mine.ravel()


def resolution(first: pd.DataFrame, segments: pd.DataFrame) -> dict[str, Any]:
    """
    Hold the extent of the events' places against the length of the segments.

    Returns
    -------
    dict
        ``places``, the number of events with a place on the border; ``known_to_km``, the median
        extent of those places (None without any); ``segments_km``, the median length of the
        segments; ``resolved``, how many places are known to that length or less; ``note``, a sentence
        where `known_to_km` is the longer one, else None.
    """
    placement = first["placement"]
    point, stretch = placement == "point", placement == "frontage"
    extent = np.concatenate(
        (
            2 * np.nan_to_num(first.loc[point, "location_uncertainty_km"].to_numpy(dtype=float)),
            (first["frontage_to_km"] - first["frontage_from_km"])[stretch].to_numpy(dtype=float),
        )
    )
    length = float(segments["length_km"].median())
    known_to = float(np.median(extent)) if extent.size else None
    resolved = int((extent <= length).sum())
    note = None
    if known_to is not None and known_to > length:
        note = (
            f"These segments, {length:g} km long (median), are shorter than the incidents resolve: "
            f"half of the places are known only to a stretch of {known_to:.0f} km or more, and "
            f"{resolved} of {extent.size} to {length:g} km or less. Read the expected numbers with "
            f"their intervals, or take segments of some {math.ceil(known_to / 10) * 10} km."
        )
    return {
        "places": int(extent.size),
        "known_to_km": known_to,
        "segments_km": length,
        "resolved": resolved,
        "note": note,
    }


def warn_if_unresolved(told: dict[str, Any], *, stacklevel: int) -> None:
    """Warn, with the numbers of `resolution`, when segments are too short for the places."""
    if told["note"] is not None:
        silence = "To silence this, ignore frontier_geo.errors.ResolutionWarning."
        warnings.warn(f"{told['note']} {silence}", ResolutionWarning, stacklevel=stacklevel + 1)
