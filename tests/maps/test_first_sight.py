"""What a reader gets first: one drawing, names that stay, all regions on a phone, a table that tells."""

from __future__ import annotations

import re
from contextlib import contextmanager
from itertools import pairwise

import pytest

from frontier_geo.maps import hotspot_page
from frontier_geo.maps.words import LANGUAGES, catalogue

from .browser_helpers import (
    DESKTOP,
    PERIOD,
    PHONE,
    READY,
    Reader,
    opened,
    plain,
    shipped_page,
    small_page,
    small_world,
)

pytestmark = pytest.mark.browser

# Notes what is drawn on the map's canvases, and whether the basemap had been handed out by then. The
# basemap comes late, as from a slow disk.
LATE_BASEMAP = """
window.drawn = [];
const layer = (ctx) => /leaflet-fg-(\\w+)-pane/.exec(ctx.canvas.parentNode?.className)?.[1];
for (const name of ['fillText', 'drawImage', 'fillRect']) {
  const own = CanvasRenderingContext2D.prototype[name];
  CanvasRenderingContext2D.prototype[name] = function (...given) {
    const on = layer(this);
    if (on) window.drawn.push({name, on, text: String(given[0]), late: Boolean(window.given)});
    return own.apply(this, given);
  };
}
const own = Response.prototype.arrayBuffer;
Response.prototype.arrayBuffer = async function () {
  const bytes = await own.call(this);
  if (!new TextDecoder().decode(bytes).includes('"rivers"')) return bytes;
  await new Promise((done) => { setTimeout(done, 700); });
  window.given = true;
  return bytes;
};
"""

# The page's code comes late too, after the file has been read and its load event is over.
LATE_CODE = """
const text = Response.prototype.text;
Response.prototype.text = async function () {
  const all = await text.call(this);
  await new Promise((done) => { setTimeout(done, 300); });
  return all;
};
"""

# Counts how often the page asks how wide its switches are, which makes the browser lay out the page.
WIDTHS = """
window.asked = 0;
const own = Object.getOwnPropertyDescriptor(HTMLElement.prototype, 'offsetWidth');
Object.defineProperty(HTMLElement.prototype, 'offsetWidth', {
  configurable: true,
  get() {
    if (this.classList.contains('fg-switch')) window.asked += 1;
    return own.get.call(this);
  },
});
"""
FRAMES = """
() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))
"""


@contextmanager
def watched(browser, html, folder, script):
    """Open a page whose browser runs a script before it."""
    path = folder / "watched.html"
    path.write_text(html, encoding="utf-8")
    context = browser.new_context(
        viewport={"width": DESKTOP[0], "height": DESKTOP[1]}, offline=True, reduced_motion="reduce"
    )
    try:
        context.add_init_script(script)
        yield Reader(context, path)
    finally:
        context.close()


def test_a_page_that_begins_small_shows_the_whole_border_once_it_is_large(browser, tmp_path):
    """
    As in a frame below the fold, laid out when it is reached (mended 2026-11-30).

    The zoom is that of a page which was as large from the beginning.
    """
    path = tmp_path / "page.html"
    path.write_text(shipped_page().html, encoding="utf-8")
    zoom = "document.querySelector('.fg-root').frontierGeo.map.leaflet.getZoom()"
    found = {}
    for width, height in ((1, 1), (61, 61), (672, 640)):
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
        page = context.new_page()
        page.goto(path.as_uri())
        page.wait_for_selector(READY, state="attached")
        page.set_viewport_size({"width": 672, "height": 640})
        page.evaluate(FRAMES)
        page.wait_for_function(f"{zoom} > 4.5", timeout=10_000)
        page.evaluate(FRAMES)
        found[width] = page.evaluate(zoom)
        context.close()
    # A finer step than this is not fitted to.
    assert max(found.values()) - min(found.values()) <= 0.05


def test_names_wait_for_the_basemap_and_all_is_drawn_once(browser, tmp_path):
    with watched(browser, shipped_page().html, tmp_path, LATE_BASEMAP) as reader:
        drawn = reader.page.evaluate("window.drawn")
        assert reader.complaints == []
    names = [each for each in drawn if each["on"] == "names" and each["name"] == "fillText"]
    texts = [each["text"] for each in names]
    assert "Dushanbe" in texts and all(each["late"] for each in names)
    assert texts.count("Dushanbe") == 1  # its place was found once
    assert [each["on"] for each in drawn if each["text"] == "[object ImageBitmap]"] == ["base"]


def test_a_change_of_filters_does_not_ask_for_widths_again(browser, tmp_path):
    with watched(browser, small_page().html, tmp_path, WIDTHS) as reader:
        page = reader.page
        change = """(range) => {
          window.asked = 0;
          document.querySelector('.fg-root').frontierGeo.store.set({range});
        }"""
        for first in (9500, 9600, 9700):
            page.evaluate(change, [first, 16000])
            page.evaluate(FRAMES)
            assert page.evaluate("window.asked") == 0
        before = page.evaluate("document.querySelector('.fg-switch').offsetWidth")
        page.get_by_role("button", name="Русский").click()
        page.evaluate(FRAMES)
        # Other words, other widths: they are asked for anew.
        assert page.evaluate("window.asked") > 0
        assert page.evaluate("document.querySelector('.fg-switch').offsetWidth") != before


