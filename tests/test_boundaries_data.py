"""
The shipped boundary data, recomputed with pyproj and shapely alone, without the library.

The figures are those of the survey that chose the line, docs/decisions/0002-reference-line.md;
they were found before, and by other code than, the tool that builds the files.
"""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer
from shapely.geometry import shape

DATA = Path(__file__).parents[1] / "data"
BOUNDARIES = DATA / "boundaries"
GEOD = Geod(ellps="WGS84")
# The working CRS of the project, scale error -38 to +112 ppm along the border.
WORKING_CRS = "+proj=lcc +lat_1=37 +lat_2=38 +lat_0=37.5 +lon_0=71.3 +datum=WGS84 +units=m"
TO_PLANE = Transformer.from_crs("OGC:CRS84", WORKING_CRS, always_xy=True)

LENGTH_KM = 1343.956
OFFICIAL_KM = 1344.15
NODES = [(68.02482, 36.92573), (69.30959, 37.11477), (70.00504, 37.55377), (70.30384, 37.99214)]
FRONTAGE_KM = {
    "TJ": {"TJ-KT": 456.73, "TJ-GB": 887.23},
    "AF": {"AF-BAL": 43.37, "AF-KDZ": 162.59, "AF-TAK": 139.56, "AF-BDS": 998.44},
}
AREA_KM2 = {
    "TJ-GB": 62_818,
    "TJ-KT": 24_309,
    "AF-BDS": 43_670,
    "AF-TAK": 12_166,
    "AF-KDZ": 7_953,
    "AF-BAL": 15_911,
    "TJ": 141_432,
    "AF": 641_747,
}
REFERENT_KM = {
    "ph-vakhsh-panj-confluence": 82.3,
    "x-panji-poyon": 112.0,
    "r-kokcha-mouth": 216.6,
    "x-ruzvai": 545.9,
    "r-vanj-mouth": 627.3,
    "r-bartang-mouth": 721.4,
    "x-tem": 772.4,
    "r-wakhan-mouth": 996.8,
}
ZORKUL_KM = (1116.7, 1134.3)
# Survey figures carry this many decimals; half of the last one is the tolerance.
TENTH_KM = 0.05
HUNDREDTH_KM = 0.005


def features(name):
    """Return the features of a GeoJSON file."""
    return json.loads((BOUNDARIES / name).read_text("utf-8"))["features"]


def rows(path):
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def vertices(geometry):
    """Return the vertices of a geometry as a set of (lon, lat)."""
    return set(map(tuple, shapely.get_coordinates(geometry)))


@pytest.fixture(scope="module")
def border():
    """Return the one feature of border.geojson."""
    (feature,) = features("border.geojson")
    return feature


@pytest.fixture(scope="module")
def line(border):
    """Return the vertices of the border, shape (n, 2)."""
    return np.array(border["geometry"]["coordinates"])


@pytest.fixture(scope="module")
def chainage(line):
    """Return the geodesic chainage of each vertex in metres, recomputed."""
    return np.concatenate(([0.0], np.cumsum(GEOD.line_lengths(*line.T))))


@pytest.fixture(scope="module")
def plane(line):
    """Return the vertices of the border in the working CRS, shape (n, 2)."""
    return np.column_stack(TO_PLANE.transform(*line.T))


@pytest.fixture(scope="module")
def areas():
    """Return area_id → (properties, geometry) of provinces and countries."""
    found = [*features("countries.geojson"), *features("provinces.geojson")]
    return {f["properties"]["area_id"]: (f["properties"], shape(f["geometry"])) for f in found}


# --- the line -------------------------------------------------------------------------------------


def test_length_is_that_of_the_survey(chainage, border):
    """The geodesic length is 1,343.956 km, and the file says so."""
    # 5 m: what the survey states.
    assert chainage[-1] / 1000 == pytest.approx(LENGTH_KM, abs=0.005)
    # 0.1 mm is the last decimal written.
    assert border["properties"]["length_km"] == pytest.approx(chainage[-1] / 1000, abs=1e-7)


