"""
The baselines of forecasting: what any better forecast of counts along a line must beat.

Each takes what is known before a moment and gives every segment a predicted distribution of its next
count: Poisson, or negative binomial where the method says how unsure its mean is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from frontier_geo._validation import FloatArray, check_choice, check_number, check_positive
from frontier_geo.errors import ParameterError

__all__ = [
    "BASELINES",
    "History",
    "Method",
    "Predicted",
    "check_methods",
    "history_of",
    "predict_counts",
    "spread_along_line",
]

#: The methods, from the plainest on.
BASELINES = ("uniform", "last", "mean", "ewma", "negative_binomial", "kernel")
SMOOTHINGS = np.round(np.arange(1, 21) / 20, 2)
MOST_BANDWIDTHS = 12
MOST_KEPT = 400  # segments up to which spreads are kept between origins: 18 MB in all
FEWEST_TO_CHOOSE = 2  # steps of history that something is chosen on
EVENLY = 0.05  # share of a rate spread evenly while something is chosen on the past
FAR = 9.0  # standard deviations beyond which a Gaussian leaves nothing: 1e-19


@dataclass(frozen=True)
class History:
    """
    What is known before a forecast is made.

    Attributes
    ----------
    counts : ndarray of float, shape (n_segments, n_past)
        Events of each segment in each past step, the latest last.
    exposure : ndarray of float, shape (n_segments, n_past)
        Length times time observed, km·year.
    next_exposure : ndarray of float, shape (n_segments,)
        Of the step to be forecast.
    from_km, to_km : ndarray of float, shape (n_segments,)
        The segments, from the start of the line on.
    """

    counts: FloatArray
    exposure: FloatArray
    next_exposure: FloatArray
    from_km: FloatArray
    to_km: FloatArray


@dataclass(frozen=True)
class Predicted:
    """
    The predicted distribution of each segment's next count.

    Attributes
    ----------
    mean : ndarray of float, shape (n_segments,)
        Events expected.
    size : ndarray of float, shape (n_segments,)
        Of the negative binomial, whose variance is ``mean + mean² / size``; infinite: Poisson.
    fit : str
        What was chosen or fitted, and how it went.
    """

    mean: FloatArray
    size: FloatArray
    fit: str


Method = Callable[[History], Predicted | ArrayLike]


def predict_counts(
    history: History,
    *,
    method: str | Method = "mean",
    smoothing: float | None = None,
    bandwidth_km: float | None = None,
    half_life_steps: float | None = None,
    uniform_share: float = 0.0,
) -> Predicted:
    """
    Predict the next count of each segment from past ones.

    Parameters
    ----------
    history : History
        From `history_of`, or made by hand.
    method : {"uniform", "last", "mean", "ewma", "negative_binomial", "kernel"} or callable
        Rates are events over exposure; the next exposure turns them into counts.

        - ``uniform``: the rate of the whole line over all past steps, the same everywhere.
        - ``last``: each segment's rate in the step before.
        - ``mean``: each segment's rate over all past steps.
        - ``ewma``: each segment's rate with weights ``(1 - smoothing)^k`` for the step k steps back.
        - ``negative_binomial``: segments differ as a gamma distribution says, fitted to their past
          totals by statsmodels; each one's next count given its past is then negative binomial.
        - ``kernel``: past events spread along the line by a Gaussian, reflected at both ends.
        - a function from `History` to `Predicted`, or to an array of means (then Poisson).
    smoothing : float, optional
        Of ``ewma``, above 0 and up to 1. Default: what would have predicted the past steps best,
        each from those before it.
    bandwidth_km : float, optional
        Standard deviation of the Gaussian of ``kernel``. Default: what predicts each past step best
        from the other past steps.
    half_life_steps : float, optional
        Of ``kernel``: after so many steps an event counts half. Default: events never fade.
    uniform_share : float, default 0
        Which part of each mean is taken from ``uniform`` instead. Above 0 no segment is ever ruled
        out; the ranking by density does not change.

    Returns
    -------
    Predicted

    Raises
    ------
    ParameterError
        If a word or number makes no sense, there is no history, or a function returns no means.

    References
    ----------
    Greenwood & Yule (1920), Journal of the Royal Statistical Society 83, 255-279 (the gamma model).

    Examples
    --------
    >>> past = history_of([[1, 3], [0, 0]], [[10.0, 10.0], [10.0, 10.0]], [10, 10], [0, 10], [10, 20])
    >>> predict_counts(past, method="last").mean.tolist()
    [3.0, 0.0]
    >>> predict_counts(past, method="last", uniform_share=0.1).mean.round(6).tolist()
    [2.8, 0.1]
    """
    share = check_number(uniform_share, name="uniform_share", unit="share")
    if not 0 <= share <= 1:
        raise ParameterError(f"uniform_share must lie between 0 and 1, but is {uniform_share!r}.")
    if callable(method):
        found = _from_function(method, history)
    else:
        check_choice(method, BASELINES, name="method")
        found = _by_name(method, history, smoothing, bandwidth_km, half_life_steps)
    if share == 0:
        return found
    mean = (1 - share) * found.mean + share * _uniform(history).mean
    return Predicted(mean, found.size, found.fit)


def history_of(
    counts: ArrayLike,
    exposure: ArrayLike,
    next_exposure: ArrayLike,
    from_km: ArrayLike,
    to_km: ArrayLike,
) -> History:
    """
    Check and bundle what is known before a forecast.

    Parameters
    ----------
    counts, exposure : array_like of float, shape (n_segments, n_past)
        Events and km·year of each segment in each past step, the latest last.
    next_exposure : array_like of float, shape (n_segments,)
        Km·year of the step to be forecast.
    from_km, to_km : array_like of float, shape (n_segments,)
        The segments.

    Returns
    -------
    History

    Raises
    ------
    ParameterError
        If shapes do not fit, there is no past step, a number is negative or not finite, or events
        stand where nothing was observed.

    Examples
    --------
    >>> history_of([[1, 0]], [[5.0, 5.0]], [5.0], [0.0], [10.0]).counts.shape
    (1, 2)
    """
    arrays = {
        "counts": counts,
        "exposure": exposure,
        "next_exposure": next_exposure,
        "from_km": from_km,
        "to_km": to_km,
    }
    checked = {name: _numbers(values, name) for name, values in arrays.items()}
    y, e = checked["counts"], checked["exposure"]
    if y.ndim != 2 or y.shape != e.shape or not y.size:
        raise ParameterError(
            "A forecast needs past counts and exposure as tables of segments by steps, with at least "
            f"one of each, but counts and exposure have the shapes {y.shape} and {e.shape}."
        )
    for name in ("next_exposure", "from_km", "to_km"):
        if checked[name].shape != y.shape[:1]:
            raise ParameterError(
                f"{name} needs one number for each of {y.shape[0]} segments, but has the shape "
                f"{checked[name].shape}."
            )
    odd = np.argwhere((y > 0) & (e == 0))
    if len(odd):
        raise ParameterError(
            f"Events need exposure, but segment {odd[0][0]} has {y[tuple(odd[0])]:g} events in step "
            f"{odd[0][1]}, where nothing was observed."
        )
    if (checked["to_km"] <= checked["from_km"]).any():
        raise ParameterError("Each segment must end after it begins: to_km above from_km.")
    return History(y, e, checked["next_exposure"], checked["from_km"], checked["to_km"])


def check_methods(methods: Any) -> dict[str, str | Method]:
    """
    Return methods by name.

    Parameters
    ----------
    methods : str, callable, iterable of those, or mapping from name to one of those

    Returns
    -------
    dict

    Raises
    ------
    ParameterError
        If a word is unknown, a name occurs twice, or there is no method.

    Examples
    --------
    >>> list(check_methods(["last", "mean"]))
    ['last', 'mean']
    """
    if isinstance(methods, str) or callable(methods):
        methods = [methods]
    if isinstance(methods, Mapping):
        pairs = [(str(name), method) for name, method in methods.items()]
    else:
        try:
            pairs = [
                (m if isinstance(m, str) else getattr(m, "__name__", "own"), m) for m in methods
            ]
        except TypeError as error:
            raise ParameterError(
                f"methods must be words or functions, but is {methods!r}."
            ) from error
    names = [name for name, _ in pairs]
    if not pairs or len(set(names)) < len(names):
        raise ParameterError(
            f"Methods need names of their own, at least one, but these are given: {names}. Pass a "
            "mapping from name to function to name functions yourself."
        )
    for _, method in pairs:
        if not callable(method):
            check_choice(method, BASELINES, name="method")
    return dict(pairs)


def _by_name(
    method: str,
    history: History,
    smoothing: float | None,
    bandwidth_km: float | None,
    half_life_steps: float | None,
) -> Predicted:
    if method == "ewma":
        return _ewma(history, smoothing)
    if method == "kernel":
        return _kernel(history, bandwidth_km, half_life_steps)
    plain = {
        "uniform": _uniform,
        "last": lambda h: _weighted(h, np.eye(1, h.counts.shape[1], h.counts.shape[1] - 1)[0], ""),
        "mean": lambda h: _weighted(h, np.ones(h.counts.shape[1]), ""),
        "negative_binomial": _negative_binomial,
    }
    return plain[method](history)


def _from_function(method: Method, history: History) -> Predicted:
    """Return what a function of the caller's predicts, checked."""
    found = method(history)
    if not isinstance(found, Predicted):
        found = Predicted(_numbers(found, "the means a method returns"), np.array(np.inf), "")
    shape = history.next_exposure.shape
    mean = _numbers(found.mean, "the means a method returns")
    if mean.shape != shape:
        raise ParameterError(
            f"A method must return one mean for each of {shape[0]} segments, but one returned the "
            f"shape {mean.shape}."
        )
    size = _sizes(found.size, shape)
    return Predicted(mean, size, found.fit)


