"""Pictures of results with matplotlib, the extra `plot`."""

from __future__ import annotations

from frontier_geo.plots.drawing import PLOT_KINDS, check_matplotlib, plot, save_plot

__all__ = [
    "PLOT_KINDS",
    "check_matplotlib",
    "plot",
    "save_plot",
]
