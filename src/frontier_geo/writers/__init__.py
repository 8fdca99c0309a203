"""Writing events to files that others can use: whole or not at all, and nothing lost on the way."""

from frontier_geo.writers.event_files import FORMATS, EventWriter, write_events

__all__ = ["FORMATS", "EventWriter", "write_events"]
