"""Incidents and lines from common files: CSV, GeoJSON, GeoPackage and whatever else GDAL reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from frontier_geo._files import first_line, read_csv_table
from frontier_geo._validation import check_columns
from frontier_geo.boundary import Boundary
from frontier_geo.errors import ColumnError, DataFileError
from frontier_geo.events import check_events
from frontier_geo.geodesy import LONLAT_CRS

__all__ = ["read_boundary", "read_events"]

TEXT = ("event_id", "date_start", "date_end")  # never numbers, however they look: 007, 2020


def read_events(path: str | Path) -> gpd.GeoDataFrame:
    """
    Read incidents from a file.

    Parameters
    ----------
    path : str or Path
        A CSV file in UTF-8 with the columns `lon` and `lat` (degrees on WGS84), or any vector file
        with a CRS: GeoJSON, GeoPackage, FlatGeobuf, Shapefile. Other columns are those of the event
        table, of which none must be there.

    Returns
    -------
    GeoDataFrame
        The event table, in EPSG:4326. CSV rows without usable coordinates stay, to be reported when
        they are located.

    Raises
    ------
    DataFileError
        If the file is missing, cannot be read, or holds nothing.
    ColumnError, CRSError, GeometryError, ParameterError
        If what it holds cannot be used.
    """
    file = _existing(path)
    events = (
        _read_csv(file) if file.suffix.lower() in (".csv", ".tsv", ".txt") else _read_layer(file)
    )
    if events.empty:
        raise DataFileError(f"{file} must hold at least one incident, but has no rows.")
    return check_events(events, name=file.name)


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
    """
    file = _existing(path)
    layer = _read_layer(file)
    about.setdefault("boundary_id", file.stem)
    about.setdefault("source", file.name)
    return Boundary.from_line(layer, **about)


def _existing(path: str | Path) -> Path:
    file = Path(path)
    if not file.exists():
        raise DataFileError(
            f"A file to read is needed, but there is none at {file}. Check the path."
        )
    if file.is_dir() and file.suffix != ".gdb":
        raise DataFileError(f"A file to read is needed, but {file} is a folder.")
    return file


def _read_csv(file: Path) -> gpd.GeoDataFrame:
    table = read_csv_table(file, texts=TEXT)
    _check_coordinate_columns(table, file)
    given = table[["lon", "lat"]]
    numbers = given.apply(pd.to_numeric, errors="coerce").astype(float)
    geometry = gpd.GeoSeries.from_xy(numbers["lon"], numbers["lat"], crs=LONLAT_CRS)
    geometry[given.isna().all(axis=1)] = None
    events = gpd.GeoDataFrame(table.drop(columns=["lon", "lat"]), geometry=geometry)
    unread = numbers.isna() & given.notna()
    if unread.any(axis=None):
        events["location_problem"] = [
            _unread(row) if odd else None
            for row, odd in zip(given.to_dict("records"), unread.any(axis=1), strict=True)
        ]
    return events


def _unread(row: dict[str, Any]) -> str:
    """Say what stood where a number was needed."""
    return f"its coordinates are not numbers: longitude {row['lon']!r}, latitude {row['lat']!r}"


def _check_coordinate_columns(table: pd.DataFrame, file: Path) -> None:
    """Refuse a table without `lon` and `lat`; name the columns that are called otherwise."""
    usual = {"lon": ("longitude", "long", "lng", "x"), "lat": ("latitude", "y")}
    for wanted, others in usual.items():
        found = [name for name in table.columns if str(name).strip().lower() in (wanted, *others)]
        if wanted not in table.columns and found:
            present = ", ".join(map(repr, table.columns))
            raise ColumnError(
                f"{file.name} needs the column {wanted!r}, but has only {present}. Rename "
                f"{found[0]!r} to {wanted!r}?"
            )
    check_columns(table, list(usual), name=file.name)


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
