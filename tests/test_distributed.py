"""The same work on Dask: what it gives must not depend on how it was spread, or on who was lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import textwrap
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import fsspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import frontier_geo as fg
from frontier_geo.density import line_intensity
from frontier_geo.distributed import clusters, locate_partitions
from frontier_geo.distributed.clusters import connected
from frontier_geo.distributed.parts import prepare
from frontier_geo.distributed.pieces import PointFile, batches, cut, list_files, read_footers
from frontier_geo.errors import (
    ClusterError,
    ColumnError,
    DataFileError,
    OutputError,
    ParameterError,
)
from frontier_geo.streaming import LocatedFile

ROOT = Path(__file__).resolve().parents[1]
FILES, ROWS, GROUP = 4, 900, 300
HOW = {"length_km": 10, "bandwidth_km": 20, "period": ("2020-01-01", "2020-12-31")}
QUIET = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}  # any free port
CUT = {"chunk_rows": 200, "piece_rows": 300}  # 12 pieces, each in two batches


def points(n: int, seed: int) -> pa.Table:
    """Points on both sides of the border, some too far off, with a column of their own."""
    random = np.random.default_rng(seed)
    border = fg.load_boundary()
    at = random.integers(0, border.lon.size, n)
    return pa.table(
        {
            "sensor": random.integers(0, 99, n),
            "lon": border.lon[at] + random.normal(0, 0.15, n),
            "lat": border.lat[at] + random.normal(0, 0.15, n),
            "km": random.uniform(0, 5, n),
        }
    )


def write(folder: Path, *, files: int = FILES, rows: int = ROWS, group: int = GROUP) -> Path:
    folder.mkdir(parents=True)
    for k in range(files):
        pq.write_table(points(rows, k), folder / f"day-{k}.parquet", row_group_size=group)
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("points") / "in")


@pytest.fixture(scope="module")
def workers() -> Iterator[object]:
    """Two worker processes on this machine, started as for a user."""
    with connected(n_workers=2, memory_limit="2GB") as client:
        yield client


@pytest.fixture(scope="module")
def threads() -> Iterator[object]:
    """Two workers in this process, which therefore see what is in its memory."""
    from distributed import Client

    with Client(
        processes=False, n_workers=2, threads_per_worker=1, scheduler_kwargs=QUIET,
        set_as_default=False,
    ) as client:  # fmt: skip
        yield client


@pytest.fixture(scope="module")
def found(source: Path, workers: object, tmp_path_factory) -> LocatedFile:
    """What two processes make of the points: held against the reference below."""
    output = tmp_path_factory.mktemp("found") / "out"
    return locate_partitions(source, output, **HOW, **CUT, uncertainty_column="km", cluster=workers)


def parts_of(folder: str | Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(Path(folder).glob("part-*"))}


def same_numbers(one: LocatedFile, other: LocatedFile) -> None:
    """Hold two results equal, to the last bit."""
    assert one.tally.account() == other.tally.account()
    numbers = one.segments.select_dtypes("number").columns
    for table, twin in (
        (one.segments[numbers], other.segments[numbers]),
        (one.density, other.density),
    ):
        pd.testing.assert_frame_equal(table, twin, check_exact=True)


# ---- the same as in memory -----------------------------------------------------------------------


def test_points_and_counts_are_those_of_one_table(source, found):
    """`locate_points` and `make_segments` on all points at once give the same places and counts."""
    given = pd.concat([pd.read_parquet(path) for path in sorted(source.glob("*.parquet"))])
    places = fg.locate_points(given["lon"].to_numpy(), given["lat"].to_numpy())
    located = pd.concat([pd.read_parquet(path) for path in sorted(Path(found.output).glob("p*"))])
    assert located["sensor"].tolist() == given["sensor"].tolist()
    for column in ("chainage_km", "distance_km", "offset_km", "official_km"):
        # Exact but for the size of the batch the search took, which may move the last digits.
        np.testing.assert_allclose(located[column], places[column], rtol=0, atol=1e-9)
    on = places["distance_km"].to_numpy() <= 25
    on &= (located["placement"] == "point").to_numpy()
    edges = np.append(found.segments["from_km"], found.segments["to_km"].iloc[-1])
    counts, _ = np.histogram(places["chainage_km"][on], edges)
    assert found.segments["events"].tolist() == counts.tolist()
    assert found.rows == FILES * ROWS == found.located + found.off_border
    assert found.off_border


def test_density_is_that_of_one_table(source, found):
    """The kernel sums of all located points at once, by the exact engine, are the reference."""
    located = pd.concat([pd.read_parquet(path) for path in sorted(Path(found.output).glob("p*"))])
    on = located["placement"] == "point"
    years = 366 / 365.25
    exact = line_intensity(
        located.loc[on, "chainage_km"], length=fg.load_boundary().length_km,
        at=found.density["chainage_km"], bandwidth=20.0, method="direct",
    )  # fmt: skip
    # 1e-6 of the highest value is the stated bound of sums by bins.
    np.testing.assert_allclose(
        found.density["intensity_known"] * years, exact, rtol=0, atol=1e-6 * exact.max()
    )


def test_expected_numbers_are_those_of_segment_weights(source, found):
    """Sums of `segment_weights` over all points, to summation order."""
    import geopandas as gpd

    given = pd.concat(
        [pd.read_parquet(path) for path in sorted(source.glob("*.parquet"))], ignore_index=True
    )
    events = gpd.GeoDataFrame(
        {"event_id": given.index.astype(str), "location_uncertainty_km": given["km"]},
        geometry=gpd.points_from_xy(given["lon"], given["lat"]), crs="EPSG:4326",
    )  # fmt: skip
    segments = fg.make_segments(length_km=10)
    weights = fg.segment_weights(fg.locate_events(events, segments=segments), segments)
    sums = weights.groupby("segment_id", observed=False)["probability"].sum()
    np.testing.assert_allclose(
        found.segments["expected_events"], sums[segments["segment_id"]], rtol=1e-9, atol=1e-9
    )


# ---- the same, however the work was spread -------------------------------------------------------


def test_who_does_the_work_changes_no_bit(source, found, threads, tmp_path):
    """Two threads of this process give the bytes that two processes gave, parts and sums."""
    again = locate_partitions(
        source, tmp_path / "out", **HOW, **CUT, uncertainty_column="km", cluster=threads
    )
    same_numbers(found, again)
    assert parts_of(again.output) == parts_of(found.output)


def test_a_lost_worker_changes_no_bit(source, found, workers, tmp_path):
    """A worker process is killed after the first piece: others do again what it had done."""
    before = workers.run(os.getpid)
    lost: list[int] = []

    def kill(rows: int, share: float) -> None:
        if not lost:
            lost.append(next(iter(before.values())))
            os.kill(lost[0], signal.SIGKILL)

    again = locate_partitions(
        source,
        tmp_path / "out",
        **HOW,
        **CUT,
        uncertainty_column="km",
        cluster=workers,
        progress=kill,
    )
    assert lost
    same_numbers(found, again)
    assert parts_of(again.output) == parts_of(found.output)
    workers.wait_for_workers(2, timeout=60)
    assert set(workers.run(os.getpid).values()) != set(before.values())


def test_sums_alone_are_the_same(source, found, threads):
    """Without an output folder the same sums come, and nothing is written."""
    sums = locate_partitions(source, **HOW, **CUT, uncertainty_column="km", cluster=threads)
    same_numbers(found, sums)
    assert sums.output is None


def test_larger_pieces_change_only_the_order_of_summation(source, found, threads, tmp_path):
    """Counts stay exact; sums move in their last digits."""
    whole = locate_partitions(
        source, tmp_path / "out", **HOW, uncertainty_column="km", cluster=threads
    )
    assert len(parts_of(whole.output)) == FILES < len(parts_of(found.output)) == 12
    assert whole.tally.account() == found.tally.account()
    assert whole.segments["events"].tolist() == found.segments["events"].tolist()
    for column in ("expected_events", "expected_hi", "rate"):
        np.testing.assert_allclose(whole.segments[column], found.segments[column], rtol=1e-12)
    np.testing.assert_allclose(
        whole.density["intensity_known"], found.density["intensity_known"], rtol=1e-9
    )


@pytest.mark.parametrize("many", [16, 17, 33])
def test_no_piece_is_left_out_of_the_tree(many, threads, tmp_path):
    """Sums are added by sixteens: as many pieces as fit, and one more."""
    write(tmp_path / "in", files=1, rows=10 * many, group=10)
    found = locate_partitions(tmp_path / "in", piece_rows=10, cluster=threads)
    whole = locate_partitions(tmp_path / "in", cluster=threads)
    assert found.rows == 10 * many
    assert found.tally.account() == whole.tally.account()
    assert found.segments["events"].tolist() == whole.segments["events"].tolist()


def test_progress_counts_every_row_once(source, threads):
    told: list[tuple[int, float]] = []
    locate_partitions(source, **CUT, cluster=threads, progress=lambda *news: told.append(news))
    assert [rows for rows, _ in told] == [GROUP * k for k in range(1, 13)]
    assert told[-1] == (FILES * ROWS, 1.0)


# ---- where the points are, and where they go ------------------------------------------------------


def test_an_object_store_is_complete_when_its_manifest_is_there(source, found, threads):
    """A store that cannot rename: parts first, the manifest last, no trace of the work."""
    memory = fsspec.filesystem("memory")
    for path in source.glob("*.parquet"):
        memory.pipe_file(f"/bucket/in/{path.name}", path.read_bytes())
    written: list[str] = []
    again = locate_partitions(
        "memory://bucket/in", "memory://bucket/out", **HOW, **CUT, uncertainty_column="km",
        cluster=threads, progress=lambda *news: written.extend(memory.glob("/bucket/out/_manifest*")),
    )  # fmt: skip
    same_numbers(found, again)
    there = {Path(path).name: memory.cat_file(path) for path in memory.find("/bucket/out")}
    manifest = json.loads(there.pop("_manifest.json"))
    assert there == parts_of(found.output)
    assert written == []
    assert [part["part"] for part in manifest["parts"]] == sorted(there)
    assert sum(part["rows"] for part in manifest["parts"]) == FILES * ROWS
    assert manifest["boundary"]["sha256"] == fg.load_boundary().sha256
    memory.rm("/bucket", recursive=True)


def test_files_within_a_zip_and_by_pattern(source, workers, found, tmp_path):
    """A file system on top of another, reached from other processes."""
    packed = tmp_path / "points.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in source.glob("*.parquet"):
            archive.write(path, path.name)
    again = locate_partitions(
        f"zip://*.parquet::file://{packed}", **HOW, **CUT, uncertainty_column="km", cluster=workers
    )
    same_numbers(found, again)
    few = locate_partitions(
        [source / "day-1.parquet", f"file://{source}/day-[23].parquet"], **CUT, cluster=workers
    )
    assert few.rows == 3 * ROWS


def test_geoparquet_keeps_its_geometry(source, threads, tmp_path):
    """Points as WKB give the places of their columns; what is written is GeoParquet again."""
    import geopandas as gpd

    table = pd.read_parquet(source / "day-0.parquet")
    shapes = gpd.GeoDataFrame(
        table[["sensor"]], geometry=gpd.points_from_xy(table["lon"], table["lat"]), crs="EPSG:4326"
    )
    shapes.to_parquet(tmp_path / "points.parquet", row_group_size=GROUP)
    locate_partitions(tmp_path / "points.parquet", tmp_path / "out", **CUT, cluster=threads)
    back = pd.concat([gpd.read_parquet(path) for path in sorted((tmp_path / "out").glob("part-*"))])
    assert back.geometry.reset_index(drop=True).geom_equals(shapes.geometry).all()
    places = fg.locate_points(table["lon"].to_numpy(), table["lat"].to_numpy())
    np.testing.assert_allclose(back["chainage_km"], places["chainage_km"], rtol=0, atol=1e-9)


def test_pieces_are_runs_of_whole_row_groups():
    """Every row is in one piece; none is without rows or, beyond one row group, too large."""
    file = PointFile("a.parquet", 1, "", rows=(5, 0, 3, 9, 1, 1, 0, 0, 2))
    pieces = cut([file, PointFile("empty.parquet", 1, ""), file], 8)
    assert [piece.groups for piece in pieces[:3]] == [(5, 0, 3), (9,), (1, 1, 0, 0, 2)]
    assert [piece.first_row for piece in pieces] == [0, 8, 17, 21, 29, 38]
    assert [piece.number for piece in pieces] == list(range(6))
    assert pieces[2].name == "a.parquet, row groups 4 to 8"


def test_names_that_begin_with_a_sign_do_not_count(source, tmp_path):
    """What others leave in a folder is not read: hidden files, and `_metadata` and its like."""
    shutil.copytree(source, tmp_path / "in")
    for name in ("_day.parquet", ".day.parquet", "_old/day.parquet", "deep/day.parquet"):
        path = tmp_path / "in" / name
        path.parent.mkdir(exist_ok=True)
        pq.write_table(points(1, 0), path)
    _, files = list_files(tmp_path / "in")
    names = [str(Path(file.path).relative_to(tmp_path / "in")) for file in files]
    assert names == [
        "day-0.parquet",
        "day-1.parquet",
        "day-2.parquet",
        "day-3.parquet",
        "deep/day.parquet",
    ]


def test_a_file_that_changes_during_the_work(source, tmp_path):
    """Its footer has been read; a moment later it has other row groups, or is gone."""
    path = tmp_path / "points.parquet"
    shutil.copy(source / "day-0.parquet", path)
    fs, files = list_files(path)
    files, _ = read_footers(fs, files)
    piece = cut(files, GROUP)[1]
    pq.write_table(points(ROWS, 0), path, row_group_size=GROUP - 1)
    with pytest.raises(DataFileError, match=r"points\.parquet is no longer the file it was"):
        list(batches(fs, piece, columns=None, chunk_rows=100))
    path.unlink()
    with pytest.raises(DataFileError, match=r"There is no file or folder .*points\.parquet"):
        list(batches(fs, piece, columns=None, chunk_rows=100))


# ---- bad input ------------------------------------------------------------------------------------


def damaged(folder: Path, *, at: str = "middle") -> Path:
    """Cut the file short, or spoil the bytes of its second row group, which its footer does not tell."""
    path = folder / "day-2.parquet"
    content = bytearray(path.read_bytes())
    if at == "middle":
        path.write_bytes(content[: len(content) // 2])
    else:
        group = pq.ParquetFile(path).metadata.row_group(1).column(1)
        begin = group.dictionary_page_offset or group.data_page_offset
        content[begin : begin + group.total_compressed_size] = b"\xff" * group.total_compressed_size
        path.write_bytes(content)
    return path


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_cut_short_is_told_before_any_work(threads, tmp_path):
    path = damaged(write(tmp_path / "in"))
    with pytest.raises(
        DataFileError, match=r"day-2\.parquet cannot be read as Parquet: .*cut short"
    ):
        locate_partitions(path.parent, tmp_path / "out", **CUT, cluster=threads)
    assert left_in(tmp_path) == ["in"]


def test_what_is_finished_is_kept_and_not_done_again(found, threads, tmp_path):
    """A row group is damaged: the others stay, and with the file mended the result is whole."""
    path = damaged(write(tmp_path / "in"), at="second row group")
    how = {**HOW, **CUT, "uncertainty_column": "km", "cluster": threads}
    with pytest.raises(DataFileError, match=r"day-2\.parquet, row group 1 cannot be read") as told:
        locate_partitions(path.parent, tmp_path / "out", **how)
    assert left_in(tmp_path) == [".out.locating", "in"]
    kept = {part: os.stat(part).st_mtime_ns for part in (tmp_path / ".out.locating").glob("part-*")}
    assert f"{len(kept)} of 12 pieces are finished and kept in" in told.value.__notes__[0]
    assert 0 < len(kept) < 12
    pq.write_table(points(ROWS, 2), path, row_group_size=GROUP)
    sums = sorted((tmp_path / ".out.locating" / "_finished").iterdir())
    sums[0].write_bytes(sums[0].read_bytes()[:-9])  # cut short, as by a crash of the machine
    kept.pop(tmp_path / ".out.locating" / f"part-{sums[0].stem}.parquet")
    again = locate_partitions(path.parent, tmp_path / "out", **how)
    same_numbers(found, again)
    assert parts_of(again.output) == parts_of(found.output)
    same = [
        part for part in kept if os.stat(tmp_path / "out" / part.name).st_mtime_ns == kept[part]
    ]
    assert len(same) >= len(kept) - 3  # all but those of the file that has changed
    assert again.resumed_rows == GROUP * len(same)
    assert left_in(tmp_path) == ["in", "out"]


def test_the_damaged_row_group_is_named_among_others(threads, tmp_path):
    """Also where row groups are read together, as small ones are."""
    path = damaged(write(tmp_path / "in"), at="second row group")
    with pytest.raises(DataFileError, match=r"day-2\.parquet, row group 1 cannot be read"):
        locate_partitions(path.parent, cluster=threads)


def test_outputs_that_a_pattern_would_take_in(threads, source, tmp_path):
    """The folder itself, or its parts; what no pattern meets may lie anywhere else."""
    given = write(tmp_path / "in", files=1)
    for pattern, output in (("in/*", "in/out"), ("*/*.parquet", "out"), ("**/*.parquet", "a")):
        with pytest.raises(OutputError, match="among the files it is made from"):
            locate_partitions(tmp_path / pattern, tmp_path / output, cluster=threads)
    assert left_in(tmp_path) == ["in"] and left_in(given) == ["day-0.parquet"]
    locate_partitions(given / "*.parquet", given / "out", cluster=threads)
    assert left_in(given) == ["day-0.parquet", "out"]


def test_another_plan_keeps_nothing_of_the_one_before(threads, tmp_path):
    path = damaged(write(tmp_path / "in"), at="second row group")
    with pytest.raises(DataFileError):
        locate_partitions(path.parent, tmp_path / "out", **CUT, cluster=threads)
    pq.write_table(points(ROWS, 2), path, row_group_size=GROUP)
    how = {**CUT, "max_distance_km": 2.0, "cluster": threads}
    again = locate_partitions(path.parent, tmp_path / "out", **how)
    fresh = locate_partitions(path.parent, tmp_path / "fresh", **how)
    assert again.tally.account() == fresh.tally.account()
    assert again.resumed_rows == 0
    assert parts_of(again.output) == parts_of(fresh.output)


def test_partitions_with_other_columns(threads, tmp_path):
    folder = write(tmp_path / "in")
    pq.write_table(points(5, 9).drop_columns("lat"), folder / "day-3.parquet")
    with pytest.raises(ColumnError, match=r"day-3\.parquet lacks 'lat'"):
        locate_partitions(folder, tmp_path / "out", cluster=threads)
    odd = points(5, 9)
    odd = odd.set_column(odd.schema.get_field_index("lat"), "lat", pa.array(list("abcde")))
    pq.write_table(odd, folder / "day-3.parquet")
    with pytest.raises(ColumnError, match=r"'lat' holds string in .*day-3\.parquet and double in"):
        locate_partitions(folder, tmp_path / "out", cluster=threads)
    with pytest.raises(ColumnError, match="'longitude'"):
        locate_partitions(
            folder / "day-0.parquet", lon_column="longitude", lat_column="lat", cluster=threads
        )
    assert left_in(tmp_path) == ["in"]


def test_partitions_without_rows(threads, tmp_path):
    """They add nothing, also where no partition has any."""
    folder = write(tmp_path / "in", files=1)
    pq.write_table(points(0, 0), folder / "day-0a.parquet")
    found = locate_partitions(folder, tmp_path / "out", **CUT, cluster=threads)
    assert (len(parts_of(found.output)), found.rows) == (3, ROWS)
    empty = locate_partitions(folder / "day-0a.parquet", tmp_path / "none", **HOW, cluster=threads)
    assert empty.rows == 0 and empty.segments["events"].sum() == 0
    assert left_in(tmp_path / "none") == ["_manifest.json"]


def test_rows_without_coordinates_are_counted_and_named(threads, tmp_path):
    """NaN in the middle of good rows: located rows stay what they are, the others say why."""
    table = points(1_000, 0).to_pandas()
    table.loc[500:502, "lon"] = np.nan
    table.to_parquet(tmp_path / "points.parquet")
    found = locate_partitions(tmp_path / "points.parquet", tmp_path / "out", **CUT, cluster=threads)
    assert found.rejected == 3
    assert [told["row"] for told in found.examples] == [501, 502, 503]
    assert found.examples[0]["file"].endswith("points.parquet")
    part = pd.read_parquet(tmp_path / "out" / "part-000000.parquet")
    assert part.index[part["placement"] == "rejected"].tolist() == [500, 501, 502]
    assert part.loc[501, "reason"] == "its longitude or latitude is missing or not finite"


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("nothing/out", r"nothing does not exist"),
        ("in", r"is there already"),
        ("in/day-0.parquet", r"is the input"),
        ("in/out", r"among the files it is made from"),
        ("in/deeper/../out", r"among the files it is made from"),
        ("/proc/out", r"cannot be written to /proc/out"),
        ("zip://out::file://{}/points.zip", r"cannot be written|cannot be reached"),
    ],
)
def test_outputs_that_cannot_be(output, words, threads, tmp_path):
    write(tmp_path / "in", files=1)
    with pytest.raises((OutputError, DataFileError), match=words):
        locate_partitions(
            tmp_path / "in", tmp_path / output if ":" not in output else output.format(tmp_path),
            cluster=threads,
        )  # fmt: skip
    assert left_in(tmp_path) == ["in"]


def test_a_folder_that_takes_no_more(threads, source, tmp_path, monkeypatch):
    """The working folder vanishes in the middle of the work: one error, and no result."""
    gone: list[Path] = []

    def remove(rows: int, share: float) -> None:
        if not gone:
            gone.append(tmp_path / ".out.locating")
            shutil.rmtree(gone[0], ignore_errors=True)

    with pytest.raises(OutputError, match=r"cannot be written to|are not to be seen"):
        locate_partitions(source, tmp_path / "out", **CUT, cluster=threads, progress=remove)
    assert not (tmp_path / "out").exists()


def test_parts_that_are_not_to_be_seen_from_here(tmp_path):
    """Workers of another machine wrote to a folder of theirs: the result is not called complete."""
    parts = prepare(tmp_path / "out", None, resume=True)
    pieces = cut([PointFile("a.parquet", 1, "", rows=(5, 5))], 5)
    with parts.new_part(pieces[0]) as path:
        path.write_bytes(b"part")
    with pytest.raises(
        OutputError, match=r"1 of them, part-000001\.parquet first, are not to be seen"
    ):
        parts.complete(pieces, {})
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"cluster": "nowhere"}, r'"tcp://10\.0\.0\.5:8786".*nowhere'),
        ({"cluster": 7}, "cluster must be an address"),
        ({"n_workers": 0}, "n_workers must be a whole number of 1 or more"),
        ({"memory_limit": "much"}, 'memory_limit must be a size such as "4GB"'),
        ({"memory_limit": "1MB"}, "at least 300 MB"),
        ({"chunk_rows": 0}, "chunk_rows must be a whole number"),
        ({"piece_rows": 2.5}, "piece_rows must be a whole number"),
    ],
)
def test_arguments_that_make_no_sense(how, words, source):
    with pytest.raises(ParameterError, match=words):
        locate_partitions(source, **how)


@pytest.mark.parametrize("given", ["nothing.parquet", "no-*.parquet", "."])
def test_sources_that_are_not_there(given, tmp_path):
    with pytest.raises(DataFileError, match=r"There is no file|must hold Parquet files"):
        locate_partitions(tmp_path / given)


def test_a_store_that_is_not_known(tmp_path):
    with pytest.raises(ParameterError, match="Protocol not known: moon"):
        locate_partitions("moon://crater/in")


# ---- clusters -------------------------------------------------------------------------------------


def test_an_address_that_does_not_answer_is_waited_for_so_long(source, tmp_path):
    begun = time.monotonic()
    with pytest.raises(
        ClusterError, match=r"No Dask scheduler answers at tcp://127\.0\.0\.1:1 within 1 s"
    ):
        locate_partitions(source, tmp_path / "out", cluster="tcp://127.0.0.1:1", timeout_s=1)
    assert time.monotonic() - begun < 30
    assert left_in(tmp_path) == []


@pytest.fixture
def scheduler() -> Iterator[object]:
    """A cluster without workers."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=0, host="127.0.0.1", scheduler_kwargs=QUIET, silence_logs="CRITICAL"
    ) as cluster:
        yield cluster


