"""
Build data/events.geojson from the curated tables and the border line.

    python tools/build_events.py            write the file and its registry entry
    python tools/build_events.py --check    say whether the file is what the tables give

Reads data/curated/ (incidents, their places, the gazetteer) and data/boundaries/ (the line and the
stretches of districts and provinces on it). The same tables give the same bytes. A mistake in a
table is named with its file, row (the header is row 1), column and value, and nothing is written.
"""

import argparse
import csv
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

from _registry import DATA_VERSION, write_entries

DATA_DIR = Path(__file__).resolve().parents[1] / "data"
OUTPUT_NAME = "events.geojson"

# The working CRS of the project, Lambert conformal conic 37/38: metres within 112 ppm.
WORKING_CRS = "+proj=lcc +lat_1=37 +lat_2=38 +lat_0=37.5 +lon_0=71.3 +ellps=WGS84 +units=m"
SIMPLIFY_M = 100.0

# The search began with the year of the first incidents found; it ends with the last incident whose
# day is known, see docs/decisions/0003-where-an-incident-is-put.md.
COVERAGE_START = "1992-01-01"

# The day the curated tables were closed.
COMPILED_ON = "2026-11-23"

SOURCE = "frontier_geo curated incidents"
TABLE_LICENCE = "CC-BY-4.0"
ATTRIBUTION = (
    "Incidents: the frontier_geo developers, from the reports named in each row (CC BY 4.0). "
    "Points: GeoNames (CC BY 4.0), partly via Who's On First; bridges from Wikipedia "
    "(CC BY-SA 4.0). Lines: © OpenStreetMap contributors (ODbL 1.0)."
)

DATE_PRECISIONS = ("day", "month", "year")
EVENT_TYPES = (
    "armed_clash",
    "attack_on_civilians",
    "border_closure",
    "cross_border_fire",
    "drug_seizure",
    "infiltration",
    "military_build_up",
    "other",
    "smuggler_killed_or_detained",
)
SCOPES = ("border", "context", "afghan_internal", "tajik_internal", "off_border")
SIDES = ("TJ", "AF", "both")
CONFIDENCES = ("high", "medium", "low")
POINT_PRECISIONS = ("exact", "settlement", "near_settlement")
STRETCH_PRECISIONS = ("district", "province", "frontage")
PRECISIONS = (*POINT_PRECISIONS, *STRETCH_PRECISIONS, "country", "unknown")

# Provinces of the gazetteer and the area ids (ISO 3166-2) of the frontage table.
PROVINCE_AREAS = {
    "tj-p-khatlon": "TJ-KT",
    "tj-p-gbao": "TJ-GB",
    "af-p-balkh": "AF-BAL",
    "af-p-kunduz": "AF-KDZ",
    "af-p-takhar": "AF-TAK",
    "af-p-badakhshan": "AF-BDS",
}

# Every table that is read, and the columns that must be there.
COLUMNS = {
    "curated/incidents.csv": (
        "event_id,date_start,date_end,date_precision,event_type,actors,place_as_reported,admin1,"
        "admin2,country_side,killed,killed_range,wounded,detained,narcotics_kg,narcotics_detail,"
        "weapons_seized,summary,scope,confidence,source_urls,source_dates,notes"
    ),
    "curated/incident_places.csv": (
        "event_id,place_ids,location_precision,from_km,to_km,location_uncertainty_km,basis"
    ),
    "curated/gazetteer_core.csv": (
        "place_id,name,feature_class,country,admin2,lat,lon,coord_precision,licence"
    ),
    "curated/places_unsourced.csv": "place_id,name,country,admin2",
    "curated/official_statistics.csv": (  # not placed; read so that a broken row is told
        "indicator,period_start,period_end,value,unit,geography,stated_by,source_url,source_date"
    ),
    "curated/location_uncertainty.csv": (
        "location_precision,coord_precision,uncertainty_km,reason"
    ),
    "curated/placing_frontage.csv": "place_id,from_km,to_km,reason",
    "curated/admin_names.csv": "column,as_curated,name,reason",
    "boundaries/district_frontage.csv": "place_id,from_km,to_km",
    "boundaries/province_frontage.csv": "area_id,from_km,to_km",
}

