"""
Is it becoming more? Mann-Kendall, Sen's slope and a Poisson trend, for each segment and the whole line.

Counts on a segment are small and full of ties, so beside Mann-Kendall stands a Poisson trend whose
p-value and interval are exact at any number of events.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_tables
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.imputation import rubins_rules
from frontier_geo.selection import DAYS_PER_YEAR
from frontier_geo.series import series_arrays
from frontier_geo.significance import adjust_p, check_alternative, check_level
from frontier_geo.spacetime.trend_tests import (
    LEAST_STEPS,
    MannKendall,
    PoissonTrend,
    SenSlope,
    exact_trend_p,
    log_linear_slopes,
    mann_kendall,
    poisson_trend,
    seasonal_mann_kendall,
    sens_slope,
)

__all__ = [
    "WHOLE_LINE",
    "MannKendall",
    "PoissonTrend",
    "SenSlope",
    "mann_kendall",
    "poisson_trend",
    "seasonal_mann_kendall",
    "sens_slope",
    "trend_segments",
]

WHOLE_LINE = "whole line"
OF_SEGMENTS = (
    "the whole line is the sum of the segments: events known to one of them; for all events known to "
    "the line make the series with make_segments(n=1)"
)
EVEN_STEPS = 0.9  # shortest over longest step from which on counts are compared as they are
#: A step with less than this share of the usual exposure is no step to compare: its rate is 0 or far
#: too high. 8 steps of 3 events, the last 0.08 of a step: "less" rejects in 11 %; at 0.5 in 5.5 %.
SHORT_STEP = 0.5
FEW_STEPS = 10  # below this the normal limit of Mann-Kendall is rough


def trend_segments(
    series: pd.DataFrame,
    *,
    column: str = "events",
    alternative: str = "two-sided",
    p_adj_method: str = "fdr_bh",
    confidence_level: float = 0.95,
    alpha: float = 0.05,
    imputed: NDArray[np.int64] | None = None,
) -> pd.DataFrame:
    """
    Test each segment, and the whole line, for a trend.

    Parameters
    ----------
    series : DataFrame
        From `segment_series`.
    column : str, default "events"
        Which counts. With ``"expected_events"``, which are no counts, only Mann-Kendall and Sen's
        slope are worked out.
    alternative : {"two-sided", "greater", "less"}
        "greater" for a rising trend.
    p_adj_method : {"fdr_bh", "fdr_by", "holm", "bonferroni", "none"}
        How the p-values of the segments are adjusted. The whole line is a question of its own.
    confidence_level : float, default 0.95
        Of the intervals.
    alpha : float, default 0.05
        At which p-value a drawn table supports the conclusion.
    imputed : ndarray of int, shape (m, n_segments, n_steps), optional
        From `draw_series`, with the same segments and steps.

    Returns
    -------
    DataFrame
        One row a segment, west to east, and last the whole line (`segment_id` "whole line"):

        - ``segment_id, from_km, to_km, n_steps, n_compared, events``: all steps, and those long
          enough for Mann-Kendall and Sen's slope (see Notes);
        - ``s, z, tau, p_value, p_adj, p_adj_method``: Mann-Kendall, `tau` being tau-b;
        - ``sen_slope, sen_lo, sen_hi``: events per year, each year;
        - ``rr, rr_lo, rr_hi, rr_p, rr_p_adj, dispersion``:
          the Poisson trend, as the ratio of one year's rate to the year before (see
          `poisson_trend`);
        - with `imputed`: ``p_imputed, support`` (of Mann-Kendall), ``rr_p_imputed,
          rr_support, rr_imputed, rr_imputed_lo, rr_imputed_hi``
          (Rubin's rules);
        - ``reason``: why a number is missing, else None.

    Raises
    ------
    ColumnError, ParameterError, StatisticsError
        If the series is none of `segment_series`, has fewer than three steps, has events where
        nothing was exposed, or `imputed` has another shape.

    Notes
    -----
    A step with less than half of the usual exposure (the median), as a last year that has only begun,
    is left out of Mann-Kendall and Sen's slope: its rate is mostly 0, which looks like a fall at the
    end. The Poisson trend, which knows how long each step was, keeps it. Where the shortest of the
    other steps has less than 0.9 of the exposure of the longest, rates are compared instead of
    counts. A segment without events is not tested, and does not count as a test. The whole line is
    the sum of the segments: events known to one of them. To count all that are known to the line,
    make the series with one segment, ``make_segments(n=1)``. Neighbouring segments and steps are
    taken as independent; reporting that has grown denser looks like a trend.

    References
    ----------
    Mann (1945), Econometrica 13, 245-259.
    Benjamini & Hochberg (1995), J. R. Statist. Soc. B 57, 289-300.
    Eekhout, van de Wiel & Heymans (2017), BMC Med. Res. Methodol. 17, 129.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments
    >>> from frontier_geo.series import segment_series
    >>> districts = make_segments(by="tj_district")
    >>> series = segment_series(locate_events(load_events()), districts)
    >>> trend_segments(series)["segment_id"].iloc[-1]
    'whole line'
    """
    check_alternative(alternative)
    level, alpha = check_level(confidence_level), check_level(alpha, name="alpha")
    values, exposure, segments, steps = series_arrays(series, column)
    if len(steps) < LEAST_STEPS:
        raise StatisticsError(
            f"A trend needs {LEAST_STEPS} steps or more, but the series has {len(steps)}. Take shorter "
            "steps or a longer period."
        )
    check_exposed(values, exposure, column)
    step_years = _step_years(steps)
    whole = np.vstack((values, values.sum(axis=0)))
    exposed = np.vstack((exposure, exposure.sum(axis=0)))
    counts = bool((values == np.round(values)).all())
    rows = [
        _row(v, e, step_years, counts=counts, alternative=alternative, level=level)
        for v, e in zip(whole, exposed, strict=True)
    ]
    table = _ends(segments)
    for name in ROW_COLUMNS:
        table[name] = [row[name] for row in rows]
    for p, adjusted in (("p_value", "p_adj"), ("rr_p", "rr_p_adj")):
        p_adj = np.append(adjust_p(table[p].to_numpy()[:-1], p_adj_method), table[p].iloc[-1])
        table.insert(table.columns.get_loc(p) + 1, adjusted, p_adj)
    table.insert(table.columns.get_loc("p_adj") + 1, "p_adj_method", p_adj_method)
    if imputed is not None:
        drawn = check_tables(imputed, values.shape)
        check_exposed(drawn, exposure, "imputed")
        added = _drawn(
            drawn, exposure, step_years, alternative=alternative, level=level, alpha=alpha
        )
        table = pd.concat([table.drop(columns="reason"), added, table[["reason"]]], axis=1)
        table["reason"] = _join(table["reason"], _drawn_reasons(added, table["reason"]))
    table["reason"] = table["reason"].astype(object).where(table["reason"].notna(), None)
    table.attrs = result_attrs(
        "trend",
        series,
        parameters={
            "column": column,
            "alternative": alternative,
            "confidence_level": level,
            "alpha": alpha,
            "compared": "counts" if _even(exposed[-1]) else "rates",
            "method": "Mann-Kendall: normal limit; rate ratio: exact given the number of events",
            "step_years": step_years,
            "n_imputations": None if imputed is None else len(imputed),
        },
        unit="sen_slope: events per year, each year; rr: per year",
        seed=None,
        n_sim=None,
        smallest_p=None,
        notes=_notes(column, counts, steps, _long_enough(exposed[-1])),
    )
    return table


ROW_COLUMNS = (
    "n_steps", "n_compared", "events", "s", "z", "tau", "p_value", "sen_slope", "sen_lo", "sen_hi",
    "rr", "rr_lo", "rr_hi", "rr_p", "dispersion", "reason",
)  # fmt: skip


def check_exposed(values: FloatArray, exposure: FloatArray, name: str) -> None:
    """Refuse events on a segment and in a step without exposure; leading axes are tables."""
    odd = np.argwhere((values > 0) & ~(exposure > 0))
    if len(odd):
        segment, step = odd[0][-2:]
        raise ParameterError(
            f"{name} must be 0 where exposure_km_yr is 0, but is "
            f"{values[tuple(odd[0])]:g} on segment {segment} (counted from 0, west to east) in step "
            f"{step}: nothing can happen where nothing is observed."
        )


def _notes(
    column: str, counts: bool, steps: pd.DataFrame, long_enough: NDArray[np.bool_]
) -> list[str]:
    """Return what a reader of the table must know."""
    notes = [OF_SEGMENTS]
    if not counts:
        notes.append(f"{column} are no counts: no Poisson trend")
    short = [
        f"{start.date()} to {stop.date()}"
        for start, stop in steps.loc[~long_enough, ["step_start", "step_end"]].itertuples(
            index=False
        )
    ]
    if short:
        notes.append(
            "left out of Mann-Kendall and Sen's slope, being shorter than half of the usual step: "
            + ", ".join(short)
            + "; the Poisson trend keeps all steps"
        )
    if long_enough.sum() < FEW_STEPS:
        notes.append(
            f"{long_enough.sum()} steps are compared: the normal limit of Mann-Kendall is rough below "
            f"{FEW_STEPS}"
        )
    return notes


def _step_years(steps: pd.DataFrame) -> float:
    """Return the usual time from one step to the next, in years."""
    days = (steps["step_end"] - steps["step_start"]).dt.days + 1
    years = float(days.median()) / DAYS_PER_YEAR
    return next((n / 12 for n in (1, 3, 12) if abs(years - n / 12) < 0.03 * n / 12), years)


def _ends(segments: pd.DataFrame) -> pd.DataFrame:
    """Return the names and ends of the segments, and of the whole line."""
    line = {
        "segment_id": WHOLE_LINE,
        "from_km": segments["from_km"].min(),
        "to_km": segments["to_km"].max(),
    }
    ends = segments[["segment_id", "from_km", "to_km"]].astype({"segment_id": object})
    return pd.concat([ends, pd.DataFrame([line])], ignore_index=True)


def _long_enough(exposure: FloatArray) -> NDArray[np.bool_]:
    """Return which steps have enough exposure to be compared with the others."""
    some = exposure > 0
    if not some.any():
        return some
    return np.asarray(exposure >= SHORT_STEP * np.median(exposure[some])) & some


def _even(exposure: FloatArray) -> bool:
    """Return whether the steps that are compared are equally long, or nearly."""
    compared = exposure[_long_enough(exposure)]
    return bool(compared.size and compared.min() >= EVEN_STEPS * compared.max())


def _row(
    values: FloatArray,
    exposure: FloatArray,
    step_years: float,
    *,
    counts: bool,
    alternative: str,
    level: float,
) -> dict[str, Any]:
    """Return the trends of one segment."""
    row: dict[str, Any] = dict.fromkeys(ROW_COLUMNS, math.nan)
    row |= {"n_steps": len(values), "events": float(values.sum()), "reason": None}
    row["n_compared"] = int(_long_enough(exposure).sum())
    if counts:
        row["events"] = int(row["events"])
    if (exposure > 0).sum() < LEAST_STEPS:
        return row | {"reason": f"fewer than {LEAST_STEPS} steps have any exposure"}
    if not values.sum():
        return row | {"reason": "no events: no trend to test"}
    reasons = []
    if row["n_compared"] < LEAST_STEPS:
        reasons.append(
            f"no Mann-Kendall: fewer than {LEAST_STEPS} steps have half of the usual exposure"
        )
    else:
        compared = _compared(values, exposure)
        found = mann_kendall(compared, alternative=alternative)
        row |= {"s": found.s, "z": found.z, "tau": found.tau_b, "p_value": found.p_value}
        slope = sens_slope(compared / step_years**2, confidence_level=level)
        row |= {"sen_slope": slope.slope, "sen_lo": slope.lo, "sen_hi": slope.hi}
    if not counts:
        return row | {"reason": "; ".join([*reasons, "no Poisson trend: these are no counts"])}
    trend = poisson_trend(
        values, exposure, step_years=step_years, alternative=alternative, confidence_level=level
    )
    row |= {
        "rr": trend.rate_ratio,
        "rr_lo": trend.lo,
        "rr_hi": trend.hi,
        "rr_p": trend.p_value,
        "dispersion": trend.dispersion,
    }
    if not math.isfinite(trend.log_ratio):
        reasons.append("all events lie in the first or the last step: no finite rate ratio")
    return row | {"reason": "; ".join(reasons) or None}


def _compared(values: FloatArray, exposure: FloatArray) -> FloatArray:
    """
    Return the counts of the steps that are long enough, NaN for the others.

    If those steps are uneven, the counts are as if all were of the usual length.
    """
    some = _long_enough(exposure)
    if _even(exposure):
        return np.asarray(np.where(some, values, np.nan))
    usual = np.median(exposure[some])
    rates = values / np.where(some, exposure, 1.0) * usual
    return np.asarray(np.where(some, rates, np.nan))


def _drawn(
    drawn: FloatArray,
    exposure: FloatArray,
    step_years: float,
    *,
    alternative: str,
    level: float,
    alpha: float,
) -> pd.DataFrame:
    """Return what the drawn tables say: median p-values, support and pooled rate ratios."""
    tables = np.concatenate((drawn, drawn.sum(axis=1, keepdims=True)), axis=1)
    exposed = np.vstack((exposure, exposure.sum(axis=0)))
    m, n, _ = tables.shape
    mk, rate = np.ones((m, n)), np.ones((m, n))  # a table without events shows no trend: p = 1
    slope, information = np.full((m, n), np.nan), np.zeros((m, n))
    enough = np.array([_long_enough(e).sum() for e in exposed]) >= LEAST_STEPS
    mk[:, ~enough] = np.nan
    rate[:, (exposed > 0).sum(axis=1) < LEAST_STEPS] = np.nan
    for k in range(m):
        slope[k], information[k] = log_linear_slopes(tables[k], exposed)
        for i in np.flatnonzero((tables[k].sum(axis=1) > 0) & ~np.isnan(rate[k])):
            if enough[i]:
                compared = _compared(tables[k, i], exposed[i])
                mk[k, i] = mann_kendall(compared, alternative=alternative).p_value
            rate[k, i] = exact_trend_p(tables[k, i], exposed[i], alternative)
    finite = np.isfinite(slope).all(axis=0)
    ratio = np.full((3, n), np.nan)
    if finite.any():
        ratio[:, finite] = _pooled(slope[:, finite], 1 / information[:, finite], step_years, level)
    return pd.DataFrame(
        {
            "p_imputed": np.median(mk, axis=0),
            "support": np.where(enough, (mk <= alpha).mean(axis=0), np.nan),
            "rr_imputed": ratio[0],
            "rr_imputed_lo": ratio[1],
            "rr_imputed_hi": ratio[2],
            "rr_p_imputed": np.median(rate, axis=0),
            "rr_support": np.where(np.isnan(rate[0]), np.nan, (rate <= alpha).mean(axis=0)),
        }
    )


def _pooled(slope: FloatArray, variance: FloatArray, step_years: float, level: float) -> FloatArray:
    """Return rate ratios per year by Rubin's rules, with their limits."""
    from scipy.stats import t

    pooled = rubins_rules(slope / step_years, variance / step_years**2)
    reach = t.isf((1 - level) / 2, pooled.df) * np.sqrt(pooled.total)
    return np.asarray(np.exp(np.stack((pooled.mean, pooled.mean - reach, pooled.mean + reach))))


def _drawn_reasons(added: pd.DataFrame, known: pd.Series) -> list[str | None]:
    missing = added["rr_imputed"].isna()
    why = "in some drawn table no finite rate ratio: no pooled one"
    return [why if gone else None for gone in missing]


def _join(first: pd.Series, second: list[str | None]) -> list[str | None]:
    """Return both reasons of each row as one."""
    pairs = zip(first, second, strict=True)
    return ["; ".join(w for w in pair if isinstance(w, str)) or None for pair in pairs]
