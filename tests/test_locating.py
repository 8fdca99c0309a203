"""Events on the line: what becomes of each kind of row, candidates, sides, probabilities."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from shapely import LineString, Point

from frontier_geo import (
    load_boundary,
    load_events,
    locate_events,
    locate_points,
    make_segments,
    segment_weights,
)
from frontier_geo.errors import (
    ColumnError,
    CoordinateError,
    ParameterError,
    RejectedRowsWarning,
)
from frontier_geo.locating import RADIUS_95


def events_at(places, **columns):
    return gpd.GeoDataFrame(columns, geometry=places, crs="EPSG:4326")


def first_of(located):
    return located[located["candidate"] == 0].set_index("event_id")


def test_each_row_becomes_what_it_supports(few_events, equator):
    located = first_of(locate_events(few_events, equator))
    assert located["placement"].to_dict() == {
        "point": "point",
        "stretch": "frontage",
        "nowhere": "unplaced",
        "far": "off_border",
    }
    assert located.loc["nowhere", "reason"] == "known only as the border"
    assert located.loc["far", "reason"].startswith("221.1 km from the border, more than 25 km")
    stretch = located.loc["stretch"]
    assert (stretch["frontage_from_km"], stretch["frontage_to_km"]) == (20, 60)
    assert np.isnan(stretch["chainage_km"])


def test_a_point_has_chainage_offset_side_and_segment(few_events, equator):
    """0.3 degree east and 0.01 degree north of the start of an equatorial line."""
    row = first_of(locate_events(few_events, equator)).loc["point"]
    assert row["chainage_km"] == pytest.approx(33.3958, abs=1e-4)  # 0.3 * 111.31949
    assert row["offset_km"] == row["distance_km"] == pytest.approx(1.10574, abs=1e-5)
    assert (row["side"], row["side_certain"]) == ("N", True)
    assert row["segment_id"] == "EQ:030-040"
    assert row["probability"] == 1


def test_the_side_is_uncertain_within_line_and_point_uncertainty(equator):
    """The line is known to 100 m: 90 m away is ambiguous, 120 m is not unless the point is too."""
    metre = 1 / 110_574.4
    lat = np.array([90, 120, -120, 120]) * metre
    found = locate_points([70.5] * 4, lat, boundary=equator, uncertainty_km=[0, 0, 0, 0.05])
    assert found["side"].tolist() == ["N", "N", "S", "N"]
    assert found["side_certain"].tolist() == [False, True, True, False]


def test_on_the_line_and_past_its_ends_there_is_no_side(equator):
    found = locate_points([70.5, 69.0, 72.0], [0.0, 0.1, -0.1], boundary=equator)
    assert found["side"].tolist() == [None, None, None]
    assert found["beyond_end"].tolist() == [False, True, True]
    assert not found["side_certain"].any()


def test_a_tie_gives_one_first_row_and_the_lower_chainage(hairpin):
    """geopandas' sjoin_nearest gives two rows for a tie."""
    event = events_at([Point(70.2, 0.0)], location_uncertainty_km=[0.5])
    located = locate_events(event, hairpin)
    assert (located["candidate"] == 0).sum() == 1
    assert located["chainage_km"].iloc[0] < hairpin.chainage_km[1]
    assert len(located) == 2
    assert located["probability"].to_numpy() == pytest.approx([0.5, 0.5], abs=1e-3)


def test_candidates_default_to_the_uncertainty_of_the_place(hairpin):
    near_first_arm = Point(70.2, -0.002)
    sure = events_at([near_first_arm], location_uncertainty_km=[0.2])
    unsure = events_at([near_first_arm], location_uncertainty_km=[2.0])
    assert len(locate_events(sure, hairpin)) == 1
    located = locate_events(unsure, hairpin)
    assert len(located) == 2
    assert located["probability"].sum() == pytest.approx(1)
    assert located["probability"].iloc[0] > located["probability"].iloc[1]
    assert len(locate_events(unsure, hairpin, tolerance_km=0)) == 1


def test_inputs_come_back_unchanged(few_events, equator):
    before = few_events.copy()
    locate_events(few_events, equator)
    pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(few_events))


