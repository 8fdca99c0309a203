"""Knox's test: pairs near in place and in time."""

import itertools
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

from frontier_geo import Boundary, locate_events
from frontier_geo.errors import (
    ColumnError,
    CoordinateError,
    CoverageWarning,
    ParameterError,
    StatisticsError,
)
from frontier_geo.spacetime import near_repeat, pairs
from frontier_geo.spacetime.interaction import knox, knox_test
from frontier_geo.spacetime.pairs import close_pairs, limit_of

REFERENCE = Path(__file__).parents[1] / "reference"
POINTPATS = json.loads((REFERENCE / "spacetime_py.json").read_text())["knox"]
SURVEILLANCE = json.loads((REFERENCE / "spacetime_r.json").read_text())["knox"]


@pytest.fixture(scope="module")
def burkitt():
    """Burkitt's lymphoma in the West Nile district of Uganda, n 188 (libpysal 4.14.1)."""
    table = pd.read_csv(REFERENCE / "spacetime_burkitt.csv")
    return table[["x", "y"]].to_numpy(), table["t"].to_numpy()


@pytest.fixture(scope="module")
def pattern():
    """Dated places on the shipped border, made for this purpose."""
    table = pd.read_csv(REFERENCE / "spacetime_border.csv", parse_dates=["date"])
    return table["km"].to_numpy(), table["date"].to_numpy()


def test_burkitt_is_the_published_table(burkitt):
    """VALIDATION 8: delta 20, tau 5: 13/39/3416/14110, expected 10.14382, Poisson p 0.1462456.

    pointpats 2.5.5 and surveillance 1.20.3, which leave the observed number out of the p-value.
    """
    found = knox(*burkitt, delta=20, tau=5)
    assert found.table.tolist() == [[13, 3416], [39, 14110]]
    assert found.n == 188 and found.n_pairs == 17578
    assert found.expected[0, 0] == pytest.approx(10.14382, abs=5e-6)  # last digit quoted
    assert found.p_poisson_above == pytest.approx(0.1462456, abs=5e-8)
    # P(X >= 13) = P(X > 13) + P(X = 13); R: ppois(12, 10.143816133804, lower.tail = FALSE)
    assert found.p_poisson == pytest.approx(0.2222667, abs=5e-8)


@pytest.mark.parametrize("k", range(3))
@pytest.mark.parametrize("data", ["burkitt", "border"])
def test_golden_tables(data, k, burkitt, pattern):
    """Every table of pointpats and surveillance, in the plane and along the border."""
    place, time = burkitt if data == "burkitt" else pattern
    peer, r = POINTPATS[data][k], SURVEILLANCE[data][k]
    found = knox(place, time, delta=peer["delta"], tau=peer["tau"])
    assert found.table.tolist() == peer["observed"]
    assert found.table.ravel().tolist() == r["table"]
    assert found.expected[0, 0] == pytest.approx(r["expected"], rel=1e-10)  # 12 digits stored
    assert found.p_poisson_above == pytest.approx(r["p_poisson_above"], rel=1e-9)
    # Two Monte Carlo p-values of 999 permutations: four standard errors of their difference.
    p = (found.p_value + peer["p_sim"]) / 2
    assert abs(found.p_value - peer["p_sim"]) <= 4 * np.sqrt(2 * p * (1 - p) / 999) + 2e-3


def test_the_margins_add_up_and_the_expected_table_has_them_too(burkitt):
    found = knox(*burkitt, delta=10, tau=30, n_sim=9)
    assert found.table.sum() == found.n_pairs
    assert found.expected.sum(axis=0) == pytest.approx(found.table.sum(axis=0))
    assert found.expected.sum(axis=1) == pytest.approx(found.table.sum(axis=1))


def test_a_pair_at_the_limit_is_near():
    """100 m and 3 days apart, with delta 0.1 km and tau 3 days, whatever the rounding."""
    for km in (0.1, 0.3, 12.1, 700.2, 1343.8):
        found = knox([km, km + 0.1], [17, 20], delta=0.1, tau=3, n_sim=1)
        assert found.observed == 1
    assert knox([0.0, 0.1001], [17, 20], delta=0.1, tau=3, n_sim=1).observed == 0
    assert knox([0.0, 0.1], [17, 21], delta=0.1, tau=3, n_sim=1).observed == 0


