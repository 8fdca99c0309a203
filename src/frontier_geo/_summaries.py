"""How the main objects show themselves in a notebook: a small table of HTML, without any script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["facts_of", "line_fact", "summary_html"]

#: Control characters, and those that turn the direction of the text around them.
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
LONGEST = 300  # characters of one cell
MOST_ROWS = 8
_LEFT = ' style="text-align:left;vertical-align:top"'


def summary_html(
    title: object,
    facts: Iterable[tuple[str, object]],
    *,
    table: pd.DataFrame | None = None,
    caption: str = "",
) -> str:
    """
    Return a summary of an object as HTML: what it is, its facts, and the first rows of a table.

    Parameters
    ----------
    title : object
        What it is. Like all that follows it is shown as text, whatever it holds.
    facts : iterable of (str, object)
        What is told of it, in order; what is None or empty is left out.
    table : DataFrame, optional
        Its first rows are shown, without index and geometry.
    caption : str
        What the table holds.

    Returns
    -------
    str
        One ``div`` with tables that have captions and headers.

    Examples
    --------
    >>> "&lt;b&gt;" in summary_html("<b>", [("Line", "TJ-AF")])
    True
    """
    rows = "".join(
        f'<tr><th scope="row"{_LEFT}>{_text(name)}</th><td dir="auto"{_LEFT}>{_text(value)}</td></tr>'
        for name, value in facts
        if value is not None and value != ""
    )
    shown = f"<table>{_caption(title)}<tbody>{rows}</tbody></table>"
    if table is not None and len(table):
        shown += _rows_html(table, caption)
    return f'<div class="frontier-geo" lang="en">{shown}</div>'


def _rows_html(table: pd.DataFrame, caption: str) -> str:
    names = [name for name in table.columns if str(table[name].dtype) != "geometry"]
    first = table[names].head(MOST_ROWS)
    left_out = len(table) - len(first)
    told = f"{caption}, the first {len(first)} of {len(table):,}" if left_out else caption
    head = "".join(f'<th scope="col"{_LEFT}>{_text(name)}</th>' for name in names)
    body = "".join(
        "<tr>" + "".join(f'<td dir="auto"{_LEFT}>{_text(cell)}</td>' for cell in row) + "</tr>"
        for row in first.itertuples(index=False)
    )
    return f"<table>{_caption(told)}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _caption(text: object) -> str:
    return f'<caption dir="auto" style="text-align:left;font-weight:bold">{_text(text)}</caption>'


def _text(value: object) -> str:
    """Return a value as text that is nothing but text in HTML."""
    if isinstance(value, bool):
        value = "yes" if value else "no"
    elif isinstance(value, float):
        value = "" if value != value else f"{value:,.6g}"
    elif isinstance(value, int):
        value = f"{value:,}"
    text = _UNSEEN.sub("\ufffd", "" if value is None else str(value))
    return escape(text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…", quote=True)


def line_fact(boundary: Mapping[str, Any]) -> str:
    """
    Say in one phrase which line something rests on, from `Boundary.summary`.

    Examples
    --------
    >>> line_fact({"boundary_id": "A-B", "length_km": 12.5, "left": "A", "right": "B"})
    'A-B: 12.5 km, A on the left, B on the right'
    """
    if not boundary:
        return ""
    name = boundary.get("name") or boundary.get("boundary_id") or "line"
    length, left, right = (boundary.get(key) for key in ("length_km", "left", "right"))
    told = [] if length is None else [f"{length:,.1f} km"]
    if left and right:
        told += [f"{left} on the left", f"{right} on the right"]
    return f"{name}: {', '.join(told)}" if told else str(name)


def facts_of(attrs: Mapping[str, Any]) -> list[tuple[str, object]]:
    """
    Return what the `.attrs` of a result say of its line, its period and its data.

    Examples
    --------
    >>> facts_of({"period": ["2020-01-01", "2020-12-31"], "library_version": "1"})
    [('Line', ''), ('Period', '2020-01-01 to 2020-12-31'), ('Data', ''), ('Made by', 'frontier_geo 1')]
    """
    period = attrs.get("period") or attrs.get("coverage")
    sources = [str(each.get("source")) for each in attrs.get("sources") or () if each.get("source")]
    version = attrs.get("data_version")
    data = ", ".join(sources) + (f" (data {version})" if version else "")
    made = attrs.get("library_version")
    return [
        ("Line", line_fact(attrs.get("boundary") or {})),
        ("Period", " to ".join(str(day) for day in period) if period else ""),
        ("Data", data),
        ("Made by", f"frontier_geo {made}" if made else ""),
    ]
