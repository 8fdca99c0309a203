"""
The largest likelihood ratio of all runs of a line, exactly and fast, in many simulations at once.

Of all runs with k events only the one with the least exposure can be the most unusual, and a run that
cannot beat the best one found so far is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontier_geo._fast import Engine
from frontier_geo._validation import FloatArray
from frontier_geo.errors import ParameterError
from frontier_geo.scan.ratio import Ratio

__all__ = [
    "IntArray",
    "Runs",
    "draw_counts",
    "draw_places",
    "find_runs",
    "largest_by_count",
    "largest_by_length",
    "sorted_uniforms",
]

IntArray = NDArray[np.int64]

Alike = tuple[slice | IntArray, float]

FEW_SIZES = 3  # up to so many different sizes of one length are looked at by size
SAME_SIZE = 1e-10  # sizes that differ by less than this share of the largest are one
MOST_RUNS = 50_000_000
PARTS_A_CELL, MOST_PARTS = (
    64,
    1 << 16,
)  # of the guide: few parts then have the end of a cell in them
DRAWN_AT_ONCE = 1 << 16  # numbers, so that they stay in cache
MOST_OF = 0.7  # if more simulations than this are to be looked at, all are: picking costs more


@dataclass(frozen=True)
class Runs:
    """
    All contiguous runs of segments up to a size, by their length in segments.

    Attributes
    ----------
    starts : list of ndarray of int
        The first segments of the runs of 1 segment, of 2 segments and so on.
    sizes : list of ndarray of float
        Their sizes.
    least, most : ndarray of float
        The smallest and the largest size of each length; both grow.
    cap : float
        The largest size a run may have.
    before : ndarray of float, shape (n + 1,)
        Size of all that lies before each segment.
    piece : ndarray of int, shape (n,)
        Which unbroken piece of the line each segment lies on.
    """

    starts: list[IntArray]
    sizes: list[FloatArray]
    least: FloatArray
    most: FloatArray
    cap: float
    before: FloatArray
    piece: IntArray

    @property
    def within(self) -> float:
        """The cap, with what rounding may add to a run that just fills it."""
        return _within(self.cap)

    @cached_property
    def alike(self) -> list[list[Alike] | None]:
        """For each length the starts of each size, where there are few different ones, else None."""
        return [
            _alike(start, size, self.cap)
            for start, size in zip(self.starts, self.sizes, strict=True)
        ]

    @property
    def n_runs(self) -> int:
        """How many runs there are."""
        return sum(len(start) for start in self.starts)


def find_runs(size: FloatArray, *, cap: float, linked: NDArray[np.bool_] | None = None) -> Runs:
    """
    List all contiguous runs of segments.

    Parameters
    ----------
    size : ndarray of float, shape (n,)
        Size (exposure) of each segment, along the line.
    cap : float
        The largest size of a run.
    linked : ndarray of bool, shape (n - 1,), optional
        Whether a segment touches the next; a run goes across no gap. Default: all do.

    Returns
    -------
    Runs
        Lengths end with the last that has a run.

    Raises
    ------
    ParameterError
        If there are more than 50 million runs.
    """
    n = len(size)
    piece = np.zeros(n, int) if linked is None else np.concatenate(([0], np.cumsum(~linked)))
    before = np.concatenate(([0.0], np.cumsum(size)))
    within = _within(cap)
    starts, sizes, listed = [], [], 0
    for length in range(1, n + 1):
        span = before[length:] - before[:-length]
        fits = np.flatnonzero((piece[length - 1 :] == piece[: n - length + 1]) & (span <= within))
        if not fits.size:
            break
        starts.append(fits)
        sizes.append(span[fits])
        listed += fits.size
        if listed > MOST_RUNS:
            raise ParameterError(
                f"{n:,} segments have more than {MOST_RUNS:,} runs. Take longer segments, a smaller "
                "max_fraction, or scan the places of the events themselves (scan_events)."
            )
    least = np.array([s.min() for s in sizes])
    most = np.array([s.max() for s in sizes])
    # A cap or a gap may leave out the runs that would keep these bounds rising.
    return Runs(
        starts,
        sizes,
        np.minimum.accumulate(least[::-1])[::-1],
        np.maximum.accumulate(most),
        cap,
        before,
        piece,
    )


def _within(cap: float) -> float:
    return cap * (1 + 1e-12) + 1e-12


def largest_by_count(
    low: FloatArray,
    high: FloatArray,
    ratio: Ratio,
    *,
    cap: float,
    floor: float = 0.0,
    best: FloatArray | None = None,
    share: tuple[FloatArray, FloatArray] | None = None,
    engine: Engine = "numpy",
) -> FloatArray:
    """
    Find the largest ratio over all runs with more events than expected, in each simulation.

    Parameters
    ----------
    low, high : ndarray of float, shape (simulations, events)
        For each event, in the order of the line, the size of all that lies before its place and of all
        up to the end of its place. A run from event i to event j has the size ``high[j] - low[i]``.
    ratio : Ratio
    cap : float
        The largest size of a run.
    floor : float, default 0
        The size of a run is never taken as less.
    best : ndarray of float, shape (simulations,), optional
        The best ratios already known, to be beaten.
    share : (ndarray, ndarray), optional
        If given, `cap` holds for this measure, of the shapes of `low` and `high`, instead.
    engine : {"numpy", "numba"}
        Ratios of the two differ in the last digits, where their logarithms do.

    Returns
    -------
    ndarray of float, shape (simulations,)

    Notes
    -----
    For k events the ratio falls with the size, so that only the smallest run of k consecutive events
    counts. That smallest size grows with k; once it is known for k, all larger k that could not beat
    the best ratio even with it are left out.
    """
    n_rows, n_events = low.shape
    best = np.zeros(n_rows) if best is None else best.copy()
    if engine == "numba":
        from frontier_geo._fast.scan import walk_by_count

        near, far = (low, high) if share is None else share
        poisson = ratio.model == "poisson"
        numbers = (cap, floor, ratio.total, ratio.whole, poisson)
        walk_by_count(low, high, near, far, share is not None, *numbers, best)
        return best
    following = np.ones(n_rows)
    for k in range(1, n_events + 1):
        rows: Any = np.flatnonzero(following <= k)
        if not rows.size:
            if following.min() > n_events:
                break
            continue
        rows = slice(None) if rows.size > MOST_OF * n_rows else rows
        sizes = high[rows, k - 1 :] - low[rows, : n_events - k + 1]
        if share is not None:
            wide = share[1][rows, k - 1 :] - share[0][rows, : n_events - k + 1] > cap
            sizes[wide] = np.inf
        least = np.maximum(sizes.min(axis=1), floor)
        fits = np.isfinite(least) if share is not None else least <= cap
        safe = np.where(fits, least, ratio.whole)
        found = np.where(fits, ratio.of_count(k, safe), 0.0)
        best[rows] = np.maximum(best[rows], found)
        skip = np.floor(ratio.count_to_beat(safe, best[rows])) + 1.0
        following[rows] = np.where(fits, np.maximum(skip, k + 1), n_events + 1)
    return best


def largest_by_length(
    upto: IntArray,
    runs: Runs,
    ratio: Ratio,
    *,
    alternative: str,
    best: FloatArray | None = None,
    engine: Engine = "numpy",
) -> FloatArray:
    """
    Find the largest ratio over all runs of segments, in each simulation.

    Parameters
    ----------
    upto : ndarray of int, shape (simulations, segments + 1)
        Events before each segment: the running sum of the counts, from 0.
    runs : Runs
        Which runs there are.
    ratio : Ratio
    alternative : {"greater", "less", "two-sided"}
    best : ndarray of float, shape (simulations,), optional
        The best ratios already known, to be beaten.
    engine : {"numpy", "numba"}
        As for `largest_by_count`.

    Returns
    -------
    ndarray of float, shape (simulations,)

    Notes
    -----
    The fullest run of one length bounds the fullest of every shorter one, the emptiest the emptiest of
    every longer one: lengths that cannot beat the best ratio with that count are left out.
    """
    best = np.zeros(len(upto)) if best is None else best.copy()
    walk = _walk_by_numba if engine == "numba" else _walk
    if alternative in ("greater", "two-sided"):
        best = walk(upto, runs, ratio, best, more=True)
    if alternative in ("less", "two-sided"):
        best = walk(upto, runs, ratio, best, more=False)
    return best


def _walk_by_numba(
    upto: IntArray, runs: Runs, ratio: Ratio, best: FloatArray, *, more: bool
) -> FloatArray:
    from frontier_geo._fast.scan import walk_by_length

    found, bound = best.copy(), runs.least if more else runs.most
    numbers = (ratio.total, ratio.whole, ratio.model == "poisson", more)
    walk_by_length(upto, runs.before, runs.piece, runs.within, bound, *numbers, found)
    return found


def _walk(upto: IntArray, runs: Runs, ratio: Ratio, best: FloatArray, *, more: bool) -> FloatArray:
    """Go through the lengths, from long to short for full runs, from short to long for empty ones."""
    n_lengths = len(runs.starts)
    alternative = "greater" if more else "less"
    following = np.full(len(upto), n_lengths - 1 if more else 0)
    for at in range(n_lengths)[:: -1 if more else 1]:
        rows: Any = np.flatnonzero(following == at)
        if not rows.size:
            continue
        rows = slice(None) if rows.size == len(upto) else rows
        block = upto[rows]
        # Runs past the cap or across a gap are counted too: they hold the shorter ones that fit.
        counts = block[:, at + 1 :] - block[:, : -at - 1]
        extreme = (counts.max(axis=1) if more else counts.min(axis=1)).astype(np.float64)
        size = runs.least[at] if more else runs.most[at]
        possible = ratio.possible(extreme, size)
        hopeful = np.flatnonzero(ratio.of(extreme, possible, alternative) > best[rows])
        if hopeful.size:
            found = _largest_of_length(counts[hopeful], runs, at, ratio, more=more)
            chosen = hopeful if isinstance(rows, slice) else rows[hopeful]
            best[chosen] = np.maximum(best[chosen], found)
        limit = ratio.sizes_to_beat(extreme, best[rows], more)
        if more:
            following[rows] = np.minimum(np.searchsorted(runs.least, limit, side="left"), at) - 1
        else:
            following[rows] = np.maximum(np.searchsorted(runs.most, limit, side="right"), at + 1)
    return best


def _largest_of_length(
    counts: IntArray, runs: Runs, at: int, ratio: Ratio, *, more: bool
) -> FloatArray:
    """Return the largest ratio of the runs of one length; of equal sizes only the extreme count."""
    alternative = "greater" if more else "less"
    if runs.alike[at] is None:
        return ratio.of(counts[:, runs.starts[at]], runs.sizes[at], alternative).max(axis=1)
    best = np.zeros(len(counts))
    for starts, size in runs.alike[at] or []:
        same = counts[:, starts]
        extreme = same.max(axis=1) if more else same.min(axis=1)
        best = np.maximum(best, ratio.of(extreme, size, alternative))
    return best


def _alike(starts: IntArray, sizes: FloatArray, cap: float) -> list[Alike] | None:
    """Group runs of one length by size, if there are few sizes: most lines are cut evenly."""
    rounded = np.round(sizes / (cap * SAME_SIZE))
    values = np.unique(rounded)
    if values.size > FEW_SIZES:
        return None
    groups: list[Alike] = []
    for value in values:
        mine = rounded == value
        chosen = starts[mine]
        row = slice(int(chosen[0]), int(chosen[-1]) + 1)
        whole = chosen.size == row.stop - row.start  # slices are faster than picking
        groups.append((row if whole else chosen, float(sizes[mine].mean())))
    return groups


def sorted_uniforms(rng: np.random.Generator, n_rows: int, n: int) -> FloatArray:
    """Draw rows of n independent uniform numbers in rising order (from exponential spacings)."""
    gaps = rng.standard_exponential((n_rows, n + 1))
    np.cumsum(gaps, axis=1, out=gaps)
    return np.asarray(gaps[:, :-1] / gaps[:, -1:])


def draw_places(
    rng: np.random.Generator,
    n_rows: int,
    n_events: int,
    weight: FloatArray,
    *,
    engine: Engine = "numpy",
) -> IntArray:
    """
    Draw places for events, each cell as likely as its weight, in rising order.

    Returns
    -------
    ndarray of int, shape (n_rows, n_events)
        Cells; a row is the list of the events that `draw_counts` counts, drawn with the same numbers.
    """
    ends, places = _Ends.of(weight), np.empty((n_rows, n_events), dtype=np.int64)
    for rows, uniform in _in_blocks(rng, places, n_events):
        if engine == "numba":
            from frontier_geo._fast.scan import find_cells

            find_cells(uniform, ends.upto, ends.guide, rows)
        else:
            rows[:] = ends.cells(uniform)
        rows.sort(axis=1)
    return places


def draw_counts(
    rng: np.random.Generator,
    n_rows: int,
    n_events: int,
    weight: FloatArray,
    *,
    engine: Engine = "numpy",
) -> IntArray:
    """
    Draw multinomial tables of counts event by event, each cell as likely as its weight.

    Returns
    -------
    ndarray of int, shape (n_rows, n_cells)
        Each row adds up to `n_events`.
    """
    ends, counts = _Ends.of(weight), np.zeros((n_rows, weight.size), dtype=np.int64)
    for rows, uniform in _in_blocks(rng, counts, n_events):
        if engine == "numba":
            from frontier_geo._fast.scan import count_in_cells

            count_in_cells(uniform, ends.upto, ends.guide, rows)
        else:
            cell = ends.cells(uniform) + weight.size * np.arange(len(rows))[:, None]
            rows += np.bincount(cell.ravel(), minlength=rows.size).reshape(rows.shape)
    return counts


def _in_blocks(
    rng: np.random.Generator, table: IntArray, n_events: int
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Yield some rows of a table after the other, with a uniform number for each event of theirs."""
    step = max(1, DRAWN_AT_ONCE // max(n_events, 1))
    for begin in range(0, len(table), step):
        rows = table[begin : begin + step]
        yield rows, rng.random((len(rows), n_events))


@dataclass(frozen=True)
class _Ends:
    """
    Cells laid end to end from 0 to 1, each as long as its share of the weight.

    `upto` is where each ends, `guide` the first cell that reaches into each of many equal parts.
    """

    upto: FloatArray
    guide: IntArray

    @classmethod
    def of(cls, weight: FloatArray) -> _Ends:
        upto = np.cumsum(weight) / weight.sum()
        upto[np.flatnonzero(weight)[-1] :] = 1.0  # rounding must not leave a rest
        parts = min(
            1 << (PARTS_A_CELL * weight.size).bit_length(), MOST_PARTS
        )  # ends without rounding
        return cls(upto, np.searchsorted(upto, np.arange(parts) / parts, side="right"))

    def cells(self, uniform: FloatArray) -> IntArray:
        """Return the cell each number falls in; one at an end belongs to the next cell."""
        cell = self.guide[(uniform * self.guide.size).astype(np.int64)]
        further = self.upto[cell] <= uniform
        cell[further] = np.searchsorted(self.upto, uniform[further], side="right")
        return np.asarray(cell, dtype=np.int64)
