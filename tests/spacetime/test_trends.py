"""Mann-Kendall, Sen's slope and the Poisson trend."""

import itertools
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from frontier_geo import locate_events, make_segments
from frontier_geo.errors import ColumnError, ParameterError, StatisticsError
from frontier_geo.series import draw_series, segment_series
from frontier_geo.spacetime.trend_tests import (
    mann_kendall,
    poisson_trend,
    seasonal_mann_kendall,
    sens_slope,
)
from frontier_geo.spacetime.trends import trend_segments

REFERENCE = Path(__file__).parents[1] / "reference"
PEERS = json.loads((REFERENCE / "spacetime_py.json").read_text())
R = json.loads((REFERENCE / "spacetime_r.json").read_text())
#: VALIDATION 8.
SERIES = [12, 15, 11, 18, 20, 22, 19, 25, 27, 30]
LEAP = np.array([365, 366, 365, 365, 365, 366, 365, 365, 365, 366]) / 365.25


def series_of(name):
    """The series of the golden values, from the data stored beside them."""
    border = pd.read_csv(REFERENCE / "spacetime_border.csv", parse_dates=["date"])
    year = border["date"].dt.year.to_numpy() - 2015
    coal = pd.read_csv(REFERENCE / "spacetime_coal.csv")["date"].to_numpy()
    return {
        "series": lambda: np.array(SERIES),
        "nile": lambda: pd.read_csv(REFERENCE / "spacetime_nile.csv")["flow"].to_numpy(),
        "coal": lambda: np.bincount(np.floor(coal).astype(int) - 1851, minlength=112),
        "coal_months": lambda: np.bincount(
            np.floor((coal - 1851) * 12).astype(int), minlength=112 * 12
        ),
        "border": lambda: np.bincount(year, minlength=10),
        "border_west": lambda: np.bincount(year[border["km"] < 400], minlength=10),
    }[name]()


def test_the_published_series():
    """S = 37, z = 3.219938, p = 0.001282 (pymannkendall = R)."""
    found = mann_kendall(SERIES)
    assert found.s == 37
    assert found.z == pytest.approx(3.219938, abs=5e-7)
    assert found.p_value == pytest.approx(0.001282, abs=5e-7)
    assert sens_slope(SERIES).slope == 2


@pytest.mark.parametrize("name", ["series", "nile", "coal", "border", "border_west"])
def test_golden_mann_kendall_and_slope(name):
    """pymannkendall 1.4.3 original_test and R 4.2.2 cor.test(method = "kendall"), ties and all."""
    values = series_of(name)
    found, peer, r = mann_kendall(values), PEERS["mann_kendall"][name], R["kendall"][name]
    assert (found.s, found.variance) == pytest.approx((peer["s"], peer["var_s"]), rel=1e-14)
    assert (found.z, found.tau_a) == pytest.approx((peer["z"], peer["tau_a"]), rel=1e-12)
    # pymannkendall works out p as 1 - cdf, exact to 1e-16 only.
    assert found.p_value == pytest.approx(peer["p"], abs=1e-15, rel=1e-9)
    assert (found.z, found.p_value, found.tau_b) == pytest.approx(
        (r["z"], r["p"], r["tau_b"]), rel=1e-10
    )
    slope = sens_slope(values)
    assert (slope.slope, slope.intercept) == pytest.approx((peer["slope"], peer["intercept"]))
    assert slope.lo <= slope.slope <= slope.hi


@pytest.mark.parametrize("name", ["coal_months", "nile_4"])
def test_golden_seasonal_mann_kendall(name):
    """pymannkendall 1.4.3 seasonal_test."""
    peer = PEERS["seasonal"][name]
    found = seasonal_mann_kendall(series_of(name.removesuffix("_4")), peer["period"])
    assert (found.s, found.variance, found.z) == pytest.approx(
        (peer["s"], peer["var_s"], peer["z"]), rel=1e-12
    )
    assert found.p_value == pytest.approx(peer["p"], abs=1e-15, rel=1e-3)  # 1 - cdf near 1e-13


