"""
Text tables: whatever the bytes, every row ends as cells or as broken, each once.

Python's csv module is the independent reader for well-formed text. For mangled text it has no notion
of a broken row, so there the rules in the docstring of `delimited` are written a second time, letter by
letter and without any care for speed, and both readings must agree.
"""

from __future__ import annotations

import csv
import io
import time
import tracemalloc

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from frontier_geo.errors import ColumnError, DataFileError, ParameterError
from frontier_geo.readers import delimited
from frontier_geo.readers.archives import open_bytes, open_path
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.delimited import open_delimited

MB = 2**20


def opened(data: bytes | str, **how):
    data = data.encode() if isinstance(data, str) else data
    return open_delimited(open_bytes(data, "table.csv"), **how)


def read(data: bytes | str, **how) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return all cells and all broken rows of a table."""
    chunks = list(opened(data, **how).chunks())
    return pd.concat([c.cells for c in chunks]), pd.concat([c.broken for c in chunks])


def rows(data: bytes | str, **how) -> list[list[str | None]]:
    cells, broken = read(data, **how)
    assert broken.empty, broken.to_dict("records")
    return [[None if pd.isna(v) else v for v in row] for row in cells.to_numpy().tolist()]


def numbered(data: bytes | str, **how) -> dict[int, list[str] | None]:
    """Return each row by its number: its cells ("" for a missing one), or None for a broken one."""
    cells, broken = read(data, **how)
    found = {
        int(number): ["" if pd.isna(value) else value for value in row]
        for number, row in zip(cells.index, cells.to_numpy().tolist(), strict=True)
    }
    assert not set(found) & set(broken.index)
    assert cells.index.is_monotonic_increasing and broken.index.is_unique
    return found | {int(number): None for number in broken.index}


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of a few bytes, so that every kind of row lies across an edge somewhere."""
    monkeypatch.setattr(delimited, "BLOCK_BYTES", 16)
    monkeypatch.setattr(delimited, "ROWS_PER_CHUNK", 3)


# Cells as they stand.


def test_cells_are_text_as_it_stands():
    """Nothing is taken for a number or for missing but what is empty, quoted or not."""
    cells, broken = read('id,note\n007,NA\n 1 , x\n"","null"\n,nan\n')
    assert broken.empty and list(cells.dtypes) == [TEXT, TEXT]
    assert cells.fillna("∅").to_numpy().tolist() == [
        ["007", "NA"], [" 1 ", " x"], ["∅", "null"], ["∅", "nan"],
    ]  # fmt: skip
    assert list(cells.index) == [1, 2, 3, 4]


def test_quoted_cells_hold_delimiters_line_ends_and_quotes():
    text = 'a,b\n"1,5","two\r\nlines"\n"say ""no""",""""\n'
    assert rows(text) == [["1,5", "two\r\nlines"], ['say "no"', '"']]


