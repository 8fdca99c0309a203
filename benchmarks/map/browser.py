"""What a page costs in a real browser: headless Chromium with a profile of its own for each opening."""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Error, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
]  # fmt: skip
WIDTH, HEIGHT = 1440, 900
PATIENCE_S = 180
SETTLED_S = 2.0

#: Notes the time at which the page says that it is ready; ours by an attribute, any other one two
#: frames after its load event, when what its scripts added has been drawn.
WATCH_OURS = """
new MutationObserver((changes, observer) => {
  if (!document.querySelector('.fg-root[data-ready="1"]')) return;
  window.readyAt = performance.now();
  observer.disconnect();
}).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-ready"]});
"""
WATCH_ANY = """
addEventListener("load", () => requestAnimationFrame(() => requestAnimationFrame(() => {
  window.readyAt = performance.now();
})));
"""
#: Times a change: how long the page's scripts work at it, and how long it is until the frame that shows
#: it has been painted. The page asks for its frame when the change is made, so that ours, asked for
#: before and after, come before and after it; a message sent in the last one arrives after painting.
TIMER = """
window.timed = (change) => new Promise((done) => {
  const start = performance.now();
  let begun = 0;
  requestAnimationFrame(() => { begun = performance.now(); });
  change();
  const changed = performance.now();
  requestAnimationFrame(() => {
    const drawn = performance.now(), channel = new MessageChannel();
    channel.port1.onmessage = () => {
      done([changed - start + drawn - begun, performance.now() - start]);
    };
    channel.port2.postMessage(0);
  });
});
window.rest = () => new Promise((done) => { setTimeout(done, 40 + 40 * Math.random()); });
"""
FILTER = """
async (rounds) => {
  const app = document.querySelector(".fg-root").frontierGeo, store = app.store;
  const {first_day: first, last_day: last} = app.data.rates;
  const off = store.get().off, all = {...off, types: new Set()}, times = [];
  const step = Math.floor((last - first) / (rounds + 4));
  for (let i = 0; i < rounds; i += 1) {
    const change = i % 2
      ? {off: {...all, types: new Set([i % app.data.types.length])}}
      : {range: [first + step * (i / 2 + 1), last - step]};
    times.push(await window.timed(() => store.set(change)));
    await window.rest();
  }
  store.set({off: all, range: null});
  await window.rest();
  return times;
}
"""
ZOOM_OURS = """
async (rounds) => {
  const map = document.querySelector(".fg-root").frontierGeo.map.leaflet, times = [];
  const start = map.getZoom();
  for (let i = 0; i < rounds; i += 1) {
    times.push(await window.timed(() => map.setZoom(start + (i % 2 ? 0 : 1), {animate: false})));
    await window.rest();
  }
  return times;
}
"""
ZOOM_FOLIUM = """
async (rounds) => {
  const name = Object.keys(window).find((key) => key.startsWith("map_") && window[key].getZoom);
  const map = window[name], times = [], start = map.getZoom();
  for (let i = 0; i < rounds; i += 1) {
    times.push(await window.timed(() => map.setZoom(start + (i % 2 ? 0 : 1), {animate: false})));
    await window.rest();
  }
  return times;
}
"""


@dataclass
class Opened:
    """What one opening of a page showed; None where it did not get that far."""

    ready_s: float | None = None
    requests: list[str] = field(default_factory=list)
    memory_mb: float | None = None
    filter_script_ms: float | None = None
    filter_shown_ms: float | None = None
    zoom_shown_ms: float | None = None
    trouble: str = ""


def find_browser() -> str:
    """Return the browser's program, or end with what is missing."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit(
            f"The benchmark needs a browser, but none of {', '.join(BROWSERS)} is on the path. Install "
            "Debian's package chromium."
        )
    return found


def open_ours(path: Path, *, changes: int = 12, zooms: int = 6) -> Opened:
    """Open a page of the library and measure it."""
    with _page(WATCH_OURS) as (page, opened, started):
        if not _go(page, path, opened):
            return opened
        time.sleep(SETTLED_S)
        opened.memory_mb = _renderer_mb(started)
        page.evaluate(FILTER, 4)  # once unmeasured: compiled code
        script, shown = zip(*page.evaluate(FILTER, changes), strict=True)
        opened.filter_script_ms = statistics.median(script)
        opened.filter_shown_ms = statistics.median(shown)
        opened.zoom_shown_ms = statistics.median(t for _, t in page.evaluate(ZOOM_OURS, zooms))
        return opened


def open_folium(path: Path, *, zooms: int = 4) -> Opened:
    """Open a page of folium, its files served from the disk at once, and measure it."""
    with _page(WATCH_ANY) as (page, opened, started):
        page.route("**/*", _serve)
        if not _go(page, path, opened):
            return opened
        time.sleep(SETTLED_S)
        opened.memory_mb = _renderer_mb(started)
        opened.zoom_shown_ms = statistics.median(t for _, t in page.evaluate(ZOOM_FOLIUM, zooms))
        return opened


def browser_version() -> str:
    """Return the version of the browser."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_browser(), args=FLAGS)
        version = str(browser.version)
        browser.close()
    return version


@contextmanager
def _page(watch: str) -> Iterator[tuple[Any, Opened, list[psutil.Process]]]:
    """Start a browser with an empty profile; hand out its page, what is noted, its processes."""
    opened = Opened()
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as driver:
        context = driver.chromium.launch_persistent_context(
            profile, executable_path=find_browser(), args=FLAGS,
            viewport={"width": WIDTH, "height": HEIGHT},
        )  # fmt: skip
        started = [c for c in psutil.Process().children(recursive=True) if c.pid not in before]
        page = context.new_page()
        page.set_default_timeout(PATIENCE_S * 1000)
        page.add_init_script(watch + TIMER)
        page.on("request", lambda request: opened.requests.append(request.url))
        try:
            yield page, opened, started
        finally:
            context.close()


def _go(page: Any, path: Path, opened: Opened) -> bool:
    """Open a file and wait until it is ready; say whether it was."""
    own, until = path.resolve().as_uri(), time.monotonic() + PATIENCE_S
    try:
        page.goto(own, wait_until="commit")
        while (ready := page.evaluate("window.readyAt || null")) is None:
            if time.monotonic() > until:
                opened.trouble = f"not ready in {PATIENCE_S} s"
                return False
            time.sleep(0.1)
    except Error as error:
        opened.trouble = str(error).split("\n")[0]
        return False
    opened.ready_s = ready / 1000
    inside = (own, "data:", "blob:", "about:")
    opened.requests = [url for url in opened.requests if not url.startswith(inside)]
    return True


def _serve(route: Any) -> None:
    """Answer from the disk: Leaflet from the library's copy, all else with an empty file."""
    url = route.request.url
    if url.startswith("file:"):
        route.continue_()
        return
    name = url.rsplit("/", 1)[-1]
    if name in ("leaflet.js", "leaflet.css"):
        route.fulfill(body=(files("frontier_geo.maps") / "assets" / "leaflet" / name).read_bytes())
    else:
        route.fulfill(body=b"")


def _renderer_mb(started: list[psutil.Process]) -> float:
    """Return the resident memory of the process that draws the page."""
    largest = 0
    for process in started:
        for each in [process, *_children(process)]:
            try:
                if "--type=renderer" in each.cmdline():
                    largest = max(largest, each.memory_info().rss)
            except psutil.Error:
                continue
    return largest / 1e6


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.Error:
        return []
