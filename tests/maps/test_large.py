"""A hundred thousand incidents with text in a real browser, and tables that are all of one kind."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from frontier_geo.maps.texts import CHUNK
from frontier_geo.maps.words import catalogue

from .browser_helpers import changed, numbers, opened, settle
from .made_up import RARE, RARE_EVERY, made_up

pytestmark = pytest.mark.browser

WORDS = catalogue("en")
N = 100_000
FEW = 900  # where the kind of incident matters, not their number
expect.set_options(timeout=30_000)  # a busy machine is slow, not wrong
LABELS = {"armed_clash": "Armed clash", "drug_seizure": "Drug seizure", "other": "Other"}


@cache
def large():
    return made_up(N)


@cache
def large_html():
    return large().page().html


@pytest.fixture
def reader(browser, tmp_path):
    with opened(browser, large_html(), tmp_path) as reader:
        yield reader
        assert [url for url in reader.requests if not url.startswith(("about:", "blob:"))] == [
            reader.address
        ]


def counted(keep):
    """What the page says of so many incidents."""
    return f"{int(np.sum(keep)):,} of {N:,} incidents"


def says(reader, text):
    expect(reader.page.locator(".fg-count")).to_have_text(text)


def beats(page):
    """How often the page could draw while it was busy: the longest pause in milliseconds."""
    return page.evaluate(
        """() => new Promise((done) => {
          let [last, longest, left] = [performance.now(), 0, 30];
          const beat = (now) => {
            longest = Math.max(longest, now - last);
            last = now;
            left -= 1;
            if (left) requestAnimationFrame(beat); else done(longest);
          };
          requestAnimationFrame(beat);
        })"""
    )


# ---- filters, time, play -------------------------------------------------------------------------


def test_types_and_time_count_what_is_there(reader):
    events = large().events
    kind = events["event_type"].to_numpy()
    says(reader, counted(np.ones(N, bool)))
    before = reader.picture(".fg-map")
    off = np.zeros(N, bool)
    for key in ("armed_clash", "other"):
        reader.page.locator(".fg-type", has_text=LABELS[key]).click()
        off |= kind == key
        says(reader, counted(~off))
    assert changed(before, reader.picture(".fg-map")).any()
    first = reader.handle("first")
    first.focus()
    for _ in range(9):
        reader.page.keyboard.press("PageUp")
    day = pd.Timestamp(first.get_attribute("aria-valuetext"))
    assert day == pd.Timestamp("2001-01-01")
    late = (events["date_start"] >= day).to_numpy()
    says(reader, counted(~off & late))
    last = reader.handle("last")
    last.focus()
    reader.page.keyboard.press("PageDown")
    end = pd.Timestamp(last.get_attribute("aria-valuetext"))
    within = late & (events["date_start"] <= end).to_numpy()
    assert within.sum() < late.sum()
    says(reader, counted(~off & within))
    # The numbers beside the types are those of this time.
    shown = reader.page.locator(".fg-type").evaluate_all(
        "rows => rows.map((row) => [row.children[1].innerText, row.children[2].innerText])"
    )
    shown = {label: int(numbers(number)[0]) for label, number in shown}
    for key, label in LABELS.items():
        assert shown[label] == ((kind == key) & within).sum(), key
    reader.page.get_by_role("button", name=WORDS["time.reset"]).click()
    says(reader, counted(~off))


def test_play_goes_through_time(browser, tmp_path):
    day = large().events["date_start"]
    with opened(browser, large_html(), tmp_path, reduced_motion="no-preference") as reader:
        page = reader.page
        page.get_by_role("button", name=WORDS["time.play"]).click()
        label = page.locator(".fg-time-label")
        seen = [reader.text(".fg-time-label")]
        for _ in range(3):
            expect(label).not_to_have_text(seen[-1])
            seen.append(reader.text(".fg-time-label"))
        page.get_by_role("button", name=WORDS["time.pause"]).click()
        page.get_by_role("button", name=WORDS["time.play"]).wait_for()
        starts = [pd.Timestamp(text.split(" – ")[0]) for text in seen[1:]]
        assert starts == sorted(set(starts))
        ends = [reader.handle(which).get_attribute("aria-valuetext") for which in ("first", "last")]
        says(reader, counted(day.between(*map(pd.Timestamp, ends))))


# ---- the table -----------------------------------------------------------------------------------


def test_the_table_holds_pages_of_rows_and_the_page_stays_alive(reader):
    page = reader.page
    page.get_by_role("tab", name="Incidents").click()
    rows = page.locator(".fg-table tbody tr")
    expect(rows).to_have_count(100)
    on_map = (large().events["location_precision"] != "country").sum()
    assert f"{on_map:,} incidents in view" in reader.text(".fg-table-count")
    expect(rows.first).to_contain_text("Place ")
    order = large().in_order()[::-1]
    placed = large().events.iloc[order].query("location_precision != 'country'")
    shown = [row[2].split("\n")[0] for row in reader.rows()]
    assert shown == placed["place"].iloc[:100].tolist()
    page.locator(".fg-more").click()
    expect(rows).to_have_count(200)
    expect(rows.nth(199)).to_contain_text(placed["place"].iloc[199])
    # Ordered by type, the same incidents begin with the first word of the alphabet.
    page.locator(".fg-table thead").get_by_role("button", name=WORDS["table.type"]).click()
    expect(rows.first).to_contain_text(re.compile("Armed clash|Secret crossing"))
    assert len(reader.rows()) <= 1000
    assert beats(page) < 2000  # no frame waits for seconds, even on a busy machine


def test_zooming_in_leaves_the_incidents_of_the_view(reader):
    page = reader.page
    page.get_by_role("tab", name="Incidents").click()
    point = large().boundary.point_at(150)
    fragment = f"#map=11/{point.y:.4f}/{point.x:.4f}"
    page.evaluate("(fragment) => { location.hash = fragment; }", fragment)
    status = page.locator(".fg-table-count")
    expect(status).not_to_contain_text(f"{N:,}")
    page.wait_for_function(
        "() => Number(document.querySelector('.fg-table-count').innerText"
        ".replace(/\\D/g, '')) < 40000"
    )
    west, east = (
        page.evaluate(
            "(x) => document.querySelector('.fg-root').frontierGeo.map.leaflet.getBounds()[x]()",
            edge,
        )
        for edge in ("getWest", "getEast")
    )
    for row in reader.rows()[:20]:
        event = large().events.iloc[int(numbers(row[2])[0])]
        if event.geometry is not None:
            assert west <= event.geometry.x <= east


# ---- texts in chunks -----------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0, CHUNK - 1, CHUNK, 25 * CHUNK + 1, N - 1])
def test_a_popup_tells_of_its_own_incident(shared, at):
    """First and last incidents of chunks, and of all."""
    event = large().events.iloc[large().in_order()[at]]
    shared.page.evaluate("(at) => { location.hash = `pick=incident:${at}`; }", at)
    heading = shared.page.locator(".fg-popup-scroll")
    expect(heading).to_contain_text(event["place"])
    told = shared.popup
    assert event["summary"] in told
    assert f"{event['date_start']:%-d %B %Y}" in told
    link = shared.page.locator(".fg-popup-scroll a[href^='https://news']")
    assert link.get_attribute("href") == event["source_urls"][0]
    assert WORDS[f"type.{event['event_type']}"] in told


@pytest.fixture(scope="module")
def shared(browser, tmp_path_factory):
    """One page for all popups and searches, each of which takes the place of the one before."""
    with opened(browser, large_html(), tmp_path_factory.mktemp("large")) as reader:
        yield reader


def search(reader):
    return reader.page.get_by_role("searchbox", name=WORDS["filter.search"])


def test_search_finds_across_chunks(shared):
    wanted = len(range(RARE_EVERY // 2, N, RARE_EVERY))
    assert wanted > 5
    search(shared).fill(RARE.lower())
    says(shared, f"{wanted} of {N:,} incidents")
    expect(shared.page.locator(".fg-finds")).to_contain_text(str(wanted))
    shared.page.get_by_role("tab", name="Incidents").click()
    found = {int(numbers(row[2])[0]) for row in shared.rows()}
    assert found <= set(range(RARE_EVERY // 2, N, RARE_EVERY)) and len(found) > 3
    shared.page.get_by_role("tab", name="Legend").click()
    # The last incident of all, by its own number; then everything again.
    search(shared).fill(f"case-{N - 1:06d}")
    says(shared, f"1 of {N:,} incidents")
    search(shared).fill("")
    says(shared, counted(np.ones(N, bool)))


def test_a_search_is_given_up_for_the_next_one(shared):
    told = large().events["summary"]
    field = search(shared)
    for words in ("герои", "spokesman", "nothing like this"):
        field.fill(words)
        field.press("Enter")
    field.fill("тирандозӣ")
    field.press("Enter")
    says(shared, counted(told.str.contains("тирандозӣ")))
    settle(shared.page)
    says(shared, counted(told.str.contains("тирандозӣ")))
    # One that is cleared while it runs leaves nothing behind.
    field.fill("контрабанд spokesman")
    field.press("Enter")
    field.press("Escape")
    says(shared, counted(np.ones(N, bool)))
    expect(shared.page.locator(".fg-finds")).to_be_hidden()


def test_other_filters_work_while_a_search_runs(shared):
    events = large().events
    search(shared).fill("захмӣ")
    search(shared).press("Enter")
    row = shared.page.locator(".fg-type", has_text="Other")
    row.click()
    keep = events["summary"].str.contains("захмӣ") & (events["event_type"] != "other")
    says(shared, counted(keep))
    row.click()
    search(shared).fill("")
    says(shared, counted(np.ones(N, bool)))


# ---- all of one kind -----------------------------------------------------------------------------


def few(**columns):
    """Some hundred incidents with some columns changed, in the events and where they were placed."""
    world = made_up(FEW)
    for table in (world.events, world.located):
        for name, value in columns.items():
            if name in table:
                table[name] = value
    return world


def test_all_on_one_day(browser, tmp_path):
    day = pd.Timestamp("2020-02-29")
    world = few(date_start=day, date_end=day)
    for period in (None, (day, day)):
        html = world.page(**({"period": period} if period else {})).html
        with opened(browser, html, tmp_path) as reader:
            assert reader.count == "900 of 900 incidents"
            if period:
                assert reader.text(".fg-time-label") == "29 February 2020"
                continue
            handle = reader.handle("last")
            handle.focus()
            reader.page.keyboard.press("PageDown")
            assert reader.count == "900 of 900 incidents"
            for _ in range(5):
                reader.page.keyboard.press("PageDown")
            assert reader.count == "0 of 900 incidents"


def test_all_imprecise(browser, tmp_path):
    world = few(location_precision="district", location_uncertainty_km=25.0)
    number = np.arange(FEW)
    first = number % 6 * 50.0
    for table in (world.events, world.located):
        table["frontage_from_km"], table["frontage_to_km"] = first, first + 50
    world.events["geometry"] = None
    world.located["placement"] = "frontage"
    world.located[["chainage_km", "lon", "lat", "distance_km"]] = np.nan
    with opened(browser, world.page().html, tmp_path) as reader:
        assert reader.count == "900 of 900 incidents"
        # No dot stands for a place that nobody knows: bands do, and say how many.
        before = reader.picture(".fg-map")
        reader.page.get_by_role("button", name=WORDS["filter.none"]).first.click()
        assert changed(before, reader.picture(".fg-map")).any()
        reader.page.get_by_role("button", name=WORDS["filter.all"]).first.click()
        reader.chart.focus()
        reader.page.keyboard.press("Home")
        assert "0 known to this segment" in reader.said_by_chart
        reader.page.keyboard.press("Enter")
        assert "3 km" in reader.popup or "0 to 10" in reader.popup
        reader.page.keyboard.press("Escape")
        reader.page.get_by_role("tab", name="Incidents").click()
        expect(reader.page.locator(".fg-table tbody tr")).to_have_count(100)


def test_dates_from_1992_to_tomorrow(browser, tmp_path):
    world = made_up(FEW)
    tomorrow = pd.Timestamp(date.today() + timedelta(days=1))
    day = pd.Series(pd.date_range("1992-01-01", tomorrow, periods=FEW)).dt.floor("D")
    for table in (world.events, world.located):
        table["date_start"] = table["date_end"] = day
    html = world.page(period=None).html
    with opened(browser, html, tmp_path) as reader:
        assert reader.count == "900 of 900 incidents"
        assert reader.text(".fg-time-label") == f"January 1992 – {tomorrow:%B %Y}"
        said = [reader.handle(w).get_attribute("aria-valuetext") for w in ("first", "last")]
        assert [pd.Timestamp(text) for text in said] == [day.iloc[0], day.iloc[-1]]
        reader.page.get_by_role("tab", name="Incidents").click()
        expect(reader.page.locator(".fg-table tbody tr").first).to_contain_text(
            f"{day.iloc[-1]:%-d %B %Y}"
        )


def test_undated(browser, tmp_path):
    world = few(date_start=pd.NaT, date_end=pd.NaT, date_precision="unknown")
    with opened(browser, world.page().html, tmp_path) as reader:
        assert reader.count == "900 of 900 incidents"
        handle = reader.handle("first")
        handle.focus()
        reader.page.keyboard.press("PageUp")
        assert reader.count == "0 of 900 incidents"
        assert "900 incidents without a date" in reader.text(".fg-time")
        reader.page.get_by_role("tab", name="Incidents").click()
        fold = reader.page.locator("summary", has_text="900 incidents without a date")
        fold.click()
        expect(reader.page.locator(".fg-nowhere .fg-incident")).to_have_count(25)
        reader.page.get_by_role("button", name=WORDS["time.reset"]).click()
        assert reader.count == "900 of 900 incidents"
