"""The two engines give the same bits, and both the place that exact geodesics give."""

from __future__ import annotations

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point

import frontier_geo._fast
from frontier_geo import Boundary, load_boundary, locate_points
from frontier_geo._fast import choose_engine, numba_available
from frontier_geo._nearest import Nearest
from frontier_geo.chainage import LineIndex
from frontier_geo.errors import (
    ColumnError,
    CoordinateError,
    CRSError,
    GeometryError,
    MissingExtraError,
    ParameterError,
)
from frontier_geo.geodesy import WGS84, geodesic_chainage
from frontier_geo.segments import make_segments, segment_of

FIELDS = ("chainage_m", "distance_m", "offset_m", "side", "beyond")
ENGINES = ("numpy", "numba")


def index_of(lon, lat):
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    return LineIndex(lon, lat, geodesic_chainage(lon, lat))


def around(index, n, seed, *, up_to_m):
    """Return random points: half evenly up to a distance from the line, half crowding it."""
    rng = np.random.default_rng(seed)
    lon, lat = index.interpolate(rng.uniform(0, index.chainage_m[-1], n))
    even, crowding = rng.uniform(0, up_to_m, n), 10 ** rng.uniform(0, np.log10(up_to_m), n)
    away = np.where(rng.random(n) < 0.5, even, crowding)
    lon, lat, _ = WGS84.fwd(lon, lat, rng.uniform(0, 360, n), away)
    return np.asarray(lon), np.asarray(lat)


def assert_same_bits(a, b, fields=FIELDS):
    for name in fields:
        ours, theirs = getattr(a, name), getattr(b, name)
        assert ours.dtype == theirs.dtype
        differ = np.flatnonzero(ours != theirs)
        assert not differ.size, f"{name} differs at {differ[:3]}: {ours[differ[:3]]}"


def both(index, lon, lat):
    """Return what both engines give, made sure that they are the same."""
    found = [index.nearest(lon, lat, engine=engine) for engine in ENGINES]
    assert_same_bits(*found)
    return found[0]


# ---- agreement ----------------------------------------------------------------------------------


def awkward_points(border):
    """Return points where a rounding could decide: each kind by its name."""
    index = border.index
    rng = np.random.default_rng(2)
    segments = make_segments(border, length_km=10)
    limits = index.interpolate(segments["from_km"].to_numpy() * 1000)
    hardly = 10.0 ** rng.uniform(-12, -5, border.lon.size)
    first, last = index.interpolate([0.0, index.chainage_m[-1]])
    grid = np.meshgrid(np.arange(66.5, 76.5, 1 / 32), np.arange(35.5, 40.5, 1 / 32))
    return {
        "vertices": (border.lon, border.lat),
        "hardly off vertices": (border.lon + hardly, border.lat - hardly),
        "limits of segments": limits,
        "on the line": index.interpolate(rng.uniform(0, index.chainage_m[-1], 20_000)),
        "on the lines of the grid": tuple(axis.ravel() for axis in grid),
        "beyond the ends": tuple(
            np.concatenate([np.repeat(end, 300) for end in ends]) + rng.normal(0, 0.5, 600)
            for ends in (first, last)
        ),
        "far away": (rng.uniform(-180, 180, 2000), np.degrees(np.arcsin(rng.uniform(-1, 1, 2000)))),
        "poles and corners": (
            np.array([0.0, 180.0, -180.0, 71.0, 180.0, -180.0]),
            np.array([90.0, -90.0, 90.0, -90.0, 37.0, 37.0]),
        ),
        "other side of the earth": (border.lon[:300] - 180.0, -border.lat[:300]),
    }


def halfway_points(index, lon, lat, *, steps=60):
    """Move points from where one stretch is nearest to where another is: to equal distance."""
    lon, lat = np.asarray(lon, dtype=float).copy(), np.asarray(lat, dtype=float).copy()
    low_lat, high_lat = lat - 0.4, lat + 0.4
    home = index.nearest(lon, low_lat).chainage_m
    there = np.abs(index.nearest(lon, high_lat).chainage_m - home) > 5_000
    lon, low_lat, high_lat, home = lon[there], low_lat[there], high_lat[there], home[there]
    for _ in range(steps):
        middle = (low_lat + high_lat) / 2
        still = np.abs(index.nearest(lon, middle).chainage_m - home) <= 5_000
        low_lat, high_lat = np.where(still, middle, low_lat), np.where(still, high_lat, middle)
    return np.tile(lon, 3), np.concatenate((low_lat, high_lat, (low_lat + high_lat) / 2))


