"""
Rolling origin: forecasts from each moment of a series, scored on what came after it.

The scores of single origins are added up, so that the result over all origins, and those without
one of them, come from the same sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray, check_choice
from frontier_geo.errors import ParameterError
from frontier_geo.evaluation.baselines import Method, history_of, predict_counts
from frontier_geo.evaluation.ranking import accuracy_at
from frontier_geo.evaluation.scores import (
    brier_score,
    crps_counts,
    log_score,
    probability_of_any,
)
from frontier_geo.series import series_arrays

__all__ = [
    "MEASURES",
    "Evaluated",
    "Plan",
    "Rolled",
    "difference_of_methods",
    "evaluate_methods",
    "plan_forecasts",
    "roll_forecasts",
    "score_counts",
]

#: What is measured, in the order of the columns.
MEASURES = (
    "pai",
    "pei",
    "rri",
    "brier",
    "log_score",
    "crps",
    "brier_skill",
    "crps_skill",
    "information_gain",
)
INDICES = 3  # the first so many are indices of a share of length, the rest scores
OPTIONS = ("smoothing", "bandwidth_km", "half_life_steps")


@dataclass(frozen=True)
class Plan:
    """
    Which forecasts are made from a series.

    Attributes
    ----------
    counts, past, exposure : ndarray of float, shape (n_segments, n_steps)
        What is forecast, what is learnt from, and km·years.
    segments, steps : DataFrame
        As `series_arrays` returns them.
    origins : range
        How many steps each forecast knows.
    horizon : int
        The step forecast is the horizon-th after those.
    settings : dict
        Of `predict_counts`.
    """

    counts: FloatArray
    past: FloatArray
    exposure: FloatArray
    segments: pd.DataFrame
    steps: pd.DataFrame
    origins: range
    horizon: int
    settings: dict[str, Any]

    def drawn(self, table: FloatArray) -> Plan:
        """Return the same plan for another table of counts, history and outcome alike."""
        return Plan(
            table,
            table,
            self.exposure,
            self.segments,
            self.steps,
            self.origins,
            self.horizon,
            self.settings,
        )


@dataclass(frozen=True)
class Rolled:
    """Forecasts of one method and what happened, shape (n_origins, n_segments); how each was fitted."""

    mean: FloatArray
    size: FloatArray
    observed: FloatArray
    fit: list[str]


@dataclass(frozen=True)
class Evaluated:
    """
    Measures of several methods.

    Attributes
    ----------
    values, errors : ndarray of float, shape (n_methods, n_shares, n_measures)
        In the order of `MEASURES`, and their standard errors.
    captured : ndarray of float, shape (n_methods, n_shares)
        Events on each share of the length.
    events : float
        Events in the steps scored.
    empty_past : int
        Origins that know of no event.
    """

    values: FloatArray
    errors: FloatArray
    captured: FloatArray
    events: float
    empty_past: int


def plan_forecasts(
    series: pd.DataFrame,
    column: str,
    history_column: str | None,
    min_history: int | None,
    horizon: int,
    uniform_share: float,
    options: Mapping[str, Any] | None,
) -> Plan:
    """Return the forecasts to be made from a series; the arguments are those of `evaluate_forecasts`."""
    counts, exposure, segments, steps = series_arrays(series, column=column)
    past = counts if history_column is None else series_arrays(series, column=history_column)[0]
    given = dict(options or {})
    for name in given:
        check_choice(name, OPTIONS, name="Each name in options")
    settings = {"uniform_share": uniform_share, **{name: given.get(name) for name in OPTIONS}}
    origins = _origins(counts.shape[1], min_history, horizon)
    return Plan(counts, past, exposure, segments, steps, origins, int(horizon), settings)


def roll_forecasts(plan: Plan, method: str | Method) -> Rolled:
    """Forecast from each origin; a method is handed nothing but copies of the steps before it."""
    means, sizes, seen, fits = [], [], [], []
    for origin in plan.origins:
        target = origin + plan.horizon - 1
        known = history_of(
            plan.past[:, :origin].copy(),
            plan.exposure[:, :origin].copy(),
            plan.exposure[:, target].copy(),
            plan.segments["from_km"],
            plan.segments["to_km"],
        )
        found = predict_counts(known, method=method, **plan.settings)
        means.append(found.mean)
        sizes.append(found.size)
        seen.append(plan.counts[:, target])
        fits.append(found.fit)
    return Rolled(np.array(means), np.array(sizes), np.array(seen), fits)


def score_counts(seen: FloatArray, mean: FloatArray, size: FloatArray) -> dict[str, FloatArray]:
    """Return the scores of each count."""
    return {
        "brier": brier_score(seen, probability_of_any(mean, size)),
        "log_score": log_score(seen, mean, size),
        "crps": crps_counts(seen, mean, size),
    }


def evaluate_methods(
    plan: Plan, methods: Mapping[str, str | Method], shares: FloatArray, average: str
) -> Evaluated:
    """
    Return the measures of each method at each share of length.

    Parameters
    ----------
    plan : Plan
    methods : mapping from name to method
    shares : ndarray of float
        Shares of length.
    average : {"pooled", "mean"}
        See `evaluate_forecasts`.

    Returns
    -------
    Evaluated
    """
    length = plan.segments["length_km"].to_numpy(dtype=float)
    even = _sums(roll_forecasts(plan, "uniform"), length, shares)
    values, errors, captured = [], [], []
    for method in methods.values():
        sums = _sums(roll_forecasts(plan, method), length, shares)
        value, error = _jackknife(sums, even, shares, length.size, average)
        values.append(value)
        errors.append(error)
        captured.append(sums["captured"].sum(axis=0))
    return Evaluated(
        np.array(values),
        np.array(errors),
        np.array(captured),
        float(even["events"][:, 0].sum()),
        sum(not plan.past[:, :origin].any() for origin in plan.origins),
    )


def difference_of_methods(
    plan: Plan, first: str | Method, second: str | Method, shares: FloatArray, average: str
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the measures of two methods, their difference, and its standard error."""
    length = plan.segments["length_km"].to_numpy(dtype=float)
    even = _sums(roll_forecasts(plan, "uniform"), length, shares)
    both = [
        _left_one_out(
            _sums(roll_forecasts(plan, method), length, shares), even, shares, length.size, average
        )
        for method in (first, second)
    ]
    values = np.array([value for value, _ in both])
    with np.errstate(invalid="ignore"):
        difference, without = (a - b for a, b in zip(*both, strict=True))
    return values, difference, _jackknife_error(difference, without)


