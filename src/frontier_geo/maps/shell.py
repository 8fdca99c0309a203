"""
The pieces of a page around its data: Leaflet, the page's own script and style, its policy.

Scripts and styles are packed as the data are. A short script puts them in place; the policy names
each of them, unpacked, by its hash.
"""

from __future__ import annotations

import base64
import re
from functools import cache
from importlib.resources import files

from frontier_geo.maps.escaping import csp_hash, json_for_script, markup_text, policy
from frontier_geo.maps.packing import pack
from frontier_geo.maps.payload import Payload
from frontier_geo.maps.words import catalogue

__all__ = [
    "assembled_page",
    "boot_js",
    "data_blocks",
    "data_uri",
    "leaflet_css",
    "leaflet_js",
    "packed_code",
    "page_css",
    "page_direction",
    "page_js",
    "root_element",
    "unfilled_js",
]

ROOT = "fg"  # id of the root element of a standalone page
RIGHT_TO_LEFT = ("fa",)
_ASSETS = files("frontier_geo.maps") / "assets"


def assembled_page(payload: Payload) -> str:
    """Put a standalone page together: plain text, no template."""
    head = payload.head
    language = head["language"]
    styles = (leaflet_css(images=False), page_css())
    scripts = (leaflet_js(), page_js())
    tiles = [f"https://{head['tiles']['host']}"] if head["tiles"] else []
    allowed = policy(
        {
            "default-src": [],
            "script-src": map(csp_hash, (unfilled_js(language), boot_js(), *scripts)),
            "style-src": map(csp_hash, styles),
            "img-src": ["data:", "blob:", *tiles],
            "base-uri": [],
            "form-action": [],
        }
    )
    parts = [
        "<!DOCTYPE html>",
        f'<html lang="{language}" dir="{page_direction(language)}">',
        '<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{allowed}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{markup_text(head['title'])}</title>",
        f"<script>{unfilled_js(language)}</script>",
        "</head>\n<body>",
        root_element(ROOT, language, alone=True),
        data_blocks(payload, ROOT),
        *(packed_code("style", style) for style in styles),
        *(packed_code("script", script) for script in scripts),
        f"<script>{boot_js()}</script>",
        "</body>\n</html>\n",
    ]
    return "\n".join(parts)


def packed_code(kind: str, text: str) -> str:
    """Return a script or style that the boot script puts in place of this element."""
    return f'<script type="text/plain" data-packed="{kind}">{_packed(text)}</script>'


def page_direction(language: str) -> str:
    """Return which way a language is written, as the attribute `dir` says it."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def root_element(root: str, language: str, *, alone: bool = False) -> str:
    """
    Return the element that the script fills, and what a reader sees without scripts.

    `alone` says that the page is its own, which the boot script starts.
    """
    failed, no_script = (
        markup_text(_said(key, language)) for key in ("page.failed", "page.no_script")
    )
    mark = " data-alone" if alone else ""
    # The sentence stands first: the element below it may be as high as the window.
    return (
        f"<noscript>{no_script}</noscript>\n"
        f'<main id="{root}" class="fg-root" data-language="{language}" data-failed="{failed}"{mark}>'
        "</main>"
    )


def unfilled_js(language: str) -> str:
    """Return the script that says so if the file is cut short and nothing fills the page."""
    return (
        "(function () {\n"
        "  function look() {\n"
        '    if (document.querySelector(".fg-root > *")) return;\n'
        '    var told = document.createElement("p");\n'
        f"    told.textContent = {json_for_script(_said('page.failed', language))};\n"
        "    document.body.prepend(told);\n"
        "  }\n"
        '  addEventListener("load", function () {\n'
        "    Promise.resolve(window.frontierGeoUnpacking).then(look, look);\n"
        "  });\n"
        "})();"
    )


def _said(key: str, language: str) -> str:
    return str(catalogue(language).get(key) or catalogue("en")[key])


def data_blocks(payload: Payload, root: str) -> str:
    """Return the data as elements that no browser runs."""
    return "\n".join(
        f'<script type="text/plain" id="{root}-{name}">{block}</script>'
        for name, block in payload.blocks.items()
    )


@cache
def boot_js() -> str:
    """Return the script that puts the packed styles and scripts in place."""
    return _text("dist/boot.js")


@cache
def leaflet_css(*, images: bool = True) -> str:
    """Return Leaflet's style with its images inside; or without, for a page that shows none."""
    text = _text("leaflet/leaflet.css").replace("behavior: url(#default#VML);", "")  # for IE 8
    if not images:
        return re.sub(r"url\(images/[\w-]+\.png\)", "none", text)
    return re.sub(r"url\(images/([\w-]+\.png)\)", lambda match: f"url({data_uri(match[1])})", text)


@cache
def leaflet_js() -> str:
    """Return Leaflet."""
    # The map of its source would be fetched by developer tools.
    return re.sub(r"\n//# sourceMappingURL=.*", "\n", _text("leaflet/leaflet.js"))


@cache
def page_css() -> str:
    """Return the page's own style."""
    return _text("dist/page.css")


@cache
def page_js() -> str:
    """Return the page's own script."""
    return _text("dist/page.js")


def data_uri(name: str) -> str:
    """Return one of Leaflet's images as an address that holds the image itself."""
    content = (_ASSETS / "leaflet" / "images" / name).read_bytes()
    return f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"


@cache
def _packed(text: str) -> str:
    return pack(text.encode("utf-8"))


def _text(name: str) -> str:
    """Return an asset with the line ends that a browser's parser makes, for its hash."""
    return (_ASSETS / name).read_bytes().decode("utf-8").replace("\r\n", "\n")
