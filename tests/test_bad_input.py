"""
What happens to input that cannot be used.

In Python the named error, whose words say what is needed, what was given and what to do. In the
shell one line on the error stream, an exit code, and no file. A row that cannot be used stays in
the table with its reason.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, MultiLineString, MultiPoint, Point, Polygon, box

import frontier_geo as fg
from frontier_geo import datasets, errors
from frontier_geo._files import write_whole
from frontier_geo.errors import ParameterError

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and file size limits")

#: A village beside the river, and the same written the wrong way round.
GOOD = Point(71.55, 37.49)
SWAPPED = Point(37.49, 71.55)

LINE = LineString([(70, 37), (71, 37)])
GAP = MultiLineString([[(70, 37), (71, 37)], [(71.1, 37), (72, 37)]])
CROSSING = LineString([(70, 37), (71, 38), (71, 37), (70, 38)])
RING = LineString([(70, 37), (71, 37), (71, 38), (70, 37)])


def table(*geometry, crs=4326, **columns) -> gpd.GeoDataFrame:
    """Return an event table of these geometries, with the ids a, b, c, ..."""
    columns.setdefault("event_id", [chr(97 + i) for i in range(len(geometry))])
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(list(geometry), crs=crs))


def csv(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a CSV file and return its path."""
    path = folder / "incidents.csv"
    path.write_bytes(text.encode(encoding))
    return path


