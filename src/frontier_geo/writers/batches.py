"""Event tables → Arrow tables of one fixed schema, whatever the dtypes of the chunk at hand."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from numpy.typing import NDArray

from frontier_geo._validation import check_geographic
from frontier_geo.errors import ColumnError, GeometryError, ParameterError
from frontier_geo.events import EVENT_COLUMNS

__all__ = ["Batch", "Layout", "first_text"]

#: What a column can hold, and how Arrow calls it.
ARROW_TYPES = {
    "text": pa.string(),
    "list": pa.list_(pa.string()),
    "day": pa.date32(),
    "count": pa.int64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
    "instant": pa.timestamp("us", tz="UTC"),
    "local": pa.timestamp("us"),
}
LIST_TYPES = (list, tuple, np.ndarray)
PLACES = (0, 1, 5)  # points, lines and lines of several parts, as shapely numbers the types


@dataclass(frozen=True)
class Batch:
    """Some rows ready to be written: their values, their geometry (None where there is no place)."""

    table: pa.Table
    geometry: NDArray[Any]


@dataclass(frozen=True)
class Layout:
    """
    The columns of a file and their kinds, fixed by the first rows.

    The columns of the event table come first, all of them and in their order; then what else the
    first rows had.

    Attributes
    ----------
    kinds : dict of str to str
        What each column of the file holds, by its name there.
    renamed : dict of str to str
        What the columns are called in the events whose name in the file is another.
    """

    kinds: dict[str, str]
    renamed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, events: gpd.GeoDataFrame) -> Layout:
        """Return the layout of a file that begins with these rows."""
        table = _attributes(events)
        kinds = {
            name: "text" if kind == "word" else kind for name, (kind, _) in EVENT_COLUMNS.items()
        }
        for name in table.columns:
            if name not in kinds:
                kinds[name] = kind_of(table[name])
        return cls(kinds)

    def kept_apart(self, taken: Iterable[str], *, capitals: bool) -> Layout:
        """
        Return the layout for a format that cannot hold some names beside each other.

        Parameters
        ----------
        taken : iterable of str
            Names that the format keeps for itself.
        capitals : bool
            Whether it tells names apart that differ in capitals only.

        Returns
        -------
        Layout
            Of names that are one there, the first stays. A number is put behind the others.
        """

        def told(name: str) -> str:
            return name if capitals else name.lower()

        used = {told(name) for name in taken}
        own = {told(name) for name in self.kinds}
        kinds, renamed = {}, {}
        for name, kind in self.kinds.items():
            new, number = name, 1
            while told(new) in used or (number > 1 and told(new) in own):
                number += 1
                new = f"{name}_{number}"
            used.add(told(new))
            kinds[new] = kind
            if new != name:
                renamed[new] = name
        return Layout(kinds, renamed)

    @property
    def schema(self) -> pa.Schema:
        return pa.schema([(name, ARROW_TYPES[kind]) for name, kind in self.kinds.items()])

    def batch(self, events: gpd.GeoDataFrame, *, first_row: int) -> Batch:
        """
        Return rows in this layout.

        Parameters
        ----------
        events : GeoDataFrame
            The rows. Columns that are not there are missing throughout.
        first_row : int
            Number of the first of them in the file, from 1.
        """
        table = _attributes(events)
        if "event_id" not in table:
            ids = [f"row-{row}" for row in range(first_row, first_row + len(table))]
            table = table.assign(event_id=ids)
        names = {column: self.renamed.get(column, column) for column in self.kinds}
        new = [name for name in table.columns if name not in names.values()]
        if new:
            raise ColumnError(
                f"The columns of a file are fixed by its first rows, but row {first_row} brings the "
                f"new column {new[0]!r}. Give all rows the same columns, missing where unknown."
            )
        arrays = [
            _array(table[names[column]], kind, first_row)
            if names[column] in table
            else pa.nulls(len(table), ARROW_TYPES[kind])
            for column, kind in self.kinds.items()
        ]
        return Batch(pa.Table.from_arrays(arrays, schema=self.schema), _geometry(events, first_row))


def first_text(table: pa.Table, fits: Callable[[Any], Any]) -> tuple[str, int, str] | None:
    """Return column, row (from 0) and value of the first text that fits, as a mask function says."""
    for name in table.column_names:
        column = table[name]
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            continue
        found = fits(column)
        if pc.any(found).as_py():
            row = pc.index(found, True).as_py()
            return name, row, column[row].as_py()
    return None


def kind_of(values: pd.Series) -> str:
    """Return what a column of one's own holds; several kinds together are text."""
    dtype = values.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return kind_of(pd.Series(dtype.categories))
    if isinstance(dtype, pd.ArrowDtype):
        return _kind_of_arrow(dtype.pyarrow_dtype)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return "instant"
    by_letter = {"b": "flag", "i": "count", "u": "count", "f": "number", "M": "local"}
    if dtype.kind in by_letter:
        return by_letter[dtype.kind]
    if not pd.api.types.is_object_dtype(dtype):
        return "text"
    return _kind_of_objects(values[values.notna().to_numpy(dtype=bool)])


