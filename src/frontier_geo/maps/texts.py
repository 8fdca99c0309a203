"""What the incidents' sheets say: texts in chunks, read on demand, apart from the numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo.maps.escaping import safe_url
from frontier_geo.maps.inputs import MapInputs
from frontier_geo.maps.values import (
    days_of,
    is_missing,
    numbers_of,
    plain_numbers,
    text_or_none,
    texts_of,
)

__all__ = ["CHUNK", "FIELDS", "text_chunks"]

CHUNK = 2048  # incidents of one block
#: Fields of text with the column they come from.
WORDS = {
    "id": "event_id",
    "place": "place",
    "admin1": "admin1",
    "admin2": "admin2",
    "actors": "actors",
    "summary": "summary",
    "notes": "notes",
    "basis": "location_basis",
    "narcotics_detail": "narcotics_detail",
    "weapons": "weapons_seized",
    "source": "source",
    "licence": "licence",
}
NUMBERS = ("killed", "killed_min", "killed_max", "wounded", "detained", "narcotics_kg")
FIELDS = (*WORDS, "reason", "date_text", *NUMBERS, "links", "others")
_BETWEEN_ADDRESSES = re.compile(r"[;,\s]+(?=https?://)")


def text_chunks(inputs: MapInputs, order: NDArray[np.int64]) -> Iterator[dict[str, list[Any]]]:
    """Yield the texts of the incidents, chunk by chunk: a list for each field that says anything."""
    columns = _columns(inputs, order)
    for start in range(0, len(order), CHUNK):
        yield {field: column[start : start + CHUNK] for field, column in columns.items()}


def _columns(inputs: MapInputs, order: NDArray[np.int64]) -> dict[str, list[Any]]:
    events = inputs.events.iloc[order]
    columns: dict[str, list[Any]] = {
        field: texts_of(events, column) for field, column in WORDS.items()
    }
    columns["reason"] = texts_of(inputs.placed.iloc[order], "reason")
    columns["date_text"] = _dates_as_reported(events)
    for name in NUMBERS:
        columns[name] = plain_numbers(numbers_of(events, name))
    columns["links"], columns["others"] = _sources(events)
    return columns


def _dates_as_reported(events: pd.DataFrame) -> list[str | None]:
    """Return the text of a date that is no day; None where it is one, or empty."""
    texts: list[str | None] = [None] * len(events)
    _, known = days_of(events, "date_start")
    if "date_start" not in events or events["date_start"].dtype.kind == "M" or known.all():
        return texts
    for row in np.flatnonzero(~known).tolist():
        texts[row] = text_or_none(events["date_start"].iloc[row])
    return texts


def _sources(events: pd.DataFrame) -> tuple[list[Any], list[Any]]:
    """Return the links that may be clicked as [address, host, day], and the others as plain text."""
    links: list[Any] = [None] * len(events)
    others: list[Any] = [None] * len(events)
    if "source_urls" not in events:
        return links, others
    dates = events["source_dates"] if "source_dates" in events else [None] * len(events)
    # Addresses and days recur; each is looked at once.
    checked: dict[str, tuple[str, str] | None] = {}
    told: dict[str | None, str | None] = {None: None}
    for row, (given, days) in enumerate(zip(events["source_urls"], dates, strict=True)):
        addresses = _listed(given)
        if not addresses:
            continue
        appeared = _listed(days)
        clickable, plain = [], []
        for number, value in enumerate(addresses):
            if is_missing(value):
                continue
            key = value if isinstance(value, str) else str(value)
            if key not in checked:
                checked[key] = safe_url(key)
            link = checked[key]
            if link is None:
                plain.append(text_or_none(key))
                continue
            day = appeared[number] if number < len(appeared) else None
            day = day if isinstance(day, str) else text_or_none(day)
            if day not in told:
                told[day] = text_or_none(day)
            clickable.append([*link, told[day]])
        links[row], others[row] = clickable or None, plain or None
    return links, others


def _listed(value: Any) -> list[Any]:
    """Return what a cell lists; several addresses may stand in one text."""
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return _BETWEEN_ADDRESSES.split(value.strip()) if value.strip() else []
    return list(value) if isinstance(value, (tuple, np.ndarray)) else []
