"""The tool that builds data/boundaries, piece by piece on small made layers, then as a whole."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import MultiPolygon, Polygon, box

ROOT = Path(__file__).parents[1]
TOOLS = ROOT / "tools"
sys.path.insert(0, str(TOOLS))

import _boundaries_about  # noqa: E402  (tools/ is not a package)
import _inputs  # noqa: E402
import _registry  # noqa: E402
import build_boundaries as tool  # noqa: E402

# WGS84 equator: one degree is a * pi / 180 with a = 6,378,137 m exactly.
DEGREE_M = 6_378_137 * math.pi / 180

SOUTH = Polygon([(0, 0), (4, 0), (4, 1), (3, 1.2), (1, 0.9), (0, 1)])
NORTH = Polygon([(0, 1), (1, 0.9), (3, 1.2), (4, 1), (4, 2), (0, 2)])
SHARED = [(0, 1), (1, 0.9), (3, 1.2), (4, 1)]


# --- the shared line ------------------------------------------------------------------------------


def test_shared_line_has_the_first_area_on_its_left():
    """The northern area is left of a line that runs east, the southern of one that runs west."""
    assert tool.shared_line(NORTH, SOUTH).tolist() == [list(xy) for xy in SHARED]
    assert tool.shared_line(SOUTH, NORTH).tolist() == [list(xy) for xy in SHARED[::-1]]


@pytest.mark.parametrize("turn", range(6))
def test_shared_line_does_not_depend_on_where_a_ring_starts_or_how_it_runs(turn):
    """Rings may start inside the shared run and run either way."""
    ring = list(NORTH.exterior.coords)[:-1]
    turned = ring[turn:] + ring[:turn]
    for start in (turned, turned[::-1]):
        assert tool.shared_line(Polygon(start), SOUTH).tolist() == [list(xy) for xy in SHARED]


def test_shared_line_passes_over_exclaves():
    """Polygons apart from the neighbour take no part."""
    with_exclave = MultiPolygon([box(10, 10, 11, 11), NORTH])
    assert len(tool.shared_line(with_exclave, SOUTH)) == len(SHARED)


def test_shared_line_of_an_enclave_is_its_whole_ring():
    """An area that lies in a hole of the other shares its closed outline."""
    hole = [(1, 1), (1, 2), (2, 2), (2, 1)]
    line = tool.shared_line(Polygon(hole), Polygon(box(0, 0, 3, 3).exterior, [hole]))
    assert len(line) == 5
    assert line[0].tolist() == line[-1].tolist()


@pytest.mark.parametrize(
    ("other", "count"),
    [
        (box(0, -2, 4, -1), 0),  # apart
        (Polygon([(0, 1), (4, 1), (4, 0), (0, 0)]), 0),  # same ground, other vertices
        (Polygon([(0, 1), (1, 0.9), (2, -1), (3, 1.2), (4, 1), (4, -2), (0, -2)]), 2),
    ],
)
def test_shared_line_refuses_none_and_two(other, count):
    """Areas that share no line, or two, are refused with the number found."""
    with pytest.raises(tool.BuildError, match=f"exactly one line.*but {count} were found"):
        tool.shared_line(NORTH, other)


def test_a_line_that_runs_west_is_refused():
    """The border must run from west to east."""
    line = tool.shared_line(NORTH, SOUTH)
    assert tool.west_to_east(line) is line
    with pytest.raises(tool.BuildError, match=r"west to east.*starts at 4\.000000 E"):
        tool.west_to_east(tool.shared_line(SOUTH, NORTH))


def test_tripoints_must_be_vertices_of_the_neighbours():
    """An end of the line that is no vertex of the third country's zone is refused."""
    line = tool.shared_line(NORTH, SOUTH)
    zones = {zone: box(-1, 0, 0, 1) for zone in tool.WEST_ZONES}
    zones |= {zone: box(4, 0, 5, 1) for zone in tool.EAST_ZONES}
    tool.check_tripoints(line, zones)
    with pytest.raises(tool.BuildError, match=r"east end .* must be a vertex of Asia/Urumqi"):
        tool.check_tripoints(line, zones | {"Asia/Urumqi": box(5, 0, 6, 1)})


