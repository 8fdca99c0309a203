"""
Kernel intensity of events along a line with two ends, and its band: arrays in, arrays out.

Any unit of length will do; the line runs from 0 to its length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from frontier_geo._fast import choose_engine
from frontier_geo._validation import FloatArray, check_choice, check_positive
from frontier_geo.density.bandwidth import adaptive_bandwidths, check_events_on_line
from frontier_geo.density.kernel_sums import binned_sums, binned_work, direct_sums, direct_work
from frontier_geo.density.kernels import kernel_matrix, the_kernel
from frontier_geo.errors import CoordinateError, ParameterError, StatisticsError
from frontier_geo.imputation import rubins_rules
from frontier_geo.significance import check_level, check_n_sim, check_seed

__all__ = [
    "IntensityBand",
    "check_places",
    "check_weights",
    "gamma_limits",
    "intensity_band",
    "line_intensity",
]

CORRECTIONS = ("reflection", "none")
METHODS = ("auto", "direct", "binned")
BANDS = ("analytic", "bootstrap")
BIN_WORK = 60.0  # pairs of event and place the direct method does in the time of one bin
MATRIX_CELLS = 4_000_000  # of events times places held at once


@dataclass(frozen=True)
class IntensityBand:
    """
    An intensity with its pointwise band.

    Attributes
    ----------
    intensity, lo, hi : ndarray of float, shape (m,)
        Events per unit of length; ``0 <= lo <= intensity <= hi``.
    variance : ndarray of float, shape (m,)
        Of the estimate, uncertain places included where they were given.
    """

    intensity: FloatArray
    variance: FloatArray
    lo: FloatArray
    hi: FloatArray


def line_intensity(
    chainage: ArrayLike,
    *,
    length: float,
    at: ArrayLike,
    bandwidth: float | ArrayLike,
    kernel: str = "gaussian",
    weights: ArrayLike | None = None,
    chainage_to: ArrayLike | None = None,
    adaptive: bool = False,
    correction: str = "reflection",
    method: str = "auto",
    engine: str = "auto",
) -> FloatArray:
    """
    Estimate the intensity of events along a line by kernels.

    Parameters
    ----------
    chainage : array_like of float, shape (n,)
        Where each event is, between 0 and `length`; or where its stretch begins.
    length : float
        Of the line, in any unit of length; the others are in the same.
    at : array_like of float, shape (m,)
        Where on the line the intensity is wanted.
    bandwidth : float or array_like, shape (n,)
        Standard deviation of the kernel (spatstat's `sigma`; not a half-width); one for all, or one
        an event.
    kernel : {"gaussian", "epanechnikov", "quartic", "triangular", "uniform"}
    weights : array_like of float, shape (n,), optional
        0 or more for each event, such as its probability. Default: 1.
    chainage_to : array_like of float, shape (n,), optional
        Where the stretch of each event ends; it is anywhere in between, evenly. Equal to `chainage`
        for a point. Stretches are exact: the kernel is integrated over them.
    adaptive : bool, default False
        Scale `bandwidth` for each event by `adaptive_bandwidths`, of the middles of stretches.
    correction : {"reflection", "none"}
        Whether the two ends mirror, as often as the kernel reaches. Then the curve integrates to the
        sum of the weights: the equal-split estimator of networks, and for a gaussian the heat kernel.
    method : {"auto", "direct", "binned"}
        ``direct`` is exact. ``binned`` serves gaussian kernels of one bandwidth at points, in a time
        that hardly grows with the number of places, to 1e-6 of the curve's highest value (see
        `frontier_geo.density.kernel_sums`). ``auto`` takes the faster of the two.
    engine : {"auto", "numpy", "numba"}
        Who adds up the bins of ``binned``: numpy, or loops compiled by numba (the extra ``fast``).
        Both give the same bits; ``"auto"`` takes the faster one.

    Returns
    -------
    ndarray of float, shape (m,)
        Events (or weight) per unit of length.

    Raises
    ------
    CoordinateError
        If an event or a place is not on the line.
    ParameterError
        If a weight is negative or missing, or an argument makes no sense.
    StatisticsError
        If all weights are missing.

    References
    ----------
    Okabe & Sugihara (2012), Spatial Analysis along Networks, Wiley, chapter 9.
    McSwiggan, Baddeley & Nair (2017), Scand. J. Statist. 44, 324-345.
    https://doi.org/10.1111/sjos.12255

    Examples
    --------
    >>> events = [5 / 3, 7.2360680, 9.9721360, 11.4721360, 13.2721360]
    >>> line_intensity(
    ...     events, length=15.7082039, at=events, bandwidth=2, kernel="epanechnikov"
    ... ).round(6)
    array([0.242241, 0.289875, 0.497866, 0.474318, 0.384632])
    """
    the_kernel(kernel)
    check_choice(correction, CORRECTIONS, name="correction")
    check_choice(method, METHODS, name="method")
    choose_engine(engine, n=0, worth=1)  # refuses other words
    length = check_positive(length, name="length", unit="the unit of the chainage")
    places = check_places(at, length)
    one_width = isinstance(bandwidth, int | float | np.number)
    fits = kernel == "gaussian" and chainage_to is None and not adaptive and one_width
    reflect = correction == "reflection"
    if fits and method != "direct":
        h = check_positive(float(np.asarray(bandwidth)), name="bandwidth", unit="its own unit")
        bins = binned_work(h, length)
        n = np.size(chainage)
        if method == "binned" or bins * BIN_WORK < direct_work(n, places, h, kernel, length):
            if math.isinf(bins):
                raise ParameterError(
                    f"A bandwidth of {h:g} on a line of {length:g} takes too many bins. Use "
                    'method="direct".'
                )
            return _binned(chainage, weights, places, h, length, reflect, engine)
    elif method == "binned":
        raise ParameterError(
            'method="binned" serves gaussian kernels of one bandwidth for events at points. Use '
            'method="auto" or "direct".'
        )
    start, stop = _check_stretches(chainage, chainage_to, length)
    h_each = _bandwidths(bandwidth, start, stop, length, kernel, adaptive)
    return direct_sums(
        places, start, stop, check_weights(weights, start.size), h_each,
        kernel=kernel, length=length if reflect else None,
    )  # fmt: skip


def _binned(
    chainage: ArrayLike,
    weights: ArrayLike | None,
    places: FloatArray,
    h: float,
    length: float,
    reflect: bool,
    engine: str,
) -> FloatArray:
    """Return the sums of the fast method, which finds events off the line on its way."""
    s = np.atleast_1d(np.asarray(chainage, dtype=np.float64))
    w = None if weights is None else check_weights(weights, s.size)
    try:
        return binned_sums(places, s, w, h, length=length, reflect=reflect, engine=engine)
    except OverflowError:
        check_events_on_line(s, length)  # says which one
        raise


def check_weights(weights: ArrayLike | None, n: int) -> FloatArray:
    """Return one weight for each event; refuse negative and missing ones."""
    if weights is None:
        return np.ones(n)
    try:
        w = np.asarray(weights, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"weights must be numbers, but: {error}.") from error
    if w.shape != (n,):
        raise ParameterError(
            f"weights must be one number for each of the {n} events, but have the shape {w.shape}."
        )
    if n and np.isnan(w).all():
        raise StatisticsError("weights must be numbers, but all of them are missing.")
    odd = np.flatnonzero(~((w >= 0) & np.isfinite(w)))
    if odd.size:
        raise ParameterError(
            f"weights must be 0 or more, but event {odd[0]} has {w[odd[0]]}. Remove events whose "
            "weight is not stated, or give them one."
        )
    return w


def check_places(at: ArrayLike, length: float) -> FloatArray:
    places = np.atleast_1d(np.asarray(at, dtype=np.float64))
    if places.size and not (places.min() >= 0 and places.max() <= length * (1 + 1e-12)):
        raise CoordinateError(
            f"at must be places on the line, between 0 and {length:g}, but reaches from "
            f"{places.min():g} to {places.max():g}."
        )
    return places


def _check_stretches(
    chainage: ArrayLike, chainage_to: ArrayLike | None, length: float
) -> tuple[FloatArray, FloatArray]:
    start = check_events_on_line(chainage, length)
    if chainage_to is None:
        return start, start
    stop = check_events_on_line(chainage_to, length)
    if stop.shape != start.shape or (stop < start).any():
        raise CoordinateError(
            "chainage_to must give each event an end of its stretch, not before its beginning in "
            "chainage."
        )
    return start, stop


def _bandwidths(
    bandwidth: Any, start: FloatArray, stop: FloatArray, length: float, kernel: str, adaptive: bool
) -> FloatArray:
    """Return the bandwidth of each event."""
    if np.ndim(bandwidth):
        each = np.asarray(bandwidth, dtype=np.float64)
        if adaptive or each.shape != start.shape or not ((each > 0) & np.isfinite(each)).all():
            raise ParameterError(
                "bandwidth must be one number above 0, or one for each event with adaptive=False."
            )
        return each
    h = check_positive(bandwidth, name="bandwidth", unit="the unit of the chainage")
    if adaptive:
        middle = (start + stop) / 2
        return adaptive_bandwidths(middle, length=length, bandwidth=h, kernel=kernel)
    return np.full(start.size, h)


# ---- the band ------------------------------------------------------------------------------------


def intensity_band(
    chainage: ArrayLike,
    *,
    length: float,
    at: ArrayLike,
    bandwidth: float | ArrayLike,
    kernel: str = "gaussian",
    weights: ArrayLike | None = None,
    imputed: ArrayLike | None = None,
    band: str = "analytic",
    confidence_level: float = 0.95,
    n_sim: int = 999,
    seed: int = 0,
) -> IntensityBand:
    """
    Estimate the intensity of events along a line with a pointwise band.

    Parameters
    ----------
    chainage : array_like of float, shape (n,)
        Places of the events, between 0 and `length`.
    length, at, bandwidth, kernel, weights
        As for `line_intensity`, ends mirrored.
    imputed : array_like of float, shape (k, n), optional
        Places drawn for uncertain events, k times; NaN where an event is not on the line in that
        draw. Then these are used, and `chainage` is not.
    band : {"analytic", "bootstrap"}
    confidence_level : float, default 0.95
    n_sim, seed : int
        Of the bootstrap.

    Returns
    -------
    IntensityBand
        With `imputed`, the mean over the draws.

    Raises
    ------
    ParameterError
        If the simulations are too few for the level.
    StatisticsError
        If a bootstrap is asked for without any event.

    Notes
    -----
    The band is pointwise and covers the *smoothed* intensity, the mean of the estimate: where the
    true one has a peak narrower than the kernel, the curve lies below it, and so may the band.

    Analytic: the estimate is a weighted sum of Poisson counts, with variance ``V``, the sum of squared
    weights times kernels. The limits are those of Fay & Feuer (1997): the quantiles of gamma
    distributions with mean ``q`` and variance ``V``, and with mean ``q + w`` and variance ``V + w²``;
    w is the largest that one event can add here. They never fall below 0, are on the safe side, and
    hold where no event is near. With draws, V is Rubin's total variance.

    Bootstrap: each event counts a Poisson number of times with mean 1, at a place from one of the
    draws; percentiles of the curves. Where no event is within reach it gives 0 to 0.

    References
    ----------
    Fay & Feuer (1997), Statist. Med. 16, 791-801.
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, Wiley, section 3.1.

    Examples
    --------
    >>> found = intensity_band([2.0, 2.5, 7.0], length=10, at=[0, 2, 5], bandwidth=1)
    >>> bool((found.lo < found.intensity).all() and (found.intensity < found.hi).all())
    True
    """
    level = check_level(confidence_level)
    check_choice(band, BANDS, name="band")
    length = check_positive(length, name="length", unit="the unit of the chainage")
    places = check_places(at, length)
    tables = _tables(chainage, imputed, length)
    weight = check_weights(weights, tables.shape[1])
    h = _bandwidths(bandwidth, tables[0], tables[0], length, kernel, adaptive=False)
    if band == "bootstrap":
        n_sim = check_n_sim(n_sim, alpha=(1 - level) / 2)
        return _bootstrap_band(tables, weight, h, kernel, length, places, level, n_sim, seed)
    sums = [_sum_and_variance(table, weight, h, kernel, length, places) for table in tables]
    curve, variance, times = _pool([s for s, _ in sums], [v for _, v in sums], level)
    narrow = np.atleast_1d(np.asarray(bandwidth, dtype=np.float64)).min(initial=length)
    most = _largest_share(places, float(narrow), weight, kernel, length)
    lo, hi = gamma_limits(curve, variance, most, level, times)
    return IntensityBand(curve, variance, lo, hi)


def _tables(chainage: ArrayLike, imputed: ArrayLike | None, length: float) -> FloatArray:
    """Return the places as one table, or those drawn as several."""
    if imputed is None:
        return check_events_on_line(chainage, length)[None, :]
    tables = np.asarray(imputed, dtype=np.float64)
    if tables.ndim != 2 or len(tables) < 2:
        raise ParameterError(
            f"imputed must be 2 or more draws of the place of each event, but has the shape "
            f"{tables.shape}."
        )
    check_events_on_line(tables[~np.isnan(tables)], length)
    return tables


def _sum_and_variance(
    table: FloatArray,
    weight: FloatArray,
    h: FloatArray,
    kernel: str,
    length: float,
    places: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return the intensity at each place and its Poisson variance."""
    on = ~np.isnan(table)
    s, w, wide = table[on], weight[on], h[on]
    total, squares = np.empty(places.size), np.empty(places.size)
    step = max(1, MATRIX_CELLS // max(s.size, 1))
    for begin in range(0, places.size, step):
        some = slice(begin, begin + step)
        k = kernel_matrix(places[some], s, bandwidth=wide, kernel=kernel, length=length) * w
        total[some], squares[some] = k.sum(axis=1), (k * k).sum(axis=1)
    return total, squares


def _pool(
    curves: list[FloatArray], variances: list[FloatArray], level: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return curve, variance and what the limits of a t-distribution add to those of a normal."""
    if len(curves) == 1:
        return curves[0], variances[0], np.ones_like(curves[0])
    from scipy.stats import norm, t

    pooled = rubins_rules(np.array(curves), np.array(variances))
    tail = (1 + level) / 2
    df = np.where(np.isfinite(pooled.df), np.maximum(pooled.df, 1.0), 1e9)
    return pooled.mean, pooled.total, (t.ppf(tail, df) / norm.ppf(tail)) ** 2


def _largest_share(
    places: FloatArray, narrow: float, weight: FloatArray, kernel: str, length: float
) -> FloatArray:
    """Return the most that one event of the largest weight and narrowest kernel adds at each place."""
    heavy = float(weight.max()) if weight.size else 1.0
    top = kernel_matrix([0.0], [0.0], bandwidth=narrow, kernel=kernel, length=None)[0, 0]
    ends = kernel_matrix(places, [0.0, length], bandwidth=narrow, kernel=kernel, length=length)
    return np.asarray(heavy * np.maximum(top, ends.max(axis=1)), dtype=np.float64)


def gamma_limits(
    mean: FloatArray, variance: FloatArray, most: FloatArray, level: float, times: ArrayLike = 1.0
) -> tuple[FloatArray, FloatArray]:
    """
    Return the limits of Fay & Feuer (1997) of weighted sums of Poisson counts.

    Parameters
    ----------
    mean, variance, most : ndarray of float, shape (m,)
        The sums, their variances, and the largest weight of each.
    level : float
    times : array_like of float
        What the variance is multiplied by, for estimated variances.

    Returns
    -------
    tuple of ndarray of float
        The limits; the lower is 0 where the sum is. NaN for the upper where `most` and the sum are 0:
        no event says how much one may add.
    """
    from scipy.stats import gamma

    tail = (1 - level) / 2
    v = variance * np.asarray(times, dtype=np.float64)
    low = np.zeros_like(mean)
    some = (mean > 0) & (v > 0)
    low[some] = gamma.ppf(tail, mean[some] ** 2 / v[some], scale=v[some] / mean[some])
    up, wide = mean + most, v + most**2
    high = np.full_like(mean, np.nan)
    some = up > 0
    high[some] = gamma.isf(tail, up[some] ** 2 / wide[some], scale=wide[some] / up[some])
    return np.minimum(low, mean), high


def _bootstrap_band(
    tables: FloatArray,
    weight: FloatArray,
    h: FloatArray,
    kernel: str,
    length: float,
    places: FloatArray,
    level: float,
    n_sim: int,
    seed: int,
) -> IntensityBand:
    """Return the mean curve, and percentiles of curves of resampled events."""
    if not tables.shape[1] or np.isnan(tables).all():
        raise StatisticsError(
            'A bootstrap needs an event on the line, but there is none. Use band="analytic".'
        )
    random = np.random.default_rng(check_seed(seed))
    many = random.poisson(1.0, size=(n_sim, tables.shape[1])).astype(np.float64)
    curves, means = np.empty((n_sim, places.size)), []
    for i, table in enumerate(tables):
        on = ~np.isnan(table)
        k = kernel_matrix(places, table[on], bandwidth=h[on], kernel=kernel, length=length)
        k *= weight[on]
        means.append(k.sum(axis=1))
        mine = np.arange(i, n_sim, len(tables))
        curves[mine] = many[mine][:, on] @ k.T
    curve = np.mean(means, axis=0)
    lo, hi = np.quantile(curves, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return IntensityBand(
        curve, curves.var(axis=0, ddof=1), np.minimum(lo, curve), np.maximum(hi, curve)
    )
