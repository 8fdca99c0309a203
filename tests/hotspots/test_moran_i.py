"""Moran's I, global and local, beside R's spdep and PySAL's esda."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo import make_segments
from frontier_geo.errors import ColumnError, ParameterError, StatisticsError
from frontier_geo.hotspots.moran_i import local_moran, local_moran_i, moran, moran_tails
from frontier_geo.hotspots.neighbours import as_neighbours, chain_neighbours

REFERENCE = Path(__file__).parents[1] / "reference"
DATA = json.loads((REFERENCE / "hotspots_data.json").read_text())
ESDA = json.loads((REFERENCE / "hotspots_esda.json").read_text())
SPDEP = json.loads((REFERENCE / "hotspots_spdep.json").read_text())
CASES = [(name, variable) for name, one in DATA.items() for variable in one["values"]]
QUADRANTS = {"HH": "High-High", "LH": "Low-High", "LL": "Low-Low", "HL": "High-Low"}
NUMBERS = {"HH": 1, "LH": 2, "LL": 3, "HL": 4}


def case(name: str, variable: str):
    """Values, neighbours, and what esda and spdep say."""
    x = np.array(DATA[name]["values"][variable], dtype=float)
    near = as_neighbours(DATA[name]["pairs"], x.size)
    return x, near, ESDA["results"][name][variable], SPDEP["results"][name][variable]


def with_rate(values):
    line = make_segments(n=len(values))
    line["rate"] = values
    return line


def test_moran_of_the_sids_rates():
    """Queen neighbours, 490 links, binary: spdep = esda, I 0.21004645, variance 0.00366680, z 3.63555."""
    x, near, _, _ = case("sids2", "rate")
    assert near.other.size == 490
    found = moran(x, near, style="binary")
    # Half of the last digit quoted.
    assert found.i == pytest.approx(0.21004645, abs=5e-9)
    assert found.variance == pytest.approx(0.00366680, abs=5e-9)
    assert found.z == pytest.approx(3.63555, abs=5e-6)


@pytest.mark.parametrize(("name", "variable"), CASES)
def test_global_moran_is_that_of_spdep_and_esda(name, variable):
    """The tolerance is that of the twelve digits stored, with room for the order of sums."""
    x, near, esda, spdep = case(name, variable)
    for style, ours in (("B", "binary"), ("W", "row")):
        found = moran(x, near, style=ours)
        theirs = spdep[f"moran_{style}_rand"]
        want = [theirs[key] for key in ("I", "E", "V", "z", "p")]
        got = [found.i, found.expected, found.variance, found.z, found.p_value]
        assert got == pytest.approx(want, rel=1e-9)
    normal = moran(x, near, style="binary", null="normality")
    assert normal.variance == pytest.approx(spdep["moran_B_norm"]["V"], rel=1e-9)
    assert normal.z == pytest.approx(esda["moran_B"]["z_norm"], rel=1e-9)


@pytest.mark.parametrize(("name", "variable"), CASES)
def test_local_moran_is_that_of_spdep_and_esda(name, variable):
    """I and both kinds of moments; esda's I has the divisor n - 1 where spdep's has n."""
    x, near, esda, spdep = case(name, variable)
    found, theirs = local_moran_i(x, near), spdep["local_moran"]
    close = {"rtol": 1e-9, "atol": 1e-10}  # twelve digits stored
    np.testing.assert_allclose(found.i, theirs["I"], **close)
    np.testing.assert_allclose(found.expected, theirs["E"], **close)
    np.testing.assert_allclose(found.variance, theirs["V"], **close)
    np.testing.assert_allclose(found.z, theirs["z"], rtol=1e-8, atol=1e-9)
    total = local_moran_i(x, near, null="total")
    np.testing.assert_allclose(total.expected, theirs["E_total"], **close)
    np.testing.assert_allclose(total.variance, theirs["V_total"], **close)
    local = esda["local_moran"]
    np.testing.assert_allclose(found.i * (x.size - 1) / x.size, local["Is"], **close)
    np.testing.assert_allclose(found.variance, local["VIc"], **close)
    np.testing.assert_allclose(total.variance, local["VI"], **close)
    assert [NUMBERS[word] for word in found.quadrant] == local["q"]
    assert [QUADRANTS[word] for word in found.quadrant] == theirs["quadrant"]


@pytest.mark.parametrize(("name", "variable"), [("columbus", "crime"), ("sids2", "rate")])
def test_permutation_p_is_that_of_esda(name, variable):
    """
    99,999 conditional permutations each; esda stores the smaller tail.

    On counts, not compared here, many permutations tie with what is observed, and esda's sums of
    deviations tell ties apart by rounding.
    """
    x, near, esda, _ = case(name, variable)
    tails = moran_tails(x, near, n_sim=99_999, seed=1)
    got = np.minimum(tails.upper, 1 - tails.upper)
    # Two runs of 1e5: standard error sqrt(2 * 0.25 / 1e5) = 0.0022; 4.5 of them for 149 values.
    # One county ties with 1.3 % of its permutations.
    apart = np.abs(got - esda["local_moran"]["p_sim"])
    assert np.sort(apart)[-2] < 0.010
    assert apart.max() < 0.020


def test_local_i_sums_to_the_global_one():
    """Anselin (1995): the sum of local I over n is the global I, by weights of rows that sum to 1."""
    x, near, _, _ = case("columbus", "crime")
    assert local_moran_i(x, near).i.mean() == pytest.approx(moran(x, near).i, rel=1e-12)


def test_conditional_moments_are_those_of_all_arrangements():
    """Five values, the third held in place: all 24 arrangements of the others, counted out."""
    from itertools import permutations

    x = np.array([1.0, 7.0, 4.0, 0.0, 9.0])
    near = chain_neighbours([True] * 4)
    found = local_moran_i(x, near)
    seen = []
    for others in permutations([0, 1, 3, 4]):
        order = [others[0], others[1], 2, others[2], others[3]]
        seen.append(local_moran_i(x[order], near).i[2])
    assert found.expected[2] == pytest.approx(np.mean(seen), rel=1e-12)
    assert found.variance[2] == pytest.approx(np.var(seen), rel=1e-12)


def test_total_moments_are_those_of_all_arrangements():
    """Five values, all 120 arrangements."""
    from itertools import permutations

    x = np.array([1.0, 7.0, 4.0, 0.0, 9.0])
    near = chain_neighbours([True] * 4)
    seen = np.array([local_moran_i(x[list(o)], near).i for o in permutations(range(5))])
    found = local_moran_i(x, near, null="total")
    np.testing.assert_allclose(found.expected, seen.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(found.variance, seen.var(axis=0), rtol=1e-10)


numbers = st.lists(st.integers(0, 50), min_size=5, max_size=25).filter(lambda v: len(set(v)) > 2)


@settings(deadline=None, max_examples=50)
@given(numbers, st.floats(0.1, 20), st.floats(-100, 100))
def test_unit_and_direction_do_not_matter(values, scale, shift):
    """Other units, another zero, from the other end: I stays."""
    x = np.array(values, dtype=float)
    near = chain_neighbours([True] * (x.size - 1))
    found = local_moran_i(x, near)
    other = local_moran_i(x * scale + shift, near)
    np.testing.assert_allclose(other.i, found.i, rtol=1e-6, atol=1e-8)
    turned = local_moran_i(x[::-1], near)
    np.testing.assert_allclose(turned.i[::-1], found.i, rtol=1e-9, atol=1e-12)
    assert moran(x[::-1], near).z == pytest.approx(moran(x, near).z, rel=1e-9, abs=1e-9)


def test_a_high_one_among_low_ones_is_told_from_a_high_stretch():
    """Gi* calls both hot; local Moran does not."""
    values = [1, 0, 1, 2, 0, 1, 9, 9, 9, 1, 0, 2, 1, 0, 0, 9, 0, 0, 1, 2, 1, 0, 1, 1, 0, 1, 2, 0]
    found = local_moran(with_rate(values), p_adj_method="none", alpha=0.1, n_sim=999)
    assert found["quadrant"].iloc[7] == "HH"
    assert found["cluster"].iloc[7] == "HH"
    assert found["quadrant"].iloc[15] == "HL"
    assert found["quadrant"].iloc[14] == "LH"
    assert set(found["cluster"]) <= {"HH", "LL", "HL", "LH", "none"}


def test_the_table_says_how_it_was_made(segments):
    line = segments.copy()
    line["rate"] = np.random.default_rng(3).poisson(2, len(line))
    found = local_moran(line, seed=5)
    assert found.attrs["result"] == "local_moran"
    assert found.attrs["seed"] == 5
    assert found.attrs["n_sim"] == 9999
    assert found.attrs["smallest_p"] == 2 / 10_000
    assert (found["p_adj_method"] == "fdr_bh").all()
    assert (found["p_adj"] >= found["p_value"]).all()
    assert found.attrs["moran"]["i"] == pytest.approx(
        moran(line["rate"], chain_neighbours([True] * 134)).i
    )
    json.dumps(found.attrs)
    assert found.equals(local_moran(line, seed=5))
    assert not found["p_value"].equals(local_moran(line, seed=6)["p_value"])


def test_analytic_p_is_normal():
    from scipy.stats import norm

    x, _, _, spdep = case("border", "synthetic")
    found = local_moran(with_rate(x), method="analytic")
    want = 2 * norm.sf(np.abs(spdep["local_moran"]["z"]))
    np.testing.assert_allclose(found["p_value"], want, rtol=1e-6)
    assert found.attrs["n_sim"] is None


def test_one_sided_alternatives():
    x, near, _, _ = case("border", "synthetic")
    line = with_rate(x)
    more = local_moran(line, alternative="greater", seed=2)
    tails = moran_tails(x, near, n_sim=9999, seed=2)
    np.testing.assert_array_equal(more["p_value"], tails.upper)
    less = local_moran(line, alternative="less", seed=2)
    np.testing.assert_array_equal(less["p_value"], tails.lower)
    high = x > x.mean()
    lag = near.sums(x)
    assert (more["p_value"][high & (lag >= 6)] < 0.2).all()
    assert (more["p_value"][~high & (lag >= 6)] > 0.8).all()


def test_imputed_tables_are_tested_as_the_plain_one():
    x, near, _, _ = case("border", "synthetic")
    line = with_rate(x).assign(exposure_km_yr=100.0)  # one event is a rate of 1
    same = local_moran(line, p_adj_method="none", imputed=np.tile(x, (3, 1)))
    np.testing.assert_array_equal(same["p_imputed"], same["p_value"])
    assert (same["support"] == 1).all()
    tables = np.random.default_rng(0).permuted(np.tile(x, (5, 1)), axis=1)
    mixed = local_moran(line, p_adj_method="none", imputed=tables)
    again = [moran_tails(t, near, n_sim=9999, seed=0).p() for t in tables]
    np.testing.assert_allclose(mixed["p_imputed"], np.median(again, axis=0))
    assert mixed["support"].between(0, 1).all()
    assert (mixed["support"] < 1).any()


def test_drawn_counts_are_compared_as_rates():
    """Twice the exposure and twice the events: the same rates, so the same answer."""
    x = case("border", "synthetic")[0]
    longer = np.where(np.arange(x.size) % 2, 200.0, 100.0)
    line = with_rate(x).assign(exposure_km_yr=longer, events=x)
    drawn = np.tile(x * longer / 100, (2, 1))
    found = local_moran(line, p_adj_method="none", imputed=drawn)
    np.testing.assert_allclose(found["p_imputed"], found["p_value"])
    counted = local_moran(line, column="events", p_adj_method="none", imputed=np.tile(x, (2, 1)))
    np.testing.assert_allclose(counted["p_imputed"], counted["p_value"])


def test_no_number_is_missing_without_a_reason():
    alike = local_moran(with_rate([2.0] * 200))
    assert alike["local_i"].isna().all()
    assert (alike["reason"] == "all values are the same").all()
    assert (alike["cluster"] == "none").all()
    assert alike.attrs["moran"] == {"reason": "all values are the same"}

    line = make_segments(n=210).iloc[[*range(200), 205]]
    line["rate"] = np.arange(201) % 5 + 1.0 * (np.arange(201) == 200)
    alone = local_moran(line)
    assert alone["reason"].iloc[-1] == "stands alone: no segment touches it"
    assert alone.iloc[-1][["local_i", "z", "p_value"]].isna().all()
    assert alone["reason"].iloc[:-1].isna().all()
    assert alone["p_value"].iloc[:-1].notna().all()

    line["rate"] = [2.0, 0, 4, 1, 3] * 40 + [2.0]
    level = local_moran(line)
    assert (
        level["reason"].iloc[[0, 5]] == "its value is the mean: there is nothing to compare"
    ).all()
    assert level["p_value"].iloc[[0, 5]].isna().all()


def test_reasons_are_true():
    """They said "its value is the mean" of any segment without variance (mended 2026-11-30)."""
    found = local_moran(with_rate([1.0, 5, 3]), p_adj_method="none")
    assert found["reason"].fillna("").tolist() == [
        "", "its neighbours are all the others: these have no other place to be",
        "its value is the mean: there is nothing to compare",
    ]  # fmt: skip
    assert found["z"].isna().tolist() == [False, True, True]
    for values in ([0.0, 0, 7, 0, 0, 0], [4.0, 4, 1, 4, 4, 4]):
        found = local_moran(with_rate(values), p_adj_method="none")
        odd = "all others have the same value: whatever lies around it, it is that"
        assert found["reason"].fillna("").tolist() == ["", "", odd, "", "", ""]
        assert found["p_value"].isna().tolist() == [False, False, True, False, False, False]


def test_a_drawn_table_with_nothing_to_see_has_p_of_1():
    """One table of values all alike made the median of all missing (mended 2026-11-30)."""
    x = case("border", "synthetic")[0]
    line = with_rate(x).assign(events=x)
    drawn = np.stack([x, x, np.zeros(x.size)])
    found = local_moran(line, column="events", p_adj_method="none", imputed=drawn)
    assert found["p_value"].notna().all()
    np.testing.assert_array_equal(found["p_imputed"], found["p_value"])
    assert found.attrs["parameters"]["n_imputations"] == 3
    three = with_rate([1.0, 5, 4]).assign(events=[1, 5, 4])
    few = local_moran(three, column="events", p_adj_method="none", imputed=[[1, 5, 4], [2, 2, 2]])
    assert few["p_imputed"].isna().tolist() == [False, True, False]
    assert few["reason"].isna().tolist() == [True, False, True]


def test_bad_input_is_refused():
    line = with_rate([1.0, 2, 3, 4, 5])
    with pytest.raises(
        ParameterError, match="n_sim=9999 a p-value is 0.0002 at least.*Take n_sim=53799"
    ):
        local_moran(with_rate(np.arange(1345.0)))
    with pytest.raises(ColumnError, match="'rates'|'rate'"):
        local_moran(line.drop(columns="rate"))
    with pytest.raises(ParameterError, match="method must be one of permutation, analytic"):
        local_moran(line, method="normal")
    with pytest.raises(ParameterError, match="p_adj_method must be one of"):
        local_moran(line, p_adj_method="westfall_young")
    line["rate"] = [1.0, np.nan, 3, 4, np.nan]
    with pytest.raises(ParameterError, match="rate must be finite numbers, but 2 of 5 are not"):
        local_moran(line)
    with pytest.raises(ParameterError, match=r"tables of counts of the shape \(5,\)"):
        local_moran(with_rate([1.0, 2, 3, 4, 5]), p_adj_method="none", imputed=[[1, 2, 3]])
    with pytest.raises(StatisticsError, match="not all the same; but all are 1"):
        moran([1, 1, 1, 1], chain_neighbours([True] * 3))
    with pytest.raises(StatisticsError, match="only 2 have neighbours"):
        moran([1, 2, 3, 4], [(0, 1), (1, 0)])
    with pytest.raises(ParameterError, match="null must be one of conditional, total"):
        local_moran_i([1, 2, 3], chain_neighbours([True] * 2), null="free")
    with pytest.raises(ParameterError, match="style must be one of row, binary"):
        local_moran_i([1, 2, 3], chain_neighbours([True] * 2), style="W")
    with pytest.raises(ParameterError, match="3 values or more"):
        local_moran_i([1, 2], chain_neighbours([True]))
