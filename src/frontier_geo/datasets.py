"""
The data that ships with the library: the registry, and one `load_...` call for each table.

Every file is checked against the checksum it was released with before it is used.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from frontier_geo._candidates import line_key, offer_table
from frontier_geo._validation import check_choice
from frontier_geo.boundary import Boundary
from frontier_geo.errors import ChecksumError, DataFileError
from frontier_geo.geodesy import LONLAT_CRS

if TYPE_CHECKING:  # not at run time: the line alone needs none of them, and they are slow to load
    import geopandas as gpd
    import pandas as pd

    from frontier_geo.gazetteer import Gazetteer

__all__ = [
    "data_registry",
    "data_version",
    "load_areas",
    "load_boundary",
    "load_events",
    "load_frontages",
    "load_gazetteer",
    "load_referents",
    "shipped_bytes",
]

#: Largest distance between the Natural Earth line and the reference line, rounded up.
NATURAL_EARTH_UNCERTAINTY_M = 3_700.0
DATA_VARIABLE = "FRONTIER_GEO_DATA"
BORDER_FILES = {
    "reference": "boundaries/border.geojson",
    "natural_earth": "boundaries/border_natural_earth.geojson",
}
CANDIDATES_FILE = "boundaries/border_candidates.bin"
FRONTAGE_FILES = {
    "district": "boundaries/district_frontage.csv",
    "province": "boundaries/province_frontage.csv",
}


def data_folder() -> Path:
    """
    Return the folder of the shipped data.

    It lies inside an installed package, and at the top of a checkout. The environment variable
    ``FRONTIER_GEO_DATA`` names another one, with a `registry.json` of its own.
    """
    package = Path(__file__).resolve().parent
    named = os.environ.get(DATA_VARIABLE)
    folders = [Path(named)] if named else [package / "data", package.parents[1] / "data"]
    for folder in folders:
        if (folder / "registry.json").is_file():
            return folder
    raise DataFileError(
        "The shipped data needs a folder with registry.json, but there is none at "
        f"{' or '.join(map(str, folders))}. "
        + (f"Correct or unset {DATA_VARIABLE}." if named else "Install frontier-geo again.")
    )


def data_registry() -> dict[str, Any]:
    """
    Return what is known of every shipped file.

    Returns
    -------
    dict
        ``data_version`` and ``files``: for each path its sha256, source, version, licence,
        attribution, CRS, rows and what was done to it.
    """
    path = data_folder() / "registry.json"
    registry = _parse_json(path.read_bytes(), path)
    for key, kind in (("files", dict), ("data_version", str)):
        if not isinstance(registry, dict) or not isinstance(registry.get(key), kind):
            raise DataFileError(
                f"{path} must hold the registry of data files, but has no {key!r}. Install "
                "frontier-geo again."
            )
    return registry


def data_version() -> str:
    """Return the version of the shipped data, by year and month."""
    return str(data_registry()["data_version"])


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

    Notes
    -----
    The table holds a small part of what happened: of 17 clashes officially counted in 2025 it has
    about 4. Rates from it are rates of *reported and found* incidents.

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


def load_referents() -> pd.DataFrame:
    """
    Load the marks along the border: bridges, river mouths, the lake, the tripoints.

    Returns
    -------
    DataFrame
        ``referent_id, name, kind, lon, lat, from_km, to_km`` and more, west to east.
    """
    return _read_csv("boundaries/referents.csv").sort_values("from_km", ignore_index=True)


def shipped_bytes(path: str) -> bytes:
    """
    Return the bytes of a shipped file, after comparing its checksum with the registry's.

    Parameters
    ----------
    path : str
        The file, as the registry names it, such as "basemap/basemap.json".

    Returns
    -------
    bytes

    Raises
    ------
    DataFileError
        If the file or its entry is missing.
    ChecksumError
        If the file is not the one that was released.
    """
    folder = data_folder()
    entry = data_registry()["files"].get(path)
    if not isinstance(entry, dict) or "sha256" not in entry:
        raise DataFileError(f"The registry of {folder} has no entry with a sha256 for {path!r}.")
    try:
        content = (folder / path).read_bytes()
    except OSError as error:
        raise DataFileError(
            f"The shipped data file {folder / path} cannot be read: {error.strerror or error}. "
            "Install frontier-geo again."
        ) from error
    found = hashlib.sha256(content).hexdigest()
    if found != entry["sha256"]:
        raise ChecksumError(
            f"The data file {folder / path} must have the sha256 {entry['sha256']}, as released, but "
            f"has {found}. Install frontier-geo again; to use data of your own, pass it to the "
            "functions instead of changing the shipped file."
        )
    return content


def _read_geojson(path: str) -> dict[str, Any]:
    collection = _parse_json(shipped_bytes(path), path)
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


def _parse_json(content: bytes, path: Path | str) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise DataFileError(f"{path} must be JSON, but is not: {error}.") from error
