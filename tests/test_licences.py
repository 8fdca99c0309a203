"""Rows that may not be passed on reach no file and no map; what is made from them says so."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

import frontier_geo as fg
from frontier_geo import errors
from frontier_geo._files import sources_text, table_text
from frontier_geo.licences import (
    LICENCES,
    NOT_STATED,
    check_public,
    licence_of_columns,
    merged_sources,
    most_restrictive,
    restricted_rows,
    sources_of,
)
from frontier_geo.maps import hotspot_map
from frontier_geo.writers import EventWriter, write_events


def events_of(*sources: str | None, licence: str | None = None) -> gpd.GeoDataFrame:
    """Incidents on the border, one of each source."""
    n = len(sources)
    return gpd.GeoDataFrame(
        {
            "event_id": [f"e{i}" for i in range(n)],
            "date_start": pd.to_datetime(["2024-05-01"] * n),
            "source": pd.Series(list(sources), dtype=object),
            "licence": pd.Series([licence] * n, dtype=object),
            "location_precision": ["settlement"] * n,
        },
        geometry=[Point(71.5, 37.5)] * n,
        crs=4326,
    )


@pytest.mark.parametrize(
    ("columns", "restricted"),
    [
        ({"licence": LICENCES["acled"].text}, True),
        ({"licence": LICENCES["gtd"].text}, True),
        ({"licence": "Restricted: police file"}, True),
        ({"licence": "© ACLED 2025"}, True),
        ({"source": "ACLED"}, True),
        ({"source": "acled_export.csv"}, True),
        ({"source": "UCDP GED; ACLED"}, True),
        ({"source": "Global Terrorism Database"}, True),
        ({"event_id": "acled:AFG12345"}, True),
        ({"event_id": "gtd:202001010001"}, True),
        ({"EVENT_ID_CNTY": "AFG12345"}, True),
        ({"attacktype1": 3}, True),
        ({"Event ID CNTY": "AFG12345"}, True),
        ({"eventid": 202001010001, "iyear": 2020}, True),
        ({"sub_event_type": "Armed clash", "fatalities": 2}, True),
        ({"eventid": 202001010001}, False),
        ({"licence": "CC-BY-4.0", "source": "UCDP GED", "event_id": "ucdp:1"}, False),
        ({"licence": LICENCES["gdelt"].text, "source": "GDELT 2.0"}, False),
        ({"licence": "unrestricted"}, False),
        ({"source": "tacled"}, False),
        ({"licence": NOT_STATED}, False),
        ({"licence": None, "source": None}, False),
        ({"event_id_cnty": None}, False),
        ({"killed": 1}, False),
    ],
)
def test_a_restricted_row_is_known_by_any_of_its_signs(columns, restricted):
    """Licence, source, id, or a column that only such exports have; silence is no sign."""
    table = pd.DataFrame([columns, {**dict.fromkeys(columns)}])
    assert restricted_rows(table).tolist() == [restricted, False]
    assert restricted_rows(table.iloc[:0]).tolist() == []


def test_the_message_says_how_many_of_which_source_and_how_to_go_on():
    """Each row counts once; the terms are named."""
    events = events_of("ACLED", "ACLED", "GTD", "UCDP GED")
    with pytest.raises(errors.LicenceError) as told:
        check_public(events, what="A map")
    message = str(told.value)
    assert "A map must hold only rows that may be passed on, but 3 of 4 rows may not" in message
    assert "2 of ACLED and 1 of GTD" in message
    assert "include_restricted=True" in message
    assert LICENCES["acled"].url in message and LICENCES["gtd"].url in message
    check_public(events, include_restricted=True)
    check_public(events_of("UCDP GED", None))


@pytest.mark.parametrize("suffix", [".gpkg", ".parquet"])
def test_a_working_file_keeps_the_licence_of_every_row(tmp_path, suffix):
    """So that what is made public of it later is refused."""
    path = write_events(events_of("ACLED", "UCDP GED"), tmp_path / f"events{suffix}")
    again = fg.read_events(path, quiet=True)
    assert restricted_rows(again.accepted).tolist() == [True, False]
    with pytest.raises(errors.LicenceError, match="1 of 2 rows may not: 1 of ACLED"):
        write_events(again.accepted, tmp_path / "public.geojson")


@pytest.mark.parametrize("suffix", [".geojson", ".json", ".fgb", ".csv"])
def test_no_public_file_holds_restricted_rows_unless_asked(tmp_path, suffix):
    """A single one in the last chunk stops the file; the old one stays."""
    path = write_events(events_of("UCDP GED"), tmp_path / f"events{suffix}")
    before = path.read_bytes()
    with pytest.raises(errors.LicenceError, match="1 of 2 rows may not: 1 of ACLED"):
        with EventWriter(path) as writer:
            writer.write(events_of("UCDP GED", "UCDP GED"))
            writer.write(events_of("UCDP GED", "ACLED"))
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    write_events(events_of("ACLED"), path, include_restricted=True)
    assert path.read_bytes() != before


def test_no_map_holds_restricted_rows_unless_asked():
    """Their rates may be drawn: the rows are left out and the rates given."""
    events = events_of("ACLED", "UCDP GED")
    with pytest.raises(errors.LicenceError, match="A map must hold .* 1 of ACLED"):
        hotspot_map(events)
    told = hotspot_map(events, include_restricted=True).content.head["notes"]["sources"]
    assert any("ACLED" in source for source in told)
    rates = fg.segment_rates(
        fg.locate_events(events), scope=None, period=("2024-01-01", "2024-12-31")
    )
    drawn = hotspot_map(events[events["source"] != "ACLED"], rates=rates)
    [told] = drawn.content.head["notes"]["sources"]
    assert told.startswith("Uppsala Conflict Data Program")


def test_tables_say_from_which_sources_they_were_made():
    """Located events, weights, counts and rates; a source once for each licence."""
    events = events_of("ACLED", "UCDP GED", "UCDP GED", None)
    located = fg.locate_events(events)
    expected = [("UCDP GED", 2, False), (None, 1, False), ("ACLED", 1, True)]

    def told(table: pd.DataFrame) -> list[tuple]:
        return [
            (each["source"], each["rows"], each["restricted"]) for each in table.attrs["sources"]
        ]

    segments = fg.make_segments(length_km=200)
    rates = fg.segment_rates(located, segments, scope=None, period=("2024-01-01", "2024-12-31"))
    weights = fg.segment_weights(located, segments)
    counts = fg.impute_counts(weights, segments)
    for table in (located, rates, weights, counts):
        assert sorted(told(table), key=str) == sorted(expected, key=str)
    assert restricted_rows(located[located["candidate"] == 0]).tolist() == [
        True,
        False,
        False,
        False,
    ]
    # What was left out of the rates is not among their sources.
    early = fg.segment_rates(
        located[located["event_id"] != "e0"],
        segments,
        scope=None,
        period=("2024-01-01", "2024-12-31"),
    )
    assert "ACLED" not in [each["source"] for each in early.attrs["sources"]]


def test_the_shipped_table_and_its_rates_name_their_source(incidents):
    """Also where a table has no column `source`, but says it as a whole."""
    assert {each["source"] for each in sources_of(incidents)} == {"frontier_geo curated incidents"}
    assert sum(each["rows"] for each in sources_of(incidents)) == len(incidents)
    bare = incidents.drop(columns=["source", "licence"])
    bare.attrs = {"source": "a whole table"}
    assert [(each["source"], each["rows"]) for each in sources_of(bare)] == [
        ("a whole table", len(incidents))
    ]


def test_written_tables_carry_their_sources(tmp_path):
    """At the head of JSON, in a column of CSV, in the files of events themselves."""
    events = events_of("UCDP GED", licence="CC-BY-4.0")
    about = {"sources": sources_of(events)}
    table = pd.DataFrame({"segment_id": ["a", "b"]})
    line = "UCDP GED (CC-BY-4.0), 1 rows"
    assert sources_text(about["sources"]) == line
    assert table_text(table, ".csv", about).splitlines()[1:] == [f'a,"{line}"', f'b,"{line}"']
    assert json.loads(table_text(table, ".json", about))["sources"][0]["source"] == "UCDP GED"
    path = write_events(events, tmp_path / "events.geojson")
    told = json.loads(path.read_text(encoding="utf-8"))["sources"]
    assert told == about["sources"] and "Uppsala" in told[0]["attribution"]


def test_the_sources_of_chunks_add_up():
    """In any order."""
    one, two = sources_of(events_of("A", "B")), sources_of(events_of("B"))
    assert [(each["source"], each["rows"]) for each in merged_sources(one, two)] == [
        ("B", 2),
        ("A", 1),
    ]
    assert merged_sources(two, one) == merged_sources(one, two)
    assert merged_sources() == []


def test_a_merged_row_has_the_most_restrictive_licence():
    """A restricted one wins; nothing stated says so."""
    acled = LICENCES["acled"].text
    assert most_restrictive(["CC-BY-4.0", acled]) == acled
    assert most_restrictive([]) == most_restrictive(["", ""]) == NOT_STATED
    assert restricted_rows(pd.DataFrame({"licence": [most_restrictive(["x", acled])]})).all()


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        (["EVENT_ID_CNTY", "date"], "ACLED"),
        (["disorder_type", "sub_event_type"], "ACLED"),
        (["eventid", "iyear", "city"], "GTD"),
        (["targtype1_txt"], "GTD"),
        (["eventid", "date", "fatalities"], None),
        ([], None),
    ],
)
def test_an_export_is_known_by_columns_that_only_it_has(columns, name):
    """One of them, or several that stand together."""
    found = licence_of_columns(columns)
    assert (found.name if found else None) == name


@pytest.mark.parametrize("as_text", [False, True])
def test_a_matched_incident_names_each_of_its_sources(as_text):
    """Mended 2026-11: only the source of the report that stands for it was attributed."""
    sources = [["UCDP GED", "ACLED"], ["UCDP GED"], ["X", "UCDP GED"]]
    table = pd.DataFrame(
        {
            "source": ["UCDP GED", "UCDP GED", "X"],
            "sources": [json.dumps(names) for names in sources] if as_text else sources,
            "licence": [LICENCES["acled"].text, "CC-BY-4.0", "ODbL-1.0; CC-BY-4.0"],
        },
        index=[7, 7, 9],
    )
    told = {each["source"]: each for each in sources_of(table)}
    assert {name: each["rows"] for name, each in told.items()} == {
        "UCDP GED": 3,
        "ACLED": 1,
        "X": 1,
    }
    assert told["ACLED"]["restricted"] and "acleddata.com" in told["ACLED"]["attribution"]
    assert told["UCDP GED"]["licence"] == "CC-BY-4.0" and not told["UCDP GED"]["restricted"]
    assert told["X"]["licence"] == "ODbL-1.0; CC-BY-4.0"
    assert restricted_rows(table.drop(columns="licence")).tolist() == [True, False, False]
    bare = sources_of(table[["sources"]])
    assert {each["source"] for each in bare} == {"UCDP GED", "ACLED", "X"}


def test_a_licence_that_names_its_source_is_attributed():
    """Mended 2026-11: an export under a file's name was attributed to nobody."""
    table = pd.DataFrame({"source": ["export.csv"], "licence": [LICENCES["acled"].text]})
    assert sources_of(table)[0]["attribution"] == LICENCES["acled"].attribution


