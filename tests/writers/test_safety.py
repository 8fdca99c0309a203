"""Whatever goes wrong, the old file stays whole, nothing is left behind, and the message is clear."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point, Polygon

from frontier_geo import errors
from frontier_geo._files import staged, write_whole
from frontier_geo.readers import read_events
from frontier_geo.writers import EventWriter, write_events

HERE = Path(__file__).parent
OLD = b"the old file"


@pytest.fixture
def target(tmp_path, suffix):
    """A file that is there already."""
    path = tmp_path / f"events{suffix}"
    path.write_bytes(OLD)
    return path


def untouched(path: Path) -> bool:
    """Return whether a file is as it was and alone in its folder."""
    return path.read_bytes() == OLD and list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are forked")
def test_a_process_killed_at_any_moment_leaves_the_old_file_or_the_new_one(tmp_path):
    """Killed 125 times over the five formats; the next writer clears away what was left."""
    done = subprocess.run(
        [sys.executable, HERE / "killing.py", tmp_path, "25"],
        capture_output=True, text=True, timeout=300, env={**os.environ},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["kills"] == 125
    assert told["broken"] == []
    assert told["left"] == []
    # One writer at a time: it clears away what the one before it left, and may leave its own.
    assert told["most_left"] <= 1
    # Else the kills came too early or too late to show anything.
    assert told["in_the_middle"] >= 20


FULL_DISK = """
import resource, signal, sys
import pandas as pd
from frontier_geo import load_events
from frontier_geo.errors import OutputError
from frontier_geo.writers import EventWriter
events = pd.concat([load_events()] * 10, ignore_index=True)
limit = int(sys.argv[2])
try:
    with EventWriter(sys.argv[1]) as writer:
        if sys.argv[3] == "while writing":
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        writer.write(events)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files")
@pytest.mark.parametrize(
    ("suffix", "when", "part"),
    [
        *(
            (each, "while writing", 0.5)
            for each in (".parquet", ".geojson", ".csv", ".gpkg", ".fgb")
        ),
        # GDAL writes at the end.
        *((each, "at the end", part) for each in (".gpkg", ".fgb") for part in (0.5, 0.9, 0.99)),
    ],
)
def test_a_full_disk_is_told_and_leaves_the_old_file(
    tmp_path, suffix, target, incidents, when, part
):
    """
    At whatever part of the file the room runs out.

    Seen on 2026-11-24: GDAL makes the spatial index of a GeoPackage when it closes the file and says
    nothing if that fails; it may lose the last rows of a FlatGeobuf file, too. Both are refused now.
    """
    many = pd.concat([incidents] * 10, ignore_index=True)
    whole = write_events(many, tmp_path / f"whole{suffix}")
    size = whole.stat().st_size
    whole.unlink()
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, target, str(int(size * part)), when],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "What was there before is untouched" in done.stdout
    assert untouched(target)


def test_a_symbolic_link_is_no_place_for_a_result(tmp_path, target, incidents):
    """Neither the link nor what it points to is touched, be it there or not."""
    for points_to in (target, tmp_path / "nowhere"):
        link = tmp_path / f"link{target.suffix}"
        link.symlink_to(points_to)
        with pytest.raises(
            errors.OutputError, match=f"symbolic link to {re.escape(str(points_to))}"
        ):
            write_events(incidents, link)
        with pytest.raises(errors.OutputError, match="symbolic link"):
            write_whole(link, "text")
        assert link.is_symlink()
        link.unlink()
    assert untouched(target)


def test_a_device_a_folder_or_a_folder_that_is_not_there(tmp_path, suffix, incidents):
    """Each has its own message; a device is never replaced by a file."""
    with pytest.raises(errors.OutputError, match="is a device or a pipe"):
        write_events(incidents, "/dev/null", format=suffix[1:])
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(errors.OutputError, match="is a folder"):
        write_events(incidents, tmp_path / f"folder{suffix}")
    with pytest.raises(errors.OutputError, match="does not exist"):
        write_events(incidents, tmp_path / "no" / f"events{suffix}")


@pytest.mark.skipif(
    not Path("/proc/self").is_dir(), reason="needs a folder that nobody can write to"
)
def test_a_folder_that_cannot_be_written_to(suffix, incidents):
    """The error gives the reason of the operating system."""
    with pytest.raises(
        errors.OutputError, match=r"cannot be written to /proc/.*Choose another|Make"
    ):
        write_events(incidents, f"/proc/self/events{suffix}")


def test_an_error_in_the_block_writes_nothing_and_is_told_as_it_is(target, incidents):
    """Even one of the operating system: reading the input failed, not writing the result."""
    with pytest.raises(OSError, match="the input is gone") as told:
        with EventWriter(target) as writer:
            writer.write(incidents)
            raise OSError("the input is gone")
    assert not isinstance(told.value, errors.OutputError)
    with pytest.raises(KeyboardInterrupt):
        with EventWriter(target) as writer:
            writer.write(incidents)
            raise KeyboardInterrupt
    assert untouched(target)


