"""The report put together: one HTML file that needs no network, and no script but the map's."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from frontier_geo.maps.escaping import csp_hash, policy
from frontier_geo.maps.shell import (
    boot_js,
    leaflet_css,
    leaflet_js,
    page_css,
    page_direction,
    page_js,
    unfilled_js,
)
from frontier_geo.report.around import (
    context_section,
    limits_section,
    method_section,
    official_section,
    sources_section,
)
from frontier_geo.report.elements import Element, document_text, el
from frontier_geo.report.parts import Reader, incidents_of
from frontier_geo.report.sections import (
    account_section,
    change_section,
    figures_section,
    findings_section,
    map_section,
    other_incidents_section,
    stretches_section,
    years_section,
)

__all__ = ["assembled_report"]

LARGEST_PAGE = 4_000_000  # bytes of a map page that is still put into a report


def assembled_report(reader: Reader, *, pictures: Mapping[str, bytes], page: str | None) -> str:
    """
    Put a report together.

    Parameters
    ----------
    reader : Reader
    pictures : mapping of str to bytes
        PNG pictures of the map: "wide" and "narrow". Empty for none.
    page : str or None
        The map page.

    Returns
    -------
    str
        The whole file.
    """
    words, numbers = reader.words, reader.numbers
    language = words.language
    left_out = page is not None and len(page.encode("utf-8")) > LARGEST_PAGE
    live = None if left_out else page
    incidents = incidents_of(numbers, words)
    told: set[str] = set()
    found = [
        findings_section(reader),
        figures_section(reader),
        map_section(reader, {k: _png(v) for k, v in pictures.items()}, live, left_out),
        account_section(reader),
        stretches_section(reader, incidents, told),
        change_section(reader),
        years_section(reader),
        official_section(reader),
        context_section(reader),
        other_incidents_section(reader, incidents, told),
        limits_section(reader),
        method_section(reader),
        sources_section(reader, drawn=bool(pictures) or live is not None),
    ]
    sections = [each for each in found if each is not None]
    title = words.name(numbers.inputs.title)
    period = words.span(numbers.settings.span)
    root = el(
        "html",
        el(
            "head",
            el("meta", charset="utf-8"),
            _policy(language, live=live is not None),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("meta", name="referrer", content="no-referrer"),
            el("title", reader.t("report.title", title=title, period=period)),
            el("style", report_css()),
        ),
        el(
            "body",
            el("a", reader.t("report.skip"), href="#findings", class_="skip"),
            el("header", _head(reader, title, period)),
            el("nav", _contents(sections), aria_label=reader.t("report.contents")),
            el("main", sections),
            el("footer", el("p", reader.t("report.footer"))),
        ),
        lang=language, dir=page_direction(language),
    )  # fmt: skip
    return f"<!DOCTYPE html>\n{document_text(root)}\n"


def _policy(language: str, *, live: bool) -> Element:
    """Allow the style, pictures inside the file, and the scripts of the map page: nothing else."""
    styles, scripts = [report_css()], []
    if live:  # a frame without an address of its own is bound by this policy as by its own
        styles += [leaflet_css(images=False), page_css()]
        scripts = [unfilled_js(language), boot_js(), leaflet_js(), page_js()]
    allowed = policy(
        {
            "default-src": [],
            "script-src": map(csp_hash, scripts),
            "style-src": map(csp_hash, styles),
            "img-src": ["data:", "blob:"],
            "base-uri": [],
            "form-action": [],
        }
    )
    return el("meta", http_equiv="Content-Security-Policy", content=allowed)


def _head(reader: Reader, title: str, period: str) -> list[Element]:
    """Say what the report is of."""
    numbers, words, t = reader.numbers, reader.words, reader.t
    boundary = numbers.boundary
    length = words.number(boundary.length_km, 4)
    days = words.days(numbers.settings.span)
    data = numbers.located.attrs.get("data_version")
    told = [
        days,
        t("report.line", line=boundary.boundary_id, km=length),
        t("report.data", version=str(data)) if data else None,
        t("report.made", day=words.day(reader.made)),
    ]
    return [
        el("h1", title, el("span", period, class_="names")),
        el("p", " · ".join(part for part in told if part), class_="quiet"),
    ]


def _contents(sections: list[Element]) -> Element:
    """List the sections."""
    return el(
        "ul",
        [
            el("li", el("a", section[0].text or "", href=f"#{section.get('id')}"))
            for section in sections
        ],
    )


def _png(picture: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(picture).decode('ascii')}"


@cache
def report_css() -> str:
    """Return the style of a report."""
    asset = files("frontier_geo.report") / "assets" / "report.css"
    return asset.read_bytes().decode("utf-8").replace("\r\n", "\n")
