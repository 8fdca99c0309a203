"""What all tests share: simulated and adjusted p-values."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frontier_geo._results import result_attrs
from frontier_geo.errors import ParameterError
from frontier_geo.significance import (
    adjust_p,
    check_level,
    check_n_sim,
    check_seed,
    monte_carlo_p,
    smallest_p,
)

FIVE = [0.01, 0.02, 0.03, 0.04, 0.05]


@pytest.mark.parametrize(
    ("method", "adjusted"),
    [
        # R 4.2 p.adjust(c(.01, .02, .03, .04, .05), method).
        ("fdr_bh", [0.05] * 5),
        ("fdr_by", [0.1141667] * 5),
        ("holm", [0.05, 0.08, 0.09, 0.09, 0.09]),
        ("bonferroni", [0.05, 0.10, 0.15, 0.20, 0.25]),
        ("none", FIVE),
    ],
)
def test_adjusted_p_values_are_those_of_r(method, adjusted):
    # R prints seven digits.
    assert adjust_p(FIVE, method) == pytest.approx(adjusted, abs=5e-8)


def test_what_was_not_tested_is_no_test():
    """Benjamini and Hochberg with m = 2: NaN neither counts nor changes."""
    adjusted = adjust_p([0.01, np.nan, 0.04])
    assert adjusted[[0, 2]] == pytest.approx([0.02, 0.04])
    assert np.isnan(adjusted[1])
    assert np.isnan(adjust_p([np.nan])).all()
    assert adjust_p([]).size == 0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from(["fdr_bh", "holm"]))
def test_adjusting_keeps_the_order_and_never_lowers(p, method):
    adjusted = adjust_p(p, method)
    order = np.argsort(p, kind="stable")
    assert (np.diff(adjusted[order]) >= -1e-12).all()
    assert (adjusted >= np.asarray(p) - 1e-12).all() and (adjusted <= 1).all()


def test_simulated_p_values_count_ties_and_are_never_zero():
    simulated = np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0], [4.0, 5.0]])
    assert monte_carlo_p([3.0, 9.0], simulated).tolist() == [3 / 5, 1 / 5]
    assert monte_carlo_p([3.0, 9.0], simulated.T, axis=1).tolist() == [3 / 5, 1 / 5]
    # 0.1 + 0.2 is above 0.3 by rounding only, and equals it here.
    assert monte_carlo_p([0.1 + 0.2], [[0.3]]).tolist() == [1.0]
    assert np.isnan(monte_carlo_p([np.nan], [[1.0]])).all()
    assert smallest_p(999) == 0.001


@pytest.mark.parametrize("n_sim", [0, -1, 2.5, True, "999", 10**8])
def test_a_number_of_simulations_that_is_none_is_refused(n_sim):
    with pytest.raises(ParameterError, match="n_sim must be a whole number from 1"):
        check_n_sim(n_sim)


def test_too_few_simulations_for_the_level_are_refused_with_the_number_needed():
    assert check_n_sim(99, alpha=0.01) == 99
    with pytest.raises(ParameterError, match=r"no p-value can be below 0\.0101.*n_sim=99 or more"):
        check_n_sim(98, alpha=0.01)
    with pytest.raises(ParameterError, match="n_sim=19 or more"):
        check_n_sim(18, alpha=0.05)


def test_seeds_and_levels_are_checked():
    assert check_seed(3) == 3 and check_level(0.9) == 0.9
    for seed in (-1, 1.0, None, True):
        with pytest.raises(ParameterError, match="seed must be a whole number"):
            check_seed(seed)
    for level in (0, 1, 95):
        with pytest.raises(ParameterError, match="alpha must lie between 0 and 1"):
            check_level(level, name="alpha")
    with pytest.raises(ParameterError, match="must lie between 0 and 1"):
        adjust_p([1.5])
    with pytest.raises(ParameterError, match="p_adj_method must be one of fdr_bh"):
        adjust_p([0.5], "bh")


def test_the_attrs_of_a_result_are_plain_and_keep_where_it_came_from():
    a, b = pd.DataFrame(), pd.DataFrame()
    a.attrs = {"boundary": {"boundary_id": "EQ"}, "parameters": {"n": 1, "scope": ["border"]}}
    b.attrs = {"boundary": {"boundary_id": "other"}, "period": ["2020", "2021"]}
    attrs = result_attrs(
        "clusters", a, b, parameters={"n": np.int64(2), "z": np.array([1.5])}, seed=np.int64(0),
        when=pd.Timestamp("2020-01-01"),
    )  # fmt: skip
    assert json.loads(json.dumps(attrs)) == attrs
    assert attrs["boundary"] == {"boundary_id": "EQ"} and attrs["period"] == ["2020", "2021"]
    assert attrs["parameters"] == {"scope": ["border"], "n": 2, "z": [1.5]}
    assert (attrs["result"], attrs["when"]) == ("clusters", "2020-01-01")


def test_a_result_does_not_claim_the_tests_of_the_tables_it_was_made_from():
    """Which events and segments these are stays; how they were tested goes (mended 2026-11-30)."""
    which = {
        "max_distance_km": 25.0, "tolerance_km": 0.5, "uncertainty_km": {"town": 5}, "scope": ["border"],
        "min_confidence": "medium", "length_km": 10, "n": None, "by": None, "breaks_km": None,
        "remainder": "balance", "smallest_share": 0.2, "step": "year",
    }  # fmt: skip
    rates, other = pd.DataFrame(), pd.DataFrame()
    rates.attrs["parameters"] = which | {
        "test": "exact conditional binomial", "interval": "Garwood", "p_adj_method": "fdr_bh",
        "seed": 7, "confidence_level": 0.9,
    }  # fmt: skip
    other.attrs["parameters"] = {"scope": ["region"], "seed": 8, "step": "month"}
    assert result_attrs("smoothed", rates, other)["parameters"] == which
    told = result_attrs("hotspots", rates, parameters={"seed": 1, "n": 3})["parameters"]
    assert told == which | {"seed": 1, "n": 3}
