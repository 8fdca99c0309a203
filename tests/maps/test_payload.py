"""The data of a page: what the tables say, in columns, nothing more and nothing less."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Geod

import frontier_geo as fg
from frontier_geo.maps import hotspot_page
from frontier_geo.maps.geometry import BorderLine, encode_areas
from frontier_geo.maps.packing import json_bytes, pack, pack_columns, unpack
from frontier_geo.maps.profiles import profiles_of
from frontier_geo.maps.ribbon import expected_and_known
from frontier_geo.maps.spreading import snapped, spread_places
from frontier_geo.maps.symbols import LAJOLLA, class_breaks, class_colours, class_widths, type_marks
from frontier_geo.maps.values import (
    days_of,
    number_text,
    numbers_of,
    plain_number,
    texts_of,
    words_of,
)
from frontier_geo.weighting import segment_shares

MISSING = -(2**31)
PERIOD = ("2010-01-01", "2025-12-31")


@pytest.fixture(scope="module")
def shipped():
    return hotspot_page(basemap=False)


# ---- blocks --------------------------------------------------------------------------------------


def test_a_block_is_gzip_without_time_or_system():
    import base64
    import gzip

    block = base64.b64decode(pack(b"abc" * 100))
    assert gzip.decompress(block) == b"abc" * 100
    assert block[:4] == b"\x1f\x8b\x08\x00" and block[4:8] == bytes(4) and block[9] == 255


def test_large_blocks_come_back_too():
    content = np.random.default_rng(1).integers(0, 9, 2_000_000, dtype=np.uint8).tobytes()
    assert unpack(pack(content)) == content


def test_columns_are_little_endian_and_aligned():
    columns = {
        "a": np.array([1, 2, 3], dtype=np.uint8),
        "b": np.array([-5], dtype=">i4"),
        "c": np.array([], dtype=np.uint16),
    }
    told, content = pack_columns(columns)
    assert [each["offset"] for each in told] == [0, 8, 16]
    assert [each["type"] for each in told] == ["uint8", "int32", "uint16"]
    assert np.frombuffer(content, "<i4", 1, 8)[0] == -5


def test_numbers_that_are_not_finite_never_get_into_json():
    with pytest.raises(ValueError, match="JSON compliant"):
        json_bytes([float("nan")])
    assert [plain_number(n) for n in (np.nan, np.inf, -np.inf, None, "x")] == [
        None, "inf", None, None, None,
    ]  # fmt: skip


# ---- cells ---------------------------------------------------------------------------------------


def test_texts_are_cleaned_the_same_way_alone_and_together():
    cells = ["  a ", None, "", "b\x00c", "d\ud800", 5, np.nan, "a", "long " * 1000]
    table = pd.DataFrame({"t": pd.Series(cells, dtype=object)})
    texts = texts_of(table, "t")
    assert texts[:8] == ["a", None, None, "b\ufffdc", "d?", "5", None, "a"]
    assert texts[8].endswith("long […]") and len(texts[8]) == 2003
    codes, words = words_of(table, "t")
    assert [None if c < 0 else words[c] for c in codes] == texts
    assert texts_of(table, "none") == [None] * 9


def test_lists_in_a_column_of_text_do_not_stop_it():
    table = pd.DataFrame({"t": [["a"], "b", {"c": 1}, []]})
    assert texts_of(table, "t") == ["['a']", "b", "{'c': 1}", None]
    assert np.isnan(numbers_of(table, "t")).all()


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2020-05-01T02:00+05:00", "2020-05-01"),
        (pd.Timestamp("2020-05-01T02:00", tz="Asia/Dushanbe"), "2020-05-01"),
        ("2999-12-31", "2999-12-31"),
        ("0999-01-01", "0999-01-01"),
        ("last week", None),
        (None, None),
    ],
)
def test_the_day_is_the_one_written(cell, day):
    """Two in the morning in Dushanbe is the day before in Greenwich."""
    days, known = days_of(pd.DataFrame({"d": [cell]}), "d")
    assert known[0] == (day is not None)
    if day:
        assert np.datetime64("1970-01-01", "D") + days[0] == np.datetime64(day)


def test_numbers_are_written_short():
    assert number_text(float("nan")) is None and number_text("x") == "x"
    assert plain_number(0.123456789) == 0.123457
    assert plain_number(np.float64(3)) == 3 and type(plain_number(np.float64(3))) is int


# ---- incidents -----------------------------------------------------------------------------------


def test_every_kind_of_incident_is_where_it_belongs(world, data_of):
    data = data_of(world.page())
    assert data.head["n"] == 12 and len(data.columns["lon"]) == 12
    located = {name: int(data.of(name, "located")) for name in data.texts["id"]}
    points, stretches = {"e01", "e02", "e03", "e04"}, {"e06", "e07", "e08", "e09", "e10", "e11"}
    assert {name for name, how in located.items() if how == 1} == points
    assert {name for name, how in located.items() if how == 2} == stretches
    assert (located["e05"], located["e12"]) == (3, 0)
    point = world.boundary.point_at(40)
    assert data.of("e01", "lon") == round(point.x * 1e5)
    assert data.of("e01", "lat") == round(point.y * 1e5)
    assert data.of("e06", "lon") == MISSING and data.of("e06", "chainage") == -1
    assert data.of("e01", "chainage") == 40_000 and data.of("e01", "distance") == 1200
    assert data.of("e01", "radius") == 20 and data.of("e12", "radius") == 65_535


def test_a_place_known_to_a_district_is_never_a_point(world, data_of):
    """Not even where a source gives the district a coordinate of its own."""
    events = world.events.copy()
    events.loc[events["event_id"] == "e06", "geometry"] = world.boundary.point_at(120)
    data = data_of(world.page(events=events))
    assert data.of("e06", "located") == 2 and data.of("e06", "lon") == MISSING


def test_incidents_are_sorted_by_day_then_along_the_line(world, data_of):
    events = world.events.copy()
    events.loc[events["event_id"] == "e04", ["date_start", "date_end"]] = pd.NaT
    data = data_of(world.page(events=events))
    assert data.texts["id"][0] == "e04" and data.columns["day"][0] == MISSING
    assert (np.diff(data.columns["day"].astype(np.int64)) >= 0).all()
    assert data.columns["span"][0] == 0
    assert data.of("e06", "span") == 30
    start = np.datetime64("1970-01-01", "D") + int(data.of("e06", "day"))
    assert str(start) == "2019-07-01"


def test_words_are_numbered_in_their_vocabulary(world, data_of):
    events = world.events.copy()
    events.loc[events["event_id"] == "e01", "location_precision"] = "a village or so"
    events.loc[events["event_id"] == "e02", ["location_precision", "scope"]] = None
    events.loc[events["event_id"] == "e03", "confidence"] = None
    data = data_of(world.page(events=events))
    head = data.head
    assert head["precisions"][: len(fg.events.SCOPES)][0] == "exact"
    assert head["precisions"][data.of("e01", "precision")] == "a village or so"
    assert head["precisions"][data.of("e02", "precision")] == "unknown"  # with a radius of 2 km
    assert head["scopes"][data.of("e02", "scope")] == "border"
    assert head["scopes"][data.of("e09", "scope")] == "context"
    assert head["date_precisions"][data.of("e02", "date_precision")] == "year"
    assert head["confidences"] == ["low", "medium", "high"]
    assert data.of("e01", "confidence") == 2 and data.of("e03", "confidence") == 0


def test_a_point_that_says_nothing_of_its_precision_is_taken_at_its_word(world, data_of):
    """As `locate_events` takes it: exact, unless it gives a radius."""
    events = world.events.copy()
    events.loc[events["event_id"].isin(["e01", "e02", "e06"]), "location_precision"] = None
    events.loc[events["event_id"] == "e01", "location_uncertainty_km"] = None
    data = data_of(world.page(events=events))
    words = data.head["precisions"]
    found = [words[data.of(name, "precision")] for name in ("e01", "e02", "e06")]
    assert found == ["exact", "unknown", "unknown"]
    assert [data.of(name, "located") for name in ("e01", "e02", "e06")] == [1, 1, 2]


def test_the_side_is_the_reported_one_else_the_certain_one(world, data_of):
    events = world.events.copy()
    events.loc[events["event_id"].isin(["e01", "e02"]), "country_side"] = None
    data = data_of(world.page(events=events))
    sides = {name: int(data.of(name, "side")) for name in ("e01", "e02", "e03", "e04", "e06")}
    assert sides == {"e01": 1, "e02": 0, "e03": 2, "e04": 3, "e06": 1}


def test_types_have_their_marks_and_counts(world, data_of):
    events = world.events.copy()
    events.loc[events["event_id"] == "e12", "event_type"] = None
    events["source_event_type"] = None
    events.loc[events["event_id"] == "e11", ["event_type", "source_event_type"]] = [None, "Mine"]
    head = data_of(world.page(events=events)).head
    counts = {each["key"]: each["count"] for each in head["types"]}
    assert counts["armed_clash"] == 2 and counts["Mine"] == 1 and counts["not_stated"] == 1
    assert sum(counts.values()) == 12
    assert next(iter(counts)) == "armed_clash"  # the vocabulary's own first


@pytest.mark.parametrize("names", [["armed_clash", "mine", "flood", "other"], ["x", "y"]])
def test_every_type_has_its_own_look(names):
    marks = type_marks(names)
    assert set(marks) == set(names)
    assert len({(mark["colour"], mark["shape"]) for mark in marks.values()}) == len(names)


def test_text_comes_in_chunks_in_the_order_of_the_columns(world, data_of, monkeypatch):
    monkeypatch.setattr("frontier_geo.maps.texts.CHUNK", 5)
    monkeypatch.setattr("frontier_geo.maps.payload.CHUNK", 5)
    data = data_of(world.page())
    assert data.head["text"]["chunks"] == 3 and data.head["text"]["chunk"] == 5
    row = data.row("e03")
    assert data.texts["summary"][row] == "summary of e03"
    assert [data.texts[f][row] for f in ("killed", "killed_min", "killed_max")] == [2, 1, 4]
    assert data.texts["wounded"][row] is None
    assert data.texts["narcotics_kg"][data.row("e02")] == 12.5
    link = ["https://www.example.org/e03?a=1&b=2", "example.org", "2025-06"]
    assert data.texts["links"][row] == [link]


def test_long_texts_that_recur_are_told_once(world, data_of):
    """Each incident keeps its own text, and one that has none is not one that says "None"."""
    events = pd.concat([world.events] * 5, ignore_index=True)
    events["event_id"] = [f"e{row:02d}" for row in range(len(events))]
    told = [None, "None", *(f"{name}, " * 199 + name for name in ("first", "second", "third"))]
    said = {each: told[row % 5] for row, each in enumerate(events["event_id"])}
    events["summary"] = events["event_id"].map(said).astype(object)
    page = world.page(events=events, located=fg.locate_events(events, world.boundary))
    data = data_of(page)
    assert dict(zip(data.texts["id"], data.texts["summary"], strict=True)) == said
    chunk = json.loads(data.blocks["text-0"])
    assert len(chunk["summary"]) == 5 and len(chunk["again"]["summary"]) == len(events)


def test_several_addresses_in_one_cell_are_several_links(world, data_of):
    events = world.events.copy()
    events["source_urls"] = "https://a.example/x;y;https://b.example/z"
    events.loc[0, "source_urls"] = "javascript:alert(1)"
    data = data_of(world.page(events=events))
    row = data.row("e02")
    assert [link[0] for link in data.texts["links"][row]] == [
        "https://a.example/x;y", "https://b.example/z",
    ]  # fmt: skip
    assert data.texts["links"][data.row("e01")] is None
    assert data.texts["others"][data.row("e01")] == ["javascript:alert(1)"]


def test_a_date_that_is_none_is_told_as_reported(world, data_of):
    events = world.events.copy()
    events["date_start"] = events["date_start"].astype(object)
    events.loc[0, ["date_start", "date_end"]] = ["last week", None]
    data = data_of(world.page(events=events))
    assert data.of("e01", "day") == MISSING
    assert data.texts["date_text"][data.row("e01")] == "last week"
    assert data.texts["date_text"][data.row("e02")] is None


# ---- stretches -----------------------------------------------------------------------------------


def test_stretches_have_names_sides_and_lanes(world, data_of):
    data = data_of(world.page())
    stretches = data.head["stretches"]
    of_event = {n: int(data.of(n, "stretch")) - 1 for n in ("e06", "e07", "e08", "e10")}
    assert of_event["e06"] == of_event["e07"]
    district = stretches[of_event["e06"]]
    assert (district["from"], district["to"], district["name"]) == (100, 150, "D district")
    assert stretches[of_event["e08"]]["side"] == -1 and stretches[of_event["e10"]]["side"] == 1
    assert data.of("e01", "stretch") == 0
    for lane in (0, 1):
        own = sorted((s["from"], s["to"]) for s in stretches if (s["side"], s["lane"]) == (1, lane))
        assert all(a[1] <= b[0] for a, b in pairwise(own))
    inner = {i for i, s in enumerate(stretches) if s["lane"] is not None}
    outer = {i for cell in data.head["cells"] for i in cell["stretches"]}
    assert inner | outer == set(range(len(stretches))) and inner.isdisjoint(outer)


def test_a_stretch_without_a_name_takes_that_of_its_only_district(world, data_of):
    data = data_of(world.page(frontages=world.frontages.iloc[:0]))
    assert data.head["stretches"][int(data.of("e06", "stretch")) - 1]["name"] == "D"
    assert data.head["stretches"][int(data.of("e10", "stretch")) - 1]["name"] is None
    assert data.head["frontages"] == []


def test_very_many_stretches_are_drawn_on_a_coarser_grid(world, data_of, monkeypatch):
    monkeypatch.setattr("frontier_geo.maps.stretches.MOST_STRETCHES", 3)
    data = data_of(world.page())
    assert 1 <= len(data.head["stretches"]) <= 3
    for name in ("e06", "e09", "e11"):
        drawn = data.head["stretches"][int(data.of(name, "stretch")) - 1]
        row = world.events.set_index("event_id").loc[name]
        assert drawn["from"] <= row["frontage_from_km"] < row["frontage_to_km"] <= drawn["to"]


# ---- weights and rates ---------------------------------------------------------------------------


def decoded(data):
    """Return the columns of an `Incidents` as the page reads them, with its shares."""
    from types import SimpleNamespace

    day, span = data.columns["day"].astype(int), data.columns["span"].astype(int)
    first, last = data.head["rates"]["first_day"], data.head["rates"]["last_day"]
    inside = np.minimum(day + span, last) - np.maximum(day, first) + 1
    share = np.where(day == MISSING, 1.0, inside.clip(0) / (span + 1))
    return SimpleNamespace(columns=data.columns, share=share)


@pytest.mark.parametrize("period", [None, ("2015-06-15", "2019-12-31")])
def test_the_weights_yield_the_numbers_of_the_library(period, data_of):
    """What the page adds up is `expected_events` and `events` of `segment_rates`, to the rounding."""
    rates = fg.segment_rates(fg.locate_events(fg.load_events()), period=period)
    data = data_of(hotspot_page(rates=rates, basemap=False))
    expected, known = expected_and_known(decoded(data), len(rates))
    # a weight is written in 1/65535, and some 130 incidents add up
    np.testing.assert_allclose(expected, rates["expected_events"], atol=130 / 65_535)
    np.testing.assert_array_equal(known, rates["events"])
    assert data.head["rates"]["follows"] == "expected"
    assert data.columns["counted"].sum() == rates.attrs["accounting"]["events"]


def test_only_the_incidents_that_the_rates_name_are_counted(data_of):
    """The rules of the rates' own table hold, whatever they are."""
    rates = fg.segment_rates(fg.locate_events(fg.load_events()), scope=None, min_confidence="high")
    data = data_of(hotspot_page(rates=rates, basemap=False))
    assert data.columns["counted"].sum() == rates.attrs["accounting"]["events"]
    assert data.head["rates"]["follows"] == "expected"


