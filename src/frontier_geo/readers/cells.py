"""Cells of a source → numbers, days and words, a whole column at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from frontier_geo.readers.problems import Problems

__all__ = [
    "TEXT",
    "blank",
    "code",
    "count",
    "first_of",
    "iso_day",
    "joined",
    "number",
    "text",
    "word_of",
]

TEXT = pd.StringDtype("pyarrow")  # what a column of text is, before and after pandas 3
#: What people write where they know nothing, in columns of numbers, days and codes.
BLANK_WORDS = frozenset(
    {"", "na", "n/a", "n.a.", "nan", "nat", "null", "none", "nil", "-", "--", "–", "—", "?", ".", "..",
     "unknown", "not known", "неизвестно", "нет данных", "н/д", "номаълум", "نامعلوم", "نا معلوم"}
)  # fmt: skip
LARGEST_COUNT = 100_000_000  # people; above this a count is a mistake


def blank(cells: pd.Series) -> pd.Series:
    """Return which cells say nothing: missing, empty, or a word such as ``n/a``."""
    if cells.dtype.kind in "fiubM":
        return cells.isna()
    words = text(cells)
    short = words.str.len() <= 12
    empty = words.isna()
    if bool(short.fillna(False).any()):
        empty |= (
            words[short.fillna(False)]
            .str.lower()
            .isin(BLANK_WORDS)
            .reindex(words.index, fill_value=False)
        )
    return empty.astype(bool)


def text(cells: pd.Series) -> pd.Series:
    """Return cells as trimmed text; an empty one is missing. Whole floats lose their ``.0``."""
    if cells.dtype == TEXT:
        words = cells.str.strip()
    else:
        told = [_as_text(value) for value in cells]
        try:
            words = pd.Series(told, index=cells.index, dtype=TEXT).str.strip()
        except UnicodeEncodeError:  # half a character, as broken software writes it
            told = [_encodable(word) for word in told]
            words = pd.Series(told, index=cells.index, dtype=TEXT).str.strip()
    return words.mask(words == "", pd.NA)


def _encodable(word: Any) -> Any:
    """Return text with halves of characters written out."""
    return word.encode("utf-8", "backslashreplace").decode() if isinstance(word, str) else word


def _as_text(value: Any) -> Any:
    if value is None or value is pd.NA or value is pd.NaT:
        return pd.NA
    if isinstance(value, float | np.floating):
        real = float(value)
        if real != real:
            return pd.NA
        return str(int(real)) if real.is_integer() and abs(real) < 1e15 else str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)


def number(
    cells: pd.Series,
    problems: Problems,
    *,
    what: str = "a number",
    low: float = -np.inf,
    high: float = np.inf,
) -> pd.Series:
    """Return numbers (float64); refuse rows whose cell is none, or lies outside [low, high]."""
    values = _numbers(cells)
    nothing = blank(cells)
    values = values.mask(nothing)
    unread = ~nothing & ~np.isfinite(values)
    problems.refuse(unread, str(cells.name), cells, f"{what} is needed, or an empty cell")
    outside = (values < low) | (values > high)
    bounds = f"from {low:g} to {high:g}" if np.isfinite(high) else f"of {low:g} or more"
    problems.refuse(outside, str(cells.name), cells, f"{what} {bounds} is needed")
    return values.mask(unread | outside)


def count(cells: pd.Series, problems: Problems) -> pd.Series:
    """Return whole numbers of 0 or more (Int64); refuse rows whose cell is another."""
    values = number(cells, problems, what="a whole number of 0 or more", low=0, high=LARGEST_COUNT)
    broken = values.notna() & (values % 1 != 0)
    problems.refuse(broken, str(cells.name), cells, "a whole number is needed, not a fraction")
    return values.mask(broken).astype("Int64")


def code(cells: pd.Series) -> pd.Series:
    """Return codes as text: trimmed, ``1.0`` as ``1``, empty ones and words for nothing missing."""
    words = text(cells)
    words = words.mask(blank(words), pd.NA)
    return words.str.replace(r"^(-?\d+)\.0+$", r"\1", regex=True)


def word_of(
    cells: pd.Series, meanings: Mapping[str, Any], problems: Problems | None, *, codebook: str
) -> pd.Series:
    """
    Translate codes by a table; a row with a code that is not in it is refused.

    Without `problems` an unknown code becomes missing.
    """
    codes = code(cells)
    meant = codes.map(dict(meanings))
    if problems is not None:
        odd = codes.notna() & ~codes.isin(list(meanings))
        problems.refuse(
            odd, str(cells.name), cells, f"a code of {codebook} is needed: {', '.join(meanings)}"
        )
    return meant


def iso_day(cells: pd.Series, problems: Problems) -> pd.Series:
    """Return days (datetime64) of cells such as ``2025-06-30`` or ``2025-06-30 00:00:00.000``."""
    if cells.dtype.kind == "M":
        days = cells.dt.tz_localize(None) if cells.dt.tz is not None else cells
        return days.dt.normalize().astype("datetime64[s]")
    words = text(cells)
    nothing = blank(words)
    days = pd.to_datetime(words.str.slice(0, 10), format="%Y-%m-%d", errors="coerce")
    # What follows the day may only be an hour.
    rest_odd = (words.str.len() > 10) & ~words.str.slice(10).str.match(r"[ T][0-9:.,+\-Z ]*$")
    odd = ~nothing & (days.isna() | rest_odd.fillna(False))
    problems.refuse(odd, str(cells.name), cells, "a day such as 2025-06-30 is needed")
    return days.mask(odd | nothing).astype("datetime64[s]")


def joined(columns: Iterable[pd.Series], *, by: str = "; ") -> pd.Series:
    """Return the texts of several columns side by side, what is missing left out."""
    whole: pd.Series | None = None
    for column in columns:
        part = text(column)
        if whole is None:
            whole = part
            continue
        both = whole.notna() & part.notna()
        whole = whole.where(~both, whole + by + part).fillna(part)
    if whole is None:
        raise ValueError("there are no columns to join")
    return whole


def first_of(columns: Iterable[pd.Series]) -> pd.Series:
    """Return of several columns the first text that is there, row by row."""
    whole: pd.Series | None = None
    for column in columns:
        part = text(column)
        whole = part if whole is None else whole.fillna(part)
    if whole is None:
        raise ValueError("there are no columns to choose from")
    return whole


def _numbers(cells: pd.Series) -> pd.Series:
    if cells.dtype.kind in "fiu":
        return cells.astype("float64")
    if cells.dtype.kind == "b":
        return pd.Series(np.nan, index=cells.index)
    values = pd.to_numeric(text(cells), errors="coerce")
    return pd.Series(values.to_numpy(dtype="float64", na_value=np.nan), index=cells.index)
