"""Likelihood ratios, their largest value over runs and zones, in data and in simulations."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo._fast import numba_available
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.scan.engine import (
    _draw_counts,
    path_scan,
    simulate_path,
    zone_scan,
)
from frontier_geo.scan.largest import (
    draw_places,
    find_runs,
    largest_by_count,
    largest_by_length,
    sorted_uniforms,
)
from frontier_geo.scan.ratio import Ratio, bernoulli_llr, gumbel_p, poisson_llr

REFERENCE = Path(__file__).parents[1] / "reference"
ENGINES = ("numpy", "numba") if numba_available() else ("numpy",)

# smerc, tests/testthat of scan.test on its data set nydf with floor(cases), longlat = FALSE,
# ubpop = 0.1; it says that SaTScan gives the same. Tracts are numbered from 1, as there.
SMERC_TRACTS = (
    [
        49,
        48,
        50,
        47,
        1,
        15,
        51,
        2,
        13,
        14,
        3,
        35,
        16,
        52,
        36,
        37,
        12,
        11,
        5,
        17,
        10,
        4,
        6,
        38,
        18,
        9,
    ],
    [89, 88, 87, 84, 90, 86, 92, 85],
    [166, 159, 167],
)
SMERC_LLR = (11.577255, 9.019716, 3.209485)
SMERC_CASES, SMERC_EXPECTED = (85, 38, 11), (49.71, 17.79, 4.61)
SMERC_POPULATION = (95249, 34083, 8839)
BRUTE_FORCE_LLR = 11.577255142587  # of the first, to all digits

# The same data with distances on the globe and half of the population: SaTScan, as smerc's test says.
SATSCAN_SECOND = [88, 87, 92, 86, 89, 91, 93, 85, 90]
SATSCAN_THIRD = [113, 117, 116, 112, 220, 118, 115, 123, 124, 111, 114, 125, 219, 122, 126, 119]


@pytest.fixture(scope="module")
def golden():
    return json.loads((REFERENCE / "scan_r.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def border_counts():
    return pd.read_csv(REFERENCE / "scan_border.csv")


@pytest.fixture(scope="module")
def tracts():
    """281 tracts of New York with leukaemia cases; see README_scan.md."""
    return pd.read_csv(REFERENCE / "scan_ny.csv")


def circles(x, y, population, most):
    """Return all circles about a tract that hold at most a share of the population."""
    zones = set()
    for i in range(len(x)):
        near = np.argsort((x - x[i]) ** 2 + (y - y[i]) ** 2, kind="stable")
        near = near[np.cumsum(population[near]) <= most * population.sum()]
        zones |= {tuple(sorted(near[: k + 1])) for k in range(len(near))}
    return [list(zone) for zone in sorted(zones)]


def members(zone):
    return sorted(tract - 1 for tract in zone)


def brute_force(counts, size, ratio, *, cap, linked=None, alternative="greater"):
    """Look at every run by itself."""
    best = 0.0
    for i in range(len(counts)):
        for j in range(i, len(counts)):
            if j > i and linked is not None and not linked[j - 1]:
                break
            inside = float(size[i : j + 1].sum())
            if inside > cap + 1e-9:
                break
            best = max(best, float(ratio.of(counts[i : j + 1].sum(), inside, alternative)))
    return best


def test_the_published_ratios_of_new_york():
    """The counts and populations that smerc and SaTScan print give the ratios that they print."""
    population = 1_057_673
    for cases, people, expected, llr in zip(
        SMERC_CASES, SMERC_POPULATION, SMERC_EXPECTED, SMERC_LLR, strict=True
    ):
        mine = 552 * people / population
        assert mine == pytest.approx(expected, abs=0.005)  # two decimals are quoted
        # Six decimals are quoted.
        assert float(poisson_llr(cases, mine, 552)) == pytest.approx(llr, abs=5e-7)
    first = float(poisson_llr(85, 552 * 95249 / population, 552))
    assert first == pytest.approx(BRUTE_FORCE_LLR, abs=1e-11)  # rounding of logarithms


def test_new_york_from_its_tracts(tracts):
    """smerc's zones, given to the scan of any zones, are ranked with its figures."""
    zones = [members(zone) for zone in SMERC_TRACTS]
    found = zone_scan(tracts["cases"], tracts["population"], zones, n_sim=99)
    assert found.first.tolist() == [0, 1, 2]
    assert found.observed.tolist() == list(SMERC_CASES)
    assert found.expected == pytest.approx(SMERC_EXPECTED, abs=0.005)
    assert found.llr == pytest.approx(SMERC_LLR, abs=5e-7)
    assert found.llr[0] == pytest.approx(BRUTE_FORCE_LLR, abs=1e-11)
    assert len(SMERC_TRACTS[0]) == 26
    assert tracts["population"].iloc[zones[0]].sum() == 95249