def test_official_factor(border):
    """Official over geodesic length is 1.000144."""
    properties = border["properties"]
    assert properties["official_length_km"] == OFFICIAL_KM
    # Half of the last digit quoted.
    factor = properties["official_length_km"] / properties["length_km"]
    assert factor == pytest.approx(1.000144, abs=5e-7)


def test_vertices_before_and_after_noding(line):
    """7,351 vertices keep the 6 decimals of the source; the 4 others are the province nodes."""
    # 1e-9 degrees is rounding noise of a double; the grid of the nodes is 1e-7.
    of_source = np.all(np.abs(np.round(line, 6) - line) < 1e-9, axis=1)
    assert len(line) == 7355
    assert of_source.sum() == 7351
    # One unit of the last digit quoted, 1e-5 degrees, is 1.1 m. The easternmost node lies at
    # 37.9921484 N where the survey has 37.99214: 0.9 m, where the source is good to 1 km.
    np.testing.assert_allclose(line[~of_source], NODES, rtol=0, atol=1e-5)


def test_nodes_shift_the_line_by_two_centimetres_at_most(line):
    """A province node lies where the line ran before it was added."""
    of_source = np.all(np.abs(np.round(line, 6) - line) < 1e-9, axis=1)
    before = shapely.LineString(np.column_stack(TO_PLANE.transform(*line[of_source].T)))
    added = shapely.points(np.column_stack(TO_PLANE.transform(*line[~of_source].T)))
    # 0.02 m is the shift of the survey; its last digit is a centimetre.
    assert shapely.distance(added, before).max() < 0.025


def test_ends_and_latitudes(line):
    """The ends are the tripoints; the latitudes span 36.671115 to 38.491068."""
    # The survey quotes 6 decimals, all that the source has.
    np.testing.assert_allclose(line[0], (67.780901, 37.181600), rtol=0, atol=1e-9)
    np.testing.assert_allclose(line[-1], (74.889862, 37.234090), rtol=0, atol=1e-9)
    assert line[:, 1].min() == pytest.approx(36.671115, abs=1e-9)
    assert line[:, 1].max() == pytest.approx(38.491068, abs=1e-9)


def test_edges(line):
    """The longest edge crosses Lake Zorkul, 5,043.6 m; the median is 119.6 m."""
    edges = GEOD.line_lengths(*line.T)
    assert edges.max() == pytest.approx(5043.6, abs=0.05)
    assert 73.7 < line[np.argmax(edges), 0] < 73.8
    # The four nodes split four edges: that moves the median by centimetres, not decimetres.
    assert np.median(edges) == pytest.approx(119.6, abs=0.1)


def test_line_is_simple_and_has_no_repeated_vertex(line):
    """The border nowhere crosses or touches itself."""
    assert shapely.LineString(line).is_simple
    assert len(set(map(tuple, line))) == len(line)


@pytest.mark.parametrize("name", ["border.geojson", "border_natural_earth.geojson"])
def test_stored_chainage_is_the_recomputed_one(name):
    """The chainage in the file agrees with the geodesic lengths of its edges within 0.1 mm."""
    (feature,) = features(name)
    coordinates = np.array(feature["geometry"]["coordinates"])
    expected = np.concatenate(([0.0], np.cumsum(GEOD.line_lengths(*coordinates.T))))
    # Stored with 4 decimals of a metre: half of the last is 0.05 mm.
    np.testing.assert_allclose(feature["properties"]["chainage_m"], expected, rtol=0, atol=1e-4)


def test_tajikistan_is_on_the_left_along_the_whole_line(plane, areas):
    """A point 1 m left of the middle of each edge lies in Tajikistan, 1 m right in Afghanistan."""
    step = np.diff(plane, axis=0)
    left = np.column_stack((-step[:, 1], step[:, 0])) / np.hypot(*step.T)[:, None]
    middle = (plane[:-1] + plane[1:]) / 2
    for code, sign in (("TJ", 1), ("AF", -1)):
        polygon = shapely.transform(
            areas[code][1], lambda xy: np.column_stack(TO_PLANE.transform(*xy.T))
        )
        shapely.prepare(polygon)
        assert shapely.contains_xy(polygon, *(middle + sign * left).T).all()


