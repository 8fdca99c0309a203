"""Reading what users bring: incidents and lines from files."""

from frontier_geo.readers.tables import read_boundary, read_events

__all__ = ["read_boundary", "read_events"]
