"""The scan of segments as a table: stretches, secondary clusters, drawn tables, bad input."""

import json

import numpy as np
import pandas as pd
import pytest

from frontier_geo import locate_events, make_segments, segment_rates
from frontier_geo.errors import ColumnError, ParameterError, StatisticsError
from frontier_geo.rates import draw_counts
from frontier_geo.scan.engine import path_scan
from frontier_geo.scan.runs import measures, pooled, relative_risk, scan_segments

pytestmark = pytest.mark.filterwarnings("ignore::frontier_geo.errors.ResolutionWarning")

COLUMNS = [
    "rank", "start_seg", "end_seg", "start_segment_id", "end_segment_id", "n_segments", "from_km",
    "to_km", "length_km", "observed", "expected", "smr", "rr", "llr", "p_value", "p_gumbel", "p_adj",
    "p_adj_method", "reason",
]  # fmt: skip


def line(events, *, length=10.0, exposure=None, start=0.0):
    n = len(events)
    begin = start + length * np.arange(n)
    return pd.DataFrame(
        {
            "segment_id": [f"s{i:02d}" for i in range(n)],
            "from_km": begin,
            "to_km": begin + length,
            "length_km": length,
            "events": events,
            "exposure_km_yr": length * 3.0 if exposure is None else exposure,
        }
    )


CLUSTERED = [0, 1, 9, 8, 1, 0, 1, 0, 0, 2, 0, 0]


def test_a_worked_case():
    """Two segments of twelve hold 17 of 22 events."""
    found = scan_segments(line(CLUSTERED))
    assert list(found.columns) == COLUMNS
    first = found.iloc[0]
    assert first["rank"] == 1
    assert (first["start_seg"], first["end_seg"], first["n_segments"]) == (2, 3, 2)
    assert (first["start_segment_id"], first["end_segment_id"]) == ("s02", "s03")
    assert (first["from_km"], first["to_km"], first["length_km"]) == (20.0, 40.0, 20.0)
    assert first["observed"] == 17
    assert first["expected"] == pytest.approx(22 * 2 / 12)
    assert first["smr"] == pytest.approx(17 / (22 / 6))
    assert first["rr"] == pytest.approx((17 / 2) / (5 / 10))
    by_hand = 17 * np.log(17 / (22 / 6)) + 5 * np.log(5 / (22 * 10 / 12))
    assert first["llr"] == pytest.approx(by_hand, rel=1e-12)
    assert first["p_value"] == first["p_adj"] == 0.001
    assert first["p_gumbel"] < 0.001
    assert first["p_adj_method"] == "maximum over all zones"
    assert first["reason"] is None
    assert found["llr"].is_monotonic_decreasing
    assert found["rank"].tolist() == list(range(1, len(found) + 1))


def test_what_the_result_says_of_itself():
    """Parameters, seed, simulations and the smallest p stand in .attrs, as JSON can hold them."""
    rates = line(CLUSTERED)
    rates.attrs = {"boundary": {"boundary_id": "X"}, "parameters": {"scope": ["border"]}}
    attrs = scan_segments(rates, n_sim=199, seed=3).attrs
    assert attrs["result"] == "clusters"
    assert (attrs["n_sim"], attrs["seed"], attrs["smallest_p"]) == (199, 3, 1 / 200)
    assert attrs["boundary"] == {"boundary_id": "X"}
    assert attrs["parameters"]["scope"] == ["border"]
    assert attrs["parameters"]["max_fraction"] == 0.5
    assert attrs["parameters"]["secondary"] == "non-overlapping"
    assert len(attrs["notes"]) == 1  # what p-values rest on (mended 2026-11-30: nothing was said)
    assert attrs["notes"][0].startswith("Simulated events fall anywhere, each by itself.")
    json.dumps(attrs)


def test_the_table_is_the_array_function():
    """The same numbers, whatever the order of the rows, and the input is left alone."""
    rates = line(CLUSTERED)
    before = rates.copy()
    mixed = rates.sample(frac=1, random_state=1)
    found = scan_segments(mixed, seed=4)
    arrays = path_scan(CLUSTERED, rates["exposure_km_yr"], seed=4)
    assert found["llr"].tolist() == arrays.llr.tolist()
    assert found["p_value"].tolist() == arrays.p_value.tolist()
    assert found["start_seg"].tolist() == arrays.first.tolist()
    pd.testing.assert_frame_equal(rates, before)
    again = scan_segments(rates, seed=4)
    pd.testing.assert_frame_equal(found, again)


