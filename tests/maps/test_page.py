"""The page itself: nothing from outside, a policy that holds, the same bytes each time."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import warnings
from pathlib import Path

import folium
import numpy as np
import pandas as pd
import pytest
import shapely

from frontier_geo.errors import ColumnError, CRSError, OutputError, ParameterError
from frontier_geo.maps import LargeMapWarning, OfflineMap, OnlineResourceWarning, offline
from frontier_geo.maps.geometry import BorderLine, encode_areas

ASSETS = Path(offline.__file__).parent / "assets" / "leaflet"


def page_of(drawn: OfflineMap) -> str:
    return drawn.get_root().render()


def policy_of(page: str) -> dict[str, list[str]]:
    content = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)[1]
    parts = [part.split() for part in html.unescape(content).split("; ")]
    return {name: sources for name, *sources in parts}


def test_nothing_is_linked_from_outside(world):
    page = page_of(world.map())
    own_links = re.sub(r'<script type="application/json".*?</script>', "", page, flags=re.S)
    assert not re.findall(r"<(?:link|script|img|iframe)[^>]*(?:src|href)=", own_links)
    styles = "".join(re.findall(r"<style>(.*?)</style>", page, flags=re.S))
    assert "url(data:image/png" in styles
    assert not re.findall(r"url\((?!data:)", styles)
    assert not re.findall(r"@import|sourceMappingURL|jquery|bootstrap|font-?awesome", own_links)


def test_policy_has_the_hash_of_every_script_and_style_and_nothing_looser(world):
    page = page_of(world.map())
    policy = policy_of(page)
    for name, tag in (("script-src", "script"), ("style-src", "style")):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.S)
        expected = {
            "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
            for text in inline
        }
        assert set(policy[name]) == expected
        assert len(expected) >= 2
    assert policy["default-src"] == ["'none'"]
    assert "unsafe" not in " ".join(source for sources in policy.values() for source in sources)


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


def test_saving_into_a_missing_folder_is_one_clear_error(world, tmp_path):
    target = tmp_path / "nowhere" / "map.html"
    with pytest.raises(OutputError, match=r"folder .*nowhere does not exist\. Create it"):
        world.map().save(target)
    with pytest.raises(OSError):
        world.map().save(target)


def test_saving_is_all_or_nothing(world, tmp_path, monkeypatch):
    target = tmp_path / "map.html"
    target.write_text("before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("frontier_geo._files.os.replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        world.map().save(target)
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["map.html"]


def test_notebook_frame_is_sandboxed(world):
    frame = world.map(height=500)._repr_html_()
    assert frame.startswith("<iframe ")
    assert 'sandbox="allow-scripts allow-popups"' in frame
    assert "height:500px" in frame
    page = html.unescape(re.search(r'srcdoc="([^"]+)"', frame)[1])
    assert page == page_of(world.map(height=500))


def test_a_large_map_asks_to_be_saved(world, monkeypatch):
    monkeypatch.setattr(offline, "NOTEBOOK_LIMIT_BYTES", 100_000)
    answer = world.map()._repr_html_()
    assert "<iframe" not in answer
    assert ".save(" in answer


def test_vendored_leaflet_is_as_released():
    manifest = json.loads((ASSETS / "vendored.json").read_text(encoding="utf-8"))
    assert (manifest["package"], manifest["version"]) == ("leaflet", "1.9.4")
    for name, wanted in manifest["sha256"].items():
        assert hashlib.sha256((ASSETS / name).read_bytes()).hexdigest() == wanted, name
    assert "BSD 2-Clause" in (ASSETS / "LICENSE").read_text(encoding="utf-8")


def test_online_layers_are_named_in_the_policy_and_warned_of(world, tmp_path):
    drawn = world.map()
    folium.TileLayer("https://{s}.tiles.example.org/{z}/{x}/{y}.png", attr="demo").add_to(drawn)
    with pytest.warns(OnlineResourceWarning, match=r"1 address.*tiles\.example\.org"):
        drawn.save(tmp_path / "online.html")
    policy = policy_of((tmp_path / "online.html").read_text(encoding="utf-8"))
    assert "https://*.tiles.example.org" in policy["img-src"]
    assert not any("example" in source for source in policy["script-src"])


def test_offline_maps_do_not_warn(world, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        world.map().save(tmp_path / "map.html")


def test_color_by_must_be_a_column_of_numbers(world):
    with pytest.raises(ColumnError, match=r"'density' is not one\. Numbers are in"):
        world.map(color_by="density")
    with pytest.raises(ParameterError, match="'terrain' holds"):
        world.map(color_by="terrain")


def test_events_without_a_crs_are_refused(world):
    with pytest.raises(CRSError, match="they have no CRS"):
        world.map(events=world.events.set_crs(None, allow_override=True))


def test_events_in_metres_are_brought_back_to_degrees(world):
    """The places agree to 1e-4 degrees, the rounding of the symbols."""
    in_metres = world.events.to_crs("EPSG:32642")
    wanted = world.map().content["points"]["items"]
    found = world.map(events=in_metres).content["points"]["items"]
    assert [i["events"] for i in found] == [i["events"] for i in wanted]
    np.testing.assert_allclose([i["at"] for i in found], [i["at"] for i in wanted], atol=1e-4)


def test_many_events_bring_a_warning(world, monkeypatch):
    monkeypatch.setattr("frontier_geo.maps.hotspot.MANY_EVENTS", 5)
    with pytest.warns(LargeMapWarning, match="12 events"):
        world.map()


def test_inputs_come_back_unchanged(world):
    before = {name: getattr(world, name).copy() for name in ("events", "rates", "located", "areas")}
    world.map()
    for name, table in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(world, name)), pd.DataFrame(table))


def unwind(parts, border):
    points = []
    for part in parts:
        if part[0] == 0:
            step = 1 if part[1] <= part[2] else -1
            points += [border.vertices[i] for i in range(part[1], part[2] + step, step)]
        else:
            points += [tuple(p) for p in np.cumsum(np.reshape(part[1:], (-1, 2)), axis=0)]
    return points


def test_the_edge_of_an_area_is_the_border_line_itself(world):
    """Every border vertex is a vertex of both countries, however coarse the rest becomes."""
    border = BorderLine(world.boundary.lon, world.boundary.lat, world.boundary.chainage_km)
    countries = world.areas[world.areas.kind == "country"]
    arcs, shapes = encode_areas(list(countries.geometry), border, budget=10)
    for polygons in shapes:
        numbers = [n for rings in polygons for ring in rings for n in ring]
        vertices = {p for n in numbers for p in unwind(arcs[max(n, ~n)], border)}
        assert vertices >= set(border.vertices)


def test_neighbouring_areas_share_their_simplified_edge():
    """Two areas along a jagged edge that is not the border use one arc for it, both ways round."""
    rng = np.random.default_rng(1)
    edge = [(69 + 0.02 * rng.standard_normal(), 37 + 0.01 * k) for k in range(101)]
    left = shapely.Polygon([(68, 38), (68, 37), *edge])
    right = shapely.Polygon([*edge[::-1], (70, 37), (70, 38)])
    border = BorderLine([0, 1], [0, 0], [0, 100])
    arcs, shapes = encode_areas([left, right], border)
    used = [{max(n, ~n) for ring in polygons[0] for n in ring} for polygons in shapes]
    shared = used[0] & used[1]
    assert len(shared) == 1
    assert 2 < len(unwind(arcs[shared.pop()], border)) < len(edge)


def test_segments_are_slices_of_the_border(world):
    """A segment between two cuts is the border in between: decoded, it is the same line."""
    border = BorderLine(world.boundary.lon, world.boundary.lat, world.boundary.chainage_km)
    for geometry in world.segments.geometry:
        [parts] = border.encode_line(geometry)
        decoded = np.array(unwind(parts, border)) / 1e5
        wanted = shapely.get_coordinates(geometry)
        # half a drawing unit of 1e-5 degrees
        np.testing.assert_allclose(decoded, wanted, atol=0.51e-5)
