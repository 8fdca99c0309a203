"""Cutting a boundary: remainder policies, counts, districts, own breaks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod
from shapely import LineString

from frontier_geo import Boundary, make_segments
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.segments import chain_of, segment_of


def line_of(length_km):
    """Return a line along the equator with this length."""
    degrees = length_km * 1000 / 111_319.49079327357
    return Boundary.from_line(LineString([(0, 0), (degrees, 0)]), crs="EPSG:4326", boundary_id="L")


# linref 1.0.0, EventsData(begs=[0.], ends=[10.5]).resegment(length=2, fill=...): last two pieces.
# `right` runs past the end in linref; so does ours, and its length is what lies on the line.
LINREF = {
    "cut": (6, [(8, 10), (10, 10.5)]),
    "left": (6, [(8, 10), (8.5, 10.5)]),
    "right": (6, [(8, 10), (10, 12)]),
    "extend": (5, [(6, 8), (8, 10.5)]),
    "balance": (5, [(6, 8), (8, 10.5)]),
}


@pytest.mark.parametrize(("remainder", "expected"), LINREF.items())
def test_remainders_agree_with_linref(remainder, expected):
    segments = make_segments(line_of(10.5), length_km=2, remainder=remainder)
    n, last_two = expected
    assert len(segments) == n
    got = segments[["from_km", "to_km"]].to_numpy()[-2:]
    assert got == pytest.approx(np.array(last_two, dtype=float), abs=1e-6)


def test_what_runs_past_the_end_is_not_length():
    segments = make_segments(line_of(10.5), length_km=2, remainder="right")
    assert segments["length_km"].iloc[-1] == pytest.approx(0.5, abs=1e-6)
    assert segments.geometry.iloc[-1].coords[-1][0] == pytest.approx(line_of(10.5).lon[-1])


@pytest.mark.parametrize(("share", "n"), [(1 / 3, 135), (0.5, 134), (0.39, 135), (0.4, 134)])
def test_balance_draws_the_line_where_it_is_told(border, share, n):
    """The shipped border leaves 3.956 km of 10: 0.3956 of a segment. linref draws it at 0.5."""
    assert len(make_segments(border, length_km=10, smallest_share=share)) == n


def test_the_shipped_border_in_segments_of_10_km(segments, border):
    assert len(segments) == 135
    assert segments["length_km"].sum() == pytest.approx(1343.956, abs=5e-4)
    assert segments["segment_id"].is_unique
    assert segments["segment_id"].iloc[[0, 12, -1]].tolist() == [
        "TJ-AF:0000-0010",
        "TJ-AF:0120-0130",
        "TJ-AF:1340-1344",
    ]
    assert segments["official_to_km"].iloc[-1] == pytest.approx(1344.15)
    assert segments.crs == "EPSG:4326"
    measured = [Geod(ellps="WGS84").geometry_length(g) / 1000 for g in segments.geometry]
    assert measured == pytest.approx(segments["length_km"].to_numpy(), abs=1e-6)
    assert segments.attrs["boundary"]["sha256"] == border.sha256


def test_segments_say_what_they_lie_in(segments):
    row = segments.set_index("segment_id").loc["TJ-AF:0450-0460"]
    # The province node is at km 456.73: 6.7 km of 10 are Khatlon's.
    assert (row["tj_province"], row["af_province"]) == ("Khatlon", "Badakhshan")
    assert segments["tj_province"].value_counts().to_dict() == {"GBAO": 89, "Khatlon": 46}
    assert segments["terrain"].iloc[0] == "river"
    assert segments["terrain"].iloc[-1] == "ridge"
    # A segment across a change of quality takes the worse.
    crossing = segments[segments["from_km"] == 170].iloc[0]
    assert crossing["position_uncertainty_m"] == 2000


def test_by_count(border):
    segments = make_segments(border, n=7)
    assert len(segments) == 7
    assert segments["length_km"].to_numpy() == pytest.approx(border.length_km / 7)


def test_by_district(border):
    segments = make_segments(border, by="tj_district")
    assert len(segments) == 15
    assert segments["tj_district"].is_unique
    farkhor = segments[segments["tj_district"] == "Farkhor"].iloc[0]
    assert (farkhor["from_km"], farkhor["to_km"]) == (220.5, 294.0)
    assert farkhor["segment_id"] == "TJ-AF:0220.5-0294.0"


def test_by_the_districts_of_both_sides(border):
    """Every break of either side is a break: 15 districts and 20 give 14 + 19 inner breaks."""
    both = make_segments(border, by="district")
    breaks = set(both["from_km"])
    for side in ("tj_district", "af_district"):
        assert set(make_segments(border, by=side)["from_km"]) <= breaks
    assert len(both) == 34
    assert not both.duplicated(["tj_district", "af_district"]).any()


def test_by_own_breaks(border):
    segments = make_segments(border, breaks_km=[100, 200])
    assert segments["from_km"].tolist() == [0, 100, 200]
    assert segments["to_km"].tolist() == [100, 200, border.length_km]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"length_km": 0}, "length_km must be above 0 km, but is 0"),
        ({"length_km": -3}, "length_km must be above 0 km, but is -3"),
        ({"length_km": float("nan")}, "finite"),
        ({"length_km": "ten"}, "must be a number of km, but is 'ten'"),
        ({"length_km": 1e-9}, "at most 1,000,000 segments"),
        ({"n": 0}, "whole number from 1"),
        ({"n": 2.5}, "whole number from 1"),
        ({"n": True}, "whole number from 1"),
        ({"length_km": 5, "n": 3}, "length_km and n were both given"),
        ({"by": "moon"}, "by must be one of .*tj_district.*, but is 'moon'"),
        ({"breaks_km": [5, 3]}, r"rise, but are \[5.0, 3.0\]"),
        ({"breaks_km": [-5, 3]}, "between 0 and 1343.9561 km, but reach from -5"),
        ({"breaks_km": [5, 3000]}, "to 3000"),
        ({"breaks_km": []}, "finite and rise"),
        ({"remainder": "drop"}, "remainder must be one of balance, cut, left, right, extend"),
    ],
)
def test_ways_of_cutting_that_make_no_sense_are_refused(border, arguments, words):
    with pytest.raises(ParameterError, match=words):
        make_segments(border, **arguments)


@settings(max_examples=80, deadline=None)
@given(
    total=st.floats(0.5, 300),
    length=st.floats(0.2, 400),
    remainder=st.sampled_from(["balance", "cut", "extend"]),
)
def test_segments_cover_the_line_once(total, length, remainder):
    """No gap, no overlap, nothing left over, ids unique; and the half-open rule finds each start."""
    line = line_of(total)
    segments = make_segments(line, length_km=length, remainder=remainder)
    start, stop = segments["from_km"].to_numpy(), segments["to_km"].to_numpy()
    assert start[0] == 0
    assert stop[-1] == pytest.approx(line.length_km, abs=1e-9)
    assert (start[1:] == stop[:-1]).all()
    assert (stop > start).all()
    assert segments["segment_id"].is_unique
    assert segment_of(segments, start).tolist() == list(range(len(segments)))
    assert segment_of(segments, [line.length_km])[0] == len(segments) - 1


def test_a_place_between_two_segments_lies_on_the_upper_one(segments):
    assert segment_of(segments, [10.0, 9.999999, 1343.956, -1, 1345, np.nan]).tolist() == [
        1, 0, 134, -1, -1, -1,
    ]  # fmt: skip


def test_order_and_index_of_the_table_do_not_matter(segments):
    shuffled = segments.sample(frac=1, random_state=3)
    row = segment_of(shuffled, [505.0])[0]
    assert shuffled["segment_id"].iloc[row] == "TJ-AF:0500-0510"


def test_overlapping_segments_cannot_hold_a_place():
    overlapping = make_segments(line_of(10.5), length_km=2, remainder="left")
    with pytest.raises(ParameterError, match=r"from km 8 to 10 and from km 8.5 to 10.5 overlap"):
        segment_of(overlapping, [9.0])


def test_a_table_without_kilometres_is_refused(segments):
    with pytest.raises(
        ColumnError, match="needs the column 'from_km'.*Rename 'fromkm' to 'from_km'"
    ):
        segment_of(segments.rename(columns={"from_km": "fromkm"}), [1.0])


def test_a_chain_says_which_segments_touch(equator):
    """In any order of rows; a gap breaks the chain, an overlap is refused."""
    segments = make_segments(equator, n=5)
    chain = chain_of(segments.iloc[[3, 0, 4, 2, 1]])
    assert chain.order.tolist() == [1, 4, 3, 0, 2] and chain.linked.all()
    broken = chain_of(segments.drop(index=2))
    assert broken.linked.tolist() == [True, False, True]
    assert broken.piece.tolist() == [0, 0, 1, 1]
    assert chain_of(segments.iloc[:1]).piece.tolist() == [0]
    with pytest.raises(ParameterError, match="overlap"):
        chain_of(make_segments(equator, length_km=20, remainder="left"))


@pytest.mark.parametrize(
    "cut",
    [{"length_km": 10}, {"n": 1000}, {"n": 1}, {"by": "tj_district"}, {"breaks_km": [7, 7.001]}],
)
@pytest.mark.parametrize("n", [40, 100_000])
def test_segments_are_found_as_by_plain_search(border, cut, n):
    """Many places are looked up in bins; limits, their neighbours and what is no number included."""
    table = make_segments(border, **cut).sample(frac=1, random_state=1)
    start, stop = (np.sort(table[name].to_numpy()) for name in ("from_km", "to_km"))
    limits = np.concatenate((start, stop))
    km = np.concatenate((
        np.random.default_rng(0).uniform(-5, 1350, n),
        limits, np.nextafter(limits, -1), np.nextafter(limits, 2000), [np.nan, np.inf, -np.inf],
    ))  # fmt: skip
    row = np.searchsorted(start, km, side="right") - 1
    inside = (row >= 0) & ((km < stop[row]) | ((row == len(start) - 1) & (km <= stop[-1] + 1e-9)))
    expected = np.where(inside, np.argsort(table["from_km"].to_numpy())[row], -1)
    assert (segment_of(table, km) == expected).all()
