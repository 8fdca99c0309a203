"""The `.attrs` of every result: what it is, what it was made from, and how."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from frontier_geo._version import __version__

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["result_attrs"]

#: What a result takes over from the tables it was made from, if they say it.
PROVENANCE = (
    "boundary", "period", "data_version", "source", "sources", "coverage", "accounting", "resolution",
)  # fmt: skip

#: What it takes over from their parameters: which events and which segments these are. How the numbers
#: of those tables were made (tests, intervals, seeds) is no word about its own.
INHERITED = (
    "max_distance_km", "tolerance_km", "uncertainty_km", "scope", "min_confidence", "length_km", "n",
    "by", "breaks_km", "remainder", "smallest_share", "step",
)  # fmt: skip


def result_attrs(kind: str, *tables: pd.DataFrame, **more: Any) -> dict[str, Any]:
    """
    Return the `.attrs` of a result.

    Parameters
    ----------
    kind : str
        What the table holds, such as "density" or "clusters"; plots go by it.
    *tables : DataFrame
        What it was made from. The first that says so tells the boundary, period, data version,
        sources and account.
    **more
        Parameters, seed, number of simulations, smallest attainable p, unit, notes. Of the tables'
        own `parameters` those of `INHERITED` are kept, under the new ones.

    Returns
    -------
    dict
        Plain Python values only, so that it can be written as JSON.
    """
    attrs: dict[str, Any] = {"result": kind}
    for table in reversed(tables):
        attrs |= {key: table.attrs[key] for key in PROVENANCE if key in table.attrs}
    parameters: dict[str, Any] = {}
    for table in reversed(tables):
        told = table.attrs.get("parameters", {})
        parameters |= {key: told[key] for key in INHERITED if key in told}
    attrs |= {"parameters": parameters | more.pop("parameters", {}), **more}
    attrs["library_version"] = __version__
    return {key: _plain(value) for key, value in attrs.items()}


def _plain(value: Any) -> Any:
    """Return a value as plain Python, arrays as lists."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | list | tuple | set):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, datetime):
        return value.date().isoformat()
    return value
