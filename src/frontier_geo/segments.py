"""Cutting a boundary into segments: by length, by count, by district, or at breaks of one's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import (
    FloatArray,
    check_choice,
    check_columns,
    check_number,
    check_once,
    check_positive,
)
from frontier_geo.boundary import Boundary
from frontier_geo.datasets import the_boundary
from frontier_geo.errors import ParameterError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = [
    "Chain",
    "SegmentCuts",
    "chain_of",
    "check_segments",
    "cut_boundary",
    "make_segments",
    "segment_of",
    "segment_rows",
]

REMAINDERS = ("balance", "cut", "left", "right", "extend")
MOST_SEGMENTS = 1_000_000
PLACES_AT_ONCE = 32_768  # so that their arrays stay in the cache
TOUCH_KM = 1e-6  # segments nearer than this touch: a millimetre, the rounding of files


def make_segments(
    boundary: Boundary | None = None,
    *,
    length_km: float | None = None,
    n: int | None = None,
    by: str | None = None,
    breaks_km: ArrayLike | None = None,
    remainder: str = "balance",
    smallest_share: float = 1 / 3,
) -> gpd.GeoDataFrame:
    """
    Cut a boundary into segments.

    Parameters
    ----------
    boundary : Boundary, optional
        Default: the shipped Tajik-Afghan border.
    length_km : float, optional
        Cut every so many kilometres of chainage. Default 10, if no other way of cutting is given.
    n : int, optional
        Cut into this many segments of equal length.
    by : str, optional
        Cut where an interval table of the boundary changes: ``"tj_district"``, ``"af_district"``,
        ``"tj_province"``, ``"af_province"``, ``"terrain"``; or where either side's does:
        ``"district"``, ``"province"``.
    breaks_km : array_like of float, shape (k,), optional
        Cut at these chainages. The ends of the line are added where missing.
    remainder : {"balance", "cut", "left", "right", "extend"}
        What becomes of the piece left over at the end when cutting by length.

        - ``cut``: it is a shorter segment of its own.
        - ``extend``: it is joined to the segment before.
        - ``balance``: ``cut`` if it is at least `smallest_share` of `length_km`, else ``extend``.
        - ``left``: the last segment is full length, ends at the end and overlaps the one before.
        - ``right``: the last segment is full length and runs past the end of the line; its
          `length_km` and geometry are what lies on the line.
    smallest_share : float, default 1/3
        Where ``balance`` draws the line. linref draws it at 1/2.

    Returns
    -------
    GeoDataFrame
        One row a segment, west to east on the shipped border, EPSG:4326: ``segment_id, from_km,
        to_km, length_km, official_from_km, official_to_km``, a column for each interval table of
        the boundary (the value with the largest share of the segment; for
        ``position_uncertainty_m`` the largest value), ``geometry``. A segment is half-open
        ``[from_km, to_km)``; the last one is closed.

    Raises
    ------
    ParameterError
        If more than one way of cutting is given, or it makes no sense on this line.

    References
    ----------
    ISO 19148:2021, Geographic information - Linear referencing.
    Openshaw (1984), The Modifiable Areal Unit Problem, Geo Books (CATMOG 38).

    Examples
    --------
    >>> segments = make_segments(length_km=10)
    >>> len(segments), round(float(segments["length_km"].sum()), 3)
    (135, 1343.956)
    >>> segments["segment_id"].iloc[12]
    'TJ-AF:0120-0130'
    """
    boundary = the_boundary(boundary)
    cuts = cut_boundary(
        boundary,
        length_km=length_km,
        n=n,
        by=by,
        breaks_km=breaks_km,
        remainder=remainder,
        smallest_share=smallest_share,
    )
    return _segment_table(boundary, cuts)


@dataclass(frozen=True)
class SegmentCuts:
    """
    Where a boundary is cut into segments: all of them but their geometry.

    Attributes
    ----------
    from_km, to_km : ndarray of float, shape (n,)
        Chainage of their ends, as cut.
    segment_id : list of str
    parameters : dict
        How they were cut.
    """

    from_km: FloatArray
    to_km: FloatArray
    segment_id: list[str]
    parameters: dict[str, Any]


def cut_boundary(
    boundary: Boundary,
    *,
    length_km: float | None = None,
    n: int | None = None,
    by: str | None = None,
    breaks_km: ArrayLike | None = None,
    remainder: str = "balance",
    smallest_share: float = 1 / 3,
) -> SegmentCuts:
    """
    Say where a boundary is to be cut into segments; parameters and errors as for `make_segments`.

    Returns
    -------
    SegmentCuts
        What placing points takes, without the wait for geometries and the libraries they need.
    """
    ways = {"length_km": length_km, "n": n, "by": by, "breaks_km": breaks_km}
    given = [name for name, value in ways.items() if value is not None]
    if len(given) > 1:
        raise ParameterError(
            f"Segments are cut in one way, but {' and '.join(given)} were both given. Choose one."
        )
    end = boundary.length_km
    check_choice(remainder, REMAINDERS, name="remainder")
    if n is not None:
        edges = np.linspace(0.0, end, _check_count(n) + 1)
        start, stop = edges[:-1], edges[1:]
    elif by is not None:
        start, stop = _stretches(_breaks_of(boundary, by), end)
    elif breaks_km is not None:
        start, stop = _stretches(_check_breaks(breaks_km, end), end)
    else:
        length_km = check_positive(
            10.0 if length_km is None else length_km, name="length_km", unit="km"
        )
        if length_km * MOST_SEGMENTS < end:
            raise ParameterError(
                f"length_km must leave at most {MOST_SEGMENTS:,} segments of {end:,.1f} km, but is "
                f"{length_km!r}."
            )
        start, stop = _cut_by_length(end, length_km, remainder, smallest_share)
    ids = _segment_ids(boundary.boundary_id, start, stop, end)
    told = {name: ways[name] for name in given} | {"remainder": remainder}
    return SegmentCuts(start, stop, ids, told)


def check_segments(segments: pd.DataFrame, *, name: str = "segments") -> None:
    """Refuse a table of segments without what every use of it needs, or with repeated names."""
    check_columns(segments, ["segment_id", "from_km", "to_km", "length_km"], name=name)
    if not len(segments):
        raise ParameterError("At least one segment is needed, but the table of segments is empty.")
    check_once(segments["segment_id"], name=f"segment_id of {name}")


@dataclass(frozen=True)
class Chain:
    """
    Segments as a chain, from one end of the line to the other.

    Attributes
    ----------
    order : ndarray of int, shape (n,)
        The rows of the table in the order of chainage.
    linked : ndarray of bool, shape (n - 1,)
        Whether the i-th and the (i + 1)-th in that order touch. Where they do not, the chain breaks.
    """

    order: NDArray[np.int64]
    linked: NDArray[np.bool_]

    @property
    def piece(self) -> NDArray[np.int64]:
        """Number of the unbroken piece that each segment belongs to, in the order of chainage."""
        return np.concatenate(([0], np.cumsum(~self.linked))).astype(np.int64)


def chain_of(segments: pd.DataFrame) -> Chain:
    """
    Put segments in the order of chainage and say which ones touch.

    Parameters
    ----------
    segments : DataFrame
        With `from_km` and `to_km`, one row or more.

    Returns
    -------
    Chain

    Raises
    ------
    ColumnError, ParameterError
        If a column is missing, or segments overlap.
    """
    segment_of(segments, [])  # refuses overlapping segments
    order = np.argsort(segments["from_km"].to_numpy(dtype=float), kind="stable")
    start = segments["from_km"].to_numpy(dtype=float)[order]
    stop = segments["to_km"].to_numpy(dtype=float)[order]
    return Chain(order.astype(np.int64), np.abs(start[1:] - stop[:-1]) <= TOUCH_KM)


def segment_of(segments: pd.DataFrame, chainage_km: ArrayLike) -> np.ndarray[Any, Any]:
    """
    Return the row of the segment each place lies on, or -1.

    Parameters
    ----------
    segments : DataFrame
        With `from_km` and `to_km`, not overlapping.
    chainage_km : array_like of float
        Kilometres; NaN gives -1.

    Returns
    -------
    ndarray of int
        Positions in the table, whatever its index and order.

    Raises
    ------
    ColumnError
        If a column is missing.
    ParameterError
        If segments overlap: a place would lie on two of them.
    """
    check_columns(segments, ["from_km", "to_km"], name="segments")
    start, stop = (segments[name].to_numpy(dtype=float) for name in ("from_km", "to_km"))
    return segment_rows(start, stop, np.atleast_1d(np.asarray(chainage_km, dtype=np.float64)))


def segment_rows(
    from_km: FloatArray, to_km: FloatArray, chainage_km: FloatArray
) -> np.ndarray[Any, Any]:
    """Return the row of the segment each place lies on, or -1, of segments given by their ends."""
    order = np.argsort(from_km, kind="stable")
    start, stop = from_km[order], to_km[order]
    overlap = np.flatnonzero(start[1:] < stop[:-1] - 1e-9)
    if overlap.size:
        a = overlap[0]
        raise ParameterError(
            "Each place must lie on one segment, but the segments from km "
            f"{start[a]:g} to {stop[a]:g} and from km {start[a + 1]:g} to {stop[a + 1]:g} overlap. "
            'Cut with remainder="balance", "cut" or "extend".'
        )
    if not start.size:
        return np.full(chainage_km.shape, -1)
    return np.concatenate(([-1], order))[_number_of(start, stop, chainage_km)]


def _number_of(start: FloatArray, stop: FloatArray, km: FloatArray) -> NDArray[np.int64]:
    """Return 1 for places on the first of sorted segments, 2 on the second ...; 0 on none."""
    below = np.append(stop, -np.inf)[np.arange(-1, stop.size)]  # a place on number k is below this
    below[-1] = np.nextafter(stop[-1] + 1e-9, np.inf)  # the last one is closed
    following = np.append(start, np.nan)  # nothing is above the last
    width, bins = _bins(start)
    number = np.empty(km.shape, dtype=np.int64)
    # Half a segment wide, a bin holds one start at most: number k or k + 1, and a look at the start
    # of k + 1 decides. The small step keeps rounding from putting a place into a bin too high.
    first = np.searchsorted(start, start[0] + width * (np.arange(bins) - 1e-3), side="right")
    for begin in range(0, km.size, PLACES_AT_ONCE):
        part = slice(begin, begin + PLACES_AT_ONCE)
        at = km[part]
        if bins > at.size:
            n = np.searchsorted(start, at, side="right")
        else:
            bin_of = np.fmin(np.fmax((at - start[0]) / width, 0.0), bins - 1.0)  # NaN: the first
            n = first[bin_of.astype(np.int32)]
            n += at >= following[n]
        number[part] = np.where(at < below[n], n, 0)
    return number


def _bins(start: FloatArray) -> tuple[float, int]:
    """Return the width of bins that hold one start at most, and how many there are."""
    if start.size == 1:
        return 1.0, 1
    width = float(np.diff(start).min()) / 2
    wanted = (start[-1] - start[0]) / max(width, 1e-9) + 2
    return width, int(min(wanted, PLACES_AT_ONCE + 1))


def _cut_by_length(
    end: float, length: float, remainder: str, smallest_share: float
) -> tuple[FloatArray, FloatArray]:
    """Return the starts and ends of segments of one length, the remainder treated as asked."""
    whole = int(np.floor(end / length + 1e-9))
    left_over = end - whole * length
    edges = np.arange(max(whole, 1) + 1, dtype=np.float64) * length
    start, stop = edges[:-1], edges[1:].copy()
    if whole == 0 or left_over <= 1e-9 * length:
        stop[-1] = end if remainder != "right" or whole else length
        return start, stop
    if remainder == "balance":
        share = check_number(smallest_share, name="smallest_share", unit="segment lengths")
        if not 0 <= share <= 1:
            raise ParameterError(
                f"smallest_share must lie between 0 and 1, but is {smallest_share!r}."
            )
        remainder = "cut" if left_over >= share * length else "extend"
    if remainder == "extend":
        stop[-1] = end
        return start, stop
    last_start = {"cut": whole * length, "left": end - length, "right": whole * length}[remainder]
    last_stop = (whole + 1) * length if remainder == "right" else end
    return np.append(start, last_start), np.append(stop, last_stop)


def _check_count(n: Any) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or not 1 <= n <= MOST_SEGMENTS:
        raise ParameterError(f"n must be a whole number from 1 to {MOST_SEGMENTS:,}, but is {n!r}.")
    return int(n)


def _check_breaks(breaks_km: ArrayLike, end: float) -> FloatArray:
    try:
        breaks = np.atleast_1d(np.asarray(breaks_km, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise ParameterError(f"breaks_km must be numbers of km, but are {breaks_km!r}.") from error
    if breaks.size == 0 or not np.isfinite(breaks).all() or (np.diff(breaks) <= 0).any():
        raise ParameterError(f"breaks_km must be finite and rise, but are {breaks.tolist()}.")
    if breaks[0] < 0 or breaks[-1] > end + 1e-6:
        raise ParameterError(
            f"breaks_km must lie on the line, between 0 and {end:.4f} km, but reach from "
            f"{breaks[0]:g} to {breaks[-1]:g}."
        )
    return breaks


def _breaks_of(boundary: Boundary, by: str) -> FloatArray:
    """Return where a table changes, or both sides' tables of that ending."""
    tables = {name: [name] for name in boundary.intervals}
    for name in boundary.intervals:
        if "_" in name and name.split("_", 1)[1] in ("district", "province"):
            tables.setdefault(name.split("_", 1)[1], []).append(name)
    check_choice(by, sorted(tables), name="by")
    ends = [
        boundary.intervals[name][["from_km", "to_km"]].to_numpy().ravel() for name in tables[by]
    ]
    return np.unique(np.concatenate(ends))


