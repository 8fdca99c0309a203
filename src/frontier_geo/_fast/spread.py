"""
Weights of uncertain points over the edges of a line: the loops of `line_spread`, compiled.

The same formulas as there, point by point. Loops over edges hold no branch and no call, so that the
compiler works on several edges at once; the exponential function is written out for that reason.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

SQRT_2 = math.sqrt(2.0)
SQRT_HALF_PI = math.sqrt(math.pi / 2.0)
FAR_TAIL = 10.0  # where the asymptotic series of erfcx is exact to 1e-13


@njit(cache=True, nogil=True, error_model="numpy")
def table_sums(
    place: FloatArray,
    scale: FloatArray,
    edges: FloatArray,
    exact: bool,
    ends: tuple[int, int],
    runs: NDArray[np.int64],
    short: float,
    steep: float,
    reach: float,
) -> tuple[FloatArray, FloatArray]:
    """
    Return the weights of points summed over runs of edges, and past the ends of the line.

    Parameters
    ----------
    place : ndarray of float, shape (n, 3)
        Points, unit vectors.
    scale : ndarray of float, shape (n,)
        The radius of the sphere by each point's sigma.
    edges : ndarray of float, shape (10, m)
        Middle, direction and normal of each edge, three rows each, and its length.
    exact : bool
        Whether distances are too long for their series.
    ends : tuple of int
        Columns of the first and the last edge of the line, or -1.
    runs : ndarray of int, shape (k,)
        Where runs of edges begin.
    short : float
        Up to which length by sigma an edge is integrated by its series.
    steep : float
        Up to which (u h)² it is, where the density is highest.
    reach : float
        How far above the nearest a squared distance by sigma may lie.

    Returns
    -------
    sums : ndarray of float, shape (n, k)
    past : ndarray of float, shape (n, 2)
    """
    n, m = place.shape[0], edges.shape[1]
    sums, past = np.zeros((n, runs.size)), np.zeros((n, 2))
    q, u2, near, weight = np.empty(m), np.empty(m), np.empty(m), np.empty(m)
    long = np.flatnonzero(edges[9] * scale.max() > short)
    for i in range(n):
        _distances(place[i], scale[i], edges, exact, q, u2, near)
        for nth in range(long.size):
            edge = long[nth]
            if edges[9, edge] * scale[i] > short:
                beyond = max(math.sqrt(u2[edge]) - edges[9, edge] / 2 * scale[i], 0.0)
                near[edge] = q[edge] - u2[edge] + beyond * beyond
        nearest = near.min()
        limit, frame = nearest + reach, nearest
        for side in range(2):
            if ends[side] >= 0 and near[ends[side]] <= limit:
                y2, z = _past(place[i], scale[i], edges, ends[side], side)
                frame = min(frame, y2 + min(z, 0.0) ** 2)
        _short_weights(q, u2, edges[9], scale[i], frame, weight)
        for j in range(m):
            over = near[j] - nearest
            h2 = (edges[9, j] * scale[i]) ** 2
            if over > reach:
                weight[j] = 0.0
            elif h2 > short * short or u2[j] * h2 > steep * (1.0 + over * (1 / 8 + over / 128)):
                y2, u, half = _foot(place[i], scale[i], edges, j)
                weight[j] = _between(y2 - frame, -half - u, half - u)
        for k in range(runs.size):
            total = 0.0
            for j in range(runs[k], runs[k + 1] if k + 1 < runs.size else m):
                total += weight[j]
            sums[i, k] = total
        for side in range(2):
            if ends[side] >= 0 and near[ends[side]] <= limit:
                y2, z = _past(place[i], scale[i], edges, ends[side], side)
                past[i, side] = _below(y2 - frame, z)
    return sums, past


@njit(cache=True, nogil=True, error_model="numpy")
def _distances(
    place: FloatArray,
    scale: float,
    edges: FloatArray,
    exact: bool,
    q: FloatArray,
    u2: FloatArray,
    near: FloatArray,
) -> None:
    """Fill in the squares of distances to the middles of edges and along them, by sigma."""
    x, y, z = place[0], place[1], place[2]
    square = scale * scale
    for j in range(q.size):
        dx, dy, dz = x - edges[0, j], y - edges[1, j], z - edges[2, j]
        s = dx * dx + dy * dy + dz * dz
        a = dx * edges[3, j] + dy * edges[4, j] + dz * edges[5, j]
        t = a * a
        d2 = s * (1.0 + s * (1 / 12 + s * (1 / 90)))
        d2 += t * ((s - t) * (1 / 3) + s * (23 / 60 * s - 4 / 5 * t) + t * t * (1 / 3))
        q[j] = d2 * square
        u2[j] = t * (1.0 + s - 2 / 3 * t) * square
    if exact:
        for j in range(q.size):
            dx, dy, dz = x - edges[0, j], y - edges[1, j], z - edges[2, j]
            s = dx * dx + dy * dy + dz * dz
            a = dx * edges[3, j] + dy * edges[4, j] + dz * edges[5, j]
            aside2 = min(max(s - s * s / 4 - a * a, 0.0), 1.0)
            along = math.atan2(a, 1.0 - s / 2)
            u2[j] = along * along * square
            q[j] = u2[j] + math.asin(math.sqrt(aside2)) ** 2 * square
    for j in range(q.size):
        h2 = edges[9, j] * edges[9, j] * square
        near[j] = q[j] - math.sqrt(u2[j] * h2) + h2 / 4


@njit(cache=True, nogil=True, error_model="numpy")
def _short_weights(
    q: FloatArray,
    u2: FloatArray,
    length: FloatArray,
    scale: float,
    frame: float,
    weight: FloatArray,
) -> None:
    """Fill in the integrals of the normal density over short edges."""
    for j in range(q.size):
        x = (q[j] - frame) * (0.5 / 256)
        x = x if x < 0.2 else 0.2
        # exp(-x) by its Taylor series, then to the power of 256: 3e-14 of it, and no call.
        e = 1.0 - x * (1 / 10)
        e = 1.0 - x * (1 / 9) * e
        e = 1.0 - x * (1 / 8) * e
        e = 1.0 - x * (1 / 7) * e
        e = 1.0 - x * (1 / 6) * e
        e = 1.0 - x * (1 / 5) * e
        e = 1.0 - x * (1 / 4) * e
        e = 1.0 - x * (1 / 3) * e
        e = 1.0 - x * (1 / 2) * e
        e = 1.0 - x * e
        e *= e
        e *= e
        e *= e
        e *= e
        e *= e
        e *= e
        e *= e
        e *= e
        h = length[j] * scale
        g = h * h
        v = u2[j] * g
        more = v * (1 / 322560) - (g * (15 / 322560) - 1 / 1920)
        more = more * v + (g * (g * (45 / 322560) - 6 / 1920) + 1 / 24)
        more = more * v + (1.0 - g * (1 / 24 - g * (3 / 1920 - g * (15 / 322560))))
        weight[j] = e * more * h


@njit(cache=True, nogil=True, error_model="numpy")
def _foot(place: FloatArray, scale: float, edges: FloatArray, j: int) -> tuple[float, float, float]:
    """Return y², the foot of the perpendicular from the middle on, and half the length, by sigma."""
    dx, dy, dz = place[0] - edges[0, j], place[1] - edges[1, j], place[2] - edges[2, j]
    cosine = 1.0 - (dx * dx + dy * dy + dz * dz) / 2
    ahead = dx * edges[3, j] + dy * edges[4, j] + dz * edges[5, j]
    aside = dx * edges[6, j] + dy * edges[7, j] + dz * edges[8, j]
    y = math.asin(min(max(aside, -1.0), 1.0)) * scale
    return y * y, math.atan2(ahead, cosine) * scale, edges[9, j] / 2 * scale


@njit(cache=True, nogil=True, error_model="numpy")
def _past(
    place: FloatArray, scale: float, edges: FloatArray, j: int, side: int
) -> tuple[float, float]:
    """Return y² and how far within an end of the line the foot lies, by sigma."""
    y2, u, half = _foot(place, scale, edges, j)
    return y2, (u if side else -u) - half


@njit(cache=True, nogil=True, error_model="numpy")
def _scaled_tail(x: float) -> float:
    """Return exp(x²) erfc(x) for x of 0 or more."""
    if x < FAR_TAIL:
        return math.exp(x * x) * math.erfc(x)
    r = 0.5 / (x * x)
    total = 1.0
    for k in range(9, 0, -1):
        total = 1.0 - (2 * k - 1) * r * total
    return total / (x * math.sqrt(math.pi))


@njit(cache=True, nogil=True, error_model="numpy")
def _below(y2: float, z: float) -> float:
    """Return the integral of exp(-(y2 + x²) / 2) over x below z."""
    if z <= 0.0:
        return SQRT_HALF_PI * _scaled_tail(-z / SQRT_2) * math.exp(-(y2 + z * z) / 2)
    return SQRT_HALF_PI * (2.0 - math.erfc(z / SQRT_2)) * math.exp(-y2 / 2)


@njit(cache=True, nogil=True, error_model="numpy")
def _between(y2: float, low: float, high: float) -> float:
    """Return the integral of exp(-(y2 + x²) / 2) over x from `low` to `high`."""
    if low > 0.0:
        low, high = -high, -low
    if high <= 0.0:  # both limits in one tail
        return _below(y2, high) - _below(y2, low)
    within = 2.0 - math.erfc(high / SQRT_2) - math.erfc(-low / SQRT_2)
    return SQRT_HALF_PI * within * math.exp(-y2 / 2)
