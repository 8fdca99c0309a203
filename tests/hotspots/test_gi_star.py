"""Hot and cold segments: the table, what it says about itself, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from frontier_geo import locate_events, make_segments, segment_rates
from frontier_geo.errors import ColumnError, ParameterError, StatisticsError
from frontier_geo.hotspots.getis_ord import count_g, local_g, shuffled_minima
from frontier_geo.hotspots.gi_star import find_hotspots
from frontier_geo.hotspots.neighbours import chain_neighbours
from frontier_geo.hotspots.permutation_null import (
    exact_permutation_tails,
    permutation_tails,
    westfall_young,
)
from frontier_geo.hotspots.poisson_null import poisson_minima, poisson_tails

REFERENCE = Path(__file__).parents[1] / "reference"
DATA = json.loads((REFERENCE / "hotspots_data.json").read_text())["border"]
SPDEP = json.loads((REFERENCE / "hotspots_spdep.json").read_text())["results"]["border"]
CHAIN = chain_neighbours([True] * 134)


@pytest.fixture(scope="module")
def rates(segments):
    """The shipped line with a made-up pattern, observed for two years."""
    line = segments[["segment_id", "from_km", "to_km", "length_km"]].copy()
    line["events"] = DATA["values"]["synthetic"]
    line["expected_events"] = DATA["values"]["expected_events"]
    line["exposure_km_yr"] = line["length_km"] * 2
    line = pd.DataFrame(line)
    line.attrs = {"boundary": {"boundary_id": "TJ-AF"}, "period": ["2020-01-01", "2021-12-31"]}
    return line


def planted(n: int, hot: slice) -> pd.DataFrame:
    """Even segments with one event each, and ten on each of a few."""
    line = make_segments(n=n)
    line["events"] = 1
    line.loc[line.index[hot], "events"] = 10
    return line


def test_a_planted_stretch_is_hot_and_the_rest_is_not():
    found = find_hotspots(planted(60, slice(20, 24)))
    hot = found.index[found["hotspot"] == "hot"].tolist()
    assert hot == [19, 20, 21, 22, 23, 24]  # with a neighbour to either side, whose sums hold it
    assert (found["gi_star"].iloc[20:24] > 3).all()


def test_an_empty_stretch_is_cold():
    line = make_segments(n=60)
    line["events"] = [5] * 30 + [0] * 10 + [5] * 20
    found = find_hotspots(line)
    assert found.index[found["hotspot"] == "cold"].tolist() == list(
        range(31, 39)
    )  # 30 and 39 border on 5


def test_the_default_is_the_exact_test_of_counts(rates):
    found = find_hotspots(rates)
    tails = poisson_tails(rates["events"], rates["length_km"], CHAIN)
    np.testing.assert_allclose(found["p_value"], tails.p())
    plain = poisson_tails(rates["events"], rates["length_km"], CHAIN, ties="none").p()
    np.testing.assert_allclose(found["p_plain"], plain)
    np.testing.assert_allclose(
        found["gi_star"], count_g(rates["events"], rates["length_km"], CHAIN).z
    )
    share = CHAIN.sums(rates["length_km"] / rates["length_km"].sum(), with_self=True)
    np.testing.assert_allclose(found["expected"], share * rates["events"].sum())
    assert found["observed"].tolist() == CHAIN.sums(rates["events"], with_self=True).tolist()
    assert list(found) == [
        "segment_id", "from_km", "to_km", "events", "exposure_km_yr", "neighbours", "observed",
        "expected", "gi_star", "p_value", "p_plain", "p_adj", "p_adj_method", "hotspot", "reason",
    ]  # fmt: skip
    assert found.attrs["parameters"]["null"] == "poisson"
    assert found.attrs["parameters"]["method"] == "exact"
    assert found.attrs["n_sim"] is None
    assert found.attrs["smallest_p"] is None


def test_the_short_last_segment_is_judged_by_its_length(rates):
    """3.956 km of 10: with the line's own rate it is not cold; the permutation null takes it so."""
    even = rates.copy()
    even["events"] = [20] * 134 + [8]
    found = find_hotspots(even)
    assert abs(found["gi_star"].iloc[-1]) < 0.1
    assert found["hotspot"].eq("none").all()
    shuffled = find_hotspots(even, null="permutation", method="analytic")
    assert shuffled["gi_star"].iloc[-1] < -5
    assert "Segments differ in exposure" in shuffled.attrs["notes"][0]


