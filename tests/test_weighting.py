"""Probabilities over segments: closed forms, sums, places that repeat, and what cannot be resolved."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from scipy.stats import norm
from shapely import LineString, Point

import frontier_geo as fg
from frontier_geo import Boundary, locate_events, make_segments, segment_rates, segment_weights
from frontier_geo.errors import ParameterError, ResolutionWarning

pytestmark = pytest.mark.filterwarnings("ignore::frontier_geo.errors.ResolutionWarning")

GEOD = Geod(ellps="WGS84")
# Radius of 95 % of a circular normal error, by its distribution 1 - exp(-r² / 2).
RADIUS_95 = np.sqrt(-2 * np.log(0.05))
LENGTH_M = 300_000.0


def geodesic_line(lon, lat, azimuth, n):
    """Return a geodesic of 300 km as a boundary of n vertices, unevenly spaced."""
    inner = np.sort(np.random.default_rng(n).uniform(0, LENGTH_M, n - 2))
    along = np.concatenate(([0.0], inner, [LENGTH_M]))
    lons, lats, _ = GEOD.fwd(np.full(n, lon), np.full(n, lat), np.full(n, azimuth), along)
    return Boundary.from_line(
        LineString(np.column_stack((lons, lats))), crs="EPSG:4326", boundary_id="G"
    )


def beside(lon, lat, azimuth, along_m, aside_m):
    """Return the point a perpendicular of so many metres leads to, left of a geodesic."""
    foot_lon, foot_lat, back = GEOD.fwd(lon, lat, azimuth, along_m)
    return Point(GEOD.fwd(foot_lon, foot_lat, back + 180 - 90, aside_m)[:2])


def events_at(places, **columns):
    return gpd.GeoDataFrame(columns, geometry=places, crs="EPSG:4326")


def probabilities(located, segments, boundary, event=None):
    """Return the probabilities by segment_id, of one event."""
    weights = segment_weights(located, segments, boundary=boundary)
    if event is not None:
        weights = weights[weights["event_id"] == event]
    return weights.set_index(weights["segment_id"].astype(str))["probability"]


@pytest.mark.parametrize("n", [2, 40, 2000])
@pytest.mark.parametrize(
    ("lon", "lat", "azimuth"),
    [(70.0, 0.0, 90.0), (70.0, 36.0, 0.0), (68.0, 37.0, 57.0), (68.0, -60.0, 130.0)],
    ids=["equator", "meridian", "oblique", "south"],
)
@pytest.mark.parametrize("sigma_km", [0.1, 1.0, 4.0, 30.0])
def test_on_a_straight_line_weights_are_differences_of_phi(lon, lat, azimuth, n, sigma_km):
    """Closed form, on the line and beside it, in the middle and over its ends."""
    line = geodesic_line(lon, lat, azimuth, n)
    segments = make_segments(line, length_km=max(sigma_km, 1.0), remainder="cut")
    centres = np.array([0.4 * sigma_km, 137.3, 300.0 - 1.5 * sigma_km])
    for aside_km in (0.0, 0.4 * sigma_km, min(2 * sigma_km, 20.0)):
        events = events_at(
            [beside(lon, lat, azimuth, c * 1000, aside_km * 1000) for c in centres],
            event_id=["start", "middle", "end"],
            location_uncertainty_km=[RADIUS_95 * sigma_km] * 3,
        )
        located = locate_events(events, line, segments=segments)
        table = segment_weights(located, segments, boundary=line)
        for event, centre in zip(events["event_id"], centres, strict=True):
            mine = table[table["event_id"] == event]
            got = mine.set_index(mine["segment_id"].astype(str))["probability"]
            edges = np.append(segments["from_km"], segments["to_km"].iloc[-1])
            expected = np.diff(norm.cdf((edges - centre) / sigma_km))
            off = norm.cdf(-centre / sigma_km) + norm.sf((300.0 - centre) / sigma_km)
            error = got.reindex(segments["segment_id"], fill_value=0.0).to_numpy() - expected
            # 5e-10 at 0.1 km is the rounding of 2,000 vertices to 1 nm, as directions of short
            # edges; at 30 km the sphere that stands for the ellipsoid.
            assert np.abs(error).max() < 1e-9
            assert got.get("off_border", 0.0) == pytest.approx(off, abs=1e-9)


def test_the_centre_is_the_located_chainage(equator):
    """What `locate_events` says is where the weights are centred."""
    bare = Boundary.from_line(equator.geometry, crs=4326, boundary_id="EQ")
    segments = make_segments(bare, breaks_km=[44.0, 50.0])
    events = events_at([Point(70.4, 0.03)], location_uncertainty_km=[RADIUS_95 * 3])
    located = locate_events(events, bare, segments=segments)
    centre = located["chainage_km"].iloc[0]
    got = probabilities(located, segments, bare)
    expected = np.diff(norm.cdf((np.array([0, 44.0, 50.0, bare.length_km]) - centre) / 3))
    assert got[segments["segment_id"]].to_numpy() == pytest.approx(expected, abs=1e-9)


def test_past_an_end_the_line_goes_on_straight(equator):
    """3 km past the end, sd 2 km: Φ(-1.5) is on the line, the rest off it."""
    bare = Boundary.from_line(equator.geometry, crs=4326, boundary_id="EQ")
    segments = make_segments(bare, length_km=20)
    lon = 71 + 3 / 111.319490793
    events = events_at(
        [Point(lon, 0.01), Point(140 - lon + 1, 0.01)],
        event_id=["end", "start"],
        location_uncertainty_km=[RADIUS_95 * 2] * 2,
    )
    located = locate_events(events, bare, segments=segments)
    for event, segment in (("end", -1), ("start", 0)):
        got = probabilities(located, segments, bare, event)
        assert got["off_border"] == pytest.approx(norm.cdf(1.5), abs=1e-9)
        assert got[segments["segment_id"].iloc[segment]] == pytest.approx(norm.cdf(-1.5), abs=1e-9)


def test_without_error_a_point_past_the_end_is_off_the_border(equator):
    bare = Boundary.from_line(equator.geometry, crs=4326, boundary_id="EQ")
    events = events_at([Point(71.05, 0.0)], location_uncertainty_km=[0.0])
    got = probabilities(locate_events(events, bare), None, bare)
    assert got.to_dict() == {"off_border": 1.0}


def test_what_lies_past_the_ends_takes_nothing_from_candidates(hairpin):
    """Candidates are places on the line: beside its two ends, too, those of an event sum to 1."""
    events = events_at(
        [Point(70.001, 0.0), Point(70.25, 0.0)],
        event_id=["at the ends", "between the arms"],
        location_uncertainty_km=[2.0] * 2,
    )
    located = locate_events(events, hairpin).groupby("event_id")["probability"]
    assert (located.size() == 2).all()
    assert located.sum().to_numpy() == pytest.approx(1, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(
    sigma=st.sampled_from([1e-3, 1e-2, 0.05]),
    places=st.lists(st.tuples(st.floats(5, 1335), st.floats(-2, 2)), min_size=1, max_size=8),
)
def test_a_vanishing_error_is_plain_locating(border, segments, sigma, places):
    """Away from breaks between segments, and from places as near on another arm."""
    km, aside = np.transpose(places)
    lon, lat = border.lonlat_at(km)
    bare = Boundary.from_line(border.geometry, crs=4326, boundary_id="TJ-AF")
    cut = make_segments(bare, length_km=10)
    events = events_at(
        gpd.points_from_xy(lon, lat + aside * 0.009),
        event_id=[str(i) for i in range(len(km))],
        location_uncertainty_km=[sigma] * len(km),
    )
    located = locate_events(events, bare, segments=cut, tolerance_km=20 * sigma)
    alone = located.groupby("event_id")["candidate"].transform("size") == 1
    to_break = np.abs((located["chainage_km"] + 5) % 10 - 5)
    clear = located[alone & (to_break > 20 * sigma)]
    weights = segment_weights(located, cut, boundary=bare)
    main = weights.sort_values("probability").drop_duplicates("event_id", keep="last")
    main = main.set_index("event_id")
    for row in clear.itertuples():
        assert main.at[row.event_id, "segment_id"] == row.segment_id
        # Where the foot is a corner, the arms of the corner reach out over 20 sigma.
        assert main.at[row.event_id, "probability"] > 0.999


kinds = st.one_of(
    st.tuples(st.just("point"), st.floats(66.5, 75.5), st.floats(36, 39), st.floats(0, 90)),
    st.tuples(st.just("stretch"), st.floats(0, 1300), st.floats(1e-6, 1), st.just(0.0)),
    st.tuples(st.just("nowhere"), st.just(0.0), st.just(0.0), st.just(0.0)),
)


@settings(max_examples=60, deadline=None)
@given(
    some=st.lists(kinds, min_size=1, max_size=12),
    length=st.floats(1, 400),
    first=st.integers(0, 3),
    last=st.integers(0, 3),
)
def test_every_event_sums_to_one(border, some, length, first, last):
    """With the entries for no segment; also where segments are missing at the ends."""
    frame = pd.DataFrame(some, columns=["kind", "x", "y", "radius"])
    stretch = frame["kind"] == "stretch"
    events = events_at(
        [Point(r.x, r.y) if r.kind == "point" else None for r in frame.itertuples()],
        location_uncertainty_km=frame["radius"].where(frame["kind"] == "point"),
        frontage_from_km=frame["x"].where(stretch),
        frontage_to_km=(frame["x"] + frame["y"] * (border.length_km - frame["x"])).where(stretch),
    )
    segments = make_segments(border, length_km=length)
    if first + last < len(segments):
        segments = segments.iloc[first : len(segments) - last]
    located = locate_events(events, border, segments=segments)
    weights = segment_weights(located, segments, boundary=border)
    assert (weights["probability"] > 0).all()
    assert not weights.duplicated(["event_id", "segment_id"]).any()
    sums = weights.groupby("event_id")["probability"].sum()
    assert np.abs(sums - 1).max() <= 1e-12
    assert list(dict.fromkeys(weights["event_id"])) == list(dict.fromkeys(located["event_id"]))


def test_events_at_one_place_have_the_same_weights(border, segments):
    """Distinct places are worked out once: shuffled repeats are as each event alone."""
    rng = np.random.default_rng(4)
    lon, lat = border.lonlat_at(rng.uniform(0, border.length_km, 5))
    pool = [
        *({"geometry": Point(x), "location_uncertainty_km": 9.0} for x in np.stack((lon, lat + 0.02), 1)),
        *({"geometry": None, "frontage_from_km": a, "frontage_to_km": a + 33.3} for a in (0, 40.5)),
        {"geometry": None},
        {"geometry": Point(60, 30), "location_uncertainty_km": 1.0},
    ]  # fmt: skip
    chosen = rng.integers(0, len(pool), 60)
    table = gpd.GeoDataFrame([pool[i] for i in chosen], crs=4326)
    table["event_id"] = [f"e{i}" for i in range(60)]
    located = locate_events(table, border, segments=segments)
    together = segment_weights(located, segments, boundary=border)
    for i in range(0, 60, 7):
        alone = locate_events(table.iloc[[i]], border, segments=segments)
        expected = segment_weights(alone, segments, boundary=border)
        got = together[together["event_id"] == f"e{i}"].reset_index(drop=True)
        assert got["segment_id"].tolist() == expected["segment_id"].tolist()
        assert got["probability"].to_numpy() == pytest.approx(
            expected["probability"].to_numpy(), abs=1e-12
        )


@settings(max_examples=40, deadline=None)
@given(
    stretches=st.lists(st.tuples(st.floats(0, 100), st.floats(0.01, 1)), min_size=1, max_size=6),
    breaks=st.lists(st.integers(1, 110), min_size=1, max_size=9, unique=True),
    order=st.randoms(use_true_random=False),
)
def test_a_stretch_is_shared_by_length(stretches, breaks, order):
    """Held against the plain double loop, with segments missing and out of order."""
    line = Boundary.from_line(LineString([(70, 0), (71, 0)]), crs=4326, boundary_id="EQ")
    segments = make_segments(line, breaks_km=sorted(breaks))
    rows = [i for i in range(len(segments)) if i % 3 != 1]
    order.shuffle(rows)
    segments = segments.iloc[rows]
    ends = [(a, a + b * (line.length_km - a)) for a, b in stretches]
    events = events_at(
        [None] * len(ends),
        event_id=[str(i) for i in range(len(ends))],
        frontage_from_km=[a for a, _ in ends],
        frontage_to_km=[b for _, b in ends],
    )
    weights = segment_weights(
        locate_events(events, line, segments=segments), segments, boundary=line
    )
    for i, (a, b) in enumerate(ends):
        mine = weights[weights["event_id"] == str(i)]
        got = dict(zip(mine["segment_id"], mine["probability"], strict=True))
        on_segments = 0.0
        for row in segments.itertuples():
            share = max(0.0, min(b, row.to_km) - max(a, row.from_km)) / (b - a)
            on_segments += share
            assert got.get(row.segment_id, 0.0) == pytest.approx(share, abs=1e-8)
        assert got.get("other_segments", 0.0) == pytest.approx(1 - on_segments, abs=1e-8)


def test_segment_id_is_categorical_and_in_the_order_of_the_segments(few_events, equator):
    segments = make_segments(equator, length_km=25, remainder="cut")
    weights = segment_weights(
        locate_events(few_events, equator, segments=segments), segments, boundary=equator
    )
    names = weights["segment_id"].cat.categories.tolist()
    assert names == [*segments["segment_id"], "other_segments", "off_border", "unplaced"]
    for _, mine in weights.groupby("event_id"):
        assert mine["segment_id"].cat.codes.is_monotonic_increasing
    assert weights["event_id"].tolist() == [
        "point", "stretch", "stretch", "stretch", "nowhere", "far",
    ]  # fmt: skip


def test_overlapping_segments_are_refused(few_events, equator):
    segments = make_segments(equator, length_km=25, remainder="left")
    located = locate_events(few_events, equator)
    with pytest.raises(ParameterError, match="overlap"):
        segment_weights(located, segments, boundary=equator)


# ---- what the data can resolve ------------------------------------------------------------------


@pytest.fixture
def mixed(equator):
    """Places known to 2, 8 and 30 km: half to 8 km or more."""
    events = events_at(
        [Point(70.2, 0), Point(70.3, 0), None],
        date_start=["2020-01-01"] * 3,
        location_uncertainty_km=[1.0, 4.0, None],
        frontage_from_km=[None, None, 50.0],
        frontage_to_km=[None, None, 80.0],
    )
    return locate_events(events, equator)


PERIOD = ("2020-01-01", "2020-12-31")


@pytest.mark.filterwarnings("default::frontier_geo.errors.ResolutionWarning")
@pytest.mark.parametrize(
    "work",
    [
        lambda located, segments, line: segment_weights(located, segments, boundary=line),
        lambda located, segments, line: segment_rates(
            located, segments, boundary=line, period=PERIOD
        ),
    ],
    ids=["weights", "rates"],
)
def test_too_short_segments_are_warned_of_once(mixed, equator, work):
    segments = make_segments(equator, breaks_km=range(5, 111, 5))
    with pytest.warns(ResolutionWarning) as caught:
        work(mixed, segments, equator)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    said = str(caught[0].message)
    assert said.startswith("These segments, 5 km long (median)")
    assert "only to a stretch of 8 km or more, and 1 of 3 to 5 km or less" in said
    assert "some 10 km" in said
    assert said.endswith("To silence this, ignore frontier_geo.errors.ResolutionWarning.")


@pytest.mark.filterwarnings("default::frontier_geo.errors.ResolutionWarning")
def test_segments_as_long_as_the_places_are_no_matter(mixed, equator):
    segments = make_segments(equator, breaks_km=range(8, 105, 8))
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResolutionWarning)
        segment_weights(mixed, segments, boundary=equator)
        rates = segment_rates(mixed, segments, boundary=equator, period=PERIOD)
        segment_weights(mixed.iloc[:0], segments, boundary=equator)
    told = rates.attrs["resolution"]
    assert told["note"] is None
    assert (told["places"], told["known_to_km"], told["resolved"]) == (3, 8.0, 2)


@pytest.mark.filterwarnings("default::frontier_geo.errors.ResolutionWarning")
def test_the_shipped_incidents_do_not_resolve_ten_kilometres(incidents, border, segments):
    with pytest.warns(ResolutionWarning, match="10 km long .* only to a stretch of .* km or more"):
        segment_rates(locate_events(incidents, border, segments=segments), segments)


@pytest.mark.filterwarnings("error::frontier_geo.errors.ResolutionWarning")
def test_the_map_says_it_in_its_notes(incidents, border):
    """Drawn with the library's own segments: on the page, and not as a warning besides."""
    from frontier_geo.maps import hotspot_map

    drawn = hotspot_map(incidents, boundary=border)
    note = drawn.content.head["rates"]["resolution"]["note"]
    assert "10 km long (median), are shorter" in note


def test_the_account_of_the_shell_says_it(incidents, border, segments, capsys):
    from frontier_geo._console import print_account

    located = locate_events(incidents, border, segments=segments)
    print_account(segment_rates(located, segments))
    assert "10 km long (median), are shorter" in " ".join(capsys.readouterr().out.split())
    provinces = make_segments(border, by="province")
    print_account(segment_rates(located, provinces))
    assert "are shorter" not in " ".join(capsys.readouterr().out.split())


def test_events_are_located_on_the_way():
    """`segment_weights(events, segments)` is the same as locating them first."""
    events, segments = fg.load_events(), fg.make_segments(fg.load_boundary())
    direct = fg.segment_weights(events, segments)
    located = fg.segment_weights(fg.locate_events(events), segments)
    pd.testing.assert_frame_equal(direct, located)
