"""Poisson and negative binomial models of counts per segment, against R."""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from frontier_geo import load_referents, locate_events, segment_rates
from frontier_geo.density.covariates import (
    crossing_distance,
    fit_intensity_model,
    poisson_regression,
)
from frontier_geo.errors import ColumnError, ParameterError, ResolutionWarning, StatisticsError

REFERENCE = Path(__file__).parents[1] / "reference"
GOLDEN = json.loads((REFERENCE / "density_spatstat.json").read_text(encoding="utf-8"))
PYTHON = json.loads((REFERENCE / "density_python.json").read_text(encoding="utf-8"))
SEGMENTS = pd.read_csv(REFERENCE / "density_segments.csv")
MODEL, QUINE = GOLDEN["model"], GOLDEN["quine"]


def design(*columns: str) -> np.ndarray:
    return np.column_stack([np.ones(len(SEGMENTS)), *(SEGMENTS[c] for c in columns)])


@pytest.fixture(scope="module")
def border_fit():
    return poisson_regression(
        SEGMENTS["events"], design("crossing_km", "east"), SEGMENTS["exposure_km_yr"]
    )


def test_the_border_is_as_in_r(border_fit):
    """glm(poisson) of R 4.2.2 on the counts of the 135 segments (make_density.R)."""
    table = MODEL["coefficients"]
    # Both iterate until the deviance stands still.
    assert border_fit.coefficient == pytest.approx(table["Estimate"], rel=1e-7)
    assert border_fit.std_error == pytest.approx(table["Std. Error"], rel=1e-6)
    assert border_fit.z == pytest.approx(table["z value"], rel=1e-6)
    assert border_fit.p_value == pytest.approx(table["Pr(>|z|)"], rel=1e-5, abs=1e-300)
    assert border_fit.lo == pytest.approx(MODEL["wald"]["2.5 %"], rel=1e-6)
    assert border_fit.hi == pytest.approx(MODEL["wald"]["97.5 %"], rel=1e-6)
    assert border_fit.deviance[:40] == pytest.approx(MODEL["deviance"], rel=1e-6)
    assert border_fit.pearson[:40] == pytest.approx(MODEL["pearson"], rel=1e-6)
    assert border_fit.aic == pytest.approx(MODEL["aic"], rel=1e-9)
    assert border_fit.dispersion == pytest.approx(MODEL["dispersion"], rel=1e-6)
    assert border_fit.df_resid == 132
    assert np.sqrt(np.diag(border_fit.covariance)) == pytest.approx(border_fit.std_error)


def test_the_dispersion_test_is_a_regression_without_constant(border_fit):
    """lm(((y - mu)^2 - y) / mu ~ 0 + mu) in R: its t is the statistic."""
    assert border_fit.dispersion_z == pytest.approx(MODEL["dispersion_z"], rel=1e-6)
    assert border_fit.dispersion_p == pytest.approx(
        0.5 * math.erfc(MODEL["dispersion_z"] / math.sqrt(2)), rel=1e-5
    )


def test_negative_binomial_is_that_of_mass_and_statsmodels():
    fit = poisson_regression(
        SEGMENTS["events"], design("crossing_km"), SEGMENTS["exposure_km_yr"],
        family="negative_binomial",
    )  # fmt: skip
    # alpha is where a flat likelihood is highest: to 1e-4; the coefficients hardly depend on it.
    assert fit.alpha == pytest.approx(MODEL["nb_alpha"], rel=1e-4)
    assert fit.coefficient == pytest.approx(MODEL["nb_coefficients"], rel=1e-4)
    assert fit.log_likelihood == pytest.approx(MODEL["nb_loglik"], rel=1e-8)
    other = PYTHON["negative_binomial"]
    assert fit.alpha == pytest.approx(other["params"][-1], rel=1e-4)
    assert fit.log_likelihood == pytest.approx(other["llf"], rel=1e-8)
    assert fit.aic == pytest.approx(-2 * other["llf"] + 2 * 3)


