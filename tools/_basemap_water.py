"""
Rivers and lakes of the basemap.

A river is the cheapest way over the elevation model through the places named for it: along
valleys that water drains through, and through what OpenStreetMap has as water. Along the Panj,
where the border shows the truth, such ways lie 0.25 km (median) beside it in the mountains. A
lake is what OpenStreetMap has there, joined with the level ground of the elevation model.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from shapely import MultiPolygon, Polygon, box

from _basemap_lines import KM_PER_DEGREE, FloatArray, simplified, steps, to_units, without_repeats
from _inputs import BuildError

CELLS_PER_DEGREE = 120
RIVER_TOLERANCE_KM = 0.2
FAR_RIVER_TOLERANCE_KM = 0.6
LAKE_TOLERANCE_KM = 0.2
LAKE_SMOOTHING_KM = 0.55
SHORE_KM = 0.3  # cells of 1 km and the blocks of the other source reach so far past the shore
MARGIN = 0.25  # degrees around two places within which the way is sought
# Cells drained, and what a kilometre through such a cell costs.
DRAINED = ((4000, 0.12), (1000, 0.2), (250, 0.4), (60, 0.7))
DRY_COST, WATER_COST = 1.3, 0.1
VALLEY_CELLS, VALLEY_M = 7, 250.0  # ground that rises so much within so many cells is no plain
CLIMB_COST = 0.02  # more for each metre gained, going down the river
SMOOTH_CELLS = 1.1
MOUTH_KM = 1.5  # a river is led to the line it ends in from this distance on

Frame = tuple[float, float, float, float]


@dataclass(frozen=True)
class Ground:
    """The elevation model within a frame; a value belongs to the north-west corner of its cell."""

    heights: FloatArray
    frame: Frame

    def lonlat(self, row: Any, column: Any) -> tuple[Any, Any]:
        """Return longitude and latitude of grid places."""
        _, west, north, _ = self.frame
        return west + column / CELLS_PER_DEGREE, north - row / CELLS_PER_DEGREE

    def place(self, lon: float, lat: float) -> tuple[int, int]:
        """Return row and column nearest to a point."""
        _, west, north, _ = self.frame
        return round((north - lat) * CELLS_PER_DEGREE), round((lon - west) * CELLS_PER_DEGREE)


def drained_cells(heights: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """
    Return how many cells drain through each cell, and which were raised to let water out.

    Hollows are filled from the edges inwards (priority flood: Barnes, Lehman and Mulla 2014,
    Computers & Geosciences 62, 117-127); every cell drains to the one it was reached from.
    """
    rows, columns = heights.shape
    flat = heights.ravel()
    level = flat.copy()
    reached = np.zeros(flat.size, dtype=bool)
    parent = np.full(flat.size, -1)
    edge = [
        r * columns + c
        for r in range(rows)
        for c in range(columns)
        if r in (0, rows - 1) or c in (0, columns - 1)
    ]
    reached[edge] = True
    heap = [(float(flat[cell]), k, cell) for k, cell in enumerate(edge)]
    heapq.heapify(heap)
    count = itertools.count(len(edge))
    order = []
    around = (-columns, columns, -1, 1, -columns - 1, -columns + 1, columns - 1, columns + 1)
    while heap:
        height, _, cell = heapq.heappop(heap)
        order.append(cell)
        if cell % columns in (0, columns - 1) or not columns <= cell < flat.size - columns:
            steps_out: Iterable[int] = [
                n for n in (cell + step for step in around) if _beside(cell, n, rows, columns)
            ]
        else:
            steps_out = [cell + step for step in around]
        for other in steps_out:
            if not reached[other]:
                reached[other] = True
                parent[other] = cell
                level[other] = max(float(flat[other]), height)
                heapq.heappush(heap, (float(level[other]), next(count), other))
    drained = np.ones(flat.size)
    for cell in reversed(order):
        if parent[cell] >= 0:
            drained[parent[cell]] += drained[cell]
    return drained.reshape(heights.shape), (level > flat).reshape(heights.shape)


def _beside(cell: int, other: int, rows: int, columns: int) -> bool:
    return 0 <= other < rows * columns and abs(cell % columns - other % columns) <= 1


def water_cells(ground: Ground, waters: Sequence[Polygon]) -> NDArray[np.bool_]:
    """Return the cells that touch a polygon of water."""
    found = np.zeros(ground.heights.shape, dtype=bool)
    half = 0.5 / CELLS_PER_DEGREE
    for water in waters:
        west, south, east, north = water.bounds
        top, left = ground.place(west, north)
        bottom, right = ground.place(east, south)
        rows, columns = np.mgrid[max(top, 0) : bottom + 1, max(left, 0) : right + 1]
        inside = (rows < found.shape[0]) & (columns < found.shape[1])
        rows, columns = rows[inside], columns[inside]
        lon, lat = ground.lonlat(rows, columns)
        touched = shapely.intersects(
            water, shapely.box(lon - half, lat - half, lon + half, lat + half)
        )
        found[rows[touched], columns[touched]] = True
    return found


def cost_of_cells(ground: Ground, water: NDArray[np.bool_]) -> FloatArray:
    """Return what a kilometre through each cell costs."""
    heights = ground.heights
    drained, raised = drained_cells(heights)
    rise = maximum_filter(heights, VALLEY_CELLS) - minimum_filter(heights, VALLEY_CELLS)
    # In a hollow that was filled, drainage runs anyhow, unless it lies between slopes.
    told = ~raised | (rise > VALLEY_M)
    cost = np.full(heights.shape, DRY_COST)
    for least, price in reversed(DRAINED):
        cost[(drained >= least) & told] = price
    cost[water] = WATER_COST
    # No two ways cost the same, so that which one is found does not hang on the search.
    rows, columns = np.indices(cost.shape)
    return cost * (1 + 2e-6 * ((rows * 7919 + columns * 104_729) % 997))


def way(
    ground: Ground, cost: FloatArray, start: tuple[float, float], end: tuple[float, float]
) -> FloatArray:
    """Return the cheapest way between two points, as degrees of grid places."""
    lons, lats = zip(start, end, strict=True)
    top, left = ground.place(min(lons) - MARGIN, max(lats) + MARGIN)
    bottom, right = ground.place(max(lons) + MARGIN, min(lats) - MARGIN)
    rows = slice(max(top, 0), min(bottom, cost.shape[0] - 1) + 1)
    columns = slice(max(left, 0), min(right, cost.shape[1] - 1) + 1)
    graph, width = _graph(ground.heights[rows, columns], cost[rows, columns], float(np.mean(lats)))
    row, column = ground.place(*start)
    first = (row - rows.start) * width + column - columns.start
    row, column = ground.place(*end)
    last = (row - rows.start) * width + column - columns.start
    _, before = dijkstra(graph, indices=first, return_predecessors=True)
    cells = [last]
    while cells[-1] != first:
        cells.append(int(before[cells[-1]]))
    at = np.array(cells[::-1])
    return np.column_stack(ground.lonlat(at // width + rows.start, at % width + columns.start))


def _graph(heights: FloatArray, cost: FloatArray, lat: float) -> tuple[Any, int]:
    """Return the grid as a graph of neighbours; an edge costs by length, cells and climb."""
    rows, columns = heights.shape
    number = np.arange(rows * columns).reshape(rows, columns)
    tall = KM_PER_DEGREE / CELLS_PER_DEGREE
    wide = tall * float(np.cos(np.radians(lat)))
    starts, ends, prices = [], [], []
    for down, right in ((0, 1), (1, 0), (1, 1), (1, -1)):
        a = (slice(0, rows - down), slice(max(0, -right), columns - max(0, right)))
        b = (slice(down, rows), slice(max(0, right), columns + min(0, right)))
        length = float(np.hypot(down * tall, right * wide))
        price = length * (cost[a] + cost[b]) / 2
        climb = CLIMB_COST * (heights[b] - heights[a])
        for source, target, up in ((a, b, climb), (b, a, -climb)):
            starts.append(number[source].ravel())
            ends.append(number[target].ravel())
            prices.append((price + np.maximum(up, 0)).ravel())
    data = (np.concatenate(prices), (np.concatenate(starts), np.concatenate(ends)))
    return coo_array(data, shape=(number.size, number.size)).tocsr(), columns


def smoothed(line: FloatArray) -> FloatArray:
    """Return a line of grid steps made round; its ends stay."""
    reach = int(np.ceil(3 * SMOOTH_CELLS))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / SMOOTH_CELLS) ** 2)
    kernel /= kernel.sum()
    # Mirrored through the ends, so that these stay.
    before = 2 * line[0] - line[1 : reach + 1][::-1]
    after = 2 * line[-1] - line[-reach - 1 : -1][::-1]
    if len(line) <= reach:
        return line
    long = np.vstack([before, line, after])
    return np.column_stack([np.convolve(axis, kernel, mode="valid") for axis in long.T])


def through(text: str) -> list[tuple[float, float]]:
    """Return the places of the column `through`: `lon lat;lon lat`."""
    pairs = [tuple(float(number) for number in place.split()) for place in text.split(";")]
    if len(pairs) < 2 or any(len(pair) != 2 for pair in pairs):
        raise BuildError(f"A river needs two places 'lon lat' or more, but has {text!r}.")
    return [(pair[0], pair[1]) for pair in pairs]


def led_to(line: FloatArray, target: FloatArray) -> FloatArray:
    """
    Return a line that ends in a vertex of the line it flows into.

    It is cut where it first comes within `MOUTH_KM` of its end's nearest vertex, so that it
    does not run on beside the other.
    """
    squeeze = np.array([np.cos(np.radians(line[:, 1].mean())), 1.0]) * KM_PER_DEGREE
    mouth = target[np.argmin(np.hypot(*((target - line[-1]) * squeeze).T))]
    away = np.hypot(*((line - mouth) * squeeze).T)
    other = shapely.LineString(target * squeeze)
    near = (away < 4 * MOUTH_KM) & (shapely.distance(other, shapely.points(line * squeeze)) < 0.35)
    first = int(np.argmax(near)) if near.any() else len(line)
    if first < len(line):
        mouth = target[np.argmin(np.hypot(*((target - line[first]) * squeeze).T))]
    return np.vstack([line[: max(first, 1)], mouth])


def rivers(
    rows: Iterable[Mapping[str, str]],
    ground: Ground,
    cost: FloatArray,
    boundary: FloatArray,
    borders: FloatArray,
) -> list[dict[str, Any]]:
    """
    Return the rivers of the curated table, those that others flow into first.

    Parameters
    ----------
    rows : iterable of mapping
        ``name, rank, through, start, end``. `start` and `end` say where the line must begin or
        end: at the ``boundary``, at a state ``border``, or in a river named before; empty: free.
    ground, cost
        See `cost_of_cells`.
    boundary, borders : ndarray, shape (n, 2)
        Vertices of the border line, and of all other state borders, in degrees.
    """
    lines: dict[str, FloatArray] = {}
    drawn = []
    targets = {"boundary": boundary, "border": borders}
    waiting = list(rows)
    while waiting:
        row = next((r for r in waiting if r["end"] in {*targets, *lines, ""}), None)
        if row is None:
            names = ", ".join(sorted({r["end"] for r in waiting}))
            raise BuildError(f"Rivers end in {names}, which rivers.csv does not have.")
        waiting.remove(row)
        places = through(row["through"])
        ways = [way(ground, cost, a, b) for a, b in itertools.pairwise(places)]
        line = smoothed(np.vstack([ways[0], *(part[1:] for part in ways[1:])]))
        if row["start"]:
            line = led_to(line[::-1], targets[row["start"]])[::-1]
        if row["end"]:
            line = led_to(line, {**lines, **targets}[row["end"]])
        far = line[:, 0].min() > 75.5 or line[:, 1].max() < 35.4 or line[:, 1].min() > 39.9
        kept = simplified(to_units(line), FAR_RIVER_TOLERANCE_KM if far else RIVER_TOLERANCE_KM)
        lines[row["name"]] = np.array(kept) / 100_000
        drawn.append({"name": row["name"], "rank": int(row["rank"]), "line": steps(kept)})
    return sorted(drawn, key=lambda river: (river["rank"], river["name"]))


# --- lakes ----------------------------------------------------------------------------------------


def level_ground(ground: Ground, row: Mapping[str, str]) -> list[Polygon]:
    """Return the cells of the elevation model that are as high as a lake and near its middle."""
    if not row["level_m"]:
        return []
    lon, lat = float(row["lon"]), float(row["lat"])
    reach = float(row["reach_km"]) / KM_PER_DEGREE
    top, left = ground.place(lon - reach * 1.25, lat + reach)
    bottom, right = ground.place(lon + reach * 1.25, lat - reach)
    found = np.argwhere(ground.heights[top:bottom, left:right] == float(row["level_m"]))
    half = 0.5 / CELLS_PER_DEGREE
    lons, lats = ground.lonlat(found[:, 0] + top, found[:, 1] + left)
    return list(shapely.box(lons - half, lats - half, lons + half, lats + half))


def lake(ground: Ground, waters: Sequence[Polygon], row: Mapping[str, str]) -> dict[str, Any]:
    """Return one lake: its parts within reach joined, small gaps closed, corners made round."""
    lon, lat = float(row["lon"]), float(row["lat"])
    reach = float(row["reach_km"]) / KM_PER_DEGREE
    squeeze = float(np.cos(np.radians(lat)))
    around = box(lon - reach / squeeze, lat - reach, lon + reach / squeeze, lat + reach)
    parts = [water for water in waters if water.intersects(around)]
    area = shapely.union_all([*parts, *level_ground(ground, row)]).intersection(around)
    flat = shapely.transform(area, lambda xy: xy * [squeeze, 1] * KM_PER_DEGREE)
    gap = LAKE_SMOOTHING_KM
    joined = flat.buffer(gap).buffer(-gap - SHORE_KM - 0.1).buffer(0.1)
    middle = shapely.Point(lon * squeeze * KM_PER_DEGREE, lat * KM_PER_DEGREE)
    pieces = sorted(shapely.get_parts(joined), key=lambda part: part.distance(middle))
    kept = [piece for piece in pieces if piece.area > 0.12 * max(p.area for p in pieces)]
    if not kept or kept[0].is_empty:
        raise BuildError(f"No water was found at {lat} N, {lon} E for the lake {row['name']!r}.")
    outline = MultiPolygon([Polygon(p.exterior, _islands(p)) for p in kept])
    outline = outline.simplify(LAKE_TOLERANCE_KM, preserve_topology=True)
    degrees = shapely.transform(outline, lambda xy: xy / KM_PER_DEGREE / [squeeze, 1])
    rings = [
        ring for part in shapely.get_parts(degrees) for ring in (part.exterior, *part.interiors)
    ]
    coded = [np.round(shapely.get_coordinates(ring), 4) for ring in rings]
    return {
        "name": row["name"] or None,
        "rank": int(row["rank"]),
        "rings": [steps(without_repeats(to_units(ring))) for ring in coded],
    }


def _islands(part: Polygon) -> list[Any]:
    """Return the holes of more than 3 km²; smaller ones are gaps of the sources."""
    return [ring for ring in part.interiors if Polygon(ring).area > 3.0]


def lakes(
    rows: Iterable[Mapping[str, str]], ground: Ground, waters: Sequence[Polygon]
) -> list[dict[str, Any]]:
    """Return the lakes of the curated table."""
    drawn = [lake(ground, waters, row) for row in rows]
    return sorted(drawn, key=lambda item: (item["rank"], item["name"] or "~"))
