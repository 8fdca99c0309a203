"""What was written comes back: types, gaps, times, digits, every character, the order of rows."""

from __future__ import annotations

import datetime
import tempfile
import warnings
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, Point

import frontier_geo as fg
from frontier_geo.errors import ColumnNameWarning
from frontier_geo.writers import EventWriter, write_events

OWN_COLUMNS = {
    "=own text": "text",
    "Größe": "number",
    "große Zahl": "count",
    "checked?": "flag",
    "seen": "instant",
}
HOLDS_NUL = (".parquet", ".geojson")

days = st.dates(datetime.date(1900, 1, 1), datetime.date(2100, 1, 1))
# Spreadsheets' formulas, and what a careless protection of them would confuse.
spiteful = st.sampled_from(
    ["", "'", "''", "=1+1", "'=1+1", "''=1", "-", "+7 992", "@x", "\t=1", "\r", "\n", "a\r\nb", '"', ",",
     '","', "'Abd", "NA", "nan", "007", "1e5", "null", " x ", "true", "[]", "\ufeff", "\u2028", "😀",
     "\u202eعرض", "Хоруғ", "e\u0301", "＝1"]
)  # fmt: skip
texts = st.one_of(spiteful, st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
printable = st.one_of(
    spiteful,
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12),
)
numbers = st.floats(allow_nan=False, allow_infinity=False)
degrees = st.tuples(
    st.floats(-180, 180, allow_subnormal=True), st.floats(-90, 90, allow_subnormal=True)
)
lines = st.lists(degrees, min_size=2, max_size=4, unique=True).map(LineString)
places = st.one_of(
    st.none(),
    degrees.map(Point),
    lines,
    st.lists(lines, min_size=1, max_size=2).map(MultiLineString),
)
# 1900 to 2100, to the microsecond.
instants = st.integers(-2_208_988_800_000_000, 4_102_444_800_000_000).map(
    lambda us: pd.Timestamp(us, unit="us", tz="UTC")
)


def tables(
    kinds: dict[str, str], text: st.SearchStrategy[str]
) -> st.SearchStrategy[gpd.GeoDataFrame]:
    """Event tables with anything in them, missing anywhere."""
    of_kind = {
        "text": text,
        "word": text,
        "list": st.lists(text, max_size=3),
        "day": days.map(pd.Timestamp),
        "count": st.integers(-(2**63), 2**63 - 1),
        "number": numbers,
        "flag": st.booleans(),
        "instant": instants,
    }
    dtypes = {
        "day": "datetime64[s]", "count": "Int64", "number": "float64", "flag": "boolean",
        "instant": "datetime64[us, UTC]", "list": object, "text": object, "word": object,
    }  # fmt: skip
    row = st.tuples(places, *(st.none() | of_kind[kind] for kind in kinds.values()))

    def table(rows: list[tuple]) -> gpd.GeoDataFrame:
        columns = {
            name: pd.Series([row[i + 1] for row in rows], dtype=dtypes[kind])
            for i, (name, kind) in enumerate(kinds.items())
        }
        geometry = gpd.GeoSeries([row[0] for row in rows], crs=4326)
        return gpd.GeoDataFrame(columns, geometry=geometry, crs=4326)

    return st.lists(row, max_size=4).map(table)


@given(data=st.data())
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow,
                           HealthCheck.data_too_large],
)  # fmt: skip
def test_any_table_comes_back(suffix, read_back, as_rows, event_kinds, data):
    """Values, gaps, Unicode, coordinates to the last bit and the order of rows survive."""
    # A few of the 35 columns are filled, to keep tables small; the others are missing throughout.
    some = ("event_id", "date_start", "summary", "source_urls", "killed", "narcotics_kg")
    kinds = {name: event_kinds[name] for name in some} | OWN_COLUMNS
    text = texts if suffix in HOLDS_NUL else printable
    events = data.draw(tables(kinds, text))
    with tempfile.TemporaryDirectory() as folder:
        path = write_events(events, Path(folder) / f"events{suffix}")
        whole = event_kinds | OWN_COLUMNS
        assert read_back(path, whole) == as_rows(events, whole)
        assert [each.name for each in Path(folder).iterdir()] == [path.name]


