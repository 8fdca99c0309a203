"""Records that come page by page from an API, kept so that they can be read like a file."""

from __future__ import annotations

import json
import shutil
import tempfile
import weakref
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

from frontier_geo.readers.archives import BinarySource
from frontier_geo.readers.documents import open_json
from frontier_geo.readers.fetching import unwritten
from frontier_geo.readers.source import RawFile

__all__ = ["Pages"]


class Pages:
    """
    Pages of records, kept in the temporary folder for as long as something can read them.

    Parameters
    ----------
    name : str
        File name they would have, for messages and tables.

    Attributes
    ----------
    rows : int
        Records so far.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows = 0
        try:
            folder = tempfile.mkdtemp(prefix="frontier_geo-")
            self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._path = Path(folder) / "pages.json"
            self._path.write_bytes(b"[")
        except OSError as error:
            raise unwritten(error) from error

    def add(self, records: list[Any]) -> None:
        """Append a page."""
        lines = [json.dumps(record, separators=(",", ":")) for record in records]
        if not lines:
            return
        start = ",\n" if self.rows else "\n"
        try:
            with self._path.open("ab") as file:
                file.write((start + ",\n".join(lines)).encode("ascii"))
        except OSError as error:
            raise unwritten(error) from error
        self.rows += len(records)

    def raw_file(self, *, notes: Iterable[str] = ()) -> RawFile:
        """Return the records as a file; no page can be added after this."""
        try:
            with self._path.open("ab") as file:
                file.write(b"\n]")
        except OSError as error:
            raise unwritten(error) from error
        file_like = open_json(
            BinarySource(self.name, self._path.stat().st_size, self._open), self.name
        )
        return replace(file_like, notes=(*notes, *file_like.notes))

    def _open(self) -> BinaryIO:
        return self._path.open("rb")
