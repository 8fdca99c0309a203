"""
Files of points, read in chunks: Parquet by row groups, CSV by blocks, folders file by file.

The rows come in pieces of about a million. What a piece holds depends on the files alone, so that work
can be taken up again after any number of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from frontier_geo._files import first_line
from frontier_geo.errors import DataFileError
from frontier_geo.streaming.points import check_same_schema

if TYPE_CHECKING:
    import pyarrow.parquet as pq

__all__ = [
    "ParquetSource",
    "Piece",
    "Source",
    "check_names",
    "files_of",
    "kind_of",
    "not_allowed",
    "rechunked",
]

PIECE_ROWS = 1_000_000  # after so many rows what is done is kept
CHUNK_ROWS = 131_072  # rows held at once
BUFFER_BYTES = 1 << 20  # of a column read at once, however large its row group
KINDS = {".parquet": "parquet", ".geoparquet": "parquet", ".csv": "csv", ".tsv": "csv"}
PACKED = (".gz", ".zip")
ROWS_PER_BYTE = 100  # no table of points packs better; a file that says so is a bomb


@dataclass(frozen=True)
class Piece:
    """
    A part of the rows that is finished as a whole.

    Attributes
    ----------
    file : int
        Which file of the source.
    groups : tuple of int
        Row groups of a Parquet file; empty for CSV.
    skip : int
        Rows of a CSV file before it.
    """

    file: int
    groups: tuple[int, ...] = ()
    skip: int = 0


class Source(ABC):
    """
    One or more files of one format and the same columns.

    Attributes
    ----------
    files : list of Path
    schema : pyarrow.Schema
        Of the rows, with the metadata of the first file.
    """

    def __init__(self, files: list[Path], schema: pa.Schema, chunk_rows: int) -> None:
        self.files = files
        self.schema = schema
        self.chunk_rows = chunk_rows
        self.identities = [_identity(file) for file in files]

    def key(self, piece: Piece) -> list[Any]:
        """Return what a piece is, for a journal: its file as it is now, and its place in it."""
        return [*self.identities[piece.file], self.chunk_rows, list(piece.groups), piece.skip]

    @abstractmethod
    def still_there(self, keys: list[list[Any]]) -> int:
        """Return how many leading pieces of an earlier time are pieces of this source, unchanged."""

    @abstractmethod
    def pieces_after(
        self, keys: list[list[Any]], rows: list[int]
    ) -> Iterator[tuple[Piece, Iterator[pa.Table]]]:
        """Return the pieces after those done, which had so many rows, each with its rows in chunks."""

    @property
    @abstractmethod
    def about_rows(self) -> int:
        """About how many rows there are."""

    @abstractmethod
    def share(self, rows: int) -> float:
        """Return how much of the work is done, 0 to 1, after so many rows."""


class ParquetSource(Source):
    """Parquet files; a piece is one or more whole row groups of one file."""

    def __init__(self, files: list[Path], chunk_rows: int) -> None:
        schema: pa.Schema | None = None
        self.plan: list[Piece] = []
        self.rows = 0
        for number, file in enumerate(files):
            with _opened(file) as parquet:
                own = parquet.schema_arrow
                check_names(own.names, file)
                if schema is None:
                    schema = own
                check_same_schema(schema, own, first_name=files[0].name, name=str(file))
                self.plan += _row_group_pieces(number, parquet.metadata)
                self.rows += parquet.metadata.num_rows
        super().__init__(files, schema, chunk_rows)

    def still_there(self, keys: list[list[Any]]) -> int:
        planned = [self.key(piece) for piece in self.plan]
        same = 0
        while same < min(len(keys), len(planned)) and keys[same] == planned[same]:
            same += 1
        return same

    def pieces_after(
        self, keys: list[list[Any]], rows: list[int]
    ) -> Iterator[tuple[Piece, Iterator[pa.Table]]]:
        for piece in self.plan[len(keys) :]:
            yield piece, rechunked(self._batches(piece), self.chunk_rows, self.schema)

    @property
    def about_rows(self) -> int:
        return self.rows

    def share(self, rows: int) -> float:
        return rows / self.rows if self.rows else 1.0

    def _batches(self, piece: Piece) -> Iterator[pa.RecordBatch]:
        file = self.files[piece.file]
        with _opened(file) as parquet:
            for group in piece.groups:
                try:
                    yield from parquet.iter_batches(
                        self.chunk_rows, row_groups=[group], columns=self.schema.names
                    )
                except (pa.ArrowException, OSError, ValueError) as error:
                    raise DataFileError(
                        f"{file}, row group {group}, cannot be read: {first_line(error)}. Get the file "
                        "again, or write it anew."
                    ) from error


def kind_of(file: Path) -> str | None:
    """Return the format a file's name says, packed or not; None for others."""
    name = file.name.lower()
    for ending in PACKED:
        if name.endswith(ending):
            kind = KINDS.get(Path(name.removesuffix(ending)).suffix)
            packed_alone = ending == ".zip" and "." not in name.removesuffix(ending)
            return "csv" if kind == "csv" or packed_alone else None
    return KINDS.get(file.suffix.lower())


