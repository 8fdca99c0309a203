"""Text of unknown origin: shown as it is, never run, neither in Python nor in the browser."""

from __future__ import annotations

import pandas as pd
import pytest

from frontier_geo.maps.escaping import clean_text

pytestmark = pytest.mark.browser

PAYLOADS = [
    "<script>window.__pwned=1</script>",
    "</script><script>window.__pwned=2</script>",
    '<img src=x onerror="window.__pwned=3">',
    '"><svg onload=window.__pwned=4>',
    "'+(window.__pwned=5)+'",
    "${window.__pwned=6}",
    "`${alert(1)}`",
    "back\\slash \\u003c \\",
    "{{ 7*7 }}",
    "{% for x in range(3) %}x{% endfor %} {% if %}",
    "{# comment #} {#",
    "javascript:window.__pwned=7",
    "line\u2028separator\u2029end",
    "\u202eright to left",
    "<!--<script>",
    "</script ><script >window.__pwned=9</script >",
    "<!-- <script \t",
    "]]>&lt;b&gt;&#60;",
]
EVENT_FIELDS = [
    "event_id", "date_precision", "event_type", "actors", "scope", "place", "country_side",
    "admin1", "admin2", "location_precision", "location_basis", "narcotics_detail",
    "weapons_seized", "summary", "source", "confidence", "notes",
]  # fmt: skip
SEGMENT_FIELDS = [
    "segment_id", "tj_district", "af_district", "tj_province", "af_province", "terrain",
]  # fmt: skip
# Fields whose words are put into our own sentences; what is not in the vocabulary shows as given.
HIDDEN_WHEN_UNKNOWN = {"date_precision", "scope"}


def said(payload: str) -> str:
    """Write a payload as a browser gives it back: spaces of any kind become one."""
    return " ".join(clean_text(payload).split())


