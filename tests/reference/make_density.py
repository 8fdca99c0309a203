"""
Write the inputs of make_density.R, and what Python programs say of them.

Run: ``python tests/reference/make_density.py`` before ``Rscript tests/reference/make_density.R``.
Needs KDEpy, which the library and its tests do not. Writes density_events.csv (one draw of the uncertain
places of the shipped incidents), density_segments.csv (counts and covariates of the 135 segments) and
density_python.json.
"""

from __future__ import annotations

import json
import platform
import warnings
from pathlib import Path

import KDEpy
import numpy as np
import pandas as pd
import scipy
import statsmodels
import statsmodels.api as sm

import frontier_geo as fg
from frontier_geo.density import crossing_distance
from frontier_geo.places import draw_chainages
from frontier_geo.selection import select_events

HERE = Path(__file__).parent


def main() -> None:
    warnings.simplefilter("ignore")
    boundary = fg.load_boundary()
    located = fg.locate_events(fg.load_events(), boundary)
    chosen = select_events(located)
    drawn = draw_chainages(chosen.used, boundary, n_imputations=2, seed=0)[0]
    # Years apart, so that a second pattern is at hand for the relative risk.
    late = (chosen.used["date_start"].dt.year >= 2010).to_numpy()
    on = np.isfinite(drawn)
    events = pd.DataFrame({"chainage_km": drawn[on].round(3), "late": late[on].astype(int)})
    events.sort_values("chainage_km").to_csv(HERE / "density_events.csv", index=False)

    rates = fg.segment_rates(located, boundary=boundary)
    table = pd.DataFrame(rates.drop(columns="geometry"))
    table["crossing_km"] = crossing_distance(table).round(6)
    table["east"] = (table["from_km"] > 700).astype(int)
    # Counts of the drawn places, of which there are enough for a model.
    edges = np.append(table["from_km"].to_numpy(), boundary.length_km)
    table["events"] = np.histogram(events["chainage_km"], edges)[0]
    columns = ["segment_id", "from_km", "to_km", "exposure_km_yr", "crossing_km", "east", "events"]
    table[columns].to_csv(HERE / "density_segments.csv", index=False)

    s = events["chainage_km"].to_numpy()
    length = boundary.length_km
    found = {
        "command": "python tests/reference/make_density.py",
        "programs": {
            "python": platform.python_version(),
            "KDEpy": KDEpy.__version__,
            "scipy": scipy.__version__,
            "statsmodels": statsmodels.__version__,
        },
        "length_km": length,
        "n": int(s.size),
        "late": int(late[on].sum()),
    }
    # NaiveKDE sums kernels exactly and knows no ends: the mirrored events are given to it as such.
    at = np.linspace(0.0, length, 56)
    images = np.concatenate([sign * s + 2 * k * length for k in (-1, 0, 1) for sign in (1, -1)])
    names = {
        "gaussian": "gaussian",
        "epanechnikov": "epa",
        "quartic": "biweight",
        "triangular": "tri",
        "uniform": "box",
    }
    found["at_km"] = at.tolist()
    found["kdepy"] = {}
    for kernel, name in names.items():
        for h in (7.5, 40.0):
            plain = KDEpy.NaiveKDE(kernel=name, bw=h).fit(s).evaluate(at) * s.size
            mirrored = KDEpy.NaiveKDE(kernel=name, bw=h).fit(images).evaluate(at) * images.size
            found["kdepy"][f"{kernel} {h:g}"] = {
                "none": plain.tolist(),
                "reflection": mirrored.tolist(),
            }
    model = sm.NegativeBinomial(
        table["events"],
        sm.add_constant(table[["crossing_km"]]),
        offset=np.log(table["exposure_km_yr"]),
    ).fit(disp=0, maxiter=500, gtol=1e-10)
    found["negative_binomial"] = {
        "params": model.params.tolist(),
        "llf": float(model.llf),
    }
    text = json.dumps(found, indent=1)
    (HERE / "density_python.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
