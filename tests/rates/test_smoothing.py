"""Empirical Bayes rates: spdep and esda, closed forms, invariants, tables."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.stats import gamma

from frontier_geo import locate_events, make_segments, segment_rates
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.hotspots.neighbours import segment_neighbours
from frontier_geo.rates.per_segment import draw_counts
from frontier_geo.rates.smoothing import empirical_bayes, smooth_rates, spatial_empirical_bayes

REFERENCE = Path(__file__).parents[1] / "reference"
R = json.loads((REFERENCE / "rates_r.json").read_text(encoding="utf-8"))
PYTHON = json.loads((REFERENCE / "rates_python.json").read_text(encoding="utf-8"))
SIDS = json.loads((REFERENCE / "rates_sids2.json").read_text(encoding="utf-8"))
BORDER = pd.read_csv(REFERENCE / "rates_border.csv")

# The same arithmetic in another order: some rounding of 64 bits.
CLOSE = {"rel": 1e-11, "abs": 1e-15}


def steps(order, n=135):
    return [
        [j for j in range(max(0, i - order), min(n, i + order + 1)) if j != i] for i in range(n)
    ]


def known(values):
    """Return stored rates; where a window holds no event, R and esda divide 0 by 0, and it is 0 here."""
    return np.nan_to_num(np.array(values, dtype=float))


# ---- published and independent values -----------------------------------------------------------


def test_north_carolina_is_smoothed_as_by_spdep_and_esda():
    """sids2, queen, 490 links (spdep 1.2-7 EBest = esda 2.9 Empirical_Bayes; EBlocal)."""
    assert sum(map(len, SIDS["neighbours"])) == 490
    whole = empirical_bayes(SIDS["SID74"], SIDS["BIR74"])
    # The last digits quoted.
    assert whole.estimate[:5] == pytest.approx(
        [0.0016973, 0.0017054, 0.0017731, 0.0020129, 0.0035349], abs=5e-8
    )
    local = spatial_empirical_bayes(
        SIDS["SID74"], SIDS["BIR74"], SIDS["neighbours"], deviations="own"
    )
    assert local.estimate[:5] == pytest.approx(
        [0.00099223, 0.00126390, 0.00108593, 0.00076046, 0.00501539], abs=5e-9
    )


@pytest.mark.parametrize("years", ["74", "79"])
def test_all_counties_are_smoothed_as_by_r_and_esda(years):
    """spdep 1.2-7 with geoda=FALSE and TRUE, esda 2.9 (tests/reference/make_rates.R and .py)."""
    data = SIDS[f"SID{years}"], SIDS[f"BIR{years}"]
    r, python = R[f"sids{years}"], PYTHON[f"sids{years}"]
    whole = empirical_bayes(*data)
    assert whole.estimate == pytest.approx(known(r["eb"]), **CLOSE)
    assert whole.estimate == pytest.approx(known(python["eb"]), **CLOSE)
    assert whole.prior_variance[0] == pytest.approx(r["eb_a"], rel=1e-11)
    assert whole.prior_mean[0] == pytest.approx(r["eb_b"], rel=1e-13)
    window = spatial_empirical_bayes(*data, SIDS["neighbours"])
    assert window.estimate == pytest.approx(known(r["spatial_eb_window"]), **CLOSE)
    assert window.estimate == pytest.approx(known(python["spatial_eb"]), **CLOSE)
    assert window.prior_mean == pytest.approx(known(python["window_rate"]), **CLOSE)
    own = spatial_empirical_bayes(*data, SIDS["neighbours"], deviations="own")
    assert own.estimate == pytest.approx(known(r["spatial_eb_own"]), **CLOSE)


@pytest.mark.parametrize(("order", "name"), [(1, "border_one_step"), (2, "border_two_steps")])
def test_the_border_is_smoothed_as_by_r_and_esda(order, name):
    """135 segments of 10 km, one and two steps to either side (spdep 1.2-7, esda 2.9)."""
    data = BORDER["events"], BORDER["exposure_km_yr"] / 100
    whole = empirical_bayes(*data)
    assert whole.estimate == pytest.approx(known(R[name]["eb"]), **CLOSE)
    assert whole.prior_variance[0] == pytest.approx(R[name]["eb_a"], rel=1e-10)
    near = steps(order)
    window = spatial_empirical_bayes(*data, near)
    assert window.estimate == pytest.approx(known(R[name]["spatial_eb_window"]), **CLOSE)
    own = spatial_empirical_bayes(*data, near, deviations="own")
    assert own.estimate == pytest.approx(known(R[name]["spatial_eb_own"]), **CLOSE)
    if name in PYTHON:
        assert window.estimate == pytest.approx(known(PYTHON[name]["spatial_eb"]), **CLOSE)
        assert window.prior_mean == pytest.approx(known(PYTHON[name]["window_rate"]), **CLOSE)
        assert whole.estimate == pytest.approx(known(PYTHON[name]["eb"]), **CLOSE)


# ---- closed forms and invariants ----------------------------------------------------------------


def test_worked_by_hand():
    """
    Events 0, 2, 30 over 10, 10, 20: mean 0.8, variance (6.4 + 3.6 + 9.8) / 40 = 0.495.

    Of it 0.8 · 3 / 40 = 0.06 is chance, 0.435 is not; weights 0.435 / (0.435 + 0.08 or 0.04).
    """
    smooth = empirical_bayes([0, 2, 30], [10, 10, 20])
    weight = np.array([0.435 / 0.515, 0.435 / 0.515, 0.435 / 0.475])
    assert smooth.prior_mean.tolist() == pytest.approx([0.8] * 3)
    assert smooth.prior_variance.tolist() == pytest.approx([0.435] * 3)
    assert smooth.weight == pytest.approx(weight)
    assert smooth.estimate == pytest.approx(0.8 + weight * (np.array([0, 0.2, 1.5]) - 0.8))
    assert smooth.pooled_exposure.tolist() == [40] * 3


@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(0.5, 50)), min_size=2, max_size=12),
    st.floats(0.01, 100),
    st.randoms(),
)
def test_estimates_lie_between_rate_and_mean_and_follow_scale_and_order(pairs, scale, random):
    events, exposure = (np.array(values, dtype=float) for values in zip(*pairs, strict=True))
    smooth = empirical_bayes(events, exposure)
    low = np.minimum(smooth.rate, smooth.prior_mean) - 1e-12
    high = np.maximum(smooth.rate, smooth.prior_mean) + 1e-12
    assert ((smooth.estimate >= low) & (smooth.estimate <= high)).all()
    assert ((smooth.weight >= 0) & (smooth.weight <= 1)).all()
    other_unit = empirical_bayes(events, exposure * scale)
    # A variance beyond chance is a difference: near 0 it is known to the rounding of its terms.
    size = smooth.prior_mean.max()
    assert other_unit.estimate * scale == pytest.approx(smooth.estimate, rel=1e-6, abs=1e-6 * size)
    order = list(range(len(pairs)))
    random.shuffle(order)
    shuffled = empirical_bayes(events[order], exposure[order])
    assert shuffled.estimate == pytest.approx(smooth.estimate[order], rel=1e-6, abs=1e-6 * size)


@given(st.lists(st.integers(0, 30), min_size=2, max_size=20))
def test_one_window_over_all_is_the_global_estimate(events):
    n = len(events)
    exposure = np.linspace(1, 3, n)
    everyone = [[j for j in range(n) if j != i] for i in range(n)]
    for deviations in ("window", "own"):
        local = spatial_empirical_bayes(events, exposure, everyone, deviations=deviations)
        assert local.estimate == pytest.approx(empirical_bayes(events, exposure).estimate, abs=1e-9)


@given(st.lists(st.integers(0, 30), min_size=3, max_size=20))
def test_a_line_read_from_its_other_end_is_smoothed_alike(events):
    n = len(events)
    near = steps(1, n)
    one = spatial_empirical_bayes(events, np.ones(n), near)
    two = spatial_empirical_bayes(events[::-1], np.ones(n), near)
    assert two.estimate[::-1] == pytest.approx(one.estimate)


def test_equal_rates_are_one_rate():
    """No more variance than chance: all estimates are the mean; the interval is the pooled rate's."""
    smooth = empirical_bayes([3, 6, 9], [1, 2, 3])
    assert smooth.prior_variance.tolist() == smooth.weight.tolist() == [0, 0, 0]
    assert smooth.estimate.tolist() == [3, 3, 3]
    low, high = smooth.interval()
    # A gamma of mean 3 and variance 3 / 6: shape 18, as of 18 events over 6.
    assert low[0] == pytest.approx(gamma.ppf(0.025, 18) / 6)
    assert high[0] == pytest.approx(gamma.isf(0.025, 18) / 6)


