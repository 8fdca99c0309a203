"""
Scan statistics on arrays: every contiguous run of segments, or any list of zones.

The most unusual zone is found exactly, in the data and in every simulation under one rate for all;
`scan_largest` says how.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._fast import Engine, choose_engine
from frontier_geo._validation import FloatArray, check_amounts, check_choice
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.scan.largest import (
    IntArray,
    Runs,
    draw_counts,
    draw_places,
    find_runs,
    largest_by_count,
    largest_by_length,
)
from frontier_geo.scan.ratio import SAME, Ratio, gumbel_p, p_of_maxima
from frontier_geo.significance import check_alternative, check_n_sim, check_seed

__all__ = [
    "AT_ONCE",
    "MODELS",
    "PathScan",
    "check_fraction",
    "check_total",
    "non_overlapping",
    "observed_runs",
    "path_scan",
    "scan_engine",
    "simulate_path",
    "zone_scan",
]

MODELS = ("poisson", "bernoulli")
AT_ONCE = 500_000  # numbers of one block of simulations: some megabytes, so that they stay in cache
#: Events per segment from which runs are walked by length and not by count: with few sizes of
#: segments, and with many. Measured; either way gives the same.
MANY_EVENTS, MANY_EVENTS_UNLIKE = 2, 8
MANY_EVENTS_EACH = 24  # events per segment from which counts are drawn at once, not event by event
#: Simulated numbers from which numba pays, and from which it pays to load it for this alone.
WORTH, WORTH_COLD = 20_000, 3_000_000


@dataclass(frozen=True)
class PathScan:
    """
    What a scan found, one entry a stretch, the most unusual first.

    Attributes
    ----------
    first, last : ndarray of int
        The first and last segment of each stretch, both included (for a general scan of zones: the
        number of the zone, twice).
    observed, expected, llr : ndarray of float
    p_value : ndarray of float
        Monte Carlo: how often the largest ratio of a simulation is at least as large.
    p_gumbel : ndarray of float
        From a Gumbel distribution with the mean and variance of the simulated ratios.
    simulated : ndarray of float, shape (n_sim,)
        The largest ratio of each simulation.
    n_zones : int
        How many runs or zones were looked at.
    """

    first: IntArray
    last: IntArray
    observed: FloatArray
    expected: FloatArray
    llr: FloatArray
    p_value: FloatArray
    p_gumbel: FloatArray
    simulated: FloatArray
    n_zones: int


def path_scan(
    cases: ArrayLike,
    expected: ArrayLike,
    *,
    model: str = "poisson",
    max_fraction: float = 0.5,
    linked: ArrayLike | None = None,
    n_sim: int = 999,
    seed: int = 0,
    alternative: str = "greater",
    max_clusters: int = 10,
    engine: str = "auto",
) -> PathScan:
    """
    Scan all contiguous runs of segments for unusual counts.

    Parameters
    ----------
    cases : array_like of int, shape (n,)
        Events of each segment, along the line.
    expected : array_like of float, shape (n,)
        What events are proportional to: expected events or exposure (Poisson), or the population of
        which cases are a part (Bernoulli, whole numbers). 0 only where there are no events.
    model : {"poisson", "bernoulli"}
    max_fraction : float, default 0.5
        The largest share of all of `expected` that a run may hold.
    linked : array_like of bool, shape (n - 1,), optional
        Whether a segment touches the next. Default: all do.
    n_sim, seed : int
        Simulations under one rate for all, with the number of events that was observed. With
        ``n_sim=0`` none are made: the p-values are NaN, and `cases` need not be whole numbers.
    alternative : {"greater", "less", "two-sided"}
        Look for runs with more events than expected, fewer, or both.
    max_clusters : int, default 10
        How many runs that do not overlap a more unusual one are kept.
    engine : {"auto", "numpy", "numba"}, default "auto"
        Who looks through the simulations. Both see the same ones and give the same p-values.

    Returns
    -------
    PathScan

    Raises
    ------
    ParameterError, StatisticsError
        If an argument makes no sense, or events lie where none are expected.

    References
    ----------
    Kulldorff (1997), Commun. Statist. Theory Meth. 26, 1481-1496.
    Abrams, Kulldorff & Kleinman (2010), Gumbel based p-value approximations for spatial scan
    statistics, Int. J. Health Geogr. 9:61.

    Examples
    --------
    >>> found = path_scan([0, 1, 9, 8, 1, 0, 1, 0], [1] * 8, n_sim=99)
    >>> int(found.first[0]), int(found.last[0]), float(found.p_value[0])
    (2, 3, 0.01)
    """
    check_choice(model, MODELS, name="model")
    check_alternative(alternative)
    n_sim, rng = check_n_sim(n_sim) if n_sim else 0, np.random.default_rng(check_seed(seed))
    counts, size = _check_counts(cases, expected, model, whole=n_sim > 0)
    links = _check_links(linked, len(counts))
    total = check_total(counts)
    ratio = Ratio(total, total if model == "poisson" else float(size.sum()), model)
    size = size * (ratio.whole / size.sum())
    cap = check_fraction(max_fraction) * ratio.whole
    runs = find_runs(size, cap=cap, linked=links)
    first, last, llr = observed_runs(counts, runs, ratio, alternative=alternative)
    keep = non_overlapping(first, last, max_clusters)
    first, last, llr = first[keep], last[keep], llr[keep]
    simulated = simulate_path(
        rng, size, runs, ratio, cap=cap, linked=links, n_sim=n_sim, alternative=alternative,
        engine=engine,
    )  # fmt: skip
    before, room = (
        np.concatenate(([0.0], np.cumsum(counts))),
        np.concatenate(([0.0], np.cumsum(size))),
    )
    return PathScan(
        first=first,
        last=last,
        observed=before[last + 1] - before[first],
        expected=ratio.expected(room[last + 1] - room[first]),
        llr=llr,
        p_value=p_of_maxima(llr, simulated),
        p_gumbel=gumbel_p(llr, simulated),
        simulated=simulated,
        n_zones=runs.n_runs,
    )


def simulate_path(
    rng: np.random.Generator,
    size: FloatArray,
    runs: Runs,
    ratio: Ratio,
    *,
    cap: float,
    linked: NDArray[np.bool_] | None,
    n_sim: int,
    alternative: str,
    engine: str = "auto",
) -> FloatArray:
    """
    Draw tables of counts under one rate for all and return the largest ratio of each.

    Blocks of simulations keep the memory bounded; their size changes no number.
    """
    n, total = len(size), int(ratio.total)
    chosen = scan_engine(engine, n_sim * max(total, n))
    walker: Engine = chosen if total < 2**31 else "numpy"  # the loops count in 32 bits
    by_count = alternative == "greater" and (
        total <= MANY_EVENTS * n or (total <= MANY_EVENTS_UNLIKE * n and None in runs.alike)
    )
    # Across a gap the running size jumps by more than any run may hold.
    jump = (
        np.zeros(n)
        if linked is None
        else 2.0 * ratio.whole * np.concatenate(([0], np.cumsum(~linked)))
    )
    room = np.concatenate(([0.0], np.cumsum(size)))
    low, high = room[:-1] + jump, room[1:] + jump
    block = max(1, AT_ONCE // max(total if by_count else n, 1))
    largest = []
    for begin in range(0, n_sim, block):
        rows = min(block, n_sim - begin)
        if by_count:
            place = _draw_events(rng, rows, size, ratio, chosen)
            # Rounding must not shut out a run that just fills the cap.
            within = cap * (1 + 1e-12) + 1e-12
            largest.append(
                largest_by_count(low[place], high[place], ratio, cap=within, engine=chosen)
            )
        else:
            counts = _draw_counts(rng, rows, size, ratio, chosen)
            upto = np.zeros((rows, n + 1), dtype=np.int32 if total < 2**31 else np.int64)
            np.cumsum(counts, axis=1, out=upto[:, 1:])
            largest.append(
                largest_by_length(upto, runs, ratio, alternative=alternative, engine=walker)
            )
    return np.concatenate(largest) if largest else np.zeros(0)


def scan_engine(engine: str, numbers: int) -> Engine:
    """Return who looks through so many simulated numbers."""
    return choose_engine(engine, n=numbers, worth=WORTH, cold=WORTH_COLD)


def _draw_events(
    rng: np.random.Generator, rows: int, size: FloatArray, ratio: Ratio, engine: Engine = "numpy"
) -> IntArray:
    """Return the segment of each event, in the order of the line."""
    if ratio.model == "poisson":
        return draw_places(rng, rows, int(ratio.total), size, engine=engine)
    counts = _draw_counts(rng, rows, size, ratio, engine)
    return np.repeat(np.tile(np.arange(len(size)), rows), counts.ravel()).reshape(rows, -1)


def _draw_counts(
    rng: np.random.Generator, rows: int, size: FloatArray, ratio: Ratio, engine: Engine = "numpy"
) -> IntArray:
    """Return tables of counts: multinomial, or drawn from the population without replacement."""
    n, total = len(size), int(ratio.total)
    if ratio.model == "bernoulli":
        whole = np.rint(size).astype(np.int64)
        return np.asarray(
            rng.multivariate_hypergeometric(whole, total, size=rows, method="marginals")
        )
    if total > MANY_EVENTS_EACH * n:
        return np.asarray(rng.multinomial(total, size / size.sum(), size=rows))
    return draw_counts(rng, rows, total, size, engine=engine)


def observed_runs(
    counts: FloatArray, runs: Runs, ratio: Ratio, *, alternative: str
) -> tuple[IntArray, IntArray, FloatArray]:
    """Return first and last segment and ratio of all runs with a ratio above 0, largest first."""
    upto = np.concatenate(([0.0], np.cumsum(counts)))
    first, last, llr, width = [], [], [], []
    for at, (start, size) in enumerate(zip(runs.starts, runs.sizes, strict=True)):
        value = ratio.of(upto[start + at + 1] - upto[start], size, alternative)
        some = np.flatnonzero(value > SAME)
        first.append(start[some])
        last.append(start[some] + at)
        llr.append(value[some])
        width.append(size[some])
    if not first:
        none = np.zeros(0, np.int64)
        return none, none, np.zeros(0)
    a, b, value = np.concatenate(first), np.concatenate(last), np.concatenate(llr)
    # Equal ratios: the smaller run first, then the one nearer to the start of the line.
    order = np.lexsort((a, b - a, np.concatenate(width).round(9), -_tied(value)))
    return a[order].astype(np.int64), b[order].astype(np.int64), value[order]


def _tied(value: FloatArray) -> FloatArray:
    """Round so that ratios which differ by rounding alone are equal."""
    return np.asarray(np.round(value / SAME) * SAME)


def non_overlapping(first: NDArray[Any], last: NDArray[Any], most: int | None = None) -> IntArray:
    """
    Choose stretches, in the order given, that overlap none chosen before.

    Parameters
    ----------
    first, last : ndarray of int or float, shape (n,)
        Both ends of each, included.
    most : int, optional
        Stop at this many.

    Returns
    -------
    ndarray of int
        Their positions.
    """
    chosen: list[int] = []
    free = np.arange(len(first))
    while free.size and (most is None or len(chosen) < most):
        best = free[0]
        chosen.append(int(best))
        free = free[(last[free] < first[best]) | (first[free] > last[best])]
    return np.array(chosen, dtype=np.int64)


def zone_scan(
    cases: ArrayLike,
    expected: ArrayLike,
    zones: Sequence[ArrayLike],
    *,
    model: str = "poisson",
    n_sim: int = 999,
    seed: int = 0,
    alternative: str = "greater",
    max_clusters: int = 10,
) -> PathScan:
    """
    Scan any list of zones, such as circles, for unusual counts.

    Parameters
    ----------
    cases, expected : array_like, shape (n,)
        Of each place, as for `path_scan`.
    zones : sequence of array_like of int, shape (k,)
        The places that each zone holds.
    model, n_sim, seed, alternative, max_clusters
        As for `path_scan`.

    Returns
    -------
    PathScan
        `first` and `last` are the number of the zone in `zones`.

    Raises
    ------
    ParameterError, StatisticsError
        As for `path_scan`, and if there are no zones or a zone names a place that is not there.

    References
    ----------
    Kulldorff (1997), A spatial scan statistic, Commun. Statist. Theory Meth. 26, 1481-1496.

    Examples
    --------
    >>> found = zone_scan([9, 0, 8, 1], [1] * 4, [[0, 2], [1, 3], [0]], n_sim=99)
    >>> int(found.first[0]), float(found.observed[0])
    (0, 17.0)
    """
    check_choice(model, MODELS, name="model")
    check_alternative(alternative)
    n_sim, rng = check_n_sim(n_sim), np.random.default_rng(check_seed(seed))
    counts, size = _check_counts(cases, expected, model)
    member = _zone_matrix(zones, len(counts))
    total = check_total(counts)
    ratio = Ratio(total, total if model == "poisson" else float(size.sum()), model)
    size = size * (ratio.whole / size.sum())
    of_zone = np.asarray(member @ size)
    observed = np.asarray(member @ counts)
    llr = ratio.of(observed, of_zone, alternative)
    keep = _disjoint(member, np.lexsort((of_zone, -_tied(llr))), llr, max_clusters)
    block = max(1, AT_ONCE * 4 // member.shape[0])
    simulated = np.concatenate(
        [
            ratio.of(
                (member @ _draw_counts(rng, min(block, n_sim - at), size, ratio).T).T,
                of_zone,
                alternative,
            ).max(axis=1)
            for at in range(0, n_sim, block)
        ]
    )
    return PathScan(
        first=keep,
        last=keep,
        observed=observed[keep],
        expected=ratio.expected(of_zone[keep]),
        llr=llr[keep],
        p_value=p_of_maxima(llr[keep], simulated),
        p_gumbel=gumbel_p(llr[keep], simulated),
        simulated=simulated,
        n_zones=member.shape[0],
    )


def _zone_matrix(zones: Sequence[ArrayLike], n: int) -> Any:
    """Return zones as a sparse matrix of 0 and 1."""
    from scipy.sparse import csr_array

    lists = [np.unique(np.asarray(zone, dtype=np.int64)) for zone in zones]
    if not lists:
        raise ParameterError("At least one zone is needed, but the list of zones is empty.")
    place = np.concatenate(lists)
    if place.size and (place.min() < 0 or place.max() >= n):
        raise ParameterError(
            f"Zones must name places from 0 to {n - 1}, but go from {place.min()} to {place.max()}."
        )
    start = np.concatenate(([0], np.cumsum([len(zone) for zone in lists])))
    return csr_array((np.ones(place.size), place, start), shape=(len(lists), n))


def _disjoint(member: Any, order: IntArray, llr: FloatArray, most: int) -> IntArray:
    """Choose zones in this order that share no place with one chosen before."""
    taken = np.zeros(member.shape[1], dtype=bool)
    chosen: list[int] = []
    for zone in order:
        if llr[zone] <= SAME or len(chosen) >= most:
            break
        place = member.indices[member.indptr[zone] : member.indptr[zone + 1]]
        if not taken[place].any():
            taken[place] = True
            chosen.append(int(zone))
    return np.array(chosen, dtype=np.int64)


def _check_counts(
    cases: ArrayLike, expected: ArrayLike, model: str, *, whole: bool = True
) -> tuple[FloatArray, FloatArray]:
    """Return counts and sizes that a scan can be made of."""
    counts = check_amounts(cases, name="cases")
    size = check_amounts(expected, name="expected" if model == "poisson" else "population")
    if counts.shape != size.shape or counts.ndim != 1 or not counts.size:
        raise ParameterError(
            "Each segment needs its cases and what is expected of it, but they have the shapes "
            f"{counts.shape} and {size.shape}."
        )
    odd = np.flatnonzero(counts != np.rint(counts))
    if odd.size and whole:
        raise StatisticsError(
            f"A scan counts events, but segment {odd[0]} has {counts[odd[0]]:g} of them. Give whole "
            "numbers; expected numbers have no such distribution (pass drawn tables as imputed=)."
        )
    bad = np.flatnonzero((size == 0) & (counts > 0))
    if bad.size:
        raise StatisticsError(
            f"Events need an exposure, but segment {bad[0]} has {counts[bad[0]]:g} events and an "
            "exposure of 0. Leave the segment out or give it the exposure it had."
        )
    if model == "bernoulli":
        _check_population(counts, size)
    return counts, size


def _check_population(cases: FloatArray, population: FloatArray) -> None:
    odd = np.flatnonzero((population != np.rint(population)) | (cases > population))
    if odd.size:
        raise ParameterError(
            "The population must be whole numbers and hold the cases, but segment "
            f"{odd[0]} has {cases[odd[0]]:g} cases among {population[odd[0]]:g}."
        )
    if cases.sum() and cases.sum() == population.sum():
        raise StatisticsError(
            "Everything counted is a case, so that no stretch can have more of them."
        )


def check_total(counts: FloatArray) -> float:
    """Refuse a table without events."""
    total = float(counts.sum())
    if total <= 0:
        raise StatisticsError(
            f"A scan needs events, but there is none in {counts.size} segments. Take a longer period, "
            "or more scopes and confidences."
        )
    return total


def check_fraction(max_fraction: float) -> float:
    """Refuse a largest share that is none, or above 1."""
    try:
        share = float(max_fraction)
    except (TypeError, ValueError):
        share = 0.0
    if not 0 < share <= 1:  # nor is NaN
        raise ParameterError(
            f"max_fraction must lie above 0 and at most at 1, but is {max_fraction!r}."
        )
    return share


def _check_links(linked: ArrayLike | None, n: int) -> NDArray[np.bool_] | None:
    if linked is None:
        return None
    links = np.asarray(linked, dtype=bool)
    if links.shape != (n - 1,):
        raise ParameterError(f"{n} segments have {n - 1} links, but {links.shape} were given.")
    return None if links.all() else links
