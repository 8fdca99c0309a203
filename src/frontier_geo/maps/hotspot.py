"""The map of incidents and rates along a border as a folium map: `hotspot_map`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import geopandas as gpd
import pandas as pd

from frontier_geo.boundary import Boundary
from frontier_geo.maps.inputs import DEFAULT_COLUMN, map_inputs, page_languages
from frontier_geo.maps.offline import OfflineMap
from frontier_geo.maps.payload import Look, payload_of
from frontier_geo.periods import Period

__all__ = ["hotspot_map"]


def hotspot_map(
    events: gpd.GeoDataFrame | None = None,
    *,
    boundary: Boundary | None = None,
    segments: gpd.GeoDataFrame | None = None,
    located: pd.DataFrame | None = None,
    rates: gpd.GeoDataFrame | None = None,
    areas: gpd.GeoDataFrame | None = None,
    frontages: pd.DataFrame | None = None,
    referents: pd.DataFrame | None = None,
    color_by: str = DEFAULT_COLUMN,
    period: Period | None = None,
    title: str | None = None,
    attribution: str | None = None,
    language: str = "en",
    languages: Iterable[str] | None = None,
    style: str = "ribbon",
    basemap: bool = True,
    bandwidth_km: float | None = None,
    height: str | float = "100%",
    include_restricted: bool = False,
    **options: Any,
) -> OfflineMap:
    """
    Draw incidents, and their rate along the border, on a folium map that opens with the network off.

    It shows what `hotspot_page` shows, and takes any layer of folium besides. For a file to pass on,
    `hotspot_page` is the better choice.

    Parameters
    ----------
    events, boundary, segments, located, rates, areas, frontages, referents
        As in `hotspot_page`: whatever is not given is computed, or taken from the shipped data.
    color_by, period, title, attribution, language, languages, style, basemap, bandwidth_km
        As in `hotspot_page`.
    height : str or float, default "100%"
        Height of the map. In a notebook, a number of pixels is the height of the frame.
    include_restricted : bool, default False
        As in `hotspot_page`.
    **options
        Anything else `folium.Map` takes.

    Returns
    -------
    OfflineMap
        A `folium.Map`: layers can be added to it, `.save("map.html")` writes it.

    Raises
    ------
    ColumnError, CRSError, LicenceError, ParameterError
        As `hotspot_page`.

    Examples
    --------
    >>> import folium
    >>> drawn = hotspot_map(period=("2015-01-01", "2025-12-31"))
    >>> _ = folium.Marker([37.49, 71.51], popup="Khorog").add_to(drawn)
    """
    inputs = map_inputs(
        events,
        boundary=boundary,
        segments=segments,
        located=located,
        rates=rates,
        areas=areas,
        frontages=frontages,
        referents=referents,
        color_by=color_by,
        period=period,
        title=title,
        attribution=attribution,
        include_restricted=include_restricted,
    )
    placed = bool({"location", "zoom_start"} & set(options))
    chosen = page_languages(languages, language, boundary)
    look = Look(language, chosen, style, bandwidth_km, basemap, fit=not placed)
    payload = payload_of(inputs, look)
    south, west, north, east = payload.head["bounds"]
    middle = [round((south + north) / 2, 4), round((west + east) / 2, 4)]
    return OfflineMap(
        options.pop("location", middle),
        content=payload,
        inputs=inputs,
        title=payload.head["title"],
        height=height,
        **{"zoom_start": 7, **options},
    )
