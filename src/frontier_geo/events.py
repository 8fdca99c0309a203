"""
The event table: its columns, its words, and the check that every table of incidents passes.

An event is a dated report of an incident. What is not known is missing, never 0.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from frontier_geo._validation import check_columns, check_geographic
from frontier_geo.errors import ColumnError, GeometryError, ParameterError
from frontier_geo.event_schema import CONFIDENCES, DATE_PRECISIONS, SCOPES, faults
from frontier_geo.read_result import accepted_of

__all__ = [
    "CONFIDENCES",
    "COUNT_COLUMNS",
    "DATE_PRECISIONS",
    "EVENT_COLUMNS",
    "SCOPES",
    "check_events",
]

COUNT_COLUMNS = ("killed", "killed_min", "killed_max", "wounded", "detained")
NUMBER_COLUMNS = ("narcotics_kg", "location_uncertainty_km", "frontage_from_km", "frontage_to_km")

#: Every column of the event table but the geometry, in order: its kind and what it says. A text is
#: as reported; a day has no hour; a count is a whole number; a list holds texts. Unknown is missing.
EVENT_COLUMNS = MappingProxyType(
    {
        "event_id": ("text", "unlike that of any other event; `source:id` for coded sources"),
        "date_start": ("day", "first day on which it may have happened"),
        "date_end": ("day", "last day on which it may have happened"),
        "date_precision": ("word", "day, week, month or year: how well the date is known"),
        "event_type": ("word", "one of EVENT_TYPES"),
        "source_event_type": ("text", "the type in the source's own words or codes"),
        "scope": ("word", "border, context, afghan_internal, tajik_internal or off_border"),
        "actors": ("text", "who took part, parted by semicolons"),
        "place": ("text", "the place, as reported"),
        "country": ("text", "country, as the source names it"),
        "country_side": ("word", "TJ, AF or both: the side where it happened"),
        "admin1": ("text", "province"),
        "admin2": ("text", "district"),
        "place_ids": ("list", "ids of the gazetteer"),
        "location_precision": ("word", "one of PRECISIONS"),
        "location_uncertainty_km": (
            "number",
            "radius that holds the place in about 95 of 100 cases",
        ),
        "frontage_from_km": ("number", "begin of the stretch of border it is known to"),
        "frontage_to_km": ("number", "end of that stretch"),
        "location_basis": ("text", "what the place rests on"),
        "killed": ("count", "best figure, all sides"),
        "killed_min": ("count", "lowest figure stated"),
        "killed_max": ("count", "highest figure stated"),
        "wounded": ("count", "wounded, all sides"),
        "detained": ("count", "detained"),
        "narcotics_kg": ("number", "narcotics seized, kg"),
        "narcotics_detail": ("text", "which narcotics"),
        "weapons_seized": ("text", "which weapons"),
        "summary": ("text", "what happened, in a sentence or two"),
        "source_urls": ("list", "addresses of the reports"),
        "source_dates": ("list", "days on which they appeared"),
        "source": ("text", "who compiled the row, such as ACLED"),
        "source_version": ("text", "version or date of the release"),
        "licence": ("text", "what the row may be used for"),
        "confidence": ("word", "high, medium or low"),
        "notes": ("text", "anything else"),
    }
)


def check_events(events: Any, *, name: str = "events") -> gpd.GeoDataFrame:
    """
    Check a table of incidents and return a copy with typed columns.

    Parameters
    ----------
    events : GeoDataFrame or ReadResult
        One row an incident, in longitude and latitude on WGS84 (EPSG:4326). Only the geometry is
        needed; `event_id` is made from the row number where absent. Points are places; stretches of
        border are rows with `frontage_from_km` and `frontage_to_km`; no geometry means no place. Text
        in `location_problem` says why a row cannot be placed; it is then reported as rejected.
    name : str, default "events"
        What messages call the table.

    Returns
    -------
    GeoDataFrame
        A copy: `event_id` is text, dates are timestamps, counts are nullable integers.

    Raises
    ------
    ColumnError
        If the table has no geometry.
    CRSError
        If it has no CRS or another than EPSG:4326.
    ParameterError
        If event ids repeat, or a word is not in the vocabulary.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> table = gpd.GeoDataFrame({"killed": [2]}, geometry=[Point(71.5, 37.5)], crs="EPSG:4326")
    >>> check_events(table)["event_id"].tolist()
    ['row-1']
    """
    events = accepted_of(events)
    if not isinstance(events, gpd.GeoDataFrame):
        columns = ", ".join(map(repr, getattr(events, "columns", [])))
        raise ColumnError(
            f"{name} must be a GeoDataFrame with a geometry column, but is a "
            f"{type(events).__name__}{f' with the columns {columns}' if columns else ''}. From "
            "columns of coordinates: geopandas.GeoDataFrame(table, "
            "geometry=geopandas.points_from_xy(table.lon, table.lat), crs=4326)."
        )
    if events.active_geometry_name is None:
        check_columns(events, ["geometry"], name=name)
        raise ColumnError(
            f"{name} has no active geometry. First call {name}.set_geometry('geometry')."
        )
    check_geographic(events.crs, name=name)
    checked = events.copy()
    if checked.geometry.name != "geometry":
        checked = checked.rename_geometry("geometry")
    checked = checked.reset_index(drop=True)
    if "event_id" not in checked:
        checked.insert(0, "event_id", [f"row-{i + 1}" for i in range(len(checked))])
    _check_ids(checked, name)
    if "date_start" in checked:
        start = checked["date_start"]
        checked["date_start"] = _dates(start, name)
        last = _dates(start, name, last_day=True)
        given = _dates(checked["date_end"], name, last_day=True) if "date_end" in checked else last
        checked["date_end"] = given.fillna(last)
    for column in (*COUNT_COLUMNS, *NUMBER_COLUMNS):
        if column in checked:
            kind = "Int64" if column in COUNT_COLUMNS else "float64"
            checked[column] = _numbers(checked[column], kind, name)
    _refuse_faults(checked, name)
    kinds = set(shapely.get_type_id(checked.geometry.dropna().array)) - {-1, 0, 1, 5}
    if kinds:
        odd = next(g for g in checked.geometry if g is not None and shapely.get_type_id(g) in kinds)
        raise GeometryError(
            f"{name} must hold points, or lines for stretches of border, but has a {odd.geom_type}. "
            "For areas use .representative_point() and say how imprecise it is in "
            "location_uncertainty_km, or give frontage_from_km and frontage_to_km."
        )
    return checked


def _check_ids(table: pd.DataFrame, name: str) -> None:
    missing = np.flatnonzero(table["event_id"].isna())
    if missing.size:
        raise ParameterError(
            f"Every row of {name} needs an event_id, but row {missing[0] + 1} has none."
        )
    table["event_id"] = table["event_id"].astype(str)
    repeated = table.loc[table["event_id"].duplicated(), "event_id"]
    if len(repeated):
        raise ParameterError(
            f"Each event_id of {name} must occur once, but {repeated.iloc[0]!r} occurs "
            f"{int((table['event_id'] == repeated.iloc[0]).sum())} times "
            f"({repeated.nunique()} ids repeat). Drop the repeats or give them ids of their own."
        )


def _dates(column: pd.Series, name: str, *, last_day: bool = False) -> pd.Series:
    """Return days. Of a bare year or month it is the first day, or the last."""
    if column.dtype.kind == "M":
        days = column.dt.tz_localize(None) if column.dt.tz is not None else column
        return days.dt.normalize()
    words = column.map(_date_word, na_action="ignore").astype("string")
    # The day is the one written: an hour and its zone say when on that day.
    short = words.str.len() < 10
    try:
        days = pd.to_datetime(words.str[:10], format="ISO8601")
        pd.to_datetime(words[~short & words.notna()], format="ISO8601", utc=True)
    except (ValueError, TypeError) as error:
        row, bad = _first_odd(column, _is_iso_date)
        raise ParameterError(
            f"{column.name} of {name} must be ISO dates such as 2025-06-30, but one is {bad!r} "
            f"(row {row})."
        ) from error
    if last_day and short.fillna(False).any():
        years = words.str.len().eq(4).fillna(False)
        months = words.str.len().eq(7).fillna(False)
        days = days.mask(years, days + pd.offsets.YearEnd(0))
        days = days.mask(months, days + pd.offsets.MonthEnd(0))
    return days


def _date_word(value: Any) -> str:
    """Write a date as text; a bare year may come as a number."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value).strip()


