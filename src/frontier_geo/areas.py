"""
Which area a point is in, never at odds with its side of the border.

Polygons and line share every vertex. Between two vertices an edge of a polygon is straight in
longitude and latitude, and an edge of the border is a geodesic, up to 0.4 m away; there the line
decides.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from frontier_geo._validation import FloatArray, check_columns, check_geographic, check_lonlat
from frontier_geo.boundary import Boundary
from frontier_geo.datasets import load_areas, runs_along_shipped, the_boundary
from frontier_geo.errors import ParameterError
from frontier_geo.locating import locate_points
from frontier_geo.world import load_countries

__all__ = ["locate_areas"]


def locate_areas(
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    areas: gpd.GeoDataFrame | None = None,
    boundary: Boundary | None = None,
) -> pd.DataFrame:
    """
    Say which country and province points are in.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees on WGS84.
    areas : GeoDataFrame, optional
        With ``area_id, name, kind, country, frontage_from_km, frontage_to_km``; see `load_areas`.
        Default: all provinces and both countries of the shipped border; of another one the two
        countries at its sides, by `load_countries`.
    boundary : Boundary, optional
        The line that decides the side. Default: the shipped border.

    Returns
    -------
    DataFrame
        One row a point: ``country, area_id, area, side, side_certain, distance_km``. `area_id` and
        `area` are the province; None outside both countries. `country` never contradicts `side`.

    Raises
    ------
    CoordinateError
        If a coordinate is missing, infinite or out of range.
    CRSError, ColumnError
        If `areas` is not in EPSG:4326, or lacks a column.
    ParameterError
        If no areas are given, and the sides of the line are no countries.

    References
    ----------
    ISO 3166-1: codes of countries. Areas: see `load_areas`.

    Examples
    --------
    >>> locate_areas([71.55, 70.6, 60.0], [37.49, 37.1, 30.0])["area"].tolist()
    ['GBAO', 'Badakhshan', None]
    """
    boundary = the_boundary(boundary)
    if areas is None:
        areas = load_areas("all") if runs_along_shipped(boundary) else _sides_of(boundary)
    needed = ["area_id", "name", "kind", "country"]
    check_columns(areas, needed, name="areas")
    check_geographic(areas.crs, name="areas")
    if areas["kind"].eq("province").any():
        check_columns(areas, ["frontage_from_km", "frontage_to_km"], name="areas")
    lon, lat = check_lonlat(lon, lat)
    near = locate_points(lon, lat, boundary=boundary)
    side = near["side"].to_numpy(dtype=object)
    countries = areas[areas["kind"] == "country"]
    provinces = areas[areas["kind"] == "province"]
    country = _first_containing(countries, lon, lat)
    province = _first_containing(provinces, lon, lat)
    told = pd.DataFrame(
        {
            "country": _take(countries["country"], country),
            "area_id": _take(provinces["area_id"], province),
            "area": _take(provinces["name"], province),
            "side": side,
            "side_certain": near["side_certain"],
            "distance_km": near["distance_km"],
        }
    )
    # A province tells the country too, where the two sets of outlines differ by a rounding.
    of_province = _take(provinces["country"], province)
    told["country"] = told["country"].where(told["country"].notna(), of_province)
    _let_the_line_decide(told, provinces, near, boundary)
    return (
        told.astype({name: object for name in ("country", "area_id", "area")})
        .where(told.notna(), None)
        .astype({"side_certain": bool, "distance_km": float})
    )


def _sides_of(boundary: Boundary) -> gpd.GeoDataFrame:
    """Return the countries at the sides of a line."""
    try:
        areas = load_countries(boundary.left, boundary.right)
    except ParameterError as error:
        raise ParameterError(
            f"The areas beside {boundary.boundary_id!r} are not known: its sides, {boundary.left!r} and "
            f"{boundary.right!r}, are not two countries. Pass areas=, such as load_countries(...)."
        ) from error
    return areas.assign(country=[boundary.left, boundary.right])


def _let_the_line_decide(
    told: pd.DataFrame, provinces: gpd.GeoDataFrame, near: pd.DataFrame, boundary: Boundary
) -> None:
    """Correct, in place, the points between an edge of the polygons and the geodesic beside it."""
    sides = {boundary.left, boundary.right}
    side = told["side"]
    odd = side.isin(sides) & told["country"].isin(sides) & (told["country"] != side)
    beside = (
        side.isin(sides)
        & (told["country"].isna() | told["area_id"].isna())
        & (told["distance_km"] < 1e-3)
    )
    on_line = side.isna() & ~near["beyond_end"]
    told.loc[on_line, ["country", "area_id", "area"]] = None
    for i in np.flatnonzero(odd | beside):
        mine = provinces[provinces["country"] == side[i]]
        km = near["chainage_km"].iloc[i]
        fronts = mine
        if len(mine):
            fronts = mine[(mine["frontage_from_km"] <= km) & (mine["frontage_to_km"] >= km)]
        told.loc[i, "country"] = side[i]
        told.loc[i, "area_id"] = fronts["area_id"].iloc[0] if len(fronts) else None
        told.loc[i, "area"] = fronts["name"].iloc[0] if len(fronts) else None


def _first_containing(
    areas: gpd.GeoDataFrame, lon: FloatArray, lat: FloatArray
) -> NDArray[np.intp]:
    """Return the position of the first area that contains or touches each point, or -1."""
    # Asked of the polygons, not of the points: each polygon is then prepared once.
    area, point = shapely.STRtree(shapely.points(lon, lat)).query(
        areas.geometry.to_numpy(), predicate="intersects"
    )
    found = np.full(lon.size, len(areas))
    np.minimum.at(found, point, area)
    return np.where(found == len(areas), -1, found)


def _take(column: pd.Series, position: NDArray[np.intp]) -> NDArray[np.object_]:
    return np.array([*column, None], dtype=object)[position]
