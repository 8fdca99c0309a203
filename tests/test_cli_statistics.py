"""
The commands that measure, run as a user runs them: the same numbers as the Python calls.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import frontier_geo as fg
from frontier_geo.density import line_density
from frontier_geo.evaluation import evaluate_forecasts
from frontier_geo.hotspots import emerging_hotspots, find_hotspots
from frontier_geo.rates import draw_counts
from frontier_geo.scan.runs import scan_segments
from frontier_geo.series import draw_series, segment_series
from frontier_geo.spacetime import change_points, trend_segments

pytestmark = pytest.mark.slow
NOT_ALL = "Counts are incidents that were reported and found, not all that happened."


def run(*words: object, cwd: Path, code: int = 0) -> tuple[str, str]:
    """Run a command; return what it said on its two streams."""
    paths = [str(Path(fg.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-m", "frontier_geo", *map(str, words)], cwd=cwd, capture_output=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}, text=True,
        encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


def answer_of(*words: object, cwd: Path) -> dict:
    """Return the JSON answer of a command; NaN and Infinity are no JSON."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    answer = json.loads(run(*words, "--json", cwd=cwd)[0], parse_constant=refuse)
    # Every answer says which line, period, data and library it rests on.
    assert answer["boundary"]["boundary_id"] == "TJ-AF"
    assert answer["boundary"]["length_km"] == pytest.approx(1343.956, abs=5e-4)
    assert len(answer["period"]) == 2
    assert answer["data_version"] == fg.data_registry()["data_version"]
    assert answer["library_version"] == fg.__version__
    assert answer["note"] == NOT_ALL
    assert answer["sources"]
    return answer


def assert_same(rows: list[dict], table: pd.DataFrame, *, columns: list[str]) -> None:
    """Compare an answer with the table of the Python call, in the columns that matter."""
    assert len(rows) == len(table) > 0
    for name in columns:
        told = pd.Series([row[name] for row in rows], dtype=object)
        meant = table[name].reset_index(drop=True)
        numbers = pd.api.types.is_numeric_dtype(meant)
        for a, b in zip(told, meant, strict=True):
            if pd.isna(b):
                assert a is None, name
            elif numbers:
                assert a == pytest.approx(b, rel=1e-12, abs=1e-15), name
            else:
                assert a == b or a == str(b)[:10], name


@pytest.fixture(scope="module")
def located():
    return fg.locate_events(fg.load_events())


@pytest.fixture(scope="module")
def districts():
    return fg.make_segments(by="tj_district")


def test_scan_prints_the_clusters_of_the_python_call(tmp_path, located):
    segments = fg.make_segments()
    rates = fg.segment_rates(located, segments)
    clusters = scan_segments(rates, imputed=draw_counts(located, segments))
    answer = answer_of("scan", cwd=tmp_path)
    needed = ["rank", "from_km", "to_km", "observed", "expected", "rr", "llr", "p_value"]
    assert_same(answer["clusters"], clusters, columns=[*needed, "p_imputed", "support"])
    assert (answer["n_sim"], answer["seed"], answer["smallest_p"]) == (999, 0, 0.001)
    assert answer["accounting"]["counted"] == rates["events"].sum()


def test_hotspots_prints_the_segments_of_the_python_call(tmp_path, located, districts):
    rates = fg.segment_rates(located, districts)
    drawn = draw_counts(located, districts)
    found = find_hotspots(rates, imputed=drawn, n_sim=999, p_adj_method="holm")
    words = ("--by", "tj_district", "--n-sim", 999, "--p-adj-method", "holm")
    answer = answer_of("hotspots", *words, cwd=tmp_path)
    columns = ["segment_id", "gi_star", "p_value", "p_adj", "hotspot", "p_imputed", "support"]
    assert_same(answer["hotspots"], found, columns=columns)
    assert {row["p_adj_method"] for row in answer["hotspots"]} == {"holm"}


def test_emerging_hot_spots_are_those_of_the_python_call(tmp_path, located, districts):
    series = segment_series(located, districts, step="year")
    found = emerging_hotspots(series)
    words = ("--emerging", "--by", "tj_district", "--n-imputations", 0)
    answer = answer_of("hotspots", *words, cwd=tmp_path)
    assert_same(answer["hotspots"], found, columns=["segment_id", "pattern", "hot_steps"])


def test_density_prints_the_curve_of_the_python_call(tmp_path, located):
    curve = line_density(located, step_km=20, bandwidth_km=25.0, kernel="epanechnikov")
    words = ("--step-km", 20, "--bandwidth-km", 25, "--kernel", "epanechnikov")
    answer = answer_of("density", *words, cwd=tmp_path)
    columns = ["chainage_km", "official_km", "intensity", "lo", "hi", "intensity_known"]
    assert_same(answer["density"], curve, columns=columns)
    assert answer["unit"] == "events per km and year"


def test_trend_prints_the_segments_and_the_whole_line(tmp_path, located, districts):
    series = segment_series(located, districts)
    drawn = draw_series(located, districts)
    table = trend_segments(series, imputed=drawn)
    answer = answer_of("trend", "--by", "tj_district", cwd=tmp_path)
    columns = ["segment_id", "events", "s", "z", "p_value", "p_adj", "rr", "reason"]
    assert_same(answer["trend"], table, columns=columns)
    assert answer["trend"][-1]["segment_id"] == "whole line"


