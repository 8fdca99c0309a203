"""The columns and each code of the GTD, against its codebook of 2021."""

from __future__ import annotations

import csv
import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from frontier_geo.readers import read_events
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.gtd import COLUMNS, GTD
from frontier_geo.readers.problems import Problems
from frontier_geo.readers.source import Options

FILE = Path(__file__).parent / "files" / "gtd" / "gtd_2021.csv"
TODAY = datetime.date(2026, 11, 24)
ROW = {
    "eventid": "201706010001",
    "iyear": "2017",
    "imonth": "6",
    "iday": "1",
    "country_txt": "Afghanistan",
    "city": "Imam Sahib",
    "latitude": "37.19",
    "longitude": "68.94",
    "specificity": "1",
    "vicinity": "0",
    "attacktype1": "2",
    "targtype1": "4",
    "nkill": "4",
    "nwound": "2",
}


def read_rows(*changes):
    """Return events and problems of rows that are as `ROW` but for some cells."""
    rows = [{**dict.fromkeys(COLUMNS), **ROW, **change} for change in changes]
    cells = pd.DataFrame(rows, index=range(1, len(rows) + 1), dtype=TEXT)
    problems = Problems()
    return GTD.to_events(cells, problems, Options(TODAY)), problems


def test_there_are_135_columns():
    """As many as the codebook says, and as the file has."""
    assert len(COLUMNS) == len(set(COLUMNS)) == 135
    with FILE.open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == COLUMNS


def test_a_file_is_known_by_its_columns():
    """No row is lost, and none may be passed on."""
    events = read_events(FILE, today=TODAY, quiet=True).accepted
    assert len(events) == 8
    assert set(events["source"]) == {"GTD"}
    assert events["licence"].str.startswith("restricted").all()
    event = events.iloc[0]
    assert event["event_id"] == "gtd:201706010001"
    assert event["actors"] == "Taliban; Invented Border Police"
    assert (event["place"], event["admin1"], event["country_side"]) == (
        "Imam Sahib",
        "Kunduz",
        "AF",
    )
    assert event["source_event_type"] == "attacktype1 2: Armed Assault"
    assert event["summary"].startswith("Invented")


def test_a_spreadsheet_reads_as_the_text_does(tmp_path):
    """In XLSX, as START hands it out, numbers are numbers and ids have twelve digits."""
    book = openpyxl.Workbook()
    with FILE.open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            book.active.append([_typed(cell) for cell in row])
    path = tmp_path / "globalterrorismdb_0522dist.xlsx"
    book.save(path)
    found = read_events(path, today=TODAY, quiet=True).accepted
    pd.testing.assert_frame_equal(found, read_events(FILE, today=TODAY, quiet=True).accepted)


def _typed(cell):
    try:
        return float(cell) if "." in cell else int(cell)
    except ValueError:
        return cell or None


@pytest.mark.parametrize(
    ("specificity", "vicinity", "precision"),
    [
        ("1", "0", "settlement"),  # in a city, village or town, and its own coordinates
        ("1", "1", "near_settlement"),  # in the immediate vicinity of it
        ("1", "-9", "near_settlement"),  # unknown which
        ("1", None, "settlement"),
        ("2", "0", "district"),  # in a city, but the centroid of the smallest region known
        ("3", "0", "district"),  # not in a city; the centroid of the smallest region known
        ("3", "1", "district"),
        ("4", "0", "province"),  # centre of the first-order region
        ("5", "0", "country"),  # no first-order region known
    ],
)
def test_specificity_says_how_well_the_place_is_known(specificity, vicinity, precision):
    """None of its codes is a radius."""
    events, problems = read_rows({"specificity": specificity, "vicinity": vicinity})
    assert problems.refused_rows().empty
    assert events["location_precision"].iloc[0] == precision
    assert events["location_basis"].iloc[0].startswith(f"specificity {specificity}: ")
    assert "location_uncertainty_km" not in events


