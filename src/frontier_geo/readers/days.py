"""
Dates as people write them → days, a whole column at a time.

Read are ISO dates, with an hour or without; day, month and year parted by points, slashes or hyphens;
months by their names in English, French, Russian, Tajik, Dari, Pashto and Persian; bare months and
years; days of the solar hijri calendar; the serial numbers of spreadsheets. The order of day and
month, and the calendar, hold for the column as a whole. Two-digit years are refused.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from frontier_geo.readers.cells import TEXT, blank, text
from frontier_geo.readers.problems import Problems
from frontier_geo.readers.source import Options

__all__ = [
    "GREGORIAN_MONTHS",
    "SOLAR_HIJRI_MONTHS",
    "DateHabit",
    "date_habit",
    "read_days",
    "tell_habit",
]

GREGORIAN, SOLAR_HIJRI = "gregorian", "solar_hijri"

#: Names of the months, in lower case; their first is the month 1.
GREGORIAN_MONTHS = MappingProxyType(
    {
        "english": (
            "january|jan", "february|feb", "march|mar", "april|apr", "may", "june|jun", "july|jul",
            "august|aug", "september|sept|sep", "october|oct", "november|nov", "december|dec",
        ),
        "french": (
            "janvier|janv", "février|fevrier|févr|fevr", "mars", "avril|avr", "mai", "juin",
            "juillet|juil", "août|aout", "septembre", "octobre", "novembre", "décembre|decembre|déc",
        ),
        "russian": (
            "январь|января|янв", "февраль|февраля|фев|февр", "март|марта|мар", "апрель|апреля|апр",
            "май|мая", "июнь|июня|июн", "июль|июля|июл", "август|августа|авг",
            "сентябрь|сентября|сен|сент", "октябрь|октября|окт", "ноябрь|ноября|ноя|нояб",
            "декабрь|декабря|дек",
        ),
        "tajik": (
            "январ|январи", "феврал|феврали", "март|марти", "апрел|апрели", "май|майи", "июн|июни",
            "июл|июли", "август|августи", "сентябр|сентябри", "октябр|октябри", "ноябр|ноябри",
            "декабр|декабри",
        ),
        "dari": (
            "جنوری", "فبروری", "مارچ", "اپریل", "می|مه", "جون", "جولای", "اگست|آگست", "سپتمبر|سپتامبر",
            "اکتوبر", "نومبر", "دسمبر",
        ),
        "persian": (
            "ژانویه", "فوریه", "مارس", "آوریل", "مه", "ژوئن", "ژوئیه|جولای", "اوت", "سپتامبر", "اکتبر",
            "نوامبر", "دسامبر",
        ),
    }
)  # fmt: skip
SOLAR_HIJRI_MONTHS = MappingProxyType(
    {
        "dari": (
            "حمل", "ثور", "جوزا", "سرطان", "اسد", "سنبله", "میزان", "عقرب", "قوس", "جدی", "دلو", "حوت",
        ),
        "persian": (
            "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد|امرداد", "شهریور", "مهر", "آبان", "آذر", "دی",
            "بهمن", "اسفند",
        ),
        "pashto": (
            "وری", "غویی", "غبرګولی", "چنګاښ", "زمری", "وږی", "تله", "لړم", "لیندۍ", "مرغومی", "سلواغه",
            "کب",
        ),
        "dari, latin": (
            "hamal", "sawr|saur|thawr|thaur|sowr", "jawza|jauza|jowza", "saratan", "asad",
            "sunbula|sunbulah|sonbola|sunbola", "mizan", "aqrab", "qaws|qaus|qows", "jadi|jady|jadee",
            "dalw|dalwa|dalv", "hut|hoot",
        ),
        "persian, latin": (
            "farvardin", "ordibehesht", "khordad", "tir", "mordad|amordad", "shahrivar", "mehr", "aban",
            "azar", "dey", "bahman", "esfand",
        ),
        "tajik": (
            "ҳамал|ҳамали", "савр|саври", "ҷавзо|ҷавзои", "саратон|саратони", "асад|асади",
            "сунбула|сунбулаи",
            "мизон|мизони", "ақраб|ақраби", "қавс|қавси", "ҷадӣ|ҷадии", "далв|далви", "ҳут|ҳути",
        ),
    }
)  # fmt: skip

YEARS = {GREGORIAN: (1600, 2199), SOLAR_HIJRI: (1200, 1500)}
#: Serial numbers of spreadsheets count days from here (the 1900 system, whose 29 February 1900 never
#: was); these numbers are the years 1954 to 2119, and cannot be taken for years.
SERIAL_ZERO = np.datetime64("1899-12-30", "D")
SERIALS = (20_000, 80_000)

_NEEDED = "a day such as 2025-06-30, 30.06.2025 or 30 June 2025 is needed"
_NEEDED_HOUR = "an hour from 00:00 to 23:59 is needed after the day, or none"
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:[.,]\d+)?)?"  # 60: a leap second
_ZONE = r"[+-](?:0\d|1[0-4]):?[0-5]\d"
_HOUR = rf"[Tt\s,]+{_CLOCK}\s*(?:[aApP]\.?[mM]\.?)?\s*(?:[zZ]|UTC|GMT|{_ZONE})?$"
#: An ISO day of the years 1600 to 2199, with an hour or without.
_ISO = rf"^(?:1[6-9]|2[01])\d{{2}}-\d{{2}}-\d{{2}}(?:[T ]{_CLOCK}(?:Z|{_ZONE})?)?$"
_YEAR_WORD = r"(?:\s*(?:г\.?|год|года|с\.?|сол|соли))?"
_NAME = r"(?P<name>[^\W\d_]+(?:[‌’'][^\W\d_]+)?)\.?"
_FORMS = tuple(
    re.compile(pattern + "$", re.IGNORECASE)
    for pattern in (
        r"^(?P<year>\d{4})(?P<by>[-./])(?P<month>\d{1,2})(?P=by)(?P<day>\d{1,2})",
        r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
        rf"^(?P<a>\d{{1,2}})(?P<by>[-./])(?P<b>\d{{1,2}})(?P=by)(?P<year>\d{{4}}){_YEAR_WORD}",
        rf"^(?:\w+,\s*)?(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|-?уми?|-?юми?)?[\s\-./]+(?:of\s+)?{_NAME}"
        rf"[\s,\-./]+(?:соли\s+)?(?P<year>\d{{4}}){_YEAR_WORD}",
        rf"^(?:[a-z]+,\s*)?{_NAME}[\s\-.]+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?[\s,]+(?P<year>\d{{4}})",
        rf"^(?P<year>\d{{4}})[\s,\-./]+{_NAME}[\s\-./]+(?P<day>\d{{1,2}})",
        rf"^{_NAME}[\s,\-./]+(?:соли\s+)?(?P<year>\d{{4}}){_YEAR_WORD}",
        rf"^(?P<year>\d{{4}})[\s,\-./]+{_NAME}",
        r"^(?P<year>\d{4})[-./](?P<month>\d{1,2})",
        rf"^(?P<month>\d{{1,2}})[-./](?P<year>\d{{4}}){_YEAR_WORD}",
        rf"^(?P<year>\d{{4}}){_YEAR_WORD}",
    )
)
_TWO_DIGITS = re.compile(
    r"^\d{1,2}[-./]\d{1,2}[-./]\d{2}$|^\d{1,2}[\s\-.]+[^\W\d_]+[\s,\-.]+'?\d{2}$|"
    r"^[^\W\d_]+\.?\s+\d{1,2},?\s+'?\d{2}$",
    re.IGNORECASE,
)
_WITH_HOUR = re.compile(r"^\d{1,4}[-./]\d{1,2}[-./]\d{1,4}[t\s,]+\d+:\d")
_DIGITS = {ord("۰") + n: str(n) for n in range(10)} | {ord("٠") + n: str(n) for n in range(10)}
_SIGNS = str.maketrans(
    {"ي": "ی", "ى": "ی", "ك": "ک", "،": ",", "‐": "-", "–": "-", "−": "-", "\u00a0": " ", "\u202f": " ",
     **dict.fromkeys("\u200e\u200f\u202a\u202b\u202c\ufeff", "")}
)  # fmt: skip


def _months(tables: Any) -> dict[str, int]:
    return {
        name: number
        for names in tables.values()
        for number, each in enumerate(names, start=1)
        for name in each.translate(_SIGNS).split("|")
    }


_MONTHS = {GREGORIAN: _months(GREGORIAN_MONTHS), SOLAR_HIJRI: _months(SOLAR_HIJRI_MONTHS)}


@dataclass(frozen=True)
class DateHabit:
    """
    What the dates of a column show as a whole.

    Attributes
    ----------
    day_first, month_first : int
        Rows such as 30.06.2025, and rows such as 06/30/2025, that can be read in one way only.
    either : int
        Rows such as 03.04.2025, which can be read in both.
    gregorian, solar_hijri : int
        Rows whose year or month is of the one calendar or of the other.
    """

    day_first: int = 0
    month_first: int = 0
    either: int = 0
    gregorian: int = 0
    solar_hijri: int = 0

    def __add__(self, other: DateHabit) -> DateHabit:
        """Put the habits of two parts of a column together."""
        return DateHabit(
            self.day_first + other.day_first,
            self.month_first + other.month_first,
            self.either + other.either,
            self.gregorian + other.gregorian,
            self.solar_hijri + other.solar_hijri,
        )

    @property
    def reads_day_first(self) -> bool:
        """Whether 03.04.2025 is the third of April, by what most rows show."""
        return self.day_first >= self.month_first

    @property
    def calendar(self) -> str:
        """The calendar of most rows."""
        return SOLAR_HIJRI if self.solar_hijri > self.gregorian else GREGORIAN


def date_habit(cells: pd.Series) -> DateHabit:
    """
    Tell what the dates of a column show as a whole.

    Examples
    --------
    >>> date_habit(pd.Series(["03.04.2025", "30.06.2025", "2025"]))
    DateHabit(day_first=1, month_first=0, either=1, gregorian=3, solar_hijri=0)
    """
    plain = np.zeros(len(cells), dtype=bool)
    if cells.dtype == TEXT:  # ISO dates leave nothing open, and large files hold little else
        plain = cells.str.contains(_ISO, regex=True).fillna(False).to_numpy(dtype=bool)
    return _habit(_written(cells[~plain])) + DateHabit(gregorian=int(plain.sum()))


def read_days(
    start_cells: pd.Series, end_cells: pd.Series | None, problems: Problems, options: Options
) -> pd.DataFrame:
    """
    Read the first and the last day on which something may have happened.

    Parameters
    ----------
    start_cells, end_cells : Series
        As they came, named as in the source. Without an end, the last day is that of the start: of
        ``June 2025`` the 30th.
    problems : Problems
        Where rows are reported that cannot be read.
    options : Options
        Of these `day_first` and `calendar`; where they leave it open, the column itself decides, and
        rows that contradict most others are refused.

    Returns
    -------
    DataFrame
        `date_start`, `date_end` (datetime64) and `date_precision`: ``day``, ``month`` and ``year`` as
        written; where an end is given, the shortest of day, week, month and year that holds both.
    """
    written = [_written(start_cells)]
    if end_cells is not None:
        written.append(_written(end_cells))
    habit = sum((_habit(each) for each in written), DateHabit())
    day_first = habit.reads_day_first if options.day_first is None else options.day_first
    calendar = habit.calendar if options.calendar == "auto" else options.calendar
    tell_habit(habit, options, str(start_cells.name))
    columns = [start_cells] if end_cells is None else [start_cells, end_cells]
    read = [
        _read(cells, each, problems, day_first, calendar)
        for cells, each in zip(columns, written, strict=True)
    ]
    start, last = read[0]["first"], read[0]["last"]
    precision = read[0]["precision"]
    end = last
    if end_cells is not None:
        given = read[1]["last"]
        problems.refuse(
            given.notna() & blank(start_cells), str(start_cells.name), end_cells,
            "a first day is needed beside the last: repeat that if it is the only one",
        )  # fmt: skip
        end = given.fillna(last)
        both = given.notna() & start.notna()
        length = (given - start).dt.days
        window = pd.Series(
            np.select([length < 1, length < 7, length < 31], ["day", "week", "month"], "year"),
            index=start.index, dtype=TEXT,
        )  # fmt: skip
        precision = precision.mask(both, window)
    return pd.DataFrame({"date_start": start, "date_end": end, "date_precision": precision})


@dataclass(frozen=True)
class _Written:
    """A column of dates, each distinct text once: which row has which, and what it says."""

    codes: Any  # position in `said`, -1 where nothing is written
    said: pd.DataFrame  # text, year, month, day, a, b, calendar, reason
    days: pd.Series  # of ISO dates and of cells that are dates: already read


def _written(cells: pd.Series) -> _Written:
    """Take a column of dates apart; the common forms at once, each other distinct text once."""
    nothing = pd.Series(pd.NaT, index=cells.index, dtype="datetime64[s]")
    empty = np.full(len(cells), -1)
    if isinstance(cells.dtype, pd.CategoricalDtype):
        cells = cells.astype(object)
    if cells.dtype.kind == "M":
        days = cells.dt.tz_localize(None) if cells.dt.tz is not None else cells
        return _Written(empty, _said([]), days.dt.normalize().astype("datetime64[s]"))
    if cells.dtype.kind in "fiu":
        words = _numbers_written(cells)
    elif cells.dtype == TEXT or cells.dtype.kind == "U":
        words = text(cells)
    else:
        words = text(cells)
        number = cells.map(lambda v: isinstance(v, int | float | np.number) and v is not True)
        if number.any():
            numbers = pd.to_numeric(cells[number], errors="coerce").astype("float64")
            words = words.where(~number, _numbers_written(numbers).reindex(cells.index))
    words = words.mask(blank(words), pd.NA)
    iso = words.str.contains(_ISO, regex=True).fillna(False).astype(bool)
    days = nothing
    if iso.any():
        parsed = pd.to_datetime(
            words.where(iso, pd.NA).str.slice(0, 10), format="%Y-%m-%d", errors="coerce"
        )
        days = parsed.astype("datetime64[s]")
    rest = words.mask(iso & days.notna(), pd.NA)
    if rest.str.contains(":", regex=False).any():
        rest = rest.str.replace(_HOUR, "", regex=True)  # the day is the one written
    codes, distinct = pd.factorize(rest)
    return _Written(codes, _said([str(word) for word in distinct]), days)


def _numbers_written(cells: pd.Series) -> pd.Series:
    """Write numbers as dates: the serial numbers of spreadsheets, years, and 20250630."""
    values = cells.astype("float64")
    whole = values.where(np.isfinite(values)).round(0)
    serial = whole.between(*SERIALS) & values.notna()
    offset = np.floor(values.where(serial, 0)).astype("int64").to_numpy()
    day = pd.Series(SERIAL_ZERO + offset.astype("timedelta64[D]"), index=cells.index)
    return text(values.astype(object)).where(~serial, day.dt.strftime("%Y-%m-%d").astype(TEXT))


_COLUMNS = ("year", "month", "day", "a", "b")


def _said(texts: list[str]) -> pd.DataFrame:
    """Return what texts say, one row a text."""
    rows = [_taken_apart(word) for word in texts]
    table = pd.DataFrame(rows, columns=[*_COLUMNS, "calendar", "reason"])
    for column in _COLUMNS:
        table[column] = table[column].astype("Int64")
    for column in ("calendar", "reason"):
        table[column] = table[column].astype(TEXT)
    return table.assign(text=pd.Series(texts, dtype=TEXT))


def _taken_apart(word: str) -> tuple[Any, ...]:
    """Return ``year, month, day, a, b, calendar, reason`` of a text; `a`, `b` in unknown order."""
    plain = " ".join(word.translate(_DIGITS).translate(_SIGNS).split()).lower()
    if len(plain) > 60:
        return _unread(_NEEDED)
    for form in _FORMS:
        match = form.match(plain)
        if match is None:
            continue
        parts = match.groupdict()
        year = int(parts["year"])
        calendar = next((name for name, (low, high) in YEARS.items() if low <= year <= high), None)
        if calendar is None:
            return _unread(f"a year from 1600 or of the solar hijri calendar is needed, not {year}")
        month = _whole(parts.get("month"))
        if parts.get("name") is not None:
            month = _MONTHS[calendar].get(parts["name"])
            if month is None and _MONTHS[_other(calendar)].get(parts["name"]) is not None:
                return _unread(
                    f"the month {parts['name']} does not belong to the calendar of the year {year}"
                )
            if month is None:
                continue
        return (
            year, month, _whole(parts.get("day")), _whole(parts.get("a")), _whole(parts.get("b")),
            calendar, None,
        )  # fmt: skip
    if _WITH_HOUR.match(plain):
        return _unread(_NEEDED_HOUR)
    if _TWO_DIGITS.match(plain):
        return _unread("a year of four digits is needed: of two it may be of any century")
    return _unread(_NEEDED)


def _unread(reason: str) -> tuple[Any, ...]:
    return (None,) * (len(_COLUMNS) + 1) + (reason,)


def _whole(digits: str | None) -> int | None:
    return None if digits is None else int(digits)


def _other(calendar: str) -> str:
    return SOLAR_HIJRI if calendar == GREGORIAN else GREGORIAN


def _habit(written: _Written) -> DateHabit:
    rows = np.bincount(written.codes[written.codes >= 0], minlength=len(written.said))
    said = written.said
    a, b = said["a"], said["b"]

    def counted(mask: pd.Series) -> int:
        return int(rows[mask.fillna(False).to_numpy(dtype=bool)].sum())

    return DateHabit(
        day_first=counted((a > 12) & (b <= 12)),
        month_first=counted((b > 12) & (a <= 12)),
        either=counted((a <= 12) & (b <= 12) & (a != b)),
        gregorian=counted(said["calendar"] == GREGORIAN) + int(written.days.notna().sum()),
        solar_hijri=counted(said["calendar"] == SOLAR_HIJRI),
    )


def tell_habit(habit: DateHabit, options: Options, column: str) -> None:
    """Note what had to be decided for a column."""
    if options.day_first is None and habit.either:
        order = "day first" if habit.reads_day_first else "month first"
        shown = habit.day_first + habit.month_first
        why = (
            "as the other rows of the column show"
            if shown
            else "though no row shows it; say day_first=False if the month comes first"
        )
        options.notes.append(
            f"{column!r}: dates such as 03.04.2025 are read with the {order}, {why}."
        )
    if options.calendar == "auto" and habit.calendar == SOLAR_HIJRI:
        options.notes.append(f"{column!r}: the years are of the solar hijri calendar.")


def _read(
    cells: pd.Series, written: _Written, problems: Problems, day_first: bool, calendar: str
) -> pd.DataFrame:
    """Return ``first, last, precision`` of a column; refuse what cannot be read."""
    said = written.said
    reason = said["reason"]
    a, b = said["a"], said["b"]
    day = said["day"].fillna(a if day_first else b)
    month = said["month"].fillna(b if day_first else a)
    foreign = (said["calendar"] != calendar).fillna(False)
    reason = reason.mask(
        foreign & reason.isna(),
        f"the dates of this column are of the {calendar.replace('_', ' ')} calendar; mend it, or give "
        "the calendar",
    )
    swapped = ((a if not day_first else b) > 12).fillna(False) & (month > 12).fillna(False)
    order = "day" if day_first else "month"
    reason = reason.mask(
        swapped & reason.isna(),
        f"in this column the {order} comes first, and then this has no such month; say day_first if "
        "the column is the other way round",
    )
    firsts, lasts, precisions = [], [], []
    for year_, month_, day_, why in zip(said["year"], month, day, reason, strict=True):
        span = None if pd.notna(why) else _span(year_, month_, day_, calendar)
        firsts.append(span[0] if span else None)
        lasts.append(span[1] if span else None)
        precisions.append(
            None
            if span is None
            else "year"
            if pd.isna(month_)
            else "month"
            if pd.isna(day_)
            else "day"
        )
    table = pd.DataFrame(
        {
            "first": _days(firsts),
            "last": _days(lasts),
            "precision": pd.Series(precisions, dtype=TEXT),
        }
    )
    reason = reason.mask(table["first"].isna() & reason.isna(), "there is no such day")
    rows = table.reindex(written.codes).set_axis(cells.index)
    reasons = reason.reindex(written.codes).set_axis(cells.index)
    problems.refuse(reasons.notna(), str(cells.name), cells, reasons)
    ready = written.days.notna()
    if calendar == SOLAR_HIJRI and ready.any():
        problems.refuse(
            ready, str(cells.name), cells,
            "the dates of this column are of the solar hijri calendar; mend it, or give the calendar",
        )  # fmt: skip
        return rows
    return pd.DataFrame(
        {
            "first": written.days.fillna(rows["first"]).astype("datetime64[s]"),
            "last": written.days.fillna(rows["last"]).astype("datetime64[s]"),
            "precision": rows["precision"].mask(ready, "day"),
        }
    )


def _days(dates: list[datetime.date | None]) -> pd.Series:
    # By way of numpy: pandas before 3 counts nanoseconds here, which begin in 1677.
    return pd.Series(np.array(dates, dtype="datetime64[D]").astype("datetime64[s]"))


def _span(
    year: Any, month: Any, day: Any, calendar: str
) -> tuple[datetime.date, datetime.date] | None:
    """Return the first and the last day of a day, month or year; nothing where there is none such."""
    first_month, last_month = (1, 12) if pd.isna(month) else (int(month), int(month))
    try:
        if pd.notna(day):
            only = _date(int(year), first_month, int(day), calendar)
            return only, only
        first = _date(int(year), first_month, 1, calendar)
        after = (int(year), last_month + 1) if last_month < 12 else (int(year) + 1, 1)
        return first, _date(*after, 1, calendar) - datetime.timedelta(days=1)
    except ValueError:
        return None


def _date(year: int, month: int, day: int, calendar: str) -> datetime.date:
    """Return a day; ValueError where there is none such."""
    if calendar == GREGORIAN:
        return datetime.date(year, month, day)
    import jdatetime

    return jdatetime.date(year, month, day).togregorian()
