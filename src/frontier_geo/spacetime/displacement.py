"""
Did a measure work, or did incidents move next door? The weighted displacement difference.

Counts before and after, where something was done and where nothing was, and in the stretches beside
both: one number for what was prevented, net of what was displaced, with its standard error.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_choice
from frontier_geo.boundary import Boundary
from frontier_geo.counting import count_known
from frontier_geo.errors import ParameterError, SmallSampleWarning, StatisticsError
from frontier_geo.imputation import rubins_rules
from frontier_geo.licences import sources_of
from frontier_geo.locating import same_boundary
from frontier_geo.periods import Period, as_period
from frontier_geo.places import draw_days
from frontier_geo.segments import check_segments
from frontier_geo.selection import Selection, select_events
from frontier_geo.series import draw_rows
from frontier_geo.significance import check_alternative, check_level, check_seed
from frontier_geo.spacetime.dated_places import check_on_line
from frontier_geo.weighting import segment_shares

__all__ = ["DisplacementDifference", "before_after", "wdd"]

AREAS = ("treated", "control", "treated_buffer", "control_buffer")
FEW = 5  # fewer events than this, and the normal limit is doubtful
SAME_LENGTH = 0.01  # times that differ by less than this share are taken as equally long
SMALL = (
    "one of the counts is below 5: the normal limit on which interval and p-value rest is doubtful"
)


@dataclass(frozen=True)
class DisplacementDifference:
    """
    A weighted displacement difference.

    Attributes
    ----------
    local, local_se : float
        Change where something was done minus change in the control, and its standard error.
    displacement, displacement_se : float
        The same of the stretches beside them.
    estimate, se, z, p_value, lo, hi : float
        Of both together. Negative: fewer events than the control makes expect.
    """

    local: float
    local_se: float
    displacement: float
    displacement_se: float
    estimate: float
    se: float
    z: float
    p_value: float
    lo: float
    hi: float


def wdd(
    treated: ArrayLike,
    control: ArrayLike,
    treated_buffer: ArrayLike = (0, 0),
    control_buffer: ArrayLike = (0, 0),
    *,
    period_lengths: ArrayLike = (1.0, 1.0),
    area_sizes: ArrayLike = (1.0, 1.0, 1.0, 1.0),
    alternative: str = "two-sided",
    confidence_level: float = 0.95,
) -> DisplacementDifference:
    """
    Work out the weighted displacement difference of counts before and after.

    Parameters
    ----------
    treated, control, treated_buffer, control_buffer : array_like of int, shape (2,)
        Events before and after: where something was done, where nothing was, and in the areas beside
        the two, where events may have moved. ptools has the controls first.
    period_lengths : array_like of float, shape (2,)
        Length of the time before and of the time after, if they differ. The estimate is per unit of it.
    area_sizes : array_like of float, shape (4,)
        Sizes of the four areas, in the order of the arguments, if changes per size are meant.
    alternative : {"two-sided", "greater", "less"}
        "less" for a decrease.
    confidence_level : float, default 0.95

    Returns
    -------
    DisplacementDifference

    Raises
    ------
    ParameterError
        If counts are no whole numbers of 0 or more, or lengths and sizes not above 0.
    StatisticsError
        If there are no events at all.

    Notes
    -----
    With T, C, D, E for treated, control and the areas beside them, before (0) and after (1), the
    estimate is (T1 - T0) - (C1 - C0) + (D1 - D0) - (E1 - E0); the variance is the sum of all counts,
    each divided by the squares of its time and size. Poisson counts and the normal limit are assumed:
    with counts below 5 or so, or events that come in clusters, the interval is too narrow.

    References
    ----------
    Wheeler & Ratcliffe (2018), A simple weighted displacement difference test to evaluate place based
    crime interventions, Crime Science 7, 11. https://doi.org/10.1186/s40163-018-0085-5

    Examples
    --------
    >>> found = wdd([207, 110], [308, 318], [178, 157], [150, 140])
    >>> found.estimate, round(found.se**2), round(found.z, 2), round(found.lo), round(found.hi)
    (-118.0, 1568, -2.98, -196, -40)
    """
    from scipy.stats import norm

    check_alternative(alternative)
    level = check_level(confidence_level)
    counts = _check_counts([treated, control, treated_buffer, control_buffer])
    time = _check_sizes(period_lengths, 2, "period_lengths")
    size = _check_sizes(area_sizes, 4, "area_sizes")
    if not counts.sum():
        raise StatisticsError("A displacement difference needs events, but all counts are 0.")
    estimates, variances = _differences(counts, np.outer(size, time))
    total, variance = float(estimates.sum()), float(variances.sum())
    se = math.sqrt(variance)
    z = total / se
    p = {"two-sided": 2 * norm.sf(abs(z)), "greater": norm.sf(z), "less": norm.cdf(z)}[alternative]
    reach = float(norm.isf((1 - level) / 2)) * se
    return DisplacementDifference(
        local=float(estimates[0]),
        local_se=math.sqrt(variances[0]),
        displacement=float(estimates[1]),
        displacement_se=math.sqrt(variances[1]),
        estimate=total,
        se=se,
        z=z,
        p_value=float(p),
        lo=total - reach,
        hi=total + reach,
    )


def _check_counts(areas: list[ArrayLike]) -> FloatArray:
    """Return the counts, areas x (before, after)."""
    rows = []
    for name, area in zip(AREAS, areas, strict=True):
        try:
            pair = np.asarray(area, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise ParameterError(f"{name} must be two counts, but is {area!r}.") from error
        if pair.shape != (2,) or not ((pair >= 0) & (pair == np.round(pair))).all():
            raise ParameterError(
                f"{name} must be two whole numbers of 0 or more, before and after, but is {area!r}."
            )
        rows.append(pair)
    return np.array(rows)


def _check_sizes(values: ArrayLike, n: int, name: str) -> FloatArray:
    try:
        sizes = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be {n} numbers, but is {values!r}.") from error
    if sizes.shape != (n,) or not (np.isfinite(sizes) & (sizes > 0)).all():
        raise ParameterError(f"{name} must be {n} finite numbers above 0, but is {values!r}.")
    return sizes


def _differences(counts: FloatArray, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the local and the displacement difference and their variances; leading axes stay."""
    rate, spread = counts / weight, counts / weight**2
    change = rate[..., 1] - rate[..., 0]
    estimate = np.stack((change[..., 0] - change[..., 1], change[..., 2] - change[..., 3]), axis=-1)
    by_area = spread.sum(axis=-1)
    variance = np.stack((by_area[..., :2].sum(axis=-1), by_area[..., 2:].sum(axis=-1)), axis=-1)
    return estimate, variance


