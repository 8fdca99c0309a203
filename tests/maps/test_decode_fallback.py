"""Where something is missing: the browser's own unpacking, JavaScript, or a part of the file."""

from __future__ import annotations

import re
from contextlib import contextmanager

import numpy as np
import pytest

from frontier_geo.maps.words import LANGUAGES, catalogue

from .browser_helpers import DESKTOP, PHONE, Reader, opened, plain, shipped_page
from .conftest import make_world

pytestmark = pytest.mark.browser

# What browsers before 2023 and before 2025 lack.
OLD = "delete window.DecompressionStream; delete Uint8Array.fromBase64;"
BLOCKS = ("data", "words", "arrays", "basemap")


@contextmanager
def bare(browser, html, folder, size=DESKTOP, **options):
    """Open a page without waiting for more than its file."""
    path = folder / "bare.html"
    path.write_text(html, encoding="utf-8")
    viewport = {"width": size[0], "height": size[1]}
    context = browser.new_context(viewport=viewport, offline=True, **options)
    try:
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.goto(path.resolve().as_uri())
        yield page
    finally:
        context.close()


def made(kind, language, html_of):
    """The HTML of the small border, as a page or as a folium map."""
    return html_of(getattr(make_world(), kind)(language=language))


def cut_block(html, name, keep=0.6):
    """The file with one of its data blocks cut short."""
    found = re.search(rf'(id="\w+-{name}">)([^<]+)', html)
    return html[: found.start(2) + int(len(found[2]) * keep)] + html[found.end(2) :]


def in_sight(page, element):
    """Whether all of an element is within the window, with nothing over it."""
    return element.evaluate(
        """(element) => {
          const range = document.createRange();
          range.selectNodeContents(element);
          const box = range.getBoundingClientRect();
          const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
          return box.width > 0 && box.x >= 0 && box.right <= innerWidth && box.y >= 0
            && box.bottom <= innerHeight && (top === element || element.contains(top));
        }"""
    )


# ---- an old browser ------------------------------------------------------------------------------


def seen(reader):
    """What a page shows: all its words, those of an incident too, and the map."""
    picture = reader.picture(".fg-map")
    reader.page.evaluate("() => { location.hash = 'pick=incident:120'; }")
    popup = reader.popup
    return plain(reader.page.locator("body").inner_text()), popup, picture


def test_an_old_browser_shows_the_same(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path) as reader:
        wanted = seen(reader)
    context = browser.new_context(
        viewport={"width": DESKTOP[0], "height": DESKTOP[1]}, offline=True, reduced_motion="reduce"
    )
    try:
        context.add_init_script(OLD)
        reader = Reader(context, tmp_path / "page.html")
        assert reader.page.evaluate("typeof DecompressionStream") == "undefined"
        found = seen(reader)
        assert reader.complaints == []
    finally:
        context.close()
    assert len(wanted[1]) > 200
    assert found[:2] == wanted[:2]
    assert np.array_equal(found[2], wanted[2])


def test_an_old_browser_searches_the_texts(browser, tmp_path):
    context = browser.new_context(offline=True)
    try:
        context.add_init_script(OLD)
        path = tmp_path / "page.html"
        shipped_page().save(path)
        reader = Reader(context, path, "#q=heroin")
        events = shipped_page().inputs.events
        told = ["summary", "notes", "actors", "place", "location_basis", "narcotics_detail"]
        found = events[told].fillna("").agg(" ".join, axis=1).str.contains("heroin", case=False)
        assert found.sum() > 3
        reader.page.wait_for_function(
            "(text) => document.querySelector('.fg-count').innerText.startsWith(text)",
            arg=f"{found.sum()} of ",
        )
        assert reader.complaints == []
    finally:
        context.close()


# ---- no JavaScript -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["page", "map"])
def test_without_javascript_a_sentence_says_so(browser, tmp_path, html_of, kind, language):
    html = made(kind, language, html_of)
    with bare(browser, html, tmp_path, PHONE, java_script_enabled=False) as page:
        told = page.locator("noscript")
        assert told.inner_text().strip() == catalogue(language)["page.no_script"]
        assert plain(page.locator("body").inner_text()) == plain(told.inner_text())
        box = told.bounding_box()
        assert box["width"] > 100 and box["y"] + box["height"] < PHONE[1]
        assert page.locator("html").get_attribute("lang") == language
        direction = "rtl" if language == "fa" else "ltr"
        assert page.locator("html").get_attribute("dir") == direction


def test_with_javascript_the_sentence_is_not_there(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path) as reader:
        body = plain(reader.page.locator("body").inner_text())
        assert catalogue("en")["page.no_script"] not in body
        assert catalogue("en")["page.failed"] not in body


# ---- a damaged file ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_cut_short_is_said_in_the_language_of_the_page(browser, tmp_path, html_of, name):
    html = cut_block(made("page", "fa", html_of), name)
    with bare(browser, html, tmp_path) as page:
        message = page.get_by_role("alert").filter(has_text=catalogue("fa")["page.failed"])
        message.wait_for()
        assert message.count() == 1
        assert in_sight(page, message)
        assert message.evaluate("(element) => getComputedStyle(element).direction") == "rtl"


def test_on_a_phone_the_message_is_in_sight_too(browser, tmp_path, html_of):
    html = cut_block(made("page", "ru", html_of), "arrays")
    with bare(browser, html, tmp_path, PHONE) as page:
        message = page.get_by_role("alert").filter(has_text=catalogue("ru")["page.failed"])
        message.wait_for()
        assert in_sight(page, message)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.95])
@pytest.mark.parametrize("kind", ["page", "map"])
def test_a_file_cut_short_is_said_in_the_language_of_the_page(
    browser, tmp_path, html_of, kind, share
):
    """Mended 2026-11-30: a download that broke off was a white page."""
    html = made(kind, "tg", html_of)
    with bare(browser, html[: int(len(html) * share)], tmp_path) as page:
        message = page.get_by_text(catalogue("tg")["page.failed"])
        message.wait_for()
        assert in_sight(page, message)


def test_texts_cut_short_leave_the_map_and_say_what_is_missing(browser, tmp_path):
    html = cut_block(shipped_page().html, "text-0")
    with bare(browser, html, tmp_path) as page:
        page.locator(".fg-root[data-ready='1']").wait_for()
        events = shipped_page().inputs.events
        assert plain(page.locator(".fg-count").inner_text()).startswith(f"{len(events)} of ")
        page.get_by_role("tab", name="Incidents").click()
        page.locator(".fg-table tbody tr").first.get_by_role("button").click()
        page.locator(".fg-popup").get_by_text(catalogue("en")["sheet.no_text"]).wait_for()
        # A search that cannot read the texts does not pass for one that found nothing.
        page.get_by_role("tab", name="Legend").click()
        page.get_by_role("searchbox").first.fill("heroin")
        alert = page.get_by_role("alert").filter(has_text=catalogue("en")["page.failed"])
        alert.wait_for()
        page.get_by_role("searchbox").first.fill("opium")
        page.wait_for_function(
            "(word) => !document.querySelector('.fg-finds').textContent.includes(word)",
            arg=catalogue("en")["filter.searching"],
        )
        assert alert.count() == 1