def files_of(path: Path) -> list[Path]:
    """Return the files of a folder that hold points, by name; or the one file."""
    if not path.exists():
        raise DataFileError(f"{path} must be a file or a folder of points, but there is none.")
    if not path.is_dir():
        if not path.is_file():
            raise DataFileError(f"{path} must be a file or a folder, but is a device or a pipe.")
        if kind_of(path) is None:
            raise DataFileError(
                f"{path} must be Parquet (.parquet) or CSV (.csv, .tsv, also .gz or .zip): the ending "
                "says which. Incidents of other formats are read with --events."
            )
        return [path]
    inside = sorted(
        file
        for file in path.iterdir()
        if file.is_file() and file.name[0] not in "._" and kind_of(file) is not None
    )
    if not inside:
        raise DataFileError(f"The folder {path} must hold Parquet or CSV files, but holds none.")
    other = next((file for file in inside if kind_of(file) != kind_of(inside[0])), None)
    if other is not None:
        raise DataFileError(
            f"The files of a folder must be of one format, but {path} holds {inside[0].name} and "
            f"{other.name}. Locate them apart."
        )
    return inside


def rechunked(
    batches: Iterator[pa.RecordBatch], rows: int, schema: pa.Schema
) -> Iterator[pa.Table]:
    """Return the rows of batches in tables of so many rows each, the last one of what is left."""
    waiting: list[pa.RecordBatch] = []
    have = 0
    for given in batches:
        batch = given
        while batch.num_rows:
            part = batch.slice(0, rows - have)
            batch = batch.slice(part.num_rows)
            waiting.append(part)
            have += part.num_rows
            if have == rows:
                yield _table(waiting, schema)
                waiting, have = [], 0
    if have:
        yield _table(waiting, schema)


def _table(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    found = pa.Table.from_batches(batches).select(schema.names)
    return pa.Table.from_arrays(found.columns, schema=schema)


def _identity(file: Path) -> list[Any]:
    told = file.stat()
    return [str(file.resolve()), told.st_size, told.st_mtime_ns]


def _opened(file: Path) -> pq.ParquetFile:
    import pyarrow.parquet as pq

    try:
        parquet = pq.ParquetFile(file, buffer_size=BUFFER_BYTES, pre_buffer=False)
    except PermissionError as error:
        raise not_allowed(file) from error
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataFileError(
            f"{file} must be a whole Parquet file, but cannot be read: {first_line(error)}. Get it "
            "again, or write it anew."
        ) from error
    if parquet.metadata.num_rows > ROWS_PER_BYTE * max(file.stat().st_size, 1_000):
        raise DataFileError(
            f"{file} has {file.stat().st_size:,} bytes but says that it has "
            f"{parquet.metadata.num_rows:,} rows: it looks like a bomb. Write it anew if you trust it."
        )
    return parquet


def not_allowed(file: Any) -> DataFileError:
    """Return what to say of a file that this user may not read."""
    return DataFileError(
        f"{file} cannot be read: permission denied. Give this user the right to read it."
    )


def _row_group_pieces(file: int, metadata: Any) -> list[Piece]:
    """Return runs of row groups of about `PIECE_ROWS` rows."""
    pieces: list[Piece] = []
    groups: list[int] = []
    rows = 0
    for group in range(metadata.num_row_groups):
        groups.append(group)
        rows += metadata.row_group(group).num_rows
        if rows >= PIECE_ROWS:
            pieces.append(Piece(file, tuple(groups)))
            groups, rows = [], 0
    if groups:
        pieces.append(Piece(file, tuple(groups)))
    return pieces


def check_names(names: list[str], file: Path) -> None:
    """Refuse columns of one and the same name."""
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise DataFileError(
            f"Each column of {file} needs a name of its own, but {repeated!r} occurs "
            f"{names.count(repeated)} times."
        )