@pytest.mark.parametrize(
    ("column", "follows"),
    [("expected_rate", "expected"), ("rate", "known"), ("eb_rate", None), ("expected_hi", None)],
)
def test_colours_follow_the_filters_only_where_the_weights_yield_them(column, follows, data_of):
    head = data_of(hotspot_page(color_by=column, basemap=False)).head
    assert head["rates"]["follows"] == follows
    assert head["rates"]["column"] == column
    assert head["rates"]["unit"] == (None if column == "expected_hi" else "per_100km_year")


def test_a_column_of_the_same_name_with_other_numbers_does_not_follow(shipped, data_of):
    rates = shipped.inputs.rates.copy()
    rates["expected_rate"] *= 1.02
    assert data_of(hotspot_page(rates=rates, basemap=False)).head["rates"]["follows"] is None
    rates["expected_rate"] /= 1.02
    rates.attrs["parameters"] = {**rates.attrs["parameters"], "min_confidence": None}
    assert data_of(hotspot_page(rates=rates, basemap=False)).head["rates"]["follows"] is None


def test_segments_say_what_the_table_says(shipped, data_of):
    rates = shipped.inputs.rates
    segments = data_of(shipped).head["segments"]
    assert segments["id"] == rates["segment_id"].tolist()
    np.testing.assert_allclose(segments["from"], rates["from_km"], atol=1e-3)
    np.testing.assert_allclose(segments["exposure"], rates["exposure_km_yr"], rtol=1e-8)
    np.testing.assert_allclose(segments["value"], rates["expected_rate"], rtol=1e-5)
    np.testing.assert_allclose(segments["hi"], rates["expected_rate_hi"], rtol=1e-5)
    assert segments["left_district"] == rates["tj_district"].tolist()
    assert segments["right_province"] == rates["af_province"].tolist()
    assert segments["terrain"][0] == "river"


