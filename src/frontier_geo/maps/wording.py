"""The sentences of the map: when, where, how precisely, how many. Plain text, never markup."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from frontier_geo.maps.escaping import clean_text

__all__ = [
    "event_type_label",
    "how_precisely",
    "is_missing",
    "kilometres",
    "narcotics",
    "number",
    "people",
    "period_text",
    "side_text",
    "text_or_none",
    "when",
]

LONGEST_TEXT = 2_000  # characters of one field; more would stall a browser
MONTHS = (
    "January February March April May June July August September October November December"
).split()
SIDES = {"TJ": "Tajik side", "AF": "Afghan side", "both": "both sides of the border"}
SCOPES = {
    "context": "Context (build-up, closure and the like): not counted as an incident.",
    "afghan_internal": "Fighting among Afghan parties near the border: not counted by default.",
    "tajik_internal": "Fighting inside Tajikistan near the border: not counted by default.",
    "off_border": "Away from the border: not counted.",
}
CONFIDENCE = {
    "high": "high: two or more sources and a day",
    "medium": "medium",
    "low": "low: an inferred date, or a single odd source; left out of statistics by default",
}
_BY_PRECISION = {
    "exact": "The exact place is known",
    "settlement": "Known to the settlement",
    "near_settlement": "Known only as near a settlement",
    "district": "Known only to the district",
    "province": "Known only to the province",
    "frontage": "Known only to a stretch of the border",
    "country": "Known only as “the border”: no place is reported",
    "unknown": "The place is not known",
}


HYPHENATED_TYPES = {
    "cross_border_fire": "Cross-border fire",
    "military_build_up": "Military build-up",
}


def is_missing(value: Any) -> bool:
    """Say whether a table cell is empty: None, NaN, NaT or NA."""
    if value is None:
        return True
    if isinstance(value, (list, tuple, dict, str)):
        return len(value) == 0
    missing = pd.isna(value)
    return bool(missing) if np.ndim(missing) == 0 else len(value) == 0


def text_or_none(value: Any) -> str | None:
    """Return a cell as clean text, or None when it is empty."""
    if is_missing(value):
        return None
    text = clean_text(value)
    return (text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} … (cut)") or None


def number(value: Any, digits: int = 3) -> str | None:
    """
    Write a number to so many significant digits, whole numbers in full.

    Examples
    --------
    >>> number(1343.956, 5), number(0.0), number(12345), number(0.04567)
    ('1,344', '0', '12,345', '0.0457')
    """
    if is_missing(value):
        return None
    try:
        value = float(value)
    except (TypeError, ValueError):
        return clean_text(value)
    if not math.isfinite(value):
        return None
    if value == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def kilometres(value: Any, decimals: int = 1) -> str | None:
    """Write a chainage or a distance, such as "1,116.7"."""
    return None if is_missing(value) else f"{float(value):,.{decimals}f}"


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _as_date(value: Any) -> date | None:
    if is_missing(value):
        return None
    try:
        stamp = pd.Timestamp(value)
    except (ValueError, TypeError):
        return None
    return None if pd.isna(stamp) else stamp.date()


def when(start: Any, end: Any, precision: Any) -> str:
    """
    Say when, no more exactly than is known.

    Examples
    --------
    >>> when("2025-06-01", "2025-06-30", "month")
    'in June 2025'
    >>> when("2010-01-01", "2010-12-31", "year")
    'in 2010'
    >>> when("2024-11-26", "2024-11-27", "day")
    '26–27 November 2024'
    >>> when("1993-07-14", "1993-08-31", "month")
    'between July and August 1993'
    """
    first, last = _as_date(start), _as_date(end)
    if first is None and last is None:
        raw = text_or_none(start)
        return f"date as reported: {raw}" if raw else "date not known"
    first, last = first or last, last or first
    assert first is not None and last is not None
    if precision == "year":
        if first.year == last.year:
            return f"in {first.year}"
        return f"between {first.year} and {last.year}"
    if precision == "month":
        if (first.year, first.month) == (last.year, last.month):
            return f"in {MONTHS[first.month - 1]} {first.year}"
        year = "" if first.year == last.year else f" {first.year}"
        return f"between {MONTHS[first.month - 1]}{year} and {MONTHS[last.month - 1]} {last.year}"
    if precision != "day" and first != last:
        return f"between {_day(first)} and {_day(last)}"
    if first == last:
        return _day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{_day(last)}"
    return f"{_day(first)} – {_day(last)}"


def how_precisely(precision: Any, uncertainty_km: Any) -> str:
    """
    Say in one sentence how well the place is known.

    Examples
    --------
    >>> how_precisely("near_settlement", 5.0)
    'Known only as near a settlement: the true place lies within about 5 km (95 %).'
    """
    raw = text_or_none(precision) or "unknown"
    start = _BY_PRECISION.get(raw, f"Precision as given: {raw}")
    if raw in ("country", "unknown") or is_missing(uncertainty_km):
        return f"{start}."
    km = number(uncertainty_km, 2)
    if raw in ("district", "province", "frontage"):
        return f"{start}: anywhere along it, within {km} km of its middle."
    return f"{start}: the true place lies within about {km} km (95 %)."


def side_text(side: Any) -> str | None:
    """Write the country side in words."""
    raw = text_or_none(side)
    return None if raw is None else SIDES.get(raw, raw)


def event_type_label(value: Any) -> str:
    """Write an event type as people read it: `drug_seizure` becomes "Drug seizure"."""
    raw = text_or_none(value) or "not stated"
    if raw in HYPHENATED_TYPES:
        return HYPHENATED_TYPES[raw]
    if raw.replace("_", "").isalnum():
        raw = raw.replace("_", " ")
    return raw[:1].upper() + raw[1:]


def people(event: Mapping[str, Any]) -> str | None:
    """Write killed, wounded and detained, as far as they are known."""
    parts = []
    for key in ("killed", "wounded", "detained"):
        count = number(event.get(key), 6)
        low, high = (number(event.get(f"{key}_{end}"), 6) for end in ("min", "max"))
        if low is not None and high is not None and low != high:
            stated = f"{count} " if count is not None else ""
            parts.append(f"{stated}{key} (sources: {low}–{high})")
        elif count is not None:
            parts.append(f"{count} {key}")
    return ", ".join(parts) or None


def narcotics(event: Mapping[str, Any]) -> str | None:
    """Write what narcotics were seized, as far as it is known."""
    weight = number(event.get("narcotics_kg"), 5)
    detail = text_or_none(event.get("narcotics_detail"))
    if weight is None:
        return detail
    return f"{weight} kg" + (f" ({detail})" if detail else "")


def period_text(period: Any) -> str | None:
    """Write a period of two days: "1 January 1992 – 31 December 2025"."""
    if is_missing(period):
        return None
    if isinstance(period, (list, tuple)) and len(period) == 2:
        days = [_as_date(day) for day in period]
        if None not in days:
            return " – ".join(_day(day) for day in days if day is not None)
        return " – ".join(clean_text(day) for day in period)
    return clean_text(period)
