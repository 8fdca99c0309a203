"""
What all plots share: a figure, colours for every eye, safe text, a title and a line of sources.

Figures are made without pyplot, so that no state is left behind and no window opens.
"""

from __future__ import annotations

import io
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from frontier_geo._validation import FloatArray
from frontier_geo.errors import MissingExtraError, ParameterError

__all__ = [
    "BLACK",
    "BLUE",
    "GREEN",
    "GREY",
    "KM",
    "LIGHT",
    "ORANGE",
    "PURPLE",
    "RED",
    "SERIES",
    "SKY",
    "YELLOW",
    "check_days",
    "draw_bars",
    "draw_nothing",
    "draw_whiskers",
    "inches_of",
    "label_axes",
    "legend",
    "name_ticks",
    "new_axes",
    "ratio_axis",
    "safe_text",
    "set_km",
    "source_line",
    "title_of",
]

# Okabe & Ito (2008), Color Universal Design.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, RED, PURPLE, YELLOW = "#0072B2", "#D55E00", "#CC79A7", "#F0E442"
GREY, LIGHT = "#777777", "#CFCFCF"
SERIES = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, BLACK)
KM = "Chainage, km from the start of the line"
NEAR_TICKS = (0.5, 0.67, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2)
FAR_TICKS = (0.001, 0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 100, 1000)
LONGEST = 60  # characters of a name
NOTEBOOK_DPI = 100
SMALL = 7.0  # points, of the line of sources
UNBROKEN = 600  # characters: more than any line of notes or sources
WHOLE = 0.775  # share of a figure that its only axes take before they are laid out


