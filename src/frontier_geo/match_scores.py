"""
How much speaks for two reports being one incident: a log likelihood ratio for each thing they say.

Positive speaks for, negative against, 0 where one of the two is silent. See `MatchRules`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rapidfuzz import fuzz

from frontier_geo._validation import FloatArray
from frontier_geo.boundary import Boundary
from frontier_geo.match_candidates import NO_PLACE, POINT, STRETCH, IntArray, Reports
from frontier_geo.match_rules import FAMILIES, MatchRules
from frontier_geo.names import clean, tokenise

__all__ = ["PARTS", "compare", "explain"]

PARTS = ("date", "place", "type", "actors", "casualties", "report")
RADIUS_95 = float(np.sqrt(-2.0 * np.log(0.05)))  # in standard deviations of a circular normal
LOWEST = -8.0  # what any one thing can speak against at most; e**8 is 3,000
OFF_LINE_KM = 25.0  # a point farther from the line is not on a stretch of it
SAME_SIDE, OTHER_SIDE = 0.3, -1.0
ADMIN2, ADMIN1, OTHER_ADMIN = 1.0, 0.5, -2.0
FIGURES = (("killed", 1.0), ("wounded", 0.5), ("detained", 0.5), ("narcotics_kg", 1.0))
NO_NAMES = ("unidentified", "unknown", "unnamed", "unspecified", "not stated", "неизвест")
EMPTY_WORDS = frozenset(
    {
        "of",
        "the",
        "and",
        "in",
        "for",
        "force",
        "forces",
        "group",
        "groups",
        "armed",
        "men",
        "people",
    }
)


class Comparison:
    """Pairs of reports, and how much each thing they say speaks for or against."""

    def __init__(self, events: gpd.GeoDataFrame, reports: Reports, rules: MatchRules) -> None:
        self.events, self.reports, self.rules = events, reports, rules
        empty = np.zeros(0, dtype=np.int64)
        self.first, self.second = empty, empty
        self.columns: dict[str, NDArray[Any]] = {}

    def keep(self, kept: NDArray[np.bool_]) -> None:
        """Leave out the other pairs."""
        self.first, self.second = self.first[kept], self.second[kept]
        self.columns = {name: values[kept] for name, values in self.columns.items()}

    def total(self) -> FloatArray:
        """Return the log odds of each pair by the parts there are."""
        odds = np.full(len(self.first), float(self.rules.prior))
        for name in PARTS:
            odds += self.columns.get(name, 0.0)
        return odds

    def both(self, name: str) -> tuple[IntArray, IntArray, list[Any]]:
        """Return the values of a column as numbers, for both reports of each pair, and the values."""
        if name not in self.events:
            nothing = np.full(len(self.first), -1, dtype=np.int64)
            return nothing, nothing, []
        column = self.events[name].astype(object)
        codes, values = pd.factorize(column.where(column.notna(), None), sort=True)
        return codes[self.first], codes[self.second], list(values)


def compare(
    events: gpd.GeoDataFrame,
    reports: Reports,
    pairs: tuple[IntArray, IntArray],
    rules: MatchRules,
    boundary: Boundary | None,
) -> pd.DataFrame:
    """
    Score pairs of reports.

    Returns
    -------
    DataFrame
        ``first, second`` (row numbers), ``days_apart, distance_km, shared_km, type_relation,
        actor_similarity``, one column for each of `PARTS`, `log_odds` and `score`. Pairs that can no
        longer reach `rules.plausible` after date, place and type are left out.
    """
    work = Comparison(events, reports, rules)
    work.first, work.second = pairs
    _date(work)
    _place(work, boundary)
    _type(work)
    # The rest can add no more than this.
    most = max(rules.same_actors, 0) + rules.figures + max(rules.same_report, 0)
    work.keep(work.total() + most >= _log_odds(max(rules.plausible, 1e-12)))
    _actors(work)
    _casualties(work)
    _report(work)
    odds = work.total()
    score = 1 / (1 + np.exp(-odds))
    work.columns |= {"log_odds": odds, "score": score}
    work.keep(score >= rules.plausible)
    return pd.DataFrame({"first": work.first, "second": work.second, **work.columns})


def _log_odds(probability: float) -> float:
    return float(np.log(probability / (1 - probability)))


# ---- date ----------------------------------------------------------------------------------------


def _date(work: Comparison) -> None:
    """Average the share of dates so far apart over the days of both windows, against an even spread."""
    reports, i, j = work.reports, work.first, work.second
    (s1, e1), (s2, e2) = ((reports.start[k], reports.end[k]) for k in (i, j))
    shares = np.zeros(len(i))
    for lag in range(-work.rules.tolerance_days, work.rules.tolerance_days + 1):
        days = np.minimum(e1, e2 + lag) - np.maximum(s1, s2 + lag) + 1
        shares += work.rules.day_errors[abs(lag)] * np.maximum(days, 0)
    likelihood = shares / ((e1 - s1 + 1.0) * (e2 - s2 + 1.0))
    with np.errstate(divide="ignore"):
        part = np.log(likelihood * work.rules.reference_days)
    gap = reports.gap_days(i, j)
    # Wide windows that meet say little; they do not speak against.
    part = np.where(gap == 0, np.maximum(part, 0.0), part)
    work.columns["days_apart"] = gap
    work.columns["date"] = np.maximum(part, LOWEST)


# ---- place ---------------------------------------------------------------------------------------


def _place(work: Comparison, boundary: Boundary | None) -> None:
    reports, i, j = work.reports, work.first, work.second
    part = np.zeros(len(i))
    distance = np.full(len(i), np.nan)
    shared = np.full(len(i), np.nan)
    kinds = np.stack([reports.kind[i], reports.kind[j]])
    points = (kinds == POINT).all(axis=0)
    if points.any():
        distance[points] = reports.distance_km(i[points], j[points])
        radii = [reports.radius_km[k[points]] for k in (i, j)]
        part[points] = _points_evidence(distance[points], radii[0], radii[1], work.rules)
    along = (kinds != NO_PLACE).all(axis=0) & ~points
    if along.any() and boundary is not None:
        part[along], shared[along], distance[along] = _stretch_evidence(
            reports, i[along], j[along], work.rules, boundary
        )
    loose = ~points
    part[loose] += _side_evidence(work)[loose]
    bare = (kinds == NO_PLACE).any(axis=0)
    part[bare] += _admin_evidence(work)[bare]
    work.columns |= {
        "distance_km": distance,
        "shared_km": shared,
        "place": np.maximum(part, LOWEST),
    }


def _points_evidence(
    distance: FloatArray, radius: FloatArray, other: FloatArray, rules: MatchRules
) -> FloatArray:
    """Compare the density of two points of one place so far apart with an even one."""
    variance = (radius**2 + other**2) / RADIUS_95**2 + rules.scatter_km**2
    gross = variance + rules.gross_km**2

    def density(spread: FloatArray) -> FloatArray:
        return np.exp(-(distance**2) / (2 * spread)) / (2 * np.pi * spread)

    mixed = (1 - rules.gross_share) * density(variance) + rules.gross_share * density(gross)
    with np.errstate(divide="ignore"):
        return np.log(mixed * rules.reference_area_km2)


def _stretch_evidence(
    reports: Reports, i: IntArray, j: IntArray, rules: MatchRules, boundary: Boundary
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the evidence, km that two stretches share, and km from a point to a stretch."""
    begin, finish = (
        np.stack([reports.from_km[i], reports.from_km[j]]),
        np.stack([reports.to_km[i], reports.to_km[j]]),
    )
    away = np.zeros(begin.shape)
    rows = np.stack([i, j])
    point = reports.kind[rows] == POINT
    some = np.unique(rows[point])
    near = boundary.index.locate(reports.lon[some], reports.lat[some])
    first = near.rank == 0
    at_km, off_km = near.chainage_m[first] / 1000, near.distance_m[first] / 1000
    place = np.searchsorted(some, rows[point])
    reach = np.maximum(reports.radius_km[rows[point]], rules.scatter_km)
    begin[point], finish[point] = at_km[place] - reach, at_km[place] + reach
    away[point] = np.maximum(0.0, off_km[place] - reach)
    lengths = finish - begin
    shared = np.maximum(0.0, finish.min(axis=0) - begin.max(axis=0))
    gap = np.maximum(0.0, begin.max(axis=0) - finish.min(axis=0))
    # A place stated wrongly may be anywhere near; a shared stretch is as likely as it is long.
    sure = (1 - rules.gross_share) * shared / (lengths[0] * lengths[1])
    wrong = (
        rules.gross_share
        * np.exp(-(gap**2) / (2 * rules.gross_km**2))
        / (lengths.max(axis=0) + 2.5 * rules.gross_km)
    )
    part = np.log((sure + wrong) * rules.reference_km + 1e-12)
    part = np.where(away.max(axis=0) > OFF_LINE_KM, LOWEST, part)
    apart = np.where(point.any(axis=0), np.hypot(gap, away.max(axis=0)), gap)
    both = ~point.any(axis=0)
    return part, np.where(both, shared, np.nan), np.where(both & (shared > 0), np.nan, apart)


