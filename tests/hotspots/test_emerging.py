"""Emerging hot spots: 17 patterns, each with its own steps, and the table that finds them."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo import make_segments
from frontier_geo.errors import ColumnError, ParameterError, SmallSampleWarning, StatisticsError
from frontier_geo.hotspots.emerging import emerging_bins, emerging_hotspots, space_time_neighbours
from frontier_geo.hotspots.getis_ord import count_g, local_g
from frontier_geo.hotspots.neighbours import chain_neighbours
from frontier_geo.hotspots.patterns import PATTERNS, TRUTH_TABLE, classify_pattern
from frontier_geo.hotspots.poisson_null import poisson_tails
from frontier_geo.spacetime import mann_kendall

PAGE = Path(__file__).parents[2] / "docs" / "emerging-hot-spots.md"
STEPS = {"H": 1, "C": -1, ".": 0}


def bins(letters: str) -> list[int]:
    return [STEPS[letter] for letter in letters]


def series(values, start: str = "2010", length_km=None) -> pd.DataFrame:
    """A table of segments and years of the counts given."""
    values = np.asarray(values)
    line = make_segments(n=len(values))[["segment_id", "from_km", "to_km", "length_km"]]
    if length_km is not None:
        line["to_km"] = np.cumsum(length_km)
        line["from_km"] = line["to_km"] - length_km
        line["length_km"] = length_km
    years = pd.period_range(start, periods=values.shape[1], freq="Y")
    steps = pd.DataFrame({"step": range(len(years)), "step_start": years.start_time})
    steps["step_end"] = years.end_time.normalize()
    table = line.merge(steps, how="cross")
    table["exposure_km_yr"] = table["length_km"]
    table["events"] = values.ravel()
    return table


# ---- the truth table ------------------------------------------------------------------------------


def test_there_are_seventeen_patterns():
    assert len(PATTERNS) == len(set(PATTERNS)) == 17
    assert sum(name.endswith("hot spot") for name in PATTERNS) == 8
    assert sum(name.endswith("cold spot") for name in PATTERNS) == 8


@pytest.mark.parametrize("pattern", TRUTH_TABLE, ids=PATTERNS)
def test_each_example_is_of_its_pattern(pattern):
    assert classify_pattern(pattern.example_bins, pattern.example_trend) == pattern.name


@pytest.mark.parametrize(
    ("letters", "trend", "name"),
    [
        # New: the last step alone, whatever was cold before.
        (".........H", 0, "new hot spot"),
        ("CC..C....H", 0, "new hot spot"),
        ("H", 0, "new hot spot"),
        (".........H", 1, "new hot spot"),
        # Consecutive: one run up to the end, two steps to below 90 %.
        ("........HH", 0, "consecutive hot spot"),
        ("..HHHHHHHH", 1, "consecutive hot spot"),
        (".C..HHHHHH", -1, "consecutive hot spot"),
        # From 90 % on, the last step hot: by the trend.
        (".HHHHHHHHH", 1, "intensifying hot spot"),
        ("HHHH.HHHHH", 0, "persistent hot spot"),
        ("HHHHHHHH.H", -1, "diminishing hot spot"),
        ("CHHHHHHHHH", 0, "persistent hot spot"),
        # From 90 % on, the last step not hot.
        ("HHHHHHHHH.", 1, "historical hot spot"),
        ("HHHHHHHHHC", -1, "historical hot spot"),
        # Several runs, the last step hot.
        ("H........H", 0, "sporadic hot spot"),
        (".HH..HHHHH", 1, "sporadic hot spot"),
        ("HHHHHHHH..H"[1:], 0, "sporadic hot spot"),
        ("H..C.....H", 0, "oscillating hot spot"),
        (".CH.HHHHHH", 1, "oscillating hot spot"),
        # 18 of 20 are 90 %, 17 are not.
        ("HHHHHHHHHHHHHHHHHH..", 0, "historical hot spot"),
        ("..HHHHHHHHHHHHHHHHHH", 0, "persistent hot spot"),
        ("...HHHHHHHHHHHHHHHHH", 0, "consecutive hot spot"),
        # The same of cold ones; a cold spot intensifies as Gi* falls.
        (".........C", 0, "new cold spot"),
        ("HH.......C", 0, "new cold spot"),
        (".......CCC", 0, "consecutive cold spot"),
        ("CCCCCCCCCC", -1, "intensifying cold spot"),
        ("CCCCCCCCCC", 1, "diminishing cold spot"),
        ("CCCCCCCCCC", 0, "persistent cold spot"),
        ("C...C....C", 0, "sporadic cold spot"),
        ("C...H....C", 0, "oscillating cold spot"),
        ("CCCCCCCCC.", 0, "historical cold spot"),
        ("CCCCCCCCCH", 0, "new hot spot"),  # the pattern further up goes first
        # None of them.
        ("..........", 0, "no pattern"),
        ("..........", 1, "no pattern"),
        ("HHHHHHHH..", 0, "no pattern"),
        (".H.C.H.C..", 0, "no pattern"),
        (".", 0, "no pattern"),
    ],
)
def test_steps_and_their_pattern(letters, trend, name):
    assert classify_pattern(bins(letters), trend) == name


def holds(pattern, steps: list[int], trend: int) -> bool:
    """Read one row of the truth table, word by word, without the library's own reading."""
    side = 1 if pattern.name.endswith("hot spot") else -1
    mine, n = [s == side for s in steps], len(steps)
    many = sum(mine)
    runs = sum(a and not b for a, b in zip(mine, [False, *mine[:-1]], strict=True))
    last = {"hot": steps[-1] == 1, "cold": steps[-1] == -1}
    last |= {"not hot": steps[-1] != 1, "not cold": steps[-1] != -1}
    sign, rule = re.fullmatch(r"(.*?) ?[hc] (.*)", pattern.many).groups()
    count = {"= 1": many == 1, "< 0.9 n": 10 * many < 9 * n, "≥ 0.9 n": 10 * many >= 9 * n}[rule]
    if sign == "2 ≤":
        count = count and many >= 2
    before = {
        "any": True,
        "never hot": many == 1,
        "never cold": many == 1,
        "hot steps are one run": runs == 1,
        "cold steps are one run": runs == 1,
    }
    other = -side in steps
    for a, b in (("hot", "cold"), ("cold", "hot")):
        before[f"several runs, never {a}"] = runs > 1 and not other
        before[f"several runs, once {b}"] = runs > 1 and other
    trends = {"any": True, "rising": trend == 1, "falling": trend == -1, "none": trend == 0}
    return last[pattern.last] and count and before[pattern.before] and trends[pattern.trend]


