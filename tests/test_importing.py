"""Importing files: the event table is written whole or not at all, and the refused rows beside it."""

from __future__ import annotations

import csv
import datetime
import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import MultiLineString, Point

import frontier_geo as fg
from frontier_geo import errors
from frontier_geo._files import FORMULA_STARTS, original_cell
from frontier_geo.readers.layers import broken_rows
from frontier_geo.readers.source import RawChunk, RawFile

FILES = Path(__file__).parent / "readers" / "files"
TODAY = datetime.date(2026, 11, 1)
HEADER = "event_id,lat,lon,date,killed,place\n"
GOOD = "a,37.49,71.55,2025-06-30,2,Kishti\n"
BAD = "b,far,71.55,2025-06-30,2,=cmd|'/C calc'!A0\n"


def shell(*words: object, cwd: Path, check: bool = True, **more: object):
    """Run the command in a child, as a user would."""
    paths = [str(Path(fg.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "COLUMNS": "200",
    }
    done = subprocess.run(
        [sys.executable, "-m", "frontier_geo", *map(str, words)],
        cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=120,
        check=False, **more,
    )  # fmt: skip
    if check:
        assert done.returncode == 0, done.stderr
    return done


def listing(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


@pytest.fixture
def mine(tmp_path) -> Path:
    """A folder with a table of four rows: accepted, rejected, duplicate, outside."""
    text = HEADER + GOOD + BAD + GOOD + "c,10,10,2025-06-30,,\n"
    (tmp_path / "mine.csv").write_text(text, encoding="utf-8")
    return tmp_path


def test_json_is_one_object_of_five_numbers(mine):
    """Nothing else is printed to the standard output."""
    done = shell(
        "import", "mine.csv", "--output", "events.gpkg", "--region", "border", "--json", cwd=mine
    )
    assert json.loads(done.stdout) == {
        "rows": 4, "accepted": 1, "rejected": 1, "duplicates": 1, "outside": 1,
    }  # fmt: skip
    assert done.stdout.count("\n") == 1
    assert sorted(listing(mine)) == ["events.gpkg", "mine.csv", "rejected.csv"]


def test_rejected_csv_holds_the_row_as_it_came_and_runs_nothing(mine):
    """Row number, column, value and reason, then the cells; a formula is defused."""
    shell("import", "mine.csv", "-o", "events.csv", cwd=mine)
    with (mine / "rejected.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 1
    row = rows[0]
    assert (row["file"], row["row_number"], row["column"], row["value"]) == (
        "mine.csv", "2", "lat", "far",
    )  # fmt: skip
    assert "latitude" in row["reason"]
    assert row["lat"] == "far" and row["place"] == "'=cmd|'/C calc'!A0"


def test_an_import_without_refused_rows_leaves_an_empty_rejected_csv(mine):
    """An old one would tell of another import."""
    (mine / "good.csv").write_text(HEADER + GOOD, encoding="utf-8")
    (mine / "rejected.csv").write_text("old", encoding="utf-8")
    shell("import", "good.csv", "-o", "events.csv", cwd=mine)
    assert (mine / "rejected.csv").read_text("utf-8").splitlines()[0].startswith("file,row_number")
    assert len((mine / "rejected.csv").read_text("utf-8").splitlines()) == 1


def test_duplicates_and_outside_go_where_they_are_asked_to(mine):
    """Each with what it repeats, or why it was set aside."""
    shell(
        "import", "mine.csv", "-o", "e.csv", "--duplicates", "d.csv", "--outside", "o.csv",
        "--region", "67,36,75,40", cwd=mine,
    )  # fmt: skip
    repeats = pd.read_csv(mine / "d.csv")
    assert repeats[
        ["row_number", "repeats_file", "repeats_row", "differs"]
    ].to_numpy().tolist() == [[3, "mine.csv", 1, False]]
    beyond = pd.read_csv(mine / "o.csv")
    assert beyond["row_number"].tolist() == [4]
    assert "beyond the region" in beyond["reason"].iloc[0]


@pytest.mark.parametrize("ending", ["gpkg", "parquet", "geojson", "fgb", "csv"])
def test_what_is_imported_can_be_read_again(mine, ending):
    """Every format gives the same event back, and the map takes it."""
    shell("import", "mine.csv", "-o", f"events.{ending}", cwd=mine)
    again = fg.read_events(mine / f"events.{ending}", quiet=True, today=TODAY)
    assert again.counts()["accepted"] == 2
    event = again.accepted.set_index("event_id").loc["a"]
    assert (event["killed"], event["place"], f"{event['date_start']:%Y-%m-%d}") == (
        2, "Kishti", "2025-06-30",
    )  # fmt: skip
    assert (event.geometry.x, event.geometry.y) == (71.55, 37.49)


@pytest.mark.parametrize("ending", ["csv", "gpkg"])
def test_nothing_accepted_is_no_success_and_no_table(mine, ending):
    """
    Exit code 1, the reason is in rejected.csv, and the last good table stays.

    Until 2026-11 it was replaced by one without rows, and the command said that it wrote 0 incidents.
    """
    (mine / "bad.csv").write_text(HEADER + BAD, encoding="utf-8")
    target = mine / f"e.{ending}"
    for before in (False, True):
        if before:
            target.write_bytes(b"the last good table")
        done = shell("import", "bad.csv", "-o", target.name, "--json", cwd=mine, check=False)
        assert done.returncode == 1
        assert done.stdout.count("\n") == 1 and json.loads(done.stdout)["rejected"] == 1
        assert "none of the 1 rows was accepted" in done.stderr and "rejected.csv" in done.stderr
        assert target.exists() == before
        assert len(pd.read_csv(mine / "rejected.csv")) == 1
    assert target.read_bytes() == b"the last good table"
    done = shell(
        "import", "bad.csv", "-o", target.name, "--outside", "o.csv", cwd=mine, check=False
    )
    assert "Wrote" not in done.stdout and done.returncode == 1
    assert len(pd.read_csv(mine / "o.csv")) == 0
    done = shell("convert", "bad.csv", target.name, "--rejected", "r.csv", cwd=mine, check=False)
    assert "Wrote" not in done.stdout and done.returncode == 1
    assert target.read_bytes() == b"the last good table" and len(pd.read_csv(mine / "r.csv")) == 1
    assert not [path for path in mine.iterdir() if path.is_dir()]


def test_strict_stops_at_the_first_row_and_writes_nothing(mine):
    """What was there before stays."""
    (mine / "e.csv").write_text("old", encoding="utf-8")
    before = listing(mine)
    done = shell("import", "mine.csv", "-o", "e.csv", "--strict", cwd=mine, check=False)
    assert done.returncode == 1
    assert "row 2, column 'lat' has 'far'" in done.stderr
    assert "Traceback" not in done.stderr
    assert listing(mine) == before


@pytest.mark.parametrize("more", [[], ["--rejected", "r.csv"]])
def test_convert_does_not_drop_repeats(mine, more):
    """Until 2026-11 it promised all or nothing, left repeats out and said that all went well."""
    (mine / "twice.csv").write_text(HEADER + GOOD + GOOD, encoding="utf-8")
    (mine / "e.gpkg").write_bytes(b"old")
    before = listing(mine)
    done = shell("convert", "twice.csv", "e.gpkg", *more, "--json", cwd=mine, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert "1 duplicate (twice.csv, row 2 repeats twice.csv, row 1)" in done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert listing(mine) == before


def test_lossless_counts_every_row_that_would_go_into_no_file(mine):
    """It says how many, of which kind, and the first; rows with a file of their own are no loss."""
    asked = {"region": (67, 36, 75, 40), "lossless": True, "today": TODAY}
    with pytest.raises(errors.RowError, match=r"1 outside \(mine.csv, row 4: lies beyond") as told:
        fg.import_events(
            mine / "mine.csv", mine / "e.csv", rejected=mine / "r.csv", duplicates=mine / "d.csv",
            **asked,
        )  # fmt: skip
    assert "duplicate (" not in str(told.value) and "rejected (" not in str(told.value)
    assert sorted(listing(mine)) == ["mine.csv"]
    files = {word: mine / f"{word}.csv" for word in ("rejected", "duplicates", "outside")}
    assert fg.import_events(mine / "mine.csv", mine / "e.csv", **files, **asked)["counts"] == {
        "rows": 4, "accepted": 1, "rejected": 1, "duplicates": 1, "outside": 1,
    }  # fmt: skip


FULL_DISK = """
import resource, sys
import frontier_geo as fg
from frontier_geo.errors import OutputError
fg.read_events("mine.csv", quiet=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2)
try:
    fg.import_events("mine.csv", sys.argv[1], rejected="rejected.csv", duplicates="duplicates.csv")
except OutputError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files")
@pytest.mark.parametrize(("ending", "room"), [("gpkg", 60_000), ("parquet", 4_000), ("csv", 0)])
def test_an_event_table_that_cannot_be_completed_leaves_all_files(mine, ending, room):
    """
    Until 2026-11 rejected.csv was new and the table old: GeoPackages are made at the very end.

    The room is enough for the small files and not for the table.
    """
    (mine / f"e.{ending}").write_bytes(b"old")
    (mine / "rejected.csv").write_text("old", encoding="utf-8")
    before = listing(mine)
    paths = [str(Path(fg.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, f"e.{ending}", str(room)],
        cwd=mine, env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "What was there before is untouched" in done.stdout
    assert listing(mine) == before
    assert not [path for path in mine.iterdir() if path.is_dir()]


ODD_NAMES = ["Casual\nties", "=cmd|x,y", "'=1", "a\rb", "@"]


def test_names_of_columns_may_hold_line_ends_and_formulas(tmp_path, monkeypatch):
    """
    As Excel makes them by Alt+Enter.

    Until 2026-11 the second chunk of a file added a piece of the header to rejected.csv as a row, and
    the names stood there unprotected.
    """
    from frontier_geo.readers import delimited

    monkeypatch.setattr(delimited, "BLOCK_BYTES", 2048)
    monkeypatch.setattr(delimited, "ROWS_PER_CHUNK", 50)
    with (tmp_path / "odd.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["lat", "lon", "date", *ODD_NAMES])
        writer.writerow(["37.5", "71.5", "2025-01-01", *"abcde"])
        for k in range(300):
            writer.writerow(["far", "71.5", "2025-01-01", k, "2", "3\r=1+1", "4", "5"])
    aside = {word: tmp_path / f"{word}.csv" for word in ("rejected", "duplicates", "outside")}
    done = fg.import_events(tmp_path / "odd.csv", tmp_path / "e.parquet", **aside, today=TODAY)
    assert done["counts"]["rejected"] == 300
    for word, path in aside.items():
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        assert [original_cell(name) for name in header if original_cell(name) in ODD_NAMES] == (
            ODD_NAMES
        )
        assert not [name for name in header if name.startswith(FORMULA_STARTS)]
        assert len(rows) == (300 if word == "rejected" else 0)
        if rows:
            table = [dict(zip(header, row, strict=True)) for row in rows]
            assert [row["Casual\nties"] for row in table] == [str(k) for k in range(300)]
            assert {row["lat"] for row in table} == {"far"}
    # Pandas, like a spreadsheet, ends a row at a carriage return that is not quoted.
    assert len(pd.read_csv(aside["rejected"])) == 300


def test_one_file_under_two_names_is_seen(mine):
    """Until 2026-11 a way by `..`, or a folder that is a link, hid that two results were one file."""
    (mine / "sub").mkdir()
    (mine / "link").symlink_to(mine)
    for other in ("sub/../same.csv", "link/same.csv"):
        with pytest.raises(
            errors.ParameterError, match="each need a file of its own, but both are"
        ):
            fg.import_events(mine / "mine.csv", mine / "same.csv", rejected=mine / other)
        done = shell(
            "match", "mine.csv", "-o", "same.csv", "--links", other, "--rejected", "r.csv",
            cwd=mine, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert "--output and --links each need a file of its own" in done.stderr
    assert sorted(listing(mine)) == ["mine.csv"]
    fg.import_events(mine / "mine.csv", mine / "same.csv", rejected=mine / "sub" / "same.csv")


def test_an_error_while_reading_is_not_told_as_one_of_writing(mine):
    """Until 2026-11 a disk that could not be read was told as rejected.csv that cannot be written."""

    def chunks():
        cells = pd.DataFrame(
            {"lat": ["far"], "lon": ["71.5"], "date": ["2025-01-01"]}, index=[1], dtype="str"
        )
        yield RawChunk(cells, broken_rows([]), None, 1, 2)
        raise OSError(errno.EIO, "Input/output error")

    file = RawFile("bad_disk.csv", "vector", ("lat", "lon", "date"), chunks)
    with pytest.raises(OSError, match="Input/output error") as told:
        fg.import_events(file, mine / "e.csv", rejected=mine / "rejected.csv", today=TODAY)
    assert not isinstance(told.value, errors.OutputError)
    assert "rejected.csv" not in str(told.value)
    assert sorted(listing(mine)) == ["mine.csv"]


def test_the_summary_says_which_files_hold_rows_that_may_not_be_passed_on(tmp_path):
    """Until 2026-11 nothing said so of the files of rows that are set aside."""
    source = FILES / "acled" / "since_2023.csv"
    lines = source.read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "acled.csv").write_text("".join([*lines, lines[1]]), encoding="utf-8")
    aside = {word: tmp_path / f"{word}.csv" for word in ("duplicates", "outside")}
    done = fg.import_events(
        tmp_path / "acled.csv", tmp_path / "e.gpkg", **aside, region=(60, 30, 80, 45), today=TODAY
    )
    told = "duplicates.csv holds rows of ACLED, which may not be passed on."
    assert done["counts"]["duplicates"] == 1
    assert done["summary"].splitlines()[-1] == told
    # A working file of such rows, read as a table of one's own.
    done = fg.import_events(
        [tmp_path / "e.gpkg", tmp_path / "e.gpkg"], tmp_path / "f.gpkg", **aside, today=TODAY
    )
    assert done["counts"]["duplicates"] > 0
    assert done["summary"].splitlines()[-1] == told
    (tmp_path / "own.csv").write_text(HEADER + GOOD + BAD, encoding="utf-8")
    done = fg.import_events(
        tmp_path / "own.csv", tmp_path / "g.gpkg", rejected=tmp_path / "rejected.csv", today=TODAY
    )
    assert "passed on" not in done["summary"]


def test_rejected_rows_of_a_match_are_told_as_restricted(tmp_path):
    """As those of an import, in one line; mended in 2026-11."""
    lines = (FILES / "acled" / "since_2023.csv").read_text("utf-8").splitlines(keepends=True)
    header = next(csv.reader([lines[0]]))
    row = next(csv.reader([lines[1]]))
    row[header.index("latitude")], row[header.index("event_id_cnty")] = "far", "TAJ999999"
    with (tmp_path / "acled.csv").open("w", encoding="utf-8", newline="") as file:
        file.write("".join(lines))
        csv.writer(file).writerow(row)
    words = ["match", "acled.csv", "-o", "u.gpkg", "--rejected", "r.csv"]
    done = shell(*words, cwd=tmp_path)
    assert done.stdout.count("r.csv holds rows of ACLED, which may not be passed on.") == 1
    assert len(pd.read_csv(tmp_path / "r.csv")) == 1
    assert json.loads(shell(*words, "--json", cwd=tmp_path).stdout)["input"]["rejected"] == 1


def test_several_lines_come_back_from_every_format(tmp_path):
    """Until 2026-11 every writer took a stretch of several lines, and no reader took it back."""
    lines = MultiLineString([[(71.1, 37.1), (71.2, 37.25)], [(71.3, 37.3), (71.4, 37.45)]])
    events = gpd.GeoDataFrame(
        {"event_id": ["a", "b"], "date_start": ["2025-01-01", "2025-01-02"]},
        geometry=[lines, Point(71.5, 37.5)], crs=4326,
    )  # fmt: skip
    fg.check_events(events)
    for ending in ("gpkg", "parquet", "geojson", "fgb", "csv"):
        path = fg.write_events(events, tmp_path / f"e.{ending}")
        read = fg.read_events(path, quiet=True, today=TODAY)
        assert read.counts() == {
            "rows": 2, "accepted": 2, "rejected": 0, "duplicates": 0, "outside": 0,
        }  # fmt: skip
        assert read.accepted.geometry.tolist() == events.geometry.tolist()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["import", "mine.csv", "-o", "e.txt"], "--output must end in"),
        (["import", "mine.csv", "-o", "no/e.csv"], "does not exist"),
        (["import", "mine.csv", "-o", "mine.csv"], "mine.csv"),
        (["import", "mine.csv", "-o", "e.csv", "--rejected", "e.csv"], "file of its own"),
        (["import", "none.csv", "-o", "e.csv"], "none at"),
        (["import", "mine.csv", "-o", "e.csv", "--region", "Mars"], "--region must be"),
        (["import", "mine.csv", "-o", "e.csv", "--source", "acled"], "lacks the column"),
        (["import", "mine.csv", "-o", "e.csv", "--from", "soon"], "period must be"),
        (["import", "-o", "e.csv"], "FILE"),
        (["convert", "mine.csv", "e.gpkg"], "row 2"),
        (["validate", "none.csv"], "none at"),
    ],
)
def test_a_request_that_makes_no_sense_is_one_line(mine, words, said):
    """An error line, an exit code, no file, no traceback."""
    before = listing(mine)
    done = shell(*words, cwd=mine, check=False)
    assert done.returncode in (1, 2)
    assert said in done.stderr and "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert listing(mine) == before


def test_validate_writes_nothing_and_says_what_is_wrong(mine):
    """Exit code 3 with rows that cannot be used, 0 without."""
    before = listing(mine)
    done = shell("validate", "mine.csv", cwd=mine, check=False)
    assert done.returncode == 3
    assert "mine.csv, row 2, lat: 'far'" in done.stdout
    answer = json.loads(shell("validate", "mine.csv", "--json", cwd=mine, check=False).stdout)
    assert (answer["rows"], answer["rejected"]) == (4, 1)
    (mine / "good.csv").write_text(HEADER + GOOD, encoding="utf-8")
    assert shell("validate", "good.csv", cwd=mine).returncode == 0
    (mine / "good.csv").unlink()
    assert listing(mine) == before


def test_convert_takes_all_or_says_where_the_rest_went(mine):
    """A row that cannot be converted stops it, unless it may go to a file of its own."""
    (mine / "two.csv").write_text(HEADER + GOOD + BAD + "c,37,71,2025-06-30,,\n", encoding="utf-8")
    done = shell("convert", "two.csv", "e.gpkg", "--rejected", "r.csv", "--json", cwd=mine)
    assert json.loads(done.stdout)["rejected"] == 1
    assert len(pd.read_csv(mine / "r.csv")) == 1
    shell("convert", "e.gpkg", "e.parquet", cwd=mine)
    assert len(gpd.read_parquet(mine / "e.parquet")) == 2


def test_restricted_rows_stay_out_of_public_files(tmp_path):
    """ACLED's rows go into a working file, and into a public one only when that is asked for."""
    source = FILES / "acled" / "since_2023.csv"
    working = tmp_path / "acled.gpkg"
    fg.import_events(source, working, today=TODAY)
    for name in ("acled.geojson", "acled.csv", "acled.fgb"):
        with pytest.raises(errors.LicenceError, match="include_restricted=True"):
            fg.import_events(source, tmp_path / name, today=TODAY)
        with pytest.raises(errors.LicenceError, match="ACLED"):
            fg.import_events(working, tmp_path / name, today=TODAY)
        assert not (tmp_path / name).exists()
        fg.import_events(source, tmp_path / name, today=TODAY, include_restricted=True)
        assert (tmp_path / name).exists()
    with pytest.raises(errors.LicenceError, match="A map"):
        fg.hotspot_map(fg.read_events(working, quiet=True))
    rates = fg.segment_rates(
        fg.locate_events(fg.read_events(working, quiet=True)),
        fg.make_segments(length_km=50), period=("2020-01-01", "2025-12-31"),
    )  # fmt: skip
    assert [each["source"] for each in rates.attrs["sources"]] == ["ACLED"]


def test_a_file_in_chunks_gives_what_it_gives_at_once(tmp_path, monkeypatch):
    """Rows, ids, repeats and reasons do not depend on where a chunk ends."""
    from frontier_geo.readers import delimited

    lines = [
        f"{k % 997},37.{k % 900:03d},71.5,2025-01-{k % 28 + 1:02d},{k % 5},p{k}\n"
        for k in range(3000)
    ]
    lines[1500] = "x,far,71.5,2025-01-01,1,p\n"
    (tmp_path / "many.csv").write_text(HEADER + "".join(lines), encoding="utf-8")
    whole = fg.read_events(tmp_path / "many.csv", quiet=True, today=TODAY)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 8192)
    monkeypatch.setattr(delimited, "ROWS_PER_CHUNK", 100)
    parts = fg.read_events(tmp_path / "many.csv", quiet=True, today=TODAY)
    assert parts.counts() == whole.counts()
    assert whole.counts()["duplicates"] > 1000
    for one, other in zip(parts, whole, strict=True):
        pd.testing.assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other), check_dtype=False)
    done = fg.import_events(tmp_path / "many.csv", tmp_path / "many.parquet", today=TODAY)
    assert done["counts"] == whole.counts()
    written = fg.read_events(tmp_path / "many.parquet", quiet=True, today=TODAY).accepted
    assert written["event_id"].tolist() == whole.accepted["event_id"].tolist()


def test_files_with_different_columns_of_their_own_go_into_one(tmp_path):
    """The table has the columns of both; what one lacks is missing."""
    (tmp_path / "one.csv").write_text("id,lat,lon,date,mood\n1,37,71,2025-01-01,good\n")
    (tmp_path / "two.csv").write_text("id,lat,lon,date,weather\n1,38,71.2,2025-02-01,rain\n")
    fg.import_events(
        [tmp_path / "one.csv", tmp_path / "two.csv"], tmp_path / "both.parquet", today=TODAY
    )
    both = gpd.read_parquet(tmp_path / "both.parquet")
    assert both["event_id"].tolist() == ["1", "two:1"]  # both number from 1: two incidents
    assert both["mood"].tolist()[0] == "good" and pd.isna(both["mood"].iloc[1])
    assert both["weather"].iloc[1] == "rain"


KILLS = """
import os, signal, sys, time
from pathlib import Path
import geopandas as gpd
import frontier_geo as fg

target = Path(sys.argv[1])
read = gpd.read_parquet if target.suffix == ".parquet" else gpd.read_file
fg.import_events("old.csv", target)
for k in range(12):
    child = os.fork()
    if child == 0:
        while True:
            for name in ("new.csv", "old.csv"):
                fg.import_events(name, target, rejected="rejected.csv")
    time.sleep(0.05 + 0.07 * k)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), status
    print(len(read(target)))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that are forked")
@pytest.mark.parametrize("ending", ["parquet", "gpkg"])
def test_a_killed_import_leaves_the_old_file_or_the_new(tmp_path, ending):
    """Killed at twelve moments: what stands there can be read, and is one of the two."""
    (tmp_path / "old.csv").write_text(HEADER + GOOD * 1, encoding="utf-8")
    rows = "".join(f"n{k},37.49,71.55,2025-06-30,{k},p\n" for k in range(2000))
    (tmp_path / "new.csv").write_text(HEADER + rows, encoding="utf-8")
    target = tmp_path / f"events.{ending}"
    paths = [str(Path(fg.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-c", KILLS, target.name], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    counts = done.stdout.split()
    assert len(counts) == 12 and set(counts) <= {"1", "2000"}
    fg.import_events(tmp_path / "old.csv", target, rejected=tmp_path / "rejected.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["old.csv", "new.csv", target.name, "rejected.csv"]
    )  # what killed processes left behind is gone