def new_axes(width: float, height: float) -> Any:
    """
    Return the axes of a new figure.

    Parameters
    ----------
    width, height : float
        Inches.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError(
            'Plots need matplotlib, which is not installed: pip install "frontier-geo[plot]".'
        ) from error
    ax: Any = Figure(figsize=(width, height), layout="constrained").subplots()
    # A figure without pyplot is shown by no notebook of its own accord.
    ax._repr_png_ = partial(_as_png, ax.figure)
    return ax


def _as_png(figure: Any) -> bytes:
    """Return a figure as a notebook shows it."""
    written = io.BytesIO()
    figure.savefig(written, format="png", dpi=NOTEBOOK_DPI)
    return written.getvalue()


def safe_text(text: object, longest: int = LONGEST) -> str:
    """
    Return text as matplotlib may draw it: one line, no formulas, no control characters, not too long.

    Examples
    --------
    >>> safe_text("a $x$\\n b")
    'a \\\\$x\\\\$ b'
    """
    plain = " ".join(str(text).split())
    plain = "".join(c for c in plain if unicodedata.category(c)[0] != "C")
    if len(plain) > longest:
        plain = plain[: longest - 1] + "…"
    return plain.replace("$", r"\$")


def title_of(what: str, attrs: Mapping[str, Any]) -> str:
    """Return a title that says what, on which line, and when."""
    boundary = attrs.get("boundary") or {}
    name = boundary.get("name") or boundary.get("boundary_id")
    period = _period(attrs)
    parts = [safe_text(part) for part in (name, period) if part]
    return f"{what}\n{', '.join(parts)}" if parts else what


def source_line(attrs: Mapping[str, Any], columns: int) -> str:
    """Return what the numbers come from, in lines of so many characters."""
    boundary = attrs.get("boundary") or {}
    # Less what a version says of itself in brackets.
    version, *_ = str(boundary.get("source_version") or "").split(" (")
    line = [boundary.get("boundary_id"), f"version {version}" if version else None]
    parts = [
        f"Reported incidents: {safe_text(attrs.get('source') or 'source not stated')}",
        _labelled("data", attrs.get("data_version")),
        _labelled("boundary", ", ".join(str(word) for word in line if word)),
        _labelled("period", _period(attrs)),
        safe_text(boundary.get("attribution") or ""),
    ]
    text = "; ".join(part for part in parts if part) + "."
    return "\n".join(textwrap.wrap(text, columns, break_on_hyphens=False))


def label_axes(
    ax: Any, title: str, x: str, y: str, attrs: Mapping[str, Any], note: str = ""
) -> None:
    """Write title, axes and sources; the sources stand below whatever the axis holds."""
    room = inches_of(ax)
    # Where the axes have the figure to themselves, lines break when drawn: only then it is known how
    # much width the names beside the axis leave.
    alone = room > 0.99 * float(ax.figure.get_size_inches()[0])
    columns = UNBROKEN if alone else max(30, int(room * 72 / (SMALL * 0.64)))
    wide = UNBROKEN if alone else max(24, int(room * 72 / 7))
    first, _, second = title_of(title, attrs).partition("\n")
    lines = textwrap.wrap(first, wide) + textwrap.wrap(second, wide)
    ax.set_title("\n".join(lines), loc="left", fontsize=10, wrap=True)
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    below = source_line(attrs, columns)
    if note:
        below = "\n".join([*textwrap.wrap(safe_text(note, UNBROKEN), columns), below])
    ax.annotate(
        below,
        xy=(0.0, 0.0),
        xycoords=("axes fraction", ax.xaxis.label),
        xytext=(0, -4),
        textcoords="offset points",
        va="top",
        ha="left",
        fontsize=SMALL,
        color="#444444",
        annotation_clip=False,
        gid="source",
        wrap=True,
    )
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def draw_nothing(ax: Any, attrs: Mapping[str, Any], why: str) -> None:
    """Say why there is nothing to draw."""
    for side in ("x", "y"):
        getattr(ax, f"set_{side}ticks")([])
    ax.annotate(
        safe_text(why, 200),
        (0.5, 0.5),
        xycoords="axes fraction",
        ha="center",
        va="center",
        wrap=True,
    )
    kind = str(attrs.get("result", "result")).replace("_", " ")
    label_axes(ax, f"Nothing to draw: {safe_text(kind)}", "", "", attrs)


def check_days(table: Any, names: Sequence[str]) -> None:
    """Refuse a table in which a day is missing or is none."""
    import pandas as pd

    for name in names:
        lost = int(pd.to_datetime(table[name], errors="coerce").isna().sum())
        if lost:
            raise ParameterError(
                f"A picture over time needs a day in each row of {name}, but {lost} of {len(table)} "
                "have none. Leave those rows out."
            )


def inches_of(ax: Any) -> float:
    """Return the width that axes and what is written around them have."""
    width = float(ax.figure.get_size_inches()[0])
    return width * min(1.0, float(ax.get_position().width) / WHOLE)


def name_ticks(ax: Any, at: ArrayLike, names: Sequence[str], share: float = 1.0) -> None:
    """Write names below the x axis, which has a share of the width, turned where they would touch."""
    ax.set_xticks(at, labels=list(names))
    longest = max((len(part) for name in names for part in name.split("\n")), default=0)
    if longest * len(names) > 10 * share * inches_of(ax):
        ax.tick_params(axis="x", rotation=40)


def set_km(ax: Any, from_km: ArrayLike, to_km: ArrayLike) -> None:
    """Let the x axis run along the line, from its first to its last kilometre drawn."""
    begin, end = np.asarray(from_km, dtype=float), np.asarray(to_km, dtype=float)
    if begin.size:
        ax.set_xlim(float(begin.min()), float(end.max()))


def draw_bars(
    ax: Any, from_km: ArrayLike, to_km: ArrayLike, height: ArrayLike, **style: Any
) -> Any:
    """Draw one bar for each segment, as wide as it is long."""
    begin, end = np.asarray(from_km, dtype=float), np.asarray(to_km, dtype=float)
    return ax.bar(begin, np.asarray(height, dtype=float), end - begin, align="edge", **style)


def draw_whiskers(
    ax: Any, at: ArrayLike, value: ArrayLike, lo: ArrayLike, hi: ArrayLike, **style: Any
) -> Any:
    """Draw points with intervals; an interval without an end runs to the edge of the picture."""
    middle = np.asarray(value, dtype=float)
    below = np.maximum(middle - np.asarray(lo, dtype=float), 0)
    above = np.maximum(np.asarray(hi, dtype=float) - middle, 0)
    limits = np.nan_to_num(np.vstack((below, above)), nan=0.0, posinf=1e9)
    return ax.errorbar(at, middle, limits, linestyle="none", **style)


def ratio_axis(
    ax: Any, values: FloatArray, *, axis: str = "y", ends: FloatArray | None = None
) -> tuple[float, float]:
    """
    Make an axis logarithmic around 1, wide enough for the finite values; return its ends.

    Three quarters of the `ends` of intervals have room, too; the far ones would leave none for the rest.
    """
    known = values[np.isfinite(values) & (values > 0)]
    widest = float(np.abs(np.log(known)).max()) if known.size else 0.0
    if ends is not None:
        far = ends[np.isfinite(ends) & (ends > 0)]
        widest = max(
            widest,
            float(np.quantile(np.abs(np.log(far)), 0.75, method="lower")) if far.size else 0.0,
        )
    reach = float(np.exp(min(max(widest * 1.1, np.log(1.3)), np.log(1e3))))
    getattr(ax, f"set_{axis}scale")("log")
    getattr(ax, f"set_{axis}lim")(1 / reach, reach)
    every = NEAR_TICKS if reach < 3 else FAR_TICKS
    ticks = [t for t in every if 1 / reach <= t <= reach]
    side = ax.yaxis if axis == "y" else ax.xaxis
    side.set_ticks(ticks, labels=[f"{t:g}" for t in ticks])
    side.set_ticks([], minor=True)
    return 1 / reach, reach


def legend(ax: Any, **more: Any) -> None:
    """Write a legend above the picture, where something is to be told apart."""
    handles, labels = ax.get_legend_handles_labels()
    if handles:
        ax.legend(handles, labels, frameon=False, fontsize=8, **({"loc": "best"} | more))


def _period(attrs: Mapping[str, Any]) -> str:
    if attrs.get("periods"):
        return ", ".join(_days(period) for period in attrs["periods"] if period)
    return _days(attrs.get("period"))


def _days(period: Any) -> str:
    return f"{period[0]} to {period[1]}" if period and len(period) == 2 else ""


def _labelled(word: str, value: Any) -> str:
    return f"{word} {safe_text(value)}" if value else ""
