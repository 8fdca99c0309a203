"""The page as it stands before a reader: whole, quiet, in four languages, at any size."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from playwright.sync_api import expect

from frontier_geo.maps.words import LANGUAGES, catalogue

from .browser_helpers import (
    DESKTOP,
    LONG,
    PHONE,
    POPUP,
    RTL,
    box_of,
    changed,
    odd_page,
    opened,
    plain,
    settle,
    shipped_page,
    small_page,
)

pytestmark = pytest.mark.browser

WORDS = {language: catalogue(language) for language in LANGUAGES}
SIZES = [DESKTOP, PHONE]

# What sticks out: of the window, of its region, of its own box. Texts cut on purpose after some lines
# say so by "line-clamp"; what only screen readers meet is left out.
STICKING_OUT = """() => {
  const REGIONS = '.fg-popup-scroll, .fg-dock, .fg-panel, .fg-header, .fg-chart, .fg-time, .fg-map';
  const found = [];
  const name = (element) =>
    `${element.tagName}.${element.className} ${JSON.stringify(element.innerText || '').slice(0, 50)}`;
  const page = document.scrollingElement;
  if (page.scrollWidth > window.innerWidth) found.push(`the page is ${page.scrollWidth} wide`);
  const root = document.querySelector('.fg-root');
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) &&
    !element.closest('.fg-hidden, .fg-live, .fg-skip, [aria-hidden="true"]');
  for (const element of root.querySelectorAll('*')) {
    if (!seen(element) || element.closest('svg, canvas')) continue;
    const style = getComputedStyle(element);
    const clamped = style.webkitLineClamp !== 'none';
    const region = element.matches('.fg-header, .fg-chart, .fg-panel, .fg-popup-scroll, [role=tabpanel]');
    // The grips of the time range reach over its edge.
    const clips = /hidden|clip/.test(style.overflowX) && !element.matches('.leaflet-container, .fg-time');
    if ((region || clips) && !clamped && element.scrollWidth > element.clientWidth + 1)
      found.push(`${name(element)} holds ${element.scrollWidth} px in ${element.clientWidth}`);
  }
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const text = walk.currentNode;
    const home = text.parentElement;
    if (!text.textContent.trim() || !seen(home) || home.closest('svg')) continue;
    if (home.closest('option')) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const box = range.getBoundingClientRect();
    const frame = (home.closest(REGIONS) || root).getBoundingClientRect();
    if (!box.width) continue;
    const aside = (outer) => box.left < outer.left - 1 || box.right > outer.right + 1;
    if (aside(frame)) found.push(`${name(home)} leaves its region`);
    const button = home.closest('button, summary, label, th, td, dd, dt, [role=tab]');
    if (!button || getComputedStyle(home).webkitLineClamp !== 'none') continue;
    const own = button.getBoundingClientRect();
    if (aside(own) || box.top < own.top - 1 || box.bottom > own.bottom + 1)
      found.push(`${name(home)} leaves ${name(button)}`);
  }
  return found;
}"""

# All that a reader sees or hears, the names of the languages aside.
ALL_TEXTS = """() => {
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const home = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || /SCRIPT|STYLE/.test(home.tagName)) continue;
    if (home.closest('.fg-languages') || !home.checkVisibility({ visibilityProperty: true })) continue;
    found.add(walk.currentNode.textContent);
  }
  for (const name of ['aria-label', 'title', 'placeholder', 'aria-valuetext', 'alt'])
    for (const element of document.querySelectorAll(`.fg-root [${name}]`))
      if (!element.closest('.fg-languages button')) found.add(element.getAttribute(name));
  return [...found];
}"""

#: What stays in Latin letters in every language: names of sources, keys and file formats.
LATIN = re.compile(
    r"OpenStreetMap(, by way of timezone-boundary-builder \w+)?|contributors|Made with Natural Earth"
    r"|GeoNames|Wikipedia|NOAA GLOBE|relief|The frontier_geo developers: curated incidents"
    r"|frontier_geo|CC BY|ODbL|PNG|CSV|lajolla|Enter|Esc|Page Up|Page Down|\b[0-9a-f]{12}\b"
)


def turn_to(reader, language):
    """Click on a language's own name."""
    own = {"en": "English", "ru": "Русский", "tg": "Тоҷикӣ", "fa": "دری"}[language]
    reader.page.get_by_role("button", name=own, exact=True).click()