def test_a_profile_is_that_of_its_place(world, data_of):
    """A point near one segment weighs on it most; a stretch evenly over its length."""
    data = data_of(world.page())
    columns = data.columns

    def profile(name):
        place = int(data.of(name, "place"))
        start, stop = columns["profile_start"][place - 1 : place + 1]
        weight = columns["profile_weight"][start:stop] / 65_535
        return dict(zip(columns["profile_segment"][start:stop].tolist(), weight, strict=True))

    assert data.of("e05", "place") == 0 and data.of("e12", "place") == 0
    assert data.of("e01", "place") == data.of("e02", "place") > 0
    stretch = profile("e06")  # km 100 to 150, segments of 10 km
    length = world.segments["length_km"].to_numpy()
    assert min(stretch) == np.searchsorted(world.segments["to_km"], 100, side="right")
    assert sum(stretch.values()) == pytest.approx(1, abs=1e-3)
    full = [s for s in stretch if 100 <= world.segments["from_km"][s] < 139]
    assert stretch[full[1]] == pytest.approx(length[full[1]] / 50, abs=1e-4)
    assert data.of("e01", "known") == 1 + np.searchsorted(world.segments["to_km"], 40, side="right")
    assert data.of("e06", "known") == 0


def test_many_places_are_spread_as_the_library_spreads_them():
    """The sums at points along the line beside the exact integrals, 1,500 places of four kinds."""
    boundary = fg.load_boundary()
    segments = fg.make_segments(boundary)
    rng = np.random.default_rng(3)
    lon, lat = boundary.lonlat_at(rng.uniform(0, boundary.length_km, 1500))
    lon, lat = lon + rng.normal(0, 0.05, 1500), lat + rng.normal(0, 0.05, 1500)
    radius = rng.choice([1.0, 3.0, 10.0, 68.0], 1500)
    near = boundary.index.locate(lon, lat).chainage_m / 1000
    points = pd.DataFrame(
        {
            "placement": "point", "lon": lon, "lat": lat, "location_uncertainty_km": radius,
            "chainage_km": near, "frontage_from_km": np.nan, "frontage_to_km": np.nan,
        }
    )  # fmt: skip
    exact = segment_shares(points, segments, boundary)
    wanted = np.zeros((1500, 135))
    event, entry = exact.by_event()
    here = exact.segment[entry] < 135
    wanted[event[here], exact.segment[entry][here]] = exact.probability[entry][here]
    sigma = np.hypot(radius, boundary.position_uncertainty_km(near)) / 2.4477 * 1000
    breaks = np.append(segments["from_km"], segments["to_km"].iloc[-1]) * 1000
    for places, alone, total in (
        (np.column_stack((lon, lat, sigma)), 0.06, 0.005),
        (snapped(lon, lat, sigma), 0.3, 0.04),  # single places move; sums stay
    ):
        place, piece, share = spread_places(places, breaks, boundary)
        found = np.zeros((1500, 135))
        on_line = piece >= 0
        found[place[on_line], piece[on_line]] = share[on_line]
        assert np.abs(found - wanted).max() < alone
        assert np.abs(found - wanted).max(axis=1).mean() < alone / 20
        assert (
            np.abs(found.sum(axis=0) - wanted.sum(axis=0)).max() < total * wanted.sum(axis=0).mean()
        )