def start_worker(address: str, *more: str, **env: str) -> subprocess.Popen[bytes]:
    """Start a worker that nobody replaces when it is gone."""
    return subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny",
         "--no-dashboard", "--nthreads", "1", "--death-timeout", "60", *more],
        env={**os.environ, "PYTHONPATH": str(Path(fg.__file__).parents[1]), **env},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.slow
def test_the_last_worker_is_lost(source, scheduler, tmp_path):
    """Nobody is left to go on: that is said after a while, and what is finished is kept."""
    worker = start_worker(scheduler.scheduler_address)

    def kill(rows: int, share: float) -> None:
        worker.kill()

    try:
        with pytest.raises(ClusterError, match="no worker, or has not answered, for 10 s") as told:
            locate_partitions(
                source, tmp_path / "out", chunk_rows=10, piece_rows=GROUP, timeout_s=10,
                cluster=scheduler, progress=kill,
            )  # fmt: skip
    finally:
        worker.kill()
        worker.wait()
    assert "pieces are finished and kept" in told.value.__notes__[0]


def test_a_worker_lost_while_versions_are_compared(scheduler, monkeypatch):
    """One of two dies over the question: the other one answers, and nobody's version is wrong."""
    address = scheduler.scheduler_address
    processes = [start_worker(address, DIES=word) for word in ("", "1")]

    def answer_or_die():
        import os

        from frontier_geo._version import __version__
        from frontier_geo.datasets import load_boundary

        if os.environ.get("DIES"):
            os._exit(1)
        return {"frontier_geo": __version__, "shipped line": load_boundary().sha256}

    monkeypatch.setattr(clusters, "about_worker", answer_or_die)
    try:
        scheduler.wait_for_workers(2)
        with connected(scheduler, timeout_s=30) as client:
            assert len(client.scheduler_info()["workers"]) == 1
        assert processes[1].wait(10) == 1
    finally:
        for process in processes:
            process.kill()
            process.wait()


