"""Impact levels: the rule, word by word, and when it says that it is not sure."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest, f, gamma, norm, t

from frontier_geo import locate_events, make_segments, segment_rates
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.hotspots.impact import LEVELS, impact_levels, level_of


def rates(events, exposure=None) -> pd.DataFrame:
    """A table of segments of the exposure given, in km·year."""
    events = np.asarray(events)
    exposure = (
        np.full(events.size, 100.0) if exposure is None else np.asarray(exposure, dtype=float)
    )
    end = np.cumsum(exposure)
    return pd.DataFrame(
        {
            "segment_id": [f"s{i}" for i in range(events.size)],
            "from_km": end - exposure,
            "to_km": end,
            "length_km": exposure,
            "exposure_km_yr": exposure,
            "events": events,
        }
    )


def clopper_pearson(n: int, total: int, share: float) -> tuple[float, float]:
    """Limits of the ratio of rates by scipy's exact interval of n among all, as odds."""
    found = binomtest(n, total).proportion_ci(method="exact")
    over = (1 - share) / share
    return found.low / (1 - found.low) * over, found.high / (1 - found.high) * over


def test_ratios_and_limits_by_hand():
    """10 on 200 km·year, 10 on the other 800: 4 times their rate, 1.49 to 10.71."""
    found = impact_levels(rates([10, 4, 6], [200, 400, 400]))
    np.testing.assert_allclose(found["rr"], [4, 0.375, 4.5 / 7])
    for i, (n, km) in enumerate([(10, 200), (4, 400), (6, 400)]):
        low, high = clopper_pearson(n, 20, km / 1000)
        assert found["rr_lo"].iloc[i] == pytest.approx(low, rel=1e-8)
        assert found["rr_hi"].iloc[i] == pytest.approx(high, rel=1e-8)
    assert found["level"].tolist() == ["high", "low", "low"]
    assert found["level_lo"].tolist() == ["medium", "low", "low"]
    assert found["level_hi"].tolist() == ["critical", "medium", "medium"]
    assert not found["certain"].any()
    assert found.attrs["reference_rate"] == pytest.approx(2.0)
    assert found.attrs["unit"] == "times the rate of all other segments (rr)"


def test_few_segments_set_no_bound():
    """
    A segment is compared with the others: with itself, the ratio was 3 at most (mended 2026-11-30).

    All 9 events on one of three: a share of 0.025^(1/9) = 0.664 of them at least, odds of 1.97, twice
    that by exposure: 3.95. All 500: 0.9926, odds of 135.
    """
    for n, lowest, certain in ((500, 270.09, True), (9, 3.947, False)):
        found = impact_levels(rates([0, 0, n]))
        assert found["rr"].tolist() == [0, 0, np.inf]
        share = 0.025 ** (1 / n)
        assert found["rr_lo"].iloc[2] == pytest.approx(2 * share / (1 - share), rel=1e-8)
        assert found["rr_lo"].iloc[2] == pytest.approx(lowest, rel=1e-3)  # of the digits quoted
        assert found["level"].tolist() == ["low", "low", "critical"]
        assert found["certain"].iloc[2] == certain
    assert impact_levels(rates([0, 0, 1]))["level"].tolist() == ["low", "low", "medium"]


def test_the_ratio_is_that_of_segment_rates(incidents, border):
    """One word, one number: `rr` of both tables (mended 2026-11-30)."""
    table = segment_rates(locate_events(incidents, border), make_segments(border, by="tj_province"))
    np.testing.assert_allclose(impact_levels(table)["rr"], table["rr"])


@pytest.mark.parametrize(
    ("ratio", "lowest", "level"),
    [
        (0.0, 0.0, "low"), (0.99, 0.5, "low"), (1.0, 0.1, "medium"), (1.99, 1.5, "medium"),
        (2.0, 0.99, "medium"),  # high by the ratio, but the lower limit is low: one above that
        (2.0, 1.0, "high"), (3.99, 3.9, "high"),
        (4.0, 0.5, "medium"), (4.0, 1.99, "high"), (4.0, 2.0, "critical"), (99.0, 50.0, "critical"),
        (99.0, 0.9, "medium"),
    ],
)  # fmt: skip
def test_the_rule_at_its_edges(ratio, lowest, level):
    assert LEVELS[level_of([ratio], [lowest])[0]] == level


