"""
The ground that the map is drawn on: the shipped basemap, cut to what a map needs of it.

``data/basemap/basemap.json`` is made by ``tools/build_basemap.py``. Coordinate lists are whole numbers
of 1e-5 degrees, longitude first, each but the first pair the step from the one before:
``[x, y, dx, dy, ...]``, as in `frontier_geo.maps.geometry`. Its parts:

``format``
    1.
``bounds``
    ``[south, west, north, east]`` in degrees: what the file covers, all of it land.
``arcs``
    Lines that outlines are put together from, each a list of parts that share no vertex. A part is
    ``[0, i, j]``: vertices i to j of the border line, both included, i may be the larger; or
    ``[1, x, y, dx, dy, ...]``. In the file i and j count vertices of the reference line.
``countries``
    ``{code, name, label: [lon, lat], polygons}``; a polygon is a list of rings, a ring a list of
    numbers of arcs, ``~n`` being arc n backwards. Clipped to `bounds`.
``borders``, ``disputed``
    Numbers of arcs: state borders and lines of control, each once, without the border line that
    the map is about and without the frame.
``provinces``
    ``{country, line}``: lines between provinces, each once.
``province_names``
    ``{name, country, lon, lat, rank}``.
``rivers``
    ``{name, rank, line}``; nothing runs along the border line.
``lakes``
    ``{name or null, rank, rings}``: outlines and islands, to be filled by the even-odd rule.
``towns``
    ``{name, country, lon, lat, rank, capital}``, the most important first; `capital` is 1 for that
    of a state, 2 for that of a province.
``crossings``
    ``{name, lon, lat, kind}``; kind ``bridge``, ``crossing`` or ``ferry``.
``peaks``
    ``{name, lon, lat, height_m}``.
``relief``
    ``{bounds, projection: "mercator", image}`` or null: an opaque grey WebP as a data URI, white
    on flat ground, to be multiplied onto the colours below it.

Ranks: rivers and lakes 1 always, 2 from zoom 7, 3 from zoom 8; towns 1 to 5 from zoom 5 to 9; names of
provinces 1 from zoom 6, 2 from zoom 7.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from frontier_geo.datasets import data_folder, data_registry, load_boundary, shipped_bytes
from frontier_geo.errors import DataFileError, ParameterError
from frontier_geo.maps.geometry import BorderLine
from frontier_geo.maps.world_ground import world_ground, world_source

__all__ = ["basemap_json", "sources"]

FILE = "basemap/basemap.json"
FORMAT = 1
LISTS = (
    "arcs",
    "countries",
    "borders",
    "disputed",
    "provinces",
    "province_names",
    "rivers",
    "lakes",
    "towns",
    "crossings",
    "peaks",
)
MARGIN_DEGREES = 3.0  # around the map, or its own size if that is more: what a reader may move to
WIDEST, TALLEST = 3.0, 1.4  # degrees of longitude to one of latitude, and the reverse, on screens
OTHER_LINE_TOLERANCE = 360  # units of 1e-5 degree (0.4 km): the reference line under another line

Vertex = tuple[int, int]
_Window = tuple[float, float, float, float]


def basemap_json(bounds: Sequence[float], border: BorderLine | None = None) -> dict[str, Any]:
    """
    Return the parts of the shipped basemap that lie near a map, ready for JSON.

    Parameters
    ----------
    bounds : sequence of 4 floats
        South, west, north, east of the map, in degrees.
    border : BorderLine, optional
        The line that the map is about: outlines that run along it become slices of it, so that
        no gap can open between a country and the line. Without it all is spelled out.

    Returns
    -------
    dict
        As described at the top of this module. Where the shipped basemap does not cover the map, it
        is made from the world set: countries, their borders, and the sea among the lakes; the other
        lists are empty and `relief` is None.

    Raises
    ------
    ParameterError
        If `bounds` are not four finite numbers in order.
    ChecksumError, DataFileError
        If the shipped file is not as released.

    Examples
    --------
    >>> ground = basemap_json((36.6, 67.7, 38.6, 75.0))
    >>> [town["name"] for town in ground["towns"][:2]]
    ['Dushanbe', 'Kabul']
    >>> elsewhere = basemap_json((40.0, -80.0, 45.0, -70.0))
    >>> [country["code"] for country in elsewhere["countries"]], elsewhere["towns"]
    (['CA', 'US'], [])
    """
    window = _window(bounds)
    shipped = _load(data_folder())
    if not _covers(shipped["bounds"], bounds):
        nothing: dict[str, Any] = {name: [] for name in LISTS} | {"relief": None}
        wide = _wide_window(bounds)
        return {"format": FORMAT, "bounds": list(wide), **nothing, **world_ground(wide, border)}
    ground = dict(shipped)
    ground["arcs"], along = _arcs_on(shipped["arcs"], border)
    # Where the map is about another line, this border is one among the others.
    ground["borders"] = sorted({*shipped["borders"], *along})
    for name in ("provinces", "rivers"):
        ground[name] = [item for item in shipped[name] if _meets(_extent([item["line"]]), window)]
    ground["lakes"] = [lake for lake in shipped["lakes"] if _meets(_extent(lake["rings"]), window)]
    for name in ("towns", "crossings", "peaks", "province_names"):
        ground[name] = [
            item
            for item in shipped[name]
            if _meets((item["lat"], item["lon"], item["lat"], item["lon"]), window)
        ]
    return ground


def sources(
    ground: Mapping[str, Any] | None = None, *, bounds: Sequence[float] | None = None
) -> list[str]:
    """
    Return whom a map with a basemap must name.

    Parameters
    ----------
    ground : mapping, optional
        From `basemap_json`.
    bounds : sequence of 4 floats, optional
        Of the map, where its ground is not at hand. Without both: of the shipped basemap.

    Returns
    -------
    list of str
        One line a source, as its licence asks for.

    Examples
    --------
    >>> sources()[0]
    '© OpenStreetMap contributors'
    """
    if ground is not None or bounds is not None:
        shipped = _load(data_folder())["bounds"]
        of_the_world = ground is not None and ground["bounds"] != shipped
        if of_the_world or (bounds is not None and not _covers(shipped, bounds)):
            return [world_source()]
    entry = data_registry()["files"].get(FILE)
    if not isinstance(entry, dict) or not isinstance(entry.get("attribution"), str):
        raise DataFileError(
            f"The registry of {data_folder()} must say whom to name for {FILE}, but does not. "
            "Install frontier-geo again."
        )
    return [part.strip() for part in entry["attribution"].split(";")]


@cache
def _load(folder: Path) -> dict[str, Any]:
    try:
        content = json.loads(shipped_bytes(FILE))
    except ValueError as error:
        raise DataFileError(f"{folder / FILE} must be JSON, but is not: {error}.") from error
    missing = [name for name in (*LISTS, "bounds", "relief") if name not in content]
    if content.get("format") != FORMAT or missing:
        raise DataFileError(
            f"{folder / FILE} must be a basemap of format {FORMAT} with all its parts, but has "
            f"format {content.get('format')} and lacks {', '.join(missing) or 'nothing'}. Install "
            "frontier-geo again."
        )
    return dict(content)


def _window(bounds: Sequence[float]) -> _Window:
    """Return the bounds of a map with room around them."""
    values = [float(value) for value in bounds]
    if (
        len(values) != 4
        or not np.isfinite(values).all()
        or not (values[0] <= values[2] and values[1] <= values[3])
    ):
        raise ParameterError(
            "bounds must be south, west, north and east in degrees, in this order, but "
            f"{tuple(bounds)} was given."
        )
    south, west, north, east = values
    margin = max(MARGIN_DEGREES, north - south, east - west)
    return south - margin, west - margin, north + margin, east + margin


def _wide_window(bounds: Sequence[float]) -> _Window:
    """Return the bounds of a map with room for what a wide screen, or a tall one, shows of it."""
    south, west, north, east = map(float, bounds)
    up, across = north - south, east - west
    beside = max(MARGIN_DEGREES, across / 2, (WIDEST * up - across) / 2)
    above = max(MARGIN_DEGREES, up / 2, (TALLEST * across - up) / 2)
    return south - above, west - beside, north + above, east + beside


def _meets(a: Sequence[float], b: Sequence[float]) -> bool:
    """Tell whether two boxes (south, west, north, east) have a point in common."""
    return a[0] <= b[2] and b[0] <= a[2] and a[1] <= b[3] and b[1] <= a[3]


def _covers(outer: Sequence[float], inner: Sequence[float]) -> bool:
    """Tell whether a box (south, west, north, east) lies within another."""
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and inner[2] <= outer[2]
        and inner[3] <= outer[3]
    )


def _vertices(steps: Sequence[int]) -> list[Vertex]:
    """Return the vertices of a list of steps."""
    pairs = np.cumsum(np.array(steps, dtype=np.int64).reshape(-1, 2), axis=0)
    return [(int(x), int(y)) for x, y in pairs]


def _steps(vertices: Sequence[Vertex]) -> list[int]:
    return [int(n) for n in np.diff(np.array(vertices), axis=0, prepend=[[0, 0]]).ravel()]


def _extent(lines: Iterable[Sequence[int]]) -> _Window:
    """Return south, west, north, east of lists of steps, in degrees."""
    at = np.array([vertex for steps in lines for vertex in _vertices(steps)]) / 100_000
    west, south = at.min(axis=0)
    east, north = at.max(axis=0)
    return float(south), float(west), float(north), float(east)


def _arcs_on(
    arcs: Sequence[list[list[int]]], border: BorderLine | None
) -> tuple[list[list[list[int]]], list[int]]:
    """
    Return the arcs with slices of the given line, and the numbers of those that leave it.

    The second list holds the arcs along the reference line that are not, or not wholly, slices
    of the given line.
    """
    reference = _reference(data_folder())
    if border is not None and border.vertices == reference.vertices:
        return list(arcs), []
    done, along = [], []
    for number, arc in enumerate(arcs):
        if all(part[0] == 1 for part in arc):
            done.append(arc)
            continue
        vertices = reference.spelled(arc)
        parts = [[1, *_steps(vertices)]] if border is None else border.encode(vertices)
        done.append([_thinned(part) for part in parts])
        if any(part[0] == 1 for part in parts):
            along.append(number)
    return done, along


def _thinned(part: Sequence[int]) -> list[int]:
    """Return a spelled part simplified; a slice as it is."""
    if part[0] == 0 or len(part) <= 5:
        return list(part)
    line = shapely.LineString(_vertices(part[1:])).simplify(OTHER_LINE_TOLERANCE)
    return [1, *_steps([(round(x), round(y)) for x, y in line.coords])]


@cache
def _reference(folder: Path) -> BorderLine:
    """Return the reference line in drawing units."""
    boundary = load_boundary()
    return BorderLine(boundary.lon, boundary.lat, boundary.chainage_km)


def names_of(ground: Mapping[str, Any]) -> list[str]:
    """Return every English name in a basemap, each once."""
    lists = ("countries", "province_names", "rivers", "lakes", "towns", "crossings", "peaks")
    return sorted({item["name"] for name in lists for item in ground[name] if item["name"]})
