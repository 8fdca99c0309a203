"""Maps of borders of different kinds: what is on them, and that a browser draws them."""

from __future__ import annotations

import io
import json

import numpy as np
import pytest

import frontier_geo as fg
from frontier_geo.maps.basemap import sources
from frontier_geo.maps.packing import unpack

from ..test_any_border import BORDERS, OF_THE_SHIPPED, made_up
from .browser_helpers import PHONE, opened

pytestmark = pytest.mark.filterwarnings("ignore::frontier_geo.errors.ResolutionWarning")


@pytest.fixture(scope="module", params=BORDERS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def page(kind):
    line = BORDERS[kind]()
    return fg.hotspot_page(made_up(line), boundary=line, segments=fg.make_segments(line, n=12))


def test_nothing_of_the_shipped_border_is_on_the_page(page, data_of):
    """No name, no language, no source: only the catalogue of words has its own."""
    data = data_of(page)
    words = " ".join(data.strings()) + data.blocks["basemap"].decode()
    assert [word for word in OF_THE_SHIPPED if word in words] == []
    assert data.head["languages"] == ["en"]
    assert data.head["names"] == {}
    assert data.head["notes"]["attribution"] == ["Made with Natural Earth"]
    assert data.head["n"] == 40
    assert data.head["referents"] == data.head["frontages"] == []


def test_the_countries_at_its_sides_are_its_areas(kind, page, data_of):
    data = data_of(page)
    boundary = data.head["boundary"]
    if kind == "antimeridian":  # its sides are no countries
        assert data.head["areas"] is None
        return
    items = data.head["areas"]["items"]
    assert [item["country"] for item in items] == [boundary["left"], boundary["right"]]
    assert all(item["kind"] == "country" and item["rings"] for item in items)
    ground = json.loads(data.blocks["basemap"])
    assert {boundary["left"], boundary["right"]} <= {each["code"] for each in ground["countries"]}
    assert sources(ground) == ["Made with Natural Earth"]
    # The ends of the diagram are told by the compass, of a ring as its start and end.
    assert boundary["ring"] == (kind == "ring")
    assert (boundary["start_name"], boundary["end_name"]) == (None, None)


def test_longitudes_run_on_past_180(data_of):
    """The line of 3.9 degrees is 3.9 degrees wide on the page, and its incidents lie beside it."""
    line = BORDERS["antimeridian"]()
    data = data_of(fg.hotspot_page(made_up(line), boundary=line))
    _, west, _, east = data.head["bounds"]
    assert (west, east) == pytest.approx((178.5, 181.4))
    drawn = np.cumsum(data.head["boundary"]["line"][::2]) / 1e5
    assert np.abs(np.diff(drawn)).max() < 2
    lon = data.columns["lon"][data.columns["located"] == 1] / 1e5
    assert lon.min() > 178 and lon.max() < 182 and (lon > 180).any()


def test_the_sea_is_water():
    """Off the shores of Haiti the ground is sea; on the island it is land of its country."""
    line = BORDERS["island"]()
    page = fg.hotspot_page(made_up(line), boundary=line)
    ground = json.loads(unpack(page.payload.blocks["basemap"]))
    import shapely

    def rings(lists):
        return [np.cumsum(np.array(r).reshape(-1, 2), axis=0) / 1e5 for r in lists]

    sea = [rings(lake["rings"]) for lake in ground["lakes"]]
    water = shapely.union_all([shapely.Polygon(r[0], r[1:]) for r in sea])
    # Gulf of Gonâve, Caribbean; Hinche and Santiago de los Caballeros.
    for lon, lat, wet in ((-73.3, 18.9, 1), (-71.5, 16.9, 1), (-72.0, 19.14, 0), (-70.7, 19.45, 0)):
        assert bool(shapely.contains_xy(water, lon, lat)) == bool(wet)


@pytest.mark.browser
@pytest.mark.parametrize("size", [(1440, 900), PHONE], ids=["desktop", "phone"])
def test_a_browser_draws_it(page, browser, tmp_path, size):
    """Nothing fails, nothing is asked for, every incident is counted, and the line is in sight."""
    with opened(browser, page.html, tmp_path, size=size) as reader:
        assert reader.count == "40 of 40 incidents"
        assert page.title in reader.page.title()
        shot = reader.page.screenshot(clip=_map_box(reader.page))
        assert _share_of_land_and_line(shot) > 0.002
        assert reader.complaints == []


def _map_box(page):
    return page.locator(".leaflet-container").first.bounding_box()


def _share_of_land_and_line(picture):
    """Return how much of a map has the dark outline of the ribbon."""
    from PIL import Image

    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB")).astype(int)
    return float((pixels.max(axis=2) < 80).mean())


@pytest.mark.browser
def test_the_folium_map_opens_too(browser, tmp_path):
    line = BORDERS["ring"]()
    drawn = fg.hotspot_map(made_up(line), boundary=line)
    with opened(browser, drawn.get_root().render(), tmp_path) as reader:
        assert reader.count == "40 of 40 incidents"
        assert reader.complaints == []


@pytest.mark.parametrize("kind_of", ["ring", "antimeridian", "island"])
def test_a_picture_is_drawn(kind_of):
    """Land, sea, sides and sources are those of the line."""
    line = BORDERS[kind_of]()
    figure = fg.plot_frontier(made_up(line), boundary=line, width_cm=12)
    texts = " ".join(text.get_text() for text in figure.findobj(match=_is_text))
    assert [word for word in OF_THE_SHIPPED if word in texts] == []
    assert "Made with Natural Earth" in " ".join(texts.split())
    named = {"ring": "LESOTHO", "island": "HAITI", "antimeridian": "FIJI"}
    assert named[kind_of] in texts


def _is_text(artist):
    from matplotlib.text import Text

    return isinstance(artist, Text)
