"""The sentences: no more exact than what is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from frontier_geo.maps.escaping import clean_text, json_for_script, markup_text, safe_url
from frontier_geo.maps.layers import band_layer, sort_events
from frontier_geo.maps.symbols import LAJOLLA, ribbon_classes, type_marks
from frontier_geo.maps.wording import how_precisely, number, people, when


@pytest.mark.parametrize(
    ("start", "end", "precision", "said"),
    [
        ("2025-06-01", "2025-06-30", "month", "in June 2025"),
        ("2010-01-01", "2010-12-31", "year", "in 2010"),
        ("1992-12-28", "1993-01-03", "day", "28 December 1992 – 3 January 1993"),
        ("1996-01-01", "1999-12-31", "year", "between 1996 and 1999"),
        ("2024-11-26", None, "day", "26 November 2024"),
        (pd.NaT, pd.NaT, "day", "date not known"),
        ("2025-06-01", "2025-06-30", None, "between 1 June 2025 and 30 June 2025"),
        ("last week", None, "day", "date as reported: last week"),
    ],
)
def test_dates_say_their_precision(start, end, precision, said):
    assert when(start, end, precision) == said


@pytest.mark.parametrize("precision", ["month", "year"])
def test_a_window_never_shows_its_first_day(precision):
    assert "1 June" not in when("2025-06-01", "2025-06-30", precision)


def test_precision_is_a_sentence_with_kilometres():
    assert "about 5 km" in how_precisely("near_settlement", 5.0)
    assert "within 25 km of its middle" in how_precisely("district", 25.0)
    assert how_precisely("country", None).endswith("no place is reported.")


def test_unknown_numbers_are_left_out():
    assert people({"killed": pd.NA, "wounded": np.nan, "detained": None}) is None
    assert people({"killed": 0}) == "0 killed"
    assert people({"killed": 2, "killed_min": 1, "killed_max": 4}) == "2 killed (sources: 1–4)"
    assert number(float("nan")) is None


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:x",
        "javascript://example.org/%0Aalert(1)",
        "data:text/html,<script>x</script>", "vbscript:x", "//example.org/x", "file:///etc/passwd",
        "https://", "https://user:secret@example.org/", "https://exa mple.org", 'https://a.org/"x',
        "https://[::1", "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_plain_web_addresses_are_no_links(address):
    assert safe_url(address) is None


def test_web_addresses_are_links_named_by_their_host():
    address = "http://www.khovar.tj/2025/06/"
    assert safe_url(address) == (address, "khovar.tj")


def test_json_block_cannot_be_left():
    text = json_for_script({"a": "</script><!--\u2028\u2029&{{ 1 }}"})
    assert not set("<>&\u2028\u2029") & set(text)


def test_clean_text_survives_broken_characters():
    assert clean_text("a\ud800b\x00c") == "a?b\ufffdc"
    assert "{" not in markup_text("{{ 7*7 }} ${x} `y` \\")


def test_zero_is_a_class_of_its_own():
    legend, places = ribbon_classes([0, 0, 0.1, 0.2, 1, 2, 5, 9, np.nan])
    assert legend[0]["label"] == "0" and legend[0]["count"] == 2
    assert places[:2] == [0, 0]
    assert legend[-1] == {"label": "no rate", "colour": "#7d8590", "width": 2.0, "count": 1}
    above = legend[1:-1]
    assert [entry["colour"] for entry in above] == list(LAJOLLA)
    assert np.all(np.diff([entry["width"] for entry in above]) > 0)
    assert sum(entry["count"] for entry in legend) == 9


@pytest.mark.parametrize("values", [[0, 0], [1, 1, 1], [0, 3], [np.nan], [1, 2]])
def test_few_distinct_rates_make_few_classes(values):
    legend, places = ribbon_classes(values)
    assert max(places) < len(legend)
    assert sum(entry["count"] for entry in legend) == len(values)


def test_every_type_has_its_own_look():
    names = ["armed_clash", "drug_seizure", "mine", "flood", "other"]
    marks = type_marks(names)
    assert set(marks) == set(names)
    looks = {(mark["colour"], mark["shape"]) for mark in marks.values()}
    assert len(looks) == len(names)


def test_bands_of_a_lane_do_not_overlap_and_every_stretch_is_drawn(world):
    bands = band_layer(sort_events(world.events, world.located), world.frontages)
    stretches = bands["items"]
    assert sorted(i for s in stretches for i in s["events"]) == [5, 6, 7, 8, 9, 10]
    for lane in (0, 1):
        own = sorted((s["from"], s["to"]) for s in stretches if (s["side"], s["lane"]) == (1, lane))
        assert all(a[1] <= b[0] for a, b in pairwise(own))
    inner = {i for i, s in enumerate(stretches) if s["lane"] is not None}
    outer = {i for cell in bands["cells"] for i in cell["stretches"]}
    assert inner | outer == set(range(len(stretches)))
    assert inner.isdisjoint(outer)
    assert stretches[[s["from"] for s in stretches].index(200)]["side"] == -1


def test_a_place_known_to_a_district_is_never_a_point(world):
    """Not even where a source gives the district a coordinate of its own."""
    events = world.events.copy()
    row = events["event_id"] == "e06"
    events.loc[row, "geometry"] = world.boundary.point_at(120)
    how = {event["event_id"]: drawn for event, _, _, drawn in sort_events(events, world.located)}
    assert how["e06"] == "stretch"
    assert how["e12"] == "nowhere"
    assert how["e05"] == "point"
