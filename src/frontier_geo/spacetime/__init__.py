"""Do incidents follow one another, do they become more, when did that change, and did they move?"""

from __future__ import annotations

from frontier_geo.spacetime.change_search import ChangePoints, poisson_change_points
from frontier_geo.spacetime.change_tables import change_points, segments_by_change
from frontier_geo.spacetime.displacement import DisplacementDifference, before_after, wdd
from frontier_geo.spacetime.interaction import Knox, knox, knox_test
from frontier_geo.spacetime.repeats import NearRepeat, near_repeat, near_repeat_bands
from frontier_geo.spacetime.seasons import (
    Direction,
    Evenness,
    evenness,
    mean_direction,
    seasonal_split,
)
from frontier_geo.spacetime.trend_tests import (
    MannKendall,
    PoissonTrend,
    SenSlope,
    mann_kendall,
    poisson_trend,
    seasonal_mann_kendall,
    sens_slope,
)
from frontier_geo.spacetime.trends import trend_segments

__all__ = [
    "ChangePoints",
    "Direction",
    "DisplacementDifference",
    "Evenness",
    "Knox",
    "MannKendall",
    "NearRepeat",
    "PoissonTrend",
    "SenSlope",
    "before_after",
    "change_points",
    "evenness",
    "knox",
    "knox_test",
    "mann_kendall",
    "mean_direction",
    "near_repeat",
    "near_repeat_bands",
    "poisson_change_points",
    "poisson_trend",
    "seasonal_mann_kendall",
    "seasonal_split",
    "segments_by_change",
    "sens_slope",
    "trend_segments",
    "wdd",
]
