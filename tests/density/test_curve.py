"""Kernel intensity on a line: published values, spatstat, KDEpy, closed forms and invariants."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm, t

from frontier_geo import locate_events
from frontier_geo.density import kernel_sums
from frontier_geo.density.curve import grid_of, intensity_band, line_density, line_intensity
from frontier_geo.density.intensity import gamma_limits
from frontier_geo.density.kernels import KERNELS, kernel_matrix
from frontier_geo.errors import (
    ColumnError,
    CoordinateError,
    ParameterError,
    StatisticsError,
)

REFERENCE = Path(__file__).parents[1] / "reference"
GOLDEN = json.loads((REFERENCE / "density_spatstat.json").read_text(encoding="utf-8"))
PYTHON = json.loads((REFERENCE / "density_python.json").read_text(encoding="utf-8"))
EVENTS = pd.read_csv(REFERENCE / "density_events.csv")["chainage_km"].to_numpy()
LENGTH = GOLDEN["border"]["length"]
NAMES = sorted(KERNELS)
SPATSTAT = {
    "epanechnikov": "epanechnikov",
    "quartic": "biweight",
    "triangular": "triangular",
    "uniform": "rectangular",
}
# The path (0,0)(3,4)(5,0)(9,0)(10,2) and its five points, as chainages.
PATH_LENGTH = 9 + math.sqrt(20) + math.sqrt(5)
PATH = np.array([5 / 3, 5 + math.sqrt(5), *(5 + math.sqrt(20) + np.array([0.5, 2.0, 3.8]))])
# Table of reference values, section 6: Epanechnikov by spatstat.linnet 3.0-6 (run), gaussian by the
# closed form.
EPANECHNIKOV_2 = [0.2422406976, 0.2898754124, 0.4978655554, 0.4743180495, 0.3846316430]
GAUSSIAN_2 = [0.25338724, 0.30513174, 0.47950647, 0.50504500, 0.39681866]
UNREFLECTED_FIRST = 0.1677


# ---- published and golden values -----------------------------------------------------------------


def test_the_path_is_as_long_as_published():
    assert PATH_LENGTH == pytest.approx(15.708203932, abs=5e-10)
    assert pytest.approx(GOLDEN["path"]["length"], abs=1e-9) == PATH_LENGTH
    assert GOLDEN["path"]["chainage"] == pytest.approx(PATH, abs=1e-9)


def test_epanechnikov_on_the_path_is_the_published_one():
    found = line_intensity(PATH, length=PATH_LENGTH, at=PATH, bandwidth=2, kernel="epanechnikov")
    assert found == pytest.approx(EPANECHNIKOV_2, abs=5e-11)  # as many digits as were published
    bare = line_intensity(
        PATH, length=PATH_LENGTH, at=PATH, bandwidth=2, kernel="epanechnikov", correction="none"
    )
    assert bare[0] == pytest.approx(UNREFLECTED_FIRST, abs=5e-5)


def test_gaussian_on_the_path_is_the_published_one():
    found = line_intensity(PATH, length=PATH_LENGTH, at=PATH, bandwidth=2, method="direct")
    assert found == pytest.approx(GAUSSIAN_2, abs=5e-9)


@pytest.mark.parametrize("kernel", sorted(SPATSTAT))
def test_other_kernels_on_the_path_are_those_of_spatstat(kernel):
    """densityEqualSplit of spatstat.linnet 3.0-6, sigma = 2 (make_density.R)."""
    found = line_intensity(PATH, length=PATH_LENGTH, at=PATH, bandwidth=2, kernel=kernel)
    assert found == pytest.approx(GOLDEN["path"][f"{kernel}_2"], abs=2e-11)  # 12 digits stored


def test_a_kernel_wider_than_the_path_is_mirrored_again_and_again():
    found = line_intensity(PATH, length=PATH_LENGTH, at=PATH, bandwidth=9, kernel="epanechnikov")
    assert found == pytest.approx(GOLDEN["path"]["epanechnikov_9"], abs=2e-11)


@pytest.mark.parametrize("sigma", [5, 25, 120])
@pytest.mark.parametrize("kernel", sorted(SPATSTAT))
def test_the_border_is_as_in_spatstat(kernel, sigma):
    """At 108 drawn places of the shipped incidents; spatstat walks a straight path as long."""
    expected = GOLDEN["border"]["at_points"][f"{SPATSTAT[kernel]} {sigma}"]
    found = line_intensity(EVENTS, length=LENGTH, at=EVENTS, bandwidth=sigma, kernel=kernel)
    # Events are given to 1 m: at the edge of a uniform kernel one more or less may fall in.
    near = np.isclose(found, expected, rtol=1e-9, atol=1e-11)
    assert near.sum() >= len(near) - (2 if kernel == "uniform" else 0)


@pytest.mark.parametrize("h", ["5", "25", "120", "2000"])
@pytest.mark.parametrize("method", ["direct", "binned"])
def test_gaussian_on_the_border_is_that_of_r(h, method):
    at = GOLDEN["border"]["at_km"]
    expected = np.array(GOLDEN["border"]["gaussian"][h])
    found = line_intensity(EVENTS, length=LENGTH, at=at, bandwidth=float(h), method=method)
    whole = line_intensity(EVENTS, length=LENGTH, at=EVENTS, bandwidth=float(h), method="direct")
    bound = 1e-10 if method == "direct" else kernel_sums.ERROR_BOUND * whole.max()
    assert found == pytest.approx(expected, abs=max(bound, 1e-13))


@pytest.mark.parametrize("sigma", ["25", "120"])
def test_gaussian_on_the_border_is_the_heat_equation(sigma):
    """densityHeat of spatstat.linnet solves it in steps of 1 km: to 1 % of the highest value."""
    at = GOLDEN["border"]["at_km"][1:-1]
    expected = np.array(GOLDEN["border"]["heat"][sigma])
    found = line_intensity(EVENTS, length=LENGTH, at=at, bandwidth=float(sigma))
    assert found == pytest.approx(expected, abs=0.01 * expected.max())


@pytest.mark.parametrize("h", [7.5, 40.0])
@pytest.mark.parametrize("kernel", NAMES)
@pytest.mark.parametrize("correction", ["none", "reflection"])
def test_the_border_is_as_in_kdepy(kernel, h, correction):
    """NaiveKDE of KDEpy 1.1.12, given the mirrored events where the ends mirror."""
    expected = PYTHON["kdepy"][f"{kernel} {h:g}"][correction]
    found = line_intensity(
        EVENTS, length=LENGTH, at=PYTHON["at_km"], bandwidth=h, kernel=kernel,
        correction=correction, method="direct",
    )  # fmt: skip
    # KDEpy cuts its gaussian where 1e-4 or so of it is left, hence the wider tolerance.
    slack = 2e-3 * max(expected) if kernel == "gaussian" else 1e-9
    assert found == pytest.approx(expected, abs=slack)


def test_the_longest_path_of_dendrite_is_as_in_spatstat():
    """
    The data set dendrite of spatstat.data, cut to its longest path (135 of 566 spines).

    The network lengths of chicago, spiders and dendrite are read from spatstat and only recorded:
    these networks branch, and functions of a line do not apply to them.
    """
    data = GOLDEN["dendrite"]
    assert data["max_degree"] == 2
    s, length = np.array(data["chainage"]), data["path_length"]
    found = line_intensity(s, length=length, at=s, bandwidth=4, kernel="epanechnikov")
    # Chainages are stored to 12 digits; pieces of the path are summed in another order.
    assert found == pytest.approx(data["epanechnikov_4"], rel=1e-7)
    published = {
        "chicago": (116, 31150.2101534),
        "spiders": (48, 20218.75),
        "dendrite": (566, 1933.65335759),
    }
    for name, (n, metres) in published.items():
        assert GOLDEN["networks"][name]["n"] == n
        assert GOLDEN["networks"][name]["length"] == pytest.approx(metres, rel=1e-11)


# ---- the fast method -----------------------------------------------------------------------------


@pytest.mark.parametrize("correction", ["none", "reflection"])
@pytest.mark.parametrize("h", [0.7, 4.0, 60.0, 900.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_bins_keep_their_bound(h, correction, weighted):
    random = np.random.default_rng(5)
    s = np.concatenate([random.random(800) * 1000, [0, 0, 1000, 1000, 500], np.full(300, 123.4567)])
    w = random.random(s.size) if weighted else None
    at = np.sort(np.append(random.random(200) * 1000, [0, 1000, 123.4567]))
    exact, binned = (
        line_intensity(
            s, length=1000, at=at, bandwidth=h, weights=w, correction=correction, method=method
        )
        for method in ("direct", "binned")
    )
    assert np.abs(exact - binned).max() <= kernel_sums.ERROR_BOUND * exact.max()


@pytest.mark.parametrize("where", [0.0, 0.25, 0.5, 0.999])
def test_bins_keep_their_bound_in_the_worst_case(where):
    """All events at one place within their bin, where nothing averages out."""
    cells = kernel_sums._cells(1000.0, 4.0) * kernel_sums.BINS_PER_CELL
    edge = 1000 / cells
    s = np.full(500, 40_000 * edge + where * edge)
    s[::2] += edge * (1 - 2 * where) * 0.998
    at = np.linspace(400, 600, 401)
    exact = line_intensity(s, length=1000, at=at, bandwidth=4, method="direct")
    binned = line_intensity(s, length=1000, at=at, bandwidth=4, method="binned")
    assert np.abs(exact - binned).max() <= kernel_sums.ERROR_BOUND * exact.max()


@pytest.mark.parametrize("place", [0.0, 1000.0])
@pytest.mark.parametrize("correction", ["none", "reflection"])
def test_bins_keep_their_bound_at_the_very_end(place, correction):
    at = np.linspace(0, 1000, 1001)
    exact, binned = (
        line_intensity(
            [place] * 9, length=1000, at=at, bandwidth=4, correction=correction, method=method
        )
        for method in ("direct", "binned")
    )
    assert np.abs(exact - binned).max() <= kernel_sums.ERROR_BOUND * exact.max()


def test_many_events_come_in_several_chunks(monkeypatch):
    random = np.random.default_rng(6)
    s = random.random(40_000) * 100
    at = np.linspace(0, 100, 51)
    whole = line_intensity(s, length=100, at=at, bandwidth=3, method="binned")
    monkeypatch.setattr(kernel_sums, "EVENTS_AT_ONCE", 4096)
    monkeypatch.setattr(kernel_sums, "DECODED_AT_ONCE", 16_384)  # enough for the bins
    parts = line_intensity(s, length=100, at=at, bandwidth=3, method="binned")
    assert parts == pytest.approx(whole, rel=1e-10)
    monkeypatch.setattr(kernel_sums, "DECODED_AT_ONCE", 1)  # no packing: two sums instead of one
    apart = line_intensity(s, length=100, at=at, bandwidth=3, method="binned")
    assert apart == pytest.approx(whole, rel=1e-9)
    direct = line_intensity(s, length=100, at=at, bandwidth=3, method="direct")
    assert np.abs(whole - direct).max() <= kernel_sums.ERROR_BOUND * direct.max()


def test_pairs_come_in_several_chunks(monkeypatch):
    random = np.random.default_rng(6)
    s = random.random(300) * 100
    whole = line_intensity(s, length=100, at=s, bandwidth=3, kernel="quartic")
    monkeypatch.setattr(kernel_sums, "PAIRS_AT_ONCE", 50)
    parts = line_intensity(s, length=100, at=s, bandwidth=3, kernel="quartic")
    assert parts == pytest.approx(whole, rel=1e-12)


def test_auto_takes_bins_for_many_events(monkeypatch):
    seen = []
    from frontier_geo.density import intensity as module

    real = module.binned_sums
    monkeypatch.setattr(module, "binned_sums", lambda *a, **k: (seen.append(1), real(*a, **k))[1])
    s = np.random.default_rng(0).random(100_000) * 1000
    line_intensity(s, length=1000, at=np.arange(0.0, 1000.0), bandwidth=5)
    assert seen
    line_intensity(s[:20], length=1000, at=np.arange(0.0, 1000.0), bandwidth=5)
    assert len(seen) == 1


def test_methods_refuse_what_they_cannot_do():
    with pytest.raises(ParameterError, match='method="binned" serves gaussian kernels'):
        line_intensity([1], length=10, at=[1], bandwidth=1, kernel="uniform", method="binned")
    with pytest.raises(ParameterError, match="too many bins"):
        line_intensity([1], length=1e9, at=[1], bandwidth=1, method="binned")
    for bad in (10.5, -0.1, np.nan, np.inf, 1e300):
        with pytest.raises(CoordinateError, match="Every event must lie between 0 and 10"):
            line_intensity([5, bad], length=10, at=[1], bandwidth=1, method="binned")


# ---- invariants ----------------------------------------------------------------------------------

places = st.lists(st.floats(0, 50), min_size=1, max_size=8)


@settings(deadline=None, max_examples=40)
@given(s=places, h=st.floats(0.5, 200), kernel=st.sampled_from(NAMES))
def test_the_curve_integrates_to_the_number_of_events(s, h, kernel):
    cells = 20_000
    at = (np.arange(cells) + 0.5) * 50 / cells
    curve = line_intensity(s, length=50, at=at, bandwidth=h, kernel=kernel)
    # A cell is h/200 at the most: the jumps of the uniform kernel err by half of one each.
    assert curve.sum() * 50 / cells == pytest.approx(
        len(s), rel=6e-3 if kernel == "uniform" else 1e-4
    )


@settings(deadline=None, max_examples=40)
@given(s=places, h=st.floats(0.5, 30), kernel=st.sampled_from(NAMES), scale=st.floats(0.01, 100))
def test_units_permutation_and_weights(s, h, kernel, scale):
    if kernel == "uniform":
        return  # its edges move by rounding
    at = np.array([0.0, 3.3, 25.0, 49.9])
    once = line_intensity(s, length=50, at=at, bandwidth=h, kernel=kernel)
    scaled = line_intensity(
        np.array(s) * scale, length=50 * scale, at=at * scale, bandwidth=h * scale, kernel=kernel
    )
    tight = {"rel": 1e-7, "abs": 1e-8}
    assert scaled * scale == pytest.approx(once, **tight)
    shuffled = line_intensity(s[::-1], length=50, at=at[::-1], bandwidth=h, kernel=kernel)
    assert shuffled[::-1] == pytest.approx(once, **tight)
    doubled = line_intensity(
        s, length=50, at=at, bandwidth=h, kernel=kernel, weights=np.full(len(s), 2.0)
    )
    assert doubled == pytest.approx(2 * once, **tight)
    back = line_intensity(50 - np.array(s), length=50, at=50 - at, bandwidth=h, kernel=kernel)
    assert back == pytest.approx(once, **tight)


@pytest.mark.parametrize("kernel", NAMES)
def test_splitting_a_stretch_changes_nothing(kernel):
    at = np.linspace(0, 50, 101)
    whole = line_intensity([5], chainage_to=[35], length=50, at=at, bandwidth=3, kernel=kernel)
    parts = line_intensity(
        [5, 15], chainage_to=[15, 35], weights=[1 / 3, 2 / 3], length=50, at=at, bandwidth=3,
        kernel=kernel,
    )  # fmt: skip
    assert parts == pytest.approx(whole, abs=1e-13)
    full = line_intensity([0], chainage_to=[50], length=50, at=at, bandwidth=3, kernel=kernel)
    assert full == pytest.approx(np.full(101, 1 / 50), rel=1e-12)  # an even line stays even


def test_a_stretch_on_a_long_line_is_a_difference_of_normal_distributions():
    at = np.linspace(400, 600, 41)
    found = line_intensity([480], chainage_to=[530], length=1000, at=at, bandwidth=12)
    exact = (norm.cdf((at - 480) / 12) - norm.cdf((at - 530) / 12)) / 50
    assert found == pytest.approx(exact, abs=1e-15)


def test_adaptive_kernels_keep_the_mass_and_widen_the_tails():
    at = (np.arange(20_000) + 0.5) * LENGTH / 20_000
    fixed = line_intensity(EVENTS, length=LENGTH, at=at, bandwidth=25)
    wide = line_intensity(EVENTS, length=LENGTH, at=at, bandwidth=25, adaptive=True)
    assert wide.sum() * LENGTH / 20_000 == pytest.approx(EVENTS.size, rel=1e-6)
    assert wide.max() > fixed.max()
    each = line_intensity(EVENTS, length=LENGTH, at=at, bandwidth=np.full(EVENTS.size, 25.0))
    assert each == pytest.approx(fixed, rel=1e-9, abs=1e-12)


# ---- bad input -----------------------------------------------------------------------------------


def test_no_events_and_one_event():
    assert line_intensity([], length=10, at=[1, 2], bandwidth=1).tolist() == [0, 0]
    one = line_intensity([5.0], length=10, at=[5.0], bandwidth=1)
    assert one == pytest.approx([norm.pdf(0) + 2 * norm.pdf(10)])
    assert line_intensity([5.0], length=10, at=[], bandwidth=1).size == 0


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"weights": [1, -1]}, ParameterError, "weights must be 0 or more, but event 1 has -1"),
        ({"weights": [1, np.nan]}, ParameterError, "event 1 has nan"),
        ({"weights": [np.nan, np.nan]}, StatisticsError, "all of them are missing"),
        ({"weights": [1]}, ParameterError, "one number for each of the 2 events"),
        ({"weights": ["a", "b"]}, ParameterError, "weights must be numbers"),
        ({"at": [11]}, CoordinateError, "at must be places on the line"),
        ({"at": [np.nan]}, CoordinateError, "at must be places on the line"),
        ({"bandwidth": 0}, ParameterError, "bandwidth must be above 0"),
        ({"bandwidth": np.nan}, ParameterError, "bandwidth must be a finite number"),
        ({"bandwidth": [1, 0]}, ParameterError, "one number above 0, or one for each event"),
        ({"bandwidth": [1, 1, 1]}, ParameterError, "one number above 0, or one for each event"),
        ({"length": 0}, ParameterError, "length must be above 0"),
        ({"kernel": "box"}, ParameterError, "kernel must be one of"),
        ({"correction": "yes"}, ParameterError, "correction must be one of"),
        ({"method": "fast"}, ParameterError, "method must be one of"),
        ({"engine": "fast"}, ParameterError, "engine must be one of"),
        ({"chainage_to": [1, 1]}, CoordinateError, "not before its beginning"),
        ({"chainage_to": [1]}, CoordinateError, "not before its beginning"),
        ({"chainage_to": [2, 12]}, CoordinateError, "event 1 has the chainage 12"),
    ],
)
def test_bad_arguments_are_told(change, error, words):
    given_ = {"length": 10, "at": [1], "bandwidth": 1} | change
    with pytest.raises(error, match=words):
        line_intensity([1, 2], **given_)


# ---- the band ------------------------------------------------------------------------------------


def test_the_variance_is_the_sum_of_squared_kernels():
    at = np.linspace(0, LENGTH, 30)
    found = intensity_band(EVENTS, length=LENGTH, at=at, bandwidth=30)
    k = kernel_matrix(at, EVENTS, bandwidth=30, length=LENGTH)
    assert found.intensity == pytest.approx(k.sum(axis=1), rel=1e-12)
    assert found.variance == pytest.approx((k**2).sum(axis=1), rel=1e-12)
    assert (found.lo >= 0).all() and (found.lo <= found.intensity).all()
    assert (found.hi >= found.intensity).all()


def test_a_count_in_a_window_has_garwoods_limits():
    """A uniform kernel far from the ends is a count over a width: the exact Poisson interval."""
    width = 2 * math.sqrt(3)
    at = [50.0, 20.0]
    found = intensity_band([49.5, 50, 50.5], length=100, at=at, bandwidth=1, kernel="uniform")
    # Garwood (1936) for 3 and 0 events: 0.6187-8.7673 and 0-3.6889.
    assert found.lo * width == pytest.approx([0.6187, 0.0], abs=5e-5)
    assert found.hi * width == pytest.approx([8.7673, 3.6889], abs=5e-5)


def test_without_any_event_the_band_is_that_of_one_far_away():
    """The bandwidth given says what one event may add (mended 2026-11-30)."""
    for kernel in NAMES:
        args = {"length": 1344, "at": [0.0, 700.0], "bandwidth": 20, "kernel": kernel}
        none, far = (intensity_band(s, **args) for s in ([], [1300.0]))
        assert none.hi == pytest.approx(far.hi, rel=1e-12)
    # A uniform kernel: Garwood's limit of no event, 3.6889, over its width.
    width = 20 * 2 * math.sqrt(3)
    flat = intensity_band([], length=1344, at=[700.0], bandwidth=20, kernel="uniform")
    assert flat.hi[0] * width == pytest.approx(3.6889, abs=5e-5)


def test_weights_of_zero_set_no_upper_limit():
    """No event says how much one may add (mended 2026-11-30)."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = intensity_band([2.0, 3.0], length=10, at=[2.0], bandwidth=1, weights=[0, 0])
    assert found.lo[0] == 0 and np.isnan(found.hi[0])


