"""The nearest place on a line: against exhaustive search, closed forms and invariants."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from scipy.spatial import cKDTree

from frontier_geo.chainage import LineIndex
from frontier_geo.geodesy import WGS84, earth_centred, geodesic_chainage


def points_around(border, n, seed, *, up_to_m):
    """Return random points: half evenly up to a distance from the line, half crowding it."""
    rng = np.random.default_rng(seed)
    lon, lat = border.index.interpolate(rng.uniform(0, border.chainage_m[-1], n))
    even, crowding = rng.uniform(0, up_to_m, n), 10 ** rng.uniform(0, np.log10(up_to_m), n)
    away = np.where(rng.random(n) < 0.5, even, crowding)
    lon, lat, _ = WGS84.fwd(lon, lat, rng.uniform(0, 360, n), away)
    return np.asarray(lon), np.asarray(lat)


def exhaustive_search(border, lon, lat):
    """
    Return chainage and distance by brute force, and whether the nearest place is unique.

    The line is cut along its geodesics every metre with `pyproj.Geod`; every cut that can be the
    nearest is measured with `pyproj.Geod.inv`; the best is polished by three nested grids, the last
    finer than 0.1 mm. Not unique: a cut more than 50 m of chainage away is as near within 2 cm.
    """
    cuts = np.arange(0.0, border.chainage_m[-1], 1.0)
    cut_lon, cut_lat = cut_along_geodesics(border, cuts)
    tree = cKDTree(earth_centred(cut_lon, cut_lat))
    places = earth_centred(lon, lat)
    chainage, distance = np.empty(lon.size), np.empty(lon.size)
    unique = np.ones(lon.size, dtype=bool)
    for i, place in enumerate(places):
        reach = tree.query(place)[0]
        # Straight and geodesic distance disagree by less than 2 % of reach³ / 24 R².
        near = np.array(tree.query_ball_point(place, reach + 3 + 0.02 * reach**3 / 9.6e14))
        measured = geodesic_distance(cut_lon[near], cut_lat[near], lon[i], lat[i])
        best = cuts[near[measured.argmin()]]
        low, high = max(0.0, best - 2), min(border.chainage_m[-1], best + 2)
        for _ in range(3):
            grid = np.linspace(low, high, 401)
            fine = geodesic_distance(*cut_along_geodesics(border, grid), lon[i], lat[i])
            step, k = grid[1] - grid[0], fine.argmin()
            low, high = max(0.0, grid[k] - 2 * step), min(border.chainage_m[-1], grid[k] + 2 * step)
        chainage[i], distance[i] = grid[k], fine[k]
        elsewhere = np.abs(cuts[near] - grid[k]) > 50
        unique[i] = not (elsewhere.any() and measured[elsewhere].min() < fine[k] + 0.02)
    return chainage, distance, unique


def geodesic_distance(from_lon, from_lat, lon, lat):
    n = len(from_lon)
    return np.asarray(WGS84.inv(from_lon, from_lat, np.full(n, lon), np.full(n, lat))[2])


def cut_along_geodesics(border, chainage):
    """Return places on the line, found without the code under test."""
    edge = np.clip(
        np.searchsorted(border.chainage_m, chainage, side="right") - 1, 0, border.lon.size - 2
    )
    azimuth = WGS84.inv(border.lon[:-1], border.lat[:-1], border.lon[1:], border.lat[1:])[0]
    lon, lat, _ = WGS84.fwd(
        border.lon[edge],
        border.lat[edge],
        np.asarray(azimuth)[edge],
        chainage - border.chainage_m[edge],
    )
    return np.asarray(lon), np.asarray(lat)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [20261123])
def test_located_places_agree_with_exhaustive_geodesic_search(border, seed):
    """2,000 random points up to 200 km away."""
    lon, lat = points_around(border, 2000, seed, up_to_m=200_000)
    found = border.index.locate(lon, lat)
    chainage, distance, unique = exhaustive_search(border, lon, lat)
    assert (found.point == np.arange(2000)).all()
    # What the module promises: a distance within 1 mm, a chainage within 1 cm where unique.
    assert np.abs(found.distance_m - distance).max() < 1e-3
    assert unique.mean() > 0.99
    assert np.abs(found.chainage_m - chainage)[unique].max() < 1e-2


def test_places_on_the_line_are_found_again(border):
    chainage = np.linspace(0, border.chainage_m[-1], 3001)
    lon, lat = border.index.interpolate(chainage)
    found = border.index.locate(lon, lat)
    # 1 mm on the ground: the closed form on an edge of up to 5 km.
    assert np.abs(found.chainage_m - chainage).max() < 1e-3
    assert found.distance_m.max() < 1e-3


def test_vertices_are_given_back_exactly(border):
    lon, lat = border.index.interpolate(border.chainage_m)
    assert (lon == border.lon).all()
    assert (lat == border.lat).all()


def test_offset_has_the_sign_of_the_side(equator):
    """North of an eastward line is its left."""
    found = equator.index.locate([70.5, 70.5], [0.01, -0.01])
    assert found.offset_m[0] > 0 > found.offset_m[1]
    assert found.offset_m == pytest.approx([1105.743, -1105.743], abs=1e-3)  # 0.01° of meridian


@pytest.mark.parametrize(("turn", "sign"), [("left", -1), ("right", 1)])
def test_side_at_a_vertex_is_that_of_the_reflex_angle(turn, sign):
    """A sharp corner: the nearest place is the vertex, and the point lies outside the turn."""
    lon = np.array([70.0, 71.0, 70.0])
    lat = np.array([-0.1, 0.0, 0.1]) * (1 if turn == "left" else -1)
    found = LineIndex(lon, lat, geodesic_chainage(lon, lat)).locate([71.5], [0.0])
    assert np.sign(found.offset_m[0]) == sign
    assert found.beyond[0] == 0


def test_past_an_end_there_is_no_side_and_the_offset_is_lateral(equator):
    found = equator.index.locate([69.9, 71.1, 71.1], [0.0, 0.05, -0.05])
    assert found.beyond.tolist() == [-1, 1, 1]
    assert found.offset_m[0] == pytest.approx(0.0, abs=1e-6)
    # 0.05° of meridian is 5,528.7 m; the distance is the hypotenuse with 0.1° of equator.
    assert found.offset_m[1] == pytest.approx(5528.7, abs=0.5)
    assert found.distance_m[1] == pytest.approx(np.hypot(5528.7, 11131.9), abs=1)


def test_at_the_height_of_an_end_a_point_still_has_a_side(equator):
    """Only what lies past the end is past it."""
    found = equator.index.locate([70.0, 71.0], [0.01, -0.01])
    assert found.beyond.tolist() == [0, 0]
    assert np.sign(found.offset_m).tolist() == [1, -1]


@pytest.mark.parametrize("turn", [1, -1])
def test_ties_go_to_the_lower_chainage(hairpin, turn):
    """Half way between the arms of a bend both are equally near, whichever comes first."""
    lon, lat = hairpin.lon, turn * hairpin.lat
    found = LineIndex(lon, lat, hairpin.chainage_m).locate([70.2], [0.0])
    assert found.point.tolist() == [0]
    assert found.chainage_m[0] < hairpin.chainage_m[1]


def test_candidates_are_one_for_each_stretch_within_the_tolerance(hairpin):
    one = hairpin.index.locate([70.2], [-0.001], tolerance_m=100)
    assert one.rank.tolist() == [0]
    both = hairpin.index.locate([70.2], [-0.001], tolerance_m=500)
    assert both.rank.tolist() == [0, 1]
    assert both.distance_m[0] < both.distance_m[1]
    # The arms are 0.02 degree of meridian, 2,211.5 m, apart.
    assert both.distance_m.sum() == pytest.approx(2211.5, abs=0.1)


def test_tolerance_may_differ_from_point_to_point(hairpin):
    found = hairpin.index.locate([70.2, 70.2], [-0.001, -0.001], tolerance_m=[0, 500])
    assert found.point.tolist() == [0, 1, 1]
    assert found.rank.tolist() == [0, 0, 1]


@pytest.mark.parametrize("lat", [0.001, 0.1, 0.4, -0.44])
def test_perpendiculars_of_the_equator_are_meridians(equator, lat):
    """By symmetry the foot has the point's longitude, here up to 49 km away on edges of 10 km."""
    found = equator.index.locate([70.0371, 70.61], [lat, lat])
    expected = np.array([0.0371, 0.61]) * 111_319.49079327357
    assert np.abs(found.chainage_m - expected).max() < 1e-3


