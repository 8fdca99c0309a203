"""The tool that builds the basemap, piece by piece on small made ground, then as a whole."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from PIL import Image
from shapely import Polygon, box

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "tools"
sys.path.insert(0, str(TOOLS))

import _basemap_about  # noqa: E402  (tools/ is not a package)
import _basemap_land as land_of  # noqa: E402
import _basemap_lines as lines  # noqa: E402
import _basemap_places as places  # noqa: E402
import _basemap_relief as relief_of  # noqa: E402
import _basemap_water as water_of  # noqa: E402
import _inputs  # noqa: E402
import _registry  # noqa: E402
import build_basemap as tool  # noqa: E402


def test_steps_are_undone():
    """Writing and reading a line gives it back, to the unit."""
    line = [(7_000_000, 3_700_000), (7_000_010, 3_699_990), (6_999_000, 3_700_000)]
    assert lines.steps(line) == [7_000_000, 3_700_000, 10, -10, -1010, 10]
    assert lines.to_units(lines.from_steps(lines.steps(line))) == line


def test_simplifying_keeps_ends_and_corners():
    """A corner of 11 km stays, a wiggle of 10 m goes; the ends are not rounded."""
    wiggle = [(7_000_003, 3_700_007), (7_005_000, 3_700_010), (7_010_000, 3_700_000)]
    assert lines.simplified([*wiggle, (7_010_003, 3_710_001)], 0.4) == [
        wiggle[0], (7_010_000, 3_700_000), (7_010_003, 3_710_001),
    ]  # fmt: skip


# --- land -----------------------------------------------------------------------------------------

WEST, EAST = box(0, 0, 1, 2), box(1, 0, 2, 2)
NODED = Polygon([(0, 0), (1, 0), (1, 0.5), (1, 2), (0, 2)])
FRAME = (0.0, 0.0, 2.0, 2.0)


def test_a_neighbour_gets_the_added_vertex():
    """A vertex put into one of two equal edges comes into the other, at its place."""
    (rings,) = land_of.with_nodes(EAST, [NODED])
    assert (1.0, 0.5) in set(map(tuple, rings[0]))
    assert Polygon(rings[0]).equals(EAST)


def test_two_countries_share_one_arc():
    """The edge between them is one arc, run forwards by one and backwards by the other."""
    land = land_of.build_land({"A": WEST, "B": EAST}, np.array([(5.0, 5), (6, 5)]), FRAME)
    (shared,) = land.borders(disputed=False)
    assert land.users[shared] == {"A", "B"}
    used = {code: land.polygons[code][0][0] for code in "AB"}
    assert (shared in used["A"]) != (shared in used["B"])
    assert (~shared in used["A"]) != (~shared in used["B"])
    assert all(land.on_frame[n] for n in range(len(land.arcs)) if n != shared)


def test_what_runs_along_the_line_is_a_slice_of_it():
    """All vertices of the edge are the line's: nothing is copied, and it is no border to draw."""
    line = np.array([(1.0, 0), (1, 0.5), (1, 2)])
    east = Polygon([(1, 0), (2, 0), (2, 2), (1, 2), (1, 0.5)])
    land = land_of.build_land({"A": NODED, "B": east}, line, FRAME)
    slices = [arc[0] for arc in land.arcs if arc[0][0] == 0]
    assert sorted(sorted(part[1:]) for part in slices) in ([[0, 2]], [[0, 1], [1, 2]])
    assert land.borders(disputed=False) == []


def test_lines_of_control_are_kept_apart():
    """Between the countries named, north of the latitude named."""
    north = {"IN": box(0, 33, 1, 35), "PK": box(1, 33, 2, 35)}
    land = land_of.build_land(north, np.array([(5.0, 5), (6, 5)]), (33.0, 0.0, 35.0, 2.0))
    assert land.borders(disputed=False) == []
    assert len(land.borders(disputed=True)) == 1


def test_lines_between_provinces_are_drawn_once():
    """Only edges that two provinces of one country share."""
    provinces = {"AA-1": WEST, "AA-2": EAST, "BB-1": box(2, 0, 3, 2)}
    (line,) = land_of.province_lines(provinces, (0.0, 0.0, 2.0, 3.0))
    assert line["country"] == "AA"
    assert sorted(map(tuple, lines.from_steps(line["line"]))) == [(1.0, 0.0), (1.0, 2.0)]


# --- water ----------------------------------------------------------------------------------------


def ground(heights, frame=(0.0, 0.0, 0.25, 0.25)):
    """Return made heights as ground."""
    return water_of.Ground(np.asarray(heights, dtype=float), frame)


def test_water_drains_down_a_valley():
    """On a V-shaped valley that falls to the south all cells drain through its mouth."""
    rows, columns = np.mgrid[0:9, 0:7]
    drained, raised = water_of.drained_cells(100 * np.abs(columns - 3) + 10.0 * (9 - rows))
    assert not raised.any()
    # The 7 rows of 5 cells within the edge, but for the two that touch a lower cell of the edge,
    # (7, 1) beside (8, 2) and (7, 5) beside (8, 4); and the mouth itself.
    assert drained[8, 3] == 7 * 5 - 2 + 1


