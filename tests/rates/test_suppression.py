"""Small counts before publication: an attacker with a solver, cases by hand, what stays and goes."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from frontier_geo import locate_events, make_segments, segment_rates
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.rates.comparison import compare_rates
from frontier_geo.rates.smoothing import smooth_rates
from frontier_geo.rates.suppression import suppress_small_counts, suppressed_rows

SMALL, PROTECTING = "small count", "protects a small count"


def table(events, groups=None, **more):
    columns = {"segment_id": [f"s{i}" for i in range(len(events))], "events": events, **more}
    if groups is not None:
        columns["district"] = list(groups)
    return pd.DataFrame(columns)


def attacked(public, threshold, group=None, small_sums=()):
    """
    Return the least and most that each small count and each small sum of a group may be.

    For one who knows all that is published. Solved as integer programs: hidden counts are 1 to
    threshold - 1 or at least threshold, as their reasons say; shown counts and all published sums
    hold exactly.
    """
    told = public.attrs["suppression"]["totals"]["events"]
    shown = public["suppressed"].isna().to_numpy()
    small = (public["suppressed"] == SMALL).to_numpy()
    value = public["events"].astype("Float64").fillna(0).to_numpy(dtype=float)
    least = np.where(shown, value, np.where(small, 1, threshold))
    most = np.where(shown, value, np.where(small, threshold - 1, 10_000))
    rows, sums = [], []
    for name, total in told.items():
        if total is not None:
            of = (
                np.ones(len(public)) if name == "total" else (public[group] == name).to_numpy(float)
            )
            rows.append(of)
            sums.append(total)
    constraints = [LinearConstraint(np.array(rows), sums, sums)] if rows else []
    found = []
    aims = [np.arange(len(public)) == i for i in np.flatnonzero(small)]
    aims += [(public[group] == name).to_numpy() for name in small_sums]
    for aim in aims:
        ends = []
        for sign in (1, -1):
            answer = milp(
                sign * aim.astype(float),
                constraints=constraints,
                bounds=Bounds(least, most),
                integrality=np.ones(len(aim)),
            )
            assert answer.success, "what is published contradicts itself"
            ends.append(round(sign * answer.fun))
        found.append(ends)
    return np.array(found).reshape(-1, 2)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.one_of(st.integers(0, 6), st.integers(0, 40)), min_size=1, max_size=9),
    st.integers(3, 6),
)
def test_no_small_count_can_be_worked_out_from_the_total(events, threshold):
    public = suppress_small_counts(table(events), threshold=threshold)
    ends = attacked(public, threshold)
    assert (ends[:, 1] - ends[:, 0] >= 1).all()
    check_shown(public, events, threshold)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.one_of(st.integers(0, 6), st.integers(0, 40)), st.sampled_from("abcd")),
        min_size=1,
        max_size=12,
    ),
    st.integers(3, 6),
)
def test_nor_from_the_sums_of_groups(pairs, threshold):
    events, groups = zip(*pairs, strict=True)
    public = suppress_small_counts(table(events, groups), threshold=threshold, group="district")
    sums = {name: sum(n for n, g in pairs if g == name) for name in groups}
    few = [name for name, total in sums.items() if 0 < total < threshold]
    ends = attacked(public, threshold, "district", few)
    assert (ends[:, 1] - ends[:, 0] >= 1).all()
    check_shown(public, events, threshold)
    told = public.attrs["suppression"]["totals"]["events"]
    for name, total in told.items():
        true = sum(n for n, g in pairs if g == name or name == "total")
        assert total in (None, true)
        assert total is None or total == 0 or total >= threshold


def check_shown(public, events, threshold):
    """What is shown is true, small counts are not among it, and the account adds up."""
    shown = public["suppressed"].isna().to_numpy()
    events = np.array(events)
    assert public.loc[shown, "events"].tolist() == events[shown].tolist()
    assert public.loc[~shown, "events"].isna().all()
    small = (events > 0) & (events < threshold)
    assert (public["suppressed"] == SMALL).tolist() == small.tolist()
    told = public.attrs["suppression"]
    assert told["small"] == small.sum()
    assert told["protecting"] == (public["suppressed"] == PROTECTING).sum()


# ---- by hand ------------------------------------------------------------------------------------


def test_one_small_count_takes_the_smallest_other_with_it():
    """2 and the total 41 would give it away; 9 is the smallest of 5 or more."""
    public = suppress_small_counts(table([0, 30, 2, 9]))
    assert public["suppressed"].isna().tolist() == [True, True, False, False]
    assert public["suppressed"].tolist()[2:] == [SMALL, PROTECTING]
    assert public.attrs["suppression"]["totals"] == {"events": {"total": 41}}


def test_two_small_counts_need_help_if_their_sum_leaves_one_way():
    """1 and 1 sum to 2: nothing else can be; 2 and 3 sum to 5, as do 1 and 4."""
    ones = suppress_small_counts(table([1, 1, 9, 30]))
    assert ones["suppressed"].tolist()[:3] == [SMALL, SMALL, PROTECTING]
    fine = suppress_small_counts(table([2, 3, 9, 30]))
    assert fine["suppressed"].isna().tolist() == [False, False, True, True]
    fours = suppress_small_counts(table([4, 4, 9, 30]))  # 8 is the most two can be
    assert fours["suppressed"].tolist()[:3] == [SMALL, SMALL, PROTECTING]


def test_a_protecting_count_at_the_threshold_is_not_enough():
    """1 + 5 = 6: who knows that the second is 5 or more knows both. 8 goes too."""
    public = suppress_small_counts(table([1, 5, 8, 0]))
    assert public["suppressed"].tolist()[:3] == [SMALL, PROTECTING, PROTECTING]


def test_where_nothing_protects_the_total_is_held_back():
    public = suppress_small_counts(table([3, 0, 0]))
    assert public.attrs["suppression"]["totals"] == {"events": {"total": None}}
    assert public["suppressed"].tolist()[0] == SMALL
    assert "the sum of the table" in public.attrs["suppression"]["note"]
    five = suppress_small_counts(table([1] * 5))  # 5 is no small total, but 5 ones make it
    assert five.attrs["suppression"]["totals"] == {"events": {"total": None}}


def test_a_small_sum_of_a_group_is_not_published_either():
    """a: 3 in all; its sum goes, and with it that of b, or 67 - 17 - 47 would tell it."""
    public = suppress_small_counts(table([3, 0, 5, 12, 40, 7], "aabbcc"), group="district")
    assert public.attrs["suppression"]["totals"]["events"] == {
        "a": None, "b": None, "c": 47, "total": 67,
    }  # fmt: skip
    assert public["suppressed"].tolist()[2] == PROTECTING
    assert "2 sums of groups" in public.attrs["suppression"]["note"]


def test_a_small_sum_is_not_told_by_the_others_rows():
    """a: 3 + 1 = 4. That b's sum is held back does not hide it if both rows of b are shown."""
    public = suppress_small_counts(table([3, 1, 20, 30, 60], "aabbc"), group="district")
    assert public.attrs["suppression"]["totals"]["events"] == {
        "a": None, "b": None, "c": 60, "total": 114,
    }  # fmt: skip
    assert public["suppressed"].tolist()[:3] == [SMALL, SMALL, PROTECTING]


