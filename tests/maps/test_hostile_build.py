"""
Text of unknown origin in Python: kept as data, never markup, never run while a page is built.

Every text field of every table takes every payload, on the page and on the folium map. What a
browser makes of them is tested in a browser.
"""

from __future__ import annotations

import html
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from frontier_geo.maps import clean_text, markup_text, safe_url
from frontier_geo.maps.escaping import json_for_script

from .hostile_helpers import PAYLOADS, file_name

EVENT_FIELDS = [
    "event_id", "date_precision", "event_type", "source_event_type", "actors", "scope", "place",
    "country", "country_side", "admin1", "admin2", "location_precision", "location_basis",
    "narcotics_detail", "weapons_seized", "summary", "source", "licence", "source_version",
    "confidence", "notes", "date_start",
]  # fmt: skip
#: What the page has no place for: the event says it by another field, or a number.
NOT_SHOWN = {"source_event_type", "country", "source_version", "country_side", "confidence"}
SEGMENT_FIELDS = [
    "segment_id", "tj_district", "af_district", "tj_province", "af_province", "terrain",
]  # fmt: skip


def cut(text: str) -> str:
    """Write a text as a page keeps it."""
    plain = clean_text(text)
    return plain if len(plain) <= 2000 else plain[:2000].rstrip() + " […]"


def objects(texts: list[str]) -> pd.Series:
    """Texts as plain objects: a column of pandas' own text cannot hold broken ones."""
    return pd.Series(np.array(texts, dtype=object), dtype=object)


def attacked(world, payload: str) -> SimpleNamespace:
    """Put a payload into every text field of every table; a tag tells which field it was."""
    told: dict[str, str] = {}

    def laced(name: str) -> str:
        told[name] = f"{name}:{payload}"
        return told[name]

    rows = ["e01", "e03", "e06", "e12"]
    events = world.events[world.events["event_id"].isin(rows)].reset_index(drop=True)
    located = world.located[world.located["event_id"].isin(rows)].reset_index(drop=True)
    for column in EVENT_FIELDS:
        events[column] = events[column].astype(object) if column in events else None
        text = [laced(f"{column}{row}") for row in range(len(events))]
        if column == "location_precision":  # the stretch stays one, the nowhere too
            text[2:] = events[column][2:]
            del told["location_precision2"], told["location_precision3"]
        events[column] = objects(text)
    events["date_end"] = None
    events["source_urls"] = [
        [payload, f"https://a.org/{payload}", f"javascript://a.org/%0A{payload}", "http://b.org"]
    ] * len(events)
    events["source_dates"] = [["2020", "2020", "2020", laced("source_date")]] * 4
    located["event_id"] = events["event_id"]
    located["reason"] = objects([laced("reason")] * len(located))
    rates = world.rates.copy()
    for column in SEGMENT_FIELDS:
        rates[column] = objects([laced(f"{column}{row}") for row in range(len(rates))])
    numbers = "numbers:" + payload.encode("utf-8", "replace").decode()  # as pandas can hold it
    rates[numbers] = np.arange(len(rates)) / 7
    rates.attrs = {
        "period": [payload, payload], "data_version": laced("data_version"),
        "unit": payload, "accounting": {payload: payload, "set_aside": {laced("set_aside"): 3}},
        "resolution": {"note": laced("resolution")}, "parameters": {"confidence_level": payload},
    }  # fmt: skip
    areas = world.areas.copy()
    for column in ("name", "kind", "country", "area_id"):
        areas[column] = objects([laced(f"area_{column}{row}") for row in range(len(areas))])
    referents = world.referents.copy()
    for column in ("name", "kind"):
        referents[column] = objects(
            [laced(f"referent_{column}{row}") for row in range(len(referents))]
        )
    frontages = world.frontages.copy()
    frontages["name"] = objects([laced(f"frontage{row}") for row in range(len(frontages))])
    arguments = {
        "events": events, "located": located, "rates": rates, "areas": areas,
        "referents": referents, "frontages": frontages, "title": laced("title"),
        "attribution": laced("attribution"), "color_by": numbers,
        "period": ("2010-01-01", "2025-12-31"),
    }  # fmt: skip
    return SimpleNamespace(arguments=arguments, told=told)


def only_plain_web_addresses_became_links(data) -> None:
    """Look at the links of each incident, of which two were made up of the payload."""
    for links, others in zip(data.texts["links"], data.texts["others"], strict=True):
        for address, host, _ in links:
            assert re.match(r"https?://[\w.:-]+(/|$)", address)
            assert re.fullmatch(r"[\w.:-]+", host)
        assert links[-1][:2] == ["http://b.org", "b.org"]
        assert len(links) + len(others) == 4
        assert any(other.startswith("javascript:") for other in others)


