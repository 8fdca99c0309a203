"""
Two rates held against each other: of two periods, or of two groups of segments.

Tables of the exact test of two counts (`rate_ratio_test`), a row a segment or a pair of groups, each
with the adjusted p-value and, beside it, what uncertain places make of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_columns, check_tables
from frontier_geo.boundary import Boundary
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.periods import Period
from frontier_geo.rates.intervals import PER_KM_YEARS, check_counts, check_exposure
from frontier_geo.rates.per_segment import by_label, draw_counts, segment_rates
from frontier_geo.rates.ratio_test import pool_ratios, rate_ratio_test
from frontier_geo.segments import chain_of, check_segments, make_segments
from frontier_geo.significance import adjust_p, check_level, check_seed

__all__ = [
    "compare_groups",
    "compare_periods",
    "compare_rates",
]

NO_EVENTS = "no event in either: no ratio"
NONE_BEFORE = "no event in the first: the ratio has no upper end"


def compare_rates(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    column: str = "events",
    method: str = "conditional",
    alternative: str = "two-sided",
    confidence_level: float = 0.95,
    alpha: float = 0.05,
    p_adj_method: str = "fdr_bh",
    imputed: Sequence[NDArray[np.int64]] | None = None,
) -> pd.DataFrame:
    """
    Compare two tables of rates of the same segments, segment by segment and as a whole.

    Parameters
    ----------
    first, second : DataFrame
        From `segment_rates`, on the same segments: two periods, two kinds of events.
    column : str, default "events"
        The column of counts.
    method, alternative, confidence_level
        As in `rate_ratio_test`; ``greater``: the second rate is above the first.
    alpha : float, default 0.05
        The level at which `support` counts tables.
    p_adj_method : {"fdr_bh", "fdr_by", "holm", "bonferroni", "none"}
        How p-values of the segments are adjusted for their number (see `adjust_p`).
    imputed : pair of ndarray of int, shape (m, n), optional
        The imputed tables of both (`draw_counts`).

    Returns
    -------
    DataFrame
        One row a segment in the order of `first`, then one for all of them, ``segment_id`` "total":
        ``segment_id, from_km, to_km, length_km, events_1, exposure_1_km_yr, rate_1, events_2,
        exposure_2_km_yr, rate_2``; ``rr, rr_lo, rr_hi``, the rate of the second over that of the first;
        ``p_value, p_adj, p_adj_method``; ``expected_1, expected_2`` where both tables have
        `expected_events`; ``reason``, why `rr`, of the plain counts, is missing or has no end. The total
        is one test of its own: its `p_adj` is its `p_value`.

        With `imputed` also ``rr_imputed, rr_imputed_lo, rr_imputed_hi`` (see `pool_ratios`: the lower
        end is 0 or the upper one infinite where at least a tail's share of the tables has no event on
        a side; all are missing where no table has any), ``p_imputed``, the median of the tables'
        p-values, and ``support``, the share of tables with a p-value of `alpha` or less.

    Raises
    ------
    ColumnError, ParameterError
        If a column is missing, segments overlap, the tables are of other segments, or a word is unknown.

    References
    ----------
    Eekhout, van de Wiel & Heymans (2017), BMC Med. Res. Methodol. 17, 129 (the median p-value).

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> located, provinces = locate_events(load_events()), make_segments(by="tj_province")
    >>> before, after = (
    ...     segment_rates(located, provinces, period=days)
    ...     for days in (("2015-01-01", "2020-12-31"), ("2021-01-01", "2025-12-31"))
    ... )
    >>> compare_rates(before, after)["segment_id"].iloc[-1]
    'total'
    """
    _check_same_segments(first, second, column)
    sides = [
        _Side(_with_total(table[column]), _with_total(table["exposure_km_yr"]), None)
        for table in (first, second)
    ]
    if imputed is not None:
        drawn = [check_tables(counts, (len(first),)) for counts in _two(imputed, "imputed")]
        if len(drawn[0]) != len(drawn[1]):
            raise ParameterError(
                "imputed must be as many tables for the second as for the first, but are "
                f"{len(drawn[1])} and {len(drawn[0])}."
            )
        sides = [
            _Side(side.events, side.exposure, np.column_stack((counts, counts.sum(axis=1))))
            for side, counts in zip(sides, drawn, strict=True)
        ]
    settings = _Settings(method, alternative, confidence_level, alpha, p_adj_method)
    table = pd.concat([_places(first), _compared(sides[0], sides[1], settings)], axis=1)
    table.loc[len(first), ["p_adj", "p_adj_method"]] = [table["p_value"].iloc[-1], "none"]
    table.loc[: len(first) - 1, "p_adj"] = adjust_p(table["p_value"].iloc[:-1], p_adj_method)
    if column == "events" and "expected_events" in first and "expected_events" in second:
        table["expected_1"] = _with_total(first["expected_events"])
        table["expected_2"] = _with_total(second["expected_events"])
    both = {
        key: [first.attrs.get(key), second.attrs.get(key)]
        for key in ("accounting", "resolution", "sources")
    }
    table.attrs = result_attrs(
        "rate_comparison",
        first,
        second,
        periods=[first.attrs.get("period"), second.attrs.get("period")],
        **both,
        unit="incidents per 100 km and year; rr: rate 2 over rate 1",
        parameters={"column": column, **settings.as_dict(imputed)},
        notes=_notes(imputed),
    )
    table.attrs.pop("period", None)
    return table


def compare_periods(
    located: pd.DataFrame,
    segments: gpd.GeoDataFrame | None = None,
    *,
    periods: Sequence[Period],
    boundary: Boundary | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    method: str = "conditional",
    alternative: str = "two-sided",
    confidence_level: float = 0.95,
    alpha: float = 0.05,
    p_adj_method: str = "fdr_bh",
    n_imputations: int = 20,
    seed: int = 0,
) -> pd.DataFrame:
    """
    Compare the rates of two periods, segment by segment and for the whole line.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`.
    segments : GeoDataFrame, optional
        Default: segments of 10 km.
    periods : two of str or (date, date)
        First and last day of each period, both included; they must not overlap.
    boundary, scope, min_confidence
        As in `segment_rates`.
    method, alternative, confidence_level, alpha, p_adj_method
        As in `compare_rates`.
    n_imputations : int, default 20
        How many tables are drawn for each period.
    seed : int, default 0
        Of the draws of the first period; the second takes the next one.

    Returns
    -------
    DataFrame
        As `compare_rates`, with the columns from uncertain places.

    Raises
    ------
    ParameterError
        As `segment_rates`, or if the periods overlap.

    Warns
    -----
    CoverageWarning, ResolutionWarning
        As `segment_rates`.

    Notes
    -----
    An event whose window of dates reaches into both periods counts in neither of the plain numbers,
    and by its share in each of the expected ones. A change in how much is reported changes the
    ratio as well as a change in what happens: the test cannot tell them apart.

    References
    ----------
    Przyborowski & Wilenski (1940), Biometrika 31, 313-323.
    Krishnamoorthy & Thomson (2004), J. Statistical Planning and Inference 119, 23-35 (the e-test).
    Benjamini & Hochberg (1995), J. R. Statist. Soc. B 57, 289-300.
    Eekhout, van de Wiel & Heymans (2017), BMC Med. Res. Methodol. 17, 129 (the median p-value).

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments
    >>> change = compare_periods(
    ...     locate_events(load_events()),
    ...     make_segments(by="tj_province"),
    ...     periods=(("2015-01-01", "2020-12-31"), ("2021-01-01", "2025-12-31")),
    ... )
    >>> int(change["events_1"].iloc[-1]) == int(change["events_1"].iloc[:-1].sum())
    True
    """
    both = _two(periods, "periods")
    seed = check_seed(seed)
    if segments is None:
        segments = make_segments(boundary)
    common: dict[str, Any] = {
        "boundary": boundary,
        "scope": scope,
        "min_confidence": min_confidence,
        "n_imputations": n_imputations,
    }
    first, second = (
        segment_rates(
            located,
            segments,
            period=days,
            confidence_level=confidence_level,
            seed=seed + i,
            **common,
        )
        for i, days in enumerate(both)
    )
    _check_apart(first.attrs["period"], second.attrs["period"])
    imputed = [
        draw_counts(located, segments, period=days, seed=seed + i, **common)
        for i, days in enumerate(both)
    ]
    table = compare_rates(
        first,
        second,
        method=method,
        alternative=alternative,
        confidence_level=confidence_level,
        alpha=alpha,
        p_adj_method=p_adj_method,
        imputed=imputed,
    )
    table.attrs["seed"] = seed
    return table


def compare_groups(
    rates: pd.DataFrame,
    groups: str | ArrayLike | Mapping[Any, Any],
    *,
    column: str = "events",
    method: str = "conditional",
    alternative: str = "two-sided",
    confidence_level: float = 0.95,
    alpha: float = 0.05,
    p_adj_method: str = "fdr_bh",
    imputed: NDArray[np.int64] | None = None,
) -> pd.DataFrame:
    """
    Compare the rates of groups of segments, each pair of groups.

    Parameters
    ----------
    rates : DataFrame
        From `segment_rates`.
    groups : str, array_like of shape (n,) or mapping
        Which group each segment is in: a column of `rates`; a label or true/false for each; or labels
        by `segment_id`, as a mapping or a Series with that index. A Series with the index of `rates`
        belongs to its rows. Segments without a label (missing, or not in the mapping) are left out.
    column, method, alternative, confidence_level, alpha, p_adj_method
        As in `compare_rates`.
    imputed : ndarray of int, shape (m, n), optional
        From `draw_counts`.

    Returns
    -------
    DataFrame
        One row a pair of groups: ``group_1, segments_1, events_1, exposure_1_km_yr, rate_1`` and the
        same of the second, then as in `compare_rates`. With true and false there is one row, and
        ``rr`` is the rate where true over that where false; other labels come in the order in which
        they first occur.

    Raises
    ------
    ColumnError, ParameterError
        If a column is missing, segments overlap, a Series of groups is of another index, or there are
        fewer than two groups.

    References
    ----------
    Przyborowski & Wilenski (1940), Biometrika 31, 313-323.
    Krishnamoorthy & Thomson (2004), J. Statistical Planning and Inference 119, 23-35 (the e-test).
    Benjamini & Hochberg (1995), J. R. Statist. Soc. B 57, 289-300.
    Eekhout, van de Wiel & Heymans (2017), BMC Med. Res. Methodol. 17, 129 (the median p-value).

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> rates = segment_rates(locate_events(load_events()))
    >>> river = compare_groups(rates, rates["terrain"] == "river")
    >>> river[["group_1", "group_2", "segments_1", "segments_2"]].to_numpy().tolist()
    [[False, True, 23, 112]]
    """
    check_segments(rates, name="rates")
    chain_of(rates)  # refuses overlapping segments: an event would count twice
    check_columns(rates, [column, "exposure_km_yr"], name="rates")
    codes, names = _labels(rates, groups)
    if len(names) < 2:
        raise ParameterError(
            f"Two groups or more are needed, but all segments with a label are in {list(names)}."
        )
    member = (codes[:, None] == np.arange(len(names))).astype(np.float64)
    events = check_counts(rates[column], name=column) @ member
    exposure = check_exposure(rates["exposure_km_yr"], name="exposure_km_yr") @ member
    drawn = None if imputed is None else check_tables(imputed, (len(rates),)) @ member
    one, two = (np.array(rows) for rows in zip(*combinations(range(len(names)), 2), strict=True))
    sides = [
        _Side(events[rows], exposure[rows], None if drawn is None else drawn[:, rows])
        for rows in (one, two)
    ]
    settings = _Settings(method, alternative, confidence_level, alpha, p_adj_method)
    table = _compared(sides[0], sides[1], settings)
    size = member.sum(axis=0).astype(int)
    for which, rows in (("1", one), ("2", two)):
        at = int(table.columns.get_loc(f"events_{which}"))
        table.insert(at, f"group_{which}", [names[i] for i in rows])
        table.insert(at + 1, f"segments_{which}", size[rows])
    table["p_adj"] = adjust_p(table["p_value"], p_adj_method)
    table.attrs = result_attrs(
        "group_comparison",
        rates,
        unit="incidents per 100 km and year; rr: rate 2 over rate 1",
        parameters={
            "column": column,
            "groups": groups if isinstance(groups, str) else "given",
            "segments_without_group": int((codes < 0).sum()),
            **settings.as_dict(imputed),
        },
        notes=_notes(imputed),
    )
    return table


@dataclass(frozen=True)
class _Side:
    """One of two sets of counts: plain, and drawn (m tables, None if not asked for)."""

    events: FloatArray
    exposure: FloatArray
    drawn: FloatArray | None


@dataclass(frozen=True)
class _Settings:
    method: str
    alternative: str
    confidence_level: float
    alpha: float
    p_adj_method: str

    def as_dict(self, imputed: Any) -> dict[str, Any]:
        """Return the settings as they stand in `.attrs`."""
        m = None
        if imputed is not None:
            m = len(imputed[0]) if isinstance(imputed, list | tuple) else len(imputed)
        return {**vars(self), "n_imputations": m}


def _compared(first: _Side, second: _Side, settings: _Settings) -> pd.DataFrame:
    """Return the columns of a comparison; `p_adj` is still the p-value."""
    check_level(settings.alpha, name="alpha")
    how: dict[str, Any] = {"method": settings.method, "alternative": settings.alternative}
    level = settings.confidence_level
    counts = [check_counts(side.events).astype(np.int64) for side in (first, second)]
    test = rate_ratio_test(
        counts[1],
        second.exposure,
        counts[0],
        first.exposure,
        confidence_level=level,
        **how,
    )
    columns: dict[str, Any] = {}
    for which, n, side in (("1", counts[0], first), ("2", counts[1], second)):
        columns[f"events_{which}"] = n
        columns[f"exposure_{which}_km_yr"] = side.exposure
        columns[f"rate_{which}"] = n / side.exposure * PER_KM_YEARS
    columns |= {"rr": test.ratio, "rr_lo": test.lo, "rr_hi": test.hi}
    columns |= {"p_value": test.p_value, "p_adj": test.p_value}
    columns["p_adj_method"] = settings.p_adj_method
    if first.drawn is not None and second.drawn is not None:
        sides = (second.drawn, second.exposure, first.drawn, first.exposure)
        ratio, low, high = pool_ratios(*sides, confidence_level=level)
        p = rate_ratio_test(*sides, confidence_level=level, **how).p_value
        columns |= {"rr_imputed": ratio, "rr_imputed_lo": low, "rr_imputed_hi": high}
        columns |= {"p_imputed": np.median(p, axis=0)}
        columns |= {"support": (p <= settings.alpha).mean(axis=0)}
    reason = np.full(counts[0].size, None, dtype=object)
    reason[counts[0] == 0] = NONE_BEFORE
    reason[(counts[0] == 0) & (counts[1] == 0)] = NO_EVENTS
    columns["reason"] = reason
    return pd.DataFrame(columns)


def _two(values: Any, name: str) -> tuple[Any, Any]:
    """Refuse anything but two of them."""
    try:
        first, second = values
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be two, but: {error}.") from error
    return first, second


def _with_total(values: pd.Series) -> FloatArray:
    numbers = values.to_numpy(dtype=float)
    return np.append(numbers, numbers.sum())


def _places(segments: pd.DataFrame) -> pd.DataFrame:
    """Return the segments and, as the last row, all of them."""
    places = pd.DataFrame(segments[["segment_id", "from_km", "to_km", "length_km"]])
    places = places.reset_index(drop=True).astype({"segment_id": object})
    places.loc[len(places)] = [
        "total",
        places["from_km"].min(),
        places["to_km"].max(),
        places["length_km"].sum(),
    ]
    return places


def _check_same_segments(first: pd.DataFrame, second: pd.DataFrame, column: str) -> None:
    for table, name in ((first, "first"), (second, "second")):
        check_segments(table)
        chain_of(table)  # refuses overlapping segments: the total would count events twice
        check_columns(table, [column, "exposure_km_yr"], name=name)
    ends = ["from_km", "to_km"]
    if len(first) != len(second) or not (
        (first["segment_id"].to_numpy() == second["segment_id"].to_numpy()).all()
        and np.allclose(first[ends].to_numpy(float), second[ends].to_numpy(float), atol=1e-6)
    ):
        raise ParameterError(
            "Rates are compared segment by segment, but the tables are of other segments, or in "
            f"another order ({len(first)} and {len(second)} rows). Make both with the same segments."
        )


def _check_apart(first: Sequence[str], second: Sequence[str]) -> None:
    if first[0] <= second[1] and second[0] <= first[1]:
        raise ParameterError(
            f"periods must not overlap, but {first[0]} to {first[1]} and {second[0]} to {second[1]} "
            "do: the same events would stand on both sides."
        )


def _labels(rates: pd.DataFrame, groups: Any) -> tuple[NDArray[np.int64], list[Any]]:
    """Return the number of each segment's group (-1 if none), and the labels."""
    if isinstance(groups, str):
        check_columns(rates, [groups], name="rates")
        labels = rates[groups].to_numpy(dtype=object)
        return _numbered(labels)
    groups = by_label(groups, rates["segment_id"], name="groups", table="rates")
    if isinstance(groups, Mapping):
        unknown = set(groups) - set(rates["segment_id"])
        if unknown:
            raise ColumnError(
                f"groups must name segments of rates, but holds {sorted(map(str, unknown))[0]!r}."
            )
        labels = np.array([groups.get(name) for name in rates["segment_id"]], dtype=object)
    else:
        labels = np.asarray(groups, dtype=object)
        if labels.shape != (len(rates),):
            raise ParameterError(
                f"groups must hold one label for each of the {len(rates)} segments, but has the shape "
                f"{labels.shape}."
            )
    return _numbered(labels)


def _numbered(labels: NDArray[Any]) -> tuple[NDArray[np.int64], list[Any]]:
    """Return the number of each label, -1 where missing, and the labels; false before true."""
    codes, names = pd.factorize(labels)
    if set(names) == {False, True} and not names[1]:
        codes, names = np.where(codes < 0, codes, 1 - codes), names[::-1]
    return codes.astype(np.int64), [
        name.item() if isinstance(name, np.generic) else name for name in names
    ]


def _notes(imputed: Any) -> list[str]:
    notes = [
        "Events known to one segment only; a change in reporting changes rr as a change of events does."
    ]
    if imputed is not None:
        notes.append(
            "rr_imputed: of the mean counts of the tables; its limits mix the exact ones of each table "
            "and are open where too many tables have no event on a side."
        )
    return notes
