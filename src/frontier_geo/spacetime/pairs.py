"""
Pairs of events that are near, in place or in time: found and counted exactly, in bounded memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._fast import Engine, choose_engine
from frontier_geo._validation import FloatArray, check_number
from frontier_geo.errors import CoordinateError, ParameterError, StatisticsError

__all__ = [
    "Pairs",
    "check_times_and_places",
    "close_pairs",
    "count_pairs",
    "limit_of",
    "near_in_both",
    "pairs_engine",
]

IntArray = NDArray[np.int64]

PAIRS_AT_ONCE = 2_000_000  # how many pairs are held at once: 32 MB
ROWS = 255  # pairs added up in one byte
DEALS_AT_ONCE = 256  # permutations worked on together
DEALT_BYTES = 64_000_000  # and the memory they may take
#: Pairs times permutations from which numba pays, and from which it pays to load it for this alone.
WORTH, WORTH_COLD = 300_000, 200_000_000
ROUNDING = 1e-9  # a distance this little (relatively) above a limit lies at the limit


def check_times_and_places(positions: ArrayLike, times: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return places (n,) or (n, 2) and times (n,) as numbers, none missing; dates as days."""
    place, time = np.asarray(positions), np.asarray(times)
    if time.dtype.kind == "M":
        missing = np.isnat(time)
        time = np.where(missing, np.nan, time.astype("datetime64[s]").astype(np.int64) / 86_400)
    try:
        place, time = place.astype(np.float64), time.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise CoordinateError(f"positions and times must be numbers, but: {error}.") from error
    if time.ndim != 1 or place.ndim not in (1, 2) or place.shape[1:] not in ((), (2,)):
        raise CoordinateError(
            "positions must have the shape (n,) or (n, 2) and times (n,), but have the shapes "
            f"{place.shape} and {time.shape}."
        )
    if len(place) != len(time):
        raise CoordinateError(
            f"Each event needs a position and a time, but there are {len(place)} positions and "
            f"{len(time)} times."
        )
    if len(time) < 2:
        raise StatisticsError(
            f"Pairs of events need at least two events, but there are {len(time)}."
        )
    odd = ~(np.isfinite(time) & np.isfinite(place.reshape(len(time), -1)).all(axis=1))
    if odd.any():
        raise CoordinateError(
            f"Each event needs a finite position and time, but event {int(np.flatnonzero(odd)[0])} "
            f"has none ({int(odd.sum())} in all). Leave these events out first."
        )
    return place, time


def limit_of(limit: float, values: FloatArray, name: str) -> float:
    """Return a limit with what rounding may add to a difference that lies at it."""
    number = check_number(limit, name=name, unit="the unit of the data")
    if number < 0:
        raise ParameterError(f"{name} must be 0 or more, but is {limit!r}.")
    largest = float(np.abs(values).max(initial=0.0))
    return number * (1 + ROUNDING) + 4 * float(np.finfo(np.float64).eps) * largest


def count_pairs(values: FloatArray, limit: float) -> int:
    """Return how many pairs of places, or of times, are near."""
    n = len(values)
    if values.ndim == 2:
        from scipy.spatial import cKDTree

        tree = cKDTree(values)
        return (int(tree.count_neighbors(tree, limit)) - n) // 2
    ordered = np.sort(values)
    upto = np.searchsorted(ordered, ordered + limit, side="right")
    return int((upto - np.arange(1, n + 1)).sum())


def close_pairs(values: FloatArray, limit: float) -> Iterator[tuple[IntArray, IntArray]]:
    """
    Yield the pairs that are near, each once, in pieces of bounded size.

    Parameters
    ----------
    values : ndarray of float, shape (n,) or (n, 2)
        Places on a line, times, or places in a plane.
    limit : float
        From `limit_of`.

    Yields
    ------
    first, second : ndarray of int
        Rows of `values`.
    """
    if values.ndim == 2:
        yield from _close_pairs_in_a_plane(values, limit)
        return
    order = np.argsort(values, kind="stable").astype(np.int64)
    ordered = values[order]
    many = np.searchsorted(ordered, ordered + limit, side="right") - np.arange(1, len(values) + 1)
    for begin, stop in _pieces(many):
        of = many[begin:stop]
        first = np.repeat(np.arange(begin, stop), of)
        start = np.repeat(np.cumsum(of) - of, of)
        second = first + 1 + np.arange(first.size) - start
        yield order[first], order[second]


