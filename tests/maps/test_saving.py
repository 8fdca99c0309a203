"""What a reader takes away: the address of the view, a picture, a table, a link."""

from __future__ import annotations

import io
import re
import struct
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from matplotlib.image import imread
from playwright.sync_api import expect

from frontier_geo import read_events
from frontier_geo.maps import hotspot_page
from frontier_geo.maps.words import catalogue

from .browser_helpers import (
    PERIOD,
    POPUP,
    kilometres,
    opened,
    settle,
    shipped_page,
    small_page,
    small_world,
)

pytestmark = pytest.mark.browser

WORDS = catalogue("en")
FORMULAS = {
    "e01": '=HYPERLINK("http://x.example","a")',
    "e02": "+1+1",
    "e03": "-2+3",
    "e04": "@SUM(A1)",
    "e05": "\t=1",
    "e06": "'=1",
    "e07": 'a "quoted", text\nin two lines; with ; signs',
    "e08": "＝1",
}


@pytest.fixture
def small(browser, tmp_path):
    with opened(browser, small_page().html, tmp_path) as reader:
        yield reader


def saved(reader, button):
    """Click on a button that saves; return the name of the file and what is in it."""
    with reader.page.expect_download() as waiting:
        reader.page.get_by_role("button", name=WORDS[button]).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def state_of(reader):
    """All that a reader sees of the state of the page."""
    page = reader.page
    pressed = page.locator("[aria-pressed=true]").evaluate_all(
        "all => all.map((one) => one.innerText.trim())"
    )
    boxes = page.locator("input[type=checkbox]").evaluate_all(
        "all => all.map((one) => [one.parentNode.textContent, one.checked])"
    )
    return {
        "count": reader.count,
        "time": reader.text(".fg-time-label"),
        "language": page.evaluate("document.documentElement.lang"),
        "pressed": pressed,
        "boxes": boxes,
        "search": page.locator("input[type=search]").first.input_value(),
        "popup": reader.text(".fg-popup-scroll") if page.locator(POPUP).count() else "",
        "place": [round(part) for part in reader.on_map(69.5, 37.2)],
    }


def settled_address(reader):
    """The hash of the page, once nothing changes it any more."""
    reader.page.wait_for_function(
        """() => {
          const now = location.hash;
          const same = window.hashBefore === now;
          window.hashBefore = now;
          return same;
        }""",
        polling=600,
    )
    return reader.page.evaluate("location.hash")


def test_the_address_brings_back_the_view(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path) as reader:
        page = reader.page
        assert settled_address(reader) == ""  # a page as it was sent has a plain address
        page.get_by_role("button", name="Русский").click()
        ru = catalogue("ru")
        page.locator(".fg-type", has_text=ru["type.armed_clash"]).click()
        page.locator("details", has_text=ru["filter.more"]).first.locator("summary").click()
        page.get_by_role("checkbox", name=re.compile(f"^{ru['side.AF']}")).click()
        page.get_by_role("checkbox", name=ru["layer.relief"], exact=True).uncheck()
        page.get_by_role("button", name=ru["chart.years"]).click()
        page.get_by_role("button", name=ru["chart.bars"]).click()
        reader.handle("first").focus()
        for key in ("PageUp", "PageUp", "ArrowRight"):
            page.keyboard.press(key)
        page.locator("input[type=search]").first.fill("граница border")
        page.locator("input[type=search]").first.fill("border")
        expect(page.locator(".fg-finds")).to_be_visible()
        page.locator(".leaflet-control-zoom-in").click()
        page.mouse.click(*reader.middle_of(shipped_page().inputs.boundary, 760, 770))
        assert reader.popup
        before = state_of(reader)
        rate = before["popup"].splitlines()[2]
        address = settled_address(reader)
        assert before["language"] == "ru" and not before["count"].startswith("206")
        page.reload()
        reader.wait_ready()
        assert reader.popup
        expect(page.locator(POPUP)).to_contain_text(rate)  # the sheet follows a little later
        expect(page.locator(".fg-count")).to_have_text(before["count"])
        assert state_of(reader) == before
        assert settled_address(reader) == address
        # A link typed into the open page does the same, and an empty one brings back the first view.
        page.evaluate("location.hash = ''")
        expect(page.locator(".fg-count")).to_have_text("206 of 206 incidents")
        page.evaluate("(hash) => { location.hash = hash; }", address)
        expect(page.locator(".fg-count")).to_have_text(before["count"])
        assert reader.popup
        expect(page.locator(POPUP)).to_contain_text(rate)  # the sheet follows a little later
        assert {**state_of(reader), "boxes": 0} == {**before, "boxes": 0}


