"""Change points of counts, and segments cut where the density changes."""

import itertools
import json
import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.special import xlogy

from frontier_geo import Boundary, locate_events, make_segments
from frontier_geo.errors import ColumnError, ParameterError, StatisticsError
from frontier_geo.series import draw_series, segment_series
from frontier_geo.spacetime import (
    change_points,
    poisson_change_points,
    segments_by_change,
)

REFERENCE = Path(__file__).parents[1] / "reference"
PEERS = json.loads((REFERENCE / "spacetime_py.json").read_text())
R = json.loads((REFERENCE / "spacetime_r.json").read_text())


@pytest.fixture(scope="module")
def nile():
    return pd.read_csv(REFERENCE / "spacetime_nile.csv")


@pytest.fixture(scope="module")
def coal():
    """Explosions in coal mines by year, 1851-1962 (boot::coal)."""
    dates = pd.read_csv(REFERENCE / "spacetime_coal.csv")["date"]
    assert len(dates) == 191  # VALIDATION 8
    return np.bincount(np.floor(dates).astype(int) - 1851, minlength=112)


def test_the_nile_changes_after_1898(nile):
    """VALIDATION 8: 1898; R 4.2.2, strucchange 1.5-3, breakpoints(Nile ~ 1): all RSS and BIC too."""
    golden = R["nile"]
    found = poisson_change_points(
        nile["flow"], model="normal", min_size=golden["min_size"], penalty="bic", n_sim=99
    )
    assert found.breaks == (golden["first_after"],)
    assert nile["year"].iloc[found.breaks[0] - 1] == golden["year"] == 1898
    n = len(nile)
    rss = n * np.exp(np.array(found.deviance) / n)
    assert rss == pytest.approx(golden["rss"], rel=1e-9)
    bic = np.array(found.criterion) + n * (math.log(2 * math.pi) + 1) + 2 * math.log(n)
    assert bic == pytest.approx(golden["bic"], rel=1e-9)
    # The interval of strucchange, from the limit of large samples, is the wider one.
    low, _, high = golden["confint"]
    assert low <= found.lo[0] <= found.breaks[0] <= found.hi[0] <= high
    assert found.p_first == 0.01
    assert found.rates == pytest.approx((1097.75, 849.97222), abs=5e-6)


def test_the_coal_mines_change_after_1891(coal):
    """One change, by dpois at every place in R 4.2.2: before 1892 3.10, after 0.90 a year."""
    golden = R["change"]["coal"]
    found = poisson_change_points(coal, max_changes=1, n_sim=199)
    assert found.breaks == (golden["first_after"],) and 1851 + found.breaks[0] == 1892
    assert found.statistic == pytest.approx(golden["statistic"], rel=1e-10)
    assert found.rates == pytest.approx((golden["mean_before"], golden["mean_after"]), rel=1e-10)
    assert found.p_first == 1 / 200
    # Known to within some years of 1890.
    assert 1884 <= 1851 + found.lo[0] <= 1892 <= 1851 + found.hi[0] <= 1898


@pytest.mark.parametrize("name", ["coal", "border_cells"])
def test_golden_cuts_of_ruptures(name, coal):
    """ruptures 1.1.10, Dynp with a Poisson cost, jump 1: the same cuts and costs for each number."""
    golden = PEERS["ruptures"][name]
    if name == "border_cells":
        km = pd.read_csv(REFERENCE / "spacetime_border.csv")["km"]
        coal = np.bincount((km // 20).astype(int), minlength=68)[:67]
    for best in golden["best"]:
        found = poisson_change_points(
            coal, max_changes=best["n"], min_size=golden["min_size"], penalty=1e-9, n_sim=1
        )
        assert found.breaks == tuple(best["breaks"])
        assert found.deviance[-1] == pytest.approx(2 * best["cost"], rel=1e-12)


def test_golden_change_on_the_border():
    """R 4.2.2 by dpois: yearly counts west of km 400 of the pattern on the border."""
    table = pd.read_csv(REFERENCE / "spacetime_border.csv", parse_dates=["date"])
    year = table.loc[table["km"] < 400, "date"].dt.year - 2015
    found = poisson_change_points(np.bincount(year), max_changes=1, n_sim=19)
    assert found.breaks == (R["change"]["border_west"]["first_after"],)
    assert found.statistic == pytest.approx(R["change"]["border_west"]["statistic"], rel=1e-10)


def cost(counts, exposure, cut):
    ends = (0, *cut, len(counts))
    parts = list(itertools.pairwise(ends))
    y = np.array([counts[a:b].sum() for a, b in parts], dtype=float)
    e = np.array([exposure[a:b].sum() for a, b in parts])
    return float(-xlogy(y, y / e).sum())


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(0, 6), min_size=6, max_size=11), st.integers(1, 3), st.integers(0, 2**16)
)
def test_the_best_cut_of_all(counts, size, seed):
    """Against every possible cut, with uneven exposure."""
    counts = np.array(counts)
    assume(counts.sum() and len(counts) >= 2 * size)
    exposure = np.random.default_rng(seed).uniform(0.5, 2, len(counts))
    found = poisson_change_points(counts, exposure, max_changes=3, min_size=size, n_sim=1)
    for k, deviance in enumerate(found.deviance):
        cuts = [
            cut
            for cut in itertools.combinations(range(size, len(counts) - size + 1), k)
            if all(b - a >= size for a, b in itertools.pairwise(cut))
        ]
        best = min(cost(counts, exposure, cut) for cut in cuts)
        assert deviance == pytest.approx(2 * best, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=4, max_size=20), st.floats(0.1, 30))