def test_circles_about_centroids_find_what_smerc_and_satscan_found(tracts, golden):
    """
    With circles the same clusters come out, where centroids decide nothing.

    The centroids of spData's polygons are not those of nydf: a circle may take in another tract. The
    second and the seventh of smerc do not depend on that; nor do SaTScan's second and third. All are
    held against R's own search with the same centroids as well.
    """
    people = tracts["population"].to_numpy()
    zones = circles(tracts["lon"].to_numpy(), tracts["lat"].to_numpy(), people, 0.1)
    found = zone_scan(tracts["cases"], people, zones, n_sim=199, max_clusters=7)
    places = [zones[k] for k in found.first]
    assert members(SMERC_TRACTS[1]) in places
    assert members(SMERC_TRACTS[2]) in places
    second = places.index(members(SMERC_TRACTS[1]))
    assert found.llr[second] == pytest.approx(SMERC_LLR[1], abs=5e-7)
    assert found.p_value[second] < 0.05  # SaTScan 0.013
    assert found.p_value[places.index(members(SMERC_TRACTS[2]))] > 0.9  # SaTScan 0.976
    told = golden["circles_degrees"]
    assert places == [np.atleast_1d(one["tracts"]).tolist() for one in told]
    assert found.llr == pytest.approx([one["llr"] for one in told], abs=1e-8)  # glm's convergence

    zones = circles(tracts["x"].to_numpy(), tracts["y"].to_numpy(), people, 0.5)
    found = zone_scan(tracts["cases"], people, zones, n_sim=19, max_clusters=3)
    places = [zones[k] for k in found.first]
    assert places[1:] == [members(SATSCAN_SECOND), members(SATSCAN_THIRD)]
    # SaTScan prints two decimals: 42 against 21.24 and 8.29; 44 against 23.83 and 7.20.
    assert found.observed[1:].tolist() == [42, 44]
    assert found.expected[1:] == pytest.approx([21.24, 23.83], abs=0.005)
    assert found.llr[1:] == pytest.approx([8.29, 7.20], abs=0.005)
    assert found.llr == pytest.approx([one["llr"] for one in golden["circles_metres"]], abs=1e-8)


@pytest.mark.parametrize(
    ("key", "cases", "size", "model"),
    [
        ("poisson_drawn", "drawn", "length_km", "poisson"),
        ("poisson_events", "events", "length_km", "poisson"),
        ("bernoulli", "late", "drawn", "bernoulli"),
    ],
)
def test_stretches_of_the_border_are_those_of_glm(golden, border_counts, key, cases, size, model):
    """R, every run of the 135 segments: half the drop in deviance when it gets a rate of its own."""
    told = golden[key]
    most = len(np.atleast_1d(told["llr"]))
    found = path_scan(
        border_counts[cases], border_counts[size], model=model, n_sim=19, max_clusters=most
    )
    # glm stops when the deviance changes by 1e-14 of itself.
    assert found.llr == pytest.approx(np.atleast_1d(told["llr"]), abs=1e-8)
    assert found.observed == pytest.approx(np.atleast_1d(told["observed"]))
    counts = border_counts[cases].to_numpy()
    for i, (a, b) in enumerate(zip(found.first, found.last, strict=True)):
        theirs = slice(np.atleast_1d(told["first"])[i], np.atleast_1d(told["last"])[i] + 1)
        # Runs that differ by segments without size are the same to glm.
        assert counts[a : b + 1].sum() == counts[theirs].sum()


