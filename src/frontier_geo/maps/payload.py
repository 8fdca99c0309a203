"""The data of a map page: its blocks, made from the inputs, the same bytes each time."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from frontier_geo._validation import check_choice, check_positive
from frontier_geo._version import __version__
from frontier_geo.errors import ParameterError
from frontier_geo.licences import sources_of
from frontier_geo.maps.basemap import basemap_json, names_of, sources
from frontier_geo.maps.escaping import clean_text
from frontier_geo.maps.geometry import BorderLine, unrolled
from frontier_geo.maps.incidents import Incidents, incidents_of
from frontier_geo.maps.inputs import MapInputs
from frontier_geo.maps.packing import json_bytes, pack, pack_columns
from frontier_geo.maps.place_names import translations
from frontier_geo.maps.ribbon import rates_head, segments_head
from frontier_geo.maps.surroundings import (
    areas_head,
    boundary_head,
    frontages_head,
    names_shown,
    referents_head,
)
from frontier_geo.maps.texts import CHUNK, FIELDS, text_chunks
from frontier_geo.maps.values import plain_number, text_or_none
from frontier_geo.maps.words import LANGUAGES, words_block

__all__ = ["STYLES", "Look", "Payload", "check_look", "payload_of"]

FORMAT = 1
STYLES = ("ribbon", "bars")
PACKERS = 2  # threads that compress


@dataclass(frozen=True)
class Look:
    """
    How a page begins.

    Attributes
    ----------
    language, languages : str, iterable of str
        In which it opens, and among which its reader chooses.
    style : {"ribbon", "bars"}
        How the rates are drawn.
    bandwidth_km : float or None
        Standard deviation of the curve; None: by rule.
    basemap : bool
        Whether rivers, towns and relief are in the file.
    tiles : mapping or None
        The online background that may be switched on (`Tiles.as_dict`).
    fit : bool
        Whether the map opens on the whole line.
    """

    language: str = "en"
    languages: Iterable[str] = LANGUAGES
    style: str = "ribbon"
    bandwidth_km: float | None = None
    basemap: bool = True
    tiles: Mapping[str, Any] | None = None
    fit: bool = True


@dataclass(frozen=True)
class Payload:
    """
    The blocks of a page.

    Attributes
    ----------
    head : dict
        What the block `data` says.
    blocks : dict of str to str
        Packed blocks by name, in the order in which they stand in the page.
    """

    head: dict[str, Any]
    blocks: dict[str, str]

    def told(self) -> str:
        """Return in a few words what it holds."""
        boundary, n = self.head["boundary"], self.head["n"]
        first, last = self.head["rates"]["period"]
        return f"of {boundary['id']}: {n:,} incidents, {first} to {last}"


def check_look(look: Look) -> Look:
    """Return the same with its languages in order, or say what is wrong with it."""
    if isinstance(look.languages, str):
        raise ParameterError(
            f"languages must be several words, but is {look.languages!r}. Pass "
            f"[{look.languages!r}] instead."
        )
    chosen = [check_choice(each, LANGUAGES, name="languages") for each in look.languages]
    check_choice(look.language, LANGUAGES, name="language")
    check_choice(look.style, STYLES, name="style")
    if look.bandwidth_km is not None:
        check_positive(look.bandwidth_km, name="bandwidth_km", unit="km")
    languages = tuple(each for each in LANGUAGES if each in {*chosen, look.language})
    return replace(look, languages=languages)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keep the collector from walking growing lists of texts: 0.6 s of 4.3 at 100,000 incidents."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def payload_of(inputs: MapInputs, look: Look) -> Payload:
    """Make the blocks of a page."""
    with _collector_paused():
        return _payload(inputs, check_look(look))


def _payload(inputs: MapInputs, look: Look) -> Payload:
    boundary = inputs.boundary
    lon = unrolled(boundary.lon, inputs.west)
    border = BorderLine(lon, boundary.lat, boundary.chainage_km)
    incidents = incidents_of(inputs)
    told, arrays = pack_columns(incidents.columns)
    texts, packed = _packed(inputs, incidents, arrays)
    head = _head(inputs, look, border, incidents)
    head["columns"], head["n"] = told, len(incidents.order)
    head["text"] = {"chunk": CHUNK, "chunks": len(texts), "fields": list(FIELDS)}
    ground = basemap_json(head["bounds"], border) if look.basemap else {}
    if ground:
        head["notes"]["attribution"] = _not_said_before(
            [*head["notes"]["attribution"], *sources(ground)]
        )
    # What the shipped names say holds around the shipped border: elsewhere names may mean another place.
    names = {*(names_shown(head) if inputs.at_home else ()), *(names_of(ground) if ground else ())}
    head["names"] = _translations(sorted(names), look.languages)
    blocks = {"arrays": packed}
    blocks |= {f"text-{number}": text for number, text in enumerate(texts)}
    blocks["basemap"] = pack(json_bytes(ground))
    blocks["words"] = pack(json_bytes(words_block(look.languages)))
    head["notes"]["data_hash"] = _hash(head, blocks)
    return Payload(head, {"data": pack(json_bytes(head)), **blocks})


def _packed(inputs: MapInputs, incidents: Incidents, arrays: bytes) -> tuple[list[str], str]:
    """Return the texts and the columns, packed. Compression lets another thread work beside it."""
    with ThreadPoolExecutor(max_workers=PACKERS) as pool:
        columns = pool.submit(pack, arrays)
        texts = [
            pool.submit(pack, json_bytes(chunk)) for chunk in text_chunks(inputs, incidents.order)
        ]
        return [text.result() for text in texts], columns.result()


def _head(
    inputs: MapInputs, look: Look, border: BorderLine, incidents: Incidents
) -> dict[str, Any]:
    lon, lat = unrolled(inputs.boundary.lon, inputs.west), np.asarray(inputs.boundary.lat)
    edges = (lat.min(), lon.min(), lat.max(), lon.max())
    return {
        "format": FORMAT,
        "title": text_or_none(inputs.title) or "",
        "language": look.language,
        "languages": list(look.languages),
        "boundary": boundary_head(inputs, border),
        "bounds": [round(float(edge), 4) for edge in edges],
        "segments": segments_head(inputs),
        "rates": rates_head(inputs, incidents, bandwidth(inputs, look.bandwidth_km)),
        **incidents.head,
        "areas": areas_head(inputs, border),
        "referents": referents_head(inputs),
        "frontages": frontages_head(inputs),
        "tiles": None if look.tiles is None else dict(look.tiles),
        "notes": _notes(inputs),
        "options": {"style": look.style, "fit": look.fit},
    }


def bandwidth(inputs: MapInputs, given: float | None) -> float:
    """Return the standard deviation of the smoothing in km: a segment and a half, if not given."""
    if given is not None:
        return float(given)
    rates = inputs.rates
    length = np.nanmedian(rates["to_km"] - rates["from_km"]) if len(rates) else np.nan
    rule = max(1.5 * float(np.nan_to_num(length)), inputs.boundary.length_km / 100)
    return float(f"{rule:.2g}")


def _notes(inputs: MapInputs) -> dict[str, Any]:
    told = [
        each["attribution"] or text_or_none(each["source"]) for each in sources_of(inputs.events)
    ]
    attributes = inputs.rates.attrs
    accounting = attributes.get("accounting") or {}
    counts = isinstance(accounting, dict) and "set_aside" in accounting
    set_aside = inputs.set_aside if counts else {}  # of the incidents shown, not of all
    return {
        "attribution": _not_said_before([inputs.attribution, inputs.boundary.attribution]),
        "sources": _each_once(told),
        "data_version": text_or_none(
            attributes.get("data_version") or inputs.events.attrs.get("data_version")
        ),
        "library_version": __version__,
        "set_aside": {clean_text(k): plain_number(v) for k, v in set_aside.items()},
        "outside_period": inputs.outside,
    }


def _not_said_before(texts: Sequence[Any]) -> list[str]:
    """Return texts without those that stand in an earlier one already."""
    said: list[str] = []
    for text in _each_once(texts):
        if not any(text in earlier for earlier in said):
            said.append(text)
    return said


def _each_once(texts: Sequence[Any]) -> list[str]:
    cleaned = [text_or_none(text) for text in texts]
    return list(dict.fromkeys(text for text in cleaned if text))


def _translations(names: Sequence[str], languages: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the names of places in the other languages of the page, where they are known."""
    known = translations(names)
    return {each: known[each] for each in languages if each in known}


def _hash(head: dict[str, Any], blocks: dict[str, str]) -> str:
    """Return a short fingerprint of all that the page holds."""
    digest = hashlib.sha256(json_bytes(head))
    for block in blocks.values():
        digest.update(block.encode("ascii"))
    return digest.hexdigest()[:12]
