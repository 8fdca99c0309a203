"""
Text of unknown origin in a real browser: shown as it is, never run, wherever it stands.

Every text field of every table takes every payload, on the page and on the folium map; a page that
was made unsafe on purpose shows that what would run is noticed.
"""

from __future__ import annotations

import csv
import io
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import folium
import pytest
import xyzservices
from xyzservices import TileProvider

from frontier_geo import Boundary
from frontier_geo.maps import clean_text, markup_text

from .conftest import World, make_world
from .hostile_helpers import (
    SEGMENT_FIELDS,
    SHOWN,
    SIGNS,
    WORDS,
    Attack,
    Trapped,
    attack,
    file_name,
    kept,
    laced,
    lacking,
)

pytestmark = pytest.mark.browser
PRODUCTS = ["page", "map"]
SMALL = (1000, 760)  # fewer pixels to draw


@dataclass
class Drawn:
    """Hostile tables, drawn as a page and as a folium map."""

    attack: Attack
    trap: Path
    files: dict[str, Path]

    @property
    def short(self) -> list[str]:
        """The payloads that are not a megabyte."""
        return [payload for payload in self.attack.payloads if len(payload) < 2_000]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: Any) -> Drawn:
    """Both products, saved."""
    folder = tmp_path_factory.mktemp("hostile")
    attacked = attack(folder / "trap")
    files = {"page": folder / "page.html", "map": folder / "map.html"}
    attacked.page().save(files["page"])
    with_layers(attacked.map()).save(files["map"])
    return Drawn(attacked, folder / "trap", files)


def with_layers(drawn: Any) -> Any:
    """Add layers of folium's own to a map."""
    group = folium.FeatureGroup(name="a group").add_to(drawn)
    folium.Marker([38.0, 69.0], popup="a pin", tooltip="its name").add_to(group)
    point = {"type": "Point", "coordinates": [69.5, 37.9]}
    folium.GeoJson({"type": "Feature", "geometry": point, "properties": {}}, name="two").add_to(
        drawn
    )
    folium.LayerControl().add_to(drawn)
    return drawn


@pytest.fixture
def enter(browser: Any, drawn: Drawn) -> Iterator[Callable[..., Trapped]]:
    """Open a product in a browser that notices; whatever ran fails the test at its end."""
    opened: list[Trapped] = []

    def show(product: str, fragment: str = "", **options: Any) -> Trapped:
        address = drawn.files[product].as_uri() + fragment
        opened.append(Trapped(browser, address, **{"size": SMALL, **options}))
        return opened[-1]

    yield show
    harm = [reader.harm() for reader in opened]
    for reader in opened:
        reader.close()
    assert harm == [{}] * len(opened)
    assert not drawn.trap.exists()


# Picks one thing after the other by the page's address, and gives the text of each popup.
SHEETS = """async (fragments) => {
  const pause = () => new Promise((done) => setTimeout(done, 2));
  const until = async (met) => {
    for (let k = 0; k < 2000 && !met(); k += 1) await pause();
  };
  const told = [];
  let last = null;
  for (const fragment of fragments) {
    location.hash = fragment;
    const box = () => document.querySelector(".fg-popup-scroll");
    await until(() => box() && box() !== last);
    last = box();
    last.querySelectorAll("details").forEach((fold) => { fold.open = true; });
    await until(() => !last.querySelector(".fg-sheet > p.fg-quiet") &&
      [...last.querySelectorAll("details")].every((fold) => fold.querySelector(".fg-facts")));
    told.push(last.textContent);
  }
  return told;
}"""


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_text_of_an_incident_stays_text(enter, drawn, product):
    """In the rows of the table, in the sheets that they open, as the name of the sheet's dialog."""
    reader = enter(product)
    page, events = reader.page, drawn.attack.tables["events"]
    page.get_by_role("tab").nth(1).click()
    rows = page.locator(".fg-table tbody tr")
    rows.first.wait_for()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.fg-row-summary')].every((one) => one.textContent)"
    )
    assert rows.count() >= len(drawn.attack.payloads)
    table = reader.text(".fg-table")
    dated = events[: len(drawn.attack.payloads)]
    for column in ("place", "summary", "event_type"):
        assert lacking(table, list(dated[column])) == []
    ids = [int(row.get_attribute("data-id")) for row in rows.all()]
    told = page.evaluate(SHEETS, [f"#pick=incident:{i}" for i in ids])
    label = page.locator(".fg-popup").get_attribute("aria-label")
    assert any(lacking(label, [kind]) == [] for kind in dated["event_type"])
    seen = 0
    for _, event in dated.iterrows():
        sheet = next(text for text in told if kept(event["event_id"]) in text)
        wanted = [event[name] for name in (*SHOWN, *WORDS)] + [event["source_urls"][0]]
        assert lacking(sheet, wanted) == []
        assert lacking(sheet, [event["source_dates"][0]]) == []
        seen += len(wanted) + 1
    assert seen >= 12 * 18


