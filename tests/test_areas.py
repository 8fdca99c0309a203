"""Which area a point is in, and that it never contradicts the side of the border."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo import load_areas, locate_areas, locate_points
from frontier_geo.errors import ColumnError, CoordinateError, CRSError
from frontier_geo.geodesy import WGS84

# Coordinates of towns from GeoNames (CC BY 4.0), well inside their province.
TOWNS = {
    (71.55337, 37.49039): ("TJ", "GBAO"),  # Khorog
    (69.78454, 37.91459): ("TJ", "Khatlon"),  # Kulob
    (70.58002, 37.11664): ("AF", "Badakhshan"),  # Fayzabad
    (69.53451, 36.73605): ("AF", "Takhar"),  # Taloqan
    (68.857, 36.72895): ("AF", "Kunduz"),  # Kunduz
    (67.11087, 36.70904): ("AF", "Balkh"),  # Mazar-e Sharif
    (66.975, 39.654): (None, None),  # Samarkand, in neither country
}


def test_towns_are_in_their_provinces():
    lon, lat = np.transpose(list(TOWNS))
    found = locate_areas(lon, lat)
    assert list(zip(found["country"], found["area"], strict=True)) == list(TOWNS.values())


def contradictions(found):
    known = found["side"].notna() & found["country"].notna()
    return found[known & (found["side"] != found["country"])]


def test_close_to_the_line_area_and_side_agree(border):
    """From a millimetre to 10 m away, on both sides: where edges and geodesics differ."""
    rng = np.random.default_rng(1)
    n = 5000
    lon, lat = border.lonlat_at(rng.uniform(0, border.length_km, n))
    lon, lat, _ = WGS84.fwd(lon, lat, rng.uniform(0, 360, n), 10 ** rng.uniform(-3, 1, n))
    found = locate_areas(lon, lat)
    assert len(contradictions(found)) == 0
    inside = found["side"].notna()
    assert found.loc[inside, "country"].notna().all()
    assert found.loc[inside, "area_id"].notna().all()


def test_the_polygons_alone_say_the_same_side(border):
    """From 1 m outward, where edge and geodesic cannot differ by as much: raw containment."""
    rng = np.random.default_rng(6)
    lon, lat = border.lonlat_at(rng.uniform(0, border.length_km, 4000))
    away = 10 ** rng.uniform(0, 5, 4000)
    lon, lat, _ = map(np.asarray, WGS84.fwd(lon, lat, rng.uniform(0, 360, 4000), away))
    countries = load_areas().set_index("area_id").geometry
    found = locate_points(lon, lat, boundary=border)
    for country in ("TJ", "AF"):
        inside = shapely.contains_xy(countries[country], lon, lat)
        told = found.loc[inside & ~found["beyond_end"] & (found["distance_km"] > 1e-3), "side"]
        assert len(told) > 1000
        assert (told == country).all()


def test_between_an_edge_and_its_geodesic_the_line_decides(border):
    """The middle of the longest edge (5 km, at Zorkul): the geodesic bulges to the north of it."""
    k = np.diff(border.chainage_m).argmax()
    lon, lat = border.lon[k : k + 2].mean(), border.lat[k : k + 2].mean()
    found = locate_areas([lon], [lat]).iloc[0]
    assert 0.05 < found["distance_km"] * 1000 < 0.5
    assert (found["side"], found["country"], found["area"]) == ("AF", "AF", "Badakhshan")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(60, 76), st.floats(29, 41.5)), min_size=20, max_size=60))
def test_anywhere_in_both_countries_area_and_side_agree(places):
    lon, lat = np.transpose(places)
    found = locate_areas(lon, lat)
    assert len(contradictions(found)) == 0
    assert (found["area_id"].isna() | found["country"].notna()).all()


def test_exactly_on_the_line_there_is_neither_side_nor_area(border):
    found = locate_areas(border.lon[[100, 4000]], border.lat[[100, 4000]])
    assert found[["side", "country", "area_id"]].isna().all().all()


def test_bad_input_is_refused():
    with pytest.raises(CoordinateError, match="finite"):
        locate_areas([np.nan], [37])
    areas = load_areas()
    with pytest.raises(CRSError, match=r"to_crs\(4326\)"):
        locate_areas([70], [37], areas=areas.to_crs(32642))
    with pytest.raises(ColumnError, match="needs the column 'area_id'"):
        locate_areas([70], [37], areas=areas.drop(columns="area_id"))


def test_the_border_areas_are_the_eight_of_the_design():
    assert load_areas()["name"].tolist() == [
        "Tajikistan", "Afghanistan", "GBAO", "Khatlon", "Balkh", "Badakhshan", "Kunduz", "Takhar",
    ]  # fmt: skip
    assert len(load_areas("all")) > 30
