"""A period is written one way, wherever it is asked for."""

import datetime

import numpy as np
import pandas as pd
import pytest

from frontier_geo.errors import ParameterError
from frontier_geo.periods import as_period, as_time_span


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2025", "2025-01-01", "2025-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-H1", "2025-01-01", "2025-06-30"),
        ("2025-h2", "2025-07-01", "2025-12-31"),
        ("2025-Q1", "2025-01-01", "2025-03-31"),
        ("2025-q4", "2025-10-01", "2025-12-31"),
        ("2025-06-30", "2025-06-30", "2025-06-30"),
        ("2015-01-01/2025-06-30", "2015-01-01", "2025-06-30"),
        (" 2015 / 2025-Q2 ", "2015-01-01", "2025-06-30"),
        (("2015", "2025-02"), "2015-01-01", "2025-02-28"),
        (2025, "2025-01-01", "2025-12-31"),
        (np.int32(2024), "2024-01-01", "2024-12-31"),
        ((2015, 2025), "2015-01-01", "2025-12-31"),
        (("2015-Q2", 2025), "2015-04-01", "2025-12-31"),
        (["2020-01-01", "2020-01-01"], "2020-01-01", "2020-01-01"),
        ((datetime.date(2020, 1, 2), pd.Timestamp("2020-03-04 23:00", tz="Asia/Dushanbe")),
         "2020-01-02", "2020-03-04"),
        ((np.datetime64("2020-01-02T10:00"), datetime.datetime(2020, 3, 4, 1)), "2020-01-02",
         "2020-03-04"),
    ],
)  # fmt: skip
def test_what_a_period_is(written, first, last):
    """By the calendar; an hour and its zone say when on that day."""
    assert [day.isoformat() for day in as_period(written)] == [first, last]


@pytest.mark.parametrize(
    "odd",
    [
        "", "soon", "2025-13", "2025-Q5", "2025-H3", "2025-6", "20250401", "01.04.2025", "2025-02-30",
        "2025-W01-1", "2015/2020/2025", "2025/", 2025.0, 1.5, 99, 0, -2025, 20250, 202506, True,
        np.True_, None, (), ("2025-01-01",), (2015, True), (2015, 25), ("2020", None), (None, "2020"),
        ("2020", pd.NaT), ("2020", float("nan")), ("2020", np.datetime64("NaT")),
        ("2019", "2020", "2021"), {"2020": 1},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_none_is_refused_with_the_forms_there_are(odd):
    with pytest.raises(ParameterError, match=r'before must be a pair of days such as.*"2025-H1"'):
        as_period(odd, name="before")


@pytest.mark.parametrize("turned", ["2025/2024", ("2025-02-01", "2025-01-31")])
def test_a_period_ends_on_or_after_its_first_day(turned):
    with pytest.raises(ParameterError, match="period must end on or after the day it begins, but"):
        as_period(turned)


def test_a_time_span_may_be_open():
    day = datetime.date(2024, 12, 31)
    assert as_time_span(None) == as_time_span((None, None)) == (None, None)
    assert as_time_span((None, "2024")) == (None, day)
    assert as_time_span((day, None)) == (day, None)
