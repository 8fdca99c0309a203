"""Reading what users bring: incidents from any source, and lines and areas from files."""

from frontier_geo.readers.boundaries import read_area, read_boundary
from frontier_geo.readers.mapping import load_mapping, save_mapping
from frontier_geo.readers.reading import SOURCES, read_events
from frontier_geo.readers.services import fetch_events

__all__ = [
    "SOURCES",
    "fetch_events",
    "load_mapping",
    "read_area",
    "read_boundary",
    "read_events",
    "save_mapping",
]
