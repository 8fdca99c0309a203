"""
Small counts blanked or rounded before a table is published.

A count of 1 or 2 on a short stretch may point to a person. Its row is blanked, and so are as many
others as it takes that no blank can be worked out from a total. Of the columns only those stay that
say where a row is, or that rest on its own count alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_amounts, check_choice, check_columns
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.segments import chain_of

__all__ = ["suppress_small_counts", "suppressed_rows"]

METHODS = ("blank", "round")
#: Columns of counts that are looked at when none are named, those a table has.
COUNTS = ("events", "events_1", "events_2")
#: The count of tables that have none of these: of scans. Beside `neighbours` it is a sum over them.
OBSERVED = "observed"
#: What says where and over what time a row is, and nothing of what happened there. These may stay.
PLACE_COLUMNS = (
    "segment_id", "boundary_id", "from_km", "to_km", "length_km",
    "start_seg", "end_seg", "start_segment_id", "end_segment_id", "n_segments",
    "official_from_km", "official_to_km",
    "chainage_km", "lon", "lat", "position_uncertainty_m",
    "terrain", "district", "province", "step", "step_start", "step_end",
    "exposure_km_yr", "exposure_1_km_yr", "exposure_2_km_yr",
    "group_1", "group_2", "segments_1", "segments_2", "window_segments", "neighbours",
)  # fmt: skip
PLACE_ENDINGS = ("_district", "_province")
#: Worked out from the row's own counts and exposure alone, and from which: they may stay where the row
#: is shown, if these counts are protected.
OWN_COLUMNS = {
    "rate": ("events",), "rate_lo": ("events",), "rate_hi": ("events",),
    "weighted": ("events",), "weighted_rate": ("events",),
    "rate_1": ("events_1",), "rate_2": ("events_2",),
    "rr": ("events_1", "events_2"), "rr_lo": ("events_1", "events_2"),
    "rr_hi": ("events_1", "events_2"), "p_value": ("events_1", "events_2"),
}  # fmt: skip
#: Why the others go, by how their names begin; the first that fits.
REASONS = (
    (("window_rate", "spatial_eb_", "local_", "gi_star", "observed", "quadrant", "cluster", "hotspot"),
     "worked out from the counts of neighbours"),
    (("eb_", "excess", "rr", "p_value", "p_plain", "p_adj", "expected", "weighted_", "z", "level",
      "support", "p_imputed", "trend"),
     "worked out from the counts or places of other rows"),
)  # fmt: skip
UNKNOWN = "not known to rest on the row's own count alone (keep= keeps it)"
ROUNDED_AWAY = "worked out from the counts that are rounded"
#: Parts of `.attrs` that may hold the counts or sums of few events.
TELLING = ("accounting", "resolution")
ROUNDING = 1e-9
SMALL = "small count"
PROTECTING = "protects a small count"
EVERYTHING = "total"


def suppress_small_counts(
    table: pd.DataFrame,
    *,
    min_count: int = 5,
    columns: str | Iterable[str] | None = None,
    group: str | None = None,
    method: str = "blank",
    keep: Iterable[str] = (),
) -> pd.DataFrame:
    """
    Blank or round small counts, and what they could be worked out from, for publication.

    Parameters
    ----------
    table : DataFrame
        One row a segment or part, such as from `segment_rates`; without a row of totals, and no event
        in two rows: segments do not overlap (within one `step`), and groups are not compared in pairs.
    min_count : int, default 5
        Counts from 1 to ``min_count - 1`` are small. 0 is not: it points to nobody.
    columns : str or iterable of str, optional
        The columns of counts. Default: those of `events`, `events_1`, `events_2` that the table has;
        without any of them `observed`, unless it is a sum over neighbours.
    group : str, optional
        A column whose sums are published too, such as "tj_district". The sum of the whole table is
        always taken to be known.
    method : {"blank", "round"}, default "blank"
        ``round``: all counts become multiples of `min_count`, and every number worked out from them
        goes. Rounded numbers do not add up to the rounded sums.
    keep : iterable of str
        Further columns that stay as they are, in all rows: those you know to say nothing of the
        counts. Of what is kept here nothing is protected.

    Returns
    -------
    DataFrame
        The rows as they were, and ``suppressed``: "small count", "protects a small count" or missing
        (for ``round``, "rounded to 5" in all rows). As soon as it is given anywhere, these columns are
        left: ids, places, texts of place (`terrain`, `*_district`, `*_province`), lengths, steps of
        time, exposure and geometry; `keep`; and, blank where it is given, the counts and what comes
        from the row's own counts and exposure alone (`rate`, `rate_lo`, `rate_hi`, `weighted`,
        `weighted_rate`; of two counts `rate_1`, `rate_2`, `rr` and its limits, `p_value`). All others
        are dropped: what comes from neighbours, totals, drawn places or other rows gives away blanks,
        texts and classes as well as numbers.

        ``.attrs["suppression"]`` holds what was done: `min_count`, `columns`, `method`, `small` and
        `protecting` (how many rows), `totals` with the sums of each group and of the table that may be
        published (None where not), `dropped` (which columns, and why), and `note`. What else in
        `.attrs` counts events (`accounting`, `resolution`) is left out of the result as soon as a row
        is blank.

    Raises
    ------
    ColumnError
        If a column is missing, or the table has no column of counts.
    ParameterError
        If `min_count` is no whole number of 3 or more, a count is missing or negative, a group is
        missing, segments overlap, or the table has a row of totals or compares pairs of groups.

    Notes
    -----
    Who knows the sums, the threshold and which blanks are small can bound each blank. Further rows are
    blanked, the smallest of at least `min_count` first, until every small count may have at least two
    values within these bounds; where the rows of a group do not suffice, its sum is held back, and at
    last that of the table. Several tables of one data set, by other segments or periods, can be
    subtracted from one another: this function sees one table.

    References
    ----------
    Hundepool et al. (2012), Statistical Disclosure Control, Wiley, chapter 4.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"segment_id": list("abcd"), "events": [0, 2, 9, 30], "rate": [0, 1, 4, 8]})
    >>> public = suppress_small_counts(table)
    >>> public["events"].tolist(), public["suppressed"].tolist()
    ([0, <NA>, <NA>, 30], [None, 'small count', 'protects a small count', None])
    >>> public.attrs["suppression"]["totals"]["events"]
    {'total': 41}
    """
    check_choice(method, METHODS, name="method")
    limit = _check_min_count(min_count)
    names = _count_columns(table, columns)
    _check_parts(table)
    counts = np.column_stack(
        [check_amounts(table[name].to_numpy(dtype=float), name=name) for name in names]
    )
    labels, groups = _groups(table, group)
    kept = _kept(table, {*keep, *([group] if group else [])}) - set(names)
    plan = suppressed_rows(counts, labels, min_count=limit) if method == "blank" else None
    dropped: dict[str, str] = {}
    if plan is None:
        result = _rounded(table, counts, names, limit)
        dropped = {name: ROUNDED_AWAY for name in _others(table, kept, names)}
        result["suppressed"] = f"rounded to {limit}"
        note = f"All counts are rounded to multiples of {limit}; what came from them is left out."
    else:
        own = {name for name, of in OWN_COLUMNS.items() if set(of) <= set(names)} - kept
        result = table.copy()
        if plan.blank.any():
            others = _others(table, kept | own, names)
            dropped = {name: _why(name) for name in others}
            result = _blanked(result, plan.blank, [c for c in table if c in own or c in names])
        why = np.where(plan.small, SMALL, np.where(plan.protecting, PROTECTING, ""))
        result["suppressed"] = pd.Series(why, index=table.index, dtype=object).replace("", None)
        note = _note(plan, limit)
    result = result.drop(columns=list(dropped))
    told = {
        "min_count": limit,
        "columns": names,
        "group": group,
        "method": method,
        "small": int(_small(counts, limit).any(axis=1).sum()),
        "protecting": 0 if plan is None else int(plan.protecting.sum()),
        "totals": _totals(counts, labels, groups, names, plan, limit),
        "dropped": dropped,
        "note": note,
    }
    result.attrs = result_attrs(
        "published",
        table,
        parameters=table.attrs.get("parameters", {}),  # of the rates, whose limits are still there
        unit=table.attrs.get("unit"),
        suppression=told,
    )
    if plan is None or plan.blank.any():
        for part in TELLING:
            result.attrs.pop(part, None)
        if "sources" in result.attrs:
            result.attrs["sources"] = _without_rows(result.attrs["sources"])
    return result


def _note(plan: Plan, limit: int) -> str:
    if not plan.blank.any():
        return f"No count lies between 1 and {limit - 1}: nothing is blank."
    some = bool(plan.held_back.any()) and plan.held_back.size > 1
    held = [f"{int(plan.held_back.sum())} sums of groups"] * some
    held += ["the sum of the table"] * plan.total_held_back
    return (
        f"{int(plan.small.sum())} rows hold a count from 1 to {limit - 1} and are blank, as are "
        f"{int(plan.protecting.sum())} that protect them"
        + (f"; held back: {' and '.join(held)}." if held else ".")
    )


@dataclass(frozen=True)
class Plan:
    """
    Which rows and sums are not published.

    Attributes
    ----------
    small, protecting : ndarray of bool, shape (n,)
        Rows with a small count, and rows blanked to protect them.
    held_back : ndarray of bool, shape (number of groups,)
        Groups whose sums are not published.
    total_held_back : bool
        Whether the sum of the table is not published.
    """

    small: NDArray[np.bool_]
    protecting: NDArray[np.bool_]
    held_back: NDArray[np.bool_]
    total_held_back: bool

    @property
    def blank(self) -> NDArray[np.bool_]:
        """Rows that are not published."""
        return self.small | self.protecting


def suppressed_rows(
    counts: FloatArray, labels: NDArray[np.int64] | None = None, *, min_count: int = 5
) -> Plan:
    """
    Choose the rows to blank so that no small count can be worked out from published sums.

    Parameters
    ----------
    counts : ndarray of float, shape (n, k)
        k counts of each row.
    labels : ndarray of int, shape (n,), optional
        Number of the group of each row, whose sums are published. Default: one group.
    min_count : int, default 5
        Counts above 0 and below this are small.

    Returns
    -------
    Plan

    Examples
    --------
    >>> import numpy as np
    >>> plan = suppressed_rows(np.array([[0.0], [2.0], [9.0], [30.0]]))
    >>> plan.blank.tolist()
    [False, True, True, False]
    """
    limit = _check_min_count(min_count)
    labels = np.zeros(len(counts), dtype=np.int64) if labels is None else labels
    n_groups = int(labels.max(initial=0)) + 1
    sums = np.zeros((n_groups, counts.shape[1]))
    np.add.at(sums, labels, counts)
    small: NDArray[np.bool_] = np.asarray(_small(counts, limit).any(axis=1))
    blank = small.copy()
    total_gone = bool(_small(sums.sum(axis=0), limit).any())
    held_back = np.zeros(n_groups, dtype=bool)
    if n_groups == 1:  # its sum is that of the table
        total_gone = total_gone or not _protect(counts, blank, np.arange(len(counts)), limit)
        return Plan(small, blank & ~small, np.array([total_gone]), total_gone)
    for g in range(n_groups):
        few = bool(_small(sums[g], limit).any())
        held_back[g] = few or not _protect(counts, blank, np.flatnonzero(labels == g), limit)
    while held_back.any() and not total_gone:
        # The rows of these groups together are what the table's sum leaves beside the others' sums.
        rows = np.flatnonzero(held_back[labels])
        cells = _protect(counts, blank, rows, limit)
        hidden = rows[blank[rows]]
        if cells and _sums_safe(counts[hidden], labels[hidden], sums, limit):
            break
        if cells and _blank_smallest(counts, blank, rows[counts[rows].max(axis=1) >= limit]):
            continue
        spare = np.flatnonzero(~held_back & (sums >= limit).any(axis=1))
        total_gone = not spare.size
        held_back[spare[np.argsort(sums[spare].sum(axis=1), kind="stable")[:1]]] = True
    return Plan(small, blank & ~small, held_back, total_gone)


def _protect(
    counts: FloatArray, blank: NDArray[np.bool_], rows: NDArray[np.intp], limit: int
) -> bool:
    """Blank more of the rows that share one known sum until all small counts are safe, if it can be."""
    while True:
        safe = _safe(counts[rows[blank[rows]]], limit)
        if safe.all():
            return True
        if not _blank_smallest(
            counts, blank, rows[(counts[np.ix_(rows, ~safe)] >= limit).any(axis=1)]
        ):
            return False


def _blank_smallest(counts: FloatArray, blank: NDArray[np.bool_], rows: NDArray[np.intp]) -> bool:
    """Blank the smallest of these rows that is not yet blank; say if there is one."""
    spare = rows[~blank[rows]]
    if spare.size:
        blank[spare[np.argmin(counts[spare].sum(axis=1))]] = True
    return bool(spare.size)


def _safe(hidden: FloatArray, limit: int) -> NDArray[np.bool_]:
    """Return for each column whether every small count among the hidden ones may have two values."""
    safe = np.ones(hidden.shape[1], dtype=bool)
    for k, values in enumerate(hidden.T):
        parts = [np.arange(values.size) == i for i in np.flatnonzero(_small(values, limit))]
        safe[k] = _open(values, parts, limit)
    return safe


def _sums_safe(hidden: FloatArray, labels: NDArray[np.int64], sums: FloatArray, limit: int) -> bool:
    """Return whether every small sum of a group may have two values, of those that are held back."""
    return all(
        _open(values, [labels == g for g in np.flatnonzero(_small(sums[:, k], limit))], limit)
        for k, values in enumerate(hidden.T)
    )


def _open(values: FloatArray, parts: Sequence[NDArray[np.bool_]], limit: int) -> bool:
    """
    Return whether the sum of each part of some hidden counts may have two values.

    Known are the sum of them all, and of each whether it is 0, small, or `limit` or more.
    """
    few = _small(values, limit)
    whole = bool((values == np.round(values)).all())
    least = np.where(few, 1.0 if whole else 0.0, np.where(values > 0, limit, 0.0))
    most = np.where(few, limit - 1.0 if whole else limit, np.where(values > 0, np.inf, 0.0))
    total = values.sum()
    for part in parts:
        low = max(least[part].sum(), total - most[~part].sum())
        high = min(most[part].sum(), total - least[~part].sum())
        if high - low < 1 - ROUNDING:
            return False
    return True


def _small(counts: FloatArray, limit: int) -> NDArray[np.bool_]:
    return (counts > 0) & (counts < limit)


def _check_min_count(min_count: Any) -> int:
    whole = isinstance(min_count, int | np.integer) and not isinstance(min_count, bool)
    if not whole or min_count < 3:
        raise ParameterError(
            f"min_count must be a whole number of 3 or more, but is {min_count!r}: below 3 the word "
            "'small count' would itself tell the count."
        )
    return int(min_count)


def _count_columns(table: pd.DataFrame, columns: str | Iterable[str] | None) -> list[str]:
    """Return the columns of counts to look at."""
    if columns is None:
        names = [name for name in COUNTS if name in table]
        if not names and OBSERVED in table and not _of_neighbours(table):
            names = [OBSERVED]
    else:
        names = [columns] if isinstance(columns, str) else list(columns)
    if not names:
        raise ColumnError(
            f"No column of counts: none of {', '.join(COUNTS)} is in the table. Name them: "
            'columns=("events",).'
        )
    check_columns(table, names, name="table")
    if OBSERVED in names and _of_neighbours(table):
        raise ParameterError(
            "columns must hold each event in one row, but observed is a sum over neighbours, which "
            'overlap. Pass columns="events".'
        )
    return names


def _of_neighbours(table: pd.DataFrame) -> bool:
    """Return whether `observed` is the sum of a segment and its neighbours."""
    return "neighbours" in table or "gi_star" in table or table.attrs.get("result") == "hotspots"


def _check_parts(table: pd.DataFrame) -> None:
    """Refuse a table in which an event may stand in several rows."""
    if "segment_id" in table and (table["segment_id"].astype(object) == EVERYTHING).any():
        raise ParameterError(
            "The table must hold parts only, but has a row of totals, which adds up what is blanked. "
            'Leave it out: table[table["segment_id"] != "total"].'
        )
    if {"group_1", "group_2"} <= set(table.columns) and len(table) > 1:
        raise ParameterError(
            f"The table must hold each count once, but its {len(table)} rows are pairs of groups: a "
            "group's count stands in several. Publish the counts of the groups, one row each."
        )
    ends = ["from_km", "to_km"]
    if set(ends) <= set(table.columns):
        parts = pd.DataFrame(table[ends].to_numpy(dtype=float), columns=ends)
        steps = table["step"].to_numpy(dtype=object) if "step" in table else np.zeros(len(table))
        for _, rows in parts.groupby(steps, sort=False, dropna=False):
            chain_of(rows)  # refuses overlapping segments: their differences tell counts


def _kept(table: pd.DataFrame, more: set[str]) -> set[str]:
    """Return the columns that say nothing of the counts."""
    found = {name for name in table if name in PLACE_COLUMNS or name in more}
    found |= {name for name in table if str(name).endswith(PLACE_ENDINGS)}
    return found | {name for name in table if str(table[name].dtype) == "geometry"}


def _others(table: pd.DataFrame, kept: set[str], names: Sequence[str]) -> list[str]:
    """Return the columns that are neither kept nor counts."""
    return [name for name in table if name not in kept and name not in names]


def _why(name: str) -> str:
    return next((why for starts, why in REASONS if str(name).startswith(starts)), UNKNOWN)


def _groups(table: pd.DataFrame, group: str | None) -> tuple[NDArray[np.int64], list[Any]]:
    """Return the number of each row's group, and the groups."""
    if group is None:
        return np.zeros(len(table), dtype=np.int64), []
    check_columns(table, [group], name="table")
    labels, names = pd.factorize(table[group].to_numpy(dtype=object))
    if (labels < 0).any():
        raise ParameterError(
            f"Each row needs a {group}, whose sums are published, but {int((labels < 0).sum())} have "
            "none. Give them one, or leave group out."
        )
    return labels.astype(np.int64), [str(name) for name in names]