def test_a_hollow_is_filled_to_its_rim():
    """Water leaves a hollow over its lowest rim; the cells below it count as raised."""
    heights = np.full((7, 7), 50.0)
    heights[2:5, 2:5] = 10.0
    heights[5:, 3] = 20.0
    drained, raised = water_of.drained_cells(heights)
    assert raised.sum() == 9
    assert drained[6, 3] >= 9


def test_the_way_follows_the_water():
    """Around a ridge through water, not straight over it."""
    heights = np.zeros((30, 30))
    made = ground(heights)
    cost = np.full((30, 30), water_of.DRY_COST)
    cost[5:25, 3] = cost[24, 3:27] = cost[5:25, 26] = water_of.WATER_COST
    start, end = made.lonlat(5, 3), made.lonlat(5, 26)
    way = water_of.way(made, cost, start, end)
    assert way[0].tolist() == pytest.approx(start)
    assert way[-1].tolist() == pytest.approx(end)
    assert way[:, 1].min() == pytest.approx(made.lonlat(24, 0)[1])


def test_the_way_does_not_climb():
    """With equal cells it goes round a hill of 1,000 m, which costs 20 km to climb."""
    heights = np.zeros((30, 30))
    heights[10:20, 10:20] = 1000.0
    made = ground(heights)
    way = water_of.way(made, np.ones((30, 30)), made.lonlat(15, 2), made.lonlat(15, 27))
    rows = [made.place(lon, lat) for lon, lat in way]
    assert all(heights[row, column] == 0 for row, column in rows)


def test_smoothing_keeps_the_ends():
    """Steps become round; the first and the last point stay where they were."""
    steps = np.repeat(np.arange(12.0), 2)
    line = np.column_stack([steps[1:], steps[:-1]])
    smooth = water_of.smoothed(line)
    assert smooth.shape == line.shape
    assert smooth[[0, -1]] == pytest.approx(line[[0, -1]])
    turn = np.abs(np.diff(np.diff(smooth, axis=0), axis=0)).max()
    assert turn < 0.5 * np.abs(np.diff(np.diff(line, axis=0), axis=0)).max()


def test_a_river_ends_in_a_vertex_and_not_beside_the_line():
    """It is cut where it comes to the other line, and ends in that line's vertex."""
    target = np.column_stack([np.linspace(0, 1, 101), np.zeros(101)])
    river = np.array([(0.5, 0.2), (0.5, 0.1), (0.5, 0.001), (0.51, 0.0015), (0.52, 0.001)])
    led = water_of.led_to(river, target)
    assert led.tolist() == [[0.5, 0.2], [0.5, 0.1], [0.5, 0.0]]


def test_rivers_wait_for_those_they_flow_into():
    """The order of the table does not matter; a river that is nowhere is told."""
    made = ground(np.zeros((31, 31)))
    cost = np.ones((31, 31))
    border = np.array([(0.0, 0.0), (0.1, 0.0), (0.25, 0.0)])
    row = {"rank": "2", "start": "", "name": "Small", "end": "Large"}
    small = row | {"through": "0.2 0.15;0.1 0.1"}
    large = row | {"name": "Large", "end": "boundary", "through": "0.1 0.2;0.1 0.0"}
    found = water_of.rivers([small, large], made, cost, border, border)
    ends = {r["name"]: lines.from_steps(r["line"]) for r in found}
    assert ends["Large"][-1].tolist() == [0.1, 0.0]
    assert ends["Small"][-1].tolist() in ends["Large"].tolist()
    with pytest.raises(_inputs.BuildError, match="end in Large, which"):
        water_of.rivers([small], made, cost, border, border)


@pytest.mark.parametrize("text", ["70.1 38", "70.1;38.2", "70 38;71 39 2"])
def test_places_of_a_river_come_in_pairs(text):
    """The message shows what was written."""
    with pytest.raises(_inputs.BuildError, match="two places"):
        water_of.through(text)


def test_a_lake_is_joined_and_a_missing_one_told():
    """Two parts 300 m apart become one; where there is no water the tool stops."""
    made = ground(np.zeros((31, 31)))
    row = {"name": "L", "rank": "1", "lon": "0.12", "lat": "0.12", "level_m": "", "reach_km": "9"}
    parts = [box(0.08, 0.1, 0.1185, 0.14), box(0.1215, 0.1, 0.16, 0.14)]
    assert len(water_of.lake(made, parts, row)["rings"]) == 1
    with pytest.raises(_inputs.BuildError, match="No water was found"):
        water_of.lake(made, [], row)


# --- relief and places ----------------------------------------------------------------------------


def test_flat_ground_is_white_and_slopes_away_from_the_sun_are_dark():
    """A ridge from south-west to north-east has a dark south-eastern side."""
    y, x = np.mgrid[0:60, 0:60]
    lat = np.full(60, 38.0)
    flat = relief_of.shade(np.zeros((60, 60)), lat, 0.02)
    assert (flat == 1).all()
    ridge = 3000 * np.exp(-(((x + y - 59) / 8.0) ** 2))
    light = relief_of.shade(ridge, lat, 0.02)
    assert light[34, 34] < 0.8 < light[25, 25]