def test_reversal_and_scale(counts, scale):
    counts = np.array(counts)
    assume(counts.sum())
    exposure = np.full(len(counts), 1.0)
    one = poisson_change_points(counts, exposure, max_changes=2, n_sim=1)
    back = poisson_change_points(counts[::-1], exposure, max_changes=2, n_sim=1)
    assert back.deviance == pytest.approx(one.deviance, abs=1e-9)
    assert back.statistic == pytest.approx(one.statistic, abs=1e-9)
    scaled = poisson_change_points(counts, exposure * scale, max_changes=2, n_sim=1)
    assert scaled.breaks == one.breaks and scaled.n_changes == one.n_changes
    assert np.array(scaled.rates) * scale == pytest.approx(np.array(one.rates))


def test_penalties_worked_by_hand():
    counts = [1, 0, 2, 1, 1, 6, 7, 5, 8, 6]
    how = {"max_changes": 2, "n_sim": 1}
    plain, bic = (poisson_change_points(counts, penalty=p, **how) for p in (5.0, "bic"))
    extra = np.array(plain.criterion) - plain.deviance
    assert extra == pytest.approx([0, 5, 10])
    extra = np.array(bic.criterion) - bic.deviance
    assert extra == pytest.approx([0, 2 * math.log(10), 4 * math.log(10)])
    mbic = poisson_change_points(counts, max_changes=1, n_sim=1)
    assert mbic.criterion[1] - mbic.deviance[1] == pytest.approx(
        3 * math.log(10) + 2 * math.log(0.5)
    )
    assert mbic.criterion[0] == mbic.deviance[0]
    assert poisson_change_points(counts, penalty=1e6, **how).n_changes == 0


def test_the_p_value_without_a_change_is_even():
    """400 even series: 5 % or less reject, within 3 standard errors; so for the normal model."""
    random = np.random.default_rng(3)
    for model in ("poisson", "normal"):
        p = []
        for _ in range(400):
            y = random.poisson(2, 20) if model == "poisson" else random.normal(0, 1, 20)
            found = poisson_change_points(y, model=model, max_changes=0, n_sim=99)
            p.append(found.p_first)
        assert (np.array(p) <= 0.05).mean() < 0.05 + 3 * 0.011
        assert np.mean(p) == pytest.approx(0.5, abs=0.08)  # ties make it larger, if anything


@pytest.mark.parametrize("model", ["poisson", "normal"])
def test_the_interval_holds_the_true_place(model):
    """120 series with a change at step 12 of 30: at least 95 % less 3 standard errors (2 %)."""
    random = np.random.default_rng(8)
    mean = np.where(np.arange(30) < 12, 1.0, 3.5)
    held = []
    for _ in range(120):
        y = random.poisson(mean) if model == "poisson" else mean + random.normal(0, 1.2, 30)
        found = poisson_change_points(y, model=model, max_changes=1, penalty=1e-9, n_sim=99)
        held.append(found.lo[0] <= 12 <= found.hi[0])
    assert np.mean(held) >= 0.95 - 3 * 0.02


def test_seeds():
    y = [1, 0, 2, 1, 1, 3, 4, 2, 5, 3]
    one, same, other = (poisson_change_points(y, n_sim=99, penalty=1.0, seed=s) for s in (1, 1, 2))
    assert one == same
    assert one.breaks == other.breaks and one.p_values != other.p_values


