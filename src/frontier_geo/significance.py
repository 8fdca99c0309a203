"""
What every test of the library shares: simulated p-values, adjusted p-values, checks of both.

A Monte Carlo p-value is never 0: with `n_sim` simulations the smallest is 1 / (n_sim + 1). Where many
segments are tested at once, the p-values are adjusted, and the table says how.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._validation import FloatArray, check_choice, check_number
from frontier_geo.errors import ParameterError

__all__ = [
    "ALTERNATIVES",
    "P_ADJ_METHODS",
    "adjust_p",
    "check_alternative",
    "check_level",
    "check_n_sim",
    "check_seed",
    "monte_carlo_p",
    "smallest_p",
]

ALTERNATIVES = ("two-sided", "greater", "less")
P_ADJ_METHODS = ("fdr_bh", "fdr_by", "holm", "bonferroni", "none")
MOST_SIMULATIONS = 10_000_000
ROUNDING = 1e-9  # a simulated statistic this little (relatively) below the observed one equals it


def check_n_sim(n_sim: Any, *, alpha: float | None = None) -> int:
    """
    Refuse a number of simulations that is none, or too small for the p-value asked for.

    Parameters
    ----------
    n_sim : int
        Number of simulations.
    alpha : float, optional
        The level that a p-value must be able to reach.

    Returns
    -------
    int

    Raises
    ------
    ParameterError
        If `n_sim` is no whole number from 1 on, or 1 / (n_sim + 1) lies above `alpha`.

    Examples
    --------
    >>> check_n_sim(19, alpha=0.05)
    19
    """
    whole = isinstance(n_sim, int | np.integer) and not isinstance(n_sim, bool)
    if not whole or not 1 <= n_sim <= MOST_SIMULATIONS:
        raise ParameterError(
            f"n_sim must be a whole number from 1 to {MOST_SIMULATIONS:,}, but is {n_sim!r}."
        )
    if alpha is not None and smallest_p(int(n_sim)) > alpha * (1 + ROUNDING):
        raise ParameterError(
            f"With n_sim={n_sim} no p-value can be below {smallest_p(int(n_sim)):.3g}, but {alpha:.3g} "
            f"must be reachable. Take n_sim={math.ceil(1 / alpha - ROUNDING) - 1} or more."
        )
    return int(n_sim)


def check_seed(seed: Any) -> int:
    """Refuse a seed that is no whole number of 0 or more."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise ParameterError(f"seed must be a whole number of 0 or more, but is {seed!r}.")
    return int(seed)


def check_level(level: Any, *, name: str = "confidence_level") -> float:
    """Refuse a probability that does not lie strictly between 0 and 1."""
    number = check_number(level, name=name, unit="probability")
    if not 0 < number < 1:
        raise ParameterError(f"{name} must lie between 0 and 1, but is {number!r}.")
    return number


def check_alternative(word: str, choices: tuple[str, ...] = ALTERNATIVES) -> str:
    """Refuse an alternative hypothesis that is not in the vocabulary."""
    return check_choice(word, choices, name="alternative")


def smallest_p(n_sim: int) -> float:
    """Return the smallest p-value that `n_sim` simulations can give: 1 / (n_sim + 1)."""
    return 1.0 / (n_sim + 1)


def monte_carlo_p(observed: ArrayLike, simulated: ArrayLike, *, axis: int = 0) -> FloatArray:
    """
    Return how often a simulated statistic is at least as large as the observed one.

    Parameters
    ----------
    observed : array_like of float
        Statistics of the data, of the shape of `simulated` without `axis`. NaN gives NaN.
    simulated : array_like of float
        Statistics of data simulated under the null hypothesis.
    axis : int, default 0
        The axis of `simulated` along which the simulations lie.

    Returns
    -------
    ndarray of float
        (1 + number of simulations as large or larger) / (1 + number of simulations).

    References
    ----------
    Davison & Hinkley (1997), Bootstrap Methods and their Application, Cambridge, section 4.2.

    Examples
    --------
    >>> monte_carlo_p([2.5, 9.0], [[1, 1], [2, 2], [3, 3]]).tolist()
    [0.5, 0.25]
    """
    seen = np.asarray(observed, dtype=np.float64)
    drawn = np.moveaxis(np.asarray(simulated, dtype=np.float64), axis, 0)
    with np.errstate(invalid="ignore"):
        as_large = (drawn >= seen - ROUNDING * np.abs(seen)).sum(axis=0)
    p = (1.0 + as_large) / (1.0 + len(drawn))
    return np.asarray(np.where(np.isnan(seen), np.nan, p), dtype=np.float64)


def adjust_p(p_values: ArrayLike, method: str = "fdr_bh") -> FloatArray:
    """
    Adjust p-values for the number of tests made.

    Parameters
    ----------
    p_values : array_like of float, shape (n,)
        NaN where no test was made; they do not count as tests and stay NaN.
    method : {"fdr_bh", "fdr_by", "holm", "bonferroni", "none"}
        The false discovery rate of Benjamini & Hochberg (1995) or of Benjamini & Yekutieli (2001),
        the family-wise error rate of Holm (1979) or of Bonferroni, or nothing.

    Returns
    -------
    ndarray of float, shape (n,)

    Raises
    ------
    ParameterError
        If the method is unknown, or a p-value lies outside 0 to 1.

    References
    ----------
    Benjamini & Hochberg (1995), J. R. Statist. Soc. B 57, 289-300.
    Benjamini & Yekutieli (2001), Ann. Statist. 29, 1165-1188.
    Holm (1979), Scand. J. Statist. 6, 65-70.

    Examples
    --------
    >>> adjust_p([0.01, 0.02, 0.03, 0.04, 0.05], "holm").round(2).tolist()
    [0.05, 0.08, 0.09, 0.09, 0.09]
    """
    check_choice(method, P_ADJ_METHODS, name="p_adj_method")
    p = np.asarray(p_values, dtype=np.float64)
    tested: NDArray[np.bool_] = ~np.isnan(p)
    if ((p[tested] < 0) | (p[tested] > 1)).any():
        raise ParameterError("p-values must lie between 0 and 1; NaN where no test was made.")
    adjusted = p.copy()
    if method != "none" and tested.any():
        from statsmodels.stats.multitest import multipletests

        adjusted[tested] = multipletests(p[tested], method=method)[1]
    return adjusted
