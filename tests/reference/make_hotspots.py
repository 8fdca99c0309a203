"""
Make the reference values of Gi*, local Moran and Moran's I that esda gives.

Run from the root of the repository: ``python tests/reference/make_hotspots.py``. It needs esda and
libpysal (whose wheel carries the data sets sids2 and columbus). It writes two files beside itself:

- ``hotspots_data.json``: the values and neighbours both programs work on, so that
  ``make_hotspots.R`` needs nothing else;
- ``hotspots_esda.json``: what esda says about them.
"""

from __future__ import annotations

import json
import platform
import warnings
from pathlib import Path

import esda
import geopandas as gpd
import libpysal
import numpy as np
from libpysal import examples
from libpysal.weights import Queen, W

import frontier_geo as fg

HERE = Path(__file__).parent
COMMAND = "python tests/reference/make_hotspots.py"
PERMUTATIONS = 99_999
SEED = 20260711


def border() -> dict[str, object]:
    """The shipped line in segments of 10 km: the shipped incidents, and a made-up pattern."""
    segments = fg.make_segments(length_km=10)
    located = fg.locate_events(fg.load_events())
    rates = fg.segment_rates(located, segments)
    random = np.random.default_rng(SEED)
    rate = segments["length_km"].to_numpy() * np.where(np.arange(len(segments)) // 9 % 4 == 1, 3, 1)
    pairs = [[i, i + 1] for i in range(len(segments) - 1)]
    return {
        "source": "the shipped border in segments of 10 km; counts drawn with seed 20260711, and the "
        "expected events of the shipped incidents",
        "pairs": pairs + [[j, i] for i, j in pairs],
        "exposure": segments["length_km"].round(9).tolist(),
        "values": {
            "synthetic": random.poisson(0.06 * rate).tolist(),
            "expected_events": rates["expected_events"].round(9).tolist(),
        },
    }


def example(name: str, file: str, values: dict[str, np.ndarray], source: str) -> dict[str, object]:
    """A data set of libpysal with queen neighbours."""
    weights = Queen.from_dataframe(gpd.read_file(examples.get_path(file)), use_index=False)
    pairs = [[int(i), int(j)] for i, near in weights.neighbors.items() for j in sorted(near)]
    numbers = {key: [float(v) for v in column] for key, column in values.items()}
    return {"source": source, "pairs": pairs, "exposure": None, "values": numbers}


def data() -> dict[str, dict[str, object]]:
    sids = gpd.read_file(examples.get_path("sids2.shp"))
    columbus = gpd.read_file(examples.get_path("columbus.shp"))
    return {
        "border": border(),
        "sids2": example(
            "sids2",
            "sids2.shp",
            {"rate": (sids.SID74 / sids.BIR74).to_numpy(), "deaths": sids.SID74.to_numpy()},
            "sudden infant deaths over live births, 100 counties of North Carolina, 1974-78 "
            "(Cressie 1993), as carried by libpysal",
        ),
        "columbus": example(
            "columbus",
            "columbus.shp",
            {"crime": columbus.CRIME.to_numpy()},
            "burglaries and vehicle thefts per 1,000 households, 49 districts of Columbus, Ohio, 1980 "
            "(Anselin 1988), as carried by libpysal",
        ),
    }


def weights_of(pairs: list[list[int]], n: int) -> W:
    near: dict[int, list[int]] = {i: [] for i in range(n)}
    for i, j in pairs:
        near[i].append(j)
    return W(near, silence_warnings=True)


def statistics(values: list[float], pairs: list[list[int]]) -> dict[str, object]:
    """What esda says of one variable."""
    y = np.array(values, dtype=float)
    found: dict[str, object] = {}
    for star in (True, False):
        g = esda.G_Local(
            y,
            weights_of(pairs, y.size),
            transform="B",
            star=star,
            permutations=PERMUTATIONS,
            keep_simulations=False,
            n_jobs=1,
            seed=SEED,
        )
        name = "gi_star" if star else "gi"
        found[name] = g.Zs.tolist()
        found[f"{name}_p_sim"] = g.p_sim.tolist()
    for style in ("B", "R"):
        g = esda.Moran(y, weights_of(pairs, y.size), transformation=style, permutations=0)
        names = ("I", "EI", "VI_rand", "z_rand", "VI_norm", "z_norm")
        found[f"moran_{style}"] = {name: float(getattr(g, name)) for name in names}
    local = esda.Moran_Local(
        y,
        weights_of(pairs, y.size),
        transformation="R",
        permutations=PERMUTATIONS,
        keep_simulations=False,
        n_jobs=1,
        seed=SEED,
    )
    found["local_moran"] = {
        name: np.asarray(getattr(local, name)).tolist()
        for name in ("Is", "EI", "VI", "EIc", "VIc", "q", "p_sim")
    }
    return found


def rounded(value: object) -> object:
    """Keep twelve significant digits."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def main() -> None:
    warnings.simplefilter("ignore")
    sets = data()
    (HERE / "hotspots_data.json").write_text(json.dumps(rounded(sets)) + "\n")
    results = {
        "program": f"esda {esda.__version__}, libpysal {libpysal.__version__}, "
        f"numpy {np.__version__}, Python {platform.python_version()}",
        "command": COMMAND,
        "permutations": PERMUTATIONS,
        "seed": SEED,
        "results": {
            name: {
                variable: statistics(values, one["pairs"])
                for variable, values in one["values"].items()
            }
            for name, one in sets.items()
        },
    }
    (HERE / "hotspots_esda.json").write_text(json.dumps(rounded(results)) + "\n")


if __name__ == "__main__":
    main()
