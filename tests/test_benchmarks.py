"""The benchmarks measure what they say: clocks, ratios, bars, tables, exact answers, the server."""

import os
import re
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import growth, harness, points, postgis, run  # noqa: E402
from benchmarks.harness import Bar, Options, Section, Table, Timing, Way  # noqa: E402
from benchmarks.locate_peers import join, tree, vertices, whole  # noqa: E402


class Clock:
    """A clock that goes on by as much as each piece of work says."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def work(self, *turns):
        turns = iter(turns)

        def one():
            self.now += next(turns)

        return one


class TestRounds:
    def test_ways_take_turns_and_the_first_turn_does_not_count(self):
        clock, order = Clock(), []
        slow, quick = clock.work(100, 4, 6, 5), clock.work(50, 1, 2, 1)
        ways = [
            Way("slow", lambda: (order.append("s"), slow()), 10, clock),
            Way("quick", lambda: (order.append("q"), quick()), 10, clock),
        ]
        timings = harness.interleave(ways, 3)
        assert "".join(order) == "sqsqsqsq"
        assert timings["slow"].seconds == [4, 6, 5]
        assert timings["quick"].seconds == [1, 2, 1]
        assert timings["slow"].median == 5

    def test_the_ratio_is_the_median_of_the_ratios_of_rounds(self):
        """Of 4/1, 6/2 and 5/1 the median is 4; the ratio of the medians would be 5."""
        slow, quick = Timing("slow", 10, [4, 6, 5]), Timing("quick", 10, [1, 2, 1])
        assert harness.ratio(slow, quick) == 4

    def test_the_ratio_is_for_one_point(self):
        """A peer that takes as long for a tenth of the points is ten times as slow."""
        assert harness.ratio(Timing("peer", 10, [1, 1, 1]), Timing("ours", 100, [1, 1, 1])) == 10
        assert Timing("peer", 1000, [2e-3]).each() == pytest.approx(2000)

    @pytest.mark.parametrize("missing", [None, Timing("x", 1, [], "not installed")])
    def test_no_ratio_without_both(self, missing):
        assert harness.ratio(missing, Timing("ours", 1, [1.0])) is None
        assert harness.ratio(Timing("peer", 1, [1.0]), missing) is None

    def test_a_way_that_fails_is_left_out_with_its_reason(self):
        """Also one that fails at its third turn: what it took before is forgotten; the others go on."""
        clock = Clock()

        turns = iter([None, None, ValueError("no more points in /some/where/file.txt")])

        def fails_later():
            if (error := next(turns)) is not None:
                raise error

        timings = harness.interleave(
            [Way("bad", fails_later), Way("good", clock.work(1, 1, 1), 1, clock)], 2
        )
        assert timings["bad"].trouble == "ValueError: no more points in file.txt"
        assert timings["bad"].seconds == []
        assert timings["good"].seconds == [1, 1]

    def test_what_is_not_installed_says_so(self):
        def absent():
            import no_such_program

            return no_such_program

        timings, ways = harness.measure_all(
            {"peer": absent, "ours": lambda: Way("ours", lambda: None)}, 1
        )
        assert list(timings) == ["peer", "ours"]
        assert timings["peer"].trouble == "not installed (no_such_program)"
        assert list(ways) == ["ours"]


class TestBars:
    @pytest.mark.parametrize(
        ("sign", "found", "met"),
        [(">=", 8.0, True), (">=", 7.99, False), ("<=", 8.0, True), ("<=", 8.01, False),
         (">=", None, None), ("<=", None, None)],
    )  # fmt: skip
    def test_verdict(self, sign, found, met):
        words = {True: "met", False: "**missed**", None: "not measured"}
        bar = Bar("speed", sign, 8)
        assert bar.met(found) is met
        assert bar.row(found)[-1] == words[met]

    def test_its_row(self):
        assert Bar("error", "<=", 5, "cm").row(0.25) == ["error", "≤ 5.00 cm", "0.25 cm", "met"]
        assert Bar("speed", ">=", 150).row(None) == ["speed", "≥ 150×", "–", "not measured"]

    def test_every_line_of_the_bar_stands_once(self):
        """Names are the keys of what is found: none twice."""
        names = [bar.name for name in run.USUAL for bar in run.benchmark_named(name).bars]
        assert len(names) == len(set(names))
        limits = {bar.name: (bar.sign, bar.limit) for name in run.USUAL
                  for bar in run.benchmark_named(name).bars}  # fmt: skip
        assert limits["numba, beside sjoin_nearest"] == (">=", 150)
        assert limits["numpy, beside STRtree on edges"] == (">=", 8)
        assert limits["Gi*, beside esda"] == (">=", 6)


class TestTables:
    @pytest.mark.parametrize(
        ("value", "text"),
        [(None, "–"), (0, "0"), (0.00012, "1.2e-04"), (0.0421, "0.0421"), (1.5, "1.50"),
         (15.25, "15.2"), (153.4, "153"), (23394.2, "23,394"), (-2.5, "-2.50")],
    )  # fmt: skip
    def test_figures(self, value, text):
        assert harness.number(value) == text

    def test_markdown(self):
        text = harness.table_text(["way", "ns"], [["a|b", "1"], ["long name", "23"]])
        assert text.splitlines() == [
            "| way       | ns  |",
            "| --------- | --- |",
            "| a\\|b      | 1   |",
            "| long name | 23  |",
        ]

    def test_rows_of_timings(self):
        timings = {
            "ours": Timing("ours", 1000, [1e-3, 3e-3, 2e-3]),
            "peer": Timing("peer", 100, [2e-3, 2e-3, 2e-3]),
            "absent": Timing("absent", 1, trouble="not installed (absent)"),
        }
        rows = harness.timing_rows(timings, "ours", more={"ours": [42], "peer": [43]})
        assert rows == [
            ["ours", "1,000", "2,000", "1.00", "42"],
            ["peer", "100", "20,000", "10.0", "43"],
            ["absent", "1", "not installed (absent)", "–", "–"],
        ]

    def test_a_section_survives_its_file(self):
        section = Section(
            "Title",
            "About.",
            {"speed": 2.5},
            [Table(["a"], [["1"]], "note")],
            series={"x": [[1.0]]},
        )
        assert Section.from_json(section.to_json()) == section


class TestProcesses:
    def test_what_a_process_takes(self):
        """It works for 0.3 s and sleeps for 0.3 s, and holds 200 MB more than one that does not."""
        idle = harness.run_child(["-c", "print('idle')"])
        busy = harness.run_child(
            ["-c", textwrap.dedent("""
                import time
                held = bytearray(200_000_000)
                end = time.process_time() + 0.3
                while time.process_time() < end: pass
                time.sleep(0.3)
                print(len(held))
            """)]
        )  # fmt: skip
        assert busy.output.strip() == "200000000"
        assert busy.cpu_s - idle.cpu_s > 0.25
        assert busy.wall_s > 0.6 > idle.cpu_s
        assert 180 < busy.peak_mb - idle.peak_mb < 230

    def test_memory_is_not_that_of_its_parent(self):
        held = np.ones(50_000_000)  # 400 MB in this process
        assert harness.run_child(["-c", "pass"]).peak_mb < 100 < held.nbytes / 1e6

    def test_one_that_fails_or_hangs(self):
        with pytest.raises(RuntimeError, match="ended with 1: ValueError: so it is"):
            harness.run_child(["-c", "raise ValueError('so it is')"])
        with pytest.raises(RuntimeError, match="ended with -9"):
            harness.run_child(["-c", "import time; time.sleep(60)"], timeout=0.3)

    def test_a_part_that_fails_is_told_and_leaves_nothing_running(self, tmp_path):
        section = run.run_part("no_such_benchmark", [], tmp_path)
        assert section.trouble == "ended with 1 and left nothing"
        slow = run.run_part("startup", [], tmp_path, longest_s=0.2)
        assert slow.trouble == "took more than 0.2 s and was stopped"

    def test_one_thread(self):
        """A benchmark that is started with more threads starts itself again with one."""
        code = (
            "import os; from benchmarks import harness; harness.single_threaded(); "
            "print(*(os.environ[name] for name in harness.THREADS))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True,
            env=harness.environment() | {"OMP_NUM_THREADS": "4"},
        )  # fmt: skip
        assert set(done.stdout.split()) == {"1"}


class TestWholeRun:
    def test_unknown_names_and_a_written_rehearsal_are_refused(self, capsys, monkeypatch):
        for name in harness.THREADS:
            monkeypatch.setenv(name, "1")
        with pytest.raises(SystemExit):
            run.main(["locat"])
        with pytest.raises(SystemExit):
            run.main(["--quick", "--write"])
        said = capsys.readouterr().err
        assert "there is no benchmark locat" in said
        assert "leave out --write" in said

    def test_the_document(self, tmp_path, monkeypatch):
        """All bars come first, then the parts; no paths and no names of hosts."""
        bars = {
            "a": [Bar("speed", ">=", 2), Bar("error", "<=", 1, "cm")],
            "b": [Bar("time", "<=", 1, "s")],
        }
        sections = {
            "a": Section(
                "First", "About it.", {"speed": 3.0, "error": 2.0}, date="2026-07-01", load=0.5
            ),
            "b": Section("Second", trouble="ended with 1 and left nothing", date="2026-07-02"),
        }
        monkeypatch.setattr(run, "DOCUMENT", tmp_path / "benchmarks.md")
        monkeypatch.setattr(run, "KEPT", tmp_path / "benchmarks.json")
        run.write(sections, bars)
        text = run.DOCUMENT.read_text(encoding="utf-8")
        assert "1 of 3 are met" in text
        rows = [
            [c.strip() for c in r.split("|")[1:-1]] for r in text.splitlines() if r.startswith("|")
        ]
        assert rows[2:] == [
            ["speed", "≥ 2.00×", "3.00×", "met"],
            ["error", "≤ 1.00 cm", "2.00 cm", "**missed**"],
            ["time", "≤ 1.00 s", "–", "not measured"],
        ]
        assert text.index("## First") < text.index("## Second")
        assert "This part failed: ended with 1" in text
        assert os.uname().nodename not in text
        assert str(ROOT) not in text
        assert run.kept_sections(run.KEPT) == sections

    def test_parts_run_again_take_the_place_of_earlier_ones(self):
        old = {"locate": Section("old"), "knox": Section("kept"), "gone": Section("no more")}
        new = {"startup": Section("new"), "locate": Section("new")}
        every = run.together(old, new)
        assert list(every) == ["locate", "knox", "startup"]
        assert [part.title for part in every.values()] == ["new", "kept", "new"]

    def test_every_benchmark_says_how_it_is_run(self):
        """Each is a module with a Benchmark of its own name, and its first lines say its command."""
        for name in (*run.USUAL, *run.BY_NAME):
            benchmark = run.benchmark_named(name)
            assert benchmark.name == name
            assert f"python -m benchmarks.{name}" in benchmark.about


class TestPoints:
    def test_where_they_lie(self, border):
        lon, lat = points.points(4_000)
        km = border.index.locate(lon, lat).distance_m / 1000
        assert np.mean(km < 50) == pytest.approx(0.85, abs=0.02)
        assert 190 < km.max() < 200.01

    def test_the_first_ones_stay_the_same(self):
        few, more = points.points(100), points.points(20_000)
        assert np.array_equal(few[0], more[0][:100])
        assert len(more[0]) == 20_000

    def test_kept_points_are_the_same(self, tmp_path, monkeypatch):
        drawn = points.points(50)
        monkeypatch.setenv(harness.POINTS_FOLDER, str(tmp_path))
        for _ in range(2):
            points.points.cache_clear()
            assert np.array_equal(points.points(50), drawn)
        assert [file.name for file in tmp_path.iterdir()] == ["points-0.npy"]
        points.points.cache_clear()

    def test_truth_on_places_made_by_geodesics(self, border):
        """No place of the line, in steps of 50 m, is nearer; and the place found is as far as told."""
        lon, lat = points.points(40)
        truth = points.truth(40)
        along = np.arange(0, border.length_km, 0.05)
        line_lon, line_lat = border.lonlat_at(along)
        for k in range(40):
            away = points.EARTH.inv(
                np.full(along.size, lon[k]), np.full(along.size, lat[k]), line_lon, line_lat
            )[2]
            assert truth.distance_m[k] <= away.min() + 1e-6
            assert truth.distance_m[k] > away.min() - 30
        at_lon, at_lat = border.lonlat_at(truth.chainage_m / 1000)
        told = points.EARTH.inv(lon[truth.point], lat[truth.point], at_lon, at_lat)[2]
        assert told == pytest.approx(truth.distance_m[truth.point], abs=2e-3)

    def test_truth_is_a_foot(self, border):
        """Where the place is not a vertex, the line is at right angles to the geodesic to the point."""
        n = 500
        lon, lat = points.points(n)
        truth = points.truth(n)
        km = truth.chainage_m / 1000
        clear = np.abs(border.chainage_km[:, None] - km).min(axis=0) > 2e-3
        km, point = km[clear], truth.point[clear]
        assert km.size > 50
        along = points.EARTH.inv(*border.lonlat_at(km), *border.lonlat_at(km + 1e-3))[0]
        across, _, away = points.EARTH.inv(*border.lonlat_at(km), lon[point], lat[point])
        ahead = away * np.cos(np.radians(across - along))
        assert np.abs(ahead).max() < 1e-3  # metres along the line

    def test_errors(self):
        truth = points.Truth(
            np.array([10.0, 20.0]), np.array([0, 0, 1]), np.array([5.0, 900.0, 7.0])
        )
        off = truth.errors(np.array([899.5, 9.0]), np.array([10.25, 20.0]))
        assert (off.distance_m, off.chainage_m, off.wrong) == (0.25, 2.0, 0.5)
        assert off.cells() == ["0.25 m", "2 m", "50.00%"]

    @pytest.mark.parametrize("peer", [tree, join, vertices, whole])
    def test_planar_peers_find_the_same_places(self, peer):
        """A peer that were wrong would be no peer: the plane errs by metres, and not by more."""
        n = 500
        answer = peer(n).work()
        off = points.truth(n).errors(answer.chainage_m, answer.distance_m)
        assert off.distance_m < 100
        assert off.wrong <= 0.004


class TestGrowth:
    @pytest.mark.parametrize("exponent", [1.0, 1.5])
    def test_slope(self, exponent):
        rows = [[n, 1e-6 * n**exponent, 100.0] for n in (1e4, 1e5, 1e6, 1e7)]
        rows[0][1] = 5.0  # below 1e5 points the start counts, and is left out
        assert growth.slope(rows) == pytest.approx(exponent)

    def test_no_slope_of_one_size(self):
        assert growth.slope([[1e5, 1.0, 1.0]]) is None

    def test_a_way_with_fewer_sizes_keeps_its_columns(self):
        """A table's row is as long as its head, and a size that was left out has a dash."""
        rows = [[1e4, 0.01, 100.0], [1e6, 1.0, 200.0]]
        assert growth.row_of("peer", rows, [1e4, 1e5, 1e6]) == [
            "peer", "0.01 s, 100 MB", "–", "1.00 s, 200 MB", "–",
        ]  # fmt: skip
        assert harness.table_text(["a", "b"], [["1"]]).splitlines()[2] == "| 1   |     |"

    def test_sizes(self):
        assert growth.sizes(10_000_000, Options()) == [10_000, 100_000, 1_000_000, 10_000_000]
        assert growth.sizes(1_000_000, Options(quick=True)) == [10_000, 100_000]

    def test_large_files_hold_what_is_asked_for(self, tmp_path, monkeypatch):
        import pyarrow.parquet as pq

        lon, lat = np.random.default_rng(0).uniform(36, 75, (2, 1_000_000))
        monkeypatch.setattr(growth, "points", lambda n: (lon[:n], lat[:n]))
        growth.write_large(tmp_path / "large.parquet", 1_500_000)
        table = pq.read_table(tmp_path / "large.parquet")
        assert table["event_id"].to_pylist()[-1] == len(table) - 1 == 1_499_999
        assert np.abs(table["lon"].to_numpy()[1_000_000:] - lon[:500_000]).max() < 3e-3

    def test_the_picture(self, tmp_path):
        pytest.importorskip("matplotlib")
        series = {"arrays, numpy": [[1e4, 0.01, 100.0], [1e5, 0.1, 110.0], [1e6, 1.0, 200.0]]}
        growth.draw(series, tmp_path / "images" / "growth.png")
        assert (tmp_path / "images" / "growth.png").read_bytes().startswith(b"\x89PNG")


