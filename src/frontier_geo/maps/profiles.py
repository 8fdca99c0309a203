"""How each place spreads over the segments: the weights behind the expected numbers of the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo.boundary import Boundary
from frontier_geo.counting import count_known
from frontier_geo.locating import UNPLACED, place_sigma_m
from frontier_geo.maps.spreading import snapped, spread_places
from frontier_geo.segments import segment_of
from frontier_geo.weighting import segment_shares

__all__ = ["Profiles", "profiles_of"]

ONE = 65_535  # what a probability of 1 is written as
MOST_EXACT = 4_000  # different places; more of them are spread by `spread_places`
MOST_AS_GIVEN = 200_000  # more of them are first moved onto a grid, to be fewer


@dataclass(frozen=True)
class Profiles:
    """
    One run of weights for each distinct place.

    Attributes
    ----------
    place : ndarray of int, shape (number of incidents,)
        1 + row of the profile; 0 where there are no weights.
    start : ndarray of int, shape (number of profiles + 1,)
        Where the run of each begins.
    segment : ndarray of int
        Row of the segment.
    weight : ndarray of float
        Probability on it.
    known : ndarray of int, shape (number of incidents,)
        1 + row of the segment on which the incident is known to have happened; 0 where it is not.
    """

    place: NDArray[np.int64]
    start: NDArray[np.int64]
    segment: NDArray[np.int64]
    weight: NDArray[np.float64]
    known: NDArray[np.int64]

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """Return the columns of the profile table, as they stand in the page."""
        return {
            "profile_start": self.start.astype(np.uint32),
            "profile_segment": self.segment.astype(np.uint16),
            "profile_weight": np.rint(self.weight * ONE).astype(np.uint16),
        }


def profiles_of(placed: pd.DataFrame, segments: pd.DataFrame, boundary: Boundary) -> Profiles:
    """Work out the weights of every placed incident on the segments of a table."""
    if not len(segments):
        nothing = np.zeros(len(placed), dtype=np.int64)
        return Profiles(nothing, np.zeros(1, np.int64), nothing[:0], np.zeros(0), nothing)
    known, _ = count_known(placed, segments, np.ones(len(placed)))
    point = (placed["placement"] == "point").to_numpy(dtype=bool)
    places, which = _distinct_places(placed, boundary, point)
    if len(places) <= MOST_EXACT:
        shares = segment_shares(placed, segments, boundary)
        owner = np.repeat(np.arange(shares.start.size - 1), np.diff(shares.start))
        return _profiles(shares.place, owner, shares.segment, shares.probability, segments, known)
    # The stretches exactly, and the very many points by sums along the line.
    rest = placed.assign(placement=placed["placement"].where(~point, UNPLACED))
    shares = segment_shares(rest, segments, boundary)
    stretches = shares.start.size - 1
    place = shares.place.copy()
    place[point] = stretches + which
    owner = np.repeat(np.arange(stretches), np.diff(shares.start))
    breaks_m, row_of = _pieces(segments, boundary)
    spread, piece, share = spread_places(places, breaks_m, boundary)
    return _profiles(
        place,
        np.concatenate((owner, stretches + spread)),
        np.concatenate((shares.segment, row_of[piece])),
        np.concatenate((shares.probability, share)),
        segments,
        known,
    )


def _profiles(
    place: NDArray[np.int64],
    owner: NDArray[np.int64],
    segment: NDArray[np.int64],
    weight: NDArray[np.float64],
    segments: pd.DataFrame,
    known: NDArray[np.int64],
) -> Profiles:
    """Leave out what is on no segment, and places of which nothing is left."""
    here = (segment >= 0) & (segment < len(segments)) & (weight * ONE >= 0.5)
    owner, segment, weight = owner[here], segment[here], weight[here]
    distinct = int(place.max(initial=-1)) + 1
    many = np.bincount(owner, minlength=distinct)
    some = np.flatnonzero(many)
    row = np.zeros(max(distinct, many.size), dtype=np.int64)
    row[some] = np.arange(1, some.size + 1)
    start = np.concatenate(([0], np.cumsum(many[some])))
    return Profiles(row[place], start, segment, weight, known + 1)


def _distinct_places(
    placed: pd.DataFrame, boundary: Boundary, point: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the different places of points, and which of them each point has."""
    rows = placed[point]
    if not len(rows):
        return np.empty((0, 3)), np.empty(0, dtype=np.int64)
    sigma = place_sigma_m(rows, boundary, rows["chainage_km"].to_numpy(dtype=float))
    lon, lat = rows["lon"].to_numpy(dtype=float), rows["lat"].to_numpy(dtype=float)
    places = np.column_stack((lon, lat, sigma))
    which, first = _numbered(places)
    if first.size > MOST_AS_GIVEN:
        places = snapped(lon, lat, sigma)
        which, first = _numbered(places)
    return places[first], which


def _numbered(rows: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the different rows; return the number of each, and the first row of each number."""
    which = np.zeros(len(rows), dtype=np.int64)
    for column in rows.T:
        code = pd.factorize(column)[0]
        which = pd.factorize(which * (int(code.max()) + 1) + code)[0]
    first = np.empty(int(which.max()) + 1, dtype=np.int64)
    first[which[::-1]] = np.arange(len(rows))[::-1]
    return which.astype(np.int64), first


def _pieces(
    segments: pd.DataFrame, boundary: Boundary
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return where the line is cut, and the segment of each piece; -1 for none, and at the end."""
    length = boundary.length_km
    ends = segments[["from_km", "to_km"]].to_numpy(dtype=float).ravel().clip(0, length)
    breaks = np.unique(np.concatenate(([0.0, length], ends)))
    row = segment_of(segments, (breaks[:-1] + breaks[1:]) / 2)
    return breaks * 1000, np.append(row, -1)  # piece -1, past the ends, is the last
