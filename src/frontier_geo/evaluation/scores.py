"""
How good predicted counts were: proper scores, and how predicted probabilities compare with outcomes.

Proper scores judge the whole predicted distribution of each count: a forecaster does best by saying
what he believes. Everything here takes and gives numpy arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._validation import FloatArray
from frontier_geo.errors import ParameterError

__all__ = [
    "Reliability",
    "brier_score",
    "check_not_negative",
    "crps_counts",
    "crps_ensemble",
    "dawid_sebastiani_score",
    "log_score",
    "pit_histogram",
    "probability_of_any",
    "reliability",
]

MOST_WHOLE = 2.0**53
SERIES_UP_TO = 100.0  # above this size scipy's hypergeometric function loses digits, or fails
POISSON_FROM = 1e7  # a negative binomial of this size is Poisson to 1e-7 of its variance


@dataclass(frozen=True)
class Reliability:
    """
    Predicted probabilities beside what happened, bin by bin.

    Attributes
    ----------
    from_p, to_p : ndarray of float
        Edges of each bin; a bin holds its lower edge, the last one both.
    n, happened : ndarray of int
        Forecasts in the bin, and how many of them came true.
    predicted, observed, lo, hi : ndarray of float
        Mean predicted probability, share that came true, and its exact interval (Clopper-Pearson).
        NaN in an empty bin.
    """

    from_p: FloatArray
    to_p: FloatArray
    n: NDArray[np.int64]
    happened: NDArray[np.int64]
    predicted: FloatArray
    observed: FloatArray
    lo: FloatArray
    hi: FloatArray


def brier_score(observed: ArrayLike, probability: ArrayLike) -> FloatArray:
    """
    Score forecasts of "at least one event": squared distance from what happened.

    Parameters
    ----------
    observed : array_like of float, shape (...)
        Counts of events, or 0 and 1.
    probability : array_like of float
        Predicted probability of at least one event; any shape that fits `observed`.

    Returns
    -------
    ndarray of float
        0 is best, 1 worst.

    Raises
    ------
    ParameterError
        If a probability is not one, or a count is negative.

    References
    ----------
    Brier (1950), Monthly Weather Review 78, 1-3.

    Examples
    --------
    >>> brier_score([0, 3], [0.25, 0.25]).tolist()
    [0.0625, 0.5625]
    """
    count, chance = check_not_negative(observed, "observed"), _probability(probability)
    return (chance - (count > 0)) ** 2


def probability_of_any(mean: ArrayLike, size: ArrayLike = np.inf) -> FloatArray:
    """
    Return the probability of at least one event.

    Parameters
    ----------
    mean : array_like of float, shape (...)
        Mean of the predicted count.
    size : array_like of float, shape (...), default inf
        Size of the negative binomial: its variance is ``mean + mean² / size``. Infinite: Poisson.

    Returns
    -------
    ndarray of float

    References
    ----------
    Cameron & Trivedi (2013), Regression Analysis of Count Data, 2nd ed., chapter 3 (negative binomial).

    Examples
    --------
    >>> probability_of_any([0.0, 1.0], [np.inf, 1.0]).tolist()
    [0.0, 0.5]
    """
    mean, size = _distribution(mean, size)
    bounded = np.where(np.isinf(size), 1.0, size)
    log_none = np.where(np.isinf(size), -mean, -bounded * np.log1p(mean / bounded))
    return -np.expm1(log_none)


def log_score(observed: ArrayLike, mean: ArrayLike, size: ArrayLike = np.inf) -> FloatArray:
    """
    Score predicted counts by the logarithm of the probability they gave to what happened.

    Parameters
    ----------
    observed : array_like of int, shape (...)
        Counts of events.
    mean, size : array_like of float, shape (...)
        As for `probability_of_any`: Poisson where size is infinite, else negative binomial.

    Returns
    -------
    ndarray of float
        Minus the log of the probability, in nats: smaller is better; infinite where the forecast
        ruled out what happened.

    Raises
    ------
    ParameterError
        If counts are not whole, or a mean or size makes no sense.

    References
    ----------
    Good (1952), Journal of the Royal Statistical Society B 14, 107-114.
    Czado, Gneiting & Held (2009), Biometrics 65, 1254-1261.

    Examples
    --------
    >>> log_score([0, 1], 1.0).tolist()
    [1.0, 1.0]
    """
    from scipy.special import gammaln, xlog1py, xlogy

    count = _whole(observed, "observed")
    mean, size = _distribution(mean, size)
    poisson = mean - xlogy(count, mean) + gammaln(count + 1)
    bounded = np.where(np.isinf(size), 1.0, size)
    ratio = mean / bounded
    # The probability of k is a product of k small terms; a difference of log gammas would lose
    # digits where size is large.
    rising = np.where(bounded > 1e4, _log_rising(count, bounded), 0.0)
    rising = np.where(
        bounded > 1e4,
        rising,
        gammaln(count + bounded) - gammaln(bounded) - count * np.log(bounded),
    )
    spread = xlog1py(bounded + count, ratio) - xlogy(count, mean) - rising + gammaln(count + 1)
    return np.where(np.isinf(size), poisson, spread)


def crps_counts(observed: ArrayLike, mean: ArrayLike, size: ArrayLike = np.inf) -> FloatArray:
    """
    Score predicted counts by the continuous ranked probability score, in closed form.

    Parameters
    ----------
    observed : array_like of int, shape (...)
        Counts of events.
    mean, size : array_like of float, shape (...)
        As for `probability_of_any`: Poisson where size is infinite, else negative binomial.

    Returns
    -------
    ndarray of float
        In events: smaller is better. For a forecast without spread it is the absolute error.

    Raises
    ------
    ParameterError
        If counts are not whole, or a mean or size makes no sense.

    References
    ----------
    Wei & Held (2014), TEST 23, 787-805.
    Gneiting & Raftery (2007), Journal of the American Statistical Association 102, 359-378.

    Examples
    --------
    >>> crps_counts([0, 2], 1.0).round(6).tolist()
    [0.476222, 0.683499]
    """
    count = _whole(observed, "observed")
    mean, size = _distribution(mean, size)
    count, mean, size = np.broadcast_arrays(count, mean, size)
    result = np.empty(count.shape)
    plain = size >= POISSON_FROM
    result[plain] = _crps_poisson(count[plain], mean[plain])
    result[~plain] = _crps_negative_binomial(count[~plain], mean[~plain], size[~plain])
    return result


def crps_ensemble(observed: ArrayLike, draws: ArrayLike, *, fair: bool = False) -> FloatArray:
    """
    Score forecasts given as draws by the continuous ranked probability score.

    Parameters
    ----------
    observed : array_like of float, shape (...)
        What happened.
    draws : array_like of float, shape (..., m)
        The draws of each forecast along the last axis.
    fair : bool, default False
        Correct for the number of draws (Ferro 2014), so that few draws are not held against it.

    Returns
    -------
    ndarray of float, shape (...)

    Raises
    ------
    ParameterError
        If there are no draws (two are needed to be fair), or a number is not finite.

    References
    ----------
    Ferro (2014), Quarterly Journal of the Royal Meteorological Society 140, 1917-1923.

    Examples
    --------
    >>> crps_ensemble(1.0, [0.0, 2.0]).tolist()
    0.5
    """
    seen, drawn = _finite(observed, "observed"), _finite(draws, "draws")
    m = drawn.shape[-1] if drawn.ndim else 0
    if m < 1 + fair:
        raise ParameterError(
            f"crps_ensemble needs at least {1 + fair} draws of each forecast along the last axis of "
            f"draws, but draws has the shape {drawn.shape}."
        )
    error = np.abs(drawn - seen[..., None]).mean(axis=-1)
    ranked = np.sort(drawn, axis=-1)
    # Mean |x - x'| over all pairs, from the sorted draws.
    total = (ranked * (2 * np.arange(1, m + 1) - m - 1)).sum(axis=-1)
    return np.asarray(error - total / (m * (m - 1) if fair else m * m))


def dawid_sebastiani_score(
    observed: ArrayLike, mean: ArrayLike, size: ArrayLike = np.inf
) -> FloatArray:
    """
    Score predicted counts by their mean and variance alone.

    Parameters
    ----------
    observed : array_like of float, shape (...)
        Counts of events.
    mean, size : array_like of float, shape (...)
        As for `probability_of_any`. Means must be above 0: there is no score without a variance.

    Returns
    -------
    ndarray of float
        ``(y - mean)² / variance + log(variance)``: smaller is better.

    Raises
    ------
    ParameterError
        If a mean is 0.

    References
    ----------
    Dawid & Sebastiani (1999), The Annals of Statistics 27, 65-81.

    Examples
    --------
    >>> dawid_sebastiani_score([3], [1.0]).tolist()
    [4.0]
    """
    count = check_not_negative(observed, "observed")
    mean, size = _distribution(mean, size)
    if (mean == 0).any():
        raise ParameterError(
            "The Dawid-Sebastiani score needs means above 0, but one is 0. Use crps_counts, which "
            "takes a forecast without spread."
        )
    variance = mean + mean**2 / size
    return np.asarray((count - mean) ** 2 / variance + np.log(variance))


def reliability(
    observed: ArrayLike,
    probability: ArrayLike,
    *,
    edges: ArrayLike | None = None,
    confidence_level: float = 0.95,
) -> Reliability:
    """
    Hold predicted probabilities of "at least one event" against what happened.

    Parameters
    ----------
    observed : array_like of float, shape (...)
        Counts of events, or 0 and 1.
    probability : array_like of float
        Predicted probabilities, of the same shape.
    edges : array_like of float, shape (k,), optional
        Edges of the bins, from 0 to 1 and rising. Default: every tenth.
    confidence_level : float, default 0.95
        Of the exact intervals, which take the forecasts of a bin as independent.

    Returns
    -------
    Reliability

    Raises
    ------
    ParameterError
        If a probability or an edge makes no sense.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> table = reliability([0, 0, 1, 2], [0.2, 0.2, 0.2, 0.9], edges=[0, 0.5, 1])
    >>> table.n.tolist(), table.happened.tolist()
    ([3, 1], [1, 1])
    """
    count, chance = (
        check_not_negative(observed, "observed").ravel(),
        _probability(probability).ravel(),
    )
    if count.size != chance.size:
        raise ParameterError(
            f"Each forecast needs its outcome, but there are {chance.size} probabilities and "
            f"{count.size} outcomes."
        )
    cut = _check_edges(np.linspace(0, 1, 11) if edges is None else edges)
    bins = cut.size - 1
    place = np.clip(np.searchsorted(cut, chance, side="right") - 1, 0, bins - 1)
    n = np.bincount(place, minlength=bins)
    happened = np.bincount(place, count > 0, minlength=bins).astype(np.int64)
    total = np.bincount(place, chance, minlength=bins)
    low, high = _clopper_pearson(happened, n, confidence_level)
    with np.errstate(invalid="ignore"):
        return Reliability(cut[:-1], cut[1:], n, happened, total / n, happened / n, low, high)


def pit_histogram(
    observed: ArrayLike, mean: ArrayLike, size: ArrayLike = np.inf, *, bins: int = 10
) -> FloatArray:
    """
    Say where in their predicted distributions the observed counts fell.

    Parameters
    ----------
    observed : array_like of int, shape (...)
        Counts of events.
    mean, size : array_like of float, shape (...)
        As for `probability_of_any`.
    bins : int, default 10
        Of equal width between 0 and 1.

    Returns
    -------
    ndarray of float, shape (bins,)
        Relative heights with mean 1: flat if the forecasts are calibrated, high in the middle if
        they are too wide, high at the ends if too narrow, sloping if biased. All NaN without counts.

    Raises
    ------
    ParameterError
        If counts are not whole, or `bins` is not a whole number from 1.

    Notes
    -----
    For counts the probability integral transform jumps; this is the non-randomised form, which
    spreads each count evenly over its jump.

    References
    ----------
    Czado, Gneiting & Held (2009), Biometrics 65, 1254-1261.

    Examples
    --------
    >>> pit_histogram([0, 1], 1.0, bins=2).round(4).tolist()
    [1.3591, 0.6409]
    """
    if isinstance(bins, bool) or not isinstance(bins, int | np.integer) or bins < 1:
        raise ParameterError(f"bins must be a whole number of 1 or more, but is {bins!r}.")
    count = _whole(observed, "observed")
    mean, size = _distribution(mean, size)
    count, mean, size = (values.ravel() for values in np.broadcast_arrays(count, mean, size))
    if not count.size:
        return np.full(bins, np.nan)
    upper = _cdf(count, mean, size)
    lower = np.where(count > 0, _cdf(np.maximum(count - 1, 0), mean, size), 0.0)
    # A count of no probability at all lies at the far end of its distribution.
    width = np.maximum(upper - lower, 1e-300)
    edges = np.linspace(0, 1, bins + 1)[:, None]
    below = np.clip((edges - lower) / width, 0.0, 1.0)
    below[-1], below[0] = 1.0, 0.0
    return np.diff(below.mean(axis=1)) * bins


def _crps_poisson(count: FloatArray, mean: FloatArray) -> FloatArray:
    """Wei & Held (2014), with scaled Bessel functions so that large means do not overflow."""
    from scipy.special import gammaln, ive, pdtr, xlogy

    mass = np.exp(xlogy(count, mean) - mean - gammaln(count + 1))
    spread = mean * (ive(0, 2 * mean) + ive(1, 2 * mean))
    return (count - mean) * (2 * pdtr(count, mean) - 1) + 2 * mean * mass - spread


def _crps_negative_binomial(count: FloatArray, mean: FloatArray, size: FloatArray) -> FloatArray:
    """Wei & Held (2014); the half mean difference of two draws is a hypergeometric function."""
    from scipy.special import betaincc, hyp2f1

    ratio = mean / size  # q / p
    q = ratio / (1 + ratio)
    upto = betaincc(count + 1, size, q)
    below = np.where(count > 0, betaincc(np.maximum(count, 1.0), size + 1, q), 0.0)
    # 2F1(n + 1, 1/2; 2; -4 q / p²), by Pfaff's transformation, whose argument lies in [0, 1).
    z = 4 * ratio * (1 + ratio)
    x = z / (1 + z)
    series = hyp2f1(0.5, 1 - np.minimum(size, SERIES_UP_TO), 2.0, x)
    spread = mean * (1 + ratio) * np.sqrt(1 - x) * series
    other = (size > SERIES_UP_TO) | ~np.isfinite(spread)
    spread[other] = [_half_difference(*pair) for pair in zip(size[other], z[other], strict=True)]
    return count * (2 * upto - 1) - mean * (2 * below - 1) - spread


def _half_difference(size: float, z: float) -> float:
    """
    Return half the mean difference of two negative binomial counts of a large size.

    For whole d, |d| is the mean of (1 - cos dt) / (1 - cos t) over the circle. The trapezoid rule is
    exact there up to differences as large as the number of nodes.
    """
    variance = size * z / 2  # of the difference
    nodes = 2 * (int(10 * np.sqrt(variance)) + 50)
    away = 1 - np.cos(np.pi * np.arange(1, nodes) / nodes)
    values = -np.expm1(-size * np.log1p(z / 2 * away)) / away
    return float((values.sum() + variance / 2 - np.expm1(-size * np.log1p(z)) / 4) / (2 * nodes))


def _cdf(count: FloatArray, mean: FloatArray, size: FloatArray) -> FloatArray:
    """Return the probability of at most so many events."""
    from scipy.special import betaincc, pdtr

    plain = size >= POISSON_FROM
    bounded = np.where(plain, 1.0, size)
    spread = betaincc(count + 1, bounded, mean / (bounded + mean))
    return np.where(plain, pdtr(count, mean), spread)


def _log_rising(count: FloatArray, size: FloatArray) -> FloatArray:
    """Return the log of size (size + 1) … (size + count - 1) / size^count for a large size."""
    from scipy.special import xlog1py

    # Stirling's series of both gammas, whose leading terms cancel.
    ratio = count / size
    series = (1 / (size + count) - 1 / size) / 12
    return xlog1py(size + count - 0.5, ratio) - count + series


def _distribution(mean: ArrayLike, size: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return means and sizes of predicted counts: no negative mean, every size above 0."""
    means = check_not_negative(mean, "mean")
    try:
        sizes = np.asarray(size, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"size must be numbers, but is {size!r}.") from error
    if not (sizes > 0).all():
        raise ParameterError(
            "size must be above 0 everywhere, infinite for a Poisson distribution, but one is "
            f"{sizes[~(sizes > 0)].flat[0] if sizes.ndim else float(sizes)!r}."
        )
    return means, sizes


