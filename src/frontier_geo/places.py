"""
The uncertain place and day of each event: as pieces of line, and as draws.

Methods that need no segments start here. A point is spread over the line by its own uncertainty and
the line's, a stretch evenly over its length; a date known to a month or a year is any day of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.boundary import Boundary
from frontier_geo.errors import ParameterError
from frontier_geo.line_spread import spread_points
from frontier_geo.locating import place_sigma_m
from frontier_geo.significance import check_seed

__all__ = [
    "MOST_IMPUTATIONS",
    "Pieces",
    "check_imputations",
    "draw_chainages",
    "draw_days",
    "known_points",
    "line_pieces",
]

MOST_IMPUTATIONS = 100_000
SHARP_M = 50.0  # a standard deviation below this is none: half the smallest of the shipped line
MOST_BITS = 100_000  # of one line


@dataclass(frozen=True)
class Pieces:
    """
    The places of events as pieces of the line, with the probability of each.

    Attributes
    ----------
    event : ndarray of int, shape (n,)
        Row of the event in the table it was made from, ascending.
    from_km, to_km : ndarray of float, shape (n,)
        Ends of the piece, in km of chainage; within it, each place is as likely as any other.
    probability : ndarray of float, shape (n,)
        Above 0. Those of one event sum to 1, or to less where the rest lies past the ends of the line
        or no place is known.
    """

    event: NDArray[np.int64]
    from_km: FloatArray
    to_km: FloatArray
    probability: FloatArray


def known_points(used: pd.DataFrame) -> FloatArray:
    """Return the chainage in km of events reported as a point (their nearest place), else NaN."""
    at = used["chainage_km"].to_numpy(dtype=float)
    return np.where(used["placement"].to_numpy(dtype=object) == "point", at, np.nan)


def line_pieces(used: pd.DataFrame, boundary: Boundary) -> Pieces:
    """
    Return where on the line each event may have happened, and how likely.

    Parameters
    ----------
    used : DataFrame
        Located events that count, one row each (`Selection.used`).
    boundary : Boundary
        The line they were located on.

    Returns
    -------
    Pieces
        Stretches are one piece. Points are spread over short bits of the line as in
        `segment_weights`, a bit no longer than half their standard deviation; where that
        is below 50 m, the piece is the nearest place itself, of no length. Events off the border or
        without a place have no piece.
    """
    placement = used["placement"].to_numpy(dtype=object)
    stretches = np.flatnonzero(placement == "frontage")
    parts = [
        (
            stretches,
            used["frontage_from_km"].to_numpy(dtype=float)[stretches],
            used["frontage_to_km"].to_numpy(dtype=float)[stretches],
            np.ones(stretches.size),
        )
    ]
    rows = np.flatnonzero(placement == "point")
    if rows.size:
        parts += _point_pieces(used.iloc[rows], rows, boundary)
    event, start, stop, share = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((start, event))
    return Pieces(event[order].astype(np.int64), start[order], stop[order], share[order])


def _point_pieces(
    points: pd.DataFrame, rows: NDArray[np.int64], boundary: Boundary
) -> list[tuple[NDArray[Any], FloatArray, FloatArray, FloatArray]]:
    """Return event, ends and probability of the pieces of points, finer for better known ones."""
    at = points["chainage_km"].to_numpy(dtype=float)
    lon, lat = points["lon"].to_numpy(dtype=float), points["lat"].to_numpy(dtype=float)
    sigma = place_sigma_m(points, boundary, at)
    length_m = float(boundary.chainage_m[-1])
    # Groups by powers of 4, so that one line with extra vertices serves all events of a group.
    group = np.floor(np.log(sigma / SHARP_M) / np.log(4.0)).astype(int)
    sharp = group < 0
    parts = [(rows[sharp], at[sharp], at[sharp], np.ones(int(sharp.sum())))]
    for k in np.unique(group[~sharp]):
        mine = np.flatnonzero(group == k)
        bit = max(SHARP_M * 4.0**k / 2, length_m / MOST_BITS)
        cuts = np.arange(bit, length_m, bit)
        spread = spread_points(
            boundary.index,
            lon[mine],
            lat[mine],
            sigma[mine],
            cuts_m=cuts,
            past_ends=not boundary.is_ring,
        )
        on_line = np.isfinite(spread.chainage_m)
        event = rows[mine[spread.point[on_line]]]
        share = spread.probability[on_line]
        parts.append((event, spread.from_m[on_line] / 1000, spread.to_m[on_line] / 1000, share))
    return parts


def draw_chainages(
    used: pd.DataFrame, boundary: Boundary, *, n_imputations: int = 20, seed: int = 0
) -> FloatArray:
    """
    Draw the place of each event on the line, several times.

    Parameters
    ----------
    used : DataFrame
        Located events that count, one row each (`Selection.used`).
    boundary : Boundary
        The line they were located on.
    n_imputations : int, default 20
        How many draws of each event.
    seed : int, default 0
        The same seed gives the same draws.

    Returns
    -------
    ndarray of float, shape (n_imputations, number of events)
        Chainage in km; NaN where the event has no place on the line, or in that draw lies past its
        ends.
    """
    m = check_imputations(n_imputations)
    random = np.random.default_rng(check_seed(seed))
    pieces = line_pieces(used, boundary)
    drawn = np.full((m, len(used)), np.nan)
    if not pieces.event.size:
        return drawn
    upto = np.cumsum(pieces.probability)
    first = np.searchsorted(pieces.event, np.arange(len(used)), side="left")
    last = np.searchsorted(pieces.event, np.arange(len(used)), side="right")
    some = np.flatnonzero(last > first)
    before = np.where(first[some] > 0, upto[first[some] - 1], 0.0)
    total = upto[last[some] - 1] - before
    # Events whose pieces sum to 1 but for rounding are on the line in every draw.
    whole = total > 1 - 1e-9
    for table in range(m):
        at = random.random(some.size)
        within = random.random(some.size)
        on_line = whole | (at < total)
        mark = before + np.where(whole, at * total, at)
        piece = np.clip(np.searchsorted(upto, mark, side="right"), first[some], last[some] - 1)
        km = pieces.from_km[piece] + within * (pieces.to_km - pieces.from_km)[piece]
        drawn[table, some] = np.where(on_line, km, np.nan)
    return drawn


def draw_days(used: pd.DataFrame, *, n_imputations: int = 20, seed: int = 0) -> NDArray[Any]:
    """
    Draw the day of each event, several times: any day of its window is as likely as any other.

    Parameters
    ----------
    used : DataFrame
        With `date_start` and `date_end`, as dates; a missing end is the start.
    n_imputations : int, default 20
        How many draws of each event.
    seed : int, default 0
        The same seed gives the same draws.

    Returns
    -------
    ndarray of datetime64[D], shape (n_imputations, number of events)
        NaT where no date is known.
    """
    m = check_imputations(n_imputations)
    random = np.random.default_rng([check_seed(seed), 1])  # a stream of its own beside the places
    if "date_start" not in used:
        return np.full((m, len(used)), np.datetime64("NaT", "D"))
    start = used["date_start"].to_numpy(dtype="datetime64[D]")
    stop = used["date_end"].fillna(used["date_start"]).to_numpy(dtype="datetime64[D]")
    days = np.where(np.isnat(start), 0, (stop - start).astype(np.int64)) + 1
    steps = np.floor(random.random((m, len(used))) * np.maximum(days, 1)).astype(np.int64)
    return start + steps.astype("timedelta64[D]")


def check_imputations(m: Any) -> int:
    """Refuse a number of imputed tables that is none, or fewer than two."""
    whole = isinstance(m, int | np.integer) and not isinstance(m, bool)
    if not whole or not 2 <= m <= MOST_IMPUTATIONS:
        raise ParameterError(
            f"n_imputations must be a whole number from 2 to {MOST_IMPUTATIONS:,}, but is {m!r}."
        )
    return int(m)
