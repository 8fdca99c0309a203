"""
Points in chunks: the same answers as of the calls that take all points at once.

`locate_points`, `locate_events`, `segment_rates`, `segment_weights` and `line_intensity` are the
references; they have evidence of their own.
"""

from __future__ import annotations

import itertools
import pickle

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString

import frontier_geo as fg
from frontier_geo.density import line_intensity
from frontier_geo.errors import ParameterError
from frontier_geo.tallies import (
    PLACEMENTS,
    REASONS,
    Reason,
    Tally,
    finish,
    locate_chunk,
    make_plan,
)

PERIOD = ("2015-01-01", "2020-12-31")


def scattered(n: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Points around the shipped border: near it, off it, and past both of its ends."""
    random = np.random.default_rng(seed)
    border = fg.load_boundary()
    lon, lat = border.lonlat_at(random.uniform(0, border.length_km, n))
    wide = np.where(random.random(n) < 0.9, 0.08, 1.0)
    ends = random.random(n) < 0.02
    lon = np.where(ends, np.where(random.random(n) < 0.5, border.lon[0], border.lon[-1]), lon)
    lat = np.where(ends, np.where(lon == border.lon[0], border.lat[0], border.lat[-1]), lat)
    return lon + wide * random.normal(size=n), lat + wide * random.normal(size=n)


def as_events(lon, lat, **columns) -> gpd.GeoDataFrame:
    columns = {
        "event_id": [f"p{i}" for i in range(len(lon))],
        "date_start": "2016-05-01",
        **columns,
    }
    return gpd.GeoDataFrame(columns, geometry=gpd.points_from_xy(lon, lat), crs=4326)


# ---- where points lie ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def points():
    return scattered(2000)


def test_points_lie_where_locate_points_and_locate_events_put_them(points):
    """Chainage, distance, offset, side, certainty, segment and placement of every point."""
    lon, lat = points
    chunk = locate_chunk({"lon": lon, "lat": lat}, make_plan())
    one_by_one = fg.locate_points(lon, lat)
    for name in ("chainage_km", "official_km", "distance_km", "offset_km"):
        np.testing.assert_allclose(getattr(chunk, name), one_by_one[name], atol=1e-6)
    sides = np.array(["TJ", "AF", None], dtype=object)[chunk.side]
    told = one_by_one["side"].astype(object)
    assert sides.tolist() == told.where(told.notna(), None).tolist()
    assert chunk.side_certain.tolist() == one_by_one["side_certain"].tolist()
    assert chunk.beyond_end.tolist() == one_by_one["beyond_end"].tolist()
    assert 0 < chunk.beyond_end.sum() < len(lon)
    first = fg.locate_events(as_events(lon, lat)).query("candidate == 0")
    assert [PLACEMENTS[code] for code in chunk.placement] == first["placement"].tolist()
    names = np.array([*fg.make_segments()["segment_id"], None], dtype=object)[chunk.segment]
    told = first["segment_id"].astype(object)
    assert names.tolist() == told.where(told.notna(), None).tolist()
    assert {"point", "off_border"} == set(first["placement"])


def test_an_uncertain_point_has_no_certain_side(points):
    lon, lat = (part[:200] for part in points)
    own = np.linspace(0, 20, 200)
    own[7] = np.nan
    plan = make_plan(uncertainty="r")
    chunk = locate_chunk({"lon": lon, "lat": lat, "r": own}, plan)
    told = fg.locate_points(lon, lat, uncertainty_km=own)
    assert chunk.side_certain.tolist() == told["side_certain"].tolist()


#: Rows that cannot be used, and why.
ODD = {
    Reason.MISSING: [(np.nan, 37.5), (71.5, np.nan), (np.inf, 37.5), (71.5, -np.inf)],
    Reason.RANGE: [(181.0, 37.5), (71.5, 90.5), (7_950_000.0, 4_500_000.0)],
    Reason.SWAPPED: [(37.49, 71.51), (36.7, 68.0)],
}


@pytest.mark.parametrize("reason", ODD)
def test_rows_that_cannot_be_used_say_why(reason):
    """They keep their place between good ones, and are counted."""
    odd = np.array(ODD[reason])
    both = np.vstack(([71.51, 37.49], odd, [71.51, 37.49]))
    chunk = locate_chunk({"lon": both[:, 0], "lat": both[:, 1]}, make_plan(), first_row=100)
    assert chunk.reason.tolist() == [-1, *[reason] * len(odd), -1]
    assert [PLACEMENTS[c] for c in chunk.placement] == ["point", *["rejected"] * len(odd), "point"]
    assert np.isnan(chunk.chainage_km[1:-1]).all() and chunk.segment[1:-1].tolist() == [-1] * len(
        odd
    )
    assert chunk.tally.account()["rejected_because"] == {REASONS[reason]: len(odd)}
    assert chunk.tally.located == 2 and chunk.tally.rows == len(both)
    np.testing.assert_array_equal(chunk.tally.examples[0], [101, reason, *odd[0]])


def test_swapped_is_what_locate_events_calls_swapped():
    """Far from the line as given, near it turned round."""
    random = np.random.default_rng(3)
    lon, lat = random.uniform(-180, 180, 2000), random.uniform(-90, 90, 2000)
    lon[::4], lat[::4] = random.uniform(34, 42, 500), random.uniform(62, 78, 500)
    chunk = locate_chunk({"lon": lon, "lat": lat}, make_plan())
    with pytest.warns(fg.errors.RejectedRowsWarning):
        first = fg.locate_events(as_events(lon, lat)).query("candidate == 0")
    assert ((chunk.placement == 2) == (first["placement"] == "rejected").to_numpy()).all()
    assert (chunk.reason == Reason.SWAPPED).sum() > 100


def test_an_uncertainty_that_is_none_is_refused():
    own = np.array([1.0, -1.0, np.inf, np.nan])
    chunk = locate_chunk(
        {"lon": np.full(4, 71.51), "lat": np.full(4, 37.49), "r": own}, make_plan(uncertainty="r")
    )
    assert chunk.reason.tolist() == [-1, Reason.UNCERTAINTY, Reason.UNCERTAINTY, -1]


def test_the_caller_may_know_why_a_row_cannot_be_used():
    """What was no number in a file is one reason, what is missing another."""
    given_reason = np.array([Reason.NUMBER, -1], dtype=np.int8)
    columns = {"lon": [np.nan, np.nan], "lat": [37.49, 37.49]}
    chunk = locate_chunk(columns, make_plan(), reason=given_reason)
    assert chunk.reason.tolist() == [Reason.NUMBER, Reason.MISSING]
    assert given_reason.tolist() == [Reason.NUMBER, -1]


def test_no_points_at_all_are_an_answer():
    plan = make_plan(bandwidth_km=20, uncertainty="r")
    chunk = locate_chunk({"lon": [], "lat": [], "r": []}, plan)
    assert chunk.tally.rows == 0 and chunk.chainage_km.size == 0
    totals = finish(chunk.tally, plan)
    assert totals.segments["events"].sum() == 0
    assert (totals.density["intensity_known"] == 0).all()


# ---- what they add up to -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rated(points):
    """The totals of chunks, and the rates of all points at once."""
    lon, lat = points
    own = np.random.default_rng(5).choice([0.0, 0.5, 5.0, 30.0], len(lon))
    plan = make_plan(period=PERIOD, uncertainty="location_uncertainty_km", bandwidth_km=15)
    columns = {"lon": lon, "lat": lat, "location_uncertainty_km": own}
    tally = Tally.empty(plan)
    for part in np.array_split(np.arange(len(lon)), 7):
        tally = tally + locate_chunk({k: v[part] for k, v in columns.items()}, plan).tally
    located = fg.locate_events(as_events(lon, lat, location_uncertainty_km=own))
    rates = fg.segment_rates(located, period=PERIOD, n_imputations=200)
    return finish(tally, plan), tally, located, rates


@pytest.mark.parametrize(
    "name",
    [
        "segment_id", "from_km", "to_km", "length_km", "tj_district", "events", "expected_events",
        "exposure_km_yr", "rate", "rate_lo", "rate_hi", "expected_rate", "eb_rate", "eb_lo", "eb_hi",
        "excess", "rr", "p_value", "p_adj", "p_adj_method",
    ],
)  # fmt: skip
def test_the_table_is_that_of_segment_rates(rated, name):
    """Counts exactly, everything else to the rounding of sums."""
    totals, _, _, rates = rated
    if rates[name].dtype.kind == "f":
        np.testing.assert_allclose(totals.segments[name], rates[name], rtol=1e-9, atol=1e-9)
    else:
        assert totals.segments[name].tolist() == rates[name].tolist()
    assert len(totals.segments) == 135


def test_expected_limits_are_what_many_imputations_come_to(rated):
    """200 tables leave a few per cent of chance in the variance between them."""
    totals, _, _, rates = rated
    for name in ("expected_lo", "expected_hi"):
        # Half an event where there are few: the draws' own chance.
        np.testing.assert_allclose(totals.segments[name], rates[name], rtol=0.05, atol=0.5)
    busy = rates["expected_events"] > 10
    ratio = totals.segments["expected_hi"][busy] / rates["expected_hi"][busy]
    assert abs(ratio.mean() - 1) < 0.01


def test_sides_add_up_to_the_points_on_each_side(rated):
    totals, tally, located, _ = rated
    first = located[(located["candidate"] == 0) & (located["placement"] == "point")]
    for side, name in (("TJ", "events_left"), ("AF", "events_right")):
        by_segment = first[first["side"] == side].groupby("segment_id").size()
        told = totals.segments.set_index("segment_id")[name]
        assert told[told > 0].to_dict() == by_segment.to_dict()
    assert tally.account()["located"] == len(first)
    beyond = fg.locate_points(first["lon"], first["lat"])["beyond_end"]
    assert tally.account()["beyond_end"] == beyond.sum() > 0


def test_the_density_is_that_of_the_same_points(rated):
    """Within the bound of the binned sums, 1e-6 of the highest value."""
    totals, _, located, _ = rated
    first = located[(located["candidate"] == 0) & (located["placement"] == "point")]
    length = fg.load_boundary().length_km
    exact = line_intensity(
        first["chainage_km"], length=length, at=totals.density["chainage_km"], bandwidth=15
    )
    years = 2192 / 365.25
    told = totals.density["intensity_known"].to_numpy() * years
    np.testing.assert_allclose(told, exact, atol=1e-6 * exact.max())


def test_the_density_is_what_line_density_says_of_points():
    """Its column `intensity_known`, per km and year."""
    lon, lat = scattered(150, seed=2)
    plan = make_plan(period=PERIOD, bandwidth_km=40, step_km=10)
    told = finish(locate_chunk({"lon": lon, "lat": lat}, plan).tally, plan).density
    located = fg.locate_events(as_events(lon, lat))
    curve = fg.line_density(located, bandwidth_km=40, step_km=10, period=PERIOD, band=None)
    assert told["chainage_km"].tolist() == curve["chainage_km"].tolist()
    assert told["official_km"].tolist() == curve["official_km"].tolist()
    highest = curve["intensity_known"].max()
    np.testing.assert_allclose(
        told["intensity_known"], curve["intensity_known"], atol=1e-6 * highest
    )


def test_without_uncertainties_the_counts_are_expected(points):
    """And without a period there are counts, but no rates."""
    plan = make_plan(n=9)
    totals = finish(locate_chunk(dict(zip(("lon", "lat"), points, strict=True)), plan).tally, plan)
    assert totals.density is None
    assert totals.segments["expected_events"].tolist() == totals.segments["events"].tolist()
    assert "rate" not in totals.segments and totals.segments.attrs["period"] is None


def test_segments_of_ones_own_need_not_cover_the_line(points):
    """What lies on the border but on none of them is counted as such."""
    some = fg.make_segments().iloc[[30, 10, 11]]
    plan = make_plan(segments=some)
    chunk = locate_chunk(dict(zip(("lon", "lat"), points, strict=True)), plan)
    whole = locate_chunk(dict(zip(("lon", "lat"), points, strict=True)), make_plan()).tally
    assert chunk.tally.events.tolist() == whole.events[[30, 10, 11]].tolist()
    assert chunk.tally.elsewhere == whole.events.sum() - chunk.tally.events.sum()
    assert finish(chunk.tally, plan).segments["segment_id"].tolist() == some["segment_id"].tolist()


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 500), max_size=6), order=st.randoms())
def test_tallies_add_up_whatever_the_chunks_and_their_order(cuts, order):
    """Integers exactly and in any grouping; the first examples are those of the whole."""
    lon, lat = scattered(500, seed=8)
    lon[::37] = np.nan
    plan = make_plan(bandwidth_km=30)
    whole = locate_chunk({"lon": lon, "lat": lat}, plan).tally
    edges = [0, *sorted(cuts), 500]
    parts = [
        locate_chunk({"lon": lon[a:b], "lat": lat[a:b]}, plan, first_row=a).tally
        for a, b in itertools.pairwise(edges)
    ]
    order.shuffle(parts)
    left = Tally.empty(plan)
    for part in parts:
        left = left + part
    right = parts[-1]
    for part in parts[-2::-1]:
        right = part + right
    for tally in (left, right):
        for name, values in whole.to_arrays().items():
            if name == "bin_place":
                np.testing.assert_allclose(tally.to_arrays()[name], values, atol=1e-9)
            else:
                np.testing.assert_array_equal(tally.to_arrays()[name], values)
    assert whole.examples[:, 0].tolist() == [0, 37, 74, 111, 148]


def test_a_tally_survives_the_disk(points, tmp_path):
    plan = make_plan(bandwidth_km=10)
    tally = locate_chunk(dict(zip(("lon", "lat"), points, strict=True)), plan).tally
    np.savez(tmp_path / "t.npz", **tally.to_arrays())
    with np.load(tmp_path / "t.npz") as arrays:
        back = Tally.from_arrays(arrays)
    assert back.account() == tally.account()
    np.testing.assert_array_equal(back.bin_place, tally.bin_place)
    assert isinstance(back.rows, int)


# ---- the plan ------------------------------------------------------------------------------------


def test_a_pickled_plan_is_small_and_the_same(points, equator):
    """Of the shipped line nothing travels; of another its vertices; never the search tree."""
    plan = make_plan(length_km=20, period=PERIOD)
    before = locate_chunk(dict(zip(("lon", "lat"), points, strict=True)), plan)
    packed = pickle.dumps(plan)
    assert len(packed) < 20_000
    again = pickle.loads(packed)
    assert again.fingerprint == plan.fingerprint and again.boundary is fg.load_boundary()
    after = locate_chunk(dict(zip(("lon", "lat"), points, strict=True)), again)
    np.testing.assert_array_equal(before.chainage_km, after.chainage_km)
    other = make_plan(equator)
    locate_chunk({"lon": [70.5], "lat": [0.1]}, other)
    one, two = (pickle.loads(pickle.dumps(other)) for _ in range(2))
    assert one.boundary is two.boundary and one.boundary == equator


def test_the_fingerprint_tells_what_results_rest_on(equator):
    """Other segments, options, columns or lines: another fingerprint. Engines and threads: not."""
    plans = [
        make_plan(), make_plan(length_km=20), make_plan(max_distance_km=10), make_plan(lon="x"),
        make_plan(period=PERIOD), make_plan(bandwidth_km=5), make_plan(uncertainty="r"),
        make_plan(equator), make_plan(equator.reversed()),
        make_plan(fg.load_boundary("natural_earth")),
    ]  # fmt: skip
    assert len({plan.fingerprint for plan in plans}) == len(plans)
    assert make_plan(engine="numpy", threads=2).fingerprint == plans[0].fingerprint


def test_a_line_across_180_degrees_finds_swapped_points():
    line = fg.Boundary.from_line(LineString([(179, 60), (-179, 61)]), crs="EPSG:4326")
    chunk = locate_chunk({"lon": [179.9, 60.5, -60.0], "lat": [60.2, 80.0, 10.0]}, make_plan(line))
    assert [PLACEMENTS[code] for code in chunk.placement] == ["point", "off_border", "off_border"]


REFUSED = {
    "turned period": ({"period": ("2020-01-02", "2020-01-01")}, "must end on or after"),
    "no period": ({"period": ("2020", "x")}, "pair of days"),
    "distance": ({"max_distance_km": 0}, "max_distance_km must be above 0"),
    "bandwidth": ({"bandwidth_km": -1}, "bandwidth_km must be above 0"),
    "too narrow": ({"bandwidth_km": 1e-4}, "too narrow"),
    "two ways": ({"length_km": 5, "n": 3}, "length_km and n"),
    "overlap": ({"length_km": 1000, "remainder": "left"}, "overlap"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_plan_that_makes_no_sense_is_refused(case):
    options, words = REFUSED[case]
    with pytest.raises(ParameterError, match=words):
        make_plan(**options)


def test_segments_in_two_ways_or_of_another_line_are_refused(equator):
    with pytest.raises(ParameterError, match="segments and n"):
        make_plan(segments=fg.make_segments(), n=3)
    with pytest.raises(ParameterError, match="rests on the line"):
        make_plan(equator, segments=fg.make_segments())
    with pytest.raises(ParameterError, match="empty"):
        make_plan(segments=fg.make_segments().iloc[:0])


def test_a_table_of_segments_is_not_changed(points):
    segments = fg.make_segments()
    before = segments.copy()
    plan = make_plan(segments=segments)
    finish(locate_chunk(dict(zip(("lon", "lat"), points, strict=True)), plan).tally, plan)
    pd.testing.assert_frame_equal(pd.DataFrame(segments), pd.DataFrame(before))
