"""Counts, rates and exact intervals per segment."""

import json
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from frontier_geo import load_boundary, locate_events, make_segments, segment_rates
from frontier_geo.density import line_density
from frontier_geo.errors import (
    ColumnError,
    CoverageWarning,
    ParameterError,
    StatisticsError,
    UndatedEventsWarning,
)
from frontier_geo.rates.intervals import poisson_interval, weighted_interval
from frontier_geo.rates.per_segment import draw_counts
from frontier_geo.rates.smoothing import empirical_bayes
from frontier_geo.significance import adjust_p

REFERENCE = Path(__file__).parents[1] / "reference"
R = json.loads((REFERENCE / "rates_r.json").read_text(encoding="utf-8"))
PYTHON = json.loads((REFERENCE / "rates_python.json").read_text(encoding="utf-8"))
STORED = pd.read_csv(REFERENCE / "rates_border.csv")


@pytest.fixture
def worked(equator):
    """Three points on one segment, a stretch over two, one nowhere, one far; 2020 and 2021."""
    table = gpd.GeoDataFrame(
        {
            "event_id": ["a", "b", "c", "stretch", "small", "nowhere", "far", "later", "across"],
            "date_start": ["2020-01-01"] * 7 + ["2022-05-01", "2020-12-31"],
            "date_end": ["2020-01-01"] * 7 + ["2022-05-01", "2021-01-01"],
            "location_uncertainty_km": [0.0] * 9,
            "frontage_from_km": [None] * 3 + [10.0, 3.0] + [None] * 4,
            "frontage_to_km": [None] * 3 + [40.0, 4.0] + [None] * 4,
        },
        geometry=[
            Point(70.05, 0), Point(70.05, 0.001), Point(70.06, 0), None, None, None, Point(70, 5),
            Point(70.05, 0), Point(70.3, 0),
        ],
        crs="EPSG:4326",
    )  # fmt: skip
    segments = make_segments(equator, length_km=20, remainder="cut")
    located = locate_events(table, equator, segments=segments)
    return segment_rates(located, segments, boundary=equator, period=("2020-01-01", "2020-12-31"))


def test_worked_by_hand(worked):
    """Segment 0-20 km: points a, b, c and the short stretch; a third of the long one besides."""
    assert worked["events"].tolist() == [4, 0, 0, 0, 0, 0]
    # 'across' is half in 2020, on km 33.4: expected 0.5 on segment 20-40.
    assert worked["expected_events"].to_numpy() == pytest.approx(
        [4 + 1 / 3, 2 / 3 + 0.5, 0, 0, 0, 0], abs=1e-4
    )
    years = 366 / 365.25
    assert worked["exposure_km_yr"].iloc[0] == pytest.approx(20 * years)
    assert worked["rate"].iloc[0] == pytest.approx(4 / (20 * years) * 100)
    # Garwood for 4 events: 1.0899-10.2416 (scipy.stats.chi2.ppf([.025, .975], [8, 10]) / 2).
    assert worked["rate_lo"].iloc[0] == pytest.approx(1.08987 / (20 * years) * 100, rel=1e-5)
    assert worked["rate_hi"].iloc[0] == pytest.approx(10.24159 / (20 * years) * 100, rel=1e-5)
    assert worked["rate_lo"].iloc[1] == 0


def test_every_event_is_accounted_for(worked):
    tally = worked.attrs["accounting"]
    assert tally["events_given"] == 9
    assert tally["set_aside"] == {"outside the period": 1}
    assert (tally["events"], tally["counted"], tally["off_border"], tally["unplaced"]) == (
        8,
        4,
        1,
        3,
    )
    assert tally["unplaced_because"] == {
        "known to a stretch wider than a segment": 1,
        "on the border, but on none of these segments": 0,
        "known only as the border, or no place known": 1,
        "row rejected": 0,
        "dated only to a window that crosses the edge of the period": 1,
    }
    assert worked.attrs["period"] == ["2020-01-01", "2020-12-31"]
    assert worked.attrs["boundary"]["boundary_id"] == "EQ"


