"""
Unusual stretches of a line: the scan statistic over every contiguous run of segments.

Which stretch holds more events than one rate for the whole line explains, of all stretches there
are, and how often chance alone would give one as unusual somewhere. Because the largest of all
stretches is judged against the largest of simulated lines, the p-value allows for having looked
everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import (
    FloatArray,
    check_amounts,
    check_choice,
    check_columns,
    check_number,
    check_tables,
)
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.imputation import warn_if_foreign
from frontier_geo.scan.engine import (
    MODELS,
    PathScan,
    check_fraction,
    non_overlapping,
    observed_runs,
    path_scan,
    scan_engine,
    simulate_path,
)
from frontier_geo.scan.largest import Runs, find_runs
from frontier_geo.scan.ratio import Ratio, p_of_maxima
from frontier_geo.segments import chain_of, check_segments
from frontier_geo.significance import (
    check_alternative,
    check_level,
    check_n_sim,
    check_seed,
    smallest_p,
)

__all__ = ["relative_risk", "scan_segments"]

SECONDARY = ("non-overlapping", "iterative")
MOST_CLUSTERS = 10_000
P_ADJ_METHOD = "maximum over all zones"
NO_NULL = (
    "these are expected numbers, not counts, and have no null distribution: pass drawn tables as "
    "imputed= for a p-value"
)
NO_COUNT = (
    "these are not known to be numbers of incidents; sums of what incidents weigh have no null "
    "distribution, as the killed of one incident are not independent of each other: scan events for a "
    "p-value, or pass are_counts=True if each unit is an incident of its own"
)

AT_PLACES = (
    "Simulated events fall anywhere, each by itself. Where events are given at villages, and villages "
    "come in clusters, p-values are too small: take the villages on each segment as its exposure"
)


def scan_segments(
    rates: pd.DataFrame,
    *,
    column: str = "events",
    are_counts: bool | None = None,
    model: str = "poisson",
    population: str | ArrayLike | None = None,
    max_fraction: float = 0.5,
    alternative: str = "greater",
    secondary: str = "non-overlapping",
    max_clusters: int = 10,
    alpha: float = 0.05,
    n_sim: int = 999,
    seed: int = 0,
    imputed: ArrayLike | None = None,
    confidence_level: float = 0.95,
    engine: str = "auto",
) -> pd.DataFrame:
    """
    Scan every contiguous stretch of segments for unusually many or few events.

    Parameters
    ----------
    rates : DataFrame
        From `segment_rates`. A stretch never goes across a gap between segments.
    column : str, default "events"
        What is scanned. Simulations spread incidents that are independent of each other, so that only
        counts of incidents have a p-value. Fractional numbers such as `expected_events`, and sums of
        what incidents weigh such as `weighted`, are ranked without one, and `reason` says why.
    are_counts : bool, optional
        Whether each unit of `column` is an incident of its own. Default: of ``"events"`` only.
    model : {"poisson", "bernoulli"}
        Events in proportion to `exposure_km_yr`, or cases among a population that was counted.
    population : str or array_like of int, optional
        For ``"bernoulli"``: a column of `rates`, or a number for each row, that holds the cases.
    max_fraction : float, default 0.5
        The largest share of the exposure (or population) that a stretch may hold.
    alternative : {"greater", "less", "two-sided"}
        Look for stretches with more events than expected, with fewer, or both.
    secondary : {"non-overlapping", "iterative"}
        How more than one stretch is found. ``"non-overlapping"``: each is the most unusual that
        overlaps none before, judged against the same simulations (Kulldorff 1997; conservative after
        the first). ``"iterative"``: a significant stretch is cut out and the rest scanned anew, so
        that a strong cluster hides none beside it (Zhang, Assuncao & Kulldorff 2010).
    max_clusters : int, default 10
        The largest number of rows.
    alpha : float, default 0.05
        The level at which a stretch counts as significant: ends ``"iterative"``, decides `support`.
    n_sim : int, default 999
        Simulations, each with the number of events that was observed.
    seed : int, default 0
        The same seed gives the same numbers.
    imputed : array_like of int, shape (m, number of segments), optional
        Tables of counts drawn from the uncertain places, in the order of `rates`. For a `column` of
        incidents, certain or expected.
    confidence_level : float, default 0.95
        Of the quantiles of the ends over the drawn tables.
    engine : {"auto", "numpy", "numba"}, default "auto"
        Who looks through the simulations with numpy, or with loops compiled by numba (the extra
        ``fast``). Both give the same p-values; ``"auto"`` takes the faster one.

    Returns
    -------
    DataFrame
        One row a stretch, the most unusual first; empty, with the reason in ``.attrs["notes"]``, where
        there is none:

        - ``rank``; ``start_seg, end_seg``: its first and last segment, counted from 0 along the line;
          ``start_segment_id, end_segment_id, n_segments``;
        - ``from_km, to_km, length_km``, and ``official_from_km, official_to_km`` if `rates` has them;
        - ``observed, expected``: events there, and what one rate for the line makes of its exposure;
          ``smr``: the one over the other; ``rr``: its rate over that of the rest of the line (infinite
          if all events lie in it);
        - ``llr``: log-likelihood ratio; ``p_value``: Monte Carlo, allowing for all stretches looked
          at; ``p_gumbel``: from a Gumbel distribution fitted to the simulations, for an order below
          1 / (n_sim + 1), not for a verdict at 5 %; ``p_adj, p_adj_method``: for ``"iterative"`` the
          largest `p_value` so far; ``reason``: why there is no p-value, or no finite `rr`, else None.

        With `imputed` each table is scanned like the counts, and of its stretches, none overlapping a
        more unusual one, the first that overlaps this one, and was not taken by a row before, is
        compared: ``p_imputed`` (median of its p-values; 1 where a table has none), ``support`` (share
        of the tables in which it is at most `alpha`), ``from_km_lo, from_km_hi, to_km_lo, to_km_hi``
        (quantiles of its ends). Tables drawn for other events than those of `rates` give an
        `ImputationWarning`.

    Raises
    ------
    ColumnError, ParameterError
        If a column is missing, segments overlap, a number is missing, negative or infinite, `n_sim`
        is too small for `alpha`, `imputed` goes with a column that counts no incidents, or a drawn
        table has more cases on a segment than its population.
    StatisticsError
        If events, counted or drawn, lie on segments without exposure, or every count is missing.

    Notes
    -----
    Simulated events fall anywhere on the line, each by itself. Events that are given at villages do not:
    of 100 events on 100 / 200 / 400 / 1,000 / 5,000 villages, all at random on 1,344 km, 76 / 41 / 18 /
    13 / 4 % of 200 scans of 10 km segments gave a false alarm at 5 %. Longer segments do not mend it (50
    km, 100 villages: 48 %); villages at even distances do no harm (8 and 4 %). If the villages are
    known, their number on each segment, put in the place of `exposure_km_yr`, does: 4 / 6 / 6 % for the
    first three.

    References
    ----------
    Kulldorff (1997), A spatial scan statistic, Commun. Statist. Theory Meth. 26, 1481-1496.
    Zhang, Assuncao & Kulldorff (2010), Spatial scan statistics adjusted for multiple clusters, J.
    Probab. Statist. 2010, 642379.
    Abrams, Kulldorff & Kleinman (2010), Int. J. Health Geogr. 9:61.
    Eekhout, van de Wiel & Heymans (2017), BMC Med. Res. Methodol. 17:129 (the median p-value).

    Examples
    --------
    >>> import pandas as pd
    >>> rates = pd.DataFrame({
    ...     "segment_id": list("abcdefgh"),
    ...     "from_km": range(0, 80, 10), "to_km": range(10, 90, 10), "length_km": 10.0,
    ...     "events": [0, 1, 9, 8, 1, 0, 1, 0], "exposure_km_yr": 10.0,
    ... })
    >>> found = scan_segments(rates)
    >>> found.loc[0, ["from_km", "to_km", "observed", "expected", "p_value"]].tolist()
    [20.0, 40.0, 17.0, 5.0, 0.001]
    """
    check_choice(secondary, SECONDARY, name="secondary")
    check_alternative(alternative)
    level = check_level(confidence_level)
    scan_engine(engine, 0)  # refuses other words
    check_clusters(max_clusters)
    n_sim = check_n_sim(n_sim, alpha=check_level(alpha, name="alpha"))
    check_choice(model, MODELS, name="model")
    line = _line_of(rates, column, are_counts, model, population)
    options: dict[str, Any] = {
        "model": model,
        "max_fraction": check_fraction(max_fraction),
        "alternative": alternative,
        "seed": check_seed(seed),
        "engine": engine,
    }
    notes = _notes_on(line, column)
    drawn = None if imputed is None else _drawn_of(imputed, line, column, model)
    if drawn is not None:
        warn_if_foreign(drawn, line.segments, stacklevel=2)
    if not line.counts.sum():
        table = _as_table(line, [])
    elif secondary == "iterative" and line.no_p is None:
        table = _as_table(line, _iterate(line, alpha, max_clusters, n_sim, options))
    else:
        sims = n_sim if line.no_p is None else 0
        found = path_scan(
            line.counts,
            line.size,
            linked=line.linked,
            n_sim=sims,
            max_clusters=max_clusters,
            **options,
        )
        table = _as_table(line, [found])
    if line.counts.sum() and table.empty:
        notes.append(why_none(line.size / line.size.sum(), max_fraction))
    if len(table) and line.no_p is None and model == "poisson":
        notes.append(f"{AT_PLACES}.")
    if drawn is not None:
        table = table.assign(**_over_tables(line, table, drawn, alpha, n_sim, level, options))
    table.attrs = result_attrs(
        "clusters",
        rates,
        parameters={
            **{key: value for key, value in options.items() if key not in ("seed", "engine")},
            "column": column,
            "secondary": secondary,
            "max_clusters": max_clusters,
            "alpha": alpha,
            "confidence_level": level,
            "n_imputations": 0 if drawn is None else len(drawn),
        },
        seed=options["seed"],
        n_sim=n_sim,
        smallest_p=smallest_p(n_sim),
        unit="incidents",
        notes=notes,
    )
    return table


@dataclass(frozen=True)
class _Line:
    """The segments in the order of the line, and what is scanned."""

    segments: pd.DataFrame
    order: NDArray[np.int64]
    linked: NDArray[np.bool_]
    counts: FloatArray
    size: FloatArray
    no_p: str | None  # why there is no p-value


def _line_of(
    rates: pd.DataFrame, column: str, declared: bool | None, model: str, population: Any
) -> _Line:
    """Return the counts and exposures of a table in the order of the line."""
    check_segments(rates, name="rates")
    check_columns(rates, [column], name="rates")
    chain = chain_of(rates)
    if model == "bernoulli":
        size = _population_of(rates, population)
    elif population is not None:
        raise ParameterError('population belongs to model="bernoulli", but model is "poisson".')
    else:
        check_columns(rates, ["exposure_km_yr"], name="rates")
        size = check_numbers(rates["exposure_km_yr"], name="exposure_km_yr")
        if not size.any():
            raise StatisticsError(
                "A scan needs exposure, but exposure_km_yr is 0 on every segment: no length or no time "
                "was observed."
            )
    counts = check_numbers(rates[column], name=column)
    order = chain.order
    return _Line(
        rates.iloc[order].reset_index(drop=True),
        order,
        chain.linked,
        counts[order],
        size[order],
        no_p_of(column, counts, declared),
    )


def no_p_of(column: str, numbers: FloatArray, declared: bool | None) -> str | None:
    """Return why a column has no p-value; None if its units are incidents."""
    if declared is not None and not isinstance(declared, bool | np.bool_):
        raise ParameterError(f"are_counts must be True, False or None, but is {declared!r}.")
    if (numbers != np.rint(numbers)).any():
        return NO_NULL
    if column == "events" if declared is None else declared:
        return None
    return NO_NULL if column == "expected_events" else NO_COUNT


def check_drawable(column: str, no_p: str | None) -> None:
    """Refuse tables of incidents beside a column that has other units."""
    if no_p == NO_COUNT:
        raise ParameterError(
            f"imputed holds tables of incidents, but {column} is not known to count any. Scan events or "
            "expected_events with it, or pass are_counts=True if each unit is an incident of its own."
        )


def _drawn_of(imputed: ArrayLike, line: _Line, column: str, model: str) -> FloatArray:
    """Return drawn tables in the order of the line; refuse those that no simulation can give."""
    check_drawable(column, line.no_p)
    drawn = check_tables(imputed, (len(line.order),))[:, line.order]
    check_placed(drawn, line.size)
    over = np.argwhere(drawn > line.size) if model == "bernoulli" else np.empty((0, 2), int)
    if len(over):
        k, i = over[0]
        raise ParameterError(
            f"The population must hold the cases, but table {k} of imputed has {drawn[k, i]:g} cases on "
            f"segment {line.segments['segment_id'].iloc[i]!r} with a population of {line.size[i]:g}."
        )
    return drawn


def check_placed(drawn: FloatArray, size: FloatArray) -> None:
    """Refuse drawn tables with events where there is no exposure."""
    bad = np.argwhere((drawn > 0) & (size == 0))
    if len(bad):
        table, *cell = (int(i) for i in bad[0])
        where = " in step ".join(str(i) for i in cell)
        raise StatisticsError(
            f"Events need an exposure, but table {table} of imputed has {drawn[tuple(bad[0])]:g} on "
            f"segment {where}, along the line from 0, where the exposure is 0. Draw the tables for the "
            "segments and steps that were observed."
        )


def why_none(share: FloatArray, max_fraction: float) -> str:
    """Say why there is no stretch: none was small enough to be looked at, or none differs."""
    least = float(share[share > 0].min())
    if least > max_fraction * (1 + 1e-12):
        return (
            f"No stretch could be looked at: each holds at least {least:.3g} of the exposure, and "
            f"max_fraction allows {max_fraction:g}. Take shorter segments or a larger max_fraction."
        )
    return f"No stretch of at most {max_fraction:g} of the exposure differs from the rest."


def _population_of(rates: pd.DataFrame, population: Any) -> FloatArray:
    if population is None:
        raise ParameterError(
            'model="bernoulli" needs the population that holds the cases: pass population= as a column '
            "of rates or a number for each row."
        )
    if isinstance(population, str):
        check_columns(rates, [population], name="rates")
        return check_numbers(rates[population], name=population)
    numbers = check_numbers(population, name="population")
    if numbers.shape != (len(rates),):
        raise ParameterError(
            f"population must have a number for each of the {len(rates)} rows of rates, but has the "
            f"shape {numbers.shape}."
        )
    return numbers


def check_numbers(values: Any, *, name: str) -> FloatArray:
    """Refuse a column with missing, negative or infinite numbers."""
    if len(values) and pd.isna(values).all():
        raise StatisticsError(f"A scan needs numbers, but every value of {name} is missing.")
    return check_amounts(values, name=name)


def check_clusters(max_clusters: Any) -> int:
    """Refuse a number of clusters that is none."""
    whole = isinstance(max_clusters, int | np.integer) and not isinstance(max_clusters, bool)
    if not whole or not 1 <= max_clusters <= MOST_CLUSTERS:
        raise ParameterError(
            f"max_clusters must be a whole number from 1 to {MOST_CLUSTERS:,}, but is {max_clusters!r}."
        )
    return int(max_clusters)


def _notes_on(line: _Line, column: str) -> list[str]:
    notes = []
    if not line.counts.sum():
        notes.append(f"No stretch was found, because {column} is 0 on every segment.")
    if line.no_p:
        notes.append(f"{column}: {line.no_p}.")
    return notes + gap_notes(line.linked)


def gap_notes(linked: NDArray[np.bool_]) -> list[str]:
    """Say how many gaps the segments leave, if any."""
    gaps = int((~linked).sum())
    if not gaps:
        return []
    return [f"The segments leave {gaps} gap{'s' * (gaps > 1)}; no stretch goes across one."]


def _iterate(
    line: _Line, alpha: float, most: int, n_sim: int, options: dict[str, Any]
) -> list[PathScan]:
    """Scan, cut out a significant stretch, scan the rest: one result a step, its first row counts."""
    counts, size, linked = line.counts.copy(), line.size.copy(), line.linked.copy()
    steps: list[PathScan] = []
    for step in range(most):
        if not counts.sum() or (options["model"] == "bernoulli" and counts.sum() == size.sum()):
            break
        given = options | {"seed": options["seed"] + step}
        found = path_scan(counts, size, linked=linked, n_sim=n_sim, max_clusters=1, **given)
        if not found.llr.size:
            break
        steps.append(found)
        if found.p_value[0] > alpha:
            break
        a, b = int(found.first[0]), int(found.last[0])
        counts[a : b + 1] = 0
        size[a : b + 1] = 0
        linked[max(a - 1, 0) : b + 1] = False
        if not size.any():
            break
    return steps


def relative_risk(observed: FloatArray, expected: FloatArray, total: FloatArray) -> FloatArray:
    """Return the rate inside over the rate outside; infinite where all events lie inside."""
    with np.errstate(divide="ignore", invalid="ignore"):
        outside = (total - observed) / (total - expected)
        risk = np.where(observed > 0, (observed / expected) / outside, 0.0)
    return np.where(total - observed <= 0, np.inf, risk)


def _as_table(line: _Line, steps: list[PathScan]) -> pd.DataFrame:
    """Write scans as one table of stretches, with their segments and kilometres."""
    columns = ("first", "last", "observed", "expected", "llr", "p_value", "p_gumbel")
    found = {
        name: np.concatenate([getattr(step, name) for step in steps] or [np.zeros(0)])
        for name in columns
    }
    first, last = found["first"].astype(np.int64), found["last"].astype(np.int64)
    total = np.full(len(first), line.counts.sum())
    if len(steps) > 1:  # a step sees what the steps before it left
        total = total - np.concatenate(([0.0], np.cumsum(found["observed"])[:-1]))
    segments = line.segments
    begin, end = (segments[name].to_numpy(dtype=float) for name in ("from_km", "to_km"))
    ids = segments["segment_id"].astype(object).to_numpy()
    table: dict[str, Any] = {
        "rank": np.arange(1, len(first) + 1),
        "start_seg": first,
        "end_seg": last,
        "start_segment_id": ids[first],
        "end_segment_id": ids[last],
        "n_segments": last - first + 1,
        "from_km": begin[first],
        "to_km": end[last],
        "length_km": end[last] - begin[first],
    }
    table |= official_ends(segments, first, last)
    return pd.DataFrame(table | measures(found, total, line.no_p))


def official_ends(
    segments: pd.DataFrame, first: NDArray[np.int64], last: NDArray[np.int64]
) -> dict[str, FloatArray]:
    """Return the ends of stretches in official kilometres, if the segments have them."""
    if not {"official_from_km", "official_to_km"} <= set(segments.columns):
        return {}
    return {
        "official_from_km": segments["official_from_km"].to_numpy(dtype=float)[first],
        "official_to_km": segments["official_to_km"].to_numpy(dtype=float)[last],
    }


ALL_INSIDE = "every event lies inside: rr has no upper end"


def measures(
    found: dict[str, FloatArray], total: FloatArray, no_p: str | None = None
) -> dict[str, Any]:
    """Return the columns that every table of clusters ends with."""
    n = len(found["llr"])
    p = found["p_value"]
    with np.errstate(divide="ignore"):
        smr = found["observed"] / found["expected"]
    rr = relative_risk(found["observed"], found["expected"], total)
    whole = [ALL_INSIDE if np.isinf(risk) else None for risk in rr]
    return {
        "observed": found["observed"],
        "expected": found["expected"],
        "smr": smr,
        "rr": rr,
        "llr": found["llr"],
        "p_value": p,
        "p_gumbel": found["p_gumbel"],
        "p_adj": np.maximum.accumulate(p) if n else p,
        "p_adj_method": pd.array([P_ADJ_METHOD] * n, dtype="object"),
        "reason": pd.array([no_p or why for why in whole], dtype="object"),
    }


def _over_tables(
    line: _Line,
    table: pd.DataFrame,
    drawn: FloatArray,
    alpha: float,
    n_sim: int,
    level: float,
    options: dict[str, Any],
) -> dict[str, FloatArray]:
    """Return for each stretch how it fares over the drawn tables."""
    first, last = table["start_seg"].to_numpy(), table["end_seg"].to_numpy()
    p = np.ones((len(drawn), len(table)))
    ends = np.full((2, len(drawn), len(table)), np.nan)
    begin, end = (line.segments[name].to_numpy(dtype=float) for name in ("from_km", "to_km"))
    nulls: dict[float, tuple[Runs, Ratio, FloatArray]] = {}
    for i, counts in enumerate(drawn):
        total = float(counts.sum())
        if not total:
            continue
        if total not in nulls:
            nulls[total] = _null_of(line, total, n_sim, options)
        runs, ratio, simulated = nulls[total]
        a, b, llr = observed_runs(counts, runs, ratio, alternative=options["alternative"])
        apart = non_overlapping(a, b)
        a, b, llr = a[apart], b[apart], llr[apart]
        free = np.ones(a.size, dtype=bool)  # a drawn stretch answers for one of ours, by rank
        for j in range(len(table)):
            hit = np.flatnonzero(free & (a <= last[j]) & (b >= first[j]))
            if hit.size:
                free[hit[0]] = False
                p[i, j] = p_of_maxima(llr[hit[:1]], simulated)[0]
                ends[:, i, j] = begin[a[hit[0]]], end[b[hit[0]]]
    return pooled(p, ends, alpha, level)


def _null_of(
    line: _Line, total: float, n_sim: int, options: dict[str, Any]
) -> tuple[Runs, Ratio, FloatArray]:
    """Return runs, ratio and simulated maxima for a table of this many events."""
    poisson = options["model"] == "poisson"
    ratio = Ratio(total, total if poisson else float(line.size.sum()), options["model"])
    size = line.size * (ratio.whole / line.size.sum())
    cap = options["max_fraction"] * ratio.whole
    linked = None if line.linked.all() else line.linked
    runs = find_runs(size, cap=cap, linked=linked)
    simulated = simulate_path(
        np.random.default_rng(options["seed"]),
        size,
        runs,
        ratio,
        cap=cap,
        linked=linked,
        n_sim=n_sim,
        alternative=options["alternative"],
        engine=options["engine"],
    )
    return runs, ratio, simulated


def pooled(p: FloatArray, ends: FloatArray, alpha: float, level: float) -> dict[str, FloatArray]:
    """
    Sum up what several drawn tables say of each cluster.

    Parameters
    ----------
    p : ndarray of float, shape (m, clusters)
        The p-value of the overlapping stretch in each table, 1 where there is none.
    ends : ndarray of float, shape (2, m, clusters)
        Its ends, km; NaN where there is none.
    alpha, level : float

    Returns
    -------
    dict of str to ndarray
        `p_imputed`, `support`, and the quantiles of the ends; NaN where no table has such a stretch.
    """
    tail = (1 - check_number(level, name="level", unit="probability")) / 2
    columns = {"p_imputed": np.median(p, axis=0), "support": (p <= alpha).mean(axis=0)}
    for name, places in zip(("from_km", "to_km"), ends, strict=True):
        for suffix, q in (("lo", tail), ("hi", 1 - tail)):
            columns[f"{name}_{suffix}"] = np.array(
                [
                    np.quantile(known, q) if known.size else np.nan
                    for known in (column[np.isfinite(column)] for column in places.T)
                ]
            )
    return columns
