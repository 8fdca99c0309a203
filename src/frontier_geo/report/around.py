"""The sections of a report around its incidents: official figures, what was going on, limits, sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from frontier_geo._version import __version__
from frontier_geo.licences import NOT_STATED, sources_of
from frontier_geo.maps.basemap import sources as basemap_sources
from frontier_geo.report.charts import WIDTHS, time_axis
from frontier_geo.report.elements import Child, Element, el, link
from frontier_geo.report.findings import beyond_sentences
from frontier_geo.report.official import CLASH_TYPES, CLASHES, WHOLE_LINE, Context
from frontier_geo.report.parts import NO_VALUE, Reader, facts, section, table

__all__ = ["CITATION", "context_section", "limits_section", "method_section", "official_section",
           "sources_section"]  # fmt: skip

#: How CITATION.cff names the library.
CITATION = (
    "The frontier_geo developers. frontier_geo: incidents along a border, placed, counted and mapped. "
    "Version {version}."
)
#: In the source of a line that was drawn for maps of the world, with few of its bends.
SMALL_SCALE = "Natural Earth"
PARTS = "; "  # between the licences of a row that rests on several
LICENCE_PAGES = {
    "ODbL-1.0": "https://opendatacommons.org/licenses/odbl/1-0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
}


def official_section(reader: Reader) -> Element | None:
    """Show official figures beside what the incident table holds for the same days."""
    numbers, words, t = reader.numbers, reader.words, reader.t
    figures = numbers.official
    if figures is None:
        return None
    parts: list[Child] = [el("p", t("official.about"))]
    if not len(figures):
        parts.append(el("p", t("official.none")))
        return section("official", t("section.official"), *parts)
    rows: list[list[Child]] = []
    for row in figures.to_dict("records"):
        value = _value(reader, row["value"], row["unit"])
        name = words.term("indicator", row["indicator"])
        stated = el(
            "span", reader.source(row["stated_by"]), _source(row),
            el("span", reader.source(row["notes"]), class_="note") if row["notes"] else None,
        )  # fmt: skip
        rows.append(
            [
                el("span", name, el("span", _place(reader, row["geography"]), class_="names")),
                words.span((row["period_start"], row["period_end"])),
                el("span", value, el("span", t("official.differs"), class_="differs"))
                if row["differs"]
                else value,
                _covered(reader, row),
                stated,
            ]
        )
    heads = [
        t("official.what"), t("official.days"), t("official.value"), t("official.held"),
        t("official.stated_by"),
    ]  # fmt: skip
    parts.append(table(t("official.caption"), heads, rows, numbers=(2, 3), small=True))
    types = words.t("basis.separator").join(words.term("type", word) for word in CLASH_TYPES)
    parts.append(el("p", t("official.note", types=types), class_="quiet"))
    if (figures["geography"] == WHOLE_LINE).any():
        parts.append(el("p", t("official.note_side"), class_="quiet"))
    return section("official", t("section.official"), *parts)


def _place(reader: Reader, geography: Any) -> Child:
    """Return where a figure holds, in the reader's language where there are words for it."""
    if geography is None:
        return None
    key = f"geography.{geography}"
    return reader.t(key) if reader.words.has(key) else reader.source(geography)


def _source(row: Any) -> Child:
    if not row["source_url"]:
        return None
    return el("span", link(row["source_url"], day=row["source_date"]), class_="names")


def _value(reader: Reader, value: float, unit: str | None) -> Child:
    """Write a figure with its unit, and what its source says of it: “more than”, “about”."""
    words = reader.words
    number = words.number(value, 9)
    if not unit:
        return number
    plain, _, said = unit.partition(" (")
    said = said.removesuffix(")")
    key = f"unit_of.{plain}"
    if not words.has(key) or (said and not words.has(f"said.{said}")):
        return el("span", number, " ", reader.source(unit))
    told = words.t(key, value=number)
    return words.t(f"said.{said}", value=told) if said else told


