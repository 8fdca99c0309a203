"""The documentation builds without a warning, its links hold, and it asks nothing of the network."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import frontier_geo as fg

from .docs_helpers import DOCS, ROOT

pytest.importorskip("mkdocs", reason="the extra 'docs' brings mkdocs")
pytestmark = pytest.mark.slow

#: Packages whose own public names are told as well.
PACKAGES = (
    "density", "evaluation", "hotspots", "line_spread", "maps", "plots", "rates", "readers", "scan",
    "spacetime", "streaming", "tallies", "writers",
)  # fmt: skip
#: Told of in words, or on the page of errors as a whole.
TOLD_OTHERWISE = {"__version__", "FrontierGeoError"}
MOST_BYTES_OF_IMAGES = 3_000_000
LOADS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "video": "src"}


class Page(HTMLParser):
    """What a page links to, loads and offers as anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.anchors: list[str] = []
        self.headings: list[int] = []
        self.without_words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.anchors.append(str(given["id"]))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag in LOADS and given.get(LOADS[tag]):
            self.loaded.append(str(given[LOADS[tag]]))
        if tag == "link" and given.get("rel") not in ("next", "prev", "canonical"):
            self.loaded.append(str(given["href"]))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "img" and not given.get("alt"):
            self.without_words.append(str(given.get("src")))


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """Build the site once, notebooks without outputs; a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "build_docs.py", "--plain", "--output", folder],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(fg.__file__).parents[1])},
    )  # fmt: skip
    told = done.stdout + done.stderr
    assert done.returncode == 0, told[-6000:]
    assert "WARNING" not in told and "ERROR" not in told, told[-6000:]
    return folder


@pytest.fixture(scope="module")
def read(site) -> dict[str, Page]:
    """Every page of the site by its place in it."""
    return {
        path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
        if path.name != "404.html"  # whose links begin at the root of a server
    }


def test_every_link_and_anchor_resolves(site, read):
    lost = []
    for name, page in read.items():
        for link in page.links + page.loaded:
            parts = urlsplit(link)
            if parts.scheme in ("http", "https", "mailto", "data"):
                continue
            target = (site / name).parent / unquote(parts.path) if parts.path else site / name
            target = target.resolve()
            if not target.is_file():
                lost.append(f"{name} -> {link}")
                continue
            there = read.get(target.relative_to(site.resolve()).as_posix())
            if parts.fragment and there and unquote(parts.fragment) not in there.anchors:
                lost.append(f"{name} -> {link}: no such anchor")
    assert lost == []
    assert len(read) > 40


def test_files_named_in_the_text_are_there():
    """`tests/…`, `tools/…`, `docs/…`, `data/…` and `src/…` in a page of the project are files of it."""
    name = re.compile(r"`((?:tests|tools|docs|data|src|notebooks|benchmarks)/[^`\s*…{}<>]+)`")
    lost = []
    for path in [*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        if "decisions" in path.parts:  # which tell of their day
            continue
        for file in name.findall(path.read_text(encoding="utf-8")):
            if not (ROOT / file.split("::")[0]).exists():
                lost.append(f"{path.relative_to(ROOT)}: {file}")
    assert lost == []


def test_links_of_the_readme_and_its_like_are_files():
    for page in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "data/README.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if not urlsplit(link).scheme:
                assert ((ROOT / page).parent / link).exists(), (page, link)


def test_nothing_is_loaded_from_the_network(site, read):
    """Scripts, styles, pictures and frames are files of the site; so is what style sheets name."""
    for name, page in read.items():
        outside = [
            x for x in page.loaded if urlsplit(x).netloc or urlsplit(x).scheme not in ("", "data")
        ]
        assert outside == [], name
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*['\"]?(https?:)?//", sheet.read_text("utf-8")), (
            sheet
        )


def test_headings_and_pictures_can_be_read_aloud(read):
    """One heading of the first level, none skipped, and words for every picture."""
    for name, page in read.items():
        if name.startswith("notebooks/") and not page.headings:
            continue  # a map in a frame
        assert page.headings.count(1) == 1, name
        steps = zip(page.headings, page.headings[1:], strict=False)
        assert all(after <= before + 1 for before, after in steps), (name, page.headings)
        assert page.without_words == [], name


def test_every_public_name_is_told_once():
    told = Counter(
        name
        for page in (DOCS / "reference").glob("*.md")
        for name in re.findall(r"^::: frontier_geo\.([\w.]+)", page.read_text("utf-8"), re.M)
    )
    top = set(fg.__all__) - TOLD_OTHERWISE
    wanted = set(top)
    for package in PACKAGES:
        names = importlib.import_module(f"frontier_geo.{package}").__all__
        wanted |= {f"{package}.{name}" for name in names if name not in fg.__all__}
    assert sorted(name for name, times in told.items() if times > 1) == []
    assert sorted(wanted - set(told)) == [], "enter these in docs/reference"
    inside = {name for name in told if "." not in name or name.split(".")[0] in PACKAGES}
    assert sorted(inside - wanted - {"errors"}) == [], "these are gone"


def test_every_command_and_option_is_told(site):
    import typer.main

    from frontier_geo.cli import app

    text = (site / "reference" / "cli.html").read_text(encoding="utf-8")
    command = typer.main.get_command(app)
    for name, one in command.commands.items():
        for inner, each in getattr(one, "commands", {"": one}).items():
            assert f"<code>frontier-geo {name} {inner}".rstrip() in text
            for parameter in each.params:
                long = [word for word in parameter.opts if word.startswith("--")]
                assert all(word in text for word in long), (name, long)


def test_the_search_knows_the_pages(site):
    index = (site / "search" / "search_index.js").read_text(encoding="utf-8")
    found = json.loads(index[index.index("{") : index.rindex("}") + 1])
    text = " ".join(entry["text"] + entry["title"] for entry in found["docs"])
    for word in ("segment_rates", "Garwood", "geocode", "ODbL"):
        assert word in text


def test_pictures_of_the_pages_are_small():
    files = [path for path in DOCS.rglob("*") if path.suffix in (".png", ".svg", ".jpg", ".webp")]
    assert sum(path.stat().st_size for path in files) < MOST_BYTES_OF_IMAGES


# ---- in a browser --------------------------------------------------------------------------------

SEEN = (
    "index.html",
    "how-to/own-data.html",
    "reference/rates.html",
    "validation.html",
    "gallery.html",
    "faq.html",
)


@pytest.mark.browser
def test_it_reads_from_the_disk_with_the_network_off(site, browser):
    """No request leaves, nothing fails, nothing is wider than a phone, and the search finds."""
    asked, failed = [], []
    context = browser.new_context(viewport={"width": 390, "height": 844}, offline=True)
    page = context.new_page()
    page.on("request", lambda r: asked.append(r.url) if not r.url.startswith("file:") else None)
    page.on("pageerror", lambda error: failed.append(str(error)))
    page.on("console", lambda m: failed.append(m.text) if m.type == "error" else None)
    for name in SEEN:
        page.goto((site / name).as_uri())
        page.wait_for_load_state("load")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, (name, wide)
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto((site / "index.html").as_uri())
    page.locator("input[name=query]").fill("Garwood")
    page.locator(".md-search-result__link").first.wait_for(timeout=20_000)
    assert "rate" in page.locator(".md-search-result__list").inner_text().lower()
    context.close()
    assert [url for url in asked if not url.startswith(("data:", "blob:", "about:"))] == []
    assert failed == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("scheme", "names"),
    [
        ("light", ("index.html", "reference/rates.html", "faq.html", "validation.html")),
        ("dark", ("index.html", "reference/rates.html")),
    ],
)
def test_it_is_accessible(site, browser, scheme, names):
    """axe finds nothing serious: contrast, names, headings."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    bad = []
    for name in names:
        page.goto((site / name).as_uri())
        page.wait_for_load_state("load")
        for fault in axe.run(page).response["violations"]:
            if fault["impact"] in ("serious", "critical"):
                where = [node["target"] for node in fault["nodes"]][:3]
                bad.append((name, fault["id"], where))
    context.close()
    assert bad == []
