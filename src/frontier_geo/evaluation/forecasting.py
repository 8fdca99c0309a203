"""Forecasting the next count of each segment of a line, from a space-time table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray
from frontier_geo.evaluation.baselines import Method, history_of, predict_counts
from frontier_geo.evaluation.scores import probability_of_any
from frontier_geo.series import series_arrays

__all__ = ["forecast"]


def forecast(
    series: pd.DataFrame,
    *,
    method: str | Method = "mean",
    column: str = "events",
    alpha: float | None = None,
    bandwidth_km: float | None = None,
    half_life_steps: float | None = None,
    uniform_share: float = 0.05,
) -> pd.DataFrame:
    """
    Predict the count of each segment in the step after the last one of a series.

    Parameters
    ----------
    series : DataFrame
        From `segment_series`. All its steps are the past.
    method, alpha, bandwidth_km, half_life_steps
        As for `predict_counts`.
    column : str, default "events"
        The counts to learn from. ``"expected_events"`` also holds those known to a stretch only.
    uniform_share : float, default 0.05
        Which part of each mean is spread evenly over the line, so that nothing is ruled out.

    Returns
    -------
    DataFrame
        One row a segment, from the start of the line on: ``segment_id, from_km, to_km,
        step_start, step_end`` (of the step forecast), ``exposure_km_yr, mean`` (events expected),
        ``size`` (of the negative binomial; infinite: Poisson), ``p_any`` (probability of at least
        one event), ``rank`` (by mean per km, 1 the highest; tied segments share the lowest number),
        ``method, fit``.

    Raises
    ------
    ColumnError, ParameterError
        If the series lacks a column, or an argument makes no sense.

    Notes
    -----
    The next step begins on the day after the last one and is a whole calendar year, quarter or month,
    or as many days as the last one; it is taken to be observed alike.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments
    >>> from frontier_geo.series import segment_series
    >>> provinces = make_segments(by="tj_province")
    >>> years = segment_series(
    ...     locate_events(load_events()), provinces, period=("2015-01-01", "2024-12-31")
    ... )
    >>> next_year = forecast(years, method="mean")
    >>> str(next_year["step_start"].iloc[0].date())
    '2025-01-01'
    """
    counts, exposure, segments, steps = series_arrays(series, column=column)
    start, end = _step_after(steps, series.attrs.get("step"))
    past = history_of(
        counts,
        exposure,
        _next_exposure(exposure, steps, start, end),
        segments["from_km"],
        segments["to_km"],
    )
    settings: dict[str, Any] = {
        "alpha": alpha,
        "bandwidth_km": bandwidth_km,
        "half_life_steps": half_life_steps,
        "uniform_share": uniform_share,
    }
    found = predict_counts(past, method=method, **settings)
    name = method if isinstance(method, str) else getattr(method, "__name__", "own")
    table = segments[["segment_id", "from_km", "to_km"]].reset_index(drop=True)
    table = table.assign(
        step_start=start,
        step_end=end,
        exposure_km_yr=past.next_exposure,
        mean=found.mean,
        size=found.size,
        p_any=probability_of_any(found.mean, found.size),
        rank=_rank(found.mean / (past.to_km - past.from_km)),
        method=name,
        fit=found.fit,
    )
    table.attrs = result_attrs(
        "forecast",
        series,
        parameters={"method": name, "column": column, **settings},
        n_steps=int(counts.shape[1]),
        unit="events in the step",
    )
    return table


def _step_after(steps: pd.DataFrame, step: Any) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and last day of the step after the last."""
    last = steps.iloc[-1]
    start, end = pd.Timestamp(last["step_start"]), pd.Timestamp(last["step_end"])
    after = end + pd.Timedelta(days=1)
    months = {"year": 12, "quarter": 3, "month": 1}.get(str(step))
    if months is not None:
        return after, after + pd.DateOffset(months=months) - pd.Timedelta(days=1)
    return after, after + (end - start)


def _next_exposure(
    exposure: FloatArray, steps: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp
) -> FloatArray:
    """Return the last step's exposure, as many days longer or shorter as the next one is."""
    first, last = steps["step_start"].iloc[-1], steps["step_end"].iloc[-1]
    days = (pd.Timestamp(last) - pd.Timestamp(first)).days + 1
    return exposure[:, -1] * (((end - start).days + 1) / days)


def _rank(density: FloatArray) -> np.ndarray[Any, Any]:
    """Return ranks from the densest, 1; what agrees to 12 decimals shares the lowest number."""
    ranks = pd.Series(np.round(density, 12)).rank(method="min", ascending=False)
    return ranks.astype(int).to_numpy()