def test_a_single_event_is_never_critical():
    """On a short segment its rate is 99 times that elsewhere; one of two is 0.0126 of them at least."""
    found = impact_levels(rates([1, 1], [1, 99]))
    assert found["rr"].iloc[0] == 99
    assert found["level"].iloc[0] == "high"  # odds of 0.0127 times 99 are 1.26: medium
    assert "the rate is critical, but the lower limit allows high" in found["why"].iloc[0]
    found = impact_levels(rates([1, 9], [10, 90]))
    assert found["level"].iloc[0] == "medium"
    found = impact_levels(rates([1, 1], [10, 90]))
    assert found["level"].iloc[0] == "medium"
    assert "the rate is critical, but the lower limit allows medium" in found["why"].iloc[0]
    assert found["level_hi"].iloc[0] == "critical"
    assert not found["certain"].iloc[0]


@settings(deadline=None, max_examples=80)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=12).filter(any), st.integers(0, 9))
def test_critical_is_flagged_unless_it_is_sure(counts, which):
    """Whatever the counts: what is critical is surely high, and flagged unless surely critical."""
    exposure = np.full(len(counts), 100.0)
    exposure[which % len(counts)] = 7.0
    found = impact_levels(rates(counts, exposure))
    number = {word: i for i, word in enumerate(LEVELS)}
    level, low, high = (found[c].map(number) for c in ("level", "level_lo", "level_hi"))
    critical = found["level"] == "critical"
    assert (found.loc[critical, "rr_lo"] >= 2).all()
    assert not found.loc[critical & (found["rr_lo"] < 4), "certain"].any()
    assert (level <= low + 1).all()
    assert (low <= level).all()
    assert (level <= high).all()
    assert (found["certain"] == ((low == level) & (level == high))).all()


def test_a_rising_trend_lifts_but_makes_nothing_critical():
    table = rates([2, 10, 30, 60, 18] + [16] * 5)
    trends = pd.DataFrame({"segment_id": ["s0", "s1", "s2", "s3"], "trend": ["rising"] * 4})
    plain, lifted = impact_levels(table), impact_levels(table, trends=trends)
    assert plain["level"].tolist()[:5] == ["low", "low", "medium", "high", "low"]
    assert lifted["level"].tolist()[:5] == ["medium", "medium", "high", "high", "low"]
    assert lifted["trend"].tolist()[:5] == ["rising"] * 4 + ["none"]
    assert "rising: low becomes medium" in lifted["why"].iloc[0]
    falling = impact_levels(table, trends=trends.assign(trend="falling"))
    assert falling["level"].tolist() == plain["level"].tolist()


def test_thresholds_can_be_set():
    found = impact_levels(rates([30, 10, 10, 10]), thresholds=(0.5, 1.1, 1.5))
    assert found["level"].tolist() == ["critical", "medium", "medium", "medium"]
    assert found.attrs["parameters"]["thresholds"] == [0.5, 1.1, 1.5]


def test_severity_weighs_what_happened(incidents, border):
    """Rates weighed by people killed: the weighted columns and their interval are taken over."""
    located = locate_events(incidents, border)
    segments = make_segments(border, by="tj_province")
    table = segment_rates(located, segments, weights="killed", events=incidents)
    found = impact_levels(table, column="weighted")
    rate = table["weighted_rate"].to_numpy()
    np.testing.assert_allclose(found["rr"], rate / rate[::-1])  # there are two provinces
    # The lower limit of one is the upper one of the other, turned over.
    np.testing.assert_allclose(found["rr_lo"] * found["rr_hi"].to_numpy()[::-1], 1)
    assert found.attrs["parameters"]["severity"] == "killed"
    json.dumps(found.attrs)
    with pytest.raises(
        ParameterError, match="of level 0.95, but confidence_level=0.9 was asked for"
    ):
        impact_levels(table, column="weighted", confidence_level=0.9)
    with pytest.raises(ParameterError, match="imputed tables are counts"):
        impact_levels(table, column="weighted", imputed=np.ones((2, len(table))))