HOSTILE = [
    "lang=xx&lang=__proto__&map=NaN/Infinity/1e999&time=9999-99-99..0000-00-00",
    "no-types=__proto__&no-types=constructor&no-types=<script>alert(1)</script>&no-sides=9",
    "pick=segment:nothing&chart=<img src=x onerror=alert(1)>&style=javascript:alert(1)",
    "pick=incident:-1", "pick=incident:99999999999", "pick=stretch:1e3", "pick=__proto__:0",
    "pick=incidents:0", "show=__proto__,constructor&hide=nothing", "%", "%%%E0%A4%A",
    "a=" * 5000, "q=" + "%F0%9F%A6%84" * 9000, "map=5/91/0", "map=8/37.2/69.5/../../etc",
    "time=2024-02-30..2024-03-01",
]  # fmt: skip


def test_addresses_that_make_no_sense_are_ignored(browser, tmp_path):
    with opened(browser, small_page().html, tmp_path) as reader:
        plainly = state_of(reader)
        for number, fragment in enumerate(HOSTILE):
            if (
                number % 4 == 0
            ):  # some are there when the page is opened, the others are typed later
                reader.open(f"#{fragment}")
            else:
                reader.page.evaluate("(hash) => { location.hash = hash; }", fragment)
                settle(reader.page)
            assert state_of(reader) == plainly, fragment[:80]
            assert reader.complaints == [], fragment[:80]
            assert reader.page.locator("script[src], img[src*=x]").count() == 0
        # As much of an address as makes sense is taken.
        reader.open("#lang=ru&time=nonsense&no-types=armed_clash&no-types=nothing")
        assert reader.page.evaluate("document.documentElement.lang") == "ru"
        assert reader.count.startswith("10 ")


def test_the_picture_is_a_real_png_of_what_is_shown(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path) as reader:
        name, data = saved(reader, "save.picture")
        assert name == "Tajikistan-Afghanistan-border-map.png"
        assert data[:8] == b"\x89PNG\r\n\x1a\n"
        width, height = struct.unpack(">II", data[16:24])
        assert width == 2560 and 2000 < height < 4500
        picture = imread(io.BytesIO(data))
        assert picture.shape[:2] == (height, width)
        assert (
            len(np.unique((picture[::8, ::8, :3] * 255).astype(int).reshape(-1, 3), axis=0)) > 300
        )
        for top, bottom in ((0, 0.1), (0.2, 0.5), (0.6, 0.9)):  # title, map, legend and diagram
            part = picture[int(top * height) : int(bottom * height), :, :3]
            assert part.std() > 0.05
        colour = np.abs(picture[..., :3] - np.array([0x9C, 0x43, 0x41]) / 255).max(axis=2) < 0.02
        assert colour.sum() > 2000  # a class of the line that the page has
        expect(reader.page.locator(".fg-save-status")).to_contain_text(name)
        # It follows the filters.
        reader.page.get_by_role("button", name="Only Border closure").click()
        _, other = saved(reader, "save.picture")
        assert other != data


