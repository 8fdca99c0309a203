"""What a reader meets: the map in a real browser, network off, by mouse and by keyboard."""

from __future__ import annotations

import folium
import geopandas as gpd
import numpy as np
import pytest
import shapely
from playwright.sync_api import expect

from frontier_geo.maps import OfflineMap

pytestmark = pytest.mark.browser

SEGMENT = ".leaflet-fg-hits-pane path.fg-hit"
BAND = ".leaflet-fg-bands-pane path.fg-hit"
SYMBOL = ".fg-symbol"
POPUP = ".fg-popup"


def tab_to(page, selector, limit=40):
    """Press Tab until an element that matches has the focus."""
    for _ in range(limit):
        page.keyboard.press("Tab")
        if page.evaluate("s => !!document.activeElement.closest(s)", selector):
            return
    raise AssertionError(f"no element {selector} within {limit} tabs")


def middle_of(page, selector, index=0):
    """Return a point of the screen on the line of a path, halfway along it."""
    return page.evaluate(
        """([selector, index]) => {
          const path = document.querySelectorAll(selector)[index];
          const at = path.getPointAtLength(path.getTotalLength() / 2);
          const p = new DOMPoint(at.x, at.y).matrixTransform(path.getScreenCTM());
          return [p.x, p.y];
        }""",
        [selector, index],
    )


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_opens_without_a_request_or_a_complaint(world, open_map, width, height):
    sheet = open_map(world.map(), width=width, height=height)
    assert sheet.foreign_requests == []
    assert sheet.messages == []
    assert sheet.page.locator(SEGMENT).count() == len(world.rates)
    assert sheet.page.locator("path.fg-segment").count() == len(world.rates)
    assert sheet.page.locator(SYMBOL).count() == 4  # five incidents, two of them at one place
    assert sheet.page.locator("path.fg-area").count() == len(world.areas)
    box = sheet.page.locator(".folium-map").bounding_box()
    assert box["width"] > 0.7 * width and box["height"] > 0.6 * height
    assert sheet.page.evaluate("document.documentElement.scrollWidth") <= width


def test_segment_popup_by_mouse(world, open_map):
    page = open_map(world.map()).page
    index = int(np.argmax(world.rates["expected_rate"].to_numpy()))
    page.mouse.click(*middle_of(page, SEGMENT, index))
    text = page.locator(POPUP).inner_text()
    row = world.rates.iloc[index]
    assert row["segment_id"] in text
    for expected in (
        "Along the border", "Official kilometres", "Tajik side", "Afghan side", "Terrain",
        "Counted here", "km·years", "95 % interval", "per 100 km and year",
        "1 January 1996 – 31 December 2025", "Reported incidents that were found",
    ):  # fmt: skip
        assert expected in text


def test_incident_popup_by_mouse_says_what_when_where_how_precisely_and_by_whom(world, open_map):
    page = open_map(world.map()).page
    page.get_by_role("button", name="Cross-border fire, 26 November 2024, near B").click()
    text = page.locator(POPUP).inner_text()
    for expected in (
        "Cross-border fire", "26 November 2024", "near B", "Afghan side", "about 5 km",
        "2 killed (sources: 1–4)", "medium", "summary of e03", "example.org",
    ):  # fmt: skip
        assert expected in text
    assert "wounded" not in text and "detained" not in text  # unknown is left out, not 0
    link = page.locator(f"{POPUP} .fg-sources a")
    assert link.get_attribute("href") == "https://www.example.org/e03?a=1&b=2"
    assert link.get_attribute("rel") == "noopener noreferrer"
    assert link.get_attribute("target") == "_blank"
    # The circle of uncertainty is there while the popup is open.
    assert page.locator('path[stroke-dasharray="5 5"]').count() == 1
    page.keyboard.press("Escape")
    page.wait_for_selector(POPUP, state="detached")
    assert page.locator('path[stroke-dasharray="5 5"]').count() == 0