@pytest.mark.parametrize("family", ["poisson", "negative_binomial"])
def test_quine_is_as_in_r(family):
    """The data set quine of MASS, days absent of 146 children."""
    x = np.column_stack([np.ones(146), QUINE["male"], QUINE["slow"]])
    fit = poisson_regression(QUINE["days"], x, np.ones(146), family=family)
    if family == "poisson":
        assert fit.coefficient == pytest.approx(QUINE["coefficients"]["Estimate"], rel=1e-7)
        assert fit.std_error == pytest.approx(QUINE["coefficients"]["Std. Error"], rel=1e-6)
        assert fit.dispersion_p < 1e-3
    else:
        assert fit.coefficient == pytest.approx(QUINE["nb_coefficients"], rel=1e-4)
        assert fit.alpha == pytest.approx(QUINE["nb_alpha"], rel=1e-4)
        assert fit.log_likelihood == pytest.approx(QUINE["nb_loglik"], rel=1e-8)


def test_two_groups_by_hand():
    """With one yes-or-no covariate the rates are those of the groups."""
    fit = poisson_regression([3, 5, 6, 2], [[1, 0], [1, 0], [1, 1], [1, 1]], [10, 10, 5, 5])
    assert np.exp(fit.coefficient) == pytest.approx([8 / 20, (8 / 10) / (8 / 20)])
    assert fit.std_error[1] == pytest.approx(math.sqrt(1 / 8 + 1 / 8))
    assert fit.fitted == pytest.approx([4, 4, 4, 4])


def test_evenly_spread_counts_need_no_negative_binomial():
    y = [2, 2, 3, 2, 2, 3, 2, 2]
    fit = poisson_regression(y, np.ones((8, 1)), np.ones(8), family="negative_binomial")
    assert fit.alpha == 0
    assert fit.coefficient == pytest.approx([math.log(18 / 8)])


def test_units_and_order_do_not_matter():
    x, y = design("crossing_km", "east"), SEGMENTS["events"].to_numpy()
    e = SEGMENTS["exposure_km_yr"].to_numpy()
    once = poisson_regression(y, x, e)
    turned = poisson_regression(y[::-1], x[::-1], e[::-1])
    assert turned.coefficient == pytest.approx(once.coefficient, rel=1e-9)
    metres = poisson_regression(y, x * [1, 1000, 1], e * 1000)
    assert metres.coefficient * [1, 1000, 1] == pytest.approx(
        once.coefficient - [math.log(1000), 0, 0], rel=1e-6
    )
    assert metres.p_value[1:] == pytest.approx(once.p_value[1:], rel=1e-5)


# ---- what cannot be estimated --------------------------------------------------------------------


def test_separation_is_told():
    x = [[1, 0], [1, 0], [1, 0], [1, 1], [1, 1]]
    with pytest.raises(StatisticsError, match="Separation: by 'terrain=lake' one can tell"):
        poisson_regression([1, 0, 2, 0, 0], x, np.ones(5), names=["intercept", "terrain=lake"])
    # Turned round: all events in one group.
    with pytest.raises(StatisticsError, match="Separation"):
        poisson_regression([0, 0, 0, 4, 1], x, np.ones(5))
    # Events in both: nothing to complain of.
    poisson_regression([1, 0, 0, 0, 1], x, np.ones(5))


def test_separation_by_a_number_is_told():
    """One event at the lowest value: the further away, the fewer, without end."""
    x = np.column_stack([np.ones(6), [0, 1, 2, 3, 4, 5]])
    with pytest.raises(StatisticsError, match="Separation"):
        poisson_regression([2, 0, 0, 0, 0, 0], x, np.ones(6))