def test_profiles_of_many_places_keep_stretches_and_gaps(world, monkeypatch):
    """The fast way gives the same table as the exact one, also where segments leave a gap."""
    placed = world.page().inputs.placed.copy()
    end = world.boundary.point_at(0.5)  # of whose 10 km about half lie past the end of the line
    placed.loc[0, ["lon", "lat", "chainage_km", "location_uncertainty_km"]] = [
        end.x,
        end.y,
        0.5,
        10,
    ]
    segments = world.rates.drop(index=[4, 11]).sample(frac=1, random_state=2)
    tables = []
    for most in (4000, 0):
        monkeypatch.setattr("frontier_geo.maps.profiles.MOST_EXACT", most)
        profiles = profiles_of(placed, segments, world.boundary)
        table = np.zeros((len(placed), len(segments)))
        for row, place in enumerate(profiles.place):
            if place:
                run = slice(*profiles.start[place - 1 : place + 1])
                table[row, profiles.segment[run]] = profiles.weight[run]
        tables.append((table, profiles.known))
    np.testing.assert_allclose(tables[0][0], tables[1][0], atol=0.02)
    np.testing.assert_array_equal(tables[0][1], tables[1][1])
    assert tables[0][0].sum() > 5
    assert tables[1][0][0].sum() == pytest.approx(0.55, abs=0.05)


