"""GDELT files of each version, and each code, against its codebooks and CAMEO."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from frontier_geo.location_precision import LocationUncertainty
from frontier_geo.readers import read_events
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.gdelt import BY_WIDTH, COLUMNS, COLUMNS_1, GDELT
from frontier_geo.readers.problems import Problems
from frontier_geo.readers.source import Options

FILES = Path(__file__).parent / "files" / "gdelt"
TODAY = datetime.date(2026, 11, 24)
BOX = (67.0, 36.5, 75.0, 39.5)
ROW = {
    "GLOBALEVENTID": "990000001",
    "SQLDATE": "20250629",
    "Actor1Name": "BORDER GUARD",
    "Actor1CountryCode": "TJK",
    "EventCode": "193",
    "EventBaseCode": "193",
    "EventRootCode": "19",
    "ActionGeo_Type": "4",
    "ActionGeo_FullName": "Imam Sahib, Kondoz, Afghanistan",
    "ActionGeo_CountryCode": "AF",
    "ActionGeo_Lat": "37.189",
    "ActionGeo_Long": "68.9364",
    "DATEADDED": "20250630121500",
}


def read_rows(*changes, box=None, countries=None):
    """Return events and problems of rows that are as `ROW` but for some cells."""
    rows = [{**dict.fromkeys(COLUMNS), **ROW, **change} for change in changes]
    cells = pd.DataFrame(rows, index=range(1, len(rows) + 1), dtype=TEXT)
    problems = Problems()
    options = Options(TODAY, box=box, countries=countries)
    return GDELT.to_events(cells, problems, options), problems


def raw_cells(name):
    """Return the cells of a file as a reader brings those without a header."""
    table = pd.read_csv(
        FILES / name, sep="\t", header=None, dtype=str, keep_default_na=False, quoting=3
    )
    table = table.replace("", None).astype(TEXT)
    return table.set_axis([str(column) for column in table.columns], axis=1)


def test_there_are_as_many_columns_as_in_the_codebooks():
    """61 in 2.0; 58 in 1.0, which has no ADM2Code; 57 before April 2013, without the address."""
    assert sorted(BY_WIDTH) == [57, 58, 61]
    assert len(set(COLUMNS)) == 61
    assert [name for name in COLUMNS if name not in COLUMNS_1] == [
        f"{who}Geo_ADM2Code" for who in ("Actor1", "Actor2", "Action")
    ]
    # Positions that the codebook of 2.0 implies, from 0.
    for at, name in {
        0: "GLOBALEVENTID", 5: "Actor1Code", 15: "Actor2Code", 25: "IsRootEvent", 26: "EventCode",
        28: "EventRootCode", 34: "AvgTone", 35: "Actor1Geo_Type", 43: "Actor2Geo_Type",
        51: "ActionGeo_Type", 53: "ActionGeo_CountryCode", 56: "ActionGeo_Lat", 57: "ActionGeo_Long",
        59: "DATEADDED", 60: "SOURCEURL",
    }.items():  # fmt: skip
        assert COLUMNS[at] == name


@pytest.mark.parametrize(
    ("name", "rows", "version", "day"),
    [
        ("20250630121500.export.CSV", 9, "2.0", "2025-06-29"),
        ("20130402.export.CSV", 4, "1.0", "2013-04-01"),
        ("199205.csv", 2, "1.0", "1992-05-07"),
    ],
)
def test_versions_are_told_apart_by_the_number_of_columns(name, rows, version, day):
    """None of them has a header."""
    problems = Problems()
    events = GDELT.to_events(raw_cells(name), problems, Options(TODAY))
    assert problems.refused_rows().empty
    assert len(events) == rows
    assert set(events["source_version"]) == {version}
    assert events["event_id"].iloc[0] == "gdelt:990000001"
    assert f"{events['date_start'].iloc[0]:%Y-%m-%d}" == day
    assert (events["lon"].iloc[0], events["lat"].iloc[0]) == (68.9364, 37.189)


@pytest.mark.parametrize("zipped", [False, True])
def test_a_file_is_read_as_it_is_published(tmp_path, zipped):
    """Zipped, with tabs and no header; every row is accepted or set aside with a reason."""
    path = FILES / "20250630121500.export.CSV"
    if zipped:
        archive = tmp_path / "20250630121500.export.CSV.zip"
        with zipfile.ZipFile(archive, "w") as file:
            file.write(path, path.name)
        path = archive
    read = read_events(path, region=BOX, today=TODAY, quiet=True)
    assert read.counts() == {
        "rows": 9, "accepted": 5, "rejected": 0, "duplicates": 0, "outside": 4,
    }  # fmt: skip
    assert read.accepted["event_id"].tolist() == [f"gdelt:99000000{n}" for n in (1, 2, 3, 4, 9)]
    assert set(read.accepted["source"]) == {"GDELT"}
    assert read.outside["row_number"].tolist() == [5, 6, 7, 8]


def test_an_event_carries_what_the_row_says():
    """The first row of the file, cell by cell."""
    events = GDELT.to_events(
        raw_cells("20250630121500.export.CSV"), Problems(), Options(TODAY, box=BOX)
    )
    event = events.iloc[0]
    assert event["actors"] == "BORDER GUARD; AFGHANISTAN"
    assert event["place"] == "Imam Sahib, Kondoz, Afghanistan"
    assert (event["country"], event["country_side"], event["admin1"]) == (
        "Afghanistan", "AF", "Kondoz",
    )  # fmt: skip
    assert event["source_urls"] == ["https://example.org/invented/990000001"]
    assert event["source_dates"] == ["2025-06-30"]
    assert event["source_event_type"] == "CAMEO 193"
    assert event["notes"] == "mentions: 10; sources: 2; articles: 10"
    assert "killed" not in events  # GDELT knows of none


@pytest.mark.parametrize(
    ("code", "precision", "place"),
    [
        ("0", "unknown", None),
        ("1", "country", "Afghanistan"),
        ("2", "province", "Texas, United States"),
        ("3", "near_settlement", "Chicago, Illinois, United States"),
        ("4", "near_settlement", "Imam Sahib, Kondoz, Afghanistan"),
        ("5", "province", "Kondoz, Afghanistan"),
    ],
)
def test_actiongeo_type_says_how_well_the_place_is_known(code, precision, place):
    """A place found in a text has the radius of places from the media."""
    events, problems = read_rows({"ActionGeo_Type": code, "ActionGeo_FullName": place})
    assert problems.refused_rows().empty
    event = events.iloc[0]
    assert event["location_precision"] == precision
    assert event["location_basis"].startswith(f"ActionGeo_Type {code}: ")
    assert (event["place"] if place else None) == place
    radius = event["location_uncertainty_km"]
    if precision == "near_settlement":
        assert radius == LocationUncertainty().media_km
    else:
        assert pd.isna(radius)


@pytest.mark.parametrize(
    ("place", "kind", "country", "province"),
    [
        ("Afghanistan", "1", "Afghanistan", None),
        ("Kondoz, Afghanistan", "5", "Afghanistan", "Kondoz"),
        ("Shuroobod, Khatlon, Tajikistan", "4", "Tajikistan", "Khatlon"),
    ],
)
def test_country_and_province_are_parts_of_the_full_name(place, kind, country, province):
    """The codebook: City or landmark, state, country; or state, country; or country."""
    events, _ = read_rows({"ActionGeo_FullName": place, "ActionGeo_Type": kind})
    assert events["country"].iloc[0] == country
    assert (None if pd.isna(events["admin1"].iloc[0]) else events["admin1"].iloc[0]) == province


@pytest.mark.parametrize(
    ("code", "base", "root", "word"),
    [
        ("193", "193", "19", "armed_clash"),  # fight with small arms and light weapons
        ("1951", "195", "19", "explosion_or_shelling"),  # employ precision-guided munitions
        ("1831", "183", "18", "explosion_or_shelling"),  # carry out suicide bombing
        ("1823", "182", "18", "attack_on_civilians"),  # kill by physical assault
        ("181", "181", "18", "abduction"),
        ("173", "173", "17", "arrest"),
        ("154", "154", "15", "military_build_up"),  # mobilize or increase armed forces
        ("043", "043", "04", "agreement_or_talks"),  # host a visit
        ("43", "43", "4", "agreement_or_talks"),  # the zero was lost on the way
        ("112", "112", "11", "statement_or_threat"),  # accuse
        ("145", "145", "14", "protest_or_riot"),  # protest violently, riot
        ("190", "190", "19", "armed_clash"),
    ],
)
def test_cameo_codes_have_a_word(code, base, root, word):
    """By the base code where the table has it, else by the root code."""
    events, _ = read_rows({"EventCode": code, "EventBaseCode": base, "EventRootCode": root})
    assert events["event_type"].iloc[0] == word


NOBODY = {"Actor1CountryCode": "USA"}


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ({}, True),
        ({"ActionGeo_Lat": "34.5"}, False),  # beyond the box
        ({"ActionGeo_Lat": None, "ActionGeo_Long": None, "ActionGeo_Type": "0"}, False),
        ({"ActionGeo_CountryCode": "UZ"}, True),  # an actor is Tajik
        ({"ActionGeo_CountryCode": "UZ", **NOBODY}, False),
        ({"ActionGeo_CountryCode": "UZ", **NOBODY, "Actor2CountryCode": "AFG"}, True),
        ({"ActionGeo_CountryCode": "UZ", **NOBODY, "Actor2Geo_CountryCode": "TI"}, True),
        # FIPS TJ is no country today; ISO AF and FIPS AF are the same.
        ({"ActionGeo_CountryCode": "TJ", **NOBODY}, False),
    ],
)
def test_in_a_box_one_of_the_two_countries_must_have_a_part(change, kept):
    """Every other row is set aside with a reason."""
    _, problems = read_rows(change, box=BOX)
    assert problems.rows_beyond().empty is kept


def test_a_centroid_beyond_the_box_is_called_one():
    """The country may well reach into the box."""
    _, problems = read_rows(
        {"ActionGeo_Type": "1", "ActionGeo_Lat": "33", "ActionGeo_Long": "66"}, box=BOX
    )
    assert "centroid" in problems.rows_beyond()["reason"].iloc[0]


@pytest.mark.parametrize(
    ("code", "countries", "kept"),
    [
        ("TI", None, True),
        ("AF", None, True),
        ("PK", None, False),
        ("PK", ("Pakistan",), True),  # whoever asked looks at the names of countries
    ],
)
def test_without_a_box_the_action_must_lie_in_one_of_the_two(code, countries, kept):
    """FIPS 10-4: Tajikistan is TI."""
    _, problems = read_rows({"ActionGeo_CountryCode": code}, countries=countries)
    assert problems.rows_beyond().empty is kept


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("SQLDATE", "2025-06-29"),
        ("SQLDATE", "20250631"),
        ("ActionGeo_Type", "6"),
        ("ActionGeo_Lat", "37 11"),
        ("DATEADDED", "yesterday"),
    ],
)
def test_what_the_codebook_does_not_know_is_refused_row_by_row(column, value):
    """By the column of the codebook, with what stood there."""
    _, problems = read_rows({}, {column: value}, {})
    refused = problems.refused_rows()
    assert refused.index.tolist() == [2]
    assert refused.loc[2, ["column", "value"]].tolist() == [column, value]


def test_a_table_with_a_header_and_fewer_columns_is_read():
    """As people take it from a database; which version it was is then unknown."""
    cells = pd.DataFrame([ROW], index=[1], dtype=TEXT)
    events = GDELT.to_events(cells, Problems(), Options(TODAY))
    assert events["event_type"].tolist() == ["armed_clash"]
    assert events["source_version"].isna().all()
    assert events["source_urls"].tolist() == [None]
