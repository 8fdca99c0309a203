"""
Unusual stretches of a line in an unusual time: the space-time scan over runs of segments and steps.

A cylinder is a run of segments during a run of steps. Two questions are asked of it: whether it holds
more events than its share of km and years (Poisson), or more than its stretch and its time, each on
its own, explain (permutation). Looked at as it goes on, only cylinders that reach to the last step
count: is something starting now?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from frontier_geo._fast import Engine
from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_amounts, check_choice, check_tables
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.scan.engine import AT_ONCE, check_fraction, scan_engine
from frontier_geo.scan.largest import IntArray, draw_places, largest_by_count
from frontier_geo.scan.ratio import SAME, Ratio, gumbel_p, p_of_maxima
from frontier_geo.scan.runs import (
    AT_PLACES,
    check_clusters,
    check_drawable,
    check_numbers,
    check_placed,
    gap_notes,
    measures,
    no_p_of,
    official_ends,
    pooled,
    why_none,
)
from frontier_geo.segments import chain_of
from frontier_geo.series import series_arrays
from frontier_geo.significance import check_level, check_n_sim, check_seed, smallest_p

__all__ = ["CylinderScan", "cylinder_scan", "scan_space_time"]

MODELS = ("poisson", "permutation")
Cylinder = tuple[int, int, int, int]


@dataclass(frozen=True)
class CylinderScan:
    """
    Cylinders, the most unusual first.

    Attributes
    ----------
    first, last : ndarray of int
        First and last segment of each, both included.
    begin, end : ndarray of int
        First and last step of each, both included.
    observed, expected, llr, p_value, p_gumbel : ndarray of float
        As in `PathScan`.
    simulated : ndarray of float, shape (n_sim,)
        The largest ratio of each simulation.
    """

    first: IntArray
    last: IntArray
    begin: IntArray
    end: IntArray
    observed: FloatArray
    expected: FloatArray
    llr: FloatArray
    p_value: FloatArray
    p_gumbel: FloatArray
    simulated: FloatArray


@dataclass(frozen=True)
class _Setting:
    """What is the same for the data and every simulation."""

    expected: FloatArray  # (segments, steps), all together the number of events
    upto: FloatArray  # (segments + 1, steps + 1): running sums of `expected` in both directions
    share: FloatArray  # (segments + 1,): which share of the exposure lies before each segment
    jump: FloatArray  # (segments,): more than any run may hold, after each gap
    ratio: Ratio
    max_fraction: float
    intervals: list[tuple[int, int]]

    def before(self, begin: int, end: int) -> FloatArray:
        """Return the events expected before each segment during steps begin to end."""
        return np.asarray(self.upto[:, end + 1] - self.upto[:, begin])


def cylinder_scan(
    cases: ArrayLike,
    expected: ArrayLike | None = None,
    *,
    model: str = "poisson",
    prospective: bool = False,
    max_fraction: float = 0.5,
    max_steps: int | None = None,
    linked: ArrayLike | None = None,
    engine: str = "auto",
    n_sim: int = 999,
    seed: int = 0,
    max_clusters: int = 10,
) -> CylinderScan:
    """
    Scan all runs of segments during all runs of steps for unusually many events.

    Parameters
    ----------
    cases : array_like of int, shape (segments, steps)
        Events, segments along the line and steps in time.
    expected : array_like of float, shape (segments, steps), optional
        For ``"poisson"``: what events are proportional to, such as km·years. For ``"permutation"`` it
        is not needed: expected is what the totals of segments and steps make of it.
    model : {"poisson", "permutation"}
        Simulations spread all events over all cells in proportion to `expected`, or leave each event
        on its segment and permute the times.
    prospective : bool, default False
        Only cylinders that last to the last step.
    max_fraction : float, default 0.5
        The largest share of the exposure (``"permutation"``: of the events) over all time that a run
        of segments may hold.
    max_steps : int, optional
        The most steps of a cylinder. Default: half of them.
    linked : array_like of bool, shape (segments - 1,), optional
        Whether a segment touches the next. Default: all do.
    engine : {"auto", "numpy", "numba"}, default "auto"
        As for `path_scan`.
    n_sim, seed, max_clusters : int
        As for `path_scan`. A cylinder is kept if it shares no segment and step with one before.

    Returns
    -------
    CylinderScan

    Raises
    ------
    ParameterError, StatisticsError
        If an argument makes no sense, there are no events, or events lie where none are expected.

    Notes
    -----
    Under permutation a cluster that makes up much of all events raises the totals of its own segments
    and steps, and with them what is expected of it: it may go unseen. Cells that come and go, such as
    segments observed in some years only, are for ``"poisson"``.

    References
    ----------
    Kulldorff, Heffernan, Hartman, Assuncao & Mostashari (2005), A space-time permutation scan
    statistic for disease outbreak detection, PLoS Med. 2(3):e59.
    Kulldorff (2001), Prospective time periodic geographical disease surveillance using a scan
    statistic, J. R. Statist. Soc. A 164, 61-72.

    Examples
    --------
    >>> import numpy as np
    >>> cases = np.ones((6, 8), int)
    >>> cases[2:4, 5:7] = 9
    >>> found = cylinder_scan(cases, np.ones((6, 8)), n_sim=99)
    >>> [int(x[0]) for x in (found.first, found.last, found.begin, found.end)]
    [2, 3, 5, 6]
    """
    check_choice(model, MODELS, name="model")
    n_sim = check_n_sim(n_sim) if n_sim else 0
    rng = np.random.default_rng(check_seed(seed))
    counts = _check_cells(check_amounts(cases, name="cases"))
    setting = _setting(counts, expected, model, max_fraction, max_steps, prospective, linked)
    found = _best_cylinders(counts, setting, check_clusters(max_clusters))
    simulated = _simulate(rng, counts, setting, model, n_sim, engine)
    first, last, begin, end = (
        np.array([one[i] for one, _ in found], dtype=np.int64) for i in range(4)
    )
    llr = np.array([value for _, value in found])
    total = _running(counts)
    return CylinderScan(
        first=first,
        last=last,
        begin=begin,
        end=end,
        observed=_inside(total, first, last, begin, end),
        expected=_inside(setting.upto, first, last, begin, end),
        llr=llr,
        p_value=p_of_maxima(llr, simulated),
        p_gumbel=gumbel_p(llr, simulated),
        simulated=simulated,
    )


def _check_cells(counts: FloatArray) -> FloatArray:
    if counts.ndim != 2 or not counts.size:
        raise ParameterError(
            f"cases must be a table of segments and steps, but have the shape {counts.shape}."
        )
    if not counts.sum():
        raise StatisticsError(
            f"A scan needs events, but there is none in {counts.shape[0]} segments and "
            f"{counts.shape[1]} steps. Take a longer period, or more scopes and confidences."
        )
    return counts


def _setting(
    counts: FloatArray,
    expected: ArrayLike | None,
    model: str,
    max_fraction: float,
    max_steps: int | None,
    prospective: bool,
    linked: ArrayLike | None,
) -> _Setting:
    """Check the arguments and work out what every simulation shares."""
    total = float(counts.sum())
    n, t = counts.shape
    if model == "permutation":
        size = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    else:
        size = _check_expected(counts, expected)
        size = size * (total / size.sum())
    most = _check_steps(max_steps, t)
    links = np.ones(n - 1, bool) if linked is None else np.asarray(linked, dtype=bool)
    if links.shape != (n - 1,):
        raise ParameterError(f"{n} segments have {n - 1} links, but {links.shape} were given.")
    return _Setting(
        expected=size,
        upto=_running(size),
        share=np.concatenate(([0.0], np.cumsum(size.sum(axis=1)))) / total,
        jump=2.0 * np.concatenate(([0], np.cumsum(~links))),
        ratio=Ratio(total, total),
        max_fraction=check_fraction(max_fraction) * (1 + 1e-12),
        intervals=[
            (a, b)
            for b in (range(t - 1, t) if prospective else range(t))
            for a in range(max(0, b - most + 1), b + 1)
        ],
    )


def _check_expected(counts: FloatArray, expected: ArrayLike | None) -> FloatArray:
    if expected is None:
        raise ParameterError(
            'model="poisson" needs expected=, what events are proportional to in each cell, such as '
            "km·years."
        )
    size = check_amounts(expected, name="expected")
    if size.shape != counts.shape:
        raise ParameterError(
            f"expected must have the shape of cases, {counts.shape}, but has {size.shape}."
        )
    bad = np.argwhere((size == 0) & (counts > 0))
    if bad.size:
        i, j = bad[0]
        raise StatisticsError(
            f"Events need an exposure, but segment {i} in step {j} has {counts[i, j]:g} events and an "
            "exposure of 0."
        )
    return size


def _check_steps(max_steps: Any, t: int) -> int:
    if max_steps is None:
        return max(1, t // 2)
    whole = isinstance(max_steps, int | np.integer) and not isinstance(max_steps, bool)
    if not whole or not 1 <= max_steps <= t:
        raise ParameterError(
            f"max_steps must be a whole number from 1 to the {t} steps there are, but is {max_steps!r}."
        )
    return int(max_steps)


def _running(cells: FloatArray) -> FloatArray:
    """Return running sums in both directions, with a first row and column of 0."""
    sums = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1))
    sums[1:, 1:] = cells.cumsum(axis=0).cumsum(axis=1)
    return sums


def _inside(
    sums: FloatArray, first: IntArray, last: IntArray, begin: IntArray, end: IntArray
) -> FloatArray:
    """Return what running sums make of each cylinder."""
    return np.asarray(
        sums[last + 1, end + 1] - sums[first, end + 1] - sums[last + 1, begin] + sums[first, begin]
    )


def _best_cylinders(
    counts: FloatArray, setting: _Setting, most: int
) -> list[tuple[Cylinder, float]]:
    """Return cylinders that share no cell, the most unusual first."""
    total = _running(counts)
    chosen: list[tuple[Cylinder, float]] = []
    best = {at: _best_run(total, setting, at, []) for at in setting.intervals}
    while best and len(chosen) < most:
        # Ties: the cylinder with less exposure, then the earlier one, then the one nearer the start.
        top = min(best, key=lambda at: (-round(best[at][0] / SAME), best[at][3], at, best[at][1]))
        value, first, last, _ = best[top]
        if value <= SAME:
            break
        chosen.append(((first, last, *top), value))
        for at in setting.intervals:
            if at[0] <= top[1] and at[1] >= top[0]:
                same_place = best[at][1] <= last and best[at][2] >= first
                if same_place:
                    best[at] = _best_run(total, setting, at, [one for one, _ in chosen])
    return chosen


def _best_run(
    total: FloatArray, setting: _Setting, at: tuple[int, int], taken: list[Cylinder]
) -> tuple[float, int, int, float]:
    """Return ratio, first and last segment and size of the best run during some steps."""
    begin, end = at
    upto = total[:, end + 1] - total[:, begin]
    busy = np.flatnonzero(np.diff(upto) > 0)
    i, j = np.triu_indices(busy.size)
    a, b = busy[i], busy[j]
    free = setting.share[b + 1] - setting.share[a] <= setting.max_fraction
    free &= setting.jump[a] == setting.jump[b]
    for first, last, start, stop in taken:
        if start <= end and stop >= begin:
            free &= (b < first) | (a > last)
    a, b = a[free], b[free]
    if not a.size:
        return 0.0, 0, -1, 0.0
    before = setting.before(begin, end)
    size = before[b + 1] - before[a]
    llr = setting.ratio.of(upto[b + 1] - upto[a], size, "greater")
    order = np.lexsort((a, size.round(9), -np.round(llr / SAME)))[0]
    return float(llr[order]), int(a[order]), int(b[order]), float(size[order])


def _simulate(
    rng: np.random.Generator,
    counts: FloatArray,
    setting: _Setting,
    model: str,
    n_sim: int,
    engine: str,
) -> FloatArray:
    """Return the largest ratio of each simulation, in blocks that keep the memory bounded."""
    if n_sim and (counts != np.rint(counts)).any():
        raise StatisticsError("A scan counts events, but cases are not whole numbers.")
    n_events = int(counts.sum())
    chosen = scan_engine(engine, n_sim * n_events)
    block = max(1, AT_ONCE // n_events)
    largest = [np.zeros(0)]
    for begin in range(0, n_sim, block):
        rows = min(block, n_sim - begin)
        segment, step = _draw(rng, rows, counts, setting, model, chosen)
        largest.append(_largest_ever(segment, step, setting, chosen))
    return np.concatenate(largest)


def _draw(
    rng: np.random.Generator,
    rows: int,
    counts: FloatArray,
    setting: _Setting,
    model: str,
    engine: Engine = "numpy",
) -> tuple[IntArray, IntArray]:
    """Return segment and step of each event, in the order of the line."""
    t = counts.shape[1]
    if model == "poisson":
        cell = draw_places(rng, rows, int(counts.sum()), setting.expected.ravel(), engine=engine)
        return cell // t, cell % t
    cells = np.repeat(np.arange(counts.size), counts.ravel().astype(np.int64))
    segment = np.broadcast_to(cells // t, (rows, cells.size))
    return segment, rng.permuted(np.tile(cells % t, (rows, 1)), axis=1)


def _largest_ever(
    segment: IntArray, step: IntArray, setting: _Setting, engine: Engine = "numpy"
) -> FloatArray:
    """
    Return the largest ratio of each simulation.

    Where nothing happened in the first or last step of a cylinder, the one without that step is
    smaller and holds as much: a simulation is looked at during the steps between its events only.
    """
    n_rows, t = len(step), setting.expected.shape[1]
    busy = np.zeros((n_rows, t), dtype=bool)
    busy[np.arange(n_rows)[:, None], step] = True
    only_last = all(end == t - 1 for _, end in setting.intervals)
    best = np.zeros(n_rows)
    for at in setting.intervals:
        rows = np.flatnonzero(busy[:, at[0]] & (busy[:, at[1]] | only_last))
        if rows.size:
            best[rows] = _largest_during(at, segment[rows], step[rows], setting, best[rows], engine)
    return best


def _largest_during(
    at: tuple[int, int],
    segment: IntArray,
    step: IntArray,
    setting: _Setting,
    best: FloatArray,
    engine: Engine,
) -> FloatArray:
    """Return the largest ratio of each simulation, cylinders during these steps included."""
    inside: NDArray[np.bool_] = (step >= at[0]) & (step <= at[1])
    many = inside.sum(axis=1)
    row, column = np.nonzero(inside)
    nth = np.arange(row.size) - np.repeat(np.cumsum(many) - many, many)
    shape = (len(step), int(many.max()))
    of_event = segment[row, column]
    before = setting.before(*at)
    low, high = np.zeros(shape), np.full(shape, np.inf)
    low[row, nth], high[row, nth] = before[of_event], before[of_event + 1]
    share_low, share_high = np.zeros(shape), np.full(shape, np.inf)
    share_low[row, nth] = setting.share[of_event] + setting.jump[of_event]
    share_high[row, nth] = setting.share[of_event + 1] + setting.jump[of_event]
    return largest_by_count(
        low, high, setting.ratio, cap=setting.max_fraction, best=best,
        share=(share_low, share_high), engine=engine,
    )  # fmt: skip


def scan_space_time(
    series: pd.DataFrame,
    *,
    column: str = "events",
    are_counts: bool | None = None,
    model: str = "poisson",
    prospective: bool = False,
    max_fraction: float = 0.5,
    max_steps: int | None = None,
    max_clusters: int = 10,
    n_sim: int = 999,
    seed: int = 0,
    alpha: float = 0.05,
    imputed: ArrayLike | None = None,
    confidence_level: float = 0.95,
    engine: str = "auto",
) -> pd.DataFrame:
    """
    Scan every contiguous stretch during every contiguous time for unusually many events.

    Parameters
    ----------
    series : DataFrame
        From `segment_series`. A stretch never goes across a gap between segments.
    column : str, default "events"
        What is scanned; only counts of incidents have a p-value (see `scan_segments`).
    are_counts : bool, optional
        Whether each unit of `column` is an incident of its own. Default: of ``"events"`` only.
    model : {"poisson", "permutation"}
        ``"poisson"``: more events than km and years explain. ``"permutation"``: more than the stretch
        (over all time) and the time (over all stretches) explain; nothing needs to be known of
        exposure, and neither a busy stretch nor a busy year is a cluster by itself.
    prospective : bool, default False
        Only clusters that last to the last step: is something starting now? Adds
        `recurrence_days`.
    max_fraction, max_steps, max_clusters, n_sim, seed
        As for `cylinder_scan`.
    alpha : float, default 0.05
        The level that `n_sim` must be able to reach, and that decides `support`.
    imputed : array_like of int, shape (m, segments, steps), optional
        Tables drawn from uncertain places and dates (`draw_series`), in the order of `series`.
    confidence_level : float, default 0.95
        Of the quantiles of the ends over the drawn tables.
    engine : {"auto", "numpy", "numba"}, default "auto"
        As for `scan_segments`.

    Returns
    -------
    DataFrame
        One row a cluster, the most unusual first, with the columns of `scan_segments`, and
        ``start_step, end_step, period_begin, period_end`` (both days included) and ``period``, both
        days as text. With `prospective` also ``recurrence_days``: days of a step over `p_value`; if
        one such analysis is made every step, chance alone gives so unusual a cluster once in so many
        days. Empty, with the reason in ``.attrs["notes"]``, where there is none.

    Raises
    ------
    ColumnError, ParameterError, StatisticsError
        As for `scan_segments` and `series_arrays`.

    Notes
    -----
    Events that are given at few villages make p-values of ``"poisson"`` too small (see `scan_segments`);
    ``"permutation"`` leaves each event where it is.

    References
    ----------
    Kulldorff et al. (2005), PLoS Med. 2(3):e59.
    Kulldorff (2001), J. R. Statist. Soc. A 164, 61-72.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments
    >>> from frontier_geo.series import segment_series
    >>> series = segment_series(locate_events(load_events()), make_segments(by="district"))
    >>> found = scan_space_time(series, prospective=True, n_sim=99)
    >>> bool((found["end_step"] == series.attrs["n_steps"] - 1).all())
    True
    """
    level = check_level(confidence_level)
    scan_engine(engine, 0)  # refuses other words
    n_sim = check_n_sim(n_sim, alpha=check_level(alpha, name="alpha"))
    check_choice(model, MODELS, name="model")
    if isinstance(series, pd.DataFrame) and column in series and len(series):
        check_numbers(series[column], name=column)
    cases, exposure, segments, steps = series_arrays(series, column)
    if model == "poisson" and not exposure.any():
        raise StatisticsError("A scan needs exposure, but exposure_km_yr is 0 in every cell.")
    no_p = no_p_of(column, cases.ravel(), are_counts)
    linked = chain_of(segments).linked
    options: dict[str, Any] = {
        "model": model,
        "prospective": bool(prospective),
        "max_fraction": check_fraction(max_fraction),
        "max_steps": _check_steps(max_steps, cases.shape[1]),
        "linked": linked,
        "seed": check_seed(seed),
        "engine": engine,
    }
    notes = ([] if no_p is None else [f"{column}: {no_p}."]) + gap_notes(linked)
    if cases.sum():
        sims = n_sim if no_p is None else 0
        found = cylinder_scan(
            cases, exposure, n_sim=sims, max_clusters=check_clusters(max_clusters), **options
        )
        table = _as_table(found, segments, steps, float(cases.sum()), no_p, prospective)
        if table.empty:
            notes.append(_why_none(cases, exposure, model, max_fraction))
    else:
        notes.append(f"No cluster was found, because {column} is 0 in every cell.")
        table = _as_table(_nothing(), segments, steps, 0.0, no_p, prospective)
    if len(table) and no_p is None and model == "poisson":
        notes.append(f"{AT_PLACES}.")
    n_tables = 0
    if imputed is not None:
        check_drawable(column, no_p)
        drawn = check_tables(imputed, cases.shape)
        if model == "poisson":
            check_placed(drawn, exposure)
        n_tables = len(drawn)
        table = table.assign(
            **_over_tables(table, drawn, exposure, segments, alpha, n_sim, level, options)
        )
    table.attrs = result_attrs(
        "space_time_clusters",
        series,
        parameters={
            **{
                key: value
                for key, value in options.items()
                if key not in ("linked", "seed", "engine")
            },
            "column": column,
            "alternative": "greater",
            "max_clusters": max_clusters,
            "alpha": alpha,
            "confidence_level": level,
            "n_imputations": n_tables,
        },
        seed=options["seed"],
        n_sim=n_sim,
        smallest_p=smallest_p(n_sim),
        unit="incidents",
        notes=notes,
    )
    return table


def _why_none(cases: FloatArray, exposure: FloatArray, model: str, max_fraction: float) -> str:
    size = (exposure if model == "poisson" else cases).sum(axis=1)
    why = why_none(size / size.sum(), max_fraction)
    if "could be looked at" in why:
        return why
    return "No stretch holds more events at any time than it would be expected to."


def _nothing() -> CylinderScan:
    none, no = np.zeros(0, np.int64), np.zeros(0)
    return CylinderScan(none, none, none, none, no, no, no, no, no, no)


def _as_table(
    found: CylinderScan,
    segments: pd.DataFrame,
    steps: pd.DataFrame,
    total: float,
    no_p: str | None,
    prospective: bool,
) -> pd.DataFrame:
    """Write cylinders as a table, with their segments, kilometres and days."""
    first, last = found.first, found.last
    begin, end = (segments[name].to_numpy(dtype=float) for name in ("from_km", "to_km"))
    ids = segments["segment_id"].astype(object).to_numpy()
    opens, closes = steps["step_start"].to_numpy(), steps["step_end"].to_numpy()
    starts, stops = pd.Series(opens[found.begin]), pd.Series(closes[found.end])
    words = starts.dt.strftime("%Y-%m-%d") + "/" + stops.dt.strftime("%Y-%m-%d")
    names = ("observed", "expected", "llr", "p_value", "p_gumbel")
    of_all = np.full(len(first), total)
    table = pd.DataFrame(
        {
            "rank": np.arange(1, len(first) + 1),
            "start_seg": first,
            "end_seg": last,
            "start_segment_id": ids[first],
            "end_segment_id": ids[last],
            "n_segments": last - first + 1,
            "from_km": begin[first],
            "to_km": end[last],
            "length_km": end[last] - begin[first],
            **official_ends(segments, first, last),
            "start_step": found.begin,
            "end_step": found.end,
            "period_begin": starts,
            "period_end": stops,
            "period": words,
            **measures({name: getattr(found, name) for name in names}, of_all, no_p),
        }
    )
    if prospective:
        days = (closes - opens) / np.timedelta64(1, "D") + 1
        table["recurrence_days"] = float(np.median(days)) / table["p_value"]
    return table


def _over_tables(
    table: pd.DataFrame,
    drawn: FloatArray,
    exposure: FloatArray,
    segments: pd.DataFrame,
    alpha: float,
    n_sim: int,
    level: float,
    options: dict[str, Any],
) -> dict[str, FloatArray]:
    """Return for each cluster how it fares over the drawn tables."""
    clusters = table[["start_seg", "end_seg", "start_step", "end_step"]].to_numpy()
    p = np.ones((len(drawn), len(table)))
    ends = np.full((2, len(drawn), len(table)), np.nan)
    begin, end = (segments[name].to_numpy(dtype=float) for name in ("from_km", "to_km"))
    # Under "poisson" a simulation depends on a table's total only; under "permutation" on its cells.
    shared = options["model"] == "poisson"
    nulls: dict[float, FloatArray] = {}
    for i, counts in enumerate(drawn):
        if not counts.sum() or not len(table):
            continue
        null = nulls.get(float(counts.sum())) if shared else None
        found = cylinder_scan(
            counts,
            exposure,
            n_sim=n_sim if null is None else 0,
            max_clusters=len(table) + 10,
            **options,
        )
        simulated = found.simulated if null is None else null
        nulls[float(counts.sum())] = simulated
        p_value = p_of_maxima(found.llr, simulated)
        free = np.ones(found.llr.size, dtype=bool)  # one answers for one of ours, by rank
        for j, (first, last, start, stop) in enumerate(clusters):
            hit = np.flatnonzero(
                free
                & (found.first <= last)
                & (found.last >= first)
                & (found.begin <= stop)
                & (found.end >= start)
            )
            if hit.size:
                free[hit[0]] = False
                p[i, j] = p_value[hit[0]]
                ends[:, i, j] = begin[found.first[hit[0]]], end[found.last[hit[0]]]
    return pooled(p, ends, alpha, level)
