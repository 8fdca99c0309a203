"""Scores of predicted counts and of rankings: published numbers, R, scoringrules, closed forms."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import nbinom, poisson

from frontier_geo.errors import ParameterError
from frontier_geo.evaluation.ranking import accuracy_at, pai, pei, ranked_accuracy, rri
from frontier_geo.evaluation.scores import (
    brier_score,
    crps_counts,
    crps_ensemble,
    dawid_sebastiani_score,
    log_score,
    pit_histogram,
    probability_of_any,
    reliability,
)

REFERENCE = Path(__file__).parents[1] / "reference"
R = json.loads((REFERENCE / "evaluation_r.json").read_text(encoding="utf-8"))
PYTHON = json.loads((REFERENCE / "evaluation_python.json").read_text(encoding="utf-8"))
BORDER = pd.read_csv(REFERENCE / "evaluation_border.csv")
# Both sides compute in double precision with other series; the stored numbers have 15 digits.
CLOSE = {"rel": 1e-11, "abs": 1e-13}
BORDER_MEAN = np.array(R["border"]["mean"])
BORDER_SEEN = BORDER["next"].to_numpy()
HEPATITIS = np.array(R["hepatitisA"]["counts"])[R["hepatitisA"]["first"] - 1 :]
HEPATITIS_SIZE = 2.5

small = st.lists(st.integers(0, 9), min_size=2, max_size=12)


class TestPublishedRanking:
    """ptools 1.0.0, tests/testthat/test-pai.R and R/pai.R (Wheeler): obs 6 3 0, pred 3 2 1."""

    def test_pai_is_that_of_ptools(self):
        assert pai([6, 3, 0], [3, 2, 1]).tolist() == [2, 1.5, 1]

    def test_pei_is_that_of_ptools(self):
        assert pei([6, 3, 0], [3, 2, 1]).tolist() == [1, 1, 1]

    def test_rri_is_that_of_ptools(self):
        """Its test: cumsum(pred) / cumsum(obs)."""
        expected = np.cumsum([3, 2, 1]) / np.cumsum([6, 3, 0])
        assert rri([6, 3, 0], [3, 2, 1]) == pytest.approx(expected, rel=1e-15)

    def test_its_example(self):
        """obs 6 7 3 2 1 0, pred 8 4 4 2 1 0, by hand: the first unit holds 6 of 19 on a sixth."""
        found = ranked_accuracy([6, 7, 3, 2, 1, 0], [8, 4, 4, 2, 1, 0])
        assert found.pai[[0, 2]] == pytest.approx([6 / 19 * 6, 16 / 19 * 2], rel=1e-15)
        assert found.pei[[0, 2]] == pytest.approx([6 / 7, 1], rel=1e-15)
        # ptools takes the tied unit with fewer events first; on average both hold 5.
        assert found.captured[1] == 11


def test_ranking_on_the_border_is_that_of_r():
    """Base R 4.2.2 by the definitions, 135 segments of which the last is shorter."""
    found = ranked_accuracy(BORDER_SEEN, R["border"]["predicted"], BORDER["length_km"])
    expected = R["border"]["ranked"]
    assert found.order.tolist() == expected["order"]
    for name, value in (
        ("share", found.share_of_length),
        ("pai", found.pai),
        ("rri", found.rri),
    ):
        assert value == pytest.approx(np.array(expected[name], dtype=float), **CLOSE)


class TestRankingByLength:
    def test_a_part_of_a_segment_counts_by_length(self):
        """15 km of 40: the first segment, 10 km with 4 events, and half of the second, with 2."""
        found = accuracy_at([4, 2, 0, 2], [9, 5, 1, 0], [10, 10, 10, 10], share=15 / 40)
        assert found.captured.tolist() == [5]
        assert found.pai[0] == pytest.approx(5 / 8 / (15 / 40), rel=1e-15)
        assert found.predicted[0] == pytest.approx(11.5, rel=1e-15)

    def test_density_ranks_not_count(self):
        """5 predicted on 1 km come before 6 on 100 km."""
        assert ranked_accuracy([1, 1], [6, 5], [100, 1]).order.tolist() == [1, 0]

    def test_the_best_choice_may_split_a_segment(self):
        """obs 4 on 4 km, 1 on 1 km: the same density; any kilometre is as good as another."""
        found = ranked_accuracy([1, 4], [2, 1], [1, 4])
        assert found.pei.tolist() == [1, 1]

    def test_pei_is_at_most_one_where_lengths_differ(self):
        """Whole units as in ptools would give 2: 1 event on 1 km against the best unit of 4 km."""
        found = ranked_accuracy([1, 8, 0], [9, 1, 0], [1, 4, 5])
        assert found.pei[0] == pytest.approx(0.5)

    def test_ties_share_their_events(self):
        """Two tied units with 4 and 0 events: each is worth 2, whichever comes first."""
        for seen in ([4, 0, 0], [0, 4, 0]):
            assert ranked_accuracy(seen, [1, 1, 0]).captured.tolist() == [2, 4, 4]

    def test_ties_may_come_in_together(self):
        found = ranked_accuracy([4, 0, 1], [1, 1, 0], ties="all")
        assert found.captured.tolist() == [4, 4, 5]
        assert found.share_of_length == pytest.approx([2 / 3, 2 / 3, 1], rel=1e-15)

    def test_sums_that_differ_by_rounding_are_tied(self):
        found = ranked_accuracy([5, 0], [0.1 + 0.2, 0.3])
        assert found.captured.tolist() == [2.5, 5]

    def test_an_even_forecast_finds_what_chance_finds(self):
        found = accuracy_at(BORDER_SEEN, np.ones(135) * BORDER["length_km"], BORDER["length_km"])
        assert found.pai == pytest.approx(np.ones(3), rel=1e-12)  # sums of 135 terms

    @settings(deadline=None)  # imports are slow the first time
    @given(small, st.integers(0, 2**31))
    def test_the_observed_counts_never_decide_a_tie(self, seen, seed):
        """With one prediction for all, any order of the counts gives the same numbers."""
        again = np.random.default_rng(seed).permutation(seen)
        first, second = (ranked_accuracy(x, np.ones(len(seen))).captured for x in (seen, again))
        assert first == pytest.approx(second, rel=1e-12)

    @settings(deadline=None)  # imports are slow the first time
    @given(small, st.integers(0, 2**31))
    def test_renaming_changes_nothing(self, seen, seed):
        random = np.random.default_rng(seed)
        made, length = random.integers(0, 4, len(seen)), random.uniform(1, 9, len(seen))
        order = random.permutation(len(seen))
        whole = accuracy_at(seen, made, length)
        moved = accuracy_at(np.array(seen)[order], made[order], length[order])
        assert whole.captured == pytest.approx(moved.captured, rel=1e-9, abs=1e-12)
        assert whole.best == pytest.approx(moved.best, rel=1e-9, abs=1e-12)

    @settings(deadline=None)  # imports are slow the first time
    @given(small, st.integers(0, 2**31))
    def test_splitting_a_segment_changes_nothing(self, seen, seed):
        """Half the events, half the prediction, half the length, twice."""
        random = np.random.default_rng(seed)
        made, length = random.uniform(0, 4, len(seen)), random.uniform(1, 9, len(seen))
        halves = (np.repeat(np.asarray(x, dtype=float) / 2, 2) for x in (seen, made, length))
        whole, split = accuracy_at(seen, made, length), accuracy_at(*halves)
        assert whole.captured == pytest.approx(split.captured, rel=1e-9, abs=1e-12)

    @settings(deadline=None)  # imports are slow the first time
    @given(small, st.integers(0, 2**31), st.floats(0.01, 1))
    def test_limits(self, seen, seed, share):
        random = np.random.default_rng(seed)
        made, length = random.uniform(0, 4, len(seen)), random.uniform(1, 9, len(seen))
        found = accuracy_at(seen, made, length, share=[share, 1.0])
        assert (found.captured <= found.best + 1e-9).all()
        assert found.captured[1] == pytest.approx(sum(seen), rel=1e-12)
        if sum(seen):
            assert found.pai[1] == pytest.approx(1, rel=1e-12)
            assert (found.pei <= 1 + 1e-9).all()

    def test_no_events_have_a_reason(self):
        found = accuracy_at([0, 0], [1, 2])
        assert np.isnan([found.pai, found.pei, found.rri]).all()
        assert "no events observed" in found.reason

    def test_none_where_it_was_looked_for(self):
        found = accuracy_at([0, 5], [1, 0], share=0.5)
        assert (found.pai[0], found.pei[0], found.rri[0]) == (0, 0, np.inf)
        assert "no events on the length chosen" in found.reason

    @pytest.mark.parametrize(
        ("arrays", "words"),
        [
            (([1, 2], [1]), "shapes"),
            (([], []), "shapes"),
            (([1, -2], [1, 1]), "observed must be 0 or more"),
            (([1, 2], [1, np.nan]), "predicted must be finite"),
            (([1, 2], [1, 1], [1, 0]), "unit 1 has 0"),
            (([1, 2], ["a", "b"]), "predicted must be numbers"),
        ],
    )
    def test_bad_arrays(self, arrays, words):
        with pytest.raises(ParameterError, match=words):
            ranked_accuracy(*arrays)

    @pytest.mark.parametrize("share", [0, -0.1, 1.1, np.nan, [], "all"])
    def test_bad_shares(self, share):
        with pytest.raises(ParameterError, match="Shares of length"):
            accuracy_at([1], [1], share=share)

    def test_bad_ties(self):
        with pytest.raises(ParameterError, match="ties must be one of"):
            ranked_accuracy([1], [1], ties="observed")


@pytest.mark.parametrize(("name", "size"), [("poisson", np.inf), ("negbinom", 0.8)])
class TestScoresOfOthers:
    """surveillance 1.20.3 `scores`, `pit` in R 4.2.2; scoringrules 0.10.0; see make_evaluation.*"""

    def test_on_the_border_by_surveillance(self, name, size):
        expected = R["border"][name]
        assert log_score(BORDER_SEEN, BORDER_MEAN, size) == pytest.approx(
            np.array(expected["logs"]), **CLOSE
        )
        assert crps_counts(BORDER_SEEN, BORDER_MEAN, size) == pytest.approx(
            np.array(expected["rps"]), **CLOSE
        )
        assert dawid_sebastiani_score(BORDER_SEEN, BORDER_MEAN, size) == pytest.approx(
            np.array(expected["dss"]), **CLOSE
        )

    def test_on_hepatitis_a_in_berlin(self, name, size):
        """surveillance::hepatitisA, each week forecast by the mean of those before."""
        mean, expected = np.array(R["hepatitisA"]["mean"]), R["hepatitisA"][name]
        size = np.inf if name == "poisson" else HEPATITIS_SIZE
        for score, word in (
            (log_score, "logs"),
            (crps_counts, "rps"),
            (dawid_sebastiani_score, "dss"),
        ):
            # Its rps sums 1e5 terms at most: eleven digits are left.
            assert score(HEPATITIS, mean, size) == pytest.approx(np.array(expected[word]), **CLOSE)

    def test_pit_by_surveillance(self, name, size):
        other = np.inf if name == "poisson" else HEPATITIS_SIZE
        for seen, mean, wide, table in (
            (BORDER_SEEN, BORDER_MEAN, size, "border"),
            (HEPATITIS, R["hepatitisA"]["mean"], other, "hepatitisA"),
        ):
            found = pit_histogram(seen, mean, wide)
            assert found == pytest.approx(np.array(R[table][f"pit_{name}"]), rel=1e-10, abs=1e-10)

    def test_on_the_border_by_scoringrules(self, name, size):
        found = crps_counts(BORDER_SEEN, BORDER_MEAN, size)
        assert found == pytest.approx(np.array(PYTHON["border"][f"crps_{name}"]), **CLOSE)

    def test_on_a_grid_by_scoringrules(self, name, size):
        grid = PYTHON["grid"]
        sizes = np.inf if name == "poisson" else grid["size"]
        found = crps_counts(grid["observed"], grid["mean"], sizes)
        assert found == pytest.approx(np.array(grid[f"crps_{name}"]), **CLOSE)

    def test_crps_is_its_sum(self, name, size):
        """CRPS = Σ (F(k) - 1{y ≤ k})², added up to where the tail is below 1e-18."""
        mean = 3.7
        d = poisson(mean) if np.isinf(size) else nbinom(size, size / (size + mean))
        k = np.arange(2000)
        for y in (0, 1, 4, 30):
            expected = ((d.cdf(k) - (k >= y)) ** 2).sum()
            assert crps_counts(y, mean, size) == pytest.approx(expected, rel=1e-12)

    def test_pit_is_flat_on_average(self, name, size):
        """Averaged over its own distribution the PIT is uniform, whatever that is."""
        d = poisson(2.3) if np.isinf(size) else nbinom(size, size / (size + 2.3))
        k = np.arange(200)
        heights = np.array([pit_histogram([y], 2.3, size, bins=5) for y in k])
        assert d.pmf(k) @ heights == pytest.approx(np.ones(5), abs=1e-9)

    @settings(deadline=None)  # imports are slow the first time
    @given(st.floats(0.05, 30))
    def test_the_truth_scores_best(self, name, size, other):
        """Proper: expected under the truth, no other mean scores better."""
        d = poisson(2.3) if np.isinf(size) else nbinom(size, size / (size + 2.3))
        k = np.arange(300)
        for score in (log_score, crps_counts, dawid_sebastiani_score):
            own, others = d.pmf(k) @ score(k, 2.3, size), d.pmf(k) @ score(k, other, size)
            assert own <= others + 1e-9


class TestScores:
    def test_brier_by_scoringrules(self):
        """scoringrules 0.10.0 `brier_score`, on the border."""
        chance = probability_of_any(BORDER_MEAN)
        found = brier_score(BORDER_SEEN, chance)
        assert found == pytest.approx(np.array(PYTHON["border"]["brier"]), **CLOSE)

    def test_ensemble_by_scoringrules(self):
        """scoringrules 0.10.0 `crps_ensemble`, estimators "nrg" and "fair"."""
        given_ = PYTHON["ensemble"]
        for fair, name in ((False, "crps"), (True, "crps_fair")):
            found = crps_ensemble(given_["observed"], given_["draws"], fair=fair)
            assert found == pytest.approx(np.array(given_[name]), **CLOSE)

    def test_many_draws_are_the_distribution(self):
        """2e5 draws: the standard error of the score is about 0.002."""
        draws = np.random.default_rng(1).poisson(4.0, 200_000)
        assert crps_ensemble(2.0, draws) == pytest.approx(crps_counts(2, 4.0), abs=0.01)

    def test_a_large_size_is_poisson(self):
        """1e9 differs from Poisson by mean² / size of its variance; 1e6 uses the other formula."""
        for size, close in ((1e9, 1e-8), (1e6, 1e-4), (2e4, 1e-2)):
            assert log_score([0, 3], 2.0, size) == pytest.approx(log_score([0, 3], 2.0), rel=close)
            assert crps_counts([0, 3], 2.0, size) == pytest.approx(
                crps_counts([0, 3], 2.0), rel=close
            )

    @pytest.mark.parametrize("size", [99.0, 101.0, 4999.0, 2e4, 1e6])
    @pytest.mark.parametrize("mean", [0.01, 3.0, 400.0])
    def test_crps_of_a_large_size_is_its_sum(self, mean, size):
        """On both sides of 100, where the formula changes; scipy's cdf is good to ten digits."""
        d, k = nbinom(size, size / (size + mean)), np.arange(3000)
        expected = [((d.cdf(k) - (k >= y)) ** 2).sum() for y in (0, 2, 500)]
        assert crps_counts([0, 2, 500], mean, size) == pytest.approx(expected, rel=1e-8)

    def test_log_score_is_a_probability(self):
        """scipy's probabilities; on both sides of size 1e4, where the formula changes."""
        for size in (0.01, 1.0, 9e3, 1.1e4):
            expected = -nbinom.logpmf([0, 1, 5, 60], size, size / (size + 4.0))
            assert log_score([0, 1, 5, 60], 4.0, size) == pytest.approx(expected, rel=1e-9)

    def test_without_spread_crps_is_the_error(self):
        assert crps_counts([0, 4], 0.0).tolist() == [0, 4]

    def test_what_was_ruled_out_scores_infinitely(self):
        assert log_score([0, 1], 0.0).tolist() == [0, np.inf]
        assert log_score([0, 1], 0.0, 2.0).tolist() == [0, np.inf]

    def test_probability_of_any(self):
        """1 - e^-m, and 1 - (1 + m/s)^-s; tiny means keep their digits."""
        assert probability_of_any(1e-12) == pytest.approx(1e-12, rel=1e-9)
        assert probability_of_any(3.0, 2.0) == pytest.approx(1 - (1 + 1.5) ** -2, rel=1e-14)

    @pytest.mark.parametrize(
        ("call", "words"),
        [
            (lambda: log_score([0.5], 1.0), "whole numbers of events, but one is 0.5"),
            (lambda: crps_counts([-1], 1.0), "observed must be 0 or more"),
            (lambda: crps_counts([1], -1.0), "mean must be 0 or more"),
            (lambda: crps_counts([1], 1.0, 0.0), "size must be above 0"),
            (lambda: crps_counts([1], 1.0, [np.nan]), "size must be above 0"),
            (lambda: crps_counts([1], 1.0, "wide"), "size must be numbers"),
            (lambda: brier_score([1], 1.5), "between 0 and 1, but one value is 1.5"),
            (lambda: crps_ensemble(1.0, []), "at least 1 draws"),
            (lambda: crps_ensemble([1.0], [[2.0]], fair=True), "at least 2 draws"),
            (lambda: dawid_sebastiani_score([1], 0.0), "needs means above 0"),
            (lambda: pit_histogram([1], 1.0, bins=0), "bins must be a whole number"),
            (lambda: reliability([1], [0.5, 0.5]), "2 probabilities and 1 outcomes"),
            (lambda: reliability([1], [0.5], edges=[0, 0.5]), "rise from 0 to 1"),
            (lambda: reliability([1], [0.5], confidence_level=1), "confidence_level must lie"),
        ],
    )
    def test_bad_input(self, call, words):
        with pytest.raises(ParameterError, match=words):
            call()

    def test_no_counts_no_histogram(self):
        assert np.isnan(pit_histogram([], [])).all()


