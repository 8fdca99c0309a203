"""
Make the Python half of the reference values of the space-time statistics.

Run, from the root of the repository, with pointpats, libpysal, pymannkendall, ruptures, statsmodels
and scipy installed::

    python tests/reference/make_spacetime.py inputs   # spacetime_burkitt.csv, ..._border.csv
    Rscript tests/reference/make_spacetime.R   # spacetime_coal.csv, ..._nile.csv, ..._r.json
    python tests/reference/make_spacetime.py golden   # spacetime_py.json

Nothing here imports the library, except for the length of its border.
"""

from __future__ import annotations

import importlib.metadata
import itertools
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
SEED = 20_240_601
SERIES = [12, 15, 11, 18, 20, 22, 19, 25, 27, 30]


def write_inputs() -> None:
    import geopandas as gpd
    import libpysal

    from frontier_geo import load_boundary

    burkitt = gpd.read_file(libpysal.examples.get_path("burkitt.shp"))
    table = pd.DataFrame({"x": burkitt["X"], "y": burkitt["Y"], "t": burkitt["T"]}).astype(int)
    table.to_csv(HERE / "spacetime_burkitt.csv", index=False)
    border_pattern(load_boundary().length_km).to_csv(HERE / "spacetime_border.csv", index=False)


def border_pattern(length_km: float) -> pd.DataFrame:
    """Return dated places on the border: an even background, and 30 short chains of repeats."""
    random = np.random.default_rng(SEED)
    km = random.uniform(0, length_km, 160)
    day = random.integers(0, 3653, 160)
    near = random.integers(0, 160, 60)
    km = np.append(km, np.clip(km[near] + random.normal(0, 2, 60), 0, length_km))
    day = np.append(day, np.minimum(day[near] + random.integers(0, 12, 60), 3652))
    # 2015-2024; later years are fuller west of km 400.
    more = 60
    km = np.append(km, random.uniform(0, 400, more))
    day = np.append(day, 3652 - (random.beta(1, 3, more) * 3653).astype(int))
    dates = np.datetime64("2015-01-01") + day.astype("timedelta64[D]")
    return pd.DataFrame({"km": km.round(4), "date": dates.astype(str)}).sort_values("km")


def knox_values(xy: np.ndarray, t: np.ndarray, delta: float, tau: float) -> dict:
    from pointpats import Knox

    np.random.mtrand.seed(1)  # pointpats draws from the global stream
    found = Knox(xy, t.reshape(-1, 1), delta=delta, tau=tau, permutations=999)
    return {
        "delta": delta,
        "tau": tau,
        "observed": np.asarray(found.observed).astype(int).tolist(),
        "expected": float(np.asarray(found.expected)[0, 0]),
        "p_poisson_above": float(found.p_poisson),
        "p_sim": float(found.p_sim),
    }


def mann_kendall_values(values: list) -> dict:
    import pymannkendall as mk

    found = mk.original_test(values)
    return {
        "s": found.s, "var_s": found.var_s, "z": found.z, "p": found.p, "tau_a": found.Tau,
        "slope": found.slope, "intercept": found.intercept,
    }  # fmt: skip


def seasonal_values(values: list, period: int) -> dict:
    import pymannkendall as mk

    found = mk.seasonal_test(values, period=period)
    return {"period": period, "s": found.s, "var_s": found.var_s, "z": found.z, "p": found.p}


def glm_values(counts: np.ndarray, exposure: np.ndarray) -> dict:
    import statsmodels.api as sm

    x = sm.add_constant(np.arange(len(counts), dtype=float))
    fit = sm.GLM(counts, x, family=sm.families.Poisson(), offset=np.log(exposure)).fit(
        tol=1e-14, maxiter=200
    )
    return {
        "slope": float(fit.params[1]), "se": float(fit.bse[1]),
        "dispersion": float(fit.pearson_chi2 / fit.df_resid),
    }  # fmt: skip


