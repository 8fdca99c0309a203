"""What a cell of a table says: its text, its number, its day, or that it is empty."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo.maps.escaping import clean_text

__all__ = [
    "LONGEST_TEXT",
    "days_of",
    "is_missing",
    "number_text",
    "numbers_of",
    "plain_number",
    "plain_numbers",
    "text_or_none",
    "texts_of",
    "with_whole_texts",
    "words_of",
]

LONGEST_TEXT = 2_000  # characters of one field; more would stall a browser
CUT = " […]"  # stands where a text goes on
_EPOCH = np.datetime64("1970-01-01", "D")
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
# Anything that `clean_text` would change, strips aside.
_NEEDS_CLEANING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def is_missing(value: Any) -> bool:
    """Say whether a table cell is empty: None, NaN, NaT, NA, an empty text or list."""
    if value is None:
        return True
    if isinstance(value, (list, tuple, dict, str)):
        return len(value) == 0
    missing = pd.isna(value)
    return bool(missing) if np.ndim(missing) == 0 else len(value) == 0


def text_or_none(value: Any) -> str | None:
    """
    Return a cell as clean text, cut where it is very long, or None when it is empty.

    Examples
    --------
    >>> text_or_none("  Khorog "), text_or_none(float("nan"))
    ('Khorog', None)
    """
    return None if is_missing(value) else _cut(clean_text(value)) or None


def texts_of(table: pd.DataFrame, column: str) -> list[str | None]:
    """Return a column as clean texts, None where a cell is empty or the column is not there."""
    codes, words = words_of(table, column)
    if len(words) == len(table) and not (codes < 0).any():
        return list(words)
    return list(map([*words, None].__getitem__, codes.tolist()))  # the last is that of code -1


def words_of(table: pd.DataFrame, column: str) -> tuple[NDArray[np.int64], list[str]]:
    """
    Return a column as the clean texts that occur in it, and the number of each row's text.

    Returns
    -------
    ndarray of int
        -1 where a cell is empty or the column is not there.
    list of str
        Each text that occurs, in the order of the rows.
    """
    if column not in table:
        return np.full(len(table), -1), []
    values = table[column]
    try:
        codes, cells = pd.factorize(values)
    except TypeError:  # lists and the like
        codes, cells = np.arange(len(table)), values
    texts = _cleaned(np.asarray(cells, dtype=object).tolist())
    if None not in texts and len(set(texts)) == len(texts):
        return codes.astype(np.int64), [text for text in texts if text is not None]
    again, words = pd.factorize(np.array(texts, dtype=object))
    return np.append(again, -1)[codes].astype(np.int64), list(words)


def _cleaned(cells: list[Any]) -> list[str | None]:
    """Return cells as `text_or_none` does, with one look at all of them together."""
    if not all(type(cell) is str for cell in cells):
        return [text_or_none(cell) for cell in cells]
    if _NEEDS_CLEANING.search("\n".join(cells)):  # seldom
        return [text_or_none(cell) for cell in cells]
    return [
        (text if len(text) <= LONGEST_TEXT else _cut(text)) or None
        for text in map(str.strip, cells)
    ]


def with_whole_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts can be written: halves of characters, which Arrow refuses, mended."""
    broken = [
        column
        for column in table.columns
        if table[column].dtype == object
        and _HALF_CHARACTER.search("".join(c for c in table[column] if isinstance(c, str)))
    ]
    whole = {column: table[column].map(_mended) for column in broken}
    return table.assign(**whole) if broken else table


def numbers_of(table: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """Return a column as numbers, NaN where it is empty, says no number, or is not there."""
    if column not in table:
        return np.full(len(table), np.nan)
    values = table[column]
    if values.dtype == object:
        values = values.where(~values.map(lambda cell: isinstance(cell, (list, tuple, dict))))
    return pd.to_numeric(values, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def days_of(table: pd.DataFrame, column: str) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """
    Return the days written in a column, since 1970-01-01, and which cells say one.

    The day is the one written: an hour and its zone say when on that day.
    """
    if column not in table:
        return np.zeros(len(table), dtype=np.int64), np.zeros(len(table), dtype=bool)
    values = table[column]
    if values.dtype.kind == "M":
        stamps = values.dt.tz_localize(None) if values.dt.tz is not None else values
    else:
        stamps = _days_written(values)
    known = stamps.notna().to_numpy()
    # In days before anything else: nanoseconds end in 2262.
    days = stamps.to_numpy(dtype="datetime64[D]")
    return np.where(known, (days - _EPOCH).astype(np.int64), 0), known


def plain_number(value: Any, digits: int = 6) -> float | str | None:
    """
    Return a number for JSON, to so many significant digits; "inf" where infinite, None if missing.

    Examples
    --------
    >>> plain_number(1.23456789), plain_number(float("inf")), plain_number(None)
    (1.23457, 'inf', None)
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    if math.isnan(number):
        return None
    if math.isinf(number):
        return "inf" if number > 0 else None
    short = float(f"{number:.{digits}g}")
    return int(short) if short.is_integer() and abs(short) < 1e15 else short


def number_text(value: Any, digits: int = 3) -> str | None:
    """
    Write a number to so many significant digits, whole numbers in full.

    Examples
    --------
    >>> number_text(1343.956, 5), number_text(0.0), number_text(12345), number_text(0.04567)
    ('1,344', '0', '12,345', '0.0457')
    """
    if is_missing(value):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return clean_text(value)
    if not math.isfinite(number):
        return None
    if number == 0:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(number))))
    text = f"{number:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_numbers(numbers: NDArray[np.float64], digits: int = 6) -> list[float | str | None]:
    """Return `plain_number` of each of many numbers."""
    told: list[float | str | None] = [None] * numbers.size
    known = np.flatnonzero(~np.isnan(numbers))
    values = numbers[known]
    whole = bool((np.abs(values) < 1e6).all() and (values == np.rint(values)).all())
    written: list[Any] = (
        values.astype(np.int64).tolist()
        if whole
        else [plain_number(value, digits) for value in values.tolist()]
    )
    for row, value in zip(known.tolist(), written, strict=True):
        told[row] = value
    return told


def _days_written(values: pd.Series) -> pd.Series:
    words = values.astype(str).str.strip().str[:10] if len(values) else values.astype(str)
    return pd.to_datetime(words, format="ISO8601", errors="coerce")


def _mended(value: Any) -> Any:
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT].rstrip() + CUT
