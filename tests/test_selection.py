"""Which events count and when: days with hours and zones, missing and backward ends, the period."""

import datetime

import numpy as np
import pandas as pd
import pytest

from frontier_geo import locate_events
from frontier_geo.errors import ParameterError
from frontier_geo.places import draw_days
from frontier_geo.selection import select_events
from frontier_geo.series import segment_series

YEAR = ("2020-01-01", "2020-12-31")


@pytest.fixture
def located(equator, few_events):
    return locate_events(few_events, equator).drop(columns=["date_start", "date_end"])


def dated(located, start, stop=None):
    """Give the four events dates; without `stop` there is no such column."""
    columns = {"date_start": start} | ({} if stop is None else {"date_end": stop})
    return located.assign(**columns)


def days(used, column="date_start"):
    return [None if pd.isna(day) else day.date().isoformat() for day in used[column]]


def test_a_table_without_ends_has_days_that_end_when_they_start(located, equator):
    """No column date_end was a raw KeyError (mended 2026-11-30)."""
    start = ["2020-03-01", "2020-04-01", None, "2021-01-01"]
    chosen = select_events(dated(located, start), period=YEAR)
    assert chosen.used["event_id"].tolist() == ["point", "stretch", "nowhere"]
    assert days(chosen.used) == days(chosen.used, "date_end") == ["2020-03-01", "2020-04-01", None]
    assert chosen.in_time.tolist() == [1, 1, 1]
    assert chosen.set_aside["outside the period"] == 1
    drawn = draw_days(chosen.used, n_imputations=3)
    assert set(drawn[:, 0]) == {np.datetime64("2020-03-01")}
    series = segment_series(dated(located, start), boundary=equator, period=YEAR, step="year")
    assert series["events"].sum() == 1


@pytest.mark.parametrize(
    "start",
    [
        pd.to_datetime(["2020-12-31 23:30"] * 4).tz_localize("Asia/Dushanbe"),
        pd.to_datetime(["2020-12-31 23:30"] * 4).tz_localize("UTC"),
        ["2020-12-31T23:30:00+05:00"] * 4,
        ["2020-12-31 23:30:00"] * 4,
        [datetime.date(2020, 12, 31)] * 4,
        [datetime.datetime(2020, 12, 31, 23, 30, tzinfo=datetime.UTC)] * 4,
        [pd.Timestamp("2020-12-31 23:30"), "2020-12-31", "2020-12-31T23:30Z", None],
    ],
)
def test_the_day_is_the_one_written_where_it_happened(located, start):
    """Zones were a raw TypeError, and an hour on the last day lay outside (mended 2026-11-30)."""
    for stop in (None, start):
        chosen = select_events(dated(located, start, stop), period=("2020-12-31", "2020-12-31"))
        assert len(chosen.used) == 4
        assert (chosen.in_time == 1).all()
        for column in ("date_start", "date_end"):
            assert chosen.used[column].dtype.kind == "M"
            assert set(days(chosen.used, column)) <= {"2020-12-31", None}
        none = select_events(dated(located, start, stop), period=("2021-01-01", "2021-12-31"))
        assert set(days(none.used)) <= {None}


def test_the_default_period_ends_with_the_last_event_though_its_end_is_missing(located):
    """It ended with the last date_end that was given (mended 2026-11-30)."""
    located.attrs.pop("coverage", None)
    start = ["2020-03-01", "2020-04-01", "2020-05-01", "2021-07-01"]
    stop = ["2020-03-05", "2020-04-05", None, None]
    chosen = select_events(dated(located, start, stop))
    assert chosen.period == ["2020-03-01", "2021-07-01"]
    assert len(chosen.used) == 4
    assert days(chosen.used, "date_end")[2:] == ["2020-05-01", "2021-07-01"]


def test_an_event_that_ends_before_it_starts_is_refused(located):
    """It was set aside as outside the period (mended 2026-11-30)."""
    start = ["2020-03-01", "2020-04-02", "2020-05-01", "2020-05-03"]
    stop = ["2020-03-01", "2020-04-01", "2020-05-01", "2020-05-02"]
    words = "on or after date_start, but event 'stretch' runs from 2020-04-02 to 2020-04-01"
    with pytest.raises(ParameterError, match=words):
        select_events(dated(located, start, stop), period=YEAR)
    same_day = ["2020-03-01T20:00", *start[1:]], ["2020-03-01T08:00", *start[1:]]
    assert len(select_events(dated(located, *same_day), period=YEAR).used) == 4


def test_the_part_of_a_window_within_the_period(located):
    """Four days, of which one, two, three and four lie in the period: quarters by hand."""
    start = ["2019-12-29", "2019-12-30", "2020-12-29", "2020-06-01"]
    stop = ["2020-01-01", "2020-01-02", "2021-01-01", "2020-06-04"]
    chosen = select_events(dated(located, start, stop), period=YEAR)
    assert chosen.in_time.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert (chosen.days, chosen.years) == (366, pytest.approx(366 / 365.25))


def test_the_table_given_stays_as_it_is(located):
    table = dated(located, ["2020-12-31T23:30:00+05:00"] * 4)
    before = table.copy()
    select_events(table, period=YEAR)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("odd", ["spring", "2020-13-01", "2020-01-01Tnoon"])
def test_what_is_no_date_is_refused(located, odd):
    with pytest.raises(ParameterError, match="date_end of located must be ISO dates"):
        select_events(dated(located, ["2020-03-01"] * 4, ["2020-03-01", odd, None, None]))
