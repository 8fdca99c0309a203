"""
A folium map that needs no network and lets no text run.

`OfflineMap` is a `folium.Map`: whatever folium offers can be added to it. It differs in three
ways. Leaflet and all else it needs stand in the file itself. Its own parts are raw elements whose
text never passes through a Jinja template, neither once nor, as branca does, a second time. The
page carries a content security policy with the hash of every script and style in it, computed
when the page is rendered, so that layers added later are covered too.

What a user adds stays the user's affair: folium writes the text of a `folium.Popup`, `Tooltip` or
`GeoJson` through templates that execute what they find, before this class can see it. Pass such
text through `frontier_geo.maps.markup_text` first when it comes from somebody else.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink, Link
from folium.template import tojavascript

from frontier_geo._files import write_whole
from frontier_geo.errors import ParameterError
from frontier_geo.maps.escaping import csp_hash, json_for_script, markup_text, policy

__all__ = ["OfflineFigure", "OfflineMap", "OnlineResourceWarning", "RawElement"]

NOTEBOOK_LIMIT_BYTES = 5_000_000
NOTEBOOK_HEIGHT_PX = 640
_ASSETS = files("frontier_geo.maps") / "assets"
_MODULES = (  # joined in this order: each file may use those before it
    "guests.js",
    "dom.js",
    "panes.js",
    "labels.js",
    "popup.js",
    "roving.js",
    "areas.js",
    "ribbon.js",
    "bands.js",
    "symbols.js",
    "incidents.js",
    "referents.js",
    "panel.js",
    "start.js",
)


class OnlineResourceWarning(UserWarning):
    """Something added to an offline map is fetched over the network when the page opens."""


class RawElement(Element):  # type: ignore[misc]
    """A piece of the page that is written out as it is, without any template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "RawElement"
        self.text = text

    def render(self, **kwargs: Any) -> str:
        """Return the text."""
        return self.text


class OfflineFigure(Figure):  # type: ignore[misc]
    """The page around an `OfflineMap`: assembled in plain Python, with its security policy."""

    def render(self, **kwargs: Any) -> str:
        """Return the whole page."""
        return self._build(**kwargs)[0]

    def online_resources(self) -> list[str]:
        """Return the addresses that layers added to the map will fetch; normally none."""
        return self._build()[1]

    def _build(self, **kwargs: Any) -> tuple[str, list[str]]:
        """Assemble the page; return it with the addresses it will fetch."""
        before = [(element, element._children.copy()) for element in _elements(self)]
        try:
            for child in self._children.values():
                child.render(**kwargs)
            texts: dict[str, list[str]] = {"header": [], "html": [], "script": []}
            links, guests = [], False
            for section, part in self._parts():
                text = part.render(**kwargs)
                # The browser's parser makes every line end a single "\n"; so do the hashes.
                texts[section].append(text.replace("\r\n", "\n").replace("\r", "\n"))
                guests = guests or not isinstance(part, RawElement)
                links += [part.url] if isinstance(part, Link) else []
            addresses = _layer_addresses(self)
        finally:
            for element, children in before:  # folium leaves what it rendered in the tree
                element._children = children
        head, body, script = ("\n".join(parts) for parts in texts.values())
        page = f"{head}\n</head>\n<body>\n{body}\n<script>\n{script}\n</script>\n</body>\n</html>\n"
        page = _with_stable_ids(page, self)
        allowed = _policy(page, addresses, guests=guests)
        page = (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta http-equiv="Content-Security-Policy" '
            f'content="{allowed.replace("&", "&amp;").replace(chr(34), "&quot;")}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{markup_text(self.title or 'Map')}</title>\n{page}"
        )
        return page, list(dict.fromkeys([*links, *addresses]))

    def save(self, outfile: str | Path | BinaryIO, close_file: bool = True, **kwargs: Any) -> None:
        """
        Write the page, whole or not at all.

        Parameters
        ----------
        outfile : str, Path or binary file
            Where to write. A path is written beside its target first and then moved there.
        close_file : bool, default True
            Whether an open file is closed afterwards.

        Raises
        ------
        OutputError
            If the folder does not exist or cannot be written to.
        """
        page, online = self._build(**kwargs)
        content = page.encode("utf-8")
        if online:
            warnings.warn(
                f"This map fetches {len(online)} address(es) over the network when it is opened, "
                f"the first is {online[0]}. Layers that were added to it ask for them; leave those "
                f"out for a map that works offline.",
                OnlineResourceWarning,
                stacklevel=3,
            )
        if isinstance(outfile, (str, bytes, os.PathLike)):
            write_whole(Path(os.fsdecode(outfile)), content)
            return
        outfile.write(content)
        if close_file:
            outfile.close()

    def _parts(self) -> Iterator[tuple[str, Element]]:
        """Go through the pieces of the page, without the one about its encoding (we write ours)."""
        for section in ("header", "html", "script"):
            for name, part in getattr(self, section)._children.items():
                if name != "meta_http":
                    yield section, part


