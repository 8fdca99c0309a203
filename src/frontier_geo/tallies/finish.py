"""Sums of all points → the table of segments and the curve of the density."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray
from frontier_geo.tallies.plan import Plan
from frontier_geo.tallies.tally import Tally

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["Totals", "finish"]

CONFIDENCE_LEVEL = 0.95
P_ADJ_METHOD = "fdr_bh"


@dataclass(frozen=True, eq=False)
class Totals:
    """
    What all points add up to.

    Attributes
    ----------
    segments : GeoDataFrame
        The segments with ``events, events_left, events_right, expected_events`` and, where the plan
        has a period, the columns of `segment_rates`: exposure, rates with exact intervals, rates
        drawn to their mean, excess, rate ratio and p-values.
    density : DataFrame or None
        ``chainage_km, official_km, intensity_known``: each point at its nearest place, per km, and
        per year where the plan has a period. None if the plan has no bandwidth.
    """

    segments: gpd.GeoDataFrame
    density: pd.DataFrame | None


def finish(tally: Tally, plan: Plan) -> Totals:
    """
    Turn sums into tables.

    Parameters
    ----------
    tally : Tally
        Of all points.
    plan : Plan
        The one they were added up by.

    Returns
    -------
    Totals

    Notes
    -----
    `expected_events` are the points spread over the segments by `segment_weights`, where the plan has a
    column of uncertainties, else the counts. The limits `expected_lo, expected_hi` are those to which
    `segment_rates` comes with ever more imputations: a gamma distribution whose variance is the
    expected number, for chance, plus the sum of p (1 - p) over the points, for their places.

    Examples
    --------
    >>> from frontier_geo.tallies import locate_chunk, make_plan
    >>> plan = make_plan(length_km=100, period=("2020-01-01", "2021-12-31"))
    >>> table = finish(locate_chunk({"lon": [71.51], "lat": [37.49]}, plan).tally, plan).segments
    >>> table.loc[table["events"] > 0, ["segment_id", "events"]].values.tolist()
    [['TJ-AF:0700-0800', 1]]
    """
    return Totals(_segment_table(tally, plan), _density(tally, plan))


def _segment_table(tally: Tally, plan: Plan) -> gpd.GeoDataFrame:
    from frontier_geo.segments import make_segments

    table: Any = plan.segments
    if table is None:
        table = make_segments(plan.boundary, **plan.cuts.parameters)
    rates = table.copy()
    rates["events"] = tally.events.sum(axis=1)
    rates["events_left"], rates["events_right"] = tally.events[:, 0], tally.events[:, 1]
    spread = bool(tally.expected.size)
    rates["expected_events"] = tally.expected if spread else rates["events"].astype(float)
    notes = _add_rates(rates, tally, plan.years) if plan.years is not None else []
    rates.attrs = result_attrs(
        "rates",
        table,
        boundary=plan.boundary.summary(),
        period=plan.period,
        unit="points per 100 km and year",
        accounting=tally.account(),
        parameters={
            **plan.cuts.parameters,
            "max_distance_km": plan.max_distance_km,
            "confidence_level": CONFIDENCE_LEVEL,
            "interval": "Garwood exact Poisson",
            "p_adj_method": P_ADJ_METHOD,
            "uncertainty": plan.uncertainty,
        },
        notes=notes,
    )
    return rates


def _add_rates(rates: pd.DataFrame, tally: Tally, years: float) -> list[str]:
    """Add the columns of `segment_rates`; return why numbers are missing."""
    from frontier_geo.rates.intervals import PER_KM_YEARS, poisson_interval
    from frontier_geo.rates.per_segment import add_comparison

    rates["exposure_km_yr"] = rates["length_km"].to_numpy(dtype=float) * years
    scale = PER_KM_YEARS / rates["exposure_km_yr"].to_numpy(dtype=float)
    exact = poisson_interval(rates["events"], confidence_level=CONFIDENCE_LEVEL)
    rates["rate"] = rates["events"] * scale
    rates["rate_lo"], rates["rate_hi"] = exact.lo * scale, exact.hi * scale
    expected = rates["expected_events"].to_numpy(dtype=float)
    unsure = tally.unsure if tally.unsure.size else np.zeros(expected.shape)
    low, high = _expected_limits(expected, unsure)
    rates["expected_lo"], rates["expected_hi"] = low, high
    rates["expected_rate"] = expected * scale
    rates["expected_rate_lo"], rates["expected_rate_hi"] = low * scale, high * scale
    return list(add_comparison(rates, CONFIDENCE_LEVEL, P_ADJ_METHOD))


def _expected_limits(mean: FloatArray, unsure: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the limits of `pool_counts` for infinitely many imputations."""
    from scipy.stats import gamma

    tail = (1 - CONFIDENCE_LEVEL) / 2
    variance = mean + unsure
    low = np.zeros(mean.shape)
    some = mean > 0
    low[some] = gamma.ppf(tail, mean[some] ** 2 / variance[some], scale=variance[some] / mean[some])
    more, wider = mean + 1, variance + 1
    return low, gamma.isf(tail, more**2 / wider, scale=wider / more)


def _density(tally: Tally, plan: Plan) -> pd.DataFrame | None:
    if plan.bandwidth_km is None:
        return None
    import pandas as pd

    from frontier_geo.density.curve import grid_of
    from frontier_geo.density.kernel_sums import sums_of_moments

    boundary, years = plan.boundary, plan.years
    at = grid_of(boundary.length_km, plan.step_km)
    curve = sums_of_moments(
        at, tally.bin_count, tally.bin_place, plan.bandwidth_km, length=boundary.length_km
    )
    table = pd.DataFrame(
        {
            "chainage_km": at,
            "official_km": boundary.official_km(at),
            "intensity_known": curve / (1.0 if years is None else years),
        }
    )
    table.attrs = result_attrs(
        "density",
        boundary=boundary.summary(),
        period=plan.period,
        years=years,
        unit="points per km" + ("" if years is None else " and year"),
        bandwidth_km=plan.bandwidth_km,
        accounting=tally.account(),
        parameters={
            "step_km": plan.step_km,
            "bandwidth_km": plan.bandwidth_km,
            "kernel": "gaussian",
            "max_distance_km": plan.max_distance_km,
        },
        notes=[],
    )
    return table