@pytest.mark.parametrize("product", ["page", "map"])
@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_in_every_field_stays_text(world, data_of, html_of, tmp_path, name, product):
    trap = tmp_path / "trap"
    payload = PAYLOADS[name].replace("TRAP", str(trap))
    attack = attacked(world, payload)
    drawn = getattr(world, product)(**attack.arguments)
    page = html_of(drawn)
    drawn.save(tmp_path / file_name(payload))
    assert (tmp_path / file_name(payload)).stat().st_size > 50_000
    drawn._repr_html_()
    assert not trap.exists(), "a template ran a command while the map was built"

    data = data_of(drawn)
    strings = data.strings()
    hidden = {f"{field}{row}" for field in NOT_SHOWN for row in range(4)}
    hidden |= {"area_kind", "area_country", "area_area_id", "set_aside"}
    for field, text in attack.told.items():
        if field in hidden or field.startswith(("area_kind", "area_country", "area_area_id")):
            continue
        assert cut(text) in strings or clean_text(text) in strings, field
    assert cut(attack.arguments["color_by"]) == data.head["rates"]["column"]
    only_plain_web_addresses_became_links(data)

    # Nothing of it outside the packed blocks, but for the escaped title.
    bare = re.sub(r'<script type="text/plain"[^>]*>[A-Za-z0-9+/=]*</script>', "", page)
    assert re.findall(r"<title>(.*?)</title>", bare, flags=re.S) == [
        markup_text(cut(attack.told["title"]))
    ]
    assert html.unescape(markup_text(cut("title:" + payload))) == cut("title:" + payload)
    bare = re.sub(r"<title>.*?</title>", "", bare, flags=re.S)
    for trace in ("__pwned", "os.system", "evil.example", "{{", "{%", "title:", "AA<b>"):
        assert trace not in bare, trace
    for block in re.findall(r'<script type="text/plain"[^>]*>([^<]*)<', page):
        assert re.fullmatch(r"[A-Za-z0-9+/=]+", block)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\nscript:x",
        "javascript://example.org/%0Aalert(1)", "http\t://x.org", "http://x.org/\u2028a",
        "data:text/html,<script>x</script>", "vbscript:x", "//example.org/x", "file:///etc/passwd",
        "https://", "https://user:secret@example.org/", "https://exa mple.org", 'https://a.org/"x',
        "https://[::1", "http://a.org@b.org", "https://a.org/<b>", "https://a.org/{{ 7*7 }}", "",
    ],
)  # fmt: skip
def test_addresses_that_are_not_plain_web_addresses_are_no_links(address):
    assert safe_url(address) is None


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("http://www.khovar.tj/2025/06/", "khovar.tj"), ("https://A.org", "a.org"),
        ("https://a.org:8443/x?y=1#z", "a.org:8443"), ("https://пример.рф/x", "пример.рф"),
        ("https://a.org/%D1%80?a=(b)", "a.org"),
    ],
)  # fmt: skip
def test_web_addresses_are_links_named_by_their_host(address, host):
    found = safe_url(address)
    assert found == (address, host.partition(":")[0])


def test_json_in_a_script_cannot_be_left():
    text = json_for_script({"a": "</script><!--\u2028\u2029&{{ 1 }}"})
    assert not set("<>&\u2028\u2029") & set(text)


def test_clean_text_survives_broken_characters():
    assert clean_text("a\ud800b\x00c") == "a?b\ufffdc"
    assert "{" not in markup_text("{{ 7*7 }} ${x} `y` \\")


def test_a_hostile_boundary_is_only_text(world, data_of, html_of):
    """Its names are in columns of the segments, in the head, and in nothing that is run."""
    from frontier_geo import Boundary, make_segments

    payload = "</script>{{ 7*7 }}<b>\x00"
    line = Boundary.from_line(
        world.boundary.geometry, crs="EPSG:4326", boundary_id=f"id{payload}", left=f"L{payload}",
        right=f"R{payload}", name=f"name{payload}", source=f"source{payload}",
        attribution=f"whose{payload}",
    )  # fmt: skip
    drawn = world.page(
        boundary=line, rates=make_segments(line), located=world.located,
        period=("2010-01-01", "2025-12-31"),
    )  # fmt: skip
    head = data_of(drawn).head
    assert head["boundary"]["left"] == clean_text(f"L{payload}")
    assert head["title"] == head["boundary"]["name"] == clean_text(f"name{payload}")
    assert clean_text(f"whose{payload}") in head["notes"]["attribution"]
    assert "{{" not in re.sub(r"<script.*?</script>", "", html_of(drawn), flags=re.S)


def test_an_area_may_hold_anything_in_its_other_columns(world):
    areas = world.areas.assign(extra=[{"a": 1}] * len(world.areas), kind=pd.NA)
    assert world.page(areas=areas).payload.head["areas"]["items"][0]["kind"] == "province"