def test_several_columns_are_hidden_together():
    both = pd.DataFrame({"events_1": [2, 9, 30], "events_2": [50, 8, 9], "rr": [1.0, 2.0, 3.0]})
    public = suppress_small_counts(both)
    assert public["suppressed"].tolist()[:2] == [SMALL, PROTECTING]
    assert public[["events_1", "events_2", "rr"]].isna().sum().tolist() == [2, 2, 2]
    only = suppress_small_counts(both, columns="events_2")
    assert only["suppressed"].isna().all()


def test_nothing_to_do_is_said():
    public = suppress_small_counts(table([0, 7, 9], rate=[0.0, 1.0, 2.0]))
    assert public["suppressed"].isna().all()
    assert public["rate"].tolist() == [0, 1, 2]
    told = public.attrs["suppression"]
    assert told["note"] == "No count lies between 1 and 4: nothing is blank."
    assert (told["small"], told["protecting"]) == (0, 0)
    assert suppress_small_counts(table([])).attrs["suppression"]["small"] == 0


def test_expected_numbers_are_counts_of_a_kind():
    """Fractions: 0.7 lies between 0 and 5, not between 1 and 4."""
    public = suppress_small_counts(
        table([9, 9, 9], expected_events=[0.7, 6.3, 20.0]), columns="expected_events"
    )
    assert public["suppressed"].tolist()[:2] == [SMALL, PROTECTING]
    assert public["expected_events"].tolist()[2] == 20


# ---- what stays and what goes -------------------------------------------------------------------


@pytest.fixture(scope="module")
def rates(border, incidents):
    districts = make_segments(border, by="tj_district")
    return segment_rates(locate_events(incidents, border, districts), districts, weights="killed")