def _stretches(breaks: FloatArray, end: float) -> tuple[FloatArray, FloatArray]:
    """Return starts and ends of the stretches between breaks, the line's ends among them."""
    inner = breaks[(breaks > 1e-6) & (breaks < end - 1e-6)]
    edges = np.concatenate(([0.0], inner, [end]))
    return edges[:-1], edges[1:]


def _segment_table(boundary: Boundary, cuts: SegmentCuts) -> gpd.GeoDataFrame:
    import geopandas as gpd

    start, stop = cuts.from_km, cuts.to_km
    on_line = np.minimum(stop, boundary.length_km)
    columns: dict[str, Any] = {
        "segment_id": cuts.segment_id,
        "from_km": start,
        "to_km": stop,
        "length_km": on_line - start,
        "official_from_km": boundary.official_km(start),
        "official_to_km": boundary.official_km(stop),
    }
    for name, table in boundary.intervals.items():
        columns[name] = _main_value(table, start, on_line)
    geometry = [boundary.substring(a, b) for a, b in zip(start, on_line, strict=True)]
    segments = gpd.GeoDataFrame(columns, geometry=geometry, crs=boundary.crs)
    segments.attrs = result_attrs(
        "segments", boundary=boundary.summary(), parameters=cuts.parameters
    )
    return segments