def test_relief_is_the_same_twice_and_white_at_its_edges():
    """An image that any browser reads."""
    heights = np.random.default_rng(1).normal(3000, 300, (120, 240))
    first = relief_of.relief(heights, (37.0, 70.0, 38.0, 72.0))
    assert first == relief_of.relief(heights, (37.0, 70.0, 38.0, 72.0))
    content = base64.b64decode(str(first["image"]).split(",")[1])
    values = np.asarray(Image.open(io.BytesIO(content)).convert("L"))
    # One degree of latitude is 1.27 as long as one of longitude at 37.5 N: 2 by 1 degrees.
    assert values.shape[1] / values.shape[0] == pytest.approx(2 / 1.26, rel=0.01)
    assert values[0].min() > 240


def test_a_town_of_another_country_is_refused():
    """A wrong number would put the name on another town."""
    row = {"place_id": "t", "geonames_id": "", "name": "T", "country": "TJ"}
    row |= {"rank": "1", "capital": "0"}
    known = {"place_id": "t", "country": "AF", "lon": "70", "lat": "37"}
    with pytest.raises(_inputs.BuildError, match="T must be a place of TJ .* t is AF"):
        places.towns([row], [known], b"{}")
    with pytest.raises(_inputs.BuildError, match="t is unknown"):
        places.towns([row], [], b"{}")
    (town,) = places.towns([row], [known | {"country": "TJ"}], b"{}")
    assert (town["lon"], town["lat"], town["rank"]) == (70.0, 37.0, 1)


def test_too_large_a_basemap_is_refused(monkeypatch, capsys):
    """The size of each part is told, and what to do."""
    noise = np.random.default_rng(1).integers(0, 10**6, 40_000).tolist()
    with pytest.raises(_inputs.BuildError, match="may take 90,000 bytes"):
        tool.check_size({"arcs": noise})
    assert "arcs" in capsys.readouterr().out


def test_the_registry_takes_json(tmp_path):
    """Its parts are the columns; it has no rows."""
    (tmp_path / "a.json").write_text('{"format":1,"towns":[]}')
    facts = _registry.measure(tmp_path / "a.json")
    assert (facts["rows"], facts["columns"]) == (None, ["format", "towns"])
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ValueError, match=r"\.csv, \.geojson, \.topojson, \.json or \.bin"):
        _registry.measure(tmp_path / "a.txt")


def test_declarations_are_complete():
    """Every file of the folder is declared with all keys."""
    declared = _basemap_about.declarations()
    there = {f"basemap/{path.name}" for path in (ROOT / "data/basemap").iterdir()}
    assert declared.keys() == there
    assert all(set(about) == set(_registry.DECLARED) for about in declared.values())


# --- the whole ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Return a folder with the packages, or skip with the reason; under CI=true, fail."""
    folder = tmp_path_factory.mktemp("inputs")
    try:
        tool.require_version(*tool.DECODER)
        tool.require_encoder()
        for wanted in _basemap_about.PACKAGES:
            _inputs.fetch(wanted, folder)
    except _inputs.ChecksumError:
        raise
    except _inputs.BuildError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    return folder


@pytest.mark.slow
@pytest.mark.network
def test_the_tool_makes_the_shipped_bytes(inputs, tmp_path):
    """A run from the packages gives the file in data/; a changed file is told."""
    command = [sys.executable, str(TOOLS / "build_basemap.py"), "--inputs", str(inputs)]
    done = subprocess.run([*command, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "is what the tool builds" in done.stdout


def test_differences_are_told(tmp_path):
    """File and registry are compared, one sentence each."""
    (tmp_path / "basemap").mkdir()
    (tmp_path / "basemap/basemap.json").write_text("{}")
    (tmp_path / "registry.json").write_text(json.dumps({"files": {}}))
    found = tool.differences(b"other", tmp_path)
    assert found[0] == "basemap/basemap.json differs"
    assert "the entry of basemap/basemap.json" in found[1]


def test_a_missing_package_is_told_in_one_line(tmp_path):
    """Exit code 1, no traceback, nothing written."""
    command = [sys.executable, str(TOOLS / "build_basemap.py"), "--inputs", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: --inputs must hold timezonefinder_data")
    assert done.stderr.count("\n") == 1


def test_water_is_read_without_the_oceans(monkeypatch):
    """Polygons that meet the frame, but for those of more than 10 square degrees."""
    shapes = [box(70, 37, 70.1, 37.1), box(0, 0, 1, 1), box(60, 30, 80, 45)]
    geometry = shapely.geometry.mapping(shapely.MultiPolygon(shapes))
    content = json.dumps({"geometries": [{"type": "Point"}, geometry]}).encode()
    monkeypatch.setattr(tool, "read_member", lambda archive, member: content)
    (only,) = tool.read_water(Path("any"), (33.0, 64.0, 42.0, 78.0))
    assert only.equals(shapes[0])
