"""K function and pair correlation on a line: published values, spatstat, closed forms, envelopes."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo.density import pattern as line_pattern
from frontier_geo.density.pattern import k_function, pair_correlation, pattern_envelope
from frontier_geo.errors import CoordinateError, ParameterError, StatisticsError

REFERENCE = Path(__file__).parents[1] / "reference"
GOLDEN = json.loads((REFERENCE / "density_spatstat.json").read_text(encoding="utf-8"))
BORDER, DENDRITE = GOLDEN["border"], GOLDEN["dendrite"]
EVENTS = pd.read_csv(REFERENCE / "density_events.csv")["chainage_km"].to_numpy()
LENGTH = BORDER["length"]
PATH_LENGTH = 9 + math.sqrt(20) + math.sqrt(5)
PATH = np.array([5 / 3, 5 + math.sqrt(5), *(5 + math.sqrt(20) + np.array([0.5, 2.0, 3.8]))])
# Table of reference values, section 6: linearK of spatstat.linnet 3.0-6 (run) at r = 2, 4, 8.
K_NONE = [3.141641, 6.283282, 10.995743]
K_ANG = [1.570820, 3.534346, 6.675987]


def test_the_path_has_the_published_k_functions():
    none = k_function(PATH, length=PATH_LENGTH, r=[2, 4, 8], correction="none")
    ang = k_function(PATH, length=PATH_LENGTH, r=[2, 4, 8])
    assert none == pytest.approx(K_NONE, abs=1e-6)  # the last digit published
    assert ang == pytest.approx(K_ANG, abs=1e-6)
    assert none == pytest.approx(GOLDEN["path"]["K_none"], rel=1e-10)
    assert ang == pytest.approx(GOLDEN["path"]["K_ang"], rel=1e-10)


@pytest.mark.parametrize("correction", ["none", "ang"])
def test_the_border_is_as_in_spatstat(correction):
    """linearK at 108 drawn places of the shipped incidents (make_density.R)."""
    found = k_function(EVENTS, length=LENGTH, r=BORDER["r_km"], correction=correction)
    # Distances are multiples of 1 m, as the radii are: a pair at the radius exactly may fall
    # either way, 2 of 11,556 ordered pairs.
    assert found == pytest.approx(BORDER[f"K_{correction}"], abs=2.1 * LENGTH / (108 * 107))


@pytest.mark.parametrize("correction", ["none", "ang"])
def test_dendrite_is_as_in_spatstat(correction):
    """The longest path of the data set dendrite of spatstat.data."""
    s, length = np.array(DENDRITE["chainage"]), DENDRITE["path_length"]
    found = k_function(s, length=length, r=DENDRITE["r"], correction=correction)
    assert found == pytest.approx(DENDRITE[f"K_{correction}"], rel=1e-9, abs=1e-9)


def test_an_uneven_intensity_is_as_in_spatstat():
    """linearKinhom with normpower = 1, its default."""
    found = k_function(EVENTS, length=LENGTH, r=BORDER["r_km"], intensity=BORDER["lambda"])
    assert found == pytest.approx(BORDER["K_inhom"], rel=1e-3, abs=2.1 * LENGTH / (108 * 107))
    even = k_function(EVENTS, length=LENGTH, r=[100.0], intensity=np.full(108, 108 / LENGTH))
    plain = k_function(EVENTS, length=LENGTH, r=[100.0])
    assert even == pytest.approx(plain * 107 / 108)


@pytest.mark.parametrize(
    ("data", "key", "h"),
    [(BORDER, "pcf_ang", 10.0), (BORDER, "pcf_inhom", 10.0), (DENDRITE, "pcf_ang", 2.0)],
)
def test_pair_correlation_is_that_of_spatstat(data, key, h):
    """linearpcf and linearpcfinhom with a gaussian kernel of bandwidth h."""
    if data is BORDER:
        s, length, r = EVENTS, LENGTH, np.array(BORDER["r_km"])
    else:
        s, length, r = np.array(data["chainage"]), data["path_length"], np.array(data["r"])
    at = np.array(data["lambda"]) if key == "pcf_inhom" else None
    found = pair_correlation(s, length=length, r=r, bandwidth=h, intensity=at)
    expected = np.array(data[key])
    # spatstat bins the distances to a grid of 512 and corrects at the largest r too. At r = 0 its
    # correction is that of 512 even distances, ends included: 2 % too strong.
    inner = (r > h) & (r < r.max() - 4 * h)
    assert inner.sum() > 20
    assert found[inner] == pytest.approx(expected[inner], rel=0.01)
    assert found[0] == pytest.approx(expected[0], rel=0.025)


def test_k_of_two_events_by_hand():
    """Events at 2 and 5 of a line of 10: from 2 there is one place at distance 3, from 5 two."""
    found = k_function([2, 5], length=10, r=[2.999, 3.0, 100])
    assert found == pytest.approx([0, 10 / 2 * 1.5, 10 / 2 * 1.5])
    found = k_function([2, 5], length=10, r=[3.0], correction="none")
    assert found == pytest.approx([10.0])


def test_radii_in_any_order():
    r = np.array([80.0, 5.0, 30.0])
    found = k_function(EVENTS, length=LENGTH, r=r)
    assert found == pytest.approx([k_function(EVENTS, length=LENGTH, r=[x])[0] for x in r])


def test_an_even_line_has_a_pair_correlation_of_one():
    random = np.random.default_rng(2)
    s = random.random(1500) * 1000
    r = np.array([0.0, 5.0, 50.0, 200.0])
    found = pair_correlation(s, length=1000, r=r, bandwidth=4)
    # 1,500 events have 9,000 pairs within a bandwidth or so: 1 over the root of that, times 4.
    assert found == pytest.approx(np.ones(4), abs=0.05)
    assert k_function(s, length=1000, r=r) == pytest.approx(r, abs=4)


def test_pairs_in_chunks(monkeypatch):
    whole = pair_correlation(EVENTS, length=LENGTH, r=[5, 20, 80], bandwidth=10)
    monkeypatch.setattr(line_pattern, "PAIRS_AT_ONCE", 12_000)
    parts = pair_correlation(EVENTS, length=LENGTH, r=[5, 20, 80], bandwidth=10)
    assert parts == pytest.approx(whole, rel=1e-12)


@settings(deadline=None, max_examples=40)
@given(
    s=st.lists(st.integers(0, 1000), min_size=2, max_size=10),
    scale=st.sampled_from([0.25, 4.0]),
    correction=st.sampled_from(["none", "ang"]),
)
def test_reversal_order_and_units(s, scale, correction):
    s = np.array(s, dtype=float)
    r = np.array([0.5, 30.5, 200.5, 999.5])
    once = k_function(s, length=1000, r=r, correction=correction)
    back = k_function(1000 - s[::-1], length=1000, r=r, correction=correction)
    assert back == pytest.approx(once, rel=1e-12)
    scaled = k_function(s * scale, length=1000 * scale, r=r * scale, correction=correction)
    assert scaled == pytest.approx(once * scale, rel=1e-12)
    assert (np.diff(once) >= 0).all()


# ---- envelopes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["erl", "mad"])
@pytest.mark.parametrize("statistic", ["K", "pcf"])
def test_the_envelope_and_the_p_value_agree(method, statistic):
    """The curve leaves the envelope exactly when p is at most 5 %."""
    random = np.random.default_rng(7)
    left = 0
    for trial in range(12):
        s = random.random(25) * 100
        if trial % 3 == 0:
            s = np.clip(np.repeat(s[:9], 3) + random.normal(0, 0.8, 27), 0, 100)
        found = pattern_envelope(
            s, length=100, r=np.linspace(1, 20, 12), statistic=statistic, method=method,
            n_sim=199, seed=trial, bandwidth=2.0,
        )  # fmt: skip
        out = bool(((found.observed < found.lo - 1e-9) | (found.observed > found.hi + 1e-9)).any())
        left += out
        assert out == (found.p_value <= 0.05 + 1e-12)
        assert found.smallest_p == 1 / 200
        assert found.p_value * 200 == pytest.approx(round(found.p_value * 200))
    assert 3 <= left < 12


def test_the_smallest_p_is_reached_and_the_same_seed_gives_the_same():
    s = np.repeat([20.0, 50.0, 80.0], 10) + np.linspace(0, 1, 30)
    one, two = (pattern_envelope(s, length=100, r=[1, 5, 10], n_sim=99, seed=3) for _ in range(2))
    assert one.p_value == 0.01
    assert one.hi.tolist() == two.hi.tolist()
    other = pattern_envelope(s, length=100, r=[1, 5, 10], n_sim=99, seed=4)
    assert other.hi.tolist() != one.hi.tolist()


def test_extreme_ranks_by_hand():
    """Five curves at two distances; the first is the highest at both, the last the lowest at one."""
    curves = np.array([[9.0, 9.0], [5.0, 5.0], [4.0, 6.0], [6.0, 4.0], [1.0, 7.0]])
    # Ranks from the nearer side: (1,1) (3,2) (2,3) (2,1) (1,2); sorted: 11 23 23 12 12.
    p, lo, hi = line_pattern._rank_envelope(curves, 0.8)
    assert p == 1 / 5
    assert (lo.tolist(), hi.tolist()) == ([1.0, 4.0], [6.0, 7.0])
    p, lo, hi = line_pattern._rank_envelope(curves[[1, 0, 2, 3, 4]], 0.4)
    assert p == 1.0
    assert (lo.tolist(), hi.tolist()) == ([4.0, 5.0], [5.0, 6.0])


def test_largest_deviations_by_hand():
    curves = np.array([[4.0], [0.0], [1.0], [2.0], [3.0]])
    p, lo, hi = line_pattern._deviation_envelope(curves, 0.6)
    assert p == 2 / 5  # 4 and 0 are both 2 from the mean
    assert (lo.tolist(), hi.tolist()) == ([1.0], [3.0])


def test_simulated_events_follow_the_intensity():
    place, rate = np.array([0.0, 4.0, 10.0]), np.array([1.0, 5.0, 2.0])
    drawn = line_pattern._draw(place, rate, (1, 200_000), np.random.default_rng(0))[0]
    grid = np.linspace(0, 10, 21)
    fine = np.interp((np.arange(100_000) + 0.5) / 10_000, place, rate)
    upto = np.concatenate(([0.0], np.cumsum(fine)))[:: 100_000 // 20] / fine.sum()
    found = np.searchsorted(np.sort(drawn), grid) / drawn.size
    # Kolmogorov's 1 % limit, 1.63 over the root of n.
    assert np.abs(found - upto).max() < 1.63 / math.sqrt(200_000)


def test_an_uneven_pattern_is_no_cluster_once_its_intensity_is_known():
    random = np.random.default_rng(0)
    place, rate = np.array([0.0, 100.0]), np.array([0.05, 2.0])
    s = line_pattern._draw(place, rate, (1, 80), random)[0]
    r = np.linspace(2, 40, 10)
    even = pattern_envelope(s, length=100, r=r, n_sim=199)
    known = pattern_envelope(s, length=100, r=r, n_sim=199, intensity_at=(place, rate))
    assert even.p_value < 0.05 < known.p_value


@pytest.mark.parametrize("statistic", ["K", "pcf"])
def test_the_unit_of_an_intensity_does_not_matter(statistic):
    """Per year or for all years: the curves are the same, about r or 1 (mended 2026-11-30)."""
    random = np.random.default_rng(2)
    place, rate = np.linspace(0, 100, 51), 1 + 0.5 * np.sin(np.linspace(0, 9, 51))
    s = line_pattern._draw(place, rate, (1, 150), random)[0]
    r = np.array([4.0, 8.0, 16.0])
    args = {"length": 100, "r": r, "statistic": statistic, "bandwidth": 1.0, "n_sim": 99}
    one, other = (
        pattern_envelope(s, intensity_at=(place, rate * unit), **args) for unit in (1.0, 1 / 35)
    )
    for name in ("observed", "expected", "lo", "hi"):
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=1e-9)
    assert other.p_value == one.p_value
    # Without interaction K(r) is r and the pair correlation 1; 99 patterns of 150 err by 2 % or less.
    assert one.expected == pytest.approx(r if statistic == "K" else np.ones(3), rel=0.05)
    scaled = np.interp(s, place, rate * 150 / np.trapezoid(rate, place))
    if statistic == "K":
        assert one.observed == pytest.approx(k_function(s, length=100, r=r, intensity=scaled))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["erl", "mad"])
def test_the_global_test_keeps_its_level(method):
    """300 even patterns: rejections at 5 % within three standard errors, 0.05 ± 0.038."""
    random = np.random.default_rng(13)
    rejected = [
        pattern_envelope(
            random.random(30) * 100, length=100, r=np.linspace(1, 25, 10), method=method,
            n_sim=99, seed=i,
        ).p_value
        <= 0.05
        for i in range(300)
    ]  # fmt: skip
    assert abs(np.mean(rejected) - 0.05) < 3 * math.sqrt(0.05 * 0.95 / 300)


# ---- bad input -----------------------------------------------------------------------------------


def test_too_few_events_are_told():
    for s in ([], [1.0]):
        for function in (
            lambda s: k_function(s, length=10, r=[1]),
            lambda s: pair_correlation(s, length=10, r=[1], bandwidth=1),
            lambda s: pattern_envelope(s, length=10, r=[1]),
        ):
            with pytest.raises(StatisticsError, match="need two events or more"):
                function(s)


def test_all_events_at_one_place_are_as_clustered_as_can_be():
    assert k_function([5.0] * 4, length=10, r=[0.0]).tolist() == pytest.approx([5.0])
    found = pattern_envelope([5.0] * 10, length=10, r=[0.1, 1.0], n_sim=99)
    assert found.p_value == 0.01


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"r": [-1]}, ParameterError, "r must be distances of 0 or more"),
        ({"r": [np.nan]}, ParameterError, "r must be distances of 0 or more"),
        ({"correction": "border"}, ParameterError, "correction must be one of ang, none"),
        ({"intensity": [1, 0, 1]}, ParameterError, "number above 0 for each of the 3 events"),
        ({"intensity": [1, 1]}, ParameterError, "number above 0 for each of the 3 events"),
        ({"length": 2}, CoordinateError, "event 2 has the chainage 3"),
    ],
)
def test_bad_arguments_of_k_are_told(change, error, words):
    with pytest.raises(error, match=words):
        k_function([1, 2, 3], **({"length": 10, "r": [1]} | change))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n_sim": 18}, "With n_sim=18 no p-value can be below"),
        ({"statistic": "G"}, "statistic must be one of K, pcf"),
        ({"statistic": "pcf"}, "needs a bandwidth"),
        ({"method": "max"}, "method must be one of erl, mad"),
        ({"seed": -1}, "seed must be a whole number"),
        ({"confidence_level": 1}, "confidence_level must lie between 0 and 1"),
        ({"intensity_at": ([0, 5], [1, 1])}, "must reach from 0 to 10"),
        ({"intensity_at": ([0, 10], [1, 0])}, "places that rise, and numbers above 0"),
        ({"intensity_at": ([0], [1])}, "places that rise, and numbers above 0"),
    ],
)
def test_bad_arguments_of_envelopes_are_told(change, words):
    with pytest.raises(ParameterError, match=words):
        pattern_envelope([1, 2, 3], **({"length": 10, "r": [1]} | change))
