"""
Where along the boundary one kind of incident is commoner than another: the ratio of two densities.

Both are smoothed with one bandwidth, and compared as shares of their own totals: a constant ratio,
such as twice as many of one kind everywhere, is no difference.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_choice, check_positive
from frontier_geo.boundary import Boundary
from frontier_geo.density.bandwidth import check_events_on_line
from frontier_geo.density.curve import drawn_bandwidth, grid_of
from frontier_geo.density.intensity import check_places
from frontier_geo.density.kernels import kernel_matrix, the_kernel
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.licences import sources_of
from frontier_geo.locating import same_boundary
from frontier_geo.periods import Period
from frontier_geo.places import draw_chainages, line_pieces
from frontier_geo.selection import Selection, select_events
from frontier_geo.significance import (
    P_ADJ_METHODS,
    adjust_p,
    check_alternative,
    check_level,
    check_n_sim,
    check_seed,
    smallest_p,
)

__all__ = ["RelativeRisk", "log_relative_risk", "relative_risk"]

SIMULATIONS_AT_ONCE = 512
NEITHER = "no event of either kind within reach"
ONLY_SECOND = "no event of the first kind within reach"
ONLY_FIRST = "no event of the second kind within reach"
NOTHING_SEEN = 1e-12  # of the mean density: below it, nothing is within reach


@dataclass(frozen=True)
class RelativeRisk:
    """
    The log ratio of two densities, and how often relabelled events give as extreme a one.

    Attributes
    ----------
    log_rr : ndarray of float, shape (m,)
        Infinite where only one of the two has events within reach, NaN where neither has.
    p_value : ndarray of float, shape (m,)
        Pointwise, by random relabelling; NaN where `log_rr` is.
    density_1, density_2 : ndarray of float, shape (m,)
        Each integrates to 1.
    reason : ndarray of str or None, shape (m,)
        Why `log_rr` is infinite or NaN.
    """

    log_rr: FloatArray
    p_value: FloatArray
    density_1: FloatArray
    density_2: FloatArray
    reason: NDArray[Any]


def log_relative_risk(
    first: ArrayLike,
    second: ArrayLike,
    *,
    length: float,
    at: ArrayLike,
    bandwidth: float,
    kernel: str = "gaussian",
    alternative: str = "two-sided",
    n_sim: int = 999,
    seed: int = 0,
) -> RelativeRisk:
    """
    Compare where two kinds of events lie along a line.

    Parameters
    ----------
    first, second : array_like of float, shapes (n,) and (k,)
        Places of the events of either kind, between 0 and `length`.
    length : float
    at : array_like of float, shape (m,)
        Where the comparison is wanted.
    bandwidth : float
        Standard deviation of both kernels, in the unit of the chainage.
    kernel : str, default "gaussian"
    alternative : {"two-sided", "greater", "less"}
        ``greater``: the first kind is commoner here than its total leads one to expect.
    n_sim, seed : int
        Relabellings: which of all events are of the first kind is drawn anew.

    Returns
    -------
    RelativeRisk
        Exchanging the two kinds changes the sign of `log_rr`, and no two-sided p-value.

    Raises
    ------
    StatisticsError
        If either kind has no event.
    CoordinateError, ParameterError
        If an event is off the line, or an argument makes no sense.

    Notes
    -----
    A two-sided p-value is twice the smaller of the one-sided ones, at most 1. An infinite ratio is tied
    with every relabelling that gives an infinite one of the same sign. Each place is tested by itself:
    adjust for their number (see `relative_risk`).

    References
    ----------
    Kelsall & Diggle (1995), Statist. Med. 14, 2335-2342.
    McSwiggan, Baddeley & Nair (2020), Statist. Comput. 30, 351-372.

    Examples
    --------
    >>> found = log_relative_risk(
    ...     [1, 2, 2.5, 3], [7, 8, 8.5, 9], length=10, at=[2, 5, 8], bandwidth=1, n_sim=99
    ... )
    >>> bool(found.log_rr[0] > 0 > found.log_rr[2])
    True
    """
    one, other = check_events_on_line(first, length), check_events_on_line(second, length)
    places = check_places(at, check_positive(length, name="length", unit="its own unit"))
    the_kernel(kernel)
    h = check_positive(bandwidth, name="bandwidth", unit="the unit of the chainage")
    both = np.concatenate((one, other))
    order = np.argsort(both, kind="stable")
    label = (np.arange(both.size) < one.size)[order]
    shape = kernel_matrix(places, both[order], bandwidth=h, kernel=kernel, length=length)
    return _compare(shape, label, np.ones(both.size), length, alternative, n_sim, seed)


def _compare(
    shape: FloatArray,
    label: NDArray[np.bool_],
    mass: FloatArray,
    length: float,
    alternative: str,
    n_sim: int,
    seed: int,
) -> RelativeRisk:
    """Compare the events with a label to those without; `shape` holds the kernel of each event."""
    check_alternative(alternative)
    n_sim, seed = check_n_sim(n_sim), check_seed(seed)
    for kind, n in (("first", label.sum()), ("second", (~label).sum())):
        if not n:
            raise StatisticsError(
                f"A ratio of two densities needs events of both kinds on the line, but the {kind} "
                "kind has none."
            )
    log_rr, one, other = _log_ratio(shape, label[:, None].astype(float), mass, length)
    # The smaller kind is drawn; of two of one size, the one that begins first. So exchanging the two
    # draws the same tables.
    n_label = int(label.sum())
    swap = (n_label, not label[0]) > (label.size - n_label, bool(label[0]))
    drawn_size = min(n_label, label.size - n_label)
    random = np.random.default_rng(seed)
    above, below = np.zeros(len(shape)), np.zeros(len(shape))
    # An infinite ratio is as extreme as another one of its sign: nothing is to be rounded there.
    slack = np.where(np.isinf(log_rr), 0.0, 1e-9 * np.maximum(1.0, np.abs(log_rr)))
    for begin in range(0, n_sim, SIMULATIONS_AT_ONCE):
        many = min(SIMULATIONS_AT_ONCE, n_sim - begin)
        ranks = random.random((label.size, many)).argsort(axis=0)
        drawn = ((ranks < drawn_size) ^ swap).astype(float)
        simulated = _log_ratio(shape, drawn, mass, length)[0]
        # Where a relabelling leaves neither kind within reach it speaks for no side, and against both.
        unknown = np.isnan(simulated)
        above += ((simulated >= log_rr - slack) | unknown).sum(axis=1)
        below += ((simulated <= log_rr + slack) | unknown).sum(axis=1)
    greater, less = (1 + above) / (1 + n_sim), (1 + below) / (1 + n_sim)
    p = {
        "greater": greater,
        "less": less,
        "two-sided": np.minimum(1.0, 2 * np.minimum(greater, less)),
    }[alternative][:, None]
    p = np.where(np.isnan(log_rr), np.nan, p)[:, 0]
    return RelativeRisk(log_rr[:, 0], p, one[:, 0], other[:, 0], _reasons(log_rr[:, 0]))


def _log_ratio(
    shape: FloatArray, label: FloatArray, mass: FloatArray, length: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the log ratio of the densities with and without each column of labels, and both."""
    one = shape @ label / (mass @ label)
    other = shape @ (1 - label) / (mass @ (1 - label))
    least = NOTHING_SEEN / length
    one, other = np.where(one > least, one, 0.0), np.where(other > least, other, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(one) - np.log(other), one, other


def _reasons(log_rr: FloatArray) -> NDArray[Any]:
    reason = np.full(log_rr.size, None, dtype=object)
    reason[np.isnan(log_rr)] = NEITHER
    reason[np.isneginf(log_rr)] = ONLY_SECOND
    reason[np.isposinf(log_rr)] = ONLY_FIRST
    return reason


def relative_risk(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    boundary: Boundary | None = None,
    step_km: float = 10.0,
    bandwidth_km: str | float | None = None,
    kernel: str = "gaussian",
    alternative: str = "two-sided",
    period: Period | None = None,
    second_period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    p_adj_method: str = "fdr_by",
    alpha: float = 0.05,
    n_sim: int = 9999,
    seed: int = 0,
    n_imputations: int = 20,
) -> pd.DataFrame:
    """
    Compare where two kinds of incidents, or those of two periods, lie along the boundary.

    Parameters
    ----------
    first, second : DataFrame
        From `locate_events`: located incidents of either kind, none of them of both. For two periods
        that do not overlap, the same table twice.
    boundary : Boundary, optional
        The line both were located on. Default: the shipped border, if it is that.
    step_km : float, default 10
        Distance of the places that are compared, each of which is a test.
    bandwidth_km : float or {"cv", "silverman", "diggle"}, optional
        Of both; a rule chooses it from the events of both together. Default: ``"cv"``.
    kernel : str, default "gaussian"
    alternative : {"two-sided", "greater", "less"}
    period, second_period : str, int or (date, date), optional
        Which incidents count; `second_period` is that of `second`, by default the same.
    scope, min_confidence
        Which incidents count; as for `segment_rates`.
    p_adj_method : str, default "fdr_by"
        How p-values are adjusted; neighbouring places are tested on the same events, which
        Benjamini & Yekutieli's method allows for.
    alpha : float, default 0.05
        The level that an adjusted p-value must be able to reach.
    n_sim, seed : int
        Relabellings of whole events, wherever each may have been. Default: 9999.
    n_imputations : int, default 20
        Of the draws from which a rule chooses the bandwidth.

    Returns
    -------
    DataFrame
        ``chainage_km, official_km, log_rr, rr, density_1, density_2, p_value, p_adj, p_adj_method,
        reason``. Densities are per km, each of a kind's events on the line. ``.attrs["notes"]`` says
        how many places must share the smallest p-value for an adjusted one of `alpha`, if one alone
        cannot have it, and whether a rule ended at the end of the bandwidths it may choose.

    Raises
    ------
    StatisticsError
        If either kind has no event with a place on the line.
    ParameterError
        If the tables rest on different lines, an event stands on both sides, or `n_sim` is too small
        for any adjusted p-value to be `alpha` or less.

    Notes
    -----
    Of methods that control the false discovery rate k places with the smallest p-value together reach
    a k-th of what one alone does; simulations too few for that are refused, too, once all places
    together could not reach `alpha`.

    References
    ----------
    Kelsall & Diggle (1995), Statist. Med. 14, 2335-2342.
    McSwiggan, Baddeley & Nair (2020), Statist. Comput. 30, 351-372.
    Benjamini & Yekutieli (2001), Ann. Statist. 29, 1165-1188.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> located = locate_events(load_events())
    >>> found = relative_risk(
    ...     located, located, period=("1992-01-01", "2009-12-31"), n_sim=199, step_km=100,
    ...     second_period=("2010-01-01", "2025-12-31"), bandwidth_km=50,
    ... )
    >>> bool(found["p_value"].between(0.01, 1).all())
    True
    """
    boundary = same_boundary(same_boundary(boundary, located=first), located=second)
    check_alternative(alternative)
    n_sim, alpha = check_n_sim(n_sim), check_level(alpha, name="alpha")
    least = min(1.0, smallest_p(n_sim) * (2 if alternative == "two-sided" else 1))
    _tied_places(least, n_sim, 1, p_adj_method, alpha)
    the_kernel(kernel)
    words: dict[str, Any] = {"scope": scope, "min_confidence": min_confidence}
    later = period if second_period is None else second_period
    one = select_events(first, period=period, **words)
    other = select_events(second, period=later, **words)
    _check_apart(one, other)
    at, length = grid_of(boundary.length_km, step_km), boundary.length_km
    rule = "cv" if bandwidth_km is None else bandwidth_km
    drawn = [
        draw_chainages(chosen.used, boundary, n_imputations=n_imputations, seed=seed)
        for chosen in (one, other)
    ]
    h, notes = drawn_bandwidth(np.hstack(drawn), rule, length=length, kernel=kernel)
    shapes, masses = zip(
        *(_shapes(chosen, boundary, at, h, kernel) for chosen in (one, other)), strict=True
    )
    label = np.arange(sum(m.size for m in masses)) < masses[0].size
    found = _compare(
        np.hstack(shapes), label, np.concatenate(masses), length, alternative, n_sim, seed
    )
    tests = int((~np.isnan(found.p_value)).sum())
    tied = _tied_places(least, n_sim, tests, p_adj_method, alpha)
    if tied > 1:
        notes.append(
            f"With n_sim={n_sim}, {tied} of {tests} places must have the smallest p-value, {least:.3g}, "
            f"for an adjusted one of {alpha:g} by {p_adj_method}."
        )
    with np.errstate(over="ignore"):
        ratio = np.exp(found.log_rr)
    table = pd.DataFrame(
        {
            "chainage_km": at,
            "official_km": boundary.official_km(at),
            "log_rr": found.log_rr,
            "rr": ratio,
            "density_1": found.density_1,
            "density_2": found.density_2,
            "p_value": found.p_value,
            "p_adj": adjust_p(found.p_value, p_adj_method),
            "p_adj_method": p_adj_method,
            "reason": found.reason,
        }
    )
    table.attrs = result_attrs(
        "relative_risk",
        first,
        second,
        period=one.period,
        second_period=other.period,
        sources=sources_of(pd.concat([one.used, other.used])),
        unit="rr: ratio of shares of events per km",
        bandwidth_km=h,
        events=[len(one.used), len(other.used)],
        events_on_line=[float(m.sum()) for m in masses],
        seed=seed,
        n_sim=n_sim,
        smallest_p=least,
        notes=notes,
        parameters={
            **one.parameters,
            "step_km": step_km,
            "bandwidth_km": rule,
            "kernel": kernel,
            "alternative": alternative,
            "p_adj_method": p_adj_method,
            "alpha": alpha,
            "n_imputations": n_imputations,
        },
    )
    return table


def _tied_places(least: float, n_sim: int, tests: int, p_adj_method: str, alpha: float) -> int:
    """Return how many places with the smallest p reach `alpha` together; refuse if no number does."""
    check_choice(p_adj_method, P_ADJ_METHODS, name="p_adj_method")
    by = float((1 / np.arange(1, tests + 1)).sum()) if p_adj_method == "fdr_by" else 1.0
    alone = least * by * (1 if p_adj_method == "none" else max(tests, 1))
    best = least * by if p_adj_method.startswith("fdr") else alone
    if best > alpha * (1 + 1e-9):
        wanted = math.ceil(best * (n_sim + 1) / alpha - 1e-6) - 1
        adjusted = f", nor, adjusted for {tests} places by {p_adj_method}, below {best:.3g}"
        raise ParameterError(
            f"With n_sim={n_sim} no p-value can be below {least:.3g}{adjusted if tests > 1 else ''}, but "
            f"alpha={alpha:g} must be reachable. Take n_sim={wanted} or more."
        )
    return math.ceil(alone / alpha - 1e-6) if p_adj_method.startswith("fdr") else 1


def _check_apart(one: Selection, other: Selection) -> None:
    """Refuse events that stand on both sides; a window of dates may lie partly on either."""
    first = pd.Series(one.in_time, index=one.used["event_id"].to_numpy())
    second = pd.Series(other.in_time, index=other.used["event_id"].to_numpy())
    both = first.index.intersection(second.index)
    twice = both[first[both].to_numpy() + second[both].to_numpy() > 1 + 1e-9]
    if len(twice):
        raise ParameterError(
            f"Each event must be of one kind, but {len(twice)} stand on both sides, first "
            f"{twice[0]!r}. Choose periods that do not overlap, leave out events without a date, or "
            "take these out of one of the tables."
        )


def _shapes(
    chosen: Selection, boundary: Boundary, at: FloatArray, h: float, kernel: str
) -> tuple[FloatArray, FloatArray]:
    """Return the kernel of each event with a place, and its probability on the line."""
    pieces = line_pieces(chosen.used, boundary)
    share = pieces.probability * chosen.in_time[pieces.event]
    each = kernel_matrix(
        at, pieces.from_km, chainage_to=pieces.to_km, bandwidth=h, kernel=kernel,
        length=boundary.length_km,
    ) * share  # fmt: skip
    starts = np.flatnonzero(np.diff(pieces.event, prepend=-1))
    if not starts.size:
        return np.empty((at.size, 0)), np.empty(0)
    return np.add.reduceat(each, starts, axis=1), np.add.reduceat(share, starts)
