"""Places that two tables both hold: how they are told to be one, and how they become one row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pandas as pd

from frontier_geo.geodesy import WGS84
from frontier_geo.geonames import GAZETTEER_COLUMNS, NUMBER_COLUMNS, clean_name, plain_name
from frontier_geo.name_index import written_forms

__all__ = [
    "LANGUAGE_COLUMNS",
    "NAME_COLUMNS",
    "SAME_PLACE_KM",
    "all_names",
    "apart_km",
    "folded",
    "join_row",
    "merge_places",
    "same_settlement",
    "set_names",
    "split_names",
]

LANGUAGE_COLUMNS = ("name_tg", "name_ru", "name_fa")
NAME_COLUMNS = ("name", "names_alt", *LANGUAGE_COLUMNS)
SETTLEMENTS = {"town", "village"}
SAME_PLACE_KM = 5.0
#: GeoNames lists some places twice; farther apart, two numbers are two villages of one name.
TWICE_LISTED_KM = 1.0
#: How far apart two coordinates of one thing may lie; None: it is so long or wide that any will do.
REACH_KM = {
    "province": None, "district": None, "river": None, "physical": 20.0, "jamoat": 10.0,
    "crossing": 2.0, "post": 2.0,
}  # fmt: skip

Row = dict[str, Any]


def folded(name: str) -> str:
    """Return the form in which two spellings of one name are compared."""
    return "".join(letter for letter in plain_name(name).casefold() if letter.isalnum())


def split_names(names: str) -> list[str]:
    """Return the names of a list."""
    return [name for name in names.split(";") if name]


def set_names(row: Row, more: Iterable[str] = (), *, dropped: Iterable[str] = ()) -> None:
    """Clean the name columns of a row; `more` goes to the end of its other names."""
    gone = set(dropped)
    for column in LANGUAGE_COLUMNS:
        names = [clean_name(name) for name in split_names(row[column])]
        row[column] = ";".join(dict.fromkeys(n for n in names if n and n not in gone))
    own = {row["name"], *(n for column in LANGUAGE_COLUMNS for n in split_names(row[column]))}
    names = [clean_name(name) for name in split_names(row["names_alt"])]
    names = [name for name in (*names, *more) if name and name not in own | gone]
    row["names_alt"] = ";".join(dict.fromkeys(names))


def all_names(row: Mapping[str, Any]) -> set[str]:
    """Return every name of a row, folded."""
    return {folded(name) for column in NAME_COLUMNS for name in split_names(row[column])} - {""}


def apart_km(row: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """Return the distance between two rows."""
    ends = (float(r[axis]) for r in (row, other) for axis in ("lon", "lat"))
    return float(WGS84.inv(*ends)[2]) / 1000


def same_settlement(row: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Return whether two rows are one town or village, by number or by country, name and place."""
    if row["geonames_id"] and row["geonames_id"] == other["geonames_id"]:
        return True
    return (
        row["country"] == other["country"]
        and {row["feature_class"], other["feature_class"]} <= SETTLEMENTS
        and apart_km(row, other) < SAME_PLACE_KM
        and (folded(row["name"]) in all_names(other) or folded(other["name"]) in all_names(row))
    )


def join_row(row: Row, other: Mapping[str, Any], *, dropped: Iterable[str] = ()) -> None:
    """Put the names, the population and the source of another row of one place into a row."""
    for column in LANGUAGE_COLUMNS:
        row[column] = ";".join(filter(None, (row[column], other[column])))
    set_names(row, [other["name"], *split_names(other["names_alt"])], dropped=dropped)
    if row["geonames_id"] == other["geonames_id"] or not row["population"]:
        row["population"] = other["population"] or row["population"]
    row["geonames_id"] = row["geonames_id"] or other["geonames_id"]
    if row["geonames_id"] != other["geonames_id"]:
        second = f"GeoNames has this place twice, as {other['geonames_id']} too"
        row["notes"] = "; ".join(filter(None, (row["notes"], second)))
    if other["source"] not in row["source"]:
        row["source"] += f"; {other['source']}"
    if other["licence"] not in row["licence"]:
        row["licence"] += f"; {other['licence']}"


