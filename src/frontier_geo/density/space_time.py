"""
Kernel intensity along the boundary and through time at once, corrected at the edges of both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_positive
from frontier_geo.boundary import Boundary
from frontier_geo.density.bandwidth import check_events_on_line
from frontier_geo.density.curve import drawn_bandwidth, event_weights, grid_of
from frontier_geo.density.intensity import check_places, check_weights
from frontier_geo.density.kernels import kernel_matrix, the_kernel
from frontier_geo.errors import CoordinateError, ParameterError, StatisticsError
from frontier_geo.licences import sources_of
from frontier_geo.locating import same_boundary
from frontier_geo.periods import Period
from frontier_geo.places import draw_chainages, line_pieces
from frontier_geo.selection import Selection, select_events

__all__ = ["space_time_density", "space_time_intensity"]

MATRIX_CELLS = 4_000_000
MOST_ROWS = 5_000_000


def space_time_intensity(
    chainage: ArrayLike,
    time: ArrayLike,
    *,
    length: float,
    duration: float,
    at: ArrayLike,
    at_time: ArrayLike,
    bandwidth: float,
    bandwidth_time: float,
    kernel: str = "gaussian",
    kernel_time: str = "gaussian",
    weights: ArrayLike | None = None,
    chainage_to: ArrayLike | None = None,
    time_to: ArrayLike | None = None,
) -> FloatArray:
    """
    Estimate the intensity of events along a line and through time.

    Parameters
    ----------
    chainage, time : array_like of float, shape (n,)
        Where and when each event was: between 0 and `length`, and between 0 and `duration`.
    length, duration : float
        In any unit of length and any unit of time.
    at, at_time : array_like of float, shapes (m,) and (k,)
        Where and when the intensity is wanted.
    bandwidth, bandwidth_time : float
        Standard deviations of the two kernels.
    kernel, kernel_time : str, default "gaussian"
    weights : array_like of float, shape (n,), optional
        0 or more. Default: 1.
    chainage_to, time_to : array_like of float, shape (n,), optional
        Ends of each event's stretch and of its window of time; it is anywhere in between, evenly.

    Returns
    -------
    ndarray of float, shape (m, k)
        Events per unit of length and of time. Both ends of the line and of the time mirror, so that
        it integrates to the sum of the weights.

    Raises
    ------
    CoordinateError, ParameterError
        If an event is off the line or outside the time, or an argument makes no sense.

    References
    ----------
    Diggle (2014), Statistical Analysis of Spatial and Spatio-Temporal Point Patterns, 3rd ed., chapter 5.

    Examples
    --------
    >>> found = space_time_intensity(
    ...     [2, 5], [10, 90], length=10, duration=100, at=[2, 5], at_time=[10, 90], bandwidth=1,
    ...     bandwidth_time=10,
    ... )
    >>> bool(found[0, 0] > found[0, 1])
    True
    """
    where = _stretch(chainage, chainage_to, length, "chainage")
    when = _stretch(time, time_to, duration, "time")
    if where[0].shape != when[0].shape:
        raise CoordinateError(
            f"Each event needs a chainage and a time, but there are {where[0].size} and "
            f"{when[0].size}."
        )
    the_kernel(kernel), the_kernel(kernel_time)
    h = check_positive(bandwidth, name="bandwidth", unit="the unit of the chainage")
    h_time = check_positive(bandwidth_time, name="bandwidth_time", unit="the unit of the time")
    places = check_places(at, length)
    moments = check_places(at_time, duration)
    w = check_weights(weights, where[0].size)
    total = np.zeros((places.size, moments.size))
    step = max(1, MATRIX_CELLS // max(places.size + moments.size, 1))
    for begin in range(0, w.size, step):
        some = slice(begin, begin + step)
        along = kernel_matrix(
            places, where[0][some], chainage_to=where[1][some], bandwidth=h, kernel=kernel,
            length=length,
        )  # fmt: skip
        through = kernel_matrix(
            moments, when[0][some], chainage_to=when[1][some], bandwidth=h_time,
            kernel=kernel_time, length=duration,
        )  # fmt: skip
        total += (along * w[some]) @ through.T
    return total


def _stretch(
    start: ArrayLike, stop: ArrayLike | None, length: float, name: str
) -> tuple[FloatArray, FloatArray]:
    begin = check_events_on_line(start, length, name=name)
    end = begin if stop is None else check_events_on_line(stop, length, name=f"{name}_to")
    if end.shape != begin.shape or (end < begin).any():
        raise CoordinateError(
            f"{name}_to must give each event an end, not before its beginning in {name}."
        )
    return begin, end


def space_time_density(
    located: pd.DataFrame,
    boundary: Boundary | None = None,
    *,
    step_km: float = 10.0,
    step_days: float = 91.3125,
    bandwidth_km: str | float | None = None,
    bandwidth_days: float = 365.25,
    kernel: str = "gaussian",
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    weights: str | None = None,
    seed: int = 0,
    n_imputations: int = 20,
) -> pd.DataFrame:
    """
    Estimate the intensity of incidents along the boundary and through a period.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`, with dates.
    boundary : Boundary, optional
        The line the events were located on. Default: the shipped border, if it is that.
    step_km, step_days : float
        Distances of the places and days at which the intensity is worked out. Default: 10 km and a
        quarter of a year. The last place and day are among them.
    bandwidth_km : float or {"cv", "silverman", "diggle"}, optional
        As for `line_density`.
    bandwidth_days : float, default 365.25
        Standard deviation of the kernel through time.
    kernel : str, default "gaussian"
        Of both.
    period, scope, min_confidence, weights
        As for `line_density`.
    seed, n_imputations : int
        Of the draws from which a rule chooses the bandwidth.

    Returns
    -------
    DataFrame
        Long, by place, then day: ``chainage_km, official_km, day, intensity``; events (with `weights`:
        their sum) per km and day, as ``.attrs["unit"]`` says. Uncertain places are spread over where
        the event may have been, windows of dates over their days within the period.
        ``.attrs["expected_on_line"]`` is what it integrates to, ``.attrs["set_aside"]["no date"]`` how
        many events had no date and are not in it.

    Raises
    ------
    StatisticsError
        If no event has a date, or none a weight.
    ParameterError
        If an argument makes no sense.

    References
    ----------
    Diggle (2014), Statistical Analysis of Spatial and Spatio-Temporal Point Patterns, 3rd ed., chapter 5.
    Brunsdon, Corcoran & Higgs (2007), Comput. Environ. Urban Syst. 31, 52-75.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> found = space_time_density(
    ...     locate_events(load_events()), step_km=100, step_days=1000, bandwidth_km=50
    ... )
    >>> found.columns.tolist()
    ['chainage_km', 'official_km', 'day', 'intensity']
    """
    boundary = same_boundary(boundary, located=located)
    chosen = select_events(located, period=period, scope=scope, min_confidence=min_confidence)
    at = grid_of(boundary.length_km, step_km)
    days = grid_of(chosen.days, check_positive(step_days, name="step_days", unit="days"))
    if at.size * days.size > MOST_ROWS:
        raise ParameterError(
            f"step_km and step_days give {at.size:,} places times {days.size:,} days. Take longer "
            f"steps: {MOST_ROWS:,} rows are the most."
        )
    chosen = _dated(chosen)
    begin, end = _windows(chosen)
    pieces = line_pieces(chosen.used, boundary)
    own, unstated = event_weights(chosen, weights)
    share = pieces.probability * (own * chosen.in_time)[pieces.event]
    rule = "cv" if bandwidth_km is None else bandwidth_km
    drawn = draw_chainages(chosen.used, boundary, n_imputations=n_imputations, seed=seed)
    h, notes = drawn_bandwidth(drawn, rule, length=boundary.length_km, kernel=kernel)
    intensity = space_time_intensity(
        pieces.from_km, begin[pieces.event], chainage_to=pieces.to_km, time_to=end[pieces.event],
        length=boundary.length_km, duration=chosen.days, at=at, at_time=days, bandwidth=h,
        bandwidth_time=bandwidth_days, kernel=kernel, kernel_time=kernel, weights=share,
    )  # fmt: skip
    table = pd.DataFrame(
        {
            "chainage_km": np.repeat(at, days.size),
            "official_km": np.repeat(boundary.official_km(at), days.size),
            "day": np.tile(chosen.begin + pd.to_timedelta(days, unit="D"), at.size),
            "intensity": intensity.ravel(),
        }
    )
    table.attrs = result_attrs(
        "space_time_density",
        located,
        period=chosen.period,
        sources=sources_of(chosen.used),
        unit="events per km and day" if weights is None else f"{weights} per km and day",
        bandwidth_km=h,
        bandwidth_days=float(bandwidth_days),
        expected_on_line=float(share.sum()),
        events=len(chosen.used),
        set_aside=chosen.set_aside | unstated,
        notes=notes,
        seed=seed,
        parameters={
            **chosen.parameters,
            "step_km": step_km,
            "step_days": step_days,
            "bandwidth_km": rule,
            "bandwidth_days": bandwidth_days,
            "kernel": kernel,
            "weights": weights,
            "n_imputations": n_imputations,
        },
    )
    return table


def _dated(chosen: Selection) -> Selection:
    """Set aside the events without a date."""
    used = chosen.used
    if "date_start" not in used or (len(used) and used["date_start"].isna().all()):
        raise StatisticsError(
            "A density through time needs dates, but no event used has one in date_start."
        )
    dated = used["date_start"].notna().to_numpy()
    return replace(
        chosen,
        used=used[dated],
        in_time=chosen.in_time[dated],
        set_aside=chosen.set_aside | {"no date": int((~dated).sum())},
    )


def _windows(chosen: Selection) -> tuple[FloatArray, FloatArray]:
    """Return the windows of the events within the period, in days from its start."""
    start = chosen.used["date_start"]
    stop = chosen.used["date_end"].fillna(start)
    # An event of one day lies anywhere within that day.
    begin = (start - chosen.begin).dt.days.to_numpy(dtype=float)
    end = (stop - chosen.begin).dt.days.to_numpy(dtype=float) + 1.0
    return np.clip(begin, 0.0, chosen.days), np.clip(end, 0.0, chosen.days)
