"""The page's script and style are what their sources make, and hold nothing that runs text."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "build_page.py"

FORBIDDEN = {
    "innerHTML": r"\binnerHTML\b",
    "outerHTML": r"\bouterHTML\b",
    "insertAdjacentHTML": r"\binsertAdjacentHTML\b",
    "document.write": r"\bdocument\s*\.\s*write(ln)?\b",
    "eval": r"\beval\s*\(",
    "new Function": r"\bnew\s+Function\b",
    "createContextualFragment": r"\bcreateContextualFragment\b",
    "DOMParser": r"\bDOMParser\b",
    "srcdoc": r"\bsrcdoc\b",
    "timer with text": r"\bset(Timeout|Interval)\s*\(\s*[\"'`]",
    "style attribute": r"setAttribute\(\s*[\"'`]style\b",
    "handler attribute": r"setAttribute\(\s*[\"'`]on",
    "javascript address": r"javascript:",
    "import at run time": r"\bimport\s*\(",
    "a request": r"\bfetch\s*\(|\bXMLHttpRequest\b|\bsendBeacon\b|\bWebSocket\b|\bEventSource\b",
}


@pytest.fixture(scope="module")
def bundle_tool():
    """The program that joins the page's sources."""
    spec = importlib.util.spec_from_file_location("build_page", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def page_tools(bundle_tool, alone):
    """The same, with esbuild and fflate at hand."""
    try:
        with alone("npm"):
            bundle_tool.fetch_tools()
    except SystemExit as error:
        pytest.skip(f"{error} So the page cannot be built again to compare.")
    return bundle_tool


def sources(tool):
    """Return the script's sources."""
    return sorted(tool.SOURCE.rglob("*.js"))


def found_in(text):
    """Return which of the forbidden ways stand in a text."""
    return [name for name, pattern in FORBIDDEN.items() if re.search(pattern, text)]


@pytest.mark.network
def test_the_built_page_matches_its_sources(page_tools):
    assert page_tools.stale(page_tools.build()) == []


@pytest.mark.network
def test_building_twice_gives_the_same_bytes(page_tools):
    assert page_tools.build() == page_tools.build()


def test_a_changed_file_is_found(bundle_tool, tmp_path):
    built = {"page.js": b"a", "page.css": b"b"}
    bundle_tool.put(tmp_path / "new" / "page.js", b"a")
    bundle_tool.put(tmp_path / "new" / "page.css", b"other")
    assert bundle_tool.stale(built, tmp_path / "new") == ["page.css"]
    assert bundle_tool.stale(built, tmp_path / "none") == ["page.js", "page.css"]
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["page.css", "page.js"]


def test_no_source_runs_text_or_asks_a_server(bundle_tool):
    assert len(sources(bundle_tool)) > 20
    bad = {
        path.name: ways
        for path in sources(bundle_tool)
        if (ways := found_in(path.read_text("utf-8")))
    }
    assert bad == {}


@pytest.mark.parametrize("name", ["page.js", "boot.js"])
def test_a_built_script_runs_no_text_and_asks_no_server(bundle_tool, name):
    assert found_in((bundle_tool.TARGET / name).read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("el.innerHTML = x", "innerHTML"),
        ("document . write(x)", "document.write"),
        ("eval (x)", "eval"),
        ("new  Function('a')", "new Function"),
        ("setTimeout('a()', 1)", "timer with text"),
        ('el.setAttribute("style", x)', "style attribute"),
        ("el.setAttribute('onclick', x)", "handler attribute"),
        ("fetch(address)", "a request"),
    ],
)
def test_the_forbidden_ways_are_seen(text, way):
    assert way in found_in(text)


def test_what_is_built_can_stand_inside_a_page(bundle_tool):
    script = (bundle_tool.TARGET / "page.js").read_text("utf-8")
    boot = (bundle_tool.TARGET / "boot.js").read_text("utf-8")
    style = (bundle_tool.TARGET / "page.css").read_text("utf-8")
    assert not re.search(r"</script|<!--|\]\]>", script + boot, re.IGNORECASE)
    assert not re.search(r"</style|<!--|@import|url\((?!\s*[\"']?data:)", style, re.IGNORECASE)
    assert script.startswith("var FrontierGeo=")


def test_the_licence_of_what_is_joined_in_stays(bundle_tool):
    script = (bundle_tool.TARGET / "page.js").read_text("utf-8")
    assert "fflate" in script
    assert "Copyright (c) 2026 Arjun Barrett" in script
    assert "MIT License" in script


def test_the_tools_are_pinned_exactly_and_no_server_is_named(bundle_tool):
    text = (bundle_tool.ROOT / "package.json").read_text("utf-8")
    pins = json.loads(text)["devDependencies"]
    assert sorted(pins) == ["esbuild", "fflate"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in pins.values())
    assert not re.search(r"https?://|registry", text)
    assert f"fflate {pins['fflate']}" in (bundle_tool.SOURCE / "data/unpack.js").read_text("utf-8")


def test_sources_are_small_and_their_lines_short(bundle_tool):
    for path in sources(bundle_tool):
        lines = path.read_text("utf-8").splitlines()
        assert len(lines) <= 250, path.name
        assert max(map(len, lines)) <= 110, path.name
