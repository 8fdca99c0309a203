"""What a column of one's own holds is told by its type, and by its values where that says nothing."""

from __future__ import annotations

import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely import Point

import frontier_geo as fg
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.writers.batches import kind_of

DAY, MOMENT = datetime.date(2025, 6, 30), datetime.datetime(2025, 6, 30, 5, 4)
NIGHT = datetime.datetime(2025, 6, 30)  # as Parquet holds a day for other readers
AWARE = MOMENT.replace(tzinfo=datetime.UTC)


def arrow(values, kind) -> pd.Series:
    return pd.Series(pd.array(values, dtype=pd.ArrowDtype(kind)))


KINDS = [
    (arrow([True, None], pa.bool_()), "flag", [True, None]),
    (arrow([7, None], pa.int32()), "count", [7, None]),
    (arrow([0.5, None], pa.float32()), "number", [0.5, None]),
    (arrow([DAY, None], pa.date32()), "day", [NIGHT, None]),
    (arrow([MOMENT, None], pa.timestamp("s")), "local", [MOMENT, None]),
    (arrow([AWARE, None], pa.timestamp("us", tz="UTC")), "instant", [AWARE, None]),
    (arrow(["a", None], pa.string()), "text", ["a", None]),
    (arrow([["a", "b"], None], pa.list_(pa.string())), "list", [["a", "b"], None]),
    (arrow([["a"], []], pa.large_list(pa.large_string())), "list", [["a"], []]),
    (pd.Series([["a", None], None], dtype=object), "list", [["a", None], None]),
    (pd.Series([[1], ["a"]], dtype=object), "text", ["[1]", '["a"]']),
    (pd.Series([True, None], dtype=object), "flag", [True, None]),
    (pd.Series([np.int16(3), 4], dtype=object), "count", [3, 4]),
    (pd.Series([True, 4], dtype=object), "text", ["true", "4"]),
    (pd.Series([np.float32(0.5), None], dtype=object), "number", [0.5, None]),
    (pd.Series([DAY, None], dtype=object), "day", [NIGHT, None]),
    (pd.Series([MOMENT, None], dtype=object), "local", [MOMENT, None]),
    (pd.Series([AWARE, None], dtype=object), "instant", [AWARE, None]),
    (pd.Series([AWARE, MOMENT], dtype=object), "text", [AWARE.isoformat(), MOMENT.isoformat()]),
    (pd.Series([None, None], dtype=object), "text", [None, None]),
    (pd.Series([{"b": 1}, {"x", "y"}], dtype=object), "text", ['{"b": 1}', '["x", "y"]']),
    (pd.Series([np.array([1, 2]), (3,)], dtype=object), "text", ["[1, 2]", "[3]"]),
    (pd.Series(["x", 1], dtype=object), "text", ["x", "1"]),
    (pd.Series(["b", "a"], dtype="category"), "text", ["b", "a"]),
    (pd.Series([1, None], dtype="category"), "count", [1, None]),
    (pd.Series(pd.to_timedelta([1, 2], unit="D")), "text", None),
]


@pytest.mark.parametrize(("values", "kind", "written"), KINDS, ids=range(len(KINDS)))
def test_each_kind_is_told_and_written_as_what_it_is(values, kind, written, tmp_path):
    assert kind_of(values) == kind
    events = gpd.GeoDataFrame({"own": values}, geometry=[Point(71.5, 37.5)] * 2, crs=4326)
    fg.write_events(events, tmp_path / "out.parquet")
    found = pq.read_table(tmp_path / "out.parquet")["own"].to_pylist()
    assert written is None or found == written


NOT_WRITTEN = {
    "an hour in a column of days": (
        {"date_start": [pd.Timestamp("2025-06-30 05:00")]}, ParameterError, "date_start.*day",
    ),
    "a second geometry": (
        {"other": gpd.GeoSeries([Point(0, 0)], crs=4326)}, ColumnError, "'other' is a second column",
    ),
    "half of a character": (
        {"own": pd.Series(["\ud800"], dtype=object)}, ParameterError, "text in Unicode.*row 1 has",
    ),
    "a number too large": ({"own": [2**70]}, ParameterError, "whole numbers below 2"),
}  # fmt: skip


@pytest.mark.parametrize(("columns", "error", "words"), NOT_WRITTEN.values(), ids=NOT_WRITTEN)
def test_what_does_not_fit_is_refused_and_nothing_is_written(columns, error, words, tmp_path):
    events = gpd.GeoDataFrame(columns, geometry=[Point(71.5, 37.5)], crs=4326)
    with pytest.raises(error, match=words):
        fg.write_events(events, tmp_path / "out.parquet")
    assert not list(tmp_path.iterdir())


def test_a_repeated_column_is_refused(tmp_path):
    events = gpd.GeoDataFrame(
        np.ones((1, 2)), columns=["n", "n"], geometry=[Point(71.5, 37.5)], crs=4326
    )
    with pytest.raises(ColumnError, match="'n' occurs 2 times"):
        fg.write_events(events, tmp_path / "out.parquet")


def test_what_was_read_is_written_as_it_is(tmp_path):
    """Of a `ReadResult` the accepted events, without taking it apart (2026-11-30)."""
    rows = "date,lat,lon\n2025-01-02,37.49,71.5\nsoon,37.49,71.5\n"
    (tmp_path / "in.csv").write_text(rows, encoding="utf-8")
    read = fg.read_events(tmp_path / "in.csv")
    path = fg.write_events(read, tmp_path / "out.geojson")
    assert len(fg.read_events(path).accepted) == len(read.accepted) == 1