@pytest.mark.slow
def test_workers_that_rest_for_want_of_memory(source, scheduler):
    """A worker that pauses at once, and would for ever."""
    worker = start_worker(
        scheduler.scheduler_address, "--memory-limit", "300MB",
        DASK_DISTRIBUTED__WORKER__MEMORY__PAUSE="0.05",
    )  # fmt: skip
    try:
        with pytest.raises(ClusterError, match="All workers have paused for 40 s.*chunk_rows"):
            locate_partitions(source, timeout_s=10, cluster=scheduler)
    finally:
        worker.kill()
        worker.wait()


def test_a_cluster_without_workers(source, scheduler):
    with pytest.raises(ClusterError, match="has had no worker for 1 s.*dask worker tcp"):
        locate_partitions(source, cluster=scheduler.scheduler_address, timeout_s=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (
            "_version.py",
            '__version__ = "',
            '__version__ = "0.0.1+',
            r"the frontier_geo of the worker",
        ),
        (
            "boundary.py",
            "digest.update(repr(self.stations)",
            "digest.update(repr(1)",
            "the shipped line",
        ),
        ("_version.py", "__version__", "no_version", "cannot use it"),
    ],
)
def test_workers_with_another_library_are_refused(
    file, old, new, words, source, scheduler, tmp_path
):
    """Workers run a copy of the package with one thing changed."""
    package = Path(fg.__file__).parent
    copy = tmp_path / "src" / "frontier_geo"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__", "maps"))
    from frontier_geo.datasets import data_folder

    (tmp_path / "data").symlink_to(data_folder())
    text = (copy / file).read_text()
    assert old in text
    (copy / file).write_text(text.replace(old, new))
    process = start_worker(scheduler.scheduler_address, PYTHONPATH=str(copy.parent))
    try:
        with pytest.raises(ClusterError, match=words):
            locate_partitions(source, cluster=scheduler.scheduler_address, timeout_s=60)
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_worker_out_of_memory(tmp_path):
    """Too many rows at a time for 300 MB: the piece is named, and what to do."""
    import dask

    write(tmp_path / "in", files=1, rows=6_000_000, group=6_000_000)
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        pytest.raises(
            ClusterError, match=r"day-0\.parquet, row group 0, with 6,000,000 rows .*chunk_rows"
        ),
    ):
        locate_partitions(
            tmp_path / "in", tmp_path / "out", n_workers=1, memory_limit="300MB",
            chunk_rows=6_000_000, piece_rows=6_000_000,
        )  # fmt: skip
    assert left_in(tmp_path) == ["in"]


