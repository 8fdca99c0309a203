"""
Gazetteer: names in four scripts → places.

Candidates come ranked, with how they matched and what else they might be. Where nothing fits well
enough the answer is an empty table that says why; where two places fit alike it says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from frontier_geo._files import read_csv_table
from frontier_geo._summaries import summary_html
from frontier_geo._validation import check_choice, check_columns
from frontier_geo.boundary import Boundary
from frontier_geo.errors import CoordinateError, DataFileError, ParameterError
from frontier_geo.geonames import GAZETTEER_COLUMNS, NUMBER_COLUMNS, read_geonames
from frontier_geo.mentions import Mention, Reading, parse_text
from frontier_geo.name_index import NameIndex, names_in_cell, written_forms
from frontier_geo.names import clean, tokenise
from frontier_geo.resolving import (
    Hints,
    Place,
    Ranked,
    are_namesakes,
    is_inside,
    is_sector,
    rank_mentions,
    same_neighbourhood,
)

__all__ = ["GAZETTEER_COLUMNS", "THRESHOLD", "Gazetteer"]

NEEDED_COLUMNS = ("place_id", "name", "country", "lat", "lon")
NAME_COLUMNS = ("name", "names_alt", "name_tg", "name_ru", "name_fa")
FEATURE_CLASSES = (
    "province", "district", "town", "village", "post", "jamoat", "river", "crossing", "physical",
)  # fmt: skip
COORD_PRECISIONS = ("exact", "settlement", "approximate", "polygon_centroid", "none")
RESULT_COLUMNS = (
    "place_id", "name", "matched_name", "feature_class", "country", "admin1", "admin2", "lat", "lon",
    "coord_precision", "from_km", "to_km", "score", "match_type", "runner_up", "n_candidates",
    "ambiguous", "source", "licence",
)  # fmt: skip
#: Below this a name is taken for none of the places.
THRESHOLD = 0.8
#: Two places whose scores lie closer than this cannot be told apart.
NAMESAKE_MARGIN = 0.05  # what a known point or stretch adds to the score of a district
TOO_CLOSE = 0.04
#: A text this long is read, but only its first part: no place name stands that deep in a phrase.
LONGEST_PHRASE = 2_000
#: Sources that list every village, whether or not a report ever names it.
BULK_SOURCES = r"GeoNames(?: cities500|,)"
#: How much a kind of place narrows the answer: the narrowest is what a phrase is about.
NARROWNESS = {
    "crossing": 5, "post": 5, "village": 5, "town": 4, "physical": 4, "jamoat": 3, "district": 2,
    "province": 1, "river": 0,
}  # fmt: skip


class Gazetteer:
    """
    Places and their names.

    Parameters
    ----------
    table : DataFrame
        One row a place. Needed: ``place_id, name, country`` (``TJ`` or ``AF``, or any code for another
        border), ``lat, lon`` (degrees on WGS84, WGS84). A place without coordinates needs ``from_km`` and
        ``to_km``, its stretch of the border, or ``admin2``, its district. More names stand in
        ``names_alt`` (separated by semicolons), ``name_tg, name_ru, name_fa``; see `GAZETTEER_COLUMNS`.
    name : str, default "table"
        What messages call it.

    Raises
    ------
    ColumnError
        If a needed column is missing.
    CoordinateError
        If a row has no coordinates and nothing else to place it by, or such as are swapped or out of
        range.
    ParameterError
        If ids repeat or a kind of place is unknown.

    Examples
    --------
    >>> from frontier_geo import load_gazetteer
    >>> load_gazetteer().search("в Шуроабадском районе")["name"].iloc[0]
    'Shamsiddin Shohin'
    """

    def __init__(self, table: pd.DataFrame, *, name: str = "table") -> None:
        self._table = _checked(table, name)

    # ---- making one -----------------------------------------------------------------------------

    @classmethod
    def from_csv(cls, path: str | Path) -> Gazetteer:
        """
        Read a gazetteer from a CSV file in UTF-8.

        Parameters
        ----------
        path : str or Path
            With the columns that `Gazetteer` needs.

        Returns
        -------
        Gazetteer

        Raises
        ------
        DataFileError
            If it cannot be read as CSV in UTF-8.
        """
        texts = tuple(set(GAZETTEER_COLUMNS) - set(NUMBER_COLUMNS))
        places = cls(read_csv_table(path, texts=texts), name=str(path))
        if not len(places):
            raise DataFileError(f"{path} must hold at least one place, but has no rows.")
        return places

    @classmethod
    def from_geonames(
        cls,
        *paths: str | Path,
        boundary: Boundary | None = None,
        within_km: float = 60.0,
        progress: Callable[[int, int], None] | None = None,
    ) -> Gazetteer:
        """
        Read the dumps that GeoNames publishes.

        Parameters
        ----------
        *paths : str or Path
            ``TJ.zip``, ``AF.zip``, ``alternateNamesV2.zip`` in any order, unzipped files, or a folder.
        boundary : Boundary, optional
            Keep places within `within_km` of it. Default: keep all.
        within_km : float, default 60
            Kilometres.
        progress : callable, optional
            Called with the bytes read and the bytes in all.

        Returns
        -------
        Gazetteer

        Raises
        ------
        DataFileError
            If a file is missing, cut off, or not a GeoNames dump.
        """
        return cls(
            read_geonames(paths, boundary=boundary, within_km=within_km, progress=progress),
            name="GeoNames",
        )

    def add(self, other: Gazetteer | pd.DataFrame, *, priority: bool = True) -> Gazetteer:
        """
        Return a gazetteer with the places of another added.

        Parameters
        ----------
        other : Gazetteer or DataFrame
            Places to add. One with an id that is already there takes its place, or, without
            `priority`, is left out.
        priority : bool, default True
            Whether, of two places that fit alike, that of `other` comes first.

        Returns
        -------
        Gazetteer

        Examples
        --------
        >>> from frontier_geo import load_gazetteer
        >>> import pandas as pd
        >>> own = pd.DataFrame({"place_id": ["my-1"], "name": ["Odinaboi"], "country": ["TJ"],
        ...                     "lat": [37.9], "lon": [70.2]})
        >>> load_gazetteer().add(own).search("Одинабой")["place_id"].tolist()
        ['my-1']
        """
        table = other.table if isinstance(other, Gazetteer) else _checked(other, "other")
        first, second = (table, self.table) if priority else (self.table, table)
        second = second[~second["place_id"].isin(first["place_id"])]
        joined = pd.concat([first, second], ignore_index=True)
        ahead = min(first["priority"].min(), second["priority"].min() - 1) if len(second) else 0
        if priority and len(first):
            joined.loc[: len(first) - 1, "priority"] = ahead
        return Gazetteer(joined)

    # ---- what is in it ----------------------------------------------------------------------------

    @property
    def table(self) -> pd.DataFrame:
        """The places, one row each, in the columns of `GAZETTEER_COLUMNS`."""
        return self._table.copy()

    def __len__(self) -> int:
        return len(self._table)

    def __repr__(self) -> str:
        return f"<Gazetteer: {len(self):,} places, {len(self.index):,} names>"

    def _repr_html_(self) -> str:
        kinds = self._table["feature_class"].value_counts()
        countries = self._table["country"].value_counts()
        return summary_html(
            "Gazetteer",
            [
                ("Places", len(self)),
                ("Names", len(self.index)),
                ("Countries", ", ".join(f"{name} {n:,}" for name, n in countries.items())),
                ("Kinds", ", ".join(f"{name} {n:,}" for name, n in kinds.items())),
            ],
        )

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """The places as plain objects, in the order of the table."""
        listed = self._table["source"].astype(str).str.match(BULK_SOURCES)
        bulk = listed & (self._table["notes"].fillna("") == "")
        columns = [
            self._table[column].tolist()
            for column in (
                "feature_class", "country", "admin1", "admin2", "name", "lat", "lon", "from_km",
                "to_km", "priority",
            )
        ] + [bulk.tolist()]  # fmt: skip
        return tuple(Place(row, *values) for row, values in enumerate(zip(*columns, strict=True)))

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of the places, by row."""
        return tuple(str(place_id) for place_id in self._table["place_id"])

    @cached_property
    def coord_precision(self) -> tuple[str, ...]:
        """How good each coordinate is, by row."""
        return tuple(str(word) for word in self._table["coord_precision"])

    @cached_property
    def districts(self) -> Mapping[tuple[str, str], Place]:
        """The districts, by country and name."""
        named = {(p.country, p.name): p for p in self.places if p.feature_class == "district"}
        return MappingProxyType(named)

    @cached_property
    def provinces(self) -> Mapping[tuple[str, str], Place]:
        """The provinces, by country and name."""
        named = {(p.country, p.admin1): p for p in self.places if p.feature_class == "province"}
        return MappingProxyType(named)

    @cached_property
    def index(self) -> NameIndex:
        """The names, ready to be looked up."""
        return NameIndex(_all_names(self._table))

    # ---- looking up -------------------------------------------------------------------------------

    def search(
        self,
        text: str,
        *,
        country: str | None = None,
        admin1: str | None = None,
        admin2: str | None = None,
        threshold: float = THRESHOLD,
        limit: int = 10,
    ) -> pd.DataFrame:
        """
        Find the place that a name or a phrase means.

        Parameters
        ----------
        text : str
            A name in any spelling, or a phrase as newspapers write it: ``"near Kishty village,
            Shamsiddin Shohin district"``.
        country : {"TJ", "AF"}, optional
            Where the place is known to be.
        admin1, admin2 : str, optional
            Its province and district, as the gazetteer names them.
        threshold : float, default 0.8
            Candidates that score less are no match.
        limit : int, default 10
            Most rows to return.

        Returns
        -------
        DataFrame
            Best first: ``place_id, name, matched_name, feature_class, country, admin1, admin2, lat, lon,
            coord_precision, from_km, to_km, score, match_type, runner_up, n_candidates, ambiguous,
            source, licence``. `score` runs from 0 to 1; `match_type` is ``exact``, ``spelling``,
            ``inflected``, ``reading``, ``consonants`` or ``fuzzy``; `runner_up` is the score of the best
            other place (not the town of a district of one name), `ambiguous` says that it is too
            close to call. Empty when nothing fits; ``.attrs["reason"]`` says why.

        Raises
        ------
        ParameterError
            If `threshold` does not lie between 0 and 1, or a country, province or district is unknown.

        Examples
        --------
        >>> from frontier_geo import load_gazetteer
        >>> places = load_gazetteer()
        >>> bool(places.search("Ишкашим")["ambiguous"].iloc[0])
        True
        >>> places.search("Ишкашим, Афганистан")["country"].iloc[0]
        'AF'
        >>> places.search("Kathmandu").attrs["reason"]
        'no place has a name like it'
        """
        hints = self.hints(country, admin1, admin2)
        check_threshold(threshold)
        ranked, reason = self._best_of(text, hints, threshold)
        result = self.candidates(ranked, limit=limit)
        result.attrs = {"query": text, "threshold": threshold, "reason": reason}
        return result

    def search_all(
        self,
        texts: Iterable[str],
        *,
        country: str | None = None,
        admin1: str | None = None,
        admin2: str | None = None,
        threshold: float = THRESHOLD,
        limit: int = 1,
    ) -> pd.DataFrame:
        """
        Find the places that many names or phrases mean, one after the other.

        Parameters
        ----------
        texts : iterable of str
            Names or phrases.
        country, admin1, admin2, threshold
            As in `search`, for all of them.
        limit : int, default 1
            Most rows for each text.

        Returns
        -------
        DataFrame
            As from `search`, with `query`, the number of the text from 0, as the first column. A text
            that means no place has no row.

        Raises
        ------
        ParameterError
            As for `search`, or if `texts` is a single text.
        """
        if isinstance(texts, str):
            raise ParameterError(f"texts must be several texts, but is one: {texts!r}. Use search.")
        check_threshold(threshold)
        hints = self.hints(country, admin1, admin2)
        found: list[_Found] = []
        for number, text in enumerate(texts):
            ranked, _ = self._best_of(text, hints, threshold)
            other, ambiguous = runner_up(ranked)
            found += [
                _Found(number, candidate, other, len(ranked), ambiguous)
                for candidate in ranked[:limit]
            ]
        return self._rows(found, numbered=True)

    def hints(
        self, country: str | None, admin1: str | None, admin2: str | None, *, strict: bool = True
    ) -> Hints:
        """
        Return what is known of a report as this gazetteer names it.

        Parameters
        ----------
        country, admin1, admin2 : str or None
            In any spelling the gazetteer knows: "Khatlon Region" is Khatlon.
        strict : bool, default True
            Whether a name it does not know is an error; else it is left out.

        Returns
        -------
        Hints
            Codes of this gazetteer.

        Raises
        ------
        ParameterError
            If a name is unknown.
        """
        countries = self._countries
        if country is not None and country not in countries:
            if strict:
                check_choice(country, sorted(countries), name="country")
            country = None
        return Hints(
            country,
            self._known_as(admin1, "province", "admin1", strict),
            self._known_as(admin2, "district", "admin2", strict),
        )

    def _known_as(self, name: str | None, kind: str, what: str, strict: bool) -> str | None:
        if not name or not name.strip():
            return None
        known = self._known_units[kind]
        for form, _ in written_forms(clean(name), kind):
            found = known.get("".join(token.key for token in tokenise(form)))
            if found:
                return found
        if not strict:
            return None
        raise ParameterError(
            f"{what} must be a {kind} of the gazetteer, but is {name!r}. It has "
            f"{', '.join(sorted(set(known.values())))}."
        )

    @cached_property
    def _countries(self) -> frozenset[str]:
        return frozenset(place.country for place in self.places)

    @cached_property
    def _known_units(self) -> dict[str, dict[str, str]]:
        """The provinces and districts by the sound of each of their names."""
        units: dict[str, dict[str, str]] = {"province": {}, "district": {}}
        for row, form, _, _ in _all_names(self._table):
            place = self.places[row]
            own = place.admin1 if place.feature_class == "province" else place.name
            if place.feature_class in units and own:
                key = "".join(token.key for token in tokenise(form))
                units[place.feature_class].setdefault(key, own)
        for kind, column in (("province", "admin1"), ("district", "admin2")):
            for name in self._table[column]:
                if name:
                    key = "".join(token.key for token in tokenise(name))
                    units[kind].setdefault(key, name)
        return units

    def read(
        self, text: str, hints: Hints | None = None, *, every_word: bool = True
    ) -> tuple[Reading, list[list[Ranked]]]:
        """
        Return the names in a text, and for each the places it may mean, ranked.

        Parameters
        ----------
        text : str
            A place as reported, or a whole report.
        hints : Hints, optional
            What else is known of where it was.
        every_word : bool, default True
            Whether single words count that no phrase holds.

        Returns
        -------
        (Reading, list of list of Ranked)
            The names, and for each its places, the likeliest first.
        """
        reading = parse_text(text, self.index, every_word=every_word)
        return reading, rank_mentions(reading, self.places, hints)

    def _best_of(self, text: Any, hints: Hints, threshold: float) -> tuple[list[Ranked], str]:
        phrase = clean(text)[:LONGEST_PHRASE]
        if not phrase:
            return [], "the text is empty" if isinstance(text, str) else "it is not a text"
        reading, ranked = self.read(phrase, hints)
        if not reading.tokens:
            return [], "the text has no words"
        best = main_mention(reading, ranked, threshold)
        if best is None:
            if any(ranked):
                top = max((r[0] for r in ranked if r), key=lambda r: r.score)
                return [], (
                    f"the nearest name is {top.match.name!r}, which fits with {top.shown:.2f}, less than "
                    f"{threshold:g}"
                )
            return [], "no place has a name like it"
        return [c for c in ranked[best] if c.fit >= threshold], ""

    def candidates(self, ranked: Sequence[Ranked], *, limit: int | None = None) -> pd.DataFrame:
        """
        Return ranked places as a table, see `search`.

        Parameters
        ----------
        ranked : sequence of Ranked
            Places, the likeliest first.
        limit : int, optional
            At most so many. Default: all.

        Returns
        -------
        DataFrame
            One row a place.
        """
        other, ambiguous = runner_up(ranked)
        return self._rows(
            [_Found(0, candidate, other, len(ranked), ambiguous) for candidate in ranked[:limit]]
        )

    @cached_property
    def _columns(self) -> Any:
        """The columns of the table that a result shows, as arrays to pick from."""
        return {c: self._table[c].array for c in RESULT_COLUMNS if c in self._table}

    def _rows(self, found: Sequence[_Found], *, numbered: bool = False) -> pd.DataFrame:
        rows = np.array([entry.candidate.place.row for entry in found], dtype=np.intp)
        values: dict[str, Any] = {}
        if numbered:
            values["query"] = np.array([entry.query for entry in found], dtype=np.int64)
        own: dict[str, Callable[[], Any]] = {
            "matched_name": lambda: _texts(entry.candidate.match.name for entry in found),
            "score": lambda: np.array([entry.candidate.shown for entry in found]),
            "match_type": lambda: _texts(entry.candidate.match.match_type for entry in found),
            "runner_up": lambda: np.array([entry.runner_up for entry in found]),
            "n_candidates": lambda: np.array([entry.n_candidates for entry in found], dtype=int),
            "ambiguous": lambda: np.array([entry.ambiguous for entry in found], dtype=bool),
        }
        for column in RESULT_COLUMNS:
            values[column] = own[column]() if column in own else self._columns[column].take(rows)
        return pd.DataFrame(values, copy=False)


