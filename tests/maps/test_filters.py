"""Filters, time and search: points, numbers, diagram and table change together and stay true."""

from __future__ import annotations

import re
import warnings
from functools import cache

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from frontier_geo import locate_events, make_segments
from frontier_geo.maps.words import catalogue
from frontier_geo.rates import segment_rates

from .browser_helpers import (
    box_of,
    changed,
    kilometres,
    numbers,
    opened,
    settle,
    shipped_page,
    small_page,
    small_world,
)

pytestmark = pytest.mark.browser

WORDS = catalogue("en")
GROUPS = {
    "types": ("event_type", "type"),
    "sides": ("country_side", "side"),
    "precisions": ("location_precision", "precision"),
    "confidences": ("confidence", "confidence"),
    "scopes": ("scope", "scope"),
}


@pytest.fixture
def shipped(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path) as reader:
        yield reader


@pytest.fixture
def small(browser, tmp_path):
    with opened(browser, small_page().html, tmp_path) as reader:
        yield reader


def events_of(page):
    return page.inputs.events


def within(events, first, last):
    """Which incidents may have happened in a range of days."""
    days = (pd.Timestamp(first), pd.Timestamp(last))
    return (events["date_start"] <= days[1]) & (events["date_end"] >= days[0])


@cache
def located():
    """Where the shipped incidents are."""
    inputs = shipped_page().inputs
    return locate_events(inputs.events, inputs.boundary)


