"""Forecasts from the past alone, and how good they were."""

from __future__ import annotations

from frontier_geo.evaluation.comparing import compare_forecasts
from frontier_geo.evaluation.forecasting import forecast
from frontier_geo.evaluation.ranking import Accuracy, accuracy_at, pai, pei, ranked_accuracy, rri
from frontier_geo.evaluation.scores import (
    Reliability,
    brier_score,
    crps_counts,
    crps_ensemble,
    dawid_sebastiani_score,
    log_score,
    pit_histogram,
    probability_of_any,
    reliability,
)
from frontier_geo.evaluation.scoring import calibration_table, evaluate_forecasts, rolling_forecasts

__all__ = [
    "Accuracy",
    "Reliability",
    "accuracy_at",
    "brier_score",
    "calibration_table",
    "compare_forecasts",
    "crps_counts",
    "crps_ensemble",
    "dawid_sebastiani_score",
    "evaluate_forecasts",
    "forecast",
    "log_score",
    "pai",
    "pei",
    "pit_histogram",
    "probability_of_any",
    "ranked_accuracy",
    "reliability",
    "rolling_forecasts",
    "rri",
]