def has_postgis():
    try:
        return postgis.programs()
    except ImportError:
        return None


class TestServer:
    pytestmark = pytest.mark.skipif(
        has_postgis() is None, reason="PostgreSQL with PostGIS is not installed"
    )

    def test_it_answers_and_leaves_nothing(self):
        """Also when a statement is refused and the block ends with an error."""
        with (
            pytest.raises(RuntimeError, match='column "nothing" does not exist'),
            postgis.server() as session,
        ):
            assert (session.folder / "data" / "PG_VERSION").exists()
            begin = session.cpu_s()
            answer = session.ask("SELECT ST_Length('LINESTRING(0 0, 3 4)'::geometry);")
            session.ask("CREATE TABLE t (a int, b text); COPY t FROM STDIN;", ["1\tx", "2\ty"])
            assert session.ask("SELECT sum(a), max(b) FROM t;") == ["3|y"]
            session.ask("SELECT count(*) FROM generate_series(1, 500000);")
            assert session.cpu_s() - begin > 0.01
            assert session.peak_mb() > 5
            assert session.ask("SHOW listen_addresses;") == [""]
            session.ask("SELECT nothing;")
        assert answer == ["5"]
        assert not session.folder.exists()
        assert not Path(f"/proc/{session.backend}").exists()

    @pytest.mark.parametrize("signal", ["TERM", "KILL"])
    def test_it_goes_with_the_process_that_started_it(self, signal):
        code = (
            "from benchmarks.postgis import server\nimport time\n"
            "with server() as s:\n    print(s.backend, s.folder, flush=True)\n    time.sleep(60)"
        )
        child = subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env=harness.environment(),
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        with child:
            backend, folder = re.match(r"(\d+) (\S+)", child.stdout.readline()).groups()
            assert Path(folder).exists()
            subprocess.run(["kill", f"-{signal}", str(child.pid)], check=True)
        end = time.monotonic() + 30
        while (
            Path(folder).exists() or Path(f"/proc/{backend}").exists()
        ) and time.monotonic() < end:
            time.sleep(0.1)
        assert not Path(folder).exists()
        assert not Path(f"/proc/{backend}").exists()