class _Found(NamedTuple):
    """A row of a result."""

    query: int
    candidate: Ranked
    runner_up: float
    n_candidates: int
    ambiguous: bool


_TEXT = pd.Series(["text"]).dtype  # what pandas makes of text, whichever its version


def _texts(values: Iterable[str]) -> Any:
    return pd.array(list(values), dtype=_TEXT)


def check_threshold(threshold: float) -> float:
    """Return a threshold of scores, from 0 to 1."""
    if (
        isinstance(threshold, bool)
        or not isinstance(threshold, int | float)
        or not 0 <= threshold <= 1
    ):
        raise ParameterError(f"threshold must be a number from 0 to 1, but is {threshold!r}.")
    return float(threshold)


def main_mention(
    reading: Reading, ranked: Sequence[Sequence[Ranked]], threshold: float
) -> int | None:
    """Return the number of the name a phrase is about: the narrowest that fits well enough."""
    best, best_worth = None, float("-inf")
    for number, (mention, candidates) in enumerate(zip(reading.mentions, ranked, strict=True)):
        if not candidates or candidates[0].fit < threshold:
            continue
        worth = narrowness(mention, candidates[0])
        if worth > best_worth + 1e-9:
            best, best_worth = number, worth
    if best is None:
        return None
    top = ranked[best][0].place
    for number, candidates in enumerate(ranked):  # "opposite Qala-e Zal, a district of Kunduz"
        if number == best or not candidates or candidates[0].fit < threshold:
            continue
        if is_inside(candidates[0].place, top):
            return number
    return best