# ---- the table -----------------------------------------------------------------------------------------


def before_after(
    located: pd.DataFrame,
    segments: gpd.GeoDataFrame,
    *,
    treated: Iterable[str],
    control: Iterable[str],
    treated_buffer: Iterable[str] = (),
    control_buffer: Iterable[str] = (),
    date: Any = None,
    before: Period | None = None,
    after: Period | None = None,
    boundary: Boundary | None = None,
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    area_sizes: str = "equal",
    alternative: str = "two-sided",
    confidence_level: float = 0.95,
    alpha: float = 0.05,
    n_imputations: int = 20,
    seed: int = 0,
) -> pd.DataFrame:
    """
    Compare incidents before and after a measure with those where none was taken.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`.
    segments : GeoDataFrame
        From `make_segments`, not overlapping.
    treated, control : iterable of str
        `segment_id` of the segments where something was done, and of comparable ones where nothing
        was.
    treated_buffer, control_buffer : iterable of str
        Segments beside the two, where incidents may have moved. Default: none.
    date : date, optional
        The first day of the time after; `period` is cut there.
    before, after : str or (date, date), optional
        Instead of `date`: first and last day of both times, both included.
    boundary : Boundary, optional
        The line both rest on. Default: the shipped border, if it is that.
    period : str, int or (date, date), optional
        With `date`: first and last day that count (see `segment_rates`).
    scope, min_confidence
        Which events count (see `segment_rates`).
    area_sizes : {"equal", "length"}
        Whether changes are compared as they are, or per km of border.
    alternative : {"two-sided", "greater", "less"}
        "less" for a decrease.
    confidence_level : float, default 0.95
    alpha : float, default 0.05
        At which p-value a drawn table supports the conclusion.
    n_imputations : int, default 20
        How often place and day are drawn; 0 for never.
    seed : int, default 0

    Returns
    -------
    DataFrame
        One row:

        - ``treated_before, treated_after, control_before, control_after, treated_buffer_before,
          treated_buffer_after, control_buffer_before, control_buffer_after``: events known to one
          segment and to one of the times;
        - ``local, local_se, displacement, displacement_se, estimate, se, z, p_value, lo, hi``: see
          `wdd`; in events of the time after (per km, if asked for), the counts before weighted down
          or up to it;
        - ``p_adj, p_adj_method``: one test, so nothing is adjusted;
        - ``estimate_imputed, estimate_imputed_lo, estimate_imputed_hi`` (Rubin's rules), ``p_imputed``
          (median), ``support``;
        - ``reason``: why a number is missing, else None.

    Raises
    ------
    ParameterError
        If a segment is unknown or in two groups, treated or control is empty, the times overlap, are
        empty, or are not given, or a place lies past the end of the line.

    Warns
    -----
    SmallSampleWarning
        If a count is below 5.

    References
    ----------
    Wheeler & Ratcliffe (2018), Crime Science 7, 11. https://doi.org/10.1186/s40163-018-0085-5
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, Wiley.

    Examples
    --------
    >>> import warnings
    >>> from frontier_geo import load_events, locate_events, make_segments
    >>> districts = make_segments(by="tj_district")
    >>> names = districts.set_index("tj_district")["segment_id"]
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     table = before_after(
    ...         locate_events(load_events()), districts, treated=[names["Shamsiddin Shohin"]],
    ...         control=[names["Farkhor"]], before=("2011-01-01", "2015-12-31"),
    ...         after=("2016-01-01", "2020-12-31"), n_imputations=0)
    >>> bool(table["lo"].iloc[0] <= table["estimate"].iloc[0] <= table["hi"].iloc[0])
    True
    """
    check_choice(area_sizes, ("equal", "length"), name="area_sizes")
    check_alternative(alternative)
    level, alpha = check_level(confidence_level), check_level(alpha, name="alpha")
    seed = check_seed(seed)
    boundary = same_boundary(boundary, located=located, segments=segments)
    check_segments(segments)
    groups = dict(zip(AREAS, (treated, control, treated_buffer, control_buffer), strict=True))
    area = _area_of(segments, groups)
    chosen, times = _times(located, date, before, after, period, scope, min_confidence)
    check_on_line(chosen.used, boundary)
    counts, accounting = _known_counts(chosen, segments, area, times)
    weight = np.outer(_sizes(segments, area, area_sizes), _lengths(times))
    row: dict[str, Any] = {
        f"{name}_{when}": int(counts[i, k])
        for i, name in enumerate(AREAS)
        for k, when in enumerate(("before", "after"))
    }
    how = {"alternative": alternative, "confidence_level": level}
    reasons = _add_plain(row, counts, weight, how)
    reasons += _add_drawn(
        row, _drawn_counts(chosen, segments, boundary, area, times, n_imputations, seed), weight,
        how, alpha,
    )  # fmt: skip
    row["reason"] = "; ".join(reasons) or None
    groups_given = [bool((area == i).any()) for i in range(4)]
    small = bool((counts[groups_given] < FEW).any())
    if small:
        warnings.warn(
            f"{SMALL}. To silence this, ignore frontier_geo.errors.SmallSampleWarning.",
            SmallSampleWarning,
            stacklevel=2,
        )
    table = pd.DataFrame([row]).astype({"reason": object})
    table["reason"] = table["reason"].where(table["reason"].notna(), None)
    table.attrs = result_attrs(
        "before_after",
        segments,
        located,
        period=chosen.period,
        sources=sources_of(chosen.used),
        parameters={
            **chosen.parameters,
            **how,
            **{name: segments["segment_id"][area == i].tolist() for i, name in enumerate(AREAS)},
            "before": _iso(times[0]),
            "after": _iso(times[1]),
            "area_sizes": area_sizes,
            "alpha": alpha,
            "n_imputations": n_imputations,
        },
        accounting=accounting,
        seed=seed,
        n_sim=None,
        smallest_p=None,
        unit="events of the time after" + (" per km" if area_sizes == "length" else ""),
        notes=["no simulation: the normal limit of Poisson counts", *([SMALL] if small else [])],
    )
    return table