def test_natural_earth_line():
    """The fallback has 459 vertices and 1,170 km, as in the survey, and runs from west to east."""
    (feature,) = features("border_natural_earth.geojson")
    coordinates = np.array(feature["geometry"]["coordinates"])
    assert len(coordinates) == 459
    assert GEOD.line_length(*coordinates.T) / 1000 == pytest.approx(1170, abs=0.5)
    assert coordinates[0, 0] < coordinates[-1, 0]
    assert feature["properties"]["boundary_id"] == "TJ-AF-NE"
    assert feature["properties"]["licence"] == "Public domain"


# --- how long it is depends on how one measures ---------------------------------------------------


def divider_length(xy, radius):
    """Return the length found by stepping dividers of a fixed opening along a polyline."""
    here, edge, steps = xy[0], 0, 0
    while True:
        beyond = np.flatnonzero(np.hypot(*(xy[edge + 1 :] - here).T) >= radius)
        if len(beyond) == 0:
            return steps * radius + np.hypot(*(xy[-1] - here))
        leaving = edge + beyond[0]
        start = here if leaving == edge else xy[leaving]
        along, back = xy[leaving + 1] - start, start - here
        a, b, c = along @ along, 2 * back @ along, back @ back - radius**2
        here = start + (-b + np.sqrt(b * b - 4 * a * c)) / (2 * a) * along
        edge, steps = leaving, steps + 1


def divider_dimension(xy, radii):
    """Return Richardson's D: 1 minus the slope of log length over log opening."""
    lengths = [divider_length(xy, radius) for radius in radii]
    return 1 - np.polyfit(np.log(radii), np.log(lengths), 1)[0]


def koch(level):
    """Return the Koch curve of a level on the unit interval."""
    points = np.array([0, 1], dtype=complex)
    for _ in range(level):
        start, step = points[:-1], np.diff(points) / 3
        corner = start + step + step * np.exp(1j * np.pi / 3)
        four = np.column_stack((start, start + step, corner, start + 2 * step))
        points = np.append(four.ravel(), points[-1])
    return np.column_stack((points.real, points.imag))


def test_divider_dimension_of_the_koch_curve():
    """The divider walk used below finds D = log 4 / log 3 of the Koch curve."""
    # Openings that are powers of 1/3 step from corner to corner; a hair less keeps rounding from
    # stepping past a corner, and costs less than 1e-6 of the length.
    radii = 3.0 ** -np.arange(1, 6) * (1 - 1e-9)
    assert divider_dimension(koch(7), radii) == pytest.approx(np.log(4) / np.log(3), abs=1e-6)


def test_richardson_dimension(plane):
    """From 0.5 to 50 km the border has D = 1.075."""
    radii = [500, 1000, 2000, 5000, 10_000, 20_000, 50_000]
    # Other openings within the same range give 1.076 to 1.078.
    assert divider_dimension(plane, radii) == pytest.approx(1.075, abs=0.0015)


@pytest.mark.parametrize(
    ("tolerance_m", "length_km", "kept"),
    [(10, 1343.09, 4665), (50, 1334.9, 2172), (100, 1324.4, 1391)],
)
def test_douglas_peucker(plane, tolerance_m, length_km, kept):
    """Douglas–Peucker in the working CRS keeps so many vertices and so much geodesic length."""
    thin = shapely.get_coordinates(shapely.simplify(shapely.LineString(plane), tolerance_m))
    lon_lat = TO_PLANE.transform(*thin.T, direction="INVERSE")
    # The survey quotes 0.01 km for 10 m and 0.1 km for the others.
    quoted = HUNDREDTH_KM if tolerance_m == 10 else TENTH_KM
    assert GEOD.line_length(*lon_lat) / 1000 == pytest.approx(length_km, abs=quoted)
    assert len(thin) == kept


# --- the areas ------------------------------------------------------------------------------------