def test_weights_and_fay_feuer():
    """Fay & Feuer (1997): quantiles of gammas, written as chi-squared there (equation 10 ff.)."""
    from scipy.stats import chi2

    y, v, w = np.array([5.2]), np.array([2.1]), np.array([0.9])
    lo, hi = gamma_limits(y, v, w, 0.95)
    low = v / (2 * y) * chi2.ppf(0.025, 2 * y**2 / v)
    high = (v + w**2) / (2 * (y + w)) * chi2.ppf(0.975, 2 * (y + w) ** 2 / (v + w**2))
    assert lo == pytest.approx(low) and hi == pytest.approx(high)


def test_uncertain_places_widen_the_band():
    random = np.random.default_rng(1)
    s = random.random(60) * 100
    draws = np.clip(s + random.normal(0, 4, (20, 60)), 0, 100)
    at = np.linspace(5, 95, 10)
    sure = intensity_band([], length=100, at=at, bandwidth=4, imputed=np.repeat(s[None], 20, 0))
    plain = intensity_band(s, length=100, at=at, bandwidth=4)
    # Quantiles of gammas are found to 1e-8 or so.
    assert sure.hi == pytest.approx(plain.hi, rel=1e-7)
    assert sure.lo == pytest.approx(plain.lo, rel=1e-7)
    unsure = intensity_band([], length=100, at=at, bandwidth=4, imputed=draws)
    each = [intensity_band(d, length=100, at=at, bandwidth=4) for d in draws]
    between = np.var([e.intensity for e in each], axis=0, ddof=1)
    within = np.mean([e.variance for e in each], axis=0)
    assert unsure.variance == pytest.approx(within + 1.05 * between)
    # Rubin's degrees of freedom, and what t-limits are wider than normal ones.
    df = 19 * (1 + within / (1.05 * between)) ** 2
    times = (t.ppf(0.975, df) / norm.ppf(0.975)) ** 2
    most = np.full(10, norm.pdf(0) / 4)
    lo, hi = gamma_limits(unsure.intensity, unsure.variance, most, 0.95, times)
    assert unsure.lo == pytest.approx(lo, rel=1e-7)
    assert unsure.hi[1:-1] == pytest.approx(hi[1:-1], rel=1e-7)  # near an end one event adds more


