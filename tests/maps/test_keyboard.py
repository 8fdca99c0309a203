"""Without a mouse: from the top of the page to the source of an incident, and back."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from frontier_geo.maps.words import catalogue

from .browser_helpers import PHONE, POPUP, changed, opened, plain, shipped_page, small_page

pytestmark = pytest.mark.browser

WORDS = catalogue("en")
CLEAR = 60  # pixels that must differ so that an eye finds the focus


@pytest.fixture
def small(browser, tmp_path):
    with opened(browser, small_page().html, tmp_path) as reader:
        yield reader


def press(reader, *keys):
    for key in keys:
        reader.page.keyboard.press(key)


def tab_to(reader, text, most=80, key="Tab"):
    """Press Tab until the focus is on what has this name; every stop before it must be somewhere."""
    for _ in range(most):
        press(reader, key)
        at = reader.focus()
        if re.search(text, at):
            return at
    raise AssertionError(f"the keyboard never comes to {text!r}; it stands on {at!r}")


def in_popup(reader):
    return reader.page.evaluate(f"!!document.activeElement.closest('{POPUP}')")


def assert_focus_is_seen(reader):
    """Take the focus away for a moment: what changes lies around the element, and is enough."""
    page = reader.page
    held = page.evaluate_handle("document.activeElement")
    box = held.evaluate(
        """(element) => {
          const { left, top, right, bottom } = element.getBoundingClientRect();
          return [left, top, right, bottom];
        }"""
    )
    size = page.viewport_size
    left, top = (max(0, int(edge) - 8) for edge in box[:2])
    right, bottom = min(size["width"], int(box[2]) + 9), min(size["height"], int(box[3]) + 9)
    assert right > left and bottom > top, f"{reader.focus()!r} is out of sight"
    clip = (left, top, right - left, bottom - top)
    shown = reader.picture(clip=clip)
    held.evaluate("element => element.blur()")
    hidden = reader.picture(clip=clip)
    held.evaluate("element => element.focus({ focusVisible: true, preventScroll: true })")
    seen = changed(shown, hidden).sum()
    assert seen >= CLEAR, f"{reader.focus()!r} does not show that the keyboard is on it"


def test_from_the_table_to_a_source(small):
    """Tab, Enter, arrows: no mouse. Each stop is seen; the link opens the source and nothing else."""
    page = small.page
    assert tab_to(small, WORDS["header.skip"], most=1)
    assert_focus_is_seen(small)
    press(small, "Enter")
    assert small.focus() == "Incidents (13)"
    assert page.get_by_role("tab", name="Incidents").get_attribute("aria-selected") == "true"
    assert_focus_is_seen(small)
    tab_to(small, "^near B$", most=20)
    assert_focus_is_seen(small)
    press(small, "Enter")
    assert small.popup.startswith("Cross-border fire\n") and "near B" in small.popup
    assert in_popup(small)
    tab_to(small, "^example.org$", most=6)
    assert in_popup(small)
    assert_focus_is_seen(small)
    assert page.evaluate("document.activeElement.href") == "https://www.example.org/e03?a=1&b=2"
    with small.context.expect_page() as other:
        press(small, "Enter")
    assert other.value.evaluate("window.opener") is None
    other.value.close()
    assert not small.page.is_closed() and in_popup(small)
    press(small, "Escape")
    expect(page.locator(POPUP)).to_have_count(0)
    assert small.focus() == "near B"


def test_from_the_diagram_to_a_source(small):
    page = small.page
    tab_to(small, WORDS["chart.slider"])
    assert_focus_is_seen(small)
    press(small, "Home")
    for _ in range(12):
        if re.search(r" [1-9]\d* known to this segment", small.said_by_chart):
            break
        press(small, "ArrowRight")
    said = small.said_by_chart
    press(small, "Enter")
    popup = small.popup
    assert in_popup(small)
    assert f"Border segment, {re.search('km .*? to [0-9]+', said)[0]}" in popup
    tab_to(small, "^(Armed clash|Drug seizure)", most=4)
    press(small, "Enter")
    page.locator(f"{POPUP} .fg-sources a").first.wait_for()
    tab_to(small, "^example.org$", most=4)
    assert_focus_is_seen(small)
    press(small, "Escape")
    assert small.focus() == WORDS["chart.slider"]
    assert small.said_by_chart == said
    # The ends of the border hold.
    press(small, "End")
    last = small.said_by_chart
    press(small, "ArrowRight", "PageUp")
    assert small.said_by_chart == last and last.startswith("km 420 to")
    press(small, "Home", "ArrowLeft")
    assert small.said_by_chart.startswith("km 0 to 10.")


@pytest.mark.parametrize(
    ("walk", "said"),
    [
        ("map.walk_incidents", "1 of 5: 2 incidents at this place"),
        ("map.walk_stretches", "known only to"),
    ],
)
def test_the_map_is_walked_by_arrows_and_says_where_it_is(small, walk, said):
    page = small.page
    tab_to(small, re.escape(WORDS[walk]))
    press(small, "ArrowRight")
    live = page.locator("[aria-live]").first
    expect(live).to_contain_text(said)
    assert_focus_is_seen(small)
    here = plain(live.inner_text())
    press(small, "ArrowRight")
    expect(live).not_to_have_text(here)
    press(small, "ArrowLeft")
    expect(live).to_contain_text(said)
    press(small, "Enter")
    assert in_popup(small) and "incident" in small.popup.lower()
    press(small, "Escape")
    expect(page.locator(POPUP)).to_have_count(0)
    assert small.focus() == WORDS[walk]
    press(small, "End")
    expect(live).to_contain_text(re.compile(r"^(\d+) of \1:"))


def test_every_stop_of_the_keyboard_is_seen_and_in_order(browser, tmp_path):
    """Once round the page: header, map, diagram, time, panel; nothing twice, nothing out of sight."""
    with opened(browser, shipped_page().html, tmp_path) as shipped:
        page = shipped.page
        regions, names = [], []
        for _ in range(90):
            press(shipped, "Tab")
            region = page.evaluate(
                """() => {
                  const at = document.activeElement;
                  if (at === document.body) return null;
                  const home = at.closest('.fg-header, .fg-map, .fg-chart, .fg-time, .fg-panel');
                  return home ? [...home.classList].find((c) => /^fg-(h|map|c|t|p)/.test(c)) : 'skip';
                }"""
            )
            if region is None:
                break
            if region not in regions or region != regions[-1]:
                regions.append(region)
                assert_focus_is_seen(shipped)
            names.append(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
        assert regions == ["skip", "fg-header", "fg-map", "fg-chart", "fg-time", "fg-panel"]
        assert len(names) < 90 and len(names) > 40


def test_kinds_of_controls_show_the_focus(browser, tmp_path):
    """One of each kind: buttons, switches, handles, tabs, field, type, only, fold, box, saving."""
    with opened(browser, shipped_page().html, tmp_path) as shipped:
        page = shipped.page
        kinds = [
            ".fg-languages button", ".leaflet-control-zoom-in", ".fg-switch button", ".fg-play",
            ".fg-time-window", ".fg-time-handle", "[role=tab]", "input[type=search]", ".fg-type",
            ".fg-only", ".fg-link-button", "details summary", "input[type=checkbox]",
            ".fg-save button",
        ]  # fmt: skip
        press(shipped, "Tab")  # so that the page knows that a keyboard is used
        for kind in kinds:
            page.evaluate(
                """(kind) => [...document.querySelectorAll(kind)]
                     .find((one) => one.checkVisibility()).focus({ focusVisible: true })""",
                kind,
            )
            assert_focus_is_seen(shipped)


def test_tabs_follow_the_arrows(small):
    page = small.page
    tab_to(small, "^Legend, filters$")
    press(small, "ArrowRight")
    assert small.focus() == "Incidents (13)"
    expect(page.locator(".fg-table")).to_be_visible()
    press(small, "End")
    assert small.focus() == "About"
    expect(page.get_by_text(WORDS["about.cite"]).first).to_be_visible()
    press(small, "ArrowRight")
    assert small.focus() == "Legend, filters"
    press(small, "Home")
    expect(page.locator(".fg-types")).to_be_visible()


def test_how_to_read_this_is_opened_and_closed_by_keys(small):
    page = small.page
    tab_to(small, f"^{WORDS['read.title']}$")
    press(small, "Enter")
    dialog = page.get_by_role("dialog", name=WORDS["read.title"])
    expect(dialog).to_be_visible()
    for title in ("read.reports_title", "read.interval_title", "read.precision_title"):
        expect(dialog.get_by_text(WORDS[title], exact=True)).to_be_visible()
    for _ in range(5):
        press(small, "Tab")
        assert page.evaluate("!!document.activeElement.closest('[role=dialog]')")
    press(small, "Escape")
    expect(dialog).to_be_hidden()
    assert small.focus() == WORDS["read.title"]


def test_the_drawer_of_a_phone_is_opened_and_closed_by_keys(browser, tmp_path):
    with opened(browser, small_page().html, tmp_path, size=PHONE) as small:
        page = small.page
        panel = page.locator(".fg-panel")
        assert not panel.is_visible()
        tab_to(small, f"^{WORDS['header.panel']}$")
        assert_focus_is_seen(small)
        press(small, "Enter")
        expect(panel).to_be_visible()
        assert page.evaluate("!!document.activeElement.closest('.fg-panel')")
        for _ in range(40):  # the focus stays in the drawer
            press(small, "Tab")
            assert page.evaluate("!!document.activeElement.closest('.fg-panel')")
        press(small, "Escape")
        expect(panel).to_be_hidden()
        assert small.focus() == WORDS["header.panel"]


def test_the_map_is_moved_and_zoomed_by_keys(small):
    page = small.page
    tab_to(small, "Map of the border")
    before = small.picture(".fg-map")
    where = np.array(small.on_map(69.5, 37.2))
    press(small, "ArrowRight")
    page.wait_for_function("() => !document.querySelector('.leaflet-pan-anim')")
    moved = np.array(small.on_map(69.5, 37.2))
    assert moved[0] < where[0] - 40
    scale = small.text(".fg-scale")
    press(small, "+")
    expect(page.locator(".fg-scale")).not_to_have_text(scale)
    assert changed(before, small.picture(".fg-map")).mean() > 0.01
