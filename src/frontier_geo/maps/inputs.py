"""
What a map is drawn from: everything that was not given is computed or taken from the shipped data.

The page, the folium map and the static picture all start here, so that they show the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from frontier_geo._validation import check_columns, check_table
from frontier_geo.boundary import Boundary
from frontier_geo.errors import ColumnError, CRSError, ParameterError, ResolutionWarning
from frontier_geo.licences import check_public
from frontier_geo.locating import CARRIED, UNPLACED, locate_events
from frontier_geo.maps.values import days_of, numbers_of, text_or_none, with_whole_texts
from frontier_geo.maps.words import LANGUAGES
from frontier_geo.periods import Period, as_period
from frontier_geo.read_result import accepted_of
from frontier_geo.selection import select_events

__all__ = ["ATTRIBUTION", "MapInputs", "at_home", "map_inputs", "page_languages"]

ATTRIBUTION = "© OpenStreetMap contributors (ODbL) · Made with Natural Earth · GeoNames (CC BY 4.0)"
ATTRIBUTION_ELSEWHERE = "Made with Natural Earth"
BESIDE_DEG = 1.0  # from the line: farther away a country is none of its sides
DEFAULT_COLUMN = "expected_rate"
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class MapInputs:
    """
    All that a map shows, complete and in degrees.

    Attributes
    ----------
    boundary : Boundary
        The line.
    events : GeoDataFrame
        The incidents of the period, with `event_id` as text and an index from 0.
    placed : DataFrame
        The nearest place of each incident, as `locate_events` gives it (candidate 0), row by row that
        of `events`; dates, scope and the like are filled from the events where it lacks them.
    counted : ndarray of bool, shape (number of events,)
        Whether an incident is one that the rates rest on.
    set_aside : dict of str to int
        How many of the events are not counted, by reason.
    rates : GeoDataFrame
        The segments with their numbers.
    color_by : str or None
        The column that colours the line; None where the table has no rates at all.
    areas, frontages, referents : DataFrame or None
        Areas to fill, stretches with a name, landmarks.
    first, last : date
        The period, both days included.
    outside : int
        Incidents that were left out because they are dated wholly outside the period.
    title, attribution : str
        As given, or the default.
    """

    boundary: Boundary
    events: gpd.GeoDataFrame
    placed: pd.DataFrame
    counted: NDArray[np.bool_]
    set_aside: dict[str, int]
    rates: gpd.GeoDataFrame
    color_by: str | None
    areas: gpd.GeoDataFrame | None
    frontages: pd.DataFrame | None
    referents: pd.DataFrame | None
    first: date
    last: date
    outside: int
    title: str
    attribution: str

    @property
    def west(self) -> float:
        """The meridian from which longitudes are counted: -180, but for a line across the 180th."""
        unrolled = np.unwrap(self.boundary.lon, period=360.0)
        if unrolled.min() >= -180 and unrolled.max() <= 180:
            return -180.0
        return float((unrolled.min() + unrolled.max()) / 2 - 180)

    @property
    def at_home(self) -> bool:
        """Whether names, languages and landmarks of the shipped border have to do with this line."""
        return at_home(self.boundary)

    @property
    def days(self) -> tuple[int, int]:
        """First and last day of the period, since 1970-01-01."""
        return (self.first - _EPOCH).days, (self.last - _EPOCH).days


def at_home(boundary: Boundary | None) -> bool:
    """Say whether a map is about the shipped border, as it ships or as somebody else draws it."""
    from frontier_geo.datasets import load_boundary, runs_along_shipped, the_boundary

    if boundary is None:
        return True
    boundary, shipped = the_boundary(boundary), load_boundary()
    return {boundary.left, boundary.right} == {shipped.left, shipped.right} or runs_along_shipped(
        boundary
    )


def page_languages(
    languages: Iterable[str] | None, language: str, boundary: Boundary | None
) -> Iterable[str]:
    """Return among which languages a reader chooses: of another border, English and the first."""
    if languages is not None:
        return languages
    return LANGUAGES if at_home(boundary) else ("en", language)


def map_inputs(
    events: gpd.GeoDataFrame | None = None,
    *,
    boundary: Boundary | None = None,
    segments: gpd.GeoDataFrame | None = None,
    located: pd.DataFrame | None = None,
    rates: gpd.GeoDataFrame | None = None,
    areas: gpd.GeoDataFrame | None = None,
    frontages: pd.DataFrame | None = None,
    referents: pd.DataFrame | None = None,
    color_by: str = DEFAULT_COLUMN,
    period: Period | None = None,
    title: str | None = None,
    attribution: str | None = None,
    include_restricted: bool = False,
    what: str = "A map",
) -> MapInputs:
    """Gather what a map shows; see `hotspot_page` for the arguments."""
    from frontier_geo import datasets

    if events is None and boundary is not None and not datasets.runs_along_shipped(boundary):
        raise ParameterError(
            f"{what} needs incidents of the line it shows, but {boundary.boundary_id!r} is not the "
            "border that the shipped incidents are of. Pass your own as events, such as "
            "read_events(...).accepted."
        )
    boundary = datasets.the_boundary(boundary)
    home = at_home(boundary)
    events = datasets.load_events() if events is None else _checked_events(events)
    events = with_whole_texts(events)
    check_public(events, include_restricted=include_restricted, what=what)
    events = _with_ids(_in_degrees(events, "events"))
    days = None if period is None else as_period(period)
    if located is None:
        located = locate_events(events, boundary)
    if rates is None:
        rates = _rates_of(located, segments, boundary, days)
    rates = _in_degrees(rates, "rates")
    check_columns(rates, ["from_km", "to_km"], name="rates")
    placed = _placed(events, located)
    first, last = _period_of(rates, days, located, placed)
    inside = _inside(placed, first, last)
    outside = int((~inside).sum())
    events = events[inside].reset_index(drop=True)
    placed = placed[inside].reset_index(drop=True)
    if datasets.is_shipped_line(boundary):
        areas = datasets.load_areas() if areas is None else areas
        if frontages is None:
            frontages = _along(boundary, datasets.load_frontages())
        if referents is None:
            referents = _along(boundary, datasets.load_referents())
    elif areas is None and not home:
        areas = _countries_beside(boundary)
    counted, set_aside = _counted(placed, rates, first, last)
    return MapInputs(
        boundary=boundary,
        events=events,
        placed=placed,
        counted=counted,
        set_aside=set_aside,
        rates=rates,
        color_by=_column(rates, color_by),
        areas=None
        if areas is None or (hasattr(areas, "columns") and areas.empty)
        else _in_degrees(areas, "areas"),
        frontages=frontages,
        referents=referents,
        first=first,
        last=last,
        outside=outside,
        title=title if title is not None else text_or_none(boundary.name) or boundary.boundary_id,
        attribution=attribution or (ATTRIBUTION if home else ATTRIBUTION_ELSEWHERE),
    )


def _countries_beside(boundary: Boundary) -> gpd.GeoDataFrame | None:
    """Return the two countries of the world set that a line names as its sides, if they lie there."""
    from frontier_geo.world import load_countries

    try:
        areas = load_countries(boundary.left, boundary.right)
    except ParameterError:
        return None
    if not shapely.dwithin(areas.geometry.array, boundary.geometry, BESIDE_DEG).all():
        return None
    return areas.assign(country=[boundary.left, boundary.right])


def _checked_events(events: Any) -> gpd.GeoDataFrame:
    """Return the table of the events, or say that what was given is none."""
    table = accepted_of(events)
    if not isinstance(table, gpd.GeoDataFrame) or table.active_geometry_name is None:
        without = " without geometry" if isinstance(table, gpd.GeoDataFrame) else ""
        raise ParameterError(
            "events must be a GeoDataFrame of incidents or a ReadResult, but is a "
            f"{type(table).__name__}{without}. Read a file with read_events, or give a table its "
            "places with geopandas.GeoDataFrame(table, geometry=..., crs=...)."
        )
    return table


def _along(boundary: Boundary, table: pd.DataFrame) -> pd.DataFrame:
    """Return a table of the shipped line by the chainage of this one, which may run the other way."""
    from frontier_geo.datasets import load_boundary

    shipped = load_boundary()
    if (boundary.lon[0], boundary.lat[0]) != (shipped.lon[-1], shipped.lat[-1]):
        return table
    ends = {
        "from_km": shipped.length_km - table["to_km"],
        "to_km": shipped.length_km - table["from_km"],
    }
    return table.assign(**ends)


def _rates_of(
    located: pd.DataFrame,
    segments: gpd.GeoDataFrame | None,
    boundary: Boundary,
    days: tuple[date, date] | None,
) -> gpd.GeoDataFrame:
    from frontier_geo.rates import segment_rates
    from frontier_geo.segments import make_segments

    segments = make_segments(boundary, length_km=10) if segments is None else segments
    with warnings.catch_warnings():  # the page says it
        warnings.simplefilter("ignore", ResolutionWarning)
        return segment_rates(located, segments, boundary=boundary, period=days)


def _with_ids(events: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the events with ids as `locate_events` names them."""
    events = events.reset_index(drop=True)
    if "event_id" in events:
        return events.assign(event_id=events["event_id"].astype(str))
    return events.assign(event_id=[f"row-{i + 1}" for i in range(len(events))])