def test_few_events_and_both_sides():
    """With "less" the empty stretch is found, with "two-sided" the more unusual of the two."""
    events = [4, 5, 3, 4, 0, 0, 0, 0, 5, 4, 3, 4]
    less = scan_segments(line(events), alternative="less")
    assert (less.loc[0, "from_km"], less.loc[0, "to_km"]) == (40.0, 80.0)
    assert less.loc[0, "observed"] == 0
    assert less.loc[0, "rr"] == 0
    assert less.loc[0, "p_value"] == 0.001
    both = scan_segments(line(events), alternative="two-sided")
    assert both.loc[0, "start_seg"] == 4
    assert both.loc[0, "p_value"] <= 0.002
    more = scan_segments(line(events))
    assert more.loc[0, "p_value"] > 0.1


def test_bernoulli_takes_a_column_or_numbers():
    """Cases among a population that is given."""
    rates = line([1, 1, 8, 9, 1, 0, 1, 1]).assign(people=[10] * 8)
    by_column = scan_segments(rates, model="bernoulli", population="people")
    by_numbers = scan_segments(rates, model="bernoulli", population=[10] * 8)
    pd.testing.assert_frame_equal(by_column, by_numbers)
    first = by_column.iloc[0]
    assert (first["start_seg"], first["end_seg"], first["observed"]) == (2, 3, 17)
    assert first["expected"] == pytest.approx(20 * 22 / 80)
    assert first["rr"] == pytest.approx((17 / 20) / (5 / 60))
    with pytest.raises(ParameterError, match="needs the population that holds the cases"):
        scan_segments(rates, model="bernoulli")
    with pytest.raises(
        ParameterError, match="each of the 8 rows of rates, but has the shape \\(3,\\)"
    ):
        scan_segments(rates, model="bernoulli", population=[1, 2, 3])
    with pytest.raises(ColumnError, match="needs the column 'persons'"):
        scan_segments(rates, model="bernoulli", population="persons")
    with pytest.raises(ParameterError, match='population belongs to model="bernoulli"'):
        scan_segments(rates, population="people")


def test_iterative_finds_what_a_strong_cluster_hides():
    """
    A weaker cluster is judged on what is left after the stronger one is cut out.

    Zhang, Assuncao & Kulldorff (2010): judged against the simulations of the first step it is not
    significant, because the strong cluster has taken most of the expected events away.
    """
    events = np.ones(40, int)
    events[10:13] = 40
    events[30:32] = 7
    plain = scan_segments(line(events))
    step = scan_segments(line(events), secondary="iterative")
    second = plain[plain["start_seg"] == 30]
    assert second.empty or second["p_value"].iloc[0] > 0.05
    assert step.loc[0, "start_seg"] == 10
    assert (step.loc[1, "start_seg"], step.loc[1, "end_seg"]) == (30, 31)
    assert step.loc[1, "p_value"] <= 0.05
    # What it is held against is the rest: 51 events on 37 segments.
    assert step.loc[1, "expected"] == pytest.approx(49 * 2 / 37)
    assert step.loc[1, "rr"] == pytest.approx((14 / 2) / (35 / 35))
    assert len(step) == 2  # what is left is even
    assert step["p_adj"].is_monotonic_increasing
    assert (step["p_adj"] >= step["p_value"]).all()


def test_each_step_is_a_scan_of_what_is_left():
    """With a seed of its own: the seed given plus the number of the step."""
    events = np.ones(40, int)
    events[10:13] = 40
    events[30:32] = 3
    step = scan_segments(line(events), secondary="iterative", alpha=0.9, seed=11, n_sim=199)
    left, size = events.copy(), np.ones(40)
    left[10:13] = size[10:13] = 0
    linked = np.ones(39, bool)
    linked[9:13] = False
    again = path_scan(left, size, linked=linked, seed=12, n_sim=199, max_clusters=1)
    assert step.loc[1, "llr"] == pytest.approx(again.llr[0], rel=1e-12)
    assert 0.01 < step.loc[1, "p_value"] == again.p_value[0]


def test_adjusted_p_never_falls_down_the_table():
    found = {name: np.array([2.0, 1]) for name in ("observed", "expected", "llr", "p_gumbel")}
    told = measures(found | {"p_value": np.array([0.02, 0.01])}, np.array([9.0, 9]))
    assert told["p_adj"].tolist() == [0.02, 0.02]
    assert told["p_value"].tolist() == [0.02, 0.01]


