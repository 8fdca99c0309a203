"""
The commands of the shell, run as a user runs them: real processes, real files.

What a command prints and writes is compared with what the same Python calls return.
"""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json
import math
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import frontier_geo as fg

#: Length of the reference line, in km; see docs and `load_boundary`.
LENGTH_KM = 1343.956

#: A village beside the river: a report's words, hostile in every column that is carried along.
HOSTILE = """event_id,lon,lat,date_start,event_type,location_uncertainty_km
=HYPERLINK("http://x"),71.55,37.49,2020-01-01,=1+1,0.5
+1,71.50,37.49,2020-01-02,+1+1,0.5
-1,71.50,37.40,2020-01-03,-1+1,0.5
@SUM(A1),71.49,37.40,2020-01-04,@A1,0.5
plain,70.0,30.0,2020-01-05,clash,0.5
"""


def environment(**more: str) -> dict[str, str]:
    """Return the variables under which a child finds the library these tests have imported."""
    source = str(Path(fg.__file__).parents[1])
    paths = [source, *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FRONTIER_GEO")}
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1", **more}


def run(
    *words: object, cwd: Path, program: tuple[str, ...] = (), code: int = 0, **more: str
) -> str:
    """Run a command, check its exit code and that it complained of nothing, return what it said."""
    done = subprocess.run(
        [*(program or (sys.executable, "-m", "frontier_geo")), *map(str, words)],
        cwd=cwd, env=environment(**more), capture_output=True, text=True, encoding="utf-8",
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    if code == 0:
        assert done.stderr == ""
    return done.stdout


def parse(text: str) -> dict:
    """Read JSON as strict readers do: NaN and Infinity are mistakes."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    """An empty folder that is not the project's: commands are run from anywhere."""
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="session")
def located():
    return fg.locate_events(fg.load_events())


@pytest.fixture(scope="session")
def segments(folder) -> tuple[pd.DataFrame, dict]:
    """The table and the account of ``segments --length-km 10 --output s.csv --json``."""
    said = run("segments", "--length-km", 10, "--output", "s.csv", "--json", cwd=folder)
    return pd.read_csv(folder / "s.csv"), parse(said)


# ---- segments ------------------------------------------------------------------------------------


def test_segments_of_ten_kilometres_cover_the_line_once(segments):
    """135 segments in a row, together as long as the line."""
    table, account = segments
    assert len(table) == account["segments_n"] == 135
    assert table["length_km"].sum() == pytest.approx(LENGTH_KM, abs=5e-4)
    assert (table["from_km"].to_numpy()[1:] == table["to_km"].to_numpy()[:-1]).all()
    assert table["segment_id"].is_unique


def test_every_incident_used_is_counted_once(segments):
    """On a segment, off the border, or unplaced: the three sum to the number of incidents used."""
    table, account = segments
    tally = account["accounting"]
    assert tally["counted"] == table["events"].sum() > 0
    assert tally["events"] == table["events"].sum() + tally["off_border"] + tally["unplaced"]
    assert tally["events_given"] == tally["events"] + sum(tally["set_aside"].values())
    assert tally["events_given"] == len(fg.load_events())


def test_segments_are_those_of_the_python_call(segments, located):
    """The file holds what `segment_rates` returns, column by column."""
    table, account = segments
    rates = fg.segment_rates(located, fg.make_segments(length_km=10))
    names = [name for name in rates.columns if name != "geometry"]
    assert list(table.columns) == [*names, "sources"]
    assert table["sources"].str.contains("frontier_geo curated incidents").all()
    for name in names:
        if pd.api.types.is_numeric_dtype(rates[name]):
            # Decimal text gives a double back exactly; the JSON and CSV writers print enough.
            np.testing.assert_allclose(table[name], rates[name], rtol=1e-12)
        else:
            assert table[name].fillna("").tolist() == rates[name].fillna("").tolist()
    assert account["accounting"] == rates.attrs["accounting"]
    assert account["period"] == rates.attrs["period"]


def test_segments_say_what_they_rest_on(segments):
    """Whoever reads the answer can tell line, data, version, period and what was counted."""
    _, account = segments
    assert account["boundary"]["length_km"] == pytest.approx(LENGTH_KM, abs=5e-4)
    assert re.fullmatch("[0-9a-f]{64}", account["boundary"]["sha256"])
    assert account["parameters"]["scope"] == ["border"]
    assert account["parameters"]["length_km"] == 10
    assert account["data_version"] == fg.data_registry()["data_version"]
    assert account["library_version"] == fg.__version__
    assert "not all that happened" in account["note"]


def test_segments_without_a_file_are_printed(folder):
    """The densest on the screen, each name in one piece, with the account below; no file."""
    before = sorted(folder.iterdir())
    said = run("segments", cwd=folder)
    assert len(re.findall(r"^TJ-AF:\d{4}-\d{4} ", said, re.MULTILINE)) == 15
    assert "135 segments of TJ-AF, together 1,343.956 km" in said
    tally = re.search(r"(\d+) incidents = (\d+) counted.* (\d+) off.* (\d+) unplaced", said)
    used, *parts = map(int, tally.groups())
    assert used == sum(parts) > 0
    assert sorted(folder.iterdir()) == before


def test_json_without_a_file_holds_the_segments(folder):
    """``--by`` cuts where districts change; ``--json`` gives everything but geometry, and no NaN."""
    answer = parse(run("segments", "--by", "tj_district", "--json", cwd=folder))
    frontage = fg.load_frontages("district")
    frontage = frontage[frontage["country"] == "TJ"].sort_values("from_km")
    rows = answer["segments"]
    assert [row["tj_district"] for row in rows] == frontage["name"].tolist()
    assert math.fsum(row["length_km"] for row in rows) == pytest.approx(LENGTH_KM, abs=5e-4)
    assert answer["accounting"]["counted"] == sum(row["events"] for row in rows)


def test_a_period_leaves_out_what_lies_outside(folder, located):
    """``--n`` and ``--from/--to``: the same numbers as `segment_rates` with that period."""
    said = run(
        "segments", "--n", 7, "--from", "2015-01-01", "--to", "2020-12-31", "--json", cwd=folder
    )
    answer = parse(said)
    rates = fg.segment_rates(located, fg.make_segments(n=7), period=("2015-01-01", "2020-12-31"))
    assert answer["period"] == ["2015-01-01", "2020-12-31"]
    assert len(answer["segments"]) == 7
    assert len({round(row["length_km"], 6) for row in answer["segments"]}) == 1
    assert [row["events"] for row in answer["segments"]] == rates["events"].tolist()
    assert answer["accounting"] == rates.attrs["accounting"]
    assert answer["accounting"]["set_aside"]["outside the period"] > 0
    # 2192 days of 1343.956 km: the exposure of all segments together.
    exposure = math.fsum(row["exposure_km_yr"] for row in answer["segments"])
    assert exposure == pytest.approx(LENGTH_KM * 2192 / 365.25, rel=1e-6)


def test_one_end_of_the_period_is_enough(folder, segments):
    """The other end is that of the shipped table."""
    _, whole = segments
    answer = parse(run("segments", "--from", "2015-01-01", "--n", 1, "--json", cwd=folder))
    assert answer["period"] == ["2015-01-01", whole["period"][1]]


def test_all_counts_every_scope_and_confidence(folder, segments):
    """``--all`` sets nothing aside but what lies outside the period."""
    _, default = segments
    tally = parse(run("segments", "--all", "--n", 1, "--json", cwd=folder))["accounting"]
    assert tally["events"] == tally["events_given"] - tally["set_aside"]["outside the period"]
    assert sum(tally["set_aside"].values()) == tally["set_aside"]["outside the period"]
    assert tally["events"] > default["accounting"]["events"]


def test_confidence_and_scope_choose(folder, segments):
    """``--min-confidence high`` counts fewer, and names what it left out."""
    _, default = segments
    words = ("--min-confidence", "high", "--scope", "border", "--scope", "context", "--n", 1)
    answer = parse(run("segments", *words, "--json", cwd=folder))
    events = fg.load_events()
    chosen = events[events["scope"].isin(["border", "context"])]
    tally = answer["accounting"]
    assert answer["parameters"]["min_confidence"] == "high"
    assert answer["parameters"]["scope"] == ["border", "context"]
    for word in ("medium", "low"):
        assert tally["set_aside"][f"confidence {word}"] == (chosen["confidence"] == word).sum()
    assert tally["events"] < default["accounting"]["events"]


@pytest.mark.parametrize(
    ("remainder", "count", "last_km"), [("cut", 14, 43.956), ("extend", 13, 143.956)]
)
def test_remainder_says_what_becomes_of_the_rest(folder, remainder, count, last_km):
    """1,343.956 km in pieces of 100: the last 43.956 km stand alone or join the one before."""
    answer = parse(
        run("segments", "--length-km", 100, "--remainder", remainder, "--json", cwd=folder)
    )
    assert len(answer["segments"]) == count
    assert answer["segments"][-1]["length_km"] == pytest.approx(last_km, abs=5e-4)


def test_segments_as_geojson(folder):
    """RFC 7946: lines in longitude and latitude, no NaN, the account beside the features."""
    run("segments", "--n", 3, "--output", "s.geojson", cwd=folder)
    answer = parse((folder / "s.geojson").read_text(encoding="utf-8"))
    assert answer["type"] == "FeatureCollection" and "crs" not in answer
    assert answer["accounting"]["events_given"] == len(fg.load_events())
    boundary = fg.load_boundary()
    ends = [
        feature["geometry"]["coordinates"][k] for feature in answer["features"] for k in (0, -1)
    ]
    assert ends[0] == pytest.approx([boundary.lon[0], boundary.lat[0]])
    assert ends[-1] == pytest.approx([boundary.lon[-1], boundary.lat[-1]])
    assert ends[1] == pytest.approx(ends[2])


# ---- locate --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def point(folder) -> dict:
    return parse(run("locate", 37.49, 71.51, "--json", cwd=folder))


def test_a_point_is_where_the_python_calls_say(point):
    """Side, province, both chainages, segment, distance and uncertainty match the API."""
    boundary = fg.load_boundary()
    row = fg.locate_points(71.51, 37.49).iloc[0]
    area = fg.locate_areas(71.51, 37.49).iloc[0]
    for name in (
        "chainage_km",
        "official_km",
        "distance_km",
        "offset_km",
        "nearest_lon",
        "nearest_lat",
    ):
        assert point[name] == row[name], name
    assert (point["side"], point["side_certain"]) == (row["side"], row["side_certain"])
    assert (point["country"], point["province"], point["province_id"]) == (
        area["country"], area["area"], area["area_id"],
    )  # fmt: skip
    km = row["chainage_km"]
    assert point["line_uncertainty_km"] == boundary.position_uncertainty_km(km)[0] > 0
    segments = fg.make_segments()
    on = segments[(segments["from_km"] <= km) & (km < segments["to_km"])]
    assert point["segment_id"] == on["segment_id"].item()
    frontage = fg.load_frontages("district")
    on = frontage[
        (frontage["country"] == row["side"])
        & (frontage["from_km"] <= km)
        & (km < frontage["to_km"])
    ]
    assert point["district"] == on["name"].item()


def test_a_point_is_told_in_words(folder, point):
    """All of it stands on the screen too."""
    said = run("locate", 37.49, 71.51, cwd=folder)
    for words in (
        f"Side         {point['side']} (certain)",
        f"Province     {point['province']}",
        f"District     {point['district']}",
        f"km {point['chainage_km']:.3f} measured, km {point['official_km']:.3f} official",
        f"Segment      {point['segment_id']}",
        f"{point['distance_km']:.3f} km from the line",
        f"± {point['line_uncertainty_km']:.2f} km",
    ):
        assert words in said, words


def test_a_point_known_badly_has_no_certain_side(folder, point):
    """With 5 km of doubt, 0.7 km from the line, the side is ambiguous and more places are near."""
    assert point["distance_km"] < 5
    answer = parse(run("locate", 37.49, 71.51, "--uncertainty-km", 5, "--json", cwd=folder))
    assert (answer["answer"], answer["side_certain"]) == ("ambiguous", False)
    assert answer["side"] == point["side"]
    assert len(answer["candidates"]) >= len(point["candidates"])


def test_a_point_far_away_is_said_to_be_off_the_border(folder):
    """Delhi has a nearest place on the line, and that is all."""
    answer = parse(run("locate", 28.6, 77.2, "--json", cwd=folder))
    assert answer["off_border"] is True
    assert answer["district"] is None and answer["country"] is None and answer["province"] is None


def test_a_file_of_incidents_comes_back_as_csv(folder, located):
    """File in, CSV out: the shipped incidents located as by `locate_events`."""
    shipped = Path(fg.datasets.data_folder()) / "events.geojson"
    said = run("locate", "--events", shipped, "--output", "l.csv", cwd=folder)
    table = pd.read_csv(folder / "l.csv", dtype={"event_id": str})
    assert f"Wrote {len(located):,} rows" in said
    assert list(table.columns) == list(located.columns)
    assert table["event_id"].tolist() == located["event_id"].tolist()
    assert table["placement"].tolist() == located["placement"].tolist()
    for name in ("chainage_km", "distance_km", "probability", "frontage_from_km"):
        np.testing.assert_allclose(table[name], located[name], rtol=1e-12)
    tally = located[located["candidate"] == 0]["placement"].value_counts()
    for placement, n in tally.items():
        assert f"{n} {placement}" in said


def test_cells_that_a_spreadsheet_would_run_are_defused(folder):
    """Text that begins with = + - @ gets an apostrophe; numbers stay numbers."""
    (folder / "hostile.csv").write_text(HOSTILE, encoding="utf-8")
    run("locate", "-e", "hostile.csv", "-o", "defused.csv", cwd=folder)
    text = (folder / "defused.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["event_id"][:2] for row in rows] == ["'=", "'+", "'-", "'@", "pl"]
    assert [row["licence"] for row in rows] == ["not stated"] * 5
    for row in rows:
        for name, cell in row.items():
            if cell.startswith(("=", "+", "-", "@", "\t", "\r")):
                float(cell)  # only a number may begin like that
                assert name in ("offset_km",)
    answer = parse(run("locate", "-e", "hostile.csv", "--json", cwd=folder))
    assert answer["located"][0]["event_id"] == '=HYPERLINK("http://x")'


def test_a_file_of_ones_own_goes_all_the_way(folder):
    """A CSV with dates gives segments; the far point is off the border and named so."""
    (folder / "own.csv").write_text(HOSTILE, encoding="utf-8")
    answer = parse(run("segments", "-e", "own.csv", "--json", cwd=folder))
    tally = answer["accounting"]
    assert (tally["events"], tally["counted"], tally["off_border"]) == (5, 4, 1)
    assert answer["period"] == ["2020-01-01", "2020-01-05"]


def test_another_line_gives_no_areas(folder):
    """On a line of one's own, district and province are not known, and not guessed."""
    line = {"type": "LineString", "coordinates": [[10, 50], [11, 50], [12, 50]]}
    feature = {"type": "Feature", "properties": {}, "geometry": line}
    (folder / "mine.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]})
    )
    answer = parse(run("locate", 50.1, 11, "-b", "mine.geojson", "--json", cwd=folder))
    assert answer["side"] == "left"
    assert answer["boundary"]["boundary_id"] == "mine"
    assert answer["province"] is None and answer["district"] is None
    assert answer["segment_id"].startswith("mine:")


# ---- map -----------------------------------------------------------------------------------------


def test_the_bare_map_is_written_here(tmp_path):
    """One page named hotspots.html in the current folder, and nothing else."""
    said = run("map", cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["hotspots.html"]
    assert f"Wrote {tmp_path.resolve() / 'hotspots.html'}" in said
    assert "It needs no network." in said
    page = (tmp_path / "hotspots.html").read_text(encoding="utf-8")
    assert page.lstrip().lower().startswith("<!doctype html>") and page.rstrip().endswith("</html>")
    block = re.search(r'id="fg-data">([^<]+)<', page)[1]
    head = json.loads(gzip.decompress(base64.b64decode(block)))
    assert "TJ-AF:0330-0340" in head["segments"]["id"] and head["n"] == 206


def test_a_map_is_written_where_asked(tmp_path):
    """``-o`` names the file, ``--title`` its heading; the account comes as JSON."""
    (tmp_path / "own.csv").write_text(HOSTILE, encoding="utf-8")
    words = ("-e", "own.csv", "--length-km", 50, "--title", "Mine & <b>yours</b>")
    answer = parse(run("map", "-o", "m.html", *words, "--json", cwd=tmp_path))
    page = tmp_path / "m.html"
    assert Path(answer["output"]) == page.resolve()
    assert answer["bytes"] == page.stat().st_size > 100_000
    assert answer["accounting"]["events"] == 5
    assert not (tmp_path / "hotspots.html").exists()
    assert "<b>yours</b>" not in page.read_text(encoding="utf-8")


# ---- info, version, names of the command ---------------------------------------------------------


def test_info_says_what_ships(folder):
    """Line, areas, incidents, versions, licences and limits, on the screen and as JSON."""
    said = run("info", cwd=folder, COLUMNS="200")
    wanted = ("1,343.956 km", "1,344.15 km", "ODbL-1.0", "GBAO", "Badakhshan", "±250 m")
    for words in (*wanted, fg.__version__):
        assert words in said, words
    answer = parse(run("info", "--json", cwd=folder))
    assert answer["boundary"]["length_km"] == pytest.approx(LENGTH_KM, abs=5e-4)
    assert {area["area_id"] for area in answer["areas"]} == set(fg.load_areas()["area_id"])
    assert answer["events"]["rows"] == len(fg.load_events())
    assert sum(answer["events"]["location_precision"].values()) == answer["events"]["rows"]
    assert answer["versions"]["frontier_geo"] == fg.__version__
    registry = fg.data_registry()["files"]
    assert set(answer["files"]) == set(registry)
    assert all(entry["licence"] for entry in answer["files"].values())


def test_version_is_that_of_the_library(folder):
    """The version alone, so that scripts can compare it."""
    assert run("--version", cwd=folder) == f"{fg.__version__}\n"


def test_help_names_every_command(folder):
    """``--help`` lists the verbs, and each verb its options."""
    said = run("--help", cwd=folder)
    for verb in ("map", "segments", "locate", "info"):
        assert re.search(rf"\b{verb}\b", said), verb
    said = run("segments", "--help", cwd=folder, COLUMNS="200")
    for option in (
        "--length-km",
        "--n",
        "--by",
        "--remainder",
        "--from",
        "--to",
        "--all",
        "--json",
    ):
        assert re.search(rf"{option}\b", said), option


def test_no_command_is_a_usage_error(folder):
    """Nothing to do: the help, one line, exit code 2."""
    assert "locate" in run(cwd=folder, code=2)


def test_python_m_and_the_command_are_the_same(folder):
    """``frontier-geo`` answers as ``python -m frontier_geo`` does, byte by byte."""
    command = shutil.which("frontier-geo", path=str(Path(sys.executable).parent))
    # Without an installed command, the entry point it would call.
    program = (command,) if command else (
        sys.executable, "-c", "from frontier_geo.__main__ import main; main()",
    )  # fmt: skip
    for words in (("--version",), ("locate", 37.49, 71.51), ("locate", 37.49, 71.51, "--json")):
        assert run(*words, cwd=folder, program=program) == run(*words, cwd=folder)


def test_names_in_four_scripts_survive_any_terminal(folder):
    """A terminal that knows only ASCII gets escapes, not a failure."""
    said = run("locate", 37.49, 71.51, cwd=folder, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert r"\xb1 0.25 km" in said


def test_western_and_southern_coordinates_need_no_tricks(tmp_path):
    """A minus before a number is no option."""
    line = tmp_path / "line.geojson"
    line.write_text(
        '{"type": "LineString", "coordinates": [[-107, 31.78], [-106.5, 31.78], [-106, 31.4]]}'
    )
    where = ("locate", "31.7", "-106.4", "-b", line)
    answer = json.loads(run(*where, "--json", cwd=tmp_path))
    assert (answer["lat"], answer["lon"]) == (31.7, -106.4)
    assert answer["line_uncertainty_km"] is None
    assert "not known for this line" in run(*where, cwd=tmp_path)