@pytest.mark.parametrize("name", ["coal", "border", "border_west"])
def test_golden_poisson_slope(name):
    """statsmodels 0.15.0 GLM and R 4.2.2 glm, to their own convergence."""
    exposure = np.ones(112) if name == "coal" else LEAP
    found = poisson_trend(series_of(name), exposure)
    for peer in (PEERS["glm"][name], R["glm"][name]):
        assert found.log_ratio == pytest.approx(peer["slope"], rel=1e-8)
        assert found.se == pytest.approx(peer["se"], rel=1e-6)
    assert found.dispersion == pytest.approx(PEERS["glm"][name]["dispersion"], rel=1e-6)
    assert found.rate_ratio == pytest.approx(math.exp(found.log_ratio))
    assert found.lo < found.rate_ratio < found.hi


def brute_p(counts, exposure):
    """Both tails of the sum of steps, over every way to deal out the events."""
    n, share = int(sum(counts)), np.array(exposure) / sum(exposure)
    seen = sum(k * c for k, c in enumerate(counts))
    below = above = 0.0
    for steps in itertools.product(range(len(counts)), repeat=n):
        p = math.prod(share[k] for k in steps)
        below += p * (sum(steps) <= seen)
        above += p * (sum(steps) >= seen)
    return below, above


@pytest.mark.parametrize("counts", [[1, 0, 2, 3], [0, 0, 0, 4], [5, 0, 0], [1, 1, 1, 1, 1]])
def test_the_exact_p_value_is_that_of_all_ways_to_deal_out_the_events(counts):
    exposure = np.linspace(1, 2, len(counts))
    below, above = brute_p(counts, exposure)
    for word, p in (
        ("less", below),
        ("greater", above),
        ("two-sided", min(1, 2 * min(below, above))),
    ):
        found = poisson_trend(counts, exposure, alternative=word)
        assert found.p_value == pytest.approx(p, rel=1e-10)
        assert found.exact


def test_the_limits_put_the_observed_at_the_edge_of_a_tail():
    """At the lower limit P(T >= observed) is 2.5 %, at the upper P(T <= observed)."""
    counts = [1, 0, 2, 4]
    found = poisson_trend(counts)
    steps = np.arange(4)
    assert brute_p(counts, np.exp(math.log(found.lo) * steps))[1] == pytest.approx(0.025, rel=1e-6)
    assert brute_p(counts, np.exp(math.log(found.hi) * steps))[0] == pytest.approx(0.025, rel=1e-6)


def test_all_events_in_the_last_step_have_no_finite_ratio():
    found = poisson_trend([0, 0, 0, 3])
    assert found.rate_ratio == math.inf and found.hi == math.inf and found.lo > 1
    assert found.p_value == pytest.approx(2 / 64)  # twice (1/4)^3
    first = poisson_trend([3, 0, 0, 0])
    assert first.rate_ratio == 0 and first.lo == 0 and first.hi == pytest.approx(1 / found.lo)


def test_the_step_is_the_unit_of_the_ratio():
    months = poisson_trend([1, 2, 1, 3, 4, 5], step_years=1 / 12)
    plain = poisson_trend([1, 2, 1, 3, 4, 5])
    assert math.log(months.rate_ratio) == pytest.approx(12 * math.log(plain.rate_ratio))
    assert math.log(months.lo) == pytest.approx(12 * math.log(plain.lo))
    assert math.log(months.hi) == pytest.approx(12 * math.log(plain.hi))
    assert months.p_value == plain.p_value


def test_very_many_events_take_the_normal_limit():
    counts = np.full(30, 1000) + np.arange(30)
    found = poisson_trend(counts)
    assert not found.exact
    assert found.p_value == pytest.approx(2 * 0.5 * math.erfc(found.log_ratio / found.se / 2**0.5))
    assert found.lo < found.rate_ratio < found.hi


def test_an_exact_test_keeps_its_level():
    """5 of 100 at most reject under no trend (2,000 series of 6 events: error 0.5 %)."""
    random = np.random.default_rng(5)
    p = [poisson_trend(random.multinomial(6, np.full(8, 1 / 8))).p_value for _ in range(2000)]
    assert np.mean(np.array(p) <= 0.05) < 0.05 + 3 * 0.005


