"""
Countries and the land borders between them: of the packaged world set, or of areas of one's own.

``data/world/countries.topojson`` is a TopoJSON topology: arcs, each drawn once, and for each country
its rings as numbers of arcs, ``~n`` being arc n backwards. Rings run anticlockwise and holes
clockwise, so that a country is on the left of every arc of its rings. What two countries both have,
one forwards and one backwards, is their land border.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

from frontier_geo._lines import (
    LinePart,
    Place,
    begins_in_the_west,
    begins_near,
    check_edges,
    check_simple,
    choose_part,
    joined,
    opened,
    shared_lines,
    sorted_parts,
)
from frontier_geo._shipped import data_folder, data_registry, parse_json, shipped_bytes
from frontier_geo._validation import FloatArray, check_geographic
from frontier_geo.errors import ColumnError, DataFileError, LineError, ParameterError

__all__ = [
    "FILE",
    "NATURAL_EARTH_M",
    "Country",
    "Drawn",
    "Pair",
    "World",
    "load_world",
    "own_pair",
    "world_pair",
]

FILE = "world/countries.topojson"
#: Half-width of the band around a line of Natural Earth: 95 % of 114,117 km of 179 borders lie within
#: 3.8 km of OpenStreetMap's line; see docs/decisions/0026-any-border.md.
NATURAL_EARTH_M = 4_000.0
MOST_NEAR = 5  # names that a message proposes


@dataclass(frozen=True)
class Country:
    """
    A country of the world set.

    Attributes
    ----------
    code, alpha3, name : str
        ISO 3166 codes of two and three letters, and the English name.
    also : tuple of str
        Other names and codes it goes by.
    polygons : list
        Of each polygon the rings, of each ring the numbers of its arcs.
    """

    code: str
    alpha3: str
    name: str
    also: tuple[str, ...]
    polygons: list[list[list[int]]]


@dataclass(frozen=True)
class Drawn:
    """
    A part of a border as a boundary has it.

    Attributes
    ----------
    line : LinePart
        From kilometre 0 on; a ring is opened.
    boundary_id, name, left, right : str
        As of a `Boundary`.
    """

    line: LinePart
    boundary_id: str
    name: str
    left: str
    right: str


@dataclass(frozen=True)
class Pair:
    """
    Two countries and the parts of their land border, the longest first, the first on their left.

    Attributes
    ----------
    codes, names : tuple of str
        Of the first and the second.
    parts : list of LinePart
    about : dict
        What a boundary says of where it comes from.
    apart : str
        What to say where they do not touch.
    """

    codes: tuple[str, str]
    names: tuple[str, str]
    parts: list[LinePart]
    about: dict[str, Any]
    apart: str

    def drawn(
        self, part: int | None = None, *, left: str | None = None, start: Place | None = None
    ) -> Drawn:
        """
        Return a part in the direction that is asked for, or from its western end.

        Parameters
        ----------
        part : int, optional
            Its number from 1.
        left : str, optional
            The code of the country to be on the left.
        start : (lon, lat), optional
            A place near the end where it is to begin.
        """
        if not self.parts:
            raise LineError(self.apart)
        whole = f"the border of {self.names[0]} and {self.names[1]}"
        one = choose_part(
            self.parts,
            part,
            whole=whole,
            advice=lambda: (
                "Take one with part=, such as part=1; in the shell by its name, such as --between "
                f"{self.codes[0]}-{self.codes[1]}-1."
            ),
        )
        check_edges(one)
        check_simple(one)
        turn = self._turned(one, whole, left, start)
        line = opened(one.turned() if turn else one, start)
        sides = self.codes[::-1] if turn else self.codes
        several = len(self.parts) > 1
        number = 1 + self.parts.index(one)
        return Drawn(
            line,
            "-".join(self.codes) + (f"-{number}" if several else ""),
            f"{'–'.join(self.names)} border" + (f", part {number}" if several else ""),
            *sides,
        )

    def _turned(self, one: LinePart, whole: str, left: str | None, start: Place | None) -> bool:
        """Whether a part is to run with the second country on its left."""
        if left is not None and left not in self.codes:
            raise ParameterError(
                f"left must be one of the two countries, {self.codes[0]} or {self.codes[1]}, but is "
                f"{left!r}."
            )
        turn = left == self.codes[1]
        if one.ring or start is None:
            return turn if left is not None else not begins_in_the_west(one)
        near = not begins_near(one, start)
        if left is not None and near != turn:
            raise ParameterError(
                f"From the end of {whole} that is near {start}, {self.codes[1 - near]} is on the right, "
                f"but left={left!r} was asked for. Leave out start or left."
            )
        return near


@dataclass(frozen=True)
class World:
    """
    The world set.

    Attributes
    ----------
    countries : dict of str to Country
        By code, in the order of their names.
    arcs : list
        Each as the file has it: pairs of whole numbers, the first a place, the others steps.
    scale : ndarray of float, shape (2,)
        Degrees of a unit.
    decimals : int
        Those of a degree that the source was rounded to.
    """

    countries: dict[str, Country]
    arcs: list[list[list[int]]]
    scale: FloatArray
    decimals: int

    @cached_property
    def _words(self) -> dict[str, str]:
        """Codes and names as they are looked for → code."""
        words: dict[str, str] = {}
        for kind in ("code", "alpha3", "name"):
            for each in self.countries.values():
                words.setdefault(_plain(getattr(each, kind)), each.code)
        for each in self.countries.values():
            for word in each.also:
                words.setdefault(_plain(word), each.code)
        return words

    @cached_property
    def _borders(self) -> dict[tuple[str, str], list[int]]:
        """Left and right country → numbers of the arcs between them, ``~n`` for backwards."""
        left: dict[int, str] = {}
        for each in self.countries.values():
            left |= {n: each.code for rings in each.polygons for ring in rings for n in ring}
        found: dict[tuple[str, str], list[int]] = {}
        for number in sorted(left):
            if ~number in left:
                found.setdefault((left[number], left[~number]), []).append(number)
        return found

    def known(self, word: str) -> bool:
        """Whether there is a country of this code or name."""
        return _plain(word) in self._words

    def find(self, word: str) -> Country:
        """Return a country by code or name, or say which ones have a name like it."""
        if not isinstance(word, str):
            raise ParameterError(
                f"A country is named by a text, such as 'COL' or 'Colombia', but {word!r} was given."
            )
        known = self._words
        plain = _plain(word)
        if plain in known:
            return self.countries[known[plain]]
        near = difflib.get_close_matches(plain, [w for w in known if len(w) > 3], n=12, cutoff=0.6)
        near += [w for w in known if len(plain) > 3 and plain in w]
        names = list(dict.fromkeys(self.countries[known[w]].name for w in near))[:MOST_NEAR]
        raise ParameterError(
            f"No country of the world set is called {word!r}."
            + (f" Near it: {', '.join(names)}." if names else "")
            + " Give an ISO 3166 code of two or three letters, such as COL, or an English name; "
            "load_countries() lists them."
        )

    def touch(self, one: Country, other: Country) -> bool:
        """Whether two countries share a land border."""
        return (one.code, other.code) in self._borders

    def neighbours(self, country: Country) -> list[Country]:
        """Return the countries that one shares a land border with, by name."""
        return [each for each in self.countries.values() if self.touch(country, each)]

    def pair(self, one: Country, other: Country) -> Pair:
        """Return two countries with their land border."""
        entry = data_registry()["files"][FILE]
        told = ("source", "source_version", "licence", "attribution")
        touched = "; ".join(
            f"{each.name} touches {_listed(n.name for n in self.neighbours(each))}"
            for each in (one, other)
        )
        lines = (self.arc(n) for n in self._borders.get((one.code, other.code), ()))
        return Pair(
            (one.code, other.code),
            (one.name, other.name),
            sorted_parts(joined(lines)),
            {key: str(entry[key]) for key in told},
            f"{one.name} and {other.name} share no land border in the world set. {touched}. For a "
            "border at sea use Boundary.from_line with a line of your own.",
        )

    def arc(self, number: int) -> FloatArray:
        """Return an arc, backwards for ``~n``."""
        steps = np.array(self.arcs[max(number, ~number)], dtype=np.int64)
        line: FloatArray = np.round(np.cumsum(steps, axis=0) * self.scale, self.decimals)
        return line if number >= 0 else line[::-1]

    def rings(self, country: Country) -> list[list[FloatArray]]:
        """Return the polygons of a country, each as its closed rings, the outline first."""
        return [
            [
                np.concatenate([self.arc(n)[:-1] for n in ring] + [self.arc(ring[0])[:1]])
                for ring in rings
            ]
            for rings in country.polygons
        ]


def load_world() -> World:
    """
    Load the world set.

    Raises
    ------
    ChecksumError, DataFileError
        If it is not as released, or cannot be read.
    """
    return _load(data_folder())


@cache
def _load(folder: Path) -> World:
    content = parse_json(shipped_bytes(FILE), FILE)
    try:
        countries = {
            each["id"]: Country(
                code=each["id"],
                alpha3=each["properties"]["alpha3"],
                name=each["properties"]["name"],
                also=tuple(each["properties"]["also"]),
                polygons=each["arcs"],
            )
            for each in content["objects"]["countries"]["geometries"]
        }
        scale = np.array(content["transform"]["scale"])
        return World(countries, content["arcs"], scale, content["decimals"])
    except (KeyError, TypeError) as error:
        raise DataFileError(
            f"{folder / FILE} must be the topology of the world's countries, but lacks {error}. "
            "Install frontier-geo again."
        ) from error


def world_pair(first: str, second: str) -> Pair:
    """Return two countries of the world set, by code or name, with their land border."""
    world = load_world()
    one, other = world.find(first), world.find(second)
    if one is other:
        raise ParameterError(
            f"A border is between two countries, but {first!r} and {second!r} are both {one.name}."
        )
    return world.pair(one, other)


def own_pair(first: str, second: str, areas: Any) -> Pair:
    """Return two rows of a layer with the line along which they meet."""
    if not hasattr(areas, "active_geometry_name"):
        raise ParameterError(
            "countries must be a GeoDataFrame of areas with a column that names them, but is a "
            f"{type(areas).__name__}."
        )
    check_geographic(areas.crs, name="countries")
    one, other = (_own_area(areas, word) for word in (first, second))
    if first == second:
        raise ParameterError(f"A border is between two countries, but both are {first!r}.")
    return Pair(
        (first, second),
        (first, second),
        sorted_parts(shared_lines(one, other)),
        {},
        f"{first} and {second} share no edge, vertex by vertex, in these areas. If they should, "
        "make their edges the same first, such as with shapely.snap or shapely.set_precision.",
    )


def _own_area(areas: Any, word: str) -> Any:
    """Return the area of the rows in which a column of texts has the word."""
    import shapely

    texts = [name for name in areas if any(isinstance(value, str) for value in areas[name])]
    if not texts:
        raise ColumnError(
            "countries needs a column of texts that names the areas, such as name or iso_a3, but has "
            f"only {', '.join(map(repr, areas.columns))}."
        )
    rows = np.zeros(len(areas), dtype=bool)
    for name in texts:
        rows |= areas[name].eq(word).to_numpy(dtype=bool)
    shapes = [shape for shape in areas.geometry[rows] if shape is not None and not shape.is_empty]
    if not shapes or any("Polygon" not in shape.geom_type for shape in shapes):
        known = sorted({str(value) for value in areas[texts[0]].dropna()})
        near = difflib.get_close_matches(str(word), known, n=MOST_NEAR) or known[:MOST_NEAR]
        raise ParameterError(
            f"No area of countries is called {word!r}: none of its columns {', '.join(texts)} has that "
            f"word in a row with a polygon. {texts[0]} has {', '.join(near)}."
        )
    return shapes[0] if len(shapes) == 1 else shapely.coverage_union_all(shapes)


def _plain(word: str) -> str:
    """Return a name in small letters without accents, marks and spaces."""
    letters = unicodedata.normalize("NFKD", word).casefold()
    return "".join(letter for letter in letters if letter.isalnum())


def _listed(names: Iterable[str]) -> str:
    told = list(names)
    if not told:
        return "no country"
    return told[0] if len(told) == 1 else f"{', '.join(told[:-1])} and {told[-1]}"
