"""Conditional permutations: drawn, counted out, and counted by hand."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.hotspots.neighbours import as_neighbours, chain_neighbours
from frontier_geo.hotspots.permutation_null import (
    Tails,
    check_reachable,
    exact_permutation_tails,
    least_p,
    permutation_tails,
    westfall_young,
)
from frontier_geo.significance import adjust_p


def by_hand(values, neighbours):
    """Every set of k of the others, one after the other."""
    upper, lower = [], []
    for i in range(len(values)):
        others = [v for j, v in enumerate(values) if j != i]
        mine = neighbours.other[neighbours.start[i] : neighbours.start[i + 1]]
        seen = sum(values[j] for j in mine)
        sums = [sum(chosen) for chosen in combinations(others, len(mine))]
        upper.append(np.mean([s >= seen for s in sums]) if mine.size else np.nan)
        lower.append(np.mean([s <= seen for s in sums]) if mine.size else np.nan)
    return np.array(upper), np.array(lower)


small = st.lists(st.integers(-3, 6), min_size=3, max_size=9)


@settings(deadline=None, max_examples=60)
@given(small, st.integers(1, 3), st.randoms(use_true_random=False))
def test_counted_out_is_every_set_of_others(values, order, random):
    """Chains of any order, some links broken, negative values, ties."""
    linked = [random.random() < 0.8 for _ in values[1:]]
    near = chain_neighbours(linked, order=order)
    found = exact_permutation_tails(values, near)
    upper, lower = by_hand(values, near)
    np.testing.assert_allclose(found.upper, upper, rtol=1e-12)
    np.testing.assert_allclose(found.lower, lower, rtol=1e-12)


def test_drawn_tends_to_counted_out():
    """
    A tree-like graph with 1 to 6 neighbours, and one with all.

    20,000 draws: standard error 0.0035 at most; 4.5 of them for 80 numbers.
    """
    random = np.random.default_rng(8)
    values = random.poisson(1.5, 40)
    matrix = np.triu(random.random((40, 40)) < 0.06, 1)
    matrix[0, 1:] = True
    matrix = matrix | matrix.T
    near = as_neighbours(matrix.astype(float))
    assert near.many.max() == 39
    drawn, exact = (
        permutation_tails(values, near, n_sim=20_000, seed=4),
        exact_permutation_tails(values, near),
    )
    np.testing.assert_allclose(drawn.upper, exact.upper, atol=0.016)
    np.testing.assert_allclose(drawn.lower, exact.lower, atol=0.016)
    assert (
        drawn.upper[0] == drawn.lower[0] == exact.upper[0] == 1.0
    )  # its neighbours are the others


def test_the_value_itself_is_never_drawn():
    """One large value: beside it, and only there, the sum is large; for itself it is not to be had."""
    values = np.zeros(12)
    values[5] = 100.0
    near = chain_neighbours([True] * 11)
    found = permutation_tails(values, near, n_sim=50_000, seed=1)
    # Beside it: 2 of the 11 others are drawn, one of them the large one: 2 / 11. Five standard errors.
    assert found.upper[4] == pytest.approx(2 / 11, abs=0.009)
    assert found.upper[6] == pytest.approx(2 / 11, abs=0.009)
    assert found.upper[5] == 1.0
    assert found.lower[5] == 1.0  # were it drawn among its own neighbours, sums of 0 would be fewer


def test_dense_neighbourhoods_are_drawn_without_repeats():
    """Ten neighbours of thirteen: drawn another way; never a value twice."""
    values = np.arange(13.0) ** 2
    near = chain_neighbours([True] * 12, order=5)
    drawn = permutation_tails(values, near, n_sim=20_000, seed=3)
    exact = exact_permutation_tails(values, near)
    np.testing.assert_allclose(drawn.upper, exact.upper, atol=0.016)  # 4.5 standard errors


def test_many_draws_come_in_parts(monkeypatch):
    """Memory is bounded: tables are drawn in parts, and counts of parts are summed."""
    import frontier_geo.hotspots.permutation_null as module

    values, near = np.arange(30) % 7, chain_neighbours([True] * 29)
    monkeypatch.setattr(module, "CELLS_AT_ONCE", 900)
    parts = permutation_tails(values, near, n_sim=10_001, seed=0)
    exact = exact_permutation_tails(values, near)
    np.testing.assert_allclose(parts.upper, exact.upper, atol=0.023)  # 4.5 standard errors
    # Each of 10,001 draws is counted once: p is a whole number of parts of 10,002.
    np.testing.assert_allclose(parts.upper * 10_002, np.round(parts.upper * 10_002))


def test_every_draw_is_counted_once():
    """A draw is above, below, or the observed set itself, which counts for both tails."""
    values = np.random.default_rng(0).random(50)
    found = permutation_tails(values, chain_neighbours([True] * 49), n_sim=99, seed=0)
    counted = np.round((found.upper + found.lower) * 100)
    assert counted.min() == 99 + 2
    assert counted[1:-1].max() <= 99 + 4  # once in 1,176 draws it is the observed set
    one = permutation_tails(values, chain_neighbours([True] * 49), n_sim=1, seed=0)
    assert set(zip(one.upper, one.lower, strict=True)) == {(1.0, 0.5), (0.5, 1.0)}


def test_ties_count_whatever_the_rounding():
    """0.1 + 0.2 is 0.3, whichever way it is summed."""
    values = np.array([0.3, 0.1, 0.2, 0.1, 0.2, 0.1, 0.2, 0.1]) * 3
    near = chain_neighbours([True] * 7)
    drawn = permutation_tails(values, near, n_sim=20_000, seed=0)
    exact = exact_permutation_tails(np.round(values * 10 / 3), near)
    np.testing.assert_allclose(drawn.upper, exact.upper, atol=0.016)
    np.testing.assert_allclose(drawn.lower, exact.lower, atol=0.016)


def test_the_seed_decides():
    values, near = np.arange(30) % 7, chain_neighbours([True] * 29)
    one = permutation_tails(values, near, n_sim=99, seed=1)
    np.testing.assert_array_equal(
        one.upper, permutation_tails(values, near, n_sim=99, seed=1).upper
    )
    assert (one.upper != permutation_tails(values, near, n_sim=99, seed=2).upper).any()
    assert one.upper.min() >= 1 / 100


def test_nobody_near_gives_no_number():
    found = permutation_tails([1, 2, 3, 4], chain_neighbours([True, True, False]), n_sim=9)
    assert np.isnan(found.upper).tolist() == [False, False, False, True]
    assert np.isnan(found.p()).tolist() == [False, False, False, True]


def test_two_sided_p_counts_the_other_tail_if_it_can_be_reached():
    """A tail of 0.02, and another that cannot fall below 0.1, or can fall to 0.01."""
    upper, lower = np.array([0.02, 0.02, 0.99]), np.array([0.99, 0.99, 0.03])
    found = Tails(upper, lower, np.array([0.0, 0.0, 0.2]), np.array([0.1, 0.01, 0.03]))
    assert found.p().tolist() == [0.02, 0.04, 0.03]
    assert Tails(upper, lower).p().tolist() == [0.04, 0.04, 0.06]
    assert Tails(np.array([0.7]), np.array([0.6])).p().tolist() == [1.0]
    assert found.p("greater") is upper
    assert found.p("less") is lower


def test_westfall_young_by_hand():
    """Four simulated tables: how many have a p-value as small anywhere."""
    found = westfall_young([0.01, 0.03, np.nan, 0.5], [0.03, 0.2, 0.02, 0.4])
    assert found[[0, 1, 3]].tolist() == [1 / 5, 3 / 5, 1.0]
    assert np.isnan(found[2])


def test_what_too_few_simulations_are_said_to_do_is_true():
    """
    The message denied any p below alpha, but six ties at the least reach it (mended 2026-11-30).

    Benjamini and Hochberg: 0.002 * 135 / 6 = 0.045. One alone: 0.27.
    """
    least, rest = least_p(999, "two-sided"), [1.0] * 135
    assert adjust_p([least] * 6 + rest[6:]).min() == pytest.approx(0.045)
    assert adjust_p([least, *rest[1:]]).min() == pytest.approx(0.27)
    with pytest.raises(ParameterError, match="a single segment.*could not reach alpha=0.05"):
        check_reachable(least, 999, 135, "fdr_bh", 0.05)


def test_bad_input_is_refused():
    near = chain_neighbours([True, True])
    with pytest.raises(
        ParameterError,
        match="values must be finite numbers, but 1 of 3 are not, first nan in row 1",
    ):
        permutation_tails([1, np.nan, 2], near)
    with pytest.raises(ParameterError, match="number for each of two segments or more"):
        permutation_tails([1], near)
    with pytest.raises(ParameterError, match="values must be numbers"):
        permutation_tails(["a", "b", "c"], near)
    with pytest.raises(ParameterError, match="n_sim must be a whole number"):
        permutation_tails([1, 2, 3], near, n_sim=0)
    with pytest.raises(StatisticsError, match="small whole numbers only"):
        exact_permutation_tails([0.5, 1, 2], near)
    with pytest.raises(StatisticsError, match="small whole numbers only"):
        exact_permutation_tails([0, 1, 10_000_000], near)
    with pytest.raises(
        ParameterError, match="adjusted for the 135 tested by holm.*Take n_sim=2699 or more"
    ):
        check_reachable(1 / 100, 99, 135, "holm", 0.05)
    check_reachable(1 / 2700, 2699, 135, "holm", 0.05)
    with pytest.raises(ParameterError, match="by fdr_by"):
        check_reachable(1 / 2700, 2699, 135, "fdr_by", 0.05)
    check_reachable(1 / 20, 19, 135, "none", 0.05)
