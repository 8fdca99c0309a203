"""Official figures beside what the incident table holds, and what else was going on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from frontier_geo._validation import check_columns
from frontier_geo.boundary import Boundary
from frontier_geo.errors import ParameterError
from frontier_geo.locating import OFF_BORDER
from frontier_geo.maps.escaping import clean_text
from frontier_geo.report.spans import Span
from frontier_geo.selection import select_events

__all__ = [
    "CLASHES",
    "CLASH_TYPES",
    "OFFICIAL_COLUMNS",
    "WHOLE_LINE",
    "Context",
    "context_of_events",
    "context_of_figures",
    "official_figures",
    "official_table",
]

OFFICIAL_COLUMNS = (
    "indicator", "period_start", "period_end", "value", "unit", "geography", "stated_by", "source_url",
    "source_date", "notes",
)  # fmt: skip
NEEDED = OFFICIAL_COLUMNS[:4]
#: Indicators that say what was going on rather than count what happened.
BUILD_UP, AID, CLOSURE, OTHER = "build_up", "aid", "closure", "other"
GROUPS = (BUILD_UP, AID, CLOSURE, OTHER)
GROUP_OF_INDICATOR = {
    "border_posts": BUILD_UP,
    "border_posts_announced": BUILD_UP,
    "brigades_announced": BUILD_UP,
    "military_facilities_announced": BUILD_UP,
    "militants_near_border": BUILD_UP,
    "reservists_mobilised": BUILD_UP,
    "russian_border_guards_strength": BUILD_UP,
    "troops_announced": BUILD_UP,
    "troops_deployed_estimate": BUILD_UP,
    "aid_equipment": AID,
    "aid_facility": AID,
    "aid_programme": AID,
}
GROUP_OF_TYPE = {"military_build_up": BUILD_UP, "border_closure": CLOSURE}
#: They say nothing of a period: published lengths of the line.
NOT_SHOWN = ("border_length_km", "border_sector_length_km")
#: What of the incident table can be held against a figure: incidents of these types, or a sum.
CLASHES, NARCOTICS = "armed_clashes", "narcotics_seized_border_kg"
CLASH_TYPES = ("armed_clash", "cross_border_fire", "smuggler_killed_or_detained")
CHANGE = "_change_pct"  # how indicators end that tell of a rise or fall
#: In which order figures are shown; others follow by name.
FIRST = (
    CLASHES, NARCOTICS, "narcotics_seized_total_kg", "smugglers_killed",
    "smugglers_detained", "border_guards_killed", "security_personnel_killed",
)  # fmt: skip
#: How the shipped figures name all of the shipped line; they are of the Tajik side.
WHOLE_LINE, OTHER_SIDE = "Tajik-Afghan border", "AF"


def official_table(figures: pd.DataFrame) -> pd.DataFrame:
    """
    Return official figures ready for use: all columns, days as days, values as numbers.

    Parameters
    ----------
    figures : DataFrame
        ``indicator, period_start, period_end, value`` and, as far as known, the other columns of
        `OFFICIAL_COLUMNS`.

    Raises
    ------
    ColumnError
        If a column is missing.
    ParameterError
        If `figures` is no table, a day is none, a period ends before it begins, or a value is no
        number, or below 0 though its `indicator` does not end in ``_change_pct``. The message names
        the row.
    """
    if not isinstance(figures, pd.DataFrame):
        raise ParameterError(
            "official must be a table of figures, None for the shipped ones, or False for none, but is "
            f"a {type(figures).__name__}."
        )
    check_columns(figures, NEEDED, name="official")
    table = figures.reindex(columns=list(OFFICIAL_COLUMNS)).reset_index(drop=True)
    for name in ("period_start", "period_end"):
        days = pd.to_datetime(table[name].astype(str).str[:10], format="%Y-%m-%d", errors="coerce")
        _refuse(table, name, days.isna(), "a day such as 2025-01-31")
        table[name] = days.dt.date
    table["value"] = pd.to_numeric(table["value"], errors="coerce")
    given = figures.reset_index(drop=True)
    _refuse(given, "value", ~np.isfinite(table["value"]), "a number")
    amount = pd.Series([not str(name).endswith(CHANGE) for name in table["indicator"]], dtype=bool)
    needed = f"a number of 0 or more (only an indicator that ends in {CHANGE} may fall below)"
    _refuse(given, "value", amount & (table["value"] < 0), needed)
    backwards = table["period_end"] < table["period_start"]
    _refuse(table, "period_end", backwards, "a day on or after period_start")
    _refuse(table, "indicator", table["indicator"].isna(), "the name of what is counted")
    texts = [
        name for name in OFFICIAL_COLUMNS if name not in ("period_start", "period_end", "value")
    ]
    for name in texts:
        cells = [None if pd.isna(cell) else clean_text(cell) or None for cell in table[name]]
        table[name] = pd.Series(cells, dtype=object)
    return table


def _refuse(table: pd.DataFrame, column: str, odd: pd.Series, needed: str) -> None:
    rows = np.flatnonzero(odd.to_numpy(dtype=bool))
    if rows.size:
        raise ParameterError(
            f"{column} of official must hold {needed}, but row {rows[0] + 1} has "
            f"{table[column].tolist()[rows[0]]!r}."
        )


def official_figures(
    table: pd.DataFrame,
    spans: Sequence[Span],
    located: pd.DataFrame,
    boundary: Boundary,
    *,
    coverage: Span,
    scope: tuple[str, ...] | None,
) -> pd.DataFrame:
    """
    Return the figures of some periods, each beside what the incident table holds for its days.

    Parameters
    ----------
    table : DataFrame
        From `official_table`.
    spans : sequence of (date, date)
        Figures of days that lie in one of them, or hold some of its days, are shown.
    located : DataFrame
        From `locate_events`, all incidents.
    boundary : Boundary
    coverage : (date, date)
        For which days the incidents were compiled.
    scope : tuple of str or None
        Which incidents are meant, whatever their confidence.

    Returns
    -------
    DataFrame
        The columns of `table`, and ``held``: what the incident table holds for the very days of the
        figure (incidents of the types of a clash, or kilograms that incidents state; NaN where it
        cannot be compared); ``held_of``: how many incidents say so; ``differs``: whether another
        figure of the same thing, days and place has another value.
    """
    shown = ~table["indicator"].isin([*GROUP_OF_INDICATOR, *NOT_SHOWN])
    shown &= _touching(table, spans)
    rows = table[shown].copy()
    order = {name: k for k, name in enumerate(FIRST)}
    rows["_rank"] = [order.get(name, len(order)) for name in rows["indicator"]]
    keys = ["_rank", "indicator", "period_start", "period_end", "geography", "value"]
    rows = rows.sort_values(keys, kind="stable", na_position="first", ignore_index=True)
    rows = rows.drop(columns="_rank")
    same = rows.groupby(["indicator", "period_start", "period_end", "geography"], dropna=False)
    rows["differs"] = same["value"].transform("nunique") > 1 if len(rows) else []
    alone = located[located["candidate"] == 0]
    alone.attrs = {}  # they would be copied for each figure
    held = [_held(row, alone, boundary, coverage, scope) for row in rows.itertuples(index=False)]
    rows["held"] = [number for number, _ in held]
    rows["held_of"] = [many for _, many in held]
    return rows


def _touching(table: pd.DataFrame, spans: Sequence[Span]) -> pd.Series:
    found = pd.Series(False, index=table.index)
    for first, last in spans:
        found |= (table["period_start"] <= last) & (table["period_end"] >= first)
    return found


def _held(
    row: Any, located: pd.DataFrame, boundary: Boundary, coverage: Span, scope: Any
) -> tuple[float, int]:
    """Return what the incidents of a figure's own days come to, and how many say so."""
    whole = {WHOLE_LINE, boundary.name, boundary.boundary_id, None}
    if row.indicator not in (CLASHES, NARCOTICS) or row.geography not in whole:
        return np.nan, 0
    if row.period_start < coverage[0] or row.period_end > coverage[1]:
        return np.nan, 0
    days = (row.period_start, row.period_end)
    chosen = select_events(located, period=days, scope=scope, min_confidence=None)
    inside = chosen.used[chosen.in_time >= 1]
    inside = inside[inside["placement"] != OFF_BORDER]
    if row.geography == WHOLE_LINE and "country_side" in inside:
        inside = inside[inside["country_side"] != OTHER_SIDE]
    if row.indicator == CLASHES:
        many = int(inside["event_type"].isin(CLASH_TYPES).sum()) if "event_type" in inside else 0
        return float(many), many
    if "narcotics_kg" not in inside:
        return np.nan, 0
    stated = pd.to_numeric(inside["narcotics_kg"], errors="coerce").dropna()
    return float(stated.sum()), len(stated)


