"""
Make the inputs and the golden values of `tests/test_smoothing.py` and its neighbours, from Python.

    python tests/reference/make_rates.py     # first; writes the inputs that make_rates.R reads

Needs esda and libpysal beside the library. Writes rates_border.csv (counts on the shipped border),
rates_sids2.json (North Carolina) and rates_python.json (what esda, statsmodels and scipy make of
them). The tests read these files and need none of the packages but scipy and statsmodels.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import esda
import geopandas as gpd
import libpysal
import numpy as np
import scipy
import statsmodels
from esda.smoothing import Empirical_Bayes, Spatial_Empirical_Bayes, Spatial_Rate
from scipy.stats import poisson_means_test
from statsmodels.stats.rates import confint_poisson

import frontier_geo as fg

HERE = Path(__file__).parent
COUNTS = (0, 1, 2, 3, 5, 10, 24, 137, 1000)
PAIRS = ((0, 3, 1.0), (6, 2, 1.0), (3, 0, 2.5), (11, 21, 800 / 3011), (14, 10, 0.4), (1, 1, 1.0))


def border() -> gpd.GeoDataFrame:
    """Count the shipped incidents on segments of 10 km: in all, and before and from 2015 on."""
    located = fg.locate_events(fg.load_events())
    days = {"": None, "_early": ("1992-01-01", "2014-12-31"), "_late": ("2015-01-01", "2026-04-17")}
    everything = {"scope": None, "min_confidence": None}
    rates = fg.segment_rates(located)
    table = rates[["segment_id", "from_km", "to_km", "length_km", "terrain"]].copy()
    for name, period in days.items():
        found = fg.segment_rates(located, period=period, **everything)
        table[f"events{name}"] = found["events"]
        table[f"exposure{name}_km_yr"] = found["exposure_km_yr"]
    table.to_csv(HERE / "rates_border.csv", index=False)
    return table


def north_carolina() -> tuple[dict[str, list[float]], libpysal.weights.W]:
    """Return the counts of sids2 and its queen neighbours, counties numbered from 0."""
    sids = gpd.read_file(libpysal.examples.get_path("sids2.shp"))
    numbers = list(range(len(sids)))
    queen = libpysal.weights.Queen.from_dataframe(sids, ids=numbers)
    queen.id_order = numbers
    data = {name: sids[name].astype(int).tolist() for name in ("SID74", "BIR74", "SID79", "BIR79")}
    data["neighbours"] = [sorted(queen.neighbors[i]) for i in numbers]
    about = (
        "Sudden infant deaths and births in the 100 counties of North Carolina, 1974-78 and 1979-84 "
        "(Cressie & Read 1985), and which counties touch, from sids2 of libpysal "
        f"{libpysal.__version__} (BSD-3-Clause), itself from R's spData. 490 links."
    )
    text = json.dumps({"about": about, **data}, separators=(",", ":"))
    (HERE / "rates_sids2.json").write_text(text + "\n", encoding="utf-8")
    return data, queen


def smoothed(events: list[int], exposure: list[float], weights: libpysal.weights.W) -> dict:
    """Return what esda makes of counts."""
    events, exposure = np.array(events), np.array(exposure, dtype=float)
    return {
        "eb": Empirical_Bayes(events, exposure).r.ravel().tolist(),
        "spatial_eb": Spatial_Empirical_Bayes(events, exposure, weights).r.ravel().tolist(),
        "window_rate": Spatial_Rate(events, exposure, weights).r.ravel().tolist(),
    }


def main() -> None:
    warnings.simplefilter("ignore")
    table = border()
    data, queen = north_carolina()
    n = len(table)
    chain = libpysal.weights.W(
        {i: [j for j in (i - 2, i - 1, i + 1, i + 2) if 0 <= j < n] for i in range(n)},
        id_order=list(range(n)),
    )
    exposure = (table["exposure_km_yr"] / 100).tolist()
    answer = {
        "made_by": "python tests/reference/make_rates.py",
        "versions": {
            "python": sys.version.split()[0],
            "esda": esda.__version__,
            "libpysal": libpysal.__version__,
            "scipy": scipy.__version__,
            "statsmodels": statsmodels.__version__,
        },
        "sids74": smoothed(data["SID74"], data["BIR74"], queen),
        "sids79": smoothed(data["SID79"], data["BIR79"], queen),
        "border_two_steps": smoothed(table["events"].tolist(), exposure, chain),
        "mid_p": [
            [k, level, *(float(x) for x in confint_poisson(k, 1.0, "midp-c", alpha=1 - level))]
            for k in COUNTS[1:]  # for 0 statsmodels 0.15 returns the upper limit as both
            for level in (0.9, 0.95, 0.99)
        ],
        "e_test": [
            [a, b, share, way, float(poisson_means_test(a, share, b, 1.0, alternative=way).pvalue)]
            for a, b, share in PAIRS
            for way in ("two-sided", "greater", "less")
        ],
    }
    text = json.dumps(answer, separators=(",", ":"))
    (HERE / "rates_python.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
