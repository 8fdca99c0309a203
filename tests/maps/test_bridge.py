"""The folium map: the same data as the page, any layer of folium, and a policy that covers it all."""

from __future__ import annotations

import base64
import hashlib
import re
import warnings

import folium
import numpy as np
import pandas as pd
import pytest
from branca.element import Figure

from frontier_geo.errors import (
    ColumnError,
    CRSError,
    OnlineResourceWarning,
    OutputError,
    ParameterError,
)
from frontier_geo.maps import OfflineMap, RawElement
from frontier_geo.maps.packing import unpack
from frontier_geo.maps.shell import boot_js


def source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def code(page: str, kind: str) -> list[str]:
    """Return every script or style of a page, inline and packed."""
    packed = re.findall(rf'<script type="text/plain" data-packed="{kind}">([^<]*)</script>', page)
    inline = re.findall(rf"<{kind}>(.*?)</{kind}>", page, flags=re.S)
    return [*(unpack(block).decode() for block in packed), *inline]


def test_it_holds_the_same_data_as_the_page(world, data_of):
    drawn, page = data_of(world.map()), data_of(world.page())
    assert drawn.head == page.head
    assert drawn.blocks == page.blocks


def test_the_map_is_made_by_the_page_s_own_script(world, html_of):
    drawn = world.map()
    page, name = html_of(drawn), drawn.get_name()
    assert f'<main id="{name}" class="fg-root" data-language="en" data-failed="This page' in page
    for block in drawn.content.blocks:
        assert page.count(f'id="{name}-{block}"') == 1
    start = page.index(f'var {name} = FrontierGeo.start("{name}", {{leaflet:')
    assert page.index(f'id="{name}-data"') < start
    assert page.rindex("data-packed=") < page.index(boot_js()) < page.index("<main")
    assert start > page.rindex('<script type="text/plain"')


def test_layers_of_folium_use_the_map_after_it_is_made(world, html_of):
    drawn = world.map()
    marker = folium.Marker([37.2, 69.0], popup="one").add_to(drawn)
    page = html_of(drawn)
    used = page.index(f".addTo({drawn.get_name()})")
    assert page.index("FrontierGeo.start(") < used
    assert marker.get_name() not in page  # its random id became a numbered one


def test_policy_has_the_hash_of_every_script_and_style_and_nothing_looser(
    world, html_of, policy_of
):
    page = html_of(world.map())
    policy = policy_of(page)
    assert set(policy["script-src"]) == set(map(source, code(page, "script")))
    assert set(policy["style-src"]) == set(map(source, code(page, "style")))
    assert len(code(page, "script")) == 6  # the guard, Leaflet, folium's needs, ours, boot, start
    assert policy["default-src"] == policy["style-src-attr"] == ["'none'"]
    assert "unsafe" not in " ".join(each for sources in policy.values() for each in sources)


def test_layers_added_later_are_in_the_policy(world, html_of, policy_of):
    drawn = world.map()
    before = policy_of(html_of(drawn))
    folium.GeoJson({"type": "Point", "coordinates": [69, 37]}, name="two").add_to(drawn)
    folium.LayerControl().add_to(drawn)
    page = html_of(drawn)
    after = policy_of(page)
    assert set(after["script-src"]) == set(map(source, code(page, "script")))
    assert after["script-src"] != before["script-src"]
    assert after["style-src-attr"] == ["'unsafe-inline'"]  # folium's own popups need them
    assert "'unsafe-inline'" not in after["script-src"]


