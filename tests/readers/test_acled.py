"""ACLED exports of each known form, and each code, against the ACLED codebook."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path

import pandas as pd
import pytest

from frontier_geo.readers import read_events
from frontier_geo.readers.acled import ACLED, SINCE_2023, TO_2018, TO_2023
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.problems import Problems
from frontier_geo.readers.source import Options

FILES = Path(__file__).parent / "files" / "acled"
TODAY = datetime.date(2026, 11, 24)
ROW = {
    "event_id_cnty": "TAJ900",
    "event_date": "2025-06-18",
    "time_precision": "1",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "Invented Border Forces",
    "country": "Tajikistan",
    "latitude": "37.85",
    "longitude": "70.06",
    "geo_precision": "1",
    "fatalities": "2",
}


def read_rows(*changes, day_first=None):
    """Return events and problems of rows that are as `ROW` but for some cells."""
    rows = [{**dict.fromkeys(SINCE_2023), **ROW, **change} for change in changes]
    cells = pd.DataFrame(rows, index=range(1, len(rows) + 1), dtype=TEXT)
    problems = Problems()
    options = Options(TODAY, day_first=day_first)
    return ACLED.to_events(cells, problems, options), problems


def accepted(name):
    """Return the incidents of a file."""
    return read_events(FILES / name, today=TODAY, quiet=True).accepted


def days(event):
    """Return the window of an event as text."""
    return f"{event['date_start']:%Y-%m-%d}", f"{event['date_end']:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("since_2023.csv", ["TAJ900", "TAJ901", "AFG902", "TAJ903"]),
        ("export_tool.csv", ["TAJ900", "TAJ901", "AFG902", "TAJ903"]),
        ("read_page.json", ["TAJ900", "TAJ901"]),
        ("2019_to_2023.csv", ["TAJ80", "TAJ81", "TAJ82"]),
        ("upper_case.csv", ["TAJ80", "TAJ81", "TAJ82"]),
        ("to_2018.csv", ["80TAJ", "81TAJ", "82TAJ"]),
    ],
)
def test_each_form_of_file_is_known_by_its_columns(name, ids):
    """No row is lost, and none may be passed on."""
    events = accepted(name)
    assert events["event_id"].tolist() == [f"acled:{each}" for each in ids]
    assert set(events["source"]) == {"ACLED"}
    assert events["licence"].str.startswith("restricted").all()
    assert events["event_type"].notna().all()


def test_the_files_have_the_columns_of_their_time():
    """31 since 2023 and before, 28 in capitals, 25 up to 2018."""
    for name, columns in (
        ("since_2023.csv", ACLED.column_sets["since March 2023"]),
        ("2019_to_2023.csv", ACLED.column_sets["2019 to March 2023"]),
        ("upper_case.csv", ACLED.column_sets["upper case, 2018 to 2023"]),
        ("to_2018.csv", ACLED.column_sets["upper case, to 2018"]),
    ):
        with (FILES / name).open(encoding="utf-8", newline="") as file:
            assert tuple(next(csv.reader(file))) == columns
    assert [len(columns) for columns in ACLED.column_sets.values()] == [31, 31, 28, 25]
    # What the guide to the column changes of 20 March 2023 names as removed and added.
    assert set(TO_2023) - set(SINCE_2023) == {"data_id", "event_id_no_cnty", "iso3"}
    assert set(SINCE_2023) - set(TO_2023) == {"disorder_type", "civilian_targeting", "tags"}
    assert "ALLY_ACTOR_1" in TO_2018


def test_the_same_event_reads_the_same_in_every_form():
    """CSV, the export tool's dates and columns of population, and JSON."""
    csv_rows, tool, page = map(accepted, ("since_2023.csv", "export_tool.csv", "read_page.json"))
    pd.testing.assert_frame_equal(csv_rows, tool)
    pd.testing.assert_frame_equal(csv_rows.iloc[:2], page)


