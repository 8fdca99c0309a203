"""
A page for everybody: no rule of axe-core is broken, in any language, on a desk or a phone, whatever is
open; it can be read enlarged, in the colours of the system, and used with a finger or the keyboard.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import folium
import pytest
from axe_playwright_python.base import AXE_SCRIPT

from .browser_helpers import DESKTOP, PHONE, POPUP, READY, shipped_page
from .conftest import make_world

pytestmark = pytest.mark.browser
LANGUAGES = ("en", "ru", "tg", "fa")
SIZES = {"desktop": DESKTOP, "phone": PHONE}
SMALLEST_TARGET_PX = 24

# Texts that are too pale on what lies behind them: axe-core leaves out whatever it takes to be covered.
PALE = """() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const over = ([r, g, b, a = 1], back) => [r, g, b].map((c, i) => c * a + back[i] * (1 - a));
  const light = (colour) => colour
    .map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    if (!element) return [255, 255, 255];
    const own = channels(getComputedStyle(element).backgroundColor);
    return own[3] === 0 ? behind(element.parentElement) : over(own, behind(element.parentElement));
  };
  const pale = [];
  for (const element of document.querySelectorAll('.fg-root *, .leaflet-container *')) {
    const said = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
    if (!said.length || element.closest('[disabled], [inert], .fg-hidden, .fg-skip')) continue;
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    const style = getComputedStyle(element);
    const back = behind(element);
    const pair = [light(over(channels(style.color), back)), light(back)].sort((a, b) => a - b);
    const least = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    if ((pair[1] + 0.05) / (pair[0] + 0.05) < least) pale.push(said[0].data.trim().slice(0, 40));
  }
  return pale;
}"""


class Opened:
    """A page open in a browser, with axe-core at hand."""

    def __init__(self, browser: Any, path: Path, size: tuple[int, int], **options: Any) -> None:
        width, height = size
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, offline=True,
            **{"reduced_motion": "reduce", **options},
        )  # fmt: skip
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.address = path.as_uri()

    def go(self, fragment: str = "") -> None:
        """Open the page anew, with what stands behind the # of its address."""
        self.page.goto("about:blank")
        self.page.goto(self.address + fragment)
        self.page.wait_for_selector(READY, timeout=30_000)

    def pick(self, what: str) -> None:
        """Open the sheet of something by the page's address."""
        self.page.evaluate("(what) => { location.hash += '&pick=' + what; }", what)
        self.page.locator(POPUP).first.wait_for()
        self.page.wait_for_function("() => document.querySelector('.fg-popup-scroll .fg-facts')")

    @property
    def broken(self) -> list[str]:
        """The rules of axe-core that the page breaks now, with the first places."""
        if not self.page.evaluate("Boolean(window.axe)"):
            self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        broken = [
            f"{rule['id']}: {[node['target'] for node in rule['nodes']][:3]}"
            for rule in found["violations"]
        ]
        return broken + [f"pale: {text}" for text in self.page.evaluate(PALE)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: Any) -> dict[str, Path]:
    """A small page, that of the shipped data, and a folium map with layers of folium's own."""
    folder = tmp_path_factory.mktemp("accessible")
    world = make_world()
    drawn = world.map()
    folium.Marker([37.9, 69.0], popup="a pin", tooltip="its name").add_to(drawn)
    folium.LayerControl().add_to(drawn)
    pages = {
        "small": world.page(tiles="OpenTopoMap").html,
        "map": drawn.get_root().render(),
        "shipped": shipped_page().html,
    }
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages}


@pytest.fixture
def enter(browser: Any, files: dict[str, Path]) -> Iterator[Callable[..., Opened]]:
    """Open one of the files."""
    opened: list[Opened] = []

    def show(name: str, size: tuple[int, int], fragment: str = "", **options: Any) -> Opened:
        opened.append(Opened(browser, files[name], size, **options))
        opened[-1].go(fragment)
        return opened[-1]

    yield show
    for reader in opened:
        reader.context.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_at_the_start_with_a_sheet_and_with_the_panel(enter, language, size):
    reader = enter("small", SIZES[size], f"#lang={language}")
    assert reader.page.locator("html").get_attribute("lang") == language
    assert reader.broken == []
    reader.pick("incident:3")
    assert reader.broken == []
    reader.page.keyboard.press("Escape")
    if size == "phone":
        reader.page.locator(".fg-drawer-button").click()
    tabs = reader.page.get_by_role("tab").all()
    for tab in tabs if language == "en" else tabs[1:2]:
        tab.click()
        assert reader.broken == []


