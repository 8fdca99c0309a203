"""Pairs, trends, changes, displacement."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.stored import (
    DIGITS,
    ROUNDING,
    Comparison,
    numbers,
    program,
    reference,
    table,
)

__all__ = ["SECTIONS"]

PY, R = "spacetime_py.json", "spacetime_r.json"


def series_of(name: str) -> np.ndarray:
    """Return the counts or measurements that a stored trend was computed from."""
    if name == "series":
        return np.array([12, 15, 11, 18, 20, 22, 19, 25, 27, 30])
    if name == "nile":
        return table("spacetime_nile.csv")["flow"].to_numpy()
    if name.startswith("coal"):
        dates = table("spacetime_coal.csv")["date"].to_numpy()
        per_year = 12 if name == "coal_months" else 1
        return np.bincount(
            np.floor((dates - 1851) * per_year).astype(int), minlength=112 * per_year
        )
    border = table("spacetime_border.csv")
    year = pd.to_datetime(border["date"]).dt.year.to_numpy() - 2015
    return np.bincount(year if name == "border" else year[border["km"] < 400], minlength=10)


def space_and_time() -> Iterator[Comparison]:
    from frontier_geo.spacetime import (
        evenness,
        knox,
        mann_kendall,
        poisson_change_points,
        poisson_trend,
        seasonal_mann_kendall,
        sens_slope,
        wdd,
    )  # fmt: skip

    subject = "Pairs, trends, changes"
    burkitt, border = table("spacetime_burkitt.csv"), table("spacetime_border.csv")
    places = {
        "burkitt": (burkitt[["x", "y"]].to_numpy(), burkitt["t"].to_numpy()),
        "border": (border["km"].to_numpy(), pd.to_datetime(border["date"]).to_numpy()),
    }
    for name, (place, time) in places.items():
        words = (
            "188 cases of Burkitt's lymphoma" if name == "burkitt" else "280 places on the border"
        )
        found = [
            knox(place, time, delta=peer["delta"], tau=peer["tau"], n_sim=1)
            for peer in reference(PY, "knox", name)
        ]
        yield Comparison(
            subject, f"Knox tables, 3 distances and times: {words}", "spacetime.knox",
            program("pointpats"), numbers([p["observed"] for p in reference(PY, "knox", name)]),
            numbers([f.table for f in found]), 0, 0, "counts of pairs",
        )  # fmt: skip
        told = reference(R, "knox", name)
        yield Comparison(
            subject, f"Expected pairs and Poisson p: {words}", "spacetime.knox",
            program("surveillance"), numbers([[t["expected"], t["p_poisson_above"]] for t in told]),
            numbers([[f.expected[0, 0], f.p_poisson_above] for f in found]), 1e-9, 0, DIGITS,
        )  # fmt: skip
    peers = reference(PY, "mann_kendall")
    ours = {name: mann_kendall(series_of(name)) for name in peers}
    yield Comparison(
        subject, "Mann-Kendall S, variance, z, tau of 5 series", "spacetime.mann_kendall",
        program("pymannkendall"),
        numbers([[p["s"], p["var_s"], p["z"], p["tau_a"]] for p in peers.values()]),
        numbers([[f.s, f.variance, f.z, f.tau_a] for f in ours.values()]), 1e-12, 0, ROUNDING,
    )  # fmt: skip
    told = reference(R, "kendall")
    yield Comparison(
        subject, "z, p and tau-b of the same series", "spacetime.mann_kendall",
        f"{program('R')} cor.test", numbers([[t["z"], t["p"], t["tau_b"]] for t in told.values()]),
        numbers([[ours[n].z, ours[n].p_value, ours[n].tau_b] for n in told]), 1e-10, 0, DIGITS,
    )  # fmt: skip
    slopes = [sens_slope(series_of(name)) for name in peers]
    yield Comparison(
        subject, "Sen's slope and intercept of the same series", "spacetime.sens_slope",
        program("pymannkendall"), numbers([[p["slope"], p["intercept"]] for p in peers.values()]),
        numbers([[s.slope, s.intercept] for s in slopes]), 1e-12, 0, ROUNDING,
    )  # fmt: skip
    seasonal = reference(PY, "seasonal")
    found = [
        seasonal_mann_kendall(series_of(name.removesuffix("_4")), peer["period"])
        for name, peer in seasonal.items()
    ]
    yield Comparison(
        subject, "Seasonal Mann-Kendall: S, variance, z", "spacetime.seasonal_mann_kendall",
        program("pymannkendall"),
        numbers([[p["s"], p["var_s"], p["z"]] for p in seasonal.values()]),
        numbers([[f.s, f.variance, f.z] for f in found]), 1e-12, 0, ROUNDING,
    )  # fmt: skip
    leap = np.array([365, 366, 365, 365, 365, 366, 365, 365, 365, 366]) / 365.25
    for source, stored in (("statsmodels", PY), ("R", R)):
        peers = reference(stored, "glm")
        found = [
            poisson_trend(series_of(name), np.ones(112) if name == "coal" else leap)
            for name in peers
        ]
        yield Comparison(
            subject, "Poisson trend: slope and its error of 3 series", "spacetime.poisson_trend",
            f"{program(source)} glm", numbers([[p["slope"], p["se"]] for p in peers.values()]),
            numbers([[f.log_ratio, f.se] for f in found]), 1e-6, 0, "where their iterations stop",
        )  # fmt: skip
    nile = reference(R, "nile")
    found = poisson_change_points(
        series_of("nile"), model="normal", min_size=nile["min_size"], penalty="bic", n_sim=1
    )
    yield Comparison(
        subject, "Flow of the Nile: place of the change (1898), sums of squares",
        "spacetime.poisson_change_points", program("strucchange"),
        numbers(nile["first_after"], nile["rss"]),
        numbers(found.breaks, 100 * np.exp(np.array(found.deviance) / 100)), 1e-9, 0, ROUNDING,
    )  # fmt: skip
    for name, words in (
        ("coal", "Coal mining disasters"),
        ("border_west", "Border, west of km 400"),
    ):
        told = reference(R, "change", name)
        found = poisson_change_points(series_of(name), max_changes=1, n_sim=1)
        yield Comparison(
            subject, f"{words}: place, statistic, rates before and after",
            "spacetime.poisson_change_points", f"{program('R')} dpois at every place",
            numbers([told[k] for k in ("first_after", "statistic", "mean_before", "mean_after")]),
            numbers(found.breaks, found.statistic, found.rates), 1e-10, 0, DIGITS,
        )  # fmt: skip
    cells = np.bincount((border["km"] // 20).astype(int), minlength=68)[:67]
    for name, counts in (("coal", series_of("coal")), ("border_cells", cells)):
        golden = reference(PY, "ruptures", name)
        theirs, ours_ = [], []
        for best in golden["best"]:
            found = poisson_change_points(
                counts, max_changes=best["n"], min_size=golden["min_size"], penalty=1e-9, n_sim=1
            )
            theirs += [*best["breaks"], 2 * best["cost"]]
            ours_ += [*found.breaks, found.deviance[-1]]
        yield Comparison(
            subject, f"Several changes, their places and cost: {name.replace('_', ' ')}",
            "spacetime.poisson_change_points", program("ruptures"), numbers(theirs), numbers(ours_),
            1e-12, 0, ROUNDING,
        )  # fmt: skip
    even = reference(R, "evenness")
    found = evenness(even["counts"], n_sim=1)
    yield Comparison(
        subject, "Evenness over 12 months: statistic and p", "spacetime.evenness",
        f"{program('R')} chisq.test", numbers(even["statistic"], even["p_chi2"]),
        numbers(found.statistic, found.p_chi2), 1e-10, 0, DIGITS,
    )  # fmt: skip
    found = wdd([207, 110], [308, 318], [178, 157], [150, 140])
    yield Comparison(
        subject, "Weighted displacement difference: estimate, error, z, interval", "spacetime.wdd",
        "Wheeler & Ratcliffe (2018), Crime Science 7, 11",
        numbers(-118, math.sqrt(1568), -2.98, -196, -40),
        numbers(found.estimate, found.se, found.z, found.lo, found.hi), 0, 0.5,
        "as rounded in the paper",
    )  # fmt: skip


SECTIONS = (space_and_time,)