def test_change_points_of_the_whole_line_count_all_that_is_known_to_it(tmp_path, located):
    whole = fg.make_segments(n=1)
    series = segment_series(located, whole)
    table = change_points(series, imputed=draw_series(located, whole))
    answer = answer_of("trend", "--change-points", cwd=tmp_path)
    assert_same(answer["change_points"], table, columns=["first_after", "p_value"])
    assert answer["accounting"]["counted"] > 100  # of 132; on 10 km pieces it is 24


def test_evaluate_prints_the_scores_of_the_python_call(tmp_path, located, districts):
    series = segment_series(located, districts)
    table = evaluate_forecasts(series, methods=["mean", "last"])
    words = ("--by", "tj_district", "--method", "mean", "--method", "last")
    answer = answer_of("evaluate", *words, cwd=tmp_path)
    columns = ["method", "share_of_length", "pai", "pei", "rri", "brier", "log_score", "crps"]
    assert_same(answer["evaluation"], table, columns=columns)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("scan", "--model", "events"), "are known to a point and counted"),
        (("scan", "--model", "space-time", "--by", "tj_province"), "from        to"),
        (("hotspots", "--by", "tj_district", "--n-imputations", 0), "incidents = "),
        (("density", "--step-km", 50), "Bandwidth"),
        (("trend", "--by", "tj_province"), "whole line"),
        (("evaluate", "--by", "tj_province", "--method", "mean"), "PAI"),
    ],
)
def test_on_the_screen_every_answer_says_what_it_rests_on(tmp_path, words, says):
    said, complaints = run(*words, cwd=tmp_path)
    assert complaints == ""
    assert says in said and NOT_ALL in said
    assert "Line TJ-AF, 1,343.956 km; 1992-01-01 to " in said
    assert "nan" not in said and "None" not in said
    assert not list(tmp_path.iterdir())


def test_a_table_and_a_picture_are_written(tmp_path):
    """The CSV names its sources in every row; the picture is one."""
    pytest.importorskip("matplotlib", reason="the extra 'plot' brings matplotlib")
    words = ("--by", "tj_district", "--output", "s.csv", "--plot", "s.png")
    said, _ = run("scan", *words, cwd=tmp_path)
    table = pd.read_csv(tmp_path / "s.csv")
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert table["sources"].str.contains("frontier_geo curated incidents").all()
    assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
    assert said.count("Wrote ") == 2
    assert {path.name for path in tmp_path.iterdir()} == {"s.csv", "s.png"}


NO_EVENTS = "event_id,date_start,lon,lat\n"
ONE_EVENT = NO_EVENTS + "a,2020-03-01,71.55,37.49\n"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("scan", "--n-sim", 5), 1, "With n_sim=5 no p-value can be below 0.167"),
        (("scan", "--model", "circles"), 1, "--model must be one of segments, events"),
        (("scan", "--prospective"), 2, "needs --model space-time or permutation"),
        (("scan", "--model", "events", "--alternative", "less"), 2, "goes with --model segments"),
        (("scan", "--max-fraction", 2), 1, "max_fraction must"),
        (("scan", "--remainder", "left"), 1, "overlap"),
        (("density", "--bandwidth-km", "wide"), 1, "cv, silverman, diggle"),
        (("density", "--bandwidth-km", "-3"), 1, "bandwidth_km must"),
        (("density", "--weights", "wounded_dogs"), 1, "wounded_dogs"),
        (("density", "--output", "d.xlsx"), 1, "--output must end in .csv or .json"),
        (("density", "--plot", "d.csv"), 1, "--plot must end in .png or .svg or .pdf"),
        (("density", "--plot", "no/where/d.png"), 1, "the folder"),
        (("hotspots", "--p-adj-method", "bh"), 1, "p_adj_method must be one of"),
        (("hotspots", "--seed", -1), 1, "seed must be a whole number"),
        (("trend", "--step", "decade"), 1, "step must be one of year, quarter, month, week"),
        (("trend", "--from", "2025-01-01", "--to", "2020-01-01"), 1, "period must end on or after"),
        (("evaluate", "--method", "oracle"), 1, "oracle"),
        (("evaluate", "--from", "2026-01-01"), 1, "step"),
        (("evaluate", "--events", "none.csv"), 1, "at least one incident"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(tmp_path, words, code, says):
    (tmp_path / "none.csv").write_text(NO_EVENTS, encoding="utf-8")
    said, complaint = run(*words, cwd=tmp_path, code=code)
    assert said == ""
    assert says in complaint
    assert complaint.count("frontier-geo: error:") == 1
    assert {path.name for path in tmp_path.iterdir()} == {"none.csv"}


@pytest.mark.parametrize("command", ["density", "hotspots", "scan", "trend", "evaluate"])
def test_one_event_is_answered_or_refused_with_the_reason(tmp_path, command):
    """Never an answer without a reason where there is none: no NaN on the screen, no traceback."""
    (tmp_path / "one.csv").write_text(ONE_EVENT, encoding="utf-8")
    words = (command, "--events", "one.csv", "--from", "2018-01-01", "--to", "2023-12-31")
    more = ("--bandwidth-km", 20) if command == "density" else ()
    done = subprocess.run(
        [sys.executable, "-m", "frontier_geo", *words, *map(str, more)], cwd=tmp_path,
        env=os.environ, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr and "unexpected" not in done.stderr
    if done.returncode:
        assert done.stderr.count("frontier-geo: error:") == 1
    else:
        assert NOT_ALL in done.stdout and "nan" not in done.stdout