def _placed(events: gpd.GeoDataFrame, located: pd.DataFrame) -> pd.DataFrame:
    """Return the nearest place of each event, in the order of the events."""
    first = located[located["candidate"] == 0] if "candidate" in located else located
    first = with_whole_texts(pd.DataFrame(first))
    first = first.assign(event_id=first["event_id"].astype(str))
    first = first.drop_duplicates("event_id").set_index("event_id")
    ids = events["event_id"].to_numpy()
    placed = first.reindex(ids) if not first.index.equals(pd.Index(ids)) else first
    placed = placed.reset_index(names="event_id")
    placed["candidate"] = 0
    placed["placement"] = placed["placement"].astype(object).fillna(UNPLACED)
    for column in (*CARRIED, "frontage_from_km", "frontage_to_km"):
        if column in events:
            given = events[column].reset_index(drop=True)
            placed[column] = given if column not in placed else placed[column].fillna(given)
    for column in ("chainage_km", "frontage_from_km", "frontage_to_km", "location_uncertainty_km"):
        if column not in placed:
            placed[column] = np.nan
    if "lon" not in placed or "lat" not in placed:
        geometry = events.geometry.to_numpy()
        placed["lon"], placed["lat"] = shapely.get_x(geometry), shapely.get_y(geometry)
    for column in ("date_start", "date_end"):
        if column in placed:
            placed[column] = _as_days(placed, column)
    lon, lat = (numbers_of(placed, column) for column in ("lon", "lat"))
    on_earth = (np.abs(lon) <= 360) & (np.abs(lat) <= 90)  # not where missing
    placed.loc[(placed["placement"] == "point") & ~on_earth, "placement"] = UNPLACED
    return placed


