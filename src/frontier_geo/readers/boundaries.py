"""Lines and areas from vector files: a border of one's own, a region to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np

from frontier_geo._files import first_line
from frontier_geo.boundary import Boundary
from frontier_geo.errors import DataFileError, GeometryError

__all__ = ["read_area", "read_boundary"]


def read_boundary(path: str | Path, **about: Any) -> Boundary:
    """
    Read a line from a file and make a boundary of it.

    Parameters
    ----------
    path : str or Path
        A vector file with one line, in longitude and latitude (EPSG:4326).
    **about
        Passed to `Boundary.from_line`: ``boundary_id, left, right, official_length_km`` and so on.

    Returns
    -------
    Boundary

    Raises
    ------
    DataFileError
        If the file is missing or cannot be read.
    CRSError, GeometryError, LineError
        If its line cannot serve as a boundary.

    Examples
    --------
    >>> import tempfile
    >>> line = '{"type": "LineString", "coordinates": [[70, 37], [71, 37]]}'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "line.geojson").write_text(line)
    ...     round(read_boundary(Path(folder, "line.geojson"), left="N", right="S").length_km, 3)
    89.011
    """
    file = _existing(path)
    layer = _read_layer(file)
    about.setdefault("boundary_id", file.stem)
    about.setdefault("source", file.name)
    return Boundary.from_line(layer, **about)


def read_area(path: str | Path) -> gpd.GeoDataFrame:
    """
    Read areas from a vector file.

    Parameters
    ----------
    path : str or Path
        A file with polygons, in any CRS that it says.

    Returns
    -------
    GeoDataFrame
        As in the file.

    Raises
    ------
    DataFileError
        If the file is missing or cannot be read.
    GeometryError
        If it holds no polygon.

    Examples
    --------
    >>> import tempfile
    >>> area = '{"type": "Polygon", "coordinates": [[[70, 37], [71, 37], [71, 38], [70, 37]]]}'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "area.geojson").write_text(area)
    ...     len(read_area(Path(folder, "area.geojson")))
    1
    """
    file = _existing(path)
    layer = _read_layer(file)
    if not layer.geom_type.isin(["Polygon", "MultiPolygon"]).any():
        raise GeometryError(f"{file} must hold an area (polygons), but holds none.")
    return layer


def _existing(path: str | Path) -> Path:
    file = Path(path)
    if not file.exists():
        raise DataFileError(
            f"A file to read is needed, but there is none at {file}. Check the path."
        )
    if file.is_dir() and file.suffix != ".gdb":
        raise DataFileError(f"A file to read is needed, but {file} is a folder.")
    return file


def _read_layer(file: Path) -> gpd.GeoDataFrame:
    try:
        layer = gpd.read_file(file, engine="pyogrio")
    except Exception as error:  # GDAL's drivers raise whatever they like
        raise DataFileError(
            f"{file} must be a vector file that GDAL can read (GeoJSON, GeoPackage, …), but: "
            f"{first_line(error)}."
        ) from error
    if not isinstance(layer, gpd.GeoDataFrame):
        columns = ", ".join(map(repr, np.asarray(layer.columns)))
        raise DataFileError(f"{file} must hold geometries, but has only the columns {columns}.")
    return layer
