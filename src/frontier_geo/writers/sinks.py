"""One class for each format: it takes batches of rows, one after another, and makes a file of them."""

from __future__ import annotations

import json
import mmap
import sqlite3
import struct
from abc import ABC, abstractmethod
from contextlib import closing
from pathlib import Path
from typing import IO, Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pyogrio
import shapely
from pyproj import CRS

from frontier_geo._files import FORMULA_STARTS, first_line
from frontier_geo.errors import ColumnError, OutputError, ParameterError
from frontier_geo.events import EVENT_COLUMNS
from frontier_geo.geodesy import LONLAT_CRS
from frontier_geo.writers.batches import Batch, Layout, first_text

__all__ = ["CsvSink", "GeoJsonSink", "LayerSink", "ParquetSink", "Sink"]

GEOMETRY = "geometry"
COVERING = "bbox"
CORNERS = ("xmin", "ymin", "xmax", "ymax")
#: Text that a spreadsheet could take for a formula, or for an empty cell, its apostrophes aside.
DANGEROUS = r"\A'*(?:[" + "".join(rf"\x{{{ord(c):x}}}" for c in FORMULA_STARTS) + r"]|\z)"
NEEDS_QUOTES = r'[",\r\n]'
FLATGEOBUF_MAGIC = b"fgb\x03fgb"  # and a byte for the patch level
UINT32 = struct.Struct("<I")
SECOND = 1_000_000  # in the unit of our times
MOST_COLUMNS = 1_998  # of SQLite's 2,000, beside the row's number and the geometry
JSON = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


class Sink(ABC):
    """
    Where the rows of one file go.

    Parameters
    ----------
    part : Path
        The file to write, not there yet.
    layout : Layout
        Its columns.

    Attributes
    ----------
    layout : Layout
        The same with names that the format can hold.
    """

    #: Names that the format keeps for itself, and whether it tells capitals apart.
    TAKEN: ClassVar[tuple[str, ...]] = ()
    CAPITALS: ClassVar[bool] = True

    def __init__(self, part: Path, layout: Layout) -> None:
        self.part = part
        self.layout = layout.kept_apart(self.TAKEN, capitals=self.CAPITALS)

    @abstractmethod
    def write(self, batch: Batch) -> None:
        """Take some rows."""

    @abstractmethod
    def close(self, about: dict[str, Any]) -> None:
        """Finish the file; `about` is what is known of the whole."""

    def abandon(self) -> None:  # noqa: B027 -- most have nothing to let go of
        """Let go of the file without finishing it."""


class ParquetSink(Sink):
    """GeoParquet 1.1: WKB, with a box around every geometry; a batch is a row group."""

    TAKEN = (GEOMETRY, COVERING)

    def __init__(self, part: Path, layout: Layout) -> None:
        super().__init__(part, layout)
        box = pa.struct([(corner, pa.float64()) for corner in CORNERS])
        fields = [
            field.with_type(pa.timestamp("ms")) if self.layout.kinds[field.name] == "day" else field
            for field in self.layout.schema
        ]
        self.schema = pa.schema([*fields, (GEOMETRY, pa.binary()), (COVERING, box)])
        repeating = [
            name
            for name, kind in self.layout.kinds.items()
            if name not in SELDOM_TWICE and kind not in ("number", "instant", "local")
        ]
        # Without Arrow's own copy of the schema readers find the metadata, which is known at the end.
        self.file = pq.ParquetWriter(
            part,
            self.schema,
            compression="zstd",
            compression_level=1,
            use_dictionary=repeating,
            store_schema=False,
        )
        self.bounds = np.array([np.inf, np.inf, -np.inf, -np.inf])
        self.types: set[str] = set()

    def write(self, batch: Batch) -> None:
        arrays = [
            column.cast(field.type) if column.type != field.type else column
            for column, field in zip(batch.table.columns, self.schema, strict=False)
        ]
        there = ~shapely.is_missing(batch.geometry)
        bounds = shapely.bounds(batch.geometry)
        corners = [pa.array(bounds[:, i], from_pandas=True) for i in range(4)]
        box = pa.StructArray.from_arrays(
            corners, fields=list(self.schema.field(COVERING).type), mask=pa.array(~there)
        )
        arrays += [_wkb(batch.geometry), box]
        if there.any():
            low, high = bounds[there, :2].min(axis=0), bounds[there, 2:].max(axis=0)
            self.bounds[:2] = np.minimum(self.bounds[:2], low)
            self.bounds[2:] = np.maximum(self.bounds[2:], high)
            kinds = np.unique(shapely.get_type_id(batch.geometry[there]))
            self.types |= {TYPE_NAMES[int(kind)] for kind in kinds}
        self.file.write_table(pa.Table.from_arrays(arrays, schema=self.schema))

    def close(self, about: dict[str, Any]) -> None:
        column: dict[str, Any] = {
            "encoding": "WKB",
            "crs": CRS(LONLAT_CRS).to_json_dict(),
            "geometry_types": sorted(self.types),
            "covering": {COVERING: {corner: [COVERING, corner] for corner in CORNERS}},
        }
        if self.types:
            column["bbox"] = self.bounds.tolist()
        geo = {"version": "1.1.0", "primary_column": GEOMETRY, "columns": {GEOMETRY: column}}
        self.file.add_key_value_metadata(
            {
                "geo": json.dumps(geo),
                "pandas": json.dumps(_pandas_metadata(self.layout)),
                "frontier_geo": JSON.encode(about),
            }
        )
        self.file.close()

    def abandon(self) -> None:
        self.file.close()


