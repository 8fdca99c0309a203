"""
GDELT: event tables of the GDELT Project, tab-separated, without a header, mostly zipped.

Follows the GDELT Event Database Data Format Codebook 2.0 (19 February 2015, 61 columns) and that of
version 1.03 (25 August 2013, 58 columns, 57 without the address), and the CAMEO Codebook 1.1b3 for
the event codes. The three are told apart by the number of columns.

GDELT holds the whole world's news, so only the rows of the border are taken, the others are set
aside. Where a box is given (by default that of the border), the action must lie in it. Unless
countries are asked for, which are then looked at by name, Tajikistan or Afghanistan must have a part
in it: as the place of the action (FIPS TI, AF), as the country of an actor (CAMEO TJK, AFG), or as the
place of an actor; without a box, as the place of the action.

Decisions. Places were found by a program in news texts. A city or landmark is `near_settlement`
with the radius that Weidmann (2015) found for places taken from the media; provinces and countries
are centroids. The day is the program's reading of the article. There are no casualties. How often
an event was mentioned stands in `notes`.
"""

from __future__ import annotations

from functools import partial
from types import MappingProxyType

import numpy as np
import pandas as pd

from frontier_geo.event_types import CAMEO_TYPES
from frontier_geo.licences import LICENCES
from frontier_geo.location_precision import LocationUncertainty
from frontier_geo.readers import cells as reading
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.coded import (
    Columns,
    by_value,
    codes,
    constant,
    country_side,
    degrees,
    event_ids,
    finished,
    meaning,
    sentence,
    side_by_side,
    texts,
    words_of,
)
from frontier_geo.readers.problems import Problems
from frontier_geo.readers.source import Options, Source

__all__ = ["GDELT"]

CODEBOOK = "the GDELT codebook 2.0"
TITLE = "GDELT"
LICENCE = LICENCES["gdelt"].text

_ACTOR = (
    "Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code", "Religion2Code",
    "Type1Code", "Type2Code", "Type3Code",
)  # fmt: skip
_HEAD = (
    "GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate",
    *(f"Actor1{name}" for name in _ACTOR),
    *(f"Actor2{name}" for name in _ACTOR),
    "IsRootEvent", "EventCode", "EventBaseCode", "EventRootCode", "QuadClass", "GoldsteinScale",
    "NumMentions", "NumSources", "NumArticles", "AvgTone",
)  # fmt: skip
_PLACE = ("Type", "FullName", "CountryCode", "ADM1Code", "ADM2Code", "Lat", "Long", "FeatureID")


def _names(place: tuple[str, ...]) -> tuple[str, ...]:
    places = (f"{who}Geo_{name}" for who in ("Actor1", "Actor2", "Action") for name in place)
    return (*_HEAD, *places, "DATEADDED", "SOURCEURL")


COLUMNS = _names(_PLACE)
COLUMNS_1 = _names(tuple(name for name in _PLACE if name != "ADM2Code"))
BY_WIDTH = MappingProxyType({len(each): each for each in (COLUMNS, COLUMNS_1, COLUMNS_1[:-1])})
NEEDED = frozenset(
    {"globaleventid", "eventcode", "actiongeo_type", "actiongeo_lat", "actiongeo_long"}
)

TYPES = MappingProxyType({row[0]: row[2] for row in CAMEO_TYPES})
WHERE = MappingProxyType(
    {
        "0": ("unknown", "ActionGeo_Type 0: no place was found"),
        "1": ("country", "ActionGeo_Type 1: only a country was found; the point is its centroid"),
        "2": ("province", "ActionGeo_Type 2: only a US state was found; the point is its centroid"),
        "3": ("near_settlement", "ActionGeo_Type 3: a US city or landmark, found in a news text"),
        "4": ("near_settlement", "ActionGeo_Type 4: a city or landmark, found in a news text"),
        "5": ("province", "ActionGeo_Type 5: only a province was found; the point is its centroid"),
    }
)
PRECISION = MappingProxyType({key: value[0] for key, value in WHERE.items()})
BASIS = MappingProxyType({key: value[1] for key, value in WHERE.items()})
FIPS = MappingProxyType({"ti": "TJ", "af": "AF"})
CAMEO_COUNTRIES = MappingProxyType({"tjk": "TJ", "afg": "AF"})


def _to_events(cells: pd.DataFrame, problems: Problems, options: Options) -> pd.DataFrame:
    if all(str(name).isdigit() for name in cells.columns) and len(cells.columns) in BY_WIDTH:
        cells = cells.set_axis(list(BY_WIDTH[len(cells.columns)]), axis=1)
    columns = Columns(cells)
    index = columns.index
    where = columns["actiongeo_type"]
    place = texts(columns["actiongeo_fullname"])
    side = country_side(columns["actiongeo_countrycode"], FIPS)
    precision = words_of(where, PRECISION, problems, codebook=CODEBOOK)
    day = by_value(columns.any_of("sqldate", "day"), _days, problems)
    lon = degrees(columns["actiongeo_long"], problems, what="a longitude in decimal degrees")
    lat = degrees(columns["actiongeo_lat"], problems, what="a latitude in decimal degrees")
    _set_aside(columns, lon, lat, side, problems, options)
    in_text = precision.eq("near_settlement").fillna(False).astype(bool)
    named = precision.ne("unknown").fillna(False).astype(bool)
    version = _version_of(cells)
    events = pd.DataFrame(
        {
            "event_id": event_ids("gdelt", columns["globaleventid"]),
            "date_start": day,
            "date_end": day,
            "date_precision": constant("day", index).where(day.notna(), pd.NA),
            "event_type": _types(columns),
            "source_event_type": "CAMEO " + codes(columns["eventcode"]),
            "actors": side_by_side([texts(columns["actor1name"]), texts(columns["actor2name"])]),
            "place": place.where(named, pd.NA),
            "country": by_value(place, _country),
            "country_side": side,
            "admin1": by_value(place, _province).where(precision.ne("country").fillna(False)),
            "location_precision": precision,
            "location_uncertainty_km": pd.Series(np.nan, index=index).mask(
                in_text, LocationUncertainty().media_km
            ),
            "location_basis": meaning(where, BASIS),
            "source_urls": _listed(columns["sourceurl"]),
            "source_dates": _listed(by_value(columns["dateadded"], _day_added, problems)),
            "source": constant(TITLE, index),
            "source_version": constant(version, index),
            "licence": constant(LICENCE, index),
            "notes": side_by_side(
                [
                    sentence("mentions", columns["nummentions"]),
                    sentence("sources", columns["numsources"]),
                    sentence("articles", columns["numarticles"]),
                ]
            ),
            "lon": lon,
            "lat": lat,
        },
        index=index,
    )
    return finished(events, columns, lon="actiongeo_long", lat="actiongeo_lat", types=CODEBOOK)


