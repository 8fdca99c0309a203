"""
Files of points in chunks: the same answers as of the whole in memory, and nothing lost on the way.

Runs are interrupted for real: by errors, by Ctrl-C, by SIGTERM and by kill -9.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from decimal import Decimal
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

import frontier_geo as fg
from frontier_geo import errors
from frontier_geo._files import original_cell
from frontier_geo.streaming import LOCATED_COLUMNS, files, locate_file, sources
from frontier_geo.streaming.pipeline import Behind, ahead
from frontier_geo.streaming.sinks import _csv_column
from frontier_geo.tallies import REASONS, Reason

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and file locks")


def points(n: int = 1000, seed: int = 1) -> pa.Table:
    """Points around the border, with columns of several kinds."""
    random = np.random.default_rng(seed)
    border = fg.load_boundary()
    at = random.integers(0, border.lon.size, n)
    wide = np.where(random.random(n) < 0.85, 0.1, 0.8)
    return pa.table(
        {
            "name": [f"p{i}" for i in range(n)],
            "lon": border.lon[at] + wide * random.normal(size=n),
            "lat": border.lat[at] + wide * random.normal(size=n),
            "kind": pa.array(random.choice(["a", "b", None], n)).dictionary_encode(),
            "tags": [[str(i)] if i % 3 else None for i in range(n)],
            "when": pa.array(np.arange(n) * 10**6, pa.timestamp("us", tz="UTC")),
        }
    )


def write(table: pa.Table, path: Path, *, rows: int = 100) -> Path:
    pq.write_table(table, path, row_group_size=rows)
    return path


@pytest.fixture
def small(monkeypatch):
    """Pieces of 200 rows instead of a million, so that little files have many."""
    monkeypatch.setattr(sources, "PIECE_ROWS", 200)
    monkeypatch.setattr("frontier_geo.streaming.csv_source.PIECE_ROWS", 200)


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


# ---- what comes out ------------------------------------------------------------------------------


def test_parquet_in_parquet_out(tmp_path, small):
    """Every column and row as it was, in order, and beside them what `locate_points` says."""
    table = points()
    given = write(table, tmp_path / "in.parquet")
    found = locate_file(given, tmp_path / "out.parquet", chunk_rows=64)
    out = pq.read_table(tmp_path / "out.parquet")
    assert out.column_names == [*table.column_names, *LOCATED_COLUMNS]
    assert out.select(table.column_names).equals(table)
    told = fg.locate_points(table["lon"].to_numpy(), table["lat"].to_numpy())
    for name in ("chainage_km", "official_km", "distance_km", "offset_km"):
        np.testing.assert_allclose(out[name].to_numpy(), told[name], atol=1e-6)
    sides = told["side"].astype(object)
    assert out["side"].to_pylist() == sides.where(sides.notna(), None).tolist()
    on = (told["distance_km"] <= 25).to_numpy()
    assert out["placement"].to_pylist() == np.where(on, "point", "off_border").tolist()
    assert found.rows == 1000 and found.located == on.sum() and found.rejected == 0
    assert found.segments["events"].sum() == on.sum()
    assert hidden(tmp_path) == []


def test_pandas_reads_what_comes_out(tmp_path):
    """Also the metadata that pandas wrote into the input."""
    frame = points(50).drop_columns(["tags"]).to_pandas().set_index("name")
    frame.to_parquet(tmp_path / "in.parquet")
    locate_file(tmp_path / "in.parquet", tmp_path / "out.parquet")
    back = pd.read_parquet(tmp_path / "out.parquet")
    assert back.index.name == "name"
    pd.testing.assert_frame_equal(back[frame.columns], frame)
    assert back["side"].dtype == "category"


@pytest.mark.parametrize("chunk_rows", [1, 7, 100, 10_000])
def test_the_chunks_change_nothing(tmp_path, small, chunk_rows):
    write(points(230), tmp_path / "in.parquet")
    one = locate_file(tmp_path / "in.parquet", tmp_path / "one.parquet", bandwidth_km=20)
    two = locate_file(
        tmp_path / "in.parquet", tmp_path / "two.parquet", bandwidth_km=20, chunk_rows=chunk_rows
    )
    assert pq.read_table(tmp_path / "one.parquet").equals(pq.read_table(tmp_path / "two.parquet"))
    pd.testing.assert_frame_equal(pd.DataFrame(one.segments), pd.DataFrame(two.segments))
    pd.testing.assert_frame_equal(one.density, two.density, rtol=1e-9)


def test_csv_in_csv_out_loses_no_cell(tmp_path, small):
    """Cells stay the texts they were, empty ones and quoted empty ones too; formulas are defused."""
    text = (
        'id,"Lat",Lon,note\n001,37.490,71.51,"a, ""b"""\n002,37.49,71.51,\n003,37.49,71.51,""\n'
        '004,37.49,71.51,=1+1\n"005",37.49,71.51,"two\nlines"\n006,"37,49",71.51,x\n'
    )
    (tmp_path / "in.csv").write_text(text, encoding="utf-8-sig")
    found = locate_file(tmp_path / "in.csv", tmp_path / "out.csv", chunk_rows=2)
    assert (found.rows, found.located) == (6, 6)
    back = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    assert list(back)[:4] == ["id", "Lat", "Lon", "note"]
    assert back["id"].tolist() == ["001", "002", "003", "004", "005", "006"]
    assert back["Lat"].tolist() == ["37.490", "37.49", "37.49", "37.49", "37.49", "37,49"]
    notes = ['a, "b"', "", "'", "'=1+1", "two\nlines", "x"]
    assert back["note"].tolist() == notes
    assert original_cell(notes[3]) == "=1+1" and original_cell(notes[2]) == ""
    assert set(back["segment_id"]) == {"TJ-AF:0770-0780"}


