"""
The data that ships with the library: the registry, and one `load_...` call for each table.

Every file is checked against the checksum it was released with before it is used.
"""

from __future__ import annotations

import csv
import io
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from frontier_geo._candidates import line_key, offer_table
from frontier_geo._shipped import (
    data_folder,
    data_registry,
    data_version,
    parse_json,
    shipped_bytes,
)
from frontier_geo._validation import check_choice
from frontier_geo.boundary import Boundary
from frontier_geo.errors import DataFileError, ParameterError
from frontier_geo.geodesy import LONLAT_CRS

if TYPE_CHECKING:  # not at run time: the line alone needs none of them, and they are slow to load
    import geopandas as gpd
    import pandas as pd

    from frontier_geo.gazetteer import Gazetteer

__all__ = [
    "data_folder",
    "data_registry",
    "data_version",
    "is_shipped_line",
    "load_areas",
    "load_boundary",
    "load_events",
    "load_frontages",
    "load_gazetteer",
    "load_official_statistics",
    "load_referents",
    "runs_along_shipped",
    "shipped_bytes",
    "the_boundary",
]

#: Largest distance between the Natural Earth line and the reference line, rounded up.
NATURAL_EARTH_UNCERTAINTY_M = 3_700.0
BORDER_FILES = {
    "reference": "boundaries/border.geojson",
    "natural_earth": "boundaries/border_natural_earth.geojson",
}
SAME_KM = 1e-3  # by which lengths of one line differ through rounding
ALONG_KM = 5.0  # from the shipped line: coarser drawings of it stay within this
CANDIDATES_FILE = "boundaries/border_candidates.bin"
FRONTAGE_FILES = {
    "district": "boundaries/district_frontage.csv",
    "province": "boundaries/province_frontage.csv",
}


def load_boundary(which: str = "reference") -> Boundary:
    """
    Load the Tajik-Afghan border, west to east, Tajikistan on its left.

    Parameters
    ----------
    which : {"reference", "natural_earth"}
        ``reference``: OpenStreetMap 2026, 1,343.956 km, ODbL 1.0. ``natural_earth``: the coarse
        public-domain line, about 1,170 km; its chainage differs from the reference line's by up to
        46 km, so results on the two cannot be compared by kilometre.

    Returns
    -------
    Boundary

    Raises
    ------
    ChecksumError, DataFileError
        If the data is not as released, or cannot be read.

    References
    ----------
    OpenStreetMap contributors, by way of timezone-boundary-builder 2026c (ODbL-1.0).
    https://github.com/evansiroky/timezone-boundary-builder/releases/tag/2026c

    Examples
    --------
    >>> boundary = load_boundary()
    >>> round(boundary.length_km, 3), round(boundary.official_length_km, 2)
    (1343.956, 1344.15)
    >>> boundary.left, boundary.right
    ('TJ', 'AF')
    """
    check_choice(which, list(BORDER_FILES), name="which")
    return _load_boundary(which, data_folder())


def the_boundary(boundary: Boundary | None = None) -> Boundary:
    """
    Return the boundary given, or the shipped one where none is.

    Parameters
    ----------
    boundary : Boundary, optional

    Returns
    -------
    Boundary

    Raises
    ------
    ParameterError
        If it is anything but a boundary.

    Examples
    --------
    >>> the_boundary().boundary_id
    'TJ-AF'
    """
    if boundary is None:
        return load_boundary()
    if not isinstance(boundary, Boundary):
        raise ParameterError(
            f"boundary must be a Boundary, such as load_boundary(), Boundary.between or "
            f"Boundary.from_line give, but is {boundary!r:.60} ({type(boundary).__name__})."
        )
    return boundary