@pytest.mark.parametrize("column", ["events", "expected_events"])
def test_the_permutation_null_gives_the_gi_star_of_spdep(rates, column):
    """Twelve digits are stored."""
    found = find_hotspots(rates, column=column, null="permutation", n_sim=5399)
    key = {"events": "synthetic"}.get(column, column)
    np.testing.assert_allclose(found["gi_star"], SPDEP[key]["gi_star"], rtol=1e-9, atol=1e-10)
    tails = permutation_tails(rates[column], CHAIN, n_sim=5399, seed=0)
    np.testing.assert_array_equal(found["p_value"], tails.p())
    assert found.attrs["n_sim"] == 5399
    assert found.attrs["smallest_p"] == 2 / 5400
    assert "p_plain" not in found


def test_what_is_left_open_follows_from_the_rest(rates):
    def chosen(**options):
        told = find_hotspots(rates, **options).attrs["parameters"]
        return told["null"], told["method"], told["ties"]

    assert chosen() == ("poisson", "exact", "surroundings")
    assert chosen(method="exact", ties="none") == ("poisson", "exact", "none")
    assert chosen(method="permutation") == ("permutation", "permutation", None)
    assert chosen(method="analytic") == ("permutation", "analytic", None)
    assert chosen(null="permutation") == ("permutation", "permutation", None)
    assert chosen(null="permutation", method="exact") == ("permutation", "exact", None)
    assert chosen(null="poisson", method="analytic") == ("poisson", "analytic", None)
    assert chosen(column="expected_events") == ("permutation", "permutation", None)


def test_the_ways_to_a_p_value(rates):
    x = rates["events"]
    exact = find_hotspots(rates, null="permutation", method="exact")
    np.testing.assert_allclose(exact["p_value"], exact_permutation_tails(x, CHAIN).p())
    normal = find_hotspots(rates, null="permutation", method="analytic", alternative="greater")
    np.testing.assert_allclose(normal["p_value"], norm.sf(local_g(x, CHAIN).z))
    poisson = find_hotspots(rates, null="poisson", method="analytic", alternative="less")
    np.testing.assert_allclose(
        poisson["p_value"], norm.cdf(count_g(x, rates["length_km"], CHAIN).z)
    )
    assert "far off for small counts" in poisson.attrs["notes"][0]
    less = find_hotspots(rates, alternative="less", ties="none")
    lower = poisson_tails(x, rates["length_km"], CHAIN, ties="none").lower
    np.testing.assert_allclose(less["p_value"], lower)


@pytest.mark.parametrize("method", ["fdr_bh", "fdr_by", "holm", "bonferroni", "none"])
def test_the_adjustment_is_that_of_statsmodels(rates, method):
    from statsmodels.stats.multitest import multipletests

    found = find_hotspots(rates, p_adj_method=method)
    want = (
        found["p_value"] if method == "none" else multipletests(found["p_value"], method=method)[1]
    )
    np.testing.assert_allclose(found["p_adj"], want)
    assert (found["p_adj_method"] == method).all()
    sure = found["p_adj"] <= 0.05
    assert (found["hotspot"] == "hot").tolist() == (sure & (found["gi_star"] > 0)).tolist()


def test_westfall_young_compares_with_the_smallest_of_all(rates):
    options = {"p_adj_method": "westfall_young", "n_sim": 400, "seed": 3}
    found = find_hotspots(rates, **options)
    minima = poisson_minima(
        int(rates["events"].sum()), rates["length_km"], CHAIN, n_sim=400, seed=3
    )
    np.testing.assert_allclose(found["p_adj"], westfall_young(found["p_value"], minima))
    assert found.attrs["n_sim"] == 400
    assert found.attrs["smallest_p"] == 1 / 401
    shuffled = find_hotspots(rates, null="permutation", **options)
    minima = shuffled_minima(rates["events"], CHAIN, n_sim=400, seed=3)
    p = 2 * norm.sf(np.abs(local_g(rates["events"], CHAIN).z))
    np.testing.assert_allclose(shuffled["p_value"], p)
    np.testing.assert_allclose(shuffled["p_adj"], westfall_young(p, minima))


