"""The boundary: making one, refusing what cannot be one, calibration, reversal, simplification."""

import dataclasses
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString, MultiLineString, Point, Polygon

from frontier_geo import Boundary
from frontier_geo.errors import CRSError, GeometryError, LineError, ParameterError


def make(line, **about):
    return Boundary.from_line(line, crs="EPSG:4326", **about)


def test_the_shipped_border_has_its_published_figures(border):
    assert border.length_km == pytest.approx(1343.956, abs=0.005)
    assert border.official_length_km == pytest.approx(1344.15)
    assert border.lon.size == 7355
    assert (border.left, border.right) == ("TJ", "AF")
    assert border.official_length_km / border.length_km == pytest.approx(1.000144, abs=5e-7)


def test_nothing_in_a_boundary_can_be_changed(border):
    with pytest.raises(dataclasses.FrozenInstanceError):
        border.left = "AF"
    with pytest.raises(ValueError, match="read-only"):
        border.lon[0] = 0
    with pytest.raises(TypeError):
        border.intervals["terrain"] = None


def test_a_layer_of_parts_joins_end_to_end():
    layer = gpd.GeoSeries([LineString([(0, 0), (1, 0)]), LineString([(1, 0), (2, 0)])], crs=4326)
    line = Boundary.from_line(gpd.GeoDataFrame(geometry=layer))
    assert line.lon.tolist() == [0, 1, 2]


def test_repeated_vertices_are_dropped():
    assert make(LineString([(0, 0), (0, 0), (1, 0), (1, 0)])).lon.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("line", "error", "words"),
    [
        (LineString(), GeometryError, "needs a line, but the geometry is empty"),
        (Point(1, 2), GeometryError, "needs a line, but the geometry is a Point"),
        (Polygon([(0, 0), (1, 0), (1, 1)]), GeometryError, "is a Polygon.*exterior"),
        # shapely #1126: projecting onto a gapped line gives a wrong place without a word.
        (
            MultiLineString([[(0, 0), (1, 0)], [(2, 0), (3, 0)]]),
            LineError,
            r"2 parts: 1: 111.3 km, from \(0.0000, 0.0000\) to \(1.0000, 0.0000\); 2: 111.3 km, .*"
            r"gap is 111,319.5 m, between \(1.000000, 0.000000\) and \(2.000000, 0.000000\).*part=1",
        ),
        (
            LineString([(0, 0), (2, 2), (2, 0), (0, 2)]),
            LineError,
            r"cross.*at \(1.000000, 1.000000\)",
        ),
        (LineString([(1, 2), (1, 2)]), LineError, r"all 2 of this one are \(1.000000, 2.000000\)"),
        (LineString([(0, 0), (1, 95)]), ValueError, "within ±90"),
    ],
)
def test_what_cannot_be_a_boundary_is_refused(line, error, words):
    with pytest.raises(error, match=words):
        make(line)


# ---- parts, rings, and where kilometre 0 is -------------------------------------------------------

PARTS = MultiLineString([[(0, 0), (1, 0)], [(2, 0), (4, 0)], [(1, 0), (1, 1)]])
DIAMOND = LineString([(1, 0), (0, 1), (-1, 0), (0, -1), (1, 0)])  # anticlockwise


def test_a_part_is_taken_by_its_place_from_the_longest():
    """The first and third join at (1, 0) into 1.99 degrees; the second is 2 degrees of the equator."""
    assert make(PARTS, part=1).lon.tolist() == [2, 4]
    assert make(PARTS, part=2).lon.tolist() == [0, 1, 1]
    for wrong in (0, 3, True, "1"):
        with pytest.raises(
            ParameterError, match=r"part must be a number from 1 to 2, but is .*2: 221"
        ):
            make(PARTS, part=wrong)


def test_a_line_that_is_whole_has_one_part():
    assert make(LineString([(0, 0), (1, 0)]), part=1).lon.tolist() == [0, 1]


