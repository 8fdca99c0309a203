"""
Exact intervals and tests of Poisson rates, on plain arrays.

Intervals of a count (Garwood's and mid-p) and of a sum of weights, and the exact test that one count
out of several is what its share of the exposure makes it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._validation import FloatArray, check_amounts, check_choice
from frontier_geo.errors import ParameterError
from frontier_geo.significance import check_alternative, check_level

__all__ = [
    "INTERVALS",
    "PER_KM_YEARS",
    "Interval",
    "check_counts",
    "check_exposure",
    "conditional_p",
    "poisson_interval",
    "share_interval",
    "weighted_interval",
]

INTERVALS = ("garwood", "mid-p")
PER_KM_YEARS = 100.0  # rates in tables are per 100 km and year
HALVINGS = 60  # of a bracket: below the last digit of a double
WHOLE = 1e-9  # a count this near a whole number is one


@dataclass(frozen=True)
class Interval:
    """
    Estimates with the limits of their confidence intervals.

    Attributes
    ----------
    estimate, lo, hi : ndarray of float
        One of each for every quantity, in the unit of the estimate.
    """

    estimate: FloatArray
    lo: FloatArray
    hi: FloatArray


def poisson_interval(
    events: ArrayLike,
    exposure: ArrayLike = 1.0,
    *,
    method: str = "garwood",
    confidence_level: float = 0.95,
) -> Interval:
    """
    Return the exact interval of Poisson rates.

    Parameters
    ----------
    events : array_like of int, shape (...)
        Counts: whole numbers of 0 or more.
    exposure : array_like of float, shape (...), default 1
        What each count was observed over, above 0, such as km·year. Broadcasts with `events`.
    method : {"garwood", "mid-p"}, default "garwood"
        ``garwood`` covers the rate at least as often as asked for, whatever the rate; ``mid-p``, which
        counts only half of the probability of what was seen, about as often as asked for on average,
        and is narrower.
    confidence_level : float, default 0.95
        Each tail holds half of the rest.

    Returns
    -------
    Interval
        Events per unit of exposure. The lower limit of 0 events is 0.

    Raises
    ------
    ParameterError
        If a count is negative or no whole number, an exposure is not above 0, or a word is unknown.

    References
    ----------
    Garwood (1936), Biometrika 28, 437-442. https://doi.org/10.1093/biomet/28.3-4.437
    Lancaster (1961), Significance tests in discrete distributions, J. Am. Statist. Assoc. 56,
    223-234 (mid-p).

    Examples
    --------
    >>> rate = poisson_interval([137, 0], 24.19893)
    >>> rate.lo.round(6).tolist(), rate.hi.round(6).tolist()
    ([4.753125, 0.0], [6.692709, 0.15244])
    """
    check_choice(method, INTERVALS, name="interval")
    tail = (1 - check_level(confidence_level)) / 2
    counts, observed = np.broadcast_arrays(check_counts(events), check_exposure(exposure))
    different, back = np.unique(counts, return_inverse=True)
    low, high = (_garwood if method == "garwood" else _mid_p)(different, tail)
    back = back.reshape(counts.shape)
    return Interval(counts / observed, low[back] / observed, high[back] / observed)


def weighted_interval(
    total: ArrayLike,
    squares: ArrayLike,
    largest: float,
    *,
    confidence_level: float = 0.95,
) -> Interval:
    """
    Return the interval of what sums of weighted Poisson events are on average.

    Parameters
    ----------
    total : array_like of float, shape (...)
        Sum of the weights of the events seen: people killed, kilograms.
    squares : array_like of float, shape (...)
        Sum of the squares of those weights: the variance of `total`.
    largest : float
        The largest weight that an event can have, such as the largest ever seen: what one more event
        may add.
    confidence_level : float, default 0.95
        Each tail holds half of the rest.

    Returns
    -------
    Interval
        In the unit of the weights. Where all weights are 1 it is Garwood's interval of the count.

    Raises
    ------
    ParameterError
        If a sum is negative, or there are events whose squares sum to nothing.

    Notes
    -----
    The limits are gamma quantiles with the mean and variance of the weighted sum, those of the upper
    limit with the largest weight and its square added. They were made for rates standardised over
    strata, where the weights are known. For weights that vary from event to event, such as people
    killed, they hold as far as the weights seen show the weights to be expected: one attack larger
    than all before it is not foreseen.

    References
    ----------
    Fay & Feuer (1997), Confidence intervals for directly standardized rates: a method based on the
    gamma distribution, Statistics in Medicine 16, 791-801.

    Examples
    --------
    >>> three = weighted_interval(6.0, 14.0, 3.0)  # events with 1, 2 and 3 killed
    >>> round(float(three.lo), 2), round(float(three.hi), 2)
    (1.03, 20.55)
    """
    from scipy.stats import gamma

    tail = (1 - check_level(confidence_level)) / 2
    mean, variance = np.broadcast_arrays(
        check_amounts(total, name="total"), check_amounts(squares, name="squares")
    )
    top = float(check_amounts(largest, name="largest"))
    if ((mean > 0) & (variance <= 0)).any() or (top == 0 and (mean > 0).any()):
        raise ParameterError(
            "Where weights sum to more than 0, so do their squares, and the largest weight is above "
            f"0; but squares hold {variance.min():g} and largest is {top:g}."
        )
    some = mean > 0
    low = np.zeros(mean.shape)
    low[some] = gamma.ppf(tail, mean[some] ** 2 / variance[some], scale=variance[some] / mean[some])
    if top == 0:  # nothing tells what an event may weigh
        return Interval(mean.copy(), low, np.full(mean.shape, np.nan))
    mean_1, variance_1 = mean + top, variance + top**2
    high = gamma.isf(tail, mean_1**2 / variance_1, scale=variance_1 / mean_1)
    return Interval(mean.copy(), low, np.asarray(high, dtype=np.float64))


def conditional_p(
    events: ArrayLike, total: ArrayLike, share: ArrayLike, *, alternative: str = "two-sided"
) -> FloatArray:
    """
    Test exactly whether counts are what their shares of the exposure make of the total.

    Parameters
    ----------
    events : array_like of int
        Counts of one part each.
    total : array_like of int
        Counts of that part and the rest together.
    share : array_like of float
        The part's share of the exposure, 0 to 1.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        Whether the part's rate may be other than, above or below that of the rest. Two-sided: the
        probability of all counts that are no likelier than the one seen, as in R.

    Returns
    -------
    ndarray of float
        Given their total, Poisson counts of one rate are binomial, whatever that rate is. 1 where
        there is no event at all.

    Raises
    ------
    ParameterError
        If a count is negative, no whole number or above its total, or a share lies outside 0 to 1.

    References
    ----------
    Przyborowski & Wilenski (1940), Homogeneity of results in testing samples from Poisson series,
    Biometrika 31, 313-323.

    Examples
    --------
    >>> conditional_p(11, 11 + 21, 800 / (800 + 3011)).round(7).tolist()
    0.0796686
    """
    from scipy.stats import binomtest

    check_alternative(alternative)
    part, whole, chance = np.broadcast_arrays(
        check_counts(events), check_counts(total, name="total"), np.asarray(share, dtype=float)
    )
    if (part > whole).any():
        raise ParameterError("events must not be more than their total.")
    if not ((chance >= 0) & (chance <= 1)).all():
        raise ParameterError("share must lie between 0 and 1.")
    cases, back = np.unique(
        np.stack((part, whole, chance), axis=-1).reshape(-1, 3), axis=0, return_inverse=True
    )
    p = np.array(
        [
            binomtest(int(k), int(n), float(c), alternative=alternative).pvalue if n else 1.0
            for k, n, c in cases
        ],
        dtype=np.float64,
    )
    return p[back.ravel()].reshape(part.shape)


def share_interval(
    events: ArrayLike,
    total: ArrayLike,
    *,
    alternative: str = "two-sided",
    confidence_level: float = 0.95,
) -> tuple[FloatArray, FloatArray]:
    """
    Return the exact limits of binomial shares (Clopper & Pearson 1934).

    Parameters
    ----------
    events, total : array_like of int
        Counts, and what they are of. A total of 0 leaves the share open: 0 to 1.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        ``greater`` gives a lower limit only (the upper is 1), ``less`` an upper one only.
    confidence_level : float, default 0.95

    Returns
    -------
    lo, hi : ndarray of float

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26, 404-413. https://doi.org/10.1093/biomet/26.4.404

    Examples
    --------
    >>> lo, hi = share_interval([0, 5], 10)
    >>> lo.round(4).tolist(), hi.round(4).tolist()
    ([0.0, 0.1871], [0.3085, 0.8129])
    """
    from scipy.stats import beta

    check_alternative(alternative)
    outside = 1 - check_level(confidence_level)
    tail = outside / 2 if alternative == "two-sided" else outside
    part, whole = np.broadcast_arrays(check_counts(events), check_counts(total, name="total"))
    low, high = np.zeros(part.shape), np.ones(part.shape)
    some, rest = part > 0, part < whole
    if alternative != "less":
        low[some] = beta.ppf(tail, part[some], whole[some] - part[some] + 1)
    if alternative != "greater":
        high[rest] = beta.isf(tail, part[rest] + 1, whole[rest] - part[rest])
    return low, high


def check_counts(events: ArrayLike, *, name: str = "events") -> FloatArray:
    """Refuse anything but whole numbers of 0 or more; return them as floats."""
    counts = check_amounts(events, name=name)
    odd = np.flatnonzero(np.abs(counts - np.round(counts)) > WHOLE)
    if odd.size:
        raise ParameterError(
            f"{name} must be whole numbers, but row {odd[0]} has {counts.ravel()[odd[0]]:g}. An exact "
            "method needs counts. For expected numbers take the imputed tables (draw_counts)."
        )
    return np.round(counts)


def check_exposure(exposure: ArrayLike, *, name: str = "exposure") -> FloatArray:
    """Refuse an exposure that is not above 0: nothing was observed there."""
    observed = check_amounts(exposure, name=name)
    none = np.flatnonzero(observed == 0)
    if none.size:
        raise ParameterError(
            f"{name} must be above 0, but row {none[0]} has 0: without length or time observed there "
            "is no rate. Leave such rows out."
        )
    return observed


def _garwood(counts: FloatArray, tail: float) -> tuple[FloatArray, FloatArray]:
    """Return the limits of each count: quantiles of gamma distributions."""
    from statsmodels.stats.rates import confint_poisson

    low, high = confint_poisson(counts, 1.0, method="exact-c", alpha=2 * tail)
    return np.broadcast_to(low, counts.shape), np.broadcast_to(high, counts.shape)


def _mid_p(counts: FloatArray, tail: float) -> tuple[FloatArray, FloatArray]:
    """
    Return the mid-p limits of each count.

    Half of the probability of the count itself counts, so that each limit lies between Garwood's
    limits of the count and of its neighbour; it is found there by halving.
    """
    from scipy.special import gammainc, gammaincc, gammainccinv, gammaincinv

    some = counts > 0
    k = np.where(some, counts, 1.0)
    at_least = np.where(some, 1.0, 0.0)  # of 0 events: all counts are as many, none are fewer

    def many(mean: FloatArray) -> NDArray[np.bool_]:
        here = np.where(some, gammainc(k, mean), 1.0)
        return (here + gammainc(counts + 1, mean)) / 2 > tail

    def few(mean: FloatArray) -> NDArray[np.bool_]:
        return (at_least * gammaincc(k, mean) + gammaincc(counts + 1, mean)) / 2 <= tail

    low = _halve(many, at_least * gammaincinv(k, tail), gammaincinv(counts + 1, tail))
    high = _halve(few, at_least * gammainccinv(k, tail), gammainccinv(counts + 1, tail))
    return at_least * low, high


def _halve(
    beyond: Callable[[FloatArray], NDArray[np.bool_]], start: FloatArray, stop: FloatArray
) -> FloatArray:
    """Return where `beyond` becomes true between `start` and `stop`."""
    for _ in range(HALVINGS):
        middle = (start + stop) / 2
        there = beyond(middle)
        start, stop = np.where(there, start, middle), np.where(there, middle, stop)
    return (start + stop) / 2
