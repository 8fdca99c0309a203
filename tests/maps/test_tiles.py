"""Online backgrounds: only when asked for by name, from one host, and never one that needs a key."""

from __future__ import annotations

import re

import pytest

from frontier_geo.errors import ParameterError
from frontier_geo.maps.tiles import tile_source


def test_by_default_there_is_none(world, policy_of):
    page = world.page()
    assert page.payload.head["tiles"] is None
    assert not [
        each for sources in policy_of(page.html).values() for each in sources if ":/" in each
    ]


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("OpenTopoMap", "a.tile.opentopomap.org"),
        ("Esri.WorldTopoMap", "server.arcgisonline.com"),
        ("OpenStreetMap.Mapnik", "tile.openstreetmap.org"),
        ("esri worldtopomap", "server.arcgisonline.com"),
    ],
)
def test_a_background_by_name_opens_the_policy_for_its_host_alone(world, policy_of, name, host):
    page = world.page(tiles=name)
    tiles = page.payload.head["tiles"]
    assert tiles["host"] == host
    assert re.fullmatch(
        rf"https://{re.escape(host)}/[^{{}}]*(\{{[xyz]\}}[^{{}}]*){{3}}", tiles["url"]
    )
    assert "©" in tiles["attribution"] and tiles["max_zoom"] >= 17
    policy = policy_of(page.html)
    assert policy["img-src"] == ["data:", "blob:", f"https://{host}"]
    assert [name for name, sources in policy.items() if any(host in s for s in sources)] == [
        "img-src"
    ]


def test_an_address_of_ones_own(world, policy_of):
    address = "https://tiles.example.org:8443/topo/{z}/{x}/{y}.png?style=1"
    page = world.page(tiles=address)
    tiles = page.payload.head["tiles"]
    assert (tiles["url"], tiles["host"]) == (address, "tiles.example.org:8443")
    assert policy_of(page.html)["img-src"][-1] == "https://tiles.example.org:8443"


@pytest.mark.parametrize("name", ["Thunderforest.Outdoors", "CartoDB.Positron", "MapBox"])
def test_backgrounds_that_need_a_key_are_refused(name):
    with pytest.raises(ParameterError, match=r"needs no key.*needs one\. Take OpenTopoMap"):
        tile_source(name)


def test_an_unknown_name_is_told_what_is_near():
    with pytest.raises(ParameterError, match=r"'OpenTopMap' is none\. Nearest are OpenTopoMap"):
        tile_source("OpenTopMap")


@pytest.mark.parametrize(
    "address",
    [
        "http://a.org/{z}/{x}/{y}.png", "//a.org/{z}/{x}/{y}.png", "javascript:alert(1)//{z}{x}{y}",
        "data:image/png,{z}{x}{y}", "ftp://a.org/{z}/{x}/{y}", "https://a.org/{z}/{x}.png",
        "https://a.org/{z}/{x}/{y}/{s}.png", "https://{s}.a.org/{z}/{x}/{y}.png",
        "https://a.org/{z}/{x}/{y}?key={apikey}", "https://a.org/{z}/{x}/{y}{{7*7}}",
        "https://user:secret@a.org/{z}/{x}/{y}", "https://a b.org/{z}/{x}/{y}",
        "https://{x}.a.org/{z}/{y}", 'https://a.org/{z}/{x}/{y}"; script-src *',
        "https://a.org;script-src/{z}/{x}/{y}", "https://*.org/{z}/{x}/{y}",
        "https://a.org:99999/{z}/{x}/{y}", "https:///{z}/{x}/{y}", "https://a.org/<b>{z}/{x}/{y}",
        "https://a.org/{z}\u2028/{x}/{y}", "https://[::1]/{z}/{x}/{y}", "https://10.0.0.1/{z}/{x}/{y}",
        "https://a.org\\@b.org/{z}/{x}/{y}", "https://а.org/{z}/{x}/{y}", "/{z}/{x}/{y}",
    ],
)  # fmt: skip
def test_odd_addresses_are_refused(address):
    with pytest.raises(ParameterError, match=r"^tiles must "):
        tile_source(address)


@pytest.mark.parametrize("odd", [None, 5, ["OpenTopoMap"]])
def test_only_text_names_a_background(odd):
    with pytest.raises(ParameterError, match="tiles must be a name such as 'OpenTopoMap'"):
        tile_source(odd)


def test_every_background_that_is_offered_has_a_plain_address():
    """What xyzservices knows either fits the rules or is refused with a reason."""
    from xyzservices import providers

    accepted = 0
    for name in providers.flatten():
        try:
            tiles = tile_source(name)
        except ParameterError as error:
            assert str(error).startswith("tiles must ")
            continue
        accepted += 1
        assert tiles.url.startswith(f"https://{tiles.host}/")
        assert "apikey" not in tiles.url.lower() and "<" not in tiles.url
    assert accepted > 100
