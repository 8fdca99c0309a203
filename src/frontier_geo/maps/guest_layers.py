"""Layers that a user adds to a folium map: what they execute, what they fetch, how they are called."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from html.parser import HTMLParser
from urllib.parse import urlsplit

from branca.element import Element

from frontier_geo.maps.escaping import csp_hash, policy

__all__ = ["elements", "layer_addresses", "page_policy", "with_stable_ids"]


def page_policy(
    page: str,
    addresses: Sequence[str],
    *,
    guests: bool,
    packed: Mapping[str, Sequence[str]],
) -> str:
    """Allow the scripts and styles of this page by their hashes, the packed ones too; no others."""
    code = _InlineCode()
    code.feed(page)
    code.close()
    layers = [_origin(url) for url in addresses]
    return policy(
        {
            "default-src": [],
            "script-src": [*map(csp_hash, [*packed["script"], *code.scripts]), *code.sources],
            "style-src": [*map(csp_hash, [*packed["style"], *code.styles]), *code.links],
            # folium's own popups carry style attributes; ours never do.
            "style-src-attr": ["'unsafe-inline'"] if guests else [],
            "img-src": ["data:", "blob:", *map(_origin, code.links), *layers],
            "font-src": list(map(_origin, code.links)),
            "connect-src": layers,
            "base-uri": [],
            "form-action": [],
        }
    )


def elements(root: Element) -> Iterator[Element]:
    """Walk over every element that hangs below another one, in any of its attributes."""
    seen: set[int] = set()
    waiting: list[Element] = [root]
    while waiting:
        element = waiting.pop()
        if id(element) in seen:
            continue
        seen.add(id(element))
        yield element
        for value in vars(element).values():
            held = value.values() if isinstance(value, dict) else value
            held = held if isinstance(value, (dict, list, tuple)) else [value]
            waiting.extend(part for part in held if isinstance(part, Element))


def with_stable_ids(texts: Sequence[str], root: Element, own: set[str]) -> list[str]:
    """Replace folium's random ids by numbered ones, so that equal maps give equal pages."""
    random = {element._id for element in elements(root)} - own
    numbered: dict[str, str] = {}

    def stable(match: re.Match[str]) -> str:
        found = match[0]
        if found in random and found not in numbered:
            digest = hashlib.sha256(f"{sorted(own)}-{len(numbered)}".encode()).hexdigest()
            numbered[found] = digest[:32]
        return numbered.get(found, found)

    return [re.sub(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", stable, text) for text in texts]


def layer_addresses(root: Element) -> list[str]:
    """Return the network addresses that folium layers (tiles, images, remote data) were given."""
    found = []
    for element in elements(root):
        for attribute in ("tiles", "url", "embed_link"):
            value = getattr(element, attribute, None)
            if isinstance(value, str) and re.match(r"https?://", value):
                found.append(value)
    return sorted(set(found))


def _origin(url: str) -> str:
    """Return the host of an address as a policy source; subdomain variables become a wildcard."""
    parts = urlsplit(re.sub(r"\{s\}\.", "*.", url))
    return f"{parts.scheme}://{parts.netloc}"


class _InlineCode(HTMLParser):
    """Collects what a page executes or fetches: inline scripts and styles, and linked files."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.sources: list[str] = []
        self.links: list[str] = []
        self._into: list[str] | None = None
        self._text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "script" and values.get("src"):
            self.sources.append(str(values["src"]))
        elif tag == "script" and values.get("type") not in ("application/json", "text/plain"):
            self._into = self.scripts
        elif tag == "style":
            self._into = self.styles
        elif tag == "link" and "stylesheet" in str(values.get("rel")) and values.get("href"):
            self.links.append(str(values["href"]))

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style") and self._into is not None:
            self._into.append("".join(self._text))
            self._into, self._text = None, []
