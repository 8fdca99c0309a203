"""Events with a place on the line and a day: the known ones, and draws of the uncertain ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.boundary import Boundary
from frontier_geo.errors import ParameterError
from frontier_geo.locating import OFF_BORDER
from frontier_geo.places import draw_chainages, draw_days, known_points
from frontier_geo.selection import Selection

__all__ = ["DatedPlaces", "check_on_line", "dated_places", "unplaced_because"]

ROUNDING_KM = 1e-6


@dataclass(frozen=True)
class DatedPlaces:
    """
    Events with a place on the line and a day.

    Attributes
    ----------
    km, day : ndarray of float, shape (n,)
        Chainage, and days since 1970-01-01, of the events known to a point and to a day.
    drawn : list of (ndarray, ndarray)
        For each imputation, chainage and day of every event that has one in it.
    left_out : dict of str to int
        Events that count but are not among the n, by reason.
    left_out_of_draws : float
        Events left out of a draw, their mean over the draws.
    selection : Selection
        The events that count.
    """

    km: FloatArray
    day: FloatArray
    drawn: list[tuple[FloatArray, FloatArray]]
    left_out: dict[str, int]
    left_out_of_draws: float
    selection: Selection

    def accounting(self) -> dict[str, Any]:
        """Return what became of the events, for `.attrs`."""
        return {
            "events": len(self.selection.used),
            "counted": len(self.km),
            "left_out": self.left_out,
            "set_aside": self.selection.set_aside,
            "left_out_of_draws": self.left_out_of_draws if self.drawn else None,
        }


def dated_places(
    selection: Selection, boundary: Boundary, *, n_imputations: int, seed: int
) -> DatedPlaces:
    """
    Return the known places and days of events, and draws of the uncertain ones.

    Parameters
    ----------
    selection : Selection
        The events that count.
    boundary : Boundary
        The line they were located on.
    n_imputations : int
        How many draws; 0 for none.
    seed : int
        Of the draws.

    Returns
    -------
    DatedPlaces
    """
    used = selection.used
    check_on_line(used, boundary)
    km = known_points(used)
    day, dated = _known_days(selection)
    why = {
        **unplaced_because(used),
        "no date known": np.isfinite(km) & ~dated,
        "dated only to a window of days": np.isfinite(km) & dated & np.isnan(day),
    }
    known = np.isfinite(km) & np.isfinite(day)
    drawn = []
    if n_imputations:
        kms = draw_chainages(used, boundary, n_imputations=n_imputations, seed=seed)
        days = draw_days(used, n_imputations=n_imputations, seed=seed)
        inside = (days >= np.datetime64(selection.begin, "D")) & (
            days <= np.datetime64(selection.end, "D")
        )
        for at, on, ok in zip(kms, days, inside & np.isfinite(kms), strict=True):
            drawn.append((at[ok], on[ok].astype(np.int64).astype(np.float64)))
    lost = [len(used) - len(at) for at, _ in drawn]
    return DatedPlaces(
        km=km[known],
        day=day[known],
        drawn=drawn,
        left_out={word: int(mask.sum()) for word, mask in why.items()},
        left_out_of_draws=float(np.mean(lost)) if lost else 0.0,
        selection=selection,
    )


def unplaced_because(used: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Return, by reason, which events are not known to a point."""
    placement = used["placement"].to_numpy(dtype=object)
    off, stretch = placement == OFF_BORDER, placement == "frontage"
    return {
        "off the border": off,
        "known only to a stretch": stretch,
        "no place known": np.isnan(known_points(used)) & ~off & ~stretch,
    }


def check_on_line(used: pd.DataFrame, boundary: Boundary) -> None:
    """Refuse places past the end of the line, as a table of another line has them."""
    length = boundary.length_km
    for placement, column in (
        ("point", "chainage_km"),
        ("frontage", "frontage_from_km"),
        ("frontage", "frontage_to_km"),
    ):
        km = used[column].to_numpy(dtype=float)
        off = (used["placement"].to_numpy(dtype=object) == placement) & (
            (km < -ROUNDING_KM) | (km > length + ROUNDING_KM)
        )
        if off.any():
            at = int(np.flatnonzero(off)[0])
            raise ParameterError(
                f"Every place must lie on {boundary.boundary_id!r}, from 0 to {length:,.3f} km, but "
                f"{column} of event {used['event_id'].iloc[at]!r} is {km[at]:,.3f}. Pass as boundary= "
                "the line that located was made with."
            )


def _known_days(selection: Selection) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return the day of each event known to one (else NaN), and which have any date."""
    used = selection.used
    if "date_start" not in used:
        return np.full(len(used), np.nan), np.zeros(len(used), dtype=bool)
    start = used["date_start"].to_numpy(dtype="datetime64[D]")
    stop = used["date_end"].fillna(used["date_start"]).to_numpy(dtype="datetime64[D]")
    dated = ~np.isnat(start)
    day = np.where(dated & (start == stop), start.astype(np.int64), np.nan)
    return day, dated