@pytest.mark.parametrize(
    ("name", "size"), [("map", DESKTOP), ("map", PHONE), ("shipped", DESKTOP), ("shipped", PHONE)]
)
def test_axe_finds_nothing_on_the_folium_map_and_the_shipped_page(enter, name, size):
    reader = enter(name, size)
    assert reader.broken == []
    reader.pick("stretch:0")
    assert reader.broken == []


def test_axe_would_find_something(enter):
    """So that the tests above mean something."""
    reader = enter("small", DESKTOP)
    reader.page.evaluate(
        "document.querySelector('.fg-chart [role=slider]').removeAttribute('aria-label')"
    )
    reader.page.evaluate("document.querySelector('h1').style.color = '#999'")
    assert {line.partition(":")[0] for line in reader.broken} == {"aria-input-field-name", "pale"}


def test_help_is_a_dialog_that_keeps_the_keyboard_and_gives_it_back(enter):
    reader = enter("small", DESKTOP)
    page = reader.page
    opener = page.get_by_role("button", name="How to read this").first
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    assert reader.broken == []
    for _ in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate(
            "document.querySelector('[role=dialog]').contains(document.activeElement)"
        )
    page.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert opener.evaluate("(button) => button === document.activeElement")


@pytest.mark.parametrize("name", ["small", "map"])
@pytest.mark.parametrize("size", SIZES)
def test_title_language_landmarks_and_headings(enter, name, size):
    reader = enter(name, SIZES[size])
    page = reader.page
    assert page.title() == "Demo border"
    assert page.locator("html").get_attribute("dir") == "ltr"
    assert page.locator("main").count() == page.locator("h1").count() == 1
    page.evaluate("location.hash = '#lang=fa'")
    page.wait_for_function("() => document.documentElement.dir === 'rtl'")
    assert page.locator("html").get_attribute("lang") == "fa"
    outline = page.evaluate(
        """() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6')]
          .filter((one) => one.checkVisibility({ visibilityProperty: true }))
          .map((one) => [Number(one.localName[1]), one.textContent.trim()])"""
    )
    levels = [level for level, _ in outline]
    assert levels[0] == 1 and levels.count(1) == 1 and all(text for _, text in outline)
    assert all(after - before <= 1 for before, after in pairwise(levels))
    regions = page.evaluate(
        """() => [...document.querySelectorAll('section[aria-label], [role=region], [role=search]')]
          .map((one) => one.getAttribute('aria-label') || one.textContent.trim())"""
    )
    assert len(regions) >= 4 and len(set(regions)) == len(regions) and all(regions)


def test_nothing_moves_for_those_who_asked_for_that(enter):
    """Where motion is not unwanted, the drawer slides: so the test would see it."""
    moving = """async () => {
      const seen = new Set();
      const look = () => document.getAnimations().forEach((one) => seen.add(one.effect.target.className));
      document.querySelector('.fg-drawer-button').click();
      const map = document.querySelector('.fg-root').frontierGeo.map.leaflet;
      map.zoomIn();
      for (let k = 0; k < 20; k += 1) {
        await new Promise((done) => requestAnimationFrame(done));
        look();
      }
      return [...seen];
    }"""
    assert enter("small", PHONE).page.evaluate(moving) == []
    assert enter("small", PHONE, reduced_motion="no-preference").page.evaluate(moving) != []


def test_in_the_colours_of_the_system_everything_is_still_told_apart(enter):
    reader = enter("small", DESKTOP, forced_colors="active")
    assert reader.broken == []
    looks = """(element) => {
      const style = getComputedStyle(element);
      return [style.backgroundColor, style.color, style.borderTopColor, style.borderTopWidth,
        style.borderTopStyle, style.borderLeftWidth, style.outlineStyle, style.fontWeight].join(' ');
    }"""
    for pressed, other in (
        (".fg-languages [aria-pressed=true]", ".fg-languages [aria-pressed=false]"),
        (".fg-tabs [aria-selected=true]", ".fg-tabs [aria-selected=false]"),
        (".fg-chart [aria-pressed=true]:enabled", ".fg-chart [aria-pressed=false]:enabled"),
    ):
        first, second = (reader.page.locator(one).first.evaluate(looks) for one in (pressed, other))
        assert first != second, pressed
    kind = reader.page.locator(".fg-type").first
    shown = kind.evaluate(looks)
    kind.click()
    assert kind.get_attribute("aria-pressed") == "false" and kind.evaluate(looks) != shown
    for painted in reader.page.locator(".fg-legend canvas").all()[:3]:
        assert painted.is_visible()