def is_shipped_line(boundary: Boundary) -> bool:
    """
    Say whether the kilometres of a boundary are those of the shipped one, in either direction.

    Parameters
    ----------
    boundary : Boundary
        Any. A simplified or recalibrated copy of the shipped one counts as it.

    Returns
    -------
    bool
        Whether the tables of the shipped line (districts, landmarks, incidents by kilometre) hold.

    Examples
    --------
    >>> is_shipped_line(load_boundary().reversed()), is_shipped_line(load_boundary("natural_earth"))
    (True, False)
    """
    shipped = load_boundary()
    ends = {(line.lon[k], line.lat[k]) for line in (shipped, boundary) for k in (0, -1)}
    same = abs(boundary.length_km - shipped.length_km) < SAME_KM and len(ends) == 2
    return boundary.boundary_id == shipped.boundary_id and same


def runs_along_shipped(boundary: Boundary) -> bool:
    """
    Say whether a boundary is drawn along the shipped one, by whatever source, so that incidents fit.

    Parameters
    ----------
    boundary : Boundary

    Returns
    -------
    bool
        Whether most of its vertices lie within 5 km of the shipped line.

    Examples
    --------
    >>> runs_along_shipped(load_boundary("natural_earth"))
    True
    """
    some = np.linspace(0, boundary.lon.size - 1, 200).astype(int)
    near = load_boundary().locate(boundary.lon[some], boundary.lat[some])
    return bool(np.mean(near.distance_km < ALONG_KM) > 0.5)


@cache
def _load_boundary(which: str, folder: Path) -> Boundary:
    path = BORDER_FILES[which]
    feature = _read_geojson(path)["features"][0]
    told = feature["properties"]
    lon, lat = np.array(feature["geometry"]["coordinates"], dtype=np.float64).T
    length_km = told["chainage_m"][-1] / 1000
    boundary = Boundary(
        boundary_id=told["boundary_id"],
        lon=lon,
        lat=lat,
        chainage_m=np.array(told["chainage_m"], dtype=np.float64),
        left=told["left"],
        right=told["right"],
        name=told["name"],
        stations=((0.0, 0.0), (length_km, told["official_length_km"])),
        intervals=_reference_intervals() if which == "reference" else _coarse_intervals(length_km),
        source=told["source"],
        source_version=str(told["source_version"]),
        licence=told["licence"],
        attribution=told["attribution"],
    )
    if which == "reference" and CANDIDATES_FILE in data_registry()["files"]:
        key = line_key(boundary.lon, boundary.lat, boundary.chainage_m)
        offer_table(key, CANDIDATES_FILE, partial(shipped_bytes, CANDIDATES_FILE))
    return boundary


def _reference_intervals() -> dict[str, Any]:
    """Return what is known along the reference line, as columns ``from_km, to_km, value``."""
    rows = _read_rows("boundaries/position_uncertainty.csv")
    tables = {
        "position_uncertainty_m": _columns(rows, "uncertainty_m", int),
        "terrain": _columns(_read_rows("boundaries/terrain.csv"), "terrain", str),
    }
    for level, path in FRONTAGE_FILES.items():
        frontage = _read_rows(path)
        for country in ("TJ", "AF"):
            own = [row for row in frontage if row["country"] == country]
            tables[f"{country.lower()}_{level}"] = _columns(own, "name", str)
    return tables


def _columns(rows: list[dict[str, str]], value: str, kind: type) -> dict[str, list[Any]]:
    """Return the columns of a table of stretches, in the order of the line."""
    ordered = sorted(rows, key=lambda row: float(row["from_km"]))
    ends = {key: [float(row[key]) for row in ordered] for key in ("from_km", "to_km")}
    return {**ends, "value": [kind(row[value]) for row in ordered]}


def _coarse_intervals(length_km: float) -> dict[str, Any]:
    """Return how uncertain the Natural Earth line is; nothing else is known along it."""
    row = {"from_km": [0.0], "to_km": [length_km], "value": [NATURAL_EARTH_UNCERTAINTY_M]}
    return {"position_uncertainty_m": row}


