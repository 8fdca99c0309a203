"""
The ground of a map anywhere in the world: countries, their borders and the sea, from the world set.

It has the parts of `frontier_geo.maps.basemap`, most of them empty; the sea is drawn as its lakes are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from frontier_geo.datasets import data_registry
from frontier_geo.maps.geometry import BorderLine, encode_areas, label_point
from frontier_geo.world import load_countries

__all__ = ["world_ground", "world_source"]

BUDGET_BYTES = 70_000
LEAST_NAMED = 0.002  # of the window, that a country must take to be named


def world_ground(window: Sequence[float], border: BorderLine | None) -> dict[str, Any]:
    """
    Return countries, borders and sea of a part of the world, as parts of a basemap.

    Parameters
    ----------
    window : sequence of 4 floats
        South, west, north, east in degrees; longitudes may run past 180.
    border : BorderLine or None
        The line that the map is about: outlines along it become slices of it.
    """
    south, west, north, east = window
    box = shapely.box(west, max(south, -90.0), east, min(north, 90.0))
    table = load_countries()
    shapes, rows = [], []
    for turn in (-360.0, 0.0, 360.0):
        if west < 180 + turn and east > -180 + turn:
            moved = shapely.transform(
                table.geometry.array, lambda xy, by=turn: xy + np.array([by, 0.0])
            )
            for row in np.flatnonzero(shapely.intersects(moved, box)):
                seen = _areas_only(shapely.intersection(moved[row], box))
                if not seen.is_empty:
                    shapes.append(seen)
                    rows.append(row)
    line = border or BorderLine([], [], [])
    arcs, drawn = encode_areas(shapes, line, budget=BUDGET_BYTES)
    countries = [
        {
            "code": str(table["area_id"].iloc[row]),
            "name": str(table["name"].iloc[row]),
            "label": label_point(shape, box) if shape.area > LEAST_NAMED * box.area else None,
            "polygons": polygons,
        }
        for row, shape, polygons in zip(rows, shapes, drawn, strict=True)
    ]
    used = Counter(
        n if n >= 0 else ~n for each in drawn for rings in each for r in rings for n in r
    )
    between = [n for n, times in used.items() if times > 1]
    along = {n for n in between if all(part[0] == 0 for part in arcs[n])}
    return {
        "arcs": arcs,
        "countries": countries,
        "borders": sorted(set(between) - along),
        "lakes": _sea(box, arcs, drawn, line),
    }


def world_source() -> str:
    """Return whom a map on this ground must name."""
    return str(data_registry()["files"]["world/countries.topojson"]["attribution"])


def _areas_only(shape: Any) -> Any:
    """Return the polygons of what clipping has left."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.multipolygons(parts)


def _sea(
    box: Any, arcs: list[list[list[int]]], drawn: list[list[list[list[int]]]], border: BorderLine
) -> list[dict[str, Any]]:
    """Return what of the window no country covers, by the outlines as they are drawn."""
    spelled = [border.spelled(arc) for arc in arcs]
    land = []
    for polygons in drawn:
        for rings in polygons:
            closed = [
                [v for n in ring for v in (spelled[n] if n >= 0 else spelled[~n][::-1])]
                for ring in rings
            ]
            good = [ring for ring in closed if len(set(ring)) >= 3]
            if good:
                land.append(shapely.make_valid(shapely.Polygon(good[0], good[1:])))
    window = shapely.transform(box, lambda xy: np.rint(xy * 100_000))
    sea = _areas_only(shapely.difference(window, shapely.union_all(land)))
    lakes = []
    for part in shapely.get_parts(sea):
        rings = [shapely.get_coordinates(ring) for ring in (part.exterior, *part.interiors)]
        steps = [np.diff(np.rint(r), axis=0, prepend=[[0, 0]]).astype(int).ravel() for r in rings]
        lakes.append({"name": None, "rank": 1, "rings": [each.tolist() for each in steps]})
    return lakes
