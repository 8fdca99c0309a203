"""UCDP files of each known form, and each code, against the GED codebook 25.1."""

from __future__ import annotations

import datetime
from pathlib import Path

import pandas as pd
import pytest

from frontier_geo.readers import read_events
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.problems import Problems
from frontier_geo.readers.source import Options
from frontier_geo.readers.ucdp import (
    COLUMNS,
    COLUMNS_TO_19,
    UCDP_CANDIDATE,
    UCDP_GED,
    is_candidate,
    version_of,
)

FILES = Path(__file__).parent / "files" / "ucdp"
TODAY = datetime.date(2026, 11, 24)
ROW = {
    "id": "900001",
    "type_of_violence": "1",
    "side_a": "Government of Tajikistan",
    "side_b": "Invented group",
    "where_prec": "1",
    "date_prec": "1",
    "date_start": "2021-07-05 00:00:00.000",
    "date_end": "2021-07-05 00:00:00.000",
    "latitude": "37.19",
    "longitude": "68.94",
    "country": "Tajikistan",
    "best": "4",
    "low": "3",
    "high": "6",
}


def read_rows(*changes, source=UCDP_GED, file_name="GEDEvent_v25_1.csv"):
    """Return events and problems of rows that are as `ROW` but for some cells."""
    rows = [{**dict.fromkeys(COLUMNS), **ROW, **change} for change in changes]
    cells = pd.DataFrame(rows, index=range(1, len(rows) + 1), dtype=TEXT)
    problems = Problems()
    return source.to_events(cells, problems, Options(TODAY, file_name=file_name)), problems


def accepted(name):
    """Return the incidents of a file."""
    return read_events(FILES / name, today=TODAY, quiet=True).accepted


def test_there_are_as_many_columns_as_in_the_releases():
    """49 since 20.1, 42 before: the older ids and two descriptions are missing there."""
    assert len(COLUMNS) == len(set(COLUMNS)) == 49
    assert len(COLUMNS_TO_19) == len(set(COLUMNS_TO_19)) == 42
    assert set(COLUMNS) - set(COLUMNS_TO_19) == {
        "relid", "code_status", "conflict_dset_id", "dyad_dset_id", "side_a_dset_id",
        "side_b_dset_id", "where_description",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rows", "source", "version"),
    [
        ("GEDEvent_v25_1.csv", 7, "UCDP GED", "25.1"),
        ("ged191.csv", 5, "UCDP GED", "19.1"),
        ("GEDEvent_v26_0_3.csv", 2, "UCDP GED Candidate", "26.0.3"),
        ("gedevents_25.1_page.json", 2, "UCDP GED", "25.1"),
    ],
)
def test_each_form_of_file_is_known_by_its_columns(name, rows, source, version):
    """No row is lost, and each says where it is from."""
    events = accepted(name)
    assert len(events) == rows
    assert set(events["source"]) == {source}
    assert set(events["source_version"]) == {version}
    assert set(events["licence"]) == {"CC-BY-4.0"}


def test_the_same_event_reads_the_same_in_every_form():
    """CSV of both sets of columns and JSON differ only in what they lack."""
    now, old, page = map(accepted, ("GEDEvent_v25_1.csv", "ged191.csv", "gedevents_25.1_page.json"))
    apart = ["source_version", "notes"]
    pd.testing.assert_frame_equal(now.iloc[:5].drop(columns=apart), old.drop(columns=apart))
    pd.testing.assert_frame_equal(now.iloc[:2], page)


def test_a_file_without_a_header_is_read():
    """As Candidate 24.0.1 came."""
    event = accepted("GEDEvent_v24_0_1.csv").iloc[0]
    assert event["event_id"] == "ucdp:920001"
    assert f"{event['date_start']:%Y-%m-%d}" == "2024-01-12"


def test_an_event_carries_what_the_row_says():
    """The first row of the file, cell by cell."""
    event = accepted("GEDEvent_v25_1.csv").iloc[0]
    assert event["event_id"] == "ucdp:900001"
    assert event["actors"] == "Government of Afghanistan; Taleban"
    assert event["place"] == "Imam Sahib town"
    assert (event["country"], event["country_side"]) == ("Afghanistan", "AF")
    assert (event["admin1"], event["admin2"]) == ("Kunduz province", "Imam Sahib district")
    assert (event["killed"], event["killed_min"], event["killed_max"]) == (4, 3, 6)
    assert (event.geometry.x, event.geometry.y) == (68.936, 37.189)
    assert event["summary"] == "Invented: a report"
    assert event["source_dates"] == ["2021-07-06"]
    assert event["source_event_type"] == "type_of_violence 1: state-based conflict"
    assert pd.isna(event["scope"]) and pd.isna(event["confidence"])


@pytest.mark.parametrize(
    ("code", "precision", "radius"),
    [
        ("1", "settlement", None),  # exact location known
        ("2", "near_settlement", 25.0),  # within a radius of about 25 km around a known point
        ("3", "district", None),  # second-order administrative division
        ("4", "province", None),  # first-order administrative division
        ("5", "province", None),  # linear feature or fuzzy polygon
        ("6", "country", None),
        ("7", "unknown", None),  # international waters or airspace
    ],
)
def test_where_prec_says_how_well_the_place_is_known(code, precision, radius):
    """Only code 2 is a radius; the point stays for all of them."""
    events, _ = read_rows({"where_prec": code})
    event = events.iloc[0]
    assert event["location_precision"] == precision
    assert event["location_uncertainty_km"] == radius or pd.isna(event["location_uncertainty_km"])
    assert (radius is None) == pd.isna(event["location_uncertainty_km"])
    assert event["location_basis"].startswith(f"where_prec {code}: ")
    assert (event["lon"], event["lat"]) == (68.94, 37.19)