def _sizes(values: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    """Return the sizes a method returns, checked: above 0, infinite for Poisson."""
    try:
        size = np.broadcast_to(np.asarray(values, dtype=np.float64), shape)
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"The sizes a method returns must be numbers, one or {shape[0]}, but: {error}."
        ) from error
    if not (size > 0).all():
        raise ParameterError(
            "The sizes a method returns must be above 0 (infinite: Poisson), but one is "
            f"{size[~(size > 0)][0]}."
        )
    return size


def _poisson(mean: FloatArray, fit: str) -> Predicted:
    return Predicted(mean, np.full(mean.shape, np.inf), fit)


def _line_rate(history: History) -> float:
    """Return events over exposure of the whole line and all past steps; 0 if nothing was observed."""
    total = history.exposure.sum()
    return float(history.counts.sum() / total) if total > 0 else 0.0


def _uniform(history: History) -> Predicted:
    fit = "" if history.counts.any() else "no events in the past"
    return _poisson(_line_rate(history) * history.next_exposure, fit)


def _weighted(history: History, weight: FloatArray, fit: str) -> Predicted:
    """Return rates of weighted events over weighted exposure; the line's where nothing was observed."""
    return _poisson(_rates(history.counts, history.exposure, weight) * history.next_exposure, fit)


