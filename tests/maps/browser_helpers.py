"""A reader at a page: opens it with the network off, reads what it shows, points at things on it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from matplotlib.image import imread
from numpy.typing import NDArray

from frontier_geo import Boundary
from frontier_geo.maps import HotspotPage, hotspot_page

from .conftest import World, make_world

DESKTOP = (1440, 900)
PHONE = (390, 844)
READY = ".fg-root[data-ready='1']"
POPUP = ":is(.fg-popup, .fg-dock)"
#: Signs that keep a text together where two directions of writing meet; nobody sees them.
ISOLATES = re.compile("[\u2066-\u2069\u200e\u200f]")

LONG = "Sehr langer Name ohne Ende " * 12 + "Donaudampfschifffahrtsgesellschaftskapitänswitwe" * 6
RTL = "ولسوالی شهر بزرگ (درقد) ۱۲۳ در کنار دریای پنج"


@cache
def odd_page(kind: str) -> HotspotPage:
    """A page of the small border with "no" incidents, "one", 500 "types", or "names" hard to fit."""
    world = small_world()
    events = world.events.copy()
    tables: dict[str, Any] = {"areas": world.areas, "referents": world.referents}
    title = None
    if kind == "no":
        events = events.iloc[:0]
    elif kind == "one":
        events = events[events["event_id"] == "e03"].reset_index(drop=True)
    elif kind == "types":
        events = gpd.GeoDataFrame(pd.concat([events.iloc[:4]] * 125, ignore_index=True))
        events["event_id"] = [f"x{i}" for i in range(len(events))]
        events["event_type"] = [f"kind_{i:03d} of trouble" for i in range(len(events))]
    elif kind == "names":
        title = f"{RTL} {LONG}"
        events["place"] = [RTL if i % 2 else LONG for i in range(len(events))]
        events["admin2"], events["summary"], events["actors"] = RTL, f"{LONG} {RTL}", LONG
        events["event_type"] = [RTL if i % 2 else LONG for i in range(len(events))]
        for name in tables:
            rows = tables[name]
            tables[name] = rows.assign(name=[RTL if i % 2 else LONG for i in range(len(rows))])
    return hotspot_page(
        gpd.GeoDataFrame(events, crs=world.events.crs),
        boundary=world.boundary,
        segments=world.segments,
        frontages=world.frontages,
        period=PERIOD,
        title=title,
        basemap=False,
        **tables,
    )


# Notes what the policy of the page refused; runs before anything of the page.
WATCH = """
window.refused = [];
document.addEventListener('securitypolicyviolation', (event) => {
  window.refused.push(event.violatedDirective + ' ' + event.blockedURI);
});
"""


MOVING = ".leaflet-pan-anim, .leaflet-zoom-anim"
# Two frames after the last one in which the map was on its way.
DRAWN = f"""new Promise((done) => {{
  let calm = 0;
  const look = () => {{
    calm = document.querySelector('{MOVING}') ? 0 : calm + 1;
    if (calm < 2) requestAnimationFrame(look);
    else done();
  }};
  requestAnimationFrame(look);
}})"""
# Nothing on the map has moved for 12 frames and 200 ms: a popup that opens pushes it about, more than
# once while its texts come in, with pauses of up to 60 ms.
REST = f"""new Promise((done) => {{
  let [before, calm, since] = [null, 0, 0];
  const look = (now) => {{
    const parts = document.querySelectorAll('.leaflet-map-pane, .fg-canvas, .leaflet-popup');
    const where = Array.from(parts, (part) => part.style.transform).join();
    const moving = document.querySelector('{MOVING}') || where !== before;
    before = where;
    calm = moving ? 0 : calm + 1;
    if (moving) since = now;
    if (calm < 12 || now - since < 200) requestAnimationFrame(look);
    else done();
  }};
  requestAnimationFrame(look);
}})"""

PERIOD = ("1996-01-01", "2025-12-31")
SCRIPTS = {
    "e02": "Пограничники изъяли героин у села Шӯробод",
    "e03": "تیراندازی نزدیک روستای کوچک",
    "e04": "Тирандозӣ дар назди пул, ҷанг",
}


@cache
def shipped_page() -> HotspotPage:
    """The page of the shipped incidents."""
    return hotspot_page()


@cache
def small_world() -> World:
    """The small border of these tests, with texts in three scripts and an incident without a date."""
    world = make_world()
    events = world.events
    for name, text in SCRIPTS.items():
        events.loc[events["event_id"] == name, "summary"] = text
    undated = events[events["event_id"] == "e01"].assign(
        event_id="e13",
        date_start=pd.NaT,
        date_end=pd.NaT,
        date_precision=None,
        geometry=[world.boundary.point_at(60)],
        place="Undated place",
        summary="summary of e13",
        actors="actors of e13",
        location_basis="basis of e13",
        source_urls=[["https://www.example.org/e13"]],
    )
    world.events = gpd.GeoDataFrame(pd.concat([events, undated], ignore_index=True), crs=events.crs)
    return world


@cache
def small_page() -> HotspotPage:
    """The page of the small border, with rates that follow the filters."""
    world = small_world()
    return hotspot_page(
        world.events,
        boundary=world.boundary,
        segments=world.segments,
        areas=world.areas,
        frontages=world.frontages,
        referents=world.referents,
        period=PERIOD,
        basemap=False,
    )


class Reader:
    """An open page, and all it did that it should not have done."""

    def __init__(self, context: Any, path: Path, fragment: str = "") -> None:
        self.context = context
        self.page = context.new_page()
        self.page.set_default_timeout(15_000)
        self.requests: list[str] = []
        self.messages: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.messages.append(f"uncaught: {error}"))
        self.page.route(re.compile("^(https?|wss?|ftp):"), lambda route: route.abort())
        self.page.add_init_script(WATCH)
        self.address = path.resolve().as_uri()
        self.open(fragment)

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.messages.append(f"{message.type}: {message.text}")

    def open(self, fragment: str = "") -> None:
        """Go to the page, anew, with what stands behind the # of its address."""
        self.page.goto("about:blank")
        self.page.goto(self.address + fragment)
        self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until everything is drawn."""
        self.page.wait_for_selector(READY, timeout=30_000)

    @property
    def complaints(self) -> list[str]:
        """Requests for anything but the file itself, errors, and what the policy refused."""
        own = (self.address, "about:blank", "data:", "blob:")
        strangers = [url for url in self.requests if not url.startswith(own)]
        return strangers + self.messages + self.page.evaluate("window.refused")

    def forgive(self) -> None:
        """Forget what was wrong so far: it was meant to be."""
        self.requests.clear()
        self.messages.clear()
        self.page.evaluate("window.refused = []")

    # What it shows

    def text(self, selector: str) -> str:
        """The text a reader sees there, without signs that nobody sees."""
        return plain(self.page.locator(selector).first.inner_text())

    @property
    def count(self) -> str:
        """How many incidents it says it shows."""
        return self.text(".fg-count")

    @property
    def popup(self) -> str:
        """The text of the popup, once it is all there and the map has moved to make room for it."""
        self.page.locator(POPUP).first.wait_for()
        self.page.wait_for_function(
            "() => !document.querySelector('.fg-popup-scroll .fg-quiet')?.textContent.includes('…')"
        )
        self.page.evaluate(f"() => {REST}")
        return self.text(".fg-popup-scroll")

    @property
    def said_by_chart(self) -> str:
        """What the diagram says of the segment that it is at."""
        return plain(self.chart.get_attribute("aria-valuetext"))

    @property
    def chart(self) -> Any:
        """The diagram as the keyboard and the pointer meet it."""
        return self.page.locator(".fg-chart [role=slider]")

    def handle(self, which: str) -> Any:
        """The "first" or "last" handle of the time range."""
        return self.page.locator(".fg-time [role=slider]").nth(0 if which == "first" else 1)

    def rows(self) -> list[list[str]]:
        """The cells of the table's rows."""
        return self.page.evaluate(
            """() => [...document.querySelectorAll('.fg-table tbody tr')].map((row) =>
                 [...row.children].map((cell) => cell.innerText.trim()))"""
        )

    def focus(self) -> str:
        """Where the keyboard is: the name of the element, or its text."""
        return plain(
            self.page.evaluate(
                """() => {
                  const at = document.activeElement;
                  return at.getAttribute('aria-label') || at.innerText || at.tagName;
                }"""
            )
        )

    # Where things are

    def on_map(self, lon: float, lat: float) -> tuple[float, float]:
        """Where a place of the map is in the window."""
        x, y = self.page.evaluate(
            """([lat, lon]) => {
              const map = document.querySelector('.fg-root').frontierGeo.map.leaflet;
              const at = map.latLngToContainerPoint([lat, lon]);
              const box = map.getContainer().getBoundingClientRect();
              return [at.x + box.x, at.y + box.y];
            }""",
            [lat, lon],
        )
        return float(x), float(y)

    def middle_of(self, boundary: Boundary, first: float, last: float) -> tuple[float, float]:
        """Where the middle of a piece of the border is in the window."""
        point = boundary.point_at((first + last) / 2)
        return self.on_map(point.x, point.y)

    def on_chart(self, km: float) -> tuple[float, float]:
        """Where a kilometre of the diagram is in the window: found by pointing at two places."""
        box = self.chart.bounding_box()
        y = box["y"] + box["height"] * 0.4
        found = []
        for share in (0.3, 0.7):
            x = box["x"] + box["width"] * share
            self.page.mouse.move(x, y)
            low, high = kilometres(self.said_by_chart)
            found.append((x, (low + high) / 2))
        (x0, km0), (x1, km1) = found
        return x0 + (km - km0) * (x1 - x0) / (km1 - km0), y

    # Pictures

    def picture(
        self, selector: str | None = None, clip: tuple[int, int, int, int] | None = None
    ) -> NDArray[np.float64]:
        """What the reader sees of an element, a part of the window, or all of it, as RGB in 0..1."""
        settle(self.page)
        options: dict[str, Any] = {"animations": "disabled", "caret": "hide"}
        if selector:
            shot = self.page.locator(selector).first.screenshot(**options)
        else:
            if clip:
                names = ("x", "y", "width", "height")
                options["clip"] = dict(zip(names, clip, strict=True))
            shot = self.page.screenshot(**options)
        return np.asarray(imread(io.BytesIO(shot))[..., :3], dtype=float)


