"""
Files that grow piece by piece and can be cut back to the end of any of them.

A piece is appended, and what is needed to finish the file without it being read again is kept beside
it: of CSV nothing, of Parquet the description of its row groups.
"""

from __future__ import annotations

import os
import re
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from frontier_geo._files import FORMULA_STARTS, flush
from frontier_geo.errors import ColumnError, OutputError, ParameterError
from frontier_geo.streaming.points import is_text

if TYPE_CHECKING:
    import pyarrow.parquet as pq

__all__ = ["CsvBody", "ParquetBody", "body_for", "parquet_writer"]

COMPRESSION = "zstd"
#: Text that a spreadsheet could take for a formula, or for an empty cell, its apostrophes aside.
RISKY_START = r"'*(?:[" + "".join(map(re.escape, FORMULA_STARTS)) + r"]|\Z)"
RISKY = r"\A'*(?:[" + "".join(rf"\x{{{ord(sign):x}}}" for sign in FORMULA_STARTS) + r"]|\z)"


class Body:
    """
    A file that grows.

    Parameters
    ----------
    path : Path
        The file; made if it is not there.
    schema : pyarrow.Schema
        Of the rows that come.
    """

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path = path
        self.schema = schema
        self._stream: Any = None

    def cut(self, size: int) -> None:
        """Cut the file back to the end of a piece."""
        with self.path.open("ab"):
            pass
        os.truncate(self.path, size)

    @abstractmethod
    def begin(self) -> None:
        """Begin a piece at the end of the file."""

    @abstractmethod
    def write(self, table: pa.Table) -> None:
        """Append rows to the piece."""

    @abstractmethod
    def end(self) -> tuple[int, bytes]:
        """End the piece; return the size of the file, and what `finish` needs of the piece."""

    def abandon(self) -> None:
        """Let go of the file without ending the piece."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    @abstractmethod
    def finish(self, kept: Sequence[bytes]) -> None:
        """Make the file whole, from what `end` returned of every piece in order."""


def parquet_writer(sink: Any, schema: pa.Schema, **more: Any) -> pq.ParquetWriter:
    """Return a writer of located points: zstd, and dictionaries where values come more than once."""
    import pyarrow.parquet as pq

    return pq.ParquetWriter(
        sink,
        schema,
        compression=COMPRESSION,
        compression_level=1,
        use_dictionary=[field.name for field in schema if _repeats(field.type)],
        **more,
    )


class ParquetBody(Body):
    """
    Parquet: the row groups of all pieces, one after another, then one description of them all.

    A writer begins each piece as if it began a file, but at the end of what is there: its row groups
    then say where they stand in the whole. Its own description is cut off and kept.
    """

    def begin(self) -> None:
        self._stream = pa.OSFile(str(self.path), "ab")
        self._begin = self.path.stat().st_size
        os.lseek(self._stream.fileno(), 0, os.SEEK_SET)  # what is written is appended all the same
        self._told: list[Any] = []
        self._writer = parquet_writer(self._stream, self.schema, metadata_collector=self._told)

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table, row_group_size=max(table.num_rows, 1))

    def end(self) -> tuple[int, bytes]:
        size = self._stream.tell()
        self._writer.close()
        self._stream.close()
        self._stream = None
        os.truncate(self.path, size)
        flush(self.path)
        described = self._told[0]
        if described.num_row_groups and _first_page(described) < self._begin:
            raise OutputError(
                f"The result cannot be written to {self.path}: this version of pyarrow "
                f"({pa.__version__}) does not append to Parquet files. Install pyarrow 18 to 26."
            )
        return size, _packed(described)

    def abandon(self) -> None:
        if self._stream is not None:
            self._writer.is_open = False  # else it would write its description when it is let go
        super().abandon()

    def finish(self, kept: Sequence[bytes]) -> None:
        import pyarrow.parquet as pq

        if not kept:
            self.begin()
            _, none = self.end()
            kept = [none]
        whole, *others = (pq.read_metadata(pa.BufferReader(each)) for each in kept)
        for other in others:
            whole.append_row_groups(other)
        with self.path.open("ab") as file:
            file.write(_packed(whole)[4:])  # without the mark a file begins with
        flush(self.path)


def _repeats(kind: pa.DataType) -> bool:
    """Tell whether values of a type are worth looking for twice."""
    return not (pa.types.is_floating(kind) or pa.types.is_binary(kind) or pa.types.is_nested(kind))


def _first_page(described: Any) -> int:
    column = described.row_group(0).column(0)
    return int(column.dictionary_page_offset or column.data_page_offset)


def _packed(described: Any) -> bytes:
    """Return a description as the bytes of a Parquet file without rows."""
    sink = pa.BufferOutputStream()
    described.write_metadata_file(sink)
    return bytes(sink.getvalue())


class CsvBody(Body):
    """CSV in UTF-8 that no spreadsheet takes for formulas; a missing cell is empty."""

    def begin(self) -> None:
        import pyarrow.csv as pacsv

        new = not self.path.exists() or not self.path.stat().st_size
        self._stream = self.path.open("ab")
        if new:
            self._stream.write((",".join(map(_heading, self.schema.names)) + "\n").encode())
        self._options = pacsv.WriteOptions(include_header=False)

    def write(self, table: pa.Table) -> None:
        import pyarrow.csv as pacsv

        columns = [_csv_column(column) for column in table.columns]
        pacsv.write_csv(pa.table(columns, names=table.column_names), self._stream, self._options)

    def end(self) -> tuple[int, bytes]:
        self._stream.close()
        self._stream = None
        flush(self.path)
        return self.path.stat().st_size, b""

    def finish(self, kept: Sequence[bytes]) -> None:
        if not kept:
            self.begin()
            self.end()


def _heading(name: str) -> str:
    """Return the name of a column as a cell, safe from formulas."""
    safe = f"'{name}" if re.match(RISKY_START, name) else name
    return '"' + safe.replace('"', '""') + '"'


def _csv_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as CSV can hold it, its texts safe from formulas."""
    if pa.types.is_dictionary(column.type):
        if is_text(column.type.value_type):
            kind = pa.dictionary(column.type.index_type, pa.large_string())
            column = pa.chunked_array([_with_texts(chunk) for chunk in column.chunks], kind)
        column = column.cast(column.type.value_type)
    elif pa.types.is_string_view(column.type):  # no function looks into these
        column = column.cast(pa.large_string())
    return _guarded(column) if is_text(column.type) else column


def _with_texts(chunk: Any) -> Any:
    """Return a dictionary of texts of any kind as one of large strings, which can be unpacked."""
    return pa.DictionaryArray.from_arrays(chunk.indices, chunk.dictionary.cast(pa.large_string()))


def _guarded(column: Any) -> Any:
    import pyarrow.compute as pc

    risky = pc.match_substring_regex(column, RISKY)
    return pc.replace_substring_regex(column, RISKY, r"'\0") if pc.any(risky).as_py() else column


def check_csv(schema: pa.Schema) -> None:
    """Refuse columns that a CSV file cannot hold."""
    for field in schema:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            raise ColumnError(
                f"A CSV file holds numbers, texts and dates, but the column {field.name!r} holds {kind}. "
                "Drop it, or write .parquet."
            )


def body_for(output: Path, path: Path, schema: pa.Schema) -> Body:
    """Return the body of an output, by the ending of its name."""
    if output.suffix.lower() == ".csv":
        check_csv(schema)
        return CsvBody(path, schema)
    if output.suffix.lower() in (".parquet", ".geoparquet"):
        return ParquetBody(path, schema)
    raise ParameterError(
        f"The output must end in .parquet or .csv, but is {output.name!r}: the ending says which format "
        "to write."
    )
