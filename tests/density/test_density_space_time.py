"""Kernel intensity along the line and through time."""

from __future__ import annotations

import json

import numpy as np
import pytest

from frontier_geo import locate_events
from frontier_geo.density.curve import line_intensity
from frontier_geo.density.kernels import KERNELS
from frontier_geo.density.space_time import space_time_density, space_time_intensity
from frontier_geo.errors import CoordinateError, ParameterError, StatisticsError

BASIC = {
    "length": 100.0, "duration": 365.0, "at": [10.0, 50.0], "at_time": [0.0, 100.0, 365.0],
    "bandwidth": 8.0, "bandwidth_time": 40.0,
}  # fmt: skip


@pytest.fixture(scope="module")
def located(border, incidents):
    return locate_events(incidents, border)


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_one_event_is_the_product_of_two_curves(kernel):
    found = space_time_intensity([12.0], [90.0], kernel=kernel, kernel_time="gaussian", **BASIC)
    along = line_intensity([12.0], length=100, at=BASIC["at"], bandwidth=8, kernel=kernel)
    through = line_intensity([90.0], length=365, at=BASIC["at_time"], bandwidth=40)
    assert found == pytest.approx(np.outer(along, through), rel=1e-12)
    other = space_time_intensity([12.0], [90.0], kernel_time=kernel, **BASIC)
    through = line_intensity([90.0], length=365, at=BASIC["at_time"], bandwidth=40, kernel=kernel)
    along = line_intensity([12.0], length=100, at=BASIC["at"], bandwidth=8)
    assert other == pytest.approx(np.outer(along, through), rel=1e-12)


def test_it_integrates_to_the_weights_and_over_time_to_the_curve():
    random = np.random.default_rng(0)
    s, t, w = random.random(30) * 100, random.random(30) * 365, random.random(30)
    to, until = np.minimum(s + 5, 100), np.minimum(t + 30, 365)
    at, days = (np.arange(400) + 0.5) / 4, (np.arange(365) + 0.5)
    found = space_time_intensity(
        s, t, length=100, duration=365, at=at, at_time=days, bandwidth=8, bandwidth_time=40,
        weights=w, chainage_to=to, time_to=until,
    )  # fmt: skip
    # Midpoints of smooth curves: far below 1e-6.
    assert found.sum() * 0.25 == pytest.approx(w.sum(), rel=1e-6)
    curve = line_intensity(s, chainage_to=to, weights=w, length=100, at=at, bandwidth=8)
    assert found.sum(axis=1) == pytest.approx(curve, rel=1e-6)


def test_reversing_line_and_time_and_order():
    random = np.random.default_rng(1)
    s, t = random.random(9) * 100, random.random(9) * 365
    once = space_time_intensity(s, t, **BASIC)
    turned = BASIC | {"at": [90.0, 50.0], "at_time": [365.0, 265.0, 0.0]}
    back = space_time_intensity(100 - s[::-1], 365 - t[::-1], **turned)
    assert back == pytest.approx(once, rel=1e-10)


def test_chunks(monkeypatch):
    from frontier_geo.density import space_time as density_space_time

    random = np.random.default_rng(1)
    s, t = random.random(20) * 100, random.random(20) * 365
    once = space_time_intensity(s, t, **BASIC)
    monkeypatch.setattr(density_space_time, "MATRIX_CELLS", 12)
    assert space_time_intensity(s, t, **BASIC) == pytest.approx(once, rel=1e-12)


@pytest.mark.parametrize(
    ("s", "t", "change", "error", "words"),
    [
        ([1], [400], {}, CoordinateError, "event 0 has the time 400"),
        ([101], [4], {}, CoordinateError, "event 0 has the chainage 101"),
        ([1, 2], [4], {}, CoordinateError, "needs a chainage and a time, but there are 2 and 1"),
        ([1], [4], {"time_to": [3]}, CoordinateError, "not before its beginning in time"),
        ([1], [4], {"bandwidth_time": 0}, ParameterError, "bandwidth_time must be above 0"),
        ([1], [4], {"bandwidth": -1}, ParameterError, "bandwidth must be above 0"),
        ([1], [4], {"weights": [-1]}, ParameterError, "weights must be 0 or more"),
        ([1], [4], {"kernel": "x"}, ParameterError, "kernel must be one of"),
        ([1], [4], {"kernel_time": "x"}, ParameterError, "kernel must be one of"),
        ([1], [4], {"at_time": [366]}, CoordinateError, "at must be places on the line"),
    ],
)
def test_bad_arguments_are_told(s, t, change, error, words):
    with pytest.raises(error, match=words):
        space_time_intensity(s, t, **(BASIC | change))


