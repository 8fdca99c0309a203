"""Scores of forecasts, and baselines."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

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


def forecasts() -> Iterator[Comparison]:
    from frontier_geo.evaluation import (
        brier_score,
        crps_counts,
        crps_ensemble,
        dawid_sebastiani_score,
        log_score,
        pai,
        pei,
        pit_histogram,
        probability_of_any,
        ranked_accuracy,
        rri,
    )  # fmt: skip
    from frontier_geo.rates.intervals import share_interval

    subject = "Scores of forecasts"
    r, python = "evaluation_r.json", "evaluation_python.json"
    seen, made = [6, 3, 0], [3, 2, 1]
    yield Comparison(
        subject, "PAI, PEI and RRI of 3 units", "evaluation.pai", "ptools 1.0.0, its tests",
        numbers(2, 1.5, 1, 1, 1, 1, np.cumsum(made) / np.cumsum(seen)),
        numbers(pai(seen, made), pei(seen, made), rri(seen, made)), 1e-14, 0, ROUNDING,
    )  # fmt: skip
    border = table("evaluation_border.csv")
    ranked = reference(r, "border", "ranked")
    found = ranked_accuracy(
        border["next"], reference(r, "border", "predicted"), border["length_km"]
    )
    yield Comparison(
        subject, "Order, share of length, PAI, RRI of 135 segments", "evaluation.ranked_accuracy",
        program("R"), numbers(*(ranked[k] for k in ("order", "share", "pai", "rri"))),
        numbers(found.order, found.share_of_length, found.pai, found.rri), 1e-11, 1e-13, ROUNDING,
    )  # fmt: skip
    first = reference(r, "hepatitisA", "first") - 1
    data = {
        "border": (border["next"].to_numpy(), numbers(reference(r, "border", "mean")), 0.8),
        "hepatitisA": (
            numbers(reference(r, "hepatitisA", "counts"))[first:],
            numbers(reference(r, "hepatitisA", "mean")), 2.5,
        ),
    }  # fmt: skip
    for place, (counts, mean, spread) in data.items():
        words = "135 segments" if place == "border" else "hepatitis A in Berlin, 188 weeks"
        for name, size in (("poisson", math.inf), ("negbinom", spread)):
            told = reference(r, place, name)
            yield Comparison(
                subject, f"Log score, CRPS, Dawid-Sebastiani score, {name}: {words}",
                "evaluation.crps_counts", program("surveillance"),
                numbers(told["logs"], told["rps"], told["dss"]),
                numbers(
                    log_score(counts, mean, size), crps_counts(counts, mean, size),
                    dawid_sebastiani_score(counts, mean, size),
                ),
                1e-11, 1e-13, ROUNDING,
            )  # fmt: skip
            yield Comparison(
                subject, f"PIT histogram, {name}: {words}", "evaluation.pit_histogram",
                program("surveillance"), numbers(reference(r, place, f"pit_{name}")),
                numbers(pit_histogram(counts, mean, size)), 1e-10, 1e-10, ROUNDING,
            )  # fmt: skip
    counts, _, spread = data["border"]
    mean = numbers(reference(python, "border", "mean"))
    grid = reference(python, "grid")
    for name, size, sizes in (
        ("poisson", math.inf, math.inf), ("negbinom", spread, grid["size"]),
    ):  # fmt: skip
        yield Comparison(
            subject, f"CRPS of counts, {name}", "evaluation.crps_counts", program("scoringrules"),
            numbers(reference(python, "border", f"crps_{name}"), grid[f"crps_{name}"]),
            numbers(
                crps_counts(counts, mean, size),
                crps_counts(grid["observed"], grid["mean"], sizes),
            ),
            1e-11, 1e-13, ROUNDING,
        )  # fmt: skip
    yield Comparison(
        subject, "Log score of counts", "evaluation.log_score", program("scoringrules"),
        numbers(reference(python, "border", "logs_poisson")),
        numbers(log_score(counts, mean)), 1e-11, 1e-13, ROUNDING,
    )  # fmt: skip
    yield Comparison(
        subject, "Brier score", "evaluation.brier_score", program("scoringrules"),
        numbers(reference(python, "border", "brier")),
        numbers(brier_score(counts, probability_of_any(mean))), 1e-11, 1e-13, ROUNDING,
    )  # fmt: skip
    drawn = reference(python, "ensemble")
    yield Comparison(
        subject, "CRPS of an ensemble, plain and fair", "evaluation.crps_ensemble",
        program("scoringrules"), numbers(drawn["crps"], drawn["crps_fair"]),
        numbers(*(crps_ensemble(drawn["observed"], drawn["draws"], fair=f) for f in (False, True))),
        1e-11, 1e-13, ROUNDING,
    )  # fmt: skip
    told = reference(r, "clopper_pearson")
    yield Comparison(
        subject, "Exact limits of shares", "evaluation.reliability", f"{program('R')} binom.test",
        numbers(told["lo"], told["hi"]), numbers(*share_interval(told["k"], told["n"])),
        1e-9, 0, "where R's root finding stops",
    )  # fmt: skip
    from frontier_geo.evaluation.baselines import history_of, predict_counts

    def past(values: Any, length: Any, exposure: Any, ahead: Any) -> Any:
        start = np.concatenate(([0.0], np.cumsum(length)[:-1]))
        return history_of(values, exposure, ahead, start, start + length)

    ewm = reference(python, "ewm")
    history = past(
        numbers(ewm["counts"])[None, :], np.array([10.0]), np.full((1, 12), 10.0), np.array([10.0])
    )
    yield Comparison(
        subject, "Forecast by exponential weights", "evaluation.forecast",
        f"{program('pandas')} ewm", numbers(ewm["mean"]),
        numbers([
            predict_counts(history, method="ewma", smoothing=a).mean for a in ewm["alpha"]
        ]),
        1e-12, 0, ROUNDING,
    )  # fmt: skip
    sids = table("evaluation_sids.csv")
    length = border["length_km"].to_numpy(dtype=float)
    for words, gamma, y, exposure in (
        ("135 segments", reference(r, "border", "gamma"), border["past"],
         length * border["past_years"].to_numpy()),
        ("100 counties", reference(r, "sids"), sids["SID74"], sids["BIR74"].to_numpy(dtype=float)),
    ):  # fmt: skip
        history = past(
            y.to_numpy(dtype=float)[:, None], np.ones(len(y)), exposure[:, None], exposure
        )
        found = predict_counts(history, method="negative_binomial")
        shape, rate = gamma["shape"], gamma["rate"]
        yield Comparison(
            subject, f"Negative binomial forecast, size and mean: {words}", "evaluation.forecast",
            f"{program('MASS')} glm.nb",
            numbers(shape + y, (shape + y) / (shape / rate + exposure) * exposure),
            numbers(found.size, found.mean), 1e-6, 0, "where both likelihoods stop",
        )  # fmt: skip


SECTIONS = (forecasts,)
