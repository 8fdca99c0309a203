"""Tables as text, and writing a file whole or not at all."""

from __future__ import annotations

import csv
import errno
import json
import math
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontier_geo.errors import DataFileError, FrontierGeoError, OutputError, ParameterError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    import pandas as pd

PART = ".part"  # how the name of a folder ends in which a file is being written
RANDOM_LETTERS = 8  # of `tempfile`, between the target's name and that
LONGEST_STEM = 60  # letters of the target's name that the folder's repeats; a name holds 255 bytes

#: A spreadsheet takes a cell that begins like this for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@contextmanager
def staged(path: str | Path) -> Iterator[Path]:
    """
    Give a place to write a file to, and move it onto its target when all went well.

    The place lies in a hidden folder beside the target, ``.NAME.xxxxxxxx.part``, which is gone
    afterwards, whatever happened. A process that is killed leaves it behind; the next one that
    writes the same target clears it away. At any moment the target is the old file or the new one.
    An error in the ``with`` block is told as it is; that of a write goes inside `writing_to`.

    Parameters
    ----------
    path : str or Path
        The target; its folder must exist. A symbolic link, a folder or a device is refused.

    Yields
    ------
    Path
        A file name of the target's own suffix, not there yet.

    Raises
    ------
    OutputError
        If the target cannot be written: no such folder, no permission, a full disk.
    """
    target = check_target(path)
    folder, lock = None, -1
    try:
        with writing_to(target):
            _clear_left_behind(target)
            folder, lock = _own_folder(target)
        part = folder / target.name
        yield part
        with writing_to(target):
            flush(part)
            check_target(target)  # a link or a folder may have been made since
            os.replace(part, target)
            flush(target.parent)
    finally:  # also when the writing was interrupted
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        if lock >= 0:
            os.close(lock)


@contextmanager
def writing_to(target: str | Path) -> Iterator[None]:
    """Tell an error of the operating system as what it is in this block: the result cannot be written."""
    try:
        yield
    except OSError as error:
        if isinstance(error, FrontierGeoError):
            raise
        raise OutputError(
            f"The result cannot be written to {target}: {error.strerror or first_line(error)}. What "
            "was there before is untouched. Make room, or choose another place."
        ) from error


def check_target(path: str | Path) -> Path:
    """Return the absolute path of a file to be written; refuse what is not a place for one."""
    target = Path(path).absolute()
    if not target.parent.is_dir():
        raise OutputError(
            f"The result is to be written to {target}, but the folder {target.parent} does not exist. "
            "Create it, or choose another place."
        )
    if target.is_symlink():
        raise OutputError(
            f"The result needs a file of its own, but {target} is a symbolic link to "
            f"{os.readlink(target)}. Give that path itself, or remove the link."
        )
    if target.is_dir():
        raise OutputError(f"The result needs a file name, but {target} is a folder.")
    if target.exists() and not target.is_file():
        raise OutputError(
            f"The result needs a file of its own, but {target} is a device or a pipe. Choose another "
            "place."
        )
    return target


def check_writable(path: str | Path) -> Path:
    """Return the absolute path of a file to be written; refuse a place that takes no new file."""
    target = check_target(path)
    with writing_to(target):
        folder, lock = _own_folder(target)
    shutil.rmtree(folder, ignore_errors=True)
    if lock >= 0:
        os.close(lock)
    return target


def refuse_inputs(path: str | Path, inputs: Iterable[str | Path]) -> None:
    """Refuse to write a result onto one of the files it is made from."""
    target = Path(path)
    for given in inputs:
        if target.exists() and Path(given).exists() and target.samefile(given):
            raise OutputError(
                f"The result must not take the place of what it is made from, but {target} is the "
                f"input {given}. Give the result another name."
            )