def test_an_event_off_the_line_in_some_draws_counts_in_the_others():
    draws = np.array([[5.0, np.nan], [5.0, 5.0]])
    found = intensity_band([], length=10, at=[5.0], bandwidth=1, imputed=draws)
    one = line_intensity([5.0], length=10, at=[5.0], bandwidth=1)
    assert found.intensity == pytest.approx(1.5 * one)


def test_the_bootstrap_is_reproducible_and_near_the_analytic_band():
    at = np.linspace(200, 1100, 10)
    one, two = (
        intensity_band(
            EVENTS, length=LENGTH, at=at, bandwidth=80, band="bootstrap", n_sim=999, seed=4
        )
        for _ in range(2)
    )
    assert one.lo.tolist() == two.lo.tolist() and one.hi.tolist() == two.hi.tolist()
    other = intensity_band(
        EVENTS, length=LENGTH, at=at, bandwidth=80, band="bootstrap", n_sim=999, seed=5
    )
    assert other.lo.tolist() != one.lo.tolist()
    plain = intensity_band(EVENTS, length=LENGTH, at=at, bandwidth=80)
    # A standard deviation from 999 draws errs by 2.2 %; four times that.
    assert np.sqrt(one.variance) == pytest.approx(np.sqrt(plain.variance), rel=0.09)


