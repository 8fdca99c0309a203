"""
UCDP: the Georeferenced Event Dataset (GED) and its monthly Candidate releases.

Follows the UCDP GED Codebook, version 25.1 (Högbladh, Uppsala University). Two sets of columns are
known: the 49 of the releases since version 20 and of all Candidate releases, and the 42 of 17.1 to
19.1; the codes mean the same in both. The JSON of the UCDP API has the names of the first. Columns
may be in any case and order, and further columns do no harm. Some Candidate files (24.0.1) came
without a header.

Decisions. ``best``, ``low`` and ``high`` become `killed`, `killed_min` and `killed_max`; the dates
are UCDP's own window. ``where_prec`` 2 is a circle of 25 km by definition. ``where_prec`` 5 (a
linear feature or an area without a formal border) is no better than a province. ``code_status``
other than ``Clear``, in Candidate files, means that UCDP has yet to check the event: `confidence`
is then ``low``. ``event_clarity`` 2, an aggregate that cannot be undone, is said in `notes`: it is
about what one row stands for, not about how sure it is.
"""

from __future__ import annotations

import functools
import re
from types import MappingProxyType

import numpy as np
import pandas as pd

from frontier_geo.event_types import UCDP_TYPES
from frontier_geo.licences import LICENCES
from frontier_geo.readers.cells import first_of, text
from frontier_geo.readers.coded import (
    Columns,
    codes,
    constant,
    country_side,
    counts,
    days,
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

__all__ = ["UCDP_CANDIDATE", "UCDP_GED", "is_candidate", "version_of"]

CODEBOOK = "the UCDP GED codebook 25.1"
LICENCE = LICENCES["ucdp"].text
KNOWN_POINT_KM = 25.0  # where_prec 2: within about 25 km of a known point
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

COLUMNS = (
    "id", "relid", "year", "active_year", "code_status", "type_of_violence", "conflict_dset_id",
    "conflict_new_id", "conflict_name", "dyad_dset_id", "dyad_new_id", "dyad_name",
    "side_a_dset_id", "side_a_new_id", "side_a", "side_b_dset_id", "side_b_new_id", "side_b",
    "number_of_sources", "source_article", "source_office", "source_date", "source_headline",
    "source_original", "where_prec", "where_coordinates", "where_description", "adm_1", "adm_2",
    "latitude", "longitude", "geom_wkt", "priogrid_gid", "country", "country_id", "region",
    "event_clarity", "date_prec", "date_start", "date_end", "deaths_a", "deaths_b",
    "deaths_civilians", "deaths_unknown", "best", "high", "low", "gwnoa", "gwnob",
)  # fmt: skip
#: Versions 17.1 to 19.1, without the older ids of conflicts, dyads and sides.
COLUMNS_TO_19 = (
    "id", "year", "active_year", "type_of_violence", "conflict_new_id", "conflict_name",
    "dyad_new_id", "dyad_name", "side_a_new_id", "gwnoa", "side_a", "side_b_new_id", "gwnob",
    "side_b", "number_of_sources", "source_article", "source_office", "source_date",
    "source_headline", "source_original", "where_prec", "where_coordinates", "adm_1", "adm_2",
    "latitude", "longitude", "geom_wkt", "priogrid_gid", "country", "country_id", "region",
    "event_clarity", "date_prec", "date_start", "date_end", "deaths_a", "deaths_b",
    "deaths_civilians", "deaths_unknown", "low", "best", "high",
)  # fmt: skip
NEEDED = frozenset({"id", "type_of_violence", "side_a", "side_b", "where_prec", "date_start"})

TYPES = MappingProxyType({row[0]: row[2] for row in UCDP_TYPES})
TYPE_LABELS = MappingProxyType(
    {row[0]: f"type_of_violence {row[0]}: {row[1]}" for row in UCDP_TYPES}
)
DATE_PRECISION = MappingProxyType({"1": "day", "2": "week", "3": "week", "4": "month", "5": "year"})
WHERE = MappingProxyType(
    {
        "1": ("settlement", "where_prec 1: the exact location is known"),
        "2": ("near_settlement", "where_prec 2: within about 25 km of a known point"),
        "3": ("district", "where_prec 3: only the second-order division is known"),
        "4": ("province", "where_prec 4: only the first-order division is known"),
        "5": ("province", "where_prec 5: a linear feature or an area without a formal border"),
        "6": ("country", "where_prec 6: only the country is known"),
        "7": ("unknown", "where_prec 7: international waters or airspace"),
    }
)
PRECISION = MappingProxyType({key: value[0] for key, value in WHERE.items()})
BASIS = MappingProxyType({key: value[1] for key, value in WHERE.items()})
CLARITY = MappingProxyType({"2": "event_clarity 2: an aggregate of several incidents"})
GLEDITSCH_WARD = MappingProxyType({"700": "AF", "702": "TJ"})


def version_of(file_name: str) -> str | None:
    """
    Return the version that a file's name tells, None if it tells none.

    Examples
    --------
    >>> version_of("GEDEvent_v25_1.csv"), version_of("ged201-csv.zip")
    ('25.1', '20.1')
    >>> version_of("GEDEvent_v26_0_3.csv"), version_of("GEDEvent_v23_01_23_12.csv")
    ('26.0.3', '23.01.23.12')
    """
    name = file_name.lower()
    parts = re.search(r"(?:v\.?|gedevents?[_/ -]?)(\d{1,2}(?:[_.\-]\d{1,2}){1,3})(?!\d)", name)
    if parts:
        return re.sub(r"[_\-]", ".", parts[1])
    short = re.search(r"ged(\d{1,2})(\d)(?!\d)", name)
    if short:
        return f"{short[1]}.{short[2]}"
    bare = re.fullmatch(r"\D*?(\d{1,2}(?:\.\d{1,2}){1,3})(?:\.[a-z]+)*", name)
    return bare[1] if bare else None


def is_candidate(file_name: str) -> bool:
    """
    Return whether a file's name is that of a Candidate release: its version has three parts or four.

    Examples
    --------
    >>> is_candidate("GEDEvent_v26_0_3.csv"), is_candidate("GEDEvent_v25_1.csv")
    (True, False)
    """
    version = version_of(file_name)
    return "candidate" in file_name.lower() or (version or "").count(".") >= 2


def _to_events(
    cells: pd.DataFrame, problems: Problems, options: Options, *, title: str
) -> pd.DataFrame:
    columns = Columns(cells)
    index = columns.index
    where = columns["where_prec"]
    country = texts(columns["country"])
    side = country_side(country)
    if bool(side.isna().any()):
        side = side.fillna(meaning(columns.any_of("country_id", "gwno"), GLEDITSCH_WARD))
    status = sentence("code_status", columns["code_status"], but=("clear",))
    events = pd.DataFrame(
        {
            "event_id": event_ids("ucdp", columns["id"]),
            "date_start": days(columns["date_start"], problems),
            "date_end": days(columns["date_end"], problems),
            "date_precision": words_of(
                columns["date_prec"], DATE_PRECISION, problems, codebook=CODEBOOK
            ),
            "event_type": words_of(columns["type_of_violence"], TYPES, problems, codebook=CODEBOOK),
            "source_event_type": meaning(columns["type_of_violence"], TYPE_LABELS),
            "actors": side_by_side([texts(columns["side_a"]), texts(columns["side_b"])]),
            "place": texts(columns["where_coordinates"]),
            "country": country,
            "country_side": side,
            "admin1": texts(columns["adm_1"]),
            "admin2": texts(columns["adm_2"]),
            "location_precision": words_of(where, PRECISION, problems, codebook=CODEBOOK),
            "location_uncertainty_km": pd.Series(np.nan, index=index).mask(
                codes(where).eq("2").fillna(False).astype(bool), KNOWN_POINT_KM
            ),
            "location_basis": meaning(where, BASIS),
            "killed": counts(columns.any_of("best", "best_est"), problems),
            "killed_min": counts(columns.any_of("low", "low_est"), problems),
            "killed_max": counts(columns.any_of("high", "high_est"), problems),
            "summary": first_of([columns["source_headline"], columns["source_article"]]),
            "source_dates": _days_listed(columns["source_date"]),
            "source": constant(title, index),
            "source_version": constant(version_of(options.file_name), index),
            "licence": constant(LICENCE, index),
            "confidence": constant("low", index).where(status.notna(), pd.NA),
            "notes": side_by_side(
                [
                    texts(columns["conflict_name"]),
                    text(columns["where_description"]),
                    status,
                    meaning(columns["event_clarity"], CLARITY),
                ]
            ),
            "lon": degrees(columns["longitude"], problems, what="a longitude in decimal degrees"),
            "lat": degrees(columns["latitude"], problems, what="a latitude in decimal degrees"),
        },
        index=index,
    )
    return finished(events, columns, lon="longitude", lat="latitude")


def _days_listed(cells: pd.Series) -> pd.Series:
    """Return the ISO days of cells such as ``2021-07-05;2021-07-06`` as lists; no day: missing."""
    positions, values = pd.factorize(cells)
    found = [DAY.findall(value) for value in text(pd.Series(values)).fillna("").tolist()]
    found.append([])  # of a missing cell, whose position is -1
    lists = [found[position][:] or None for position in positions.tolist()]
    return pd.Series(lists, index=cells.index, dtype=object)


def _source(name: str, title: str, column_sets: dict[str, tuple[str, ...]]) -> Source:
    return Source(
        name=name,
        title=title,
        licence=LICENCE,
        column_sets=MappingProxyType(column_sets),
        needed=NEEDED,
        to_events=functools.partial(_to_events, title=title),
        headerless=COLUMNS,  # Candidate 24.0.1 came without a header
    )


UCDP_GED = _source("ucdp_ged", "UCDP GED", {"since 20.1": COLUMNS, "17.1 to 19.1": COLUMNS_TO_19})
UCDP_CANDIDATE = _source("ucdp_candidate", "UCDP GED Candidate", {"since 2018": COLUMNS})