def test_no_row_vanishes_and_each_bad_one_says_why(equator):
    places = [
        Point(70.5, 0),
        Point(np.nan, 0),
        Point(70, 95),
        Point(0.01, 70.5),
        LineString([(70, 40), (71, 40)]),
    ]
    events = events_at(places, event_id=list("abcde"))
    with pytest.warns(
        RejectedRowsWarning, match="4 of 5 events were rejected, first 'b': its coordinates"
    ):
        located = first_of(locate_events(events, equator))
    assert located.index.tolist() == list("abcde")
    reason = located["reason"]
    assert "not finite: longitude nan" in reason["b"]
    assert "out of range: longitude 70, latitude 95" in reason["c"]
    assert "longitude 0.01 and latitude 70.5 look swapped" in reason["d"]
    assert "its line lies up to" in reason["e"]
    weights = segment_weights(locate_events(events.iloc[:1], equator), boundary=equator)
    assert len(weights) == 1


def test_when_no_row_is_usable_there_is_one_clear_error(equator):
    swapped = events_at([Point(0.01, 70.5), Point(0.02, 70.2)])
    with pytest.raises(CoordinateError, match="No row of the events can be placed.*look swapped"):
        locate_events(swapped, equator)


def test_a_drawn_stretch_is_put_on_the_line_it_is_located_on(equator, border):
    """Kilometres of another line do not fit; the drawn line does."""
    drawn = LineString([(70.2, 0), (70.4, 0)])
    events = events_at([drawn], frontage_from_km=[500.0], frontage_to_km=[540.0])
    row = locate_events(events, equator).iloc[0]
    assert row["placement"] == "frontage"
    assert row["frontage_from_km"] == pytest.approx(22.264, abs=1e-3)
    assert row["frontage_to_km"] == pytest.approx(44.528, abs=1e-3)


def test_a_stretch_off_the_line_is_rejected(equator):
    events = events_at(
        [None, Point(70.1, 0)], frontage_from_km=[90, None], frontage_to_km=[150, None]
    )
    with pytest.warns(RejectedRowsWarning, match="from km 90 to km 150 does not lie on the border"):
        located = first_of(locate_events(events, equator))
    assert located["placement"].tolist() == ["rejected", "point"]


def test_bad_parameters_are_refused(few_events, equator):
    with pytest.raises(ParameterError, match="max_distance_km must be above 0 km, but is -1"):
        locate_events(few_events, equator, max_distance_km=-1)
    with pytest.raises(ParameterError, match="tolerance_km must be 0 or more, but is -1"):
        locate_events(few_events, equator, tolerance_km=-1)
    with pytest.raises(ParameterError, match="tolerance_km must be 0 or more"):
        locate_points([70], [0], boundary=equator, tolerance_km=-0.1)


def test_weights_of_a_straight_line_are_differences_of_phi(equator):
    """Normal error of sd 3 km along a straight line: the closed form."""
    line_uncertainty = 0.1
    own = np.sqrt((3 * RADIUS_95) ** 2 - line_uncertainty**2)  # together sd 3 km
    events = events_at([Point(70.4, 0.02)], event_id=["e"], location_uncertainty_km=[own])
    segments = make_segments(equator, length_km=10, remainder="cut")
    located = locate_events(events, equator, segments=segments)
    weights = segment_weights(located, segments, boundary=equator).set_index("segment_id")[
        "probability"
    ]
    centre = 0.4 * 111.319491
    edges = np.append(segments["from_km"], segments["to_km"].iloc[-1])
    expected = pd.Series(np.diff(norm.cdf((edges - centre) / 3)), index=segments["segment_id"])
    # 1e-5: the earth's curvature, and the cut at 6 sigma.
    assert (weights.reindex(expected.index, fill_value=0) - expected).abs().max() < 1e-5


def test_without_uncertainty_weights_are_plain_locating(border, segments):
    rng = np.random.default_rng(5)
    lon, lat = border.lonlat_at(rng.uniform(5, 1335, 200))
    events = events_at(gpd.points_from_xy(lon, lat + 0.01), location_uncertainty_km=[0.0] * 200)
    bare = border.__class__.from_line(border.geometry, crs=4326, boundary_id="TJ-AF")
    cut = make_segments(bare, length_km=10)
    located = locate_events(events, bare, segments=cut)
    weights = segment_weights(located, cut, boundary=bare)
    main = (
        weights.sort_values("probability")
        .drop_duplicates("event_id", keep="last")
        .set_index("event_id")
    )
    assert main["probability"].min() > 0.999
    assert (
        main.loc[located["event_id"], "segment_id"].to_numpy() == located["segment_id"].to_numpy()
    ).all()


