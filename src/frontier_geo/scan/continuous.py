"""
Unusual stretches of a line from the places of the events themselves, without segments.

A stretch worth looking at begins at one event and ends at another, so that all of them can be looked
at. How short a stretch may be is decided by how well the places are known: two events at one place
would else be infinitely dense.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_positive
from frontier_geo.boundary import Boundary
from frontier_geo.errors import ParameterError, ResolutionWarning, StatisticsError
from frontier_geo.licences import sources_of
from frontier_geo.locating import same_boundary
from frontier_geo.periods import Period
from frontier_geo.places import draw_chainages, known_points
from frontier_geo.scan.engine import AT_ONCE, check_fraction, non_overlapping, scan_engine
from frontier_geo.scan.largest import IntArray, largest_by_count, sorted_uniforms
from frontier_geo.scan.ratio import SAME, Ratio, gumbel_p, p_of_maxima
from frontier_geo.scan.runs import check_clusters, measures, pooled
from frontier_geo.selection import select_events
from frontier_geo.significance import check_level, check_n_sim, check_seed, smallest_p

__all__ = ["IntervalScan", "baseline_of_places", "interval_scan", "scan_events"]

MOST_PLACES = 10_000
LEAST_MIN_LENGTH_KM = 0.1
DEFAULT_MIN_LENGTH_KM = 1.0
#: n events that fall on v places at random leave a share of 1 - n / 2v of distinct ones, and their
#: counts vary 1 + n / v times as much as those of simulations, which never put two on one place. At nine
#: tenths that is a fifth more, and some 15 % of scans give a false alarm at 5 %.
FEWEST_DISTINCT = 0.9
EVEN_PLACES = (
    "The simulations spread events over every kilometre, at no two on one place. If events are given at "
    "villages, their places come in clusters by themselves, and p-values are too small"
)
Baseline = Callable[[FloatArray], ArrayLike]


@dataclass(frozen=True)
class IntervalScan:
    """
    Stretches of a line, the most unusual first.

    Attributes
    ----------
    from_km, to_km : ndarray of float
        Ends of each stretch. One shorter than the least length is widened to it about its middle.
    observed, expected : ndarray of float
        Events of the stretch from `from_km` to `to_km`, and what its exposure lets expect.
    llr, p_value, p_gumbel : ndarray of float
        As in `PathScan`. A widened stretch is judged by its events before it was widened and the least
        share of the exposure (with a baseline not quite the share from `from_km` to `to_km`).
    simulated : ndarray of float, shape (n_sim,)
        The largest ratio of each simulation.
    n_zones : int
        How many stretches were looked at.
    """

    from_km: FloatArray
    to_km: FloatArray
    observed: FloatArray
    expected: FloatArray
    llr: FloatArray
    p_value: FloatArray
    p_gumbel: FloatArray
    simulated: FloatArray
    n_zones: int


def interval_scan(
    chainage_km: ArrayLike,
    length_km: float,
    *,
    min_length_km: float = DEFAULT_MIN_LENGTH_KM,
    max_fraction: float = 0.5,
    baseline: Baseline | None = None,
    n_sim: int = 999,
    seed: int = 0,
    max_clusters: int = 10,
    engine: str = "auto",
) -> IntervalScan:
    """
    Scan all stretches between two events of a line for unusually many events.

    Parameters
    ----------
    chainage_km : array_like of float, shape (n,)
        Where the events lie, 0 to `length_km`; several may lie at one place.
    length_km : float
        Length of the line.
    min_length_km : float, default 1
        No stretch is taken as shorter than this.
    max_fraction : float, default 0.5
        The largest share of the line (or of the baseline) that a stretch may hold.
    baseline : callable, optional
        Cumulative exposure: takes chainages in km and returns how much lies before each, never
        falling. Default: the chainage itself, so that every kilometre counts the same. Then
        `min_length_km` stands for its share of the whole exposure.
    n_sim, seed, max_clusters : int
        As for `path_scan`.
    engine : {"auto", "numpy", "numba"}, default "auto"
        As for `path_scan`.

    Returns
    -------
    IntervalScan

    Raises
    ------
    ParameterError, StatisticsError
        If there are no events, an event lies off the line, or an argument makes no sense.

    Notes
    -----
    Expected events of a stretch: all events times its share of the line. In simulations the events
    fall evenly, at no two on one place. Where events can lie at a number of places only (villages,
    whole kilometres), p-values are too small: of 100 events on 100 / 200 / 400 / 1,000 / 5,000 villages,
    all at random on 1,344 km, 76 / 38 / 17 / 14 / 6 % of 200 scans with `min_length_km` 20 gave a false
    alarm at 5 %, and of those with 1 km 100 / 82 / 43 / 18 / 8 % (50 km, 100 villages: 61 %). If
    the villages are known, a `baseline` made of them (`baseline_of_places`) leaves 16 / 8 / 5 / 6 / 4 %,
    and a scan of segments with their number of villages as exposure 4 / 6 / 6 % (the first three).

    References
    ----------
    Nagarwalla (1996), A scan statistic with a variable window, Statist. Med. 15, 845-850.
    Kulldorff (1997), Commun. Statist. Theory Meth. 26, 1481-1496.

    Examples
    --------
    >>> found = interval_scan([3, 40, 41, 41.5, 42, 43, 80], 100, n_sim=99)
    >>> float(found.from_km[0]), float(found.to_km[0]), float(found.observed[0])
    (40.0, 43.0, 5.0)
    """
    length = check_positive(length_km, name="length_km", unit="km")
    least = _check_least(min_length_km, length)
    km = _check_places(chainage_km, length)
    n_sim, rng = check_n_sim(n_sim), np.random.default_rng(check_seed(seed))
    ratio = Ratio(float(km.size), float(km.size))
    cap = check_fraction(max_fraction) * ratio.whole
    floor = ratio.whole * least / length
    _check_room(floor, cap, max_fraction, least)
    place = _share_before(km, length, baseline) * ratio.whole
    begin, end, count, size = _pairs(km, place, floor=floor, cap=cap)
    llr = ratio.of(count, size, "greater")
    from_km, to_km = _widen(begin, end, least, length)
    keep = _apart(from_km, to_km, size, llr, check_clusters(max_clusters))
    count_in, size_in = count[keep], size[keep]
    if (
        baseline is not None
    ):  # without one a widened stretch has the least share, and no more events
        count_in, size_in = _inside(km, from_km[keep], to_km[keep], length, baseline)
    simulated = simulate_intervals(rng, km.size, n_sim=n_sim, cap=cap, floor=floor, engine=engine)
    return IntervalScan(
        from_km=from_km[keep],
        to_km=to_km[keep],
        observed=count_in,
        expected=size_in,
        llr=llr[keep],
        p_value=p_of_maxima(llr[keep], simulated),
        p_gumbel=gumbel_p(llr[keep], simulated),
        simulated=simulated,
        n_zones=int(count.size),
    )


def baseline_of_places(places_km: ArrayLike, length_km: float) -> Baseline:
    """
    Make a baseline of the places at which events can lie, such as all villages along a line.

    Each place counts the same, spread evenly over what is nearer to it than to any other.

    Parameters
    ----------
    places_km : array_like of float, shape (n,)
        Chainages of the places, with or without events; two or more distinct ones.
    length_km : float
        Length of the line.

    Returns
    -------
    callable
        For `interval_scan` and `scan_events`: how many places lie before each chainage.

    Raises
    ------
    ParameterError, StatisticsError
        If a place lies off the line, or there are fewer than two.

    References
    ----------
    Kulldorff (1997), A spatial scan statistic, Commun. Statist. Theory Meth. 26, 1481-1496.

    Examples
    --------
    >>> baseline_of_places([10, 30, 80], 100)([0, 20, 55, 100]).tolist()
    [0.0, 1.0, 2.0, 3.0]
    """
    length = check_positive(length_km, name="length_km", unit="km")
    at, many = np.unique(_check_places(places_km, length), return_counts=True)
    if at.size < 2:
        raise ParameterError("A baseline needs two places or more, but all lie at one chainage.")
    edges = np.concatenate(([0.0], (at[1:] + at[:-1]) / 2, [length]))
    upto = np.concatenate(([0.0], np.cumsum(many)))

    def before(chainage_km: FloatArray) -> FloatArray:
        return np.asarray(np.interp(chainage_km, edges, upto), dtype=np.float64)

    return before


def _inside(
    km: FloatArray, begin: FloatArray, end: FloatArray, length: float, baseline: Baseline | None
) -> tuple[FloatArray, FloatArray]:
    """Return the events of stretches, and what their exposure lets expect."""
    count = np.searchsorted(km, end, side="right") - np.searchsorted(km, begin, side="left")
    at, where = np.unique(np.concatenate((begin, end)), return_inverse=True)
    share = _share_before(at, length, baseline)[where]
    return count.astype(np.float64), km.size * (share[begin.size :] - share[: begin.size])


def _apart(
    begin: FloatArray, end: FloatArray, size: FloatArray, llr: FloatArray, most: int | None = None
) -> IntArray:
    """Return stretches that overlap no more unusual one; of equal ones the smaller, then the first."""
    order = np.lexsort((begin, size.round(9), -np.round(llr / SAME)))
    order = order[llr[order] > SAME]
    return order[non_overlapping(begin[order], end[order], most)]


def simulate_intervals(
    rng: np.random.Generator,
    n_events: int,
    *,
    n_sim: int,
    cap: float,
    floor: float,
    engine: str = "auto",
) -> FloatArray:
    """Return the largest ratio of each simulation of events that fall evenly on the line."""
    ratio = Ratio(float(n_events), float(n_events))
    block = max(1, AT_ONCE // n_events)
    chosen = scan_engine(engine, n_sim * n_events)
    largest = []
    for begin in range(0, n_sim, block):
        place = sorted_uniforms(rng, min(block, n_sim - begin), n_events) * n_events
        largest.append(largest_by_count(place, place, ratio, cap=cap, floor=floor, engine=chosen))
    return np.concatenate(largest)


def _pairs(
    km: FloatArray, place: FloatArray, *, floor: float, cap: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Return ends, count and size of every stretch between two places of events."""
    at, first, many = np.unique(km, return_index=True, return_counts=True)
    if at.size > MOST_PLACES:
        raise ParameterError(
            f"A scan of events takes at most {MOST_PLACES:,} places, but there are {at.size:,}. Cut the "
            "line into segments and scan those (scan_segments)."
        )
    upto = np.concatenate(([0], np.cumsum(many))).astype(np.float64)
    size_at = place[first]
    i, j = np.triu_indices(at.size)
    size = np.maximum(size_at[j] - size_at[i], floor)
    fits = size <= cap * (1 + 1e-12)
    i, j = i[fits], j[fits]
    return at[i], at[j], upto[j + 1] - upto[i], size[fits]


