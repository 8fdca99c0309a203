"""
Is a series rising? Mann-Kendall, Sen's slope and a Poisson trend, for any one series.

Mann-Kendall asks only whether later values tend to be larger. The Poisson trend is for counts: its
p-value and interval are exact at any number of events.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from frontier_geo._validation import FloatArray, check_positive
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.significance import check_alternative, check_level

__all__ = [
    "LEAST_STEPS",
    "MannKendall",
    "PoissonTrend",
    "SenSlope",
    "check_counts",
    "exact_trend_p",
    "log_linear_slopes",
    "mann_kendall",
    "poisson_trend",
    "seasonal_mann_kendall",
    "sens_slope",
]

LEAST_STEPS = 3
LARGEST_SUPPORT = 20_000  # values of the exact distribution that are worked out at most


@dataclass(frozen=True)
class MannKendall:
    """
    The Mann-Kendall test of one series.

    Attributes
    ----------
    n : int
        Values that are not missing.
    s : int
        Pairs that rise minus pairs that fall.
    variance : float
        Of `s` without trend, ties taken into account.
    z : float
        With the correction for continuity; 0 where all values are equal.
    p_value : float
        From the normal distribution; 1 where all values are equal.
    tau_a, tau_b : float
        `s` over all pairs, and over pairs corrected for ties (Kendall's tau-b; 0 where all values are
        equal).
    """

    n: int
    s: int
    variance: float
    z: float
    p_value: float
    tau_a: float
    tau_b: float


@dataclass(frozen=True)
class SenSlope:
    """
    Sen's slope per step of time with its interval, and the value of the line at time 0.

    Attributes
    ----------
    slope, lo, hi : float
        In the unit of the values, per step.
    intercept : float
        In the unit of the values.
    """

    slope: float
    lo: float
    hi: float
    intercept: float


@dataclass(frozen=True)
class PoissonTrend:
    """
    A log-linear trend of Poisson counts.

    Attributes
    ----------
    n_events : int
    log_ratio, se : float
        Logarithm of the rate ratio from one unit of time to the next, and its standard error. The
        first is infinite where all events lie in the first or in the last step.
    rate_ratio, lo, hi : float
        The rate ratio and its interval, exact given the number of events.
    p_value : float
        Exact given the number of events; two-sided: twice the smaller tail.
    dispersion : float
        Pearson's chi-square over its degrees of freedom; well above 1 the counts vary more than
        Poisson counts do, and `p_value` is too small.
    exact : bool
        Whether p-value and interval are exact, or (with very many events) from the normal limit.
    """

    n_events: int
    log_ratio: float
    se: float
    rate_ratio: float
    lo: float
    hi: float
    p_value: float
    dispersion: float
    exact: bool


def mann_kendall(values: ArrayLike, *, alternative: str = "two-sided") -> MannKendall:
    """
    Test for a monotonic trend.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        In the order of time, at even steps. NaN is missing and left out.
    alternative : {"two-sided", "greater", "less"}
        "greater" for a rising trend.

    Returns
    -------
    MannKendall

    Raises
    ------
    StatisticsError
        If fewer than three values are not missing.

    References
    ----------
    Mann (1945), Nonparametric tests against trend, Econometrica 13, 245-259.
    Kendall (1975), Rank Correlation Methods, 4th ed., Griffin.

    Examples
    --------
    >>> found = mann_kendall([12, 15, 11, 18, 20, 22, 19, 25, 27, 30])
    >>> found.s, round(found.z, 6), round(found.p_value, 6)
    (37, 3.219938, 0.001282)
    """
    check_alternative(alternative)
    series = _series(values)
    return _from_score(len(series), *_score(series), alternative)


def seasonal_mann_kendall(
    values: ArrayLike, n_seasons: int, *, alternative: str = "two-sided"
) -> MannKendall:
    """
    Test for a monotonic trend within seasons, so that the seasons themselves are no trend.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        In the order of time, beginning with the first season. NaN is missing and left out.
    n_seasons : int
        Steps to a year: 12 for months, 4 for quarters.
    alternative : {"two-sided", "greater", "less"}

    Returns
    -------
    MannKendall
        Scores and variances of the seasons added up; `tau_a` and `tau_b` over pairs within seasons.

    Raises
    ------
    StatisticsError
        If no season has three values.
    ParameterError
        If `n_seasons` is no whole number above 0.

    References
    ----------
    Hirsch, Slack & Smith (1982), Techniques of trend analysis for monthly water quality data, Water
    Resources Research 18, 107-121. https://doi.org/10.1029/WR018i001p00107

    Examples
    --------
    >>> seasonal_mann_kendall([1, 9, 2, 8, 3, 7, 4, 6], 2).s
    0
    """
    check_alternative(alternative)
    if isinstance(n_seasons, bool) or not isinstance(n_seasons, int | np.integer) or n_seasons < 1:
        raise ParameterError(f"n_seasons must be a whole number above 0, but is {n_seasons!r}.")
    whole = np.asarray(values, dtype=np.float64)
    seasons = [whole[k::n_seasons] for k in range(n_seasons)]
    seasons = [one[~np.isnan(one)] for one in seasons]
    if max(len(one) for one in seasons) < LEAST_STEPS:
        raise StatisticsError(
            f"A seasonal trend needs {LEAST_STEPS} values of one season, but {len(whole)} values of "
            f"{n_seasons} seasons hold no such."
        )
    parts = [_score(one) for one in seasons if len(one) > 1]
    s, variance, pairs, untied = (sum(column) for column in zip(*parts, strict=True))
    n = sum(len(one) for one in seasons)
    return _from_score(n, s, variance, pairs, untied, alternative)


def _series(values: ArrayLike) -> FloatArray:
    try:
        series = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"values must be numbers, but: {error}.") from error
    if series.ndim != 1:
        raise ParameterError(f"values must be one series, but have the shape {series.shape}.")
    series = series[~np.isnan(series)]
    if len(series) < LEAST_STEPS:
        raise StatisticsError(
            f"A trend needs {LEAST_STEPS} values or more, but {len(series)} are not missing."
        )
    return series


def _score(series: FloatArray) -> tuple[float, float, float, float]:
    """Return S, its variance, the number of pairs, and of pairs that are not tied."""
    n = len(series)
    s = sum(int(np.sign(series[k:] - series[:-k]).sum()) for k in range(1, n))
    ties = np.unique(series, return_counts=True)[1].astype(np.float64)
    variance = (n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    pairs = n * (n - 1) / 2
    return float(s), float(variance), pairs, pairs - float((ties * (ties - 1) / 2).sum())


def _from_score(
    n: int, s: float, variance: float, pairs: float, untied: float, alternative: str
) -> MannKendall:
    from scipy.stats import norm

    z = (s - np.sign(s)) / math.sqrt(variance) if variance > 0 else 0.0
    p = {"two-sided": 2 * norm.sf(abs(z)), "greater": norm.sf(z), "less": norm.cdf(z)}[alternative]
    return MannKendall(
        n=n,
        s=int(s),
        variance=float(variance),
        z=float(z),
        p_value=float(min(p, 1.0)) if variance > 0 else 1.0,
        tau_a=float(s / pairs),
        tau_b=float(s / math.sqrt(pairs * untied)) if untied > 0 else 0.0,
    )


def sens_slope(
    values: ArrayLike, times: ArrayLike | None = None, *, confidence_level: float = 0.95
) -> SenSlope:
    """
    Estimate the slope of a series by the median of the slopes of all pairs.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        NaN is missing and left out.
    times : array_like of float, shape (n,), optional
        Default: 0, 1, 2, ...
    confidence_level : float, default 0.95

    Returns
    -------
    SenSlope
        The interval is Sen's, corrected for ties (by `scipy.stats.theilslopes`).

    Raises
    ------
    StatisticsError
        If fewer than three values are not missing, or all times are equal.

    References
    ----------
    Sen (1968), Estimates of the regression coefficient based on Kendall's tau, J. Am. Statist. Ass.
    63, 1379-1389. https://doi.org/10.1080/01621459.1968.10480934

    Examples
    --------
    >>> found = sens_slope([12, 15, 11, 18, 20, 22, 19, 25, 27, 30])
    >>> found.slope
    2.0
    """
    from scipy.stats import theilslopes

    level = check_level(confidence_level)
    y = np.asarray(values, dtype=np.float64)
    x = np.arange(len(y)) if times is None else np.asarray(times, dtype=np.float64)
    if x.shape != y.shape:
        raise ParameterError(
            f"Each value needs a time, but there are {y.size} values and {x.size} times."
        )
    known = ~np.isnan(y)
    _series(y)
    if np.ptp(x[known]) == 0:
        raise StatisticsError("A slope needs values at different times, but all times are equal.")
    found = theilslopes(y[known], x[known], alpha=level)
    return SenSlope(
        float(found.slope), float(found.low_slope), float(found.high_slope), float(found.intercept)
    )


# ---- Poisson trend -----------------------------------------------------------------------------------


def poisson_trend(
    counts: ArrayLike,
    exposure: ArrayLike | None = None,
    *,
    step_years: float = 1.0,
    alternative: str = "two-sided",
    confidence_level: float = 0.95,
) -> PoissonTrend:
    """
    Fit a log-linear trend to Poisson counts, with exact p-value and interval.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
        Events of each step, in time.
    exposure : array_like of float, shape (n,), optional
        Of each step, 0 or more. Default: all equal.
    step_years : float, default 1
        Years from one step to the next, such as 1/12 for months; the ratio is that of a year.
    alternative : {"two-sided", "greater", "less"}
        "greater" for a rising trend.
    confidence_level : float, default 0.95

    Returns
    -------
    PoissonTrend

    Raises
    ------
    ParameterError
        If counts are no whole numbers of 0 or more, or an exposure lies below 0.
    StatisticsError
        If there are no events, or fewer than three steps with exposure.

    Notes
    -----
    The model is that of a Poisson regression with log link and offset (`statsmodels` GLM gives the
    same estimate and standard error). Given the number of events N, the sum T of the steps they fall
    in is all that tells of the slope b, and its distribution is known: N draws of a step with
    probabilities proportional to exposure times exp(b step). The p-value is the tail of T at b = 0;
    the limits of the interval are the b at which the observed T lies at the edge of either tail.

    References
    ----------
    Cox & Lewis (1966), The Statistical Analysis of Series of Events, Methuen, chapter 3.

    Examples
    --------
    >>> found = poisson_trend([1, 0, 2, 1, 3, 4, 4, 6])
    >>> round(found.rate_ratio, 3), round(found.p_value, 4)
    (1.371, 0.0027)
    """
    check_alternative(alternative)
    level = check_level(confidence_level)
    length = check_positive(step_years, name="step_years", unit="years")
    y, e = check_counts(counts, exposure)
    n = int(y.sum())
    if n == 0:
        raise StatisticsError("A trend of counts needs events, but there are none.")
    if (e > 0).sum() < LEAST_STEPS:
        raise StatisticsError(
            f"A trend needs {LEAST_STEPS} steps with exposure, but {int((e > 0).sum())} have any."
        )
    b, information = log_linear_slopes(y[None], e[None])
    slope, se = (
        float(b[0]),
        float(1 / math.sqrt(information[0])) if information[0] > 0 else math.inf,
    )
    observed = int(np.arange(len(y)) @ y)
    exact = n * (len(y) - 1) <= LARGEST_SUPPORT
    if exact:
        log_pmf = _log_distribution(e, n)
        p = _tails_p(log_pmf, observed, alternative)
        lo, hi = _exact_limits(log_pmf, observed, (1 - level) / 2, slope)
    else:
        p, lo, hi = _normal_answer(slope, se, alternative, level)
    return PoissonTrend(
        n_events=n,
        log_ratio=slope / length,
        se=se / length,
        rate_ratio=_exp(slope / length),
        lo=_exp(lo / length),
        hi=_exp(hi / length),
        p_value=p,
        dispersion=_dispersion(y, e, slope),
        exact=exact,
    )


def check_counts(counts: ArrayLike, exposure: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    """Return counts and exposures of one series as floats; refuse what cannot be either."""
    try:
        y = np.asarray(counts, dtype=np.float64)
        e = np.ones(y.shape) if exposure is None else np.asarray(exposure, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"counts and exposure must be numbers, but: {error}.") from error
    if y.ndim != 1 or y.shape != e.shape:
        raise ParameterError(
            "counts and exposure must be two series of one length, but have the shapes "
            f"{y.shape} and {e.shape}."
        )
    odd = ~((y >= 0) & (y == np.round(y)) & np.isfinite(y))
    if odd.any():
        raise ParameterError(
            "counts must be whole numbers of 0 or more, but one is "
            f"{y[np.flatnonzero(odd)[0]]!s}. Expected numbers are no counts: draw tables instead."
        )
    odd = ~((e >= 0) & np.isfinite(e)) | ((e == 0) & (y > 0))
    if odd.any():
        at = int(np.flatnonzero(odd)[0])
        raise ParameterError(
            f"exposure must be finite, 0 or more, and above 0 where there are events, but step {at} "
            f"has {int(y[at])} events and exposure {e[at]!s}."
        )
    return y, e


def log_linear_slopes(counts: FloatArray, exposure: FloatArray) -> tuple[FloatArray, FloatArray]:
    """
    Return the slope per step of each row, and the information on it.

    The row's mean step must equal the mean under probabilities ~ exposure x exp(b step): the root of
    a rising function, found by bisection and Newton's steps together.
    """
    k = counts.shape[1]
    steps = np.arange(k, dtype=np.float64)
    n = counts.sum(axis=1)
    goal = counts @ steps / np.maximum(n, 1)
    some = exposure > 0
    some = some | ~some.any(axis=1, keepdims=True)  # a row never observed has no events: NaN below
    first = np.where(some, steps, np.inf).min(axis=1)
    last = np.where(some, steps, -np.inf).max(axis=1)
    low, high = np.full(len(n), -50.0), np.full(len(n), 50.0)
    b = np.zeros(len(n))
    log_e = np.log(np.where(exposure > 0, exposure, 1.0)) + np.where(some, 0.0, -np.inf)
    spread = np.ones(len(n))
    for _ in range(200):
        log_w = log_e + b[:, None] * steps
        w = np.exp(log_w - log_w.max(axis=1, keepdims=True))
        w /= w.sum(axis=1, keepdims=True)
        mean = w @ steps
        spread = np.maximum((w * (steps - mean[:, None]) ** 2).sum(axis=1), 1e-300)
        low, high = np.where(mean < goal, b, low), np.where(mean < goal, high, b)
        move = b + (goal - mean) / spread
        new = np.where((move > low) & (move < high), move, (low + high) / 2)
        if np.abs(new - b).max(initial=0.0) < 1e-13:
            break
        b = new
    ends = np.where(goal <= first, -np.inf, np.where(goal >= last, np.inf, b))
    ends = np.where(n > 0, ends, np.nan)
    return ends, np.where(np.isfinite(ends), n * spread, 0.0)


def _log_distribution(exposure: FloatArray, n: int) -> FloatArray:
    """Return the log probabilities of the sum of n steps, each drawn by exposure."""
    power = exposure / exposure.sum()
    result = np.ones(1)
    left = n
    while left:  # by repeated squaring; all terms are positive, so small tails stay accurate
        if left & 1:
            result = np.convolve(result, power)
        left >>= 1
        if left:
            power = np.convolve(power, power)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(result))


def _tails(log_pmf: FloatArray, observed: int, slope: float) -> tuple[float, float]:
    """Return P(T <= observed) and P(T >= observed) at a slope."""
    tilted = log_pmf + slope * np.arange(log_pmf.size)
    weight = np.exp(tilted - tilted.max())
    total = weight.sum()
    below, above = weight[: observed + 1].sum(), weight[observed:].sum()
    return float(min(below / total, 1.0)), float(min(above / total, 1.0))


def _tails_p(log_pmf: FloatArray, observed: int, alternative: str) -> float:
    below, above = _tails(log_pmf, observed, 0.0)
    both = min(1.0, 2 * min(below, above))
    return {"two-sided": both, "greater": above, "less": below}[alternative]


def _exact_limits(
    log_pmf: FloatArray, observed: int, tail: float, slope: float
) -> tuple[float, float]:
    """Return the slopes at which the observed sum lies at the edge of the upper and lower tail."""
    from scipy.optimize import brentq

    possible = np.flatnonzero(np.isfinite(log_pmf))
    lo, hi = -math.inf, math.inf
    if observed > possible[0]:
        lo = brentq(lambda b: _tails(log_pmf, observed, b)[1] - tail, -60.0, 60.0, xtol=1e-12)
    if observed < possible[-1]:
        hi = brentq(lambda b: _tails(log_pmf, observed, b)[0] - tail, -60.0, 60.0, xtol=1e-12)
    return float(lo), float(hi)


def _normal_answer(
    slope: float, se: float, alternative: str, level: float
) -> tuple[float, float, float]:
    from scipy.stats import norm

    z = slope / se
    p = {"two-sided": 2 * norm.sf(abs(z)), "greater": norm.sf(z), "less": norm.cdf(z)}[alternative]
    reach = float(norm.isf((1 - level) / 2)) * se
    return float(p), slope - reach, slope + reach


def _dispersion(y: FloatArray, e: FloatArray, slope: float) -> float:
    """Return Pearson's chi-square over its degrees of freedom."""
    steps = np.arange(len(y))
    if not math.isfinite(slope):
        return 0.0  # every event lies where the fit puts it
    weight = e * np.exp(slope * (steps - steps.mean()))
    fit = y.sum() * weight / weight.sum()
    some = fit > 0
    return float(((y - fit)[some] ** 2 / fit[some]).sum() / (some.sum() - 2))


def _exp(value: float) -> float:
    return math.exp(value) if value < 700 else math.inf


def exact_trend_p(counts: FloatArray, exposure: FloatArray, alternative: str) -> float:
    """Return the p-value of `poisson_trend` alone, for many series."""
    n = int(counts.sum())
    if n * (len(counts) - 1) > LARGEST_SUPPORT:
        return poisson_trend(counts, exposure, alternative=alternative).p_value
    observed = int(np.arange(len(counts)) @ counts)
    return _tails_p(_log_distribution(exposure, n), observed, alternative)
