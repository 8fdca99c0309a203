"""
The loops that numba compiles give what numpy gives: the same bits, whole numbers and p-values.

They are held against the same function done by numpy, which other tests hold against published values,
closed forms and other programs, and against plain sums and counts. Needs the extra ``fast``.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo import load_events, locate_events, make_segments, scan_segments
from frontier_geo.density import kernel_sums, line_intensity
from frontier_geo.density.kernel_sums import bin_moments, sums_of_moments
from frontier_geo.errors import CoordinateError, ParameterError
from frontier_geo.scan import cylinder_scan, interval_scan, path_scan, scan_events
from frontier_geo.scan.engine import simulate_path
from frontier_geo.scan.largest import _Ends, draw_counts, draw_places, find_runs
from frontier_geo.scan.ratio import Ratio
from frontier_geo.spacetime import knox, knox_test, near_repeat, near_repeat_bands

pytest.importorskip("numba")

SAME_RATIO = 1e-10  # logarithms of the two differ in the last digit, and ratios are sums of some


# ---- density -------------------------------------------------------------------------------------


@pytest.mark.parametrize("reflect", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("n", [0, 1, 513, 40_000])
def test_bins_hold_the_same_bits(n, weighted, reflect, monkeypatch):
    """Both ends, the very middle, and several pieces."""
    monkeypatch.setattr(kernel_sums, "DECODED_AT_ONCE", 16_384)
    monkeypatch.setattr(kernel_sums, "EVENTS_AT_ONCE", 4096)
    random = np.random.default_rng(n)
    s = np.append(random.random(n) * 80, [0.0, 80.0, 40.0])
    w = random.random(s.size) if weighted else None
    how = {"length": 80.0, "reflect": reflect}
    plain = bin_moments(s, w, 3.0, **how, engine="numpy")
    fast = bin_moments(s, w, 3.0, **how, engine="numba")
    for one, other in zip(plain, fast, strict=True):
        np.testing.assert_array_equal(one, other)
    assert plain[0].sum() == pytest.approx(s.size if w is None else w.sum(), rel=1e-12)


def test_bins_too_many_to_be_packed_hold_the_same_bits(monkeypatch):
    monkeypatch.setattr(kernel_sums, "DECODED_AT_ONCE", 64)
    s = np.random.default_rng(1).random(3000) * 80
    plain, fast = (bin_moments(s, None, 3.0, length=80.0, engine=e) for e in ("numpy", "numba"))
    np.testing.assert_array_equal(plain, fast)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_many_events_in_one_bin_are_told_apart_in_time(engine, monkeypatch):
    """However many there are, their number and mean place come out right."""
    monkeypatch.setattr(kernel_sums, "DECODED_AT_ONCE", 8192)
    bins = bin_moments(np.zeros(0), None, 3.0, length=80.0)[0].size
    s = np.full(100_000, (700 + 0.75) * 80.0 / bins)
    count, place = bin_moments(s, None, 3.0, length=80.0, engine=engine)
    assert count[700] == 100_000
    assert place[700] == pytest.approx(0.25 * 100_000, rel=1e-9)
    assert count.sum() == 100_000


def test_the_moments_are_those_of_the_events_in_each_bin():
    """Counted and averaged bin by bin, by a histogram."""
    s = np.random.default_rng(2).random(5000) * 80
    count, place = bin_moments(s, None, 3.0, length=80.0, engine="numba")
    t = s / 80.0 * count.size
    whole = np.histogram(t, count.size, (0, count.size))[0]
    np.testing.assert_array_equal(count, whole)
    off = np.bincount(t.astype(int), t - np.floor(t) - 0.5, count.size)
    assert (abs(place - off) <= whole * 2.0**-16 + 1e-9).all()  # rounded to 2**-15 of a bin


@pytest.mark.parametrize("engine", ["numpy", "numba"])
@pytest.mark.parametrize("weighted", [True, False])
def test_moments_of_chunks_add_up_to_those_of_all(engine, weighted):
    random = np.random.default_rng(3)
    s, at = random.random(3000) * 80, np.linspace(0, 80, 161)
    w = random.random(s.size) if weighted else None
    whole = bin_moments(s, w, 3.0, length=80.0, engine=engine)
    parts = [
        bin_moments(s[a : a + 700], None if w is None else w[a : a + 700], 3.0, length=80.0)
        for a in range(0, 3000, 700)
    ]
    count, place = (sum(one) for one in zip(*parts, strict=True))
    assert count == pytest.approx(whole[0], rel=1e-12)
    curve = sums_of_moments(at, count, place, 3.0, length=80.0)
    together = sums_of_moments(at, *whole, 3.0, length=80.0)
    assert curve == pytest.approx(together, rel=1e-9, abs=1e-9 * together.max())


@pytest.mark.parametrize("correction", ["reflection", "none"])
@pytest.mark.parametrize("weighted", [True, False])
def test_intensities_are_the_same_bits(correction, weighted):
    random = np.random.default_rng(4)
    s, at = random.random(30_000) * 1344, np.arange(0, 1344.0)
    w = random.random(s.size) if weighted else None
    how = {"length": 1344.0, "at": at, "bandwidth": 5, "weights": w, "correction": correction}
    plain, fast = (line_intensity(s, **how, method="binned", engine=e) for e in ("numpy", "numba"))
    np.testing.assert_array_equal(plain, fast)
    exact = line_intensity(s, **how, method="direct")
    assert np.abs(fast - exact).max() <= kernel_sums.ERROR_BOUND * exact.max()


@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("bad", [-1e-9, 10.1, np.nan, np.inf, -np.inf, 1e300])
@pytest.mark.parametrize("at", [0, 600, 1199])
@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_events_off_the_line_are_refused(bad, at, weighted, engine):
    s = np.full(1200, 5.0)
    s[at] = bad
    w = np.ones(1200) if weighted else None
    with pytest.raises(CoordinateError, match="Every event must lie between 0 and 10"):
        line_intensity(s, length=10, at=[1], bandwidth=1, weights=w, method="binned", engine=engine)


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_minus_zero_lies_on_the_line(engine):
    count, place = bin_moments(np.array([-0.0, 0.0]), None, 3.0, length=80.0, engine=engine)
    assert (count[0], place[0]) == (2, -1.0)
    assert count.sum() == 2


@pytest.mark.parametrize("engine", ["numpy", "numba"])
def test_the_far_end_is_the_edge_of_the_last_bin(engine):
    for weight in (None, np.ones(3)):
        count, place = bin_moments(np.full(3, 80.0), weight, 3.0, length=80.0, engine=engine)
        assert (count[-1], place[-1]) == (3, 1.5)


@pytest.mark.parametrize("end", [0.0, 1.0])
def test_full_bins_are_told_apart_whatever_the_place(end):
    """At either edge of a bin, where the places of many events add up to the most."""
    bins = bin_moments(np.zeros(0), None, 3.0, length=80.0)[0].size
    s = np.full(100_000, (700 + 1e-7 + end * (1 - 2e-7)) * 80.0 / bins)
    plain, fast = (bin_moments(s, None, 3.0, length=80.0, engine=e) for e in ("numpy", "numba"))
    np.testing.assert_array_equal(plain, fast)
    # Rounded to parts of a bin, what lies at its far edge lies at the near edge of the next.
    bin_of = 700 + int(end)
    assert (fast[0][bin_of], fast[1][bin_of]) == (100_000, -50_000)


# ---- scan ----------------------------------------------------------------------------------------


def both_scans(scan, *args, **how):
    """Return what a scan finds by numpy and by numba, after checking that they are the same."""
    plain, fast = (scan(*args, **how, engine=engine) for engine in ("numpy", "numba"))
    assert fast.simulated == pytest.approx(plain.simulated, rel=SAME_RATIO, abs=SAME_RATIO)
    np.testing.assert_array_equal(plain.p_value, fast.p_value)
    return plain, fast


@pytest.mark.parametrize("alternative", ["greater", "less", "two-sided"])
@pytest.mark.parametrize(("n", "events"), [(135, 40), (135, 900), (135, 9000), (30, 20_000)])
def test_scans_find_the_same(n, events, alternative):
    """By count and by length, evenly cut lines with a short last segment and gaps."""
    random = np.random.default_rng(n + events)
    size = np.append(np.full(n - 1, 10.0), 3.96)
    counts = random.multinomial(events, size / size.sum())
    linked = np.ones(n - 1, dtype=bool)
    linked[[n // 3, n // 2]] = False
    plain, fast = both_scans(
        path_scan, counts, size, n_sim=199, seed=3, alternative=alternative, linked=linked
    )
    np.testing.assert_array_equal(plain.first, fast.first)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_scan_finds_the_same(data):
    """Any sizes, gaps, caps, numbers of events, alternatives and models."""
    n, total = data.draw(st.integers(2, 40)), data.draw(st.integers(1, 700))
    model = data.draw(st.sampled_from(["poisson", "bernoulli"]))
    random = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    size = random.gamma(0.7, 1, n) + 1e-3
    counts = random.multinomial(total, size / size.sum())
    if model == "bernoulli":
        size = counts + random.integers(0, 5, n) + 1.0
    linked = random.random(n - 1) > 0.1 if data.draw(st.booleans()) else None
    both_scans(
        path_scan, counts, size, model=model, linked=linked, n_sim=19,
        max_fraction=data.draw(st.sampled_from([0.1, 0.5, 0.9])),
        alternative=data.draw(st.sampled_from(["greater", "less", "two-sided"])),
    )  # fmt: skip


@pytest.mark.parametrize("events", [60, 400, 2000])
def test_scans_of_places_find_the_same(events):
    places = np.random.default_rng(events).random(events) * 1344
    both_scans(interval_scan, places, 1344.0, n_sim=99, min_length_km=5)


@pytest.mark.parametrize("model", ["poisson", "permutation"])
@pytest.mark.parametrize(("prospective", "share"), [(True, 0.5), (False, 0.5), (False, 0.1)])
def test_scans_of_space_and_time_find_the_same(model, prospective, share):
    cases = np.random.default_rng(5).poisson(1.5, (20, 12))
    linked = np.arange(19) != 7
    both_scans(
        cylinder_scan, cases, np.ones((20, 12)), model=model, prospective=prospective, n_sim=59,
        linked=linked, max_fraction=share,
    )  # fmt: skip


def test_events_fall_in_the_same_cells():
    """With cells of weight 0 at both ends and between; lists of events and tables of counts agree."""
    weight = np.array([0.0, 2.0, 0.0, 0.0, 1.0, 3.0, 0.0])
    places, counts = (
        [draw(np.random.default_rng(6), 300, 40, weight, engine=e) for e in ("numpy", "numba")]
        for draw in (draw_places, draw_counts)
    )
    np.testing.assert_array_equal(*places)
    np.testing.assert_array_equal(*counts)
    assert set(np.unique(places[1])) == {1, 4, 5}
    listed = [np.bincount(row, minlength=7) for row in places[1]]
    np.testing.assert_array_equal(listed, counts[1])


@pytest.mark.parametrize("parts", [1, 2, 8, 64])
def test_numbers_at_the_ends_of_cells_belong_to_the_next(parts):
    from frontier_geo._fast.scan import count_in_cells, find_cells

    upto = np.array([0.125, 0.125, 0.5, 1.0, 1.0])
    uniform = np.array([[0.9999, 0.0, 0.1249999, 0.125, 0.3, 0.49999, 0.5]])
    guide = np.searchsorted(upto, np.arange(parts) / parts, side="right")
    found, counts = np.empty(uniform.shape, dtype=np.int64), np.zeros((1, 5), dtype=np.int64)
    find_cells(uniform, upto, guide, found)
    count_in_cells(uniform, upto, guide, counts)
    assert found[0].tolist() == [3, 0, 0, 2, 2, 2, 3]
    assert counts[0].tolist() == [2, 0, 3, 2, 0]
    assert _Ends(upto, guide).cells(uniform)[0].tolist() == found[0].tolist()


@pytest.mark.parametrize("alternative", ["greater", "less"])
@pytest.mark.parametrize(("n", "total"), [(135, 1000), (135, 5000), (1344, 3000), (40, 2_000_000)])
def test_walks_by_length_give_the_same_either_way(n, total, alternative):
    """Few segments and many, events drawn one by one and at once, with and without a table."""
    ratio, size = Ratio(float(total), float(total)), np.full(n, total / n)
    size[-1] *= 0.4  # what is left over at the end of a line
    size *= total / size.sum()
    runs = find_runs(size, cap=total / 3)
    plain, fast = (
        simulate_path(
            np.random.default_rng(7), size, runs, ratio, cap=total / 3, linked=None, n_sim=30,
            alternative=alternative, engine=engine,
        )
        for engine in ("numpy", "numba")
    )  # fmt: skip
    # Ratios are differences of terms as large as n ln n, whose last digits differ.
    assert fast == pytest.approx(plain, rel=SAME_RATIO, abs=1e-15 * total * np.log(total))


# ---- pairs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", ["whole", "wide", "parts"])
@pytest.mark.parametrize("plane", [True, False])
@pytest.mark.parametrize(("delta", "tau"), [(0.0, 0.0), (1.0, 7.0), (40.0, 300.0), (1e4, 1e6)])
def test_pairs_are_counted_alike(days, plane, delta, tau):
    """Two-byte numbers that wrap around, ones too wide for that, and fractions of days."""
    random = np.random.default_rng(8)
    place = random.integers(0, 200, (150, 2)) / 2 if plane else random.integers(0, 400, 150) / 2
    day = random.integers(0, 900, 150).astype(float)
    day = {"whole": day, "wide": day * 100, "parts": day + random.random(150)}[days]
    plain, fast = (
        knox(place, day, delta=delta, tau=tau, n_sim=300, engine=engine)
        for engine in ("numpy", "numba")
    )
    np.testing.assert_array_equal(plain.simulated, fast.simulated)
    np.testing.assert_array_equal(plain.table, fast.table)
    assert plain.p_value == fast.p_value
    gap = place[:, None] - place[None, :]
    near = (np.hypot(gap[..., 0], gap[..., 1]) if plane else np.abs(gap)) <= delta * (1 + 1e-9)
    soon = np.abs(day[:, None] - day[None, :]) <= tau * (1 + 1e-9)
    assert fast.observed == np.triu(near & soon, 1).sum()


def test_more_pairs_than_two_bytes_can_count():
    """All 79,800 pairs of 400 events at one place on one day."""
    found = knox(np.zeros(400), np.zeros(400), delta=1, tau=1, n_sim=9, engine="numba")
    assert found.observed == 79_800
    assert (found.simulated == 79_800).all()


def test_pairs_by_bands_are_counted_alike():
    random = np.random.default_rng(9)
    place, day = random.integers(0, 300, 200) / 3, random.integers(0, 400, 200).astype(float)
    bands = {"distance_bands": [0.5, 1, 2, 10], "time_bands": [1, 7, 30], "n_sim": 60}
    plain, fast = (near_repeat_bands(place, day, **bands, engine=e) for e in ("numpy", "numba"))
    np.testing.assert_array_equal(plain.observed, fast.observed)
    np.testing.assert_array_equal(plain.simulated, fast.simulated)
    np.testing.assert_array_equal(plain.p_value, fast.p_value)


@pytest.mark.parametrize("part", [0.0, 0.5])
def test_a_gap_of_exactly_the_limit_is_near(part):
    """Whole numbers, in two bytes, and halves: 0, 2 and 4.5 apart, up to 2 and then up to 4.5."""
    from frontier_geo.spacetime.pairs import Pairs, near_in_both

    values = np.array([0.0, 2.0, 4.5 if part else 4.0])
    for limit, wanted in ((2.0, 1 if part else 2), (4.0 + part, 3), (1.9, 0)):
        counts = [
            near_in_both(
                Pairs(np.zeros(3), 1.0, 3),
                values,
                limit,
                2,
                np.random.default_rng(0),
                engine=engine,
            ).tolist()
            for engine in ("numpy", "numba")
        ]
        assert counts == [[wanted] * 3] * 2


def test_a_gap_at_the_end_of_a_band_is_in_it():
    from frontier_geo._fast.pairs import count_bands
    from frontier_geo.spacetime.repeats import _count

    time, edges = np.array([0.0, 1.0, 3.0, 10.0]), np.array([0.0, 1.0, 3.0])
    first, second = np.triu_indices(4, 1)
    row = np.array([0, 1, 0, 1, 0, 1])
    tables = [np.zeros((2, 3), dtype=np.int64) for _ in range(2)]
    for count, table in zip((_count, count_bands), tables, strict=True):
        count(time, first, second, row, edges, table)
    # 0-1: 1 apart; 0-3: 3; 1-3: 2; 10 is 7 or more from all.
    assert tables[0].tolist() == tables[1].tolist() == [[0, 1, 0], [0, 0, 2]]


# ---- tables, words, loading ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def located():
    return locate_events(load_events())


@pytest.mark.parametrize(
    "test",
    [
        lambda located, e: knox_test(
            located, delta_km=25, tau_days=30, n_sim=39, n_imputations=2, engine=e
        ),
        lambda located, e: near_repeat(
            located,
            distance_bands_km=[10],
            time_bands_days=[30],
            n_sim=39,
            n_imputations=2,
            engine=e,
        ),
        lambda located, e: scan_events(located, n_sim=39, engine=e),
    ],
    ids=["knox_test", "near_repeat", "scan_events"],
)
def test_tables_do_not_tell_which_engine_made_them(located, test):
    plain, fast = test(located, "numpy"), test(located, "numba")
    pd.testing.assert_frame_equal(plain, fast, rtol=1e-9)
    assert "engine" not in fast.attrs["parameters"]
    assert str(plain.attrs["parameters"]) == str(fast.attrs["parameters"])


@pytest.mark.parametrize("secondary", ["non-overlapping", "iterative"])
def test_tables_of_stretches_are_the_same(secondary):
    rates = make_segments(n=60)
    random = np.random.default_rng(10)
    rates["events"] = random.poisson(1.0, 60) + 6 * (np.arange(60) // 4 == 5)
    rates["exposure_km_yr"] = rates["length_km"]
    drawn = random.poisson(1.0, (3, 60)) + 6 * (np.arange(60) // 4 == 5)
    plain, fast = (
        scan_segments(rates, n_sim=99, secondary=secondary, imputed=drawn, engine=engine)
        for engine in ("numpy", "numba")
    )
    pd.testing.assert_frame_equal(plain, fast, rtol=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda e: line_intensity([1.0], length=10, at=[1], bandwidth=1, engine=e),
        lambda e: path_scan([1, 2, 3], [1, 1, 1], n_sim=9, engine=e),
        lambda e: interval_scan([1.0, 2.0], 10, n_sim=9, engine=e),
        lambda e: cylinder_scan([[1, 2], [3, 4]], n_sim=9, model="permutation", engine=e),
        lambda e: knox([0, 1], [0, 1], delta=1, tau=1, n_sim=9, engine=e),
        lambda e: near_repeat_bands(
            [0, 1], [0, 1], distance_bands=[1], time_bands=[1], n_sim=9, engine=e
        ),
    ],
)
def test_other_words_are_refused(call):
    with pytest.raises(ParameterError, match="engine must be one of"):
        call("cuda")


def test_small_work_does_not_load_numba():
    """Loading it takes longer than a small scan, test of pairs or density."""
    code = """
import sys
import numpy as np
from frontier_geo.density import line_intensity
from frontier_geo.scan import path_scan
from frontier_geo.spacetime import knox
path_scan([1, 9, 2, 1] * 10, np.ones(40), n_sim=999)
knox(np.arange(300.0), np.arange(300.0), delta=5, tau=5, n_sim=99)
line_intensity(np.random.default_rng(0).random(100_000), length=1, at=[0.5], bandwidth=0.01,
               method="binned")
print("numba" in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