@pytest.mark.parametrize("length_km", [10, 25, 300])
@pytest.mark.parametrize("everything", [False, True])
def test_the_shipped_incidents_add_up(incidents, border, length_km, everything):
    segments = make_segments(border, length_km=length_km)
    located = locate_events(incidents, border, segments=segments)
    how = {"scope": None, "min_confidence": None} if everything else {}
    rates = segment_rates(located, segments, **how)
    tally = rates.attrs["accounting"]
    assert tally["events"] == tally["counted"] + tally["off_border"] + tally["unplaced"]
    assert (
        tally["events"] + sum(tally["set_aside"].values())
        == tally["events_given"]
        == len(incidents)
    )
    assert tally["counted"] == rates["events"].sum()
    assert (rates["rate_lo"] <= rates["rate"]).all()
    assert (rates["rate"] <= rates["rate_hi"]).all()
    # Every placed event is somewhere: on a segment, by probability.
    placed = tally["counted"] + tally["unplaced_because"]["known to a stretch wider than a segment"]
    assert rates["expected_events"].sum() == pytest.approx(placed, abs=1)
    if everything:
        assert tally["events"] + tally["set_aside"]["outside the period"] == len(incidents)


def test_by_district_a_district_is_enough_to_count(incidents, border):
    """An incident known to its district counts on that district's segment."""
    districts = make_segments(border, by="tj_district")
    tens = make_segments(border, length_km=10)
    located = locate_events(incidents, border, segments=districts)
    by_district = segment_rates(located, districts).attrs["accounting"]["counted"]
    assert by_district > 2 * segment_rates(located, tens).attrs["accounting"]["counted"]


def test_scope_and_confidence_choose_what_counts(incidents, border, segments):
    located = locate_events(incidents, border, segments=segments)
    n = {
        words: segment_rates(located, segments, scope=words, min_confidence=None).attrs[
            "accounting"
        ]["events"]
        for words in [("border",), ("afghan_internal",), ("border", "afghan_internal")]
    }
    assert n[("border", "afghan_internal")] == n[("border",)] + n[("afghan_internal",)]
    high = segment_rates(located, segments, min_confidence="high").attrs["accounting"]
    assert high["set_aside"]["confidence medium"] > 0


def test_the_exposure_is_the_whole_line_times_the_years(incidents, border, segments):
    located = locate_events(incidents, border, segments=segments)
    rates = segment_rates(located, segments, period=("2020-01-01", "2023-12-31"))
    assert rates["exposure_km_yr"].sum() == pytest.approx(1343.956 * 1461 / 365.25, abs=0.002)


def test_without_dates_a_period_is_needed(equator):
    events = gpd.GeoDataFrame({"event_id": ["a"]}, geometry=[Point(70.1, 0)], crs=4326)
    located = locate_events(events, equator)
    with pytest.raises(ParameterError, match="needs the time observed.*period="):
        segment_rates(located, boundary=equator)
    rates = segment_rates(located, boundary=equator, period=("2020-01-01", "2020-12-31"))
    assert rates["events"].sum() == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"period": ("2021-01-01", "2020-01-01")}, "period must end on or after the day it begins"),
        ({"period": ("spring", "2020-01-01")}, "pair of days"),
        ({"scope": ("borders",)}, "scope must be one of border, context.*, but is 'borders'"),
        ({"min_confidence": "sure"}, "min_confidence must be one of high, medium, low"),
        ({"confidence_level": 95}, "between 0 and 1, but is 95"),
    ],
)
def test_bad_parameters_are_refused(incidents, border, segments, arguments, words):
    located = locate_events(incidents, border, segments=segments)
    with pytest.raises(ParameterError, match=words):
        segment_rates(located, segments, **arguments)


def test_a_table_of_something_else_is_refused(segments):
    with pytest.raises(ColumnError, match="located needs the columns"):
        segment_rates(segments.drop(columns="geometry"))