def _finite(values: ArrayLike, name: str) -> FloatArray:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be numbers, but is {values!r}.") from error
    if not np.isfinite(array).all():
        raise ParameterError(
            f"{name} must be finite everywhere, but one value is {array[~np.isfinite(array)].flat[0]}."
        )
    return array


def check_not_negative(values: ArrayLike, name: str) -> FloatArray:
    array = _finite(values, name)
    if (array < 0).any():
        raise ParameterError(
            f"{name} must be 0 or more everywhere, but one value is {array[array < 0].flat[0]:g}."
        )
    return array


def _whole(values: ArrayLike, name: str) -> FloatArray:
    array = check_not_negative(values, name)
    odd = (array != np.floor(array)) | (array > MOST_WHOLE)
    if odd.any():
        raise ParameterError(
            f"{name} must be whole numbers of events, but one is {array[odd].flat[0]:g}. Shares of "
            "events have no probability under a distribution of counts: score whole counts, or draw "
            "them from the shares first."
        )
    return array


def _probability(values: ArrayLike) -> FloatArray:
    array = _finite(values, "probability")
    odd = (array < 0) | (array > 1)
    if odd.any():
        raise ParameterError(
            f"probability must lie between 0 and 1, but one value is {array[odd].flat[0]:g}."
        )
    return array


def _check_edges(edges: ArrayLike) -> FloatArray:
    cut = _finite(edges, "edges").ravel()
    if cut.size < 2 or cut[0] != 0 or cut[-1] != 1 or (np.diff(cut) <= 0).any():
        raise ParameterError(f"edges must rise from 0 to 1, but are {cut.tolist()}.")
    return cut


def _clopper_pearson(
    happened: NDArray[np.int64], n: NDArray[np.int64], confidence_level: float
) -> tuple[FloatArray, FloatArray]:
    """Return the exact interval of each share; NaN where there is nothing to share."""
    from statsmodels.stats.proportion import proportion_confint

    if not 0 < confidence_level < 1:
        raise ParameterError(
            f"confidence_level must lie between 0 and 1, but is {confidence_level!r}."
        )
    some = n > 0
    low, high = np.full(n.shape, np.nan), np.full(n.shape, np.nan)
    low[some], high[some] = proportion_confint(
        happened[some], n[some], alpha=1 - confidence_level, method="beta"
    )
    return low, high
