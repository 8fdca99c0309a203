"""The page in Firefox: it draws, filters, tells, saves and prints there as well."""

from __future__ import annotations

import csv
import html
import io
import os
import shutil

import folium
import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread

from frontier_geo.maps import hotspot_map
from frontier_geo.maps.words import catalogue

from .browser_helpers import (
    SCRIPTS,
    changed,
    kilometres,
    numbers,
    shipped_page,
    small_page,
    small_world,
)
from .firefox_helpers import Firefox

pytestmark = pytest.mark.browser

pytest.importorskip("marionette_driver", reason="marionette_driver drives Firefox: see extra test")

BINARIES = ("firefox-esr", "firefox")
WORDS = catalogue("en")
TOTAL = 206


@pytest.fixture(scope="module")
def firefox(tmp_path_factory):
    """A headless Firefox; without one the tests are skipped."""
    binary = next((found for name in BINARIES if (found := shutil.which(name))), None)
    if binary is None:
        pytest.skip(f"no Firefox found: none of {', '.join(BINARIES)} is on the path")
    browser = Firefox(os.path.realpath(binary), tmp_path_factory.mktemp("firefox"))
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The shipped page and that of the small border."""
    folder = tmp_path_factory.mktemp("pages")
    shipped_page().save(folder / "shipped.html")
    small_page().save(folder / "small.html")
    return folder


@pytest.fixture
def shipped(firefox, files):
    firefox.open(files / "shipped.html")
    yield firefox
    assert firefox.complaints == []


@pytest.fixture
def small(firefox, files):
    firefox.open(files / "small.html")
    yield firefox
    assert firefox.complaints == []


def colours(picture):
    """How many colours there are in a picture."""
    return len(np.unique((picture[::2, ::2] * 255).astype(int) @ [1 << 16, 1 << 8, 1]))


def has_colour(picture, colour):
    wanted = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return (np.abs(picture - wanted).max(axis=2) < 0.05).sum()


def test_its_ears_are_open(firefox, tmp_path):
    """What the other tests rest on: errors, refusals of the policy and requests are heard."""
    page = tmp_path / "bad.html"
    policy = "default-src 'none'; img-src http:; script-src 'unsafe-inline'"
    page.write_text(
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<p style="color:red">x</p><img src="http://example.org/x.png">'
        "<script>throw new Error('heard')</script>"
    )
    firefox.open(page, ready=False)
    heard = " ".join(firefox.complaints)
    assert "heard" in heard and "Content-Security-Policy" in heard
    assert "http://example.org/x.png" in heard


def test_it_is_drawn(shipped):
    assert shipped.text(".fg-count") == f"{TOTAL} of {TOTAL} incidents"
    pictures = {name: shipped.picture(f".fg-{name}") for name in ("map", "chart", "time")}
    rates = shipped_page().payload.head["rates"]["colours"][1:6]
    for name in ("map", "chart"):
        assert all(has_colour(pictures[name], colour) > 20 for colour in rates), name
    assert colours(pictures["map"]) > 1000  # land and relief
    assert colours(pictures["chart"]) > 30 and colours(pictures["time"]) > 30
    for kind in shipped_page().payload.head["types"]:
        assert WORDS[f"type.{kind['key']}"] in shipped.text(".fg-panel")


def test_dari(shipped):
    before = shipped.picture(".fg-chart")
    shipped.click(".fg-languages button", catalogue("fa")["language.fa"])
    shipped.expect(".fg-count", "۲۰۶ از ۲۰۶ رویداد")
    assert shipped.script("return document.documentElement.dir") == "rtl"
    assert shipped.script("return document.documentElement.lang") == "fa"
    head = shipped_page().payload.head
    assert shipped.text("h1") == head["names"]["fa"][head["title"]]
    assert shipped.box(".fg-panel")["x"] < shipped.box(".fg-map")["x"]  # mirrored
    assert changed(before, shipped.picture(".fg-chart")).any()
    label = shipped.text(".fg-time-label")
    assert "۱۳۷۰" in label and "حمل" in label  # the solar year and its month


def test_type_and_time(shipped):
    events = shipped_page().inputs.events
    before = shipped.picture(".fg-map")
    shipped.click(".fg-type", WORDS["type.armed_clash"])
    other = events["event_type"] != "armed_clash"
    shipped.expect(".fg-count", f"{other.sum()} of {TOTAL} incidents")
    assert changed(before, shipped.picture(".fg-map")).any()
    first = shipped.find(".fg-time [role=slider]")
    shipped.script("arguments[0].focus()", first)
    shipped.press(*["PageUp"] * 20)
    day = pd.Timestamp(first.get_attribute("aria-valuetext"))
    assert day == pd.Timestamp("2012-01-01")
    late = events["date_end"] >= day
    shipped.expect(".fg-count", f"{(other & late).sum()} of {TOTAL} incidents")
    # By the pointer, too.
    box, track = shipped.box(".fg-time [role=slider]"), shipped.box(".fg-time-track")
    y = box["y"] + box["height"] / 2
    mouse = shipped.driver.actions.sequence("pointer", "mouse", {"pointerType": "mouse"})
    mouse.pointer_move(round(box["x"] + box["width"] / 2), round(y)).pointer_down()
    mouse.pointer_move(round(track["x"] + track["width"] * 0.25), round(y), duration=60)
    mouse.pointer_up().perform()
    shipped.wait("return document.querySelector('.fg-dragging') === null")
    shipped.settle()  # the last move counts with the next frame
    day = pd.Timestamp(first.get_attribute("aria-valuetext"))
    assert 1999 <= day.year <= 2002 and day.day == 1
    late = events["date_end"] >= day
    shipped.expect(".fg-count", f"{(other & late).sum()} of {TOTAL} incidents")


def test_play(shipped):
    before = shipped.text(".fg-time-label")
    shipped.click(f".fg-time button[aria-label='{WORDS['time.play']}']")
    shipped.wait(
        "return document.querySelector('.fg-time-label').innerText !== arguments[0]", before
    )
    shipped.click(f".fg-time button[aria-label='{WORDS['time.pause']}']")
    shipped.find(f".fg-time button[aria-label='{WORDS['time.play']}']")


def test_search(shipped):
    events = shipped_page().inputs.events
    told = ["summary", "notes", "actors", "place", "location_basis", "narcotics_detail"]
    wanted = events[told].fillna("").agg(" ".join, axis=1).str.contains("heroin", case=False)
    shipped.find("input[type=search]").send_keys("heroin")
    shipped.expect(".fg-count", f"{wanted.sum()} of {TOTAL} incidents")


def test_a_popup_from_the_table(small):
    small.click("[role=tab]", "Incidents")
    small.click(".fg-table tbody button", "near B")
    small.expect(".fg-popup-scroll", SCRIPTS["e03"])
    told = small.text(".fg-popup-scroll")
    assert WORDS["type.cross_border_fire"] in told and "26 November 2024" in told
    link = small.find(".fg-popup-scroll a[href^=http]")
    assert link.get_attribute("href") == "https://www.example.org/e03?a=1&b=2"
    assert link.get_attribute("rel") == "noopener noreferrer"


def test_a_popup_from_the_map(firefox, files):
    point = small_world().events.set_index("event_id").loc["e03", "geometry"]
    firefox.open(files / "small.html", f"#map=11/{point.y:.5f}/{point.x:.5f}")
    box = firefox.box(".fg-map")
    firefox.point(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, click=True)
    firefox.expect(".fg-popup-scroll", SCRIPTS["e03"])
    firefox.press("Escape")
    firefox.wait("return document.querySelector('.fg-popup-scroll') === null")
    assert firefox.complaints == []


def test_a_popup_by_keyboard(shipped):
    chart = shipped.find(".fg-chart [role=slider]")
    shipped.script("arguments[0].focus()", chart)
    shipped.press("Home", "ArrowRight", "ArrowRight")
    assert kilometres(chart.get_attribute("aria-valuetext")) == (20, 30)
    shipped.press("Enter")
    shipped.expect(".fg-popup-scroll", "km 20 to 30")
    inside = "return document.querySelector('.fg-popup').contains(document.activeElement)"
    assert shipped.script(inside)
    shipped.press("Escape")
    shipped.wait("return document.activeElement === arguments[0]", chart)


def test_what_is_pointed_at_lights_up_in_the_other_views(shipped):
    shipped.point(5, 5)
    map_before, chart_before = shipped.picture(".fg-map"), shipped.picture(".fg-chart")
    box = shipped.box(".fg-chart [role=slider]")
    shipped.point(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.4)
    said = shipped.find(".fg-chart [role=slider]").get_attribute("aria-valuetext")
    low, high = kilometres(said)
    assert high - low == 10
    lit = changed(map_before, shipped.picture(".fg-map"))
    rows, columns = np.nonzero(lit)
    assert 0 < rows.size and np.ptp(rows) < 120 and np.ptp(columns) < 120
    # Back: that place of the map names the same segment and marks it in the diagram.
    shipped.point(5, 5)
    assert not changed(map_before, shipped.picture(".fg-map")).any()
    middle = shipped_page().inputs.boundary.point_at((low + high) / 2)
    x, y = shipped.script(
        """const root = document.querySelector(".fg-root");
           const map = (root.wrappedJSObject || root).frontierGeo.map.leaflet;
           const {x, y} = map.latLngToContainerPoint([arguments[0], arguments[1]]);
           return [x, y];""",
        middle.y,
        middle.x,
    )
    corner = shipped.box(".fg-map")
    shipped.point(corner["x"] + x, corner["y"] + y)
    shipped.expect(".fg-hint", f"km {low:,.0f} to {high:,.0f}")
    assert changed(chart_before, shipped.picture(".fg-chart")).any()


def test_the_table_is_saved(shipped):
    shipped.click(".fg-save button", WORDS["save.table"])
    content = shipped.saved(".csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    events = shipped_page().inputs.events.set_index("event_id")
    assert sorted(row["event_id"] for row in rows) == sorted(events.index)
    for row in rows[::40]:
        assert row["summary"] == events.loc[row["event_id"], "summary"]
    shipped.expect(".fg-save-status", ".csv")


def test_the_picture_is_saved(shipped):
    shipped.click(".fg-save button", WORDS["save.picture"])
    picture = imread(shipped.saved(".png"))[..., :3]
    assert picture.shape[1] > 1500 and colours(picture) > 1000
    for colour in shipped_page().payload.head["rates"]["colours"][1:6]:
        assert has_colour(picture, colour) > 100


def test_it_is_printed(shipped):
    pdfium = pytest.importorskip("pypdfium2", reason="pypdfium2 reads the PDF: see extra test")
    across = shipped.printed(page={"width": 29.7, "height": 21.0})
    before = shipped.script("return document.querySelector('.fg-print') === null")
    assert before  # the page is as it was
    document = pdfium.PdfDocument(across)
    first = document[0].get_textpage().get_text_range()
    assert document[0].get_width() > document[0].get_height()
    assert f"{TOTAL} of {TOTAL} incidents" in first and "Armed clash" in first
    assert f"check code {shipped_page().payload.head['notes']['data_hash']}" in first
    assert WORDS["table.title"] in document[1].get_textpage().get_text_range()
    page = document[0].render(scale=2).to_numpy()[..., 2::-1] / 255
    assert all(
        has_colour(page, colour) > 100
        for colour in shipped_page().payload.head["rates"]["colours"][1:6]
    )


def test_the_folium_map(firefox, tmp_path):
    world = small_world()
    drawn = hotspot_map(world.events, boundary=world.boundary, basemap=False)
    point = world.boundary.point_at(200)
    folium.Marker([point.y, point.x], popup="Somebody's own").add_to(drawn)
    folium.LayerControl().add_to(drawn)
    drawn.save(tmp_path / "map.html")
    firefox.open(tmp_path / "map.html")
    assert numbers(firefox.text(".fg-count"))[0] == len(world.events)
    assert colours(firefox.picture(".fg-map")) > 50
    firefox.find(".leaflet-marker-icon").click()
    firefox.expect(".leaflet-popup-content", "Somebody's own")
    assert firefox.complaints == []


def test_in_the_frame_of_a_notebook(firefox, tmp_path):
    notebook = tmp_path / "notebook.html"
    frame = small_page()._repr_html_()
    notebook.write_text(f"<!DOCTYPE html><meta charset=utf-8><h1>Notebook</h1>{frame}")
    firefox.open(notebook, ready=False)
    driver = firefox.driver
    driver.switch_to_frame(driver.find_element("css selector", "iframe"))
    try:
        firefox.wait("return document.querySelector('.fg-root').dataset.ready === '1'")
        total = len(small_world().events)
        assert firefox.text(".fg-count") == f"{total} of {total} incidents"
        with pytest.raises(Exception, match="(?i)permission denied|cross-origin"):
            firefox.script("return window.parent.document.body.innerText")
    finally:
        driver.switch_to_default_content()
    assert html.escape(small_page().title) in frame
    assert firefox.complaints == []