def test_the_interval_is_that_of_the_posterior_where_rates_differ_much():
    """Weights near 1: the gamma posterior, shape m²/a + events over m/a + exposure."""
    smooth = empirical_bayes([5, 500, 4000], [100.0, 100.0, 100.0])
    mean, beyond = smooth.prior_mean[0], smooth.prior_variance[0]
    shape = mean**2 / beyond + np.array([5, 500, 4000])
    rate = mean / beyond + 100
    assert smooth.estimate == pytest.approx(shape / rate)
    low, high = smooth.interval(0.9)
    # What is unsure of the mean adds (1 - weight)², here below 1e-4 of the variance.
    assert low == pytest.approx(gamma.ppf(0.05, shape) / rate, rel=1e-3)
    assert high == pytest.approx(gamma.isf(0.05, shape) / rate, rel=1e-3)


def test_neighbours_in_all_their_forms():
    events, exposure = [0, 1, 9, 20, 3], np.array([10.0, 9, 8, 7, 6])
    lists = [[1], [0, 2], [1, 3], [2, 4], [3]]
    pairs = np.array([(i, j) for i, row in enumerate(lists) for j in row])
    matrix = sparse.coo_array((np.full(8, 0.5), pairs.T), shape=(5, 5))
    expected = spatial_empirical_bayes(events, exposure, lists)
    for form in (pairs, matrix, matrix.tocsc(), [np.array(row) for row in lists]):
        found = spatial_empirical_bayes(events, exposure, form)
        assert found.estimate.tolist() == expected.estimate.tolist()
    by_number = {i: row for i, row in enumerate(lists) if i != 2} | {2: [1, 3]}
    dense = matrix.toarray()
    for form in (by_number, dense, dense.astype(bool)):
        found = spatial_empirical_bayes(events, exposure, form)
        assert found.estimate.tolist() == expected.estimate.tolist()
    # A segment named among its own neighbours counts once.
    with_self = [[i, *row] for i, row in enumerate(lists)]
    found = spatial_empirical_bayes(events, exposure, with_self)
    assert found.estimate.tolist() == expected.estimate.tolist()
    assert expected.prior_mean[0] == pytest.approx(1 / 19)


