"""
How well a forecast ranks the places: how many events the first ones hold, by length.

A forecast that names 5 % of the line is asked how many of the events lie there, whatever the
segments are. Everything here takes and gives numpy arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._validation import FloatArray, check_choice
from frontier_geo.errors import ParameterError
from frontier_geo.evaluation.scores import check_not_negative

__all__ = ["Accuracy", "accuracy_at", "check_shares", "pai", "pei", "ranked_accuracy", "rri"]

TIES = ("average", "all")
SAME = 1e-12  # predictions this close to each other (relatively) are tied; sums differ by rounding


@dataclass(frozen=True)
class Accuracy:
    """
    How many events the places ranked first hold.

    Attributes
    ----------
    order : ndarray of int
        The units from the highest predicted density to the lowest; empty for shares of length.
    share_of_length : ndarray of float
        Of all length, what has been taken up to here.
    captured, predicted, best : ndarray of float
        Events observed there, events predicted there, and the most that any choice of that length
        could hold.
    pai, pei, rri : ndarray of float
        Predictive accuracy index, predictive efficiency index, recapture rate index.
    reason : str
        Why numbers are missing (NaN) or infinite; empty where none is.
    """

    order: NDArray[np.intp]
    share_of_length: FloatArray
    captured: FloatArray
    predicted: FloatArray
    best: FloatArray
    pai: FloatArray
    pei: FloatArray
    rri: FloatArray
    reason: str


def ranked_accuracy(
    observed: ArrayLike,
    predicted: ArrayLike,
    length: ArrayLike | None = None,
    *,
    ties: str = "average",
) -> Accuracy:
    """
    Rank the units by predicted density and say after each how many events they hold.

    Parameters
    ----------
    observed : array_like of float, shape (n,)
        Events of each unit (segment, cell) in the time that was forecast.
    predicted : array_like of float, shape (n,)
        Events predicted for each. Only their order and, for `rri`, their size matter.
    length : array_like of float, shape (n,), optional
        Length (or area) of each unit. Default: all the same.
    ties : {"average", "all"}, default "average"
        What becomes of units whose predicted densities are the same.

        - ``average``: events of tied units are spread evenly over their length, which is what a
          random order of them gives on average.
        - ``all``: tied units come in together; each has the numbers of the whole group.

        The observed counts never decide.

    Returns
    -------
    Accuracy
        One number for each unit, in the order of the ranking.

    Raises
    ------
    ParameterError
        If the arrays do not pair up, or a number is negative or not finite.

    Notes
    -----
    PAI = (n / N) / (a / A): the share of events over the share of length. PEI = PAI / the PAI of
    the best choice of the same length, so it lies between 0 and 1; where lengths differ, the best
    choice may take a part of a unit. RRI = predicted / observed events on the units so far. Without
    any event PAI and PEI are NaN; before the first event RRI is infinite.

    References
    ----------
    Chainey, Tompson & Uhlig (2008), Security Journal 21, 4-28 (PAI).
    Wheeler & Steenbeek (2021), Journal of Quantitative Criminology 37, 445-480 (PEI, RRI).

    Examples
    --------
    >>> result = ranked_accuracy([6, 3, 0], [3, 2, 1])
    >>> result.pai.tolist(), result.pei.tolist()
    ([2.0, 1.5, 1.0], [1.0, 1.0, 1.0])
    """
    seen, foretold, length = _paired(observed, predicted, length)
    check_choice(ties, TIES, name="ties")
    order, first = _ranking(foretold / length)
    upto = np.cumsum(length[order])
    if ties == "all":  # each unit stands where its group ends
        group = np.cumsum(first) - 1
        upto = upto[np.append(np.flatnonzero(first)[1:], first.size) - 1][group]
    return _accuracy(seen, foretold, length, upto, order)


def accuracy_at(
    observed: ArrayLike,
    predicted: ArrayLike,
    length: ArrayLike | None = None,
    *,
    share: ArrayLike = (0.05, 0.1, 0.2),
) -> Accuracy:
    """
    Say how many events the best-ranked shares of the length hold.

    Parameters
    ----------
    observed, predicted, length
        As for `ranked_accuracy`.
    share : array_like of float, shape (k,), default (0.05, 0.1, 0.2)
        Shares of all length, above 0 and up to 1. Where a share ends within a unit, or within
        several that are tied, that part of their length and of their events counts.

    Returns
    -------
    Accuracy
        One number for each share.

    Raises
    ------
    ParameterError
        As for `ranked_accuracy`, or if a share is not above 0 and up to 1.

    References
    ----------
    Chainey, Tompson & Uhlig (2008), Security Journal 21, 4-28 (PAI).

    Examples
    --------
    >>> accuracy_at([6, 3, 0, 1], [3, 2, 1, 0], [10, 10, 10, 20], share=0.2).captured.tolist()
    [6.0]
    """
    seen, foretold, length = _paired(observed, predicted, length)
    part = check_shares(share)
    order = np.empty(0, dtype=np.intp)
    return _accuracy(seen, foretold, length, part * length.sum(), order)


def pai(observed: ArrayLike, predicted: ArrayLike, length: ArrayLike | None = None) -> FloatArray:
    """
    Return the predictive accuracy index after each unit of the ranking (see `ranked_accuracy`).

    Parameters
    ----------
    observed, predicted, length
        As for `ranked_accuracy`.

    Returns
    -------
    ndarray of float, shape (n,)
        From the highest predicted density to the lowest.

    References
    ----------
    Chainey, Tompson & Uhlig (2008), Security Journal 21, 4-28 (PAI).

    Examples
    --------
    >>> pai([6, 3, 0], [3, 2, 1]).tolist()
    [2.0, 1.5, 1.0]
    """
    return ranked_accuracy(observed, predicted, length).pai


def pei(observed: ArrayLike, predicted: ArrayLike, length: ArrayLike | None = None) -> FloatArray:
    """
    Return the predictive efficiency index after each unit of the ranking (see `ranked_accuracy`).

    Parameters
    ----------
    observed, predicted, length
        As for `ranked_accuracy`.

    Returns
    -------
    ndarray of float, shape (n,)
        From the highest predicted density to the lowest; between 0 and 1.

    References
    ----------
    Wheeler & Steenbeek (2021), Journal of Quantitative Criminology 37, 445-480 (PEI, RRI).

    Examples
    --------
    >>> pei([3, 6, 0], [3, 2, 1]).tolist()
    [0.5, 1.0, 1.0]
    """
    return ranked_accuracy(observed, predicted, length).pei


def rri(observed: ArrayLike, predicted: ArrayLike, length: ArrayLike | None = None) -> FloatArray:
    """
    Return the recapture rate index after each unit of the ranking (see `ranked_accuracy`).

    Parameters
    ----------
    observed, predicted, length
        As for `ranked_accuracy`.

    Returns
    -------
    ndarray of float, shape (n,)
        Predicted over observed events, from the highest predicted density to the lowest.

    References
    ----------
    Wheeler & Steenbeek (2021), Journal of Quantitative Criminology 37, 445-480 (PEI, RRI).

    Examples
    --------
    >>> rri([6, 3, 0], [3, 2, 1]).round(4).tolist()
    [0.5, 0.5556, 0.6667]
    """
    return ranked_accuracy(observed, predicted, length).rri


def check_shares(share: ArrayLike) -> FloatArray:
    """Return shares of length as an array, each above 0 and up to 1."""
    try:
        part = np.atleast_1d(np.asarray(share, dtype=np.float64)).ravel()
    except (TypeError, ValueError) as error:
        raise ParameterError(f"Shares of length must be numbers, but are {share!r}.") from error
    if not part.size or not ((part > 0) & (part <= 1)).all():
        raise ParameterError(
            f"Shares of length must lie above 0 and up to 1, but are {part.tolist()}."
        )
    return part


def _paired(
    observed: ArrayLike, predicted: ArrayLike, length: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the three arrays of a ranking: paired, finite, not negative, of some length."""
    seen = check_not_negative(observed, "observed")
    foretold = check_not_negative(predicted, "predicted")
    size = np.ones(seen.shape) if length is None else check_not_negative(length, "length")
    if seen.ndim != 1 or not seen.size or not seen.shape == foretold.shape == size.shape:
        raise ParameterError(
            "A ranking needs one observed and one predicted number and one length for each unit, but "
            f"observed, predicted and length have the shapes {seen.shape}, {foretold.shape} and "
            f"{size.shape}."
        )
    if (size <= 0).any():
        raise ParameterError(
            f"Every length must be above 0, but unit {np.flatnonzero(size <= 0)[0]} has 0. Leave out "
            "units without length."
        )
    return seen, foretold, size


