"""
Counts and rates of incidents per segment, with exact intervals.

A rate is incidents per 100 km of border and year. Beside the plain count of incidents whose segment
is known stands `expected_events`: every incident that has a place, spread by how likely it happened
on each segment, with an interval that carries both chance and the uncertain places.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._validation import (
    FloatArray,
    check_choice,
    check_columns,
    check_number,
    check_once,
)
from frontier_geo._version import __version__
from frontier_geo.boundary import Boundary
from frontier_geo.errors import CoverageWarning, ParameterError
from frontier_geo.events import CONFIDENCES, SCOPES
from frontier_geo.imputation import draw_counts, pool_counts
from frontier_geo.licences import sources_of
from frontier_geo.locating import OFF_BORDER, UNPLACED, same_boundary
from frontier_geo.segments import check_segments, make_segments, segment_of
from frontier_geo.weighting import resolution, segment_shares, warn_if_unresolved

__all__ = ["segment_rates"]

PER_KM_YEARS = 100.0
DAYS_PER_YEAR = 365.25
WHOLE = 1.0 - 1e-9  # a stretch this much of which lies on one segment lies on it


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
    needed = [
        "event_id",
        "candidate",
        "placement",
        "chainage_km",
        "frontage_from_km",
        "frontage_to_km",
    ]
    check_columns(located, needed, name="located")
    located = _with_dates(located)
    check_once(located.loc[located["candidate"] == 0, "event_id"], name="event_id of located")
    boundary = same_boundary(boundary, located=located, segments=segments)
    segments = make_segments(boundary) if segments is None else segments
    check_segments(segments)
    scope = _words(scope)
    level = check_number(confidence_level, name="confidence_level", unit="probability")
    if not 0 < level < 1:
        raise ParameterError(f"confidence_level must lie between 0 and 1, but is {level!r}.")
    used, set_aside = _select(located, scope, min_confidence)
    begin, end = _period(located, used, period)
    _warn_beyond(located.attrs.get("coverage"), begin, end)
    in_time = _share_in_period(used, begin, end)
    outside = in_time == 0
    set_aside["outside the period"] = int(outside.sum())
    used, in_time = used[~outside], in_time[~outside]

    row, accounting = _count(used, segments, in_time)
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
    years = ((end - begin).days + 1) / DAYS_PER_YEAR
    rates["exposure_km_yr"] = segments["length_km"].to_numpy(dtype=float) * years
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
        "period": [begin.date().isoformat(), end.date().isoformat()],
        "unit": "incidents per 100 km and year",
        "n_imputations": n_imputations,
        "seed": seed,
        "accounting": {
            "events_given": int(located["event_id"].nunique()),
            "set_aside": set_aside,
            **accounting,
            "expected_on_segments": round(float(expected.sum()), 6),
        },
        "resolution": resolved,
        "parameters": {
            **segments.attrs.get("parameters", {}),
            **located.attrs.get("parameters", {}),
            "scope": list(scope) if scope is not None else None,
            "min_confidence": min_confidence,
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


def _words(scope: str | Iterable[str] | None) -> tuple[str, ...] | None:
    """Return the scopes that count."""
    if scope is None or isinstance(scope, str):
        return None if scope is None else (scope,)
    try:
        return tuple(scope)
    except TypeError as error:
        raise ParameterError(f"scope must be words such as 'border', but is {scope!r}.") from error


def _with_dates(located: pd.DataFrame) -> pd.DataFrame:
    """Return the table with dates as dates, as they were before it went through a file."""
    odd = [
        name
        for name in ("date_start", "date_end")
        if name in located and located[name].dtype.kind != "M"
    ]
    if not odd:
        return located
    table = _with_attrs(located, located)
    for name in odd:
        try:
            table[name] = pd.to_datetime(table[name], format="ISO8601")
        except (ValueError, TypeError) as error:
            raise ParameterError(f"{name} of located must be ISO dates, but: {error}.") from error
    return table


def _day(value: Any) -> pd.Timestamp:
    """Return one day of a period; bare years and months are not days."""
    if isinstance(value, str):
        return pd.Timestamp(date.fromisoformat(value))
    day = pd.Timestamp(value) if isinstance(value, date | np.datetime64) else None
    if day is None or pd.isna(day):
        raise ValueError(f"{value!r} is no day")
    return day.tz_localize(None).normalize()


def _with_attrs(table: pd.DataFrame, like: pd.DataFrame) -> pd.DataFrame:
    table = table.copy()
    table.attrs = dict(like.attrs)
    return table


def _select(
    located: pd.DataFrame, scope: Iterable[str] | None, min_confidence: str | None
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return candidate 0 of the events that count, and how many do not and why."""
    first = located[located["candidate"] == 0]
    set_aside: dict[str, int] = {}
    if scope is not None and "scope" in first:
        words = [check_choice(word, SCOPES, name="scope") for word in scope]
        fits = first["scope"].isna() | first["scope"].isin(words)
        for word, n in first.loc[~fits, "scope"].value_counts().items():
            set_aside[f"scope {word}"] = int(n)
        first = first[fits]
    if min_confidence is not None and "confidence" in first:
        check_choice(min_confidence, CONFIDENCES, name="min_confidence")
        enough = CONFIDENCES[: CONFIDENCES.index(min_confidence) + 1]
        fits = first["confidence"].isna() | first["confidence"].isin(enough)
        for word, n in first.loc[~fits, "confidence"].value_counts().items():
            set_aside[f"confidence {word}"] = int(n)
        first = first[fits]
    return first, set_aside


