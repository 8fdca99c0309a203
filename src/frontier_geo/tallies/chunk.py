"""One chunk of points → where each lies on the line, and what they add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.tallies.plan import Plan
from frontier_geo.tallies.tally import EXAMPLES, REASONS, SIDES, Reason, Tally, density_moments

__all__ = ["CodeArray", "LocatedChunk", "locate_chunk"]

IntArray = NDArray[np.int64]
CodeArray = NDArray[np.int8]

POINT, OFF_BORDER, REJECTED = 0, 1, 2  # codes of PLACEMENTS
LEFT, RIGHT, NEITHER = 0, 1, 2
FAR_KM = 500.0  # a point this far off is suspected of swapped coordinates
DEGREE_KM = 110.0  # no degree of latitude is shorter


@dataclass(frozen=True, eq=False)
class LocatedChunk:
    """
    Where the points of a chunk lie, an entry for each in their order, and what they add up to.

    Attributes
    ----------
    placement, reason : ndarray of int8
        Codes of `PLACEMENTS` and `REASONS`; -1: no reason.
    chainage_km, official_km, distance_km, offset_km : ndarray of float
        As of `locate_points`; NaN for rejected rows.
    side : ndarray of int8
        0 left of the line, 1 right, -1 neither or not known.
    side_certain, beyond_end : ndarray of bool
    segment : ndarray of int32
        Row of the segment; -1: none.
    tally : Tally
    """

    placement: CodeArray
    reason: CodeArray
    chainage_km: FloatArray
    official_km: FloatArray
    distance_km: FloatArray
    offset_km: FloatArray
    side: CodeArray
    side_certain: NDArray[np.bool_]
    beyond_end: NDArray[np.bool_]
    segment: NDArray[np.int32]
    tally: Tally


def locate_chunk(
    columns: Mapping[str, ArrayLike],
    plan: Plan,
    *,
    first_row: int = 0,
    reason: CodeArray | None = None,
) -> LocatedChunk:
    """
    Place the points of a chunk and add them up.

    Parameters
    ----------
    columns : mapping of str to array_like of float, shape (n,)
        At least those the plan names, NaN where missing. A missing uncertainty counts as none.
    plan : Plan
    first_row : int, default 0
        Number of the first point, for the examples of rejected rows.
    reason : ndarray of int8, shape (n,), optional
        Why a row cannot be used, where the caller knows already; -1 elsewhere.

    Returns
    -------
    LocatedChunk

    Raises
    ------
    KeyError
        If a column that the plan names is not there.

    Examples
    --------
    >>> from frontier_geo.tallies import PLACEMENTS, make_plan
    >>> plan = make_plan(length_km=100)
    >>> chunk = locate_chunk({"lon": [71.51, 0.0, np.nan], "lat": [37.49, 0.0, 1.0]}, plan)
    >>> [PLACEMENTS[code] for code in chunk.placement]
    ['point', 'off_border', 'rejected']
    >>> (chunk.tally + chunk.tally).account()["counted"]
    2
    """
    lon, lat = (np.asarray(columns[name], dtype=np.float64) for name in (plan.lon, plan.lat))
    own = None
    if plan.uncertainty is not None:
        own = np.asarray(columns[plan.uncertainty], dtype=np.float64)
    why = _reasons(lon, lat, own, reason)
    rows = np.flatnonzero(why == Reason.NONE)
    near = _nearest(plan, lon[rows], lat[rows])
    swapped = _look_swapped(plan, lon[rows], lat[rows], near.distance_km)
    if swapped.any():
        why[rows[swapped]] = Reason.SWAPPED
        rows, near = rows[~swapped], near.take(~swapped)
    chunk = _chunk(plan, near, own, rows, why)
    examples = _examples(why, lon, lat, first_row)
    return replace(chunk, tally=_tally(plan, chunk, lon, lat, own, rows, examples))


# ---- placing -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Nearest:
    """The nearest place of each usable point; side: 0 left, 1 right, -1 neither."""

    chainage_km: FloatArray
    distance_km: FloatArray
    offset_km: FloatArray
    side: CodeArray
    beyond: NDArray[np.bool_]

    def take(self, which: NDArray[np.bool_]) -> _Nearest:
        return _Nearest(
            self.chainage_km[which], self.distance_km[which], self.offset_km[which],
            self.side[which], self.beyond[which],
        )  # fmt: skip


def _nearest(plan: Plan, lon: FloatArray, lat: FloatArray) -> _Nearest:
    near = plan.boundary.locate(lon, lat, engine=plan.engine, threads=plan.threads)
    side = np.array([-1, LEFT, RIGHT], dtype=np.int8)[near.side]  # of 0, 1, -1
    return _Nearest(near.chainage_km, near.distance_km, near.offset_km, side, near.beyond != 0)


def _reasons(
    lon: FloatArray, lat: FloatArray, own: FloatArray | None, given: CodeArray | None
) -> CodeArray:
    """Return why rows cannot be used, as far as their own numbers say; -1: no reason."""
    why = np.full(lon.shape, Reason.NONE, dtype=np.int8) if given is None else given.copy()
    with np.errstate(invalid="ignore"):
        inside = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)  # false for NaN
    if not inside.all():
        odd = ~inside & (why == Reason.NONE)
        finite = np.isfinite(lon) & np.isfinite(lat)
        why[odd & finite] = Reason.RANGE
        why[odd & ~finite] = Reason.MISSING
    if own is not None:
        with np.errstate(invalid="ignore"):
            bad = (own < 0) | np.isinf(own)
        why[bad & (why == Reason.NONE)] = Reason.UNCERTAINTY
    return why


def _look_swapped(
    plan: Plan, lon: FloatArray, lat: FloatArray, distance_km: FloatArray
) -> NDArray[np.bool_]:
    """Tell which points lie far from the line, but near it with their coordinates swapped."""
    swapped = np.zeros(lon.shape, dtype=bool)
    far = np.flatnonzero((distance_km > FAR_KM) & (np.abs(lon) <= 90.0))
    if far.size:  # a band of latitude around the line leaves few to look at
        line, margin = plan.boundary.lat, FAR_KM / 2 / DEGREE_KM
        far = far[(lon[far] >= line.min() - margin) & (lon[far] <= line.max() + margin)]
    if far.size:
        swapped[far] = _nearest(plan, lat[far], lon[far]).distance_km < FAR_KM / 2
    return swapped


def _chunk(
    plan: Plan, near: _Nearest, own: FloatArray | None, rows: IntArray, why: CodeArray
) -> LocatedChunk:
    """Return the answer for all rows: that of the usable ones, nothing for the others."""
    line = plan.boundary
    off = near.distance_km > plan.max_distance_km
    band = line.position_uncertainty_km(near.chainage_km)
    if own is not None:
        band = band + np.nan_to_num(own[rows])
    segment = plan.segment_rows(near.chainage_km).astype(np.int32)
    segment[off] = -1
    whole = rows.size == why.size

    def all_rows(values: NDArray[Any], nothing: Any) -> NDArray[Any]:
        if whole:
            return values
        full = np.full(why.shape, nothing, dtype=values.dtype)
        full[rows] = values
        return full

    return LocatedChunk(
        placement=all_rows(off.astype(np.int8), REJECTED),
        reason=why,
        chainage_km=all_rows(near.chainage_km, np.nan),
        official_km=all_rows(line.official_km(near.chainage_km), np.nan),
        distance_km=all_rows(near.distance_km, np.nan),
        offset_km=all_rows(near.offset_km, np.nan),
        side=all_rows(near.side, -1),
        side_certain=all_rows((near.distance_km > band) & ~near.beyond, False),
        beyond_end=all_rows(near.beyond, False),
        segment=all_rows(segment, -1),
        tally=Tally.empty(plan),
    )


# ---- adding up -----------------------------------------------------------------------------------


def _tally(
    plan: Plan,
    chunk: LocatedChunk,
    lon: FloatArray,
    lat: FloatArray,
    own: FloatArray | None,
    rows: IntArray,
    examples: FloatArray,
) -> Tally:
    n = plan.n_segments
    on_line = chunk.placement == POINT
    counted = chunk.segment >= 0
    side = np.where(chunk.side[counted] < 0, NEITHER, chunk.side[counted])
    cell = chunk.segment[counted].astype(np.int64) * SIDES + side
    why = chunk.reason
    expected = unsure = np.empty(0)
    if own is not None:
        expected, unsure = _expected(plan, chunk, lon, lat, own, rows)
    count, place = density_moments(chunk.chainage_km[on_line], plan)
    return Tally(
        rows=why.size,
        off_border=int((chunk.placement == OFF_BORDER).sum()),
        beyond_end=int((on_line & chunk.beyond_end).sum()),
        elsewhere=int((on_line & ~counted).sum()),
        rejected=np.bincount(why[why >= 0], minlength=len(REASONS)).astype(np.int64),
        events=np.bincount(cell, minlength=n * SIDES).reshape(n, SIDES).astype(np.int64),
        expected=expected,
        unsure=unsure,
        bin_count=count,
        bin_place=place,
        examples=examples,
    )


def _expected(
    plan: Plan,
    chunk: LocatedChunk,
    lon: FloatArray,
    lat: FloatArray,
    own: FloatArray,
    rows: IntArray,
) -> tuple[FloatArray, FloatArray]:
    """Return the sums of the points' probabilities p on each segment, and of p (1 - p)."""
    import pandas as pd

    from frontier_geo.tallies.tally import PLACEMENTS
    from frontier_geo.weighting import segment_shares

    points = pd.DataFrame(
        {
            "placement": np.array(PLACEMENTS, dtype=object)[chunk.placement[rows]],
            "lon": lon[rows],
            "lat": lat[rows],
            "chainage_km": chunk.chainage_km[rows],
            "location_uncertainty_km": own[rows],
        }
    )
    shares = segment_shares(points, plan.segment_frame(), plan.boundary, engine=plan.engine)
    ones = np.ones(len(points))
    doubt = replace(shares, probability=shares.probability * (1.0 - shares.probability))
    return shares.expected(ones, plan.n_segments), doubt.expected(ones, plan.n_segments)


def _examples(why: CodeArray, lon: FloatArray, lat: FloatArray, first_row: int) -> FloatArray:
    """Return the first rejected rows: number, reason, longitude, latitude."""
    found = np.full((EXAMPLES, 4), np.inf)
    first = np.flatnonzero(why >= 0)[:EXAMPLES]
    found[: first.size] = np.column_stack((first + first_row, why[first], lon[first], lat[first]))
    return found
