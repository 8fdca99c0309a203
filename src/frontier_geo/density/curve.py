"""
Kernel intensity of incidents along the boundary: where they lie densest, and how sure that is.

An intensity is events per kilometre and year. It is a smoothed curve: what a bandwidth narrower than
the places are known to shows is the gazetteer, not the border.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_columns, check_positive
from frontier_geo.boundary import Boundary
from frontier_geo.density.bandwidth import adaptive_bandwidths, ruled_bandwidth
from frontier_geo.density.intensity import (
    IntensityBand,
    check_weights,
    intensity_band,
    line_intensity,
)
from frontier_geo.density.kernel_sums import direct_sums
from frontier_geo.density.kernels import the_kernel
from frontier_geo.errors import ParameterError, StatisticsError
from frontier_geo.licences import sources_of
from frontier_geo.locating import same_boundary
from frontier_geo.periods import Period
from frontier_geo.places import Pieces, draw_chainages, known_points, line_pieces
from frontier_geo.selection import Selection, select_events, warn_undated

__all__ = [
    "IntensityBand",
    "drawn_bandwidth",
    "event_weights",
    "grid_of",
    "intensity_band",
    "line_density",
    "line_intensity",
]

RULE_DRAWS = 5  # of the uncertain places, from which a rule chooses the bandwidth
MOST_STEPS = 2_000_000


def line_density(
    located: pd.DataFrame,
    boundary: Boundary | None = None,
    *,
    step_km: float = 1.0,
    bandwidth_km: str | float | None = None,
    kernel: str = "gaussian",
    adaptive: bool = False,
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    weights: str | None = None,
    band: str | None = "analytic",
    confidence_level: float = 0.95,
    n_sim: int = 999,
    seed: int = 0,
    n_imputations: int = 20,
) -> pd.DataFrame:
    """
    Estimate the intensity of incidents along the boundary.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`.
    boundary : Boundary, optional
        The line the events were located on. Default: the shipped border, if it is that.
    step_km : float, default 1
        Distance of the places at which the curve is worked out; the end of the line is one too.
    bandwidth_km : float or {"cv", "silverman", "diggle"}, optional
        Standard deviation of the kernel, or the rule that chooses it: the median of its choices from
        5 draws of the uncertain places. Default: ``"cv"``, likelihood cross-validation.
    kernel : {"gaussian", "epanechnikov", "quartic", "triangular", "uniform"}
    adaptive : bool, default False
        Wider kernels where events are few (see `adaptive_bandwidths`).
    period, scope, min_confidence
        Which events count; as for `segment_rates`.
    weights : str, optional
        A column of `located` with a weight of 0 or more for each event, such as ``"killed"``. Events
        without one count 0; ``.attrs["set_aside"]`` says how many. Default: each counts 1.
    band : {"analytic", "bootstrap"} or None, default "analytic"
        See `intensity_band`; None leaves `lo` and `hi` out.
    confidence_level : float, default 0.95
    n_sim, seed : int
        Of the bootstrap; `seed` also of the draws of uncertain places.
    n_imputations : int, default 20
        How often the uncertain places are drawn for the band.

    Returns
    -------
    DataFrame
        ``chainage_km, official_km, intensity, lo, hi, intensity_known``. `intensity` is of all events
        with a place, each spread over where it may have happened; `intensity_known` of those reported
        as a point, at the nearest place. Both are events (with `weights`: their sum) per km and year:
        times ``.attrs["years"]``, the first integrates to ``.attrs["expected_on_line"]``, the expected
        number (or sum) on the line. ``.attrs["bandwidth_km"]`` is the bandwidth used;
        ``.attrs["notes"]`` says if the rule ended at the end of the bandwidths it may choose.

    Raises
    ------
    ParameterError
        If an argument makes no sense, or a weight is negative.
    StatisticsError
        If none of the events has a weight, or a rule is to choose the bandwidth, but fewer than two
        events have a place. With a bandwidth given, no events give an intensity of 0 and a band from 0.

    Warns
    -----
    UndatedEventsWarning
        If some events have no date; they count in every period.

    Notes
    -----
    The band covers the smoothed intensity (see `intensity_band`). It carries chance, the uncertain
    places, and whether an event whose dates reach beyond the period happened within it: each draw
    holds it with the share of its dates that lies in the period. It does not carry that most
    incidents are never reported.

    References
    ----------
    McSwiggan, Baddeley & Nair (2017), Scand. J. Statist. 44, 324-345.
    https://doi.org/10.1111/sjos.12255
    Okabe & Sugihara (2012), Spatial Analysis along Networks, Wiley, chapter 9.
    Fay & Feuer (1997), Statist. Med. 16, 791-801.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> curve = line_density(locate_events(load_events()), step_km=10, bandwidth_km=30, band=None)
    >>> total = np.trapezoid(curve["intensity"], curve["chainage_km"]) * curve.attrs["years"]
    >>> bool(abs(total / curve.attrs["expected_on_line"] - 1) < 0.01)
    True
    """
    boundary = same_boundary(boundary, located=located)
    chosen = select_events(located, period=period, scope=scope, min_confidence=min_confidence)
    warn_undated(chosen)
    at = grid_of(boundary.length_km, step_km)
    the_kernel(kernel)
    own, unstated = event_weights(chosen, weights)
    weight = own * chosen.in_time
    pieces = line_pieces(chosen.used, boundary)
    share = pieces.probability * weight[pieces.event]
    drawn = draw_chainages(chosen.used, boundary, n_imputations=n_imputations, seed=seed)
    rule = "cv" if bandwidth_km is None else bandwidth_km
    h, notes = drawn_bandwidth(drawn, rule, length=boundary.length_km, kernel=kernel)
    wide = _event_bandwidths(drawn, h, boundary.length_km, kernel, adaptive)
    curve = _piece_sums(at, pieces, share, wide, kernel, boundary.length_km)
    known = known_points(chosen.used)
    on = ~np.isnan(known)
    plain = direct_sums(
        at, known[on], known[on], weight[on], wide[on], kernel=kernel, length=boundary.length_km
    )
    years = chosen.years
    table = pd.DataFrame(
        {
            "chainage_km": at,
            "official_km": boundary.official_km(at),
            "intensity": curve / years,
        }
    )
    if band is not None:
        found = intensity_band(
            [], length=boundary.length_km, at=at, bandwidth=wide if adaptive and wide.size else h,
            kernel=kernel, weights=own, imputed=_in_period(drawn, chosen.in_time, seed), band=band,
            confidence_level=confidence_level, n_sim=n_sim, seed=seed,
        )  # fmt: skip
        if own.size and not own.any():
            notes.append(f"No event has {weights} above 0: hi cannot be had, as one more may.")
        # The draws' mean differs a little from the exact curve, which must lie within.
        table["lo"] = np.minimum(found.lo, curve) / years
        table["hi"] = np.maximum(found.hi, curve) / years
    table["intensity_known"] = plain / years
    table.attrs = result_attrs(
        "density",
        located,
        period=chosen.period,
        sources=sources_of(chosen.used),
        years=years,
        unit="events per km and year" if weights is None else f"{weights} per km and year",
        bandwidth_km=h,
        expected_on_line=float(share.sum()),
        events=len(chosen.used),
        events_known_to_a_point=int(on.sum()),
        set_aside=chosen.set_aside | unstated,
        notes=notes,
        seed=seed,
        n_sim=n_sim if band == "bootstrap" else None,
        parameters={
            **chosen.parameters,
            "step_km": step_km,
            "bandwidth_km": rule,
            "kernel": kernel,
            "adaptive": adaptive,
            "weights": weights,
            "band": band,
            "confidence_level": confidence_level,
            "n_imputations": n_imputations,
        },
    )
    return table


def _in_period(drawn: FloatArray, in_time: FloatArray, seed: int) -> FloatArray:
    """Return the drawn places, without events that in that draw happened outside the period."""
    random = np.random.default_rng([seed, 3])  # a stream of its own beside places and days
    return np.where(random.random(drawn.shape) < in_time, drawn, np.nan)


def _piece_sums(
    at: FloatArray,
    pieces: Pieces,
    share: FloatArray,
    wide: FloatArray,
    kernel: str,
    length: float,
) -> FloatArray:
    """Return the sum of the kernels of all pieces; those of the same ends and width only once."""
    each = np.column_stack((pieces.from_km, pieces.to_km, wide[pieces.event]))
    different, which = np.unique(each, axis=0, return_inverse=True)
    start, stop, h = different.T
    total = np.asarray(np.bincount(which.ravel(), share, len(different)), dtype=np.float64)
    return direct_sums(at, start, stop, total, h, kernel=kernel, length=length)


def grid_of(length_km: float, step_km: float) -> FloatArray:
    """Return places on a line every so many km, its end among them."""
    step = check_positive(step_km, name="step_km", unit="km")
    if step * MOST_STEPS < length_km:
        raise ParameterError(
            f"step_km must leave at most {MOST_STEPS:,} places on {length_km:,.1f} km, but is "
            f"{step_km!r}."
        )
    at = np.arange(0.0, length_km, step)
    return np.append(at[at < length_km - 1e-9 * step], length_km)


def event_weights(chosen: Selection, column: str | None) -> tuple[FloatArray, dict[str, int]]:
    """
    Return the weight of each event, and who is set aside for want of one.

    The weight is a number of the column, 0 where that is missing; without a column 1.
    """
    if column is None:
        return np.ones(len(chosen.used)), {}
    check_columns(chosen.used, [column], name="located")
    try:
        values = chosen.used[column].to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"The column {column!r} must hold numbers, but: {error}.") from error
    missing = np.isnan(values)
    if missing.size and missing.all():
        raise StatisticsError(
            f"The column {column!r} must hold weights, but all of the {missing.size} events that "
            "count have none. Choose another column, or None to count events."
        )
    weights = check_weights(np.where(missing, 0.0, values), len(values))
    return weights, {f"{column} not stated": int(missing.sum())}


def drawn_bandwidth(
    drawn: FloatArray, rule: str | float, *, length: float, kernel: str
) -> tuple[float, list[str]]:
    """Return the bandwidth given, or the median of a rule's choices from draws, and notes on it."""
    if not isinstance(rule, str):
        return check_positive(rule, name="bandwidth_km", unit="km"), []
    found = [
        ruled_bandwidth(table[~np.isnan(table)], rule, length=length, kernel=kernel)
        for table in drawn[:RULE_DRAWS]
    ]
    notes = []
    for limit, word in (("low", "less"), ("high", "more")):
        many = sum(at_limit == limit for _, at_limit in found)
        if many:
            notes.append(
                f"In {many} of {len(found)} draws of the places the rule {rule!r} ended at the {limit} "
                f"end of the bandwidths it may choose: they ask for {word} smoothing than that, and "
                "bandwidth_km says as much about the range as about the events."
            )
    return float(np.median([h for h, _ in found])), notes


def _event_bandwidths(
    drawn: FloatArray, h: float, length: float, kernel: str, adaptive: bool
) -> FloatArray:
    """Return the bandwidth of each event: one for all, or its geometric mean over the draws."""
    n = drawn.shape[1]
    if not adaptive:
        return np.full(n, h)
    total = np.zeros(n)
    times = np.zeros(n)
    for table in drawn[:RULE_DRAWS]:
        on = np.flatnonzero(~np.isnan(table))
        total[on] += np.log(
            adaptive_bandwidths(table[on], length=length, bandwidth=h, kernel=kernel)
        )
        times[on] += 1
    return np.where(times > 0, np.exp(total / np.maximum(times, 1)), h)
