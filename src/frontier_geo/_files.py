"""Tables as text, and writing a file whole or not at all."""

from __future__ import annotations

import json
import math
import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from frontier_geo.errors import DataFileError, OutputError

if TYPE_CHECKING:
    import pandas as pd

#: A spreadsheet takes a cell that begins like this for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


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


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, to be quoted in another."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def csv_text(table: pd.DataFrame) -> str:
    """Return a table as CSV in which no text cell can act as a spreadsheet formula."""
    from pandas.api.types import is_numeric_dtype

    safe = table.copy()
    for column in safe.columns:
        if not is_numeric_dtype(safe[column]):
            safe[column] = [_plain_cell(value) for value in safe[column]]
    return str(safe.to_csv(index=False, lineterminator="\n"))


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
    """Return a table as .csv, .geojson (with its geometry, RFC 7946) or .json."""
    if suffix == ".csv":
        return csv_text(table.drop(columns="geometry", errors="ignore"))
    if suffix == ".geojson":
        collection = json.loads(table.to_json(drop_id=True))
        collection.pop("crs", None)  # always WGS84
        return json_text({**about, **collection})
    return json_text({**about, "rows": records(table)}, indent=1)


def _plain_cell(value: object) -> object:
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
