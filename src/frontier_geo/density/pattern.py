"""
Do events along a line attract or avoid one another? K function and pair correlation, with envelopes.

On a line with two ends a place has one or two places at any distance from it, instead of always two:
the correction of Ang, Baddeley & Nair divides by that number. The test is global: one p-value for all
distances together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._validation import FloatArray, check_choice, check_positive
from frontier_geo.density.bandwidth import check_events_on_line
from frontier_geo.density.kernels import kernel_cdf, kernel_pdf, the_kernel
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.significance import check_level, check_n_sim, check_seed

__all__ = ["PatternEnvelope", "k_function", "pair_correlation", "pattern_envelope"]

CORRECTIONS = ("ang", "none")
STATISTICS = ("K", "pcf")
ENVELOPES = ("erl", "mad")
PAIRS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class PatternEnvelope:
    """
    A statistic of a pattern beside what simulated patterns give.

    Attributes
    ----------
    r : ndarray of float, shape (k,)
        Distances, in the unit of the chainage.
    observed, expected, lo, hi : ndarray of float, shape (k,)
        The statistic of the data; its mean over the simulations; the global envelope: under the null
        hypothesis the whole curve stays within it with the probability of the confidence level.
    p_value : float
        Of all distances together.
    statistic, method : str
    n_sim, seed : int
    smallest_p : float
    """

    r: FloatArray
    observed: FloatArray
    expected: FloatArray
    lo: FloatArray
    hi: FloatArray
    p_value: float
    statistic: str
    method: str
    n_sim: int
    seed: int
    smallest_p: float


def k_function(
    chainage: ArrayLike,
    *,
    length: float,
    r: ArrayLike,
    correction: str = "ang",
    intensity: ArrayLike | None = None,
) -> FloatArray:
    """
    Estimate the K function of events along a line.

    Parameters
    ----------
    chainage : array_like of float, shape (n,)
        Places of the events, between 0 and `length`.
    length : float
        In any unit of length; `r` and the answer are in the same.
    r : array_like of float, shape (k,)
        Distances along the line, 0 or more.
    correction : {"ang", "none"}
        ``ang``: each pair counts 1 over the number of places on the line (1 or 2) that are as far
        from its first event as the second is; without interaction K(r) is then r, as far as the line
        reaches. ``none``: each pair counts 1; what K is then depends on the line.
    intensity : array_like of float, shape (n,), optional
        Events per unit of length at each event, above 0, for a pattern that is denser in places.
        Default: constant.

    Returns
    -------
    ndarray of float, shape (k,)
        `linearK` of spatstat; with `intensity`, `linearKinhom` with its defaults
        (``normpower = 1``). Pairs at one and the same place are counted, other than in spatstat, which
        drops distances of 0.

    Raises
    ------
    StatisticsError
        If there are fewer than two events.
    CoordinateError, ParameterError
        If an event is off the line, or an argument makes no sense.

    References
    ----------
    Okabe & Yamada (2001), Geogr. Anal. 33, 271-290.
    Ang, Baddeley & Nair (2012), Scand. J. Statist. 39, 591-617.
    https://doi.org/10.1111/j.1467-9469.2011.00752.x

    Examples
    --------
    >>> events = [1.0, 2.0, 4.0]
    >>> k_function(events, length=10, r=[1, 2, 3]).round(4)
    array([1.6667, 3.3333, 5.8333])
    """
    s, distances = _check(chainage, length, r, correction)
    distance, weight, total = _pairs(s, length, correction, intensity)
    order = np.argsort(distances)
    # A pair at the distance r exactly counts, rounding apart.
    first = np.searchsorted(distances[order] * (1 + 1e-12), distance, side="left")
    upto = np.cumsum(np.bincount(first, weight, distances.size + 1)[: distances.size])
    k = np.empty(distances.size)
    k[order] = upto / total
    return k


def pair_correlation(
    chainage: ArrayLike,
    *,
    length: float,
    r: ArrayLike,
    correction: str = "ang",
    intensity: ArrayLike | None = None,
    bandwidth: float,
    kernel: str = "gaussian",
) -> FloatArray:
    """
    Estimate the pair correlation function of events along a line.

    Parameters
    ----------
    chainage, length, r, correction, intensity
        As for `k_function`.
    bandwidth : float
        Standard deviation of the kernel over distances.
    kernel : str, default "gaussian"

    Returns
    -------
    ndarray of float, shape (k,)
        With ``ang``, 1 without interaction, more where pairs are as common as not expected. Near 0
        the kernel is divided by the part of it that lies at distances above 0. spatstat's `linearpcf`
        does the same, there and at the largest r, by binned approximations.

    Raises
    ------
    StatisticsError
        If there are fewer than two events.

    References
    ----------
    Ang, Baddeley & Nair (2012), Scand. J. Statist. 39, 591-617.
    https://doi.org/10.1111/j.1467-9469.2011.00752.x

    Examples
    --------
    >>> events = np.linspace(0, 100, 101)
    >>> pair_correlation(events, length=100, r=[10.0, 20.0], bandwidth=3).round(2)
    array([1., 1.])
    """
    s, distances = _check(chainage, length, r, correction)
    the_kernel(kernel)
    h = check_positive(bandwidth, name="bandwidth", unit="the unit of the chainage")
    distance, weight, total = _pairs(s, length, correction, intensity)
    value = np.zeros(distances.size)
    step = max(1, PAIRS_AT_ONCE // max(distance.size, 1))
    for begin in range(0, distances.size, step):
        some = slice(begin, begin + step)
        near = kernel_pdf(kernel, (distances[some, None] - distance) / h) / h
        value[some] = near @ weight
    return np.asarray(value / total / kernel_cdf(kernel, distances / h))


def _check(
    chainage: ArrayLike, length: float, r: ArrayLike, correction: str
) -> tuple[FloatArray, FloatArray]:
    check_choice(correction, CORRECTIONS, name="correction")
    s = check_events_on_line(chainage, length)
    if s.size < 2:
        raise StatisticsError(
            f"Distances between events need two events or more on the line, but there are {s.size}."
        )
    distances = np.atleast_1d(np.asarray(r, dtype=np.float64))
    if not ((distances >= 0) & np.isfinite(distances)).all():
        raise ParameterError("r must be distances of 0 or more, in the unit of the chainage.")
    return s, distances


def _pairs(
    s: FloatArray, length: float, correction: str, intensity: ArrayLike | None
) -> tuple[FloatArray, FloatArray, float]:
    """Return the distance of each pair, its weight both ways, and what the sum is divided by."""
    n = s.size
    first, second = np.triu_indices(n, 1)
    distance = np.abs(s[first] - s[second])
    weight = np.full(distance.size, 2.0)
    if correction == "ang":
        there, back = (_places_at(s[end], distance, length) for end in (first, second))
        weight = 1.0 / there + 1.0 / back
    if intensity is None:
        return distance, weight, n * (n - 1) / length
    rate = np.asarray(intensity, dtype=np.float64)
    if rate.shape != s.shape or not ((rate > 0) & np.isfinite(rate)).all():
        raise ParameterError(
            f"intensity must be a number above 0 for each of the {n} events: what it is at their places."
        )
    return distance, weight / (rate[first] * rate[second]), float((1 / rate).sum())


def _places_at(s: FloatArray, distance: FloatArray, length: float) -> NDArray[np.int64]:
    """Return how many places of the line lie at a distance from each place: one or two."""
    slack = 1e-9 * length
    before = (s - distance >= -slack).astype(np.int64)
    return np.maximum(before + (s + distance <= length + slack), 1)


def pattern_envelope(
    chainage: ArrayLike,
    *,
    length: float,
    r: ArrayLike,
    correction: str = "ang",
    statistic: str = "K",
    method: str = "erl",
    bandwidth: float | None = None,
    intensity_at: tuple[ArrayLike, ArrayLike] | None = None,
    confidence_level: float = 0.95,
    n_sim: int = 999,
    seed: int = 0,
) -> PatternEnvelope:
    """
    Compare events along a line with as many events that take no notice of one another.

    Parameters
    ----------
    chainage, length, r, correction
        As for `k_function`.
    statistic : {"K", "pcf"}
        The K function, or the pair correlation (which needs `bandwidth`).
    method : {"erl", "mad"}
        How curves are ordered from the most to the least extreme: by their extreme ranks over all
        distances (extreme rank length: no distance counts for more because the curves vary more
        there), or by their largest deviation from the mean.
    bandwidth : float, optional
        Of the pair correlation.
    intensity_at : (array_like, shape (k,), array_like), optional
        Places along the line, rising, and the intensity at each, above 0; linear in between. Then
        the events simulated follow it, and the statistics are the inhomogeneous ones. Any unit, such
        as events per km and year: it is scaled so that it integrates to the number of events.
        Default: an even line.
    confidence_level : float, default 0.95
    n_sim, seed : int
        Simulations, each with as many events as the data.

    Returns
    -------
    PatternEnvelope

    Raises
    ------
    StatisticsError
        If there are fewer than two events.
    ParameterError
        If `n_sim` is too small for the level, or an argument makes no sense.

    Notes
    -----
    Events known only to a few towns or districts lie at the same few places, and look clustered
    because of that. Test draws of the uncertain places, or the towns as such.

    References
    ----------
    Myllymäki, Mrkvička, Grabarnik, Seijo & Hahn (2017), J. R. Statist. Soc. B 79, 381-404.
    https://doi.org/10.1111/rssb.12172

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> events = np.concatenate([random.normal(30, 1, 20), random.normal(70, 1, 20)])
    >>> found = pattern_envelope(events, length=100, r=[1, 2, 4, 8], n_sim=99)
    >>> found.p_value
    0.01
    """
    check_choice(statistic, STATISTICS, name="statistic")
    check_choice(method, ENVELOPES, name="method")
    level = check_level(confidence_level)
    n_sim = check_n_sim(n_sim, alpha=1 - level)
    if statistic == "pcf" and bandwidth is None:
        raise ParameterError('statistic="pcf" needs a bandwidth, of the distances between events.')
    s, distances = _check(chainage, length, r, correction)
    place, rate = _check_intensity(intensity_at, length)
    rate = rate * (s.size / np.trapezoid(rate, place))
    random = np.random.default_rng(check_seed(seed))

    def curve(events: FloatArray) -> FloatArray:
        at = None if intensity_at is None else np.interp(events, place, rate)
        if statistic == "K":
            return k_function(
                events, length=length, r=distances, correction=correction, intensity=at
            )
        return pair_correlation(
            events, length=length, r=distances, correction=correction, intensity=at,
            bandwidth=1.0 if bandwidth is None else bandwidth,
        )  # fmt: skip

    drawn = _draw(place, rate, (n_sim, s.size), random)
    curves = np.vstack([curve(s), *(curve(events) for events in drawn)])
    p, lo, hi = (_rank_envelope if method == "erl" else _deviation_envelope)(curves, level)
    mean = curves[1:].mean(axis=0)
    return PatternEnvelope(
        distances, curves[0], mean, lo, hi, p, statistic, method, n_sim, seed, 1 / (n_sim + 1)
    )


def _check_intensity(
    intensity_at: tuple[ArrayLike, ArrayLike] | None, length: float
) -> tuple[FloatArray, FloatArray]:
    """Return places from end to end of the line, and the intensity at each."""
    if intensity_at is None:
        return np.array([0.0, length]), np.ones(2)
    place, rate = (np.atleast_1d(np.asarray(a, dtype=np.float64)) for a in intensity_at)
    good = place.shape == rate.shape and place.ndim == 1 and place.size > 1
    if not good or not (np.diff(place) > 0).all() or not ((rate > 0) & np.isfinite(rate)).all():
        raise ParameterError(
            "intensity_at must be two lists of the same length: places that rise, and numbers above 0."
        )
    if place[0] > 1e-9 * length or place[-1] < length * (1 - 1e-9):
        raise ParameterError(
            f"intensity_at must reach from 0 to {length:g}, but reaches from {place[0]:g} to "
            f"{place[-1]:g}."
        )
    return place, rate


def _draw(
    place: FloatArray, rate: FloatArray, shape: tuple[int, int], random: np.random.Generator
) -> FloatArray:
    """Return events drawn from an intensity that is linear between places."""
    step = np.diff(place)
    piece = (rate[:-1] + rate[1:]) / 2 * step
    upto = np.concatenate(([0.0], np.cumsum(piece)))
    mark = random.random(shape) * upto[-1]
    i = np.clip(np.searchsorted(upto, mark, side="right") - 1, 0, step.size - 1)
    slope = (rate[i + 1] - rate[i]) / step[i]
    rest = mark - upto[i]
    # The distance t within the piece, where rate * t + slope * t² / 2 = rest.
    t = 2 * rest / (rate[i] + np.sqrt(np.maximum(rate[i] ** 2 + 2 * slope * rest, 0.0)))
    return np.asarray(np.minimum(place[i] + np.minimum(t, step[i]), place[-1]))


def _deviation_envelope(curves: FloatArray, level: float) -> tuple[float, FloatArray, FloatArray]:
    """Order curves by their largest deviation from the mean of all; the first is the observed."""
    mean = curves.mean(axis=0)
    most = np.abs(curves - mean).max(axis=1)
    p = float((most >= most[0] * (1 - 1e-12)).mean())
    width = np.sort(most)[_kept(len(curves), level) - 1]
    return p, mean - width, mean + width


def _rank_envelope(curves: FloatArray, level: float) -> tuple[float, FloatArray, FloatArray]:
    """Order curves by their extreme ranks (extreme rank length); the first is the observed."""
    from scipy.stats import rankdata

    # Ties share a mean rank, as they do in the R package GET.
    up = rankdata(np.round(curves, 12), axis=0)
    ranks = np.sort(np.minimum(up, len(curves) + 1 - up), axis=1)
    _, group = np.unique(ranks, axis=0, return_inverse=True)
    group = group.ravel()  # in lexicographic order: the most extreme first
    p = float((group <= group[0]).mean())
    kept = np.sort(group)[::-1][_kept(len(curves), level) - 1]
    inside = curves[group >= kept]
    return p, inside.min(axis=0), inside.max(axis=0)


def _kept(n: int, level: float) -> int:
    """Return how many of the least extreme curves make up the envelope."""
    return int(min(n, np.ceil(level * n - 1e-9)))
