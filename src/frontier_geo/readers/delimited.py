"""
Text tables (CSV, TSV and their kin) → rows of text cells, in bounded memory, none lost.

The quoting rules are those of RFC 4180, read so that one bad row spoils no other:

- A quoted cell begins with a quote right at the cell's start, and ends with a quote right before the
  delimiter or the end of the line; two quotes in it mean one. It may hold delimiters and line ends.
- A quote elsewhere in a cell (``5" gun``) is a letter like any other.
- A quoted cell that is not closed, or goes on after its closing quote, breaks its row. That row ends
  at the end of its first line, and reading goes on at the next line.
- Lines end with LF, CR LF or CR. Empty lines are no rows; neither are lines of blanks only, unless
  the table has a single column.
- A row with fewer cells than the header is broken: nobody knows which ones are missing. One with more
  is broken, too, unless the cells too many are all empty.

Files are read in blocks. In a clean block pyarrow does all the work; a block with an oddity is first
mended: each odd row is read by itself, and either written again cleanly or set aside as broken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from frontier_geo.errors import ColumnError, DataFileError, ParameterError
from frontier_geo.readers.archives import BinarySource
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.columns import names_of_two_rows
from frontier_geo.readers.encodings import SAMPLE_BYTES, Utf8Reader, encoding_of, is_utf_8
from frontier_geo.readers.problems import shortened
from frontier_geo.readers.source import RawChunk, RawFile

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["DELIMITERS", "MOST_COLUMNS", "BinarySource", "open_delimited"]

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
MOST_COLUMNS = 16_384  # as many as a spreadsheet has
ROWS_PER_CHUNK = 65_536
#: About 50,000 rows of a wide table: what a chunk costs by itself is little then.
BLOCK_BYTES = 32 * 2**20
LONGEST_RECORD = 16 * 2**20  # bytes in UTF-8; a report of 5,000 pages
KEPT_OF_A_LONG_ROW = 1_000  # characters
LONGEST_NAME = 10_000  # bytes; of a column
LONGEST_KEPT = 2**16  # bytes; a row of 10,000 numbers
#: Rows read in vain behind unclosed quotes, in bytes, until quoted cells must end on their line.
PATIENCE = 32 * 2**20
LINE_END = re.compile(rb"\r\n?|\n")
QUOTED = re.compile(rb'"(?:[^"]++|"")*+"')
TOO_LONG = f"a row may be at most {LONGEST_RECORD // 2**20} MB long"
TOO_WIDE = f"a row may have at most {MOST_COLUMNS:,} cells"


def open_delimited(
    data: BinarySource,
    name: str | None = None,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    header: bool = True,
    columns: Sequence[str] | None = None,
    quotes: bool | None = None,
) -> RawFile:
    """
    Open a table whose cells are parted by commas, semicolons, tabs or vertical bars.

    Parameters
    ----------
    data : BinarySource
        The bytes.
    name : str, optional
        File name for messages; by default that of `data`.
    encoding : str, optional
        By default a BOM decides; without one UTF-8 or UTF-16 as the bytes show, else the likeliest
        code page, which `notes` then names.
    delimiter : str, optional
        By default the one with which the first rows agree.
    header : bool, default True
        Whether the first row names the columns. Otherwise they are ``0, 1, 2 …``.
    columns : sequence of str, optional
        Put only these into `cells`, in this order. Which rows are broken does not depend on it.
    quotes : bool, optional
        Whether cells may be quoted. By default they may, but in tab-separated files without a header
        (GDELT): there a quote is a letter.

    Returns
    -------
    RawFile
        Cells are text, verbatim; an empty one is missing, quoted or not. `columns` are all of the file.

    Raises
    ------
    DataFileError
        If there is no header, or more than `MOST_COLUMNS` columns, or the bytes cannot be read.
    ColumnError
        If one of `columns` is not in the file.
    ParameterError
        If `encoding` or `delimiter` cannot be one.
    """
    name = name or data.name
    notes: list[str] = []
    form = _Form(
        encoding=encoding_of(data, name, encoding, notes),
        delimiter=_delimiter_given(delimiter),
        quotes=quotes is not False,
    )
    form, names = _read_header(data, name, form, header, quotes, notes)
    chosen = _chosen(names, columns, name)

    def chunks() -> Iterator[RawChunk]:
        return _chunks(data, name, form, names, chosen)

    return RawFile(name, "csv", names, chunks, tuple(notes), headerless=not header)


@dataclass(frozen=True)
class _Form:
    """
    How a file is written.

    `skip` counts the bytes, in UTF-8, before the first row of data. `width` is the number of columns.
    """

    encoding: str
    delimiter: bytes
    quotes: bool
    skip: int = 0
    width: int = 0

    @cached_property
    def cell(self) -> re.Pattern[bytes]:
        """One cell and what ends it; the groups are its quoted text, its plain text, its end."""
        delimiter = re.escape(self.delimiter)
        plain = rb"([^" + delimiter + rb"\r\n]*+)"
        end = rb"(" + delimiter + rb"|\r\n?|\n)"
        if not self.quotes:
            return re.compile(rb"((?!))?" + plain + end)
        return re.compile(rb'(?:"((?:[^"]++|"")*+)"|(?!")' + plain + rb")" + end)


class _Row(NamedTuple):
    """A row parted into cells, and where it ends in its block."""

    cells: list[bytes]
    end: int


class _Fault(NamedTuple):
    """Why a row cannot be parted into cells, and how far one had to read to know."""

    reason: str
    end: int


class _Broken(NamedTuple):
    """A row that is set aside."""

    column: str
    value: str
    reason: str
    row: str


class _Block(NamedTuple):
    """
    Whole rows of a file as clean text, `rows` of them, and the broken ones that stood between.

    `places` are those of the broken rows among all rows of the block, from 0.
    """

    data: bytes
    rows: int
    broken: Sequence[_Broken] = ()
    places: Sequence[int] = ()
    mended: bool = False
    done: int = 0


class _RowGoesOn(Exception):
    """The block ends before the row does."""


def _delimiter_given(delimiter: str | None) -> bytes:
    if delimiter is None:
        return b""
    if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '"\r\n\0':
        raise ParameterError(
            f"delimiter must be a single ASCII sign such as ',' or ';', not {delimiter!r}."
        )
    return delimiter.encode()


def _read_header(
    data: BinarySource,
    name: str,
    form: _Form,
    header: bool,
    quotes: bool | None,
    notes: list[str],
) -> tuple[_Form, tuple[str, ...]]:
    """Find delimiter, names of columns, and where the data begins."""
    sample, final = _sample(data, name, form.encoding)
    skip = _blank_lines(sample)
    told = re.compile(rb'"?sep=([^\r\n"])"?(?:\r\n?|\n)', re.I).match(sample, skip)
    if told and not form.delimiter:  # what Excel writes for itself
        form = replace(form, delimiter=told[1])
        skip = told.end()
        notes.append(f"The first line says that {told[1].decode()!r} parts the cells.")
    if not sample[skip:].strip():
        raise DataFileError(
            f"{name} must be a table with a header, but holds nothing. Check that it is the right file."
        )
    if not form.delimiter:
        form = replace(form, delimiter=_sniffed(sample, skip, form, header, final))
        if form.delimiter != b",":
            notes.append(f"The cells are parted by {DELIMITERS[form.delimiter.decode()]}.")
    if not header:
        if quotes is None and form.delimiter == b"\t":
            form = replace(form, quotes=False)
        width = _usual_width(sample, skip, form, final)[0]
        _check_width(width, name)
        return replace(form, skip=skip, width=width), tuple(map(str, range(width)))
    try:
        row = _row_at(sample, skip, form, final=True)
    except _RowGoesOn:  # cannot be: the sample is all there is
        raise AssertionError from None
    if isinstance(row, _Fault):
        _check_width(sample.count(form.delimiter, skip, _line_end(sample, skip)), name)
        if _line_end(sample, skip) - skip > LONGEST_RECORD:
            raise DataFileError(
                f"{name} must begin with a header, but its first line is longer than "
                f"{LONGEST_RECORD // 2**20} MB. Check that it is a text table."
            )
        notes.append("A quote in the header is not closed; the header was taken as its first line.")
        end = _line_end(sample, skip)
        cells = sample[skip:end].rstrip(b"\r\n").split(form.delimiter)
        row = _Row([each.strip(b'"') for each in cells], end)
    _check_width(len(row.cells), name)
    if max(map(len, row.cells)) > LONGEST_NAME:
        raise DataFileError(
            f"{name} must begin with a header, but what would be the name of a column has "
            f"{max(map(len, row.cells)):,} bytes. Check that it is a text table with a header."
        )
    second = _second_row(sample, row, form, final, notes)
    headings, end = second or (_texts(row), row.end)
    names = _names(headings, notes)
    return replace(form, skip=end, width=len(names)), names


def _texts(row: _Row) -> list[str]:
    return [cell.decode("utf-8", "backslashreplace") for cell in row.cells]


def _second_row(
    sample: bytes, first: _Row, form: _Form, final: bool, notes: list[str]
) -> tuple[list[str], int] | None:
    """Return the names of a header that goes on in the next row, and where that ends."""
    upper = [cell.strip() for cell in _texts(first)]
    if all(upper):
        return None
    try:
        row = _row_at(sample, first.end, form, final)
    except _RowGoesOn:
        return None
    if isinstance(row, _Fault) or len(row.cells) != len(upper):
        return None
    found = names_of_two_rows(upper, [cell.strip() for cell in _texts(row)])
    if found is None:
        return None
    names, doubts = found
    notes.append("The header has two rows: row 1 of the data is the one below them.")
    if upper[0] and not any(upper[1:]):
        notes.append(f"{shortened(upper[0])!r} above the header was taken for its title.")
    notes += doubts
    return names, row.end


def _sample(data: BinarySource, name: str, encoding: str) -> tuple[bytes, bool]:
    """Return the beginning of the file, with a whole line at least if one is within reach."""
    with data.open() as stream:
        reader = Utf8Reader(stream, name, encoding)
        sample = reader.read(SAMPLE_BYTES)
        while not reader.ended and len(sample) <= LONGEST_RECORD:
            if LINE_END.search(sample, _blank_lines(sample)):
                break
            sample += reader.read(SAMPLE_BYTES)
    return (sample + b"\n" if reader.ended else sample), reader.ended


def _blank_lines(sample: bytes) -> int:
    """Return how many bytes of blank lines come before the first that is none."""
    found = re.match(rb"(?:[ \t]*+(?:\r\n?|\n))*+", sample)
    return found.end() if found else 0


def _sniffed(sample: bytes, skip: int, form: _Form, header: bool, final: bool) -> bytes:
    """Return the delimiter by which the first rows have as many cells as the header, and many."""
    best, best_score = b",", 0.0
    for each in DELIMITERS:
        tried = replace(form, delimiter=each.encode())
        width, share = _usual_width(sample, skip, tried, final, of_first=header)
        if (score := (width - 1) * share) > best_score:
            best, best_score = each.encode(), score
    return best


def _usual_width(
    sample: bytes, skip: int, form: _Form, final: bool, *, of_first: bool = False
) -> tuple[int, float]:
    """Return how many cells the first rows mostly have, or the first, and the share that does."""
    widths: list[int] = []
    place = skip
    for _ in range(200):
        if place >= len(sample) or len(widths) == 50:
            break
        try:
            row = _row_at(sample, place, form, final)
        except _RowGoesOn:
            break
        if isinstance(row, _Fault):
            end = _line_end(sample, place)
            row = _Row([b""] * (sample.count(form.delimiter, place, end) + 1), end)
        if sample[place : row.end].strip(b"\r\n"):
            widths.append(len(row.cells))
        place = row.end
    if not widths:
        return sample.count(form.delimiter, skip, _line_end(sample, skip)) + 1, 1.0
    width = widths[0] if of_first else Counter(widths).most_common(1)[0][0]
    return width, widths.count(width) / len(widths)


def _check_width(width: int, name: str) -> None:
    if width > MOST_COLUMNS:
        raise DataFileError(
            f"{name} may have at most {MOST_COLUMNS:,} columns, but has {width:,} or more. "
            "Check that it is a table, or keep only the columns that are needed."
        )


def _names(header: list[str], notes: list[str]) -> tuple[str, ...]:
    """Name each column once."""
    names: list[str] = []
    taken = {each.strip() for each in header}
    used: set[str] = set()
    count: Counter[str] = Counter()
    renamed: list[str] = []
    for place, each in enumerate(header, start=1):
        given = each.replace("\0", "").strip()
        name = given or f"column {place}"
        while name in used or (name != given and name in taken):
            count[given] += 1
            name = f"{given or f'column {place}'} ({count[given] + 1})"
        if given and name != given:
            renamed.append(f"{shortened(given)!r} (now {shortened(name)!r})")
        used.add(name)
        names.append(name)
    if renamed:
        more = f" and {len(renamed) - 5:,} more" if len(renamed) > 5 else ""
        notes.append(
            "Columns with the name of an earlier one were given a number: "
            f"{', '.join(renamed[:5])}{more}."
        )
    return tuple(names)


def _chosen(names: tuple[str, ...], columns: Sequence[str] | None, name: str) -> list[int]:
    if columns is None:
        return list(range(len(names)))
    places = {each: place for place, each in enumerate(names)}
    if missing := [each for each in columns if each not in places]:
        raise ColumnError(
            f"{name} needs the columns {', '.join(map(repr, missing))}, but has only "
            f"{', '.join(map(repr, names[:20]))}{' …' if len(names) > 20 else ''}."
        )
    return [places[each] for each in dict.fromkeys(columns)]


# From bytes to whole rows.


def _row_at(data: bytes, start: int, form: _Form, final: bool) -> _Row | _Fault:
    """
    Part the row that begins at `start` into cells; `data` ends with a line end where it is final.

    Raises `_RowGoesOn` if the block ends before the row, and is not the last.
    """
    limit = min(len(data), start + LONGEST_RECORD)
    line = LINE_END.search(data, start, limit)
    if line and not (form.quotes and data.find(b'"', start, line.start()) >= 0):
        plain_cells = data[start : line.start()].split(form.delimiter)
        if len(plain_cells) > MOST_COLUMNS:
            return _Fault(TOO_WIDE, line.end())
        return _Row(plain_cells, line.end())
    match, cells, place = form.cell.match, list[bytes](), start
    while found := match(data, place, limit):
        quoted, plain, end = found.groups()
        cells.append(plain if quoted is None else quoted.replace(b'""', b'"'))
        place = found.end()
        if end != form.delimiter:
            return _Row(cells, place)
        if len(cells) > MOST_COLUMNS:
            return _Fault(TOO_WIDE, place)
    quoted_cell = QUOTED.match(data, place, limit) if form.quotes else None
    if quoted_cell and quoted_cell.end() < limit:
        return _Fault(
            "a quoted cell must end with its closing quote; write a quote inside of it twice",
            quoted_cell.end(),
        )
    if limit == len(data) and not final:
        raise _RowGoesOn
    if data.startswith(b'"', place):
        return _Fault("a quoted cell is not closed", limit)
    return _Fault(TOO_LONG, limit)


def _line_end(data: bytes, start: int) -> int:
    found = LINE_END.search(data, start)
    return found.end() if found else len(data)


class _Layout:
    """
    Where rows end in a block.

    Quotes open and close quoted cells in turn. So whether a place lies within a quoted cell follows
    from the number of quotes between the beginning of a row and the place being odd; and where the
    rows end, once a beginning is known, is one of two lists, by the parity of the quotes before it.
    """

    def __init__(self, data: bytes, form: _Form) -> None:
        self.data, self.form = data, form
        self.view = np.frombuffer(data, np.uint8)
        view = self.view
        ends = view == 10
        if b"\r" in data:
            alone = view == 13
            alone[:-1] &= view[1:] != 10
            ends |= alone
        self.ends = np.flatnonzero(ends) + 1
        none = np.empty(0, np.int64)
        self.quotes = np.flatnonzero(view == 34) if form.quotes and b'"' in data else none

    @cached_property
    def quotes_before(self) -> NDArray[np.int64]:
        """Number of quotes before each line end."""
        return np.searchsorted(self.quotes, self.ends)

    @cached_property
    def irregular(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Places of quotes that cannot open or close a cell, as they must by their parity."""
        quotes, view = self.quotes, self.view
        special = np.zeros(256, bool)
        special[[10, 13, self.form.delimiter[0]]] = True
        twins = np.diff(quotes) == 1
        opens = special[view[quotes - 1]]
        opens[quotes == 0] = True
        opens[1:] |= twins
        closes = special[view[np.minimum(quotes + 1, len(view) - 1)]]
        closes[quotes == len(view) - 1] = True
        closes[:-1] |= twins
        odd_place = (np.arange(len(quotes)) & 1).astype(bool)
        return (
            quotes[np.where(odd_place, ~closes, ~opens)],
            quotes[np.where(odd_place, ~opens, ~closes)],
        )

    def row_ends(self, parity: int) -> NDArray[np.int64]:
        """Where rows end, for a row that begins after a number of quotes of this parity."""
        if not len(self.quotes):
            return self.ends
        return self.ends[(self.quotes_before & 1) == parity]

    def parity_at(self, place: int) -> int:
        return int(np.searchsorted(self.quotes, place)) & 1

    def rows(self, parity: int, suspect: NDArray[np.int64]) -> _Rows:
        """
        Return the rows, for one that begins after a number of quotes of this parity.

        Odd are those with a wrong number of cells, an irregular quote, one of the `suspect` places, or
        beyond measure long. The end of an odd row may be elsewhere.
        """
        ends = self.row_ends(parity)
        starts = np.concatenate(([0], ends[:-1])) if len(ends) else ends
        blank = np.isin(self.view[starts], (10, 13)) & (ends - starts <= 2)
        delimiters = np.flatnonzero(self.view == self.form.delimiter[0])
        if len(self.quotes):
            delimiters = delimiters[(np.searchsorted(self.quotes, delimiters) & 1) == parity]
        cells = np.diff(np.searchsorted(delimiters, ends), prepend=0) + 1
        odd = (cells != self.form.width) & ~blank
        odd |= ends - starts > LONGEST_RECORD
        for places in (suspect, self.irregular[parity] if len(self.quotes) else suspect):
            at = np.searchsorted(ends, places, side="right")
            odd[at[at < len(ends)]] = True
        counted = np.concatenate(([0], np.cumsum(~blank)))
        return _Rows(ends, counted, starts[odd], ends[odd])

    def has_odd_rows_of_lines(self) -> bool:
        """
        Return whether a row over several lines may have a wrong number of cells.

        Where such a row ends changes where all rows after it do. One on a single line does not, and
        can be left to be found later.
        """
        if not len(self.quotes):
            return False
        within = self.ends[(self.quotes_before & 1) == 1]
        if not len(within):
            return False
        odd = self.rows(0, within[:0])
        first, last = np.searchsorted(within, (odd.odd_starts, odd.odd_ends))
        return bool((first != last).any())