def _origins(n_steps: int, min_history: int | None, horizon: int) -> range:
    """Return how many steps each forecast knows."""
    first = max(1, n_steps // 3) if min_history is None else min_history
    for name, value in (("min_history", first), ("horizon", horizon)):
        if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
            raise ParameterError(f"{name} must be a whole number of 1 or more, but is {value!r}.")
    origins = range(int(first), n_steps - int(horizon) + 1)
    if not len(origins):
        raise ParameterError(
            f"A forecast from {first} steps for the {horizon}. step after them needs "
            f"{first + horizon} steps, but the series has {n_steps}. Take shorter steps, a longer "
            "period, or a smaller min_history."
        )
    return origins


def _sums(rolled: Rolled, length: FloatArray, shares: FloatArray) -> dict[str, FloatArray]:
    """Return what each origin adds: arrays of shape (n_origins, n_shares)."""
    accuracy = [
        accuracy_at(seen, mean, length, share=shares)
        for seen, mean in zip(rolled.observed, rolled.mean, strict=True)
    ]
    indices = {
        name: np.array([getattr(each, name) for each in accuracy])
        for name in ("captured", "predicted", "best")
    }
    totals = score_counts(rolled.observed, rolled.mean, rolled.size)
    totals["events"] = rolled.observed
    shape = (len(accuracy), shares.size)
    return indices | {
        name: np.broadcast_to(value.sum(axis=1)[:, None], shape) for name, value in totals.items()
    }


def _measures(
    sums: Mapping[str, FloatArray],
    even: Mapping[str, FloatArray],
    n_cells: float,
    shares: FloatArray,
) -> FloatArray:
    """Return all measures along a last axis, from sums over `n_cells` forecasts of one segment."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values = [
            sums["captured"] / sums["events"] / shares,
            sums["captured"] / sums["best"],
            np.where(sums["events"] > 0, sums["predicted"] / sums["captured"], np.nan),
            sums["brier"] / n_cells,
            sums["log_score"] / n_cells,
            sums["crps"] / n_cells,
            1 - sums["brier"] / even["brier"],
            1 - sums["crps"] / even["crps"],
            (even["log_score"] - sums["log_score"]) / sums["events"],
        ]
    return np.stack(values, axis=-1)


def _jackknife(
    sums: Mapping[str, FloatArray],
    even: Mapping[str, FloatArray],
    shares: FloatArray,
    n_segments: int,
    average: str,
) -> tuple[FloatArray, FloatArray]:
    """Return the measures, and their standard errors by leaving out one origin at a time."""
    value, without = _left_one_out(sums, even, shares, n_segments, average)
    return value, _jackknife_error(value, without)


def _left_one_out(
    sums: Mapping[str, FloatArray],
    even: Mapping[str, FloatArray],
    shares: FloatArray,
    n_segments: int,
    average: str,
) -> tuple[FloatArray, FloatArray]:
    """Return the measures, and those without each origin."""
    n = len(sums["events"])
    value = _measures(_total(sums), _total(even), float(n * n_segments), shares)
    cells = float(max(n - 1, 1) * n_segments)
    without = _measures(_left_out(sums), _left_out(even), cells, shares)
    if average == "mean":
        single = _measures(sums, even, float(n_segments), shares)[..., :INDICES]
        value[..., :INDICES], without[..., :INDICES] = _means(single)
    return value, without


def _jackknife_error(value: FloatArray, without: FloatArray) -> FloatArray:
    """Return standard errors from what the values are without each origin; none from one origin."""
    n = len(without)
    if n == 1:
        return np.full(value.shape, np.nan)
    with np.errstate(invalid="ignore"):
        spread = ((without - without.mean(axis=0)) ** 2).sum(axis=0) * (n - 1) / n
    return np.where(np.isfinite(value), np.sqrt(spread), np.nan)


def _total(part: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    return {name: values.sum(axis=0) for name, values in part.items()}


def _left_out(part: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Return the sums over all origins but one, for each; infinite scores of others stay infinite."""
    sums = {}
    for name, values in part.items():
        finite = np.where(np.isfinite(values), values, 0.0)
        others = np.isinf(values).sum(axis=0) - np.isinf(values)
        sums[name] = np.where(others > 0, np.inf, finite.sum(axis=0) - finite)
    return sums


def _means(single: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mean over the origins that have a number, and the means without each origin."""
    there: NDArray[np.bool_] = np.isfinite(single)
    known = np.where(there, single, 0.0)
    total, n = known.sum(axis=0), there.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return total / n, (total - known) / (n - there)