def load_areas(which: str = "border") -> gpd.GeoDataFrame:
    """
    Load the areas beside the border.

    Parameters
    ----------
    which : {"border", "all"}
        ``border``: the two countries and the six provinces on the border (GBAO, Khatlon;
        Badakhshan, Takhar, Kunduz, Balkh). ``all``: every province of both countries as well.

    Returns
    -------
    GeoDataFrame
        ``area_id`` (ISO 3166), ``name, kind, country, area_km2, frontage_from_km, frontage_to_km,
        source, licence, geometry`` and more, EPSG:4326. Outer outlines share the border line
        vertex by vertex; lines between provinces are 1 to 5 km uncertain (Natural Earth).

    Raises
    ------
    ParameterError
        If there is no such set.
    DataFileError, ChecksumError
        If the shipped file is missing or is not the one released.

    References
    ----------
    OpenStreetMap contributors, by way of timezone-boundary-builder 2026c (ODbL-1.0).
    https://github.com/evansiroky/timezone-boundary-builder/releases/tag/2026c
    Natural Earth, 1:10m admin-1 states and provinces (public domain).
    https://www.naturalearthdata.com/downloads/10m-cultural-vectors/

    Examples
    --------
    >>> areas = load_areas().set_index("area_id")
    >>> areas.loc[["TJ-GB", "AF-BDS"], "name"].tolist()
    ['GBAO', 'Badakhshan']
    """
    check_choice(which, ("border", "all"), name="which")
    areas = _load_areas(data_folder()).copy()
    if which == "border":
        areas = areas[areas["frontage_from_km"].notna()].reset_index(drop=True)
    areas.attrs = {"data_version": data_version()}
    return areas


@cache
def _load_areas(folder: Path) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    layers = []
    for path in ("boundaries/countries.geojson", "boundaries/provinces.geojson"):
        features = _read_geojson(path)["features"]
        layers.append(gpd.GeoDataFrame.from_features(features, crs=LONLAT_CRS))
    return pd.concat(layers, ignore_index=True)


def load_events() -> gpd.GeoDataFrame:
    """
    Load the shipped incidents: publicly reported, 1992 to 2026, every row with its sources.

    Returns
    -------
    GeoDataFrame
        The event table, EPSG:4326. Points only where a report names a place with a known
        coordinate; a line is the stretch of border a report names; no geometry means that the
        report names no place. ``.attrs["coverage"]`` is the period the table was compiled for.

    Raises
    ------
    DataFileError, ChecksumError
        If the shipped file is missing or is not the one released.

    Notes
    -----
    The table holds a small part of what happened: of 17 clashes officially counted in 2025 it has
    about 4. Rates from it are rates of *reported and found* incidents.

    References
    ----------
    Public reports and official statements, named row by row in `source_urls`.

    Examples
    --------
    >>> events = load_events()
    >>> bool(events["event_id"].is_unique), sorted(events["scope"].unique())[:2]
    (True, ['afghan_internal', 'border'])
    """
    import geopandas as gpd

    from frontier_geo.events import check_events

    collection = _read_geojson("events.geojson")
    table = gpd.GeoDataFrame.from_features(collection["features"], crs=LONLAT_CRS)
    events = check_events(table, name="events.geojson")
    events.attrs = {
        "data_version": data_version(),
        "coverage": [collection["coverage_start"], collection["coverage_end"]],
        "source": "frontier_geo curated incidents",
    }
    return events