@pytest.mark.parametrize("away_m", [20_000, 100_000, 200_000, 1_000_000])
def test_a_perpendicular_geodesic_leads_back_to_its_foot(away_m):
    """From the middle of an oblique edge at 37 degrees north, where plane sections err the most."""
    start_lon, start_lat, _ = WGS84.fwd(71.0, 37.0, 45 + 180, 4000)
    end_lon, end_lat, _ = WGS84.fwd(71.0, 37.0, 45, 4000)
    lon, lat = np.array([start_lon, end_lon]), np.array([start_lat, end_lat])
    index = LineIndex(lon, lat, geodesic_chainage(lon, lat))
    for quarter in (-90, 90):
        point_lon, point_lat, _ = WGS84.fwd(71.0, 37.0, 45 + quarter, away_m)
        found = index.locate([point_lon], [point_lat])
        # 5 mm: at 20 km the closed form; farther out it is polished with exact geodesics.
        assert found.chainage_m[0] == pytest.approx(4000, abs=5e-3)
        assert found.distance_m[0] == pytest.approx(away_m, abs=1e-3)


def test_a_straight_distance_does_not_decide_between_directions():
    """
    Two vertices 200 km away, the one in the north 5 cm farther, yet nearer through the ground.

    At 37 degrees north a meridian is more curved than the direction across it: over 200 km its
    chord is shorter by 0.1 m. The line runs outward from both vertices.
    """
    way = [(0, 260_000), (0, 200_000.05), (45, 320_000), (90, 200_000.0), (90, 260_000)]
    azimuth, distance = np.transpose(way)
    lon, lat, _ = WGS84.fwd([71.0] * 5, [37.0] * 5, azimuth, distance)
    lon, lat = np.asarray(lon), np.asarray(lat)
    chainage = geodesic_chainage(lon, lat)
    places = earth_centred(np.append(lon, 71.0), np.append(lat, 37.0))
    straight = np.linalg.norm(places[:-1] - places[-1], axis=1)
    assert straight[1] < straight[3]
    found = LineIndex(lon, lat, chainage).locate([71.0], [37.0])
    assert found.distance_m[0] == pytest.approx(200_000.0, abs=1e-3)
    assert found.chainage_m[0] == pytest.approx(chainage[3], abs=1e-3)


