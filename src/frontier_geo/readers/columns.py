"""
Which column of a table means what: names in English, Russian, Tajik, Dari and Persian.

A name is compared as a whole, never in part: what is not in the lists below is not understood, and a
table whose columns are called otherwise needs a mapping (see `mapping`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd

from frontier_geo.events import EVENT_COLUMNS

__all__ = [
    "AS_IT_CAME",
    "COORDINATE_COLUMNS",
    "DATE_PARTS",
    "SYNONYMS",
    "Detection",
    "detect_columns",
    "folded",
    "meaning_of",
    "side_of",
]

#: What tables of rows set apart add to a column of the file that is called like one of their own.
AS_IT_CAME = " (as it came)"

#: What a table may give besides the columns of the event table, to say where something happened.
COORDINATE_COLUMNS = MappingProxyType(
    {
        "lon": "longitude, or x where a CRS is given",
        "lat": "latitude, or y where a CRS is given",
        "coordinates": "both in one cell, latitude first, or as WKT",
        "lat_lon": "both in one cell, the latitude first",
        "lon_lat": "both in one cell, the longitude first",
        "mgrs": "a reference of the military grid",
    }
)
#: A day in three columns; read where there is no column with the whole date.
DATE_PARTS = MappingProxyType({"year": "year", "month": "month", "day": "day of the month"})

#: Names that mean a column, in the order of the event table.
SYNONYMS = MappingProxyType(
    {
        "lat": (
            "latitude", "lat", "lat deg", "lat dd", "latitude dd", "lat wgs84", "decimal latitude",
            "широта", "широта wgs84", "арз", "арзи ҷуғрофӣ", "عرض", "عرض جغرافیایی",
            "عرض البلد", "عرض‌البلد",
        ),
        "lon": (
            "longitude", "lon", "long", "lng", "lon deg", "lon dd", "longitude dd", "lon wgs84",
            "decimal longitude", "долгота", "долгота wgs84", "тӯл", "тӯли ҷуғрофӣ", "طول",
            "طول جغرافیایی", "طول البلد", "طول‌البلد",
        ),
        "coordinates": (
            "coordinates", "coordinate", "coords", "coord", "gps", "gps coordinates", "position",
            "location coordinates", "wkt", "geom wkt", "geometry wkt", "координаты", "координата",
            "координатаҳо", "ҳамоҳангҳо", "مختصات", "کوردینات", "کواردینات", "کوردینات ها",
        ),
        "lat_lon": (
            "lat lon", "latlon", "lat long", "lat lng", "latitude longitude", "latitude/longitude",
            "lat/lon", "lat/long", "lat, lon", "lat,lon", "latitude, longitude", "широта долгота",
            "широта, долгота", "широта/долгота",
        ),
        "lon_lat": (
            "lon lat", "lonlat", "long lat", "lng lat", "longitude latitude", "longitude/latitude",
            "lon/lat", "long/lat", "lon, lat", "lon,lat", "longitude, latitude", "долгота широта",
            "долгота, широта", "долгота/широта",
        ),
        "mgrs": ("mgrs", "mgrs coordinates", "mgrs grid", "grid reference", "military grid"),
        "year": ("year", "год", "сол", "سال"),
        "month": ("month", "месяц", "моҳ", "ماه"),
        "day": ("day", "день", "число", "рӯз", "روز"),
        "event_id": (
            "event id", "id", "incident id", "record id", "incident number", "идентификатор", "ид",
            "شناسه",
        ),
        "date_start": (
            "date", "when", "event date", "incident date", "date of event", "date of incident",
            "start date", "begin date", "date from", "date begin", "from date", "дата", "когда",
            "дата события", "дата инцидента", "дата происшествия", "дата начала", "сана", "санаи ҳодиса",
            "санаи воқеа", "таърих", "تاریخ", "تاریخ حادثه", "تاریخ رویداد", "تاریخ واقعه",
            "تاریخ شروع", "تاریخ آغاز",
        ),
        "date_end": (
            "end date", "date to", "date until", "to date", "дата окончания", "дата конца",
            "санаи анҷом", "تاریخ ختم", "تاریخ پایان",
        ),
        "date_precision": ("date precision", "precision of date", "точность даты"),
        "event_type": (
            "event type", "type", "incident type", "type of event", "type of incident", "category",
            "тип", "тип события", "вид события", "вид происшествия", "категория", "навъ",
            "навъи ҳодиса", "намуди ҳодиса", "نوع", "نوع حادثه", "نوع رویداد", "نوع واقعه",
        ),
        "source_event_type": ("source event type", "original event type"),
        "scope": ("scope",),
        "actors": (
            "actors", "actor", "parties", "parties involved", "perpetrator", "участники", "стороны",
            "иштирокчиён", "тарафҳо", "عاملان", "طرفین", "طرف‌ها",
        ),
        "place": (
            "place", "place name", "where", "location", "location name", "locality", "settlement",
            "village", "место", "где", "место события", "место происшествия", "населенный пункт",
            "село", "кишлак", "ҷой", "макон", "маҳал", "деҳа", "محل", "مکان",
            "جای", "محل حادثه", "قریه", "روستا",
        ),
        "country": ("country", "country name", "страна", "кишвар", "мамлакат", "کشور", "مملکت"),
        "country_side": ("country side", "side", "сторона границы"),
        "admin1": (
            "admin1", "adm1", "adm 1", "admin 1", "province", "region", "oblast", "область", "вилоят",
            "вилояти", "ولایت", "استان",
        ),
        "admin2": (
            "admin2", "adm2", "adm 2", "admin 2", "district", "район", "ноҳия", "ولسوالی",
            "شهرستان", "ناحیه",
        ),
        "place_ids": ("place ids", "place id"),
        "location_precision": (
            "location precision", "place precision", "precision", "точность", "точность места",
        ),
        "location_uncertainty_km": (
            "location uncertainty km", "uncertainty km", "radius km", "accuracy km",
            "погрешность км", "радиус км",
        ),
        "frontage_from_km": ("frontage from km",),
        "frontage_to_km": ("frontage to km",),
        "location_basis": ("location basis",),
        "killed": (
            "killed", "dead", "deaths", "fatalities", "persons killed", "people killed",
            "number killed", "kia", "погибло", "погибшие", "погибших", "убито", "убитые",
            "число погибших", "кушташуда", "кушташудагон", "фавтида", "کشته", "کشته شده",
            "کشته شده‌گان", "کشته‌شدگان", "کشته ها", "تعداد کشته", "تلفات جانی",
        ),
        "killed_min": ("killed min", "min killed", "deaths low", "fatalities min"),
        "killed_max": ("killed max", "max killed", "deaths high", "fatalities max"),
        "wounded": (
            "wounded", "injured", "injuries", "persons wounded", "people injured", "number wounded",
            "wia", "ранено", "раненые", "раненых", "число раненых", "захмӣ", "захмиён", "маҷрӯҳ",
            "زخمی", "زخمی ها", "مجروح", "مجروحین", "تعداد زخمی",
        ),
        "detained": (
            "detained", "arrested", "detainees", "arrests", "задержано", "задержанные", "арестовано",
            "боздоштшуда", "дастгиршуда", "بازداشت", "بازداشت شده", "دستگیر شده", "گرفتار شده",
        ),
        "narcotics_kg": (
            "narcotics kg", "drugs kg", "drugs seized kg", "narcotics seized kg", "наркотики кг",
            "изъято наркотиков кг", "маводи мухаддир кг", "مواد مخدر کیلوگرام",
            "مواد مخدر کیلوگرم",
        ),
        "narcotics_detail": ("narcotics detail", "drug type", "drugs", "narcotics", "вид наркотиков"),
        "weapons_seized": ("weapons seized", "weapons", "изъятое оружие", "оружие", "силоҳ", "سلاح"),
        "summary": (
            "summary", "description", "event description", "incident description", "details",
            "what happened", "описание", "описание события", "краткое описание", "тавсиф", "шарҳ",
            "شرح", "توضیحات", "شرح حادثه", "خلاصه",
        ),
        "source_urls": (
            "source urls", "source url", "url", "urls", "link", "links", "source link",
            "ссылка", "ссылки", "ссылка на источник", "пайванд", "لینک", "پیوند", "لینک منبع",
        ),
        "source_dates": ("source dates", "source date", "publication date", "дата публикации"),
        "source": ("source", "sources", "источник", "источники", "манбаъ", "манбаъҳо", "منبع", "منابع"),
        "source_version": ("source version", "version"),
        "licence": ("licence", "license", "лицензия", "иҷозатнома"),
        "confidence": ("confidence", "reliability", "достоверность"),
        "notes": (
            "notes", "note", "remarks", "remark", "comment", "comments", "примечание", "примечания",
            "комментарий", "комментарии", "эзоҳ", "эзоҳот", "یادداشت", "ملاحظات",
        ),
    }
)  # fmt: skip

#: Names that mean a column only when nothing better does, and the values look it.
WEAK = MappingProxyType(
    {
        "lat": ("y", "y coord", "ycoord", "y coordinate", "point y"),
        "lon": ("x", "x coord", "xcoord", "x coordinate", "point x"),
    }
)

#: What may stand in brackets behind a name without changing it.
_ASIDE = re.compile(
    r"\s*[(\[]\s*(?:wgs ?-?_?84|epsg:? ?4326|deg|degrees|dd|dms|decimal(?: degrees)?|°|"
    r"n|e|°n|°e|град\.?|градусы)\s*[)\]]\s*$",
    re.IGNORECASE,
)
_LETTERS = str.maketrans(
    {
        "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "آ": "ا",
        "ٱ": "ا", "ؤ": "و", "ё": "е", "ӣ": "и", "ӯ": "у", "қ": "к", "ғ": "г", "ҳ": "х", "ҷ": "ч",
    }
)  # fmt: skip
_LEFT_OUT = re.compile(r"[\s_\-‐–‌‍.]+")


@dataclass(frozen=True)
class Detection:
    """
    What the columns of a table mean.

    Attributes
    ----------
    columns : dict of str to str
        Of each column of the event table, or of `COORDINATE_COLUMNS` and `DATE_PARTS`, the column
        of the source it comes from.
    doubts : dict of str to str
        Why a column that seems to be there was not taken, by what it would have been.
    """

    columns: dict[str, str]
    doubts: dict[str, str] = field(default_factory=dict)


def folded(name: str) -> str:
    """
    Return a column's name as it is compared: no case, spaces, hyphens, marks or letter variants.

    Examples
    --------
    >>> folded("Event_Date"), folded("Ҷойи-ҳодиса"), folded("عرض‌ جغرافيايي")
    ('eventdate', 'чойиходиса', 'عرضجغرافیایی')
    """
    composed = unicodedata.normalize("NFKC", str(name)).casefold().translate(_LETTERS)
    kept = "".join(
        letter for letter in composed
        if unicodedata.category(letter) not in ("Mn", "Cf", "Cc") or letter in "\u200c\u200d\t\n"
    )  # fmt: skip
    return _LEFT_OUT.sub("", kept)


_SIDE_OF = {
    folded(name): side
    for side, names in {
        "TJ": (
            "tj", "tjk", "tajikistan", "republic of tajikistan", "tadjikistan", "таджикистан",
            "республика таджикистан", "тоҷикистон", "ҷумҳурии тоҷикистон", "تاجیکستان", "تاجکستان",
            "جمهوری تاجیکستان",
        ),
        "AF": (
            "af", "afg", "afghanistan", "islamic republic of afghanistan",
            "islamic emirate of afghanistan", "афганистан", "исламская республика афганистан",
            "исламский эмират афганистан", "афғонистон", "افغانستان", "جمهوری اسلامی افغانستان",
            "امارت اسلامی افغانستان",
        ),
    }.items()
    for name in names
}  # fmt: skip


def side_of(name: str) -> str | None:
    """
    Return the side of the border a country is: ``TJ``, ``AF``, or None for any other.

    Parameters
    ----------
    name : str
        The country's name in English, Russian, Tajik, Dari or Persian, or its ISO code.

    Examples
    --------
    >>> side_of("Таджикистан"), side_of("AFG"), side_of("Uzbekistan")
    ('TJ', 'AF', None)
    """
    return _SIDE_OF.get(folded(name))


_BY_NAME = {
    **{folded(name): target for target, names in SYNONYMS.items() for name in names},
    **{folded(target): target for target in (*EVENT_COLUMNS, *COORDINATE_COLUMNS)},
}
_BY_WEAK_NAME = {folded(name): target for target, names in WEAK.items() for name in names}


def detect_columns(columns: Iterable[str], sample: pd.DataFrame | None = None) -> Detection:
    """
    Tell what the columns of a table mean by their names.

    An exact name of the event table comes first, then the same name written otherwise (case, spaces,
    hyphens), then the synonyms. ``event_id (as it came)``, of a table of rejected rows, counts as
    ``event_id`` where that is not there. Of two columns that mean the same and are equally well named,
    neither is taken, and a note says so.

    Parameters
    ----------
    columns : iterable of str
        Names of the source's columns.
    sample : DataFrame, optional
        Some rows. Weak names such as ``x`` and ``y`` are taken only if what stands there looks it:
        numbers of degrees.

    Returns
    -------
    Detection

    Examples
    --------
    >>> detect_columns(["Дата", "Широта (WGS84)", "Долгота (WGS84)", "погода"]).columns
    {'date_start': 'Дата', 'lat': 'Широта (WGS84)', 'lon': 'Долгота (WGS84)'}
    """
    candidates: dict[str, list[tuple[int, str]]] = {}
    present = dict.fromkeys(map(str, columns))
    for column in present:
        before = column.removesuffix(AS_IT_CAME)
        found = meaning_of(column if before in present else before)
        if found is not None:
            target, rank = found
            candidates.setdefault(target, []).append((rank, column))
    chosen: dict[str, str] = {}
    doubts: dict[str, str] = {}
    for target, named in candidates.items():
        best = min(rank for rank, _ in named)
        names = [name for rank, name in named if rank == best]
        if best == _WEAK_RANK:
            if sample is None:
                continue
            names = [name for name in names if _looks_it(target, sample[name])]
        if len(names) == 1:
            chosen[target] = names[0]
        elif names:
            doubts[target] = (
                f"{' and '.join(map(repr, names))} could both be {target}; neither is read as it. "
                f"Say which with a mapping: {{{target!r}: {names[0]!r}}}."
            )
    return Detection(_without_rivals(chosen, doubts), doubts)


_EXACT_RANK, _NAME_RANK, _SYNONYM_RANK, _WEAK_RANK = range(4)


def meaning_of(column: str) -> tuple[str, int] | None:
    """Return what the name of a column means and how well it says so (less is better), or None."""
    if column in EVENT_COLUMNS or column in COORDINATE_COLUMNS:
        return column, _EXACT_RANK
    key = folded(column)
    for target in (key_target := _BY_NAME.get(key), _BY_NAME.get(folded(_ASIDE.sub("", column)))):
        if target is not None:
            own = key_target is not None and folded(target) == key
            return target, _NAME_RANK if own else _SYNONYM_RANK
    weak = _BY_WEAK_NAME.get(key)
    return None if weak is None else (weak, _WEAK_RANK)


def _looks_it(target: str, cells: pd.Series) -> bool:
    """Tell whether the values of a weakly named column look like what it would mean."""
    given = cells.dropna()
    if given.empty:
        return False
    # A decimal comma is a number too.
    words = given.astype("string").str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(words, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    limit = {"lat": 90.0, "lon": 180.0}[target]
    return bool(
        (np.abs(numbers[np.isfinite(numbers)]) <= limit).all() and np.isfinite(numbers).any()
    )


def _without_rivals(chosen: dict[str, str], doubts: dict[str, str]) -> dict[str, str]:
    """Keep one way of saying where, and one of saying when; the rest stay columns of their own."""
    if ("lat" in chosen) != ("lon" in chosen):
        (lone,) = {"lat", "lon"} & set(chosen)
        other = "lon" if lone == "lat" else "lat"
        doubts.setdefault(
            other, f"{chosen[lone]!r} is a {lone}, but no column is the {other} that goes with it."
        )
        del chosen[lone]
    ways = [way for way in ("lat", "lat_lon", "lon_lat", "mgrs", "coordinates") if way in chosen]
    for way in ways[1:]:
        del chosen[way]
    if "date_start" in chosen or "year" not in chosen:
        for part in DATE_PARTS:
            chosen.pop(part, None)
    elif "month" not in chosen:
        chosen.pop("day", None)
    return chosen