def _version_of(cells: pd.DataFrame) -> str | None:
    """Return the version that has these columns; None if some are missing."""
    present = {str(name).strip().lower() for name in cells.columns}
    for version, names in (("2.0", COLUMNS), ("1.0", COLUMNS_1[:-1])):
        if {name.lower() for name in names} <= present:
            return version
    return None


def _set_aside(
    columns: Columns,
    lon: pd.Series,
    lat: pd.Series,
    side: pd.Series,
    problems: Problems,
    options: Options,
) -> None:
    """Set rows aside that are not of the border."""
    country = columns["actiongeo_countrycode"]
    if options.box is not None:
        west, south, east, north = options.box
        inside = lon.between(west, east) & lat.between(south, north)
        told = side_by_side(
            [texts(columns["actiongeo_lat"]), texts(columns["actiongeo_long"])], by=", "
        )
        centroid = codes(columns["actiongeo_type"]).isin(("1", "2", "5"))
        reason = pd.Series(
            "the place of the action does not lie in the box asked for", inside.index
        )
        problems.leave_out(
            ~inside, columns.name_of("actiongeo_lat"), told,
            reason.mask(
                centroid.fillna(False).astype(bool),
                "the centroid that stands for its country or province does not lie in the box asked "
                "for",
            ),
        )  # fmt: skip
        if options.countries is None and not options.abroad:
            problems.leave_out(
                ~(side.notna() | _takes_part(columns)),
                columns.name_of("actiongeo_countrycode"), country,
                "neither Tajikistan (TI, TJK) nor Afghanistan (AF, AFG) has a part in it",
            )  # fmt: skip
    elif options.countries is None:
        problems.leave_out(
            side.isna(), columns.name_of("actiongeo_countrycode"), country,
            "the action lies neither in Tajikistan (TI) nor in Afghanistan (AF); for others, give "
            "countries or a box",
        )  # fmt: skip


def _takes_part(columns: Columns) -> pd.Series:
    """Return whether an actor is of one of the two countries, or is in it."""
    takes = pd.Series(False, index=columns.index)
    for who in ("actor1", "actor2"):
        takes |= country_side(columns[f"{who}countrycode"], CAMEO_COUNTRIES).notna()
        takes |= country_side(columns[f"{who}geo_countrycode"], FIPS).notna()
    return takes


def _types(columns: Columns) -> pd.Series:
    """Return the word for the base code (three digits), else for the root code (two)."""
    base, root = (
        by_value(
            columns[name],
            partial(_words, width),
        )
        for name, width in (("eventbasecode", 3), ("eventrootcode", 2))
    )
    return base.fillna(root)


def _words(width: int, values: pd.Series, _: Problems) -> pd.Series:
    return reading.code(values).str.zfill(width).map(dict(TYPES)).astype(TEXT)


def _days(cells: pd.Series, problems: Problems) -> pd.Series:
    """Return the days of cells such as ``20250630``, with or without an hour behind."""
    written = reading.code(cells)
    fits = written.str.fullmatch(r"\d{8}(\d{6})?").fillna(False).astype(bool)
    days = pd.to_datetime(
        written.where(fits).str.slice(0, 8).astype(object), format="%Y%m%d", errors="coerce"
    )
    problems.refuse(
        written.notna() & days.isna(), str(cells.name), cells, "a day such as 20250630 is needed"
    )
    return days.astype("datetime64[s]")


def _day_added(cells: pd.Series, problems: Problems) -> pd.Series:
    return _days(cells, problems).dt.strftime("%Y-%m-%d").astype(TEXT)


def _country(cells: pd.Series, problems: Problems) -> pd.Series:
    """Return the last part of ``City, Province, Country``."""
    return reading.text(cells.str.replace(r"^.*,", "", regex=True))


def _province(cells: pd.Series, problems: Problems) -> pd.Series:
    """Return the last but one part of ``City, Province, Country``."""
    return reading.text(cells.str.extract(r"([^,]+),[^,]*$", expand=False).astype(TEXT))


def _listed(cells: pd.Series) -> pd.Series:
    """Return each text as a list of one; a missing one stays missing."""
    values = texts(cells).fillna("").tolist()
    return pd.Series([[value] if value else None for value in values], cells.index, dtype=object)


GDELT = Source(
    name="gdelt",
    title=TITLE,
    licence=LICENCE,
    column_sets=MappingProxyType(
        {
            "2.0": COLUMNS,
            "1.0 daily": COLUMNS_1,
            "1.0 to March 2013": COLUMNS_1[:-1],
        }
    ),
    needed=NEEDED,
    to_events=_to_events,
    headerless=COLUMNS,
)
