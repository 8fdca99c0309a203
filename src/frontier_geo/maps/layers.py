"""
From tables to the plain data that the page draws: one function for each layer.

Every text is a finished sentence here, so that the page only has to place it. Nothing in this
module makes markup.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from frontier_geo.maps.escaping import safe_url
from frontier_geo.maps.geometry import BorderLine, encode_areas, label_point
from frontier_geo.maps.symbols import ribbon_classes, type_marks
from frontier_geo.maps.wording import (
    CONFIDENCE,
    SCOPES,
    event_type_label,
    how_precisely,
    is_missing,
    kilometres,
    narcotics,
    number,
    people,
    period_text,
    side_text,
    text_or_none,
    when,
)

__all__ = [
    "area_layer",
    "band_layer",
    "event_records",
    "point_layer",
    "referent_layer",
    "ribbon_layer",
    "sort_events",
]

Row = dict[str, Any]

FILLED_PRECISIONS = ("exact", "settlement")
STRETCH_PRECISIONS = ("district", "province", "frontage")
RATE_TITLES = {
    "expected_rate": "Expected incidents per 100 km of border and year",
    "rate": "Incidents per 100 km of border and year",
    "rate_lo": "Lower bound of the rate, per 100 km of border and year",
    "rate_hi": "Upper bound of the rate, per 100 km of border and year",
    "eb_rate": "Smoothed rate, incidents per 100 km of border and year",
    "events": "Incidents placed on the segment",
    "expected_events": "Expected number of incidents on the segment",
}
RESTS_ON = "Reported incidents that were found and could be placed: not all that happened."
_LABEL_WINDOW_DEG = 0.9
_SAME_STRETCH_KM = 0.1
INNER_LANES = 2


def area_layer(areas: gpd.GeoDataFrame, border: BorderLine) -> Row:
    """Encode the areas, countries first so that provinces lie above them."""
    rows = areas.assign(_rank=(areas.get("kind", "") != "country").astype(int))
    rows = rows[~(rows.geometry.isna() | rows.geometry.is_empty)]
    rows = rows.sort_values("_rank", kind="stable")
    arcs, shapes = encode_areas(list(rows.geometry), border)
    lon, lat = np.array(border.vertices).T / 100_000
    margin = _LABEL_WINDOW_DEG
    window = shapely.box(
        lon.min() - margin, lat.min() - margin, lon.max() + margin, lat.max() + margin
    )
    provinces = shapely.union_all(
        [g.simplify(0.02).buffer(0) for g in rows.geometry[rows["_rank"] == 1]]
    )
    items = []
    for row, geometry, rings in zip(_records(rows), rows.geometry, shapes, strict=True):
        country = row.get("kind") == "country"
        free = geometry.simplify(0.02).buffer(0).difference(provinces) if country else geometry
        items.append(
            {
                "name": text_or_none(row.get("name")) or "",
                "kind": "country" if country else "province",
                "country": _country(row.get("country") or row.get("area_id")),
                "rings": rings,
                "label": label_point(free if not free.is_empty else geometry, window),
            }
        )
    return {"arcs": arcs, "items": items}


def ribbon_layer(rates: gpd.GeoDataFrame, border: BorderLine, color_by: str) -> Row:
    """Encode the segments with their class, their heading and what their popup says."""
    classes, places = ribbon_classes(pd.to_numeric(rates[color_by], errors="coerce").tolist())
    period = period_text(rates.attrs.get("period"))
    level = 100 * float((rates.attrs.get("parameters") or {}).get("confidence_level", 0.95))
    items: list[Row] = []
    for row, geometry, place in zip(_records(rates), rates.geometry, places, strict=True):
        heading = f"Segment {text_or_none(row.get('segment_id')) or len(items) + 1}"
        shown = number(row.get(color_by)) or "no rate"
        items.append(
            {
                "lines": border.encode_line(geometry),
                "class": place,
                "from": _round(row.get("from_km"), 3),
                "to": _round(row.get("to_km"), 3),
                "heading": heading,
                "brief": f"{heading}, km {kilometres(row.get('from_km'))} to "
                f"{kilometres(row.get('to_km'))}: {shown} ({classes[place]['label']})",
                "rows": _segment_rows(row, level),
            }
        )
    title = RATE_TITLES.get(color_by, event_type_label(color_by))
    common = [["Period", period]] if period else []
    common.append(["Rests on", RESTS_ON])
    return {"title": title, "classes": classes, "items": items, "common": common}


def sort_events(
    events: gpd.GeoDataFrame, located: pd.DataFrame | None
) -> list[tuple[Row, Any, Row, str]]:
    """
    Say for each event how it is drawn.

    Returns
    -------
    list of (event, geometry, place, how)
        `place` is its nearest position on the boundary (empty if none); `how` is "point",
        "stretch" or "nowhere". A place known to a district or worse is never a point.
    """
    nearest: dict[Any, Row] = {}
    if located is not None and len(located):
        first = located[located["candidate"].fillna(0) == 0] if "candidate" in located else located
        for row in _records(first):
            nearest.setdefault(row["event_id"], row)
    sorted_events = []
    for row, geometry in zip(_records(events), events.geometry, strict=True):
        place = nearest.get(row.get("event_id"), {})
        stretch = [_first(row, place, key) for key in ("frontage_from_km", "frontage_to_km")]
        row = {**row, "frontage_from_km": stretch[0], "frontage_to_km": stretch[1]}
        precision = text_or_none(row.get("location_precision"))
        pointlike = geometry is not None and geometry.geom_type == "Point" and not geometry.is_empty
        if place.get("placement") == "rejected":
            how = "nowhere"
        elif pointlike and precision not in (*STRETCH_PRECISIONS, "country", "unknown"):
            how = "point"
        elif None not in stretch:
            how = "stretch"
        else:
            how = "nowhere"
        sorted_events.append((row, geometry if how == "point" else None, place, how))
    return sorted_events


def event_records(sorted_events: Sequence[tuple[Row, Any, Row, str]]) -> Row:
    """Write what the popup of each event says; terms stand once, rows point at them."""
    terms: dict[str, int] = {}
    items = []
    for event, _, place, _ in sorted_events:
        rows = [(term, text) for term, text in _event_rows(event, place) if text]
        links, others = _sources(event)
        items.append(
            {
                "type": event_type_label(event.get("event_type")),
                "when": _when(event),
                "where": text_or_none(_first(event, event, "place")) or "place not stated",
                "summary": text_or_none(event.get("summary")),
                "rows": [[terms.setdefault(term, len(terms)), text] for term, text in rows],
                "links": links,
                "others": others,
            }
        )
    return {"terms": list(terms), "items": items}


def point_layer(sorted_events: Sequence[tuple[Row, Any, Row, str]]) -> Row:
    """Group events with a point by place; each group is one symbol."""
    names = [text_or_none(event.get("event_type")) or "not stated" for event, *_ in sorted_events]
    marks = type_marks(names)
    kinds = list(marks)
    groups: defaultdict[tuple[float, float], list[int]] = defaultdict(list)
    for index, (_, point, _, how) in enumerate(sorted_events):
        if how == "point":
            groups[round(point.x, 4), round(point.y, 4)].append(index)
    items = []
    for (lon, lat), members in groups.items():
        events = [sorted_events[i][0] for i in members]
        hollow = all(
            text_or_none(e.get("location_precision")) not in FILLED_PRECISIONS for e in events
        )
        spread = [e.get("location_uncertainty_km") for e in events]
        known = [float(str(km)) for km in spread if not is_missing(km)]
        present = {names[i] for i in members}
        order = [sorted_events[i][2].get("chainage_km") for i in members]
        chainages = [float(str(km)) for km in order if not is_missing(km)]
        items.append(
            {
                "at": [lon, lat],
                "km": _round(min(chainages), 3) if chainages else None,
                "events": members,
                "kind": kinds.index(names[members[0]]) if len(present) == 1 else -1,
                "hollow": hollow,
                "radius": _round(max(known) * 1000, 0) if known else None,
            }
        )
    items.sort(key=lambda item: (item["km"] is None, item["km"] or 0, item["at"]))
    count = Counter(names)
    types = [
        {"label": event_type_label(name), "count": count[name], **marks[name]} for name in kinds
    ]
    return {"types": types, "items": items}


def band_layer(
    sorted_events: Sequence[tuple[Row, Any, Row, str]], frontages: pd.DataFrame | None
) -> Row:
    """
    Group events known only to a stretch by that stretch, and say where each group is drawn.

    On either side of the border (that where most of a group's incidents happened) lie two lanes of
    single stretches, the short ones first, and outside them one band for all stretches that found
    no room: that band is cut where a stretch begins or ends, into `cells`.

    Returns
    -------
    dict
        `stretches`, each with its events and its `lane` (0, 1, or None for the outer band), and
        `cells`, each with the numbers of the stretches that cover it.
    """
    groups: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for index, (event, _, _, how) in enumerate(sorted_events):
        if how == "stretch":
            groups[_stretch_key(event["frontage_from_km"], event["frontage_to_km"])].append(index)
    names = _stretch_names(frontages)
    stretches = []
    for key, members in sorted(groups.items()):
        from_km, to_km = (n * _SAME_STRETCH_KM for n in key)
        sides = Counter(text_or_none(sorted_events[i][0].get("country_side")) for i in members)
        name = names.get(key) or _common_name(sorted_events, members)
        stretches.append(
            {
                "from": _round(from_km, 1),
                "to": _round(to_km, 1),
                "side": -1 if sides["AF"] > sides["TJ"] else 1,
                "heading": (f"{name}: " if name else "")
                + f"km {kilometres(from_km)} to {kilometres(to_km)}",
                "events": members,
            }
        )
    _assign_lanes(stretches)
    return {"items": stretches, "cells": _outer_cells(stretches)}


def referent_layer(referents: gpd.GeoDataFrame | pd.DataFrame) -> Row:
    """Encode bridges, river mouths, lakes and tripoints."""
    items = []
    for row in _records(referents):
        lon, lat = row.get("lon"), row.get("lat")
        if is_missing(lon) or is_missing(lat):
            continue
        where = f"km {kilometres(row.get('from_km'))}"
        if not is_missing(row.get("to_km")) and row.get("to_km") != row.get("from_km"):
            where += f" to {kilometres(row.get('to_km'))}"
        items.append(
            {
                "at": [_round(lon, 5), _round(lat, 5)],
                "name": text_or_none(row.get("name")) or "",
                "kind": event_type_label(row.get("kind")),
                "mark": row["kind"] if row.get("kind") in ("bridge", "tripoint") else "water",
                "where": where,
            }
        )
    return {"items": items}


def _segment_rows(row: Mapping[str, Any], level: float) -> list[list[str]]:
    def stretch(start: str, end: str) -> str | None:
        if is_missing(row.get(start)) or is_missing(row.get(end)):
            return None
        return f"km {kilometres(row[start])} – {kilometres(row[end])}"

    def place(country: str) -> str | None:
        parts = [text_or_none(row.get(f"{country}_{unit}")) for unit in ("district", "province")]
        return ", ".join(part for part in parts if part) or None

    rate = number(row.get("rate"))
    low, high = number(row.get("rate_lo")), number(row.get("rate_hi"))
    interval = (
        f" ({level:.3g} % interval {low} – {high})" if low is not None and high is not None else ""
    )
    rows = [
        ("Along the border", stretch("from_km", "to_km")),
        ("Official kilometres", stretch("official_from_km", "official_to_km")),
        ("Tajik side", place("tj")),
        ("Afghan side", place("af")),
        ("Terrain", text_or_none(row.get("terrain"))),
        ("Counted here", number(row.get("events"), 6)),
        (
            "Expected here",
            _with_unit(
                number(row.get("expected_events")), "incidents, the less certain ones shared out"
            ),
        ),
        ("Exposure", _with_unit(number(row.get("exposure_km_yr"), 4), "km·years")),
        ("Rate", _with_unit(rate, f"per 100 km and year{interval}")),
        ("Expected rate", _with_unit(number(row.get("expected_rate")), "per 100 km and year")),
    ]
    return [[term, text] for term, text in rows if text is not None]


def _event_rows(event: Row, place: Row) -> list[tuple[str, str | None]]:
    admin = [text_or_none(event.get(key)) for key in ("admin2", "admin1")]
    confidence = text_or_none(event.get("confidence"))
    return [
        ("District, province", ", ".join(part for part in admin if part) or None),
        ("Side", side_text(event.get("country_side"))),
        (
            "How precisely",
            how_precisely(event.get("location_precision"), event.get("location_uncertainty_km")),
        ),
        ("Placed by", text_or_none(event.get("location_basis"))),
        ("On the border", _position(event, place)),
        ("Actors", text_or_none(event.get("actors"))),
        ("People", people(event)),
        ("Narcotics", narcotics(event)),
        ("Weapons", text_or_none(event.get("weapons_seized"))),
        ("Kind of record", SCOPES.get(str(event.get("scope")))),
        ("Confidence", CONFIDENCE.get(confidence, confidence) if confidence else None),
        ("Notes", text_or_none(event.get("notes"))),
        ("Record", text_or_none(event.get("event_id"))),
    ]


def _position(event: Row, place: Row) -> str | None:
    """Say where on the border an event lies, by its nearest position."""
    if not is_missing(event.get("frontage_from_km")):
        start, end = (kilometres(event[f"frontage_{end}_km"]) for end in ("from", "to"))
        return f"somewhere on km {start} – {end}"
    chainage = kilometres(place.get("chainage_km"))
    distance = number(place.get("distance_km"), 2)
    if place.get("placement") == "off_border":
        return "away from the border" + (f": {distance} km from the line" if distance else "")
    if chainage is None:
        return text_or_none(place.get("reason"))
    text = f"nearest at km {chainage}"
    if distance is not None:
        text += f", {distance} km from the line"
    if not is_missing(place.get("side")) and not is_missing(place.get("side_certain")):
        side = side_text(place["side"])
        text += f", {side}" if place["side_certain"] else f", likely {side}"
    return text


def _sources(event: Row) -> tuple[list[list[str]], list[str]]:
    """Return the links that may be clicked as [address, host], and the others as plain text."""
    links: list[list[str]] = []
    others: list[str] = []
    given = event.get("source_urls")
    if isinstance(given, str):  # several addresses in one cell of a table
        given = re.split(r"[;,\s]+(?=https?://)", given.strip())
    if isinstance(given, (list, tuple, np.ndarray)):
        dates = event.get("source_dates")
        dates = list(dates) if isinstance(dates, (list, tuple, np.ndarray)) else []
        for index, value in enumerate(given):
            if is_missing(value):
                continue
            checked = safe_url(value)
            day = text_or_none(dates[index]) if index < len(dates) else None
            if checked is None:
                others.append(text_or_none(value) or "")
            else:
                links.append([checked[0], checked[1], day] if day else list(checked))
    name = text_or_none(event.get("source"))
    return links, [*others, name] if name else others


def _when(event: Row) -> str:
    return when(
        event.get("date_start"), event.get("date_end"), text_or_none(event.get("date_precision"))
    )


def _stretch_key(from_km: Any, to_km: Any) -> tuple[int, int]:
    """Return the ends of a stretch as whole numbers; stretches with the same ones are the same."""
    low, high = sorted([float(from_km), float(to_km)])
    return round(low / _SAME_STRETCH_KM), round(high / _SAME_STRETCH_KM)


def _stretch_names(frontages: pd.DataFrame | None) -> dict[tuple[int, int], str]:
    names: dict[tuple[int, int], str] = {}
    if frontages is not None:
        for row in _records(frontages):
            ends = (row.get("from_km"), row.get("to_km"))
            if not any(is_missing(km) for km in ends) and (name := text_or_none(row.get("name"))):
                key = _stretch_key(*ends)
                names[key] = f"{names[key]} / {name}" if key in names else name
    return names


def _common_name(events: Sequence[tuple[Row, Any, Row, str]], members: Sequence[int]) -> str:
    """Name the district or province that all events of a stretch are known to, if it is one."""
    rows = [events[i][0] for i in members]
    precisions = {text_or_none(row.get("location_precision")) for row in rows}
    column = {"district": "admin2", "province": "admin1"}.get(str(next(iter(precisions))))
    names = {text_or_none(row.get(column)) for row in rows} if column else set()
    return names.pop() or "" if len(precisions) == len(names) == 1 else ""


def _assign_lanes(stretches: list[Row]) -> None:
    """Give the shortest stretches the two inner lanes, as long as they do not overlap there."""
    taken: defaultdict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    for item in sorted(stretches, key=lambda i: (i["to"] - i["from"], i["from"], i["to"])):
        item["lane"] = None
        for lane in range(INNER_LANES):
            others = taken[item["side"], lane]
            if all(item["to"] <= start or end <= item["from"] for start, end in others):
                others.append((item["from"], item["to"]))
                item["lane"] = lane
                break


def _outer_cells(stretches: Sequence[Row]) -> list[Row]:
    """Cut the outer band of each side wherever one of its stretches begins or ends."""
    cells = []
    for side in (1, -1):
        outer = [(i, s) for i, s in enumerate(stretches) if s["side"] == side and s["lane"] is None]
        cuts = sorted({s[end] for _, s in outer for end in ("from", "to")})
        for low, high in pairwise(cuts):
            covering = [i for i, s in outer if s["from"] <= low and high <= s["to"]]
            if covering:
                covering.sort(key=lambda i: stretches[i]["to"] - stretches[i]["from"])
                cells.append({"from": low, "to": high, "side": side, "stretches": covering})
    return cells


def _records(table: pd.DataFrame) -> list[Row]:
    plain = pd.DataFrame(table.drop(columns=["geometry"], errors="ignore"))
    return [
        {str(key): None if _not_finite(value) else value for key, value in row.items()}
        for row in plain.to_dict("records")
    ]


def _not_finite(value: Any) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _first(row: Row, other: Row, key: str) -> Any:
    for source in (row, other):
        if not is_missing(source.get(key)):
            return source[key]
    return None


def _with_unit(text: str | None, unit: str) -> str | None:
    return None if text is None else f"{text} {unit}"


def _round(value: Any, digits: int) -> Any:
    """Round a number, or return None for a missing one."""
    return None if is_missing(value) else round(float(value), digits)


def _country(value: Any) -> str:
    return "AF" if str(value).startswith("AF") else "TJ" if str(value).startswith("TJ") else ""
