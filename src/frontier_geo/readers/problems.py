"""What is wrong with rows of a source: every finding with its row, column, value and reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["Finding", "Problems", "shortened"]

LONGEST_VALUE = 200  # characters of a cell that a message quotes


@dataclass(frozen=True)
class Finding:
    """Something wrong with some rows: the rows, where, what stood there, and why it is refused."""

    rows: pd.Index
    column: str
    values: list[Any]
    reasons: list[str]


@dataclass
class Problems:
    """
    Findings about the rows of one chunk, in the order in which they were made.

    `refused` holds what makes a row unusable. `beyond` holds rows that are sound but were not asked
    for. Rows are named by the labels of the chunk's index, which are their row numbers.
    """

    refused: list[Finding] = field(default_factory=list)
    beyond: list[Finding] = field(default_factory=list)

    def refuse(
        self, odd: pd.Series, column: str, values: pd.Series, reason: str | pd.Series
    ) -> None:
        """
        Refuse the rows where `odd` is true.

        Parameters
        ----------
        odd : Series of bool
            Which rows, over the index of the chunk. Missing is not odd.
        column : str
            The column of the source that holds what is wrong, by the source's own name.
        values : Series
            What stood there, over the same index.
        reason : str or Series of str
            What is needed and what to do, in a sentence without a full stop.
        """
        _note(self.refused, odd, column, values, reason)

    def leave_out(
        self, beyond: pd.Series, column: str, values: pd.Series, reason: str | pd.Series
    ) -> None:
        """Set rows aside that are sound but outside what was asked for; as `refuse`."""
        _note(self.beyond, beyond, column, values, reason)

    def refused_rows(self) -> pd.DataFrame:
        """Return one row for each row refused: `column, value, reason`, over the row numbers."""
        return _by_row(self.refused)

    def rows_beyond(self) -> pd.DataFrame:
        """Return one row for each row outside what was asked for, as `refused_rows`."""
        return _by_row(self.beyond)


def shortened(value: Any) -> str:
    """Return a value as text that a message can quote."""
    text = str(value)
    return (
        text
        if len(text) <= LONGEST_VALUE
        else f"{text[:LONGEST_VALUE]}… ({len(text):,} characters)"
    )


def _note(
    findings: list[Finding],
    odd: pd.Series,
    column: str,
    values: pd.Series,
    reason: str | pd.Series,
) -> None:
    mask = odd.fillna(False).to_numpy(dtype=bool)
    if not mask.any():
        return
    count = int(mask.sum())
    reasons = [reason] * count if isinstance(reason, str) else [str(r) for r in reason[mask]]
    told = ["" if _is_missing(value) else shortened(value) for value in values[mask]]
    findings.append(Finding(odd.index[mask], column, told, reasons))


def _is_missing(value: Any) -> bool:
    missing = pd.isna(value)
    return bool(missing) if isinstance(missing, bool | np.bool_) else False


def _by_row(findings: list[Finding]) -> pd.DataFrame:
    """Gather findings by row: the first names column and value, the reasons stand together."""
    if not findings:
        return pd.DataFrame(columns=["column", "value", "reason"], dtype=object)
    table = pd.concat(
        pd.DataFrame(
            {"column": each.column, "value": each.values, "reason": each.reasons}, index=each.rows
        )
        for each in findings
    )
    more = table.index.duplicated()
    first = table[~more].copy()
    if more.any():
        others = "; " + table["column"][more] + ": " + table["reason"][more]
        joined = others.groupby(level=0, sort=False).agg("".join)
        first.loc[joined.index, "reason"] = first.loc[joined.index, "reason"] + joined
    return first.sort_index()
