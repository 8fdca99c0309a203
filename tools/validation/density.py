"""Densities, pairs and models of counts along a line."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

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

SPATSTAT_KERNELS = {
    "epanechnikov": "epanechnikov",
    "quartic": "biweight",
    "triangular": "triangular",
    "uniform": "rectangular",
}
PATH_LENGTH = 9 + math.sqrt(20) + math.sqrt(5)
SPATSTAT = "density_spatstat.json"


def density() -> Iterator[Comparison]:
    from frontier_geo.density import line_intensity, silverman_bandwidth

    subject = "Density along a line"
    path = numbers(reference(SPATSTAT, "path", "chainage"))
    for kernel in SPATSTAT_KERNELS:
        yield Comparison(
            subject, f"Example path of 5 events, {kernel} kernel, both ends mirrored",
            "density.line_intensity", program("spatstat"),
            numbers(reference(SPATSTAT, "path", f"{kernel}_2")),
            line_intensity(path, length=PATH_LENGTH, at=path, bandwidth=2, kernel=kernel),
            0, 2e-11, DIGITS,
        )  # fmt: skip
    yield Comparison(
        subject, "The same with a kernel wider than the path", "density.line_intensity",
        program("spatstat"), numbers(reference(SPATSTAT, "path", "epanechnikov_9")),
        line_intensity(path, length=PATH_LENGTH, at=path, bandwidth=9, kernel="epanechnikov"),
        0, 2e-11, DIGITS,
    )  # fmt: skip
    events = table("density_events.csv")["chainage_km"].to_numpy()
    length = reference(SPATSTAT, "border", "length")
    for kernel, name in SPATSTAT_KERNELS.items():
        if kernel == "uniform":  # at its edge events given to 1 m fall in or out
            reference(SPATSTAT, "border", "at_points")
            continue
        theirs = [reference(SPATSTAT, "border", "at_points", f"{name} {s}") for s in (5, 25, 120)]
        ours = [
            line_intensity(events, length=length, at=events, bandwidth=s, kernel=kernel)
            for s in (5, 25, 120)
        ]
        yield Comparison(
            subject, f"108 places on the border, {kernel} kernel, 3 bandwidths",
            "density.line_intensity", program("spatstat"), numbers(*theirs), numbers(*ours),
            1e-9, 1e-11, DIGITS,
        )  # fmt: skip
    at = reference(SPATSTAT, "border", "at_km")
    gaussian = reference(SPATSTAT, "border", "gaussian")
    for method, slack in (("direct", 1e-10), ("binned", 5e-6)):
        ours = [
            line_intensity(events, length=length, at=at, bandwidth=float(h), method=method)
            for h in gaussian
        ]
        yield Comparison(
            subject, f"The same, Gaussian kernel, 4 bandwidths, {method} sums",
            "density.line_intensity", program("R"), numbers(*gaussian.values()), numbers(*ours),
            0, slack, DIGITS if method == "direct" else "the bound stated for binned sums",
        )  # fmt: skip
    heat = reference(SPATSTAT, "border", "heat")
    yield Comparison(
        subject, "The same as a heat equation, solved in steps of 1 km", "density.line_intensity",
        f"{program('spatstat')} densityHeat", numbers(*heat.values()),
        numbers(*(
            line_intensity(events, length=length, at=at[1:-1], bandwidth=float(h)) for h in heat
        )),
        0, 0.01 * max(map(max, heat.values())), "its steps: 1 % of the highest value",
    )  # fmt: skip
    grid = reference("density_python.json", "at_km")
    kdepy = reference("density_python.json", "kdepy")
    for gauss in (False, True):
        theirs, ours = [], []
        for key, both in kdepy.items():
            kernel, h = key.split()
            if (kernel == "gaussian") != gauss:
                continue
            for correction, values in both.items():
                theirs.append(values)
                ours.append(
                    line_intensity(
                        events, length=length, at=grid, bandwidth=float(h), kernel=kernel,
                        correction=correction, method="direct",
                    )
                )  # fmt: skip
        yield Comparison(
            subject, "Gaussian kernel" if gauss else "Four other kernels, with mirrored ends and without",
            "density.line_intensity", program("KDEpy"), numbers(*theirs), numbers(*ours),
            0, 2e-3 * numbers(*theirs).max() if gauss else 1e-9,
            "KDEpy cuts the tails of its Gaussian" if gauss else ROUNDING,
        )  # fmt: skip
    spines = numbers(reference(SPATSTAT, "dendrite", "chainage"))
    yield Comparison(
        subject, "Longest path of the data set dendrite, 135 events", "density.line_intensity",
        program("spatstat"), numbers(reference(SPATSTAT, "dendrite", "epanechnikov_4")),
        line_intensity(
            spines, length=reference(SPATSTAT, "dendrite", "path_length"), at=spines, bandwidth=4,
            kernel="epanechnikov",
        ),
        1e-7, 0, "12 digits of chainage, pieces of the path summed in another order",
    )  # fmt: skip
    yield Comparison(
        subject, "Bandwidth by Silverman's rule (km)", "density.silverman_bandwidth",
        f"{program('R')} bw.nrd0", numbers(reference(SPATSTAT, "border", "bw_nrd0")),
        numbers(silverman_bandwidth(events, length=length)), 1e-10, 0, DIGITS,
    )  # fmt: skip
    from frontier_geo.density import log_relative_risk

    late = table("density_events.csv")["late"].to_numpy(dtype=bool)
    theirs = numbers(reference(SPATSTAT, "border", "log_rr"))
    found = log_relative_risk(
        events[late], events[~late], length=length, at=at,
        bandwidth=reference(SPATSTAT, "border", "log_rr_h"), n_sim=19,
    )  # fmt: skip
    near = np.abs(theirs) < 30  # beyond, one density is 0 but for rounding
    yield Comparison(
        subject, "Logarithm of the ratio of two densities", "density.log_relative_risk",
        program("R"), theirs[near], found.log_rr[near], 0, 1e-8, DIGITS,
    )  # fmt: skip


def pairs_on_a_line() -> Iterator[Comparison]:
    from frontier_geo.density import k_function, pair_correlation

    subject = "K function and pair correlation"
    path = numbers(reference(SPATSTAT, "path", "chainage"))
    events = table("density_events.csv")["chainage_km"].to_numpy()
    length = reference(SPATSTAT, "border", "length")
    spines = numbers(reference(SPATSTAT, "dendrite", "chainage"))
    whole = reference(SPATSTAT, "dendrite", "path_length")
    r = reference(SPATSTAT, "border", "r_km")
    one_pair = 2.1 * length / (108 * 107)
    for correction in ("none", "ang"):
        yield Comparison(
            subject, f"Example path, K at 3 radii, correction {correction}", "density.k_function",
            f"{program('spatstat')} linearK",
            numbers(reference(SPATSTAT, "path", f"K_{correction}")),
            k_function(
                path, length=PATH_LENGTH, r=reference(SPATSTAT, "path", "K_r"),
                correction=correction,
            ),
            1e-10, 0, DIGITS,
        )  # fmt: skip
        yield Comparison(
            subject, f"108 places on the border, K, correction {correction}", "density.k_function",
            f"{program('spatstat')} linearK",
            numbers(reference(SPATSTAT, "border", f"K_{correction}")),
            k_function(events, length=length, r=r, correction=correction),
            0, one_pair, "one pair at a radius exactly: places are whole metres",
        )  # fmt: skip
        yield Comparison(
            subject, f"dendrite, K, correction {correction}", "density.k_function",
            f"{program('spatstat')} linearK",
            numbers(reference(SPATSTAT, "dendrite", f"K_{correction}")),
            k_function(
                spines, length=whole, r=reference(SPATSTAT, "dendrite", "r"),
                correction=correction,
            ),
            1e-9, 1e-9, DIGITS,
        )  # fmt: skip
    yield Comparison(
        subject, "108 places on the border, K of an uneven intensity", "density.k_function",
        f"{program('spatstat')} linearKinhom", numbers(reference(SPATSTAT, "border", "K_inhom")),
        k_function(
            events, length=length, r=r, intensity=reference(SPATSTAT, "border", "lambda")
        ),
        1e-3, one_pair, "one pair at a radius exactly",
    )  # fmt: skip
    h = reference(SPATSTAT, "border", "pcf_bandwidth_km")
    for place, words, s, line, radii, width, key in (
        ("border", "108 places on the border", events, length, r, h, "pcf_ang"),
        ("border", "108 places on the border, uneven intensity", events, length, r, h, "pcf_inhom"),
        (
            "dendrite", "dendrite", spines, whole, reference(SPATSTAT, "dendrite", "r"), 2.0,
            "pcf_ang",
        ),
    ):  # fmt: skip
        radius = numbers(radii)
        inner = (radius > width) & (radius < radius.max() - 4 * width)
        intensity = numbers(reference(SPATSTAT, "border", "lambda")) if key == "pcf_inhom" else None
        found = pair_correlation(s, length=line, r=radius, bandwidth=width, intensity=intensity)
        yield Comparison(
            subject, f"Pair correlation, {words}", "density.pair_correlation",
            f"{program('spatstat')} linearpcf",
            numbers(reference(SPATSTAT, place, key))[inner], found[inner], 0.01, 0,
            "its distances are binned; away from both ends of the radii",
        )  # fmt: skip


def models() -> Iterator[Comparison]:
    from frontier_geo.density import poisson_regression

    subject = "Models of counts per segment"
    segments = table("density_segments.csv")
    quine = reference(SPATSTAT, "quine")
    ones = np.ones(len(segments))
    cases = (
        (
            "135 segments, distance to a crossing and east of km 700", reference(SPATSTAT, "model"),
            segments["events"], np.column_stack([ones, segments["crossing_km"], segments["east"]]),
            segments["exposure_km_yr"],
        ),
        (
            "quine: days absent of 146 children", quine, quine["days"],
            np.column_stack([np.ones(146), quine["male"], quine["slow"]]), np.ones(146),
        ),
    )  # fmt: skip
    for words, golden, y, x, exposure in cases:
        fit = poisson_regression(y, x, exposure)
        yield Comparison(
            subject, f"Poisson regression, coefficients and errors: {words}",
            "density.poisson_regression", f"{program('R')} glm",
            numbers(golden["coefficients"]["Estimate"], golden["coefficients"]["Std. Error"]),
            numbers(fit.coefficient, fit.std_error), 1e-6, 0,
            "both iterate until the deviance stands still",
        )  # fmt: skip
        wide = x[:, :2] if golden is not quine else x
        fit = poisson_regression(y, wide, exposure, family="negative_binomial")
        yield Comparison(
            subject, f"Negative binomial: coefficients, overdispersion, log-likelihood: {words}",
            "density.poisson_regression", f"{program('MASS')} glm.nb",
            numbers(golden["nb_coefficients"], golden["nb_alpha"], golden["nb_loglik"]),
            numbers(fit.coefficient, fit.alpha, fit.log_likelihood), 1e-4, 0,
            "its likelihood is flat at the top",
        )  # fmt: skip
        if golden is quine:
            continue
        other = reference("density_python.json", "negative_binomial")
        yield Comparison(
            subject, f"The same: {words}", "density.poisson_regression", program("statsmodels"),
            numbers(other["params"], other["llf"]),
            numbers(fit.coefficient, fit.alpha, fit.log_likelihood), 1e-4, 0,
            "its likelihood is flat at the top",
        )  # fmt: skip


SECTIONS = (
    density,
    pairs_on_a_line,
    models,
)
