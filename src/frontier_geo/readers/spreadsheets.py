"""
Spreadsheets: the rows of a sheet of an Excel (.xlsx, .xlsm) or OpenDocument (.ods) file.

Every file is measured before it is opened (`workbook_size`). Nothing in it is ever run or followed:
macros stay asleep, links to other files are not read, and of a formula the result counts that was
last saved.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pandas as pd

from frontier_geo._files import first_line
from frontier_geo.errors import DataFileError, ParameterError
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.columns import meaning_of, names_of_two_rows
from frontier_geo.readers.source import RawChunk, RawFile
from frontier_geo.readers.workbook_size import MOST_UNPACKED, measure_workbook

if TYPE_CHECKING:
    from frontier_geo.readers.archives import BinarySource

__all__ = ["open_spreadsheet"]

ROWS_PER_CHUNK = 65_536
TITLE_ROWS = 50  # how far down the header may stand
#: What a cell merged over several rows says of each of them; a number of people is said once.
SAID_OF_EACH = frozenset(
    {
        "date_start", "date_end", "year", "month", "day", "place", "admin1", "admin2", "country", "lat",
        "lon", "coordinates", "lat_lon", "lon_lat", "mgrs", "event_type", "source", "source_urls",
        "source_dates",
    }
)  # fmt: skip

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # .xls, and .xlsx under a password


def open_spreadsheet(data: BinarySource, name: str, *, sheet: str | int | None = None) -> RawFile:
    """
    Open a sheet of a spreadsheet.

    The header is the first row with two cells or more that are not empty; what stands above it is
    left out and told in the notes. A header of two rows, such as Casualties above Killed and Wounded,
    is taken as one where cells are merged above the second row, or its words are known headings:
    a column is called by both, or by the lower one where that is enough (`names_of_two_rows`). A cell
    alone above the header counts as its first row where it is merged over a part of the columns, but
    not from the first: else it is a title. Row 1 is the row below the
    header, so row numbers are those of the sheet less those above; wholly empty rows are no rows.
    A day, place or source in a cell merged over several rows is that of each of them.
    Cells keep their types: text, whole numbers (int), other numbers (float), days (date), instants
    (datetime), true and false (bool). A column of text alone has the dtype `cells.TEXT`, the others
    are of objects.

    Parameters
    ----------
    data : BinarySource
        The file.
    name : str
        Its name, for messages.
    sheet : str or int, optional
        Name of the sheet, or its number from 1. By default the first visible one that is not empty.

    Returns
    -------
    RawFile

    Raises
    ------
    DataFileError
        If it is no such file, is damaged or locked by a password, is larger than the limits of
        this module, or holds no table.
    ParameterError
        If it has no sheet of that name.
    """
    content = _content(data, name)
    measured = measure_workbook(content, name)
    book = _book(content, name)
    title, found, notes = _choose(book, sheet, name)
    table = _Table(found, name, title)
    notes += [*measured.notes(), *table.notes]
    waiting = [table]

    def chunks() -> Iterator[RawChunk]:
        first = waiting.pop() if waiting else None
        ready = first or _Table(_sheet(_book(content, name), title, name), name, title)
        yield from ready.chunks()

    return RawFile(name, "xlsx", table.columns, chunks, tuple(notes))


class _Table:
    """The rows of a sheet below its header."""

    def __init__(self, sheet: Any, name: str, title: str) -> None:
        self._sheet = sheet
        self.notes: list[str] = []
        self._header, cells = self._find_header(name, title)
        joined = self._first_row(cells) or self._second_row(cells)
        if joined is not None:
            cells = joined
        self.columns, self._at = self._name_columns(cells)
        self._spans = self._cells_over_rows()
        top = self._header + 1
        if top > 1:
            rows = f"row {top}" if joined is None else f"in rows {top - 1} and {top}"
            self.notes.insert(
                0,
                f"the header is {rows} of the sheet {title!r}: row 1 of the data is row {top + 1}",
            )

    def _first_row(self, lower: list[Any]) -> list[Any] | None:
        """Return the names of columns where one word above some of them is a row of the header."""
        above = self._row(self._header - 1) if self._header else None
        if above is None or sum(not _empty(cell) for cell in above) != 1:
            return None
        at = next(at for at, cell in enumerate(above) if not _empty(cell))
        first = next(at for at, cell in enumerate(lower) if not _empty(cell))
        merged = self._merged(self._header - 1)
        if at <= first and not merged:
            return None
        joined = self._joined(above, lower, merged) if at > first and merged else None
        if joined is not None:
            return joined
        self.notes.append(f"{_plain(above[at])!r} above the header was taken for a title")
        return None

    def _second_row(self, upper: list[Any]) -> list[Any] | None:
        """Return the names of columns whose header goes on in the next row; None if it does not."""
        lower = self._row(self._header + 1)
        if lower is None:
            return None
        joined = self._joined(upper, lower, self._merged(self._header))
        self._header += joined is not None
        return joined

    def _row(self, at: int) -> list[Any] | None:
        return next(
            (row for number, row in enumerate(self._sheet.iter_rows()) if number == at), None
        )

    def _merged(self, at: int) -> set[int]:
        """Return which cells of a row belong to one on their left."""
        return {
            column
            for (row, first), (_, last) in getattr(self._sheet, "merged_cell_ranges", None) or ()
            if row == at
            for column in range(first + 1, last + 1)
        }

    def _joined(self, upper: list[Any], lower: list[Any], merged: set[int]) -> list[str] | None:
        """Return the names of columns of two rows, if they are a header; note what is in doubt."""
        below = [("" if _empty(cell) else _plain(cell)) for cell in lower]
        if not all(isinstance(cell, str) for cell in below):
            return None
        names = ["" if _empty(cell) else str(_plain(cell)) for cell in upper]
        found = names_of_two_rows(names, below, merged)
        if found is None:
            return None
        self.notes += found[1]
        return found[0]

    def _find_header(self, name: str, title: str) -> tuple[int, list[Any]]:
        enough = min(2, self._sheet.width)
        for number, cells in enumerate(self._sheet.iter_rows()):
            if sum(not _empty(cell) for cell in cells) >= enough:
                return number, cells
            if number >= self._sheet.start[0] + TITLE_ROWS:
                break
        raise DataFileError(
            f"{name} must have a row of column names within the first {TITLE_ROWS} rows used of its "
            f"sheet {title!r}, but no row there has two cells. Name the right sheet, or tidy the table."
        )

    def _name_columns(self, cells: list[Any]) -> tuple[tuple[str, ...], list[int]]:
        """Name each column; those without a name are kept when anything stands in them."""
        nameless = {at for at, cell in enumerate(cells) if _empty(cell)}
        used: set[int] = set()
        if nameless:
            for number, row in enumerate(self._sheet.iter_rows()):
                if number > self._header:
                    used |= {at for at in nameless - used if not _empty(row[at])}
                if used == nameless:
                    break
        at = [i for i in range(len(cells)) if i not in nameless or i in used]
        names: dict[str, int] = {}
        columns = []
        for i in at:
            word = f"column {i + 1}" if i in nameless else " ".join(str(_plain(cells[i])).split())
            seen = names[word] = names.get(word, 0) + 1
            columns.append(word if seen == 1 else f"{word} ({seen})")
            if seen > 1:
                self.notes.append(f"the column {word!r} occurs again: it is named {columns[-1]!r}")
        if used:
            self.notes.append(f"{len(used)} columns with cells have no name: they are numbered")
        return tuple(columns), at

    def _cells_over_rows(self) -> dict[int, list[tuple[int, int]]]:
        """Return, by the row in which it begins, the column and last row of each that counts for all."""
        names = dict(zip(self._at, self.columns, strict=True))
        spans: dict[int, list[tuple[int, int]]] = {}
        filled, others = set(), False
        for (row, column), (last, _) in getattr(self._sheet, "merged_cell_ranges", None) or ():
            if self._header < row < last and column in names:
                found = meaning_of(names[column])
                if found is not None and found[0] in SAID_OF_EACH:
                    spans.setdefault(row, []).append((column, last))
                    filled.add(column)
                else:
                    others = True
        if filled:
            told = ", ".join(repr(names[column]) for column in sorted(filled))
            self.notes.append(
                f"cells of {told} merged over several rows count for each of these rows"
            )
        if others:
            self.notes.append(
                "other cells merged over several rows count for the first of them alone"
                if filled
                else "cells merged over several rows count for the first of them alone"
            )
        return spans

    def chunks(self) -> Iterator[RawChunk]:
        """Return the rows in chunks."""
        total = self._sheet.end[0] - self._header
        rows: list[list[Any]] = []
        numbers: list[int] = []
        number = 0
        over: dict[int, tuple[Any, int]] = {}  # by column: a cell, and the last row it counts for
        for number, cells in enumerate(self._sheet.iter_rows(), start=-self._header):
            if number < 1:
                continue
            row = number + self._header
            over |= {at: (cells[at], last) for at, last in self._spans.get(row, ())}
            if any(not _empty(cell) for cell in cells):
                said = {at: cell for at, (cell, last) in over.items() if row <= last}
                rows.append(
                    [said.get(at, cell) for at, cell in enumerate(cells)] if said else cells
                )
                numbers.append(number)
            if len(rows) == ROWS_PER_CHUNK:
                yield self._chunk(rows, numbers, number, total)
                rows, numbers = [], []
        if rows:
            yield self._chunk(rows, numbers, number, total)

    def _chunk(self, rows: list[list[Any]], numbers: list[int], done: int, total: int) -> RawChunk:
        index = pd.Index(numbers, dtype="int64")
        columns = {
            column: _column([row[at] for row in rows], index)
            for column, at in zip(self.columns, self._at, strict=True)
        }
        cells = pd.DataFrame(columns, index=index)
        broken = pd.DataFrame(columns=["column", "value", "reason", "row"], dtype=object)
        return RawChunk(cells, broken, None, done, total)


def _empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and (cell == "" or cell.isspace()))


def _plain(cell: Any) -> Any:
    """Return a cell as it is meant: nothing as None, a whole number as int."""
    if isinstance(cell, str):
        return cell or None
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 2**53:
            return int(cell)
        return None if cell != cell else cell
    if isinstance(cell, datetime.datetime) and cell.time() == datetime.time():
        return cell.date()
    return cell


def _column(cells: list[Any], index: pd.Index) -> pd.Series:
    values = [_plain(cell) for cell in cells]
    if all(value is None or isinstance(value, str) for value in values):
        return pd.Series(values, index=index, dtype=TEXT)
    return pd.Series(values, index=index, dtype=object)


def _content(data: BinarySource, name: str) -> bytes:
    """Return a file's bytes, once they look like a zip."""
    with data.open() as file:
        begin = file.read(512)
        if begin[:4] == b"PK\x03\x04":
            whole = begin + file.read(MOST_UNPACKED)
            if len(whole) > MOST_UNPACKED:
                raise DataFileError(
                    f"{name} must be a spreadsheet of less than {MOST_UNPACKED >> 30} GB. Save the "
                    "sheet as CSV, which has no such limit."
                )
            return whole
    if begin[:8] == OLE:
        raise DataFileError(
            f"{name} must be an .xlsx or .ods file, but is an old .xls workbook or locked by a "
            "password. Open it in a spreadsheet program and save it as .xlsx, without a password."
        )
    if not begin:
        raise DataFileError(f"{name} must be a spreadsheet, but is empty.")
    if begin.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise DataFileError(
            f"{name} must be an .xlsx or .ods file, but is a page of HTML or XML under that name. Open "
            "it in a spreadsheet program and save it as .xlsx."
        )
    raise DataFileError(
        f"{name} must be an .xlsx or .ods file, but begins with {begin[:8]!r}. If it is a table in "
        "text, name it .csv."
    )