def test_long_edges_follow_their_geodesic():
    """An edge of 10 degrees of longitude at 60° N bulges 0.2° north of its parallel."""
    lon, lat = np.array([0.0, 10.0]), np.array([60.0, 60.0])
    index = LineIndex(lon, lat, geodesic_chainage(lon, lat))
    middle_lon, middle_lat = WGS84.npts(0, 60, 10, 60, 1)[0]
    found = index.locate([middle_lon], [middle_lat])
    assert found.distance_m[0] < 1e-2
    assert found.chainage_m[0] == pytest.approx(index.chainage_m[-1] / 2, abs=1e-2)


def test_across_the_antimeridian_nothing_jumps():
    lon, lat = np.array([179.0, -179.0]), np.array([0.0, 0.0])
    index = LineIndex(lon, lat, geodesic_chainage(lon, lat))
    found = index.locate([180.0, -180.0], [0.1, 0.1])
    assert found.chainage_m == pytest.approx([111_319.49] * 2, abs=0.1)


def test_no_points_give_no_entries(equator):
    assert equator.index.locate([], []).point.size == 0


def test_chunks_join_without_a_seam(border, monkeypatch):
    lon, lat = points_around(border, 500, 3, up_to_m=50_000)
    whole = border.index.locate(lon, lat, tolerance_m=1000)
    monkeypatch.setattr("frontier_geo.chainage.CHUNK", 7)
    pieces = border.index.locate(lon, lat, tolerance_m=1000)
    for name in ("point", "rank", "chainage_m", "distance_m", "offset_m", "beyond"):
        assert (getattr(whole, name) == getattr(pieces, name)).all()