def _as_days(table: pd.DataFrame, column: str) -> NDArray[np.datetime64]:
    days, known = days_of(table, column)
    stamps = days.astype("datetime64[D]")
    stamps[~known] = np.datetime64("NaT")
    return stamps.astype("datetime64[s]")


def _period_of(
    rates: pd.DataFrame,
    days: tuple[date, date] | None,
    located: pd.DataFrame,
    placed: pd.DataFrame,
) -> tuple[date, date]:
    """Return first and last day: of the rates, else as asked for, else of the events."""
    own = _two_dates(rates.attrs.get("period"))
    if own is not None and days is not None and own != days:
        raise ParameterError(
            f"The rates are of {own[0]} to {own[1]}, but period is {days[0]} to {days[1]}. Leave period "
            "out, or let the rates be computed for it: leave out rates."
        )
    for given in (own, days, _two_dates(located.attrs.get("coverage"))):
        if given is not None:
            return given
    start, stop = (_days_known(placed, column) for column in ("date_start", "date_end"))
    if not start.size:
        raise ParameterError(
            "A map needs the time observed, but the events have no dates in date_start. Pass "
            'period=("2015-01-01", "2025-12-31") or give the events their dates.'
        )
    last = max(int(start.max()), int(stop.max(initial=start.max())))
    return _EPOCH + timedelta(days=int(start.min())), _EPOCH + timedelta(days=last)