def test_limits_of_zero_ask_for_the_same_place_and_day():
    found = knox([1.3, 1.3, 2.0], [5, 5, 5], delta=0, tau=0, n_sim=9)
    assert found.table.tolist() == [[1, 0], [2, 0]]


def brute(place, time, delta, tau):
    """Count by looking at every pair."""
    counts = [0, 0, 0, 0]
    for i, j in itertools.combinations(range(len(time)), 2):
        near = np.linalg.norm(np.subtract(place[i], place[j])) <= delta + 1e-9
        soon = abs(time[i] - time[j]) <= tau + 1e-9
        counts[2 * (not near) + (not soon)] += 1
    return counts


numbers = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40)), min_size=2, max_size=30)


@settings(max_examples=60, deadline=None)
@given(numbers, st.integers(0, 20), st.integers(0, 20), st.booleans())
def test_every_pair_is_counted_once(events, delta, tau, halves):
    """Against the count of all pairs one by one; whole numbers and others take different ways."""
    place = np.array([a for a, _ in events]) / (2 if halves else 1)
    time = np.array([b for _, b in events]) / (2 if halves else 1)
    found = knox(place, time, delta=delta, tau=tau, n_sim=3)
    assert found.table.ravel().tolist() == brute(place[:, None], time, delta, tau)


@settings(max_examples=30, deadline=None)
@given(numbers, st.integers(0, 2**16))
def test_the_plane_with_one_coordinate_is_the_line(events, seed):
    place, time = np.array(events, dtype=float).T
    plane = np.column_stack((place, np.full(len(place), 7.0)))
    line = knox(place, time, delta=5, tau=4, n_sim=2)
    assert knox(plane, time, delta=5, tau=4, n_sim=2).table.tolist() == line.table.tolist()
    # Reversal, shift, scale and the order of the events change nothing.
    order = np.random.default_rng(seed).permutation(len(time))
    for other, scale in ((100 - place, 1), (place + 3, 1), (place * 10, 10)):
        again = knox(other[order], time[order], delta=5 * scale, tau=4, n_sim=2)
        assert again.table.tolist() == line.table.tolist()


def test_permutations_have_the_mean_that_independence_gives(burkitt):
    """The mean of 999 permutations is the expected number within 5 standard errors, both ways."""
    place, time = burkitt
    for x, t in ((place, time), (place[:, 0], time), (time, place[:, 0])):
        found = knox(x, t, delta=10, tau=30)
        error = found.simulated.std() / np.sqrt(999)
        assert abs(found.simulated.mean() - found.expected[0, 0]) < 5 * error
        assert found.simulated.std() > 1


def test_the_permutation_p_value_counts_ties():
    found = knox([0, 0, 9, 9, 20], [1, 1, 40, 40, 90], delta=1, tau=1, n_sim=199, seed=3)
    as_many = int((found.simulated >= found.observed).sum())
    assert found.p_value == (1 + as_many) / 200
    # Two of 5 places pair up, and two of 5 times: by hand 8 of 120 permutations keep both pairs.
    assert as_many / 199 == pytest.approx(8 / 120, abs=0.06)  # 3 standard errors


def test_seeds():
    random = np.random.default_rng(1)
    x, t = random.uniform(0, 100, 60), random.integers(0, 99, 60)
    one, same = (knox(x, t, delta=5, tau=9, n_sim=19, seed=4) for _ in range(2))
    other = knox(x, t, delta=5, tau=9, n_sim=19, seed=5)
    assert one.simulated.tolist() == same.simulated.tolist() != other.simulated.tolist()