def test_the_bootstrap_carries_weights_and_draws():
    s = np.array([20.0, 50.0, 80.0])
    draws = np.array([s, s + 10])
    args = {"length": 100, "at": [20.0, 30.0, 50.0], "bandwidth": 3, "n_sim": 999}
    once = intensity_band([], imputed=draws, band="bootstrap", **args)
    heavy = intensity_band([], imputed=draws, band="bootstrap", weights=[2, 2, 2], **args)
    assert heavy.intensity == pytest.approx(2 * once.intensity)
    assert heavy.hi == pytest.approx(2 * once.hi)
    # Half of the curves have the first event at 20, the others at 30.
    expected = line_intensity([20.0, 30.0], length=100, at=args["at"], bandwidth=3) / 2
    assert once.intensity[:2] == pytest.approx(expected[:2], rel=1e-6)


def test_bands_refuse_what_makes_no_sense():
    basic = {"length": 10, "at": [1.0], "bandwidth": 1}
    with pytest.raises(StatisticsError, match="A bootstrap needs an event"):
        intensity_band([], band="bootstrap", **basic)
    with pytest.raises(ParameterError, match="n_sim=19 no p-value can be below 0.05"):
        intensity_band([1], band="bootstrap", n_sim=19, **basic)
    with pytest.raises(ParameterError, match="confidence_level must lie between 0 and 1"):
        intensity_band([1], confidence_level=95, **basic)
    with pytest.raises(ParameterError, match="band must be one of"):
        intensity_band([1], band="jackknife", **basic)
    with pytest.raises(ParameterError, match="imputed must be 2 or more draws"):
        intensity_band([], imputed=[[1.0]], **basic)
    with pytest.raises(CoordinateError, match="between 0 and 10"):
        intensity_band([], imputed=[[1.0], [12.0]], **basic)


