"""The shipped incidents on the shipped border: everything is on the map, once."""

from __future__ import annotations

import pytest

from frontier_geo import load_events, locate_events
from frontier_geo.maps import hotspot_map


@pytest.fixture(scope="module")
def shipped():
    return hotspot_map()


def test_every_incident_is_shown_exactly_once(shipped):
    content = shipped.content
    drawn = [i for group in content["points"]["items"] for i in group["events"]]
    drawn += [i for stretch in content["bands"]["items"] for i in stretch["events"]]
    drawn += content["nowhere"]
    assert sorted(drawn) == list(range(len(load_events())))
    assert content["totals"][0].startswith(f"{len(drawn):,} records shown")


def test_the_file_stays_small(shipped, tmp_path):
    """0.7 MB today; 1 MB opens at once on a slow line and fits into a mail."""
    shipped.save(tmp_path / "map.html")
    assert (tmp_path / "map.html").stat().st_size < 1_000_000


def test_areas_are_drawn_within_their_budget(shipped):
    from frontier_geo.maps.escaping import json_for_script
    from frontier_geo.maps.geometry import AREA_BUDGET_BYTES

    areas = shipped.content["areas"]
    assert len(json_for_script([areas["arcs"]])) <= AREA_BUDGET_BYTES
    names = {item["name"] for item in areas["items"]}
    assert {"GBAO", "Khatlon", "Badakhshan", "Takhar", "Kunduz", "Balkh"} <= names


def test_a_line_of_ones_own_needs_nothing_else(world):
    """Segments, places and rates are computed; no shipped area is laid over a foreign line."""
    drawn = hotspot_map(world.events, boundary=world.boundary, period=("2010-01-01", "2025-12-31"))
    assert len(drawn.content["ribbon"]["items"]) == len(world.segments)
    assert "areas" not in drawn.content
    assert any("1 January 2010 – 31 December 2025" in note for note in drawn.content["totals"])
    located = locate_events(world.events, world.boundary)
    assert len(drawn.content["events"]["items"]) == located["event_id"].nunique()


@pytest.mark.browser
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_opens_with_the_network_off(shipped, open_map, width, height):
    sheet = open_map(shipped, width=width, height=height)
    assert sheet.foreign_requests == [] and sheet.messages == []
    assert sheet.page.locator("path.fg-segment").count() == 135