def test_all_numbers_of_a_row_go_but_those_of_its_place(rates):
    public = suppress_small_counts(rates)
    assert isinstance(public, gpd.GeoDataFrame)
    gone = public["suppressed"].notna()
    assert gone.any() and not gone.all()
    stay = {
        "segment_id", "from_km", "to_km", "length_km", "official_from_km", "official_to_km",
        "position_uncertainty_m", "exposure_km_yr", "geometry", "terrain", "tj_district",
        "af_district", "tj_province", "af_province", "p_adj_method", "suppressed",
    }  # fmt: skip
    for name in public.columns:
        if name in stay:
            pd.testing.assert_series_equal(
                public[name], rates[name] if name in rates else public[name]
            )
        else:
            assert public.loc[gone, name].isna().all(), name
    for name in ("rate", "expected_events", "excess", "weighted", "p_value"):
        assert public.loc[~gone, name].tolist() == rates.loc[~gone, name].tolist()
    assert rates["events"].notna().all()  # the table given is as it was


def test_numbers_from_several_rows_go_altogether(rates):
    """The weights of empirical Bayes tell the sum of squares; windows tell the one not shown."""
    public = suppress_small_counts(rates)
    for name in ("eb_rate", "eb_lo", "eb_hi", "p_adj"):
        assert public[name].isna().all()
    smooth = smooth_rates(rates)
    public = suppress_small_counts(smooth)
    for name in ("window_rate", "spatial_eb_rate", "spatial_eb_weight", "eb_weight"):
        assert public[name].isna().all()
    assert public["window_segments"].notna().all()


def test_the_account_goes_too(rates):
    public = suppress_small_counts(rates)
    assert "accounting" in rates.attrs
    assert not {"accounting", "resolution", "weights"} & set(public.attrs)
    assert not any("rows" in source for source in public.attrs["sources"])
    assert public.attrs["period"] == rates.attrs["period"]
    json.dumps(public.attrs)
    many = suppress_small_counts(rates.assign(events=50))
    assert many.attrs["accounting"] == rates.attrs["accounting"]


def test_columns_to_keep_and_truth_values():
    one = table([2, 9, 30], hot=[True, False, True], villages=[3, 4, 5], word=["x", "y", "z"])
    public = suppress_small_counts(one, keep=["villages"])
    assert public["villages"].tolist() == [3, 4, 5]
    assert public["hot"].isna().tolist() == [True, True, False]
    assert public["word"].tolist() == ["x", "y", "z"]
    # A column of counts is not kept, whatever is said.
    assert suppress_small_counts(one, keep=["events"])["events"].isna().sum() == 2


def test_rounding():
    """Multiples of 5; what came from the counts goes; rounded numbers need not add up."""
    public = suppress_small_counts(
        table([1, 2, 3, 7, 8, 42], "aaabbb", rate=[1.0] * 6), method="round", group="district"
    )
    assert public["events"].tolist() == [0, 0, 5, 5, 10, 40]
    assert public["rate"].isna().all()
    assert (public["suppressed"] == "rounded to 5").all()
    assert public.attrs["suppression"]["totals"] == {"events": {"a": 5, "b": 55, "total": 65}}
    assert "accounting" not in public.attrs


# ---- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "arguments", "words"),
    [
        (table([1, 9]), {"threshold": 2}, "3 or more, but is 2: below 3 the word"),
        (table([1, 9]), {"threshold": 4.5}, "whole number of 3 or more, but is 4.5"),
        (table([1, 9]), {"method": "hide"}, "method must be one of blank, round"),
        (table([1.0, np.nan]), {}, "events must be finite numbers of 0 or more, but row 1 has nan"),
        (table([1, -9]), {}, "events must be finite numbers"),
        (
            table([1, 9], ["a", None]),
            {"group": "district"},
            "Each row needs a district.*1 have none",
        ),
    ],
)
def test_bad_input_is_refused(rows, arguments, words):
    with pytest.raises(ParameterError, match=words):
        suppress_small_counts(rows, **arguments)


def test_a_row_of_totals_is_refused(rates):
    both = compare_rates(rates, rates)
    with pytest.raises(ParameterError, match="has a row of totals.*segment_id"):
        suppress_small_counts(both)


def test_a_table_without_counts_is_refused():
    with pytest.raises(ColumnError, match="No column of counts: none of events"):
        suppress_small_counts(pd.DataFrame({"rate": [1.0]}))
    with pytest.raises(ColumnError, match="table needs the column 'seen'"):
        suppress_small_counts(table([1]), columns="seen")
    with pytest.raises(ColumnError, match="table needs the column 'district'"):
        suppress_small_counts(table([1]), group="district")
    with pytest.raises(ParameterError, match="threshold"):
        suppressed_rows(np.ones((2, 1)), threshold=1)