def _area_of(segments: pd.DataFrame, groups: dict[str, Iterable[str]]) -> NDArray[np.int64]:
    """Return the group of each segment, -1 for none."""
    area = np.full(len(segments), -1, dtype=np.int64)
    ids = pd.Index(segments["segment_id"])
    for i, (name, members) in enumerate(groups.items()):
        if not isinstance(members, Iterable):
            raise ParameterError(
                f"{name} must name segments by segment_id, one or several, but is {members!r}."
            )
        wanted = [members] if isinstance(members, str) else list(members)
        rows = ids.get_indexer(pd.Index(wanted, dtype=object))
        if (rows < 0).any():
            raise ParameterError(
                f"{name} must name segments by segment_id, but "
                f"{wanted[int(np.flatnonzero(rows < 0)[0])]!r} is none of them."
            )
        taken = [k for k in rows if area[k] not in (-1, i)]
        if taken:
            raise ParameterError(
                f"Each segment can be in one group, but {ids[taken[0]]!r} is in {name} and in "
                f"{AREAS[area[taken[0]]]}."
            )
        area[rows] = i
        if i < 2 and not wanted:
            raise ParameterError(f"{name} must name one segment or more, but is empty.")
    return area


def _times(
    located: pd.DataFrame,
    date: Any,
    before: Period | None,
    after: Period | None,
    period: Period | None,
    scope: str | Iterable[str] | None,
    min_confidence: str | None,
) -> tuple[Selection, NDArray[Any]]:
    """Return the events that count, and first and last day of both times."""
    which: dict[str, Any] = {"scope": scope, "min_confidence": min_confidence, "stacklevel": 4}
    if (date is None) == (before is None and after is None):
        raise ParameterError(
            "Give either date, the first day after, or both before=(first, last) and after=(first, last)."
        )
    if date is not None:
        chosen = select_events(located, period=period, **which)
        cut = _day(date)
        begin, end = (np.datetime64(day, "D") for day in (chosen.begin, chosen.end))
        if not begin < cut <= end:
            raise ParameterError(
                f"date must lie within the period {begin} to {end}, after its first day, but is {cut}."
            )
        return chosen, np.array([[begin, cut - 1], [cut, end]])
    if before is None or after is None or period is not None:
        raise ParameterError("before and after go together, and without period: give both times.")
    times = np.array(
        [as_period(before, name="before"), as_period(after, name="after")], dtype="datetime64[D]"
    )
    if times[1, 0] <= times[0, 1]:
        raise ParameterError(
            "after must begin later than before ends, but they run from "
            f"{times[0, 0]} to {times[0, 1]} and from {times[1, 0]} to {times[1, 1]}."
        )
    whole = (str(times[0, 0]), str(times[1, 1]))
    return select_events(located, period=whole, **which), times


