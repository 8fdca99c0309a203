"""
Emerging hot spots: is a stretch new, lasting, growing, fading, coming and going, or gone?

Gi* of every bin of segment and step of time, against all bins; then one of 17 patterns for each
segment, by the rules of `frontier_geo.hotspots.TRUTH_TABLE`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_choice, check_tables
from frontier_geo.errors import ParameterError, SmallSampleWarning, StatisticsError
from frontier_geo.hotspots.getis_ord import count_g, local_g, normal_tails
from frontier_geo.hotspots.neighbours import Neighbours, as_neighbours, segment_neighbours
from frontier_geo.hotspots.patterns import PATTERNS, classify_pattern
from frontier_geo.hotspots.permutation_null import check_values
from frontier_geo.hotspots.poisson_null import poisson_tails
from frontier_geo.series import series_arrays
from frontier_geo.significance import P_ADJ_METHODS, adjust_p, check_level
from frontier_geo.spacetime import mann_kendall
from frontier_geo.spacetime.trends import EVEN_STEPS

__all__ = [
    "emerging_bins",
    "emerging_hotspots",
    "space_time_neighbours",
]

FEW_STEPS = 10
LEAST_STEPS = 3
NULLS = ("poisson", "permutation")
ALONE = "stands alone: no segment touches it"
NO_EVENTS = "no events in any bin"
ALIKE = "all bins hold the same"


def space_time_neighbours(neighbours: Any, n_steps: int, n: int | None = None) -> Neighbours:
    """
    Return the neighbours of bins: in space in the same step and the one before, and oneself before.

    Parameters
    ----------
    neighbours : Neighbours, sparse matrix, array_like or dict
        Of the segments; see `as_neighbours`.
    n_steps : int
        Number of steps.
    n : int, optional
        Number of segments, for pairs.

    Returns
    -------
    Neighbours
        Bin ``i * n_steps + t`` is segment i in step t.

    Examples
    --------
    >>> space_time_neighbours([[0, 1], [1, 0]], 3).many.tolist()
    [1, 3, 3, 1, 3, 3]
    """
    space = as_neighbours(neighbours, n).matrix(with_self=True)
    if isinstance(n_steps, bool) or not isinstance(n_steps, int | np.integer) or n_steps < 1:
        raise ParameterError(f"n_steps must be a whole number of 1 or more, but is {n_steps!r}.")
    time = sparse.eye_array(n_steps) + sparse.eye_array(n_steps, k=-1)
    return as_neighbours(sparse.csr_array(sparse.kron(space, time)))


def emerging_bins(
    series: pd.DataFrame,
    *,
    column: str = "events",
    order: int = 1,
    distance_km: float | None = None,
    null: str | None = None,
    alpha: float = 0.05,
    p_adj_method: str = "fdr_bh",
) -> pd.DataFrame:
    """
    Return Gi* of every segment and step of time, against all of them.

    Parameters
    ----------
    series : DataFrame
        From `segment_series`.
    column, order, distance_km
        As in `find_hotspots`; the neighbourhood of a bin is a segment and its neighbours in this step and
        in the one before.
    null : {"poisson", "permutation"}, optional
        "poisson": one rate at all places and times, exact binomial p-values. "permutation": the z of
        Getis and Ord and its normal p-value, so that ``|z| > 1.96`` is significant at 5 %. Default:
        "poisson" for whole numbers, else "permutation".
    alpha : float, default 0.05
        Hot and cold bins are those with ``p_adj <= alpha``, two-sided.
    p_adj_method : {"fdr_bh", "fdr_by", "holm", "bonferroni", "none"}
        How p-values are adjusted for the number of bins. "none" finds hot and cold bins on most maps
        without any: see the notes of `emerging_hotspots`.

    Returns
    -------
    DataFrame
        One row a bin: ``segment_id, from_km, to_km, step_start, step_end``, the column, ``observed,
        expected, gi_star, p_value, p_adj, p_adj_method, bin`` (1 hot, -1 cold, 0 neither).

    Raises
    ------
    ColumnError, ParameterError
        If `series` is none of `segment_series`, or an argument makes no sense.

    References
    ----------
    Getis & Ord (1992), Geogr. Anal. 24, 189-206. Esri, How Emerging Hot Spot Analysis works.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments, segment_series
    >>> series = segment_series(locate_events(load_events()), make_segments(by="tj_province"))
    >>> sorted(emerging_bins(series)["bin"].unique().tolist())[-1] in (0, 1)
    True
    """
    values, exposure, segments, steps = series_arrays(series, column)
    plan = _Plan(
        null or _usual_null(values),
        check_level(alpha, name="alpha"),
        check_choice(p_adj_method, P_ADJ_METHODS, name="p_adj_method"),
        segment_neighbours(segments, order=order, distance_km=distance_km),
    )
    cube = plan.test(values, exposure)
    n_steps = values.shape[1]
    bins = segments[["segment_id", "from_km", "to_km"]]
    bins = bins.loc[bins.index.repeat(n_steps)].reset_index(drop=True)
    for name in ("step_start", "step_end"):
        bins[name] = np.tile(steps[name].to_numpy(), len(segments))
    bins[column] = values.ravel()
    for name in ("observed", "expected", "gi_star", "p_value", "p_adj"):
        bins[name] = cube[name].ravel()
    bins["p_adj_method"] = p_adj_method
    bins["bin"] = cube["bin"].astype(np.int64).ravel()
    parameters = _parameters(plan, column, order, distance_km)
    bins.attrs = result_attrs(
        "emerging_bins", series, parameters=parameters, notes=plan.notes(values)
    )
    return bins


def emerging_hotspots(
    series: pd.DataFrame,
    *,
    column: str = "events",
    order: int = 1,
    distance_km: float | None = None,
    null: str | None = None,
    alpha: float = 0.05,
    p_adj_method: str = "fdr_bh",
    trend_alpha: float = 0.05,
    persistence: float = 0.9,
    imputed: ArrayLike | None = None,
) -> pd.DataFrame:
    """
    Sort each segment into one of 17 patterns of how it became, is, or was a hot or a cold spot.

    Parameters
    ----------
    series : DataFrame
        From `segment_series`: 3 steps or more, 10 or more for patterns that mean something.
    column, order, distance_km, null, alpha, p_adj_method
        As in `emerging_bins`.
    trend_alpha : float, default 0.05
        A segment has a trend where the Mann-Kendall test of its neighbourhood's sums has
        ``trend_p_adj <= trend_alpha``, two-sided; see the notes.
    persistence : float, default 0.9
        The share of steps from which on a spot is lasting.
    imputed : array_like of int, shape (m, number of segments, number of steps), optional
        Counts of `m` tables with the uncertain places and days drawn (`draw_series`).

    Returns
    -------
    DataFrame
        One row a segment from west to east: ``segment_id, from_km, to_km, pattern`` (one of
        `PATTERNS`), ``hot_steps, cold_steps, n_steps``; ``bins``, the steps as letters, oldest first:
        H hot, C cold, a dot neither; ``trend`` ("rising", "falling", "none"), ``trend_z,
        trend_p_value, trend_p_adj, p_adj_method``; ``gi_star``, of the last step; ``reason``, why
        there is no statistic, else missing. With `imputed` also ``pattern_imputed`` (the commonest of
        the tables), ``support`` (the share of tables with `pattern`) and ``trend_p_imputed`` (the
        median of the tables' p-values, 1 where a table has no events).

    Raises
    ------
    StatisticsError
        If there are fewer than 3 steps, or ``null="poisson"`` is asked of numbers that are no counts.
    ParameterError, ColumnError
        If a word is unknown, a number makes no sense, or a column is missing.

    Warns
    -----
    SmallSampleWarning
        With fewer than 10 steps.

    Notes
    -----
    The rules stand in `frontier_geo.hotspots.TRUTH_TABLE`; `classify_pattern` says how doubtful cases
    are settled. Against all bins, a rise all along the line makes late steps hot everywhere.

    The trend is that of the sum over a segment and its neighbours in each step alone: for counts, of
    the rate where the shortest step is below 0.9 of the longest. Gi* of one bin and the next share
    a step, so that the Mann-Kendall test, which takes steps as independent, would call 13 to 16 % of
    series without a trend rising or falling at 5 %; of these sums it does so with 4 to 5 %.

    Of maps of 60 segments with one Poisson rate everywhere, 35 to 78 % had some pattern without
    adjustment, 0 to 1 % with "fdr_bh": bins overlap, and few counts make their p-values coarse.

    References
    ----------
    Getis & Ord (1992), Geogr. Anal. 24, 189-206. Mann (1945), Econometrica 13, 245-259.
    Esri, How Emerging Hot Spot Analysis works.

    Examples
    --------
    >>> import pandas as pd
    >>> from frontier_geo import make_segments
    >>> line, years = make_segments(n=12), pd.period_range("2010", "2021", freq="Y")
    >>> steps = pd.DataFrame({"step": range(12), "step_start": years.start_time})
    >>> steps["step_end"] = years.end_time.normalize()
    >>> ends = line[["segment_id", "from_km", "to_km", "length_km"]]
    >>> series = ends.merge(steps, how="cross")
    >>> series["exposure_km_yr"] = series["length_km"]
    >>> series["events"] = ((series["from_km"] < 300) & (series["step"] > 8)) * 5
    >>> emerging_hotspots(series)["pattern"].head(2).tolist()
    ['consecutive hot spot', 'consecutive hot spot']
    """
    values, exposure, segments, _ = series_arrays(series, column)
    plan = _Plan(
        null or _usual_null(values),
        check_level(alpha, name="alpha"),
        check_choice(p_adj_method, P_ADJ_METHODS, name="p_adj_method"),
        segment_neighbours(segments, order=order, distance_km=distance_km),
        check_level(trend_alpha, name="trend_alpha"),
        check_level(persistence, name="persistence"),
    )
    _check_steps(values.shape[1])
    cube = plan.test(values, exposure)
    trends = plan.trends(values, exposure, cube["gi_star"])
    patterns = plan.patterns(cube["bin"], trends["sign"])
    table = segments[["segment_id", "from_km", "to_km"]].reset_index(drop=True)
    table["pattern"] = patterns
    table["hot_steps"] = (cube["bin"] == 1).sum(axis=1)
    table["cold_steps"] = (cube["bin"] == -1).sum(axis=1)
    table["n_steps"] = values.shape[1]
    table["bins"] = ["".join(".HC"[int(b)] for b in row) for row in cube["bin"]]
    table["trend"] = [{1: "rising", -1: "falling"}.get(int(s), "none") for s in trends["sign"]]
    table["trend_z"], table["trend_p_value"] = trends["z"], trends["p"]
    table["trend_p_adj"], table["p_adj_method"] = trends["p_adj"], p_adj_method
    table["gi_star"] = cube["gi_star"][:, -1]
    table["reason"] = plan.reasons(values, cube["gi_star"])
    notes = plan.notes(values)
    if imputed is not None:
        drawn = check_tables(imputed, values.shape)
        for name, column_of_it in plan.imputed(drawn, exposure, patterns).items():
            table[name] = column_of_it
        notes += _drawn_notes(drawn)
    parameters = _parameters(plan, column, order, distance_km)
    parameters |= {"trend_alpha": plan.trend_alpha, "persistence": plan.persistence}
    parameters |= {"trend_of": plan.compared(values, exposure)[1]}
    parameters |= {"n_imputations": None if imputed is None else len(drawn)}
    table.attrs = result_attrs("emerging_hotspots", series, parameters=parameters, notes=notes)
    return table


@dataclass(frozen=True)
class _Plan:
    """How a table of segments and steps is tested."""

    null: str
    alpha: float
    p_adj_method: str
    near: Neighbours
    trend_alpha: float = 0.05
    persistence: float = 0.9

    def test(self, values: FloatArray, exposure: FloatArray) -> dict[str, FloatArray]:
        """Return Gi*, p-values and what each bin is, in the shape of the table."""
        check_choice(self.null, NULLS, name="null")
        x = check_values(values.ravel())
        bins = space_time_neighbours(self.near, values.shape[1])
        if self.null == "poisson":
            g = count_g(x, exposure.ravel(), bins)
            tails = poisson_tails(x, exposure.ravel(), bins, ties="none")
            p = np.minimum(1.0, 2.0 * np.minimum(tails.upper, tails.lower))  # alpha / 2 either side
        else:
            g = local_g(x, bins)
            p = normal_tails(g.z).p()
        alone = np.repeat(self.near.many == 0, values.shape[1])
        z = np.where(alone, np.nan, g.z)
        p = np.where(np.isnan(z), np.nan, p)
        p_adj = adjust_p(p, self.p_adj_method)
        with np.errstate(invalid="ignore"):
            sure = np.where(p_adj <= self.alpha, np.sign(z), 0.0)
        found = {"observed": g.observed, "expected": g.expected, "gi_star": z, "p_value": p}
        found |= {"p_adj": p_adj, "bin": sure}
        return {name: numbers.reshape(values.shape) for name, numbers in found.items()}

    def compared(self, values: FloatArray, exposure: FloatArray) -> tuple[FloatArray, str]:
        """Return each neighbourhood in each step alone, as a sum or a rate, and which of them it is."""
        sums = self.near.sums(values.T, with_self=True).T
        exposed = self.near.sums(exposure.T, with_self=True).T
        if self.null != "poisson" or (exposed.min(1) >= EVEN_STEPS * exposed.max(1)).all():
            return _tied(sums), "sums of the neighbourhood in each step alone"
        return _tied(sums / exposed), "rates of the neighbourhood in each step alone"

    def trends(
        self, values: FloatArray, exposure: FloatArray, z: FloatArray
    ) -> dict[str, FloatArray]:
        """Return the Mann-Kendall test of each neighbourhood's sums, where there is a Gi*."""
        usable = ~np.isnan(z).any(axis=1)
        steps, _ = self.compared(values, exposure)
        deviate, p = np.full(len(z), np.nan), np.full(len(z), np.nan)
        for row in np.flatnonzero(usable):
            test = mann_kendall(steps[row])
            deviate[row], p[row] = test.z, test.p_value
        p_adj = adjust_p(p, self.p_adj_method)
        with np.errstate(invalid="ignore"):
            sign = np.where(p_adj <= self.trend_alpha, np.sign(deviate), 0.0)
        return {"z": deviate, "p": p, "p_adj": p_adj, "sign": sign}

    def patterns(self, bins: FloatArray, signs: FloatArray) -> list[str]:
        """Return the pattern of each segment."""
        return [
            classify_pattern(row, int(sign), persistence=self.persistence)
            for row, sign in zip(bins, signs, strict=True)
        ]

    def reasons(self, values: FloatArray, z: FloatArray) -> NDArray[np.object_]:
        """Return why there is no statistic, None where there is one."""
        why = np.full(len(z), None, dtype=object)
        why[np.isnan(z).any(axis=1)] = ALIKE if values.any() else NO_EVENTS
        why[self.near.many == 0] = ALONE
        return why

    def notes(self, values: FloatArray) -> list[str]:
        """Return what to keep in mind when nothing allows for the number of bins."""
        if self.p_adj_method != "none":
            return []
        return [
            f"Each of {values.size} bins is tested at {self.alpha:g} by itself: chance alone gives most "
            'maps some hot or cold bin, and a pattern. p_adj_method="fdr_bh" allows for their number.'
        ]

    def imputed(self, tables: FloatArray, exposure: FloatArray, plain: list[str]) -> dict[str, Any]:
        """Return what becomes of the patterns when uncertain places and days are drawn again."""
        words, p = [], []
        for table in tables:
            cube = self.test(table, exposure)
            trends = self.trends(table, exposure, cube["gi_star"])
            words.append(self.patterns(cube["bin"], trends["sign"]))
            p.append(np.where(np.isnan(trends["p"]) & (self.near.many > 0), 1.0, trends["p"]))
        drawn = np.array(words, dtype=object)
        commonest = [max(PATTERNS, key=list(column).count) for column in drawn.T]
        return {
            "pattern_imputed": commonest,
            "support": (drawn == np.array(plain, dtype=object)).mean(axis=0),
            "trend_p_imputed": np.median(p, axis=0),
        }


def _drawn_notes(tables: FloatArray) -> list[str]:
    """Return how many of the drawn tables have nothing to test, if any."""
    alike = int((tables == tables[:, :1, :1]).all(axis=(1, 2)).sum())
    if not alike:
        return []
    return [f"{alike} of {len(tables)} drawn tables hold the same in all bins."]


def _tied(x: FloatArray) -> FloatArray:
    """Return numbers in parts of the largest, those that differ by rounding alone made the same."""
    largest = np.abs(x).max()
    return np.asarray(np.round(x / largest, 12) if largest > 0 else x, dtype=np.float64)


def _usual_null(values: FloatArray) -> str:
    whole = bool((values >= 0).all() and (values == np.round(values)).all())
    return "poisson" if whole else "permutation"


def _check_steps(n_steps: int) -> None:
    if n_steps < LEAST_STEPS:
        raise StatisticsError(
            f"Patterns over time need {LEAST_STEPS} steps or more, but the series has {n_steps}. Take "
            "shorter steps or a longer period."
        )
    if n_steps < FEW_STEPS:
        warnings.warn(
            f"{n_steps} steps are few for patterns over time: below {FEW_STEPS}, lasting means every "
            "step. Take shorter steps; to silence this, ignore SmallSampleWarning.",
            SmallSampleWarning,
            stacklevel=3,
        )


def _parameters(plan: _Plan, column: str, order: int, distance_km: float | None) -> dict[str, Any]:
    return {
        "column": column,
        "order": None if distance_km is not None else order,
        "distance_km": distance_km,
        "null": plan.null,
        "method": "exact" if plan.null == "poisson" else "analytic",
        "alpha": plan.alpha,
        "p_adj_method": plan.p_adj_method,
    }