def _ranking(density: FloatArray) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Return the units from the densest, and which of them begin a group of ties."""
    order = np.argsort(-density, kind="stable")
    ranked = density[order]
    return order, np.append(True, ranked[:-1] - ranked[1:] > SAME * ranked[:-1])


def _capture(
    density: FloatArray, length: FloatArray, *amounts: FloatArray
) -> tuple[FloatArray, list[FloatArray]]:
    """Return the knots of the curves of amounts held against length taken, densest first."""
    order, first = _ranking(density)
    ends = np.append(np.flatnonzero(first)[1:], first.size) - 1
    taken = np.append(0.0, np.cumsum(length[order])[ends])
    return taken, [np.append(0.0, np.cumsum(amount[order])[ends]) for amount in amounts]


def _accuracy(
    seen: FloatArray,
    foretold: FloatArray,
    length: FloatArray,
    upto: FloatArray,
    order: NDArray[np.intp],
) -> Accuracy:
    """Return the indices where so much length has been taken."""
    taken, (held, promised) = _capture(foretold / length, length, seen, foretold)
    captured, predicted = np.interp(upto, taken, held), np.interp(upto, taken, promised)
    taken, (most,) = _capture(seen / length, length, seen)
    best = np.interp(upto, taken, most)
    share, total = upto / length.sum(), seen.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        indices = captured / total / share, captured / best, predicted / captured
    reason = ""
    if total == 0:
        reason = "no events observed: PAI, PEI and RRI cannot be had"
        indices = (indices[0], indices[1], np.full(share.shape, np.nan))
    elif not np.isfinite(indices[2]).all():
        reason = "no events on the length chosen: RRI cannot be had"
    return Accuracy(order, share, captured, predicted, best, *indices, reason)
