"""
Permutation: how unusual the sum of neighbours is, had the same values lain on other segments.

The values are what they are; only where they lie is left to chance. Sets of values are drawn, or for
whole numbers counted out. How often several tests find something by chance is simulated, too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.hotspots.neighbours import IntArray, Neighbours
from frontier_geo.significance import check_alternative, check_n_sim, check_seed, smallest_p

__all__ = [
    "Tails",
    "check_reachable",
    "check_values",
    "exact_permutation_tails",
    "least_p",
    "permutation_tails",
    "westfall_young",
]

ROUNDING = 1e-9  # sums that differ by less, in parts of the largest, are the same
CELLS_AT_ONCE = 2_000_000  # of simulated tables
LARGEST_SUM = 1_000_000  # of an exact permutation distribution


@dataclass(frozen=True)
class Tails:
    """
    One-sided p-values of each neighbourhood; NaN where there is none.

    Attributes
    ----------
    upper, lower : ndarray of float, shape (n,)
        Probability of a sum as large or larger, as small or smaller.
    least_upper, least_lower : ndarray of float or 0.0
        The smallest value that either tail can take; 0 where that is not known.
    """

    upper: FloatArray
    lower: FloatArray
    least_upper: FloatArray | float = 0.0
    least_lower: FloatArray | float = 0.0

    def p(self, alternative: str = "two-sided") -> FloatArray:
        """
        Return p-values.

        Two-sided ones are the smaller tail, plus as much for the other one if that can get so small
        at all: where two events are to be expected none of them is no news, and only many are.
        """
        check_alternative(alternative)
        if alternative != "two-sided":
            return self.upper if alternative == "greater" else self.lower
        hot = self.upper <= self.lower
        smaller = np.where(hot, self.upper, self.lower)
        other = np.where(hot, self.least_lower, self.least_upper)
        p = np.minimum(1.0, np.where(smaller >= other * (1 - ROUNDING), 2.0, 1.0) * smaller)
        return np.where(np.isnan(self.upper), np.nan, p)


def check_values(values: ArrayLike, *, name: str = "values", least: int = 2) -> FloatArray:
    """Refuse anything but one finite number for each of so many segments or more."""
    try:
        x = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be numbers, but: {error}.") from error
    if x.ndim != 1 or x.size < least:
        wanted = "one segment" if least == 1 else "two segments"
        raise ParameterError(
            f"{name} must be a number for each of {wanted} or more, but has the shape {x.shape}."
        )
    bad = np.flatnonzero(~np.isfinite(x))
    if bad.size:
        raise ParameterError(
            f"{name} must be finite numbers, but {bad.size} of {x.size} are not, first {x[bad[0]]} in "
            f"row {bad[0]}. Fill in or leave out these segments first."
        )
    return x


def least_p(n_sim: int, alternative: str) -> float:
    """Return the smallest p-value of so many simulations: two-sided ones are twice a tail."""
    return min(1.0, (2 if alternative == "two-sided" else 1) * smallest_p(n_sim))


def check_reachable(least: float, n_sim: int, tests: int, p_adj_method: str, alpha: float) -> None:
    """
    Refuse simulations so few that no single segment could be at `alpha` after the adjustment.

    Several segments whose p-values tie at the least could still be, by "fdr_bh" and "fdr_by": k of
    them reach 1 / k of what one does. Whether something is found must not hang on that.
    """
    factor = 1.0 if p_adj_method in ("none", "westfall_young") else float(tests)
    if p_adj_method == "fdr_by":
        factor *= float((1 / np.arange(1, tests + 1)).sum())
    if least * factor > alpha * (1 + ROUNDING):
        wanted = int(np.ceil(least * (n_sim + 1) * factor / alpha - 1e-6)) - 1
        raise ParameterError(
            f"With n_sim={n_sim} a p-value is {least:.3g} at least: a single segment, adjusted for the "
            f"{tests} tested by {p_adj_method}, could not reach alpha={alpha:g}, however unusual. Take "
            f"n_sim={wanted} or more."
        )


def permutation_tails(
    values: ArrayLike, neighbours: Neighbours, *, n_sim: int = 9999, seed: int = 0
) -> Tails:
    """
    Return conditional permutation p-values of the sum over each one's neighbours.

    Each value in turn is held in place, and its neighbours' values are drawn without replacement from
    all others. Whether its own value is added to the sum or not makes no difference.

    Parameters
    ----------
    values : array_like of float, shape (n,)
    neighbours : Neighbours
    n_sim : int, default 9999
        Draws for each value.
    seed : int, default 0

    Returns
    -------
    Tails
        (1 + number of draws as extreme) / (1 + n_sim).

    Notes
    -----
    The same `n_sim` sets of k values serve all that have k neighbours. A set that holds the value it
    is to surround is mended by putting one further value, drawn with the set, in that one's place:
    what results is a random set of the others. So sets are drawn and sorted once, not once for each.

    References
    ----------
    Anselin (1995), Geographical Analysis 27, 93-115.
    """
    x = check_values(values)
    n_sim, seed = check_n_sim(n_sim), check_seed(seed)
    lag, many = neighbours.sums(x), neighbours.many
    margin = ROUNDING * max(float(np.abs(x).max()), 1e-300) * max(int(many.max(initial=0)), 1)
    bounds = np.stack((lag - margin, lag + margin))
    as_large, as_small = np.zeros(x.size), np.zeros(x.size)
    random = np.random.default_rng(seed)
    width = min(int(many.max(initial=0)) + 1, x.size)
    step = max(1, CELLS_AT_ONCE // (width if width * width <= 2 * x.size else x.size))
    for first in range(0, n_sim, step):
        draws = _distinct(random, x.size, width, min(step, n_sim - first))
        drawn = x[draws]
        upto = np.cumsum(drawn, axis=1)
        for k in np.unique(many[(many > 0) & (many < x.size - 1)]):
            large, small = _compare(draws, drawn, upto[:, k - 1], int(k), many == k, bounds)
            as_large, as_small = as_large + large, as_small + small
    whole = many == x.size - 1  # all others are neighbours: there is nothing to draw
    as_large[whole], as_small[whole] = n_sim, n_sim
    alone = many == 0
    upper, lower = (1.0 + as_large) / (1.0 + n_sim), (1.0 + as_small) / (1.0 + n_sim)
    return Tails(np.where(alone, np.nan, upper), np.where(alone, np.nan, lower))


def _compare(
    draws: IntArray,
    drawn: FloatArray,
    total: FloatArray,
    k: int,
    these: NDArray[np.bool_],
    bounds: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Count, for those with k neighbours, the sums of k draws that are as large and as small."""
    low, high = bounds
    ordered = np.sort(total)
    large = np.where(these, total.size - np.searchsorted(ordered, low, side="left"), 0.0)
    small = np.where(these, np.searchsorted(ordered, high, side="right"), 0.0)
    row, column = np.nonzero(these[draws[:, :k]])
    held = draws[row, column]
    before = total[row]
    after = before - drawn[row, column] + drawn[row, k]
    change_large = (after >= low[held]).astype(float) - (before >= low[held])
    change_small = (after <= high[held]).astype(float) - (before <= high[held])
    large += np.bincount(held, change_large, minlength=large.size)
    small += np.bincount(held, change_small, minlength=small.size)
    return large, small