def _covered(reader: Reader, row: Any) -> Child:
    """Say how much of a figure the table tells of."""
    held, value = row["held"], row["value"]
    if not np.isfinite(held):
        return NO_VALUE
    words = reader.words
    if row["indicator"] == CLASHES:
        n = words.number(int(held), 9)
        return reader.t("official.of", n=n, total=words.number(value, 9)) if held <= value else n
    kg = reader.t("unit.kg_value", n=words.number(held, 4))
    return reader.t("official.kg_in", kg=kg, n=int(row["held_of"]))


def context_section(reader: Reader) -> Element | None:
    """Draw the time axis with what was going on, and list the same."""
    numbers, words, t = reader.numbers, reader.words, reader.t
    items = numbers.context
    if not items or not len(numbers.quarters):
        return None
    drawn = [
        el(
            "div",
            time_axis(items, numbers.quarters, numbers.settings.span, words, width=width),
            class_=name,
        )
        for name, width in WIDTHS.items()
    ]
    rows: list[list[Child]] = [
        [
            words.number(number, 9),
            words.days((item.first, item.last)),
            _what(reader, item),
            _who(reader, item),
        ]
        for number, item in enumerate(items, start=1)
    ]
    heads = [t("context.number"), t("context.days"), t("context.what"), t("context.who")]
    return section(
        "context", t("section.context"), el("p", t("context.about")),
        el("figure", drawn, el("figcaption", t("context.caption"))),
        table(t("context.table_caption"), heads, rows, small=True),
    )  # fmt: skip


def _what(reader: Reader, item: Context) -> Element:
    """Say what an item of the time axis is."""
    words = reader.words
    group = "type" if item.value is None else "indicator"
    name = el("b", words.term(group, item.what))
    value = None if item.value is None else _value(reader, item.value, item.unit)
    told: list[Child] = [name]
    if value is not None:
        told += [": ", value]
    place = _place(reader, item.geography)
    told.append(el("span", place, class_="names") if place is not None else None)
    if item.words:
        told.append(el("span", reader.source(item.words), class_="note"))
    return el("span", told)


def _who(reader: Reader, item: Context) -> Child:
    """Say who states an item, and where."""
    stated = reader.source(item.stated_by)
    told: list[Child] = [*([] if stated is None else [stated]), *map(link, item.sources)]
    if not told:
        return NO_VALUE
    comma = reader.t("basis.separator")
    return el("span", told[0], [[comma, each] for each in told[1:]])


def limits_section(reader: Reader) -> Element:
    """Say what the numbers cannot tell."""
    numbers, words, t = reader.numbers, reader.words, reader.t
    said = [t("limit.reports"), t("limit.places"), t("limit.chance"), t("limit.stretches")]
    resolution = numbers.rates.attrs.get("resolution") or {}
    known_to = resolution.get("known_to_km")
    if known_to is not None:
        told = {"km": float(known_to), "segments": float(resolution["segments_km"])}
        said.append(t("limit.resolution", **told))
    if not (numbers.compiled and numbers.beyond):  # else the sentences after it say so
        kind = "coverage" if numbers.compiled else "no_coverage"
        said.append(t(f"limit.{kind}", days=words.days(numbers.coverage)))
    said += beyond_sentences(numbers, words, reader.made)
    said += _line_limits(reader)
    said += [t("read.status"), t("limit.use")]
    return section("limits", t("section.limits"), el("ul", [el("li", text) for text in said]))


def _line_limits(reader: Reader) -> list[str]:
    """Say how exactly the line is known, and that one of a small-scale map is too short."""
    boundary, t = reader.numbers.boundary, reader.t
    reach = boundary.position_uncertainty_km(boundary.chainage_km)
    known = reach[reach > 0]
    if not known.size:
        told = [t("limit.line_unknown")]
    elif known.min() == known.max():
        told = [t("limit.line", km=float(known.max()))]
    else:
        told = [t("limit.line_varies", low=float(known.min()), high=float(known.max()))]
    if SMALL_SCALE in (boundary.source or ""):
        told.append(t("limit.small_scale", km=reader.words.number(boundary.length_km, 4)))
    return told