def test_a_stretch_is_spread_evenly(few_events, equator):
    """20 to 60 km of segments of 25 km: 5, 25 and 10 of 40 km."""
    segments = make_segments(equator, length_km=25, remainder="cut")
    weights = segment_weights(
        locate_events(few_events, equator, segments=segments), segments, boundary=equator
    )
    mine = weights[weights["event_id"] == "stretch"].set_index("segment_id")["probability"]
    assert mine.to_dict() == pytest.approx(
        {"EQ:000-025": 0.125, "EQ:025-050": 0.625, "EQ:050-075": 0.25}
    )
    rest = weights[weights["event_id"].isin(["nowhere", "far"])].set_index("event_id")
    assert rest["segment_id"].to_dict() == {"nowhere": "unplaced", "far": "off_border"}


def test_what_lies_beside_own_segments_is_off_them(few_events, equator):
    some = make_segments(equator, length_km=25, remainder="cut").iloc[:2]
    weights = segment_weights(
        locate_events(few_events, equator, segments=some), some, boundary=equator
    )
    mine = weights[weights["event_id"] == "stretch"].set_index("segment_id")["probability"]
    assert mine["other_segments"] == pytest.approx(0.25)


@settings(max_examples=30, deadline=None)
@given(
    places=st.lists(
        st.tuples(st.floats(67.5, 75), st.floats(36.5, 38.7), st.floats(0, 60)),
        min_size=1,
        max_size=8,
    ),
    length=st.floats(3, 200),
)
def test_probabilities_of_every_event_sum_to_one(border, places, length):
    lon, lat, radius = np.transpose(places)
    events = events_at(gpd.points_from_xy(lon, lat), location_uncertainty_km=radius)
    segments = make_segments(border, length_km=length)
    located = locate_events(events, border, segments=segments)
    assert located.groupby("event_id")["probability"].sum().to_numpy() == pytest.approx(1)
    weights = segment_weights(located, segments, boundary=border)
    assert (weights["probability"] > 0).all()
    assert weights.groupby("event_id")["probability"].sum().to_numpy() == pytest.approx(1)
    assert set(weights["event_id"]) == set(located["event_id"])


def test_tables_of_two_lines_do_not_mix(few_events, equator, segments):
    located = locate_events(few_events, equator)
    with pytest.raises(ParameterError, match="located rests on the line 'EQ'.*boundary is 'TJ-AF'"):
        segment_weights(located)
    with pytest.raises(
        ParameterError,
        match="located rests on the line 'EQ'",
    ):
        segment_weights(located, segments, boundary=equator.reversed())


def test_a_table_of_something_else_is_refused():
    with pytest.raises(ColumnError, match="located needs the columns 'event_id', 'candidate'"):
        segment_weights(pd.DataFrame({"km": [1]}))


def test_the_shipped_incidents_all_find_their_row(incidents, border):
    located = locate_events(incidents, border)
    first = first_of(located)
    assert first.index.tolist() == incidents["event_id"].tolist()
    assert not (first["placement"] == "rejected").any()
    points = incidents.set_index("event_id").geometry.geom_type == "Point"
    assert first.loc[points, "placement"].isin(["point", "off_border"]).all()
    assert not (first.loc[~points, "placement"] == "point").any()


def test_a_point_has_one_side_whichever_stretch_is_looked_at(border):
    """South of the line by its nearest place, though another bend passes on its other side."""
    rng = np.random.default_rng(8)
    lon, lat = border.lonlat_at(rng.uniform(0, border.length_km, 300))
    found = locate_points(lon + 0.02, lat, boundary=border, tolerance_km=5, uncertainty_km=1)
    assert found["candidate"].max() > 0
    assert (found.groupby("point")[["side", "side_certain"]].nunique(dropna=False) == 1).all().all()


def test_a_scope_may_be_one_word(incidents, border, segments):
    from frontier_geo import segment_rates

    located = locate_events(incidents, border, segments=segments)
    one = segment_rates(located, segments, scope="border")
    assert one.attrs["accounting"] == segment_rates(located, segments).attrs["accounting"]


@pytest.mark.parametrize("precision", ["district", "province", "country", "unknown"])
def test_a_label_point_is_not_a_place(equator, precision):
    """The centroid of a district counts nowhere; with the district's stretch, along that."""
    bare = events_at([Point(70.2, 0.01)], location_precision=[precision])
    row = locate_events(bare, equator).iloc[0]
    assert row["placement"] == "unplaced"
    known_to = "no place" if precision == "unknown" else f"the {precision}"
    assert row["reason"].startswith(f"a point, but known only to {known_to}: give its stretch")
    both = bare.assign(frontage_from_km=[10.0], frontage_to_km=[30.0])
    row = locate_events(both, equator).iloc[0]
    assert row["placement"] == "frontage"
    assert (row["frontage_from_km"], row["frontage_to_km"]) == (10, 30)