def _side_evidence(work: Comparison) -> FloatArray:
    one, two, sides = work.both("country_side")
    told = np.array([side in ("TJ", "AF") for side in sides] + [False])
    return np.where(told[one] & told[two], np.where(one == two, SAME_SIDE, OTHER_SIDE), 0.0)


def _admin_evidence(work: Comparison) -> FloatArray:
    """Compare provinces and districts by name, for rows that have no place of their own."""
    part = np.zeros(len(work.first))
    for column, gain in (("admin1", ADMIN1), ("admin2", ADMIN2)):
        one, two, names = work.both(column)
        keys = np.array([_key(name) for name in names] + [""])
        known = (keys[one] != "") & (keys[two] != "")
        alike = keys[one] == keys[two]
        part = np.where(known, np.where(alike, np.maximum(part, gain), OTHER_ADMIN), part)
    return part


@lru_cache(maxsize=100_000)
def _key(name: Any) -> str:
    return " ".join(token.key for token in tokenise(clean(name)))


# ---- type, actors, figures, report ---------------------------------------------------------------


def _type(work: Comparison) -> None:
    one, two, words = work.both("event_type")
    table = np.full((len(words) + 1, len(words) + 1), "unknown", dtype=object)
    for a, word in enumerate(words):
        table[a, :-1] = [_relation(word, other) for other in words]
    relation = table[one, two]
    work.columns["type_relation"] = relation
    work.columns["type"] = np.select(
        [relation == "same", relation == "different"],
        [work.rules.same_type, work.rules.other_type],
        0.0,
    )