def _kind_of_arrow(kind: pa.DataType) -> str:
    tests = (
        (pa.types.is_boolean, "flag"),
        (pa.types.is_integer, "count"),
        (pa.types.is_floating, "number"),
        (pa.types.is_date, "day"),
        (pa.types.is_timestamp, "instant" if getattr(kind, "tz", None) else "local"),
    )
    found = next((name for fits, name in tests if fits(kind)), "text")
    listed = pa.types.is_list(kind) or pa.types.is_large_list(kind)
    if listed and (
        pa.types.is_string(kind.value_type) or pa.types.is_large_string(kind.value_type)
    ):
        return "list"
    return found


def _kind_of_objects(present: pd.Series) -> str:
    kinds = set(map(type, present))
    if not kinds or kinds <= {str}:
        return "text"
    if all(issubclass(kind, LIST_TYPES) for kind in kinds):
        texts = all(part is None or isinstance(part, str) for value in present for part in value)
        return "list" if texts else "text"
    if kinds <= {bool, np.bool_}:
        return "flag"
    if all(issubclass(kind, int | np.integer) for kind in kinds - {bool}) and bool not in kinds:
        return "count"
    if all(issubclass(kind, float | np.floating) for kind in kinds):
        return "number"
    if kinds <= {datetime.date}:
        return "day"
    if all(issubclass(kind, datetime.datetime) for kind in kinds):
        zones = {value.tzinfo is not None for value in present}
        return "text" if len(zones) > 1 else ("instant" if zones == {True} else "local")
    return "text"