def test_keyboard_reaches_and_opens_every_kind_and_escape_gives_the_focus_back(world, open_map):
    page = open_map(world.map()).page
    for selector, said in ((BAND, "known only to"), (SEGMENT, "Segment"), (SYMBOL, "")):
        tab_to(page, selector)
        page.keyboard.press("ArrowRight")
        label = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert said in label
        page.keyboard.press("Enter")
        page.wait_for_selector(POPUP)
        assert page.evaluate("!!document.activeElement.closest('.fg-popup')")
        page.keyboard.press("Escape")
        page.wait_for_selector(POPUP, state="detached")
        assert page.evaluate("document.activeElement.getAttribute('aria-label')") == label


def test_the_focus_can_be_seen(world, open_map):
    page = open_map(world.map()).page
    tab_to(page, SEGMENT)
    opacity = page.evaluate("getComputedStyle(document.activeElement).strokeOpacity")
    assert float(opacity) > 0.5
    tab_to(page, SYMBOL)
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_arrow_keys_walk_the_border_to_its_end(world, open_map):
    page = open_map(world.map()).page
    tab_to(page, SEGMENT)
    page.keyboard.press("End")
    label = page.evaluate("document.activeElement.getAttribute('aria-label')")
    assert world.rates["segment_id"].iloc[-1] in label


def test_incidents_at_one_place_share_a_symbol_and_are_all_reached(world, open_map):
    page = open_map(world.map()).page
    page.get_by_role("button", name="2 incidents at Village A").click()
    folds = page.locator(f"{POPUP} details")
    assert folds.count() == 2
    for index in range(2):
        folds.nth(index).locator("summary").click()
        folds.nth(index).locator(".fg-summary").wait_for()
    text = page.locator(POPUP).inner_text()
    assert "in June 2025" in text and "in 2010" in text
    assert "1 June 2025" not in text and "1 January 2010" not in text
    assert "summary of e01" in text and "summary of e02" in text
    assert "12.5 kg (heroin)" in text


def test_incidents_of_a_stretch_are_a_band_with_their_number(world, open_map):
    page = open_map(world.map()).page
    numbers = page.locator(".fg-band-count").all_inner_texts()
    assert "2" in numbers
    page.get_by_role("button", name="2 incidents known only to this stretch: D district").focus()
    page.keyboard.press("Enter")
    text = page.locator(POPUP).inner_text()
    assert "km 100.0 to 150.0" in text and "somewhere along it" in text
    assert page.locator(f"{POPUP} details").count() == 2


def test_bands_lie_beside_the_border_on_their_side_and_apart(world, open_map):
    """Screen distances to the border, in pixels: 14 in the first lane, 9 more in each further one.

    The border of this test turns gently, so its smoothed copy stays within 8 pixels of it.
    """
    page = open_map(world.map()).page
    bands = page.evaluate(
        """() => {
          const onScreen = (path, share) => {
            const at = path.getPointAtLength(path.getTotalLength() * share);
            return new DOMPoint(at.x, at.y).matrixTransform(path.getScreenCTM());
          };
          const border = Array.from(document.querySelectorAll('.leaflet-fg-hits-pane path.fg-hit'))
            .flatMap(path => [0, 0.25, 0.5, 0.75, 1].map(share => onScreen(path, share)));
          return Array.from(document.querySelectorAll('.leaflet-fg-bands-pane path.fg-hit'))
            .map(path => {
              const p = onScreen(path, 0.5);
              const far = border.map(q => Math.hypot(p.x - q.x, p.y - q.y));
              const near = border[far.indexOf(Math.min(...far))];
              return {label: path.getAttribute('aria-label'), off: near.y - p.y, far: Math.min(...far)};
            });
        }"""
    )
    by_name = {band["label"]: band for band in bands}
    district = next(b for name, b in by_name.items() if "D district" in name)
    afghan = next(b for name, b in by_name.items() if "F district" in name)
    outer = next(b for name, b in by_name.items() if "longer stretches" in name)
    assert district["off"] > 0 > afghan["off"]  # Tajikistan lies north of this line
    assert 6 <= district["far"] <= 22
    assert 24 <= outer["far"] <= 40


