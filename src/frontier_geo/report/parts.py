"""Pieces that every section of a report is made of: tables, facts, sections, incidents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from frontier_geo.locating import OFF_BORDER
from frontier_geo.maps.texts import text_chunks
from frontier_geo.maps.values import plain_number
from frontier_geo.report.elements import Child, Element, el, link, source_text
from frontier_geo.report.numbers import Numbers
from frontier_geo.report.words import ReportWords

__all__ = ["Incident", "Reader", "facts", "incidents_of", "section", "table"]

NO_VALUE = "–"
SHORT = 8  # rows that stay together on paper
STACKED = 4  # columns from which on a phone shows the rows as blocks


@dataclass(frozen=True)
class Reader:
    """
    For whom a report is written, and from what.

    Attributes
    ----------
    numbers : Numbers
    words : ReportWords
    source_lang : str or None
        The language of the incidents' and figures' own words, where known.
    made : date
        The day on which it is made.
    """

    numbers: Numbers
    words: ReportWords
    source_lang: str | None
    made: date

    def t(self, key: str, **params: object) -> str:
        """Return the words of a key."""
        return self.words.t(key, **params)

    def source(self, value: object) -> Element | None:
        """Return words of a source, or nothing where there are none."""
        if value is None or value != value or value == "":
            return None
        return source_text(value, lang=self.source_lang)


def section(name: str, title: str, *children: Child) -> Element:
    """Return a section with its heading, which names it."""
    return el(
        "section", el("h2", title, id=f"{name}-title"), *children, id=name,
        aria_labelledby=f"{name}-title",
    )  # fmt: skip


def table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[Sequence[Child]],
    *,
    numbers: Sequence[int] = (),
    small: bool = False,
) -> Element:
    """
    Return a table with a caption; on a phone a wide one becomes a list of its rows.

    Parameters
    ----------
    caption : str
    heads : sequence of str
        Of the columns. The first column heads its row.
    rows : sequence of sequences
    numbers : sequence of int
        Which columns hold numbers, and stand at the end of their cells.
    small : bool, default False
        Whether to set it in small type.
    """

    def kind(k: int) -> str | None:
        return "number" if k in numbers else None

    # A phone shows each row as a block; the roles keep it a table for those who hear it.
    head = el(
        "tr",
        [
            el("th", text, scope="col", class_=kind(k), role="columnheader")
            for k, text in enumerate(heads)
        ],
        role="row",
    )
    body = [
        el(
            "tr", el("th", row[0], scope="row", role="rowheader"),
            [
                el("td", cell, class_=kind(k), role="cell", data_head=heads[k])
                for k, cell in enumerate(row[1:], start=1)
            ],
            role="row",
        )
        for row in rows
    ]  # fmt: skip
    classes = ["small"] * small + ["stack"] * (len(heads) >= STACKED)
    classes += ["short"] * (len(rows) <= SHORT)
    return el(
        "table", el("caption", caption), el("thead", head, role="rowgroup"),
        el("tbody", body, role="rowgroup"), class_=" ".join(classes) or None, role="table",
    )  # fmt: skip


def facts(pairs: Iterable[tuple[str, Child]]) -> Element:
    """Return a list of what is known, by name; what is None is left out."""
    rows = [el("div", el("dt", name), el("dd", told)) for name, told in pairs if told is not None]
    return el("dl", rows, class_="facts")


@dataclass(frozen=True)
class Incident:
    """
    One incident of the period, as a report tells it.

    Attributes
    ----------
    number : int
        By which the report names it: in time, from 1.
    event_id : str
    first, last : date
        Of the time it is known to.
    when, kind, side : str
    told : dict
        The texts and numbers of its record, as the map page has them.
    placed : Series
        Where it lies, as `locate_events` has it.
    """

    number: int
    event_id: str
    first: date
    last: date
    when: str
    kind: str
    side: str | None
    told: dict[str, Any]
    placed: Any

    @property
    def anchor(self) -> str:
        """By which links find it."""
        return f"incident-{self.number}"

    def mention(self, reader: Reader, linked: bool) -> Child:
        """Return its number, as a link where it is told in full."""
        told = reader.t("incident.number", n=self.number)
        return el("a", told, href=f"#{self.anchor}") if linked else told

    def entry(self, reader: Reader, *, here: float | None = None) -> Element:
        """
        Return all that is told of it.

        Parameters
        ----------
        here : float, optional
            How likely it lies on the stretch that it is told with.
        """
        told = self.told
        head = el(
            "p", el("b", reader.t("incident.number", n=self.number)), " · ", self.when, " · ", self.kind,
            _part(" · ", reader.source(told.get("place"))), _part(" · ", self.side), class_="head",
        )  # fmt: skip
        where = [self.where(reader)]
        if here is not None and here < 0.95:
            where.append(reader.t("incident.here", share=reader.words.percent(here)))
        first, last = reader.numbers.settings.span
        if self.first < first or self.last > last:
            where.append(reader.t("incident.window"))
        people = self.people(reader)
        return el(
            "li",
            head,
            el("p", reader.source(told.get("summary"))) if told.get("summary") else None,
            el("p", " ".join([*where, *people]), class_="quiet"),
            el("p", reader.t("incident.sources"), " ", self.sources(reader), class_="quiet"),
            id=self.anchor,
        )

    def where(self, reader: Reader) -> str:
        """Say how well its place is known."""
        row, words = self.placed, reader.words
        if row["placement"] == "frontage" and np.isfinite(row["frontage_from_km"]):
            return reader.t(
                "incident.on_stretch",
                range=words.stretch(row["frontage_from_km"], row["frontage_to_km"]),
            )
        if row["placement"] == "point" and np.isfinite(row["chainage_km"]):
            return reader.t(
                "incident.at_km", known=self._known(reader), km=words.km(row["chainage_km"])
            )
        if row["placement"] == OFF_BORDER:
            return reader.t("incident.off_border")
        return reader.t("incident.nowhere")

    def _known(self, reader: Reader) -> str:
        """Say how well the place of a point is known; no more than its row says."""
        precision = _word(self.placed.get("location_precision"), "")
        radius = plain_number(self.placed.get("location_uncertainty_km"), 2)
        if precision:
            known = reader.words.term("known", precision)
        else:
            known = reader.t("incident.coordinates" if radius else "incident.coordinates_alone")
        if not radius:
            return known
        return reader.t("sheet.known_within", known=known, km=radius).rstrip(".")

    def people(self, reader: Reader) -> list[str]:
        """Say what is told of people and narcotics."""
        said = []
        for name in ("killed", "wounded", "detained"):
            n = self.told.get(name)
            if isinstance(n, int | float):
                said.append(
                    reader.t("incident.people", what=reader.t(f"people_of.{name}"), count=n)
                )
        kg = self.told.get("narcotics_kg")
        if isinstance(kg, int | float):
            said.append(reader.t("incident.narcotics", kg=reader.words.number(kg, 6)))
        return said

    def sources(self, reader: Reader) -> list[Child]:
        """Return its sources, those that are plain web addresses as links."""
        parts: list[Child] = []
        comma = reader.t("basis.separator")
        for address, _, day in self.told.get("links") or ():
            parts += [comma if parts else None, link(address, day=day)]
        for text in self.told.get("others") or ():
            parts += [comma if parts else None, reader.source(text)]
        if not parts:
            own = reader.source(self.told.get("source"))
            parts.append(own if own is not None else reader.t("incident.no_source"))
        return parts


def _part(before: str, child: Child) -> list[Child]:
    return [] if child is None else [before, child]


def _word(value: Any, usual: str) -> str:
    return value if isinstance(value, str) and value else usual


def incidents_of(numbers: Numbers, words: ReportWords) -> list[Incident]:
    """Return the incidents of the period that count, numbered in time."""
    inputs = numbers.inputs
    placed = inputs.placed
    start = pd.to_datetime(placed["date_start"])
    stop = pd.to_datetime(placed["date_end"]).fillna(start) if "date_end" in placed else start
    rows = np.flatnonzero(inputs.counted)
    rows = rows[np.lexsort((placed["event_id"].to_numpy(dtype=str)[rows], start.to_numpy()[rows]))]
    told = _told(inputs, rows)
    found = []
    for number, (row, texts) in enumerate(zip(rows, told, strict=True), start=1):
        place, event = placed.iloc[row], inputs.events.iloc[row]
        first, last = start.iloc[row].date(), stop.iloc[row].date()
        kind = event.get("event_type")
        kind = kind if isinstance(kind, str) and kind else event.get("source_event_type")
        side = event.get("country_side")
        found.append(
            Incident(
                number=number,
                event_id=str(place["event_id"]),
                first=first,
                last=last,
                when=_when(words, first, last, place.get("date_precision")),
                kind=words.term("type", _word(kind, "not_stated")),
                side=words.side(side) if isinstance(side, str) and side else None,
                told=texts,
                placed=place,
            )
        )
    return found


def _when(words: ReportWords, first: date, last: date, precision: Any) -> str:
    return words.date_of(first, last, precision if isinstance(precision, str) else None)


def _told(inputs: Any, rows: Any) -> list[dict[str, Any]]:
    """Return what the records say: the texts that the map page shows, made safe in the same way."""
    found: list[dict[str, Any]] = []
    for chunk in text_chunks(inputs, rows):
        again = chunk.pop("again", {})
        columns = {
            field: [column[k] for k in again[field]] if field in again else column
            for field, column in chunk.items()
        }
        many = max(map(len, columns.values()), default=0)
        found += [{field: column[k] for field, column in columns.items()} for k in range(many)]
    return found + [{}] * (len(rows) - len(found))