def test_no_events_at_all_is_a_rate_of_zero(incidents, border, segments):
    """Upper end for no events: -ln(0.025) over the exposure."""
    for located in (
        locate_events(incidents.iloc[:0], border, segments=segments),
        locate_events(incidents.iloc[:1], border, segments=segments),
    ):
        rates = segment_rates(
            located, segments, boundary=border, period=("2001-01-01", "2001-12-31")
        )
        assert rates["events"].sum() == 0
        assert (rates["rate_lo"] == 0).all()
        exposure = rates["exposure_km_yr"].to_numpy() / 100
        assert rates["rate_hi"].to_numpy() == pytest.approx(-np.log(0.025) / exposure)


def test_a_missing_last_day_is_the_first(equator):
    events = gpd.GeoDataFrame(
        {"date_start": ["2020-01-01", "2025-06-01"], "date_end": ["2020-01-02", None]},
        geometry=[Point(70.1, 0), Point(70.2, 0)],
        crs=4326,
    )
    rates = segment_rates(locate_events(events, equator), boundary=equator)
    assert rates.attrs["period"] == ["2020-01-01", "2025-06-01"]
    assert rates.attrs["accounting"]["counted"] == 2


def test_bare_years_and_months_are_windows(equator):
    events = gpd.GeoDataFrame(
        {"date_start": ["2020", "2020-02", "2025-06-30T02:00+05:00"]},
        geometry=[Point(70.1, 0)] * 3,
        crs=4326,
    )
    located = locate_events(events, equator)
    # A local day stays the day it is, whatever it is in Greenwich.
    days = located[["date_start", "date_end"]].astype(str).to_numpy().tolist()
    assert days == [
        ["2020-01-01", "2020-12-31"], ["2020-02-01", "2020-02-29"], ["2025-06-30", "2025-06-30"],
    ]  # fmt: skip


@pytest.mark.parametrize("period", [(15, 25), ("01/02/2020", "2021-01-01")])
def test_a_period_is_made_of_days(incidents, border, segments, period):
    located = locate_events(incidents, border, segments=segments)
    with pytest.raises(ParameterError, match="pair of days"):
        segment_rates(located, segments, period=period)


def test_events_on_other_segments_are_called_so(incidents, border, segments):
    located = locate_events(incidents, border, segments=segments)
    some = segments.iloc[40:80]
    tally = segment_rates(located, some).attrs["accounting"]
    whole = segment_rates(located, segments).attrs["accounting"]
    assert tally["off_border"] == whole["off_border"]
    assert tally["unplaced_because"]["on the border, but on none of these segments"] > 0
    assert tally["events"] == tally["counted"] + tally["off_border"] + tally["unplaced"]


def test_tables_of_two_lines_do_not_mix(incidents, border):
    located = locate_events(incidents, border)
    with pytest.raises(ParameterError, match="segments rests on the line 'TJ-AF-NE'"):
        segment_rates(located, make_segments(load_boundary("natural_earth")))


def test_a_table_that_went_through_a_file_still_counts(incidents, border, segments, tmp_path):
    located = locate_events(incidents, border, segments=segments)
    located.to_csv(tmp_path / "located.csv", index=False)
    again = pd.read_csv(tmp_path / "located.csv")
    one = segment_rates(located, segments)
    two = segment_rates(again, segments, boundary=border, period=one.attrs["period"])
    assert one["events"].tolist() == two["events"].tolist()
    assert one["expected_events"].to_numpy() == pytest.approx(two["expected_events"].to_numpy())


def test_a_period_beyond_the_coverage_is_warned_of(incidents, border, segments):
    located = locate_events(incidents, border, segments=segments)
    with pytest.warns(
        CoverageWarning, match="1992-01-01 to 2026-04-17: the rates come out too low"
    ):
        segment_rates(located, segments, period=("1990-01-01", "2025-12-31"))