@pytest.mark.parametrize("n", [1, 2, 3, 5, 7])
def test_the_rules_say_what_the_code_does(n):
    """Every sequence of up to 7 steps, with each trend, is of the first row that holds."""
    for steps in product((1, 0, -1), repeat=n):
        for trend in (1, 0, -1):
            rows = [p.name for p in TRUTH_TABLE[:-1] if holds(p, list(steps), trend)]
            assert classify_pattern(steps, trend) == (rows[0] if rows else "no pattern"), steps
            # Hot patterns exclude one another, but for a single step, which is all of them.
            assert n == 1 or len([name for name in rows if name.endswith("hot spot")]) <= 1


@settings(deadline=None)
@given(st.lists(st.sampled_from([1, 0, -1]), min_size=1, max_size=20), st.sampled_from([1, 0, -1]))
def test_cold_mirrors_hot(steps, trend):
    """Hot and cold change places; where both could be said, hot goes first."""
    name = classify_pattern(steps, trend)
    mirrored = classify_pattern([-s for s in steps], -trend)
    swapped = name.replace("hot", "?").replace("cold", "hot").replace("?", "cold")
    lasting = max(steps.count(1), steps.count(-1)) >= 0.9 * len(steps) - 1e-9
    if not (lasting and {1, -1} <= set(steps)):
        assert mirrored == swapped