def test_both_engines_give_the_same_bits_for_a_million_points(border):
    """Anywhere up to 250 km away, crowding the line, and wherever rounding might decide."""
    lon, lat = (np.concatenate(parts) for parts in zip(
        around(border.index, 940_000, 20261130, up_to_m=250_000),
        halfway_points(border.index, *around(border.index, 3000, 4, up_to_m=20_000)),
        *awkward_points(border).values(),
        strict=True,
    ))  # fmt: skip
    assert lon.size >= 1_000_000
    found = both(border.index, lon, lat)
    assert (found.distance_m >= 0).all()
    assert set(np.unique(found.side)) == {-1, 0, 1}


def test_points_halfway_are_as_near_to_two_stretches(border):
    """The medial axis of the line is met within rounding, so that the test above means something."""
    lon, lat = halfway_points(border.index, *around(border.index, 300, 9, up_to_m=20_000))
    assert lon.size > 100
    near = border.index.locate(lon, lat, tolerance_m=1e-3)
    assert (np.bincount(near.point) > 1).mean() > 0.8
    assert_same_bits(
        border.index.nearest(lon, lat), border.index.locate(lon, lat), FIELDS[:3] + FIELDS[4:]
    )


@pytest.mark.parametrize("tolerance", [1e-9, 10.0, 2000.0])
def test_with_a_tolerance_the_nearest_place_is_the_same(border, tolerance):
    """The tree and the table decide alike, on ties as well."""
    points = awkward_points(border)
    lon, lat = (np.concatenate(parts) for parts in zip(
        around(border.index, 3000, 5, up_to_m=250_000),
        halfway_points(border.index, *around(border.index, 300, 6, up_to_m=20_000)),
        *(tuple(axis[::40] for axis in points[kind]) for kind in points),
        strict=True,
    ))  # fmt: skip
    near = border.index.locate(lon, lat, tolerance_m=tolerance)
    first = near.rank == 0
    assert (near.point[first] == np.arange(lon.size)).all()
    alone = border.index.nearest(lon, lat)
    sure = alone.distance_m < 10_000_000  # beyond, the answer is a rough one
    assert sure.sum() > 5000
    for name in ("chainage_m", "distance_m", "offset_m", "beyond"):
        assert (getattr(near, name)[first] == getattr(alone, name))[sure].all(), name


@pytest.mark.parametrize("threads", [2, 3])
@pytest.mark.parametrize("engine", ENGINES)
def test_threads_change_nothing(border, engine, threads):
    lon, lat = around(border.index, 200_000, 8, up_to_m=60_000)
    assert_same_bits(
        border.index.nearest(lon, lat, engine=engine),
        border.index.nearest(lon, lat, engine=engine, threads=threads),
    )


def test_parts_of_the_points_give_parts_of_the_answer(border):
    """Points are sorted and cut in blocks inside; that must not show."""
    lon, lat = around(border.index, 70_001, 12, up_to_m=60_000)
    for engine in ENGINES:
        whole = border.index.nearest(lon, lat, engine=engine)
        for part in (slice(0, 1), slice(5, 16_390), slice(69_000, None), slice(None, None, 7)):
            some = border.index.nearest(lon[part], lat[part], engine=engine)
            for name in FIELDS:
                assert (getattr(some, name) == getattr(whole, name)[part]).all()


@pytest.mark.parametrize("seed", range(3))
def test_a_vertex_has_its_own_chainage(seed):
    """Exactly, whichever of its edges it is found on: a limit of a segment may lie there."""
    rng = np.random.default_rng(seed)
    index = index_of(60 + np.cumsum(rng.uniform(0.001, 0.003, 3000)), rng.normal(40, 5e-4, 3000))
    found = both(index, np.tile(index.lon, 8), np.tile(index.lat, 8))
    assert (found.chainage_m == np.tile(index.chainage_m, 8)).all()
    found = index.locate(index.lon, index.lat, tolerance_m=1.0)
    assert (found.chainage_m[found.rank == 0] == index.chainage_m).all()