def test_the_shipped_incidents_come_back(
    suffix, tmp_path, incidents, read_back, as_rows, event_kinds
):
    """Points, stretches and events without a place; lists; days; unknown counts."""
    path = write_events(incidents, tmp_path / f"events{suffix}")
    assert read_back(path, event_kinds) == as_rows(incidents, event_kinds)


def test_chunks_make_the_same_file_as_the_whole(
    suffix, tmp_path, incidents, read_back, event_kinds
):
    """Streaming is no other way of writing."""
    whole = write_events(incidents, tmp_path / f"whole{suffix}")
    with EventWriter(tmp_path / f"chunks{suffix}") as writer:
        for first in range(0, len(incidents), 50):
            writer.write(incidents.iloc[first : first + 50])
    assert writer.rows == len(incidents)
    assert sum(told["rows"] for told in writer.sources) == len(incidents)
    assert read_back(writer.path, event_kinds) == read_back(whole, event_kinds)


def test_pandas_reads_the_types_that_were_written(tmp_path, incidents):
    """Counts with gaps stay whole numbers in GeoParquet; days are days everywhere GDAL writes."""
    parquet = gpd.read_parquet(write_events(incidents, tmp_path / "events.parquet"))
    assert str(parquet["killed"].dtype) == "Int64"
    assert parquet.columns.tolist()[:-1] == [*dict.fromkeys(fg.events.EVENT_COLUMNS)]
    for suffix in (".gpkg", ".fgb", ".geojson"):
        layer = gpd.read_file(write_events(incidents, tmp_path / f"events{suffix}"))
        assert layer["date_start"].dtype.kind == "M"
        assert layer.columns.tolist() == parquet.columns.tolist()
        assert layer.crs == "EPSG:4326"
        assert (
            layer.geometry.geom_equals(incidents.geometry).sum() == incidents.geometry.notna().sum()
        )


@pytest.mark.parametrize("kind", [object, "string", "str", pd.StringDtype("pyarrow"), "category"])
def test_text_of_any_dtype_is_text(tmp_path, suffix, kind, read_back):
    """Whatever pandas calls it."""
    words = pd.Series(["Хоруғ", None, "007"], dtype=kind)
    events = gpd.GeoDataFrame({"place": words, "own": words}, geometry=[None] * 3, crs=4326)
    path = write_events(events, tmp_path / f"events{suffix}")
    rows = read_back(path, {"place": "text", "own": "text"})
    assert [row["place"] for row in rows] == [row["own"] for row in rows] == ["Хоруғ", None, "007"]


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (np.array([1, 2], dtype="uint8"), "count", [1, 2]),
        (np.array([1.5, np.nan], dtype="float32"), "number", [1.5, None]),
        (pd.array([True, None], dtype="boolean"), "flag", [True, None]),
        ([1, "one"], "text", ["1", "one"]),
        ([{"a": [1]}, None], "text", ['{"a": [1]}', None]),
        ([[1, 2], None], "text", ["[1, 2]", None]),
        ([datetime.date(2025, 6, 30), None], "day", [datetime.date(2025, 6, 30), None]),
        (pd.to_timedelta(["1 day", None]), "text", ["P1DT0H0M0S", None]),
        ([None, None], "text", [None, None]),
        (pd.Categorical([3, None]), "count", [3, None]),
    ],
    ids=["uint8", "float32", "boolean", "mixed", "dict", "numbers", "days", "span", "nothing",
         "category"],
)  # fmt: skip
def test_columns_of_ones_own_keep_what_they_hold(
    tmp_path, suffix, read_back, values, kind, expected
):
    """What a format has no type for becomes text that says the same."""
    events = gpd.GeoDataFrame({"own": values}, geometry=[None, Point(71.5, 37.5)], crs=4326)
    path = write_events(events, tmp_path / f"events{suffix}")
    assert [row["own"] for row in read_back(path, {"own": kind})] == expected


@pytest.mark.parametrize(
    "moment",
    ["2025-06-30T23:59:59.123456", "2025-06-30T23:59:59.123456+05:00", "1931-01-01T00:00:00"],
)
def test_times_keep_their_hour_their_zone_and_their_microseconds(
    tmp_path, suffix, read_back, moment
):
    """Where a format has no such time, ISO 8601 text says it; a zone becomes UTC."""
    given = pd.Series([pd.Timestamp(moment), pd.NaT])
    events = gpd.GeoDataFrame({"seen": given}, geometry=[None, None], crs=4326)
    path = write_events(events, tmp_path / f"events{suffix}")
    found, missing = (row["seen"] for row in read_back(path, {"seen": "instant"}))
    assert found == datetime.datetime.fromisoformat(moment) and missing is None
    assert (found.tzinfo is None) == ("+" not in moment)