def test_neighbours_of_the_hot_spots_serve_as_well():
    """Neighbours had no length, and a dict was read by its keys: raw TypeErrors (mended 2026-11-30)."""
    line = BORDER.drop(index=[2, 3, 5]).sample(frac=1, random_state=2)
    near = segment_neighbours(line, order=2)
    found = spatial_empirical_bayes(line["events"], line["exposure_km_yr"] / 100, near)
    table = smooth_rates(line, order=2)  # its windows are of its own making
    assert table["spatial_eb_rate"].to_numpy() == pytest.approx(found.estimate, rel=1e-12)
    assert table["window_segments"].tolist() == (near.many + 1).tolist()


def test_a_matrix_in_lists_is_not_read_as_rows():
    """0 and 1 were taken for the first two segments, in silence (mended 2026-11-30)."""
    lists = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]
    with pytest.raises(ParameterError, match="none of them twice.*a matrix of 3 by 3"):
        spatial_empirical_bayes([1, 2, 3], [1, 1, 1], lists)
    found = spatial_empirical_bayes([1, 2, 3], [1, 1, 1], np.array(lists))
    assert found.prior_mean == pytest.approx([3 / 2, 6 / 3, 5 / 2])


def test_no_event_anywhere_is_a_rate_of_zero_with_an_upper_end():
    smooth = empirical_bayes([0, 0, 0], [10, 10, 20])
    assert smooth.estimate.tolist() == smooth.weight.tolist() == [0, 0, 0]
    low, high = smooth.interval()
    assert low.tolist() == [0, 0, 0]
    assert high == pytest.approx(-np.log(0.025) / 40)


