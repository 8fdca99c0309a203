"""
The folder of results: one Parquet file a piece, and what is finished, kept until all is.

On this machine the folder gets its name when it is complete. On an object store, which cannot rename,
it is complete when ``_manifest.json`` is in it; that is written last.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import uuid
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from frontier_geo._files import LONGEST_STEM, first_line, json_text
from frontier_geo.distributed.pieces import Piece, is_foreign, resolve
from frontier_geo.errors import FrontierGeoError, OutputError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["MANIFEST", "Parts", "prepare"]

MANIFEST = "_manifest.json"
FINISHED = "_finished"
NOT_WHOLE = (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile)


@dataclass(frozen=True)
class Parts:
    """
    Where workers put what they have finished; travels to them.

    Attributes
    ----------
    fs : AbstractFileSystem
    folder : str
        The result, as asked for.
    work : str
        Where it is put together: a hidden folder beside it on this machine, else the same.
    """

    fs: AbstractFileSystem
    folder: str
    work: str

    @property
    def renames(self) -> bool:
        """Whether the folder gets its name at the end."""
        return self.work != self.folder

    def path(self, *names: str) -> str:
        """Return the path of a file in the working folder."""
        return "/".join((self.work, *names))

    @contextmanager
    def new_part(self, piece: Piece) -> Iterator[Path]:
        """Give a file to write the part of a piece to, and put it in its place when it is whole."""
        target = self.path(part_name(piece.number))
        if self.renames:
            part = Path(self.work, f".{uuid.uuid4().hex}.tmp")
        else:
            part = Path(tempfile.gettempdir(), f"frontier-geo-{uuid.uuid4().hex}.parquet")
        try:
            with writing(target, foreign=False):  # what else fails there is no matter of writing
                yield part
            with writing(target):
                if self.renames:
                    os.replace(part, target)
                else:
                    self.fs.put_file(str(part), target)
        finally:
            part.unlink(missing_ok=True)

    def write(self, content: bytes, *names: str) -> None:
        """Write a small file, whole or not at all."""
        target = self.path(*names)
        with writing(target):
            if not self.renames:
                self.fs.pipe_file(target, content)
                return
            part = Path(target).with_name(f".{uuid.uuid4().hex}.tmp")
            part.write_bytes(content)
            os.replace(part, target)

    def keep(self, piece: Piece, key: str, tally: Mapping[str, np.ndarray[Any, Any]]) -> None:
        """Keep the sums of a piece, which says that its part is in place."""
        held = io.BytesIO()
        np.savez(held, np.array([key, *tally]), *tally.values())
        self.write(held.getvalue(), FINISHED, kept_name(piece.number))

    def kept(self, piece: Piece, key: str) -> dict[str, np.ndarray[Any, Any]] | None:
        """Return the sums of a piece that was finished before, if they are of this piece and plan."""
        try:
            content = self.fs.cat_file(self.path(FINISHED, kept_name(piece.number)))
            with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
                told, *names = arrays["arr_0"].tolist()
                if told != key:
                    return None
                return {name: arrays[f"arr_{k}"] for k, name in enumerate(names, start=1)}
        except NOT_WHOLE:  # or not there: it is worked out again
            return None

    def finished(self) -> int:
        """Return how many pieces are kept."""
        with writing(self.folder):
            try:
                return len(self.fs.ls(self.path(FINISHED), detail=False))
            except FileNotFoundError:
                return 0

    def clear(self) -> None:
        """Take away what an interrupted run has left."""
        with writing(self.folder):
            if self.renames:
                shutil.rmtree(self.work, ignore_errors=True)
            elif self.fs.exists(self.work):
                self.fs.rm(self.work, recursive=True)

    def complete(self, pieces: Iterable[Piece], told: Mapping[str, Any]) -> None:
        """
        Make the result whole: every part there, nothing else, the manifest last.

        Raises
        ------
        OutputError
            If parts are missing that workers say they wrote.
        """
        wanted = {part_name(piece.number): piece for piece in pieces}
        with writing(self.folder):
            self.fs.invalidate_cache()
            there = {path.rsplit("/", 1)[-1]: path for path in self.fs.ls(self.work, detail=False)}
        missing = sorted(wanted.keys() - there.keys())
        if missing:
            raise OutputError(
                f"Workers wrote {len(wanted)} parts to {self.folder}, but {len(missing)} of them, "
                f"{missing[0]} first, are not to be seen from here. Workers on other machines need a "
                "folder that all of them share, or the address of an object store."
            )
        with writing(self.folder):
            for name in there.keys() - wanted.keys() - {FINISHED}:
                self.fs.rm(there[name], recursive=True)
        parts = [
            {
                "part": name,
                "rows": piece.rows,
                "file": piece.file,
                "first_row_group": piece.first_group,
                "row_groups": len(piece.groups),
            }
            for name, piece in wanted.items()
        ]
        self.write(json_text({**told, "parts": parts}, indent=1).encode(), MANIFEST)
        with writing(self.folder):
            if self.renames:
                if os.path.isdir(self.folder):
                    os.rmdir(self.folder)  # empty, or it would have been refused
                os.rename(self.work, self.folder)
            self.fs.rm(f"{self.folder}/{FINISHED}", recursive=True)


def prepare(output: Any, storage_options: Mapping[str, Any] | None, *, resume: bool) -> Parts:
    """
    Make ready a folder for results, before any work is done.

    Parameters
    ----------
    output : str or Path
        A folder that does not exist yet, or is empty: a path of this machine or a URL.
    storage_options : mapping, optional
        What its file system needs.
    resume : bool
        Whether what an interrupted run has left there is gone on with, or taken away.

    Raises
    ------
    OutputError
        If something else is there, or nothing can be written.
    """
    from fsspec.implementations.local import LocalFileSystem

    fs, folder = resolve(output, storage_options, name="output")
    folder = folder.rstrip("/")
    local = isinstance(fs, LocalFileSystem)
    with writing(folder):
        there = (
            [path.rsplit("/", 1)[-1] for path in fs.ls(folder, detail=False)]
            if (fs.isdir(folder))
            else []
        )
    unfinished = not local and FINISHED in there and MANIFEST not in there
    if (there and not unfinished) or (not there and fs.exists(folder) and not fs.isdir(folder)):
        raise OutputError(
            f"The located points need a folder of their own, but {folder} is there already. Choose "
            "another name, or remove it."
        )
    work = folder
    if local:
        target = Path(folder)
        if not target.parent.is_dir():
            raise OutputError(
                f"The result is to be written to {target}, but the folder {target.parent} does not "
                "exist. Create it, or choose another place."
            )
        work = str(target.with_name(f".{target.name[:LONGEST_STEM]}.locating"))
    parts = Parts(fs, folder, work)
    if not resume:
        parts.clear()
    with writing(folder):
        fs.makedirs(parts.path(FINISHED), exist_ok=True)
    parts.write(
        b"", FINISHED, ".started"
    )  # the first thing that would fail where nothing can be written
    with writing(folder):
        fs.rm_file(parts.path(FINISHED, ".started"))
    return parts


def part_name(number: int) -> str:
    return f"part-{number:06d}.parquet"


def kept_name(number: int) -> str:
    return f"{number:06d}.npz"


@contextmanager
def writing(target: str, *, foreign: bool = True) -> Iterator[None]:
    """
    Tell an error of a file system as what it is in this block: nothing can be written there.

    `foreign` says whether errors that other libraries define are the file system's, too.
    """
    try:
        yield
    except FrontierGeoError:
        raise
    except Exception as error:
        told = isinstance(error, OSError | NotImplementedError) or (foreign and is_foreign(error))
        if not told or isinstance(error, MemoryError):
            raise
        why = getattr(error, "strerror", None) or first_line(error)
        raise OutputError(
            f"The result cannot be written to {target}: {why}. Make room, or choose another place."
        ) from error
