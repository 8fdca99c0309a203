"""
At which steps does the rate of a series change? Exact change points of counts.

A series of counts (steps of time, or cells of a line) is cut into stretches of one rate each. For
every number of changes the best cut is found exactly; a penalty chooses their number, and simulation
says how often chance alone would show as much.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._validation import FloatArray, check_choice, check_positive
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.significance import check_level, check_n_sim, check_seed, monte_carlo_p
from frontier_geo.spacetime.trend_tests import check_counts

__all__ = ["MOST_CHANGES", "MOST_STEPS", "ChangePoints", "check_whole", "poisson_change_points"]

IntArray = NDArray[np.int64]

MODELS = ("poisson", "normal")
PENALTIES = ("bic", "mbic")
MOST_STEPS = 20_000
MOST_CHANGES = 100
SIMULATED_AT_ONCE = 4_000_000  # numbers
SIMULATED_PLACES = 20_000_000  # numbers for one interval, unless 99 simulations need more
HOPELESS = 30.0  # a place whose likelihood falls so far short is in no interval


@dataclass(frozen=True)
class ChangePoints:
    """
    The change points of one series.

    Attributes
    ----------
    n_steps, n_changes : int
    breaks : tuple of int
        First step after each change, counted from 0.
    lo, hi : tuple of int
        Ends of the interval of each, both included.
    rates : tuple of float
        Rate (or mean) of each stretch, one more than there are changes.
    p_values : tuple of float
        Of each change: Monte Carlo p-value of the largest likelihood ratio of one change within the
        two stretches it parts. They describe: the stretches were chosen from the same events, so that
        a small one is no test. What tests is `p_first`.
    p_first : float
        Monte Carlo p-value of any change at all against none.
    statistic : float
        The largest likelihood ratio statistic (twice the log) of one change against none.
    deviance : tuple of float
        Minus twice the log-likelihood with 0, 1, 2, ... changes, up to a constant.
    criterion : tuple of float
        The same with its penalty: the smallest tells the number of changes.
    """

    n_steps: int
    n_changes: int
    breaks: tuple[int, ...]
    lo: tuple[int, ...]
    hi: tuple[int, ...]
    rates: tuple[float, ...]
    p_values: tuple[float, ...]
    p_first: float
    statistic: float
    deviance: tuple[float, ...]
    criterion: tuple[float, ...]


@dataclass(frozen=True)
class _Sums:
    """Running sums of a series, from which the cost of any stretch follows at once."""

    model: str
    y: FloatArray  # counts or values, a 0 in front
    e: FloatArray  # exposures
    square: FloatArray  # squared values

    def cost(self, begin: Any, end: Any) -> FloatArray:
        """Return minus the log-likelihood (Poisson) or the sum of squares (normal) of stretches."""
        from scipy.special import xlogy

        total, exposure = self.y[..., end] - self.y[..., begin], self.e[end] - self.e[begin]
        safe = np.where(exposure > 0, exposure, 1.0)
        if self.model == "poisson":
            return np.asarray(-xlogy(total, total / safe))
        squares = self.square[..., end] - self.square[..., begin]
        return np.maximum(squares - total**2 / safe, 0.0)


def poisson_change_points(
    counts: ArrayLike,
    exposure: ArrayLike | None = None,
    *,
    max_changes: int = 5,
    min_size: int = 2,
    penalty: str | float = "mbic",
    model: str = "poisson",
    n_sim: int = 999,
    seed: int = 0,
    confidence_level: float = 0.95,
) -> ChangePoints:
    """
    Find the steps at which the rate of a series changes.

    Parameters
    ----------
    counts : array_like of int, shape (n,)
        Events of each step. With ``model="normal"`` any numbers.
    exposure : array_like of float, shape (n,), optional
        Of each step, 0 or more. Default: all equal. Only for ``model="poisson"``.
    max_changes : int, default 5
        At most so many; fewer where `min_size` leaves no room.
    min_size : int, default 2
        Steps of the shortest stretch allowed.
    penalty : {"mbic", "bic"} or float, default "mbic"
        What each change must gain in deviance: see Notes. A number is used as it is.
    model : {"poisson", "normal"}
        Counts, or values of one unknown variance.
    n_sim : int, default 999
        Simulations for p-values and intervals.
    seed : int, default 0
    confidence_level : float, default 0.95
        Of the intervals.

    Returns
    -------
    ChangePoints

    Raises
    ------
    ParameterError
        If counts are no whole numbers of 0 or more, exposures lie below 0, or a parameter makes no
        sense.
    StatisticsError
        If there are no events, or fewer than 2 `min_size` steps.

    Notes
    -----
    The deviance is that of stretches of constant rate; a dynamic programme over all cuts finds its
    minimum for each number K of changes. "bic" adds 2 K log n (a place and a rate for each change),
    "mbic" adds 3 K log n plus the sum of the logarithms of the stretches' shares of the exposure
    (Zhang & Siegmund 2007), n being the number of steps.

    The p-values are conditional on the number of events: they are dealt out anew by exposure
    (normal: values drawn anew). The interval of a change reaches from the first to the last place
    that is not rejected as the true one: the shortfall of its profile likelihood from the largest is
    held against that of series simulated with the change there, the events on either side dealt out
    anew (Worsley 1986).

    References
    ----------
    Auger & Lawrence (1989), Algorithms for the optimal identification of segment neighborhoods, Bull.
    Mathematical Biology 51, 39-54.
    Zhang & Siegmund (2007), A modified Bayes information criterion, Biometrics 63, 22-32.
    https://doi.org/10.1111/j.1541-0420.2006.00662.x
    Worsley (1986), Confidence regions and tests for a change-point in a sequence of exponential
    family random variables, Biometrika 73, 91-104.

    Examples
    --------
    >>> found = poisson_change_points([1, 0, 2, 1, 1, 6, 7, 5, 8, 6], n_sim=99)
    >>> found.breaks, [round(rate, 1) for rate in found.rates], found.p_first
    ((5,), [1.0, 6.4], 0.01)
    """
    check_choice(model, MODELS, name="model")
    level, n_sim = check_level(confidence_level), check_n_sim(n_sim)
    random = np.random.default_rng(check_seed(seed))
    y, e = _series(counts, exposure, model)
    size = check_whole(min_size, "min_size", 1, MOST_STEPS)
    most = check_whole(max_changes, "max_changes", 0, MOST_CHANGES)
    _check_room(y, e, size, model)
    most = min(most, len(y) // size - 1)
    cuts, cost = _best_cuts(_sums(y, e, model), most, size)
    deviance = _deviance(cost, len(y), model)
    criterion = tuple(d + _penalty(penalty, cut, e) for d, cut in zip(deviance, cuts, strict=True))
    breaks = cuts[int(np.argmin(criterion))]
    statistic, p_first = _test(y, e, model, size, n_sim, random)
    ends = (0, *breaks, len(y))
    p_values, low, high = [], [], []
    for before, at, after in zip(ends[:-2], ends[1:-1], ends[2:], strict=True):
        part = slice(before, after)
        p_values.append(_test(y[part], e[part], model, size, n_sim, random)[1])
        a, b = _interval(y[part], e[part], at - before, model, size, level, n_sim, random)
        low.append(before + a)
        high.append(before + b)
    return ChangePoints(
        n_steps=len(y),
        n_changes=len(breaks),
        breaks=breaks,
        lo=tuple(low),
        hi=tuple(high),
        rates=_rates(y, e, ends),
        p_values=tuple(p_values),
        p_first=p_first,
        statistic=statistic,
        deviance=deviance,
        criterion=criterion,
    )


def _series(
    counts: ArrayLike, exposure: ArrayLike | None, model: str
) -> tuple[FloatArray, FloatArray]:
    if model == "poisson":
        return check_counts(counts, exposure)
    if exposure is not None:
        raise ParameterError('exposure is for model="poisson"; divide the values by it instead.')
    y = np.asarray(counts, dtype=np.float64)
    if y.ndim != 1 or not np.isfinite(y).all():
        raise ParameterError("counts must be one series of finite numbers, none missing.")
    return y, np.ones(len(y))


def check_whole(value: Any, name: str, least: int, most: int) -> int:
    """Refuse anything but a whole number within bounds."""
    if (
        isinstance(value, bool)
        or not isinstance(value, int | np.integer)
        or not least <= value <= most
    ):
        raise ParameterError(
            f"{name} must be a whole number from {least} to {most:,}, but is {value!r}."
        )
    return int(value)


def _check_room(y: FloatArray, e: FloatArray, size: int, model: str) -> None:
    """Refuse a series too short or too long for a change, or without events."""
    if len(y) < 2 * size:
        raise StatisticsError(
            f"A change needs two stretches of min_size={size} steps, but there are {len(y)} steps."
        )
    if len(y) > MOST_STEPS:
        raise ParameterError(
            f"At most {MOST_STEPS:,} steps can be searched, but there are {len(y):,}. Take longer ones."
        )
    if model == "poisson" and not y.sum():
        raise StatisticsError("A change of rate needs events, but there are none.")
    if model == "normal" and np.ptp(y) == 0:
        raise StatisticsError("A change needs values that differ, but all are equal.")


def _sums(y: FloatArray, e: FloatArray, model: str) -> _Sums:
    """Return running sums along the last axis."""

    def run(values: FloatArray) -> FloatArray:
        front = np.zeros((*values.shape[:-1], 1))
        return np.concatenate((front, np.cumsum(values, axis=-1)), axis=-1)

    # Values near their mean keep the sums of squares exact.
    centred = y if model == "poisson" else y - y.mean(axis=-1, keepdims=True)
    return _Sums(model, run(centred), run(e), run(centred**2))


def _best_cuts(sums: _Sums, most: int, size: int) -> tuple[list[tuple[int, ...]], FloatArray]:
    """Return, for 0 to `most` changes, the cuts of least cost and that cost."""
    n = len(sums.e) - 1
    best = np.full((most + 1, n + 1), np.inf)
    come_from = np.zeros((most + 1, n + 1), dtype=np.int64)
    for end in range(size, n + 1):
        best[0, end] = float(sums.cost(0, end))
        starts = np.arange(size, end - size + 1)
        if most and starts.size:
            total = best[:-1, starts] + sums.cost(starts, end)
            at = total.argmin(axis=1)
            best[1:, end] = total[np.arange(most), at]
            come_from[1:, end] = starts[at]
    cuts: list[tuple[int, ...]] = []
    for k in range(most + 1):
        cut, end = [], n
        for left in range(k, 0, -1):
            end = int(come_from[left, end])
            cut.append(end)
        cuts.append(tuple(reversed(cut)))
    return cuts, best[:, n]


def _deviance(cost: FloatArray, n: int, model: str) -> tuple[float, ...]:
    if model == "poisson":
        return tuple(float(2 * c) for c in cost)
    return tuple(float(n * math.log(max(c, 1e-300) / n)) for c in cost)


def _penalty(penalty: str | float, cut: tuple[int, ...], e: FloatArray) -> float:
    """Return what a cut must pay."""
    log_n = math.log(len(e))
    if not isinstance(penalty, str):
        return len(cut) * check_positive(penalty, name="penalty", unit="deviance")
    check_choice(penalty, PENALTIES, name="penalty")
    if penalty == "bic":
        return 2 * len(cut) * log_n
    ends = (0, *cut, len(e))
    share = [e[a:b].sum() / e.sum() for a, b in itertools.pairwise(ends)]
    return 3 * len(cut) * log_n + sum(math.log(max(s, 1e-12)) for s in share)


def _rates(y: FloatArray, e: FloatArray, ends: tuple[int, ...]) -> tuple[float, ...]:
    pairs = itertools.pairwise(ends)
    return tuple(
        float(y[a:b].sum() / e[a:b].sum()) if e[a:b].sum() > 0 else math.nan for a, b in pairs
    )


# ---- simulation ----------------------------------------------------------------------------------------


def _profile(y: FloatArray, e: FloatArray, model: str, size: int) -> FloatArray:
    """Return for each place of one change twice its gain in log-likelihood; rows are series."""
    n = len(e)
    if model == "normal":
        sums = _sums(y, e, model)
        at = np.arange(size, n - size + 1)
        whole = sums.cost(0, n)[..., None]
        parted = sums.cost(np.zeros_like(at), at) + sums.cost(at, np.full_like(at, n))
        return np.asarray(n * np.log(np.maximum(whole, 1e-300) / np.maximum(parted, 1e-300)))
    from scipy.special import xlogy

    # Rows have one total, and counts are whole: k log k is looked up.
    left = np.cumsum(y, axis=-1)[..., size - 1 : n - size].astype(np.int64)
    total = round(float(y.reshape(-1, n)[0].sum()))
    k_log_k = xlogy(np.arange(total + 1.0), np.arange(total + 1.0))
    before = np.cumsum(e)[size - 1 : n - size]
    after = e.sum() - before
    with np.errstate(divide="ignore"):
        log_left = np.where(before > 0, np.log(before / e.sum()), 0.0)
        log_right = np.where(after > 1e-12 * e.sum(), np.log(after / e.sum()), 0.0)
    right = total - left
    gain = k_log_k[left] + k_log_k[right] - k_log_k[total] - left * log_left - right * log_right
    return np.asarray(2 * gain)


def _draw(
    random: np.random.Generator, n_sim: int, y: FloatArray, mean: FloatArray, model: str
) -> FloatArray:
    """Return series as they would come with these means: the same total, or normal values."""
    if model == "poisson":
        share = mean / mean.sum()
        return random.multinomial(int(y.sum()), share, size=n_sim).astype(np.float64)
    spread = float(np.sqrt(((y - mean) ** 2).mean()))
    return mean + spread * random.standard_normal((n_sim, len(y)))


def _blocks(n_sim: int, n: int) -> list[int]:
    """Return how many simulations to hold at once, again and again."""
    many = max(1, SIMULATED_AT_ONCE // max(n, 1))
    return [min(many, n_sim - begin) for begin in range(0, n_sim, many)]


def _test(
    y: FloatArray, e: FloatArray, model: str, size: int, n_sim: int, random: np.random.Generator
) -> tuple[float, float]:
    """Return the largest gain of one change, and its Monte Carlo p-value."""
    if model == "poisson" and not y.sum():
        return 0.0, 1.0
    observed = float(_profile(y, e, model, size).max())
    mean = e * (y.sum() / e.sum()) if model == "poisson" else np.full(len(y), y.mean())
    drawn = [
        _profile(_draw(random, many, y, mean, model), e, model, size).max(axis=-1)
        for many in _blocks(n_sim, len(y))
    ]
    return observed, float(monte_carlo_p(observed, np.concatenate(drawn)))


def _interval(
    y: FloatArray,
    e: FloatArray,
    at: int,
    model: str,
    size: int,
    level: float,
    n_sim: int,
    random: np.random.Generator,
) -> tuple[int, int]:
    """Return the first and last place that a test of "the change is here" does not reject."""
    gain = _profile(y, e, model, size)
    short = gain.max() - gain
    places = np.flatnonzero(short < HOPELESS) + size
    many = min(n_sim, max(99, SIMULATED_PLACES // (places.size * len(y))))

    def rejected(place: int) -> bool:
        drawn = _profile(_draw_around(random, many, y, e, place, model), e, model, size)
        shortfall = drawn.max(axis=-1) - drawn[..., place - size]
        return bool(monte_carlo_p(short[place - size], shortfall) <= 1 - level)

    first = next((int(x) for x in places[places < at] if not rejected(int(x))), at)
    last = next((int(x) for x in places[places > at][::-1] if not rejected(int(x))), at)
    return first, last


def _draw_around(
    random: np.random.Generator, n_sim: int, y: FloatArray, e: FloatArray, at: int, model: str
) -> FloatArray:
    """Return series with a change at one place, both sides with the totals (and scatter) of y."""
    sides = (slice(None, at), slice(at, None))
    if model == "poisson":
        parts = []
        for side in sides:
            share = e[side] / e[side].sum() if e[side].sum() > 0 else np.full(e[side].size, 1.0)
            n = int(y[side].sum())
            parts.append(random.multinomial(n, share / share.sum(), size=n_sim))
        return np.concatenate(parts, axis=1).astype(np.float64)
    noise = random.standard_normal((n_sim, len(y)))
    for side in sides:
        noise[:, side] -= noise[:, side].mean(axis=1, keepdims=True)
    scatter = sum(((y[side] - y[side].mean()) ** 2).sum() for side in sides)
    noise *= np.sqrt(scatter / (noise**2).sum(axis=1, keepdims=True))
    for side in sides:
        noise[:, side] += y[side].mean()
    return noise