def test_a_quote_within_a_cell_is_a_letter():
    assert rows('a,b,c\n1,5" gun,x\n2,the "Taliban",y"\n') == [
        ["1", '5" gun', "x"], ["2", 'the "Taliban"', 'y"'],
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_known(end, small_blocks):
    """Also where a block ends between CR and LF."""
    text = end.join(["", "ab,cd", "1,22222222222", "", "3,4", '5,"6"', "", ""])
    assert rows(text) == [["1", "22222222222"], ["3", "4"], ["5", "6"]]


def test_empty_lines_are_no_rows_but_rows_of_empty_cells_are():
    assert numbered("a,b\n\n1,2\n   \n,\n\n") == {1: ["1", "2"], 2: ["", ""]}


def test_a_header_of_two_rows_is_one():
    """As a spreadsheet writes it; also a title above, in one cell (2026-11-30)."""
    heads = "Date,Location,,Casualties,\n,Province,Village,Killed,Injured\n"
    file = opened(heads + "2025-03-04,Khatlon,Kishty,2,1\n")
    assert file.columns == ("Date", "Province", "Village", "Killed", "Injured")
    assert any("The header has two rows" in note for note in file.notes)
    assert numbered(heads + "a,b,c,d,e\n") == {1: ["a", "b", "c", "d", "e"]}
    titled = opened("Our list,,\nDate,Place,n\n1,2,3\n")
    assert titled.columns == ("Date", "Place", "n")
    assert "'Our list' above the header was taken for its title." in titled.notes
    narrowed = opened("Date,Guards,\n,Killed,Injured\n2025-03-04,2,1\n")
    assert narrowed.columns == ("Date", "Guards Killed", "Guards Injured")
    assert any("is not read as killed" in note for note in narrowed.notes)


@pytest.mark.parametrize("second", ["a,Khorog,a bridge", "a,Village,03.04.2025", "a,Village", ",,"])
def test_a_second_row_of_data_is_data(second):
    """Words that are no headings, a date, too few cells, none."""
    file = opened(f"Date,Place,\n{second}\n")
    assert file.columns == ("Date", "Place", "column 3")
    assert not any("two rows" in note for note in file.notes)


def test_a_line_of_blanks_is_a_row_of_a_table_with_one_column():
    assert numbered("a\n  \n\nx\n") == {1: ["  "], 2: ["x"]}


# Delimiters.


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    header, row = ["id", "place, as told; or not", "lat"], ["1", 'Khorog; "old" town, x|y', "37,49"]
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows([header, row, row])
    file = opened(text.getvalue())
    assert file.columns == tuple(header)
    assert rows(text.getvalue()) == [row, row]


def test_decimal_commas_do_not_make_commas_the_delimiter():
    assert rows("id;lat;lon\n1;37,5;71,5\n2;37,6;71,6\n") == [
        ["1", "37,5", "71,5"], ["2", "37,6", "71,6"],
    ]  # fmt: skip


def test_the_line_in_which_excel_names_the_delimiter_is_no_header():
    file = opened("sep=;\r\na;b\r\n1,5;2\r\n")
    assert file.columns == ("a", "b") and "';'" in file.notes[0]
    assert rows("sep=;\r\na;b\r\n1,5;2\r\n") == [["1,5", "2"]]


@pytest.mark.parametrize("delimiter", ["", ",,", '"', "\n", "٫"])
def test_a_delimiter_must_be_one_sign(delimiter):
    with pytest.raises(ParameterError, match="delimiter must be a single ASCII sign"):
        opened("a,b\n", delimiter=delimiter)


def test_a_file_without_a_header_has_numbered_columns():
    """Quotes of a tab-separated file without a header (GDELT) are letters."""
    file = opened('1\t"x\n2\ty"z\n', header=False)
    assert file.headerless and file.columns == ("0", "1")
    assert rows('1\t"x\n2\ty"z\n', header=False) == [["1", '"x'], ["2", 'y"z']]
    assert rows('1,"x,y"\n2,z\n', header=False) == [["1", "x,y"], ["2", "z"]]


# Headers.


def test_names_that_repeat_or_are_empty_are_told_apart():
    file = opened("lat,lat,, lat ,lat (2)\n1,2,3,4,5\n")
    assert file.columns == ("lat", "lat (3)", "column 3", "lat (4)", "lat (2)")
    assert any("'lat' (now 'lat (3)')" in note for note in file.notes)


def test_a_header_only_is_a_table_without_rows():
    file = opened("a,b\n")
    (chunk,) = file.chunks()
    assert file.columns == ("a", "b") and list(chunk.cells.columns) == ["a", "b"]
    assert len(chunk.cells) == len(chunk.broken) == 0
    assert list(chunk.cells.dtypes) == [TEXT, TEXT]


@pytest.mark.parametrize("data", [b"", b"\n\r\n", b"\xef\xbb\xbf", b"   ", b"\xff\xfe"])
def test_nothing_at_all_is_an_error(data):
    with pytest.raises(DataFileError, match=r"table\.csv must be a table with a header, but holds"):
        opened(data)


def test_ten_thousand_columns_are_read():
    header = ",".join(f"c{i}" for i in range(10_000))
    line = ",".join(map(str, range(10_000)))
    assert rows(f"{header}\n{line}\n") == [[str(i) for i in range(10_000)]]
    same, _ = read(",".join(["x"] * 10_000) + f"\n{line}\n")
    assert same.columns.is_unique and same["x (10000)"].tolist() == ["9999"]


@pytest.mark.parametrize("header", [b"," * 16_384, b'"a"' + b"," * 16_384, b"," * (20 * MB)])
def test_too_many_columns_are_an_error(header):
    with pytest.raises(DataFileError, match=r"may have at most 16,384 columns, but has"):
        opened(header + b"\n1\n")


def test_blank_lines_above_the_header_are_passed_over():
    assert opened("\n  \r\n\t\na,b\n1,2\n").columns == ("a", "b")
    assert rows("\n  \r\n\t\na,b\n1,2\n") == [["1", "2"]]


def test_a_first_line_that_is_no_header_is_an_error():
    with pytest.raises(DataFileError, match="would be the name of a column has 10,001 bytes"):
        opened("x" * 10_001 + ",b\n1,2\n")


def test_an_unclosed_quote_in_the_header_spoils_the_header_alone():
    file = opened('a,"b\n1,2\n')
    assert file.columns == ("a", "b") and "quote in the header is not closed" in file.notes[0]
    assert rows('a,"b\n1,2\n') == [["1", "2"]]


def test_only_the_columns_asked_for_are_read():
    cells, broken = read("a,b,c\n1,2,3\n4,5\n6,\xff,8\n".encode("latin-1"), columns=["c", "a"],
                         encoding="utf-8")  # fmt: skip
    assert cells.to_dict("list") == {"c": ["3"], "a": ["1"]}
    assert list(broken.index) == [2, 3]  # a letter that cannot be read is one in any column
    with pytest.raises(ColumnError, match=r"needs the columns 'd', but has only 'a', 'b', 'c'"):
        opened("a,b,c\n", columns=["a", "d"])


# Broken rows.


@pytest.mark.parametrize(
    ("line", "column", "value", "reason"),
    [
        (b"1,2", "", "", "must have 3 cells as the header has, but this has 2, too few"),
        (b"1,2,3,4", "", "", "but this has 4, too many"),
        (b"1,2,\0x", "c", r"\x00x", "holds a NUL byte"),
        (b"1,\xe2\x82,3", "b", r"\xe2\x82", "written in UTF-8, but is not: byte 0xE2 at letter 3"),
        ("1,Шӯроб\xe2".encode("latin-1", "ignore") + b",3", "b", r"\xe2", "byte 0xE2 at letter 3"),
        (b'1,"2,3', "", "", "a quoted cell is not closed"),
        (b'1,"2"x,3', "", "", "must end with its closing quote"),
    ],
)  # fmt: skip
def test_a_broken_row_is_told_with_its_reason_and_spoils_no_other(line, column, value, reason):
    text = b"a,b,c\n7,8,9\n" + line + b"\n4,5,6\n"
    cells, broken = read(text, encoding="utf-8")
    assert cells.to_numpy().tolist() == [["7", "8", "9"], ["4", "5", "6"]]
    assert list(cells.index) == [1, 3] and list(broken.index) == [2]
    told = broken.loc[2]
    assert (told["column"], told["value"]) == (column, value) and reason in told["reason"]
    assert told["row"] == line.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def test_cells_too_many_are_no_harm_when_empty():
    assert numbered('a,b\n1,2,,\n3,4,"",\n5,6,, \n') == {1: ["1", "2"], 2: ["3", "4"], 3: None}


def test_an_unclosed_quote_does_not_swallow_the_rows_below():
    text = 'id,note\n1,"a fire\n2,"said ""x"", he"\n3,"shots"\n4,"two\nlines"\n5,end\n'
    assert numbered(text) == {
        1: None, 2: ["2", 'said "x", he'], 3: ["3", "shots"], 4: ["4", "two\nlines"], 5: ["5", "end"],
    }  # fmt: skip


def test_a_row_over_several_lines_with_a_wrong_number_of_cells_ends_at_its_first_line():
    """Its quotes may have been meant otherwise, and there may be sound rows behind them."""
    assert numbered('a,b,c\n1,"x,y\n2,5",z,w\n3,4,5\n') == {
        1: None, 2: None, 3: ["3", "4", "5"],
    }  # fmt: skip
    assert numbered('a,b,c\n1,2,"\n3,4,5\n6,7,",8\n') == {1: None, 2: ["3", "4", "5"], 3: None}


def test_a_row_beyond_measure_keeps_its_beginning_and_size(monkeypatch):
    monkeypatch.setattr(delimited, "LONGEST_RECORD", 3 * MB)
    monkeypatch.setattr(delimited, "BLOCK_BYTES", MB)
    for size in (2 * MB, 3 * MB + 10, 10 * MB):
        cells, broken = read(b"a,b\n1," + b"x" * size + b"\n3,4\n")
        assert len(cells) + len(broken) == 2 and cells.index[-1] == 2
        if size > 3 * MB:
            told = broken.loc[1]
            assert "a row may be at most" in told["reason"]
            assert told["row"].startswith("1,xxx") and f"({size + 2:,} bytes)" in told["row"]
            assert len(told["row"]) < 1_100


# Encodings.

RUSSIAN = "место;примечание\nХорог;перестрелка на границе, погибло трое\nИшкашим;нет данных\n"
PERSIAN = "جا;شرح\nبدخشان;درگیری در مرز و سه کشته\nتخار;بدون خبر در منطقه\n".replace("ی", "ي")
FRENCH = "lieu;détail\nKhorog;accrochage à la frontière, trois tués près de la rivière\n"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(RUSSIAN, "cp1251"), (RUSSIAN, "koi8_r"), (PERSIAN, "cp1256"), (FRENCH, "cp1252")],
)
def test_a_code_page_is_guessed_and_told(text, encoding):
    file = opened(text.encode(encoding))
    assert f"read as {encoding}, which is a guess" in file.notes[0]
    assert [list(file.columns), *rows(text.encode(encoding))] == [
        line.split(";") for line in text.splitlines()
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_in_all_its_forms_is_known_by_its_bytes(encoding, small_blocks):
    text = RUSSIAN + "🏔;ӯқҳ ڼ\n"
    wanted = [line.split(";") for line in text.splitlines()]
    assert [list(opened(text.encode(encoding)).columns), *rows(text.encode(encoding))] == wanted


@pytest.mark.parametrize("line", ["1,\0,2", "1,\0", "\0,22"])
def test_a_nul_byte_in_every_row_does_not_make_a_table_utf_16(line):
    width = line.count(",") + 1
    cells, broken = read("a,b,c\n"[: 2 * width - 1] + "\n" + f"{line}\n" * 50)
    assert cells.empty and broken["reason"].str.contains("NUL byte").all() and len(broken) == 50


def test_an_encoding_that_is_given_is_used():
    assert rows(RUSSIAN.encode("cp866"), encoding="cp866")[0][0] == "Хорог"
    with pytest.raises(ParameterError, match="must be one that Python knows.*not 'base64'"):
        opened("a\n", encoding="base64")


def test_bytes_that_an_encoding_does_not_know_break_their_row():
    cells, broken = read(b"a,b\n1,\x81\n2,\xe9\n", encoding="cp1252")
    assert cells.loc[2].tolist() == ["2", "é"]
    assert "must be written in cp1252, but is not: byte 0x81 at letter 3" in broken.loc[1, "reason"]
    odd = "a,b\n1,x\n2,y\n".encode("utf-16-le").replace(b"x\0", b"\x00\xd8")
    cells, broken = read(odd, encoding="utf-16-le")
    assert list(cells.index) == [2] and list(broken.index) == [1]


def test_a_few_lines_in_another_encoding_are_broken_rows():
    lines = [f"{i},Хорог ӯ".encode() for i in range(30)]
    lines[7] = "7,Хорог".encode("cp1251")
    data = b"id,place\n" + b"\n".join(lines)
    cells, broken = read(data)
    assert list(broken.index) == [8] and len(cells) == 29
    assert "1 of the first 30 lines" in opened(data).notes[0]


# Blocks and chunks.


def test_chunks_are_bounded_and_can_be_read_again():
    file = opened("a,b\n" + "1,2\n" * 150_000 + "3\n")
    for _ in range(2):
        chunks = list(file.chunks())
        sizes = [len(c.cells) + len(c.broken) for c in chunks]
        assert max(sizes) <= 65_536 and sum(sizes) == 150_001
        assert chunks[-1].broken.index.tolist() == [150_001]
        assert chunks[-1].done == chunks[-1].total == len(b"a,b\n") + 600_002


def test_a_reader_that_is_left_half_way_closes_its_file(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n" + b"1,2\n" * 5_000_000)
    chunks = open_delimited(open_path(path)).chunks()
    next(chunks)
    chunks.close()
    path.unlink()
    assert list(chunks) == []


def test_memory_does_not_grow_with_the_file(tmp_path):
    """
    What Python and numpy hold stays the same for a file four times as large.

    One block is 32 MB, and at most three are in hand.
    """
    peaks = []
    for size in (96, 384):
        path = tmp_path / f"{size}.csv"
        path.write_bytes(b"a,b\n" + (b'1,"' + b"x" * 1_000 + b'"\n') * (size * 1024))
        tracemalloc.start()
        assert sum(len(c.cells) for c in open_delimited(open_path(path)).chunks()) == size * 1024
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] and peaks[1] < 300 * MB


# Any text at all.

ODD_LETTERS = st.text(st.sampled_from('ab,"\n\r ;ӯ'), max_size=80)
TABLE = st.integers(1, 4).flatmap(
    lambda width: st.lists(
        st.lists(
            # A lone CR is left out: Python's writer does not quote it, so it would end the row.
            st.text(st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=8)
            | st.sampled_from(['"', '""', "\n", "\r\n", ",", "", " ", "NA", '5" gun']),
            min_size=width,
            max_size=width,
        ),
        max_size=8,
    ).map(lambda rows: (width, rows))
)


@settings(max_examples=300, deadline=None)
@given(
    TABLE,
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from([16, 64, 8 * MB]),
)
def test_what_pythons_csv_writes_is_read_as_python_reads_it(table, delimiter, end, quoting, block):
    width, body = table
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow([f"c{i}" for i in range(width)])
    writer.writerows(body)
    text = text.getvalue()
    again = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    assert all(len(row) == width for row in again)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK_BYTES", block)
        found = numbered(text, delimiter=delimiter, encoding="utf-8")
    assert found == dict(enumerate(again[1:], start=1))


def by_the_rules(text: str, width: int) -> dict[int, list[str] | None]:
    """Read the rows of a table by the rules in the docstring of the module, a letter at a time."""
    found: list[list[str] | None] = []
    place = 0
    while place < len(text):
        cells, end = row_by_the_rules(text, place)
        first_line = line_end(text, place)
        fits = cells is not None and (
            len(cells) == width or (len(cells) > width and not any(cells[width:]))
        )
        if cells is None or (not fits and end > first_line):
            found.append(None)
            place = first_line
            continue
        line, place = text[place:end].strip("\r\n"), end
        if line == "" or (width > 1 and not line.strip(" \t")):
            continue
        found.append(cells[:width] if fits else None)
    return dict(enumerate(found, start=1))


def line_end(text: str, place: int) -> int:
    while place < len(text) and text[place] not in "\r\n":
        place += 1
    return min(len(text), place + (2 if text[place : place + 2] == "\r\n" else 1))


def row_by_the_rules(text: str, place: int) -> tuple[list[str] | None, int]:
    cells = []
    while True:
        cell = ""
        if text[place : place + 1] == '"':
            place += 1
            while True:
                if place >= len(text):
                    return None, place
                if text[place : place + 2] == '""':
                    cell, place = cell + '"', place + 2
                elif text[place] == '"':
                    place += 1
                    break
                else:
                    cell, place = cell + text[place], place + 1
            if place < len(text) and text[place] not in ",\r\n":
                return None, place
        else:
            while place < len(text) and text[place] not in ",\r\n":
                cell, place = cell + text[place], place + 1
        cells.append(cell)
        if text[place : place + 1] != ",":
            return cells, line_end(text, place)
        place += 1


@settings(max_examples=1_000, deadline=None)
@given(ODD_LETTERS, st.integers(1, 3), st.sampled_from([2, 16, 8 * MB]))
@example('1,"a\n2,"b\n', 2, 16)
@example('a",b,"c\na",b,"c\na",b,"c\n', 3, 16)
@example(',"""\n","",\n', 2, 2)
@example('"\r\n\r"\r', 1, 2)
@example(',"\r"\r"', 1, 2)  # read otherwise at a block's edge until 2026-11-24
def test_mangled_text_is_read_by_the_rules(body, width, block):
    """Blocks and pyarrow are means to be quick; what is read must not depend on them."""
    text = ",".join(f"c{i}" for i in range(width)) + "\n" + body
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK_BYTES", block)
        patch.setattr(delimited, "ROWS_PER_CHUNK", 2)
        found = numbered(text, delimiter=",", encoding="utf-8")
    assert found == by_the_rules(body, width)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([7, 8 * MB]))
