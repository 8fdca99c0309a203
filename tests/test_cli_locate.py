"""
The command ``locate`` on files of points: what it writes, prints and loads, and how it stops.

Most tests run the command in this process; what depends on the process itself runs in one of its own.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import frontier_geo as fg
from frontier_geo import cli
from frontier_geo.streaming import LOCATED_COLUMNS, locate_file

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and terminals")

#: What a file of points is placed without; they take longer to load than it takes to place them.
SLOW_TO_LOAD = {"pandas", "geopandas", "shapely", "scipy", "pandera", "folium", "numba"}


@pytest.fixture
def points(tmp_path, monkeypatch) -> pa.Table:
    """Two thousand points around the border in ``points.parquet``, in the current folder."""
    random = np.random.default_rng(7)
    border = fg.load_boundary()
    at = random.integers(0, border.lon.size, 2000)
    table = pa.table(
        {
            "lon": border.lon[at] + 0.2 * random.normal(size=2000),
            "lat": border.lat[at] + 0.2 * random.normal(size=2000),
            "r": random.uniform(0, 2, 2000),
        }
    )
    pq.write_table(table, tmp_path / "points.parquet", row_group_size=500)
    monkeypatch.chdir(tmp_path)
    return table


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command here; return what it printed, or what it complained of."""

    def call(*words: object, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["frontier-geo", *map(str, words)])
        before = signal.getsignal(signal.SIGTERM)
        with pytest.raises(SystemExit) as end:
            cli.main()
        signal.signal(signal.SIGTERM, before)
        told = capsys.readouterr()
        assert (end.value.code or 0) == code, told.err
        assert "Traceback" not in told.err
        notes = [
            x for x in told.err.splitlines() if not x.startswith("Every point counts, whatever")
        ]
        assert bool(notes) == bool(code)
        return told.err if code else told.out

    return call


def test_a_file_of_points_comes_back_with_their_places(points, run):
    """The same file as of the call, and an account of all rows."""
    said = run("locate", "points.parquet", "--output", "out.parquet")
    found = locate_file("points.parquet", "again.parquet")
    assert Path("out.parquet").read_bytes() == Path("again.parquet").read_bytes()
    assert f"2,000 rows = {found.located:,} on the border + {found.off_border:,} off it" in said
    assert re.search(r"Wrote .*out\.parquet\.", said)


def test_the_order_of_the_words_changes_nothing(points, run):
    """The plain form goes past the parser of options; the others go through it."""
    plain = run("locate", "points.parquet", "-o", "a.parquet")
    other = run("locate", "-o", "b.parquet", "points.parquet")
    assert Path("a.parquet").read_bytes() == Path("b.parquet").read_bytes()
    assert plain.partition(";")[0] == other.partition(";")[0]
    assert "degrees, but is" in run("locate", "points.parquet", "71", code=2)
    assert "latitude and a longitude" in run("locate", "37.49", "-o", "c.csv", code=2)


def test_segments_and_density_come_in_the_same_pass(points, run):
    """The tables are those of the call; rates need both ends of the period."""
    run(
        "locate", "points.parquet", "-o", "out.csv", "--segments-output", "seg.csv",
        "--density-output", "den.parquet", "--bandwidth-km", 20, "--step-km", 5, "--from", "2020-01-01",
        "--to", "2021-12-31", "--length-km", 50, "--uncertainty-column", "r",
    )  # fmt: skip
    found = locate_file(
        "points.parquet", "again.csv", bandwidth_km=20, step_km=5, length_km=50, uncertainty_column="r",
        period=("2020-01-01", "2021-12-31"),
    )  # fmt: skip
    assert Path("out.csv").read_bytes() == Path("again.csv").read_bytes()
    table = pd.read_csv("seg.csv")
    assert table["events"].tolist() == found.segments["events"].tolist()
    for name in ("expected_events", "rate_hi", "eb_rate"):
        np.testing.assert_allclose(table[name], found.segments[name], rtol=1e-12)
    curve = pd.read_parquet("den.parquet")
    pd.testing.assert_frame_equal(curve, found.density, check_exact=True)