def test_missing_empty_text_and_empty_list_stay_apart(tmp_path, suffix, read_back):
    """Unknown is missing; an empty text and an empty list are known to be empty."""
    events = gpd.GeoDataFrame(
        {"summary": ["", None], "source_urls": [[], None]}, geometry=[None] * 2, crs=4326
    )
    path = write_events(events, tmp_path / f"events{suffix}")
    rows = read_back(path, {"summary": "text", "source_urls": "list"})
    assert [(row["summary"], row["source_urls"]) for row in rows] == [("", []), (None, None)]


def test_no_rows_make_a_file_with_all_columns(tmp_path, suffix, event_kinds):
    """A table without rows can be read again by its columns."""
    nothing = gpd.GeoDataFrame({"event_id": []}, geometry=[], crs=4326)
    for path in (
        write_events(nothing, tmp_path / f"a{suffix}"),
        _written_without_a_chunk(tmp_path / f"b{suffix}"),
    ):
        if suffix == ".geojson":
            assert gpd.read_file(path).empty
            continue
        if suffix == ".csv":
            header = path.read_text(encoding="utf-8")
            assert header == ",".join([*event_kinds, "lon", "lat", "geometry"]) + "\n"
            continue
        table = gpd.read_parquet(path) if suffix == ".parquet" else gpd.read_file(path)
        assert table.empty and table.columns.tolist() == [*event_kinds, "geometry"]


def _written_without_a_chunk(path: Path) -> Path:
    with EventWriter(path) as writer:
        pass
    return writer.path


def test_ids_are_made_where_there_are_none(tmp_path, suffix, read_back):
    """As `check_events` makes them, counted over all chunks."""
    events = gpd.GeoDataFrame({"killed": [1, 2]}, geometry=[None] * 2, crs=4326)
    with EventWriter(tmp_path / f"events{suffix}") as writer:
        writer.write(events)
        writer.write(events)
    ids = [row["event_id"] for row in read_back(writer.path, {"event_id": "text"})]
    assert ids == ["row-1", "row-2", "row-3", "row-4"]


def test_writing_changes_nothing_in_the_table(tmp_path, suffix, incidents):
    """Inputs come back unchanged."""
    before = incidents.copy(deep=True)
    write_events(incidents, tmp_path / f"events{suffix}")
    pd.testing.assert_frame_equal(pd.DataFrame(before), pd.DataFrame(incidents))


#: Headings that people use, and the name that each format gives to those it cannot hold (2026-11-30:
#: GDAL ended the process at "Geometry" in FlatGeobuf, and lost a column of "Note" and "note").
IN_LAYERS = {"Geometry": "Geometry_2", "note": "note_3", "Event_ID": "Event_ID_2"}
NEW_NAMES = {
    ".gpkg": IN_LAYERS,
    ".fgb": IN_LAYERS,
    ".csv": {"lon": "lon_2"},
    ".parquet": {"bbox": "bbox_2"},
    ".geojson": {},
}
HEADINGS = (
    "Geometry", "geom", "fid", "ogc_fid", "rowid", "Note", "note", "note_2", "Event_ID", "lon", "bbox",
    'a "quoted" name', "it's", "a;b", "two\nlines", "a.b", "`", "[x]", "имя", "x" * 300,
    *(f"column {number}" for number in range(64)),
)  # fmt: skip


def test_any_heading_is_kept_or_written_under_a_name_that_is_told(tmp_path, suffix, read_back):
    columns = {name: [f"text of {name}"] for name in HEADINGS}
    events = gpd.GeoDataFrame(columns, geometry=[Point(71.5, 37.5)], crs=4326)
    new = NEW_NAMES[suffix]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        path = write_events(events, tmp_path / f"out{suffix}")
    (row,) = read_back(path, {new.get(name, name): "text" for name in HEADINGS})
    assert {name: row[new.get(name, name)] for name in HEADINGS} == {
        name: value for name, (value,) in columns.items()
    }
    told = [str(each.message) for each in caught if each.category is ColumnNameWarning]
    assert len(told) == bool(new)
    assert all(f"{name!r} as {written!r}" in told[0] for name, written in new.items())