def _rates(counts: FloatArray, exposure: FloatArray, weight: FloatArray) -> FloatArray:
    seen = exposure @ weight
    total = exposure.sum()
    overall = counts.sum() / total if total > 0 else 0.0
    return np.divide(counts @ weight, seen, out=np.full(seen.shape, overall), where=seen > 0)


def _ewma(history: History, smoothing: float | None) -> Predicted:
    n = history.counts.shape[1]
    if smoothing is not None:
        level = check_number(smoothing, name="smoothing", unit="weight")
        if not 0 < level <= 1:
            raise ParameterError(f"smoothing must lie above 0 and up to 1, but is {smoothing!r}.")
        return _weighted(history, _fading(n, level), f"smoothing {level:g}, given")
    if n < FEWEST_TO_CHOOSE:
        return _weighted(history, np.ones(n), "smoothing not needed: one past step")
    level = _best_smoothing(history.counts, history.exposure)
    return _weighted(history, _fading(n, level), f"smoothing {level:g}, chosen on the past")


def _fading(n: int, smoothing: float) -> FloatArray:
    return (1 - smoothing) ** np.arange(n - 1, -1, -1.0)


def _best_smoothing(counts: FloatArray, exposure: FloatArray) -> float:
    """Return the smoothing that predicts past steps best, each from those before it."""
    return float(SMOOTHINGS[np.argmin([_past_loss(counts, exposure, a) for a in SMOOTHINGS])])


def _past_loss(counts: FloatArray, exposure: FloatArray, smoothing: float) -> float:
    """Return the loss of predicting each past step from those before it."""
    from scipy.signal import lfilter

    fade = ([1.0], [1.0, smoothing - 1.0])
    seen, held = (lfilter(*fade, values[:, :-1], axis=1) for values in (exposure, counts))
    total, many = (values.sum(axis=0).cumsum()[:-1] for values in (exposure, counts))
    overall = np.divide(many, total, out=np.zeros(total.shape), where=total > 0)
    rate = np.divide(held, seen, out=np.broadcast_to(overall, seen.shape).copy(), where=seen > 0)
    return _poisson_loss(counts[:, 1:], rate * exposure[:, 1:], exposure[:, 1:], many, total)


