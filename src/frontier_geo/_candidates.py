"""
A table of candidate edges: for each cell of a grid, the edges that can be nearest to a point in it.

Cells are of longitude and latitude; near the line they are halved until few edges are left.
An edge is left out of a cell only if one place b on the line is nearer than all of it, to every
point of the cell. |P - x|² - |P - b|² is linear in P for each place x of the edge, so over the convex
hull of the corners it is least at a corner, where it is at least (distance to the edge)² - |P - b|².
What the ground bulges out of that hull, and how far straight distances mislead about geodesic ones,
is added as a slack. So the table never misses the nearest edge.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from frontier_geo._closed_form import azimuth_slack
from frontier_geo._edges import Edges
from frontier_geo._validation import FloatArray
from frontier_geo.errors import DataFileError
from frontier_geo.geodesy import Columns, earth_centred_columns

IntArray = NDArray[np.int64]

REACH_M = 260_000.0  # how far beyond the line the table reaches at least
ROOT_DEGREES = 4.0  # where the halving begins
FINEST = 5  # a cell is halved at most so often
MOST_CELLS = 40_000  # before they are halved
MOST_PIECES = 4_000_000  # after
ENOUGH = 2.0  # mean number of candidates below which a cell is not halved again
MOST_PAIRS = 400_000  # of cells and edges looked at together
COUNT_BITS = 10  # of a word; the other bits say where the candidates begin
COUNT_MASK = (1 << COUNT_BITS) - 1
MAGIC = b"frontier-geo candidates 1\n"
HEADER = struct.Struct("<3d9q")
REBUILD = "Build it again with tools/build_boundaries.py, or install frontier-geo again."


@dataclass(frozen=True)
class CandidateTable:
    """
    The candidate edges of each cell.

    Cell (row, column) is halved ``level`` times, into 2^level by 2^level pieces; the word of each
    piece, row by row from `base` on, holds where its candidates begin in `edge` and how many there
    are. A word of 0 says that they are too many for the table.
    """

    west: float
    south: float
    per_degree: float
    rows: int
    columns: int
    level: NDArray[np.int32]  # of each cell
    base: NDArray[np.int32]
    word: NDArray[np.int32]  # of each piece
    edge: NDArray[np.int32]

    def words_at(self, lon: FloatArray, lat: FloatArray) -> NDArray[np.int32]:
        """Return the word of the piece that each point lies in, or 0 outside the table."""
        x = lon - self.west
        x += 360.0 * (x < 0.0)
        x *= self.per_degree
        y = (lat - self.south) * self.per_degree
        inside = (x < self.columns) & (y >= 0.0) & (y < self.rows)
        if not inside.all():
            x, y = np.where(inside, x, 0.0), np.where(inside, y, 0.0)
        column, row = x.astype(np.int32), y.astype(np.int32)
        cell = row * np.int32(self.columns) + column
        level = self.level[cell]
        side = np.left_shift(np.int32(1), level)
        piece = ((y - row) * side).astype(np.int32) << level
        piece += ((x - column) * side).astype(np.int32)
        piece += self.base[cell]
        return self.word[piece] * inside

    def to_bytes(self, key: str) -> bytes:
        """Return the table as bytes, the same ones each time, for the line of that key."""
        lists, which = np.unique(self.word, return_inverse=True)
        count = lists & COUNT_MASK
        arrays = [
            values.astype(f"<u{self._bytes_for(values)}")
            for values in (self.level, which, count, self.edge)
        ]
        return b"".join(
            (
                MAGIC,
                bytes.fromhex(key),
                HEADER.pack(
                    self.west, self.south, self.per_degree, self.columns,
                    *(array.size for array in arrays), *(array.itemsize for array in arrays),
                ),
                *(array.tobytes() for array in arrays),
            )
        )  # fmt: skip

    @staticmethod
    def _bytes_for(values: NDArray[Any]) -> int:
        """Return how many bytes hold each of some whole numbers of 0 or more."""
        most = int(values.max(initial=0))
        return 1 if most < 2**8 else 2 if most < 2**16 else 4

    @classmethod
    def from_bytes(cls, content: bytes, key: str, *, name: str) -> CandidateTable:
        """
        Return the table that `to_bytes` wrote.

        Raises
        ------
        DataFileError
            If the bytes are no such table, or belong to another line.
        """
        begin = len(MAGIC) + len(key) // 2
        if not content.startswith(MAGIC) or len(content) < begin + HEADER.size:
            raise DataFileError(
                f"{name} must hold a table of candidate edges ({MAGIC.decode().strip()!r}), but begins "
                f"with {content[:30]!r}. {REBUILD}"
            )
        found = content[len(MAGIC) : begin].hex()
        if found != key:
            raise DataFileError(
                f"{name} must belong to the line {key[:12]}…, but was made for the line "
                f"{found[:12]}…. {REBUILD}"
            )
        west, south, per_degree, columns, *told = HEADER.unpack_from(content, begin)
        sizes, widths = told[:4], told[4:]
        ends = begin + HEADER.size + np.cumsum([0, *np.multiply(sizes, widths)])
        if len(content) != ends[-1]:
            raise DataFileError(
                f"{name} must have {ends[-1]:,} bytes, but has {len(content):,}. {REBUILD}"
            )
        level, which, count, edge = (
            np.frombuffer(content, f"<u{width}", size, offset).astype(np.int32)
            for width, size, offset in zip(widths, sizes, ends[:-1], strict=True)
        )
        return cls.from_parts(west, south, per_degree, columns, level, which, count, edge)

    @classmethod
    def from_parts(
        cls,
        west: float,
        south: float,
        per_degree: float,
        columns: int,
        level: NDArray[np.int32],
        which: IntArray | NDArray[np.int32],
        count: NDArray[np.int32],
        edge: NDArray[np.int32],
    ) -> CandidateTable:
        """Make the table from the number of the list of each piece, and the lists end to end."""
        first = np.cumsum(count) - count
        word = ((first << COUNT_BITS) | count).astype(np.int32)
        pieces = np.left_shift(1, 2 * level.astype(np.int64))
        return cls(
            west=west,
            south=south,
            per_degree=per_degree,
            rows=level.size // columns,
            columns=columns,
            level=level,
            base=(np.cumsum(pieces) - pieces).astype(np.int32),
            word=word[which],
            edge=edge,
        )


def line_key(lon: FloatArray, lat: FloatArray, chainage_m: FloatArray) -> str:
    """Return the checksum of a line that its table is checked against."""
    digest = hashlib.sha256()
    for array in (lon, lat, chainage_m):
        digest.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
    return digest.hexdigest()


_STORED: dict[str, tuple[str, Callable[[], bytes]]] = {}  # line → name of its table, and its bytes


def offer_table(key: str, name: str, read: Callable[[], bytes]) -> None:
    """Say where the stored table of a line is read from, should it be wanted."""
    _STORED[key] = (name, read)


def stored_table(key: str) -> CandidateTable | None:
    """Return the stored table of a line, checked against it, or None if none was offered."""
    if key not in _STORED:
        return None
    name, read = _STORED[key]
    return CandidateTable.from_bytes(read(), key, name=name)


# ---- making one ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Grid:
    """Where the cells of a table lie; a cell is `size` degrees wide and high."""

    west: float
    south: float
    size: float
    rows: int
    columns: int


@dataclass(frozen=True)
class _Cells:
    """Cells of one size and their candidates: cell k has `count[k]` of them, in order, in `edge`."""

    column: IntArray
    row: IntArray
    count: IntArray
    edge: IntArray

    def take(self, which: IntArray) -> _Cells:
        """Return the chosen cells."""
        first = np.cumsum(self.count) - self.count
        count = self.count[which]
        return _Cells(
            self.column[which], self.row[which], count, self.edge[_ranges(first[which], count)]
        )

    def halved(self, columns: int, rows: int) -> _Cells:
        """Return the quarters of each cell that lie in the grid, with its candidates."""
        which = np.repeat(np.arange(self.count.size), 4)
        right = np.tile([0, 1, 0, 1], self.count.size)
        upper = np.tile([0, 0, 1, 1], self.count.size)
        column, row = 2 * self.column[which] + right, 2 * self.row[which] + upper
        inside = (column < columns) & (row < rows)
        quarters = self.take(which[inside])
        return _Cells(column[inside], row[inside], quarters.count, quarters.edge)


def build_table(edges: Edges) -> CandidateTable | None:
    """Return the table of a line, or None if the line is too long for one."""
    grid = _grid(edges)
    if grid is None:
        return None
    cells, size = _root(grid, edges)
    while size > grid.size:
        size /= 2
        cells = _halve(cells, size, grid, edges)
    level, lists = _halve_near_the_line(cells, grid, edges)
    count, which, edge = _distinct(lists)
    return CandidateTable.from_parts(
        grid.west, grid.south, 1.0 / grid.size, grid.columns, level, which, count, edge
    )


def _grid(edges: Edges) -> _Grid | None:
    """Return the grid over the line and `REACH_M` around it, in as small cells as are affordable."""
    lon, lat = edges.lonlat.T
    lon = np.unwrap(lon, period=360.0)
    margin = np.degrees(REACH_M / 6.33e6)
    south, north = lat.min() - margin - 0.1, lat.max() + margin + 0.1  # edges are 10 km at most
    polar = max(-south, north) > 88.0
    south, north = max(south, -90.0), min(north, 90.0)
    shrink = np.cos(np.radians(min(max(-south, north), 88.0)))
    west, east = lon.min() - (margin + 0.1) / shrink, lon.max() + (margin + 0.1) / shrink
    if polar or east - west > 350.0:
        west, east = -180.0, 180.0
    for size in (1 / 8, 1 / 4, 1 / 2, 1.0):
        left, low = np.floor(west / size), np.floor(south / size)
        columns, rows = int(np.ceil(east / size) - left), int(np.ceil(north / size) - low)
        if rows * columns <= MOST_CELLS:
            start = (left * size + 180.0) % 360.0 - 180.0
            return _Grid(float(start), float(low * size), size, rows, columns)
    return None


def _root(grid: _Grid, edges: Edges) -> tuple[_Cells, float]:
    """Return the few large cells that all halving begins with, all edges in each, and their size."""
    wide, high = grid.columns * grid.size / ROOT_DEGREES, grid.rows * grid.size / ROOT_DEGREES
    column, row = (
        axis.ravel() for axis in np.meshgrid(np.arange(np.ceil(wide)), np.arange(np.ceil(high)))
    )
    n = edges.length.size
    everything = np.tile(np.arange(n), column.size)
    cells = _Cells(
        column.astype(np.int64), row.astype(np.int64), np.full(column.size, n), everything
    )
    return _pruned(cells, ROOT_DEGREES, grid, edges), ROOT_DEGREES


def _halve(cells: _Cells, size: float, grid: _Grid, edges: Edges) -> _Cells:
    ratio = grid.size / size
    columns, rows = int(np.ceil(grid.columns * ratio)), int(np.ceil(grid.rows * ratio))
    return _pruned(cells.halved(columns, rows), size, grid, edges)


def _halve_near_the_line(
    cells: _Cells, grid: _Grid, edges: Edges
) -> tuple[NDArray[np.int32], _Cells]:
    """Halve the cells that have many candidates; return how often each was, and all pieces in order."""
    level = np.zeros(grid.rows * grid.columns, dtype=np.int32)
    done: list[_Cells] = []
    owners: list[IntArray] = []
    total = 0
    for depth in range(FINEST + 1):
        owner = (cells.row >> depth) * grid.columns + (cells.column >> depth)
        mean = np.bincount(owner, cells.count, minlength=level.size) / 4**depth
        many = mean > ENOUGH
        total += cells.count.size
        if depth == FINEST or total + 4 * np.count_nonzero(many[owner]) > MOST_PIECES:
            many[:] = False
        finished = np.flatnonzero(~many[owner])
        level[owner[finished]] = depth
        done.append(cells.take(finished))
        owners.append(owner[finished])
        if not many.any():
            break
        rest = cells.take(np.flatnonzero(many[owner]))
        size = grid.size / 2 ** (depth + 1)
        cells = _halve(rest, size, grid, edges)
    joined = _Cells(
        *(np.concatenate([getattr(part, f.name) for part in done]) for f in fields(_Cells))
    )
    order = np.lexsort((joined.column, joined.row, np.concatenate(owners)))
    return level, joined.take(order)


def _pruned(cells: _Cells, size: float, grid: _Grid, edges: Edges) -> _Cells:
    """Return the cells with only those candidates that can be nearest somewhere in them."""
    kept, counts = [], []
    ends = np.cumsum(cells.count)
    begin = 0
    while begin < cells.count.size:
        reached = ends[begin - 1] if begin else 0
        stop = max(begin + 1, int(np.searchsorted(ends, reached + MOST_PAIRS, side="right")))
        block = cells.take(np.arange(begin, stop))
        keep = _can_be_nearest(block, size, grid, edges)
        owner = np.repeat(np.arange(stop - begin), block.count)
        kept.append(block.edge[keep])
        counts.append(np.bincount(owner[keep], minlength=stop - begin))
        begin = stop
    return _Cells(cells.column, cells.row, np.concatenate(counts), np.concatenate(kept))


def _can_be_nearest(cells: _Cells, size: float, grid: _Grid, edges: Edges) -> NDArray[np.bool_]:
    """Return for each candidate whether no single place on the line is nearer to the whole cell."""
    bulge = 6.5e6 * np.radians(size) ** 2 / 4.0  # of the ground out of the hull of the corners
    corners = _corners(cells, size, grid)
    owner = np.repeat(np.arange(cells.count.size), cells.count)
    starts = np.cumsum(cells.count) - cells.count
    seen = [edges.to_chord(x[owner], y[owner], z[owner], cells.edge) for x, y, z in corners]
    away2 = [squared for squared, _ in seen]
    length, first_away = edges.chord_length[cells.edge], np.sqrt(away2[0])
    possible = np.ones(owner.size, dtype=bool)
    for k, corner in enumerate(corners):
        nearest = np.minimum.reduceat(away2[k], starts)
        at = np.flatnonzero(away2[k] == nearest[owner])[::-1]
        best = np.empty(cells.count.size, dtype=np.int64)
        best[owner[at]] = cells.edge[at]
        place = _chord_foot(corner, best, edges)
        here2 = [_squared(q, place) for q in corners]
        reach = np.sqrt(np.maximum.reduce(here2)) + bulge
        slack = 2.0 * edges.sagitta + azimuth_slack(reach)
        limit = 2.0 * reach * slack + slack * slack + 2.0 * bulge * np.sqrt(here2[0])
        lead = np.minimum.reduce([a - h[owner] for a, h in zip(away2, here2, strict=True)])
        possible &= lead <= limit[owner] + 2.0 * bulge * (first_away + length)
    margin = bulge + 2e-3 + 1e-16 * (np.sqrt(np.maximum.reduce(away2)) + bulge) ** 3
    before = np.maximum.reduce([along for _, along in seen]) < -margin
    after = np.minimum.reduce([along for _, along in seen]) > length + margin
    return _without_doubles(owner, cells.edge, possible, before, after)


def _without_doubles(
    owner: IntArray,
    edge: IntArray,
    possible: NDArray[np.bool_],
    before: NDArray[np.bool_],
    after: NDArray[np.bool_],
) -> NDArray[np.bool_]:
    """
    Drop edges of which the whole cell sees but the vertex shared with a neighbour on the list.

    `before` and `after` say that the feet of all perpendiculars lie past the start, or the end. A
    neighbour that is relied on stays, so of edges in a row every second one goes.
    """
    at = np.flatnonzero(possible)
    at = at[~_every_second(_follows(owner[at], edge[at]) & before[at])]
    followed = np.append(_follows(owner[at], edge[at])[1:], False)
    at = at[~_every_second((followed & after[at])[::-1])[::-1]]
    kept = np.zeros(owner.size, dtype=bool)
    kept[at] = True
    return kept


def _follows(owner: IntArray, edge: IntArray) -> NDArray[np.bool_]:
    """Return for each entry whether the one before is the edge before, in the same cell."""
    follows = (owner[1:] == owner[:-1]) & (edge[1:] == edge[:-1] + 1)
    return np.concatenate(([False], follows))


def _every_second(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the first, third, fifth ... entry of each run of marked ones."""
    place = np.arange(marked.size)
    before = np.maximum.accumulate(np.where(marked, -1, place))
    return marked & ((place - before) % 2 == 1)


