"""The ground of the static picture: countries, provinces, waters, relief, towns, and their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from frontier_geo._validation import FloatArray
from frontier_geo.maps.static_basemap import Ground
from frontier_geo.maps.static_labels import Placer, text_width
from frontier_geo.maps.static_map import SMALLEST, write
from frontier_geo.maps.static_paper import Paper
from frontier_geo.maps.static_scene import Scene
from frontier_geo.maps.static_symbols import INK
from frontier_geo.maps.static_words import Words

__all__ = ["areas_on", "draw_areas", "draw_ground", "write_area_names", "write_names"]

OTHER, LEFT, RIGHT, WATER = "#edeef0", "#fbf6e8", "#eaf1ea", "#7fa6c6"
LAKE = "#c9dcea"
BORDER, PROVINCE, NAME, TOWN = "#6b7280", "#8a8f98", "#565d6a", "#333a45"
DASHES = (0, (3, 2))
AREA_DETAIL = 0.35  # points
RELIEF_STRENGTH = 0.5
FARTHEST = 3.0  # sizes of the letters that the name of an area is moved from its place

Area = tuple[Any, str, str, str]


def draw_ground(ax: Any, scene: Scene, paper: Paper, ground: Ground | None) -> None:
    """Draw the basemap, or a blank sheet."""
    _sheet(ax, paper)
    if ground is None:
        return
    for code, country in ground.countries:
        _fill(ax, country, _fill_of(code, scene), 0.1)
    if ground.relief is not None:
        _shade(ax, ground.relief, paper)
    for lake in ground.lakes:
        _fill(ax, lake, LAKE, 0.3, edge=WATER)
    _lines(ax, ground.rivers, WATER, 0.5, 0.3)
    _lines(ax, ground.provinces, PROVINCE, 0.45, 0.4, dashes=DASHES)
    _lines(ax, ground.disputed, BORDER, 0.6, 0.4, dashes=(0, (1, 1.5)))
    _lines(ax, ground.borders, BORDER, 0.6, 0.4)


def draw_areas(ax: Any, scene: Scene, areas: Sequence[Area], *, filled: bool) -> None:
    """Draw the outlines of the areas that a map was given, and fill its countries."""
    for geometry, kind, country, _ in areas:
        if filled and kind == "country":
            _fill(ax, geometry, _fill_of(country, scene), 0.1)
        dashes = None if kind == "country" else DASHES
        _lines(
            ax, _rings(geometry), BORDER if kind == "country" else PROVINCE, 0.5, 0.4, dashes=dashes
        )


def areas_on(scene: Scene, paper: Paper) -> list[Area]:
    """Return the areas that lie on the page: geometry, kind, country, name; countries first."""
    if scene.areas is None:
        return []
    rows = scene.areas[~(scene.areas.geometry.isna() | scene.areas.geometry.is_empty)]
    south, west, north, east = paper.bounds()
    near = shapely.box(west - 1, south - 1, east + 1, north + 1)
    drawn = []
    for row in rows.itertuples():
        clipped = shapely.make_valid(row.geometry).intersection(near)
        if clipped.is_empty:
            continue
        page = shapely.transform(clipped, lambda xy: paper.points(xy[:, 0], xy[:, 1]))
        page = shapely.make_valid(page.simplify(AREA_DETAIL))
        kind = "country" if getattr(row, "kind", "") == "country" else "province"
        country = str(getattr(row, "country", None) or getattr(row, "area_id", ""))
        name = getattr(row, "name", None)
        drawn.append((page, kind, country, name if isinstance(name, str) else ""))
    return sorted(drawn, key=lambda area: area[1] != "country")


def write_names(ax: Any, ground: Ground, words: Words, placer: Placer, paper: Paper) -> None:
    """Write the names of the basemap where there is room, the most important first."""
    for each in ground.names:
        country = each["kind"] == "country"
        name = words.name(each["name"])
        _write_near(ax, name, each["xy"], placer, country=country)
    for each in ground.towns:
        _write_town(ax, words.name(each["name"]), each["xy"], each["capital"], placer, paper)


def write_area_names(
    ax: Any, areas: Sequence[Area], words: Words, placer: Placer, paper: Paper
) -> None:
    """Write the names of areas in their roomiest part."""
    window = shapely.box(0, 0, paper.width, paper.height)
    provinces = shapely.union_all([area[0] for area in areas if area[1] != "country"])
    for geometry, kind, _, name in areas:
        free = geometry.difference(provinces) if kind == "country" else geometry
        seen = shapely.make_valid(geometry if free.is_empty else free).intersection(window)
        parts = [part for part in shapely.get_parts(seen) if part.geom_type == "Polygon"]
        if name and parts:
            largest = max(parts, key=lambda part: float(part.area))
            circle = shapely.maximum_inscribed_circle(largest, tolerance=2.0)
            middle = shapely.get_coordinates(circle)[0]
            _write_near(ax, words.name(name), middle, placer, country=kind == "country")


def _write_near(ax: Any, name: str, middle: FloatArray, placer: Placer, *, country: bool) -> None:
    """Write the name of an area at its place, or not far from it."""
    size = SMALLEST + (1.0 if country else 0.5)
    text = name.upper() if country else name
    width = text_width(text, size, True)
    steps = np.arange(-6, 7) * size * FARTHEST / 6
    moves = sorted(
        ((dx, dy) for dx in 3 * steps for dy in 2 * steps), key=lambda m: m[0] ** 2 + m[1] ** 2
    )
    spots = [(middle[0] - width / 2 + dx, middle[1] - size / 2 + dy) for dx, dy in moves]
    at = placer.place(spots, width, size)
    if at is not None:
        write(
            ax, at[0], at[1] + 0.15 * size, text, size, zorder=8.5, weight="bold",
            colour=NAME, halo=1.2,
        )  # fmt: skip


def _write_town(
    ax: Any, name: str, place: FloatArray, capital: int, placer: Placer, paper: Paper
) -> None:
    """Draw a town and its name, or neither where there is no room."""
    radius = (1.5 if capital == 1 else 1.1) * paper.scale
    if not placer.is_free(*(place - radius), *(place + radius)):
        return
    width, gap, half = text_width(name, SMALLEST), radius + 1.8, SMALLEST / 2
    x, y = place
    spots = [
        (x + gap, y - half), (x - gap - width, y - half), (x + gap, y + 1), (x - gap - width, y + 1),
        (x + gap, y - 2 * half - 1), (x - gap - width, y - 2 * half - 1),
        (x - width / 2, y + gap), (x - width / 2, y - gap - 2 * half),
    ]  # fmt: skip
    at = placer.place(spots, width, SMALLEST)
    if at is None:
        return
    placer.block_box(*(place - radius), *(place + radius))
    ax.plot(
        [x], [y], marker="o", markersize=2 * radius, color=TOWN, markeredgecolor="white",
        markeredgewidth=0.6, zorder=8.4,
    )  # fmt: skip
    write(ax, at[0], at[1] + 0.15 * SMALLEST, name, SMALLEST, zorder=8.5, colour=INK, halo=1.2)


def _fill_of(country: str, scene: Scene) -> str:
    return {scene.boundary.left: LEFT, scene.boundary.right: RIGHT}.get(country, OTHER)


def _sheet(ax: Any, paper: Paper) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle((0, 0), paper.width, paper.height, facecolor=OTHER, linewidth=0, zorder=0)
    )


def _shade(ax: Any, shade: FloatArray, paper: Paper) -> None:
    """Darken the ground by the relief: black as opaque as the relief is dark multiplies it."""
    picture = np.zeros((*shade.shape, 4), dtype=np.uint8)
    picture[..., 3] = np.rint(255 * RELIEF_STRENGTH * shade.clip(0, 1))
    ax.imshow(
        picture, extent=(0, paper.width, 0, paper.height), aspect="auto", interpolation="bilinear",
        zorder=0.2,
    )  # fmt: skip


def _fill(ax: Any, area: Any, colour: str, zorder: float, *, edge: str = "none") -> None:
    """Fill an area; its holes run the other way round than its outline and stay free."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    paths = [Path(ring, closed=True) for ring in _rings(shapely.orient_polygons(area))]
    if paths:
        whole = Path.make_compound_path(*paths)
        ax.add_patch(
            PathPatch(whole, facecolor=colour, edgecolor=edge, linewidth=0.3, zorder=zorder)
        )


def _lines(
    ax: Any, lines: Sequence[FloatArray], colour: str, width: float, zorder: float,
    dashes: Any = None,
) -> None:  # fmt: skip
    from matplotlib.collections import LineCollection

    drawn = [line for line in lines if len(line) > 1]
    if drawn:
        ax.add_collection(
            LineCollection(
                drawn, colors=colour, linewidths=width, linestyles=[dashes or "solid"],
                zorder=zorder, capstyle="round", joinstyle="round",
            ),
            autolim=False,
        )  # fmt: skip


def _rings(geometry: Any) -> list[FloatArray]:
    return [
        shapely.get_coordinates(ring)
        for polygon in shapely.get_parts(geometry)
        if polygon.geom_type == "Polygon"
        for ring in shapely.get_rings(polygon)
    ]
