"""Nothing to show, or far too much, or not what one expects: a sensible page or one clear error."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import frontier_geo as fg
from frontier_geo.errors import ParameterError
from frontier_geo.maps import hotspot_page

PERIOD = ("1996-01-01", "2025-12-31")


def test_no_incidents(world, data_of, html_of):
    for drawn in (
        world.page(events=world.events.iloc[:0]),
        world.map(events=world.events.iloc[:0]),
    ):
        data = data_of(drawn)
        assert data.head["n"] == 0 and data.head["text"]["chunks"] == 0
        assert data.head["types"] == [] and data.head["stretches"] == []
        assert all(data.columns[c].size == 0 for c in ("lon", "day", "place", "profile_weight"))
        assert data.columns["profile_start"].tolist() == [0]
        assert len(data.head["segments"]["id"]) == len(world.segments)
        assert "FrontierGeo.start" in html_of(drawn)


def test_no_incidents_of_the_shipped_border(data_of):
    data = data_of(hotspot_page(fg.load_events().iloc[:0], basemap=False))
    assert data.head["n"] == 0
    assert set(data.head["segments"]["value"]) == {0} and data.head["rates"]["breaks"] == []
    assert data.head["rates"]["follows"] == "expected"


def test_no_incidents_and_no_period_is_one_clear_error(world):
    bare = world.rates.copy()
    bare.attrs = {}
    with pytest.raises(ParameterError, match=r"needs the time observed.*Pass period="):
        world.page(events=world.events.iloc[:0], rates=bare)


@pytest.mark.parametrize("name", [f"e{k:02d}" for k in range(1, 13)])
def test_one_incident(world, data_of, name):
    events = world.events[world.events["event_id"] == name]
    data = data_of(world.page(events=events))
    assert data.head["n"] == 1 and data.texts["id"] == [name]
    assert [each["count"] for each in data.head["types"]] == [1]
    whole = data_of(hotspot_page(events, boundary=world.boundary, period=PERIOD, basemap=False))
    assert whole.head["rates"]["follows"] == "expected"


def test_all_on_one_day(world, data_of):
    day = pd.Timestamp("2020-02-29")
    events = world.events.assign(date_start=day, date_end=day, date_precision="day")
    bare = world.rates.copy()
    bare.attrs = {}
    data = data_of(world.page(events=events, rates=bare))
    assert set(data.columns["day"]) == {18_321} and not data.columns["span"].any()
    assert data.head["rates"]["period"] == ["2020-02-29", "2020-02-29"]
    assert data.head["segments"]["exposure"][0] == pytest.approx(
        world.segments["length_km"].iloc[0] / 365.25, rel=1e-6
    )


def test_all_imprecise(world, data_of):
    events = world.events.assign(
        location_precision="country", geometry=None, frontage_from_km=None, frontage_to_km=None
    )
    located = world.located.assign(
        placement="unplaced", chainage_km=None, frontage_from_km=None, frontage_to_km=None
    )
    data = data_of(world.page(events=events, located=located))
    assert not data.columns["located"].any() and not data.columns["place"].any()
    assert data.head["stretches"] == data.head["cells"] == []


def test_nothing_dated(world, data_of):
    events = world.events.assign(date_start=pd.NaT, date_end=pd.NaT)
    data = data_of(world.page(events=events))
    assert set(data.columns["day"]) == {-(2**31)} and data.head["n"] == 12
    data = data_of(world.page(events=world.events.drop(columns=["date_start", "date_end"])))
    assert data.head["n"] == 12


def test_dates_from_1992_to_tomorrow(world, data_of):
    days = pd.to_datetime(pd.Series(["1992-01-01", "2199-12-31", "1000-01-01", "9999-12-31"] * 3))
    events = world.events.assign(date_start=days.to_numpy(), date_end=days.to_numpy())
    rates = world.rates.copy()
    rates.attrs = {"period": ["1000-01-01", "9999-12-31"]}
    data = data_of(world.page(events=events, rates=rates))
    assert data.columns["day"].min() == -354_285 and data.columns["day"].max() == 2_932_896
    assert data.head["notes"]["outside_period"] == 0


def test_a_window_of_two_centuries_is_as_long_as_16_bits_hold(world, data_of):
    events = world.events.assign(
        date_start=pd.Timestamp("1500-01-01"), date_end=pd.Timestamp("2020-01-01")
    )
    assert set(data_of(world.page(events=events)).columns["span"]) == {65_535}


def test_a_date_that_ends_before_it_starts_is_one_clear_error(world):
    events = world.events.assign(date_end=pd.Timestamp("1999-01-01"))
    with pytest.raises(ParameterError, match="date_end of located must be on or after date_start"):
        world.page(events=events)


def test_a_segment_table_without_rates(world, data_of):
    data = data_of(world.page(rates=world.segments, period=PERIOD))
    rates = data.head["rates"]
    assert rates["column"] is None and rates["follows"] is None and rates["breaks"] == []
    assert set(data.head["segments"]["value"]) == {None}
    assert rates["colours"] == ["#d5e0ee", "#7d8590"] and len(rates["widths"]) == 2
    assert (data.columns["place"] > 0).sum() > 5  # the incidents are spread all the same


def test_infinite_and_missing_rates(world, data_of):
    rates = world.rates.copy()
    rates.loc[[0, 3], "expected_rate"] = [np.inf, np.nan]
    rates.loc[5, "expected_rate"] = -np.inf
    rates["expected_rate_lo"], rates["expected_rate_hi"] = 0.0, np.inf
    head = data_of(world.page(rates=rates)).head
    values = head["segments"]["value"]
    assert values[0] == "inf" and values[3] is None and values[5] is None
    assert set(head["segments"]["hi"]) == {"inf"}
    assert head["rates"]["follows"] is None
    *finite, last = head["rates"]["breaks"]
    assert np.isfinite(finite).all() and last == "inf"  # a class of their own
    assert len(finite) == 4 and len(head["rates"]["colours"]) == 7


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0, -1.0])
def test_rates_that_are_all_the_same_odd_number(world, data_of, value):
    head = data_of(world.page(rates=world.rates.assign(expected_rate=value))).head
    assert head["rates"]["breaks"] == (["inf"] if np.isinf(value) else [])
    assert len(head["rates"]["colours"]) == 2 + np.isinf(value)


def test_rates_of_another_stretch_overlap_no_incident(world, data_of):
    far = world.rates[world.rates["from_km"] > 350]
    data = data_of(world.page(rates=far))
    assert data.head["rates"]["follows"] is None
    assert len(data.head["segments"]["id"]) == len(far)
    near = {"e01", "e02", "e03", "e04", "e06", "e07", "e08"}
    assert not any(data.of(name, "known") for name in near)


def test_no_segments_at_all(world, data_of):
    data = data_of(world.page(rates=world.rates.iloc[:0]))
    assert data.head["segments"]["id"] == [] and data.head["rates"]["follows"] is None
    assert not data.columns["place"].any() and data.head["rates"]["bandwidth_km"] > 0


def test_rates_in_words_are_one_clear_error(world):
    with pytest.raises(ParameterError, match="must name a column of numbers"):
        world.page(rates=world.rates.assign(expected_rate="many"))


def test_unknown_event_types(world, data_of):
    events = world.events.assign(event_type=[f"Own type {k}" for k in range(12)])
    types = data_of(world.page(events=events)).head["types"]
    assert [each["key"] for each in types] == sorted(f"Own type {k}" for k in range(12))
    assert all(each["colour"].startswith("#") and each["shape"] for each in types)


def test_five_hundred_types(data_of, world):
    events = pd.concat([world.events] * 50, ignore_index=True)
    events["event_id"] = [f"x{k}" for k in range(600)]
    events["event_type"] = [f"type {k % 500:03d}" for k in range(600)]
    data = data_of(world.page(events=events))
    assert len(data.head["types"]) == 500 and data.columns["type"].max() == 499
    assert sum(each["count"] for each in data.head["types"]) == 600
    for name in ("x0", "x499", "x599"):
        key = data.head["types"][data.of(name, "type")]["key"]
        assert key == f"type {int(name[1:]) % 500:03d}"


def test_more_words_than_a_byte_counts(world, data_of):
    """Words of a source's own beyond 256 are told as not known, not as some other word."""
    events = pd.concat([world.events] * 50, ignore_index=True)
    events["event_id"] = [f"x{k}" for k in range(600)]
    events["location_precision"] = [f"about {k:03d}" for k in range(600)]
    data = data_of(world.page(events=events))
    words = data.head["precisions"]
    assert len(words) == 256
    assert words[data.of("x0", "precision")] == "about 000"
    assert words[data.of("x599", "precision")] == "unknown"