def test_provinces_are_all_there(areas):
    """Tajikistan has 5 first-level units and Afghanistan 34, each with an ISO 3166-2 code."""
    codes = [code for code in areas if "-" in code]
    assert sum(code.startswith("TJ-") for code in codes) == 5
    assert sum(code.startswith("AF-") for code in codes) == 34
    assert all(areas[code][0]["country"] == code[:2] for code in areas)


@pytest.mark.skipif(
    not hasattr(shapely, "coverage_is_valid"), reason="shapely 2.1 or later checks coverages"
)
def test_areas_are_valid_coverages(areas):
    """Provinces meet vertex by vertex without gap or lap; so do the two countries."""
    provinces = [geometry for code, (_, geometry) in areas.items() if "-" in code]
    assert shapely.coverage_is_valid(provinces)
    assert shapely.coverage_is_valid([areas["TJ"][1], areas["AF"][1]])
    assert all(geometry.is_valid for _, geometry in areas.values())


@pytest.mark.parametrize("country", ["TJ", "AF"])
def test_a_country_is_the_union_of_its_provinces(areas, country):
    """Dissolving the provinces gives the outline of the country, node for node."""
    own = [geometry for code, (_, geometry) in areas.items() if code.startswith(f"{country}-")]
    union = shapely.coverage_union_all(own)
    assert vertices(union) == vertices(areas[country][1])
    assert shapely.equals(union, areas[country][1])


def test_areas_share_the_vertices_of_the_border(areas, line, chainage):
    """Each country, and each province along its stretch, has every vertex of the border."""
    for properties, geometry in areas.values():
        if properties["frontage_from_km"] is None:
            continue
        # 0.1 mm: the decimals of both figures.
        inside = (chainage >= properties["frontage_from_km"] * 1000 - 1e-4) & (
            chainage <= properties["frontage_to_km"] * 1000 + 1e-4
        )
        assert inside.sum() > 100
        assert set(map(tuple, line[inside])) <= vertices(geometry)
        ring = shapely.LineString(line[inside])
        assert geometry.boundary.covers(ring)


def test_provinces_without_frontage_do_not_touch_the_border(areas, line):
    """Where the frontage is missing, no edge of the border belongs to the province."""
    border_line = shapely.LineString(line)
    for code, (properties, geometry) in areas.items():
        if properties["frontage_from_km"] is None:
            assert geometry.boundary.intersection(border_line).length == 0, code


@pytest.mark.parametrize("code", AREA_KM2)
def test_geodesic_areas(areas, code):
    """The geodesic areas on WGS84 are those of the survey, and the files carry them."""
    properties, geometry = areas[code]
    polygons = [shapely.geometry.polygon.orient(p) for p in shapely.get_parts(geometry)]
    area = sum(GEOD.geometry_area_perimeter(polygon)[0] for polygon in polygons) / 1e6
    assert area == pytest.approx(AREA_KM2[code], abs=0.5)
    assert properties["area_km2"] == pytest.approx(area, abs=0.001)


def test_rings_follow_rfc_7946():
    """Outer rings run anticlockwise, as RFC 7946 asks, section 3.1.6."""
    for name in ("countries.geojson", "provinces.geojson"):
        for feature in features(name):
            for polygon in shapely.get_parts(shape(feature["geometry"])):
                assert polygon.exterior.is_ccw
                assert not any(ring.is_ccw for ring in polygon.interiors)


# --- the tables along the line --------------------------------------------------------------------


@pytest.mark.parametrize("side", ["TJ", "AF"])
def test_province_frontages(side, chainage, areas):
    """Province stretches have the lengths of the survey and sum to the whole line."""
    own = [r for r in rows(BOUNDARIES / "province_frontage.csv") if r["country"] == side]
    lengths = {r["area_id"]: float(r["to_km"]) - float(r["from_km"]) for r in own}
    assert lengths == pytest.approx(FRONTAGE_KM[side], abs=HUNDREDTH_KM)
    # 0.1 mm: the decimals of the table.
    assert sum(lengths.values()) == pytest.approx(chainage[-1] / 1000, abs=1e-6)
    for row in own:
        properties = areas[row["area_id"]][0]
        assert properties["frontage_from_km"] == float(row["from_km"])
        assert properties["frontage_to_km"] == float(row["to_km"])
        assert properties["name"] == row["name"]


