"""A report as a file: whole or not there, the same bytes every time, and as PDF."""

from __future__ import annotations

import csv
import os
import re
import stat
import subprocess
import sys

import numpy as np
import pytest

import frontier_geo as fg
from frontier_geo.errors import MissingExtraError, OutputError, ParameterError
from frontier_geo.report.printing import _dated
from frontier_geo.report.words import report_catalogue

from .conftest import EPOCH_S, events_at, shipped_report


@pytest.fixture(scope="module")
def report():
    return shipped_report("2025")


def test_the_same_input_gives_the_same_bytes(report, tmp_path):
    """In another process too, whose hashes are seeded differently."""
    code = (
        "import frontier_geo as fg; fg.border_report(period='2025', picture=False, interactive=False, "
        "n_sim=99, n_imputations=5).save('again.html')"
    )
    own = {"PYTHONHASHSEED": "77", "SOURCE_DATE_EPOCH": str(EPOCH_S)}
    subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={**os.environ, **own}, check=True
    )
    assert (
        report.save(tmp_path / "first.html").read_bytes() == (tmp_path / "again.html").read_bytes()
    )


def test_the_day_of_making_is_that_of_the_variable(line_report, monkeypatch):
    events = events_at(("2020-02-01", 10.2))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert "Made on 1 January 1970" in line_report(events).html
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(ParameterError, match="SOURCE_DATE_EPOCH must be a whole number of seconds"):
        line_report(events).html  # noqa: B018


@pytest.mark.parametrize("name", ["report.docx", "report", "report.html.txt"])
def test_other_endings_are_refused(report, tmp_path, name):
    with pytest.raises(ParameterError, match=r"written as \.html or \.pdf"):
        report.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written_are_refused(report, tmp_path):
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        report.save(tmp_path / "folder.html")
    with pytest.raises(OutputError, match="does not exist"):
        report.save(tmp_path / "none" / "report.html")
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be made"):
        report.save_tables(tmp_path / "file")
    with pytest.raises(OutputError, match="cannot be made"):
        report.save_tables(tmp_path / "none" / "tables")


def test_without_a_browser_nothing_is_written(report, tmp_path, monkeypatch):
    """Neither the PDF nor the HTML that was asked for with it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("FRONTIER_GEO_BROWSER", raising=False)
    with pytest.raises(
        MissingExtraError, match="none of Chromium, Chrome, Edge and Brave was found"
    ):
        report.save_all([tmp_path / "a.html", tmp_path / "a.pdf"])
    monkeypatch.setenv("FRONTIER_GEO_BROWSER", "no-such-browser")
    with pytest.raises(MissingExtraError, match="must name a browser, but 'no-such-browser'"):
        report.save(tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_browser_that_fails_is_told_of(report, tmp_path, monkeypatch):
    failing = tmp_path / "failing"
    failing.write_text("#!/bin/sh\necho 'no paper' >&2\nexit 3\n")
    failing.chmod(failing.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("FRONTIER_GEO_BROWSER", str(failing))
    (tmp_path / "a.pdf").write_text("what was there")
    with pytest.raises(OutputError, match="no paper. Nothing was written"):
        report.save(tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_text() == "what was there"


def test_the_days_inside_a_pdf_are_replaced_at_the_same_length():
    before = b"/CreationDate (D:20261130163200+00'00') /ModDate (D:20261130163200+00'00')"
    after = _dated(before, 0)
    assert after == b"/CreationDate (D:19700101000000+00'00') /ModDate (D:19700101000000+00'00')"


def test_tables_hold_the_numbers_and_no_formula(line_report, tmp_path):
    events = events_at(("2020-02-01", 10.2), ("2020-05-01", 10.5), summary="=1+1", place="@x")
    report = line_report(events)
    written = report.save_tables(tmp_path / "tables")
    assert {path.stem for path in written} >= {
        "figures",
        "incidents",
        "segments",
        "stretches",
        "years",
    }
    rows = list(csv.DictReader((tmp_path / "tables" / "incidents.csv").open(encoding="utf-8")))
    assert [row["summary"] for row in rows] == ["'=1+1"] * 2
    assert [row["place"] for row in rows] == ["'@x"] * 2
    figures = {
        row["what"]: row
        for row in csv.DictReader((tmp_path / "tables" / "figures.csv").open(encoding="utf-8"))
    }
    assert float(figures["rate"]["value"]) == report.numbers.line["rate"]
    assert float(figures["incidents"]["value"]) == 2


def test_a_notebook_shows_the_report_in_a_frame(report):
    shown = report._repr_html_()
    assert shown.startswith("<iframe") and 'sandbox="allow-scripts allow-popups"' in shown
    assert repr(report) == "<BorderReport TJ-AF, 2025-01-01 to 2025-12-31: 14 incidents>"


def test_the_picture_needs_matplotlib(monkeypatch):
    """Said before any work; without the picture it is not needed."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"frontier-geo\[plot\]"):
        fg.border_report(period="2025")


