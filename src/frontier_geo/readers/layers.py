"""
What layers of every vector format share: their CRS, plain geometries, rows that cannot be read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjError

from frontier_geo.errors import DataFileError
from frontier_geo.geodesy import LONLAT_CRS
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.documents import BROKEN_COLUMNS
from frontier_geo.readers.problems import shortened
from frontier_geo.readers.source import RawChunk

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "KEPT_OF_BROKEN",
    "LINE",
    "MULTILINE",
    "MULTIPOINT",
    "POINT",
    "ROWS_PER_CHUNK",
    "Place",
    "arrow_chunk",
    "broken_rows",
]

ROWS_PER_CHUNK = 65_536
KEPT_OF_BROKEN = 1_000  # characters of a row that cannot be used, kept to be shown
POINT, LINE, MULTIPOINT, MULTILINE = 0, 1, 4, 5  # shapely's numbers for kinds of geometry


@dataclass
class Place:
    """How the coordinates of a file become longitude and latitude."""

    crs: CRS | None
    notes: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, said: Any, given: CRS | None, name: str) -> Place:
        """Choose between the CRS a file says and the one that was given."""
        own = None
        if said is not None:
            try:
                own = CRS.from_user_input(said)
            except (ProjError, TypeError, ValueError) as error:
                if given is None:
                    raise DataFileError(
                        f"{name} must say a CRS that is known, but says {shortened(said)!r}. Pass "
                        'crs=, such as crs="EPSG:4326", if you know it.'
                    ) from error
        chosen = given or own
        if chosen is None:
            raise DataFileError(
                f"{name} does not say its CRS, so its coordinates may mean anything. Pass crs=, such as "
                'crs="EPSG:4326" for longitude and latitude.'
            )
        notes = []
        if given is not None and own is not None and not _same(given, own):
            notes.append(f"it says {own.name}, but was read as {given.name}, as asked for")
        elif given is not None and own is None:
            notes.append(f"it does not say its CRS: read as {given.name}, as asked for")
        if _same(chosen, CRS(LONLAT_CRS)):
            return cls(None, notes)
        notes.append(f"its coordinates were brought from {chosen.name} to WGS84")
        return cls(chosen, notes)

    def lonlat(self, geometry: np.ndarray, index: pd.Index) -> gpd.GeoSeries:
        """Return plain geometries in longitude and latitude."""
        plain = _plain_parts(shapely.force_2d(geometry))
        if self.crs is None:
            return gpd.GeoSeries(plain, index=index, crs=LONLAT_CRS)
        return gpd.GeoSeries(plain, index=index, crs=self.crs).to_crs(LONLAT_CRS)


def _same(one: CRS, other: CRS) -> bool:
    return bool(one.equals(other, ignore_axis_order=True)) or (
        one.to_authority()
        in (("OGC", "CRS84"), ("EPSG", "4326"), ("EPSG", "4979"), ("OGC", "CRS84h"))
        and other.to_authority() == ("EPSG", "4326")
    )


def _plain_parts(geometry: np.ndarray) -> np.ndarray:
    """Return the one part of multi-points and multi-lines that have one."""
    single = np.isin(shapely.get_type_id(geometry), (MULTIPOINT, MULTILINE)) & (
        shapely.get_num_geometries(geometry) == 1
    )
    if single.any():
        geometry = geometry.copy()
        geometry[single] = shapely.get_geometry(geometry[single], 0)
    return geometry


def broken_rows(rows: list[tuple[int, str, str, str, str]]) -> pd.DataFrame:
    """Return a table of broken rows: row number, column, value, reason and the row as it came."""
    return pd.DataFrame(
        [each[1:] for each in rows],
        columns=BROKEN_COLUMNS,
        index=pd.Index([each[0] for each in rows], dtype="int64"),
        dtype=object,
    )


def arrow_chunk(
    batch: pa.RecordBatch,
    columns: tuple[str, ...],
    geometry_name: str | None,
    place: Place | None,
    done: int,
    total: int,
) -> RawChunk:
    """Return rows of an Arrow batch, with its geometries in WKB brought to longitude and latitude."""
    index = pd.RangeIndex(done + 1, done + 1 + batch.num_rows)
    broken: dict[int, tuple[int, str, str, str, str]] = {}
    cells = {}
    for column in columns:
        cells[column], odd = _arrow_column(batch.column(column), index)
        for row in odd:
            broken.setdefault(
                row, (row, column, "", "text in a known encoding is needed; this is not UTF-8", "")
            )
    table = pd.DataFrame(cells, index=index, columns=list(columns))
    places = None
    if place is not None and geometry_name in batch.schema.names:
        shapes, unread = _wkb(batch.column(geometry_name))
        for at in np.flatnonzero(unread):
            row = int(index[at])
            broken[row] = (row, "geometry", "", "a geometry that can be read is needed", "")
        places = place.lonlat(shapes, index)
    for row, told in broken.items():
        shown = json.dumps(table.loc[row].astype(str).to_dict(), ensure_ascii=False)
        broken[row] = (*told[:4], shown[:KEPT_OF_BROKEN])
    if broken:
        table = table.drop(index=list(broken))
        places = places.drop(index=list(broken)) if places is not None else None
    return RawChunk(
        table, broken_rows(sorted(broken.values())), places, done + batch.num_rows, total
    )


def _wkb(array: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return geometries of WKB, and where there is some that is none."""
    bytes_ = array.to_numpy(zero_copy_only=False)
    shapes = shapely.from_wkb(bytes_, on_invalid="ignore")
    given = np.array([each is not None for each in bytes_], dtype=bool)
    return shapes, given & shapely.is_missing(shapes)


