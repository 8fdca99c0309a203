"""
Break a formula at a time and see that a test notices.

    python tools/mutations.py                 all of them; prints a table, exit code 1 if one survives
    python tools/mutations.py Garwood scan    those whose name holds a word
    python tools/mutations.py --list          their names

Each mutation is one small change to one file of a copy of the package; the tests named beside it are
run on the copy and must fail. What is heavy is imported once: every mutation is tried in a fork.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path("src/frontier_geo")
#: Imported before forking, so that each fork has them already.
HEAVY = (
    "geopandas", "hypothesis", "pandas", "pyarrow", "pytest", "scipy.stats", "shapely", "statsmodels.api",
)  # fmt: skip
KILLED, SURVIVED, NOT_RUN = "killed", "SURVIVED", "NOT RUN"


@dataclass(frozen=True)
class Mutation:
    """
    A formula, how it is broken, and who must notice.

    Attributes
    ----------
    name : str
        The formula, and what is wrong with it now.
    file : str
        Below the package.
    before, after : str
        What stands there, once; and what is put in its place.
    tests : str
        Arguments of pytest, or a file of ``tests/js`` for node.
    """

    name: str
    file: str
    before: str
    after: str
    tests: str


M = Mutation
MUTATIONS = (
    M("geodesy: chainage on a sphere", "geodesy.py",
      'WGS84 if ellipsoid == "WGS84" else Geod(ellps=ellipsoid)', 'Geod(ellps="sphere")',
      "tests/test_geodesy.py -k quadrant"),
    M("geodesy: the pole as far from the centre as the equator", "geodesy.py",
      "radius * (1.0 - ES) * sin_lat", "radius * sin_lat", "tests/test_geodesy.py -k earth_centred"),
    M("chainage: legs added up from the wrong end", "geodesy.py",
      "np.cumsum(geod.line_lengths(lon, lat))))", "np.cumsum(geod.line_lengths(lon, lat)[::-1])))",
      "tests/test_geodesy.py -k geographiclib"),
    M("offset: the sign turned round", "_edges.py",
      "np.where(sign > 0.0, foot.distance, np.where(sign < 0.0, -foot.distance, 0.0))",
      "np.where(sign < 0.0, foot.distance, np.where(sign > 0.0, -foot.distance, 0.0))",
      "tests/test_chainage.py -k sign_of_the_side"),
    M("side: left and right exchanged", "_nearest.py",
      "offset > 0.0, np.int8(1)", "offset < 0.0, np.int8(1)",
      "tests/test_locating.py -k side"),
    M("side: certain however far off the point may be", "locating.py",
      "    reach += own\n", "", "tests/test_locating.py -k uncertain_within"),
    M("segments: the upper end belongs to both", "segments.py",
      "n += at >= following[n]", "n += at > following[n]", "tests/test_segments.py -k plain_search"),
    M("segments: the same, for few places", "segments.py",
      'n = np.searchsorted(start, at, side="right")', 'n = np.searchsorted(start, at, side="left")',
      "tests/test_segments.py -k upper_one"),
    M("segments: the last one is open", "segments.py",
      "np.nextafter(stop[-1] + 1e-9, np.inf)", "stop[-1]", "tests/test_segments.py -k plain_search"),
    M("official kilometres: the other way round", "boundary.py",
      "return _piecewise(chainage_km, *np.transpose(self.stations))",
      "return _piecewise(chainage_km, *np.transpose(self.stations)[::-1])",
      "tests/test_boundary.py -k calibration"),
    M("weights: 90 % taken for 95 %", "locating.py",
      "-2.0 * math.log(0.05)", "-2.0 * math.log(0.10)", "tests/test_weighting.py -k differences_of_phi"),
    M("weights: a stretch shared by number of segments", "weighting.py",
      "share = overlap / (stop - start)[place]", "share = 1.0 / many[place]",
      "tests/test_locating.py -k spread_evenly"),
    M("distance in words: a range taken for its longer end", "relative.py",
      "(low + high) / 2 * unit_km, (high - low)", "high * unit_km, (high - low)",
      "tests/test_relative.py -k range_of_km"),
    M("period: the last day left out", "selection.py",
      "(self.end - self.begin).days + 1", "(self.end - self.begin).days",
      "tests/test_selection.py -k part_of_a_window"),
    M("period: events half in it count whole", "selection.py",
      "inside.clip(lower=0) / days.clip(lower=1)", "(inside > 0).astype(float)",
      "tests/test_selection.py -k part_of_a_window"),
    M("exposure: without the time observed", "rates/per_segment.py",
      'segments["length_km"].to_numpy(dtype=float) * chosen.years',
      'segments["length_km"].to_numpy(dtype=float) * 1.0',
      "tests/rates/test_per_segment.py -k by_hand"),
    M("Garwood: both limits at twice the level", "rates/intervals.py",
      "alpha=2 * tail)\n    return np.broadcast_to(low", "alpha=tail)\n    return np.broadcast_to(low",
      "tests/rates/test_intervals.py -k garwood"),
    M("empirical Bayes: not weighed by exposure", "rates/smoothing.py",
      "(observed * (rate - mean) ** 2).sum() / over", "((rate - mean) ** 2).mean()",
      "tests/rates/test_smoothing.py -k north_carolina"),
    M("empirical Bayes: shrunk by the wrong share", "rates/smoothing.py",
      "mean + weight * (rate - mean)", "rate + weight * (mean - rate)",
      "tests/rates/test_smoothing.py -k worked_by_hand"),
    M("Rubin: without the share for few tables", "imputation.py",
      "extra = (1 + 1 / m) * between", "extra = between", "tests/test_imputation.py -k rubins"),
    M("kernel: half-width of Epanechnikov", "density/kernels.py",
      'Kernel("epanechnikov", math.sqrt(5.0)', 'Kernel("epanechnikov", math.sqrt(6.0)',
      "tests/density/test_kernels.py -k standard_deviation_one"),
    M("kernel: no mass comes back at the ends", "density/kernels.py",
      "            found.append((-1.0, shift))\n", "            pass\n",
      "tests/density/test_kernels.py -k whole_mass"),
    M("Gi*: variance with the divisor n", "hotspots/getis_ord.py",
      "spread * many * (size - many) / (size - 1)", "spread * many * (size - many) / size",
      "tests/hotspots/test_getis_ord.py -k sids"),
    M("Gi* of counts: Poisson for binomial", "hotspots/getis_ord.py",
      "total * part * (1 - part)", "total * part", "tests/hotspots/test_getis_ord.py -k unequal"),
    M("Moran: expected to be 0", "hotspots/moran_i.py",
      "expected = -1.0 / (n - 1)\n", "expected = 0.0\n", "tests/hotspots/test_moran_i.py -k sids"),
    M("scan: the ratio without what lies outside", "scan/ratio.py",
      "np.maximum(inside + outside, 0.0), c, e", "np.maximum(inside, 0.0), c, e",
      "tests/scan/test_engine.py -k published_ratios"),
    M("simulated p: what was seen does not count", "significance.py",
      "(1.0 + as_large) / (1.0 + len(drawn))", "as_large / len(drawn)",
      "tests/test_significance.py -k never_zero"),
    M("false discoveries: one method for all", "significance.py",
      "multipletests(p[tested], method=method)", 'multipletests(p[tested], method="holm")',
      "tests/test_significance.py -k those_of_r"),
    M("Knox: pairs counted twice", "spacetime/interaction.py",
      "pairs = n * (n - 1) // 2", "pairs = n * (n - 1)",
      "tests/spacetime/test_interaction.py -k burkitt_is"),
    M("displacement: variance without the control", "spacetime/displacement.py",
      "by_area[..., :2].sum(axis=-1)", "by_area[..., :1].sum(axis=-1)",
      "tests/spacetime/test_displacement.py -k the_paper"),
    M("PAI: not divided by the share of length", "evaluation/ranking.py",
      "captured / total / share, captured / best", "captured / total, captured / best",
      "tests/evaluation/test_scores.py -k pai_is"),
    M("PEI: against all events, not the best choice", "evaluation/ranking.py",
      "share, captured / best, predicted", "share, captured / total, predicted",
      "tests/evaluation/test_scores.py -k pei_is"),
    M("CRPS: each draw paired with one too many", "evaluation/scores.py",
      "2 * np.arange(1, m + 1) - m - 1", "2 * np.arange(1, m + 1) - m",
      "tests/evaluation/test_scores.py -k ensemble"),
    M("matching: odds turned round", "match_scores.py",
      "score = 1 / (1 + np.exp(-odds))", "score = 1 / (1 + np.exp(odds))",
      "tests/test_matching.py -k nearer_is_taken"),
    M("suppression: one blank alone protects itself", "rates/suppression.py",
      "return self.small | self.protecting", "return self.small",
      "tests/rates/test_suppression.py -k from_the_total"),
    M("page: an incident of a share counts whole", "maps/assets/src/stats/tally.js",
      "Math.min(1, inside / (span + 1))", "1", "tests/js/tally.test.js"),
    M("page: Garwood's limits", "maps/assets/src/stats/poisson.js",
      "term *= x / k;", "term *= x / (k + 1);", "tests/js/poisson.test.js"),
)  # fmt: skip


def copy_of_the_package(folder: Path) -> Path:
    """Copy the package, and link the data and the tests beside it; return the copy's root."""
    shutil.copytree(ROOT / PACKAGE, folder / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests" / "js", folder / "tests" / "js")
    (folder / "data").symlink_to(ROOT / "data")
    (folder / "package.json").symlink_to(ROOT / "package.json")
    return folder


@contextlib.contextmanager
def broken(root: Path, one: Mutation):
    """Put a mutation into the copy, and take it out again."""
    path = root / PACKAGE / one.file
    text = path.read_text(encoding="utf-8")
    found = text.count(one.before)
    if found != 1:
        raise ValueError(f"{one.name}: {one.file} holds {one.before!r} {found} times, not once.")
    path.write_text(text.replace(one.before, one.after), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(text, encoding="utf-8")


def tried(root: Path, tests: str) -> int:
    """Run tests on the copy; return 0 where they pass, 1 where one fails, else another number."""
    if tests.endswith(".js"):
        done = subprocess.run(["node", "--test", tests], cwd=root, capture_output=True, check=False)
        return min(done.returncode, 1)
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 70
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        sys.path.insert(0, str(root / "src"))
        import pytest

        file, *more = tests.split()
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", f"--rootdir={ROOT}"]
        code = int(pytest.main([str(ROOT / file), *more, *options]))
    finally:
        os._exit(code)


def verdict(root: Path, one: Mutation) -> str:
    """Say whether a mutation is noticed."""
    with broken(root, one):
        code = tried(root, one.tests)
    return {0: SURVIVED, 1: KILLED}.get(code, NOT_RUN)


def run(chosen: Sequence[Mutation], *, tell: bool = True) -> dict[str, str]:
    """Try mutations one after the other; return what became of each."""
    sys.dont_write_bytecode = True
    for name in HEAVY:
        importlib.import_module(name)
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = copy_of_the_package(Path(folder))
        for one in chosen:
            began = time.perf_counter()
            found[one.name] = verdict(root, one)
            if tell:
                took = f"{time.perf_counter() - began:5.1f} s"
                print(f"{found[one.name]:<9}{took}  {one.name:<60}{one.tests}", flush=True)
    return found


def main(words: Sequence[str]) -> int:
    """Try the mutations whose names hold one of the words; return the exit code."""
    if "--list" in words:
        print("\n".join(one.name for one in MUTATIONS))
        return 0
    chosen = [one for one in MUTATIONS if not words or any(word in one.name for word in words)]
    if not chosen:
        print(f"No mutation has a name with {' or '.join(words)}.", file=sys.stderr)
        return 2
    found = run(chosen)
    missed = [name for name, became in found.items() if became != KILLED]
    print(f"{len(found) - len(missed)} of {len(found)} mutations killed.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
