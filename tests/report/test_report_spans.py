"""What a period is called, and which one lies before it: by hand, from a calendar."""

from __future__ import annotations

from datetime import date

import pytest

from frontier_geo.errors import ParameterError
from frontier_geo.periods import as_period
from frontier_geo.report.spans import period_before, span_words
from frontier_geo.report.words import ReportWords


@pytest.mark.parametrize(
    ("period", "before"),
    [
        ("2025", "2024"),
        ("2020/2025", "2014/2019"),
        ("2025-H1", "2024-H2"),
        ("2025-H2", "2025-H1"),
        ("2025-Q1", "2024-Q4"),
        ("2024-03", "2024-02"),
        ("2024-01-01/2024-05-31", "2023-08-01/2023-12-31"),  # five whole months
        ("2024-03-01/2024-03-30", "2024-01-31/2024-02-29"),  # 30 days: a month is cut
        ("2025-01-01", "2024-12-31"),
    ],
)
def test_the_period_before_is_as_long_and_ends_the_day_before(period, before):
    assert period_before(as_period(period)) == as_period(before)


def test_before_the_year_1_there_is_none():
    with pytest.raises(ParameterError, match="would begin before the year 1"):
        period_before((date(1, 1, 1), date(1, 12, 31)))


@pytest.mark.parametrize(
    ("period", "said"),
    [
        ("2025", "2025"),
        ("2020/2025", "2020 to 2025"),
        ("2025-H2", "second half of 2025"),
        ("2025-Q3", "third quarter of 2025"),
        ("2025-02", "February 2025"),
        ("2025-02-01/2025-04-30", "1 February 2025 – 30 April 2025"),  # no quarter of the calendar
        ("2025-02-03", "3 February 2025"),
    ],
)
def test_what_a_period_is_called(period, said):
    assert ReportWords("en").span(as_period(period)) == said


def test_a_persian_reader_gets_the_days_of_the_solar_calendar():
    """1 January 2025 is 12 Jadi 1403."""
    words = ReportWords("fa")
    assert words.days(as_period("2025-01-01")) == "۱۲ جدی ۱۴۰۳"
    assert words.span(as_period("2025")) == "سال ۲۰۲۵ میلادی"


def test_every_period_has_a_name():
    assert span_words(as_period("2025-06"))[1] == {"year": 2025, "month": 6}