def load_frontages(level: str = "district") -> pd.DataFrame:
    """
    Load the stretches of border that belong to districts or provinces, on either side.

    Parameters
    ----------
    level : {"district", "province"}
        Districts are within about 2 km; provinces follow `load_areas`.

    Returns
    -------
    DataFrame
        ``name, country, from_km, to_km`` and more, one row a stretch.

    Raises
    ------
    ParameterError
        If there is no such set.
    DataFileError, ChecksumError
        If the shipped file is missing or is not the one released.

    References
    ----------
    Districts, row by row as the table says:
    Runfola et al. (2020), geoBoundaries: a global database of political administrative boundaries,
    PLoS ONE 15, e0231866. https://doi.org/10.1371/journal.pone.0231866
    Provinces:
    OpenStreetMap contributors, by way of timezone-boundary-builder 2026c (ODbL-1.0).
    https://github.com/evansiroky/timezone-boundary-builder/releases/tag/2026c
    Natural Earth, 1:10m admin-1 states and provinces (public domain).
    https://www.naturalearthdata.com/downloads/10m-cultural-vectors/

    Examples
    --------
    >>> sorted(load_frontages()["country"].unique())
    ['AF', 'TJ']
    """
    check_choice(level, list(FRONTAGE_FILES), name="level")
    return _read_csv(FRONTAGE_FILES[level])


@cache
def load_gazetteer() -> Gazetteer:
    """
    Load the places of the Tajik-Afghan border, with their names in four scripts.

    Returns
    -------
    Gazetteer
        Districts, towns, villages that reports name, posts, crossings, rivers and more.

    Examples
    --------
    >>> load_gazetteer().search("Хорог")["place_id"].iloc[0]
    'tj-t-khorog'
    """
    from frontier_geo.gazetteer import Gazetteer

    table = _read_csv("gazetteer.csv", texts=("geonames_id", "osm_id", "wikidata_id"))
    return Gazetteer(table, name="gazetteer.csv")


def load_official_statistics() -> pd.DataFrame:
    """
    Load the figures that authorities have stated on the Tajik-Afghan border, each with its source.

    Returns
    -------
    DataFrame
        One row a figure as it was stated: ``indicator, period_start, period_end`` (both days
        included), ``value, unit, geography, stated_by, source_url, source_date, notes``. Figures that
        contradict each other stand beside each other. Those of assistance and of troops say what was
        going on, not what happened.

    Raises
    ------
    ChecksumError, DataFileError
        If the data is not as released, or cannot be read.

    References
    ----------
    Official statements, named row by row in `source_url`.

    Examples
    --------
    >>> figures = load_official_statistics()
    >>> clashes = figures[figures["indicator"] == "armed_clashes"]
    >>> clashes.loc[clashes["period_end"] == "2025-12-31", "value"].tolist()
    [17.0]
    """
    table = _read_csv("curated/official_statistics.csv", texts=("source_date",))
    table = table.assign(
        value=table["value"].astype(float),
        **{name: table[name].astype("datetime64[s]") for name in ("period_start", "period_end")},
    )
    table.attrs = {"data_version": data_version()}
    return table


def load_referents() -> pd.DataFrame:
    """
    Load the marks along the border: bridges, river mouths, the lake, the tripoints.

    Returns
    -------
    DataFrame
        ``referent_id, name, kind, lon, lat, from_km, to_km`` and more, west to east.

    References
    ----------
    GeoNames, Wikipedia and others, named row by row in `source`.

    Examples
    --------
    >>> bool(load_referents()["from_km"].is_monotonic_increasing)
    True
    """
    return _read_csv("boundaries/referents.csv").sort_values("from_km", ignore_index=True)


def _read_geojson(path: str) -> dict[str, Any]:
    collection = parse_json(shipped_bytes(path), path)
    if not isinstance(collection, dict) or not collection.get("features"):
        raise DataFileError(
            f"The data file {path} must be a GeoJSON FeatureCollection, but has no features."
        )
    return collection


def _read_csv(path: str, *, texts: tuple[str, ...] = ()) -> pd.DataFrame:
    import pandas as pd

    content = io.BytesIO(shipped_bytes(path))
    return pd.read_csv(content, encoding="utf-8", dtype=dict.fromkeys(texts, str))


def _read_rows(path: str) -> list[dict[str, str]]:
    """Return the rows of a small table as they stand, without the wait for pandas."""
    return list(csv.DictReader(io.StringIO(shipped_bytes(path).decode("utf-8"))))
