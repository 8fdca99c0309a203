"""
JSON: lists of records, the answers of the ACLED and UCDP services, and JSON lines.

A document is read value by value, never as a whole, so a large file needs no more memory than its
largest record. Form: RFC 8259; of what Python writes beyond it, NaN and Infinity are understood.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

import pandas as pd

from frontier_geo.errors import DataFileError
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.problems import shortened
from frontier_geo.readers.source import RawChunk, RawFile

if TYPE_CHECKING:
    from frontier_geo.readers.archives import BinarySource

__all__ = [
    "BROKEN_COLUMNS",
    "HALF_CHARACTER",
    "JsonStream",
    "add_columns",
    "column_of",
    "flat_value",
    "is_text",
    "open_json",
]

ROWS_PER_CHUNK = 65_536
LONGEST_VALUE = 64 << 20  # characters of one record; a record of an event has some thousand
LONGEST_LINE = 16 << 20
MOST_COLUMNS = 16_384  # as in a spreadsheet; 10,000 is the most that was ever asked for
BLOCK = 1 << 20
KEPT_OF_BROKEN = 1_000  # characters of a row that cannot be used, kept to be shown

#: Where an answer of a service keeps its records: ACLED `data`, UCDP `Result`, others.
RECORD_KEYS = ("data", "Result", "results", "records", "rows", "events", "value")
PAGE_MARKS = frozenset({"Result", "TotalPages", "TotalCount", "success", "count"})
BROKEN_COLUMNS = ["column", "value", "reason", "row"]
HALF_CHARACTER = "whole characters are needed, but half of a surrogate pair stands here"
SPACE = " \t\r\n"


class Repeated(dict[str, Any]):
    """An object in which a key occurs twice; `key` says which."""

    key: str


class JsonStream:
    """
    Values of a JSON text, one after the other, decoded while it is read.

    Parameters
    ----------
    source : BinarySource
        The file.
    name : str
        Its name, for messages.
    """

    def __init__(self, source: BinarySource, name: str) -> None:
        self.name = name
        self.done = 0  # bytes read so far
        self.saw_nan = False
        self._file: BinaryIO = source.open()
        begin = self._file.read(BLOCK)
        self.done = len(begin)
        encoding = json.detect_encoding(begin[:64]) if begin else "utf-8"
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._text = self._decode(begin, final=len(begin) < BLOCK)
        self._ended = not begin
        self._at = 0
        self._scan = json.JSONDecoder(
            object_pairs_hook=_object, parse_constant=self._constant
        ).raw_decode

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def peek(self) -> str:
        """Return the next character that is no space, without taking it; at the end ``""``."""
        while True:
            text, at = self._text, self._at
            end = len(text)
            while at < end and text[at] in SPACE:
                at += 1
            self._at = at
            if at < end:
                return text[at]
            if not self._more():
                return ""

    def take(self, wanted: str) -> str:
        """Take the next character, which must be one of `wanted`."""
        given = self.peek()
        if not given or given not in wanted:
            self.fail(f"{' or '.join(map(repr, wanted))} is needed")
        self._at += 1
        return given

    def value(self) -> Any:
        """Take the next value, whatever it is."""
        self.peek()
        while True:
            try:
                value, end = self._scan(self._text, self._at)
            except RecursionError:
                self.fail("it is nested too deeply")
            except json.JSONDecodeError as error:
                if len(self._text) - self._at > LONGEST_VALUE:
                    self.fail(f"a record of more than {LONGEST_VALUE:,} characters begins")
                if not self._more(len(self._text) - self._at):
                    self.fail(error.msg[:1].lower() + error.msg[1:], error.pos)
            except ValueError:  # a whole number of more than 4,300 digits
                self.fail("a number is too long")
            else:
                # A number that ends with the block may go on in the next one.
                if end == len(self._text) and self._more():
                    continue
                self._at = end
                return value

    def members(self) -> Iterator[str]:
        """Take an object key by key; after each, the caller takes its value."""
        self.take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() != '"':
                self.fail("a key in quotes is needed")
            key = self.value()
            self.take(":")
            yield key
            if self.take(",}") == "}":
                return

    def items(self) -> Iterator[Any]:
        """Take an array value by value."""
        self.take("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield self.value()
            if self.take(",]") == "]":
                return

    def fail(self, reason: str, at: int | None = None) -> None:
        """Raise an error that says what was found."""
        at = self._at if at is None else at
        given = self._text[at : at + 40]
        found = f"before {given!r}" if given else "where the file ends: it may be cut off"
        raise DataFileError(
            f"{self.name} must be a whole JSON document, but {reason} {found}. Get the file again, or "
            "check what wrote it."
        )

    def _more(self, wanted: int = 0) -> bool:
        """Read on; return whether there was anything."""
        if self._ended:
            return False
        block = self._file.read(max(BLOCK, wanted))
        self.done += len(block)
        self._ended = not block
        fresh = self._decode(block, final=not block)
        self._text = self._text[self._at :] + fresh
        self._at = 0
        return bool(fresh) or not self._ended

    def _decode(self, block: bytes, *, final: bool) -> str:
        try:
            text = self._decoder.decode(block, final and not block)
        except UnicodeDecodeError as error:
            bad = error.object[error.start]
            raise DataFileError(
                f"{self.name} must be JSON in UTF-8, but a byte 0x{bad:02X} stands within its first "
                f"{self.done:,} bytes. Save it again as UTF-8."
            ) from error
        return text

    def _constant(self, word: str) -> float:
        self.saw_nan = True
        return float(word.replace("Infinity", "inf"))


def open_json(data: BinarySource, name: str) -> RawFile:
    """
    Open a JSON document of records.

    Understood are a list of records, a list of pages, an object with the records under one of
    `RECORD_KEYS` (as the ACLED and UCDP services answer), and JSON lines. Values keep their types;
    of nested ones, lists of plain values stay lists, the rest becomes JSON text. What is no record,
    or names a key twice, is a broken row; of JSON lines also a line that cannot be read.

    Parameters
    ----------
    data : BinarySource
        The file.
    name : str
        Its name, for messages.

    Returns
    -------
    RawFile
        Without columns if the list of records is empty.

    Raises
    ------
    DataFileError
        If it is no JSON, is cut off, or holds no records.
    """
    lines = _is_lines(data, name)
    told: set[str] = set()
    columns: dict[str, None] = {}
    for record, _ in _records(data, name, lines, told):
        if isinstance(record, dict):
            add_columns(columns, record)
            if len(columns) > MOST_COLUMNS:
                raise DataFileError(
                    f"{name} must have at most {MOST_COLUMNS:,} columns, but its records have more keys "
                    "than that together. Does it hold a table, or objects by their ids?"
                )
    order = tuple(columns)

    def chunks() -> Iterator[RawChunk]:
        yield from _chunks(_records(data, name, lines, set()), order, data.size)

    return RawFile(name, "json", order, chunks, tuple(sorted(told)))


@dataclass(frozen=True)
class _Odd:
    """Something that should be a record, and is none."""

    row: str
    reason: str


def _chunks(
    records: Iterator[tuple[Any, int]], columns: tuple[str, ...], total: int
) -> Iterator[RawChunk]:
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    broken: list[tuple[int, str, Any, str, str]] = []
    done = 0
    known = frozenset(columns)
    for number, (record, done) in enumerate(records, start=1):
        odd = _odd_record(record, known)
        if odd is None:
            rows.append(record)
            numbers.append(number)
        else:
            broken.append((number, "", "", odd.reason, odd.row))
        if len(rows) + len(broken) == ROWS_PER_CHUNK:
            yield _chunk(rows, numbers, broken, columns, done, total)
            rows, numbers, broken = [], [], []
    if rows or broken:
        yield _chunk(rows, numbers, broken, columns, done, total)


def add_columns(columns: dict[str, None], record: dict[str, Any]) -> None:
    """Add the keys of a record that are new, and that text can hold."""
    for key in record.keys() - columns.keys():
        if not is_text(key):
            return  # the record will be a broken row
    for key in record:
        columns.setdefault(key)


def _odd_record(record: Any, columns: frozenset[str]) -> _Odd | None:
    if isinstance(record, _Odd):
        return record
    if not isinstance(record, dict):
        return _Odd(_told(record), "a record ({…}) is needed, but this is a plain value or a list")
    if not record.keys() <= columns:
        return _Odd(_told(record), HALF_CHARACTER)
    if isinstance(record, Repeated):
        return _Odd(_told(record), f"the key {record.key!r} occurs twice in it")
    return None


def _chunk(
    rows: list[dict[str, Any]],
    numbers: list[int],
    broken: list[tuple[int, str, Any, str, str]],
    columns: tuple[str, ...],
    done: int,
    total: int,
) -> RawChunk:
    index = pd.Index(numbers, dtype="int64")
    bad: dict[int, tuple[int, str, Any, str, str]] = {}
    cells = {}
    for column in columns:
        values = [flat_value(row.get(column)) for row in rows]
        try:
            cells[column] = column_of(values, index)
        except UnicodeEncodeError:  # half of a surrogate pair, which no text can hold
            for at, value in enumerate(values):
                if not is_text(value):
                    bad.setdefault(
                        numbers[at],
                        (numbers[at], column, _told(value), HALF_CHARACTER, _told(rows[at])),
                    )
                    values[at] = None
            cells[column] = column_of(values, index)
    table = pd.DataFrame(cells, index=index, columns=list(columns))
    if bad:
        table = table.drop(index=list(bad))
    every = sorted([*broken, *bad.values()])
    return RawChunk(
        table,
        pd.DataFrame(
            [each[1:] for each in every],
            columns=BROKEN_COLUMNS,
            index=pd.Index([each[0] for each in every], dtype="int64"),
            dtype=object,
        ),
        None,
        done,
        total,
    )


def column_of(values: list[Any], index: pd.Index) -> pd.Series:
    """Return a column of text (`cells.TEXT`) if all is text, otherwise of objects."""
    if all(value is None or isinstance(value, str) for value in values):
        return pd.Series(values, index=index, dtype=TEXT)
    for value in values:
        for word in value if isinstance(value, list) else (value,):
            if isinstance(word, str) and not word.isascii():
                word.encode()
    return pd.Series(values, index=index, dtype=object)


def flat_value(value: Any) -> Any:
    """Return a value as a cell: lists of plain values stay lists, what is nested becomes JSON."""
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, float) and value != value:
        return None
    return value


def is_text(value: Any) -> bool:
    """Return whether all text in a value can be written: no half of a surrogate pair."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _told(value: Any) -> str:
    return shortened(
        json.dumps(value, ensure_ascii=True, default=str)[:KEPT_OF_BROKEN]
        if not isinstance(value, str)
        else value.encode("ascii", "backslashreplace").decode()[:KEPT_OF_BROKEN]
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    repeated = Repeated(found)
    for key, _ in pairs:
        if key in seen:
            repeated.key = key
            break
        seen.add(key)
    return repeated


def _records(
    data: BinarySource, name: str, lines: bool, told: set[str]
) -> Iterator[tuple[Any, int]]:
    """Return each record with how many bytes were read up to it."""
    if lines:
        yield from _records_of_lines(data, name, told)
        return
    stream = JsonStream(data, name)
    try:
        begin = stream.peek()
        if begin == "[":
            yield from ((record, stream.done) for record in _of_list(stream, told))
        elif begin == "{":
            yield from ((record, stream.done) for record in _of_object(stream, told))
        else:
            given = repr(shortened(stream.value())) if begin else "nothing"
            raise DataFileError(
                f"{name} must hold a list of records ([{{…}}, …]), but holds {given}. Check what "
                "wrote it."
            )
        if stream.peek():
            stream.fail("something follows its end,")
        if stream.saw_nan:
            told.add("NaN, which is no JSON, was read as empty")
    finally:
        stream.close()


def _of_list(stream: JsonStream, told: set[str]) -> Iterator[Any]:
    for item in stream.items():
        inner = _page(item)
        if inner is None:
            yield item
        else:
            told.add("it holds several pages of an answer: their records were put together")
            yield from inner


def _page(item: Any) -> list[Any] | None:
    """Return the records of one page among several, or None if it is a record itself."""
    if not isinstance(item, dict) or not PAGE_MARKS & item.keys():
        return None
    return next((item[key] for key in RECORD_KEYS if isinstance(item.get(key), list)), None)


def _of_object(stream: JsonStream, told: set[str]) -> Iterator[Any]:
    """Return the records of an object that wraps them; only one of its members may hold them."""
    others: dict[str, Any] = {}
    found: str | None = None
    for key in stream.members():
        if key in RECORD_KEYS and found is None and stream.peek() == "[":
            found = key
            yield from stream.items()
        else:
            others[key] = stream.value()
            if len(others) > MOST_COLUMNS:
                break
    if found is None:
        said = next((others[key] for key in ("error", "message", "detail") if key in others), None)
        raise DataFileError(
            f"{stream.name} must hold a list of records, or an object with one under "
            f"{', '.join(map(repr, RECORD_KEYS))}, but is an object with "
            f"{shortened(', '.join(map(repr, others)) or 'no keys')}"
            + (f", which says {shortened(said)!r}" if said else "")
            + ". Put the records into a list."
        )
    told.add(f"its records stand under {found!r}")
    count = next((others[key] for key in ("count", "TotalCount") if key in others), None)
    if count is not None:
        told.add(f"it says that there are {shortened(count)} records in all")


def _is_lines(data: BinarySource, name: str) -> bool:
    """Return whether a file holds one record a line: its first line is one, and a second follows."""
    if name.lower().endswith((".jsonl", ".ndjson")):
        return True
    with data.open() as file:
        begin = file.read(BLOCK).removeprefix(codecs.BOM_UTF8)
    first, _, rest = begin.lstrip().partition(b"\n")
    if not first.lstrip().startswith(b"{") or not rest.lstrip().startswith(b"{"):
        return False
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return False
    return True


def _records_of_lines(data: BinarySource, name: str, told: set[str]) -> Iterator[tuple[Any, int]]:
    nan = False

    def constant(word: str) -> float:
        nonlocal nan
        nan = True
        return float(word.replace("Infinity", "inf"))

    decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=constant).decode
    done = 0
    with data.open() as file:
        for line, size in _lines(file):
            done += size
            if done == size:
                line = line.removeprefix(codecs.BOM_UTF8)
            if line.strip():
                yield _record_of_line(line, size, decode), done
    if nan:
        told.add("NaN, which is no JSON, was read as empty")


