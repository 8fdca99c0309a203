"""Incidents as columns of numbers: when, what, where, how well known, and which of them count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from frontier_geo.boundary import Boundary
from frontier_geo.events import CONFIDENCES, DATE_PRECISIONS, SCOPES
from frontier_geo.location_precision import PRECISIONS
from frontier_geo.maps.geometry import unrolled
from frontier_geo.maps.inputs import MapInputs
from frontier_geo.maps.profiles import profiles_of
from frontier_geo.maps.stretches import stretch_cells, stretches_of
from frontier_geo.maps.symbols import type_marks
from frontier_geo.maps.values import days_of, numbers_of, words_of

__all__ = ["MISSING_DAY", "Incidents", "incidents_of"]

MISSING_DAY = -(2**31)
UNITS_PER_DEGREE = 100_000
STRETCH_PRECISIONS = ("district", "province", "frontage")
NO_PLACE = ("country", "unknown")
NOT_STATED = "not_stated"
NOWHERE, POINT, STRETCH, OFF_BORDER = 0, 1, 2, 3
MOST_OF_16_BITS = 65_535
MOST_OF_31_BITS = 2**31 - 1
MOST_WORDS = 256  # of a vocabulary, the source's own included


@dataclass(frozen=True)
class Incidents:
    """
    The incidents of a page.

    Attributes
    ----------
    order : ndarray of int, shape (n,)
        Row of the event table of each incident: by first day, the undated first, then chainage.
    columns : dict of str to ndarray
        What the block `arrays` holds.
    head : dict
        What the head says of them: `types`, `precisions`, `confidences`, `scopes`,
        `date_precisions`, `stretches`, `cells`.
    share : ndarray of float, shape (n,)
        Which part of its days lies in the period; 1 for those without a date.
    """

    order: NDArray[np.int64]
    columns: dict[str, NDArray[Any]]
    head: dict[str, Any]
    share: NDArray[np.float64]


def incidents_of(inputs: MapInputs) -> Incidents:
    """Turn events and their places into columns."""
    events, placed, boundary = inputs.events, inputs.placed, inputs.boundary
    types, type_code = _types(events)
    precisions, precision = _coded(events, "location_precision", tuple(PRECISIONS), "unknown")
    scopes, scope = _coded(events, "scope", SCOPES, "border")
    dated, date_precision = _coded(
        placed, "date_precision", (*DATE_PRECISIONS, "unknown"), "unknown"
    )
    columns = {
        **_days(placed),
        "date_precision": date_precision.astype(np.uint8),
        "type": type_code.astype(np.uint16),
        "side": _sides(events, placed, boundary),
        "confidence": _confidence(events),
        "scope": scope.astype(np.uint8),
        "precision": precision.astype(np.uint8),
        "counted": inputs.counted.astype(np.uint8),
    }
    columns |= _places(inputs)
    plain = _taken_at_its_word(inputs, columns)
    columns["precision"][plain] = precisions.index("exact")
    stretches, columns["stretch"] = _stretches(inputs, columns)
    profiles = profiles_of(placed, inputs.rates, boundary)
    columns["known"] = profiles.known.astype(np.uint16)
    columns["place"] = profiles.place.astype(np.uint32)
    order = _order(columns)
    columns = {name: column[order] for name, column in columns.items()}
    return Incidents(
        order=order,
        columns=columns | profiles.columns(),
        head={
            "types": types,
            "precisions": precisions,
            "confidences": list(reversed(CONFIDENCES)),
            "scopes": scopes,
            "date_precisions": dated,
            "stretches": stretches,
            "cells": stretch_cells(stretches),
        },
        share=_share(columns, *inputs.days),
    )


def _order(columns: dict[str, NDArray[Any]]) -> NDArray[np.int64]:
    """Sort by first day, which is smallest where missing, then along the line."""
    return np.lexsort((columns["chainage"], columns["day"]))


def _types(events: pd.DataFrame) -> tuple[list[dict[str, Any]], NDArray[np.int64]]:
    """Return the types with their marks, the vocabulary's first, and the type of each incident."""
    codes, words = words_of(events, "event_type")
    own, others = words_of(events, "source_event_type")
    names = list(dict.fromkeys([*words, *others, NOT_STATED]))
    place = {name: row for row, name in enumerate(names)}
    of_word = np.array([*(place[word] for word in words), -1])
    of_other = np.array([*(place[word] for word in others), place[NOT_STATED]])
    codes = np.where(codes >= 0, of_word[codes], of_other[own])
    counts = np.bincount(codes, minlength=len(names))
    marks = type_marks([name for name, count in zip(names, counts, strict=True) if count])
    row_of = {name: row for row, name in enumerate(marks)}
    codes = np.array([row_of.get(name, 0) for name in names])[codes]
    types = [
        {"key": name, **mark, "count": int(counts[place[name]])} for name, mark in marks.items()
    ]
    return types, codes


def _coded(
    table: pd.DataFrame, column: str, words: Sequence[str], missing: str
) -> tuple[list[str], NDArray[np.int64]]:
    """Return the vocabulary, own words at its end, and the number of each row's word in it."""
    codes, found = words_of(table, column)
    vocabulary = [*words, *sorted(set(found) - set(words))][:MOST_WORDS]
    place = {word: row for row, word in enumerate(vocabulary)}
    return vocabulary, _numbered(codes, found, place, place[missing])