def test_rates_of_matched_incidents_name_every_source():
    """Also those whose reports stand behind another's. Mended 2026-11."""
    events = events_of("UCDP GED")
    events["sources"] = [["ACLED", "UCDP GED"]]
    located = fg.locate_events(events)
    rates = fg.segment_rates(located, scope=None, period=("2024-01-01", "2024-12-31"))
    assert {each["source"] for each in rates.attrs["sources"]} == {"ACLED", "UCDP GED"}
    cell = table_text(located, ".csv", {}).splitlines()[1]
    assert '"[""ACLED"", ""UCDP GED""]"' in cell


def test_what_was_read_is_taken_as_it_is():
    """Of a `ReadResult` the accepted events, as every function that takes events (2026-11-30)."""
    rows = events_of("UCDP GED", "ACLED", "ACLED")
    nothing = pd.DataFrame()
    read = fg.ReadResult(accepted=rows, rejected=nothing, duplicates=nothing, outside=nothing)
    assert restricted_rows(read).tolist() == [False, True, True]
    assert {told["source"]: told["rows"] for told in sources_of(read)} == {
        "ACLED": 2,
        "UCDP GED": 1,
    }
    with pytest.raises(errors.LicenceError, match="2 of 3 rows may not: 2 of ACLED"):
        check_public(read)
