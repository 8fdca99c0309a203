"""
What a page lets run: its own scripts by their hashes, nothing else, also where its file was changed.

A page made unsafe on purpose shows that the browser of these tests notices what runs.
"""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import folium
import pytest

from frontier_geo.maps import clean_text
from frontier_geo.maps.escaping import csp_hash
from frontier_geo.maps.notebook import notebook_html
from frontier_geo.maps.shell import leaflet_js, packed_code, page_js
from frontier_geo.maps.words import catalogue

from .conftest import World, make_world
from .hostile_helpers import PAYLOADS, STRANGERS, Trapped, kept, payloads_with

pytestmark = pytest.mark.browser
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
SMALL = (900, 700)
EVIL = "window.__pwned = 1; alert(2)"


@pytest.fixture(scope="module")
def world() -> World:
    """The small border."""
    return make_world()


@pytest.fixture(scope="module")
def pages(world: World) -> dict[str, str]:
    """A page and a folium map with layers of folium's own, as text."""
    drawn = world.map()
    folium.Marker([37.2, 69.0], popup="one").add_to(drawn)
    folium.LayerControl().add_to(drawn)
    return {"page": world.page().html, "map": drawn.get_root().render()}


@pytest.fixture
def enter(browser: Any, tmp_path: Path) -> Iterator[Callable[..., Trapped]]:
    """Open a text as a page."""
    opened: list[Trapped] = []

    def show(text: str, fragment: str = "", **options: Any) -> Trapped:
        path = tmp_path / f"page{len(opened)}.html"
        path.write_text(text, encoding="utf-8")
        opened.append(Trapped(browser, path.as_uri() + fragment, **{"size": SMALL, **options}))
        return opened[-1]

    yield show
    for reader in opened:
        reader.close()


# The guard against tests that would notice nothing


def unsafe(page: str, *, policy: bool) -> str:
    """Make a page write its texts as markup; without a policy, or with one that allows this script."""
    careless = re.sub(r"\.textContent\s*=(?!=)", ".innerHTML=", page_js())
    assert careless != page_js()
    page = page.replace(packed_code("script", page_js()), packed_code("script", careless))
    if not policy:
        return POLICY.sub("", page)
    return page.replace(csp_hash(page_js()), csp_hash(careless))


HARMFUL = f"{PAYLOADS['handler']}{PAYLOADS['image elsewhere']}"


def test_a_careless_page_runs_its_title_and_is_noticed(enter, world):
    reader = enter(unsafe(world.page(title=HARMFUL).html, policy=False))
    reader.page.wait_for_function("window.__pwned")
    assert {"ran", "dialogs", "requests", "strangers"} <= set(reader.harm())


def test_the_policy_alone_stops_what_a_careless_page_would_run(enter, world):
    """The second line: the page writes markup, and yet no handler and no request comes of it."""
    reader = enter(unsafe(world.page(title=HARMFUL).html, policy=True))
    reader.page.wait_for_selector("h1 img", state="attached")
    reader.page.wait_for_function("window.refused.length >= 2")
    harm = reader.harm()
    assert {"refused", "strangers"} <= set(harm)
    assert not {"ran", "dialogs"} & set(harm)


def test_plain_folium_runs_the_command_of_a_text(tmp_path):
    """So that a trap that stays empty means something."""
    trap = tmp_path / "trap"
    payload = next(text for text in payloads_with(trap) if text.startswith("{{ cycler"))
    drawn = folium.Map()
    folium.Marker([0, 0], popup=payload).add_to(drawn)
    drawn.get_root().render()
    assert trap.exists()


# What the policy says, and does


@pytest.mark.parametrize("product", ["page", "map"])
def test_the_policy_allows_scripts_by_their_hashes_alone(pages, policy_of, product):
    policy = policy_of(pages[product])
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    for directive in ("script-src", "style-src"):
        assert policy[directive], directive
        assert all(re.fullmatch(r"'sha256-[\w+/=]{44}'", each) for each in policy[directive])
    assert policy["img-src"] == ["data:", "blob:"]
    assert not {"connect-src", "frame-src", "object-src", "worker-src"} & {
        name for name, sources in policy.items() if sources not in ([], ["'none'"])
    }
    assert "unsafe-eval" not in pages[product].partition("<body>")[0]