def test_two_builds_are_the_same_bytes(world, tmp_path):
    """Also with folium layers added, whose ids are random in folium itself."""
    pages = []
    for name in ("a.html", "b.html"):
        drawn = world.map()
        folium.Marker([37.2, 69.0], popup="one").add_to(drawn)
        folium.GeoJson({"type": "Point", "coordinates": [69, 37]}, name="two").add_to(drawn)
        folium.LayerControl().add_to(drawn)
        drawn.save(tmp_path / name)
        pages.append((tmp_path / name).read_bytes())
    assert hashlib.sha256(pages[0]).digest() == hashlib.sha256(pages[1]).digest()
    drawn.save(tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == pages[0]


def test_rendering_leaves_the_tree_as_it_was(world, html_of):
    drawn = world.map()
    folium.GeoJson({"type": "Point", "coordinates": [69, 37]}).add_to(drawn)
    pages = {html_of(drawn) for _ in range(3)}
    assert len(pages) == 1


def test_online_layers_are_named_in_the_policy_and_warned_of(world, tmp_path, policy_of):
    drawn = world.map()
    folium.TileLayer("https://{s}.tiles.example.org/{z}/{x}/{y}.png", attr="demo").add_to(drawn)
    with pytest.warns(OnlineResourceWarning, match=r"1 address.*tiles\.example\.org"):
        drawn.save(tmp_path / "online.html")
    policy = policy_of((tmp_path / "online.html").read_text(encoding="utf-8"))
    assert "https://*.tiles.example.org" in policy["img-src"]
    assert not any("example" in each for each in policy["script-src"])
    assert drawn.get_root().online_resources() == ["https://{s}.tiles.example.org/{z}/{x}/{y}.png"]


def test_offline_maps_do_not_warn(world, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        world.map().save(tmp_path / "map.html")


def test_a_file_that_is_open_can_be_written_to(world, tmp_path):
    drawn = world.map()
    with (tmp_path / "map.html").open("wb") as file:
        drawn.save(file, close_file=False)
        assert not file.closed
    assert (tmp_path / "map.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_saving_into_a_missing_folder_is_one_clear_error(world, tmp_path):
    with pytest.raises(OutputError, match=r"folder .*nowhere does not exist\. Create it"):
        world.map().save(tmp_path / "nowhere" / "map.html")


def test_the_map_opens_on_the_line_unless_told_where(world, data_of, html_of):
    assert data_of(world.map()).head["options"]["fit"] is True
    placed = world.map(location=[37.0, 70.0], zoom_start=9)
    assert data_of(placed).head["options"]["fit"] is False
    options = html_of(placed).split("FrontierGeo.start(")[1]
    assert '"zoom": 9' in options and '"center":[37.0,70.0]' in options


def test_a_map_without_incidents_is_plain_leaflet(html_of, policy_of):
    drawn = OfflineMap([38, 70], zoom_start=6, control_scale=True, height=300)
    folium.Marker([38, 70]).add_to(drawn)
    page = html_of(drawn)
    assert f'var {drawn.get_name()} = L.map("{drawn.get_name()}"' in page
    assert "FrontierGeo.start" not in page.split("<script>")[-1]
    assert "L.control.scale" in page and "height:300px" in page
    assert set(policy_of(page)["script-src"]) == set(map(source, code(page, "script")))
    assert repr(drawn) == "<OfflineMap without incidents>"


def test_a_map_in_a_figure_of_somebody_else_is_whole(world):
    drawn = world.map()
    figure = Figure()
    figure.add_child(drawn)
    page = figure.render()
    assert f'id="{drawn.get_name()}-data"' in page
    assert "FrontierGeo.start(" in page


def test_the_page_is_in_the_language_of_its_map(world, html_of):
    page = html_of(world.map(language="fa"))
    assert '<html lang="fa" dir="rtl">' in page
    assert 'class="fg-root" data-language="fa"' in page


def test_raw_elements_see_no_template():
    assert RawElement("{{ 7*7 }}{% if %}").render() == "{{ 7*7 }}{% if %}"


def test_a_map_tells_what_it_is(world):
    assert repr(world.map()) == "<OfflineMap of DEMO: 12 incidents, 1996-01-01 to 2025-12-31>"


def test_a_coordinate_system_must_be_one_of_leaflet_s():
    with pytest.raises(ParameterError, match="crs must be a name of Leaflet's"):
        OfflineMap([0, 0], crs="EPSG3857);alert(1)")


def test_color_by_must_be_a_column_of_numbers(world):
    with pytest.raises(ColumnError, match=r"'density' is not one\. Numbers are in"):
        world.map(color_by="density")
    with pytest.raises(ParameterError, match="'terrain' holds"):
        world.map(color_by="terrain")


def test_events_without_a_crs_are_refused(world):
    with pytest.raises(CRSError, match="they have no CRS"):
        world.map(events=world.events.set_crs(None, allow_override=True))


def test_events_in_metres_are_brought_back_to_degrees(world, data_of):
    """The places agree to 2e-5 degrees, two units of the columns."""
    wanted, found = (
        data_of(world.map()),
        data_of(world.map(events=world.events.to_crs("EPSG:32642"))),
    )
    for column in ("lon", "lat"):
        np.testing.assert_allclose(found.columns[column], wanted.columns[column], atol=2)


def test_inputs_come_back_unchanged(world):
    before = {name: getattr(world, name).copy() for name in ("events", "rates", "located", "areas")}
    world.map()
    for name, table in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(world, name)), pd.DataFrame(table))
