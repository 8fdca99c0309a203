"""The global test of attraction on the shipped incidents and on small tables."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
from shapely import Point

from frontier_geo import locate_events
from frontier_geo.density.attraction import line_pattern_test
from frontier_geo.density.curve import line_density
from frontier_geo.density.pattern import k_function, pattern_envelope
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.places import draw_chainages
from frontier_geo.selection import select_events


@pytest.fixture(scope="module")
def located(border, incidents):
    return locate_events(incidents, border)


def test_the_shipped_incidents(located, border):
    found = line_pattern_test(located, border, n_imputations=3, n_sim=39)
    assert found.columns.tolist() == [
        "r_km", "observed", "expected", "lo", "hi", "observed_imputed", "expected_imputed",
        "lo_imputed", "hi_imputed", "reason",
    ]  # fmt: skip
    assert json.loads(json.dumps(found.attrs)) == found.attrs
    assert found.attrs["smallest_p"] == 1 / 40
    assert 0 <= found.attrs["support"] <= 1
    # Towns attract reports: the plain test is at the smallest p there is.
    assert found.attrs["p_value"] == 1 / 40
    assert found["reason"].isna().all()
    again = line_pattern_test(located, border, n_imputations=3, n_sim=39)
    assert again.equals(found)


def test_draws_are_tested_one_by_one(located, border):
    found = line_pattern_test(located, border, n_imputations=3, n_sim=39, r_km=[10, 40], seed=5)
    drawn = draw_chainages(select_events(located).used, border, n_imputations=3, seed=5)
    each = [
        pattern_envelope(
            table[~np.isnan(table)], length=border.length_km, r=[10, 40], n_sim=39, seed=6 + i
        )
        for i, table in enumerate(drawn)
    ]
    p = [e.p_value for e in each]
    assert found.attrs["p_imputed"] == np.median(p)
    assert found.attrs["support"] == np.mean(np.array(p) <= 0.05)
    mean = np.mean([e.observed for e in each], axis=0)
    assert found["observed_imputed"].to_numpy() == pytest.approx(mean)
    limits = np.mean([e.hi for e in each], axis=0)
    assert found["hi_imputed"].to_numpy() == pytest.approx(limits)


def test_a_curve_of_events_per_year_is_scaled_to_each_pattern(located, border):
    """From `line_density` as documented: 35 years must make no difference (mended 2026-11-30)."""
    curve = line_density(located, border, step_km=10, bandwidth_km=150, band=None)
    at, rate = curve["chainage_km"].to_numpy(), curve["intensity"].to_numpy()
    args = {"n_imputations": 2, "n_sim": 19, "r_km": [20, 60], "alpha": 0.05}
    found = line_pattern_test(located, border, intensity_at=(at, rate), **args)
    drawn = draw_chainages(select_events(located).used, border, n_imputations=2, seed=0)
    each = []
    for table in drawn:
        s = table[~np.isnan(table)]
        own = np.interp(s, at, rate * s.size / np.trapezoid(rate, at))
        each.append(k_function(s, length=border.length_km, r=[20, 60], intensity=own))
    assert found["observed_imputed"].to_numpy() == pytest.approx(np.mean(each, axis=0))


def events_at(lon, equator):
    events = gpd.GeoDataFrame(
        {
            "event_id": [f"e{i}" for i in range(len(lon))],
            "date_start": "2020-06-01",
            "location_precision": "exact",
            "location_uncertainty_km": 0.1,
        },
        geometry=[Point(x, 0) for x in lon],
        crs=4326,
    )
    return locate_events(events, equator)


def test_too_few_incidents(equator):
    for lon in ([], [70.5]):
        located = events_at([70.5, 70.6], equator)
        some = located.iloc[: len(lon)]
        some.attrs = located.attrs
        with pytest.raises(StatisticsError, match="need two or more with a place on the line"):
            line_pattern_test(some, equator, period=("2020-01-01", "2020-12-31"))


def test_known_to_a_stretch_alone_the_reason_stands(few_events, equator):
    events = few_events.iloc[[0, 1, 1]].assign(event_id=["point", "a", "b"])
    located = locate_events(events, equator)
    found = line_pattern_test(located, equator, r_km=[5, 20], n_imputations=2, n_sim=19)
    assert found["observed"].isna().all()
    assert found["reason"].unique().tolist() == ["fewer than two incidents are known to a point"]
    assert found.attrs["p_value"] is None
    assert found["observed_imputed"].notna().all()


def test_bad_arguments_are_told(located, border, equator):
    with pytest.raises(ParameterError, match="With n_sim=9 no p-value can be below"):
        line_pattern_test(located, border, n_sim=9)
    with pytest.raises(ParameterError, match="rests on the line"):
        line_pattern_test(located, equator)
    with pytest.raises(ParameterError, match="r_km must hold one distance or more"):
        line_pattern_test(located, border, r_km=[])
    with pytest.raises(ParameterError, match="statistic must be one of"):
        line_pattern_test(located, border, statistic="L")
    with pytest.raises(ParameterError, match="needs a bandwidth"):
        line_pattern_test(located, border, statistic="pcf", n_sim=19, n_imputations=2)
