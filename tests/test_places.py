"""The uncertain place and day of events, as pieces of line and as draws."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest, norm
from shapely import Point

from frontier_geo import Boundary, locate_events, make_segments, segment_weights
from frontier_geo.errors import ParameterError
from frontier_geo.places import draw_chainages, draw_days, known_points, line_pieces
from frontier_geo.selection import select_events


@pytest.fixture
def plain(few_events, equator):
    """The four kinds of place on the equator line: point, stretch, nowhere, far."""
    return select_events(locate_events(few_events, equator), scope=None).used


def test_a_stretch_is_one_piece_and_no_place_is_none(plain, equator):
    pieces = line_pieces(plain, equator)
    stretch = pieces.event == 1
    assert (pieces.from_km[stretch], pieces.to_km[stretch]) == (20, 60)
    assert set(pieces.event) == {0, 1}
    assert np.bincount(pieces.event, pieces.probability) == pytest.approx([1, 1], abs=1e-12)


def test_known_points_are_the_nearest_places(plain):
    km = known_points(plain)
    # 0.3 degree of longitude on the equator of WGS84: 0.3 x 111.319491 km.
    assert km[0] == pytest.approx(33.39585, abs=1e-4)
    assert np.isnan(km[1:]).all()


@pytest.mark.parametrize("radius_km", [0.2, 1.0, 6.0])
def test_pieces_of_a_point_are_the_normal_distribution(equator, radius_km):
    """On a straight line the share below any chainage is Phi; between piece ends exactly."""
    events = gpd.GeoDataFrame(
        {"location_uncertainty_km": [radius_km]}, geometry=[Point(70.3, 0)], crs=4326
    )
    used = select_events(locate_events(events, equator), period=("2020-01-01", "2020-12-31")).used
    pieces = line_pieces(used, equator)
    # 95 % radius of a circular normal: sqrt(-2 ln 0.05) standard deviations; the line adds 0.1 km.
    sigma = np.hypot(radius_km, 0.1) / np.sqrt(-2 * np.log(0.05))
    below = np.cumsum(pieces.probability)
    expected = norm.cdf((pieces.to_km - 33.3958473) / sigma)
    # Bits beyond 7 sigma are left out: 3e-12; the middle itself is known to a tenth of a metre.
    assert below == pytest.approx(expected, abs=1e-6)
    assert (pieces.to_km - pieces.from_km).max() <= sigma / 2 + 1e-9


def test_a_sharp_point_on_a_long_edge_stays_where_it_is(equator):
    """An edge of 83 km does not smear an event known to the metre over it."""
    line = Boundary.from_line(
        gpd.GeoSeries([Point(70, 0), Point(71, 0)]).union_all().convex_hull, crs="EPSG:4326"
    )
    events = gpd.GeoDataFrame(
        {"location_uncertainty_km": [0.0]}, geometry=[Point(70.3, 0)], crs=4326
    )
    used = select_events(locate_events(events, line), period=("2020-01-01", "2020-12-31")).used
    pieces = line_pieces(used, line)
    assert pieces.from_km == pytest.approx([33.3958473], abs=1e-6)
    assert pieces.to_km == pytest.approx(pieces.from_km)


def test_draws_follow_the_pieces(plain, equator):
    drawn = draw_chainages(plain, equator, n_imputations=4000, seed=3)
    assert np.isnan(drawn[:, 2:]).all()
    assert kstest(drawn[:, 1], "uniform", args=(20, 40)).pvalue > 0.01
    sigma = np.hypot(0.1, 0.1) / np.sqrt(-2 * np.log(0.05))
    # The report lies 1.1 km north: beside a straight line that changes nothing along it.
    assert kstest(drawn[:, 0], "norm", args=(33.3958473, sigma)).pvalue > 0.01


def test_draws_past_an_end_have_no_place(equator):
    """A report at the very end is half off the border."""
    events = gpd.GeoDataFrame({"location_uncertainty_km": [5.0]}, geometry=[Point(70, 0)], crs=4326)
    used = select_events(locate_events(events, equator), period=("2020-01-01", "2020-12-31")).used
    drawn = draw_chainages(used, equator, n_imputations=4000, seed=1)
    # 4000 fair coins: 3 standard deviations are 0.024.
    assert np.isnan(drawn).mean() == pytest.approx(0.5, abs=0.024)


def test_draws_agree_with_the_weights_of_segments(incidents, border):
    """Two ways to one number: shares of segments, and how often a draw falls on them."""
    segments = make_segments(border, n=20)
    located = locate_events(incidents.iloc[40:80], border, segments=segments)
    used = select_events(located, scope=None, min_confidence=None).used
    weights = segment_weights(located, segments)
    drawn = draw_chainages(used, border, n_imputations=2000, seed=5)
    share = np.histogram(drawn[~np.isnan(drawn)], [*segments["from_km"], border.length_km])[0]
    expected = weights.groupby("segment_id", observed=False)["probability"].sum()[
        segments["segment_id"]
    ]
    # Standard error of a sum of at most 40 probabilities over 2000 draws: sqrt(10 / 2000) = 0.07.
    assert share / 2000 == pytest.approx(expected.to_numpy(), abs=0.3)


def test_days_are_drawn_evenly_from_their_windows():
    used = pd.DataFrame(
        {
            "date_start": pd.to_datetime(["2020-01-01", "2020-05-05", None]),
            "date_end": pd.to_datetime(["2020-01-10", None, None]),
        }
    )
    days = draw_days(used, n_imputations=5000, seed=2)
    counts = np.unique(days[:, 0], return_counts=True)[1]
    # Multinomial, 10 days of 500 each, standard deviation 21: 4 of them.
    assert counts.size == 10 and abs(counts - 500).max() < 86
    assert (days[:, 1] == np.datetime64("2020-05-05")).all()
    assert np.isnat(days[:, 2]).all()


def test_the_seed_decides_and_bad_numbers_are_refused(plain, equator):
    same = [draw_chainages(plain, equator, n_imputations=5, seed=7) for _ in range(2)]
    assert np.array_equal(*same, equal_nan=True)
    assert not np.array_equal(
        same[0], draw_chainages(plain, equator, n_imputations=5, seed=8), equal_nan=True
    )
    with pytest.raises(ParameterError, match="n_imputations must be a whole number from 2"):
        draw_chainages(plain, equator, n_imputations=1)
    with pytest.raises(ParameterError, match="seed must be a whole number"):
        draw_days(plain, seed=-1)


def test_no_events_have_no_pieces(plain, equator):
    none = plain.iloc[:0]
    assert line_pieces(none, equator).event.size == 0
    assert draw_chainages(none, equator, n_imputations=3).shape == (3, 0)
    assert draw_days(none, n_imputations=3).shape == (3, 0)