def _share_before(km: FloatArray, length: float, baseline: Baseline | None) -> FloatArray:
    """Return which share of the exposure lies before each place."""
    if baseline is None:
        return km / length
    if not callable(baseline):
        raise ParameterError(
            "baseline must be a function from chainages in km to the exposure before each, but is "
            f"{baseline!r}."
        )
    exposure = check_reals(
        baseline(np.concatenate(([0.0], km, [length]))), name="what baseline returns"
    )
    if exposure.shape != (km.size + 2,) or not np.isfinite(exposure).all():
        raise ParameterError(
            "baseline must return a finite number for each chainage, but returned the shape "
            f"{exposure.shape}."
        )
    if (np.diff(exposure) < 0).any() or exposure[-1] <= exposure[0]:
        raise ParameterError(
            "baseline must never fall along the line, and rise somewhere: it is the exposure up to a "
            "chainage, not at it."
        )
    return (exposure[1:-1] - exposure[0]) / (exposure[-1] - exposure[0])


def _widen(
    begin: FloatArray, end: FloatArray, least: float, length: float
) -> tuple[FloatArray, FloatArray]:
    """Widen stretches to the least length about their middle, within the line."""
    short = end - begin < least
    from_km = np.clip((begin + end - least) / 2, 0.0, length - least)
    return np.where(short, from_km, begin), np.where(short, from_km + least, end)


