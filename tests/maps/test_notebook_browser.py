"""What a notebook's cell shows, in a real page around it: a frame that reaches nothing outside."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
from matplotlib.image import imread

from frontier_geo.maps import hotspot_map
from frontier_geo.maps.words import catalogue

from .browser_helpers import changed, plain, settle, small_page, small_world
from .made_up import made_up

pytestmark = pytest.mark.browser

WORDS = catalogue("en")
PARENT = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Notebook</title></head>
<body><h1>Notebook</h1><p id="secret">token of the notebook</p><div id="cell">{cell}</div></body></html>
"""
# What a hostile text would try, were it run inside the frame.
REACH = """() => {
  const tries = {
    document: () => window.parent.document.getElementById('secret').innerText,
    location: () => window.parent.location.href,
    top: () => window.top.document.title,
    cookie: () => document.cookie,
    storage: () => window.localStorage.length,
  };
  const got = {};
  for (const [name, attempt] of Object.entries(tries)) {
    try { got[name] = String(attempt()); } catch (error) { got[name] = `refused: ${error.name}`; }
  }
  return got;
}"""


class Cell:
    """A notebook's page with one output in it."""

    def __init__(self, browser, folder, cell, **options):
        path = folder / "notebook.html"
        path.write_text(PARENT.replace("{cell}", cell), encoding="utf-8")
        self.context = browser.new_context(
            viewport={"width": 1200, "height": 900}, offline=True, accept_downloads=True, **options
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.requests, self.messages = [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on(
            "console",
            lambda message: (
                self.messages.append(message.text) if message.type in ("error", "warning") else None
            ),
        )
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.goto(path.resolve().as_uri())
        self.address = path.resolve().as_uri()

    def frame(self):
        """The frame, once the map in it is drawn."""
        frame = self.page.query_selector("iframe").content_frame()
        frame.wait_for_selector(".fg-root[data-ready='1']", timeout=30_000)
        return frame

    def picture(self):
        """What the reader sees of the cell."""
        settle(self.page)
        shot = self.page.locator("#cell").screenshot(animations="disabled", caret="hide")
        return np.asarray(imread(io.BytesIO(shot))[..., :3], dtype=float)

    @property
    def complaints(self):
        own = (self.address, "about:srcdoc", "data:", "blob:")
        return [url for url in self.requests if not url.startswith(own)] + self.messages


@pytest.fixture
def cell(browser, tmp_path):
    cells = []

    def show(content, **options):
        cells.append(Cell(browser, tmp_path, content, **options))
        return cells[-1]

    yield show
    for each in cells:
        each.context.close()


def small_map(**options):
    world = small_world()
    return hotspot_map(
        world.events, boundary=world.boundary, segments=world.segments, basemap=False, **options
    )


@pytest.fixture(scope="module")
def outputs():
    """What a cell shows of a page and of a folium map."""
    return {"page": small_page()._repr_html_(), "map": small_map(height=600)._repr_html_()}


@pytest.mark.parametrize(("kind", "height"), [("page", 640), ("map", 600)])
def test_it_is_drawn_in_a_closed_frame(cell, outputs, kind, height):
    shown = cell(outputs[kind])
    frame = shown.frame()
    element = shown.page.locator("iframe")
    assert element.get_attribute("sandbox") == "allow-scripts allow-popups"
    box = element.bounding_box()
    assert box["height"] == height and box["width"] > 1100
    total = len(small_world().events)
    assert plain(frame.locator(".fg-count").inner_text()) == f"{total} of {total} incidents"
    # The whole of it, chart and time range too, stands in the frame without a bar to scroll.
    root = frame.locator(".fg-root").evaluate("(root) => root.getBoundingClientRect().height")
    assert root <= height
    for part in (".fg-map", ".fg-chart", ".fg-time"):
        inside = frame.locator(part).bounding_box()
        assert inside["height"] > 60 and inside["y"] + inside["height"] <= box["y"] + height + 1
    assert shown.complaints == []


@pytest.mark.parametrize("kind", ["page", "map"])
def test_a_script_inside_reaches_nothing_outside(cell, outputs, kind):
    shown = cell(outputs[kind])
    got = shown.frame().evaluate(REACH)
    assert all(value.startswith("refused") for value in got.values()), got
    assert shown.page.locator("#secret").inner_text() == "token of the notebook"
    # Nor can it lead the notebook's window elsewhere.
    frame = shown.frame()
    frame.evaluate("() => { try { window.top.location = 'about:blank'; } catch (error) {} }")
    settle(shown.page)
    assert shown.page.url == shown.address


def test_it_works_inside_the_frame(cell, outputs):
    shown = cell(outputs["page"])
    frame = shown.frame()
    before = shown.picture()
    frame.locator(".fg-type", has_text=WORDS["type.drug_seizure"]).click()
    events = small_world().events
    left = (events["event_type"] != "drug_seizure").sum()
    assert plain(frame.locator(".fg-count").inner_text()) == f"{left} of {len(events)} incidents"
    assert changed(before, shown.picture()).any()
    frame.get_by_role("tab", name="Incidents").click()
    frame.locator(".fg-table tbody tr", has_text="Bridge C").get_by_role("button").click()
    frame.locator(".fg-popup-scroll", has_text="Тирандозӣ дар назди пул").wait_for()
    assert shown.complaints == []


def test_a_source_opens_in_a_window_of_its_own(cell, outputs):
    shown = cell(outputs["page"])
    frame = shown.frame()
    shown.context.route("https://**", lambda route: route.abort())
    frame.get_by_role("tab", name="Incidents").click()
    frame.locator(".fg-table tbody tr", has_text="Bridge C").get_by_role("button").click()
    with shown.context.expect_page() as opened_page:
        frame.locator(".fg-popup-scroll a[href^=http]").first.click()
    assert opened_page.value is not shown.page
    assert shown.page.url == shown.address


def test_what_cannot_be_saved_in_a_frame_is_shown(cell, outputs):
    shown = cell(outputs["page"])
    frame = shown.frame()
    frame.get_by_role("button", name=WORDS["save.table"]).click()
    field = frame.get_by_role("textbox", name=WORDS["save.table_text"])
    assert all(name in field.input_value() for name in small_world().events["event_id"])
    assert WORDS["save.frame_table"] in plain(frame.locator(".fg-save-status").inner_text())
    frame.get_by_role("button", name=WORDS["save.picture"]).click()
    frame.get_by_role("img", name=WORDS["save.picture_name"]).wait_for()
    frame.get_by_role("button", name=WORDS["save.link"]).click()
    frame.get_by_text(WORDS["save.link_none"]).wait_for()


def test_two_maps_in_one_notebook(cell, outputs):
    shown = cell(outputs["page"] + outputs["map"])
    frames = [each.content_frame() for each in shown.page.query_selector_all("iframe")]
    for frame in frames:
        frame.wait_for_selector(".fg-root[data-ready='1']", timeout=30_000)
    frames[0].locator(".fg-type").first.click()
    total = len(small_world().events)
    assert f"{total} of {total}" in plain(frames[1].locator(".fg-count").inner_text())
    assert f"{total} of {total}" not in plain(frames[0].locator(".fg-count").inner_text())
    assert shown.complaints == []


# ---- too large -----------------------------------------------------------------------------------


def wordy():
    """A page of 5 MB and more: texts that cannot be compressed."""
    world, rng = made_up(900), np.random.default_rng(3)
    letters = rng.choice(list("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKL"), (4, 900, 2000))
    texts = [["".join(row) for row in part] for part in letters]
    fields = ("summary", "notes", "actors", "location_basis")
    world.events = world.events.assign(**dict(zip(fields, texts, strict=True)))
    return world.page(title="Wordy")


def test_a_large_one_is_a_sentence_and_a_picture_without_scripts(cell):
    drawn = wordy()
    assert drawn.size_bytes > 5_000_000
    content = drawn._repr_html_()
    assert len(content) < 1_000_000
    assert not re.search(r"<script|<iframe|\son\w+=|javascript:", content)
    shown = cell(content)
    told = shown.page.locator("#cell p").first.inner_text()
    assert '.save("page.html")' in told and re.search(r"\d MB", told)
    image = shown.page.get_by_role("img", name="Wordy")
    width, height = image.evaluate("(image) => [image.naturalWidth, image.naturalHeight]")
    assert width > 600 and height > 300
    assert image.bounding_box()["width"] <= 1200
    colours = (shown.picture()[::2, ::2] * 255).astype(int) @ [1 << 16, 1 << 8, 1]
    assert len(np.unique(colours)) > 100
    assert shown.complaints == []


def test_the_link_of_a_large_one_opens_the_map(cell, tmp_path, monkeypatch):
    """Saved beside the notebook, it opens in a window of its own; the notebook stays where it is."""
    monkeypatch.chdir(tmp_path)
    drawn = wordy()
    drawn.save("карта.html")
    content = drawn._repr_html_()
    assert len(content) < 1_000_000 and not re.search(r"<script|<iframe", content)
    shown = cell(content)
    with shown.context.expect_page() as opened:
        shown.page.get_by_role("link", name="карта.html").click()
    opened.value.wait_for_selector(".fg-root[data-ready='1']", timeout=30_000)
    assert plain(opened.value.locator(".fg-count").inner_text()) == "900 of 900 incidents"
    assert opened.value.evaluate("() => window.opener") is None
    assert shown.page.url == shown.address and shown.complaints == []


# ---- a notebook that runs ------------------------------------------------------------------------


def test_a_cell_of_a_running_notebook_shows_it(cell, tmp_path):
    nbclient = pytest.importorskip("nbclient", reason="nbclient runs notebooks: see extra test")
    nbformat = pytest.importorskip("nbformat", reason="nbformat writes notebooks: see extra test")
    pytest.importorskip("ipykernel", reason="ipykernel runs notebooks: see extra test")
    code = (
        "from frontier_geo.maps import hotspot_page\n"
        "hotspot_page(period=('2020-01-01', '2025-12-31'), language='tg')"
    )
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(book, timeout=120, kernel_name="python3").execute()
    [result] = [each for each in book.cells[0].outputs if each.output_type == "execute_result"]
    assert result.data["text/plain"].startswith("<HotspotPage ")
    content = result.data["text/html"]
    shown = cell(content)
    frame = shown.frame()
    words = catalogue("tg")
    assert frame.locator("html").get_attribute("lang") == "tg"
    assert frame.get_by_role("button", name=words["time.play"]).is_visible()
    numbers = re.findall(r"\d+", plain(frame.locator(".fg-count").inner_text()))
    assert len(set(numbers)) == 1 and int(numbers[0]) > 50
    assert "<script" not in content  # all of it is the text of an attribute
    assert shown.complaints == []