@pytest.mark.parametrize("product", PRODUCTS)
def test_texts_without_date_or_place_stay_text(enter, drawn, product):
    reader = enter(product)
    reader.page.get_by_role("tab").nth(1).click()
    folds = reader.page.locator(".fg-nowhere > details")
    for fold in folds.all():
        fold.locator("summary").first.click()
        more = fold.locator(".fg-folds > button")
        while more.is_visible():
            more.click()
    reader.page.evaluate(
        "() => document.querySelectorAll('.fg-incident').forEach((fold) => { fold.open = true; })"
    )
    reader.page.wait_for_function(
        "(n) => document.querySelectorAll('.fg-nowhere .fg-facts').length >= n",
        arg=len(drawn.short),
    )
    told = reader.text(".fg-nowhere")
    events = drawn.attack.tables["events"]
    for row in range(len(drawn.attack.payloads), len(events)):
        event = events.iloc[row]
        if "nowhere" in event["event_id"]:
            wanted = [*(event[name] for name in SHOWN), event["date_start"]]
            wanted.append(drawn.attack.tables["located"]["reason"].iloc[row])
            assert lacking(told, wanted) == []


# Where the landmarks are in the window.
PLACES = """() => {
  const { data, map } = document.querySelector('.fg-root').frontierGeo;
  const box = map.leaflet.getContainer().getBoundingClientRect();
  return data.referents.map(({ lon, lat }) => {
    const at = map.leaflet.latLngToContainerPoint([lat, lon]);
    return [at.x + box.x, at.y + box.y];
  });
}"""


@pytest.mark.parametrize("product", PRODUCTS)
def test_names_of_segments_landmarks_and_stretches_stay_text(enter, drawn, product):
    """In their sheets, beside the pointer, in the diagram; and on the map, where they are painted."""
    reader, tables = enter(product), drawn.attack.tables
    page, rates = reader.page, tables["rates"]
    hints = ""
    for x, y in page.evaluate(PLACES):
        page.mouse.move(x, y)
        hint = page.locator(".fg-hint:not([hidden])")
        hint.wait_for(state="attached")
        hints += hint.text_content()
    named = [name for name in tables["referents"]["name"] if SIGNS.sub("", kept(name)) in hints]
    assert len(named) >= 12  # some lie below others

    fragments = page.evaluate(
        "(ids) => ids.map((id) => '#' + new URLSearchParams({ pick: 'segment:' + id }))",
        [kept(name) for name in rates["segment_id"]],
    )
    told = "\n".join(text for text in page.evaluate(SHEETS, fragments))
    for column in SEGMENT_FIELDS:
        assert lacking(told, list(rates[column])) == [], column

    many = range(len(tables["referents"]))
    told = "\n".join(page.evaluate(SHEETS, [f"#pick=referent:{row}" for row in many]))
    for column in ("name", "kind"):
        assert lacking(told, list(tables["referents"][column])) == [], column

    stretches = range(len(drawn.short))
    told = "\n".join(page.evaluate(SHEETS, [f"#pick=stretch:{row}" for row in stretches]))
    names = [name for name in tables["frontages"]["name"] if len(name) < 2_000]
    assert lacking(told, names) == []
    undated = [name for name in tables["events"]["summary"] if len(name) < 2_000]
    assert lacking(told, undated) == []

    slider = page.locator(".fg-chart [role=slider]")
    slider.focus()
    said = ""
    for _ in range(len(rates)):
        said += slider.get_attribute("aria-valuetext") + reader.text(".fg-tip")
        slider.press("ArrowRight")
    assert lacking(said, list(rates["tj_district"]) + list(rates["af_district"])) == []
    written = " ".join(page.evaluate("[...window.written]"))
    assert "<script>window.__pwned" in written  # on the map, where there is room


