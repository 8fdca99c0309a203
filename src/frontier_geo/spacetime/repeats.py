"""
Near repeats: how many more pairs of incidents lie near in place and time than chance would have.

Every pair of incidents falls into a band of distance and a band of time. Bands are half-open from
above: a pair 100 m and 3 days apart is in (0, 100] and (0, 3]. Pairs at one and the same place, or of
the same day, have a band of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray
from frontier_geo.boundary import Boundary
from frontier_geo.errors import ParameterError
from frontier_geo.locating import same_boundary
from frontier_geo.periods import Period
from frontier_geo.selection import select_events
from frontier_geo.significance import (
    adjust_p,
    check_level,
    check_n_sim,
    check_seed,
    monte_carlo_p,
    smallest_p,
)
from frontier_geo.spacetime.dated_places import DatedPlaces, dated_places
from frontier_geo.spacetime.pairs import check_times_and_places, close_pairs, limit_of, pairs_engine

__all__ = ["NearRepeat", "near_repeat", "near_repeat_bands"]

IntArray = NDArray[np.int64]

DISTANCE_BANDS_KM = (1.0, 5.0, 10.0, 25.0, 50.0)
TIME_BANDS_DAYS = (7.0, 14.0, 30.0, 60.0, 90.0)
MOST_PAIRS = 50_000_000
PAIRS_AT_ONCE = 1_000_000
CONVENTION = (
    "bands are half-open from above, (from, to]: a pair exactly `to` apart is in the band; pairs at "
    "the same place (distance 0) or of the same day (0 days) have a band of their own; each pair once"
)


@dataclass(frozen=True)
class NearRepeat:
    """
    Pairs of events by band of distance and band of time.

    Attributes
    ----------
    distance_edges, time_edges : ndarray of float
        Upper ends of the bands. The first band is [0, 0], the second (0, first edge].
    observed : ndarray of int, shape (distance bands, time bands)
        Pairs, the band of the same place or day first.
    expected : ndarray of float
        If place and time had nothing to do with each other: the product of the margins over all
        pairs, which is the mean over all permutations (that of the `n_sim` drawn ones only tends to
        it).
    p_value : ndarray of float
        (1 + permutations with as many pairs or more) / (1 + n_sim).
    simulated : ndarray of int, shape (n_sim, distance bands, time bands)
    """

    distance_edges: FloatArray
    time_edges: FloatArray
    observed: IntArray
    expected: FloatArray
    p_value: FloatArray
    simulated: IntArray = field(repr=False)


def near_repeat_bands(
    positions: ArrayLike,
    times: ArrayLike,
    *,
    distance_bands: ArrayLike,
    time_bands: ArrayLike,
    n_sim: int = 999,
    seed: int = 0,
    engine: str = "auto",
) -> NearRepeat:
    """
    Count pairs of events by band of distance and band of time, beside what chance gives.

    Parameters
    ----------
    positions : array_like of float, shape (n,) or (n, 2)
        Chainage along a line, or coordinates in a plane.
    times : array_like of float or datetime64, shape (n,)
        Dates are counted in days.
    distance_bands, time_bands : array_like of float, shape (k,)
        Upper ends of the bands, rising and above 0.
    n_sim : int, default 999
        How often the times are dealt out anew.
    seed : int, default 0
    engine : {"auto", "numpy", "numba"}, default "auto"
        Who counts the pairs. Both count the same permutations and give the same numbers.

    Returns
    -------
    NearRepeat

    Raises
    ------
    CoordinateError, StatisticsError
        If a position or time is missing, or there are fewer than two events.
    ParameterError
        If the bands do not rise from above 0, or so many pairs lie in them that they do not fit in
        memory.

    References
    ----------
    Johnson et al. (2007), Space-time patterns of risk: a cross national assessment of residential
    burglary victimization, J. Quantitative Criminology 23, 201-219.

    Examples
    --------
    >>> found = near_repeat_bands(
    ...     [0.0, 0.1, 50.0], [1, 4, 200], distance_bands=[0.1, 1], time_bands=[3, 7], n_sim=9)
    >>> found.observed.tolist()
    [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    """
    place, time = check_times_and_places(positions, times)
    far, late = check_bands(distance_bands, "distance_bands"), check_bands(time_bands, "time_bands")
    n_sim = check_n_sim(n_sim)
    random = np.random.default_rng(check_seed(seed))
    place_edges, time_edges = _limits(far, place), _limits(late, time)
    first, second, row = _pairs_by_distance(place, place_edges)
    shape = (len(place_edges), len(time_edges))
    tables = np.zeros((n_sim + 1, *shape), dtype=np.int64)
    count = _count
    if pairs_engine(engine, first.size, n_sim) == "numba":
        from frontier_geo._fast.pairs import count_bands as count
    for k in range(n_sim + 1):
        dealt = random.permutation(time) if k else time
        count(dealt, first, second, row, time_edges, tables[k])
    simulated = tables[1:]
    return NearRepeat(
        distance_edges=np.append(0.0, far),
        time_edges=np.append(0.0, late),
        observed=tables[0],
        expected=_from_margins(row, time, time_edges, shape),
        p_value=monte_carlo_p(tables[0], simulated),
        simulated=simulated,
    )


def check_bands(bands: ArrayLike, name: str) -> FloatArray:
    """Refuse upper ends of bands that do not rise from above 0."""
    try:
        edges = np.atleast_1d(np.asarray(bands, dtype=np.float64)).ravel()
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be numbers that rise, but are {bands!r}.") from error
    if (
        not edges.size
        or not np.isfinite(edges).all()
        or (np.diff(np.append(0.0, edges)) <= 0).any()
    ):
        raise ParameterError(
            f"{name} are the upper ends of bands and must be finite, above 0 and rise, but are "
            f"{edges.tolist()}. The band of distance or time 0 comes by itself: leave 0 out."
        )
    return edges


def _limits(edges: FloatArray, values: FloatArray) -> FloatArray:
    """Return the upper ends, 0 first, each with what rounding may add to a difference at it."""
    return np.array([limit_of(edge, values, "a band") for edge in (0.0, *edges)])


def _pairs_by_distance(place: FloatArray, edges: FloatArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return the pairs within the last band and the band of each."""
    parts, total = [], 0
    for first, second in close_pairs(place, float(edges[-1])):
        gap = place[first] - place[second]
        distance = np.abs(gap) if place.ndim == 1 else np.hypot(gap[:, 0], gap[:, 1])
        row = np.searchsorted(edges, distance, side="left")
        inside = row < len(edges)  # rounding alone may put a pair past the last
        parts.append((first[inside], second[inside], row[inside]))
        total += first.size
        if total > MOST_PAIRS:
            raise ParameterError(
                f"distance_bands up to {edges[-1]:g} hold more than {MOST_PAIRS:,} pairs of these "
                f"{len(place):,} events. Take narrower bands, or knox(), which counts them in pieces."
            )
    if not parts:
        empty = np.zeros(0, dtype=np.int64)
        return empty, empty, empty
    first, second, row = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return first, second, row.astype(np.int64)


def _count(
    time: FloatArray,
    first: IntArray,
    second: IntArray,
    row: IntArray,
    edges: FloatArray,
    table: IntArray,
) -> None:
    """Add to the table the number of pairs in each pair of bands."""
    for begin in range(0, first.size, PAIRS_AT_ONCE):
        piece = slice(begin, begin + PAIRS_AT_ONCE)
        gap = np.abs(time[first[piece]] - time[second[piece]])
        near = np.flatnonzero(gap <= edges[-1])
        column = np.searchsorted(edges, gap[near], side="left")
        cell = row[piece][near] * table.shape[1] + column
        table += np.bincount(cell, minlength=table.size).reshape(table.shape)


def _from_margins(
    row: IntArray, time: FloatArray, edges: FloatArray, shape: tuple[int, int]
) -> FloatArray:
    """Return the mean over all permutations: pairs by distance x pairs by time / all pairs."""
    n = len(time)
    ordered = np.sort(time)
    upto = [
        int((np.searchsorted(ordered, ordered + edge, side="right") - np.arange(1, n + 1)).sum())
        for edge in edges
    ]
    in_time = np.diff(upto, prepend=0).astype(np.float64)
    in_place = np.bincount(row, minlength=shape[0]).astype(np.float64)
    return np.outer(in_place, in_time) / (n * (n - 1) / 2)


# ---- the table -------------------------------------------------------------------------------------


def near_repeat(
    located: pd.DataFrame,
    boundary: Boundary | None = None,
    *,
    distance_bands_km: ArrayLike = DISTANCE_BANDS_KM,
    time_bands_days: ArrayLike = TIME_BANDS_DAYS,
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    n_sim: int = 999,
    seed: int = 0,
    n_imputations: int = 20,
    alpha: float = 0.05,
    p_adj_method: str = "fdr_bh",
    engine: str = "auto",
) -> pd.DataFrame:
    """
    Tabulate pairs of incidents by distance along the border and by days between them.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`.
    boundary : Boundary, optional
        The line they were located on. Default: the shipped border, if it is that.
    distance_bands_km, time_bands_days : array_like of float, shape (k,)
        Upper ends of the bands, above 0 and rising.
    period : str, int or (date, date), optional
        First and last day that count (see `segment_rates`).
    scope, min_confidence
        Which events count (see `segment_rates`).
    n_sim : int, default 999
        How often the days are dealt out anew.
    seed : int, default 0
        Of permutations and draws.
    n_imputations : int, default 20
        How often place and day are drawn for events not known to a point and a day; 0 for never.
    alpha : float, default 0.05
        At which p-value a drawn table supports the conclusion.
    p_adj_method : {"fdr_bh", "fdr_by", "holm", "bonferroni", "none"}
        How the p-values of all bands are adjusted.
    engine : {"auto", "numpy", "numba"}, default "auto"
        As for `near_repeat_bands`.

    Returns
    -------
    DataFrame
        One row for each pair of bands, nearest first:

        - ``distance_band, time_band``: the bands in words, "same place", "(0, 1] km", "same day",
          "(0, 7] days";
        - ``distance_from_km, distance_to_km, time_from_days, time_to_days``: (from, to]; both 0 for
          the same place or day;
        - ``observed, expected`` (the mean over all permutations, exact), ``ratio, p_value, p_adj,
          p_adj_method``, of the events known to a point and to a day;
        - ``observed_imputed, ratio_imputed``: medians over the drawn tables; ``p_imputed``: the
          median of their p-values; ``support``: the share with a p-value of `alpha` or less;
        - ``reason``: why a number is missing, else None.

        ``.attrs["convention"]`` says how bands are closed; ``.attrs["accounting"]`` which events
        were left out.

    Raises
    ------
    ParameterError
        If the bands do not rise from above 0, `n_sim` cannot reach `alpha`, or another line is meant.

    References
    ----------
    Johnson et al. (2007), J. Quantitative Criminology 23, 201-219.
    Eekhout, van de Wiel & Heymans (2017), BMC Med. Res. Methodol. 17, 129.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> located = locate_events(load_events())
    >>> table = near_repeat(located, distance_bands_km=[10], time_bands_days=[30], n_sim=99,
    ...                     n_imputations=0)
    >>> table["distance_band"].unique().tolist(), table["time_band"].unique().tolist()
    (['same place', '(0, 10] km'], ['same day', '(0, 30] days'])
    """
    boundary = same_boundary(boundary, located=located)
    far = check_bands(distance_bands_km, "distance_bands_km")
    late = check_bands(time_bands_days, "time_bands_days")
    alpha = check_level(alpha, name="alpha")
    n_sim, seed = check_n_sim(n_sim, alpha=alpha), check_seed(seed)
    chosen = select_events(
        located, period=period, scope=scope, min_confidence=min_confidence, stacklevel=3
    )
    events = dated_places(chosen, boundary, n_imputations=n_imputations, seed=seed)
    how = {"distance_bands": far, "time_bands": late, "n_sim": n_sim, "seed": seed}
    how["engine"] = engine
    table = _band_table(far, late)
    _add_known(table, events, how)
    at = table.columns.get_loc("p_value") + 1
    table.insert(at, "p_adj", adjust_p(table["p_value"], p_adj_method))
    table.insert(at + 1, "p_adj_method", p_adj_method)
    _add_drawn(table, events, how, alpha)
    table["reason"] = pd.Series(_reasons(table, events), dtype=object)
    table.attrs = result_attrs(
        "near_repeat",
        located,
        parameters={
            **chosen.parameters,
            "distance_bands_km": far,
            "time_bands_days": late,
            "n_imputations": n_imputations,
            "alpha": alpha,
        },
        convention=CONVENTION,
        period=chosen.period,
        accounting=events.accounting(),
        seed=seed,
        n_sim=n_sim,
        smallest_p=smallest_p(n_sim),
        unit="pairs of incidents",
        notes=[CONVENTION],
    )
    return table


def _band_table(far: FloatArray, late: FloatArray) -> pd.DataFrame:
    """Return a row for each pair of bands, with their ends and names."""
    places = [("same place", 0.0, 0.0), *_bands(far, "km")]
    days = [("same day", 0.0, 0.0), *_bands(late, "days")]
    rows = [
        {
            "distance_band": place,
            "distance_from_km": a,
            "distance_to_km": b,
            "time_band": day,
            "time_from_days": c,
            "time_to_days": d,
        }
        for place, a, b in places
        for day, c, d in days
    ]
    return pd.DataFrame(rows)


def _bands(edges: FloatArray, unit: str) -> list[tuple[str, float, float]]:
    low = np.append(0.0, edges[:-1])
    return [(f"({a:g}, {b:g}] {unit}", float(a), float(b)) for a, b in zip(low, edges, strict=True)]


def _add_known(table: pd.DataFrame, events: DatedPlaces, how: dict[str, Any]) -> None:
    """Add the numbers of the events known to a point and to a day."""
    if len(events.km) < 2:
        table["observed"] = 0
        table["expected"], table["ratio"], table["p_value"] = 0.0, np.nan, np.nan
        return
    found = near_repeat_bands(events.km, events.day, **how)
    table["observed"] = found.observed.ravel()
    table["expected"] = found.expected.ravel()
    table["ratio"] = _ratio(found).ravel()
    table["p_value"] = found.p_value.ravel()


def _add_drawn(table: pd.DataFrame, events: DatedPlaces, how: dict[str, Any], alpha: float) -> None:
    """Add the numbers of the drawn tables."""
    names = ("observed_imputed", "ratio_imputed", "p_imputed", "support")
    drawn = [near_repeat_bands(km, day, **how) for km, day in events.drawn if len(km) >= 2]
    if not drawn:
        for name in names:
            table[name] = np.nan
        return
    p = np.stack([one.p_value.ravel() for one in drawn])
    ratio = np.stack([_ratio(one).ravel() for one in drawn])
    some = np.isfinite(ratio).any(axis=0)
    middle = np.full(len(table), np.nan)
    middle[some] = np.nanmedian(ratio[:, some], axis=0)
    table[names[0]] = np.median([one.observed.ravel() for one in drawn], axis=0)
    table[names[1]] = middle
    table[names[2]] = np.median(p, axis=0)
    table[names[3]] = (p <= alpha).sum(axis=0) / len(events.drawn)


def _ratio(found: NearRepeat) -> FloatArray:
    """Return observed over expected; NaN where no permutation can have a pair."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(found.expected > 0, found.observed / found.expected, np.nan)


def _reasons(table: pd.DataFrame, events: DatedPlaces) -> list[str | None]:
    """Say for each row why a number is missing."""
    n = len(events.km)
    reasons = []
    for ratio, drawn in zip(table["ratio"], table["ratio_imputed"], strict=True):
        why = []
        if n < 2:
            why.append(f"{n} events are known to a point and a day: no pair")
        elif np.isnan(ratio):
            why.append("no ratio: no permutation can have a pair in these bands")
        if not events.drawn:
            why.append("no draws were asked for (n_imputations=0)")
        elif np.isnan(drawn):
            why.append("no drawn table has a pair to be expected in these bands")
        reasons.append("; ".join(why) or None)
    return reasons
