"""Small lines, segments and events that many tests share, and the shipped ones."""

from __future__ import annotations

import geopandas as gpd
import pytest
from shapely import LineString, Point

from frontier_geo import Boundary, load_boundary, load_events, make_segments


@pytest.fixture(scope="session")
def border() -> Boundary:
    """The shipped reference line."""
    return load_boundary()


@pytest.fixture(scope="session")
def incidents() -> gpd.GeoDataFrame:
    """The shipped incidents."""
    return load_events()


@pytest.fixture(scope="session")
def segments(border: Boundary) -> gpd.GeoDataFrame:
    """The shipped line in segments of 10 km."""
    return make_segments(border, length_km=10)


@pytest.fixture
def equator() -> Boundary:
    """A line of 1 degree along the equator, 111.319 km, from west to east."""
    return Boundary.from_line(
        LineString([(70, 0), (70.25, 0), (71, 0)]),
        crs="EPSG:4326",
        boundary_id="EQ",
        left="N",
        right="S",
        position_uncertainty_m=100,
    )


@pytest.fixture
def hairpin() -> Boundary:
    """A river bend around the equator: its arms, 0.02 degree apart, mirror each other exactly."""
    return Boundary.from_line(
        LineString([(70, -0.01), (70.5, -0.01), (70.5, 0.01), (70, 0.01)]),
        crs="EPSG:4326",
        boundary_id="BEND",
        left="in",
        right="out",
    )


@pytest.fixture
def few_events() -> gpd.GeoDataFrame:
    """One event of each kind of place on the equator line."""
    return gpd.GeoDataFrame(
        {
            "event_id": ["point", "stretch", "nowhere", "far"],
            "date_start": ["2020-03-01"] * 4,
            "date_end": ["2020-03-01"] * 4,
            "location_precision": ["exact", "district", "country", "exact"],
            "location_uncertainty_km": [0.1, None, None, 0.1],
            "frontage_from_km": [None, 20.0, None, None],
            "frontage_to_km": [None, 60.0, None, None],
        },
        geometry=[Point(70.3, 0.01), None, None, Point(70.3, 2)],
        crs="EPSG:4326",
    )