class _Rows(NamedTuple):
    """Where rows end, how many are not blank up to each, and where the odd ones begin and end."""

    ends: NDArray[np.int64]
    counted: NDArray[np.int64]
    odd_starts: NDArray[np.int64]
    odd_ends: NDArray[np.int64]

    def between(self, start: int, end: int) -> int:
        """Return how many rows lie between two row ends."""
        first, last = np.searchsorted(self.ends, (start, end), side="right")
        return int(self.counted[last] - self.counted[first])


class _Mender:
    """Makes clean rows of blocks, and sets aside what cannot be made one."""

    def __init__(self, form: _Form, names: tuple[str, ...]) -> None:
        self._form, self._names = form, names
        self._in_vain = 0  # bytes read behind quotes that turned out not to be closed
        self._seen = 0

    @property
    def lost_patience(self) -> bool:
        return self._in_vain > PATIENCE + 2 * self._seen

    def lay_out(self, data: bytes, final: bool) -> tuple[_Block, int]:
        """Return the whole rows at the beginning of `data` in clean form, and how long they were."""
        layout = _Layout(data, self._form)
        clean = not self.lost_patience and b"\0" not in data and _is_valid_utf_8(data)
        if clean and not (len(layout.quotes) and len(layout.irregular[0])):
            ends = layout.row_ends(0)
            lengths = np.diff(ends, prepend=0)
            whole = int(ends[-1]) if len(ends) else 0
            too_long = len(ends) and lengths.max() > LONGEST_RECORD
            stuck = len(data) - whole > LONGEST_RECORD or (final and whole < len(data))
            if not too_long and not stuck and not layout.has_odd_rows_of_lines():
                self._seen += whole
                short = lengths <= 2
                blank = np.isin(layout.view[ends[short] - lengths[short]], (10, 13)).sum()
                return _Block(data[:whole], len(ends) - int(blank)), whole
        return self.mend(data, final, layout)

    def mend(self, data: bytes, final: bool, layout: _Layout | None = None) -> tuple[_Block, int]:
        """As `lay_out`, row by row where something is odd; stops after many odd rows."""
        layout = layout or _Layout(data, self._form)
        suspect = _suspect_places(layout)
        known: dict[int, _Rows] = {}  # by parity
        rows: _Rows | None = None
        pieces: list[bytes] = []
        broken: list[_Broken] = []
        places: list[int] = []
        place = at = count = 0
        for _ in range(ROWS_PER_CHUNK):
            if self.lost_patience:
                break
            if rows is None:
                parity = layout.parity_at(place)
                if parity not in known:
                    known[parity] = layout.rows(parity, suspect)
                rows = known[parity]
                at = int(np.searchsorted(rows.odd_starts, place))
            if at < len(rows.odd_starts):
                until = int(rows.odd_starts[at])
            else:
                until = max(int(rows.ends[-1]) if len(rows.ends) else 0, place)
            if until > place:
                pieces.append(data[place:until])
                count += rows.between(place, until)
                place = until
            if place == len(data):
                break
            try:
                row, end = self._row(data, place, final)
            except _RowGoesOn:
                break
            clean = self._judged(row, data[place:end])
            if isinstance(clean, _Broken):
                broken.append(clean)
                places.append(count)
            else:
                pieces.append(clean)
            count += clean != b""
            place = end
            at += 1
            if at > len(rows.odd_ends) or end != rows.odd_ends[at - 1]:
                rows = None  # the quotes are to be counted anew
        if self.lost_patience and place < len(data):
            # From here on every line is a row.
            for line in self._lines(data, place, final):
                clean = self._judged(_row_at(line, 0, self._form, final=True), line)
                if isinstance(clean, _Broken):
                    broken.append(clean)
                    places.append(count)
                else:
                    pieces.append(clean)
                count += clean != b""
                place += len(line)
        self._seen += place
        return _Block(b"".join(pieces), count - len(broken), broken, places, True), place

    def _row(self, data: bytes, place: int, final: bool) -> tuple[_Row | _Fault, int]:
        """Return an odd row, and where it ends: a faulty one at the end of its first line."""
        row = _row_at(data, place, self._form, final)
        if not isinstance(row, _Fault) and not self._is_runaway(row, data, place):
            return row, row.end
        end = _line_end(data, place)
        if not final and not data.endswith((b"\n", b"\r"), place, end):
            raise _RowGoesOn
        self._in_vain += max(0, row.end - end)
        return row, end

    def _lines(self, data: bytes, place: int, final: bool) -> Iterator[bytes]:
        """Return the whole lines from a place on, but not too many at once."""
        for _ in range(ROWS_PER_CHUNK):
            found = LINE_END.search(data, place)
            if found is None:
                return
            yield data[place : found.end()]
            place = found.end()

    def _is_runaway(self, row: _Row, data: bytes, start: int) -> bool:
        """Return whether a row goes over several lines and has a wrong number of cells."""
        return not self._fits(row.cells) and _line_end(data, start) < row.end

    def _fits(self, cells: list[bytes]) -> bool:
        width = self._form.width
        return len(cells) == width or (len(cells) > width and not any(cells[width:]))

    def _judged(self, row: _Row | _Fault, text: bytes) -> bytes | _Broken:
        """Return a row in clean form, or why it is broken; nothing for a line of blanks."""
        width = self._form.width
        if isinstance(row, _Fault):
            reason = row.reason
            if self.lost_patience and "not closed" in reason:
                reason += (
                    " on its line; after many unclosed quotes further up, quoted cells over several "
                    "lines are no longer followed"
                )
            return _Broken("", "", reason, _as_it_came(text))
        cells = row.cells
        if len(cells) == 1 and width > 1 and not text.strip(b" \t\r\n"):
            return b""
        for cell, name in zip(cells, self._names, strict=False):
            if b"\0" in cell:
                return self._unreadable(name, cell, text, "the cell holds a NUL byte")
        if b"\0" in text:
            return _Broken("", "", "the row holds a NUL byte", _as_it_came(text))
        try:
            text.decode("utf-8")
        except UnicodeDecodeError as error:
            reason = self._not_decoded(text, error)
            bad = (
                (name, cell)
                for cell, name in zip(cells, self._names, strict=False)
                if not is_utf_8(cell)
            )
            name, cell = next(bad, ("", b""))
            return self._unreadable(name, cell, text, reason)
        if not self._fits(cells):
            few = "too few: nobody knows which are missing" if len(cells) < width else "too many"
            more = " (or a quoted cell is not closed)" if _line_end(text, 0) < len(text) else ""
            return _Broken(
                "",
                "",
                f"a row must have {width:,} cells as the header has, but this has {len(cells):,}, "
                f"{few}{more}",
                _as_it_came(text),
            )
        return self._written(cells[:width])

    def _not_decoded(self, text: bytes, error: UnicodeDecodeError) -> str:
        byte, encoding = text[error.start], "UTF-8"
        if self._form.encoding != "utf-8":
            # A marked byte: see `encodings`.
            encoding = self._form.encoding
            if text[error.start : error.start + 1] == b"\xed":
                marked = text[error.start : error.start + 3].decode("utf-8", "surrogatepass")
                byte = ord(marked) - 0xDC00
        place = len(text[: error.start].decode("utf-8")) + 1
        return f"the row must be written in {encoding}, but is not: byte 0x{byte:02X} at letter {place:,}"

    def _unreadable(self, name: str, cell: bytes, text: bytes, reason: str) -> _Broken:
        return _Broken(name, shortened(_shown(cell)), reason, _as_it_came(text))

    def _written(self, cells: list[bytes]) -> bytes:
        if self._form.quotes:
            cells = [b'"' + cell.replace(b'"', b'""') + b'"' for cell in cells]
        return self._form.delimiter.join(cells) + b"\n"