class TestReliability:
    def test_intervals_are_those_of_r(self):
        """R 4.2.2, binom.test(k, n)$conf.int."""
        given_ = R["clopper_pearson"]
        for k, n, lo, hi in zip(*(given_[c] for c in ("k", "n", "lo", "hi")), strict=True):
            found = reliability([1] * k + [0] * (n - k), [0.5] * n, edges=[0, 1])
            # R's qbeta is asked for 15 digits.
            assert (found.lo[0], found.hi[0]) == pytest.approx((lo, hi), rel=1e-9, abs=1e-12)

    def test_edges_belong_to_the_upper_bin(self):
        found = reliability([0] * 5, [0, 0.5, 0.5, 1, 1], edges=[0, 0.5, 1])
        assert found.n.tolist() == [1, 4]

    def test_means(self):
        found = reliability([0, 2, 0], [0.1, 0.3, 0.9], edges=[0, 0.5, 1])
        assert found.predicted == pytest.approx([0.2, 0.9])
        assert found.observed.tolist() == [0.5, 0]

    def test_an_empty_bin_has_no_share(self):
        found = reliability([0], [0.1], edges=[0, 0.5, 1])
        assert found.n[1] == 0
        assert np.isnan([found.predicted[1], found.observed[1], found.lo[1]]).all()