def collection(geometry: object) -> str:
    feature = {"type": "Feature", "properties": {"event_id": "a"}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


def words(*parts: str) -> str:
    """Return a pattern that finds these words in this order."""
    return ".*".join(map(re.escape, parts))


# ---- in Python: layers ---------------------------------------------------------------------------

LAYERS = {
    "no CRS": (
        lambda: fg.locate_events(table(GOOD, crs=None)),
        errors.CRSError,
        words("events", "CRS is None", 'set_crs("EPSG:4326")'),
    ),
    "projected CRS": (
        lambda: fg.locate_events(table(GOOD).to_crs(32642)),
        errors.CRSError,
        words("events", "EPSG:32642 (unit: metre)", "to_crs(4326)"),
    ),
    "another datum": (
        lambda: fg.locate_events(table(GOOD, crs=4284)),
        errors.CRSError,
        words("WGS84", "EPSG:4284 (unit: degree)", "to_crs(4326)"),
    ),
    "plain table": (
        lambda: fg.locate_events(pd.DataFrame({"lon": [71.5], "lat": [37.5]})),
        errors.ColumnError,
        words("events", "DataFrame with the columns 'lon', 'lat'", "points_from_xy"),
    ),
    "polygon": (
        lambda: fg.locate_events(table(GOOD, box(71, 37, 72, 38))),
        errors.GeometryError,
        words("points, or lines", "Polygon", "representative_point()"),
    ),
    "empty polygon": (
        lambda: fg.locate_events(table(GOOD, Polygon())),
        errors.GeometryError,
        words("points, or lines", "Polygon", "representative_point()"),
    ),
    "several points in one row": (
        lambda: fg.locate_events(table(MultiPoint([(71, 37), (72, 37)]))),
        errors.GeometryError,
        words("points, or lines", "MultiPoint"),
    ),
    "all rows swapped": (
        lambda: fg.locate_events(table(SWAPPED, Point(37.4, 71.5))),
        errors.CoordinateError,
        words("'a'", "longitude 37.49 and latitude 71.55 look swapped", "longitude as x"),
    ),
    "duplicate event_id": (
        lambda: fg.locate_events(table(GOOD, GOOD, GOOD, event_id=["a", "b", "b"])),
        errors.ParameterError,
        words("event_id of events", "'b' occurs 2 times", "Drop the repeats"),
    ),
    "event_id missing in a row": (
        lambda: fg.locate_events(table(GOOD, GOOD, event_id=["a", None])),
        errors.ParameterError,
        words("needs an event_id", "row 2"),
    ),
    "wrong vocabulary word": (
        lambda: fg.locate_events(table(GOOD, scope=["boarder"])),
        errors.ParameterError,
        words("scope of events", "border, context", "'a' has 'boarder'"),
    ),
    "wrong precision": (
        lambda: fg.check_events(table(GOOD, location_precision=["precise"])),
        errors.ParameterError,
        words("location_precision", "exact, settlement", "'precise'"),
    ),
    "bad date": (
        lambda: fg.check_events(table(GOOD, GOOD, date_start=["2025-06-30", "31.12.2020"])),
        errors.ParameterError,
        words("date_start of events", "such as 2025-06-30", "'31.12.2020'"),
    ),
    "day that does not exist": (
        lambda: fg.check_events(table(GOOD, date_start=["2025-02-30"])),
        errors.ParameterError,
        words("date_start of events", "'2025-02-30'"),
    ),
    "ends before it begins": (
        lambda: fg.check_events(table(GOOD, date_start=["2025-02-02"], date_end=["2025-02-01"])),
        errors.ParameterError,
        words("date_end of events", "2025-02-02", "'a'", "2025-02-01"),
    ),
    "text in a column of counts": (
        lambda: fg.check_events(table(GOOD, GOOD, killed=["2", "several"])),
        errors.ParameterError,
        words("killed of events", "missing where unknown", "'several'"),
    ),
    "text in a column of numbers": (
        lambda: fg.check_events(table(GOOD, GOOD, narcotics_kg=["0.5", "about 5"])),
        errors.ParameterError,
        words("narcotics_kg of events", "missing where unknown", "'about 5'"),
    ),
    "negative count": (
        lambda: fg.check_events(table(GOOD, killed=[-3])),
        errors.ParameterError,
        words("killed of events", "0 or more", "-3"),
    ),
    "negative uncertainty": (
        lambda: fg.check_events(table(GOOD, location_uncertainty_km=[-3.0])),
        errors.ParameterError,
        words("location_uncertainty_km of events", "0 or more", "-3"),
    ),
    "infinite uncertainty": (
        lambda: fg.check_events(table(GOOD, location_uncertainty_km=[np.inf])),
        errors.ParameterError,
        words("location_uncertainty_km of events", "0 or more", "inf"),
    ),
}


@pytest.mark.parametrize("case", LAYERS)
def test_a_layer_that_cannot_be_used_is_refused(case):
    """The error names the table, the value that is wrong, and the way out."""
    call, error, said = LAYERS[case]
    with pytest.raises(error, match=said):
        call()


# ---- in Python: lines ----------------------------------------------------------------------------

LINES = {
    "no CRS": (LINE, None, errors.CRSError, words("CRS", 'crs="EPSG:4326"')),
    "no CRS in a layer": (
        gpd.GeoSeries([LINE]), None, errors.CRSError, words("CRS is None", 'set_crs("EPSG:4326")'),
    ),
    "projected CRS": (
        gpd.GeoSeries([LINE], crs=4326).to_crs(32642), None, errors.CRSError,
        words("EPSG:32642 (unit: metre)", "to_crs(4326)"),
    ),
    "gap": (
        GAP, 4326, errors.LineError,
        words("one unbroken line", "2 parts", "Join", "gap is 8,901", "(71.000000, 37.000000)"),
    ),
    "crossing itself": (
        CROSSING, 4326, errors.LineError, words("cross", "(70.500000, 37.500000)", "Remove the loop"),
    ),
    "empty": (LineString(), 4326, errors.GeometryError, words("needs a line", "empty")),
    "layer without a line": (
        gpd.GeoSeries([None], crs=4326), None, errors.GeometryError, words("needs a line", "holds none"),
    ),
    "polygon": (
        box(70, 37, 71, 38), 4326, errors.GeometryError, words("needs a line", "Polygon", ".exterior"),
    ),
    "point": (Point(70, 37), 4326, errors.GeometryError, words("needs a line", "Point")),
    "text": ("LINESTRING (0 0, 1 1)", 4326, errors.GeometryError, words("LineString", "str was given")),
    "swapped beyond the pole": (
        LineString([(37, 95), (38, 96)]), 4326, errors.CoordinateError,
        words("±90 degrees", "vertex 0 has 95", "swapped?"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LINES)
def test_a_line_that_cannot_be_a_boundary_is_refused(case):
    """The error says what is wrong with the line, and where."""
    line, crs, error, said = LINES[case]
    with pytest.raises(error, match=said):
        fg.Boundary.from_line(line, crs=crs)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_line_with_a_vertex_that_is_not_finite_is_refused(bad):
    """The vertex is named by its place in the line."""
    with np.errstate(invalid="ignore"):
        line = LineString([(70, 37), (bad, 37), (72, 37)])
        with pytest.raises(
            errors.CoordinateError, match=words("longitude", "vertex 1 has", str(bad))
        ):
            fg.Boundary.from_line(line, crs=4326)


def test_one_vertex_is_no_line():
    """Two vertices are the fewest; a boundary with one has no length to divide by."""
    with pytest.raises(errors.VertexError, match=words("two or more vertices", "(1,)")):
        fg.Boundary("dot", lon=[70.0], lat=[37.0], chainage_m=[0.0])


# ---- in Python: parameters -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def located():
    """The shipped incidents, placed once."""
    return fg.locate_events(fg.load_events())


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"length_km": 0}, words("length_km", "above 0 km", "but is 0")),
        ({"length_km": -1}, words("length_km", "above 0 km", "but is -1")),
        ({"length_km": float("nan")}, words("length_km", "finite", "but is nan")),
        ({"length_km": 1e-9}, words("length_km", "at most 1,000,000 segments", "but is 1e-09")),
        ({"length_km": "ten"}, words("length_km", "number of km", "but is 'ten'")),
        ({"n": 0}, words("n must be a whole number from 1", "but is 0")),
        ({"n": 2.5}, words("n must be a whole number", "but is 2.5")),
        ({"by": "county"}, words("by must be one of", "tj_district", "but is 'county'")),
        ({"by": "terrain", "n": 3}, words("one way", "n and by", "Choose one")),
        ({"breaks_km": [30, 20]}, words("breaks_km", "rise", "[30.0, 20.0]")),
        ({"breaks_km": [0, 2000]}, words("breaks_km", "1343.956", "2000")),
        ({"breaks_km": "ten"}, words("breaks_km", "'ten'")),
        ({"remainder": "half"}, words("remainder", "balance, cut", "but is 'half'")),
    ],
    ids=str,
)
def test_a_way_of_cutting_that_makes_no_sense_is_refused(parameters, said):
    """The error names the argument and the value it was given."""
    with pytest.raises(errors.ParameterError, match=said):
        fg.make_segments(**parameters)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (
            {"period": ("2020-01-01", "2010-01-01")},
            words("on or after", "2020-01-01 to 2010-01-01"),
        ),
        ({"period": ("spring", "2010-01-01")}, words("pair of days", "'spring'")),
        ({"period": ("2020-13-01", "2021-01-01")}, words("pair of days", "'2020-13-01'")),
        ({"period": ("2020-01-01",)}, words("pair of days", "('2020-01-01',)")),
        ({"period": (None, "2020-01-01")}, words("pair of days", "None")),
        ({"scope": ("frontier",)}, words("scope", "border, context", "'frontier'")),
        ({"min_confidence": "sure"}, words("min_confidence", "high, medium, low", "'sure'")),
        ({"confidence_level": 95}, words("confidence_level", "between 0 and 1", "95")),
    ],
    ids=str,
)
def test_a_rate_that_makes_no_sense_is_refused(located, parameters, said):
    """The error names the argument and the value it was given."""
    with pytest.raises(errors.ParameterError, match=said):
        fg.segment_rates(located, **parameters)


