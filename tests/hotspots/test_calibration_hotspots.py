"""
How often hot spots are found where there are none: on the real border, with one rate all along it.

Fixed seeds, 1,000 patterns each. The standard error of a share of 5 % is then 0.69 percentage points;
within 1.96 of them it must lie between 3.65 and 6.35 %.
"""

from __future__ import annotations

import numpy as np
import pytest

from frontier_geo.hotspots.gi_star import find_hotspots
from frontier_geo.hotspots.neighbours import segment_neighbours
from frontier_geo.hotspots.permutation_null import westfall_young
from frontier_geo.hotspots.poisson_null import poisson_minima, poisson_tails
from frontier_geo.significance import adjust_p

PATTERNS = 1_000
ALPHA = 0.05
ERROR = 1.96 * np.sqrt(ALPHA * (1 - ALPHA) / PATTERNS)


def patterns(segments, n_events: int, seed: int) -> np.ndarray:
    """Events of a homogeneous Poisson process, given their number: dealt out by length."""
    length = segments["length_km"].to_numpy()
    return np.random.default_rng(seed).multinomial(n_events, length / length.sum(), size=PATTERNS)


@pytest.mark.slow
def test_gi_star_with_fdr_declares_one_border_in_twenty(segments):
    """100 events on 135 segments, the last one short; `find_hotspots` as it comes."""
    table = segments[["segment_id", "from_km", "to_km", "length_km"]].copy()
    found = 0
    for counts in patterns(segments, 100, seed=1):
        table["events"] = counts
        found += bool((find_hotspots(table)["hotspot"] != "none").any())
    assert abs(found / PATTERNS - ALPHA) <= ERROR, found


@pytest.mark.slow
@pytest.mark.parametrize("n_events", [30, 300])
def test_few_and_many_events(segments, n_events):
    """
    Westfall-Young lies within the error of 5 %; FDR and Holm are at most that.

    FDR knows the p-values alone: what is left of their ties with few events, and neighbourhoods that
    overlap, make it a little careful. Westfall-Young simulates both; its 9,999 tables add an error of
    0.22 percentage points.
    """
    length, near = segments["length_km"].to_numpy(), segment_neighbours(segments)
    minima = poisson_minima(n_events, length, near, n_sim=9_999, seed=2)
    found = dict.fromkeys(("fdr_bh", "holm", "westfall_young"), 0)
    for counts in patterns(segments, n_events, seed=3):
        p = poisson_tails(counts, length, near).p()
        found["fdr_bh"] += bool((adjust_p(p, "fdr_bh") <= ALPHA).any())
        found["holm"] += bool(p.min() * p.size <= ALPHA)  # the first step of Holm's method
        found["westfall_young"] += bool((westfall_young(p, minima) <= ALPHA).any())
    share = {method: n / PATTERNS for method, n in found.items()}
    assert abs(share["westfall_young"] - ALPHA) <= 1.05 * ERROR, share
    assert share["holm"] <= share["fdr_bh"] <= ALPHA + ERROR, share


@pytest.mark.slow
def test_shuffled_values_are_hot_as_seldom(segments):
    """Under the permutation null the joint test of shuffled values lies within the error of 5 %."""
    table = segments[["segment_id", "from_km", "to_km", "length_km"]].copy()
    random = np.random.default_rng(4)
    values = random.gamma(0.5, 2.0, len(table))  # one value of its own for each, and skewed
    found = 0
    for _ in range(200):
        table["events"] = random.permutation(values)
        result = find_hotspots(table, null="permutation", p_adj_method="westfall_young", n_sim=399)
        found += bool((result["hotspot"] != "none").any())
    # 200 patterns: standard error 1.5 percentage points.
    assert abs(found / 200 - ALPHA) <= 1.96 * np.sqrt(ALPHA * (1 - ALPHA) / 200), found


@pytest.mark.slow
def test_a_planted_stretch_is_found(segments):
    """A rate three times as high over 40 km, 100 events: how often any of it is called hot."""
    length = segments["length_km"].to_numpy()
    rate = np.where((np.arange(135) >= 60) & (np.arange(135) < 64), 3.0, 1.0) * length
    table = segments[["segment_id", "from_km", "to_km", "length_km"]].copy()
    random = np.random.default_rng(5)
    found = 0
    for _ in range(200):
        table["events"] = random.multinomial(100, rate / rate.sum())
        hot = find_hotspots(table)["hotspot"].to_numpy() == "hot"
        found += bool(hot[59:65].any())
    # 9 events instead of 3: most such patterns are beyond any test of 135 segments. More than chance.
    assert found / 200 >= 0.2, found