@pytest.mark.parametrize(
    ("y", "x", "e", "error", "words"),
    [
        ([0, 0, 0], np.ones((3, 1)), [1, 1, 1], StatisticsError, "needs an event"),
        ([1, 2, 3], np.eye(3), [1, 1, 1], StatisticsError, "needs more segments than that"),
        ([1, 2, 3], [[1, 2], [1, 2], [1, 2]], [1, 1, 1], StatisticsError, "'column 1' follows from"),
        ([1, 2, 3], [[1, 0], [1, 0], [1, 0]], [1, 1, 1], StatisticsError, "0 on every segment"),
        ([1, 2, 3], np.ones((3, 1)), [1, 0, 1], ParameterError, "exposure must be above 0, but row 1"),
        ([1, -2, 3], np.ones((3, 1)), [1, 1, 1], ParameterError, "counts of 0 or more"),
        ([1, np.nan, 3], np.ones((3, 1)), [1, 1, 1], ParameterError, "counts of 0 or more"),
        ([1, 2, 3], [[1], [np.nan], [1]], [1, 1, 1], ParameterError, "Covariates must be finite"),
        ([1, 2], np.ones((3, 1)), [1, 1, 1], ParameterError, "their shapes are"),
    ],
)  # fmt: skip
def test_bad_arguments_are_told(y, x, e, error, words):
    with pytest.raises(error, match=words):
        poisson_regression(y, x, e)
    with pytest.raises(ParameterError, match="family must be one of"):
        poisson_regression([1, 2], np.ones((2, 1)), [1, 1], family="gamma")


# ---- the table -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rates(border, incidents, segments):
    found = segment_rates(locate_events(incidents, border), segments, boundary=border)
    counts = SEGMENTS["events"].to_numpy()
    attrs = found.attrs
    found = found.assign(drawn=counts, east=SEGMENTS["east"].astype(bool))
    found.attrs = attrs
    return found


def test_the_table_is_the_array_fit(rates, border, border_fit):
    model = fit_intensity_model(rates, border, covariates=["crossing_km", "east"], column="drawn")
    table = model.coefficients
    assert table["term"].tolist() == ["intercept", "crossing_km", "east=True"]
    assert table["log_rr"].to_numpy() == pytest.approx(border_fit.coefficient, rel=1e-6)
    assert table["rr"].to_numpy() == pytest.approx(np.exp(border_fit.coefficient), rel=1e-6)
    assert table["rr_lo"].to_numpy() == pytest.approx(np.exp(border_fit.lo), rel=1e-6)
    assert table["rr_hi"].to_numpy() == pytest.approx(np.exp(border_fit.hi), rel=1e-6)
    assert model.residuals["fitted"].sum() == pytest.approx(108, rel=1e-9)
    assert model.residuals["segment_id"].tolist() == rates["segment_id"].tolist()
    assert table.attrs["base"] == {"east": "False"}
    assert json.loads(json.dumps(table.attrs)) == table.attrs
    assert any("negative_binomial" in note for note in table.attrs["notes"])


def test_drawn_tables_are_pooled_by_rubins_rules(rates, border):
    random = np.random.default_rng(0)
    tables = random.poisson(SEGMENTS["events"].to_numpy() + 0.3, size=(4, 135))
    empty = np.zeros((1, 135), dtype=int)
    model = fit_intensity_model(
        rates, border, covariates=["crossing_km"], column="drawn",
        imputed=np.vstack([tables, empty]),
    )  # fmt: skip
    found = model.coefficients
    fits = [
        poisson_regression(table, design("crossing_km"), SEGMENTS["exposure_km_yr"])
        for table in tables
    ]
    beta = np.array([f.coefficient for f in fits])
    within = np.mean([f.std_error**2 for f in fits], axis=0)
    extra = 1.25 * beta.var(axis=0, ddof=1)
    df = 3 * (1 + within / extra) ** 2
    half = t.ppf(0.975, df) * np.sqrt(within + extra)
    assert np.log(found["rr_imputed"]).to_numpy() == pytest.approx(beta.mean(axis=0), rel=1e-5)
    assert np.log(found["rr_imputed_hi"]).to_numpy() == pytest.approx(
        beta.mean(axis=0) + half, rel=1e-5
    )
    assert np.log(found["rr_imputed_lo"]).to_numpy() == pytest.approx(
        beta.mean(axis=0) - half, rel=1e-5
    )
    p = np.array([f.p_value for f in fits])
    assert found["p_imputed"].to_numpy() == pytest.approx(np.median(p, axis=0), rel=1e-4)
    assert found["support"].to_numpy() == pytest.approx((p <= 0.05).mean(axis=0))
    assert found.attrs["tables_without_answer"] == 1
    with pytest.raises(StatisticsError, match="Fewer than two of the 2 imputed tables"):
        fit_intensity_model(
            rates, border, covariates=["crossing_km"], imputed=np.zeros((2, 135), dtype=int)
        )
    with pytest.raises(ParameterError, match="two or more tables of counts"):
        fit_intensity_model(rates, border, covariates=["crossing_km"], imputed=tables[:, :9])


