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
    from frontier_geo.boundary import Boundary
    from frontier_geo.datasets import (
        data_registry,
        load_areas,
        load_boundary,
        load_events,
        load_frontages,
        load_gazetteer,
        load_referents,
    )
    from frontier_geo.errors import FrontierGeoError
    from frontier_geo.events import check_events
    from frontier_geo.gazetteer import Gazetteer
    from frontier_geo.geocoding import GeocodedText, geocode_events, geocode_text
    from frontier_geo.geocoding_evaluation import evaluate_geocoding
    from frontier_geo.imputation import impute_counts
    from frontier_geo.location_precision import PRECISIONS, LocationUncertainty
    from frontier_geo.locating import locate_events, locate_points
    from frontier_geo.maps import hotspot_map
    from frontier_geo.rates import segment_rates
    from frontier_geo.readers import read_boundary, read_events
    from frontier_geo.segments import make_segments
    from frontier_geo.versions import show_versions
    from frontier_geo.weighting import segment_weights

_HOMES = {
    "PRECISIONS": "location_precision",
    "Boundary": "boundary",
    "FrontierGeoError": "errors",
    "Gazetteer": "gazetteer",
    "GeocodedText": "geocoding",
    "LocationUncertainty": "location_precision",
    "check_events": "events",
    "data_registry": "datasets",
    "evaluate_geocoding": "geocoding_evaluation",
    "geocode_events": "geocoding",
    "geocode_text": "geocoding",
    "hotspot_map": "maps",
    "impute_counts": "imputation",
    "load_areas": "datasets",
    "load_boundary": "datasets",
    "load_events": "datasets",
    "load_frontages": "datasets",
    "load_gazetteer": "datasets",
    "load_referents": "datasets",
    "locate_areas": "areas",
    "locate_events": "locating",
    "locate_points": "locating",
    "make_segments": "segments",
    "read_boundary": "readers",
    "read_events": "readers",
    "segment_rates": "rates",
    "segment_weights": "weighting",
    "show_versions": "versions",
}

__all__ = [
    "PRECISIONS",
    "Boundary",
    "FrontierGeoError",
    "Gazetteer",
    "GeocodedText",
    "LocationUncertainty",
    "__version__",
    "check_events",
    "data_registry",
    "evaluate_geocoding",
    "geocode_events",
    "geocode_text",
    "hotspot_map",
    "impute_counts",
    "load_areas",
    "load_boundary",
    "load_events",
    "load_frontages",
    "load_gazetteer",
    "load_referents",
    "locate_areas",
    "locate_events",
    "locate_points",
    "make_segments",
    "read_boundary",
    "read_events",
    "segment_rates",
    "segment_weights",
    "show_versions",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'frontier_geo' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"frontier_geo.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