def _relation(one: str, two: str) -> str:
    """Say how two words of `event_type` go together."""
    if one == two:
        return "same" if one != "other" else "compatible"
    if one not in FAMILIES or two not in FAMILIES:
        return "compatible"
    return "compatible" if FAMILIES[one] & FAMILIES[two] else "different"


def _actors(work: Comparison) -> None:
    one, two, texts = work.both("actors")
    names = [_names(text) for text in texts]
    stated = np.array([bool(each) for each in names] + [False])
    known = stated[one] & stated[two]
    size = max(len(texts), 1)
    keys, back = np.unique(one[known] * size + two[known], return_inverse=True)
    found = [_similarity(names[key // size], names[key % size]) for key in keys.tolist()]
    similarity = np.full(len(one), np.nan)
    similarity[known] = np.array(found, dtype=float)[back]
    best, worst = work.rules.same_actors, work.rules.other_actors
    work.columns["actor_similarity"] = similarity
    work.columns["actors"] = np.nan_to_num(
        np.interp(similarity, [0.3, 0.6, 0.9], [worst, 0.0, best], left=worst, right=best)
    )


def _names(text: str) -> tuple[str, ...]:
    """Return the names of a list of actors as they sound, without words that say nothing."""
    found = []
    for name in clean(text).split(";"):
        if any(word in name.casefold() for word in NO_NAMES):
            continue
        tokens = [token for token in tokenise(name) if not token.key.isdigit()]
        kept = [token.key for token in tokens if token.word not in EMPTY_WORDS]
        if kept:
            found.append(" ".join(kept))
    return tuple(sorted(set(found)))


def _similarity(one: tuple[str, ...], two: tuple[str, ...]) -> float:
    """Return how well the names of the shorter list are found in the longer, from 0 to 1."""
    few, many = sorted((one, two), key=lambda names: (len(names), names))
    best = [max(fuzz.token_set_ratio(name, other) for other in many) for name in few]
    return float(sum(best)) / len(best) / 100


def _casualties(work: Comparison) -> None:
    """Compare figures as their ranges lie: equal large ones are rarer by chance than equal small ones."""
    i, j = work.first, work.second
    part = np.zeros(len(i))
    for column, weight in FIGURES:
        low, high = _ranges(work.events, column)
        least, most = np.maximum(low[i], low[j]), np.minimum(high[i], high[j])
        miss = np.maximum(0.0, np.log1p(least) - np.log1p(most))
        rarity = np.minimum(2.0, np.log1p(np.minimum(low[i], low[j])) / 2)
        part += weight * np.nan_to_num(0.3 + rarity * np.exp(-miss / 0.1) - 1.67 * miss)
    limit = work.rules.figures
    work.columns["casualties"] = np.clip(part, -limit, limit)


def _ranges(events: gpd.GeoDataFrame, column: str) -> tuple[FloatArray, FloatArray]:
    present = [name for name in (column, f"{column}_min", f"{column}_max") if name in events]
    if not present:
        nothing = np.full(len(events), np.nan)
        return nothing, nothing
    values = np.stack([events[name].to_numpy(dtype=float, na_value=np.nan) for name in present])
    return np.fmin.reduce(values), np.fmax.reduce(values)


def _report(work: Comparison) -> None:
    part = np.zeros(len(work.first))
    if "source_urls" in work.events:
        cited = [_addresses(urls) for urls in work.events["source_urls"]]
        some = np.array([bool(urls) for urls in cited])
        source = work.reports.source  # a round-up of one source tells several incidents
        several = source[work.first] != source[work.second]
        for k in np.flatnonzero(some[work.first] & some[work.second] & several):
            if not cited[work.first[k]].isdisjoint(cited[work.second[k]]):
                part[k] = work.rules.same_report
    work.columns["report"] = part


def _addresses(urls: Any) -> frozenset[str]:
    if isinstance(urls, str):
        urls = [urls]
    if not isinstance(urls, list | tuple | np.ndarray):
        return frozenset()
    return frozenset(_address(url) for url in urls if isinstance(url, str) and url.strip())


@lru_cache(maxsize=200_000)
def _address(url: str) -> str:
    bare = url.strip().split("#")[0].casefold()
    return bare.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")


# ---- in words ------------------------------------------------------------------------------------


def explain(events: gpd.GeoDataFrame, reports: Reports, pairs: pd.DataFrame) -> list[str]:
    """Return a sentence for each pair that says what speaks for and against."""
    said = ["event_type", *(column for column, _ in FIGURES)]
    rows = {name: events[name].tolist() for name in said if name in events}
    return [_sentence(rows, reports, pair) for pair in pairs.itertuples(index=False)]


def _sentence(rows: dict[str, list[Any]], reports: Reports, pair: Any) -> str:
    i, j = pair.first, pair.second

    def said(column: str) -> tuple[Any, Any]:
        values = rows.get(column)
        return (values[i], values[j]) if values is not None else (None, None)

    parts = [_date_words(reports, i, j), _place_words(reports, pair)]
    if pair.type_relation != "unknown":
        one, two = said("event_type")
        parts.append(
            f"both {one}"
            if one == two
            else f"{one} and {two}"
            + (" may be one" if pair.type_relation == "compatible" else " do not go together")
        )
    if np.isfinite(pair.actor_similarity):
        alike = "alike" if pair.actor_similarity >= 0.75 else "partly alike"
        alike = "unlike" if pair.actor_similarity < 0.5 else alike
        parts.append(f"actors {alike} ({pair.actor_similarity:.2f})")
    for column, _ in FIGURES:
        one, two = said(column)
        if not (pd.isna(one) or pd.isna(two)):
            parts.append(f"{column.replace('_', ' ')} {one:g} and {two:g}")
    if pair.report > 0:
        parts.append("both cite one report")
    return f"{'; '.join(parts)}; score {pair.score:.2f}"


def _date_words(reports: Reports, i: int, j: int) -> str:
    gap = int(reports.gap_days(np.array([i]), np.array([j]))[0])
    if gap:
        return f"{gap} day{'s' if gap > 1 else ''} apart"
    if reports.start[i] == reports.end[i] == reports.start[j] == reports.end[j]:
        return "same day"
    short, long = sorted(int(reports.end[k] - reports.start[k]) + 1 for k in (i, j))
    if not _nested(reports, i, j):
        return f"windows of {short} and {long} days overlap"
    if short == long:
        return f"the same {short} days"
    if short == 1:
        return f"the day of one lies within the {long} days of the other"
    return f"the {short} days of one lie within the {long} of the other"


def _nested(reports: Reports, i: int, j: int) -> bool:
    return any(
        reports.start[a] <= reports.start[b] and reports.end[b] <= reports.end[a]
        for a, b in ((i, j), (j, i))
    )


def _place_words(reports: Reports, pair: Any) -> str:
    i, j = pair.first, pair.second
    if NO_PLACE in (reports.kind[i], reports.kind[j]):
        return "no place in one of them" if pair.place == 0 else "no point, named areas compared"
    if np.isfinite(pair.shared_km):
        if pair.shared_km > 0:
            return f"their stretches share {pair.shared_km:.0f} km"
        return f"their stretches are {pair.distance_km:.0f} km apart"
    if STRETCH in (reports.kind[i], reports.kind[j]):
        return (
            f"the point is {pair.distance_km:.1f} km from the stretch"
            if pair.distance_km > 0
            else "the point is on the stretch"
        )
    one, two = reports.radius_km[i], reports.radius_km[j]
    inside = "within" if pair.distance_km <= one + two else "beyond"
    return f"{pair.distance_km:.1f} km apart, {inside} their {one:g} and {two:g} km"