def _wkb(geometry: np.ndarray[Any, Any]) -> pa.Array:
    """Return geometries as WKB, missing where there is none; points by the quick way."""
    if not (shapely.get_type_id(geometry) == 0).all():
        return pa.array(shapely.to_wkb(geometry, byte_order=1), type=pa.binary())
    points = np.empty(len(geometry), dtype=[("order", "u1"), ("type", "<u4"), ("xy", "<f8", 2)])
    points["order"], points["type"] = 1, 1
    points["xy"] = shapely.get_coordinates(geometry)
    ends = np.arange(len(geometry) + 1, dtype=np.int32) * points.itemsize
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(points)]
    return pa.Array.from_buffers(pa.binary(), len(geometry), buffers)


#: Columns in which hardly a value occurs twice: looking for repeats would cost time and win nothing.
SELDOM_TWICE = ("event_id", "summary", "notes", "source_urls")
TYPE_NAMES = {0: "Point", 1: "LineString", 4: "MultiPoint", 5: "MultiLineString"}


def _pandas_metadata(layout: Layout) -> dict[str, Any]:
    """Return what makes pandas read whole numbers and flags with gaps as such, not as floats."""
    ours = {
        "count": ("int64", "Int64"),
        "flag": ("bool", "boolean"),
        "number": ("float64", "float64"),
    }
    columns = [
        {"name": name, "field_name": name, "pandas_type": like[0], "numpy_type": like[1],
         "metadata": None}
        for name, kind in layout.kinds.items()
        if (like := ours.get(kind))
    ]  # fmt: skip
    return {"index_columns": [], "column_indexes": [], "columns": columns, "creator": {}}


class CsvSink(Sink):
    """
    CSV in UTF-8 that no spreadsheet takes for formulas, and from which nothing is lost.

    Points stand in `lon` and `lat`, other geometries as WKT in `geometry`. Lists are JSON. A missing
    cell is empty. How texts are protected, and how to undo it: `original_cell`.
    """

    TAKEN = ("lon", "lat", GEOMETRY)

    def __init__(self, part: Path, layout: Layout) -> None:
        super().__init__(part, layout)
        _refuse_nul(pa.table({"column": pa.array([*self.layout.kinds])}), "CSV", 0)
        self.file: IO[str] = part.open("w", encoding="utf-8", newline="")
        header = _csv_cells(pa.array([*self.layout.kinds, *self.TAKEN]))
        self.file.write(",".join(header.to_pylist()) + "\n")
        self.rows = 0

    def write(self, batch: Batch) -> None:
        table = _lists_as_json(batch.table)
        _refuse_nul(table, "CSV", self.rows)
        columns = [_csv_cells(_as_csv_text(column.combine_chunks())) for column in table.columns]
        geometry = batch.geometry
        lines = np.isin(shapely.get_type_id(geometry), (-1, 0), invert=True)
        columns += [
            pa.array(values, from_pandas=True).cast(pa.string())
            for values in (shapely.get_x(geometry), shapely.get_y(geometry))
        ]
        wkt = np.full(len(geometry), None, dtype=object)
        wkt[lines] = [_wkt(shape) for shape in geometry[lines]]
        columns.append(_csv_cells(pa.array(wkt, type=pa.string())))
        rows = pc.binary_join_element_wise(
            *columns, ",", null_handling="replace", null_replacement=""
        )
        self.file.write("\n".join([*rows.to_pylist(), ""]))
        self.rows += len(batch.table)

    def close(self, about: dict[str, Any]) -> None:
        self.file.close()

    def abandon(self) -> None:
        self.file.close()


