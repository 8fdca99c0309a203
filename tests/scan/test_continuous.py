"""The scan of the events' own places: brute force, ties, least length, baselines, bad input."""

import json
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from frontier_geo import locate_events
from frontier_geo.errors import ColumnError, ParameterError, ResolutionWarning, StatisticsError
from frontier_geo.places import draw_chainages
from frontier_geo.scan.continuous import (
    baseline_of_places,
    interval_scan,
    scan_events,
    simulate_intervals,
)
from frontier_geo.scan.naus import naus_fixed
from frontier_geo.scan.ratio import poisson_llr
from frontier_geo.selection import select_events

REFERENCE = Path(__file__).parents[1] / "reference"


def brute_force(km, length, least, share):
    """Look at every stretch between two events by itself."""
    km = np.sort(km)
    n, best = len(km), 0.0
    for i in range(n):
        for j in range(i, n):
            expected = n * max(km[j] - km[i], least) / length
            if expected <= share * n * (1 + 1e-12):
                best = max(best, float(poisson_llr(j - i + 1, expected, n)))
    return best


@pytest.fixture
def on_equator(equator):
    """Twelve dated events on the line along the equator, seven of them within 4 km."""
    km = np.array([5, 20, 50, 50.5, 51, 52, 53, 53.5, 54, 75, 90, 100.0])
    lon, lat = equator.lonlat_at(km)
    events = gpd.GeoDataFrame(
        {
            "event_id": [f"e{i:02d}" for i in range(12)],
            "date_start": "2020-03-01",
            "date_end": "2020-03-01",
            "location_precision": "exact",
            "location_uncertainty_km": 0.25,
        },
        geometry=[Point(x, y) for x, y in zip(lon, lat, strict=True)],
        crs=4326,
    )
    return locate_events(events, equator)


PERIOD = ("2020-01-01", "2020-12-31")