# ---- on paper ------------------------------------------------------------------------------------


@pytest.mark.browser
def test_the_pdf_has_every_section_on_a4(browser, tmp_path):
    """In their order, with page numbers, links, and without the parts that only a screen can use."""
    pdfium = pytest.importorskip("pypdfium2", reason="it reads the PDF: it is in the test extra")
    report = shipped_report("2025")
    first = report.save(tmp_path / "first.pdf").read_bytes()
    assert first == report.save(tmp_path / "second.pdf").read_bytes()
    document = pdfium.PdfDocument(first)
    size = document[0].get_size()
    assert np.allclose(size, (595, 842), atol=1)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    text = " ".join(text.split())
    titles = [
        words
        for key, words in report_catalogue("en").items()
        if key.startswith("section.") and key != "section.map"
    ]
    places = {title: text.find(title) for title in titles}
    assert min(places.values()) >= 0, places
    assert text.index("In short") < text.index("Key figures") < text.index("Sources, versions")
    assert f"1 / {len(document)}" in text and "Contents" not in text
    assert "0.242 to 7.22" in text  # of the table by year, which a screen shows on demand
    assert b"centralasia.media" in first and b"/URI" in first
    assert len(document) < 20


@pytest.mark.browser
@pytest.mark.parametrize("period", ["2025-03", "2016/2025"])
def test_no_heading_is_left_at_the_foot_of_a_page(browser, tmp_path, period):
    """Nor the caption or head of a table; the last page holds more than a line (2026-11-30)."""
    pdfium = pytest.importorskip("pypdfium2", reason="it reads the PDF: it is in the test extra")
    report = shipped_report(period)
    document = pdfium.PdfDocument(report.save(tmp_path / "report.pdf"))
    heads = set(re.findall(r"<(?:h2|caption)[^>]*>([^<]+)<", report.html))
    assert len(heads) > 15
    for number, page in enumerate(document, start=1):
        said = [line.strip() for line in page.get_textpage().get_text_range().splitlines()]
        assert said[0] == f"{number} / {len(document)}"
        rest = [line for line in said[1:] if line]
        assert len(rest) >= 12
        assert not any(head.endswith(rest[-1]) for head in heads), rest[-1]
        assert not rest[-1].startswith(
            ("Year Incidents", "What Days", "No. Days", "Segment", "Where")
        )


@pytest.mark.browser
def test_a_persian_pdf_is_written_from_right_to_left(browser, tmp_path):
    pdfium = pytest.importorskip("pypdfium2", reason="it reads the PDF: it is in the test extra")
    path = shipped_report("2025", language="fa").save(tmp_path / "fa.pdf")
    page = pdfium.PdfDocument(path)[0]
    ink = page.render(scale=1).to_numpy()[..., 0] < 128
    left, right = np.array_split(ink[60:100], 2, axis=1)  # the heading stands at the right
    assert right.sum() > 10 * max(left.sum(), 1)
