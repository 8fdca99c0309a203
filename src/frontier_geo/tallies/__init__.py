"""Points in chunks: where each lies on the line, and sums that add up over chunks and machines."""

from frontier_geo.tallies.chunk import LocatedChunk, locate_chunk
from frontier_geo.tallies.finish import Totals, finish
from frontier_geo.tallies.plan import Plan, make_plan
from frontier_geo.tallies.tally import PLACEMENTS, REASONS, Reason, Tally

__all__ = [
    "PLACEMENTS",
    "REASONS",
    "LocatedChunk",
    "Plan",
    "Reason",
    "Tally",
    "Totals",
    "finish",
    "locate_chunk",
    "make_plan",
]
