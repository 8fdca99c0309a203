"""
How likely it is that some window of a fixed length holds many events, without simulation.

Approximations of Naus for events that fall evenly on a line or in time: for a rate that is known, and
for a number of events that is known. One length of window is looked at, chosen beforehand; the scan
over all lengths is in `scan`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from frontier_geo._validation import FloatArray, check_positive
from frontier_geo.errors import ParameterError

__all__ = ["naus_fixed", "naus_poisson"]

MOST_COUNT = 10_000
LEAST_WINDOWS = 2.0


def naus_poisson(count: int, *, mean: float, windows: float) -> float:
    """
    Approximate the chance that some window of a Poisson process holds `count` events or more.

    Parameters
    ----------
    count : int
        The number of events in the fullest window, 1 or more.
    mean : float
        Events expected in one window: rate times length of the window.
    windows : float
        How many windows laid end to end make up the whole, 2 or more: its length over that of the
        window.

    Returns
    -------
    float
        ``1 - Q2 (Q3 / Q2) ** (windows - 2)`` with Naus's exact Q2 and Q3, the chances that windows of
        a stretch of two and of three windows all hold fewer. Exact for 2 and 3 windows.

    Raises
    ------
    ParameterError
        If `count` is no whole number above 0, `mean` not above 0, or `windows` below 2.

    Notes
    -----
    `scanw(L, k, mu, n)` of the R package ptools puts ``L - k`` where Naus has ``windows - 2``, and its
    sum for Q3 leaves out the last term, ``r = count - 1``: scanw(208, 2, .6, 6) is 0.0390224 where
    this function gives 0.0390231.

    References
    ----------
    Naus (1982), J. Am. Statist. Assoc. 77, 177-183.

    Examples
    --------
    >>> round(naus_poisson(6, mean=0.6, windows=208), 6)
    0.039023
    """
    k = _check_count(count)
    mean = check_positive(mean, name="mean", unit="events")
    windows = check_positive(windows, name="windows", unit="windows")
    if windows < LEAST_WINDOWS:
        raise ParameterError(
            f"windows must be {LEAST_WINDOWS:g} or more, but is {windows:g}: take a window of half the "
            "length of the whole, or less."
        )
    from scipy.stats import poisson

    if k == 1:  # some window holds an event unless there is none at all
        return float(-np.expm1(-mean * windows))
    below = poisson.pmf(np.arange(2 * k + 1), mean)
    upto = np.concatenate(([0.0] * 5, poisson.cdf(np.arange(k + 1), mean)))  # upto[5 + j] = F(j)
    two = _none_in_two(k, mean, below, upto)
    three = _none_in_three(k, mean, below, upto)
    if two <= 0 or three <= 0:
        return 1.0  # the mean lies so far above the count that some window is sure to hold it
    return float(np.clip(-np.expm1(np.log(two) + (windows - 2) * np.log(three / two)), 0.0, 1.0))


def _none_in_two(k: int, mean: float, p: FloatArray, f: FloatArray) -> float:
    """Return Q2, Naus (1982) formula 2.1."""
    lower = f[5 + k - 3]
    less: float = f[5 + k - 1] ** 2 - (k - 1) * p[k] * p[k - 2] - (k - 1 - mean) * p[k] * lower
    return less


def _none_in_three(k: int, mean: float, p: FloatArray, f: FloatArray) -> float:
    """Return Q3, Naus (1982) formula 2.2."""
    at = 5 + k
    first = 2 * p[k] * f[at - 1] * ((k - 1) * f[at - 2] - mean * f[at - 3])
    second = (k - 1) * (k - 2) * f[at - 3] - 2 * (k - 2) * mean * f[at - 4] + mean**2 * f[at - 5]
    r = np.arange(1, k)
    third = (p[2 * k - r] * f[5 + r - 1] ** 2).sum()
    r = np.arange(2, k)
    fourth = (p[2 * k - r] * p[r] * ((r - 1) * f[5 + r - 2] - mean * f[5 + r - 3])).sum()
    return float(f[at - 1] ** 3 - first + 0.5 * p[k] ** 2 * second + third - fourth)


def naus_fixed(count: int, total: int, *, share: float) -> float:
    """
    Approximate the chance that some window holds `count` or more of `total` evenly spread events.

    Parameters
    ----------
    count : int
        The number of events in the fullest window, 1 to `total`.
    total : int
        All events.
    share : float
        Length of the window over that of the whole, above 0 and at most 1/2.

    Returns
    -------
    float
        ``(count / share - total - 1) b(count) + 2 P(X >= count)`` with X binomial and b its
        probabilities, at most 1. Exact where ``count`` is above half of `total`; close where the
        result is below about 0.1.

    Raises
    ------
    ParameterError
        If `count` is no whole number from 1 to `total`, or `share` not above 0 and at most 1/2.

    References
    ----------
    Naus (1965), J. Am. Statist. Assoc. 60, 532-538.
    Wallenstein & Neff (1987), Statist. Med. 6, 197-207.

    Examples
    --------
    All of three events within a tenth of the line: 3 w² - 2 w³.

    >>> round(naus_fixed(3, 3, share=0.1), 6)
    0.028
    """
    k, n = _check_count(count), _check_count(total, name="total")
    if k > n:
        raise ParameterError(f"count must be at most total, but {k} is above {n}.")
    share = check_positive(share, name="share", unit="of the whole")
    if share > 1 / LEAST_WINDOWS:
        raise ParameterError(f"share must be at most 0.5, but is {share:g}.")
    from scipy.stats import binom

    if k == 1:
        return 1.0
    tail = float(binom.sf(k - 1, n, share))
    return float(np.clip((k / share - n - 1) * binom.pmf(k, n, share) + 2 * tail, 0.0, 1.0))


def _check_count(count: Any, *, name: str = "count") -> int:
    whole = isinstance(count, int | np.integer) and not isinstance(count, bool)
    if not whole or not 1 <= count <= MOST_COUNT:
        raise ParameterError(
            f"{name} must be a whole number from 1 to {MOST_COUNT:,}, but is {count!r}."
        )
    return int(count)
