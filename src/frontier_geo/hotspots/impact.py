"""
The impact level of each segment, low to critical, by a written rule that says how sure it is.

Regulation (EU) 2019/1896, Article 34, has border sections given an impact level by what incidents do
to the border's security. The words are borrowed from there, and the idea of one level a section; the
regulation gives no numbers. Those here are a convention, and every one can be set.
"""

from __future__ import annotations

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
from frontier_geo.hotspots.permutation_null import check_values
from frontier_geo.imputation import pool_counts
from frontier_geo.rates import weighted_interval
from frontier_geo.segments import check_segments
from frontier_geo.significance import check_level

__all__ = ["LEVELS", "impact_levels", "level_of"]

LEVELS = ("low", "medium", "high", "critical")
TRENDS = ("rising", "falling", "none")
THRESHOLDS = (1.0, 2.0, 4.0)  # times the rate of the whole line
PER_KM = 100.0  # rates are per 100 km and year
HIGHEST_BY_TREND = 2  # high: a trend makes nothing critical
NO_EVENTS = "no events on any segment: there is no rate of the line to compare with"


def level_of(
    ratio: ArrayLike, lowest: ArrayLike, *, thresholds: tuple[float, float, float] = THRESHOLDS
) -> NDArray[np.int64]:
    """
    Return the level, 0 to 3, of rates beside that of the whole line.

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
        From how many times the rate of the whole line a level is medium, high, critical.
    confidence_level : float, default 0.95
        Of the interval that tells `level_lo` and `level_hi`.
    imputed : array_like of int, shape (m, number of segments), optional
        Counts of `m` tables with the uncertain places drawn (not with "weighted").

    Returns
    -------
    DataFrame
        One row a segment: ``segment_id, from_km, to_km``, the column, ``exposure_km_yr``; ``rr,
        rr_lo, rr_hi``, the column by exposure beside that of the whole line; ``trend``; ``level,
        level_lo, level_hi``, of `LEVELS`; ``certain``, whether all three are one; ``why``, the rule
        applied, in words. With `imputed` also ``rr_imputed, rr_imputed_lo, rr_imputed_hi`` (Rubin's
        rules), ``level_imputed`` and ``support``, the share of tables with `level`. Without any event
        levels are None, and `why` says so.

    Raises
    ------
    ColumnError, ParameterError
        If a column is missing, a number is negative or missing, or thresholds do not rise.

    Notes
    -----
    The rule:

    1. rr is the segment's rate over that of the whole line, which is taken as known. Its limits are
       those of the count (Garwood) or of the weighted sum (Fay & Feuer).
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
    Regulation (EU) 2019/1896 on the European Border and Coast Guard, Article 34.

    Examples
    --------
    >>> from frontier_geo import make_segments
    >>> segments = make_segments(n=6)
    >>> segments["events"], segments["exposure_km_yr"] = [1, 0, 30, 2, 8, 1], segments["length_km"]
    >>> impact_levels(segments)[["level", "level_lo", "level_hi"]].iloc[2].tolist()
    ['critical', 'high', 'critical']
    """
    check_segments(rates)
    check_columns(rates, ["exposure_km_yr", column], name="rates")
    steps = _check_thresholds(thresholds)
    level_asked = check_level(confidence_level)
    counts = _not_negative(check_numbers(rates[column], column), column)
    exposure = check_numbers(rates["exposure_km_yr"], "exposure_km_yr")
    if (exposure <= 0).any():
        raise ParameterError(
            f"exposure_km_yr must be above 0, but the smallest is {exposure.min():g}."
        )
    lo, hi = _limits(rates, counts, exposure, column, level_asked)
    reference = counts.sum() / exposure.sum()
    trend = _trends(rates, trends)
    table = pd.DataFrame(
        {name: rates[name].to_numpy() for name in ("segment_id", "from_km", "to_km", column)}
        | {"exposure_km_yr": exposure},
        index=rates.index,
    )
    if reference > 0:
        ratio, lowest, highest = (x / reference for x in (counts / exposure, lo, hi))
        plain = level_of(ratio, lowest, thresholds=thresholds)
        limits = (np.searchsorted(steps, x, side="right") for x in (lowest, highest))
        level, level_lo, level_hi = (_lifted(x, trend) for x in (plain, *limits))
        certain = (level == level_lo) & (level == level_hi)
        by_ratio = np.searchsorted(steps, ratio, side="right")
        why = _why(ratio, lowest, highest, by_ratio, plain, level)
    else:
        ratio = lowest = highest = np.full(counts.size, np.nan)
        level = level_lo = level_hi = np.full(counts.size, -1)
        certain, why = np.zeros(counts.size, dtype=bool), [NO_EVENTS] * counts.size
    table["rr"], table["rr_lo"], table["rr_hi"] = ratio, lowest, highest
    table["trend"] = trend
    for name, numbers in (("level", level), ("level_lo", level_lo), ("level_hi", level_hi)):
        table[name] = _words(numbers)
    table["certain"], table["why"] = certain, why
    if imputed is not None:
        if column == "weighted":
            raise ParameterError(
                'imputed tables are counts: take a column of counts, not "weighted".'
            )
        drawn = check_tables(imputed, (counts.size,))
        again = _imputed(drawn, exposure, trend, thresholds, confidence_level)
        for name, column_of_it in again.items():
            table[name] = column_of_it
        alike = np.array(
            [x == level for x in _levels(drawn, exposure, trend, thresholds, confidence_level)]
        )
        table["support"] = np.where(level < 0, np.nan, alike.mean(axis=0))
    table.attrs = result_attrs(
        "impact",
        rates,
        parameters={
            "column": column,
            "severity": rates.attrs.get("parameters", {}).get("weights", "equal")
            if column == "weighted"
            else "equal",
            "trends": trends is not None,
            "thresholds": list(steps),
            "confidence_level": confidence_level,
        },
        unit="times the rate of the whole line (rr)",
        reference_rate=PER_KM * reference,
        reference_unit=f"{column} per 100 km and year",
        notes=["Levels are a convention of this library, not an assessment under the regulation."],
    )
    return table


