"""The period of a report: what it is called, and which one lies before it."""

from __future__ import annotations

from datetime import date, timedelta

from frontier_geo.errors import ParameterError

__all__ = ["Span", "overlap", "period_before", "span_words", "within"]

#: First and last day, both included.
Span = tuple[date, date]
DAY = timedelta(days=1)
MONTHS = 12


def period_before(span: Span) -> Span:
    """
    Return the period of the same length that ends the day before.

    A span of whole months is followed back by as many whole months, another one by as many days.

    Raises
    ------
    ParameterError
        If it would begin before the year 1.

    Examples
    --------
    >>> [day.isoformat() for day in period_before((date(2025, 1, 1), date(2025, 6, 30)))]
    ['2024-07-01', '2024-12-31']
    >>> [day.isoformat() for day in period_before((date(2025, 3, 2), date(2025, 3, 4)))]
    ['2025-02-27', '2025-03-01']
    """
    first, last = span
    try:
        end = first - DAY
        if (months := whole_months(span)) is None:
            return first - (last - first) - DAY, end
        number = first.year * MONTHS + first.month - 1 - months
        return date(number // MONTHS, number % MONTHS + 1, 1), end
    except (OverflowError, ValueError) as error:
        raise ParameterError(
            f"The period before {first} to {last} would begin before the year 1. Name one with "
            "before=, or leave the comparison out with before=False."
        ) from error


def within(span: Span, other: Span) -> bool:
    """Say whether all days of a span are days of another one."""
    return other[0] <= span[0] and span[1] <= other[1]


def overlap(span: Span, other: Span) -> int:
    """Return how many days two spans share."""
    return max((min(span[1], other[1]) - max(span[0], other[0])).days + 1, 0)


def whole_months(span: Span) -> int | None:
    """Return how many whole calendar months a span is made of; None if it cuts one."""
    first, last = span
    if first.day != 1 or (last != date.max and (last + DAY).day != 1):
        return None
    return (last.year - first.year) * MONTHS + last.month - first.month + 1


def span_words(span: Span) -> tuple[str, dict[str, int]]:
    """
    Return the key of what a span is called, and the numbers that go into it.

    Examples
    --------
    >>> span_words((date(2025, 7, 1), date(2025, 12, 31)))
    ('span.half_2', {'year': 2025})
    >>> span_words((date(2025, 7, 1), date(2025, 12, 30)))[0]
    'span.days'
    """
    first, last = span
    months = whole_months(span)
    year = {"year": first.year}
    if months == MONTHS and first.month == 1:
        return "span.year", year
    if months and not months % MONTHS and first.month == 1:
        return "span.years", {"first": first.year, "last": last.year}
    if months == 6 and first.month in (1, 7):
        return f"span.half_{(first.month + 5) // 6}", year
    if months == 3 and first.month % 3 == 1:
        return f"span.quarter_{(first.month + 2) // 3}", year
    if months == 1:
        return "span.month", {**year, "month": first.month}
    return "span.days", {}