def test_the_head_of_the_diagram_stands_beside_the_switches_in_every_language(browser, tmp_path):
    note = """
    window.heads = [];
    const own = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
      if (this.canvas.closest('.fg-chart') && y < 40 && this.textAlign === 'left') window.heads.push(x);
      return own.apply(this, arguments);
    };
    """
    with watched(browser, small_page().html, tmp_path, note) as reader:
        page = reader.page
        for name in ("Русский", "Тоҷикӣ", "English"):
            page.evaluate("window.heads = []")
            page.get_by_role("button", name=name).click()
            page.evaluate(FRAMES)
            edge = page.evaluate(
                "document.querySelector('.fg-switch').getBoundingClientRect().right"
                " - document.querySelector('.fg-chart').getBoundingClientRect().left"
            )
            first = page.evaluate("Math.min(...window.heads)")
            assert edge < first < edge + 30, name


@pytest.mark.parametrize("touch", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
def test_all_regions_of_a_phone_are_on_the_first_screen(browser, tmp_path, language, touch):
    fragment = f"#lang={language}"
    with opened(
        browser, shipped_page().html, tmp_path, size=PHONE, touch=touch, fragment=fragment
    ) as reader:
        boxes = [
            reader.page.locator(f".fg-{region}").bounding_box()
            for region in ("header", "map", "chart", "time")
        ]
        for above, below in pairwise(boxes):
            assert above["y"] + above["height"] <= below["y"] + 1
        assert boxes[-1]["y"] + boxes[-1]["height"] <= PHONE[1] + 1
        assert boxes[1]["height"] >= 270
        handle = reader.handle("last").bounding_box()
        assert handle["y"] + handle["height"] <= PHONE[1]


def test_a_smaller_phone_scrolls_to_the_time(browser, tmp_path):
    with opened(
        browser, shipped_page().html, tmp_path, size=(360, 640), fragment="#lang=ru"
    ) as reader:
        page = reader.page
        page.evaluate("document.querySelector('.fg-time').scrollIntoView({block: 'end'})")
        box = page.locator(".fg-time").bounding_box()
        assert box["y"] >= 0 and box["y"] + box["height"] <= 641
        assert page.evaluate("scrollX") == 0


def page_of(*names):
    """A page of some incidents of the small border."""
    world = small_world()
    events = world.events[world.events["event_id"].isin(names)].reset_index(drop=True)
    return hotspot_page(
        events, boundary=world.boundary, segments=world.segments, period=PERIOD, basemap=False
    )


def paper_table(reader):
    """The title and rows of the table as it is printed."""
    return reader.page.evaluate(
        """async () => {
          const {ui} = document.querySelector('.fg-root').frontierGeo;
          await ui.preparePrint();
          const table = ui.printTable();
          return [table.querySelector('h2').textContent, table.querySelectorAll('tbody tr').length,
                  table.textContent];
        }"""
    )


NOWHERE = "e12"  # known only to be at the border of a country


def test_an_incident_without_a_place_is_on_paper_where_there_are_no_others(browser, tmp_path):
    page = page_of(NOWHERE)
    with opened(browser, page.html, tmp_path) as reader:
        title, rows, words = paper_table(reader)
        assert plain(title) == catalogue("en")["table.unplaced"]["one"].format(n=1)
        assert rows == 1 and f"summary of {NOWHERE}" in plain(words)
        assert catalogue("en")["table.empty"] not in words
        reader.page.evaluate(
            "() => document.querySelector('.fg-root').frontierGeo.store.set({query: 'nothing like it'})"
        )
        reader.page.wait_for_function(
            "() => document.querySelector('.fg-root').frontierGeo.store.get().result.count === 0"
        )
        title, rows, words = paper_table(reader)
        assert plain(title) == catalogue("en")["table.title"] and rows == 0
        assert catalogue("en")["table.empty"] in words


def test_paper_lists_what_is_in_view_where_something_can_be(browser, tmp_path):
    page = page_of(NOWHERE, "e03")
    with opened(browser, page.html, tmp_path) as reader:
        title, rows, words = paper_table(reader)
        assert plain(title) == catalogue("en")["table.title"] and rows == 1
        assert re.search("کوچک", words)


def test_a_page_whose_code_takes_long_is_not_called_broken(browser, tmp_path):
    with watched(browser, small_page().html, tmp_path, LATE_CODE) as reader:
        assert reader.page.evaluate("document.readyState") == "complete"
        assert reader.page.locator("body > p").count() == 0
        assert catalogue("en")["page.failed"] not in reader.text("body")
        assert reader.complaints == []


def test_a_code_block_that_is_damaged_is_told(browser, tmp_path):
    html = small_page().html
    found = list(re.finditer(r'data-packed="script">([^<]+)', html))[-1]
    middle = (found.start(1) + found.end(1)) // 2
    path = tmp_path / "damaged.html"
    path.write_text(html[:middle] + html[middle + 400 :], encoding="utf-8")
    context = browser.new_context(offline=True)
    try:
        page = context.new_page()
        page.goto(path.resolve().as_uri())
        page.get_by_text(catalogue("en")["page.failed"]).wait_for(timeout=10_000)
    finally:
        context.close()
