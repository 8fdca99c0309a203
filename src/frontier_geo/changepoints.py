"""
When, and where along the line, does the rate of incidents change? All of it under one name.

The search for the best cuts of a series is in `change_search`, the tables made with it are in
`change_tables`.
"""

from __future__ import annotations

from frontier_geo.change_search import ChangePoints, poisson_change_points
from frontier_geo.change_tables import change_points, segments_by_change

__all__ = ["ChangePoints", "change_points", "poisson_change_points", "segments_by_change"]