def _blanked(table: pd.DataFrame, rows: NDArray[np.bool_], names: Sequence[str]) -> pd.DataFrame:
    """Return the table without these columns of some rows."""
    for name in names:
        kind = pd.api.types.infer_dtype(table[name], skipna=True)
        plain = table[name].astype("Int64" if kind == "integer" else "float64")
        table[name] = plain.mask(rows)
    return table


def _rounded(
    table: pd.DataFrame, counts: FloatArray, names: Sequence[str], base: int
) -> pd.DataFrame:
    """Return the table with counts as multiples of the base."""
    result = table.copy()
    for k, name in enumerate(names):
        result[name] = (np.round(counts[:, k] / base) * base).astype(np.int64)
    return result


def _totals(
    counts: FloatArray,
    labels: NDArray[np.int64],
    groups: Sequence[str],
    names: Sequence[str],
    plan: Plan | None,
    base: int,
) -> dict[str, dict[str, float | None]]:
    """Return the sums that may be published, by column; rounded where there is no plan."""
    told: dict[str, dict[str, float | None]] = {}
    for k, name in enumerate(names):
        sums = {g: counts[labels == i, k].sum() for i, g in enumerate(groups)}
        held = {g: bool(plan.held_back[i]) if plan else False for i, g in enumerate(groups)}
        sums[EVERYTHING] = counts[:, k].sum()
        held[EVERYTHING] = plan.total_held_back if plan else False
        unit = base if plan is None else None
        told[name] = {g: None if held[g] else _number(value, unit) for g, value in sums.items()}
    return told


def _without_rows(sources: Any) -> Any:
    """Return what is said of the sources without how many events each gave."""
    if isinstance(sources, dict):
        return {key: _without_rows(value) for key, value in sources.items() if key != "rows"}
    return [_without_rows(part) for part in sources] if isinstance(sources, list) else sources


def _number(value: float, unit: int | None) -> float:
    """Return a sum as a plain number, whole where it is, rounded to a unit if one is given."""
    number = float(value) if unit is None else float(np.round(value / unit) * unit)
    return int(number) if number.is_integer() else number