def test_very_long_and_right_to_left_names(world, data_of):
    long, turned = "Верхнеахшаҳрабад" * 400, "ولسوالی درواز بالا"
    events = world.events.assign(place=long, admin2=turned, actors=turned + long)
    frontages = world.frontages.assign(name=[long, turned])
    data = data_of(world.page(events=events, frontages=frontages, title=long, language="fa"))
    assert data.texts["place"][0] == long[:2000] + " […]"
    assert data.head["title"].endswith(" […]")
    assert data.texts["admin2"][0] == turned
    assert {each["name"] for each in data.head["frontages"]} == {long[:2000] + " […]", turned}


def test_coordinates_no_place_on_earth_has(world, data_of):
    from shapely import Point

    events = world.events.copy()
    events.loc[0, "geometry"] = Point(69, 1e300)
    assert data_of(world.page(events=events)).of("e01", "located") == 0


def test_numbers_no_column_holds(world, data_of):
    events = world.events.assign(killed=pd.array([10**15] * 12, dtype="Int64"), narcotics_kg=1e308)
    located = world.located.assign(distance_km=1e12)
    data = data_of(world.page(events=events, located=located))
    assert data.texts["killed"][0] == 10**15
    assert data.texts["narcotics_kg"][0] == 1e308
    assert (data.columns["distance"][data.columns["located"] == 1] == 2**31 - 1).all()


