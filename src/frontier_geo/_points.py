"""What a caller passes as points: two arrays, a table with lon and lat, or a layer of points."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from frontier_geo._validation import FloatArray, check_columns, check_geographic, check_lonlat
from frontier_geo.errors import CoordinateError, CRSError, GeometryError
from frontier_geo.geodesy import LONLAT_CRS


def points_of(lon: Any, lat: Any) -> tuple[FloatArray, FloatArray, Any]:
    """Return longitudes and latitudes, checked, and the index of the table they came in, or None."""
    if lat is not None:
        if hasattr(lat, "boundary_id"):
            raise CoordinateError(
                "lat must be latitudes, but is a boundary. Pass the boundary as boundary=..."
            )
        return *check_lonlat(lon, lat), None
    if hasattr(lon, "geometry") and hasattr(lon, "crs"):
        return *check_lonlat(*_layer_points(lon)), lon.index
    if hasattr(lon, "columns"):
        check_columns(lon, ["lon", "lat"], name="the table of points")
        return *check_lonlat(lon["lon"].to_numpy(), lon["lat"].to_numpy()), lon.index
    raise CoordinateError(
        "Points are two sequences of degrees (lon, lat), a table with the columns lon and lat, or a "
        f"GeoDataFrame of points, but only one {type(lon).__name__} was given. Pass lat as well."
    )


def _layer_points(layer: Any) -> tuple[FloatArray, FloatArray]:
    """Return the coordinates of a layer of points, converted to WGS84 degrees where needed."""
    geometry = np.asarray(layer.geometry.array)
    try:
        x, y = shapely.get_x(geometry), shapely.get_y(geometry)
    except shapely.errors.GEOSException:  # an empty point has no x
        known = geometry.copy()
        known[shapely.is_empty(geometry)] = None
        x, y = shapely.get_x(known), shapely.get_y(known)
    bad = np.flatnonzero(np.isnan(x))
    if bad.size:
        odd = geometry[bad[0]]
        what = "no geometry" if odd is None or odd.is_empty else f"a {odd.geom_type}"
        raise GeometryError(
            f"Every row must be a point, but row {bad[0]} has {what}"
            f"{f' (and {bad.size - 1} more)' if bad.size > 1 else ''}. Remove these rows first, or "
            "use locate_events, which keeps them and says why they are not placed."
        )
    try:
        check_geographic(layer.crs, name="the layer of points")
    except CRSError:
        if layer.crs is None:
            raise
        from pyproj import Transformer

        to_degrees = Transformer.from_crs(layer.crs, LONLAT_CRS, always_xy=True)
        x, y = (np.asarray(axis) for axis in to_degrees.transform(x, y))
    return x, y
