"""Whether rates differ at all: tests of one rate for all segments, on plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from frontier_geo._validation import FloatArray
from frontier_geo.errors import ParameterError
from frontier_geo.rates.intervals import check_counts, check_exposure
from frontier_geo.read_result import ReadResult
from frontier_geo.significance import check_n_sim, check_seed, monte_carlo_p

__all__ = ["DispersionTest", "dispersion_test"]

AT_ONCE = 2_000_000  # simulated counts held at a time


@dataclass(frozen=True)
class DispersionTest:
    """
    Two tests that all segments have one rate, given the number of events.

    Attributes
    ----------
    chi_square, chi_square_p : float
        Pearson's statistic, on average one less than the number of segments, and its p-value.
    potthoff_whittinghill, potthoff_whittinghill_p : float
        The statistic ``E sum(n (n - 1) / e)``, on average ``N (N - 1)``, and its p-value: the most
        powerful one against rates that differ as a gamma distribution does.
    n_sim, seed : int
        Simulations and their seed. No p-value is below ``1 / (n_sim + 1)``.
    """

    chi_square: float
    chi_square_p: float
    potthoff_whittinghill: float
    potthoff_whittinghill_p: float
    n_sim: int
    seed: int


def dispersion_test(
    events: ArrayLike | pd.DataFrame,
    exposure: ArrayLike | None = None,
    *,
    n_sim: int = 999,
    seed: int = 0,
) -> DispersionTest:
    """
    Test whether the rates of segments differ by more than chance.

    Parameters
    ----------
    events : array_like of int, shape (n,), or DataFrame
        Counts, of two segments or more; or a table from `segment_rates`, which holds both.
    exposure : array_like of float, shape (n,), optional
        What counts were observed over, above 0. Not given beside a table.
    n_sim : int, default 999
        How often the events are laid out anew, each segment as likely as its exposure.
    seed : int, default 0
        The same seed gives the same p-values.

    Returns
    -------
    DispersionTest
        p-values are one-sided: large where rates vary no more than chance makes them. Without an
        event they are 1.

    Raises
    ------
    ParameterError
        If numbers are no counts or exposures, do not pair up, or are of fewer than two segments; or
        if incidents are given that are not counted yet.

    Notes
    -----
    Expected counts per segment are often below 1, where the chi-square distribution is no guide: the
    p-values are simulated, given the number of events. Events that come in clusters vary more than
    chance whether the rates differ or not, and are not told apart from it.

    References
    ----------
    Potthoff & Whittinghill (1966), Biometrika 53, 183-190.
    Davison & Hinkley (1997), Bootstrap Methods and their Application, Cambridge, section 4.2.

    Examples
    --------
    >>> found = dispersion_test([0, 2, 30], [10.0, 10.0, 20.0])
    >>> round(found.chi_square, 2), found.potthoff_whittinghill, found.chi_square_p
    (24.75, 1748.0, 0.001)
    """
    events, exposure = _counts_and_exposure(events, exposure)
    seen, observed = check_counts(events), check_exposure(exposure)
    if seen.ndim != 1 or seen.shape != observed.shape or seen.size < 2:
        raise ParameterError(
            "events and exposure must be two sequences of the same length, one number for each of two "
            f"segments or more, but have the shapes {seen.shape} and {observed.shape}."
        )
    n_sim, seed = check_n_sim(n_sim), check_seed(seed)
    share = observed / observed.sum()
    random = np.random.default_rng(seed)
    batch = max(1, AT_ONCE // seen.size)
    drawn = [
        _statistics(
            random.multinomial(int(seen.sum()), share, min(batch, n_sim - at)).astype(float), share
        )
        for at in range(0, n_sim, batch)
    ]
    found = _statistics(seen, share)
    p = monte_carlo_p(found, np.concatenate(drawn))
    return DispersionTest(float(found[0]), float(p[0]), float(found[1]), float(p[1]), n_sim, seed)


def _counts_and_exposure(events: Any, exposure: Any) -> tuple[Any, Any]:
    """Return counts and exposure of a table of rates, or as they were given."""
    table = isinstance(events, pd.DataFrame | ReadResult)
    if (
        table
        and exposure is None
        and {"events", "exposure_km_yr"} <= {*getattr(events, "columns", ())}
    ):
        return events["events"], events["exposure_km_yr"]
    if table or exposure is None:
        given = f"a {type(events).__name__}{'' if exposure is None else ' and an exposure'}"
        raise ParameterError(
            "dispersion_test needs a table from segment_rates, or two sequences: counts and exposure, a "
            f"number for each segment; but {given} was given. Of incidents: "
            "dispersion_test(segment_rates(locate_events(events), period=...))."
        )
    return events, exposure


def _statistics(counts: FloatArray, share: FloatArray) -> FloatArray:
    """Return Pearson's and Potthoff & Whittinghill's statistic of counts, shape (..., 2)."""
    total = counts.sum(axis=-1, keepdims=True)
    pairs = (counts * (counts - 1) / share).sum(axis=-1)
    # sum (n - N s)² / (N s) is sum n² / (N s) - N
    squares = (counts**2 / share).sum(axis=-1) / np.maximum(total[..., 0], 1)
    return np.stack((squares - total[..., 0], pairs), axis=-1)
