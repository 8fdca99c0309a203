"""
The countries of the world and the land borders between them, as tables.

They are Natural Earth's 1:10m, packaged in ``data/world``: for any border that has no finer line.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import shapely

from frontier_geo._countries import FILE, Country, Pair, World, load_world, world_pair
from frontier_geo._shipped import data_registry, data_version
from frontier_geo._version import __version__
from frontier_geo.errors import LineError, ParameterError
from frontier_geo.geodesy import LONLAT_CRS

__all__ = ["load_borders", "load_countries"]

COUNTRY_COLUMNS = ("area_id", "name", "kind", "country", "alpha3", "neighbours")
PART_COLUMNS = (
    "boundary_id", "name", "left", "right", "part", "parts", "ring", "length_km", "from_lon",
    "from_lat", "to_lon", "to_lat",
)  # fmt: skip


def load_countries(*countries: str) -> gpd.GeoDataFrame:
    """
    Load countries of the world as areas.

    Parameters
    ----------
    *countries : str
        ISO 3166 codes of two or three letters, or English names. None: all of the world.

    Returns
    -------
    GeoDataFrame
        One row a country, in the order asked for, EPSG:4326: ``area_id, name, kind, country, alpha3,
        neighbours, source, licence, geometry``. `area_id` and `country` are the code of two letters,
        `neighbours` the codes of those with a common land border. Land borders are those of
        `Boundary.between`, vertex by vertex; coasts are coarser, and small islands are left out.

    Raises
    ------
    ParameterError
        If there is no such country; names like it are told.

    Notes
    -----
    Natural Earth draws who holds a piece of land, not who claims it. The depiction of boundaries
    implies no position on their status.

    References
    ----------
    Natural Earth, 1:10m admin-1 states and provinces (public domain).
    https://www.naturalearthdata.com/downloads/10m-cultural-vectors/

    Examples
    --------
    >>> load_countries("COL", "Venezuela")["name"].tolist()
    ['Colombia', 'Venezuela']
    >>> load_countries("Lesotho")["neighbours"].iloc[0]
    'ZA'
    """
    world = load_world()
    chosen = [world.find(word) for word in countries] or list(world.countries.values())
    return _table([_country_row(world, each) for each in chosen], COUNTRY_COLUMNS)


def load_borders(*countries: str) -> gpd.GeoDataFrame:
    """
    Load the land borders of the world, each of their parts a row.

    Parameters
    ----------
    *countries : str
        None: all borders; one: all of that country; two: the one between them. ISO 3166 codes of
        two or three letters, or English names.

    Returns
    -------
    GeoDataFrame
        One row a part, EPSG:4326: ``boundary_id, name, left, right, part, parts, ring, length_km,
        from_lon, from_lat, to_lon, to_lat, source, licence, geometry``, as `Boundary.between` gives
        it. The parts of a border run from the longest, 1, to the shortest. Empty where a country has
        no land border.

    Raises
    ------
    ParameterError
        If there is no such country, or more than two are given.
    LineError
        If the two countries do not touch; whom they touch is told.

    References
    ----------
    Natural Earth, 1:10m admin-1 states and provinces (public domain).
    https://www.naturalearthdata.com/downloads/10m-cultural-vectors/

    Examples
    --------
    >>> parts = load_borders("USA", "CAN")
    >>> parts["boundary_id"].tolist()[:2]
    ['US-CA-1', 'US-CA-2']
    """
    if len(countries) > 2:
        raise ParameterError(
            f"A border is between two countries, but {len(countries)} were given: "
            f"{', '.join(map(repr, countries))}. Name two, or one for all of its borders."
        )
    if len(countries) == 2:
        pairs = [world_pair(*countries)]
        if not pairs[0].parts:
            raise LineError(pairs[0].apart)
    else:
        world = load_world()
        chosen = [world.find(word) for word in countries]
        pairs = [
            world.pair(one, other)
            for one, other in itertools.product(
                chosen or world.countries.values(), world.countries.values()
            )
            if world.touch(one, other) and (chosen or one.code < other.code)
        ]
    return _table([row for pair in pairs for row in _part_rows(pair)], PART_COLUMNS)


def _country_row(world: World, country: Country) -> dict[str, Any]:
    polygons = [shapely.Polygon(rings[0], rings[1:]) for rings in world.rings(country)]
    return {
        "area_id": country.code,
        "name": country.name,
        "kind": "country",
        "country": country.code,
        "alpha3": country.alpha3,
        "neighbours": " ".join(each.code for each in world.neighbours(country)),
        "geometry": polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons),
    }


def _part_rows(pair: Pair) -> list[dict[str, Any]]:
    rows = []
    for number, part in enumerate(pair.parts, start=1):
        drawn = pair.drawn(number)
        (from_lon, from_lat), (to_lon, to_lat) = drawn.line.ends
        rows.append(
            {
                "boundary_id": drawn.boundary_id,
                "name": drawn.name,
                "left": drawn.left,
                "right": drawn.right,
                "part": number,
                "parts": len(pair.parts),
                "ring": part.ring,
                "length_km": part.length_km,
                "from_lon": from_lon,
                "from_lat": from_lat,
                "to_lon": to_lon,
                "to_lat": to_lat,
                "geometry": shapely.linestrings(*drawn.line.vertices),
            }
        )
    return rows


def _table(rows: list[dict[str, Any]], columns: Sequence[str]) -> gpd.GeoDataFrame:
    entry = data_registry()["files"][FILE]
    told = {"source": entry["source"], "licence": entry["licence"]}
    table = gpd.GeoDataFrame(
        [{**row, **told} for row in rows],
        columns=[*columns, *told, "geometry"],
        geometry="geometry",
        crs=LONLAT_CRS,
    )
    table.attrs = {"data_version": data_version(), "library_version": __version__}
    return table
