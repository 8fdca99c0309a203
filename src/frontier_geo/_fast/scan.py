"""
The largest likelihood ratio of each simulation, by loops that numba compiles.

The twins of `scan.largest`: one simulation after the other instead of all at once, with the same
bounds. Ratios differ from numpy's in the last digits, where the logarithms do.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray

__all__ = ["count_in_cells", "find_cells", "walk_by_count", "walk_by_length"]

IntArray = NDArray[np.int64]

MANY_FOR_CHORD = 256  # as in `scan.ratio`
SAME_SIZE = 1e-10  # as in `scan.largest`
MOST_IN_TABLE = 1 << 20  # events up to which the logarithms of all counts are worked out beforehand
SLIP = 1e-14  # of the largest term of a ratio


@njit(cache=True, nogil=True)
def _cell_of(u: float, upto: FloatArray, guide: IntArray) -> int:
    cell = guide[np.uintp(u * guide.size)]
    while upto[cell] <= u:
        cell += 1
    return cell


@njit(cache=True, nogil=True)
def find_cells(uniform: FloatArray, upto: FloatArray, guide: IntArray, cells: IntArray) -> None:
    """
    Find the cell that each of many numbers falls in.

    Parameters
    ----------
    uniform : ndarray of float, shape (rows, n)
        From 0 up to 1, in any order.
    upto : ndarray of float, shape (m,)
        Where each cell ends, the last at 1; a number at an end belongs to the next cell.
    guide : ndarray of int, shape (parts,)
        The first cell that reaches into each of the equal parts from 0 to 1.
    cells : ndarray of int, shape (rows, n)
        The answer.
    """
    for row in range(uniform.shape[0]):
        for i in range(uniform.shape[1]):
            cells[row, i] = _cell_of(uniform[row, i], upto, guide)


@njit(cache=True, nogil=True)
def count_in_cells(
    uniform: FloatArray, upto: FloatArray, guide: IntArray, counts: IntArray
) -> None:
    """Add to `counts`, shape (rows, m), how many numbers of each row fall in each cell."""
    for row in range(uniform.shape[0]):
        for i in range(uniform.shape[1]):
            counts[row, _cell_of(uniform[row, i], upto, guide)] += 1


@njit(cache=True, nogil=True, error_model="numpy")
def _x_log_x(x: float) -> float:
    return 0.0 if x == 0.0 else x * math.log(x)


@njit(cache=True, nogil=True, error_model="numpy")
def _x_log_x_upto(last: int) -> FloatArray:
    """Return x log x of all whole numbers from 0."""
    found = np.zeros(last + 1)
    for x in range(1, last + 1):
        found[x] = x * math.log(x)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def _may_beat(
    best: float, count: int, rest: int, at: int, of_count: FloatArray, log_in: FloatArray,
    log_out: FloatArray,
) -> bool:  # fmt: skip
    """Return whether a count may beat a ratio, by logarithms known before, from both sides of e."""
    found = of_count[count] + of_count[rest] - count * log_in[at] - rest * log_out[at]
    return not found <= best  # nor if it is missing: where all is expected inside


@njit(cache=True, nogil=True, error_model="numpy")
def _binomial(c: float, n: float) -> float:
    """Return the largest log-likelihood of c cases among n."""
    return _x_log_x(c) + _x_log_x(n - c) - _x_log_x(n)


@njit(cache=True, nogil=True, error_model="numpy")
def _ratio(c: float, size: float, total: float, whole: float, poisson: bool, more: bool) -> float:
    """Return the ratio of a zone, 0 where it has not more (or not fewer) than expected."""
    expected = size if poisson else size * (total / whole)
    if (more and not c > expected) or (not more and not c < expected):
        return 0.0
    if poisson:
        rest, rest_expected = total - c, max(total - size, 0.0)
        inside = c * math.log(c / size) if c > 0.0 else 0.0
        outside = rest * math.log(rest / rest_expected) if rest > 0.0 else 0.0
        return max(inside + outside, 0.0)
    found = _binomial(c, size) + _binomial(total - c, whole - size) - _binomial(total, whole)
    return max(found, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def _slack(best: float, total: float, whole: float, poisson: bool) -> float:
    """See `scan.ratio.Ratio.slack`."""
    if poisson:
        return math.expm1(best / total)
    return (whole / total - 1.0) * math.expm1(best / whole)


@njit(cache=True, nogil=True, error_model="numpy")
def _count_to_beat(size: float, best: float, total: float, whole: float, poisson: bool) -> float:
    """See `scan.ratio.Ratio.count_to_beat`."""
    e = min(size if poisson else size * (total / whole), total)
    low = min(e + math.sqrt(_slack(best, total, whole, poisson) * e * (total - e)), total)
    if not poisson or total < MANY_FOR_CHORD:
        return low
    short = best - _ratio(low, size, total, whole, poisson, True)
    slope = math.log(low / e) - math.log((total - low) / (total - e))
    high = min(low + short / slope, total)
    rise = _ratio(high, size, total, whole, poisson, True) - best + short
    chord = low + (high - low) * min(short / rise, 1.0)
    return chord if chord > low else low


@njit(cache=True, nogil=True, error_model="numpy")
def _size_to_beat(count: float, t: float, total: float, whole: float, more: bool) -> float:
    """See `scan.ratio.Ratio.sizes_to_beat`; t is the slack."""
    p = count / total
    b = 2.0 * p + t
    root = math.sqrt(max(b * b - 4.0 * (1.0 + t) * p * p, 0.0))
    return (b - root if more else b + root) / (2.0 * (1.0 + t)) * whole


@njit(cache=True, nogil=True, error_model="numpy")
def _least_size(low: FloatArray, high: FloatArray, k: int) -> float:
    """Return the size of the smallest run of k events."""
    begin, end = low[: low.size - k + 1], high[k - 1 :]
    least = np.inf
    for i in range(end.size):
        least = min(least, end[i] - begin[i])
    return least


@njit(cache=True, nogil=True, error_model="numpy")
def _least_within(
    low: FloatArray, high: FloatArray, near: FloatArray, far: FloatArray, cap: float, k: int
) -> float:
    """Return the size of the smallest run of k events whose share is no more than the cap."""
    n = low.size - k + 1
    begin, end, near, far = low[:n], high[k - 1 :], near[:n], far[k - 1 :]
    least = np.inf
    for i in range(n):
        if not far[i] - near[i] > cap:
            least = min(least, end[i] - begin[i])
    return least


@njit(cache=True, nogil=True, error_model="numpy")
def walk_by_count(
    low: FloatArray,
    high: FloatArray,
    near: FloatArray,
    far: FloatArray,
    shared: bool,
    cap: float,
    floor: float,
    total: float,
    whole: float,
    poisson: bool,
    best: FloatArray,
) -> None:
    """
    Find the largest ratio over all runs with more events than expected, in each simulation.

    Parameters
    ----------
    low, high : ndarray of float, shape (simulations, events)
        See `scan.largest.largest_by_count`.
    near, far : ndarray of float, of the same shape
        Its `share`; looked at only if `shared`.
    shared : bool
    cap, floor : float
    total, whole : float
        Of the ratio.
    poisson : bool
        Which ratio: Poisson or Bernoulli.
    best : ndarray of float, shape (simulations,)
        The best ratios already known, to be replaced by better ones.
    """
    for row in range(low.shape[0]):
        k = 1
        while k <= low.shape[1] and best[row] < np.inf:
            if shared:
                least = _least_within(low[row], high[row], near[row], far[row], cap, k)
                fits = least < np.inf
            else:
                least = _least_size(low[row], high[row], k)
                fits = max(least, floor) <= cap
            if not fits:
                break
            least = max(least, floor)
            found = _ratio(float(k), least, total, whole, poisson, True)
            best[row] = max(best[row], found)
            skip = math.floor(_count_to_beat(least, best[row], total, whole, poisson)) + 1.0
            k = int(skip) if skip > k else k + 1


@njit(cache=True, nogil=True, error_model="numpy")
def _extreme(upto: Any, length: int, more: bool) -> np.int32:
    """Return the most or the fewest events in runs of so many segments, whether they fit or not."""
    # Slices, as a sum of indices would keep several from being compared at once.
    end, begin = upto[length:], upto[: upto.size - length]
    extreme = np.int32(end[0] - begin[0])
    if more:
        for i in range(end.size):
            extreme = max(extreme, np.int32(end[i] - begin[i]))
    else:
        for i in range(end.size):
            extreme = min(extreme, np.int32(end[i] - begin[i]))
    return extreme


@njit(cache=True, nogil=True, error_model="numpy")
def _need(size: float, best: float, total: float, whole: float, poisson: bool, more: bool) -> float:
    """Return the count up to which (more) or from which on no run of this size beats the best."""
    if more:
        return _count_to_beat(size, best, total, whole, poisson)
    e = min(size if poisson else size * (total / whole), total)
    return e - math.sqrt(_slack(best, total, whole, poisson) * e * (total - e))


@njit(cache=True, nogil=True, error_model="numpy")
def _best_of_length(
    upto: Any,
    before: FloatArray,
    piece: IntArray,
    within: float,
    length: int,
    need: float,
    total: float,
    whole: float,
    poisson: bool,
    more: bool,
    best: float,
) -> float:
    """
    Return the largest ratio of the runs of one length that fit, if better than the best.

    Runs with no more than the needed count (`more`), or no fewer, are left out.
    """
    same = SAME_SIZE * within
    held, held_size = 0.0, -1.0  # the extreme count among runs of one size, one after the other
    end, begin = upto[length:], upto[: upto.size - length]
    for i in range(end.size):
        count = end[i] - begin[i]
        if (count <= need) if more else (count >= need):
            continue
        size = before[i + length] - before[i]
        if size > within or piece[i] != piece[i + length - 1]:
            continue
        if abs(size - held_size) <= same:
            held = max(held, float(count)) if more else min(held, float(count))
            continue
        if held_size >= 0.0:
            best = max(best, _ratio(held, held_size, total, whole, poisson, more))
        held, held_size = float(count), size
    if held_size >= 0.0:
        best = max(best, _ratio(held, held_size, total, whole, poisson, more))
    return best


@njit(cache=True, nogil=True, error_model="numpy")
def walk_by_length(
    upto: Any,
    before: FloatArray,
    piece: IntArray,
    within: float,
    bound: FloatArray,
    total: float,
    whole: float,
    poisson: bool,
    more: bool,
    best: FloatArray,
) -> None:
    """
    Find the largest ratio over all runs of segments, in each simulation.

    Parameters
    ----------
    upto : ndarray of int, shape (simulations, segments + 1)
        Events before each segment.
    before : ndarray of float, shape (segments + 1,)
        Size of all that lies before each segment.
    piece : ndarray of int, shape (segments,)
        Which unbroken piece of the line each segment lies on.
    within : float
        The largest size of a run, with what rounding may add.
    bound : ndarray of float, shape (lengths,)
        `Runs.least` if `more`, else `Runs.most`.
    total, whole, poisson
        As for `walk_by_count`.
    more : bool
        Look for full runs, from long to short ones, or for empty ones, from short to long.
    best : ndarray of float, shape (simulations,)
        The best ratios already known, to be replaced by better ones.
    """
    tabled = poisson and total <= MOST_IN_TABLE
    of_count = _x_log_x_upto(int(total) if tabled else 0)
    log_in, log_out = np.log(bound), np.log(np.maximum(total - bound, 0.0))
    slip = SLIP * max(of_count[-1], 1.0)  # more than rounding can add
    for row in range(upto.shape[0]):
        at = bound.size - 1 if more else 0
        t = _slack(best[row], total, whole, poisson)
        while 0 <= at < bound.size and best[row] < np.inf:
            count = _extreme(upto[row], at + 1, more)
            extreme = float(count)
            rest = int(total) - count
            if not tabled or _may_beat(
                best[row] - slip, count, rest, at, of_count, log_in, log_out
            ):
                size = bound[at]
                if not poisson:
                    size = min(max(size, extreme), whole - (total - extreme))
                if _ratio(extreme, size, total, whole, poisson, more) > best[row]:
                    need = _need(bound[at], best[row], total, whole, poisson, more)
                    best[row] = _best_of_length(
                        upto[row], before, piece, within, at + 1, need, total, whole, poisson, more,
                        best[row],
                    )  # fmt: skip
                    t = _slack(best[row], total, whole, poisson)
            limit = _size_to_beat(extreme, t, total, whole, more)
            if more:
                at -= 1
                while at >= 0 and bound[at] >= limit:
                    at -= 1
            else:
                at += 1
                while at < bound.size and bound[at] <= limit:
                    at += 1
