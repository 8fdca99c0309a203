"""The map of incidents and rates along a border: `hotspot_map`."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from frontier_geo.errors import ColumnError, CRSError, ParameterError, ResolutionWarning
from frontier_geo.licences import check_public, sources_of
from frontier_geo.maps.geometry import BorderLine
from frontier_geo.maps.layers import (
    FILLED_PRECISIONS,
    STRETCH_PRECISIONS,
    area_layer,
    band_layer,
    event_records,
    point_layer,
    referent_layer,
    ribbon_layer,
    sort_events,
)
from frontier_geo.maps.offline import OfflineMap
from frontier_geo.maps.wording import is_missing, period_text, text_or_none
from frontier_geo.read_result import accepted_of

__all__ = ["LargeMapWarning", "hotspot_map"]

SHIPPED_BOUNDARY = "TJ-AF"
MANY_EVENTS = 20_000
ATTRIBUTION = "© OpenStreetMap contributors (ODbL) · Made with Natural Earth · GeoNames (CC BY 4.0)"
STATUS_NOTE = "The depiction of boundaries implies no position on their status."
REPORTED_NOTE = (
    "Shown are reported incidents that were found, not all that happened; rates are rates of these."
)


class LargeMapWarning(UserWarning):
    """A map holds so many events that its file gets large; a bigger machine may be needed."""


def hotspot_map(
    events: gpd.GeoDataFrame | None = None,
    *,
    boundary: Any = None,
    segments: gpd.GeoDataFrame | None = None,
    located: pd.DataFrame | None = None,
    rates: gpd.GeoDataFrame | None = None,
    areas: gpd.GeoDataFrame | None = None,
    frontages: pd.DataFrame | None = None,
    referents: pd.DataFrame | None = None,
    color_by: str = "expected_rate",
    period: Sequence[Any] | None = None,
    title: str | None = None,
    attribution: str = ATTRIBUTION,
    height: str | float = "100%",
    include_restricted: bool = False,
    **options: Any,
) -> OfflineMap:
    """
    Draw incidents, and their rate along the border, on a map that opens with the network off.

    Parameters
    ----------
    events : GeoDataFrame, optional
        The event table, in longitude and latitude. Default: the shipped incidents.
    boundary : Boundary, optional
        The line. Default: the shipped border.
    segments, located, rates : optional
        What was computed before, to draw exactly that. Whatever is not given is computed:
        segments of 10 km, every candidate position, the rates of `period`.
    areas, frontages, referents : optional
        Areas to fill, stretches with a name, landmarks. Default: the shipped tables, if the
        boundary is the shipped one, else none. Pass an empty table to leave one out.
    color_by : str, default "expected_rate"
        The column of `rates` that gives the ribbon its colour and width.
    period : pair of days, optional
        First and last day of the rates. Default: that of `segment_rates`.
    title : str, optional
        Heading of the map. Default: the name of the boundary.
    attribution : str
        The sources that the map names. Change it with the data, not to hide them.
    height : str or float, default "100%"
        Height of the map. In a notebook, a number of pixels is the height of the frame.
    include_restricted : bool, default False
        Whether to draw incidents that may not be passed on (ACLED, GTD), for a map that stays with
        you. Their rates may always be drawn: leave such rows out of `events` and pass `rates`.
    **options
        Anything else `folium.Map` takes.

    Returns
    -------
    OfflineMap
        A `folium.Map`: layers can be added to it, `.save("map.html")` writes it.

    Raises
    ------
    ColumnError
        If `color_by` is not a column of the rates.
    CRSError
        If the events have no CRS.
    LicenceError
        If there are incidents that may not be passed on, and they were not asked for.

    Notes
    -----
    An incident known only to a district or another stretch is never a dot: it belongs to a band
    beside that stretch. One without any place is in a list.

    Up to 2,000 places each symbol is an element of the page; beyond that all are drawn on one
    canvas. With the text of the shipped incidents an event takes 1.2 kB: 20,000 make a file of
    25 MB (built in 9 s, drawn in 3 s on two cores), 100,000 one of 123 MB (42 s, 8 s). Above
    20,000 a `LargeMapWarning` says so.
    """
    from frontier_geo import datasets
    from frontier_geo.locating import locate_events
    from frontier_geo.rates import segment_rates
    from frontier_geo.segments import make_segments

    boundary = datasets.load_boundary() if boundary is None else boundary
    events = datasets.load_events() if events is None else accepted_of(events)
    check_public(events, include_restricted=include_restricted, what="A map")
    events = _with_types(_with_ids(_in_degrees(events, "events")))
    if located is None:
        located = locate_events(events, boundary)
    if rates is None:
        segments = make_segments(boundary, length_km=10) if segments is None else segments
        days = None if period is None else _two_days(period)
        with warnings.catch_warnings():  # the page says it
            warnings.simplefilter("ignore", ResolutionWarning)
            rates = segment_rates(located, segments, boundary=boundary, period=days)
    rates = _in_degrees(rates, "rates")
    _check_color_by(rates, color_by)
    events, outside = _in_period(events, rates.attrs.get("period"))
    if boundary.boundary_id == SHIPPED_BOUNDARY:
        areas = datasets.load_areas() if areas is None else areas
        frontages = datasets.load_frontages() if frontages is None else frontages
        referents = datasets.load_referents() if referents is None else referents
    if len(events) > MANY_EVENTS:
        warnings.warn(
            f"The map will hold {len(events):,} events with their text, about "
            f"{len(events) * 1.2 / 1000:.0f} MB. Select a period or a stretch for a smaller file.",
            LargeMapWarning,
            stacklevel=2,
        )
    content = _content(
        events, located, rates, boundary, areas, frontages, referents, color_by, attribution
    )
    title = title if title is not None else (text_or_none(getattr(boundary, "name", None)) or "Map")
    content["title"] = title
    if outside:
        content["totals"].append(f"Not shown: {outside:,} records dated outside that period.")
    south, west, north, east = content["bounds"]
    middle = [round((south + north) / 2, 4), round((west + east) / 2, 4)]
    defaults: dict[str, Any] = {"zoom_start": 7, "zoom_snap": 0.25, "min_zoom": 4, "max_zoom": 15}
    return OfflineMap(
        options.pop("location", middle),
        content=content,
        title=title,
        height=height,
        **{**defaults, **options},
    )


def _with_types(events: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Let the source's own word stand where an event has no type of the vocabulary."""
    if "event_type" not in events or "source_event_type" not in events:
        return events
    return events.assign(event_type=events["event_type"].fillna(events["source_event_type"]))


