"""
Online backgrounds: off unless asked for by name, and then from one host that the page's policy names.

A page never fetches them by itself. Its reader ticks a box first, beside which the host stands.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from frontier_geo.errors import ParameterError
from frontier_geo.maps.escaping import clean_text

__all__ = ["Tiles", "tile_source"]

EXAMPLES = ("OpenTopoMap", "Esri.WorldTopoMap", "OpenStreetMap.Mapnik")
EXAMPLE_TEMPLATE = "https://tiles.example.org/{z}/{x}/{y}.png"
DEFAULT_MAX_ZOOM = 18
SUBDOMAIN = "a"  # one of several is enough, and the policy can name it
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9-]*[A-Za-z][A-Za-z0-9-]*"
)
_ADDRESS = re.compile(r"https://[A-Za-z0-9.:-]+/[A-Za-z0-9._~!$&'()*+,;=:@%/?{}-]*")


@dataclass(frozen=True)
class Tiles:
    """
    An online background.

    Attributes
    ----------
    name : str
        What the reader is told.
    url : str
        Address of a tile, with ``{z}``, ``{x}`` and ``{y}``.
    host : str
        The one host that is asked, with its port where it has one.
    attribution : str
        Whom to name.
    max_zoom : int
        The closest zoom there is.
    """

    name: str
    url: str
    host: str
    attribution: str
    max_zoom: int

    def as_dict(self) -> dict[str, Any]:
        """Return it as it stands in the page."""
        return asdict(self)


def tile_source(tiles: str) -> Tiles:
    """
    Return the online background of a name, or of an address of one's own.

    Parameters
    ----------
    tiles : str
        A name of xyzservices such as ``"OpenTopoMap"``, ``"Esri.WorldTopoMap"`` or
        ``"OpenStreetMap.Mapnik"``; or an address such as
        ``"https://tiles.example.org/{z}/{x}/{y}.png"``.

    Returns
    -------
    Tiles

    Raises
    ------
    ParameterError
        If no background has the name, it needs a key, or the address is not a plain one with https.

    Examples
    --------
    >>> tile_source("OpenTopoMap").host
    'a.tile.opentopomap.org'
    >>> tile_source("https://tiles.example.org/{z}/{x}/{y}.png").max_zoom
    18
    """
    if not isinstance(tiles, str):
        raise ParameterError(
            f"tiles must be a name such as {EXAMPLES[0]!r}, or an address such as "
            f"{EXAMPLE_TEMPLATE!r}, but is {tiles!r}."
        )
    if "/" in tiles or ":" in tiles:
        url = tiles.strip()
        host = _checked(url)
        return Tiles(host, url, host, host, DEFAULT_MAX_ZOOM)
    return _by_name(tiles)


def _by_name(name: str) -> Tiles:
    from xyzservices import providers

    try:
        provider = providers.query_name(name)
    except ValueError:
        known = list(providers.flatten())
        near = get_close_matches(name, known, n=3, cutoff=0.5) or EXAMPLES
        raise ParameterError(
            f"tiles must be a background that xyzservices knows, but {name!r} is none. Nearest are "
            f"{', '.join(near)}; or pass an address such as {EXAMPLE_TEMPLATE!r}."
        ) from None
    if provider.requires_token():
        raise ParameterError(
            f"tiles must be a background that needs no key, because a page would give the key to "
            f"all its readers, but {provider.name} needs one. Take {', '.join(EXAMPLES)}."
        )
    url = provider.build_url(fill_subdomain=True, scale_factor="")
    host = _checked(url, name=provider.name)
    return Tiles(
        name=clean_text(provider.name),
        url=url,
        host=host,
        attribution=clean_text(provider.get("attribution", host)).replace("(C)", "©"),
        max_zoom=int(provider.get("max_zoom", DEFAULT_MAX_ZOOM)),
    )


def _checked(url: str, name: str | None = None) -> str:
    """Return the host of an address of tiles, or say why it cannot be used."""
    told = f"is {url!r}" if name is None else f"that of {name} is {url!r}"
    if not url.lower().startswith("https://"):
        raise ParameterError(f"tiles must come from an address with https, but {told}.")
    fields = re.findall(r"\{([^{}]*)\}", url)
    plain = url.replace("{z}", "0").replace("{x}", "0").replace("{y}", "0")
    if sorted(fields) != ["x", "y", "z"] or not _ADDRESS.fullmatch(plain) or "{" in plain:
        raise ParameterError(
            "tiles must be an address of plain characters with {z}, {x} and {y}, each once, and no "
            f"other braces, such as {EXAMPLE_TEMPLATE!r}, but {told}."
        )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ParameterError(f"tiles must have a host and a port, but {told}: {error}.") from error
    if not _HOST.fullmatch(host) or "{" in parts.netloc or parts.username is not None:
        raise ParameterError(f"tiles must name one host by its name and no user, but {told}.")
    return host if port is None else f"{host}:{port}"
