"""The stretches of the line that hold the most, by the scan, with what is known of each."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo.boundary import Boundary
from frontier_geo.imputation import pool_counts
from frontier_geo.rates.intervals import PER_KM_YEARS, poisson_interval
from frontier_geo.report.spans import Span
from frontier_geo.selection import select_events
from frontier_geo.weighting import segment_weights

__all__ = ["MOST_STRETCHES", "ranked_stretches", "side_columns"]

MOST_STRETCHES = 5
LEAST_OBSERVED = 2  # one incident is no gathering
LEAST_PROBABILITY = 0.05  # below, an incident is not named with a stretch


def ranked_stretches(
    found: pd.DataFrame,
    rates: pd.DataFrame,
    located: pd.DataFrame,
    drawn: NDArray[np.int64],
    *,
    boundary: Boundary,
    how: dict[str, Any],
    span: Span,
    confidence_level: float,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Say what is known of the stretches of a scan.

    Parameters
    ----------
    found : DataFrame
        From `scan_segments` on `rates`.
    rates : DataFrame
        From `segment_rates`.
    located : DataFrame
        From `locate_events`.
    drawn : ndarray of int, shape (m, number of segments)
        From `draw_counts`, with the arguments of `rates`.
    boundary : Boundary
    how, span
        Which incidents count, in which period.
    confidence_level : float
        Of the intervals.

    Returns
    -------
    stretches : DataFrame
        The columns of `found`, of at most five rows that hold two incidents or more, and:
        ``rate, rate_lo, rate_hi`` (of `observed`, per 100 km and year, exact), ``expected_events,
        expected_lo, expected_hi`` (places shared out, by Rubin's rules), and a column for each table
        of names along the line, of lists.
    members : DataFrame
        ``rank, event_id, probability``: the incidents of each, the surest first.
    """
    kept = found[found["observed"] >= LEAST_OBSERVED].head(MOST_STRETCHES).reset_index(drop=True)
    order = np.argsort(rates["from_km"].to_numpy(dtype=float), kind="stable")
    rows = [
        order[int(first) : int(last) + 1]
        for first, last in zip(kept["start_seg"], kept["end_seg"], strict=True)
    ]
    sums = [drawn[:, own].sum(axis=1) for own in rows]
    exposure = [float(rates["exposure_km_yr"].to_numpy(dtype=float)[own].sum()) for own in rows]
    expected = [float(rates["expected_events"].to_numpy(dtype=float)[own].sum()) for own in rows]
    kept["expected_events"] = expected
    if rows:
        exact = poisson_interval(kept["observed"], exposure, confidence_level=confidence_level)
        kept["rate"] = kept["observed"] / exposure * PER_KM_YEARS
        kept["rate_lo"], kept["rate_hi"] = exact.lo * PER_KM_YEARS, exact.hi * PER_KM_YEARS
        _, low, high = pool_counts(np.column_stack(sums), confidence_level)
        kept["expected_lo"], kept["expected_hi"] = low, high
    for name in side_columns(rates):
        kept[name] = [_names(rates[name].iloc[own]) for own in rows]
    kept.attrs = dict(found.attrs)
    return kept, _members(kept, rates, located, rows, how, span, boundary)


def side_columns(table: pd.DataFrame) -> list[str]:
    """Return the columns that name the districts beside the line, or the provinces where none do."""
    for level in ("_district", "_province"):
        names = [str(name) for name in table if str(name).endswith(level)]
        if names:
            return names
    return []


def _names(cells: pd.Series) -> list[str]:
    """Return the names that occur, in the order of the line."""
    return list(dict.fromkeys(cell for cell in cells if isinstance(cell, str) and cell))


def _members(
    kept: pd.DataFrame,
    rates: pd.DataFrame,
    located: pd.DataFrame,
    rows: list[NDArray[np.int64]],
    how: dict[str, Any],
    span: Span,
    boundary: Boundary,
) -> pd.DataFrame:
    """Return which incidents may lie on each stretch, with the probability that they do."""
    columns = ["rank", "event_id", "probability"]
    if not rows:
        return pd.DataFrame(columns=columns)
    ids = select_events(located, period=span, **how).used["event_id"]
    mine = located[located["event_id"].isin(ids)]
    mine.attrs = dict(located.attrs)
    weights = segment_weights(mine, rates, boundary=boundary)
    weights["segment_id"] = weights["segment_id"].astype(str)
    parts = []
    for rank, own in zip(kept["rank"], rows, strict=True):
        here = weights[weights["segment_id"].isin(rates["segment_id"].iloc[own].astype(str))]
        sums = here.groupby("event_id", sort=False)["probability"].sum()
        likely = sums[sums >= LEAST_PROBABILITY].sort_values(ascending=False, kind="stable")
        parts.append(
            pd.DataFrame({"rank": rank, "event_id": likely.index, "probability": likely.to_numpy()})
        )
    return pd.concat(parts, ignore_index=True)[columns]