def refuse_same(targets: Mapping[str, str | Path]) -> None:
    """
    Refuse two results in one file, by whatever path it is named.

    Parameters
    ----------
    targets : mapping of str to path
        The files, by what the caller calls them.
    """
    taken: dict[Path, str] = {}
    for name, path in targets.items():
        # The folder, not the file: moving a result into place replaces a link, it does not follow it.
        target = Path(path).absolute()
        place = target.parent.resolve() / target.name
        if place in taken:
            raise ParameterError(
                f"{taken[place]} and {name} each need a file of its own, but both are {place}. Give one "
                "another name."
            )
        taken[place] = name


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
        If the folder does not exist, the target is a folder or a symbolic link, or writing fails.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    with staged(path) as part, writing_to(path):
        part.write_bytes(data)
    return Path(path).absolute()


def _own_folder(target: Path) -> tuple[Path, int]:
    """Make a folder beside the target; the lock on it says that this process still lives."""
    while True:
        folder = Path(tempfile.mkdtemp(dir=target.parent, prefix=_part_prefix(target), suffix=PART))
        if fcntl is None:
            return folder, -1
        try:
            lock = os.open(folder, os.O_RDONLY)
        except FileNotFoundError:  # another process took it for one left behind
            continue
        if _locked(lock) and folder.exists():
            return folder, lock
        os.close(lock)


def _locked(handle: int) -> bool:
    """Take the lock of a folder; a file system without locks counts as taken."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _clear_left_behind(target: Path) -> None:
    """Remove the folders of processes that were killed while they wrote the same target."""
    if fcntl is None:
        return
    prefix = _part_prefix(target)
    for name in os.listdir(target.parent):
        middle = name.removeprefix(prefix).removesuffix(PART)
        if len(name) - len(middle) != len(prefix) + len(PART) or len(middle) != RANDOM_LETTERS:
            continue
        folder = target.parent / name
        try:
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:  # gone, or not one of ours
            continue
        try:
            if _locked(lock):
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)


def _part_prefix(target: Path) -> str:
    return f".{target.name[:LONGEST_STEM]}."


def flush(path: Path) -> None:
    """Have the system put a file, or the entries of a folder, on the disk."""
    if path.is_dir() and fcntl is None:  # Windows cannot open a folder
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that cannot flush a folder
            raise
    finally:
        os.close(handle)


def read_csv_table(
    path: str | Path, *, texts: tuple[str, ...] = (), verbatim: bool = False
) -> pd.DataFrame:
    """
    Read a table from a CSV file in UTF-8, or a TSV file.

    Parameters
    ----------
    path : str or Path
        The file.
    texts : tuple of str
        Columns that are text however they look.
    verbatim : bool, default False
        Whether every cell is text as it stands; only an empty one is missing.

    Raises
    ------
    DataFileError
        If it is missing, is not a table in UTF-8, or has rows longer than its header.
    """
    import pandas as pd

    file = Path(path)
    how: dict[str, Any] = {
        "sep": "\t" if file.suffix.lower() == ".tsv" else ",",
        "encoding": "utf-8-sig",
        "index_col": False,
        "dtype": str if verbatim else dict.fromkeys(texts, str),
    }
    if verbatim:
        how |= {"keep_default_na": False, "na_values": [""]}
    try:
        _check_separator(list(pd.read_csv(file, nrows=0, **how).columns), file)
        with warnings.catch_warnings():
            # A row longer than the header would move every cell one column on.
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(file, **how)
    except DataFileError:
        raise
    except (OSError, ValueError, pd.errors.ParserWarning) as error:
        raise DataFileError(
            f"{file} must be a readable table in UTF-8, with a header row as long as the others, but: "
            f"{first_line(error)}."
        ) from error
    return table


def _check_separator(header: list[str], file: Path) -> None:
    """Refuse a table whose header is a single cell with semicolons in it."""
    if len(header) == 1 and ";" in header[0]:
        raise DataFileError(
            f"{file} must have its cells parted by commas, but its header is {header[0]!r}. "
            "Save it again as CSV with commas."
        )


def original_cells(column: pd.Series) -> pd.Series:
    """Return a column of texts as `original_cell` does each of them."""
    marked = column.str.startswith("'").fillna(False).to_numpy(dtype=bool)
    if not marked.any():
        return column
    column = column.copy()
    column[marked] = [original_cell(text) for text in column[marked]]
    return column


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, to be quoted in another."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def csv_text(table: pd.DataFrame, *, header: bool = True) -> str:
    """
    Return a table as CSV in which no text can act as a spreadsheet formula: no cell, no column name.

    Parameters
    ----------
    table : DataFrame
        Any table; its index is left out.
    header : bool, default True
        Whether to begin with the names of the columns.

    Examples
    --------
    >>> import pandas as pd
    >>> print(csv_text(pd.DataFrame({"=1+1": ["@x", "Rushan"]})), end="")
    '=1+1
    '@x
    Rushan
    """
    from pandas.api.types import is_numeric_dtype

    safe = table.copy()
    for column in safe.columns:
        if not is_numeric_dtype(safe[column]):
            safe[column] = [_plain_cell(value) for value in safe[column]]
    safe.columns = [_plain_cell(name) for name in safe.columns]
    how = {"index": False, "header": header, "lineterminator": "\n"}
    text = str(safe.to_csv(**how))
    if "\r" in text:  # a lone one ends a line for spreadsheets; Python quotes it only from 3.13 on
        text = str(safe.to_csv(**how, quoting=csv.QUOTE_NONNUMERIC))
    return text


def json_text(answer: Any, *, indent: int | None = None) -> str:
    """Return JSON in which what is missing is null, and dates are ISO days."""
    return json.dumps(plain(answer), ensure_ascii=False, allow_nan=False, indent=indent) + "\n"


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as plain values, without geometry."""
    return list(plain(table.drop(columns="geometry", errors="ignore").to_dict("records")))