# --- measuring ------------------------------------------------------------------------------------


def test_chainage_along_the_equator():
    """The equator is a geodesic of known length."""
    line = np.array([(0.0, 0), (1, 0), (3, 0)])
    # A micrometre: rounding of numbers near 1e5 to 1e6.
    assert tool.chainage(line) == pytest.approx([0, DEGREE_M, 3 * DEGREE_M], abs=1e-6)


@pytest.mark.parametrize(
    ("place", "along"), [((0.25, 0), 0.25), ((1.5, 0.001), 1.5), ((1.5, -0.4), 1.5), ((-1, 0), 0)]
)
def test_locate_on_the_equator(place, along):
    """By symmetry the nearest point of the equator is due south or north; past an end, the end."""
    line = np.array([(0.0, 0), (1, 0), (3, 0)])
    measure, away = tool.locate(line, *place)
    # Near the foot of a perpendicular the distance is flat: 15 nm, the accuracy of the geodesics
    # (Karney 2013), leave sqrt(2 * 44 km * 15 nm) = 4 cm of chainage open at 44 km.
    assert measure == pytest.approx(along * DEGREE_M, abs=0.04)
    if place[1]:
        # WGS84 meridian: b * b / a metres per radian at the equator, 5e-7 more at 0.4 degrees.
        per_degree = 6_356_752.314245**2 / 6_378_137 * math.pi / 180
        assert away == pytest.approx(abs(place[1]) * per_degree, rel=1e-6)


@pytest.mark.parametrize("vertex", [0, 1, 2])
def test_locate_a_vertex(vertex):
    """
    A place on a vertex has the chainage of the vertex and distance 0.

    2026-11-23: rounding of edge lengths left no edge to search when the place was a vertex.
    """
    line = np.array([(67.780901, 37.1816), (67.788753, 37.165054), (67.79, 37.16)])
    measure, away = tool.locate(line, *line[vertex])
    # A nanometre of geodesic rounding, and some to spare.
    assert measure == pytest.approx(tool.chainage(line)[vertex], abs=1e-6)
    assert away == pytest.approx(0, abs=1e-6)


def test_point_at_is_the_inverse_of_locate():
    """Going to a chainage and locating the point found there gives the chainage back."""
    line = np.array([(67.78, 37.18), (67.79, 37.16), (67.83, 37.2)])
    for metres in (0, 1000, tool.chainage(line)[1], 5000, tool.chainage(line)[-1]):
        measure, away = tool.locate(line, *tool.point_at(line, metres))
        # On the line the distance falls to 0 sharply: 15 nm (Karney 2013), and some to spare.
        assert measure == pytest.approx(metres, abs=1e-6)
        assert away == pytest.approx(0, abs=1e-6)


def test_geodesic_area_of_an_octant_leaves_out_holes():
    """One eighth of WGS84 has 510,065,621.724 / 8 km² (Karney 2013); a hole is taken away."""
    octant = Polygon([(0, 0), (90, 0), (0, 90)])
    # 1 km²: the published figure is rounded to 1e-3, and the legs are geodesics.
    assert tool.geodesic_area_km2(octant) == pytest.approx(510_065_621.724 / 8, abs=1)
    hole = [(10, 10), (10, 20), (20, 20), (20, 10)]
    with_hole = Polygon(octant.exterior, [hole])
    rest = tool.geodesic_area_km2(octant) - tool.geodesic_area_km2(Polygon(hole))
    assert tool.geodesic_area_km2(with_hole) == pytest.approx(rest, rel=1e-12)


# --- provinces ------------------------------------------------------------------------------------

# The border of the made countries is a stretch of the equator.
COUNTRIES = {"TJ": box(0, 0, 4, 1), "AF": box(0, -1, 4, 0)}