def test_all_ratios_of_the_border_together(golden, border_counts):
    """Not the best alone: the sum over all runs with more than expected is R's."""
    size = border_counts["length_km"].to_numpy()
    drawn = border_counts["drawn"].to_numpy()
    runs = find_runs(size, cap=size.sum() / 2)
    ratio = Ratio(float(drawn.sum()), float(drawn.sum()))
    upto = np.concatenate(([0], np.cumsum(drawn)))
    scale = ratio.total / size.sum()
    total = sum(
        ratio.of(upto[a + k + 1] - upto[a], s * scale, "greater").sum()
        for k, (a, s) in enumerate(zip(runs.starts, runs.sizes, strict=True))
    )
    # 6,834 fits of glm, each good to 1e-8.
    assert total == pytest.approx(golden["poisson_drawn"]["sum_of_all"], abs=1e-4)


def test_simulated_maxima_are_distributed_as_in_r(golden, border_counts):
    """Quantiles of the largest ratio under one rate, against R's own draws and search."""
    told = golden["maxima"]
    found = path_scan(border_counts["drawn"], border_counts["length_km"], n_sim=9999, seed=5)
    mine = found.simulated
    # Three standard errors of the difference of two means.
    error = told["sd"] * math.sqrt(1 / told["nsim"] + 1 / mine.size)
    assert mine.mean() == pytest.approx(told["mean"], abs=3 * error)
    for p, theirs in zip(told["probabilities"], told["quantiles"], strict=True):
        share = (mine <= theirs).mean()
        spread = math.sqrt(p * (1 - p) * (1 / told["nsim"] + 1 / mine.size))
        assert share == pytest.approx(p, abs=3.5 * spread)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_fast_search_finds_what_looking_at_every_run_finds(data):
    """Any sizes, gaps, caps, alternatives and models: the largest ratio is exact."""
    n = data.draw(st.integers(1, 14))
    seed = data.draw(st.integers(0, 2**32 - 1))
    model = data.draw(st.sampled_from(["poisson", "bernoulli"]))
    alternative = data.draw(st.sampled_from(["greater", "less", "two-sided"]))
    cap_share = data.draw(st.sampled_from([0.2, 0.5, 1.0]))
    rng = np.random.default_rng(seed)
    total = int(rng.integers(1, 60))
    if model == "bernoulli":
        size = rng.integers(1, 12, n).astype(float)
        total = min(total, int(size.sum()) - 1)
        if total < 1:
            return
        ratio = Ratio(total, size.sum(), model)
    else:
        size = rng.gamma(0.7, 1, n)
        size *= total / size.sum()
        ratio = Ratio(total, total)
    linked = rng.random(n - 1) > 0.15 if data.draw(st.booleans()) else None
    cap = cap_share * ratio.whole
    counts = _draw_counts(rng, 6, size, ratio)
    assert (counts.sum(axis=1) == total).all()
    wanted = [
        brute_force(row, size, ratio, cap=cap, linked=linked, alternative=alternative)
        for row in counts
    ]
    upto = np.concatenate((np.zeros((6, 1), int), counts.cumsum(axis=1)), axis=1)
    runs = find_runs(size, cap=cap, linked=linked)
    for engine in ENGINES:
        by_length = largest_by_length(upto, runs, ratio, alternative=alternative, engine=engine)
        assert by_length == pytest.approx(wanted, abs=1e-9)
    if alternative == "greater":
        place = np.repeat(np.tile(np.arange(n), 6), counts.ravel()).reshape(6, -1)
        jump = np.zeros(n) if linked is None else 2 * ratio.whole * np.r_[0, np.cumsum(~linked)]
        before = np.r_[0, np.cumsum(size)]
        low, high = before[:-1] + jump, before[1:] + jump
        for engine in ENGINES:
            by_count = largest_by_count(
                low[place], high[place], ratio, cap=runs.within, engine=engine
            )
            assert by_count == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("total", [300, 900])