def test_leap_of_exposure_is_no_change():
    """Twice the exposure and twice the events."""
    found = poisson_change_points([2, 2, 2, 2, 4, 4, 4, 4], [1, 1, 1, 1, 2, 2, 2, 2], n_sim=99)
    assert found.n_changes == 0 and found.p_first > 0.9 and found.rates == (2,)


def test_the_p_value_is_that_of_all_ways_to_deal_out_the_events():
    """Four events over uneven exposure: 9,999 draws against all 256 ways, to 4 standard errors."""
    counts, exposure = np.array([0, 1, 1, 2]), np.array([8.0, 1.0, 1.0, 2.0])
    found = poisson_change_points(counts, exposure, min_size=1, max_changes=1, n_sim=9999)

    def gain(y):
        none = cost(y, exposure, ())
        return 2 * max(none - cost(y, exposure, (k,)) for k in (1, 2, 3))

    assert found.statistic == pytest.approx(gain(counts))
    p = 0.0
    for steps in itertools.product(range(4), repeat=4):
        if gain(np.bincount(steps, minlength=4)) >= gain(counts) - 1e-9:
            p += math.prod(exposure[k] / 12 for k in steps)
    assert found.p_first == pytest.approx(p, abs=4 * math.sqrt(p * (1 - p) / 9999))
    assert 0.01 < p < 0.5


def test_a_step_without_exposure_belongs_to_either_side():
    found = poisson_change_points([0, 5, 6, 0, 0, 1, 0, 0], [0, 1, 1, 0, 0, 1, 1, 1], n_sim=99)
    assert np.isfinite(found.deviance).all() and 0 < found.p_first < 1


@pytest.mark.parametrize(
    ("counts", "how", "error", "words"),
    [
        ([0, 0, 0, 0], {}, StatisticsError, "needs events, but there are none"),
        ([1, 2, 3], {}, StatisticsError, "two stretches of min_size=2 steps, but there are 3"),
        ([], {}, StatisticsError, "there are 0 steps"),
        ([1, 2, -3, 4], {}, ParameterError, "counts must be whole numbers of 0 or more"),
        ([1, 2, 3.5, 4], {}, ParameterError, "Expected numbers are no counts"),
        ([1, 2, np.nan, 4], {}, ParameterError, "counts must be whole numbers"),
        ([1, 2, 3, 4], {"exposure": [1, 1, 1, 0]}, ParameterError, "step 3 has 4 events"),
        ([1, 2, 3, 4], {"exposure": [1, 1]}, ParameterError, "one length"),
        ([1, 2, 3, 4], {"model": "gamma"}, ParameterError, "model must be one of poisson, normal"),
        ([1, 2, 3, 4], {"penalty": "aic"}, ParameterError, "penalty must be one of bic, mbic"),
        ([1, 2, 3, 4], {"penalty": -1}, ParameterError, "penalty must be above 0"),
        ([1, 2, 3, 4], {"max_changes": 1.5}, ParameterError, "max_changes must be a whole number"),
        ([1, 2, 3, 4], {"min_size": 0}, ParameterError, "min_size must be a whole number from 1"),
        ([1, 2, 3, 4], {"n_sim": 0}, ParameterError, "n_sim must be a whole number"),
        ([1, 2, 3, 4], {"confidence_level": 95}, ParameterError, "between 0 and 1"),
        ([1, 1, 1, 1], {"model": "normal"}, StatisticsError, "values that differ"),
        ([1, 2, np.nan, 1], {"model": "normal"}, ParameterError, "finite numbers, none missing"),
        (
            [1, 2, 3, 4],
            {"model": "normal", "exposure": [1] * 4},
            ParameterError,
            "exposure is for model=.poisson.",
        ),
        ([1] * 20_001, {}, ParameterError, "At most 20,000 steps"),
    ],
)
def test_bad_input_is_refused(counts, how, error, words):
    with pytest.raises(error, match=words):
        poisson_change_points(counts, **how)


# ---- the table -------------------------------------------------------------------------------------


