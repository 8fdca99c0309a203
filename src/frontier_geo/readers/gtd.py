"""
GTD: the Global Terrorism Database of START, University of Maryland, XLSX or CSV.

Follows the GTD Codebook: Methodology, Inclusion Criteria, and Variables (August 2021), with the 135
columns of the releases since 2012. Columns may be in any case and order, and further ones do no harm.

Decisions. ``imonth`` or ``iday`` 0 means unknown: the window is then the month or the year.
``specificity`` 1 is a settlement, or near one where ``vicinity`` is not 0; 2 and 3 are centroids of
the smallest division known, taken as districts; 4 is a province; 5 has no place below the country.
Where START knows only the toll of several linked incidents it shares it out, which makes fractions:
of 2.5 killed, `killed` is missing, `killed_min` is 2 and `killed_max` 3. Negative codes (-9, -99)
mean unknown. Where ``targtype1`` is military, police or a militia, an assault is an `armed_clash`,
else an attack on civilians. ``doubtterr`` and an incident that lasted (``extended``) are said in
`notes`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

import numpy as np
import pandas as pd

from frontier_geo.event_types import GTD_TYPES
from frontier_geo.licences import LICENCES
from frontier_geo.readers import cells as reading
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.coded import (
    Columns,
    by_value,
    codes,
    constant,
    country_side,
    degrees,
    finished,
    meaning,
    sentence,
    side_by_side,
    texts,
    words_of,
)
from frontier_geo.readers.problems import Problems
from frontier_geo.readers.source import Options, Source

__all__ = ["GTD"]

CODEBOOK = "the GTD codebook of 2021"
TITLE = "GTD"
LICENCE = LICENCES["gtd"].text

COLUMNS = (
    "eventid", "iyear", "imonth", "iday", "approxdate", "extended", "resolution", "country",
    "country_txt", "region", "region_txt", "provstate", "city", "latitude", "longitude",
    "specificity", "vicinity", "location", "summary", "crit1", "crit2", "crit3", "doubtterr",
    "alternative", "alternative_txt", "multiple", "success", "suicide", "attacktype1",
    "attacktype1_txt", "attacktype2", "attacktype2_txt", "attacktype3", "attacktype3_txt",
    "targtype1", "targtype1_txt", "targsubtype1", "targsubtype1_txt", "corp1", "target1", "natlty1",
    "natlty1_txt", "targtype2", "targtype2_txt", "targsubtype2", "targsubtype2_txt", "corp2",
    "target2", "natlty2", "natlty2_txt", "targtype3", "targtype3_txt", "targsubtype3",
    "targsubtype3_txt", "corp3", "target3", "natlty3", "natlty3_txt", "gname", "gsubname", "gname2",
    "gsubname2", "gname3", "gsubname3", "motive", "guncertain1", "guncertain2", "guncertain3",
    "individual", "nperps", "nperpcap", "claimed", "claimmode", "claimmode_txt", "claim2",
    "claimmode2", "claimmode2_txt", "claim3", "claimmode3", "claimmode3_txt", "compclaim",
    "weaptype1", "weaptype1_txt", "weapsubtype1", "weapsubtype1_txt", "weaptype2", "weaptype2_txt",
    "weapsubtype2", "weapsubtype2_txt", "weaptype3", "weaptype3_txt", "weapsubtype3",
    "weapsubtype3_txt", "weaptype4", "weaptype4_txt", "weapsubtype4", "weapsubtype4_txt",
    "weapdetail", "nkill", "nkillus", "nkillter", "nwound", "nwoundus", "nwoundte", "property",
    "propextent", "propextent_txt", "propvalue", "propcomment", "ishostkid", "nhostkid",
    "nhostkidus", "nhours", "ndays", "divert", "kidhijcountry", "ransom", "ransomamt",
    "ransomamtus", "ransompaid", "ransompaidus", "ransomnote", "hostkidoutcome",
    "hostkidoutcome_txt", "nreleased", "addnotes", "scite1", "scite2", "scite3", "dbsource",
    "INT_LOG", "INT_IDEO", "INT_MISC", "INT_ANY", "related",
)  # fmt: skip
NEEDED = frozenset({"eventid", "iyear", "imonth", "iday", "attacktype1"})

TYPES = MappingProxyType({row[0]: row[2] for row in GTD_TYPES})
LABELS = MappingProxyType(
    {row[0]: f"attacktype1 {row[0]}: {row[1]}" for row in GTD_TYPES if "|" not in row[0]}
    | {"9": "attacktype1 9: Unknown"}
)
ARMED_TARGETS = ("3", "4", "17")  # police, military, terrorists and non-state militias
BY_TARGET = ("1", "2", "8")  # attacks whose word depends on the target
WHERE = MappingProxyType(
    {
        "1": ("settlement", "specificity 1: the point is that of the city, village or town"),
        "2": (
            "district",
            "specificity 2: the point is the centroid of the smallest known division",
        ),
        "3": (
            "district",
            "specificity 3: the point is the centroid of the smallest known division",
        ),
        "4": ("province", "specificity 4: the point is the centre of a first-order division"),
        "5": ("country", "specificity 5: only the country is known"),
    }
)
PRECISION = MappingProxyType({key: value[0] for key, value in WHERE.items()})
BASIS = MappingProxyType({key: value[1] for key, value in WHERE.items()})
COUNTRIES = MappingProxyType({"4": "AF", "202": "TJ"})
VICINITY = MappingProxyType(
    {
        "0": "vicinity 0: in the place itself",
        "1": "vicinity 1: in its immediate vicinity",
        "-9": "vicinity -9: in it or near it",
    }
)
DOUBT = MappingProxyType({"1": "doubtterr 1: it may not have been terrorism"})
NOBODY = ("unknown", "not applicable", ".")
NOTHING = ("-9", "-99")


def _to_events(cells: pd.DataFrame, problems: Problems, options: Options) -> pd.DataFrame:
    columns = Columns(cells)
    index = columns.index
    country = texts(columns["country_txt"])
    side = country_side(country)
    if bool(side.isna().any()):
        side = side.fillna(meaning(columns["country"], COUNTRIES))
    start, end, date_precision = _window(columns, problems)
    where = columns["specificity"]
    precision = words_of(where, PRECISION, problems, codebook=CODEBOOK)
    near = precision.eq("settlement") & codes(columns["vicinity"]).isin(("1", "-9"))
    killed, killed_min, killed_max, shared = _toll(columns["nkill"], problems)
    wounded, _, _, wounded_shared = _toll(columns["nwound"], problems)
    events = pd.DataFrame(
        {
            "event_id": "gtd:" + by_value(columns["eventid"], _ids, problems),
            "date_start": start,
            "date_end": end,
            "date_precision": date_precision,
            "event_type": _types(columns, problems),
            "source_event_type": meaning(columns["attacktype1"], LABELS),
            "actors": side_by_side(
                [
                    _somebody(columns[name])
                    for name in ("gname", "gname2", "gname3", "corp1", "corp2", "corp3")
                ]
            ),
            "place": _somebody(columns["city"]),
            "country": country,
            "country_side": side,
            "admin1": _somebody(columns["provstate"]),
            "location_precision": precision.mask(
                near.fillna(False).astype(bool), "near_settlement"
            ),
            "location_basis": side_by_side(
                [
                    meaning(where, BASIS),
                    meaning(columns["vicinity"], VICINITY).where(precision.eq("settlement")),
                ],
            ),
            "killed": killed,
            "killed_min": killed_min,
            "killed_max": killed_max,
            "wounded": wounded,
            "summary": reading.text(columns["summary"]),
            "source": constant(TITLE, index),
            "licence": constant(LICENCE, index),
            "notes": side_by_side(
                [
                    sentence("location", columns["location"]),
                    meaning(columns["doubtterr"], DOUBT),
                    sentence("approximate date", columns["approxdate"]),
                    _lasted(columns),
                    sentence("nkill, a share of a toll of several incidents", shared),
                    sentence("nwound, a share of a toll of several incidents", wounded_shared),
                    sentence("sources", columns["scite1"]),
                    texts(columns["scite2"]),
                    texts(columns["scite3"]),
                ]
            ),
            "lon": degrees(columns["longitude"], problems, what="a longitude in decimal degrees"),
            "lat": degrees(columns["latitude"], problems, what="a latitude in decimal degrees"),
        },
        index=index,
    )
    return finished(events, columns, lon="longitude", lat="latitude")


def _ids(cells: pd.Series, problems: Problems) -> pd.Series:
    """Return ids; refuse those that a spreadsheet has rounded."""
    ids = reading.code(cells)
    odd = ids.notna() & ~ids.str.fullmatch(r"\d+").fillna(False)
    problems.refuse(
        odd, str(cells.name), cells,
        "twelve digits are needed; a spreadsheet may have rounded the number: export it as text",
    )  # fmt: skip
    return ids


def _window(columns: Columns, problems: Problems) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return the first and the last day on which it may have happened, and how well that is known."""
    year, month, day = (
        by_value(columns[name], _whole(low, high), problems)
        for name, low, high in (("iyear", 1, 9999), ("imonth", 0, 12), ("iday", 0, 31))
    )
    month, day = month.fillna(0), day.fillna(0)
    day = day.where(month > 0, 0)
    parts = {"year": year, "month": month.clip(lower=1), "day": day.clip(lower=1)}
    start = pd.to_datetime(pd.DataFrame(parts), errors="coerce").astype("datetime64[s]")
    problems.refuse(
        start.isna() & year.notna(), columns.name_of("iday"), columns["iday"],
        "a day of its month is needed, or 0 where it is unknown",
    )  # fmt: skip
    precision = pd.Series("day", index=columns.index, dtype=TEXT)
    precision = (
        precision.mask(day == 0, "month").mask(month == 0, "year").where(start.notna(), pd.NA)
    )
    end = start.mask(day == 0, start + pd.offsets.MonthEnd(0))
    end = end.mask(month == 0, start + pd.offsets.YearEnd(0)).astype("datetime64[s]")
    return start, end, precision


