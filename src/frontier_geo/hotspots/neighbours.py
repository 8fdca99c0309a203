"""
Which segments are neighbours: a chain, broken where segments leave a gap.

On a line the question that areas raise, who touches whom, has one answer: the segment before and the
segment after. Neighbours of a higher order, or within a distance, follow from that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from frontier_geo._validation import FloatArray, check_columns, check_positive
from frontier_geo.errors import ParameterError
from frontier_geo.segments import chain_of, check_segments

__all__ = ["Neighbours", "as_neighbours", "chain_neighbours", "segment_neighbours"]

IntArray = NDArray[np.int64]

FORMS = (
    "a square matrix, or pairs (i, j) together with n, the number of values, or a dict "
    "(dict(enumerate(lists)) of lists of the neighbours of each)"
)


@dataclass(frozen=True)
class Neighbours:
    """
    Binary neighbours: each one counts 1, nobody is a neighbour of itself.

    Attributes
    ----------
    start : ndarray of int, shape (n + 1,)
        The neighbours of i are ``other[start[i]:start[i + 1]]``.
    other : ndarray of int
        Numbers of the neighbours, rising within each i.
    """

    start: IntArray
    other: IntArray

    @property
    def n(self) -> int:
        """How many there are that can have neighbours."""
        return self.start.size - 1

    @property
    def many(self) -> IntArray:
        """The number of neighbours of each; 0 for one that stands alone."""
        return np.diff(self.start)

    @property
    def owner(self) -> IntArray:
        """Whose neighbour each entry of `other` is."""
        return np.repeat(np.arange(self.n), self.many)

    def matrix(self, *, with_self: bool = False) -> sparse.csr_array:
        """
        Return the weights as a sparse matrix of 1.0, its diagonal 1.0 as well if `with_self`.

        Parameters
        ----------
        with_self : bool, default False
            Whether each is its own neighbour, too.

        Returns
        -------
        scipy.sparse.csr_array, shape (n, n)
        """
        ones = np.ones(self.other.size)
        weights = sparse.csr_array((ones, self.other, self.start), shape=(self.n, self.n))
        return sparse.csr_array(weights + sparse.eye_array(self.n)) if with_self else weights

    def sums(self, values: ArrayLike, *, with_self: bool = False) -> FloatArray:
        """
        Return the sum over the neighbours of each, shape (..., n), its own value too if asked.

        Parameters
        ----------
        values : array_like of float, shape (..., n)
        with_self : bool, default False
            Whether its own value counts, too.

        Returns
        -------
        ndarray of float, shape (..., n)
        """
        x = np.asarray(values, dtype=np.float64)
        flat = x.reshape(-1, self.n)
        total = np.asarray((self.matrix(with_self=with_self) @ flat.T).T)
        return total.reshape(x.shape)


def as_neighbours(neighbours: Any, n: int | None = None) -> Neighbours:
    """
    Return neighbours from whatever form they come in.

    Parameters
    ----------
    neighbours : Neighbours, sparse matrix, array_like or dict
        A matrix of shape (n, n), whose entries above 0 make neighbours (row i: those of i), sparse or
        not; a list of pairs ``(i, j)``, j a neighbour of i, with `n` given; or a dict ``{i: [j, k]}``,
        which ``dict(enumerate(lists))`` makes of a list of the neighbours of each one.
        A diagonal is dropped: whether one counts to its own neighbourhood is said to each statistic.
    n : int, optional
        How many there are: needed for pairs.

    Returns
    -------
    Neighbours

    Raises
    ------
    ParameterError
        If the matrix is not square, its weights differ from one another within a row, a pair points
        beyond `n`, or lists of neighbours are given without saying whose (see above).

    Examples
    --------
    >>> as_neighbours([(0, 1), (1, 0), (1, 2), (2, 1)], n=3).many.tolist()
    [1, 2, 1]
    """
    if isinstance(neighbours, Neighbours):
        found = neighbours
    elif sparse.issparse(neighbours):
        found = _from_matrix(sparse.csr_array(neighbours))
    elif isinstance(neighbours, dict):
        pairs = [(i, j) for i, others in neighbours.items() for j in others]
        found = _from_pairs(pairs, len(neighbours) if n is None else n)
    else:
        found = _from_array(neighbours, n)
    if n is not None and found.n != n:
        raise ParameterError(
            f"Neighbours must be given for each of the {n} values, but are given for {found.n}."
        )
    return found


def chain_neighbours(linked: ArrayLike, *, order: int = 1) -> Neighbours:
    """
    Return the neighbours along a chain.

    Parameters
    ----------
    linked : array_like of bool, shape (n - 1,)
        Whether the i-th and the (i + 1)-th touch. A gap is not stepped over.
    order : int, default 1
        How many steps along the chain a neighbour may be away.

    Returns
    -------
    Neighbours

    Raises
    ------
    ParameterError
        If `order` is no whole number of 1 or more.

    References
    ----------
    Anselin & Rey (2014), Modern Spatial Econometrics in Practice, chapter 3: contiguity and its higher
    orders.

    Examples
    --------
    >>> chain_neighbours([True, True, False], order=2).many.tolist()
    [2, 2, 2, 0]
    """
    touch = np.asarray(linked, dtype=bool).ravel()
    steps = _check_order(order)
    piece = np.concatenate(([0], np.cumsum(~touch)))
    n = piece.size
    first = np.searchsorted(piece, piece, side="left")
    last = np.searchsorted(piece, piece, side="right") - 1
    here = np.arange(n)
    return _from_ranges(np.maximum(first, here - steps), np.minimum(last, here + steps), here)


def segment_neighbours(
    segments: pd.DataFrame, *, order: int = 1, distance_km: float | None = None
) -> Neighbours:
    """
    Return which segments are neighbours on the line.

    Parameters
    ----------
    segments : DataFrame
        With ``segment_id, from_km, to_km, length_km``, in any order, not overlapping.
    order : int, default 1
        How many segments away a neighbour may be, to either side.
    distance_km : float, optional
        Instead of `order`: neighbours are those whose middle lies no farther away along the line.

    Returns
    -------
    Neighbours
        Their numbers are the rows of the table. Where segments leave a gap the chain breaks: what
        lies beyond it is no neighbour, however near.

    Raises
    ------
    ColumnError, ParameterError
        If a column is missing, segments overlap, or `order` or `distance_km` makes no sense.

    References
    ----------
    Bivand & Portnov (2004), Exploring spatial data analysis techniques using R, Springer: neighbours by
    contiguity and by distance.

    Examples
    --------
    >>> from frontier_geo import make_segments
    >>> segment_neighbours(make_segments(length_km=10)).many[[0, 1, 134]].tolist()
    [1, 2, 1]
    """
    check_segments(segments)
    check_columns(segments, ["from_km", "to_km"], name="segments")
    chain = chain_of(segments)
    if distance_km is None:
        along = chain_neighbours(chain.linked, order=order)
    else:
        ends = segments[["from_km", "to_km"]].to_numpy(dtype=float)[chain.order]
        along = _within(ends.mean(axis=1), chain.linked, distance_km)
    rows = sparse.csr_array(
        (np.ones(along.other.size), (chain.order[along.owner], chain.order[along.other])),
        shape=(along.n, along.n),
    )
    return _from_matrix(rows)


def _within(middle_km: FloatArray, linked: NDArray[np.bool_], distance_km: float) -> Neighbours:
    """Return neighbours along a chain whose middles are no farther apart than a distance."""
    reach = check_positive(distance_km, name="distance_km", unit="km") + 1e-9
    piece = np.concatenate(([0], np.cumsum(~linked)))
    first = np.searchsorted(piece, piece, side="left")
    last = np.searchsorted(piece, piece, side="right") - 1
    near = np.searchsorted(middle_km, middle_km - reach, side="left")
    far = np.searchsorted(middle_km, middle_km + reach, side="right") - 1
    here = np.arange(middle_km.size)
    return _from_ranges(np.maximum(first, near), np.minimum(last, far), here)


def _from_ranges(first: IntArray, last: IntArray, here: IntArray) -> Neighbours:
    """Return as neighbours all from `first` to `last` except oneself."""
    many = last - first + 1
    owner = np.repeat(here, many)
    other = np.arange(owner.size) - np.repeat(np.cumsum(many) - many, many) + first[owner]
    keep = other != owner
    start = np.concatenate(([0], np.cumsum(many - 1)))
    return Neighbours(start.astype(np.int64), other[keep].astype(np.int64))


def _from_matrix(matrix: sparse.csr_array) -> Neighbours:
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ParameterError(f"Neighbours need a square matrix, but its shape is {matrix.shape}.")
    coo = matrix.tocoo()
    keep = (coo.data != 0) & (coo.row != coo.col)
    row, col, weight = coo.row[keep], coo.col[keep], coo.data[keep]
    n = matrix.shape[0]
    order = np.lexsort((col, row))
    row, col, weight = row[order], col[order], weight[order]
    start = np.concatenate(([0], np.cumsum(np.bincount(row, minlength=n)))).astype(np.int64)
    first = weight[start[:-1][row]] if row.size else weight
    if (weight < 0).any() or not np.allclose(weight, first, rtol=1e-9):
        raise ParameterError(
            "Neighbours are binary: the weights of a row must be alike and above 0, but they differ "
            "or are negative. Pass a matrix of ones, or the pairs of neighbours."
        )
    return Neighbours(start, col.astype(np.int64))


def _from_pairs(pairs: Any, n: int) -> Neighbours:
    found = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    if found.size and (found.min() < 0 or found.max() >= n):
        raise ParameterError(
            f"Pairs of neighbours must lie between 0 and {n - 1}, but reach from {found.min()} to "
            f"{found.max()}."
        )
    row, col = np.unique(found, axis=0).T if found.size else (found[:, 0], found[:, 1])
    return _from_matrix(sparse.csr_array((np.ones(row.size), (row, col)), shape=(n, n)))


def _from_array(neighbours: Any, n: int | None) -> Neighbours:
    try:
        table = np.asarray(neighbours, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"Neighbours must be {FORMS}, but rows differ in length.") from error
    square = table.ndim == 2 and table.shape[0] == table.shape[1]
    if square and (n in (None, table.shape[0]) or table.shape[0] != 2):
        return _from_matrix(sparse.csr_array(table))
    pairs = table.ndim == 2 and table.shape[1] == 2
    if not (pairs or table.size == 0) or n is None:
        raise ParameterError(
            f"Neighbours must be {FORMS}, but an array of the shape {table.shape} was given, with "
            f"n={n}."
        )
    return _from_pairs(table, n)


def _check_order(order: Any) -> int:
    if isinstance(order, bool) or not isinstance(order, int | np.integer) or order < 1:
        raise ParameterError(f"order must be a whole number of 1 or more, but is {order!r}.")
    return int(order)