# ---- ties ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_a_tie_goes_to_the_lower_chainage(hairpin, engine):
    """
    Between the arms of a bend, 1,105.7 m from both: within a micrometre they are as near.

    Moved by y towards an arm, the distances differ by 2 y; 1 nm of rounding either way is left out.
    """
    rng = np.random.default_rng(1)
    lon = rng.uniform(70.05, 70.4, 4000)
    y = np.where(rng.random(4000) < 0.5, rng.uniform(-2e-6, 2e-6, 4000), 0.0)
    found = hairpin.index.nearest(lon, y / 110_574.4, engine=engine)
    upper = found.chainage_m > hairpin.chainage_m[1] + 1200
    clear = np.abs(2 * y - 1e-6) > 5e-9
    assert (upper == (2 * y > 1e-6))[clear].all()
    assert upper.any()


@pytest.mark.parametrize("engine", ENGINES)
def test_arms_of_a_bend_that_meet_out_of_reach_are_two_places(engine):
    """On the bisector of an angle both arms are as near; the first has the lower chainage."""
    index = index_of([70.0, 70.04, 70.08], [0.0, 0.07, 0.0])
    found = index.nearest([70.04] * 3, [0.0, 0.01, 0.03], engine=engine)
    assert (found.chainage_m < index.chainage_m[1] - 1000).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_foot_just_past_a_vertex_is_no_tie(engine):
    """A vertex 10 cm before the foot is nearer than rounding: it must not be taken for it."""
    index = index_of([70.0, 70.5 - 0.1 / 111_319.49, 71.0], [0.0] * 3)
    for away in (1_000, 25_000, 190_000):
        lon, lat, _ = WGS84.fwd(70.5, 0.0, 0, away)
        found = index.nearest([lon], [lat], engine=engine)
        assert found.chainage_m[0] == pytest.approx(0.5 * 111_319.49079, abs=5e-3)


# ---- accuracy -----------------------------------------------------------------------------------


def exact_nearest(index, lon, lat):
    """
    Return chainage and distance by golden section on every edge, with `pyproj.Geod`, and uniqueness.

    The distance from a point to a geodesic of 200 km has one minimum for points within 200 km.
    """
    azimuth, _, length = WGS84.inv(index.lon[:-1], index.lat[:-1], index.lon[1:], index.lat[1:])
    n, m = lon.size, length.size
    start = [np.tile(axis[:-1], n) for axis in (index.lon, index.lat)]
    azimuth, length = np.tile(azimuth, n), np.tile(length, n)
    to = np.repeat(lon, m), np.repeat(lat, m)

    def distance(along):
        q_lon, q_lat, _ = WGS84.fwd(*start, azimuth, along)
        return np.asarray(WGS84.inv(q_lon, q_lat, *to)[2])

    golden = (5**0.5 - 1) / 2
    low, high = np.zeros(n * m), length.copy()
    for _ in range(52):  # 0.618^52 of 200 km is 3 micrometres
        left, right = high - golden * (high - low), low + golden * (high - low)
        nearer = distance(left) < distance(right)
        low, high = np.where(nearer, low, left), np.where(nearer, right, high)
    along = np.stack([np.zeros(n * m), (low + high) / 2, length])
    away = np.stack([distance(one) for one in along])
    best = away.argmin(axis=0)
    along = np.take_along_axis(along, best[None], 0).reshape(n, m)
    away = np.take_along_axis(away, best[None], 0).reshape(n, m)
    edge, rows = away.argmin(axis=1), np.arange(n)
    chainage = index.chainage_m[edge] + along[rows, edge]
    every = index.chainage_m[:-1] + along
    as_near = (np.abs(every - chainage[:, None]) > 50) & (away < away[rows, edge, None] + 0.05)
    return chainage, away[rows, edge], ~as_near.any(axis=1)


LINES = {
    "across the antimeridian": (
        [178.2, 179.1, -179.9, -178.8, -178.0], [-17.0, -16.2, -17.1, -16.0, -16.8],
    ),
    "near the pole": (
        [10.0, 60.0, 100.0, 170.0, -150.0, -110.0], [87.9, 88.6, 88.2, 89.3, 88.9, 89.5],
    ),
    "ten vertices": (
        [66.0, 67.3, 68.1, 69.9, 70.2, 71.8, 73.0, 73.4, 75.1, 76.0],
        [37.0, 38.2, 37.1, 37.6, 36.0, 36.9, 36.2, 37.8, 37.1, 38.0],
    ),
    "along a meridian": ([20.0, 20.0, 20.0, 20.1], [58.0, 59.2, 60.5, 61.8]),
}  # fmt: skip


