"""One way to write a period, wherever one is asked for."""

from __future__ import annotations

import calendar
import re
from datetime import date
from numbers import Integral
from typing import Any

import numpy as np

from frontier_geo.errors import ParameterError

__all__ = ["Period", "as_period", "as_time_span"]

#: A first and a last day, one text such as "2025-H1", or a year.
Period = str | int | tuple[Any, Any]

_PART = re.compile(r"(\d{4})(?:-(?:(\d{2})|[Hh]([12])|[Qq]([1-4])))?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
FORMS = (
    'a pair of days such as ("2015-01-01", "2025-12-31"), or one text: a year "2025", a month "2025-06", '
    'a half "2025-H1", a quarter "2025-Q2", or two of them, "2015/2025"; a year may be a whole number, '
    "2025"
)


def as_period(period: Any, *, name: str = "period") -> tuple[date, date]:
    """
    Return the first and the last day of a period; both belong to it.

    Parameters
    ----------
    period : str, int or (date, date)
        Two days: ISO texts, dates or timestamps, whose hour and zone do not count. Or one text: a year
        ``"2025"``, a month ``"2025-06"``, a half year ``"2025-H1"``, a quarter ``"2025-Q2"``, a day, or
        two of these with a stroke between, ``"2015-01-01/2025-06-30"``. A year of four digits may be
        a whole number as well. In a pair a text or a year counts, too: from its first day, or to its
        last.
    name : str
        What the caller calls it, for the message.

    Returns
    -------
    (date, date)

    Raises
    ------
    ParameterError
        If it is neither, or ends before it begins.

    Examples
    --------
    >>> [day.isoformat() for day in as_period("2025-H1")]
    ['2025-01-01', '2025-06-30']
    >>> [day.isoformat() for day in as_period("2015/2025-Q1")]
    ['2015-01-01', '2025-03-31']
    >>> as_period(2025) == as_period("2025")
    True
    """
    first, last = as_time_span(period, name=name)
    if first is None or last is None:
        raise ParameterError(f"{name} must be {FORMS}; but is {period!r}.")
    return first, last


def as_time_span(period: Any, *, name: str = "period") -> tuple[date | None, date | None]:
    """
    Return the first and the last day of a period that may be open at either end.

    Parameters
    ----------
    period : str, int, (date or None, date or None) or None
        As for `as_period`; None stands for an open end, or for both.
    name : str
        What the caller calls it, for the message.

    Returns
    -------
    (date or None, date or None)

    Raises
    ------
    ParameterError
        If it is no period, or ends before it begins.

    Examples
    --------
    >>> first, last = as_time_span((None, "2024"))
    >>> first, last.isoformat()
    (None, '2024-12-31')
    """
    if period is None:
        return None, None
    if isinstance(period, str):
        parts: Any = period.split("/") if "/" in period else (period, period)
    else:
        parts = (period, period) if isinstance(period, Integral) else period
    try:
        begin, end = parts
        first, last = (
            None if begin is None else _first_and_last(begin)[0],
            None if end is None else _first_and_last(end)[1],
        )
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be {FORMS}; but is {period!r}.") from error
    if first is not None and last is not None and last < first:
        raise ParameterError(
            f"{name} must end on or after the day it begins, but runs from {first} to {last}."
        )
    return first, last


def _first_and_last(part: Any) -> tuple[date, date]:
    """Return the first and last day of a year, half, quarter, month or day."""
    if isinstance(part, date) and part == part:  # NaT is a date that does not equal itself
        return (date(part.year, part.month, part.day),) * 2
    if isinstance(part, np.datetime64):
        part = str(part.astype("datetime64[D]"))
    if isinstance(part, Integral):
        part = str(part)
    if not isinstance(part, str):
        raise ValueError(f"{part!r} is no day")
    text = part.strip()
    found = _PART.fullmatch(text)
    if found is None:
        if _DAY.fullmatch(text) is None:  # 20250401 and the like could be read in two ways
            raise ValueError(f"{text!r} is no day")
        return (date.fromisoformat(text),) * 2
    year, month, half, quarter = (int(group or 0) for group in found.groups())
    first = month or (half - 1) * 6 * bool(half) + (quarter - 1) * 3 * bool(quarter) + 1
    last = month or (half * 6 or quarter * 3 or 12)
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])