Row = dict[str, str]
Span = tuple[float, float]


class BuildError(Exception):
    """One or more mistakes in the tables; nothing can be built from them."""


class Problems(list[str]):
    """The mistakes found so far, one sentence each."""

    def add(self, file: str, row: int, column: str, value: object, need: str) -> None:
        """Note one mistake: where it stands, what is there and what is needed."""
        self.append(f"data/{file}, row {row}, column {column}: {value!r} {need}")

    def stop(self) -> None:
        """Raise what has been noted, if anything."""
        if self:
            raise BuildError("\n".join(self))


class Tables:
    """The rows of every table, read as text; `rows[file]` counts from row 2."""

    def __init__(self, data_dir: Path, problems: Problems) -> None:
        self.rows = {name: _read_table(data_dir, name, problems) for name in COLUMNS}

    def numbered(self, file: str) -> list[tuple[int, Row]]:
        """Return the rows of a table with their row numbers (the header is row 1)."""
        return list(enumerate(self.rows[file], start=2))

    def by_key(self, file: str, column: str, problems: Problems) -> dict[str, Row]:
        """Index a table by a column whose values must be there and be unique."""
        index: dict[str, Row] = {}
        for number, row in self.numbered(file):
            key = row[column]
            if not key:
                problems.add(file, number, column, key, "is empty; every row needs one.")
            elif key in index:
                problems.add(file, number, column, key, "is there twice; keep one row.")
            index[key] = row
        return index


def _read_table(data_dir: Path, name: str, problems: Problems) -> list[Row]:
    """Read one CSV file and check its header, its row lengths and its characters."""
    path = data_dir / name
    if not path.is_file():
        problems.append(f"data/{name} is missing; it is needed to place the incidents.")
        return []
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        header = reader.fieldnames or []
        missing = [column for column in COLUMNS[name].split(",") if column not in header]
        if missing:
            problems.append(f"data/{name} lacks the columns {', '.join(missing)}; it has {header}.")
            return []
        rows = list(reader)
    for number, row in enumerate(rows, start=2):
        for column, value in row.items():
            if column is None or value is None:
                problems.append(
                    f"data/{name}, row {number} has not as many cells as the header "
                    f"({len(header)}); quote cells that hold a comma."
                )
            elif value != value.strip() or any(ord(character) < 32 for character in value):
                need = "has blanks at an end or a control character; remove them."
                problems.add(name, number, column, value, need)
    problems.stop()  # what follows counts on whole rows
    return rows


class Line:
    """The border line with its chainage, as data/boundaries/border.geojson gives it."""

    def __init__(self, data_dir: Path, problems: Problems) -> None:
        path = data_dir / "boundaries" / "border.geojson"
        if not path.is_file():
            problems.append("data/boundaries/border.geojson is missing; build the borders first.")
            problems.stop()
        feature = json.loads(path.read_text(encoding="utf-8"))["features"][0]
        self.lonlat = np.array(feature["geometry"]["coordinates"], dtype=float)
        self.chainage_km = np.array(feature["properties"]["chainage_m"], dtype=float) / 1000.0
        self.licence = str(feature["properties"]["licence"])
        if len(self.lonlat) != len(self.chainage_km) or np.any(np.diff(self.chainage_km) <= 0):
            problems.append(
                "data/boundaries/border.geojson needs one growing chainage_m per vertex, but has "
                f"{len(self.lonlat)} vertices and {len(self.chainage_km)} chainages; rebuild it."
            )
            problems.stop()
        self.length_km = float(self.chainage_km[-1])
        self._to_plane = Transformer.from_crs("EPSG:4326", WORKING_CRS, always_xy=True)

    def stretch(self, from_km: float, to_km: float) -> list[list[float]]:
        """Cut out a stretch and simplify it: [lon, lat] to 6 decimals, ends kept."""
        inside = (self.chainage_km > from_km) & (self.chainage_km < to_km)
        ends = [
            [np.interp(km, self.chainage_km, self.lonlat[:, axis]) for axis in (0, 1)]
            for km in (from_km, to_km)
        ]
        lonlat = np.vstack((ends[0], self.lonlat[inside], ends[1]))
        plane = np.column_stack(self._to_plane.transform(lonlat[:, 0], lonlat[:, 1]))
        simple = shapely.get_coordinates(shapely.LineString(plane).simplify(SIMPLIFY_M))
        # Douglas-Peucker keeps some of the vertices: take those as the line has them.
        index = {(x, y): i for i, (x, y) in enumerate(plane)}
        kept = lonlat[[index[x, y] for x, y in simple]]
        return [[round(float(lon), 6), round(float(lat), 6)] for lon, lat in kept]


