"""Coordinates are read as written, in four languages; what can be read in two ways is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.coordinates import (
    pair_order,
    read_coordinates,
    read_mgrs,
    read_pairs,
    read_projected,
)
from frontier_geo.readers.problems import Problems

# 37°29'24" = 37 + 29/60 + 24/3600 = 37.49 and 69°24'36" = 69.41, worked by hand.
LAT, LON = 37.49, 69.41
#: Far below the width of a hand; what the arithmetic of minutes and seconds may lose.
EXACT = 1e-9


def column(values, name):
    return pd.Series(values, index=range(1, len(values) + 1), dtype=TEXT, name=name)


def read(lat, lon):
    problems = Problems()
    return read_coordinates(column(lat, "Lat"), column(lon, "Lon"), problems), problems


def pairs(*values, **how):
    problems = Problems()
    return read_pairs(column(values, "Where"), problems, **how), problems


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        ("37.49", "69.41"),
        ("+37.490", "69.41"),
        ("37,49", "69,41"),
        ("37.49°", "69.41°"),
        ("37.49 N", "E 69.41"),
        ("37°29'24\"N", "69°24'36\"E"),
        ("37° 29′ 24″ N", "69° 24′ 36″ E"),
        ("37º29’24’’", "69º24’36’’"),
        ("37 29 24 N", "69 24 36 E"),
        ("37-29-24N", "69-24-36E"),
        ("37:29:24", "69:24:36"),
        ("37°29.4'N", "69°24.6'E"),
        ("N37°29,4'", "E69°24,6'"),
        ("37 deg 29 min 24 sec", "69 deg 24 min 36 sec"),
        ("37°29'24\" с. ш.", "69°24'36\" в. д."),
        ("37°29'24\" с.ш.", "69°24'36\"в.д."),
        ("37°29'24\" С", "69°24'36\" В"),
        ("37.49 северной широты", "69.41 восточной долготы"),
        ("37 град 29 мин 24 сек", "69 град 24 мин 36 сек"),
        ("37.49 шимол", "69.41 шарқӣ"),
        ("37 дараҷа 29 дақиқа 24 сония", "69 дараҷа 24 дақиқа 36 сония"),
        ("۳۷٫۴۹", "۶۹٫۴۱"),
        ("٣٧٫٤٩", "٦٩٫٤١"),
        ("۳۷ درجه ۲۹ دقیقه ۲۴ ثانیه شمالی", "۶۹ درجه ۲۴ دقیقه ۳۶ ثانیه شرقی"),
        ("\u200f37.49 شمال", "\ufeff69.41 شرق"),
    ],
)
def test_one_place_in_many_writings(lat, lon):
    """However it is written, it is the same place."""
    points, problems = read([lat], [lon])
    assert not problems.refused, problems.refused_rows().to_string()
    assert points.loc[1, "lat"] == pytest.approx(LAT, abs=EXACT)
    assert points.loc[1, "lon"] == pytest.approx(LON, abs=EXACT)


def test_the_four_directions_have_their_signs():
    """South and west are below zero, in letters and in words."""
    points, problems = read(
        ["37 S", "37 ю. ш.", "37 ҷануб", "۳۷ جنوبی", "-37"],
        ["69 W", "69 з.д.", "69 ғарб", "۶۹ غربی", "-69"],
    )
    assert not problems.refused
    assert (points["lat"] == -37).all() and (points["lon"] == -69).all()


@pytest.mark.parametrize(
    ("lat", "reason"),
    [
        ("37,492,103", "two ways"),
        ("37.492.103", "two ways"),
        ("71 30 00 E", "says that it is a longitude"),
        ("71°30' в. д.", "says that it is a longitude"),
        ("37 60 00 N", "minutes of a latitude are below 60"),
        ("37 29 60 N", "seconds of a latitude are below 60"),
        ("37.5 30 00 N", "only the last part"),
        ("37 29.5 30 N", "only the last part"),
        ("-37 N", "a sign or a letter"),
        ("N 37 N", "one letter"),
        ("37 -29", "a latitude is needed"),
        ("about 37.5", "a latitude is needed"),
        ("inf", "a latitude is needed"),
        ("0x25", "a latitude is needed"),
        ("=1+1", "a latitude is needed"),
        (None, "a latitude is needed beside"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_value(lat, reason):
    """The row names the column, what stood there and why it is refused; nothing is guessed."""
    points, problems = read([lat, "38.123"], ["69.41", "69.41"])
    refused = problems.refused_rows()
    assert list(refused.index) == [1]
    assert refused.loc[1, "column"] == "Lat" and refused.loc[1, "value"] == (lat or "")
    assert reason in refused.loc[1, "reason"]
    assert np.isnan(points.loc[1, "lat"]) and points.loc[2, "lat"] == 38.123


def test_a_row_without_any_coordinate_is_no_mistake():
    """Nothing, or a word for nothing, is a place that is not known."""
    points, problems = read([None, "n/a", "-"], [None, "неизвестно", "نامعلوم"])
    assert not problems.refused and points.isna().all(axis=None)


def test_numbers_of_a_spreadsheet_are_taken_as_they_are():
    """Typed cells come through to the last bit; an infinite one is refused."""
    problems = Problems()
    lat = pd.Series([LAT, np.nan, np.inf], name="y")
    lon = pd.Series([LON, np.nan, 70.0], name="x")
    points = read_coordinates(lat, lon, problems)
    assert points.loc[0, "lat"] == LAT and points.loc[0, "lon"] == LON
    assert list(problems.refused_rows().index) == [2]
    mixed = pd.Series([LAT, "37°29'24\"", None], dtype=object, name="y")
    assert read_coordinates(mixed, mixed.rename("x"), Problems())["lat"][1] == pytest.approx(LAT)


@pytest.mark.parametrize(
    ("lat", "lon", "half_degrees"),
    [
        ("37.5", "69.5", 0.05),
        ("37", "69", 0.5),
        ("37°29'", "69°24'", 0.5 / 60),
        ("37.5", "69.51", 0.005),  # zeros at the end get lost: the finer of the two counts
        ("37°29'24\"", "69°24'36\"", 0.5 / 3600),
    ],
)
def test_few_digits_are_an_uncertainty(lat, lon, half_degrees):
    """Half a unit of the last digit, at the far corner; a degree is 111.195 km on the mean sphere."""
    points, _ = read([lat], [lon])
    north = half_degrees * 111.195
    east = north * np.cos(np.radians(points.loc[1, "lat"]))
    assert points.loc[1, "rounding_km"] == pytest.approx(np.hypot(north, east), rel=1e-6)


@pytest.mark.parametrize(
    "cell",
    [
        "37.49, 69.41", "37.49,69.41", "37.49 69.41", "37,49; 69,41", "37,49 69,41", "37,49, 69,41",
        "(37.49, 69.41)", "37.49/69.41", "37°29'24\"N 69°24'36\"E", "37°29'24\"N, 69°24'36\"E",
        "N37 29 24 E69 24 36", "69.41 E, 37.49 N", "69.41°В 37.49°С", "POINT (69.41 37.49)",
        "SRID=4326;POINT Z(69.41 37.49 400)", "37 29 24, 69 24 36", "۳۷٫۴۹، ۶۹٫۴۱",
        "37.49\n69.41",
    ],
)  # fmt: skip
def test_two_coordinates_in_one_cell(cell):
    """Letters and WKT say which is which; else the latitude comes first."""
    points, problems = pairs(cell)
    assert not problems.refused, problems.refused_rows().to_string()
    assert points.loc[1, "lat"] == pytest.approx(LAT, abs=EXACT)
    assert points.loc[1, "lon"] == pytest.approx(LON, abs=EXACT)


@pytest.mark.parametrize(
    "cell", ["37,49", "37,49,69,41", "37", "37 29 24 69 24 36", "foo", "[1, 2]", ","]
)
def test_a_pair_that_cannot_be_parted_is_refused(cell):
    """One number with a comma is no pair, and four are no two."""
    points, problems = pairs(cell)
    assert list(problems.refused_rows().index) == [1]
    assert points.isna().all(axis=None)


def test_the_order_of_a_pair_is_that_of_its_column():
    """A value beyond 90 is no latitude; rows that say otherwise than most are refused."""
    cells = column(["69.41, 37.49", "125.5, 39.0", "120.1, 30.2", "10.5, 150.2"], "Where")
    assert pair_order(cells) == "lon_lat"
    assert pair_order(cells.iloc[:1]) is None
    problems = Problems()
    points = read_pairs(cells, problems)
    assert points.loc[1, ["lon", "lat"]].tolist() == [69.41, 37.49]
    assert list(problems.refused_rows().index) == [4]
    points, problems = pairs("69.41, 37.49", order="lon_lat")
    assert points.loc[1, ["lon", "lat"]].tolist() == [69.41, 37.49]


def test_two_latitudes_are_no_pair():
    """The letters must say one of each."""
    _, problems = pairs("37 N, 38 N")
    assert "not one of them twice" in problems.refused_rows().loc[1, "reason"]


# Examples of the manual of GeoConvert (GeographicLib): 38SMB4488 is 33.33424 44.40363.
@pytest.mark.parametrize("cell", ["38SMB4488", "38s mb 44 88", "38S-MB-4488"])
def test_a_published_square_of_the_military_grid(cell):
    """The point is the middle of the square; 0.5e-5 degrees is the last digit that is quoted."""
    problems = Problems()
    points = read_mgrs(column([cell], "MGRS"), problems)
    assert not problems.refused
    assert points.loc[1, "lat"] == pytest.approx(33.33424, abs=0.5e-5)
    assert points.loc[1, "lon"] == pytest.approx(44.40363, abs=0.5e-5)
    # Half the diagonal of a square of one kilometre.
    assert points.loc[1, "rounding_km"] == pytest.approx(np.sqrt(0.5))


@pytest.mark.parametrize(
    "cell", ["38SMB448", "38SIB4488", "99SMB4488", "38SMB44 88 99 11 22 33 44", "x"]
)
def test_what_is_no_square_is_refused(cell):
    """An odd number of digits, letters that are not used, zones that are not there."""
    problems = Problems()
    points = read_mgrs(column([cell], "MGRS"), problems)
    assert list(problems.refused_rows().index) == [1] and points.isna().all(axis=None)


def test_a_grid_reference_among_pairs():
    """It cannot be taken for anything else, so it may stand in the same column."""
    points, problems = pairs("38SMB4488", "37.49, 69.41", None)
    assert not problems.refused
    assert points["lat"].round(2).tolist()[:2] == [33.33, 37.49] and points.loc[3].isna().all()


def test_metres_of_a_projection_become_degrees():
    """The middle of the square above is 444,500 m east, 3,688,500 m north in zone 38 (GeoConvert -u)."""
    problems = Problems()
    points = read_projected(
        column(["3688500", "3688500,0", "x", None], "Y"), column(["444500", "444500", "1", None], "X"),
        problems, crs="EPSG:32638",
    )  # fmt: skip
    assert points.loc[1, "lat"] == pytest.approx(33.33424, abs=0.5e-5)
    assert points.loc[2, "lon"] == pytest.approx(44.40363, abs=0.5e-5)
    assert list(problems.refused_rows().index) == [3]


@settings(deadline=None, max_examples=60)
@given(
    st.integers(0, 89), st.integers(0, 59), st.integers(0, 59), st.sampled_from("NS"),
    st.sampled_from(["{}°{}'{}\"{}", "{} {} {} {}", "{}-{}-{}{}", "{}:{}:{} {}", "{3}{0}°{1}′{2}″"]),
)  # fmt: skip
def test_degrees_minutes_and_seconds_come_back(degrees, minutes, seconds, letter, form):
    """Whatever is written in a form is what is read from it."""
    points, problems = read([form.format(degrees, minutes, seconds, letter)], ["69.41"])
    value = degrees + minutes / 60 + seconds / 3600
    assert not problems.refused
    assert points.loc[1, "lat"] == pytest.approx(value if letter == "N" else -value, abs=EXACT)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.one_of(st.none(), st.text(max_size=40)), min_size=1, max_size=20))
def test_any_text_is_read_or_refused(cells):
    """Nothing crashes, and a cell is a number, nothing, or a refused row."""
    problems = Problems()
    words = column(cells, "c")
    points = read_pairs(words, problems)
    refused = set(problems.refused_rows().index)
    for row, cell in words.items():
        # What says nothing is neither read nor refused.
        assert (row in refused) + bool(points.loc[row, ["lon", "lat"]].notna().all()) <= 1, cell