@pytest.mark.parametrize("length_km", [10, 50])
def test_the_defaults_run_on_the_shipped_incidents(border, incidents, length_km):
    """No event is known on ridge and lake: both are taken with the river (mended 2026-11-30)."""
    from frontier_geo import make_segments

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResolutionWarning)
        cut = make_segments(border, length_km=length_km)
        rates = segment_rates(locate_events(incidents, border), cut, boundary=border)
    model = fit_intensity_model(rates, border)
    assert model.coefficients["term"].tolist() == ["intercept", "crossing_km"]
    alone = fit_intensity_model(rates, border, covariates=["crossing_km"])
    assert model.coefficients["log_rr"].to_numpy() == pytest.approx(alone.coefficients["log_rr"])
    note = model.coefficients.attrs["notes"][0]
    assert note.startswith("No event is counted on terrain ridge (segments: ")
    assert "lake (segments: 1)" in note and "taken together with river" in note
    assert note.endswith("that leaves no term of terrain.")
    assert not any("No event is counted" in n for n in alone.coefficients.attrs["notes"])
    assert json.loads(json.dumps(model.coefficients.attrs)) == model.coefficients.attrs


def small(terrain, events, **columns):
    """Return a table of segments of 10 km, as `segment_rates` makes it."""
    at = 10.0 * np.arange(len(terrain))
    return pd.DataFrame(
        {
            "segment_id": [f"s{i}" for i in range(len(terrain))],
            "from_km": at,
            "to_km": at + 10,
            "length_km": 10.0,
            "terrain": terrain,
            "events": events,
            "exposure_km_yr": 10.0,
            **columns,
        }
    )


def test_values_without_events_are_joined_to_the_commonest_with_some():
    """Ridge is the commonest, but empty: 9 events on 5 segments, 1 on 1 (mended 2026-11-30)."""
    terrain = ["ridge"] * 3 + ["river"] * 2 + ["lake"]
    table = fit_intensity_model(small(terrain, [0, 0, 0, 4, 5, 1]), covariates=["terrain"])
    found = table.coefficients
    assert found["term"].tolist() == ["intercept", "terrain=lake"]
    assert found.attrs["base"] == {"terrain": "river"}
    assert found["rr"].to_numpy() == pytest.approx([9 / 50, (1 / 10) / (9 / 50)])
    assert "ridge (segments: 3)" in found.attrs["notes"][0]
    assert found.attrs["notes"][0].endswith("comes out lower by that.")


def test_columns_of_ones_own_that_separate_are_still_refused():
    rates = small(["a"] * 6, [0, 0, 0, 4, 5, 1], soil=["sand"] * 3 + ["clay"] * 3)
    with pytest.raises(StatisticsError, match="Separation: by 'soil=sand'"):
        fit_intensity_model(rates, covariates=["soil"])


def test_overlapping_segments_are_refused():
    """An event would be counted twice (mended 2026-11-30)."""
    rates = small(["a"] * 4, [1, 2, 0, 1], east=[0.0, 1.0, 0.0, 1.0])
    fit_intensity_model(rates, covariates=["east"])
    rates.loc[1, "to_km"] = 25.0
    with pytest.raises(ParameterError, match="segments from km 10 to 25 and from km 20 to 30"):
        fit_intensity_model(rates, covariates=["east"])


