"""Uncertain points spread over a line: closed forms, exact integrals and invariants."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import log_ndtr
from scipy.stats import norm

from frontier_geo._fast import numba_available
from frontier_geo.chainage import LineIndex
from frontier_geo.errors import MissingExtraError, ParameterError
from frontier_geo.geodesy import WGS84, geodesic_chainage
from frontier_geo.line_spread import bin_points, split_points, spread_points

ENGINES = ["numpy", *(["numba"] if numba_available() else [])]


def points_around(border, n, seed, *, up_to_m):
    """Return random points: half evenly up to a distance from the line, half crowding it."""
    rng = np.random.default_rng(seed)
    lon, lat = border.index.interpolate(rng.uniform(0, border.chainage_m[-1], n))
    even, crowding = rng.uniform(0, up_to_m, n), 10 ** rng.uniform(0, np.log10(up_to_m), n)
    away = np.where(rng.random(n) < 0.5, even, crowding)
    lon, lat, _ = WGS84.fwd(lon, lat, rng.uniform(0, 360, n), away)
    return np.asarray(lon), np.asarray(lat)


def line_of(lon, lat):
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    return LineIndex(lon, lat, geodesic_chainage(lon, lat))


def feet(index, lon, lat):
    """
    Return for one point and every edge: how far along it the perpendicular meets, y, and its length.

    By the geodesic from the middle of the edge (`pyproj`), and the right-angled triangle it spans
    with the edge, on the sphere of the curvature half-way.
    """
    a_lon, a_lat, b_lon, b_lat = index.lon[:-1], index.lat[:-1], index.lon[1:], index.lat[1:]
    azimuth, _, length = WGS84.inv(a_lon, a_lat, b_lon, b_lat)
    mid_lon, mid_lat, back = WGS84.fwd(a_lon, a_lat, azimuth, np.asarray(length) / 2)
    there = np.full(index.lon.size - 1, lon), np.full(index.lon.size - 1, lat)
    to_point, _, distance = WGS84.inv(mid_lon, mid_lat, *there)
    angle = np.radians(np.asarray(to_point) - np.asarray(back) - 180.0)
    sin2 = np.sin(np.radians((np.asarray(mid_lat) + lat) / 2)) ** 2
    radius = WGS84.a * np.sqrt(1 - WGS84.es) / (1 - WGS84.es * sin2)
    arc = np.asarray(distance) / radius
    ahead = radius * np.arctan2(np.sin(arc) * np.cos(angle), np.cos(arc))
    aside = radius * np.arcsin(np.sin(arc) * np.sin(angle))
    length = np.asarray(length)
    return ahead + length / 2, aside, length


def exact_shares(index, lon, lat, sigma, breaks, *, past_ends):
    """
    Integrate over every edge of the line by differences of the normal distribution function.

    Logarithms keep what is far out from underflowing. Returns the shares of the pieces between the
    breaks, then of what lies past the start and past the end, shape (points, breaks + 3).
    """
    piece = np.searchsorted(breaks, (index.chainage_m[1:] + index.chainage_m[:-1]) / 2)
    table = np.zeros((len(lon), len(breaks) + 3))
    for i, (x, y, s) in enumerate(zip(lon, lat, np.broadcast_to(sigma, len(lon)), strict=True)):
        ahead, aside, length = feet(index, x, y)
        low, high, off = -ahead / s, (length - ahead) / s, -((aside / s) ** 2) / 2
        flip = low > 0
        near, far = np.where(flip, -low, high), np.where(flip, -high, low)
        between = log_ndtr(near) + np.log(
            -np.expm1(np.minimum(log_ndtr(far) - log_ndtr(near), 0.0))
        )
        logs = off + between
        ends = [off[0] + log_ndtr(low[0]), off[-1] + log_ndtr(-high[-1])]
        logs = np.concatenate((logs, ends if past_ends else [-np.inf, -np.inf]))
        weight = np.exp(logs - logs.max())
        np.add.at(table[i], np.concatenate((piece, [len(breaks) + 1, len(breaks) + 2])), weight)
    return table / table.sum(axis=1, keepdims=True)


def dense(bins, n, k):
    table = np.zeros((n, k))
    table[bins.point, bins.bin] = bins.probability
    return table


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("past_ends", [False, True])
@pytest.mark.parametrize("sigma", [1.0, 30.0, 300.0, 1200.0, 4000.0, 30_000.0, 150_000.0])
def test_the_shipped_border_against_exact_integrals(border, sigma, past_ends, engine):
    """Every edge by differences of Φ, from 1 m to far more than the line bends, over both ends."""
    breaks = np.arange(10_000.0, border.chainage_m[-1], 10_000.0)
    rng = np.random.default_rng(int(sigma))
    n = 24
    km = np.concatenate(
        (rng.uniform(0, 1343, n - 8), rng.uniform(0, 2, 4), rng.uniform(1341, 1343, 4))
    )
    lon, lat = border.index.interpolate(km * 1000)
    away = rng.uniform(0, min(8 * sigma, 25_000.0), n)
    lon, lat, _ = WGS84.fwd(lon, lat, rng.uniform(0, 360, n), away)
    s = sigma * rng.uniform(0.8, 1.2, n)
    cut = border.index.with_vertices_at(breaks)
    want = exact_shares(cut, lon, lat, s, breaks, past_ends=past_ends)
    bins = bin_points(
        border.index, lon, lat, s, breaks_m=breaks, past_ends=past_ends, engine=engine
    )
    # Most are within 1e-10. Five to eight sigma off, 0.2 micrometres of rounding count for 4e-10; at
    # 150 km the two spheres differ by 1e-9.
    room = 1e-9 if sigma < 100_000 else 2e-9
    assert np.abs(dense(bins, n, breaks.size + 3) - want).max() < room
    assert np.bincount(bins.point, bins.probability) == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("d_sigma", [5.0, 10.0, 20.0])
def test_an_edge_seen_from_far_ahead_of_its_middle(d_sigma, engine):
    """
    Far off along an edge of a third of a sigma, the density changes manifold over the edge.

    Mended 2026-11-30: by its value in the middle of such an edge 4e-5 went astray at 20 sigma.
    """
    sigma = 1200.0
    lon, lat, _ = WGS84.fwd([70.0] * 3, [38.0] * 3, [90.0] * 3, [-5000.0, -420.0, 0.0])
    up_lon, up_lat, _ = WGS84.fwd([70.0] * 2, [38.0] * 2, [0.0] * 2, [400.0, 6000.0])
    index = line_of([*lon, *up_lon], [*lat, *up_lat])
    x, y, _ = WGS84.fwd(70.0, 38.0, 88.0, d_sigma * sigma)
    breaks = index.chainage_m[1:-1]
    want = exact_shares(index, [x], [y], sigma, breaks, past_ends=False)
    got = dense(bin_points(index, [x], [y], sigma, breaks_m=breaks, engine=engine), 1, 6)
    # 24 km off, the spheres differ by micrometres.
    assert np.abs(got - want).max() < 1e-7


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("d_sigma", [0.0, 3.0, 30.0, 300.0])
def test_an_integral_by_quadrature_of_the_density(d_sigma, engine):
    """A third way: the density itself, summed numerically along a bent line, near it and far off."""
    sigma = 800.0
    index = line_of([70.0, 70.03, 70.05, 70.08], [38.0, 38.0, 38.02, 38.02])
    lon, lat = 70.04, 38.01 + d_sigma * sigma / 110_900
    ahead, aside, length = feet(index, lon, lat)

    def square(x, e):
        return (aside[e] ** 2 + (x - ahead[e]) ** 2) / sigma**2

    def mass_of(e):
        def density(x):
            return np.exp((nearest - square(x, e)) / 2)

        cuts = pairwise(np.linspace(0, length[e], 40))
        return sum(quad(density, a, b, epsabs=0, epsrel=1e-12)[0] for a, b in cuts)

    nearest = min(square(np.clip(ahead[e], 0, length[e]), e) for e in range(3))
    mass = np.array([mass_of(e) for e in range(3)])
    bins = bin_points(index, [lon], [lat], sigma, breaks_m=index.chainage_m[1:-1], engine=engine)
    # 240 km off, the two spheres differ by a metre, alike for all edges but for 2e-6 of it.
    room = 1e-10 if d_sigma < 100 else 1e-3
    assert dense(bins, 1, 5)[0, :3] == pytest.approx(mass / mass.sum(), abs=room)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n", [2, 7, 900])
@pytest.mark.parametrize("sigma", [0.5, 40.0, 3000.0, 60_000.0])
def test_over_the_antimeridian_it_is_the_normal_distribution(sigma, n, engine):
    """Closed form on the equator, which crosses 180°: Φ at the breaks, past the ends as well."""
    step = np.linspace(0, 2, n)
    lon = np.where(179 + step > 180, 179 + step - 360, 179 + step)
    index = line_of(lon, np.zeros(n))
    metres = np.radians(1) * WGS84.a
    centre = np.array([0.999, 1.0, 1.3]) * metres
    breaks = np.unique(
        np.clip(metres + sigma * np.array([-2.0, -0.3, 0.4, 1.7]), 1.0, 2 * metres - 1)
    )
    at = 179 + centre / metres
    points = np.where(at > 180, at - 360, at)
    bins = bin_points(
        index, points, np.zeros(3), sigma, breaks_m=breaks, past_ends=True, engine=engine
    )
    below = norm.cdf((np.concatenate(([0.0], breaks, [2 * metres])) - centre[:, None]) / sigma)
    want = np.column_stack((np.diff(below), below[:, 0], 1 - below[:, -1]))
    # Degrees are rounded to 2e-9 m.
    assert np.abs(dense(bins, 3, breaks.size + 3) - want).max() < 1e-9 + 2e-9 / sigma


@pytest.mark.parametrize("engine", ENGINES)
def test_near_a_pole(engine):
    """A line over the pole along two meridians is straight: Φ across it."""
    index = line_of([20.0, 20.0, -160.0], [89.0, 90.0, 89.0])
    pole = index.chainage_m[1]
    bins = bin_points(index, [20.0], [89.9], 9000.0, breaks_m=[pole], engine=engine)
    _, _, away = WGS84.inv(20.0, 89.9, 20.0, 90.0)
    assert bins.probability[0] == pytest.approx(norm.cdf(away / 9000), abs=1e-8)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_edge_of_a_thousand_kilometres_is_followed(engine):
    """One edge along a geodesic is what many edges along it are."""
    lon, lat, _ = WGS84.fwd(*np.transpose([[60.0, 30.0, 60.0]] * 400), np.linspace(0, 1e6, 400))
    many, one = line_of(lon, lat), line_of([lon[0], lon[-1]], [lat[0], lat[-1]])
    points = [lon[200] + 0.05, lat[200]]
    breaks = [505_000.0]
    a, b = (
        dense(bin_points(x, *zip(points), 9000.0, breaks_m=breaks, engine=engine), 1, 4)
        for x in (many, one)
    )
    assert np.abs(a - b).max() < 1e-8  # vertices are rounded, and edges of 2.5 km are straight


def test_both_engines_give_the_same(border):
    """Points near and far, sharp and vague, in one call: to 1e-11."""
    pytest.importorskip("numba")
    lon, lat = points_around(border, 3000, 5, up_to_m=100_000)
    sigma = 10 ** np.random.default_rng(6).uniform(0, 4.7, 3000)
    breaks = np.arange(10_000.0, border.chainage_m[-1], 10_000.0)
    a, b = (
        dense(
            bin_points(border.index, lon, lat, sigma, breaks_m=breaks, past_ends=True, engine=engine),
            3000, breaks.size + 3,
        )
        for engine in ENGINES
    )  # fmt: skip
    assert np.abs(a - b).max() < 1e-9
    far = np.abs(a - b).max(axis=1) > 1e-11
    # Where a distance is some 1e5 sigma its square is rounded to 1e-6.
    assert far.sum() < 30


@pytest.mark.parametrize("engine", ENGINES)
def test_a_point_is_spread_alike_alone_and_among_others(border, engine):
    lon, lat = points_around(border, 60, 8, up_to_m=60_000)
    sigma = 10 ** np.random.default_rng(9).uniform(1, 4.5, 60)
    together = spread_points(border.index, lon, lat, sigma, past_ends=True, engine=engine)
    for i in range(60):
        alone = spread_points(border.index, lon[i], lat[i], sigma[i], past_ends=True, engine=engine)
        mine = together.point == i
        assert (together.from_m[mine] == alone.from_m).all()
        assert together.probability[mine] == pytest.approx(alone.probability, rel=1e-11)


@pytest.mark.parametrize("engine", ENGINES)
def test_parts_between_breaks_are_sums_of_bits(border, engine):
    """`split_points` adds up the bits whose middle lies between the breaks of each point."""
    lon, lat = points_around(border, 40, 12, up_to_m=20_000)
    rng = np.random.default_rng(13)
    many = rng.integers(0, 4, 40)
    start = np.concatenate(([0], np.cumsum(many)))
    near = border.index.locate(lon, lat).chainage_m
    breaks = [np.sort(near[i] + rng.normal(0, 4000, many[i])) for i in range(40)]
    got = split_points(
        border.index, lon, lat, 3000.0, start=start, breaks_m=np.concatenate(breaks), engine=engine
    )
    bits = spread_points(border.index, lon, lat, 3000.0, engine="numpy")
    for i in range(40):
        mine = bits.point == i
        part = np.searchsorted(breaks[i], bits.chainage_m[mine])
        want = np.bincount(part, bits.probability[mine], minlength=many[i] + 1)
        assert got[start[i] + i : start[i + 1] + i + 1] == pytest.approx(want, abs=1e-10)


def test_pieces_may_share_a_bin(equator):
    """Three pieces in two bins, and both sides past the ends in a third."""
    index = equator.index
    plain = bin_points(index, [70.1], [0.0], 20_000.0, breaks_m=[3e4, 6e4], past_ends=True)
    shared = bin_points(
        index, [70.1], [0.0], 20_000.0, breaks_m=[3e4, 6e4], bins=[4, 2, 4, 9, 9], past_ends=True
    )
    p = plain.probability
    assert plain.bin.tolist() == [0, 1, 2, 3, 4]
    assert shared.bin.tolist() == [2, 4, 9]
    assert shared.probability == pytest.approx([p[1], p[0] + p[2], p[3] + p[4]], abs=1e-15)


def test_bits_end_at_cuts_and_cover_the_reach(equator):
    cuts = np.arange(0, 111_000, 500.0)
    spread = spread_points(equator.index, [70.4], [0.01], 3000.0, cuts_m=cuts)
    assert (spread.to_m - spread.from_m <= 500.0 + 1e-6).all()
    near = np.abs(spread.chainage_m - 0.4 * 111_319) < 6.5 * 3000
    assert near.sum() > 75  # farther out, single bits of less than 1e-12 are left out
    assert (spread.from_m[near][1:] == spread.to_m[near][:-1]).all()
    near_vertex = spread_points(equator.index, [70.4], [0.01], 3000.0, cuts_m=[1e-9, 44_000.0])
    assert (near_vertex.to_m - near_vertex.from_m).min() > 1.0  # a cut at a vertex is none


def test_no_points_and_a_wrong_engine(equator, monkeypatch):
    none = bin_points(equator.index, [], [], [], breaks_m=[5e4])
    assert none.point.size == none.probability.size == 0
    assert split_points(equator.index, [], [], [], start=[0], breaks_m=[]).size == 0
    with pytest.raises(ParameterError, match="engine"):
        bin_points(equator.index, [70.4], [0.0], 10.0, breaks_m=[5e4], engine="fortran")
    monkeypatch.setattr("frontier_geo._fast.numba_available", lambda: False)
    with pytest.raises(MissingExtraError, match="fast"):
        bin_points(equator.index, [70.4], [0.0], 10.0, breaks_m=[5e4], engine="numba")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_point_at_the_other_side_of_the_earth(border, engine):
    """A rough answer, but one: it sums to 1."""
    bins = bin_points(
        border.index, [-110.0, -70.0], [-37.0, 89.999], [1.0, 5000.0], breaks_m=[6e5], engine=engine
    )
    assert np.bincount(bins.point, bins.probability) == pytest.approx([1, 1], abs=1e-12)


def test_spread_over_a_straight_line_is_the_normal_distribution(equator):
    """Closed form: differences of Φ along the line, whatever the distance to it."""
    sigma = 3000.0
    cuts = np.arange(0, 111_000, 1000.0)
    index = equator.index.with_vertices_at(cuts)
    for lat in (0.0, 0.02):
        spread = spread_points(index, [70.4], [lat], sigma)
        centre = 0.4 * 111_319.491
        edges = np.append(cuts, index.chainage_m[-1])
        expected = np.diff(norm.cdf((edges - centre) / sigma))
        got, _ = np.histogram(spread.chainage_m, edges, weights=spread.probability)
        # Differences of Phi; the millimetre that the length above leaves off is 2e-9.
        assert np.abs(got - expected).max() < 1e-8
        assert spread.probability.sum() == pytest.approx(1)


@pytest.mark.parametrize("lat", [0.0, -0.002, 0.004])
def test_spread_at_a_bend_gives_each_arm_its_share(hairpin, lat):
    """Two long parallel arms at d1 and d2: their shares are as exp(-d1²/2s²) to exp(-d2²/2s²)."""
    sigma, metre = 1500.0, 110_574.3
    spread = spread_points(hairpin.index, [70.25], [lat], sigma)
    lower = spread.probability[spread.chainage_m < hairpin.chainage_m[1]].sum()
    d1, d2 = (0.01 + lat) * metre, (0.01 - lat) * metre
    odds = np.exp((d2**2 - d1**2) / (2 * sigma**2))
    assert lower == pytest.approx(odds / (1 + odds), abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(lon=st.floats(67, 75), lat=st.floats(36, 39), sigma=st.floats(1, 50_000))
def test_spread_sums_to_one_and_is_never_negative(border, lon, lat, sigma):
    spread = spread_points(border.index, [lon], [lat], sigma)
    assert spread.probability.sum() == pytest.approx(1, abs=1e-9)
    assert (spread.probability >= 0).all()


def test_a_certain_point_stays_on_its_place(border):
    lon, lat = points_around(border, 50, 11, up_to_m=5_000)
    near = border.index.locate(lon, lat)
    spread = spread_points(border.index, lon, lat, 0.5)
    mean = np.bincount(spread.point, spread.probability * spread.chainage_m)
    # An edge has up to 5 km; its middle stands for it. The median edge is 120 m.
    assert np.median(np.abs(mean - near.chainage_m)) < 120