def test_any_bytes_are_rows_or_a_clear_error(data, block):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "BLOCK_BYTES", block)
        try:
            found = numbered(data)
        except DataFileError as error:
            assert "table.csv" in str(error)
            return
    assert sorted(found) == list(range(1, len(found) + 1))


# Hostile sizes. The limits are ten times what an idle machine needs, and far below a hang.


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "whole", "broken"),
    [
        (b"a,b\n1," + b"x" * (100 * MB) + b"\n3,4\n", 1, 1),
        (b"a,b\n" + b"," * (100 * MB), 0, 1),
        (b"a,b\n" + b'"' * (10 * MB) + b"\n3,4\n", 1, 1),
        (b"a,b\n" + b'"' * (10 * MB + 1) + b"\n3,4\n", 1, 1),
        (b"a,b\n" + b"\0" * (20 * MB), 0, 1),
        (b"a,b\n" + b"\n" * (10 * MB), 0, 0),
    ],
    ids=["one line", "one line of delimiters", "quotes", "quotes, odd", "NULs", "empty lines"],
)
def test_hostile_sizes_end_in_seconds(data, whole, broken):
    start = time.process_time()
    cells, aside = read(data)
    assert (len(cells), len(aside)) == (whole, broken)
    assert time.process_time() - start < 20


@pytest.mark.slow
def test_a_file_without_any_line_end_is_refused_at_once():
    with pytest.raises(DataFileError, match="its first line is longer than 16 MB"):
        opened(b"x" * (100 * MB))


@pytest.mark.parametrize("line", [b'a",b,"c\n', b'1,"\n,2""\n'])
def test_unclosed_quotes_without_end_do_not_take_time_without_end(line, monkeypatch):
    """Each quote would have the whole rest of the file read in vain; that is given up in time."""
    monkeypatch.setattr(delimited, "PATIENCE", MB)
    start = time.process_time()
    cells, broken = read(b"a,b,c\n" + line * 50_000)
    assert len(cells) + len(broken) >= 50_000
    assert time.process_time() - start < 20
