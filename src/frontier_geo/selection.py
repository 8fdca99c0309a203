"""
Which located events count, and over which time.

Every statistic starts here, so that all of them count the same events: by scope and confidence, in a
period whose first and last day both belong to it.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from frontier_geo._validation import FloatArray, check_choice, check_columns, check_once
from frontier_geo.errors import CoverageWarning, ParameterError, UndatedEventsWarning
from frontier_geo.events import CONFIDENCES, SCOPES
from frontier_geo.periods import Period, as_period

__all__ = ["DAYS_PER_YEAR", "LOCATED_COLUMNS", "Selection", "select_events", "warn_undated"]

DAYS_PER_YEAR = 365.25
LOCATED_COLUMNS = (
    "event_id", "candidate", "placement", "chainage_km", "frontage_from_km", "frontage_to_km",
)  # fmt: skip


@dataclass(frozen=True)
class Selection:
    """
    The events that count, and the time observed.

    Attributes
    ----------
    used : DataFrame
        One row an event: candidate 0. With `date_start` there is `date_end`, where missing the
        start; both are days, without hour or zone.
    in_time : ndarray of float, shape (number of events,)
        Which part of each event's window of dates lies in the period; above 0.
    begin, end : Timestamp
        First and last day of the period, both included.
    set_aside : dict of str to int
        How many events do not count, by reason.
    parameters : dict
        `scope` and `min_confidence`, as they stand in `.attrs`.
    """

    used: pd.DataFrame
    in_time: FloatArray
    begin: pd.Timestamp
    end: pd.Timestamp
    set_aside: dict[str, int]
    parameters: dict[str, Any]

    @property
    def days(self) -> int:
        """Days of the period."""
        return (self.end - self.begin).days + 1

    @property
    def years(self) -> float:
        """Years of the period, of 365.25 days."""
        return self.days / DAYS_PER_YEAR

    @property
    def period(self) -> list[str]:
        """First and last day as ISO dates."""
        return [self.begin.date().isoformat(), self.end.date().isoformat()]


def select_events(
    located: pd.DataFrame,
    *,
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    stacklevel: int = 3,
) -> Selection:
    """
    Choose the events that count.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`.
    period : str, int or (date, date), optional
        First and last day that count, both included, or a text such as "2025-H1" (see
        `as_period`). Default: the period the events were compiled for
        (``located.attrs["coverage"]``), else from the first to the last day of the events used.
    scope : str, iterable of str or None, default ("border",)
        Which values of `scope` count. None: all. Events without the column all count.
    min_confidence : {"high", "medium", "low"} or None, default "medium"
        The lowest `confidence` that counts. None: all.
    stacklevel : int, default 3
        Whose line a warning points to; 3 is the caller of the public function.

    Returns
    -------
    Selection
        Events whose window of dates does not touch the period are set aside.

    Raises
    ------
    ColumnError
        If `located` is no table of `locate_events`.
    ParameterError
        If the period is empty, a word is unknown, an event stands twice or ends before it starts, or
        nothing tells the period.

    Warns
    -----
    CoverageWarning
        If the period reaches beyond the time the events were compiled for.
    """
    check_columns(located, LOCATED_COLUMNS, name="located")
    located = _with_dates(located)
    check_once(located.loc[located["candidate"] == 0, "event_id"], name="event_id of located")
    words = _words(scope)
    used, set_aside = _select(located, words, min_confidence)
    begin, end = _period(located, used, period)
    _warn_beyond(located.attrs.get("coverage"), begin, end, stacklevel)
    in_time = _share_in_period(used, begin, end)
    outside = in_time == 0
    set_aside["outside the period"] = int(outside.sum())
    parameters = {
        "scope": list(words) if words is not None else None,
        "min_confidence": min_confidence,
    }
    return Selection(used[~outside], in_time[~outside], begin, end, set_aside, parameters)


def _words(scope: str | Iterable[str] | None) -> tuple[str, ...] | None:
    """Return the scopes that count."""
    if scope is None or isinstance(scope, str):
        return None if scope is None else (scope,)
    try:
        return tuple(scope)
    except TypeError as error:
        raise ParameterError(f"scope must be words such as 'border', but is {scope!r}.") from error


def _with_dates(located: pd.DataFrame) -> pd.DataFrame:
    """Return the table with both dates as days; an end that is missing is the start."""
    if "date_start" not in located:
        return located
    table = _with_attrs(located, located)
    start = _days(located["date_start"])
    stop = _days(located["date_end"]).fillna(start) if "date_end" in located else start
    backward = np.flatnonzero(stop < start)
    if backward.size:
        first = backward[0]
        raise ParameterError(
            f"date_end of located must be on or after date_start, but event "
            f"{located['event_id'].iloc[first]!r} runs from {start.iloc[first].date()} to "
            f"{stop.iloc[first].date()}."
        )
    table["date_start"], table["date_end"] = start, stop
    return table


def _days(column: pd.Series) -> pd.Series:
    """Return the days that are written: an hour and its zone say when on that day."""
    if column.dtype.kind == "M":
        days = column.dt.tz_localize(None) if column.dt.tz is not None else column
        return days.dt.normalize()
    words = column.map(_written, na_action="ignore")
    try:
        pd.to_datetime(words, format="ISO8601", utc=True)  # refuses what follows the day, if odd
        return pd.to_datetime(words.str[:10] if len(words) else words, format="ISO8601")
    except (ValueError, TypeError, AttributeError) as error:
        raise ParameterError(
            f"{column.name} of located must be ISO dates, but: {error}."
        ) from error


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value).strip()


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
    located: pd.DataFrame, used: pd.DataFrame, period: Period | None
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
    begin, end = as_period(period)
    return pd.Timestamp(begin), pd.Timestamp(end)


def _warn_beyond(coverage: Any, begin: pd.Timestamp, end: pd.Timestamp, stacklevel: int) -> None:
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
            stacklevel=stacklevel + 1,
        )


def warn_undated(chosen: Selection, *, stacklevel: int = 3) -> None:
    """Warn when some of the events that count have no date, but the table has dates."""
    if "date_start" not in chosen.used:
        return
    undated = int(chosen.used["date_start"].isna().sum())
    if undated:
        warnings.warn(
            f"{undated} of the {len(chosen.used)} events that count have no date: they count in "
            f"{chosen.begin.date()} to {chosen.end.date()} as they do in every other period. To leave "
            'them out, pass those with a date: located[located["date_start"].notna()].',
            UndatedEventsWarning,
            stacklevel=stacklevel,
        )


def _share_in_period(used: pd.DataFrame, begin: pd.Timestamp, end: pd.Timestamp) -> FloatArray:
    """Return which part of each event's window of dates lies in the period; undated events: all."""
    if "date_start" not in used:
        return np.ones(len(used))
    start = used["date_start"]
    stop = used["date_end"]
    days = (stop - start).dt.days + 1
    inside = (stop.clip(upper=end) - start.clip(lower=begin)).dt.days + 1
    share = (inside.clip(lower=0) / days.clip(lower=1)).to_numpy(dtype=float)
    return np.where(start.isna(), 1.0, share)
