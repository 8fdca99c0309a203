"""
Made-up incidents on the shipped border, the same from the same seed, with text.

A few thousand places are drawn first (points near the line, districts, longer stretches) and located by
the library; each incident happened at one of them. Its summary is made of the words of the shipped
incidents, drawn as often as they stand there, so that it is about as hard to compress.
"""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import dataclass
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import frontier_geo as fg
from frontier_geo.errors import ResolutionWarning

PERIOD = ("1996-01-01", "2025-12-31")
PLACES = 20_000
HOT_KM = np.array([60.0, 150.0, 290.0, 420.0, 540.0, 690.0, 830.0, 1070.0])
HOT_SHARES = np.array([5, 6, 6, 4, 3, 4, 2, 2]) / 32
PRECISIONS = ("exact", "settlement", "near_settlement", "district", "frontage", "province")
PRECISION_SHARES = (0.1, 0.3, 0.25, 0.25, 0.05, 0.05)
RADIUS_KM = {"exact": 1, "settlement": 3, "near_settlement": 10, "district": 30, "frontage": 60}
TYPES = (
    "armed_clash", "drug_seizure", "smuggler_killed_or_detained", "attack_on_civilians",
    "cross_border_fire", "infiltration", "border_closure", "military_build_up", "other",
)  # fmt: skip
TYPE_SHARES = (0.3, 0.18, 0.14, 0.1, 0.1, 0.06, 0.03, 0.04, 0.05)
DATE_PRECISIONS, DATE_SHARES = ("day", "month", "year"), (0.75, 0.2, 0.05)
#: Columns of a located table that an incident has from its place.
OF_THE_PLACE = {
    "lon", "lat", "frontage_from_km", "frontage_to_km", "location_precision", "country_side",
    "location_uncertainty_km",
}  # fmt: skip
SHORTEST, LONGEST = 10, 26  # words of a summary


@dataclass(frozen=True)
class Incidents:
    """An event table, where its incidents were located, and the rates of them."""

    events: gpd.GeoDataFrame
    located: pd.DataFrame
    rates: gpd.GeoDataFrame


def make_incidents(n: int, *, seed: int = 1) -> Incidents:
    """Return so many incidents."""
    random = np.random.default_rng(seed)
    places, where = _places(seed)
    row = random.integers(0, len(places), n)
    dates = _dates(random, n)
    ids = np.char.add("made-up-", np.arange(n).astype(str)).astype(object)
    kind = random.choice(TYPES, n, p=TYPE_SHARES)
    events = places.iloc[row].reset_index(drop=True)
    events = events.assign(
        event_id=ids, **dates, event_type=kind,
        scope=random.choice(["border", "context", "afghan_internal"], n, p=[0.88, 0.08, 0.04]),
        confidence=random.choice(["high", "medium", "low"], n, p=[0.4, 0.45, 0.15]),
        killed=pd.array(np.where(random.random(n) < 0.3, random.integers(1, 9, n), 0), "Int64"),
        narcotics_kg=np.where(kind == "drug_seizure", random.gamma(1.2, 20, n).round(1), np.nan),
        summary=_sentences(random, n), source_urls=_addresses(random, n), **_said(random, n),
    )  # fmt: skip
    carried = [name for name in where.columns if name in events and name not in OF_THE_PLACE]
    located = where.iloc[row].reset_index(drop=True)
    located = located.assign(**{name: events[name].to_numpy() for name in carried})
    located.attrs = {**where.attrs, "coverage": list(PERIOD)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResolutionWarning)
        rates = fg.segment_rates(located, period=PERIOD, n_imputations=5)
    return Incidents(events, located, rates)