@pytest.mark.parametrize("name", LINES)
def test_both_engines_find_what_exact_geodesics_find(name):
    """Up to 200 km off, on edges of 50 to 200 km."""
    index = index_of(*LINES[name])
    lon, lat = around(index, 250, 21, up_to_m=200_000)
    found = both(index, lon, lat)
    chainage, distance, unique = exact_nearest(index, lon, lat)
    # As the module promises: 1 mm, and 1 cm where the place is unique; golden section on a flat
    # minimum leaves sqrt(2 * 200 km * 15 nm) = 8 cm open (Karney 2013), hence by distance.
    assert np.abs(found.distance_m - distance).max() < 1e-3
    assert unique.mean() > 0.95
    error = np.abs(found.chainage_m - chainage)[unique]
    flat = np.sqrt(2 * distance[unique] * 15e-9)
    assert (error < 1e-2 + flat).all()


@pytest.mark.parametrize("name", LINES)
def test_the_way_from_the_place_found_is_square_to_the_line(name):
    """Exact geodesics of Karney (2013) meet the edge at a right angle, at any distance to 300 km."""
    index = index_of(*LINES[name])
    lon, lat = around(index, 30_000, 23, up_to_m=300_000)
    found = both(index, lon, lat)
    edge = np.searchsorted(index.chainage_m, found.chainage_m, side="right") - 1
    edge = np.minimum(edge, index.lon.size - 2)
    inside = found.chainage_m - index.chainage_m[edge] > 100
    inside &= index.chainage_m[edge + 1] - found.chainage_m > 100
    foot = index.interpolate(found.chainage_m)
    onward = np.asarray(WGS84.inv(*foot, index.lon[edge + 1], index.lat[edge + 1])[0])
    to_point = np.asarray(WGS84.inv(*foot, lon, lat)[0])
    short_by = found.distance_m * np.cos(np.radians(to_point - onward))
    assert (inside & (found.distance_m > 150_000)).sum() > 20
    # 1 cm up to 200 km, as the module promises. 15 nm aside in 100 m ahead (Karney 2013) turn the
    # bearing by 1.5e-10, which is 0.03 mm at 200 km.
    near = inside & (found.distance_m < 200_000)
    assert np.abs(short_by[near]).max() < 1e-2
    assert np.abs(short_by[inside]).max() < 2e-2


@pytest.mark.parametrize("name", LINES)
def test_the_sides_are_those_of_the_azimuth(name):
    """Seen from the foot, a point on the left bears left of the line's direction."""
    index = index_of(*LINES[name])
    lon, lat = around(index, 2000, 22, up_to_m=100_000)
    found = both(index, lon, lat)
    inside = np.ones(lon.size, dtype=bool)
    for at in index.chainage_m:  # at corners the side is a matter of the turn
        inside &= np.abs(found.chainage_m - at) > 1.0
    ahead = index.interpolate(found.chainage_m + np.where(inside, 0.5, 0.0))
    foot = index.interpolate(found.chainage_m)
    onward = np.asarray(WGS84.inv(*foot, *ahead)[0])
    to_point = np.asarray(WGS84.inv(*foot, lon, lat)[0])
    left = np.sin(np.radians(to_point - onward)) < 0
    inside &= (found.distance_m > 1.0) & (found.beyond == 0)
    assert inside.sum() > 300
    assert ((found.side > 0) == left)[inside].all()


def test_far_away_the_distance_is_that_to_the_place_found(border):
    """Up to 9,000 km: nothing on the line is nearer than what is found."""
    rng = np.random.default_rng(31)
    at = rng.uniform(0, border.chainage_m[-1], 300)
    lon, lat, _ = WGS84.fwd(
        *border.index.interpolate(at), rng.uniform(0, 360, 300), rng.uniform(2e5, 9e6, 300)
    )
    lon, lat = np.asarray(lon), np.asarray(lat)
    found = both(border.index, lon, lat)
    there = np.asarray(WGS84.inv(*border.index.interpolate(found.chainage_m), lon, lat)[2])
    assert np.abs(found.distance_m - there).max() < 5e-3
    for i in range(300):
        n = border.lon.size
        away = WGS84.inv(border.lon, border.lat, np.full(n, lon[i]), np.full(n, lat[i]))[2]
        assert found.distance_m[i] <= np.min(away) + 1e-3


def test_places_in_closed_form_are_those_of_the_geodesic(border, equator):
    """0.01 mm, and the vertices themselves."""
    for index in (border.index, equator.index, index_of(*LINES["near the pole"])):
        chainage = np.linspace(0, index.chainage_m[-1], 3001)
        exact, quick = index.interpolate(chainage), index.places_at(chainage)
        assert np.max(WGS84.inv(*exact, *quick)[2]) < 1e-5
    lon, lat = border.index.places_at(border.chainage_m[:-1])
    assert (lon == border.lon[:-1]).all()
    assert (lat == border.lat[:-1]).all()


