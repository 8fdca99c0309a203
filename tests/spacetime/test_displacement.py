"""The weighted displacement difference."""

import json
import math

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from shapely import Point

from frontier_geo import locate_events, make_segments
from frontier_geo.errors import ParameterError, SmallSampleWarning, StatisticsError
from frontier_geo.spacetime.displacement import before_after, wdd

#: Wheeler & Ratcliffe (2018), Crime Science 7, 11; also in the tests of the R package ptools, which
#: has the order control, treated, and the same of the areas beside them.
PAPER = {
    "treated": [207, 110],
    "control": [308, 318],
    "treated_buffer": [178, 157],
    "control_buffer": [150, 140],
}


def test_the_paper():
    """VALIDATION 9: -118, SE sqrt(1568), z -2.98, CI -196 to -40."""
    found = wdd(**PAPER)
    assert found == wdd(*PAPER.values())  # the order of before_after (mended 2026-11-30)
    assert found.estimate == -118
    assert found.se == pytest.approx(math.sqrt(1568), rel=1e-14)
    assert round(found.z, 2) == -2.98
    assert (round(found.lo), round(found.hi)) == (-196, -40)
    assert found.local == -107 and found.displacement == -11
    assert found.p_value == pytest.approx(0.00288295, abs=1e-8)  # R 4.2: 2 * pnorm(-118/sqrt(1568))


def test_areas_of_different_size():
    """ptools, tests/testthat/test-wdd.R, "Area Weights" (to the 10 digits given there)."""
    # ptools: area_weight = c(0.9, 1.2, 1.6, 1.5), in its order.
    found = wdd(**PAPER, area_sizes=(1.2, 0.9, 1.5, 1.6))
    assert (found.estimate, found.se, found.z, found.lo, found.hi) == pytest.approx(
        (-99.69444444, 35.4280755, -2.813995483, -169.1321965, -30.25669241), rel=1e-9
    )


def test_times_of_different_length():
    """ptools, "Time Weights": -20, SE sqrt(115)."""
    found = wdd([80, 20], [100, 50], period_lengths=(2, 1))
    assert (found.estimate, found.se) == pytest.approx((-20, math.sqrt(115)))
    assert (found.displacement, found.displacement_se) == (0, 0)


@pytest.mark.parametrize(
    ("counts", "local", "displacement"),
    [
        (([20, 10], [20, 20]), -10, 0),
        (([20, 20], [20, 20], [20, 10], [20, 20]), 0, -10),
        (([20, 10], [20, 20], [20, 10], [20, 20]), -10, -10),
    ],
)
def test_small_cases_of_ptools(counts, local, displacement):
    found = wdd(*counts)
    assert (found.local, found.displacement) == (local, displacement)
    assert found.estimate == local + displacement


count = st.tuples(st.integers(0, 60), st.integers(0, 60))


@settings(max_examples=50, deadline=None)
@given(count, count, count, count, st.floats(0.2, 5))
def test_invariants(treated, control, beside_treated, beside_control, scale):
    areas = (treated, control, beside_treated, beside_control)
    assume(sum(map(sum, areas)))
    found = wdd(*areas)
    # Before and after swapped, or treated and control: the sign turns.
    for other in (
        wdd(*(area[::-1] for area in areas)),
        wdd(control, treated, beside_control, beside_treated),
    ):
        assert other.estimate == pytest.approx(-found.estimate, abs=1e-9)
        assert other.se == pytest.approx(found.se)
        assert other.lo == pytest.approx(-found.hi, abs=1e-9)
    # A unit of size or time scales the estimate and leaves z.
    for how in ({"area_sizes": [scale] * 4}, {"period_lengths": [scale] * 2}):
        scaled = wdd(*areas, **how)
        assert scaled.estimate == pytest.approx(found.estimate / scale, abs=1e-9)
        assert scaled.z == pytest.approx(found.z, abs=1e-9)
    less, more = (wdd(*areas, alternative=word).p_value for word in ("less", "greater"))
    assert less + more == pytest.approx(1)
    assert found.p_value == pytest.approx(2 * min(less, more))