def test_the_published_table_is_that_of_the_code():
    """`docs/emerging-hot-spots.md` holds the 17 rows as the code has them."""
    rows = [
        [cell.strip().strip("`") for cell in line.strip("|\n").split("|")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and line.endswith("` |") and line.count("|") == 8
    ]
    want = [
        [str(i), p.name, p.last, p.many, p.before, p.trend, p.example]
        for i, p in enumerate(TRUTH_TABLE, start=1)
    ]
    assert rows == want


def test_persistence_can_be_set():
    assert classify_pattern(bins("..HHHHHHHH"), persistence=0.8) == "persistent hot spot"
    with pytest.raises(ParameterError, match="persistence must lie between 0 and 1"):
        classify_pattern([1, 0], persistence=1.5)


@pytest.mark.parametrize("steps", [[], [2, 0], [[1, 0]], ["H"]])
def test_bad_steps_are_refused(steps):
    with pytest.raises(ParameterError, match="bins must be 1, 0 or -1"):
        classify_pattern(steps)
    with pytest.raises(ParameterError, match="trend must be 1, 0 or -1"):
        classify_pattern([1], 2)


# ---- neighbours in space and time -----------------------------------------------------------------


def test_neighbours_in_space_and_time_by_hand():
    """Three segments, three steps: bin (1, 1) has two beside it, and three before."""
    near = space_time_neighbours(chain_neighbours([True, True]), 3)
    mine = near.other[near.start[4] : near.start[5]]
    assert mine.tolist() == [0, 1, 3, 6, 7]
    first = near.other[near.start[3] : near.start[4]]
    assert first.tolist() == [0, 6]  # in the first step nothing is before
    assert near.many.tolist() == [1, 3, 3, 2, 5, 5, 1, 3, 3]
    with pytest.raises(ParameterError, match="n_steps must be a whole number"):
        space_time_neighbours(chain_neighbours([True]), 0)


# ---- tables ---------------------------------------------------------------------------------------


def test_bins_by_hand():
    """The sum of a bin is its own, the neighbours', and all of theirs the year before."""
    values = np.arange(12).reshape(3, 4)
    found = emerging_bins(series(values, length_km=[10.0, 4, 6]))
    row = found.iloc[1 * 4 + 2]
    assert row["observed"] == sum(values[i, t] for i in range(3) for t in (1, 2))
    assert row["expected"] == pytest.approx(values.sum() * 0.5)  # 40 of 80 km and years
    edge = found.iloc[2 * 4 + 0]
    assert edge["observed"] == values[1, 0] + values[2, 0]
    assert edge["expected"] == pytest.approx(values.sum() * 10 / 80)


def test_bins_of_both_nulls():
    values = np.random.default_rng(0).poisson(1.0, (20, 12))
    table = series(values)
    near = space_time_neighbours(chain_neighbours([True] * 19), 12)
    exact = emerging_bins(table)
    tails = poisson_tails(values.ravel(), np.ones(240), near, ties="none")
    p = np.minimum(1, 2 * np.minimum(tails.upper, tails.lower))
    np.testing.assert_allclose(exact["p_value"], p)
    np.testing.assert_allclose(
        exact["gi_star"], count_g(values.ravel(), np.ones(240), near).z, atol=1e-12
    )
    normal = emerging_bins(table, null="permutation", p_adj_method="none")
    np.testing.assert_allclose(normal["gi_star"], local_g(values.ravel(), near).z)
    # 95 %, two-sided: |z| above 1.96.
    hot = np.where(np.abs(normal["gi_star"]) > 1.959964, np.sign(normal["gi_star"]), 0)
    assert normal["bin"].tolist() == hot.tolist()
    adjusted = emerging_bins(table, null="permutation", p_adj_method="fdr_bh")
    assert (adjusted["p_adj"] >= normal["p_value"] - 1e-12).all()
    assert (adjusted["bin"] != 0).sum() <= (normal["bin"] != 0).sum()


QUIET = np.ones((30, 12), dtype=int)


def planted(rows: slice, counts) -> np.ndarray:
    values = QUIET.copy()
    values[rows] = counts
    return values


@pytest.mark.parametrize(
    ("counts", "name"),
    [
        ([1] * 11 + [9], "new hot spot"),
        ([1] * 8 + [9] * 4, "consecutive hot spot"),
        ([6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17], "intensifying hot spot"),
        ([9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9], "persistent hot spot"),
        ([17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6], "diminishing hot spot"),
        ([1, 9, 1, 1, 1, 9, 1, 1, 1, 1, 1, 9], "sporadic hot spot"),
        ([9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 1], "persistent hot spot"),
        ([9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0], "persistent hot spot"),
    ],
)
def test_planted_hot_spots(counts, name):
    """
    Four segments out of thirty stand out; the second of them is looked at.

    A hot year warms the next one, since a bin's neighbourhood holds the year before: one quiet year
    at the end leaves it hot.
    """
    found = emerging_hotspots(series(planted(slice(10, 14), counts)))
    assert found["pattern"].iloc[11] == name
    assert "hot" not in found["pattern"].iloc[25]


def test_planted_oscillating_and_historical():
    values = np.full((30, 12), 4)
    values[10:14] = [4, 14, 4, 4, 0, 0, 0, 4, 4, 4, 4, 14]
    found = emerging_hotspots(series(values))
    assert found["pattern"].iloc[11] == "oscillating hot spot"
    values = np.full((30, 22), 4)
    values[10:14] = [14] * 20 + [4, 4]
    found = emerging_hotspots(series(values))
    assert found["bins"].iloc[11].endswith("H.")
    assert found["pattern"].iloc[11] == "historical hot spot"


@pytest.mark.parametrize(
    ("counts", "name"),
    [
        ([30] * 11 + [0], "new cold spot"),
        ([30] * 9 + [0] * 3, "consecutive cold spot"),
        ([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1], "intensifying cold spot"),
        ([5] * 12, "persistent cold spot"),
        ([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], "diminishing cold spot"),
        ([30, 0, 30, 30, 30, 0, 30, 30, 30, 30, 30, 0], "sporadic cold spot"),
        ([30, 0, 0, 30, 90, 30, 30, 30, 30, 30, 30, 0], "oscillating cold spot"),
    ],
)
def test_planted_cold_spots(counts, name):
    values = np.full((30, 12), 30)
    values[10:14] = counts
    assert emerging_hotspots(series(values))["pattern"].iloc[11] == name


def test_planted_historical_cold_spot():
    values = np.full((30, 22), 30)
    values[10:14] = [5] * 20 + [30, 30]
    assert emerging_hotspots(series(values))["pattern"].iloc[11] == "historical cold spot"


def test_the_columns_say_what_they_say():
    values = np.random.default_rng(5).poisson(2.0, (15, 12))
    table = series(values)
    plain = {"p_adj_method": "none"}
    found, cube = emerging_hotspots(table, **plain), emerging_bins(table, **plain)
    z = cube["gi_star"].to_numpy().reshape(15, 12)
    flags = cube["bin"].to_numpy().reshape(15, 12)
    np.testing.assert_allclose(found["gi_star"], z[:, -1])
    assert found["hot_steps"].tolist() == (flags == 1).sum(axis=1).tolist()
    assert found["cold_steps"].tolist() == (flags == -1).sum(axis=1).tolist()
    assert found["bins"].tolist() == ["".join(".HC"[b] for b in row) for row in flags]
    beside = np.vstack((np.zeros(12), values, np.zeros(12)))
    trend = [mann_kendall(beside[i : i + 3].sum(axis=0)) for i in range(15)]
    np.testing.assert_allclose(found["trend_z"], [t.z for t in trend])
    np.testing.assert_allclose(found["trend_p_value"], [t.p_value for t in trend])
    signs = [int(np.sign(t.z)) if t.p_value <= 0.05 else 0 for t in trend]
    assert found["trend"].tolist() == [{1: "rising", -1: "falling", 0: "none"}[s] for s in signs]
    assert found["pattern"].tolist() == [
        classify_pattern(f, s) for f, s in zip(flags, signs, strict=True)
    ]
    assert (found["n_steps"] == 12).all()
    json.dumps(found.attrs)
    assert found.attrs["result"] == "emerging_hotspots"
    assert found.attrs["parameters"]["persistence"] == 0.9


def test_turned_around_it_is_the_same():
    values = np.random.default_rng(6).poisson(2.0, (15, 12))
    found = emerging_hotspots(series(values))
    turned = emerging_hotspots(series(values[::-1]))
    assert turned["pattern"].tolist()[::-1] == found["pattern"].tolist()
    np.testing.assert_allclose(turned["gi_star"].to_numpy()[::-1], found["gi_star"])


def test_false_discoveries_are_held_down():
    """Nothing planted: many bins at 5 % each, none after adjustment, the default (mended 2026-11-30)."""
    values = np.random.default_rng(7).poisson(3.0, (40, 20))
    plain = emerging_hotspots(series(values), p_adj_method="none")
    held = emerging_hotspots(series(values))
    assert (held["p_adj_method"] == "fdr_bh").all()
    assert (emerging_bins(series(values))["p_adj_method"] == "fdr_bh").all()
    assert plain["hot_steps"].sum() > 0
    assert held["hot_steps"].sum() + held["cold_steps"].sum() == 0
    assert (held["pattern"] == "no pattern").all()


def test_a_map_without_adjustment_says_what_chance_does():
    """It said nothing, while most maps of pure chance show some pattern (mended 2026-11-30)."""
    table = series(QUIET)
    for function in (emerging_hotspots, emerging_bins):
        assert function(table).attrs["notes"] == []
        (note,) = function(table, p_adj_method="none").attrs["notes"]
        assert "Each of 360 bins is tested at 0.05 by itself: chance alone gives most maps" in note


@pytest.mark.slow
@pytest.mark.parametrize("n_steps", [12, 30])
def test_the_trend_has_its_level(n_steps):
    """
    One Poisson rate everywhere: at 5 %, 14 % of segments rose or fell (mended 2026-11-30).

    Gi* of a bin and the next share a step, and Mann-Kendall takes steps as independent. 40 maps of 60
    segments; three neighbours share counts, so that 2,400 trends are worth 800 or more: a standard
    error of 0.77 percentage points at most. Ties and the continuity correction make the test careful.
    """
    random = np.random.default_rng(n_steps)
    found = [
        emerging_hotspots(series(random.poisson(1.0, (60, n_steps))))["trend_p_value"]
        for _ in range(40)
    ]
    assert 0.05 - 3.5 * 0.0077 <= (np.array(found) <= 0.05).mean() <= 0.05 + 2 * 0.0077


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.3, 3.0])
def test_a_pattern_by_chance_is_as_rare_as_asked(rate):
    """One rate everywhere: some pattern on 5 % of 60 maps at most, on a third without adjustment."""
    random = np.random.default_rng(3)
    any_pattern = {"none": 0, "fdr_bh": 0}
    for _ in range(60):
        table = series(random.poisson(rate, (60, 12)))
        for method in any_pattern:
            found = emerging_hotspots(table, p_adj_method=method)
            any_pattern[method] += bool((found["pattern"] != "no pattern").any())
    assert any_pattern["fdr_bh"] / 60 <= 0.05
    assert any_pattern["none"] / 60 >= 0.2  # a third, less two standard errors


