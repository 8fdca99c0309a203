"""
Two Poisson rates held against each other, on plain arrays.

Exact tests of two counts with what they were observed over, the limits of their ratio, and ratios
pooled over tables in which uncertain places were drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._validation import FloatArray, check_choice
from frontier_geo.places import check_imputations
from frontier_geo.rates.intervals import (
    check_counts,
    check_exposure,
    conditional_p,
    share_interval,
)
from frontier_geo.significance import check_alternative, check_level

__all__ = ["METHODS", "RateRatio", "pool_ratios", "rate_ratio_test"]

METHODS = ("conditional", "e-test")
HALVINGS = 60  # of the range of a share: below the last digit of a double
ENOUGH = 1e-12  # a share of tables this near the tail's is the tail's


@dataclass(frozen=True)
class RateRatio:
    """
    Ratios of two rates, with limits and p-values.

    Attributes
    ----------
    ratio : ndarray of float
        Rate a over rate b. Infinite where b has no events, NaN where neither has.
    lo, hi : ndarray of float
        Exact limits of the ratio: 0 where a has no events, infinite where b has none.
    p_value : ndarray of float
        Of the test that both rates are one.
    """

    ratio: FloatArray
    lo: FloatArray
    hi: FloatArray
    p_value: FloatArray


def rate_ratio_test(
    events_a: ArrayLike,
    exposure_a: ArrayLike,
    events_b: ArrayLike,
    exposure_b: ArrayLike,
    *,
    method: str = "conditional",
    alternative: str = "two-sided",
    confidence_level: float = 0.95,
) -> RateRatio:
    """
    Test whether two Poisson rates are one, and give the interval of their ratio.

    Parameters
    ----------
    events_a, events_b : array_like of int, shape (...)
        Counts: whole numbers of 0 or more.
    exposure_a, exposure_b : array_like of float, shape (...)
        What each was observed over, above 0 and in one unit. All four broadcast.
    method : {"conditional", "e-test"}, default "conditional"
        ``conditional``: exact given the sum of both counts, as ``poisson.test`` in R. ``e-test``:
        that of Krishnamoorthy & Thomson (2004), which is less cautious, and so has more power with
        few events.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        Whether rate a may be other than, above or below rate b.
    confidence_level : float, default 0.95
        Of the limits. With a one-sided alternative there is one limit.

    Returns
    -------
    RateRatio
        Of a over b. The limits are those of the conditional method, whatever the test.

    Raises
    ------
    ParameterError
        If a count is negative or no whole number, an exposure is not above 0, or a word is unknown.

    References
    ----------
    Przyborowski & Wilenski (1940), Biometrika 31, 313-323.
    Krishnamoorthy & Thomson (2004), A more powerful test for comparing two Poisson means, J.
    Statistical Planning and Inference 119, 23-35.

    Examples
    --------
    >>> test = rate_ratio_test(11, 800, 21, 3011)
    >>> round(float(test.ratio), 4), round(float(test.p_value), 7)
    (1.9715, 0.0796686)
    >>> test = rate_ratio_test(0, 100, 3, 100, method="e-test")
    >>> round(float(test.p_value), 7)
    0.088379
    """
    check_choice(method, METHODS, name="method")
    check_alternative(alternative)
    a, over_a, b, over_b = np.broadcast_arrays(
        check_counts(events_a, name="events_a"),
        check_exposure(exposure_a, name="exposure_a"),
        check_counts(events_b, name="events_b"),
        check_exposure(exposure_b, name="exposure_b"),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = (a / over_a) / (b / over_b)
        low, high = share_interval(
            a, a + b, alternative=alternative, confidence_level=confidence_level
        )
        low, high = (share / (1 - share) * over_b / over_a for share in (low, high))
    if method == "conditional":
        p = conditional_p(a, a + b, over_a / (over_a + over_b), alternative=alternative)
    else:
        p = _e_test(a, over_a, b, over_b, alternative)
    return RateRatio(ratio, low, high, p)


def pool_ratios(
    events_a: ArrayLike,
    exposure_a: ArrayLike,
    events_b: ArrayLike,
    exposure_b: ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Pool the rate ratios of imputed tables: mix the exact confidence distributions of the tables.

    Parameters
    ----------
    events_a, events_b : array_like of int, shape (m, ...)
        The counts of each of the m tables.
    exposure_a, exposure_b : array_like of float
        As in `rate_ratio_test`.
    confidence_level : float, default 0.95

    Returns
    -------
    ratio, lo, hi : ndarray of float
        Of a over b. The ratio is that of the mean counts: 0 where no table has an event in a,
        infinite where none has one in b, NaN (with NaN limits) where none has an event at all.

    Raises
    ------
    ParameterError
        If there are fewer than two tables, or counts or exposures are none.

    Notes
    -----
    A limit is the ratio at which the one-sided exact p-values of the tables are on average the tail,
    as a posterior is mixed over drawn data. Where all tables are alike it is the exact limit of
    `rate_ratio_test`. Nothing is added to a count of 0, so that nothing depends on how unequal the
    exposures are: where the share of tables without an event in b reaches the tail (2.5 % of 95 %),
    there is no upper end, and where that of tables without one in a does, the lower end is 0.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26, 404-413. https://doi.org/10.1093/biomet/26.4.404
    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 18.2 (mixing over imputations).

    Examples
    --------
    >>> ratio, low, high = pool_ratios([[8], [8]], 1.0, [[5], [5]], 1.0)
    >>> ratio.round(2).tolist(), low.round(2).tolist(), high.round(2).tolist()
    ([1.6], [0.46], [6.22])
    >>> [float(x[0].round(4)) for x in pool_ratios([[0], [0]], 1.0, [[1], [1]], 100.0)]
    [0.0, 0.0, 3900.0]
    """
    from scipy.special import betainc, betaincc

    a, b = np.broadcast_arrays(check_counts(events_a), check_counts(events_b))
    check_imputations(len(a))
    tail = (1 - check_level(confidence_level)) / 2
    unit = check_exposure(exposure_b) / check_exposure(exposure_a)

    def at_least(share: FloatArray) -> FloatArray:  # a or more of a + b; of 0 all are
        p = np.where(a > 0, betainc(np.maximum(a, 1), b + 1, share), 1.0)
        return np.asarray(p.mean(axis=0), dtype=np.float64)

    def at_most(share: FloatArray) -> FloatArray:
        p = np.where(b > 0, betaincc(a + 1, np.maximum(b, 1), share), 1.0)
        return np.asarray(p.mean(axis=0), dtype=np.float64)

    low = _crossing(lambda share: at_least(share) < tail - ENOUGH, a.shape[1:])
    high = _crossing(lambda share: at_most(share) > tail + ENOUGH, a.shape[1:])
    low = np.where((a == 0).mean(axis=0) >= tail - ENOUGH, 0.0, low)
    high = np.where((b == 0).mean(axis=0) >= tail - ENOUGH, 1.0, high)
    some = (a + b).any(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = (a.mean(axis=0) / b.mean(axis=0), low / (1 - low), high / (1 - high))
        ratio, lo, hi = (np.where(some, one * unit, np.nan) for one in ratios)
    return ratio, lo, hi


def _crossing(
    below: Callable[[FloatArray], NDArray[np.bool_]], shape: tuple[int, ...]
) -> FloatArray:
    """Return the shares at which `below`, true at 0, becomes false."""
    start, stop = np.zeros(shape), np.ones(shape)
    for _ in range(HALVINGS):
        middle = (start + stop) / 2
        left = below(middle)
        start, stop = np.where(left, middle, start), np.where(left, stop, middle)
    return (start + stop) / 2


def _e_test(
    a: FloatArray, over_a: FloatArray, b: FloatArray, over_b: FloatArray, alternative: str
) -> FloatArray:
    """Return the p-values of the E-test, each different case worked out once."""
    from scipy.stats import poisson_means_test

    cases, back = np.unique(
        np.stack((a, over_a, b, over_b), axis=-1).reshape(-1, 4), axis=0, return_inverse=True
    )
    p = [
        poisson_means_test(int(k), n, int(j), m, alternative=alternative).pvalue
        for k, n, j, m in cases
    ]
    return np.minimum(np.array(p, dtype=np.float64)[back.ravel()].reshape(a.shape), 1.0)
