"""What the incidents' sheets say: texts in chunks, read on demand, apart from the numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo.maps.escaping import hosts_of, safe_url
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
LOOKS_BACK = 32_768  # characters in which gzip finds what recurs by itself
#: Fields whose texts are told once where they recur.
LONG = ("place", "actors", "summary", "notes", "basis", "links")
NUMBERS = ("killed", "killed_min", "killed_max", "wounded", "detained", "narcotics_kg")
FIELDS = (*WORDS, "reason", "date_text", *NUMBERS, "links", "others")
_BETWEEN_ADDRESSES = re.compile(r"[;,\s]+(?=https?://)")


def text_chunks(inputs: MapInputs, order: NDArray[np.int64]) -> Iterator[dict[str, Any]]:
    """
    Yield the texts of the incidents, chunk by chunk: a list for each field that says anything.

    Where long texts recur, the list holds each once, and ``again`` which of them each incident has.
    """
    columns = _columns(inputs, order)
    for start in range(0, len(order), CHUNK):
        parts = ((field, column[start : start + CHUNK]) for field, column in columns.items())
        chunk = {field: part for field, part in parts if part.count(None) < len(part)}
        again = {}
        for field in LONG:
            if field in chunk and (told := _told_once(chunk[field])):
                chunk[field], again[field] = told
        yield chunk | {"again": again} if again else chunk


def _told_once(texts: list[Any]) -> tuple[list[Any], list[int]] | None:
    """Return each text once and the number of each row's, if most recur out of gzip's sight."""
    keys = [text if isinstance(text, str) else (str(text),) for text in texts]
    if sum(len(key if isinstance(key, str) else key[0]) for key in keys) < LOOKS_BACK:
        return None
    first: dict[Any, int] = {}
    for row, key in enumerate(keys):
        first.setdefault(key, row)
        if len(first) > len(keys) // 2:
            return None
    number = {key: n for n, key in enumerate(first)}
    return [texts[row] for row in first.values()], [number[key] for key in keys]


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
    if "source_dates" not in events and (plain_links := _plain_links(events["source_urls"])):
        return plain_links, others
    dates = events["source_dates"] if "source_dates" in events else [None] * len(events)
    links_of, told = _Known(safe_url), _Known(text_or_none)
    for row, (given, days) in enumerate(zip(events["source_urls"], dates, strict=True)):
        addresses = given if type(given) is list else _listed(given)
        appeared = () if days is None else _listed(days)
        clickable, plain = [], []
        for number, value in enumerate(addresses):
            if type(value) is str:
                key = value
            else:
                key = "" if is_missing(value) else str(value)
            if not key:
                continue
            link = links_of[key]
            if link is None:
                plain.append(text_or_none(key))
                continue
            day = appeared[number] if number < len(appeared) else None
            if not isinstance(day, str):
                day = text_or_none(day)
            clickable.append([*link, told[day]])
        if clickable:
            links[row] = clickable
        if plain:
            others[row] = plain
    return links, others


def _plain_links(cells: pd.Series) -> list[Any] | None:
    """Return the links of each cell where all are plain web addresses in lists, else None."""
    lists = cells.tolist()
    if not all(type(cell) is list for cell in lists):
        return None
    addresses = [address for cell in lists for address in cell]
    if not all(type(address) is str for address in addresses):
        return None
    hosts = hosts_of(addresses)
    if hosts is None:
        return None
    links = iter([[*pair, None] for pair in zip(addresses, hosts, strict=True)])
    return [list(islice(links, len(cell))) or None for cell in lists]


class _Known(dict[Any, Any]):
    """What a function says of values that recur: each is looked at once."""

    def __init__(self, say: Callable[[Any], Any]) -> None:
        super().__init__()
        self.say = say

    def __missing__(self, value: Any) -> Any:
        said = self[value] = self.say(value)
        return said


def _listed(value: Any) -> list[Any]:
    """Return what a cell lists; several addresses may stand in one text."""
    if isinstance(value, list):
        return value
    if isinstance(value, str):
        return _BETWEEN_ADDRESSES.split(value.strip()) if value.strip() else []
    return list(value) if isinstance(value, (tuple, np.ndarray)) else []
