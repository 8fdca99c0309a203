"""Two rates held against each other: published tests, R, invariants, tables of periods and groups."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontier_geo import locate_events, make_segments, segment_rates
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.rates.comparison import compare_groups, compare_periods, compare_rates
from frontier_geo.rates.per_segment import draw_counts
from frontier_geo.rates.ratio_test import pool_ratios, rate_ratio_test

REFERENCE = Path(__file__).parents[1] / "reference"
R = json.loads((REFERENCE / "rates_r.json").read_text(encoding="utf-8"))
PYTHON = json.loads((REFERENCE / "rates_python.json").read_text(encoding="utf-8"))
BORDER = pd.read_csv(REFERENCE / "rates_border.csv")
EARLY, LATE = ("2010-01-01", "2017-12-31"), ("2018-01-01", "2025-12-31")


# ---- the tests ----------------------------------------------------------------------------------


def test_conditional_test_is_the_published_one():
    """11 in 800 against 21 in 3011: p 0.0796686, ratio 1.971488 (0.8584264-4.2772659), R 4.2."""
    test = rate_ratio_test(11, 800, 21, 3011)
    assert float(test.p_value) == pytest.approx(0.0796686, abs=5e-8)  # the last digits quoted
    assert float(test.ratio) == pytest.approx(1.971488, abs=5e-7)
    assert float(test.lo) == pytest.approx(0.8584264, abs=5e-8)
    assert float(test.hi) == pytest.approx(4.2772659, abs=5e-8)


@pytest.mark.parametrize(
    ("a", "over_a", "b", "over_b", "p", "paper"),
    [(0, 100, 3, 100, 0.0883790, 0.0884), (6, 1, 2, 1, 0.1748748, 0.1749)],
)
def test_e_test_is_the_published_one(a, over_a, b, over_b, p, paper):
    """Krishnamoorthy & Thomson (2004), 0.0884 and 0.1749; more digits by scipy 1.17."""
    found = float(rate_ratio_test(a, over_a, b, over_b, method="e-test").p_value)
    assert found == pytest.approx(p, abs=5e-8)
    assert found == pytest.approx(paper, abs=5e-5)


def test_conditional_test_is_that_of_r():
    """poisson.test of R 4.2.2, all alternatives (tests/reference/make_rates.R)."""
    two = pd.DataFrame(R["two_counts"]).replace({"Inf": np.inf})
    for way, cases in two.groupby("alternative"):
        found = rate_ratio_test(
            cases["a"], cases["ea"], cases["b"], cases["eb"], alternative=str(way)
        )
        assert found.p_value == pytest.approx(cases["p"].to_numpy(), rel=1e-9)
        for name in ("ratio", "lo", "hi"):
            expected = cases[name].astype(float).to_numpy()
            assert getattr(found, name) == pytest.approx(expected, rel=1e-9), (way, name)
    assert set(two["alternative"]) == {"two-sided", "greater", "less"}


def test_e_test_is_that_of_scipy():
    """poisson_means_test of scipy 1.17 (tests/reference/make_rates.py)."""
    for a, b, share, way, p in PYTHON["e_test"]:
        found = rate_ratio_test(a, share, b, 1.0, method="e-test", alternative=way)
        assert float(found.p_value) == pytest.approx(min(p, 1), rel=1e-9)


counts = st.integers(0, 60)
exposures = st.floats(0.1, 50)


@given(counts, exposures, counts, exposures, st.floats(0.1, 100))
def test_sides_swapped_the_ratio_is_turned_over(a, over_a, b, over_b, unit):
    one = rate_ratio_test(a, over_a, b, over_b)
    two = rate_ratio_test(b, over_b, a, over_a)
    assert float(one.p_value) == pytest.approx(float(two.p_value), rel=1e-6)
    with np.errstate(divide="ignore"):
        assert float(one.lo) == pytest.approx(1 / np.float64(two.hi), rel=1e-6)
        assert float(one.hi) == pytest.approx(1 / np.float64(two.lo), rel=1e-6)
    other = rate_ratio_test(a, over_a * unit, b, over_b * unit)
    assert float(one.p_value) == pytest.approx(float(other.p_value), rel=1e-6)
    assert float(one.lo) <= float(one.hi)


@given(counts, exposures, counts, exposures, st.floats(0.5, 0.99))
def test_one_sided_limits_belong_to_one_sided_tests(a, over_a, b, over_b, level):
    """At its own lower limit as ratio of exposures, the one-sided p-value is 1 - level."""
    if a == 0:
        return
    test = rate_ratio_test(a, over_a, b, over_b, alternative="greater", confidence_level=level)
    assert np.isinf(test.hi)
    at = rate_ratio_test(a, over_a * float(test.lo), b, over_b, alternative="greater")
    assert float(at.p_value) == pytest.approx(1 - level, rel=1e-6)


def test_no_events_on_a_side():
    test = rate_ratio_test([0, 0, 4], 1.0, [0, 4, 0], 1.0)
    assert np.isnan(test.ratio[0])
    assert test.ratio[1:].tolist() == [0, np.inf]
    assert test.lo[:2].tolist() == [0, 0]
    assert np.isinf(test.hi[[0, 2]]).all()
    assert test.p_value.tolist() == [1, 0.125, 0.125]  # 2 · (1/2)^4
    for method in ("conditional", "e-test"):
        assert float(rate_ratio_test(0, 1, 0, 1, method=method).p_value) == 1


# ---- pooling ------------------------------------------------------------------------------------


def test_tables_that_are_alike_have_the_exact_limits():
    """Nothing imputed: poisson.test of R (11 in 800 against 21 in 3011), whatever the counts."""
    ratio, low, high = pool_ratios([[11]] * 3, 800, [[21]] * 3, 3011)
    assert ratio[0] == pytest.approx(1.971488, abs=5e-7)
    assert low[0] == pytest.approx(0.8584264, abs=5e-8)
    assert high[0] == pytest.approx(4.2772659, abs=5e-8)
    a, b = np.meshgrid(np.arange(6), np.arange(6))
    exact = rate_ratio_test(a, 3.0, b, 700.0, confidence_level=0.9)
    found = pool_ratios(np.stack([a] * 4), 3.0, np.stack([b] * 4), 700.0, confidence_level=0.9)
    none = (a == 0) & (b == 0)
    for mine, theirs in zip(found, (exact.ratio, exact.lo, exact.hi), strict=True):
        assert np.isnan(mine[none]).all()
        assert mine[~none] == pytest.approx(theirs[~none], rel=1e-9)


def test_limits_mix_the_exact_tests_of_the_tables():
    """At a limit as ratio of exposures, the one-sided p-values of R's test are 2.5 % on average."""
    a, b = np.array([8, 10, 3]), np.array([5, 4, 9])
    ratio, low, high = pool_ratios(a[:, None], 2.0, b[:, None], 1.0)
    assert ratio[0] == pytest.approx(21 / 2 / 18)
    for limit, way in ((low[0], "greater"), (high[0], "less")):
        p = rate_ratio_test(a, 2.0 * limit, b, 1.0, alternative=way).p_value
        assert p.mean() == pytest.approx(0.025, rel=1e-6)


