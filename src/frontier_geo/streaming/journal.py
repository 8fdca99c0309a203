"""
The work folder beside an output: what is done, so that an interrupted run can go on.

It is called ``.NAME.locating`` and holds the file as far as it has grown and, for each finished piece,
what it adds up to and a line in the journal. A line is written after what it speaks of is on the disk.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from frontier_geo._files import LONGEST_STEM, check_target, flush, writing_to
from frontier_geo.errors import OutputError
from frontier_geo.tallies import Tally

__all__ = ["Done", "Journal"]

ENDING = ".locating"
LINES = "journal.jsonl"
BODY = "body"


@dataclass(frozen=True)
class Done:
    """
    A finished piece.

    Attributes
    ----------
    key : list
        What it is (`Source.key`).
    size : int
        Bytes of the body at its end.
    rows : int
    kept : bytes
        What the body needs of it to be finished.
    """

    key: list[Any]
    size: int
    rows: int
    kept: bytes


class Journal:
    """
    The work folder of one output, locked while a process works in it.

    Parameters
    ----------
    output : Path
        The file that is to be written.
    key : str
        What results rest on: work with another key is thrown away.

    Raises
    ------
    OutputError
        If the output cannot be written there, or another process is writing it.
    """

    def __init__(self, output: Path, key: str) -> None:
        self.output = check_target(output)
        self.folder = self.output.parent / f".{self.output.name[:LONGEST_STEM]}{ENDING}"
        self.key = key
        self.done: list[Done] = []
        #: Whether there was work of another key, which is gone now.
        self.started_anew = False
        with writing_to(self.output):
            self._lock = _locked_folder(self.folder, self.output)
            self.done = self._read()
            self._begin()

    @property
    def body(self) -> Path:
        """The file as far as it has grown."""
        return self.folder / BODY

    @property
    def size(self) -> int:
        return self.done[-1].size if self.done else 0

    def keep_only(self, pieces: int) -> None:
        """Forget all but the first pieces."""
        if pieces < len(self.done):
            self.started_anew = self.started_anew or pieces == 0
            self.done = self.done[:pieces]
            with writing_to(self.output):
                self._begin()

    @property
    def rows(self) -> int:
        """Rows of all finished pieces."""
        return sum(done.rows for done in self.done)

    def total(self, empty: Tally) -> Tally:
        """Return what all finished pieces add up to, in their order; the sums lie on the disk."""
        for number in range(len(self.done)):
            empty = empty + _read_sums(self._sums(number))[0]
        return empty

    def _sums(self, number: int) -> Path:
        return self.folder / f"{number:06d}.npz"

    def add(self, done: Done, tally: Tally) -> None:
        """Put down that a piece is finished, and what it adds up to."""
        sums = self._sums(len(self.done))
        packed = io.BytesIO()
        arrays: dict[str, Any] = {
            "kept": np.frombuffer(done.kept, dtype=np.uint8),
            **tally.to_arrays(),
        }
        np.savez(packed, **arrays)
        with writing_to(self.output):
            sums.write_bytes(packed.getvalue())
            flush(sums)
            self._append({"key": done.key, "size": done.size})
        self.done.append(done)

    def replace_output(self) -> None:
        """Move the finished body to its place, and clear up."""
        with writing_to(self.output):
            check_target(self.output)  # a link or a folder may have been made since
            os.replace(self.body, self.output)
            flush(self.output.parent)
        self.remove()

    def remove(self) -> None:
        """Remove the folder and what is in it."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def close(self) -> None:
        """Let other processes have the folder; one without any finished piece is removed."""
        if not self.done:
            self.remove()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _read(self) -> list[Done]:
        """Return what an earlier run with the same key has finished, as far as it is whole."""
        path = self.folder / LINES
        if not path.is_file():
            return []
        lines = path.read_bytes().split(b"\n")[:-1]  # a line without an end was cut off
        found: list[Done] = []
        for number, line in enumerate(lines):
            try:
                told = json.loads(line)
                if not number:
                    if told["key"] != self.key:
                        self.started_anew = len(lines) > 1
                        return []
                    continue
                tally, kept = _read_sums(self._sums(number - 1))
                done = Done(told["key"], int(told["size"]), tally.rows, kept)
                if self.body.stat().st_size < done.size:
                    break
            except (ValueError, KeyError, TypeError, OSError, zipfile.BadZipFile):
                break
            found.append(done)
        return found

    def _begin(self) -> None:
        """Write the journal anew, with what is done and nothing else."""
        path = self.folder / LINES
        path.unlink(missing_ok=True)
        lines = [{"key": self.key}, *({"key": done.key, "size": done.size} for done in self.done)]
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        flush(path)

    def _append(self, line: dict[str, Any]) -> None:
        with (self.folder / LINES).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _read_sums(path: Path) -> tuple[Tally, bytes]:
    with np.load(path) as arrays:
        return Tally.from_arrays(arrays), arrays["kept"].tobytes()


def _locked_folder(folder: Path, output: Path) -> int:
    """Make the folder if it is not there, and lock it; return a handle, or -1 without locks."""
    while True:
        folder.mkdir(exist_ok=True)
        if sys.platform == "win32":
            return -1
        import fcntl

        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise OutputError(
                f"The result can be written to {output} by one process at a time, but another one is at "
                "it. Wait for it to end, stop it, or choose another place."
            ) from None
        except OSError:  # a file system without locks
            return handle
        if folder.is_dir() and os.path.samestat(os.fstat(handle), folder.stat()):
            return handle
        os.close(handle)  # another process has just finished, and removed it