# ---- classes -------------------------------------------------------------------------------------


def test_classes_have_the_least_squares_that_mapclassify_finds():
    from mapclassify import FisherJenks

    def within(edges, values):
        place = np.searchsorted(edges, values)
        return sum(
            ((values[place == k] - values[place == k].mean()) ** 2).sum() for k in set(place)
        )

    rng = np.random.default_rng(1)
    for size in (6, 20, 135):
        values = np.sort(rng.gamma(0.8, 2, size).round(2))
        values = values[values > 0]
        own = class_breaks(values)
        other = FisherJenks(values, k=5).bins
        assert len(own) == 5
        assert within(own, values) <= within(other, values) * (1 + 1e-9)


def test_zero_is_a_class_of_its_own_and_missing_another():
    breaks = class_breaks([0, 0, 0.1, 0.2, 1, 2, 5, 9, np.nan])
    assert breaks[-1] == 9 and min(breaks) > 0
    colours, widths = class_colours(5), class_widths(5)
    assert colours[1:-1] == list(LAJOLLA) and len(set(colours)) == 7
    assert np.all(np.diff(widths[:-1]) > 0) and len(widths) == 7


@pytest.mark.parametrize(
    ("values", "count"),
    [([0, 0], 0), ([1, 1, 1], 1), ([0, 3], 1), ([np.nan], 0), ([1, 2], 2), ([], 0)],
)
def test_few_distinct_rates_make_few_classes(values, count):
    assert len(class_breaks(values)) == count
    assert len(class_colours(count)) == len(class_widths(count)) == count + 2