def coarse_provinces():
    """Return provinces whose outline misses the countries': short in TJ, over the edge in AF."""
    return {
        "TJ-W": ("TJ", box(0.1, 0.1, 2, 0.9)),
        "TJ-E": ("TJ", box(2, 0.1, 3.9, 0.9)),
        "AF-W": ("AF", box(-0.1, -1.1, 1, 0.1)),
        "AF-E": ("AF", box(1, -1.1, 4, 0.1)),
    }


def test_conflation_keeps_outlines_and_takes_internal_lines():
    """Lines that fall short are extended, lines that go over are cut, at nodes on the outlines."""
    fitted = tool.conflate(COUNTRIES, coarse_provinces())
    assert fitted["TJ-W"].equals(box(0, 0, 2, 1))
    assert fitted["TJ-E"].equals(box(2, 0, 4, 1))
    assert fitted["AF-W"].equals(box(0, -1, 1, 0))
    assert fitted["AF-E"].equals(box(1, -1, 4, 0))
    assert shapely.coverage_is_valid(list(fitted.values()))


def test_fitting_nodes_the_border_from_both_sides():
    """The border gets one node for each province limit, on either side; countries keep them."""
    line = tool.shared_line(COUNTRIES["TJ"], COUNTRIES["AF"])
    areas, countries, noded = tool.fit_provinces(COUNTRIES, coarse_provinces(), line)
    assert noded.tolist() == [[0, 0], [1, 0], [2, 0], [4, 0]]
    for country in countries.values():
        assert set(map(tuple, noded)) <= set(map(tuple, shapely.get_coordinates(country)))
    degree = DEGREE_M / 1000
    expected = {
        "TJ-W": (0, 2 * degree),
        "TJ-E": (2 * degree, 4 * degree),
        "AF-W": (0, degree),
        "AF-E": (degree, 4 * degree),
    }
    found = tool.frontages_km(areas, noded)
    assert set(found) == set(expected)
    for code, ends in expected.items():
        # 7 decimals are kept.
        assert found[code] == pytest.approx(ends, abs=1e-7)


def test_an_area_away_from_the_border_has_no_frontage():
    """Frontage is missing, not zero, where an area only comes near, or touches at a point."""
    line = np.array(SHARED, dtype=float)
    areas = {"N": NORTH, "far": box(0, 3, 1, 4), "touching": Polygon([(0, 1), (-1, 2), (-1, 0)])}
    assert set(tool.frontages_km(areas, line)) == {"N"}


def test_an_area_that_touches_the_border_twice_is_refused():
    """One row per area cannot hold two stretches."""
    line = np.array(SHARED, dtype=float)
    twice = Polygon([(0, 1), (1, 0.9), (2, 1.5), (3, 1.2), (4, 1), (4, 2), (0, 2)])
    with pytest.raises(tool.BuildError, match="one stretch, but has 2 of the edges 0 to 2"):
        tool.frontages_km({"X": twice}, line)


def test_best_overlap_falls_back_on_the_nearest():
    """Ground outside every area goes to the nearest; otherwise the largest overlap wins."""
    areas = {"a": box(0, 0, 1, 1), "b": box(1, 0, 2, 1)}
    assert tool.best_overlap(box(0.8, 0, 1.1, 1), areas) == "a"
    assert tool.best_overlap(box(2.5, 0, 2.6, 1), areas) == "b"


def test_a_province_without_ground_is_refused():
    """Every province must keep ground."""
    lost = coarse_provinces() | {"AF-X": ("AF", box(9, 9, 10, 10))}
    with pytest.raises(tool.BuildError, match=r"none was left for \['AF-X'\]"):
        tool.conflate(COUNTRIES, lost)