# ---- what goes in and comes out -----------------------------------------------------------------


@pytest.mark.parametrize("engine", ENGINES)
def test_no_points_and_one_point(border, engine):
    nothing = border.locate([], [], engine=engine)
    assert {getattr(nothing, name).shape for name in vars(nothing)} == {(0,)}
    one = border.locate(71.51, 37.49, engine=engine)
    assert (one.side.tolist(), one.side.dtype, one.beyond.dtype) == ([-1], np.int8, np.int8)
    assert one.chainage_km[0] == pytest.approx(776.1, abs=0.1)


def test_locate_is_in_kilometres_and_leaves_its_input_alone(border):
    lon, lat = around(border.index, 1000, 1, up_to_m=10_000)
    before = lon.copy(), lat.copy()
    found, near = border.locate(lon, lat), border.index.nearest(lon, lat)
    assert (found.chainage_km == near.chainage_m / 1000).all()
    assert (found.distance_km == near.distance_m / 1000).all()
    assert (found.offset_km == near.offset_m / 1000).all()
    assert (lon == before[0]).all() and (lat == before[1]).all()


def test_arrays_of_other_kinds_do(border):
    """Strided, big-endian, of single precision, or a list."""
    lon, lat = around(border.index, 20_000, 1, up_to_m=10_000)
    expected = border.locate(lon, lat, engine="numba").chainage_km
    pairs = np.column_stack((lon, lat))
    assert (border.locate(pairs[:, 0], pairs[:, 1], engine="numba").chainage_km == expected).all()
    assert (
        border.locate(lon.astype(">f8"), list(lat), engine="numba").chainage_km == expected
    ).all()
    single = border.locate(lon.astype("f4"), lat.astype("f4"), engine="numba").chainage_km
    assert np.median(np.abs(single - expected)) < 1e-2


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 200.0])
def test_a_bad_coordinate_among_good_ones_is_named(border, bad):
    lon, lat = np.full(30_000, 70.0), np.full(30_000, 37.0)
    lon[17_003] = bad
    for call in (border.locate, lambda x, y: locate_points(x, y, boundary=border)):
        with pytest.raises(CoordinateError, match=r"longitude must .* point 17003 has"):
            call(lon, lat)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"engine": "cython"}, "engine must be one of numpy, numba, auto, but is 'cython'"),
        ({"threads": 0}, "threads must be a whole number of 1 or more, but is 0"),
        ({"threads": True}, "but is True"),
        ({"threads": 1.5}, "but is 1.5"),
    ],
)
def test_bad_words_are_refused(border, more, words):
    for call in (border.locate, border.index.locate, border.index.nearest, locate_points):
        with pytest.raises(ParameterError, match=words):
            call([70.0], [37.0], **more)


def test_numba_is_asked_for_where_there_is_none(border, monkeypatch):
    """The error names the extra; "auto" does without."""
    lon, lat = around(border.index, 20_000, 1, up_to_m=10_000)
    expected = border.locate(lon, lat).chainage_km
    monkeypatch.setattr(frontier_geo._fast, "numba_available", lambda: False)
    with pytest.raises(MissingExtraError, match=r"pip install \"frontier-geo\[fast\]\""):
        border.locate(lon, lat, engine="numba")
    assert (border.locate(lon, lat).chainage_km == expected).all()


def test_numba_is_chosen_by_size():
    assert numba_available()
    assert choose_engine("auto", n=9, worth=10) == "numpy"
    assert choose_engine("auto", n=10, worth=10) == "numba"
    assert choose_engine("numba", n=0, worth=10) == "numba"
    assert choose_engine("numpy", n=10**9, worth=10) == "numpy"


@pytest.fixture
def crowd(border):
    lon, lat = around(border.index, 500, 77, up_to_m=30_000)
    names = pd.Index([f"p{i}" for i in range(500)], name="name")
    return pd.DataFrame({"lon": lon, "lat": lat}, index=names)


def test_tables_and_layers_go_in(border, crowd):
    """Each gives what its arrays give, under its own index."""
    plain = locate_points(crowd["lon"], crowd["lat"], boundary=border)
    layer = gpd.GeoDataFrame(geometry=gpd.points_from_xy(crowd["lon"], crowd["lat"]), crs=4326)
    layer.index = crowd.index
    for table in (crowd, layer, layer.geometry):
        found = locate_points(table, boundary=border)
        assert found.index.equals(crowd.index)
        pd.testing.assert_frame_equal(found.reset_index(drop=True), plain)
    several = locate_points(layer, boundary=border, tolerance_km=3)
    assert len(several) > 500
    assert (several.index == crowd.index[several["point"]]).all()


