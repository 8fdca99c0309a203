"""
The event table: its columns, its words, and the check that every table of incidents passes.

An event is a dated report of an incident. What is not known is missing, never 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from frontier_geo._validation import check_choice, check_columns, check_geographic, check_number
from frontier_geo.errors import ColumnError, GeometryError, ParameterError

__all__ = [
    "CONFIDENCES",
    "COUNT_COLUMNS",
    "DATE_PRECISIONS",
    "PRECISIONS",
    "SCOPES",
    "LocationPrecision",
    "LocationUncertainty",
    "check_events",
]

SCOPES = ("border", "context", "afghan_internal", "tajik_internal", "off_border")
DATE_PRECISIONS = ("day", "month", "year")
CONFIDENCES = ("high", "medium", "low")  # the best first
COUNT_COLUMNS = ("killed", "killed_min", "killed_max", "wounded", "detained")
NUMBER_COLUMNS = ("narcotics_kg", "location_uncertainty_km", "frontage_from_km", "frontage_to_km")
FRONTAGE_COLUMNS = ("frontage_from_km", "frontage_to_km")


def _radius(default: float, source: str) -> Any:
    """Return a field that holds a radius in km and where the number comes from."""
    return field(default=default, metadata={"source": source})


@dataclass(frozen=True)
class LocationUncertainty:
    """
    How far off a place may be, by how precisely it was reported: every default in one place.

    Each field is a radius in kilometres that holds the true place in about 95 of 100 cases. The
    first word of its name is what the report says (`location_precision`); ``_site`` and ``_rounded``
    are for a gazetteer coordinate better or worse than a settlement's own point
    (`coord_precision` ``exact`` and ``approximate``). Where each number comes from is in `sources`.
    Another choice: ``dataclasses.replace(LocationUncertainty(), settlement_km=5.0)``, passed as
    `uncertainty` to `locate_events`. Stretches have no radius: their extent is the uncertainty.

    Examples
    --------
    >>> defaults = LocationUncertainty()
    >>> defaults.radius_km("settlement"), defaults.radius_km("near_settlement", "approximate")
    (3.0, 15.0)
    >>> defaults.radius_km("district") is None
    True
    >>> from dataclasses import replace
    >>> replace(defaults, settlement_km=5.0).radius_km("settlement")
    5.0
    """

    exact_km: float = _radius(
        1.0,
        "judgement: the length of a bridge, its approaches and the rounding of the coordinate",
    )
    settlement_km: float = _radius(
        3.0,
        "judgement: a village's point may lie 1 to 2 km from its centre, its fields reach as far "
        "again",
    )
    settlement_site_km: float = _radius(
        2.0, "judgement: at a site with its own coordinate; the ground around it counts as the site"
    )
    settlement_rounded_km: float = _radius(
        5.0,
        "the coordinate is rounded to whole arc-minutes (up to 1.2 km) or is a namesake's, and the "
        "place itself has an extent of 3 km",
    )
    near_settlement_km: float = _radius(
        10.0, "a post watches 10 to 20 km of river, and a report names the nearest village"
    )
    near_settlement_site_km: float = _radius(5.0, "judgement: near a site with its own coordinate")
    near_settlement_rounded_km: float = _radius(
        15.0, "near_settlement_km and settlement_rounded_km together"
    )
    unstated_km: float = _radius(
        0.0, "a point given without precision and radius is taken at its word, as exact"
    )
    media_km: float = _radius(
        68.2,
        "Weidmann 2015, J. Conflict Resolution 59(6), on Afghanistan: about 80 % of events placed "
        "from media lie within 50 km of the truth; isotropic and normal, that is a standard "
        "deviation of 50 / sqrt(2 ln 5) = 27.9 km, and 2.448 of them hold 95 %. Used for no row by "
        "itself: put it in unstated_km for events that others placed from the media",
    )

    def __post_init__(self) -> None:
        for name in self.as_dict():
            number = check_number(getattr(self, name), name=name, unit="km")
            if number < 0:
                raise ParameterError(f"{name} must be 0 km or more, but is {number:g}.")

    def radius_km(
        self, location_precision: str | None, coord_precision: str | None = None
    ) -> float | None:
        """
        Return the radius that holds a place in about 95 of 100 cases.

        Parameters
        ----------
        location_precision : str or None
            A word of `PRECISIONS`; None where the report does not say.
        coord_precision : {"exact", "settlement", "approximate"} or None, optional
            How good the coordinate itself is, as in the gazetteer; other words are as
            ``settlement``.

        Returns
        -------
        float or None
            Kilometres. None for stretches, and where there is no place.

        Raises
        ------
        ParameterError
            If `location_precision` is not in the vocabulary.
        """
        if location_precision is None:
            return self.unstated_km
        check_choice(location_precision, tuple(_KINDS), name="location_precision")
        if _KINDS[location_precision] != "point":
            return None
        ending = {"exact": "_site", "approximate": "_rounded"}.get(coord_precision or "", "")
        usual: float = getattr(self, f"{location_precision}_km")
        return float(getattr(self, f"{location_precision}{ending}_km", usual))

    def as_dict(self) -> dict[str, float]:
        """Return every radius by the name of its field."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def sources(cls) -> dict[str, str]:
        """Return where each default comes from, by the name of its field."""
        return {each.name: each.metadata["source"] for each in fields(cls)}


