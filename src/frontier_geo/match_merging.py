"""One row from the reports of one incident: who stands for it, and what the others add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo.licences import RESTRICTED, most_restrictive, restricted_rows
from frontier_geo.match_candidates import IntArray, Reports

__all__ = ["MERGED_COLUMNS", "Members", "member_order", "merge_members"]

#: What an incident has beside the columns of the event table.
MERGED_COLUMNS = ("sources", "sources_n", "member_ids", "match_score", "kind", "part_of")
#: Said together by one report, or not at all.
PLACE = (
    "geometry", "place", "country", "country_side", "admin1", "admin2", "place_ids",
    "location_precision", "location_uncertainty_km", "frontage_from_km", "frontage_to_km",
    "location_basis", "location_problem",
)  # fmt: skip
DATE = ("date_start", "date_end", "date_precision")
TYPE = ("event_type", "source_event_type")
OWN = ("event_id", "source", "source_version", "licence", *PLACE, *DATE, *TYPE)
UNITED = ("source_urls", "source_dates")


@dataclass(frozen=True)
class Members:
    """Rows sorted by incident and rank within it; rank 0 stands for the incident."""

    rows: IntArray
    rank: IntArray


def member_order(reports: Reports, cluster: IntArray, leading: bool) -> Members:
    """
    Rank the reports of each incident.

    A point goes before a stretch of border and a stretch before no place; then the smaller radius,
    the shorter window of dates, the rank of the source, the id. With `leading` the source alone counts.
    """
    n = len(reports)
    keys: list[NDArray[Any]] = [np.arange(n)]
    if not leading:
        keys += [reports.end - reports.start, ~reports.dated, reports.radius_km, reports.kind]
    rows = np.lexsort((*keys, cluster))
    begins = np.concatenate([[True], np.diff(cluster[rows]) != 0]) if n else np.zeros(0, bool)
    start = np.maximum.accumulate(np.where(begins, np.arange(n), 0))
    return Members(rows, np.arange(n) - start)


def merge_members(
    table: gpd.GeoDataFrame, reports: Reports, members: Members, own: IntArray
) -> gpd.GeoDataFrame:
    """
    Return one row an incident, over the row number of its representative, in ascending order.

    Place and id come from the representative, the date from the report with the shortest window, the
    type from the first that has one; what the representative leaves out, from the next that says it.
    `killed_min` and `killed_max` hold every figure of every source. Reports and sources are united.
    """
    chiefs = np.unique(own)
    merged = table.iloc[chiefs].copy()
    merged.index = pd.Index(chiefs)
    size = np.bincount(own, minlength=len(table))
    several = members.rows[size[own[members.rows]] > 1]
    group = own[several]
    rows = table.iloc[several]
    for column in table.columns:
        if column not in OWN and column not in UNITED and merged[column].isna().any():
            found = rows[column].dropna()
            told = found.groupby(group[rows[column].notna().to_numpy()]).first()
            gaps = merged.index[merged[column].isna()].intersection(told.index)
            merged.loc[gaps, column] = told.loc[gaps].to_numpy()
    if "event_type" in table:
        _take(merged, table, several, own, TYPE, rows["event_type"].notna().to_numpy())
    if "date_start" in table:
        short = np.lexsort((np.arange(len(several)), (reports.end - reports.start)[several]))
        dated = reports.dated[several][short]
        _take(merged, table, several[short], own, DATE, dated)
    _figures(merged, rows, group)
    for column in UNITED:
        if column in table:
            _unite(merged, table[column], several, own, column)
    _licences(merged, table, several, own)
    told, ids = (
        _gather(table["source"], members.rows, own),
        _gather(table["event_id"], members.rows, own),
    )
    merged["sources"] = _lists([list(dict.fromkeys(told[chief])) for chief in chiefs.tolist()])
    merged["sources_n"] = np.array([len(each) for each in merged["sources"]], dtype=np.int64)
    merged["member_ids"] = _lists([ids[chief] for chief in chiefs.tolist()])
    return merged


def _gather(column: pd.Series, rows: IntArray, own: IntArray) -> dict[int, list[Any]]:
    """Return the values of each incident, over its representative, in the order of rank."""
    found: dict[int, list[Any]] = {}
    values = column.to_numpy(dtype=object)[rows]
    for chief, value in zip(own[rows].tolist(), values, strict=True):
        found.setdefault(chief, []).append(value)
    return found


def _lists(values: list[Any]) -> NDArray[np.object_]:
    """Return lists as cells, whatever their lengths."""
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells


def _take(
    merged: gpd.GeoDataFrame,
    table: gpd.GeoDataFrame,
    rows: IntArray,
    own: IntArray,
    columns: tuple[str, ...],
    usable: NDArray[np.bool_],
) -> None:
    """Take columns together from the first usable row of each incident."""
    chosen = pd.Series(rows[usable]).groupby(own[rows[usable]]).first()
    for column in columns:
        if column in table:
            values = table[column].iloc[chosen.to_numpy(dtype=int)]
            merged.loc[chosen.index, column] = values.to_numpy()


def _figures(merged: gpd.GeoDataFrame, rows: pd.DataFrame, group: IntArray) -> None:
    known = [name for name in ("killed", "killed_min", "killed_max") if name in rows]
    if not known or rows.empty:
        return
    figures = rows[known].astype("Float64")
    for column, extreme in (
        ("killed_min", figures.min(axis=1).groupby(group).min()),
        ("killed_max", figures.max(axis=1).groupby(group).max()),
    ):
        if column not in merged:
            merged[column] = pd.array([pd.NA] * len(merged), dtype="Int64")
        merged.loc[extreme.index, column] = extreme.astype("Int64").array


def _unite(
    merged: gpd.GeoDataFrame, lists: pd.Series, rows: IntArray, own: IntArray, column: str
) -> None:
    """Join the lists of each incident, each entry once, in the order of rank."""
    joined = merged[column].astype(object)
    place = {chief: k for k, chief in enumerate(merged.index.tolist())}
    cells = joined.to_numpy(dtype=object).copy()
    for chief, values in _gather(lists, rows, own).items():
        entries = [
            entry
            for value in values
            if isinstance(value, list | tuple | np.ndarray | str)
            for entry in ([value] if isinstance(value, str) else value)
        ]
        cells[place[chief]] = list(dict.fromkeys(entries)) or None
    merged[column] = cells


def _licences(
    merged: gpd.GeoDataFrame, table: gpd.GeoDataFrame, rows: IntArray, own: IntArray
) -> None:
    """Give each incident of several reports the licence that binds all of it."""
    bound = restricted_rows(table)
    texts = (
        table["licence"].astype(object).where(table["licence"].notna(), None)
        if "licence" in table
        else pd.Series([None] * len(table), dtype=object)
    ).to_numpy(dtype=object, copy=True)
    if "licence" not in table and not bound[rows].any():
        return
    for k in np.flatnonzero(bound):
        if not str(texts[k]).startswith(RESTRICTED):
            texts[k] = f"{RESTRICTED}: terms of {table['source'].iloc[k]}"
    gathered = _gather(pd.Series(texts, dtype=object), rows, own)
    strict = {
        chief: most_restrictive([text for text in found if text])
        for chief, found in gathered.items()
        if len(set(found)) > 1
    }
    column = pd.Series(texts[merged.index], index=merged.index, dtype=object)
    for chief, text in strict.items():
        column.at[chief] = text
    merged["licence"] = column
