"""Counts and rates of incidents per segment: intervals, smoothing, comparison, and what to withhold."""

from __future__ import annotations

from frontier_geo.rates.comparison import compare_groups, compare_periods, compare_rates
from frontier_geo.rates.dispersion import DispersionTest, dispersion_test
from frontier_geo.rates.intervals import Interval, poisson_interval, weighted_interval
from frontier_geo.rates.per_segment import draw_counts, segment_rates
from frontier_geo.rates.ratio_test import RateRatio, rate_ratio_test
from frontier_geo.rates.smoothing import (
    EmpiricalBayes,
    empirical_bayes,
    smooth_rates,
    spatial_empirical_bayes,
)
from frontier_geo.rates.suppression import suppress_small_counts

__all__ = [
    "DispersionTest",
    "EmpiricalBayes",
    "Interval",
    "RateRatio",
    "compare_groups",
    "compare_periods",
    "compare_rates",
    "dispersion_test",
    "draw_counts",
    "empirical_bayes",
    "poisson_interval",
    "rate_ratio_test",
    "segment_rates",
    "smooth_rates",
    "spatial_empirical_bayes",
    "suppress_small_counts",
    "weighted_interval",
]