class OfflineMap(folium.Map):  # type: ignore[misc]
    """
    A `folium.Map` that opens anywhere, with the network off.

    Parameters
    ----------
    location : sequence of float, optional
        Latitude and longitude of the centre. Not needed where `content` names its bounds.
    content : mapping, optional
        The layers of `hotspot_map`, as plain data that JSON can hold. Without it the map is empty.
    title : str, optional
        Title of the page, and of the map where it has a panel.
    tiles : default None
        An online background, as in `folium.Map`. It is asked for over the network.
    height : str or float, default "100%"
        Height of the map; a number of pixels is also the height of the frame in a notebook.
    **options
        Anything else `folium.Map` takes.

    Notes
    -----
    `folium.Marker`, `GeoJson`, `FeatureGroup`, `LayerControl`, `Popup` and the other classes of
    folium's core work without network, `folium.Icon` as a plain coloured pin. Plugins load files
    of their own over the network; the policy then names them and `save` warns.
    """

    def __init__(
        self,
        location: Any = None,
        *,
        content: Mapping[str, Any] | None = None,
        title: str | None = None,
        tiles: Any = None,
        height: str | float = "100%",
        **options: Any,
    ) -> None:
        if not re.fullmatch(r"\w+", str(options.get("crs", "EPSG3857"))):
            raise ParameterError(f"crs must be a name of Leaflet's, not {options['crs']!r}.")
        super().__init__(location=location, tiles=tiles, height=height, **options)
        self.default_js: list[tuple[str, str]] = []
        self.default_css: list[tuple[str, str]] = []
        self.content = dict(content or {})
        self._data = json_for_script(self.content)
        identity = f"{self._data}\n{self.location}\n{tojavascript(self.options)}\n{title}\n{height}"
        for child in self._children.values():  # an online background was given its name already
            child._parent = self
        self._id = hashlib.sha256(identity.encode("utf-8")).hexdigest()[:32]
        figure = OfflineFigure(title=title)
        figure.add_child(self)

    def render(self, **kwargs: Any) -> None:
        """Put the parts of the map into its page, then those of the layers added to it."""
        figure = self.get_root()
        for url_name, url in self.default_js:
            figure.header.add_child(JavascriptLink(url), name=url_name)
        for url_name, url in self.default_css:
            figure.header.add_child(CssLink(url), name=url_name)
        size = "".join(f"{k}:{_css_size(getattr(self, k))};" for k in ("width", "height"))
        name = self.get_name()
        parts = {
            "leaflet_css": f"<style>\n{_leaflet_css()}</style>",
            "frontier_css": f"<style>\n{_own_css()}</style>",
            f"{name}_size": f"<style>\n#{name}_frame{{{size}}}\n</style>",
            "leaflet_js": f"<script>\n{_leaflet_js()}</script>",
            "frontier_js": f"<script>\n{_own_js()}</script>",
        }
        for part_name, text in parts.items():
            figure.header.add_child(RawElement(text), name=part_name)
        figure.html.add_child(
            RawElement(
                f'<main class="fg-frame" id="{name}_frame">'
                f'<div class="folium-map" id="{name}"></div></main>\n'
                "<noscript>This map is drawn by scripts in this file. Switch JavaScript on to see "
                "it; nothing is fetched from the network.</noscript>\n"
                f'<script type="application/json" id="{name}_data">{self._data}</script>'
            ),
            name=name,
        )
        figure.script.add_child(RawElement(self._start_script()), name=name)
        for child in self._children.values():
            child.render(**kwargs)

    def save(self, outfile: str | Path | BinaryIO, close_file: bool = True, **kwargs: Any) -> None:
        """Write the page of the map; see `OfflineFigure.save`."""
        self.get_root().save(outfile, close_file=close_file, **kwargs)

    def _repr_html_(self, **kwargs: Any) -> str:
        """Show the map in a notebook, in a frame that cannot reach the notebook."""
        page = self.get_root().render(**kwargs)
        size = len(page.encode("utf-8"))
        if size > NOTEBOOK_LIMIT_BYTES:
            return (
                f"<p>This map has {size / 1e6:.1f} MB, too much for a notebook cell "
                f"(limit {NOTEBOOK_LIMIT_BYTES / 1e6:.0f} MB). Write it with "
                "<code>.save(&quot;map.html&quot;)</code> and open the file.</p>"
            )
        value, unit = self.height
        height = f"{value:g}px" if unit == "px" else f"{NOTEBOOK_HEIGHT_PX}px"
        return (
            f'<iframe title="{markup_text(self.get_root().title or "Map")}" '
            f'sandbox="allow-scripts allow-popups" '
            f'style="width:100%;height:{height};border:0" '
            f'srcdoc="{escape(page, quote=True)}"></iframe>'
        )

    def _start_script(self) -> str:
        name = self.get_name()
        options = tojavascript({**self.options, "zoom_control": False, "attribution_control": True})
        scale = "true" if self.control_scale or self.content else "false"
        zoom = self.zoom_control if self.zoom_control_position else "topleft"
        if not self.zoom_control_position and self.options.get("zoom_control") is False:
            zoom = ""
        extras = json_for_script({"center": self.location, "zoomPosition": zoom})
        return (
            f'var {name} = FrontierMap.start("{name}", Object.assign({options}, {extras}, '
            f"{{crs: L.CRS.{self.crs}, scaleBar: {scale}}}));"
        )


