"""The tool that builds data/world: joining units, cutting arcs, simplifying coasts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely import Polygon, box

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import _boundaries_about  # noqa: E402  (tools/ is not a package)
import _inputs  # noqa: E402
import build_world as tool  # noqa: E402

ONE = 10**tool.DECIMALS


def units(*pairs):
    return [(x * ONE, y * ONE) for x, y in pairs]


def test_edges_have_their_area_on_the_left():
    """Whichever way the ring was drawn, the square's lower edge runs east."""
    for square in (box(0, 0, 1, 1), box(0, 0, 1, 1, ccw=False)):
        lower = ((0, 0), (ONE, 0))
        assert lower in set(tool.edges_of(square))
        assert lower[::-1] not in set(tool.edges_of(square))


def test_units_of_a_country_lose_the_edge_between_them():
    """Two squares side by side have the six outer edges left."""
    edges = tool.outline([box(0, 0, 1, 1), box(1, 0, 2, 1)])
    assert len(edges) == 6
    (ring,) = tool.rings_of(edges)
    assert Polygon(ring).equals(box(0, 0, 2 * ONE, ONE))


def test_vertices_closer_than_the_grid_are_one():
    nearly = Polygon([(0, 0), (1, 0), (1.000001, 0.000001), (1, 1), (0, 1)])
    assert len(tool.outline([nearly])) == 4


def test_squares_that_touch_at_a_corner_are_two_rings():
    """At the common corner the way turns left, into the square it came along."""
    rings = tool.rings_of(tool.outline([box(0, 0, 1, 1), box(1, 1, 2, 2)]))
    assert sorted(map(len, rings)) == [5, 5]
    assert all(tool.signed_area(ring) == pytest.approx(1) for ring in rings)


def test_an_outline_that_does_not_close_is_an_error():
    with pytest.raises(tool.BuildError, match="ends at"):
        tool.rings_of({((0, 0), (1, 0)), ((1, 0), (1, 1))})


def test_a_hole_belongs_to_the_polygon_around_it():
    frame = Polygon(box(0, 0, 4, 4).exterior, [box(1, 1, 2, 2).exterior])
    polygons = tool.polygons_of(tool.rings_of(tool.outline([frame, box(9, 9, 10, 10)])))
    assert [len(rings) for rings in polygons] == [2, 1]
    assert tool.signed_area(polygons[0][1]) == pytest.approx(-1)


@pytest.fixture
def drawn():
    """A and B side by side, B with an enclave C; all else is sea."""
    return tool.Topology(
        {
            "A": tool.outline([box(0, 0, 1, 1)]),
            "B": tool.outline([Polygon(box(1, 0, 4, 1).exterior, [box(2, 0.2, 3, 0.8).exterior])]),
            "C": tool.outline([box(2, 0.2, 3, 0.8)]),
        }
    )


def test_every_line_is_one_arc(drawn):
    """A and B share one edge, B and C a ring; each coast is one arc."""
    numbers = {code: [drawn.arcs_of(ring) for ring in rings] for code, rings in drawn.rings.items()}
    assert len(drawn.arcs) == 4
    (a,), (b, hole), (c,) = numbers["A"], numbers["B"], numbers["C"]
    assert len({*a} & {~n for n in b}) == 1
    assert hole == [~c[0]]
    assert drawn.beyond((ONE, 0), (ONE, ONE)) == "B"
    assert drawn.beyond((0, 0), (ONE, 0)) is None


def test_two_countries_on_one_ground_are_an_error():
    with pytest.raises(tool.BuildError, match="B and A both lie left of"):
        tool.Topology({"A": tool.outline([box(0, 0, 1, 1)]), "B": tool.outline([box(0, 0, 1, 2)])})


def test_a_coast_keeps_its_ends_and_an_island_its_ground():
    wavy = [(k, 300 * (-1) ** k) for k in range(0, ONE, ONE // 100)]  # waves of 0.003 degrees
    assert tool.simplified(wavy, tool.COAST_TOLERANCE) == [wavy[0], wavy[-1]]
    angle = np.linspace(0, 2 * np.pi, 30)
    islet = [(round(500 * np.cos(a)), round(500 * np.sin(a))) for a in angle]
    islet[-1] = islet[0]
    kept = tool.simplified(islet, tool.COAST_TOLERANCE)
    assert len(kept) >= 5 and kept[0] == kept[-1]


def test_coasts_are_simplified_less_where_they_would_cross():
    """A bay with an island in it: the straightened shore would run through the island."""
    shore = units((0, 0), (1, 0), (1, 1), (0.51, 1), (0.5, 0.991), (0.49, 1), (0, 1), (0, 0))
    island = units((0.499, 0.9945), (0.501, 0.9945), (0.5, 0.9955), (0.499, 0.9945))
    shore, island = ([(round(x), round(y)) for x, y in ring] for ring in (shore, island))
    plain = tool.simplified(shore, tool.COAST_TOLERANCE)
    assert Polygon(plain).intersects(Polygon(island))
    made = tool.with_simpler_coasts([shore, island], [False, False], [[[[0]], [[1]]]])
    assert shapely.MultiPolygon([Polygon(ring) for ring in made]).is_valid
    assert len(made[0]) > len(plain)


def test_land_borders_keep_every_vertex():
    """The file holds every vertex of the source: none is moved, and none left out."""
    content = json.loads((ROOT / "data" / tool.NAME).read_text("utf-8"))
    used = {}
    for each in content["objects"]["countries"]["geometries"]:
        for rings in each["arcs"]:
            for ring in rings:
                for n in ring:
                    used[n] = each["id"]
    land = [n for n in used if n >= 0 and ~n in used]
    # 68,555 edges of the source have a country on either side.
    assert sum(len(content["arcs"][n]) - 1 for n in land) == 68_555


@pytest.mark.slow
@pytest.mark.network
def test_the_tool_makes_the_shipped_bytes(tmp_path):
    try:
        _inputs.fetch(_boundaries_about.NATURAL_EARTH, tmp_path)
    except _inputs.ChecksumError:
        raise
    except _inputs.BuildError as error:
        if os.environ.get("CI") == "true":
            pytest.fail(str(error))
        pytest.skip(str(error))
    command = [sys.executable, ROOT / "tools" / "build_world.py", "--inputs", tmp_path, "--check"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    other = tmp_path / "data"
    (other / "world").mkdir(parents=True)
    changed = (ROOT / "data" / tool.NAME).read_bytes().replace(b"Lesotho", b"Lesutho")
    (other / tool.NAME).write_bytes(changed)
    content = (ROOT / "data" / tool.NAME).read_text("utf-8")
    assert tool.differences(content, other)[0] == f"{tool.NAME} differs"