def check_reals(values: Any, *, name: str) -> FloatArray:
    """Refuse what is no array of numbers; NaN and infinite ones may be among them."""
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be numbers, but: {error}.") from error


def _check_places(chainage_km: ArrayLike, length: float) -> FloatArray:
    try:
        km = np.sort(np.atleast_1d(np.asarray(chainage_km, dtype=np.float64)))
    except (TypeError, ValueError) as error:
        raise ParameterError(f"chainage_km must be numbers of km, but: {error}.") from error
    if km.ndim != 1 or not km.size:
        raise StatisticsError("A scan needs events, but no chainage was given.")
    bad = km[~(np.isfinite(km) & (km >= -1e-6) & (km <= length + 1e-6))]
    if bad.size:
        raise ParameterError(
            f"Every event must lie on the line, from 0 to {length:g} km, but one has the chainage "
            f"{bad[0]:g}. Leave out events that have no place on it."
        )
    return np.clip(km, 0.0, length)


def _check_least(min_length_km: float, length: float) -> float:
    least = check_positive(min_length_km, name="min_length_km", unit="km")
    if least >= length:
        raise ParameterError(
            f"min_length_km must be shorter than the line of {length:g} km, but is {least:g}."
        )
    return least


def _check_room(floor: float, cap: float, max_fraction: float, least: float) -> None:
    if floor > cap:
        raise ParameterError(
            f"No stretch can be {least:g} km long and hold at most {max_fraction:g} of the line. Take a "
            "smaller min_length_km or a larger max_fraction."
        )