def _whole(low: int, high: int) -> Callable[[pd.Series, Problems], pd.Series]:
    """Return a reading of whole numbers from `low` to `high`."""

    def read(cells: pd.Series, problems: Problems) -> pd.Series:
        known = cells.mask(reading.code(cells).isin(NOTHING), None).rename(cells.name)
        numbers = reading.number(known, problems, what="a whole number", low=low, high=high)
        broken = numbers.notna() & (numbers % 1 != 0)
        problems.refuse(broken, str(cells.name), cells, "a whole number is needed, not a fraction")
        return numbers.mask(broken)

    return read


def _types(columns: Columns, problems: Problems) -> pd.Series:
    """Return the word for the kind of attack and the kind of target; `Unknown` has none."""
    kind = columns["attacktype1"]
    words_of(kind, LABELS, problems, codebook=CODEBOOK)
    words = meaning(kind, TYPES)
    armed = codes(columns["targtype1"]).isin(ARMED_TARGETS) & codes(kind).isin(BY_TARGET)
    return words.mask(armed.fillna(False).astype(bool), "armed_clash")


def _toll(
    cells: pd.Series, problems: Problems
) -> tuple[pd.Series, pd.Series, pd.Series, pd.Series]:
    """Return the toll, the whole numbers below and above a fraction, and the fraction as text."""

    def numbers(values: pd.Series, findings: Problems) -> pd.Series:
        known = values.mask(reading.code(values).isin(NOTHING), None)
        return reading.number(
            known.rename(values.name), findings, what="a number", low=0, high=reading.LARGEST_COUNT
        )

    toll = by_value(cells, numbers, problems)
    fraction = toll.notna() & (toll % 1 != 0)
    return (
        toll.mask(fraction).astype("Int64"),
        pd.Series(np.floor(toll), index=cells.index).where(fraction).astype("Int64"),
        pd.Series(np.ceil(toll), index=cells.index).where(fraction).astype("Int64"),
        texts(cells).where(fraction, pd.NA),
    )


def _somebody(cells: pd.Series) -> pd.Series:
    """Return texts but for those that say that it is unknown."""
    words = texts(cells)
    return words.mask(words.str.lower().isin(NOBODY).fillna(False), pd.NA)


def _lasted(columns: Columns) -> pd.Series:
    """Say that an incident lasted more than a day, and until when."""
    lasted = codes(columns["extended"]).eq("1").fillna(False).astype(bool)
    until = texts(columns["resolution"]).str.replace(r"[T ]00:00:00.*$", "", regex=True)
    told = constant("it lasted more than 24 hours", columns.index)
    return side_by_side([told, "until " + until], by=", ").where(lasted, pd.NA)


GTD = Source(
    name="gtd",
    title=TITLE,
    licence=LICENCE,
    column_sets=MappingProxyType({"since 2012": COLUMNS}),
    needed=NEEDED,
    to_events=_to_events,
)