def test_a_writer_can_complete_its_file_before_it_is_moved(target, incidents):
    """So that several files are all complete before the first is moved; needed since 2026-11."""
    with EventWriter(target) as writer:
        writer.write(incidents)
        writer.finish()
        writer.finish()
        assert target.read_bytes() == OLD
        with pytest.raises(errors.ParameterError, match="before finish"):
            writer.write(incidents)
    assert len(read_events(target, quiet=True)) == len(incidents)
    target.write_bytes(OLD)
    with pytest.raises(OSError, match="another file"):
        with EventWriter(target) as writer:
            writer.write(incidents)
            writer.finish()
            raise OSError("another file cannot be completed")
    assert untouched(target)


def test_a_writer_can_be_given_up(target, incidents):
    """Nothing is written, before or after the end of the block; needed since 2026-11."""
    with EventWriter(target) as writer:
        writer.write(incidents)
        writer.discard()
        assert untouched(target)
        with pytest.raises(errors.ParameterError, match="inside its with block"):
            writer.write(incidents)
        writer.finish()
    assert untouched(target)


def test_staging_tells_errors_of_its_block_as_they_are(tmp_path):
    """Until 2026-11 each error of the system in the block was told as one of writing."""
    with pytest.raises(OSError, match="the input is gone") as told:
        with staged(tmp_path / "r.csv") as part:
            part.write_text("half")
            raise OSError("the input is gone")
    assert not isinstance(told.value, errors.OutputError)
    with pytest.raises(errors.OutputError, match="cannot be written to .*r.csv: No such file"):
        with staged(tmp_path / "r.csv"):
            pass  # nothing was written there
    with pytest.raises(errors.OutputError, match="is a folder"):
        with staged(tmp_path / "r.csv") as part:
            part.write_text("whole")
            (tmp_path / "r.csv").mkdir()
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv"]


def test_the_result_never_takes_the_place_of_its_input(tmp_path, target, incidents):
    """Also not by another name of the same file."""
    link = tmp_path / "same"
    os.link(target, link)
    for given in (target, link):
        with pytest.raises(errors.OutputError, match="is the input"):
            EventWriter(target, inputs=[tmp_path / "other", given])
    link.unlink()
    assert untouched(target)
    with EventWriter(target, inputs=[tmp_path / "other"]) as writer:
        writer.write(incidents)


def test_what_a_killed_writer_left_is_cleared_but_not_what_a_living_one_has(tmp_path):
    """Only folders of the same target, named as ours are and without a living owner."""
    target = tmp_path / "events.csv"
    left = tmp_path / ".events.csv.abcd1234.part"
    names = (".events.csv.part", ".events.csvx.abcd1234.part", ".other.csv.abcd1234.part",
             "events.csv.abcd1234.part")  # fmt: skip
    others = [tmp_path / name for name in names]
    for folder in (left, *others):
        folder.mkdir()
        (folder / "events.csv").write_text("half")
    with staged(target) as part:
        part.write_text("first")
        write_whole(target, "second")  # another writer meanwhile
        assert part.exists()
    assert target.read_text() == "first"
    assert not left.exists() and all(each.exists() for each in others)
    assert {each.name for each in tmp_path.iterdir()} == {target.name, *(o.name for o in others)}


@pytest.mark.skipif(sys.platform == "win32", reason="needs permissions of POSIX")
def test_the_file_has_the_permissions_of_any_new_file(tmp_path, suffix, incidents):
    """Not those of a temporary one, which only its owner can read."""
    plain = tmp_path / "plain"
    plain.write_text("")
    written = write_events(incidents, tmp_path / f"events{suffix}")
    assert written.stat().st_mode == plain.stat().st_mode


def test_a_name_as_long_as_a_file_system_takes(tmp_path, suffix, incidents):
    """Names in Cyrillic take two bytes a letter; 255 bytes are the limit."""
    name = "с" * 120 + suffix
    assert write_events(incidents, tmp_path / name).exists()
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_a_geopackage_with_changes_beside_it_is_not_replaced(tmp_path, incidents):
    """SQLite would pour the old file's journal into the new one."""
    path = write_events(incidents, tmp_path / "events.gpkg")
    beside = tmp_path / "events.gpkg-wal"
    beside.write_bytes(b"changes")
    with pytest.raises(errors.OutputError, match="is open in another program"):
        write_events(incidents, path)
    beside.unlink()
    write_events(incidents, path)
    assert list(tmp_path.iterdir()) == [path]