def table_of(counts):
    counts = np.asarray(counts)
    n, t = counts.shape
    start = pd.date_range("2001-01-01", periods=t, freq="YS")
    return pd.DataFrame(
        {
            "segment_id": np.repeat([f"S{i}" for i in range(n)], t),
            "from_km": np.repeat(np.arange(n) * 10.0, t),
            "to_km": np.repeat(np.arange(n) * 10.0 + 10, t),
            "length_km": 10.0,
            "step": np.tile(np.arange(t), n),
            "step_start": np.tile(start, n),
            "step_end": np.tile(start + pd.offsets.YearEnd(), n),
            "events": counts.ravel(),
            "exposure_km_yr": 10.0,
        }
    )


JUMP = [1, 0, 2, 1, 1, 1, 6, 7, 5, 8, 6, 7]
NONE = [2, 1, 2, 1, 2, 2, 1, 2, 1, 2, 1, 2]
EMPTY = [0] * 12


def test_a_change_has_its_days_and_rates():
    row = change_points(table_of([JUMP]), n_sim=99).iloc[0]
    assert (row["segment_id"], row["change"], row["events"]) == ("whole line", 1, 45)
    assert row["last_before"] == pd.Timestamp("2006-12-31")
    assert row["first_after"] == pd.Timestamp("2007-01-01")
    assert row["lo"] <= row["first_after"] <= row["hi"]
    # Per 100 km and year: 6 events in 6 years on 10 km, then 39.
    assert (row["rate_before"], row["rate_after"]) == pytest.approx((10, 65))
    assert row["rr"] == pytest.approx(6.5)
    assert row["p_value"] == 0.01 and row["reason"] is None


def test_segments_with_and_without_change():
    table = change_points(table_of([JUMP, NONE, EMPTY]), by="segment", n_sim=99)
    assert table["segment_id"].tolist() == ["S0", "S1", "S2"]
    assert table["change"].tolist() == [1, 0, 0]
    assert table["reason"].tolist() == [
        None,
        "no change is worth its penalty",
        "no events: no change to look for",
    ]
    assert table["p_value"].iloc[1] > 0.5 and np.isnan(table["p_value"].iloc[2])
    # Any change at all, once for each of the two series with events: the smaller of two, doubled.
    assert table["p_first"].iloc[0] == 0.01 and table["p_adj"].iloc[0] == pytest.approx(0.02)
    assert table["p_first"].iloc[1] == table["p_value"].iloc[1] == table["p_adj"].iloc[1]
    assert np.isnan(table["p_first"].iloc[2]) and np.isnan(table["p_adj"].iloc[2])
    assert any("no test" in note for note in table.attrs["notes"])
    assert table.attrs["smallest_p"] == 0.01
    json.dumps(table.attrs)


def test_a_series_is_tested_once_however_many_changes_it_has():
    """Three forced changes and an even series: two tests, not four (mended 2026-11-30)."""
    table = change_points(
        table_of([JUMP, NONE]),
        by="segment",
        n_sim=99,
        penalty=1e-9,
        max_changes=3,
        p_adj_method="holm",
    )
    first = table[table["segment_id"] == "S0"]
    assert first["change"].tolist() == [1, 2, 3]
    assert (first["p_first"] == 0.01).all() and (first["p_adj"] == 0.02).all()
    assert first["p_value"].nunique() > 1  # each of its own two stretches


def test_even_series_are_not_found_though_changes_are_chosen_in_them():
    """
    300 even series with a change forced into each: 5 % at most at p_first (mended 2026-11-30).

    Within 3 standard errors (1.3 %). With two changes in each, their own p-values reject in more.
    """
    counts = np.random.default_rng(4).poisson(2, (300, 20))
    table = change_points(
        table_of(counts), by="segment", n_sim=39, penalty=1e-9, max_changes=2, p_adj_method="none"
    )
    by = table.groupby("segment_id")
    assert (by["change"].max() == 2).mean() > 0.9
    assert (by["p_adj"].first() <= 0.05).mean() < 0.05 + 3 * 0.013
    assert (by["p_value"].min() <= 0.05).mean() > 0.15


def test_what_cannot_be_is_refused():
    """Missing or fractional counts, and events where nothing was exposed (mended 2026-11-30)."""
    table = table_of([JUMP, NONE])
    gone = table.astype({"events": float})
    gone.loc[3, "events"] = np.nan
    for by in ("line", "segment"):
        with pytest.raises(ParameterError, match="nan"):
            change_points(gone, by=by)
    halves = table.assign(events=table["events"] + 0.5)  # whole again over the line
    with pytest.raises(ParameterError, match="Expected numbers are no counts"):
        change_points(halves)
    unseen = table.assign(
        exposure_km_yr=np.where(table["events"] > 0, 10.0, 0.0), events=table["events"]
    )
    drawn = np.tile(np.array([JUMP, NONE]), (2, 1, 1))
    drawn[1, 0, 1] = 4
    with pytest.raises(
        ParameterError, match="imputed must be 0 where exposure_km_yr is 0, but is 4"
    ):
        change_points(unseen, imputed=drawn, by="segment")


