"""
When did the rate of incidents change, and where along the line does it?

Change points of the whole line or of each segment, with their days; and segments cut where the
density of incidents changes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_choice, check_positive, check_tables
from frontier_geo.boundary import Boundary
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.licences import sources_of
from frontier_geo.locating import same_boundary
from frontier_geo.periods import Period
from frontier_geo.places import draw_chainages, known_points
from frontier_geo.segments import make_segments
from frontier_geo.selection import select_events
from frontier_geo.series import series_arrays
from frontier_geo.significance import adjust_p, check_level, check_n_sim, check_seed, smallest_p
from frontier_geo.spacetime.change_search import (
    MOST_CHANGES,
    MOST_STEPS,
    ChangePoints,
    check_whole,
    poisson_change_points,
)
from frontier_geo.spacetime.dated_places import check_on_line, unplaced_because
from frontier_geo.spacetime.trend_tests import check_counts
from frontier_geo.spacetime.trends import OF_SEGMENTS, WHOLE_LINE, check_exposed

__all__ = ["change_points", "segments_by_change"]

IntArray = NDArray[np.int64]
DESCRIBES = (
    "p_value of a change describes how clear it is: its place was chosen from the same events, so it "
    "is no test"
)


def change_points(
    series: pd.DataFrame,
    *,
    column: str = "events",
    by: str = "line",
    max_changes: int = 5,
    min_size: int = 2,
    penalty: str | float = "mbic",
    n_sim: int = 999,
    seed: int = 0,
    confidence_level: float = 0.95,
    alpha: float = 0.05,
    p_adj_method: str = "fdr_bh",
    imputed: IntArray | None = None,
) -> pd.DataFrame:
    """
    Find when the rate of incidents changed, on the whole line or on each segment.

    Parameters
    ----------
    series : DataFrame
        From `segment_series`.
    column : str, default "events"
        Which counts, whole numbers.
    by : {"line", "segment"}
        One series of all segments together, or one for each.
    max_changes, min_size, penalty, n_sim, seed, confidence_level
        As in `poisson_change_points`.
    alpha : float, default 0.05
        The level that p-values must be able to reach.
    p_adj_method : {"fdr_bh", "fdr_by", "holm", "bonferroni", "none"}
        How the p-values of any change at all are adjusted over the series, one for each.
    imputed : ndarray of int, shape (m, n_segments, n_steps), optional
        From `draw_series`, with the same segments and steps.

    Returns
    -------
    DataFrame
        One row a change, and one for a series without a change (`change` 0):

        - ``segment_id, from_km, to_km, n_steps, events, change`` (1, 2, ...);
        - ``last_before, first_after``: last day of the step before the change, first day of the step
          after it; ``lo, hi``: the interval of `first_after`;
        - ``rate_before, rate_after``: per 100 km and year, and ``rr``;
        - ``p_value``: of this change within the two stretches it parts (see
          `ChangePoints.p_values`): it describes how clear the change is, and is no test, since the
          same events chose its place; without a change, the same as `p_first`;
        - ``p_first, p_adj, p_adj_method``: of any change at all in this series against none, and
          adjusted for the number of series (segments with events); the same in all rows of a series;
        - with `imputed`: ``support``, the share of drawn tables with a change within the interval
          (without a change: with none either), and ``p_imputed``, their median p-value of any change
          at all;
        - ``reason``: why a number is missing, else None.

    Raises
    ------
    ColumnError, ParameterError, StatisticsError
        As `poisson_change_points`; or if `imputed` has another shape, or counts lie where nothing was
        exposed.

    Notes
    -----
    `p_first` tests each series once, however many changes it has, so that `p_adj` keeps the false
    discovery rate over segments: of those with ``p_adj <= 0.05``, on average 5 % or less have no
    change.

    References
    ----------
    Auger & Lawrence (1989), Bull. Mathematical Biology 51, 39-54.
    Zhang & Siegmund (2007), Biometrics 63, 22-32. https://doi.org/10.1111/j.1541-0420.2006.00662.x
    Worsley (1986), Biometrika 73, 91-104.
    Benjamini & Hochberg (1995), J. R. Statist. Soc. B 57, 289-300.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments
    >>> from frontier_geo.series import segment_series
    >>> series = segment_series(locate_events(load_events()), make_segments(by="tj_province"))
    >>> table = change_points(series, n_sim=99)
    >>> table["segment_id"].unique().tolist()
    ['whole line']
    """
    check_choice(by, ("line", "segment"), name="by")
    alpha = check_level(alpha, name="alpha")
    n_sim, seed = check_n_sim(n_sim, alpha=alpha), check_seed(seed)
    values, exposure, segments, steps = series_arrays(series, column)
    drawn = None if imputed is None else check_tables(imputed, values.shape)
    for y, e in zip(values, exposure, strict=True):
        check_counts(y, e)
    if drawn is not None:
        check_exposed(drawn, exposure, "imputed")
    summed = by == "line" and len(segments) > 1
    if by == "line":
        ends = {"from_km": segments["from_km"].min(), "to_km": segments["to_km"].max()}
        segments = pd.DataFrame([{"segment_id": WHOLE_LINE, **ends}])
        values = values.sum(axis=0, keepdims=True)
        exposure = exposure.sum(axis=0, keepdims=True)
        drawn = None if drawn is None else drawn.sum(axis=1, keepdims=True)
    how: dict[str, Any] = {
        "max_changes": max_changes,
        "min_size": min_size,
        "penalty": penalty,
        "n_sim": n_sim,
        "seed": seed,
        "confidence_level": confidence_level,
    }
    rows: list[dict[str, Any]] = []
    for i, segment in enumerate(segments.itertuples(index=False)):
        named = {name: getattr(segment, name) for name in ("segment_id", "from_km", "to_km")}
        tables = None if drawn is None else drawn[:, i]
        rows += [named | row for row in _rows(values[i], exposure[i], steps, tables, how)]
    table = pd.DataFrame(rows)
    of_series = table["change"].to_numpy() <= 1  # the first row of each series
    p_adj = adjust_p(table.loc[of_series, "p_first"].to_numpy(), p_adj_method)
    at = table.columns.get_loc("p_first") + 1
    table.insert(at, "p_adj", p_adj[np.cumsum(of_series) - 1])
    table.insert(at + 1, "p_adj_method", p_adj_method)
    table["reason"] = table["reason"].astype(object).where(table["reason"].notna(), None)
    table.attrs = result_attrs(
        "change_points",
        series,
        parameters={
            **{k: v for k, v in how.items() if k not in ("n_sim", "seed")},
            "column": column,
            "by": by,
            "alpha": alpha,
            "n_imputations": None if imputed is None else len(imputed),
        },
        seed=seed,
        n_sim=n_sim,
        smallest_p=smallest_p(n_sim),
        unit="rates: events per 100 km and year",
        notes=[
            DESCRIBES,
            "p_first and p_adj: any change at all, one test for each series",
            *([OF_SEGMENTS] if summed else []),
        ],
    )
    return table


def _rows(
    y: FloatArray,
    e: FloatArray,
    steps: pd.DataFrame,
    drawn: FloatArray | None,
    how: dict[str, Any],
) -> list[dict[str, Any]]:
    """Return the rows of one series."""
    missing: dict[str, Any] = {
        "n_steps": len(y),
        "events": int(y.sum()),
        "change": 0,
        **dict.fromkeys(("last_before", "first_after", "lo", "hi"), pd.NaT),
        **dict.fromkeys(("rate_before", "rate_after", "rr"), math.nan),
        **dict.fromkeys(("p_value", "p_first"), math.nan),
    }
    if drawn is not None:
        missing |= {"support": math.nan, "p_imputed": math.nan}
    if not y.sum():
        return [missing | {"reason": "no events: no change to look for"}]
    found = poisson_change_points(y, e, **how)
    missing["p_first"] = found.p_first
    others = _drawn_changes(drawn, e, how)
    if not found.n_changes:
        row = missing | {"p_value": found.p_first, "reason": "no change is worth its penalty"}
        return [row | _support(others, lambda one: one.n_changes == 0)]
    starts, ends = steps["step_start"], steps["step_end"]
    rows = []
    for k, at in enumerate(found.breaks):
        lo, hi = found.lo[k], found.hi[k]
        before, after = 100 * found.rates[k], 100 * found.rates[k + 1]
        row = missing | {
            "change": k + 1,
            "last_before": ends.iloc[at - 1],
            "first_after": starts.iloc[at],
            "lo": starts.iloc[lo],
            "hi": starts.iloc[hi],
            "rate_before": before,
            "rate_after": after,
            "rr": after / before if before > 0 else math.inf,
            "p_value": found.p_values[k],
            "reason": None if before > 0 else "no events before the change: no finite rate ratio",
        }
        rows.append(row | _support(others, lambda one, a=lo, b=hi: _has_break(one, a, b)))
    return rows


def _has_break(found: ChangePoints, low: int, high: int) -> bool:
    return any(low <= at <= high for at in found.breaks)


def _drawn_changes(
    drawn: FloatArray | None, e: FloatArray, how: dict[str, Any]
) -> list[ChangePoints | None] | None:
    """Return the change points of each drawn table; None for a table without events."""
    if drawn is None:
        return None
    return [poisson_change_points(one, e, **how) if one.sum() else None for one in drawn]


def _support(others: list[ChangePoints | None] | None, holds: Any) -> dict[str, float]:
    """Return in which share of the drawn tables the conclusion holds, and the median p-value."""
    if others is None:
        return {}
    p = [1.0 if one is None else one.p_first for one in others]
    held = [one is not None and bool(holds(one)) for one in others]
    return {"support": float(np.mean(held)), "p_imputed": float(np.median(p))}


# ---- segments ------------------------------------------------------------------------------------------


def segments_by_change(
    located: pd.DataFrame,
    boundary: Boundary | None = None,
    *,
    cell_km: float = 1.0,
    min_length_km: float = 10.0,
    max_segments: int = 12,
    penalty: str | float = "mbic",
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    n_sim: int = 999,
    seed: int = 0,
    confidence_level: float = 0.95,
    alpha: float = 0.05,
    n_imputations: int = 20,
) -> gpd.GeoDataFrame:
    """
    Cut a boundary where the density of incidents changes.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`.
    boundary : Boundary, optional
        The line they were located on. Default: the shipped border, if it is that.
    cell_km : float, default 1
        Length of the cells that are counted; breaks lie between cells.
    min_length_km : float, default 10
        Length of the shortest segment, rounded up to whole cells.
    max_segments : int, default 12
    penalty : {"mbic", "bic"} or float, default "mbic"
        What each break must gain (see `poisson_change_points`).
    period, scope, min_confidence
        Which events count (see `segment_rates`).
    n_sim, seed, confidence_level
        Of the p-values and intervals of the breaks.
    alpha : float, default 0.05
        The level that p-values must be able to reach.
    n_imputations : int, default 20
        How often the places are drawn to see whether the breaks stay; 0 for never.

    Returns
    -------
    GeoDataFrame
        As from ``make_segments(boundary, breaks_km=...)``, one segment for the whole line where no
        break is worth its penalty. ``.attrs["rule"]`` says how it was cut; ``.attrs["breaks"]`` holds
        for each break ``km, lo_km, hi_km, p_value`` (of this break, which describes and is no test:
        see `change_points`), ``p_adj, p_adj_method`` (of any break at all, one test for the line),
        ``rate_before, rate_after`` (events per km) and ``support``, the share of drawn tables with a
        break within that interval; ``.attrs["p_any_break"]`` is the p-value of any break at all;
        ``.attrs["n_breaks_imputed"]`` how many breaks each drawn table has.

    Raises
    ------
    ParameterError
        If a length makes no sense on this line, another line is meant, or a place lies past its end.
    StatisticsError
        If no event is known to a point.

    Warns
    -----
    CoverageWarning
        As `segment_rates`.

    Notes
    -----
    Only events known to a point make the breaks; how well they are known shows in `support`. The
    segments are chosen from the events: testing the same events on them finds differences even where
    there are none. Use them to describe, or test other events on them.

    References
    ----------
    Auger & Lawrence (1989), Bull. Mathematical Biology 51, 39-54.
    Zhang & Siegmund (2007), Biometrics 63, 22-32. https://doi.org/10.1111/j.1541-0420.2006.00662.x
    Worsley (1986), Biometrika 73, 91-104.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> segments = segments_by_change(locate_events(load_events()), n_sim=99, n_imputations=0)
    >>> len(segments) == len(segments.attrs["breaks"]) + 1
    True
    """
    boundary = same_boundary(boundary, located=located)
    cell = check_positive(cell_km, name="cell_km", unit="km")
    shortest = check_positive(min_length_km, name="min_length_km", unit="km")
    alpha = check_level(alpha, name="alpha")
    n_sim, seed = check_n_sim(n_sim, alpha=alpha), check_seed(seed)
    edges = _cells(boundary.length_km, cell)
    size = max(1, math.ceil(shortest / cell - 1e-9))
    chosen = select_events(
        located, period=period, scope=scope, min_confidence=min_confidence, stacklevel=3
    )
    check_on_line(chosen.used, boundary)
    km = known_points(chosen.used)
    if not np.isfinite(km).any():
        raise StatisticsError(
            f"Breaks need events known to a point, but of the {len(km)} events that count none is."
        )
    how: dict[str, Any] = {
        "max_changes": check_whole(max_segments, "max_segments", 1, MOST_CHANGES + 1) - 1,
        "min_size": size,
        "penalty": penalty,
        "n_sim": n_sim,
        "seed": seed,
        "confidence_level": confidence_level,
    }
    exposure = np.diff(edges)
    found = poisson_change_points(_count(km, edges), exposure, **how)
    drawn = _drawn_breaks(chosen.used, boundary, edges, how, n_imputations)
    breaks = [edges[at] for at in found.breaks]
    segments = make_segments(boundary, breaks_km=[0.0, *breaks, edges[-1]])
    segments.attrs = result_attrs(
        "segments_by_change",
        segments,
        located,
        period=chosen.period,
        sources=sources_of(chosen.used),
        parameters={
            **chosen.parameters,
            **{k: v for k, v in how.items() if k not in ("n_sim", "seed", "min_size")},
            "cell_km": cell,
            "min_length_km": size * cell,
            "n_imputations": n_imputations,
            "alpha": alpha,
        },
        rule="cut where the density of incidents known to a point changes (Poisson change points)",
        breaks=_break_list(found, drawn, edges),
        n_breaks_imputed=[0 if one is None else one.n_changes for one in drawn],
        p_any_break=found.p_first,
        accounting={
            "events": len(km),
            "counted": int(np.isfinite(km).sum()),
            "left_out": {why: int(m.sum()) for why, m in unplaced_because(chosen.used).items()},
            "set_aside": chosen.set_aside,
        },
        seed=seed,
        n_sim=n_sim,
        smallest_p=smallest_p(n_sim),
        notes=[
            "the segments were chosen from the events: do not test the same events on them",
            DESCRIBES,
        ],
    )
    return segments


def _cells(length: float, cell: float) -> FloatArray:
    """Return the edges of the cells; what is left over at the end is part of the last one."""
    n = int(length / cell + 1e-9)
    if not 2 <= n <= MOST_STEPS:
        raise ParameterError(
            f"cell_km must cut the line of {length:,.1f} km into 2 to {MOST_STEPS:,} cells, but is "
            f"{cell:g}."
        )
    return np.append(np.arange(n) * cell, length)


def _count(km: FloatArray, edges: FloatArray) -> IntArray:
    """Return how many places lie in each cell [from, to), the last closed."""
    known = km[np.isfinite(km)]
    at = np.clip(np.searchsorted(edges, known, side="right") - 1, 0, len(edges) - 2)
    return np.bincount(at, minlength=len(edges) - 1)


def _drawn_breaks(
    used: pd.DataFrame, boundary: Boundary, edges: FloatArray, how: dict[str, Any], m: int
) -> list[ChangePoints | None]:
    if not m:
        return []
    places = draw_chainages(used, boundary, n_imputations=m, seed=how["seed"])
    counts = [_count(km, edges) for km in places]
    exposure = np.diff(edges)
    quick = how | {"n_sim": 1}  # the breaks alone are asked for
    return [poisson_change_points(one, exposure, **quick) if one.sum() else None for one in counts]


def _break_list(
    found: ChangePoints, drawn: list[ChangePoints | None], edges: FloatArray
) -> list[dict[str, Any]]:
    """Return each break with its interval, p-value, rates, and support."""
    rows = []
    for k, (at, lo, hi) in enumerate(zip(found.breaks, found.lo, found.hi, strict=True)):
        held = [one is not None and _has_break(one, lo, hi) for one in drawn]
        rows.append(
            {
                "km": float(edges[at]),
                "lo_km": float(edges[lo]),
                "hi_km": float(edges[hi]),
                "p_value": found.p_values[k],
                "p_adj": found.p_first,  # one test for the line: nothing to adjust for
                "p_adj_method": "none",
                "rate_before": found.rates[k],
                "rate_after": found.rates[k + 1],
                "support": float(np.mean(held)) if held else None,
            }
        )
    return rows