@pytest.mark.parametrize("crs", [32642, 3857, "OGC:CRS84"])
def test_a_layer_in_another_crs_is_converted(border, crowd, crs):
    layer = gpd.GeoDataFrame(geometry=gpd.points_from_xy(crowd["lon"], crowd["lat"]), crs=4326)
    found = locate_points(layer.to_crs(crs), boundary=border)
    plain = locate_points(crowd["lon"], crowd["lat"], boundary=border)
    # 0.1 mm of projecting there and back, seen from 30 km beside a bend.
    assert np.abs(found["distance_km"] - plain["distance_km"]).max() < 1e-6


def test_what_is_no_point_is_refused(border):
    for geometry, words in (
        (LineString([(70, 37), (71, 37)]), "row 1 has a LineString"),
        (None, "row 1 has no geometry"),
        (Point(), "row 1 has no geometry"),
    ):
        layer = gpd.GeoSeries([Point(70, 37), geometry], crs=4326)
        with pytest.raises(GeometryError, match=words):
            locate_points(layer, boundary=border)
    with pytest.raises(CRSError, match="its CRS is None"):
        locate_points(gpd.GeoSeries([Point(70, 37)]), boundary=border)
    with pytest.raises(ColumnError, match="needs the column 'lat'"):
        locate_points(pd.DataFrame({"lon": [70.0]}), boundary=border)
    with pytest.raises(CoordinateError, match="only one float was given"):
        locate_points(70.0)
    with pytest.raises(CoordinateError, match="Pass the boundary as boundary="):
        locate_points(pd.DataFrame({"lon": [70.0], "lat": [37.0]}), border)


def test_the_nearest_place_is_left_out_on_request(border, crowd):
    whole, part = (locate_points(crowd, boundary=border, nearest=n) for n in (True, False))
    assert list(whole.columns)[-2:] == ["nearest_lon", "nearest_lat"]
    pd.testing.assert_frame_equal(whole.iloc[:, :-2], part)
    near = border.locate(whole["nearest_lon"].to_numpy(), whole["nearest_lat"].to_numpy())
    assert near.distance_km.max() < 1e-7
    assert np.abs(near.chainage_km - whole["chainage_km"]).max() < 1e-6


def test_words_of_sides_are_what_pandas_makes_of_them(border, equator):
    """Built from whole columns, yet the same kind of column as from a list of words."""
    for lat in ([0.1, -0.1, 0.0], [0.0]):
        found = locate_points([70.5] * len(lat), lat, boundary=equator)
        words = {0.1: "N", -0.1: "S", 0.0: None}
        expected = pd.DataFrame({"side": np.array([words[y] for y in lat], dtype=object)})
        pd.testing.assert_frame_equal(found[["side"]], expected)


def test_segments_of_both_engines_are_the_same(border):
    segments = make_segments(border, length_km=10)
    lon, lat = border.index.interpolate(segments["from_km"].to_numpy() * 1000)
    found = [segment_of(segments, border.locate(lon, lat, engine=e).chainage_km) for e in ENGINES]
    assert (found[0] == found[1]).all()


def test_a_boundary_made_from_the_same_vertices_is_located_alike(border):
    again = Boundary.from_line(
        LineString(shapely.get_coordinates(border.geometry)), crs=4326, chainage_m=border.chainage_m
    )
    lon, lat = around(border.index, 2000, 3, up_to_m=30_000)
    assert (again.locate(lon, lat).chainage_km == border.locate(lon, lat).chainage_km).all()


def test_memory_that_nobody_filled_warns_nobody(monkeypatch):
    """Points that the table does not hold have any bits for a while; here those numpy warns of."""
    empty = Nearest.empty

    def poisoned(n):
        made = empty(n)
        for values in made.lengths:
            values.view(np.uint64)[:] = 0x7FF4_0000_0000_0001  # a signalling NaN
        return made

    monkeypatch.setattr(Nearest, "empty", poisoned)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = load_boundary().locate([71.5, 0.0], [37.4, 0.0])
    assert found.distance_km[1] == pytest.approx(8056.285, abs=0.001)  # pyproj.Geod, all vertices