def _policy(page: str, addresses: list[str], *, guests: bool) -> str:
    """Allow the scripts and styles of this page by their hashes, and nothing else."""
    code = _InlineCode()
    code.feed(page)
    code.close()
    layers = [_origin(url) for url in addresses]
    return policy(
        {
            "default-src": [],
            "script-src": [*map(csp_hash, code.scripts), *code.sources],
            "style-src": [*map(csp_hash, code.styles), *code.links],
            # folium's own popups carry style attributes; ours never do.
            "style-src-attr": ["'unsafe-inline'"] if guests else [],
            "img-src": ["data:", *map(_origin, code.links), *layers],
            "font-src": list(map(_origin, code.links)),
            "connect-src": layers,
            "base-uri": [],
            "form-action": [],
        }
    )


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
        elif tag == "script" and values.get("type") != "application/json":
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


def _elements(root: Element) -> Iterator[Element]:
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


def _with_stable_ids(page: str, figure: Figure) -> str:
    """Replace folium's random ids by numbered ones, so that equal maps give equal pages."""
    own = {element._id for element in _elements(figure) if isinstance(element, OfflineMap)}
    random = {element._id for element in _elements(figure)} - own
    numbered: dict[str, str] = {}

    def stable(match: re.Match[str]) -> str:
        found = match[0]
        if found in random and found not in numbered:
            digest = hashlib.sha256(f"{sorted(own)}-{len(numbered)}".encode()).hexdigest()
            numbered[found] = digest[:32]
        return numbered.get(found, found)

    return re.sub(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", stable, page)


def _layer_addresses(figure: Figure) -> list[str]:
    """Return the network addresses that folium layers (tiles, images, remote data) were given."""
    found = []
    for element in _elements(figure):
        for attribute in ("tiles", "url", "embed_link"):
            value = getattr(element, attribute, None)
            if isinstance(value, str) and re.match(r"https?://", value):
                found.append(value)
    return sorted(set(found))


def _origin(url: str) -> str:
    """Return the host of an address as a policy source; subdomain variables become a wildcard."""
    parts = urlsplit(re.sub(r"\{s\}\.", "*.", url))
    return f"{parts.scheme}://{parts.netloc}"


def _css_size(size: tuple[float, str]) -> str:
    return f"{size[0]:g}{size[1]}"


def _data_uri(name: str) -> str:
    content = (_ASSETS / "leaflet" / "images" / name).read_bytes()
    return f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"


@cache
def _leaflet_css() -> str:
    text = (_ASSETS / "leaflet" / "leaflet.css").read_bytes().decode("utf-8").replace("\r\n", "\n")
    text = text.replace("behavior: url(#default#VML);", "")  # for Internet Explorer 8
    return re.sub(r"url\(images/([\w-]+\.png)\)", lambda match: f"url({_data_uri(match[1])})", text)


@cache
def _leaflet_js() -> str:
    text = (_ASSETS / "leaflet" / "leaflet.js").read_bytes().decode("utf-8").replace("\r\n", "\n")
    return re.sub(r"\n//# sourceMappingURL=.*", "\n", text)  # would be fetched by developer tools


@cache
def _own_css() -> str:
    return (_ASSETS / "src" / "map.css").read_text(encoding="utf-8")


@cache
def _own_js() -> str:
    modules = [(_ASSETS / "src" / name).read_text(encoding="utf-8") for name in _MODULES]
    images = {
        "iconUrl": _data_uri("marker-icon.png"),
        "iconRetinaUrl": _data_uri("marker-icon-2x.png"),
        "shadowUrl": _data_uri("marker-shadow.png"),
    }
    opening = '"use strict";\nvar FrontierMap = {};\n'
    pins = f"FrontierMap.pinImages = {json_for_script(images)};\n"
    return opening + pins + "\n".join(modules)