# ---- the table ----------------------------------------------------------------------------------


@pytest.fixture
def rates():
    """The stored counts of the real border as a table of rates."""
    return BORDER[["segment_id", "from_km", "to_km", "length_km", "events", "exposure_km_yr"]]


def test_the_table_holds_what_the_arrays_give(rates):
    table = smooth_rates(rates, order=2)
    assert table["eb_rate"].to_numpy() == pytest.approx(known(R["border_two_steps"]["eb"]), **CLOSE)
    assert table["spatial_eb_rate"].to_numpy() == pytest.approx(
        known(R["border_two_steps"]["spatial_eb_window"]), **CLOSE
    )
    assert table["rate"].to_numpy() == pytest.approx(
        100 * rates["events"] / rates["exposure_km_yr"]
    )
    assert table["window_segments"].tolist() == [3, 4, *[5] * 131, 4, 3]
    assert (table["eb_lo"] < table["eb_rate"]).all()
    assert (table["eb_rate"] < table["eb_hi"]).all()
    assert table.attrs["result"] == "smoothed_rates"
    assert table.attrs["parameters"]["order"] == 2
    assert table.attrs["prior"]["mean"] == pytest.approx(100 * 36 / rates["exposure_km_yr"].sum())
    own = smooth_rates(rates, deviations="own")
    assert own["spatial_eb_rate"].to_numpy() == pytest.approx(
        known(R["border_one_step"]["spatial_eb_own"]), **CLOSE
    )


def test_the_order_of_the_rows_does_not_matter(rates):
    mixed = rates.sample(frac=1, random_state=1)
    one = smooth_rates(rates).set_index("segment_id")
    two = smooth_rates(mixed)
    assert two["segment_id"].tolist() == mixed["segment_id"].tolist()
    names = ["rate", "eb_rate", "window_rate", "spatial_eb_rate", "window_segments"]
    pd.testing.assert_frame_equal(one[names], two.set_index("segment_id").loc[one.index, names])


def test_a_gap_is_not_stepped_over(rates):
    """Without km 20 to 40 the segments beside are no neighbours; one alone keeps its own rate."""
    some = rates.drop(index=[2, 3, 5]).reset_index(drop=True)
    table = smooth_rates(some)
    assert table["window_segments"].iloc[:5].tolist() == [2, 2, 1, 2, 3]
    assert table["spatial_eb_rate"].iloc[2] == table["rate"].iloc[2]
    assert any("1 segments touch no other" in note for note in table.attrs["notes"])


def test_imputed_tables_are_pooled(incidents, border):
    provinces = make_segments(border, by="tj_district")
    located = locate_events(incidents, border, segments=provinces)
    rates = segment_rates(located, provinces)
    drawn = draw_counts(located, provinces, n_imputations=5)
    table = smooth_rates(rates, imputed=drawn)
    exposure = rates["exposure_km_yr"].to_numpy() / 100
    each = np.array([empirical_bayes(counts, exposure).estimate for counts in drawn])
    assert table["eb_rate_imputed"].to_numpy() == pytest.approx(each.mean(axis=0))
    assert (table["eb_rate_imputed_lo"] < table["eb_rate_imputed"]).all()
    assert (table["eb_rate_imputed"] < table["eb_rate_imputed_hi"]).all()
    near = steps(1, len(rates))
    each = [spatial_empirical_bayes(counts, exposure, near).estimate for counts in drawn]
    assert table["spatial_eb_rate_imputed"].to_numpy() == pytest.approx(np.mean(each, axis=0))
    # One and the same table over and over: nothing between, the interval of the plain one.
    same = smooth_rates(rates, imputed=np.tile(rates["events"].to_numpy(), (3, 1)))
    assert same["eb_rate_imputed_hi"].to_numpy() == pytest.approx(same["eb_hi"].to_numpy())
    assert same.attrs["parameters"]["n_imputations"] == 3


