"""
Getis and Ord's Gi* and Gi: sums over neighbourhoods, in standard deviations from what chance gives.

By binary neighbours, as R's spdep and PySAL's esda define them, and for counts on segments of unequal
exposure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from frontier_geo._validation import FloatArray, check_choice
from frontier_geo.errors import ParameterError
from frontier_geo.hotspots.neighbours import Neighbours, as_neighbours
from frontier_geo.hotspots.permutation_null import (
    CELLS_AT_ONCE,
    Tails,
    check_values,
    exact_permutation_tails,
    permutation_tails,
)
from frontier_geo.hotspots.poisson_null import check_counts, check_exposure
from frontier_geo.significance import check_alternative, check_n_sim, check_seed

__all__ = [
    "METHODS",
    "LocalG",
    "count_g",
    "local_g",
    "local_g_test",
    "normal_tails",
    "shuffled_minima",
]

METHODS = ("exact", "permutation", "analytic")


@dataclass(frozen=True)
class LocalG:
    """
    Sums over neighbourhoods beside what chance gives, each of shape (n,).

    Attributes
    ----------
    observed, expected, variance : ndarray of float
        The sum of each neighbourhood; its mean and variance under the null hypothesis.
    z : ndarray of float
        Standard deviations between them; NaN for those without neighbours, or without variance.
    """

    observed: FloatArray
    expected: FloatArray
    variance: FloatArray
    z: FloatArray


def local_g(values: ArrayLike, neighbours: Any, *, star: bool = True) -> LocalG:
    """
    Return the standardised Gi* (or Gi) of Getis and Ord, by binary neighbours.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Any unit.
    neighbours : Neighbours, sparse matrix, array_like or dict
        See `as_neighbours`. Rows that sum to 1 give the same z as binary ones.
    star : bool, default True
        Gi*, where each one belongs to its own neighbourhood; else Gi, where it does not.

    Returns
    -------
    LocalG

    Raises
    ------
    ParameterError
        If values are missing, fewer than 3, or neighbours do not fit them.

    Notes
    -----
    Ord & Getis (1995): z = (sum_j w_ij x_j - W_i x̄) / (s sqrt((n S_1i - W_i²) / (n - 1))) for Gi*,
    s² with the divisor n; for Gi the mean, variance and n are those of the others.

    References
    ----------
    Ord & Getis (1995), Geographical Analysis 27, 286-306.
    https://doi.org/10.1111/j.1538-4632.1995.tb00912.x

    Examples
    --------
    >>> chain = [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    >>> local_g([5, 3, 0, 0], chain).z.round(4).tolist()
    [1.633, 0.9428, -1.4142, -1.633]
    """
    x = _three(check_values(values))
    near = as_neighbours(neighbours, x.size)
    n, many = x.size, near.many.astype(float)
    observed = near.sums(x, with_self=star)
    if star:
        size, mean, squares = float(n), np.full(n, x.mean()), np.full(n, np.mean(x**2))
        many = many + 1.0
    else:
        size, mean = n - 1.0, (x.sum() - x) / (n - 1)
        squares = ((x**2).sum() - x**2) / (n - 1)
    spread = squares - mean**2
    spread[spread <= 1e-13 * squares] = 0.0  # nothing but rounding
    variance = spread * many * (size - many) / (size - 1)
    return _standardised(observed, many * mean, variance, near)


def count_g(counts: ArrayLike, exposure: ArrayLike, neighbours: Any) -> LocalG:
    """
    Return Gi* of counts on segments of unequal exposure, under one rate all along the line.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
    exposure : array_like of float, shape (n,)
        Length times time observed of each segment, above 0.
    neighbours : Neighbours, sparse matrix, array_like or dict

    Returns
    -------
    LocalG
        With the mean N P and the variance N P (1 - P) of the binomial count of a neighbourhood that
        holds the share P of the exposure, N events in all.

    Raises
    ------
    ParameterError
        If values, exposure or neighbours do not fit together, or a number makes no sense.

    Notes
    -----
    With equal exposures z is that of `local_g` times the square root of the counts' variance (divisor
    n - 1) over their mean: Gi* takes the spread of counts as given, this takes it to be chance's.

    References
    ----------
    Ord & Getis (1995), Geographical Analysis 27, 286-306.
    https://doi.org/10.1111/j.1538-4632.1995.tb00912.x

    Examples
    --------
    >>> chain = [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    >>> count_g([5, 3, 0, 0], [1, 1, 1, 1], chain).z.round(4).tolist()
    [2.8284, 1.633, -2.4495, -2.8284]
    """
    x = check_counts(counts)
    near = as_neighbours(neighbours, x.size)
    part = np.minimum(near.sums(check_exposure(exposure, x.size), with_self=True), 1.0)
    total = x.sum()
    variance = np.where(part < 1 - 1e-12, total * part * (1 - part), 0.0)
    return _standardised(near.sums(x, with_self=True), total * part, variance, near)


def local_g_test(
    values: ArrayLike,
    neighbours: Any,
    *,
    star: bool = True,
    method: str = "permutation",
    alternative: str = "two-sided",
    n_sim: int = 9999,
    seed: int = 0,
) -> tuple[LocalG, FloatArray]:
    """
    Return Gi* (or Gi) and its p-values.

    Parameters
    ----------
    values, neighbours, star
        As in `local_g`.
    method : {"permutation", "exact", "analytic"}
        Conditional permutation: drawn `n_sim` times; for small whole numbers counted out exactly; or
        the normal distribution of z.
    alternative : {"two-sided", "greater", "less"}
    n_sim : int, default 9999
    seed : int, default 0

    Returns
    -------
    (LocalG, ndarray of float)
        NaN where there are no neighbours.

    Raises
    ------
    ParameterError
        If values, exposure or neighbours do not fit together, or a number makes no sense.

    References
    ----------
    Ord & Getis (1995), Geographical Analysis 27, 286-306.
    https://doi.org/10.1111/j.1538-4632.1995.tb00912.x

    Examples
    --------
    >>> chain = [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    >>> found, p = local_g_test([5, 3, 0, 0], chain, method="exact", alternative="greater")
    >>> p.round(4).tolist()
    [0.3333, 0.6667, 1.0, 1.0]
    """
    check_choice(method, METHODS, name="method")
    check_alternative(alternative)
    x = _three(check_values(values))
    near = as_neighbours(neighbours, x.size)
    found = local_g(x, near, star=star)
    if method == "analytic":
        return found, normal_tails(found.z).p(alternative)
    exact = method == "exact"
    tails = (
        exact_permutation_tails(x, near)
        if exact
        else permutation_tails(x, near, n_sim=n_sim, seed=seed)
    )
    return found, np.where(np.isnan(found.z), np.nan, tails.p(alternative))


def normal_tails(z: FloatArray) -> Tails:
    """Return the tails of standard normal deviates."""
    from scipy.stats import norm

    return Tails(norm.sf(z), norm.cdf(z))


def shuffled_minima(
    values: ArrayLike, neighbours: Any, *, alternative: str = "two-sided", n_sim: int, seed: int
) -> FloatArray:
    """
    Return the smallest normal p-value of Gi* in each of many tables of the same values, shuffled.

    Returns
    -------
    ndarray of float, shape (n_sim,)
        What `westfall_young` needs beside the p-values of `method="analytic"`.
    """
    x = _three(check_values(values))
    near = as_neighbours(neighbours, x.size)
    n_sim, random = check_n_sim(n_sim), np.random.default_rng(check_seed(seed))
    found = local_g(x, near)
    tested = ~np.isnan(found.z)
    if not tested.any():
        return np.ones(n_sim)
    mean, scale = found.expected[tested], np.sqrt(found.variance[tested])
    minima = np.empty(n_sim)
    step = max(1, CELLS_AT_ONCE // x.size)
    for first in range(0, n_sim, step):
        many = min(step, n_sim - first)
        tables = random.permuted(np.tile(x, (many, 1)), axis=1)
        z = (near.sums(tables, with_self=True)[:, tested] - mean) / scale
        ends = {"two-sided": np.abs(z), "greater": z, "less": -z}[check_alternative(alternative)]
        most = ends.max(axis=1)
        upper = normal_tails(most).upper
        minima[first : first + many] = (
            np.minimum(1.0, 2 * upper) if alternative == "two-sided" else upper
        )
    return minima


def _standardised(
    observed: FloatArray, expected: FloatArray, variance: FloatArray, near: Neighbours
) -> LocalG:
    """Return z, NaN where nobody is near or nothing varies."""
    usable = (near.many > 0) & (variance > 0)
    z = np.full(observed.size, np.nan)
    z[usable] = (observed - expected)[usable] / np.sqrt(variance[usable])
    return LocalG(observed, expected, variance, z)


def _three(x: FloatArray) -> FloatArray:
    if x.size < 3:
        raise ParameterError(
            f"Gi* compares each neighbourhood with the rest: 3 values or more are needed, not {x.size}."
        )
    return x
