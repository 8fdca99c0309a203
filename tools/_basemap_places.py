"""Towns, crossings, peaks and labels of the basemap, from the curated tables and the gazetteer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from _inputs import BuildError

DECIMALS = 4  # of a degree: 11 m
CROSSING_KINDS = ("bridge", "crossing", "ferry")

Row = Mapping[str, str]


def towns(rows: Iterable[Row], gazetteer: Iterable[Row], geonames: bytes) -> list[dict[str, Any]]:
    """
    Return the towns of the curated table with their coordinates, the most important first.

    Raises
    ------
    BuildError
        If a town is in neither the gazetteer nor GeoNames, or in another country.
    """
    by_place = {row["place_id"]: row for row in gazetteer}
    cities = {str(city["geonameid"]): city for city in json.loads(geonames).values()}
    found = []
    for row in rows:
        if row["place_id"]:
            known: Mapping[str, Any] | None = by_place.get(row["place_id"])
            keys = ("country", "lon", "lat")
        else:
            known = cities.get(row["geonames_id"])
            keys = ("countrycode", "longitude", "latitude")
        if known is None or known[keys[0]] != row["country"]:
            number = row["place_id"] or row["geonames_id"]
            raise BuildError(
                f"The town {row['name']} must be a place of {row['country']} in the gazetteer or "
                f"in GeoNames, but {number} is {'unknown' if known is None else known[keys[0]]}."
            )
        town = {
            "name": row["name"],
            "country": row["country"],
            "lon": round(float(known[keys[1]]), DECIMALS),
            "lat": round(float(known[keys[2]]), DECIMALS),
            "rank": int(row["rank"]),
            "capital": int(row["capital"]),
        }
        found.append(town)
    # A stable sort: within a rank the order of the table stays.
    return sorted(found, key=lambda town: (town["rank"], -bool(town["capital"])))


def crossings(referents: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the bridges and ferries among the referents."""
    return [
        {
            "name": row["name"],
            "lon": round(float(row["lon"]), DECIMALS),
            "lat": round(float(row["lat"]), DECIMALS),
            "kind": row["kind"],
        }
        for row in referents
        if row["kind"] in CROSSING_KINDS
    ]


def peaks(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the peaks of the curated table."""
    return [
        {
            "name": row["name"],
            "lon": float(row["lon"]),
            "lat": float(row["lat"]),
            "height_m": int(row["height_m"]),
        }
        for row in rows
    ]


def labels(rows: Iterable[Row], kind: str) -> list[dict[str, Any]]:
    """Return the labels of one kind: ``country`` or ``province``."""
    return [
        {
            "code": row["code"],
            "name": row["name"],
            "lon": float(row["lon"]),
            "lat": float(row["lat"]),
            "rank": int(row["rank"]),
        }
        for row in rows
        if row["kind"] == kind
    ]