def test_support_of_drawn_tables():
    """Three of four drawn tables change in 2007; for the segment without a change two have none."""
    drawn = np.array([[JUMP, NONE], [JUMP, NONE], [JUMP, JUMP], [NONE, JUMP]])
    table = change_points(table_of([JUMP, NONE]), by="segment", imputed=drawn, n_sim=99)
    assert table["support"].tolist() == [0.75, 0.5]
    assert table["p_imputed"].iloc[0] == 0.01
    empty = np.array([[EMPTY], [EMPTY], [JUMP]])
    row = change_points(table_of([JUMP]), by="segment", imputed=empty, n_sim=99).iloc[0]
    assert row["support"] == pytest.approx(1 / 3) and row["p_imputed"] == 1


def test_a_change_from_nothing_has_no_ratio():
    row = change_points(table_of([[0] * 6 + [6, 7, 5, 8, 6, 7]]), n_sim=99).iloc[0]
    assert row["rr"] == math.inf and "no finite rate ratio" in row["reason"]


def test_the_table_refuses():
    table = table_of([JUMP])
    with pytest.raises(ParameterError, match="by must be one of line, segment"):
        change_points(table, by="district")
    with pytest.raises(ColumnError, match="'killed'"):
        change_points(table, column="killed")
    with pytest.raises(ParameterError, match="With n_sim=9"):
        change_points(table, n_sim=9)
    with pytest.raises(ParameterError, match="imputed must hold two or more tables"):
        change_points(table, imputed=np.zeros((3, 2, 12), int))
    with pytest.raises(ParameterError, match="Expected numbers are no counts"):
        change_points(table.assign(events=table["events"] + 0.5))


def test_shipped_incidents(incidents, border):
    located = locate_events(incidents, border)
    provinces = make_segments(border, by="tj_province")
    series = segment_series(located, provinces)
    drawn = draw_series(located, provinces, n_imputations=3)
    table = change_points(series, by="segment", imputed=drawn, n_sim=99)
    assert set(table["segment_id"]) == set(provinces["segment_id"])
    assert table["support"].between(0, 1).all()


# ---- segments --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def planted():
    """A line of 111 km with 10 events over its first 60 km and 60 over the rest, exactly known."""
    from shapely import LineString

    line = Boundary.from_line(
        LineString([(70, 0), (71, 0)]),
        crs="EPSG:4326",
        boundary_id="EQ",
        left="N",
        right="S",
        position_uncertainty_m=0,
    )
    random = np.random.default_rng(1)
    km = np.append(random.uniform(1, 60, 10), random.uniform(60, 110, 60))
    events = gpd.GeoDataFrame(
        {"date_start": "2020-05-05", "date_end": "2020-05-05", "location_uncertainty_km": 0.0},
        geometry=gpd.points_from_xy(70 + km / line.length_km, np.zeros(70)),
        crs="EPSG:4326",
        index=range(70),
    )
    return line, locate_events(events, line)


def test_a_planted_change_is_found(planted):
    line, located = planted
    segments = segments_by_change(located, line, n_sim=99)
    assert len(segments) == 2
    cut = segments.attrs["breaks"][0]
    assert cut["lo_km"] <= 60 <= cut["hi_km"] and abs(cut["km"] - 60) < 5
    assert cut["p_value"] == 0.01 and cut["support"] == 1
    assert cut["rate_before"] < 0.3 < 1 < cut["rate_after"]
    assert segments.attrs["n_breaks_imputed"] == [1] * 20
    assert "Poisson change points" in segments.attrs["rule"]
    # One test for the line: the break's own p-value describes (mended 2026-11-30).
    assert (cut["p_adj"], cut["p_adj_method"]) == (segments.attrs["p_any_break"], "none")
    tally = segments.attrs["accounting"]
    assert tally["left_out"] == {
        "off the border": 0, "known only to a stretch": 0, "no place known": 0,
    }  # fmt: skip
    assert tally["events"] == tally["counted"] == 70
    json.dumps(segments.attrs)