def test_a_weak_cluster_is_not_held_up_by_a_strong_one_beside_it():
    """
    In a drawn table the runs that reach from the strong cluster to the weak one do not count for it.

    They overlap a more unusual run of that table, the strong cluster itself.
    """
    events = [0, 0, 30, 30, 0, 0, 8, 0, 0, 0, 0, 0]
    found = scan_segments(line(events), imputed=np.tile(events, (4, 1)))
    assert found["start_seg"].tolist() == [2, 6]
    assert found["p_imputed"].tolist() == found["p_value"].tolist()
    assert found.loc[1, "p_value"] > 0.5
    assert found["support"].tolist() == [1.0, 0.0]


def test_iterative_goes_across_no_stretch_that_was_cut_out():
    """Both halves of a cluster's surroundings are scanned apart."""
    events = np.zeros(30, int)
    events[[12, 17]] = 6
    events[13:17] = 40
    step = scan_segments(line(events), secondary="iterative", max_fraction=0.3)
    rest = step.iloc[1:]
    assert ((rest["end_seg"] < 12) | (rest["start_seg"] > 17) | (rest["n_segments"] == 1)).all()


def test_clusters_are_at_most_as_many_as_asked_for():
    assert len(scan_segments(line(CLUSTERED), max_clusters=1)) == 1
    apart = scan_segments(line([3, 0, 0, 3, 0, 0, 3, 0, 0, 0]), max_fraction=0.1)
    assert apart["start_seg"].tolist() == [0, 3, 6]  # equal ratios: from the start of the line


def test_a_gap_parts_stretches():
    """Segments that leave a gap are scanned, and the result says that none goes across it."""
    whole = line([0, 0, 6, 6, 0, 0, 0, 0, 0, 0])
    parted = whole.copy()
    parted.loc[3:, ["from_km", "to_km"]] += 5
    one, two = scan_segments(whole), scan_segments(parted)
    assert one.loc[0, "observed"] == 12
    assert two["observed"].tolist()[:2] == [6, 6]
    assert any("leave 1 gap; no stretch goes across" in note for note in two.attrs["notes"])


def test_no_events_and_one_and_all_in_one_segment():
    """A documented answer for each."""
    none = scan_segments(line([0] * 6))
    assert none.empty
    assert list(none.columns) == COLUMNS
    assert none.attrs["notes"] == ["No stretch was found, because events is 0 on every segment."]
    one = scan_segments(line([0, 0, 1, 0, 0, 0]))
    assert one["observed"].tolist() == [1]
    assert one.loc[0, "p_value"] == 1.0
    all_in_one = scan_segments(line([0, 0, 12, 0, 0, 0]))
    assert all_in_one["observed"].tolist() == [12]
    assert all_in_one.loc[0, "rr"] == np.inf
    assert all_in_one.loc[0, "llr"] == pytest.approx(12 * np.log(6))
    assert all_in_one.loc[0, "p_value"] == 0.001
    for secondary in ("non-overlapping", "iterative"):
        assert len(scan_segments(line([0, 0, 12, 0, 0, 0]), secondary=secondary)) == 1
    even = scan_segments(line([2] * 6))
    assert even.empty
    assert "No stretch of at most 0.5 of the exposure differs" in even.attrs["notes"][0]


def test_exposure_of_zero():
    """Allowed where nothing happened; refused with events, or everywhere."""
    exposure = np.array([30.0] * 12)
    exposure[5] = 0
    found = scan_segments(line(CLUSTERED, exposure=exposure))
    assert found.loc[0, "expected"] == pytest.approx(22 * 2 / 11)
    exposure[2] = 0
    with pytest.raises(StatisticsError, match="segment 2 has 9 events and an exposure of 0"):
        scan_segments(line(CLUSTERED, exposure=exposure))
    with pytest.raises(StatisticsError, match="exposure_km_yr is 0 on every segment"):
        scan_segments(line([0] * 12, exposure=np.zeros(12)))