values = st.lists(st.integers(0, 8), min_size=3, max_size=20)


@settings(max_examples=60, deadline=None)
@given(values)
def test_reversal_and_scale(series):
    y = np.array(series, dtype=float)
    up, down = mann_kendall(y), mann_kendall(y[::-1])
    assert (down.s, down.z) == (-up.s, -up.z) and down.p_value == pytest.approx(up.p_value)
    assert mann_kendall(y * 7 + 3) == up
    assert mann_kendall(y, alternative="greater").p_value == pytest.approx(
        mann_kendall(y[::-1], alternative="less").p_value
    )
    assert up.variance == pytest.approx(mann_kendall(np.sort(y)).variance)
    pairs = [np.sign(b - a) for a, b in itertools.combinations(y, 2)]
    assert up.s == sum(pairs)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=3, max_size=10), st.floats(0.1, 50))
def test_poisson_reversal_and_scale_of_exposure(counts, scale):
    assume(sum(counts))
    found = poisson_trend(counts)
    back = poisson_trend(counts[::-1])
    assert back.p_value == pytest.approx(found.p_value, rel=1e-9)
    if math.isfinite(found.log_ratio):
        assert back.log_ratio == pytest.approx(-found.log_ratio, abs=1e-9)
    scaled = poisson_trend(counts, np.full(len(counts), scale))
    assert scaled.p_value == pytest.approx(found.p_value, rel=1e-9)
    assert scaled.lo == pytest.approx(found.lo, rel=1e-6)


def test_missing_values_are_left_out_and_equal_ones_show_no_trend():
    assert mann_kendall([1, np.nan, 2, 3, np.nan]) == mann_kendall([1, 2, 3])
    flat = mann_kendall([2, 2, 2, 2])
    assert (flat.s, flat.variance, flat.z, flat.p_value, flat.tau_b) == (0, 0, 0, 1, 0)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: mann_kendall([1, 2]), StatisticsError, "3 values or more, but 2 are not missing"),
        (lambda: mann_kendall([1, np.nan, np.nan, 3]), StatisticsError, "2 are not missing"),
        (lambda: mann_kendall([[1, 2, 3]]), ParameterError, "must be one series"),
        (lambda: mann_kendall(["x", "y", "z"]), ParameterError, "must be numbers"),
        (lambda: mann_kendall([1, 2, 3], alternative="up"), ParameterError, "alternative must be"),
        (lambda: seasonal_mann_kendall([1, 2, 3, 4], 2), StatisticsError, "3 values of one season"),
        (lambda: seasonal_mann_kendall([1, 2, 3], 0), ParameterError, "whole number above 0"),
        (lambda: sens_slope([1, 2]), StatisticsError, "but 2 are not missing"),
        (lambda: sens_slope([1, 2, 3], [5, 5, 5]), StatisticsError, "all times are equal"),
        (lambda: sens_slope([1, 2, 3], [1, 2]), ParameterError, "3 values and 2 times"),
        (lambda: sens_slope([1, 2, 3], confidence_level=95), ParameterError, "between 0 and 1"),
        (lambda: poisson_trend([0, 0, 0]), StatisticsError, "needs events, but there are none"),
        (lambda: poisson_trend([1, 1]), StatisticsError, "3 steps with exposure, but 2"),
        (lambda: poisson_trend([1, 2, 0.5]), ParameterError, "whole numbers of 0 or more.*0.5"),
        (lambda: poisson_trend([1, 2, -1]), ParameterError, "whole numbers of 0 or more.*-1"),
        (lambda: poisson_trend([1, 2, np.nan]), ParameterError, "whole numbers"),
        (lambda: poisson_trend([1, 2, 3], [1, 1, 0]), ParameterError, "step 2 has 3 events"),
        (lambda: poisson_trend([1, 2, 3], [1, 1, -1]), ParameterError, "exposure must be finite"),
        (lambda: poisson_trend([1, 2, 3], [1, 1]), ParameterError, "two series of one length"),
        (
            lambda: poisson_trend([1, 2, 3], step_years=0),
            ParameterError,
            "step_years must be above 0",
        ),
    ],
)
def test_bad_input_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