def _spans(tables: Tables, line: Line, problems: Problems) -> dict[str, Span]:
    """Collect the stretch of each district and province on the line, widened where curated."""
    spans: dict[str, Span] = {}
    areas = {area: place for place, area in PROVINCE_AREAS.items()}
    for file, column in (
        ("boundaries/district_frontage.csv", "place_id"),
        ("boundaries/province_frontage.csv", "area_id"),
    ):
        for number, row in tables.numbered(file):
            place = areas.get(row[column], row[column])
            spans[place] = _span(file, number, row, line, problems)
    file = "curated/placing_frontage.csv"
    for number, row in tables.numbered(file):
        own = spans.get(row["place_id"])
        if own is None:
            need = "has no row in boundaries/district_frontage.csv; only those can be widened."
            problems.add(file, number, "place_id", row["place_id"], need)
            continue
        filled = row | {
            "from_km": row["from_km"] or str(own[0]),
            "to_km": row["to_km"] or str(own[1]),
        }
        span = _span(file, number, filled, line, problems)
        if span[0] > own[0] or span[1] < own[1]:
            need = f"makes the stretch narrower than the district's own {own[0]}-{own[1]} km."
            problems.add(file, number, "from_km/to_km", f"{span[0]}-{span[1]}", need)
        spans[row["place_id"]] = span
    return spans


def _span(file: str, number: int, row: Row, line: Line, problems: Problems) -> Span:
    """Read from_km and to_km of a row and check them against the line."""
    from_km = _number(file, number, "from_km", row["from_km"], problems)
    to_km = _number(file, number, "to_km", row["to_km"], problems)
    if not row["from_km"] or not row["to_km"]:
        given = f"{row['from_km']}-{row['to_km']}"
        problems.add(file, number, "from_km/to_km", given, "lacks an end; give both in km.")
    if from_km is None or to_km is None:
        return (0.0, line.length_km)
    # A table may round the end of the line up by less than a metre.
    if not 0.0 <= from_km < to_km <= line.length_km + 0.001:
        need = f"is no stretch of the line; needed is 0 <= from < to <= {line.length_km:.3f} km."
        problems.add(file, number, "from_km/to_km", f"{from_km}-{to_km}", need)
    return (float(from_km), min(float(to_km), line.length_km))


def _number(
    file: str, number: int, column: str, text: str, problems: Problems
) -> int | float | None:
    """Read a number of zero or more; empty is unknown, which stays None."""
    if not text:
        return None
    if not re.fullmatch(r"\d+(\.\d+)?", text):
        need = "is no plain number; write digits, with a point for decimals, or leave it empty."
        problems.add(file, number, column, text, need)
        return None
    return float(text) if "." in text else int(text)


def _word(
    file: str, number: int, row: Row, column: str, words: tuple[str, ...], problems: Problems
) -> None:
    """Check a cell against the words that may stand in it."""
    if row[column] not in words:
        need = f"is not one of {', '.join(words)}."
        problems.add(file, number, column, row[column], need)


INCIDENTS = "curated/incidents.csv"
PLACES = "curated/incident_places.csv"


