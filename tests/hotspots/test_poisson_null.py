"""Exact tails of counts under one rate along the line, against every arrangement of few events."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.hotspots.neighbours import chain_neighbours
from frontier_geo.hotspots.permutation_null import Tails
from frontier_geo.hotspots.poisson_null import poisson_minima, poisson_tails

LENGTHS = np.array([10.0, 10, 4, 10, 7, 3.956])
CHAIN = chain_neighbours([True] * 5)


def every_table(n_events: int, share: np.ndarray):
    """Every way in which so many events fall on the segments, with its probability."""
    for places in product(range(share.size), repeat=n_events):
        yield np.bincount(places, minlength=share.size), np.prod(share[list(places)])


def rings(counts: np.ndarray, i: int) -> tuple[int, ...]:
    """The events of a neighbourhood, then those of each ring around it."""
    n = counts.size
    found = [int(counts[max(i - 1, 0) : i + 2].sum())]
    for r in range(2, n):
        found.append(int(sum(counts[j] for j in (i - r, i + r) if 0 <= j < n)))
    return tuple(found)


@pytest.mark.parametrize("seen", [[3, 0, 1, 0, 0, 0], [0, 0, 1, 2, 0, 1], [1, 1, 0, 1, 0, 1]])
def test_tails_are_those_of_every_arrangement(seen):
    """4 events on 6 segments of unequal length: 1,296 arrangements, ordered ring by ring."""
    share = LENGTHS / LENGTHS.sum()
    tables = list(every_table(4, share))
    seen = np.array(seen)
    found = poisson_tails(seen, LENGTHS, CHAIN)
    plain = poisson_tails(seen, LENGTHS, CHAIN, ties="none")
    for i in range(6):
        mine = rings(seen, i)
        upper = sum(p for table, p in tables if rings(table, i) >= mine)
        lower = sum(p for table, p in tables if rings(table, i) <= mine)
        if mine[0] == 0:  # nothing is told apart where there is nothing
            upper, lower = 1.0, sum(p for table, p in tables if rings(table, i)[0] == 0)
        # Ties are broken to a part of 1e-4 of the p-value, on the safe side.
        assert upper - 1e-12 <= found.upper[i] <= upper * (1 + 1e-4) + 1e-12
        assert lower - 1e-12 <= found.lower[i] <= lower * (1 + 1e-4) + 1e-12
        more = sum(p for table, p in tables if rings(table, i)[0] >= mine[0])
        fewer = sum(p for table, p in tables if rings(table, i)[0] <= mine[0])
        assert plain.upper[i] == pytest.approx(more, rel=1e-12)
        assert plain.lower[i] == pytest.approx(fewer, rel=1e-12)


@pytest.mark.parametrize("ties", ["none", "surroundings"])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_a_p_value_is_never_too_often_small(ties, alternative):
    """Over all 1,296 arrangements: P(p <= a) <= a for every a that occurs, on each segment."""
    tables = list(every_table(4, LENGTHS / LENGTHS.sum()))
    weight = np.array([p for _, p in tables])
    p = np.array([poisson_tails(t, LENGTHS, CHAIN, ties=ties).p(alternative) for t, _ in tables])
    for i in range(6):
        for level in np.unique(p[:, i].round(12)):
            assert weight[p[:, i] <= level + 1e-11].sum() <= level + 1e-9


def test_plain_tails_are_the_binomial_test():
    """scipy.stats.binomtest of the neighbourhood's count, its share of the line being the chance."""
    random = np.random.default_rng(2)
    length = random.uniform(2, 12, 30)
    counts = random.poisson(2, 30)
    found = poisson_tails(counts, length, chain_neighbours([True] * 29), ties="none")
    for i in (0, 7, 29):
        here = slice(max(i - 1, 0), i + 2)
        chance = length[here].sum() / length.sum()
        test = (int(counts[here].sum()), int(counts.sum()), chance)
        assert found.upper[i] == pytest.approx(binomtest(*test, alternative="greater").pvalue)
        assert found.lower[i] == pytest.approx(binomtest(*test, alternative="less").pvalue)


counts = st.lists(st.integers(0, 4), min_size=3, max_size=25)


@settings(deadline=None, max_examples=60)
@given(counts, st.randoms(use_true_random=False))
def test_breaking_ties_stays_between_one_count_and_the_next(values, random):
    """A broken tie is never above the plain p-value, nor below that of one event more."""
    x = np.array(values)
    length = np.array([random.uniform(1, 10) for _ in values])
    near = chain_neighbours([random.random() < 0.9 for _ in values[1:]])
    fine, plain = poisson_tails(x, length, near), poisson_tails(x, length, near, ties="none")
    some = ~np.isnan(plain.upper)
    assert (fine.upper[some] <= plain.upper[some] * (1 + 1e-9)).all()
    assert (fine.lower[some] <= plain.lower[some] * (1 + 1e-9)).all()
    assert (fine.upper[some] >= 1 - plain.lower[some] - 1e-9).all()
    assert (fine.lower[some] >= 1 - plain.upper[some] - 1e-9).all()
    assert (np.isnan(fine.upper) == ((near.many == 0) | (x.sum() == 0))).all()