def _day(value: Any) -> Any:
    try:
        day = np.datetime64(pd.Timestamp(value), "D")
    except (ValueError, TypeError) as error:
        raise ParameterError(
            f"A day such as '2021-08-15' is needed, but {value!r} is none."
        ) from error
    if np.isnat(day):
        raise ParameterError(f"A day such as '2021-08-15' is needed, but {value!r} is none.")
    return day


def _iso(time: NDArray[Any]) -> list[str]:
    return [str(day) for day in time]


def _lengths(times: NDArray[Any]) -> FloatArray:
    """Return the lengths of both times, that of the time after being 1."""
    days = (times[:, 1] - times[:, 0]).astype(np.int64) + 1
    ratio = float(days[0] / days[1])
    return np.array([1.0 if abs(ratio - 1) < SAME_LENGTH else ratio, 1.0])


def _sizes(segments: pd.DataFrame, area: NDArray[np.int64], how: str) -> FloatArray:
    if how == "equal":
        return np.ones(4)
    length = segments["length_km"].to_numpy(dtype=float)
    sizes = np.array([length[area == i].sum() for i in range(4)])
    return np.where(sizes > 0, sizes, 1.0)


def _known_counts(
    chosen: Selection, segments: pd.DataFrame, area: NDArray[np.int64], times: NDArray[Any]
) -> tuple[FloatArray, dict[str, Any]]:
    """Return counts of events known to a segment and to one of the times, and the account."""
    row, accounting = count_known(chosen.used, segments, chosen.in_time)
    used = chosen.used
    when = np.full(len(used), -1)
    if "date_start" in used:
        start = used["date_start"].to_numpy(dtype="datetime64[D]")
        stop = used["date_end"].fillna(used["date_start"]).to_numpy(dtype="datetime64[D]")
        for k, (first, last) in enumerate(times):
            when[(start >= first) & (stop <= last)] = k
    where = np.where(row >= 0, area[row], -1)
    both = (where >= 0) & (when >= 0)
    return _tally(where[both], when[both]), {
        "set_aside": chosen.set_aside,
        **accounting,
        "counted_in_a_group_and_time": int(both.sum()),
        "counted, but in no group": int(((row >= 0) & (where < 0)).sum()),
        "in a group, but known to neither time": int(((where >= 0) & (when < 0)).sum()),
    }


