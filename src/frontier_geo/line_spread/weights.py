"""
The weights of uncertain points over edges, as tables of points by edges, on a sphere.

An edge longer than 0.4 sigma is integrated in closed form. A shorter one by the series of the normal
density about its middle,

    h exp(-q/2) (1 + He2(u) h²/24 + He4(u) h⁴/1920 + He6(u) h⁶/322560),

with h its length, u how far its middle lies from the foot of the perpendicular, and q the square of
the distance from the point, all by sigma. What is left off is He8(u) h⁸ / 9.3e7 of it. Where the
point is many sigmas from the line u may be large: an edge with (u h)² above 0.4, or more where the
density is lower, is integrated in closed form as well, so that 1e-9 is left off in all. The weights
of a point stand beside that of its nearest place, so that none underflows, however far it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.line_spread.tables import SPREAD_SIGMAS, Table

__all__ = ["REACH", "SHORT", "STEEP", "numpy_sums"]

IntArray = NDArray[np.int64]

REACH = SPREAD_SIGMAS**2 + 1.0  # how far above the nearest a squared distance by sigma may lie
SHORT = 0.4  # of sigma: an edge up to this long is integrated by its series
STEEP = 0.4  # (u h)² up to which it is, where the density is highest
CELLS = 24_000  # points times edges in hand at once: what stays in the cache of a core


def numpy_sums(table: Table) -> tuple[FloatArray, FloatArray]:
    """Return the weights of a table's points summed over runs of edges, and past the ends."""
    step = max(4, CELLS // table.columns.size)
    parts = [
        _row_sums(table, table.place[first : first + step], table.scale[first : first + step, None])
        for first in range(0, table.rows.size, step)
    ]
    return np.concatenate([sums for sums, _ in parts]), np.concatenate([past for _, past in parts])


def _row_sums(table: Table, place: FloatArray, scale: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the sums for some of a table's points."""
    length, square = table.edges[9], scale**2
    q, u2 = _distances(table, place)
    q *= square
    u2 *= square
    h2 = length**2 * square
    steep = u2 * h2
    near = q - np.sqrt(steep) + h2 / 4  # the square of the distance to an edge's nearer end
    long = np.flatnonzero(length * scale.max() > SHORT)
    if long.size:  # the foot may lie within
        own = u2[:, long]
        beyond = np.maximum(np.sqrt(own) - length[long] / 2 * scale, 0.0)
        near[:, long] = q[:, long] - own + beyond**2
    nearest = near.min(axis=1, keepdims=True)
    near -= nearest
    reached = near <= REACH
    in_closed_form = reached & (
        (h2 > SHORT**2) | (steep > STEEP * (1.0 + near * (1 / 8 + near / 128)))
    )
    ends = _past_ends(table, place, scale)
    frame = nearest
    for _, column, off2, z in ends:  # the line's extension may pass nearer than the line itself
        own = np.where(reached[:, [column]], off2 + np.minimum(z, 0.0) ** 2, np.inf)
        frame = np.minimum(frame, own)
    q -= frame
    q *= -0.5
    weight = np.exp(q, out=q)
    weight *= _series(steep, h2)
    weight *= length * scale
    weight *= reached
    rows, edges = np.nonzero(in_closed_form)
    if rows.size:
        y2, u, half = _foot(table, place[rows], scale[rows, 0], edges)
        weight[rows, edges] = _between(y2 - frame[rows, 0], -half - u, half - u)
    past = np.zeros((len(place), 2))
    for side, column, off2, z in ends:
        own = reached[:, [column]]
        past[:, [side]] = _below(np.where(own, off2 - frame, 0.0), z) * own
    return np.add.reduceat(weight, table.runs, axis=1), past


def _distances(table: Table, place: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the squares of distances to the middles of edges, and along them, in radians."""
    # Differences first, so that a distance does not rest on which other points are in the table.
    chord2 = np.zeros((len(place), table.edges.shape[1]))
    ahead, part = np.zeros_like(chord2), np.empty_like(chord2)
    for own, middle, along in zip(place.T, table.edges[:3], table.edges[3:6], strict=True):
        gap = np.subtract(own[:, None], middle)
        chord2 += np.multiply(gap, gap, out=part)
        ahead += np.multiply(gap, along, out=part)
    ahead2 = np.multiply(ahead, ahead, out=part)
    if table.exact:
        aside2 = np.clip(chord2 - chord2**2 / 4 - ahead2, 0.0, 1.0)
        u2 = np.arctan2(ahead, 1.0 - chord2 / 2) ** 2
        return u2 + np.arcsin(np.sqrt(aside2)) ** 2, u2
    # By the chord squared s and the square t of its part along the edge, to the third order.
    q = chord2 * (1.0 + chord2 * (1 / 12 + chord2 / 90))
    q += ahead2 * (
        (chord2 - ahead2) / 3 + chord2 * (23 / 60 * chord2 - 4 / 5 * ahead2) + ahead2**2 / 3
    )
    return q, ahead2 * (1.0 + chord2 - 2 / 3 * ahead2)


def _foot(
    table: Table, place: FloatArray, scale: FloatArray, column: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return y², the foot of the perpendicular from the middle on, and half the length, by sigma."""
    edges = table.edges[:, column]
    span = place.T - edges[:3]
    cosine = 1.0 - (span**2).sum(axis=0) / 2
    ahead = (span * edges[3:6]).sum(axis=0)
    aside = (span * edges[6:9]).sum(axis=0)
    y2 = (np.arcsin(np.clip(aside, -1.0, 1.0)) * scale) ** 2
    return y2, np.arctan2(ahead, cosine) * scale, edges[9] / 2 * scale


def _past_ends(
    table: Table, place: FloatArray, scale: FloatArray
) -> list[tuple[int, int, FloatArray, FloatArray]]:
    """Return for each end of the line its side, column, y² and how far within the end the foot lies."""
    ends = []
    for side, column in enumerate(table.ends):
        if column >= 0:
            y2, u, half = _foot(table, place, scale[:, 0], np.full(len(place), column))
            z = (u if side else -u) - half
            ends.append((side, column, y2[:, None], z[:, None]))
    return ends


def _series(v: FloatArray, h2: FloatArray) -> FloatArray:
    """Return the integral over short edges of the normal density, which is 1 in their middle."""
    sum_ = v * (1 / 322560)
    sum_ -= h2 * (15 / 322560) - 1 / 1920
    sum_ *= v
    sum_ += h2 * (h2 * (45 / 322560) - 6 / 1920) + 1 / 24
    sum_ *= v
    sum_ += 1.0 - h2 * (1 / 24 - h2 * (3 / 1920 - h2 * (15 / 322560)))
    return sum_


def _below(y2: FloatArray, z: FloatArray) -> FloatArray:
    """Return the integral of exp(-(y2 + x²) / 2) over x below z."""
    from scipy.special import erfcx, ndtr

    tail = np.minimum(z, 0.0)
    outside = np.sqrt(np.pi / 2) * erfcx(-tail / np.sqrt(2.0)) * np.exp(-(y2 + tail**2) / 2)
    inside = np.sqrt(2.0 * np.pi) * ndtr(np.maximum(z, 0.0)) * np.exp(-np.where(z > 0, y2, 0.0) / 2)
    return np.where(z > 0, inside, outside)


def _between(y2: FloatArray, low: FloatArray, high: FloatArray) -> FloatArray:
    """Return the integral of exp(-(y2 + x²) / 2) over x from `low` to `high`."""
    from scipy.special import ndtr

    low, high = np.where(low > 0, -high, low), np.where(low > 0, -low, high)
    # Below 0 both limits are in one tail, where the difference of two functions is exact.
    across = high > 0
    inside = (
        np.sqrt(2.0 * np.pi) * (ndtr(high) - ndtr(low)) * np.exp(-np.where(across, y2, 0.0) / 2)
    )
    outside = _below(y2, np.minimum(high, 0.0)) - _below(y2, low)
    return np.where(across, inside, outside)