def _suspect_places(layout: _Layout) -> NDArray[np.int64]:
    """Return a place in each line that holds a NUL byte or is not UTF-8."""
    data, view = layout.data, layout.view
    places = np.flatnonzero(view == 0) if b"\0" in data else np.empty(0, np.int64)
    if _is_valid_utf_8(data):
        return places
    # Lines with letters beyond ASCII, each of which is looked at.
    lines = np.unique(np.searchsorted(layout.ends, np.flatnonzero(view >= 128), side="right"))
    starts = np.concatenate(([0], layout.ends))
    stops = np.append(layout.ends, len(data))
    bad = [int(starts[line]) for line in lines if not is_utf_8(data[starts[line] : stops[line]])]
    return np.concatenate((places, np.array(bad, np.int64)))


def _is_valid_utf_8(data: bytes) -> bool:
    if data.isascii():
        return True
    import pyarrow as pa

    bounds = pa.py_buffer(np.array([0, len(data)], np.int64))
    text = pa.Array.from_buffers(pa.large_string(), 1, [None, bounds, pa.py_buffer(data)])
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _shown(text: bytes) -> str:
    return text.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _as_it_came(text: bytes, size: int | None = None) -> str:
    """Return a row as text, cut if it is very long."""
    text = text.rstrip(b"\r\n")
    size = len(text) if size is None else size
    if size <= LONGEST_KEPT:
        return _shown(text)
    return f"{_shown(text[: 4 * KEPT_OF_A_LONG_ROW])[:KEPT_OF_A_LONG_ROW]}… ({size:,} bytes)"


