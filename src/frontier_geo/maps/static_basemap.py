"""The shipped basemap on paper: its outlines, waters, towns and relief in points of the page."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from frontier_geo._validation import FloatArray
from frontier_geo.maps.geometry import UNITS_PER_DEGREE, BorderLine
from frontier_geo.maps.static_paper import Paper

__all__ = ["Ground", "ground_of"]

DETAIL = 0.12  # points
OVER_THE_EDGE = 3.0  # points that lines go on past the map
RELIEF_STEP = 0.75  # points between two grey values
LEAST_NAMED = 0.01  # of the page, that a country must take to be named
EARTH_M = 6_378_137.0


@dataclass(frozen=True)
class Ground:
    """
    What lies on the page, all in its points.

    Attributes
    ----------
    countries : list of (str, geometry)
        Code of each country and what of it is seen.
    borders, disputed, provinces, rivers : list of ndarray
        Lines.
    lakes : list of geometry
        Outlines with islands.
    names : list of dict
        ``name, xy, kind`` of what may be labelled, the most important first.
    towns : list of dict
        ``name, xy, capital``.
    relief : ndarray or None
        Share of the light that the relief takes, row 0 at the top.
    """

    countries: list[tuple[str, Any]]
    borders: list[FloatArray]
    disputed: list[FloatArray]
    provinces: list[FloatArray]
    rivers: list[FloatArray]
    lakes: list[Any]
    names: list[dict[str, Any]]
    towns: list[dict[str, Any]]
    relief: FloatArray | None

    @property
    def empty(self) -> bool:
        """Whether the basemap knows nothing of this part of the world."""
        return not self.countries


def ground_of(block: dict[str, Any], border: BorderLine, paper: Paper) -> Ground:
    """Put a block of `basemap_json` on a page; what is too small for its scale is left out."""
    zoom = round(paper.zoom)
    arcs = [_arc(parts, border, paper) for parts in block["arcs"]]
    towns = [each for each in block["towns"] if each["rank"] + 4 <= zoom or each["capital"] == 1]
    countries = [
        (each["code"], _seen([_ring(r, arcs) for rings in each["polygons"] for r in rings], paper))
        for each in block["countries"]
    ]
    names = [
        {"name": each["name"], "xy": _middle_of(seen, paper), "kind": "country"}
        for each, (_, seen) in zip(block["countries"], countries, strict=True)
    ]
    provinces = [
        {**e, "kind": "province"} for e in block["province_names"] if e["rank"] + 5 <= zoom
    ]
    rivers, lakes = (
        [each for each in block[name] if each["rank"] == 1 or each["rank"] + 5 <= zoom]
        for name in ("rivers", "lakes")
    )
    return Ground(
        countries=countries,
        borders=_lines_seen([arcs[k] for k in block["borders"]], paper),
        disputed=_lines_seen([arcs[k] for k in block["disputed"]], paper),
        provinces=_lines_seen([_line(each["line"], paper) for each in block["provinces"]], paper),
        rivers=_lines_seen([_line(each["line"], paper) for each in rivers], paper),
        lakes=[_seen([_line(ring, paper) for ring in each["rings"]], paper) for each in lakes],
        names=[each for each in names if each["xy"] is not None] + _placed(provinces, paper),
        towns=_placed(towns, paper),
        relief=None if block["relief"] is None else _relief(block["relief"], paper),
    )


def _placed(items: Sequence[dict[str, Any]], paper: Paper) -> list[dict[str, Any]]:
    """Return what lies on the page, with its place there."""
    if not items:
        return []
    xy = paper.points([each["lon"] for each in items], [each["lat"] for each in items])
    seen = paper.inside(xy)
    return [{**each, "xy": xy[k]} for k, each in enumerate(items) if seen[k]]


def _seen(rings: Sequence[FloatArray], paper: Paper) -> Any:
    """Return what of an area is seen; a ring inside another is a hole."""
    window = _window(paper)
    whole = shapely.Polygon()
    for ring in rings:
        part = shapely.make_valid(shapely.Polygon(ring)).intersection(window)
        whole = whole.symmetric_difference(part)
    return shapely.orient_polygons(whole.simplify(DETAIL))


def _lines_seen(lines: Sequence[FloatArray], paper: Paper) -> list[FloatArray]:
    """Return what of some lines is seen."""
    window = _window(paper)
    cut = [shapely.LineString(line).intersection(window).simplify(DETAIL) for line in lines]
    parts = [part for line in cut for part in shapely.get_parts(line)]
    return [shapely.get_coordinates(p) for p in parts if p.geom_type == "LineString"]


def _window(paper: Paper) -> Any:
    return shapely.box(-OVER_THE_EDGE, -OVER_THE_EDGE, paper.width + OVER_THE_EDGE,
                       paper.height + OVER_THE_EDGE)  # fmt: skip


def _middle_of(seen: Any, paper: Paper) -> FloatArray | None:
    """Return the middle of the roomiest part of a country, None where little of it is seen."""
    parts = [part for part in shapely.get_parts(seen) if part.geom_type == "Polygon"]
    largest = max(parts, key=lambda part: float(part.area), default=None)
    if largest is None or largest.area < LEAST_NAMED * paper.width * paper.height:
        return None
    circle = shapely.maximum_inscribed_circle(largest, tolerance=2.0)
    middle: FloatArray = shapely.get_coordinates(circle)[0]
    return middle


def _arc(parts: Sequence[Sequence[int]], border: BorderLine, paper: Paper) -> FloatArray:
    pieces = []
    for kind, *numbers in parts:
        if kind == 1:
            pieces.append(_units(numbers))
        else:
            first, last = numbers
            step = 1 if last >= first else -1
            pieces.append(np.array([border.vertices[k] for k in range(first, last + step, step)]))
    lon, lat = np.vstack(pieces).T / UNITS_PER_DEGREE
    return paper.points(lon, lat)


def _ring(numbers: Sequence[int], arcs: Sequence[FloatArray]) -> FloatArray:
    return np.vstack([arcs[n] if n >= 0 else arcs[~n][::-1] for n in numbers])


def _line(steps: Sequence[int], paper: Paper) -> FloatArray:
    lon, lat = _units(steps).T / UNITS_PER_DEGREE
    return paper.points(lon, lat)


def _units(steps: Sequence[int]) -> FloatArray:
    at: FloatArray = np.cumsum(np.array(steps, dtype=np.int64).reshape(-1, 2), axis=0)
    return at


def _relief(relief: dict[str, Any], paper: Paper) -> FloatArray | None:
    """Turn the relief, which is in web Mercator, into the projection of the page."""
    from PIL import Image, features

    if not features.check("webp"):
        return None
    picture = Image.open(io.BytesIO(base64.b64decode(relief["image"].partition(",")[2])))
    grey = np.asarray(picture.convert("L"), dtype=float) / 255
    across = np.arange(RELIEF_STEP / 2, paper.width, RELIEF_STEP)
    down = np.arange(paper.height - RELIEF_STEP / 2, 0, -RELIEF_STEP)
    x, y = np.meshgrid(across, down)
    degrees = paper.degrees(np.column_stack((x.ravel(), y.ravel())))
    south, west, north, east = relief["bounds"]
    column = (degrees[:, 0] - west) / (east - west) * grey.shape[1] - 0.5
    top, bottom = _mercator(np.array([north, south]))
    row = (top - _mercator(degrees[:, 1])) / (top - bottom) * grey.shape[0] - 0.5
    shade: FloatArray = 1 - _bilinear(grey, row, column).reshape(x.shape)
    return shade


def _mercator(lat: FloatArray) -> FloatArray:
    north: FloatArray = EARTH_M * np.arctanh(np.sin(np.radians(lat)))
    return north


def _bilinear(grey: FloatArray, row: FloatArray, column: FloatArray) -> FloatArray:
    """Read grey values between pixels; outside of the picture all is white."""
    from scipy.ndimage import map_coordinates

    read: FloatArray = map_coordinates(grey, [row, column], order=1, mode="constant", cval=1.0)
    return read
