"""Maps of tables that are not as the shipped one: odd rows, other periods, other cuts."""

import re

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

import frontier_geo as fg
from frontier_geo.errors import RejectedRowsWarning


def page(drawn) -> str:
    return drawn.get_root().render()


def table(places, **columns):
    return gpd.GeoDataFrame(columns, geometry=places, crs="EPSG:4326")


def test_rows_that_cannot_be_used_do_not_stop_the_map():
    events = table(
        [Point(71.5, 37.5), Point(float("nan"), 37.5), Point(float("inf"), 1), None],
        event_id=list("abcd"),
        date_start=["2020-01-01"] * 4,
        frontage_from_km=[None, None, None, 100.0],
        frontage_to_km=[None, None, None, float("inf")],
    )
    with pytest.warns(RejectedRowsWarning, match="3 of 4"):
        drawn = fg.hotspot_map(events, period=("2020-01-01", "2020-12-31"))
    assert "4 incidents shown: 1 with a point" in page(drawn)


def test_events_without_ids_or_with_numbers_keep_their_places():
    plain = table([Point(71.5, 37.5), Point(60, 30)], date_start=["2020-01-01", "2020-02-01"])
    for events in (plain, plain.assign(event_id=[1, 2])):
        assert "2 with a point (1 of them away from the border)" in page(fg.hotspot_map(events))


def test_no_incident_at_all_is_a_map_too():
    drawn = fg.hotspot_map(fg.load_events().iloc[:0], period=("2020-01-01", "2020-12-31"))
    assert "0 incidents shown" in page(drawn)


@pytest.mark.parametrize("by", ["tj_district", "tj_province"])
def test_the_parts_of_the_account_add_up(by):
    """Stretches that lie within one segment are counted, not spread."""
    said = page(fg.hotspot_map(segments=fg.make_segments(by=by)))
    numbers = re.search(
        r"Rates: (\d+) incidents used; (\d+) counted on one segment, (\d+) shared out along their "
        r"stretch, (-?\d+) without a place",
        said,
    )
    used, counted, spread, without = map(int, numbers.groups())
    assert used == counted + spread + without
    assert without == 24


def test_only_incidents_of_the_period_are_drawn():
    events = fg.load_events()
    drawn = fg.hotspot_map(events, period=("2015-01-01", "2019-12-31"))
    shown = int(re.search(r"(\d+) records shown", page(drawn)).group(1))
    start, stop = events["date_start"], events["date_end"]
    assert shown == ((start <= "2019-12-31") & (stop >= "2015-01-01")).sum() < len(events)
    assert f"Not shown: {len(events) - shown} records dated outside that period" in page(drawn)


def test_very_long_text_is_cut_and_says_so():
    events = table([Point(71.5, 37.5)], date_start=["2020-01-01"], summary=["A" * 100_000])
    said = page(fg.hotspot_map(events))
    assert "A" * 2000 + " … (cut)" in said
    assert "A" * 2001 not in said


def test_several_sources_in_one_cell_are_several_links():
    events = table(
        [Point(71.5, 37.5)],
        date_start=["2020-01-01"],
        source_urls=["https://a.example/x;y;https://b.example/z"],
    )
    said = page(fg.hotspot_map(events))
    assert '"https://a.example/x;y"' in said
    assert '"https://b.example/z"' in said


@pytest.mark.parametrize(
    "dates",
    [
        [pd.Timestamp("2020-05-01T02:00", tz="Asia/Dushanbe")] * 2,
        ["2020-05-01T02:00+05:00", "2020-05-01"],
    ],
)
def test_hours_and_zones_do_not_move_the_day(dates):
    """Two in the morning in Dushanbe is the day before in Greenwich."""
    events = table([Point(71.5, 37.5)] * 2, date_start=dates)
    said = page(fg.hotspot_map(events, period=("2020-05-01", "2020-05-31")))
    assert "2 incidents shown" in said
    assert "Not shown" not in said