def test_both_searches_agree_where_many_events_leave_much_out(total, engine):
    """With hundreds of events the nearer bound is in use; both ways still find the same."""
    rng = np.random.default_rng(total)
    size = rng.gamma(3, 1, 120)
    size *= total / size.sum()
    ratio = Ratio(total, total)
    place = draw_places(rng, 60, total, size)
    counts = np.array([np.bincount(row, minlength=120) for row in place])
    before = np.r_[0, np.cumsum(size)]
    by_count = largest_by_count(
        before[:-1][place], before[1:][place], ratio, cap=total / 2, engine=engine
    )
    upto = np.concatenate((np.zeros((60, 1), int), counts.cumsum(axis=1)), axis=1)
    runs = find_runs(size, cap=total / 2)
    by_length = largest_by_length(upto, runs, ratio, alternative="greater", engine=engine)
    assert by_count == pytest.approx(by_length, abs=1e-9)
    some = [brute_force(row, size, ratio, cap=total / 2) for row in counts[:3]]
    assert by_count[:3] == pytest.approx(some, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_bounds_leave_out_nothing(data):
    """No count up to the bound beats the best ratio, at that size or a larger one."""
    total = data.draw(st.integers(2, 800))
    share = data.draw(st.floats(0.001, 0.9))
    best = data.draw(st.floats(0, 30))
    ratio = Ratio(total, total)
    size = np.array([share * total])
    limit = math.floor(ratio.count_to_beat(size, np.array([best]))[0])
    counts = np.arange(0, min(limit, total) + 1)
    for larger in (1.0, 1.07, 1.5):
        at = min(share * larger, 1.0) * total
        assert (ratio.of(counts, at, "greater") <= best + 1e-8).all()


def test_a_ratio_is_what_two_binomials_make_of_it():
    """Poisson: n KL(c/n, E/n) for fixed n; Bernoulli with all cases in one half: 10 ln 2."""
    from scipy.stats import binom

    c, n, e = 7, 20, 3.0
    by_hand = binom.logpmf(c, n, c / n) - binom.logpmf(c, n, e / n)
    assert float(poisson_llr(c, e, n)) == pytest.approx(by_hand, rel=1e-12)
    assert float(bernoulli_llr(5, 5, 5, 10)) == pytest.approx(10 * math.log(2), rel=1e-12)


def test_one_side_or_both():
    """Fewer than expected counts only where it is asked for."""
    for alternative, wanted in [("greater", [1, 0]), ("less", [0, 1]), ("two-sided", [1, 1])]:
        poisson = poisson_llr([8, 1], [4, 4], 20, alternative=alternative) > 0
        bernoulli = bernoulli_llr([8, 1], [10, 10], 20, 50, alternative=alternative) > 0
        assert poisson.astype(int).tolist() == bernoulli.astype(int).tolist() == wanted


def test_edges_of_the_ratio():
    """All events inside, none inside, none expected."""
    assert float(poisson_llr(5, 2.5, 5)) == pytest.approx(5 * math.log(2))
    assert float(poisson_llr(0, 2.5, 5, alternative="less")) == pytest.approx(5 * math.log(2))
    assert float(poisson_llr(0, 0, 5, alternative="two-sided")) == 0
    assert float(poisson_llr(2, 0, 5)) == math.inf
    assert float(poisson_llr(5, 5, 5, alternative="two-sided")) == 0


def test_reversing_the_line_reverses_what_is_found():
    """No direction is preferred."""
    cases = np.array([0, 1, 7, 6, 0, 1, 0, 2, 1, 0])
    size = np.array([1, 2, 1, 1, 3, 1, 1, 1, 2, 1.0])
    there, back = path_scan(cases, size), path_scan(cases[::-1], size[::-1])
    assert back.llr[0] == pytest.approx(there.llr[0], rel=1e-12)
    assert (int(there.first[0]), int(there.last[0])) == (2, 3)
    assert (int(back.first[0]), int(back.last[0])) == (6, 7)
    # The draws differ, the distribution does not: 3 standard errors of 999 draws at p near 0.002.
    assert back.p_value[0] == pytest.approx(there.p_value[0], abs=0.006)


def test_scaling_exposure_changes_nothing():
    """Only shares of the exposure enter, and a segment split in two leaves the ratio as it is."""
    cases, size = [1, 5, 0, 1, 1, 0], [1, 1, 2, 1, 1, 3]
    one = path_scan(cases, size, n_sim=99)
    ten = path_scan(cases, np.array(size) * 10.0, n_sim=99)
    assert ten.llr == pytest.approx(one.llr, rel=1e-12)
    assert ten.simulated == pytest.approx(one.simulated, rel=1e-12)
    split = path_scan([1, 5, 0, 0, 1, 1, 0], [1, 1, 1, 1, 1, 1, 3], n_sim=99)
    assert split.llr[0] == pytest.approx(one.llr[0], rel=1e-12)


def test_the_same_seed_gives_the_same_numbers_in_blocks_of_any_size(monkeypatch):
    """Memory is bounded by working in blocks; they change no number."""
    from frontier_geo.scan import engine as scan_engine

    cases = np.random.default_rng(0).poisson(2, 40)
    whole = path_scan(cases, np.ones(40), n_sim=199, seed=7)
    monkeypatch.setattr(scan_engine, "AT_ONCE", 500)
    blocks = path_scan(cases, np.ones(40), n_sim=199, seed=7)
    assert blocks.simulated.tolist() == whole.simulated.tolist()
    other = path_scan(cases, np.ones(40), n_sim=199, seed=8)
    assert other.simulated.tolist() != whole.simulated.tolist()


@pytest.mark.parametrize("alternative", ["greater", "two-sided"])
def test_simulated_runs_stop_at_gaps_too(alternative):
    """The same draws, looked at run by run: a gap parts the simulated lines as it does the data."""
    rng = np.random.default_rng(6)
    linked = rng.random(29) > 0.3
    cases = rng.poisson(1.5, 30)
    found = path_scan(cases, np.ones(30), linked=linked, n_sim=20, seed=9, alternative=alternative)
    total = float(cases.sum())
    size, ratio = np.full(30, total / 30), Ratio(total, total)
    tables = _draw_counts(np.random.default_rng(9), 20, size, ratio)
    wanted = [
        brute_force(row, size, ratio, cap=total / 2, linked=linked, alternative=alternative)
        for row in tables
    ]
    assert found.simulated == pytest.approx(wanted, abs=1e-9)
    whole = path_scan(cases, np.ones(30), n_sim=20, seed=9, alternative=alternative)
    assert (whole.simulated > found.simulated + 1e-6).any()


def test_a_run_stops_at_a_gap():
    """The same counts with a gap in the middle are two clusters."""
    cases, size = [0, 0, 6, 6, 0, 0, 0, 0], np.ones(8)
    linked = np.ones(7, bool)
    assert path_scan(cases, size, n_sim=19).observed[0] == 12
    linked[2] = False
    parted = path_scan(cases, size, linked=linked, n_sim=19)
    assert parted.observed[:2].tolist() == [6, 6]


def test_runs_hold_at_most_the_largest_share():
    """The cap is kept, and a run that just fills it is let in."""
    runs = find_runs(np.ones(10), cap=5.0)
    assert len(runs.starts) == 5
    assert runs.n_runs == 10 + 9 + 8 + 7 + 6
    found = path_scan([3] * 5 + [0] * 5, np.full(10, 0.1), n_sim=19)
    assert (int(found.first[0]), int(found.last[0])) == (0, 4)
    assert max(found.simulated) <= 15 * math.log(2) + 1e-9


def test_places_are_drawn_in_proportion():
    """Shares of draws are the weights; cells without weight get none."""
    weight = np.array([0.0, 1, 3, 0, 4, 2, 0])
    place = draw_places(np.random.default_rng(0), 2000, 50, weight)
    assert (np.diff(place, axis=1) >= 0).all()
    share = np.bincount(place.ravel(), minlength=7) / place.size
    # 100,000 draws: 4 standard errors of a share are below 0.0065.
    assert share == pytest.approx(weight / 10, abs=0.0065)
    assert share[[0, 3, 6]].tolist() == [0, 0, 0]
    uniform = sorted_uniforms(np.random.default_rng(1), 4000, 3)
    # Order statistics of 3 uniforms have the means 1/4, 1/2, 3/4; standard error 0.0032.
    assert uniform.mean(axis=0) == pytest.approx([0.25, 0.5, 0.75], abs=0.013)


def test_counts_of_simulations_are_multinomial_and_hypergeometric():
    """Mean and variance of one segment's simulated counts, in each of the three ways of drawing."""
    rng = np.random.default_rng(2)
    size = np.array([1.0, 2, 3, 4])
    for total in (12, 400):  # event by event; table by table
        counts = _draw_counts(rng, 20_000, size * total / 10, Ratio(total, total))
        assert counts.mean(axis=0) == pytest.approx(size * total / 10, rel=0.02)
        q = 0.4
        assert counts[:, 3].var() == pytest.approx(total * q * (1 - q), rel=0.05)
    people = np.array([10.0, 20, 30, 40])
    counts = _draw_counts(rng, 20_000, people, Ratio(25, 100, "bernoulli"))
    assert counts.mean(axis=0) == pytest.approx(people / 4, rel=0.02)
    assert counts[:, 3].var() == pytest.approx(25 * 0.4 * 0.6 * 75 / 99, rel=0.05)


def test_gumbel_p_follows_the_simulations():
    """Within the simulations it is near the Monte Carlo p, beyond them it goes on falling."""
    cases = np.zeros(60, int)
    cases[::3] = 2
    cases[20:23] = [7, 6, 5]
    found = path_scan(cases, np.ones(60), n_sim=4999, seed=1)
    assert found.p_value[0] == pytest.approx(1 / 5000)
    assert 0 < found.p_gumbel[0] < 1 / 5000
    level = np.quantile(found.simulated, 0.95)
    # An approximation, measured here: 0.038 where the simulations say 0.05 (60 segments, 58 events).
    assert float(gumbel_p(level, found.simulated)) == pytest.approx(0.05, rel=0.3)
    drawn = np.random.default_rng(0).gumbel(5.0, 1.3, 20_000)
    level = 5.0 - 1.3 * math.log(-math.log(1 - 0.01))
    # Of a true Gumbel distribution it is right: moments of 20,000 draws, 4 standard errors.
    assert float(gumbel_p(level, drawn)) == pytest.approx(0.01, rel=0.08)
    assert np.isnan(gumbel_p([3.0], np.ones(5))).all()


def test_no_simulations_are_allowed():
    """Then fractions may be ranked, and p-values are NaN."""
    found = path_scan([0.5, 4.5, 0.2, 0.1], np.ones(4), n_sim=0)
    assert found.observed[0] == 4.5
    assert np.isnan(found.p_value).all() and np.isnan(found.p_gumbel).all()
    assert found.simulated.size == 0


def test_zones_and_runs_are_one_method():
    """All runs written as a list of zones give the same, for both models and either side."""
    rng = np.random.default_rng(3)
    people = rng.integers(3, 9, 9)
    cases = rng.binomial(people, 0.3)
    zones = [list(range(i, j + 1)) for i in range(9) for j in range(i, 9)]
    zones = [zone for zone in zones if people[zone].sum() <= people.sum() / 2]
    for model in ("poisson", "bernoulli"):
        for alternative in ("greater", "two-sided"):
            kind = {"model": model, "alternative": alternative, "n_sim": 99}
            as_runs = path_scan(cases, people, **kind)
            as_zones = zone_scan(cases, people, zones, **kind)
            assert as_runs.n_zones == as_zones.n_zones == len(zones)
            assert as_zones.llr[0] == pytest.approx(as_runs.llr[0], rel=1e-12)
            # The draws of runs and of zones are not the same: medians of 99 maxima.
            assert np.median(as_zones.simulated) == pytest.approx(
                np.median(as_runs.simulated), abs=0.6
            )


def test_simulations_of_zones_are_the_same_tables():
    """With equal draws the maxima over zones are the maxima over runs."""
    size, total = np.ones(12), 30.0
    ratio = Ratio(total, total)
    runs = find_runs(size * total / 12, cap=total / 2)
    mine = simulate_path(
        np.random.default_rng(0), size * total / 12, runs, ratio, cap=total / 2, linked=None,
        n_sim=50, alternative="greater",
    )  # fmt: skip
    zones = [list(range(a, a + k + 1)) for k, start in enumerate(runs.starts) for a in start]
    cases = np.r_[30, np.zeros(11)]
    assert zone_scan(cases, size, zones, n_sim=50).simulated == pytest.approx(mine, abs=1e-9)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: path_scan([0, 0], [1, 1]),
            StatisticsError,
            "needs events, but there is none in 2",
        ),
        (
            lambda: path_scan([1, 2], [0, 1]),
            StatisticsError,
            "segment 0 has 1 events and an exposure",
        ),
        (lambda: path_scan([1.5, 2], [1, 1]), StatisticsError, "segment 0 has 1.5 of them"),
        (lambda: path_scan([-1, 2], [1, 1]), ParameterError, "0 or more, but row 0 has -1"),
        (lambda: path_scan([1, np.nan], [1, 1]), ParameterError, "row 1 has nan"),
        (lambda: path_scan([1, 2], [1, np.inf]), ParameterError, "expected must be finite"),
        (lambda: path_scan([1, 2], [1, 1, 1]), ParameterError, "shapes \\(2,\\) and \\(3,\\)"),
        (lambda: path_scan([], []), ParameterError, "shapes \\(0,\\)"),
        (lambda: path_scan(["a"], [1]), ParameterError, "cases must be numbers"),
        (
            lambda: path_scan([1, 2], [1, 1], max_fraction=0),
            ParameterError,
            "max_fraction must lie",
        ),
        (
            lambda: path_scan([1, 2], [1, 1], max_fraction=1.1),
            ParameterError,
            "max_fraction must lie",
        ),
        (lambda: path_scan([1, 2], [1, 1], linked=[True] * 2), ParameterError, "2 segments have 1"),
        (lambda: path_scan([1, 2], [1, 1], alternative="more"), ParameterError, "alternative must"),
        (lambda: path_scan([1, 2], [1, 1], model="normal"), ParameterError, "model must be one of"),
        (lambda: path_scan([1, 2], [1, 1], n_sim=-5), ParameterError, "n_sim must be a whole"),
        (lambda: path_scan([1, 2], [1, 1], seed=-1), ParameterError, "seed must be a whole"),
        (
            lambda: path_scan([3, 2], [2, 5], model="bernoulli"),
            ParameterError,
            "segment 0 has 3 cases among 2",
        ),
        (
            lambda: path_scan([2, 5], [2, 5], model="bernoulli"),
            StatisticsError,
            "Everything counted is a case",
        ),
        (lambda: zone_scan([1, 2], [1, 1], []), ParameterError, "list of zones is empty"),
        (lambda: zone_scan([1, 2], [1, 1], [[0, 2]]), ParameterError, "from 0 to 1, but go from 0"),
    ],
)
def test_what_cannot_be_scanned_is_refused(call, error, words):
    """Each with a message that says what is needed and what was given."""
    with pytest.raises(error, match=words):
        call()


def test_too_many_runs_are_refused():
    """Before the memory is gone."""
    with pytest.raises(ParameterError, match="more than 50,000,000 runs"):
        find_runs(np.ones(20_000), cap=20_000.0)


def test_a_share_too_small_for_any_run_finds_nothing():
    """One segment that is more than the largest share is no stretch."""
    found = path_scan([4], [1.0], n_sim=19)
    assert found.llr.size == 0
    assert found.n_zones == 0
    assert found.simulated.tolist() == [0.0] * 19


def test_one_event_is_no_cluster():
    """Wherever it lies, every simulation has one as unusual."""
    found = path_scan([0, 1, 0, 0], np.ones(4), n_sim=99)
    assert found.p_value.tolist() == [1.0]
