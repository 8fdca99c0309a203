"""How dense incidents are along the line, without segments: kernels, patterns, covariates."""

from __future__ import annotations

from frontier_geo.density.attraction import line_pattern_test
from frontier_geo.density.bandwidth import (
    BandwidthChoice,
    choose_bandwidth,
    cross_validated_bandwidth,
    diggle_bandwidth,
    silverman_bandwidth,
)
from frontier_geo.density.count_regression import RegressionFit, poisson_regression
from frontier_geo.density.covariates import (
    IntensityModel,
    crossing_distance,
    fit_intensity_model,
)
from frontier_geo.density.curve import line_density
from frontier_geo.density.intensity import IntensityBand, intensity_band, line_intensity
from frontier_geo.density.pattern import (
    PatternEnvelope,
    k_function,
    pair_correlation,
    pattern_envelope,
)
from frontier_geo.density.space_time import space_time_density, space_time_intensity
from frontier_geo.density.two_patterns import RelativeRisk, log_relative_risk, relative_risk

__all__ = [
    "BandwidthChoice",
    "IntensityBand",
    "IntensityModel",
    "PatternEnvelope",
    "RegressionFit",
    "RelativeRisk",
    "choose_bandwidth",
    "cross_validated_bandwidth",
    "crossing_distance",
    "diggle_bandwidth",
    "fit_intensity_model",
    "intensity_band",
    "k_function",
    "line_density",
    "line_intensity",
    "line_pattern_test",
    "log_relative_risk",
    "pair_correlation",
    "pattern_envelope",
    "poisson_regression",
    "relative_risk",
    "silverman_bandwidth",
    "space_time_density",
    "space_time_intensity",
]
