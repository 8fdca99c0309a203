"""Impact levels: the rule, word by word, and when it says that it is not sure."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

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


def garwood(n: int) -> tuple[float, float]:
    """The exact limits by chi-square quantiles (Garwood 1936), independent of the library."""
    low = chi2.ppf(0.025, 2 * n) / 2 if n else 0.0
    return low, chi2.ppf(0.975, 2 * n + 2) / 2


def test_ratios_and_limits_by_hand():
    """20 events on 1,000 km·year: 0.02 for each. 10 on 200: 2.5 times that, 1.20 to 4.60."""
    found = impact_levels(rates([10, 4, 6], [200, 400, 400]))
    np.testing.assert_allclose(found["rr"], [2.5, 0.5, 0.75])
    for i, (n, km) in enumerate([(10, 200), (4, 400), (6, 400)]):
        low, high = garwood(n)
        assert found["rr_lo"].iloc[i] == pytest.approx(low / km / 0.02, rel=1e-9)
        assert found["rr_hi"].iloc[i] == pytest.approx(high / km / 0.02, rel=1e-9)
    assert found["level"].tolist() == ["high", "low", "low"]
    assert found["level_lo"].tolist() == ["medium", "low", "low"]
    assert found["level_hi"].tolist() == ["critical", "medium", "medium"]
    assert not found["certain"].any()
    assert found.attrs["reference_rate"] == pytest.approx(2.0)


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
    """On a short segment its rate is 50 times the line's; the lower limit of one event is 0.025."""
    found = impact_levels(rates([1, 1], [1, 99]))
    assert found["rr"].iloc[0] == 50
    assert found["level"].iloc[0] == "high"  # 0.025 of 0.02 is 1.27 times the line's rate: medium
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
    rate = table["weighted"].sum() / table["exposure_km_yr"].sum()
    np.testing.assert_allclose(found["rr"], table["weighted_rate"] / 100 / rate)
    np.testing.assert_allclose(found["rr_lo"], table["weighted_lo"] / 100 / rate)
    np.testing.assert_allclose(found["rr_hi"], table["weighted_hi"] / 100 / rate)
    assert found.attrs["parameters"]["severity"] == "killed"
    json.dumps(found.attrs)
    with pytest.raises(
        ParameterError, match="of level 0.95, but confidence_level=0.9 was asked for"
    ):
        impact_levels(table, column="weighted", confidence_level=0.9)
    with pytest.raises(ParameterError, match="imputed tables are counts"):
        impact_levels(table, column="weighted", imputed=np.ones((2, len(table))))


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
    np.testing.assert_allclose(mixed["rr_imputed"], [20 / 15, 20 / 15, 10 / 15, 10 / 15])
    none = impact_levels(table, imputed=np.zeros((2, 4)))
    assert (none["rr_imputed"] == 0).all()
    with pytest.raises(ParameterError, match=r"tables of counts of the shape \(4,\)"):
        impact_levels(table, imputed=[[1, 2, 3]])


def test_all_equal_is_medium():
    """Everywhere the rate of the line itself: from 1 times it on a level is medium."""
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


def test_one_segment_is_enough():
    found = impact_levels(rates([4]))
    assert found["rr"].tolist() == [1.0]


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