def settle(page: Any) -> None:
    """Wait until what was asked to be drawn is drawn, two frames, and no map slides or zooms."""
    page.evaluate(f"() => {DRAWN}")


def changed(before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which pixels of two pictures differ so that an eye sees it."""
    return np.abs(before - after).max(axis=2) > 0.06


def box_of(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the pixels that are set."""
    rows, columns = np.nonzero(mask)
    assert rows.size, "no pixel differs"
    return int(columns.min()), int(rows.min()), int(columns.max()), int(rows.max())


def plain(text: str | None) -> str:
    """A text without the signs that keep directions apart, its spaces plain."""
    return re.sub(r"[\u00a0\u202f]", " ", ISOLATES.sub("", text or "")).strip()


def numbers(text: str) -> list[float]:
    """The numbers in an English text."""
    return [float(part.replace(",", "")) for part in re.findall(r"\d[\d,]*(?:\.\d+)?", text)]


def kilometres(text: str) -> tuple[float, float]:
    """The kilometres that a text on a segment names first."""
    low, high = numbers(re.search(r"km [\d,.]+ to [\d,.]+", text)[0])
    return low, high


@contextmanager
def opened(
    browser: Any,
    html: str,
    folder: Path,
    *,
    size: tuple[int, int] = DESKTOP,
    fragment: str = "",
    touch: bool = False,
    **options: Any,
) -> Iterator[Reader]:
    """Open a page of this text; whatever it did wrong fails the test at the end."""
    path = folder / "page.html"
    path.write_text(html, encoding="utf-8")
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        offline=True,
        has_touch=touch,
        **{"reduced_motion": "reduce", **options},
    )
    try:
        reader = Reader(context, path, fragment)
        yield reader
        assert reader.complaints == []
    finally:
        context.close()
