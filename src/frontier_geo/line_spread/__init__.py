"""Uncertain points spread over a line: how likely each bit of it is the place of each point."""

from frontier_geo.line_spread.spreading import (
    Bins,
    Spread,
    bin_points,
    split_points,
    spread_points,
)

__all__ = ["Bins", "Spread", "bin_points", "split_points", "spread_points"]
