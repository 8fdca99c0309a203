"""The tool that builds the events: one message for each mistake, and never half a file."""

import csv
import json
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import build_events  # noqa: E402

pytestmark = pytest.mark.skipif(
    not (ROOT / "data" / "curated").is_dir(), reason="the curated tables are not in the wheel"
)

INCIDENTS = "curated/incidents.csv"
PLACES = "curated/incident_places.csv"
# 12th row of both tables: a clash on the Panj detachment's sector, placed on a stretch.
STRETCH_ID = "tja-19991004-01"
STRETCH_ROW = 13
# 7th row of both tables: a crowd in the town of Khorog, placed at a point.
POINT_ID = "tja-19950723-01"
POINT_ROW = 8


@pytest.fixture
def data_dir(tmp_path):
    """Give a copy of the tables the events are built from, in a data folder of its own."""
    data = tmp_path / "data"
    for name in (*build_events.COLUMNS, "boundaries/border.geojson"):
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "data" / name, data / name)
    return data


def read_table(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_table(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def set_cells(data_dir, file, key, cells, *, column="event_id"):
    """Change cells of the row whose `column` is `key`; the row must be there."""
    rows = read_table(data_dir / file)
    (row,) = [row for row in rows if row[column] == key]
    assert set(cells) <= set(row)
    row.update(cells)
    write_table(data_dir / file, rows)


def fails_with(data_dir, capsys):
    """Run the build, which must fail and leave nothing; return its messages."""
    before = sorted(data_dir.rglob("*"))
    assert build_events.main(["--data", str(data_dir)]) == 1
    assert sorted(data_dir.rglob("*")) == before  # no output, no registry, no temporary file
    return capsys.readouterr().err.splitlines()


def test_two_builds_give_the_same_bytes_and_pass_the_check(data_dir, tmp_path, capsys):
    outputs = [tmp_path / "one.geojson", tmp_path / "two.geojson"]
    for output in outputs:
        assert build_events.main(["--data", str(data_dir), "--output", str(output)]) == 0
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    arguments = ["--data", str(data_dir), "--check", "--output", str(outputs[0])]
    assert build_events.main(arguments) == 0
    assert not (data_dir / "registry.json").exists()  # --output leaves the registry alone
    assert capsys.readouterr().err == ""


def test_the_registry_gets_an_entry_per_file_and_keeps_the_others(data_dir):
    other = {"path": "boundaries/other.geojson", "licence": "ODbL 1.0"}
    registry = data_dir / "registry.json"
    registry.write_text(json.dumps({"files": {"boundaries/other.geojson": other}}), "utf-8")
    assert build_events.main(["--data", str(data_dir)]) == 0
    files = json.loads(registry.read_text("utf-8"))["files"]
    assert files["boundaries/other.geojson"] == other
    assert files["events.geojson"]["rows"] == len(read_table(data_dir / INCIDENTS))


def test_check_says_when_the_file_is_stale_and_leaves_it(data_dir, capsys):
    stale = data_dir / "events.geojson"
    stale.write_text("{}", encoding="utf-8")
    assert build_events.main(["--data", str(data_dir), "--check"]) == 1
    assert "is not what the tables give" in capsys.readouterr().err
    assert stale.read_text(encoding="utf-8") == "{}"


def test_a_failed_build_keeps_the_file_of_before(data_dir, capsys):
    (data_dir / "events.geojson").write_text("old", encoding="utf-8")
    set_cells(data_dir, INCIDENTS, POINT_ID, {"scope": "elsewhere"})
    assert len(fails_with(data_dir, capsys)) == 1
    assert (data_dir / "events.geojson").read_text(encoding="utf-8") == "old"


BAD_INCIDENTS = {
    "date_end before date_start": (
        {"date_end": "1995-07-22"},
        "column date_end: '1995-07-22' is before date_start 1995-07-23",
    ),
    "no day": ({"date_start": "1995-07"}, "column date_start: '1995-07' is no day"),
    "event type": ({"event_type": "raid"}, "column event_type: 'raid' is not one of armed_clash"),
    "scope": ({"scope": ""}, "column scope: '' is not one of border, context"),
    "confidence": ({"confidence": "High"}, "column confidence: 'High' is not one of high, medium"),
    "side": ({"country_side": "UZ"}, "column country_side: 'UZ' is not one of TJ, AF, both"),
    "date precision": ({"date_precision": "week"}, "column date_precision: 'week' is not one of"),
    "no scheme": (
        {"source_urls": "www.example.org/a"},
        "column source_urls: 'www.example.org/a' is no http(s) address",
    ),
    "other scheme": (
        {"source_urls": "ftp://example.org/a"},
        "column source_urls: 'ftp://example.org/a' is no http(s) address",
    ),
    "no source": ({"source_urls": ""}, "column source_urls: '' is no http(s) address"),
    "source date": ({"source_dates": "08-19"}, "column source_dates: '08-19' is no date"),
    "range": ({"killed_range": "2 to 3"}, "column killed_range: '2 to 3' is no range"),
    "range without the figure": (
        {"killed": "9", "killed_range": "2-3"},
        "column killed_range: '2-3' does not hold killed = 9",
    ),
    "number": ({"narcotics_kg": "about 4"}, "column narcotics_kg: 'about 4' is no plain number"),
    "part of a person": ({"wounded": "1.5"}, "column wounded: '1.5' is no whole number"),
    "district": (
        {"admin2": "Atlantis"},
        "column admin2: 'Atlantis' is no admin2 of gazetteer_core",
    ),
    "blank": ({"place_as_reported": "Khorog "}, "column place_as_reported: 'Khorog ' has blanks"),
}


@pytest.mark.parametrize("case", BAD_INCIDENTS)
def test_a_mistake_in_an_incident_is_one_message(case, data_dir, capsys):
    cells, message = BAD_INCIDENTS[case]
    set_cells(data_dir, INCIDENTS, POINT_ID, cells)
    (line,) = fails_with(data_dir, capsys)
    assert line.startswith(f"data/{INCIDENTS}, row {POINT_ROW}, ")
    assert message in line


BAD_PLACES = {
    "unknown place": (
        POINT_ID,
        {"place_ids": "tj-t-atlantis"},
        "column place_ids: 'tj-t-atlantis' is neither in gazetteer_core.csv nor",
    ),
    "unknown place of a stretch": (
        STRETCH_ID,
        {"place_ids": "tj-d-atlantis"},
        "column place_ids: 'tj-d-atlantis' is neither in gazetteer_core.csv nor",
    ),
    "precision": (
        POINT_ID,
        {"location_precision": "village"},
        "column location_precision: 'village' is not one of exact, settlement",
    ),
    "no basis": (POINT_ID, {"basis": ""}, "column basis: '' is empty"),
    "a district's label point": (
        POINT_ID,
        {"place_ids": "tj-d-shughnon"},
        "column place_ids: 'tj-d-shughnon' gives no point of precision settlement",
    ),
    "a point without a place": (
        POINT_ID,
        {"place_ids": ""},
        "column place_ids: '' gives no point of precision settlement",
    ),
    "two districts": (
        STRETCH_ID,
        {"location_precision": "district"},
        "names other areas than one district",
    ),
    "a stretch of nothing": (
        STRETCH_ID,
        {"place_ids": "tj-post-panj"},
        "column place_ids: 'tj-post-panj' names no area with a stretch of the border",
    ),
    "a stretch past the end": (
        STRETCH_ID,
        {"from_km": "1300", "to_km": "1400"},
        "column from_km/to_km: '1300-1400' is no stretch of the line",
    ),
    "half a stretch": (
        STRETCH_ID,
        {"from_km": "1300"},
        "column from_km/to_km: '1300-' lacks an end",
    ),
    "a stretch for a point": (
        POINT_ID,
        {"from_km": "1", "to_km": "2"},
        "column from_km/to_km: '1-2' belongs to precision frontage only",
    ),
    "a radius for a stretch": (
        STRETCH_ID,
        {"location_uncertainty_km": "5"},
        "column location_uncertainty_km: '5' belongs to points only",
    ),
}


@pytest.mark.parametrize("case", BAD_PLACES)
def test_a_mistake_in_a_place_is_one_message(case, data_dir, capsys):
    event_id, cells, message = BAD_PLACES[case]
    set_cells(data_dir, PLACES, event_id, cells)
    (line,) = fails_with(data_dir, capsys)
    row = POINT_ROW if event_id == POINT_ID else STRETCH_ROW
    assert line.startswith(f"data/{PLACES}, row {row}, ")
    assert message in line


def test_an_incident_without_a_row_of_places(data_dir, capsys):
    rows = read_table(data_dir / PLACES)
    write_table(data_dir / PLACES, [r for r in rows if r["event_id"] != POINT_ID])
    (line,) = fails_with(data_dir, capsys)
    assert line.startswith(
        f"data/{INCIDENTS}, row {POINT_ROW}, column event_id: '{POINT_ID}' has no"
    )


def test_a_row_of_places_without_its_incident(data_dir, capsys):
    rows = read_table(data_dir / INCIDENTS)
    write_table(data_dir / INCIDENTS, [r for r in rows if r["event_id"] != POINT_ID])
    (line,) = fails_with(data_dir, capsys)
    assert line.startswith(f"data/{PLACES}, row {POINT_ROW}, column event_id: '{POINT_ID}' is no")


@pytest.mark.parametrize("file", [INCIDENTS, PLACES])
def test_an_id_that_is_there_twice(file, data_dir, capsys):
    rows = read_table(data_dir / file)
    write_table(data_dir / file, [*rows, rows[0]])
    (line,) = fails_with(data_dir, capsys)
    number = len(rows) + 2
    assert line.startswith(
        f"data/{file}, row {number}, column event_id: '{rows[0]['event_id']}' is"
    )
    assert "there twice" in line


def test_a_lacking_column_is_named(data_dir, capsys):
    rows = [{k: v for k, v in r.items() if k != "basis"} for r in read_table(data_dir / PLACES)]
    write_table(data_dir / PLACES, rows)
    (line,) = fails_with(data_dir, capsys)
    assert f"data/{PLACES} lacks the columns basis" in line


@pytest.mark.parametrize("name", [PLACES, "boundaries/border.geojson"])
def test_a_lacking_file_is_named(name, data_dir, capsys):
    (data_dir / name).unlink()
    (line,) = fails_with(data_dir, capsys)
    assert line.startswith(f"data/{name} is missing")


def test_a_widened_stretch_may_not_be_narrower(data_dir, capsys):
    file = "curated/placing_frontage.csv"
    set_cells(data_dir, file, "tj-d-jayhun", {"from_km": "130.0"}, column="place_id")
    (line,) = fails_with(data_dir, capsys)
    assert f"data/{file}, row 3, column from_km/to_km: " in line
    assert "narrower than the district's own" in line


def test_several_mistakes_are_all_told(data_dir, capsys):
    set_cells(data_dir, INCIDENTS, POINT_ID, {"scope": "x", "confidence": "y"})
    set_cells(data_dir, PLACES, STRETCH_ID, {"basis": ""})
    assert len(fails_with(data_dir, capsys)) == 3


@pytest.mark.parametrize(
    ("killed", "text", "bounds"),
    [
        (25, "22-195", (22, 195)),
        (1, "1+", (1, None)),
        (None, "0-2", (0, 2)),
        (7, "", (7, 7)),
        (None, "", (None, None)),
    ],
)
def test_a_range_of_killed(killed, text, bounds):
    """Unknown stays None: it is never 0, and an open range has no upper end."""
    problems = build_events.Problems()
    assert build_events.killed_bounds(2, killed, text, problems) == bounds
    assert problems == []


def test_a_semicolon_inside_an_address_does_not_split_it():
    text = "https://a.example/x;jsessionid=1?b=2;http://b.example/;https://c.example/y"
    assert build_events.split_urls(text) == [
        "https://a.example/x;jsessionid=1?b=2",
        "http://b.example/",
        "https://c.example/y",
    ]