@pytest.mark.parametrize("product", PRODUCTS)
def test_words_of_filters_legend_and_about_stay_text(enter, drawn, product):
    reader, events = enter(product), drawn.attack.tables["events"]
    panel = reader.text(".fg-panel")
    for column in ("event_type", "scope"):
        assert lacking(panel, list(events[column])) == [], column
    precisions = [
        word for word in events["location_precision"] if word not in ("district", "country")
    ]
    assert lacking(panel, precisions) == []
    assert lacking(panel, list(events["source"])) == []
    for language in ("Русский", "Тоҷикӣ", "دری", "English"):
        reader.page.get_by_role("button", name=language, exact=True).click()
        assert lacking(reader.text(".fg-panel"), list(events["event_type"])) == []


@pytest.mark.parametrize("product", PRODUCTS)
def test_hostile_words_are_found_by_the_search(enter, drawn, product):
    reader = enter(product)
    field, finds = reader.page.locator("input[type=search]").first, reader.page.locator(".fg-finds")
    reader.page.wait_for_selector(".fg-panel input[type=search]")
    for payload in drawn.short:
        words = kept(payload)[:200]
        field.fill(words)
        field.press("Enter")
        reader.page.wait_for_function(
            "() => /\\d/.test(document.querySelector('.fg-finds').textContent)"
        )
        if any(letter.isalnum() for letter in words):
            assert int(re.search(r"\d+", finds.text_content())[0]) >= 1, words
        field.fill("")
        field.press("Enter")


def saved(reader: Trapped, button: str) -> tuple[str, bytes]:
    """Press a button of the panel that saves; return the file's name and content."""
    with reader.page.expect_download() as waiting:
        reader.page.get_by_role("button", name=button).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_saved_table_has_every_text_and_no_formula(enter, drawn, product):
    name, content = saved(enter(product), "Table")
    assert re.fullmatch(r"[\w-]+\.csv", name)
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))
    head, *rows = rows
    events = drawn.attack.tables["events"]
    assert len(rows) == len(events) and {len(row) for row in rows} == {len(head)}
    columns = dict(zip(head, zip(*rows, strict=True), strict=True))
    for row in rows:
        for cell in row:
            number = re.fullmatch(r"-?\d+(\.\d+)?", cell)
            assert number or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")), cell
    for column in (*SHOWN, "location_precision", "event_type", "scope"):
        read = {re.sub(r"^'(?='*[=+\-@\t\r\n])", "", cell) for cell in columns[column]}
        assert {kept(text) for text in events[column]} <= read, column


@pytest.mark.parametrize("product", PRODUCTS)
def test_the_picture_and_the_printed_page_have_the_texts(enter, drawn, product):
    reader = enter(product)
    name, content = saved(reader, "Picture")
    assert re.fullmatch(r"[\w-]+\.png", name)
    assert content.startswith(b"\x89PNG") and min(struct.unpack(">II", content[16:24])) > 500
    reader.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    printed = reader.text(".fg-print")
    dated = drawn.attack.tables["events"][: len(drawn.attack.payloads)]
    assert lacking(printed, list(dated["event_type"])) == []
    assert reader.page.pdf().startswith(b"%PDF")


# Texts of which a page has one: as many payloads in each as fit


def bundles(payloads: list[str], size: int = 12) -> list[list[str]]:
    """Group the payloads, the megabyte by itself; those that swallow what follows come last."""
    short = sorted((one for one in payloads if len(one) < 2_000), key=lambda one: "<!--" in one)
    groups = [short[start : start + size] for start in range(0, len(short), size)]
    return [*groups, [max(payloads, key=len)]]


def single_texts(group: list[str]) -> dict[str, str]:
    """Give each text that a page has once all payloads of a group, each beginning with another one."""
    names = ("title", "attribution", "name", "source", "rights", "left", "right", "version", "column",
             "tiles", "tiles_name")  # fmt: skip
    turned = {}
    for number, name in enumerate(names):
        first = number % len(group)
        turned[name] = laced(name, " | ".join([*group[first:], *group[:first]]))
    turned["column"] = turned["column"].encode("utf-8", "replace").decode()  # as pandas can hold it
    return turned


def with_single_texts(world: World, texts: dict[str, str]) -> dict[str, Any]:
    """Return the arguments of a small map with these texts."""
    border = Boundary.from_line(
        world.boundary.geometry, crs="EPSG:4326", boundary_id=texts["name"], left=texts["left"],
        right=texts["right"], name=texts["name"], source=texts["source"], attribution=texts["rights"],
    )  # fmt: skip
    rates = world.rates.assign(**{texts["column"]: world.rates["rate"]})
    rates.attrs = {**world.rates.attrs, "data_version": texts["version"]}
    return {
        "boundary": border, "rates": rates, "color_by": texts["column"], "title": texts["title"],
        "attribution": texts["attribution"],
    }  # fmt: skip


