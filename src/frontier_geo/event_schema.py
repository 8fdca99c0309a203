"""
The rules of the event table, written once as a pandera schema.

`check_events` refuses a table by them; the readers refuse rows by them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from frontier_geo.location_precision import PRECISIONS

if TYPE_CHECKING:
    import pandera.pandas as pa

__all__ = ["CONFIDENCES", "DATE_PRECISIONS", "SCOPES", "SIDES", "event_schema", "faults"]

SCOPES = ("border", "context", "afghan_internal", "tajik_internal", "off_border")
DATE_PRECISIONS = ("day", "week", "month", "year")
CONFIDENCES = ("high", "medium", "low")  # the best first
SIDES = ("TJ", "AF", "both")
#: Columns of words, with the words.
VOCABULARY = {
    "scope": SCOPES,
    "confidence": CONFIDENCES,
    "location_precision": tuple(PRECISIONS),
    "date_precision": DATE_PRECISIONS,
}
NOT_NEGATIVE = (
    "killed", "killed_min", "killed_max", "wounded", "detained", "narcotics_kg",
    "location_uncertainty_km",
)  # fmt: skip
#: Two columns of which the first must not lie above the second: the one to blame is the second.
IN_ORDER = (("date_start", "date_end"), ("killed_min", "killed_max"))


@cache
def event_schema() -> pa.DataFrameSchema:
    """
    Return the rules that every event table follows, column by column.

    Returns
    -------
    pandera.DataFrameSchema
        For a table whose days are timestamps and whose counts are numbers. No column must be there;
        what is missing in a row breaks no rule.

    Examples
    --------
    >>> sorted(event_schema().columns)[:3]
    ['confidence', 'date_end', 'date_precision']
    """
    import pandera.pandas as pa

    columns: dict[str, list[pa.Check]] = {name: [] for pair in IN_ORDER for name in pair}
    for name, words in VOCABULARY.items():
        columns[name] = [pa.Check.isin(words, error=f"one of {', '.join(words)}, or missing")]
    for name in NOT_NEGATIVE:
        columns.setdefault(name, []).append(
            pa.Check(
                lambda values: (values >= 0) & (values < np.inf),
                error="a finite number of 0 or more, missing where unknown",
            )
        )
    return pa.DataFrameSchema(
        {
            name: pa.Column(checks=checks, nullable=True, required=False)
            for name, checks in columns.items()
        },
        name="event table",
    )


def faults(table: pd.DataFrame) -> pd.DataFrame:
    """
    Find what breaks the rules of the event table.

    Parameters
    ----------
    table : DataFrame
        With typed columns, over an index without repeats.

    Returns
    -------
    DataFrame
        ``row, column, value, rule``: one line a fault, in the order of the rows; `row` is a label of
        the index. Empty when all is well.
    """
    from pandera.errors import SchemaErrors

    found: list[pd.DataFrame] = []
    judged = [
        name
        for name in event_schema().columns
        # Few words say a column of many rows; known ones need no look at each row.
        if name in table.columns
        and not (name in VOCABULARY and set(table[name].dropna().unique()) <= set(VOCABULARY[name]))
    ]
    try:
        event_schema().validate(pd.DataFrame(table)[judged], lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        found.append(
            pd.DataFrame(
                {
                    "row": cases["index"],
                    "column": cases["column"],
                    "value": cases["failure_case"],
                    "rule": cases["check"],
                }
            )
        )
    for low, high in IN_ORDER:
        if low in table.columns and high in table.columns:
            first, last = table[low], table[high]
            odd = (last < first).fillna(False).to_numpy(dtype=bool)
            if odd.any():
                rules = [f"{low} ({_told(value)}) or more" for value in first[odd]]
                if low == "date_start":
                    rules = [f"on or after date_start ({_told(value)})" for value in first[odd]]
                found.append(
                    pd.DataFrame(
                        {
                            "row": table.index[odd],
                            "column": high,
                            "value": [_told(value) for value in last[odd]],
                            "rule": rules,
                        }
                    )
                )
    if not found:
        return pd.DataFrame(columns=["row", "column", "value", "rule"])
    return pd.concat(found, ignore_index=True).sort_values("row", kind="stable", ignore_index=True)


def _told(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)
