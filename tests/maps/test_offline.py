"""
What a page asks of the network: nothing by itself; of one host, if its reader ticks a box.

Every request is caught by the test: what reaches it would have left the machine.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import folium
import pytest

from .conftest import World, make_world

pytestmark = pytest.mark.browser
READY = ".fg-root[data-ready='1']"
TILES = "https://tiles.example.org/{z}/{x}/{y}.png"
SITE = "https://site.example/maps/border.html"
LANGUAGES = ("Русский", "Тоҷикӣ", "دری", "English")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPhfDwAChAGA8zOxmAAAAABJRU5ErkJggg=="
)
# Ways to ask a server for something, for a script that got into the page.
ASK = r"""async (host) => {
  const refused = [];
  document.addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective));
  const tried = (make) => { try { make(); } catch (error) { refused.push(String(error)); } };
  const add = (tag, attributes, where = document.body) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    where.append(element);
  };
  fetch(`${host}/fetch`).catch(() => {});
  tried(() => { const ask = new XMLHttpRequest(); ask.open("GET", `${host}/xhr`); ask.send(); });
  tried(() => navigator.sendBeacon(`${host}/beacon`, "x"));
  tried(() => new WebSocket(`${host.replace("http", "ws")}/socket`));
  tried(() => new EventSource(`${host}/events`));
  tried(() => new Worker(`${host}/worker.js`));
  import(`${host}/module.js`).catch(() => {});
  new Image().src = `${host}/image.png`;
  new Audio(`${host}/sound.mp3`).load();
  add("script", { src: `${host}/script.js` });
  add("link", { rel: "stylesheet", href: `${host}/style.css` });
  add("link", { rel: "manifest", href: `${host}/manifest.json` }, document.head);
  add("link", { rel: "icon", href: `${host}/icon.png` }, document.head);
  add("link", { rel: "prefetch", href: `${host}/prefetch` }, document.head);
  add("iframe", { src: `${host}/frame` });
  add("object", { data: `${host}/object` });
  add("embed", { src: `${host}/embed` });
  add("video", { src: `${host}/video.mp4`, poster: `${host}/poster.png` });
  add("form", { action: `${host}/form`, id: "asking" });
  tried(() => document.getElementById("asking").submit());
  document.body.style.backgroundImage = `url(${host}/background.png)`;
  new FontFace("x", `url(${host}/font.woff)`).load().catch(() => {});
  await new Promise((done) => setTimeout(done, 500));
  return refused;
}"""


class Watched:
    """A page whose requests are all answered by the test, which notes them."""

    def __init__(self, browser: Any, html: str, path: Path, *, address: str | None = None,
                 answers: bool = True, size: tuple[int, int] = (1000, 760)) -> None:  # fmt: skip
        width, height = size
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce"
        )
        self.context.set_default_timeout(10_000)
        self.html, self.address, self.answers = html, address or path.resolve().as_uri(), answers
        self.asked: list[Any] = []
        self.errors: list[str] = []
        path.write_text(html, encoding="utf-8")
        self.context.route(re.compile(r"^(?!file:|data:|blob:|about:)"), self._answer)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(self.address)
        self.page.wait_for_selector(READY, timeout=30_000)

    def _answer(self, route: Any) -> None:
        request = route.request
        if request.url.split("#")[0] == self.address:
            route.fulfill(body=self.html, content_type="text/html; charset=utf-8")
            return
        self.asked.append(request)
        if self.answers and request.resource_type == "image":
            route.fulfill(body=PIXEL, content_type="image/png")
        elif request.resource_type == "document":
            route.fulfill(body="<title>a source</title>", content_type="text/html")
        else:
            route.abort()

    @property
    def urls(self) -> list[str]:
        """What was asked for."""
        return [request.url for request in self.asked]

    def use_everything(self) -> None:
        """Do what a reader does: open sheets and tabs, filter, switch layers and languages, save."""
        page = self.page
        for language in LANGUAGES:
            page.get_by_role("button", name=language, exact=True).click()
            for kind in ("incident:3", "segment:DEMO:010-020", "referent:1", "stretch:0"):
                page.evaluate("(kind) => { location.hash = '#pick=' + kind; }", kind)
                page.locator(".fg-popup-scroll").wait_for()
                page.keyboard.press("Escape")
        for tab in page.get_by_role("tab").all():
            tab.click()
        page.get_by_role("tab").first.click()
        for box in page.locator(".fg-panel input[type=checkbox]").all():
            if not box.is_visible() or "example" in (box.locator("..").text_content() or ""):
                continue
            box.click()
            box.click()
        for fold in page.locator(".fg-panel summary").all():
            if fold.is_visible():
                fold.click()
        page.locator("input[type=search]").first.fill("village")
        page.locator(".fg-chart button").last.click()
        page.mouse.move(400, 300)
        page.mouse.wheel(0, -400)
        for button in ("Picture", "Table"):
            with page.expect_download():
                page.get_by_role("button", name=button).click()
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        page.locator(".fg-print").wait_for(state="attached")
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")


@pytest.fixture(scope="module")
def world() -> World:
    """The small border."""
    return make_world()


@pytest.fixture(scope="module")
def pages(world: World) -> dict[str, str]:
    """The products, as text."""
    drawn = world.map()
    folium.Marker([37.9, 69.0], popup="a pin").add_to(drawn)
    folium.Marker([37.9, 69.5], icon=folium.Icon(color="red"), tooltip="another").add_to(drawn)
    folium.LayerControl().add_to(drawn)
    return {
        "page": world.page(basemap=True).html,
        "map": drawn.get_root().render(),
        "tiles": world.page(tiles=TILES).html,
    }


@pytest.fixture
def enter(browser: Any, pages: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Watched]]:
    """Open a product; all that it asks for is noted."""
    opened: list[Watched] = []

    def show(product: str, **options: Any) -> Watched:
        opened.append(Watched(browser, pages[product], tmp_path / f"{len(opened)}.html", **options))
        return opened[-1]

    yield show
    for reader in opened:
        reader.context.close()
        assert reader.errors == []


@pytest.mark.parametrize("product", ["page", "map", "tiles"])
def test_nothing_is_asked_for_whatever_the_reader_does(enter, product):
    reader = enter(product)
    reader.use_everything()
    assert reader.urls == []


@pytest.mark.parametrize("product", ["page", "map"])
def test_the_page_opens_without_any_network(browser, pages, tmp_path, product):
    path = tmp_path / "page.html"
    path.write_text(pages[product], encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_selector(READY)
    assert failed == [] and "incidents" in page.locator(".fg-count").text_content()
    context.close()


def tick_tiles(reader: Watched) -> Any:
    """Tick the box of the online background; its label names the host."""
    box = reader.page.get_by_label("tiles.example.org")
    assert not box.is_checked()
    box.check()
    return box


def test_tiles_come_from_their_host_alone_and_only_when_asked_for(enter):
    reader = enter("tiles")
    reader.use_everything()
    assert reader.urls == []
    box = tick_tiles(reader)
    reader.page.locator(".leaflet-tile-loaded").first.wait_for()
    assert reader.urls and all(url.startswith("https://tiles.example.org/") for url in reader.urls)
    assert {request.resource_type for request in reader.asked} == {"image"}
    assert "tiles.example.org" in reader.page.locator(".leaflet-control-attribution").text_content()
    box.uncheck()
    assert reader.page.locator(".leaflet-tile").count() == 0
    before = len(reader.asked)
    reader.page.mouse.move(400, 300)
    reader.page.mouse.wheel(0, -600)
    reader.page.locator(".fg-map").click(position={"x": 300, "y": 200})
    assert len(reader.asked) == before


def test_a_link_does_not_switch_tiles_on(enter, pages, browser, tmp_path):
    """A link to the page may show layers, but no link asks a server for its reader."""
    path = tmp_path / "linked.html"
    reader = Watched(browser, pages["tiles"], path, address=path.as_uri() + "#show=tiles")
    assert reader.urls == []
    assert not reader.page.get_by_label("tiles.example.org").is_checked()
    reader.context.close()


def test_the_host_of_the_tiles_hears_the_site_and_no_more(enter):
    """Neither the path of the page, nor what stands behind the #, nor cookies."""
    reader = enter("tiles", address=SITE)
    reader.page.evaluate("document.cookie = 'secret=1'; location.hash = '#q=secret'")
    tick_tiles(reader)
    reader.page.locator(".leaflet-tile-loaded").first.wait_for()
    heard = [request.all_headers() for request in reader.asked]
    assert heard and all(each.get("referer") in (None, "https://site.example/") for each in heard)
    assert not any("secret" in " ".join(each.values()) for each in heard)
    assert not any("cookie" in each for each in heard)


