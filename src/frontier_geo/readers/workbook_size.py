"""
What a workbook would need in memory, measured before it is opened.

A workbook is a zip of XML that a few kilobytes can blow up: by a cell at the far end of the sheet, by
a long text that a million cells point at, by repeated rows, by parts that unpack without end. The
libraries that read workbooks ask for the memory at once, and end the process where there is none.
So every part is unpacked and parsed here first, piece by piece, and only counted.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from frontier_geo._files import first_line
from frontier_geo.errors import DataFileError

__all__ = ["MOST_UNPACKED", "WorkbookSize", "measure_workbook"]

#: Rows times columns up to the last cell used. The GTD, the largest known export, has 28 million.
MOST_CELLS = 40_000_000
MOST_TEXT = 1 << 29  # characters of the texts of all cells, each counted where it stands
MOST_UNPACKED = 2 << 30  # bytes of all parts; the GTD has about 1 GB
MOST_PARTS = 10_000  # files inside; a workbook with many sheets and pictures has hundreds
HIGHEST_RATIO = 200  # unpacked to packed, as for other archives; sheets seldom reach 50
RATIO_COUNTS_FROM = 50 << 20  # bytes: small parts may be as empty as they like
BLOCK = 4 << 20
FAR = 99_999_999  # what stands for a row or column beyond every sheet

CELL_TAG = re.compile(rb"<(?:\w+:)?(?:c|row|si)[\s/>]")
#: What the zip module raises on damaged files.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    ValueError,
    IndexError,
    OverflowError,
)


@dataclass
class WorkbookSize:
    """What was found inside a workbook without opening it."""

    macros: bool = False
    links: bool = False
    formulas: int = 0
    errors: int = 0
    text: int = 0
    shared: list[int] = field(default_factory=list)  # lengths of the shared texts

    def notes(self) -> list[str]:
        """Say what a careful reader should know of it."""
        told = []
        if self.macros:
            told.append("it holds macros: they were not run")
        if self.links:
            told.append("it holds links to other files: they were not followed")
        if self.formulas:
            told.append(
                f"it holds {self.formulas:,} formulas: what they gave when it was last saved was read"
            )
        if self.errors:
            told.append(
                f"{self.errors:,} cells hold errors such as #DIV/0!: they were read as empty"
            )
        return told


def measure_workbook(content: bytes, name: str) -> WorkbookSize:
    """
    Unpack every part of a workbook once, and count.

    Parameters
    ----------
    content : bytes
        An .xlsx or .ods file.
    name : str
        Its name, for messages.

    Returns
    -------
    WorkbookSize

    Raises
    ------
    DataFileError
        If it is no workbook, is damaged, or is larger than the limits of this module.
    """
    size = WorkbookSize()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir()]
            _check_parts(parts, name)
            # The shared texts come first, so that the cells can be counted with them.
            parts.sort(key=lambda part: not part.filename.lower().endswith("sharedstrings.xml"))
            left = MOST_UNPACKED
            for part in parts:
                low = part.filename.lower()
                size.macros |= "vbaproject" in low or low.startswith("basic/")
                size.links |= "externallinks/" in low
                left -= _measure_part(archive, part, left, size, name)
    except DataFileError:
        raise
    except DAMAGE as error:
        raise DataFileError(
            f"{name} must be a whole spreadsheet, but is damaged or cut off: {first_line(error)}. Get "
            "the file again."
        ) from error
    return size


def _check_parts(parts: list[zipfile.ZipInfo], name: str) -> None:
    names = {part.filename.lower() for part in parts}
    if not names & {"xl/workbook.xml", "content.xml"}:
        what = "an .xlsb workbook" if "xl/workbook.bin" in names else "a zip of other files"
        raise DataFileError(
            f"{name} must be an .xlsx or .ods file, but is {what}. Save it as .xlsx or CSV."
        )
    if len(parts) > MOST_PARTS or len(names) < len(parts):
        raise DataFileError(
            f"{name} must be a spreadsheet of at most {MOST_PARTS:,} parts with names of their own, but "
            f"holds {len(parts):,} parts under {len(names):,} names. Save it again as .xlsx or CSV."
        )
    if any(part.flag_bits & 1 for part in parts):
        raise DataFileError(f"{name} is locked by a password. Save it without one.")


def _measure_part(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int, size: WorkbookSize, name: str
) -> int:
    """Measure one part; return how many bytes it unpacks to."""
    ods = part.filename == "content.xml"
    counter: _Counter = _OdsCounter(size, name, part) if ods else _XlsxCounter(size, name, part)
    unpacked = 0
    has_cells = False
    with archive.open(part) as file:
        while block := file.read(BLOCK):
            unpacked += len(block)
            if unpacked > left or (
                unpacked > RATIO_COUNTS_FROM
                and unpacked > HIGHEST_RATIO * max(part.compress_size, 1)
            ):
                raise DataFileError(
                    f"{name} must unpack to less than {MOST_UNPACKED >> 30} GB and to less than "
                    f"{HIGHEST_RATIO:,} times its size, but {part.filename!r} inside does not: it looks "
                    "like a zip bomb. Save the table as CSV if you trust it."
                )
            has_cells = has_cells or (not ods and CELL_TAG.search(block) is not None)
            counter.add(block)
    counter.end(needed=ods or has_cells)
    return unpacked


class _Counter(ABC):
    """Counts the elements of a part of XML."""

    def __init__(self, size: WorkbookSize, name: str, part: zipfile.ZipInfo) -> None:
        self.size, self.name, self.part = size, name, part.filename
        self.damage: expat.ExpatError | None = None
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self.start
        self._parser.CharacterDataHandler = self.characters
        self._parser.StartDoctypeDeclHandler = self._doctype

    def add(self, block: bytes) -> None:
        """Count a block. What is no XML (a picture) is not counted."""
        if self.damage is None:
            try:
                self._parser.Parse(block, False)
            except expat.ExpatError as error:
                self.damage = error
            self.check()

    def end(self, *, needed: bool) -> None:
        """Finish a part; refuse it if it has cells and could not be counted to its end."""
        if self.damage is None:
            try:
                self._parser.Parse(b"", True)
            except expat.ExpatError as error:
                self.damage = error
            self.check()
        if self.damage is not None and needed:
            raise DataFileError(
                f"{self.name} must be a whole spreadsheet, but its part {self.part!r} is damaged: "
                f"{first_line(self.damage)}. Get the file again."
            ) from self.damage

    def check(self) -> None:
        """Refuse too much text, and too many cells."""
        rows, columns = self.extent()
        if rows * columns > MOST_CELLS:
            raise DataFileError(
                f"{self.name} must have at most {MOST_CELLS:,} cells in a sheet, counted to the last "
                f"one used, but {self.part!r} inside reaches over {rows:,} rows and {columns:,} columns. "
                "Delete what stands beyond the table, or save the sheet as CSV, which has no such limit."
            )
        if self.size.text > MOST_TEXT:
            raise DataFileError(
                f"{self.name} must hold at most {MOST_TEXT >> 20} MB of text in its cells, but holds "
                "more, as by repeating long texts: it looks like a bomb. Save the table as CSV if you "
                "trust it."
            )

    def _doctype(self, *_: Any) -> None:
        raise DataFileError(
            f"{self.name} must be a plain spreadsheet, but {self.part!r} inside declares entities of its "
            "own. Save it again as .xlsx or CSV."
        )

    @abstractmethod
    def extent(self) -> tuple[int, int]:
        """Return rows and columns to the last cell used."""

    @abstractmethod
    def start(self, tag: str, given: dict[str, str]) -> None:
        """Take the begin of an element."""

    @abstractmethod
    def characters(self, text: str) -> None:
        """Take text."""


class _XlsxCounter(_Counter):
    """Counts the cells of a sheet of an .xlsx file, or its shared texts."""

    def __init__(self, size: WorkbookSize, name: str, part: zipfile.ZipInfo) -> None:
        super().__init__(size, name, part)
        self.rows = self.columns = 0
        self.row = self.column = 0
        self.columns_by_name: dict[str, int] = {}
        self.points = False  # whether the text to come is the number of a shared text
        self.pointer = ""

    def extent(self) -> tuple[int, int]:
        return self.rows, self.columns

    def start(self, tag: str, given: dict[str, str]) -> None:
        word = tag.rpartition(":")[2] if ":" in tag else tag
        if word == "c":
            self._cell(given)
        elif word == "row":
            self._settle()
            self.row = _number(given["r"]) if "r" in given else self.row + 1
            self.column = 0
            if self.row > self.rows:
                self.rows = self.row
        elif word == "f":
            self.size.formulas += 1
        elif word == "si":
            self.size.shared.append(0)

    def _cell(self, given: dict[str, str]) -> None:
        self._settle()
        name = given.get("r")
        if name is None:  # cells without a name stand one by one
            self.column += 1
        else:
            letters = name.rstrip("0123456789")
            column = self.columns_by_name.get(letters)
            if column is None:
                column = self.columns_by_name[letters] = _column_number(letters)
            self.column = column
            row = _number(name[len(letters) :])
            if row > self.rows:
                self.rows = row
        if self.column > self.columns:
            self.columns = self.column
        kind = given.get("t")
        self.points = kind == "s"
        if kind == "e":
            self.size.errors += 1

    def end(self, *, needed: bool) -> None:
        self._settle()
        super().end(needed=needed)

    def characters(self, text: str) -> None:
        if self.points:
            self.pointer += text
        elif self.rows:
            self.size.text += len(text)
        elif self.size.shared:
            self.size.shared[-1] += len(text)

    def _settle(self) -> None:
        """Count the shared text that the last cell pointed at."""
        if self.points:
            at = _number(self.pointer.strip())
            if at < len(self.size.shared):
                self.size.text += self.size.shared[at]
            self.points, self.pointer = False, ""


def _number(word: str) -> int:
    return int(word) if word.isdecimal() and word.isascii() and len(word) < 9 else FAR


def _column_number(letters: str) -> int:
    """Return 1 for A, 28 for AB; for what is no name of a column one beyond every sheet."""
    number = 0
    for letter in letters if len(letters) < 5 else "?":
        if not "A" <= letter <= "Z":
            return FAR
        number = number * 26 + ord(letter) - 64
    return number


class _OdsCounter(_Counter):
    """Counts the cells of the sheets of an .ods file, repeated ones as often as they are."""

    def __init__(self, size: WorkbookSize, name: str, part: zipfile.ZipInfo) -> None:
        super().__init__(size, name, part)
        self._parser.EndElementHandler = self.finish
        self.rows = self.columns = 0  # of this sheet
        self.widest = (0, 0)  # of the largest sheet
        self.row_at = self.column_at = 0
        self.row_end = self.row_text = 0
        self.row_repeats = self.cell_repeats = 1
        self.in_cell = self.filled = False
        self.length = 0

    def extent(self) -> tuple[int, int]:
        return self.widest

    def start(self, tag: str, given: dict[str, str]) -> None:
        word = tag.rpartition(":")[2]
        if word == "table":
            self.rows = self.columns = self.row_at = 0
        elif word == "table-row":
            self.row_repeats = _repeats(given, "number-rows-repeated")
            self.column_at = self.row_end = self.row_text = 0
        elif word in ("table-cell", "covered-table-cell"):
            self.cell_repeats = _repeats(given, "number-columns-repeated")
            self.in_cell, self.length = True, 0
            keys = {key.rpartition(":")[2] for key in given}
            self.filled = bool(keys & {"value-type", "formula", "value"})
            self.size.formulas += "formula" in keys

    def finish(self, tag: str) -> None:
        """Take the end of an element."""
        word = tag.rpartition(":")[2]
        if word in ("table-cell", "covered-table-cell"):
            self.column_at += self.cell_repeats
            if self.filled or self.length:
                self.row_end = self.column_at
                self.row_text += self.length * self.cell_repeats
            self.in_cell = False
        elif word == "table-row":
            self.row_at += self.row_repeats
            if self.row_end:
                self.rows, self.columns = self.row_at, max(self.columns, self.row_end)
                self.size.text += self.row_text * self.row_repeats
                self.widest = max(
                    self.widest, (self.rows, self.columns), key=lambda pair: pair[0] * pair[1]
                )

    def characters(self, text: str) -> None:
        if self.in_cell:
            self.length += len(text)


def _repeats(given: dict[str, str], key: str) -> int:
    word = next((value for name, value in given.items() if name.rpartition(":")[2] == key), "1")
    return max(_number(word), 1)