def test_a_trend_by_hand():
    """
    Three segments, five steps: sums of the middle one's neighbourhood 3, 4, 5, 6, 7 (mended 2026-11-30).

    All 10 pairs rise: S = 10, variance 5 * 4 * 15 / 18 = 16.667, z = 9 / 4.0825 = 2.2045. Only the
    first step's Gi* is that of half a neighbourhood: with it the trend hung on what lay before.
    """
    values = np.array([[1, 1, 2, 2, 3], [1, 2, 1, 2, 3], [1, 1, 2, 2, 1]])
    with pytest.warns(SmallSampleWarning):
        found = emerging_hotspots(series(values))
    assert found["trend_z"].iloc[1] == pytest.approx(2.2045, abs=5e-5)
    assert found["trend_p_value"].iloc[1] == pytest.approx(0.0275, abs=5e-5)
    assert found.attrs["parameters"]["trend_of"].startswith("sums of the neighbourhood")


def test_a_trend_goes_by_exposure():
    """Twice as much time in each later step, and twice the events: no trend (mended 2026-11-30)."""
    values = np.tile([1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 36], (5, 1))
    table = series(values)
    assert (emerging_hotspots(table)["trend_p_value"] < 0.001).all()
    table["exposure_km_yr"] *= table["events"]
    found = emerging_hotspots(table)
    np.testing.assert_allclose(found["trend_z"], 0)
    assert found.attrs["parameters"]["trend_of"].startswith("rates of the neighbourhood")
    # 366 days beside 365 break no ties.
    table["exposure_km_yr"] = np.where(table["step"] % 4 == 0, 36.6, 36.5)
    assert emerging_hotspots(table).attrs["parameters"]["trend_of"].startswith("sums")


