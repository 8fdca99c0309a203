"""
Counts and rates of incidents per segment, with exact intervals.

A rate is incidents per 100 km of border and year. Beside the plain count of incidents whose segment
is known stands `expected_events`: every incident that has a place, spread by how likely it happened
on each segment, with an interval that carries both chance and the uncertain places.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray
from frontier_geo._version import __version__
from frontier_geo.boundary import Boundary
from frontier_geo.counting import count_known
from frontier_geo.imputation import draw_counts, pool_counts
from frontier_geo.licences import sources_of
from frontier_geo.locating import same_boundary
from frontier_geo.segments import check_segments, make_segments
from frontier_geo.selection import select_events
from frontier_geo.significance import check_level
from frontier_geo.weighting import resolution, segment_shares, warn_if_unresolved

__all__ = ["imputed_counts", "segment_rates"]

PER_KM_YEARS = 100.0


def segment_rates(
    located: pd.DataFrame,
    segments: gpd.GeoDataFrame | None = None,
    *,
    boundary: Boundary | None = None,
    period: tuple[Any, Any] | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    confidence_level: float = 0.95,
    n_imputations: int = 20,
    seed: int = 0,
) -> gpd.GeoDataFrame:
    """
    Count the incidents of each segment and turn them into rates with exact intervals.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`.
    segments : GeoDataFrame, optional
        From `make_segments`, not overlapping. Default: segments of 10 km.
    boundary : Boundary, optional
        The line both rest on. Default: the shipped border, if it is that.
    period : (date, date), optional
        First and last day that count, both included. Default: the period the events were compiled
        for (``located.attrs["coverage"]``), else from the first to the last day of the events used.
    scope : str, iterable of str or None, default ("border",)
        Which values of `scope` count. None: all. Events without the column all count.
    min_confidence : {"high", "medium", "low"} or None, default "medium"
        The lowest `confidence` that counts. None: all.
    confidence_level : float, default 0.95
        Of the intervals.
    n_imputations : int, default 20
        How many tables are drawn for the interval of `expected_events` (see `impute_counts`).
    seed : int, default 0
        Of those draws: the same seed gives the same numbers.

    Returns
    -------
    GeoDataFrame
        The segments with

        - ``events``: incidents known to have happened on this segment (a point counts on the segment
          of its nearest place; a stretch if it lies within one segment);
        - ``expected_events``: all incidents with a place, by their probability on this segment;
        - ``exposure_km_yr``: its length times the years of the period;
        - ``rate, rate_lo, rate_hi``: `events` per 100 km and year, with the exact Poisson interval
          (Garwood 1936);
        - ``expected_lo, expected_hi``: its interval by multiple imputation and Rubin's rules;
        - ``expected_rate, expected_rate_lo, expected_rate_hi``: the same per 100 km and year.

        ``.attrs["accounting"]`` says what became of every event: ``events = counted + off_border +
        unplaced``, and why the others were not used; ``.attrs["resolution"]`` how well the places
        are known beside the length of the segments; ``.attrs["sources"]`` from which sources the
        events used came, and under which licences.

    Raises
    ------
    ParameterError
        If the period is empty, a word is unknown, segments overlap, or nothing tells the period.

    Warns
    -----
    CoverageWarning
        If the period reaches beyond the time the events were compiled for.
    ResolutionWarning
        If the segments are shorter than most places are known to (see `segment_weights`): once a
        call, with both numbers.

    Notes
    -----
    The interval of `rate` carries the chance of counts alone. That of `expected_rate` carries also
    that an incident may lie on another segment, as its probabilities say. That most incidents are
    never reported is not in any number here.

    References
    ----------
    Croicu & Hegre (2018), A fast spatial multiple imputation procedure for imprecise armed conflict
    events, Uppsala University.
    Garwood (1936), Biometrika 28, 437-442. https://doi.org/10.1093/biomet/28.3-4.437

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> districts = make_segments(by="tj_province")
    >>> located = locate_events(load_events())
    >>> rates = segment_rates(located, districts, period=("2015-01-01", "2025-12-31"))
    >>> tally = rates.attrs["accounting"]
    >>> tally["events"] == tally["counted"] + tally["off_border"] + tally["unplaced"]
    True
    """
    chosen = select_events(located, period=period, scope=scope, min_confidence=min_confidence)
    used, in_time = chosen.used, chosen.in_time
    boundary = same_boundary(boundary, located=located, segments=segments)
    segments = make_segments(boundary) if segments is None else segments
    check_segments(segments)
    level = check_level(confidence_level)
    row, accounting = count_known(used, segments, in_time)
    resolved = resolution(used, segments)
    warn_if_unresolved(resolved, stacklevel=2)
    shares = segment_shares(used, segments, boundary)
    expected = shares.expected(in_time, len(segments))
    drawn = draw_counts(shares, in_time, len(segments), n_imputations=n_imputations, seed=seed)
    _, expected_low, expected_high = pool_counts(drawn, level)
    rates = segments.copy()
    rates["events"] = np.bincount(row[row >= 0], minlength=len(segments))
    rates["expected_events"] = expected
    rates["expected_lo"], rates["expected_hi"] = expected_low, expected_high
    rates["exposure_km_yr"] = segments["length_km"].to_numpy(dtype=float) * chosen.years
    scale = PER_KM_YEARS / rates["exposure_km_yr"].to_numpy()
    low, high = _garwood(rates["events"].to_numpy(), level)
    rates["rate"] = rates["events"] * scale
    rates["rate_lo"], rates["rate_hi"] = low * scale, high * scale
    rates["expected_rate"] = expected * scale
    rates["expected_rate_lo"] = expected_low * scale
    rates["expected_rate_hi"] = expected_high * scale
    rates.attrs = {
        **segments.attrs,
        "boundary": located.attrs.get("boundary", segments.attrs.get("boundary", {})),
        "period": chosen.period,
        "unit": "incidents per 100 km and year",
        "n_imputations": n_imputations,
        "seed": seed,
        "accounting": {
            "events_given": int(located["event_id"].nunique()),
            "set_aside": chosen.set_aside,
            **accounting,
            "expected_on_segments": round(float(expected.sum()), 6),
        },
        "resolution": resolved,
        "parameters": {
            **segments.attrs.get("parameters", {}),
            **located.attrs.get("parameters", {}),
            **chosen.parameters,
            "confidence_level": level,
            "interval": "Garwood exact Poisson",
            "expected_interval": "multiple imputation, Rubin's rules, gamma limits",
            "n_imputations": n_imputations,
            "seed": seed,
        },
        "data_version": located.attrs.get("data_version"),
        "source": located.attrs.get("source"),
        "sources": sources_of(used),
        "library_version": __version__,
    }
    return rates


def imputed_counts(
    located: pd.DataFrame,
    segments: gpd.GeoDataFrame | None = None,
    *,
    boundary: Boundary | None = None,
    period: tuple[Any, Any] | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    n_imputations: int = 20,
    seed: int = 0,
) -> NDArray[np.int64]:
    """
    Count the events of each segment in several tables, each with every uncertain place drawn.

    Parameters
    ----------
    located, segments, boundary, period, scope, min_confidence
        As in `segment_rates`.
    n_imputations : int, default 20
        How many tables.
    seed : int, default 0
        The same seed gives the same tables; those that `segment_rates` draws with that seed.

    Returns
    -------
    ndarray of int, shape (n_imputations, number of segments)
        In the order of `segments`. For the argument `imputed` of hot spots, scans and comparisons.

    Raises
    ------
    ParameterError
        As `segment_rates`.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments
    >>> provinces = make_segments(by="tj_province")
    >>> imputed_counts(locate_events(load_events()), provinces).shape
    (20, 2)
    """
    chosen = select_events(located, period=period, scope=scope, min_confidence=min_confidence)
    boundary = same_boundary(boundary, located=located, segments=segments)
    segments = make_segments(boundary) if segments is None else segments
    check_segments(segments)
    shares = segment_shares(chosen.used, segments, boundary)
    return draw_counts(
        shares, chosen.in_time, len(segments), n_imputations=n_imputations, seed=seed
    )


def _garwood(counts: np.ndarray[Any, Any], level: float) -> tuple[FloatArray, FloatArray]:
    """Return the exact Poisson interval of each count."""
    from statsmodels.stats.rates import confint_poisson

    different, back = np.unique(counts, return_inverse=True)
    low, high = confint_poisson(different.astype(float), 1.0, method="exact-c", alpha=1 - level)
    low = np.broadcast_to(low, different.shape)  # a single number where every count is 0
    return low[back], high[back]