def test_an_event_carries_what_the_row_says():
    """The third row of the file, cell by cell."""
    event = accepted("since_2023.csv").iloc[2]
    assert event["actors"] == (
        "Unidentified Armed Group (Afghanistan); Civilians (Afghanistan); Farmers (Afghanistan)"
    )
    assert (event["place"], event["admin1"], event["admin2"]) == (
        "Imam Sahib", "Kunduz", "Imam Sahib",
    )  # fmt: skip
    assert (event["country"], event["country_side"]) == ("Afghanistan", "AF")
    assert event["killed"] == 1
    assert pd.isna(event["killed_min"]) and pd.isna(event["killed_max"])
    assert event["summary"].startswith("Invented")
    assert (event.geometry.x, event.geometry.y) == (68.94, 37.19)
    # 1751328000 s after the start of 1970 is the first of July 2025.
    assert event["source_version"] == "2025-07-01"
    assert event["notes"] == "sources: Invented Agency"


def test_actors_of_the_old_columns_are_found():
    """They were called ALLY_ACTOR_1 and ALLY_ACTOR_2."""
    assert accepted("to_2018.csv")["actors"].iloc[0] == (
        "Invented Border Forces; Invented Local Militia; Unidentified Armed Group (Tajikistan); "
        "Smugglers (Tajikistan)"
    )


@pytest.mark.parametrize(
    ("code", "precision", "window"),
    [
        ("1", "day", ("2025-06-18", "2025-06-18")),
        # "the middle of that week is used as the reference date"
        ("2", "week", ("2025-06-15", "2025-06-21")),
        # "the month's mid-point is chosen", or its first or last day
        ("3", "month", ("2025-06-01", "2025-06-30")),
    ],
)
def test_time_precision_is_a_window_around_the_date(code, precision, window):
    """The window holds the day; the date itself stands for it."""
    events, _ = read_rows({"time_precision": code})
    assert events["date_precision"].iloc[0] == precision
    assert days(events.iloc[0]) == window


@pytest.mark.parametrize("day", ["2024-02-01", "2024-02-15", "2024-02-29"])
def test_a_month_is_the_same_whichever_day_stands_for_it(day):
    """Beginning, middle or end; in a leap year."""
    events, _ = read_rows({"time_precision": "3", "event_date": day})
    assert days(events.iloc[0]) == ("2024-02-01", "2024-02-29")


@pytest.mark.parametrize(
    ("code", "precision", "radius"),
    [
        ("1", "settlement", None),  # in a particular town or in its outskirts
        ("2", "near_settlement", 25.0),  # near a known location, or in a small part of a region
        ("3", "province", None),  # in a region without further details
    ],
)
def test_geo_precision_says_how_well_the_place_is_known(code, precision, radius):
    """The radius of code 2 is a judgement, and said to be one."""
    events, _ = read_rows({"geo_precision": code})
    event = events.iloc[0]
    assert event["location_precision"] == precision
    assert (None if pd.isna(event["location_uncertainty_km"]) else 25.0) == radius
    assert event["location_basis"].startswith(f"geo_precision {code}: ")


@pytest.mark.parametrize(
    "written",
    ["2025-06-18", "18 June 2025", "18 Jun 2025", "18-Jun-2025", "18-Jun-25", "18/06/2025",
     "18-06-2025", "2025-06-18T00:00:00", "2025-06-18 00:00:00", "18/06/25"],
)  # fmt: skip
def test_dates_of_every_form_of_export_are_read(written):
    """With the day first, never the month."""
    events, problems = read_rows({"event_date": written})
    assert problems.refused_rows().empty
    assert days(events.iloc[0])[0] == "2025-06-18"


def test_a_column_may_hold_dates_of_several_forms():
    """As when two exports were put together."""
    events, problems = read_rows({}, {"event_date": "03/04/2017"}, {"event_date": "5 May 2020"})
    assert problems.refused_rows().empty
    assert [days(event)[0] for _, event in events.iterrows()] == [
        "2025-06-18", "2017-04-03", "2020-05-05",
    ]  # fmt: skip