def test_coverage_check_sees_gaps_and_changed_outlines():
    """Provinces that overlap, or that leave the outline, are refused."""
    good = {"TJ": {"TJ-W": box(0, 0, 2, 1), "TJ-E": box(2, 0, 4, 1)}}
    tool.check_coverage(COUNTRIES, good)
    lap = {"TJ": {"TJ-W": box(0, 0, 2.1, 1), "TJ-E": box(2, 0, 4, 1)}}
    with pytest.raises(tool.BuildError, match="must form a coverage"):
        tool.check_coverage(COUNTRIES, lap)
    for east in (4.01, 3.99):
        moved = {"TJ": {"TJ-W": box(0, 0, 2, 1), "TJ-E": box(2, 0, east, 1)}}
        with pytest.raises(tool.BuildError, match=r"outline of TJ by at most 0\.02 km²"):
            tool.check_coverage(COUNTRIES, moved)


# --- tables and files -----------------------------------------------------------------------------


def intervals(*pairs):
    """Return rows as a CSV reader gives them."""
    return [{"from_km": str(start), "to_km": str(end), "what": "x"} for start, end in pairs]


@pytest.mark.parametrize("last", ["", "1344.0", "1343.9560662"])
def test_intervals_end_where_the_line_ends(last):
    """An open end, or a rounded one, becomes the end of the line; nothing else moves."""
    done = tool.clamp_intervals(intervals((0, 32.5), (32.5, last)), 1343.9560662, name="t.csv")
    assert [(row["from_km"], row["to_km"]) for row in done] == [(0, 32.5), (32.5, 1343.9560662)]


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ([(0, 5), (6, 10)], "6.0 to 10.0 comes after one that ends at 5.0"),
        ([(0, 5), (4, 10)], "4.0 to 10.0 comes after one that ends at 5.0"),
        ([(0, 0), (0, 10)], "0.0 to 0.0 comes after"),
        ([(0, 5)], "must end at km 10.0, but they end at 5.0"),
    ],
)
def test_intervals_with_gaps_laps_or_no_end_are_refused(pairs, words):
    """A table that does not cover the line once, end to end, is refused."""
    with pytest.raises(tool.BuildError, match=words):
        tool.clamp_intervals(intervals(*pairs), 10.0, name="t.csv")


def test_a_referent_carries_the_larger_uncertainty_and_never_passes_the_end():
    """Uncertainty is the coordinate's own or the distance from the line, whichever is larger."""
    line = np.array([(0.0, 0), (1, 0), (3, 0)])
    row = dict.fromkeys(("referent_id", "name", "kind", "source", "licence", "note"), "x")
    row |= {"lon_to": "", "lat_to": "", "coord_uncertainty_km": "0.5"}
    near = tool.referent_row(row | {"lon": "1", "lat": "0.001"}, line)
    assert (near["uncertainty_km"], near["distance_km"]) == (0.5, pytest.approx(0.1106, abs=1e-4))
    far = tool.referent_row(row | {"lon": "4", "lat": "0"}, line)
    assert far["uncertainty_km"] == pytest.approx(DEGREE_M / 1000, abs=0.01)
    assert far["to_km"] <= tool.chainage(line)[-1] / 1000 + 1e-7
    lake = tool.referent_row(row | {"lon": "1", "lat": "0", "lon_to": "2", "lat_to": "0"}, line)
    assert (lake["from_km"], lake["to_km"]) == pytest.approx(
        (DEGREE_M / 1000, 2 * DEGREE_M / 1000), abs=1e-4
    )
    assert lake["lon"] == pytest.approx(1.5, abs=1e-6)


def test_geojson_is_compact_and_turns_outer_rings_anticlockwise():
    """Rings follow RFC 7946; coordinates keep 7 decimals."""
    clockwise = Polygon([(0, 0), (0, 1), (1.123456789, 1), (1, 0)])
    content = tool.as_geojson([({"name": "Хатлон"}, clockwise)], name="areas")
    (feature,) = json.loads(content)["features"]
    assert Polygon(feature["geometry"]["coordinates"][0]).exterior.is_ccw
    assert "Хатлон".encode() in content
    assert b"1.1234568," in content
    assert b": " not in content


def test_provinces_missing_from_the_input_are_named():
    """A curated code that the input does not have is named in the error."""
    content = json.dumps({"features": []}).encode()
    row = {"area_id": "TJ-GB", "country": "TJ", "natural_earth_code": "TJK-366"}
    with pytest.raises(tool.BuildError, match=r"\['TJK-366'\] are not in it"):
        tool.read_natural_earth(content, [row])