def scan_events(
    located: pd.DataFrame,
    boundary: Boundary | None = None,
    *,
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    min_length_km: float | None = None,
    max_fraction: float = 0.5,
    baseline: Baseline | None = None,
    max_clusters: int = 10,
    n_sim: int = 999,
    seed: int = 0,
    alpha: float = 0.05,
    n_imputations: int = 20,
    imputed: ArrayLike | None = None,
    confidence_level: float = 0.95,
    engine: str = "auto",
) -> pd.DataFrame:
    """
    Scan the places of located events for stretches with unusually many of them.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`. Events placed at a point count, at their nearest place.
    boundary : Boundary, optional
        The line they were located on. Default: the shipped border, if it is that.
    period, scope, min_confidence
        Which events count, as in `segment_rates`.
    min_length_km : float, optional
        No stretch is taken as shorter. Default: the median extent of the places, twice their
        uncertainty (at least 0.1 km; 1 km where none is given).
    max_fraction, baseline, max_clusters, n_sim, seed
        As for `interval_scan`.
    alpha : float, default 0.05
        The level that `n_sim` must be able to reach, and that decides `support`.
    n_imputations : int, default 20
        How many tables are drawn in which each uncertain place lies somewhere; 0: none.
    imputed : array_like of float, shape (m, number of events), optional
        Chainages in km drawn already, NaN where an event lies off the line; instead of new ones.
    confidence_level : float, default 0.95
        Of the quantiles of the ends over the drawn tables.
    engine : {"auto", "numpy", "numba"}, default "auto"
        As for `scan_segments`.

    Returns
    -------
    DataFrame
        One row a stretch, the most unusual first, with the columns of `scan_segments` but without
        segments; empty, with the reason in ``.attrs["notes"]``, where there is none. `observed` and
        `expected` are those from `from_km` to `to_km`. ``.attrs["notes"]`` also says what the p-values
        rest on.

    Raises
    ------
    ColumnError, ParameterError, StatisticsError
        As for `segment_rates` and `interval_scan`.

    Warns
    -----
    ResolutionWarning
        If the events lie on fewer distinct places than nine tenths of their number, and no baseline
        says where they could lie: p-values are too small then (see `interval_scan`).

    References
    ----------
    Nagarwalla (1996), Statist. Med. 15, 845-850.
    Kulldorff (1997), Commun. Statist. Theory Meth. 26, 1481-1496.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> found = scan_events(locate_events(load_events()), n_sim=99)
    >>> bool((found["to_km"] > found["from_km"]).all())
    True
    """
    boundary = same_boundary(boundary, located=located)
    level = check_level(confidence_level)
    scan_engine(engine, 0)  # refuses other words
    n_sim = check_n_sim(n_sim, alpha=check_level(alpha, name="alpha"))
    selected = select_events(
        located, period=period, scope=scope, min_confidence=min_confidence, stacklevel=3
    )
    places = known_points(selected.used)
    km = places[np.isfinite(places)]
    if min_length_km is None:
        min_length_km = _extent_of(selected.used, places)
    options: dict[str, Any] = {
        "min_length_km": min_length_km,
        "max_fraction": max_fraction,
        "baseline": baseline,
        "n_sim": n_sim,
        "seed": seed,
        "engine": engine,
    }
    notes = []
    if km.size:
        found = interval_scan(km, boundary.length_km, max_clusters=max_clusters, **options)
    else:
        found = _nothing()
        notes.append("No stretch was found, because no event that counts is known to a point.")
    notes += _notes_on_places(km, baseline)
    table = _as_table(found, boundary, km.size)
    n_tables = 0
    if imputed is None and n_imputations and len(selected.used):
        imputed = draw_chainages(selected.used, boundary, n_imputations=n_imputations, seed=seed)
    if imputed is not None:
        drawn = _check_drawn(imputed, len(selected.used))
        n_tables = len(drawn)
        table = table.assign(**_over_draws(table, drawn, boundary, alpha, level, options))
    table.attrs = result_attrs(
        "clusters",
        located,
        period=selected.period,
        parameters={
            **selected.parameters,
            "min_length_km": float(min_length_km),
            "max_fraction": max_fraction,
            "baseline": "length" if baseline is None else "given",
            "alternative": "greater",
            "max_clusters": max_clusters,
            "alpha": alpha,
            "confidence_level": level,
            "n_imputations": n_tables,
        },
        accounting={
            "events": len(selected.used),
            "counted": int(km.size),
            "not at a point": int(places.size - km.size),
            "set_aside": selected.set_aside,
        },
        sources=sources_of(selected.used),
        seed=seed,
        n_sim=n_sim,
        smallest_p=smallest_p(n_sim),
        unit="incidents",
        notes=notes,
    )
    return table


