"""Counts, rates, their intervals and comparison."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from validation.stored import (
    ROUNDING,
    Comparison,
    numbers,
    program,
    reference,
    table,
)

__all__ = ["SECTIONS"]


def intervals() -> Iterator[Comparison]:
    from frontier_geo.rates import poisson_interval, weighted_interval

    subject = "Intervals of counts and rates"
    found = poisson_interval([137], 24.19893)
    yield Comparison(
        subject, "137 events over 24.19893: exact interval", "rates.poisson_interval",
        "R 4.2 poisson.test", numbers(4.753125, 6.692709), numbers(found.lo, found.hi),
        0, 5e-7, "the last digit printed",
    )  # fmt: skip
    one = reference("rates_r.json", "one_count")
    for method, name, words in (
        ("garwood", "garwood", "Exact (Garwood) limits"), ("mid-p", "midp", "Mid-p limits"),
    ):  # fmt: skip
        got = [
            poisson_interval(k, method=method, confidence_level=level)
            for k, level in zip(one["k"], one["level"], strict=True)
        ]
        yield Comparison(
            subject, f"{words} of {len(got)} counts and levels", "rates.poisson_interval",
            program("R"), numbers(one[f"{name}_lo"], one[f"{name}_hi"]),
            numbers([x.lo for x in got], [x.hi for x in got]), 1e-9, 1e-10,
            "where R's root finding stops",
        )  # fmt: skip
    cases = reference("rates_python.json", "mid_p")
    got = [poisson_interval(k, method="mid-p", confidence_level=level) for k, level, *_ in cases]
    yield Comparison(
        subject, f"Mid-p limits of {len(cases)} counts and levels", "rates.poisson_interval",
        program("statsmodels"), numbers([case[2:] for case in cases]),
        numbers([[float(x.lo), float(x.hi)] for x in got]), 1e-7, 1e-7,
        "where its root finding stops",
    )  # fmt: skip
    theirs, ours = [], []
    for order in reference("rates_r.json", "fay_feuer"):
        w, n = np.array(order["weights"]), np.array(order["cases"])
        found = weighted_interval((w * n).sum(), (w**2 * n).sum(), w.max())
        theirs += [order["rate"], order["lo"], order["hi"]]
        ours += [found.estimate, found.lo, found.hi]
    yield Comparison(
        subject, "Sums of weights: directly standardised rates of Fay & Feuer (1997), table 1",
        "rates.weighted_interval", program("epitools"), numbers(theirs), numbers(ours), 1e-10, 0,
        ROUNDING,
    )  # fmt: skip


def two_rates() -> Iterator[Comparison]:
    from frontier_geo.rates import rate_ratio_test
    from frontier_geo.significance import adjust_p

    subject = "Two rates, many segments"
    two = pd.DataFrame(reference("rates_r.json", "two_counts")).replace({"Inf": np.inf})
    theirs, ours = [], []
    for way, cases in two.groupby("alternative"):
        found = rate_ratio_test(
            cases["a"], cases["ea"], cases["b"], cases["eb"], alternative=str(way)
        )
        for name, column in (("p_value", "p"), ("ratio", "ratio"), ("lo", "lo"), ("hi", "hi")):
            theirs.append(cases[column].astype(float))
            ours.append(getattr(found, name))
    yield Comparison(
        subject, f"Conditional test of two Poisson counts: p, ratio, limits of {len(two)} cases",
        "rates.rate_ratio_test", f"{program('R')} poisson.test", numbers(*theirs), numbers(*ours),
        1e-9, 0, "where R's root finding stops",
    )  # fmt: skip
    cases = reference("rates_python.json", "e_test")
    got = [
        rate_ratio_test(a, share, b, 1.0, method="e-test", alternative=way).p_value
        for a, b, share, way, _ in cases
    ]
    yield Comparison(
        subject, f"E-test (Krishnamoorthy & Thomson 2004) of {len(cases)} cases",
        "rates.rate_ratio_test", program("scipy"), numbers([min(c[-1], 1) for c in cases]),
        numbers(got), 1e-9, 0, ROUNDING,
    )  # fmt: skip
    border = table("rates_border.csv")
    total, whole = border["events"].sum(), border["exposure_km_yr"].sum()
    found = rate_ratio_test(
        border["events"], border["exposure_km_yr"],
        total - border["events"], whole - border["exposure_km_yr"],
    )  # fmt: skip
    p = reference("rates_r.json", "against_others_p")
    yield Comparison(
        subject, "Each of 135 segments against all others: p", "rates.rate_ratio_test",
        f"{program('R')} poisson.test", numbers(p), numbers(found.p_value), 1e-9, 0, ROUNDING,
    )  # fmt: skip
    for method, key in (("fdr_bh", "bh"), ("holm", "holm")):
        yield Comparison(
            subject, f"The same p adjusted for their number: {method}", "significance.adjust_p",
            f"{program('R')} p.adjust", numbers(reference("rates_r.json", f"against_others_{key}")),
            numbers(adjust_p(p, method=method)), 1e-9, 0, ROUNDING,
        )  # fmt: skip


def smoothing() -> Iterator[Comparison]:
    from frontier_geo.rates import empirical_bayes, spatial_empirical_bayes

    subject = "Smoothed rates"
    close = (1e-10, 1e-14, ROUNDING)
    near = reference("rates_sids2.json", "neighbours")
    border = table("rates_border.csv")
    chains = {
        order: [
            [j for j in range(max(0, i - order), min(135, i + order + 1)) if j != i]
            for i in range(135)
        ]
        for order in (1, 2)
    }
    cases = {
        "sids74": ("100 counties of North Carolina 1974-78", "SID74", "BIR74", near),
        "sids79": ("100 counties of North Carolina 1979-84", "SID79", "BIR79", near),
        "border_one_step": ("135 segments, neighbours one step away", None, None, chains[1]),
        "border_two_steps": ("135 segments, neighbours two steps away", None, None, chains[2]),
    }
    for key, (words, events, births, neighbours) in cases.items():
        if events is None:
            data = border["events"], border["exposure_km_yr"] / 100
        else:
            data = (
                reference("rates_sids2.json", events), reference("rates_sids2.json", str(births)),
            )  # fmt: skip
        r = reference("rates_r.json", key)
        whole = empirical_bayes(*data)
        yield Comparison(
            subject, f"Empirical Bayes, prior mean and variance: {words}", "rates.empirical_bayes",
            program("spdep"), numbers(r["eb"], r["eb_b"], r["eb_a"]),
            numbers(whole.estimate, whole.prior_mean[0], whole.prior_variance[0]), *close,
        )  # fmt: skip
        window = spatial_empirical_bayes(*data, neighbours)
        own = spatial_empirical_bayes(*data, neighbours, deviations="own")
        # Where a window holds no event R divides 0 by 0; the rate is 0 here.
        yield Comparison(
            subject, f"Spatial empirical Bayes, both variances: {words}",
            "rates.spatial_empirical_bayes", program("spdep"),
            np.nan_to_num(numbers(r["spatial_eb_window"], r["spatial_eb_own"])),
            numbers(window.estimate, own.estimate), *close,
        )  # fmt: skip
        if key == "border_one_step":
            continue
        python = reference("rates_python.json", key)
        yield Comparison(
            subject, f"Empirical Bayes, spatial empirical Bayes, window rates: {words}",
            "rates.spatial_empirical_bayes", program("esda"),
            np.nan_to_num(numbers(python["eb"], python["spatial_eb"], python["window_rate"])),
            numbers(whole.estimate, window.estimate, window.prior_mean), *close,
        )  # fmt: skip


SECTIONS = (
    intervals,
    two_rates,
    smoothing,
)