def _lines(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Return lines with their sizes; of one that is too long only the begin."""
    while line := file.readline(LONGEST_LINE + 1):
        size = len(line)
        if size <= LONGEST_LINE:
            yield line, size
            continue
        while not line.endswith(b"\n") and (more := file.readline(LONGEST_LINE)):
            size += len(more)
            line = line[:KEPT_OF_BROKEN] + (b"\n" if more.endswith(b"\n") else b"")
        yield line[:KEPT_OF_BROKEN], size


def _record_of_line(line: bytes, size: int, decode: Callable[[str], Any]) -> Any:
    shown = line[:KEPT_OF_BROKEN].decode("utf-8", "backslashreplace").strip()
    if size > LONGEST_LINE:
        return _Odd(shown, f"a line of at most {LONGEST_LINE:,} bytes is needed; it has {size:,}")
    try:
        return decode(line.decode("utf-8").strip())
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        return _Odd(shown, f"UTF-8 is needed, but byte 0x{byte:02X} stands at {error.start + 1}")
    except json.JSONDecodeError as error:
        return _Odd(shown, f"a JSON record is needed: {error.msg} at character {error.pos + 1}")
    except (RecursionError, ValueError):
        return _Odd(shown, "a JSON record is needed: it is nested too deeply or a number too long")
