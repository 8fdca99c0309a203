"""
Near pairs counted in many permutations, by loops that numba compiles: whole numbers, the same as numpy's.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray

__all__ = ["count_bands", "count_within", "count_wrapped"]

IntArray = NDArray[np.int64]

FLUSH = 60_000  # pairs added up in two bytes


@njit(cache=True, nogil=True)
def count_wrapped(
    first: IntArray,
    second: IntArray,
    deals: NDArray[np.uint16],
    double: np.uint16,
    both: IntArray,
) -> None:
    """
    Count the pairs that are near in each column of whole numbers of two bytes.

    Parameters
    ----------
    first, second : ndarray of int, shape (pairs,)
        Rows of `deals`.
    deals : ndarray of uint16, shape (n, permutations)
    double : uint16
        Twice the limit: differences wrap around at 2**16, see `spacetime.pairs`.
    both : ndarray of int, shape (permutations,)
        Added to.
    """
    many = np.zeros(deals.shape[1], np.uint16)
    half = np.uint16(double // 2)
    for begin in range(0, first.size, FLUSH):
        many[:] = 0
        for pair in range(begin, min(begin + FLUSH, first.size)):
            one, other = deals[first[pair]], deals[second[pair]]
            for k in range(many.size):
                near = np.uint16(np.uint16(other[k] - one[k]) + half) <= double
                many[k] += np.uint16(near)
        for k in range(many.size):
            both[k] += many[k]


@njit(cache=True, nogil=True)
def count_within(
    first: IntArray, second: IntArray, deals: FloatArray, limit: float, both: IntArray
) -> None:
    """
    Count the pairs that are near in each column of any numbers.

    Parameters
    ----------
    first, second, both
        As for `count_wrapped`.
    deals : ndarray of float, shape (n, permutations)
    limit : float
        Up to which, and including which, a difference is near.
    """
    for pair in range(first.size):
        one, other = deals[first[pair]], deals[second[pair]]
        for k in range(both.size):
            both[k] += abs(other[k] - one[k]) <= limit


@njit(cache=True, nogil=True)
def count_bands(
    time: FloatArray,
    first: IntArray,
    second: IntArray,
    row: IntArray,
    edges: FloatArray,
    table: IntArray,
) -> None:
    """
    Count pairs by the band of their distance and the band of the time between them.

    Parameters
    ----------
    time : ndarray of float, shape (n,)
    first, second, row : ndarray of int, shape (pairs,)
        Rows of `time`, and the band of the distance.
    edges : ndarray of float, shape (bands,)
        Upper ends of the bands of time, each included in its band.
    table : ndarray of int, shape (bands of distance, bands)
        Added to.
    """
    last = edges[edges.size - 1]
    for pair in range(first.size):
        gap = abs(time[first[pair]] - time[second[pair]])
        if gap <= last:
            band = 0
            while edges[band] < gap:
                band += 1
            table[row[pair], band] += 1