def _check_incident(number: int, row: Row, problems: Problems) -> None:
    """Check the words, dates and sources of one incident."""
    for column, words in (
        ("date_precision", DATE_PRECISIONS),
        ("event_type", EVENT_TYPES),
        ("scope", SCOPES),
        ("country_side", SIDES),
        ("confidence", CONFIDENCES),
    ):
        _word(INCIDENTS, number, row, column, words, problems)
    days = []
    for column in ("date_start", "date_end"):
        try:
            days.append(date.fromisoformat(row[column]))
        except ValueError:
            need = "is no day; write YYYY-MM-DD."
            problems.add(INCIDENTS, number, column, row[column], need)
    if len(days) == 2 and days[1] < days[0]:
        need = f"is before date_start {row['date_start']}; give the same day or a later one."
        problems.add(INCIDENTS, number, "date_end", row["date_end"], need)
    for url in split_urls(row["source_urls"]):
        if not re.fullmatch(r"https?://[^\s\"<>\\^`{|}]+", url):
            need = "is no http(s) address; every incident needs one, joined to the next by ';'."
            problems.add(INCIDENTS, number, "source_urls", url, need)
    for text in row["source_dates"].split(";"):
        if not re.fullmatch(r"(\d{4}(-\d\d(-\d\d)?)?)?", text):
            need = "is no date; write YYYY, YYYY-MM or YYYY-MM-DD, joined by ';'."
            problems.add(INCIDENTS, number, "source_dates", text, need)


def split_urls(text: str) -> list[str]:
    """Split addresses at each ';' that is followed by a new one; others belong to an address."""
    return re.split(r";(?=https?://)", text)


def killed_bounds(
    number: int, killed: int | None, text: str, problems: Problems
) -> tuple[int | None, int | None]:
    """Read a range such as 22-195 or 1+; without one, both bounds are the figure itself."""
    if not text:
        return killed, killed
    match = re.fullmatch(r"(\d+)(?:-(\d+)|\+)", text)
    if not match:
        need = "is no range; write 22-195, or 1+ where no upper figure is known."
        problems.add(INCIDENTS, number, "killed_range", text, need)
        return None, None
    low, high = int(match[1]), int(match[2]) if match[2] else None
    if (high is not None and high < low) or (
        killed is not None and (killed < low or (high is not None and killed > high))
    ):
        need = f"does not hold killed = {killed}; the range goes from least to most."
        problems.add(INCIDENTS, number, "killed_range", text, need)
    return low, high


