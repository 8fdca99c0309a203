"""Sheets of workbooks become rows; a workbook that is locked, broken or a bomb is refused."""

from __future__ import annotations

import datetime
import io
import subprocess
import sys
import zipfile

import openpyxl
import pandas as pd
import pytest

from frontier_geo.errors import DataFileError, ParameterError
from frontier_geo.readers import spreadsheets
from frontier_geo.readers.archives import open_bytes
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.spreadsheets import open_spreadsheet

DAY = datetime.date(2025, 6, 30)
ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def workbook(*sheets, names=None) -> bytes:
    """Return a workbook with these sheets, each a list of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, rows in enumerate(sheets):
        sheet = book.create_sheet(names[number] if names else f"S{number + 1}")
        for row in rows:
            sheet.append(row)
    return saved(book)


def saved(book) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_part(content: bytes, part: str, change) -> bytes:
    """Return a workbook in which one part is changed, or added."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data) if name == part else data)
        if part not in old.namelist():
            new.writestr(part, change(b""))
    return buffer.getvalue()


def ods(rows: str) -> bytes:
    """Return an OpenDocument spreadsheet with one sheet of these rows."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
        for short in ("office", "table", "text")
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("mimetype", ODS_TYPE, zipfile.ZIP_STORED)
        file.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODS_TYPE}"/>'
            "</manifest:manifest>",
        )
        file.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content {spaces}><office:body>'
            f'<office:spreadsheet><table:table table:name="Sheet">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return buffer.getvalue()


def ods_row(*texts: str, rows: int = 1, columns: int = 1, empty: int = 0) -> str:
    cells = "".join(
        f'<table:table-cell office:value-type="string" table:number-columns-repeated="{columns}">'
        f"<text:p>{text}</text:p></table:table-cell>"
        for text in texts
    )
    rest = f'<table:table-cell table:number-columns-repeated="{empty}"/>' if empty else ""
    return f'<table:table-row table:number-rows-repeated="{rows}">{cells}{rest}</table:table-row>'


def opened(content: bytes, name: str = "book.xlsx", **how):
    return open_spreadsheet(open_bytes(content, name), name, **how)


def all_cells(file) -> pd.DataFrame:
    return pd.concat([chunk.cells for chunk in file.chunks()])


def test_cells_keep_their_types():
    """Text stays text, whole numbers are ints, days are days; what is empty is missing."""
    instant = datetime.datetime(2025, 6, 30, 14, 5)
    file = opened(
        workbook(
            [
                ["id", "killed", "kg", "day", "when", "sure", "ҷой"],
                ["007", 2, 2.5, DAY, instant, True, "Ишкошим"],
                ["NA", None, 3.0, None, None, False, None],
            ]
        )
    )
    assert file.columns == ("id", "killed", "kg", "day", "when", "sure", "ҷой")
    assert file.kind == "xlsx"
    assert file.notes == ()
    cells = all_cells(file)
    assert cells.loc[1].tolist() == ["007", 2, 2.5, DAY, instant, True, "Ишкошим"]
    assert [type(value) for value in cells.loc[1]] == [
        str, int, float, datetime.date, datetime.datetime, bool, str,
    ]  # fmt: skip
    assert cells.loc[2, "id"] == "NA"
    assert cells.loc[2, ["killed", "day", "when", "ҷой"]].isna().all()
    assert cells.loc[2, "kg"] == 3 and isinstance(cells.loc[2, "kg"], int)
    assert cells["id"].dtype == TEXT and cells["killed"].dtype == object


def test_days_of_the_calendar_that_begins_in_1904_are_the_same_days():
    """Workbooks made on old Macs count days from 1904-01-01."""
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.MAC_EPOCH
    book.active.append(["id", "day"])
    book.active.append(["a", DAY])
    assert all_cells(opened(saved(book))).loc[1, "day"] == DAY


def test_a_title_above_the_header_is_told_and_rows_count_from_the_header():
    """Row numbers are those of the sheet less the rows above; empty rows are no rows."""
    rows = [["Incidents of 2025"], [], ["id", "place"], ["a", "x"], [], ["b", "y"]]
    file = opened(workbook(rows))
    assert file.columns == ("id", "place")
    assert file.notes == ("the header is row 3 of the sheet 'S1': row 1 of the data is row 4",)
    assert all_cells(file)["id"].to_dict() == {1: "a", 3: "b"}


def test_a_table_that_begins_in_the_middle_of_the_sheet():
    """Rows above and columns to the left that were never used do not shift it."""
    book = openpyxl.Workbook()
    for place, value in {"C4": "id", "D4": "place", "C5": "a", "D5": "x"}.items():
        book.active[place] = value
    file = opened(saved(book))
    assert file.columns == ("id", "place")
    assert "the header is row 4" in file.notes[0]
    assert all_cells(file).loc[1].tolist() == ["a", "x"]


def test_a_single_column_is_a_table():
    """A sheet one cell wide needs no second cell in its header."""
    assert all_cells(opened(workbook([["id"], ["a"]])))["id"].tolist() == ["a"]


def test_repeated_and_missing_names_of_columns():
    """A second column of a name is numbered; one without name stays if it holds anything."""
    file = opened(workbook([["id", "id", None, None, "n"], ["a", "b", "c", None, 1]]))
    assert file.columns == ("id", "id (2)", "column 3", "n")
    assert any("'id' occurs again" in note for note in file.notes)
    assert all_cells(file).loc[1].tolist() == ["a", "b", "c", 1]


HEADS = [
    ["No", "Start", "End", "Location", None, "Casualties", None, "Seized"],
    [None, "Date", "Date", "Province", "Village", "Killed", "Civilians", None],
]


def test_a_header_of_two_rows_is_one():
    """The lower name where that alone says what it is, else both (2026-11-30: place was a province)."""
    row = ["1", DAY, DAY, "Khatlon", "Kishty", 2, 1, "x"]
    file = opened(workbook([["Register"], *HEADS, row]))
    assert file.columns == (
        "No", "Start Date", "End Date", "Province", "Village", "Killed", "Casualties Civilians", "Seized",
    )  # fmt: skip
    assert file.notes == (
        "the header is in rows 2 and 3 of the sheet 'S1': row 1 of the data is row 4",
    )
    assert all_cells(file).loc[1].tolist() == row


def test_a_word_merged_above_some_columns_is_of_the_header():
    """Killed below Civilians is not all killed; elsewhere one cell alone is a title (2026-11-30)."""
    book = openpyxl.Workbook()
    for cells in [
        [None, None, "Civilians", None],
        ["Date", "Place", "Killed", "n"],
        [DAY, "a", 1, 2],
    ]:
        book.active.append(cells)
    title = opened(saved(book))
    assert title.columns == ("Date", "Place", "Killed", "n")
    assert title.notes[1:] == ("'Civilians' above the header was taken for a title",)
    book.active.merge_cells("C1:D1")
    group = opened(saved(book))
    assert group.columns == ("Date", "Place", "Civilians Killed", "Civilians n")
    assert "rows 1 and 2" in group.notes[0] and "is not read as killed" in group.notes[1]
    assert all_cells(group).loc[1].tolist() == [DAY, "a", 1, 2]


def test_a_day_merged_over_rows_is_that_of_each():
    """A number of dead is not: it would be counted twice (2026-11-30)."""
    book = openpyxl.Workbook()
    for cells in [["Date", "Place", "Killed"], [DAY, "a", 5], [None, "b", None], [None] * 3,
                  [None, "c", 1], [None, "d", 2]]:  # fmt: skip
        book.active.append(cells)
    book.active.merge_cells("A2:A5")
    book.active.merge_cells("C2:C3")
    file = opened(saved(book))
    assert all_cells(file)["Date"].tolist() == [DAY, DAY, DAY, None]
    assert all_cells(file)["Killed"].tolist() == [5, None, 1, 2]
    assert file.notes == (
        "cells of 'Date' merged over several rows count for each of these rows",
        "other cells merged over several rows count for the first of them alone",
    )


def test_words_unknown_below_merged_cells_are_headings_too():
    """Without the merged cells the second row could be data: then it is."""
    rows = [["Day", "Villages", None], [None, "upper", "lower"], [DAY, "a", "b"]]
    book = openpyxl.Workbook()
    for cells in rows:
        book.active.append(cells)
    assert opened(saved(book)).columns == ("Day", "Villages", "column 3")
    book.active.merge_cells("B1:C1")
    assert opened(saved(book)).columns == ("Day", "Villages upper", "Villages lower")


@pytest.mark.parametrize(
    "second",
    [
        ["3", "Date", None, "Khatlon", "Village", 2],
        ["x", "", None, "Khatlon", "Kishty", "Killed"],
        ["a", "Date", "Date", "Khatlon", None, "Killed"],
        ["a", "Date", "04.03.2025", "Province", "Village", "Killed"],
    ],
)
def test_a_row_of_data_is_no_header(second):
    """A number, a date, words that are no headings, or nothing below what has no name."""
    file = opened(workbook([HEADS[0][:6], second]))
    assert file.columns[3] == "Location" and len(all_cells(file)) == 1


def test_the_first_sheet_with_a_table_is_read_and_the_others_are_told():
    content = workbook([], [["id", "n"], ["a", 1]], [["x", "y"], ["b", 2]])
    file = opened(content)
    assert file.notes == ("the sheet 'S2' was read; other sheets were not: 'S1', 'S3'",)
    assert opened(content, sheet="S3").columns == ("x", "y")
    assert opened(content, sheet=2).columns == ("id", "n")
    with pytest.raises(ParameterError, match="has no sheet 'S9'; its sheets are 'S1', 'S2', 'S3'"):
        opened(content, sheet="S9")
    with pytest.raises(ParameterError, match="has no sheet 4"):
        opened(content, sheet=4)
    with pytest.raises(ParameterError, match="has no sheet True"):
        opened(content, sheet=True)


def test_a_hidden_sheet_is_read_only_when_nothing_else_is_there():
    book = openpyxl.Workbook()
    book.active.title = "hidden"
    book.active.append(["secret", "n"])
    book.active.sheet_state = "hidden"
    shown = book.create_sheet("shown")
    shown.append(["id", "n"])
    book.active = 1
    assert opened(saved(book)).columns == ("id", "n")


def test_rows_come_in_chunks_and_more_than_once(monkeypatch):
    monkeypatch.setattr(spreadsheets, "ROWS_PER_CHUNK", 4)
    file = opened(workbook([["id", "n"], *([f"e{i}", i] for i in range(10))]))
    for _ in range(2):
        chunks = list(file.chunks())
        assert [len(chunk.cells) for chunk in chunks] == [4, 4, 2]
        assert pd.concat([c.cells for c in chunks])["n"].tolist() == list(range(10))
        assert [chunk.done for chunk in chunks] == [4, 8, 10]
        assert {chunk.total for chunk in chunks} == {10}
        assert all(chunk.broken.empty for chunk in chunks)


def test_a_header_alone_is_a_table_without_rows():
    file = opened(workbook([["id", "n"]]))
    assert file.columns == ("id", "n")
    assert list(file.chunks()) == []


def test_a_workbook_without_cells_is_refused():
    with pytest.raises(DataFileError, match="its sheets are empty: 'S1', 'S2'"):
        opened(workbook([], []))


def test_a_wide_sheet_without_a_header_is_refused():
    """No row near its top has two cells."""
    rows = [["x"]] * 60 + [["a", "b"]]
    with pytest.raises(DataFileError, match="no row there has two cells"):
        opened(workbook(rows))


def test_formulas_give_what_was_saved_and_errors_are_empty():
    content = workbook([["id", "n", "bad"], ["a", "=1+1", "x"]])
    content = with_part(
        content,
        "xl/worksheets/sheet1.xml",
        lambda xml: (
            xml.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>")
            .replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")
            .replace(b'r="C2" t="s"><v>4</v>', b'r="C2" t="e"><v>#DIV/0!</v>')
            .replace(b'r="C2" t="inlineStr"><is><t>x</t></is>', b'r="C2" t="e"><v>#DIV/0!</v>')
        ),
    )
    file = opened(content)
    assert all_cells(file).loc[1, "n"] == 2
    assert pd.isna(all_cells(file).loc[1, "bad"])
    assert file.notes == (
        "it holds 1 formulas: what they gave when it was last saved was read",
        "1 cells hold errors such as #DIV/0!: they were read as empty",
    )


def test_macros_are_not_run_and_links_not_followed():
    """Both are told; the table is read nevertheless."""
    content = workbook([["id", "n"], ["a", 1]])
    content = with_part(content, "xl/vbaProject.bin", lambda _: b"Sub Auto_Open()")
    content = with_part(
        content,
        "xl/externalLinks/externalLink1.xml",
        lambda _: b'<externalLink><externalBook r:id="rId1"/></externalLink>',
    )
    file = opened(content, "book.xlsm")
    assert file.notes == (
        "it holds macros: they were not run",
        "it holds links to other files: they were not followed",
    )
    assert all_cells(file).loc[1, "id"] == "a"


# What must be refused


def test_a_cell_at_the_far_end_is_refused_before_memory_is_asked_for():
    """5 kB that would become 17 billion cells, at which calamine 0.9.1 ends the whole process."""
    book = openpyxl.Workbook()
    book.active.append(["id", "n"])
    book.active["XFD1048576"] = "x"
    with pytest.raises(DataFileError, match="reaches over 1,048,576 rows and 16,384 columns"):
        opened(saved(book))


@pytest.mark.parametrize(
    "cells",
    [
        b'<row r="1"><c r="A1"/></row><row r="9"><c s="1" r="XFD9999999"><v>1</v></c></row>',
        b"<row r='1'><c r = 'XFD1048576'><v>1</v></c></row>",
        b'<row r="1"><c r="&#88;FD1048576"><v>1</v></c></row>',
        b'<x:row r="1"><x:c r="ZZZZZ1"><x:v>1</x:v></x:c></x:row>',
        b'<row r="99999999999999999999"><c r="A99999999999999999999"><v>1</v></c></row>',
        b"<row>" + b"<c><v>1</v></c>" * 9_000 + b"</row>" + b"<row><c><v>1</v></c></row>" * 9_000,
    ],
)
def test_no_other_way_of_naming_a_far_cell_helps(cells):
    content = workbook([["id", "n"], ["a", 1]])
    content = with_part(
        content,
        "xl/worksheets/sheet1.xml",
        lambda xml: xml.replace(b"</sheetData>", cells + b"</sheetData>"),
    )
    with pytest.raises(DataFileError, match="reaches over|names some otherwise"):
        opened(content)


def test_cells_without_references_are_read():
    """Some writers leave out the names of cells, which then stand one by one."""
    content = workbook([["id", "n"], ["a", 1]])
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        b'<row><c t="inlineStr"><is><t>id</t></is></c><c t="inlineStr"><is><t>n</t></is></c></row>'
        b'<row><c t="inlineStr"><is><t>b</t></is></c><c><v>7</v></c></row></sheetData></worksheet>'
    )
    file = opened(with_part(content, "xl/worksheets/sheet1.xml", lambda _: sheet))
    assert all_cells(file).loc[1].tolist() == ["b", 7]


def shared(texts: list[str], pointers: list[int]) -> bytes:
    """Return a workbook with two columns whose cells point at shared texts."""
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    content = workbook([["id", "n"], ["a", 1]])
    items = "".join(f"<si><t>{text}</t></si>" for text in texts).encode()
    rows = "".join(
        f'<row r="{at + 1}"><c r="A{at + 1}" t="s"><v>{one}</v></c>'
        f'<c r="B{at + 1}" t="s"><v>{one}</v></c></row>'
        for at, one in enumerate(pointers)
    ).encode()
    content = with_part(
        content, "xl/sharedStrings.xml", lambda _: b"<sst " + space + b">" + items + b"</sst>"
    )
    return with_part(
        content,
        "xl/worksheets/sheet1.xml",
        lambda _: b"<worksheet " + space + b"><sheetData>" + rows + b"</sheetData></worksheet>",
    )


def test_a_long_text_that_many_cells_share_is_refused():
    """30 kB, told once and pointed at 20,000 times, would become 600 MB."""
    content = shared(["id", "L" * 30_000], [0, *[1] * 10_000])
    assert len(content) < 200_000
    with pytest.raises(DataFileError, match="at most 512 MB of text"):
        opened(content)


def test_one_long_text_beside_many_short_ones_is_no_bomb():
    file = opened(shared(["id", "L" * 30_000, "short"], [0, 1, *[2] * 20_000]))
    assert file.columns == ("id", "id (2)")
    cells = all_cells(file)
    assert cells["id"].str.len().value_counts().to_dict() == {5: 20_000, 30_000: 1}


def test_a_zip_bomb_inside_is_refused():
    """200 MB of nothing in 200 kB."""
    content = workbook([["id", "n"], ["a", 1]])
    content = with_part(content, "xl/media/image1.png", lambda _: bytes(200 << 20))
    with pytest.raises(DataFileError, match="zip bomb"):
        opened(content)


def test_entities_of_its_own_are_refused():
    """A part that declares entities could make a billion laughs of a few."""
    content = with_part(
        workbook([["id", "n"], ["a", 1]]),
        "xl/worksheets/sheet1.xml",
        lambda xml: b'<!DOCTYPE x [<!ENTITY a "ha">]>' + xml,
    )
    with pytest.raises(DataFileError, match="declares entities of its own"):
        opened(content)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"<html><table><tr><td>id</td></tr></table></html>", "a page of HTML"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><Workbook/>", "a page of HTML or XML"),
        (
            bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600),
            "old .xls workbook or locked by a password",
        ),
        (b"id,n\na,1\n", "If it is a table in text, name it .csv"),
        (b"PK\x03\x04" + b"junk" * 50, "damaged or cut off"),
    ],
)
def test_what_is_no_workbook_is_refused(content, told):
    with pytest.raises(DataFileError, match=told):
        opened(content)


def test_a_zip_of_other_files_and_an_xlsb_are_refused():
    for part, told in (
        ("table.csv", "a zip of other files"),
        ("xl/workbook.bin", "an .xlsb workbook"),
    ):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as file:
            file.writestr(part, "x")
        with pytest.raises(DataFileError, match=told):
            opened(buffer.getvalue())


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9, 0.99])
def test_a_workbook_that_was_cut_off_is_refused(keep):
    content = workbook([["id", "n"], *([f"e{i}", i] for i in range(500))])
    with pytest.raises(DataFileError, match="damaged or cut off"):
        opened(content[: int(len(content) * keep)])


def test_a_workbook_with_flipped_bytes_is_refused_or_read_but_never_crashes():
    """Each of 300 damaged copies ends in a table or a DataFileError, in a process of its own."""
    script = """
