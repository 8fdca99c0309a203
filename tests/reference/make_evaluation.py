"""
Make evaluation_border.csv and evaluation_python.json: what other Python software says.

    python tests/reference/make_evaluation.py

Needs scoringrules besides the library; the tests compare with the stored files and need neither.
The border table holds drawn counts of the shipped incidents (place and day drawn, seed 0), so that it
stays as it is when incidents are added.
"""

from __future__ import annotations

import json
import platform
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import scoringrules

HERE = Path(__file__).parent
BORDER = HERE / "evaluation_border.csv"


def border_table() -> pd.DataFrame:
    """Return past and next counts of each 10 km segment, drawn from the shipped incidents."""
    from frontier_geo import load_events, locate_events, make_segments
    from frontier_geo.series import draw_series, segment_series

    warnings.simplefilter("ignore")
    segments, located = make_segments(length_km=10), locate_events(load_events())
    period = {"period": ("1992-01-01", "2025-12-31")}
    series = segment_series(located, segments, **period)
    years = pd.to_datetime(series["step_start"]).dt.year.unique()
    drawn = draw_series(located, segments, n_imputations=2, seed=0, **period)[0]
    past = drawn[:, years < 2015].sum(axis=1)
    after = drawn[:, years >= 2015].sum(axis=1)
    table = segments[["from_km", "to_km", "length_km"]].round(6)
    return table.assign(past=past, past_years=23, next=after, next_years=11)


def predicted(table: pd.DataFrame) -> np.ndarray:
    """Return means that differ from segment to segment: half their own past, half the line's."""
    exposure = table["length_km"] * table["past_years"]
    rate = 0.5 * table["past"] / exposure + 0.5 * table["past"].sum() / exposure.sum()
    return (rate * table["length_km"] * table["next_years"]).to_numpy()


def main() -> None:
    if not BORDER.exists():
        border_table().to_csv(BORDER, index=False, lineterminator="\n")
    table = pd.read_csv(BORDER)
    mean, seen = predicted(table), table["next"].to_numpy()
    grid = [
        (y, m, s)
        for y in (0, 1, 2, 7, 40)
        for m in (0.02, 0.7, 3.0, 25.0)
        for s in (0.3, 2.0, 50.0)
    ]
    y, m, s = (np.array(values, dtype=float) for values in zip(*grid, strict=True))
    random = np.random.default_rng(5)
    draws = random.poisson(2.0, size=(6, 40)).astype(float)
    outcomes = np.array([0.0, 1.0, 2.0, 3.0, 5.0, 9.0])
    counts = np.array([3.0, 0, 0, 1, 4, 0, 2, 0, 0, 0, 1, 5])
    result = {
        "made_by": "python tests/reference/make_evaluation.py",
        "python": platform.python_version(),
        "scoringrules": scoringrules.__version__,
        "pandas": pd.__version__,
        "numpy": np.__version__,
        "border": {
            "mean": mean.tolist(),
            "crps_poisson": np.asarray(scoringrules.crps_poisson(seen, mean)).tolist(),
            "crps_negbinom": np.asarray(scoringrules.crps_negbinom(seen, 0.8, mu=mean)).tolist(),
            "logs_poisson": np.asarray(scoringrules.logs_poisson(seen, mean)).tolist(),
            "brier": np.asarray(scoringrules.brier_score(seen > 0, 1 - np.exp(-mean))).tolist(),
        },
        "grid": {
            "observed": y.tolist(),
            "mean": m.tolist(),
            "size": s.tolist(),
            "crps_poisson": np.asarray(scoringrules.crps_poisson(y, m)).tolist(),
            "crps_negbinom": np.asarray(scoringrules.crps_negbinom(y, s, mu=m)).tolist(),
        },
        "ensemble": {
            "draws": draws.tolist(),
            "observed": outcomes.tolist(),
            "crps": np.asarray(
                scoringrules.crps_ensemble(outcomes, draws, estimator="nrg")
            ).tolist(),
            "crps_fair": np.asarray(
                scoringrules.crps_ensemble(outcomes, draws, estimator="fair")
            ).tolist(),
        },
        "ewm": {
            "counts": counts.tolist(),
            "alpha": [0.1, 0.35, 1.0],
            "mean": [
                float(pd.Series(counts).ewm(alpha=a, adjust=True).mean().iloc[-1])
                for a in (0.1, 0.35, 1.0)
            ],
        },
    }
    text = json.dumps(result, indent=1)
    (HERE / "evaluation_python.json").write_text(text + "\n", encoding="utf-8")
    print(f"wrote {BORDER.name} and evaluation_python.json", file=sys.stderr)


if __name__ == "__main__":
    main()