# --- inputs ---------------------------------------------------------------------------------------


def package(content=b"right", registry="npm", name="thing"):
    """Return a made package whose file is thing-1.0.tgz."""
    digest = hashlib.sha256(content).hexdigest()
    return _inputs.Package(registry, name, "1.0", "thing-1.0.tgz", digest, "2026-01-01")


def test_fetch_takes_the_file_from_a_folder(tmp_path):
    """With a folder nothing is downloaded, and the right file is taken."""
    (tmp_path / "thing-1.0.tgz").write_bytes(b"right")
    assert _inputs.fetch(package(), tmp_path, folder=tmp_path) == tmp_path / "thing-1.0.tgz"


def test_a_wrong_checksum_is_refused(tmp_path):
    """A file with another checksum is refused, with both checksums in the message."""
    (tmp_path / "thing-1.0.tgz").write_bytes(b"wrong")
    found = hashlib.sha256(b"wrong").hexdigest()
    with pytest.raises(_inputs.ChecksumError, match=f"must have SHA-256 .* has {found}"):
        _inputs.fetch(package(), tmp_path, folder=tmp_path)


def test_a_missing_input_is_named(tmp_path):
    """A folder without the file is refused with the name of the file."""
    with pytest.raises(_inputs.BuildError, match=r"--inputs must hold thing-1\.0\.tgz"):
        _inputs.fetch(package(), tmp_path, folder=tmp_path)