@pytest.mark.parametrize(
    ("stretch", "why"),
    [
        ((60.0, 90.0), "on the border, but on none of these segments"),
        ((0.0, 15.0), "on the border, but on none of these segments"),
        ((30.0, 90.0), "known to a stretch wider than a segment"),
        ((10.0, 30.0), "known to a stretch wider than a segment"),
    ],
)
def test_a_stretch_before_or_behind_the_segments_is_elsewhere(equator, stretch, why):
    """Segments from km 20 to 50 only."""
    segments = make_segments(equator, breaks_km=[20, 40, 50]).iloc[1:3]
    events = gpd.GeoDataFrame(
        {"frontage_from_km": [stretch[0]], "frontage_to_km": [stretch[1]]},
        geometry=[None],
        crs=4326,
    )
    located = locate_events(events, equator)
    rates = segment_rates(located, segments, period=("2020-01-01", "2020-12-31"), boundary=equator)
    assert rates.attrs["accounting"]["unplaced_because"][why] == 1


def test_a_day_stays_the_day_it_is_where_it_happened(equator):
    """Two in the morning in Dushanbe is the day before in Greenwich."""
    events = gpd.GeoDataFrame(
        {"date_start": pd.to_datetime(["2025-06-30T02:00"]).tz_localize("Asia/Dushanbe")},
        geometry=[Point(70.1, 0)],
        crs=4326,
    )
    located = locate_events(events, equator)
    assert located["date_start"].astype(str).tolist() == ["2025-06-30"]


# ---- beside the whole line ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def tens(incidents, border):
    """The shipped incidents of all scopes on segments of 10 km, as the stored counts are."""
    segments = make_segments(border, length_km=10)
    located = locate_events(incidents, border, segments=segments)
    rates = segment_rates(located, segments, scope=None, min_confidence=None, p_adj_method="holm")
    # The golden values below are of these counts; a change of the shipped incidents needs new ones.
    assert rates["events"].tolist() == STORED["events"].tolist()
    return rates


def test_each_segment_against_all_others_is_the_test_of_r(tens):
    """poisson.test and p.adjust of R 4.2.2 on the real border (tests/reference/make_rates.R)."""
    assert tens["p_value"].to_numpy() == pytest.approx(R["against_others_p"], rel=1e-9)
    assert tens["p_adj"].to_numpy() == pytest.approx(R["against_others_holm"], rel=1e-9)
    assert (tens["p_adj_method"] == "holm").all()
    assert adjust_p(tens["p_value"]) == pytest.approx(R["against_others_bh"], rel=1e-9)


def test_empirical_bayes_on_the_border_is_that_of_spdep_and_esda(tens):
    """spdep 1.2-7 EBest, esda 2.9 Empirical_Bayes, on rates per 100 km and year."""
    assert tens["eb_rate"].to_numpy() == pytest.approx(R["border_one_step"]["eb"], rel=1e-9)
    assert tens["eb_rate"].to_numpy() == pytest.approx(PYTHON["border_two_steps"]["eb"], rel=1e-9)
    low, high = empirical_bayes(tens["events"], tens["exposure_km_yr"] / 100).interval()
    assert tens["eb_lo"].to_numpy() == pytest.approx(low)
    assert tens["eb_hi"].to_numpy() == pytest.approx(high)


def test_excess_and_ratio_by_hand(worked):
    """4 events on the first of five segments of 20 km and one of 11.3: all on one, nothing elsewhere."""
    share = (worked["length_km"] / worked["length_km"].sum()).to_numpy()
    assert worked["excess"].to_numpy() == pytest.approx([4, 0, 0, 0, 0, 0] - 4 * share)
    assert worked["excess"].sum() == pytest.approx(0, abs=1e-12)
    assert worked["rr"].tolist() == [np.inf, 0, 0, 0, 0, 0]
    assert worked["p_value"].iloc[0] == pytest.approx(share[0] ** 4)  # no likelier count but 4 of 4
    assert worked["p_adj"].iloc[0] == pytest.approx(6 * share[0] ** 4)
    assert (worked["p_adj_method"] == "fdr_bh").all()
    assert worked.attrs["notes"] == []


def test_the_ratio_is_that_of_all_others(tens):
    i = int(tens["events"].argmax())
    rest = tens.drop(index=i)
    elsewhere = rest["events"].sum() / rest["exposure_km_yr"].sum()
    own = tens["events"].iloc[i] / tens["exposure_km_yr"].iloc[i]
    assert tens["rr"].iloc[i] == pytest.approx(own / elsewhere)