class Placer:
    """Gives each incident its geometry, stretch and uncertainty from its row of places."""

    def __init__(self, tables: Tables, line: Line, problems: Problems) -> None:
        self.line = line
        self.problems = problems
        self.spans = _spans(tables, line, problems)
        self.gazetteer = tables.by_key("curated/gazetteer_core.csv", "place_id", problems)
        unsourced = tables.by_key("curated/places_unsourced.csv", "place_id", problems)
        self.known = {*self.gazetteer, *unsourced}
        self.uncertainty: dict[tuple[str, str], float] = {}
        file = "curated/location_uncertainty.csv"
        for number, row in tables.numbered(file):
            km = _number(file, number, "uncertainty_km", row["uncertainty_km"], problems)
            self.uncertainty[row["location_precision"], row["coord_precision"]] = km or 0.0

    def place(self, number: int, row: Row) -> dict[str, Any]:
        """Return the location columns of one incident, with `geometry` among them."""
        ids = row["place_ids"].split(";") if row["place_ids"] else []
        for place_id in ids:
            if place_id not in self.known:
                need = "is neither in gazetteer_core.csv nor in places_unsourced.csv."
                self.problems.add(PLACES, number, "place_ids", place_id, need)
        precision = row["location_precision"]
        _word(PLACES, number, row, "location_precision", PRECISIONS, self.problems)
        if not row["basis"]:
            self.problems.add(PLACES, number, "basis", "", "is empty; say why it is put there.")
        columns: dict[str, Any] = {
            "place_ids": ids,
            "geometry": None,
            "location_precision": precision,
            "location_uncertainty_km": None,
            "frontage_from_km": None,
            "frontage_to_km": None,
            "location_basis": row["basis"],
            "licence": TABLE_LICENCE,
        }
        if row["location_uncertainty_km"] and precision not in POINT_PRECISIONS:
            need = f"belongs to points only, not to {precision}; leave it empty."
            given = row["location_uncertainty_km"]
            self.problems.add(PLACES, number, "location_uncertainty_km", given, need)
        if (row["from_km"] or row["to_km"]) and precision != "frontage":
            need = f"belongs to precision frontage only, not to {precision}; leave it empty."
            given = f"{row['from_km']}-{row['to_km']}"
            self.problems.add(PLACES, number, "from_km/to_km", given, need)
        elif precision in POINT_PRECISIONS:
            columns |= self._point(number, row, ids)
        elif precision in STRETCH_PRECISIONS:
            columns |= self._stretch(number, row, ids)
        return columns

    def _point(self, number: int, row: Row, ids: list[str]) -> dict[str, Any]:
        """Place an incident at the coordinate of the first of its places."""
        place = self.gazetteer.get(ids[0]) if ids else None
        coord_precision = place["coord_precision"] if place else "none"
        default = self.uncertainty.get((row["location_precision"], coord_precision))
        if place is None or default is None:
            if not ids or ids[0] in self.known:  # an unknown id has been reported already
                need = (
                    f"gives no point of precision {row['location_precision']} (coordinate: "
                    f"{coord_precision}); name a settlement, post or bridge of "
                    "gazetteer_core.csv first, or use another precision."
                )
                self.problems.add(PLACES, number, "place_ids", row["place_ids"], need)
            return {}
        given = _number(
            PLACES,
            number,
            "location_uncertainty_km",
            row["location_uncertainty_km"],
            self.problems,
        )
        return {
            "geometry": {
                "type": "Point",
                "coordinates": [round(float(place["lon"]), 6), round(float(place["lat"]), 6)],
            },
            "location_uncertainty_km": float(default if given is None else given),
            "licence": f"{TABLE_LICENCE}; point: {place['licence']}",
        }

    def _stretch(self, number: int, row: Row, ids: list[str]) -> dict[str, Any]:
        """Place an incident on the hull of the stretches of its areas, or on the one given."""
        precision = row["location_precision"]
        kind = {"district": "-d-", "province": "-p-"}.get(precision)
        areas = [i for i in ids if "-d-" in i or "-p-" in i]
        if kind and (len(areas) > 1 or any(kind not in i for i in areas)):
            need = f"names other areas than one {precision}; use precision frontage for several."
            self.problems.add(PLACES, number, "place_ids", row["place_ids"], need)
            return {}
        spans = [self.spans[i] for i in areas if i in self.spans]
        if row["from_km"] or row["to_km"]:
            spans = [_span(PLACES, number, row, self.line, self.problems)]
        if not spans:
            if precision != "district" and self.known.issuperset(ids):
                need = f"names no area with a stretch of the border; {precision} needs one."
                self.problems.add(PLACES, number, "place_ids", row["place_ids"], need)
            return {}  # a district behind the border: no point and no stretch
        from_km, to_km = min(s[0] for s in spans), max(s[1] for s in spans)
        return {
            "geometry": {"type": "LineString", "coordinates": self.line.stretch(from_km, to_km)},
            "location_uncertainty_km": round((to_km - from_km) / 2, 3),
            "frontage_from_km": round(from_km, 7),
            "frontage_to_km": round(to_km, 7),
            "licence": f"{TABLE_LICENCE}; line: {self.line.licence}",
        }


