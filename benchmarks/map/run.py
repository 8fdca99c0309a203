"""
Measure the map page against its goals, and beside the best page that folium makes by itself.

Run: ``python -m benchmarks.map [--sizes 100 1000 ...] [--rounds 3] [--write]``. Every
round builds and opens each page once, ours and folium's by turns, in a browser with an empty profile;
figures are medians of the rounds. `--write` puts the tables into ``docs/map-benchmarks.md``. The exit
code is 1 when a goal is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil

from benchmarks.map.browser import open_folium, open_ours
from benchmarks.map.incidents import make_incidents
from benchmarks.map.report import Results, goals, report
from benchmarks.map.ways import build_folium, build_ours

ROOT = Path(__file__).resolve().parents[2]
SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
LEAST_ROUNDS = 3
MOST_FOR_FOLIUM = 100_000
HASHED = 1_000  # incidents of the two builds that must be alike
DOCUMENT = ROOT / "docs" / "map-benchmarks.md"


def measure(sizes: list[int], rounds: int, folder: Path) -> Results:
    """Build and open all pages, by turns."""
    results = Results(load=psutil.getloadavg()[0])
    for n in sizes:
        given = make_incidents(n)
        for number in range(rounds):
            built = build_ours(given, folder / f"ours-{n}.html")
            results.built["ours", n].append(built)
            if n <= MOST_FOR_FOLIUM:
                results.built["folium", n].append(build_folium(given, folder / f"folium-{n}.html"))
            tell(f"{n:,} incidents: built, round {number + 1}")
        del given
    for number in range(rounds):
        for n in sizes:
            results.opened["ours", n].append(open_ours(folder / f"ours-{n}.html"))
            if n <= MOST_FOR_FOLIUM:
                results.opened["folium", n].append(open_folium(folder / f"folium-{n}.html"))
            tell(f"{n:,} incidents: opened, round {number + 1}")
    results.hashes = [_hash_in_a_process(folder, seed) for seed in ("1", "2")]
    return results


def tell(text: str) -> None:
    """Say how far the run is, where a person looks on."""
    print(text, file=sys.stderr, flush=True)


def _hash_in_a_process(folder: Path, seed: str) -> str:
    """Return the checksum of a page that a process of its own has built."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.map", "--hash-into", str(folder / f"same-{seed}.html")],
        env={**os.environ, "PYTHONHASHSEED": seed}, cwd=ROOT, stdout=subprocess.PIPE, text=True,
        check=True,
    )  # fmt: skip
    return done.stdout.strip()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0].strip())
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES), help="incidents")
    parser.add_argument("--rounds", type=int, default=LEAST_ROUNDS, help=f"at least {LEAST_ROUNDS}")
    parser.add_argument("--write", action="store_true", help=f"write docs/{DOCUMENT.name}")
    parser.add_argument("--hash-into", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.hash_into is not None:
        print(build_ours(make_incidents(HASHED), given.hash_into).sha256)
        return 0
    if given.rounds < LEAST_ROUNDS:
        parser.error(f"--rounds must be {LEAST_ROUNDS} or more, but is {given.rounds}")
    with tempfile.TemporaryDirectory() as folder:
        results = measure(sorted(set(given.sizes)), given.rounds, Path(folder))
    text = report(results, given.rounds)
    print(text)
    if given.write:
        DOCUMENT.write_text(text, encoding="utf-8")
    return int(any(goal.met is False for goal in goals(results)))


if __name__ == "__main__":
    sys.exit(main())
