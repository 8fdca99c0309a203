"""A path, a zip, an address or a table in memory → files that can be read row by row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from frontier_geo.errors import CRSError, DataFileError
from frontier_geo.geodesy import LONLAT_CRS
from frontier_geo.readers.archives import BinarySource, is_archive, open_archive
from frontier_geo.readers.archives import open_path as open_binary
from frontier_geo.readers.delimited import open_delimited
from frontier_geo.readers.source import RawChunk, RawFile

__all__ = ["Reading", "open_frame", "open_path", "open_url"]

CHUNK_ROWS = 65_536
SPREADSHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
VECTORS = (".geojson", ".gpkg", ".fgb", ".shp", ".parquet", ".geoparquet", ".pq")
TEXTS = (".csv", ".tsv", ".tab", ".txt")
JSONS = (".json", ".jsonl", ".ndjson", ".geojsonl", ".geojsons")


#: How files begin that people take for a table by mistake.
OTHER_FILES = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x7fELF", "a program"),
    (b"\xd0\xcf\x11\xe0", "an old Office file (.doc, .xls); save it again as .xlsx or CSV"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
)


@dataclass(frozen=True)
class Reading:
    """How a file is to be opened, where it does not say so itself."""

    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | int | None = None
    layer: str | None = None
    crs: Any = None


def open_path(path: str | Path, how: Reading) -> list[RawFile]:
    """
    Open a file, or the files of an archive.

    Raises
    ------
    DataFileError
        If it is missing, a folder, or cannot be read.
    """
    file = Path(path)
    if str(path).startswith("/vsi"):
        raise DataFileError(
            f"A file on this machine is needed, but {str(path)!r} names another place."
        )
    source = open_binary(file)
    if file.suffix.lower() in VECTORS:
        return [_vector(file, how)]
    return _opened(source, how, file)


def open_url(address: str, how: Reading) -> list[RawFile]:
    """Fetch a file over the network, and open it. Needs the extra `fetch`."""
    from frontier_geo.readers.fetching import download

    fetched = download(address)
    # The file in the temporary folder lives as long as something can open it.
    return _opened(BinarySource(fetched.name, fetched.size, fetched.open), how, None)


def open_frame(table: pd.DataFrame, how: Reading, name: str = "table") -> RawFile:
    """
    Take a table in memory as a file.

    Raises
    ------
    CRSError
        If it is a GeoDataFrame that does not say its CRS.
    """
    geometry: gpd.GeoSeries | None = None
    if isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name is not None:
        geometry = table.geometry
        crs = table.crs or how.crs
        if crs is None:
            raise CRSError(
                "The table must say which coordinate reference system it is in, but its CRS is None. "
                'If its coordinates are longitude and latitude, pass crs="EPSG:4326".'
            )
        geometry = geometry.set_crs(crs).to_crs(LONLAT_CRS)
        table = pd.DataFrame(table.drop(columns=table.active_geometry_name))
    cells = table.reset_index(drop=True)
    for column in cells.columns[cells.dtypes == "category"]:
        cells[column] = cells[column].astype(object)
    cells.columns = [str(column) for column in cells.columns]
    repeated = cells.columns[cells.columns.duplicated()]
    if len(repeated):
        raise DataFileError(
            f"Each column of the table must occur once, but {repeated[0]!r} occurs more than once. "
            "Rename one of them."
        )
    cells.index = pd.RangeIndex(1, len(cells) + 1)

    def chunks() -> Iterator[RawChunk]:
        for begin in range(0, max(len(cells), 1), CHUNK_ROWS):
            part = cells.iloc[begin : begin + CHUNK_ROWS]
            places = None
            if geometry is not None:
                places = gpd.GeoSeries(
                    geometry.iloc[begin : begin + CHUNK_ROWS].array,
                    index=part.index,
                    crs=LONLAT_CRS,
                )
            yield RawChunk(part, no_rows(), places, min(begin + CHUNK_ROWS, len(cells)), len(cells))

    return RawFile(name, "frame", tuple(cells.columns), chunks)


def no_rows() -> pd.DataFrame:
    """Return a table of broken rows without any."""
    return pd.DataFrame(columns=["column", "value", "reason", "row"])


def _document(source: BinarySource, name: str, how: Reading) -> RawFile:
    """Open a text, spreadsheet or JSON by its name, or by how it begins."""
    suffix = Path(name).suffix.lower()
    with source.open() as stream:
        start = stream.read(65_536)
    if suffix in SPREADSHEETS or (start[:4] == b"PK\x03\x04" and suffix not in TEXTS):
        return _spreadsheet(source, name, how)
    if suffix in VECTORS:
        return _vector_in_memory(source, name, how)
    if (
        kind := next((name for mark, name in OTHER_FILES if start.startswith(mark)), None)
    ) is not None:
        raise DataFileError(
            f"{name} must be a table of incidents, but begins like {kind}. Check that it is the right "
            "file."
        )
    lead = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if suffix in JSONS or (suffix not in TEXTS and lead in (b"{", b"[")):
        from frontier_geo.readers.documents import open_json

        if b'"FeatureCollection"' in start or b'"Feature"' in start:
            return _vector_in_memory(source, name, how)
        return open_json(source, name)

    def opened(header: bool) -> RawFile:
        return open_delimited(
            source, name, encoding=how.encoding, delimiter=how.delimiter, header=header
        )

    return replace(opened(True), without_header=lambda: opened(False))


def _opened(source: BinarySource, how: Reading, file: Path | None) -> list[RawFile]:
    """Open what a file holds: itself, or the tables of an archive."""
    if Path(source.name).suffix.lower() in SPREADSHEETS or not is_archive(source):
        return [_document(source, source.name, how)]
    members = open_archive(source)
    if any(each.name.lower().endswith(".shp") for each in members):
        if file is None:
            raise DataFileError(
                f"A zipped Shapefile must lie on this machine, but {source.name} does not. Download "
                "it first."
            )
        return [_vector(file, how)]
    known = (*TEXTS, *SPREADSHEETS, *JSONS, *VECTORS)
    readable = [each for each in members if Path(each.name).suffix.lower() in known]
    if not readable and len(members) == 1:
        readable = members  # such as 20250101.gz
    if not readable:
        names = ", ".join(repr(each.name) for each in members[:5]) or "nothing"
        raise DataFileError(
            f"{source.name} must hold a table (.csv, .tsv, .xlsx, .json, .geojson, …), but holds "
            f"{names}."
        )
    return [_document(each, each.name, how) for each in readable]


def _spreadsheet(source: BinarySource, name: str, how: Reading) -> RawFile:
    from frontier_geo.readers.spreadsheets import open_spreadsheet

    return open_spreadsheet(source, name, sheet=how.sheet)


def _vector(file: Path, how: Reading) -> RawFile:
    from frontier_geo.readers.vector import open_vector

    return open_vector(file, file.name, layer=how.layer, crs=how.crs)


def _vector_in_memory(source: BinarySource, name: str, how: Reading) -> RawFile:
    from frontier_geo.readers.vector import open_vector

    return open_vector(source, name, layer=how.layer, crs=how.crs)
