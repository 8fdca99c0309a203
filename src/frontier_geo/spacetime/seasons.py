"""
In which months or seasons do incidents fall, and is that more than chance?

Counts stand beside the days observed of each season, so that February and a year that has only begun
are no seasons of their own making. An event dated to a month counts in that month; one dated to a year
counts in none, and is spread over the seasons it may have been in.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_choice
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.imputation import pool_counts
from frontier_geo.locating import OFF_BORDER
from frontier_geo.periods import Period
from frontier_geo.places import draw_days
from frontier_geo.selection import DAYS_PER_YEAR, Selection, select_events
from frontier_geo.significance import (
    adjust_p,
    check_level,
    check_n_sim,
    check_seed,
    monte_carlo_p,
    smallest_p,
)
from frontier_geo.spacetime.trend_tests import check_counts

__all__ = [
    "SEASONS",
    "Direction",
    "Evenness",
    "central_binomial_p",
    "evenness",
    "mean_direction",
    "seasonal_split",
]

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
#: What `by` may be: the months of each season, 1 to 12.
SEASONS: dict[str, dict[str, tuple[int, ...]]] = {
    "month": {name: (k + 1,) for k, name in enumerate(MONTHS)},
    "season": {
        "winter": (12, 1, 2),
        "spring": (3, 4, 5),
        "summer": (6, 7, 8),
        "autumn": (9, 10, 11),
    },
    "quarter": {f"Q{k + 1}": (3 * k + 1, 3 * k + 2, 3 * k + 3) for k in range(4)},
    "half": {"April-September": (4, 5, 6, 7, 8, 9), "October-March": (10, 11, 12, 1, 2, 3)},
}
LONGEST_WINDOW = 40_000  # days


@dataclass(frozen=True)
class Evenness:
    """
    Whether counts follow their exposure.

    Attributes
    ----------
    n : int
        Events.
    statistic, df : float, int
        Pearson's chi-square and its degrees of freedom.
    p_chi2 : float
        From the chi-square distribution; rough where fewer than five events are expected.
    p_value : float
        Monte Carlo, from multinomial draws with the same number of events.
    """

    n: int
    statistic: float
    df: int
    p_chi2: float
    p_value: float


@dataclass(frozen=True)
class Direction:
    """
    The mean direction of times on a circle.

    Attributes
    ----------
    n : int
    mean : float
        Mean direction as a fraction of the circle, 0 to 1. NaN where there is none (length 0).
    length : float
        Mean resultant length: 0 where times are spread evenly, 1 where all are the same.
    z : float
        Rayleigh's statistic, n times the length squared.
    p_value : float
        Rayleigh test of evenness against one peak.
    """

    n: int
    mean: float
    length: float
    z: float
    p_value: float


def evenness(
    counts: ArrayLike, exposure: ArrayLike | None = None, *, n_sim: int = 999, seed: int = 0
) -> Evenness:
    """
    Test whether counts follow their exposure.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
    exposure : array_like of float, shape (n,), optional
        Default: all equal. A class without exposure takes no part.
    n_sim : int, default 999
        Multinomial draws.
    seed : int, default 0

    Returns
    -------
    Evenness

    Raises
    ------
    ParameterError
        If counts are no whole numbers of 0 or more, or an exposure lies below 0.
    StatisticsError
        If there are no events, or fewer than two classes with exposure.

    References
    ----------
    Pearson (1900), Phil. Mag. 50, 157-175. Davison & Hinkley (1997), Bootstrap Methods and their
    Application, chapter 4: p-values from simulations.

    Examples
    --------
    >>> found = evenness([30, 10, 10, 10])
    >>> round(found.statistic, 6), found.df, found.p_value
    (20.0, 3, 0.001)
    """
    y, e = check_counts(counts, exposure)
    n_sim = check_n_sim(n_sim)
    random = np.random.default_rng(check_seed(seed))
    y, e = y[e > 0], e[e > 0]
    n = int(y.sum())
    if n == 0 or len(y) < 2:
        raise StatisticsError(
            "Evenness needs events in two classes with exposure or more, but there are "
            f"{n} events and {len(y)} such classes."
        )
    from scipy.stats import chi2

    share = e / e.sum()
    drawn = random.multinomial(n, share, size=n_sim)
    statistic = float(_pearson(y, n * share))
    return Evenness(
        n=n,
        statistic=statistic,
        df=len(y) - 1,
        p_chi2=float(chi2.sf(statistic, len(y) - 1)),
        p_value=float(monte_carlo_p(statistic, _pearson(drawn, n * share))),
    )


def _pearson(counts: NDArray[Any], expected: FloatArray) -> FloatArray:
    return np.asarray(((counts - expected) ** 2 / expected).sum(axis=-1))


def mean_direction(fractions: ArrayLike) -> Direction:
    """
    Return the mean direction of times on a circle, and the Rayleigh test.

    Parameters
    ----------
    fractions : array_like of float, shape (n,)
        Fractions of the circle, such as the part of the year that has passed.

    Returns
    -------
    Direction

    Raises
    ------
    StatisticsError
        If there are no times.

    Notes
    -----
    The p-value is Wilkie's approximation, exp(sqrt(1 + 4n + 4(n² - R²)) - (1 + 2n)) with R = n times
    the length. The test knows one peak: two that face each other cancel.

    References
    ----------
    Wilkie (1983), Rayleigh test for randomness of circular data, Applied Statistics 32, 311-312.
    Brunsdon & Corcoran (2006), Using circular statistics to analyse time patterns in crime
    incidence, Computers, Environment and Urban Systems 30, 300-319.

    Examples
    --------
    >>> found = mean_direction([0.9, 0.0, 0.1])
    >>> round(found.mean % 1, 6) % 1, round(found.length, 4)
    (0.0, 0.8727)
    """
    angle = 2 * np.pi * np.asarray(fractions, dtype=np.float64)
    if angle.ndim != 1 or not angle.size or not np.isfinite(angle).all():
        raise StatisticsError(
            f"A mean direction needs one finite time or more, but {angle.size} were given, "
            f"{int(np.isfinite(angle).sum())} of them finite."
        )
    n = angle.size
    x, y = float(np.cos(angle).mean()), float(np.sin(angle).mean())
    length = min(math.hypot(x, y), 1.0)
    inside = 1 + 4 * n + 4 * (n**2 - (n * length) ** 2)
    mean = math.atan2(y, x) / (2 * math.pi) % 1.0 if length > 1e-12 else math.nan
    p = min(1.0, math.exp(math.sqrt(inside) - (1 + 2 * n)))
    return Direction(n, mean, length, n * length**2, p)


# ---- the table -----------------------------------------------------------------------------------------


def seasonal_split(
    located: pd.DataFrame,
    *,
    by: str | Mapping[str, Iterable[int]] = "month",
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    confidence_level: float = 0.95,
    n_sim: int = 999,
    seed: int = 0,
    n_imputations: int = 20,
    alpha: float = 0.05,
    p_adj_method: str = "fdr_bh",
) -> pd.DataFrame:
    """
    Count incidents by month or season, with exact intervals and a test of evenness.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`.
    by : {"month", "season", "quarter", "half"} or mapping, default "month"
        "season" is winter (December to February), spring, summer, autumn; "half" is April to
        September and October to March. Or seasons of one's own, such as
        ``{"high water": [5, 6, 7, 8], "low water": [9, 10, 11, 12, 1, 2, 3, 4]}``; months in none
        are left out.
    period : str, int or (date, date), optional
        First and last day that count (see `segment_rates`).
    scope, min_confidence
        Which events count (see `segment_rates`). Events without a place on the line count too;
        those off the border do not.
    confidence_level : float, default 0.95
        Of the intervals.
    n_sim : int, default 999
        Multinomial draws of the test of evenness.
    seed : int, default 0
    n_imputations : int, default 20
        How often the day of each event is drawn from its window; 0 for never.
    alpha : float, default 0.05
        At which p-value a drawn table supports the conclusion.
    p_adj_method : {"fdr_bh", "fdr_by", "holm", "bonferroni", "none"}

    Returns
    -------
    DataFrame
        One row a season:

        - ``season, months, days``: days observed;
        - ``events``: those whose window of dates lies within the season;
        - ``rate, rate_lo, rate_hi``: per year of such days (365.25 of them), exact (Garwood 1936);
        - ``expected``: if all days were alike; ``rr, rr_lo, rr_hi``: the rate over that of the rest
          of the year, exact given the total (Clopper & Pearson 1934); ``p_value, p_adj,
          p_adj_method``: exact binomial test of the season against the rest, twice the smaller tail,
          so that it is `1 - confidence_level` or less where the interval of `rr` does not hold 1;
        - ``expected_events, expected_lo, expected_hi``: with events of longer windows spread over
          their days, and the interval by multiple imputation; ``p_imputed, support``;
        - ``reason``: why a number is missing, else None.

        ``.attrs["evenness"]`` holds the test of all seasons together, and the same of the drawn
        tables; ``.attrs["direction"]`` the mean day of the year of the events known to a day, with
        the Rayleigh test.

    Raises
    ------
    ParameterError
        If `by` names no months or one twice, or `n_sim` cannot reach `alpha`.

    References
    ----------
    Garwood (1936), Biometrika 28, 437-442. https://doi.org/10.1093/biomet/28.3-4.437
    Clopper & Pearson (1934), Biometrika 26, 404-413. https://doi.org/10.1093/biomet/26.4.404
    Brunsdon & Corcoran (2006), Computers, Environment and Urban Systems 30, 300-319.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> table = seasonal_split(locate_events(load_events()), by="season")
    >>> table["season"].tolist(), int(table["days"].sum())
    (['winter', 'spring', 'summer', 'autumn'], 12526)
    """
    seasons = _seasons(by)
    level, alpha = check_level(confidence_level), check_level(alpha, name="alpha")
    n_sim, seed = check_n_sim(n_sim, alpha=alpha), check_seed(seed)
    chosen = select_events(
        located, period=period, scope=scope, min_confidence=min_confidence, stacklevel=3
    )
    of_month = _season_of_month(seasons)
    days = _days_observed(chosen, of_month, len(seasons))
    season, share, accounting = _split(chosen, of_month, len(seasons))
    counts = np.bincount(season[season >= 0], minlength=len(seasons))
    table = pd.DataFrame(
        {
            "season": list(seasons),
            "months": [", ".join(str(m) for m in months) for months in seasons.values()],
            "days": days,
            "events": counts,
        }
    )
    _add_rates(table, counts, days, level)
    at = table.columns.get_loc("p_value") + 1
    table.insert(at, "p_adj", adjust_p(table["p_value"], p_adj_method))
    table.insert(at + 1, "p_adj_method", p_adj_method)
    drawn = _draws(chosen, of_month, len(seasons), n_imputations, seed)
    _add_drawn(table, share.sum(axis=0), drawn, days, level, alpha)
    table["reason"] = pd.Series(_reasons(table, drawn), dtype=object)
    table.attrs = result_attrs(
        "seasons",
        located,
        parameters={
            **chosen.parameters,
            "by": by if isinstance(by, str) else {k: list(v) for k, v in seasons.items()},
            "confidence_level": level,
            "n_imputations": n_imputations,
            "alpha": alpha,
        },
        period=chosen.period,
        accounting=accounting,
        evenness=_evenness_attrs(counts, drawn, days, n_sim, seed, alpha),
        direction=_direction_attrs(chosen),
        seed=seed,
        n_sim=n_sim,
        smallest_p=smallest_p(n_sim),
        unit="incidents per year of such days",
    )
    return table


def _seasons(by: str | Mapping[str, Iterable[int]]) -> dict[str, tuple[int, ...]]:
    """Return the months of each season."""
    if isinstance(by, str):
        return SEASONS[check_choice(by, tuple(SEASONS), name="by")]
    try:
        seasons = {str(name): tuple(int(m) for m in months) for name, months in by.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise ParameterError(
            'by must be "month", "season", "quarter", "half" or months by name, such as '
            f'{{"high water": [5, 6, 7, 8]}}, but is {by!r}.'
        ) from error
    months = [m for all_of_it in seasons.values() for m in all_of_it]
    if not months or not set(months) <= set(range(1, 13)) or len(set(months)) < len(months):
        raise ParameterError(
            f"by must give months from 1 to 12, each to one season, but gives {seasons!r}."
        )
    return seasons


def _season_of_month(seasons: dict[str, tuple[int, ...]]) -> NDArray[np.int64]:
    """Return the season of month 0 to 11, -1 for none."""
    of_month = np.full(12, -1, dtype=np.int64)
    for row, months in enumerate(seasons.values()):
        of_month[np.array(months, dtype=np.int64) - 1] = row
    return of_month


def _months(days: NDArray[Any]) -> NDArray[np.int64]:
    """Return the month, 0 to 11, of each day."""
    return np.asarray(days.astype("datetime64[M]").astype(np.int64) % 12)


def _days_observed(chosen: Selection, of_month: NDArray[np.int64], n: int) -> NDArray[np.int64]:
    begin, end = (np.datetime64(day, "D") for day in (chosen.begin, chosen.end))
    season = of_month[_months(np.arange(begin, end + 1))]
    return np.bincount(season[season >= 0], minlength=n)


def _windows(chosen: Selection) -> tuple[NDArray[Any], NDArray[Any], NDArray[np.bool_]]:
    """Return first and last day of each event, and which events lie off the border."""
    used = chosen.used
    off = used["placement"].to_numpy(dtype=object) == OFF_BORDER
    if "date_start" not in used:
        none = np.full(len(used), np.datetime64("NaT"), dtype="datetime64[D]")
        return none, none, off
    start = used["date_start"].to_numpy(dtype="datetime64[D]")
    stop = used["date_end"].fillna(used["date_start"]).to_numpy(dtype="datetime64[D]")
    return start, stop, off


def _split(
    chosen: Selection, of_month: NDArray[np.int64], n: int
) -> tuple[NDArray[np.int64], FloatArray, dict[str, Any]]:
    """Return the season of each event (-1: none), its share of each, and the account."""
    start, stop, off = _windows(chosen)
    begin, end = (np.datetime64(day, "D") for day in (chosen.begin, chosen.end))
    share = np.zeros((len(off), n))
    dated = ~np.isnat(start)
    for i in np.flatnonzero(dated & ~off):
        last = min(stop[i], start[i] + LONGEST_WINDOW)
        days = np.arange(start[i], last + 1)
        season = of_month[_months(days[(days >= begin) & (days <= end)])]
        share[i] = np.bincount(season[season >= 0], minlength=n) / days.size
    whole = share.max(axis=1, initial=0.0) > 1 - 1e-9
    season = np.where(whole, share.argmax(axis=1) if n else -1, -1)
    none = dated & ~off & (share.sum(axis=1) == 0)
    account = {
        "events": len(off),
        "counted": int(whole.sum()),
        "left_out": {
            "off the border": int(off.sum()),
            "no date known": int((~dated & ~off).sum()),
            "dated to a window of several seasons, or across the edge of the period": int(
                (dated & ~off & ~whole & ~none).sum()
            ),
            "in a month of no season": int(none.sum()),
        },
        "set_aside": chosen.set_aside,
    }
    return season, share, account


def _add_rates(
    table: pd.DataFrame, counts: NDArray[np.int64], days: NDArray[np.int64], level: float
) -> None:
    """Add rates with exact intervals, and the comparison of each season with the rest."""
    from scipy.stats import binomtest, chi2

    years = days / DAYS_PER_YEAR
    tail = (1 - level) / 2
    low = np.where(counts > 0, chi2.ppf(tail, 2 * np.maximum(counts, 1)) / 2, 0.0)
    high = chi2.isf(tail, 2 * (counts + 1)) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        for name, number in (("rate", counts), ("rate_lo", low), ("rate_hi", high)):
            table[name] = np.where(days > 0, number / years, np.nan)
    n, share = int(counts.sum()), days / days.sum()
    table["expected"] = n * share
    rows = np.full((4, len(counts)), np.nan)
    for i, (k, part) in enumerate(zip(counts, share, strict=True)):
        if n and 0 < part < 1:
            interval = binomtest(int(k), n).proportion_ci(level, method="exact")
            odds = [_odds(p) for p in (k / n, interval.low, interval.high)]
            rows[:3, i] = [one * (1 - part) / part for one in odds]
            rows[3, i] = central_binomial_p(k, n, part)
    for name, values in zip(("rr", "rr_lo", "rr_hi", "p_value"), rows, strict=True):
        table[name] = values


def central_binomial_p(counts: ArrayLike, n: ArrayLike, share: ArrayLike) -> FloatArray:
    """Return twice the smaller tail of binomial counts, at most 1: the test of a central interval."""
    from scipy.stats import binom

    k = np.asarray(counts)
    tail = np.minimum(binom.cdf(k, n, share), binom.sf(k - 1, n, share))
    return np.asarray(np.minimum(1.0, 2 * tail))


def _odds(p: float) -> float:
    return p / (1 - p) if p < 1 else math.inf


def _draws(
    chosen: Selection, of_month: NDArray[np.int64], n: int, n_imputations: int, seed: int
) -> NDArray[np.int64] | None:
    """Return counts of tables in which the day of each event is drawn from its window."""
    if not n_imputations:
        return None
    days = draw_days(chosen.used, n_imputations=n_imputations, seed=seed)
    _, _, off = _windows(chosen)
    begin, end = (np.datetime64(day, "D") for day in (chosen.begin, chosen.end))
    counts = np.zeros((n_imputations, n), dtype=np.int64)
    for k, drawn in enumerate(days):
        inside = ~np.isnat(drawn) & (drawn >= begin) & (drawn <= end) & ~off
        season = of_month[_months(drawn[inside])]
        counts[k] = np.bincount(season[season >= 0], minlength=n)
    return counts


def _add_drawn(
    table: pd.DataFrame,
    expected: FloatArray,
    drawn: NDArray[np.int64] | None,
    days: NDArray[np.int64],
    level: float,
    alpha: float,
) -> None:
    """Add expected events with their interval, and the tests of the drawn tables."""
    table["expected_events"] = expected
    names = ("expected_lo", "expected_hi", "p_imputed", "support")
    if drawn is None:
        for name in names:
            table[name] = np.nan
        return
    _, low, high = pool_counts(drawn, level)
    share = days / days.sum()
    p = np.ones(drawn.shape)
    some = (share > 0) & (share < 1)
    totals = drawn.sum(axis=1, keepdims=True)  # a table without events shows nothing: p = 1
    p[:, some] = central_binomial_p(drawn[:, some], totals, share[some])
    values = (low, high, np.median(p, axis=0), (p <= alpha).mean(axis=0))
    for name, column in zip(names, values, strict=True):
        table[name] = column


def _reasons(table: pd.DataFrame, drawn: NDArray[np.int64] | None) -> list[str | None]:
    """Say for each season why a number is missing."""
    n = int(table["events"].sum())
    reasons = []
    for days, p in zip(table["days"], table["p_value"], strict=True):
        why = []
        if days == 0:
            why.append("no day of this season was observed")
        elif np.isnan(p):
            why.append("no comparison: no events" if not n else "no comparison: no other season")
        if drawn is None:
            why.append("no draws were asked for (n_imputations=0)")
        reasons.append("; ".join(why) or None)
    return reasons


def _evenness_attrs(
    counts: NDArray[np.int64],
    drawn: NDArray[np.int64] | None,
    days: NDArray[np.int64],
    n_sim: int,
    seed: int,
    alpha: float,
) -> dict[str, Any]:
    """Return the test of all seasons together, for `.attrs`."""
    if not counts.sum() or (days > 0).sum() < 2:
        return {"reason": "no test: no events, or one season only"}
    found = evenness(counts, days, n_sim=n_sim, seed=seed)
    answer: dict[str, Any] = {
        "statistic": found.statistic,
        "df": found.df,
        "p_chi2": found.p_chi2,
        "p_value": found.p_value,
        "reason": None,
    }
    if drawn is not None:
        p = np.array([evenness(k, days, n_sim=n_sim, seed=seed).p_value for k in drawn if k.sum()])
        answer |= {"p_imputed": float(np.median(p)), "support": float((p <= alpha).mean())}
    return answer


def _direction_attrs(chosen: Selection) -> dict[str, Any]:
    """Return the mean day of the year of events known to a day, for `.attrs`."""
    start, stop, off = _windows(chosen)
    begin, end = (np.datetime64(day, "D") for day in (chosen.begin, chosen.end))
    known = ~np.isnat(start) & (start == stop) & ~off & (start >= begin) & (start <= end)
    if not known.any():
        return {"n": 0, "reason": "no event is known to a day"}
    day = start[known]
    year = day.astype("datetime64[Y]")
    length = ((year + 1).astype("datetime64[D]") - year.astype("datetime64[D]")).astype(np.int64)
    passed = (day - year.astype("datetime64[D]")).astype(np.int64)
    found = mean_direction((passed + 0.5) / length)
    uneven = abs(chosen.years - round(chosen.years)) > 0.01 * chosen.years
    mean = np.datetime64("2001-01-01") + int(found.mean * 365) if found.length > 1e-12 else None
    return {
        "n": found.n,
        "mean_day": None if mean is None else pd.Timestamp(mean).strftime("%d %B"),
        "length": found.length,
        "p_value": found.p_value,
        "reason": "the period is no whole number of years: some days of the year count more"
        if uneven
        else None,
    }
