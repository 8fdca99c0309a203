"""Reference values as they are stored, and one comparison with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

__all__ = [
    "DIGITS",
    "ROUNDING",
    "SEEN",
    "Comparison",
    "numbers",
    "program",
    "reference",
    "stored",
    "table",
]

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT / "tests" / "reference"

#: What was asked for, so that a test can tell what was not: file, and the keys that lead to the value.
SEEN: set[tuple[str, ...]] = set()


@dataclass(frozen=True)
class Comparison:
    """
    One method, with their numbers and ours.

    Attributes
    ----------
    subject : str
        Heading under which it stands.
    method : str
        What was computed, in words.
    call : str
        The function of this library, with its package.
    source : str
        Program and version, or publication.
    theirs, ours : ndarray of float64, shape (n,)
        Numbers in the same order. NaN in both counts as equal.
    rtol, atol : float
        A difference may be ``atol + rtol * abs(theirs)``.
    why : str
        Where the tolerance comes from.
    """

    subject: str
    method: str
    call: str
    source: str
    theirs: np.ndarray
    ours: np.ndarray
    rtol: float
    atol: float
    why: str

    @property
    def difference(self) -> float:
        """Largest absolute difference."""
        with np.errstate(invalid="ignore"):  # infinite in both
            apart = np.abs(self.ours - self.theirs)
        same = (self.ours == self.theirs) | (np.isnan(self.ours) & np.isnan(self.theirs))
        return float(np.where(same, 0.0, apart).max())

    @property
    def holds(self) -> bool:
        """Whether every difference is within the tolerance."""
        return bool(
            np.allclose(self.ours, self.theirs, rtol=self.rtol, atol=self.atol, equal_nan=True)
        )


def reference(name: str, *keys: str | int) -> Any:
    """Return one stored value, and note that it was used."""
    SEEN.add((name, *(str(key) for key in keys)))
    value = stored(name)
    for key in keys:
        value = value[key]
    return value


@cache
def stored(name: str) -> Any:
    return json.loads((REFERENCE / name).read_text(encoding="utf-8"))


@cache
def table(name: str) -> pd.DataFrame:
    """Return one stored CSV file."""
    SEEN.add((name,))
    return pd.read_csv(REFERENCE / name)


def numbers(*values: Any) -> np.ndarray:
    """Join numbers and lists of them; R writes Inf and NaN as words."""
    return np.concatenate([np.atleast_1d(np.asarray(v, dtype=float)).ravel() for v in values])


PROGRAMS: Mapping[str, Callable[[], str]] = {
    "R": lambda: f"R {stored('rates_r.json')['versions']['R']}",
    "spdep": lambda: f"R spdep {stored('rates_r.json')['versions']['spdep']}",
    "epitools": lambda: f"R epitools {stored('rates_r.json')['versions']['epitools']}",
    "esda": lambda: f"esda {stored('rates_python.json')['versions']['esda']}",
    "scipy": lambda: f"scipy {stored('rates_python.json')['versions']['scipy']}",
    "statsmodels": lambda: (
        f"statsmodels {stored('rates_python.json')['versions']['statsmodels']}"
    ),
    "spatstat": lambda: (
        f"R spatstat.linnet {stored('density_spatstat.json')['programs']['spatstat.linnet']}"
    ),
    "MASS": lambda: f"R MASS {stored('density_spatstat.json')['programs']['MASS']}",
    "KDEpy": lambda: f"KDEpy {stored('density_python.json')['programs']['KDEpy']}",
    "pointpats": lambda: f"pointpats {stored('spacetime_py.json')['versions']['pointpats']}",
    "pymannkendall": lambda: (
        f"pymannkendall {stored('spacetime_py.json')['versions']['pymannkendall']}"
    ),
    "ruptures": lambda: f"ruptures {stored('spacetime_py.json')['versions']['ruptures']}",
    "surveillance": lambda: (
        f"R surveillance {stored('evaluation_r.json')['surveillance']}"
    ),
    "strucchange": lambda: (
        f"R strucchange {stored('spacetime_r.json')['versions']['strucchange']}"
    ),
    "scoringrules": lambda: f"scoringrules {stored('evaluation_python.json')['scoringrules']}",
    "pandas": lambda: f"pandas {stored('evaluation_python.json')['pandas']}",
}  # fmt: skip


def program(*names: str) -> str:
    """Return programs with the versions that made the stored numbers."""
    return ", ".join(PROGRAMS[name]() for name in names)


ROUNDING = "the same arithmetic in another order"
DIGITS = "the digits that were stored or printed"