def _admin_names(tables: Tables, problems: Problems) -> Callable[[int, Row, str], str | None]:
    """Return the function that gives a row's admin name as the other tables write it."""
    file = "curated/admin_names.csv"
    for number, row in tables.numbered(file):
        _word(file, number, row, "column", ("admin1", "admin2"), problems)
    names = {(r["column"], r["as_curated"]): r["name"] for r in tables.rows[file]}
    districts = {r["admin2"] for r in tables.rows["curated/gazetteer_core.csv"]}

    def name(number: int, row: Row, column: str) -> str | None:
        given = names.get((column, row[column]), row[column])
        if column == "admin2" and given and given not in districts:
            need = "is no admin2 of gazetteer_core.csv; map it in curated/admin_names.csv."
            problems.add(INCIDENTS, number, column, row[column], need)
        return given or None

    return name


def build(data_dir: Path = DATA_DIR) -> str:
    """
    Build the text of events.geojson.

    Parameters
    ----------
    data_dir : Path
        The directory that holds `curated/` and `boundaries/`.

    Returns
    -------
    str
        One GeoJSON FeatureCollection, one feature per line.

    Raises
    ------
    BuildError
        With every mistake of the tables, one per line.
    """
    problems = Problems()
    tables = Tables(data_dir, problems)
    problems.stop()
    placer = Placer(tables, Line(data_dir, problems), problems)
    problems.stop()  # wrong stretches would only repeat themselves in every row
    incidents = tables.by_key(INCIDENTS, "event_id", problems)
    places = tables.by_key(PLACES, "event_id", problems)
    for number, row in tables.numbered(PLACES):
        if row["event_id"] not in incidents:
            need = "is no incident of incidents.csv; remove the row or mend the id."
            problems.add(PLACES, number, "event_id", row["event_id"], need)
    row_numbers = {row["event_id"]: number for number, row in tables.numbered(PLACES)}
    admin_name = _admin_names(tables, problems)
    features = []
    for number, row in tables.numbered(INCIDENTS):
        event_id = row["event_id"]
        _check_incident(number, row, problems)
        if event_id not in places:
            need = "has no row in incident_places.csv; say where it is put and why."
            problems.add(INCIDENTS, number, "event_id", event_id, need)
            continue
        location = placer.place(row_numbers[event_id], places[event_id])
        features.append(_feature(number, row, location, admin_name, problems))
    problems.stop()
    days = [r["date_end"] for r in tables.rows[INCIDENTS] if r["date_precision"] == "day"]
    head = {
        "type": "FeatureCollection",
        "name": "events",
        "data_version": DATA_VERSION,
        "licence": f"{TABLE_LICENCE} for the table; for the geometries see `licence` of each event",
        "attribution": ATTRIBUTION,
        "coverage_start": COVERAGE_START,
        "coverage_end": max(days),
    }
    return (
        _json(head)[:-1]
        + ',"features":[\n'
        + ",\n".join(_json(feature) for feature in features)
        + "\n]}\n"
    )


def _feature(
    number: int,
    row: Row,
    location: dict[str, Any],
    admin_name: Callable[[int, Row, str], str | None],
    problems: Problems,
) -> dict[str, Any]:
    """Put one incident and its location together, in the order of the event table."""
    counts = {
        column: _number(INCIDENTS, number, column, row[column], problems)
        for column in ("killed", "wounded", "detained", "narcotics_kg")
    }
    for column in ("killed", "wounded", "detained"):
        if isinstance(counts[column], float):
            need = "is no whole number; people are counted one by one."
            problems.add(INCIDENTS, number, column, row[column], need)
    killed = counts["killed"]
    low, high = killed_bounds(
        number, None if killed is None else int(killed), row["killed_range"], problems
    )
    properties = {
        "event_id": row["event_id"],
        "date_start": row["date_start"],
        "date_end": row["date_end"],
        "date_precision": row["date_precision"],
        "event_type": row["event_type"],
        "scope": row["scope"],
        "actors": row["actors"] or None,
        "place": row["place_as_reported"] or None,
        "country_side": row["country_side"],
        "admin1": admin_name(number, row, "admin1"),
        "admin2": admin_name(number, row, "admin2"),
        "place_ids": location["place_ids"],
        "location_precision": location["location_precision"],
        "location_uncertainty_km": location["location_uncertainty_km"],
        "frontage_from_km": location["frontage_from_km"],
        "frontage_to_km": location["frontage_to_km"],
        "location_basis": location["location_basis"],
        "killed": killed,
        "killed_min": low,
        "killed_max": high,
        "wounded": counts["wounded"],
        "detained": counts["detained"],
        "narcotics_kg": counts["narcotics_kg"],
        "narcotics_detail": row["narcotics_detail"] or None,
        "weapons_seized": row["weapons_seized"] or None,
        "summary": row["summary"],
        "source_urls": split_urls(row["source_urls"]),
        "source_dates": [text or None for text in row["source_dates"].split(";")],
        "source": SOURCE,
        "licence": location["licence"],
        "confidence": row["confidence"],
        "notes": row["notes"] or None,
    }
    return {
        "type": "Feature",
        "id": row["event_id"],
        "geometry": location["geometry"],
        "properties": properties,
    }