def _notes_on_places(km: FloatArray, baseline: Baseline | None) -> list[str]:
    """Say what the p-values rest on; warn if the places are so few that they are too small."""
    if not km.size or baseline is not None:
        return []
    distinct = int(np.unique(km.round(6)).size)
    note = f"{EVEN_PLACES}: these {km.size} events lie on {distinct} distinct places."
    if distinct < FEWEST_DISTINCT * km.size:
        note += (
            " Pass baseline=baseline_of_places(...) of all places known, with or without events."
        )
        warnings.warn(
            f"{note} To silence this, ignore frontier_geo.errors.ResolutionWarning.",
            ResolutionWarning,
            stacklevel=3,
        )
    return [note]


def _extent_of(used: pd.DataFrame, places: FloatArray) -> float:
    """Return the median extent of the places, the least length that they can bear out."""
    if "location_uncertainty_km" not in used:
        return DEFAULT_MIN_LENGTH_KM
    extent = 2 * used["location_uncertainty_km"].to_numpy(dtype=float)[np.isfinite(places)]
    extent = extent[np.isfinite(extent)]
    if not extent.size:
        return DEFAULT_MIN_LENGTH_KM
    return max(float(np.median(extent)), LEAST_MIN_LENGTH_KM)


def _nothing() -> IntervalScan:
    none = np.zeros(0)
    return IntervalScan(none, none, none, none, none, none, none, none, 0)


def _as_table(found: IntervalScan, boundary: Boundary, total: int) -> pd.DataFrame:
    names = ("observed", "expected", "llr", "p_value", "p_gumbel")
    of_all = np.full(found.llr.size, float(total))
    return pd.DataFrame(
        {
            "rank": np.arange(1, found.llr.size + 1),
            "from_km": found.from_km,
            "to_km": found.to_km,
            "length_km": found.to_km - found.from_km,
            "official_from_km": boundary.official_km(found.from_km),
            "official_to_km": boundary.official_km(found.to_km),
            **measures({name: getattr(found, name) for name in names}, of_all),
        }
    )


def _check_drawn(imputed: ArrayLike, n_events: int) -> FloatArray:
    drawn = check_reals(imputed, name="imputed")
    if drawn.ndim != 2 or drawn.shape[1] != n_events or len(drawn) < 2:
        raise ParameterError(
            f"imputed must hold two or more draws of the {n_events} events that count, shape (m, "
            f"{n_events}), but has the shape {drawn.shape}."
        )
    return drawn


def _over_draws(
    table: pd.DataFrame,
    drawn: FloatArray,
    boundary: Boundary,
    alpha: float,
    level: float,
    options: dict[str, Any],
) -> dict[str, FloatArray]:
    """Return for each stretch how it fares over the drawn places."""
    begin, end = table["from_km"].to_numpy(), table["to_km"].to_numpy()
    p = np.ones((len(drawn), len(table)))
    ends = np.full((2, len(drawn), len(table)), np.nan)
    nulls: dict[int, FloatArray] = {}
    length, least = boundary.length_km, options["min_length_km"]
    for i, row in enumerate(drawn):
        km = _check_places(row[np.isfinite(row)], length) if np.isfinite(row).any() else np.zeros(0)
        if not km.size:
            continue
        ratio = Ratio(float(km.size), float(km.size))
        floor, cap = km.size * least / length, options["max_fraction"] * km.size
        if km.size not in nulls:
            rng = np.random.default_rng(options["seed"])
            nulls[km.size] = simulate_intervals(
                rng,
                km.size,
                n_sim=options["n_sim"],
                cap=cap,
                floor=floor,
                engine=options["engine"],
            )
        place = _share_before(km, length, options["baseline"]) * km.size
        a, b, count, size = _pairs(km, place, floor=floor, cap=cap)
        llr = ratio.of(count, size, "greater")
        from_km, to_km = _widen(a, b, least, length)
        apart = _apart(from_km, to_km, size, llr)
        for j in range(len(table)):
            hit = apart[(from_km[apart] <= end[j]) & (to_km[apart] >= begin[j])]
            if hit.size:
                apart = apart[apart != hit[0]]  # a drawn stretch answers for one of ours, by rank
                p[i, j] = p_of_maxima(llr[hit[:1]], nulls[km.size])[0]
                ends[:, i, j] = from_km[hit[0]], to_km[hit[0]]
    return pooled(p, ends, alpha, level)
