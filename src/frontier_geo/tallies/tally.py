"""
What chunks of points add up to.

Numbers of points add up exactly, whatever the order of the chunks; expected numbers and the moments of
the density to the rounding of sums.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray

if TYPE_CHECKING:
    from frontier_geo.tallies.plan import Plan

__all__ = ["EXAMPLES", "PLACEMENTS", "REASONS", "SIDES", "Reason", "Tally", "density_moments"]

IntArray = NDArray[np.int64]

#: What becomes of a point, by code.
PLACEMENTS = ("point", "off_border", "rejected")
#: Why a point is rejected, by code.
REASONS = (
    "its longitude or latitude is missing or not finite",
    "its longitude or latitude is out of range (degrees on WGS84 are needed)",
    "its longitude or latitude is not a number",
    "its longitude and latitude look swapped",
    "its geometry is missing or empty",
    "its geometry is not a point",
    "its uncertainty is not a number of 0 or more",
)
SIDES = 3  # left, right, neither
EXAMPLES = 5  # rejected rows that a tally remembers


class Reason:
    """Codes of `REASONS`, and of none."""

    MISSING, RANGE, NUMBER, SWAPPED, NO_GEOMETRY, NO_POINT, UNCERTAINTY = range(len(REASONS))
    NONE = -1


@dataclass(frozen=True, eq=False)
class Tally:
    """
    What a chunk of points adds up to; ``a + b`` is the tally of both.

    Attributes
    ----------
    rows : int
        Points, of which `rejected` could not be used.
    off_border : int
        Farther from the line than `max_distance_km`.
    beyond_end : int
        Of those on the border, how many lie past an end of the line.
    elsewhere : int
        On the border, but on none of the segments.
    rejected : ndarray of int, shape (number of REASONS,)
    events : ndarray of int, shape (n_segments, 3)
        Points of each segment on the left of the line, on its right, on neither side.
    expected, unsure : ndarray of float, shape (n_segments,) or (0,)
        Sum of the points' probabilities p on each segment, and of p (1 - p); empty without a column
        of uncertainties.
    bin_count, bin_place : ndarray of float, shape (bins,) or (0,)
        Moments of the density; empty where none is wanted.
    examples : ndarray of float, shape (5, 4)
        The first rejected rows: number, code of the reason, longitude, latitude; infinite where
        there are fewer.
    """

    rows: int
    off_border: int
    beyond_end: int
    elsewhere: int
    rejected: IntArray
    events: IntArray
    expected: FloatArray
    unsure: FloatArray
    bin_count: FloatArray
    bin_place: FloatArray
    examples: FloatArray

    @classmethod
    def empty(cls, plan: Plan) -> Tally:
        """Return the tally of no points."""
        n = plan.n_segments if plan.uncertainty is not None else 0
        bins = density_moments(np.empty(0), plan)
        return cls(
            rows=0, off_border=0, beyond_end=0, elsewhere=0,
            rejected=np.zeros(len(REASONS), dtype=np.int64),
            events=np.zeros((plan.n_segments, SIDES), dtype=np.int64),
            expected=np.zeros(n), unsure=np.zeros(n), bin_count=bins[0], bin_place=bins[1],
            examples=np.full((EXAMPLES, 4), np.inf),
        )  # fmt: skip

    def __add__(self, other: Tally) -> Tally:
        summed = {
            each.name: getattr(self, each.name) + getattr(other, each.name)
            for each in fields(self)
            if each.name != "examples"
        }
        both = np.concatenate((self.examples, other.examples))
        first = both[np.argsort(both[:, 0], kind="stable")][:EXAMPLES]
        return Tally(**summed, examples=first)

    @property
    def located(self) -> int:
        """Points on the border."""
        return self.rows - self.off_border - int(self.rejected.sum())

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return all of it as arrays by name, such as for `numpy.savez`."""
        return {each.name: np.asarray(getattr(self, each.name)) for each in fields(self)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Tally:
        """Return the tally of such arrays."""
        found: dict[str, Any] = {each.name: np.asarray(arrays[each.name]) for each in fields(cls)}
        values: dict[str, Any] = {name: a if a.ndim else int(a) for name, a in found.items()}
        return cls(**values)

    def account(self) -> dict[str, Any]:
        """Return what became of all points, in plain numbers."""
        return {
            "rows": self.rows,
            "located": self.located,
            "off_border": self.off_border,
            "rejected": int(self.rejected.sum()),
            "rejected_because": {
                why: int(n) for why, n in zip(REASONS, self.rejected, strict=True) if n
            },
            "counted": int(self.events.sum()),
            "beyond_end": self.beyond_end,
            "on_none_of_the_segments": self.elsewhere,
        }


def density_moments(chainage_km: FloatArray, plan: Plan) -> tuple[FloatArray, FloatArray]:
    """Return number and mean place of points in the bins of the density; nothing without a bandwidth."""
    if plan.bandwidth_km is None:
        return np.empty(0), np.empty(0)
    from frontier_geo.density.kernel_sums import bin_moments

    return bin_moments(
        chainage_km, None, plan.bandwidth_km, length=plan.boundary.length_km, engine=plan.engine
    )
