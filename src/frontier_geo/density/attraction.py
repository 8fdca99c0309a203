"""
Do incidents along the boundary attract one another? The global test on the shipped tables.

Incidents known to a few towns lie at the same few places and look clustered because of that. So the
test is made twice: on the places as reported, and on draws of where the incidents may have been.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_choice
from frontier_geo.boundary import Boundary
from frontier_geo.density.pattern import PatternEnvelope, pattern_envelope
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.licences import sources_of
from frontier_geo.locating import same_boundary
from frontier_geo.periods import Period
from frontier_geo.places import draw_chainages, known_points
from frontier_geo.selection import select_events
from frontier_geo.significance import check_n_sim, smallest_p

__all__ = ["line_pattern_test"]

TOO_FEW = "fewer than two incidents are known to a point"
DEFAULT_R_KM = (5.0, 10.0, 20.0, 30.0, 40.0, 50.0, 75.0, 100.0, 150.0, 200.0)
CURVES = ("observed", "expected", "lo", "hi")


def line_pattern_test(
    located: pd.DataFrame,
    boundary: Boundary | None = None,
    *,
    r_km: ArrayLike = DEFAULT_R_KM,
    statistic: str = "K",
    method: str = "erl",
    bandwidth_km: float | None = None,
    intensity_at: tuple[ArrayLike, ArrayLike] | None = None,
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    alpha: float = 0.05,
    n_sim: int = 199,
    seed: int = 0,
    n_imputations: int = 20,
) -> pd.DataFrame:
    """
    Test whether incidents lie along the boundary as if they took no notice of one another.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`.
    boundary : Boundary, optional
        The line the events were located on. Default: the shipped border, if it is that.
    r_km : array_like of float, shape (k,), default 5 to 200
        Distances along the line, all tested together.
    statistic : {"K", "pcf"}
        The K function or the pair correlation; the latter needs `bandwidth_km`.
    method : {"erl", "mad"}
        See `pattern_envelope`.
    bandwidth_km : float, optional
        Of the pair correlation.
    intensity_at : (array_like, shape (k,), array_like), optional
        Chainages from 0 to the end, and an intensity at each, such as of `line_density`: then the
        question is whether incidents attract one another beyond that. It is scaled to the number of
        incidents tested, so that its unit does not matter. Default: an even line.
    period, scope, min_confidence
        Which incidents count; as for `segment_rates`.
    alpha : float, default 0.05
        The level of the envelope and of `support`.
    n_sim, seed : int
        Simulations of each test.
    n_imputations : int, default 20
        Draws of the uncertain places, each tested.

    Returns
    -------
    DataFrame
        One row a distance: ``r_km, observed, expected, lo, hi`` of the incidents known to a point, at
        their nearest places; ``observed_imputed, expected_imputed, lo_imputed, hi_imputed``, means
        over the draws of all incidents with a place; ``reason`` where the former cannot be had.
        ``.attrs``: ``p_value`` of the former (None without), ``p_imputed``, the median over the draws,
        ``support``, the share of draws with p at most `alpha`, ``smallest_p``.

    Raises
    ------
    StatisticsError
        If fewer than two incidents have a place on the line.
    ParameterError
        If `n_sim` is too small for `alpha`, or an argument makes no sense.

    References
    ----------
    Eekhout, van de Wiel & Heymans (2017), BMC Med. Res. Methodol. 17, 129.
    Myllymäki, Mrkvička, Grabarnik, Seijo & Hahn (2017), J. R. Statist. Soc. B 79, 381-404.
    https://doi.org/10.1111/rssb.12172

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> found = line_pattern_test(
    ...     locate_events(load_events()), r_km=[10, 50], n_sim=19, n_imputations=2
    ... )
    >>> found.attrs["p_value"]
    0.05
    """
    boundary = same_boundary(boundary, located=located)
    n_sim = check_n_sim(n_sim, alpha=alpha)
    check_choice(statistic, ("K", "pcf"), name="statistic")
    chosen = select_events(located, period=period, scope=scope, min_confidence=min_confidence)
    distances = np.sort(np.atleast_1d(np.asarray(r_km, dtype=np.float64)))
    if not distances.size:
        raise ParameterError("r_km must hold one distance or more.")

    def tested(s: FloatArray, number: int) -> PatternEnvelope:
        return pattern_envelope(
            s, length=boundary.length_km, r=distances, statistic=statistic, method=method,
            bandwidth=bandwidth_km, intensity_at=intensity_at, confidence_level=1 - alpha,
            n_sim=n_sim, seed=seed + number,
        )  # fmt: skip

    drawn = draw_chainages(chosen.used, boundary, n_imputations=n_imputations, seed=seed)
    fewest = int((~np.isnan(drawn)).sum(axis=1).min())
    if fewest < 2:
        raise StatisticsError(
            f"Distances between incidents need two or more with a place on the line, but there are "
            f"{fewest}. Choose a longer period, another scope or a lower min_confidence."
        )
    found = [tested(table[~np.isnan(table)], i + 1) for i, table in enumerate(drawn)]
    known = known_points(chosen.used)
    known = known[~np.isnan(known)]
    plain = tested(known, 0) if known.size > 1 else None
    table = pd.DataFrame({"r_km": distances})
    for name in CURVES:
        table[name] = np.nan if plain is None else getattr(plain, name)
    for name in CURVES:
        table[f"{name}_imputed"] = np.mean([getattr(f, name) for f in found], axis=0)
    table["reason"] = TOO_FEW if plain is None else None
    p_values = np.array([f.p_value for f in found])
    table.attrs = result_attrs(
        "line_pattern",
        located,
        period=chosen.period,
        sources=sources_of(chosen.used),
        unit="km" if statistic == "K" else "1 without interaction",
        p_value=None if plain is None else plain.p_value,
        p_imputed=float(np.median(p_values)),
        support=float((p_values <= alpha * (1 + 1e-9)).mean()),
        events=len(chosen.used),
        events_known_to_a_point=int(known.size),
        set_aside=chosen.set_aside,
        seed=seed,
        n_sim=n_sim,
        smallest_p=smallest_p(n_sim),
        parameters={
            **chosen.parameters,
            "statistic": statistic,
            "method": method,
            "bandwidth_km": bandwidth_km,
            "intensity": "even" if intensity_at is None else "given",
            "alpha": alpha,
            "n_imputations": n_imputations,
        },
    )
    return table
