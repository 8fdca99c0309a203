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

import hashlib
import os
import re
import warnings
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, BinaryIO

import folium
from branca.element import CssLink, Element, Figure, JavascriptLink, Link
from folium.template import tojavascript

from frontier_geo._files import write_whole
from frontier_geo.errors import OnlineResourceWarning, ParameterError
from frontier_geo.maps.escaping import json_for_script, markup_text
from frontier_geo.maps.guest_layers import (
    elements,
    layer_addresses,
    page_policy,
    with_stable_ids,
)
from frontier_geo.maps.inputs import MapInputs
from frontier_geo.maps.notebook import notebook_html
from frontier_geo.maps.payload import Payload
from frontier_geo.maps.shell import (
    boot_js,
    data_blocks,
    data_uri,
    leaflet_css,
    leaflet_js,
    packed_code,
    page_css,
    page_direction,
    page_js,
    root_element,
    unfilled_js,
)

__all__ = ["OfflineFigure", "OfflineMap", "RawElement"]

FILE_NAME = "map.html"
PINS = {"iconUrl": "marker-icon", "iconRetinaUrl": "marker-icon-2x", "shadowUrl": "marker-shadow"}
_BRIDGE = files("frontier_geo.maps") / "assets" / "bridge"


class RawElement(Element):  # type: ignore[misc]
    """A piece of the page that is written out as it is, without any template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "RawElement"
        self.text = text

    def render(self, **kwargs: Any) -> str:
        """Return the text."""
        return self.text


class DataElement(RawElement):
    """Data of a map: nothing in it is executed, so that nobody needs to look through it."""


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
        before = [(element, element._children.copy()) for element in elements(self)]
        try:
            for child in self._children.values():
                child.render(**kwargs)
            texts: dict[str, list[str]] = {"header": [], "html": [], "data": [], "script": []}
            links, guests = [], False
            for section, part in self._parts():
                text = part.render(**kwargs)
                # The browser's parser makes every line end a single "\n"; so do the hashes.
                texts[section].append(text.replace("\r\n", "\n").replace("\r", "\n"))
                guests = guests or not isinstance(part, RawElement)
                links += [part.url] if isinstance(part, Link) else []
            addresses = layer_addresses(self)
        finally:
            for element, children in before:  # folium leaves what it rendered in the tree
                element._children = children
        data = "\n".join(texts.pop("data"))
        head, body, script = with_stable_ids(
            ["\n".join(parts) for parts in texts.values()], self, self._own_ids()
        )
        script = f"<script>\n{script}\n</script>"
        allowed = page_policy(
            "\n".join((head, body, script)), addresses, guests=guests, packed=_packed_code()
        )
        page = (
            f"<!DOCTYPE html>\n<html {self._language()}>\n<head>\n"
            '<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" '
            f'content="{allowed.replace("&", "&amp;").replace(chr(34), "&quot;")}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{markup_text(self.title or 'Map')}</title>\n{head}\n</head>\n"
            f"<body>\n{body}\n{data}\n{script}\n</body>\n</html>\n"
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
                    yield ("data" if isinstance(part, DataElement) else section), part

    def _maps(self) -> list[OfflineMap]:
        return [element for element in elements(self) if isinstance(element, OfflineMap)]

    def _own_ids(self) -> set[str]:
        """Return the ids that are the same each time already."""
        return {element._id for element in self._maps()}

    def _language(self) -> str:
        """Return the language of the first map that has one, as attributes of the page."""
        languages = [each.content.head["language"] for each in self._maps() if each.content]
        language = languages[0] if languages else "en"
        return f'lang="{language}" dir="{page_direction(language)}"'


class OfflineMap(folium.Map):  # type: ignore[misc]
    """
    A `folium.Map` that opens anywhere, with the network off.

    Parameters
    ----------
    location : sequence of float, optional
        Latitude and longitude of the centre. Not needed where `content` names its bounds.
    content : Payload, optional
        What `hotspot_map` shows. Without it the map is an empty one of Leaflet.
    inputs : MapInputs, optional
        What the content was made from; a notebook draws a picture from it where the page is large.
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
        content: Payload | None = None,
        inputs: MapInputs | None = None,
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
        self.content = content
        self.inputs = inputs
        self.saved: Path | None = None  # the file it was written to last
        told = content.head["notes"]["data_hash"] if content else ""
        identity = f"{told}\n{self.location}\n{tojavascript(self.options)}\n{title}\n{height}"
        for child in self._children.values():  # an online background was given its name already
            child._parent = self
        self._id = hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:32]
        figure = OfflineFigure(title=title)
        figure.add_child(self)

    def render(self, **kwargs: Any) -> None:
        """Put the parts of the map into its page, then those of the layers added to it."""
        figure = self.get_root()
        for url_name, url in self.default_js:
            figure.header.add_child(JavascriptLink(url), name=url_name)
        for url_name, url in self.default_css:
            figure.header.add_child(CssLink(url), name=url_name)
        name = self.get_name()
        styles = {
            "leaflet_css": packed_code("style", leaflet_css()),
            "frontier_css": packed_code("style", page_css()),
            f"{name}_size": f"<style>\n{self._size()}</style>",
        }
        scripts = {
            "leaflet_js": packed_code("script", leaflet_js()),
            "guests_js": packed_code("script", _guests_js()),
            "frontier_js": packed_code("script", page_js()),
            "boot_js": f"<script>{boot_js()}</script>",
        }
        if self.content:
            guard = unfilled_js(self.content.head["language"])
            styles = {"unfilled_js": f"<script>{guard}</script>", **styles}
        for part, text in (styles | scripts).items():
            figure.header.add_child(RawElement(text), name=part)
        figure.html.add_child(RawElement(self._element()), name=name)
        if self.content:
            blocks = DataElement(data_blocks(self.content, name))
            figure.html.add_child(blocks, name=f"{name}_data")
        figure.script.add_child(RawElement(self._start_script()), name=name)
        for child in self._children.values():
            child.render(**kwargs)

    def save(self, outfile: str | Path | BinaryIO, close_file: bool = True, **kwargs: Any) -> None:
        """Write the page of the map; see `OfflineFigure.save`."""
        self.get_root().save(outfile, close_file=close_file, **kwargs)
        if isinstance(outfile, (str, bytes, os.PathLike)):
            self.saved = Path(os.fsdecode(outfile)).absolute()

    def _repr_html_(self, **kwargs: Any) -> str:
        """Show the map in a notebook, in a frame that cannot reach the notebook."""
        value, unit = self.height
        return notebook_html(
            self.get_root().render(**kwargs),
            title=self.get_root().title or "Map",
            inputs=self.inputs,
            language=self.content.head["language"] if self.content else "en",
            file_name=FILE_NAME,
            height=f"{value:g}px" if unit == "px" else None,
            saved=self.saved,
        )

    def __repr__(self) -> str:
        """Return one line for a terminal."""
        if self.content is None:
            return "<OfflineMap without incidents>"
        return f"<OfflineMap {self.content.told()}>"

    def _size(self) -> str:
        """Return the style of the map's element."""
        size = "".join(f"{k}:{_css_size(getattr(self, k))};" for k in ("width", "height"))
        return f"html,body{{height:100%;margin:0}}\n#{self.get_name()}{{{size}}}\n"

    def _element(self) -> str:
        """Return the element that the map is drawn in."""
        if self.content:
            return root_element(self.get_name(), self.content.head["language"])
        return f'<main class="folium-map" id="{self.get_name()}"></main>'

    def _start_script(self) -> str:
        name = self.get_name()
        options = tojavascript(self.options)
        extras = json_for_script({"center": self.location, "preferCanvas": bool(self.content)})
        leaflet = f"Object.assign({options}, {extras}, {{crs: L.CRS.{self.crs}}})"
        if self.content:
            return f'var {name} = FrontierGeo.start("{name}", {{leaflet: {leaflet}}});'
        lines = [f'var {name} = L.map("{name}", {leaflet});']
        lines.append(f"{name}.attributionControl.setPrefix(false);")
        if self.control_scale:
            lines.append(f"L.control.scale({{imperial: false}}).addTo({name});")
        return "\n".join(lines)


def _css_size(size: tuple[float, str]) -> str:
    return f"{size[0]:g}{size[1]}"


def _packed_code() -> dict[str, tuple[str, ...]]:
    """Return the styles and scripts that stand packed in the page."""
    return {
        "style": (leaflet_css(), page_css()),
        "script": (leaflet_js(), _guests_js(), page_js()),
    }


@cache
def _guests_js() -> str:
    """Return what folium's own classes expect beside Leaflet."""
    pins = {key: data_uri(f"{name}.png") for key, name in PINS.items()}
    code = (_BRIDGE / "guests.js").read_bytes().decode("utf-8").replace("\r\n", "\n")
    return f"window.frontierGeoPins = {json_for_script(pins)};\n{code}"
