"""
The space-time table: how many events fell on each segment in each step of time.

Steps are calendar years, quarters, months or weeks, or a number of days, from the first day of the
period to its last; a step that the period cuts is shorter, and its exposure with it. An event counts
in a step if its segment and its step are both known; `expected_events` spreads it over both.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_amounts, check_choice, check_columns
from frontier_geo.boundary import Boundary
from frontier_geo.counting import count_known
from frontier_geo.errors import ParameterError
from frontier_geo.licences import sources_of
from frontier_geo.locating import same_boundary
from frontier_geo.periods import Period
from frontier_geo.places import check_imputations, draw_days
from frontier_geo.segments import chain_of, check_segments, make_segments
from frontier_geo.selection import DAYS_PER_YEAR, Selection, select_events
from frontier_geo.weighting import Shares, resolution, segment_shares

__all__ = ["draw_rows", "draw_series", "segment_series", "series_arrays"]

STEPS = {"year": "YS", "quarter": "QS", "month": "MS", "week": "W-MON"}
MOST_CELLS = 50_000_000
DAY = np.timedelta64(1, "D")
OFFICIAL = ("official_from_km", "official_to_km")


def segment_series(
    located: pd.DataFrame,
    segments: gpd.GeoDataFrame | None = None,
    *,
    boundary: Boundary | None = None,
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    step: str | int = "year",
) -> pd.DataFrame:
    """
    Count the events of each segment in each step of time.

    Parameters
    ----------
    located, segments, boundary, period, scope, min_confidence
        As in `segment_rates`.
    step : {"year", "quarter", "month", "week"} or int, default "year"
        Calendar steps (weeks begin on Monday), or a number of days counted from the first day.

    Returns
    -------
    DataFrame
        One row a segment and step, segments from west to east and steps in time:
        ``segment_id, from_km, to_km, length_km``, and ``official_from_km, official_to_km`` if the
        segments have them; ``step, step_start, step_end`` (both days included),

        - ``events``: known to lie on this segment and in this step;
        - ``expected_events``: all with a place and a date, by their probability;
        - ``exposure_km_yr``: km of the segment times years of the step.

        ``.attrs`` holds `n_segments`, `n_steps`, `step` and the account of all events: those without
        a date are set aside, and those dated to a window longer than one step are no `events`.

    Raises
    ------
    ParameterError
        As `segment_rates`; or if `step` is unknown or gives too many cells.

    References
    ----------
    ISO 8601-1:2019, Date and time: weeks begin on Monday.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> provinces = make_segments(by="tj_province")
    >>> series = segment_series(locate_events(load_events()), provinces)
    >>> len(series) == series.attrs["n_segments"] * series.attrs["n_steps"]
    True
    """
    chosen, segments, boundary = _chosen(located, segments, boundary, period, scope, min_confidence)
    start, stop = _steps(chosen, step, len(segments))
    n, t = len(segments), start.size
    row, accounting = count_known(chosen.used, segments, chosen.in_time)
    shares = segment_shares(chosen.used, segments, boundary)
    owner, first, part = _time_shares(chosen.used, start, stop)
    known = np.full(len(chosen.used), -1)
    known[owner[part >= 1 - 1e-9]] = first[part >= 1 - 1e-9]
    both = (row >= 0) & (known >= 0)
    events = np.bincount(row[both] * t + known[both], minlength=n * t)
    years = ((stop - start) / DAY + 1) / DAYS_PER_YEAR
    table = pd.DataFrame(
        {
            **{
                name: np.repeat(segments[name].to_numpy(), t)
                for name in ("segment_id", "from_km", "to_km", "length_km", *OFFICIAL)
                if name in segments
            },
            "step": np.tile(np.arange(t), n),
            "step_start": np.tile(start.astype("datetime64[s]"), n),
            "step_end": np.tile(stop.astype("datetime64[s]"), n),
            "events": events,
            "expected_events": _expected(shares, owner, first, part, n, t),
            "exposure_km_yr": np.outer(segments["length_km"].to_numpy(dtype=float), years).ravel(),
        }
    )
    table.attrs = result_attrs(
        "series",
        segments,
        located,
        period=chosen.period,
        sources=sources_of(chosen.used),
        resolution=resolution(chosen.used, segments),
        accounting={
            "events_given": int(located["event_id"].nunique()),
            "set_aside": chosen.set_aside,
            **accounting,
            "counted_in_a_step": int(both.sum()),
            "counted, but dated to more than one step": int((row >= 0).sum() - both.sum()),
            "expected_on_segments": round(float(table["expected_events"].sum()), 6),
        },
        parameters={**chosen.parameters, "step": step},
        n_segments=n,
        n_steps=t,
        step=step,
    )
    return table


def draw_series(
    located: pd.DataFrame,
    segments: gpd.GeoDataFrame | None = None,
    *,
    boundary: Boundary | None = None,
    step: str | int = "year",
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    n_imputations: int = 20,
    seed: int = 0,
) -> NDArray[np.int64]:
    """
    Count the events of each segment and step in several tables, each with place and day drawn.

    Parameters
    ----------
    located, segments, boundary, step, period, scope, min_confidence
        As in `segment_series`.
    n_imputations : int, default 20
        How many tables.
    seed : int, default 0
        The same seed gives the same tables.

    Returns
    -------
    ndarray of int, shape (n_imputations, number of segments, number of steps)
        In the order of `segment_series`: segments from west to east, steps in time.

    Raises
    ------
    ParameterError
        As `segment_series`.

    References
    ----------
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, Wiley.
    Croicu & Hegre (2018), A fast spatial multiple imputation procedure for imprecise armed conflict
    events, Uppsala University.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> provinces = make_segments(by="tj_province")
    >>> draw_series(locate_events(load_events()), provinces, n_imputations=5).shape
    (5, 2, 35)
    """
    chosen, segments, boundary = _chosen(located, segments, boundary, period, scope, min_confidence)
    check_imputations(n_imputations)
    start, stop = _steps(chosen, step, len(segments))
    n, t = len(segments), start.size
    shares = segment_shares(chosen.used, segments, boundary)
    days = draw_days(chosen.used, n_imputations=n_imputations, seed=seed)
    tables = np.zeros((n_imputations, n, t), dtype=np.int64)
    rows = draw_rows(shares, n, n_imputations=n_imputations, seed=seed)
    for k in range(n_imputations):
        at = np.searchsorted(start, days[k], side="right") - 1
        inside = (rows[k] >= 0) & ~np.isnat(days[k]) & (at >= 0) & (days[k] <= stop[-1])
        cell = rows[k][inside] * t + at[inside]
        tables[k] = np.bincount(cell, minlength=n * t).reshape(n, t)
    return tables


def series_arrays(
    series: pd.DataFrame, column: str = "events"
) -> tuple[FloatArray, FloatArray, pd.DataFrame, pd.DataFrame]:
    """
    Return a space-time table as arrays.

    Parameters
    ----------
    series : DataFrame
        From `segment_series`, or one of the same columns: a row for each segment and step.
    column : str, default "events"
        The counts.

    Returns
    -------
    values, exposure : ndarray of float, shape (number of segments, number of steps)
        Counts, and km·years.
    segments : DataFrame
        ``segment_id, from_km, to_km, length_km``, and official kilometres if `series` has them, from
        west to east.
    steps : DataFrame
        ``step, step_start, step_end``, in time. Text dates, as a CSV file has them, are read.

    Raises
    ------
    ColumnError
        If a column is missing.
    ParameterError
        If a segment lacks a step, has one twice, or segments overlap; if steps leave days out between
        them or overlap; if a count or exposure is missing, negative or no number, or a date is none.
    """
    if not isinstance(series, pd.DataFrame):
        raise ParameterError(
            f"series must be a table from segment_series, but is {type(series).__name__}."
        )
    needed = ["segment_id", "from_km", "to_km", "step", "step_start", "step_end"]
    check_columns(series, [*needed, "length_km", "exposure_km_yr", column], name="series")
    if not len(series):
        raise ParameterError("At least one segment and step is needed, but the series is empty.")
    of_segment = ["segment_id", "from_km", "to_km", "length_km", *OFFICIAL]
    segments = series[[name for name in of_segment if name in series]]
    segments = segments.drop_duplicates("segment_id")
    segments = segments.iloc[chain_of(segments).order].reset_index(drop=True)
    steps = series[["step", "step_start", "step_end"]].drop_duplicates("step")
    steps = _check_steps(steps.sort_values("step", ignore_index=True))
    row = pd.Index(segments["segment_id"]).get_indexer(pd.Index(series["segment_id"]))
    cell = row * len(steps) + np.searchsorted(steps["step"], series["step"])
    shape = (len(segments), len(steps))
    if len(series) != shape[0] * shape[1] or np.unique(cell).size != cell.size:
        raise ParameterError(
            f"series must hold one row for each of {shape[0]} segments and {shape[1]} steps, "
            f"{shape[0] * shape[1]} in all, but holds {len(series)}, "
            f"{np.unique(cell).size} of them different. Make it with segment_series."
        )
    arrays = []
    for name in (column, "exposure_km_yr"):
        flat = np.empty(cell.size)
        flat[cell] = _numbers(series[name])
        arrays.append(flat.reshape(shape))
    return arrays[0], arrays[1], segments, steps


def _numbers(values: pd.Series) -> FloatArray:
    """Return a column of amounts; a missing one is refused like any that is no number."""
    numbers = (
        values if values.notna().all() else values.astype(object).where(values.notna(), np.nan)
    )
    return check_amounts(numbers, name=str(values.name))


def _check_steps(steps: pd.DataFrame) -> pd.DataFrame:
    """Return steps with dates; refuse those that leave days out between them, or overlap."""
    for name in ("step_start", "step_end"):
        steps[name] = _dates(steps[name])
    opens, closes = (
        steps[name].to_numpy().astype("datetime64[D]") for name in ("step_start", "step_end")
    )
    backwards = np.flatnonzero(closes < opens)
    if backwards.size:
        i = backwards[0]
        raise ParameterError(
            f"Each step must end on its first day or later, but step {steps['step'].iloc[i]} goes from "
            f"{opens[i]} to {closes[i]}."
        )
    odd = np.flatnonzero(opens[1:] != closes[:-1] + DAY)
    if odd.size:
        i = odd[0]
        raise ParameterError(
            f"Each step must begin on the day after the one before, but {closes[i]} is followed by "
            f"{opens[i + 1]}. Keep all steps of segment_series, also those without events; choose a "
            "shorter time with period=."
        )
    return steps


def _dates(values: pd.Series) -> pd.Series:
    """Return dates; text is read as ISO dates."""
    if pd.api.types.is_numeric_dtype(values):
        raise ParameterError(f"{values.name} must be dates, but holds {values.iloc[0]}.")
    try:
        dates = pd.to_datetime(values, format=None if values.dtype.kind == "M" else "ISO8601")
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{values.name} must be dates (YYYY-MM-DD), but: {error}.") from error
    if dates.isna().any():
        raise ParameterError(f"{values.name} must be dates, but one is missing.")
    return dates.astype("datetime64[s]")


def draw_rows(
    shares: Shares, n_segments: int, *, n_imputations: int, seed: int
) -> NDArray[np.int64]:
    """Draw the segment of each event, several times: (n_imputations, events), -1 for none."""
    drawn = np.full((n_imputations, shares.place.size), -1, dtype=np.int64)
    random = np.random.default_rng([seed, 2])
    upto = np.cumsum(shares.probability)
    first, last = shares.start[:-1], shares.start[1:] - 1
    begin = (upto - shares.probability)[first][shares.place]
    span = upto[last][shares.place] - begin
    for k in range(n_imputations):
        entry = np.searchsorted(upto, begin + random.random(begin.size) * span, side="right")
        entry = np.clip(entry, first[shares.place], last[shares.place])
        row = shares.segment[entry]
        drawn[k] = np.where(row < n_segments, row, -1)
    return drawn


def _chosen(
    located: pd.DataFrame,
    segments: gpd.GeoDataFrame | None,
    boundary: Boundary | None,
    period: Period | None,
    scope: str | Iterable[str] | None,
    min_confidence: str | None,
) -> tuple[Selection, gpd.GeoDataFrame, Boundary]:
    """Return the events that count, the segments from west to east, and the line."""
    if not isinstance(located, pd.DataFrame):
        raise ParameterError(
            f"located must be a table from locate_events, but is {type(located).__name__}."
        )
    if len(located) and ("date_start" not in located or located["date_start"].isna().all()):
        raise ParameterError(
            "Steps of time need events with dates, but none of these has one in date_start."
        )
    chosen = select_events(
        located, period=period, scope=scope, min_confidence=min_confidence, stacklevel=4
    )
    boundary = same_boundary(boundary, located=located, segments=segments)
    table = make_segments(boundary) if segments is None else segments
    check_segments(table)
    west_to_east = table.iloc[chain_of(table).order].reset_index(drop=True)
    west_to_east.attrs = dict(table.attrs)
    return _dated(chosen), west_to_east, boundary


def _dated(chosen: Selection) -> Selection:
    """Set aside the events without a date: they are in no step."""
    used = chosen.used
    dates = used["date_start"] if "date_start" in used else pd.Series(pd.NaT, index=used.index)
    dated = dates.notna().to_numpy()
    return Selection(
        used[dated],
        chosen.in_time[dated],
        chosen.begin,
        chosen.end,
        chosen.set_aside | {"no date": int((~dated).sum())},
        chosen.parameters,
    )


def _steps(
    chosen: Selection, step: str | int, n_segments: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return first and last day of each step."""
    if not isinstance(step, str) and not isinstance(step, bool):
        if not isinstance(step, int | np.integer) or step < 1:
            raise ParameterError(f"step must be a whole number of days above 0, but is {step!r}.")
        starts = pd.date_range(chosen.begin, chosen.end, freq=f"{step}D")
    else:
        check_choice(str(step), tuple(STEPS), name="step")
        starts = pd.date_range(chosen.begin, chosen.end, freq=STEPS[str(step)])
        starts = starts.insert(0, chosen.begin).unique()
    if len(starts) * n_segments > MOST_CELLS:
        raise ParameterError(
            f"step must leave at most {MOST_CELLS:,} cells, but {len(starts):,} steps of {n_segments:,} "
            "segments are more. Take longer steps."
        )
    start = starts.to_numpy(dtype="datetime64[D]")
    return start, np.append(start[1:] - DAY, chosen.end.to_numpy().astype("datetime64[D]"))