@settings(max_examples=60, deadline=None)
@given(lon=st.floats(66, 76), lat=st.floats(35, 40))
def test_reversing_the_line_mirrors_chainage_and_side(border, lon, lat):
    there = border.index.locate([lon], [lat])
    back = border.reversed().index.locate([lon], [lat])
    # 1 mm: closed form from either end of the same edge. A tie may fall the other way.
    assert back.distance_m[0] == pytest.approx(there.distance_m[0], abs=1e-3)
    mirrored = border.chainage_m[-1] - back.chainage_m[0]
    if abs(mirrored - there.chainage_m[0]) < 10:
        assert mirrored == pytest.approx(there.chainage_m[0], abs=0.02)
        assert back.offset_m[0] == pytest.approx(-there.offset_m[0], abs=1e-2)
        assert back.beyond[0] == -there.beyond[0]


@settings(max_examples=30, deadline=None)
@given(
    cuts=st.lists(st.floats(0, 1_343_956), min_size=1, max_size=20), seed=st.integers(0, 2**32 - 1)
)
def test_more_vertices_on_the_line_change_nothing(border, cuts, seed):
    lon, lat = points_around(border, 20, seed, up_to_m=100_000)
    before, after = (
        border.index.locate(lon, lat),
        border.index.with_vertices_at(cuts).locate(lon, lat),
    )
    # 0.1 mm: an edge of 5 km cut in two is followed a little more closely.
    assert np.abs(before.distance_m - after.distance_m).max() < 1e-4


def zigzag(rng, kind):
    """Return a plane line that never turns back eastward, and its plane in metres."""
    n = int(rng.integers(3, 25))
    step = 10 ** rng.uniform(0, 3.5)
    x = np.cumsum(rng.uniform(0.05, 1, n)) * step
    y = 0.3 * x if kind == "straight" else rng.normal(0, rng.choice([0.1, 1, 5]), n) * step
    plane = f"+proj=aeqd +lat_0={rng.uniform(-80, 80)} +lon_0=20 +datum=WGS84"
    return x, y, Transformer.from_crs(plane, 4326, always_xy=True)


@pytest.mark.parametrize("kind", ["straight", "zigzag"])
@pytest.mark.parametrize("seed", range(40))
def test_the_side_is_above_or_below(kind, seed):
    """
    Independent of the code: on a line that runs east, the left is what lies above it.

    Straight lines are the trap: at a vertex in the middle of one, the turn is rounding.
    """
    rng = np.random.default_rng(seed)
    x, y, to_degrees = zigzag(rng, kind)
    lon, lat = map(np.asarray, to_degrees.transform(x, y))
    index = LineIndex(lon, lat, geodesic_chainage(lon, lat))
    wide = x[-1] - x[0]
    k = rng.integers(0, len(x), 300)
    px = np.append(rng.uniform(x[0], x[-1], 300), x[k] + rng.normal(0, 0.01 * wide, 300))
    py = np.append(
        rng.uniform(y.min() - wide, y.max() + wide, 300), y[k] + rng.normal(0, wide / 5, 300)
    )
    found = index.locate(*to_degrees.transform(px, py))
    above = py - np.interp(px, x, y)
    # 1 cm + 1 ppm: the plane's edges and the geodesics are not the same line.
    clear = (px > x[0]) & (px < x[-1]) & (np.abs(above) > 0.01 + 1e-6 * wide) & (found.beyond == 0)
    clear &= found.distance_m > 0.01 + 1e-6 * wide
    assert clear.sum() > 100
    assert (np.sign(found.offset_m) == np.sign(above))[clear].all()