@pytest.mark.slow
def test_a_million_incidents(data_of):
    """Every one is there; places near one another share a profile."""
    import geopandas as gpd

    n = 1_000_000
    rng = np.random.default_rng(1)
    boundary = fg.load_boundary()
    km = rng.uniform(0, boundary.length_km, n)
    lon, lat = boundary.lonlat_at(km)
    lon, lat = lon + rng.normal(0, 0.03, n), lat + rng.normal(0, 0.03, n)
    events = gpd.GeoDataFrame(
        {
            "event_id": np.arange(n),
            "date_start": np.datetime64("1992-01-01") + rng.integers(0, 12_000, n),
            "event_type": rng.choice(["armed_clash", "drug_seizure"], n),
            "location_uncertainty_km": rng.choice([1.0, 3.0, 10.0], n),
            "location_precision": "settlement",
        },
        geometry=gpd.points_from_xy(lon, lat),
        crs="EPSG:4326",
    )
    located = pd.DataFrame(
        {
            "event_id": events["event_id"].astype(str), "candidate": 0, "placement": "point",
            "chainage_km": km, "lon": lon, "lat": lat,
        }
    )  # fmt: skip
    rates = fg.make_segments(boundary)
    page = hotspot_page(
        events, located=located, rates=rates, period=("1992-01-01", "2025-12-31"), basemap=False
    )
    data = data_of(page)
    assert data.head["n"] == n and (data.columns["place"] > 0).mean() > 0.99
    assert data.columns["profile_start"].size < 500_000
    assert page.payload.head["text"]["chunks"] == 489