def test_the_table_holds_the_selection_and_nothing_else(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path) as reader:
        reader.page.get_by_role("button", name="Only Drug seizure").click()
        reader.handle("first").focus()
        for _ in range(25):
            reader.page.keyboard.press("PageUp")
        name, data = saved(reader, "save.table")
        events = shipped_page().inputs.events
        keep = (events["event_type"] == "drug_seizure") & (events["date_end"] >= "2017-01-01")
        wanted = events[keep].set_index("event_id").sort_index()
        assert name == "Tajikistan-Afghanistan-border-incidents.csv"
        assert reader.count == f"{len(wanted)} of 206 incidents"
        assert data.startswith(b"\xef\xbb\xbf")
        path = tmp_path / name
        path.write_bytes(data)
        table = pd.read_csv(path, encoding="utf-8-sig").set_index("event_id").sort_index()
        assert list(table.index) == list(wanted.index)
        for column in ("event_type", "country_side", "location_precision", "confidence", "place"):
            assert table[column].tolist() == wanted[column].tolist(), column
        days = pd.to_datetime(table["date_start"])
        assert days.tolist() == wanted["date_start"].tolist()
        assert table["narcotics_kg"].fillna(-1).tolist() == pytest.approx(
            wanted["narcotics_kg"].fillna(-1).tolist()
        )
        assert len(read_events(path).accepted) == len(wanted)


@pytest.fixture(scope="module")
def formulas_html():
    """A page whose summaries look like formulas of a spreadsheet."""
    world = small_world()
    events = world.events.copy()
    for name, text in FORMULAS.items():
        events.loc[events["event_id"] == name, "summary"] = text
    return hotspot_page(
        gpd.GeoDataFrame(events, crs=world.events.crs), boundary=world.boundary,
        segments=world.segments, period=PERIOD, basemap=False,
    ).html  # fmt: skip


def test_no_cell_of_the_table_is_a_formula(browser, tmp_path, formulas_html):
    with opened(browser, formulas_html, tmp_path) as reader:
        _, data = saved(reader, "save.table")
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    cells = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    assert len(cells) == len(small_world().events)
    for column in cells:
        risky = [c for c in cells[column] if c[:1] in tuple("=+-@\t\r＝＋－＠")]
        numbers_only = [c for c in risky if not re.fullmatch(r"-?\d+(\.\d+)?", c)]
        assert numbers_only == [], column
    # The library's own reader takes the protection away again.
    table = read_events(path).accepted.set_index("event_id")
    for name, text in FORMULAS.items():
        assert table.loc[name, "summary"] == text.strip(), name


def test_an_empty_selection_has_no_table(small):
    small.page.get_by_role("button", name=WORDS["filter.none"], exact=True).click()
    small.page.get_by_role("button", name=WORDS["save.table"]).click()
    expect(small.page.locator(".fg-save-status")).to_have_text(WORDS["save.table_empty"])


def test_the_copied_link_opens_the_same_view(small):
    """Also when it is copied right after a change, before the address has followed."""
    small.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = small.page
    page.evaluate(
        """([only, copy]) => {
          const named = (name) => [...document.querySelectorAll('button')]
            .find((one) => [one.innerText, one.getAttribute('aria-label')].includes(name));
          named(only).click();
          named(copy).click();
        }""",
        ["Only Armed clash", WORDS["save.link"]],
    )
    expect(page.locator(".fg-save-status")).to_have_text(WORDS["save.link_done"])
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(small.address + "#")
    count = small.count
    other = small.context.new_page()
    other.goto(link)
    expect(other.locator(".fg-count")).to_have_text(count)
    assert count == "3 of 13 incidents"
    other.close()


def test_a_link_to_a_segment_opens_its_popup(browser, tmp_path):
    with opened(
        browser, shipped_page().html, tmp_path, fragment="#pick=segment:TJ-AF:0340-0350"
    ) as reader:
        assert kilometres(reader.popup) == (340, 350)