@pytest.mark.slow
def test_the_band_covers_the_smoothed_intensity():
    """
    1,000 patterns of a smooth intensity on a line as long as the border, 120 events on average.

    What is covered is the mean of the estimate, the smoothed intensity, not the intensity itself.
    """
    random = np.random.default_rng(11)
    fine = (np.arange(6000) + 0.5) * LENGTH / 6000
    true = 1 + 0.8 * np.sin(2 * np.pi * fine / 600) + 1.5 * np.exp(-(((fine - 900) / 60) ** 2))
    true *= 120 / (true.sum() * LENGTH / 6000)
    at = np.linspace(0, LENGTH, 15)
    smooth = kernel_matrix(at, fine, bandwidth=35, length=LENGTH) @ true * LENGTH / 6000
    n_patterns = 1000
    covered = np.zeros(at.size)
    for _ in range(n_patterns):
        s = random.choice(fine, random.poisson(120), p=true / true.sum())
        found = intensity_band(s, length=LENGTH, at=at, bandwidth=35)
        covered += (found.lo <= smooth) & (smooth <= found.hi)
    # Never below 95 % but for three standard errors of 1,000 simulations, 0.0207 in all.
    assert (covered / n_patterns).min() >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / n_patterns)
    assert (covered / n_patterns).max() < 1.0  # a band that covers everything says nothing