def test_province_frontages_end_at_the_nodes(line, chainage):
    """The inner ends are the chainages of the four province nodes."""
    of_source = np.all(np.abs(np.round(line, 6) - line) < 1e-9, axis=1)
    inner = {float(r["from_km"]) for r in rows(BOUNDARIES / "province_frontage.csv")} - {0.0}
    assert sorted(inner) == pytest.approx(chainage[~of_source] / 1000, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("district_frontage.csv", "TJ"),
        ("district_frontage.csv", "AF"),
        ("position_uncertainty.csv", None),
        ("terrain.csv", None),
    ],
)
def test_tables_cover_the_line_end_to_end(name, side, chainage):
    """Intervals follow each other from km 0 to the end of the line."""
    own = [r for r in rows(BOUNDARIES / name) if side is None or r["country"] == side]
    starts = [float(r["from_km"]) for r in own]
    ends = [float(r["to_km"]) for r in own]
    assert starts[0] == 0
    assert starts[1:] == ends[:-1]
    assert ends[-1] == pytest.approx(chainage[-1] / 1000, abs=1e-7)


def test_districts_lie_in_their_province_but_for_the_uncertainty_of_both():
    """District stretches agree with the province they name within what the two sources allow."""
    provinces = {r["area_id"]: r for r in rows(BOUNDARIES / "province_frontage.csv")}
    # Districts are good to 2 km, Natural Earth's lines between provinces to 5 km.
    slack = 2 + 5
    for row in rows(BOUNDARIES / "district_frontage.csv"):
        province = provinces[row["area_id"]]
        assert row["province"] == province["name"]
        assert float(row["from_km"]) >= float(province["from_km"]) - slack
        assert float(row["to_km"]) <= float(province["to_km"]) + slack


def test_position_uncertainty_is_that_of_the_survey():
    """Half-widths in metres: 1,500, 800, 2,000, 250 and 500, changing at km 80, 115, 171, 1,134."""
    table = rows(BOUNDARIES / "position_uncertainty.csv")
    assert [float(r["uncertainty_m"]) for r in table] == [1500, 800, 2000, 250, 500]
    assert [float(r["from_km"]) for r in table] == [0, 80, 115, 171, 1134]


def nearest_chainage(line, chainage, lon, lat):
    """
    Return chainage and distance in km of the nearest point, by way of a plane round the place.

    In the azimuthal equidistant projection centred on the place, distances from it are exact; edges
    of a few kilometres bend by less than a metre.
    """
    local = Transformer.from_crs(
        "OGC:CRS84", f"+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84", always_xy=True
    )
    xy = np.column_stack(local.transform(*line.T))
    step = np.diff(xy, axis=0)
    t = np.clip(-(xy[:-1] * step).sum(1) / (step**2).sum(1), 0, 1)
    away = np.hypot(*(xy[:-1] + t[:, None] * step).T)
    edge = int(np.argmin(away))
    along = chainage[edge] + t[edge] * (chainage[edge + 1] - chainage[edge])
    return along / 1000, away[edge] / 1000


def test_referents_have_the_chainages_of_the_survey():
    """River mouths, bridges, the confluence and the lake lie at the kilometres of the survey."""
    table = {r["referent_id"]: r for r in rows(BOUNDARIES / "referents.csv")}
    found = {name: float(table[name]["from_km"]) for name in REFERENT_KM}
    assert found == pytest.approx(REFERENT_KM, abs=TENTH_KM)
    zorkul = table["ph-zorkul"]
    assert (float(zorkul["from_km"]), float(zorkul["to_km"])) == pytest.approx(
        ZORKUL_KM, abs=TENTH_KM
    )


