"""The words of a report: those of the map page, and its own, one catalogue per language."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from frontier_geo.maps.static_words import Words
from frontier_geo.report.spans import Span, span_words

__all__ = ["ReportWords", "report_catalogue"]

_CATALOGUES = files("frontier_geo.report") / "assets" / "catalogues"
_PLACE = re.compile(r"\{(\w+)\}")
LOWEST_P = 0.001


@cache
def report_catalogue(language: str) -> MappingProxyType[str, str | dict[str, str]]:
    """Return the words that only a report has, each by its key; see `maps.words.catalogue`."""
    text = (_CATALOGUES / f"{language}.json").read_text(encoding="utf-8")
    return MappingProxyType(json.loads(text))


class ReportWords(Words):
    """
    What a reader of a report sees, by its key, with numbers and days as the language writes them.

    Parameters
    ----------
    language : {"en", "ru", "tg", "fa"}
    names : iterable of str
        Names of places that may be translated.
    """

    def __init__(self, language: str, names: Iterable[str] = ()) -> None:
        super().__init__(language, names)
        self._words |= {**report_catalogue("en"), **report_catalogue(language)}

    def t(self, key: str, **params: object) -> str:
        """Return a sentence; a number put in is written out, and `n` chooses the plural form."""
        found = self._words[key]
        if not isinstance(found, str):
            form = plural_form(self.language, params.get("n"))
            found = found.get(form, found["other"])
        written = {name: self._written(value) for name, value in params.items()}
        # In one go: what is put in may hold braces of its own.
        return _PLACE.sub(lambda place: written.get(place[1], place[0]), found)

    def has(self, key: str) -> bool:
        """Say whether there are words for a key."""
        return key in self._words

    def _written(self, value: Any) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, int):
            return self.number(value, 9)
        return self.amount(value)

    def amount(self, value: float | None) -> str:
        """Write a measured number to three digits; what is infinite or missing, as such."""
        if value is None or value != value:
            return "–"
        if math.isinf(value):
            return "∞"
        return self.number(float(value)) if abs(value) >= 1 else self._short(float(value))

    def _short(self, value: float) -> str:
        """Write a number below 1 to three decimals at most."""
        return self.number(round(value, 3) + 0.0)

    def year(self, value: int) -> str:
        """Write a year, which has no separator in it."""
        return self._figures(str(value))

    def p(self, value: float | None) -> str:
        """Write a p-value, as far as it can be trusted."""
        if value is None or value != value:
            return "–"
        if value < LOWEST_P:
            return f"< {self.fixed(LOWEST_P, 3)}"
        return self.fixed(value, 3 if value < 0.095 else 2)

    def percent(self, share: float | None) -> str:
        """Write a share in per cent."""
        if share is None or share != share:
            return "–"
        return self.t("unit.percent", value=self.fixed(100 * share, 0))

    def interval(self, low: float, high: float) -> str:
        """Write the two ends of an interval."""
        if math.isinf(high):
            return self.t("interval.open", low=low)
        return self.t("interval.closed", low=low, high=high)

    def km(self, value: float) -> str:
        """Write a chainage, to the kilometre."""
        return self.fixed(value, 0)

    def stretch(self, from_km: float, to_km: float) -> str:
        """Write from where to where a stretch goes."""
        return self.t("sheet.km_range", **{"from": self.km(from_km), "to": self.km(to_km)})

    def span(self, span: Span) -> str:
        """Return what a period is called, such as “first half of 2025”."""
        key, numbers = span_words(span)
        if key == "span.days":
            return self.days(span)
        years = {name: self.year(n) for name, n in numbers.items() if name != "month"}
        if "month" in numbers:
            years["month"] = self.t(f"month_alone.{numbers['month']}")
        return self.t(key, **years)

    def days(self, span: Span) -> str:
        """Write a pair of days, or the one that both are."""
        return self.day(span[0]) if span[0] == span[1] else self.period(span)

    def date_of(self, first: Any, last: Any, precision: str | None) -> str:
        """Write when an incident was, as precisely as that is known."""
        if precision in ("month", "year") and str(first)[:7] == str(last)[:7]:
            day = first
            return self.t(
                "span.month", month=self.t(f"month_alone.{day.month}"), year=self.year(day.year)
            )
        return self.days((first, last))


def plural_form(language: str, n: object) -> str:
    """
    Return the plural category of a number in a language, after CLDR.

    Examples
    --------
    >>> [plural_form("ru", n) for n in (1, 3, 5, 11, 21, 0.4)]
    ['one', 'few', 'many', 'many', 'one', 'other']
    >>> [plural_form("en", n) for n in (1, 2)], [plural_form("fa", n) for n in (0, 1, 2)]
    (['one', 'other'], ['one', 'one', 'other'])
    """
    if not isinstance(n, int):
        return "other"
    if language == "ru":
        if n % 10 == 1 and n % 100 != 11:
            return "one"
        return "few" if n % 10 in (2, 3, 4) and n % 100 not in (12, 13, 14) else "many"
    return "one" if n == 1 or (language == "fa" and n == 0) else "other"
