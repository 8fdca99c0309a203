"""
What the work is cut into: runs of row groups of Parquet files, wherever fsspec reaches.

The footers of all files are read before anything else, so that a damaged file is told at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from frontier_geo._files import first_line, refuse_inputs
from frontier_geo.errors import (
    DataFileError,
    FrontierGeoError,
    MissingExtraError,
    OutputError,
    ParameterError,
)
from frontier_geo.streaming.sources import BUFFER_BYTES, not_allowed

if TYPE_CHECKING:
    import pyarrow as pa
    from fsspec import AbstractFileSystem

__all__ = [
    "Piece",
    "PointFile",
    "batches",
    "cut",
    "is_foreign",
    "list_files",
    "opened",
    "read_footers",
    "refuse_within",
]

SUFFIXES = (".parquet", ".geoparquet", ".parq", ".pq")
AT_ONCE = 16  # footers asked for at a time: each is a round trip to the store
READ_ERRORS = (OSError, EOFError, ValueError)
CHANGED_BY = ("mtime", "ETag", "etag", "LastModified", "last_modified", "created")


@dataclass(frozen=True)
class PointFile:
    """
    A Parquet file as its footer describes it.

    Attributes
    ----------
    path : str
        As its file system names it.
    size : int or None
        Bytes.
    state : str
        Changes when the file does, as far as its store tells.
    rows : tuple of int
        Of each row group.
    """

    path: str
    size: int | None
    state: str
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Piece:
    """
    A run of row groups of one file: what one task locates.

    Attributes
    ----------
    number : int
        From 0, in the order of files and rows.
    file : str
        Path of the file.
    state : str
        Of the file, see `PointFile`.
    groups : tuple of int
        Rows of each row group of the run.
    first_group : int
        Of the run, in its file.
    first_row : int
        Of the run, counted through all files.
    """

    number: int
    file: str
    state: str
    first_group: int
    groups: tuple[int, ...]
    first_row: int

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(self.groups)

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"{self.file}, {group_name(self.first_group, len(self.groups))}"


def group_name(first: int, many: int) -> str:
    """Return what messages call a run of row groups."""
    return f"row group {first}" if many == 1 else f"row groups {first} to {first + many - 1}"


def list_files(
    source: Any, storage_options: Mapping[str, Any] | None = None
) -> tuple[AbstractFileSystem, list[PointFile]]:
    """
    Find the Parquet files of a source.

    Parameters
    ----------
    source : str, Path or sequence of them
        A file, a folder (with the folders in it), a pattern such as ``points/*.parquet``, or several;
        paths of this machine or URLs that fsspec knows. All on one file system.
    storage_options : mapping, optional
        What the file system needs, such as keys.

    Returns
    -------
    AbstractFileSystem
    list of PointFile
        In the order of their names within each entry of `source`, without their row groups.

    Raises
    ------
    DataFileError
        If there is no such file, or none in a folder, or its store cannot be reached.
    ParameterError
        If no file system serves such an address.
    """
    given = _entries(source)
    if not given:
        raise ParameterError("path must name at least one Parquet file or folder, but is empty.")
    stores: list[AbstractFileSystem] = []
    files: list[PointFile] = []
    for entry in given:
        fs, path = resolve(entry, storage_options, name="path")
        stores.append(fs)
        with reading(entry):
            files += _files_at(fs, path, str(entry))
    if any(fs != stores[0] for fs in stores):
        raise ParameterError(
            "All files of path must be on one file system, but these are on several. Locate them one "
            "after another."
        )
    return stores[0], files


def resolve(
    address: Any, storage_options: Mapping[str, Any] | None, *, name: str
) -> tuple[AbstractFileSystem, str]:
    """Return the file system of an address and the path on it."""
    from fsspec.core import url_to_fs

    try:
        fs, path = url_to_fs(str(address), **(storage_options or {}))
    except ImportError as error:
        raise MissingExtraError(
            f"{name} {address} needs a package that is not installed: {first_line(error)}."
        ) from error
    except (ValueError, TypeError) as error:
        raise ParameterError(
            f"{name} must be a path or a URL that fsspec knows, but {address} is not: "
            f"{first_line(error)}."
        ) from error
    except OSError as error:
        raise DataFileError(f"{address} cannot be reached: {first_line(error)}.") from error
    return fs, str(path)


def refuse_within(
    target: Any,
    source: Any,
    target_options: Mapping[str, Any] | None = None,
    storage_options: Mapping[str, Any] | None = None,
) -> None:
    """
    Refuse a result that is one of the files it is made from, or would be the next time.

    Parameters
    ----------
    target : str or Path
        The file or folder to be written: a path of this machine or a URL.
    source : str, Path or sequence of them
        As for `list_files`.
    target_options, storage_options : mapping, optional
        What the file systems of `target` and `source` need.

    Raises
    ------
    OutputError
        If it is one of the files, in a folder of them, or matched by their pattern.
    """
    from fsspec.implementations.local import LocalFileSystem

    fs, place = resolve(target, target_options, name="output")
    for entry in _entries(source):
        store, path = resolve(entry, storage_options, name="path")
        if type(store) is not type(fs):
            continue
        if isinstance(fs, LocalFileSystem):
            if os.path.isfile(place):
                refuse_inputs(place, [file.path for file in _files_at(store, path, str(entry))])
            path, place = os.path.realpath(path), os.path.realpath(place)
        if _takes_in(store, path, place):
            raise OutputError(
                f"The result must not be put among the files it is made from, but {target} is to be in "
                f"{entry}. Give it another place."
            )


def _takes_in(fs: AbstractFileSystem, path: str, place: str) -> bool:
    """Whether what is at a place is read with the files of a path; a file, or a folder with parts."""
    if place.startswith(path.rstrip("/") + "/"):
        return True
    if not _is_pattern(fs, path):
        return False
    from fsspec.utils import glob_translate

    pattern = re.compile(glob_translate(path))
    return any(pattern.match(written) for written in (place, f"{place}/part.parquet"))


def _is_pattern(fs: AbstractFileSystem, path: str) -> bool:
    return any(sign in path for sign in "*?[") and not fs.exists(path)


def _entries(source: Any) -> list[Any]:
    """Return the entries of a source, which may be a single one."""
    single = isinstance(source, str) or not isinstance(source, Iterable)
    return [source] if single else [*source]


def _files_at(fs: AbstractFileSystem, path: str, given: str) -> list[PointFile]:
    if _is_pattern(fs, path):
        paths = sorted(fs.glob(path))
    elif PurePosixPath(path).suffix.lower() in SUFFIXES and fs.isfile(path):
        paths = [path]
    elif fs.isdir(path):
        paths = sorted(found for found in fs.find(path) if _is_data(found, path))
    elif fs.exists(path):
        paths = [path]
    else:
        raise DataFileError(f"There is no file or folder {given}.")
    if not paths:
        raise DataFileError(
            f"{given} must hold Parquet files ({', '.join(SUFFIXES)}), but holds none. Names that begin "
            "with _ or . do not count."
        )
    return [_described(fs, found) for found in paths]


def _is_data(path: str, folder: str) -> bool:
    """Whether a file in a folder is one of its partitions; what begins with _ or . is not."""
    below = PurePosixPath(path.removeprefix(folder).lstrip("/"))
    hidden = any(part.startswith(("_", ".")) for part in below.parts)
    return not hidden and below.suffix.lower() in SUFFIXES


def _described(fs: AbstractFileSystem, path: str) -> PointFile:
    info = fs.info(path)
    size = info.get("size")
    told = [str(info[key]) for key in CHANGED_BY if key in info]
    return PointFile(path, size, "|".join([str(size), *told]))


def read_footers(
    fs: AbstractFileSystem, files: Sequence[PointFile]
) -> tuple[list[PointFile], list[pa.Schema]]:
    """
    Read what the footers of Parquet files say.

    Returns
    -------
    list of PointFile
        The same files with the rows of their row groups.
    list of Schema
        Of each file.

    Raises
    ------
    DataFileError
        If one is damaged or no Parquet file: its name, the cause, and how many more there are.
    """
    with ThreadPoolExecutor(min(AT_ONCE, len(files))) as pool:
        answers = list(pool.map(lambda file: _footer(fs, file), files))
    bad = [answer for answer in answers if isinstance(answer, DataFileError)]
    if bad:
        more = (
            f" ({len(bad) - 1} more of {len(files)} files cannot be read)" if len(bad) > 1 else ""
        )
        raise DataFileError(f"{bad[0]}{more}") from bad[0]
    good = [answer for answer in answers if not isinstance(answer, DataFileError)]
    return [file for file, _ in good], [schema for _, schema in good]


def _footer(fs: AbstractFileSystem, file: PointFile) -> tuple[PointFile, pa.Schema] | DataFileError:
    try:
        with opened(fs, file.path) as parquet:
            told = parquet.metadata
            rows = tuple(told.row_group(k).num_rows for k in range(told.num_row_groups))
            return PointFile(file.path, file.size, file.state, rows), parquet.schema_arrow
    except DataFileError as error:
        return error


@contextmanager
def opened(fs: AbstractFileSystem, path: str) -> Iterator[Any]:
    """Give a Parquet file to read from; tell what is wrong with it by its name."""
    import pyarrow.parquet as pq
    from fsspec.implementations.local import LocalFileSystem

    with ExitStack() as stack:
        with reading(path):
            if isinstance(fs, LocalFileSystem):
                # No more than this of a column is read at once, however large its row group.
                parquet = pq.ParquetFile(path, buffer_size=BUFFER_BYTES, pre_buffer=False)
            else:  # few requests of many bytes
                handle = stack.enter_context(fs.open(path, "rb"))
                parquet = pq.ParquetFile(handle, pre_buffer=True)
        stack.enter_context(parquet)
        yield parquet


@contextmanager
def reading(where: Any) -> Iterator[None]:
    """Tell an error of reading as what it is: this cannot be read, and why."""
    try:
        yield
    except (FrontierGeoError, MemoryError):
        raise
    except FileNotFoundError as error:
        raise DataFileError(f"There is no file or folder {where}.") from error
    except PermissionError as error:
        raise not_allowed(where) from error
    except Exception as error:
        if not (isinstance(error, READ_ERRORS) or is_foreign(error)):
            raise
        raise DataFileError(
            f"{where} cannot be read as Parquet: {first_line(error)}. It may have been cut short or be "
            "damaged: copy or write it again."
        ) from error


def is_foreign(error: Exception) -> bool:
    """Whether an error is of a kind that a library defines, as those of object stores are."""
    return type(error).__module__.partition(".")[0] not in ("builtins", "frontier_geo")


def cut(files: Sequence[PointFile], piece_rows: int) -> list[Piece]:
    """
    Cut files into pieces of about so many rows: whole row groups of one file each.

    Files and row groups without rows have no piece.

    Examples
    --------
    >>> file = PointFile("a.parquet", 1, "", rows=(4, 4, 0, 4, 9))
    >>> [(piece.first_group, piece.groups, piece.first_row) for piece in cut([file], 8)]
    [(0, (4, 4, 0), 0), (3, (4,), 8), (4, (9,), 12)]
    """
    pieces: list[Piece] = []
    first_row = 0
    for file in files:
        for first, groups in _runs(file.rows, piece_rows):
            piece = Piece(len(pieces), file.path, file.state, first, groups, first_row)
            first_row += piece.rows
            if piece.rows:
                pieces.append(piece)
    return pieces


def _runs(rows: Sequence[int], limit: int) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield runs of neighbouring row groups that hold at most `limit` rows, or are one group."""
    first, total = 0, 0
    for k, many in enumerate(rows):
        if k > first and total + many > limit:
            yield first, tuple(rows[first:k])
            first, total = k, 0
        total += many
    if rows:
        yield first, tuple(rows[first:])


def batches(
    fs: AbstractFileSystem, piece: Piece, *, columns: Sequence[str] | None, chunk_rows: int
) -> Iterator[tuple[int, str, pa.RecordBatch]]:
    """
    Read a piece in batches of at most so many rows.

    Yields
    ------
    int
        Number of the first row, counted through all files.
    str
        File and row group, for messages.
    RecordBatch

    Raises
    ------
    DataFileError
        If the file is gone, damaged, or no longer the one whose footer was read.
    """
    with opened(fs, piece.file) as parquet:
        told = parquet.metadata
        first, last = piece.first_group, piece.first_group + len(piece.groups)
        there = tuple(
            told.row_group(k).num_rows for k in range(first, min(last, told.num_row_groups))
        )
        if there != piece.groups:
            raise DataFileError(
                f"{piece.file} is no longer the file it was when the work began: its row groups from "
                f"{first} on held {piece.groups} rows, and now {there}. Run again when it is written."
            )
        row = piece.first_row
        for start, groups in _runs(piece.groups, chunk_rows):
            where = f"{piece.file}, {group_name(first + start, len(groups))}"
            wanted = list(range(first + start, first + start + len(groups)))
            with reading(where):
                found = parquet.iter_batches(chunk_rows, row_groups=wanted, columns=columns)
            while True:
                try:
                    with reading(where):
                        batch = next(found, None)
                except DataFileError:
                    _name_the_damaged(parquet, piece.file, wanted, columns)
                    raise
                if batch is None:
                    break
                yield row, where, batch
                row += batch.num_rows


def _name_the_damaged(
    parquet: Any, file: str, groups: Sequence[int], columns: Sequence[str] | None
) -> None:
    """Read row groups one by one, which tells the first that cannot be read by its number."""
    for group in groups:
        with reading(f"{file}, {group_name(group, 1)}"):
            for _ in parquet.iter_batches(row_groups=[group], columns=columns):
                pass