@pytest.mark.parametrize("ending", ["parquet", "geojson"])
def test_segments_as_layers(points, run, ending):
    run(
        "locate",
        "points.parquet",
        "-o",
        "out.parquet",
        "--n",
        9,
        "--segments-output",
        f"s.{ending}",
    )
    read = gpd.read_parquet if ending == "parquet" else gpd.read_file
    layer = read(f"s.{ending}")
    assert len(layer) == 9 and layer.crs == 4326 and layer["events"].sum() > 1000


def test_json_tells_what_became_of_the_rows(points, run):
    """With reasons and the first examples of rows that cannot be used."""
    Path("points.csv").write_text("x,lon,lat\na,71.51,37.49\nb,,1\nc,500,1\n")
    told = json.loads(
        run("locate", "points.csv", "-o", "out.csv", "--json", "--segments-output", "s.json")
    )
    assert (told["rows"], told["located"], told["rejected"]) == (3, 1, 2)
    assert [each["row"] for each in told["examples"]] == [2, 3]
    assert told["output"].endswith("out.csv") and told["segments_output"].endswith("s.json")
    assert told["boundary"]["boundary_id"] == "TJ-AF"
    said = run("locate", "points.csv", "-o", "out.csv")
    assert "2 rejected" in said and "row 2 of" in said and "missing" in said


def test_columns_prefix_and_line_are_what_is_asked_for(points, run):
    table = pa.table({"a": points["lon"], "b": points["lat"]})
    pq.write_table(table, "ab.parquet")
    Path("line.geojson").write_text(
        json.dumps({"type": "LineString", "coordinates": [[68, 37], [72, 37.5]]})
    )
    run(
        "locate", "ab.parquet", "-o", "out.parquet", "--lon-column", "a", "--lat-column", "b",
        "--prefix", "mine_", "-b", "line.geojson", "--max-distance-km", 5, "--chunk-rows", 300,
        "--engine", "numpy",
    )  # fmt: skip
    out = pq.read_table("out.parquet")
    assert out.column_names == ["a", "b", *(f"mine_{name}" for name in LOCATED_COLUMNS)]
    far = np.array(out["mine_distance_km"].to_pylist()) > 5
    assert (np.array(out["mine_placement"].to_pylist()) == "off_border").tolist() == far.tolist()


