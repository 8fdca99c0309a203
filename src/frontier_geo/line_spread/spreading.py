"""
Uncertain points spread over a line: how likely each bit of it is the place of each point.

A point is reported at P, with an error that is normal with standard deviation sigma in both
directions. No stretch of the line is favoured beforehand. The perpendicular from P meets the geodesic
through an edge at a distance y, and at a place s along it; the density at x along the edge is
proportional to exp(-(y² + (x - s)²) / 2 sigma²), which integrates to a difference of normal
distribution functions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._fast import choose_engine
from frontier_geo._validation import FloatArray
from frontier_geo.chainage import LineIndex
from frontier_geo.line_spread.sphere import Line, nth_of_each
from frontier_geo.line_spread.tables import Table, tables_of
from frontier_geo.line_spread.weights import REACH, SHORT, STEEP, numpy_sums

__all__ = ["Bins", "Spread", "bin_points", "split_points", "spread_points"]

IntArray = NDArray[np.int64]

SMALLEST_SHARE = 1e-12  # of a point: less than this in a bin is left out
WORTH = 50_000  # points for which numba is loaded

#: Sums of points' weights over runs of edges, and past both ends of the line.
Sums = Callable[[Table], tuple[FloatArray, FloatArray]]


@dataclass(frozen=True)
class Spread:
    """
    How likely each bit of a line is the place of uncertain points; sums to 1 for each point.

    Attributes
    ----------
    point : ndarray of int, shape (n,)
        Index of the point, ascending.
    from_m, to_m : ndarray of float, shape (n,)
        Chainage of the ends of the bit, an edge of the line, in metres. All that lies past the start
        of the line is one bit from minus infinity to 0, all past its end one from there to infinity.
    probability : ndarray of float, shape (n,)
    """

    point: IntArray
    from_m: FloatArray
    to_m: FloatArray
    probability: FloatArray

    @property
    def chainage_m(self) -> FloatArray:
        """The middle of each bit, in metres; infinite for what lies past the ends."""
        return (self.from_m + self.to_m) / 2


@dataclass(frozen=True)
class Bins:
    """
    How likely uncertain points lie in each bin of a line; sums to 1 for each point.

    Attributes
    ----------
    point, bin : ndarray of int, shape (n,)
        Index of the point, ascending, and the bin, ascending within each point.
    probability : ndarray of float, shape (n,)
    """

    point: IntArray
    bin: IntArray
    probability: FloatArray


def spread_points(
    index: LineIndex,
    lon: ArrayLike,
    lat: ArrayLike,
    sigma_m: ArrayLike,
    *,
    cuts_m: ArrayLike = (),
    past_ends: bool = False,
    engine: str = "auto",
) -> Spread:
    """
    Spread uncertain points over the edges of a line.

    On a straight line, a geodesic, the result is the normal distribution along it; at a river bend
    every arm gets its share.

    Parameters
    ----------
    index : LineIndex
        The line.
    lon, lat : array_like of float, shape (n,)
        Points, degrees on WGS84.
    sigma_m : float or array_like of float, shape (n,)
        Standard deviations in metres, above 0.
    cuts_m : array_like of float, optional
        Chainages, in metres, at which edges are cut, so that no bit reaches across them.
    past_ends : bool, default False
        The line goes on past its ends along the geodesics of its first and last edge, and what
        falls there has entries of its own. Otherwise the place is known to be on the line.
    engine : {"auto", "numpy", "numba"}, default "auto"
        What does the work; both give the same to 1e-9.

    Returns
    -------
    Spread
        Bits farther out than 7 sigma are left out, and those with less than 1e-12.

    Examples
    --------
    >>> import numpy as np
    >>> index = LineIndex(np.array([70.0, 71.0]), np.array([0.0, 0.0]), np.array([0.0, 111319.491]))
    >>> spread = spread_points(index, [70.5], [0.0], 5000.0, cuts_m=[55659.7455])
    >>> round(float(spread.probability[spread.to_m <= 55659.75].sum()), 6)
    0.5
    """
    line = Line.cut(index, cuts_m)
    bins = _bin(line, np.arange(line.n + 2), lon, lat, sigma_m, past_ends, engine)
    start = np.concatenate((line.chainage[:-1], [-np.inf, line.chainage[-1]]))
    stop = np.concatenate((line.chainage[1:], [0.0, np.inf]))
    return Spread(bins.point, start[bins.bin], stop[bins.bin], bins.probability)


def bin_points(
    index: LineIndex,
    lon: ArrayLike,
    lat: ArrayLike,
    sigma_m: ArrayLike,
    *,
    breaks_m: ArrayLike,
    bins: ArrayLike | None = None,
    past_ends: bool = False,
    engine: str = "auto",
) -> Bins:
    """
    Sum the probabilities of uncertain points over bins of a line.

    Parameters
    ----------
    index, lon, lat, sigma_m, past_ends, engine
        As in `spread_points`.
    breaks_m : array_like of float, shape (k,)
        Chainages, in metres, ascending and inside the line, that part it into k + 1 pieces.
    bins : array_like of int, shape (k + 3,), optional
        The bin of each piece, then of what lies past the start and of what lies past the end; pieces
        may share one. Default: 0 to k + 2.

    Returns
    -------
    Bins
        Without what lies farther out than 7 sigma, and without shares below 1e-12.

    Examples
    --------
    >>> import numpy as np
    >>> index = LineIndex(np.array([70.0, 71.0]), np.array([0.0, 0.0]), np.array([0.0, 111319.491]))
    >>> bin_points(index, [70.5], [0.0], 5000.0, breaks_m=[55659.7455]).probability.round(6)
    array([0.5, 0.5])
    """
    breaks = np.asarray(breaks_m, dtype=np.float64)
    line = Line.cut(index, breaks)
    names = np.arange(breaks.size + 3) if bins is None else np.asarray(bins, dtype=np.int64)
    piece = np.searchsorted(breaks, line.middle)
    of_edge = names[np.concatenate((piece, [breaks.size + 1, breaks.size + 2]))]
    return _bin(line, of_edge, lon, lat, sigma_m, past_ends, engine)


def split_points(
    index: LineIndex,
    lon: ArrayLike,
    lat: ArrayLike,
    sigma_m: ArrayLike,
    *,
    start: ArrayLike,
    breaks_m: ArrayLike,
    engine: str = "auto",
) -> FloatArray:
    """
    Part the line for each uncertain point, and return how likely it lies in each part.

    Parameters
    ----------
    index, lon, lat, sigma_m, engine
        As in `spread_points`; the place is known to be on the line.
    start : array_like of int, shape (n + 1,)
        The breaks of point i are ``breaks_m[start[i]:start[i + 1]]``.
    breaks_m : array_like of float
        Chainages in metres, ascending within each point. An edge goes whole to the part that its
        middle lies in.

    Returns
    -------
    ndarray of float
        One more for each point than it has breaks, in the order of the line; those of a point sum
        to 1. Those of point i begin at ``start[i] + i``.
    """
    line, start = Line.cut(index, ()), np.asarray(start, dtype=np.int64)
    edge_of = np.searchsorted(line.middle, np.asarray(breaks_m, dtype=np.float64))
    shares = np.empty(edge_of.size + start.size - 1)
    every = np.arange(line.n + 2)
    for table, sums, _ in _summed(line, every, lon, lat, sigma_m, False, engine):
        below = np.zeros((table.rows.size, table.columns.size + 1))
        np.cumsum(sums, axis=1, out=below[:, 1:])
        below /= below[:, -1:]
        many = start[table.rows + 1] - start[table.rows]
        row, nth = nth_of_each(many)
        at = np.searchsorted(table.columns, edge_of[start[table.rows][row] + nth])
        upto = below[row, at]
        # Parts lie between the breaks, with one more after the last.
        first = start[table.rows] + table.rows
        shares[first[row] + nth] = upto
        shares[first + many] = 1.0
        shares[first[row] + nth + 1] -= upto
    return shares


def _bin(
    line: Line,
    of_edge: IntArray,
    lon: ArrayLike,
    lat: ArrayLike,
    sigma_m: ArrayLike,
    past_ends: bool,
    engine: str,
) -> Bins:
    """Sum over the bins of edges; the last two of `of_edge` are those past the ends."""
    parts = []
    for table, sums, past in _summed(line, of_edge, lon, lat, sigma_m, past_ends, engine):
        names = np.concatenate((of_edge[table.columns[table.runs]], of_edge[-2:]))
        sums, names = _merged(np.hstack((sums, past)), names)
        sums /= sums.sum(axis=1, keepdims=True)
        row, column = np.nonzero(sums >= SMALLEST_SHARE)
        parts.append((table.rows[row], names[column], sums[row, column]))
    if not parts:
        return Bins(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
    point, name, share = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(point, kind="stable")
    point, share = point[order], share[order]
    return Bins(point, name[order], share / np.bincount(point, share)[point])


def _merged(sums: FloatArray, names: IntArray) -> tuple[FloatArray, IntArray]:
    """Add up columns of one name; return them by ascending name."""
    order = np.argsort(names, kind="stable")
    names = names[order]
    first = np.flatnonzero(np.concatenate(([True], names[1:] != names[:-1])))
    return np.add.reduceat(sums[:, order], first, axis=1), names[first]


def _summed(
    line: Line,
    of_edge: IntArray,
    lon: ArrayLike,
    lat: ArrayLike,
    sigma_m: ArrayLike,
    past_ends: bool,
    engine: str,
) -> Iterator[tuple[Table, FloatArray, FloatArray]]:
    """Yield tables with the sums of weights over each run of edges and past the ends."""
    lon = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    lat = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    sigma = np.broadcast_to(np.asarray(sigma_m, dtype=np.float64), lon.shape)
    sums = _sums_by(choose_engine(engine, n=lon.size, worth=WORTH))
    for table in tables_of(line, of_edge, lon, lat, sigma, past_ends):
        yield table, *sums(table)


def _sums_by(engine: str) -> Sums:
    """Return what works out a table."""
    if engine == "numpy":
        return numpy_sums
    from frontier_geo._fast.spread import table_sums

    def compiled(table: Table) -> tuple[FloatArray, FloatArray]:
        return table_sums(
            table.place,
            table.scale,
            table.edges,
            table.exact,
            table.ends,
            table.runs,
            SHORT,
            STEEP,
            REACH,
        )

    return compiled
