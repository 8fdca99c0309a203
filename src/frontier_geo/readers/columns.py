"""
Which column of a table means what: names in English, French, Russian, Tajik, Dari and Persian.

A name is compared as a whole, never in part: what is not in the lists below is not understood, and a
table whose columns are called otherwise needs a mapping (see `mapping`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd

from frontier_geo.event_schema import VOCABULARY
from frontier_geo.events import EVENT_COLUMNS
from frontier_geo.readers.cells import blank, text

__all__ = [
    "AS_IT_CAME",
    "COORDINATE_COLUMNS",
    "DATE_PARTS",
    "SYNONYMS",
    "Detection",
    "can_be_side",
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


def _number_of(leads: str, *people: str) -> tuple[str, ...]:
    """Return headings such as ``number of killed`` for each of some words before each of others."""
    return tuple(f"{lead} {word}".strip() for lead in leads.split(",") for word in people)


_MANY_EN = "number,number of,no of,no,total,total number of"
_MANY_FR = "nombre de,nb de,nb"
_MANY_RU = "число,количество,кол-во"
_MANY_TG = "шумораи"
_MANY_FA = "تعداد"

#: Names that mean a column, in the order of the event table.
SYNONYMS = MappingProxyType(
    {
        "lat": (
            "latitude", "lat", "lat deg", "lat dd", "latitude dd", "lat wgs84", "decimal latitude",
            "gps latitude", "location latitude", "incident latitude", "event latitude",
            "широта", "широта wgs84", "с.ш.", "шир.", "арз", "арзи ҷуғрофӣ", "عرض", "عرض جغرافیایی",
            "عرض البلد", "عرض‌البلد",
        ),
        "lon": (
            "longitude", "lon", "long", "lng", "lon deg", "lon dd", "longitude dd", "lon wgs84",
            "decimal longitude", "gps longitude", "location longitude", "incident longitude",
            "event longitude", "долгота", "долгота wgs84", "в.д.", "долг.", "тӯл", "тӯли ҷуғрофӣ", "طول",
            "طول جغرافیایی", "طول البلد", "طول‌البلد",
        ),
        "coordinates": (
            "coordinates", "coordinate", "coords", "coord", "gps", "gps coordinates", "position",
            "location coordinates", "coordonnées", "coordonnees", "wkt", "geom wkt", "geometry wkt",
            "координаты", "координата", "координатаҳо", "ҳамоҳангҳо", "مختصات", "کوردینات", "کواردینات",
            "کوردینات ها",
        ),
        "lat_lon": (
            "lat lon", "latlon", "lat long", "lat lng", "latitude longitude", "latitude/longitude",
            "lat/lon", "lat/long", "lat, lon", "lat,lon", "latitude, longitude", "широта долгота",
            "широта, долгота", "широта/долгота", "с.ш., в.д.",
        ),
        "lon_lat": (
            "lon lat", "lonlat", "long lat", "lng lat", "longitude latitude", "longitude/latitude",
            "lon/lat", "long/lat", "lon, lat", "lon,lat", "longitude, latitude", "долгота широта",
            "долгота, широта", "долгота/широта",
        ),
        "mgrs": ("mgrs", "mgrs coordinates", "mgrs grid", "grid reference", "military grid"),
        "year": ("year", "année", "annee", "год", "сол", "سال"),
        "month": ("month", "mois", "месяц", "моҳ", "ماه"),
        "day": ("day", "jour", "день", "число", "рӯз", "روز"),
        "event_id": (
            "event id", "id", "incident id", "record id", "incident number", "incident no",
            "event number", "event no", "identifiant", "идентификатор", "ид",
            "شناسه",
        ),
        "date_start": (
            "date", "when", "event date", "incident date", "date of event", "date of incident",
            "start date", "begin date", "date from", "date begin", "from date", "date of occurrence",
            "occurrence date", "date occurred", "quand", "date de l'incident", "date de l'événement",
            "date de l'evenement", "date de début", "date de debut", "дата", "когда", "дата события",
            "дата инцидента", "дата происшествия", "дата случая", "дата совершения", "дата начала",
            "сана", "санаи ҳодиса", "санаи воқеа", "санаи рӯйдод", "таърих", "кай", "تاریخ",
            "تاریخ حادثه", "تاریخ رویداد", "تاریخ واقعه", "تاریخ وقوع", "تاریخ شروع", "تاریخ آغاز",
        ),
        "date_end": (
            "end date", "date to", "date until", "to date", "date de fin", "дата окончания", "дата конца",
            "санаи анҷом", "تاریخ ختم", "تاریخ پایان",
        ),
        "date_precision": ("date precision", "precision of date", "точность даты"),
        "event_type": (
            "event type", "type", "incident type", "type of event", "type of incident", "category",
            "event category", "incident category", "kind of event", "kind of incident",
            "nature of incident", "type d'incident", "type d'événement", "type d'evenement", "catégorie",
            "categorie", "тип", "тип события", "тип инцидента", "тип происшествия", "вид события",
            "вид инцидента", "вид происшествия", "характер происшествия", "категория",
            "категория события", "навъ", "навъи ҳодиса", "навъи рӯйдод", "намуди ҳодиса",
            "намуди рӯйдод", "نوع", "نوع حادثه", "نوع رویداد", "نوع واقعه", "نوعیت", "نوعیت حادثه",
            "نوعیت رویداد", "نوعیت واقعه",
        ),
        "source_event_type": ("source event type", "original event type"),
        "scope": ("scope",),
        "actors": (
            "actors", "actor", "actors involved", "parties", "parties involved", "perpetrator",
            "perpetrators", "acteurs", "auteurs présumés", "участники", "стороны", "стороны конфликта",
            "иштирокчиён", "тарафҳо", "عاملان", "طرفین", "طرف‌ها",
        ),
        "place": (
            "place", "place name", "where", "location", "location name", "locality", "settlement",
            "village", "village name", "name of village", "settlement name", "locality name",
            "incident location", "event location", "location of incident", "place of incident",
            "place of event", "town/village", "village/town", "city/village", "lieu", "où", "localité",
            "localite", "lieu de l'incident", "where did it happen", "место", "где", "место события",
            "место инцидента", "место происшествия", "место случая", "населенный пункт",
            "название населенного пункта", "нас. пункт", "город/село", "село/город", "локация", "село",
            "кишлак", "ҷой", "ҷойи ҳодиса", "куҷо", "дар куҷо", "макон", "макони ҳодиса", "маҳал",
            "маҳалли ҳодиса", "деҳа", "номи деҳа", "محل", "مکان", "جای", "کجا", "محل حادثه",
            "محل رویداد", "محل واقعه", "محل وقوع", "قریه", "نام قریه", "روستا",
        ),
        "country": ("country", "country name", "pays", "страна", "кишвар", "мамлакат", "کشور", "مملکت"),
        "country_side": ("country side", "side", "сторона границы"),
        "admin1": (
            "admin1", "adm1", "adm 1", "admin 1", "admin1 name", "adm1 name", "adm1 en", "province",
            "province name", "name of province", "region", "région", "oblast", "область", "провинция",
            "вилоят", "вилояти", "ولایت", "نام ولایت", "استان",
        ),
        "admin2": (
            "admin2", "adm2", "adm 2", "admin 2", "admin2 name", "adm2 name", "adm2 en", "district",
            "district name", "name of district", "район", "уезд", "ноҳия", "ولسوالی", "نام ولسوالی",
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
            "killed", "dead", "deaths", "fatalities", "persons killed", "people killed", "killed persons",
            "kia",
            *_number_of(_MANY_EN, "killed", "dead", "deaths", "fatalities", "people killed",
                        "persons killed"),
            "tués", "morts", "décès", *_number_of(_MANY_FR, "tués", "morts", "décès"),
            "погибло", "погибшие", "погибших", "убито", "убитые", "убитых",
            *_number_of(_MANY_RU, "погибших", "убитых"), "кушташуда", "кушташудагон", "ҳалокшудагон",
            "фавтида", *_number_of(_MANY_TG, "кушташудагон", "ҳалокшудагон", "фавтидагон"), "کشته",
            "کشته شده", "کشته شده‌گان", "کشته‌شدگان", "کشته ها", "تلفات جانی",
            *_number_of(_MANY_FA, "کشته", "کشته ها", "کشته شدگان"),
        ),
        "killed_min": ("killed min", "min killed", "deaths low", "fatalities min"),
        "killed_max": ("killed max", "max killed", "deaths high", "fatalities max"),
        "wounded": (
            "wounded", "injured", "injuries", "persons wounded", "people injured", "people wounded",
            "persons injured", "wia", *_number_of(_MANY_EN, "wounded", "injured", "injuries"),
            "blessés", "blesses", *_number_of(_MANY_FR, "blessés", "blesses"),
            "ранено", "раненые", "раненых", *_number_of(_MANY_RU, "раненых"), "захмӣ", "захмиён",
            "маҷрӯҳ", "маҷрӯҳон", *_number_of(_MANY_TG, "захмиён", "маҷрӯҳон"), "زخمی", "زخمی ها",
            "زخمیان", "مجروح", "مجروحین", *_number_of(_MANY_FA, "زخمی", "زخمی ها", "زخمیان", "مجروحین"),
        ),
        "detained": (
            "detained", "arrested", "detainees", "arrests", "persons detained", "people detained",
            "persons arrested", "people arrested",
            *_number_of(_MANY_EN, "detained", "arrested", "detainees", "arrests"),
            "personnes arrêtées", "arrestations",
            *_number_of(_MANY_FR, "personnes arrêtées", "arrestations"),
            "задержано", "задержанные", "арестовано", "арестованные",
            *_number_of(_MANY_RU, "задержанных", "арестованных"), "боздоштшуда", "боздоштшудагон",
            "дастгиршуда", "дастгиршудагон", *_number_of(_MANY_TG, "боздоштшудагон", "дастгиршудагон"),
            "بازداشت", "بازداشت شده", "دستگیر شده", "گرفتار شده",
        ),
        "narcotics_kg": (
            "narcotics kg", "drugs kg", "drugs seized kg", "narcotics seized kg", "narcotics (kg)",
            "drugs (kg)", "drugs seized (kg)", "narcotics seized (kg)", "stupéfiants (kg)",
            "drogues (kg)", "наркотики кг", "наркотики (кг)", "изъято наркотиков кг",
            "изъято наркотиков (кг)", "маводи мухаддир кг", "مواد مخدر کیلوگرام",
            "مواد مخدر کیلوگرم",
        ),
        "narcotics_detail": ("narcotics detail", "drug type", "drugs", "narcotics", "вид наркотиков"),
        "weapons_seized": ("weapons seized", "weapons", "изъятое оружие", "оружие", "силоҳ", "سلاح"),
        "summary": (
            "summary", "description", "event description", "incident description",
            "description of incident", "description of event", "brief description", "short description",
            "incident summary", "event summary", "details", "incident details", "event details",
            "what happened", "narrative", "résumé", "resume de l'incident", "description de l'incident",
            "description de l'événement", "описание", "описание события", "описание инцидента",
            "описание происшествия", "краткое описание", "что произошло", "что случилось", "тавсиф",
            "тавсифи ҳодиса", "чӣ шуд", "чӣ рӯй дод", "хулоса", "шарҳ", "شرح", "توضیحات", "شرح حادثه",
            "شرح رویداد", "شرح واقعه", "جزئیات", "خلاصه", "خلاصه حادثه",
        ),
        "source_urls": (
            "source urls", "source url", "url", "urls", "link", "links", "source link", "source links",
            "link to source", "news link", "article link", "article url", "lien", "liens",
            "lien vers la source", "lien source", "ссылка", "ссылки", "ссылка на источник",
            "ссылка на новость", "ссылка на статью", "пайванд", "пайванди манбаъ", "لینک", "پیوند",
            "لینک منبع", "لینک خبر",
        ),
        "source_dates": ("source dates", "source date", "publication date", "дата публикации"),
        "source": (
            "source", "sources", "source name", "source of information", "information source", "источник",
            "источники", "источник информации", "манбаъ", "манбаъҳо", "манбаи хабар", "منبع", "منابع",
            "منبع خبر", "منبع معلومات",
        ),
        "source_version": ("source version", "version"),
        "licence": ("licence", "license", "лицензия", "иҷозатнома"),
        "confidence": ("confidence", "reliability", "достоверность"),
        "notes": (
            "notes", "note", "remarks", "remark", "comment", "comments", "remarques", "observations",
            "commentaire", "commentaires", "примечание", "примечания",
            "комментарий", "комментарии", "эзоҳ", "эзоҳот", "یادداشت", "ملاحظات",
        ),
    }
)  # fmt: skip

#: Names that mean a column only where no column is better named.
LOOSE = MappingProxyType(
    {
        "date_start": (
            "datetime", "date time", "date and time", "date/time", "date et heure", "дата и время",
            "дата/время", "تاریخ و زمان", "تاریخ و ساعت",
        ),
        "event_id": ("uuid", "unique id"),
        "actors": ("who", "qui", "кто"),
        "place": ("town", "city", "town name", "city name", "ville", "город", "шаҳр", "شهر"),
        "admin1": ("регион",),
        "summary": ("what", "quoi", "что"),
    }
)  # fmt: skip

#: Names that mean a column only when nothing better does, and the values look it.
WEAK = MappingProxyType(
    {
        "lat": ("y", "y coord", "ycoord", "y coordinate", "point y"),
        "lon": ("x", "x coord", "xcoord", "x coordinate", "point x"),
    }
)

#: Words above a group of columns, in a header of two rows, that leave a column of these what it is.
#: Any other, such as ``Civilians`` or ``Nearest post``, may make it something else.
NEUTRAL = (
    (
        (),
        (
            "incident", "incidents", "event", "events", "incident details", "event details", "details",
            "general", "general information", "incident information", "événement", "evenement",
            "происшествие", "событие", "инцидент", "сведения", "общие сведения", "о происшествии",
            "сведения о происшествии", "ҳодиса", "рӯйдод", "воқеа", "حادثه", "رویداد", "واقعه",
            "معلومات", "معلومات عمومی",
        ),
    ),
    (
        (
            "lat", "lon", "coordinates", "lat_lon", "lon_lat", "mgrs", "place", "country",
            "country_side", "admin1", "admin2", "location_precision", "location_uncertainty_km",
        ),
        (
            "location", "place", "where", "position", "coordinates", "gps", "gps coordinates",
            "geolocation", "location of incident", "place of incident", "incident location",
            "wgs84", "lieu", "localisation", "coordonnées", "coordonnees", "место", "где",
            "место происшествия", "место события", "местоположение", "локация", "координаты", "ҷой",
            "ҷойи ҳодиса", "макон", "маҳал", "координатаҳо", "محل", "محل حادثه", "محل واقعه", "مکان",
            "موقعیت", "مختصات",
        ),
    ),
    (
        ("date_start", "date_end", "date_precision", "year", "month", "day"),
        (
            "date", "dates", "when", "time", "period", "date of incident", "incident date", "quand",
            "période", "дата", "когда", "время", "период", "сана", "вақт", "кай", "تاریخ", "زمان",
        ),
    ),
    (
        ("killed", "killed_min", "killed_max", "wounded", "detained"),
        (
            "casualties", "victims", "people", "persons", "toll", "total", "all", "number",
            "victimes", "жертвы", "пострадавшие", "люди", "человек", "всего", "число", "количество",
            "қурбониён", "талафот", "шумора", "ҳамагӣ", "تلفات", "قربانیان", "تعداد", "مجموع",
        ),
    ),
    (
        ("killed", "wounded", "detained", "narcotics_kg", "narcotics_detail", "weapons_seized"),
        (
            "outcome", "result", "results", "consequences", "résultats", "conséquences",
            "последствия", "результат", "результаты", "натиҷа", "оқибатҳо", "نتیجه", "نتایج",
        ),
    ),
    (
        ("narcotics_kg", "narcotics_detail", "weapons_seized"),
        ("seized", "seizure", "seizures", "saisies", "изъято", "изъятие", "изъятия"),
    ),
    (
        ("source", "source_urls", "source_dates"),
        (
            "source", "sources", "reference", "references", "источник", "источники", "манбаъ",
            "манбаъҳо", "منبع", "منابع",
        ),
    ),
)  # fmt: skip

#: What may stand in brackets behind a name without changing it: the day before the month, as dates are
#: read where nothing shows the order, but not the month before the day.
_ASIDE = re.compile(
    r"\s*[(\[]\s*(?:wgs ?-?_?84|epsg:? ?4326|deg|degrees|dd|dms|decimal(?: degrees)?|°|"
    r"n|e|°n|°e|x|y|град\.?|градусы|dd?[./ -]mm?[./ -]yy(?:yy)?|yyyy[./ -]mm[./ -]dd|"
    r"дд?[./ -]мм?[./ -]гг(?:гг)?|гггг[./ -]мм[./ -]дд|jj[./ -]mm[./ -]aa(?:aa)?)\s*[)\]]\s*$"
    r"|\s*[,(]\s*(?:чел\.?|человек|persons|people|с\.? ?ш\.?|в\.? ?д\.?)\s*\)?\s*$",
    re.IGNORECASE,
)
_AGAIN = re.compile(r"(.+) \([0-9]+\)")  # what the second column of a name is called
_MARKS = re.compile(r"[(),\[\]?:]")
_PARTS = re.compile(r"[/|()\[\]\n]")
LONGEST_HEADING = 60
_DATA = re.compile(r"[0-9۰-۹]{2}|://")  # what stands in rows of data rather than in headings
_NUMBER_SIGNS = (("#", "number "), ("№", "количество "))
_LETTERS = str.maketrans(
    {
        "ي": "ی", "ى": "ی", "ئ": "ی", "ك": "ک", "ة": "ه", "ۀ": "ه", "أ": "ا", "إ": "ا", "آ": "ا",
        "ٱ": "ا", "ؤ": "و", "ё": "е", "ӣ": "и", "ӯ": "у", "қ": "к", "ғ": "г", "ҳ": "х", "ҷ": "ч",
    }
)  # fmt: skip
_LEFT_OUT = re.compile(r"[\s_\-‐–‌‍.'’ʼ]+")


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


BOTH_SIDES = ("both", "bothsides")
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


def can_be_side(word: str) -> bool:
    """
    Return whether a word can be a side of a border: a country's code, the name of ours, or both.

    Examples
    --------
    >>> [can_be_side(word) for word in ("Таджикистан", "both", "VEN", "north", "NW")]
    [True, True, True, False, False]
    """
    code = word.strip()
    return (
        side_of(code) is not None
        or folded(code) in BOTH_SIDES
        or (re.fullmatch("[A-Z]{2,3}", code) is not None and set(code) - set("NESW") != set())
    )


_BY_NAME = {
    **{folded(name): target for target, names in SYNONYMS.items() for name in names},
    **{folded(target): target for target in (*EVENT_COLUMNS, *COORDINATE_COLUMNS)},
}
_BY_LOOSE_NAME = {folded(name): target for target, names in LOOSE.items() for name in names}
_BY_WEAK_NAME = {folded(name): target for target, names in WEAK.items() for name in names}
_NEUTRAL_TO_ALL = frozenset(
    folded(word) for targets, words in NEUTRAL if not targets for word in words
)
_NEUTRAL_TO = {
    target: frozenset(
        folded(word) for targets, words in NEUTRAL if target in targets for word in words
    )
    for target in {each for targets, _ in NEUTRAL for each in targets}
}


def detect_columns(
    columns: Iterable[str],
    sample: pd.DataFrame | None = None,
    *,
    translated: Collection[str] = (),
) -> Detection:
    """
    Tell what the columns of a table mean by their names.

    An exact name of the event table comes first, then the same name written otherwise (case, spaces,
    hyphens), then the synonyms, of which some, as ``city``, count only where nothing is better named.
    ``event_id (as it came)``, of a table of rejected rows, counts as ``event_id`` where that is not
    there. Of two columns that mean the same and are equally well named, as ``Killed`` and
    ``Killed (2)``, neither is taken, and a note says so; nor is a column whose values show that it is
    another: yes and no (0 and 1 below a question such as ``Killed?``) are no count of people,
    ``north`` is no side, and ``B2`` none of the words for a confidence.

    Parameters
    ----------
    columns : iterable of str
        Names of the source's columns.
    sample : DataFrame, optional
        Some rows. Weak names such as ``x`` and ``y`` are taken only if what stands there looks it:
        numbers of degrees.
    translated : collection of str, optional
        Columns of the event table whose words the caller translates: they are not judged by them.

    Returns
    -------
    Detection

    Examples
    --------
    >>> detect_columns(["Дата", "Широта (WGS84)", "Долгота (WGS84)", "погода"]).columns
    {'date_start': 'Дата', 'lat': 'Широта (WGS84)', 'lon': 'Долгота (WGS84)'}
    """
    candidates: dict[str, list[tuple[int, str]]] = {}
    chosen: dict[str, str] = {}
    doubts: dict[str, str] = {}
    present = dict.fromkeys(map(str, columns))
    own = set(EVENT_COLUMNS) <= set(present)
    for column in present:
        before = column.removesuffix(AS_IT_CAME)
        name = column if before in present else before
        again = _AGAIN.fullmatch(name)
        if again is not None and again[1] in present and not own:  # in ours it was another name
            name = again[1]
        found = meaning_of(name)
        if found is None:
            continue
        target, rank = found
        other = None
        if sample is not None and rank != _EXACT_RANK and target not in translated:
            other = _is_another(target, column, sample[column])
        if other is None:
            candidates.setdefault(target, []).append((rank, column))
        else:
            doubts[target] = (
                f"{column!r} {other}, so it is not read as {target}. If it is, say so with a mapping: "
                f"{{{target!r}: {column!r}}}."
            )
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


_EXACT_RANK, _NAME_RANK, _SYNONYM_RANK, _LOOSE_RANK, _WEAK_RANK = range(5)


def meaning_of(column: str) -> tuple[str, int] | None:
    """Return what the name of a column means and how well it says so (less is better), or None."""
    if column in EVENT_COLUMNS or column in COORDINATE_COLUMNS:
        return column, _EXACT_RANK
    for sign, word in _NUMBER_SIGNS:
        column = column.replace(sign, word)
    key = folded(column)
    others = [folded(_ASIDE.sub("", column)), folded(_MARKS.sub(" ", column))]
    for names, rank in (
        (_BY_NAME, _SYNONYM_RANK), (_BY_LOOSE_NAME, _LOOSE_RANK), (_BY_WEAK_NAME, _WEAK_RANK),
    ):  # fmt: skip
        target = next((names[each] for each in (key, *others) if each in names), None)
        if target is not None:
            own = key in names and folded(target) == key
            return target, _NAME_RANK if own else rank
    return _meaning_said_twice(column)


def names_of_two_rows(
    upper: Sequence[str], lower: Sequence[str], merged: Collection[int] = ()
) -> tuple[list[str], list[str]] | None:
    """
    Return the names of columns whose header has two rows, such as Casualties above Killed and Wounded.

    Parameters
    ----------
    upper, lower : sequence of str
        The header, and the row below it; empty where a cell is.
    merged : collection of int
        Which cells of the upper row belong to one on their left.

    Returns
    -------
    (list of str, list of str) or None
        Names, and doubts to print. A column is called by both words, as ``Source Date``. It has the
        lower one alone where nothing, or a title in the first cell, stands above; and where that alone
        says what it is, the upper is one of `NEUTRAL` for it, and no other column says the same. What
        only the lower word would say of a column called by both is told as a doubt. None where the
        second row could be data: it has a number, nothing below what has no name, or neither are its
        words known headings nor cells merged above.

    Examples
    --------
    >>> names_of_two_rows(["Date", "Casualties", ""], ["", "Killed", "Civilians wounded"], {2})
    (['Date', 'Killed', 'Casualties Civilians wounded'], [])
    >>> names_of_two_rows(["Date", "Civilians", ""], ["", "Killed", "Wounded"])[0]
    ['Date', 'Civilians Killed', 'Civilians Wounded']
    >>> names_of_two_rows(["Date", "Place", ""], ["", "Khorog", "a bridge"]) is None
    True
    """
    gaps = {at for at, cell in enumerate(lower) if cell and not upper[at]}
    headings = all(len(cell) <= LONGEST_HEADING and not _DATA.search(cell) for cell in lower)
    if not gaps or not headings:
        return None
    groups = _groups(upper, merged)
    names = [
        f"{group} {below}".strip() if below else above
        for group, above, below in zip(groups, upper, lower, strict=True)
    ]
    whole, alone = [meaning_of(name) for name in names], [meaning_of(cell) for cell in lower]
    known = {at for at, cell in enumerate(lower) if cell and (whole[at] or alone[at])}
    if not gaps <= set(merged) and (len(known) < 2 or not gaps & known):
        return None
    claims: dict[str, list[int]] = {}
    only_below: dict[int, str] = {}
    for at, (found, below) in enumerate(zip(whole, alone, strict=True)):
        if found is None and below is not None:
            only_below[at] = below[0]
        if (meant := found or below) is not None:
            claims.setdefault(meant[0], []).append(at)
    for at, target in list(only_below.items()):
        if len(claims[target]) == 1 and _is_neutral(groups[at], target):
            names[at] = lower[at]
            del only_below[at]
    for at, group in enumerate(groups):  # civilians and soldiers, below Killed
        if lower[at] and group and not (whole[at] or alone[at]):
            found = meaning_of(group)
            if found is not None and found[0] in _PARTED and found[0] not in claims:
                only_below[at] = found[0]
    return names, _doubts_of_groups(only_below, names, groups)


def _groups(upper: Sequence[str], merged: Collection[int]) -> list[str]:
    """Return what stands above each column: a merged cell over its width, another up to the next."""
    if upper[0] and sum(map(bool, upper)) == 1:  # a title
        return [""] * len(upper)
    groups: list[str] = []
    ends = False
    for at, above in enumerate(upper):
        if above:
            ends = at + 1 in merged
        over = at in merged or not ends
        groups.append(above or (groups[-1] if groups and over else ""))
    return groups


def _is_neutral(group: str, target: str) -> bool:
    """Return whether a word above a column leaves it what its own name says."""
    found = meaning_of(group)
    if found is not None and found[0] == target:
        return True
    words = {*_NEUTRAL_TO_ALL, *_NEUTRAL_TO.get(target, ())}
    parts = [folded(_MARKS.sub("", part)) for part in _PARTS.split(_ASIDE.sub("", group))]
    return all(part in words for part in parts if part)


def _doubts_of_groups(
    only_below: dict[int, str], names: Sequence[str], groups: Sequence[str]
) -> list[str]:
    """Say which columns are not read as what the lower row of the header alone would make them."""
    doubts = []
    for target in dict.fromkeys(only_below.values()):
        places = [at for at, each in only_below.items() if each == target]
        columns = " and ".join(repr(names[at]) for at in places)
        example = f"{{{target!r}: {names[places[0]]!r}}}"
        if len(places) > 1:
            doubts.append(
                f"{columns} could both be {target}; neither is read as it. Say which with a mapping: "
                f"{example}."
            )
        else:
            doubts.append(
                f"{columns} stands under {groups[places[0]]!r} and is not read as {target}. If it is "
                f"that of the incident as a whole, say so with a mapping: {example}."
            )
    return doubts


def _meaning_said_twice(column: str) -> tuple[str, int] | None:
    """Return what a name in two languages, or with a second word in brackets, means in both."""
    parts = [part for part in _PARTS.split(column) if part.strip()]
    if len(parts) < 2:
        return None
    found = [meaning_of(part) for part in parts]
    targets = {None if each is None else each[0] for each in found}
    if len(targets) > 1 or None in targets:
        return None
    return max((each for each in found if each is not None), key=lambda each: each[1])


_COUNTS = ("killed", "killed_min", "killed_max", "wounded", "detained")
_PARTED = (*_COUNTS, "narcotics_kg", "coordinates", "date_start")  # what columns below it may share
_YES_OR_NO = frozenset(
    "yes no y n true false да нет ҳа не бале بله بلی نه نخیر нест oui non".split()
)  # fmt: skip


def _is_another(target: str, column: str, cells: pd.Series) -> str | None:
    """Return what the values of a column show it to be, where that is not what its name says."""
    if target not in (*_COUNTS, *VOCABULARY, "country_side"):
        return None
    given = text(cells[~blank(cells)]).dropna()
    if given.empty:
        return None
    if target in _COUNTS:
        words = {word.casefold() for word in given.unique()}
        asks = bool(words & _YES_OR_NO) or column.rstrip().endswith(("?", "؟"))
        return "says only yes or no" if asks and words <= {*_YES_OR_NO, "0", "1"} else None
    if target == "country_side":
        odd = [word for word in given if not can_be_side(word)]
        told = "no country" if len(odd) == len(given) else None
    else:
        known = VOCABULARY[target]
        odd = [word for word in given if re.sub(r"[\s\-]+", "_", word.lower()) not in known]
        told = f"none of {', '.join(known)}" if 2 * len(odd) > len(given) else None
    return told and f"holds words such as {odd[0]!r}, which are {told}"


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