@pytest.mark.parametrize("plane", [False, True])
def test_pieces_of_any_size_give_the_same(monkeypatch, plane):
    """Pairs and permutations are worked on in pieces, so that memory stays bounded."""
    random = np.random.default_rng(2)
    x = random.uniform(0, 50, (80, 2)) if plane else random.uniform(0, 50, 80)
    t = random.integers(0, 200, 80)
    whole = knox(x, t, delta=20, tau=60, n_sim=40)
    monkeypatch.setattr(pairs, "PAIRS_AT_ONCE", 7)
    monkeypatch.setattr(pairs, "DEALS_AT_ONCE", 3)
    monkeypatch.setattr(pairs, "ROWS", 2)
    pieces = knox(x, t, delta=20, tau=60, n_sim=40)
    assert pieces.table.tolist() == whole.table.tolist()
    assert pieces.simulated.tolist() == whole.simulated.tolist()
    sizes = [first.size for first, _ in close_pairs(np.asarray(x), limit_of(20, x, "delta"))]
    assert max(sizes) <= 7 + 79 and len(sizes) > 10


@pytest.mark.parametrize(("span", "tau"), [(30_000, 9_000), (65_400, 600), (300_000, 9_000)])
def test_whole_numbers_and_others_take_two_ways_to_one_result(span, tau):
    """Differences of whole numbers in two bytes wrap around; spans too wide for that do not."""
    random = np.random.default_rng(3)
    x, t = random.uniform(0, 100, 100), random.integers(0, span, 100)
    t[:2] = 0, span
    ways = [
        knox(x, t * scale, delta=0.2, tau=tau * scale, n_sim=200).simulated.tolist()
        for scale in (1, 1.5, 0.125)
    ]
    assert ways[0] == ways[1] == ways[2]


@pytest.mark.parametrize(
    ("place", "time", "how", "error", "words"),
    [
        ([1.0], [1], {}, StatisticsError, "at least two events, but there are 1"),
        ([], [], {}, StatisticsError, "at least two events, but there are 0"),
        ([1, np.nan], [1, 2], {}, CoordinateError, "event 1 has none .1 in all"),
        ([1, 2], [1, np.inf], {}, CoordinateError, "finite position and time"),
        ([1, 2], np.array(["2020-01-01", "NaT"], "M8[D]"), {}, CoordinateError, "event 1 has none"),
        ([1, 2, 3], [1, 2], {}, CoordinateError, "3 positions and 2 times"),
        ([[1, 2, 3]] * 2, [1, 2], {}, CoordinateError, r"shape \(n,\) or \(n, 2\)"),
        (["a", "b"], [1, 2], {}, CoordinateError, "must be numbers"),
        ([1, 2], [1, 2], {"delta": -1}, ParameterError, "delta must be 0 or more, but is -1"),
        ([1, 2], [1, 2], {"tau": np.nan}, ParameterError, "tau must be a finite number"),
        ([1, 2], [1, 2], {"n_sim": 0}, ParameterError, "n_sim must be a whole number"),
        ([1, 2], [1, 2], {"seed": -1}, ParameterError, "seed must be a whole number"),
    ],
)
def test_bad_input_is_refused(place, time, how, error, words):
    with pytest.raises(error, match=words):
        knox(place, time, **({"delta": 1, "tau": 1} | how))


def test_all_events_in_one_place_tell_nothing():
    """Then every pair is near in place, and every permutation gives the same: p = 1."""
    found = knox([5.0] * 6, [1, 2, 30, 31, 60, 61], delta=1, tau=1, n_sim=99)
    assert found.table.tolist() == [[3, 12], [0, 0]]
    assert found.p_value == 1 and found.expected[0, 0] == 3


# ---- the table -------------------------------------------------------------------------------------


@pytest.fixture
def chain(equator):
    """Six events on the equator line: two near pairs, one to a month, one off the border."""
    days = ["2020-03-01", "2020-03-03", "2020-07-01", "2020-07-02", "2020-09-01", "2020-11-05"]
    events = gpd.GeoDataFrame(
        {
            "event_id": list("abcdefg"),
            "date_start": [*days, None],
            "date_end": [*days[:4], "2020-09-30", days[5], None],
            "location_uncertainty_km": [0.0] * 7,
        },
        geometry=[
            Point(70.10, 0), Point(70.101, 0), Point(70.80, 0), Point(70.8, 0), Point(70.5, 0),
            Point(70.5, 3), Point(70.2, 0),
        ],
        crs="EPSG:4326",
    )  # fmt: skip
    located = locate_events(events, equator)
    located.attrs["coverage"] = ["2020-01-01", "2020-12-31"]
    return located


