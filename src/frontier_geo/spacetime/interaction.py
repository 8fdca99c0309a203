"""
Do incidents near in place come near in time? Knox's test along the line or in the plane.

Pairs of events are counted exactly: those near in place, those near in time, and those near in both.
A pair is near when it lies at the distance given or less. The reference is what comes out when the
times are dealt out to the places anew.
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
from frontier_geo.spacetime.pairs import (
    Pairs,
    check_times_and_places,
    count_pairs,
    limit_of,
    near_in_both,
    pairs_engine,
)

__all__ = ["Knox", "knox", "knox_test"]

IntArray = NDArray[np.int64]

CONVENTION = "near: at most the distance given (distance <= delta, time <= tau); each pair once"


@dataclass(frozen=True)
class Knox:
    """
    What Knox's test found.

    Attributes
    ----------
    n, n_pairs : int
        Events, and pairs of two events.
    table : ndarray of int, shape (2, 2)
        Pairs near in place (first row) or not, near in time (first column) or not.
    expected : ndarray of float, shape (2, 2)
        The same if place and time had nothing to do with each other, the margins kept.
    p_poisson : float
        P(X >= observed), X Poisson with the expected number of pairs near in both.
    p_poisson_above : float
        P(X > observed), the observed number left out: what pointpats and surveillance print.
    p_value : float
        Permutation p-value, (1 + number of permutations as large or larger) / (1 + n_sim).
    simulated : ndarray of int, shape (n_sim,)
        Pairs near in both of each permutation.
    """

    n: int
    n_pairs: int
    table: IntArray
    expected: FloatArray
    p_poisson: float
    p_poisson_above: float
    p_value: float
    simulated: IntArray = field(repr=False)

    @property
    def observed(self) -> int:
        """Pairs near in both place and time."""
        return int(self.table[0, 0])


def knox(
    positions: ArrayLike,
    times: ArrayLike,
    *,
    delta: float,
    tau: float,
    n_sim: int = 999,
    seed: int = 0,
    engine: str = "auto",
) -> Knox:
    """
    Test whether events near in place come near in time.

    Parameters
    ----------
    positions : array_like of float, shape (n,) or (n, 2)
        Chainage along a line, or coordinates in a plane, in any one unit of length.
    times : array_like of float or datetime64, shape (n,)
        In any unit of time; dates are counted in days.
    delta, tau : float
        The distance and the time up to which, and including which, a pair is near.
    n_sim : int, default 999
        How often the times are dealt out anew.
    seed : int, default 0
        Of these permutations.
    engine : {"auto", "numpy", "numba"}, default "auto"
        Who counts the pairs. Both count the same permutations and give the same numbers.

    Returns
    -------
    Knox

    Raises
    ------
    CoordinateError
        If a position or a time is missing, or their numbers differ.
    StatisticsError
        If there are fewer than two events.
    ParameterError
        If `delta` or `tau` lies below 0, or `n_sim` or `seed` is no such number.

    Notes
    -----
    The counts are whole and exact. A pair at the limit but for the rounding of the machine (a
    billionth of it) is near. Where the pairs of two events within `delta` are more than those within
    `tau`, the places are dealt out instead of the times, which is the same test in less work.

    References
    ----------
    Knox (1964), The detection of space-time interactions, Applied Statistics 13, 25-30.
    Mantel (1967), The detection of disease clustering and a generalized regression approach, Cancer
    Research 27, 209-220.

    Examples
    --------
    >>> found = knox([0, 1, 50, 51], [1, 2, 90, 91], delta=5, tau=7, n_sim=99)
    >>> found.table.tolist(), round(float(found.expected[0, 0]), 3)
    ([[2, 0], [0, 4]], 0.667)
    """
    place, time = check_times_and_places(positions, times)
    near, soon = limit_of(delta, place, "delta"), limit_of(tau, time, "tau")
    n_sim = check_n_sim(n_sim)
    random = np.random.default_rng(check_seed(seed))
    n_near, n_soon = count_pairs(place, near), count_pairs(time, soon)
    if place.ndim == 2 or n_near <= n_soon:
        fixed, within, dealt, limit = place, near, time, soon
    else:
        fixed, within, dealt, limit = time, soon, place, near
    n_pairs = min(n_near, n_soon) if place.ndim == 1 else n_near
    chosen = pairs_engine(engine, n_pairs, n_sim)
    pairs = Pairs(fixed, within, n_pairs)
    both = near_in_both(pairs, dealt, limit, n_sim, random, engine=chosen)
    return _summary(len(time), n_near, n_soon, int(both[0]), both[1:])


def _summary(n: int, n_near: int, n_soon: int, both: int, simulated: IntArray) -> Knox:
    """Return the table of pairs, what was to be expected, and both p-values."""
    from scipy.stats import poisson

    pairs = n * (n - 1) // 2
    mean = n_near * n_soon / pairs
    rows = np.array([n_near, pairs - n_near], dtype=np.float64)
    columns = np.array([n_soon, pairs - n_soon], dtype=np.float64)
    rest = pairs - n_near - n_soon + both
    return Knox(
        n=n,
        n_pairs=pairs,
        table=np.array([[both, n_near - both], [n_soon - both, rest]], dtype=np.int64),
        expected=np.outer(rows, columns) / pairs,
        p_poisson=float(poisson.sf(both - 1, mean)),
        p_poisson_above=float(poisson.sf(both, mean)),
        p_value=float(monte_carlo_p(both, simulated)),
        simulated=simulated,
    )


# ---- the table -------------------------------------------------------------------------------------


def knox_test(
    located: pd.DataFrame,
    boundary: Boundary | None = None,
    *,
    delta_km: float | ArrayLike,
    tau_days: float | ArrayLike,
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
    Test whether incidents near along the border come near in time (Knox 1964).

    Parameters
    ----------
    located : DataFrame
        From `locate_events`.
    boundary : Boundary, optional
        The line they were located on. Default: the shipped border, if it is that.
    delta_km, tau_days : float or array_like of float
        Up to which chainage apart, and how many days apart, a pair is near, both included. With
        several, every pair of the two is tested.
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
        How p-values are adjusted for the number of limits tested.
    engine : {"auto", "numpy", "numba"}, default "auto"
        As for `knox`.

    Returns
    -------
    DataFrame
        One row for each pair of limits:

        - ``delta_km, tau_days, n_events, n_pairs``;
        - ``near_both, near_place, near_time, near_neither``: pairs near in both, in place alone, in
          time alone, in neither, of the events known to a point and to a day;
        - ``expected``: pairs near in both if place and time were independent; ``ratio``;
        - ``p_poisson`` (P(X >= observed); see `Knox.p_poisson_above` for what others print),
          ``p_value`` (permutation), ``p_adj, p_adj_method``;
        - ``ratio_imputed``: median ratio of the drawn tables; ``p_imputed``: the median of their
          p-values; ``support``: the share of them with a p-value of `alpha` or less;
        - ``reason``: why a number is missing, else None.

        ``.attrs["accounting"]`` says how many events were left out and why.

    Raises
    ------
    ParameterError
        If a limit lies below 0, `n_sim` cannot reach `alpha`, or another line is meant.

    Notes
    -----
    Distances are along the border, not across its bends. In each imputation an event known to a
    stretch is put anywhere on it, and one known to a month on any day of it, independently of all
    others: that blurs true closeness, so that `p_imputed` is rather too large. That more happens, or
    more is reported, at some times than at others does not matter to the test, as long as it is so
    along the whole border.

    References
    ----------
    Knox (1964), The detection of space-time interactions, Applied Statistics 13, 25-30.
    Eekhout, van de Wiel & Heymans (2017), BMC Med. Res. Methodol. 17, 129.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> located = locate_events(load_events())
    >>> found = knox_test(located, delta_km=25, tau_days=30, n_sim=99, n_imputations=2)
    >>> pairs = found[["near_both", "near_place", "near_time", "near_neither"]].iloc[0]
    >>> bool(pairs.sum() == found["n_pairs"].iloc[0])
    True
    """
    boundary = same_boundary(boundary, located=located)
    deltas, taus = _limits(delta_km, "delta_km"), _limits(tau_days, "tau_days")
    alpha = check_level(alpha, name="alpha")
    n_sim, seed = check_n_sim(n_sim, alpha=alpha), check_seed(seed)
    chosen = select_events(
        located, period=period, scope=scope, min_confidence=min_confidence, stacklevel=3
    )
    events = dated_places(chosen, boundary, n_imputations=n_imputations, seed=seed)
    rows = [
        _row(events, delta, tau, n_sim=n_sim, seed=seed, alpha=alpha, engine=engine)
        for delta in deltas
        for tau in taus
    ]
    table = pd.DataFrame(rows).astype({"reason": object})
    table["reason"] = table["reason"].where(table["reason"].notna(), None)
    at = table.columns.get_loc("p_value") + 1
    table.insert(at, "p_adj", adjust_p(table["p_value"], p_adj_method))
    table.insert(at + 1, "p_adj_method", p_adj_method)
    table.attrs = result_attrs(
        "knox",
        located,
        parameters={
            **chosen.parameters,
            "delta_km": deltas,
            "tau_days": taus,
            "convention": CONVENTION,
            "n_imputations": n_imputations,
            "alpha": alpha,
        },
        period=chosen.period,
        accounting=events.accounting(),
        seed=seed,
        n_sim=n_sim,
        smallest_p=smallest_p(n_sim),
        unit="pairs of incidents",
        notes=["p_value: the days are dealt out among the places", CONVENTION],
    )
    return table


