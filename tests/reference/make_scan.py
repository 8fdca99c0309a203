"""
Make the inputs of the scan's reference values, and those that come from simulation.

Run from the root of the repository, before make_scan.R: ``python tests/reference/make_scan.py``. It
writes

- scan_border.csv: the 135 segments of 10 km of the shipped border with the shipped incidents known to
  each (`events`), and one table drawn from the uncertain places (`drawn`; `late`: those of 2015 on);
- scan_events.csv: the same drawn incidents one by one, with segment, year and a place drawn evenly on
  the segment;
- scan_naus.json: how often a window held `count` events or more in simulated patterns.

The drawn table is data for arithmetic, not a finding.
"""

from __future__ import annotations

import json
import platform
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import frontier_geo as fg
from frontier_geo.errors import ResolutionWarning
from frontier_geo.series import draw_series, segment_series

HERE = Path(__file__).parent
FIXED = [(5, 8, 0.2), (6, 20, 0.05), (15, 35, 1 / 6), (4, 4, 0.3), (9, 60, 0.05)]
POISSON = [
    (3, 1.0, 2.0),
    (3, 1.0, 3.0),
    (2, 0.5, 3.0),
    (5, 2.0, 3.0),
    (6, 2.0, 10.0),
    (6, 0.6, 208.0),
]


def fullest(points: np.ndarray, count: int, window: float) -> np.ndarray:
    """Return whether some window holds so many of the points of each row (in rising order)."""
    if points.shape[1] < count:
        return np.zeros(len(points), dtype=bool)
    span = points[:, count - 1 :] - points[:, : points.shape[1] - count + 1]
    return span.min(axis=1) <= window


def fixed(count: int, total: int, share: float, rng: np.random.Generator) -> dict[str, float]:
    n = 400_000
    hits = fullest(np.sort(rng.random((n, total)), axis=1), count, share).mean()
    return {
        "count": count, "total": total, "share": share, "p": float(hits),
        "error": float(np.sqrt(hits * (1 - hits) / n)),
    }  # fmt: skip


def process(count: int, mean: float, windows: float, rng: np.random.Generator) -> dict[str, float]:
    """
    Simulate each possible number of events by itself and weigh it by its Poisson probability.

    More than ``windows * (count - 1)`` events cannot all lie in windows with fewer than `count`.
    """
    from scipy.stats import poisson

    most = int(min(poisson.isf(1e-9, mean * windows) + 1, windows * (count - 1)))
    p, variance = float(poisson.sf(most, mean * windows)), 0.0
    n = 2_000_000 if windows <= 3 else 200_000 if windows <= 50 else 40_000
    for total in range(count, most + 1):
        weight = float(poisson.pmf(total, mean * windows))
        if weight < 1e-9:
            continue
        points = np.sort(rng.random((n, total)), axis=1) * windows
        hit = float(fullest(points, count, 1.0).mean())
        p += weight * hit
        variance += weight**2 * hit * (1 - hit) / n
    return {
        "count": count, "mean": mean, "windows": windows, "p": p, "error": float(variance**0.5)
    }  # fmt: skip


def main() -> None:
    warnings.simplefilter("ignore", ResolutionWarning)
    segments = fg.make_segments(length_km=10)
    located = fg.locate_events(fg.load_events())
    series = segment_series(located, segments)
    drawn = draw_series(located, segments, n_imputations=2, seed=0)[0]
    first_year = int(str(series["step_start"].iloc[0])[:4])
    known = fg.segment_rates(located, segments)["events"].to_numpy()
    late = drawn[:, 2015 - first_year :].sum(axis=1)
    border = pd.DataFrame(segments[["segment_id", "from_km", "to_km", "length_km"]])
    border = border.round(6).assign(events=known, drawn=drawn.sum(axis=1), late=late)
    border.to_csv(HERE / "scan_border.csv", index=False)
    row, step = np.nonzero(drawn)
    again = drawn[row, step]
    row, step = np.repeat(row, again), np.repeat(step, again)
    rng = np.random.default_rng(0)
    at = (
        border["from_km"].to_numpy()[row]
        + rng.random(row.size) * border["length_km"].to_numpy()[row]
    )
    events = pd.DataFrame({"segment": row, "year": step + first_year, "km": at.round(3)})
    events.to_csv(HERE / "scan_events.csv", index=False)
    told = {
        "made_by": "python tests/reference/make_scan.py",
        "program": f"Python {platform.python_version()}, numpy {np.__version__}",
        "error": "standard error of the simulated p",
        "fixed": [fixed(*case, rng) for case in FIXED],
        "poisson": [process(*case, rng) for case in POISSON],
    }
    (HERE / "scan_naus.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