@pytest.mark.parametrize(
    ("lon", "lat", "said"),
    [
        (np.nan, 37, words("longitude", "finite", "nan")),
        (71, np.inf, words("latitude", "finite", "inf")),
        (None, 37, words("longitude", "finite", "nan")),
        (71.5, 137, words("latitude", "±90", "137", "swapped?")),
        (8_000_000, 4_500_000, words("longitude", "±180", "8e+06")),
        ([1, 2], [3], words("same length", "(2,)", "(1,)")),
        ("east", 37, words("longitude", "'east'")),
    ],
    ids=str,
)
def test_a_coordinate_that_is_none_is_refused(lon, lat, said):
    """`locate_points` takes finite degrees and nothing else."""
    with pytest.raises(errors.CoordinateError, match=said):
        fg.locate_points(lon, lat)


def test_every_error_has_the_common_parent_and_a_built_in_one():
    """``except FrontierGeoError`` catches all, and plain ``except ValueError`` keeps working."""
    for name in errors.__all__:
        kind = getattr(errors, name)
        if issubclass(kind, Exception) and not issubclass(kind, Warning):
            assert issubclass(kind, errors.FrontierGeoError), name
            assert kind is errors.FrontierGeoError or issubclass(
                kind, (ValueError, KeyError, OSError, ImportError, RuntimeError)
            ), name


# ---- in Python: rows -----------------------------------------------------------------------------


def test_no_row_vanishes_and_each_unusable_one_says_why():
    """Every kind of unusable row comes back once, rejected or unplaced, and is counted."""
    rows = {
        "good": (GOOD, None),
        "swapped": (SWAPPED, words("longitude 37.49 and latitude 71.55 look swapped", "km")),
        "nan": (Point(71.0, np.nan), words("not finite", "longitude 71.0, latitude nan")),
        "infinite": (Point(np.inf, 37.0), words("not finite", "longitude inf")),
        "range": (Point(200.0, 37.0), words("out of range", "longitude 200")),
        "empty": (Point(), words("empty")),
        "empty line": (LineString(), words("empty")),
        "far line": (LineString([(10, 10), (11, 10)]), words("lies up to", "more than 25 km")),
        "no place": (None, words("no place is known")),
        "far": (Point(60.0, 30.0), words("from the border, more than 25 km")),
    }
    events = table(*(geometry for geometry, _ in rows.values()), event_id=list(rows))
    with pytest.warns(
        errors.RejectedRowsWarning, match=words("7 of 10", "'swapped'", "look swapped")
    ):
        located = fg.locate_events(events)
    first = located[located["candidate"] == 0].set_index("event_id")
    assert set(located["event_id"]) == set(rows)
    assert len(first) == len(rows)
    assert first["placement"].value_counts().to_dict() == {
        "rejected": 7, "point": 1, "unplaced": 1, "off_border": 1,
    }  # fmt: skip
    for event_id, (_, said) in rows.items():
        reason = first.at[event_id, "reason"]
        assert re.search(said, reason) if said else pd.isna(reason), (event_id, reason)
    tally = fg.segment_rates(located, period=("2020-01-01", "2020-12-31")).attrs["accounting"]
    assert tally["events_given"] == tally["events"] == len(rows)
    assert tally["counted"] + tally["off_border"] + tally["unplaced"] == len(rows)
    assert tally["unplaced_because"]["row rejected"] == 7


def test_only_unplaced_rows_are_no_mistake(recwarn):
    """Reports that name no place are kept, without a word: nothing is wrong with them."""
    located = fg.locate_events(table(None, None))
    assert located["placement"].tolist() == ["unplaced", "unplaced"]
    assert not located["side_certain"].any()
    assert [str(w.message) for w in recwarn] == []