@cache
def _places(seed: int) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Return the places, and the nearest position of each on the line."""
    random = np.random.default_rng(seed + 1000)
    line = fg.load_boundary()
    middle = HOT_KM[random.choice(len(HOT_KM), PLACES, p=HOT_SHARES)]
    anywhere = random.random(PLACES) < 0.25
    km = np.where(anywhere, random.uniform(0, line.length_km, PLACES), random.normal(middle, 18.0))
    km = km.clip(1.0, line.length_km - 1.0)
    precision = random.choice(PRECISIONS, PLACES, p=PRECISION_SHARES)
    side = random.choice(["TJ", "AF"], PLACES, p=[0.6, 0.4])
    lon, lat = line.lonlat_at(km)
    lon = lon + random.normal(0, 0.02, PLACES)
    lat = lat + np.where(side == "TJ", 1, -1) * np.abs(random.normal(0, 0.03, PLACES))
    point = np.isin(precision, PRECISIONS[:3])
    geometry = shapely.points(lon.round(4), lat.round(4)).astype(object)
    geometry[~point] = None
    begin, end, name = _stretches(km, side, precision, line.length_km)
    places = gpd.GeoDataFrame(
        {
            "event_id": np.arange(PLACES).astype(str), "date_start": PERIOD[0],
            "date_end": PERIOD[0], "date_precision": "day", "event_type": "other",
            "scope": "border", "place": name, "country_side": side, "admin1": None,
            "admin2": name, "location_precision": precision,
            "location_uncertainty_km": [float(RADIUS_KM.get(p, 80)) for p in precision],
            "frontage_from_km": np.where(point, np.nan, begin),
            "frontage_to_km": np.where(point, np.nan, end),
            "location_basis": "the place named in the report", "source": "made up",
            "licence": "CC0-1.0", "confidence": "medium",
        },
        geometry=list(geometry), crs="EPSG:4326",
    )  # fmt: skip
    located = fg.locate_events(places)
    return places, located[located["candidate"] == 0].reset_index(drop=True)


def _stretches(
    km: np.ndarray, side: np.ndarray, precision: np.ndarray, length_km: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the district of each place, or the longer stretch where it is known to no district."""
    table = fg.load_frontages()
    begin, end, name = km.copy(), km.copy(), np.full(km.size, "", dtype=object)
    for country, rows in table.groupby("country"):
        here = np.flatnonzero(side == country)
        found = np.searchsorted(rows["from_km"].to_numpy(), km[here], side="right") - 1
        found = found.clip(0, len(rows) - 1)
        begin[here], end[here] = (rows[c].to_numpy()[found] for c in ("from_km", "to_km"))
        name[here] = rows["name"].to_numpy()[found]
    wide = np.isin(precision, ["frontage", "province"])
    begin = np.where(wide, (np.floor(begin / 50) * 50).clip(0), begin)
    end = np.where(wide, (np.ceil(end / 50) * 50).clip(None, length_km), end)
    return begin, end, name


def _dates(random: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """Return the days of each incident; a month or a year where no more is known."""
    first, last = (np.datetime64(day) for day in PERIOD)
    days = first + (random.beta(2.2, 1.3, n) * (last - first).astype(int)).astype("timedelta64[D]")
    precision = random.choice(DATE_PRECISIONS, n, p=DATE_SHARES)
    start, end = days.copy(), days.copy()
    for word, unit in (("month", "M"), ("year", "Y")):
        some = precision == word
        whole = days[some].astype(f"datetime64[{unit}]")
        start[some] = whole.astype("datetime64[D]")
        end[some] = (whole + 1).astype("datetime64[D]") - 1
    stamp = "datetime64[s]"
    return {
        "date_start": start.astype(stamp), "date_end": end.astype(stamp), "date_precision": precision
    }  # fmt: skip


@cache
def _vocabulary() -> tuple[np.ndarray, np.ndarray]:
    """Return the words of the shipped summaries and how often each stands there."""
    told = Counter(word for text in fg.load_events()["summary"].dropna() for word in text.split())
    words = np.array(sorted(told), dtype=object)
    shares = np.array([told[word] for word in words], dtype=float)
    return words, shares / shares.sum()


def _sentences(random: np.random.Generator, n: int) -> list[str]:
    words, shares = _vocabulary()
    lengths = random.integers(SHORTEST, LONGEST, n)
    drawn = words[random.choice(len(words), int(lengths.sum()), p=shares)].tolist()
    ends = np.cumsum(lengths).tolist()
    return [" ".join(drawn[a:b]) for a, b in zip([0, *ends[:-1]], ends, strict=True)]


def _addresses(random: np.random.Generator, n: int) -> list[list[str]]:
    """Return one or two addresses of sources for each incident."""
    number, host = random.integers(10**6, 10**8, n), random.integers(0, 40, n)
    second = random.random(n) < 0.2
    return [
        [f"https://news{h}.example.org/reports/{k}.html"]
        + ([f"https://agency.example.net/{k}"] if two else [])
        for k, h, two in zip(number.tolist(), host.tolist(), second.tolist(), strict=True)
    ]


def _said(random: np.random.Generator, n: int) -> dict[str, object]:
    actors = np.array(
        ["border guards; smugglers", "unknown gunmen; border guards", "Taliban", "security forces"],
        dtype=object,
    )
    return {"actors": actors[random.integers(0, len(actors), n)], "notes": None}