def _book(content: bytes, name: str) -> Any:
    try:
        from python_calamine import CalamineError, CalamineWorkbook, PasswordError
    except ImportError as error:
        raise DataFileError(
            f"To read {name}, the package python-calamine is needed. Install it: pip install "
            "python-calamine. Or save the sheet as CSV."
        ) from error
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(content))
    except PasswordError as error:
        raise DataFileError(f"{name} is locked by a password. Save it without one.") from error
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged(name, error) from error


def _sheet(book: Any, title: str, name: str) -> Any:
    from python_calamine import CalamineError

    try:
        return book.get_sheet_by_name(title)
    except (CalamineError, OSError, ValueError) as error:
        raise _damaged(name, error) from error


def _damaged(name: str, error: Exception) -> DataFileError:
    return DataFileError(
        f"{name} must be a whole spreadsheet, but cannot be read: {first_line(error)}. Open it in a "
        "spreadsheet program and save it again as .xlsx."
    )


def _choose(book: Any, sheet: str | int | None, name: str) -> tuple[str, Any, list[str]]:
    """Choose a sheet; return its name, the sheet, and notes on the others."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    every = [each for each in book.sheets_metadata if each.typ == SheetTypeEnum.WorkSheet]
    titles = [each.name for each in every]
    every_title = ", ".join(map(repr, titles)) or "none"
    if sheet is not None:
        if isinstance(sheet, int) and sheet is not True and 1 <= sheet <= len(titles):
            sheet = titles[sheet - 1]
        if sheet in titles:
            return str(sheet), _sheet(book, str(sheet), name), []
        raise ParameterError(f"{name} has no sheet {sheet!r}; its sheets are {every_title}.")
    shown = [each.name for each in every if each.visible == SheetVisibleEnum.Visible]
    for title in [*shown, *(each for each in titles if each not in shown)]:
        found = _sheet(book, title, name)
        if found.height:
            rest = ", ".join(repr(each) for each in titles if each != title)
            told = f"the sheet {title!r} was read; other sheets were not: {rest}"
            return title, found, [told] if rest else []
    raise DataFileError(
        f"{name} must hold a sheet with a table, but its sheets are empty: {every_title}."
    )