def test_a_side_without_events_is_not_pulled_to_the_ratio_of_exposures():
    """
    0 in 1 against 1 in 100: half an event added to both made a ratio of 33.3 (mended 2026-11-30).

    By hand: the ratio is 0, its upper limit that of a share of 1 - 0.025 = 0.975, 39 to 1, times 100.
    """
    ratio, low, high = pool_ratios([[0], [0]], 1.0, [[1], [1]], 100.0)
    assert (ratio[0], low[0], high[0]) == (0, 0, pytest.approx(3900))
    ratio, low, high = pool_ratios([[1], [1]], 100.0, [[0], [0]], 1.0)
    assert (ratio[0], low[0], high[0]) == (np.inf, pytest.approx(1 / 3900), np.inf)
    assert np.isnan(pool_ratios([[0], [0]], 1.0, [[0], [0]], 100.0)).all()


def test_ends_are_open_where_enough_tables_have_no_event_on_a_side():
    """2.5 % of 40 tables is one: no event in b there, no upper end (mended 2026-11-30)."""
    a, b = np.full((40, 1), 5), np.full((40, 1), 4)
    assert np.isfinite(pool_ratios(a, 1.0, b, 1.0)).all()
    b[7] = 0
    _, low, high = pool_ratios(a, 1.0, b, 1.0)
    assert np.isinf(high[0])
    assert low[0] > 0
    _, low, high = pool_ratios(b, 1.0, a, 1.0)
    assert low[0] == 0
    assert np.isfinite(high[0])
    table = compare_rates(
        *(stored("early").iloc[:2].assign(events=n) for n in ([0, 0], [4, 0])),
        imputed=(np.zeros((5, 2), int), np.tile([4, 0], (5, 1))),
    )
    assert table["reason"].str.contains("no event in").tolist() == [True] * 3
    assert np.isinf(table["rr_imputed_hi"].iloc[[0, 2]]).all()
    ends = ["rr_imputed", "rr_imputed_lo", "rr_imputed_hi"]
    assert table.loc[1, ends].isna().all()


