"""The space-time table: segments by steps of time."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from frontier_geo import locate_events, make_segments, segment_rates
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.series import draw_series, segment_series, series_arrays


@pytest.fixture
def worked(equator):
    """On 20 km pieces, 2020 to 2021: points, a stretch over two pieces, a window over two years."""
    events = gpd.GeoDataFrame(
        {
            "event_id": ["a", "b", "stretch", "window", "undated", "early"],
            "date_start": ["2020-03-01", "2021-12-31", "2020-07-01", "2020-12-31", None, "2019-01-01"],
            "date_end": ["2020-03-01", "2021-12-31", "2020-07-31", "2021-01-03", None, "2019-01-01"],
            "location_uncertainty_km": [0.0] * 6,
            "frontage_from_km": [None, None, 10.0, None, None, None],
            "frontage_to_km": [None, None, 30.0, None, None, None],
        },
        geometry=[
            Point(70.05, 0), Point(70.05, 0), None, Point(70.3, 0), Point(70.3, 0), Point(70.3, 0)
        ],
        crs="EPSG:4326",
    )  # fmt: skip
    segments = make_segments(equator, length_km=20, remainder="cut")
    return locate_events(events, equator, segments=segments), segments


PERIOD = ("2020-01-01", "2021-12-31")


def test_worked_by_hand(worked, equator):
    """Counts need one segment and one year; the rest is spread over both."""
    series = segment_series(*worked, boundary=equator, period=PERIOD)
    events, exposure, _, steps = series_arrays(series)
    expected = series_arrays(series, "expected_events")[0]
    assert events.tolist() == [[1, 1], [0, 0], [0, 0], [0, 0], [0, 0], [0, 0]]
    # The stretch lies half on each of two pieces; one day of four of the window is in 2020.
    # The line is known to 100 m: of km 5.57 and 33.40 nothing reaches another piece.
    assert expected[:3] == pytest.approx(np.array([[1.5, 1], [0.75, 0.75], [0, 0]]), abs=1e-9)
    assert exposure[0] == pytest.approx([20 * 366 / 365.25, 20 * 365 / 365.25])
    assert steps["step_start"].astype(str).tolist() == ["2020-01-01", "2021-01-01"]
    assert steps["step_end"].astype(str).tolist() == ["2020-12-31", "2021-12-31"]
    tally = series.attrs["accounting"]
    assert tally["set_aside"]["no date"] == 1
    assert tally["set_aside"]["outside the period"] == 1
    assert tally["counted_in_a_step"] == 2
    assert tally["counted, but dated to more than one step"] == 1


@pytest.mark.parametrize("step", ["year", "quarter", "month", "week", 30])
def test_whatever_the_step_nothing_is_lost(incidents, border, segments, step):
    """Expected events and exposure of the steps sum to those of the whole period."""
    located = locate_events(incidents, border, segments=segments)
    period = ("2015-02-11", "2024-11-03")
    series = segment_series(located, segments, step=step, period=period)
    rates = segment_rates(located, segments, period=period)
    values, exposure, _, steps = series_arrays(series, "expected_events")
    assert values.sum(axis=1) == pytest.approx(rates["expected_events"].to_numpy(), abs=1e-9)
    assert exposure.sum(axis=1) == pytest.approx(rates["exposure_km_yr"].to_numpy())
    assert (steps["step_start"].iloc[1:].to_numpy() - steps["step_end"].iloc[:-1].to_numpy()
            == np.timedelta64(1, "D")).all()  # fmt: skip
    assert str(steps["step_start"].iloc[0].date()) == period[0]
    assert str(steps["step_end"].iloc[-1].date()) == period[1]
    assert series["events"].sum() <= rates["events"].sum()


def test_draws_have_the_expected_mean(worked, equator):
    drawn = draw_series(*worked, boundary=equator, period=PERIOD, n_imputations=4000, seed=4)
    series = segment_series(*worked, boundary=equator, period=PERIOD)
    expected = series_arrays(series, "expected_events")[0]
    # Of 4,000 draws a share of 1/2 has a standard error of 0.008; four of them.
    assert drawn.mean(axis=0) == pytest.approx(expected, abs=0.032)
    # Four events have a place and a date; the stretch and the window never count twice.
    assert (drawn.sum(axis=(1, 2)) == 4).all()
    again = draw_series(*worked, boundary=equator, period=PERIOD, n_imputations=4000, seed=4)
    assert np.array_equal(drawn, again)


def test_a_shuffled_series_gives_the_same_arrays(incidents, border):
    segments = make_segments(border, by="tj_district")
    series = segment_series(locate_events(incidents, border, segments=segments), segments)
    shuffled = series.sample(frac=1, random_state=1)
    for a, b in zip(series_arrays(series)[:2], series_arrays(shuffled)[:2], strict=True):
        assert np.array_equal(a, b)


def test_segments_in_any_order_are_counted_from_west_to_east(worked, equator):
    located, segments = worked
    turned = segments.iloc[::-1]
    turned.attrs = dict(segments.attrs)
    straight = segment_series(located, segments, boundary=equator, period=PERIOD)
    other = segment_series(located, turned, boundary=equator, period=PERIOD)
    pd.testing.assert_frame_equal(straight, other)


def test_a_part_of_the_line_counts_only_what_lies_on_it(worked, equator):
    located, segments = worked
    part = segments.iloc[:1]
    part.attrs = dict(segments.attrs)
    series = segment_series(located, part, boundary=equator, period=PERIOD)
    assert series["expected_events"].sum() == pytest.approx(2.5)
    drawn = draw_series(located, part, boundary=equator, period=PERIOD, n_imputations=50)
    assert set(drawn.sum(axis=(1, 2))) == {2, 3}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"step": "decade"}, "step must be one of year, quarter, month, week, but is 'decade'"),
        ({"step": 0}, "step must be a whole number of days above 0, but is 0"),
        ({"step": 1.5}, "step must be a whole number of days above 0, but is 1.5"),
        ({"step": True}, "step must be one of"),
        ({"period": ("2021-01-01", "2020-01-01")}, "period must end on or after"),
    ],
)
def test_bad_parameters_are_refused(worked, equator, more, words):
    with pytest.raises(ParameterError, match=words):
        segment_series(*worked, boundary=equator, **({"period": PERIOD} | more))


def test_too_many_cells_are_refused_before_any_work(incidents, border):
    segments = make_segments(border, n=100_000)
    located = locate_events(incidents.iloc[:1], border, segments=segments)
    with pytest.raises(ParameterError, match="at most 50,000,000 cells"):
        segment_series(located, segments, step=1)


def test_events_without_any_date_have_no_steps(equator):
    events = gpd.GeoDataFrame({"event_id": ["a"]}, geometry=[Point(70.1, 0)], crs=4326)
    with pytest.raises(ParameterError, match="none of these has one in date_start"):
        segment_series(locate_events(events, equator), boundary=equator, period=PERIOD)


def test_no_events_in_the_period_are_zeros(worked, equator):
    series = segment_series(*worked, boundary=equator, period=("2030-01-01", "2031-12-31"))
    assert series["events"].sum() == 0 and series["expected_events"].sum() == 0
    assert (series["exposure_km_yr"] > 0).all()
    drawn = draw_series(
        *worked, boundary=equator, period=("2030-01-01", "2031-12-31"), n_imputations=2
    )
    assert drawn.sum() == 0


def test_arrays_of_an_incomplete_series_are_refused(worked, equator):
    series = segment_series(*worked, boundary=equator, period=PERIOD)
    with pytest.raises(ParameterError, match="one row for each of 6 segments and 2 steps, 12"):
        series_arrays(series.iloc[:-1])
    with pytest.raises(ParameterError, match="holds 13, 12 of them different"):
        series_arrays(pd.concat([series, series.iloc[:1]]))
    with pytest.raises(ParameterError, match="the series is empty"):
        series_arrays(series.iloc[:0])
    with pytest.raises(ColumnError, match="series needs the column 'killed'"):
        series_arrays(series, "killed")


def steps_of(n_years):
    """Two segments and some years, worked without any event table."""
    start = pd.date_range("2015-01-01", periods=n_years, freq="YS")
    return pd.DataFrame(
        {
            "segment_id": np.repeat(["a", "b"], n_years),
            "from_km": np.repeat([0.0, 10.0], n_years),
            "to_km": np.repeat([10.0, 20.0], n_years),
            "length_km": 10.0,
            "step": np.tile(np.arange(n_years), 2),
            "step_start": np.tile(start, 2),
            "step_end": np.tile(start + pd.offsets.YearEnd(), 2),
            "events": 1,
            "exposure_km_yr": 10.0,
        }
    )


def test_steps_that_leave_days_out_or_overlap_are_refused():
    """A series without every second year is no series (mended 2026-11-30: it was closed up)."""
    series = steps_of(6)
    with pytest.raises(ParameterError, match="2015-12-31 is followed by 2017-01-01"):
        series_arrays(series[series["step"] % 2 == 0])
    longer = series.assign(step_end=series["step_end"] + pd.Timedelta(days=1))
    with pytest.raises(ParameterError, match="2016-01-01 is followed by 2016-01-01"):
        series_arrays(longer)
    with pytest.raises(ParameterError, match="step 0 goes from 2015-01-01 to 2014-12-31"):
        series_arrays(series.assign(step_end=series["step_start"] - pd.Timedelta(days=1)))
    # What is left of a series at its ends is one.
    assert series_arrays(series[series["step"].between(1, 3)])[0].shape == (2, 3)


def test_text_dates_are_read(tmp_path):
    """From a CSV file the same arrays and days come back (mended 2026-11-30)."""
    series = steps_of(4)
    series.to_csv(tmp_path / "series.csv", index=False)
    values, exposure, _, steps = series_arrays(pd.read_csv(tmp_path / "series.csv"))
    assert values.tolist() == [[1.0] * 4] * 2 and exposure.tolist() == [[10.0] * 4] * 2
    assert steps["step_start"].dt.year.tolist() == [2015, 2016, 2017, 2018]
    for odd, words in (
        ("first", "step_start must be dates \\(YYYY-MM-DD\\)"),
        (None, "one is missing"),
        (2015, "step_start must be dates, but holds 2015"),
    ):
        with pytest.raises(ParameterError, match=words):
            series_arrays(series.assign(step_start=odd))


@pytest.mark.parametrize("column", ["events", "exposure_km_yr"])
@pytest.mark.parametrize("value", [np.nan, None, pd.NA, np.inf, -1, "x"])
def test_one_number_that_is_none_is_refused(column, value):
    """Whatever stands there, one clear error (mended 2026-11-30)."""
    series = steps_of(3).astype({column: object})
    series.loc[4, column] = value
    with pytest.raises(ParameterError, match=f"{column} must be"):
        series_arrays(series)


def test_a_missing_count_of_whole_numbers_is_refused():
    """A column of pandas' own whole numbers with one missing (mended 2026-11-30)."""
    series = steps_of(3).astype({"events": "Int64"})
    assert series_arrays(series)[0].sum() == 6
    series.loc[1, "events"] = pd.NA
    with pytest.raises(
        ParameterError, match="events must be finite numbers of 0 or more, but row 1"
    ):
        series_arrays(series)


@pytest.mark.parametrize("given", [None, [1, 2], "events.csv"])
def test_what_is_no_table_is_refused(given):
    """Mended 2026-11-30: TypeError and AttributeError."""
    with pytest.raises(ParameterError, match="located must be a table from locate_events"):
        segment_series(given)
    with pytest.raises(ParameterError, match="located must be a table from locate_events"):
        draw_series(given)
    with pytest.raises(ParameterError, match="series must be a table from segment_series"):
        series_arrays(given)


def test_official_kilometres_go_along(worked, equator):
    """A series has them where its segments do, one pair a segment."""
    segments = make_segments(equator, n=3)
    segments["official_from_km"] = [0.0, 40.0, 80.0]
    segments["official_to_km"] = [40.0, 80.0, 120.0]
    table = series_arrays(segment_series(worked[0], segments, boundary=equator, period=PERIOD))[2]
    assert table["official_from_km"].tolist() == [0.0, 40.0, 80.0]
    assert table["official_to_km"].tolist() == [40.0, 80.0, 120.0]