def _time_shares(
    used: pd.DataFrame, start: NDArray[Any], stop: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]:
    """Return event, step and share of every step that an event's window of dates touches."""
    if not len(used):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    first = used["date_start"].to_numpy(dtype="datetime64[D]")
    last = used["date_end"].fillna(used["date_start"]).to_numpy(dtype="datetime64[D]")
    last = np.maximum(last, first)
    at = np.clip(np.searchsorted(start, first, side="right") - 1, 0, None)
    until = np.searchsorted(start, last, side="right") - 1
    many = np.maximum(until - at + 1, 0)
    event = np.repeat(np.arange(len(used)), many)
    nth = np.arange(event.size) - np.repeat(np.cumsum(many) - many, many)
    step = at[event] + nth
    days = np.minimum(last[event], stop[step]) - np.maximum(first[event], start[step]) + DAY
    part = (days / DAY) / ((last - first)[event] / DAY + 1)
    keep = part > 0
    return event[keep], step[keep], part[keep]


def _expected(
    shares: Shares,
    owner: NDArray[np.int64],
    step: NDArray[np.int64],
    part: FloatArray,
    n: int,
    t: int,
) -> FloatArray:
    """Return the sum of the events' probabilities in each cell, segments first."""
    n_places = shares.start.size - 1
    of_place = np.bincount(shares.place[owner] * t + step, part, minlength=n_places * t)
    of_place = of_place.reshape(n_places, t)
    total = np.zeros((n, t))
    entry_place = np.repeat(np.arange(n_places), np.diff(shares.start))
    on = shares.segment < n
    np.add.at(total, shares.segment[on], of_place[entry_place[on]] * shares.probability[on, None])
    return total.ravel()
