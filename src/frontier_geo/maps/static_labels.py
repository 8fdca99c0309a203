"""Labels of the static picture: how wide text is, and where there is room for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np

from frontier_geo._validation import FloatArray

__all__ = ["Placer", "spread", "text_width", "wrapped"]

_SPACES = re.compile(r"[^\S\u00a0]+")  # where a line may break
#: Signs around words that run in their own direction.
OPEN, CLOSE = "\u2068", "\u2069"
MEASURED = 100  # points, at which letters are measured; at small sizes they are rounded


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in points."""
    from matplotlib.ft2font import LoadFlags

    font = _font(bold)
    font.set_size(MEASURED, 72)
    font.set_text(text, 0.0, flags=LoadFlags.NO_HINTING)
    return float(font.get_width_height()[0]) / 64 * size / MEASURED


@cache
def _font(bold: bool) -> Any:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return get_font(
        findfont(FontProperties(family=["DejaVu Sans"], weight="bold" if bold else "normal"))
    )


def wrapped(text: str, width: float, size: float, bold: bool = False) -> list[str]:
    """
    Break text into lines no wider than so many points; a longer word is cut where it must be.

    Examples
    --------
    >>> wrapped("one two three", 30, 6)
    ['one two', 'three']
    """
    lines: list[str] = []
    line = ""
    for word in _SPACES.split(text.strip()):
        trial = f"{line} {word}" if line else word
        if text_width(trial, size, bold) <= width:
            line = trial
            continue
        lines += [line] if line else []
        line = word
        while text_width(line, size, bold) > width and len(line) > 1:
            cut = _fitting(line, width, size, bold)
            lines.append(line[:cut])
            line = line[cut:]
    return _apart([*lines, line] if line else lines)


def _apart(lines: list[str]) -> list[str]:
    """Set apart on each of its lines what was set apart as a whole: a line is drawn by itself."""
    told, start = [], ""
    for line in lines:
        whole = start + line
        start = OPEN * (whole.count(OPEN) - whole.count(CLOSE))
        told.append(whole + CLOSE * len(start))
    return told


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> FloatArray | None:
    """
    Move points of a line apart until all are `gap` from the next, as little as possible.

    Parameters
    ----------
    wanted : sequence of float
        Where they would be, ascending.
    gap, low, high : float
        Least distance, and the ends that none may pass.

    Returns
    -------
    ndarray of float, or None where there is no room for all

    Examples
    --------
    >>> spread([0.0, 1.0, 10.0], 2.0, 0.0, 20.0)
    array([ 0.,  2., 10.])
    """
    n = len(wanted)
    if n == 0:
        return np.zeros(0)
    if (n - 1) * gap > high - low:
        return None
    # Without its gaps the task is a monotone regression: pool the neighbours that are out of order.
    level = np.asarray(wanted, dtype=float) - gap * np.arange(n)
    groups: list[list[float]] = []
    for value in level:
        groups.append([value, 1.0])
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            mean, size = groups.pop()
            before = groups[-1]
            before[0] = (before[0] * before[1] + mean * size) / (before[1] + size)
            before[1] += size
    flat = np.concatenate([np.full(int(size), mean) for mean, size in groups])
    return np.clip(flat, low, high - (n - 1) * gap) + gap * np.arange(n)


class Placer:
    """
    Keeps account of what is taken on a sheet, so that nothing is written over it.

    Parameters
    ----------
    width, height : float
        Of the sheet, in points.
    """

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._boxes: list[FloatArray] = []
        self._points = np.zeros((0, 3))

    def block_box(self, x0: float, y0: float, x1: float, y1: float) -> None:
        """Take a rectangle."""
        self._boxes.append(np.array([x0, y0, x1, y1]))

    def block_points(self, xy: FloatArray, radius: float) -> None:
        """Take a circle around each point."""
        self._points = np.vstack((self._points, np.column_stack((xy, np.full(len(xy), radius)))))

    def is_free(self, x0: float, y0: float, x1: float, y1: float) -> bool:
        """Say whether a rectangle lies on the sheet and touches nothing."""
        if x0 < 1 or y0 < 1 or x1 > self.width - 1 or y1 > self.height - 1:
            return False
        if self._boxes:
            b = np.array(self._boxes)
            if ((b[:, 0] < x1) & (b[:, 2] > x0) & (b[:, 1] < y1) & (b[:, 3] > y0)).any():
                return False
        x, y, r = self._points.T
        near = np.hypot(x - np.clip(x, x0, x1), y - np.clip(y, y0, y1)) < r
        return not near.any()

    def place(
        self, spots: Iterable[tuple[float, float]], width: float, height: float
    ) -> tuple[float, float] | None:
        """
        Take the first of several spots that is free.

        Parameters
        ----------
        spots : iterable of (float, float)
            Lower left corners, the best first.
        width, height : float
            Of what is to be placed.

        Returns
        -------
        (float, float) or None
        """
        for x, y in spots:
            if self.is_free(x, y, x + width, y + height):
                self.block_box(x, y, x + width, y + height)
                return x, y
        return None


def _fitting(word: str, width: float, size: float, bold: bool) -> int:
    """Return how many letters of a word fit, at least one."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        if text_width(word[:middle], size, bold) <= width:
            low = middle
        else:
            high = middle - 1
    return low
