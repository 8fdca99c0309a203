"""
How text of unknown origin gets into a page: as data, never as markup, script or template.

Texts travel in JSON blocks and reach the screen through ``textContent``. The functions here make
the blocks, choose the links that may be clicked, and compute the hashes of the page's policy.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from html import escape
from typing import Any
from urllib.parse import urlsplit

__all__ = [
    "clean_text",
    "csp_hash",
    "hosts_of",
    "json_for_script",
    "markup_text",
    "policy",
    "safe_url",
]

# Inside a script element only "<" can end or restart anything; the others are escaped so that the
# block stays safe where a page is copied into an attribute or into old JavaScript.
_JSON_ESCAPES = {
    "<": "\\u003c",
    ">": "\\u003e",
    "&": "\\u0026",
    "\u2028": "\\u2028",
    "\u2029": "\\u2029",
}
# The shape of almost all addresses: what follows in `safe_url` would let it pass as it is.
_PLAIN_ADDRESS = re.compile(r"https?://([A-Za-z0-9.-]+)(?:/[!#$%&()*+,\-./0-9:;=?@A-Z\[\]_a-z~]*)?")
_PLAIN_ADDRESSES = re.compile(f"^{_PLAIN_ADDRESS.pattern}$", re.MULTILINE)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def clean_text(value: object) -> str:
    """
    Return a value as text that any browser can show: no control codes, no broken surrogates.

    Parameters
    ----------
    value : object

    Returns
    -------
    str

    Examples
    --------
    >>> clean_text(" a\\x00b ")
    'a\ufffdb'
    """
    text = str(value).encode("utf-8", "replace").decode("utf-8")
    return _UNPRINTABLE.sub("\ufffd", text).strip()


def json_for_script(data: Any) -> str:
    """
    Write data as JSON that can stand inside a script element.

    Parameters
    ----------
    data : JSON-like
        Plain Python values, none of them infinite or NaN.

    Returns
    -------
    str

    Examples
    --------
    >>> json_for_script({"place": "</script><b>"})
    '{"place":"\\\\u003c/script\\\\u003e\\\\u003cb\\\\u003e"}'
    """
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, escape_code in _JSON_ESCAPES.items():
        text = text.replace(character, escape_code)
    return text


def markup_text(value: object) -> str:
    """
    Escape text for HTML, and also the characters that templates and scripts give a meaning to.

    Parameters
    ----------
    value : object

    Returns
    -------
    str

    Examples
    --------
    >>> markup_text("{{ 7*7 }} <b>")
    '&#123;&#123; 7*7 &#125;&#125; &lt;b&gt;'
    """
    text = escape(clean_text(value), quote=True)
    return re.sub(r"[{}`$\\]", lambda match: f"&#{ord(match[0])};", text)


def safe_url(value: object) -> tuple[str, str] | None:
    """
    Return a web address and the host to show for it, or None when it is not plain http(s).

    Parameters
    ----------
    value : object
        What somebody gave as an address.

    Returns
    -------
    (str, str) or None
        The address and its host.

    Examples
    --------
    >>> safe_url("https://www.example.org/a?b=1")
    ('https://www.example.org/a?b=1', 'example.org')
    >>> safe_url("javascript:alert(1)") is None
    True
    """
    if isinstance(value, str) and (plain := _PLAIN_ADDRESS.fullmatch(value)):
        return value, plain[1].lower().removeprefix("www.")
    text = clean_text(value)
    if re.search(r"[\s\"'<>`\\^{|}]", text):
        return None
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:  # such as an unclosed bracket of an IPv6 address
        return None
    if parts.scheme.lower() not in ("http", "https") or not re.fullmatch(r"[\w.:-]+", host):
        return None
    if parts.username is not None or parts.password is not None:
        return None
    return text, host.removeprefix("www.")


def hosts_of(addresses: list[str]) -> list[str] | None:
    """
    Return the hosts to show for web addresses, or None unless every one is plain: a look at all at once.

    Examples
    --------
    >>> hosts_of(["https://www.example.org/a", "http://Example.net"])
    ['example.org', 'example.net']
    >>> hosts_of(["https://www.example.org/a", "javascript:alert(1)"]) is None
    True
    """
    text = "\n".join(addresses)
    found = _PLAIN_ADDRESSES.findall(text)
    if len(found) != len(addresses) or text.count("\n") != max(len(addresses) - 1, 0):
        return None
    shown = {host: host.lower().removeprefix("www.") for host in set(found)}
    return [shown[host] for host in found]


def csp_hash(content: str) -> str:
    """Return the source expression that allows exactly this inline script or style."""
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def policy(directives: dict[str, Iterable[str]]) -> str:
    """Write a Content-Security-Policy; a directive without sources becomes 'none'."""
    return "; ".join(
        f"{name} {' '.join(dict.fromkeys(sources)) or chr(39) + 'none' + chr(39)}"
        for name, sources in directives.items()
    )