def test_a_drawn_table_without_events_is_no_trend():
    """One such table made the median p-value of all of them missing (mended 2026-11-30)."""
    values = planted(slice(10, 14), [1] * 8 + [9] * 4)
    drawn = np.stack([values, values, np.zeros_like(values)])
    found = emerging_hotspots(series(values), imputed=drawn)
    np.testing.assert_allclose(found["trend_p_imputed"], found["trend_p_value"])
    assert found.attrs["notes"] == ["1 of 3 drawn tables hold the same in all bins."]
    assert found.attrs["parameters"]["n_imputations"] == 3
    found = emerging_hotspots(series(values), imputed=np.stack([values, *[0 * values] * 2]))
    assert (found["trend_p_imputed"] == 1).all()


def test_imputed_tables():
    values = planted(slice(10, 14), [1] * 8 + [9] * 4)
    table = series(values)
    same = emerging_hotspots(table, imputed=np.stack([values] * 3))
    assert same["pattern_imputed"].tolist() == same["pattern"].tolist()
    assert (same["support"] == 1).all()
    np.testing.assert_allclose(same["trend_p_imputed"], same["trend_p_value"])
    other = emerging_hotspots(table, imputed=np.stack([values, QUIET, QUIET]))
    assert other["pattern"].iloc[11] == "consecutive hot spot"
    assert other["pattern_imputed"].iloc[11] == "no pattern"
    assert other["support"].iloc[11] == pytest.approx(1 / 3)
    with pytest.raises(ParameterError, match=r"tables of counts of the shape \(30, 12\)"):
        emerging_hotspots(table, imputed=values)