def _limits(values: float | ArrayLike, name: str) -> list[float]:
    """Return one or several limits, all 0 or more."""
    try:
        limits = np.atleast_1d(np.asarray(values, dtype=np.float64)).ravel()
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be a number, or several, but is {values!r}.") from error
    if not limits.size or not np.isfinite(limits).all() or (limits < 0).any():
        raise ParameterError(f"{name} must be finite and 0 or more, but is {limits.tolist()}.")
    return [float(limit) for limit in limits]


def _row(
    events: DatedPlaces,
    delta: float,
    tau: float,
    *,
    n_sim: int,
    seed: int,
    alpha: float,
    engine: str,
) -> dict[str, Any]:
    """Return one row of the table: the known events, then the drawn ones."""

    def test(km: FloatArray, day: FloatArray) -> Knox:
        return knox(km, day, delta=delta, tau=tau, n_sim=n_sim, seed=seed, engine=engine)

    n = len(events.km)
    row: dict[str, Any] = {"delta_km": delta, "tau_days": tau, "n_events": n}
    row["n_pairs"] = n * (n - 1) // 2
    enough = n >= 2
    found = test(events.km, events.day) if enough else None
    counts = found.table.ravel().tolist() if found else [0, 0, 0, 0]
    row |= dict(zip(("near_both", "near_place", "near_time", "near_neither"), counts, strict=True))
    row["expected"] = float(found.expected[0, 0]) if found else 0.0
    row["ratio"] = _ratio(found) if found else np.nan
    for name in ("p_poisson", "p_value"):
        row[name] = getattr(found, name) if found else np.nan
    drawn = [test(km, day) for km, day in events.drawn if len(km) >= 2]
    p = np.array([one.p_value for one in drawn])
    row["ratio_imputed"] = float(np.median([_ratio(one) for one in drawn])) if drawn else np.nan
    row["p_imputed"] = float(np.median(p)) if drawn else np.nan
    row["support"] = float((p <= alpha).sum() / len(events.drawn)) if drawn else np.nan
    reasons = [] if enough else [f"{n} events are known to a point and a day: no pair"]
    if found is not None and found.expected[0, 0] == 0:
        reasons.append("no ratio: no pair is near in place, or none in time")
    if events.drawn and not drawn:
        reasons.append("no drawn table holds two events with a place and a day")
    if not events.drawn:
        reasons.append("no draws were asked for (n_imputations=0)")
    row["reason"] = "; ".join(reasons) or None
    return row


def _ratio(found: Knox) -> float:
    """Return observed over expected pairs; NaN where none is expected."""
    mean = float(found.expected[0, 0])
    return found.observed / mean if mean > 0 else float("nan")
