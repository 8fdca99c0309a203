"""A small border of our own, with every kind of incident on it, and a real browser to look."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from frontier_geo import Boundary, make_segments
from frontier_geo.maps import HotspotPage, OfflineMap, hotspot_map, hotspot_page
from frontier_geo.maps.packing import unpack
from frontier_geo.maps.payload import Payload


@dataclass
class World:
    """All that a map is drawn from."""

    boundary: Boundary
    segments: gpd.GeoDataFrame
    rates: gpd.GeoDataFrame
    events: gpd.GeoDataFrame
    located: pd.DataFrame
    areas: gpd.GeoDataFrame
    frontages: pd.DataFrame
    referents: pd.DataFrame
    options: dict[str, Any] = field(default_factory=dict)

    def map(self, **changes: Any) -> OfflineMap:
        """Draw it as a folium map; tables can be exchanged by name."""
        return hotspot_map(**self._arguments(changes))

    def page(self, **changes: Any) -> HotspotPage:
        """Draw it as a page; tables can be exchanged by name."""
        return hotspot_page(**self._arguments(changes))

    def _arguments(self, changes: dict[str, Any]) -> dict[str, Any]:
        names = (
            "events", "boundary", "rates", "located", "areas", "frontages", "referents",
        )  # fmt: skip
        tables = {name: getattr(self, name) for name in names}
        return {**tables, "basemap": False, **self.options, **changes}


class Opened:
    """The data of a page, unpacked."""

    def __init__(self, payload: Payload) -> None:
        self.blocks = {name: unpack(block) for name, block in payload.blocks.items()}
        self.head: dict[str, Any] = json.loads(self.blocks["data"])
        arrays = self.blocks["arrays"]
        self.columns = {
            each["name"]: np.frombuffer(
                arrays, np.dtype(each["type"]).newbyteorder("<"), each["length"], each["offset"]
            )
            for each in self.head["columns"]
        }
        chunks = [json.loads(self.blocks[f"text-{k}"]) for k in range(self.head["text"]["chunks"])]
        for chunk in chunks:  # texts that recur are told once
            for name, numbers in chunk.pop("again", {}).items():
                chunk[name] = [chunk[name][number] for number in numbers]
        self.texts: dict[str, list[Any]] = {
            field: [
                value
                for chunk in chunks  # without the fields that say nothing there
                for value in chunk.get(field, [None] * len(chunk["id"]))
            ]
            for field in self.head["text"]["fields"]
        }

    def row(self, event_id: str) -> int:
        """Return which incident has an id."""
        return self.texts["id"].index(event_id)

    def of(self, event_id: str, column: str) -> Any:
        """Return what a column says of an incident."""
        return self.columns[column][self.row(event_id)]

    def strings(self) -> set[str]:
        """Return every text of the data, the catalogue's words aside."""
        found: set[str] = set()
        waiting: list[Any] = [self.head, self.texts]
        while waiting:
            value = waiting.pop()
            if isinstance(value, str):
                found.add(value)
            elif isinstance(value, dict):
                waiting += [*value.keys(), *value.values()]
            elif isinstance(value, list):
                waiting += value
        return found


def make_boundary() -> Boundary:
    """A wavy line of about 310 km with 241 vertices, Tajikistan on its left."""
    lon = np.linspace(68, 71, 241)
    lat = 37.2 + 0.25 * np.sin(4 * lon) + 0.02 * np.sin(60 * lon)
    line = shapely.LineString(np.column_stack([lon, lat]).round(6))
    return Boundary.from_line(
        line,
        crs="EPSG:4326",
        boundary_id="DEMO",
        left="TJ",
        right="AF",
        name="Demo border",
        position_uncertainty_m=250,
    )


def make_areas(boundary: Boundary) -> gpd.GeoDataFrame:
    """Two countries that share the border vertex by vertex, each cut into two provinces."""
    line = list(zip(boundary.lon, boundary.lat, strict=True))
    west, east, middle = line[0], line[-1], line[120]
    rows = []
    for country, name, far in (("TJ", "Tajikistan", 38.5), ("AF", "Afghanistan", 36.0)):
        whole = shapely.Polygon([*line, (east[0], far), (middle[0], far), (west[0], far)])
        left = shapely.Polygon([*line[:121], (middle[0], far), (west[0], far)])
        right = shapely.Polygon([*line[120:], (east[0], far), (middle[0], far)])
        rows += [
            (country, name, "country", country, whole),
            (f"{country}-W", f"{country} West", "province", country, left),
            (f"{country}-E", f"{country} East", "province", country, right),
        ]
    columns = ["area_id", "name", "kind", "country", "geometry"]
    return gpd.GeoDataFrame(rows, columns=columns, geometry="geometry", crs="EPSG:4326")