@pytest.mark.parametrize(("width", "height", "zoom"), [(720, 450, 2), (360, 450, 4), (320, 568, 1)])
@pytest.mark.parametrize("language", ["en", "fa"])
def test_enlarged_nothing_lies_beyond_the_edge(enter, width, height, zoom, language):
    """A window of 1440 px enlarged to 200 % and 400 %, and the narrowest phone."""
    reader = enter("small", (width, height), f"#lang={language}", device_scale_factor=zoom)
    page = reader.page
    assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
    page.locator(".fg-drawer-button").click()
    beyond = """() => [...document.querySelectorAll('button, a[href], input, select, summary, h1, h2')]
      .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      .map((one) => [one.className || one.textContent, one.getBoundingClientRect()])
      .filter(([, box]) => box.width > 2 && (box.left < -1 || box.right > innerWidth + 1))
      .map(([name]) => name)"""
    assert page.evaluate(beyond) == []
    page.keyboard.press("Escape")
    assert page.evaluate(beyond) == []
    reader.pick("incident:3")
    box = page.locator(POPUP).first.bounding_box()
    assert box["x"] >= -1 and box["x"] + box["width"] <= width + 1
    assert page.locator(".fg-popup-scroll").bounding_box()["height"] >= 90


TARGETS = """() => [...document.querySelectorAll(
    'button, a[href], input:not([type=hidden]), select, summary, [role=slider], [role=tab]')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .map((one) => one.closest('label') || one)
  .map((one) => [one.className || one.textContent, one.getBoundingClientRect()])
  .filter(([, box]) => box.right > 0 && box.bottom > 0 && box.width > 1)
  .map(([name, box]) => [name, Math.min(box.width, box.height)])"""


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("touch", [False, True])
def test_targets_are_large_enough_for_a_finger(enter, size, touch):
    reader = enter("small", SIZES[size], has_touch=touch)
    page, found = reader.page, []
    found += page.evaluate(TARGETS)
    if size == "phone":
        page.locator(".fg-drawer-button").click()
    for tab in page.get_by_role("tab").all():
        tab.click()
        found += page.evaluate(TARGETS)
    if size == "phone":
        page.keyboard.press("Escape")
    reader.pick("incident:3")
    found += page.evaluate(TARGETS)
    assert len(found) > 60
    assert [target for target in found if target[1] < SMALLEST_TARGET_PX - 0.01] == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en", "fa"])
def test_the_keyboard_goes_through_the_page_in_the_order_it_is_read(enter, size, language):
    """Once through everything, never back, nothing invisible, always with a mark of where it is."""
    reader = enter("small", SIZES[size], f"#lang={language}")
    page = reader.page
    assert page.locator("[tabindex]").evaluate_all(
        "(all) => all.filter((one) => one.tabIndex > 0).length"
    ) == 0  # fmt: skip
    stops: list[dict[str, Any]] = []
    for _ in range(150):
        page.keyboard.press("Tab")
        stop = page.evaluate(
            """() => {
              const at = document.activeElement;
              if (!at || at === document.body) return null;
              const style = getComputedStyle(at);
              const box = at.getBoundingClientRect();
              const within = getComputedStyle(at.closest('label') || at);
              const after = getComputedStyle(at, '::after'); // the map's frame lies over its canvases
              return {
                name: (at.getAttribute('aria-label') || at.textContent || at.localName).trim(),
                place: [...document.querySelectorAll('*')].indexOf(at),
                region: at.closest('header, .fg-map, .fg-chart, .fg-time, .fg-panel')?.className ||
                  'skip',
                seen: box.width > 0 && box.height > 0,
                marked: style.outlineStyle !== 'none' || style.boxShadow !== 'none' ||
                  within.outlineStyle !== 'none' || parseFloat(after.borderTopWidth) >= 2,
              };
            }"""
        )
        if stop is None:
            break
        stops.append(stop)
    places = [stop["place"] for stop in stops]
    assert len(stops) > 15 and places == sorted(set(places))
    assert [stop["name"] for stop in stops if not (stop["seen"] and stop["marked"])] == []
    regions = list(dict.fromkeys(stop["region"].split()[0] for stop in stops))
    wanted = ["skip", "fg-header", "fg-map", "fg-chart", "fg-time", "fg-panel"]
    assert regions == (wanted if size == "desktop" else wanted[: len(regions)])