def test_the_stricter_the_method_the_fewer_are_found(rates):
    tally = {
        m: (find_hotspots(rates, p_adj_method=m)["hotspot"] == "hot").sum()
        for m in ("none", "fdr_bh", "holm")
    }
    assert tally["none"] >= tally["fdr_bh"] >= tally["holm"]
    assert tally["none"] > tally["holm"]


def test_turned_around_or_shuffled_the_table_says_the_same(rates):
    """The order of rows is that of the table, the neighbours are those on the line."""
    found = find_hotspots(rates)
    for order in (np.arange(135)[::-1], np.random.default_rng(1).permutation(135)):
        mixed = find_hotspots(rates.iloc[order])
        assert mixed["segment_id"].tolist() == rates["segment_id"].iloc[order].tolist()
        back = mixed.loc[found.index]
        pd.testing.assert_frame_equal(back, found, rtol=1e-9)


def test_wider_neighbourhoods(rates):
    wide = find_hotspots(rates, order=2)
    assert wide["neighbours"].max() == 4
    assert wide.attrs["parameters"]["order"] == 2
    near = find_hotspots(rates, distance_km=20)
    np.testing.assert_allclose(near["observed"].iloc[:130], wide["observed"].iloc[:130])
    assert near.attrs["parameters"] | {"order": 2, "distance_km": None} == wide.attrs["parameters"]


def test_the_attributes_can_be_written(rates):
    found = find_hotspots(rates, imputed=np.tile(rates["events"], (2, 1)))
    json.dumps(found.attrs)
    assert found.attrs["result"] == "hotspots"
    assert found.attrs["boundary"] == {"boundary_id": "TJ-AF"}
    assert found.attrs["period"] == ["2020-01-01", "2021-12-31"]
    assert found.attrs["parameters"]["n_imputations"] == 2
    assert found.attrs["parameters"]["alpha"] == 0.05


def test_the_input_stays_as_it_was(rates):
    before = rates.copy()
    find_hotspots(rates, imputed=np.tile(rates["events"], (2, 1)))
    pd.testing.assert_frame_equal(rates, before)


def test_imputed_tables_by_hand(rates):
    """Certain places: nothing changes. Uncertain ones: the median p, pooled z, share of tables."""
    same = find_hotspots(rates, imputed=np.tile(rates["events"], (3, 1)))
    np.testing.assert_allclose(same["p_imputed"], same["p_value"])
    np.testing.assert_allclose(same["gi_star_imputed"], same["gi_star"])
    # Without uncertainty of place the interval is z plus and minus the normal 1.96.
    np.testing.assert_allclose(same["gi_star_hi"] - same["gi_star"], norm.isf(0.025), rtol=1e-9)
    assert (same["support"] == 1).all()

    tables = np.random.default_rng(0).multinomial(rates["events"].sum(), np.full(135, 1 / 135), 7)
    found = find_hotspots(rates, imputed=tables)
    each = [poisson_tails(t, rates["length_km"], CHAIN).p() for t in tables]
    np.testing.assert_allclose(found["p_imputed"], np.median(each, axis=0))
    z = np.array([count_g(t, rates["length_km"], CHAIN).z for t in tables])
    np.testing.assert_allclose(found["gi_star_imputed"], z.mean(axis=0))
    total = 1 + (1 + 1 / 7) * z.var(axis=0, ddof=1)  # Rubin (1987), 3.1.5
    assert (
        found["gi_star_hi"] - found["gi_star_imputed"] >= norm.isf(0.025) * np.sqrt(total)
    ).all()
    words = np.array([find_hotspots(rates.assign(events=t))["hotspot"] for t in tables])
    np.testing.assert_allclose(
        found["support"], (words == found["hotspot"].to_numpy()).mean(axis=0)
    )
    assert found["support"].min() < 1


def test_the_level_of_the_pooled_interval_can_be_asked_for(rates):
    """It was 95 %, whatever was wanted (mended 2026-11-30)."""
    found = find_hotspots(rates, imputed=np.tile(rates["events"], (3, 1)), confidence_level=0.8)
    np.testing.assert_allclose(found["gi_star_hi"] - found["gi_star"], norm.isf(0.1), rtol=1e-9)
    np.testing.assert_allclose(found["gi_star"] - found["gi_star_lo"], norm.isf(0.1), rtol=1e-9)
    assert found.attrs["parameters"]["confidence_level"] == 0.8


