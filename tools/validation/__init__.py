"""
Hold every method against other software and published numbers, as one table.

    python tools/validation        prints the table

The reference values stand in ``tests/reference``, each with the program, version and command that it
came from; a few are quoted here from publications. Ours are computed when the table is made. The
page "Validation" of the documentation is this table, and ``tests/test_docs_validation.py`` fails where
a difference exceeds its tolerance or a stored reference is not held against anything.
"""

from __future__ import annotations

import math
import warnings

import numpy as np

from validation import density, forecasts, hotspots, lengths, rates, scans, spacetime
from validation.stored import Comparison

__all__ = ["comparisons", "markdown"]

SUBJECTS = (lengths, rates, density, hotspots, scans, spacetime, forecasts)


def comparisons() -> list[Comparison]:
    """Return every comparison, computed now."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few events, where that is the point
        return [one for subject in SUBJECTS for each in subject.SECTIONS for one in each()]


def plain(number: float) -> str:
    """Write a number with as many digits as a reader compares."""
    if math.isnan(number):
        return "not a number"
    return (f"{number:,.3f}" if abs(number) >= 1e6 else f"{number:.7g}").replace("-", "−")


def small(number: float) -> str:
    """Write a difference: none, or one digit and its power of ten."""
    return "0" if number == 0 else f"{number:.0e}".replace("e-0", "e-").replace("-", "−")


def shown(one: Comparison) -> int:
    """Return which pair of numbers stands for all: the first that is not 0 or 1."""
    telling = np.flatnonzero(np.isfinite(one.theirs) & ~np.isin(one.theirs, (0, 1)))
    return int(telling[0]) if telling.size else 0


def tolerance(one: Comparison) -> str:
    """Write what a difference may be."""
    parts = [small(one.atol)] * bool(one.atol)
    parts += [f"{small(one.rtol)} of the value"] * bool(one.rtol)
    return " + ".join(parts) or "none"


HEAD = (
    "| what | held against | numbers | theirs, ours | difference | may differ by |",
    "|---|---|--:|--:|--:|---|",
)


def line(one: Comparison) -> str:
    """Return one line of the table."""
    k = shown(one)
    cells = (
        f"{one.method}<br>`{one.call}`",
        one.source,
        f"{one.theirs.size:,}",
        f"{plain(one.theirs[k])}<br>{plain(one.ours[k])}",
        small(one.difference) + ("" if one.holds else " **does not hold**"),
        f"{tolerance(one)}<br>{one.why}",
    )
    return f"| {' | '.join(cells)} |"


def markdown(rows: list[Comparison]) -> str:
    """Return the page, without its heading."""
    lines = []
    values = sum(one.theirs.size for one in rows)
    lines += [
        f"{len(rows)} comparisons of {values:,} numbers; "
        f"{sum(one.holds for one in rows)} of {len(rows)} hold.",
        "",
    ]
    for subject in dict.fromkeys(one.subject for one in rows):
        lines += [f"## {subject}", "", *HEAD]
        for one in rows:
            if one.subject == subject:
                lines.append(line(one))
        lines.append("")
    return "\n".join(lines)