# ---- in Python: files ----------------------------------------------------------------------------

FILES = {
    "column missing": (
        "i.csv", "event_id,lat\na,37.5\n", errors.ColumnError, words("i.csv", "'event_id', 'lat'"),
    ),
    "columns nobody knows": (
        "i.csv", "a,b\n1,2\n", errors.ColumnError, words("i.csv", "'a', 'b'", "mapping"),
    ),
    "GeoJSON not in UTF-8": (
        "i.geojson", collection({"type": "Point", "coordinates": [71.5, 37.5]})
        .replace('"a"', '"\u00f1"').encode("latin-1"), errors.DataFileError,
        words("i.geojson", "UTF-8", "0xF1"),
    ),
    "a picture": (
        "i.csv", b"\x89PNG\r\n\x1a\n", errors.DataFileError, words("i.csv", "a table", "a PNG picture"),
    ),
    "a PDF": ("i.csv", "%PDF-1.7\n1 0 obj\n", errors.DataFileError, words("i.csv", "a PDF")),
    "no bytes": ("i.csv", "", errors.DataFileError, words("i.csv", "header", "holds nothing")),
    "no bytes of GeoJSON": ("i.geojson", "", errors.DataFileError, words("i.geojson", "is empty")),
    "header only": (
        "i.csv", "event_id,lon,lat\n", errors.DataFileError,
        words("i.csv", "at least one incident", "no rows"),
    ),
    "no features": (
        "i.geojson", '{"type": "FeatureCollection", "features": []}', errors.DataFileError,
        words("i.geojson", "at least one incident"),
    ),
    "truncated GeoJSON": (
        "i.geojson", collection({"type": "Point", "coordinates": [71.5, 37.5]})[:-20],
        errors.DataFileError, words("i.geojson", "may be cut off"),
    ),
    "not a shapefile": (
        "i.shp", b"\x00\x01\x02", errors.DataFileError, words("i.shp", "a Shapefile", "begins with"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_used_is_refused(case, tmp_path):
    """The error names the file and what is wrong in it."""
    name, content, error, said = FILES[case]
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(error, match=said):
        fg.read_events(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    """A wrong path and a folder are told apart."""
    for read in (fg.read_events, fg.read_boundary):
        with pytest.raises(
            errors.DataFileError, match=words("none at", "nowhere.csv", "Check the path")
        ):
            read(tmp_path / "nowhere.csv")
        with pytest.raises(errors.DataFileError, match=words(str(tmp_path), "is a folder")):
            read(tmp_path)


def test_a_file_that_may_not_be_read_is_refused(tmp_path):
    """The error gives the reason of the operating system."""
    path = csv(tmp_path, "event_id,lon,lat\na,71.5,37.5\n")
    path.chmod(0)
    reason = "Permission denied"
    if os.access(path, os.R_OK):  # this user may read every file: take one that nobody can
        reason, unreadable = "Input/output error", Path("/proc/self/mem")
        if not unreadable.exists():
            pytest.skip("this user may read every file")
        path.unlink()
        path.symlink_to(unreadable)
    with pytest.raises(errors.DataFileError, match=words("incidents.csv", reason)):
        fg.read_events(path)


@pytest.mark.parametrize("coordinates", [[], [[70, 37]]], ids=["no vertex", "one vertex"])
def test_a_file_with_less_than_a_line_is_refused(tmp_path, coordinates):
    """A line of no or one vertex is refused with a message of ours, whatever GDAL makes of it."""
    path = tmp_path / "line.geojson"
    path.write_text(collection({"type": "LineString", "coordinates": coordinates}))
    with pytest.raises(
        (errors.GeometryError, errors.DataFileError), match=r"needs a line|line\.geojson"
    ):
        fg.read_boundary(path)


def test_text_that_looks_like_a_number_stays_text(tmp_path):
    """An id 007 is not 7, a bare year is a date, and a comma at the end of rows moves no cell."""
    path = csv(
        tmp_path, "event_id,date_start,lon,lat\n007,2020,71.55,37.49,\n010,2021,71.5,37.5,\n"
    )
    events = fg.read_events(path).accepted
    assert events["event_id"].tolist() == ["007", "010"]
    assert events["date_start"].dt.year.tolist() == [2020, 2021]
    assert events.geometry.x.tolist() == [71.55, 71.5]


# ---- in Python: the shipped data -----------------------------------------------------------------


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    """Return a copy of the shipped data, which the library now uses."""
    copy = tmp_path / "data"
    shutil.copytree(datasets.data_folder(), copy)
    monkeypatch.setenv("FRONTIER_GEO_DATA", str(copy))
    return copy


def test_the_copy_of_the_data_is_read_before_it_is_broken(data):
    """The tests below break what this one reads."""
    assert datasets.data_folder() == data
    assert fg.load_boundary().length_km == pytest.approx(1343.956, abs=5e-4)
    assert len(fg.load_areas()) == 8


@pytest.mark.parametrize(
    ("path", "load"),
    [
        ("events.geojson", fg.load_events),
        ("boundaries/border.geojson", fg.load_boundary),
        ("boundaries/countries.geojson", fg.load_areas),
        ("boundaries/district_frontage.csv", fg.load_frontages),
        ("boundaries/referents.csv", fg.load_referents),
    ],
)
def test_a_changed_data_file_is_not_used(data, path, load):
    """One bit turned round in one byte is enough."""
    file = data / path
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    released = fg.data_registry()["files"][path]["sha256"]
    with pytest.raises(
        errors.ChecksumError, match=words(str(file), released, "Install frontier-geo")
    ):
        load()


def test_a_lost_data_file_is_named(data):
    """The error says which file, and how to get it back."""
    (data / "events.geojson").unlink()
    with pytest.raises(
        errors.DataFileError, match=words("events.geojson", "cannot be read", "Install")
    ):
        fg.load_events()


REGISTRIES = {
    "truncated": ('{"data_version": "2026', words("registry.json", "must be JSON")),
    "a list": ("[]", words("registry.json", "no 'files'")),
    "no files": ('{"data_version": "1"}', words("registry.json", "no 'files'")),
    "files is a list": ('{"data_version": "1", "files": []}', words("registry.json", "'files'")),
    "no version": ('{"files": {}}', words("registry.json", "'data_version'")),
    "no checksum": (
        '{"data_version": "1", "files": {"events.geojson": {"path": "events.geojson"}}}',
        words("registry", "sha256", "events.geojson"),
    ),
    "no entry": (
        '{"data_version": "1", "files": {}}', words("registry", "no entry", "events.geojson"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REGISTRIES)
def test_a_broken_registry_is_refused(data, case):
    """Whatever is wrong with it, the registry is named, not a key or a line of code."""
    content, said = REGISTRIES[case]
    (data / "registry.json").write_text(content)
    with pytest.raises(errors.DataFileError, match=said):
        fg.load_events()


def test_a_missing_registry_is_refused(data):
    """The folder looked in is named, and the variable that names it."""
    (data / "registry.json").unlink()
    with pytest.raises(errors.DataFileError, match=words(str(data), "unset FRONTIER_GEO_DATA")):
        fg.load_boundary()


# ---- in Python: writing --------------------------------------------------------------------------


def test_a_target_that_cannot_be_written_is_refused(tmp_path):
    """A folder that is not there, and a folder in place of the file."""
    with pytest.raises(errors.OutputError, match=words("nowhere", "does not exist", "Create it")):
        write_whole(tmp_path / "nowhere" / "x.csv", "x")
    with pytest.raises(errors.OutputError, match=words("file name", "is a folder")):
        write_whole(tmp_path, "x")
    assert list(tmp_path.iterdir()) == []


# ---- in the shell --------------------------------------------------------------------------------


def environment(**more: str) -> dict[str, str]:
    """Return the variables under which a child finds the library these tests have imported."""
    source = str(Path(fg.__file__).parents[1])
    paths = [source, *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FRONTIER_GEO")}
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1", **more}


def shell(*words: object, cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the shell."""
    return subprocess.run(
        [sys.executable, "-m", "frontier_geo", *map(str, words)],
        cwd=cwd, env=environment(**more), capture_output=True, text=True, encoding="utf-8",
        timeout=120, check=False,
    )  # fmt: skip


def listing(folder: Path) -> dict[str, bytes | None]:
    """Return every path below a folder with its content."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


INPUTS = {
    "swapped.csv": "event_id,lon,lat,date_start\na,37.49,71.55,2020-01-01\nb,37.4,71.5,2020-01-01\n",
    "columns.csv": "a,b\n1,2\n",
    "word.csv": "event_id,lon,lat,scope\na,71.5,37.5,boarder\n",
    "date.csv": "event_id,lon,lat,date_start\na,71.5,37.5,31.13.2020\n",
    "undated.csv": "event_id,lon,lat\na,71.55,37.49\n",
    "number.csv": "event_id,lon,lat,killed\na,71.5,37.5,several\n",
    "empty.csv": "",
    "cut.geojson": '{"type": "FeatureCollection", "features": [{"type": "Fea',
    "polygon.geojson": collection(box(71, 37, 72, 38).__geo_interface__),
    "gap.geojson": collection(GAP.__geo_interface__),
    "crossing.geojson": collection(CROSSING.__geo_interface__),
    "ring.geojson": collection(RING.__geo_interface__),
    "null.geojson": collection(None),
    "vertex.geojson": collection({"type": "LineString", "coordinates": [[70, 37]]}),
    "old.csv": "kept\n",
}

SHELL = {
    "point swapped": ("locate 71.51 37.49", 1, words("71.51", "37.49", "swapped", "try 37.49 71.51")),
    "point out of range": ("locate 95 71", 1, words("latitude", "±90", "95")),
    "point not a number": ("locate nan 71", 1, words("latitude", "finite", "nan")),
    "point infinite": ("locate 37 inf", 1, words("longitude", "finite", "inf")),
    "point of text": ("locate 37,5 71", 2, words("LAT", "37,5", "--help")),
    "half a point": ("locate 37.49", 2, words("latitude and a longitude", "locate 37.49 71.51")),
    "point and file": ("locate 37 71 -e undated.csv", 2, words("both were given")),
    "no such command": ("mapp", 2, words("mapp", "--help")),
    "no such option": ("segments --lenght-km 5", 2, words("--lenght-km", "--help")),
    "no such file": ("segments -e nowhere.csv", 1, words("nowhere.csv", "Check the path")),
    "a folder": ("locate -e folder", 1, words("folder", "is a folder")),
    "all rows swapped": ("locate -e swapped.csv -o new.csv", 1, words("swapped.csv", "look swapped")),
    "columns": ("map -e columns.csv", 1, words("columns.csv", "where or when", "'a', 'b'")),
    "word": ("segments -e word.csv -o new.csv", 1, words("word.csv", "scope", "one of border")),
    "date": ("segments -e date.csv -o new.csv", 1, words("date.csv", "date_start", "day")),
    "no dates": ("segments -e undated.csv -o new.csv", 1, words("dates", "--from and --to")),
    "number": ("segments -e number.csv -o new.csv", 1, words("number.csv", "killed", "whole number")),
    "empty": ("locate -e empty.csv -o new.csv", 1, words("empty.csv", "holds nothing")),
    "truncated": ("locate -e cut.geojson -o new.csv", 1, words("cut.geojson", "cut off")),
    "polygon": (
        "map -e polygon.geojson -o new.html", 1,
        words("polygon.geojson", "a point or a line", "Polygon"),
    ),
    "gap": ("segments -b gap.geojson -o new.csv", 1, words("2 parts", "gap is 8,901", "part=1")),
    "crossing": ("segments -b crossing.geojson -o new.csv", 1, words("cross", "70.500000")),
    "elsewhere": ("map -b ring.geojson -o new.html", 2, words("incidents that ship", "--events FILE")),
    "null line": ("locate 37 71 -b null.geojson", 1, words("needs a line")),
    "one vertex": ("locate 37 71 -b vertex.geojson", 1, "needs a line|vertex.geojson"),
    "folder missing": ("segments -o no/new.csv", 1, words("no/new.csv", "does not exist", "Create it")),
    "folder missing for a map": ("map -o no/new.html", 1, words("no/new.html", "does not exist")),
    "output is a folder": ("segments -o folder", 1, words("file name", "folder is a folder")),
    "map is a folder": ("map -o folder", 1, words("file name", "folder is a folder")),
    "suffix": ("segments -o new.xlsx", 1, words("--output", ".csv", "'new.xlsx'")),
    "suffix of a map": ("map -o new.png", 1, words("--output", ".html", "'new.png'")),
    "suffix of a point": ("locate 37 71 -o new.geojson", 1, words("--output", "'new.geojson'")),
    "length 0": ("segments --length-km 0 -o old.csv", 1, words("length_km", "above 0", "0.0")),
    "length below 0": ("segments --length-km -1 -o old.csv", 1, words("above 0", "-1.0")),
    "length nan": ("map --length-km nan -o new.html", 1, words("length_km", "finite", "nan")),
    "length tiny": ("segments --length-km 1e-9", 1, words("at most 1,000,000", "1e-09")),
    "by": ("segments --by county -o old.csv", 1, words("by must be one of", "'county'")),
    "two ways": ("segments --by terrain --n 3", 1, words("one way", "n and by")),
    "overlap": ("segments --remainder left -o old.csv", 1, words("overlap", "balance")),
    "period turned": (
        "segments --from 2020-01-01 --to 2010-01-01 -o old.csv", 1,
        words("2020-01-01 to 2010-01-01"),
    ),
    "period of text": ("segments --from spring -o old.csv", 1, words("pair of days", "'spring'")),
    "scope": ("segments --scope frontier", 1, words("scope", "'frontier'")),
    "confidence": ("segments --min-confidence sure", 1, words("min_confidence", "'sure'")),
    "uncertainty": ("locate 37 71 --uncertainty-km -1", 1, words("--uncertainty-km", "-1")),
}  # fmt: skip


@pytest.fixture(scope="module")
def refusals(tmp_path_factory):
    """Run every case once, several at a time, each in a folder of its own."""

    def run(case: str) -> tuple[subprocess.CompletedProcess[str], dict, dict]:
        folder = tmp_path_factory.mktemp("shell")
        (folder / "folder").mkdir()
        for name, content in INPUTS.items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        before = listing(folder)
        done = shell(*SHELL[case][0].split(), cwd=folder)
        return done, before, listing(folder)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return dict(zip(SHELL, pool.map(run, SHELL), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("case", SHELL)
def test_the_shell_refuses_in_one_line_and_writes_nothing(refusals, case):
    """One line, an exit code, no traceback; every file is as it was."""
    done, before, after = refusals[case]
    _, code, said = SHELL[case]
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("frontier-geo: error: ")
    assert re.search(said, lines[0]), lines[0]
    assert done.returncode == code
    assert done.stdout == ""
    assert after == before


def test_the_shell_names_a_changed_data_file(data, tmp_path):
    """The checksum is compared in the shell as well."""
    file = data / "boundaries" / "border.geojson"
    file.write_bytes(file.read_bytes().replace(b"TJ-AF", b"TJ-AX", 1))
    done = shell("locate", 37.49, 71.51, cwd=tmp_path, FRONTIER_GEO_DATA=str(data))
    assert done.returncode == 1
    assert re.fullmatch(
        words("frontier-geo: error:", "border.geojson", "sha256") + ".*\n", done.stderr
    )


def test_the_shell_reports_and_counts_rejected_rows(tmp_path):
    """Unusable rows go into the answer; a warning on the error stream counts them."""
    path = csv(
        tmp_path, "event_id,lon,lat,place\na,71.55,37.49,\nb,37.49,71.55,\nc,,37,\nd,,,Yol\n"
    )
    done = shell("locate", "-e", path, "--json", cwd=tmp_path)
    assert done.returncode == 0
    assert re.fullmatch(words("warning: of 4 rows", "2 cannot be used") + ".*\n", done.stderr)
    answer = json.loads(done.stdout)
    assert answer["events"] == 2
    assert answer["placement"] == {"point": 1, "unplaced": 1}
    assert [row["row_number"] for row in answer["rejected"]] == [2, 3]
    assert re.search("look swapped", answer["rejected"][0]["reason"])
    assert {row["event_id"] for row in answer["located"]} == {"a", "d"}


def test_what_a_terminal_would_obey_is_shown_not_obeyed(tmp_path):
    """Control signs and markup in an incident's text reach the screen as letters."""
    path = csv(tmp_path, "event_id,lon,lat\n\x1b[2J[red]x\u202e,71.55,37.49\n")
    done = shell("locate", "-e", path, cwd=tmp_path, COLUMNS="200")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout
    assert r"\x1b[2J[red]x\u202e" in done.stdout


# ---- in the shell: stopped half way --------------------------------------------------------------

#: Does something when the finished file is about to be moved into place, then runs the command.
AT_THE_MOVE = """
import os, signal, sys
def watch(event, arguments):
    if event == "os.rename":
        {action}
sys.addaudithook(watch)
from frontier_geo.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a background job
sys.argv[0] = "frontier-geo"
main()
"""


def stopped(
    action: str, *words: str, cwd: Path, **more: object
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", AT_THE_MOVE.format(action=action), *words],
        cwd=cwd, env=environment(), capture_output=True, text=True, timeout=120, check=False, **more,
    )  # fmt: skip


@pytest.fixture(params=["segments -o old.csv", "map -o old.html"])
def old(request, tmp_path) -> tuple[list[str], Path]:
    """Return a command that would replace an old file, and the file, alone in its folder."""
    source = csv(tmp_path, "event_id,lon,lat,date_start\na,71.55,37.49,2020-01-01\n")
    command = [*request.param.split(), "-e", str(source)]
    path = tmp_path / "out" / command[2]
    path.parent.mkdir()
    path.write_text("old\n")
    return command, path


@POSIX
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_command_stopped_while_writing_leaves_the_old_file(old, name, code):
    """Ctrl-C or an order to end at the last moment: no half file, no leftover, no traceback."""
    command, path = old
    done = stopped(f"os.kill(os.getpid(), signal.{name})", *command, cwd=path.parent)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert listing(path.parent) == {path.name: b"old\n"}


@POSIX
def test_a_disk_that_fills_up_leaves_the_old_file(old):
    """The system refuses to write on after 4 kB, as a full disk does."""
    import resource

    command, path = old
    done = stopped(
        "pass", *command, cwd=path.parent,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)),
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    said = words("frontier-geo: error:", str(path.name), "File too large")
    assert re.fullmatch(said + ".*\n", done.stderr), done.stderr
    assert listing(path.parent) == {path.name: b"old\n"}


@POSIX
def test_without_a_stop_the_file_is_replaced(old):
    """The tests above would pass too if nothing were ever written."""
    command, path = old
    done = stopped("pass", *command, cwd=path.parent)
    assert done.returncode == 0, done.stderr
    assert list(listing(path.parent)) == [path.name]
    assert path.stat().st_size > 10_000


@POSIX
def test_ctrl_c_during_the_work_ends_with_130(tmp_path):
    """Stopped long before anything is written: at most one line, and no file."""
    script = AT_THE_MOVE.format(action="pass").replace(
        "from frontier_geo.cli import main",
        "from frontier_geo.cli import main\nsignal.setitimer(signal.ITIMER_REAL, 0.4)\n"
        "signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))",
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "map", "-o", "new.html"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 130, done.stderr
    assert done.stderr.strip() in ("", "frontier-geo: error: stopped")
    assert listing(tmp_path) == {}


@POSIX
def test_a_reader_that_is_gone_is_no_news(tmp_path):
    """``frontier-geo segments --json | head -0`` ends without a word."""
    running = subprocess.Popen(
        [sys.executable, "-m", "frontier_geo", "segments", "--json"],
        cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert running.stdout is not None and running.stderr is not None
    running.stdout.close()
    told = running.stderr.read()
    running.stderr.close()
    running.wait(120)
    assert told == ""


@pytest.mark.parametrize(
    "command",
    [
        ["segments", "--events", "mine.csv", "--output", "mine.csv"],
        ["hotspots", "--events", "mine.csv", "--output", "./mine.csv"],
        ["geocode", "--input", "mine.csv", "--output", "mine.csv"],
        ["locate", "--events", "mine.csv", "--output", "mine.csv"],
    ],
    ids=lambda command: command[0],
)
def test_a_result_never_takes_the_place_of_its_input(command, tmp_path):
    """Whatever the command, the table it was given is still there."""
    mine = tmp_path / "mine.csv"
    mine.write_text("date,lat,lon,type,place\n2025-01-01,37.1,69.4,clash,Ishkoshim\n")
    before = mine.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "frontier_geo", *command],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and "is the input mine.csv" in done.stderr
    assert mine.read_bytes() == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_behind_the_output_is_told(tmp_path):
    """``frontier-geo segments --json > answer.json`` where nothing fits any more."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "frontier_geo", "segments", "--json"],
            cwd=tmp_path, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True,
            timeout=120, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert re.fullmatch(words("frontier-geo: error:", "No space left") + ".*\n", done.stderr)


def test_a_mistake_of_ours_is_owned_in_one_line(old):
    """What no one foresaw ends with 70, names itself, and asks for a report; no traceback."""
    command, path = old
    done = stopped('raise RuntimeError("boom")', *command, cwd=path.parent)
    assert done.returncode == 70
    said = words("frontier-geo: error:", "RuntimeError: boom", "FRONTIER_GEO_DEBUG=1", "report")
    assert re.fullmatch(said + ".*\n", done.stderr), done.stderr
    assert listing(path.parent) == {path.name: b"old\n"}


def test_a_coordinate_that_is_no_number_is_named_in_its_row(tmp_path):
    """That row is rejected with what stood there, the other is placed."""
    table = tmp_path / "mine.csv"
    table.write_text("event_id,lon,lat\nfar,east of it,37.49\ngood,71.51,37.49\n", encoding="utf-8")
    read = fg.read_events(table)
    assert read.rejected[["row_number", "column", "value"]].to_dict("records") == [
        {"row_number": 1, "column": "lon", "value": "east of it"}
    ]
    located = fg.locate_events(read).set_index("event_id")
    assert located["placement"].to_dict() == {"good": "point"}


def given_a_number(events, located):
    """Calls with 3 where a table or a boundary belongs, and the argument the error must name."""
    return [
        ("segments", lambda: fg.segment_rates(located, 3)),
        ("segments", lambda: fg.segment_weights(located, 3)),
        ("segments", lambda: fg.draw_counts(located, 3)),
        ("segments", lambda: fg.segment_series(located, 3, step="year")),
        ("segments", lambda: fg.compare_periods(located, 3, periods=["2024", "2025"])),
        ("segments", lambda: fg.locate_events(events, segments=3)),
        ("segments", lambda: fg.hotspot_page(events, segments=3)),
        ("segments", lambda: fg.border_report(events, period="2025", segments=3)),
        ("located", lambda: fg.segment_rates(3)),
        ("located", lambda: fg.line_density(3)),
        ("located", lambda: fg.knox_test(3, delta_km=1, tau_days=2)),
        ("rates", lambda: fg.find_hotspots(3)),
        ("rates", lambda: fg.scan_segments(3)),
        ("rates", lambda: fg.smooth_rates(3)),
        ("areas", lambda: fg.locate_areas([70], [37], areas=3)),
        ("areas", lambda: fg.hotspot_page(events, areas=3)),
        ("boundary", lambda: fg.locate_events(events, 3)),
        ("boundary", lambda: fg.make_segments(3)),
        ("boundary", lambda: fg.locate_points([70], [37], boundary=3)),
        ("boundary", lambda: fg.divider_lengths(3)),
        ("boundary", lambda: fg.hotspot_page(events, boundary=3)),
        ("boundary", lambda: fg.geocode_text("Khorog", boundary=3)),
    ]


@pytest.mark.parametrize("row", range(22))
def test_a_number_is_no_table_and_no_boundary(row):
    events = fg.load_events().head(3)
    calls = given_a_number(events, fg.locate_events(events))
    assert len(calls) == 22
    name, call = calls[row]
    message = rf"^{name} must be .*, but is 3 \(int\)\.( Make it with \w+\.)?$"
    with pytest.raises(ParameterError, match=message):
        call()


def test_a_table_of_another_kind_is_told_which_function_makes_the_right_one():
    """Events where located ones belong: what most people try first."""
    events = fg.load_events()
    with pytest.raises(errors.ColumnError, match=r"and \d+ more\. Make it with locate_events\."):
        fg.segment_rates(events)
    with pytest.raises(errors.ColumnError, match=r"Make it with segment_rates\."):
        fg.find_hotspots(events)
    read = fg.read_events(events, quiet=True)
    with pytest.raises(
        errors.ParameterError, match=r"located .*ReadResult.*Make it with locate_ev"
    ):
        fg.segment_rates(read)