def test_the_table_worked_by_hand(chain, equator):
    """Four known events, 6 pairs: two near (111 m and 2 days; 0 m and 1 day)."""
    table = knox_test(chain, equator, delta_km=[0.12, 0.1], tau_days=[2, 1], n_sim=199)
    assert table["n_events"].tolist() == [4] * 4
    assert table["near_both"].tolist() == [2, 1, 1, 1]
    assert table["near_place"].tolist() == [0, 1, 0, 0]
    assert table["near_time"].tolist() == [0, 0, 1, 0]
    assert (table.filter(like="near_").sum(axis=1) == table["n_pairs"]).all()
    assert table["expected"].tolist() == pytest.approx([4 / 6, 2 / 6, 2 / 6, 1 / 6])
    assert table["ratio"].iloc[0] == pytest.approx(3)
    assert (table["p_adj"] >= table["p_value"]).all()
    assert (table["p_adj_method"] == "fdr_bh").all()


def test_who_is_left_out_is_said(chain, equator):
    tally = knox_test(chain, equator, delta_km=1, tau_days=3, n_sim=19).attrs["accounting"]
    assert tally["left_out"] == {
        "off the border": 1,
        "known only to a stretch": 0,
        "no place known": 0,
        "no date known": 1,
        "dated only to a window of days": 1,
    }
    assert tally["events"] == tally["counted"] + sum(tally["left_out"].values())
    assert tally["left_out_of_draws"] == 2  # off the border, and without a date


def test_the_attrs_say_how(chain, equator):
    table = knox_test(chain, equator, delta_km=1, tau_days=3, n_sim=99, seed=7)
    assert table.attrs["result"] == "knox"
    assert (table.attrs["seed"], table.attrs["n_sim"], table.attrs["smallest_p"]) == (7, 99, 0.01)
    assert "distance <= delta" in table.attrs["parameters"]["convention"]
    assert table.attrs["boundary"]["boundary_id"] == "EQ"
    assert table.attrs["period"] == ["2020-01-01", "2020-12-31"]
    json.dumps(table.attrs)


