"""A report in a real browser: with the network off, without scripts, for everyone, whatever its texts."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from axe_playwright_python.base import AXE_SCRIPT

from frontier_geo import border_report, make_segments

from ..maps.browser_helpers import DESKTOP, PHONE
from ..maps.hostile_helpers import Trapped, lacking, payloads_with, texts
from .conftest import FEW, LANGUAGES, events_at, shipped_report, straight_line

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The report in every language, and one that holds the map as a picture and a page."""
    folder = tmp_path_factory.mktemp("reports")
    for language in LANGUAGES:
        shipped_report("2025", language=language).save(folder / f"{language}.html")
    whole = replace(shipped_report("2025"), picture=True, interactive=True)
    whole.save(folder / "whole.html")
    return folder


def opened(browser, path: Path, size, **options):
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, offline=True, **options
    )
    page = context.new_page()
    page.told, page.asked = [], []
    page.on("console", lambda said: page.told.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: page.told.append(f"uncaught: {error}"))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(path.as_uri())
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing_and_nothing_lies_beyond_the_edge(browser, files, language):
    """On a phone in every language; on a desktop once in each direction."""
    for size in (DESKTOP, PHONE) if language in ("en", "fa") else (PHONE,):
        page = opened(browser, files / f"{language}.html", size)
        assert page.locator("html").get_attribute("lang") == language
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "fa" else "ltr")
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        broken = [
            f"{rule['id']}: {[node['target'] for node in rule['nodes']][:3]}"
            for rule in found["violations"]
        ]
        assert broken == []
        assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth")
        page.context.close()


def test_headings_tables_and_pictures_are_named(browser, files):
    page = opened(browser, files / "whole.html", DESKTOP)
    levels = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4')].map((one) => Number(one.localName[1]))"
    )
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    for table in page.locator("table").all():
        assert table.locator("caption").text_content().strip()
        assert table.locator("th[scope=col]").count() >= 2
        assert table.locator("th[scope=row]").count() >= 1
    assert len(page.locator("img").get_attribute("alt")) > 60
    for drawing in page.locator("svg").all():
        assert drawing.get_attribute("aria-label")
    page.context.close()


def test_the_whole_report_asks_for_nothing_and_the_map_opens_in_it(browser, files):
    page = opened(browser, files / "whole.html", DESKTOP)
    assert page.evaluate("document.querySelector('img').naturalWidth") > 900
    page.locator("details.live summary").click()
    frame = page.frame_locator("iframe")
    frame.locator(".fg-root[data-ready='1']").wait_for(timeout=60_000)
    assert "14" in frame.locator("header").first.inner_text() or frame.locator("canvas").count()
    own = (files / "whole.html").as_uri()
    foreign = [
        url for url in page.asked if url != own and not url.startswith(("data:", "about:", "blob:"))
    ]
    assert foreign == []
    assert [told for told in page.told if told.startswith(("error", "uncaught"))] == []
    page.context.close()


def test_no_script_is_allowed_but_those_of_the_map(files):
    """Each by its hash; without the map none at all."""
    for name, scripts in (("whole", 4), ("en", 0)):
        text = (files / f"{name}.html").read_text(encoding="utf-8")
        content = html.unescape(re.search(r'Security-Policy" content="([^"]+)"', text)[1])
        allowed = dict(part.split(" ", 1) for part in content.split("; "))
        assert allowed["default-src"] == "'none'" and "unsafe" not in content
        assert len(re.findall(r"'sha256-[\w+/]{43}='", allowed["script-src"])) == scripts
        assert (allowed["script-src"] == "'none'") == (scripts == 0)


def test_a_phone_gets_the_narrow_picture_and_drawings(browser, files):
    page = opened(browser, files / "whole.html", PHONE)
    assert page.locator("#years .narrow svg").is_visible()
    assert not page.locator("#years .wide svg").is_visible()
    chosen = page.evaluate("document.querySelector('img').currentSrc")
    assert chosen == page.locator("source").get_attribute("srcset")
    page.context.close()