def test_a_ring_opens_after_its_westernmost_vertex():
    """In the middle of the edge: by symmetry on the geodesic between (-1, 0) and (0, -1)."""
    ring = make(DIAMOND, left="inside", right="outside")
    assert ring.lon.size == 6
    assert (ring.lon[0], ring.lat[0]) == (ring.lon[-1], ring.lat[-1])
    middle = Geod(ellps="WGS84").npts(-1, 0, 0, -1, 1)[0]
    assert (ring.lon[0], ring.lat[0]) == pytest.approx(middle, abs=1e-9)  # 0.1 mm
    assert ring.length_km == pytest.approx(Geod(ellps="WGS84").geometry_length(DIAMOND) / 1000)


def test_no_place_beside_a_ring_is_past_its_end():
    """Round the opening and everywhere else, what lies inside is on the inner side."""
    ring = make(DIAMOND, left="inside", right="outside", start=(0.5, -0.5))
    angle = np.linspace(0, 2 * np.pi, 721)
    for share, side in ((0.6, 1), (1.1, -1)):
        found = ring.locate(share * np.cos(angle), share * np.sin(angle))
        assert set(found.side.tolist()) == {side}
        assert not found.beyond.any()


def test_a_ring_opens_at_the_edge_nearest_to_a_place():
    ring = make(DIAMOND, start=Point(0.6, 0.6))
    middle = Geod(ellps="WGS84").npts(1, 0, 0, 1, 1)[0]
    assert (ring.lon[0], ring.lat[0]) == pytest.approx(middle, abs=1e-9)
    assert ring.lon[1] == 0  # still anticlockwise


def test_a_start_turns_the_line_and_its_sides():
    line = LineString([(0, 0), (1, 0), (2, 0)])
    told = pd.DataFrame({"from_km": [0.0], "to_km": [100.0], "value": ["west"]})
    turned = make(line, left="N", right="S", start=(3, 0), intervals={"where": told})
    assert turned.lon.tolist() == [2, 1, 0]
    assert (turned.left, turned.right) == ("S", "N")
    assert turned.value_at("where", [200, 50]).tolist() == ["west", None]
    assert make(line, left="N", start=(-1, 0)).left == "N"


@pytest.mark.parametrize("start", ["west", (1,), (1, 2, 3), (200, 0), None.__class__])
def test_a_start_must_be_a_place(start):
    with pytest.raises(ValueError, match="start"):
        make(LineString([(0, 0), (1, 0)]), start=start)


def test_the_measures_of_a_ring_are_not_carried_over():
    with pytest.raises(LineError, match="this one is a ring"):
        make(DIAMOND, chainage_m=[0, 1, 2, 3, 4])


def test_a_line_needs_a_crs_in_degrees():
    line = LineString([(0, 0), (1, 0)])
    with pytest.raises(CRSError, match='pass crs="EPSG:4326"'):
        Boundary.from_line(line)
    with pytest.raises(CRSError, match=r"its CRS is None.*set_crs"):
        Boundary.from_line(gpd.GeoSeries([line]))
    with pytest.raises(CRSError, match=r"EPSG:32642.*metre.*to_crs\(4326\)"):
        Boundary.from_line(gpd.GeoSeries([line], crs=32642))
    with pytest.raises(GeometryError, match="a str was given"):
        Boundary.from_line("LINESTRING (0 0, 1 1)")


@pytest.mark.parametrize("km", [0.0, 82.3, 700.123, 1343.956])
def test_a_point_at_a_chainage_is_located_there(border, km):
    point = border.point_at(km)
    found = border.index.locate([point.x], [point.y])
    assert found.chainage_m[0] / 1000 == pytest.approx(km, abs=1e-6)


def test_ends_are_the_tripoints(border):
    start, end = border.point_at(0), border.point_at(border.length_km)
    assert (start.x, start.y) == (67.780901, 37.1816)
    assert (end.x, end.y) == (74.889862, 37.23409)


@settings(max_examples=40, deadline=None)
@given(
    st.tuples(st.floats(0, 1343.9), st.floats(0, 1343.9)).filter(lambda ab: ab[1] - ab[0] > 1e-3)
)
def test_a_substring_has_the_length_of_its_chainages(border, ab):
    stretch = border.substring(*ab)
    measured = Geod(ellps="WGS84").geometry_length(stretch) / 1000
    # 1 mm: each end is a computed place on a geodesic.
    assert measured == pytest.approx(ab[1] - ab[0], abs=1e-6)