@pytest.mark.parametrize(
    ("options", "nothing"),
    [({}, 0), ({"null": "permutation", "n_sim": 5399}, 2)],
    ids=["no events", "all alike"],
)
def test_a_drawn_table_with_nothing_to_see_has_p_of_1(rates, options, nothing):
    """One such table made p and Gi* of all of them missing, without a reason (mended 2026-11-30)."""
    x = rates["events"].to_numpy()
    empty = np.full_like(x, nothing)
    found = find_hotspots(rates, imputed=np.stack([x, empty, x]), **options)
    np.testing.assert_allclose(found["p_imputed"], found["p_value"])
    np.testing.assert_allclose(found["gi_star_imputed"], found["gi_star"])
    assert found["reason"].isna().all()
    assert "1 of 3 drawn tables have no events or values all alike" in found.attrs["notes"][-1]
    found = find_hotspots(rates, imputed=np.stack([x, empty, empty]), **options)
    assert (found["p_imputed"] == 1).all()
    assert found["gi_star_imputed"].isna().all()
    assert (
        found["reason"] == "no pooled gi_star: fewer than two drawn tables have anything to test"
    ).all()
    hot = found["hotspot"] != "none"
    np.testing.assert_allclose(found["support"], np.where(hot, 1 / 3, 1))


def test_the_parameters_are_those_of_this_test(incidents, border, segments):
    """They claimed the test and the intervals of the rates as well (mended 2026-11-30)."""
    rates = segment_rates(locate_events(incidents, border), segments, seed=3)
    told = find_hotspots(rates).attrs["parameters"]
    assert not {"test", "interval", "seed", "expected_interval"} & set(told)
    assert told["scope"] == ["border"]
    assert told["min_confidence"] == "medium"


def test_the_shipped_incidents(incidents, border, segments):
    """From the events to the table; every row has a statistic."""
    rates = segment_rates(locate_events(incidents, border), segments)
    found = find_hotspots(rates)
    assert len(found) == 135
    assert found["reason"].isna().all()
    assert found["p_value"].notna().all()
    assert found.attrs["period"] == rates.attrs["period"]
    assert found["events"].sum() == rates.attrs["accounting"]["counted"]


# ---- what cannot be tested, and says why ----------------------------------------------------------


def test_no_events():
    line = make_segments(n=20)
    line["events"] = 0
    found = find_hotspots(line)
    assert (found["reason"] == "no events on any segment").all()
    assert found[["gi_star", "p_value", "p_adj"]].isna().all(axis=None)
    assert (found["hotspot"] == "none").all()


def test_one_event_is_no_hot_spot():
    line = make_segments(n=200)
    line["events"] = [1] + [0] * 199
    found = find_hotspots(line)
    assert (found["hotspot"] == "none").all()
    assert found["p_value"].iloc[0] == pytest.approx(
        0.01
    )  # 2 of 200 segments are its neighbourhood


def test_all_events_on_one_segment():
    line = make_segments(n=50)
    line["events"] = [0] * 25 + [12] + [0] * 24
    found = find_hotspots(line)
    assert found.index[found["hotspot"] == "hot"].tolist() == [24, 25, 26]


def test_values_all_alike():
    line = make_segments(n=50)
    line["events"] = 3
    assert (find_hotspots(line)["hotspot"] == "none").all()
    shuffled = find_hotspots(line, null="permutation")
    assert (shuffled["reason"] == "all values are the same").all()
    assert shuffled["p_value"].isna().all()


def test_gaps_and_lone_segments():
    """A gap breaks the chain; what touches nothing has no neighbourhood."""
    line = planted(60, slice(20, 24)).iloc[[*range(22), *range(23, 40), 50]]
    found = find_hotspots(line, p_adj_method="westfall_young", n_sim=99)
    assert found["neighbours"].loc[[21, 23, 50]].tolist() == [1, 1, 0]
    assert found["reason"].iloc[-1] == "stands alone: no segment touches it"
    assert found.iloc[-1][["gi_star", "p_value", "p_plain", "p_adj"]].isna().all()
    assert found["hotspot"].iloc[-1] == "none"
    assert found["reason"].iloc[:-1].isna().all()
    imputed = find_hotspots(line, imputed=np.tile(line["events"], (2, 1)))
    assert imputed.iloc[-1][["gi_star_imputed", "p_imputed", "support"]].isna().all()


