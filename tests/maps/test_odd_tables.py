"""Pages of tables that are not as the shipped one: odd rows, other periods, other cuts."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

import frontier_geo as fg
from frontier_geo.errors import ColumnError, LicenceError, ParameterError, RejectedRowsWarning
from frontier_geo.maps import hotspot_map, hotspot_page

BARE = {"basemap": False, "period": ("2020-01-01", "2020-12-31")}


def table(places, **columns):
    return gpd.GeoDataFrame(columns, geometry=places, crs="EPSG:4326")


def test_rows_that_cannot_be_used_do_not_stop_the_page(data_of):
    events = table(
        [Point(71.5, 37.5), Point(float("nan"), 37.5), Point(float("inf"), 1), None],
        event_id=list("abcd"),
        date_start=["2020-01-01"] * 4,
        frontage_from_km=[None, None, None, 100.0],
        frontage_to_km=[None, None, None, float("inf")],
    )
    with pytest.warns(RejectedRowsWarning, match="3 of 4"):
        page = hotspot_page(events, **BARE)
    data = data_of(page)
    assert {name: int(data.of(name, "located")) for name in "abcd"} == {
        "a": 1,
        "b": 0,
        "c": 0,
        "d": 0,
    }
    assert data.texts["reason"][data.row("d")]
    assert (data.columns["counted"] == 1).sum() == 4  # counted, but on no segment
    assert (data.columns["place"] > 0).sum() == 1


def test_events_without_ids_or_with_numbers_keep_their_places(data_of):
    plain = table([Point(71.5, 37.5), Point(60, 30)], date_start=["2020-01-01", "2020-02-01"])
    for events, ids in ((plain, ["row-1", "row-2"]), (plain.assign(event_id=[1, 2]), ["1", "2"])):
        data = data_of(hotspot_page(events, **BARE))
        assert data.texts["id"] == ids
        assert data.columns["located"].tolist() == [1, 3]


def test_an_index_of_ones_own_does_not_matter(world, data_of):
    wanted = data_of(world.page())
    shuffled = world.events.sample(frac=1, random_state=3)
    found = data_of(world.page(events=shuffled.set_axis([f"x{i}" for i in range(12)])))
    assert found.texts == wanted.texts
    assert all(np.array_equal(found.columns[c], wanted.columns[c]) for c in wanted.columns)


def test_repeated_index_labels_do_not_matter(world, data_of):
    found = data_of(world.page(events=world.events.set_axis([0] * 12)))
    assert found.texts == data_of(world.page()).texts


def test_events_that_were_not_located_are_nowhere(world, data_of):
    data = data_of(world.page(located=world.located[world.located["event_id"] != "e06"]))
    assert data.of("e06", "located") == 2  # its own row says the stretch
    assert data.of("e06", "place") == 0
    data = data_of(world.page(located=world.located.iloc[:0]))
    assert data.head["n"] == 12 and (data.columns["place"] == 0).all()


def test_several_candidates_of_one_event_are_one_incident(world, data_of):
    second = world.located[world.located["event_id"] == "e01"].assign(candidate=1, chainage_km=99)
    data = data_of(world.page(located=pd.concat([second, world.located])))
    assert data.head["n"] == 12 and data.of("e01", "chainage") == 40_000


@pytest.mark.parametrize("by", ["tj_district", "tj_province"])
def test_other_segments_are_as_good(by, data_of):
    segments = fg.make_segments(by=by)
    head = data_of(hotspot_page(segments=segments, basemap=False)).head
    assert head["segments"]["id"] == segments["segment_id"].tolist()
    assert head["rates"]["follows"] == "expected"
    tally = head["rates"]["accounting"]
    assert tally["events"] == tally["counted"] + tally["off_border"] + tally["unplaced"]


def test_only_incidents_of_the_period_are_drawn(data_of):
    events = fg.load_events()
    data = data_of(hotspot_page(events, period=("2015-01-01", "2019-12-31"), basemap=False))
    inside = (events["date_start"] <= "2019-12-31") & (events["date_end"] >= "2015-01-01")
    assert set(data.texts["id"]) == set(events.loc[inside, "event_id"])
    assert data.head["notes"]["outside_period"] == (~inside).sum() > 0
    assert data.head["rates"]["period"] == ["2015-01-01", "2019-12-31"]


def test_a_window_across_the_edge_of_the_period_counts_by_its_share(world, data_of):
    rates = world.rates.copy()
    rates.attrs = {**rates.attrs, "period": ["2019-07-16", "2025-12-31"]}
    data = data_of(world.page(rates=rates))
    assert "e07" not in data.texts["id"]
    assert (data.of("e06", "day"), data.of("e06", "span")) == (18_078, 30)  # the whole of July 2019


def test_the_period_is_that_of_the_rates_then_the_one_given_then_the_events(world, data_of):
    bare = world.rates.copy()
    bare.attrs = {}
    period = data_of(world.page(rates=bare)).head["rates"]["period"]
    assert period == ["2010-01-01", "2025-06-30"]
    period = data_of(world.page(rates=bare, period=("2001-02-03", "2026-01-01"))).head["rates"]
    assert period["period"] == ["2001-02-03", "2026-01-01"]
    bare.attrs = {"period": ["2024-01-01", "2023-01-01"]}  # turned round: no period at all
    assert data_of(world.page(rates=bare)).head["rates"]["period"] == ["2010-01-01", "2025-06-30"]


@pytest.mark.parametrize("period", ["spring", ("2020-01-01",), ("2020", "2021", "2022")])
def test_a_period_is_two_days(world, period):
    with pytest.raises(ParameterError, match="period must be a pair of days"):
        world.page(period=period)


@pytest.mark.parametrize(
    "period", [("2021-01-01", "2020-01-01"), ("soon", "later"), ("2020-13-01", "2021-01-01")]
)
def test_an_odd_pair_of_days_is_one_clear_error(world, period):
    bare = world.rates.copy()
    bare.attrs = {}
    for rates in (bare, None):
        with pytest.raises(ParameterError, match="period must"):
            world.page(rates=rates, period=period)


def test_a_period_that_is_not_that_of_the_rates_is_one_clear_error(world):
    with pytest.raises(
        ParameterError, match=r"rates are of 1996-01-01 to 2025-12-31, but period is"
    ):
        world.page(period=("2020-01-01", "2020-12-31"))
    world.page(period=("1996-01-01", "2025-12-31"))


def test_very_long_text_is_cut_and_shows_it(data_of):
    events = table([Point(71.5, 37.5)], date_start=["2020-01-01"], summary=["A" * 100_000])
    said = data_of(hotspot_page(events, **BARE)).texts["summary"][0]
    assert said == "A" * 2000 + " […]"


@pytest.mark.parametrize(
    "dates",
    [
        [pd.Timestamp("2020-05-01T02:00", tz="Asia/Dushanbe")] * 2,
        ["2020-05-01T02:00+05:00", "2020-05-01"],
    ],
)
def test_hours_and_zones_do_not_move_the_day(dates, data_of):
    """Two in the morning in Dushanbe is the day before in Greenwich."""
    events = table([Point(71.5, 37.5)] * 2, date_start=dates)
    data = data_of(hotspot_page(events, basemap=False, period=("2020-05-01", "2020-05-31")))
    assert data.head["n"] == 2 and data.head["notes"]["outside_period"] == 0
    assert set(data.columns["day"]) == {18_383}  # 2020-05-01


def test_bare_years_and_months_are_windows(data_of):
    events = table([Point(71.5, 37.5)] * 2, date_start=["2020", "2020-02"])
    data = data_of(hotspot_page(events, **BARE))
    assert data.columns["day"].tolist() == [18_262, 18_293]
    assert data.columns["span"].tolist() == [365, 28]


def test_a_line_of_ones_own_needs_nothing_else(world, data_of):
    """Segments, places and rates are computed; no shipped area is laid over a foreign line."""
    period = ("2010-01-01", "2025-12-31")
    page = hotspot_page(world.events, boundary=world.boundary, period=period, basemap=False)
    head = data_of(page).head
    assert len(head["segments"]["id"]) == len(world.segments)
    assert head["areas"] is None and head["referents"] == [] and head["frontages"] == []
    assert head["rates"]["follows"] == "expected"
    assert head["n"] == 12


def test_an_empty_table_leaves_a_layer_out(world, data_of):
    head = data_of(
        world.page(
            areas=world.areas.iloc[:0], referents=world.referents.iloc[:0],
            frontages=world.frontages.iloc[:0],
        )
    ).head  # fmt: skip
    assert head["areas"] is None and head["referents"] == [] and head["frontages"] == []


def test_landmarks_without_a_coordinate_are_left_out(world, data_of):
    referents = world.referents.copy()
    referents.loc[0, "lon"] = np.nan
    assert len(data_of(world.page(referents=referents)).head["referents"]) == 2


def test_restricted_rows_need_to_be_asked_for(world, data_of):
    events = world.events.assign(source="ACLED", licence="restricted")
    for product in (world.page, world.map):
        with pytest.raises(LicenceError, match=r"12 of 12 rows may not.*include_restricted=True"):
            product(events=events)
        assert data_of(product(events=events, include_restricted=True)).head["n"] == 12


def test_rates_of_restricted_rows_may_be_drawn_without_them(data_of):
    events = fg.load_events()
    located = fg.locate_events(events.assign(source="ACLED", licence="restricted"))
    rates = fg.segment_rates(located)
    head = data_of(hotspot_page(events.iloc[:0], located=located, rates=rates, basemap=False)).head
    assert head["n"] == 0
    assert max(head["segments"]["value"]) > 0 and head["rates"]["follows"] is None


@pytest.mark.parametrize("languages", ["en", ["en", "de"], []])
def test_languages_are_several_of_those_there_are(world, languages):
    if languages == []:
        assert world.page(languages=languages).payload.head["languages"] == ["en"]
        return
    with pytest.raises(ParameterError, match="languages must be"):
        world.page(languages=languages)


@pytest.mark.parametrize(
    ("option", "value"),
    [("language", "xx"), ("style", "dots"), ("bandwidth_km", 0), ("bandwidth_km", "wide")],
)
def test_odd_options_are_one_clear_error(world, option, value):
    for product in (world.page, world.map):
        with pytest.raises(ParameterError, match=f"{option} must be"):
            product(**{option: value})


def test_color_by_must_be_a_column_of_numbers(world):
    with pytest.raises(ColumnError, match=r"'density' is not one\. Numbers are in"):
        world.page(color_by="density")
    with pytest.raises(ParameterError, match="'terrain' holds"):
        world.page(color_by="terrain")


def test_segments_need_their_ends(world):
    with pytest.raises(ColumnError, match="from_km"):
        world.page(rates=world.rates.drop(columns="from_km"))


def test_page_and_map_take_the_same_arguments():
    """Whoever knows one knows the other; only the place on the screen differs."""
    import inspect

    page, drawn = (set(inspect.signature(each).parameters) for each in (hotspot_page, hotspot_map))
    assert page - drawn == {"tiles"}
    assert drawn - page == {"height", "options"}


@pytest.mark.parametrize("given", [5, ["a"], "events.csv"])
@pytest.mark.parametrize("draw", [hotspot_page, hotspot_map])
def test_what_is_no_table_of_events_is_named(given, draw):
    with pytest.raises(ParameterError, match=rf"ReadResult, but is a {type(given).__name__}\."):
        draw(given)


def test_a_table_without_places_is_named(world):
    plain = pd.DataFrame(world.events.drop(columns="geometry"))
    for given, name in ((plain, r"DataFrame\."), (gpd.GeoDataFrame(plain), "GeoDataFrame without")):
        with pytest.raises(ParameterError, match=f"ReadResult, but is a {name}"):
            hotspot_page(given)


def test_the_set_aside_are_those_among_the_incidents_shown(data_of):
    data = data_of(hotspot_page(period=("2015-01-01", "2025-12-31"), basemap=False))
    shown = (data.columns["counted"] == 0).sum()
    assert sum(data.head["notes"]["set_aside"].values()) == shown == 52
    assert data.head["n"] == 111 and data.head["notes"]["outside_period"] == 95


def test_classes_of_a_single_incident_can_be_told_apart(data_of):
    events = fg.load_events()
    one = events[events["location_precision"] == "exact"].iloc[:1]
    first, last = data_of(hotspot_page(one, basemap=False)).head["rates"]["breaks"]
    assert first == pytest.approx(last / 1000, rel=0.05)