def test_substrings_join_to_the_whole(border):
    cuts = np.linspace(0, border.length_km, 8)
    parts = [border.substring(a, b) for a, b in pairwise(cuts)]
    for one, two in pairwise(parts):
        assert one.coords[-1] == two.coords[0]
    length = sum(Geod(ellps="WGS84").geometry_length(p) for p in parts)
    assert length == pytest.approx(border.chainage_m[-1], abs=1e-2)


@pytest.mark.parametrize("stretch", [(5, 5), (7, 5), (-1, 5), (1340, 1345), (float("nan"), 5)])
def test_a_stretch_off_the_line_or_turned_round_is_refused(border, stretch):
    with pytest.raises(ParameterError, match=r"km|between 0 and 1343\.956"):
        border.substring(*stretch)


def test_reversal_swaps_the_sides_and_mirrors_the_tables(border):
    back = border.reversed()
    assert (back.left, back.right) == ("AF", "TJ")
    assert back.chainage_m[0] == 0
    assert back.length_km == border.length_km
    km = np.array([10.0, 500.0, 1300.0])
    mirror = border.length_km - km
    assert (
        back.position_uncertainty_km(mirror).tolist() == border.position_uncertainty_km(km).tolist()
    )
    assert (
        back.value_at("tj_district", mirror).tolist() == border.value_at("tj_district", km).tolist()
    )
    assert back.official_km(mirror) == pytest.approx(1344.15 - border.official_km(km))
    twice = back.reversed()
    assert twice.chainage_m == pytest.approx(border.chainage_m, abs=1e-8)


def test_position_uncertainty_follows_its_table(border):
    """Half-widths by chainage: 0-80 1,500 m; 80-115 800; 115-171 2,000; 171-1,134 250; then 500."""
    km = [40, 79.999, 80, 100, 150, 171, 1000, 1200, 1343.956]
    expected = [1.5, 1.5, 0.8, 0.8, 2.0, 0.25, 0.25, 0.5, 0.5]
    assert border.position_uncertainty_km(km).tolist() == expected


def test_calibration_interpolates_between_stations(equator):
    """Worked by hand: 0-50 stretched by 1.2, then 50-100 by 1, and so on past the last."""
    line = equator.calibrated([(0, 0), (50, 60), (100, 110)])
    assert line.official_km([25, 50, 75, 110]) == pytest.approx([30, 60, 85, 120])
    assert line.from_official_km([30, 60, 85, 120]) == pytest.approx([25, 50, 75, 110])
    assert line.length_km == equator.length_km  # the measured chainage stays


def test_stations_may_be_places(equator):
    table = pd.DataFrame(
        {"lon": [70.0, 70.5, 71.0], "lat": [0.01, 0, 0], "official_km": [0, 50, 120]}
    )
    line = equator.calibrated(table)
    assert line.official_km([0, equator.length_km / 2]) == pytest.approx([0, 50], abs=1e-6)


@pytest.mark.parametrize(
    "stations",
    [[], [(0, 0)], [(0, 0), (0, 5)], [(0, 5), (50, 5)], [(0, 9), (50, 5)], [(0, 0), (5, np.nan)]],
)
def test_stations_must_rise_together(equator, stations):
    with pytest.raises(ParameterError, match="rise together"):
        equator.calibrated(stations)


# Douglas-Peucker on this line before the four province nodes were added, in the Lambert conformal
# projection of the design: vertices left at each tolerance. The nodes lie within 2 cm of it.
@pytest.mark.parametrize(("tolerance_m", "vertices"), [(10, 4665), (50, 2172), (100, 1391)])
def test_simplified_lines_keep_the_published_number_of_vertices(border, tolerance_m, vertices):
    assert border.simplified(tolerance_m).lon.size == pytest.approx(vertices, abs=4)