def test_limits_of_weighted_sums_are_those_of_gamma_variables():
    """
    Weights 3, 1, 1 | 2 | none: quantiles of a million draws of the gammas of Fay & Feuer.

    The standard error of a quantile is sqrt(0.025 * 0.975 / 1e6) / density: below 0.5 % of it here.
    """
    table = rates([3, 1, 0], [100, 100, 100])
    score, squares, top = np.array([5.0, 2, 0]), np.array([11.0, 4, 0]), 3.0
    table["weighted"] = table["weighted_rate"] = score  # 100 km·year each
    some = squares > 0
    table["weighted_lo"] = 0.0
    shape, scale = score[some] ** 2 / squares[some], squares[some] / score[some]
    table.loc[some, "weighted_lo"] = gamma.ppf(0.025, shape, scale=scale)
    table.attrs = {"parameters": {"confidence_level": 0.95}, "weights": {"largest": top}}
    found = impact_levels(table, column="weighted")
    random = np.random.default_rng(0)

    def draws(total, square):
        return random.gamma(total**2 / square, square / total, 1_000_000)

    for i in range(3):
        others, others_square = score.sum() - score[i], squares.sum() - squares[i]
        most = draws(score[i] + top, squares[i] + top**2) / draws(others, others_square)
        assert found["rr_hi"].iloc[i] == pytest.approx(2 * np.quantile(most, 0.975), rel=0.02)
        if score[i]:
            least = draws(score[i], squares[i]) / draws(others + top, others_square + top**2)
            assert found["rr_lo"].iloc[i] == pytest.approx(2 * np.quantile(least, 0.025), rel=0.02)
    assert found["rr_lo"].iloc[2] == 0


def test_weights_of_one_are_counts(incidents, border):
    located = locate_events(incidents, border)
    segments = make_segments(border, by="tj_province")
    ones = np.ones(located["event_id"].nunique())
    table = segment_rates(located, segments, weights=ones)
    weighted, counted = impact_levels(table, column="weighted"), impact_levels(table)
    for name in ("rr", "rr_lo", "rr_hi"):
        np.testing.assert_allclose(weighted[name], counted[name], rtol=1e-8)


def test_weighted_rates_without_attributes_are_refused(incidents, border):
    """Limits of 80 % were taken for 95 % where the attributes were lost (mended 2026-11-30)."""
    table = segment_rates(
        locate_events(incidents, border), make_segments(border, by="tj_province"),
        weights="killed", events=incidents, confidence_level=0.8,
    )  # fmt: skip
    lost = table.copy()
    lost.attrs = {}
    for level in (0.8, 0.95):
        with pytest.raises(ParameterError, match="needs the table as segment_rates made it"):
            impact_levels(lost, column="weighted", confidence_level=level)
    impact_levels(table, column="weighted", confidence_level=0.8)


def test_overlapping_segments_are_refused():
    """Places on two segments count twice (mended 2026-11-30)."""
    table = rates([3, 1, 2])
    table.loc[1, "from_km"] -= 10
    with pytest.raises(ParameterError, match="overlap"):
        impact_levels(table)


def test_missing_numbers_are_counted_right():
    """One of 27 is missing, where "2 of 28" were said to be (mended 2026-11-30)."""
    with pytest.raises(ParameterError, match="but 1 of 27 are not, first nan in row 0"):
        impact_levels(rates([np.nan] + [1.0] * 26))
    with pytest.raises(ParameterError, match="but 1 of 1 are not"):
        impact_levels(rates([np.nan]))


def test_imputed_tables():
    table = rates([30, 10, 10, 10])
    same = impact_levels(table, imputed=np.tile(table["events"], (3, 1)))
    np.testing.assert_allclose(same["rr_imputed"], same["rr"])
    np.testing.assert_allclose(same["rr_imputed_lo"], same["rr_lo"])
    np.testing.assert_allclose(same["rr_imputed_hi"], same["rr_hi"])
    assert same["level_imputed"].tolist() == same["level"].tolist()
    assert (same["support"] == 1).all()
    mixed = impact_levels(table, imputed=[[30, 10, 10, 10], [10, 30, 10, 10]])
    assert mixed["support"].tolist() == [0.5, 0.5, 1, 1]
    np.testing.assert_allclose(mixed["rr_imputed"], [1.5, 1.5, 0.6, 0.6])  # 20 to 40, 10 to 50
    # Rubin: ratios of 3 and 0.6 vary more than counts alone.
    assert (
        mixed["rr_imputed_lo"].iloc[:2] < impact_levels(rates([20, 20, 10, 10]))["rr_lo"][0]
    ).all()
    assert mixed.attrs["parameters"]["n_imputations"] == 2
    none = impact_levels(table, imputed=np.zeros((2, 4)))
    assert none["rr_imputed"].isna().all()
    assert "rr_imputed and level_imputed are missing: no events" in none.attrs["notes"][1]
    with pytest.raises(ParameterError, match=r"tables of counts of the shape \(4,\)"):
        impact_levels(table, imputed=[[1, 2, 3]])