SCRIPT = """
import sys
from frontier_geo.distributed import locate_partitions
import os, signal

def progress(rows, share):
    if share > 0.1 and sys.argv[3] == "stop":
        os.kill(os.getpid(), signal.SIGINT)

found = locate_partitions(
    sys.argv[1], sys.argv[2], chunk_rows=200, piece_rows=300, n_workers=1, progress=progress
)
print("rows", found.rows, found.resumed_rows)
"""


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_finished_and_leaves_no_process(source, tmp_path):
    """A script without a main guard, interrupted: then the same call goes on."""
    import psutil

    script = tmp_path / "script.py"
    script.write_text(SCRIPT)

    def call(word: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, script, source, tmp_path / "out", word],
            capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "PYTHONPATH": str(Path(fg.__file__).parents[1]), "MARK": str(tmp_path)},
        )  # fmt: skip

    stopped = call("stop")
    assert stopped.returncode != 0
    assert "KeyboardInterrupt" in stopped.stderr
    assert left_in(tmp_path) == [".out.locating", "script.py"]
    assert len(list((tmp_path / ".out.locating").glob("part-*"))) >= 2
    alive = [
        p
        for p in psutil.process_iter(["environ"])
        if (p.info["environ"] or {}).get("MARK") == str(tmp_path)
    ]
    assert alive == []
    went_on = call("go on")
    word, rows, resumed = went_on.stdout.split()
    assert (word, int(rows)) == ("rows", FILES * ROWS)
    assert int(resumed) >= 2 * GROUP
    assert left_in(tmp_path) == ["out", "script.py"]