def narrowness(mention: Mention, top: Ranked) -> float:
    """Return how much a name narrows down where something happened, and how surely."""
    kind = top.place.feature_class
    if kind == "physical" and top.place.has_stretch:
        kind = "district"  # the Wakhan corridor is as wide as one
    worth = 10.0 * NARROWNESS.get(kind, 3) * (0.7 + 0.3 * top.shown)
    if is_sector(top.place):
        worth -= 15.0  # a detachment's sector is wider than a village
    if {"origin", "toward", "opposite"} & set(mention.roles):
        worth -= 25.0
    if top.match.match_type == "fuzzy":
        worth -= 8.0 * (1.0 - top.match.score) / 0.2
    return worth


def fits_as_well(other: Ranked, top: Ranked) -> bool:
    """Whether a place cannot be told from the best; of namesakes a point alone does not decide."""
    margin = TOO_CLOSE + (NAMESAKE_MARGIN if are_namesakes(top.place, other.place) else 0.0)
    return top.score - other.score < margin


def runner_up(ranked: Sequence[Ranked]) -> tuple[float, bool]:
    """Return the score of the best other place, and whether it is too close to the best."""
    if not ranked:
        return float("nan"), False
    top = ranked[0]
    for other in ranked[1:]:
        if not same_neighbourhood(top.place, other.place):
            return other.shown, fits_as_well(other, top)
    return float("nan"), False


