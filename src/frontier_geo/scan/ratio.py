"""
The likelihood ratio of a scan: how much better a rate of its own explains a zone than one for all.

With it go the bounds by which a search for the largest ratio leaves zones out, and the p-values of the
largest ratio.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from frontier_geo._validation import FloatArray
from frontier_geo.significance import check_alternative, monte_carlo_p

__all__ = [
    "SAME",
    "Ratio",
    "bernoulli_llr",
    "gumbel_p",
    "p_of_maxima",
    "poisson_llr",
]

MANY_FOR_CHORD = 256  # events from which a nearer bound is worth its time
SAME = 1e-10  # ratios that differ by less are ties


def poisson_llr(
    observed: ArrayLike, expected: ArrayLike, total: float, *, alternative: str = "greater"
) -> FloatArray:
    """
    Measure how much better a rate of its own explains a zone than one rate for all: Poisson.

    Parameters
    ----------
    observed : array_like of float, shape (...)
        Events in each zone.
    expected : array_like of float, shape (...)
        Events expected there if the rate were the same everywhere; all zones together `total`.
    total : float
        All events.
    alternative : {"greater", "less", "two-sided"}
        Which zones count: those with more events than expected, with fewer, or both. The others get
        0.

    Returns
    -------
    ndarray of float
        ``c ln(c / E) + (C - c) ln((C - c) / (C - E))``; infinite where events lie in a zone in which
        none are expected.

    Raises
    ------
    ParameterError
        If `alternative` is unknown.

    References
    ----------
    Kulldorff (1997), A spatial scan statistic, Commun. Statist. Theory Meth. 26, 1481-1496.

    Examples
    --------
    >>> poisson_llr([38], [17.788], 552).round(3)
    array([9.02])
    """
    check_alternative(alternative)
    c, e = np.asarray(observed, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    rest, rest_expected = total - c, np.maximum(total - e, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.where(c > 0, c * np.log(c / e), 0.0)
        outside = np.where(rest > 0, rest * np.log(rest / rest_expected), 0.0)
    return _one_side(np.maximum(inside + outside, 0.0), c, e, alternative)


def bernoulli_llr(
    cases: ArrayLike,
    population: ArrayLike,
    total_cases: float,
    total_population: float,
    *,
    alternative: str = "greater",
) -> FloatArray:
    """
    Measure how much better a share of its own explains a zone than one share for all: Bernoulli.

    Parameters
    ----------
    cases, population : array_like of float, shape (...)
        Of each zone: how many were counted, and how many of them are cases.
    total_cases, total_population : float
        Of everything.
    alternative : {"greater", "less", "two-sided"}
        Which zones count: with a higher share than everything, with a lower one, or both.

    Returns
    -------
    ndarray of float

    Raises
    ------
    ParameterError
        If `alternative` is unknown.

    References
    ----------
    Kulldorff (1997), Commun. Statist. Theory Meth. 26, 1481-1496.

    Examples
    --------
    >>> bernoulli_llr([5], [5], 5, 10).round(4)  # 10 ln 2
    array([6.9315])
    """
    check_alternative(alternative)
    c, n = np.asarray(cases, dtype=np.float64), np.asarray(population, dtype=np.float64)
    null = _binomial(total_cases, total_population)
    llr = _binomial(c, n) + _binomial(total_cases - c, total_population - n) - null
    expected = n * (total_cases / total_population)
    return _one_side(np.maximum(llr, 0.0), c, expected, alternative)


def _binomial(c: Any, n: Any) -> Any:
    """Return the largest log-likelihood of c cases among n."""
    return xlogy(c, c) + xlogy(n - c, n - c) - xlogy(n, n)


def _one_side(llr: FloatArray, c: FloatArray, e: FloatArray, alternative: str) -> FloatArray:
    if alternative == "greater":
        return np.where(c > e, llr, 0.0)
    return llr if alternative == "two-sided" else np.where(c < e, llr, 0.0)


@dataclass(frozen=True)
class Ratio:
    """
    The likelihood ratio of zones, given how many events there are in all.

    Attributes
    ----------
    total : float
        All events (Poisson), or all cases (Bernoulli).
    whole : float
        What `size` of all zones together is: `total` (Poisson), or the population (Bernoulli).
    model : {"poisson", "bernoulli"}
    """

    total: float
    whole: float
    model: str = "poisson"

    def of(self, count: ArrayLike, size: ArrayLike, alternative: str) -> FloatArray:
        """Return the ratio of zones with these counts and sizes."""
        if self.model == "poisson":
            return poisson_llr(count, size, self.total, alternative=alternative)
        return bernoulli_llr(count, size, self.total, self.whole, alternative=alternative)

    def of_count(self, count: int, size: FloatArray) -> FloatArray:
        """Return the ratio of zones with more events than expected that all have the same count."""
        if self.model != "poisson" or count >= self.total:
            return self.of(count, size, "greater")
        rest = self.total - count
        size = np.minimum(size, count)  # where no more are found than expected the ratio is 0
        null = count * math.log(count) + rest * math.log(rest)
        return np.asarray(null - count * np.log(size) - rest * np.log(self.total - size))

    def expected(self, size: ArrayLike) -> FloatArray:
        """Return the events expected in zones of these sizes."""
        return np.asarray(size, dtype=np.float64) * (self.total / self.whole)

    def possible(self, count: FloatArray, size: float) -> FloatArray:
        """Return the size nearest to this one that can hold so many events, and leave the others."""
        if self.model == "poisson":
            return np.full(count.shape, size)
        return np.clip(size, count, self.whole - (self.total - count))

    def slack(self, best: FloatArray) -> FloatArray:
        """
        Return t such that a zone cannot beat the best ratio while (p - q)² <= t q (1 - q).

        Here p is the zone's share of the events and q its share of the size. The ratio is the size of
        a sample times a Kullback-Leibler divergence, and that is at most ln(1 + chi²).
        """
        if self.model == "poisson":
            return np.expm1(best / self.total)
        return (self.whole / self.total - 1.0) * np.expm1(best / self.whole)

    def count_to_beat(self, size: FloatArray, best: FloatArray) -> FloatArray:
        """
        Return a count up to which a zone of this size or more cannot beat the best ratio.

        With many events the bound of `slack` is drawn nearer by a tangent and a chord: the ratio is
        convex in the count, so that a tangent from below meets the best ratio too late, and the chord
        to there too early.
        """
        e = np.minimum(self.expected(size), self.total)
        low = np.asarray(
            np.minimum(e + np.sqrt(self.slack(best) * e * (self.total - e)), self.total)
        )
        if self.model != "poisson" or self.total < MANY_FOR_CHORD:
            return low
        with np.errstate(divide="ignore", invalid="ignore"):
            short = best - self.of(low, size, "greater")
            slope = np.log(low / e) - np.log((self.total - low) / (self.total - e))
            high = np.minimum(low + short / slope, self.total)
            rise = self.of(high, size, "greater") - best + short
            chord = low + (high - low) * np.minimum(short / rise, 1.0)
        return np.where(chord > low, chord, low)

    def sizes_to_beat(self, count: FloatArray, best: FloatArray, more: bool) -> FloatArray:
        """Return the size from which on (more) or up to which (fewer) `count` cannot beat the best."""
        p = count / self.total
        t = self.slack(best)
        b = 2.0 * p + t
        root = np.sqrt(np.maximum(b * b - 4.0 * (1.0 + t) * p * p, 0.0))
        q = (b - root if more else b + root) / (2.0 * (1.0 + t))
        return q * self.whole


def gumbel_p(observed: ArrayLike, simulated: FloatArray) -> FloatArray:
    """
    Return p-values from a Gumbel distribution fitted to simulated maxima by their moments.

    Parameters
    ----------
    observed : array_like of float
        Ratios to be judged.
    simulated : ndarray of float
        The largest ratio of each simulation, 2 or more that differ; else NaN is returned.

    Returns
    -------
    ndarray of float

    References
    ----------
    Abrams, Kulldorff & Kleinman (2010), Int. J. Health Geogr. 9:61.

    Examples
    --------
    >>> import numpy as np
    >>> gumbel_p([12.0], np.random.default_rng(0).gumbel(5, 1, 999)).round(4)
    array([0.0009])
    """
    seen = np.asarray(observed, dtype=np.float64)
    finite = simulated[np.isfinite(simulated)]
    spread = float(finite.std(ddof=1)) if finite.size > 1 else 0.0
    if not spread > 0:
        return np.full(seen.shape, np.nan)
    scale = spread * math.sqrt(6.0) / math.pi
    place = float(finite.mean()) - np.euler_gamma * scale
    return np.asarray(-np.expm1(-np.exp(-(seen - place) / scale)))


def p_of_maxima(observed: FloatArray, simulated: FloatArray) -> FloatArray:
    """Return the Monte Carlo p-value of each ratio; NaN without simulations."""
    if not simulated.size:
        return np.full(len(observed), np.nan)
    return monte_carlo_p(
        observed, np.broadcast_to(simulated[:, None], (simulated.size, len(observed)))
    )