def test_expected_numbers_are_ranked_without_a_p_value():
    """Fractions are no counts: no p, and the reason in the table and the notes."""
    rates = line(CLUSTERED).assign(expected_events=np.array(CLUSTERED) * 0.9 + 0.05)
    found = scan_segments(rates, column="expected_events")
    assert found.loc[0, "start_seg"] == 2
    assert found[["p_value", "p_gumbel", "p_adj"]].isna().all(axis=None)
    assert found["reason"].str.contains("no null distribution").all()
    assert "expected_events" in found.attrs["notes"][0]
    drawn = np.tile(CLUSTERED, (5, 1))
    assert (
        scan_segments(rates, column="expected_events", imputed=drawn).loc[0, "p_imputed"] == 0.001
    )


def test_sums_of_weights_have_no_p_value():
    """
    The killed of one incident are no independent events (mended 2026-11-30).

    Even patterns of 40 incidents that kill 1 to 40 each: as events nearly every one was "significant".
    """
    rng = np.random.default_rng(0)
    for _ in range(20):
        killed = np.bincount(rng.integers(0, 30, 40), rng.integers(1, 41, 40), minlength=30)
        rates = line(killed).rename(columns={"events": "weighted"})
        found = scan_segments(rates, column="weighted", n_sim=19)
        assert found["p_value"].isna().all()
        assert found["reason"].str.contains("not known to be numbers of incidents").all()
    assert len(found) and found["llr"].is_monotonic_decreasing
    assert "weighted: these are not known to be numbers" in found.attrs["notes"][0]
    with pytest.raises(ParameterError, match="weighted is not known to count any"):
        scan_segments(rates, column="weighted", imputed=np.ones((2, 30), int))


def test_other_counts_are_declared():
    """Counts under another name have a p-value if the caller says that they are counts."""
    rates = line(CLUSTERED).assign(clashes=CLUSTERED)
    plain = scan_segments(rates)
    assert scan_segments(rates, column="clashes")["p_value"].isna().all()
    told = scan_segments(rates, column="clashes", are_counts=True)
    assert told["p_value"].tolist() == plain["p_value"].tolist()
    assert scan_segments(rates, are_counts=False)["p_value"].isna().all()
    half = rates.assign(clashes=rates["clashes"] + 0.5)
    assert scan_segments(half, column="clashes", are_counts=True)["p_value"].isna().all()
    with pytest.raises(ParameterError, match="counts must be True, False or None, but is 'yes'"):
        scan_segments(rates, are_counts="yes")


def test_drawn_events_need_exposure_and_a_population():
    """Drawn tables are held to what the counts are held to (mended 2026-11-30)."""
    exposure = np.full(12, 30.0)
    exposure[9:] = 0
    rates = line([0, 1, 9, 8, 1, 0, 1, 0, 0, 0, 0, 0], exposure=exposure)
    drawn = np.tile(rates["events"], (3, 1))
    drawn[2, 10] = 4
    with pytest.raises(StatisticsError, match="table 2 of imputed has 4 on segment 10"):
        scan_segments(rates, imputed=drawn)
    drawn[2, 10] = 0
    people = rates.assign(people=12)
    scan_segments(people, model="bernoulli", population="people", imputed=drawn, n_sim=19)
    drawn[1, 2] = 13
    with pytest.raises(
        ParameterError, match="table 1 of imputed has 13 cases on segment 's02' with"
    ):
        scan_segments(people, model="bernoulli", population="people", imputed=drawn)


def test_no_stretch_small_enough_is_said():
    """One segment is the whole line: nothing was looked at (mended 2026-11-30)."""
    note = scan_segments(line([7])).attrs["notes"][0]
    assert note.startswith("No stretch could be looked at: each holds at least 1 of the exposure")
    one_of_ten = scan_segments(line([5] + [0] * 9), max_fraction=0.05).attrs["notes"][0]
    assert "each holds at least 0.1 of the exposure, and max_fraction allows 0.05" in one_of_ten
    even = scan_segments(line([2] * 6)).attrs["notes"]
    assert even == ["No stretch of at most 0.5 of the exposure differs from the rest."]


@pytest.mark.parametrize("share", [np.nan, np.inf, "half", None, 0, 1.01])
def test_a_share_that_is_none_is_refused(share):
    """One sentence for all of them (mended 2026-11-30: it read "number of of the exposure")."""
    with pytest.raises(ParameterError, match=f"above 0 and at most at 1, but is {share!r}"):
        scan_segments(line(CLUSTERED), max_fraction=share)


