"""
Sums over events in bins, by loops that numba compiles: the twins of `density.kernel_sums`.

Each adds the same numbers in the same order as numpy does there, so that both give the same bits.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray

Ints = NDArray[np.int64]

__all__ = ["add_apart", "add_packed", "follow_series"]

BLOCK = 2048  # events; what is noted of them stays in the processor's first cache
PARTS_BITS = 15
PARTS = 1 << PARTS_BITS  # of a bin, as in `density.kernel_sums`
ROUNDER = 1.5 * 2.0**52 / PARTS  # added to a place, it leaves whole parts in the last bits
ROUNDER_BITS = np.float64(ROUNDER).view(np.int64)
LAST_PART = PARTS - 1
ONE = np.uint32(1 << 23)  # an event; below it there is room for the parts of 255
REST = np.uint32((1 << 23) - 1)
FULL = np.uint32(255 << 23)
TERMS = 8


@njit(cache=True, nogil=True)
def _pack(
    chainage: FloatArray, scale: float, shift: float, limit: int, numbers: FloatArray, bits: Ints,
    which: NDArray[np.uint32], packed: NDArray[np.uint32],
) -> bool:  # fmt: skip
    """
    Find bin and packed place of each event; return whether some may lie off the line.

    As whole numbers, the bits of what is negative or missing are negative or exceed those of the end.
    """
    off = np.int64(0)
    for i in range(chainage.size):
        numbers[i] = chainage[i] * scale
    for i in range(chainage.size):
        off |= (limit - bits[i]) | bits[i]
    for i in range(chainage.size):
        numbers[i] = (numbers[i] + shift) + ROUNDER
    for i in range(chainage.size):
        parts = bits[i] - ROUNDER_BITS
        which[i] = np.uint32(parts >> PARTS_BITS)
        packed[i] = np.uint32(parts & LAST_PART) + ONE
    return bool(off < 0)


@njit(cache=True, nogil=True)
def _add_up(
    which: NDArray[np.uint32], packed: NDArray[np.uint32], total: NDArray[np.uint32],
    count: FloatArray, place: FloatArray,
) -> None:  # fmt: skip
    """Add events to their bins, and move on what a bin holds before it is too much for 32 bits."""
    for i in range(which.size):
        k = which[i]
        held = np.uint32(total[k] + packed[i])
        total[k] = held
        if held >= FULL:
            count[k] += 255.0
            place[k] += held & REST
            total[k] = np.uint32(0)


@njit(cache=True, nogil=True)
def add_packed(
    chainage: FloatArray, scale: float, shift: float, largest: float, bins: int
) -> tuple[bool, FloatArray, FloatArray]:
    """
    Add up number and places of the events in each bin.

    Both are packed in 32 bits for each bin, so that all bins stay in the processor's second cache, and
    told apart whenever 255 events are in one.

    Parameters
    ----------
    chainage : ndarray of float, shape (n,)
    scale, shift, largest : float
        Bins a unit of length, bins before the line, and its end in bins.
    bins : int

    Returns
    -------
    on_line : bool
        Whether all events lie on the line; if not, the others are of no use.
    count, place : ndarray of float, shape (bins,)
        The number of events in each bin, and the sum of their places from its middle, in bins.
    """
    count, place = np.zeros(bins), np.zeros(bins)
    total = np.zeros(bins, np.uint32)
    packed, which = np.empty(BLOCK, np.uint32), np.empty(BLOCK, np.uint32)
    numbers, one = np.empty(BLOCK), np.array([largest])
    bits, limit = numbers.view(np.int64), one.view(np.int64)[0]
    # By blocks, and each step in a function of its own: within one the loops get in each other's way,
    # and take twice as long.
    for begin in range(0, chainage.size, BLOCK):
        part = chainage[begin : min(begin + BLOCK, chainage.size)]
        if _pack(part, scale, shift, limit, numbers, bits, which, packed):
            for i in range(part.size):  # it may be -0.0, which is on the line
                if not 0.0 <= part[i] * scale <= largest:
                    return False, count, place
        _add_up(which[: part.size], packed, total, count, place)
    for k in range(bins):
        count[k] += total[k] // ONE
        place[k] = (place[k] + (total[k] & REST)) * (1.0 / PARTS) - 0.5 * count[k]
    return True, count, place


@njit(cache=True, nogil=True)
def follow_series(
    at: FloatArray, margin: float, scale: float, taylor: FloatArray, found: FloatArray
) -> None:
    """
    Work out a curve from its Taylor series about the middles of cells.

    Parameters
    ----------
    at : ndarray of float, shape (m,)
        Places on the line.
    margin, scale : float
        What lies before the line, and cells a unit of length.
    taylor : ndarray of float, shape (8, cells)
    found : ndarray of float, shape (m,)
        The answer, 0 at least.
    """
    last = taylor.shape[1] - 1
    for i in range(at.size):
        t = (at[i] + margin) * scale
        cell = np.uint32(min(np.int64(t), last))  # unsigned: nothing counts from the end
        off = t - cell - 0.5
        value = taylor[TERMS - 1, cell]
        for j in range(TERMS - 2, -1, -1):
            value = value * off + taylor[j, cell]
        found[i] = max(value, 0.0) * scale


@njit(cache=True, nogil=True)
def add_apart(
    chainage: FloatArray,
    weight: FloatArray,
    scale: float,
    shift: float,
    largest: float,
    count: FloatArray,
    place: FloatArray,
) -> bool:
    """
    Add the weight of each event to its bin, and its weight times its place from the bin's middle.

    Parameters
    ----------
    chainage, weight : ndarray of float, shape (n,)
    scale, shift, largest : float
        As for `add_packed`.
    count, place : ndarray of float, shape (bins + 1,)
        Added to.

    Returns
    -------
    bool
        Whether all events lie on the line; if not, `count` and `place` are of no use.
    """
    for i in range(chainage.size):
        t = chainage[i] * scale
        if not (t >= 0.0 and t <= largest):
            return False
        t += shift
        which = np.uint32(np.int32(t))
        count[which] += weight[i]
        place[which] += weight[i] * (t - (which + 0.5))
    return True