def make_rates(segments: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Numbers as `segment_rates` gives them; every fifth segment has none."""
    rng = np.random.default_rng(5)
    rates = segments.copy()
    expected = rng.gamma(1.0, 1.5, len(rates)).round(3)
    expected[::5] = 0.0
    rates["events"] = np.floor(expected).astype(int)
    rates["expected_events"] = expected
    rates["exposure_km_yr"] = rates["length_km"] * 30
    rates["rate"] = rates["events"] / rates["exposure_km_yr"] * 100
    rates["rate_lo"], rates["rate_hi"] = rates["rate"] * 0.4, rates["rate"] * 2 + 1
    rates["expected_rate"] = expected / rates["exposure_km_yr"] * 100
    rates.attrs = {
        "period": ["1996-01-01", "2025-12-31"],
        "accounting": {"events": 9, "counted": 4, "spread_over_stretches": 3, "off_border": 1},
        "data_version": "2026.11.0",
        "library_version": "0.1.0",
    }
    return rates


# One incident of each kind: id, date window and its precision, type, place, side, precision of the
# place, uncertainty in km, chainage of its point (or "off" for one far away), stretch.
EVENT_ROWS = """
e01|2025-06-01|2025-06-30|month|armed_clash|Village A|TJ|settlement|2|40|
e02|2010-01-01|2010-12-31|year|drug_seizure|Village A|TJ|settlement|2|40|
e03|2024-11-26|2024-11-26|day|cross_border_fire|near B|AF|near_settlement|5|90|
e04|2021-03-05|2021-03-06|day|infiltration|Bridge C|both|exact|0.3|150|
e05|2020-02-02|2020-02-02|day|other|Far place|TJ|settlement|2|off|
e06|2019-07-01|2019-07-31|month|armed_clash|the D district|TJ|district|25||100-150
e07|2018-07-01|2018-07-01|day|drug_seizure|the D district|TJ|district|25||100-150
e08|2017-07-01|2017-07-01|day|drug_seizure|F district|AF|district|20||200-240
e09|2016-01-01|2016-12-31|year|military_build_up|TJ East|TJ|province|80||150-300
e10|2015-01-01|2015-12-31|year|military_build_up|whole sector|TJ|frontage|150||0-300
e11|2014-01-01|2014-12-31|year|border_closure|sector two|TJ|frontage|100||90-290
e12|2013-05-01|2013-05-31|month|attack_on_civilians|the border|TJ|country|||
""".strip()


def make_events(boundary: Boundary) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """One incident of each kind of place and date, and where it was located."""
    events, located = [], []
    for line in EVENT_ROWS.splitlines():
        name, start, end, dated, kind, place, side, precision, km, at, stretch = line.split("|")
        point, placement, distance = None, "unplaced", None
        ends = [float(part) for part in stretch.split("-")] if stretch else [None, None]
        if at == "off":
            point, placement, distance = shapely.Point(69, 38.4), "off_border", 120.0
        elif at:
            point, placement, distance = boundary.point_at(float(at)), "point", 1.2
        elif stretch:
            point, placement = boundary.substring(*ends), "frontage"
        events.append(
            {
                "event_id": name, "date_start": pd.Timestamp(start), "date_end": pd.Timestamp(end),
                "date_precision": dated, "event_type": kind, "actors": f"actors of {name}",
                "scope": "context" if kind == "military_build_up" else "border", "place": place,
                "country_side": side, "admin1": "TJ West", "admin2": "D", "geometry": point,
                "location_precision": precision,
                "location_uncertainty_km": float(km) if km else None,
                "location_basis": f"basis of {name}", "frontage_from_km": ends[0],
                "frontage_to_km": ends[1], "killed": 2 if name == "e03" else None,
                "killed_min": 1 if name == "e03" else None,
                "killed_max": 4 if name == "e03" else None, "wounded": None, "detained": None,
                "narcotics_kg": 12.5 if kind == "drug_seizure" else None,
                "narcotics_detail": "heroin" if kind == "drug_seizure" else None,
                "weapons_seized": None, "summary": f"summary of {name}",
                "source_urls": [f"https://www.example.org/{name}?a=1&b=2"],
                "source_dates": ["2025-06"], "source": "demo", "licence": "CC0",
                "confidence": "medium", "notes": None,
            }
        )  # fmt: skip
        near = float(at) if placement == "point" else None
        located.append(
            {
                "event_id": name, "candidate": 0, "placement": placement, "reason": None,
                "chainage_km": near, "distance_km": distance, "side": "TJ",
                "side_certain": name == "e01", "frontage_from_km": ends[0],
                "frontage_to_km": ends[1],
            }
        )  # fmt: skip
    table = gpd.GeoDataFrame(events, geometry="geometry", crs="EPSG:4326")
    table["killed"] = table["killed"].astype("Int64")
    return table, pd.DataFrame(located)


def make_world() -> World:
    """Build the small border and all that happens on it."""
    boundary = make_boundary()
    segments = make_segments(boundary, length_km=10)
    for column, text in (("tj_district", "D"), ("af_district", "F"), ("terrain", "river")):
        segments[column] = text
    events, located = make_events(boundary)
    frontages = pd.DataFrame(
        {"place_id": ["d", "f"], "name": ["D district", "F district"], "country": ["TJ", "AF"],
         "from_km": [100.0, 200.0], "to_km": [150.0, 240.0]}
    )  # fmt: skip
    points = [boundary.point_at(km) for km in (0, 80, 150)]
    referents = pd.DataFrame(
        {"referent_id": ["t", "m", "b"], "name": ["Tripoint", "River mouth", "Bridge C"],
         "kind": ["tripoint", "river_mouth", "bridge"], "lon": [p.x for p in points],
         "lat": [p.y for p in points], "from_km": [0.0, 80.0, 150.0], "to_km": [0.0, 80.0, 150.0]}
    )  # fmt: skip
    return World(
        boundary, segments, make_rates(segments), events, located, make_areas(boundary), frontages,
        referents,
    )  # fmt: skip


@pytest.fixture
def data_of() -> Callable[[HotspotPage | OfflineMap], Opened]:
    """Unpack the data of a page or map."""
    return lambda drawn: Opened(drawn.payload if isinstance(drawn, HotspotPage) else drawn.content)


@pytest.fixture
def html_of() -> Callable[[HotspotPage | OfflineMap], str]:
    """Return the HTML of a page or map."""
    return lambda drawn: drawn.html if isinstance(drawn, HotspotPage) else drawn.get_root().render()


@pytest.fixture
def policy_of() -> Callable[[str], dict[str, list[str]]]:
    """Read the security policy of a page: the sources of each directive."""

    def read(page: str) -> dict[str, list[str]]:
        content = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)[1]
        parts = [part.split() for part in html.unescape(content).split("; ")]
        return {name: sources for name, *sources in parts}

    return read


@pytest.fixture
def world() -> World:
    """A fresh small border."""
    return make_world()


class Sheet:
    """An open page, and all it did that it should not have done."""

    def __init__(self, browser: Any, path: Path, width: int, height: int, touch: bool) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, offline=True, has_touch=touch
        )
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.messages: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.messages.append(f"uncaught: {error}"))
        self.page.on("dialog", self._met)
        self.page.goto(path.resolve().as_uri())
        self.own_address = path.resolve().as_uri()

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.messages.append(f"{message.type}: {message.text}")

    def _met(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    @property
    def foreign_requests(self) -> list[str]:
        """Requests other than for the file itself and for data inside it."""
        return [
            url for url in self.requests if url != self.own_address and not url.startswith("data:")
        ]


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Save a page or map and open it with the network off."""
    sheets: list[Sheet] = []

    def show(
        drawn: HotspotPage | OfflineMap,
        *,
        width: int = 1440,
        height: int = 900,
        touch: bool = False,
    ) -> Sheet:
        path = tmp_path / f"page{len(sheets)}.html"
        drawn.save(path)
        sheet = Sheet(browser, path, width, height, touch)
        sheets.append(sheet)
        if isinstance(drawn, HotspotPage) or drawn.content:
            sheet.page.wait_for_selector(".fg-root[data-ready='1']", timeout=30_000)
        return sheet

    yield show
    for sheet in sheets:
        sheet.context.close()
