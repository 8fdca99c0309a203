"""
A page as a tree of elements: text becomes text, whatever it holds, because nothing parses it.

The standard library's own element tree writes the tree, and escapes every text and attribute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree

from frontier_geo.maps.escaping import clean_text, safe_url
from frontier_geo.maps.values import text_or_none

__all__ = ["Child", "Element", "document_text", "el", "link", "source_text"]

Element = ElementTree.Element
#: What an element may hold; None is nothing.
Child = Element | str | None | Iterable["Child"]
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def el(tag: str, *children: Child, **attributes: str | int | float | bool | None) -> Element:
    """
    Make an element.

    Parameters
    ----------
    tag : str
    *children : element, str, None, or a list of them
        What is inside, in order. Text is text: markup in it is shown, never obeyed.
    **attributes
        `class_` is ``class``; an underscore inside a name becomes a hyphen. None and False leave an
        attribute out, True writes it without a value.

    Examples
    --------
    >>> document_text(el("p", "a < b ", el("b", "<i>"), class_="told"))
    '<p class="told">a &lt; b <b>&lt;i&gt;</b></p>'
    """
    named = {
        name.rstrip("_").replace("_", "-"): "" if value is True else _whole(str(value))
        for name, value in attributes.items()
        if value is not None and value is not False
    }
    made = Element(tag, named)
    _fill(made, children)
    return made


def _fill(parent: Element, children: Child) -> None:
    if children is None:
        return
    if isinstance(children, Element):
        parent.append(children)
    elif isinstance(children, str):
        text = _whole(children)
        if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + text
        else:
            parent.text = (parent.text or "") + text
    else:
        for child in children:
            _fill(parent, child)


def _whole(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text)


def source_text(value: object, *, lang: str | None = None) -> Element:
    """
    Return words of a source, set apart from the sentence around them, whatever way they run.

    Very long ones are cut, as those of the map page are.
    """
    return el("bdi", text_or_none(value) or "", dir="auto", lang=lang)


def link(address: object, *, day: object = None) -> Element:
    """
    Return a source as a link that shows its host, or as text where it is no plain web address.

    Examples
    --------
    >>> document_text(link("javascript:alert(1)"))
    '<bdi dir="auto">javascript:alert(1)</bdi>'
    """
    safe = safe_url(address)
    if safe is None:
        return source_text(address)
    target, host = safe
    told = el("a", el("bdi", host, dir="ltr"), href=target, rel="noopener noreferrer nofollow")
    return (
        told if day is None else el("span", told, " (", el("bdi", clean_text(day), dir="ltr"), ")")
    )


def document_text(root: Any) -> str:
    """Write a tree as HTML."""
    return ElementTree.tostring(root, encoding="unicode", method="html")