def _close_pairs_in_a_plane(
    values: FloatArray, limit: float
) -> Iterator[tuple[IntArray, IntArray]]:
    from scipy.spatial import cKDTree

    tree = cKDTree(values)
    many = np.asarray(tree.query_ball_point(values, limit, return_length=True), dtype=np.int64)
    for begin, stop in _pieces(many):
        found = tree.query_ball_point(values[begin:stop], limit)
        second = np.concatenate([np.asarray(rows, dtype=np.int64) for rows in found])
        first = np.repeat(np.arange(begin, stop), many[begin:stop])
        once = second > first
        yield first[once], second[once]


def _pieces(many: IntArray) -> Iterator[tuple[int, int]]:
    """Yield runs of rows that have some `PAIRS_AT_ONCE` pairs together."""
    upto = np.cumsum(many)
    begin = 0
    while begin < len(many):
        done = upto[begin - 1] if begin else 0
        stop = int(np.searchsorted(upto, done + PAIRS_AT_ONCE, side="right"))
        stop = max(stop, begin + 1)
        yield begin, stop
        begin = stop


class Pairs:
    """Near pairs, kept if they are few, else made anew each time they are asked for."""

    def __init__(self, values: FloatArray, limit: float, n_pairs: int) -> None:
        self.values, self.limit = values, limit
        self.kept = list(close_pairs(values, limit)) if n_pairs <= PAIRS_AT_ONCE else None

    def __iter__(self) -> Iterator[tuple[IntArray, IntArray]]:
        return close_pairs(self.values, self.limit) if self.kept is None else iter(self.kept)


def pairs_engine(engine: str, n_pairs: int, n_sim: int) -> Engine:
    """Return who counts so many pairs in so many permutations."""
    return choose_engine(engine, n=n_pairs * n_sim, worth=WORTH, cold=WORTH_COLD)


def near_in_both(
    pairs: Pairs,
    dealt: FloatArray,
    limit: float,
    n_sim: int,
    random: np.random.Generator,
    *,
    engine: Engine = "numpy",
) -> IntArray:
    """Return how many pairs are near in `dealt` too: as it is, then dealt out anew n_sim times."""
    values, double = _small_numbers(dealt, limit)
    n = len(values)
    width = max(1, min(DEALS_AT_ONCE, DEALT_BYTES // (values.itemsize * n)))
    both = np.zeros(n_sim + 1, dtype=np.int64)
    count = _count_by_numba if engine == "numba" else _count_by_numpy
    for begin in range(0, n_sim + 1, width):
        here = range(begin, min(begin + width, n_sim + 1))
        deals = np.stack([values[random.permutation(n)] if k else values for k in here], axis=1)
        for first, second in pairs:
            count(first, second, deals, limit, double, both[here.start : here.stop])
    return both


def _count_by_numpy(
    first: IntArray,
    second: IntArray,
    deals: NDArray[Any],
    limit: float,
    double: Any,
    both: IntArray,
) -> None:
    """Add to `both` how many of these pairs are near in each column."""
    for a in range(0, first.size, 16 * ROWS):
        piece = slice(a, a + 16 * ROWS)
        gap = deals[second[piece]] - deals[first[piece]]
        near = np.abs(gap) <= limit if double is None else gap + double // 2 <= double
        both += _add_up(near)


def _count_by_numba(
    first: IntArray,
    second: IntArray,
    deals: NDArray[Any],
    limit: float,
    double: Any,
    both: IntArray,
) -> None:
    from frontier_geo._fast.pairs import count_within, count_wrapped

    if double is None:
        count_within(first, second, deals, limit, both)
    else:
        count_wrapped(first, second, deals, double, both)


def _small_numbers(values: FloatArray, limit: float) -> tuple[NDArray[Any], Any]:
    """
    Return whole numbers in two bytes where they fit, and twice the limit; else the values and None.

    Differences wrap around at 2**16, so that one comparison, difference + limit <= 2 limit, says
    whether a difference lies within the limit on either side.
    """
    whole = np.floor(limit)
    span = np.ptp(values)
    if (values != np.round(values)).any() or span + 2 * whole >= 2**16 - 1:
        return values, None
    return (values - values.min()).astype(np.uint16), np.uint16(2 * whole)


def _add_up(near: NDArray[np.bool_]) -> IntArray:
    """Return the number of True in each column, added up byte by byte."""
    of_byte = near.view(np.uint8)
    starts = range(0, len(of_byte), ROWS)
    parts = [np.add.reduce(of_byte[a : a + ROWS], axis=0, dtype=np.uint8) for a in starts]
    return np.asarray(np.sum(parts, axis=0, dtype=np.int64))
