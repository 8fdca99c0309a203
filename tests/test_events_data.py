"""The shipped events: what the format, the words and the curated tables demand of them."""

import csv
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Geod, Transformer

DATA = Path(__file__).resolve().parents[1] / "data"
CURATED = DATA / "curated"

pytestmark = pytest.mark.skipif(
    not CURATED.is_dir(), reason="the curated tables are not in the wheel"
)

COLUMNS = [
    *("event_id", "date_start", "date_end", "date_precision", "event_type", "scope", "actors"),
    *("place", "country_side", "admin1", "admin2", "place_ids", "location_precision"),
    *("location_uncertainty_km", "frontage_from_km", "frontage_to_km", "location_basis"),
    *("killed", "killed_min", "killed_max", "wounded", "detained", "narcotics_kg"),
    *("narcotics_detail", "weapons_seized", "summary", "source_urls", "source_dates", "source"),
    *("licence", "confidence", "notes"),
]
WORDS = {
    "date_precision": {"day", "month", "year"},
    "scope": {"border", "context", "afghan_internal", "tajik_internal", "off_border"},
    "country_side": {"TJ", "AF", "both"},
    "confidence": {"high", "medium", "low"},
    "event_type": {
        *("armed_clash", "attack_on_civilians", "border_closure", "cross_border_fire"),
        *("drug_seizure", "infiltration", "military_build_up", "other"),
        "smuggler_killed_or_detained",
    },
}
POINT = {"exact", "settlement", "near_settlement"}
STRETCH = {"district", "province", "frontage"}
PLACELESS = {"country", "unknown"}
PROVINCES = {
    "tj-p-khatlon": "TJ-KT",
    "tj-p-gbao": "TJ-GB",
    "af-p-badakhshan": "AF-BDS",
    "af-p-takhar": "AF-TAK",
    "af-p-kunduz": "AF-KDZ",
    "af-p-balkh": "AF-BAL",
}
# Rows whose point lies on the other bank than the incident, each looked at: Bogh's coordinate falls
# in the river (22 m across), Kokul has that of the Afghan end of its crossing, and the flag of
# 8 July 2021 flew on the Afghan end of the bridge whose coordinate is on the Tajik one.
OTHER_BANK = {"tja-20101227-01", "tja-20140221-01", "tja-20180813-01", "tja-20210708-01"}


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def collection():
    return json.loads((DATA / "events.geojson").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def features(collection):
    return collection["features"]


@pytest.fixture(scope="module")
def incidents():
    return {row["event_id"]: row for row in read_csv(CURATED / "incidents.csv")}


@pytest.fixture(scope="module")
def gazetteer():
    return {row["place_id"]: row for row in read_csv(CURATED / "gazetteer_core.csv")}


@pytest.fixture(scope="module")
def border():
    """Give the vertices of the line with their chainage in metres."""
    text = (DATA / "boundaries" / "border.geojson").read_text(encoding="utf-8")
    (feature,) = json.loads(text)["features"]
    lonlat = np.array(feature["geometry"]["coordinates"])
    return lonlat, np.array(feature["properties"]["chainage_m"])


@pytest.fixture(scope="module")
def to_plane():
    """Give lon, lat in the project's working CRS, LCC 37/38 (scale error below 112 ppm)."""
    crs = "+proj=lcc +lat_1=37 +lat_2=38 +lat_0=37.5 +lon_0=71.3 +ellps=WGS84"
    transformer = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return lambda lonlat: np.column_stack(transformer.transform(*np.asarray(lonlat, float).T))


def test_there_are_206_features_with_the_columns_of_the_event_table(features):
    assert len(features) == 206
    assert all(list(feature["properties"]) == COLUMNS for feature in features)


def test_the_file_follows_rfc_7946(collection, features):
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection  # section 4: always WGS 84
    assert not {"coordinates", "geometries", "geometry", "properties"} & set(collection)  # 7.1
    assert {"licence", "attribution", "data_version"} <= set(collection)
    for feature in features:
        assert list(feature) == ["type", "id", "geometry", "properties"]
        assert feature["type"] == "Feature" and feature["id"] == feature["properties"]["event_id"]
    assert len({feature["id"] for feature in features}) == len(features)


def test_coordinates_are_lon_lat_of_this_region_with_6_decimals(features):
    """Swapped coordinates would leave the box: it does not cross the diagonal."""
    placed = [f["geometry"] for f in features if f["geometry"]]
    lonlat = shapely.get_coordinates([shapely.geometry.shape(g) for g in placed])
    assert lonlat[:, 0].min() > 67.5 and lonlat[:, 0].max() < 75.0
    assert lonlat[:, 1].min() > 36.6 and lonlat[:, 1].max() < 38.6
    text = (DATA / "events.geojson").read_text(encoding="utf-8")
    numbers = re.findall(r"-?\d+\.\d+", "".join(re.findall(r'"coordinates":(\[[^a-z]*\])', text)))
    assert len(numbers) > 10_000
    assert max(len(number.partition(".")[2]) for number in numbers) <= 6


def test_words_are_those_of_the_event_table(features):
    for column, words in WORDS.items():
        assert {feature["properties"][column] for feature in features} <= words
    precisions = Counter(feature["properties"]["location_precision"] for feature in features)
    assert set(precisions) <= POINT | STRETCH | PLACELESS


def test_every_event_has_a_source_and_days_in_order(collection, features):
    for feature in features:
        row = feature["properties"]
        assert row["source_urls"]
        assert all(re.match(r"https?://[^/]+\.", url) for url in row["source_urls"])
        assert date.fromisoformat(row["date_start"]) <= date.fromisoformat(row["date_end"])
        assert collection["coverage_start"] <= row["date_start"] <= collection["coverage_end"]


def test_the_coverage_ends_with_the_last_day_known(collection, incidents):
    days = [r["date_end"] for r in incidents.values() if r["date_precision"] == "day"]
    assert collection["coverage_end"] == max(days) == "2026-04-17"


def test_totals_are_those_of_the_curated_table(features, incidents):
    rows = [feature["properties"] for feature in features]
    assert [row["event_id"] for row in rows] == list(incidents)
    for column in ("scope", "event_type", "date_precision", "confidence", "country_side"):
        assert Counter(r[column] for r in rows) == Counter(r[column] for r in incidents.values())
    for column in ("killed", "wounded", "detained", "narcotics_kg"):
        known = [float(r[column]) for r in incidents.values() if r[column] != ""]
        assert sum(r[column] for r in rows if r[column] is not None) == pytest.approx(sum(known))
        assert sum(r[column] is not None for r in rows) == len(known)
    urls = sum(len(re.findall(r"(?:^|;)https?://", r["source_urls"])) for r in incidents.values())
    assert sum(len(row["source_urls"]) for row in rows) == urls


def test_unknown_is_null_and_never_0(features, incidents):
    for feature in features:
        row, given = feature["properties"], incidents[feature["id"]]
        for column in ("killed", "wounded", "detained", "narcotics_kg"):
            assert (row[column] is None) == (given[column] == "")
        for column in ("actors", "narcotics_detail", "weapons_seized", "notes", "admin1", "admin2"):
            assert (row[column] is None) == (given[column] == "")
            assert row[column] != ""
        if not given["killed"] and not given["killed_range"]:
            assert row["killed_min"] is None and row["killed_max"] is None


def test_the_range_of_killed_holds_the_figure(features):
    rows = {feature["id"]: feature["properties"] for feature in features}
    for row in rows.values():
        if row["killed"] is not None:
            assert row["killed_min"] <= row["killed"]
            assert row["killed_max"] is None or row["killed"] <= row["killed_max"]
    outpost = rows["tja-19930713-01"]  # 22 border guards at least, 195 with all accounts added
    assert (outpost["killed_min"], outpost["killed"], outpost["killed_max"]) == (22, 25, 195)
    assert rows["tja-20250601-02"]["killed_max"] is None  # "1+"


def test_geometry_follows_the_precision(features):
    for feature in features:
        row, geometry = feature["properties"], feature["geometry"]
        kind = geometry and geometry["type"]
        ends = (row["frontage_from_km"], row["frontage_to_km"])
        assert row["location_basis"].endswith((".", '."')), feature["id"]
        if row["location_precision"] in POINT:
            assert kind == "Point" and ends == (None, None)
            assert row["location_uncertainty_km"] > 0
        elif row["location_precision"] in STRETCH and kind:
            assert kind == "LineString" and 0 <= ends[0] < ends[1]
            half = (ends[1] - ends[0]) / 2
            assert row["location_uncertainty_km"] == pytest.approx(half, abs=0.001)
        else:
            assert kind is None and ends == (None, None)
            assert row["location_uncertainty_km"] is None


def test_only_districts_behind_the_border_have_no_stretch(features, gazetteer):
    """Three districts lie behind others; Rudaki is on another border altogether."""
    unplaced = Counter()
    for feature in features:
        row = feature["properties"]
        if row["location_precision"] in STRETCH and not feature["geometry"]:
            unplaced[row["admin2"]] += 1
    assert unplaced == {"Khwaja Bahawuddin": 3, "Yangi Qala": 1, "Rudaki": 1}
    on_the_line = {r["place_id"] for r in read_csv(DATA / "boundaries/district_frontage.csv")}
    assert not on_the_line & {"af-d-khwaja-bahawuddin", "af-d-yangi-qala"}


def test_every_point_is_the_coordinate_of_its_first_place(features, gazetteer):
    for feature in features:
        if feature["geometry"] and feature["geometry"]["type"] == "Point":
            place = gazetteer[feature["properties"]["place_ids"][0]]
            given = [float(place["lon"]), float(place["lat"])]
            assert feature["geometry"]["coordinates"] == given, feature["id"]
            assert place["coord_precision"] != "polygon_centroid", feature["id"]


def test_radii_come_from_the_table_and_are_only_widened(features, gazetteer):
    table = {
        (row["location_precision"], row["coord_precision"]): float(row["uncertainty_km"])
        for row in read_csv(CURATED / "location_uncertainty.csv")
    }
    given = {
        r["event_id"]: r["location_uncertainty_km"]
        for r in read_csv(CURATED / "incident_places.csv")
    }
    for feature in features:
        row = feature["properties"]
        if row["location_precision"] in POINT:
            place = gazetteer[row["place_ids"][0]]
            default = table[row["location_precision"], place["coord_precision"]]
            if given[feature["id"]]:
                assert row["location_uncertainty_km"] == float(given[feature["id"]]) > default
            else:
                assert row["location_uncertainty_km"] == default


def test_district_and_province_rows_carry_exactly_their_stretch(features, border):
    end_km = border[1][-1] / 1000
    spans = {
        row["place_id"]: [float(row["from_km"]), float(row["to_km"])]
        for row in read_csv(DATA / "boundaries" / "district_frontage.csv")
    }
    for row in read_csv(CURATED / "placing_frontage.csv"):  # three doubtful limits, widened
        for end, column in enumerate(("from_km", "to_km")):
            if row[column]:
                spans[row["place_id"]][end] = float(row[column])
    by_area = {r["area_id"]: r for r in read_csv(DATA / "boundaries" / "province_frontage.csv")}
    for place, area in PROVINCES.items():
        spans[place] = [float(by_area[area]["from_km"]), float(by_area[area]["to_km"])]
    seen = Counter()
    for feature in features:
        row = feature["properties"]
        if row["location_precision"] in ("district", "province") and feature["geometry"]:
            (area,) = [i for i in row["place_ids"] if i in spans]
            ends = [row["frontage_from_km"], row["frontage_to_km"]]
            assert ends == [spans[area][0], min(spans[area][1], end_km)], feature["id"]
            seen[area] += 1
    assert sum(seen.values()) > 70 and seen["tj-d-shamsiddin-shohin"] > 10


def test_stretches_of_several_areas_hold_each_of_them(features):
    spans = {
        row["place_id"]: (float(row["from_km"]), float(row["to_km"]))
        for row in read_csv(DATA / "boundaries" / "district_frontage.csv")
    }
    for feature in features:
        row = feature["properties"]
        for area in row["place_ids"]:
            if area in spans and row["location_precision"] == "frontage":
                assert row["frontage_from_km"] <= spans[area][0], feature["id"]
                assert row["frontage_to_km"] >= spans[area][1], feature["id"]


def test_the_ends_of_a_stretch_lie_on_the_border_at_their_chainage(features, border):
    lonlat, chainage_m = border
    geod = Geod(ellps="WGS84")
    for feature in features:
        row = feature["properties"]
        if row["frontage_from_km"] is None:
            continue
        line = feature["geometry"]["coordinates"]
        for end, km in ((line[0], row["frontage_from_km"]), (line[-1], row["frontage_to_km"])):
            i = int(np.searchsorted(chainage_m, km * 1000, side="right")) - 1
            metres = geod.inv(*lonlat[i], *end)[2]
            # 1 m: 6 decimals are 0.1 m, and an edge (5 km at most) is straight in degrees here.
            assert metres == pytest.approx(km * 1000 - chainage_m[i], abs=1.0), feature["id"]


def test_simplified_stretches_stay_within_100_m_of_the_border(features, border, to_plane):
    lonlat, chainage_m = border
    plane = to_plane(lonlat)
    for feature in features:
        row = feature["properties"]
        if row["frontage_from_km"] is None:
            continue
        line = shapely.LineString(to_plane(feature["geometry"]["coordinates"]))
        low, high = row["frontage_from_km"] * 1000, row["frontage_to_km"] * 1000
        inside = plane[(chainage_m >= low) & (chainage_m <= high)]
        # 0.2 m: the coordinates are rounded to 6 decimals.
        assert shapely.distance(line, shapely.points(inside)).max() < 100.2, feature["id"]


def test_points_lie_on_the_side_where_it_happened(features, border, to_plane):
    """Left of the line is Tajikistan; the exceptions are named above and within 1 km of it."""
    plane = to_plane(border[0])
    line = shapely.LineString(plane)
    edges = shapely.linestrings(np.stack((plane[:-1], plane[1:]), axis=1))
    tree = shapely.STRtree(edges)
    offenders = {}
    for feature in features:
        side = feature["properties"]["country_side"]
        if not feature["geometry"] or feature["geometry"]["type"] != "Point" or side == "both":
            continue
        (x, y) = to_plane([feature["geometry"]["coordinates"]])[0]
        (x0, y0), (x1, y1) = shapely.get_coordinates(edges[tree.nearest(shapely.Point(x, y))])
        left = (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) > 0
        if side != ("TJ" if left else "AF"):
            offenders[feature["id"]] = line.distance(shapely.Point(x, y))
    print("On the other bank, with metres to the line:", offenders)
    assert set(offenders) <= OTHER_BANK
    assert max(offenders.values()) < 1000


def test_areas_of_a_stretch_are_on_the_side_where_it_happened(features):
    """Except where a report gives only what lies opposite, which the basis then says."""
    for feature in features:
        row = feature["properties"]
        countries = {i[:2].upper() for i in row["place_ids"] if i[3:5] in ("d-", "p-")}
        if row["country_side"] != "both" and countries and row["country_side"] not in countries:
            basis = row["location_basis"]
            assert any(w in basis for w in ("pposite", "facing", "order near")), feature["id"]


def test_admin_names_are_those_of_the_other_tables(features, gazetteer):
    districts = {row["admin2"] for row in gazetteer.values()}
    provinces = {"GBAO", "Khatlon", "Badakhshan", "Takhar", "Kunduz", "Balkh"}
    provinces.add("Districts of Republican Subordination")
    for feature in features:
        assert feature["properties"]["admin1"] in provinces | {None}
        assert feature["properties"]["admin2"] in districts | {None}


def test_places_without_a_point_have_ids_that_collide_with_none(gazetteer):
    ids = [row["place_id"] for row in read_csv(CURATED / "places_unsourced.csv")]
    assert len(ids) == len(set(ids)) == 89
    assert not set(ids) & set(gazetteer)
    assert all(re.fullmatch(r"(tj|af)-u-[a-z0-9-]+", i) for i in ids)


def test_official_statistics_are_dated_numbers_with_a_source():
    rows = read_csv(CURATED / "official_statistics.csv")
    assert len(rows) == 146
    for row in rows:
        assert float(row["value"]) >= 0 and row["unit"] and row["stated_by"]
        assert row["source_url"].startswith(("http://", "https://"))
        if row["period_start"] and row["period_end"]:
            assert row["period_start"] <= row["period_end"]
