"""
Incidents known only to a stretch: which stretches there are, and where each is drawn.

On either side of the line lie two lanes of single stretches, the short ones first, and outside them
one band for all that found no room: it is cut where a stretch begins or ends, into cells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo.maps.values import is_missing, text_or_none

__all__ = ["INNER_LANES", "stretch_cells", "stretches_of"]

INNER_LANES = 2
MOST_STRETCHES = 1_500  # of different ends; more of them are drawn on a coarser grid
_SAME_STRETCH_KM = 0.1  # ends that differ by less are the same
_COARSER_KM = (0.1, 1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 1000.0)

Ends = tuple[float, float]


def stretches_of(
    from_km: NDArray[np.float64],
    to_km: NDArray[np.float64],
    side: NDArray[np.uint8],
    place: pd.DataFrame,
    frontages: pd.DataFrame | None,
) -> tuple[list[dict[str, Any]], NDArray[np.int64]]:
    """
    Group incidents by the stretch they are known to.

    Parameters
    ----------
    from_km, to_km : ndarray of float, shape (n,)
        Ends of the stretch of each incident.
    side : ndarray of uint8
        1 left, 2 right, as in the column of the page.
    place : DataFrame
        `location_precision`, `admin1`, `admin2` of each incident, for a name that all share.
    frontages : DataFrame or None
        Stretches with a name.

    Returns
    -------
    list of dict
        ``from, to, side, name, lane`` of each stretch; `side` 1 is the left, `lane` None the outer
        band.
    ndarray of int
        Row of the stretch of each incident.
    """
    if not from_km.size:
        return [], np.zeros(0, dtype=np.int64)
    ends, which = _distinct_ends(np.minimum(from_km, to_km), np.maximum(from_km, to_km))
    names = _frontage_names(frontages)
    left = np.bincount(which, side == 1, minlength=len(ends))
    right = np.bincount(which, side == 2, minlength=len(ends))
    rows_of = np.split(np.argsort(which, kind="stable"), np.cumsum(np.bincount(which))[:-1])
    stretches = [
        {
            "from": start,
            "to": stop,
            "side": -1 if right[row] > left[row] else 1,
            "name": names.get((start, stop)) or _common_name(place.iloc[rows_of[row]]),
        }
        for row, (start, stop) in enumerate(ends)
    ]
    for stretch, lane in zip(stretches, _lanes(stretches), strict=True):
        stretch["lane"] = lane
    return stretches, which


def stretch_cells(stretches: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Cut the outer band of each side wherever one of its stretches begins or ends."""
    cells = []
    for side in (1, -1):
        outer = [(i, s) for i, s in enumerate(stretches) if s["side"] == side and s["lane"] is None]
        cuts = sorted({s[end] for _, s in outer for end in ("from", "to")})
        for low, high in pairwise(cuts):
            covering = [i for i, s in outer if s["from"] <= low and high <= s["to"]]
            if covering:
                covering.sort(key=lambda i: stretches[i]["to"] - stretches[i]["from"])
                cells.append({"from": low, "to": high, "side": side, "stretches": covering})
    return cells


def _distinct_ends(
    low: NDArray[np.float64], high: NDArray[np.float64]
) -> tuple[list[Ends], NDArray[np.int64]]:
    """Return the different stretches, on a grid so coarse that they are not too many."""
    for grid in _COARSER_KM:
        if grid == _SAME_STRETCH_KM:
            pairs = np.rint(np.column_stack([low, high]) / grid)
        else:  # outwards, so that no stretch loses a part
            pairs = np.column_stack([np.floor(low / grid), np.ceil(high / grid)])
        distinct, which = np.unique(pairs, axis=0, return_inverse=True)
        if len(distinct) <= MOST_STRETCHES:
            break
    ends = [(round(float(a) * grid, 1), round(float(b) * grid, 1)) for a, b in distinct]
    return ends, which.ravel()


def _frontage_names(frontages: pd.DataFrame | None) -> dict[Ends, str]:
    names: dict[Ends, str] = {}
    if frontages is None or not {"name", "from_km", "to_km"} <= set(frontages.columns):
        return names
    for name, start, stop in zip(
        frontages["name"], frontages["from_km"], frontages["to_km"], strict=True
    ):
        text = text_or_none(name)
        if text and not is_missing(start) and not is_missing(stop):
            low, high = sorted((float(start), float(stop)))
            key = (round(low, 1), round(high, 1))
            names[key] = f"{names[key]} / {text}" if key in names else text
    return names


def _common_name(rows: pd.DataFrame) -> str | None:
    """Name the district or province that all incidents of a stretch are known to, if it is one."""
    precisions = set(rows["location_precision"].dropna().unique())
    if len(precisions) != 1:
        return None
    column = {"district": "admin2", "province": "admin1"}.get(str(next(iter(precisions))))
    if column is None or rows[column].isna().any() or rows[column].nunique() != 1:
        return None
    return text_or_none(rows[column].iloc[0])


def _lanes(stretches: Sequence[dict[str, Any]]) -> list[int | None]:
    """Give the shortest stretches the two inner lanes, as long as they do not overlap there."""
    taken: defaultdict[tuple[int, int], list[Ends]] = defaultdict(list)
    lanes: list[int | None] = [None] * len(stretches)
    order = sorted(
        range(len(stretches)),
        key=lambda i: (stretches[i]["to"] - stretches[i]["from"], stretches[i]["from"]),
    )
    for row in order:
        start, stop, side = (stretches[row][key] for key in ("from", "to", "side"))
        for lane in range(INNER_LANES):
            if all(stop <= low or high <= start for low, high in taken[side, lane]):
                taken[side, lane].append((start, stop))
                lanes[row] = lane
                break
    return lanes