@pytest.mark.parametrize(
    ("code", "precision"),
    [
        ("1", "day"),
        ("2", "week"),  # 2 to 6 days
        ("3", "week"),
        ("4", "month"),  # 8 to 30 days, or a month
        ("5", "year"),  # more than a month, up to a year
    ],
)
def test_date_prec_says_how_well_the_day_is_known(code, precision):
    """The window is UCDP's own."""
    events, _ = read_rows({"date_prec": code, "date_end": "2021-07-09 00:00:00.000"})
    event = events.iloc[0]
    assert event["date_precision"] == precision
    assert (event["date_start"], event["date_end"]) == (
        pd.Timestamp("2021-07-05"),
        pd.Timestamp("2021-07-09"),
    )


@pytest.mark.parametrize(
    ("code", "word"), [("1", "armed_clash"), ("2", "armed_clash"), ("3", "attack_on_civilians")]
)
def test_type_of_violence_has_a_word(code, word):
    """1 state-based, 2 non-state, 3 one-sided."""
    events, _ = read_rows({"type_of_violence": code})
    assert events.iloc[0]["event_type"] == word


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("where_prec", "8"),
        ("date_prec", "6"),
        ("type_of_violence", "4"),
        ("best", "2.5"),
        ("best", "-1"),
        ("low", "several"),
        ("date_start", "05.07.2021"),
        ("date_end", "2021-02-30"),
        ("latitude", "37,19"),
    ],
)
def test_what_the_codebook_does_not_know_is_refused_row_by_row(column, value):
    """By the column of the file, with what stood there; the other rows stay."""
    _, problems = read_rows({}, {column: value}, {}, {column: value})
    refused = problems.refused_rows()
    assert refused.index.tolist() == [2, 4]
    assert set(refused["column"]) == {column}
    assert set(refused["value"]) == {value}


def test_unknown_stays_missing():
    """No zero, no empty text, no made-up id."""
    empty = dict.fromkeys(ROW)
    events, problems = read_rows({**empty, "country": "Tajikistan"})
    event = events.iloc[0]
    assert problems.refused_rows().empty
    for name in ("event_id", "killed", "killed_min", "date_start", "lon", "actors", "summary"):
        assert pd.isna(event[name])
    assert event["source_dates"] is None


def test_an_aggregate_is_said_in_the_notes():
    """event_clarity 2 is about what the row stands for, not how sure it is."""
    events, _ = read_rows({"event_clarity": "2"}, {"event_clarity": "1"})
    assert events["notes"].iloc[0] == "event_clarity 2: an aggregate of several incidents"
    assert events["confidence"].isna().all()


def test_an_event_that_ucdp_has_yet_to_check_has_low_confidence():
    """Candidate files say so in code_status."""
    events, _ = read_rows(
        {"code_status": "Clear"}, {"code_status": "Check deaths"}, source=UCDP_CANDIDATE
    )
    assert pd.isna(events["confidence"].iloc[0])
    assert events["confidence"].iloc[1] == "low"
    assert events["notes"].iloc[1] == "code_status: Check deaths"


def test_the_country_may_be_told_by_its_number():
    """700 and 702 are Afghanistan and Tajikistan in the list of Gleditsch and Ward."""
    events, _ = read_rows(
        {"country": None, "country_id": "700"}, {"country": None, "country_id": "702"},
        {"country": "Pakistan", "country_id": "770"},
    )  # fmt: skip
    assert events["country_side"].iloc[:2].tolist() == ["AF", "TJ"]
    assert pd.isna(events["country_side"].iloc[2])


def test_numbers_and_days_of_other_formats_read_as_text_does():
    """A spreadsheet brings numbers and timestamps."""
    plain, _ = read_rows({})
    typed = pd.DataFrame(
        {
            name: [
                pd.Timestamp(value[:10]) if name.startswith("date_s") or name == "date_end"
                else float(value) if value.replace(".", "").isdigit() else value
            ]
            for name, value in ROW.items()
        },
        index=[1],
    )  # fmt: skip
    events = UCDP_GED.to_events(typed, Problems(), Options(TODAY, file_name="GEDEvent_v25_1.xlsx"))
    for name in ("event_id", "date_start", "date_precision", "killed", "location_precision", "lon"):
        assert events[name].iloc[0] == plain[name].iloc[0]


def test_other_columns_and_other_cases_do_no_harm():
    """Names of columns may be in capitals, and there may be more of them."""
    cells = pd.DataFrame([{name.upper(): value for name, value in ROW.items()} | {"MORE": "x"}])
    events = UCDP_GED.to_events(cells, Problems(), Options(TODAY))
    assert events["event_id"].iloc[0] == "ucdp:900001"
    assert events["killed"].iloc[0] == 4
    assert events.attrs["columns"] == {"lon": "LONGITUDE", "lat": "LATITUDE"}


@pytest.mark.parametrize(
    ("name", "version", "candidate"),
    [
        ("GEDEvent_v25_1.csv", "25.1", False),
        ("GEDEvent_v22_1.xlsx", "22.1", False),
        ("ged171.csv", "17.1", False),
        ("ged201-csv.zip", "20.1", False),
        ("GEDEvent_v26_0_3.csv", "26.0.3", True),
        ("GEDEvent_v25_0_12.csv", "25.0.12", True),
        ("GEDEvent_v23_01_23_12.csv", "23.01.23.12", True),
        ("gedevents_25.1_page.json", "25.1", False),
        ("events of 2021.csv", None, False),
        ("export_2025_06_30.csv", None, False),
    ],
)
def test_the_name_of_a_file_tells_its_version(name, version, candidate):
    """As UCDP names its files; Candidate versions have three parts or four."""
    assert version_of(name) == version
    assert is_candidate(name) is candidate