def _main_value(table: pd.DataFrame, start: FloatArray, stop: FloatArray) -> list[Any]:
    """Return for each stretch the largest number in it, or the word with the largest share of it."""
    import pandas as pd

    begin, end = table["from_km"].to_numpy(dtype=float), table["to_km"].to_numpy(dtype=float)
    share = np.minimum(stop[:, None], end) - np.maximum(start[:, None], begin)
    if pd.api.types.is_numeric_dtype(table["value"]):
        values = np.where(share > 1e-9, table["value"].to_numpy(dtype=float), -np.inf).max(axis=1)
        return [value if np.isfinite(value) else np.nan for value in values]
    words = table["value"].to_numpy(dtype=object)
    names = list(dict.fromkeys(words))
    by_name = np.column_stack(
        [np.clip(share[:, words == name], 0.0, None).sum(axis=1) for name in names]
    )
    best = by_name.argmax(axis=1)
    return [names[k] if by_name[i, k] > 0 else None for i, k in enumerate(best)]


def _segment_ids(boundary_id: str, start: FloatArray, stop: FloatArray, end: float) -> list[str]:
    """Name segments by their kilometres, with as few decimals as keep inner breaks exact."""
    inner = np.concatenate((start, stop[stop < end - 1e-9]))
    for decimals in range(10):
        exact = np.abs(np.round(inner, decimals) - inner).max() < 1e-9
        if exact or (decimals >= 3 and np.unique(np.round(start, decimals)).size == start.size):
            break
    width = len(str(int(end))) + (decimals + 1 if decimals else 0)
    return [
        f"{boundary_id}:{a:0{width}.{decimals}f}-{b:0{width}.{decimals}f}"
        for a, b in zip(start, stop, strict=True)
    ]