@pytest.mark.parametrize("product", PRODUCTS)
def test_titles_attributions_and_file_names_stay_text(
    browser, drawn, tmp_path, monkeypatch, product
):
    """Each page takes a group of payloads in each of its single texts, and in the name of its file."""
    world, reader = make_world(), None
    groups = bundles(drawn.attack.payloads)
    for group in groups:
        texts = single_texts(group)
        arguments = with_single_texts(world, texts)
        if product == "page":
            background = TileProvider(
                name=texts["tiles_name"], url="https://tiles.example.org/{z}/{x}/{y}.png",
                attribution=texts["tiles"], max_zoom=12,
            )  # fmt: skip
            monkeypatch.setitem(xyzservices.providers, "Hostile", background)
            monkeypatch.setattr(xyzservices.lib.Bunch, "query_name", lambda *_, one=background: one)
            arguments["tiles"] = "Hostile"
        path = tmp_path / file_name("".join(payload[:12] for payload in group))
        getattr(world, product)(**arguments).save(path)
        address = path.as_uri()
        reader = reader or Trapped(browser, address, size=SMALL)
        reader.open(address)

        collapsed = " ".join(kept(texts["title"]).split())
        assert " ".join(reader.page.title().split()) == collapsed
        assert reader.text("h1") == kept(texts["title"])
        assert (
            lacking(reader.text(".fg-header"), [texts["source"][:20].split("(")[0].split(",")[0]])
            == []
        )
        about = reader.text(".fg-panel")
        wanted = [
            texts[name] for name in ("attribution", "name", "source", "rights", "version", "title")
        ]
        assert lacking(about, [*wanted, texts["column"]]) == []
        shown = reader.text(".leaflet-control-attribution")
        assert lacking(shown, [texts["attribution"], texts["rights"]]) == []
        if product == "page":
            reader.page.get_by_label("tiles.example.org").check()
            assert lacking(reader.text(".leaflet-control-attribution"), [texts["tiles"]]) == []
            reader.page.get_by_label("tiles.example.org").uncheck()
        reader.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert lacking(reader.text(".fg-print"), wanted[:1] + wanted[3:]) == []
        reader.page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        if group is groups[-1]:
            name, content = saved(reader, "Picture")
            assert re.fullmatch(r"[\w-]+\.png", name) and content.startswith(b"\x89PNG")
        harm = reader.harm()
        requests = [url for url in harm.pop("requests", []) if "//tiles.example.org/" not in url]
        messages = [one for one in harm.pop("messages", []) if "ERR_INTERNET_DISCONN" not in one]
        assert (harm, requests, messages) == ({}, [], [])
    reader.close()
    assert not drawn.trap.exists()


def test_texts_in_layers_of_folium_stay_text_by_the_documented_way(browser, drawn, tmp_path):
    """`markup_text` for whatever goes into a popup, a tooltip or the name of a layer of folium."""
    world = make_world()
    layered = world.map()
    for row, payload in enumerate(drawn.short):
        text = markup_text(payload)
        # The blank: folium makes a name that is "__proto__" and no more a property of all objects.
        group = folium.FeatureGroup(name=f"{text} ").add_to(layered)
        place = world.boundary.point_at(5 + 8 * row)
        folium.Marker([place.y + 0.8, place.x], popup=text, tooltip=text).add_to(group)
    folium.LayerControl(collapsed=False).add_to(layered)
    layered.save(tmp_path / "map.html")
    assert not drawn.trap.exists()
    reader = Trapped(browser, (tmp_path / "map.html").as_uri())
    words = [clean_text(payload) for payload in drawn.short]
    names = reader.page.evaluate(
        """[...document.querySelectorAll('.leaflet-control-layers-overlays label')]
          .map((one) => one.textContent)"""
    )
    assert [name.strip() for name in names] == words
    told = reader.page.evaluate(
        """() => [...document.querySelectorAll('.leaflet-marker-icon')].map((pin) => {
          pin.dispatchEvent(new MouseEvent('mouseover', { bubbles: true }));
          const last = (what) => [...document.querySelectorAll(what)].pop().textContent;
          const tooltip = last('.leaflet-tooltip');
          pin.click();
          return [tooltip, last('.leaflet-popup-content')];
        })"""
    )
    assert [[text.strip() for text in texts] for texts in told] == [[word] * 2 for word in words]
    assert reader.harm() == {}
    reader.close()