def test_what_cannot_be_had_is_noted(rates):
    nothing = smooth_rates(rates.assign(events=0))
    assert "No event was counted" in nothing.attrs["notes"][0]
    assert (nothing["eb_rate"] == 0).all()
    assert not nothing.drop(columns="segment_id").isna().any(axis=None)
    even = smooth_rates(rates.assign(events=5))
    assert "one rate for all" in even.attrs["notes"][0]
    expected = smooth_rates(
        rates.rename(columns={"events": "expected_events"}), column="expected_events"
    )
    assert "Pass imputed=" in expected.attrs["notes"][-1]
    one = smooth_rates(rates.iloc[:1].assign(events=4))
    assert one["eb_rate"].iloc[0] == pytest.approx(one["rate"].iloc[0])


# ---- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: empirical_bayes([1, -2], [1, 1]), "events must be finite numbers.*row 1 has -2"),
        (lambda: empirical_bayes([1, 2], [1, 0]), "exposure must be above 0, but row 1"),
        (lambda: empirical_bayes([1, 2], [1]), "the same length.*(2,).*(1,)"),
        (lambda: empirical_bayes([], []), "the same length"),
        (lambda: spatial_empirical_bayes([1, 2], [1, 1], [[1]]), "of these 2 segments"),
        (lambda: spatial_empirical_bayes([1, 2], [1, 1], [[1], [2]]), "rows from 0 to 1"),
        (lambda: spatial_empirical_bayes([1, 2], [1, 1], [[1], [0.5]]), "of these 2 segments"),
        (lambda: spatial_empirical_bayes([1, 2], [1, 1], np.ones((2, 3), int)), "array of pairs"),
        (lambda: spatial_empirical_bayes([1, 2], [1, 1], {0: [1], 2: [0]}), "of these 2 segments"),
        (lambda: spatial_empirical_bayes([1, 2], [1, 1], {"a": [1]}), "of these 2 segments"),
        (lambda: spatial_empirical_bayes([1, 2], [1, 1], 7), "of these 2 segments"),
        (lambda: spatial_empirical_bayes([1, 2], [1, 1], sparse.eye_array(3)), "2 by 2"),
        (
            lambda: spatial_empirical_bayes([1], [1], [[]], deviations="all"),
            "deviations must be one",
        ),
        (lambda: smooth_rates(BORDER, order=0), "order must be a whole number of 1 or more"),
        (lambda: smooth_rates(BORDER, order=1.5), "order must be a whole number of 1 or more"),
        (lambda: smooth_rates(BORDER, imputed=np.zeros((1, 135), int)), "two or more tables"),
        (
            lambda: smooth_rates(BORDER, imputed=np.zeros((5, 134), int)),
            r"of the shape \(135,\), but",
        ),
        (lambda: smooth_rates(BORDER.assign(exposure_km_yr=0.0)), "exposure_km_yr must be above 0"),
        (lambda: smooth_rates(BORDER.assign(to_km=BORDER["to_km"] + 1)), "overlap"),
        (lambda: smooth_rates(BORDER.iloc[:0]), "At least one segment"),
        (lambda: smooth_rates(BORDER, confidence_level=0), "between 0 and 1"),
    ],
)
def test_bad_input_is_refused(call, words):
    pattern = words.replace("(2,)", r"\(2,\)").replace("(1,)", r"\(1,\)")
    with pytest.raises(ParameterError, match=pattern):
        call()


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(ColumnError, match="rates needs the column 'seen'"):
        smooth_rates(BORDER, column="seen")
