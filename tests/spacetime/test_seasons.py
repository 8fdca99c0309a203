"""Incidents by month and season."""

import json
import math
from fractions import Fraction
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from shapely import Point

from frontier_geo import locate_events
from frontier_geo.errors import CoverageWarning, ParameterError, StatisticsError
from frontier_geo.spacetime.seasons import (
    central_binomial_p,
    evenness,
    mean_direction,
    seasonal_split,
)

REFERENCE = Path(__file__).parents[1] / "reference"
R = json.loads((REFERENCE / "spacetime_r.json").read_text())


def test_golden_evenness():
    """R 4.2.2 chisq.test on the months of boot::coal; simulated p of 99,999 draws."""
    golden = R["evenness"]
    coal = pd.read_csv(REFERENCE / "spacetime_coal.csv")["date"].to_numpy()
    counts = np.bincount(np.floor(coal % 1 * 12).astype(int), minlength=12)
    assert counts.tolist() == golden["counts"] and counts.sum() == 191  # VALIDATION 8: n 191
    found = evenness(counts, n_sim=9999)
    assert found.statistic == pytest.approx(golden["statistic"], rel=1e-10)
    assert found.p_chi2 == pytest.approx(golden["p_chi2"], rel=1e-10)
    assert found.p_value == pytest.approx(golden["p_sim"], abs=0.02)  # 4 standard errors of 9,999


def test_evenness_goes_by_exposure():
    assert evenness([10, 20, 30], [1, 2, 3], n_sim=99).statistic == pytest.approx(0)
    assert evenness([10, 20, 30], [1, 2, 3], n_sim=99).p_value == 1
    alone = evenness([5, 7, 0], [1, 1, 0], n_sim=99)
    assert (alone.df, alone.n) == (1, 12)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=2, max_size=8), st.integers(0, 99))
def test_the_order_of_the_classes_does_not_matter(counts, seed):
    counts = [*counts, 3]
    order = np.random.default_rng(seed).permutation(len(counts))
    one = evenness(counts, n_sim=9)
    assert evenness(np.array(counts)[order], n_sim=9).statistic == pytest.approx(one.statistic)


def test_the_mean_direction_by_hand():
    """Three quarters of the way round: a third each at 0, 1/4 and 1/2 points to 1/4, length 1/3."""
    found = mean_direction([0, 0.25, 0.5])
    assert found.mean == pytest.approx(0.25) and found.length == pytest.approx(1 / 3)
    assert found.z == pytest.approx(3 / 9)
    none = mean_direction([0, 0.25, 0.5, 0.75])
    assert math.isnan(none.mean) and none.length == pytest.approx(0, abs=1e-12)
    assert none.p_value == pytest.approx(1, abs=0.02)
    same = mean_direction([0.4] * 10)
    assert same.mean == pytest.approx(0.4) and same.length == pytest.approx(1)


def test_the_rayleigh_p_value_is_even_under_evenness():
    """4,000 series of 20 even times: the share at or below 5 and 50 %, within 4 standard errors."""
    random = np.random.default_rng(0)
    p = np.array([mean_direction(random.random(20)).p_value for _ in range(4000)])
    assert (p <= 0.05).mean() == pytest.approx(0.05, abs=4 * 0.0035)
    assert (p <= 0.5).mean() == pytest.approx(0.5, abs=4 * 0.008)


def test_turning_the_circle_turns_the_direction():
    times = np.array([0.05, 0.1, 0.3, 0.12])
    one, turned = mean_direction(times), mean_direction((times + 0.6) % 1)
    assert (one.mean + 0.6) % 1 == pytest.approx(turned.mean)
    assert (one.length, one.p_value) == pytest.approx((turned.length, turned.p_value))


def test_bad_input_of_the_arrays():
    with pytest.raises(StatisticsError, match="0 events and 3 such classes"):
        evenness([0, 0, 0])
    with pytest.raises(StatisticsError, match="5 events and 1 such classes"):
        evenness([5, 0], [1, 0])
    with pytest.raises(ParameterError, match="exposure must be finite"):
        evenness([1, 2], [1, -1])
    with pytest.raises(StatisticsError, match="one finite time or more, but 0"):
        mean_direction([])
    with pytest.raises(StatisticsError, match="2 were given, 1 of them finite"):
        mean_direction([0.5, np.nan])


# ---- the table -------------------------------------------------------------------------------------


def located_of(days, boundary, ends=None, lat=0.0):
    events = gpd.GeoDataFrame(
        {
            "date_start": days,
            "date_end": days if ends is None else ends,
            "location_uncertainty_km": 0.0,
        },
        geometry=[Point(70.5, lat)] * len(days),
        crs="EPSG:4326",
    )
    return locate_events(events, boundary)


YEARS = ("2021-01-01", "2022-12-31")


