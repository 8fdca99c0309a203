"""Importing files: the event table is written whole or not at all, and the refused rows beside it."""

from __future__ import annotations

import csv
import datetime
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

import frontier_geo as fg
from frontier_geo import errors

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


def test_nothing_accepted_is_no_success(mine):
    """Exit code 1, and the reason is in rejected.csv."""
    (mine / "bad.csv").write_text(HEADER + BAD, encoding="utf-8")
    done = shell("import", "bad.csv", "-o", "e.csv", "--json", cwd=mine, check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["rejected"] == 1
    assert "none of the 1 rows was accepted" in done.stderr and "rejected.csv" in done.stderr


def test_strict_stops_at_the_first_row_and_writes_nothing(mine):
    """What was there before stays."""
    (mine / "e.csv").write_text("old", encoding="utf-8")
    before = listing(mine)
    done = shell("import", "mine.csv", "-o", "e.csv", "--strict", cwd=mine, check=False)
    assert done.returncode == 1
    assert "row 2, column 'lat' has 'far'" in done.stderr
    assert "Traceback" not in done.stderr
    assert listing(mine) == before


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
    done = shell("convert", "mine.csv", "e.gpkg", "--rejected", "r.csv", "--json", cwd=mine)
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


LOOP = """
import sys
import frontier_geo as fg
while True:
    for name in ("old.csv", "new.csv"):
        fg.import_events(name, sys.argv[1], rejected="rejected.csv")
"""


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
@pytest.mark.parametrize("ending", ["parquet", "gpkg"])
def test_a_killed_import_leaves_the_old_file_or_the_new(tmp_path, ending):
    """Killed at twelve moments: what stands there can be read, and is one of the two."""
    (tmp_path / "old.csv").write_text(HEADER + GOOD * 1, encoding="utf-8")
    rows = "".join(f"n{k},37.49,71.55,2025-06-30,{k},p\n" for k in range(2000))
    (tmp_path / "new.csv").write_text(HEADER + rows, encoding="utf-8")
    target = tmp_path / f"events.{ending}"
    fg.import_events(tmp_path / "old.csv", target)
    paths = [str(Path(fg.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    seen = set()
    for k in range(12):
        child = subprocess.Popen(
            [sys.executable, "-c", LOOP, target.name], cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        )  # fmt: skip
        time.sleep(1.2 + 0.137 * k)  # the import of the library takes about a second
        child.send_signal(signal.SIGKILL)
        child.wait()
        count = len(gpd.read_parquet(target) if ending == "parquet" else gpd.read_file(target))
        assert count in (1, 2000)
        seen.add(count)
    fg.import_events(tmp_path / "old.csv", target, rejected=tmp_path / "rejected.csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["old.csv", "new.csv", target.name, "rejected.csv"]
    )  # what killed processes left behind is gone
