"""
The 17 patterns of emerging hot spots: the truth table, and the one function that reads it.

The words are those of the space-time pattern mining tools of ArcGIS; the rules are spelled out here,
since programs that use the words disagree about what they mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from frontier_geo.errors import ParameterError
from frontier_geo.significance import check_level

__all__ = ["PATTERNS", "TRUTH_TABLE", "Pattern", "classify_pattern"]

NO_PATTERN = "no pattern"
EXAMPLE_TREND = {"rising": 1, "falling": -1}


@dataclass(frozen=True)
class Pattern:
    """
    One row of the truth table: n steps, h of them hot, c cold.

    Attributes
    ----------
    name : str
    last : str
        What the last step must be.
    many : str
        How many steps must be hot, or cold.
    before : str
        What must hold for the other steps.
    trend : str
        What must hold for the trend of the neighbourhood's sums.
    example : str
        Steps that make this pattern, oldest first: H hot, C cold, a dot neither.
    """

    name: str
    last: str
    many: str
    before: str
    trend: str
    example: str

    @property
    def example_bins(self) -> list[int]:
        """The steps of the example as `classify_pattern` takes them."""
        return [{"H": 1, "C": -1, ".": 0}[letter] for letter in self.example]

    @property
    def example_trend(self) -> int:
        """The trend that goes with the example."""
        return EXAMPLE_TREND.get(self.trend, 0)


#: What must hold for a spot: {hot} and {cold} change places for cold ones, as do {up} and {down}.
_RULES = (
    ("new", "{hot}", "{h} = 1", "never {hot}", "any", ".........H"),
    ("consecutive", "{hot}", "2 ≤ {h} < 0.9 n", "{hot} steps are one run", "any", ".......HHH"),
    ("intensifying", "{hot}", "{h} ≥ 0.9 n", "any", "{up}", ".HHHHHHHHH"),
    ("persistent", "{hot}", "{h} ≥ 0.9 n", "any", "none", "HHHH.HHHHH"),
    ("diminishing", "{hot}", "{h} ≥ 0.9 n", "any", "{down}", "HHHHHHHHHH"),
    ("sporadic", "{hot}", "2 ≤ {h} < 0.9 n", "several runs, never {cold}", "any", ".H..HH...H"),
    ("oscillating", "{hot}", "2 ≤ {h} < 0.9 n", "several runs, once {cold}", "any", ".H.CC....H"),
    ("historical", "not {hot}", "{h} ≥ 0.9 n", "any", "any", "HHHHHHHHH."),
)
_HOT = {"hot": "hot", "cold": "cold", "h": "h", "up": "rising", "down": "falling"}
_COLD = {"hot": "cold", "cold": "hot", "h": "c", "up": "falling", "down": "rising"}
_SWAP = str.maketrans("HC", "CH")


def _pattern(rule: tuple[str, ...], words: dict[str, str]) -> Pattern:
    """Return a rule as one of hot, or of cold spots."""
    name, *texts, example = rule
    last, many, before, trend = (text.format(**words) for text in texts)
    steps = example if words is _HOT else example.translate(_SWAP)
    return Pattern(f"{name} {words['hot']} spot", last, many, before, trend, steps)


#: The 17 patterns, in the order in which they are tried.
TRUTH_TABLE: tuple[Pattern, ...] = (
    *(_pattern(rule, _HOT) for rule in _RULES),
    *(_pattern(rule, _COLD) for rule in _RULES),
    Pattern(NO_PATTERN, "any", "any", "none of the above", "any", ".HH.C....."),
)
PATTERNS = tuple(pattern.name for pattern in TRUTH_TABLE)


def classify_pattern(
    bins: Sequence[int] | ArrayLike, trend: int = 0, *, persistence: float = 0.9
) -> str:
    """
    Return which of the 17 patterns the steps of one segment make.

    Parameters
    ----------
    bins : sequence of int
        For each step, oldest first: 1 hot, -1 cold, 0 neither.
    trend : {1, 0, -1}, default 0
        Whether the neighbourhood's sums rise or fall significantly over the steps.
    persistence : float, default 0.9
        The share of steps from which on a spot is lasting.

    Returns
    -------
    str
        One of `PATTERNS`.

    Raises
    ------
    ParameterError
        If there is no step, or a number is another.

    Notes
    -----
    The words of the 17 patterns are those of the space-time pattern mining tools of ArcGIS. Where
    they leave a case open, or claim it twice, this holds: a pattern further up in `TRUTH_TABLE` goes
    first, so that a single hot step at the end, or a single run of them, is new or consecutive though
    the segment was cold before; lasting ones are persistent only when the last step is hot, else
    historical; a cold spot intensifies as there is less and less.

    References
    ----------
    Esri, How Emerging Hot Spot Analysis works, the definitions of its categories.
    https://pro.arcgis.com/en/pro-app/latest/tool-reference/space-time-pattern-mining/learnmoreemerging.htm

    Examples
    --------
    >>> classify_pattern([0, 0, 0, 0, 0, 0, 0, 0, 1, 1])
    'consecutive hot spot'
    >>> classify_pattern([-1] * 10, trend=-1)
    'intensifying cold spot'
    """
    steps = np.asarray(bins)
    if steps.ndim != 1 or not steps.size or not np.isin(steps, (-1, 0, 1)).all():
        raise ParameterError(f"bins must be 1, 0 or -1 for each step, but are {bins!r}.")
    if trend not in (-1, 0, 1):
        raise ParameterError(f"trend must be 1, 0 or -1, but is {trend!r}.")
    share = check_level(persistence, name="persistence")
    for side, word in ((1, "hot spot"), (-1, "cold spot")):
        name = _one_side(steps * side, trend * side, share)
        if name is not None:
            return f"{name} {word}"
    return NO_PATTERN


def _one_side(steps: NDArray[np.int_], trend: int, persistence: float) -> str | None:
    """Return the pattern of hot spots that steps make, if any."""
    hot = steps == 1
    many = int(hot.sum())
    lasting = many >= persistence * steps.size - 1e-9
    if not hot[-1]:
        return "historical" if lasting and many else None
    if many == 1:
        return "new"
    if lasting:
        return {1: "intensifying", 0: "persistent", -1: "diminishing"}[trend]
    if hot[-many:].all():
        return "consecutive"
    return "oscillating" if (steps == -1).any() else "sporadic"