def test_a_simplified_line_carries_its_chainage(border):
    coarse = border.simplified(100)
    assert coarse.length_km == border.length_km
    measure = dict(zip(zip(border.lon, border.lat, strict=True), border.chainage_m, strict=True))
    kept = zip(coarse.lon, coarse.lat, strict=True)
    assert [measure[vertex] for vertex in kept] == coarse.chainage_m.tolist()
    assert shapely.hausdorff_distance(coarse.geometry, border.geometry) < 0.0015  # 100 m in degrees


def test_value_at_says_nothing_where_nothing_is_known(equator):
    line = dataclasses.replace(
        equator,
        intervals={"who": pd.DataFrame({"from_km": [10.0], "to_km": [20.0], "value": ["A"]})},
    )
    assert line.value_at("who", [5, 10, 19.9, 20, 25, np.nan]).tolist() == [
        None,
        "A",
        "A",
        "A",
        None,
        None,
    ]
    with pytest.raises(ParameterError, match="no table 'what'; it has who"):
        line.value_at("what", [5])


def test_equal_lines_are_equal(border):
    from frontier_geo.datasets import _load_boundary, data_folder

    again = _load_boundary.__wrapped__("reference", data_folder())
    assert again == border
    assert hash(again) == hash(border)
    assert border.reversed() != border


def test_the_tables_handed_out_are_copies(border):
    table = border.intervals["terrain"]
    table["value"] = "moon"
    assert set(border.intervals["terrain"]["value"]) == {"river", "lake", "ridge"}


@pytest.mark.parametrize(
    ("line", "numbers", "km"),
    [
        (
            [(0, 0), (180, 0)],
            "1 and 2",
            "20,004",
        ),  # over a pole: two meridian quadrants of 10,001.966
        ([(0, -80), (10, -80), (10, 85)], "2 and 3", r"18,\d\d\d"),
        ([(70, 37), (71, 37), (-109.2, -36.9)], "2 and 3", r"19,9\d\d"),
    ],
)
def test_an_edge_that_could_run_either_way_round_the_earth_is_refused(line, numbers, km):
    """Between antipodes no geodesic is the shortest; `from_line` took it (2026-11-30)."""
    with pytest.raises(LineError, match=rf"vertices {numbers}, .* is {km} km long.*Put vertices"):
        Boundary.from_line(LineString(line), crs=4326)


def test_a_sector_line_from_the_equator_to_a_pole_is_a_boundary():
    """GRS80's quadrant, 10,001.9657 km (Moritz 2000), differs from that of WGS84 by less than 0.1 mm."""
    line = Boundary.from_line(LineString([(-150, 0), (-150, 90)]), crs=4326)
    assert line.length_km == pytest.approx(10_001.965729, abs=1e-6)


def test_a_line_across_longitude_180_is_not_taken_for_crossing_itself():
    line = make(LineString([(179.9, 0), (-179.9, 1), (-179.8, 0.5), (179.95, 2)]))
    assert line.lon.size == 4


@pytest.mark.parametrize("chainage", [[0, np.nan, 5], [500, 600, 700], [0, 5, 5], [], [0, 1]])
def test_chainage_begins_at_0_and_rises(chainage):
    with pytest.raises(LineError, match="chainage_m must hold one"):
        make(LineString([(0, 0), (1, 0), (2, 0)]), chainage_m=chainage)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"left": "A", "right": "A"}, "two different words, but both are 'A'"),
        ({"left": "A", "right": "a "}, "two different words, but both are 'A'"),
        ({"boundary_id": " "}, "boundary_id must be a word, but is ' '"),
        ({"right": None}, "right must be a word, but is None"),
        ({"start": (0.5, 70)}, "near an end of the line.*longitude and latitude exchanged"),
    ],
)
def test_sides_names_and_starts_that_say_nothing_are_refused(how, message):
    line = LineString([(70, 0), (71, 0)])
    with pytest.raises(ParameterError, match=message):
        Boundary.from_line(line, crs="EPSG:4326", **how)


def test_a_place_near_the_far_end_turns_the_line():
    line = Boundary.from_line(LineString([(70, 0), (71, 0)]), crs="EPSG:4326", start=(71.3, 0.2))
    assert line.lonlat_at(0)[0] == pytest.approx(71)
