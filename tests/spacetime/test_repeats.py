"""Near repeats: pairs by band of distance and band of time."""

import importlib
import itertools
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from frontier_geo import locate_events
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.spacetime.interaction import knox
from frontier_geo.spacetime.repeats import near_repeat as near_repeat_table
from frontier_geo.spacetime.repeats import near_repeat_bands

REFERENCE = Path(__file__).parents[1] / "reference"
MODULE = importlib.import_module("frontier_geo.spacetime.repeats")  # a function has its name


@pytest.fixture(scope="module")
def pattern():
    """Dated places on the shipped border, with 60 repeats within a few km and 12 days."""
    table = pd.read_csv(REFERENCE / "spacetime_border.csv", parse_dates=["date"])
    return table["km"].to_numpy(), table["date"].to_numpy()


def test_a_pair_at_the_limits_is_in_the_lower_band():
    """VALIDATION 8: a pair 100 m and 3 days apart is in (0, 100] and (0, 3]."""
    for start in (0.0, 12.1, 700.2, 1343.8):
        found = near_repeat_bands(
            [start, start + 0.1], [8, 11], distance_bands=[0.1, 0.2], time_bands=[3, 7], n_sim=1
        )
        assert found.observed.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("gap", "days", "cell"),
    [
        (0.0, 0, (0, 0)),
        (0.0, 1, (0, 1)),
        (0.05, 0, (1, 0)),
        (0.1001, 3, (2, 1)),
        (0.2, 4, (2, 2)),
        (0.2, 7, (2, 2)),
        (0.2001, 3, None),
        (0.1, 8, None),
    ],
)
def test_each_band_is_half_open_from_above(gap, days, cell):
    found = near_repeat_bands(
        [3.0, 3.0 + gap], [8, 8 + days], distance_bands=[0.1, 0.2], time_bands=[3, 7], n_sim=1
    )
    assert found.observed.sum() == (cell is not None)
    if cell:
        assert found.observed[cell] == 1


def test_cumulated_bands_are_knox_tables(pattern):
    """Golden by way of Knox, whose tables are pointpats' and surveillance's: (5, 7) holds 44 pairs."""
    found = near_repeat_bands(*pattern, distance_bands=[5, 50], time_bands=[7, 90], n_sim=9)
    upto = found.observed.cumsum(axis=0).cumsum(axis=1)
    golden = json.loads((REFERENCE / "spacetime_py.json").read_text())["knox"]["border"]
    assert upto[1, 1] == golden[0]["observed"][0][0] == 44
    assert upto[2, 2] == golden[2]["observed"][0][0] == 228
    assert found.expected[:2, :2].sum() == pytest.approx(golden[0]["expected"], rel=1e-12)
    assert found.expected.sum() == pytest.approx(golden[2]["expected"], rel=1e-12)


def test_repeats_are_found_and_the_rest_is_not(pattern):
    found = near_repeat_bands(*pattern, distance_bands=[5, 50], time_bands=[12, 90], n_sim=199)
    ratio = found.observed / found.expected.clip(1e-9)
    assert found.p_value[1, 1] == 1 / 200 and ratio[1, 1] > 5
    assert found.p_value[2, 2] > 0.05
    # The mean of the permutations tends to the product of the margins.
    some = found.expected > 1
    error = found.simulated.std(axis=0) / np.sqrt(199)
    assert (np.abs(found.simulated.mean(axis=0) - found.expected)[some] < 5 * error[some]).all()


pairs = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=2, max_size=25)


@settings(max_examples=50, deadline=None)
@given(pairs, st.booleans())
def test_against_every_pair_one_by_one(events, plane):
    place, time = np.array(events, dtype=float).T
    edges, days = [1, 4, 9], [2, 6]
    table = np.zeros((4, 3), dtype=int)
    for i, j in itertools.combinations(range(len(time)), 2):
        row = np.searchsorted([0, *edges], abs(place[i] - place[j]))
        column = np.searchsorted([0, *days], abs(time[i] - time[j]))
        if row < 4 and column < 3:
            table[row, column] += 1
    where = np.column_stack((place, place * 0)) if plane else place
    found = near_repeat_bands(where, time, distance_bands=edges, time_bands=days, n_sim=2)
    assert found.observed.tolist() == table.tolist()
    assert knox(place, time, delta=9, tau=6, n_sim=1).observed == table.sum()


def test_the_p_value_counts_permutations_as_large_or_larger(pattern):
    found = near_repeat_bands(*pattern, distance_bands=[20], time_bands=[60], n_sim=49, seed=2)
    as_large = (found.simulated >= found.observed).sum(axis=0)
    assert found.p_value == pytest.approx((1 + as_large) / 50)
    again = near_repeat_bands(*pattern, distance_bands=[20], time_bands=[60], n_sim=49, seed=2)
    assert again.simulated.tolist() == found.simulated.tolist()


def test_expected_and_ratio_are_exact_however_few_the_permutations(few, equator):
    """Three known events, one near pair: 1 near pair x 1 pair within 3 days / 3 (mended 2026-11-30)."""
    how = {"distance_bands_km": [0.2], "time_bands_days": [3], "n_sim": 19, "n_imputations": 0}
    for seed in range(3):
        row = near_repeat_table(few, equator, seed=seed, **how).iloc[-1]
        assert row["expected"] == pytest.approx(1 / 3, rel=1e-12)
        assert row["ratio"] == pytest.approx(3, rel=1e-12)


