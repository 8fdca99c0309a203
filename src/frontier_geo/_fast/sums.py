"""
Sums over events in bins, by loops that numba compiles: the twins of `density.kernel_sums`.

Each adds the same numbers in the same order as numpy does there, so that both give the same bits.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from frontier_geo._validation import FloatArray

__all__ = ["add_apart", "add_packed", "follow_series", "unpack"]

BLOCK = 512  # events; what is noted of them stays in the processor's first cache


@njit(cache=True, nogil=True)
def add_packed(
    chainage: FloatArray, scale: float, shift: float, largest: float, lift: float, total: FloatArray
) -> bool:
    """
    Add the raised place of each event to its bin.

    Parameters
    ----------
    chainage : ndarray of float, shape (n,)
    scale, shift, largest : float
        Bins a unit of length, bins before the line, and its end in bins.
    lift : float
        Added to each place.
    total : ndarray of float, shape (bins + 1,)
        Added to.

    Returns
    -------
    bool
        Whether all events lie on the line; if not, `total` is of no use.
    """
    # By blocks: turning places into bins, and checking them, takes several events at once.
    raised, which = np.empty(BLOCK), np.empty(BLOCK, np.uint32)
    for begin in range(0, chainage.size, BLOCK):
        many = min(BLOCK, chainage.size - begin)
        off = 0
        for i in range(many):
            t = chainage[begin + i] * scale
            off += not (t >= 0.0 and t <= largest)
            t += shift
            which[i] = np.uint32(np.int32(t))
            raised[i] = t + lift
        if off:
            return False
        for i in range(many):
            total[which[i]] += raised[i]
    return True


@njit(cache=True, nogil=True)
def unpack(total: FloatArray, lift: float) -> tuple[FloatArray, FloatArray]:
    """
    Tell number and places of the events apart in the sums of `add_packed`.

    Parameters
    ----------
    total : ndarray of float, shape (bins + 1,)
        Its room is taken for the places.
    lift : float

    Returns
    -------
    count, place : ndarray of float, shape (bins + 1,)
    """
    count = np.empty(total.size)
    for which in range(total.size):
        raised = (which + 0.5 if which < total.size - 1 else float(which)) + lift
        count[which] = np.rint(total[which] / raised)
        total[which] -= count[which] * raised
    return count, total


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
    taylor : ndarray of float, shape (terms, cells)
    found : ndarray of float, shape (m,)
        The answer, 0 at least.
    """
    for i in range(at.size):
        t = (at[i] + margin) * scale
        cell = min(np.int64(t), taylor.shape[1] - 1)
        off = t - cell - 0.5
        value = taylor[-1, cell]
        for j in range(taylor.shape[0] - 2, -1, -1):
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
        As for `add_packed`.
    """
    for i in range(chainage.size):
        t = chainage[i] * scale
        if not (t >= 0.0 and t <= largest):
            return False
        t += shift
        which = np.uint32(np.int32(t))
        count[which] += weight[i]
        middle = which + 0.5 if which < count.size - 1 else float(which)
        place[which] += weight[i] * (t - middle)
    return True
