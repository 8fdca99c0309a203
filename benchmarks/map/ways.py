"""The two ways of making a map page: the library's, and the best that folium offers by itself."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

import folium
import pandas as pd

from benchmarks.map.incidents import Incidents
from frontier_geo.maps.page import hotspot_page

TEXTS = ("event_id", "place", "actors", "summary", "source")


@dataclass(frozen=True)
class Built:
    """A page on disk: the processor time it took to make, and what came out."""

    path: Path
    seconds: float
    size: int
    sha256: str


def build_ours(given: Incidents, path: Path) -> Built:
    """Make the library's page of incidents that are located already, and write it."""
    begin = time.process_time()
    page = hotspot_page(
        given.events, located=given.located, rates=given.rates,
        title=f"{len(given.events):,} made-up incidents",
    )  # fmt: skip
    page.save(path)
    return _built(path, time.process_time() - begin)


def build_folium(given: Incidents, path: Path) -> Built:
    """
    Make a map with `folium.GeoJson` on one canvas, its fastest way for many points.

    Points only: it has no ribbon, no diagram, no filter and no stretch. The texts are in the properties
    and come up in a popup.
    """
    begin = time.process_time()
    points = given.events[~(given.events.geometry.isna() | given.events.geometry.is_empty)]
    shown = points[[*TEXTS, "event_type", "geometry"]].assign(
        date=pd.to_datetime(points["date_start"]).dt.strftime("%Y-%m-%d"),
        link=[each[0] for each in points["source_urls"]],
    )
    drawn = folium.Map(tiles=None, prefer_canvas=True, location=[37.6, 71.3], zoom_start=7)
    folium.GeoJson(
        shown,
        marker=folium.CircleMarker(radius=4, weight=1, fill=True, fill_opacity=0.6),
        popup=folium.GeoJsonPopup(fields=[*TEXTS, "event_type", "date", "link"]),
    ).add_to(drawn)
    drawn.save(path)
    return _built(path, time.process_time() - begin)


def _built(path: Path, seconds: float) -> Built:
    content = path.read_bytes()
    return Built(path, seconds, len(content), hashlib.sha256(content).hexdigest())
