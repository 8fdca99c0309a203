"""Writing a file whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pandas as pd

from frontier_geo.errors import OutputError

#: A spreadsheet takes a cell that begins like this for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_whole(path: str | Path, content: str | bytes) -> Path:
    """
    Write a file beside its target and move it into place: the target is complete or untouched.

    Parameters
    ----------
    path : str or Path
        The target; its folder must exist.
    content : str or bytes
        Text is written as UTF-8.

    Returns
    -------
    Path
        The target, absolute.

    Raises
    ------
    OutputError
        If the folder does not exist, the target is a folder, or writing fails.
    """
    target = Path(path).absolute()
    if not target.parent.is_dir():
        raise OutputError(
            f"The result is to be written to {target}, but the folder {target.parent} does not exist. "
            "Create it, or choose another place."
        )
    if target.is_dir():
        raise OutputError(f"The result needs a file name, but {target} is a folder.")
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name}.", suffix=".part"
        )
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise OutputError(
            f"The result cannot be written to {target}: {error.strerror or error}. Choose another place."
        ) from error
    finally:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)  # also when the writing was interrupted
    return target


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV in which no text cell can act as a spreadsheet formula."""
    safe = table.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = [_plain_cell(value) for value in safe[column]]
    return str(safe.to_csv(index=False, lineterminator="\n"))


def _plain_cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
