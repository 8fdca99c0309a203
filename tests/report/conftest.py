"""Reports that several tests look at, made once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely import LineString, Point

from frontier_geo import Boundary, border_report
from frontier_geo.report import BorderReport

LANGUAGES = ("en", "ru", "tg", "fa")
#: The day of making that every report of these tests bears: 30 November 2026.
EPOCH_S = 1_796_000_000
#: Few simulations: these tests are about what is told, not about how sure it is.
FEW = {"n_sim": 99, "n_imputations": 5}


@pytest.fixture(autouse=True)
def day_of_making(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every report on the same day."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(EPOCH_S))


@cache
def shipped_report(
    period: str = "2025", language: str = "en", before: str | bool | None = None
) -> BorderReport:
    """The report on the shipped border, without pictures; its numbers are worked out once."""
    if language != "en":
        return replace(shipped_report(period, before=before), language=language)
    return border_report(period=period, before=before, picture=False, interactive=False, **FEW)


def straight_line(**options: Any) -> Boundary:
    """A degree of the equator, 111.319 km, far from the shipped border."""
    told = {"boundary_id": "NO-SO", "left": "North", "right": "South", "name": "Equator line"}
    line = LineString([(10, 0), (11, 0)])
    return Boundary.from_line(line, crs="EPSG:4326", **{**told, **options})


def events_at(*rows: tuple[str, float], **columns: Any) -> gpd.GeoDataFrame:
    """Incidents on the equator line, each with its day and longitude, known to 100 m."""
    days, places = zip(*rows, strict=True) if rows else ((), ())
    table = {
        "event_id": [f"e{k + 1}" for k in range(len(rows))],
        "date_start": pd.to_datetime(list(days)),
        "event_type": "armed_clash",
        "location_precision": "exact",
        "location_uncertainty_km": 0.1,
        **columns,
    }
    geometry = [Point(lon, 0) for lon in places]
    return gpd.GeoDataFrame(table, geometry=geometry, crs="EPSG:4326")


@pytest.fixture(scope="session")
def line_report() -> Callable[..., BorderReport]:
    """Report on incidents of the equator line, without pictures."""

    def report(events: gpd.GeoDataFrame, period: Any = "2020", **options: Any) -> BorderReport:
        plain = {"boundary": straight_line(), "picture": False, "interactive": False, **FEW}
        return border_report(events, period=period, **{**plain, **options})

    return report