def _period(
    located: pd.DataFrame, used: pd.DataFrame, period: tuple[Any, Any] | None
) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and last day that count."""
    if period is None:
        period = located.attrs.get("coverage")
    if period is None:
        if "date_start" not in used or used["date_start"].isna().all():
            raise ParameterError(
                "A rate needs the time observed, but the events have no dates in date_start. Pass "
                'period=("2015-01-01", "2025-12-31") or give the events their dates.'
            )
        period = (used["date_start"].min(), used["date_end"].max())
    try:
        begin, end = (_day(day) for day in period)
    except (ValueError, TypeError) as error:
        raise ParameterError(
            f'period must be two ISO dates such as ("2015-01-01", "2025-12-31"), but is {period!r}.'
        ) from error
    if end < begin:
        raise ParameterError(
            f"period must end on or after the day it begins, but runs from {period[0]} to {period[1]}."
        )
    return begin, end


def _warn_beyond(coverage: Any, begin: pd.Timestamp, end: pd.Timestamp) -> None:
    """Warn when a period reaches beyond the time the events were compiled for."""
    if not coverage:
        return
    first, last = (pd.Timestamp(day) for day in coverage)
    if begin < first or end > last:
        warnings.warn(
            f"The period {begin.date()} to {end.date()} reaches beyond the time these events were "
            f"compiled for, {first.date()} to {last.date()}: the rates come out too low. To silence "
            "this, choose a period within it.",
            CoverageWarning,
            stacklevel=3,
        )


def _share_in_period(used: pd.DataFrame, begin: pd.Timestamp, end: pd.Timestamp) -> FloatArray:
    """Return which part of each event's window of dates lies in the period; undated events: all."""
    if "date_start" not in used:
        return np.ones(len(used))
    start = used["date_start"]
    stop = used["date_end"].fillna(start)
    days = (stop - start).dt.days + 1
    inside = (stop.clip(upper=end) - start.clip(lower=begin)).dt.days + 1
    share = (inside.clip(lower=0) / days.clip(lower=1)).to_numpy(dtype=float)
    return np.where(start.isna(), 1.0, share)


def _count(
    used: pd.DataFrame, segments: pd.DataFrame, in_time: FloatArray
) -> tuple[np.ndarray[Any, Any], dict[str, Any]]:
    """Return the segment row of each event (-1 if none), and the account of all of them."""
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


def _garwood(counts: np.ndarray[Any, Any], level: float) -> tuple[FloatArray, FloatArray]:
    """Return the exact Poisson interval of each count."""
    from statsmodels.stats.rates import confint_poisson

    different, back = np.unique(counts, return_inverse=True)
    low, high = confint_poisson(different.astype(float), 1.0, method="exact-c", alpha=1 - level)
    low = np.broadcast_to(low, different.shape)  # a single number where every count is 0
    return low[back], high[back]