# ---- the table -------------------------------------------------------------------------------------


def table_of(counts, exposure=None, step_start=None):
    """A series table of these counts, segments x steps of a year."""
    counts = np.asarray(counts)
    n, t = counts.shape
    start = pd.date_range("2010-01-01", periods=t, freq="YS") if step_start is None else step_start
    stop = start + pd.offsets.YearEnd()
    return pd.DataFrame(
        {
            "segment_id": np.repeat([f"S{i}" for i in range(n)], t),
            "from_km": np.repeat(np.arange(n) * 10.0, t),
            "to_km": np.repeat(np.arange(n) * 10.0 + 10, t),
            "length_km": 10.0,
            "step": np.tile(np.arange(t), n),
            "step_start": np.tile(start, n),
            "step_end": np.tile(stop, n),
            "events": counts.ravel(),
            "exposure_km_yr": 10.0 if exposure is None else np.asarray(exposure).ravel(),
        }
    )


def test_each_segment_and_the_whole_line():
    """Worked by the array functions; the adjustment leaves the whole line and the empty one out."""
    flat = [2, 3, 2, 3, 2, 3, 2, 3, 2, 3]
    table = trend_segments(table_of([SERIES, flat, [0] * 10]))
    assert table["segment_id"].tolist() == ["S0", "S1", "S2", "whole line"]
    one = mann_kendall(SERIES)
    assert table["s"].iloc[0] == 37 and table["p_value"].iloc[0] == pytest.approx(one.p_value)
    assert table["tau"].iloc[0] == pytest.approx(one.tau_b)
    # Two tests: Benjamini-Hochberg doubles the smaller.
    assert table["p_adj"].iloc[0] == pytest.approx(2 * one.p_value)
    assert table["p_adj"].iloc[3] == table["p_value"].iloc[3]
    assert table["events"].tolist() == [199, 25, 0, 224]
    assert table["sen_slope"].iloc[0] == pytest.approx(2)
    assert table["rr"].iloc[0] == pytest.approx(poisson_trend(SERIES).rate_ratio)
    assert np.isnan(table["p_value"].iloc[2])
    assert table["reason"].tolist() == [None, None, "no events: no trend to test", None]
    assert table.attrs["parameters"]["compared"] == "counts"
    json.dumps(table.attrs)


def test_uneven_steps_are_compared_as_rates():
    """A last step of half a year with half the events is no fall."""
    counts = [[4, 4, 4, 4, 2]]
    exposure = [[10, 10, 10, 10, 5]]
    table = trend_segments(table_of(counts, exposure))
    assert table["s"].iloc[0] == 0
    assert table["rr"].iloc[0] == pytest.approx(1)
    assert table.attrs["parameters"]["compared"] == "rates"
    assert any("below 10" in note for note in table.attrs["notes"])


def test_a_step_that_has_only_begun_is_not_compared():
    """A month of the eighth year without an event is no fall (mended 2026-11-30)."""
    counts, exposure = [[1, 2, 3, 4, 5, 6, 7, 0]], [[10.0] * 7 + [0.8]]
    table = trend_segments(table_of(counts, exposure), imputed=np.array([counts, counts]))
    row = table.iloc[0]
    assert (row["n_steps"], row["n_compared"], row["events"]) == (8, 7, 28)
    assert row["s"] == 21 and row["sen_slope"] == pytest.approx(1)  # all 21 pairs of 7 rise
    assert row["p_imputed"] == row["p_value"]
    whole = poisson_trend(counts[0], exposure[0])  # keeps the short step, with its exposure
    assert row["rr_p"] == pytest.approx(whole.p_value)
    assert table.attrs["parameters"]["compared"] == "counts"
    assert any("2017-01-01 to 2017-12-31; the Poisson" in n for n in table.attrs["notes"])
    # Left out at the front, and in the middle, where the slope goes by the time that has passed.
    front = trend_segments(table_of([[0, 1, 2, 3]], [[0.8, 10, 10, 10]])).iloc[0]
    assert (front["n_compared"], front["s"], front["sen_slope"]) == (3, 3, 1)
    middle = trend_segments(table_of([[1, 2, 0, 4]], [[10, 10, 0.8, 10]])).iloc[0]
    assert (middle["n_compared"], middle["s"], middle["sen_slope"]) == (3, 3, 1)


