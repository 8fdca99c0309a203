"""CSV files of points, read in blocks; every cell stays the text it is."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.csv as pacsv

from frontier_geo._files import first_line
from frontier_geo.errors import DataFileError
from frontier_geo.streaming.points import check_same_schema
from frontier_geo.streaming.sources import (
    PIECE_ROWS,
    Piece,
    Source,
    check_names,
    not_allowed,
    rechunked,
)

__all__ = ["CsvSource"]

BLOCK_BYTES = 4 << 20
LONGEST_HEADER = 1 << 20
DELIMITERS = (",", ";", "\t", "|")
READ_ERRORS = (pa.ArrowException, OSError, ValueError, EOFError, zipfile.BadZipFile)


class CsvSource(Source):
    """CSV files in UTF-8 with a header; a piece is so many rows of one file."""

    def __init__(self, files: list[Path], chunk_rows: int) -> None:
        self.delimiters: list[str] = []
        schema: pa.Schema | None = None
        for file in files:
            names, delimiter = _header(file)
            check_names(names, file)
            self.delimiters.append(delimiter)
            own = pa.schema([(name, pa.string()) for name in names])
            if schema is None:
                schema = own
            check_same_schema(schema, own, first_name=files[0].name, name=str(file))
        super().__init__(files, schema, chunk_rows)
        self.sizes = [file.stat().st_size for file in files]
        self.read_bytes = 0

    def still_there(self, keys: list[list[Any]]) -> int:
        same, file = 0, 0
        for key in keys:
            if file < len(self.files) - 1 and key[0] == self.identities[file + 1][0]:
                file += 1
            if key[:4] != [*self.identities[file], self.chunk_rows]:
                break
            same += 1
        return same

    def pieces_after(
        self, keys: list[list[Any]], rows: list[int]
    ) -> Iterator[tuple[Piece, Iterator[pa.Table]]]:
        begin, skip = 0, 0
        if keys:
            begin = [identity[0] for identity in self.identities].index(keys[-1][0])
            skip = keys[-1][5] + rows[-1]
        self.read_bytes = sum(self.sizes[:begin])
        for number in range(begin, len(self.files)):
            yield from self._pieces_of(number, skip if number == begin else 0)

    @property
    def about_rows(self) -> int:
        return sum(self.sizes) // (10 * len(self.schema.names))  # some ten bytes a cell

    def share(self, rows: int) -> float:
        return min(self.read_bytes / max(sum(self.sizes), 1), 1.0)

    def _pieces_of(self, number: int, skip: int) -> Iterator[tuple[Piece, Iterator[pa.Table]]]:
        per_piece = max(PIECE_ROWS // self.chunk_rows, 1)
        chunks = rechunked(self._batches(number, skip), self.chunk_rows, self.schema)
        for first in chunks:
            rest = itertools.islice(chunks, per_piece - 1)
            yield Piece(number, (), skip), itertools.chain([first], rest)
            skip += per_piece * self.chunk_rows

    def _batches(self, number: int, skip: int) -> Iterator[pa.RecordBatch]:
        file = self.files[number]
        names = self.schema.names
        try:
            with _unpacked(file, self._count) as stream:
                reader = pacsv.open_csv(
                    stream,
                    read_options=pacsv.ReadOptions(block_size=BLOCK_BYTES),
                    parse_options=pacsv.ParseOptions(
                        delimiter=self.delimiters[number], newlines_in_values=True
                    ),
                    convert_options=pacsv.ConvertOptions(
                        column_types=dict.fromkeys(names, pa.string()),
                        include_columns=names,
                        null_values=[""],
                        strings_can_be_null=True,
                        quoted_strings_can_be_null=False,
                    ),
                )
                for batch in reader:
                    dropped = min(skip, batch.num_rows)
                    skip -= dropped
                    yield batch.slice(dropped)
        except READ_ERRORS as error:
            if isinstance(error, DataFileError):
                raise
            raise _bad_csv(file, error) from error

    def _count(self, many: int) -> None:
        self.read_bytes += many


class _Counted(io.RawIOBase):
    """A file that tells how many of its bytes were read."""

    def __init__(self, file: Path, count: Any) -> None:
        self.raw = file.open("rb", buffering=0)
        self.count = count

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.raw.seek(offset, whence)

    def tell(self) -> int:
        return self.raw.tell()

    def readinto(self, buffer: Any) -> int:
        many = cast(int, self.raw.readinto(buffer))
        self.count(many)
        return many

    def close(self) -> None:
        self.raw.close()
        super().close()


@contextmanager
def _unpacked(file: Path, count: Any) -> Iterator[IO[bytes]]:
    """Open a file, plain or packed, and count what is read of it."""
    with io.BufferedReader(_Counted(file, count), BLOCK_BYTES) as plain:
        if file.suffix.lower() == ".gz":
            with gzip.open(plain) as stream:
                yield cast(IO[bytes], stream)
        elif file.suffix.lower() == ".zip":
            with zipfile.ZipFile(plain) as archive:
                members = [each for each in archive.infolist() if not each.is_dir()]
                if len(members) != 1:
                    raise DataFileError(
                        f"{file} must hold one CSV file, but holds {len(members)}. Unpack it into a "
                        "folder, and locate that."
                    )
                with archive.open(members[0]) as stream:
                    yield stream
        else:
            yield cast(IO[bytes], plain)


def _header(file: Path) -> tuple[list[str], str]:
    """Return the names of the columns and what parts the cells."""
    try:
        with _unpacked(file, lambda many: None) as stream:
            text = io.TextIOWrapper(stream, "utf-8-sig", newline="")
            line = text.readline(LONGEST_HEADER)
            counts = {sign: line.count(sign) for sign in DELIMITERS}
            delimiter = max(DELIMITERS, key=lambda sign: counts[sign])
            names = next(csv.reader(itertools.chain([line], text), delimiter=delimiter), [])
            text.detach()
    except (*READ_ERRORS, csv.Error) as error:
        if isinstance(error, DataFileError):
            raise
        raise _bad_csv(file, error) from error
    if not any(names):
        raise DataFileError(
            f"{file} must be a table with a header, but it begins with nothing. Check that it is the "
            "right file."
        )
    return names, delimiter


def _bad_csv(file: Path, error: BaseException) -> DataFileError:
    if isinstance(error, PermissionError):
        return not_allowed(file)
    told = first_line(cast(Exception, error))
    line = _first_odd_line(file, told)
    where = "" if line is None else f"line {line:,}: "
    return DataFileError(
        f"{file} must be a readable table in UTF-8, with rows as long as its header, but: {where}{told}. "
        "Mend that line, or write the file anew."
    )


def _first_odd_line(file: Path, told: str) -> int | None:
    """Return the line that a message speaks of: the one it quotes, or the first that is not UTF-8."""
    quoted = told.partition("columns, got ")[2].partition(": ")[2].encode()
    with suppress(*READ_ERRORS), _unpacked(file, lambda many: None) as stream:
        for number, line in enumerate(stream, start=1):
            if quoted and line.rstrip(b"\r\n") == quoted:
                return number
            if not quoted:
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    return number
    return None
