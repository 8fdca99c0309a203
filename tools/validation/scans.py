"""Scan statistics."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validation.stored import (
    ROUNDING,
    Comparison,
    numbers,
    program,
    reference,
    table,
)

__all__ = ["SECTIONS"]


def scans() -> Iterator[Comparison]:
    from frontier_geo.scan import (
        cylinder_scan,
        interval_scan,
        naus_fixed,
        naus_poisson,
        path_scan,
        poisson_llr,
    )  # fmt: skip

    subject = "Scan statistics"
    people = 1_057_673
    expected = numbers([552 * p / people for p in (95249, 34083, 8839)])
    yield Comparison(
        subject, "Leukaemia in New York: likelihood ratios of three clusters", "scan.poisson_llr",
        "smerc and SaTScan, as the tests of smerc print them", numbers(11.577255, 9.019716, 3.209485),
        numbers([poisson_llr(n, e, 552) for n, e in zip((85, 38, 11), expected, strict=True)]),
        0, 5e-7, "the last digit printed",
    )  # fmt: skip
    border = table("scan_border.csv")
    table("scan_ny.csv")  # its circles are searched in tests/scan/test_engine.py
    for key, cases, size, model in (
        ("poisson_drawn", "drawn", "length_km", "poisson"),
        ("poisson_events", "events", "length_km", "poisson"),
        ("bernoulli", "late", "drawn", "bernoulli"),
    ):
        told = reference("scan_r.json", key)
        llr = numbers(told["llr"])
        found = path_scan(
            border[cases], border[size], model=model, n_sim=0 + 1, max_clusters=len(llr)
        )
        yield Comparison(
            subject, f"Every run of 135 segments, {model} model, {cases} events: best ratios",
            "scan.path_scan", f"{program('R')} glm, run by run", numbers(llr, told["observed"]),
            numbers(found.llr, found.observed), 0, 1e-8, "where glm stops",
        )  # fmt: skip
    events = table("scan_events.csv")
    length = border["length_km"].to_numpy()
    cases = np.zeros((135, 35))
    np.add.at(cases, (events["segment"], events["year"] - 1992), 1)
    for key, told in reference("scan_r.json", "space_time").items():
        found = cylinder_scan(
            cases, np.outer(length, np.ones(35)), model=key.split("_")[0],
            prospective=key.endswith("prospective"), n_sim=0,
        )  # fmt: skip
        names = ("llr", "observed", "expected", "begin", "end")
        yield Comparison(
            subject, f"Every cylinder of 135 segments and 35 years: {key.replace('_', ', ')}",
            "scan.cylinder_scan", f"{program('R')}, brute force", numbers([told[n] for n in names]),
            numbers([getattr(found, n)[0] for n in names]), 1e-10, 0, ROUNDING,
        )  # fmt: skip
    told = reference("scan_r.json", "continuous")
    found = interval_scan(events["km"], length.sum(), min_length_km=5, n_sim=1)
    theirs = ("llr", "observed", "expected", "beg_km", "end_km")
    names = ("llr", "observed", "expected", "from_km", "to_km")
    yield Comparison(
        subject, "Every stretch between two of 108 events, none below 5 km", "scan.interval_scan",
        f"{program('R')}, brute force", numbers([told[n] for n in theirs]),
        numbers([getattr(found, n)[0] for n in names]), 1e-10, 0, ROUNDING,
    )  # fmt: skip
    for case in reference("scan_naus.json", "poisson"):
        beyond = 0.01 * case["p"] if case["windows"] > 3 else 0.0
        yield Comparison(
            subject,
            f"Naus: {case['count']} events of a Poisson process in one window of "
            f"{case['windows']:g}, mean {case['mean']:g}",
            "scan.naus_poisson", "2,000,000 simulated patterns for each number of events",
            numbers(case["p"]),
            numbers(naus_poisson(case["count"], mean=case["mean"], windows=case["windows"])),
            0, 4 * case["error"] + beyond,
            "4 standard errors" + (", and 1 % past three windows" if beyond else ""),
        )  # fmt: skip
    for case in reference("scan_naus.json", "fixed"):
        exact = 2 * case["count"] > case["total"]
        yield Comparison(
            subject,
            f"Naus: {case['count']} of {case['total']} events in one window of {case['share']:g}",
            "scan.naus_fixed", "400,000 simulated patterns", numbers(case["p"]),
            numbers(naus_fixed(case["count"], case["total"], share=case["share"])), 0,
            4 * case["error"] + (0.0 if exact else 0.3 * case["p"] ** 2),
            "4 standard errors" + ("" if exact else ", and the square of a small chance"),
        )  # fmt: skip


SECTIONS = (scans,)
