"""JSON documents become rows, whatever wraps them; what is no record is a broken row or an error."""

from __future__ import annotations

import json
import math
import time

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo.errors import DataFileError
from frontier_geo.readers import documents
from frontier_geo.readers.archives import BinarySource, open_bytes
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.documents import JsonStream, open_json

RECORDS = [{"id": "007", "killed": 2}, {"id": "b", "place": "Шуроабад"}]


def opened(content, name: str = "answer.json"):
    if not isinstance(content, bytes):
        content = json.dumps(content, ensure_ascii=False).encode()
    return open_json(open_bytes(content, name), name)


def rows_of(file) -> pd.DataFrame:
    return pd.concat([chunk.cells for chunk in file.chunks()])


def broken_of(file) -> pd.DataFrame:
    return pd.concat([chunk.broken for chunk in file.chunks()])


def test_a_list_of_records():
    """Columns come in the order in which keys first occur; what a record lacks is missing."""
    file = opened(RECORDS)
    assert (file.kind, file.columns, file.notes) == ("json", ("id", "killed", "place"), ())
    cells = rows_of(file)
    assert cells.index.tolist() == [1, 2]
    assert cells["id"].tolist() == ["007", "b"] and cells["id"].dtype == TEXT
    assert cells.loc[1, "killed"] == 2 and isinstance(cells.loc[1, "killed"], int)
    assert cells.loc[2, "place"] == "Шуроабад"
    assert pd.isna(cells.loc[2, "killed"]) and pd.isna(cells.loc[1, "place"])


@pytest.mark.parametrize(
    ("wrapped", "notes"),
    [
        (
            {"status": 200, "success": True, "count": 2, "data": RECORDS},
            ("it says that there are 2 records in all", "its records stand under 'data'"),
        ),
        (
            {"TotalCount": 9, "TotalPages": 5, "NextPageUrl": "", "Result": RECORDS},
            ("it says that there are 9 records in all", "its records stand under 'Result'"),
        ),
        ({"Result": RECORDS, "TotalPages": 1}, ("its records stand under 'Result'",)),
        ({"records": RECORDS}, ("its records stand under 'records'",)),
        (
            [
                {"TotalPages": 2, "Result": RECORDS[:1]},
                {"TotalPages": 2, "Result": RECORDS[1:]},
            ],
            ("it holds several pages of an answer: their records were put together",),
        ),
    ],
)
def test_answers_of_services(wrapped, notes):
    """The forms of ACLED and of UCDP, whole, as pages, and with the list last or first."""
    file = opened(wrapped)
    assert file.notes == notes
    assert rows_of(file)["id"].tolist() == ["007", "b"]


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.json"])
def test_json_lines(name):
    """With blank lines between, and a byte-order mark before; rows count the lines that are not."""
    content = b"\xef\xbb\xbf" + b'{"id": "a"}\r\n\r\n{"id": "b", "n": 2}\n{"id": "c"}'
    file = opened(content, name)
    assert file.columns == ("id", "n")
    assert rows_of(file)["id"].to_dict() == {1: "a", 2: "b", 3: "c"}


def test_a_line_that_cannot_be_read_is_one_broken_row():
    deep = b"[" * 100_000
    content = b'{"id":1}\n{"id":\n"\xe2"\n' + deep + b'\n7\n{"id":2}\n{"id":' + b"9" * 5000 + b"}\n"
    file = opened(content, "rows.jsonl")
    assert rows_of(file)["id"].tolist() == [1, 2]
    broken = broken_of(file)
    assert broken.index.tolist() == [2, 3, 4, 5, 7]
    told = broken["reason"].tolist()
    assert "a JSON record is needed" in told[0]
    assert told[1] == "UTF-8 is needed, but byte 0xE2 stands at 2"
    assert "nested too deeply" in told[2]
    assert told[3] == "a record ({…}) is needed, but this is a plain value or a list"
    assert "a number too long" in told[4]
    assert broken.loc[2, "row"] == '{"id":'