# Ways to run something in a page one is in already; each gives a name to what ran.
INTRUDE = r"""async () => {
  window.ran = [];
  const add = (tag, fill, where = document.body) => {
    const element = document.createElement(tag);
    fill(element);
    where.append(element);
    return element;
  };
  add("script", (one) => { one.textContent = "window.ran.push('script')"; });
  add("script", (one) => { one.src = "data:text/javascript,window.ran.push('data script')"; });
  add("script", (one) => { one.type = "module"; one.textContent = "window.ran.push('module')"; });
  add("script", (one) => {
    one.src = URL.createObjectURL(new Blob(["window.ran.push('blob script')"]));
  });
  add("div", (one) => { one.innerHTML = "<img src=x onerror=\"window.ran.push('handler')\">"; });
  add("div", (one) => { one.setAttribute("onclick", "window.ran.push('click')"); }).click();
  add("a", (one) => { one.href = "javascript:window.ran.push('link')"; }).click();
  add("iframe", (one) => { one.srcdoc = "<script>parent.ran.push('frame')<" + "/script>"; });
  add("iframe", (one) => { one.src = "javascript:parent.ran.push('frame link')"; });
  add("iframe", (one) => { one.src = "data:text/html,<script>parent.ran.push('data')<" + "/script>"; });
  add("object", (one) => { one.data = "data:text/html,<script>parent.ran.push('o')</" + "script>"; });
  add("form", (one) => { one.action = "javascript:window.ran.push('form')"; }).submit();
  add("base", (one) => { one.href = "https://evil.example/"; }, document.head);
  add("div", (one) => { one.setAttribute("style", "position:fixed"); one.id = "styled"; });
  add("style", (one) => { one.textContent = "#styled { color: rgb(1, 2, 3) }"; });
  await new Promise((done) => setTimeout(() => {
    for (const make of [() => eval("window.ran.push('eval')"),
                        () => new Function("window.ran.push('function')")(),
                        () => setTimeout("window.ran.push('timer')", 0),
                        () => new Worker(URL.createObjectURL(new Blob(["postMessage(1)"])))
                          .addEventListener("message", () => window.ran.push("worker"))]) {
      try { make(); } catch (error) { window.refused.push(String(error)); }
    }
    done();
  }, 0));
  await new Promise((done) => setTimeout(done, 250));
  const style = getComputedStyle(document.getElementById("styled"));
  return { ran: window.ran, base: document.baseURI, colour: style.color, position: style.position };
}"""


@pytest.mark.parametrize("product", ["page", "map"])
def test_nothing_that_is_put_into_the_page_runs(enter, pages, product):
    reader = enter(pages[product])
    found = reader.page.evaluate(INTRUDE)
    assert found["ran"] == []
    assert found["base"].startswith("file://")
    assert found["colour"] != "rgb(1, 2, 3)"
    if product == "page":  # the popups of folium need attributes of style
        assert found["position"] == "static"
    assert len(reader.page.evaluate("window.refused")) >= 10
    assert reader.dialogs == [] and reader.requests[1:] == [
        url for url in reader.requests[1:] if url.startswith(("data:", "blob:", "file:"))
    ]


def test_without_its_policy_the_same_things_run(enter, pages):
    """So that the test above would notice."""
    found = enter(POLICY.sub("", pages["page"])).page.evaluate(INTRUDE)
    assert {"script", "handler", "click", "eval", "function", "timer", "frame"} <= set(found["ran"])


# Files that were changed, cut off or mixed up


def block(page: str, name: str) -> re.Match[str]:
    """Find a block of data of a page."""
    return re.search(rf'(<script type="text/plain" id="\w+-{name}">)([^<]*)(</script>)', page)


def packed(content: bytes) -> str:
    return base64.b64encode(gzip.compress(content, mtime=0)).decode()


def shape(head: dict[str, Any]) -> bytes:
    return json.dumps(head).encode()