def test_drawn_tables_stand_beside_the_plain_numbers():
    """Where the cluster moves by a segment or is gone in some tables, support and ends say so."""
    rates = line(CLUSTERED)
    moved = np.roll(CLUSTERED, 1)
    flat = np.array([2] * 11 + [0])
    drawn = np.array([CLUSTERED] * 6 + [moved] * 2 + [flat] * 2)
    found = scan_segments(rates, imputed=drawn)
    plain = scan_segments(rates)
    pd.testing.assert_frame_equal(found[plain.columns.tolist()], plain)
    first = found.iloc[0]
    assert first["p_imputed"] == 0.001
    assert first["support"] == pytest.approx(0.8)
    assert (first["from_km_lo"], first["to_km_lo"]) == (20.0, 40.0) or first["from_km_lo"] < 20
    assert first["to_km_hi"] > 40
    assert found.attrs["parameters"]["n_imputations"] == 10
    # The order of the columns of `imputed` is that of the rows of `rates`.
    mixed = rates.sample(frac=1, random_state=2)
    again = scan_segments(mixed, imputed=drawn[:, mixed.index])
    pd.testing.assert_frame_equal(again, found)


def test_a_table_that_agrees_everywhere_pools_to_the_plain_answer():
    found = scan_segments(line(CLUSTERED), imputed=np.tile(CLUSTERED, (4, 1)))
    assert found["p_imputed"].tolist() == found["p_value"].tolist()
    assert found["support"].tolist() == (found["p_value"] <= 0.05).astype(float).tolist()
    for name in ("from_km", "to_km"):
        assert found[f"{name}_lo"].tolist() == found[f"{name}_hi"].tolist() == found[name].tolist()


def test_tables_without_events_have_no_cluster():
    drawn = np.array([[0] * 12, [0] * 12, CLUSTERED])
    found = scan_segments(line(CLUSTERED), imputed=drawn)
    assert found.loc[0, "p_imputed"] == 1.0
    assert found.loc[0, "support"] == pytest.approx(1 / 3)


def test_pooling_by_hand():
    """Median p (Eekhout et al. 2017), the share of significant tables, quantiles of known ends."""
    p = np.array([[0.01, 1.0], [0.03, 1.0], [0.2, 1.0]])
    ends = np.array([[[10, np.nan], [20, np.nan], [30, np.nan]], [[40, np.nan]] * 3])
    told = pooled(p, ends, alpha=0.05, level=0.5)
    assert told["p_imputed"].tolist() == [0.03, 1.0]
    assert told["support"] == pytest.approx([2 / 3, 0])
    assert told["from_km_lo"][0] == 15 and told["from_km_hi"][0] == 25
    assert np.isnan(told["from_km_lo"][1])


def test_relative_risk_by_hand():
    risk = relative_risk(np.array([6.0, 0, 9]), np.array([2.0, 2, 3]), np.array([9.0, 9, 9]))
    assert risk.tolist() == [pytest.approx((6 / 2) / (3 / 7)), 0.0, np.inf]


def test_the_shipped_incidents(incidents, border, segments):
    """Official kilometres, provenance, the account, and the same again with the same seed."""
    located = locate_events(incidents)
    rates = segment_rates(located, segments)
    drawn = draw_counts(located, segments, n_imputations=5)
    found = scan_segments(rates, n_sim=199, imputed=drawn)
    assert found["observed"].iloc[0] <= rates["events"].sum()
    assert found["official_from_km"].to_numpy() == pytest.approx(
        border.official_km(found["from_km"].to_numpy())
    )
    assert found["official_to_km"].to_numpy() == pytest.approx(
        border.official_km(found["to_km"].to_numpy())
    )
    assert found.attrs["accounting"] == rates.attrs["accounting"]
    assert found.attrs["period"] == rates.attrs["period"]
    assert found.attrs["boundary"]["sha256"] == border.sha256
    json.dumps(found.attrs)
    whole = rates["events"].sum() * rates["length_km"].sum()
    assert found["expected"].iloc[0] == pytest.approx(
        whole * found["length_km"].iloc[0] / border.length_km**2, rel=1e-9
    )


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"column": "incidents"}, ColumnError, "needs the column 'incidents'"),
        ({"secondary": "all"}, ParameterError, "secondary must be one of"),
        ({"alternative": "more"}, ParameterError, "alternative must be one of"),
        ({"model": "normal"}, ParameterError, "model must be one of"),
        ({"n_sim": 9}, ParameterError, "With n_sim=9 no p-value can be below 0.1"),
        ({"n_sim": 99, "alpha": 0.001}, ParameterError, "Take n_sim=999 or more"),
        ({"alpha": 0}, ParameterError, "alpha must lie between 0 and 1"),
        ({"confidence_level": 1}, ParameterError, "confidence_level must lie between"),
        ({"max_fraction": 0}, ParameterError, "max_fraction must lie above 0"),
        ({"max_clusters": 0}, ParameterError, "max_clusters must be a whole number"),
        ({"seed": 1.5}, ParameterError, "seed must be a whole number"),
        (
            {"imputed": np.ones((3, 4), int)},
            ParameterError,
            r"tables of counts of the shape \(12,\)",
        ),
        (
            {"imputed": np.ones((1, 12), int)},
            ParameterError,
            r"tables of counts of the shape \(12,\)",
        ),
        ({"imputed": np.full((3, 12), 0.5)}, ParameterError, "imputed must hold whole numbers"),
        (
            {"imputed": -np.ones((3, 12))},
            ParameterError,
            "imputed must be finite numbers of 0 or more",
        ),
    ],
)
def test_arguments_that_make_no_sense_are_refused(change, error, words):
    with pytest.raises(error, match=words):
        scan_segments(line(CLUSTERED), **change)