def _json(value: object) -> str:
    """Write JSON on one line, in UTF-8, refusing NaN."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is either the old one or the whole new one, never half."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0 means written, or found to be current."""
    parser = argparse.ArgumentParser(description="Build data/events.geojson.")
    parser.add_argument("--data", type=Path, default=DATA_DIR, help="the data directory")
    parser.add_argument("--output", type=Path, help="write here instead, without a registry entry")
    parser.add_argument("--check", action="store_true", help="compare with the file, write nothing")
    options = parser.parse_args(arguments)
    target = options.output or options.data / OUTPUT_NAME
    try:
        text = build(options.data)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    if options.check:
        if not target.is_file() or target.read_bytes() != text.encode():
            print(f"{target} is not what the tables give; build it again.", file=sys.stderr)
            return 1
        return 0
    write_whole(target, text)
    if options.output is None:
        write_entries(options.data, registry_entries())
    return 0


def registry_entries() -> dict[str, dict[str, Any]]:
    """Return what the registry says of events.geojson and of the curated tables it comes from."""
    compiled = "compiled from the reports named in each row, in our own words"
    reports = "public reports and official statements, named row by row"
    ours = (TABLE_LICENCE, "The frontier_geo developers")
    places = (
        "GeoNames, Who's On First, Natural Earth, OpenStreetMap, Wikipedia; named row by row",
        "several; the column licence says which for each row",
        "GeoNames (CC BY 4.0); Who's On First; © OpenStreetMap contributors; Wikipedia; "
        "Made with Natural Earth",
    )
    judged = "editors' judgement, with the reason in each row"
    files = {
        OUTPUT_NAME: (
            reports,
            f"{TABLE_LICENCE}; points and lines as said in `licence` of each row",
            ATTRIBUTION,
            "curated incidents placed by tools/build_events.py: a point of the gazetteer, a "
            "stretch of the border simplified to 100 m, or no geometry",
        ),
        "curated/incidents.csv": (reports, *ours, compiled),
        "curated/official_statistics.csv": (reports, *ours, compiled),
        "curated/gazetteer_core.csv": (*places, "selected and joined; coordinates unchanged"),
        "curated/places_unsourced.csv": (reports, *ours, compiled),
        "curated/incident_places.csv": (judged, *ours, "written by hand"),
        "curated/placing_frontage.csv": (judged, *ours, "written by hand"),
        "curated/location_uncertainty.csv": (judged, *ours, "written by hand"),
        "curated/admin_names.csv": (judged, *ours, "written by hand"),
    }
    return {
        name: {
            "source": source,
            "source_url": None,
            "source_version": COMPILED_ON,
            "retrieved": COMPILED_ON,
            "licence": licence,
            "licence_url": "https://creativecommons.org/licenses/by/4.0/",
            "attribution": attribution,
            "transform": transform,
            "inputs": [],
        }
        for name, (source, licence, attribution, transform) in files.items()
    }


if __name__ == "__main__":
    sys.exit(main())