# ---- the table -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def located(border, incidents):
    return locate_events(incidents, border)


def test_the_shipped_incidents(located, border):
    curve = line_density(located, border, step_km=2, bandwidth_km=25)
    assert curve.columns.tolist() == [
        "chainage_km", "official_km", "intensity", "lo", "hi", "intensity_known",
    ]  # fmt: skip
    years = curve.attrs["years"]
    mass = np.trapezoid(curve["intensity"], curve["chainage_km"]) * years
    assert mass == pytest.approx(curve.attrs["expected_on_line"], rel=1e-4)
    known = np.trapezoid(curve["intensity_known"], curve["chainage_km"]) * years
    assert known == pytest.approx(curve.attrs["events_known_to_a_point"], rel=1e-3)
    assert (curve["lo"] <= curve["intensity"]).all() and (curve["intensity"] <= curve["hi"]).all()
    assert (curve["lo"] >= 0).all()
    assert curve["chainage_km"].iloc[-1] == border.length_km
    assert curve["official_km"].iloc[-1] == pytest.approx(border.official_length_km)
    assert curve.attrs["unit"] == "events per km and year"
    assert curve.attrs["result"] == "density"
    assert json.loads(json.dumps(curve.attrs)) == curve.attrs


def test_rules_choose_from_draws_and_are_reproducible(located, border):
    found = [line_density(located, border, step_km=50, band=None).attrs for _ in range(2)]
    assert found[0]["bandwidth_km"] == found[1]["bandwidth_km"]
    assert found[0]["parameters"]["bandwidth_km"] == "cv"
    silverman = line_density(located, border, step_km=50, bandwidth_km="silverman", band=None)
    assert silverman.attrs["bandwidth_km"] != found[0]["bandwidth_km"]
    assert "lo" not in silverman