@pytest.mark.parametrize(
    ("column", "values", "error", "words"),
    [
        ("events", [np.nan] * 12, StatisticsError, "every value of events is missing"),
        (
            "events",
            [np.nan] + [1] * 11,
            ParameterError,
            "events must be finite numbers of 0 or more, but row 0",
        ),
        ("events", [-2] + [1] * 11, ParameterError, "row 0 has -2"),
        ("events", ["a"] * 12, ParameterError, "events must be numbers"),
        (
            "exposure_km_yr",
            [-1] * 12,
            ParameterError,
            "exposure_km_yr must be finite numbers of 0 or more",
        ),
        ("exposure_km_yr", [np.inf] * 12, ParameterError, "exposure_km_yr must be finite"),
        ("segment_id", ["s"] * 12, ParameterError, "must occur once"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(column, values, error, words):
    with pytest.raises(error, match=words):
        scan_segments(line(CLUSTERED).assign(**{column: values}))


def test_segments_that_overlap_and_tables_without_exposure_are_refused():
    overlapping = line(CLUSTERED)
    overlapping.loc[3, "to_km"] += 4
    with pytest.raises(ParameterError, match="overlap"):
        scan_segments(overlapping)
    with pytest.raises(ColumnError, match="needs the column 'exposure_km_yr'"):
        scan_segments(line(CLUSTERED).drop(columns="exposure_km_yr"))
    with pytest.raises(ParameterError, match="table of segments is empty"):
        scan_segments(line(CLUSTERED).iloc[:0])


def test_a_period_without_events_and_another_line(incidents, equator):
    """What `segment_rates` refuses or answers, the scan passes on."""
    located = locate_events(incidents)
    rates = segment_rates(
        located, make_segments(length_km=100), period=("1992-01-02", "1992-01-03")
    )
    assert scan_segments(rates).empty
    with pytest.raises(ParameterError, match="rests on the line"):
        segment_rates(located, make_segments(equator, length_km=10))


def test_a_drawn_stretch_answers_for_one_row():
    """One wide stretch in every table: the first row it overlaps has it, not each (2026-11-30)."""
    plain = [0, 0, 0, 9, 9, 0, 0, 3, 0, 0, 0, 0]
    rates = make_segments(n=12).assign(events=plain, exposure_km_yr=100.0)
    wide = np.tile([0, 0, 0, 9, 9, 7, 7, 7, 0, 0, 0, 0], (5, 1))
    found = scan_segments(rates, imputed=wide)
    overlapping = (found["start_seg"] <= 7) & (found["end_seg"] >= 3)
    assert overlapping.sum() >= 2
    assert found.loc[overlapping, "support"].tolist()[:2] == [1.0, 0.0]
    assert found.loc[overlapping, "p_imputed"].tolist()[1] == 1.0


def test_an_infinite_ratio_says_why():
    """All events in one segment: no rate outside to compare with (mended 2026-11-30)."""
    rates = make_segments(n=6).assign(events=[0, 0, 5, 0, 0, 0], exposure_km_yr=100.0)
    found = scan_segments(rates, n_sim=99)
    assert np.isinf(found.loc[0, "rr"])
    assert found.loc[0, "reason"] == "every event lies inside: rr has no upper end"
