"""
Moran's I, of the whole line and of each segment: do like values lie beside one another?

Local I tells a high segment among high ones (HH) from a high one among low ones (HL), which Gi* does
not. The moments are those of R's spdep and PySAL's esda.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_choice, check_columns, check_tables
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.hotspots.getis_ord import normal_tails
from frontier_geo.hotspots.neighbours import Neighbours, as_neighbours, segment_neighbours
from frontier_geo.hotspots.permutation_null import (
    Tails,
    check_reachable,
    check_values,
    least_p,
    permutation_tails,
)
from frontier_geo.rates.intervals import PER_KM_YEARS
from frontier_geo.significance import (
    P_ADJ_METHODS,
    adjust_p,
    check_alternative,
    check_level,
    check_n_sim,
    check_seed,
)

__all__ = ["LocalMoran", "Moran", "local_moran", "local_moran_i", "moran"]

STYLES = ("row", "binary")
METHODS = ("permutation", "analytic")
ALONE = "stands alone: no segment touches it"
ALIKE = "all values are the same"
AT_MEAN = "its value is the mean: there is nothing to compare"
ALL_OTHERS = "its neighbours are all the others: these have no other place to be"
OTHERS_ALIKE = "all others have the same value: whatever lies around it, it is that"


@dataclass(frozen=True)
class Moran:
    """
    Moran's I of all values, with its moments under a null hypothesis.

    Attributes
    ----------
    i, expected, variance : float
        I, its mean and variance.
    z, p_value : float
        Standard deviations from the mean, and the normal p-value.
    """

    i: float
    expected: float
    variance: float
    z: float
    p_value: float


@dataclass(frozen=True)
class LocalMoran:
    """
    Local Moran's I of each value, shape (n,).

    Attributes
    ----------
    i, expected, variance, z : ndarray of float
        I, its mean and variance under the null hypothesis, standard deviations between them. NaN
        for those without neighbours.
    quadrant : ndarray of str
        "HH", "LH", "LL" or "HL": the value itself, then the sum of its neighbours' deviations, above
        the mean (H) or not (L). Empty for those without neighbours.
    """

    i: FloatArray
    expected: FloatArray
    variance: FloatArray
    z: FloatArray
    quadrant: NDArray[np.object_]


def moran(
    values: ArrayLike,
    neighbours: Any,
    *,
    style: str = "row",
    null: str = "randomisation",
    alternative: str = "greater",
) -> Moran:
    """
    Return Moran's I with its analytic test.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Any unit; 4 or more.
    neighbours : Neighbours, sparse matrix, array_like or dict
        See `as_neighbours`.
    style : {"row", "binary"}, default "row"
        Weights of a row sum to 1 (W of spdep), or are 1 each (B).
    null : {"randomisation", "normality"}, default "randomisation"
        Whether the variance takes the values as given, or as normal.
    alternative : {"greater", "less", "two-sided"}, default "greater"
        "greater": like values lie beside one another.

    Returns
    -------
    Moran

    Raises
    ------
    ParameterError, StatisticsError
        If numbers are missing, all values are the same, or nobody has a neighbour.

    Notes
    -----
    Those without neighbours keep their value in the mean but are not counted in n, as in spdep.

    References
    ----------
    Cliff & Ord (1981), Spatial Processes, Pion, chapter 2.

    Examples
    --------
    >>> chain = [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    >>> round(moran([4, 3, 2, 1], chain, style="binary").i, 4)
    0.3333
    """
    check_choice(null, ("randomisation", "normality"), name="null")
    check_alternative(alternative)
    x = check_values(values)
    near = as_neighbours(neighbours, x.size)
    n = float((near.many > 0).sum())
    deviation = x - x.mean()
    if n < 4 or _alike(x):
        raise StatisticsError(
            "Moran's I needs 4 values or more with neighbours, not all the same; but "
            + (f"all are {x[0]:g}." if _alike(x) else f"only {n:.0f} have neighbours.")
        )
    rows = near.many.astype(float)
    weight = 1.0 / rows[near.owner] if check_style(style) == "row" else np.ones(near.other.size)
    s0 = weight.sum()
    s1, s2 = _weight_moments(near, weight)
    i = (n / s0) * (weight * deviation[near.owner] * deviation[near.other]).sum()
    i /= (deviation**2).sum()
    expected = -1.0 / (n - 1)
    if null == "normality":
        square = (n * n * s1 - n * s2 + 3 * s0 * s0) / (s0 * s0 * (n * n - 1))
    else:
        kurtosis = x.size * (deviation**4).sum() / (deviation**2).sum() ** 2
        square = n * (s1 * (n * n - 3 * n + 3) - n * s2 + 3 * s0 * s0)
        square -= kurtosis * (s1 * (n * n - n) - 2 * n * s2 + 6 * s0 * s0)
        square /= (n - 1) * (n - 2) * (n - 3) * s0 * s0
    variance = square - expected**2
    z = (i - expected) / np.sqrt(variance)
    p = normal_tails(np.array([z])).p(alternative)[0]
    return Moran(float(i), expected, float(variance), float(z), float(p))


def _weight_moments(near: Neighbours, weight: FloatArray) -> tuple[float, float]:
    """Return S1 and S2 of Cliff and Ord: half the squares of w_ij + w_ji, and of the margins."""
    from scipy import sparse

    matrix = sparse.csr_array((weight, near.other, near.start), shape=(near.n, near.n))
    both = sparse.csr_array(matrix + matrix.T)
    margins = np.asarray(matrix.sum(axis=1)).ravel() + np.asarray(matrix.sum(axis=0)).ravel()
    return float((both.data**2).sum() / 2), float((margins**2).sum())


def local_moran_i(
    values: ArrayLike, neighbours: Any, *, style: str = "row", null: str = "conditional"
) -> LocalMoran:
    """
    Return local Moran's I of each value, with analytic moments.

    Parameters
    ----------
    values : array_like of float, shape (n,)
        Any unit; 3 or more.
    neighbours : Neighbours, sparse matrix, array_like or dict
        See `as_neighbours`.
    style : {"row", "binary"}, default "row"
        Whether weights are 1 / (number of neighbours), or 1.
    null : {"conditional", "total"}, default "conditional"
        "conditional": the value itself is held in place (Sokal et al. 1998; spdep's default).
        "total": all values are shuffled (Anselin 1995). The second compares with an average segment,
        so that z hardly depends on how extreme the value itself is.

    Returns
    -------
    LocalMoran

    Raises
    ------
    ParameterError
        If values, exposure or neighbours do not fit together, or a number makes no sense.

    Notes
    -----
    I_i = (z_i / m2) sum_j w_ij z_j, z deviations from the mean and m2 their mean square, divisor n, as
    in spdep. esda divides by n - 1 instead, so its I is (n - 1) / n of this one.

    References
    ----------
    Anselin (1995), Geographical Analysis 27, 93-115.
    Sokal, Oden & Thomson (1998), Geographical Analysis 30, 331-354.

    Examples
    --------
    >>> chain = [[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]]
    >>> found = local_moran_i([4, 3, 2, 1], chain)
    >>> found.i.round(2).tolist(), found.quadrant.tolist()
    ([0.6, 0.2, 0.2, 0.6], ['HH', 'HH', 'LL', 'LL'])
    """
    check_choice(null, ("conditional", "total"), name="null")
    x = check_values(values)
    near = as_neighbours(neighbours, x.size)
    if x.size < 3:
        raise ParameterError(f"Local Moran's I needs 3 values or more, but {x.size} were given.")
    n, z = x.size, x - x.mean()
    many = near.many.astype(float)
    alone = near.many == 0
    lag = near.sums(z)
    scale = np.where(alone, np.nan, 1.0)
    if check_style(style) == "row":
        scale = scale / np.maximum(many, 1.0)
    first, second = many * scale, many * scale**2  # sums of weights, and of their squares
    if _alike(x):
        nothing = np.full(n, np.nan)
        return LocalMoran(nothing, nothing, nothing, nothing, np.full(n, "", dtype=object))
    m2 = (z**2).mean()
    i = z / m2 * lag * scale
    if null == "conditional":
        expected = -(z**2) * first / ((n - 1) * m2)
        variance = (z / m2) ** 2 * n / (n - 2) * (second - first**2 / (n - 1))
        variance = variance * (m2 - z**2 / (n - 1))
    else:
        b2 = (z**4).mean() / m2**2
        expected = -first / (n - 1)
        variance = second * (n - b2) / (n - 1) - expected**2
        variance += (first**2 - second) * (2 * b2 - n) / ((n - 1) * (n - 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        sure = variance > 1e-14
        deviate = np.where(sure, (i - expected) / np.sqrt(np.where(sure, variance, 1.0)), np.nan)
    words = np.where(z > 0, "H", "L").astype(object) + np.where(lag > 0, "H", "L").astype(object)
    return LocalMoran(i, expected, variance, deviate, np.where(alone, "", words))


def moran_tails(values: ArrayLike, neighbours: Any, *, n_sim: int, seed: int) -> Tails:
    """Return conditional permutation p-values of local Moran's I: of a sum, times a number."""
    x = check_values(values)
    tails = permutation_tails(x, as_neighbours(neighbours, x.size), n_sim=n_sim, seed=seed)
    high = x > x.mean()
    level = np.isclose(x, x.mean(), rtol=0, atol=1e-12 * max(1.0, float(np.abs(x).max())))
    upper = np.where(high, tails.upper, tails.lower)
    lower = np.where(high, tails.lower, tails.upper)
    return Tails(np.where(level, np.nan, upper), np.where(level, np.nan, lower))


def local_moran(
    rates: pd.DataFrame,
    *,
    column: str = "rate",
    order: int = 1,
    distance_km: float | None = None,
    p_adj_method: str = "fdr_bh",
    alpha: float = 0.05,
    n_sim: int = 9999,
    seed: int = 0,
    method: str = "permutation",
    alternative: str = "two-sided",
    imputed: ArrayLike | None = None,
) -> pd.DataFrame:
    """
    Tell segments among like ones from those that stand out from their neighbours.

    Parameters
    ----------
    rates : DataFrame
        From `segment_rates`: ``segment_id, from_km, to_km, length_km`` and the column asked for.
    column : str, default "rate"
        Values to compare: a rate, since segments differ in length.
    order, distance_km, p_adj_method, alpha, n_sim, seed
        As in `find_hotspots`; `p_adj_method` without "westfall_young".
    method : {"permutation", "analytic"}, default "permutation"
        Conditional permutation, or the normal distribution with conditional moments.
    alternative : {"two-sided", "greater", "less"}, default "two-sided"
        "greater": only likeness counts (HH, LL); "less": only contrast (HL, LH).
    imputed : array_like of int, shape (m, number of segments), optional
        Counts of `m` tables with the uncertain places drawn (`draw_counts`). Where `column` is a
        rate they are divided by ``exposure_km_yr``, which `rates` must then have.

    Returns
    -------
    DataFrame
        One row a segment: ``segment_id, from_km, to_km``, the column, ``neighbours, local_i,
        expected_i, variance_i, z, quadrant, p_value, p_adj, p_adj_method``; ``cluster``: the quadrant
        where ``p_adj <= alpha``, else "none"; ``reason``, why there is no statistic, else missing. With
        `imputed` also ``p_imputed`` (median of the tables' p-values, 1 where a table has nothing to
        test) and ``support`` (share of tables with that cluster).
        ``.attrs["moran"]`` holds the global I with its randomisation test.

    Raises
    ------
    ColumnError, ParameterError
        If a column or number is missing, segments overlap, or `n_sim` is too small for `alpha`.

    References
    ----------
    Anselin (1995), Geographical Analysis 27, 93-115.
    Benjamini & Hochberg (1995), J. R. Statist. Soc. B 57, 289-300.

    Examples
    --------
    >>> from frontier_geo import make_segments
    >>> segments = make_segments(n=20)
    >>> segments["rate"] = [1, 2, 0, 1, 1, 0, 9, 9, 8, 2, 1, 0, 2, 1, 0, 1, 0, 1, 0, 1]
    >>> found = local_moran(segments, p_adj_method="none", n_sim=999)
    >>> found.index[found["cluster"] == "HH"].tolist()
    [7]
    """
    check_columns(rates, ["segment_id", "from_km", "to_km", "length_km", column], name="rates")
    near = segment_neighbours(rates, order=order, distance_km=distance_km)
    values = check_values(rates[column], name=column)
    check_choice(method, METHODS, name="method")
    check_choice(p_adj_method, P_ADJ_METHODS, name="p_adj_method")
    alternative, alpha = check_alternative(alternative), check_level(alpha, name="alpha")
    n_sim, seed = check_n_sim(n_sim), check_seed(seed)
    simulated = method == "permutation"
    least = least_p(n_sim, alternative) if simulated else None
    if least is not None:
        check_reachable(least, n_sim, int((near.many > 0).sum()), p_adj_method, alpha)

    def tested(x: FloatArray) -> tuple[LocalMoran, FloatArray, FloatArray, NDArray[np.object_]]:
        found = local_moran_i(x, near)
        tails = moran_tails(x, near, n_sim=n_sim, seed=seed) if simulated else normal_tails(found.z)
        p = np.where(np.isnan(found.z), np.nan, tails.p(alternative))
        p_adj = adjust_p(p, p_adj_method)
        with np.errstate(invalid="ignore"):
            cluster = np.where(p_adj <= alpha, found.quadrant, "none").astype(object)
        return found, p, p_adj, cluster

    found, p, p_adj, cluster = tested(values)
    table = pd.DataFrame(
        {name: rates[name].to_numpy() for name in ("segment_id", "from_km", "to_km", column)}
        | {
            "neighbours": near.many,
            "local_i": found.i,
            "expected_i": found.expected,
            "variance_i": found.variance,
            "z": found.z,
            "quadrant": found.quadrant,
            "p_value": p,
            "p_adj": p_adj,
            "p_adj_method": p_adj_method,
            "cluster": cluster,
            "reason": _reasons(values, near, found.z),
        },
        index=rates.index,
    )
    if imputed is not None:
        counts = check_tables(imputed, (values.size,))
        again = [tested(row * _per_count(rates, column)) for row in counts]
        drawn_p = np.array([one[1] for one in again])
        placed = (near.many > 0) & (near.many < near.n - 1)
        table["p_imputed"] = np.median(np.where(np.isnan(drawn_p) & placed, 1.0, drawn_p), axis=0)
        same = np.array([one[3] == cluster for one in again]).mean(axis=0)
        table["support"] = np.where(np.isnan(found.z), np.nan, same)
    table.attrs = result_attrs(
        "local_moran",
        rates,
        parameters={
            "column": column,
            "order": None if distance_km is not None else order,
            "distance_km": distance_km,
            "method": method,
            "alternative": alternative,
            "p_adj_method": p_adj_method,
            "alpha": alpha,
            "n_imputations": None if imputed is None else len(counts),
        },
        seed=seed if simulated else None,
        n_sim=n_sim if simulated else None,
        smallest_p=least,
        unit=f"as {column}, standardised",
        moran=_global(values, near),
    )
    return table


def check_style(style: str) -> str:
    """Refuse a style of weights that is not known."""
    return check_choice(style, STYLES, name="style")


def _alike(x: FloatArray) -> bool:
    return bool((x == x[0]).all())


def _global(values: FloatArray, near: Neighbours) -> dict[str, float | str]:
    """Return the global test for the attributes, or why there is none."""
    if _alike(values) or (near.many > 0).sum() < 4:
        return {"reason": ALIKE if _alike(values) else "fewer than 4 segments have neighbours"}
    return dict(vars(moran(values, near)))


def _reasons(values: FloatArray, near: Neighbours, z: FloatArray) -> NDArray[np.object_]:
    """Return why there is no statistic, None where there is one."""
    why = np.full(z.size, None, dtype=object)
    missing = np.isnan(z)
    why[missing] = AT_MEAN
    order = np.sort(values)
    if order[0] == order[-2] or order[1] == order[-1]:  # one differs from all others
        why[missing & (values != np.median(values))] = OTHERS_ALIKE
    why[missing & (near.many == near.n - 1)] = ALL_OTHERS
    if _alike(values):
        why[missing] = ALIKE
    why[near.many == 0] = ALONE
    return why


def _per_count(rates: pd.DataFrame, column: str) -> FloatArray | float:
    """Return what one event adds to each segment's value: 1, or its rate per 100 km and year."""
    if not column.endswith("rate"):
        return 1.0
    check_columns(rates, ["exposure_km_yr"], name="rates")
    exposure = check_values(rates["exposure_km_yr"], name="exposure_km_yr")
    if (exposure <= 0).any():
        raise StatisticsError(
            "Rates of drawn tables need exposure, but exposure_km_yr is 0 somewhere."
        )
    return np.asarray(PER_KM_YEARS / exposure, dtype=np.float64)
