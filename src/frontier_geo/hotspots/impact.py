"""
The impact level of each segment, low to critical, by a written rule that says how sure it is.

Regulation (EU) 2019/1896, Article 34, has border sections given an impact level by what incidents do
to the border's security. The words are borrowed from there, and the idea of one level a section; the
regulation gives no numbers. Those here are a convention, and every one can be set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import (
    FloatArray,
    check_choice,
    check_columns,
    check_once,
    check_tables,
)
from frontier_geo.errors import ParameterError
from frontier_geo.hotspots.neighbours import IntArray
from frontier_geo.hotspots.permutation_null import check_values
from frontier_geo.imputation import rubins_rules
from frontier_geo.rates.intervals import PER_KM_YEARS
from frontier_geo.segments import chain_of, check_segments
from frontier_geo.significance import check_level

__all__ = ["LEVELS", "impact_levels", "level_of"]

LEVELS = ("low", "medium", "high", "critical")
TRENDS = ("rising", "falling", "none")
THRESHOLDS = (1.0, 2.0, 4.0)  # times the rate of all other segments
EQUAL = "equal"
LEVEL_COLUMNS = ("level", "level_lo", "level_hi")
HIGHEST_BY_TREND = 2  # high: a trend makes nothing critical
NO_EVENTS = "no events on any segment: there is no rate to compare with"
ONLY_ONE = "the only segment: there are no others to compare with"
MOST_EVENTS = 1e9  # that a weighted sum is worth


def level_of(
    ratio: ArrayLike, lowest: ArrayLike, *, thresholds: ArrayLike = THRESHOLDS
) -> NDArray[np.int64]:
    """
    Return the level, 0 to 3, of rates beside that of all other segments.

    Parameters
    ----------
    ratio, lowest : array_like of float
        The ratio of the rates, and the lower limit of its interval.
    thresholds : (float, float, float), default (1, 2, 4)
        From which ratio on a level is medium, high, critical.

    Returns
    -------
    ndarray of int
        A level is given when the ratio reaches it, and the lower limit at least the level beneath.

    Examples
    --------
    >>> level_of([6.7, 6.7, 0.5], [0.2, 2.4, 0.1]).tolist()
    [1, 3, 0]
    """
    steps = _check_thresholds(thresholds)
    by_ratio = np.searchsorted(steps, np.asarray(ratio, dtype=float), side="right")
    by_lowest = np.searchsorted(steps, np.asarray(lowest, dtype=float), side="right")
    return np.minimum(by_ratio, by_lowest + 1).astype(np.int64)


def impact_levels(
    rates: pd.DataFrame,
    *,
    column: str = "events",
    trends: pd.DataFrame | None = None,
    thresholds: tuple[float, float, float] = THRESHOLDS,
    confidence_level: float = 0.95,
    imputed: ArrayLike | None = None,
) -> pd.DataFrame:
    """
    Give each segment an impact level, with the levels it may as well have.

    Parameters
    ----------
    rates : DataFrame
        From `segment_rates`: ``segment_id, from_km, to_km, length_km, exposure_km_yr`` and the
        column of counts.
    column : str, default "events"
        Counts of each segment; or "weighted", from ``segment_rates(..., weights="killed")``, where an
        event counts by how severe it was.
    trends : DataFrame, optional
        ``segment_id, trend``, as from `emerging_hotspots`: "rising", "falling" or "none".
    thresholds : (float, float, float), default (1, 2, 4)
        From how many times the rate of all other segments a level is medium, high, critical.
    confidence_level : float, default 0.95
        Of the interval that tells `level_lo` and `level_hi`.
    imputed : array_like of int, shape (m, number of segments), optional
        Counts of `m` tables with the uncertain places drawn (not with "weighted").

    Returns
    -------
    DataFrame
        One row a segment: ``segment_id, from_km, to_km``, the column, ``exposure_km_yr``; ``rr,
        rr_lo, rr_hi``, the column by exposure over that of all other segments (infinite where these
        have none); ``trend``; ``level, level_lo, level_hi``, of `LEVELS`; ``certain``, whether all
        three are one; ``why``, the rule applied, in words. With `imputed` also ``rr_imputed,
        rr_imputed_lo, rr_imputed_hi`` (Rubin's rules), ``level_imputed`` and ``support``, the share of
        tables with `level`. Without any event, and for a segment without others, ratios and levels
        are missing, and `why` says so.

    Raises
    ------
    ColumnError, ParameterError
        If a column is missing, a number is negative or missing, segments overlap, thresholds do not
        rise, or "weighted" is asked of a table that has lost the attributes `segment_rates` gave it.

    Notes
    -----
    The rule:

    1. rr is the segment's rate over that of all other segments, as `rr` of `segment_rates`; so it has
       no largest value, however few segments there are. Its limits are exact, given the number of all
       events (Clopper & Pearson 1934, as odds); of weighted sums, the like by Fay (1999).
    2. The level is the highest whose threshold rr reaches, but at most one above the level that the
       lower limit reaches. So a single event on a short segment is not critical, whatever its rate,
       and what is critical is surely high at least.
    3. A rising trend lifts low to medium and medium to high; nothing becomes critical by it. A
       falling one changes nothing: what was can come back.
    4. `level_lo` and `level_hi` are the levels that the limits themselves reach, trend included.

    Article 34 gives "critical" for a time, in a crisis, by judgement: no count can stand for that.
    Read it here as "look first".

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26, 404-413. https://doi.org/10.1093/biomet/26.4.404
    Fay (1999), Approximate confidence intervals for rate ratios from directly standardized rates with
    sparse data, Communications in Statistics - Theory and Methods 28, 2141-2160.
    Regulation (EU) 2019/1896 on the European Border and Coast Guard, Article 34.

    Examples
    --------
    >>> from frontier_geo import make_segments
    >>> segments = make_segments(n=6)
    >>> segments["events"], segments["exposure_km_yr"] = [1, 0, 12, 2, 8, 1], segments["length_km"]
    >>> impact_levels(segments)[["level", "level_lo", "level_hi"]].iloc[2].tolist()
    ['critical', 'high', 'critical']
    """
    check_segments(rates, name="rates")
    check_columns(rates, ["exposure_km_yr", column], name="rates")
    chain_of(rates)  # refuses segments that overlap
    rule = _Rule(
        _check_thresholds(thresholds), check_level(confidence_level), _trends(rates, trends)
    )
    score = _not_negative(check_values(rates[column], name=column, least=1), column)
    exposure = check_values(rates["exposure_km_yr"], name="exposure_km_yr", least=1)
    if (exposure <= 0).any():
        raise ParameterError(
            f"exposure_km_yr must be above 0, but the smallest is {exposure.min():g}."
        )
    weighted = column == "weighted"
    squares, largest = _weights(rates, score, rule.confidence_level) if weighted else (score, 1.0)
    found = rule.levels(_ratios(score, squares, largest, exposure, rule.confidence_level))
    table = pd.DataFrame(
        {name: rates[name].to_numpy() for name in ("segment_id", "from_km", "to_km", column)}
        | {"exposure_km_yr": exposure}
        | {"rr": found.ratio, "rr_lo": found.low, "rr_hi": found.high, "trend": rule.trend}
        | {name: _words(x) for name, x in zip(LEVEL_COLUMNS, found.steps, strict=True)},
        index=rates.index,
    )
    table["certain"] = found.certain
    table["why"] = rule.reasons(found)
    notes = ["Levels are a convention of this library, not an assessment under the regulation."]
    if imputed is not None:
        if weighted:
            raise ParameterError(
                'imputed tables are counts: take a column of counts, not "weighted".'
            )
        drawn = check_tables(imputed, (score.size,))
        for name, column_of_it in _imputed(drawn, exposure, rule, found.level).items():
            table[name] = column_of_it
        if not drawn.any() or score.size == 1:
            notes.append(f"rr_imputed and level_imputed are missing: {_nothing(score)}.")
    told = rates.attrs.get("parameters", {})
    table.attrs = result_attrs(
        "impact",
        rates,
        parameters={
            "column": column,
            "severity": told.get("weights", EQUAL) if weighted else EQUAL,
            "trends": trends is not None,
            "thresholds": rule.thresholds,
            "confidence_level": rule.confidence_level,
            "n_imputations": None if imputed is None else len(drawn),
        },
        unit="times the rate of all other segments (rr)",
        reference_rate=PER_KM_YEARS * score.sum() / exposure.sum(),
        reference_unit=f"{column} of the whole line, per 100 km and year",
        notes=notes,
    )
    return table


@dataclass(frozen=True)
class _Found:
    """Ratios with their limits, and the levels that follow from them: -1 where there is none."""

    ratio: FloatArray
    low: FloatArray
    high: FloatArray
    plain: IntArray
    steps: tuple[IntArray, IntArray, IntArray]

    @property
    def level(self) -> IntArray:
        return self.steps[0]

    @property
    def certain(self) -> NDArray[np.bool_]:
        """Whether the level and both of those that the limits reach are one."""
        level, low, high = self.steps
        return np.asarray((level == low) & (level == high) & (level >= 0))


@dataclass(frozen=True)
class _Rule:
    """From ratios to levels."""

    thresholds: FloatArray
    confidence_level: float
    trend: NDArray[np.object_]

    def levels(self, ratios: tuple[FloatArray, FloatArray, FloatArray]) -> _Found:
        """Return the level of each ratio, and those that its limits reach."""
        ratio, low, high = ratios
        plain = level_of(ratio, low, thresholds=self.thresholds)
        reached = [np.searchsorted(self.thresholds, x, side="right") for x in (low, high)]
        lifted = [self._lifted(x, np.isnan(ratio)) for x in (plain, *reached)]
        return _Found(ratio, low, high, plain, (lifted[0], lifted[1], lifted[2]))

    def _lifted(self, level: IntArray, missing: NDArray[np.bool_]) -> IntArray:
        """Return levels with a rising trend taken into account, -1 where there is none."""
        up = (self.trend == "rising") & (level < HIGHEST_BY_TREND)
        return np.where(missing, -1, level + up).astype(np.int64)

    def reasons(self, found: _Found) -> list[str]:
        """Return the rule applied to each segment, in words."""
        by_ratio = np.searchsorted(self.thresholds, found.ratio, side="right")
        words = []
        for i, ratio in enumerate(found.ratio):
            plain, level = found.plain[i], found.level[i]
            text = f"{ratio:.2f} times the rate of all others ({found.low[i]:.2f} to {found.high[i]:.2f})"
            if np.isnan(ratio):
                text = _nothing(found.ratio)
            elif plain < by_ratio[i]:
                text += f": the rate is {LEVELS[by_ratio[i]]}, but the lower limit allows {LEVELS[plain]}"
            if level > plain:
                text += f"; rising: {LEVELS[plain]} becomes {LEVELS[level]}"
            words.append(text)
        return words


def _nothing(x: FloatArray) -> str:
    """Return why there is no ratio."""
    return ONLY_ONE if x.size == 1 else NO_EVENTS


def _ratios(
    score: FloatArray, squares: FloatArray, largest: float, exposure: FloatArray, level: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return each segment's score by exposure over that of all others, with limits."""
    return _ratios_to(score, squares, _others(score), _others(squares), largest, exposure, level)


def _ratios_to(
    score: FloatArray,
    squares: FloatArray,
    others: FloatArray,
    others_squares: FloatArray,
    largest: float,
    exposure: FloatArray,
    level: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Return ratios of scores by exposure, with limits; NaN where neither side has any event.

    A sum of weights with the variance V is taken as a gamma variable of the shape sum² / V, with one
    more event of the largest weight for an upper limit (Fay & Feuer). The quotient of two of those
    follows F. With weights of 1 that is the interval of Clopper and Pearson.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        over = (exposure.sum() - exposure) / exposure
        ratio = score / others * over
        low = _quotient(score, squares, others + largest, others_squares + largest**2, level)
        high = _quotient(others, others_squares, score + largest, squares + largest**2, level)
        limits = low * over, over / high
    nothing = (score + others <= 0) | (exposure.size == 1)
    found = [np.where(nothing, np.nan, x) for x in (ratio, *limits)]
    return found[0], found[1], found[2]


def _quotient(
    sum_a: FloatArray, square_a: FloatArray, sum_b: FloatArray, square_b: FloatArray, level: float
) -> FloatArray:
    """Return the lower quantile of one gamma variable over another; 0 where the first is 0."""
    from scipy.stats import f

    tail = (1 - level) / 2
    shapes = 2 * sum_a**2 / square_a, 2 * sum_b**2 / square_b
    return np.where(sum_a > 0, sum_a / sum_b * f.ppf(tail, *shapes), 0.0)


def _others(x: FloatArray) -> FloatArray:
    """Return the sum of all but each one, exactly 0 where no other is above 0."""
    some = (x > 0).sum() - (x > 0)
    return np.where(some > 0, np.maximum(x.sum() - x, 0.0), 0.0)


def _weights(rates: pd.DataFrame, score: FloatArray, level: float) -> tuple[FloatArray, float]:
    """Return the sums of squared weights, as the limits of weighted rates tell, and the largest."""
    check_columns(rates, ["weighted_lo", "weighted_rate"], name="rates")
    told = rates.attrs.get("parameters", {}).get("confidence_level")
    largest = (rates.attrs.get("weights") or {}).get("largest")
    if told is None or largest is None:
        raise ParameterError(
            'column="weighted" needs the table as segment_rates made it: its .attrs tell the level of '
            "weighted_lo and the largest weight, but they are lost. Pass that table, or copy its .attrs."
        )
    if told != level:
        raise ParameterError(
            f"The weighted interval of rates is of level {told:g}, but confidence_level={level:g} was "
            f"asked for. Take confidence_level={told:g}, or make the rates with the other."
        )
    rate, low = (rates[name].to_numpy(dtype=float) for name in ("weighted_rate", "weighted_lo"))
    events = np.ones(score.size)
    some = score > 0
    events[some] = _worth(low[some] / rate[some], level)
    return score**2 / events, float(largest)


def _worth(part: FloatArray, level: float) -> FloatArray:
    """Return how many events have a lower limit that is such a part of their number."""
    from scipy.optimize import brentq
    from scipy.stats import gamma

    tail = (1 - level) / 2

    def apart(log_events: float, wanted: float) -> float:
        n = np.exp(log_events)
        return float(gamma.ppf(tail, n) / n - wanted)

    ends = 0.0, float(np.log(MOST_EVENTS))
    least, most = (apart(end, 0.0) for end in ends)
    inside = np.clip(part, least, most)
    return np.exp([brentq(apart, *ends, args=(wanted,), xtol=1e-12) for wanted in inside])


def _not_negative(x: FloatArray, name: str) -> FloatArray:
    if (x < 0).any():
        raise ParameterError(f"{name} must be 0 or more, but the smallest is {x.min():g}.")
    return x


def _check_thresholds(thresholds: Any) -> FloatArray:
    steps = np.asarray(thresholds, dtype=np.float64)
    if steps.shape != (3,) or not (np.diff(steps) > 0).all() or not steps[0] > 0:
        raise ParameterError(
            "thresholds must be three rising numbers above 0, for medium, high and critical, but are "
            f"{thresholds!r}."
        )
    return steps


def _trends(rates: pd.DataFrame, trends: pd.DataFrame | None) -> NDArray[np.object_]:
    """Return the trend of each segment; "none" where it is not told."""
    if trends is None:
        return np.full(len(rates), "none", dtype=object)
    check_columns(trends, ["segment_id", "trend"], name="trends")
    check_once(trends["segment_id"], name="segment_id of trends")
    for word in trends["trend"].unique():
        check_choice(word, TRENDS, name="trend")
    told = trends.set_index("segment_id")["trend"]
    return np.asarray(told.reindex(rates["segment_id"]).fillna("none"), dtype=object)


def _imputed(
    tables: FloatArray, exposure: FloatArray, rule: _Rule, level: IntArray
) -> dict[str, Any]:
    """Return ratios and levels of the counts, pooled over tables, and how many tables agree."""
    from scipy.stats import norm, t

    each = [rule.levels(_ratios(x, x, 1.0, exposure, rule.confidence_level)).level for x in tables]
    mean = tables.mean(axis=0)
    others = _others(mean)
    # What the others gain this one loses: the ratio varies by both, and all of it is counted here.
    slope = np.divide(mean, others, out=np.zeros(mean.size), where=others > 0)
    apart = tables - slope * (tables.sum(axis=1, keepdims=True) - tables)
    pooled = rubins_rules(mean + apart - apart.mean(axis=0), tables)
    tail = (1 - rule.confidence_level) / 2
    variance = pooled.total * (t.isf(tail, pooled.df) / norm.isf(tail)) ** 2
    ratios = _ratios_to(mean, variance, others, others, 1.0, exposure, rule.confidence_level)
    found = rule.levels(ratios)
    names = ("rr_imputed", "rr_imputed_lo", "rr_imputed_hi")
    alike = (np.array(each) == level).mean(axis=0)
    return dict(zip(names, ratios, strict=True)) | {
        "level_imputed": _words(found.level),
        "support": np.where(level < 0, np.nan, alike),
    }


def _words(levels: IntArray) -> list[str | None]:
    return [LEVELS[x] if x >= 0 else None for x in levels]