def test_infinite_rates_are_a_class_of_their_own():
    assert class_breaks([0, 1, 2, np.inf]) == [1, 2, np.inf]
    assert class_breaks([np.inf, np.inf, np.nan]) == [np.inf]
    breaks = class_breaks([0.1, 0.2, 1, 2, 5, 9, np.inf])
    assert breaks[-2:] == [9, np.inf] and len(breaks) == 5


def test_classes_can_be_told_apart():
    assert class_breaks([1e-9, 2e-7, 3e-6, 0.291593]) == [0.0003, 0.291593]
    assert class_breaks([1, 1.000001, 2, 2.0000001]) == [1.000001, 2.0000001]
    assert class_breaks([1e-9, 3e-9]) == [1e-9, 3e-9]  # small, but not beside the others


def test_very_many_segments_do_not_take_long():
    breaks = class_breaks(np.random.default_rng(1).gamma(1, 1, 100_000))
    assert len(breaks) == 5 and breaks == sorted(breaks)


# ---- around the line -----------------------------------------------------------------------------


def unwind(parts, border):
    points = []
    for part in parts:
        if part[0] == 0:
            step = 1 if part[1] <= part[2] else -1
            points += [border.vertices[i] for i in range(part[1], part[2] + step, step)]
        else:
            points += [tuple(p) for p in np.cumsum(np.reshape(part[1:], (-1, 2)), axis=0)]
    return points