def _corners(cells: _Cells, size: float, grid: _Grid) -> list[Columns]:
    corners = []
    for right, upper in ((0, 0), (1, 0), (0, 1), (1, 1)):
        lon = grid.west + (cells.column + right).astype(np.float64) * size
        lat = grid.south + (cells.row + upper).astype(np.float64) * size
        corners.append(earth_centred_columns((lon + 180.0) % 360.0 - 180.0, lat))
    return corners


def _chord_foot(place: Columns, edge: IntArray, edges: Edges) -> Columns:
    """Return the places on the chords of edges that are nearest to places."""
    start, chord = edges.start[:, edge], edges.chord[:, edge]
    along = sum((p - s) * u for p, s, u in zip(place, start, chord, strict=True))
    along = np.clip(along, 0.0, edges.chord_length[edge])
    x, y, z = start + along * chord
    return x, y, z


def _squared(a: Columns, b: Columns) -> FloatArray:
    x, y, z = (p - q for p, q in zip(a, b, strict=True))
    return x * x + y * y + z * z


def _ranges(first: IntArray, count: IntArray) -> IntArray:
    """Return ``first[0], first[0] + 1, ...`` for `count[0]` numbers, then those of the next."""
    before = np.cumsum(count) - count
    return np.arange(int(count.sum())) + np.repeat(first - before, count)


def _distinct(
    cells: _Cells,
) -> tuple[NDArray[np.int32], IntArray, NDArray[np.int32]]:
    """Return the lengths of the different lists, which list each cell has, and the lists."""
    first = np.cumsum(cells.count) - cells.count
    nth = np.arange(cells.edge.size) - np.repeat(first, cells.count)
    mixed = (cells.edge + 1).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= (2 * nth + 0x632BE5AB).astype(np.uint64) * np.uint64(0xBF58476D1CE4E5B9) | np.uint64(1)
    name = np.add.reduceat(mixed, first)
    _, shown, which = np.unique(name, return_index=True, return_inverse=True)
    order = np.argsort(shown)  # lists in the order in which they are first met
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    lists = cells.take(shown[order])
    which = place[which]
    same = lists.take(which)
    if not (np.array_equal(same.count, cells.count) and np.array_equal(same.edge, cells.edge)):
        lists, which = cells, np.arange(cells.count.size)  # two lists of one name: keep them all
    fits = lists.count <= COUNT_MASK
    return (
        np.where(fits, lists.count, 0).astype(np.int32),
        which,
        lists.edge[np.repeat(fits, lists.count)].astype(np.int32),
    )
