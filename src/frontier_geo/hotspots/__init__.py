"""Hot and cold segments: Gi*, local Moran, how they emerge over time, and levels of impact."""

from __future__ import annotations

from frontier_geo.hotspots.emerging import emerging_bins, emerging_hotspots
from frontier_geo.hotspots.getis_ord import LocalG, count_g, local_g, local_g_test
from frontier_geo.hotspots.gi_star import find_hotspots
from frontier_geo.hotspots.impact import LEVELS, impact_levels
from frontier_geo.hotspots.moran_i import LocalMoran, Moran, local_moran, local_moran_i, moran
from frontier_geo.hotspots.neighbours import (
    Neighbours,
    chain_neighbours,
    segment_neighbours,
)
from frontier_geo.hotspots.patterns import PATTERNS, TRUTH_TABLE, Pattern, classify_pattern

__all__ = [
    "LEVELS",
    "PATTERNS",
    "TRUTH_TABLE",
    "LocalG",
    "LocalMoran",
    "Moran",
    "Neighbours",
    "Pattern",
    "chain_neighbours",
    "classify_pattern",
    "count_g",
    "emerging_bins",
    "emerging_hotspots",
    "find_hotspots",
    "impact_levels",
    "local_g",
    "local_g_test",
    "local_moran",
    "local_moran_i",
    "moran",
    "segment_neighbours",
]
