"""All numbers of a report, worked out once, by the public statistics of the library."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import date
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from frontier_geo._results import result_attrs
from frontier_geo.boundary import Boundary
from frontier_geo.errors import (
    CoverageWarning,
    ImputationWarning,
    ParameterError,
    ResolutionWarning,
    SmallSampleWarning,
)
from frontier_geo.events import check_events
from frontier_geo.locating import OFF_BORDER, locate_events
from frontier_geo.maps.inputs import MapInputs, map_inputs
from frontier_geo.maps.values import with_whole_texts
from frontier_geo.rates import compare_periods, draw_counts, segment_rates
from frontier_geo.rates.intervals import poisson_interval
from frontier_geo.report.official import (
    Context,
    context_of_events,
    context_of_figures,
    official_figures,
)
from frontier_geo.report.spans import Span, overlap, within
from frontier_geo.report.stretches import ranked_stretches
from frontier_geo.scan import scan_segments
from frontier_geo.segments import make_segments
from frontier_geo.selection import select_events
from frontier_geo.series import segment_series

__all__ = ["Numbers", "Settings", "gather", "verdict"]

PEOPLE = ("killed", "wounded", "detained", "narcotics_kg")
LONGEST_SERIES = 40  # years of the diagram by year
CONTEXT_YEARS = 5  # of the time axis, at least
PIECE_KM = 100.0  # of the stretches that are compared where no province is known
MOST_PIECES = 12


@dataclass(frozen=True)
class Settings:
    """
    What a report is of, and how its numbers are worked out.

    Attributes
    ----------
    span : (date, date)
        The period.
    before : (date, date) or None
        The period it is compared with.
    scope : tuple of str or None
    min_confidence : str or None
        Which incidents count.
    alpha, confidence_level : float
    n_sim, n_imputations, seed : int
    """

    span: Span
    before: Span | None
    scope: tuple[str, ...] | None
    min_confidence: str | None
    alpha: float
    confidence_level: float
    n_sim: int
    n_imputations: int
    seed: int

    @property
    def how(self) -> dict[str, Any]:
        """Which incidents count, as every statistic takes it."""
        return {"scope": self.scope, "min_confidence": self.min_confidence}


@dataclass(frozen=True)
class Numbers:
    """
    The numbers of a report.

    Attributes
    ----------
    settings : Settings
    inputs : MapInputs
        Line, incidents of the period, rates of segments: what the map is drawn from.
    located : DataFrame
        All incidents that have a date, located.
    coverage : (date, date)
        For which days the incidents were compiled; the months of the first to the last incident
        where nothing says it.
    compiled : bool
        Whether the table of the incidents says so itself.
    undated : int
        Incidents without a date, which are in no number.
    line : dict
        The rate of the whole line: `events`, `rate`, its interval and the like.
    accounting : dict
        What became of every incident that counts.
    set_aside : dict of str to int
        Records of the period that do not count, by reason.
    people : DataFrame
        ``what, total, stated_by, of``: sums of what incidents of the period say, those too far from
        the border left out.
    stretches : DataFrame
        From `ranked_stretches`; `.attrs` as `scan_segments`.
    members : DataFrame
        ``rank, event_id, probability``: which incidents may lie on each stretch.
    change, pieces : DataFrame or None
        The comparison with the period before: of the line (one row), and of stretches of it. None
        where there is none.
    why_no_change : str or None
        The reason: "not_asked", "outside".
    years : DataFrame
        A row a calendar year: ``step_start, step_end, events, lo, hi, exposure_km_yr, whole``.
    quarters : DataFrame
        The same by quarter, for the time axis.
    official : DataFrame or None
        From `official_figures`.
    context : list of Context
        In time.
    """

    settings: Settings
    inputs: MapInputs
    located: pd.DataFrame
    coverage: Span
    compiled: bool
    undated: int
    line: dict[str, Any]
    accounting: dict[str, Any]
    set_aside: dict[str, int]
    people: pd.DataFrame
    stretches: pd.DataFrame
    members: pd.DataFrame
    change: pd.DataFrame | None
    pieces: pd.DataFrame | None
    why_no_change: str | None
    years: pd.DataFrame
    quarters: pd.DataFrame
    official: pd.DataFrame | None
    context: list[Context]

    @property
    def rates(self) -> gpd.GeoDataFrame:
        """The segments with their numbers."""
        return self.inputs.rates

    @property
    def boundary(self) -> Boundary:
        """The line."""
        return self.inputs.boundary

    @property
    def partly_known(self) -> bool:
        """Whether a comparison rests on a time of which it is not known that it was looked at."""
        before = self.settings.before
        return before is not None and (not within(before, self.coverage) or self.beyond)

    @property
    def beyond(self) -> bool:
        """Whether the period reaches beyond the time the incidents were compiled for."""
        return not within(self.settings.span, self.coverage)

    @property
    def cut(self) -> bool:
        """Whether the incidents were compiled for a part of the period alone: it has too few."""
        return self.compiled and self.beyond

    def interval_of(self, count: int) -> tuple[float, float]:
        """Return the exact Poisson interval of a count (Garwood 1936)."""
        exact = poisson_interval(count, confidence_level=self.settings.confidence_level)
        return float(exact.lo), float(exact.hi)


def gather(
    events: gpd.GeoDataFrame,
    boundary: Boundary,
    segments: gpd.GeoDataFrame | None,
    official: pd.DataFrame | None,
    settings: Settings,
    *,
    title: str | None,
    include_restricted: bool,
    **shown: Any,
) -> Numbers:
    """
    Work out all numbers of a report.

    Parameters
    ----------
    events, boundary, segments
        As for `border_report`.
    official : DataFrame or None
        From `official_table`.
    settings : Settings
    title, include_restricted, **shown
        Passed on to `map_inputs`.

    Returns
    -------
    Numbers
    """
    with warnings.catch_warnings():  # the report itself says all of them
        for kind in (ResolutionWarning, CoverageWarning, SmallSampleWarning, ImputationWarning):
            warnings.simplefilter("ignore", kind)
        return _gathered(
            events, boundary, segments, official, settings, title, include_restricted, shown
        )


def _gathered(
    events: gpd.GeoDataFrame,
    boundary: Boundary,
    segments: gpd.GeoDataFrame | None,
    official: pd.DataFrame | None,
    settings: Settings,
    title: str | None,
    include_restricted: bool,
    shown: dict[str, Any],
) -> Numbers:
    segments = make_segments(boundary, length_km=10) if segments is None else segments
    dated, undated = _dated(check_events(with_whole_texts(events)))
    located = locate_events(dated, boundary=boundary)
    counted: dict[str, Any] = {
        **settings.how, "boundary": boundary, "n_imputations": settings.n_imputations,
        "seed": settings.seed,
    }  # fmt: skip
    of_period = {**counted, "period": settings.span, "confidence_level": settings.confidence_level}
    rates = segment_rates(located, segments, **of_period)
    drawing: dict[str, Any] = {
        "boundary": boundary, "rates": rates, "period": settings.span, "title": title,
        "include_restricted": include_restricted, "what": "A report", **shown,
    }  # fmt: skip
    all_records = map_inputs(dated, located=located, **drawing)
    mine = select_events(located, period=settings.span, **settings.how).used["event_id"]
    inputs = map_inputs(  # the incidents that the text tells of, and no others
        dated[dated["event_id"].isin(mine)],
        located=located[located["event_id"].isin(mine)],
        **drawing,
    )
    whole = segment_rates(located, make_segments(boundary, n=1), **of_period)
    drawn = draw_counts(located, segments, period=settings.span, **counted)
    found = scan_segments(
        rates, imputed=drawn, n_sim=settings.n_sim, seed=settings.seed, alpha=settings.alpha
    )
    stretches, members = ranked_stretches(
        found, rates, located, drawn, boundary=boundary, how=settings.how, span=settings.span,
        confidence_level=settings.confidence_level,
    )  # fmt: skip
    coverage, compiled = _coverage(located, settings.span)
    why, change, pieces = _changes(located, boundary, coverage, compiled, counted, settings)
    last = settings.span[1]
    years = _steps(located, boundary, "year", _years_shown(coverage, settings), settings)
    axis = _axis_of(coverage, settings)
    figures = None
    context = context_of_events(events, axis)
    if official is not None:
        spans = [span for span in (settings.before, settings.span) if span is not None]
        figures = official_figures(
            official, spans, located, boundary, coverage=coverage, scope=settings.scope
        )
        context += context_of_figures(official, axis)
    context.sort(key=lambda item: (item.first, min(item.last, last), item.group, item.what))
    return Numbers(
        settings=settings,
        inputs=inputs,
        located=located,
        coverage=coverage,
        compiled=compiled,
        undated=undated,
        line=whole.drop(columns="geometry").iloc[0].to_dict(),
        accounting=whole.attrs["accounting"],
        set_aside={why: n for why, n in all_records.set_aside.items() if n},
        people=_people(inputs, settings),
        stretches=stretches,
        members=members,
        change=change,
        pieces=pieces,
        why_no_change=why,
        years=years,
        quarters=_steps(located, boundary, "quarter", axis, settings),
        official=figures,
        context=context,
    )


def verdict(row: Any, alpha: float, *, cut: bool = False) -> str:
    """
    Return what a comparison shows: "more", "fewer", "fewer_cut", "unsure" or "nothing".

    A change is said only where the exact interval of the ratio leaves out 1, and the test agrees, also
    with the uncertain places drawn.

    Parameters
    ----------
    row : Series
        Of `compare_periods`.
    alpha : float
        The level of the test.
    cut : bool, default False
        Whether the second period was not compiled as a whole, so that fewer there show nothing.
    """
    if row["events_1"] + row["events_2"] == 0:
        return "nothing"
    drawn = row.get("p_imputed", np.nan)
    sure = row["p_value"] <= alpha and (drawn != drawn or drawn <= alpha)
    if sure and row["rr_lo"] > 1:
        return "more"
    if sure and row["rr_hi"] < 1:
        return "fewer_cut" if cut else "fewer"
    return "unsure"


def _dated(events: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    """Return the events that have a date, and how many have none."""
    if "date_start" not in events:
        raise ParameterError(
            "A report is of a period, but the events have no column date_start. Give them their dates; "
            "read_events finds them in most files."
        )
    known = events["date_start"].notna().to_numpy()
    if len(events) and not known.any():
        raise ParameterError(
            "A report is of a period, but none of the events has a day in date_start. Give them their "
            "dates; read_events finds them in most files."
        )
    dated = events[known].reset_index(drop=True)
    dated.attrs = dict(events.attrs)
    return dated, int((~known).sum())


def _coverage(located: pd.DataFrame, span: Span) -> tuple[Span, bool]:
    """
    Return for which days the incidents were compiled, and whether the table says so itself.

    Where it does not, the months from its first to its last incident are taken.
    """
    told = located.attrs.get("coverage")
    if told:
        first, last = (pd.Timestamp(day).date() for day in told)
        return (first, last), True
    start = pd.to_datetime(located["date_start"])
    stop = pd.to_datetime(located["date_end"]) if "date_end" in located else start
    if not len(start):
        return span, False
    last = max(start.max(), stop.max())
    return (start.min().replace(day=1).date(), (last + pd.offsets.MonthEnd(0)).date()), False


def _changes(
    located: pd.DataFrame,
    boundary: Boundary,
    coverage: Span,
    compiled: bool,
    counted: dict[str, Any],
    settings: Settings,
) -> tuple[str | None, pd.DataFrame | None, pd.DataFrame | None]:
    """Compare with the period before: why not, the line, and stretches that do not depend on counts."""
    if settings.before is None:
        return "not_asked", None, None
    known = within(settings.before, coverage)
    if not (known if compiled else overlap(settings.before, coverage)):
        return "outside", None, None
    options = {
        **counted, "periods": (settings.before, settings.span), "alpha": settings.alpha,
        "confidence_level": settings.confidence_level,
    }  # fmt: skip
    line = compare_periods(located, make_segments(boundary, n=1), **options)
    parts = _pieces(boundary)
    pieces = compare_periods(located, parts, **options)
    sides = [name for name in parts if name.endswith("_province")]
    told = parts.set_index("segment_id")[sides]
    attrs = pieces.attrs
    pieces = pieces[pieces["segment_id"] != "total"].join(told, on="segment_id")
    pieces.attrs = attrs
    return None, line[line["segment_id"] == "total"].reset_index(drop=True), pieces


def _pieces(boundary: Boundary) -> gpd.GeoDataFrame:
    """Cut the line where a province ends, or evenly: nowhere because of the incidents."""
    if any(name.endswith("_province") for name in boundary.intervals):
        return make_segments(boundary, by="province")
    n = int(np.clip(round(boundary.length_km / PIECE_KM), 1, MOST_PIECES))
    return make_segments(boundary, n=n)


def _people(inputs: MapInputs, settings: Settings) -> pd.DataFrame:
    """Sum up what the incidents of the period say of people and narcotics."""
    placed = inputs.placed[inputs.counted]
    chosen = select_events(placed.assign(candidate=0), period=settings.span, **settings.how)
    inside = chosen.used[chosen.in_time >= 1]
    inside = inside[inside["placement"] != OFF_BORDER]
    rows = []
    for name in PEOPLE:
        numbers = (
            pd.to_numeric(inside[name], errors="coerce").dropna()
            if name in inside
            else pd.Series(dtype=float)
        )
        rows.append((name, float(numbers.sum()), len(numbers), len(inside)))
    return pd.DataFrame(rows, columns=["what", "total", "stated_by", "of"])


def _years_shown(coverage: Span, settings: Settings) -> Span:
    """Return the time of the series of years: what is known of it up to the end of the period."""
    last = min(settings.span[1], coverage[1])
    first = min(date(max(1, last.year - LONGEST_SERIES + 1), 1, 1), settings.span[0])
    return min(max(coverage[0], first), last), last


def _axis_of(coverage: Span, settings: Settings) -> Span:
    """Return the time axis: the period, the one before, and some years for what went before."""
    first, last = settings.span[0], min(settings.span[1], coverage[1])
    begin = min(first, settings.before[0] if settings.before else first)
    begin = min(begin, date(max(1, last.year - CONTEXT_YEARS + 1), 1, 1))
    return min(max(begin, coverage[0]), last), last


def _steps(
    located: pd.DataFrame, boundary: Boundary, step: str, span: Span, settings: Settings
) -> pd.DataFrame:
    """Count the incidents of the whole line step by step, with the exact interval of each count."""
    whole = make_segments(boundary, n=1)
    if not len(located):
        return pd.DataFrame(columns=["step_start", "step_end", "events", "lo", "hi"])
    series = segment_series(
        located, whole, boundary=boundary, step=step, period=span, **settings.how
    )
    exact = poisson_interval(series["events"], confidence_level=settings.confidence_level)
    table = series[["step_start", "step_end", "events", "expected_events", "exposure_km_yr"]].copy()
    table["lo"], table["hi"] = exact.lo, exact.hi
    table.attrs = result_attrs("counts", series, unit="incidents", parameters={"step": step})
    return table