@pytest.mark.parametrize("ending", [".csv.gz", ".zip", ".tsv", ";.csv"])
def test_packed_and_parted_otherwise(tmp_path, ending):
    table = points(30).select(["name", "lon", "lat"])
    sign = {".tsv": "\t", ";.csv": ";"}.get(ending, ",")
    path = tmp_path / f"in{ending.lstrip(';')}"
    frame = table.to_pandas()
    if ending == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("points.csv", frame.to_csv(index=False))
    else:
        frame.to_csv(path, index=False, sep=sign)
    found = locate_file(path, tmp_path / "out.parquet")
    told = fg.locate_points(frame["lon"], frame["lat"])
    out = pq.read_table(tmp_path / "out.parquet")
    assert found.rows == 30 and out["name"].to_pylist() == frame["name"].tolist()
    np.testing.assert_allclose(out["chainage_km"].to_numpy(), told["chainage_km"], atol=1e-6)


TEXTS = {
    "string": pa.string(), "large_string": pa.large_string(), "string_view": pa.string_view(),
}  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("kind", TEXTS)
def test_no_kind_of_text_is_a_formula_in_csv(kind, packed):
    """However arrow holds texts; pandas 3 writes large strings."""
    texts = pa.array(["=1+1", None, "@x", "plain", "'"]).cast(TEXTS[kind])
    if packed:
        texts = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 3, 4], pa.int8()), texts)
    for column in (pa.chunked_array([texts, texts]), pa.chunked_array([], texts.type)):
        cells = _csv_column(column).to_pylist()
        assert cells == ["'=1+1", None, "'@x", "plain", "''"] * column.num_chunks


def test_large_strings_of_a_file_are_no_formulas_in_csv(tmp_path):
    table = pa.table(
        {"n": pa.array(["=1+1", "@x"], pa.large_string()), "lon": [71.5] * 2, "lat": [37.4] * 2}
    )
    locate_file(write(table, tmp_path / "in.parquet"), tmp_path / "out.csv")
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert [line.split(",")[0].strip('"') for line in lines] == ["n", "'=1+1", "'@x"]


def geo_file(path: Path, geometry, crs=4326, **options) -> Path:
    layer = gpd.GeoDataFrame({"id": range(len(geometry))}, geometry=list(geometry), crs=crs)
    layer.to_parquet(path, **options)
    return path


@pytest.mark.parametrize(
    "options", [{}, {"geometry_encoding": "geoarrow"}, {"write_covering_bbox": True}]
)
def test_geoparquet_stays_geoparquet(tmp_path, options):
    """Points are read from WKB, or x and y; what comes out is a layer with the same geometries."""
    table = points(40)
    shapes = shapely.points(table["lon"].to_numpy(), table["lat"].to_numpy())
    given = geo_file(tmp_path / "in.parquet", shapes, schema_version="1.1.0", **options)
    locate_file(given, tmp_path / "out.parquet")
    before, after = gpd.read_parquet(given), gpd.read_parquet(tmp_path / "out.parquet")
    assert after.crs == before.crs and after.geometry.tolist() == before.geometry.tolist()
    told = fg.locate_points(table["lon"], table["lat"])
    np.testing.assert_allclose(after["chainage_km"], told["chainage_km"], atol=1e-6)
    found = locate_file(given, tmp_path / "out.csv")
    back = pd.read_csv(tmp_path / "out.csv")
    assert list(back)[:3] == ["id", "lon", "lat"] and found.rows == 40
    np.testing.assert_array_equal(back["lon"], table["lon"])