# ---- without Dask ---------------------------------------------------------------------------------


def python(code: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(Path(fg.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], env=env, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip


def test_dask_is_loaded_only_when_asked_for():
    done = python(
        """
        import sys, frontier_geo.distributed
        print([name for name in ("dask", "distributed", "fsspec") if name in sys.modules])
        """
    )
    assert done.stdout == "[]\n", done.stderr


def test_without_dask_the_extra_is_named():
    done = python(
        """
        import sys
        sys.modules["distributed"] = None  # as where it is not installed
        from frontier_geo.distributed import locate_partitions
        from frontier_geo.errors import MissingExtraError
        try:
            locate_partitions("points")
        except MissingExtraError as error:
            print(error)
        """
    )
    assert "needs the package distributed" in done.stdout, done.stderr
    assert 'pip install "frontier-geo[distributed]"' in done.stdout


# ---- the documentation ----------------------------------------------------------------------------


@pytest.mark.slow
def test_every_block_of_the_documentation_runs(tmp_path):
    """Blocks of Python run as one script in their order, the commands between them."""
    page = (ROOT / "docs" / "large-data.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(python|sh)\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    assert {kind for kind, _ in blocks} == {"python", "sh"}
    script = ["import subprocess"]
    for kind, text in blocks:
        script.append(
            text if kind == "python" else f"subprocess.run({text!r}, shell=True, check=True)"
        )
    (tmp_path / "page.py").write_text("\n".join(script))
    command = tmp_path / "bin" / "frontier-geo"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m frontier_geo "$@"\n')
    command.chmod(0o755)
    env = {
        **os.environ,
        "PYTHONPATH": str(Path(fg.__file__).parents[1]),
        "PATH": os.pathsep.join([str(command.parent), os.environ["PATH"]]),
    }
    done = subprocess.run(
        [sys.executable, "page.py"], cwd=tmp_path, env=env, capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {"located.parquet", "located", "by-command", "density.csv"} <= set(left_in(tmp_path))
    assert "AF" in done.stdout
