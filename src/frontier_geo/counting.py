"""On which segment each event is known to lie, and what became of all of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.locating import OFF_BORDER, UNPLACED
from frontier_geo.segments import segment_of

__all__ = ["WHOLE", "count_known"]

WHOLE = 1.0 - 1e-9  # a stretch this much of which lies on one segment lies on it


def count_known(
    used: pd.DataFrame, segments: pd.DataFrame, in_time: FloatArray
) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    """
    Put each event on the segment it is known to lie on, and account for all of them.

    Parameters
    ----------
    used : DataFrame
        Located events that count, one row each (`Selection.used`).
    segments : DataFrame
        Not overlapping.
    in_time : ndarray of float, shape (number of events,)
        Which part of each event's window of dates lies in the period.

    Returns
    -------
    row : ndarray of int, shape (number of events,)
        Row of the segment; -1 where it is not known, or not known to lie in the period.
    accounting : dict
        ``events = counted + off_border + unplaced``, and why.
    """
    placement = used["placement"].to_numpy(dtype=object)
    at = np.where(placement == "point", used["chainage_km"].to_numpy(dtype=float), np.nan)
    row = segment_of(segments, at)
    start = used["frontage_from_km"].to_numpy(dtype=float)
    stop = used["frontage_to_km"].to_numpy(dtype=float)
    middle = segment_of(segments, np.where(placement == "frontage", (start + stop) / 2, np.nan))
    begin = segments["from_km"].to_numpy(dtype=float)[middle]
    end = segments["to_km"].to_numpy(dtype=float)[middle]
    within = (np.minimum(stop, end) - np.maximum(start, begin)) >= WHOLE * (stop - start)
    row = np.where((placement == "frontage") & (middle >= 0) & within, middle, row)
    dated = in_time >= WHOLE
    on_segments = row >= 0
    row = np.where(dated, row, -1)
    elsewhere = (placement == "point") & ~on_segments
    elsewhere |= (placement == "frontage") & ~on_segments & ~_touches(start, stop, segments)
    off = placement == OFF_BORDER
    reasons = {
        "known to a stretch wider than a segment": (placement == "frontage")
        & ~on_segments
        & ~elsewhere,
        "on the border, but on none of these segments": elsewhere,
        "known only as the border, or no place known": placement == UNPLACED,
        "row rejected": placement == "rejected",
        "dated only to a window that crosses the edge of the period": on_segments & ~dated,
    }
    unplaced = np.logical_or.reduce(list(reasons.values()))
    accounting = {
        "events": len(used),
        "counted": int((row >= 0).sum()),
        "off_border": int(off.sum()),
        "unplaced": int(unplaced.sum()),
        "unplaced_because": {why: int(mask.sum()) for why, mask in reasons.items()},
        "spread_over_stretches": int((placement == "frontage").sum()),
    }
    return row, accounting


def _touches(start: FloatArray, stop: FloatArray, segments: pd.DataFrame) -> NDArray[np.bool_]:
    """Return whether each stretch shares any length with the segments."""
    order = np.argsort(segments["from_km"].to_numpy(dtype=float))
    begin = segments["from_km"].to_numpy(dtype=float)[order]
    end = segments["to_km"].to_numpy(dtype=float)[order]
    # The last segment that begins before the stretch ends must end after it begins.
    last = np.searchsorted(begin, stop, side="left") - 1
    return (last >= 0) & (end[np.maximum(last, 0)] > start)
