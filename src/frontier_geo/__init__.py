"""
frontier_geo: study what happens along a border.

It loads the Tajik-Afghan border and the areas beside it, puts reported incidents on it, measures
how dense they are along it and how sure one can be, and draws maps that open offline.

The public names are imported when first used, so that ``import frontier_geo`` stays fast.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from frontier_geo._version import __version__

if TYPE_CHECKING:
    from frontier_geo.areas import locate_areas
    from frontier_geo.boundary import Boundary, Positions
    from frontier_geo.datasets import (
        data_registry,
        load_areas,
        load_boundary,
        load_events,
        load_frontages,
        load_gazetteer,
        load_official_statistics,
        load_referents,
    )
    from frontier_geo.density import (
        IntensityModel,
        fit_intensity_model,
        line_density,
        line_pattern_test,
        relative_risk,
        space_time_density,
    )
    from frontier_geo.distributed import locate_partitions
    from frontier_geo.dividers import divider_lengths
    from frontier_geo.errors import FrontierGeoError
    from frontier_geo.evaluation import (
        calibration_table,
        compare_forecasts,
        evaluate_forecasts,
        forecast,
        rolling_forecasts,
    )
    from frontier_geo.event_types import EVENT_TYPES, event_type_mapping
    from frontier_geo.events import EVENT_COLUMNS, check_events
    from frontier_geo.gazetteer import Gazetteer
    from frontier_geo.geocoding import GeocodedText, geocode_events, geocode_text
    from frontier_geo.geocoding_evaluation import GeocodingEvaluation, evaluate_geocoding
    from frontier_geo.hotspots import (
        emerging_hotspots,
        find_hotspots,
        impact_levels,
        local_moran,
    )
    from frontier_geo.importing import import_events
    from frontier_geo.imputation import impute_counts
    from frontier_geo.locating import locate_events, locate_points
    from frontier_geo.location_precision import PRECISIONS, LocationUncertainty
    from frontier_geo.maps import (
        HotspotPage,
        hotspot_map,
        hotspot_page,
        plot_frontier,
        save_frontier,
    )
    from frontier_geo.match_rules import MatchRules
    from frontier_geo.matching import MatchResult, match_events
    from frontier_geo.meltt_rules import MelttRules
    from frontier_geo.plots import (
        plot,
        save_plot,
    )
    from frontier_geo.rates import (
        compare_groups,
        compare_periods,
        compare_rates,
        dispersion_test,
        draw_counts,
        segment_rates,
        smooth_rates,
        suppress_small_counts,
    )
    from frontier_geo.read_result import ReadResult
    from frontier_geo.readers import (
        fetch_events,
        load_mapping,
        read_boundary,
        read_events,
        save_mapping,
    )
    from frontier_geo.report import BorderReport, border_report
    from frontier_geo.scale import (
        ScaleSweep,
        sweep_scale,
    )
    from frontier_geo.scan import (
        baseline_of_places,
        scan_events,
        scan_segments,
        scan_space_time,
    )
    from frontier_geo.segments import make_segments
    from frontier_geo.series import (
        draw_series,
        segment_series,
    )
    from frontier_geo.spacetime import (
        before_after,
        change_points,
        knox_test,
        near_repeat,
        seasonal_split,
        segments_by_change,
        trend_segments,
    )
    from frontier_geo.streaming import LocatedFile, locate_file
    from frontier_geo.versions import show_versions
    from frontier_geo.weighting import segment_weights
    from frontier_geo.world import load_borders, load_countries
    from frontier_geo.writers import EventWriter, write_events

_HOMES = {
    "EVENT_COLUMNS": "events",
    "EVENT_TYPES": "event_types",
    "PRECISIONS": "location_precision",
    "BorderReport": "report",
    "Boundary": "boundary",
    "EventWriter": "writers",
    "FrontierGeoError": "errors",
    "Gazetteer": "gazetteer",
    "GeocodedText": "geocoding",
    "GeocodingEvaluation": "geocoding_evaluation",
    "HotspotPage": "maps",
    "IntensityModel": "density",
    "LocatedFile": "streaming",
    "LocationUncertainty": "location_precision",
    "MatchResult": "matching",
    "MatchRules": "match_rules",
    "MelttRules": "meltt_rules",
    "Positions": "boundary",
    "ReadResult": "read_result",
    "ScaleSweep": "scale",
    "baseline_of_places": "scan",
    "before_after": "spacetime",
    "border_report": "report",
    "calibration_table": "evaluation",
    "change_points": "spacetime",
    "check_events": "events",
    "compare_forecasts": "evaluation",
    "compare_groups": "rates",
    "compare_periods": "rates",
    "compare_rates": "rates",
    "data_registry": "datasets",
    "dispersion_test": "rates",
    "divider_lengths": "dividers",
    "draw_counts": "rates",
    "draw_series": "series",
    "emerging_hotspots": "hotspots",
    "evaluate_forecasts": "evaluation",
    "evaluate_geocoding": "geocoding_evaluation",
    "event_type_mapping": "event_types",
    "fetch_events": "readers",
    "find_hotspots": "hotspots",
    "fit_intensity_model": "density",
    "forecast": "evaluation",
    "geocode_events": "geocoding",
    "geocode_text": "geocoding",
    "hotspot_map": "maps",
    "hotspot_page": "maps",
    "impact_levels": "hotspots",
    "import_events": "importing",
    "impute_counts": "imputation",
    "knox_test": "spacetime",
    "line_density": "density",
    "line_pattern_test": "density",
    "load_areas": "datasets",
    "load_borders": "world",
    "load_boundary": "datasets",
    "load_countries": "world",
    "load_events": "datasets",
    "load_frontages": "datasets",
    "load_gazetteer": "datasets",
    "load_mapping": "readers",
    "load_official_statistics": "datasets",
    "load_referents": "datasets",
    "local_moran": "hotspots",
    "locate_areas": "areas",
    "locate_events": "locating",
    "locate_file": "streaming",
    "locate_partitions": "distributed",
    "locate_points": "locating",
    "make_segments": "segments",
    "match_events": "matching",
    "near_repeat": "spacetime",
    "plot": "plots",
    "plot_frontier": "maps",
    "read_boundary": "readers",
    "read_events": "readers",
    "relative_risk": "density",
    "rolling_forecasts": "evaluation",
    "save_frontier": "maps",
    "save_mapping": "readers",
    "save_plot": "plots",
    "scan_events": "scan",
    "scan_segments": "scan",
    "scan_space_time": "scan",
    "seasonal_split": "spacetime",
    "segment_rates": "rates",
    "segment_series": "series",
    "segment_weights": "weighting",
    "segments_by_change": "spacetime",
    "show_versions": "versions",
    "smooth_rates": "rates",
    "space_time_density": "density",
    "suppress_small_counts": "rates",
    "sweep_scale": "scale",
    "trend_segments": "spacetime",
    "write_events": "writers",
}

__all__ = [
    "EVENT_COLUMNS",
    "EVENT_TYPES",
    "PRECISIONS",
    "BorderReport",
    "Boundary",
    "EventWriter",
    "FrontierGeoError",
    "Gazetteer",
    "GeocodedText",
    "GeocodingEvaluation",
    "HotspotPage",
    "IntensityModel",
    "LocatedFile",
    "LocationUncertainty",
    "MatchResult",
    "MatchRules",
    "MelttRules",
    "Positions",
    "ReadResult",
    "ScaleSweep",
    "__version__",
    "baseline_of_places",
    "before_after",
    "border_report",
    "calibration_table",
    "change_points",
    "check_events",
    "compare_forecasts",
    "compare_groups",
    "compare_periods",
    "compare_rates",
    "data_registry",
    "dispersion_test",
    "divider_lengths",
    "draw_counts",
    "draw_series",
    "emerging_hotspots",
    "evaluate_forecasts",
    "evaluate_geocoding",
    "event_type_mapping",
    "fetch_events",
    "find_hotspots",
    "fit_intensity_model",
    "forecast",
    "geocode_events",
    "geocode_text",
    "hotspot_map",
    "hotspot_page",
    "impact_levels",
    "import_events",
    "impute_counts",
    "knox_test",
    "line_density",
    "line_pattern_test",
    "load_areas",
    "load_borders",
    "load_boundary",
    "load_countries",
    "load_events",
    "load_frontages",
    "load_gazetteer",
    "load_mapping",
    "load_official_statistics",
    "load_referents",
    "local_moran",
    "locate_areas",
    "locate_events",
    "locate_file",
    "locate_partitions",
    "locate_points",
    "make_segments",
    "match_events",
    "near_repeat",
    "plot",
    "plot_frontier",
    "read_boundary",
    "read_events",
    "relative_risk",
    "rolling_forecasts",
    "save_frontier",
    "save_mapping",
    "save_plot",
    "scan_events",
    "scan_segments",
    "scan_space_time",
    "seasonal_split",
    "segment_rates",
    "segment_series",
    "segment_weights",
    "segments_by_change",
    "show_versions",
    "smooth_rates",
    "space_time_density",
    "suppress_small_counts",
    "sweep_scale",
    "trend_segments",
    "write_events",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'frontier_geo' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"frontier_geo.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
