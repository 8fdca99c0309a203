"""The command: what it writes is what the Python call returns, and what it refuses it says in a line."""

from __future__ import annotations

import json
import re

import pytest

from frontier_geo import cli

from ..test_cli import parse, run
from .conftest import EPOCH_S, shipped_report

PLAIN = ("--no-picture", "--no-interactive", "--n-sim", "99", "--n-imputations", "5")


def test_the_command_writes_what_the_call_makes(tmp_path):
    """HTML, tables and the answer, from the shipped data."""
    words = ("report", "--period", "2025", *PLAIN, "--tables", "tables", "--json")
    told = parse(run(*words, cwd=tmp_path, SOURCE_DATE_EPOCH=str(EPOCH_S)))
    report = shipped_report("2025")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == report.html
    assert told["findings"] == report.findings
    assert told["accounting"] == json.loads(json.dumps(report.numbers.accounting))
    assert {path.stem for path in (tmp_path / "tables").iterdir()} == set(report.tables)


def test_incidents_of_a_file_on_a_line_of_a_file(tmp_path):
    """Nothing of the shipped border, official figures of one's own."""
    (tmp_path / "line.geojson").write_text(
        '{"type": "LineString", "coordinates": [[10, 0], [11, 0]]}', encoding="utf-8"
    )
    (tmp_path / "mine.csv").write_text(
        "event_id,date_start,lon,lat,location_uncertainty_km,event_type\n"
        "a,2024-03-01,10.2,0.01,0.5,armed_clash\nb,2025-04-12,10.7,0.01,0.5,armed_clash\n",
        encoding="utf-8",
    )
    (tmp_path / "figures.csv").write_text(
        "indicator,period_start,period_end,value\narmed_clashes,2025-01-01,2025-03-31,5\n",
        encoding="utf-8",
    )
    said = run(
        "report", "--from", "2025-01-01", "--to", "2025-12-31", "--boundary", "line.geojson", "--events",
        "mine.csv", "--official", "figures.csv", "--before", "none", "-o", "own.html", *PLAIN,
        cwd=tmp_path,
    )  # fmt: skip
    assert "1 incident is known" in said and "own.html" in said
    text = (tmp_path / "own.html").read_text(encoding="utf-8")
    assert "Armed clashes" in text and "Tajik" not in text and "Afghan" not in text


def test_the_shell_speaks_english_whatever_the_language_of_the_report(tmp_path):
    """A terminal shows neither every letter nor both directions; the file is in the language."""
    said = run("report", "--period", "2025", "--language", "fa", *PLAIN, cwd=tmp_path)
    assert "For this border and 2025, 14 incidents are known." in said
    assert "Counts are incidents that were reported and found" in said
    assert not re.search("[\u0600-\u06ff]", said)
    assert 'lang="fa"' in (tmp_path / "report.html").read_text(encoding="utf-8")


WRONG = [
    ((), 2, "A report needs its period"),
    (("--from", "2025-01-01"), 2, "both --from and --to"),
    (("--period", "2025", "--to", "2025-06-30"), 2, "--period stands for both"),
    (("--period", "2025-H3"), 1, "must be a pair of days"),
    (("--period", "2025", "--before", "2025-H1"), 1, "must not overlap"),
    (("--period", "2025", "--language", "de"), 1, "language must be one of en, ru, tg, fa"),
    (("--period", "2025", "-o", "report.docx"), 1, "must end in .html or .htm or .pdf"),
    (("--period", "2025", "--pdf", "report.html"), 1, "--pdf must end in .pdf"),
    (("--period", "2025", "-o", "a.pdf", "--pdf", "a.pdf"), 1, "each need a file of its own"),
    (("--period", "2025", "-o", "none/report.html"), 1, "does not exist"),
    (("--period", "2025", "--official", "x.csv", "--no-official"), 2, "exclude each other"),
    (("--period", "2025", "--official", "x.csv"), 1, "x.csv"),
    (("--period", "2025", "--events", "no.csv"), 1, "no.csv"),
]


@pytest.mark.parametrize(("words", "code", "said"), WRONG)
def test_what_cannot_be_is_said_in_a_line(words, code, said, tmp_path, monkeypatch, capsys):
    """Before any work; nothing is left behind."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["frontier-geo", "report", *words])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    told = " ".join(capsys.readouterr().err.split())
    assert stopped.value.code == code and said in told and told.count("error:") == 1
    assert list(tmp_path.iterdir()) == []