def test_no_events_and_lone_segments_say_why():
    none = emerging_hotspots(series(np.zeros((5, 12), dtype=int)))
    assert (none["pattern"] == "no pattern").all()
    assert (none["reason"] == "no events in any bin").all()
    alike = emerging_hotspots(series(np.full((5, 12), 2)), null="permutation")
    assert (alike["reason"] == "all bins hold the same").all()
    table = series(np.random.default_rng(0).poisson(2, (6, 12)))
    gap = table[table["segment_id"] != table["segment_id"].unique()[4]]
    found = emerging_hotspots(gap)
    assert found["reason"].isna().tolist() == [True] * 4 + [False]
    assert found["reason"].iloc[-1] == "stands alone: no segment touches it"
    assert found["gi_star"].isna().tolist() == [False] * 4 + [True]
    assert found["pattern"].iloc[-1] == "no pattern"


def test_few_steps_warn_and_fewer_are_refused():
    with pytest.warns(SmallSampleWarning, match="5 steps are few"):
        emerging_hotspots(series(QUIET[:, :5]))
    with pytest.raises(StatisticsError, match="3 steps or more, but the series has 2"):
        emerging_hotspots(series(QUIET[:, :2]))


def test_bad_input_is_refused():
    table = series(QUIET)
    with pytest.raises(StatisticsError, match="whole numbers of 0 or more"):
        emerging_hotspots(table.assign(events=0.5), null="poisson")
    with pytest.raises(ParameterError, match="null must be one of poisson, permutation"):
        emerging_hotspots(table, null="chance")
    with pytest.raises(ParameterError, match="trend_alpha must lie between"):
        emerging_hotspots(table, trend_alpha=2)
    with pytest.raises(ParameterError, match="p_adj_method must be one of"):
        emerging_hotspots(table, p_adj_method="westfall_young")
    with pytest.raises(ColumnError, match="'killed'"):
        emerging_hotspots(table, column="killed")
    with pytest.raises(ParameterError, match="one row for each"):
        emerging_hotspots(table.iloc[:-1])
    with pytest.raises(ParameterError, match="finite"):
        emerging_hotspots(table.assign(events=np.nan), null="permutation")