def method_section(reader: Reader) -> Element:
    """Say in a few sentences how the numbers were worked out."""
    numbers, words, t = reader.numbers, reader.words, reader.t
    settings = numbers.settings
    level = words.fixed(100 * settings.confidence_level, 0)
    scope = words.t("method.all") if settings.scope is None else _terms(words, settings.scope)
    least = (
        words.t("method.all")
        if settings.min_confidence is None
        else words.term("confidence", settings.min_confidence)
    )
    said = [
        t("method.placed", km=float(numbers.located.attrs["parameters"]["max_distance_km"])),
        t("method.counted", scope=scope, confidence=least),
        t("method.rate", level=level),
        t("method.segments", n=len(numbers.rates), km=float(numbers.rates["length_km"].median())),
        t("method.imputed", m=settings.n_imputations),
        t("method.scan", n=settings.n_sim),
        t("method.change"),
        t("method.adjusted"),
        t("method.seed", seed=settings.seed, alpha=words.fixed(settings.alpha, 2)),
    ]
    return section("method", t("section.method"), el("p", " ".join(said)))


def _terms(words: Any, scopes: Sequence[str]) -> str:
    return words.t("basis.separator").join(words.term("scope", word) for word in scopes)


def sources_section(reader: Reader, *, drawn: bool) -> Element:
    """Name sources, licences and versions, and how to cite the report."""
    numbers, words, t = reader.numbers, reader.words, reader.t
    boundary, made = numbers.boundary, words.day(reader.made)
    sources = _incident_sources(reader)
    line = "; ".join(dict.fromkeys(filter(None, (boundary.source, boundary.attribution))))
    if line:
        sources.append(
            el(
                "li",
                t("sources.line"),
                " ",
                reader.source(line),
                _licence(reader, boundary.licence),
            )
        )
    if drawn:
        edges = (boundary.lat.min(), boundary.lon.min(), boundary.lat.max(), boundary.lon.max())
        ground = "; ".join(dict.fromkeys(basemap_sources(bounds=edges)))
        sources.append(el("li", t("sources.ground"), " ", reader.source(ground)))
    if numbers.official is not None:
        sources.append(el("li", t("sources.official")))
    data = numbers.located.attrs.get("data_version")
    title = words.name(numbers.inputs.title)
    cite = t("sources.cite", title=title, period=words.days(numbers.settings.span), made=made)
    citation = CITATION.format(version=__version__)
    return section(
        "sources", t("section.sources"), el("ul", sources),
        el("h3", t("about.cite")),
        el("p", cite, " ", el("bdi", citation, dir="ltr", lang="en")),
        facts(
            [
                (t("sources.library"), el("bdi", f"frontier_geo {__version__}", dir="ltr")),
                (t("sources.data"), el("bdi", str(data), dir="ltr") if data else None),
                (t("sources.check"), el("bdi", boundary.sha256[:12], dir="ltr")),
                (t("sources.made"), made),
            ]
        ),
        el("p", t("sources.words"), class_="quiet"),
    )  # fmt: skip


def _incident_sources(reader: Reader) -> list[Child]:
    """Name each source of the incidents once, with all licences of its records."""
    located = reader.numbers.located
    used = located[located["candidate"] == 0]
    used = used[used["event_id"].isin(reader.numbers.inputs.events["event_id"])]
    many: dict[str | None, int] = {}
    licences: dict[str | None, dict[str, None]] = {}
    for told in sources_of(used):
        name = told["attribution"] or told["source"]
        many[name] = many.get(name, 0) + int(told["rows"])
        parts = (told["licence"] or NOT_STATED).split(PARTS)
        licences.setdefault(name, {}).update(dict.fromkeys(parts))
    return [
        el(
            "li", reader.source(name) if name else reader.t("sources.unnamed"), ": ",
            reader.t("sources.rows", n=n), _licence(reader, PARTS.join(licences[name])),
        )
        for name, n in many.items()
    ]  # fmt: skip


def _licence(reader: Reader, licence: str | None) -> Child:
    """Return a licence, its parts as links where their terms are known."""
    if not licence:
        return None
    if licence == NOT_STATED:
        return el("span", " (", reader.t("sources.no_licence"), ")")
    told: list[Child] = []
    for part in licence.split(PARTS):
        page = LICENCE_PAGES.get(part)
        told += [PARTS if told else None, el("a", part, href=page) if page else reader.source(part)]
    return el("span", " (", told, ")")
