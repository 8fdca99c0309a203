"""
GeoPackage, FlatGeobuf and Shapefile, by way of GDAL.

GDAL opens whatever it recognises, also files that make it read others. So a file comes here only when
its first bytes are those of its format, and is read only when GDAL takes it for that format, too.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from pyproj import CRS

from frontier_geo._files import first_line
from frontier_geo.errors import DataFileError, ParameterError
from frontier_geo.readers import layers
from frontier_geo.readers.archives import BinarySource, check_zip, open_archive, open_path
from frontier_geo.readers.layers import Place, arrow_chunk
from frontier_geo.readers.problems import shortened
from frontier_geo.readers.source import RawChunk, RawFile

__all__ = ["DRIVERS", "open_ogr", "open_zipped_shapefile"]

MOST_IN_MEMORY = 1 << 30  # bytes of a GeoPackage or the like that comes from inside an archive
VIEW_SECONDS = 20  # for counting the rows of views in a GeoPackage
SHAPEFILE = b"\x00\x00\x27\x0a"
#: How files begin, and the only driver that may open them.
DRIVERS = {b"SQLite format 3\x00": "GPKG", b"fgb\x03": "FlatGeobuf", SHAPEFILE: "ESRI Shapefile"}


def open_ogr(
    source: BinarySource,
    file: Path | None,
    name: str,
    driver: str,
    layer: str | None,
    given: CRS | None,
) -> RawFile:
    """Open a layer of a file, or of the bytes of one, by its driver."""
    options: dict[str, Any] = {}
    notes: list[str] = []
    target: Any
    if file is None:
        if driver == "ESRI Shapefile":
            raise DataFileError(
                f"{name} is one file of a Shapefile, which needs its .dbf, .shx and .prj beside it. Give "
                "its path, or a zip of them all."
            )
        target = _all_bytes(source, name)
    elif "!" in str(file):
        raise DataFileError(
            f"{name} must be at a path without '!', which GDAL takes for a place inside an archive, but "
            f"is at {file}. Rename it."
        )
    else:
        target = str(file)
    if driver == "GPKG":
        options = _check_geopackage(file, target, name)
    if driver == "ESRI Shapefile" and file is not None:
        parts = _parts_of_shapefile(file)
        _check_parts(parts, name)
        options["encoding"] = _dbf_encoding(parts, notes)
    return _open_layer(target, name, driver, layer, given, options, notes)


def _open_layer(
    target: Any,
    name: str,
    driver: str,
    layer: str | None,
    given: CRS | None,
    options: dict[str, Any],
    notes: list[str],
) -> RawFile:
    import pyogrio

    with _gdal_errors(name):
        found = [(str(title), kind) for title, kind in pyogrio.list_layers(target)]
        if not found:
            raise DataFileError(f"{name} must hold a layer, but holds none.")
        chosen = _choose_layer(found, layer, name, notes)
        about = pyogrio.read_info(target, layer=chosen, force_feature_count=True, **options)
    if about["driver"] != driver:
        raise DataFileError(f"{name} must be {driver}, but GDAL takes it for {about['driver']}.")
    kind = about["geometry_type"]
    place = None
    if kind is not None:
        place = Place.of(about["crs"], given, name)
        notes += place.notes
        if "Z" in kind or "2.5D" in kind:
            notes.append("its geometries have heights: they were left out")
    columns = tuple(map(str, about["fields"]))
    instants = {
        str(column)
        for column, kind in zip(about["fields"], about["ogr_types"], strict=True)
        if kind == "OFTDateTime"
    }
    total = max(int(about["features"]), 0)
    # GDAL's own Arrow reader of FlatGeobuf (3.12) hands out broken arrays where geometries are missing.
    pyogrio.set_gdal_config_options({"OGR_FLATGEOBUF_STREAM_BASE_IMPL": "YES"})

    def chunks() -> Iterator[RawChunk]:
        done = 0
        with (
            _gdal_errors(name),
            pyogrio.open_arrow(
                target,
                layer=chosen,
                batch_size=layers.ROWS_PER_CHUNK,
                use_pyarrow=True,
                datetime_as_string=True,  # otherwise zones are lost
                **options,
            ) as (meta, reader),
        ):
            geometry_name = meta["geometry_name"] or "wkb_geometry"
            for batch in reader:
                if batch.num_rows:
                    chunk = arrow_chunk(batch, columns, geometry_name, place, done, total)
                    for column in instants:
                        chunk.cells[column] = _instants(chunk.cells[column])
                    yield chunk
                    done += batch.num_rows
        # GDAL just ends where a file is cut off or damaged.
        if driver != "ESRI Shapefile" and done < total:
            raise DataFileError(
                f"{name} must be whole, but says that it has {total:,} features and holds {done:,}. Get "
                "it again."
            )

    return RawFile(name, "vector", columns, chunks, tuple(notes))


def _instants(words: pd.Series) -> pd.Series:
    """Return instants in UTC where all say their zone, plain ones where none does, otherwise text."""
    there = words.dropna()
    zoned = there.str.contains(r"(?:Z|[+-]\d\d:?\d\d)$", regex=True)
    try:
        if zoned.all():
            return pd.to_datetime(words, format="ISO8601", utc=True)
        if not zoned.any():
            return pd.to_datetime(words, format="ISO8601")
    except (ValueError, OverflowError):  # a year beyond what pandas holds: judged with the rest
        return words
    return words


@contextlib.contextmanager
def _gdal_errors(name: str) -> Iterator[None]:
    """Turn what GDAL raises into our error, and its warnings into silence."""
    import pyarrow as pa
    from pyogrio.errors import CRSError as GdalCrsError
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (
        DataSourceError,
        DataLayerError,
        FeatureError,
        GdalCrsError,
        UnicodeDecodeError,
        pa.ArrowException,
        RuntimeError,
        SystemError,
    ) as error:
        raise DataFileError(
            f"{name} must be a whole file, but cannot be read: {first_line(error)}. Get it again, or "
            "save it anew."
        ) from error


def _choose_layer(
    found: list[tuple[str, Any]], layer: str | None, name: str, notes: list[str]
) -> str:
    titles = [title for title, _ in found]
    told = ", ".join(map(repr, titles))
    if layer is not None:
        if layer in titles:
            return layer
        raise ParameterError(f"{name} has no layer {layer!r}; its layers are {shortened(told)}.")
    chosen = next((title for title, kind in found if kind is not None), titles[0])
    if len(titles) > 1:
        rest = ", ".join(repr(title) for title in titles if title != chosen)
        notes.append(f"the layer {chosen!r} was read; other layers were not: {shortened(rest)}")
    return chosen


def _all_bytes(source: BinarySource, name: str) -> bytes:
    content = source.start(MOST_IN_MEMORY + 1)
    if len(content) > MOST_IN_MEMORY:
        raise DataFileError(
            f"{name} must have less than {MOST_IN_MEMORY >> 30} GB inside an archive. Unpack it first."
        )
    return content


def _check_geopackage(file: Path | None, target: Any, name: str) -> dict[str, Any]:
    """Check that a database is a GeoPackage; return how to open it without writing beside it."""
    # A database that is open elsewhere has its newest rows in the -wal file beside it.
    wal = file.with_name(file.name + "-wal") if file is not None else None
    lasting = wal is None or not wal.exists() or not wal.stat().st_size
    try:
        with contextlib.closing(_database(file, target, lasting)) as base:
            stop = time.monotonic() + VIEW_SECONDS
            base.text_factory = lambda text: text.decode("utf-8", "replace")
            base.set_progress_handler(lambda: time.monotonic() > stop, 10_000)
            kinds = dict(base.execute("SELECT lower(name), type FROM sqlite_master"))
            if kinds.get("gpkg_contents") != "table":
                raise DataFileError(
                    f"{name} must be a GeoPackage, but is another SQLite database. Export its table as "
                    "GeoPackage or CSV."
                )
            for (table,) in base.execute("SELECT table_name FROM gpkg_contents").fetchall():
                # A view may be a query without an end.
                if kinds.get(str(table).lower()) == "view":
                    quoted = str(table).replace('"', '""')
                    base.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()
    except (sqlite3.Error, UnicodeDecodeError) as error:  # its messages quote the damage
        raise DataFileError(
            f"{name} must be a whole GeoPackage whose views answer within {VIEW_SECONDS} seconds, but: "
            f"{first_line(error)}. Export the layer anew."
        ) from error
    return {"IMMUTABLE": "YES"} if file is not None and lasting else {}


def _database(file: Path | None, target: Any, lasting: bool) -> sqlite3.Connection:
    if file is not None:
        return sqlite3.connect(
            f"{file.as_uri()}?mode=ro{'&immutable=1' if lasting else ''}", uri=True
        )
    base = sqlite3.connect(":memory:")
    base.deserialize(target)
    return base


def _parts_of_shapefile(file: Path) -> dict[str, BinarySource]:
    """Return the files of a shapefile by their suffix in lower case."""
    return {
        each.suffix.lower(): open_path(each)
        for each in sorted(file.parent.iterdir())
        if each.stem == file.stem and each.is_file()
    }


def _check_parts(parts: dict[str, BinarySource], name: str) -> None:
    """Refuse a shapefile that lacks a file, or of which one is cut off: GDAL would drop rows."""
    missing = [suffix for suffix in (".shx", ".dbf") if suffix not in parts]
    if missing:
        raise DataFileError(
            f"{name} is a Shapefile and needs its {' and '.join(missing)} beside it. Copy all files of "
            "that name, or export it as GeoPackage."
        )
    heads = {suffix: parts[suffix].start(100) for suffix in (".shp", ".shx", ".dbf")}
    said = {suffix: 2 * int.from_bytes(heads[suffix][24:28], "big") for suffix in (".shp", ".shx")}
    table = heads[".dbf"]
    rows = int.from_bytes(table[4:8], "little")
    first, width = (int.from_bytes(table[at : at + 2], "little") for at in (8, 10))
    said[".dbf"] = first + rows * width
    places = (said[".shx"] - 100) // 8
    for suffix, size in said.items():
        if parts[suffix].size < size or len(heads[suffix]) < 32:
            raise DataFileError(
                f"{name} must be whole, but its {suffix} says that it has {size:,} bytes and has "
                f"{parts[suffix].size:,}. Copy all files of that name again."
            )
    if places != rows:
        raise DataFileError(
            f"{name} must have a row in its .dbf for each geometry, but has {rows:,} rows and {places:,} "
            "geometries. Copy all files of that name again."
        )


def _dbf_encoding(parts: dict[str, BinarySource], notes: list[str]) -> str | None:
    """Return in which encoding the texts of a shapefile are, where it does not say so itself."""
    if ".cpg" in parts:
        return None
    with parts[".dbf"].open() as file:
        head = file.read(32)
        file.read(max(int.from_bytes(head[8:10], "little") - 32, 0))
        sample = file.read(1 << 20)
    if sample.isascii():
        return "UTF-8"
    high = sum(byte > 127 for byte in sample)
    odd = sample.decode("utf-8", "replace").count("\ufffd")
    if odd * 20 < high:
        return "UTF-8"
    if head[29]:  # the code page of dBASE
        return None
    notes.append("it does not say its encoding (no .cpg), and is not UTF-8: read as Windows-1251")
    return "CP1251"


def open_zipped_shapefile(
    source: BinarySource, file: Path, name: str, layer: str | None, given: CRS | None
) -> RawFile:
    """Open a shapefile from inside a zip, which is not unpacked to disk."""
    members = check_zip(source)
    inner = open_archive(source)
    found = {
        Path(each.filename).stem: (each, opened)
        for each, opened in zip(members, inner, strict=True)
        if each.filename.lower().endswith(".shp")
    }
    if not found:
        raise DataFileError(
            f"{name} must hold a Shapefile (.shp, .shx, .dbf), but holds "
            f"{shortened(', '.join(repr(each.filename) for each in members))}. Unpack it and give the "
            "file inside."
        )
    if layer is not None and layer not in found:
        raise ParameterError(
            f"{name} has no layer {layer!r}; its layers are {', '.join(map(repr, found))}."
        )
    if "!" in str(file):
        raise DataFileError(f"{name} must be at a path without '!', but is at {file}. Rename it.")
    stem = layer or next(iter(found))
    notes = []
    if layer is None and len(found) > 1:
        rest = ", ".join(repr(each) for each in found if each != stem)
        notes.append(f"the layer {stem!r} was read; other layers were not: {rest}")
    member, opened = found[stem]
    if opened.start(4) != SHAPEFILE:
        raise DataFileError(f"{name} must hold a Shapefile, but {member.filename!r} is none.")
    base = member.filename[:-4]
    parts = {
        Path(each.filename).suffix.lower(): inside
        for each, inside in zip(members, inner, strict=True)
        if each.filename[: -len(Path(each.filename).suffix)] == base
    }
    _check_parts(parts, name)
    for part in parts.values():  # counts what it unpacks to
        with part.open() as stream:
            while stream.read(1 << 20):
                pass
    encoding = _dbf_encoding(parts, notes)
    target = f"/vsizip/{{{file}}}/{member.filename}"
    return _open_layer(target, name, "ESRI Shapefile", None, given, {"encoding": encoding}, notes)
