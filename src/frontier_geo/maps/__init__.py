"""
Maps that open anywhere: one HTML file, no network, no text that can run.

This is the only part of the library that imports folium.
"""

from frontier_geo.maps.escaping import clean_text, json_for_script, markup_text, safe_url
from frontier_geo.maps.hotspot import LargeMapWarning, hotspot_map
from frontier_geo.maps.offline import OfflineMap, OnlineResourceWarning, RawElement

__all__ = [
    "LargeMapWarning",
    "OfflineMap",
    "OnlineResourceWarning",
    "RawElement",
    "clean_text",
    "hotspot_map",
    "json_for_script",
    "markup_text",
    "safe_url",
]