def test_what_cannot_be_had_is_noted(incidents, border, segments):
    one = make_segments(border, n=1)
    located = locate_events(incidents, border, segments=one)
    alone = segment_rates(located, one)
    assert alone[["rr", "p_value", "p_adj"]].isna().all(axis=None)
    assert "There is one segment" in alone.attrs["notes"][0]
    nothing = segment_rates(
        locate_events(incidents.iloc[:0], border, segments=segments),
        segments,
        boundary=border,
        period=("2001-01-01", "2001-12-31"),
        weights="killed",
    )
    assert nothing["rr"].isna().all()
    assert (nothing["p_value"] == 1).all()
    assert (nothing[["eb_rate", "excess", "weighted", "weighted_lo"]] == 0).all(axis=None)
    assert nothing["weighted_hi"].isna().all()
    notes = nothing.attrs["notes"]
    assert "no rr, and every p_value is 1" in notes[0]
    assert "weighted_hi cannot be had" in notes[1]


def test_mid_p_intervals_are_narrower(incidents, border, segments):
    located = locate_events(incidents, border, segments=segments)
    exact, mid = (segment_rates(located, segments, interval=word) for word in ("garwood", "mid-p"))
    assert (mid["rate_hi"] < exact["rate_hi"]).all()
    assert (mid["rate_lo"] >= exact["rate_lo"]).all()
    found = poisson_interval(mid["events"], mid["exposure_km_yr"] / 100, method="mid-p")
    assert mid["rate_hi"].to_numpy() == pytest.approx(found.hi)
    assert exact.attrs["parameters"]["interval"] == "Garwood exact Poisson"
    assert mid.attrs["parameters"]["interval"] == "mid-p Poisson"


def test_imputed_tables_are_those_behind_the_interval(incidents, border, segments):
    located = locate_events(incidents, border, segments=segments)
    drawn = draw_counts(located, segments, n_imputations=200, seed=3)
    rates = segment_rates(located, segments, n_imputations=200, seed=3)
    assert drawn.shape == (200, 135)
    # 5 standard errors of a mean of 200 draws, each at most Poisson.
    error = np.abs(drawn.mean(axis=0) - rates["expected_events"])
    assert (error <= 5 * np.sqrt(rates["expected_events"] / 200)).all()


# ---- weights ------------------------------------------------------------------------------------


@pytest.fixture
def killings(equator):
    """Six events on three segments: 2, 3 and unknown; 0; 5 on a stretch of two; 7 off the border."""
    table = gpd.GeoDataFrame(
        {
            "event_id": list("abcdef"),
            "date_start": ["2020-01-01"] * 6,
            "killed": [2, 3, None, 0, 5, 7],
            "location_uncertainty_km": [0.0] * 6,
            "frontage_from_km": [None] * 4 + [40.0, None],
            "frontage_to_km": [None] * 4 + [80.0, None],
        },
        geometry=[
            Point(70.05, 0), Point(70.05, 0.001), Point(70.06, 0), Point(70.4, 0), None,
            Point(70, 5),
        ],
        crs="EPSG:4326",
    )  # fmt: skip
    segments = make_segments(equator, breaks_km=[30, 60])
    located = locate_events(table, equator, segments=segments)
    return located, segments, {"boundary": equator, "period": ("2020-01-01", "2020-12-31")}


