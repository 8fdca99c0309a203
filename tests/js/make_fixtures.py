"""
Write what the page's script is tested against: values from scipy, pandas and jdatetime.

None of the script's own code is used. Run ``python tests/js/make_fixtures.py`` to write the files in
``fixtures/`` again; the same versions give the same bytes.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jdatetime
import numpy as np
import pandas as pd
from scipy.integrate import quad
from scipy.special import gammaln
from scipy.stats import gamma, norm

FOLDER = Path(__file__).parent / "fixtures"
EPOCH = date(1970, 1, 1)
SHAPES = (0.01, 0.03, 0.1, 0.3, 0.5, 0.9, 1.0, 1.5, 2.0, 3.7, 10.0, 14.9, 15.1, 40.0, 99.5)
LARGE_SHAPES = (250.0, 1000.0, 4321.0, 1e4, 31622.0, 1e5)
TAILS = (0.0005, 0.005, 0.025, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.975)
MISSING = -2147483648


def gamma_table() -> dict[str, Any]:
    """Quantiles, probabilities and ln Γ of gamma distributions."""
    quantiles = []
    for shape in (*SHAPES, *LARGE_SHAPES):
        for p in TAILS:
            row = [shape, p, float(gamma.ppf(p, shape)), float(gamma.isf(p, shape))]
            quantiles.append(row)
    below = [
        [shape, float(x), float(gamma.cdf(x, shape))]
        for shape in (*SHAPES, *LARGE_SHAPES)
        for x in shape * np.array([0.1, 0.5, 0.9, 1.0, 1.1, 2.0, 5.0])
    ]
    logs = [[float(a), float(gammaln(a))] for a in np.geomspace(0.001, 1e5, 60)]
    return {"quantiles": quantiles, "below": below, "logs": logs}


def count_table() -> list[list[float]]:
    """Limits of counts: Garwood's, and those with a variance above the mean."""
    rows = []
    for level in (0.8, 0.95, 0.99):
        tail = (1 - level) / 2
        for mean in (0.0, 0.04, 0.37, 1.0, 2.5, 7.0, 48.6, 900.0, 23456.7):
            for more in (0.0, 0.3, 0.99):
                variance = mean * (1 + more)
                low = 0.0
                if mean > 0:
                    low = gamma.ppf(tail, mean**2 / variance, scale=variance / mean)
                m, v = mean + 1, variance + 1
                high = gamma.isf(tail, m**2 / v, scale=v / m)
                rows.append([level, mean, variance, float(low), float(high)])
    return rows


def calendar_table() -> dict[str, Any]:
    """Solar hijri dates by jdatetime: every 17th day of 1992 to 2027, and each new year."""
    days = []
    day = date(1992, 1, 1)
    while day <= date(2027, 12, 31):
        solar = jdatetime.date.fromgregorian(date=day)
        days.append([(day - EPOCH).days, solar.year, solar.month, solar.day])
        day += timedelta(days=17)
    years = [
        [year, (jdatetime.date(year, 1, 1).togregorian() - EPOCH).days]
        for year in range(1370, 1407)
    ]
    return {"days": days, "years": years}


def kernel_table() -> dict[str, Any]:
    """A smoothed rate by quadrature: each segment's even density times a kernel and its mirrors."""
    random = np.random.default_rng(4)
    length, bandwidth, years = 90.0, 11.0, 7.25
    edges = np.array([0.0, 8.0, 20.0, 31.5, 47.0, 60.0, 61.0, 90.0])
    mass = random.gamma(0.7, 12.0, edges.size - 1)
    at = np.linspace(0.0, length, 19)

    def smoothed(x: float) -> float:
        total = 0.0
        for start, stop, m in zip(edges[:-1], edges[1:], mass, strict=True):

            def value(u: float, x: float = x) -> float:
                images = [u + 2 * k * length for k in range(-2, 3)]
                images += [-u + 2 * k * length for k in range(-2, 3)]
                return float(sum(norm.pdf(x, image, bandwidth) for image in images))

            total += m / (stop - start) * quad(value, start, stop, epsabs=1e-13, epsrel=1e-12)[0]
        return total * 100 / years

    return {
        "from": edges[:-1].tolist(),
        "to": edges[1:].tolist(),
        "mass": mass.tolist(),
        "length": length,
        "bandwidth": bandwidth,
        "years": years,
        "at": at.tolist(),
        "rate": [smoothed(x) for x in at],
    }


def draw_incidents(random: np.random.Generator, n: int, segments: int) -> tuple[pd.DataFrame, list]:
    """Make incidents up, and profiles of places, sorted as the page has them."""
    profiles = []
    for _ in range(12):
        size = int(random.integers(1, 6))
        first = int(random.integers(0, segments - size + 1))
        weights = random.dirichlet(np.ones(size)) * random.choice([1.0, 0.8])
        units = np.floor(weights * 65535).astype(int)
        profiles.append([[first + k, int(w)] for k, w in enumerate(units)])
    day = random.integers(9000, 11000, n)
    dated = random.random(n) > 0.1
    table = pd.DataFrame(
        {
            "day": np.where(dated, day, MISSING),
            "span": np.where(dated, random.choice([0, 0, 0, 6, 30, 364], n), 0),
            "type": random.integers(0, 5, n),
            "side": random.integers(0, 4, n),
            "precision": random.integers(0, 3, n),
            "confidence": random.integers(0, 4, n),
            "scope": random.integers(0, 2, n),
            "counted": (random.random(n) > 0.2).astype(int),
            "place": random.integers(0, len(profiles) + 1, n),
            "stretch": random.integers(0, 4, n),
        }
    )
    single = [p[0][0] + 1 if len(p) == 1 else 0 for p in profiles]
    table["known"] = [0 if place == 0 else single[place - 1] for place in table["place"]]
    return table.sort_values("day", kind="stable", ignore_index=True), profiles


