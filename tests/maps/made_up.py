"""Made-up incidents on the small border: as many as a test wants, the same each time, with text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo import Boundary, make_segments
from frontier_geo.maps import HotspotPage, hotspot_page

from .conftest import make_boundary

PERIOD = ("1992-01-01", "2025-12-31")
PLACES = 600
TYPES = ("armed_clash", "drug_seizure", "infiltration", "other")
PRECISIONS = ("exact", "settlement", "near_settlement", "district", "country")
SHARES = (0.2, 0.3, 0.2, 0.2, 0.1)
POINTS = ("exact", "settlement", "near_settlement")
SENTENCES = (
    "Shots were exchanged across the river for {} hours, a spokesman said.",
    "Задержаны {} человека, изъят героин, сообщили пограничники.",
    "Дар наздикии дарё тирандозӣ шуд, {} кас захмӣ шуданд.",
    "در نزدیکی دریا {} تن بازداشت شدند.",
)
CARRIED = [
    "date_start", "date_end", "date_precision", "event_type", "scope", "confidence", "country_side",
    "location_precision", "location_uncertainty_km", "frontage_from_km", "frontage_to_km",
]  # fmt: skip
RARE = "Zarafshon"  # a word of every so manieth summary
RARE_EVERY = 9_973


@dataclass
class MadeUp:
    """An event table and where its incidents are."""

    boundary: Boundary
    events: gpd.GeoDataFrame
    located: pd.DataFrame

    def page(self, **options: Any) -> HotspotPage:
        """Draw it."""
        return hotspot_page(
            self.events,
            boundary=self.boundary,
            segments=make_segments(self.boundary, length_km=10),
            located=self.located,
            **{"basemap": False, "period": PERIOD, **options},
        )

    def in_order(self) -> NDArray[np.int64]:
        """Rows of the events by day, undated ones first, then along the border, as a page has them."""
        day = self.events["date_start"].to_numpy("datetime64[D]").astype("int64")
        km = self.located["chainage_km"].fillna(-1).to_numpy()
        return np.lexsort((km, day))


def made_up(n: int, *, seed: int = 7) -> MadeUp:
    """Return so many incidents at some hundred places, one or none of them without a date."""
    rng = np.random.default_rng(seed)
    boundary = make_boundary()
    km, lon, lat, precision = (each[rng.integers(0, PLACES, n)] for each in _places(seed))
    point, stretch = np.isin(precision, POINTS), precision == "district"
    day = np.datetime64("1992-01-01") + np.sort(rng.integers(0, 12_400, n))
    numbers = np.arange(n)
    summaries = [SENTENCES[i % 4].format(i % 89 + 2) + f" Case {i:06d}." for i in numbers]
    for i in range(RARE_EVERY // 2, n, RARE_EVERY):
        summaries[i] += f" {RARE} was named."
    geometry = np.where(point, np.array(gpd.points_from_xy(lon, lat), dtype=object), None)
    events = gpd.GeoDataFrame(
        {
            "event_id": [f"case-{i:06d}" for i in numbers],
            "date_start": day, "date_end": day, "date_precision": "day",
            "event_type": rng.choice(TYPES, n, p=[0.4, 0.3, 0.2, 0.1]), "scope": "border",
            "place": [f"Place {i:06d}" for i in numbers],
            "country_side": rng.choice(["TJ", "AF"], n), "location_precision": precision,
            "location_uncertainty_km": np.where(point, 5.0, np.where(stretch, 25.0, np.nan)),
            "frontage_from_km": np.where(stretch, np.floor(km / 50) * 50, np.nan),
            "frontage_to_km": np.where(stretch, np.floor(km / 50) * 50 + 50, np.nan),
            "killed": pd.array(rng.integers(0, 9, n), dtype="Int64"), "summary": summaries,
            "source_urls": [[f"https://news.example.org/{i}"] for i in numbers],
            "source": "demo", "licence": "CC0", "confidence": "high",
        },
        geometry=geometry, crs="EPSG:4326",
    )  # fmt: skip
    located = pd.DataFrame(
        {
            "event_id": events["event_id"], "candidate": 0,
            "placement": np.where(point, "point", np.where(stretch, "frontage", "unplaced")),
            "chainage_km": np.where(point, km, np.nan), "lon": np.where(point, lon, np.nan),
            "lat": np.where(point, lat, np.nan), "distance_km": np.where(point, 1.5, np.nan),
            "side": np.where(point, events["country_side"], None), "side_certain": False,
        }
    )  # fmt: skip
    located[CARRIED] = events[CARRIED]
    return MadeUp(boundary, events, located)


@cache
def _places(seed: int) -> tuple[NDArray[Any], ...]:
    """Kilometre, longitude, latitude and precision of the places."""
    rng = np.random.default_rng(seed)
    boundary = make_boundary()
    km = np.sort(rng.uniform(1, boundary.length_km - 1, PLACES)).round(3)
    lon, lat = boundary.lonlat_at(km)
    off = rng.normal(0, 0.01, (2, PLACES))
    precision = rng.choice(PRECISIONS, PLACES, p=SHARES)
    return km, (lon + off[0]).round(4), (lat + off[1]).round(4), precision
