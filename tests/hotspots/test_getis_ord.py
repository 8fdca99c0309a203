"""Gi* and Gi beside R's spdep and PySAL's esda, and under one rate along the line."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.hotspots.getis_ord import count_g, local_g, local_g_test, shuffled_minima
from frontier_geo.hotspots.neighbours import as_neighbours, chain_neighbours
from frontier_geo.hotspots.permutation_null import exact_permutation_tails, permutation_tails

REFERENCE = Path(__file__).parents[1] / "reference"
DATA = json.loads((REFERENCE / "hotspots_data.json").read_text())
ESDA = json.loads((REFERENCE / "hotspots_esda.json").read_text())
SPDEP = json.loads((REFERENCE / "hotspots_spdep.json").read_text())
CASES = [(name, variable) for name, one in DATA.items() for variable in one["values"]]


def case(name: str, variable: str):
    """Values, neighbours, and what esda and spdep say."""
    x = np.array(DATA[name]["values"][variable], dtype=float)
    near = as_neighbours(DATA[name]["pairs"], x.size)
    return x, near, ESDA["results"][name][variable], SPDEP["results"][name][variable]


def test_gi_star_of_the_sids_rates():
    """Queen neighbours, binary: spdep = esda, first five."""
    x, near, _, _ = case("sids2", "rate")
    want = [-1.699093, -1.435552, -1.922147, -1.553060, 4.251772]
    # Half of the last digit quoted.
    assert local_g(x, near).z[:5] == pytest.approx(want, abs=5e-7)


@pytest.mark.parametrize(("name", "variable"), CASES)
def test_gi_is_that_of_spdep_and_esda(name, variable):
    """With and without oneself, binary and with rows that sum to 1. Twelve digits are stored."""
    x, near, esda, spdep = case(name, variable)
    close = {"rtol": 1e-9, "atol": 1e-10}
    star, plain = local_g(x, near).z, local_g(x, near, star=False).z
    np.testing.assert_allclose(star, spdep["gi_star"], **close)
    np.testing.assert_allclose(star, spdep["gi_star_W"], **close)
    np.testing.assert_allclose(star, esda["gi_star"], **close)
    np.testing.assert_allclose(plain, spdep["gi"], **close)
    np.testing.assert_allclose(plain, esda["gi"], **close)


@pytest.mark.parametrize(("name", "variable"), CASES)
def test_permutation_p_is_that_of_esda(name, variable):
    """
    99,999 conditional permutations each; esda stores the smaller of P(>= observed) and P(< observed).

    Two runs of 1e5: standard error sqrt(2 * 0.25 / 1e5) = 0.0022; 4.5 of them for some 420 values.
    The expected events hold one value many times over; esda's Gi* tells those ties apart by rounding.
    """
    x, near, esda, _ = case(name, variable)
    tails = permutation_tails(x, near, n_sim=99_999, seed=2)
    for key in ("gi_p_sim",) if variable == "expected_events" else ("gi_star_p_sim", "gi_p_sim"):
        np.testing.assert_allclose(np.minimum(tails.upper, 1 - tails.upper), esda[key], atol=0.010)


@pytest.mark.parametrize("variable", ["synthetic", "expected_events"])
def test_permutation_p_is_near_that_of_spdep(variable):
    """
    spdep 1.2 draws neighbours with replacement and counts ties by half.

    With 2 of 134 drawn, 0.7 % of its sets hold one value twice, which moves p by as much, twice for
    two sides; with the standard error of both runs that is 0.02.
    """
    x, near, _, spdep = case("border", variable)
    tails = permutation_tails(x, near, n_sim=99_999, seed=2)
    middle = (tails.upper + 1 - tails.lower) / 2
    np.testing.assert_allclose(2 * np.minimum(middle, 1 - middle), spdep["gi_perm_p"], atol=0.02)


def test_moments_are_those_of_all_arrangements():
    """Five values, all 120 arrangements, and for Gi the 24 of the others."""
    x = np.array([1.0, 7.0, 4.0, 0.0, 9.0])
    near = chain_neighbours([True] * 4)
    orders = [list(order) for order in permutations(range(5))]
    seen = np.array([near.sums(x[order], with_self=True) for order in orders])
    found = local_g(x, near)
    np.testing.assert_allclose(found.expected, seen.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.variance, seen.var(axis=0), rtol=1e-12)
    held = np.array([near.sums(x[order])[2] for order in orders if order[2] == 2])
    plain = local_g(x, near, star=False)
    assert plain.expected[2] == pytest.approx(held.mean(), rel=1e-12)
    assert plain.variance[2] == pytest.approx(held.var(), rel=1e-12)


def test_counts_on_unequal_segments_by_hand():
    """10 events; segment 0 and its neighbour hold 10 + 4 of 20 km: mean 7, variance 2.1."""
    found = count_g([6, 3, 1], [10, 4, 6], chain_neighbours([True, True]))
    assert found.observed.tolist() == [9, 10, 4]
    np.testing.assert_allclose(found.expected, [7, 10, 5])
    np.testing.assert_allclose(found.variance, [2.1, 0, 2.5], atol=1e-12)
    assert found.z[[0, 2]] == pytest.approx([2 / 2.1**0.5, -1 / 2.5**0.5])
    assert np.isnan(found.z[1])  # its neighbourhood is the whole line


counts = st.lists(st.integers(0, 9), min_size=4, max_size=40).filter(lambda v: len(set(v)) > 1)


@settings(deadline=None, max_examples=60)
@given(counts, st.floats(0.01, 1000))
def test_both_z_differ_by_the_dispersion_alone(values, exposure):
    """On even segments: the root of variance (n - 1) over mean, whatever the unit of exposure."""
    x = np.array(values, dtype=float)
    near = chain_neighbours([True] * (x.size - 1))
    found = count_g(x, np.full(x.size, exposure), near)
    ratio = np.sqrt(x.var(ddof=1) / x.mean())
    np.testing.assert_allclose(found.z, local_g(x, near).z * ratio, rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(counts, st.floats(0.1, 20), st.floats(-50, 50))
def test_unit_and_direction_do_not_matter(values, scale, shift):
    x = np.array(values, dtype=float)
    near = chain_neighbours([True] * (x.size - 1))
    found = local_g(x, near)
    np.testing.assert_allclose(local_g(x * scale + shift, near).z, found.z, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(local_g(x[::-1], near).z[::-1], found.z, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(local_g(-x, near).z, -found.z, rtol=1e-9, atol=1e-12)


@settings(deadline=None, max_examples=40)
@given(counts, st.integers(0, 10_000))
def test_a_segment_cut_in_two_changes_no_other_neighbourhood(values, cut):
    """
    Splitting: segment i in two of half its length and its events shared out.

    Neighbourhoods that hold both halves keep their z under one rate along the line.
    """
    x = np.array(values, dtype=float)
    i = cut % x.size
    left = float(cut % (int(x[i]) + 1))
    split = np.concatenate((x[:i], [left, x[i] - left], x[i + 1 :]))
    length = np.concatenate((np.full(i, 10.0), [5.0, 5.0], np.full(x.size - i - 1, 10.0)))
    whole = count_g(x, np.full(x.size, 10.0), chain_neighbours([True] * (x.size - 1)))
    near = chain_neighbours([True] * x.size).matrix().toarray()
    for j in range(x.size):  # the neighbours of whole segments, both halves together
        row = j if j <= i else j + 1
        want = [k if k < i else k + 1 for k in (j - 1, j, j + 1) if 0 <= k < x.size and k != i]
        near[row] = 0
        near[row, [*want, *([i, i + 1] if abs(j - i) <= 1 else [])]] = 1
    parts = count_g(split, length, near)
    keep = [j if j < i else j + 1 for j in range(x.size) if j != i]
    others = [j for j in range(x.size) if j != i]
    np.testing.assert_allclose(parts.z[keep], whole.z[others], rtol=1e-9, atol=1e-9)


def test_the_three_ways_to_a_p_value():
    x, near, _, _ = case("border", "synthetic")
    found, p = local_g_test(x, near, method="analytic")
    np.testing.assert_allclose(p, 2 * norm.sf(np.abs(found.z)), rtol=1e-9)
    _, p = local_g_test(x, near, method="analytic", alternative="less")
    np.testing.assert_allclose(p, norm.cdf(found.z), rtol=1e-9)
    _, p = local_g_test(x, near, method="exact", alternative="greater")
    np.testing.assert_array_equal(p, exact_permutation_tails(x, near).upper)
    _, p = local_g_test(x, near, n_sim=999, seed=3)
    np.testing.assert_array_equal(p, permutation_tails(x, near, n_sim=999, seed=3).p())


def test_shuffled_minima_are_what_shuffling_gives():
    """The share of shuffled tables with |z| above the largest, drawn another way."""
    x, near, _, _ = case("border", "synthetic")
    minima = shuffled_minima(x, near, n_sim=4000, seed=1)
    random = np.random.default_rng(99)
    again = [2 * norm.sf(np.abs(local_g(random.permutation(x), near).z).max()) for _ in range(1000)]
    for level in (0.001, 0.003, 0.01):
        # Two shares of 4,000 and 1,000: standard error 0.018 at most; four of them.
        assert (minima <= level).mean() == pytest.approx(
            np.mean(np.array(again) <= level), abs=0.07
        )
    greater = shuffled_minima(x, near, n_sim=4000, seed=1, alternative="greater")
    assert (
        greater <= minima
    ).sum() > 3000  # half the two-sided value, where the hot end is extreme
    less = shuffled_minima(x, near, n_sim=99, seed=1, alternative="less")
    mirrored = shuffled_minima(-x, near, n_sim=99, seed=1, alternative="greater")
    np.testing.assert_allclose(less, mirrored, rtol=1e-9)
    assert (shuffled_minima(np.ones(9), chain_neighbours([True] * 8), n_sim=9, seed=0) == 1).all()


def test_no_number_where_nothing_varies_or_nobody_is_near():
    near = chain_neighbours([True, True, False])
    assert np.isnan(local_g([1, 2, 3, 4], near).z).tolist() == [False, False, False, True]
    assert np.isnan(local_g([0.1] * 4, near).z).all()
    for value in (0.1, 0.3, 1 / 3, 2.7):  # the mean of alike values differs from them by rounding
        for n in range(3, 40):
            assert np.isnan(local_g([value] * n, chain_neighbours([True] * (n - 1))).z).all()
    assert np.isnan(count_g([0, 0, 0, 0], [1, 1, 1, 1], near).z).all()
    _, p = local_g_test([2, 2, 2, 2], near, method="permutation", n_sim=19)
    assert np.isnan(p).all()


def test_bad_input_is_refused():
    near = chain_neighbours([True, True])
    with pytest.raises(ParameterError, match="3 values or more are needed, not 2"):
        local_g([1, 2], chain_neighbours([True]))
    with pytest.raises(ParameterError, match="each of the 4 values, but are given for 3"):
        local_g([1, 2, 3, 4], near)
    with pytest.raises(ParameterError, match="method must be one of exact, permutation, analytic"):
        local_g_test([1, 2, 3], near, method="normal")
    with pytest.raises(ParameterError, match="alternative must be one of"):
        local_g_test([1, 2, 3], near, alternative="hot")
    with pytest.raises(StatisticsError, match="whole numbers of 0 or more.*row 1 has 0.5"):
        count_g([1, 0.5, 3], [1, 1, 1], near)
    with pytest.raises(StatisticsError, match="row 2 has -3"):
        count_g([1, 5, -3], [1, 1, 1], near)
    with pytest.raises(
        ParameterError, match="above 0 for each of the 3 segments, but the smallest is 0"
    ):
        count_g([1, 5, 3], [1, 1, 0], near)
    with pytest.raises(ParameterError, match="but 2 were given"):
        count_g([1, 5, 3], [1, 1], near)