def test_square_to_a_vertex_of_a_straight_line(border):
    """Seen on the shipped border: a point in Khatlon, square to a vertex, was put in Kunduz."""
    found = border.index.locate([69.30706610860837], [37.12355028499316])
    assert found.offset_m[0] > 0


def test_square_to_the_cuts_of_a_long_edge():
    """One edge of 142 km is cut for the search; square to a cut, the turn there is rounding."""
    ends = np.array([70.0, 71.6]), np.array([37.0, 37.0])
    index = LineIndex(*ends, geodesic_chainage(*ends))
    cuts = np.linspace(0, index.chainage_m[-1], 16)[1:-1]
    lon, lat = index.interpolate(cuts)
    onward = np.asarray(WGS84.inv(lon, lat, np.full(14, 71.6), np.full(14, 37.0))[0])
    for away in (50.0, 300.0, 1_000.0, 5_000.0, 20_000.0, 45_000.0):
        for quarter, side in ((-90, 1), (90, -1)):
            there = WGS84.fwd(lon, lat, onward + quarter, np.full(14, away))
            found = index.locate(*there[:2])
            assert (np.sign(found.offset_m) == side).all()


@pytest.mark.parametrize("away_m", [1_000, 25_000, 190_000])
def test_the_foot_is_found_past_a_vertex_hard_by(away_m):
    """A vertex 10 cm before the foot is nearer than rounding: it must not be taken for it."""
    lon = np.array([70.0, 70.5 - 0.1 / 111_319.49, 71.0])
    index = LineIndex(lon, np.zeros(3), geodesic_chainage(lon, np.zeros(3)))
    point_lon, point_lat, _ = WGS84.fwd(70.5, 0.0, 0, away_m)
    found = index.locate([point_lon], [point_lat])
    assert found.chainage_m[0] == pytest.approx(0.5 * 111_319.49079, abs=5e-3)


def test_arms_that_meet_out_of_reach_are_two_candidates():
    """A bend of three vertices: both arms 3.86 km away, their common vertex 7.74 km."""
    lon, lat = np.array([70.0, 70.04, 70.08]), np.array([0.0, 0.07, 0.0])
    index = LineIndex(lon, lat, geodesic_chainage(lon, lat))
    found = index.locate([70.04], [0.0], tolerance_m=100)
    assert found.rank.tolist() == [0, 1]


def test_on_a_simplified_line_places_and_chainage_agree(border):
    """Its chainage is that of the finer line: between two vertices it is in proportion."""
    coarse = border.simplified(500)
    km = np.linspace(0, border.length_km, 3001)
    lon, lat = coarse.lonlat_at(km)
    found = coarse.index.locate(lon, lat)
    assert np.abs(found.chainage_m / 1000 - km).max() < 1e-5
    assert found.distance_m.max() < 1e-2


def test_many_edges_within_reach_are_done_in_smaller_parts(border, monkeypatch):
    lon, lat = points_around(border, 40, 4, up_to_m=20_000)
    whole = border.index.locate(lon, lat, tolerance_m=20_000)
    monkeypatch.setattr("frontier_geo.chainage.MOST_PAIRS", 3000)
    parts = border.index.locate(lon, lat, tolerance_m=20_000)
    assert (whole.point == parts.point).all()
    assert (whole.chainage_m == parts.chainage_m).all()
