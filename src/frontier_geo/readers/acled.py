"""
ACLED: exports of the Armed Conflict Location & Event Data Project, CSV, XLSX or JSON.

Follows the ACLED Codebook (2021 to 2025, acleddata.com). Known are the columns since 20 March 2023
(also those of the API), of 2019 to 2023 (with `data_id`, `event_id_no_cnty` and `iso3`), and the
upper-case ones of the yearly files up to 2018, with their event types. Columns may be in any case
and order, and further columns (`population_best`, …) do no harm.

Decisions. ``time_precision`` 2 gives the middle of a week: the window is three days to either side;
3 gives a day that stands for a month: the window is that month. ``geo_precision`` 1 is a settlement
(or its outskirts); 2, near a known place or in a small part of a region, has a radius of 25 km,
which is a judgement, as the codebook gives none; 3 is a region. Dates with slashes or dots have the
day first, as in the codebook, unless the caller says otherwise; where a spreadsheet has turned them
round they are refused, not misread. ``fatalities`` becomes `killed`; ACLED states no range. ``timestamp``
says when a row was last changed: it is the row's `source_version`.
"""

from __future__ import annotations

from functools import partial
from types import MappingProxyType

import numpy as np
import pandas as pd

from frontier_geo.event_types import ACLED_TYPES
from frontier_geo.licences import LICENCES
from frontier_geo.readers import cells as reading
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.coded import (
    Columns,
    by_value,
    codes,
    constant,
    country_side,
    counts,
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

__all__ = ["ACLED"]

CODEBOOK = "the ACLED codebook"
TITLE = "ACLED"
LICENCE = LICENCES["acled"].text
NEAR_KM = 25.0  # geo_precision 2: judgement, see above

SINCE_2023 = (
    "event_id_cnty", "event_date", "year", "time_precision", "disorder_type", "event_type",
    "sub_event_type", "actor1", "assoc_actor_1", "inter1", "actor2", "assoc_actor_2", "inter2",
    "interaction", "civilian_targeting", "iso", "region", "country", "admin1", "admin2", "admin3",
    "location", "latitude", "longitude", "geo_precision", "source", "source_scale", "notes",
    "fatalities", "tags", "timestamp",
)  # fmt: skip
TO_2023 = (
    "data_id", "iso", "event_id_cnty", "event_id_no_cnty", "event_date", "year", "time_precision",
    "event_type", "sub_event_type", "actor1", "assoc_actor_1", "inter1", "actor2", "assoc_actor_2",
    "inter2", "interaction", "region", "country", "admin1", "admin2", "admin3", "location",
    "latitude", "longitude", "geo_precision", "source", "source_scale", "notes", "fatalities",
    "timestamp", "iso3",
)  # fmt: skip
#: The regional files offered as XLSX from 2018 to 2023.
UPPER_CASE = (
    "ISO", "EVENT_ID_CNTY", "EVENT_ID_NO_CNTY", "EVENT_DATE", "YEAR", "TIME_PRECISION",
    "EVENT_TYPE", "SUB_EVENT_TYPE", "ACTOR1", "ASSOC_ACTOR_1", "INTER1", "ACTOR2", "ASSOC_ACTOR_2",
    "INTER2", "INTERACTION", "REGION", "COUNTRY", "ADMIN1", "ADMIN2", "ADMIN3", "LOCATION",
    "LATITUDE", "LONGITUDE", "GEO_PRECISION", "SOURCE", "SOURCE_SCALE", "NOTES", "FATALITIES",
)  # fmt: skip
TO_2018 = (
    "GWNO", "EVENT_ID_CNTY", "EVENT_ID_NO_CNTY", "EVENT_DATE", "YEAR", "TIME_PRECISION",
    "EVENT_TYPE", "ACTOR1", "ALLY_ACTOR_1", "INTER1", "ACTOR2", "ALLY_ACTOR_2", "INTER2",
    "INTERACTION", "COUNTRY", "ADMIN1", "ADMIN2", "ADMIN3", "LOCATION", "LATITUDE", "LONGITUDE",
    "GEO_PRECISION", "SOURCE", "NOTES", "FATALITIES",
)  # fmt: skip
NEEDED = frozenset({"event_id_cnty", "event_date", "event_type"})

TYPES = MappingProxyType({row[0].casefold(): row[2] for row in ACLED_TYPES})
DATE_PRECISION = MappingProxyType({"1": "day", "2": "week", "3": "month"})
WHERE = MappingProxyType(
    {
        "1": ("settlement", "geo_precision 1: a known town or village, or its outskirts"),
        "2": (
            "near_settlement",
            "geo_precision 2: near a known place or in a small part of a region",
        ),
        "3": ("province", "geo_precision 3: only a larger region is known"),
    }
)
PRECISION = MappingProxyType({key: value[0] for key, value in WHERE.items()})
BASIS = MappingProxyType({key: value[1] for key, value in WHERE.items()})
ISO_NUMBERS = MappingProxyType({"4": "AF", "004": "AF", "762": "TJ"})
#: How exports write a day.
DAY_FORMATS = ("%Y-%m-%d", "%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%B-%Y", "%d-%b-%y")
DAY_FIRST = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y")
MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y", "%m/%d/%y")
IN_NUMBERS = r"^(\d{1,2})[/.-](\d{1,2})[/.-](?:\d{2}|\d{4})$"


def _to_events(cells: pd.DataFrame, problems: Problems, options: Options) -> pd.DataFrame:
    columns = Columns(cells)
    index = columns.index
    country = texts(columns["country"])
    side = country_side(country)
    if bool(side.isna().any()):
        side = side.fillna(meaning(columns["iso"], ISO_NUMBERS))
    precision = words_of(columns["time_precision"], DATE_PRECISION, problems, codebook=CODEBOOK)
    start, end = _window(
        by_value(columns["event_date"], partial(_days, options.day_first), problems), precision
    )
    where = columns["geo_precision"]
    kind, sub_kind = texts(columns["event_type"]), texts(columns["sub_event_type"])
    events = pd.DataFrame(
        {
            "event_id": event_ids("acled", columns["event_id_cnty"]),
            "date_start": start,
            "date_end": end,
            "date_precision": precision,
            "event_type": _types(kind, sub_kind),
            "source_event_type": side_by_side([kind, sub_kind], by=" | "),
            "actors": side_by_side(
                [
                    texts(columns["actor1"]),
                    texts(columns.any_of("assoc_actor_1", "ally_actor_1")),
                    texts(columns["actor2"]),
                    texts(columns.any_of("assoc_actor_2", "ally_actor_2")),
                ]
            ),
            "place": texts(columns["location"]),
            "country": country,
            "country_side": side,
            "admin1": texts(columns["admin1"]),
            "admin2": texts(columns["admin2"]),
            "location_precision": words_of(where, PRECISION, problems, codebook=CODEBOOK),
            "location_uncertainty_km": pd.Series(np.nan, index=index).mask(
                codes(where).eq("2").fillna(False).astype(bool), NEAR_KM
            ),
            "location_basis": meaning(where, BASIS),
            "killed": counts(columns["fatalities"], problems),
            "summary": reading.text(columns["notes"]),
            "source": constant(TITLE, index),
            "source_version": by_value(columns["timestamp"], _version),
            "licence": constant(LICENCE, index),
            "notes": side_by_side(
                [
                    sentence("sources", columns["source"]),
                    sentence("tags", columns["tags"]),
                    sentence("admin3", columns["admin3"]),
                ]
            ),
            "lon": degrees(columns["longitude"], problems, what="a longitude in decimal degrees"),
            "lat": degrees(columns["latitude"], problems, what="a latitude in decimal degrees"),
        },
        index=index,
    )
    return finished(events, columns, lon="longitude", lat="latitude", types=CODEBOOK)


def _types(kind: pd.Series, sub_kind: pd.Series) -> pd.Series:
    """Return the word for type and sub-event type, else for the type alone."""

    def words(values: pd.Series, _: Problems) -> pd.Series:
        known = values.str.casefold().str.replace("protestors", "protesters", regex=False)
        return known.map(dict(TYPES)).astype(TEXT)

    both = by_value(side_by_side([kind, sub_kind], by=" | "), words)
    return both.fillna(by_value(kind, words))


def _days(day_first: bool | None, cells: pd.Series, problems: Problems) -> pd.Series:
    """Return the days of dates as any export writes them."""
    if cells.dtype.kind == "M":
        return reading.iso_day(cells, problems)
    nothing = reading.blank(cells)
    written = reading.text(cells).mask(nothing, pd.NA)
    written = written.str.replace(r"[T ]\d{1,2}:\d{2}.*$", "", regex=True)
    parts = written.str.extract(IN_NUMBERS).astype("float64")
    month_first = bool((parts[1] > 12).any()) and not bool((parts[0] > 12).any())
    found = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[s]")
    for form in (*DAY_FORMATS, *(MONTH_FIRST if day_first is False else DAY_FIRST)):
        left = found.isna() & written.notna()
        if not bool(left.any()):
            break
        days = pd.to_datetime(written[left].astype(object), format=form, errors="coerce")
        found[left] = days.astype("datetime64[s]")
    problems.refuse(
        found.isna() & ~nothing,
        str(cells.name),
        cells,
        "a day as ACLED writes it is needed: 2025-06-30, 30 June 2025, 30-Jun-25 or 30/06/2025",
    )
    if month_first and day_first is None:
        # One such date shows that a spreadsheet has turned them all round.
        turned = found.notna() & parts[0].notna()
        problems.refuse(
            turned,
            str(cells.name),
            cells,
            "day or month may come first, as other dates of this column have the month first; say "
            "day_first=False",
        )
        found = found.mask(turned)
    return found


def _window(day: pd.Series, precision: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the first and the last day on which it may have happened."""
    week = precision.eq("week").fillna(False).astype(bool)
    month = precision.eq("month").fillna(False).astype(bool)
    half = pd.Timedelta(days=3)
    start = day.mask(week, day - half)
    end = day.mask(week, day + half)
    if bool(month.any()):
        first = day.dt.to_period("M").dt.to_timestamp().astype(day.dtype)
        start = start.mask(month, first)
        end = end.mask(month, (first + pd.offsets.MonthEnd(0)).astype(day.dtype))
    return start, end


def _version(cells: pd.Series, problems: Problems) -> pd.Series:
    """Return the day of a timestamp in seconds; anything else as it is."""
    stamps = reading.code(cells)
    seconds = pd.to_numeric(stamps.where(stamps.str.fullmatch(r"\d{9,10}").fillna(False)))
    days = pd.to_datetime(seconds.astype("float64"), unit="s").dt.strftime("%Y-%m-%d")
    return days.astype(TEXT).fillna(stamps)


ACLED = Source(
    name="acled",
    title=TITLE,
    licence=LICENCE,
    column_sets=MappingProxyType(
        {
            "since March 2023": SINCE_2023,
            "2019 to March 2023": TO_2023,
            "upper case, 2018 to 2023": UPPER_CASE,
            "upper case, to 2018": TO_2018,
        }
    ),
    needed=NEEDED,
    to_events=_to_events,
    version_column="timestamp",
)