def test_a_neighbourhood_that_is_the_whole_line():
    line = make_segments(n=3)
    line["events"] = [4, 0, 1]
    found = find_hotspots(line)
    assert found["reason"].isna().tolist() == [True, False, True]
    assert found["reason"].iloc[1] == "its neighbours are the whole line"
    assert np.isnan(found["p_value"].iloc[1])


def test_too_few_simulations_say_how_many_are_needed(rates):
    words = (
        "p-value is 0.002 at least: a single segment, adjusted for the 135 tested by fdr_bh, could not "
        "reach alpha=0.05, however unusual. Take n_sim=5399"
    )
    with pytest.raises(ParameterError, match=words):
        find_hotspots(rates, method="permutation", n_sim=999)
    find_hotspots(rates, method="permutation", n_sim=5399)
    with pytest.raises(ParameterError, match="Take n_sim=2699"):
        find_hotspots(rates, method="permutation", n_sim=999, alternative="greater")
    with pytest.raises(ParameterError, match="Take n_sim=19 or more"):
        find_hotspots(rates, p_adj_method="westfall_young", n_sim=18)
    find_hotspots(rates, method="permutation", n_sim=99, p_adj_method="none")


@pytest.mark.parametrize(
    ("change", "options", "error", "words"),
    [
        ({"events": np.nan}, {}, ParameterError, "events must be finite numbers, but 135 of 135"),
        ({"events": -1}, {"null": "poisson"}, StatisticsError, "row 0 has -1"),
        ({"events": 0.5}, {"null": "poisson"}, StatisticsError, "row 0 has 0.5"),
        ({"events": "many"}, {}, ParameterError, "events must be numbers"),
        ({"exposure_km_yr": 0.0}, {}, ParameterError, "exposure must be a number above 0"),
        ({"exposure_km_yr": np.nan}, {}, ParameterError, "exposure_km_yr must be finite"),
        ({}, {"column": "killed"}, ColumnError, "'killed'"),
        ({}, {"null": "chance"}, ParameterError, "null must be one of poisson, permutation"),
        ({}, {"method": "normal"}, ParameterError, "method must be one of exact, permutation"),
        ({}, {"ties": "half"}, ParameterError, "ties must be one of surroundings, none"),
        ({}, {"p_adj_method": "fdr"}, ParameterError, "p_adj_method must be one of fdr_bh"),
        ({}, {"alternative": "hot"}, ParameterError, "alternative must be one of two-sided"),
        ({}, {"alpha": 0}, ParameterError, "alpha must lie between 0 and 1"),
        ({}, {"confidence_level": 95}, ParameterError, "confidence_level must lie between 0 and 1"),
        ({}, {"n_sim": 2.5}, ParameterError, "n_sim must be a whole number"),
        ({}, {"seed": -1}, ParameterError, "seed must be a whole number"),
        ({}, {"order": 0}, ParameterError, "order must be a whole number"),
        ({}, {"imputed": [[1, 2]]}, ParameterError, r"tables of counts of the shape \(135,\)"),
        (
            {},
            {"null": "poisson", "method": "permutation"},
            ParameterError,
            'null="poisson" deals out events',
        ),
        (
            {},
            {"null": "poisson", "method": "analytic", "p_adj_method": "westfall_young"},
            ParameterError,
            "rests on exact p-values",
        ),
        ({"from_km": 0.0}, {}, ParameterError, "overlap"),
    ],
)
def test_bad_input_is_refused(rates, change, options, error, words):
    with pytest.raises(error, match=words):
        find_hotspots(rates.assign(**change), **options)


def test_repeated_or_no_segments_are_refused(rates):
    with pytest.raises(ParameterError, match="At least one segment"):
        find_hotspots(rates.iloc[:0])
    with pytest.raises(ParameterError, match="occur once"):
        find_hotspots(rates.assign(segment_id="a"))