def test_p_values_are_adjusted_for_the_terms(rates, border):
    """By hand: of two terms Holm doubles the smaller p; the intercept is none (2026-11-30)."""
    covariates = ["crossing_km", "east"]
    found = fit_intensity_model(
        rates, border, covariates=covariates, column="drawn", p_adj_method="holm"
    ).coefficients
    p = found["p_value"].to_numpy()[1:]
    smaller, larger = min(1, 2 * p.min()), max(min(1, 2 * p.min()), p.max())
    expected = [smaller if v == p.min() else larger for v in p]
    assert np.isnan(found["p_adj"][0])
    assert found["p_adj"].to_numpy()[1:] == pytest.approx(expected)
    assert found["p_adj_method"].unique().tolist() == ["holm"]
    assert found.attrs["parameters"]["p_adj_method"] == "holm"
    with pytest.raises(ParameterError, match="p_adj_method must be one of"):
        fit_intensity_model(rates, border, covariates=covariates, p_adj_method="tukey")


def test_the_extra_variance_and_the_level_have_names_of_their_own(rates, border):
    """And residuals name the counts by their column (mended 2026-11-30)."""
    model = fit_intensity_model(
        rates, border, covariates=["crossing_km"], column="drawn", family="negative_binomial",
        alpha=0.1,
    )  # fmt: skip
    attrs = model.coefficients.attrs
    # MASS::glm.nb on the same counts (make_density.R).
    assert attrs["nb_alpha"] == pytest.approx(MODEL["nb_alpha"], rel=1e-4)
    assert attrs["parameters"]["alpha"] == 0.1
    assert "alpha" not in attrs
    assert "events" not in model.residuals
    assert model.residuals["drawn"].tolist() == SEGMENTS["events"].tolist()


def test_expected_events_are_not_separated_by_the_ridge(rates, border):
    """Terrain separates the plain counts; the expected ones, spread over districts, it does not."""
    spread = fit_intensity_model(rates, border, column="expected_events", covariates=["terrain"])
    assert spread.coefficients["term"].tolist() == ["intercept", "terrain=ridge", "terrain=lake"]
    assert any("not whole numbers" in note for note in spread.coefficients.attrs["notes"])


def test_distance_to_the_nearest_crossing(segments):
    referents = load_referents()
    at = referents.loc[referents["kind"].isin(["bridge", "crossing"]), "from_km"].to_numpy()
    middle = (segments["from_km"] + segments["to_km"]).to_numpy() / 2
    brute = np.abs(middle[:, None] - at).min(axis=1)
    assert crossing_distance(segments) == pytest.approx(brute)
    assert SEGMENTS["crossing_km"].to_numpy() == pytest.approx(brute, abs=1e-6)


def test_the_table_refuses_what_makes_no_sense(rates, border, equator):
    from frontier_geo import make_segments

    with pytest.raises(ParameterError, match="covariates must be a list"):
        fit_intensity_model(rates, border, covariates="terrain")
    with pytest.raises(ColumnError, match="altitude"):
        fit_intensity_model(rates, border, covariates=["altitude"])
    with pytest.raises(ColumnError, match="exposure_km_yr"):
        fit_intensity_model(make_segments(border).assign(events=1), border)
    gone = rates.assign(slope=np.nan)
    gone.attrs = rates.attrs
    with pytest.raises(ParameterError, match="'slope' is missing on 135 of 135"):
        fit_intensity_model(gone, border, covariates=["slope"])
    other = make_segments(equator, length_km=10)
    attrs = other.attrs
    other = other.assign(events=1, exposure_km_yr=1.0)
    other.attrs = attrs
    with pytest.raises(ParameterError, match="crossings of 'EQ' are not known"):
        fit_intensity_model(other, equator, covariates=["crossing_km"])
    own = pd.DataFrame({"from_km": [50.0]})
    fit_intensity_model(other, equator, covariates=["crossing_km"], crossings=own)
    with pytest.raises(ParameterError, match="crossings must hold one place or more"):
        crossing_distance(other, own.iloc[:0])