def texts_of(reader):
    """Every text of the page: each tab, a segment's popup, the explanations."""
    page = reader.page
    found = set()
    for tab in (1, 2, 0):  # the middle one holds what reports say, as they say it
        page.get_by_role("tab").nth(tab).click()
        if tab != 1:
            found |= set(page.evaluate(ALL_TEXTS))
    page.locator("details.fg-fold summary").first.click()
    reader.chart.focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    assert reader.popup
    found |= set(page.evaluate(ALL_TEXTS))
    page.keyboard.press("Escape")
    page.locator(".fg-section-head .fg-link-button").last.click()
    page.get_by_role("dialog").wait_for()
    found |= set(page.evaluate(ALL_TEXTS))
    page.keyboard.press("Escape")
    page.locator("details.fg-fold summary").first.click()
    return {plain(text) for text in found}


@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
@pytest.mark.parametrize("make", [shipped_page, small_page], ids=["shipped", "small"])
def test_it_opens_whole_and_asks_for_nothing(browser, tmp_path, make, size):
    """One request, for the file itself; no message; nothing refused by its own policy; all drawn."""
    page = make()
    with opened(browser, page.html, tmp_path, size=size) as reader:
        fetched = [
            url for url in reader.requests if not url.startswith(("data:", "blob:", "about:"))
        ]
        assert fetched == [reader.address]
        assert reader.text("h1") == page.title and reader.page.title() == page.title
        total = len(page.inputs.events)
        assert reader.count == f"{total} of {total} incidents"
        for region in (".fg-map", ".fg-chart", ".fg-time-track"):
            assert reader.picture(region).std() > 0.02, region
        assert "km" in reader.text(".fg-scale")
        assert "© OpenStreetMap contributors" in reader.text(".leaflet-control-attribution")
        assert reader.page.locator(".fg-failure").count() == 0


def test_a_script_that_is_not_its_own_does_not_run(browser, tmp_path):
    """The policy is at work: so silence in the other tests means something."""
    with opened(browser, small_page().html, tmp_path) as reader:
        reader.page.evaluate(
            """() => {
              const script = document.createElement('script');
              script.textContent = 'window.ran = 1';
              document.body.append(script);
              const style = document.createElement('style');
              style.textContent = 'h1 { display: none }';
              document.head.append(style);
              const image = document.createElement('img');
              image.src = 'https://stranger.example/x.png';
              document.body.append(image);
              return fetch('https://stranger.example/').catch(() => 0);
            }"""
        )
        reader.page.wait_for_function("window.refused.length >= 4")
        assert reader.page.evaluate("window.ran") is None
        assert reader.page.locator("h1").is_visible()
        refused = " ".join(reader.page.evaluate("window.refused"))
        for what in ("script-src", "style-src", "img-src https://stranger", "connect-src"):
            assert what in refused
        reader.forgive()


@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
def test_nothing_sticks_out_in_any_language(browser, tmp_path, size):
    with opened(browser, shipped_page().html, tmp_path, size=size, touch=size == PHONE) as reader:
        page = reader.page
        for language in LANGUAGES:
            turn_to(reader, language)
            assert page.evaluate(STICKING_OUT) == [], language
            if size == PHONE:
                page.locator(".fg-drawer-button").click()
            for tab in (1, 2, 0):
                page.get_by_role("tab").nth(tab).click()
                settle(page)
                assert page.evaluate(STICKING_OUT) == [], (language, tab)
            page.locator("details.fg-fold summary").first.click()
            assert page.evaluate(STICKING_OUT) == [], language
            page.locator("details.fg-fold summary").first.click()
            if size == PHONE:
                page.keyboard.press("Escape")
            reader.chart.focus()
            page.keyboard.press("Home")
            page.keyboard.press("Enter")
            assert reader.popup
            assert page.evaluate(STICKING_OUT) == [], language
            page.keyboard.press("Escape")


def test_every_text_is_in_the_language_chosen(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path) as reader:
        page = reader.page
        english = {text for text in texts_of(reader) if re.search(r"[A-Za-z]{3}", text)}
        assert len(english) > 150
        for language in ("ru", "tg", "fa"):
            turn_to(reader, language)
            assert page.evaluate("document.documentElement.lang") == language
            assert page.evaluate("document.documentElement.dir") == (
                "rtl" if language == "fa" else "ltr"
            )
            assert re.search("[A-Za-z]{2}", page.title()) is None
            texts = texts_of(reader)
            strange = {text for text in texts if re.search("[A-Za-z]{2}", LATIN.sub("", text))}
            assert strange == set(), language
            assert len(texts) > 150
            assert page.locator(".fg-root").get_attribute("data-missing") in (None, "0")
        turn_to(reader, "en")
        assert {text for text in texts_of(reader) if re.search(r"[A-Za-z]{3}", text)} == english


