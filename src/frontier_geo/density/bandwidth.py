"""
How wide a kernel should be: three rules, each on events along a line with two ends.

All return a standard deviation in the unit of the chainage. None of them knows how uncertain the
places are: events reported at the same few towns look more clustered than they were, and rules that
look at the data closely then choose too small a bandwidth.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from frontier_geo._validation import FloatArray, check_choice, check_positive
from frontier_geo.density.kernel_sums import binned_sums, binned_work, direct_sums, direct_work
from frontier_geo.density.kernels import images, kernel_matrix, kernel_pdf, the_kernel
from frontier_geo.errors import CoordinateError, ParameterError, StatisticsError

__all__ = [
    "BANDWIDTH_RULES",
    "BandwidthChoice",
    "adaptive_bandwidths",
    "best_candidate",
    "choose_bandwidth",
    "cross_validated_bandwidth",
    "diggle_bandwidth",
    "ruled_bandwidth",
    "search_range",
    "silverman_bandwidth",
]

BANDWIDTH_RULES = ("cv", "silverman", "diggle")
N_CANDIDATES = 32
NARROWEST, WIDEST = 1 / 1000, 1 / 2  # of the length of the line
STEPS_PER_BANDWIDTH = 40  # of the integral of the squared curve
MOST_CELLS = 40_000
MOST_PAIRS = 4e6  # of events, beyond which gaussian kernels are summed by bins
LONELY = 1e-4  # of the highest intensity: below it, an event is summed directly all the same
MATRIX_CELLS = 4_000_000


@dataclass(frozen=True)
class BandwidthChoice:
    """
    A bandwidth chosen by a criterion, and how the criterion ran.

    Attributes
    ----------
    bandwidth : float
        Where the criterion is best.
    candidates, scores : ndarray of float
        The bandwidths tried first, and the criterion at each (larger is better).
    at_limit : {"low", "high"} or None
        Whether the best lies at an end of the range searched: then the data ask for less or more
        smoothing than the range allows, and the bandwidth says as much about the range as about them.
    """

    bandwidth: float
    candidates: FloatArray
    scores: FloatArray
    at_limit: str | None


def check_events_on_line(
    chainage: ArrayLike,
    length: float,
    *,
    least: int = 0,
    purpose: str = "",
    name: str = "chainage",
) -> FloatArray:
    """Return places of events as an array; refuse those that are not on the line, or too few."""
    length = check_positive(length, name="length", unit="the unit of the chainage")
    try:
        s = np.atleast_1d(np.asarray(chainage, dtype=np.float64))
    except (TypeError, ValueError) as error:
        raise CoordinateError(f"{name} must be numbers, but: {error}.") from error
    if s.ndim != 1:
        raise CoordinateError(f"{name} must be a list of numbers, but has the shape {s.shape}.")
    off = np.flatnonzero(~((s >= 0) & (s <= length * (1 + 1e-12))))
    if off.size:
        raise CoordinateError(
            f"Every event must lie between 0 and {length:g}, but event {off[0]} has the {name} "
            f"{s[off[0]]:g}. Remove events without a place, and those off the line."
        )
    if s.size < least:
        raise StatisticsError(
            f"{purpose} needs {least} events or more on the line, but there are {s.size}. Give the "
            "bandwidth as a number."
        )
    return np.minimum(s, length)


def search_range(chainage: FloatArray, length: float) -> tuple[float, float]:
    """
    Return the range of bandwidths searched by default.

    From a thousandth of the line (or, if larger, half the smallest distance above 0 between two
    neighbouring events) to half of the line.
    """
    gaps = np.diff(np.sort(chainage))
    gaps = gaps[gaps > 0]
    smallest = float(gaps.min()) / 2 if gaps.size else 0.0
    high = length * WIDEST
    return min(max(length * NARROWEST, smallest), high / 2), high


def best_candidate(
    score: Callable[[float], float], candidates: ArrayLike, *, refine: bool = False
) -> BandwidthChoice:
    """
    Return the bandwidth with the highest score.

    Parameters
    ----------
    score : callable
        The criterion of one bandwidth; minus infinity where it cannot be had.
    candidates : array_like of float, shape (k,)
        Bandwidths to try, rising.
    refine : bool, default False
        Look between the neighbours of the best candidate as well.

    Returns
    -------
    BandwidthChoice

    Raises
    ------
    ParameterError
        If there are no candidates, or they do not rise from above 0.
    StatisticsError
        If the score is minus infinity at each of them.
    """
    tried = np.atleast_1d(np.asarray(candidates, dtype=np.float64))
    if tried.size == 0 or not (tried > 0).all() or not np.isfinite(tried).all():
        raise ParameterError("candidates must be bandwidths above 0: one or more finite numbers.")
    if (np.diff(tried) <= 0).any():
        raise ParameterError(f"candidates must rise, but are {tried.tolist()}.")
    scores = np.array([score(float(h)) for h in tried])
    if not np.isfinite(scores).any():
        raise StatisticsError(
            f"No bandwidth from {tried[0]:g} to {tried[-1]:g} lets every event be seen from the others. "
            "Search wider ones, or give the bandwidth as a number."
        )
    best = int(np.nanargmax(np.where(np.isfinite(scores), scores, -np.inf)))
    at_limit = None if tried.size == 1 else {0: "low", tried.size - 1: "high"}.get(best)
    chosen = float(tried[best])
    if refine and at_limit is None and tried.size > 2:
        from scipy.optimize import minimize_scalar

        low, high = math.log(tried[best - 1]), math.log(tried[best + 1])
        found = minimize_scalar(
            lambda t: -score(math.exp(t)), bounds=(low, high), method="bounded",
            options={"xatol": 1e-6},
        )  # fmt: skip
        if -found.fun >= scores[best]:
            chosen = math.exp(float(found.x))
    return BandwidthChoice(chosen, tried, scores, at_limit)


def _check_spread(s: FloatArray, purpose: str) -> None:
    if float(np.ptp(s)) == 0:
        raise StatisticsError(
            f"{purpose} needs events at two places or more, but all {s.size} lie at {s[0]:g}. Give the "
            "bandwidth as a number."
        )


def _candidates(
    candidates: ArrayLike | None, s: FloatArray, length: float
) -> tuple[FloatArray, bool]:
    if candidates is not None:
        return np.atleast_1d(np.asarray(candidates, dtype=np.float64)), False
    return np.geomspace(*search_range(s, length), N_CANDIDATES), True


def cross_validated_bandwidth(
    chainage: ArrayLike,
    *,
    length: float,
    kernel: str = "gaussian",
    candidates: ArrayLike | None = None,
) -> BandwidthChoice:
    """
    Choose the bandwidth under which each event is likeliest to be found where it was, by the others.

    Parameters
    ----------
    chainage : array_like of float, shape (n,)
        Places of the events on a line from 0 to `length`.
    length : float
    kernel : str, default "gaussian"
    candidates : array_like of float, shape (k,), optional
        Choose among these bandwidths, in the unit of `length`, as spatstat does. Default: 32 from
        the range of `search_range` in equal ratios, then between the neighbours of the best.

    Returns
    -------
    BandwidthChoice
        Its score is the sum of the logarithms of the intensity at each event made by all others,
        less the number of events: the likelihood of a Poisson process, cross-validated.

    Raises
    ------
    StatisticsError
        If there are fewer than two events or all lie at one place.
    CoordinateError, ParameterError
        If an event is off the line, or an argument makes no sense.

    Notes
    -----
    Both ends of the line mirror. spatstat's ``bw.lppl(distance = "path")`` maximises the same over 16
    bandwidths. Its default, ``distance = "euclidean"``, takes distances across the plane: on a bent
    line that is another estimator.

    References
    ----------
    Loader (1999), Local Regression and Likelihood, Springer, section 5.3.
    McSwiggan, Baddeley & Nair (2017), Scand. J. Statist. 44, 324-345.
    https://doi.org/10.1111/sjos.12255

    Examples
    --------
    >>> found = cross_validated_bandwidth([1.0, 1.5, 2.0, 8.0, 8.5], length=10)
    >>> 0.1 < found.bandwidth < 5
    True
    """
    s = check_events_on_line(chainage, length, least=2, purpose="Cross-validation")
    _check_spread(s, "Cross-validation")
    the_kernel(kernel)

    def score(h: float) -> float:
        with np.errstate(divide="ignore"):
            return float(np.log(_others(s, h, kernel, length)).sum()) - s.size

    tried, refine = _candidates(candidates, s, length)
    return best_candidate(score, tried, refine=refine)


def silverman_bandwidth(chainage: ArrayLike, *, length: float) -> float:
    """
    Return Silverman's rule of thumb: 0.9 times the smaller of sd and IQR/1.34, over n^(1/5).

    Parameters
    ----------
    chainage : array_like of float, shape (n,)
        Places of the events, in the unit of `length`.
    length : float

    Returns
    -------
    float
        `bw.nrd0` of R; where the interquartile range is 0, the standard deviation serves alone.

    Raises
    ------
    StatisticsError
        If there are fewer than two events or all lie at one place.

    References
    ----------
    Silverman (1986), Density Estimation, Chapman & Hall, equation 3.31.

    Examples
    --------
    >>> round(silverman_bandwidth([1, 2, 3, 4, 5], length=10), 6)
    0.973585
    """
    s = check_events_on_line(chainage, length, least=2, purpose="Silverman's rule")
    _check_spread(s, "Silverman's rule")
    spread = float(s.std(ddof=1))
    middle_half = float(np.subtract(*np.quantile(s, [0.75, 0.25]))) / 1.34
    width = min(spread, middle_half) if middle_half > 0 else spread
    return float(0.9 * width * s.size**-0.2)


def diggle_bandwidth(
    chainage: ArrayLike,
    *,
    length: float,
    kernel: str = "gaussian",
    candidates: ArrayLike | None = None,
) -> BandwidthChoice:
    """
    Choose the bandwidth of the smallest estimated mean square error.

    Parameters
    ----------
    chainage : array_like of float, shape (n,)
        Places of the events, in the unit of `length`.
    length : float
    kernel : str, default "gaussian"
    candidates : array_like of float, shape (k,), optional
        As for `cross_validated_bandwidth`.

    Returns
    -------
    BandwidthChoice
        Its score is twice the sum of the intensities at each event made by all others, less the
        integral of the squared intensity.

    Raises
    ------
    StatisticsError
        If there are fewer than two events or all lie at one place.

    Notes
    -----
    Diggle (1985) estimated the mean square error of a kernel estimate for events of a Cox process;
    Diggle & Marron (1988) showed that it chooses the same bandwidth as least-squares
    cross-validation, which is what is worked out here, with both ends mirrored. spatstat's
    `bw.diggle` is its counterpart in the plane.

    References
    ----------
    Diggle (1985), Appl. Statist. 34, 138-147. https://doi.org/10.2307/2347366
    Diggle & Marron (1988), J. Am. Statist. Assoc. 83, 793-800. https://doi.org/10.2307/2289308

    Examples
    --------
    >>> found = diggle_bandwidth([1.0, 1.5, 2.0, 8.0, 8.5], length=10)
    >>> 0.1 < found.bandwidth < 5
    True
    """
    s = check_events_on_line(chainage, length, least=2, purpose="Diggle's rule")
    _check_spread(s, "Diggle's rule")
    the_kernel(kernel)

    def score(h: float) -> float:
        others = float(_others(s, h, kernel, length).sum())
        return 2.0 * others - _squared_integral(s, h, kernel, length)

    tried, refine = _candidates(candidates, s, length)
    return best_candidate(score, tried, refine=refine)


def _others(s: FloatArray, h: float, kernel: str, length: float) -> FloatArray:
    """Return the intensity at each event made by all others."""
    many = direct_work(s.size, s, h, kernel, length) > MOST_PAIRS
    if kernel == "gaussian" and many and math.isfinite(binned_work(h, length)):
        own = _own(s, h, kernel, length)
        rest = binned_sums(s, s, None, h, length=length, reflect=True) - own
        lonely = np.flatnonzero(rest < LONELY * (rest + own).max())  # the bound of the bins is seen
        step = max(1, MATRIX_CELLS // s.size)
        for begin in range(0, lonely.size, step):
            some = lonely[begin : begin + step]
            each = kernel_matrix(s[some], s, bandwidth=h, kernel=kernel, length=length)
            each[np.arange(some.size), some] = 0.0
            rest[some] = each.sum(axis=1)
        return rest
    ones, wide = np.ones(s.size), np.full(s.size, h)
    return direct_sums(s, s, s, ones, wide, kernel=kernel, length=length, without_own=True)


def _own(s: FloatArray, h: float, kernel: str, length: float) -> FloatArray:
    """Return the intensity at each event made by itself and its images."""
    own = np.zeros(s.size)
    for sign, shift in images(length, the_kernel(kernel).reach * h):
        own += kernel_pdf(kernel, (s - sign * s - shift) / h) / h
    return own


def _squared_integral(s: FloatArray, h: float, kernel: str, length: float) -> float:
    """Return the integral of the squared intensity along the line."""
    if kernel == "gaussian":  # two kernels of h make one of the root of 2 times h
        wide = math.sqrt(2.0) * h
        return float((_others(s, wide, kernel, length) + _own(s, wide, kernel, length)).sum())
    cells = min(max(math.ceil(STEPS_PER_BANDWIDTH * length / h), 1000), MOST_CELLS)
    step = length / cells
    middle = np.asarray((np.arange(cells) + 0.5) * step, dtype=np.float64)
    curve = direct_sums(
        middle, s, s, np.ones(s.size), np.full(s.size, h), kernel=kernel, length=length
    )
    return float((curve**2).sum()) * step


def choose_bandwidth(
    chainage: ArrayLike, rule: str | float, *, length: float, kernel: str = "gaussian"
) -> float:
    """
    Return a bandwidth by a rule, or the number given.

    Parameters
    ----------
    chainage : array_like of float, shape (n,)
        Places of the events, in the unit of `length`.
    rule : {"cv", "silverman", "diggle"} or float
    length : float
    kernel : str, default "gaussian"

    Returns
    -------
    float

    Raises
    ------
    ParameterError
        If the rule is unknown, or the number is not above 0.
    StatisticsError
        If a rule has fewer than two places to go by.

    References
    ----------
    Loader (1999), Local Regression and Likelihood, chapter 5. Silverman (1986), Density Estimation,
    equation 3.31. Berman & Diggle (1989), J. R. Stat. Soc. B 51, 81-92.

    Examples
    --------
    >>> choose_bandwidth([], 2.5, length=10)
    2.5
    """
    if not isinstance(rule, str):
        return check_positive(rule, name="bandwidth", unit="the unit of the chainage")
    return ruled_bandwidth(chainage, rule, length=length, kernel=kernel)[0]


def ruled_bandwidth(
    chainage: ArrayLike, rule: str, *, length: float, kernel: str = "gaussian"
) -> tuple[float, str | None]:
    """Return the bandwidth a rule chooses, and the end of its range if it lies there."""
    check_choice(rule, BANDWIDTH_RULES, name="bandwidth")
    if rule == "silverman":
        return silverman_bandwidth(chainage, length=length), None
    by = cross_validated_bandwidth if rule == "cv" else diggle_bandwidth
    found = by(chainage, length=length, kernel=kernel)
    return found.bandwidth, found.at_limit


def adaptive_bandwidths(
    chainage: ArrayLike, *, length: float, bandwidth: float, kernel: str = "gaussian"
) -> FloatArray:
    """
    Return a bandwidth for each event: wider where events are few (Abramson's square root law).

    Parameters
    ----------
    chainage : array_like of float, shape (n,)
        Places of the events; of a stretch, its middle.
    length : float
    bandwidth : float
        Of the first, fixed estimate, and the geometric mean of the answer.
    kernel : str, default "gaussian"

    Returns
    -------
    ndarray of float, shape (n,)
        ``bandwidth * (intensity / its geometric mean) ** -0.5``, at most half of the line.

    References
    ----------
    Abramson (1982), Ann. Statist. 10, 1217-1223. https://doi.org/10.1214/aos/1176345986
    Silverman (1986), Density Estimation, Chapman & Hall, section 5.3.

    Examples
    --------
    >>> h = adaptive_bandwidths([1.0, 1.1, 1.2, 9.0], length=10, bandwidth=1)
    >>> bool(h[3] > h[0])
    True
    """
    s = check_events_on_line(chainage, length)
    h = check_positive(bandwidth, name="bandwidth", unit="the unit of the chainage")
    if not s.size:
        return np.empty(0)
    first = _others(s, h, kernel, length) + _own(s, h, kernel, length)
    relative = first / np.exp(np.log(first).mean())
    return np.asarray(np.minimum(h / np.sqrt(relative), max(length * WIDEST, h)))
