"""What is to be done with points, put down once: the line, its segments, the columns, the options."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo._validation import FloatArray, check_positive
from frontier_geo._version import __version__
from frontier_geo.boundary import Boundary
from frontier_geo.datasets import load_boundary, the_boundary
from frontier_geo.errors import ParameterError
from frontier_geo.periods import Period, as_period
from frontier_geo.segments import SegmentCuts, cut_boundary, segment_rows

__all__ = ["MAX_DISTANCE_KM", "Plan", "make_plan"]

IntArray = NDArray[np.int64]

MAX_DISTANCE_KM = 25.0  # about the depth of the districts on the border


@dataclass(frozen=True, eq=False)
class Plan:
    """
    What is to be done with points: small, unchanging, and the same on every machine.

    Make one with `make_plan`. A pickle of it leaves out what is made ready for the search; that is
    made anew once a process.

    Attributes
    ----------
    boundary : Boundary
    cuts : SegmentCuts
        The segments, by their chainages.
    segments : DataFrame or None
        The table of segments, where one was given.
    lon, lat : str
        Columns of degrees on WGS84.
    uncertainty : str or None
        Column of the radius in km that holds the true place in 95 of 100 cases.
    max_distance_km : float
        A point farther than this from the line is off the border.
    period : tuple of str or None
        First and last day observed.
    bandwidth_km, step_km : float or None, float
        Of the density; None: none is wanted.
    engine, threads : str, int
        How points are searched; results do not depend on them.
    """

    boundary: Boundary
    cuts: SegmentCuts
    segments: Any = None
    lon: str = "lon"
    lat: str = "lat"
    uncertainty: str | None = None
    max_distance_km: float = MAX_DISTANCE_KM
    period: tuple[str, str] | None = None
    bandwidth_km: float | None = None
    step_km: float = 1.0
    engine: str = "auto"
    threads: int = 1

    def __reduce__(self) -> tuple[Any, ...]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        shipped = self.boundary is load_boundary()
        values["boundary"] = None if shipped else replace(self.boundary)
        return _restored, (values, self.line_hash)

    @property
    def n_segments(self) -> int:
        return self.cuts.from_km.size

    @property
    def years(self) -> float | None:
        """Years observed, of 365.25 days."""
        if self.period is None:
            return None
        first, last = map(date.fromisoformat, self.period)
        return ((last - first).days + 1) / 365.25

    @property
    def notes(self) -> list[str]:
        """What a reader of the results has to know."""
        if self.period is None:
            return []
        first, last = self.period
        return [
            f"Every point counts, whatever its day: {first} to {last} is the time in which all were "
            "observed. Select those of a time beforehand."
        ]

    @cached_property
    def line_hash(self) -> str:
        """Checksum of all that placing points takes from the line."""
        line = self.boundary
        digest = hashlib.sha256(repr((line.left, line.right, line.stations)).encode())
        band = line.position_uncertainty_km(line.chainage_km)
        for array in (line.lon, line.lat, line.chainage_m, band):
            digest.update(array.tobytes())
        return digest.hexdigest()

    @cached_property
    def fingerprint(self) -> str:
        """Checksum of everything results rest on, but the points."""
        told = [
            self.line_hash, self.cuts.segment_id, self.lon, self.lat, self.uncertainty,
            self.max_distance_km, self.period, self.bandwidth_km, self.step_km, __version__,
        ]  # fmt: skip
        digest = hashlib.sha256(repr(told).encode())
        for array in (self.cuts.from_km, self.cuts.to_km):
            digest.update(array.tobytes())
        return digest.hexdigest()

    def segment_rows(self, chainage_km: FloatArray) -> IntArray:
        """Return the row of the segment each place lies on, or -1."""
        return segment_rows(self.cuts.from_km, self.cuts.to_km, chainage_km)

    def segment_frame(self) -> Any:
        """Return the segments as the small table that weights are worked out on."""
        import pandas as pd

        columns = {"segment_id": self.cuts.segment_id, "from_km": self.cuts.from_km}
        return pd.DataFrame({**columns, "to_km": self.cuts.to_km})


_LINES: dict[str, Boundary] = {}  # those of plans that came to this process as pickles


def _restored(values: dict[str, Any], line_hash: str) -> Plan:
    """Return an unpickled plan; plans of one line share it, and what is made ready of it."""
    given = values["boundary"]
    line = load_boundary() if given is None else _LINES.setdefault(line_hash, given)
    return Plan(**{**values, "boundary": line})


def make_plan(
    boundary: Boundary | None = None,
    *,
    segments: Any = None,
    length_km: float | None = None,
    n: int | None = None,
    by: str | None = None,
    breaks_km: ArrayLike | None = None,
    remainder: str = "balance",
    lon: str = "lon",
    lat: str = "lat",
    uncertainty: str | None = None,
    max_distance_km: float = MAX_DISTANCE_KM,
    period: Period | None = None,
    bandwidth_km: float | None = None,
    step_km: float = 1.0,
    engine: str = "auto",
    threads: int = 1,
) -> Plan:
    """
    Check what is to be done with points, and put it down.

    Parameters
    ----------
    boundary : Boundary, optional
        Default: the shipped border.
    segments : DataFrame, optional
        From `make_segments` of this boundary. Default: cut by `length_km`, `n`, `by`, `breaks_km`
        and `remainder`, as there.
    lon, lat, uncertainty : str
        Columns: see `Plan`.
    max_distance_km : float, default 25
    period : str, int or (date, date), optional
        First and last day for which the points were observed, both included. Without it there are
        counts, but no rates. No point is left out by its day.
    bandwidth_km : float, optional
        Standard deviation of the gaussian kernel of the density. Default: no density.
    step_km : float, default 1
        Distance of the places at which the density is worked out.
    engine : {"auto", "numpy", "numba"}
    threads : int, default 1

    Returns
    -------
    Plan

    Raises
    ------
    ParameterError
        If an argument makes no sense, or segments are given in two ways or overlap.

    Examples
    --------
    >>> plan = make_plan(length_km=50, period=("2020-01-01", "2020-12-31"))
    >>> plan.n_segments, round(plan.years, 3)
    (27, 1.002)
    """
    boundary = the_boundary(boundary)
    ways = {"length_km": length_km, "n": n, "by": by, "breaks_km": breaks_km}
    if segments is None:
        cuts = cut_boundary(
            boundary, length_km=length_km, n=n, by=by, breaks_km=breaks_km, remainder=remainder
        )
    else:
        cuts = _given_cuts(segments, boundary, [name for name in ways if ways[name] is not None])
    for name, value in (("max_distance_km", max_distance_km), ("step_km", step_km)):
        check_positive(value, name=name, unit="km")
    if bandwidth_km is not None:
        check_positive(bandwidth_km, name="bandwidth_km", unit="km")
        _check_bins(bandwidth_km, boundary.length_km)
    plan = Plan(
        boundary=boundary, cuts=cuts, segments=segments, lon=lon, lat=lat, uncertainty=uncertainty,
        max_distance_km=float(max_distance_km), period=_checked_period(period),
        bandwidth_km=bandwidth_km, step_km=float(step_km), engine=engine, threads=threads,
    )  # fmt: skip
    plan.segment_rows(np.empty(0))  # refuses overlapping segments
    return plan


def _given_cuts(segments: Any, boundary: Boundary, others: list[str]) -> SegmentCuts:
    if others:
        raise ParameterError(
            f"Segments are given in one way, but segments and {' and '.join(others)} were. Choose one."
        )
    from frontier_geo.locating import same_boundary
    from frontier_geo.segments import check_segments

    check_segments(segments)
    same_boundary(boundary, segments=segments)
    start, stop = (segments[name].to_numpy(dtype=float) for name in ("from_km", "to_km"))
    told = dict(segments.attrs.get("parameters", {}))
    return SegmentCuts(start, stop, [str(name) for name in segments["segment_id"]], told)


def _check_bins(bandwidth_km: float, length_km: float) -> None:
    from frontier_geo.density.kernel_sums import binned_work

    if math.isinf(binned_work(bandwidth_km, length_km)):
        raise ParameterError(
            f"bandwidth_km is too narrow for a line of {length_km:,.1f} km, whose density would take "
            f"too many bins: {bandwidth_km!r}. Choose a wider one."
        )


def _checked_period(period: Period | None) -> tuple[str, str] | None:
    if period is None:
        return None
    first, last = as_period(period)
    return first.isoformat(), last.isoformat()
