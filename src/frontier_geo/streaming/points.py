"""
Batches of a table → points, and the answers → columns beside those that were there.

Points stand in two columns of numbers or texts, or in one of geometries (WKB, or x and y as in
GeoParquet 1.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.streaming.geometries import (
    covering_columns,
    geo_metadata,
    geometry_column,
    missing_of,
    points_of,
)
from frontier_geo.tallies import PLACEMENTS, REASONS, LocatedChunk, Plan, Reason, locate_chunk

__all__ = [
    "LOCATED_COLUMNS",
    "PointColumns",
    "check_same_schema",
    "find_points",
    "locate_batch",
    "located_schema",
    "needed_columns",
    "without_geometry",
]

CodeArray = NDArray[np.int8]

#: What is added to a table of points.
LOCATED_COLUMNS = (
    "placement", "reason", "chainage_km", "official_km", "distance_km", "offset_km", "side",
    "side_certain", "beyond_end", "segment_id",
)  # fmt: skip
WORD = pa.dictionary(pa.int8(), pa.string())
LONG_WORD = pa.dictionary(pa.int32(), pa.string())
TYPES = {
    "placement": WORD, "reason": WORD, "side": WORD, "side_certain": pa.bool_(),
    "beyond_end": pa.bool_(), "segment_id": LONG_WORD,
}  # fmt: skip
USUAL_NAMES = (("lon", "lat"), ("longitude", "latitude"))
NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
ANYTHING = "(?s)."  # matches all texts but the empty one


@dataclass(frozen=True)
class PointColumns:
    """
    Where the points of a table stand.

    Attributes
    ----------
    lon, lat : str
        Columns of degrees; empty where `geometry` holds the points.
    geometry : str
        Column of geometries; empty without one.
    encoding : {"WKB", "point"}
    uncertainty : str or None
        Column of km.
    """

    lon: str = ""
    lat: str = ""
    geometry: str = ""
    encoding: str = "WKB"
    uncertainty: str | None = None


def find_points(
    schema: pa.Schema,
    *,
    lon_column: str | None,
    lat_column: str | None,
    uncertainty_column: str | None,
    name: str,
) -> PointColumns:
    """
    Find where the points of a table stand, and check that they are degrees.

    Parameters
    ----------
    schema : pyarrow.Schema
        Of the table, with its metadata.
    lon_column, lat_column : str or None
        Columns of degrees, where the caller names them. Otherwise the geometry of a GeoParquet file,
        or the columns with the usual names.
    uncertainty_column : str or None
        Column of km.
    name : str
        What messages call the table.

    Returns
    -------
    PointColumns

    Raises
    ------
    ColumnError
        If a column is missing, or holds neither numbers nor texts.
    CRSError
        If geometries are not longitude and latitude on WGS84.
    DataFileError
        If the metadata of GeoParquet cannot be understood.
    """
    lon, lat, uncertainty = lon_column, lat_column, uncertainty_column
    if (lon is None) != (lat is None):
        raise ParameterError(
            "lon_column and lat_column name two columns together; give both, or neither."
        )
    if uncertainty is not None:
        _check_number_column(schema, uncertainty, name)
    geo = None if lon is not None else geo_metadata(schema, name)
    if geo is not None:
        column, encoding = geometry_column(geo, schema, name)
        return PointColumns(geometry=column, encoding=encoding, uncertainty=uncertainty)
    if lon is None or lat is None:
        lon, lat = _usual_columns(schema, name)
    for column in (lon, lat):
        _check_number_column(schema, column, name)
    return PointColumns(lon=lon, lat=lat, uncertainty=uncertainty)


def _usual_columns(schema: pa.Schema, name: str) -> tuple[str, str]:
    """Return the columns of longitude and latitude by their names."""
    by_name = {column.strip().casefold(): column for column in schema.names}
    for lon, lat in USUAL_NAMES:
        if lon in by_name and lat in by_name:
            return by_name[lon], by_name[lat]
    from frontier_geo.readers.columns import detect_columns  # names in five languages; slow to load

    found = detect_columns(schema.names)
    if "lon" in found.columns and "lat" in found.columns:
        return found.columns["lon"], found.columns["lat"]
    doubts = " ".join(found.doubts[key] for key in ("lon", "lat") if key in found.doubts)
    told = ", ".join(map(repr, schema.names[:20])) or "no columns"
    raise ColumnError(
        f"{name} needs columns of longitude and latitude, but has {told}. Say which they are with "
        f"lon_column and lat_column (--lon-column and --lat-column). {doubts}".rstrip()
    )


def _check_number_column(schema: pa.Schema, column: str, name: str) -> None:
    many = schema.names.count(column)
    if many != 1:
        told = ", ".join(map(repr, schema.names[:20])) or "no columns"
        raise ColumnError(
            f"{name} needs one column {column!r}, but has {many or 'none'} of that name. Its columns: "
            f"{told}."
        )
    kind = _plain_type(schema.field(column).type)
    if not (_is_number(kind) or is_text(kind) or pa.types.is_null(kind)):
        raise ColumnError(
            f"{name} needs numbers in the column {column!r}, but it holds {kind}. Convert it, or name "
            "another column."
        )


def _plain_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def is_text(kind: pa.DataType) -> bool:
    """Whether values of a type are texts, however arrow holds them."""
    views = pa.types.is_string_view(kind)
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or views)


# ---- batches → points ----------------------------------------------------------------------------


def locate_batch(
    table: pa.Table, plan: Plan, where: PointColumns, *, first_row: int = 0, prefix: str = ""
) -> tuple[pa.Table, LocatedChunk]:
    """
    Place the points of some rows.

    Parameters
    ----------
    table : pyarrow.Table
        The rows.
    plan : Plan
    where : PointColumns
        From `find_points` of the table's schema.
    first_row : int, default 0
        Number of the first row.
    prefix : str, default ""
        What the names of the added columns begin with.

    Returns
    -------
    located : pyarrow.Table
        The table with `LOCATED_COLUMNS` added, in the schema of `located_schema`.
    chunk : LocatedChunk
    """
    why = np.full(table.num_rows, Reason.NONE, dtype=np.int8)
    if where.geometry:
        lon, lat = points_of(table.column(where.geometry), where.encoding, why)
    else:
        lon = _numbers(table.column(where.lon), why, Reason.NUMBER)
        lat = _numbers(table.column(where.lat), why, Reason.NUMBER)
    columns = {plan.lon: lon, plan.lat: lat}
    if plan.uncertainty is not None:
        columns[plan.uncertainty] = _numbers(
            table.column(plan.uncertainty), why, Reason.UNCERTAINTY
        )
    chunk = locate_chunk(columns, plan, first_row=first_row, reason=why)
    schema = located_schema(table.schema, plan, prefix=prefix)
    return pa.Table.from_arrays([*table.columns, *_arrays(chunk, plan)], schema=schema), chunk


def _numbers(column: pa.ChunkedArray, why: CodeArray, reason: int) -> FloatArray:
    """Return a column as numbers, NaN where missing; mark rows that hold something else."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if is_text(column.type):
        column = _read_numbers(column, why, reason)
    if column.type != pa.float64():
        column = column.cast(pa.float64(), safe=False)
    parts = [_float_values(part) for part in column.chunks]
    return np.concatenate(parts) if parts else np.empty(0)