def _with_ids(events: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the events with ids as `locate_events` names them."""
    events = events.reset_index(drop=True)
    if "event_id" in events:
        return events.assign(event_id=events["event_id"].astype(str))
    return events.assign(event_id=[f"row-{i + 1}" for i in range(len(events))])


def _in_period(
    events: gpd.GeoDataFrame, period: Sequence[Any] | None
) -> tuple[gpd.GeoDataFrame, int]:
    """Leave out what is dated wholly outside the period of the rates; say how much that is."""
    if period is None or "date_start" not in events:
        return events, 0
    days = pd.Series([str(day)[:10] for day in period])
    first, last = pd.to_datetime(days, format="%Y-%m-%d", errors="coerce")
    if pd.isna(first) or pd.isna(last):  # a table of one's own may say anything there
        return events, 0
    start = _days(events["date_start"])
    stop = _days(events["date_end"]).fillna(start) if "date_end" in events else start
    outside = ((start > last) | (stop < first)).to_numpy()
    return events[~outside], int(outside.sum())


def _days(column: pd.Series) -> pd.Series:
    """Return the days written in a column, whatever the hour and its zone; NaT where there is none."""
    return pd.to_datetime(column.astype(str).str[:10], format="ISO8601", errors="coerce")


def _content(
    events: gpd.GeoDataFrame,
    located: pd.DataFrame | None,
    rates: gpd.GeoDataFrame,
    boundary: Any,
    areas: gpd.GeoDataFrame | None,
    frontages: pd.DataFrame | None,
    referents: pd.DataFrame | None,
    color_by: str,
    attribution: str,
) -> dict[str, Any]:
    """Gather what the page draws, as plain data."""
    border = BorderLine(boundary.lon, boundary.lat, boundary.chainage_km)
    lon, lat = np.asarray(boundary.lon), np.asarray(boundary.lat)
    sorted_events = sort_events(events, located)
    nowhere = [i for i, (_, _, _, how) in enumerate(sorted_events) if how == "nowhere"]
    content: dict[str, Any] = {
        "bounds": [round(float(f), 4) for f in (lat.min(), lon.min(), lat.max(), lon.max())],
        "border": border.encoded(),
        "ribbon": ribbon_layer(rates, border, color_by),
        "events": event_records(sorted_events),
        "points": point_layer(sorted_events),
        "bands": band_layer(sorted_events, frontages),
        "nowhere": nowhere,
        "totals": _totals(sorted_events, rates),
        "notes": [*_source_notes(events), *_notes(rates)],
        "attribution": attribution,
    }
    if areas is not None and len(areas):
        content["areas"] = area_layer(_in_degrees(areas, "areas"), border)
    if referents is not None and len(referents):
        content["referents"] = referent_layer(referents)
    return content


def _totals(sorted_events: Sequence[tuple[Any, Any, Any, str]], rates: pd.DataFrame) -> list[str]:
    """Say how many records are shown, and how; how many of them the rates rest on."""
    hows = Counter(how for _, _, _, how in sorted_events)
    away = sum(
        how == "point" and place.get("placement") == "off_border"
        for _, _, place, how in sorted_events
    )
    only_border = sum(
        how == "nowhere"
        and str(event.get("location_precision")) not in (*FILLED_PRECISIONS, *STRETCH_PRECISIONS)
        for event, _, _, how in sorted_events
    )
    scopes = Counter(text_or_none(event.get("scope")) or "border" for event, *_ in sorted_events)
    others = len(sorted_events) - scopes["border"]
    elsewhere = hows["nowhere"] - only_border
    lines = [
        f"{len(sorted_events):,} {'records' if others else 'incidents'} shown: "
        f"{hows['point']:,} with a point"
        + (f" ({away:,} of them away from the border)" if away else "")
        + f", {hows['stretch']:,} known only to a stretch of the border, {only_border:,} known "
        "only as “the border” or less"
        + (f", {elsewhere:,} known only to a district or province" if elsewhere else "")
        + ("." if not hows["nowhere"] else " (in a list).")
    ]
    if others:
        lines.append(
            f"{scopes['border']:,} are incidents at the border; {others:,} are context or fighting "
            "inside one country, marked so and not counted by default."
        )
    tally = rates.attrs.get("accounting") or {}
    if {"events", "counted", "unplaced_because"} <= set(tally):
        used, counted = int(tally["events"]), int(tally["counted"])
        spread = int(tally["unplaced_because"].get("known to a stretch wider than a segment", 0))
        lines.append(
            f"Rates: {used:,} incidents used; {counted:,} counted on one segment, {spread:,} "
            f"shared out along their stretch, {used - counted - spread:,} without a place on the "
            "border."
        )
    days = [
        day
        for event, _, _, _ in sorted_events
        for day in (event.get("date_start"), event.get("date_end"))
        if not is_missing(day)
    ]
    if days:
        stamps = _days(pd.Series(days, dtype=object)).dropna()
        if len(stamps):
            lines.append(f"Incidents from {stamps.min().year} to {stamps.max().year}.")
    period = period_text(rates.attrs.get("period"))
    if period:
        lines.append(f"Period of the rates: {period}.")
    return lines


def _source_notes(events: pd.DataFrame) -> list[str]:
    """Say whose incidents are shown, as their licences ask for."""
    told = [each["attribution"] or text_or_none(each["source"]) for each in sources_of(events)]
    named = "; ".join(dict.fromkeys(name for name in told if name))
    return [f"Incidents: {named}."] if named else []


def _notes(rates: pd.DataFrame) -> list[str]:
    """Say which period and data the rates rest on."""
    notes = [REPORTED_NOTE]
    if note := text_or_none((rates.attrs.get("resolution") or {}).get("note")):
        notes.append(note)
    line = rates.attrs.get("boundary") or {}
    if line.get("length_km"):
        source = text_or_none(line.get("source"))
        notes.append(
            f"Line: {text_or_none(line.get('boundary_id'))}, {line['length_km']:,.3f} km"
            + (f", from {source}." if source else ".")
        )
    versions = [
        f"{label} {text}"
        for label, key in (("data", "data_version"), ("frontier_geo", "library_version"))
        if (text := text_or_none(rates.attrs.get(key)))
    ]
    if versions:
        notes.append(f"Version: {', '.join(versions)}.")
    return [*notes, STATUS_NOTE]


def _two_days(period: Sequence[Any]) -> tuple[Any, Any]:
    if isinstance(period, str) or len(period) != 2:
        raise ParameterError(
            f"period must be a pair of days, the first and the last, but is {period!r}. Write it "
            'as ("2015-01-01", "2025-12-31").'
        )
    return period[0], period[1]


def _check_color_by(rates: pd.DataFrame, color_by: str) -> None:
    numeric = [
        str(name)
        for name in rates.columns
        if name != "geometry" and pd.api.types.is_numeric_dtype(rates[name])
    ]
    if color_by not in rates.columns:
        raise ColumnError(
            f"color_by must name a column of the rates, but {color_by!r} is not one. Numbers are "
            f"in {', '.join(numeric)}."
        )
    if color_by not in numeric:
        raise ParameterError(
            f"color_by must name a column of numbers, but {color_by!r} holds "
            f"{rates[color_by].dtype}. Numbers are in {', '.join(numeric)}."
        )


def _in_degrees(table: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return a table in longitude and latitude, its attributes kept."""
    if table.crs is None:
        raise CRSError(
            f"{name} must say what their coordinates are, but they have no CRS. If they are "
            f'longitude and latitude, pass {name}.set_crs("EPSG:4326").'
        )
    if table.crs.equals("EPSG:4326"):
        return table
    attributes: Mapping[str, Any] = table.attrs
    converted = table.to_crs("EPSG:4326")
    converted.attrs = dict(attributes)
    return converted