def plain(value: Any) -> Any:
    """Return values that JSON knows: what is missing becomes None, dates become ISO days."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | str | int):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10] if value == value else None
    if hasattr(value, "item"):
        return plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return None if str(value) == "<NA>" else str(value)


def table_text(table: pd.DataFrame, suffix: str, about: dict[str, Any]) -> str:
    """
    Return a table as .csv, .geojson (with its geometry, RFC 7946) or .json.

    `about` stands at the head of the JSON forms. Of it a CSV file holds only ``sources``, in a column
    of that name: what is made from a source must say so.
    """
    if suffix == ".csv":
        if about.get("sources"):
            table = table.assign(sources=sources_text(about["sources"]))
        return csv_text(table.drop(columns="geometry", errors="ignore"))
    if suffix == ".geojson":
        collection = json.loads(table.to_json(drop_id=True))
        collection.pop("crs", None)  # always WGS84
        return json_text({**about, **collection})
    return json_text({**about, "rows": records(table)}, indent=1)


def sources_text(sources: list[dict[str, Any]]) -> str:
    """
    Return in a line from which sources a table was made.

    Examples
    --------
    >>> sources_text([{"source": "UCDP GED", "licence": "CC-BY-4.0", "rows": 12}])
    'UCDP GED (CC-BY-4.0), 12 rows'
    """
    return "; ".join(
        f"{told['source'] or 'source not stated'} ({told['licence'] or 'licence not stated'}), "
        f"{told['rows']:,} rows"
        for told in sources
    )


def _plain_cell(value: object) -> object:
    if isinstance(value, list | tuple):
        return json.dumps(plain(value), ensure_ascii=False)
    if isinstance(value, str):
        rest = value.lstrip("'")
        # Apostrophes of the text's own get one more, so that exactly one can be taken away again.
        if rest.startswith(FORMULA_STARTS) or (value and not rest):
            return "'" + value
    return value


def original_cell(text: str) -> str:
    """
    Return what a cell of a CSV file of this library held, its protection taken away.

    A text that a spreadsheet could take for a formula is written with an apostrophe before it; one
    that has apostrophes before such a start already gets one more, and so does one of apostrophes
    only, so that this is exact. An empty text, unlike a missing one, is a lone apostrophe.

    Examples
    --------
    >>> [original_cell(text) for text in ("'=1+1", "''=1+1", "'Abd", "'")]
    ['=1+1', "'=1+1", "'Abd", '']
    """
    rest = text.lstrip("'")
    if len(rest) < len(text) and (not rest or rest.startswith(FORMULA_STARTS)):
        return text[1:]
    return text