import random, sys
from frontier_geo.errors import DataFileError
from frontier_geo.readers.archives import open_bytes
from frontier_geo.readers.spreadsheets import open_spreadsheet
content = sys.stdin.buffer.read()
chance = random.Random(4)
ends = {"read": 0, "refused": 0}
for _ in range(300):
    damaged = bytearray(content)
    for _ in range(chance.choice([1, 3, 20])):
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    try:
        list(open_spreadsheet(open_bytes(bytes(damaged), "b.xlsx"), "b.xlsx").chunks())
        ends["read"] += 1
    except DataFileError:
        ends["refused"] += 1
print(ends["read"] + ends["refused"], ends["refused"] > 100)
"""
    content = workbook([["id", "n"], *([f"e{i}", i] for i in range(50))])
    done = subprocess.run(
        [sys.executable, "-c", script], input=content, capture_output=True, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    assert done.stdout.split() == [b"300", b"True"]


# OpenDocument


def test_an_ods_file_is_read():
    """With the empty cells to the end of the sheet that LibreOffice writes."""
    rows = (
        ods_row("id", "n", empty=16_382)
        + '<table:table-row><table:table-cell office:value-type="string"><text:p>шимол</text:p>'
        '</table:table-cell><table:table-cell office:value-type="float" office:value="3"/>'
        '<table:table-cell office:value-type="date" office:date-value="2025-06-30"/></table:table-row>'
        + ods_row(rows=1_048_574, empty=16_384)
    )
    file = opened(ods(rows), "book.ods")
    assert file.columns == ("id", "n", "column 3")
    assert all_cells(file).loc[1].tolist() == ["шимол", 3, DAY]


@pytest.mark.parametrize(
    "rows",
    [
        ods_row("id", "n") + ods_row("x", rows=1_000_000, columns=16_000),
        ods_row("id", "n") + ods_row("x", rows=1_048_000) + ods_row("x", columns=16_000),
        ods_row("id", "n") + ods_row(rows=100_000_000, empty=1) + ods_row("x"),
    ],
)
def test_repeated_cells_of_an_ods_file_are_counted(rows):
    with pytest.raises(DataFileError, match="at most 40,000,000 cells"):
        opened(ods(rows), "book.ods")


def test_repeated_long_texts_of_an_ods_file_are_counted():
    rows = ods_row("id", "n") + ods_row("L" * 10_000, rows=100_000)
    with pytest.raises(DataFileError, match="at most 512 MB of text"):
        opened(ods(rows), "book.ods")


def test_a_damaged_ods_file_is_refused():
    with pytest.raises(DataFileError, match="its part 'content.xml' is damaged"):
        opened(ods("<table:table-row>"), "book.ods")