def test_referents_recomputed(line, chainage):
    """Chainage, distance and official kilometre of each referent follow from its coordinates."""
    factor = OFFICIAL_KM / (chainage[-1] / 1000)
    for row in rows(BOUNDARIES / "referents.csv"):
        begin, end = float(row["from_km"]), float(row["to_km"])
        km, away = nearest_chainage(line, chainage, float(row["lon"]), float(row["lat"]))
        # 1 m: the bend of an edge in the local plane, see nearest_chainage.
        assert km == pytest.approx((begin + end) / 2, abs=0.001), row["name"]
        if row["kind"] == "lake":
            assert begin < end
        else:
            assert begin == end
            assert away == pytest.approx(float(row["distance_km"]), abs=0.001)
        assert float(row["official_km"]) == pytest.approx((begin + end) / 2 * factor, abs=0.0002)
        assert float(row["uncertainty_km"]) >= round(away, 2)


def test_tripoints_are_the_ends(chainage):
    """The two tripoints are the ends of the line."""
    own = [r for r in rows(BOUNDARIES / "referents.csv") if r["kind"] == "tripoint"]
    ends = sorted(float(r["from_km"]) for r in own)
    # Referents carry 4 decimals of a kilometre and never pass the end of the line.
    assert ends == pytest.approx([0, chainage[-1] / 1000], abs=1e-4)
    assert ends[-1] <= chainage[-1] / 1000 + 1e-7


# --- the registry ---------------------------------------------------------------------------------

REGISTRY = json.loads((DATA / "registry.json").read_text("utf-8"))
# The registry cannot hold its own checksum; texts about the data are not data.
FILES = sorted(
    path.relative_to(DATA).as_posix()
    for path in DATA.rglob("*")
    if path.is_file() and path.suffix != ".md" and path.name != "registry.json"
)


def test_registry_lists_exactly_the_files():
    """Every file under data/ has an entry, and every entry a file."""
    assert sorted(REGISTRY["files"]) == FILES


@pytest.mark.parametrize("name", sorted(REGISTRY["files"]))
def test_registry_entry_describes_its_file(name):
    """Checksum, size, rows and columns of the entry are those of the file."""
    entry = REGISTRY["files"][name]
    content = (DATA / name).read_bytes()
    assert entry["path"] == name
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert entry["bytes"] == len(content)
    if name.endswith(".csv"):
        table = list(csv.reader((DATA / name).open(encoding="utf-8", newline="")))
        assert (entry["rows"], entry["columns"]) == (len(table) - 1, table[0])
    elif name.endswith(".json"):
        assert (entry["rows"], entry["columns"]) == (None, list(json.loads(content)))
    elif name.endswith(".bin"):
        assert (entry["rows"], entry["columns"], entry["crs"]) == (None, None, None)
    elif name.endswith(".topojson"):
        countries = json.loads(content)["objects"]["countries"]["geometries"]
        assert (entry["rows"], entry["geometry_type"]) == (len(countries), "MultiPolygon")
        assert entry["columns"] == ["id", *countries[0]["properties"]]
    else:
        collection = json.loads(content)["features"]
        assert entry["rows"] == len(collection)
        assert all(set(f["properties"]) <= set(entry["columns"]) for f in collection)


@pytest.mark.parametrize("name", sorted(REGISTRY["files"]))
def test_registry_entry_names_source_and_licence(name):
    """Nothing is shipped without a source, a licence, an attribution and a date."""
    entry = REGISTRY["files"][name]
    for key in ("source", "licence", "attribution", "retrieved", "transform"):
        assert entry[key], key
    for package in entry["inputs"]:
        assert set(package) == {"package", "registry", "version", "file", "sha256"}
        assert len(package["sha256"]) == 64


@pytest.mark.parametrize("name", sorted(p.name for p in BOUNDARIES.iterdir() if p.suffix != ".bin"))
def test_boundary_files_are_utf8_with_unix_line_ends(name):
    """The files read the same everywhere."""
    content = (BOUNDARIES / name).read_bytes()
    content.decode("utf-8")
    assert b"\r" not in content
    assert content.endswith(b"\n")