def in_range(table: pd.DataFrame, first: int, last: int, whole: bool) -> np.ndarray:
    """Which part of each incident's days lies in a range; undated ones only in the whole period."""
    dated = table["day"].to_numpy() != MISSING
    start = table["day"].to_numpy(dtype=float)
    stop = start + table["span"].to_numpy()
    inside = np.minimum(stop, last) - np.maximum(start, first) + 1
    share = np.clip(inside, 0, None) / (stop - start + 1)
    return np.where(dated, share, float(whole))


def expect(table: pd.DataFrame, profiles: list, case: dict[str, Any], period: list[int]) -> dict:
    """Work a case of filters out the slow way."""
    whole = case["range"] is None
    first, last = period if whole else case["range"]
    share = in_range(table, first, last, whole)
    shown = (share > 0) | whole
    for filter_name, out in case["off"].items():
        shown &= ~table[filter_name].isin(out).to_numpy()
    segments = case["segments"]
    expected, variance, known = np.zeros((3, segments))
    for i in np.flatnonzero(shown & (table["counted"].to_numpy() == 1)):
        place = table["place"].iloc[i]
        for segment, units in profiles[place - 1] if place else []:
            p = share[i] * units / 65535
            expected[segment] += p
            variance[segment] += p + p * (1 - p)
        if table["known"].iloc[i] and share[i] == 1:
            known[table["known"].iloc[i] - 1] += 1
    stretches = table.loc[shown, "stretch"].value_counts()
    return {
        "visible": shown.astype(int).tolist(),
        "share": np.where(shown, share, 0).tolist(),
        "expected": expected.tolist(),
        "variance": variance.tolist(),
        "known": known.tolist(),
        "stretches": [int(stretches.get(k, 0)) for k in (1, 2, 3)],
        "lo": [
            float(gamma.ppf(0.025, e**2 / v, scale=v / e)) if e else 0.0
            for e, v in zip(expected, variance, strict=True)
        ],
        "hi": [
            float(gamma.isf(0.025, (e + 1) ** 2 / (v + 1), scale=(v + 1) / (e + 1)))
            for e, v in zip(expected, variance, strict=True)
        ],
        "by_type": [
            int((_shown_but(table, share, whole, case["off"], "type") & (table["type"] == k)).sum())
            for k in range(5)
        ],
    }


def _shown_but(
    table: pd.DataFrame, share: np.ndarray, whole: bool, off: dict[str, list[int]], without: str
) -> pd.Series:
    """Which incidents all filters but one leave."""
    shown = pd.Series((share > 0) | whole)
    for name, out in off.items():
        if name != without:
            shown &= ~table[name].isin(out)
    return shown


def year_counts(table: pd.DataFrame, profiles: list, years: list, segments: int) -> list:
    """Incidents in each year on each segment."""
    rows = []
    for first, last in years:
        share = in_range(table, first, last, False)
        row = np.zeros(segments)
        for i in np.flatnonzero((share > 0) & (table["counted"].to_numpy() == 1)):
            place = table["place"].iloc[i]
            for segment, units in profiles[place - 1] if place else []:
                row[segment] += share[i] * units / 65535
        rows.append(row.tolist())
    return rows


def tally_table() -> dict[str, Any]:
    """Several choices of filters on made-up incidents, worked out with pandas."""
    random = np.random.default_rng(11)
    segments, period = 9, [9000, 11100]
    table, profiles = draw_incidents(random, 400, segments)
    choices: list[dict[str, Any]] = [
        {"range": None, "off": {}},
        {"range": None, "off": {"type": [1, 3], "side": [0]}},
        {"range": [9500, 10200], "off": {}},
        {"range": [9500, 9500], "off": {"precision": [2]}},
        {"range": [9000, 11099], "off": {"confidence": [0, 1], "scope": [1]}},
        {"range": [9001, 11100], "off": {"type": [0, 1, 2, 3, 4]}},
    ]
    cases = []
    for choice in choices:
        case = {**choice, "segments": segments}
        cases.append({**case, "result": expect(table, profiles, case, period)})
    years = [[9000, 9130], [9131, 9496], [9497, 9861], [9862, 10226], [10227, 11100]]
    return {
        "period": period,
        "segments": segments,
        "columns": {name: table[name].tolist() for name in table},
        "profiles": profiles,
        "cases": cases,
        "years": years,
        "by_year": year_counts(table, profiles, years, segments),
    }


def main() -> None:
    """Write all files."""
    FOLDER.mkdir(exist_ok=True)
    tables = {
        "gamma": gamma_table(),
        "counts": count_table(),
        "calendar": calendar_table(),
        "kernel": kernel_table(),
        "tally": tally_table(),
    }
    for name, table in tables.items():
        text = json.dumps(table, separators=(",", ":")) + "\n"
        (FOLDER / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