def test_weighted_rates_by_hand(killings):
    located, segments, how = killings
    rates = segment_rates(located, segments, weights="killed", **how)
    assert rates["events"].tolist() == [3, 1, 0]
    assert rates["weighted"].tolist() == [5, 0, 0]
    assert rates["expected_weighted"].to_numpy() == pytest.approx([5, 2.5, 2.5], abs=1e-4)
    exposure = rates["exposure_km_yr"].to_numpy() / 100
    assert rates["weighted_rate"].to_numpy() == pytest.approx([5, 0, 0] / exposure)
    # Squares 4 + 9; the largest of all that count is the 7 off the border.
    limits = weighted_interval([5.0, 0, 0], [13.0, 0, 0], 7.0)
    assert rates["weighted_lo"].to_numpy() == pytest.approx(limits.lo / exposure)
    assert rates["weighted_hi"].to_numpy() == pytest.approx(limits.hi / exposure)
    assert rates["weighted_hi"].iloc[1] == pytest.approx(-7 * np.log(0.025) / exposure[1])
    told = rates.attrs["weights"]
    assert (told["stated"], told["weight not stated"]) == (5, 1)
    assert (told["counted_stated"], told["counted_not_stated"]) == (3, 1)
    assert (told["sum"], told["largest"]) == (17, 7)
    assert rates.attrs["parameters"]["weights"] == "killed"
    plain = segment_rates(located, segments, **how)
    assert "weighted" not in plain
    assert "weights" not in plain.attrs
    assert plain["rate_hi"].tolist() == rates["rate_hi"].tolist()


@pytest.mark.parametrize("form", ["array", "list", "mapping", "events"])
def test_weights_in_all_their_forms(killings, form):
    located, segments, how = killings
    numbers = [2.0, 3.0, np.nan, 0.0, 5.0, 7.0]
    given = {
        "array": {"weights": np.array(numbers)},
        "list": {"weights": numbers},
        "mapping": {"weights": dict(zip("abdef", [2, 3, 0, 5, 7], strict=True))},
        "events": {
            "weights": "tons",
            "events": pd.DataFrame({"event_id": list("abcdef"), "tons": numbers}),
        },
    }[form]
    one = segment_rates(located, segments, weights="killed", **how)
    two = segment_rates(located, segments, **given, **how)
    for name in ("weighted", "weighted_lo", "weighted_hi", "expected_weighted"):
        assert one[name].tolist() == two[name].tolist()
    json.dumps(two.attrs)


def test_a_series_of_weights_goes_by_its_index(killings):
    """Numbers by event_id in any order; its position was taken instead (mended 2026-11-30)."""
    located, segments, how = killings
    numbers = pd.Series([2.0, 3.0, np.nan, 0.0, 5.0, 7.0], index=list("abcdef"))
    expected = segment_rates(located, segments, weights=numbers.to_numpy(), **how)
    rows = located.index[located["candidate"] == 0]
    for given in (numbers[::-1], numbers.drop("c"), numbers.set_axis(rows)):
        rates = segment_rates(located, segments, weights=given, **how)
        assert rates["weighted"].tolist() == expected["weighted"].tolist() == [5, 0, 0]
    turned = numbers.set_axis(rows)[::-1]  # of the rows, but in another order than they are
    for foreign in (turned, numbers.rename({"c": "nobody"}), numbers.rename({"c": "b"})):
        with pytest.raises(ParameterError, match="A Series of weights must have the index"):
            segment_rates(located, segments, weights=foreign, **how)


def test_equal_weights_of_one_are_the_counts(incidents, border, segments):
    located = locate_events(incidents, border, segments=segments)
    n = located["event_id"].nunique()
    rates = segment_rates(located, segments, weights=np.ones(n))
    assert rates["weighted"].tolist() == rates["events"].tolist()
    assert rates["expected_weighted"].to_numpy() == pytest.approx(rates["expected_events"])
    for end in ("lo", "hi"):
        assert rates[f"weighted_{end}"].to_numpy() == pytest.approx(rates[f"rate_{end}"].to_numpy())


def test_expected_weights_go_by_the_share_in_the_period(equator):
    """10 killed on one of two days, of which one counts: 5 are expected, and none is known."""
    events = gpd.GeoDataFrame(
        {
            "event_id": ["a"],
            "date_start": ["2020-12-31"],
            "date_end": ["2021-01-01"],
            "killed": [10],
            "location_uncertainty_km": [0.0],
        },
        geometry=[Point(70.5, 0)],
        crs=4326,
    )
    segments = make_segments(equator, n=1)
    located = locate_events(events, equator, segments=segments)
    rates = segment_rates(
        located, segments, boundary=equator, period=("2020-01-01", "2020-12-31"), weights="killed"
    )
    assert rates["weighted"].tolist() == [0]
    assert rates["expected_weighted"].to_numpy() == pytest.approx([5])