def _poisson_loss(
    seen: FloatArray, mean: FloatArray, exposure: FloatArray, many: FloatArray, total: FloatArray
) -> float:
    """Return the log score of steps up to a constant; a twentieth spread evenly keeps it finite."""
    from scipy.special import xlogy

    even = np.divide(many + 0.5, total, out=np.ones(total.shape), where=total > 0) * exposure
    mixed = (1 - EVENLY) * mean + EVENLY * even
    return float((mixed - xlogy(seen, mixed)).sum())


def _kernel(
    history: History, bandwidth_km: float | None, half_life_steps: float | None
) -> Predicted:
    n = history.counts.shape[1]
    weight = np.ones(n)
    if half_life_steps is not None:
        half = check_positive(half_life_steps, name="half_life_steps", unit="steps")
        weight = 0.5 ** (np.arange(n - 1, -1, -1.0) / half)
    how = "given"
    if bandwidth_km is None:
        bandwidth_km, how = _best_bandwidth(history)
    bandwidth_km = check_positive(bandwidth_km, name="bandwidth_km", unit="km")
    spread = _spread(history, bandwidth_km)
    rates = _smooth(spread, history.counts @ weight, history.exposure @ weight)
    return _poisson(rates * history.next_exposure, f"bandwidth {bandwidth_km:.4g} km, {how}")


def _smooth(spread: FloatArray, counts: FloatArray, exposure: FloatArray) -> FloatArray:
    """Return smoothed events over smoothed exposure, so that an even rate stays even."""
    many, seen = np.split(spread @ np.column_stack((counts, exposure)), 2, axis=1)
    rates = np.divide(many, seen, out=np.zeros(seen.shape), where=seen > 0)
    return rates.reshape(counts.shape)


def _spread(history: History, bandwidth_km: float) -> FloatArray:
    """Return `spread_along_line`, kept for the next origin where it is small."""
    begin, end = history.from_km, history.to_km
    if begin.size > MOST_KEPT:
        return spread_along_line(begin, end, bandwidth_km)
    return _kept_spread(begin.tobytes(), end.tobytes(), bandwidth_km)


@lru_cache(maxsize=MOST_BANDWIDTHS + 2)
def _kept_spread(begin: bytes, end: bytes, bandwidth_km: float) -> FloatArray:
    spread = spread_along_line(np.frombuffer(begin), np.frombuffer(end), bandwidth_km)
    spread.flags.writeable = False
    return spread


def _best_bandwidth(history: History) -> tuple[float, str]:
    """Return the bandwidth that predicts each past step best from the other past steps."""
    length = float(history.to_km.max() - history.from_km.min())
    if history.counts.shape[1] < FEWEST_TO_CHOOSE or not history.counts.any():
        return length / 20, "a twentieth of the line: too little past to choose on"
    smallest = float(np.median(history.to_km - history.from_km)) / 2
    tries = np.geomspace(min(smallest, length / 4), length / 2, MOST_BANDWIDTHS)
    loss = [_left_out_loss(history, float(sd)) for sd in tries]
    return float(tries[int(np.argmin(loss))]), "chosen on the past"


def _left_out_loss(history: History, bandwidth_km: float) -> float:
    """Return the loss of predicting each past step from the others."""
    y, e = history.counts, history.exposure
    spread = _spread(history, bandwidth_km)
    others, seen = y.sum(axis=1, keepdims=True) - y, e.sum(axis=1, keepdims=True) - e
    return _poisson_loss(
        y, _smooth(spread, others, seen) * e, e, others.sum(axis=0), seen.sum(axis=0)
    )