def test_a_line_without_end_is_one_broken_row(monkeypatch):
    monkeypatch.setattr(documents, "LONGEST_LINE", 1_000)
    content = b'{"id":1}\n{"id":"' + b"x" * 5_000 + b'"}\n{"id":2}\n{"id":"' + b"y" * 5_000
    file = opened(content, "rows.jsonl")
    assert rows_of(file)["id"].to_dict() == {1: 1, 3: 2}
    broken = broken_of(file)
    assert broken.index.tolist() == [2, 4]
    assert broken.loc[2, "reason"] == "a line of at most 1,000 bytes is needed; it has 5,010"
    assert len(broken.loc[2, "row"]) <= 1_000


def test_nested_values_become_text_and_plain_lists_stay():
    file = opened([{"urls": ["a", "b"], "at": {"lon": 70}, "pairs": [[1, 2]], "none": None}])
    row = rows_of(file).loc[1]
    assert row["urls"] == ["a", "b"]
    assert row["at"] == '{"lon": 70}'
    assert row["pairs"] == "[[1, 2]]"
    assert pd.isna(row["none"])


def test_what_is_no_record_is_a_broken_row():
    content = b'[{"id": 1}, 7, null, "text", [1], {"id": 2, "n": 1, "n": 2}, {"id": 3}]'
    file = opened(content)
    assert rows_of(file)["id"].to_dict() == {1: 1, 7: 3}
    broken = broken_of(file)
    assert broken.index.tolist() == [2, 3, 4, 5, 6]
    assert broken.loc[6, "reason"] == "the key 'n' occurs twice in it"
    assert broken.loc[4, "row"] == "text"


def test_half_characters_break_their_row_only():
    """A lone surrogate is valid JSON, but no text: nothing could be written of it."""
    content = (
        b'[{"id": "a"}, {"id": "\\ud83d", "n": 1}, {"id": "c", "n": ["\\udc00"]}, {"\\ud800": 1}]'
    )
    file = opened(content)
    assert file.columns == ("id", "n")
    assert rows_of(file)["id"].tolist() == ["a"]
    broken = broken_of(file)
    assert broken["column"].to_dict() == {2: "id", 3: "n", 4: ""}
    assert broken["reason"].str.contains("surrogate").all()


def test_nan_is_missing_and_told_and_infinity_stays_to_be_refused():
    file = opened(b'[{"n": NaN, "m": -Infinity, "k": 1e999}]')
    assert file.notes == ("NaN, which is no JSON, was read as empty",)
    row = rows_of(file).loc[1]
    assert pd.isna(row["n"])
    assert row["m"] == -math.inf and row["k"] == math.inf


def test_large_whole_numbers_stay_exact():
    assert rows_of(opened(b'[{"n": 12345678901234567890123}]')).loc[1, "n"] == int(
        "12345678901234567890123"
    )


def test_no_records_are_no_rows():
    for empty in (b"[]", b'{"success": true, "count": 0, "data": []}', b'{"Result": []}'):
        file = opened(empty)
        assert file.columns == ()
        assert list(file.chunks()) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "but holds nothing"),
        (b"  \n ", "but holds nothing"),
        (b"7", "but holds '7'"),
        (b'"text"', "but holds 'text'"),
        (b'[{"id": 1}, {"id"', "where the file ends: it may be cut off|before"),
        (b'[{"id": 1}, {"id": 2}', "',' or ']' is needed where the file ends"),
        (b'{"data": [{"id": 1}], "count"', "where the file ends|before"),
        (b'[{"id": 1} {"id": 2}]', 'is needed before \'{"id": 2}'),
        (b'[{"id": 1}]]', "something follows its end"),
        (b"[{'id': 1}]", "property name"),
        (b'{"id": 1, "n": 2}', "is an object with 'id', 'n'"),
        (b"{}", "with no keys"),
        (
            b'{"status": 403, "success": false, "error": ["no access"]}',
            r"which says \"\['no access'\]\"",
        ),
        (b"[" * 200_000, "nested too deeply"),
        (b'[{"id": ' + b"9" * 5_000 + b"}]", "a number is too long"),
        (b'[{"id": "\xe2\x28"}]', "a byte 0xE2"),
        (b"<html>", "must be a whole JSON document"),
        (b"[1, 2", "where the file ends"),
        (b'{"data" 1}', "':' is needed"),
        (b"{1: 2}", "a key in quotes is needed"),
    ],
)
def test_what_is_no_document_of_records_is_refused(content, told):
    with pytest.raises(DataFileError, match=told):
        rows_of(opened(content))


