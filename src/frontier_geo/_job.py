"""What commands about incidents on segments share: their options, and the work all begin with."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from frontier_geo._commands import UsageError, line_of
from frontier_geo._console import REPORTED
from frontier_geo._files import records
from frontier_geo.errors import (
    DataFileError,
    ParameterError,
    RejectedRowsWarning,
    ResolutionWarning,
)

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from frontier_geo.read_result import ReadResult

__all__ = [
    "By",
    "Confidence",
    "Count",
    "Events",
    "Everything",
    "Job",
    "Length",
    "PeriodText",
    "Remainder",
    "Restricted",
    "Scope",
    "Since",
    "Until",
    "about_rates",
    "days_of",
]

Events = Annotated[
    Path | None,
    typer.Option(
        "--events",
        "-e",
        help="Incidents: a file that import can read. Default: the shipped ones.",
    ),
]
Length = Annotated[float | None, typer.Option(help="Length of a segment in km. Default: 10.")]
Count = Annotated[
    int | None, typer.Option("--n", help="Number of segments of equal length, instead.")
]
By = Annotated[
    str | None,
    typer.Option(
        help="Cut by district or province, of both sides or of one (tj_district …), or terrain, instead."
    ),
]
Remainder = Annotated[
    str,
    typer.Option(
        help="The piece left over at the end: balance, cut or extend (left and right overlap or overrun)."
    ),
]
PeriodText = Annotated[
    str | None,
    typer.Option(
        "--period",
        help="The period that counts: 2025, 2025-06, 2025-H1, 2025-Q2 or 2015-01-01/2025-06-30.",
    ),
]
Since = Annotated[
    str | None, typer.Option("--from", help="First day that counts, such as 2015-01-01.")
]
Until = Annotated[str | None, typer.Option("--to", help="Last day that counts.")]
Scope = Annotated[
    list[str] | None, typer.Option(help="Scope that counts; repeat for more. Default: border.")
]
Confidence = Annotated[
    str,
    typer.Option("--min-confidence", help="Lowest confidence that counts: high, medium or low."),
]
Restricted = Annotated[
    bool,
    typer.Option(
        "--include-restricted",
        help="Also show or write rows whose licence (ACLED, GTD) forbids passing them on.",
    ),
]
Everything = Annotated[
    bool, typer.Option("--all", help="Count every incident, whatever its scope and confidence.")
]


def days_of(
    period: str | None, since: str | None, until: str | None
) -> tuple[str | None, str | None]:
    """Return the first and the last day that --period, or --from and --to, speak of."""
    if period is None:
        return since, until
    if since is not None or until is not None:
        raise UsageError("--period stands for both --from and --to: give it, or them.")
    from frontier_geo.periods import as_period

    first, last = as_period(period, name="--period")
    return first.isoformat(), last.isoformat()


class Job:
    """What every command starts from: the line, the incidents, where they are, the segments."""

    def __init__(
        self,
        events: Path | None,
        boundary: Path | None,
        length_km: float | None,
        n: int | None,
        by: str | None,
        remainder: str,
    ) -> None:
        from frontier_geo.datasets import load_events, runs_along_shipped
        from frontier_geo.locating import locate_events
        from frontier_geo.readers import read_events
        from frontier_geo.segments import make_segments

        self.boundary = line_of(boundary)
        abroad = boundary is not None and not runs_along_shipped(self.boundary)
        if events is None and abroad:
            raise UsageError(
                "The incidents that ship with the library are of the Tajik-Afghan border, but "
                f"{self.boundary.boundary_id} lies elsewhere. Give incidents of it with --events FILE."
            )
        self.segments = make_segments(
            self.boundary, length_km=length_km, n=n, by=by, remainder=remainder
        )
        line = self.boundary if abroad else None
        self.read = None if events is None else read_events(events, boundary=line, quiet=True)
        self.events: gpd.GeoDataFrame = load_events() if self.read is None else self.read.accepted
        if self.read is not None:
            _tell_refused(self.read, events)
        self.located: pd.DataFrame = locate_events(
            self.events, self.boundary, segments=self.segments
        )

    @property
    def rejected(self) -> list[dict[str, Any]]:
        """The rows that cannot be used, each with its reason."""
        odd = self.located[self.located["placement"] == "rejected"]
        unread: list[dict[str, Any]] = []
        if self.read is not None and len(self.read.rejected):
            unread = records(self.read.rejected[["row_number", "column", "value", "reason"]])
        return unread + records(odd[["event_id", "reason"]])

    def rates(
        self,
        since: str | None,
        until: str | None,
        scope: list[str] | None,
        min_confidence: str,
        everything: bool,
    ) -> gpd.GeoDataFrame:
        from frontier_geo.rates import segment_rates

        how = self.counted(since, until, scope, min_confidence, everything)
        with warnings.catch_warnings():  # the account says it, and the JSON
            warnings.simplefilter("ignore", ResolutionWarning)
            return segment_rates(self.located, self.segments, boundary=self.boundary, **how)

    def counted(
        self,
        since: str | None,
        until: str | None,
        scope: list[str] | None,
        min_confidence: str,
        everything: bool,
    ) -> dict[str, Any]:
        """Return which incidents count, as every statistic takes it."""
        return {
            "period": self.period(since, until),
            "scope": None if everything else tuple(scope or ["border"]),
            "min_confidence": None if everything else min_confidence,
        }

    def period(self, since: str | None, until: str | None) -> tuple[Any, Any] | None:
        if since is not None and until is not None:
            return since, until
        coverage = self.located.attrs.get("coverage")
        if coverage is None and "date_start" in self.located:
            dates = self.located[["date_start", "date_end"]]
            coverage = (dates["date_start"].min(), dates["date_end"].max())
        if coverage is None or coverage[0] != coverage[0]:
            raise ParameterError(
                "A rate needs the time observed, but these incidents have no dates in date_start. "
                "Give both --from and --to, such as --from 2015-01-01 --to 2025-12-31."
            )
        if since is None and until is None:
            return None
        return since or coverage[0], until or coverage[1]


def _tell_refused(read: ReadResult, path: Path | None) -> None:
    """Say which rows of a file are not among the incidents; refuse a file without any."""
    counts = read.counts()
    if not counts["accepted"]:
        first = read.rejected.iloc[0] if counts["rejected"] else None
        why = (
            ""
            if first is None
            else (
                f" Row {first['row_number']}, {first['column'] or 'the whole row'}: {first['reason']}."
            )
        )
        raise DataFileError(
            f"{path} must hold at least one usable incident, but none of its {counts['rows']:,} rows "
            f"is.{why}"
        )
    if counts["rejected"] or counts["duplicates"]:
        warnings.warn(
            f"of {counts['rows']:,} rows of {path}, {counts['rejected']:,} cannot be used and "
            f"{counts['duplicates']:,} repeat another; frontier-geo validate says which and why",
            RejectedRowsWarning,
            stacklevel=2,
        )


def about_rates(rates: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return what an answer says of the rates in it."""
    keys = (
        "period",
        "unit",
        "accounting",
        "resolution",
        "parameters",
        "sources",
        "boundary",
        "data_version",
        "library_version",
    )
    told = {key: rates.attrs.get(key) for key in keys}
    told["segments_n"] = len(rates)
    told["length_km"] = round(float(rates["length_km"].sum()), 6)
    told["note"] = REPORTED
    return told