def test_longer_stretches_are_listed_where_they_overlap(world, open_map):
    page = open_map(world.map()).page
    outer = page.locator(f'{BAND}[aria-label*="longer stretches"]')
    assert outer.count() == 1
    outer.first.focus()
    page.keyboard.press("Enter")
    page.locator(f"{POPUP} summary").first.click()
    expect(page.locator(POPUP)).to_contain_text("km 0.0 to 300.0 (1)")
    expect(page.locator(POPUP).get_by_text("whole sector").first).to_be_visible()


def test_an_incident_without_a_place_is_in_a_list(world, open_map):
    page = open_map(world.map()).page
    page.locator(".fg-nowhere > summary").click()
    page.locator(".fg-nowhere details summary").click()
    expect(page.locator(".fg-nowhere").get_by_text("Attack on civilians").first).to_be_visible()
    expect(page.locator(".fg-nowhere").get_by_text("in May 2013").first).to_be_visible()


def test_totals_legend_and_notes(world, open_map):
    page = open_map(world.map(title="Demo title")).page
    assert page.locator("h1").inner_text() == "Demo title"
    total = page.locator(".fg-total").inner_text()
    assert total == (
        "12 records shown: 5 with a point (1 of them away from the border), 6 known only to a "
        "stretch of the border, 1 known only as “the border” or less (in a list)."
    )
    panel = page.locator(".fg-panel").inner_text()
    for expected in (
        "Fisher–Jenks", "lajolla", "Hollow", "Known only to this stretch", "2026.11.0",
        "no position on their status", "1 January 1996 – 31 December 2025",
    ):  # fmt: skip
        assert expected in panel
    attribution = page.locator(".leaflet-control-attribution").inner_text()
    for expected in (
        "© OpenStreetMap contributors (ODbL)",
        "Natural Earth",
        "GeoNames (CC BY 4.0)",
    ):
        assert expected in attribution
    assert "km" in page.locator(".leaflet-control-scale").inner_text()


def test_layers_switch_by_keyboard(world, open_map):
    page = open_map(world.map()).page
    box = page.get_by_role("checkbox", name="Incidents with a point")
    box.focus()
    page.keyboard.press("Space")
    assert page.locator(SYMBOL).count() == 0
    page.keyboard.press("Space")
    assert page.locator(SYMBOL).count() == 4
    page.get_by_role("button", name="2 incidents at Village A").focus()
    page.keyboard.press("Enter")
    assert page.locator(POPUP).count() == 1


def test_phone_has_a_legend_button_and_targets_of_44_pixels(world, open_map):
    page = open_map(world.map(), width=390, height=844, touch=True).page
    panel, button = page.locator(".fg-panel"), page.locator(".fg-toggle")
    assert not panel.is_visible()
    for target in (button, page.locator(".leaflet-control-zoom-in")):
        assert target.bounding_box()["height"] >= 44
    button.click()
    assert panel.is_visible() and button.get_attribute("aria-expanded") == "true"
    for label in page.locator(".fg-switches label").all():
        assert label.bounding_box()["height"] >= 44
    page.get_by_role("checkbox", name="Border segments").focus()
    page.keyboard.press("Escape")
    assert not panel.is_visible()


def test_popup_fits_the_phone(world, open_map):
    page = open_map(world.map(), width=390, height=844, touch=True).page
    page.locator(SYMBOL).first.focus()
    page.keyboard.press("Enter")
    page.locator(f"{POPUP} summary").first.click()
    page.wait_for_timeout(500)
    popup = page.locator(POPUP).bounding_box()
    area = page.locator(".folium-map").bounding_box()
    assert popup["x"] >= 0 and popup["x"] + popup["width"] <= 390
    assert popup["y"] >= area["y"]
    assert page.locator(f"{POPUP} .leaflet-popup-close-button").bounding_box()["height"] >= 44