WRONG = {
    "no output": ("locate points.parquet", 2, "--output"),
    "neither": ("locate nothing.parquet -o o.parquet", 1, "nothing.parquet.*there is none"),
    "half a point": ("locate 37.49", 2, "latitude and a longitude"),
    "text": ("locate 37,5 71", 2, "LAT must be a number of degrees, but is '37,5'"),
    "text lon": ("locate 37.5 x", 2, "LON must be a number"),
    "file and point": ("locate points.parquet 71", 2, "file of points is given alone"),
    "file and incidents": ("locate points.parquet -e a.csv", 2, "both were given"),
    "format": ("locate points.parquet -o o.xlsx", 1, "--output must end in .parquet"),
    "onto itself": ("locate points.parquet -o points.parquet", 1, "is the input"),
    "one file for two": (
        "locate points.parquet -o o.csv --segments-output o.csv", 1, "need a file of their own|both",
    ),
    "table format": ("locate points.parquet -o o.csv --density-output d.png", 1, "--density-output"),
    "half a period": ("locate points.parquet -o o.csv --from 2020-01-01", 2, "both --from and --to"),
    "no density": ("locate points.parquet -o o.csv --bandwidth-km 5", 2, "go with --density-output"),
    "bandwidth 0": (
        "locate points.parquet -o o.csv --density-output d.csv --bandwidth-km 0", 1,
        "bandwidth_km must be",
    ),
    "of files": ("locate 37.49 71.51 --lon-column x", 2, "--lon-column goes with a file of points"),
    "engine": ("locate points.parquet -o o.csv --engine fast", 1, "engine must be one of"),
    "threads": ("locate points.parquet -o o.csv --threads 0", 1, "threads must be a whole number"),
    "no such column": (
        "locate points.parquet -o o.csv --lon-column east --lat-column lat", 1,
        "one column 'east', but has none",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_command_that_cannot_be_done_says_why_and_writes_nothing(points, run, case):
    line, code, words = WRONG[case]
    before = sorted(os.listdir())
    said = run(*line.split(), code=code)
    assert re.search(words, said.replace("\n", " ")), said
    assert sorted(os.listdir()) == before


OWN = {
    "the file": ("s.parquet -o a.parquet --segments-output s.parquet", "is the input"),
    "by another path": ("s.parquet -o a.parquet --segments-output folder/../s.parquet", "is the input"),
    "a hard link": ("s.parquet -o a.parquet --segments-output hard.parquet", "is the input"),
    "as the density": ("in.csv -o a.parquet --density-output in.csv", "is the input"),
    "of a folder": ("folder -o a.parquet --segments-output folder/p1.csv", "is the input"),
    "new in a folder": ("folder -o a.parquet --segments-output folder/p3.csv", "among the files"),
    "the line": ("in.csv -b l.geojson -o a.parquet --segments-output l.geojson", "is the input"),
    "cluster, the file": (
        "s.parquet -o a --cluster local --segments-output s.parquet", "is the input",
    ),
    "cluster, a folder": ("parts -o a --cluster local --segments-output parts/1.parquet", "is the input"),
    "cluster, new": ("parts -o a --cluster local --segments-output parts/2.parquet", "among the files"),
    "cluster, a pattern": (
        "par*/*.parquet -o a --cluster local --density-output parts/1.parquet", "is the input",
    ),
    "cluster, new of a pattern": (
        "par*/*.parquet -o a --cluster local --density-output parts/2.parquet", "among the files",
    ),
    "cluster, its output": ("parts -o parts/a --cluster local", "among the files"),
}  # fmt: skip


@pytest.mark.parametrize("case", OWN)
def test_no_table_takes_the_place_of_the_points(points, run, case):
    """Whatever the points are called by, no output replaces them, and no work is done."""
    for folder in ("folder", "parts"):
        Path(folder).mkdir()
    for name in ("s.parquet", "parts/1.parquet"):
        pq.write_table(points, name)
    for name in ("in.csv", "folder/p1.csv", "folder/p2.csv"):
        Path(name).write_text("lon,lat\n71.51,37.49\n")
    Path("l.geojson").write_text('{"type": "LineString", "coordinates": [[68, 37], [72, 37.5]]}')
    os.link("s.parquet", "hard.parquet")
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    line, words = OWN[case]
    said = run("locate", *line.split(), code=1)
    assert words in " ".join(said.split()), said
    assert {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()} == before


def test_located_incidents_do_not_take_the_place_of_the_incidents(tmp_path, monkeypatch, run):
    monkeypatch.chdir(tmp_path)
    Path("e.csv").write_text("event_id,date_start,lon,lat\na,2020-01-01,71.51,37.49\n")
    before = Path("e.csv").read_bytes()
    assert "is the input" in run("locate", "--events", "e.csv", "-o", "e.csv", code=1)
    assert Path("e.csv").read_bytes() == before


@POSIX
def test_a_table_that_cannot_be_written_is_told_before_the_work(points, run):
    """`/proc` takes no files, whoever asks."""
    for option in ("--segments-output", "--density-output"):
        said = run("locate", "points.parquet", "-o", "o.csv", option, "/proc/t.csv", code=1)
        assert "cannot be written to /proc/t.csv" in " ".join(said.split())
        assert os.listdir() == ["points.parquet"]


def test_where_the_located_points_are_is_told_when_a_table_fails(points, run, monkeypatch):
    """The place of the table is taken while the points are placed."""

    def locate(*given, **how):
        Path("t.csv").mkdir()
        return locate_file(*given, **how)

    monkeypatch.setattr("frontier_geo.streaming.locate_file", locate)
    said = run("locate", "points.parquet", "-o", "o.csv", "--segments-output", "t.csv", code=1)
    said = "".join(said.split())
    assert (
        "Thelocatedpointsarewritten,andwhole:" in said and "o.csv" in said and "isafolder" in said
    )
    assert len(pd.read_csv("o.csv")) == 2000


def test_a_point_is_still_a_point(run):
    """Western and southern coordinates too."""
    told = json.loads(run("locate", 37.49, 71.51, "--json"))
    assert told["segment_id"] == "TJ-AF:0770-0780"
    assert json.loads(run("locate", "-10.5", "-106.4", "--json"))["off_border"]


def child(*words: object, cwd: Path, **how) -> subprocess.Popen:
    source = str(Path(fg.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, *map(str, words)], cwd=cwd, text=True, stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": source}, **{"stderr": subprocess.PIPE, **how},
    )  # fmt: skip


def test_placing_a_file_of_points_loads_nothing_slow(points, tmp_path):
    """No pandas, no geopandas, no shapely, no scipy; and no numba for a few thousand rows."""
    code = (
        "import sys\nsys.argv = ['frontier-geo', 'locate', 'points.parquet', '-o', 'out.parquet']\n"
        "from frontier_geo.cli import main\ntry:\n    main()\nexcept SystemExit as end:\n"
        "    assert not end.code\nprint('LOADED', *sorted({m.split('.')[0] for m in sys.modules}))"
    )
    with child("-c", code, cwd=tmp_path) as run:
        out, err = run.communicate()
    assert run.returncode == 0, err
    loaded = set(out.splitlines()[-1].split()[1:])
    assert {"frontier_geo", "pyarrow", "numpy"} <= loaded
    assert loaded & SLOW_TO_LOAD == set()


#: The command with small pieces, each of which takes a moment.
SLOWLY = """
import sys, time
from frontier_geo.streaming import sources, files
sources.PIECE_ROWS = 200
place = files.locate_batch
def slowly(*args, **how):
    time.sleep(0.05)
    return place(*args, **how)
files.locate_batch = slowly
sys.argv = ["frontier-geo", *sys.argv[1:]]
from frontier_geo.cli import main
main()
"""


@POSIX
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_command_says_how_to_go_on(points, tmp_path, number):
    """Exit code 130 or 143, no output, one message; the same command then goes on."""
    table = pq.read_table("points.parquet")
    pq.write_table(table, "points.parquet", row_group_size=100)
    words = ("locate", "points.parquet", "-o", "out.parquet", "--chunk-rows", 50)
    journal = tmp_path / ".out.parquet.locating" / "journal.jsonl"
    with child("-c", SLOWLY, *words, cwd=tmp_path) as run:
        while run.poll() is None and (
            not journal.exists() or journal.read_bytes().count(b"\n") < 3
        ):
            time.sleep(0.01)
        run.send_signal(number)
        _, err = run.communicate()
    assert run.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143}[number], err
    assert "rows are finished and kept in" in err and "goes on" in err and "Traceback" not in err
    assert not Path("out.parquet").exists()
    with child("-c", SLOWLY, *words, cwd=tmp_path) as run:
        out, err = run.communicate()
    assert run.returncode == 0 and "by an earlier run" in out, err
    out = pq.read_table("out.parquet")
    assert out.select(["lon", "lat", "r"]).equals(table)


@POSIX
def test_a_terminal_is_shown_a_bar_with_rate_and_time_left(points, tmp_path):
    """On the error stream, and only if that is a terminal."""
    words = ("locate", "points.parquet", "-o", "out.parquet", "--chunk-rows", 50)
    import pty

    here, there = pty.openpty()
    with child("-c", SLOWLY, *words, cwd=tmp_path, stderr=there) as run:
        os.close(there)
        shown = b""
        while True:
            try:
                part = os.read(here, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
        out = run.stdout.read()
    os.close(here)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", shown.decode())
    assert run.returncode == 0 and "2,000 rows" in out
    assert "Placing points" in text and re.search(r"[\d,]+ rows, [\d,]+ a second", text)
    assert re.search(r"\d+%", text) and re.search(r"\d:\d\d:\d\d", text)
    assert "Placing points" not in out