def test_certain_events_give_the_plain_curve(equator):
    from shapely import Point

    events = gpd.GeoDataFrame(
        {
            "event_id": list("abcd"),
            "date_start": "2020-06-01",
            "location_precision": "exact",
            "location_uncertainty_km": 1e-6,
            "killed_people": [1.0, 2.0, 0.0, 4.0],
        },
        geometry=[Point(70.1 + 0.2 * i, 0) for i in range(4)],
        crs=4326,
    )
    sharp = equator.__class__.from_line(
        equator.geometry, crs="EPSG:4326", boundary_id="EQ", left="N", right="S"
    )
    located = locate_events(events, sharp)
    located["killed_people"] = events["killed_people"].to_numpy()
    period = ("2020-01-01", "2020-12-31")
    for adaptive in (False, True):
        curve = line_density(
            located, sharp, bandwidth_km=8, period=period, step_km=1, adaptive=adaptive
        )
        assert curve["intensity"].to_numpy() == pytest.approx(curve["intensity_known"], rel=1e-9)
    plain = line_intensity(
        located["chainage_km"], length=sharp.length_km, at=curve["chainage_km"], bandwidth=8,
        adaptive=True, method="direct",
    )  # fmt: skip
    years = 366 / 365.25
    assert curve["intensity"].to_numpy() * years == pytest.approx(plain, rel=1e-9)
    heavy = line_density(
        located, sharp, bandwidth_km=8, period=period, weights="killed_people", band=None
    )
    mass = np.trapezoid(heavy["intensity"], heavy["chainage_km"]) * years
    assert mass == pytest.approx(7.0, rel=1e-3)
    assert heavy.attrs["unit"] == "killed_people per km and year"
    assert heavy.attrs["set_aside"]["killed_people not stated"] == 0
    attrs = located.attrs
    located = located.assign(killed_people=[1.0, np.nan, 0.0, 4.0])
    located.attrs = attrs
    some = line_density(
        located, sharp, bandwidth_km=8, period=period, weights="killed_people", band=None
    )
    mass = np.trapezoid(some["intensity"], some["chainage_km"]) * years
    assert mass == pytest.approx(5.0, rel=1e-3)
    assert some.attrs["set_aside"]["killed_people not stated"] == 1


def test_a_stretch_is_spread_over_its_length(few_events, equator):
    located = locate_events(few_events.iloc[[1]], equator)
    period = ("2020-01-01", "2020-12-31")
    for kernel in ("gaussian", "quartic"):
        curve = line_density(
            located, equator, bandwidth_km=6, kernel=kernel, period=period, band=None
        )
        exact = line_intensity(
            [20.0], chainage_to=[60.0], length=equator.length_km, at=curve["chainage_km"],
            bandwidth=6, kernel=kernel,
        )  # fmt: skip
        assert curve["intensity"].to_numpy() * 366 / 365.25 == pytest.approx(exact, abs=1e-12)
        assert (curve["intensity_known"] == 0).all()


def test_no_events_give_a_curve_of_zero_and_a_band_above(located, border):
    none = line_density(
        located, border, period=("1992-01-01", "1992-01-01"), bandwidth_km=20, step_km=100
    )
    if none.attrs["events"] == 0:
        assert (none["intensity"] == 0).all() and (none["lo"] == 0).all()
        assert (none["hi"] > 0).all()
    with pytest.raises(StatisticsError, match="needs 2 events or more on the line"):
        line_density(located.iloc[:0], border, period=("2000-01-01", "2001-01-01"), step_km=100)
    empty = line_density(
        located.iloc[:0], border, period=("2000-01-01", "2001-01-01"), step_km=100, bandwidth_km=9
    )
    assert empty.attrs["events"] == 0 and (empty["hi"] > 0).all()


def test_the_table_refuses_what_makes_no_sense(located, border, equator):
    with pytest.raises(ParameterError, match="rests on the line"):
        line_density(located, equator)
    with pytest.raises(ParameterError, match="step_km must be above 0"):
        line_density(located, border, step_km=0)
    with pytest.raises(ParameterError, match="step_km must leave at most"):
        line_density(located, border, step_km=1e-6)
    with pytest.raises(ColumnError, match="killd"):
        line_density(located, border, weights="killd", step_km=100, bandwidth_km=9)
    bad = located.assign(w=-1.0)
    bad.attrs = located.attrs
    with pytest.raises(ParameterError, match="weights must be 0 or more"):
        line_density(bad, border, weights="w", step_km=100, bandwidth_km=9)
    missing = located.assign(w=np.nan)
    missing.attrs = located.attrs
    with pytest.raises(StatisticsError, match="all of the [0-9]+ events that count have none"):
        line_density(missing, border, weights="w", step_km=100, bandwidth_km=9)
    with pytest.raises(ParameterError, match="must hold numbers"):
        line_density(located, border, weights="event_id", step_km=100, bandwidth_km=9)


def sharp_events(equator, lon, **columns):
    """Return events known exactly, and the equator line without an uncertainty of its own."""
    from shapely import Point

    sharp = equator.__class__.from_line(
        equator.geometry, crs="EPSG:4326", boundary_id="EQ", left="N", right="S"
    )
    events = gpd.GeoDataFrame(
        {
            "event_id": [f"e{i}" for i in range(len(lon))],
            "location_precision": "exact",
            "location_uncertainty_km": 1e-6,
            **columns,
        },
        geometry=[Point(x, 0) for x in lon],
        crs=4326,
    )
    return locate_events(events, sharp), sharp


