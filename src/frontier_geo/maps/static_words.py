"""The words of the static picture, in any language of the page, as plain text."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from typing import Any

from frontier_geo.maps.escaping import clean_text
from frontier_geo.maps.words import catalogue

__all__ = ["Words", "plain_text"]

JOINERS = "\u200c\u200d"  # they shape Persian words
PERSIAN_DIGITS = str.maketrans("0123456789,.", "۰۱۲۳۴۵۶۷۸۹٬٫")
SPACED_DIGITS = str.maketrans(",.", "\u00a0,")
_PLACE = re.compile(r"\{(\w+)\}")
_MACHINE_WORD = re.compile(r"[^\W_]+(_[^\W_]+)*")


def plain_text(value: object, longest: int = 120) -> str:
    """
    Return text of unknown origin as one line without control characters, cut where it is too long.

    Examples
    --------
    >>> plain_text("  a\\n $b$ \\u202e")
    'a $b$'
    """
    words = "".join(
        c if c in JOINERS or unicodedata.category(c)[0] != "C" else " " for c in clean_text(value)
    ).split()
    text = " ".join(words)
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"


class Words:
    """
    What a reader sees, by its key, with numbers and days written as the language does.

    Parameters
    ----------
    language : {"en", "ru", "tg", "fa"}
        A word that its catalogue lacks is taken from the English one.
    names : iterable of str
        Names of places that may be translated.
    """

    def __init__(self, language: str, names: Iterable[str] = ()) -> None:
        self.language = language
        self._words = {**catalogue("en"), **catalogue(language)}
        self._names = _translations(names, language)

    @property
    def rightwards(self) -> bool:
        """Whether the language is written from left to right."""
        return self.language != "fa"

    def line(self, text: str) -> str:
        """Return a line of text that runs in the direction of the language, whatever it begins with."""
        return text if self.rightwards else f"\u200f{text}"

    def apart(self, text: str) -> str:
        """Return words of a source so that their signs stay with them in a line from right to left."""
        return text if self.rightwards or not text else f"\u2068{text}\u2069"

    def t(self, key: str, **params: object) -> str:
        """Return the sentence of a key, with its places filled."""
        found = self._words[key]
        sentence = found if isinstance(found, str) else found["other"]
        return _PLACE.sub(lambda place: str(params.get(place[1], place[0])), sentence)

    def term(self, group: str, value: object) -> str:
        """Return the word for a value of the data, or the value itself made readable."""
        found = self._words.get(f"{group}.{value}")
        if isinstance(found, str):
            return found
        text = plain_text(value, 40)
        if not _MACHINE_WORD.fullmatch(text):
            return text
        return text[:1].upper() + text[1:].replace("_", " ")

    def name(self, text: object, longest: int = 60) -> str:
        """Return the name of a place in this language, or as it was given."""
        plain = plain_text(text, longest)
        return self._names.get(plain, plain)

    def side(self, country: object) -> str:
        """Return the word for a side of the line, by its country or its name."""
        found = self._words.get(f"side.{country}")
        return (
            found
            if isinstance(found, str)
            else self.t("side.other", country=self.name(country, 30))
        )

    def number(self, value: float, digits: int = 3) -> str:
        """Write a number to some significant digits, whole numbers in full."""
        size = abs(value)
        decimals = max(0, digits - 1 - math.floor(math.log10(size))) if size > 0 else 0
        text = f"{value:,.{decimals}f}"
        return self._figures(text.rstrip("0").rstrip(".") if "." in text else text)

    def fixed(self, value: float, decimals: int) -> str:
        """Write a number with so many decimals."""
        return self._figures(f"{value:,.{decimals}f}")

    def day(self, value: Any) -> str:
        """Write a day in the calendar of the language."""
        day = date.fromisoformat(str(value)[:10])
        if self.language == "fa":
            import jdatetime

            hijri = jdatetime.date.fromgregorian(date=day)
            month, parts = self.t(f"hijri.{hijri.month}"), (hijri.day, hijri.year)
        else:
            month, parts = self.t(f"month.{day.month}"), (day.day, day.year)
        return f"{self._figures(str(parts[0]))} {month} {self._figures(str(parts[1]))}"

    def period(self, days: Any) -> str:
        """Write a pair of days; whatever else was given as it is."""
        try:
            first, last = (self.day(each) for each in days)
        except (TypeError, ValueError):
            return plain_text(days)
        return f"{first} – {last}"

    def _figures(self, text: str) -> str:
        if self.language == "fa":
            return text.translate(PERSIAN_DIGITS)
        return text if self.language == "en" else text.translate(SPACED_DIGITS)


def _translations(names: Iterable[str], language: str) -> dict[str, str]:
    """Return the known names of places in a language."""
    if language == "en":
        return {}
    from frontier_geo.maps.place_names import translations

    return dict(translations(sorted(set(names))).get(language, {}))
