"""Points that stand as geometries: what GeoParquet says of them, and their coordinates."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.errors import ColumnError, CRSError, DataFileError
from frontier_geo.tallies import Reason

__all__ = ["covering_columns", "geo_metadata", "geometry_column", "missing_of", "points_of"]

CodeArray = NDArray[np.int8]

LONLAT_IDS = {("OGC", "CRS84"), ("EPSG", "4326")}
POINT_WKB = np.dtype([("order", "u1"), ("type", "<u4"), ("x", "<f8"), ("y", "<f8")])


def geo_metadata(schema: pa.Schema, name: str) -> dict[str, Any] | None:
    raw = (schema.metadata or {}).get(b"geo")
    if raw is None:
        return None
    try:
        geo = json.loads(raw)
        about = geo["columns"][geo["primary_column"]]
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise DataFileError(
            f"{name} must have the metadata of GeoParquet under 'geo', but has "
            f"{raw[:80].decode('utf-8', 'replace')!r}. Write it anew, with GeoPandas or GDAL, or name "
            "columns of longitude and latitude."
        ) from error
    return {"column": geo["primary_column"], **about}


def geometry_column(geo: dict[str, Any], schema: pa.Schema, name: str) -> tuple[str, str]:
    column, encoding = geo["column"], geo.get("encoding")
    if column not in schema.names:
        raise ColumnError(
            f"{name} must hold the geometry column {column!r} that its metadata names, but has "
            f"{', '.join(map(repr, schema.names[:20]))}."
        )
    if encoding not in ("WKB", "point"):
        raise DataFileError(
            f"{name} must hold points as WKB or point, but its encoding is {encoding!r}. Write it anew "
            "with WKB."
        )
    crs = geo.get("crs", "OGC:CRS84")
    said = crs.get("id", {}) if isinstance(crs, dict) else {}
    if (
        crs != "OGC:CRS84"
        and (said.get("authority"), str(said.get("code"))) not in LONLAT_IDS
        and not _is_lonlat(crs)
    ):
        told = "none" if crs is None else _crs_words(crs)
        raise CRSError(
            f"{name} must be in longitude and latitude on WGS84 (EPSG:4326), but its CRS is {told}. "
            "Convert it first, such as with GeoPandas to_crs(4326)."
        )
    return column, str(encoding)


def _is_lonlat(crs: Any) -> bool:
    from pyproj import CRS
    from pyproj.exceptions import CRSError as ProjError

    try:
        told = CRS.from_user_input(crs)
    except (ProjError, TypeError, ValueError):
        return False
    return bool(told.equals("EPSG:4326", ignore_axis_order=True))


def _crs_words(crs: Any) -> str:
    return str(crs.get("name", crs) if isinstance(crs, dict) else crs)[:80]


def covering_columns(schema: pa.Schema) -> list[str]:
    """Return the columns of boxes around geometries, which serve the geometries alone."""
    geo = geo_metadata(schema, "the table") or {}
    covering = geo.get("covering")
    box = covering.get("bbox") if isinstance(covering, dict) else None
    ways = box.values() if isinstance(box, dict) else ()
    return sorted({way[0] for way in ways if isinstance(way, list) and way})


def points_of(
    column: pa.ChunkedArray, encoding: str, why: CodeArray
) -> tuple[FloatArray, FloatArray]:
    """Return x and y of geometries; mark rows that hold no point."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # no rows, or too long for one array
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    why[missing_of(array)] = Reason.NO_GEOMETRY
    if encoding == "point":
        import pyarrow.compute as pc

        x, y = (
            pc.struct_field(array, name).cast(pa.float64()).to_numpy(zero_copy_only=False)
            for name in ("x", "y")
        )
    else:
        x, y = _points_of_wkb(array, why)
    empty = np.isnan(x) & np.isnan(y) & (why == Reason.NONE)
    why[empty] = Reason.NO_GEOMETRY
    return x, y


def _points_of_wkb(array: pa.Array, why: CodeArray) -> tuple[FloatArray, FloatArray]:
    if array.type != pa.binary():
        array = array.cast(pa.binary())
    n = len(array)
    x, y = np.full(n, np.nan), np.full(n, np.nan)
    _, ends, data = array.buffers()
    if not n or data is None:
        return x, y
    ends = np.frombuffer(ends, dtype=np.int32)[array.offset : array.offset + n + 1]
    octets = np.frombuffer(data, dtype=np.uint8)
    start, length = ends[:-1], np.diff(ends)
    short = np.flatnonzero((length == POINT_WKB.itemsize) & (why == Reason.NONE))
    if short.size == n:
        points = octets[start[0] : ends[-1]].view(POINT_WKB)
    else:
        picked = octets[start[short, None] + np.arange(POINT_WKB.itemsize)]
        points = np.ascontiguousarray(picked).view(POINT_WKB).reshape(-1)
    plain = (points["order"] == 1) & (points["type"] == 1)
    x[short[plain]], y[short[plain]] = points["x"][plain], points["y"][plain]
    rest = np.ones(n, dtype=bool)
    rest[short[plain]] = False
    rest = np.flatnonzero(rest & (why == Reason.NONE))
    if rest.size:
        _read_odd_wkb(array, rest, x, y, why)
    return x, y


def _read_odd_wkb(
    array: pa.Array, rows: NDArray[np.int64], x: FloatArray, y: FloatArray, why: CodeArray
) -> None:
    """Read geometries that are no plain points: with heights, of another byte order, other kinds."""
    import shapely

    shapes = shapely.from_wkb(
        array.take(pa.array(rows)).to_numpy(zero_copy_only=False), on_invalid="ignore"
    )
    point = shapely.get_type_id(shapes) == 0
    x[rows], y[rows] = shapely.get_x(shapes), shapely.get_y(shapes)
    why[rows[~point]] = Reason.NO_POINT


def missing_of(array: pa.Array) -> NDArray[np.bool_]:
    """Return which entries of an array are missing."""
    valid = array.buffers()[0]
    if valid is None:
        return np.full(len(array), bool(array.null_count))
    begin, end = array.offset, array.offset + len(array)
    bits = np.unpackbits(np.frombuffer(valid, dtype=np.uint8), bitorder="little")
    return bits[begin:end] == 0
