"""Map, diagram and table are one: what is pointed at in one of them lights up in the others."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
import shapely
from playwright.sync_api import expect

from frontier_geo.maps.words import catalogue
from frontier_geo.rates import segment_rates

from .browser_helpers import (
    POPUP,
    box_of,
    changed,
    kilometres,
    numbers,
    opened,
    settle,
    shipped_page,
    small_page,
    small_world,
)

pytestmark = pytest.mark.browser

WORDS = catalogue("en")
NEAR = 16  # px around a thing in which its mark may lie
SEGMENTS = [(340, 350), (1060, 1070)]


@pytest.fixture
def shipped(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path) as reader:
        yield reader


@pytest.fixture
def small(browser, tmp_path):
    with opened(browser, small_page().html, tmp_path) as reader:
        yield reader


def place_of(event_id):
    """Longitude and latitude of an incident of the small border."""
    point = small_page().inputs.events.set_index("event_id").loc[event_id, "geometry"]
    return point.x, point.y


def in_element(reader, selector, x, y):
    """A place in the window as a place in the picture of an element."""
    box = reader.page.locator(selector).bounding_box()
    return x - box["x"], y - box["y"]


def points_along(reader, boundary, first, last):
    """Where a piece of the border runs in the picture of the map."""
    found = []
    for km in np.linspace(first, last, 9):
        point = boundary.point_at(km)
        found.append(in_element(reader, ".fg-map", *reader.on_map(point.x, point.y)))
    return np.array(found)


def assert_only_near(mask, points, margin=NEAR):
    """All pixels that differ lie around these points, and they reach from the first to the last."""
    left, top, right, bottom = box_of(mask)
    low, high = points.min(axis=0), points.max(axis=0)
    assert left >= low[0] - margin and top >= low[1] - margin
    assert right <= high[0] + margin and bottom <= high[1] + margin
    assert left <= low[0] + 4 and right >= high[0] - 4


@pytest.mark.parametrize(("first", "last"), SEGMENTS)
def test_a_segment_under_the_pointer_lights_up_in_the_other_view(shipped, first, last):
    boundary = shipped_page().inputs.boundary
    page = shipped.page
    page.mouse.move(5, 5)
    map_before, chart_before = shipped.picture(".fg-map"), shipped.picture(".fg-chart")
    # From the map to the diagram.
    page.mouse.move(*shipped.middle_of(boundary, first, last))
    page.locator(".fg-hint").wait_for()
    assert kilometres(shipped.text(".fg-hint")) == (first, last)
    assert kilometres(shipped.said_by_chart) == (first, last)
    in_chart = box_of(changed(chart_before, shipped.picture(".fg-chart")))
    page.mouse.move(5, 5)
    assert not page.locator(".fg-hint").is_visible()
    assert not changed(chart_before, shipped.picture(".fg-chart")).any()
    ends = [in_element(shipped, ".fg-chart", *shipped.on_chart(km))[0] for km in (first, last)]
    assert ends[0] - 6 <= in_chart[0] and in_chart[2] <= ends[1] + 6
    assert in_chart[3] - in_chart[1] > 40  # from the axis upwards
    # From the diagram to the map.
    page.mouse.move(*shipped.on_chart((first + last) / 2))
    settle(page)
    assert kilometres(shipped.said_by_chart) == (first, last)
    mask = changed(map_before, shipped.picture(".fg-map"))
    assert_only_near(mask, points_along(shipped, boundary, first, last))
    tip = page.locator(".fg-chart").inner_text()
    assert f"km {first:,} to {last:,}" in tip and "95 % interval" in tip
    page.mouse.move(5, 5)
    assert not changed(map_before, shipped.picture(".fg-map")).any()


def test_an_incident_lights_up_from_the_table_and_from_the_map(small):
    page = small.page
    page.get_by_role("tab", name="Incidents").click()
    row = page.locator(".fg-table tbody tr", has_text="near B")
    page.mouse.move(5, 5)
    map_before, chart_before = small.picture(".fg-map"), small.picture(".fg-chart")
    row_before = small.picture(".fg-table tbody tr:nth-child(2)")
    x, y = small.on_map(*place_of("e03"))
    at = np.array([in_element(small, ".fg-map", x, y)])
    # From the table.
    row.hover()
    assert_only_near(changed(map_before, small.picture(".fg-map")), at)
    left, _, right, _ = box_of(changed(chart_before, small.picture(".fg-chart")))
    page.mouse.move(5, 5)
    km = in_element(small, ".fg-chart", *small.on_chart(90))[0]
    assert abs((left + right) / 2 - km) < 4
    page.mouse.move(5, 5)
    assert not changed(map_before, small.picture(".fg-map")).any()
    # From the map.
    page.mouse.move(x, y)
    expect(page.locator(".fg-hint")).to_contain_text("near B")
    assert small.text(".fg-hint") == "Cross-border fire, 26 November 2024, near B"
    assert "near B" in small.text(".fg-table tbody tr:nth-child(2)")
    assert changed(row_before, small.picture(".fg-table tbody tr:nth-child(2)")).any()


def test_a_segment_of_the_diagram_lights_up_its_rows(small):
    page = small.page
    page.get_by_role("tab", name="Incidents").click()
    rates = small_page().inputs.rates
    known = rates[(rates["events"] > 0) & (rates["from_km"] < 45) & (rates["to_km"] > 35)].iloc[0]
    before = {name: small.picture(row_of(name)) for name in ("Village A", "near B")}
    page.mouse.move(*small.on_chart((known["from_km"] + known["to_km"]) / 2))
    assert f"{known['events']} known to this segment" in small.said_by_chart
    assert changed(before["Village A"], small.picture(row_of("Village A"))).any()
    other = changed(before["near B"], small.picture(row_of("near B")))
    assert not other[8:-8].any()  # its neighbour's mark touches its edge


def row_of(place):
    """The row of an incident, as a selector."""
    return f".fg-table tbody tr:has-text({place!r})"


@pytest.mark.parametrize("view", ["profile", "years"])
def test_the_popup_of_a_pick_on_the_diagram_comes_wholly_into_view(browser, tmp_path, view):
    """The map flies there, with all its motion; the popup must not stick out of it at the end."""
    with opened(
        browser,
        small_page().html,
        tmp_path,
        fragment=f"#chart={view}",
        reduced_motion="no-preference",
    ) as small:
        page = small.page
        for km in (30, 390, 170):
            page.mouse.click(*small.on_chart(km))
            page.locator(POPUP).first.wait_for()
            page.wait_for_function(
                """() => {
                  const box = document.querySelector('.fg-popup').getBoundingClientRect();
                  const map = document.querySelector('.fg-map').getBoundingClientRect();
                  const inside = box.top >= map.top && box.bottom <= map.bottom + 1 &&
                    box.left >= map.left && box.right <= map.right + 1;
                  window.still = inside && window.where === box.top ? (window.still || 0) + 1 : 0;
                  window.where = box.top;
                  return window.still > 5;
                }""",
                polling=100,
            )
            assert kilometres(small.popup)[0] <= km <= kilometres(small.popup)[1]
            page.keyboard.press("Escape")


def test_an_incident_known_only_to_a_stretch_lights_up_along_it(small):
    page = small.page
    boundary = small_world().boundary
    page.get_by_role("tab", name="Incidents").click()
    page.mouse.move(5, 5)
    map_before, chart_before = small.picture(".fg-map"), small.picture(".fg-chart")
    page.locator(".fg-table tbody tr", has_text="F district").hover()
    mask = changed(map_before, small.picture(".fg-map"))
    chart = box_of(changed(chart_before, small.picture(".fg-chart")))
    assert_only_near(mask, points_along(small, boundary, 200, 240), 45)
    page.mouse.move(5, 5)
    ends = [in_element(small, ".fg-chart", *small.on_chart(km))[0] for km in (200, 240)]
    assert abs(chart[0] - ends[0]) < 6 and abs(chart[2] - ends[1]) < 6


def test_a_band_says_how_many_incidents_it_holds(small):
    """Its number stands beside the border; the pointer there says it, a click lists them."""
    page = small.page
    boundary = small_world().boundary
    x, y = small.middle_of(boundary, 100, 150)
    said = ""
    for off in range(6, 60, 2):  # from the line towards Tajikistan
        page.mouse.move(x, y - off)
        settle(page)
        said = small.text(".fg-hint")
        if "known only to this stretch" in said:
            break
    assert said == "2 incidents known only to this stretch: D district, km 100 to 150"
    page.mouse.click(x, y - off)
    popup = small.popup
    assert "2 incidents known only to this stretch. Each may have happened anywhere on it." in popup
    assert "Armed clash" in popup and "Drug seizure" in popup
    page.locator(f"{POPUP} summary").first.click()
    expect(page.locator(POPUP)).to_contain_text("summary of e06" if "July 2019" in popup else "e07")


def test_a_segment_is_picked_by_map_diagram_and_keys_alike(shipped):
    """The popup has its kilometres, rate and interval as the library has them."""
    inputs = shipped_page().inputs
    page = shipped.page
    page.mouse.click(*shipped.middle_of(inputs.boundary, 340, 350))
    by_map = shipped.popup
    page.locator(".leaflet-popup-close-button").click()
    expect(page.locator(POPUP)).to_have_count(0)
    page.mouse.click(*shipped.on_chart(345))
    by_chart = shipped.popup
    page.keyboard.press("Escape")
    expect(page.locator(POPUP)).to_have_count(0)
    shipped.chart.focus()
    page.keyboard.press("Home")
    for _ in range(34):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    by_keys = shipped.popup
    assert by_map == by_chart == by_keys
    row = inputs.rates.set_index("from_km").loc[340]
    assert by_map.startswith("Border segment, km 340 to 350\n")
    rate, level, low, high = numbers(re.search(r"Rate\n(.*)", by_map)[1].replace("per 100 km", ""))
    assert level == 95
    assert rate == pytest.approx(row["expected_rate"], abs=0.005)
    assert low == pytest.approx(row["expected_rate_lo"], abs=0.1)
    assert high == pytest.approx(row["expected_rate_hi"], rel=0.15)
    assert f"Incidents known to be here\n{row['events']}" in by_map
    assert f"Incidents expected here\n{row['expected_events']:.1f}" in by_map


def test_the_popup_of_a_place_opens_all_that_happened_there(small):
    page = small.page
    page.mouse.click(*small.on_map(*place_of("e01")))
    assert small.popup.startswith("2 incidents at this place")
    folds = page.locator(f"{POPUP} details")
    assert folds.count() == 2
    for index in range(2):
        folds.nth(index).locator("summary").click()
        folds.nth(index).locator(".fg-summary").wait_for()
    text = small.popup
    assert "June 2025" in text and "2010" in text and "1 June 2025" not in text
    assert "12.5 kg (heroin)" in text and "summary of e01" in text
    assert "Месяц" not in text and "wounded" not in text  # what is not known is left out


def test_a_source_is_a_link_that_leaves_nothing_behind(small):
    page = small.page
    page.mouse.click(*small.on_map(*place_of("e03")))
    assert "2 killed (sources: 1 to 4)" in small.popup
    link = page.locator(f"{POPUP} .fg-sources a")
    assert link.get_attribute("href") == "https://www.example.org/e03?a=1&b=2"
    assert link.inner_text() == "example.org"
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert link.get_attribute("target") == "_blank"


def test_the_circle_of_uncertainty_is_there_while_the_popup_is(small):
    page = small.page
    x, y = small.on_map(*place_of("e03"))
    page.mouse.click(x, y)
    assert "within about 5 km" in small.popup
    page.wait_for_function("() => !document.querySelector('.leaflet-pan-anim')")
    settle(page)
    centre = np.array(small.on_map(*place_of("e03")))
    point = shapely.Point(place_of("e03"))
    edge = np.array(small.on_map(point.x + 5 / 88.6, point.y))
    shot = small.picture()
    radius = np.hypot(*(edge - centre))
    angles = np.radians(np.arange(20, 160))  # below the place: the popup stands above it
    ring = np.array([centre + radius * np.array([np.cos(a), np.sin(a)]) for a in angles])
    columns, rows = np.rint(ring).astype(int).T
    blue = [
        shot[max(0, r - 2) : r + 3, max(0, c - 2) : c + 3].reshape(-1, 3)
        for r, c in zip(rows, columns, strict=True)
    ]
    share = np.mean([((p[:, 2] - p[:, 0]) > 0.35).any() for p in blue])
    assert 0.3 < share <= 1.0  # dashed


def test_sorting_and_picking_in_the_table(small):
    page = small.page
    page.get_by_role("tab", name="Incidents").click()
    table = page.locator(".fg-table")
    dates = [row[1] for row in small.rows()]
    assert dates[0] == "June 2025" and dates[-1] == "Date not known"
    head = {
        key: table.get_by_role("button", name=WORDS[f"table.{key}"], exact=True)
        for key in ("type", "date", "place")
    }
    head["date"].click()
    dates = [row[1] for row in small.rows()]
    assert dates[0] == "2010" and dates[-1] == "Date not known"  # last either way
    head["type"].click()
    types = [row[0] for row in small.rows()]
    assert types == sorted(types)
    assert table.get_by_role("columnheader", name=WORDS["table.type"]).get_attribute(
        "aria-sort"
    ) == ("ascending")
    head["type"].click()
    assert [row[0] for row in small.rows()] == sorted(types, reverse=True)
    head["place"].click()
    places = [row[2].split("\n")[0] for row in small.rows()]
    assert places.index("Village A") < places.index("near B") < places.index("Bridge C")
    page.locator(".fg-table tbody tr", has_text="Bridge C").click()
    popup = small.popup
    assert popup.startswith("Secret crossing\n") and "Bridge C" in popup and SCRIPT in popup
    row = page.locator(".fg-table tbody tr", has_text="Bridge C")
    expect(row).to_have_class(re.compile("fg-picked"))
    colours = {
        name: page.locator(".fg-table tbody tr", has_text=name).first.evaluate(
            "row => getComputedStyle(row).backgroundColor"
        )
        for name in ("Bridge C", "F district")
    }
    assert colours["Bridge C"] != colours["F district"]


SCRIPT = "Тирандозӣ дар назди пул, ҷанг"


def in_view(reader):
    """Which incidents of the small border have their place in the window, by shapely."""
    page = small_page()
    south, west, north, east = reader.page.evaluate(
        """() => {
          const b = document.querySelector('.fg-root').frontierGeo.map.leaflet.getBounds();
          return [b.getSouth(), b.getWest(), b.getNorth(), b.getEast()];
        }"""
    )
    frame = shapely.box(west, south, east, north)
    seen = []
    placed = page.inputs.placed
    for event, where in zip(page.inputs.events.itertuples(), placed.itertuples(), strict=True):
        if where.placement in ("point", "off_border"):
            inside = frame.contains(event.geometry)
        elif pd.notna(where.frontage_from_km):
            piece = page.inputs.boundary.substring(where.frontage_from_km, where.frontage_to_km)
            inside = frame.intersects(piece)
        else:
            inside = False
        if inside:
            seen.append(event.place)
    return sorted(seen)


def test_the_rows_follow_the_view_of_the_map(small):
    page = small.page
    page.get_by_role("tab", name="Incidents").click()
    rows = page.locator(".fg-table tbody .fg-place")

    def listed():
        return sorted(rows.all_inner_texts())

    whole = in_view(small)
    assert listed() == whole and len(whole) >= 10
    box = page.locator(".fg-map").bounding_box()
    for step in range(3):
        page.locator(".leaflet-control-zoom-in").click()
        expect(rows).to_have_count(len(in_view(small)))
        assert listed() == in_view(small), step
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5 + 500, box["y"] + 120, steps=5)
    page.mouse.up()
    page.wait_for_function("() => !document.querySelector('.leaflet-pan-anim')")
    wanted = in_view(small)
    expect(page.locator(".fg-table-count")).to_have_text(re.compile(f"^{len(wanted)} incident"))
    assert listed() == wanted and wanted != whole


def test_a_year_of_a_segment_has_the_numbers_of_the_library(shipped):
    page = shipped.page
    page.get_by_role("button", name=WORDS["chart.years"]).click()
    shipped.chart.focus()
    page.keyboard.press("Home")
    for _ in range(34):
        page.keyboard.press("ArrowRight")
    for _ in range(60):
        if shipped.said_by_chart.startswith("2021:"):
            break
        page.keyboard.press("ArrowDown")
    assert shipped.said_by_chart.startswith("2021: km 340 to 350.")
    page.keyboard.press("Enter")
    popup = shipped.popup
    assert "Year\n2021" in popup and "1 January – 31 December 2021" in popup
    inputs = shipped_page().inputs
    table = segment_rates(
        inputs.placed.assign(candidate=0),
        inputs.rates[["segment_id", "from_km", "to_km", "length_km", "geometry"]],
        boundary=inputs.boundary,
        period=("2021-01-01", "2021-12-31"),
    )
    row = table.set_index("from_km").loc[340]
    rate = float(re.search(r"Rate\n([\d.]+) per", popup)[1])
    assert rate == pytest.approx(row["expected_rate"], rel=0.05)
    # The pointer on the diagram says a year, too, and lights up the segment on the map.
    page.keyboard.press("Escape")
    expect(page.locator(POPUP)).to_have_count(0)
    page.evaluate("document.activeElement.blur()")
    page.mouse.move(5, 5)
    before = shipped.picture(".fg-map")
    box = shipped.chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.4)
    settle(page)
    assert re.match(r"\d{4}: km", shipped.said_by_chart)
    first, last = kilometres(shipped.said_by_chart)
    mask = changed(before, shipped.picture(".fg-map"))
    assert_only_near(mask, points_along(shipped, inputs.boundary, first, last))


def test_bars_can_be_pointed_at_and_picked(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path, fragment="#style=bars") as shipped:
        inputs = shipped_page().inputs
        x, y = shipped.middle_of(inputs.boundary, 340, 350)
        shipped.page.mouse.move(x, y)
        assert kilometres(shipped.said_by_chart) == (340, 350)
        shipped.page.mouse.click(x, y)
        assert shipped.popup.startswith("Border segment, km 340 to 350\n")


def test_a_landmark_says_its_name(small):
    point = small_world().boundary.point_at(80)
    small.page.mouse.move(*small.on_map(point.x, point.y))
    expect(small.page.locator(".fg-hint")).to_have_text("River mouth: River mouth, km 80")
    small.page.mouse.click(*small.on_map(point.x, point.y))
    assert "River mouth" in small.popup and "km 80" in small.popup
