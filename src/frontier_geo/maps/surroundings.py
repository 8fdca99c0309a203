"""What lies beside the line: areas, landmarks, districts along it, and the names of all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely

from frontier_geo._validation import FloatArray
from frontier_geo.datasets import is_shipped_line
from frontier_geo.maps.geometry import BorderLine, encode_areas, label_point, unrolled
from frontier_geo.maps.inputs import MapInputs
from frontier_geo.maps.values import numbers_of, plain_number, text_or_none, texts_of

__all__ = ["areas_head", "boundary_head", "frontages_head", "names_shown", "referents_head"]

LABEL_WINDOW_DEG = 0.9
#: What lies past the ends of the shipped line, west and east.
NEIGHBOURS = ("Uzbekistan", "China")


def boundary_head(inputs: MapInputs, border: BorderLine) -> dict[str, Any]:
    """Return the line, and what is said of it."""
    boundary = inputs.boundary
    start, end = _neighbours(inputs)
    return {
        "id": text_or_none(boundary.boundary_id),
        "name": text_or_none(boundary.name),
        "left": text_or_none(boundary.left),
        "right": text_or_none(boundary.right),
        "length_km": plain_number(boundary.length_km, 9),
        "ring": boundary.is_ring,
        "source": text_or_none(boundary.source),
        "start_name": start,
        "end_name": end,
        **border.encoded(),
    }


def areas_head(inputs: MapInputs, border: BorderLine) -> dict[str, Any] | None:
    """Encode the areas, countries first so that provinces lie above them."""
    if inputs.areas is None:
        return None
    areas = inputs.areas
    kinds = np.array(texts_of(areas, "kind"), dtype=object)
    usable = ~(areas.geometry.isna() | areas.geometry.is_empty).to_numpy()
    rows = np.flatnonzero(usable)
    rows = rows[np.argsort(kinds[rows] != "country", kind="stable")]
    areas, country = areas.iloc[rows], kinds[rows] == "country"
    if inputs.west != -180:
        areas = areas.set_geometry(areas.geometry.transform(lambda xy: _unrolled(xy, inputs.west)))
    if not len(areas):
        return None
    arcs, shapes = encode_areas(list(areas.geometry), border)
    window = _window(border)
    provinces = shapely.union_all([_coarse(g) for g in areas.geometry[~country]])
    items = []
    columns = [texts_of(areas, name) for name in ("name", "country", "area_id")]
    for row, geometry in enumerate(areas.geometry):
        name, code, area_id = (column[row] for column in columns)
        free = _coarse(geometry).difference(provinces) if country[row] else geometry
        items.append(
            {
                "name": name or "",
                "kind": "country" if country[row] else "province",
                "country": _country(code or area_id, inputs),
                "rings": shapes[row],
                "label": label_point(free if not free.is_empty else geometry, window),
            }
        )
    return {"arcs": arcs, "items": items}


def referents_head(inputs: MapInputs) -> list[dict[str, Any]]:
    """Return bridges, river mouths, lakes and tripoints, in the order of the line."""
    table = inputs.referents
    if table is None or not len(table):
        return []
    lon, lat = unrolled(numbers_of(table, "lon"), inputs.west), numbers_of(table, "lat")
    start, stop = numbers_of(table, "from_km"), numbers_of(table, "to_km")
    names, kinds = texts_of(table, "name"), texts_of(table, "kind")
    here = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    here = here[np.argsort(np.nan_to_num(start[here], nan=np.inf), kind="stable")]
    return [
        {
            "lon": plain_number(lon[row], 8),
            "lat": plain_number(lat[row], 8),
            "from": plain_number(start[row], 7),
            "to": plain_number(stop[row] if np.isfinite(stop[row]) else start[row], 7),
            "name": names[row] or "",
            "kind": kinds[row] or "landmark",
        }
        for row in here
    ]


def frontages_head(inputs: MapInputs) -> list[dict[str, Any]]:
    """Return the districts along the line, for the diagram."""
    table = inputs.frontages
    if table is None or not len(table):
        return []
    sides = {inputs.boundary.left: 1, inputs.boundary.right: -1}
    start, stop = numbers_of(table, "from_km"), numbers_of(table, "to_km")
    names, countries = texts_of(table, "name"), texts_of(table, "country")
    return [
        {
            "name": names[row] or "",
            "side": sides[str(countries[row])],
            "from": plain_number(min(start[row], stop[row]), 7),
            "to": plain_number(max(start[row], stop[row]), 7),
        }
        for row in np.argsort(start, kind="stable")
        if np.isfinite(start[row]) and np.isfinite(stop[row]) and countries[row] in sides
    ]


def names_shown(head: dict[str, Any]) -> list[str]:
    """Return every place name of a head, each once, so that they can be translated."""
    return sorted({name for name in _names(head) if name})


def _names(head: dict[str, Any]) -> Iterator[str | None]:
    boundary = head["boundary"]
    yield from (boundary["name"], boundary["start_name"], boundary["end_name"])
    for part in ("referents", "frontages", "stretches"):
        yield from (item["name"] for item in head[part])
    yield from (item["name"] for item in (head["areas"] or {"items": []})["items"])
    for column in ("left_district", "right_district", "left_province", "right_province"):
        yield from head["segments"][column]


def _neighbours(inputs: MapInputs) -> tuple[str | None, str | None]:
    boundary = inputs.boundary
    if not is_shipped_line(boundary):
        return None, None
    return NEIGHBOURS if boundary.left == "TJ" else NEIGHBOURS[::-1]


def _unrolled(xy: FloatArray, west: float) -> FloatArray:
    return np.column_stack((unrolled(xy[:, 0], west), xy[:, 1]))


def _window(border: BorderLine) -> shapely.Polygon:
    """Return where labels may stand: around the line."""
    lon, lat = np.array(border.vertices).T / 100_000
    margin = LABEL_WINDOW_DEG
    return shapely.box(
        lon.min() - margin, lat.min() - margin, lon.max() + margin, lat.max() + margin
    )


def _coarse(geometry: Any) -> Any:
    """Return an area as finely as the place of a label needs it; `buffer` mends what crosses itself."""
    return geometry.simplify(0.02).buffer(0)


def _country(value: str | None, inputs: MapInputs) -> str:
    """Return the code of a country beside the line, by the beginning of a code; else nothing."""
    sides = (inputs.boundary.left, inputs.boundary.right)
    return next((side for side in sides if str(value or "").startswith(side)), "")
