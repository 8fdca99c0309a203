"""Forecasting the next count of each segment of a line, from a space-time table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray
from frontier_geo.errors import ParameterError
from frontier_geo.evaluation.baselines import Method, history_of, predict_counts
from frontier_geo.evaluation.scores import probability_of_any
from frontier_geo.series import series_arrays

__all__ = ["forecast"]

MONTHS = {"year": 12, "quarter": 3, "month": 1}


def forecast(
    series: pd.DataFrame,
    *,
    method: str | Method = "mean",
    smoothing: float | None = None,
    bandwidth_km: float | None = None,
    half_life_steps: float | None = None,
    column: str = "events",
    uniform_share: float = 0.05,
) -> pd.DataFrame:
    """
    Predict the count of each segment in the step after the last one of a series.

    Parameters
    ----------
    series : DataFrame
        From `segment_series`. All its steps are the past.
    method, smoothing, bandwidth_km, half_life_steps
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
        If the series lacks a column, an argument makes no sense, or the length of a step cannot be
        told.

    Notes
    -----
    The next step begins on the day after the last one and is as long as a whole step, even where the
    period cut the last one: 12, 3 or 1 months, 7 days, or the days of a step. So a series of years that
    ends on 17 April is followed by the twelve months from 18 April, not by a calendar year. It is
    taken to be observed as the last one was, day for day.

    How long a whole step is stands in ``.attrs["step"]``, which a file loses. Then the steps between
    the first and the last tell it, which no period cuts; where they do not, the series is refused.

    References
    ----------
    Mohler et al. (2011), J. Am. Stat. Assoc. 106, 100-108. Hyndman & Athanasopoulos (2021), Forecasting:
    Principles and Practice, 3rd ed., chapter 5: the simple methods others are held against.

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
        "smoothing": smoothing,
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
        notes=["no simulation: the predicted distributions are exact, given their parameters"],
    )
    return table


def _step_after(steps: pd.DataFrame, step: Any) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and last day of the step after the last."""
    first, last = (pd.to_datetime(steps[name]) for name in ("step_start", "step_end"))
    if first.isna().any() or last.isna().any():
        raise ParameterError(
            "Each step needs its first and last day, but step_start or step_end of the series is "
            "missing in some rows."
        )
    if isinstance(step, bool) or step is None:
        step = _usual_step(first, last)
    after = last.iloc[-1] + pd.Timedelta(days=1)
    if step in MONTHS:
        end = after + pd.DateOffset(months=MONTHS[step])
    elif step == "week" or (isinstance(step, int | np.integer) and step >= 1):
        end = after + pd.Timedelta(days=7 if step == "week" else int(step))
    else:
        raise ParameterError(
            f'.attrs["step"] must be {", ".join(MONTHS)}, week or a number of days, but is {step!r}.'
        )
    return after, end - pd.Timedelta(days=1)


def _usual_step(first: pd.Series, last: pd.Series) -> str | int:
    """Return how long steps are, from those that no period cuts."""
    after = last + pd.Timedelta(days=1)
    for word, months in MONTHS.items():
        begins, ends = (
            (day.dt.day == 1) & ((day.dt.month - 1) % months == 0) for day in (first, after)
        )
        whole = begins & (first + pd.DateOffset(months=months) == after)
        if (
            whole.any()
            and whole.iloc[1:-1].all()
            and begins.iloc[1:].all()
            and ends.iloc[:-1].all()
        ):
            return word
    days = (after - first).dt.days.to_numpy()
    inner = np.unique(days[1:-1])
    if inner.size and days.max() == inner[0]:  # inner is sorted: all are equal
        return int(inner[0])
    raise ParameterError(
        'How long a step is stands in .attrs["step"], which this series lost, and its '
        f"{len(first)} steps do not tell it: none between the first and the last, or unequal ones. Set "
        'series.attrs["step"] to year, quarter, month, week or a number of days.'
    )


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
