"""The table of candidate edges: it misses no nearest edge, and belongs to one line."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from shapely import LineString

from frontier_geo import Boundary
from frontier_geo._candidates import COUNT_BITS, COUNT_MASK, CandidateTable, build_table, line_key
from frontier_geo.chainage import LineIndex
from frontier_geo.errors import DataFileError, LineError
from frontier_geo.geodesy import earth_centred_columns, geodesic_chainage

STORED = Path(__file__).parents[1] / "data" / "boundaries" / "border_candidates.bin"


def wiggle(lon, lat, *, n, seed, step):
    """Return a line of n vertices that starts at a place and wanders, roughly eastward."""
    rng = np.random.default_rng(seed)
    east = np.cumsum(rng.uniform(0.2, 1.0, n)) * step / max(np.cos(np.radians(lat)), 0.02)
    lons = (lon + east + 180.0) % 360.0 - 180.0
    return lons, np.clip(lat + rng.normal(0, step, n).cumsum() * 0.7, -89.9, 89.9)


#: Where a grid of longitude and latitude is tried hardest, and lines of short and of long edges.
LINES = {
    "antimeridian": wiggle(178.5, -17.0, n=400, seed=1, step=0.02),
    "near the pole": wiggle(-120.0, 88.7, n=300, seed=2, step=0.01),
    "long edges": wiggle(20.0, 48.0, n=10, seed=3, step=1.0),
    "equator": wiggle(-0.6, 0.0, n=200, seed=4, step=0.01),
    "two vertices": (np.array([12.0, 12.01]), np.array([-64.0, -64.01])),
}


def index_of(lon, lat):
    return LineIndex(lon, lat, geodesic_chainage(lon, lat))


@pytest.fixture(scope="module", params=[*LINES, "border"])
def line(request, border):
    """A line with its table, made anew."""
    index = border.index if request.param == "border" else index_of(*LINES[request.param])
    table = build_table(index._edges)
    assert table is not None
    return index, table


def points_in(table, n, seed):
    """Return points in the table: anywhere, in the small pieces near the line, on lines of the grid."""
    rng = np.random.default_rng(seed)
    cell = rng.integers(0, table.rows * table.columns, n)
    fine = np.flatnonzero(table.level == table.level.max())
    cell[: n // 2] = rng.choice(fine, n // 2)
    row, column = np.divmod(cell, table.columns)
    x, y = column + rng.random(n), row + rng.random(n)
    on_grid = rng.random(n) < 0.2
    x = np.where(on_grid, np.round(x * 32) / 32, x)
    y = np.where(on_grid, np.round(y * 32) / 32, y)
    lon = (table.west + x / table.per_degree + 180.0) % 360.0 - 180.0
    lat = table.south + y / table.per_degree
    keep = np.abs(lat) <= 90
    return lon[keep], lat[keep]


def candidates_at(table, lon, lat):
    """Return the candidates of each point, one array a point."""
    words = table.words_at(lon, lat)
    return [
        table.edge[(word >> COUNT_BITS) : (word >> COUNT_BITS) + (word & COUNT_MASK)]
        for word in words
    ]


def test_no_nearest_edge_is_missed(line):
    """Every edge of the line is measured; none is nearer than the nearest candidate."""
    index, table = line
    edges = index._edges
    lon, lat = points_in(table, 400, 7)
    everything = np.arange(edges.length.size)
    found = candidates_at(table, lon, lat)
    x, y, z = earth_centred_columns(lon, lat)
    checked = 0
    for i, candidates in enumerate(found):
        if not candidates.size:
            continue
        place = (np.full(everything.size, axis[i]) for axis in (x, y, z))
        foot = edges.foot(*place, everything)
        # A nanometre of rounding where two edges meet.
        assert foot.distance[candidates].min() <= foot.distance.min() + 1e-8
        checked += foot.distance.min() < 250_000
    assert checked > 150


def test_candidates_come_in_order_and_are_few(line):
    """Ascending, as ties need; near the line a handful."""
    _, table = line
    lists = {int(word) for word in table.word}
    for word in lists - {0}:
        edge = table.edge[(word >> COUNT_BITS) : (word >> COUNT_BITS) + (word & COUNT_MASK)]
        assert (np.diff(edge) > 0).all()
    assert np.mean([word & COUNT_MASK for word in table.word.tolist()]) < 6


def test_the_table_reaches_200_km(line):
    """What is promised up to 200 km is found by the table."""
    index, table = line
    rng = np.random.default_rng(3)
    from frontier_geo.geodesy import WGS84

    lon, lat = index.interpolate(rng.uniform(0, index.chainage_m[-1], 500))
    lon, lat, _ = WGS84.fwd(lon, lat, rng.uniform(0, 360, 500), rng.uniform(0, 200_000, 500))
    assert (table.words_at(np.asarray(lon), np.asarray(lat)) != 0).mean() > 0.995
    far = table.words_at(np.array([(lon[0] + 360.0) % 360.0 - 180.0]), np.array([-lat[0]]))
    assert far[0] == 0


def test_the_table_gives_what_the_tree_gives(line):
    """To the last bit, by either."""
    index, table = line
    lon, lat = points_in(table, 3000, 11)
    plain = index_of(index.lon, index.lat)
    if index.chainage_m[-1] != plain.chainage_m[-1]:
        plain = LineIndex(index.lon, index.lat, index.chainage_m)
    tabled = dataclasses.replace(plain)
    plain._candidates.looked_for = tabled._candidates.looked_for = True
    tabled._candidates.table = table
    by_tree, by_table = plain.nearest(lon, lat), tabled.nearest(lon, lat)
    for name in ("chainage_m", "distance_m", "offset_m", "side", "beyond"):
        assert (getattr(by_tree, name) == getattr(by_table, name)).all(), name


def test_enough_points_make_a_table(border):
    """Another line gets one once it pays; before, the tree answers, and the same."""
    turned = border.reversed().index
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(67, 75, 60_000), rng.uniform(36, 39, 60_000)
    few = turned.nearest(lon[:500], lat[:500])
    assert turned._candidates.table is None
    many = turned.nearest(lon, lat)
    assert turned._candidates.table is not None
    assert (many.chainage_m[:500] == few.chainage_m).all()


def test_the_stored_table_is_the_one_built_anew(border):
    """Same bytes, and found for the shipped line only."""
    assert STORED.read_bytes() == border.index.table_bytes()
    border.locate([70.0], [37.0])
    assert border.index._candidates.table is not None
    coarse = border.simplified(1000)
    coarse.locate([70.0], [37.0])
    assert coarse.index._candidates.table is None


def test_a_table_comes_back_from_its_bytes(line):
    index, table = line
    key = line_key(index.lon, index.lat, index.chainage_m)
    again = CandidateTable.from_bytes(table.to_bytes(key), key, name="t.bin")
    lon, lat = points_in(table, 2000, 13)
    for ours, theirs in zip(
        candidates_at(table, lon, lat), candidates_at(again, lon, lat), strict=True
    ):
        assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda content: b"", "must hold a table of candidate edges"),
        (lambda content: b"PK" + content, "but begins with b'PKfrontier"),
        (lambda content: content[:-3], "must have 554,114 bytes, but has 554,111"),
        (lambda content: content + b"\n", "must have 554,114 bytes, but has 554,115"),
        (lambda content: content.replace(content[26:58], bytes(32)), "made for the line 000000"),
    ],
)
def test_a_spoilt_table_is_refused(border, spoil, words):
    """Each with one error that names the file and says what to do."""
    key = line_key(border.lon, border.lat, border.chainage_m)
    with pytest.raises(DataFileError, match=r"^border\.bin must ") as error:
        CandidateTable.from_bytes(spoil(STORED.read_bytes()), key, name="border.bin")
    assert words in str(error.value)
    assert "tools/build_boundaries.py" in str(error.value)


def test_a_table_of_another_line_is_refused(border, equator):
    key = line_key(equator.lon, equator.lat, equator.chainage_m)
    with pytest.raises(
        DataFileError, match="must belong to the line .*, but was made for the line"
    ):
        CandidateTable.from_bytes(STORED.read_bytes(), key, name="border.bin")


def test_a_line_round_the_world_has_no_table():
    """It is located all the same."""
    lon, lat = np.linspace(-179.0, 179.0, 30), np.linspace(-89.0, 89.0, 30)
    index = index_of(lon, lat)
    assert build_table(index._edges) is None
    with pytest.raises(LineError, match="40,000 cells at most"):
        index.table_bytes()
    rng = np.random.default_rng(1)
    found = index.nearest(rng.uniform(-180, 180, 25_000), rng.uniform(-90, 90, 25_000))
    assert (found.distance_m >= 0).all()
    boundary = Boundary.from_line(LineString(np.column_stack((lon, lat))), crs="EPSG:4326")
    assert boundary.locate(lon, lat).distance_km.max() < 1e-9