def _tally(where: NDArray[np.int64], when: NDArray[np.int64]) -> FloatArray:
    return np.bincount(where * 2 + when, minlength=8).reshape(4, 2).astype(np.float64)


def _drawn_counts(
    chosen: Selection,
    segments: gpd.GeoDataFrame,
    boundary: Boundary,
    area: NDArray[np.int64],
    times: NDArray[Any],
    m: int,
    seed: int,
) -> FloatArray:
    """Return counts of the drawn tables, shape (m, areas, times)."""
    if not m:
        return np.zeros((0, 4, 2))
    days = draw_days(chosen.used, n_imputations=m, seed=seed)
    shares = segment_shares(chosen.used, segments, boundary)
    rows = draw_rows(shares, len(segments), n_imputations=m, seed=seed)
    counts = []
    for row, day in zip(rows, days, strict=True):
        where = np.where(row >= 0, area[row], -1)
        when = np.full(len(day), -1)
        for k, (first, last) in enumerate(times):
            when[(day >= first) & (day <= last)] = k
        both = (where >= 0) & (when >= 0)
        counts.append(_tally(where[both], when[both]))
    return np.stack(counts)


def _add_plain(
    row: dict[str, Any], counts: FloatArray, weight: FloatArray, how: dict[str, Any]
) -> list[str]:
    """Add the difference of the known counts; return why there is none."""
    names = (
        "local", "local_se", "displacement", "displacement_se", "estimate", "se", "z", "p_value",
        "lo", "hi",
    )  # fmt: skip
    found = None
    if counts.sum():
        found = wdd(
            *counts, area_sizes=weight[:, 1], period_lengths=weight[0] / weight[0, 1], **how
        )
    for name in names:
        row[name] = math.nan if found is None else getattr(found, name)
        if name == "p_value":
            row["p_adj"], row["p_adj_method"] = row["p_value"], "none"
    return [] if found else ["no events are known to these segments and times"]


def _add_drawn(
    row: dict[str, Any],
    drawn: FloatArray,
    weight: FloatArray,
    how: dict[str, Any],
    alpha: float,
) -> list[str]:
    """Add what the drawn tables say; return why there is none."""
    from scipy.stats import norm, t

    names = (
        "estimate_imputed", "estimate_imputed_lo", "estimate_imputed_hi", "p_imputed", "support",
    )  # fmt: skip
    row |= dict.fromkeys(names, math.nan)
    if not len(drawn):
        return ["no draws were asked for (n_imputations=0)"]
    if (drawn.sum(axis=(1, 2)) == 0).any():
        return ["some drawn table has no events in these segments and times"]
    estimates, variances = _differences(drawn, weight)
    total, variance = estimates.sum(axis=-1), variances.sum(axis=-1)
    pooled = rubins_rules(total, variance)
    reach = float(t.isf((1 - how["confidence_level"]) / 2, pooled.df) * np.sqrt(pooled.total))
    z = total / np.sqrt(variance)
    p = {"two-sided": 2 * norm.sf(np.abs(z)), "greater": norm.sf(z), "less": norm.cdf(z)}
    p_values = p[how["alternative"]]
    mean = float(pooled.mean)
    support = float((p_values <= alpha).mean())
    values = (mean, mean - reach, mean + reach, float(np.median(p_values)), support)
    row |= dict(zip(names, values, strict=True))
    return []