def test_more_keys_than_any_table_has_are_refused():
    with pytest.raises(DataFileError, match="at most 16,384 columns"):
        opened([{str(i): i} for i in range(16_385)])


def test_ten_thousand_columns_are_read():
    file = opened([{f"c{i}": i for i in range(10_000)}])
    assert rows_of(file).shape == (1, 10_000)


def test_utf_16_is_understood():
    content = json.dumps(RECORDS, ensure_ascii=False).encode("utf-16")
    assert rows_of(opened(content)).loc[2, "place"] == "Шуроабад"


@pytest.mark.parametrize("block", [1, 2, 3, 7, 64])
def test_values_cut_by_the_end_of_a_block_are_whole(monkeypatch, block):
    """However the text is cut while it is read, numbers, words and characters stay whole."""
    monkeypatch.setattr(documents, "BLOCK", block)
    records = [{"n": 1234567, "x": -1.5e-7, "t": 'шимол 🙂 \\ " \n', "b": True, "z": None}] * 3
    text = json.dumps({"count": 3, "data": records, "last": 12}, ensure_ascii=False, indent=1)
    source = open_bytes(text.encode(), "a.json")
    if block < 4:  # the encoding is told from the first four bytes
        stream = JsonStream(BinarySource("a.json", 0, source.opener), "a.json")
        assert {key: stream.value() for key in stream.members()} == json.loads(text)
    assert rows_of(open_json(source, "a.json"))["t"].tolist() == ['шимол 🙂 \\ " \n'] * 3


def test_rows_come_in_chunks_and_more_than_once(monkeypatch):
    monkeypatch.setattr(documents, "ROWS_PER_CHUNK", 3)
    file = opened([{"n": i} if i != 4 else 4 for i in range(8)])
    for _ in range(2):
        chunks = list(file.chunks())
        assert [len(c.cells) + len(c.broken) for c in chunks] == [3, 3, 2]
        assert rows_of(file).index.tolist() == [1, 2, 3, 4, 6, 7, 8]
    assert chunks[-1].total == chunks[-1].done > 0


def test_a_hundred_megabytes_that_never_close_end_soon():
    """A single value without end is given up after 64 million characters."""
    start = time.process_time()
    with pytest.raises(DataFileError, match="a record of more than"):
        opened(b'[{"id": "' + b"x" * (100 << 20))
    assert time.process_time() - start < 20  # about 1 s here


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20))
VALUES = st.one_of(
    SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(st.text(max_size=3), SCALARS)
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(SCALARS, st.dictionaries(st.text(max_size=5), VALUES, max_size=4))))
def test_every_element_is_a_row_or_broken(elements):
    """Whatever a list holds, each element is accounted for once."""
    file = opened(json.dumps(elements).encode())
    numbers: list[int] = []
    for chunk in file.chunks():
        numbers += [*chunk.cells.index, *chunk.broken.index]
        assert tuple(chunk.cells.columns) == file.columns
    assert sorted(numbers) == list(range(1, len(elements) + 1))


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"[", b'[{"a":1},', b'{"data":[', b'{"a":1}\n{'])
)
def test_whatever_the_bytes_it_ends_in_rows_or_an_error(content, start):
    try:
        list(opened(start + content).chunks())
    except DataFileError as error:
        assert "answer.json" in str(error)