def test_without_scripts_all_but_the_live_map_is_there(browser, files):
    page = opened(browser, files / "whole.html", DESKTOP, java_script_enabled=False)
    assert page.locator("section").count() >= 11
    assert page.locator("img").is_visible() and page.locator("#years svg").first.is_visible()
    assert "14 incidents are known" in page.locator("#findings").inner_text()
    page.context.close()


def test_the_file_stays_a_few_megabytes(files):
    assert (files / "whole.html").stat().st_size < 2_000_000


def hostile_report(payloads, **options):
    """Put every payload into every text of every table, the line's own names among them."""
    boundary = straight_line()
    n = len(payloads)
    events = events_at(
        *((f"2020-{k % 12 + 1:02d}-{k % 27 + 1:02d}", 10.02 + 0.95 * k / n) for k in range(n))
    )
    for name in ("event_type", "source_event_type", "actors", "place", "country", "admin1", "admin2",
                 "summary", "notes", "source", "licence", "narcotics_detail"):  # fmt: skip
        events[name] = texts(payloads)
    events["event_id"] = texts([f"{text[:200]} {k}" for k, text in enumerate(payloads)])
    events["source_urls"] = [[text, f"https://a.org/{text}", "http://b.org"] for text in payloads]
    events["source_dates"] = [[text] * 3 for text in payloads]
    events.loc[events.index % 5 == 0, "scope"] = "context"
    segments = make_segments(boundary, n=n)
    for name in ("no_district", "so_district", "no_province"):
        segments[name] = texts(payloads)
    official = pd.DataFrame(
        {name: texts(payloads) for name in ("indicator", "unit", "geography", "stated_by", "source_url",
                                            "source_date", "notes")}
    ).assign(period_start="2020-01-01", period_end="2020-12-31", value=np.arange(n))  # fmt: skip
    context = official.assign(indicator="aid_programme")
    return border_report(
        events, period="2020", boundary=boundary, segments=segments,
        official=pd.concat([official, context]), min_confidence=None, **{**FEW, **options},
    )  # fmt: skip


def test_texts_that_would_run_are_texts(browser, tmp_path):
    """None runs, asks, or becomes an element; each can be read as it is."""
    trap = tmp_path / "trap"
    payloads = [text for text in payloads_with(trap) if len(text) < 2_000]
    report = hostile_report(
        payloads, title=" ".join(payloads), picture=False, interactive=False, scope=None
    )
    path = report.save(tmp_path / "hostile.html")
    reader = Trapped(browser, path.as_uri(), ready="main")
    assert reader.harm() == {}
    said = reader.text("body")
    assert lacking(said, payloads) == []
    assert not trap.exists()
    for link in reader.page.locator("a").all():
        assert link.get_attribute("href").startswith(("#", "https://", "http://"))
    reader.close()


def test_a_line_with_hostile_names_and_a_megabyte_of_text(browser, tmp_path):
    payloads = payloads_with(tmp_path / "trap")
    longest = max(payloads, key=len)
    names = {name: longest[:3] + payloads[0] for name in ("boundary_id", "left", "right", "name")}
    names["right"] += "!"  # two sides have two names
    boundary = straight_line(**names, source=longest, attribution=payloads[1], licence=payloads[2])
    events = events_at(("2020-02-01", 10.2), summary=longest, place=longest)
    report = border_report(
        events, period="2020", boundary=boundary, picture=False, interactive=False, **FEW
    )
    path = report.save(tmp_path / "hostile.html")
    assert path.stat().st_size < 200_000  # cut, as on the map page
    reader = Trapped(browser, path.as_uri(), ready="main")
    assert reader.harm() == {}
    reader.close()


def test_a_trap_would_be_noticed(browser, tmp_path):
    """So that the tests above mean something."""
    report = shipped_report("2025")
    broken = report.html.replace("<h1>", "<h1><img src=x onerror='window.__pwned=1'>", 1)
    (tmp_path / "broken.html").write_text(broken, encoding="utf-8")
    reader = Trapped(browser, (tmp_path / "broken.html").as_uri(), ready="main")
    assert reader.harm().keys() >= {"strangers", "refused"}
    reader.close()