def _blocks(reader: Utf8Reader, form: _Form, names: tuple[str, ...]) -> Iterator[_Block]:
    """Read a file in blocks of whole rows."""
    mender = _Mender(form, names)
    rest, stuck = b"", False
    skip = form.skip
    while skip:
        part = reader.read(min(skip, BLOCK_BYTES))
        rest, skip = part[skip:], max(0, skip - len(part))
        if reader.ended:
            break
    while rest or not reader.ended:
        if not reader.ended and (stuck or len(rest) < BLOCK_BYTES // 2):
            rest += reader.read(BLOCK_BYTES)
        if reader.ended and rest and not rest.endswith((b"\n", b"\r")):
            rest += b"\n"
        if not rest:
            continue
        block, used = mender.lay_out(rest, reader.ended)
        rest = rest[used:]
        stuck = used == 0
        if stuck and len(rest) > LONGEST_RECORD and not LINE_END.search(rest):
            long, rest = _rest_of_line(reader, rest)
            block = _Block(b"", 0, [_Broken("", "", TOO_LONG, long)], [0], True)
            stuck = False
        yield block._replace(done=reader.done)


def _rest_of_line(reader: Utf8Reader, start: bytes) -> tuple[str, bytes]:
    """Pass over a line that does not end; return how it began, and what follows it."""
    size = len(start)
    while not reader.ended:
        part = reader.read(BLOCK_BYTES)
        if found := LINE_END.search(part):
            return _as_it_came(start, size + found.start()), part[found.end() :]
        size += len(part)
    return _as_it_came(start, size), b""


# From whole rows to cells.


def _chunks(
    data: BinarySource, name: str, form: _Form, names: tuple[str, ...], chosen: list[int]
) -> Iterator[RawChunk]:
    """Read blocks in a thread, one ahead of those that are parted into cells here."""
    rows = 0
    with data.open() as stream, ThreadPoolExecutor(1) as pool:
        blocks = _blocks(Utf8Reader(stream, name, form.encoding), form, names)
        ahead = pool.submit(next, blocks, None)
        while (block := ahead.result()) is not None:
            ahead = pool.submit(next, blocks, None)
            for chunk in _cells_of(block, form, names, chosen, rows, data.size):
                rows += len(chunk.cells) + len(chunk.broken)
                yield chunk
    if rows == 0:
        nothing = [pd.array([], dtype=TEXT) for _ in chosen]
        cells = pd.DataFrame(dict(zip((names[each] for each in chosen), nothing, strict=True)))
        yield RawChunk(cells, _broken_frame([], []), None, data.size, data.size)


def _cells_of(
    block: _Block, form: _Form, names: tuple[str, ...], chosen: list[int], rows: int, total: int
) -> Iterator[RawChunk]:
    """Return the rows of a block, of which the first has the number `rows` + 1."""
    table = _parsed(block.data, form, chosen)
    if table is None and not block.mended:  # some rows have a wrong number of cells
        mender, rest = _Mender(form, names), block.data
        while rest:
            mended, used = mender.mend(rest, final=True)
            rest = rest[used:]
            yield from _cells_of(mended._replace(done=block.done), form, names, chosen, rows, total)
            rows += mended.rows + len(mended.broken)
        return
    if table is None or table.num_rows != block.rows:
        given = "none" if table is None else f"{table.num_rows:,}"
        raise DataFileError(
            f"{block.rows:,} rows must come out of a part of the file, but {given} did. This is a fault "
            "of the library, not of the file; please report it."
        )
    places = np.array(block.places, np.int64)
    taken = 0
    for start in range(0, block.rows + len(places), ROWS_PER_CHUNK):
        stop = min(start + ROWS_PER_CHUNK, block.rows + len(places))
        first, last = np.searchsorted(places, (start, stop))
        aside = places[first:last]
        size = stop - start - len(aside)
        part = table.slice(taken, size)
        taken += size
        index: pd.Index = pd.RangeIndex(rows + start + 1, rows + stop + 1)
        if len(aside):
            index = pd.Index(np.delete(np.arange(start, stop), aside - start) + rows + 1)
        cells = _frame([part.column(str(each)) for each in chosen], names, chosen, index)
        broken = _broken_frame(block.broken[first:last], aside + rows + 1)
        yield RawChunk(cells, broken, None, min(block.done, total), total)


def _parsed(data: bytes, form: _Form, chosen: list[int]) -> pa.Table | None:
    """Part clean rows into cells; None if one has a wrong number of them."""
    import pyarrow as pa
    from pyarrow import csv

    columns = [str(each) for each in dict.fromkeys(chosen)]
    types = dict.fromkeys(columns, pa.large_string())
    if data[:1] in (b"", b"\n", b"\r") and not data.strip(b"\r\n"):
        return pa.table({each: pa.array([], pa.large_string()) for each in columns})
    # pyarrow's threads may let go of these bytes as the program ends; they must not be Python's then.
    own = pa.allocate_buffer(len(data))
    np.frombuffer(own, np.uint8)[:] = np.frombuffer(data, np.uint8)
    quoted = form.quotes and b'"' in data
    try:
        return csv.read_csv(
            pa.BufferReader(own),
            csv.ReadOptions(
                column_names=[str(each) for each in range(form.width)],
                block_size=len(data) + 1,
                use_threads=True,
            ),
            csv.ParseOptions(
                delimiter=form.delimiter.decode(),
                quote_char='"' if quoted else False,
                newlines_in_values=quoted,
            ),
            csv.ConvertOptions(
                check_utf8=False,
                column_types=types,
                include_columns=columns,
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        if "Expected" in str(error):  # so many columns, got so many
            return None
        raise


def _frame(
    columns: list[Any], names: tuple[str, ...], chosen: list[int], index: pd.Index
) -> pd.DataFrame:
    cells = {
        names[place]: pd.Series(TEXT.__from_arrow__(column), index=index, copy=False)
        for place, column in zip(chosen, columns, strict=True)
    }
    return pd.DataFrame(cells, index=index, copy=False)


def _broken_frame(broken: Sequence[_Broken], numbers: Any) -> pd.DataFrame:
    return pd.DataFrame(
        list(broken),
        columns=list(_Broken._fields),
        index=pd.Index(numbers, dtype="int64"),
        dtype=object,
    )
