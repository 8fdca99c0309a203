"""The space-time scan: brute force, R, permutation, prospective use, bad input."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo import locate_events, make_segments
from frontier_geo.errors import ColumnError, ParameterError, StatisticsError
from frontier_geo.scan.engine import path_scan
from frontier_geo.scan.ratio import poisson_llr
from frontier_geo.scan.space_time import (
    _draw,
    _largest_ever,
    _setting,
    cylinder_scan,
    scan_space_time,
)
from frontier_geo.series import draw_series, segment_series

pytestmark = pytest.mark.filterwarnings("ignore::frontier_geo.errors.ResolutionWarning")

REFERENCE = Path(__file__).parents[1] / "reference"


def brute_force(cases, expected, share, most, linked, prospective):
    """Look at every cylinder by itself."""
    n, t = cases.shape
    total, best = cases.sum(), 0.0
    of_segment = expected.sum(axis=1) / expected.sum()
    for a in range(t):
        for b in range(a, min(t, a + most)):
            if prospective and b != t - 1:
                continue
            for i in range(n):
                for j in range(i, n):
                    if j > i and not linked[j - 1]:
                        break
                    if of_segment[i : j + 1].sum() > share + 1e-9:
                        break
                    inside = (slice(i, j + 1), slice(a, b + 1))
                    llr = poisson_llr(cases[inside].sum(), expected[inside].sum(), total)
                    best = max(best, float(llr))
    return best


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_best_cylinder_is_the_best_of_all(data):
    """In the data and in simulations, for both models, with gaps and caps, forward or not."""
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    n, t = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    model = data.draw(st.sampled_from(["poisson", "permutation"]))
    prospective = data.draw(st.booleans())
    share = data.draw(st.sampled_from([0.3, 0.5, 1.0]))
    total = int(rng.integers(1, 25))
    size = rng.gamma(1, 1, (n, t))
    cases = rng.multinomial(total, (size / size.sum()).ravel()).reshape(n, t).astype(float)
    linked = rng.random(n - 1) > 0.2
    most = max(1, t // 2)
    given_ = {"model": model, "max_fraction": share, "prospective": prospective, "linked": linked}
    found = cylinder_scan(cases, size, n_sim=0, **given_)
    setting = _setting(cases, size, model, share, None, prospective, linked)
    args = (setting.expected, share, most, linked, prospective)
    best = found.llr[0] if found.llr.size else 0.0
    assert best == pytest.approx(brute_force(cases, *args), abs=1e-9)
    segment, step = _draw(rng, 3, cases, setting, model)
    for k, largest in enumerate(_largest_ever(segment, step, setting)):
        again = np.zeros((n, t))
        np.add.at(again, (segment[k], step[k]), 1)
        assert largest == pytest.approx(brute_force(again, *args), abs=1e-9)


@pytest.mark.parametrize("prospective", [False, True])
@pytest.mark.parametrize("model", ["poisson", "permutation"])
def test_the_border_against_r(model, prospective):
    """R, every cylinder of 135 segments and 35 years: 108 incidents drawn on the border."""
    told = json.loads((REFERENCE / "scan_r.json").read_text(encoding="utf-8"))["space_time"]
    told = told[model + "_prospective" * prospective]
    length = pd.read_csv(REFERENCE / "scan_border.csv")["length_km"].to_numpy()
    events = pd.read_csv(REFERENCE / "scan_events.csv")
    cases = np.zeros((135, 35))
    np.add.at(cases, (events["segment"], events["year"] - 1992), 1)
    size = np.outer(length, np.ones(35))
    found = cylinder_scan(cases, size, model=model, prospective=prospective, n_sim=0)
    assert found.llr[0] == pytest.approx(told["llr"], rel=1e-10)
    assert found.observed[0] == told["observed"]
    assert found.expected[0] == pytest.approx(told["expected"], rel=1e-10)
    assert (found.begin[0], found.end[0]) == (told["begin"], told["end"])
    # Segments without events at the ends of a run change nothing under permutation.
    assert cases[found.first[0] : found.last[0] + 1].sum() == (
        cases[told["first"] : told["last"] + 1].sum()
    )


def planted():
    cases = np.ones((6, 8))
    cases[2:4, 5:7] = 9
    return cases


def test_a_worked_case():
    """Four cells of 48 hold 36 of 80 events."""
    found = cylinder_scan(planted(), np.ones((6, 8)))
    assert [int(x[0]) for x in (found.first, found.last, found.begin, found.end)] == [2, 3, 5, 6]
    assert (found.observed[0], found.expected[0]) == (36, pytest.approx(80 * 4 / 48))
    assert found.llr[0] == pytest.approx(float(poisson_llr(36, 80 * 4 / 48, 80)), rel=1e-12)
    assert found.p_value[0] == 0.001


def test_a_busy_place_and_a_busy_time_are_no_cluster_under_permutation():
    """Margins explain them; a place that was busy at one time they do not."""
    rng = np.random.default_rng(1)
    p = []
    for _ in range(12):
        cases = rng.poisson(np.outer([1, 1, 8, 1, 1, 1], [1, 1, 1, 4, 1, 1, 1, 1]) * 0.6)
        assert cylinder_scan(cases, np.ones(cases.shape), n_sim=99).p_value[0] == 0.01
        p.append(cylinder_scan(cases, model="permutation", n_sim=99).p_value[0])
    # Twelve uniform p-values have the mean 0.5 with the standard error 0.083; 3 of them.
    assert np.mean(p) == pytest.approx(0.5, abs=0.25)
    cases = np.full((10, 10), 2)
    cases[4, 6] = 16
    found = cylinder_scan(cases, model="permutation")
    assert (found.first[0], found.last[0], found.begin[0], found.end[0]) == (4, 4, 6, 6)
    assert found.expected[0] == pytest.approx(34 * 34 / 214)
    assert found.p_value[0] <= 0.005


def test_permutation_keeps_both_margins():
    """What is simulated has the observed totals of segments and of steps."""
    rng = np.random.default_rng(0)
    cases = rng.poisson(1.5, (5, 7)).astype(float)
    setting = _setting(cases, None, "permutation", 0.5, None, False, None)
    segment, step = _draw(rng, 20, cases, setting, "permutation")
    for k in range(20):
        assert np.bincount(segment[k], minlength=5).tolist() == cases.sum(axis=1).tolist()
        assert np.bincount(step[k], minlength=7).tolist() == cases.sum(axis=0).tolist()
    assert len({tuple(row) for row in step}) == 20
    assert setting.expected == pytest.approx(np.outer(cases.sum(1), cases.sum(0)) / cases.sum())


def test_poisson_simulations_follow_the_exposure():
    rng = np.random.default_rng(0)
    size = rng.gamma(2, 1, (4, 5))
    cases = np.full((4, 5), 3.0)
    setting = _setting(cases, size, "poisson", 0.5, None, False, None)
    segment, step = _draw(rng, 2000, cases, setting, "poisson")
    share = np.bincount((segment * 5 + step).ravel(), minlength=20) / segment.size
    # 120,000 draws: 4 standard errors of a share of 0.1 are 0.0035.
    assert share == pytest.approx((size / size.sum()).ravel(), abs=0.0035)


def test_one_step_is_the_scan_in_space():
    """Without time it is the scan of segments, simulations included in distribution."""
    cases = np.array([0, 1, 9, 8, 1, 0, 1, 0, 0, 2, 0, 0])
    flat = path_scan(cases, np.ones(12), n_sim=1999)
    found = cylinder_scan(cases[:, None], np.ones((12, 1)), n_sim=1999)
    assert found.llr == pytest.approx(flat.llr, rel=1e-12)
    assert found.simulated == pytest.approx(flat.simulated, rel=1e-9)  # the same draws, too


def test_only_what_goes_on_counts_when_looking_ahead():
    """A cluster that ended is none; one in the last steps is found."""
    cases = planted()
    cases[0, 7] = 6
    found = cylinder_scan(cases, np.ones((6, 8)), prospective=True)
    assert (found.end == 7).all()
    assert (found.first[0], found.begin[0]) == (0, 7) or found.begin[0] >= 5
    plain = cylinder_scan(cases, np.ones((6, 8)))
    assert plain.end[0] == 6


def test_longest_time_and_largest_stretch_are_kept():
    cases = np.ones((8, 8))
    cases[1:6, 1:7] = 5
    whole = cylinder_scan(cases, np.ones((8, 8)), max_fraction=0.9, max_steps=8, n_sim=19)
    assert (whole.last[0] - whole.first[0], whole.end[0] - whole.begin[0]) == (4, 5)
    short = cylinder_scan(cases, np.ones((8, 8)), max_fraction=0.25, max_steps=2, n_sim=19)
    assert (short.last - short.first <= 1).all()
    assert (short.end - short.begin <= 1).all()


def test_clusters_share_no_cell():
    rng = np.random.default_rng(4)
    cases = rng.poisson(1.0, (10, 9))
    found = cylinder_scan(cases, np.ones((10, 9)), n_sim=19, max_clusters=20)
    taken = np.zeros((10, 9))
    for a, b, c, d in zip(found.first, found.last, found.begin, found.end, strict=True):
        taken[a : b + 1, c : d + 1] += 1
    assert taken.max() == 1
    assert len(found.llr) > 5
    assert (np.diff(found.llr) <= 1e-9).all()


def test_reversing_line_and_time():
    cases, size = planted(), np.ones((6, 8))
    back = cylinder_scan(cases[::-1, ::-1], size, n_sim=19)
    there = cylinder_scan(cases, size, n_sim=19)
    assert back.llr[0] == pytest.approx(there.llr[0], rel=1e-12)
    assert (back.first[0], back.last[0], back.begin[0], back.end[0]) == (2, 3, 1, 2)


def test_the_same_seed_in_blocks_of_any_size(monkeypatch):
    from frontier_geo.scan import space_time as module

    kind = {"expected": np.ones((6, 8)), "n_sim": 59, "seed": 5}
    whole = cylinder_scan(planted(), **kind)
    monkeypatch.setattr(module, "AT_ONCE", 900)
    assert cylinder_scan(planted(), **kind).simulated.tolist() == whole.simulated.tolist()


@pytest.fixture
def series():
    """Six segments of 10 km and eight years."""
    cases = planted()
    n, t = cases.shape
    start = pd.date_range("2015-01-01", periods=t, freq="YS")
    return pd.DataFrame(
        {
            "segment_id": np.repeat([f"s{i}" for i in range(n)], t),
            "from_km": np.repeat(10.0 * np.arange(n), t),
            "to_km": np.repeat(10.0 * np.arange(1, n + 1), t),
            "length_km": 10.0,
            "step": np.tile(np.arange(t), n),
            "step_start": np.tile(start, n),
            "step_end": np.tile(start + pd.offsets.YearEnd(), n),
            "events": cases.ravel(),
            "expected_events": cases.ravel() + 0.25,
            "exposure_km_yr": 10.0,
        }
    )


def test_the_table(series):
    """Stretch, period and numbers of the planted cluster."""
    found = scan_space_time(series)
    first = found.iloc[0]
    assert (first["start_seg"], first["end_seg"], first["start_step"], first["end_step"]) == (
        2,
        3,
        5,
        6,
    )
    assert (first["from_km"], first["to_km"]) == (20.0, 40.0)
    assert (first["start_segment_id"], first["end_segment_id"]) == ("s2", "s3")
    assert first["period"] == "2020-01-01/2021-12-31"
    assert first["period_begin"] == pd.Timestamp("2020-01-01")
    assert first["period_end"] == pd.Timestamp("2021-12-31")
    assert (first["observed"], first["p_value"], first["p_adj"]) == (36, 0.001, 0.001)
    assert first["rr"] == pytest.approx((36 / 4) / (44 / 44))
    assert "recurrence_days" not in found
    attrs = found.attrs
    assert (attrs["result"], attrs["n_sim"], attrs["smallest_p"]) == (
        "space_time_clusters",
        999,
        0.001,
    )
    assert attrs["parameters"]["max_steps"] == 4
    json.dumps(attrs)
    pd.testing.assert_frame_equal(scan_space_time(series.sample(frac=1, random_state=0)), found)


def test_recurrence_is_the_length_of_a_step_over_p(series):
    """A year over p: once in 365,000 days at p = 0.001."""
    late = series.assign(
        events=np.where(series["step"] >= 7, 9.0, 1.0) * (series["from_km"] < 15) + 1
    )
    found = scan_space_time(late, prospective=True)
    assert (found["end_step"] == 7).all()
    assert found["recurrence_days"].to_numpy() == pytest.approx(365 / found["p_value"].to_numpy())


def test_expected_numbers_and_empty_tables(series):
    """Ranked without p; empty with a reason."""
    ranked = scan_space_time(series, column="expected_events")
    assert ranked["p_value"].isna().all()
    assert ranked["reason"].str.contains("no null distribution").all()
    empty = scan_space_time(series.assign(events=0))
    assert empty.empty
    assert empty.attrs["notes"] == ["No cluster was found, because events is 0 in every cell."]
    assert {"period", "from_km", "llr", "p_value", "p_adj"} <= set(empty.columns)
    one = scan_space_time(series.assign(events=(series.index == 20).astype(int)))
    assert one["p_value"].tolist() == [1.0]
    even = scan_space_time(series.assign(events=2))
    assert even.empty
    assert "No stretch holds more" in even.attrs["notes"][0]


def test_drawn_tables(series):
    """Half of the tables without the cluster halve its support."""
    there = np.tile(planted(), (3, 1, 1))
    gone = np.ones((3, 6, 8))
    found = scan_space_time(series, imputed=np.concatenate((there, gone)), n_sim=99)
    assert found.loc[0, "support"] == 0.5
    assert found.loc[0, "p_imputed"] == pytest.approx((0.01 + 1) / 2)
    assert (found.loc[0, "from_km_lo"], found.loc[0, "to_km_hi"]) == (20.0, 40.0)
    for wrong in (there[:1], there[:, :5], there + 0.5):
        with pytest.raises(ParameterError, match="imputed must hold"):
            scan_space_time(series, imputed=wrong)


def test_the_shipped_incidents(incidents, segments):
    """From incidents to clusters, uncertain places and dates beside the plain numbers."""
    located = locate_events(incidents)
    provinces = make_segments(by="district")
    series = segment_series(located, provinces)
    drawn = draw_series(located, provinces, n_imputations=3)
    found = scan_space_time(series, imputed=drawn, n_sim=99)
    assert found.attrs["boundary"]["boundary_id"] == "TJ-AF"
    assert found["p_imputed"].between(0, 1).all()
    assert found["support"].between(0, 1).all()
    assert (found["period_end"] > found["period_begin"]).all()


def test_sums_of_weights_have_no_p_value(series):
    """As for segments (mended 2026-11-30)."""
    killed = series.assign(killed=series["events"] * 3)
    found = scan_space_time(killed, column="killed", prospective=True, n_sim=19)
    assert len(found) and found[["p_value", "recurrence_days"]].isna().all(axis=None)
    assert found["reason"].str.contains("not known to be numbers of incidents").all()
    told = scan_space_time(killed, column="killed", are_counts=True, n_sim=19)
    assert told.loc[0, "p_value"] == 0.05
    with pytest.raises(ParameterError, match="killed is not known to count any"):
        scan_space_time(killed, column="killed", imputed=np.ones((2, 6, 8), int))


@pytest.mark.parametrize("model", ["poisson", "permutation"])
def test_drawn_tables_are_judged_as_if_scanned_alone(series, model, monkeypatch):
    """
    Tables of one total share their simulations under "poisson" only, and no number moves.

    Each p-value is that of `cylinder_scan` of this table by itself (mended 2026-11-30: every table
    was simulated for, 20 times the time).
    """
    from frontier_geo.scan import space_time

    rng = np.random.default_rng(3)
    cases = series["events"].to_numpy().reshape(6, 8)
    drawn = np.array([rng.permuted(cases, axis=1) for _ in range(4)] + [cases])
    drawn[1, 0, 0] += 1
    made = []
    simulate = space_time._simulate

    def counted(rng, counts, setting, model, n_sim, engine):
        made.append(n_sim)
        return simulate(rng, counts, setting, model, n_sim, engine)

    monkeypatch.setattr(space_time, "_simulate", counted)
    found = scan_space_time(series, model=model, n_sim=39, imputed=drawn)
    # The counts once; then one for each total (two of them), or one for each table.
    assert sum(n > 0 for n in made) == 1 + (2 if model == "poisson" else 5)
    p = np.ones((5, len(found)))
    for i, table in enumerate(drawn):
        alone = cylinder_scan(table, np.full((6, 8), 10.0), model=model, n_sim=39, max_clusters=40)
        for j, row in enumerate(found.itertuples()):
            hit = np.flatnonzero(
                (alone.first <= row.end_seg)
                & (alone.last >= row.start_seg)
                & (alone.begin <= row.end_step)
                & (alone.end >= row.start_step)
            )
            p[i, j] = alone.p_value[hit[0]] if hit.size else 1.0
    assert found["p_imputed"].tolist() == np.median(p, axis=0).tolist()


def test_what_the_table_says_of_gaps_exposure_and_room(series):
    """Like the scan of segments (mended 2026-11-30)."""
    parted = series[series["segment_id"] != "s1"]
    notes = scan_space_time(parted, n_sim=19).attrs["notes"]
    assert notes[0] == "The segments leave 1 gap; no stretch goes across one."
    assert notes[1].startswith("Simulated events fall anywhere, each by itself.")
    # Under permutation each event stays where it is.
    assert scan_space_time(parted, model="permutation", n_sim=19).attrs["notes"] == notes[:1]
    official = series.assign(official_from_km=series["from_km"] + 100.0)
    official["official_to_km"] = official["to_km"] + 100.0
    first = scan_space_time(official, n_sim=19).iloc[0]
    assert (first["official_from_km"], first["official_to_km"]) == (120.0, 140.0)
    one = series[series["segment_id"] == "s2"]
    note = scan_space_time(one, n_sim=19).attrs["notes"][0]
    assert note.startswith("No stretch could be looked at: each holds at least 1 of the exposure")
    unseen = series.assign(exposure_km_yr=np.where(series["step"] == 0, 0.0, 10.0))
    unseen.loc[unseen["step"] == 0, "events"] = 0
    drawn = np.tile(unseen["events"].to_numpy().reshape(6, 8), (2, 1, 1))
    drawn[1, 4, 0] = 2
    with pytest.raises(StatisticsError, match="table 1 of imputed has 2 on segment 4 in step 0"):
        scan_space_time(unseen, imputed=drawn, n_sim=19)


def test_a_series_from_a_file_is_that_series(series, tmp_path):
    """Text dates are read (mended 2026-11-30: AttributeError)."""
    series.to_csv(tmp_path / "series.csv", index=False)
    again = scan_space_time(pd.read_csv(tmp_path / "series.csv"), n_sim=19)
    pd.testing.assert_frame_equal(again, scan_space_time(series, n_sim=19), check_dtype=False)


def test_gaps_part_stretches(series):
    parted = series.copy()
    parted.loc[parted["from_km"] >= 30, ["from_km", "to_km"]] += 5
    found = scan_space_time(parted)
    assert (found["end_seg"] < 3).any() and not (
        (found["start_seg"] < 3) & (found["end_seg"] >= 3)
    ).any()


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: cylinder_scan(np.zeros((2, 3)), np.ones((2, 3))),
            StatisticsError,
            "2 segments and",
        ),
        (lambda: cylinder_scan([1, 2], [1, 2]), ParameterError, "a table of segments and steps"),
        (lambda: cylinder_scan(np.ones((2, 3))), ParameterError, 'model="poisson" needs expected='),
        (
            lambda: cylinder_scan(np.ones((2, 3)), np.ones((3, 2))),
            ParameterError,
            "the shape of cases, \\(2, 3\\), but has \\(3, 2\\)",
        ),
        (
            lambda: cylinder_scan(np.ones((2, 3)), [[1, 0, 1], [1, 1, 1]]),
            StatisticsError,
            "segment 0 in step 1 has 1 events and an exposure of 0",
        ),
        (lambda: cylinder_scan(-np.ones((2, 3)), np.ones((2, 3))), ParameterError, "0 or more"),
        (
            lambda: cylinder_scan(np.full((2, 3), 0.5), np.ones((2, 3))),
            StatisticsError,
            "cases are not whole numbers",
        ),
        (
            lambda: cylinder_scan(np.ones((2, 3)), np.ones((2, 3)), max_steps=4),
            ParameterError,
            "from 1 to the 3 steps there are, but is 4",
        ),
        (
            lambda: cylinder_scan(np.ones((2, 3)), np.ones((2, 3)), linked=[True, True]),
            ParameterError,
            "2 segments have 1 links",
        ),
        (
            lambda: cylinder_scan(np.ones((2, 3)), np.ones((2, 3)), model="normal"),
            ParameterError,
            "model must be one of poisson, permutation",
        ),
    ],
)
def test_what_cannot_be_scanned_is_refused(call, error, words):
    with pytest.raises(error, match=words):
        call()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"events": np.nan}, StatisticsError, "every value of events is missing"),
        ({"events": -1}, ParameterError, "events must be finite numbers of 0 or more"),
        ({"exposure_km_yr": 0.0}, StatisticsError, "exposure_km_yr is 0 in every cell"),
    ],
)
def test_tables_that_make_no_sense_are_refused(series, change, error, words):
    with pytest.raises(error, match=words):
        scan_space_time(series.assign(**change))


def test_arguments_that_make_no_sense_are_refused(series):
    with pytest.raises(ColumnError, match="needs the column 'incidents'"):
        scan_space_time(series, column="incidents")
    with pytest.raises(ParameterError, match="With n_sim=9 no p-value"):
        scan_space_time(series, n_sim=9)
    with pytest.raises(ParameterError, match="model must be one of"):
        scan_space_time(series, model="bernoulli")
    with pytest.raises(ParameterError, match="one row for each of 6 segments and 8 steps"):
        scan_space_time(series.iloc[1:])


def test_a_drawn_cluster_answers_for_one_row(series):
    """One wide cluster in every table: of the rows it touches only the first has it (2026-11-30)."""
    cells = np.ones((6, 8), dtype=int)
    cells[0:2, 4:8], cells[4, 4:6] = 9, 5
    wide = np.ones((6, 8), dtype=int)
    wide[0:2, 4:8], wide[2:5, 4:8] = 9, 9
    found = scan_space_time(
        series.assign(events=cells.ravel()), imputed=np.tile(wide, (3, 1, 1)), n_sim=99,
        max_fraction=0.9,
    )  # fmt: skip
    touched = found[(found["start_seg"] <= 4) & (found["end_step"] >= 4)]
    assert len(touched) >= 2
    assert (touched["support"] > 0).sum() == 1