def test_geometries_that_are_no_points_are_kept_and_told(tmp_path):
    """Missing, empty, a line, a polygon; a point with a height counts, whatever the byte order."""
    good = shapely.Point(71.51, 37.49)
    shapes = [good, None, shapely.Point(), shapely.LineString([(71, 37), (72, 38)]),
              shapely.box(71, 37, 72, 38), shapely.Point(71.51, 37.49, 2000), good]  # fmt: skip
    given = geo_file(tmp_path / "in.parquet", shapes)
    table = pq.read_table(given)
    wkb = table["geometry"].to_pylist()
    wkb[6] = shapely.to_wkb(good, byte_order=0)
    at = table.column_names.index("geometry")
    pq.write_table(table.set_column(at, "geometry", pa.array(wkb, pa.binary())), given)
    found = locate_file(given, tmp_path / "out.parquet")
    out = pq.read_table(tmp_path / "out.parquet")
    none, other = REASONS[Reason.NO_GEOMETRY], REASONS[Reason.NO_POINT]
    assert out["reason"].to_pylist() == [None, none, none, other, other, None, None]
    assert found.rejected_because == {none: 2, other: 2}
    assert len(set(out["chainage_km"].to_pylist())) == 2
    assert out["geometry"].to_pylist() == wkb


def test_a_folder_is_its_files_one_after_another(tmp_path, small):
    """By name; hidden files and others are left alone."""
    table = points(700)
    folder = tmp_path / "in"
    folder.mkdir()
    write(table.slice(0, 250), folder / "a.parquet")
    write(table.slice(250, 0), folder / "b.parquet")
    write(table.slice(250), folder / "c.parquet", rows=450)
    (folder / "README.md").write_text("about")
    (folder / "_SUCCESS").write_text("")
    write(table, folder / ".hidden.parquet")
    found = locate_file(folder, tmp_path / "out.parquet", chunk_rows=100)
    assert found.rows == 700
    assert pq.read_table(tmp_path / "out.parquet").select(table.column_names).equals(table)