@pytest.mark.parametrize("unequal", [1, 100, 400])
@pytest.mark.parametrize("known", [0.0, 1.0])
@pytest.mark.parametrize("mean", [0.01, 0.3, 3.0])
def test_pooled_limits_hold_the_ratio_at_all_exposures(unequal, known, mean):
    """
    One rate on both sides; `mean` events on the side of the small exposure, a share of them known.

    At least 95 % hold it. With half an event added to both it was 46 % and 0.6 % at a mean of 0.01
    and exposures of 1 to 100 and 1 to 400 (mended 2026-11-30).
    """
    rng = np.random.default_rng(5)
    trials = 200

    def drawn(mean):
        counts = rng.poisson(mean, (2, trials))
        sure = rng.binomial(counts, known)
        return sure[0] + rng.binomial((counts - sure).sum(axis=0), 0.5, (20, trials))

    few, many = drawn(mean), drawn(mean * unequal)
    # Three standard errors of 200 trials below 95 %.
    least = 0.95 - 3 * np.sqrt(0.95 * 0.05 / trials)
    for sides in ((few, 1.0, many, float(unequal)), (many, float(unequal), few, 1.0)):
        _, low, high = pool_ratios(*sides)
        held = np.isnan(low) | ((low <= 1) & (high >= 1))
        assert held.mean() >= least


# ---- tables -------------------------------------------------------------------------------------


def stored(period):
    """The stored counts of one period as a table of rates."""
    return BORDER[["segment_id", "from_km", "to_km", "length_km", "terrain"]].assign(
        events=BORDER[f"events_{period}"], exposure_km_yr=BORDER[f"exposure_{period}_km_yr"]
    )


def test_two_tables_are_compared_segment_by_segment():
    table = compare_rates(stored("early"), stored("late"))
    assert len(table) == 136
    two = pd.DataFrame(R["two_counts"]).replace({"Inf": np.inf})
    two = two[two["alternative"] == "two-sided"].astype({"lo": float, "hi": float, "ratio": float})
    cases = {(row.a, row.b, round(row.eb, 6)): row for row in two.itertuples()}
    n = 0
    for row in table.iloc[:-1].itertuples():
        case = cases.get((row.events_2, row.events_1, round(row.exposure_1_km_yr, 6)))
        if case is None:
            assert (row.events_1, row.events_2) == (0, 0)
            continue
        n += 1
        assert row.p_value == pytest.approx(case.p, rel=1e-9)
        assert (row.rr, row.rr_lo, row.rr_hi) == pytest.approx((case.ratio, case.lo, case.hi))
    assert n == (BORDER["events_early"] + BORDER["events_late"] > 0).sum()
    total = table.iloc[-1]
    assert (total["segment_id"], total["events_1"], total["events_2"]) == ("total", 15, 21)
    assert total["length_km"] == pytest.approx(1343.956, abs=1e-3)
    whole = rate_ratio_test(
        21, BORDER["exposure_late_km_yr"].sum(), 15, BORDER["exposure_early_km_yr"].sum()
    )
    assert total["rr"] == pytest.approx(float(whole.ratio))
    assert total["p_adj"] == total["p_value"] == pytest.approx(float(whole.p_value))
    assert total["p_adj_method"] == "none"
    assert (table["p_adj"] >= table["p_value"]).all()


