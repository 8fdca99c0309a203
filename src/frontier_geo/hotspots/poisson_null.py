"""
Poisson: how unusual the count of a neighbourhood is, had every event happened anywhere on the line.

As likely on one kilometre and year as on another: then the count of a neighbourhood is binomial,
exactly, whatever the lengths of its segments. Nothing needs to be simulated for one neighbourhood,
only how the smallest of many p-values behaves.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from frontier_geo._validation import FloatArray, check_choice
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.hotspots.neighbours import IntArray, Neighbours
from frontier_geo.hotspots.permutation_null import CELLS_AT_ONCE, Tails, check_values
from frontier_geo.significance import check_alternative, check_n_sim, check_seed

__all__ = ["TIES", "check_counts", "check_exposure", "poisson_minima", "poisson_tails"]

TIES = ("surroundings", "none")
UNDECIDED = 1e-4  # a tie is broken to this part of the p-value
NOTHING = 1e-12  # a probability this small needs no breaking up


def check_counts(counts: ArrayLike, *, name: str = "counts") -> FloatArray:
    """Refuse anything but whole numbers of 0 or more."""
    x = check_values(counts, name=name)
    bad = np.flatnonzero((x < 0) | (x != np.round(x)))
    if bad.size:
        raise StatisticsError(
            f'{name} must be counts, whole numbers of 0 or more, for null="poisson", but row {bad[0]} '
            f'has {x[bad[0]]:g}. Take the column of whole counts, or null="permutation".'
        )
    return x


def check_exposure(exposure: ArrayLike, n: int) -> FloatArray:
    """Return each one's share of the exposure; refuse what is not above 0."""
    e = check_values(exposure, name="exposure")
    if e.size != n or (e <= 0).any():
        raise ParameterError(
            f"exposure must be a number above 0 for each of the {n} segments, but "
            + (f"{e.size} were given." if e.size != n else f"the smallest is {e.min():g}.")
        )
    return np.asarray(e / e.sum(), dtype=np.float64)


def poisson_tails(
    counts: ArrayLike, exposure: ArrayLike, neighbours: Neighbours, *, ties: str = "surroundings"
) -> Tails:
    """
    Return exact p-values of the count of each neighbourhood, under one rate all along the line.

    Given their total N, events of a Poisson process of constant rate fall into a neighbourhood with
    the share P of the exposure as Binomial(N, P), whatever the lengths of its segments.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
        Events of each segment.
    exposure : array_like of float, shape (n,)
        Length times time observed of each, above 0.
    neighbours : Neighbours
        A neighbourhood is a segment and its neighbours.
    ties : {"surroundings", "none"}, default "surroundings"
        Counts are few, so that many patterns tie, and a p-value that counts all of a tie as more
        extreme is too large (see Notes). "surroundings": among neighbourhoods of one count that one
        is the denser which has more events in the ring of neighbours' neighbours around it, then in
        the ring around that, and so on. "none": the plain binomial p-value.

    Returns
    -------
    Tails
        NaN for segments without neighbours, and where there are no events.

    Notes
    -----
    With the rings' counts y_1, y_2, … the upper tail is P(X > x) + P(X = x) [P(Y_1 > y_1 | x) +
    P(Y_1 = y_1 | x) [P(Y_2 > y_2 | x, y_1) + …]]: the probability of a pattern as dense or denser in
    that order, each term binomial. It never lies above the plain one, nor below that of one event
    more. Both are valid: at most alpha of patterns by chance have p of alpha or less. Neighbourhoods
    without any event are not told apart: no surroundings make nothing less.

    Examples
    --------
    >>> from frontier_geo.hotspots.neighbours import chain_neighbours
    >>> chain = chain_neighbours([True] * 3)
    >>> poisson_tails([0, 1, 0, 1], [1, 1, 1, 1], chain, ties="none").upper.round(4).tolist()
    [0.75, 0.9375, 0.5625, 0.75]
    >>> poisson_tails([0, 1, 0, 1], [1, 1, 1, 1], chain).upper.round(4).tolist()
    [0.75, 0.9375, 0.5625, 0.5]
    """
    x = check_counts(counts)
    share = check_exposure(exposure, x.size)
    check_choice(ties, TIES, name="ties")
    rings = _Rings(neighbours, 1 if ties == "none" else None)
    upper, lower = np.full(x.size, np.nan), np.full(x.size, np.nan)
    here = np.flatnonzero(neighbours.many > 0)
    if x.sum() > 0:
        table = np.zeros(here.size, dtype=np.int64)
        found = _Refining(x[None, :], share, rings, table, here)
        while found.go_on(~found.settled()):
            pass
        upper[here], lower[here] = found.tails(tied=True)
    part = np.minimum(neighbours.sums(share, with_self=True), 1.0)
    return Tails(upper, lower, part ** x.sum(), (1.0 - part) ** x.sum())


