"""Dates are read as written; day and month, and the calendar, are those of the column as a whole."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.days import (
    GREGORIAN_MONTHS,
    SOLAR_HIJRI_MONTHS,
    date_habit,
    read_days,
)
from frontier_geo.readers.problems import Problems
from frontier_geo.readers.source import Options

TODAY = datetime.date(2026, 11, 23)


def column(values, name="When"):
    return pd.Series(values, index=range(1, len(values) + 1), dtype=TEXT, name=name)


def read(values, ends=None, **said):
    """Read a column of dates; return the days, the problems and the notes."""
    problems, options = Problems(), Options(today=TODAY, **said)
    cells = values if isinstance(values, pd.Series) else column(values)
    end = None if ends is None else column(ends, "Until")
    return read_days(cells, end, problems, options), problems, options.notes


def spans(days):
    return [
        (f"{row.date_start:%Y-%m-%d}", f"{row.date_end:%Y-%m-%d}", row.date_precision)
        for row in days.itertuples()
    ]


@pytest.mark.parametrize(
    "cell",
    [
        "2025-06-30", "2025-06-30 14:05", "2025-06-30T23:59:59+05:00", "2025-06-30T00:00:00.000Z",
        "2025/06/30", "2025.6.30", "20250630", "30.06.2025", "30/06/2025", "30-06-2025", "30.6.2025",
        "30.06.2025 14:05:33", "30/06/2025, 2:05 PM", "30.06.2025 г.", "30 June 2025", "30 june, 2025",
        "30-Jun-2025", "30 Jun. 2025", "30th of June 2025", "June 30, 2025", "Jun 30 2025",
        "Monday, June 30, 2025", "Mon, 30 Jun 2025", "30 июня 2025", "30 июня 2025 г.",
        "30 июня 2025 года", "30 июни 2025", "30 июни соли 2025", "30 июн 2025", "۳۰ جون ۲۰۲۵",
        "۳۰/۰۶/۲۰۲۵", "٣٠/٠٦/٢٠٢٥", "30 ژوئن 2025", "\u200e30.06.2025\u200e",
    ],
)  # fmt: skip
def test_one_day_in_many_writings(cell):
    """However it is written, it is the 30th of June; the day of an hour is the one written."""
    days, problems, _ = read([cell])
    assert not problems.refused, problems.refused_rows().to_string()
    assert spans(days) == [("2025-06-30", "2025-06-30", "day")]


@pytest.mark.parametrize(
    ("cell", "span"),
    [
        ("June 2025", ("2025-06-01", "2025-06-30", "month")),
        ("2025-06", ("2025-06-01", "2025-06-30", "month")),
        ("juin 2025", ("2025-06-01", "2025-06-30", "month")),
        ("1er août 2025", ("2025-08-01", "2025-08-01", "day")),
        ("06.2025", ("2025-06-01", "2025-06-30", "month")),
        ("июнь 2025 г.", ("2025-06-01", "2025-06-30", "month")),
        ("2024-02", ("2024-02-01", "2024-02-29", "month")),
        ("December 2025", ("2025-12-01", "2025-12-31", "month")),
        ("2025", ("2025-01-01", "2025-12-31", "year")),
        ("2025 год", ("2025-01-01", "2025-12-31", "year")),
        ("1600", ("1600-01-01", "1600-12-31", "year")),  # before nanoseconds begin
        ("1650-02-03", ("1650-02-03", "1650-02-03", "day")),
        # 1404 ran from 21 March 2025 to 20 March 2026; the first six months have 31 days.
        ("1404", ("2025-03-21", "2026-03-20", "year")),
        ("1404/01", ("2025-03-21", "2025-04-20", "month")),
        ("حوت 1404", ("2026-02-20", "2026-03-20", "month")),
    ],
)
def test_a_month_or_a_year_is_a_window(cell, span):
    """What is known to a month is the whole month."""
    days, problems, _ = read([cell])
    assert not problems.refused and spans(days) == [span]


# Days known in both calendars, in Afghanistan and Iran.
PUBLISHED = {
    "26 سرطان 1352": "1973-07-17",  # the end of the monarchy
    "7 ثور 1357": "1978-04-27",  # the Saur revolution
    "22 بهمن 1357": "1979-02-11",  # the Iranian revolution
    "26 دلو 1367": "1989-02-15",  # the last Soviet soldiers leave
    "8 ثور 1371": "1992-04-28",  # the mujahideen take Kabul
    "24 اسد 1400": "2021-08-15",  # the Taliban take Kabul
    "1 فروردین 1403": "2024-03-20",  # new year
    "30 اسفند 1403": "2025-03-20",  # a leap day
    "1 حمل 1404": "2025-03-21",  # new year
}


@pytest.mark.parametrize(("cell", "day"), PUBLISHED.items())
def test_published_days_of_the_solar_hijri_calendar(cell, day):
    """Days that history books give in both calendars."""
    days, problems, notes = read([cell])
    assert not problems.refused and f"{days.loc[1, 'date_start']:%Y-%m-%d}" == day
    assert notes == ["'When': the years are of the solar hijri calendar."]


@pytest.mark.parametrize(
    "cell",
    ["1404/04/09", "1404-04-09", "۱۴۰۴/۰۴/۰۹", "9 سرطان 1404", "۹ سرطان ۱۴۰۴", "9 تیر 1404",
     "9 Saratan 1404", "Saratan 9, 1404", "9 Tir 1404", "9 саратони 1404", "9 саратон 1404",
     "9 چنګاښ 1404", "09/04/1404"],
)  # fmt: skip
def test_one_day_of_the_solar_hijri_calendar(cell):
    """The ninth of the fourth month of 1404: 21 March + 3 × 31 + 8 days = 30 June 2025."""
    days, problems, _ = read([cell])
    assert not problems.refused, problems.refused_rows().to_string()
    assert spans(days) == [("2025-06-30", "2025-06-30", "day")]


@settings(deadline=None, max_examples=40)
@given(st.integers(1300, 1450))
def test_the_months_of_a_solar_hijri_year_follow_one_another(year):
    """Six months of 31 days, five of 30 and one of 29 or 30, without a gap, from 19 to 22 March."""
    days, problems, _ = read([f"{year}/{month:02d}" for month in range(1, 13)])
    assert not problems.refused
    lengths = ((days["date_end"] - days["date_start"]).dt.days + 1).tolist()
    assert lengths[:11] == [31] * 6 + [30] * 5 and lengths[11] in (29, 30)
    follows = days["date_start"].to_numpy()[1:] - days["date_end"].to_numpy()[:-1]
    assert (follows == np.timedelta64(1, "D")).all()
    first = days.loc[1, "date_start"]
    assert first.month == 3 and 19 <= first.day <= 22 and first.year == year + 621


def test_the_calendar_is_that_of_most_rows():
    """A Gregorian day among solar hijri ones is refused, and the other way round."""
    days, problems, _ = read(["1404/04/09", "1404/04/10", "2025-06-30", "30 June 2025", "1404"])
    assert list(problems.refused_rows().index) == [3, 4]
    assert "solar hijri" in problems.refused_rows().loc[3, "reason"]
    days, problems, _ = read(["2025-06-30", "2025-07-01", "1404/04/09"])
    assert list(problems.refused_rows().index) == [3] and days["date_start"].notna().sum() == 2
    days, problems, _ = read(["2025-06-30", "1404/04/09"], calendar="solar_hijri")
    assert list(problems.refused_rows().index) == [1]
    days, problems, _ = read(["1404/04/09"], calendar="gregorian")
    assert list(problems.refused_rows().index) == [1]


def test_day_and_month_stand_in_the_order_of_the_column():
    """One row that shows the order decides for those that could be either."""
    days, _, notes = read(["03/04/2025", "30/06/2025"])
    assert days["date_start"].dt.month.tolist() == [4, 6] and "other rows" in notes[0]
    days, _, notes = read(["03/04/2025", "06/30/2025"])
    assert days["date_start"].dt.month.tolist() == [3, 6] and "month first" in notes[0]
    days, _, notes = read(["03/04/2025"])
    assert days["date_start"].dt.month.tolist() == [4] and "no row shows it" in notes[0]
    assert read(["03/04/2025"], day_first=False)[0]["date_start"].dt.month.tolist() == [3]
    assert not read(["03/03/2025"])[2]  # the same either way


def test_rows_that_contradict_most_others_are_refused():
    """One row of American writing among European ones is not read the other way."""
    _, problems, _ = read(["30/06/2025", "13/06/2025", "06/30/2025", "03/04/2025"])
    refused = problems.refused_rows()
    assert list(refused.index) == [3] and "no such month" in refused.loc[3, "reason"]
    _, problems, _ = read(["30/06/2025", "03/04/2025"], day_first=False)
    assert list(problems.refused_rows().index) == [1]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("30.06.25", "four digits"),
        ("30 June 25", "four digits"),
        ("30-Jun-25", "four digits"),
        ("2025-02-30", "no such day"),
        ("30.02.2025", "no such day"),
        ("2025-13-01", "no such day"),
        ("32 June 2025", "no such day"),
        ("1404/12/30", "no such day"),  # 1404 is no leap year
        ("1550/01/01", "a year from 1600"),
        ("9 June 1404", "does not belong"),
        ("9 Saratan 2025", "does not belong"),
        ("45838", "a day such as"),  # a serial number is only known in a typed cell
        ("yesterday", "a day such as"),
        ("12-15 June 2025", "a day such as"),
        ("2025-06-30; DROP TABLE", "a day such as"),
        ("9" * 5_000, "a day such as"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_value(cell, reason):
    """The row names the column, what stood there and why."""
    days, problems, _ = read([cell, "n/a", None])
    refused = problems.refused_rows()
    assert list(refused.index) == [1] and refused.loc[1, "column"] == "When"
    assert refused.loc[1, "value"].startswith(cell[:50]) and reason in refused.loc[1, "reason"]
    assert days.isna().all(axis=None)


def test_an_end_makes_a_window():
    """The precision is the shortest word that holds both days; without an end the start stands."""
    days, problems, _ = read(
        ["2025-06-01"] * 6 + ["June 2025"],
        ["2025-06-01", "2025-06-07", "2025-06-08", "2025-07-01", "2025-07-02", None, "n/a"],
    )
    assert not problems.refused
    assert days["date_precision"].tolist() == [
        "day",
        "week",
        "month",
        "month",
        "year",
        "day",
        "month",
    ]
    assert days["date_end"].dt.strftime("%m-%d").tolist()[-2:] == ["06-01", "06-30"]
    _, problems, _ = read([None, "?", None], ["2025-04-01", "2025", None])
    assert list(problems.refused_rows().index) == [1, 2]  # an open beginning is no single day
    _, problems, _ = read(["2025-06-01"], ["soon"])
    assert problems.refused_rows().loc[1, "column"] == "Until"


def test_typed_cells_of_a_spreadsheet():
    """Dates are dates; numbers are serial numbers (45838 is 30 June 2025 in Excel) or years."""
    cells = pd.Series(
        [45838, 45838.75, 2025, 1404, datetime.datetime(2025, 6, 30, 4), datetime.date(2025, 6, 30),
         "30.06.2025", 45838.0, None, 12.0, True],
        dtype=object, name="When",
    )  # fmt: skip
    days, problems, _ = read(cells)
    day = ("2025-06-30", "2025-06-30", "day")
    good = days.drop([3, 8, 9, 10])
    assert spans(good) == [day, day, ("2025-01-01", "2025-12-31", "year"), day, day, day, day]
    assert list(problems.refused_rows().index) == [3, 9, 10]
    stamps = pd.Series(pd.to_datetime(["2025-06-30 23:00+05:00", None]), name="When")
    days, problems, _ = read(stamps)
    assert spans(days.iloc[:1]) == [day] and not problems.refused and pd.isna(days.iloc[1, 0])


def test_the_habit_of_a_column_adds_up_over_its_chunks():
    """What two parts show together is what the whole shows."""
    cells = column(["03/04/2025", "30/06/2025", "06/30/2025", "1404/01/01", "2025-06-30", None])
    whole = date_habit(cells)
    assert date_habit(cells.iloc[:2]) + date_habit(cells.iloc[2:]) == whole
    assert (whole.day_first, whole.month_first, whole.either) == (1, 1, 1)
    assert (whole.gregorian, whole.solar_hijri) == (4, 1)


def test_no_name_of_a_month_means_two():
    """Within a calendar each name stands for one month, so a reading is never a choice."""
    for tables in (GREGORIAN_MONTHS, SOLAR_HIJRI_MONTHS):
        meaning = {}
        for names in tables.values():
            assert len(names) == 12
            for number, each in enumerate(names, start=1):
                for name in each.split("|"):
                    assert meaning.setdefault(name, number) == number, name


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.one_of(st.none(), st.text(max_size=30), st.dates().map(str)), min_size=1, max_size=15
    )
)
def test_any_text_is_read_or_refused(cells):
    """Nothing crashes; a refused row has no day, and a day never ends before it begins."""
    days, problems, _ = read(cells)
    assert days.loc[problems.refused_rows().index, "date_start"].isna().all()
    known = days.dropna(subset="date_start")
    assert (known["date_end"] >= known["date_start"]).all() and known[
        "date_precision"
    ].notna().all()


@settings(deadline=None, max_examples=40)
@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31)),
       st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y", "%Y%m%d"]))  # fmt: skip
def test_a_day_that_is_written_comes_back(day, form):
    """Whatever a program writes is read."""
    days, problems, _ = read([day.strftime(form)])
    assert not problems.refused and days.loc[1, "date_start"].date() == day


@pytest.mark.parametrize(
    "cell",
    ["2025-06-30T25:99", "2025-06-30 24:10", "2025-06-30T12:60:00", "2025-06-30T12:00:61",
     "2025-06-30T12:00+25:00", "30.06.2025 99:00"],
)  # fmt: skip
def test_an_hour_that_there_is_none_of_is_refused(cell):
    """Mended 2026-11: whatever two digits stood there, the day was read."""
    days, problems, _ = read([cell])
    assert "an hour from 00:00 to 23:59" in problems.refused_rows().loc[1, "reason"]
    assert days.isna().all(axis=None)


@pytest.mark.parametrize(
    "values", [["30.06.2025", "30.06.2025"], ["2025-06-30", "30.06.2025", None]]
)
def test_a_column_of_categories_is_read(values):
    """Mended 2026-11: it ended in a TypeError."""
    cells = column(values)
    expected, _, _ = read(cells)
    days, problems, _ = read(cells.astype("category"))
    assert not problems.refused
    pd.testing.assert_frame_equal(days, expected)
    assert date_habit(cells.astype("category")) == date_habit(cells)


def test_iso_dates_are_counted_as_what_they_are():
    """Those of the solar hijri calendar look the same but for the year."""
    cells = column(["2025-06-30", "2025-06-30T10:00Z", "1404-04-09", "2025-02-30", " 2025-06-30 "])
    habit = date_habit(cells)
    assert (habit.gregorian, habit.solar_hijri, habit.either) == (4, 1, 0)
    assert date_habit(cells.astype(object)) == habit