def spread_along_line(
    from_km: ArrayLike, to_km: ArrayLike, bandwidth_km: float, *, correction: str = "reflection"
) -> FloatArray:
    """
    Say which part of an event somewhere on one segment a Gaussian puts on each other segment.

    Parameters
    ----------
    from_km, to_km : array_like of float, shape (n,)
        The segments. The line reaches from the first start to the last end.
    bandwidth_km : float
        Standard deviation of the Gaussian.
    correction : {"reflection", "none"}, default "reflection"
        Whether what falls past an end is reflected there, as often as needed.

    Returns
    -------
    ndarray of float, shape (n, n)
        Row i, column j: the share that an event spread evenly over segment j leaves on segment i.
        Columns sum to 1 where the segments cover the line.

    Raises
    ------
    ParameterError
        If the bandwidth is not above 0.

    Examples
    --------
    >>> spread_along_line([0, 10], [10, 20], 5.0).round(4).tolist()
    [[0.8005, 0.1995], [0.1995, 0.8005]]
    """
    sd = check_positive(bandwidth_km, name="bandwidth_km", unit="km")
    check_choice(correction, ("reflection", "none"), name="correction")
    begin, end = np.asarray(from_km, dtype=np.float64), np.asarray(to_km, dtype=np.float64)
    low, length = float(begin.min()), float(end.max() - begin.min())
    edges, place = np.unique(np.concatenate((begin, end)) - low, return_inverse=True)
    start, stop = place[: begin.size], place[begin.size :]
    if correction == "reflection" and sd > 2 * length:  # flat to 1e-8
        return np.tile(((end - begin) / length)[:, None], (1, begin.size))
    upto = np.zeros((edges.size, edges.size))
    for image, sign in _images(edges, length, sd, correction):
        upto += sign * _ramp(edges[:, None] - image, sd)
    share = upto[stop] - upto[start]
    return sd * (share[:, start] - share[:, stop]) / (end - begin)


def _images(
    edges: FloatArray, length: float, sd: float, correction: str
) -> list[tuple[FloatArray, float]]:
    """Return the edges, and their mirror images that a Gaussian reaches; a mirror turns them round."""
    if correction == "none":
        return [(edges, 1.0)]
    turns = int(np.ceil(FAR * sd / (2 * length))) + 1
    every = [
        pair
        for turn in range(-turns, turns + 1)
        for pair in (
            (2 * length * turn + edges, 1.0),
            (2 * length * turn - edges, -1.0),
        )
    ]
    reach = FAR * sd
    return [(at, sign) for at, sign in every if at.min() < length + reach and at.max() > -reach]


def _ramp(x: FloatArray, sd: float) -> FloatArray:
    """Return the integral of the normal distribution function up to x / sd."""
    from scipy.special import ndtr

    z = x / sd
    return z * ndtr(z) + np.exp(-z * z / 2) / np.sqrt(2 * np.pi)


def _negative_binomial(history: History) -> Predicted:
    """Return each segment's next count, given its past, where rates differ by a gamma distribution."""
    total, seen = history.counts.sum(axis=1), history.exposure.sum(axis=1)
    rate, shape, fit = _gamma_of_rates(total, seen)
    if not np.isfinite(shape) or rate == 0:
        return _poisson(rate * history.next_exposure, fit)
    size = shape + total
    return Predicted(size / (shape / rate + seen) * history.next_exposure, size, fit)


def _gamma_of_rates(total: FloatArray, exposure: FloatArray) -> tuple[float, float, str]:
    """Return mean and shape of the gamma distribution that rates of segments follow."""
    some = exposure > 0
    y, e = total[some], exposure[some]
    rate = float(y.sum() / e.sum()) if some.any() else 0.0
    if y.sum() == 0:
        return 0.0, np.inf, "no events in the past"
    excess = float(((y - rate * e) ** 2 - rate * e).sum() / ((rate * e) ** 2).sum())
    if excess <= 0 or y.size < 2:
        return rate, np.inf, "Poisson: segments differ no more than by chance"
    fitted = _fit_by_likelihood(y, e)
    if fitted is None:
        return rate, 1 / excess, f"shape {1 / excess:.4g} by moments: the fit did not converge"
    return *fitted, f"shape {fitted[1]:.4g} by maximum likelihood"


def _fit_by_likelihood(y: FloatArray, e: FloatArray) -> tuple[float, float] | None:
    """Return mean rate and shape by statsmodels, or nothing where the fit fails."""
    import warnings

    from statsmodels.discrete.discrete_model import NegativeBinomial

    order = np.lexsort((y, e))  # the search ends at the same place whatever the order
    model = NegativeBinomial(y[order], np.ones((y.size, 1)), exposure=e[order])
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = model.fit(disp=0, maxiter=200, gtol=1e-7)
        except (np.linalg.LinAlgError, ValueError, FloatingPointError):
            return None
        rate, spread = float(np.exp(result.params[0])), float(result.params[1])
    if not result.mle_retvals["converged"] or not spread > 1e-8 or not np.isfinite(rate):
        return None
    return rate, 1 / spread


def _numbers(values: ArrayLike, name: str) -> FloatArray:
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name} must be numbers, but: {error}.") from error
    if not np.isfinite(array).all() or (array < 0).any():
        odd = array[~(np.isfinite(array) & (array >= 0))].flat[0]
        raise ParameterError(f"{name} must be finite and 0 or more, but one value is {odd}.")
    return array