@pytest.mark.parametrize(
    ("arguments", "how", "error", "words"),
    [
        (([0, 0], [0, 0]), {}, StatisticsError, "needs events, but all counts are 0"),
        (([1, -1], [1, 1]), {}, ParameterError, "treated must be two whole numbers of 0 or more"),
        (([1, 1], [1, 1.5]), {}, ParameterError, "control must be two whole numbers"),
        (([1, 1], [1, np.nan]), {}, ParameterError, "control must be two whole numbers"),
        (([1, 1, 1], [1, 1]), {}, ParameterError, "treated must be two whole numbers"),
        ((["x", 1], [1, 1]), {}, ParameterError, "treated must be two counts"),
        (([1, 1], [1, 1]), {"period_lengths": (0, 1)}, ParameterError, "2 finite numbers above 0"),
        (([1, 1], [1, 1]), {"area_sizes": (1, 1)}, ParameterError, "4 finite numbers above 0"),
        (([1, 1], [1, 1]), {"area_sizes": "abcd"}, ParameterError, "area_sizes must be 4 numbers"),
        (([1, 1], [1, 1]), {"confidence_level": 1}, ParameterError, "between 0 and 1"),
        (([1, 1], [1, 1]), {"alternative": "fewer"}, ParameterError, "alternative must be one of"),
    ],
)
def test_bad_input_is_refused(arguments, how, error, words):
    with pytest.raises(error, match=words):
        wdd(*arguments, **how)


SECOND = ("2021-01-01", "2021-12-31")

# ---- the table -------------------------------------------------------------------------------------


@pytest.fixture
def line(equator):
    """Segments of 20 km: EQ:000-020 (control), 020-040 (beside), 040-060 (treated), 060-080, ..."""
    return make_segments(equator, length_km=20)


@pytest.fixture
def located(equator, line):
    """Control 6 and 7, treated 9 and 5, beside treated 5 and 6; one dated to a year, one off."""
    place = {"control": 70.05, "treated": 70.45, "beside": 70.63}
    rows = [
        *[("control", "2020-05-01")] * 6, *[("control", "2021-05-01")] * 7,
        *[("treated", "2020-12-31")] * 9, *[("treated", "2021-01-01")] * 5,
        *[("beside", "2020-02-02")] * 5, *[("beside", "2021-03-03")] * 6,
    ]  # fmt: skip
    days = [day for _, day in rows] + ["2020-07-01", "2020-07-01"]
    ends = [day for _, day in rows] + ["2021-06-30", "2020-07-01"]
    points = [Point(place[name], 0) for name, _ in rows] + [Point(70.45, 0), Point(70.45, 4)]
    events = gpd.GeoDataFrame(
        {"date_start": days, "date_end": ends, "location_uncertainty_km": 0.0},
        geometry=points,
        crs="EPSG:4326",
    )
    return locate_events(events, equator, segments=line)


def compare(located, line, equator, **how):
    ids = line["segment_id"].tolist()
    groups = {"treated": [ids[2]], "control": [ids[0]], "treated_buffer": [ids[3]]}
    times = {"date": "2021-01-01", "period": ("2020-01-01", "2021-12-31")}
    return before_after(located, line, boundary=equator, **(groups | times | how))


def test_the_table_worked_by_hand(located, line, equator):
    table = compare(located, line, equator)
    row = table.iloc[0]
    counts = [
        row[f"{a}_{b}"]
        for a in ("treated", "control", "treated_buffer")
        for b in ("before", "after")
    ]
    assert counts == [9, 5, 6, 7, 5, 6]
    assert not [name for name in table if "displacement_" in name and name != "displacement_se"]
    # 366 days before and 365 after are taken as equally long.
    same = wdd([9, 5], [6, 7], [5, 6])
    assert (row["estimate"], row["se"], row["p_value"]) == pytest.approx(
        (same.estimate, same.se, same.p_value)
    )
    assert row["estimate"] == -4 and row["se"] == pytest.approx(math.sqrt(38))
    tally = table.attrs["accounting"]
    assert tally["counted_in_a_group_and_time"] == 38
    assert tally["in a group, but known to neither time"] == 1
    assert tally["off_border"] == 1
    assert table.attrs["parameters"]["before"] == ["2020-01-01", "2020-12-31"]
    assert table.attrs["parameters"]["treated"] == [line["segment_id"].iloc[2]]
    json.dumps(table.attrs)


def test_draws_put_the_event_of_a_year_in_one_time_or_the_other(located, line, equator):
    """All else is certain: the estimates lie between -4 - 1 and -4 + 1, near -4 in the mean."""
    row = compare(located, line, equator, n_imputations=200).iloc[0]
    assert row["estimate_imputed"] == pytest.approx(-4, abs=4 / math.sqrt(200))
    assert row["estimate_imputed_lo"] < row["lo"] and row["hi"] < row["estimate_imputed_hi"]
    assert row["support"] == 0 and row["p_imputed"] == pytest.approx(row["p_value"], abs=0.2)


