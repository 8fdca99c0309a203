"""
How good forecasts along a line were, judged only on what came after them.

Every forecast is made at an origin from the steps before it and scored on a step after it; then the
origin moves on by one step (rolling origin). A forecast never sees what it is scored on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_choice, check_tables
from frontier_geo.errors import ParameterError
from frontier_geo.evaluation.baselines import BASELINES, check_methods
from frontier_geo.evaluation.ranking import check_shares
from frontier_geo.evaluation.rolling import (
    MEASURES,
    Evaluated,
    Plan,
    evaluate_methods,
    plan_forecasts,
    roll_forecasts,
    score_counts,
)
from frontier_geo.evaluation.scores import pit_histogram, probability_of_any, reliability
from frontier_geo.imputation import rubins_rules
from frontier_geo.significance import check_level

__all__ = ["calibration_table", "evaluate_forecasts", "rolling_forecasts"]

RARE = (0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)  # bins of probability where events are rare


def evaluate_forecasts(
    series: pd.DataFrame,
    *,
    methods: Any = BASELINES,
    share_of_length: ArrayLike = (0.05, 0.1, 0.2),
    column: str = "events",
    history_column: str | None = None,
    min_history: int | None = None,
    horizon: int = 1,
    average: str = "pooled",
    uniform_share: float = 0.05,
    imputed: ArrayLike | None = None,
    confidence_level: float = 0.95,
    options: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """
    Score forecasts of each segment's counts with a rolling origin.

    Parameters
    ----------
    series : DataFrame
        From `segment_series`.
    methods : str, callable, iterable or mapping of those, default all baselines
        See `predict_counts`; a mapping names functions of one's own.
    share_of_length : array_like of float, shape (k,), default (0.05, 0.1, 0.2)
        How much of the line a forecast may name.
    column : str, default "events"
        The counts that are forecast; whole numbers.
    history_column : str, optional
        The counts that forecasts learn from. Default: `column`.
    min_history : int, optional
        Steps before the first origin. Default: a third of them, at least 1.
    horizon : int, default 1
        The step scored is the horizon-th after the origin.
    average : {"pooled", "mean"}, default "pooled"
        How PAI, PEI and RRI of several origins become one. ``pooled``: events are added up over the
        origins first, so that a step with many events counts more and one with none adds nothing.
        ``mean``: of the indices of the origins that have one. Scores are always means.
    uniform_share : float, default 0.05
        See `predict_counts`: keeps the log score finite and leaves the ranking as it is.
    imputed : array_like of int, shape (m, n_segments, n_steps), optional
        From `draw_series`: tables with place and day drawn. Each is evaluated by itself, history and
        outcome alike, and the results are combined by Rubin's rules.
    confidence_level : float, default 0.95
        Of the intervals of what is combined.
    options : mapping, optional
        `smoothing`, `bandwidth_km`, `half_life_steps` of `predict_counts`.

    Returns
    -------
    DataFrame
        One row a method and share of length:

        - ``method, share_of_length, n_origins, events`` (scored), ``captured`` (of them on the
          share);
        - ``pai, pei, rri`` by length (see `ranked_accuracy`);
        - ``brier`` of "at least one event", ``log_score`` (nats), ``crps`` (events): means over
          segments and origins, smaller is better, the same for every share;
        - ``brier_skill, crps_skill``: 1 - score / score of ``uniform``; ``information_gain``: nats
          an event over ``uniform``;
        - each with ``_se``, its standard error by leaving out one origin at a time;
        - with `imputed`: ``<measure>_imputed, _imputed_lo, _imputed_hi``;
        - ``reason``: why a number is missing.

        ``.attrs["calibration"]`` says how to get the calibration table.

    Raises
    ------
    ColumnError, ParameterError
        If the series lacks a column, is too short for one forecast, or counts are not whole.

    Notes
    -----
    Origins share most of their history, so the standard errors say how far the result hangs on
    single steps, not how another border would fare. With few events they are large; see `events`.

    References
    ----------
    Tashman (2000), International Journal of Forecasting 16, 437-450 (rolling origin).
    Chainey, Tompson & Uhlig (2008), Security Journal 21, 4-28 (PAI).
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, Chapman & Hall, chapter 11
    (jackknife).

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments
    >>> from frontier_geo.series import segment_series
    >>> provinces = make_segments(by="tj_province")
    >>> years = segment_series(locate_events(load_events()), provinces)
    >>> table = evaluate_forecasts(years, methods=["uniform", "mean"], share_of_length=0.5)
    >>> table["method"].tolist()
    ['uniform', 'mean']
    """
    chosen = check_methods(methods)
    shares = check_shares(share_of_length)
    check_choice(average, ("pooled", "mean"), name="average")
    level = check_level(confidence_level)
    plan = plan_forecasts(
        series, column, history_column, min_history, horizon, uniform_share, options
    )
    found = evaluate_methods(plan, chosen, shares, average)
    table = _table(list(chosen), shares, found, len(plan.origins))
    more: dict[str, Any] = {}
    if imputed is not None:
        tables = check_tables(imputed, plan.counts.shape)
        each = [evaluate_methods(plan.drawn(drawn), chosen, shares, average) for drawn in tables]
        table = _pooled(table, each, level)
        more["n_imputations"] = len(tables)
    parameters = {
        **_parameters(plan, list(chosen), column, history_column),
        "average": average,
        "share_of_length": shares,
        "confidence_level": level,
        **more,
    }
    table.attrs = result_attrs(
        "forecast_evaluation",
        series,
        parameters=parameters,
        n_origins=len(plan.origins),
        n_steps=int(plan.counts.shape[1]),
        calibration="calibration_table(series, ...) with the same arguments",
        notes=[
            "no simulation: scores are exact, standard errors by leaving out one origin at a time "
            "(jackknife)"
        ],
    )
    return table


def rolling_forecasts(
    series: pd.DataFrame,
    *,
    methods: Any = BASELINES,
    column: str = "events",
    history_column: str | None = None,
    min_history: int | None = None,
    horizon: int = 1,
    uniform_share: float = 0.05,
    options: Mapping[str, Any] | None = None,
) -> pd.DataFrame:
    """
    Return every forecast that `evaluate_forecasts` scores, beside what happened.

    Parameters
    ----------
    series, methods, column, history_column, min_history, horizon, uniform_share, options
        As for `evaluate_forecasts`.

    Returns
    -------
    DataFrame
        One row a method, origin and segment: ``method, origin`` (first day not known to the
        forecast), ``n_history`` (steps before it), ``step_start, step_end`` (of the step forecast),
        ``segment_id, from_km, to_km, exposure_km_yr, mean, size, p_any, observed, brier, log_score,
        crps, fit``.

    Raises
    ------
    ColumnError, ParameterError
        As `evaluate_forecasts`.

    References
    ----------
    Tashman (2000), International Journal of Forecasting 16, 437-450 (rolling origin).

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments
    >>> from frontier_geo.series import segment_series
    >>> provinces = make_segments(by="tj_province")
    >>> years = segment_series(locate_events(load_events()), provinces)
    >>> made = rolling_forecasts(years, methods="last", min_history=10)
    >>> bool((made["step_start"] >= made["origin"]).all())
    True
    """
    chosen = check_methods(methods)
    plan = plan_forecasts(
        series, column, history_column, min_history, horizon, uniform_share, options
    )
    parts = [part for name, method in chosen.items() for part in _forecast_rows(plan, name, method)]
    table = pd.concat(parts, ignore_index=True)
    table.attrs = result_attrs(
        "forecasts",
        series,
        parameters=_parameters(plan, list(chosen), column, history_column),
        n_origins=len(plan.origins),
        unit="events in the step",
        notes=["no simulation: the predicted distributions are exact, given their parameters"],
    )
    return table


def calibration_table(
    series: pd.DataFrame,
    *,
    methods: Any = BASELINES,
    column: str = "events",
    history_column: str | None = None,
    min_history: int | None = None,
    horizon: int = 1,
    uniform_share: float = 0.05,
    options: Mapping[str, Any] | None = None,
    kind: str = "reliability",
    edges: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """
    Hold predicted probabilities against what happened, over all origins and segments.

    Parameters
    ----------
    series, methods, column, history_column, min_history, horizon, uniform_share, options
        As for `evaluate_forecasts`.
    kind : {"reliability", "pit"}, default "reliability"
        ``reliability``: of "at least one event". ``pit``: where the counts fell in their predicted
        distributions (see `pit_histogram`).
    edges : array_like of float, shape (k,), optional
        Edges of the bins, from 0 to 1. Default for ``reliability``: at 0, 1, 2, 5, 10, 20, 50 and
        100 %, for rare events; for ``pit``: every tenth, always.
    confidence_level : float, default 0.95
        Of the exact intervals.

    Returns
    -------
    DataFrame
        For ``reliability`` one row a method and bin: ``method, from_p, to_p, forecasts, happened,
        predicted, observed, lo, hi`` and ``reason`` (of an empty bin). For ``pit``: ``method,
        from_p, to_p, height`` (1 where calibrated).

    Raises
    ------
    ColumnError, ParameterError
        As `evaluate_forecasts`, or if edges are given for ``pit``.

    Notes
    -----
    The intervals take forecasts as independent. Segments of one step are not quite, so they are
    rather too narrow.

    References
    ----------
    Murphy & Winkler (1977), J. R. Statist. Soc. C 26, 41-47 (the reliability diagram).
    Clopper & Pearson (1934), Biometrika 26, 404-413. https://doi.org/10.1093/biomet/26.4.404

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments
    >>> from frontier_geo.series import segment_series
    >>> provinces = make_segments(by="tj_province")
    >>> years = segment_series(locate_events(load_events()), provinces)
    >>> table = calibration_table(years, methods="mean", min_history=10)
    >>> int(table["forecasts"].sum()) == 2 * table.attrs["n_origins"]
    True
    """
    check_choice(kind, ("reliability", "pit"), name="kind")
    if kind == "pit" and edges is not None:
        raise ParameterError('The bins of kind="pit" are tenths: leave out edges.')
    made = rolling_forecasts(
        series,
        methods=methods,
        column=column,
        history_column=history_column,
        min_history=min_history,
        horizon=horizon,
        uniform_share=uniform_share,
        options=options,
    )
    cut = RARE if edges is None else edges
    parts = []
    for name, rows in made.groupby("method", sort=False):
        if kind == "pit":
            part = _pit_rows(rows)
        else:
            part = _reliability_rows(rows, cut, check_level(confidence_level))
        part.insert(0, "method", name)
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    table.attrs = result_attrs(
        "calibration",
        made,
        parameters={"kind": kind, "confidence_level": confidence_level},
        n_origins=made.attrs["n_origins"],
        unit="probability of at least one event" if kind == "reliability" else "relative height",
        notes=["no simulation: intervals are exact (Clopper-Pearson)"],
    )
    return table


def _parameters(
    plan: Plan, names: list[str], column: str, history_column: str | None
) -> dict[str, Any]:
    return {
        "methods": names,
        "column": column,
        "history_column": history_column or column,
        "horizon": plan.horizon,
        "min_history": plan.origins[0],
        **plan.settings,
    }


def _forecast_rows(plan: Plan, name: str, method: Any) -> list[pd.DataFrame]:
    """Return the forecasts of one method, one table an origin."""
    rolled, parts = roll_forecasts(plan, method), []
    for k, origin in enumerate(plan.origins):
        target = origin + plan.horizon - 1
        seen, mean, size = rolled.observed[k], rolled.mean[k], rolled.size[k]
        columns: dict[str, Any] = {
            "method": name,
            "origin": plan.steps["step_start"].iloc[origin],
            "n_history": origin,
            "step_start": plan.steps["step_start"].iloc[target],
            "step_end": plan.steps["step_end"].iloc[target],
            **plan.segments[["segment_id", "from_km", "to_km"]],
            "exposure_km_yr": plan.exposure[:, target],
            "mean": mean,
            "size": size,
            "p_any": probability_of_any(mean, size),
            "observed": seen,
            **score_counts(seen, mean, size),
            "fit": rolled.fit[k],
        }
        parts.append(pd.DataFrame(columns))
    return parts


def _table(names: list[str], shares: FloatArray, found: Evaluated, n_origins: int) -> pd.DataFrame:
    """Return the measures as a table with a reason for each number that is missing."""
    rows = len(names) * shares.size
    values, errors = found.values.reshape(rows, -1), found.errors.reshape(rows, -1)
    table = pd.DataFrame(
        {
            "method": np.repeat(np.array(names, dtype=object), shares.size),
            "share_of_length": np.tile(shares, len(names)),
            "n_origins": n_origins,
            "events": found.events,
            "captured": found.captured.ravel(),
        }
    )
    for k, name in enumerate(MEASURES):
        table[name], table[f"{name}_se"] = values[:, k], errors[:, k]
    why = [_reason(*pair, found, n_origins) for pair in zip(values, errors, strict=True)]
    table["reason"] = pd.Series(why, dtype=object)
    return table


def _reason(value: FloatArray, error: FloatArray, found: Evaluated, n_origins: int) -> str | None:
    """Say in words why numbers of a row are missing or infinite; None where none is."""
    got = dict(zip(MEASURES, value, strict=True))
    why = []
    if found.events == 0:
        why.append("no events in the steps scored: no PAI, PEI, RRI and no gain an event")
    elif not np.isfinite(got["rri"]):
        why.append("no events on this share of the length: no RRI")
    if np.isinf(got["log_score"]):
        why.append("the forecast ruled out what happened: log score infinite")
    if found.events > 0 and not np.isfinite(got["information_gain"]):
        why.append("an infinite log score gives no finite gain")
    if found.empty_past:
        why.append(f"no events in the past of {found.empty_past} of {n_origins} origins")
    if not (np.isfinite(got["brier_skill"]) and np.isfinite(got["crps_skill"])):
        why.append("the uniform forecast made no error: no skill over it")
    if n_origins == 1:
        why.append("one origin: no standard error")
    elif not np.isfinite(error[np.isfinite(value)]).all():
        why.append("a number hangs on one origin: no standard error of it")
    return "; ".join(why) or None


def _pooled(table: pd.DataFrame, each: list[Evaluated], level: float) -> pd.DataFrame:
    """Return the table with what the imputed tables say, combined by Rubin's rules."""
    from scipy.stats import t

    estimate = np.array([one.values for one in each]).reshape(len(each), len(table), -1)
    variance = np.array([one.errors for one in each]).reshape(estimate.shape) ** 2
    estimate = np.where(np.isfinite(estimate), estimate, np.nan)
    with np.errstate(invalid="ignore"):
        pooled = rubins_rules(estimate, variance)
        half = t.ppf((1 + level) / 2, pooled.df) * np.sqrt(pooled.total)
    columns: dict[str, Any] = {}
    for k, name in enumerate(MEASURES):
        columns[f"{name}_imputed"] = pooled.mean[:, k]
        columns[f"{name}_imputed_lo"] = (pooled.mean - half)[:, k]
        columns[f"{name}_imputed_hi"] = (pooled.mean + half)[:, k]
    lost = ~(np.isfinite(pooled.mean) & np.isfinite(half)).all(axis=1)
    also = np.where(lost, "a drawn table lacks a number or its error: nothing to combine", "")
    both = zip(table["reason"], also, strict=True)
    reason = pd.Series(["; ".join(filter(None, why)) or None for why in both], dtype=object)
    return table.drop(columns="reason").assign(**columns, reason=reason)


def _reliability_rows(rows: pd.DataFrame, cut: ArrayLike, level: float) -> pd.DataFrame:
    found = reliability(rows["observed"], rows["p_any"], edges=cut, confidence_level=level)
    return pd.DataFrame(
        {
            "from_p": found.from_p,
            "to_p": found.to_p,
            "forecasts": found.n,
            "happened": found.happened,
            "predicted": found.predicted,
            "observed": found.observed,
            "lo": found.lo,
            "hi": found.hi,
            "reason": pd.Series(
                [None if n else "no forecast in this bin" for n in found.n], dtype=object
            ),
        }
    )


def _pit_rows(rows: pd.DataFrame) -> pd.DataFrame:
    height = pit_histogram(rows["observed"], rows["mean"], rows["size"])
    edges = np.linspace(0, 1, height.size + 1)
    return pd.DataFrame({"from_p": edges[:-1], "to_p": edges[1:], "height": height})