def test_the_level_holds_with_a_short_last_step():
    """
    800 segments of 8 steps, 3 events each, the last a month (mended 2026-11-30).

    At 5 % at most 5 % reject, within 3 standard errors (0.8 %): with rates of the last step it was
    11 % for "less".
    """
    exposure = np.tile([1.0] * 7 + [0.08], (800, 1))
    counts = np.random.default_rng(11).poisson(3 * exposure)
    for word in ("less", "greater"):
        table = trend_segments(table_of(counts, exposure), alternative=word).iloc[:-1]
        for p in ("p_value", "rr_p"):
            assert (table[p] <= 0.05).mean() < 0.05 + 3 * 0.008


def test_too_few_long_steps_have_a_poisson_trend_alone():
    """Two years and two months: nothing to compare, but the exact trend stands (mended 2026-11-30)."""
    counts, exposure = [[4, 6, 1, 0]], [[10.0, 10.0, 0.8, 0.8]]
    row = trend_segments(table_of(counts, exposure), imputed=np.array([counts, counts])).iloc[0]
    assert row["n_compared"] == 2
    assert np.isnan(row["p_value"]) and np.isnan(row["p_imputed"]) and np.isnan(row["support"])
    assert row["rr_p"] == pytest.approx(poisson_trend(counts[0], exposure[0]).p_value)
    assert row["reason"].startswith("no Mann-Kendall: fewer than 3 steps have half")


def test_events_without_exposure_are_refused():
    """Drawn or known (mended 2026-11-30)."""
    table = table_of([[0, 1, 2, 3]], [[0, 1, 1, 1]])
    with pytest.raises(
        ParameterError, match="imputed must be 0 where exposure_km_yr is 0, but is 2"
    ):
        trend_segments(table, imputed=np.array([[[2, 1, 1, 1]], [[0, 1, 1, 1]]]))
    with pytest.raises(ParameterError, match="events must be 0 where exposure_km_yr is 0"):
        trend_segments(table_of([[2, 0, 0, 0], [1, 1, 1, 1]], [[0, 0, 0, 1], [1, 1, 1, 1]]))


def test_the_notes_say_what_the_whole_line_is():
    notes = trend_segments(table_of([SERIES])).attrs["notes"]
    assert "events known to one of them" in notes[0] and "make_segments(n=1)" in notes[0]


def test_a_segment_never_observed_has_no_drawn_answer():
    table = table_of([[0, 0, 0, 0], [1, 2, 3, 4]], [[0, 0, 0, 0], [1, 1, 1, 1]])
    drawn = np.array([[[0, 0, 0, 0], [1, 2, 3, 4]]] * 2)
    row = trend_segments(table, imputed=drawn).iloc[0]
    assert row[["p_imputed", "support", "rr_p_imputed", "rr_support"]].isna().all()
    assert "fewer than 3 steps have any exposure" in row["reason"]


def test_months_give_ratios_per_year():
    start = pd.date_range("2020-01-01", periods=12, freq="MS")
    counts = [[1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5, 6]]
    table = table_of(counts, step_start=start)
    table["step_end"] = table["step_start"] + pd.offsets.MonthEnd()
    found = trend_segments(table, imputed=np.array([counts, counts]))
    assert found.attrs["parameters"]["step_years"] == pytest.approx(1 / 12)
    assert found["rr"].iloc[0] == pytest.approx(poisson_trend(counts[0]).rate_ratio ** 12, rel=1e-6)
    wald = poisson_trend(counts[0], step_years=1 / 12)
    reach = math.log(found["rr_imputed_hi"].iloc[0] / found["rr_imputed"].iloc[0])
    assert reach == pytest.approx(1.959964 * wald.se, rel=1e-6)
    # Events per year each year: the slope per month of counts per month, times 144.
    assert found["sen_slope"].iloc[0] == pytest.approx(sens_slope(counts[0]).slope * 144)