def test_times_of_different_length_are_weighted(located, line, equator):
    """Half a year after: the counts before count half."""
    table = compare(
        located, line, equator, date=None, period=None, treated_buffer=(),
        before=("2020-01-01", "2020-12-31"), after=("2021-01-01", "2021-07-02"), n_imputations=0,
    )  # fmt: skip
    row = table.iloc[0]
    assert row["estimate"] == pytest.approx((5 - 9 / 2) - (7 - 6 / 2))
    assert row["se"] ** 2 == pytest.approx(5 + 9 / 4 + 7 + 6 / 4)
    assert row["reason"] == "no draws were asked for (n_imputations=0)"


def test_per_km(located, line, equator):
    row = compare(located, line, equator, area_sizes="length").iloc[0]
    lengths = line["length_km"].to_numpy()
    assert lengths[3] == pytest.approx(20)
    assert row["estimate"] == pytest.approx(-4 / 20)


def test_few_events_warn_and_none_have_a_reason(located, line, equator):
    with pytest.warns(SmallSampleWarning, match="below 5"):
        table = compare(located.iloc[:9], line, equator)
    assert any("below 5" in note for note in table.attrs["notes"])
    with pytest.warns(SmallSampleWarning):
        row = compare(located.iloc[:0], line, equator).iloc[0]
    assert np.isnan(row["estimate"]) and "no events are known to these" in row["reason"]
    assert "some drawn table has no events" in row["reason"]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"treated": ["EQ:1"]}, "treated must name segments by segment_id, but 'EQ:1' is none"),
        ({"treated": []}, "treated must name one segment or more, but is empty"),
        ({"treated": 3}, "treated must name segments by segment_id, one or several, but is 3"),
        ({"control_buffer": None}, "control_buffer must name segments"),
        *(
            ({"date": None, "period": None, "after": after, "before": before}, words)
            for before, after, words in [
                (
                    ("2020-01-01", "2020-06-30", "2020-12-31"),
                    SECOND,
                    "before must be a pair of days",
                ),
                (("2020-01-01",), SECOND, "before must be a pair of days"),
                ("spring", SECOND, "before must be a pair of days"),
                (20.5, SECOND, "before must be a pair of days.*but is 20.5"),
                (("2020-01-01", "2020-12-31"), True, "after must be a pair of days.*but is True"),
            ]
        ),
        ({"control": "EQ:040-060"}, "one group, but 'EQ:040-060' is in control and in treated"),
        ({"date": "2022-01-01"}, "date must lie within the period 2020-01-01 to 2021-12-31"),
        ({"date": "2020-01-01"}, "after its first day"),
        ({"date": "spring"}, "A day such as '2021-08-15' is needed"),
        ({"date": None}, "Give either date"),
        ({"before": ("2020-01-01", "2020-02-01")}, "Give either date"),
        ({"date": None, "before": ("2020-01-01", "2020-02-01")}, "before and after go together"),
        (
            {
                "date": None,
                "period": None,
                "before": ("2020-01-01", "2020-12-31"),
                "after": ("2020-12-31", "2021-12-31"),
            },
            "after must begin later",
        ),
        ({"area_sizes": "km"}, "area_sizes must be one of equal, length"),
        ({"n_imputations": 1}, "n_imputations must be a whole number from 2"),
    ],
)
def test_the_table_refuses(located, line, equator, how, words):
    with pytest.raises(ParameterError, match=words):
        compare(located, line, equator, **how)


def test_places_past_the_end_of_the_line_are_refused(located, line, equator):
    """As of a table read from a file and made with another line (mended 2026-11-30)."""
    located["chainage_km"] += 60
    with pytest.raises(ParameterError, match=r"on 'EQ', from 0 to 111\.319 km, but chainage_km of"):
        compare(located, line, equator)


def test_an_event_without_an_end_has_one_day(located, line, equator):
    """All dated to days: the same with and without date_end (mended 2026-11-30)."""
    days = located[located["date_start"] == located["date_end"]]
    whole, bare = (compare(one, line, equator) for one in (days, days.drop(columns="date_end")))
    assert bare.iloc[0].drop("reason").tolist() == whole.iloc[0].drop("reason").tolist()


def test_another_line_and_overlapping_segments_are_refused(located, line, equator, border):
    with pytest.raises(ParameterError, match="rests on the line 'EQ'"):
        compare(located, line, border)
    doubled = make_segments(equator, length_km=20, remainder="left")
    ids = doubled["segment_id"].tolist()
    with pytest.raises(ParameterError, match="overlap"):
        compare(located, doubled, equator, treated=[ids[2]], control=[ids[0]], treated_buffer=[])