def _distinct(random: np.random.Generator, n: int, width: int, size: int) -> IntArray:
    """Draw rows of distinct numbers below n, in random order."""
    if width * width > 2 * n:
        return random.random((size, n)).argsort(axis=1)[:, :width]
    draws = random.integers(n, size=(size, width))
    todo = np.arange(size)
    while todo.size:
        ordered = np.sort(draws[todo], axis=1)
        todo = todo[(ordered[:, 1:] == ordered[:, :-1]).any(axis=1)]
        draws[todo] = random.integers(n, size=(todo.size, width))
    return draws


def exact_permutation_tails(values: ArrayLike, neighbours: Neighbours) -> Tails:
    """
    Return the conditional permutation p-values of whole numbers, counted out instead of drawn.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Whole numbers.
    neighbours : Neighbours

    Returns
    -------
    Tails
        What `permutation_tails` tends to as `n_sim` grows.

    Raises
    ------
    StatisticsError
        If values are no whole numbers, or sums of neighbours reach beyond a million.
    """
    x = check_values(values)
    low = x.min()
    most = int(neighbours.many.max(initial=0))
    if (x != np.round(x)).any() or (x.max() - low) * most > LARGEST_SUM:
        raise StatisticsError(
            "Permutations can be counted out for small whole numbers only, but the values reach from "
            f'{low:g} to {x.max():g}, whole or not. Take method="permutation", which draws them.'
        )
    rest = (x - low).astype(np.int64)
    lag = np.rint(neighbours.sums(rest)).astype(np.int64)
    upper, lower = np.full(x.size, np.nan), np.full(x.size, np.nan)
    for own in np.unique(rest):
        others = np.bincount(rest)
        others[own] -= 1
        ways = _ways(others, most)
        for k in np.unique(neighbours.many[(rest == own) & (neighbours.many > 0)]):
            here = (rest == own) & (neighbours.many == k)
            upto = np.cumsum(ways[k]) / ways[k].sum()
            lower[here] = upto[lag[here]]
            upper[here] = np.cumsum(ways[k][::-1])[::-1][lag[here]] / ways[k].sum()
    return Tails(np.minimum(upper, 1.0), np.minimum(lower, 1.0))


def _ways(others: IntArray, most: int) -> FloatArray:
    """Return in how many ways k of the others, k up to `most`, have each sum: shape (k, sum)."""
    from scipy.special import comb

    ways = np.zeros((most + 1, most * (others.size - 1) + 1))
    ways[0, 0] = 1.0
    for value in np.flatnonzero(others):
        before = ways.copy()
        for taken in range(1, min(int(others[value]), most) + 1):
            shift = taken * value
            kept = before[: most + 1 - taken, : ways.shape[1] - shift]
            ways[taken:, shift:] += comb(others[value], taken) * kept
    return ways


def westfall_young(p_values: ArrayLike, minima: ArrayLike) -> FloatArray:
    """
    Adjust p-values by how small the smallest of all of them gets by chance.

    Parameters
    ----------
    p_values : array_like of float, shape (n,)
        NaN where no test was made.
    minima : array_like of float, shape (n_sim,)
        The smallest p-value of each simulated table.

    Returns
    -------
    ndarray of float, shape (n,)
        (1 + number of simulated tables with a p-value as small anywhere) / (1 + n_sim).

    Notes
    -----
    The single-step min-p method. It keeps the chance of any finding, where there is nothing to find,
    at alpha exactly, however the tests depend on one another and however few values p can take; the
    methods that know the p-values alone must allow for the worst.

    References
    ----------
    Westfall & Young (1993), Resampling-Based Multiple Testing, Wiley, section 2.3.

    Examples
    --------
    >>> westfall_young([0.01, 0.2], [0.005, 0.02, 0.1]).tolist()
    [0.5, 1.0]
    """
    p = np.asarray(p_values, dtype=np.float64)
    least = np.sort(np.asarray(minima, dtype=np.float64))
    as_small = np.searchsorted(least, p * (1 + ROUNDING), side="right")
    return np.where(np.isnan(p), np.nan, (1.0 + as_small) / (1.0 + least.size))