def _float_values(array: pa.Array) -> FloatArray:
    """Return an array of doubles from its buffers, NaN where missing."""
    _, data = array.buffers()
    end = array.offset + len(array)
    if data is None or not len(array):
        return np.full(len(array), np.nan)
    values = np.frombuffer(data, dtype=np.float64)[array.offset : end]
    return np.where(missing_of(array), np.nan, values) if array.null_count else values


def _read_numbers(column: pa.ChunkedArray, why: CodeArray, reason: int) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    none = pa.nulls(1, pa.string())[0]  # arrow loads pandas to see what a bare None, or text, is
    text = pc.if_else(pc.match_substring_regex(text, ANYTHING), text, none)
    try:
        return text.cast(pa.float64())
    except pa.ArrowInvalid:
        text = pc.replace_substring(text, ",", ".")
        good = pc.match_substring_regex(text, NUMBER)
        good = pc.coalesce(good, pc.is_null(good))  # what is missing is no odd number
        odd = ~good.to_numpy()
        why[odd & (why == Reason.NONE)] = reason
        return pc.if_else(good, text, none).cast(pa.float64())


def needed_columns(where: PointColumns) -> list[str]:
    """Return the columns that placing the points takes."""
    own = [where.geometry] if where.geometry else [where.lon, where.lat]
    return own if where.uncertainty is None else [*own, where.uncertainty]