def test_the_line_is_the_boundary(world, data_of):
    line = data_of(world.page()).head["boundary"]
    at = np.cumsum(np.reshape(line["line"], (-1, 2)), axis=0) / 1e5
    # half a drawing unit of 1e-5 degrees
    np.testing.assert_allclose(
        at, np.column_stack([world.boundary.lon, world.boundary.lat]), atol=6e-6
    )
    edges = Geod(ellps="WGS84").line_lengths(*at.T)
    # half a metre of each end's rounding along the line, and half of the chainage's
    told = np.array(line["residual_m"][1:]) + edges
    np.testing.assert_allclose(told, np.diff(world.boundary.chainage_m), atol=1.6)
    assert abs(told.sum() - world.boundary.chainage_m[-1]) < 30  # random, not one way: 240 edges
    assert (line["left"], line["right"], line["id"]) == ("TJ", "AF", "DEMO")
    assert line["start_name"] is None


def test_what_lies_past_the_ends_turns_with_the_line(data_of):
    period = ("2015-01-01", "2025-12-31")
    forward = data_of(hotspot_page(period=period, basemap=False)).head["boundary"]
    assert (forward["start_name"], forward["end_name"]) == ("Uzbekistan", "China")
    line = fg.load_boundary().reversed()
    back = data_of(
        hotspot_page(boundary=line, period=period, basemap=False, areas=fg.load_areas()[:0])
    ).head["boundary"]
    assert (back["start_name"], back["end_name"]) == ("China", "Uzbekistan")


def test_districts_and_landmarks_turn_with_the_line(data_of):
    """By the kilometres of a line told the other way each lies where it lay before."""
    period = ("2015-01-01", "2025-12-31")
    forward = data_of(hotspot_page(period=period, basemap=False)).head
    line = fg.load_boundary().reversed()
    back = data_of(hotspot_page(boundary=line, period=period, basemap=False)).head
    for kind in ("frontages", "referents"):
        assert len(back[kind]) == len(forward[kind]) > 10
        here = {each["name"]: each for each in back[kind] if each["name"]}
        for each in forward[kind]:
            if each["name"] and [o["name"] for o in forward[kind]].count(each["name"]) == 1:
                there = here[each["name"]]
                # the page tells kilometres to the metre
                assert there["from"] == pytest.approx(line.length_km - each["to"], abs=2e-3)
                assert there.get("side", 0) == -each.get("side", 0)


def test_the_edge_of_an_area_is_the_border_line_itself(world):
    """Every border vertex is a vertex of both countries, however coarse the rest becomes."""
    border = BorderLine(world.boundary.lon, world.boundary.lat, world.boundary.chainage_km)
    countries = world.areas[world.areas.kind == "country"]
    arcs, shapes = encode_areas(list(countries.geometry), border, budget=10)
    for polygons in shapes:
        numbers = [n for rings in polygons for ring in rings for n in ring]
        vertices = {p for n in numbers for p in unwind(arcs[max(n, ~n)], border)}
        assert vertices >= set(border.vertices)