POINT = Point(71.5, 37.5)


@pytest.mark.parametrize(
    ("table", "kind", "told"),
    [
        ({"geometry": [Polygon([(0, 0), (1, 0), (1, 1)])]}, errors.GeometryError, "has a Polygon in"),
        ({"geometry": [Point()]}, errors.GeometryError, "has an empty Point in row 1"),
        ({"geometry": [Point(1, 2, 3)]}, errors.GeometryError, "Point with heights"),
        ({"geometry": [Point(float("inf"), 2)]}, errors.GeometryError, "finite numbers.* Point"),
        ({"geometry": [LineString([(0, 0), (1, float("nan"))])]}, errors.GeometryError, "finite"),
        ({"killed": [1.5]}, errors.ParameterError, "'killed' must hold whole numbers.*row 1 has 1.5"),
        ({"killed": ["many"]}, errors.ParameterError, "row 1 has 'many'"),
        ({"date_start": [pd.Timestamp("2025-06-30 12:00")]}, errors.ParameterError, "without an hour"),
        ({"date_start": ["last week"]}, errors.ParameterError, "'last week'"),
        ({"date_start": ["2024-06"]}, errors.ParameterError, "date_precision.*row 1 has '2024-06'"),
        ({"date_end": ["2024"]}, errors.ParameterError, "row 1 has '2024'"),
        ({"source_urls": ["https://x"]}, errors.ParameterError, "lists of texts.*'https://x'"),
        ({"summary": pd.Series(["\ud800"], dtype=object)}, errors.ParameterError, r"text.*'\\ud800'"),
        ({"own": [2**64]}, errors.ParameterError, "whole numbers below"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(target, table, kind, told):
    """Never bent, never dropped: the message names column, row and value."""
    events = gpd.GeoDataFrame({"geometry": [POINT], **table}, geometry="geometry", crs=4326)
    with pytest.raises(kind, match=told):
        write_events(events, target)
    assert untouched(target)


@pytest.mark.parametrize("suffix", [".csv", ".gpkg", ".fgb"])
def test_a_nul_is_refused_where_a_format_would_cut_the_text(target):
    """GeoParquet and GeoJSON hold it."""
    for table in ({"notes": ["a", "b\0c"]}, {"own\0": ["a", "b"]}):
        events = gpd.GeoDataFrame(table, geometry=[POINT] * 2, crs=4326)
        with pytest.raises(errors.ParameterError, match="cannot hold the character NUL"):
            write_events(events, target)
    assert untouched(target)


def test_columns_that_cannot_stand_in_one_file(target, suffix):
    """Names twice, names that come later, more than a database holds."""
    twice = gpd.GeoDataFrame([[1, 2]], columns=["own", "own"], geometry=[POINT], crs=4326)
    with pytest.raises(errors.ColumnError, match="'own' occurs 2 times"):
        write_events(twice, target)
    if suffix == ".gpkg":  # SQLite's limit is 2,000; the row's number and the geometry are two
        many = pd.DataFrame(np.ones((1, 1964), dtype=int)).add_prefix("c")
        with pytest.raises(errors.ColumnError, match=r"up to 1,998 columns.*have 1,999"):
            write_events(gpd.GeoDataFrame(many, geometry=[POINT], crs=4326), target)
    first = gpd.GeoDataFrame({"a": [1]}, geometry=[POINT], crs=4326)
    with pytest.raises(errors.ColumnError, match="brings the new column 'b'"):
        with EventWriter(target) as writer:
            writer.write(first)
            writer.write(first.rename(columns={"a": "b"}))
    with pytest.raises(errors.ParameterError, match="'a' must hold whole numbers.*row 2 has 'x'"):
        with EventWriter(target) as writer:
            writer.write(first)
            writer.write(first.assign(a=["x"]))
    assert untouched(target)


def test_a_table_that_is_none_and_a_name_without_a_format(tmp_path, incidents):
    """Also coordinates of another CRS, and a writer without its block."""
    with pytest.raises(errors.ColumnError, match="must be a GeoDataFrame"):
        write_events(pd.DataFrame({"a": [1]}), tmp_path / "events.csv")
    with pytest.raises(errors.CRSError):
        write_events(incidents.to_crs(32642), tmp_path / "events.csv")
    with pytest.raises(errors.ParameterError, match=r"must end in \.geojson.*'events\.xlsx'"):
        write_events(incidents, tmp_path / "events.xlsx")
    with pytest.raises(errors.ParameterError, match="inside its with block"):
        EventWriter(tmp_path / "events.csv").write(incidents)
    assert not list(tmp_path.iterdir())
    assert write_events(incidents, tmp_path / "events", format="gpkg").name == "events"
    assert len(gpd.read_file(tmp_path / "events")) == len(incidents)