def test_draws_of_certain_events_change_nothing():
    """Places and days known for sure: every drawn table is the plain one."""
    random = np.random.default_rng(0)
    lon = 70 + random.uniform(0.02, 0.98, 30)
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta((lon - 70) * 300 // 1, "D")
    line = Boundary.from_line(
        LineString([(70, 0), (71, 0)]),
        crs="EPSG:4326",
        boundary_id="EQ",
        left="N",
        right="S",
        position_uncertainty_m=0,
    )
    events = gpd.GeoDataFrame(
        {"date_start": days, "date_end": days, "location_uncertainty_km": 0.0},
        geometry=gpd.points_from_xy(lon, np.zeros(30)),
        crs="EPSG:4326",
    )
    located = locate_events(events, line)
    row = knox_test(located, line, delta_km=10, tau_days=30, n_sim=199).iloc[0]
    assert row["p_imputed"] == pytest.approx(row["p_value"], abs=0.03)
    assert row["ratio_imputed"] == pytest.approx(row["ratio"], rel=0.05)  # 1 m of spread remains
    assert row["reason"] is None
    assert row["support"] == (row["p_value"] <= 0.05)


def test_no_and_one_event_have_a_reason(chain, equator):
    for n in (0, 1):
        few = chain.iloc[:n].copy()
        few.attrs = chain.attrs
        row = knox_test(few, equator, delta_km=1, tau_days=3, n_sim=19).iloc[0]
        assert row["n_pairs"] == 0 and np.isnan(row["p_value"]) and np.isnan(row["p_imputed"])
        assert f"{n} events are known to a point and a day" in row["reason"]


def test_no_near_pair_is_no_ratio(chain, equator):
    row = knox_test(chain, equator, delta_km=0, tau_days=0, n_sim=19, n_imputations=0).iloc[0]
    assert row["p_value"] == 1 and np.isnan(row["ratio"])
    assert "no ratio" in row["reason"] and "no draws were asked for" in row["reason"]


def test_the_table_refuses(chain, equator, border):
    with pytest.raises(ParameterError, match="With n_sim=9 no p-value can be below 0.1"):
        knox_test(chain, equator, delta_km=1, tau_days=1, n_sim=9)
    with pytest.raises(ParameterError, match="rests on the line 'EQ'"):
        knox_test(chain, border, delta_km=1, tau_days=1)
    with pytest.raises(ParameterError, match="delta_km must be finite and 0 or more"):
        knox_test(chain, equator, delta_km=[1, -1], tau_days=1)
    with pytest.raises(ParameterError, match="tau_days must be a number"):
        knox_test(chain, equator, delta_km=1, tau_days="week")
    with pytest.raises(ColumnError, match="located needs"):
        knox_test(chain.drop(columns="placement"), equator, delta_km=1, tau_days=1)


def test_places_past_the_end_of_the_line_are_refused(chain, equator):
    """As of a table read from a file and made with another line (mended 2026-11-30)."""
    how = {"delta_km": 1, "tau_days": 3, "n_sim": 19}
    far = chain.assign(chainage_km=chain["chainage_km"] + 101)
    words = r"on 'EQ', from 0 to 111\.319 km, but chainage_km of event 'a' is 112\.132.*boundary="
    with pytest.raises(ParameterError, match=words):
        knox_test(far, equator, **how)
    with pytest.raises(ParameterError, match=words):
        near_repeat(far, equator, n_sim=19)
    stretch = chain.assign(
        placement=np.where(chain["event_id"] == "b", "frontage", chain["placement"]),
        frontage_from_km=10.0,
        frontage_to_km=120.0,
    )
    with pytest.raises(ParameterError, match="frontage_to_km of event 'b' is 120.000"):
        knox_test(stretch, equator, **how)
    # The end itself is on the line, and so is what rounding adds to it.
    knox_test(chain.assign(chainage_km=equator.length_km * (1 + 1e-12)), equator, **how)


def test_an_event_without_an_end_has_one_day(chain, equator):
    """No column `date_end`: every date is a day (mended 2026-11-30)."""
    bare = chain.drop(columns="date_end")
    table = knox_test(bare, equator, delta_km=1, tau_days=3, n_sim=19)
    assert table["n_events"].iloc[0] == 5  # the one of a month too
    assert near_repeat(bare, equator, n_sim=19)["observed"].sum() >= 2


def test_a_period_outside_the_data_has_no_events(chain, equator):
    with pytest.warns(CoverageWarning, match="reaches beyond"):
        table = knox_test(
            chain, equator, delta_km=1, tau_days=1, period=("1990-01-01", "1990-12-31"), n_sim=19
        )
    assert table.attrs["accounting"]["counted"] == 0
    assert "0 events" in table["reason"].iloc[0]


def test_shipped_incidents_are_accounted_for(incidents, border):
    located = locate_events(incidents, border)
    table = knox_test(located, delta_km=[10, 50], tau_days=30, n_sim=99, n_imputations=5)
    tally = table.attrs["accounting"]
    assert tally["events"] == tally["counted"] + sum(tally["left_out"].values())
    assert tally["events"] + sum(tally["set_aside"].values()) == len(incidents)
    assert table["p_imputed"].between(0, 1).all()


@pytest.mark.slow
def test_ten_thousand_events_take_seconds():
    """1e4 events, 999 permutations: 0.7 s on one core here; 30 s leave room for a busy machine."""
    import time

    random = np.random.default_rng(0)
    x, t = random.uniform(0, 1344, 10_000), random.integers(0, 12_000, 10_000)
    begin = time.process_time()
    found = knox(x, t, delta=1, tau=7)
    assert time.process_time() - begin < 30
    assert found.simulated.mean() == pytest.approx(found.expected[0, 0], rel=0.05)