def _numbered(
    codes: NDArray[np.int64], found: list[str], place: dict[str, int], missing: int
) -> NDArray[np.int64]:
    """Return the number of each row's word; `missing` for words that have none."""
    return np.array([*(place.get(word, missing) for word in found), missing])[codes]


def _days(placed: pd.DataFrame) -> dict[str, NDArray[Any]]:
    start, dated = days_of(placed, "date_start")
    stop, ends = days_of(placed, "date_end")
    span = np.where(dated & ends, stop - start, 0).clip(0, MOST_OF_16_BITS)
    return {
        "day": np.where(dated, start, MISSING_DAY).astype(np.int32),
        "span": span.astype(np.uint16),
    }


def _share(columns: dict[str, NDArray[Any]], first: int, last: int) -> NDArray[np.float64]:
    """Return which part of each incident's days lies in the period."""
    start = columns["day"].astype(np.int64)
    stop = start + columns["span"]
    inside = np.minimum(stop, last) - np.maximum(start, first) + 1
    share = inside.clip(0) / (stop - start + 1)
    return np.where(columns["day"] == MISSING_DAY, 1.0, share)


def _sides(events: pd.DataFrame, placed: pd.DataFrame, boundary: Boundary) -> NDArray[np.uint8]:
    """Return the side as reported, else as the point lies where that is certain."""
    code = {boundary.left: 1, boundary.right: 2, "both": 3}
    side = _numbered(*words_of(events, "country_side"), code, 0)
    if "side" in placed and "side_certain" in placed:
        certain = placed["side_certain"].eq(True).to_numpy(dtype=bool)
        lies = _numbered(*words_of(placed, "side"), code, 0)
        side = np.where((side == 0) & certain, lies, side)
    return side.astype(np.uint8)


def _confidence(events: pd.DataFrame) -> NDArray[np.uint8]:
    code = {word: row + 1 for row, word in enumerate(reversed(CONFIDENCES))}
    return _numbered(*words_of(events, "confidence"), code, 0).astype(np.uint8)


def _taken_at_its_word(inputs: MapInputs, columns: dict[str, NDArray[Any]]) -> NDArray[np.bool_]:
    """Return which points say nothing of how well they are known: they are exact, as located."""
    silent = words_of(inputs.events, "location_precision")[0] < 0
    radius = columns["radius"]
    point = np.isin(columns["located"], (POINT, OFF_BORDER))
    return silent & point & ((radius == 0) | (radius == MOST_OF_16_BITS))


def _places(inputs: MapInputs) -> dict[str, NDArray[Any]]:
    """Return where each incident lies. A place known to a district or worse is never a point."""
    codes, words = words_of(inputs.events, "location_precision")
    vague = np.array([*(word in (*STRETCH_PRECISIONS, *NO_PLACE) for word in words), False])[codes]
    placed, geometry = inputs.placed, inputs.events.geometry.to_numpy()
    placement = placed["placement"].to_numpy(dtype=object)
    lon, lat = shapely.get_x(geometry), shapely.get_y(geometry)
    ends = np.isfinite(numbers_of(placed, "frontage_from_km"))
    ends &= np.isfinite(numbers_of(placed, "frontage_to_km"))
    usable = placement != "rejected"
    point = usable & np.isfinite(lon) & np.isfinite(lat)
    point &= ~vague
    # The world has no other coordinates; a page of a foreign table must not break on them.
    point &= (np.abs(lon) <= 360) & (np.abs(lat) <= 90)
    stretch = usable & ~point & ends
    located = np.where(point, POINT, np.where(stretch, STRETCH, NOWHERE))
    located[point & (placement == "off_border")] = OFF_BORDER
    radius = np.rint(numbers_of(placed, "location_uncertainty_km") * 10)
    radius = np.where(np.isfinite(radius) & (radius >= 0), radius, MOST_OF_16_BITS)
    return {
        "lon": _units(unrolled(lon, inputs.west), point),
        "lat": _units(lat, point),
        "located": located.astype(np.uint8),
        "chainage": _metres(numbers_of(placed, "chainage_km"), point),
        "distance": _metres(numbers_of(placed, "distance_km"), point),
        "radius": radius.clip(0, MOST_OF_16_BITS).astype(np.uint16),
    }


def _units(degrees: NDArray[np.float64], point: NDArray[np.bool_]) -> NDArray[np.int32]:
    units = np.rint(np.where(point, degrees, 0) * UNITS_PER_DEGREE)
    return np.where(point, units, MISSING_DAY).astype(np.int32)


def _metres(km: NDArray[np.float64], point: NDArray[np.bool_]) -> NDArray[np.int32]:
    known = point & np.isfinite(km) & (km >= 0)
    metres = np.rint(np.where(known, km, 0) * 1000).clip(0, MOST_OF_31_BITS)
    return np.where(known, metres, -1).astype(np.int32)


def _stretches(
    inputs: MapInputs, columns: dict[str, NDArray[Any]]
) -> tuple[list[dict[str, Any]], NDArray[np.uint16]]:
    rows = np.flatnonzero(columns["located"] == STRETCH)
    wanted = ("location_precision", "admin1", "admin2")
    place = inputs.events.reindex(columns=list(wanted)).iloc[rows]
    stretches, which = stretches_of(
        numbers_of(inputs.placed, "frontage_from_km")[rows],
        numbers_of(inputs.placed, "frontage_to_km")[rows],
        columns["side"][rows],
        pd.DataFrame(place),
        inputs.frontages,
    )
    stretch = np.zeros(len(inputs.events), dtype=np.uint16)
    stretch[rows] = which + 1
    return stretches, stretch