def merge_places(table: pd.DataFrame, more: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, int]]:
    """
    Add places of GeoNames to a table; those it has already give it their names.

    Parameters
    ----------
    table : DataFrame
        Places in the columns of `GAZETTEER_COLUMNS`. They come first, and keep their ids, their
        coordinates and their stretches of border.
    more : DataFrame
        Places to add, in the same columns. One is merged into a place of `table` that has the same
        GeoNames number or id, or the same kind, country and name and lies near enough: towns and
        villages within 5 km, or 1 km if both have numbers of their own; provinces, districts and
        rivers anywhere.

    Returns
    -------
    table : DataFrame
        The places of both, in the columns of `GAZETTEER_COLUMNS`.
    counts : dict of str to int
        ``there`` before, ``merged`` into them and ``added``.

    Examples
    --------
    >>> from frontier_geo import load_gazetteer
    >>> places = load_gazetteer().table
    >>> merged, counts = merge_places(places, places[places["geonames_id"].notna()].head(3))
    >>> counts["merged"], counts["added"]
    (3, 0)
    """
    rows, new = _rows_of(table), _rows_of(more)
    known = _Known(rows)
    added, merged = [], 0
    for row in new:
        one = known.find(row)
        if one is None:
            added.append(row)
        else:
            join_row(one, row)
            merged += 1
    joined = pd.DataFrame([*rows, *added], columns=list(GAZETTEER_COLUMNS))
    for column in NUMBER_COLUMNS:
        joined[column] = pd.to_numeric(joined[column].replace("", None)).astype(float)
    return joined, {"there": len(rows), "merged": merged, "added": len(added)}


def _rows_of(table: pd.DataFrame) -> list[Row]:
    """Return rows in which what is not known is empty and numbers of other tables are text."""
    columns = {
        column: [_cell(value, column) for value in table[column]]
        if column in table
        else [""] * len(table)
        for column in GAZETTEER_COLUMNS
    }
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _cell(value: Any, column: str) -> Any:
    if value is None or value != value:
        return ""
    if column in NUMBER_COLUMNS or isinstance(value, str):
        return value
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


class _Known:
    """The places of a table, to be found by number, by id and by name."""

    def __init__(self, rows: list[Row]) -> None:
        self.by_number: dict[str, Row] = {}
        self.by_name: dict[str, list[Row]] = {}
        for row in rows:
            self.by_number[row["place_id"]] = row
            if row["geonames_id"]:
                self.by_number[row["geonames_id"]] = row
            for name in _names_to_meet(row):
                self.by_name.setdefault(name, []).append(row)

    def find(self, row: Row) -> Row | None:
        """Return the place that a row is, the nearest one if there are several."""
        for number in (row["geonames_id"], row["place_id"]):
            if number and number in self.by_number:
                return self.by_number[number]
        mine = _main_names(row)
        alike = {
            id(other): other
            for name in _names_to_meet(row)
            for other in self.by_name.get(name, ())
            if name in mine or name in _main_names(other)
        }
        near = [
            (km, other)
            for other in alike.values()
            if (km := _apart_if_same(row, other)) is not None
        ]
        return min(near, key=lambda pair: (pair[0], pair[1]["place_id"]))[1] if near else None


def _names_to_meet(row: Row) -> set[str]:
    """Return every name of a row, folded; of areas and rivers also without their kind and brackets."""
    if row["feature_class"] in SETTLEMENTS:
        return all_names(row)
    names = (name for column in NAME_COLUMNS for name in split_names(row[column]))
    return _forms(names, row) - {""}


def _main_names(row: Row) -> Collection[str]:
    return (
        {folded(row["name"])} if row["feature_class"] in SETTLEMENTS else _forms([row["name"]], row)
    )


def _forms(names: Iterable[str], row: Row) -> set[str]:
    homes = (row["admin1"], row["admin2"])
    kind = row["feature_class"]
    return {folded(form) for name in names for form, _ in written_forms(name, kind, homes)}


def _apart_if_same(row: Row, other: Row) -> float | None:
    """Return how far apart two rows of one name are, None if they are not one place."""
    kind = row["feature_class"]
    if row["country"] != other["country"] and kind != "river":
        return None
    settled = {kind, other["feature_class"]} <= SETTLEMENTS
    if not settled and kind != other["feature_class"]:
        return None
    if (
        kind == "district"
        and row["admin1"]
        and other["admin1"]
        and row["admin1"] != other["admin1"]
    ):
        return None
    if settled:
        numbered = row["geonames_id"] and other["geonames_id"]
        reach: float | None = TWICE_LISTED_KM if numbered else SAME_PLACE_KM
    else:
        reach = REACH_KM[kind]
    if "" in (row["lat"], other["lat"]):
        return 0.0 if reach is None else None
    apart = apart_km(row, other)
    return apart if reach is None or apart < reach else None