@pytest.fixture
def dated(equator):
    """Days, a month, a quarter, a year, and no date."""
    return located_of(
        ["2021-01-05", "2021-01-30", "2022-07-01", "2021-07-01", "2021-01-01", "2022-01-01", None],
        equator,
        ["2021-01-05", "2021-01-30", "2022-07-01", "2021-07-31", "2021-03-31", "2022-12-31", None],
    )


def test_by_month_worked_by_hand(dated):
    table = seasonal_split(dated, period=YEARS)
    assert table["events"].tolist() == [2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0]
    assert table["days"].tolist() == [62, 56, 62, 60, 62, 60, 62, 62, 60, 62, 60, 62]
    # The quarter: 31/90 on January; the year: 31/365.
    assert table["expected_events"].iloc[0] == pytest.approx(2 + 31 / 90 + 31 / 365)
    assert table["expected_events"].iloc[6] == pytest.approx(2 + 31 / 365)
    assert table["expected_events"].sum() == pytest.approx(6)
    assert table["rate"].iloc[0] == pytest.approx(2 / (62 / 365.25))
    # Garwood for 2 events: 0.2422093-7.2246877 (R 4.2: poisson.test(2)).
    assert table["rate_lo"].iloc[0] == pytest.approx(0.2422093 / (62 / 365.25), rel=1e-6)
    assert table["rate_hi"].iloc[0] == pytest.approx(7.2246877 / (62 / 365.25), rel=1e-6)
    assert table["rate_hi"].iloc[1] == pytest.approx(-math.log(0.025) / (56 / 365.25))
    assert table["expected"].iloc[0] == pytest.approx(4 * 62 / 730)
    assert table.attrs["accounting"]["counted"] == 4
    left = table.attrs["accounting"]["left_out"]
    assert left["no date known"] == 1
    assert left["dated to a window of several seasons, or across the edge of the period"] == 2
    assert table["reason"].tolist() == [None] * 12


def test_by_season_the_quarter_is_still_too_wide_and_by_quarter_it_counts(dated):
    assert seasonal_split(dated, by="season", period=YEARS)["events"].tolist() == [2, 0, 2, 0]
    assert seasonal_split(dated, by="quarter", period=YEARS)["events"].tolist() == [3, 0, 2, 0]
    assert seasonal_split(dated, by="half", period=YEARS)["events"].tolist() == [2, 3]


def test_one_s_own_seasons(dated):
    water = {"high": [5, 6, 7, 8], "low": [9, 10, 11, 12, 1, 2, 3, 4]}
    table = seasonal_split(dated, by=water, period=YEARS)
    assert table["season"].tolist() == ["high", "low"] and table["events"].tolist() == [2, 3]
    summer = seasonal_split(dated, by={"summer": [6, 7, 8]}, period=YEARS)
    assert summer.attrs["accounting"]["left_out"]["in a month of no season"] == 3
    assert summer["reason"].tolist() == ["no comparison: no other season"]
    assert summer.attrs["parameters"]["by"] == {"summer": [6, 7, 8]}


def test_golden_comparison_of_a_season_with_the_rest(equator):
    """R 4.2.2 binom.test(14, 191, 31/365.25)$conf.int, and the tail summed term by term in fractions."""
    golden = R["january"]
    counts = R["evenness"]["counts"]
    days = [f"{1851 + k % 112}-{m + 1:02d}-15" for m, n in enumerate(counts) for k in range(n)]
    located = located_of(days, equator)
    # 1851 to 1962 have 112 x 31 days of January in 40,907: a share of 0.084876.
    table = seasonal_split(located, period=("1851-01-01", "1962-12-31"), n_imputations=0)
    row = table.iloc[0]
    share = row["days"] / table["days"].sum()
    assert share == pytest.approx(31 / 365.25, rel=1e-4)
    part = Fraction(int(row["days"]), int(table["days"].sum()))
    tail = sum(math.comb(191, k) * part**k * (1 - part) ** (191 - k) for k in range(15))
    assert row["p_value"] == pytest.approx(
        float(2 * tail), rel=1e-9
    )  # 14 lie below the 16.2 expected
    for p, name in ((golden["lo"], "rr_lo"), (golden["hi"], "rr_hi"), (14 / 191, "rr")):
        assert row[name] == pytest.approx(p / (1 - p) * (1 - share) / share, rel=1e-9)
    expected = 191 * table["days"] / table["days"].sum()
    pearson = ((np.array(counts) - expected) ** 2 / expected).sum()
    assert table.attrs["evenness"]["statistic"] == pytest.approx(pearson)