def test_reasons_stand_beside_what_is_missing():
    table = compare_rates(stored("early"), stored("late"))
    missing, endless = table["rr"].isna(), np.isinf(table["rr"])
    assert (table.loc[missing, "reason"] == "no event in either: no ratio").all()
    assert table.loc[endless, "reason"].str.contains("no event in the first").all()
    assert table.loc[~missing & ~endless, "reason"].isna().all()
    assert missing.any() and endless.any()


def test_adjusting_is_for_the_segments_alone():
    """Bonferroni by hand on p-values of three segments: times three, not four."""
    first = BORDER.iloc[:3][["segment_id", "from_km", "to_km", "length_km"]].assign(
        events=[1, 2, 3], exposure_km_yr=10.0
    )
    table = compare_rates(first, first.assign(events=[9, 9, 3]), p_adj_method="bonferroni")
    p = table["p_value"].to_numpy()
    assert table["p_adj"].tolist() == pytest.approx([3 * p[0], 3 * p[1], 1, p[3]])
    assert table["p_adj_method"].tolist() == ["bonferroni"] * 3 + ["none"]
    up = compare_rates(first, first.assign(events=[9, 9, 3]), alternative="greater")
    assert up["p_value"].iloc[0] < table["p_value"].iloc[0]
    assert np.isinf(up["rr_hi"]).all()


def test_imputed_tables_stand_beside_the_plain_ones():
    first = BORDER.iloc[:2][["segment_id", "from_km", "to_km", "length_km"]].assign(
        events=[2, 0], exposure_km_yr=10.0
    )
    one = np.array([[2, 1], [3, 1], [2, 2]])
    two = np.array([[9, 1], [18, 2], [10, 0]])
    table = compare_rates(first, first.assign(events=[8, 0]), imputed=(one, two))
    p = rate_ratio_test(two, 10.0, one, 10.0).p_value
    assert table["p_imputed"].iloc[:2].tolist() == pytest.approx(np.median(p, axis=0))
    assert table["support"].iloc[:2].tolist() == pytest.approx((p <= 0.05).mean(axis=0))
    assert 0 < table["support"].iloc[0] < 1
    ratio, low, high = pool_ratios(two, 10.0, one, 10.0)
    assert table["rr_imputed"].iloc[:2].tolist() == pytest.approx(ratio)
    assert table["rr_imputed_lo"].iloc[:2].tolist() == pytest.approx(low)
    assert table["rr_imputed_hi"].iloc[:2].tolist() == pytest.approx(high)
    # The total is that of each table.
    ratio, _, _ = pool_ratios(two.sum(axis=1), 20.0, one.sum(axis=1), 20.0)
    assert table["rr_imputed"].iloc[2] == pytest.approx(float(ratio))
    strict = compare_rates(first, first.assign(events=[8, 0]), imputed=(one, two), alpha=1e-6)
    assert (strict["support"] == 0).all()


def test_two_periods_of_the_shipped_incidents(incidents, border):
    districts = make_segments(border, by="tj_district")
    located = locate_events(incidents, border, segments=districts)
    table = compare_periods(located, districts, periods=(EARLY, LATE), seed=4)
    for which, days, seed in (("1", EARLY, 4), ("2", LATE, 5)):
        rates = segment_rates(located, districts, period=days, seed=seed)
        assert table[f"events_{which}"].tolist()[:-1] == rates["events"].tolist()
        assert table[f"events_{which}"].iloc[-1] == rates["events"].sum()
        assert table[f"expected_{which}"].iloc[-1] == pytest.approx(rates["expected_events"].sum())
        assert table[f"rate_{which}"].to_numpy()[:-1] == pytest.approx(rates["rate"].to_numpy())
    drawn = [
        draw_counts(located, districts, period=days, seed=seed)
        for days, seed in ((EARLY, 4), (LATE, 5))
    ]
    one, two = (np.column_stack((counts, counts.sum(axis=1))) for counts in drawn)
    over = [table[f"exposure_{which}_km_yr"].to_numpy() for which in "12"]
    p = rate_ratio_test(two, over[1], one, over[0]).p_value
    assert table["p_imputed"].tolist() == pytest.approx(np.median(p, axis=0).tolist())
    ratio, _, _ = pool_ratios(two, over[1], one, over[0])
    assert table["rr_imputed"].to_numpy() == pytest.approx(ratio, nan_ok=True)
    assert table.attrs["periods"] == [list(EARLY), list(LATE)]
    assert table.attrs["seed"] == 4
    assert [tally["events"] for tally in table.attrs["accounting"]] == [39, 42]
    json.dumps(table.attrs)
    again = compare_periods(located, districts, periods=(EARLY, LATE), seed=4)
    pd.testing.assert_frame_equal(table, again)