def test_neighbouring_areas_share_their_simplified_edge():
    """Two areas along a jagged edge that is not the border use one arc for it, both ways round."""
    rng = np.random.default_rng(1)
    edge = [(69 + 0.02 * rng.standard_normal(), 37 + 0.01 * k) for k in range(101)]
    left = shapely.Polygon([(68, 38), (68, 37), *edge])
    right = shapely.Polygon([*edge[::-1], (70, 37), (70, 38)])
    border = BorderLine([0, 1], [0, 0], [0, 100])
    arcs, shapes = encode_areas([left, right], border)
    used = [{max(n, ~n) for ring in polygons[0] for n in ring} for polygons in shapes]
    shared = used[0] & used[1]
    assert len(shared) == 1
    assert 2 < len(unwind(arcs[shared.pop()], border)) < len(edge)


def test_areas_landmarks_and_districts_are_there(shipped, data_of):
    head = data_of(shipped).head
    names = {item["name"] for item in head["areas"]["items"]}
    assert {"GBAO", "Khatlon", "Badakhshan", "Takhar", "Kunduz", "Balkh"} <= names
    assert [item["kind"] for item in head["areas"]["items"]][:2] == ["country", "country"]
    assert {item["country"] for item in head["areas"]["items"]} == {"TJ", "AF"}
    along = [item["from"] for item in head["referents"]]
    assert len(along) == 18 and along == sorted(along)
    assert {item["side"] for item in head["frontages"]} == {1, -1}
    assert len(head["frontages"]) == len(fg.load_frontages())


def test_names_of_places_are_translated(shipped, data_of):
    names = data_of(shipped).head["names"]
    assert names["ru"]["GBAO"] == "ГБАО"
    assert set(names) == {"ru", "tg", "fa"}


def test_notes_name_sources_versions_and_what_is_left_out(data_of):
    page = hotspot_page(period=("2015-01-01", "2019-12-31"))
    notes = data_of(page).head["notes"]
    events = fg.load_events()
    inside = (events["date_start"] <= "2019-12-31") & (events["date_end"] >= "2015-01-01")
    assert notes["outside_period"] == (~inside).sum()
    assert data_of(page).head["n"] == inside.sum()
    assert notes["sources"] == ["The frontier_geo developers: curated incidents (CC BY 4.0)"]
    assert notes["data_version"] == fg.load_events().attrs["data_version"]
    assert notes["library_version"] == fg.__version__
    assert notes["set_aside"]["confidence low"] > 0
    assert "OpenStreetMap" in notes["attribution"][0]
    assert len(notes["data_hash"]) == 12
    assert notes["attribution"].count("© OpenStreetMap contributors") == 0  # said already


def test_the_hash_tells_data_apart(world, data_of):
    one = data_of(world.page()).head["notes"]["data_hash"]
    assert one == data_of(world.page()).head["notes"]["data_hash"]
    events = world.events.copy()
    events.loc[0, "notes"] = "changed"
    assert one != data_of(world.page(events=events)).head["notes"]["data_hash"]


def test_the_curve_is_as_wide_as_asked(world, data_of):
    rates = data_of(world.page()).head["rates"]
    assert rates["bandwidth_km"] == 15  # one and a half segments of 10 km
    assert data_of(world.page(bandwidth_km=42.5)).head["rates"]["bandwidth_km"] == 42.5


def test_the_head_is_what_was_promised(shipped, data_of):
    head = data_of(shipped).head
    assert set(head) == {
        "format", "title", "language", "languages", "boundary", "bounds", "segments", "rates",
        "types", "precisions", "confidences", "scopes", "date_precisions", "stretches", "cells",
        "areas", "referents", "frontages", "names", "columns", "n", "text", "tiles", "notes",
        "options",
    }  # fmt: skip
    assert head["title"] == "Tajikistan–Afghanistan border"
    assert head["rates"]["period"] == ["1992-01-01", "2026-04-17"]
    assert head["rates"]["first_day"] == 8035  # 22 years with 5 leap days after 1970
    assert head["options"] == {"style": "ribbon", "fit": True}
    assert json.dumps(head, allow_nan=False)