def test_dari_is_mirrored_but_west_stays_west(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path) as reader:
        page = reader.page
        boxes = {}
        for language in ("en", "fa"):
            turn_to(reader, language)
            for name in (".fg-panel", ".fg-map", "h1", ".fg-languages", ".fg-play"):
                box = page.locator(name).bounding_box()
                boxes[language, name] = box["x"] + box["width"] / 2
            for key, edge in (("Home", 0), ("End", 1)):
                page.mouse.move(5, 5)
                before = reader.picture(".fg-chart")
                reader.chart.focus()
                page.keyboard.press(key)
                mask = changed(before, reader.picture(".fg-chart"))
                mask[:, :3] = mask[:, -3:] = False
                left, _, right, _ = box_of(mask[60:160])  # within the plot
                middle = (left + right) / 2 / mask.shape[1]
                boxes[language, edge] = middle
                page.evaluate("document.activeElement.blur()")
        width = DESKTOP[0]
        for name in (".fg-panel", ".fg-map", ".fg-languages", ".fg-play", "h1"):
            left = boxes["en", name] < width / 2
            assert (boxes["fa", name] < width / 2) != left, name
        assert boxes["fa", 0] < 0.3 and boxes["fa", 1] > 0.7
        assert boxes["en", 0] < 0.3 and boxes["en", 1] > 0.7


def test_dari_has_one_calendar_and_its_own_digits(browser, tmp_path):
    """Solar years 1370 to 1405 everywhere; no year of the Gregorian calendar, no European digit."""
    with opened(browser, shipped_page().html, tmp_path, fragment="#lang=fa") as reader:
        page = reader.page
        assert re.fullmatch(r"جدی ۱۳۷۰ – حمل ۱۴۰۵", reader.text(".fg-time-label"))
        told = [reader.handle(which).get_attribute("aria-valuetext") for which in ("first", "last")]
        assert [plain(text) for text in told] == ["۱۱ جدی ۱۳۷۰", "۲۸ حمل ۱۴۰۵"]
        reader.handle("first").focus()
        page.keyboard.press("ArrowRight")  # to the start of a month of this calendar
        assert plain(reader.handle("first").get_attribute("aria-valuetext")) == "۱ دلو ۱۳۷۰"
        page.keyboard.press("Home")
        page.get_by_role("tab").nth(1).click()
        dates = page.locator(".fg-row-date").all_inner_texts()
        years = {int(year) for text in dates for year in re.findall(r"\d{4}", plain(text))}
        assert len(dates) == 100 and min(years) >= 1370 and max(years) <= 1405
        texts = [*dates, reader.count, reader.text(".fg-table-count"), reader.text(".fg-panel")]
        page.get_by_role("tab").nth(2).click()
        texts.append(reader.text(".fg-scale"))
        assert not any(re.search("[0-9]", plain(text)) for text in dates + texts[-3:-2])
        about = LATIN.sub("", reader.text(".fg-panel"))
        for text in [*texts, about]:
            assert re.search(r"(?<![۰-۹])(۱۹|۲۰)[۰-۹]{2}(?![۰-۹])", plain(text)) is None
        page.get_by_role("button", name=WORDS["fa"]["chart.years"]).click()
        reader.chart.focus()
        page.keyboard.press("Home")
        assert re.search("۱۳[۷-۹][۰-۹]|۱۴۰[۰-۵]", reader.said_by_chart)


def test_a_phone_has_a_drawer_and_targets_for_fingers(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path, size=PHONE, touch=True) as reader:
        page = reader.page
        panel, button = page.locator(".fg-panel"), page.locator(".fg-drawer-button")
        assert not panel.is_visible() and button.get_attribute("aria-expanded") == "false"
        order = [page.locator(name).bounding_box() for name in (
            ".fg-header", ".fg-map", ".fg-chart", ".fg-time")]  # fmt: skip
        assert all(a["y"] + a["height"] <= b["y"] + 1 for a, b in pairwise(order))
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= PHONE[0] for box in order)
        assert order[-1]["y"] + order[-1]["height"] <= PHONE[1] + 1  # all of it at once
        button.tap()
        expect(panel).to_be_visible()
        assert button.get_attribute("aria-expanded") == "true"
        assert panel.bounding_box()["width"] <= PHONE[0]
        for target in page.locator(
            ".fg-panel button:visible, .fg-panel label:has(input):visible"
        ).all()[:25]:
            box = target.bounding_box()
            assert box["height"] >= 24 and box["width"] >= 24
        # A row of the table closes the drawer and shows its incident.
        page.get_by_role("tab").nth(1).tap()
        page.locator(".fg-table .fg-place").first.tap()
        expect(panel).to_be_hidden()
        assert reader.popup
        popup, frame = page.locator(POPUP).bounding_box(), page.locator(".fg-map").bounding_box()
        assert popup["x"] >= frame["x"] and popup["x"] + popup["width"] <= PHONE[0]
        assert popup["y"] >= frame["y"]
        close = page.locator(f"{POPUP} :is(.fg-dock-close, .leaflet-popup-close-button)")
        close.tap()
        expect(page.locator(POPUP)).to_have_count(0)
        # A finger on the line picks a segment.
        x, y = reader.middle_of(shipped_page().inputs.boundary, 360, 370)
        page.touchscreen.tap(x, y)
        assert reader.popup


