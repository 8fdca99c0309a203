"""
GeoParquet 1.0 and 1.1, and Parquet without geometries.

References
----------
https://geoparquet.org/releases/v1.1.0/
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import CRS

from frontier_geo._files import first_line
from frontier_geo.errors import DataFileError, ParameterError
from frontier_geo.readers import layers
from frontier_geo.readers.archives import BinarySource
from frontier_geo.readers.documents import MOST_COLUMNS
from frontier_geo.readers.layers import Place, arrow_chunk
from frontier_geo.readers.problems import shortened
from frontier_geo.readers.source import RawChunk, RawFile

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["open_parquet"]

ROWS_PER_BYTE = 100  # no table of events packs better; a file that says so is a bomb


def open_parquet(source: BinarySource, file: Path | None, name: str, given: CRS | None) -> RawFile:
    """Open a Parquet file; `given` is its CRS where it does not say so itself, or says it wrongly."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    def opened() -> pq.ParquetFile:
        try:
            target = file if file is not None else source.open()
            return pq.ParquetFile(target, pre_buffer=False)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise _bad_parquet(name, error) from error

    with opened() as parquet:
        rows = parquet.metadata.num_rows
        schema = parquet.schema_arrow
        _check_parquet_size(parquet.metadata, source.size, name)
    geo = _geo_metadata(schema, name)
    place = None
    geometry_name = encoding = None
    notes: list[str] = []
    if geo is not None:
        geometry_name, encoding, said = _primary(geo, schema, name, notes)
        place = Place.of(said, given, name)
        notes += place.notes
    elif given is not None:
        raise ParameterError(
            f"{name} is Parquet without geometries, but crs= was given. Leave it out."
        )
    others = _beside(geo) if geo is not None else set()
    columns = tuple(field.name for field in schema if field.name not in {geometry_name, *others})
    if len(set(columns)) < len(columns) or len(columns) > MOST_COLUMNS:
        raise DataFileError(
            f"{name} must have at most {MOST_COLUMNS:,} columns with names of their own, but has "
            f"{len(columns):,} under {len(set(columns)):,} names."
        )

    def chunks() -> Iterator[RawChunk]:
        done = 0
        wanted = [*columns, *([geometry_name] if geometry_name else [])]
        with opened() as parquet:
            try:
                for batch in parquet.iter_batches(layers.ROWS_PER_CHUNK, columns=wanted):
                    if not batch.num_rows:
                        continue
                    if encoding is not None and encoding != "WKB":
                        batch = _native_to_wkb(batch, geometry_name, encoding)
                    yield arrow_chunk(batch, columns, geometry_name, place, done, rows)
                    done += batch.num_rows
            except (pa.ArrowException, OSError, ValueError) as error:
                if isinstance(error, DataFileError):
                    raise
                raise _bad_parquet(name, error) from error

    return RawFile(name, "parquet", columns, chunks, tuple(notes))


def _bad_parquet(name: str, error: Exception) -> DataFileError:
    return DataFileError(
        f"{name} must be a whole Parquet file, but cannot be read: {first_line(error)}. Get it again, or "
        "write it anew."
    )


def _check_parquet_size(metadata: Any, size: int, name: str) -> None:
    """Refuse a file that says it has more rows or text than its bytes can honestly hold."""
    if size and metadata.num_rows > ROWS_PER_BYTE * size:
        raise DataFileError(
            f"{name} has {size:,} bytes but says that it has {metadata.num_rows:,} rows: it looks like a "
            "bomb. Write it anew if you trust it."
        )


def _geo_metadata(schema: pa.Schema, name: str) -> dict[str, Any] | None:
    raw = (schema.metadata or {}).get(b"geo")
    if raw is None:
        return None
    try:
        geo = json.loads(raw)
    except (ValueError, RecursionError):
        geo = None
    if (
        isinstance(geo, dict)
        and isinstance(geo.get("columns"), dict)
        and isinstance(geo.get("primary_column"), str)
    ):
        return geo
    raise DataFileError(
        f"{name} must have the metadata of GeoParquet under 'geo', but has {shortened(raw)!r}. Write "
        "it anew, with GeoPandas or GDAL."
    )


def _primary(
    geo: dict[str, Any], schema: pa.Schema, name: str, notes: list[str]
) -> tuple[str, str, Any]:
    """Return name, encoding and CRS of the primary geometry column."""
    column = geo["primary_column"]
    about = geo["columns"].get(column)
    if not isinstance(about, dict) or column not in schema.names:
        raise DataFileError(
            f"{name} must hold the geometry column {column!r} that its metadata names, but has "
            f"{shortened(', '.join(map(repr, schema.names)))}."
        )
    encoding = about.get("encoding")
    if encoding not in ("WKB", "point", "linestring"):
        raise DataFileError(
            f"{name} must hold geometries as WKB, point or linestring, but has {encoding!r}. Write it "
            "anew with WKB."
        )
    rest = [each for each in geo["columns"] if each != column]
    if rest:
        notes.append(f"the geometry {column!r} was read; others were not: {shortened(rest)}")
    return column, encoding, about.get("crs", "OGC:CRS84")


def _beside(geo: dict[str, Any]) -> set[str]:
    """Return the columns that serve the geometries: other ones, and boxes around them."""
    found = set(geo["columns"])
    for about in geo["columns"].values():
        boxes = about.get("covering", {}) if isinstance(about, dict) else {}
        box = boxes.get("bbox") if isinstance(boxes, dict) else None
        for way in box.values() if isinstance(box, dict) else ():
            if isinstance(way, list) and way and isinstance(way[0], str):
                found.add(way[0])
    return found


def _native_to_wkb(batch: pa.RecordBatch, column: str | None, encoding: str) -> pa.RecordBatch:
    """Return a batch whose points or lines, stored as numbers, are WKB."""
    import pyarrow as pa

    at = batch.schema.get_field_index(column)
    given = batch.column(at).to_pylist()
    if encoding == "point":
        shapes = [None if each is None else shapely.Point(_xy(each)) for each in given]
    else:
        shapes = [
            None if each is None else shapely.LineString([_xy(vertex) for vertex in each])
            for each in given
        ]
    wkb = pa.array(shapely.to_wkb(np.array(shapes, dtype=object)), type=pa.binary())
    return batch.set_column(at, pa.field(column, pa.binary()), wkb)


def _xy(vertex: dict[str, float | None]) -> tuple[float, float]:
    x, y = vertex["x"], vertex["y"]
    return (math.nan if x is None else x, math.nan if y is None else y)
