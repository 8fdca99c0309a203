"""Reading back what was written, with programs of others, down to plain Python values."""

from __future__ import annotations

import csv
import datetime
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from frontier_geo._files import original_cell
from frontier_geo.events import EVENT_COLUMNS

SUFFIXES = (".parquet", ".geojson", ".gpkg", ".fgb", ".csv")
KINDS = {name: kind for name, (kind, _) in EVENT_COLUMNS.items()}
Rows = list[dict[str, Any]]


def plain_rows(events: gpd.GeoDataFrame, kinds: dict[str, str]) -> Rows:
    """Return a table as plain values: what every file must give back."""
    columns = {name: events[name].tolist() for name in kinds if name in events}
    rows = []
    for i, place in enumerate(events.geometry):
        values: dict[str, Any] = dict.fromkeys(kinds)
        for name, column in columns.items():
            value = column[i]
            if isinstance(value, list):
                values[name] = value
            elif not pd.isna(value):
                values[name] = {
                    "day": lambda v: v.date(),
                    "count": int,
                    "number": float,
                    "flag": bool,
                    "instant": lambda v: v.to_pydatetime(),
                }.get(kinds[name], str)(value)
        rows.append({**values, "geometry": _coordinates(place)})
    return rows


def _coordinates(geometry: Any) -> Any:
    """Return the type and the coordinates of a geometry, every one as the float it is."""
    return None if geometry is None else shapely.geometry.mapping(geometry)


def from_text(value: Any, kind: str) -> Any:
    """Return what a text in a file stands for; other values as they are."""
    if not isinstance(value, str):
        return value.date() if kind == "day" and isinstance(value, datetime.datetime) else value
    return {
        "list": json.loads,
        "day": datetime.date.fromisoformat,
        "count": int,
        "number": float,
        "flag": {"true": True, "false": False}.get,
        "instant": datetime.datetime.fromisoformat,
    }.get(kind, str)(value)


def _read_parquet(path: Path) -> Rows:
    rows = pq.read_table(path).drop_columns("bbox").to_pylist()
    return [{**row, "geometry": shapely.from_wkb(row["geometry"])} for row in rows]


def _read_layer(path: Path) -> Rows:
    # By Arrow whole numbers with gaps stay whole. GDAL 3.12 breaks the geometries of a FlatGeobuf
    # file in that way where one is missing, so that they are read apart.
    table = pyogrio.read_arrow(path, read_geometry=False)[1]
    geometry = gpd.read_file(path, columns=[]).geometry
    return [
        {**row, "geometry": place} for row, place in zip(table.to_pylist(), geometry, strict=True)
    ]


def _read_geojson(path: Path) -> Rows:
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [
        {
            **feature["properties"],
            "geometry": feature["geometry"] and shapely.geometry.shape(feature["geometry"]),
        }
        for feature in features
    ]


def _read_csv(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    rows = []
    for line in lines:
        texts = {
            original_cell(name): original_cell(cell) if cell else None
            for name, cell in zip(header, line, strict=True)
        }
        lon, lat, wkt = (texts.pop(name) for name in ("lon", "lat", "geometry"))
        point = None if lon is None else shapely.Point(float(lon), float(lat))
        rows.append({**texts, "geometry": point if wkt is None else shapely.from_wkt(wkt)})
    return rows


READERS = {
    ".parquet": _read_parquet,
    ".geojson": _read_geojson,
    ".gpkg": _read_layer,
    ".fgb": _read_layer,
    ".csv": _read_csv,
}


def _read_back(path: Path, kinds: dict[str, str]) -> Rows:
    rows = READERS[path.suffix](path)
    for row in rows:
        for name, kind in kinds.items():
            row[name] = from_text(row[name], kind)
        row["geometry"] = _coordinates(row["geometry"])
    return rows


@pytest.fixture(scope="session")
def read_back() -> Callable[[Path, dict[str, str]], Rows]:
    """Read a file of any format: plain values by the kinds of its columns."""
    return _read_back


@pytest.fixture(scope="session")
def as_rows() -> Callable[[gpd.GeoDataFrame, dict[str, str]], Rows]:
    """What `read_back` must give for a table."""
    return plain_rows


@pytest.fixture(params=SUFFIXES)
def suffix(request: pytest.FixtureRequest) -> str:
    """Each format that can be written."""
    return request.param


@pytest.fixture(scope="session")
def event_kinds() -> dict[str, str]:
    """The kinds of the columns of the event table."""
    return dict(KINDS)