def test_drawn_tables_that_are_all_alike_are_the_plain_one():
    counts = np.array([SERIES, SERIES[::-1]])
    drawn = np.stack([counts] * 4)
    table = trend_segments(table_of(counts), imputed=drawn)
    assert table["p_imputed"].to_numpy() == pytest.approx(table["p_value"].to_numpy())
    assert table["rr_imputed"].to_numpy() == pytest.approx(table["rr"].to_numpy())
    assert table["rr_p_imputed"].to_numpy() == pytest.approx(table["rr_p"].to_numpy())
    assert table["support"].tolist() == [1, 1, 0]
    # Rubin's rules with nothing between the tables: a Wald interval.
    wald = poisson_trend(SERIES)
    assert table["rr_imputed_hi"].iloc[0] == pytest.approx(
        math.exp(wald.log_ratio + 1.959964 * wald.se), rel=1e-6
    )


def test_drawn_tables_that_differ_give_their_median():
    counts = np.array([SERIES])
    drawn = np.array([[SERIES], [SERIES], [SERIES[::-1]], [[3] * 10], [[0] * 9 + [5]]])
    table = trend_segments(table_of(counts), imputed=drawn)
    p = [mann_kendall(one[0]).p_value for one in drawn]
    assert table["p_imputed"].iloc[0] == pytest.approx(np.median(p))
    assert table["support"].iloc[0] == pytest.approx(np.mean(np.array(p) <= 0.05))
    assert np.isnan(table["rr_imputed"].iloc[0])
    assert "in some drawn table no finite rate ratio" in table["reason"].iloc[0]


def test_expected_numbers_have_no_poisson_trend():
    table = table_of([np.array(SERIES) + 0.25])
    found = trend_segments(table)
    assert found["s"].iloc[0] == 37 and np.isnan(found["rr"].iloc[0])
    assert "these are no counts" in found["reason"].iloc[0]


def test_the_table_refuses():
    table = table_of([SERIES])
    with pytest.raises(StatisticsError, match="3 steps or more, but the series has 2"):
        trend_segments(table_of([[1, 2]]))
    with pytest.raises(ColumnError, match="'killed'"):
        trend_segments(table, column="killed")
    with pytest.raises(ParameterError, match=r"shape \(1, 10\), but has the shape \(5, 2, 10\)"):
        trend_segments(table, imputed=np.zeros((5, 2, 10), int))
    twice = table_of([SERIES, SERIES])
    twice.loc[10:, ["from_km", "to_km"]] = 5.0, 15.0
    with pytest.raises(ParameterError, match="overlap"):
        trend_segments(twice)
    with pytest.raises(ParameterError, match="must hold one row for each"):
        trend_segments(table_of([SERIES, SERIES]).iloc[1:])
    with pytest.raises(ParameterError, match="p_adj_method must be one of"):
        trend_segments(table, p_adj_method="bh")
    with pytest.raises(ParameterError, match="alpha must lie between 0 and 1"):
        trend_segments(table, alpha=5)


def test_zero_exposure_has_a_reason():
    table = trend_segments(table_of([[0, 0, 0, 0], [1, 2, 3, 4]], [[0, 0, 0, 1], [1, 1, 1, 1]]))
    assert table["reason"].iloc[0] == "fewer than 3 steps have any exposure"


def test_shipped_incidents(incidents, border):
    """Reported incidents have become more frequent; 35 steps, 15 districts."""
    located = locate_events(incidents, border)
    districts = make_segments(border, by="tj_district")
    series = segment_series(located, districts)
    table = trend_segments(series, imputed=draw_series(located, districts, n_imputations=5))
    assert len(table) == 16
    assert table["support"].iloc[-1] == 1 and table["rr_lo"].iloc[-1] > 1
    missing = table.drop(columns=["reason"]).isna().any(axis=1)
    assert table.loc[missing, "reason"].notna().all()