def _wkt(shape: Any) -> str:
    """Return WKT with as many digits as it takes to read the same numbers back; GEOS drops the last."""
    parts = [
        "(" + ", ".join(f"{x!r} {y!r}" for x, y in part.coords) + ")"
        for part in getattr(shape, "geoms", [shape])
    ]
    several = shape.geom_type.startswith("Multi")
    return f"{shape.geom_type.upper()} " + (f"({', '.join(parts)})" if several else parts[0])


def _as_csv_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _iso_text(column)
    return column if pa.types.is_string(kind) else column.cast(pa.string())


def _csv_cells(column: pa.Array) -> pa.Array:
    """Return texts as they stand in a CSV file: safe from formulas, quoted where needed."""
    risky = pc.match_substring_regex(column, DANGEROUS)
    if pc.any(risky).as_py():
        column = pc.if_else(risky, pc.binary_join_element_wise("'", column, ""), column)
    quoted = pc.match_substring_regex(column, NEEDS_QUOTES)
    if pc.any(quoted).as_py():
        doubled = pc.replace_substring(column, '"', '""')
        column = pc.if_else(quoted, pc.binary_join_element_wise('"', doubled, '"', ""), column)
    return column


class GeoJsonSink(Sink):
    """
    GeoJSON by RFC 7946: longitude and latitude on WGS 84, `null` where no place is known.

    Numbers have as many digits as it takes to read the same number back.
    """

    def __init__(self, part: Path, layout: Layout) -> None:
        super().__init__(part, layout)
        self.file: IO[str] = part.open("w", encoding="utf-8", newline="")
        self.file.write('{"type":"FeatureCollection","features":[')
        self.rows = 0

    def write(self, batch: Batch) -> None:
        table = batch.table
        names = table.column_names
        times = [field.name for field in table.schema if pa.types.is_timestamp(field.type)]
        for name in times:
            table = table.set_column(names.index(name), name, _iso_text(table[name]))
        days = [field.name for field in table.schema if pa.types.is_date(field.type)]
        for name in days:
            table = table.set_column(names.index(name), name, table[name].cast(pa.string()))
        columns = [table[name].to_pylist() for name in names]
        lines = []
        rows = zip(*columns, strict=True)
        for row, (values, place) in enumerate(
            zip(rows, _geojson_geometry(batch.geometry), strict=True)
        ):
            feature = {
                "type": "Feature",
                "geometry": place,
                "properties": dict(zip(names, values, strict=True)),
            }
            try:
                lines.append(JSON.encode(feature))
            except ValueError as error:
                raise ParameterError(
                    f"GeoJSON holds finite numbers only, but row {self.rows + row + 1} has another: "
                    f"{first_line(error)}. Set what is not known to missing."
                ) from error
        if lines:
            self.file.write((",\n" if self.rows else "\n") + ",\n".join(lines))
        self.rows += len(lines)

    def close(self, about: dict[str, Any]) -> None:
        self.file.write(
            "\n]" + "".join(f",{JSON.encode(k)}:{JSON.encode(v)}" for k, v in about.items())
        )
        self.file.write("}\n")
        self.file.close()

    def abandon(self) -> None:
        self.file.close()


