"""Checks of what callers pass in: one function for each mistake, one message for each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo.errors import (
    ColumnError,
    CoordinateError,
    CRSError,
    ParameterError,
    VertexError,
)

FloatArray = NDArray[np.float64]

COLUMNS_TOLD = 12  # of a table that lacks some
#: Which function makes the tables that arguments of these names take.
MAKERS = {
    "located": "locate_events",
    "rates": "segment_rates",
    "segments": "make_segments",
    "series": "segment_series",
    "weights": "segment_weights",
}


def check_lonlat(
    lon: ArrayLike, lat: ArrayLike, *, name: str = "point"
) -> tuple[FloatArray, FloatArray]:
    """Return two float arrays of equal length, all finite and within range."""
    lon, lat = _floats(lon, "longitude"), _floats(lat, "latitude")
    if lon.shape != lat.shape or lon.ndim != 1:
        raise CoordinateError(
            f"lon and lat must be two sequences of the same length, but they have the shapes "
            f"{lon.shape} and {lat.shape}. Pass one longitude for each latitude."
        )
    for axis, values, limit in (("longitude", lon, 180.0), ("latitude", lat, 90.0)):
        # Two passes without a copy where all is well: a missing number lies within no limits.
        if values.size and not (values.min() >= -limit and values.max() <= limit):
            _refuse_degrees(axis, values, limit, name)
    return lon, lat


def _refuse_degrees(axis: str, values: FloatArray, limit: float, name: str) -> None:
    """Raise the error that names the first value that is no number, or else out of range."""
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise CoordinateError(
            f"Every {axis} must be a finite number, but {name} {bad[0]} has {values[bad[0]]!s}"
            f"{_and_more(bad)}. Remove these rows or mend them first."
        )
    bad = np.flatnonzero(np.abs(values) > limit)
    hint = " Are longitude and latitude swapped?" if axis == "latitude" else ""
    raise CoordinateError(
        f"Every {axis} must lie within ±{limit:.0f} degrees, but {name} {bad[0]} has "
        f"{values[bad[0]]:g}{_and_more(bad)}.{hint} Coordinates are degrees on WGS84 "
        f"(EPSG:4326); metres of a projection must be converted first."
    )


def _floats(values: ArrayLike, axis: str) -> FloatArray:
    try:
        plain: Any = values
        if hasattr(plain, "filled"):  # a masked array; numpy.ma itself is slow to load
            plain = plain.astype(np.float64).filled(np.nan)  # masked is missing
        return np.atleast_1d(np.asarray(plain, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise CoordinateError(
            f"Every {axis} must be a number of degrees, but {values!r} was given: {error}."
        ) from error


def check_vertices(lon: ArrayLike, lat: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return the vertices of a line: at least two, paired, finite and within range."""
    lon_shape, lat_shape = np.shape(lon), np.shape(lat)
    if lon_shape != lat_shape or len(lon_shape) != 1 or lon_shape[0] < 2:
        raise VertexError(
            f"A line needs two or more vertices, each with a longitude and a latitude, but lon and "
            f"lat have the shapes {lon_shape} and {lat_shape}."
        )
    return check_lonlat(lon, lat, name="vertex")


def check_geographic(crs: Any, *, name: str) -> None:
    """Refuse a layer that has no CRS, or whose coordinates are not WGS84 degrees."""
    if crs is None:
        raise CRSError(
            f"{name} must say which coordinate reference system it is in, but its CRS is None. If "
            f'its coordinates are longitude and latitude, first call {name}.set_crs("EPSG:4326").'
        )
    from pyproj import CRS

    crs = CRS.from_user_input(crs)
    if not crs.equals("EPSG:4326", ignore_axis_order=True) and not crs.equals(
        "OGC:CRS84", ignore_axis_order=True
    ):
        unit = crs.axis_info[0].unit_name if crs.axis_info else "unknown unit"
        raise CRSError(
            f"{name} must be in longitude and latitude on WGS84 (EPSG:4326), but it is in "
            f"{crs.to_string()[:80]} (unit: {unit}). First call {name}.to_crs(4326)."
        )