def _attributes(events: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return everything but the geometry, with names as text."""
    table = pd.DataFrame(events.drop(columns=events.geometry.name))
    table.columns = [str(name) for name in table.columns]
    repeated = table.columns[table.columns.duplicated()]
    if len(repeated):
        raise ColumnError(
            f"Each column needs a name of its own, but {repeated[0]!r} occurs "
            f"{int((table.columns == repeated[0]).sum())} times."
        )
    others = [
        name for name in table.columns if isinstance(table[name].dtype, gpd.array.GeometryDtype)
    ]
    if others:
        raise ColumnError(
            f"Events have one geometry, but {others[0]!r} is a second column of geometries. Drop it."
        )
    if "geometry" in table:
        raise ColumnError(
            "The column 'geometry' must be the active geometry, but another one is: "
            f"{events.geometry.name!r}. Call events.set_geometry('geometry') or drop one."
        )
    return table


# ---- values --------------------------------------------------------------------------------------


def _array(values: pd.Series, kind: str, first_row: int) -> pa.Array:
    """Return a column as Arrow holds its kind; what does not fit is refused, never bent."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(object)
    try:
        found = _MAKERS[kind](values)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        row, value = _first_unfit(values, kind)
        raise ParameterError(
            f"The column {values.name!r} must hold {_KIND_WORDS[kind]}, missing where unknown, but row "
            f"{first_row + row} has {_shown(value)}. Mend that value, or turn the whole column into "
            "text."
        ) from error
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


_KIND_WORDS = {
    "text": "text in Unicode",
    "list": "lists of texts",
    "day": (
        "days without an hour (of a month or year the first in date_start, the last in date_end, and "
        "'month' or 'year' in date_precision)"
    ),
    "count": "whole numbers below 2^63",
    "number": "numbers",
    "flag": "true or false",
    "instant": "dates with hour and time zone",
    "local": "dates with hour and without time zone",
}


def _shown(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 80 else f"{text[:80]}… ({len(text):,} characters)"


def _first_unfit(values: pd.Series, kind: str) -> tuple[int, Any]:
    """Return the first value that cannot be of a kind, and its row from 0."""
    for row, value in enumerate(values):
        try:
            _MAKERS[kind](pd.Series([value], dtype=object))
        except (pa.ArrowException, ValueError, TypeError, OverflowError):
            return row, value
    return 0, values.iloc[0]


def _texts(values: pd.Series) -> Any:
    if isinstance(values.dtype, pd.StringDtype):
        return pa.array(values.array, from_pandas=True).cast(pa.string())
    if values.dtype == object:
        try:
            return pa.array(values.array, type=pa.string(), from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            pass  # not only texts
    return pa.array([_as_text(value) for value in values], type=pa.string())


def _as_text(value: Any) -> str | None:
    """Return any value as text that a person can read, and as JSON where it has parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple | dict | set | frozenset):
        value = sorted(value, key=str) if isinstance(value, set | frozenset) else value
        return json.dumps(value, ensure_ascii=False, default=str)
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return None
    if isinstance(value, bool | np.bool_):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _lists(values: pd.Series) -> Any:
    if isinstance(values.dtype, pd.ArrowDtype):
        return pa.array(values.array).cast(ARROW_TYPES["list"])
    cells = values.to_numpy(dtype=object)
    some = np.flatnonzero(values.notna())
    if not some.size:
        return pa.nulls(len(values), ARROW_TYPES["list"])
    if not all(issubclass(kind, LIST_TYPES) for kind in set(map(type, cells[some]))):
        raise TypeError("lists are needed")
    return pa.array(cells, type=ARROW_TYPES["list"], from_pandas=True)


def _days(values: pd.Series) -> Any:
    if isinstance(values.dtype, pd.ArrowDtype):
        values = values.astype(object)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        values = values.dt.tz_localize(None)  # the day is the one written
    if values.dtype.kind != "M":
        if any(len(cell.strip()) < len("2025-01-01") for cell in values if isinstance(cell, str)):
            raise ValueError("a month or a year is no day")  # its first day is not what was said
        values = pd.to_datetime(values, format="ISO8601")
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            raise ValueError("a day has no time zone")
    moments = values.to_numpy()
    days = moments.astype("datetime64[D]")
    if (days.astype(moments.dtype) != moments)[~np.isnat(moments)].any():
        raise ValueError("a day has no hour")
    return pa.array(days, from_pandas=True)


def _counts(values: pd.Series) -> Any:
    return pa.array(values.array, from_pandas=True).cast(pa.int64())


def _numbers(values: pd.Series) -> Any:
    found = pa.array(values.array, from_pandas=True)
    if pa.types.is_boolean(found.type):
        raise TypeError("true and false are no numbers")
    return found.cast(pa.float64())


def _flags(values: pd.Series) -> Any:
    return pa.array(values.array, type=pa.bool_(), from_pandas=True)


def _instants(values: pd.Series) -> Any:
    if not isinstance(values.dtype, pd.DatetimeTZDtype):
        values = pd.to_datetime(values, utc=True)
    return pa.array(values.array, from_pandas=True).cast(ARROW_TYPES["instant"])


def _local_times(values: pd.Series) -> Any:
    if values.dtype.kind != "M":
        values = pd.to_datetime(values)
    return pa.array(values.array, from_pandas=True).cast(ARROW_TYPES["local"])


_MAKERS: dict[str, Callable[[pd.Series], Any]] = {
    "text": _texts,
    "list": _lists,
    "day": _days,
    "count": _counts,
    "number": _numbers,
    "flag": _flags,
    "instant": _instants,
    "local": _local_times,
}


# ---- geometry ------------------------------------------------------------------------------------


def _geometry(events: gpd.GeoDataFrame, first_row: int) -> NDArray[Any]:
    check_geographic(events.crs, name="events")
    geometry = np.asarray(events.geometry.array, dtype=object)
    there = ~shapely.is_missing(geometry)
    kind = shapely.get_type_id(geometry)
    numbers, owner = shapely.get_coordinates(geometry, return_index=True)
    odd_numbers = np.zeros(len(geometry), dtype=bool)
    odd_numbers[owner[~np.isfinite(numbers).all(axis=1)]] = True
    findings = (
        (there & ~np.isin(kind, PLACES), "a point or a line, but has a {}"),
        (there & shapely.is_empty(geometry), "a place or none, but has an empty {}"),
        (there & shapely.has_z(geometry), "longitude and latitude, but has a {} with heights"),
        (odd_numbers, "finite numbers, but has a {} with others"),
    )
    for odd, words in findings:
        if odd.any():
            row = int(np.flatnonzero(odd)[0])
            raise GeometryError(
                f"The geometry of an event must be {words.format(geometry[row].geom_type)} in row "
                f"{first_row + row}. Mend it, or set it to None if no place is known."
            )
    return geometry
