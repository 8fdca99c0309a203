"""
Counts and rates of incidents per segment, with exact intervals.

A rate is incidents per 100 km of border and year. Beside the plain count of incidents whose segment
is known stands `expected_events`: every incident that has a place, spread by how likely it happened
on each segment, with an interval that carries both chance and the uncertain places.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_choice, check_columns
from frontier_geo.boundary import Boundary
from frontier_geo.counting import count_known
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.imputation import draw_tables, pool_counts
from frontier_geo.licences import sources_of
from frontier_geo.locating import same_boundary
from frontier_geo.periods import Period
from frontier_geo.rates.intervals import (
    INTERVALS,
    PER_KM_YEARS,
    check_exposure,
    conditional_p,
    poisson_interval,
    weighted_interval,
)
from frontier_geo.rates.smoothing import empirical_bayes
from frontier_geo.segments import check_segments, make_segments
from frontier_geo.selection import select_events, warn_undated
from frontier_geo.significance import P_ADJ_METHODS, adjust_p, check_level
from frontier_geo.weighting import Shares, resolution, segment_shares, warn_if_unresolved

__all__ = ["add_comparison", "by_label", "draw_counts", "segment_rates"]

EQUAL = "equal"
INTERVAL_NAMES = {"garwood": "Garwood exact Poisson", "mid-p": "mid-p Poisson"}


def segment_rates(
    located: pd.DataFrame,
    segments: gpd.GeoDataFrame | None = None,
    *,
    boundary: Boundary | None = None,
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    interval: str = "garwood",
    weights: str | ArrayLike | Mapping[Any, Any] = EQUAL,
    events: pd.DataFrame | None = None,
    p_adj_method: str = "fdr_bh",
    confidence_level: float = 0.95,
    n_imputations: int = 20,
    seed: int = 0,
    engine: str = "auto",
) -> gpd.GeoDataFrame:
    """
    Count the incidents of each segment and turn them into rates with exact intervals.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`.
    segments : GeoDataFrame, optional
        From `make_segments`, not overlapping. Default: segments of 10 km.
    boundary : Boundary, optional
        The line both rest on. Default: the shipped border, if it is that.
    period : str, int or (date, date), optional
        First and last day that count, both included. Default: the period the events were compiled
        for (``located.attrs["coverage"]``), else from the first to the last day of the events used.
    scope : str, iterable of str or None, default ("border",)
        Which values of `scope` count. None: all. Events without the column all count.
    min_confidence : {"high", "medium", "low"} or None, default "medium"
        The lowest `confidence` that counts. None: all.
    interval : {"garwood", "mid-p"}, default "garwood"
        Of `rate` (see `poisson_interval`).
    weights : str, array_like, shape (k,) or mapping, default "equal"
        What each event weighs in the weighted columns: a column of numbers such as "killed",
        "wounded" or "narcotics_kg" (or "kg"); one number for each event of `located` in its order;
        or numbers by `event_id`, as a mapping or a Series with that index. A Series with the index of
        the events' rows (candidate 0) of `located` belongs to these rows. NaN: not stated.
    events : DataFrame, optional
        The event table, to take a column of weights from that `located` does not carry.
    p_adj_method : {"fdr_bh", "fdr_by", "holm", "bonferroni", "none"}
        How p-values are adjusted for the number of segments (see `adjust_p`).
    confidence_level : float, default 0.95
        Of the intervals.
    n_imputations : int, default 20
        How many tables are drawn for the interval of `expected_events` (see `impute_counts`).
    seed : int, default 0
        Of those draws: the same seed gives the same numbers.
    engine : {"auto", "numpy", "numba"}, default "auto"
        What spreads uncertain points (see `segment_weights`).

    Returns
    -------
    GeoDataFrame
        The segments with

        - ``events``: incidents known to have happened on this segment (a point counts on the segment
          of its nearest place; a stretch if it lies within one segment);
        - ``expected_events``: all incidents with a place, by their probability on this segment;
        - ``exposure_km_yr``: its length times the years of the period;
        - ``rate, rate_lo, rate_hi``: `events` per 100 km and year, with the exact Poisson interval
          (Garwood 1936, unless `interval` says otherwise);
        - ``expected_lo, expected_hi``: its interval by multiple imputation and Rubin's rules;
        - ``expected_rate, expected_rate_lo, expected_rate_hi``: the same per 100 km and year;
        - ``eb_rate, eb_lo, eb_hi``: `rate` drawn towards that of the whole line (`empirical_bayes`);
        - ``excess``: `events` less what its share of the exposure makes of all of them;
        - ``rr``: its rate over that of all other segments;
        - ``p_value, p_adj, p_adj_method``: of the exact test that the two are one, two-sided and given
          the number of events (`conditional_p`).

        With weights also ``weighted``, their sum over `events`; ``weighted_rate, weighted_lo,
        weighted_hi`` per 100 km and year with the interval of Fay & Feuer (1997); and
        ``expected_weighted``, over all events with a place by their probability.

        ``.attrs["accounting"]`` says what became of every event: ``events = counted + off_border +
        unplaced``, and why the others were not used; ``.attrs["resolution"]`` how well the places
        are known beside the length of the segments; ``.attrs["sources"]`` from which sources the
        events used came, and under which licences; ``.attrs["weights"]`` how many of the events have
        a weight; ``.attrs["notes"]`` why a number is missing.

    Raises
    ------
    ColumnError
        If a column is missing.
    ParameterError
        If the period is empty, a word is unknown, segments overlap, nothing tells the period, or a
        weight is negative.
    StatisticsError
        If none of the events has a weight.

    Warns
    -----
    CoverageWarning
        If the period reaches beyond the time the events were compiled for.
    UndatedEventsWarning
        If some events have no date; they count in every period.
    ResolutionWarning
        If the segments are shorter than most places are known to (see `segment_weights`): once a
        call, with both numbers.

    Notes
    -----
    The interval of `rate` carries the chance of counts alone. That of `expected_rate` carries also
    that an incident may lie on another segment, as its probabilities say. That most incidents are
    never reported is not in any number here.

    Events without a weight add nothing to the weighted columns, so that these are lower bounds where
    weights are often not stated. `rr` is infinite where all events lie on the one segment.

    References
    ----------
    Croicu & Hegre (2018), A fast spatial multiple imputation procedure for imprecise armed conflict
    events, Uppsala University.
    Fay & Feuer (1997), Statistics in Medicine 16, 791-801.
    Garwood (1936), Biometrika 28, 437-442. https://doi.org/10.1093/biomet/28.3-4.437

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> districts = make_segments(by="tj_province")
    >>> located = locate_events(load_events())
    >>> rates = segment_rates(located, districts, period=("2015-01-01", "2025-12-31"))
    >>> tally = rates.attrs["accounting"]
    >>> tally["events"] == tally["counted"] + tally["off_border"] + tally["unplaced"]
    True
    """
    chosen = select_events(located, period=period, scope=scope, min_confidence=min_confidence)
    warn_undated(chosen)
    used, in_time = chosen.used, chosen.in_time
    boundary = same_boundary(boundary, located=located, segments=segments)
    segments = make_segments(boundary) if segments is None else segments
    check_segments(segments)
    level = check_level(confidence_level)
    check_choice(interval, INTERVALS, name="interval")
    check_choice(p_adj_method, P_ADJ_METHODS, name="p_adj_method")
    weight = _weights(weights, located, chosen.used, events)
    row, accounting = count_known(used, segments, in_time)
    resolved = resolution(used, segments)
    warn_if_unresolved(resolved, stacklevel=2)
    shares = segment_shares(used, segments, boundary, engine=engine)
    expected = shares.expected(in_time, len(segments))
    drawn = draw_tables(shares, in_time, len(segments), n_imputations=n_imputations, seed=seed)
    _, expected_low, expected_high = pool_counts(drawn, level)
    rates = segments.copy()
    rates["events"] = np.bincount(row[row >= 0], minlength=len(segments))
    rates["expected_events"] = expected
    rates["expected_lo"], rates["expected_hi"] = expected_low, expected_high
    rates["exposure_km_yr"] = segments["length_km"].to_numpy(dtype=float) * chosen.years
    scale = PER_KM_YEARS / check_exposure(rates["exposure_km_yr"], name="exposure_km_yr")
    exact = poisson_interval(rates["events"], method=interval, confidence_level=level)
    rates["rate"] = rates["events"] * scale
    rates["rate_lo"], rates["rate_hi"] = exact.lo * scale, exact.hi * scale
    rates["expected_rate"] = expected * scale
    rates["expected_rate_lo"] = expected_low * scale
    rates["expected_rate_hi"] = expected_high * scale
    notes = add_comparison(rates, level, p_adj_method)
    told, more = _add_weighted(rates, weight, row, shares, in_time, level)
    rates.attrs = result_attrs(
        "rates",
        located,
        segments,
        period=chosen.period,
        unit="incidents per 100 km and year",
        seed=seed,
        accounting={
            "events_given": int(located["event_id"].nunique()),
            "set_aside": chosen.set_aside,
            **accounting,
            "expected_on_segments": round(float(expected.sum()), 6),
        },
        resolution=resolved,
        parameters={
            **chosen.parameters,
            "confidence_level": level,
            "interval": INTERVAL_NAMES[interval],
            "expected_interval": "multiple imputation, Rubin's rules, gamma limits",
            "n_imputations": n_imputations,
            "test": "exact conditional binomial, each segment against all others, two-sided",
            "p_adj_method": p_adj_method,
            "weights": weights if isinstance(weights, str) else "given",
        },
        notes=notes + more,
        sources=sources_of(used),
        **({} if told is None else {"weights": told}),
    )
    return rates


def draw_counts(
    located: pd.DataFrame,
    segments: gpd.GeoDataFrame | None = None,
    *,
    boundary: Boundary | None = None,
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    engine: str = "auto",
    n_imputations: int = 20,
    seed: int = 0,
) -> NDArray[np.int64]:
    """
    Count the events of each segment in several tables, each with every uncertain place drawn.

    Parameters
    ----------
    located, segments, boundary, period, scope, min_confidence, engine
        As in `segment_rates`.
    n_imputations : int, default 20
        How many tables.
    seed : int, default 0
        The same seed gives the same tables; those that `segment_rates` draws with that seed.

    Returns
    -------
    ndarray of int, shape (n_imputations, number of segments)
        In the order of `segments`. For the argument `imputed` of hot spots, scans and comparisons.

    Raises
    ------
    ParameterError
        As `segment_rates`.

    References
    ----------
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, Wiley.
    Croicu & Hegre (2018), A fast spatial multiple imputation procedure for imprecise armed conflict
    events, Uppsala University.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments
    >>> provinces = make_segments(by="tj_province")
    >>> draw_counts(locate_events(load_events()), provinces).shape
    (20, 2)
    """
    chosen = select_events(located, period=period, scope=scope, min_confidence=min_confidence)
    boundary = same_boundary(boundary, located=located, segments=segments)
    segments = make_segments(boundary) if segments is None else segments
    check_segments(segments)
    shares = segment_shares(chosen.used, segments, boundary, engine=engine)
    return draw_tables(
        shares, chosen.in_time, len(segments), n_imputations=n_imputations, seed=seed
    )


def by_label(values: Any, ids: pd.Series, *, name: str, table: str) -> Any:
    """
    Return a Series as what its index says: values by id, or values in the order of a table's rows.

    Parameters
    ----------
    values : object
        What was given; anything but a Series comes back as it is.
    ids : Series
        The ids of the rows, with the index of the rows.
    name, table : str
        What messages call the values and the table.

    Returns
    -------
    object
        An array where the index is that of `ids`, else a dict by id.

    Raises
    ------
    ParameterError
        If the index is neither that of the rows nor made of their ids, each once.

    Examples
    --------
    >>> ids = pd.Series(["a", "b"])
    >>> by_label(pd.Series([2, 1], index=["b", "a"]), ids, name="weights", table="located")
    {'b': 2, 'a': 1}
    """
    if not isinstance(values, pd.Series):
        return values
    if values.index.equals(ids.index):
        return values.to_numpy(dtype=object)
    foreign = values.index[~values.index.isin(ids)]
    if len(foreign) or not values.index.is_unique:
        odd = foreign[0] if len(foreign) else values.index[values.index.duplicated()][0]
        raise ParameterError(
            f"A Series of {name} must have the index of the rows of {table}, or one {ids.name} each, but "
            f"its index holds {odd!r}. Pass {name}.set_axis(ids), or {name}.to_numpy() to go by position."
        )
    return values.to_dict()


def _exposure(rates: pd.DataFrame) -> FloatArray:
    """Return what rates are per: exposures in 100 km and year."""
    return check_exposure(rates["exposure_km_yr"], name="exposure_km_yr") / PER_KM_YEARS


def add_comparison(rates: pd.DataFrame, level: float, p_adj_method: str) -> list[str]:
    """Add what each segment's rate is beside the whole line's; return why numbers are missing."""
    events, exposure = rates["events"].to_numpy(), _exposure(rates)
    smooth = empirical_bayes(events, exposure)
    rates["eb_rate"] = smooth.estimate
    rates["eb_lo"], rates["eb_hi"] = smooth.interval(level)
    total, over = events.sum(), exposure.sum()
    rates["excess"] = events - total * exposure / over
    alone = len(rates) == 1
    with np.errstate(divide="ignore", invalid="ignore"):
        rate_elsewhere = (total - events) / (over - exposure)
        rates["rr"] = np.nan if alone else smooth.rate / rate_elsewhere
    rates["p_value"] = np.nan if alone else conditional_p(events, total, exposure / over)
    rates["p_adj"] = adjust_p(rates["p_value"], p_adj_method)
    rates["p_adj_method"] = p_adj_method
    if alone:
        return ["There is one segment: no others to hold its rate against (rr, p_value, p_adj)."]
    if total == 0:
        return ["No event is known to lie on one segment: no rr, and every p_value is 1."]
    return []


def _weights(
    weights: Any, located: pd.DataFrame, used: pd.DataFrame, events: pd.DataFrame | None
) -> FloatArray | None:
    """Return the weight of each event used, NaN where not stated; None if all weigh the same."""
    if isinstance(weights, str) and weights == EQUAL:
        return None
    weights = "narcotics_kg" if isinstance(weights, str) and weights == "kg" else weights
    names = located.loc[located["candidate"] == 0, "event_id"]
    if isinstance(weights, str):
        table = located if weights in located or events is None else events
        check_columns(table, ["event_id", weights], name="located" if events is None else "events")
        first = table.drop_duplicates("event_id")
        weights = dict(zip(first["event_id"], first[weights], strict=True))
    else:
        weights = by_label(weights, names, name="weights", table="located")
    if not isinstance(weights, Mapping):
        given = np.asarray(weights)
        if given.shape != (len(names),):
            raise ParameterError(
                f"weights must be one number for each of the {len(names)} events of located, but have "
                f"the shape {given.shape}."
            )
        weights = dict(zip(names, given, strict=True))
    try:
        mine = [weights.get(name) for name in used["event_id"]]
        numbers = np.array([np.nan if pd.isna(value) else float(value) for value in mine])
    except (TypeError, ValueError) as error:
        raise ParameterError(f"weights must be numbers, but: {error}.") from error
    odd = np.flatnonzero((numbers < 0) | np.isinf(numbers))
    if odd.size:
        raise ParameterError(
            "weights must be finite numbers of 0 or more, NaN where not stated, but event "
            f"{used['event_id'].iloc[odd[0]]!r} has {numbers[odd[0]]:g}."
        )
    if numbers.size and np.isnan(numbers).all():
        raise StatisticsError(
            f"None of the {numbers.size} events used has a weight. Take another column, or "
            'weights="equal" for plain counts.'
        )
    return numbers


def _add_weighted(
    rates: pd.DataFrame,
    weight: FloatArray | None,
    row: NDArray[np.int64],
    shares: Shares,
    in_time: FloatArray,
    level: float,
) -> tuple[dict[str, Any] | None, list[str]]:
    """Add the weighted columns; return the account of the weights, and why numbers are missing."""
    if weight is None:
        return None, []
    stated = ~np.isnan(weight)
    known = np.where(stated, weight, 0.0)
    largest = float(known.max(initial=0.0))
    here = row >= 0
    sums = [np.bincount(row[here], known[here] ** k, minlength=len(rates)) for k in (1, 2)]
    limits = weighted_interval(sums[0], sums[1], largest, confidence_level=level)
    exposure = _exposure(rates)
    rates["weighted"] = sums[0]
    rates["weighted_rate"] = sums[0] / exposure
    rates["weighted_lo"], rates["weighted_hi"] = limits.lo / exposure, limits.hi / exposure
    rates["expected_weighted"] = shares.expected(in_time * known, len(rates))
    told = {
        "stated": int(stated.sum()),
        "weight not stated": int((~stated).sum()),
        "counted_stated": int((stated & here).sum()),
        "counted_not_stated": int((~stated & here).sum()),
        "sum": float(known.sum()),
        "largest": largest,
        "interval": "Fay-Feuer gamma limits",
    }
    if largest > 0:
        return told, []
    return told, ["No event weighs anything: weighted_hi cannot be had, as one more may weigh any."]