def test_two_groups_of_segments():
    rates = stored("late")
    river = rates["terrain"] == "river"
    table = compare_groups(rates, river)
    sums = rates.groupby(river)[["events", "exposure_km_yr"]].sum()
    row = table.iloc[0]
    assert (row["group_1"], row["group_2"]) == (False, True)
    assert (row["segments_1"], row["segments_2"]) == ((~river).sum(), river.sum())
    assert (row["events_1"], row["events_2"]) == tuple(sums["events"])
    expected = rate_ratio_test(
        sums["events"][True],
        sums["exposure_km_yr"][True],
        sums["events"][False],
        sums["exposure_km_yr"][False],
    )
    assert row["p_value"] == row["p_adj"] == pytest.approx(float(expected.p_value))
    for name, value in (("rr", expected.ratio), ("rr_lo", expected.lo), ("rr_hi", expected.hi)):
        assert row[name] == pytest.approx(float(value))
    # However the groups are told, the numbers are the same; false comes before true.
    assert river.iloc[0]
    by_name = compare_groups(
        rates, dict(zip(rates["segment_id"], river.map({True: "r", False: "o"}), strict=True))
    )
    assert by_name["group_1"].iloc[0] == "r"
    assert by_name["rr"].iloc[0] == pytest.approx(1 / row["rr"]) or row["rr"] == 0
    assert by_name["p_value"].iloc[0] == pytest.approx(row["p_value"])


def test_each_pair_of_several_groups():
    rates = stored("late")
    table = compare_groups(rates, "terrain", p_adj_method="bonferroni")
    names = list(dict.fromkeys(rates["terrain"]))
    assert len(table) == len(names) * (len(names) - 1) // 2 == 3
    assert table["group_1"].tolist() == [names[0], names[0], names[1]]
    assert table["p_adj"].tolist() == pytest.approx(np.minimum(3 * table["p_value"], 1).tolist())
    assert table.attrs["parameters"]["groups"] == "terrain"
    some = rates["terrain"].where(rates["terrain"] != names[1])
    assert len(compare_groups(rates, some)) == 1
    told = compare_groups(rates, some).attrs["parameters"]["segments_without_group"]
    assert told == (rates["terrain"] == names[1]).sum()


def test_groups_of_imputed_tables():
    rates = stored("late").iloc[:4]
    drawn = np.array([[1, 2, 3, 4], [4, 3, 0, 1]])
    table = compare_groups(rates, [False, True, True, False], imputed=drawn)
    over = rates["exposure_km_yr"].to_numpy()
    p = rate_ratio_test(
        drawn[:, 1:3].sum(axis=1), over[1:3].sum(), drawn[:, [0, 3]].sum(axis=1), over[[0, 3]].sum()
    ).p_value
    assert table["p_imputed"].iloc[0] == pytest.approx(np.median(p))
    assert table.attrs["parameters"]["n_imputations"] == 2