def _first_odd(column: pd.Series, fits: Callable[[Any], bool]) -> tuple[int, Any]:
    """Return the number of the first row whose value does not fit, from 1, and the value."""
    for row, value in enumerate(column, start=1):
        if pd.notna(value) and not fits(value):
            return row, value
    return 1, column.iloc[0]


def _is_iso_date(value: Any) -> bool:
    try:
        pd.to_datetime(str(value), format="ISO8601")
    except ValueError:
        return False
    return True


def _numbers(column: pd.Series, kind: str, name: str) -> pd.Series:
    whole = kind == "Int64"
    try:
        numbers = pd.to_numeric(column).astype(kind)
    except (ValueError, TypeError) as error:
        row, bad = _first_odd(column, lambda value: _is_number(value, whole))
        raise ParameterError(
            f"{column.name} of {name} must be {'whole ' if whole else ''}numbers, missing where "
            f"unknown, but one is {bad!r} (row {row})."
        ) from error
    return numbers


def _is_number(value: Any, whole: bool) -> bool:
    try:
        number = float(value)
        return not whole or number == int(number)
    except (ValueError, TypeError, OverflowError):
        return False


def _refuse_faults(table: pd.DataFrame, name: str) -> None:
    """Refuse a table that breaks a rule of the schema; name the first row that does."""
    found = faults(table)
    if len(found):
        first = found.iloc[0]
        raise ParameterError(
            f"{first['column']} of {name} must be {first['rule']}, but "
            f"{table['event_id'].loc[first['row']]!r} has {first['value']!r}"
            f"{f' ({len(found) - 1} more faults)' if len(found) > 1 else ''}."
        )