def test_no_events_give_zeros():
    assert (space_time_intensity([], [], **BASIC) == 0).all()


def test_the_shipped_incidents(located, border):
    period = ("2000-01-01", "2020-12-31")
    found = space_time_density(
        located, border, period=period, step_km=8, step_days=60, bandwidth_km=40
    )
    assert found.columns.tolist() == ["chainage_km", "official_km", "day", "intensity"]
    wide = found.pivot(index="chainage_km", columns="day", values="intensity")
    days = (wide.columns - wide.columns[0]).days.to_numpy(dtype=float)
    mass = np.trapezoid(np.trapezoid(wide.to_numpy(), wide.index.to_numpy(), axis=0), days)
    assert mass == pytest.approx(found.attrs["expected_on_line"], rel=2e-3)
    assert str(wide.columns[0].date()) == "2000-01-01"
    assert str(wide.columns[-1].date()) == "2021-01-01"  # the end of the last day
    assert json.loads(json.dumps(found.attrs)) == found.attrs
    assert found.attrs["unit"] == "events per km and day"


def test_windows_beyond_the_period_are_cut(equator):
    import geopandas as gpd
    from shapely import Point

    events = gpd.GeoDataFrame(
        {
            "event_id": ["year", "day", "undated"],
            "date_start": ["2019-07-01", "2020-01-31", None],
            "date_end": ["2020-06-30", "2020-01-31", None],
            "location_precision": "exact",
            "location_uncertainty_km": 0.01,
        },
        geometry=[Point(70.3, 0), Point(70.6, 0), Point(70.5, 0)],
        crs=4326,
    )
    located = locate_events(events, equator)
    found = space_time_density(
        located, equator, period=("2020-01-01", "2020-01-31"), step_km=2, step_days=1,
        bandwidth_km=5, bandwidth_days=3,
    )  # fmt: skip
    assert found.attrs["set_aside"]["no date"] == 1
    assert found.attrs["events"] == 2
    # 31 of the 366 days of the first event, and all of the second; their places keep within the line.
    assert found.attrs["expected_on_line"] == pytest.approx(31 / 366 + 1, rel=1e-3)
    fine = space_time_density(
        located, equator, period=("2020-01-01", "2020-01-31"), step_km=20, step_days=0.25,
        bandwidth_km=5, bandwidth_days=0.1,
    )  # fmt: skip
    # An event of one day may have been at any hour of it, of the last day up to its end.
    hours = fine[fine["chainage_km"] > 55].groupby("day")["intensity"].sum()
    assert hours["2020-01-31T12:00"] == pytest.approx(hours["2020-02-01T00:00"], rel=1e-3)
    assert hours["2020-01-30T12:00"] < 0.05 * hours["2020-01-31T12:00"]
    latest = found.groupby("day")["intensity"].sum()
    assert latest.idxmax().date().isoformat() in ("2020-01-31", "2020-02-01")


def test_the_unit_names_the_weight(located, border):
    """What is summed is told (mended 2026-11-30)."""
    attrs = located.attrs
    heavy = located.assign(toll=2.0)
    heavy.attrs = attrs
    args = {"step_km": 200, "step_days": 2000, "bandwidth_km": 60}
    found = space_time_density(heavy, border, weights="toll", **args)
    assert found.attrs["unit"] == "toll per km and day"
    plain = space_time_density(located, border, **args)
    assert found["intensity"].to_numpy() == pytest.approx(2 * plain["intensity"])
    assert plain.attrs["unit"] == "events per km and day"
    assert plain.attrs["set_aside"]["no date"] == 0
    none = located.assign(toll=np.nan)
    none.attrs = attrs
    with pytest.raises(StatisticsError, match="all of the [0-9]+ events that count have none"):
        space_time_density(none, border, weights="toll", **args)


def test_tables_without_dates_are_refused(located, border):
    undated = located.drop(columns=["date_start", "date_end"])
    undated.attrs = located.attrs
    with pytest.raises(StatisticsError, match="needs dates, but no event used has one"):
        space_time_density(undated, border, bandwidth_km=20)
    with pytest.raises(ParameterError, match="Take longer steps"):
        space_time_density(located, border, step_km=0.1, step_days=1, bandwidth_km=20)
    with pytest.raises(ParameterError, match="step_days must be above 0"):
        space_time_density(located, border, step_days=0, bandwidth_km=20)
