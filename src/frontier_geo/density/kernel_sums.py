"""
Sums of kernels over many events on a line with two ends: the hot path of the density.

Two methods. The direct one adds up every event that is within reach of a place, exactly. The fast one
serves gaussian kernels on millions of events: bins, each with its number and mean place of events, then
cosine series, the eigenfunctions of a line whose ends reflect.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from frontier_geo._fast import Engine, choose_engine
from frontier_geo._validation import FloatArray
from frontier_geo.density.kernels import (
    GAUSSIAN_REACH,
    images,
    kernel_pdf,
    spread_kernel,
    the_kernel,
)

__all__ = [
    "ERROR_BOUND",
    "bin_moments",
    "binned_sums",
    "binned_work",
    "direct_sums",
    "direct_work",
    "sums_of_moments",
]

#: Largest error of the fast method, as a share of the highest value of the curve (see `binned_sums`).
ERROR_BOUND = 1e-6
PAIRS_AT_ONCE = 2_000_000
CELLS_PER_BANDWIDTH = 3
BINS_PER_CELL = 112  # 336 bins a bandwidth
TERMS = 8  # of the series within a cell: what is left out is some 3e-9 of a kernel's height
SIGNS = np.array([1.0, -1.0, -1.0, 1.0] * (TERMS // 4))[:, None]  # of the derivatives of a cosine
FACTORIALS = np.array([math.factorial(j) for j in range(TERMS)], dtype=np.float64)[:, None]
SERIES_REACH = 7.0  # waves beyond it hold 3e-12 of a kernel's height
EVENTS_AT_ONCE = 1 << 16  # few enough to stay in the processor's cache
PARTS = 1 << 15  # of a bin, to which the place of an event in it is rounded
ROUNDER = 1.5 * 2.0**52 / PARTS  # added and taken away again, it leaves whole parts
DECODED_AT_ONCE = 1 << 18  # events in a bin; up to twice as many bins the sums are exact
MOST_BINS = 20_000_000
EVENTS_WORTH = 20_000  # from which numba pays, and from which it pays to load it for this alone
EVENTS_COLD = 100_000_000
PLACES_WORTH = 2_000
OFF_LINE = "a place lies off the line, or is missing"


def direct_sums(
    at: FloatArray,
    start: FloatArray,
    stop: FloatArray,
    weight: FloatArray,
    bandwidth: FloatArray,
    *,
    kernel: str,
    length: float | None,
    without_own: bool = False,
) -> FloatArray:
    """
    Add up the kernels of all events at each place, exactly.

    Parameters
    ----------
    at : ndarray of float, shape (m,)
        Places, in any order.
    start, stop, weight, bandwidth : ndarray of float, shape (n,)
        Of each event: the ends of its stretch (equal for a point), its weight, the standard deviation
        of its kernel.
    kernel : str
    length : float or None
        Of the line, whose ends mirror; None: nothing is mirrored.
    without_own : bool, default False
        The places are those of the events, and each is left out at its own, with its images.

    Returns
    -------
    ndarray of float, shape (m,)
    """
    points = not bool((stop > start).any())
    order = np.argsort(at, kind="stable")
    x = at[order]
    total = np.zeros(x.size)
    reach = the_kernel(kernel).reach * bandwidth
    widest = float(reach.max(initial=0.0))
    for sign, shift in [(1.0, 0.0)] if length is None else images(length, widest):
        one, other = sign * start + shift, sign * stop + shift
        low, high = np.minimum(one, other), np.maximum(one, other)
        first = np.searchsorted(x, low - reach, side="left")
        many = np.searchsorted(x, high + reach, side="right") - first
        felt = np.flatnonzero(many > 0)
        upto = np.cumsum(many[felt])
        begin = 0
        while begin < felt.size:
            before = upto[begin - 1] if begin else 0
            end = max(int(np.searchsorted(upto, before + PAIRS_AT_ONCE, side="right")), begin + 1)
            some = felt[begin:end]
            pair = np.repeat(some, many[some])
            nth = np.arange(pair.size) - np.repeat(np.cumsum(many[some]) - many[some], many[some])
            place = first[pair] + nth
            h = bandwidth[pair]
            if points:
                value = kernel_pdf(kernel, (x[place] - low[pair]) / h) / h
            else:
                value = spread_kernel(x[place], low[pair], high[pair], h, kernel)
            if without_own:
                value[order[place] == pair] = 0.0
            total += np.bincount(place, value * weight[pair], minlength=x.size)
            begin = end
    answer = np.empty_like(total)
    answer[order] = total
    return answer


def direct_work(n: int, at: FloatArray, bandwidth: float, kernel: str, length: float) -> float:
    """Return about how many pairs of event and place the direct method would look at."""
    reach = the_kernel(kernel).reach * bandwidth
    return n * at.size * max(1.0 / max(at.size, 1), min(1.0, 2.0 * reach / length)) + n


def binned_work(bandwidth: float, length: float) -> float:
    """Return how many bins the fast method would need; infinite where too many."""
    bins = _cells(length, bandwidth) * BINS_PER_CELL
    return bins if bins <= MOST_BINS else math.inf


def binned_sums(
    at: FloatArray,
    chainage: FloatArray,
    weight: FloatArray | None,
    bandwidth: float,
    *,
    length: float,
    reflect: bool,
    engine: str = "auto",
) -> FloatArray:
    """
    Add up gaussian kernels of one bandwidth at each place, by bins and cosine series.

    Parameters
    ----------
    at : ndarray of float, shape (m,)
        Places on the line.
    chainage : ndarray of float, shape (n,)
        Places of the events, between 0 and `length`.
    weight : ndarray of float, shape (n,), or None
        None: 1 each.
    bandwidth, length : float
    reflect : bool
        Whether the ends of the line mirror.
    engine : {"auto", "numpy", "numba"}, default "auto"
        As for `bin_moments`.

    Returns
    -------
    ndarray of float, shape (m,)

    Notes
    -----
    Of each bin of width d the number of events and their mean place are known. What is left is their
    spread about the middle of the bin, whose mean square lies between 0 and d²/4: d²/8 is taken for
    all. The kernel's second derivative K'' turns that into an error of at most d²/16 times the sum of
    ``|K''|`` over the events. Since ``h² |K''(u)| <= K(u) + 0.28 (K(u - 2h) + K(u + 2h))``, that sum is
    at most 1.56 / h² times the highest value of the curve (of its mirrored continuation, which is as
    high). With d = h/336 or less the error is below 1.56 / (16 * 336²) = 8.7e-7 of the highest value;
    weights must not be negative for that. With events spread as they come it is some 2e-7. Places are
    rounded by 2^-16 of a bin at the most, which adds 6e-8 where all are rounded to one side.
    The series themselves are exact to about 1e-8: on a line whose ends reflect, a kernel is a sum of
    waves ``exp(-(k pi h / L)² / 2) cos(k pi x / L)``, and a cosine transform finds them all.
    """
    count, place = bin_moments(
        chainage, weight, bandwidth, length=length, reflect=reflect, engine=engine
    )
    return sums_of_moments(
        at, count, place, bandwidth, length=length, reflect=reflect, engine=engine
    )


def bin_moments(
    chainage: FloatArray,
    weight: FloatArray | None,
    bandwidth: float,
    *,
    length: float,
    reflect: bool = True,
    engine: str = "auto",
) -> tuple[FloatArray, FloatArray]:
    """
    Return all that `binned_sums` takes from events: of two sets of events, the sums.

    Parameters
    ----------
    chainage, weight, bandwidth, length, reflect
        As for `binned_sums`.
    engine : {"auto", "numpy", "numba"}, default "auto"
        Who adds up; both give the same bits.

    Returns
    -------
    count, place : ndarray of float, shape (number of bins,)
        The weight of each bin, and the sum of weight times place from its middle, in bins.

    Raises
    ------
    OverflowError
        If an event lies off the line, or its place is missing.
    """
    margin = 0.0 if reflect else GAUSSIAN_REACH * bandwidth
    whole = length + 2.0 * margin
    bins = _cells(whole, bandwidth) * BINS_PER_CELL
    scale = bins / whole
    grid = _Bins(bins, scale, margin * scale, (whole - 2.0 * margin) * scale * (1 + 1e-12))
    chosen = choose_engine(engine, n=chainage.size, worth=EVENTS_WORTH, cold=EVENTS_COLD)
    if weight is None and bins <= 2 * DECODED_AT_ONCE:
        count, place = _packed_moments(chainage, grid, chosen)
    else:
        count, place = _moments_apart(chainage, weight, grid, chosen)
    count[bins - 1] += count[bins]
    place[bins - 1] += place[bins] + count[bins]
    return count[:bins], place[:bins]


def sums_of_moments(
    at: FloatArray,
    count: FloatArray,
    place: FloatArray,
    bandwidth: float,
    *,
    length: float,
    reflect: bool = True,
    engine: str = "auto",
) -> FloatArray:
    """Return the curve of `binned_sums` at each place from what `bin_moments` returned."""
    margin = 0.0 if reflect else GAUSSIAN_REACH * bandwidth
    whole = length + 2.0 * margin
    cells = count.size // BINS_PER_CELL
    moment = _cell_moments(count, place, cells)
    taylor = _curve_in_cells(moment, bandwidth * cells / whole)
    if choose_engine(engine, n=at.size, worth=PLACES_WORTH, cold=EVENTS_COLD) == "numba":
        from frontier_geo._fast.sums import follow_series

        found = np.empty(at.size)
        follow_series(at, margin, cells / whole, taylor, found)
        return found
    t = (at + margin) * (cells / whole)
    cell = np.minimum(t.astype(np.int64), cells - 1)
    off = t - cell - 0.5
    terms = taylor.take(cell, axis=1, mode="clip")  # clip: no check of each, which takes longer
    value = terms[TERMS - 1]
    for j in range(TERMS - 2, -1, -1):
        value *= off
        value += terms[j]
    return np.asarray(np.maximum(value, 0.0) * (cells / whole), dtype=np.float64)


def _cells(length: float, bandwidth: float) -> int:
    from scipy.fft import next_fast_len

    return int(
        next_fast_len(max(math.ceil(CELLS_PER_BANDWIDTH * length / bandwidth), 16), real=True)
    )


@dataclass(frozen=True)
class _Bins:
    """Bins of one width, and one more for the far end itself."""

    bins: int
    scale: float  # bins a unit of length
    shift: float  # bins before the line
    largest: float  # the length of the line, in bins

    def places(self, chainage: FloatArray, room: FloatArray) -> FloatArray:
        """Return the places of events in bins; refuse those off the line."""
        t = np.multiply(chainage, self.scale, out=room[: chainage.size])
        # As whole numbers the bits of -1 and of a missing number exceed those of any place.
        if not t.view(np.uint64).max() <= np.float64(self.largest).view(np.uint64):
            if not (t.min() >= 0 and t.max() <= self.largest):  # -0.0 is on the line
                raise OverflowError(OFF_LINE)
        if self.shift:
            t += self.shift
        return t


def _packed_moments(
    chainage: FloatArray, grid: _Bins, engine: Engine
) -> tuple[FloatArray, FloatArray]:
    """
    Return number and places of the events in each bin from one pass over them.

    Both are summed in one number for each bin, and told apart before it overflows. Places are rounded
    to parts of a bin, so that sums are exact: the same in any order, and however they are packed.
    """
    if engine == "numpy":
        return _packed_by_numpy(chainage, grid)
    from frontier_geo._fast.sums import add_packed

    limits = (grid.scale, grid.shift, grid.largest)
    on_line, count, place = add_packed(chainage, *limits, grid.bins + 1)
    if not on_line:
        raise OverflowError(OFF_LINE)
    return count, place


def _packed_by_numpy(chainage: FloatArray, grid: _Bins) -> tuple[FloatArray, FloatArray]:
    """Return what `_packed_moments` does."""
    count, place = np.zeros(grid.bins + 1), np.zeros(grid.bins + 1)
    lift, most = 2.0 * DECODED_AT_ONCE, DECODED_AT_ONCE
    step = min(EVENTS_AT_ONCE, most)
    total, held = np.zeros(grid.bins + 1), 0
    room = np.empty(min(chainage.size, step))
    which = np.empty(room.size, dtype=np.int64)
    for begin in range(0, chainage.size, step):
        t = grid.places(chainage[begin : begin + step], room)
        if held + t.size > most:
            held = int(total.max() / lift) + 1  # not more are in any bin
            if held + max(t.size, most // 2) > most:
                _tell_apart(total, lift, count, place)
                held = 0
        held += t.size
        t += ROUNDER
        t -= ROUNDER
        np.copyto(which[: t.size], t, casting="unsafe")
        t += lift
        np.add.at(total, which[: t.size], t)
    _tell_apart(total, lift, count, place)
    place -= 0.5 * count  # from the middle of the bin
    return count, place


def _tell_apart(total: FloatArray, lift: float, count: FloatArray, place: FloatArray) -> None:
    """Move what `total` holds to the number of events in each bin and their places in it."""
    raised = np.arange(lift, lift + total.size)
    many = np.rint(total / (raised + 0.5))
    count += many
    many *= raised
    total -= many
    place += total
    total[:] = 0.0


def _moments_apart(
    chainage: FloatArray, weight: FloatArray | None, grid: _Bins, engine: Engine
) -> tuple[FloatArray, FloatArray]:
    """Return weight and places of the events in each bin, each added up by itself."""
    count, place = np.zeros(grid.bins + 1), np.zeros(grid.bins + 1)
    weight = np.ones(chainage.size) if weight is None else weight
    if engine == "numba":
        from frontier_geo._fast.sums import add_apart

        limits = (grid.scale, grid.shift, grid.largest)
        if not add_apart(chainage, weight, *limits, count, place):
            raise OverflowError(OFF_LINE)
        return count, place
    room = np.empty(min(chainage.size, EVENTS_AT_ONCE))
    for begin in range(0, chainage.size, EVENTS_AT_ONCE):
        t = grid.places(chainage[begin : begin + EVENTS_AT_ONCE], room)
        w = weight[begin : begin + EVENTS_AT_ONCE]
        which = t.astype(np.int64)
        np.add.at(count, which, w)
        np.add.at(place, which, w * (t - (which + 0.5)))
    return count, place


def _cell_moments(count: FloatArray, place: FloatArray, cells: int) -> FloatArray:
    """Return of each cell the sums of weight * (distance from its middle)^j / j!, in cells."""
    still, slope = _bin_powers()
    moment = still @ count.reshape(cells, -1).T
    moment += slope @ place.reshape(cells, -1).T
    return np.asarray(moment, dtype=np.float64)


@lru_cache(maxsize=1)
def _bin_powers() -> tuple[FloatArray, FloatArray]:
    """Return (distance of a bin from the middle of its cell)^j / j!, in cells, and its slope."""
    off = (np.arange(BINS_PER_CELL) + 0.5) / BINS_PER_CELL - 0.5
    powers = np.asarray(off[:, None] ** np.arange(TERMS) / FACTORIALS.T)
    # The spread within a bin, d²/8, taken as such: the second derivative of the power.
    half_spread = 1.0 / (16.0 * BINS_PER_CELL**2)
    still = powers.copy()
    still[:, 2:] += half_spread * powers[:, :-2]
    slope = np.zeros_like(powers)
    slope[:, 1:] = powers[:, :-1] / BINS_PER_CELL
    return np.ascontiguousarray(still.T), np.ascontiguousarray(slope.T)


@lru_cache(maxsize=4)
def _wave_powers(cells: int, waves: int, bandwidth: float) -> tuple[FloatArray, FloatArray]:
    """Return (wave number)^j with the sign of the j-th derivative of a cosine; the same / j! smoothed."""
    step = math.pi * np.arange(waves) / cells
    power = np.vander(step, TERMS, increasing=True).T * SIGNS
    height = np.exp(-0.5 * (step * bandwidth) ** 2) / (2.0 * cells)
    height[0] /= 2.0
    smoothed = power * height / FACTORIALS
    smoothed[0, 0] *= 2.0  # a cosine transform halves its first term
    return np.ascontiguousarray(power), np.asarray(smoothed, dtype=np.float64)


def _curve_in_cells(moment: FloatArray, bandwidth: float) -> FloatArray:
    """Return the Taylor coefficients of the curve about the middle of each cell, in cells."""
    from scipy.fft import dct, dst

    cells = moment.shape[1]
    waves = min(cells, math.ceil(SERIES_REACH * cells / (math.pi * bandwidth)) + 1)
    power, smoothed = _wave_powers(cells, waves, bandwidth)
    # cos(k pi (c + d)) for the events' cells c: the j-th derivative of the cosine times d^j / j!.
    even, odd = dct(moment[0::2], type=2, axis=1), dst(moment[1::2], type=2, axis=1)
    height = np.einsum("jk,jk->k", power[0::2], even[:, :waves])
    height[1:] += np.einsum("jk,jk->k", power[1::2, 1:], odd[:, : waves - 1])
    wave = np.zeros((TERMS, cells + 1))
    np.multiply(height, smoothed, out=wave[:, :waves])
    taylor = np.empty_like(moment)
    taylor[0::2] = dct(wave[0::2, :cells], type=3, axis=1)
    taylor[1::2] = dst(wave[1::2, 1:], type=3, axis=1)
    return taylor