def test_the_band_carries_dates_that_lie_partly_in_the_period(equator):
    """
    Forty events at one place, each on any day of two years of which the period is one.

    How many happened in it is binomial, and that many a Poisson sample: their kernels' variance is
    40 p K² and 40 p (1 - p) K², not 40 p² K² (mended 2026-11-30).
    """
    located, sharp = sharp_events(
        equator, [70.5] * 40, date_start="2019-01-01", date_end="2020-12-31"
    )
    p, m = 366 / 731, 2000
    found = line_density(
        located, sharp, period=("2020-01-01", "2020-12-31"), bandwidth_km=5, step_km=5,
        n_imputations=m,
    )  # fmt: skip
    at = found["chainage_km"].to_numpy()
    k = kernel_matrix(at, located["chainage_km"][:1], bandwidth=5, length=sharp.length_km)[:, 0]
    mean, variance = 40 * p * k, (40 * p + 40 * p * (1 - p)) * k**2
    most = np.full(at.size, norm.pdf(0) / 5)
    lo, hi = gamma_limits(mean, variance, most, 0.95)
    near = k > 1e-3
    years = 366 / 365.25
    # Of 2,000 draws the mean errs by 0.4 %, the variance among them by 3 %, a third of the whole.
    assert found["intensity"].to_numpy() * years == pytest.approx(mean, rel=1e-6, abs=1e-12)
    assert found["lo"].to_numpy()[near] * years == pytest.approx(lo[near], rel=0.03)
    assert found["hi"].to_numpy()[near] * years == pytest.approx(hi[near], rel=0.02)


def test_dates_within_the_period_leave_the_draws_as_they_are(located, border):
    from frontier_geo.density import curve as module

    drawn = np.array([[1.0, np.nan, 3.0]])
    kept = module._in_period(drawn, np.ones(3), 0)
    np.testing.assert_array_equal(kept, drawn)
    many = module._in_period(np.ones((20_000, 1)), np.array([0.3]), 0)
    # Three standard errors of 20,000 draws.
    assert np.isnan(many).mean() == pytest.approx(0.7, abs=3 * math.sqrt(0.21 / 20_000))


@pytest.mark.parametrize(
    ("lon", "end", "word"),
    [
        # Two at each place, places near one another: the narrower the better.
        (np.repeat([70.2, 70.2005, 70.5, 70.8], 2), "low", "less"),
        # Evenly spread: the wider the better.
        (70 + (np.arange(40) + 0.5) / 40, "high", "more"),
    ],
)
def test_a_rule_at_the_end_of_its_range_is_told(equator, lon, end, word):
    """`BandwidthChoice.at_limit` reaches the notes of the table (mended 2026-11-30)."""
    located, sharp = sharp_events(equator, lon, date_start="2020-06-01")
    period = ("2020-01-01", "2020-12-31")
    args = {"period": period, "step_km": 20, "n_imputations": 2}
    found = line_density(located, sharp, band=None, **args)
    (note,) = found.attrs["notes"]
    assert note.startswith(f"In 2 of 2 draws of the places the rule 'cv' ended at the {end} end")
    assert f"ask for {word} smoothing" in note
    if end == "high":
        assert found.attrs["bandwidth_km"] == pytest.approx(sharp.length_km / 2)
    assert line_density(located, sharp, bandwidth_km=9, **args).attrs["notes"] == []


def test_weights_of_zero_are_told(equator):
    """An upper limit that cannot be had has its reason (mended 2026-11-30)."""
    located, sharp = sharp_events(equator, [70.2, 70.6], date_start="2020-06-01", toll=0.0)
    attrs = located.attrs
    located = located.assign(toll=0.0)
    located.attrs = attrs
    found = line_density(
        located, sharp, bandwidth_km=9, weights="toll", step_km=50,
        period=("2020-01-01", "2020-12-31"),
    )  # fmt: skip
    assert (found["lo"] == 0).all() and found["hi"].isna().all()
    assert found.attrs["notes"] == ["No event has toll above 0: hi cannot be had, as one more may."]


@pytest.mark.parametrize("adaptive", [False, True])
def test_a_table_without_events_has_the_band_of_its_bandwidth(located, border, adaptive):
    """Not that of the whole line (mended 2026-11-30)."""
    empty = line_density(
        located.iloc[:0], border, period=("2000-01-01", "2000-12-31"), step_km=100, bandwidth_km=20,
        adaptive=adaptive,
    )  # fmt: skip
    at, years = empty["chainage_km"].to_numpy(), 366 / 365.25
    far = [intensity_band([s], length=border.length_km, at=at, bandwidth=20) for s in (0.0, 1343.0)]
    # An event is no further off than half of the line: beyond 9 bandwidths it adds nothing.
    hi = np.where(at > 600, far[0].hi, far[1].hi)
    assert empty["hi"].to_numpy() * years == pytest.approx(hi, rel=1e-9)


def test_the_grid_ends_at_the_end():
    assert grid_of(10.0, 2.5).tolist() == [0, 2.5, 5, 7.5, 10]
    assert grid_of(10.0, 4).tolist() == [0, 4, 8, 10]
    assert grid_of(1.0, 4).tolist() == [0, 1]