def test_a_stretch_drawn_in_parts_reaches_from_the_first_to_the_last(equator):
    parts = shapely.multilinestrings([[(70.6, 0), (70.7, 0)], [(70.2, 0), (70.3, 0)]])
    row = locate_events(events_at([parts]), equator).iloc[0]
    assert row["frontage_from_km"] == pytest.approx(22.264, abs=1e-3)
    assert row["frontage_to_km"] == pytest.approx(77.924, abs=1e-3)


def test_a_stretch_that_strays_is_rejected(equator):
    """Both ends on the border, the middle hundreds of kilometres away."""
    strays = LineString([(70.1, 0), (70.2, 3), (70.3, 0)])
    events = events_at([strays, Point(70.1, 0)])
    with pytest.warns(RejectedRowsWarning, match="its line lies up to 331"):
        locate_events(events, equator)


def test_lost_attrs_ask_for_the_line(few_events, equator):
    located = locate_events(few_events, equator)
    segments = make_segments(equator, length_km=25)
    located.attrs, segments.attrs = {}, {}
    with pytest.raises(ParameterError, match="not known which line.*boundary="):
        segment_weights(located, segments)
    assert len(segment_weights(located, segments, boundary=equator))


def test_another_uncertainty_is_another_line(equator):
    assert equator.calibrated([(0, 0), (100, 120)]) != equator


def test_repeated_names_are_refused(few_events, equator):
    segments = make_segments(equator, length_km=25)
    located = locate_events(few_events, equator, segments=segments)
    twice = pd.concat([located, located])
    twice.attrs = located.attrs
    with pytest.raises(ParameterError, match="event_id of located must occur once, but 'point'"):
        segment_weights(twice, segments, boundary=equator)
    with pytest.raises(ParameterError, match="segment_id of segments must occur once, but 'a'"):
        segment_weights(located, segments.assign(segment_id="a"), boundary=equator)


def test_candidates_of_many_events_are_those_of_each_alone(border):
    """Shares of candidates are worked out for all events at once: no event takes another's."""
    rng = np.random.default_rng(12)
    lon, lat = border.lonlat_at(rng.uniform(20, 1320, 60))
    events = events_at(
        gpd.points_from_xy(lon, lat + 0.1),
        event_id=[f"e{i}" for i in range(60)],
        location_uncertainty_km=[12.0] * 60,
    )
    together = locate_events(events, border)
    assert (together["candidate"] > 0).sum() > 5
    alone = [locate_events(events.iloc[[i]], border) for i in range(60)]
    one_by_one = np.concatenate([table["probability"].to_numpy() for table in alone])
    assert together["probability"].to_numpy() == pytest.approx(one_by_one, abs=1e-12)


def test_weights_join_without_a_seam(border, incidents, monkeypatch):
    located = locate_events(incidents, border)
    whole = segment_weights(located)
    monkeypatch.setattr("frontier_geo.line_spread.tables.MOST_ROWS", 3)
    pd.testing.assert_frame_equal(whole, segment_weights(located))


def test_drawn_stretches_that_recur_are_placed_like_each_alone(monkeypatch):
    """Whatever stands beside them, and however many are worked out at once."""
    border = load_boundary()
    events = load_events()
    drawn = events[events.geometry.type == "LineString"].head(12)
    odd = drawn.iloc[:2].copy()
    odd.geometry = [
        shapely.LineString([(69.0, 37.0), (181.0, 37.0)]),
        shapely.LineString([(10.0, 50.0), (11.0, 51.0)]),
    ]
    many = pd.concat([drawn, odd, drawn], ignore_index=True)
    many["event_id"] = [f"e{row}" for row in range(len(many))]
    many[["frontage_from_km", "frontage_to_km"]] = np.nan
    monkeypatch.setattr("frontier_geo.locating.LINES_AT_ONCE", 7)
    with pytest.warns(RejectedRowsWarning, match="2 of 26"):
        together = locate_events(many, border).set_index("event_id")
    reasons = together["reason"].dropna()
    assert (
        "out of range: longitude 181" in reasons["e12"] and "km from the border" in reasons["e13"]
    )
    for row in (0, 5, 11):
        alone = locate_events(many.iloc[[row]], border).iloc[0]
        for copy in (f"e{row}", f"e{row + 14}"):
            for column in ("placement", "frontage_from_km", "frontage_to_km"):
                assert together.loc[copy, column] == alone[column]