def test_a_break_lies_before_the_cell_of_the_first_event(planted):
    """Nothing before km 50.5, an event each 1.2 km from there: the cell [50, 51) is the first."""
    line, _ = planted
    km = np.arange(50.5, line.length_km, 1.2)
    events = gpd.GeoDataFrame(
        {"date_start": "2020-05-05", "location_uncertainty_km": 0.0, "date_end": "2020-05-05"},
        geometry=gpd.points_from_xy(70 + km / line.length_km, np.zeros(km.size)),
        crs="EPSG:4326",
        index=range(km.size),
    )
    segments = segments_by_change(
        locate_events(events, line), line, n_sim=99, n_imputations=0, max_segments=2
    )
    assert segments["to_km"].iloc[0] == 50
    assert segments.attrs["breaks"][0]["rate_before"] == 0


def test_the_table_is_that_of_make_segments(planted):
    line, located = planted
    segments = segments_by_change(located, line, n_sim=99, n_imputations=0)
    same = make_segments(line, breaks_km=[segments["from_km"].iloc[1]])
    pd.testing.assert_frame_equal(pd.DataFrame(segments), pd.DataFrame(same))
    assert segments.attrs["boundary"] == same.attrs["boundary"]
    assert segments.crs == same.crs
    assert segments.attrs["breaks"][0]["support"] is None


def test_without_a_change_the_line_is_one_segment(planted):
    line, located = planted
    whole = segments_by_change(located, line, penalty=1e6, n_sim=99, n_imputations=2)
    assert len(whole) == 1 and whole.attrs["breaks"] == []
    assert whole["to_km"].iloc[0] == pytest.approx(line.length_km)
    assert len(segments_by_change(located, line, max_segments=1, n_sim=99, n_imputations=0)) == 1


def test_places_past_the_end_of_the_line_are_refused(planted):
    """As of a table read from a file and made with another line (mended 2026-11-30)."""
    line, located = planted
    with pytest.raises(ParameterError, match=r"on 'EQ', from 0 to 111\.319 km, but chainage_km of"):
        segments_by_change(located.assign(chainage_km=located["chainage_km"] + 60), line)


def test_lengths_are_kept(planted):
    line, located = planted
    cut = segments_by_change(
        located, line, cell_km=2.5, min_length_km=12, penalty=0.5, n_sim=99, n_imputations=0
    )
    assert cut["length_km"].min() >= 12.5 - 1e-9  # rounded up to whole cells
    assert np.allclose(cut["from_km"] % 2.5, 0)
    assert 1 < len(cut) <= 12


def test_segments_refuse(planted, border):
    line, located = planted
    with pytest.raises(ParameterError, match="cell_km must cut the line"):
        segments_by_change(located, line, cell_km=100)
    with pytest.raises(ParameterError, match="cell_km must be above 0"):
        segments_by_change(located, line, cell_km=-1)
    with pytest.raises(ParameterError, match="max_segments must be a whole number"):
        segments_by_change(located, line, max_segments=0)
    with pytest.raises(ParameterError, match="rests on the line 'EQ'"):
        segments_by_change(located, border)
    none = located.iloc[:0].copy()
    none.attrs = {**located.attrs, "coverage": ["2020-01-01", "2020-12-31"]}
    with pytest.raises(StatisticsError, match="of the 0 events that count none is"):
        segments_by_change(none, line)
    with pytest.raises(StatisticsError, match="two stretches of min_size=80"):
        segments_by_change(located, line, min_length_km=80)


@pytest.mark.slow
def test_the_shipped_border_in_cells_of_a_kilometre(incidents, border):
    """1,344 cells, with draws: some 5 s."""
    located = locate_events(incidents, border)
    segments = segments_by_change(located, n_sim=99, n_imputations=5)
    assert segments["length_km"].sum() == pytest.approx(border.length_km)
    assert len(segments) == len(segments.attrs["breaks"]) + 1


@pytest.mark.parametrize(("n", "told"), [(3, True), (1, False)])
def test_a_sum_of_segments_says_that_it_is_one(incidents, border, n, told):
    """The whole line of several segments rests on events known to one of them (2026-11-30)."""
    segments = make_segments(border, n=n)
    series = segment_series(locate_events(incidents, border, segments=segments), segments)
    notes = change_points(series, n_sim=99).attrs["notes"]
    assert any("make_segments(n=1)" in note for note in notes) is told
