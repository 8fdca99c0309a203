"""
How often the intervals hold the truth: exact sums and simulations on the real border.

The truth an interval is held against is the mean count of a segment: intensity times length times
time. That is what a rate estimates. The number of events that did happen on a segment is another
target, for which these intervals were not made: they also carry that the count itself is by chance.
"""

import geopandas as gpd
import numpy as np
import pytest
from scipy.stats import poisson

from frontier_geo import load_frontages, locate_events, make_segments, segment_rates
from frontier_geo.locating import RADIUS_95
from frontier_geo.rates.intervals import conditional_p, poisson_interval, weighted_interval
from frontier_geo.rates.ratio_test import rate_ratio_test

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::frontier_geo.errors.ResolutionWarning"),
]

MEANS = np.round(np.arange(0.1, 50.05, 0.1), 1)
YEAR = ("2020-01-01", "2020-12-31")


def covered(method, means, level=0.95):
    """Return the exact coverage of the interval at each mean, summed over all counts."""
    counts = np.arange(0, 400)  # beyond, the Poisson of mean 50 has less than 1e-100
    exact = poisson_interval(counts, method=method, confidence_level=level)
    holds = (exact.lo <= means[:, None]) & (means[:, None] <= exact.hi)
    return (poisson.pmf(counts, means[:, None]) * holds).sum(axis=1)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_garwood_never_covers_less_than_it_says(level):
    """Exact, at 500 means from 0.1 to 50: the definition of an exact interval."""
    found = covered("garwood", MEANS, level)
    assert found.min() >= level - 1e-12
    assert found.max() <= 1 + 1e-12


def test_mid_p_covers_about_what_it_says():
    """Exact: 95.3 % on average, at no mean from 0.1 to 50 less than 91.5 %, never above Garwood's."""
    mid, outer = covered("mid-p", MEANS), covered("garwood", MEANS)
    assert mid.mean() == pytest.approx(0.953, abs=0.0005)
    assert mid.min() > 0.915
    assert (mid <= outer + 1e-12).all()
    assert outer.mean() > mid.mean() + 0.008


def test_garwood_covers_on_the_real_border(segments):
    """1,000 homogeneous patterns of 40 events a year: 135,000 intervals of a mean of 0.3 or less."""
    rng = np.random.default_rng(1)
    length = segments["length_km"].to_numpy()
    mean = 40 * length / length.sum()
    counts = rng.poisson(mean, (1000, len(mean)))
    exact = poisson_interval(counts)
    assert ((exact.lo <= mean) & (mean <= exact.hi)).mean() >= 0.95
    # In segments of 100 km the counts are about 3, and the interval is used to both its ends.
    rough = mean[:130].reshape(13, 10).sum(axis=1)
    exact = poisson_interval(counts[:, :130].reshape(1000, 13, 10).sum(axis=2))
    share = ((exact.lo <= rough) & (rough <= exact.hi)).mean()
    assert share >= 0.95
    assert share == pytest.approx(covered("garwood", rough).mean(), abs=0.006)  # 3 standard errors


def simulate(border, districts, rng, n, radius_km, known):
    """
    Return reports of n events on the line: blurred as they declare, or known to a district.

    The place of an event is uniform along the line; what is reported is that place moved by a
    circular normal error whose radius of 95 % is `radius_km`.
    """
    km = rng.uniform(0, border.length_km, n)
    lon, lat = border.lonlat_at(km)
    sigma = radius_km / RADIUS_95
    north, east = rng.normal(0, sigma, (2, n))
    lat = lat + north / 111.2  # km of a degree; a per mille of it is nothing beside sigma
    lon = lon + east / (111.32 * np.cos(np.radians(lat)))
    points = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=4326)
    point = rng.random(n) < known
    row = np.searchsorted(districts["to_km"].to_numpy(), km, side="right")
    row = np.minimum(row, len(districts) - 1)
    return gpd.GeoDataFrame(
        {
            "date_start": ["2020-06-01"] * n,
            "location_uncertainty_km": np.where(point, radius_km, np.nan),
            "frontage_from_km": np.where(point, np.nan, districts["from_km"].to_numpy()[row]),
            "frontage_to_km": np.where(point, np.nan, districts["to_km"].to_numpy()[row]),
        },
        geometry=[p if is_point else None for p, is_point in zip(points, point, strict=True)],
        crs=4326,
    )


@pytest.mark.parametrize(
    ("radius_km", "known", "length_km", "events"),
    [(5.0, 1.0, 20.0, 80), (10.0, 0.5, 20.0, 80), (10.0, 0.0, 40.0, 80), (3.0, 0.9, 100.0, 400)],
)
def test_imputed_intervals_cover_when_places_are_blurred_as_declared(
    border, radius_km, known, length_km, events
):
    """
    At least 93 % of the 95 % intervals of `expected_events` hold the mean count of their segment.

    The events are uniform on the real border; a share of them is reported as points with the error
    they declare, the others only with their district.
    """
    rng = np.random.default_rng(7)
    stretches = load_frontages("district")
    districts = stretches[stretches["country"] == "TJ"].sort_values("from_km")
    segments = make_segments(border, length_km=length_km)
    mean = events * segments["length_km"].to_numpy() / border.length_km
    held = []
    for trial in range(20):
        reports = simulate(border, districts, rng, rng.poisson(events), radius_km, known)
        located = locate_events(reports, border, segments=segments)
        rates = segment_rates(located, segments, period=YEAR, seed=trial)
        held.append(((rates["expected_lo"] <= mean) & (mean <= rates["expected_hi"])).mean())
    assert np.mean(held) >= 0.93  # found: 99.8, 100, 100 and 97.1 %


def test_tests_reject_no_more_often_than_they_say():
    """Exact: both conditional tests and the E-test under one rate, over all pairs of counts."""
    for mean_a, mean_b in [(0.5, 0.5), (2.0, 6.0), (10.0, 5.0)]:
        a, b = (x.ravel() for x in np.meshgrid(np.arange(40), np.arange(40)))
        chance = poisson.pmf(a, mean_a) * poisson.pmf(b, mean_b)
        for method, most in (("conditional", 0.05), ("e-test", 0.055)):  # the E-test is not exact
            likely = chance > 1e-7
            test = rate_ratio_test(a[likely], mean_a, b[likely], mean_b, method=method)
            assert chance[likely][test.p_value <= 0.05].sum() <= most
        p = conditional_p(a, a + b, mean_a / (mean_a + mean_b))
        assert chance[p <= 0.05].sum() <= 0.05


def test_weighted_intervals_cover_sums_of_weights():
    """Weights 1 to 5 alike, known to end at 5: at least 95 % less 3 standard errors of 4,000 trials."""
    rng = np.random.default_rng(3)
    for mean in (0.5, 3.0, 20.0):
        n = rng.poisson(mean, 4000)
        weights = [rng.integers(1, 6, k) for k in n]
        total = np.array([w.sum() for w in weights], dtype=float)
        squares = np.array([(w**2).sum() for w in weights], dtype=float)
        found = weighted_interval(total, squares, 5.0)
        share = ((found.lo <= 3 * mean) & (3 * mean <= found.hi)).mean()
        assert share >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 4000)