def check_table(table: Any, *, name: str) -> None:
    """Refuse what is no table."""
    if not hasattr(table, "columns"):
        raise ParameterError(
            f"{name} must be a table (a DataFrame), but is {' '.join(repr(table).split()):.60} "
            f"({type(table).__name__}).{_made_by(name)}"
        )


def check_columns(table: Any, needed: Iterable[str], *, name: str) -> None:
    """Refuse a table that lacks a needed column; name the columns that look like it."""
    import difflib

    check_table(table, name=name)
    present = [str(column) for column in table.columns]
    missing = [column for column in needed if column not in present]
    if missing:
        close = difflib.get_close_matches(missing[0], present, n=1, cutoff=0.6)
        hint = _made_by(name) if len(missing) > 1 or not close else ""
        hint = hint or (f" Rename {close[0]!r} to {missing[0]!r}?" if close else "")
        told = ", ".join(map(repr, present[:COLUMNS_TOLD])) or "no columns"
        more = len(present) - COLUMNS_TOLD
        raise ColumnError(
            f"{name} needs the column{'s' if len(missing) > 1 else ''} {', '.join(map(repr, missing))}"
            f", but has only {told}{f' and {more} more' if more > 0 else ''}.{hint}"
        )


def _made_by(name: str) -> str:
    """Say which function makes a table of this name, as in messages."""
    return f" Make it with {MAKERS[name]}." if name in MAKERS else ""


def check_choice(value: str, choices: Sequence[str], *, name: str) -> str:
    """Refuse a word that is not in the vocabulary."""
    if value not in choices:
        raise ParameterError(f"{name} must be one of {', '.join(choices)}, but is {value!r}.")
    return value


def check_once(values: Any, *, name: str) -> None:
    """Refuse repeated names in a column where each row needs its own."""
    repeated = values[values.duplicated()]
    if len(repeated):
        raise ParameterError(
            f"Each {name} must occur once, but {repeated.iloc[0]!r} occurs "
            f"{int((values == repeated.iloc[0]).sum())} times. Give each row a name of its own."
        )


def check_positive(value: float, *, name: str, unit: str) -> float:
    """Refuse anything but a finite number above zero."""
    number = check_number(value, name=name, unit=unit)
    if number <= 0:
        raise ParameterError(f"{name} must be above 0 {unit}, but is {value!r}.")
    return number


def check_number(value: float, *, name: str, unit: str) -> float:
    """Refuse anything but a finite number."""
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be a number of {unit}, but is {value!r}.") from error
    if not math.isfinite(number):
        raise ParameterError(f"{name} must be a finite number of {unit}, but is {value!r}.")
    return number


def check_amounts(values: ArrayLike, *, name: str) -> FloatArray:
    """Refuse numbers that are missing, infinite or negative, in an array of any shape."""
    try:
        amounts = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be numbers, but: {error}.") from error
    odd = np.flatnonzero(~(np.isfinite(amounts) & (amounts >= 0)))
    if odd.size:
        raise ParameterError(
            f"{name} must be finite numbers of 0 or more, but row {odd[0]} has "
            f"{amounts.ravel()[odd[0]]:g}."
        )
    return amounts


def check_tables(
    imputed: ArrayLike, shape: tuple[int, ...], *, name: str = "imputed"
) -> FloatArray:
    """Refuse anything but two or more tables of counts, each of the shape given."""
    tables = check_amounts(imputed, name=name)
    if tables.shape[1:] != shape or len(tables) < 2:
        raise ParameterError(
            f"{name} must hold two or more tables of counts of the shape {shape}, but has the shape "
            f"{tables.shape}. Draw it with imputed_counts or draw_series, from the same segments, "
            "steps and period."
        )
    if (tables != np.rint(tables)).any():
        raise ParameterError(
            f"{name} must hold whole numbers: each table says where each event lies."
        )
    return tables


def _and_more(bad: NDArray[np.intp]) -> str:
    return f" (and {bad.size - 1} more)" if bad.size > 1 else ""