@settings(deadline=None, max_examples=40)
@given(counts, st.floats(0.01, 1000))
def test_unit_and_direction_do_not_matter(values, scale):
    x = np.array(values)
    length = 1.0 + np.arange(x.size) % 3
    near = chain_neighbours([True] * (x.size - 1))
    found = poisson_tails(x, length, near).p()
    np.testing.assert_allclose(poisson_tails(x, length * scale, near).p(), found, rtol=1e-6)
    np.testing.assert_allclose(
        poisson_tails(x[::-1], length[::-1], near).p()[::-1], found, rtol=1e-6
    )


def test_denser_surroundings_make_a_count_less_likely():
    """Two neighbourhoods of two events: one with a third beside it, one alone."""
    x = [0, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0]
    fine = poisson_tails(x, np.ones(17), chain_neighbours([True] * 16))
    plain = poisson_tails(x, np.ones(17), chain_neighbours([True] * 16), ties="none")
    assert plain.upper[3] == plain.upper[12]
    assert fine.upper[3] < fine.upper[12] < plain.upper[12]


def test_a_gap_ends_the_surroundings():
    """Events beyond a gap break no tie."""
    near = chain_neighbours([True, True, False, True, True])
    one = poisson_tails([1, 0, 0, 3, 0, 0], np.ones(6), near).upper[:3]
    other = poisson_tails([1, 0, 0, 0, 0, 3], np.ones(6), near).upper[:3]
    np.testing.assert_allclose(one, other)


@pytest.mark.parametrize("ties", ["none", "surroundings"])
@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_minima_are_those_of_tables_one_by_one(ties, alternative):
    """The short cut that breaks few ties finds what breaking all of them finds."""
    length = np.tile([10.0, 4.0, 7.0], 8)
    near = chain_neighbours([True] * 10 + [False] + [True] * 12)
    options = {"alternative": alternative, "ties": ties}
    found = poisson_minima(12, length, near, n_sim=300, seed=4, **options)
    tables = np.random.default_rng(4).multinomial(12, length / length.sum(), size=300)
    want = [np.nanmin(poisson_tails(t, length, near, ties=ties).p(alternative)) for t in tables]
    # Ties are broken to a part of 1e-4.
    np.testing.assert_allclose(found, np.sort(want), rtol=2e-4)


def test_minima_come_in_parts(monkeypatch):
    """Memory is bounded; the same seed gives the same numbers."""
    import frontier_geo.hotspots.poisson_null as module

    whole = poisson_minima(12, LENGTHS, CHAIN, n_sim=200, seed=4)
    np.testing.assert_array_equal(whole, poisson_minima(12, LENGTHS, CHAIN, n_sim=200, seed=4))
    monkeypatch.setattr(module, "CELLS_AT_ONCE", 300)
    np.testing.assert_allclose(poisson_minima(12, LENGTHS, CHAIN, n_sim=200, seed=4), whole)
    assert (poisson_minima(12, LENGTHS, CHAIN, n_sim=200, seed=5) != whole).any()
    assert whole.size == 200
    assert (np.diff(whole) >= 0).all()


def test_nothing_to_find():
    """No event, or nobody near: no number."""
    assert np.isnan(poisson_tails([0] * 6, LENGTHS, CHAIN).p()).all()
    alone = chain_neighbours([False] * 5)
    assert np.isnan(poisson_tails([1] * 6, LENGTHS, alone).p()).all()
    assert (poisson_minima(3, LENGTHS, alone, n_sim=5) == 1).all()
    one = poisson_tails([1, 0, 0, 0, 0, 0], LENGTHS, CHAIN)
    assert isinstance(one, Tails)
    assert one.upper[0] == pytest.approx(20 / 44.956)


def test_bad_input_is_refused():
    with pytest.raises(ParameterError, match="ties must be one of surroundings, none"):
        poisson_tails([1] * 6, LENGTHS, CHAIN, ties="random")
    with pytest.raises(StatisticsError, match="row 0 has 1.5. Take the column of whole counts"):
        poisson_tails([1.5] * 6, LENGTHS, CHAIN)
    with pytest.raises(ParameterError, match="exposure must be a number above 0"):
        poisson_tails([1] * 6, -LENGTHS, CHAIN)
    with pytest.raises(ParameterError, match="n_sim must be a whole number"):
        poisson_minima(3, LENGTHS, CHAIN, n_sim=-1)
    with pytest.raises(ParameterError, match="alternative must be one of"):
        poisson_minima(3, LENGTHS, CHAIN, alternative="hot")