@pytest.mark.parametrize(
    ("year", "month", "day", "precision", "start", "end"),
    [
        ("2017", "6", "1", "day", "2017-06-01", "2017-06-01"),
        ("2016", "2", "0", "month", "2016-02-01", "2016-02-29"),
        ("2017", "0", "0", "year", "2017-01-01", "2017-12-31"),
        ("2017", "0", "14", "year", "2017-01-01", "2017-12-31"),  # a day of no month says nothing
        ("2017", "6", None, "month", "2017-06-01", "2017-06-30"),
        ("2017", "6", "-9", "month", "2017-06-01", "2017-06-30"),
    ],
)
def test_zero_is_an_unknown_day_or_month(year, month, day, precision, start, end):
    """The window is then the month or the year."""
    events, problems = read_rows({"iyear": year, "imonth": month, "iday": day})
    event = events.iloc[0]
    assert problems.refused_rows().empty
    assert event["date_precision"] == precision
    assert (f"{event['date_start']:%Y-%m-%d}", f"{event['date_end']:%Y-%m-%d}") == (start, end)


@pytest.mark.parametrize(
    ("written", "killed", "low", "high"),
    [
        ("4", 4, None, None),
        ("0", 0, None, None),
        ("2.5", None, 2, 3),  # a share of the toll of several incidents
        ("0.33", None, 0, 1),
        (None, None, None, None),
        ("-9", None, None, None),
        ("-99", None, None, None),
    ],
)
def test_a_fraction_killed_is_a_range(written, killed, low, high):
    """It is no mistake: tolls of linked incidents are shared out."""
    events, problems = read_rows({"nkill": written})
    event = events.iloc[0]
    assert problems.refused_rows().empty
    found = [event[name] for name in ("killed", "killed_min", "killed_max")]
    assert [None if pd.isna(each) else each for each in found] == [killed, low, high]
    assert ("nkill" in (event["notes"] if pd.notna(event["notes"]) else "")) == (low is not None)


def test_a_fraction_wounded_is_missing_and_noted():
    """There is no range of wounded."""
    events, _ = read_rows({"nwound": "1.5"})
    assert pd.isna(events["wounded"].iloc[0])
    assert events["notes"].iloc[0] == "nwound, a share of a toll of several incidents: 1.5"


@pytest.mark.parametrize(
    ("attack", "target", "word"),
    [
        ("1", "14", "attack_on_civilians"),  # assassination of a private citizen
        ("1", "3", "armed_clash"),  # of police
        ("2", "4", "armed_clash"),  # armed assault on the military
        ("2", "17", "armed_clash"),  # on a militia
        ("2", "14", "attack_on_civilians"),
        ("2", None, "attack_on_civilians"),
        ("3", "4", "explosion_or_shelling"),
        ("4", "6", "abduction"),
        ("5", "4", "abduction"),
        ("6", "4", "abduction"),
        ("7", "4", "attack_on_property"),
        ("8", "2", "attack_on_civilians"),
        ("9", "4", None),  # unknown
    ],
)
def test_attacks_have_a_word_by_kind_and_target(attack, target, word):
    """Kinds are those of attacktype1; 3, 4 and 17 are armed targets."""
    events, problems = read_rows({"attacktype1": attack, "targtype1": target})
    found = events["event_type"].iloc[0]
    assert problems.refused_rows().empty
    assert (None if pd.isna(found) else found) == word


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("eventid", "2.01706E+11"),
        ("iyear", "seventeen"),
        ("imonth", "13"),
        ("iday", "31"),  # of June
        ("iday", "1.5"),
        ("specificity", "6"),
        ("attacktype1", "10"),
        ("nkill", "-3"),
        ("latitude", "37,19"),
    ],
)
def test_what_the_codebook_does_not_know_is_refused_row_by_row(column, value):
    """By the column of the file, with what stood there; the other rows stay."""
    _, problems = read_rows({}, {column: value}, {})
    refused = problems.refused_rows()
    assert refused.index.tolist() == [2]
    assert refused.loc[2, ["column", "value"]].tolist() == [column, value]


def test_words_for_nobody_and_nowhere_stay_missing():
    """The GTD writes Unknown where it knows nothing."""
    events, _ = read_rows({"gname": "Unknown", "city": "Unknown", "provstate": "unknown"})
    for name in ("actors", "place", "admin1"):
        assert pd.isna(events[name].iloc[0])


def test_doubt_and_length_are_said_in_the_notes():
    """They change neither the place nor the day."""
    events, _ = read_rows(
        {"doubtterr": "1", "extended": "1", "resolution": "7/9/2017", "location": "At the bazaar"}
    )
    assert events["notes"].iloc[0] == (
        "location: At the bazaar; doubtterr 1: it may not have been terrorism; "
        "it lasted more than 24 hours, until 7/9/2017"
    )
    assert f"{events['date_end'].iloc[0]:%Y-%m-%d}" == "2017-06-01"
