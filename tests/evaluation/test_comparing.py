"""The paired comparison of two methods: written out, against the plain table, bad input."""

import json

import numpy as np
import pandas as pd
import pytest

from frontier_geo.errors import ParameterError
from frontier_geo.evaluation import compare_forecasts, evaluate_forecasts, rolling_forecasts


def series_of(counts):
    """Return a space-time table of 10 km segments and years of exposure 10."""
    counts = np.asarray(counts)
    n, t = counts.shape
    table = pd.DataFrame(
        {
            "segment_id": np.repeat([f"s{i}" for i in range(n)], t),
            "from_km": np.repeat(np.arange(n) * 10.0, t),
            "to_km": np.repeat(np.arange(n) * 10.0 + 10, t),
            "length_km": 10.0,
            "step": np.tile(np.arange(t), n),
            "step_start": np.tile(pd.to_datetime([f"{2000 + k}-01-01" for k in range(t)]), n),
            "step_end": np.tile(pd.to_datetime([f"{2000 + k}-12-31" for k in range(t)]), n),
            "events": counts.ravel(),
            "exposure_km_yr": 10.0,
        }
    )
    table.attrs = {"step": "year"}
    return table


COUNTS = np.random.default_rng(3).poisson(1.0, (6, 12)) * np.array([[0], [3], [1], [1], [0], [2]])


@pytest.fixture(scope="module")
def table():
    return compare_forecasts(
        series_of(COUNTS), first="mean", second="last", share_of_length=[0.2, 0.5]
    )


def test_difference_and_error_of_a_score_written_out(table):
    """A mean of one number an origin: the jackknife is the error of a mean, s / sqrt(n)."""
    made = rolling_forecasts(series_of(COUNTS), methods=["mean", "last"])
    yearly = made.groupby(["method", "origin"])["crps"].mean().unstack("method")
    gap = yearly["mean"] - yearly["last"]
    row = table.set_index("measure").loc["crps"]
    assert row["difference"] == pytest.approx(gap.mean(), rel=1e-12)
    assert row["se"] == pytest.approx(gap.std(ddof=1) / np.sqrt(len(gap)), rel=1e-10)
    # Student's t of 7 degrees of freedom, 97.5 %: 2.364624 (R 4.2.2, qt(0.975, 7)).
    assert len(gap) == 8
    assert row["hi"] - row["difference"] == pytest.approx(2.364624 * row["se"], rel=1e-6)


def test_both_columns_are_those_of_the_evaluation(table):
    plain = evaluate_forecasts(
        series_of(COUNTS), methods=["mean", "last"], share_of_length=[0.2, 0.5]
    )
    for row in table.itertuples():
        share = 0.2 if np.isnan(row.share_of_length) else row.share_of_length
        at = plain[plain["share_of_length"] == share].set_index("method")[row.measure]
        assert (row.first, row.second) == pytest.approx((at["mean"], at["last"]))
    assert len(table) == 3 * 2 + 6


def test_the_other_way_round_has_the_other_sign(table):
    back = compare_forecasts(
        series_of(COUNTS), first="last", second="mean", share_of_length=[0.2, 0.5]
    )
    assert back["difference"].to_numpy() == pytest.approx(-table["difference"].to_numpy())
    assert back["se"].to_numpy() == pytest.approx(table["se"].to_numpy())


def test_a_method_is_as_good_as_itself():
    same = compare_forecasts(series_of(COUNTS), first="mean", second="mean")
    assert same["difference"].tolist() == pytest.approx([0] * len(same))
    assert same["se"].tolist() == pytest.approx([0] * len(same))


def test_no_number_is_missing_without_a_reason():
    for found in (
        compare_forecasts(series_of(COUNTS), first="last", uniform_share=0),
        compare_forecasts(series_of(COUNTS), first="last", min_history=11),
        compare_forecasts(series_of(0 * COUNTS), first="last"),
    ):
        missing = found[["difference", "se", "lo", "hi"]].isna().any(axis=1)
        assert missing.any()
        assert found.loc[missing, "reason"].notna().all()
        assert found.loc[~missing, "reason"].isna().all()


def test_attrs_can_be_written(table):
    assert table.attrs["result"] == "forecast_comparison"
    assert table.attrs["parameters"]["first"] == "mean"
    assert json.dumps(table.attrs)


def test_bad_methods():
    with pytest.raises(ParameterError, match="method must be one of"):
        compare_forecasts(series_of(COUNTS), first="arima")
    with pytest.raises(ParameterError, match="confidence_level"):
        compare_forecasts(series_of(COUNTS), first="mean", confidence_level=2)
