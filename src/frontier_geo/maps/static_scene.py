"""What the static picture shows, as plain numbers in degrees and kilometres."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.boundary import Boundary
from frontier_geo.licences import sources_of
from frontier_geo.maps.geometry import BorderLine, unrolled
from frontier_geo.maps.incidents import NOWHERE, OFF_BORDER, POINT, STRETCH, Incidents, incidents_of
from frontier_geo.maps.inputs import MapInputs
from frontier_geo.maps.ribbon import rates_head, segments_head
from frontier_geo.maps.surroundings import boundary_head, frontages_head, referents_head
from frontier_geo.maps.values import text_or_none, texts_of

__all__ = ["Frontages", "Marks", "Ribbon", "Scene", "scene_of"]

FILLED_PRECISIONS = ("exact", "settlement")
OUTER_LANE = 2
UNITS_PER_DEGREE = 100_000


@dataclass(frozen=True)
class Ribbon:
    """
    The segments.

    Attributes
    ----------
    from_km, to_km, value, lo, hi : ndarray of float
        Where they lie, what colours them and its interval; NaN where there is none.
    place : ndarray of int
        The class of each.
    breaks : list of float
        Upper edges of the classes above zero.
    colours, widths : list
        Of zero, of the classes above it, and of no rate.
    """

    from_km: FloatArray
    to_km: FloatArray
    value: FloatArray
    lo: FloatArray
    hi: FloatArray
    place: NDArray[np.int64]
    breaks: list[float]
    colours: list[str]
    widths: list[float]

    @property
    def missing(self) -> int:
        """The class of no rate."""
        return len(self.colours) - 1


@dataclass(frozen=True)
class Marks:
    """Incidents with a point: one mark for all of a type at a place, in the order of the types."""

    lon: FloatArray
    lat: FloatArray
    kind: NDArray[np.int64]
    hollow: NDArray[np.bool_]
    count: NDArray[np.int64]
    kinds: list[dict[str, Any]]


@dataclass(frozen=True)
class Frontages:
    """The districts of one side, from the start of the line to its end."""

    name: list[str]
    from_km: FloatArray
    to_km: FloatArray


@dataclass(frozen=True)
class Scene:
    """
    All that the picture shows, and what it must say about it.

    Attributes
    ----------
    ends : tuple of str or None
        What lies past the first and the last kilometre.
    flipped : bool
        Whether the first kilometre is the eastern or southern end, drawn on the right.
    sideways : bool
        Whether the ends are west and east, not north and south.
    """

    boundary: Boundary
    ribbon: Ribbon
    marks: Marks
    bands: list[dict[str, Any]]
    left: Frontages
    right: Frontages
    landmarks: list[dict[str, Any]]
    areas: Any
    border: BorderLine
    ends: tuple[str | None, str | None]
    flipped: bool
    sideways: bool
    column: str | None
    unit: str | None
    level: float
    title: str
    period: tuple[date, date]
    counts: dict[str, int]
    attribution: str
    sources: list[str]
    versions: tuple[str | None, str | None]
    at_home: bool

    @property
    def names(self) -> list[str]:
        """The names of places that a language may translate."""
        if not self.at_home:  # elsewhere a name may mean another place
            return []
        areas = [] if self.areas is None else texts_of(self.areas, "name")
        landmarks = [each["name"] for each in self.landmarks]
        found = [*self.left.name, *self.right.name, *landmarks, *areas, *self.ends, self.title]
        return [name for name in found if name]


def scene_of(inputs: MapInputs) -> Scene:
    """Gather the picture: the same numbers that the page holds."""
    incidents = incidents_of(inputs)
    rates = rates_head(inputs, incidents, 0.0)
    boundary = inputs.boundary
    lon = unrolled(boundary.lon, inputs.west)
    border = BorderLine(lon, boundary.lat, boundary.chainage_km)
    along, about = frontages_head(inputs), boundary_head(inputs, border)
    line = np.column_stack((boundary.lat, lon))
    return Scene(
        boundary=boundary,
        ribbon=_ribbon(segments_head(inputs), rates),
        marks=_marks(incidents),
        bands=_bands(incidents),
        left=_frontages(along, 1, boundary.length_km),
        right=_frontages(along, -1, boundary.length_km),
        landmarks=[each for each in referents_head(inputs) if each["from"] is not None],
        areas=inputs.areas,
        border=border,
        ends=(about["start_name"], about["end_name"]),
        flipped=_flipped(line),
        sideways=_lies_east_west(line),
        column=inputs.color_by,
        unit=rates["unit"],
        level=float(rates["level"]),
        title=inputs.title,
        period=(inputs.first, inputs.last),
        counts=_counts(incidents.columns["located"], inputs),
        attribution=inputs.attribution,
        sources=_sources(inputs),
        versions=(
            text_or_none(inputs.rates.attrs.get("data_version")),
            text_or_none(inputs.rates.attrs.get("library_version")),
        ),
        at_home=inputs.at_home,
    )


def _ribbon(segments: dict[str, list[Any]], rates: dict[str, Any]) -> Ribbon:
    begin, end, value, lo, hi = (
        np.array([np.nan if n is None else float(n) for n in segments[name]])
        for name in ("from", "to", "value", "lo", "hi")
    )
    breaks = [float(edge) for edge in rates["breaks"]]
    # an edge is the largest rate of its class; rates are told to six digits, so that one may be above it
    place = np.where(value > 0, np.searchsorted(breaks, value * (1 - 1e-5), side="left") + 1, 0)
    place = np.minimum(place, len(breaks))
    place = np.where(np.isnan(value), len(breaks) + 1, place)
    order = np.argsort(begin, kind="stable")
    return Ribbon(
        from_km=begin[order], to_km=end[order], value=value[order], lo=lo[order], hi=hi[order],
        place=place[order], breaks=breaks, colours=list(rates["colours"]),
        widths=[float(width) for width in rates["widths"]],
    )  # fmt: skip


def _marks(incidents: Incidents) -> Marks:
    """Return one mark for all incidents of a type at a place."""
    columns, types = incidents.columns, incidents.head["types"]
    point = np.isin(incidents.columns["located"], (POINT, OFF_BORDER))
    filled = np.isin(np.array(incidents.head["precisions"]), FILLED_PRECISIONS)
    total = np.bincount(columns["type"][point], minlength=len(types))
    order = sorted(range(len(types)), key=lambda k: (-types[k]["count"], types[k]["key"]))
    rank = np.argsort(order)
    table = np.column_stack(
        (
            columns["lon"][point], columns["lat"][point],
            rank[columns["type"][point].astype(np.int64)] if len(types) else [],
            ~filled[columns["precision"][point]],
        )
    )  # fmt: skip
    table, count = np.unique(table.astype(np.int64), axis=0, return_counts=True)
    lon, lat, kind, hollow = table.T
    return Marks(
        lon / UNITS_PER_DEGREE, lat / UNITS_PER_DEGREE, kind, hollow.astype(bool), count,
        [{**types[k], "points": int(total[k])} for k in order],
    )  # fmt: skip


def _bands(incidents: Incidents) -> list[dict[str, Any]]:
    """Return the bands of both sides, those of many stretches in the outermost lane."""
    stretches = incidents.head["stretches"]
    size = np.bincount(incidents.columns["stretch"], minlength=len(stretches) + 1)[1:]
    single = [
        {**each, "count": int(n)}
        for each, n in zip(stretches, size, strict=True)
        if each["lane"] is not None
    ]
    cells = [
        {**cell, "lane": OUTER_LANE, "count": int(size[cell["stretches"]].sum())}
        for cell in incidents.head["cells"]
    ]
    return [*single, *cells]


def _counts(located: NDArray[Any], inputs: MapInputs) -> dict[str, int]:
    """Return how many incidents are shown, and how."""
    return {
        "all": len(located),
        "point": int(np.isin(located, (POINT, OFF_BORDER)).sum()),
        "stretch": int((located == STRETCH).sum()),
        "nowhere": int((located == NOWHERE).sum()),
        "counted": _behind_the_rates(inputs),
        "outside": inputs.outside,
    }


def _behind_the_rates(inputs: MapInputs) -> int:
    """Return how many incidents make up the rates: those that count and have a place on a segment."""
    column = "expected_events" if str(inputs.color_by).startswith("expected") else "events"
    if column in inputs.rates:
        return round(float(inputs.rates[column].sum()))
    return int(inputs.counted.sum())


def _sources(inputs: MapInputs) -> list[str]:
    """Name whose incidents are shown, as their licences ask for."""
    told = [
        each["attribution"] or text_or_none(each["source"]) for each in sources_of(inputs.events)
    ]
    return list(dict.fromkeys(name for name in told if name))


def _frontages(along: list[dict[str, Any]], side: int, length_km: float) -> Frontages:
    """Return the districts of a side that lie on the line."""
    rows = [each for each in along if each["side"] == side]
    begin = np.array([each["from"] for each in rows], dtype=float).clip(0)
    end = np.array([each["to"] for each in rows], dtype=float).clip(None, length_km)
    some = np.flatnonzero(end > begin)
    return Frontages([rows[k]["name"] for k in some], begin[some], end[some])


def _flipped(line: FloatArray) -> bool:
    """Say whether the line runs from east to west, or from south to north."""
    (lat0, lon0), (lat1, lon1) = line[0], line[-1]
    east = ((lon1 - lon0 + 180) % 360 - 180) * np.cos(np.radians((lat0 + lat1) / 2))
    if _lies_east_west(line):
        return bool(east < 0)
    return bool(lat1 > lat0)


def _lies_east_west(line: FloatArray) -> bool:
    """Say whether the ends of a line are told apart as west and east, not as north and south."""
    (lat0, lon0), (lat1, lon1) = line[0], line[-1]
    east = ((lon1 - lon0 + 180) % 360 - 180) * np.cos(np.radians((lat0 + lat1) / 2))
    return bool(2 * abs(east) >= abs(lat1 - lat0))
