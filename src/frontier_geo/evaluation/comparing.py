"""Whether one way of forecasting was better than another, on the same steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from frontier_geo._results import result_attrs
from frontier_geo._validation import check_choice
from frontier_geo.evaluation.baselines import Method, check_methods
from frontier_geo.evaluation.ranking import check_shares
from frontier_geo.evaluation.rolling import (
    INDICES,
    MEASURES,
    difference_of_methods,
    plan_forecasts,
)
from frontier_geo.significance import check_level

__all__ = ["compare_forecasts"]


def compare_forecasts(
    series: pd.DataFrame,
    *,
    first: str | Method,
    second: str | Method = "uniform",
    share_of_length: ArrayLike = (0.05, 0.1, 0.2),
    column: str = "events",
    history_column: str | None = None,
    min_history: int | None = None,
    horizon: int = 1,
    average: str = "pooled",
    uniform_share: float = 0.05,
    options: Mapping[str, Any] | None = None,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """
    Compare two methods on the same origins, step by step.

    Parameters
    ----------
    series : DataFrame
        From `segment_series`.
    first, second : str or callable
        See `predict_counts`.
    share_of_length, column, history_column, min_history, horizon, average, uniform_share, options
        As for `evaluate_forecasts`.
    confidence_level : float, default 0.95
        Of the intervals.

    Returns
    -------
    DataFrame
        One row a measure of `evaluate_forecasts`, and for PAI, PEI and RRI one for each share of
        length (``share_of_length`` is missing for the rest): ``measure, share_of_length, first,
        second, difference`` (first - second), ``se`` (jackknife over the origins, both methods
        without the same one), ``lo, hi`` (Student's t), ``n_origins, reason``. Less is better for
        Brier, log score and CRPS, more for the skills, the gain, PAI and PEI.

    Raises
    ------
    ColumnError, ParameterError
        As `evaluate_forecasts`.

    Notes
    -----
    Both methods meet the same hard and easy steps. The difference is therefore surer than the errors
    of the two by themselves say.

    References
    ----------
    Tashman (2000), International Journal of Forecasting 16, 437-450 (rolling origin).
    Efron & Tibshirani (1993), An Introduction to the Bootstrap, Chapman & Hall, chapter 11
    (jackknife).

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments
    >>> from frontier_geo.series import segment_series
    >>> provinces = make_segments(by="tj_province")
    >>> years = segment_series(locate_events(load_events()), provinces)
    >>> table = compare_forecasts(years, first="mean", second="last", share_of_length=0.5)
    >>> table["measure"].tolist()[:4]
    ['pai', 'pei', 'rri', 'brier']
    """
    names, methods = [], []
    for method in (first, second):
        ((name, checked),) = check_methods(method).items()
        names.append(name)
        methods.append(checked)
    shares = check_shares(share_of_length)
    check_choice(average, ("pooled", "mean"), name="average")
    level = check_level(confidence_level)
    plan = plan_forecasts(
        series, column, history_column, min_history, horizon, uniform_share, options
    )
    found = difference_of_methods(plan, methods[0], methods[1], shares, average)
    table = _rows(*found, shares, len(plan.origins), level)
    table.attrs = result_attrs(
        "forecast_comparison",
        series,
        parameters={
            "first": names[0],
            "second": names[1],
            "column": column,
            "history_column": history_column or column,
            "horizon": plan.horizon,
            "min_history": plan.origins[0],
            "average": average,
            "confidence_level": level,
            **plan.settings,
        },
        n_origins=len(plan.origins),
        notes=["no simulation: standard errors by leaving out one origin at a time (jackknife)"],
    )
    return table


def _rows(
    values: Any, difference: Any, error: Any, shares: Any, n_origins: int, level: float
) -> pd.DataFrame:
    """Return one row a measure, and a share of length where it has one."""
    from scipy.stats import t

    at = [(k, s) for k in range(len(MEASURES)) for s in range(len(shares) if k < INDICES else 1)]
    measure, share = (np.array(each) for each in zip(*at, strict=True))
    one, two = values[:, share, measure]
    gap, se = difference[share, measure], error[share, measure]
    half = t.ppf((1 + level) / 2, max(n_origins - 1, 1)) * se
    reason = [
        None if np.isfinite(width) else _reason(g, n_origins)
        for g, width in zip(gap, half, strict=True)
    ]
    return pd.DataFrame(
        {
            "measure": [MEASURES[k] for k in measure],
            "share_of_length": np.where(measure < INDICES, shares[share], np.nan),
            "first": one,
            "second": two,
            "difference": np.where(np.isfinite(gap), gap, np.nan),
            "se": se,
            "lo": gap - half,
            "hi": gap + half,
            "n_origins": n_origins,
            "reason": pd.Series(reason, dtype=object),
        }
    )


def _reason(difference: float, n_origins: int) -> str:
    """Say why a difference or its error is missing."""
    if not np.isfinite(difference):
        return "one of the two is missing or infinite: see evaluate_forecasts"
    if n_origins == 1:
        return "one origin: no standard error"
    return "a number hangs on one origin: no standard error of the difference"