def without_geometry(table: pa.Table, where: PointColumns) -> pa.Table:
    """Return a table whose points stand in `lon` and `lat` instead of a geometry, as CSV holds them."""
    if not where.geometry:
        return table
    none = np.full(table.num_rows, Reason.NONE, dtype=np.int8)
    x, y = points_of(table.column(where.geometry), where.encoding, none)
    at = table.column_names.index(where.geometry)
    table = table.set_column(at, "lon", _array(x, pa.float64(), np.isnan(x)))
    table = table.add_column(at + 1, "lat", _array(y, pa.float64(), np.isnan(y)))
    boxes = [name for name in covering_columns(table.schema) if name in table.column_names]
    return table.drop_columns(boxes) if boxes else table


# ---- answers → columns ---------------------------------------------------------------------------


def located_schema(schema: pa.Schema, plan: Plan, *, prefix: str = "") -> pa.Schema:
    """
    Return the schema of a table of located points: that of the points, and `LOCATED_COLUMNS`.

    Raises
    ------
    ColumnError
        If the table has a column of one of these names already.
    """
    taken = [name for name in LOCATED_COLUMNS if prefix + name in schema.names]
    if taken:
        raise ColumnError(
            f"The columns {', '.join(LOCATED_COLUMNS)} are added to those of the points, but there is "
            f"a column {prefix + taken[0]!r} already. Drop or rename it, or give the new ones a prefix."
        )
    added = [pa.field(prefix + name, TYPES.get(name, pa.float64())) for name in LOCATED_COLUMNS]
    return pa.schema([*schema, *added], metadata=schema.metadata)


def _arrays(chunk: LocatedChunk, plan: Plan) -> list[pa.Array]:
    """Return the answers as arrays, in the order of `LOCATED_COLUMNS`."""
    line = plan.boundary
    none = chunk.reason >= 0 if chunk.tally.rejected.any() else None
    numbers = (chunk.chainage_km, chunk.official_km, chunk.distance_km, chunk.offset_km)
    return [
        _words(chunk.placement, PLACEMENTS, pa.int8()),
        _words(chunk.reason, REASONS, pa.int8()),
        *(_array(values, pa.float64(), none) for values in numbers),
        _words(chunk.side, (line.left, line.right), pa.int8()),
        _flags(chunk.side_certain, none),
        _flags(chunk.beyond_end, none),
        _words(chunk.segment, plan.cuts.segment_id, pa.int32()),
    ]


# Arrays are made of their buffers: `pyarrow.array` would load pandas, which takes longer to load than a
# hundred thousand points to place.


def _array(
    values: NDArray[Any], kind: pa.DataType, none: NDArray[np.bool_] | None = None
) -> pa.Array:
    """Return numbers as an array, missing where `none` says so."""
    valid = None if none is None else _bits(~none)
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, values.size, [valid, data])


def _flags(values: NDArray[np.bool_], none: NDArray[np.bool_] | None) -> pa.Array:
    valid = None if none is None else _bits(~none)
    return pa.Array.from_buffers(pa.bool_(), values.size, [valid, _bits(values)])


def _bits(flags: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def _words(codes: NDArray[Any], words: Sequence[str], kind: pa.DataType) -> pa.DictionaryArray:
    """Return words by their codes; a negative code is none."""
    none = codes < 0
    indices = _array(codes, kind, none if none.any() else None)
    octets = [word.encode() for word in words]
    ends = np.cumsum([0, *map(len, octets)], dtype=np.int32)
    texts = pa.Array.from_buffers(
        pa.string(), len(octets), [None, pa.py_buffer(ends), pa.py_buffer(b"".join(octets))]
    )
    return pa.DictionaryArray.from_arrays(indices, texts)


def check_same_schema(first: pa.Schema, other: pa.Schema, *, first_name: str, name: str) -> None:
    """Refuse a file whose columns are not those of the first."""
    missing = [column for column in first.names if column not in other.names]
    extra = [column for column in other.names if column not in first.names]
    if missing or extra:
        words = [f"lacks {missing[0]!r}"] if missing else []
        words += [f"has {extra[0]!r} besides"] if extra else []
        raise ColumnError(
            f"The files of a folder must have the same columns, but {name} {' and '.join(words)}: "
            f"{first_name} has {', '.join(map(repr, first.names[:20]))}. Mend it, or locate it apart."
        )
    for column in first.names:
        if first.field(column).type != other.field(column).type:
            raise ColumnError(
                f"The files of a folder must have the same columns, but {column!r} holds "
                f"{other.field(column).type} in {name} and {first.field(column).type} in {first_name}. "
                "Convert it, or locate that file apart."
            )