_KINDS = {
    "exact": "point",
    "settlement": "point",
    "near_settlement": "point",
    "district": "stretch",
    "province": "stretch",
    "frontage": "stretch",
    "country": "none",
    "unknown": "none",
}
_MEANINGS = {
    "exact": "at a bridge, post or marker whose own place is known",
    "settlement": "in a named village or town",
    "near_settlement": "near a named village, or in a post's area",
    "district": "somewhere on a district's stretch of the border",
    "province": "somewhere on a province's stretch of the border",
    "frontage": "somewhere on a named sector or between named places",
    "country": "somewhere on the border",
    "unknown": "the report does not say",
}


@dataclass(frozen=True)
class LocationPrecision:
    """
    How precisely a report says where something happened.

    Attributes
    ----------
    name, meaning : str
        The word in the column `location_precision`, and what it means.
    kind : {"point", "stretch", "none"}
        What stands for the place: a point, a stretch of the border, or nothing.
    uncertainty_km : float or None
        Radius that holds the true place in about 95 of 100 cases, where a row does not give its
        own. None for stretches, whose extent is the uncertainty.
    basis : str
        Why this number.
    """

    name: str
    meaning: str
    kind: str
    uncertainty_km: float | None
    basis: str


def _precision(name: str) -> LocationPrecision:
    """Describe one word of `location_precision`."""
    basis = {"stretch": "the stretch itself", "none": "no place"}.get(_KINDS[name])
    return LocationPrecision(
        name=name,
        meaning=_MEANINGS[name],
        kind=_KINDS[name],
        uncertainty_km=LocationUncertainty().radius_km(name),
        basis=basis or LocationUncertainty.sources()[f"{name}_km"],
    )


PRECISIONS = MappingProxyType({name: _precision(name) for name in _KINDS})


def check_events(events: Any, *, name: str = "events") -> gpd.GeoDataFrame:
    """
    Check a table of incidents and return a copy with typed columns.

    Parameters
    ----------
    events : GeoDataFrame
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
    """
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
        _check_order(checked, name)
    for column in (*COUNT_COLUMNS, *NUMBER_COLUMNS):
        if column in checked:
            kind = "Int64" if column in COUNT_COLUMNS else "float64"
            checked[column] = _numbers(checked[column], kind, name)
    for column, words in (
        ("scope", SCOPES),
        ("confidence", CONFIDENCES),
        ("location_precision", tuple(PRECISIONS)),
        ("date_precision", DATE_PRECISIONS),
    ):
        if column in checked:
            _check_words(checked, column, words, name)
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
    odd = numbers[((numbers < 0) | (numbers == np.inf)).fillna(False)]
    if len(odd) and column.name not in FRONTAGE_COLUMNS:  # those are judged row by row
        raise ParameterError(
            f"{column.name} of {name} must be finite numbers of 0 or more, missing where unknown, but "
            f"one is {odd.iloc[0]}."
        )
    return numbers


def _check_order(table: pd.DataFrame, name: str) -> None:
    """Refuse an event that ends before it begins."""
    early = table[table["date_end"] < table["date_start"]]
    if len(early):
        row = early.iloc[0]
        raise ParameterError(
            f"date_end of {name} must not lie before date_start, but {row['event_id']!r} runs from "
            f"{row['date_start']:%Y-%m-%d} to {row['date_end']:%Y-%m-%d}."
        )


def _is_number(value: Any, whole: bool) -> bool:
    try:
        number = float(value)
        return not whole or number == int(number)
    except (ValueError, TypeError, OverflowError):
        return False


def _check_words(table: pd.DataFrame, column: str, words: tuple[str, ...], name: str) -> None:
    present = table[column].dropna()
    odd = present[~present.isin(words)]
    if len(odd):
        raise ParameterError(
            f"{column} of {name} must be one of {', '.join(words)}, or missing, but "
            f"{table['event_id'].loc[odd.index[0]]!r} has {odd.iloc[0]!r}."
        )