def rates_of(keep, period):
    """What the library itself computes of some of the shipped incidents."""
    inputs = shipped_page().inputs
    chosen = located()
    ids = inputs.events.loc[keep, "event_id"]
    rows = chosen[chosen["event_id"].isin(ids)]
    segments = make_segments(inputs.boundary, length_km=10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return segment_rates(
            rows, segments, boundary=inputs.boundary, period=period, n_imputations=400
        )


def printed(value):
    """The step of the last digit that the page prints of a rate: two digits, three decimals."""
    decimals = 0 if value <= 0 else min(3, max(0, 1 - int(np.floor(np.log10(value)))))
    return 10.0**-decimals


def unfold(reader):
    """Open the part of the panel with the rarer filters."""
    fold = reader.page.locator("details", has_text=WORDS["filter.more"]).first
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()


def switch(reader, group, word):
    """Click on a value of a filter."""
    label = WORDS[f"{GROUPS[group][1]}.{word}"]
    if group == "types":
        reader.page.locator(".fg-type", has_text=label).click()
        return
    unfold(reader)
    box = reader.page.get_by_role("group", name=WORDS[f"filter.{group}"])
    box.get_by_role("checkbox", name=re.compile(f"^{re.escape(label)}")).click()


def shown_numbers(reader, group):
    """The number beside each value of a filter."""
    if group == "types":
        rows = reader.page.locator(".fg-type")
        pairs = rows.evaluate_all(
            "rows => rows.map((row) => [row.children[1].innerText, row.children[2].innerText])"
        )
    else:
        unfold(reader)
        box = reader.page.get_by_role("group", name=WORDS[f"filter.{group}"])
        pairs = box.locator("label").evaluate_all(
            "rows => rows.map((row) => [row.children[1].textContent, row.children[2].textContent])"
        )
    return {label: int(number) for label, number in pairs}


def set_time(reader, first, last):
    """Bring both handles to days that begin and end months, by keys."""
    for which, wanted in (("first", first), ("last", last)):
        handle = reader.handle(which)
        handle.focus()
        for _ in range(80):
            day = pd.Timestamp(handle.get_attribute("aria-valuetext"))
            months = (wanted.year - day.year) * 12 + wanted.month - day.month
            if months == 0:
                break
            big = abs(months) >= 12
            key = (
                ("PageUp" if big else "ArrowRight")
                if months > 0
                else ("PageDown" if big else "ArrowLeft")
            )
            reader.page.keyboard.press(key)
        assert pd.Timestamp(handle.get_attribute("aria-valuetext")) == wanted


@pytest.fixture(scope="module")
def shared(browser, tmp_path_factory):
    """One page for several tests, each of which leaves it with everything shown."""
    with opened(browser, shipped_page().html, tmp_path_factory.mktemp("shared")) as reader:
        yield reader


@pytest.mark.parametrize(
    ("group", "word"),
    [
        ("types", "armed_clash"),
        ("sides", "AF"),
        ("precisions", "district"),
        ("confidences", "medium"),
        ("scopes", "context"),
    ],
)
def test_each_filter_changes_counts_diagram_and_map_together(shared, group, word):
    shipped = shared
    events = events_of(shipped_page())
    before = shipped.picture(".fg-chart"), shipped.picture(".fg-map")
    switch(shipped, group, word)
    keep = events[GROUPS[group][0]] != word
    assert shipped.count == f"{keep.sum()} of {len(events)} incidents"
    assert shipped.text("[role=tab]:nth-of-type(2)") == f"Incidents ({keep.sum()})"
    for other, (column, words) in GROUPS.items():
        of = events if other == group else events[keep]
        for value, number in of[column].value_counts().items():
            assert shown_numbers(shipped, other)[WORDS[f"{words}.{value}"]] == number, (
                other,
                value,
            )
    if group != "scopes":  # those of this word are in no rate
        assert changed(before[0], shipped.picture(".fg-chart")).any()
    assert changed(before[1], shipped.picture(".fg-map")).any()
    shipped.page.get_by_role("tab", name="Incidents").click()
    listed = int(numbers(shipped.text(".fg-table-count"))[0])
    place = located()[located()["candidate"] == 0].set_index("event_id")["placement"]
    nowhere = (place.loc[events["event_id"]] == "unplaced").to_numpy()
    assert listed == (keep & ~nowhere).sum()
    shipped.page.get_by_role("tab", name="Legend").click()
    shipped.page.get_by_role("button", name=WORDS["filter.reset"]).click()
    assert shipped.count == f"{len(events)} of {len(events)} incidents"


def test_rates_under_a_type_and_a_time_are_those_of_the_library(shipped):
    """All segments, by the arrow keys, to the last digit that is printed."""
    events = events_of(shipped_page())
    shipped.page.get_by_role("button", name="Only Armed clash").click()
    first, last = pd.Timestamp("2019-06-01"), pd.Timestamp("2025-03-31")
    set_time(shipped, first, last)
    keep = (events["event_type"] == "armed_clash") & within(events, first, last)
    assert shipped.count == f"{keep.sum()} of {len(events)} incidents"
    assert 10 < keep.sum() < 60
    table = rates_of(keep, (first, last))
    shipped.chart.focus()
    shipped.page.keyboard.press("Home")
    for row in table.itertuples():
        said = shipped.said_by_chart
        count, known, rate = re.search(
            r"about ([\d.]+) expected, (\d+) known to this segment\. ([\d.]+) per 100 km", said
        ).groups()
        assert kilometres(said)[0] == row.from_km
        assert abs(float(rate) - row.expected_rate) <= 0.5 * printed(row.expected_rate) + 1e-4, said
        assert abs(float(count) - row.expected_events) <= 0.05 + 1e-3, said
        assert int(known) == row.events, said
        low, high = numbers(said.split("interval:")[1])
        assert low == pytest.approx(row.expected_rate_lo, rel=0.1, abs=0.02), said
        assert high == pytest.approx(row.expected_rate_hi, rel=0.1, abs=0.02), said
        shipped.page.keyboard.press("ArrowRight")
    top = table.loc[table["expected_rate"].idxmax()]
    x, y = shipped.on_chart((top["from_km"] + top["to_km"]) / 2)
    shipped.page.mouse.click(x, y)
    popup = shipped.popup
    assert "Types of incident: only Armed clash" in popup
    assert "1 June 2019 – 31 March 2025" in popup
    rate = float(re.search(r"Rate\n([\d.]+) per 100 km", popup)[1])
    assert abs(rate - top["expected_rate"]) <= 0.5 * printed(top["expected_rate"]) + 1e-4


def test_side_precision_and_confidence_give_the_rates_of_the_library(shipped):
    events = events_of(shipped_page())
    keep = pd.Series(True, index=events.index)
    for group, word in (("sides", "AF"), ("precisions", "frontage"), ("confidences", "high")):
        switch(shipped, group, word)
        keep &= events[GROUPS[group][0]] != word
    assert shipped.count == f"{keep.sum()} of {len(events)} incidents"
    table = rates_of(keep, shipped_page().inputs.events.attrs.get("coverage") or PERIOD_SHIPPED)
    shipped.chart.focus()
    shipped.page.keyboard.press("Home")
    for row in table.itertuples():
        rate = float(re.search(r"([\d.]+) per 100 km", shipped.said_by_chart)[1])
        assert abs(rate - row.expected_rate) <= 0.5 * printed(row.expected_rate) + 1e-4
        shipped.page.keyboard.press("ArrowRight")


PERIOD_SHIPPED = ("1992-01-01", "2026-04-17")


def test_the_legend_counts_the_segments_of_each_class(shipped):
    def classes():
        return [
            int(n)
            for n in shipped.page.locator(".fg-legend")
            .first.locator(".fg-number")
            .all_inner_texts()
        ]

    assert sum(classes()) == 135
    at_first = classes()
    shipped.page.get_by_role("button", name="Only Border closure").click()
    expect(shipped.page.locator(".fg-legend").first.locator(".fg-number").first).not_to_have_text(
        str(at_first[0])
    )
    assert sum(classes()) == 135 and classes() != at_first


def test_what_is_clicked_stays_under_the_pointer(small):
    only = small.page.get_by_role("button", name=re.compile("^Only ")).first
    reset = small.page.get_by_role("button", name=WORDS["filter.reset"])
    expect(reset).to_have_count(0)
    before = only.bounding_box()
    only.click()
    expect(reset).to_be_visible()
    assert only.bounding_box() == before
    reset.click()
    expect(reset).to_have_count(0)


def test_hidden_incidents_leave_the_map_and_nothing_else_does(small):
    """With the line and the bands off, a type that is hidden changes pixels at its places only."""
    for layer in ("ribbon", "stretches"):
        small.page.get_by_role("checkbox", name=WORDS[f"layer.{layer}"], exact=True).uncheck()
    before = small.picture(".fg-map")
    switch(small, "types", "cross_border_fire")
    mask = changed(before, small.picture(".fg-map"))
    left, top, right, bottom = box_of(mask)
    box = small.page.locator(".fg-map").bounding_box()
    events = events_of(small_page()).set_index("event_id")
    point = events.loc["e03"].geometry
    x, y = small.on_map(point.x, point.y)
    x, y = x - box["x"], y - box["y"]
    assert abs((left + right) / 2 - x) < 4 and abs((top + bottom) / 2 - y) < 4
    assert right - left < 30 and bottom - top < 30


def test_time_by_the_mouse(shipped):
    events = events_of(shipped_page())
    handle = shipped.handle("first")
    at, track = handle.bounding_box(), shipped.page.locator(".fg-time-track").bounding_box()
    y = at["y"] + at["height"] / 2
    shipped.page.mouse.move(at["x"] + at["width"] / 2, y)
    shipped.page.mouse.down()
    shipped.page.mouse.move(track["x"] + track["width"] * 0.4, y, steps=4)
    shipped.page.mouse.up()
    settle(shipped.page)
    first = pd.Timestamp(handle.get_attribute("aria-valuetext"))
    assert first.day == 1 and 2004 <= first.year <= 2007
    keep = within(events, first, "2026-04-17")
    assert shipped.count == f"{keep.sum()} of {len(events)} incidents"
    assert shipped.text(".fg-time-label") == f"{first:%B %Y} – April 2026"
    # The piece between the handles moves as a whole.
    middle = track["x"] + track["width"] * 0.7
    last = shipped.handle("last")
    box = last.bounding_box()
    shipped.page.mouse.move(box["x"] + box["width"] / 2, y)
    shipped.page.mouse.down()
    shipped.page.mouse.move(track["x"] + track["width"] * 0.8, y, steps=4)
    shipped.page.mouse.up()
    settle(shipped.page)
    ends = [
        pd.Timestamp(shipped.handle(w).get_attribute("aria-valuetext")) for w in ("first", "last")
    ]
    shipped.page.mouse.move(middle, y)
    shipped.page.mouse.down()
    shipped.page.mouse.move(middle - track["width"] * 0.1, y, steps=4)
    shipped.page.mouse.up()
    settle(shipped.page)
    after = [
        pd.Timestamp(shipped.handle(w).get_attribute("aria-valuetext")) for w in ("first", "last")
    ]
    assert after[0] < ends[0] and after[1] < ends[1]
    months = [(b.year - a.year) * 12 + b.month - a.month for a, b in (ends, after)]
    assert months[0] == months[1]
    assert shipped.count == f"{within(events, *after).sum()} of {len(events)} incidents"
    shipped.page.get_by_role("button", name=WORDS["time.reset"]).click()
    assert shipped.count == f"{len(events)} of {len(events)} incidents"


def test_play_advances_and_stops(browser, tmp_path):
    events = events_of(shipped_page())
    with opened(browser, shipped_page().html, tmp_path, reduced_motion="no-preference") as shipped:
        page = shipped.page
        before = shipped.picture(".fg-map")
        page.get_by_role("button", name=WORDS["time.play"]).click()
        label = page.locator(".fg-time-label")
        seen = [shipped.text(".fg-time-label")]
        for _ in range(3):
            expect(label).not_to_have_text(seen[-1])
            seen.append(shipped.text(".fg-time-label"))
        starts = [pd.Timestamp(text.split(" – ")[0]) for text in seen[1:]]
        assert starts == sorted(starts) and starts[0] < starts[-1]
        page.get_by_role("button", name=WORDS["time.pause"]).click()
        page.get_by_role("button", name=WORDS["time.play"]).wait_for()
        stopped = shipped.text(".fg-time-label")
        ends = [shipped.handle(w).get_attribute("aria-valuetext") for w in ("first", "last")]
        assert shipped.count == f"{within(events, *ends).sum()} of {len(events)} incidents"
        assert changed(before, shipped.picture(".fg-map")).any()
        assert shipped.text(".fg-time-label") == stopped
        # At the end of the period it stops by itself.
        shipped.handle("last").focus()
        page.keyboard.press("End")
        shipped.handle("first").focus()
        page.keyboard.press("End")
        for _ in range(3):
            page.keyboard.press("ArrowLeft")
        shipped.handle("last").focus()
        page.keyboard.press("ArrowLeft")
        page.get_by_role("button", name=WORDS["time.play"]).click()
        expect(shipped.handle("last")).to_have_attribute("aria-valuetext", "17 April 2026")
        page.get_by_role("button", name=WORDS["time.play"]).wait_for()


def test_a_hand_on_the_page_stops_the_film(browser, tmp_path):
    with opened(browser, shipped_page().html, tmp_path, reduced_motion="no-preference") as shipped:
        shipped.page.get_by_role("button", name=WORDS["time.play"]).click()
        shipped.page.get_by_role("button", name=WORDS["time.pause"]).wait_for()
        shipped.page.locator("h1").click()
        shipped.page.get_by_role("button", name=WORDS["time.play"]).wait_for()


def test_an_incident_without_a_date_is_shown_only_in_the_whole_period(small):
    page = small.page
    total = len(events_of(small_page()))
    assert small.count == f"{total} of {total} incidents"
    small.handle("first").focus()
    page.keyboard.press("ArrowRight")
    assert small.count == f"{total - 1} of {total} incidents"
    note = "1 incident without a date is shown only when the whole period is selected."
    assert note in small.text(".fg-time")
    page.get_by_role("tab", name="Incidents").click()
    page.locator("summary", has_text="Not shown: 1 incident without a date").click()
    expect(page.locator(".fg-nowhere").get_by_text("Undated place").first).to_be_visible()
    page.get_by_role("button", name=WORDS["time.reset"]).click()
    assert small.count == f"{total} of {total} incidents"
    assert note not in small.text(".fg-time")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("summary of e01", ["e01"]),
        ("ВИЛЛАГЕ героин", []),
        ("ГЕРОИН", ["e02"]),
        ("шуробод", ["e02"]),
        ("ҷанг", ["e04"]),
        ("روستای کوچک", ["e03"]),
        ("روستاي كوچك", ["e03"]),  # as written with Arabic letters
        ("درگیری", ["e01", "e06", "e13"]),  # a type, by its name in a language of the page
        ("village a", ["e01", "e02"]),
        ("nothing like this", []),
        ("  ", None),
    ],
)
def test_search_finds_in_every_script(small_searched, query, found):
    small = small_searched
    small.page.get_by_role("tab", name="Legend").click()
    total = len(events_of(small_page()))
    field = small.page.get_by_role("searchbox", name=WORDS["filter.search"])
    field.fill(query)
    number = total if found is None else len(found)
    expect(small.page.locator(".fg-count")).to_have_text(f"{number} of {total} incidents")
    if found is not None:
        expect(small.page.locator(".fg-finds")).to_contain_text(str(number))
    small.page.get_by_role("tab", name="Incidents").click()
    places = [
        events_of(small_page()).set_index("event_id").loc[name, "place"] for name in found or []
    ]
    if found is not None:
        expect(small.page.locator(".fg-table-count")).to_have_text(
            WORDS["table.empty"] if not found else re.compile(f"^{len(found)} incident")
        )
        expect(small.page.locator(".fg-table tbody .fg-place")).to_have_text(places)


@pytest.fixture(scope="module")
def small_searched(browser, tmp_path_factory):
    """One page for all searches, each of which takes the place of the one before."""
    with opened(browser, small_page().html, tmp_path_factory.mktemp("search")) as reader:
        yield reader


def test_search_takes_part_in_the_rates_and_is_cleared(small):
    before = small.picture(".fg-chart")
    field = small.page.get_by_role("searchbox", name=WORDS["filter.search"])
    field.fill("ГЕРОИН")
    expect(small.page.locator(".fg-count")).to_contain_text("1 of")
    assert changed(before, small.picture(".fg-chart")).any()
    small.chart.focus()
    small.page.keyboard.press("Home")
    said = []
    for _ in small_world().segments.index:
        said.append(small.said_by_chart)
        small.page.keyboard.press("ArrowRight")
    assert sum("1 known to this segment" in one for one in said) == 1
    assert sum("0 known to this segment" in one for one in said) == len(said) - 1
    assert all("per 100 km and year" in one for one in said)  # zero is a rate, too
    small.page.get_by_role("button", name=WORDS["filter.clear_search"]).click()
    assert field.input_value() == ""
    total = len(small_world().events)
    expect(small.page.locator(".fg-count")).to_have_text(f"{total} of {total} incidents")