def test_pieces_of_any_size_give_the_same(monkeypatch, pattern):
    how = {"distance_bands": [20, 60], "time_bands": [60, 90], "n_sim": 9}
    whole = near_repeat_bands(*pattern, **how)
    monkeypatch.setattr(MODULE, "PAIRS_AT_ONCE", 101)
    monkeypatch.setattr("frontier_geo.spacetime.pairs.PAIRS_AT_ONCE", 101)
    assert near_repeat_bands(*pattern, **how).simulated.tolist() == whole.simulated.tolist()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"distance_bands": [0, 1]}, "The band of distance or time 0 comes by itself"),
        ({"distance_bands": [2, 1]}, "finite, above 0 and rise, but are .2.0, 1.0."),
        ({"time_bands": []}, "time_bands are the upper ends of bands"),
        ({"time_bands": ["week"]}, "time_bands must be numbers that rise"),
        ({"n_sim": 0}, "n_sim must be a whole number"),
    ],
)
def test_bad_bands_are_refused(how, words):
    with pytest.raises(ParameterError, match=words):
        near_repeat_bands([1, 2], [1, 2], **({"distance_bands": [1], "time_bands": [1]} | how))


def test_one_event_has_no_pairs_and_too_many_pairs_are_refused(monkeypatch, pattern):
    with pytest.raises(StatisticsError, match="at least two events"):
        near_repeat_bands([1], [1], distance_bands=[1], time_bands=[1])
    monkeypatch.setattr(MODULE, "MOST_PAIRS", 100)
    with pytest.raises(ParameterError, match="hold more than 100 pairs.*narrower bands, or knox"):
        near_repeat_bands(*pattern, distance_bands=[500], time_bands=[1])


# ---- the table -------------------------------------------------------------------------------------


@pytest.fixture
def few(equator):
    """Two events 111 m and 3 days apart, one far off, one known to a month."""
    events = gpd.GeoDataFrame(
        {
            "date_start": ["2020-03-01", "2020-03-04", "2020-07-01", "2020-09-01"],
            "date_end": ["2020-03-01", "2020-03-04", "2020-07-01", "2020-09-30"],
            "location_uncertainty_km": [0.0] * 4,
        },
        geometry=[Point(70.1, 0), Point(70.101, 0), Point(70.8, 0), Point(70.8, 0)],
        crs="EPSG:4326",
    )
    return locate_events(events, equator)


def test_the_table_prints_its_bands(few, equator):
    table = near_repeat_table(
        few, equator, distance_bands_km=[0.1, 0.2], time_bands_days=[3], n_sim=19
    )
    assert table["distance_band"].unique().tolist() == [
        "same place",
        "(0, 0.1] km",
        "(0.1, 0.2] km",
    ]
    assert table["time_band"].unique().tolist() == ["same day", "(0, 3] days"]
    ends = ["distance_from_km", "distance_to_km", "time_from_days", "time_to_days"]
    assert table[ends].to_numpy().tolist() == [
        [0, 0, 0, 0], [0, 0, 0, 3], [0, 0.1, 0, 0], [0, 0.1, 0, 3], [0.1, 0.2, 0, 0], [0.1, 0.2, 0, 3],
    ]  # fmt: skip
    assert table["observed"].tolist() == [0, 0, 0, 0, 0, 1]
    assert (table["support"] == (table["p_imputed"] <= 0.05)).all()
    assert "half-open from above" in table.attrs["convention"]
    assert table.attrs["accounting"]["left_out"]["dated only to a window of days"] == 1
    assert (table["p_adj"] >= table["p_value"]).all()
    assert table.attrs["smallest_p"] == 0.05
    json.dumps(table.attrs)


def test_missing_numbers_have_their_reason(few, equator):
    how = {"distance_bands_km": [0.2], "time_bands_days": [3], "n_sim": 19}
    table = near_repeat_table(few, equator, n_imputations=0, **how)
    assert table["reason"].str.contains("no draws were asked for").all()
    assert table.loc[table["ratio"].isna(), "reason"].str.contains("no ratio").all()
    one = few.iloc[:1].copy()
    one.attrs = few.attrs
    table = near_repeat_table(one, equator, **how)
    assert table["p_value"].isna().all()
    assert table["reason"].str.contains("1 events are known to a point and a day").all()
    tested = near_repeat_table(few, equator, **how)
    gone = tested[["ratio", "ratio_imputed"]].isna().any(axis=1)
    assert (tested["reason"].notna() == gone).all()


def test_the_table_refuses(few, equator, border):
    with pytest.raises(ParameterError, match="rests on the line 'EQ'"):
        near_repeat_table(few, border)
    with pytest.raises(ParameterError, match="distance_bands_km are the upper ends"):
        near_repeat_table(few, equator, distance_bands_km=[0, 1])
    with pytest.raises(ParameterError, match="With n_sim=9 no p-value"):
        near_repeat_table(few, equator, n_sim=9)


def test_shipped_incidents(incidents, border):
    located = locate_events(incidents, border)
    table = near_repeat_table(located, n_sim=99, n_imputations=3)
    assert len(table) == 36
    assert table["support"].between(0, 1).all() and table["p_imputed"].between(0, 1).all()
    assert table["observed_imputed"].sum() > table["observed"].sum()
