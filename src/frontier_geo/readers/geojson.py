"""
GeoJSON: collections of features, single ones, and one a line.

Form: RFC 7946; of GeoJSON 2008 also the member ``crs``. It is read feature by feature with the JSON
reader of `documents`, not with GDAL, so that properties stay as they are written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from frontier_geo._files import first_line
from frontier_geo.errors import DataFileError
from frontier_geo.geodesy import LONLAT_CRS
from frontier_geo.readers import layers
from frontier_geo.readers.archives import BinarySource
from frontier_geo.readers.documents import (
    HALF_CHARACTER,
    MOST_COLUMNS,
    JsonStream,
    Repeated,
    add_columns,
    column_of,
    flat_value,
    is_text,
)
from frontier_geo.readers.layers import KEPT_OF_BROKEN, Place, broken_rows
from frontier_geo.readers.problems import shortened
from frontier_geo.readers.source import RawChunk, RawFile

__all__ = ["open_geojson"]


def open_geojson(source: BinarySource, name: str, given: CRS | None) -> RawFile:
    """Open GeoJSON; `given` is its CRS where it does not say so itself, or says it wrongly."""
    told = _GeojsonHead()
    columns: dict[str, None] = {}
    has_id = False
    for feature in _features(source, name, told):
        if not isinstance(feature, dict):
            continue
        properties = feature.get("properties")
        if isinstance(properties, dict):
            add_columns(columns, properties)
        has_id |= feature.get("id") is not None
        told.see(feature.get("geometry"))
        if len(columns) > MOST_COLUMNS:
            raise DataFileError(
                f"{name} must have at most {MOST_COLUMNS:,} properties, but its features have more."
            )
    if has_id and "id" not in columns:
        columns = {"id": None, **columns}
    place = Place.of(told.crs if told.says_crs else LONLAT_CRS, given, name)
    notes = [*place.notes, *told.notes()]
    order = tuple(columns)

    def chunks() -> Iterator[RawChunk]:
        head = _GeojsonHead()
        rows: list[Any] = []
        first = 1
        for feature in _features(source, name, head):
            rows.append(feature)
            if len(rows) == layers.ROWS_PER_CHUNK:
                yield _geojson_chunk(rows, first, order, place, head.done, source.size)
                first += len(rows)
                rows = []
        if rows:
            yield _geojson_chunk(rows, first, order, place, head.done, source.size)

    return RawFile(name, "geojson", order, chunks, tuple(notes))


@dataclass
class _GeojsonHead:
    """What a GeoJSON text says beside its features."""

    says_crs: bool = False
    crs: Any = None
    heights: int = 0
    nan: bool = False
    done: int = 0

    def see(self, geometry: Any) -> None:
        """Count what has a height."""
        if isinstance(geometry, dict) and geometry.get("type") == "Point":
            at = geometry.get("coordinates")
            self.heights += isinstance(at, list) and len(at) > 2

    def notes(self) -> list[str]:
        told = []
        if self.heights:
            told.append(f"{self.heights:,} points have a height: it was left out")
        if self.nan:
            told.append("NaN, which is no JSON, was read as empty")
        return told


def _features(source: BinarySource, name: str, head: _GeojsonHead) -> Iterator[Any]:
    """Return the features of a collection, or the one there is; fill `head`."""
    stream = JsonStream(source, name)
    others: dict[str, Any] = {}
    found = False
    try:
        for key in stream.members():
            if key == "features" and not found and stream.peek() == "[":
                found = True
                for feature in stream.items():
                    head.done = stream.done
                    yield feature
            elif len(others) < MOST_COLUMNS:
                others[key] = stream.value()
        head.done = stream.done
        if found or others.get("type") != "Feature":
            follows = stream.peek()
            if follows:
                stream.fail("something follows its end,")
        if "crs" in others:
            head.says_crs = True
            head.crs = _crs_member(others["crs"], name)
        head.nan = stream.saw_nan
        kind = others.get("type")
        if found and kind in ("FeatureCollection", None):
            return
        if kind == "Feature":
            yield others
            while stream.peek() in ("{", "\x1e"):  # one feature a line
                if stream.peek() == "\x1e":
                    stream.take("\x1e")
                yield stream.value()
            if stream.peek():
                stream.fail("a feature is needed")
            return
        raise DataFileError(
            f"{name} must be a GeoJSON FeatureCollection, but its type is {shortened(kind)!r}. Put its "
            "geometries into features."
        )
    finally:
        stream.close()


def _crs_member(crs: Any, name: str) -> Any:
    """Return the name in a `crs` member, as GeoJSON of 2008 had it; null says that none is known."""
    if crs is None:
        return None
    word = crs.get("properties") if isinstance(crs, dict) else None
    word = word.get("name") if isinstance(word, dict) else None
    if not isinstance(word, str) or len(word) > 10_000:
        raise DataFileError(
            f"{name} must name its CRS, but has {shortened(crs)!r}. Links are not followed. Remove the "
            "member 'crs' if its coordinates are longitude and latitude."
        )
    return word


def _geojson_chunk(
    features: list[Any],
    first: int,
    columns: tuple[str, ...],
    place: Place,
    done: int,
    total: int,
) -> RawChunk:
    geometry, reasons = _shapes(features, frozenset(columns))
    keep = [at for at, reason in enumerate(reasons) if reason is None]
    broken = [
        (first + at, reason[0], "", reason[1], _shown(features[at]))
        for at, reason in enumerate(reasons)
        if reason is not None
    ]
    index = pd.Index([first + at for at in keep], dtype="int64")
    rows = [features[at].get("properties") or {} for at in keep]
    cells: dict[str, pd.Series] = {}
    bad: dict[int, str] = {}
    for column in columns:
        values = [flat_value(row.get(column)) for row in rows]
        if column == "id":
            values = [
                features[at].get("id") if value is None and "id" not in row else value
                for at, row, value in zip(keep, rows, values, strict=True)
            ]
        try:
            cells[column] = column_of(values, index)
        except UnicodeEncodeError:
            for at, value in enumerate(values):
                if not is_text(value):
                    bad[keep[at]], values[at] = column, None
            cells[column] = column_of(values, index)
    table = pd.DataFrame(cells, index=index, columns=list(columns))
    places = place.lonlat(geometry[keep], index)
    if bad:
        gone = [first + at for at in bad]
        table, places = table.drop(index=gone), places.drop(index=gone)
        broken += [
            (first + at, column, "", HALF_CHARACTER, _shown(features[at]))
            for at, column in bad.items()
        ]
    return RawChunk(table, broken_rows(sorted(broken)), places, done, total)


def _shown(value: Any) -> str:
    return json.dumps(value, default=str)[:KEPT_OF_BROKEN]


def _shapes(
    features: list[Any], columns: frozenset[str]
) -> tuple[np.ndarray, list[tuple[str, str] | None]]:
    """Return geometries, and what is wrong with features that cannot be used."""
    geometry = np.full(len(features), None, dtype=object)
    reasons: list[tuple[str, str] | None] = [None] * len(features)
    points: list[int] = []
    at_x: list[float] = []
    at_y: list[float] = []
    for number, feature in enumerate(features):
        reasons[number] = _odd_feature(feature, columns)
        if reasons[number] is not None:
            continue
        shape = feature.get("geometry")
        if shape is None:
            continue
        try:
            if shape["type"] == "Point" and shape["coordinates"]:
                x, y, *_ = _numbers(shape["coordinates"])
                points.append(number)
                at_x.append(x)
                at_y.append(y)
            else:
                geometry[number] = _shape(shape)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError,
                RecursionError, shapely.errors.ShapelyError) as error:  # fmt: skip
            reasons[number] = (
                "geometry",
                f"a GeoJSON geometry is needed, but this is none: {first_line(error)}",
            )
    if points:
        geometry[points] = shapely.points(at_x, at_y)
    return geometry, reasons


def _odd_feature(feature: Any, columns: frozenset[str]) -> tuple[str, str] | None:
    if not isinstance(feature, dict):
        return "", "a feature ({…}) is needed"
    if isinstance(feature, Repeated):
        return "", f"the key {feature.key!r} occurs twice in it"
    properties = feature.get("properties")
    if isinstance(properties, Repeated):
        return "properties", f"the key {properties.key!r} occurs twice in it"
    if properties is not None and not isinstance(properties, dict):
        return "properties", "properties must be an object ({…}) or null"
    if properties is not None and not properties.keys() <= columns:
        return "properties", HALF_CHARACTER
    if feature.get("type", "Feature") != "Feature":
        return "type", f"a Feature is needed, not a {shortened(feature.get('type'))}"
    return None


def _numbers(position: Any) -> list[float]:
    """Return a position as floats; NaN stays, to be refused as a place."""
    if len(position) < 2:
        raise ValueError("a position needs longitude and latitude")
    for value in position:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"a coordinate must be a number, not {shortened(value)!r}")
    return [float(value) for value in position]


def _shape(shape: dict[str, Any]) -> Any:
    """Return the geometry of a GeoJSON object that is no plain point."""
    kind = shape["type"]
    if kind == "GeometryCollection":
        return shapely.GeometryCollection([_shape(each) for each in shape["geometries"]])
    known = {"Point": 0, "MultiPoint": 1, "LineString": 1, "Polygon": 2, "MultiLineString": 2,
             "MultiPolygon": 3}  # fmt: skip
    if kind not in known:
        raise ValueError(f"its type is {shortened(kind)!r}")
    flat = _two(shape["coordinates"], known[kind])
    if not flat:
        return shapely.from_wkt(f"{kind.upper()} EMPTY")
    return shapely.geometry.shape({"type": kind, "coordinates": flat})


def _two(coordinates: Any, depth: int) -> Any:
    """Return coordinates checked, without heights."""
    if not isinstance(coordinates, list):
        raise ValueError("coordinates must be a list")
    if depth == 0:
        return _numbers(coordinates)[:2] if coordinates else []
    return [_two(each, depth - 1) for each in coordinates]
