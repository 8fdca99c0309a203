"""Scan statistics: the stretch that holds more than chance gives, over every stretch there is."""

from __future__ import annotations

from frontier_geo.scan.continuous import (
    IntervalScan,
    baseline_of_places,
    interval_scan,
    scan_events,
)
from frontier_geo.scan.engine import PathScan, path_scan, zone_scan
from frontier_geo.scan.naus import naus_fixed, naus_poisson
from frontier_geo.scan.ratio import bernoulli_llr, poisson_llr
from frontier_geo.scan.runs import scan_segments
from frontier_geo.scan.space_time import CylinderScan, cylinder_scan, scan_space_time

__all__ = [
    "CylinderScan",
    "IntervalScan",
    "PathScan",
    "baseline_of_places",
    "bernoulli_llr",
    "cylinder_scan",
    "interval_scan",
    "naus_fixed",
    "naus_poisson",
    "path_scan",
    "poisson_llr",
    "scan_events",
    "scan_segments",
    "scan_space_time",
    "zone_scan",
]