def test_the_p_value_and_the_interval_say_the_same(equator):
    """
    4 of 117 in a month of 31 days: neither speaks against 1 (mended 2026-11-30).

    Twice P(X <= 4), X binomial of 117 and 31/365: 0.0512 by summing five terms in fractions.
    """
    days = [f"2021-{1 if k < 4 else 2 + k % 11:02d}-05" for k in range(117)]
    located = located_of(days, equator)
    year = ("2021-01-01", "2021-12-31")
    row = seasonal_split(located, period=year, n_imputations=2).iloc[0]
    part = Fraction(31, 365)
    tail = sum(math.comb(117, k) * part**k * (1 - part) ** (117 - k) for k in range(5))
    assert row["p_value"] == pytest.approx(float(2 * tail), rel=1e-9)
    assert row["p_value"] > 0.05 and row["rr_hi"] > 1
    assert row["p_imputed"] == row["p_value"] and row["support"] == 0


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 40), st.integers(1, 40), st.sampled_from([0.8, 0.95, 0.99]))
def test_a_p_value_below_the_level_and_an_interval_without_1_go_together(inside, outside, level):
    """As they must for a central interval, whatever the counts (mended 2026-11-30)."""
    n, share = inside + outside, 181 / 365
    interval = binomtest(inside, n).proportion_ci(level, method="exact")
    without = not interval.low <= share <= interval.high
    p = central_binomial_p(inside, n, share)
    assert (p <= 1 - level) == without
    # Counted from the other side the tails change places, both with the observed number.
    assert p == pytest.approx(central_binomial_p(outside, n, 1 - share), rel=1e-9)


def test_events_off_the_border_do_not_count(equator):
    table = seasonal_split(located_of(["2021-01-05"], equator, lat=5.0), period=YEARS)
    assert table["events"].sum() == 0
    assert table.attrs["accounting"]["left_out"]["off the border"] == 1
    assert (table["expected_events"] == 0).all()
    assert (table["reason"] == "no comparison: no events").all()
    assert table.attrs["evenness"]["reason"].startswith("no test")
    assert table.attrs["direction"] == {"n": 0, "reason": "no event is known to a day"}


def test_a_season_never_observed_has_a_reason(dated):
    table = seasonal_split(dated, period=("2021-01-01", "2021-02-28"))
    assert np.isnan(table["rate"].iloc[6])
    assert table["reason"].iloc[6].startswith("no day of this season was observed")
    assert "no whole number of years" in table.attrs["direction"]["reason"]


def test_draws_of_certain_days_are_the_counts(equator):
    days = pd.date_range("2021-01-01", periods=40, freq="9D").astype(str).tolist()
    table = seasonal_split(
        located_of(days, equator), by="quarter", period=("2021-01-01", "2021-12-31")
    )
    assert table["expected_events"].tolist() == table["events"].tolist()
    assert table["p_imputed"].to_numpy() == pytest.approx(table["p_value"].to_numpy())
    years = table["days"] / 365.25
    assert (table["expected_lo"] / years).to_numpy() == pytest.approx(table["rate_lo"].to_numpy())


def test_a_winter_peak_is_seen(equator):
    random = np.random.default_rng(0)
    days = pd.Timestamp("2021-01-01") + pd.to_timedelta(random.normal(0, 20, 60).round() % 365, "D")
    located = located_of(days.astype(str).tolist(), equator)
    table = seasonal_split(located, by="season", period=("2021-01-01", "2021-12-31"))
    assert table["p_adj"].iloc[0] < 1e-10 and table["rr_lo"].iloc[0] > 5
    assert table.attrs["evenness"]["p_value"] == 0.001
    assert table.attrs["direction"]["mean_day"].split()[1] in ("December", "January")
    json.dumps(table.attrs)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"by": "week"}, "by must be one of month, season, quarter, half"),
        ({"by": {"a": [1, 13]}}, "months from 1 to 12, each to one season"),
        ({"by": {"a": [1], "b": [1]}}, "months from 1 to 12, each to one season"),
        ({"by": {}}, "months from 1 to 12"),
        ({"by": [1, 2]}, "or months by name"),
        ({"n_sim": 9}, "With n_sim=9"),
        ({"confidence_level": 95}, "between 0 and 1"),
        ({"seed": 1.5}, "seed must be a whole number"),
    ],
)
def test_the_table_refuses(dated, how, words):
    with pytest.raises(ParameterError, match=words):
        seasonal_split(dated, period=YEARS, **how)


def test_a_period_outside_the_data(dated):
    dated.attrs["coverage"] = list(YEARS)
    with pytest.warns(CoverageWarning):
        table = seasonal_split(dated, period=("1990-01-01", "1990-12-31"))
    # The event without a date stays, and has no season.
    assert table["events"].sum() == 0 and table["reason"].notna().all()


def test_shipped_incidents(incidents, border):
    located = locate_events(incidents, border)
    table = seasonal_split(located, n_sim=99, n_imputations=5)
    tally = table.attrs["accounting"]
    assert tally["events"] == tally["counted"] + sum(tally["left_out"].values())
    assert table["days"].sum() == 12526