def test_what_one_gains_the_others_lose():
    """
    19, 20 and 21 of 40 events, by hand: the ratio varies by both counts (mended 2026-11-30).

    n - 1 * others: -2, 0, 2, with a variance of 4. Rubin: 20 + 4 / 3 * 4 = 25.333 with
    2 * (1 + 20 / 5.333)² = 45.125 degrees of freedom; the others: 20.
    """
    drawn = [[19, 21], [20, 20], [21, 19]]
    found = impact_levels(rates([20, 20]), imputed=drawn)
    variance = 76 / 3 * (t.isf(0.025, 45.125) / norm.isf(0.025)) ** 2
    low = 20 / 21 * f.ppf(0.025, 2 * 400 / variance, 2 * 21)
    high = 21 / 20 * f.ppf(0.975, 2 * 441 / (variance + 1), 2 * 20)
    np.testing.assert_allclose(found["rr_imputed"], 1)
    np.testing.assert_allclose(
        found["rr_imputed_lo"], low, rtol=1e-6
    )  # of the digits of the freedom
    np.testing.assert_allclose(found["rr_imputed_hi"], high, rtol=1e-6)


def test_all_equal_is_medium():
    """Everywhere the rate of all others: from 1 times it on a level is medium."""
    found = impact_levels(rates([7] * 5))
    np.testing.assert_allclose(found["rr"], 1.0)
    assert (found["level"] == "medium").all()


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 60), min_size=2, max_size=12).filter(any), st.floats(0.01, 100))
def test_unit_and_order_do_not_matter(counts, scale):
    exposure = 50.0 + 10 * np.arange(len(counts))
    found = impact_levels(rates(counts, exposure))
    scaled = rates(counts, exposure)
    scaled["exposure_km_yr"] *= scale
    np.testing.assert_allclose(impact_levels(scaled)["rr"], found["rr"], rtol=1e-9)
    turned = impact_levels(rates(counts, exposure).iloc[::-1])
    pd.testing.assert_series_equal(turned["rr_lo"].loc[found.index], found["rr_lo"])


def test_no_events_is_no_level():
    found = impact_levels(rates([0, 0, 0]))
    assert found["level"].isna().all()
    assert found[["rr", "rr_lo", "rr_hi"]].isna().all(axis=None)
    assert found["why"].str.startswith("no events on any segment").all()
    assert not found["certain"].any()
    drawn = impact_levels(rates([0, 0, 0]), imputed=[[1, 0, 0], [0, 1, 0]])
    assert drawn["support"].isna().all()


def test_one_segment_has_no_others():
    """Its own rate over itself was 1, "medium" (mended 2026-11-30)."""
    found = impact_levels(rates([4]), imputed=[[4], [3]])
    assert (
        found[["rr", "rr_lo", "rr_hi", "level", "level_imputed", "rr_imputed"]]
        .isna()
        .all(axis=None)
    )
    assert found["why"].tolist() == ["the only segment: there are no others to compare with"]
    assert not found["certain"].any()
    assert "the only segment" in found.attrs["notes"][1]


def test_the_table_says_what_it_is_and_is_not():
    found = impact_levels(rates([3, 1]))
    assert found.attrs["result"] == "impact"
    assert "not an assessment under the regulation" in found.attrs["notes"][0]
    json.dumps(found.attrs)


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        (
            {"events": [-1, 2]},
            {},
            ParameterError,
            "events must be 0 or more, but the smallest is -1",
        ),
        ({"events": [np.nan, 2]}, {}, ParameterError, "events must be finite numbers"),
        ({"exposure_km_yr": [0.0, 1]}, {}, ParameterError, "exposure_km_yr must be above 0"),
        ({}, {"thresholds": (1, 1, 2)}, ParameterError, "three rising numbers above 0"),
        ({}, {"thresholds": (0, 1, 2)}, ParameterError, "three rising numbers above 0"),
        ({}, {"thresholds": (1, 2)}, ParameterError, "three rising numbers"),
        ({}, {"confidence_level": 1}, ParameterError, "confidence_level must lie between"),
        ({}, {"column": "killed"}, ColumnError, "'killed'"),
        ({}, {"column": "weighted"}, ColumnError, "'weighted'"),
        (
            {},
            {"trends": pd.DataFrame({"segment_id": ["s0"], "trend": ["up"]})},
            ParameterError,
            "trend must be one of rising, falling, none",
        ),
        (
            {},
            {"trends": pd.DataFrame({"segment_id": ["s0", "s0"], "trend": ["none"] * 2})},
            ParameterError,
            "must occur once",
        ),
    ],
)
def test_bad_input_is_refused(change, options, error, words):
    with pytest.raises(error, match=words):
        impact_levels(rates([3, 1]).assign(**change), **options)


def test_a_table_without_exposure_is_refused():
    with pytest.raises(ColumnError, match="'exposure_km_yr'"):
        impact_levels(rates([1, 2]).drop(columns="exposure_km_yr"))