# ---- the table ----------------------------------------------------------------------------------


def _checked(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a copy with every column, typed; refuse what cannot be placed."""
    if not isinstance(table, pd.DataFrame):
        raise ParameterError(
            f"{name} must be a DataFrame with a row for each place, but is a {type(table).__name__}."
        )
    check_columns(table, list(NEEDED_COLUMNS), name=name)
    checked = table.reset_index(drop=True).copy()
    for column in (*GAZETTEER_COLUMNS, "priority"):
        if column not in checked:
            checked[column] = None
    for column in ("lat", "lon", "from_km", "to_km"):
        checked[column] = _as_numbers(checked[column], name)
    for column in ("place_id", "name", "country", "admin1", "admin2", "feature_class"):
        checked[column] = [
            clean(str(value)) if pd.notna(value) else "" for value in checked[column]
        ]
    checked["feature_class"] = checked["feature_class"].where(
        checked["feature_class"] != "", "village"
    )
    precision = checked["coord_precision"]
    has_point = checked["lat"].notna() & checked["lon"].notna()
    given = precision.where(precision.notna() & (precision != ""), None)
    checked["coord_precision"] = [
        value if value else ("approximate" if point else "none")
        for value, point in zip(given, has_point, strict=True)
    ]
    checked["priority"] = pd.to_numeric(checked["priority"]).fillna(0).astype(int)
    _check_rows(checked, name)
    return checked[[*GAZETTEER_COLUMNS, "priority"]]


def _as_numbers(column: pd.Series, name: str) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    bad = numbers.isna() & column.notna() & (column.astype(str).str.strip() != "")
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise CoordinateError(
            f"{column.name} of {name} must be numbers, empty where unknown, but row {row + 1} has "
            f"{column.iloc[row]!r}."
        )
    return numbers


def _check_rows(table: pd.DataFrame, name: str) -> None:
    for column in ("place_id", "name", "country"):
        if (table[column] == "").any():
            row = int(np.flatnonzero(table[column] == "")[0])
            raise ParameterError(
                f"Every row of {name} needs a {column}, but row {row + 1} has none."
            )
    repeated = table.loc[table["place_id"].duplicated(), "place_id"]
    if len(repeated):
        raise ParameterError(
            f"Each place_id of {name} must occur once, but {repeated.iloc[0]!r} occurs "
            f"{int((table['place_id'] == repeated.iloc[0]).sum())} times. Give each an id of its own."
        )
    for column, words in (
        ("feature_class", FEATURE_CLASSES),
        ("coord_precision", COORD_PRECISIONS),
    ):
        odd = table.loc[~table[column].isin(words), ["place_id", column]]
        if len(odd):
            raise ParameterError(
                f"{column} of {name} must be one of {', '.join(words)}, but {odd.iloc[0, 0]!r} has "
                f"{odd.iloc[0, 1]!r}."
            )
    _check_coordinates(table, name)


def _check_coordinates(table: pd.DataFrame, name: str) -> None:
    lat, lon = table["lat"], table["lon"]
    half = lat.isna() != lon.isna()
    start, stop = table["from_km"], table["to_km"]
    bad_stretch = (start.isna() != stop.isna()) | (start < 0) | (start >= stop)
    if bad_stretch.any():
        row = table[bad_stretch].iloc[0]
        raise CoordinateError(
            f"A stretch of {name} needs both from_km and to_km, 0 or more and in this order, but "
            f"{row['place_id']!r} has from_km {row['from_km']:g} and to_km {row['to_km']:g}."
        )
    nowhere = lat.isna() & table["from_km"].isna() & (table["admin2"] == "")
    nowhere &= ~table["feature_class"].isin(["province", "district", "physical", "river", "post"])
    wrong = (lat.abs() > 90) | (lon.abs() > 180)
    for bad, what in (
        (half, "has only one of lat and lon"),
        (wrong, "has coordinates out of range (are lat and lon swapped?)"),
        (
            nowhere,
            "has neither coordinates, nor a stretch (from_km, to_km), nor a district (admin2)",
        ),
    ):
        if bad.any():
            row = table[bad].iloc[0]
            number = int(np.flatnonzero(bad)[0]) + 1
            raise CoordinateError(
                f"Every place of {name} needs lat and lon in degrees, but {row['place_id']!r} (row "
                f"{number}: lat {row['lat']:g}, lon {row['lon']:g}) {what}."
            )
    swapped = _looks_swapped(table)
    if swapped is not None:
        row = table.iloc[swapped]
        raise CoordinateError(
            f"lat and lon of {name} look swapped: {row['place_id']!r} has lat {row['lat']:g} and lon "
            f"{row['lon']:g}, far from all other places as given and among them the other way round."
        )


def _looks_swapped(table: pd.DataFrame) -> int | None:
    """Return a row that lies far from places of its country, and near them with lat and lon exchanged."""
    boxes = {"TJ": (36.5, 41.2, 67.2, 75.3), "AF": (29.2, 38.7, 60.3, 75.0)}
    for row, (country, lat, lon) in enumerate(
        zip(table["country"], table["lat"], table["lon"], strict=True)
    ):
        if country in boxes and lat == lat:
            south, north, west, east = boxes[country]
            if (
                not (south - 1 <= lat <= north + 1)
                and south <= lon <= north
                and west <= lat <= east
            ):
                return row
    return None


def _all_names(table: pd.DataFrame) -> Iterator[tuple[int, str, bool, bool]]:
    provinces = {name.lower() for name in table["admin1"] if name}
    columns = [table[column].tolist() for column in NAME_COLUMNS]
    kinds, districts = table["feature_class"].tolist(), table["admin2"].tolist()
    for row, cells in enumerate(zip(*columns, strict=True)):
        homes = {*provinces, districts[row].lower()}
        for column, cell in zip(NAME_COLUMNS, cells, strict=True):
            for name in names_in_cell(cell):
                forms = written_forms(name, kinds[row], homes)
                for number, (form, without_kind) in enumerate(forms):
                    yield row, form, without_kind, column == "name" and number == 0