def test_the_border_against_r():
    """R, every stretch between two of 108 places drawn on the border, none shorter than 5 km."""
    told = json.loads((REFERENCE / "scan_r.json").read_text(encoding="utf-8"))["continuous"]
    km = pd.read_csv(REFERENCE / "scan_events.csv")["km"]
    length = pd.read_csv(REFERENCE / "scan_border.csv")["length_km"].sum()
    found = interval_scan(km, length, min_length_km=5, n_sim=19)
    assert found.llr[0] == pytest.approx(told["llr"], rel=1e-10)
    assert found.expected[0] == pytest.approx(told["expected"], rel=1e-10)
    assert found.observed[0] == told["observed"]
    assert (found.from_km[0], found.to_km[0]) == (told["beg_km"], told["end_km"])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_the_best_stretch_is_the_best_of_all(data):
    """In the data, rounded so that events share places, and in simulations."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    n = data.draw(st.integers(1, 25))
    least = data.draw(st.sampled_from([0.5, 3.0, 20.0]))
    share = data.draw(st.sampled_from([0.25, 0.5, 1.0]))
    decimals = data.draw(st.sampled_from([0, 8]))
    km = rng.uniform(0, 100, n).round(decimals)
    found = interval_scan(km, 100, min_length_km=least, max_fraction=share, n_sim=4, seed=3)
    best = found.llr[0] if found.llr.size else 0.0
    assert best == pytest.approx(brute_force(km, 100, least, share), abs=1e-9)
    # The simulations of that seed, drawn again and looked at one by one.
    gaps = np.random.default_rng(3).standard_exponential((4, n + 1)).cumsum(axis=1)
    for row, largest in zip(100 * gaps[:, :-1] / gaps[:, -1:], found.simulated, strict=True):
        assert largest == pytest.approx(brute_force(row, 100, least, share), abs=1e-9)


def test_a_worked_case():
    """Five of seven events within 3 km of 100."""
    found = interval_scan([3, 40, 41, 41.5, 42, 43, 80], 100)
    assert (found.from_km[0], found.to_km[0], found.observed[0]) == (40, 43, 5)
    assert found.expected[0] == pytest.approx(0.21)
    by_hand = 5 * math.log(5 / 0.21) + 2 * math.log(2 / (7 - 0.21))
    assert found.llr[0] == pytest.approx(by_hand, rel=1e-12)
    assert found.p_value[0] == 0.001
    assert found.n_zones == 7 * 8 // 2 - 1  # that from 3 to 80 is more than half of the line


def test_events_at_one_place_are_as_dense_as_the_least_length_allows():
    """Four events at one place: a stretch of the least length about it, within the line."""
    found = interval_scan([50, 50, 50, 50, 10, 90], 100, min_length_km=4, n_sim=99)
    assert (found.from_km[0], found.to_km[0], found.observed[0]) == (48, 52, 4)
    assert found.expected[0] == pytest.approx(6 * 0.04)
    at_end = interval_scan([0.5, 0.5, 0.5, 40, 60], 100, min_length_km=4, n_sim=99)
    assert (at_end.from_km[0], at_end.to_km[0]) == (0, 4)
    shorter = interval_scan([50, 50, 50, 50, 10, 90], 100, min_length_km=1, n_sim=99)
    assert shorter.llr[0] > found.llr[0]


def test_stretches_do_not_overlap_even_when_widened():
    """The event at 21 km, widened to 17-25 km, would overlap the cluster, widened to 9.5-17.5 km."""
    km = np.concatenate((np.linspace(10, 17, 30), [21], np.linspace(100, 900, 19)))
    found = interval_scan(km, 1000, min_length_km=8, n_sim=19, max_clusters=30)
    assert (found.from_km[0], found.to_km[0], found.observed[0]) == (9.5, 17.5, 30)
    assert len(found.llr) > 5
    order = np.argsort(found.from_km)
    assert (found.from_km[order][1:] > found.to_km[order][:-1]).all()


def test_reversing_and_stretching_the_line():
    km = np.array([3, 40, 41, 41.5, 42, 43, 80.0])
    there = interval_scan(km, 100, n_sim=99)
    back = interval_scan(100 - km, 100, n_sim=99)
    assert back.llr[0] == pytest.approx(there.llr[0], rel=1e-12)
    assert back.from_km[0] == pytest.approx(100 - there.to_km[0])
    longer = interval_scan(km * 7, 700, min_length_km=7, n_sim=99)
    assert longer.llr == pytest.approx(there.llr, rel=1e-12)
    assert longer.simulated == pytest.approx(there.simulated, rel=1e-12)
    mixed = interval_scan(km[::-1], 100, n_sim=99)
    assert mixed.llr.tolist() == there.llr.tolist()


def test_a_baseline_says_where_events_are_to_be_expected():
    """Events where ten times as much exposure lies are no cluster."""
    km = np.concatenate((np.linspace(40.2, 49.8, 20), [5, 25, 70, 90]))

    def baseline(x):
        return np.interp(x, [0, 40, 50, 100], [0, 40, 140, 190])

    plain = interval_scan(km, 100)
    told = interval_scan(km, 100, baseline=baseline)
    assert plain.p_value[0] == 0.001
    assert told.p_value[0] > 0.05
    same = interval_scan(km, 100, baseline=lambda x: 3.0 * x + 7)
    assert same.llr == pytest.approx(plain.llr, rel=1e-9)
    assert same.p_value.tolist() == plain.p_value.tolist()
    # Expected is the share of the exposure.
    a, b = told.from_km[0], told.to_km[0]
    assert told.expected[0] == pytest.approx(24 * np.diff(baseline(np.array([a, b])))[0] / 190)


def test_a_widened_stretch_tells_what_lies_on_it():
    """
    Five events at km 50, where a kilometre holds ten times the exposure (mended 2026-11-30).

    Ten exposures a km from 48 to 52 and one elsewhere, 136 in all. The stretch at km 50 is widened to
    48-52 and holds 40 of 136: of 14 events 14 * 40 / 136, and not 14 * 4 / 100.
    """
    km = np.array([5, 15, 25, 35, 45, 50, 50, 50, 50, 50, 65, 75, 85, 95.0])

    def baseline(x):
        return np.interp(x, [0, 48, 52, 100], [0, 48, 88, 136])

    found = interval_scan(km, 100, min_length_km=4, baseline=baseline, n_sim=19)
    at = np.flatnonzero((found.from_km == 48) & (found.to_km == 52))[0]
    assert found.observed[at] == 5
    assert found.expected[at] == pytest.approx(14 * 40 / 136, rel=1e-12)
    for a, b, many, expected in zip(
        found.from_km, found.to_km, found.observed, found.expected, strict=True
    ):
        assert many == ((km >= a) & (km <= b)).sum()
        assert expected == pytest.approx(14 * np.diff(baseline(np.array([a, b])))[0] / 136)


def test_a_baseline_of_places_by_hand():
    """Places at 10, 30 (twice) and 80 share the line at 20 and 55."""
    before = baseline_of_places([30, 80, 10, 30], 100)
    assert before(np.array([0, 10, 20, 37.5, 55, 100])).tolist() == [0, 0.5, 1, 2, 3, 4]
    with pytest.raises(ParameterError, match="two places or more"):
        baseline_of_places([5, 5], 100)
    with pytest.raises(ParameterError, match="has the chainage 120"):
        baseline_of_places([5, 120], 100)


def test_a_baseline_of_places_takes_the_villages_into_account():
    """100 events at 200 villages at random: false alarms at 5 % (of 100 patterns)."""
    rng = np.random.default_rng(5)
    wrong = np.zeros(2)
    for k in range(100):
        villages = rng.uniform(0, 1344, 200)
        km = rng.choice(villages, 100)
        for i, baseline in enumerate((None, baseline_of_places(villages, 1344))):
            found = interval_scan(
                km, 1344, min_length_km=20, baseline=baseline, n_sim=39, seed=k, max_clusters=1
            )
            wrong[i] += found.p_value[0] <= 0.05
    # 0.38 and 0.08 of 200 patterns with 99 simulations; three standard errors of 100.
    assert wrong[0] / 100 == pytest.approx(0.38, abs=0.15)
    assert wrong[1] / 100 == pytest.approx(0.08, abs=0.08)


@pytest.mark.parametrize(("count", "share"), [(6, 0.1), (5, 0.05)])
def test_simulated_lines_are_those_of_naus(count, share):
    """
    With one length of stretch alone the scan is Naus's.

    If least length and largest share are the same length, the largest ratio says whether a window of
    that length holds `count` events or more.
    """
    n = 20
    simulated = simulate_intervals(
        np.random.default_rng(0), n, n_sim=20_000, cap=n * share, floor=n * share
    )
    level = float(poisson_llr(count, n * share, n))
    p = (simulated >= level - 1e-9).mean()
    wanted = naus_fixed(count, n, share=share)
    # Four standard errors, and the approximation's own error, below 0.3 p² (test_naus).
    assert p == pytest.approx(wanted, abs=4 * math.sqrt(wanted / 20_000) + 0.3 * wanted**2)


def test_located_events(on_equator, equator):
    """The stretch of seven events, with the least length their places bear out."""
    found = scan_events(on_equator, equator, period=PERIOD)
    first = found.iloc[0]
    assert (first["observed"], first["rank"]) == (7, 1)
    assert first["from_km"] == pytest.approx(50, abs=0.01)
    assert first["to_km"] == pytest.approx(54, abs=0.01)
    assert first["expected"] == pytest.approx(12 * 4 / equator.length_km, rel=0.01)
    assert first["p_value"] == 0.001
    assert first["p_adj_method"] == "maximum over all zones"
    assert first["official_from_km"] == pytest.approx(equator.official_km(first["from_km"])[0])
    attrs = found.attrs
    assert attrs["parameters"]["min_length_km"] == 0.5  # twice 0.25 km
    assert attrs["accounting"]["counted"] == 12
    assert attrs["period"] == list(PERIOD)
    assert (attrs["n_sim"], attrs["smallest_p"], attrs["seed"]) == (999, 0.001, 0)
    json.dumps(attrs)
    wider = scan_events(on_equator, equator, period=PERIOD, min_length_km=10)
    assert wider.loc[0, "length_km"] == 10
    pd.testing.assert_frame_equal(found, scan_events(on_equator, equator, period=PERIOD))


def test_the_least_length_without_uncertainties(on_equator, equator):
    bare = on_equator.drop(columns="location_uncertainty_km")
    bare.attrs = on_equator.attrs
    assert scan_events(bare, equator, period=PERIOD).attrs["parameters"]["min_length_km"] == 1.0
    missing = on_equator.assign(location_uncertainty_km=np.nan)
    told = scan_events(missing, equator, period=PERIOD).attrs["parameters"]
    assert told["min_length_km"] == 1.0
    exact = on_equator.assign(location_uncertainty_km=0.001)
    assert scan_events(exact, equator, period=PERIOD).attrs["parameters"]["min_length_km"] == 0.1


def test_drawn_places_stand_beside_the_plain_numbers(on_equator, equator):
    """Places drawn from small radii leave the cluster; places without a line take it away."""
    used = select_events(on_equator, period=PERIOD).used
    drawn = draw_chainages(used, equator, n_imputations=8, seed=1)
    found = scan_events(on_equator, equator, period=PERIOD, imputed=drawn)
    first = found.iloc[0]
    assert first["p_imputed"] == 0.001
    assert first["support"] == 1
    assert first["from_km_lo"] <= first["from_km_hi"]
    assert abs(first["from_km_lo"] - first["from_km"]) < 1
    nowhere = np.vstack((drawn, np.full((8, 12), np.nan)))
    half = scan_events(on_equator, equator, period=PERIOD, imputed=nowhere)
    assert half.loc[0, "support"] == 0.5
    assert half.loc[0, "p_imputed"] == pytest.approx((0.001 + 1) / 2)
    with pytest.raises(ParameterError, match="draws of the 12 events that count"):
        scan_events(on_equator, equator, period=PERIOD, imputed=drawn[:, :5])
    with pytest.raises(ParameterError, match="two or more draws"):
        scan_events(on_equator, equator, period=PERIOD, imputed=drawn[:1])


def test_the_same_places_drawn_again_give_the_plain_answer(on_equator, equator):
    km = on_equator["chainage_km"].to_numpy()
    found = scan_events(on_equator, equator, period=PERIOD, imputed=np.tile(km, (3, 1)))
    assert found["p_imputed"].tolist() == found["p_value"].tolist()
    assert found["from_km_lo"].to_numpy() == pytest.approx(found["from_km"].to_numpy())
    assert found["to_km_hi"].to_numpy() == pytest.approx(found["to_km"].to_numpy())


def test_no_events_known_to_a_point(few_events, equator):
    """An empty table with its reason, and the columns of a full one."""
    located = locate_events(few_events.iloc[1:3], equator)
    found = scan_events(located, equator, period=PERIOD)
    assert found.empty
    assert "no event that counts is known to a point" in found.attrs["notes"][0]
    assert {"from_km", "to_km", "llr", "p_value", "p_adj", "official_from_km"} <= set(found.columns)
    drawn = np.full((3, 2), np.nan)
    assert scan_events(located, equator, period=PERIOD, imputed=drawn).empty


def test_one_event_is_no_cluster(few_events, equator):
    located = locate_events(few_events.iloc[:1], equator)
    found = scan_events(located, equator, period=PERIOD)
    assert found["observed"].tolist() == [1]
    assert found["p_value"].tolist() == [1.0]
    assert found.loc[0, "rr"] == np.inf


def test_few_distinct_places_are_told(on_equator, equator):
    """Events at villages look like clusters (mended 2026-11-30: nothing was said)."""
    note = scan_events(on_equator, equator, period=PERIOD).attrs["notes"][0]
    assert "these 12 events lie on 12 distinct places" in note
    villages = on_equator.copy()
    villages["chainage_km"] = villages["chainage_km"].round(-1)
    with pytest.warns(
        ResolutionWarning, match="p-values are too small: these 12 events lie on"
    ) as got:
        told = scan_events(villages, equator, period=PERIOD).attrs["notes"][0]
    assert Path(got[0].filename).name == "test_continuous.py"
    distinct = villages["chainage_km"].nunique()
    assert f"on {distinct} distinct places. Pass baseline=baseline_of_places" in told
    # One place of ten shared is the limit, and places known beforehand are no surprise.
    places = baseline_of_places(villages["chainage_km"], equator.length_km)
    assert not scan_events(villages, equator, period=PERIOD, baseline=places).attrs["notes"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"imputed": "x"}, "imputed must be numbers"),
        ({"imputed": [["a"] * 12] * 2}, "imputed must be numbers"),
        ({"baseline": 5}, "baseline must be a function from chainages in km"),
        ({"baseline": lambda x: ["a"] * len(x)}, "what baseline returns must be numbers"),
    ],
)
def test_arguments_of_no_use_are_refused(on_equator, equator, change, words):
    """Mended 2026-11-30: ValueError and TypeError of numpy."""
    with pytest.raises(ParameterError, match=words):
        scan_events(on_equator, equator, period=PERIOD, **change)


def test_another_line_is_refused(on_equator, equator, border):
    with pytest.raises(ParameterError, match="rests on the line 'EQ'"):
        scan_events(on_equator, border, period=PERIOD)
    with pytest.raises(ColumnError, match="needs the column 'placement'"):
        scan_events(on_equator.drop(columns="placement"), equator, period=PERIOD)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: interval_scan([], 100), StatisticsError, "no chainage was given"),
        (lambda: interval_scan([5, 120], 100), ParameterError, "one has the chainage 120"),
        (lambda: interval_scan([5, np.nan], 100), ParameterError, "one has the chainage nan"),
        (lambda: interval_scan([-3, 5], 100), ParameterError, "one has the chainage -3"),
        (lambda: interval_scan(["x"], 100), ParameterError, "chainage_km must be numbers"),
        (lambda: interval_scan([5], 0), ParameterError, "length_km must be above 0"),
        (lambda: interval_scan([5], 100, min_length_km=0), ParameterError, "min_length_km must be"),
        (
            lambda: interval_scan([5], 100, min_length_km=100),
            ParameterError,
            "shorter than the line",
        ),
        (
            lambda: interval_scan([5], 100, min_length_km=60),
            ParameterError,
            "No stretch can be 60 km long and hold at most 0.5",
        ),
        (lambda: interval_scan([5], 100, max_fraction=2), ParameterError, "max_fraction must lie"),
        (lambda: interval_scan([5], 100, n_sim=0), ParameterError, "n_sim must be a whole"),
        (lambda: interval_scan([5], 100, max_clusters=0), ParameterError, "max_clusters must be"),
        (
            lambda: interval_scan([5, 7], 100, baseline=lambda x: -x),
            ParameterError,
            "baseline must never fall",
        ),
        (
            lambda: interval_scan([5, 7], 100, baseline=lambda x: 0 * x),
            ParameterError,
            "baseline must never fall along the line, and rise somewhere",
        ),
        (
            lambda: interval_scan([5, 7], 100, baseline=lambda x: x[:1]),
            ParameterError,
            "a finite number for each chainage",
        ),
        (
            lambda: interval_scan(np.linspace(0, 100, 10_001), 100),
            ParameterError,
            "at most 10,000 places",
        ),
    ],
)
def test_what_cannot_be_scanned_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_too_few_simulations_for_the_level_are_refused(on_equator, equator):
    with pytest.raises(ParameterError, match="With n_sim=9 no p-value can be below 0.1"):
        scan_events(on_equator, equator, period=PERIOD, n_sim=9)


def test_a_drawn_stretch_answers_for_one_row(on_equator, equator):
    """Drawn evenly from km 49 to 76, one stretch touches two rows: the first has it (2026-11-30)."""
    wide = np.tile(np.linspace(49.0, 76.0, 12), (3, 1))
    found = scan_events(on_equator, equator, period=PERIOD, imputed=wide)
    touched = found[(found["from_km"] <= 76) & (found["to_km"] >= 49)]
    assert len(touched) >= 2
    assert touched["support"].tolist()[:2] == [1.0, 0.0]