def test_weights_of_zero_leave_the_upper_end_open(killings):
    located, segments, how = killings
    rates = segment_rates(located, segments, weights=np.zeros(6), **how)
    assert rates["weighted_hi"].isna().all()
    assert "No event weighs anything" in rates.attrs["notes"][0]


@pytest.mark.parametrize(
    ("weights", "error", "words"),
    [
        ([np.nan] * 6, StatisticsError, "None of the 6 events used has a weight.*equal"),
        ([1, 1, -2, 1, 1, 1], ParameterError, "finite numbers of 0 or more.*'c' has -2"),
        ([1, 1, np.inf, 1, 1, 1], ParameterError, "finite numbers of 0 or more.*'c' has inf"),
        ([1, 2], ParameterError, "one number for each of the 6 events"),
        (["many"] * 6, ParameterError, "weights must be numbers"),
        ("wounded", ColumnError, "located needs the column 'wounded'"),
        ({"nobody": 3}, StatisticsError, "None of the 6 events"),
    ],
)
def test_bad_weights_are_refused(killings, weights, error, words):
    located, segments, how = killings
    with pytest.raises(error, match=words):
        segment_rates(located, segments, weights=weights, **how)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"interval": "wald"}, "interval must be one of garwood, mid-p, but is 'wald'"),
        ({"p_adj_method": "tukey"}, "p_adj_method must be one of fdr_bh"),
    ],
)
def test_bad_words_are_refused(killings, arguments, words):
    located, segments, how = killings
    with pytest.raises(ParameterError, match=words):
        segment_rates(located, segments, **arguments, **how)


def test_segments_that_overlap_or_have_no_length_are_refused(incidents, border, segments):
    located = locate_events(incidents, border, segments=segments)
    over = make_segments(border, length_km=70, remainder="left")
    with pytest.raises(ParameterError, match="overlap"):
        segment_rates(located, over)
    flat = segments.assign(length_km=0.0)
    with pytest.raises(ParameterError, match="exposure_km_yr must be above 0"):
        segment_rates(located, flat)


def test_kg_is_short_for_kilograms_of_narcotics(incidents, border):
    segments = make_segments(border, by="tj_province")
    located = locate_events(incidents, border, segments=segments)
    short = segment_rates(located, segments, weights="kg")
    assert short["weighted"].sum() > 0
    long = segment_rates(located, segments, weights="narcotics_kg")
    assert short["weighted"].tolist() == long["weighted"].tolist()


def test_a_period_may_be_one_text(incidents, border, segments):
    """A half year is its first and last day."""
    located = locate_events(incidents, border, segments=segments)
    half = segment_rates(located, segments, period="2025-H1", n_imputations=2)
    assert half.attrs["period"] == ["2025-01-01", "2025-06-30"]
    same = segment_rates(located, segments, period=tuple(half.attrs["period"]), n_imputations=2)
    assert half["events"].tolist() == same["events"].tolist()


def test_events_without_a_date_are_counted_aloud(equator):
    """Of two points one has no date: it counts in 2019, when nothing happened, and a warning says so."""
    table = gpd.GeoDataFrame(
        {"date_start": ["2020-01-01", None], "location_uncertainty_km": [0.0, 0.0]},
        geometry=[Point(70.05, 0), Point(70.06, 0)],
        crs="EPSG:4326",
    )
    located, one = locate_events(table, equator), make_segments(equator, n=1)
    for period, many in (("2019", "1 of the 1 events"), ("2020", "1 of the 2 events")):
        with pytest.warns(UndatedEventsWarning, match=f"{many} that count have no date"):
            rates = segment_rates(located, one, boundary=equator, period=period)
        assert rates["events"].tolist() == [int(period) - 2018]
        with pytest.warns(UndatedEventsWarning, match=many):
            line_density(located, equator, bandwidth_km=10, band=None, period=period)
    dated = located[located["date_start"].notna()]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UndatedEventsWarning)
        assert segment_rates(dated, one, boundary=equator, period="2019")["events"].tolist() == [0]