def test_a_missing_client_is_named(tmp_path, monkeypatch):
    """Without npm on the PATH the error says what to install, or to use --inputs."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(_inputs.BuildError, match=r"npm is needed .* Install npm, or .* --inputs"):
        _inputs.fetch(package(), tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in client is a shell script")
def test_what_a_failing_client_says_is_passed_on(tmp_path, monkeypatch):
    """A client that fails is reported with its code and its words, on one line."""
    client = tmp_path / "npm"
    client.write_text("#!/bin/sh\necho 'first line' >&2\necho 'no such version' >&2\nexit 7\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(_inputs.BuildError, match="code 7 and said: first line; no such version"):
        _inputs.fetch(package(), tmp_path)


def test_another_registry_is_refused(tmp_path):
    """Only the two registries with a client are known."""
    with pytest.raises(_inputs.BuildError, match="'PyPI' or 'npm', but 'CRAN' was given"):
        _inputs.fetch(package(registry="CRAN"), tmp_path)


def test_the_decoder_must_have_the_exact_version():
    """A missing decoder, or another version, is refused with the command that installs it."""
    with pytest.raises(
        _inputs.BuildError, match=r"none is installed.*pip install no-such-thing==1"
    ):
        _inputs.require_version("no-such-thing", "1")
    installed = importlib.metadata.version("numpy")
    with pytest.raises(_inputs.BuildError, match=rf"numpy 0\.1 is needed .* but {installed} is"):
        _inputs.require_version("numpy", "0.1")


# --- nothing half-written -------------------------------------------------------------------------


def test_an_error_leaves_the_target_as_it_was(tmp_path):
    """After an error the old files are there, the new ones are not, and nothing lies about."""
    target = tmp_path / "boundaries"
    target.mkdir()
    (target / "old.csv").write_text("old")
    with pytest.raises(RuntimeError, match="half way"), _inputs.replaced_folder(target) as folder:
        (folder / "new.csv").write_text("new")
        raise RuntimeError("half way")
    assert [path.name for path in tmp_path.iterdir()] == ["boundaries"]
    assert [path.name for path in target.iterdir()] == ["old.csv"]


def test_success_replaces_the_whole_folder(tmp_path):
    """Old files that are no longer built go."""
    target = tmp_path / "boundaries"
    target.mkdir()
    (target / "old.csv").write_text("old")
    with _inputs.replaced_folder(target) as folder:
        (folder / "new.csv").write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == ["boundaries"]
    assert [path.name for path in target.iterdir()] == ["new.csv"]


def run_tool(*arguments):
    """Run the tool as a user does."""
    command = [sys.executable, str(TOOLS / "build_boundaries.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def has_decoder():
    """Return whether the decoder that the tool asks for first is installed."""
    try:
        _inputs.require_version(*_boundaries_about.DECODER)
    except _inputs.BuildError:
        return False
    return True


@pytest.mark.skipif(not has_decoder(), reason="needs the exact decoder of the build-data extra")
def test_the_tool_says_one_thing_and_writes_nothing_when_an_input_is_wrong(tmp_path):
    """A wrong file ends the tool with code 1, one line on stderr, and no output folder."""
    inputs, output = tmp_path / "in", tmp_path / "out"
    inputs.mkdir()
    (inputs / _boundaries_about.ZONES.file).write_bytes(b"not the wheel")
    done = run_tool("--inputs", inputs, "--output", output)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert done.stderr.count("\n") == 1
    assert _boundaries_about.ZONES.sha256 in done.stderr
    assert not output.exists()


# --- the registry ---------------------------------------------------------------------------------


def declared():
    """Return a full declaration."""
    return dict.fromkeys(_registry.DECLARED, "said") | {"inputs": []}


def test_registry_keeps_the_entries_of_others(tmp_path):
    """Each tool writes its own entries; checksum, rows and columns come from the file."""
    (tmp_path / "b.csv").write_bytes(b'name,n\n"two\nlines",1\n')
    (tmp_path / "a.csv").write_bytes(b"x\n1\n2\n")
    _registry.write_entries(tmp_path, {"b.csv": declared()})
    _registry.write_entries(tmp_path, {"a.csv": declared()})
    registry = json.loads((tmp_path / "registry.json").read_text("utf-8"))
    assert registry["data_version"] == _registry.DATA_VERSION
    assert list(registry["files"]) == ["a.csv", "b.csv"]
    entry = registry["files"]["b.csv"]
    assert (entry["rows"], entry["columns"], entry["source"]) == (1, ["name", "n"], "said")
    assert entry["sha256"] == hashlib.sha256((tmp_path / "b.csv").read_bytes()).hexdigest()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "b.csv", "registry.json"]


def test_registry_refuses_a_declaration_with_missing_keys(tmp_path):
    """A file cannot be registered without its licence."""
    (tmp_path / "a.csv").write_bytes(b"x\n1\n")
    about = declared()
    del about["licence"]
    with pytest.raises(ValueError, match=r"these are missing or not known: licence\."):
        _registry.write_entries(tmp_path, {"a.csv": about})
    assert not (tmp_path / "registry.json").exists()


# --- the whole ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """Return a folder with the two packages, or skip with the reason; under CI=true, fail."""
    folder = tmp_path_factory.mktemp("inputs")
    try:
        _inputs.require_version(*_boundaries_about.DECODER)
        for wanted in (_boundaries_about.ZONES, _boundaries_about.NATURAL_EARTH):
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
def test_the_tool_makes_the_shipped_bytes_every_time(inputs, tmp_path):
    """Two runs from the packages give the same bytes, and those are the files in data/."""
    built = []
    for run in ("one", "two"):
        done = run_tool("--inputs", inputs, "--output", tmp_path / run)
        assert done.returncode == 0, done.stderr
        folder = tmp_path / run / "boundaries"
        built.append({path.name: path.read_bytes() for path in folder.iterdir()})
    shipped = {path.name: path.read_bytes() for path in (ROOT / "data/boundaries").iterdir()}
    assert built[0] == built[1]
    assert built[0].keys() == shipped.keys()
    assert [name for name in shipped if shipped[name] != built[0][name]] == []

    done = run_tool("--inputs", inputs, "--check")
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "two" / "boundaries" / "terrain.csv").write_text("changed")
    done = run_tool("--inputs", inputs, "--output", tmp_path / "two", "--check")
    assert done.returncode == 1
    assert "terrain.csv differs" in done.stdout
