"""The shipped incidents on the shipped border: everything is on the page, once, in a small file."""

from __future__ import annotations

import numpy as np
import pytest

from frontier_geo import load_events, locate_events
from frontier_geo.maps import hotspot_map, hotspot_page
from frontier_geo.maps.escaping import json_for_script
from frontier_geo.maps.geometry import AREA_BUDGET_BYTES
from frontier_geo.maps.words import catalogue

from .browser_helpers import PHONE, numbers, opened, shipped_page

WORDS = catalogue("en")
BIG = 600_000  # bytes; 0.45 MB today: opens at once on a slow line and fits into a mail


@pytest.fixture(scope="module")
def shipped():
    return shipped_page()


def test_every_incident_is_on_the_page_exactly_once(shipped, data_of):
    opened_data = data_of(shipped)
    assert sorted(opened_data.texts["id"]) == sorted(load_events()["event_id"])
    assert opened_data.head["n"] == len(load_events())


def test_every_incident_is_where_it_was_located(shipped, data_of):
    data = data_of(shipped)
    first = locate_events(load_events()).query("candidate == 0").set_index("event_id")
    kinds = {"unplaced": 0, "point": 1, "frontage": 2, "off_border": 3}
    for event_id, placement in first["placement"].items():
        assert data.of(event_id, "located") == kinds[placement], event_id
    points = first[first["placement"] == "point"]
    for event_id, row in points.iterrows():
        assert data.of(event_id, "chainage") == pytest.approx(row["chainage_km"] * 1000, abs=1)


def test_the_rates_on_the_page_are_those_of_the_library(shipped, data_of):
    segments, rates = data_of(shipped).head["segments"], shipped.inputs.rates
    assert len(segments["id"]) == 135
    assert np.allclose(segments["value"], rates["expected_rate"], rtol=1e-5, atol=1e-9)
    assert np.allclose(segments["exposure"], rates["exposure_km_yr"], rtol=1e-5)


def test_the_file_stays_small(shipped, tmp_path):
    shipped.save(tmp_path / "map.html")
    assert (tmp_path / "map.html").stat().st_size < BIG


def test_areas_are_drawn_within_their_budget(shipped, data_of):
    areas = data_of(shipped).head["areas"]
    assert len(json_for_script([areas["arcs"]])) <= AREA_BUDGET_BYTES
    names = {item["name"] for item in areas["items"]}
    assert {"GBAO", "Khatlon", "Badakhshan", "Takhar", "Kunduz", "Balkh"} <= names


def test_the_folium_map_holds_the_same(shipped, data_of):
    page, bridge = data_of(shipped), data_of(hotspot_map())
    assert page.head["segments"] == bridge.head["segments"]
    assert page.head["types"] == bridge.head["types"]
    assert page.texts == bridge.texts
    for name, column in page.columns.items():
        assert np.array_equal(column, bridge.columns[name]), name


def test_a_line_of_ones_own_needs_nothing_else(world, data_of):
    """Segments, places and rates are computed; no shipped area is laid over a foreign line."""
    page = hotspot_page(world.events, boundary=world.boundary, period=("2010-01-01", "2025-12-31"))
    data = data_of(page)
    assert len(data.head["segments"]["id"]) == len(world.segments)
    assert data.head["areas"] is None
    assert data.head["rates"]["period"] == ["2010-01-01", "2025-12-31"]
    located = locate_events(world.events, world.boundary)
    assert data.head["n"] == located["event_id"].nunique()


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1440, 900), PHONE], ids=["desktop", "phone"])
def test_the_reader_meets_all_of_it(shipped, browser, tmp_path, size):
    """Counts of header, filters, legend and table add up to the shipped incidents."""
    events = load_events()
    with opened(browser, shipped.html, tmp_path, size=size) as reader:
        page = reader.page
        assert reader.count == f"{len(events)} of {len(events)} incidents"
        if size == PHONE:
            page.locator(".fg-drawer-button").click()
        types = page.locator(".fg-type .fg-number").all_inner_texts()
        assert sum(int(number) for number in types) == len(events)
        legend = page.locator(".fg-legend").first.locator(".fg-number").all_inner_texts()
        assert sum(int(number) for number in legend) == 135
        page.get_by_role("tab").nth(1).click()
        if size != PHONE:  # a phone's first view is wider than the border, too
            listed = numbers(reader.text(".fg-table-count"))[0]
            nowhere = numbers(reader.text(".fg-nowhere summary"))[0]
            assert listed + nowhere == len(events)
        for _ in range(5):
            more = page.locator(".fg-more")
            if not more.is_visible():
                break
            more.click()
        rows = reader.rows()
        assert len(rows) == numbers(reader.text(".fg-table-count"))[0]
        assert all(row[0] and row[1] and row[2] for row in rows)