def check_numbers(values: ArrayLike, name: str) -> FloatArray:
    """Refuse numbers that are missing; one segment is enough."""
    x = np.atleast_1d(np.asarray(values, dtype=np.float64))
    return check_values(np.append(x, x[:1]), name=name)[:-1]


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


def _limits(
    rates: pd.DataFrame, score: FloatArray, exposure: FloatArray, column: str, level: float
) -> tuple[FloatArray, FloatArray]:
    """Return the interval of each segment's score by exposure."""
    if column != "weighted":
        found = weighted_interval(score, score, 1.0, confidence_level=level)
        return found.lo / exposure, found.hi / exposure
    check_columns(rates, ["weighted_lo", "weighted_hi"], name="rates")
    told = rates.attrs.get("parameters", {}).get("confidence_level", level)
    if told != level:
        raise ParameterError(
            f"The weighted interval of rates is of level {told:g}, but confidence_level={level:g} was "
            f"asked for. Take confidence_level={told:g}, or make the rates with the other."
        )
    low, high = (
        rates[name].to_numpy(dtype=float) / PER_KM for name in ("weighted_lo", "weighted_hi")
    )
    return low, high


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


def _lifted(level: NDArray[np.int64], trend: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return levels with a rising trend taken into account."""
    up = (trend == "rising") & (level < HIGHEST_BY_TREND)
    return np.asarray(level + up, dtype=np.int64)


def _levels(
    tables: FloatArray,
    exposure: FloatArray,
    trend: NDArray[np.object_],
    thresholds: Any,
    confidence: float,
) -> list[NDArray[np.int64]]:
    """Return the level of each segment in each table of counts."""
    found = []
    for counts in tables:
        scale = exposure.sum() / max(counts.sum(), 1e-300) / exposure
        low = weighted_interval(counts, counts, 1.0, confidence_level=confidence).lo
        found.append(_lifted(level_of(counts * scale, low * scale, thresholds=thresholds), trend))
    return found


def _imputed(
    tables: FloatArray,
    exposure: FloatArray,
    trend: NDArray[np.object_],
    thresholds: Any,
    confidence: float,
) -> dict[str, Any]:
    """Return ratios and levels of the counts, pooled over tables."""
    pooled, low, high = pool_counts(tables.astype(np.int64), confidence)
    scale = exposure.sum() / max(float(pooled.mean.sum()), 1e-300) / exposure
    ratio, lowest = pooled.mean * scale, low * scale
    level = _lifted(level_of(ratio, lowest, thresholds=thresholds), trend)
    found = {"rr_imputed": ratio, "rr_imputed_lo": lowest, "rr_imputed_hi": high * scale}
    return found | {"level_imputed": _words(level)}


def _words(levels: NDArray[np.int64]) -> list[str | None]:
    return [LEVELS[x] if x >= 0 else None for x in levels]


def _why(
    ratio: FloatArray,
    lowest: FloatArray,
    highest: FloatArray,
    by_ratio: NDArray[np.int64],
    plain: NDArray[np.int64],
    level: NDArray[np.int64],
) -> list[str]:
    """Return the rule applied to each segment, in words."""
    reasons = []
    for i in range(ratio.size):
        text = f"{ratio[i]:.2f} times the line's rate ({lowest[i]:.2f} to {highest[i]:.2f})"
        if plain[i] < by_ratio[i]:
            text += f": the rate is {LEVELS[by_ratio[i]]}, but the lower limit allows {LEVELS[plain[i]]}"
        if level[i] > plain[i]:
            text += f"; rising: {LEVELS[plain[i]]} becomes {LEVELS[level[i]]}"
        reasons.append(text)
    return reasons
