"""Counts, rates and exact intervals per segment."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from frontier_geo import load_boundary, locate_events, make_segments, segment_rates
from frontier_geo.errors import ColumnError, CoverageWarning, ParameterError
from frontier_geo.rates import _garwood


def test_garwood_interval_is_the_published_one():
    """137 events over 24.19893: 4.753125-6.692709 (R 4.2 poisson.test and statsmodels 0.14)."""
    low, high = _garwood(np.array([137]), 0.95)
    assert (low / 24.19893)[0] == pytest.approx(4.753125, abs=5e-7)
    assert (high / 24.19893)[0] == pytest.approx(6.692709, abs=5e-7)


def test_garwood_of_no_events_starts_at_zero():
    """Closed form: the upper end is -ln(alpha / 2)."""
    low, high = _garwood(np.array([0, 1, 0]), 0.9)
    assert low[[0, 2]].tolist() == [0, 0]
    assert high[0] == pytest.approx(-np.log(0.05))


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
    located = locate_events(table, equator, segments)
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
    located = locate_events(incidents, border, segments)
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
    located = locate_events(incidents, border, districts)
    by_district = segment_rates(located, districts).attrs["accounting"]["counted"]
    assert by_district > 2 * segment_rates(located, tens).attrs["accounting"]["counted"]


def test_scope_and_confidence_choose_what_counts(incidents, border, segments):
    located = locate_events(incidents, border, segments)
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
    located = locate_events(incidents, border, segments)
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
        ({"period": ("spring", "2020-01-01")}, "two ISO dates"),
        ({"scope": ("borders",)}, "scope must be one of border, context.*, but is 'borders'"),
        ({"min_confidence": "sure"}, "min_confidence must be one of high, medium, low"),
        ({"confidence_level": 95}, "between 0 and 1, but is 95"),
    ],
)
def test_bad_parameters_are_refused(incidents, border, segments, arguments, words):
    located = locate_events(incidents, border, segments)
    with pytest.raises(ParameterError, match=words):
        segment_rates(located, segments, **arguments)


def test_a_table_of_something_else_is_refused(segments):
    with pytest.raises(ColumnError, match="located needs the columns"):
        segment_rates(segments.drop(columns="geometry"))


def test_no_events_at_all_is_a_rate_of_zero(incidents, border, segments):
    """Upper end for no events: -ln(0.025) over the exposure."""
    for located in (
        locate_events(incidents.iloc[:0], border, segments),
        locate_events(incidents.iloc[:1], border, segments),
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


@pytest.mark.parametrize(
    "period", [("2015", "2025"), ("2020-01", "2025-06"), (2015, 2025), ("01/02/2020", "2021-01-01")]
)
def test_a_period_is_made_of_days(incidents, border, segments, period):
    located = locate_events(incidents, border, segments)
    with pytest.raises(ParameterError, match="two ISO dates"):
        segment_rates(located, segments, period=period)


def test_events_on_other_segments_are_called_so(incidents, border, segments):
    located = locate_events(incidents, border, segments)
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
    located = locate_events(incidents, border, segments)
    located.to_csv(tmp_path / "located.csv", index=False)
    again = pd.read_csv(tmp_path / "located.csv")
    one = segment_rates(located, segments)
    two = segment_rates(again, segments, boundary=border, period=one.attrs["period"])
    assert one["events"].tolist() == two["events"].tolist()
    assert one["expected_events"].to_numpy() == pytest.approx(two["expected_events"].to_numpy())


def test_a_period_beyond_the_coverage_is_warned_of(incidents, border, segments):
    located = locate_events(incidents, border, segments)
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