def test_no_tiles_leave_a_notice_that_names_the_host(enter):
    reader = enter("tiles", answers=False)
    tick_tiles(reader)
    notice = reader.page.locator(".fg-notice")
    notice.wait_for()
    assert "tiles.example.org" in notice.text_content()


@pytest.mark.parametrize("product", ["page", "map", "tiles"])
@pytest.mark.parametrize("host", ["https://elsewhere.example", "https://tiles.example.org"])
def test_a_script_that_got_in_can_ask_nobody(enter, product, host):
    """The tiles' host can be asked for pictures, where the page has it; for nothing else."""
    reader = enter(product)
    refused = reader.page.evaluate(ASK, host)
    assert len(refused) >= 12
    allowed = product == "tiles" and host == "https://tiles.example.org"
    pictures = {f"{host}/{name}.png" for name in ("image", "icon", "poster", "background")}
    pictures.add(f"{host}/prefetch")  # which browsers allow for whatever host is named at all
    assert set(reader.urls) <= (pictures if allowed else set())
    assert reader.page.url.startswith("file:")


def test_without_its_policy_such_a_script_would_ask(browser, pages, tmp_path):
    """So that the test above would notice."""
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", pages["page"])
    reader = Watched(browser, page, tmp_path / "page.html")
    reader.page.evaluate(
        ASK.replace('document.getElementById("asking").submit()', "null"), TILES[:25]
    )
    assert len(set(reader.urls)) >= 10
    reader.context.close()


def test_a_source_is_told_nothing_of_the_page_it_was_opened_from(enter):
    reader = enter("page", address=SITE)
    reader.page.evaluate("location.hash = '#pick=incident:3'")
    link = reader.page.locator(".fg-popup-scroll a[href^=http]").first
    link.wait_for()
    assert reader.urls == []
    with reader.context.expect_page() as waiting:
        link.click()
    opened = waiting.value
    opened.wait_for_load_state()
    assert opened.title() == "a source"
    assert opened.evaluate("window.opener") is None
    assert opened.evaluate("document.referrer") == ""
    assert [request.all_headers().get("referer") for request in reader.asked] == [None]