def test_dates_with_the_month_first_are_refused_with_all_that_look_alike():
    """A spreadsheet has turned them round: 06/05/2025 is then no sixth of May."""
    rows = [
        {"event_date": "06/18/2025"},
        {"event_date": "06/05/2025"},
        {"event_date": "2025-06-18"},
    ]
    _, problems = read_rows(*rows)
    refused = problems.refused_rows()
    assert refused.index.tolist() == [1, 2]
    assert "day_first=False" in refused.loc[2, "reason"]
    events, problems = read_rows(*rows, day_first=False)
    assert problems.refused_rows().empty
    assert [days(event)[0] for _, event in events.iterrows()] == [
        "2025-06-18", "2025-06-05", "2025-06-18",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("event_date", "06/18/2025"),
        ("event_date", "2025-06-31"),
        ("event_date", "June 2025"),
        ("time_precision", "4"),
        ("geo_precision", "0"),
        ("fatalities", "2.5"),
        ("fatalities", "-2"),
        ("longitude", "east"),
    ],
)
def test_what_the_codebook_does_not_know_is_refused_row_by_row(column, value):
    """By the column of the file, with what stood there; the other rows stay."""
    _, problems = read_rows({}, {column: value}, {})
    refused = problems.refused_rows()
    assert refused.index.tolist() == [2]
    assert refused.loc[2, ["column", "value"]].tolist() == [column, value]


@pytest.mark.parametrize(
    ("event_type", "sub_event_type", "word"),
    [
        ("Battles", "Armed clash", "armed_clash"),
        ("battles", "ARMED CLASH", "armed_clash"),
        ("Protests", "Excessive force against protestors", "attack_on_civilians"),
        ("Strategic developments", "Agreement", "agreement_or_talks"),
        ("Strategic developments", None, "other"),
        ("Battles", "A sub-event type of a later codebook", "armed_clash"),
        ("Violence against civilians", "Abduction/forced disappearance", "abduction"),
    ],
)
def test_types_are_told_by_the_sub_event_type_where_it_is_known(event_type, sub_event_type, word):
    """Else by the event type; however they are spelled."""
    events, _ = read_rows({"event_type": event_type, "sub_event_type": sub_event_type})
    assert events["event_type"].iloc[0] == word


def test_a_type_of_a_later_codebook_is_kept_and_noted():
    """The row is not lost; it has no word."""
    events, problems = read_rows({"event_type": "A new type", "sub_event_type": "Of its own"})
    assert problems.refused_rows().empty
    assert pd.isna(events["event_type"].iloc[0])
    assert events["source_event_type"].iloc[0] == "A new type | Of its own"
    assert "'A new type | Of its own'" in events.attrs["notes"][0]


def test_the_country_may_be_told_by_its_number():
    """ISO 3166-1: 4 and 762."""
    events, _ = read_rows({"country": None, "iso": "4"}, {"country": None, "iso": "762"})
    assert events["country_side"].tolist() == ["AF", "TJ"]


def test_unknown_stays_missing():
    """No zero, no empty text, no made-up id."""
    events, problems = read_rows(dict.fromkeys(ROW))
    assert problems.refused_rows().empty
    for name in (
        "event_id",
        "killed",
        "date_start",
        "date_precision",
        "lon",
        "actors",
        "event_type",
    ):
        assert pd.isna(events[name].iloc[0])


def test_an_answer_with_few_columns_is_read():
    """The API gives the columns that were asked for; what is not there is missing."""
    table = pd.DataFrame(
        {"event_id_cnty": ["TAJ900"], "event_date": ["2025-06-18"], "event_type": ["Battles"],
         "latitude": ["37.85"], "longitude": ["70.06"]}
    )  # fmt: skip
    event = read_events(table, today=TODAY, quiet=True).accepted.iloc[0]
    assert (event["source"], event["event_type"]) == ("ACLED", "armed_clash")
    assert event["location_precision"] == "unknown"  # never taken for an exact point
    assert pd.isna(event["killed"])
