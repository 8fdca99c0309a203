"""The table of validation holds, and no stored reference value is left out of it."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pytest

from .docs_helpers import ROOT

REFERENCE = ROOT / "tests" / "reference"
#: Stored values that are no row of the table, and why. A star stands for any key.
NOT_IN_THE_TABLE = {
    ("density_python.json", "length_km"): "of the line, the same as in density_spatstat.json",
    ("density_python.json", "n"): "the number of events",
    ("density_python.json", "late"): "the number of events",
    ("density_spatstat.json", "path", "length"): "of the path; tests/density/test_curve.py",
    ("density_spatstat.json", "path", "bw_lppl_euclidean"): "a measure in the plane",
    ("density_spatstat.json", "path", "bw_lppl_path"): "not comparable; see tests/reference/README.md",
    ("density_spatstat.json", "border", "n"): "the number of events",
    ("density_spatstat.json", "dendrite", "network_length"): "of a network that branches",
    ("density_spatstat.json", "dendrite", "network_n"): "of a network that branches",
    ("density_spatstat.json", "dendrite", "max_degree"): "of the path: it does not branch",
    ("density_spatstat.json", "networks"): "networks that branch",
    ("hotspots_data.json", "*", "source"): "words",
    ("hotspots_data.json", "border", "exposure"): "lengths of the segments",
    ("hotspots_data.json", "*", "exposure"): "none",
    ("scan_r.json", "maxima"): "simulated; tests/scan/test_engine.py, within their error",
    ("scan_r.json", "circles_degrees"): "circles of tracts; tests/scan/test_engine.py",
    ("scan_r.json", "circles_metres"): "circles of tracts; tests/scan/test_engine.py",
    ("scan_naus.json", "error"): "words",
    ("spacetime_py.json", "n_west"): "the number of events",
    ("spacetime_r.json", "january"): "tests/spacetime/test_seasons.py",
    ("evaluation_r.json", "spread"): "tests/evaluation/test_forecasting.py",
    ("rates_sids2.json", "about"): "words",
}  # fmt: skip
ABOUT = {
    "made_by", "command", "program", "programs", "versions", "python", "R", "surveillance", "MASS",
    "scoringrules", "pandas", "numpy", "permutations", "seed",
}  # fmt: skip


@pytest.fixture(scope="module")
def validation():
    sys.path.insert(0, str(ROOT / "tools"))
    import validation

    yield validation
    sys.path.remove(str(ROOT / "tools"))


@pytest.fixture(scope="module")
def rows(validation):
    return validation.comparisons()


def test_every_comparison_holds(rows):
    """Their numbers, ours worked out now, within a tolerance that has a reason."""
    assert [(one.method, one.source, one.difference) for one in rows if not one.holds] == []
    assert len(rows) >= 130
    assert sum(one.theirs.size for one in rows) > 15_000
    for one in rows:
        assert one.theirs.shape == one.ours.shape and one.theirs.ndim == 1, one.method
        assert one.why and (one.rtol or one.atol or one.difference == 0), one.method


def test_a_difference_is_seen(validation, rows):
    """A row with one number off by a little more than it may does not hold, and the page says so."""
    from dataclasses import replace

    one = next(row for row in rows if row.rtol == 0 and row.atol and row.theirs.size > 1)
    off = one.theirs.copy()
    off[-1] += 1.01 * one.atol
    bad = replace(one, ours=off)
    assert not bad.holds and bad.difference == pytest.approx(1.01 * one.atol)
    assert "**does not hold**" in validation.markdown([bad])
    nothing = replace(one, ours=np.full(one.theirs.shape, np.nan))
    assert not nothing.holds


def leaves(value: Any, path: tuple[str, ...] = ()):
    """Return the paths to the lists and numbers of a stored file."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    else:
        yield path


def test_no_stored_value_is_left_out(rows):
    """Every list and number of tests/reference is asked for, or stands above with its reason."""
    from validation.stored import SEEN

    left_out = []
    used = set()
    for file in sorted(REFERENCE.glob("*.json")):
        for path in leaves(json.loads(file.read_text(encoding="utf-8"))):
            if path[0] in ABOUT:
                continue
            full = (file.name, *path)
            if any(full[: len(seen)] == seen or seen[: len(full)] == full for seen in SEEN):
                continue
            reason = [
                rule
                for rule in NOT_IN_THE_TABLE
                if all(a in ("*", b) for a, b in zip(rule, full, strict=False))
                and len(rule) <= len(full)
            ]
            used |= set(reason)
            if not reason:
                left_out.append(full)
    assert left_out == []
    assert set(NOT_IN_THE_TABLE) - used == set(), "these are in the table"
    asked = {seen[0] for seen in SEEN}
    for file in REFERENCE.glob("*.csv"):
        assert file.name in asked or file.name == "places.csv", file.name  # a gold set of its own


def test_the_functions_named_are_public_or_there(rows):
    import importlib

    for call in {one.call for one in rows}:
        module, _, name = call.partition(".")
        assert callable(getattr(importlib.import_module(f"frontier_geo.{module}"), name)), call