def test_a_series_of_groups_goes_by_its_index():
    """Labels by segment_id; a foreign index was read by position (mended 2026-11-30)."""
    rates = stored("late")
    river = rates["terrain"] == "river"
    expected = compare_groups(rates, river)
    by_id = pd.Series(river.to_numpy(), index=rates["segment_id"]).sample(frac=1, random_state=3)
    pd.testing.assert_frame_equal(compare_groups(rates, by_id), expected)
    some = compare_groups(rates, by_id.iloc[:100])
    assert some[["segments_1", "segments_2"]].to_numpy().sum() == 100
    for foreign in (river.sample(frac=1, random_state=3), river.set_axis(range(5, 140))):
        with pytest.raises(ParameterError, match="A Series of groups must have the index"):
            compare_groups(rates, foreign)
    twice = pd.concat([by_id, by_id.iloc[:1]])
    with pytest.raises(ParameterError, match="one segment_id each"):
        compare_groups(rates, twice)


def test_overlapping_segments_are_refused():
    """An event on two of them counted twice in totals and groups (mended 2026-11-30)."""
    wide = stored("early").assign(to_km=lambda t: t["to_km"] + 1)
    with pytest.raises(ParameterError, match="overlap"):
        compare_rates(wide, wide)
    with pytest.raises(ParameterError, match="overlap"):
        compare_groups(wide, "terrain")


# ---- bad input ----------------------------------------------------------------------------------

PAIR = np.zeros((2, 135), dtype=int)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rate_ratio_test(-1, 1, 1, 1), "events_a must be finite numbers of 0 or more"),
        (lambda: rate_ratio_test(1, 1, 1.5, 1), "events_b must be whole numbers"),
        (lambda: rate_ratio_test(1, 0, 1, 1), "exposure_a must be above 0"),
        (
            lambda: rate_ratio_test(1, 1, 1, 1, method="t"),
            "method must be one of conditional, e-test",
        ),
        (lambda: rate_ratio_test(1, 1, 1, 1, alternative="up"), "alternative must be one of"),
        (lambda: rate_ratio_test(1, 1, 1, 1, confidence_level=1), "between 0 and 1"),
        (lambda: pool_ratios([[1]], 1, [[1]], 1), "whole number from 2"),
        (lambda: compare_rates(stored("early"), stored("late").iloc[:3]), "of other segments"),
        (lambda: compare_rates(stored("early"), stored("late")[::-1]), "in another order"),
        (lambda: compare_rates(stored("early"), stored("late"), alpha=5), "alpha must lie between"),
        (lambda: compare_rates(stored("early"), stored("late"), imputed=PAIR[:1]), "two, but"),
        (
            lambda: compare_rates(
                stored("early"), stored("late"), imputed=(PAIR, np.zeros((3, 135)))
            ),
            "as many tables",
        ),
        (lambda: compare_rates(stored("early"), stored("late"), p_adj_method="x"), "p_adj_method"),
        (lambda: compare_groups(stored("late"), [True] * 135), "Two groups or more"),
        (lambda: compare_groups(stored("late"), [True, False]), "one label for each of the 135"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call()


def test_columns_and_names_that_are_not_there():
    with pytest.raises(ColumnError, match="second needs the column 'events'"):
        compare_rates(stored("early"), stored("late").drop(columns="events"))
    with pytest.raises(ColumnError, match="rates needs the column 'side'"):
        compare_groups(stored("late"), "side")
    with pytest.raises(ColumnError, match="segments of rates, but holds 'nowhere'"):
        compare_groups(stored("late"), {"nowhere": 1})


@pytest.mark.parametrize(
    ("periods", "words"),
    [
        ((EARLY, ("2017-12-31", "2025-12-31")), "periods must not overlap"),
        ((EARLY,), "periods must be two"),
        ((EARLY, ("spring", "autumn")), "pair of days"),
    ],
)
def test_bad_periods_are_refused(incidents, border, periods, words):
    with pytest.raises(ParameterError, match=words):
        compare_periods(locate_events(incidents, border), periods=periods)


def test_no_events_at_all(incidents, border):
    districts = make_segments(border, n=3)
    located = locate_events(incidents.iloc[:0], border, segments=districts)
    table = compare_periods(located, districts, boundary=border, periods=(EARLY, LATE))
    assert (table["p_value"] == 1).all()
    assert (table["reason"] == "no event in either: no ratio").all()
    assert (table["p_imputed"] == 1).all()
