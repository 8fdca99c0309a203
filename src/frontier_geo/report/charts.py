"""The drawn series of a report as SVG: counts by year, and the time axis with what was going on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import pandas as pd

from frontier_geo.report.elements import Element, el
from frontier_geo.report.official import GROUPS, Context
from frontier_geo.report.spans import MONTHS, Span, whole_months
from frontier_geo.report.words import ReportWords

__all__ = ["WIDTHS", "is_whole_year", "time_axis", "year_chart"]

#: Widths of the drawings, in units of the page: for a sheet or screen, and for a phone.
WIDTHS = {"wide": 680.0, "narrow": 340.0}
LEFT, RIGHT, TOP = 34.0, 14.0, 12.0
PLOT, LABELS = 130.0, 20.0
LANE, MARK = 16.0, 13.0  # height of a lane, and of the mark in it
NUMBER = 20.0  # room for the number of a mark
YEAR_LABEL = 40.0


def year_chart(
    years: pd.DataFrame, span: Span, words: ReportWords, *, width: float, level: float
) -> Element:
    """
    Draw the counts of calendar years as columns, with their intervals.

    Parameters
    ----------
    years : DataFrame
        ``step_start, step_end, events, lo, hi``.
    span : (date, date)
        The period of the report; its years are drawn darker.
    words : ReportWords
    width : float
        In units of the page.
    level : float
        Of the intervals, for the description.
    """
    rows = years.to_dict("records")
    highest = max((row["hi"] for row in rows), default=1.0)
    frame = _Frame(width, PLOT, _top_of(highest))
    step = frame.across / max(len(rows), 1)
    parts: list[Element] = frame.grid(words)
    every = max(1, math.ceil(YEAR_LABEL / step))
    for k, row in enumerate(rows):
        first, last = row["step_start"].date(), row["step_end"].date()
        middle = LEFT + (k + 0.5) * step
        now = first <= span[1] and last >= span[0]
        parts.append(_column(frame, middle, step * 0.66, row["events"], now=now))
        low, high = frame.y(row["lo"]), frame.y(row["hi"])
        parts.append(
            el("line", x1=_n(middle), x2=_n(middle), y1=_n(low), y2=_n(high), class_="whisker")
        )
        if (len(rows) - 1 - k) % every == 0:
            year = words.year(first.year)
            parts.append(
                _label(middle, frame.base + 14, year if is_whole_year(first, last) else f"{year}*")
            )
    return _drawing(
        parts, width, frame.base + LABELS,
        words.t("years.chart_title"), words.t("years.chart_about", level=words.fixed(100 * level, 0)),
    )  # fmt: skip


def is_whole_year(first: date, last: date) -> bool:
    """Say whether a step of time is a calendar year."""
    return whole_months((first, last)) == MONTHS and first.month == 1


def time_axis(
    context: Sequence[Context],
    quarters: pd.DataFrame,
    span: Span,
    words: ReportWords,
    *,
    width: float,
) -> Element:
    """
    Draw incidents by quarter, and below them what was going on, each with its number.

    Parameters
    ----------
    context : sequence of Context
        In the order of their numbers, from 1.
    quarters : DataFrame
        ``step_start, step_end, events`` of the whole axis.
    span : (date, date)
        The period of the report.
    words : ReportWords
    width : float
        In units of the page.
    """
    rows = quarters.to_dict("records")
    first, last = rows[0]["step_start"].date(), rows[-1]["step_end"].date()
    time = _Time(first, last, width)
    frame = _Frame(width, PLOT * 0.6, _top_of(max(row["events"] for row in rows)))
    parts: list[Element] = [_shade(time, span, frame.base), *frame.grid(words)]
    for row in rows:
        begin, end = time.ends(row["step_start"].date(), row["step_end"].date())
        now = row["step_start"].date() <= span[1] and row["step_end"].date() >= span[0]
        middle, wide = (begin + end) / 2, max(end - begin - 1.5, 1.0)
        parts.append(_column(frame, middle, wide, row["events"], now=now))
    parts += _years(time, frame.base, words)
    y = frame.base + LABELS + 4
    for group in GROUPS:
        own = [(k, item) for k, item in enumerate(context, start=1) if item.group == group]
        if not own:
            continue
        start = "end" if not words.rightwards else "start"
        at = width - RIGHT if not words.rightwards else LEFT
        parts.append(_label(at, y + 9, words.t(f"context.{group}"), anchor=start, strong=True))
        y += 14
        lanes: list[float] = []
        for number, item in own:
            begin, end = time.ends(item.first, item.last)
            right = min(max(end, begin + NUMBER), width - RIGHT)
            left = min(begin, right - NUMBER)
            lane = next((k for k, taken in enumerate(lanes) if taken <= left), len(lanes))
            lanes[lane : lane + 1] = [right + 2]
            parts += _mark(number, left, right, y + lane * LANE, group, words)
        y += len(lanes) * LANE + 4
    return _drawing(parts, width, y, words.t("axis.chart_title"), words.t("axis.chart_about"))


@dataclass(frozen=True)
class _Frame:
    """Where counts are drawn."""

    width: float
    height: float
    top: float

    @property
    def across(self) -> float:
        return self.width - LEFT - RIGHT

    @property
    def base(self) -> float:
        return TOP + self.height

    def y(self, value: float) -> float:
        return self.base - self.height * min(value, self.top) / self.top

    def grid(self, words: ReportWords) -> list[Element]:
        """Return the lines and numbers of the axis of counts."""
        parts = []
        for value in _ticks(self.top):
            y = self.y(value)
            parts.append(
                el(
                    "line",
                    x1=_n(LEFT),
                    x2=_n(self.width - RIGHT),
                    y1=_n(y),
                    y2=_n(y),
                    class_="grid",
                )
            )
            parts.append(_label(LEFT - 5, y + 4, words.number(value), anchor="end"))
        return parts


@dataclass(frozen=True)
class _Time:
    """Where days lie."""

    first: date
    last: date
    width: float

    def x(self, day: date) -> float:
        whole = (self.last - self.first).days + 1
        share = (day - self.first).days / whole
        return LEFT + (self.width - LEFT - RIGHT) * min(max(share, 0.0), 1.0)

    def ends(self, first: date, last: date) -> tuple[float, float]:
        """Return where a span begins and ends, cut at the ends of the axis."""
        after = last if last >= self.last else last + timedelta(days=1)
        end = self.width - RIGHT if last >= self.last else self.x(after)
        return self.x(first), end


def _years(time: _Time, base: float, words: ReportWords) -> list[Element]:
    """Return the marks of the years below the counts."""
    begins = [date(year, 1, 1) for year in range(time.first.year, time.last.year + 1)]
    places = [time.x(max(day, time.first)) for day in begins] + [time.width - RIGHT]
    parts = []
    room = (time.width - LEFT - RIGHT) / max(len(begins), 1)
    every = max(1, math.ceil(YEAR_LABEL / room))
    for k, (day, (left, right)) in enumerate(zip(begins, pairwise(places), strict=True)):
        parts.append(
            el("line", x1=_n(left), x2=_n(left), y1=_n(base), y2=_n(base + 5), class_="tick")
        )
        if (len(begins) - 1 - k) % every == 0 and right - left >= YEAR_LABEL * 0.7:
            parts.append(_label((left + right) / 2, base + 14, words.year(day.year)))
    return parts


def _shade(time: _Time, span: Span, base: float) -> Element:
    left, right = time.ends(*span)
    return el(
        "rect", x=_n(left), y=_n(TOP - 6), width=_n(max(right - left, 1.0)), height=_n(base - TOP + 6),
        class_="shade",
    )  # fmt: skip


def _column(frame: _Frame, middle: float, wide: float, value: float, *, now: bool) -> Element:
    y = frame.y(value)
    return el(
        "rect", x=_n(middle - wide / 2), y=_n(y), width=_n(wide), height=_n(frame.base - y),
        class_="column now" if now else "column",
    )  # fmt: skip


def _mark(
    number: int, left: float, right: float, y: float, group: str, words: ReportWords
) -> list[Element]:
    box = el(
        "rect",
        x=_n(left),
        y=_n(y),
        width=_n(right - left),
        height=_n(MARK),
        rx=2,
        class_=f"mark {group}",
    )
    return [box, _label((left + right) / 2, y + 10, words.year(number), on=group)]


def _label(
    x: float,
    y: float,
    text: str,
    *,
    anchor: str = "middle",
    strong: bool = False,
    on: str | None = None,
) -> Element:
    classes = " ".join(["strong"] * strong + [f"on {on}"] * (on is not None)) or None
    return el("text", text, x=_n(x), y=_n(y), text_anchor=anchor, class_=classes)


def _drawing(
    parts: Sequence[Element], width: float, height: float, title: str, about: str
) -> Element:
    """Return a drawing that is named and described for those who do not see it."""
    return el(
        "svg", el("title", title), el("desc", about), *parts,
        viewBox=f"0 0 {_n(width)} {_n(height)}", role="img", aria_label=f"{title}. {about}",
        direction="ltr", class_="chart",
    )  # fmt: skip


def _ticks(top: float) -> list[float]:
    """Return round numbers from 0 to the top of an axis."""
    step = next(
        unit * 10.0**power
        for power in range(12)
        for unit in (1, 2, 5)
        if top / (unit * 10.0**power) <= 5
    )
    return [step * k for k in range(int(top / step + 1e-9) + 1)]


def _top_of(highest: float) -> float:
    """Return the round number at which an axis of counts ends."""
    step = _ticks(max(highest, 1.0))[1] if highest > 1 else 1.0
    return step * math.ceil(max(highest, 1.0) / step)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
