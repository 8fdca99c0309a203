"""Rules for the bandwidth, against spatstat, R and sums done by hand."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from frontier_geo.density import bandwidth
from frontier_geo.density.bandwidth import (
    adaptive_bandwidths,
    best_candidate,
    choose_bandwidth,
    cross_validated_bandwidth,
    diggle_bandwidth,
    search_range,
    silverman_bandwidth,
)
from frontier_geo.density.kernels import kernel_matrix
from frontier_geo.errors import CoordinateError, ParameterError, StatisticsError

REFERENCE = Path(__file__).parents[1] / "reference"
GOLDEN = json.loads((REFERENCE / "density_spatstat.json").read_text(encoding="utf-8"))
EVENTS = pd.read_csv(REFERENCE / "density_events.csv")["chainage_km"].to_numpy()
LENGTH = GOLDEN["border"]["length"]
PATH = np.array([[0, 0], [3, 4], [5, 0], [9, 0], [10, 2]], dtype=float)
PATH_POINTS = np.array([[1, 4 / 3], [4, 2], [5.5, 0], [7, 0], [8.8, 0]])
PATH_CHAINAGE = np.array(GOLDEN["path"]["chainage"])
PATH_LENGTH = GOLDEN["path"]["length"]


def by_hand(s, h, kernel, length):
    others = kernel_matrix(s, s, bandwidth=h, kernel=kernel, length=length)
    return others.sum(axis=1) - np.diag(others), others


def test_the_published_bandwidth_of_the_path_example():
    """
    ``bw.lppl`` of spatstat.linnet 3.0-6 on the example path gives 3.30749.

    Its default measures distances across the plane (Rakshit et al. 2019), and divides by the mass of
    the plane's kernel on the path. That mass it takes from an image of the window, 12 by 6, with a
    kernel that is cut at as much to each side and scaled to 1: wide kernels count too much. (Without
    the cut, as with ``shortcut = FALSE`` there, the score still rises at sigma = 6.4.) The kernel is
    written out here; the choice from the same 16 candidates is ours.
    """

    def score(h):
        def kernel(distance):
            return np.exp(-0.5 * (distance / h) ** 2) / (2 * np.pi * h * h)

        def mass(point):
            return sum(
                np.linalg.norm(b - a)
                * quad(lambda t, a=a, b=b: kernel(np.linalg.norm(a + t * (b - a) - point)), 0, 1)[0]
                for a, b in itertools.pairwise(PATH)
            )

        total = 0.0
        for i, point in enumerate(PATH_POINTS):
            rest = np.delete(PATH_POINTS, i, axis=0)
            seen = kernel(np.linalg.norm(rest - point, axis=1)).sum()
            kept = (1 - 2 * norm.sf(12 / h)) * (1 - 2 * norm.sf(6 / h))
            total += math.log(seen / mass(point) * kept)
        return total

    golden = GOLDEN["path"]["bw_lppl_euclidean"]
    found = best_candidate(score, golden["sigma"])
    assert found.bandwidth == pytest.approx(3.30749, abs=5e-6)  # as printed
    assert found.at_limit is None
    # Pixels are 0.09 by 0.05: the narrowest kernel, 0.13, is hardly wider.
    assert found.scores[1:] == pytest.approx(golden["cv"][1:], rel=2e-3)


def test_cross_validation_is_the_sum_of_logs_without_the_event_itself():
    """
    Along the path, by hand. spatstat's ``distance = "path"`` is not held against here.

    Its intensities agree (test_density), but what it leaves out of them is not the event's own kernel:
    at the fifth point, sigma = 6.4, it takes 0.0637 = 1 / length away where the kernel and its images
    are 0.109.
    """
    candidates = [1.0, 2.0, 3.0, 6.4]
    found = cross_validated_bandwidth(PATH_CHAINAGE, length=PATH_LENGTH, candidates=candidates)
    for h, score in zip(candidates, found.scores, strict=True):
        rest, _ = by_hand(PATH_CHAINAGE, h, "gaussian", PATH_LENGTH)
        assert score == pytest.approx(np.log(rest).sum() - 5, rel=1e-9)  # kernels are cut at 9 sd
    assert found.bandwidth == 6.4
    assert found.at_limit == "high"


@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov", "triangular"])
def test_diggle_is_twice_the_others_less_the_squared_curve(kernel):
    found = diggle_bandwidth(EVENTS, length=LENGTH, kernel=kernel, candidates=[10.0, 40.0])
    at = (np.arange(40_000) + 0.5) * LENGTH / 40_000
    for h, score in zip([10.0, 40.0], found.scores, strict=True):
        curve = kernel_matrix(at, EVENTS, bandwidth=h, kernel=kernel, length=LENGTH).sum(axis=1)
        squared = (curve**2).sum() * LENGTH / 40_000
        rest, _ = by_hand(EVENTS, h, kernel, LENGTH)
        # Both integrals are sums over cells of h/40 and h/300: their kinks differ by 1e-5.
        assert score == pytest.approx(2 * rest.sum() - squared, rel=1e-4)


def test_the_best_lies_between_its_neighbours():
    for rule in (cross_validated_bandwidth, diggle_bandwidth):
        found = rule(EVENTS, length=LENGTH)
        best = int(found.scores.argmax())
        assert found.candidates[best - 1] < found.bandwidth < found.candidates[best + 1]
        around = rule(EVENTS, length=LENGTH, candidates=found.bandwidth * np.array([0.98, 1, 1.02]))
        assert around.scores.argmax() == 1
        assert found.at_limit is None


def test_the_range_searched_is_the_stated_one():
    low, high = search_range(np.array([0.0, 4.0, 10.0]), 1000.0)
    assert (low, high) == (2.0, 500.0)
    assert search_range(np.array([0.0, 0.1, 10.0]), 1000.0) == (1.0, 500.0)


def test_silverman_is_that_of_r():
    """bw.nrd0 of R 4.2.2 (make_density.R)."""
    expected = GOLDEN["border"]["bw_nrd0"]
    assert silverman_bandwidth(EVENTS, length=LENGTH) == pytest.approx(expected, rel=1e-10)


def test_silverman_without_a_middle_half():
    s = [5.0] * 9 + [6.0]
    expected = 0.9 * np.std(s, ddof=1) * 10**-0.2
    assert silverman_bandwidth(s, length=10) == pytest.approx(expected)


def test_many_events_are_summed_by_bins_to_the_same_bandwidth(monkeypatch):
    random = np.random.default_rng(3)
    s = np.clip(np.concatenate([random.normal(300, 15, 200), random.random(60) * 1000]), 0, 1000)
    tried = np.geomspace(3, 60, 8)
    exact = cross_validated_bandwidth(s, length=1000, candidates=tried)
    monkeypatch.setattr(bandwidth, "MOST_PAIRS", 0.0)
    binned = cross_validated_bandwidth(s, length=1000, candidates=tried)
    assert binned.bandwidth == exact.bandwidth
    # Bins keep 1e-6 of the highest intensity; events with less than 1e-4 of it are summed directly,
    # so that no intensity errs by more than 1 %, most by far less.
    some = np.isfinite(exact.scores)
    assert some.sum() >= 6
    assert binned.scores[some] == pytest.approx(exact.scores[some], abs=0.02)


def test_a_lonely_event_is_summed_directly(monkeypatch):
    s = np.append(np.linspace(40, 60, 400), 90.0)  # 7.5 bandwidths from the next
    exact = cross_validated_bandwidth(s, length=100, candidates=[4.0])
    monkeypatch.setattr(bandwidth, "MOST_PAIRS", 0.0)
    binned = cross_validated_bandwidth(s, length=100, candidates=[4.0])
    assert binned.scores == pytest.approx(exact.scores, abs=1e-3)


def test_scaling_the_line_scales_the_bandwidth():
    for rule in ("cv", "silverman", "diggle"):
        km = choose_bandwidth(EVENTS, rule, length=LENGTH)
        metres = choose_bandwidth(EVENTS * 1000, rule, length=LENGTH * 1000)
        assert metres == pytest.approx(km * 1000, rel=1e-4)
        back = choose_bandwidth(LENGTH - EVENTS, rule, length=LENGTH)
        assert back == pytest.approx(km, rel=1e-4)


def test_adaptive_bandwidths_are_wide_where_events_are_few():
    h = adaptive_bandwidths(EVENTS, length=LENGTH, bandwidth=30)
    first = kernel_matrix(EVENTS, EVENTS, bandwidth=30, length=LENGTH).sum(axis=1)
    relative = first / np.exp(np.log(first).mean())
    assert h == pytest.approx(30 / np.sqrt(relative), rel=1e-10)
    assert np.exp(np.log(h).mean()) == pytest.approx(30)
    assert adaptive_bandwidths([], length=10, bandwidth=1).size == 0
    assert adaptive_bandwidths([1.0], length=10, bandwidth=1).tolist() == pytest.approx([1.0])


@pytest.mark.parametrize("rule", ["cv", "silverman", "diggle"])
def test_too_few_events_are_told(rule):
    for s in ([], [3.0]):
        with pytest.raises(StatisticsError, match="needs 2 events or more .* Give the bandwidth"):
            choose_bandwidth(s, rule, length=10)
    with pytest.raises(StatisticsError, match="two places or more, but all 4 lie at 3"):
        choose_bandwidth([3.0] * 4, rule, length=10)


def test_bad_arguments_are_told():
    with pytest.raises(ParameterError, match="bandwidth must be one of cv, silverman, diggle"):
        choose_bandwidth([1, 2], "scott", length=10)
    with pytest.raises(ParameterError, match="bandwidth must be above 0"):
        choose_bandwidth([1, 2], -1.0, length=10)
    with pytest.raises(CoordinateError, match="between 0 and 10, but event 1 has the chainage 11"):
        choose_bandwidth([1, 11], "cv", length=10)
    with pytest.raises(CoordinateError, match="event 0 has the chainage nan"):
        choose_bandwidth([np.nan, 1], "cv", length=10)
    with pytest.raises(CoordinateError, match="list of numbers"):
        choose_bandwidth([[1, 2]], "cv", length=10)
    with pytest.raises(CoordinateError, match="chainage must be numbers"):
        choose_bandwidth(["a"], "cv", length=10)
    with pytest.raises(ParameterError, match="candidates must rise"):
        cross_validated_bandwidth([1, 2], length=10, candidates=[2, 1])
    with pytest.raises(ParameterError, match="bandwidths above 0"):
        cross_validated_bandwidth([1, 2], length=10, candidates=[0, 1])
    with pytest.raises(StatisticsError, match="No bandwidth from 0.001 to 0.002"):
        cross_validated_bandwidth([1, 9], length=10, kernel="uniform", candidates=[0.001, 0.002])