def _geojson_geometry(geometry: np.ndarray[Any, Any]) -> list[dict[str, Any] | None]:
    points = shapely.get_type_id(geometry) == 0
    pairs = np.column_stack((shapely.get_x(geometry), shapely.get_y(geometry))).tolist()
    return [
        {"type": "Point", "coordinates": pair}
        if point
        else (None if shape is None else shapely.geometry.mapping(shape))
        for shape, point, pair in zip(geometry, points, pairs, strict=True)
    ]


def _rows_of_flatgeobuf(path: Path) -> int:
    """
    Return how many rows a FlatGeobuf file without index holds whole; 0 if it breaks off.

    On a full disk GDAL may lose the last rows without a word, and count them in the header all the
    same. The layout: 8 bytes of magic, the header, the rows, each with its size before it.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if data[: len(FLATGEOBUF_MAGIC)] != FLATGEOBUF_MAGIC:
            return 0
        at, rows, size = len(FLATGEOBUF_MAGIC) + 1, -1, len(data)  # the header is no row
        while at + UINT32.size <= size:
            at += UINT32.size + UINT32.unpack_from(data, at)[0]
            rows += 1
        return rows if at == size else 0


class LayerSink(Sink):
    """
    GeoPackage and FlatGeobuf, which GDAL writes.

    Rows wait in a file of Arrow batches beside the result, so that memory holds one batch and GDAL
    sees one stream. FlatGeobuf goes without its spatial index, which would change the order of rows
    and cannot hold an event without a place. GDAL does not tell capitals in names apart: of two such
    columns it would fill one. Lists are JSON text. Times are ISO 8601 text, but for
    those of a GeoPackage with a zone and whole seconds in the first rows: GDAL moves fractions before
    1970 by up to a second, and loses the zone in FlatGeobuf.
    """

    SUFFIXES: ClassVar = {"GPKG": ".gpkg", "FlatGeobuf": ".fgb"}
    TAKEN = (GEOMETRY,)
    CAPITALS = False

    def __init__(self, part: Path, layout: Layout, *, driver: str) -> None:
        super().__init__(part, layout)
        self.driver = driver
        _refuse_nul(pa.table({"column": pa.array([*self.layout.kinds])}), driver, 0)
        if driver == "GPKG" and len(self.layout.kinds) > MOST_COLUMNS:
            raise ColumnError(
                f"A GeoPackage holds up to {MOST_COLUMNS:,} columns, but the events have "
                f"{len(self.layout.kinds):,}, the {len(EVENT_COLUMNS)} of the event table among them. "
                "Drop some, or write .parquet."
            )
        self.waiting = part.with_name("waiting.arrows")
        self.stream: Any = None
        self.text_times: set[str] = set()
        self.rows = self.places = 0

    def write(self, batch: Batch) -> None:
        table = _lists_as_json(batch.table)
        _refuse_nul(table, self.driver, self.rows)
        table = self._with_times(table)
        table = table.append_column(GEOMETRY_IN_LAYER, _wkb(batch.geometry))
        if self.stream is None:
            packed = "lz4" if pa.Codec.is_available("lz4_frame") else None
            options = pa.ipc.IpcWriteOptions(compression=packed)
            self.stream = pa.ipc.new_stream(self.waiting, table.schema, options=options)
        self.stream.write_table(table)
        self.rows += len(table)
        self.places += int((~shapely.is_missing(batch.geometry)).sum())

    def _with_times(self, table: pa.Table) -> pa.Table:
        for i, field in enumerate(table.schema):
            if not pa.types.is_timestamp(field.type):
                continue
            fine = _finer_than_seconds(table[field.name])
            kept = self.driver == "GPKG" and field.type.tz is not None and fine is None
            if self.stream is None and not kept:
                self.text_times.add(field.name)
            if field.name in self.text_times:
                table = table.set_column(i, field.name, _iso_text(table[field.name]))
            elif fine is not None:
                raise ParameterError(
                    f"This file keeps {field.name!r} to the second, as its first rows have it, but row "
                    f"{self.rows + fine + 1} has {table[field.name][fine].as_py()}. Round it with "
                    '.dt.floor("s"), or write .parquet.'
                )
        return table

    def close(self, about: dict[str, Any]) -> None:
        if self.stream is None:  # no rows at all
            no_rows = pa.Table.from_batches([], schema=self.layout.schema)
            self.write(Batch(no_rows, np.array([], dtype=object)))
        self.stream.close()
        fid = "fid"
        while fid in {name.lower() for name in self.layout.kinds}:
            fid += "_"
        options: dict[str, Any] = (
            {"FID": fid, "GEOMETRY_NAME": GEOMETRY_IN_LAYER}
            if self.driver == "GPKG"
            else {"SPATIAL_INDEX": "NO"}
        )
        written = self.part.with_name("layer" + self.SUFFIXES[self.driver])
        layer = self.part.stem
        try:
            with pa.OSFile(str(self.waiting)) as source, pa.ipc.open_stream(source) as reader:
                pyogrio.write_arrow(
                    reader,
                    written,
                    driver=self.driver,
                    layer=layer,
                    geometry_name=GEOMETRY_IN_LAYER,
                    geometry_type="Unknown",
                    crs=LONLAT_CRS,
                    layer_options=options,
                )
            found = pyogrio.read_info(written, force_feature_count=True)["features"]
            if self.driver == "GPKG":
                indexed = _indexed_rows(written, layer)
            else:
                found, indexed = min(found, _rows_of_flatgeobuf(written)), self.places
        except (*GDAL_ERRORS, sqlite3.Error) as error:
            raise OutputError(
                f"The {self.driver} file cannot be written: {first_line(error)}. What was there before "
                "is untouched. Make room, or choose another place."
            ) from error
        if (found, indexed) != (self.rows, self.places):
            raise OutputError(
                f"The {self.driver} file must hold {self.rows:,} rows, {self.places:,} of them with a "
                f"place, but {max(found, 0):,} and {indexed:,} arrived. What was there before is "
                "untouched. Make room, or choose another place."
            )
        written.rename(self.part)

    def abandon(self) -> None:
        if self.stream is not None:
            self.stream.close()


GEOMETRY_IN_LAYER = "geometry"
GDAL_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    pyogrio.errors.FeatureError,
    pyogrio.errors.FieldError,
    pyogrio.errors.GeometryError,
    RuntimeError,
)


def _indexed_rows(path: Path, layer: str) -> int:
    """
    Return how many rows are in the spatial index of a GeoPackage.

    GDAL makes it when it closes the file, and says nothing if that fails on a full disk.
    """
    table = f"rtree_{layer}_{GEOMETRY_IN_LAYER}_rowid".replace('"', '""')
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        return int(database.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0])


def _lists_as_json(table: pa.Table) -> pa.Table:
    for i, field in enumerate(table.schema):
        if pa.types.is_list(field.type):
            texts = [
                None if value is None else json.dumps(value, ensure_ascii=False)
                for value in table[field.name].to_pylist()
            ]
            table = table.set_column(i, field.name, pa.array(texts, type=pa.string()))
    return table


def _iso_text(column: Any) -> Any:
    """Return times as ISO 8601, with as many digits of a second as there are; in UTC with a Z."""
    zone = "Z" if column.type.tz else ""
    text = pc.strftime(column, format=f"%Y-%m-%dT%H:%M:%S{zone}")
    return pc.replace_substring_regex(text, r"\.0+(Z?)\z", r"\1")


def _finer_than_seconds(column: Any) -> int | None:
    """Return the first row, from 0, whose time has a fraction of a second."""
    number = column.cast(pa.int64())
    whole = pc.equal(pc.multiply(pc.divide(number, SECOND), SECOND), number)
    found = pc.index(whole, False).as_py()
    return found if found >= 0 else None


def _refuse_nul(table: pa.Table, format_name: str, rows_before: int) -> None:
    """Refuse the one character that these formats cut a text at."""
    found = first_text(table, lambda column: pc.match_substring(column, "\x00"))
    if found is not None:
        name, row, value = found
        raise ParameterError(
            f"{format_name} files cannot hold the character NUL, but {name!r} of row "
            f"{rows_before + row + 1} has one: {ascii(value)[:80]}. Remove it (.str.replace): no reader "
            "of incidents takes it."
        )
