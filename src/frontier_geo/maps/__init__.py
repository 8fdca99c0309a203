"""
Maps that open anywhere: one HTML file, no network, no text that can run.

This is the only part of the library that imports folium.
"""

from frontier_geo.maps.escaping import clean_text, json_for_script, markup_text, safe_url
from frontier_geo.maps.hotspot import hotspot_map
from frontier_geo.maps.offline import OfflineMap, RawElement
from frontier_geo.maps.page import HotspotPage, hotspot_page
from frontier_geo.maps.static import plot_frontier, save_frontier

__all__ = [
    "HotspotPage",
    "OfflineMap",
    "RawElement",
    "clean_text",
    "hotspot_map",
    "hotspot_page",
    "json_for_script",
    "markup_text",
    "plot_frontier",
    "safe_url",
    "save_frontier",
]
