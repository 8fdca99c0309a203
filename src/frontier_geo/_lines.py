"""From what a caller calls a line to the vertices of one simple, open line, or why it is not one."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from frontier_geo._validation import FloatArray, check_geographic, check_vertices
from frontier_geo.errors import CRSError, GeometryError, LineError, VertexError
from frontier_geo.geodesy import WGS84


def one_geometry(line: Any, crs: Any) -> Any:
    """Return the bare geometry of a layer or shape, its CRS checked."""
    if hasattr(line, "geometry") and hasattr(line, "crs"):
        check_geographic(line.crs if line.crs is not None else crs, name="the line")
        parts = [part for part in line.geometry if part is not None and not part.is_empty]
        if len(parts) == 1:
            return parts[0]
        if not parts:
            raise GeometryError(
                f"A boundary needs a line, but the layer of {len(line)} rows holds none."
            )
        lines = [p for part in parts for p in getattr(part, "geoms", [part])]
        other = next((p.geom_type for p in lines if p.geom_type != "LineString"), None)
        if other:
            raise GeometryError(
                f"A boundary needs a line, but the layer of {len(line)} rows has a {other}."
            )
        return shapely.multilinestrings(lines)
    if not isinstance(line, shapely.Geometry):
        raise GeometryError(
            "A boundary is made from a LineString, MultiLineString, GeoSeries or GeoDataFrame, "
            f"but a {type(line).__name__} was given."
        )
    if crs is None:
        raise CRSError(
            "A bare geometry does not say which CRS it is in. If its coordinates are longitude and "
            'latitude, pass crs="EPSG:4326"; otherwise convert it first with geopandas to_crs(4326).'
        )
    check_geographic(crs, name="the line")
    return line


def single_line(geometry: Any) -> tuple[FloatArray, FloatArray]:
    """Return the vertices of one simple, open line, or say why it is not one."""
    if geometry.is_empty:
        raise GeometryError("A boundary needs a line, but the geometry is empty.")
    if geometry.geom_type not in ("LineString", "MultiLineString"):
        raise GeometryError(
            f"A boundary needs a line, but the geometry is a {geometry.geom_type}. For the border of "
            "a polygon take its .exterior, or the part shared with its neighbour."
        )
    vertices = shapely.get_coordinates(geometry)
    check_vertices(*vertices.T)
    if (vertices == vertices[0]).all():
        raise VertexError(
            f"A line needs two or more different vertices, but all {len(vertices)} of this one are "
            f"({vertices[0, 0]:.6f}, {vertices[0, 1]:.6f})."
        )
    if geometry.geom_type == "MultiLineString":
        merged = shapely.line_merge(geometry, directed=True)  # keep the digitising direction
        geometry = merged if merged.geom_type == "LineString" else shapely.line_merge(geometry)
        if geometry.geom_type == "MultiLineString":
            raise LineError(_gap_message(geometry))
    if geometry.is_closed:
        raise LineError(
            "A boundary runs from one end to the other, but this line is a closed ring. Cut it where "
            "the chainage is to begin."
        )
    if not _across_180(geometry).is_simple:
        raise LineError(_crossing_message(_across_180(geometry)))
    lon, lat = shapely.get_coordinates(geometry).T
    return lon.copy(), lat.copy()


def _across_180(line: Any) -> Any:
    """Return the line with longitudes that run on past 180 instead of jumping."""
    return shapely.transform(
        line, lambda xy: np.column_stack((np.unwrap(xy[:, 0], period=360.0), xy[:, 1]))
    )


def _gap_message(parts: Any) -> str:
    """Say where the ends of unjoined parts lie nearest to each other."""
    lines = [shapely.get_coordinates(part) for part in parts.geoms]
    end, start = lines[0][-1], lines[1][0]
    distance = WGS84.inv(end[0], end[1], start[0], start[1])[2]
    return (
        f"A boundary must be one unbroken line, but this one is in {len(lines)} parts: between "
        f"({end[0]:.6f}, {end[1]:.6f}) and ({start[0]:.6f}, {start[1]:.6f}) there is a gap of "
        f"{distance:,.1f} m. Join the parts end to end, or make a boundary of each."
    )


def _crossing_message(line: Any) -> str:
    """Say where a line meets itself."""
    ends = {tuple(end) for end in (line.coords[0], line.coords[-1])}
    noded = [part for part in shapely.node(line).geoms]
    places = [xy for part in noded for xy in (part.coords[0], part.coords[-1]) if xy not in ends]
    where = f" at ({places[0][0]:.6f}, {places[0][1]:.6f})" if places else ""
    return (
        f"A boundary must not cross or touch itself, but this line does{where}. Remove the loop, or "
        "check the order of its vertices."
    )


def without_repeats(lon: FloatArray, lat: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Drop vertices that repeat the one before."""
    new = np.concatenate(([True], (np.diff(lon) != 0) | (np.diff(lat) != 0)))
    return check_vertices(lon[new], lat[new])
