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
    from frontier_geo.event_types import EVENT_TYPES, event_type_mapping
    from frontier_geo.events import EVENT_COLUMNS, check_events
    from frontier_geo.gazetteer import Gazetteer
    from frontier_geo.geocoding import GeocodedText, geocode_events, geocode_text
    from frontier_geo.geocoding_evaluation import evaluate_geocoding
    from frontier_geo.importing import import_events
    from frontier_geo.imputation import impute_counts
    from frontier_geo.locating import locate_events, locate_points
    from frontier_geo.location_precision import PRECISIONS, LocationUncertainty
    from frontier_geo.maps import hotspot_map
    from frontier_geo.match_rules import MatchRules
    from frontier_geo.matching import match_events
    from frontier_geo.meltt_rules import MelttRules
    from frontier_geo.rates import segment_rates
    from frontier_geo.read_result import ReadResult
    from frontier_geo.readers import (
        fetch_events,
        load_mapping,
        read_boundary,
        read_events,
        save_mapping,
    )
    from frontier_geo.segments import make_segments
    from frontier_geo.versions import show_versions
    from frontier_geo.weighting import segment_weights
    from frontier_geo.writers import EventWriter, write_events

_HOMES = {
    "EVENT_COLUMNS": "events",
    "EVENT_TYPES": "event_types",
    "PRECISIONS": "location_precision",
    "Boundary": "boundary",
    "EventWriter": "writers",
    "FrontierGeoError": "errors",
    "Gazetteer": "gazetteer",
    "GeocodedText": "geocoding",
    "LocationUncertainty": "location_precision",
    "MatchRules": "match_rules",
    "MelttRules": "meltt_rules",
    "ReadResult": "read_result",
    "check_events": "events",
    "data_registry": "datasets",
    "evaluate_geocoding": "geocoding_evaluation",
    "event_type_mapping": "event_types",
    "fetch_events": "readers",
    "geocode_events": "geocoding",
    "geocode_text": "geocoding",
    "hotspot_map": "maps",
    "import_events": "importing",
    "impute_counts": "imputation",
    "load_areas": "datasets",
    "load_boundary": "datasets",
    "load_events": "datasets",
    "load_frontages": "datasets",
    "load_gazetteer": "datasets",
    "load_mapping": "readers",
    "load_referents": "datasets",
    "locate_areas": "areas",
    "locate_events": "locating",
    "locate_points": "locating",
    "make_segments": "segments",
    "match_events": "matching",
    "read_boundary": "readers",
    "read_events": "readers",
    "save_mapping": "readers",
    "segment_rates": "rates",
    "segment_weights": "weighting",
    "show_versions": "versions",
    "write_events": "writers",
}

__all__ = [
    "EVENT_COLUMNS",
    "EVENT_TYPES",
    "PRECISIONS",
    "Boundary",
    "EventWriter",
    "FrontierGeoError",
    "Gazetteer",
    "GeocodedText",
    "LocationUncertainty",
    "MatchRules",
    "MelttRules",
    "ReadResult",
    "__version__",
    "check_events",
    "data_registry",
    "evaluate_geocoding",
    "event_type_mapping",
    "fetch_events",
    "geocode_events",
    "geocode_text",
    "hotspot_map",
    "import_events",
    "impute_counts",
    "load_areas",
    "load_boundary",
    "load_events",
    "load_frontages",
    "load_gazetteer",
    "load_mapping",
    "load_referents",
    "locate_areas",
    "locate_events",
    "locate_points",
    "make_segments",
    "match_events",
    "read_boundary",
    "read_events",
    "save_mapping",
    "segment_rates",
    "segment_weights",
    "show_versions",
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