def test_layers_of_folium_work_on_it(world, open_map):
    """Marker, Icon, Popup, GeoJson, FeatureGroup, Circle, LayerControl: no network, no complaint."""
    drawn = world.map()
    folium.Marker([37.4, 68.5], popup=folium.Popup("<b>mine</b>"), tooltip="tip").add_to(drawn)
    folium.Marker([37.4, 69.5], icon=folium.Icon(color="red", icon="info-sign")).add_to(drawn)
    shape = {"type": "Polygon", "coordinates": [[[68, 36.4], [69, 36.4], [69, 36.9], [68, 36.4]]]}
    folium.GeoJson(shape, name="my polygon").add_to(drawn)
    group = folium.FeatureGroup(name="my group").add_to(drawn)
    folium.CircleMarker([37.6, 70], radius=9, popup="in the group").add_to(group)
    folium.LayerControl(collapsed=False).add_to(drawn)
    sheet = open_map(drawn)
    page = sheet.page
    assert sheet.messages == [] and sheet.foreign_requests == []
    pin = page.locator("img.leaflet-marker-icon")
    assert pin.evaluate("img => img.naturalWidth") == 25
    pin.click()
    assert page.locator(".leaflet-popup-content b").inner_text() == "mine"
    assert page.locator(".fg-pin path").get_attribute("fill") == "red"
    control = page.locator(".leaflet-control-layers").inner_text()
    assert "my polygon" in control and "my group" in control
    page.get_by_label("my group").uncheck()
    assert page.locator(SEGMENT).count() == len(world.rates)


def test_an_empty_offline_map_is_a_plain_folium_map(open_map):
    drawn = OfflineMap([37.5, 69], zoom_start=6)
    folium.Marker([37.5, 69], popup="here").add_to(drawn)
    assert isinstance(drawn, folium.Map)
    sheet = open_map(drawn)
    sheet.page.wait_for_selector("img.leaflet-marker-icon")
    assert sheet.messages == [] and sheet.foreign_requests == []


def test_notebook_frame_draws_the_map(world, browser, tmp_path):
    """The frame has no access to the page around it, and the policy still lets the map run."""
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><body>{world.map(height=600)._repr_html_()}</body>", "utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    messages = []
    page.on("console", lambda message: messages.append(message.text))
    page.goto(path.as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("[data-fg-ready]").wait_for()
    assert frame.locator(SEGMENT).count() == len(world.rates)
    assert messages == []
    context.close()


def test_many_incidents_are_drawn_on_one_canvas(world, open_map):
    """6,000 incidents at 6,000 places: no element each, yet found by mouse and by keyboard."""
    rng = np.random.default_rng(3)
    count = 6000
    source = world.events.iloc[rng.integers(0, 4, count)].reset_index(drop=True)
    source["event_id"] = [f"x{i}" for i in range(count)]
    lon, lat = rng.uniform(68, 71, count), rng.uniform(36.9, 37.6, count)
    events = gpd.GeoDataFrame(source, geometry=shapely.points(lon, lat), crs="EPSG:4326")
    sheet = open_map(world.map(events=events, located=world.located.iloc[:0]))
    page = sheet.page
    assert sheet.messages == []
    assert page.locator(SYMBOL).count() == 0
    canvas = page.locator("canvas.fg-canvas")
    painted = canvas.evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0)"
    )
    assert painted
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    assert "How precisely" in page.locator(POPUP).inner_text()
    page.keyboard.press("Escape")
    page.wait_for_selector(POPUP, state="detached")
    x, y = page.evaluate(
        """() => {
          const c = document.querySelector('canvas.fg-canvas');
          const [w, h] = [c.width, c.height];
          const data = c.getContext('2d').getImageData(0, 0, w, h).data;
          let best = Math.floor(w * h / 2);
          while (data[best * 4 + 3] < 150) best += 1;
          const box = c.getBoundingClientRect();
          return [box.x + best % w, box.y + Math.floor(best / w)];
        }"""
    )
    page.mouse.click(x, y)
    assert "How precisely" in page.locator(POPUP).inner_text()