def rupture_values(counts: np.ndarray, most: int, size: int) -> list:
    import ruptures

    class PoissonCost(ruptures.base.BaseCost):
        model = "poisson"
        min_size = size

        def fit(self, signal: np.ndarray) -> PoissonCost:
            self.signal = signal
            return self

        def error(self, start: int, end: int) -> float:
            total = self.signal[start:end].sum()
            return 0.0 if total == 0 else float(-total * np.log(total / (end - start)))

    signal = counts.astype(float).reshape(-1, 1)
    answers = []
    for k in range(1, most + 1):
        cost = PoissonCost()
        search = ruptures.Dynp(custom_cost=cost, min_size=size, jump=1).fit(signal)
        cut = search.predict(n_bkps=k)
        ends = [0, *cut]
        total = sum(cost.error(a, b) for a, b in itertools.pairwise(ends))
        answers.append({"n": k, "breaks": cut[:-1], "cost": float(total)})
    return answers


def write_golden() -> None:
    warnings.simplefilter("ignore")
    burkitt = pd.read_csv(HERE / "spacetime_burkitt.csv").to_numpy(dtype=float)
    border = pd.read_csv(HERE / "spacetime_border.csv", parse_dates=["date"])
    day = (border["date"] - pd.Timestamp("2015-01-01")).dt.days.to_numpy()
    line = np.column_stack((border["km"], np.zeros(len(border))))
    nile = pd.read_csv(HERE / "spacetime_nile.csv")["flow"].to_numpy(dtype=float)
    coal = pd.read_csv(HERE / "spacetime_coal.csv")["date"].to_numpy()
    yearly = np.bincount(np.floor(coal).astype(int) - 1851, minlength=112)
    in_month = np.bincount(np.floor((coal - 1851) * 12).astype(int), minlength=112 * 12)
    west = day[border["km"].to_numpy() < 400]
    by_year = np.bincount(border["date"].dt.year - 2015, minlength=10)
    west_by_year = np.bincount(border["date"][border["km"] < 400].dt.year - 2015, minlength=10)
    cells = np.bincount((border["km"] // 20).astype(int), minlength=68)[:67]
    leap = np.array([365, 366, 365, 365, 365, 366, 365, 365, 365, 366]) / 365.25
    names = ("pointpats", "libpysal", "pymannkendall", "ruptures", "statsmodels", "scipy", "numpy")
    golden = {
        "command": "python tests/reference/make_spacetime.py golden",
        "versions": {name: importlib.metadata.version(name) for name in names},
        "knox": {
            "burkitt": [
                knox_values(burkitt[:, :2], burkitt[:, 2], d, t)
                for d, t in ((20, 5), (10, 30), (5, 90))
            ],
            "border": [knox_values(line, day, d, t) for d, t in ((5, 7), (10, 14), (50, 90))],
        },
        "mann_kendall": {
            "series": mann_kendall_values(SERIES),
            "nile": mann_kendall_values(nile.tolist()),
            "coal": mann_kendall_values(yearly.tolist()),
            "border": mann_kendall_values(by_year.tolist()),
            "border_west": mann_kendall_values(west_by_year.tolist()),
        },
        "seasonal": {
            "coal_months": seasonal_values(in_month.tolist(), 12),
            "nile_4": seasonal_values(nile.tolist(), 4),
        },
        "glm": {
            "coal": glm_values(yearly, np.ones(112)),
            "border": glm_values(by_year, leap),
            "border_west": glm_values(west_by_year, leap),
        },
        "ruptures": {
            "coal": {"min_size": 2, "best": rupture_values(yearly, 4, 2)},
            "border_cells": {"min_size": 3, "best": rupture_values(cells, 3, 3)},
        },
        "n_west": int(west.size),
    }
    (HERE / "spacetime_py.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    {"inputs": write_inputs, "golden": write_golden}[sys.argv[1]]()