KINDS = {
    "integers": pa.array([71, 72, None], pa.int32()),
    "decimals": pa.array([Decimal("71.51"), Decimal("72.25"), None], pa.decimal128(9, 5)),
    "floats": pa.array([71.51, 72.25, None], pa.float32()),
    "texts": pa.array([" 71.51", "+72.25e0", ""], pa.large_string()),
    "dictionary of texts": pa.array(["71.51", "72.25", None]).dictionary_encode(),
    "dictionary of numbers": pa.array([71.51, 72.25, None]).dictionary_encode(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_coordinates_of_every_kind_are_numbers(tmp_path, kind):
    table = pa.table({"lon": KINDS[kind], "lat": [37.49, 36.7, 37.0]})
    write(table, tmp_path / "in.parquet")
    found = locate_file(tmp_path / "in.parquet", tmp_path / "out.parquet")
    out = pq.read_table(tmp_path / "out.parquet")
    assert found.rejected_because == {REASONS[Reason.MISSING]: 1}
    numbers = [float(value.as_py()) for value in KINDS[kind][:2]]
    told = fg.locate_points(numbers, [37.49, 36.7])
    # Single precision keeps a longitude to some 8e-6 degrees.
    np.testing.assert_allclose(out["chainage_km"].to_pylist()[:2], told["chainage_km"], atol=1e-6)
    assert out["chainage_km"].to_pylist()[2] is None and out["side_certain"].to_pylist()[2] is None
    assert out["lon"].to_pylist() == table["lon"].to_pylist()


def test_rows_that_cannot_be_used_stay_with_their_reason(tmp_path, small):
    """Missing in the middle of good ones, out of range, swapped, no number: all in their places."""
    text = "lon,lat\n" + "71.51,37.49\n" * 300
    text += ",37.49\n37.49,71.51\n200,1\nabc,37.49\n"
    text += "71.51,37.49\n" * 300
    (tmp_path / "in.csv").write_text(text)
    found = locate_file(tmp_path / "in.csv", tmp_path / "out.parquet", chunk_rows=50)
    out = pq.read_table(tmp_path / "out.parquet")
    codes = (Reason.MISSING, Reason.SWAPPED, Reason.RANGE, Reason.NUMBER)
    assert out["reason"].to_pylist()[300:304] == [REASONS[code] for code in codes]
    assert out["placement"].to_pylist()[300:304] == ["rejected"] * 4
    assert (found.rows, found.located, found.rejected) == (604, 600, 4)
    assert [(each["row"], each["reason"]) for each in found.examples] == [
        (301 + i, REASONS[code]) for i, code in enumerate(codes)
    ]
    assert found.examples[0]["file"].endswith("in.csv")


def test_examples_name_their_own_file(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name, rows in (("a", 3), ("b", 4)):
        (folder / f"{name}.csv").write_text("lon,lat\n" + "71,37\n" * rows + "0,99\n")
    found = locate_file(folder, tmp_path / "out.csv")
    told = [(Path(each["file"]).name, each["row"], each["lat"]) for each in found.examples]
    assert told == [("a.csv", 4, 99.0), ("b.csv", 5, 99.0)]


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_no_rows_are_an_answer(tmp_path, ending):
    """An empty table comes out with all its columns; a row group without rows harms nothing."""
    table = points(0).select(["name", "lon", "lat"])
    write(table, tmp_path / "in.parquet")
    found = locate_file(tmp_path / "in.parquet", tmp_path / f"out{ending}")
    assert found.rows == 0 and found.segments["events"].sum() == 0
    read = pd.read_parquet if ending == ".parquet" else pd.read_csv
    assert list(read(tmp_path / f"out{ending}")) == ["name", "lon", "lat", *LOCATED_COLUMNS]
    (tmp_path / "in.csv").write_text("lon,lat\n")
    assert locate_file(tmp_path / "in.csv", tmp_path / f"out{ending}").rows == 0


def test_a_row_group_without_rows_harms_nothing(tmp_path):
    table = points(20)
    with pq.ParquetWriter(tmp_path / "in.parquet", table.schema) as writer:
        for part in (table.slice(0, 0), table.slice(0, 9), table.slice(9, 0), table.slice(9)):
            writer.write_table(part)
    assert pq.read_metadata(tmp_path / "in.parquet").num_row_groups >= 3
    locate_file(tmp_path / "in.parquet", tmp_path / "out.parquet")
    assert pq.read_table(tmp_path / "out.parquet").select(table.column_names).equals(table)


def test_a_prefix_keeps_columns_apart(tmp_path):
    """A file that was located once can be located again."""
    write(points(20), tmp_path / "in.parquet")
    locate_file(tmp_path / "in.parquet", tmp_path / "one.parquet")
    with pytest.raises(errors.ColumnError, match=r"'placement' already.*prefix"):
        locate_file(tmp_path / "one.parquet", tmp_path / "two.parquet")
    coarse = fg.load_boundary("natural_earth")
    locate_file(tmp_path / "one.parquet", tmp_path / "two.parquet", boundary=coarse, prefix="ne_")
    out = pq.read_table(tmp_path / "two.parquet")
    assert out.column_names[-10:] == [f"ne_{name}" for name in LOCATED_COLUMNS]
    assert out["chainage_km"].to_pylist() != out["ne_chainage_km"].to_pylist()


def test_totals_are_those_of_the_whole_in_memory(tmp_path, small):
    """Segments as by `segment_rates`, with rates, from points with uncertainties."""
    table = points(250)
    radius = pa.array(np.random.default_rng(4).choice([0.5, 5.0], 250))
    write(table.append_column("r_km", radius), tmp_path / "in.parquet")
    period = ("2019-01-01", "2020-12-31")
    found = locate_file(
        tmp_path / "in.parquet",
        tmp_path / "out.parquet",
        uncertainty_column="r_km",
        period=period,
        n=30,
    )
    layer = gpd.GeoDataFrame(
        {
            "event_id": table["name"].to_pylist(),
            "date_start": "2020-01-01",
            "location_uncertainty_km": radius.to_numpy(),
        },
        geometry=gpd.points_from_xy(table["lon"], table["lat"]),
        crs=4326,
    )
    segments = fg.make_segments(n=30)
    rates = fg.segment_rates(fg.locate_events(layer, segments=segments), segments, period=period)
    assert found.segments["events"].tolist() == rates["events"].tolist()
    for name in ("expected_events", "rate", "rate_hi", "eb_rate", "p_adj"):
        np.testing.assert_allclose(found.segments[name], rates[name], rtol=1e-9)
    assert "Every point counts, whatever its day: 2019-01-01 to 2020-12-31" in found.notes[0]


# ---- interrupted runs ----------------------------------------------------------------------------


class Stopped(Exception):
    """What stops a run in these tests."""


def stop_after(rows: int):
    def progress(done: int, share: float) -> None:
        if done >= rows:
            raise Stopped

    return progress


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
@pytest.mark.parametrize("kind", ["parquet", "csv", "folder"])
def test_a_run_taken_up_again_gives_the_same_bytes(tmp_path, small, kind, ending):
    """Stopped twice, once in the middle of a piece; only what was not finished is done again."""
    table = points(1000).drop_columns(["tags"])
    given = tmp_path / ("in.csv" if kind == "csv" else "in.parquet")
    if kind == "csv":
        table.to_pandas().to_csv(given, index=False)
    elif kind == "parquet":
        write(table, given)
    else:
        given = tmp_path / "in"
        given.mkdir()
        write(table.slice(0, 450), given / "a.parquet")
        write(table.slice(450), given / "b.parquet")
    how = {"chunk_rows": 50, "bandwidth_km": 15}
    whole = locate_file(given, tmp_path / f"whole{ending}", **how)
    output = tmp_path / f"out{ending}"
    with pytest.raises(Stopped) as stopped:
        locate_file(given, output, progress=stop_after(430), **how)
    assert not output.exists()
    assert hidden(tmp_path) == [f".out{ending}.locating"]
    assert "400 rows are finished" in stopped.value.__notes__[0]
    with pytest.raises(Stopped):
        locate_file(given, output, progress=stop_after(750), **how)
    seen: list[int] = []
    again = locate_file(given, output, progress=lambda rows, share: seen.append(rows), **how)
    done = 600 if kind != "folder" else 650  # 100, 200 and 150 rows end pieces of the first file
    assert again.resumed_rows == done and min(seen) == done + 50 and again.rows == 1000
    assert output.read_bytes() == (tmp_path / f"whole{ending}").read_bytes()
    assert again.tally.account() == whole.tally.account()
    pd.testing.assert_frame_equal(again.density, whole.density, check_exact=True)
    assert hidden(tmp_path) == [] and again.notes == []


def interrupted(tmp_path: Path, **options) -> tuple[Path, Path]:
    given = write(points(1000), tmp_path / "in.parquet")
    output = tmp_path / "out.parquet"
    with pytest.raises(Stopped):
        locate_file(given, output, progress=stop_after(700), **options)
    return given, output


OTHERS = {
    "segments": {"length_km": 20},
    "distance": {"max_distance_km": 10},
    "prefix": {"prefix": "x_"},
    "chunks": {"chunk_rows": 40},
    "line": {"boundary": fg.load_boundary("natural_earth")},
}


@pytest.mark.parametrize("case", OTHERS)
def test_other_parameters_start_anew_and_say_so(tmp_path, small, case):
    given, output = interrupted(tmp_path, chunk_rows=50)
    options = {"chunk_rows": 50, **OTHERS[case]}
    found = locate_file(given, output, **options)
    assert found.resumed_rows == 0 and "anew" in found.notes[0]
    locate_file(given, tmp_path / "whole.parquet", **options)
    assert output.read_bytes() == (tmp_path / "whole.parquet").read_bytes()


def test_another_input_starts_anew(tmp_path, small):
    given, output = interrupted(tmp_path)
    write(points(1000, seed=2), given)
    found = locate_file(given, output)
    assert found.resumed_rows == 0 and "anew" in found.notes[0]
    out = pq.read_table(output)
    assert out.select(["name", "lon"]).equals(points(1000, seed=2).select(["name", "lon"]))


def test_without_resuming_nothing_is_kept(tmp_path, small):
    given, output = interrupted(tmp_path)
    found = locate_file(given, output, resume=False)
    assert found.resumed_rows == 0
    interrupted(tmp_path, resume=False)
    assert hidden(tmp_path) == [] and output.exists()


@pytest.mark.parametrize("harm", ["body", "no body", "journal", "sums", "header"])
def test_a_damaged_work_folder_costs_only_what_is_damaged(tmp_path, small, harm):
    """A body cut short, a line cut off, sums that cannot be read: the pieces before them count."""
    given, output = interrupted(tmp_path)
    work = tmp_path / ".out.parquet.locating"
    lines = (work / "journal.jsonl").read_text().splitlines(keepends=True)
    assert len(lines) == 4  # a header and three pieces
    if harm == "body":
        os.truncate(work / "body", json.loads(lines[1])["size"] + 10)
    elif harm == "no body":  # killed between the body's move to its place and the end of the work
        (work / "body").unlink()
    elif harm == "journal":
        (work / "journal.jsonl").write_text("".join(lines[:3])[:-5])
    elif harm == "sums":
        (work / "000001.npz").write_bytes(b"PK\x03\x04 nothing")
    else:
        (work / "journal.jsonl").write_bytes(b"\xff\n")
    found = locate_file(given, output)
    assert found.resumed_rows == (0 if harm in ("header", "no body") else 200)
    locate_file(given, tmp_path / "whole.parquet")
    assert output.read_bytes() == (tmp_path / "whole.parquet").read_bytes()


@POSIX
def test_two_at_once_are_refused(tmp_path, small):
    """The second one says so, and leaves the first alone."""
    given = write(points(1000), tmp_path / "in.parquet")
    refused: list[Exception] = []

    def progress(rows: int, share: float) -> None:
        if not refused:
            with pytest.raises(errors.OutputError, match="one process at a time") as caught:
                locate_file(given, tmp_path / "out.parquet")
            refused.append(caught.value)

    found = locate_file(given, tmp_path / "out.parquet", progress=progress)
    assert refused and found.rows == pq.read_metadata(tmp_path / "out.parquet").num_rows == 1000


RUN = """
import sys, time
from frontier_geo.streaming import locate_file, sources
sources.PIECE_ROWS = 200
def progress(rows, share):
    print(rows, flush=True)
    time.sleep(0.05)
locate_file(sys.argv[1], sys.argv[2], chunk_rows=100, progress=progress)
"""


@POSIX
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_run_leaves_no_output_and_goes_on(tmp_path, small, number):
    """Killed once some pieces are done; the end is the same, byte for byte."""
    given = write(points(2000), tmp_path / "in.parquet")
    output = tmp_path / "out.parquet"
    with subprocess.Popen(
        [sys.executable, "-c", RUN, given, output], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    ) as run:  # fmt: skip
        for line in run.stdout:
            if int(line) >= 700:
                run.send_signal(number)
                break
        run.communicate()
    assert run.returncode != 0 and not output.exists()
    found = locate_file(given, output, chunk_rows=100)
    assert 400 <= found.resumed_rows < 2000
    locate_file(given, tmp_path / "whole.parquet", chunk_rows=100)
    assert output.read_bytes() == (tmp_path / "whole.parquet").read_bytes()
    assert hidden(tmp_path) == []


def test_an_output_that_was_there_stays_until_the_new_one_is_whole(tmp_path, small):
    (tmp_path / "out.parquet").write_bytes(b"old")
    _, output = interrupted(tmp_path)
    assert output.read_bytes() == b"old"
    locate_file(tmp_path / "in.parquet", output)
    assert pq.read_metadata(output).num_rows == 1000


# ---- bad input -----------------------------------------------------------------------------------


def damaged(tmp_path: Path) -> Path:
    """A file whose third row group is broken."""
    path = write(points(400), tmp_path / "in.parquet")
    column = pq.read_metadata(path).row_group(2).column(1)
    content = bytearray(path.read_bytes())
    begin = column.dictionary_page_offset or column.data_page_offset
    content[begin : begin + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(content)
    return path


def test_a_damaged_row_group_is_named_and_what_is_done_is_kept(tmp_path, small):
    path = damaged(tmp_path)
    with pytest.raises(
        errors.DataFileError, match=r"in\.parquet, row group 2, cannot be read"
    ) as e:
        locate_file(path, tmp_path / "out.parquet")
    assert "200 rows are finished" in e.value.__notes__[0]
    assert not (tmp_path / "out.parquet").exists()


def csv_file(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "in.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def folder_of(tmp_path: Path, **tables) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def cut_short(tmp_path: Path) -> Path:
    path = write(points(), tmp_path / "in.parquet")
    path.write_bytes(path.read_bytes()[:-100])
    return path


LONLAT = pa.table({"lon": [71.5], "lat": [37.5]})
BAD = {
    "no such file": (lambda t: t / "none.parquet", errors.DataFileError, "there is none"),
    "other format": (lambda t: csv_file(t, "a").rename(t / "in.json"), errors.DataFileError, "--events"),
    "cut short": (cut_short, errors.DataFileError, r"in\.parquet must be a whole Parquet file"),
    "empty folder": (lambda t: folder_of(t), errors.DataFileError, "holds none"),
    "no column": (
        lambda t: write(LONLAT.drop_columns("lat"), t / "in.parquet"), errors.ColumnError,
        r"in\.parquet needs columns of longitude and latitude, but has 'lon'",
    ),
    "column of dates": (
        lambda t: write(pa.table({"lon": pa.array([0], pa.date32()), "lat": [1.0]}), t / "in.parquet"),
        errors.ColumnError, "numbers in the column 'lon', but it holds date32",
    ),
    "different columns": (
        lambda t: folder_of(t, a=LONLAT, b=LONLAT.append_column("c", [[1]])), errors.ColumnError,
        r"b\.parquet has 'c' besides",
    ),
    "missing in one": (
        lambda t: folder_of(t, a=LONLAT, b=LONLAT.drop_columns("lat")), errors.ColumnError,
        r"b\.parquet lacks 'lat'",
    ),
    "different types": (
        lambda t: folder_of(t, a=LONLAT, b=pa.table({"lon": ["71"], "lat": [37.5]})),
        errors.ColumnError, r"'lon' holds string in .*b\.parquet and double in .*a\.parquet",
    ),
    "projected": (
        lambda t: geo_file(t / "in.parquet", [shapely.Point(1, 2)], 32642), errors.CRSError,
        r"in\.parquet must be in longitude and latitude.*UTM zone 42N.*to_crs",
    ),
    "no CRS": (
        lambda t: geo_file(t / "in.parquet", [shapely.Point(1, 2)], None), errors.CRSError,
        "its CRS is none",
    ),
    "odd metadata": (
        lambda t: write(LONLAT.replace_schema_metadata({"geo": "{"}), t / "in.parquet"),
        errors.DataFileError, "metadata of GeoParquet",
    ),
    "twice the column": (
        lambda t: csv_file(t, "lon,lat,lon\n1,2,3\n"), errors.DataFileError, "'lon' occurs 2 times",
    ),
    "no header": (lambda t: csv_file(t, ""), errors.DataFileError, "begins with nothing"),
    "long line": (
        lambda t: csv_file(t, "lon,lat\n71,37\n71,37,1\n"), errors.DataFileError,
        r"in\.csv must be a readable table.*line 3.*Expected 2 columns, got 3",
    ),
    "other letters": (
        lambda t: csv_file(t, b"lon,lat,x\n71,37,\xff\xfe\n"), errors.DataFileError, "line 2: 'utf-8'",
    ),
    "no zip": (
        lambda t: csv_file(t, "lon,lat\n").rename(t / "in.csv.gz"), errors.DataFileError, "in.csv.gz",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_input_that_cannot_be_used_is_refused_and_nothing_written(tmp_path, case):
    make, error, words = BAD[case]
    given = make(tmp_path)
    with pytest.raises(error, match=f"(?s){words}"):
        locate_file(given, tmp_path / "out.parquet")
    assert not (tmp_path / "out.parquet").exists() and hidden(tmp_path) == []


@POSIX
@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_a_file_that_may_not_be_read_is_told_as_such(ending):
    """It is not damaged; the superuser, who may read everything, stands back meanwhile."""
    user = os.geteuid()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = folder / f"in{ending}"
        given.write_bytes(b"lon,lat\n1,2\n")
        given.chmod(0)
        folder.chmod(0o777)
        try:
            if user == 0:
                os.seteuid(65534)
            with pytest.raises(errors.DataFileError, match="cannot be read: permission denied"):
                locate_file(given, folder / "out.csv")
        finally:
            os.seteuid(user)


@pytest.mark.filterwarnings("error")
def test_points_that_locate_points_refuses():
    """No boundary, no finite tolerance, and numbers that are masked, which are missing."""
    with pytest.raises(errors.ParameterError, match="must be a Boundary, .*but is 'x'"):
        fg.locate_points(71.5, 37.4, boundary="x")
    for tolerance in (np.inf, [1, np.inf]):
        with pytest.raises(errors.ParameterError, match="tolerance_km must be a finite number"):
            fg.locate_points([71.5, 71.6], [37.4, 37.5], tolerance_km=tolerance)
    masked = np.ma.array([71, 71], mask=[False, True])
    with pytest.raises(
        errors.CoordinateError, match="longitude must be a finite .* point 1 has nan"
    ):
        fg.locate_points(masked, [37.4, 37.4])
    assert len(fg.locate_points(masked[:1], [37.4])) == 1


def test_a_folder_of_two_formats_is_refused(tmp_path):
    folder = folder_of(tmp_path, a=LONLAT)
    (folder / "b.csv").write_text("lon,lat\n")
    with pytest.raises(errors.DataFileError, match=r"one format.*a\.parquet and b\.csv"):
        locate_file(folder, tmp_path / "out.parquet")


def test_a_column_that_is_named_must_be_there(tmp_path):
    given = write(LONLAT, tmp_path / "in.parquet")
    with pytest.raises(errors.ColumnError, match="one column 'r', but has none"):
        locate_file(given, tmp_path / "out.parquet", uncertainty_column="r")
    with pytest.raises(errors.ParameterError, match="give both"):
        locate_file(given, tmp_path / "out.parquet", lon_column="lon")
    found = locate_file(given, tmp_path / "out.parquet", lon_column="lat", lat_column="lon")
    assert found.rejected_because == {REASONS[Reason.SWAPPED]: 1}


def test_lists_do_not_fit_into_csv(tmp_path):
    given = write(points(5), tmp_path / "in.parquet")
    with pytest.raises(errors.ColumnError, match=r"'tags' holds list.*\.parquet"):
        locate_file(given, tmp_path / "out.csv")


def test_outputs_that_cannot_be_are_refused_before_any_work(tmp_path):
    """A folder, a link, a device, no folder, no format, the input itself, a place among the inputs."""
    given = write(LONLAT, tmp_path / "in.parquet")
    (tmp_path / "folder.parquet").mkdir()
    (tmp_path / "link.parquet").symlink_to(tmp_path / "elsewhere.parquet")
    inside = folder_of(tmp_path, a=LONLAT)
    cases = [
        (given, tmp_path / "folder.parquet", "is a folder"),
        (given, tmp_path / "link.parquet", "symbolic link"),
        (given, tmp_path / "no" / "out.parquet", "does not exist"),
        (given, given, "is the input"),
        (inside, inside / "out.parquet", "among the files"),
        (inside, inside / "a.parquet", "is the input"),
    ]
    if Path("/dev/full").exists():
        cases.append((given, Path("/dev/full"), "device"))
    for source, output, words in cases:
        with pytest.raises(errors.OutputError, match=words):
            locate_file(source, output)
    with pytest.raises(errors.ParameterError, match=r"must end in .parquet or .csv"):
        locate_file(given, tmp_path / "out.xlsx")
    assert hidden(tmp_path) == []


@POSIX
@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_a_full_disk_is_told_and_what_is_done_is_kept(tmp_path, ending):
    """A limit on the size of files stands for the full disk; without it the run goes on."""
    given = write(points(3000).drop_columns("tags"), tmp_path / "in.parquet", rows=500)
    code = RUN.replace("sources.PIECE_ROWS = 200", "sources.PIECE_ROWS = 1000").replace(
        "import sys, time",
        "import resource, sys, time\nresource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))",
    )
    done = subprocess.run(
        [sys.executable, "-c", code, given, tmp_path / f"out{ending}"], capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and "OutputError" in done.stderr and "Make room" in done.stderr
    assert not (tmp_path / f"out{ending}").exists()
    found = locate_file(given, tmp_path / f"out{ending}", chunk_rows=100)
    assert found.rows == 3000 and hidden(tmp_path) == []


@pytest.mark.parametrize("rows", [0, -1, True, 1.5])
def test_chunks_without_rows_are_refused(tmp_path, rows):
    with pytest.raises(errors.ParameterError, match="chunk_rows must be a whole number"):
        locate_file(write(LONLAT, tmp_path / "in.parquet"), tmp_path / "o.parquet", chunk_rows=rows)


# ---- threads -------------------------------------------------------------------------------------


def test_reading_ahead_keeps_the_order_and_hands_on_errors():
    def things():
        yield from range(50)
        raise Stopped

    seen = []
    with pytest.raises(Stopped):
        for thing in ahead(things()):
            seen.append(thing)
            time.sleep(0.0005)
    assert seen == list(range(50))


def test_reading_ahead_ends_when_nobody_asks_any_more():
    closed = []

    def things():
        try:
            yield from range(1000)
        finally:
            closed.append(True)

    begun = ahead(things())
    assert [next(begun), next(begun)] == [0, 1]
    begun.close()
    assert closed == [True]


def test_writing_behind_keeps_the_order_and_hands_on_errors():
    seen: list[int] = []

    def work(thing: int) -> None:
        if thing == 30:
            raise Stopped
        seen.append(thing)

    behind = Behind(work)
    with pytest.raises(Stopped):
        for thing in range(100):
            behind.give(thing)
    with pytest.raises(Stopped):
        behind.wait()
    behind.close()
    assert seen == list(range(30))


def test_the_call_is_public():
    assert fg.streaming.locate_file is files.locate_file