def _arrow_column(array: Any, index: pd.Index) -> tuple[pd.Series, list[int]]:
    """Return an Arrow column as a pandas column, and the rows whose text cannot be decoded."""
    import pyarrow as pa
    import pyarrow.types as types

    kind = array.type
    if types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
    if types.is_null(kind):
        return pd.Series(pd.NA, index=index, dtype=TEXT), []
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        try:
            array.validate(full=True)
        except pa.ArrowInvalid:
            return _half_text(array, index)
        texts = array.cast(pa.large_string()).to_pandas()
        return pd.Series(texts.to_numpy(), index=index, dtype=TEXT), []
    if types.is_boolean(kind):
        return pd.Series(array.to_pylist(), index=index, dtype="boolean"), []
    if types.is_integer(kind):
        wide = "UInt64" if types.is_uint64(kind) else "Int64"
        values = array.to_pandas(types_mapper={kind: _PANDAS_INT[wide]}.get)
        return pd.Series(values.array, index=index), []
    if types.is_floating(kind):
        return pd.Series(array.to_pandas().to_numpy(dtype="float64"), index=index), []
    if types.is_timestamp(kind):
        return pd.Series(array.to_pandas().array, index=index), []
    if types.is_nested(kind):
        return pd.Series(
            [_nested(each) for each in array.to_pylist()], index=index, dtype=object
        ), []
    return pd.Series(array.to_pylist(), index=index, dtype=object), []


_PANDAS_INT = {"Int64": pd.Int64Dtype(), "UInt64": pd.UInt64Dtype()}


def _half_text(array: Any, index: pd.Index) -> tuple[pd.Series, list[int]]:
    import pyarrow as pa

    binary = pa.large_binary() if array.type == pa.large_string() else pa.binary()
    values: list[str | None] = []
    odd = []
    for row, given in zip(index, array.view(binary).to_pylist(), strict=True):
        try:
            values.append(None if given is None else given.decode())
        except UnicodeDecodeError:
            values.append(given.decode("utf-8", "backslashreplace"))
            odd.append(int(row))
    return pd.Series(values, index=index, dtype=TEXT), odd


def _nested(value: Any) -> Any:
    if isinstance(value, dict) or (
        isinstance(value, list) and any(isinstance(each, dict | list | tuple) for each in value)
    ):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value