@pytest.mark.parametrize("size", SIZES, ids=["desktop", "phone"])
@pytest.mark.parametrize("kind", ["no", "one", "types", "names"])
def test_odd_pages_make_sense(browser, tmp_path, kind, size):
    page = odd_page(kind)
    with opened(browser, page.html, tmp_path, size=size) as reader:
        assert reader.page.evaluate(STICKING_OUT) == []
        if size == PHONE:
            reader.page.locator(".fg-drawer-button").click()
        for tab in (0, 1, 2):
            reader.page.get_by_role("tab").nth(tab).click()
            settle(reader.page)
            assert reader.page.evaluate(STICKING_OUT) == [], tab
        reader.page.get_by_role("tab").nth(1).click()
        table = reader.page.locator(".fg-tab-panel:visible")
        if kind == "no":
            assert reader.count == WORDS["en"]["header.none"]
            assert plain(table.inner_text()) == WORDS["en"]["header.none"]
            assert reader.page.get_by_role("searchbox").count() == 0
        elif kind == "one":
            assert reader.count == "1 of 1 incident"
            expect(table).to_contain_text("1 incident in view of the map")
            assert len(reader.rows()) == 1
        elif kind == "types":
            assert reader.count == "500 of 500 incidents"
            reader.page.get_by_role("tab").nth(0).click()
            assert reader.page.locator(".fg-type").count() == 500
            assert reader.page.locator(".fg-types").bounding_box()["height"] < 500
            reader.page.get_by_role("searchbox", name=WORDS["en"]["filter.find_type"]).fill(
                "kind_49"
            )
            expect(reader.page.locator(".fg-type:visible")).to_have_count(10)
            reader.page.get_by_role("button", name="Only kind_495 of trouble").click()
            assert reader.count == "1 of 500 incidents"
        else:
            assert reader.text("h1") == f"{RTL} {LONG}".strip()
            assert {row[2].split("\n")[0] for row in reader.rows()} == {RTL, LONG.strip()}
            places = reader.page.locator(".fg-place")
            ways = places.evaluate_all("all => all.map((one) => getComputedStyle(one).direction)")
            assert set(ways) == {"rtl", "ltr"}
            reader.page.locator(".fg-table .fg-place").first.click()
            assert RTL in reader.popup
            assert reader.page.evaluate(STICKING_OUT) == []
        if size == PHONE and reader.page.locator(".fg-panel").is_visible():
            reader.page.keyboard.press("Escape")
        reader.chart.focus()
        reader.page.keyboard.press("Home")
        assert "per 100 km and year" in reader.said_by_chart


def test_layers_are_switched_off_and_on(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path) as reader:
        page = reader.page
        whole = reader.picture(".fg-map")
        for layer in ("basemap", "relief", "areas", "ribbon", "stretches", "landmarks"):
            box = page.get_by_role("checkbox", name=WORDS["en"][f"layer.{layer}"], exact=True)
            box.uncheck()
            assert changed(whole, reader.picture(".fg-map")).mean() > 0.0005, layer
            box.check()
            assert not changed(whole, reader.picture(".fg-map")).any(), layer


def test_ribbon_and_bars_are_two_pictures_of_the_same(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path) as reader:
        page = reader.page
        ribbon = reader.picture(".fg-map")
        page.get_by_role("button", name=WORDS["en"]["chart.bars"]).click()
        bars = reader.picture(".fg-map")
        assert changed(ribbon, bars).mean() > 0.005
        expect(page.locator(".fg-bar-scale")).to_contain_text("per 100 km")
        page.get_by_role("button", name=WORDS["en"]["chart.ribbon"]).click()
        assert not changed(ribbon, reader.picture(".fg-map")).any()
        assert np.isfinite(ribbon).all()
