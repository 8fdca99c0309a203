"""The log ratio of two densities, and random relabelling."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from frontier_geo import locate_events
from frontier_geo.density import two_patterns
from frontier_geo.density.kernels import kernel_matrix
from frontier_geo.density.two_patterns import log_relative_risk, relative_risk
from frontier_geo.errors import CoordinateError, ParameterError, StatisticsError
from frontier_geo.significance import adjust_p

REFERENCE = Path(__file__).parents[1] / "reference"
GOLDEN = json.loads((REFERENCE / "density_spatstat.json").read_text(encoding="utf-8"))["border"]
EVENTS = pd.read_csv(REFERENCE / "density_events.csv")
LATE = EVENTS.loc[EVENTS["late"] == 1, "chainage_km"].to_numpy()
EARLY = EVENTS.loc[EVENTS["late"] == 0, "chainage_km"].to_numpy()
LENGTH = GOLDEN["length"]
EARLIER, LATER = ("1992-01-01", "2009-12-31"), ("2010-01-01", "2025-12-31")


@pytest.fixture(scope="module")
def located(border, incidents):
    return locate_events(incidents, border)


def test_the_log_ratio_is_that_of_r():
    """Sums of dnorm over mirror images in R 4.2.2 (make_density.R), bandwidth 60 km."""
    found = log_relative_risk(
        LATE, EARLY, length=LENGTH, at=GOLDEN["at_km"], bandwidth=GOLDEN["log_rr_h"], n_sim=19
    )
    # Farther than 9 bandwidths from every event of one kind there is nothing to compare.
    near = np.abs(GOLDEN["log_rr"]) < 30
    assert near.sum() == 24
    assert found.log_rr[near] == pytest.approx(np.array(GOLDEN["log_rr"])[near], abs=1e-8)
    assert np.isposinf(found.log_rr[~near]).all()


def test_exchanging_the_two_changes_the_sign_alone():
    at = np.linspace(0, LENGTH, 12)
    pairs = [(LATE, EARLY), (EARLY[:20], LATE[:20])]  # of different and of equal size
    for one, other in pairs:
        there, back = (
            log_relative_risk(a, b, length=LENGTH, at=at, bandwidth=60, n_sim=199, seed=3)
            for a, b in ((one, other), (other, one))
        )
        assert back.log_rr == pytest.approx(-there.log_rr, abs=1e-12, nan_ok=True)
        np.testing.assert_array_equal(back.p_value, there.p_value)
        assert back.density_1 == pytest.approx(there.density_2)
        greater, less = (
            log_relative_risk(
                a, b, length=LENGTH, at=at, bandwidth=60, n_sim=199, seed=3, alternative=word
            ).p_value
            for a, b, word in ((one, other, "greater"), (other, one, "less"))
        )
        np.testing.assert_array_equal(greater, less)


def test_p_values_are_those_of_all_relabellings():
    """Seven events, three of one kind: 35 labellings, each as likely as any other."""
    s, length = np.array([1.0, 2.0, 2.6, 4.0, 7.0, 8.5, 9.0]), 10.0
    k = kernel_matrix([2.0], s, bandwidth=1.5, length=length)[0]
    ratios = []
    for chosen in itertools.combinations(range(7), 3):
        mask = np.isin(np.arange(7), chosen)
        ratios.append(np.log(k[mask].mean() / k[~mask].mean()))
    observed = ratios[list(itertools.combinations(range(7), 3)).index((0, 1, 3))]
    exact = np.mean(np.array(ratios) >= observed - 1e-12)
    found = log_relative_risk(
        s[[0, 1, 3]], s[[2, 4, 5, 6]], length=length, at=[2.0], bandwidth=1.5,
        alternative="greater", n_sim=9999,
    )  # fmt: skip
    # Three standard errors of 9,999 draws.
    assert found.p_value[0] == pytest.approx(exact, abs=3 * np.sqrt(exact * (1 - exact) / 9999))
    below = np.mean(np.array(ratios) <= observed + 1e-12)
    less = log_relative_risk(
        s[[0, 1, 3]], s[[2, 4, 5, 6]], length=length, at=[2.0], bandwidth=1.5,
        alternative="less", n_sim=9999,
    )  # fmt: skip
    assert less.p_value[0] == pytest.approx(below, abs=3 * np.sqrt(below * (1 - below) / 9999))
    both = log_relative_risk(
        s[[0, 1, 3]], s[[2, 4, 5, 6]], length=length, at=[2.0], bandwidth=1.5, n_sim=9999
    )
    assert both.p_value[0] == pytest.approx(min(1, 2 * found.p_value[0], 2 * less.p_value[0]))


def test_a_constant_ratio_is_no_difference():
    found = log_relative_risk(
        np.repeat(EARLY, 3), EARLY, length=LENGTH, at=np.linspace(0, 800, 9), bandwidth=40,
        n_sim=19,
    )  # fmt: skip
    assert found.log_rr == pytest.approx(np.zeros(9), abs=1e-9)


def test_densities_integrate_to_one_and_a_planted_difference_is_found():
    random = np.random.default_rng(4)
    one = np.clip(random.normal(30, 5, 40), 0, 100)
    other = random.random(40) * 100
    at = (np.arange(400) + 0.5) / 4
    found = log_relative_risk(one, other, length=100, at=at, bandwidth=6, n_sim=199)
    assert found.density_1.sum() / 4 == pytest.approx(1, rel=1e-6)
    assert found.density_2.sum() / 4 == pytest.approx(1, rel=1e-6)
    # A two-sided p-value is twice a one-sided one, and that at least 1 / 200.
    assert found.p_value[np.abs(at - 30).argmin()] == 2 / 200
    assert found.log_rr[np.abs(at - 30).argmin()] > 0


def test_where_nothing_is_within_reach_the_reason_stands():
    found = log_relative_risk(
        [10.0, 12.0], [50.0, 52.0], length=100, at=[11, 30, 51], bandwidth=2,
        kernel="epanechnikov", n_sim=99,
    )  # fmt: skip
    assert found.log_rr[0] == np.inf and found.log_rr[2] == -np.inf
    assert np.isnan(found.log_rr[1]) and np.isnan(found.p_value[1])
    assert found.reason.tolist() == [
        "no event of the second kind within reach",
        "no event of either kind within reach",
        "no event of the first kind within reach",
    ]
    assert np.isfinite(found.p_value[[0, 2]]).all()


def test_an_infinite_ratio_is_as_rare_as_the_relabellings_that_give_one():
    """One event of ten is near 10, two are beyond reach of 95: 1/10 and 2/10 (mended 2026-11-30)."""
    args = {"length": 100, "at": [10.0, 95.0], "bandwidth": 2, "kernel": "epanechnikov"}
    others = np.arange(90.0, 99.0)
    p = {
        word: log_relative_risk([10.0], others, alternative=word, n_sim=9999, **args).p_value
        for word in ("greater", "less", "two-sided")
    }
    # Three standard errors of 9,999 draws.
    assert p["greater"][0] == pytest.approx(1 / 10, abs=3 * np.sqrt(0.1 * 0.9 / 9999))
    assert p["less"][1] == pytest.approx(2 / 10, abs=3 * np.sqrt(0.2 * 0.8 / 9999))
    assert p["less"][0] == p["greater"][1] == 1
    assert p["two-sided"] == pytest.approx([2 * p["greater"][0], 2 * p["less"][1]])


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_no_more_than_alpha_of_all_relabellings_are_rejected(alternative):
    """
    Every choice of 3 of 12 events, two of them near the place (mended 2026-11-30).

    Both near ones are of the first kind in 10 of 220, an infinite ratio, and neither in 120.
    """
    s = np.append([10.0, 11.0], np.arange(40.0, 90.0, 5.0))
    rejected = infinite = 0
    for chosen in itertools.combinations(range(12), 3):
        mask = np.isin(np.arange(12), chosen)
        found = log_relative_risk(
            s[mask], s[~mask], length=100, at=[10.5], bandwidth=2, kernel="epanechnikov",
            alternative=alternative, n_sim=199, seed=sum(chosen),
        )  # fmt: skip
        infinite += bool(np.isinf(found.log_rr[0]))
        rejected += bool(found.p_value[0] <= 0.05)
    assert infinite == 130
    assert rejected <= 0.05 * 220


def test_relabellings_that_leave_nothing_within_reach_do_not_make_p_small():
    """
    An event 7.7 bandwidths away is seen as one of one, but not as one of nine (mended 2026-11-30).

    Drawn or not, in 9 of 10 relabellings the place cannot be judged.
    """
    found = log_relative_risk(
        [57.7], np.arange(90.0, 99.0), length=100, at=[50.0], bandwidth=1, n_sim=999
    )
    assert found.log_rr[0] == np.inf
    assert found.p_value[0] == 1.0


def test_the_same_seed_gives_the_same():
    args = {"length": LENGTH, "at": [300.0, 700.0], "bandwidth": 50, "n_sim": 199}
    one, two, other = (
        log_relative_risk(LATE, EARLY, seed=seed, **args).p_value for seed in (1, 1, 2)
    )
    assert one.tolist() == two.tolist()
    assert one.tolist() != other.tolist()


@pytest.mark.parametrize(
    ("first", "second", "change", "error", "words"),
    [
        ([], [1], {}, StatisticsError, "the first kind has none"),
        ([1], [], {}, StatisticsError, "the second kind has none"),
        ([1], [11], {}, CoordinateError, "event 0 has the chainage 11"),
        ([1], [2], {"bandwidth": 0}, ParameterError, "bandwidth must be above 0"),
        ([1], [2], {"n_sim": 0}, ParameterError, "n_sim must be a whole number"),
        ([1], [2], {"alternative": "more"}, ParameterError, "alternative must be one of"),
        ([1], [2], {"kernel": "more"}, ParameterError, "kernel must be one of"),
        ([1], [2], {"seed": 0.5}, ParameterError, "seed must be a whole number"),
    ],
)
def test_bad_arguments_are_told(first, second, change, error, words):
    with pytest.raises(error, match=words):
        log_relative_risk(first, second, **({"length": 10, "at": [1], "bandwidth": 1} | change))


def test_the_shipped_incidents_of_two_periods(located, border):
    found = relative_risk(
        located, located, boundary=border, period=EARLIER, second_period=LATER, bandwidth_km=60,
        step_km=50, n_sim=199,
    )  # fmt: skip
    assert found.columns.tolist() == [
        "chainage_km", "official_km", "log_rr", "rr", "density_1", "density_2", "p_value", "p_adj",
        "p_adj_method", "reason",
    ]  # fmt: skip
    assert (found["p_adj"] >= found["p_value"]).all()
    assert found["p_adj_method"].unique().tolist() == ["fdr_by"]
    assert found["rr"].to_numpy() == pytest.approx(np.exp(found["log_rr"]))
    for name in ("density_1", "density_2"):
        # Trapezoids of 50 km under kernels of 60 km.
        assert np.trapezoid(found[name], found["chainage_km"]) == pytest.approx(1, rel=0.01)
    assert found.attrs["smallest_p"] == 2 / 200
    assert found.attrs["second_period"] == list(LATER)
    assert json.loads(json.dumps(found.attrs)) == found.attrs


def test_known_points_give_the_same_as_arrays(equator):
    import geopandas as gpd
    from shapely import Point

    lon = 70 + np.array([0.1, 0.15, 0.2, 0.5, 0.8, 0.82, 0.9])
    events = gpd.GeoDataFrame(
        {
            "event_id": [f"e{i}" for i in range(7)],
            "date_start": ["2000-01-01"] * 3 + ["2020-01-01"] * 4,
            "location_precision": "exact",
            "location_uncertainty_km": 1e-6,
        },
        geometry=[Point(x, 0) for x in lon],
        crs=4326,
    )
    line = equator.__class__.from_line(
        equator.geometry, crs="EPSG:4326", boundary_id="EQ", left="N", right="S"
    )
    located = locate_events(events, line)
    found = relative_risk(
        located, located, boundary=line, period=("2000-01-01", "2000-12-31"),
        second_period=("2020-01-01", "2020-12-31"), bandwidth_km=15, step_km=20, n_sim=199,
    )  # fmt: skip
    s = located["chainage_km"].to_numpy()
    plain = log_relative_risk(
        s[:3], s[3:], length=line.length_km, at=found["chainage_km"], bandwidth=15, n_sim=199
    )
    assert found["log_rr"].to_numpy() == pytest.approx(plain.log_rr, rel=1e-9)


def dated(equator, lon, start, end=None):
    import geopandas as gpd
    from shapely import Point

    events = gpd.GeoDataFrame(
        {
            "event_id": [f"e{i}" for i in range(len(lon))],
            "date_start": start,
            "date_end": start if end is None else end,
            "location_precision": "exact",
            "location_uncertainty_km": 0.01,
        },
        geometry=[Point(x, 0) for x in lon],
        crs=4326,
    )
    return locate_events(events, equator)


YEARS = {
    "period": ("2019-01-01", "2019-12-31"),
    "second_period": ("2020-01-01", "2020-12-31"),
    "bandwidth_km": 15,
}


@pytest.mark.parametrize("method", ["fdr_bh", "fdr_by", "holm", "bonferroni", "none"])
@pytest.mark.parametrize(("n_sim", "tests"), [(999, 136), (9999, 136), (199, 7)])
def test_what_so_many_simulations_can_reach_is_what_statsmodels_adjusts_to(method, n_sim, tests):
    """Ties at the smallest p, all else 1 (mended 2026-11-30)."""
    least = 2 / (n_sim + 1)

    def adjusted(tied):
        p = np.where(np.arange(tests) < tied, least, 1.0)
        return 1.0 if not tied else adjust_p(p, method).min()

    if adjusted(tests) > 0.05:
        with pytest.raises(ParameterError, match="must be reachable. Take n_sim=") as told:
            two_patterns._tied_places(least, n_sim, tests, method, 0.05)
        enough = int(str(told.value).split("Take n_sim=")[1].split()[0])
        two_patterns._tied_places(2 / (enough + 1), enough, tests, method, 0.05)
        with pytest.raises(ParameterError, match="must be reachable"):
            two_patterns._tied_places(2 / enough, enough - 1, tests, method, 0.05)
    else:
        tied = two_patterns._tied_places(least, n_sim, tests, method, 0.05)
        assert adjusted(tied) <= 0.05 < adjusted(tied - 1)


def test_too_few_simulations_for_the_adjustment_are_refused(located, border):
    """Of 15 places by Bonferroni a two-sided p of 2 / 200 becomes 0.15 (mended 2026-11-30)."""
    args = {"period": EARLIER, "second_period": LATER, "bandwidth_km": 200, "step_km": 100}
    with pytest.raises(
        ParameterError, match="15 places by bonferroni, below 0.15, but.*n_sim=599 or"
    ):
        relative_risk(
            located, located, boundary=border, n_sim=199, p_adj_method="bonferroni", **args
        )
    with pytest.raises(ParameterError, match="With n_sim=20 no p-value can be below 0.0952, but"):
        relative_risk(located, located, boundary=border, n_sim=20, **args)
    found = relative_risk(located, located, boundary=border, n_sim=199, **args)
    (note,) = found.attrs["notes"]
    assert "places must have the smallest p-value, 0.01" in note


def test_the_defaults_find_a_planted_difference(equator):
    """Twenty incidents in the west in one year and in the east in the next (mended 2026-11-30)."""
    random = np.random.default_rng(0)
    lon = np.append(70.2 + 0.05 * random.random(20), 70.7 + 0.05 * random.random(20))
    located = dated(equator, lon, ["2019-05-05"] * 20 + ["2020-05-05"] * 20)
    found = relative_risk(located, located, boundary=equator, step_km=1, **YEARS)
    west = found["chainage_km"].between(15, 30)
    assert (found.loc[west, "p_adj"] < 0.05).all() and (found.loc[west, "log_rr"] > 0).all()
    assert found.attrs["n_sim"] == 9999


def test_an_event_on_both_sides_is_refused(located, border, equator):
    """Periods that overlap, none at all, or no date (mended 2026-11-30)."""
    with pytest.raises(ParameterError, match="stand on both sides, first"):
        relative_risk(located, located, boundary=border, bandwidth_km=60)
    with pytest.raises(ParameterError, match="stand on both sides, first"):
        relative_risk(
            located, located, boundary=border, period=EARLIER, second_period=("2009-01-01", "2025-12-31"),
            bandwidth_km=60,
        )  # fmt: skip
    start = ["2019-03-01", "2019-10-01", "2020-06-01", "2020-07-01"]
    undated = dated(equator, [70.2, 70.3, 70.5, 70.6], [*start[:3], None])
    with pytest.raises(ParameterError, match="1 stand on both sides, first 'e3'"):
        relative_risk(undated, undated, boundary=equator, **YEARS)
    # A window of dates over the turn of the year lies partly on either side: one event in all.
    window = dated(equator, [70.2, 70.3, 70.5, 70.6], start, [start[0], "2020-03-31", *start[2:]])
    found = relative_risk(window, window, boundary=equator, **YEARS, step_km=20)
    assert sum(found.attrs["events_on_line"]) == pytest.approx(4, rel=1e-3)


def test_the_table_refuses_what_makes_no_sense(located, border, equator):
    with pytest.raises(ParameterError, match="rests on the line"):
        relative_risk(located, located, boundary=equator)
    with pytest.raises(ParameterError, match="With n_sim=9 no p-value can be below"):
        relative_risk(located, located, boundary=border, n_sim=9)
    with pytest.raises(StatisticsError, match="the second kind has none"):
        relative_risk(
            located, located, boundary=border, period=LATER, second_period=("1992-01-01", "1992-01-01"),
            bandwidth_km=50, n_sim=199,
        )  # fmt: skip