class _Rings:
    """The neighbourhood of each one (ring 0), the ring around it, and so on, found as needed."""

    def __init__(self, neighbours: Neighbours, most: int | None = None) -> None:
        self._steps = neighbours.matrix(with_self=True)
        self._reached = self._steps
        self._rings = [_padded(self._steps)]
        self._most = most
        self._closed = False

    def get(self, number: int) -> IntArray | None:
        """Return the members of each one's ring, filled up with n; None when no ring is left."""
        while number >= len(self._rings) and not self._closed:
            grown = (self._reached @ self._steps).sign()
            ring = (grown - self._reached).tocsr()
            ring.eliminate_zeros()
            self._closed = ring.nnz == 0 or len(self._rings) == self._most
            if not self._closed:
                self._rings.append(_padded(ring))
                self._reached = grown.tocsr()
        return self._rings[number] if number < len(self._rings) else None


def _padded(ring: sparse.csr_array) -> IntArray:
    """Return the members of each row, filled up with n to one length."""
    many = np.diff(ring.indptr)
    members = np.full((ring.shape[0], max(int(many.max(initial=0)), 1)), ring.shape[0])
    members[np.arange(members.shape[1]) < many[:, None]] = ring.indices
    return members


def poisson_minima(
    total: int,
    exposure: ArrayLike,
    neighbours: Neighbours,
    *,
    alternative: str = "two-sided",
    ties: str = "surroundings",
    n_sim: int = 9999,
    seed: int = 0,
) -> FloatArray:
    """
    Return the smallest p-value of each of many tables of events dealt out by exposure.

    Parameters
    ----------
    total : int
        Events in each table.
    exposure, neighbours, ties
        As in `poisson_tails`.
    alternative : {"two-sided", "greater", "less"}
    n_sim : int, default 9999
        Number of tables.
    seed : int, default 0

    Returns
    -------
    ndarray of float, shape (n_sim,)
        In rising order: what `westfall_young` needs.
    """
    n_sim, seed = check_n_sim(n_sim), check_seed(seed)
    check_alternative(alternative)
    check_choice(ties, TIES, name="ties")
    share = check_exposure(exposure, neighbours.n)
    rings = _Rings(neighbours, 1 if ties == "none" else None)
    random = np.random.default_rng(seed)
    step = max(1, CELLS_AT_ONCE // share.size)
    parts = []
    for first in range(0, n_sim, step):
        tables = random.multinomial(total, share, size=min(step, n_sim - first)).astype(float)
        parts.append(_minima(tables, share, neighbours, rings, alternative))
    return np.sort(np.concatenate(parts))


def _minima(
    tables: FloatArray, share: FloatArray, neighbours: Neighbours, rings: _Rings, alternative: str
) -> FloatArray:
    """Return the smallest p-value of each table; only ties that may hold it are broken."""
    here = np.flatnonzero(neighbours.many > 0)
    if not here.size:
        return np.ones(len(tables))
    sums = np.rint(neighbours.sums(tables, with_self=True)[:, here]).astype(np.int64)
    parts = np.minimum(neighbours.sums(share, with_self=True)[here], 1.0)
    total = float(tables[0].sum())
    ends = np.stack((parts**total, (1.0 - parts) ** total))
    above, below, equal = _binomials(sums, parts, total)
    none = sums == 0
    tails = Tails(above + equal, below + equal, *ends)
    least: FloatArray = tails.p(alternative).min(axis=1)
    bounds = Tails(np.where(none, 1.0, above), np.where(none, equal, below), *ends).p(alternative)
    table, column = np.nonzero(bounds < least[:, None])
    found = _Refining(tables, share, rings, table, here[column])
    doubtful = np.ones(table.size, dtype=bool)
    while found.go_on(doubtful & ~found.settled()):
        most = Tails(*found.tails(tied=True), *ends[:, column]).p(alternative)
        np.minimum.at(least, table, most)
        doubtful = Tails(*found.tails(tied=False), *ends[:, column]).p(alternative) < least[table]
    return least


def _binomials(
    sums: IntArray, parts: FloatArray, total: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the probabilities of more, fewer, and as many events, by way of a table of them."""
    from scipy.stats import binom

    different, which = np.unique(parts.round(12), return_inverse=True)
    k = np.arange(int(sums.max()) + 1)
    laws = binom(total, np.minimum(different, 1.0)[:, None])
    more, fewer, equal = laws.sf(k), laws.cdf(k - 1), laws.pmf(k)
    return more[which, sums], fewer[which, sums], equal[which, sums]


class _Refining:
    """
    Pairs of a table and a neighbourhood in it, whose ties are broken ring by ring.

    What is denser and what is thinner has a probability by now; the rest is still tied.
    """

    def __init__(
        self, tables: FloatArray, share: FloatArray, rings: _Rings, table: IntArray, row: IntArray
    ) -> None:
        zero = np.zeros((len(tables), 1))
        self._tables, self._share = np.hstack((tables, zero)), np.append(share, 0.0)
        self._rings, self._ring = rings, 0
        self._table, self._row = table, row
        self._left = tables.sum(axis=1)[table]
        self._part = np.zeros(table.size)
        self._above, self._below = np.zeros(table.size), np.zeros(table.size)
        self._tied = np.ones(table.size)
        self._nothing = np.zeros(table.size)  # probability of no event, where there is none

    def tails(self, *, tied: bool) -> tuple[FloatArray, FloatArray]:
        """Return the upper and the lower tail, with or without what is still tied."""
        rest = self._tied if tied else 0.0
        upper = np.where(self._nothing > 0, 1.0, self._above + rest)
        lower = np.where(self._nothing > 0, self._nothing, self._below + rest)
        return np.minimum(upper, 1.0), np.minimum(lower, 1.0)

    def settled(self) -> NDArray[np.bool_]:
        """Return which pairs have no event left around them, or no tie that matters."""
        small = UNDECIDED * (np.minimum(self._above, self._below) + self._tied)
        settled = (self._left <= 0) | (self._tied <= np.maximum(small, NOTHING))
        return np.asarray(settled | (self._nothing > 0), dtype=bool)

    def go_on(self, these: NDArray[np.bool_]) -> bool:
        """Look at the next ring of some pairs; return whether there was anything to look at."""
        from scipy.stats import binom

        members = self._rings.get(self._ring)
        at = np.flatnonzero(these)
        if members is None or not at.size:
            return False
        ring = members[self._row[at]]
        seen = self._tables[self._table[at, None], ring].sum(axis=1)
        part, left = self._share[ring].sum(axis=1), self._left[at]
        chance = np.clip(part / (1.0 - self._part[at]), 0.0, 1.0)
        tied = self._tied[at]
        self._above[at] += tied * binom.sf(seen, left, chance)
        self._below[at] += tied * binom.cdf(seen - 1, left, chance)
        self._tied[at] = tied * binom.pmf(seen, left, chance)
        if self._ring == 0:
            self._nothing[at] = np.where(seen == 0, self._tied[at], 0.0)
        self._left[at] -= seen
        self._part[at] += part
        self._ring += 1
        return True