def attacked(world, jinja: str):
    """Put every payload into every text field; the tag before it tells which field it was."""
    payloads = [*PAYLOADS, jinja]
    base = world.events[world.events["event_id"].isin(["e01", "e03", "e06", "e12"])]
    events = pd.concat([base] * len(payloads), ignore_index=True)
    located = pd.concat([world.located.iloc[[0, 2, 5, 11]]] * len(payloads), ignore_index=True)
    for column in EVENT_FIELDS:
        events[column] = events[column].astype(object)
    for row in range(len(events)):
        text = payloads[row // 4]
        for column in EVENT_FIELDS:
            precise = column == "location_precision"
            if not (precise and row % 4 >= 2):  # keep the bands and the list as they are
                events.at[row, column] = f"{column}{row}:{text}"
        script = "javascript://a.org/%0Awindow.__pwned=8"
        addresses = [text, script, f"https://a.org/{text}", "http://b.org"]
        events.at[row, "source_urls"] = addresses
        events.at[row, "source_dates"] = [f"date:{text}"] * 4
        if row % 4 == 1:  # a date that is no date
            events["date_start"] = events["date_start"].astype(object)
            events.at[row, "date_start"] = f"day:{text}"
            events.at[row, "date_end"] = None
    # Points of one place would share a symbol: move them apart.
    for row in range(len(events)):
        if row % 4 < 2:
            events.loc[row, "geometry"] = world.boundary.point_at(5 + row * 5)
    located["event_id"] = events["event_id"]
    located["reason"] = [f"reason:{payloads[row // 4]}" for row in range(len(located))]
    rates = world.rates.copy()
    for column in SEGMENT_FIELDS:
        rates[column] = [f"{column}:{payloads[i % len(payloads)]}" for i in range(len(rates))]
    rates.attrs = {
        **world.rates.attrs,
        "data_version": "{{ 7*7 }}<script>",
        "period": ["{%", "<b>"],
    }
    areas = pd.concat([world.areas] * 4, ignore_index=True).head(len(payloads))
    for column in ("name", "kind", "country"):
        areas[column] = [f"{column}:{payloads[i]}" for i in range(len(areas))]
    referents = pd.concat([world.referents] * 9, ignore_index=True).head(len(payloads))
    for column in ("name", "kind"):
        referents[column] = [f"{column}:{payloads[i]}" for i in range(len(referents))]
    frontages = pd.concat([world.frontages] * 12, ignore_index=True).head(len(payloads))
    frontages["name"] = [f"frontage:{text}" for text in payloads]
    frontages["from_km"], frontages["to_km"] = 100.0, 150.0  # all of them name the one stretch
    drawn = world.map(
        events=events, located=located, rates=rates, areas=areas, referents=referents,
        frontages=frontages, title="title:" + "".join(PAYLOADS) + jinja,
        attribution="attribution:" + "".join(PAYLOADS) + jinja,
    )  # fmt: skip
    return drawn, events, rates, payloads


def everything_said(page) -> str:
    """Open all that can be opened; return the text of it all, and of every label."""
    return page.evaluate(
        """async () => {
          const pause = ms => new Promise(done => setTimeout(done, ms));
          const heard = [document.body.textContent];
          const things = document.querySelectorAll('.fg-hit, .fg-symbol');
          for (const thing of things) {
            heard.push(thing.getAttribute('aria-label'));
            thing.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));
            const popup = Array.from(document.querySelectorAll('.fg-popup')).pop();
            for (const fold of popup.querySelectorAll('details')) fold.open = true;
            await pause(0);
            for (const fold of popup.querySelectorAll('details')) fold.open = true;
            await pause(0);
            heard.push(popup.textContent);
          }
          for (const fold of document.querySelectorAll('.fg-panel details')) fold.open = true;
          await pause(20);
          for (const fold of document.querySelectorAll('.fg-panel details')) fold.open = true;
          await pause(20);
          heard.push(document.querySelector('.fg-panel').textContent);
          return heard.join('\\n').split(/\\s+/).join(' ');
        }"""
    )


def test_hostile_text_is_shown_and_never_run(world, open_map, tmp_path):
    trap = tmp_path / "trap"
    jinja = (
        "{{ cycler.__init__.__globals__.os.popen('touch " + str(trap) + "').read() }}"
        "{% set x = cycler.__init__.__globals__.os.system('touch " + str(trap) + "') %}"
    )
    drawn, events, rates, payloads = attacked(world, jinja)
    sheet = open_map(drawn)
    page = sheet.page
    text = everything_said(page)
    page.mouse.move(400, 300)
    page.wait_for_timeout(200)

    assert not trap.exists(), "a template ran a command while the map was built"
    assert page.evaluate("window.__pwned") is None
    assert sheet.dialogs == []
    assert sheet.messages == []
    assert sheet.foreign_requests == []
    links = page.eval_on_selector_all("a[href]", "all => all.map(a => a.protocol)")
    assert set(links) <= {"http:", "https:", "file:"}  # file: the "#" of Leaflet's own buttons

    assert page.locator("h1").text_content() == clean_text("title:" + "".join(PAYLOADS) + jinja)
    shown = page.locator(".leaflet-control-attribution").text_content()
    assert " ".join(shown.split()) == said("attribution:" + "".join(PAYLOADS) + jinja)
    for row in range(len(events)):
        for column in EVENT_FIELDS:
            value = events.at[row, column]
            if column in HIDDEN_WHEN_UNKNOWN or (column == "location_precision" and row % 4 >= 2):
                continue
            if column == "event_type":  # written with a capital
                value = value[0].upper() + value[1:]
            assert said(value) in text, (column, row)
    for column in SEGMENT_FIELDS:
        for value in rates[column]:
            assert said(value) in text, column
    for payload in payloads:
        for prefix in ("name:", "frontage:", "day:", "date:", "reason:"):
            assert said(prefix + payload) in text, prefix


def test_hostile_text_in_a_notebook_frame_stays_in_its_frame(world, browser, tmp_path):
    drawn, *_ = attacked(world, "{{ 7*7 }}")
    path = tmp_path / "notebook.html"
    path.write_text(f"<!DOCTYPE html><body>{drawn._repr_html_()}</body>", encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri())
    page.frame_locator("iframe").locator("[data-fg-ready]").wait_for()
    assert page.evaluate("window.__pwned") is None
    assert page.frames[1].evaluate("window.__pwned") is None
    assert page.evaluate("document.body.textContent.trim()") == ""
    context.close()