def _two_dates(given: Any) -> tuple[date, date] | None:
    """Return two days in order, or None: a table of one's own may say anything there."""
    if not isinstance(given, (list, tuple)) or len(given) != 2:
        return None
    stamps = pd.to_datetime(
        pd.Series([str(day)[:10] for day in given]), format="%Y-%m-%d", errors="coerce"
    )
    if stamps.isna().any() or stamps[1] < stamps[0]:
        return None
    return stamps[0].date(), stamps[1].date()


def _days_known(placed: pd.DataFrame, column: str) -> NDArray[np.int64]:
    days, known = days_of(placed, column)
    return days[known]


def _inside(placed: pd.DataFrame, first: date, last: date) -> NDArray[np.bool_]:
    """Return which events may have happened in the period; those without a date may."""
    start, dated = days_of(placed, "date_start")
    stop, ends = days_of(placed, "date_end")
    stop = np.where(ends, stop, start)
    begin, end = (first - _EPOCH).days, (last - _EPOCH).days
    return ~dated | ((start <= end) & (stop >= begin))


def _counted(
    placed: pd.DataFrame, rates: pd.DataFrame, first: date, last: date
) -> tuple[NDArray[np.bool_], dict[str, int]]:
    """Return which events the rates rest on, by the rules that they name, and why others do not."""
    rules = rates.attrs.get("parameters") or {}
    chosen = {name: rules[name] for name in ("scope", "min_confidence") if name in rules}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chosen_events = select_events(placed, period=(first, last), **chosen)
    counted = np.zeros(len(placed), dtype=bool)
    counted[chosen_events.used.index.to_numpy()] = True
    return counted, chosen_events.set_aside


def _column(rates: pd.DataFrame, color_by: str) -> str | None:
    """Return the column that colours the line; None where only the default is not there."""
    numeric = [
        str(name)
        for name in rates.columns
        if name != "geometry" and pd.api.types.is_numeric_dtype(rates[name])
    ]
    if color_by not in rates.columns:
        if color_by == DEFAULT_COLUMN:
            return None
        raise ColumnError(
            f"color_by must name a column of the rates, but {color_by!r} is not one. Numbers are "
            f"in {', '.join(numeric)}."
        )
    if color_by not in numeric:
        raise ParameterError(
            f"color_by must name a column of numbers, but {color_by!r} holds "
            f"{rates[color_by].dtype}. Numbers are in {', '.join(numeric)}."
        )
    return color_by


def _areas_drawn(areas: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
    """Return the areas in degrees; none if there are no rows."""
    if areas is None:
        return None
    check_table(areas, name="areas")
    return None if areas.empty else _in_degrees(areas, "areas")


def _in_degrees(table: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return a table in longitude and latitude, its attributes kept."""
    check_table(table, name=name)
    if getattr(table, "crs", None) is None:
        raise CRSError(
            f"{name} must say what their coordinates are, but they have no CRS. If they are "
            f'longitude and latitude, pass {name}.set_crs("EPSG:4326").'
        )
    if table.crs.equals("EPSG:4326"):
        return table
    attributes = dict(table.attrs)
    converted = table.to_crs("EPSG:4326")
    converted.attrs = attributes
    return converted