DAMAGE = {
    "cut off": lambda text: text[: len(text) // 8 * 4],
    "empty": lambda text: "",
    "not base64": lambda text: "</ script>&lt;{{ 7*7 }}",
    "not gzip": lambda text: base64.b64encode(b"<script>" * 99).decode(),
    "not JSON": lambda text: packed(b"<script>window.__pwned=1</script>" * 9),
    "other JSON": lambda text: packed(shape({"__proto__": {"n": 1}, "title": "<img onerror=x>"})),
    "a list": lambda text: packed(b"[1, 2, {}]"),
    "one letter changed": lambda text: text[:200] + ("A" if text[200] != "A" else "B") + text[201:],
}


@pytest.mark.parametrize("name", ["data", "words", "arrays"])
def test_a_damaged_block_is_said_and_runs_nothing(enter, pages, name):
    told = str(catalogue("en")["page.failed"])
    reader = enter(pages["page"])
    path = Path(reader.address.removeprefix("file://"))
    for kind, damage in DAMAGE.items():
        if (kind, name) in {("other JSON", "words"), ("a list", "words")}:
            continue  # a page without words says what it can
        found = block(pages["page"], name)
        path.write_text(
            pages["page"].replace(found[0], found[1] + damage(found[2]) + found[3]),
            encoding="utf-8",
        )
        reader.page.reload()
        reader.page.get_by_text(told).first.wait_for()
        assert reader.page.evaluate("window.__pwned") is None, kind
        assert reader.page.evaluate(STRANGERS) == [], kind
    assert reader.dialogs == []


@pytest.mark.parametrize("kind", ["cut off", "not gzip", "not JSON", "other JSON", "a list"])
def test_incidents_whose_texts_are_damaged_are_still_on_the_page(enter, pages, kind):
    found = block(pages["page"], "text-0")
    damaged = found[1] + DAMAGE[kind](found[2]) + found[3]
    reader = enter(pages["page"].replace(found[0], damaged), "#pick=incident:3")
    sheet = reader.page.locator(".fg-popup-scroll")
    sheet.wait_for()
    reader.page.get_by_role("tab").nth(1).click()
    assert reader.page.locator("tr[data-id]").count() > 3
    if kind not in ("other JSON", "a list"):
        assert str(catalogue("en")["sheet.no_text"]) in sheet.text_content()
    assert not {"ran", "dialogs", "strangers", "refused"} & set(reader.harm())


@pytest.mark.parametrize("code", [page_js, leaflet_js])
def test_another_script_in_the_place_of_ours_does_not_run(enter, pages, code):
    """Its hash is not the one of the policy; the reader is told that the page could not be shown."""
    page = pages["page"].replace(
        packed_code("script", code()), packed_code("script", f"{EVIL};{code()}")
    )
    assert page != pages["page"]
    reader = enter(page, ready="")
    reader.page.get_by_text(str(catalogue("en")["page.failed"])).first.wait_for()
    assert not {"ran", "dialogs", "went", "opened"} & set(reader.harm())


@pytest.mark.parametrize("product", ["page", "map"])
def test_a_hostile_address_is_only_text(enter, pages, product, tmp_path):
    """Whatever stands behind the # of the address: the page opens, and shows a search as text."""
    reader = enter(pages[product])
    go = "(parts) => { location.hash = new URLSearchParams(parts); }"
    for payload in payloads_with(tmp_path / "trap"):
        words = kept(payload)[:300]
        everywhere = (
            "lang",
            "map",
            "time",
            "pick",
            "chart",
            "style",
            "no-types",
            "show",
            "hide",
            words,
        )
        reader.page.evaluate(go, {**dict.fromkeys(everywhere, words), "pick": f"segment:{words}"})
        reader.page.evaluate("(words) => { location.hash = words; }", words)
        reader.page.evaluate(go, {"q": words, "pick": f"{words}:0"})
        reader.page.wait_for_function(
            "(words) => document.querySelector('input[type=search]').value === words", arg=words
        )
    assert reader.harm() == {}


def test_an_address_that_is_hostile_from_the_start_opens(enter, pages):
    reader = enter(pages["page"])
    for fragment in (
        "#<img src=x onerror=alert(1)>", "#%E0%A4%A", "#q=%3Cscript%3Ealert(1)%3C/script%3E",
        "#pick=__proto__:0&lang=constructor&no-types=__proto__", "#javascript:alert(1)",
    ):  # fmt: skip
        reader.page.goto("about:blank")
        reader.page.goto(reader.address + fragment)
        reader.page.wait_for_selector(".fg-root[data-ready='1']")
    assert reader.harm() == {}


# In a notebook


def test_a_page_in_a_notebook_cannot_reach_it(enter, pages, world):
    """The frame has no origin: it sees neither the notebook, nor what the notebook has stored."""
    notebook = (
        "<!DOCTYPE html><title>Notebook</title><body>"
        "<script>window.secret = 'token'; document.cookie = 'a=b';</script>"
        + world.page()._repr_html_()
    )
    reader = enter(notebook, ready="")
    reader.page.frame_locator("iframe").locator(".fg-root[data-ready='1']").wait_for(timeout=30_000)
    frame = reader.page.frames[1]
    tries = {
        "parent": "parent.document.title", "secret": "parent.secret", "top": "top.location.href",
        "cookie": "document.cookie", "store": "localStorage.length", "base": "indexedDB.open('x') && 1",
        "frame": "frameElement && frameElement.outerHTML",
    }  # fmt: skip
    for name, code in tries.items():
        reached = frame.evaluate(
            "(code) => { try { return String((0, eval)(code)); } catch (error) { return null; } }",
            code,
        )
        assert reached in (None, "null"), name
    assert frame.evaluate("window.origin") == "null"
    frame.evaluate("try { top.location = 'https://evil.example/'; } catch (error) {}")
    frame.evaluate("window.confirm('sure?')")
    assert reader.page.title() == "Notebook"
    assert reader.dialogs == [] and reader.page.evaluate("window.secret") == "token"


def test_hostile_titles_stay_in_the_names_of_the_frames(enter, tmp_path):
    payloads = payloads_with(tmp_path / "trap")
    cells = [
        notebook_html("<p>a page", title=payload, inputs=None, language="en", file_name="page.html")
        for payload in payloads
    ]
    reader = enter(f"<!DOCTYPE html><body>{''.join(cells)}", ready="")
    titles = reader.page.evaluate(
        "[...document.querySelectorAll('body > *')].map((one) => one.title)"
    )
    assert titles == [clean_text(payload) for payload in payloads]
    assert not (tmp_path / "trap").exists()
    assert not {"ran", "dialogs", "requests"} & set(reader.harm())
