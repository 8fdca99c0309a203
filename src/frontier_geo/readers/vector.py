"""
Vector files: GeoJSON, GeoPackage, FlatGeobuf, Shapefile, GeoParquet, and Parquet without geometry.

A file is known by its first bytes, never by its name, and only the driver for that format may open it:
a file that asks GDAL to read other files (VRT) or the network is refused whatever it is called.
Whatever the CRS, geometries come out in EPSG:4326.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError as ProjError

from frontier_geo._files import first_line
from frontier_geo.errors import CRSError, DataFileError, ParameterError
from frontier_geo.readers.archives import BinarySource, open_path
from frontier_geo.readers.geojson import open_geojson
from frontier_geo.readers.geoparquet import open_parquet
from frontier_geo.readers.layers import LINE, MULTILINE, MULTIPOINT, POINT
from frontier_geo.readers.ogr import DRIVERS, open_ogr, open_zipped_shapefile
from frontier_geo.readers.source import RawFile

__all__ = ["geometry_findings", "open_vector"]

PARQUET = b"PAR1"
ZIP = b"PK\x03\x04"


def open_vector(
    path: str | Path | BinarySource,
    name: str | None = None,
    *,
    layer: str | None = None,
    crs: Any = None,
) -> RawFile:
    """
    Open a layer of a vector file.

    Geometries are brought to EPSG:4326, heights are left out, and a multi-point or multi-line with
    one part becomes that part. Geometries of other kinds are passed on: `geometry_findings` says
    what is wrong with them. Properties of GeoJSON keep their types, text stays as written; lists of
    plain values stay lists, what is nested becomes JSON text. A feature that cannot be read is a
    broken row.

    Parameters
    ----------
    path : str, Path or BinarySource
        The file; a shapefile also as a zip.
    name : str, optional
        Its name, for messages; by default the file name.
    layer : str, optional
        Which layer of a GeoPackage, or which shapefile of a zip. By default the first with
        geometries.
    crs : anything pyproj knows, optional
        The CRS of the coordinates, for files that do not say it.

    Returns
    -------
    RawFile
        Of kind ``geojson``, ``vector`` or ``parquet``.

    Raises
    ------
    DataFileError
        If it is none of these formats, is damaged, or does not say its CRS.
    ParameterError
        If it has no such layer.
    CRSError
        If `crs` is none.
    """
    source = path if isinstance(path, BinarySource) else open_path(_local(path))
    file = None if isinstance(path, BinarySource) else Path(path).absolute()
    name = name or source.name
    given = _crs_given(crs)
    start = source.start(100)
    if start[:4] == PARQUET:
        _check_single_layer(layer, name, "Parquet")
        return open_parquet(source, file, name, given)
    if start[:4] == ZIP and file is not None:
        return open_zipped_shapefile(source, file, name, layer, given)
    driver = next((each for magic, each in DRIVERS.items() if start.startswith(magic)), None)
    if driver is not None:
        return open_ogr(source, file, name, driver, layer, given)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" or start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        _check_single_layer(layer, name, "GeoJSON")
        return open_geojson(source, name, given)
    what = f"begins with {start[:16]!r}" if start else "is empty"
    raise DataFileError(
        f"{name} must be GeoJSON, GeoPackage, FlatGeobuf, a Shapefile or Parquet, but {what}. Other "
        "formats are not opened: convert it to one of these."
    )


def geometry_findings(geometry: gpd.GeoSeries) -> tuple[pd.Series, pd.Series]:
    """
    Say which geometries cannot be the place of an event, and why.

    Parameters
    ----------
    geometry : GeoSeries
        In EPSG:4326. Missing is no finding: the place is not known.

    Returns
    -------
    odd : Series of bool
        Whether it is anything but a point, a line or lines with finite coordinates.
    reason : Series of str
        What is needed, where `odd`; elsewhere empty.
    """
    values = geometry.to_numpy()
    reason = np.full(len(values), "", dtype=object)
    there = ~shapely.is_missing(values)
    kind = shapely.get_type_id(values)
    odd_kind = there & ~np.isin(kind, (POINT, LINE, MULTILINE))
    for each in np.unique(kind[odd_kind]):
        rows = odd_kind & (kind == each)
        word = values[np.flatnonzero(rows)[0]].geom_type
        many = each == MULTIPOINT
        what = f"{word} of several parts" if many else word
        help_ = (
            "give each part a row of its own, or one point"
            if many
            else "use a point inside it and say how imprecise it is in location_uncertainty_km"
        )
        reason[rows] = f"a point or a line is needed, not a {what}: {help_}"
    empty = there & shapely.is_empty(values)
    reason[empty] = (
        "a geometry with coordinates is needed, not an empty one; if unknown, leave it out"
    )
    plain = there & ~odd_kind & ~empty
    coordinates, at = shapely.get_coordinates(values[plain], return_index=True)
    infinite = np.zeros(int(plain.sum()), dtype=bool)
    infinite[at[~np.isfinite(coordinates).all(axis=1)]] = True
    rows = np.flatnonzero(plain)
    reason[rows[infinite]] = (
        "finite coordinates are needed: these are no numbers, or lie outside the area of their CRS"
    )
    lines = rows[~infinite & np.isin(kind[rows], (LINE, MULTILINE))]
    short = lines[~shapely.is_valid(values[lines])]
    reason[short] = (
        "a line of some length is needed: all vertices of it, or of a part, are the same point"
    )
    found = pd.Series(reason, index=geometry.index, dtype=object)
    return found != "", found


def _local(path: str | Path) -> str | Path:
    """Refuse names that GDAL would take for an address or a file inside another."""
    word = str(path)
    if word.startswith("/vsi") or "://" in word:
        raise DataFileError(
            f"A file on this machine is needed, but {word!r} is an address. Fetch the file first."
        )
    return path


def _crs_given(crs: Any) -> CRS | None:
    if crs is None:
        return None
    try:
        return CRS.from_user_input(crs)
    except (ProjError, TypeError, ValueError) as error:
        raise CRSError(
            f"crs must be a CRS that pyproj knows, such as 'EPSG:32642', but is {crs!r}: "
            f"{first_line(error)}."
        ) from error


def _check_single_layer(layer: str | None, name: str, kind: str) -> None:
    if layer is not None:
        raise ParameterError(
            f"{name} is {kind}, which has a single layer, but layer={layer!r} was asked for. Leave it "
            "out."
        )