@dataclass(frozen=True)
class Context:
    """
    Something dated that was going on, such as a programme of assistance or a build-up of troops.

    Attributes
    ----------
    first, last : date
    group : {"build_up", "aid", "closure", "other"}
    what : str
        The indicator of a figure, or the type of an incident.
    value : float or None
    unit, geography, stated_by, words : str or None
        As the source words them.
    sources : tuple of str
        Web addresses.
    """

    first: date
    last: date
    group: str
    what: str
    value: float | None = None
    unit: str | None = None
    geography: str | None = None
    stated_by: str | None = None
    words: str | None = None
    sources: tuple[str, ...] = ()


def context_of_figures(table: pd.DataFrame, span: Span) -> list[Context]:
    """Return the figures that say what was going on in a period."""
    rows = table[table["indicator"].isin(GROUP_OF_INDICATOR) & _touching(table, [span])]
    return [
        Context(
            row.period_start, row.period_end, GROUP_OF_INDICATOR[row.indicator], row.indicator,
            float(row.value), row.unit, row.geography, row.stated_by, row.notes,
            (row.source_url,) if row.source_url else (),
        )
        for row in rows.itertuples(index=False)
    ]  # fmt: skip


def context_of_events(events: pd.DataFrame, span: Span) -> list[Context]:
    """Return the records of an event table whose scope is ``context``, of a period."""
    if "scope" not in events or "date_start" not in events:
        return []
    found = []
    for row in events[events["scope"] == "context"].to_dict("records"):
        start, stop = pd.Timestamp(row["date_start"]), pd.Timestamp(row.get("date_end"))
        if pd.isna(start):
            continue
        first = start.date()
        last = first if pd.isna(stop) else stop.date()
        if first > span[1] or last < span[0]:
            continue
        kind = row.get("event_type")
        kind = kind if isinstance(kind, str) else "not_stated"
        group = GROUP_OF_TYPE.get(kind, OTHER)
        urls = row.get("source_urls")
        listed = tuple(map(str, urls)) if isinstance(urls, list | tuple | np.ndarray) else ()
        summary, place = row.get("summary"), row.get("place")
        found.append(
            Context(
                first, last, group, kind,
                geography=place if isinstance(place, str) else None,
                words=summary if isinstance(summary, str) else None,
                sources=listed,
            )
        )  # fmt: skip
    return found
