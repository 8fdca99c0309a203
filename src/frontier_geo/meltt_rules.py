"""
The published rules of meltt: two windows, taxonomies, data sets taken in one after the other.

Written from the description in Donnay, Dunford, McGrath, Backer & Cunningham (2019), "Integrating
Conflict Event Data", J. Conflict Resolution 63(5), 1337-1364, and from the package's documentation.
Where this differs from the package is said in docs/decisions/0011-the-same-incident-twice.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._validation import FloatArray, check_number
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.match_candidates import IntArray, Reports, candidate_pairs

__all__ = ["EVENT_TYPE_LEVELS", "MelttRules", "match_in_turn"]

Levels = Mapping[Any, Sequence[str]]

#: The words of `event_type`, from fine to broad: the preset's taxonomy.
EVENT_TYPE_LEVELS: Levels = MappingProxyType(
    {
        word: (word, broad)
        for broad, words in {
            "violence": (
                "armed_clash", "cross_border_fire", "explosion_or_shelling", "attack_on_civilians",
                "abduction", "attack_on_property", "infiltration",
            ),
            "law": ("arrest", "smuggler_killed_or_detained", "drug_seizure"),
            "crowd": ("protest_or_riot",),
            "posture": (
                "border_closure", "military_build_up", "agreement_or_talks", "statement_or_threat",
            ),
            "other": ("other",),
        }.items()
        for word in words
    }
)  # fmt: skip


@dataclass(frozen=True)
class MelttRules:
    """
    The rules of meltt.

    Two reports of different sources are candidates if both begin within `twindow_days` of each other,
    both end so, and their points lie within `spatwindow_km`. Of each taxonomy the finest level on
    which they agree counts: 0 for the finest, 1 for the broadest; their mean is the fit, and all have
    to agree somewhere. The sources are taken in one after the other: each new one against the
    incidents found so far, which keep the row of the first source that told them; the best fit first,
    one to one. Reports of one day are matched with each other, and so are those of several days (in
    meltt's word, episodes); a day that may be part of an episode is only flagged (``part``).

    Attributes
    ----------
    twindow_days : float, default 2
    spatwindow_km : float, default 4
        The windows of meltt's published example.
    taxonomies : mapping, optional
        From the name of a column to its taxonomy: from each of its values, or (source, value), to
        its levels, from fine to broad, of equal number. Default: `event_type` in two levels.
    smartmatch : bool, default True
        Whether any level may agree; if not, the level in `certainty` must.
    certainty : sequence of int, optional
        The level of each taxonomy that must agree without `smartmatch`; 1 is the finest.
    partial : int, default 0
        How many taxonomies need not agree; each of them counts as the worst fit.
    weights : sequence of float, optional
        Of the taxonomies; they add up to their number.
    """

    twindow_days: float = 2.0
    spatwindow_km: float = 4.0
    taxonomies: Mapping[str, Levels] | None = None
    smartmatch: bool = True
    certainty: Sequence[int] | None = None
    partial: int = 0
    weights: Sequence[float] | None = None

    def __post_init__(self) -> None:
        for name, unit in (("twindow_days", "days"), ("spatwindow_km", "km")):
            if check_number(getattr(self, name), name=name, unit=unit) < 0:
                raise ParameterError(f"{name} must be 0 or more, but is {getattr(self, name)!r}.")
        k = len(self.levels)
        if k == 0:
            raise ParameterError("taxonomies must name at least one column, but is empty.")
        for column, taxonomy in self.levels.items():
            depths = {len(levels) for levels in taxonomy.values()}
            if len(depths) != 1 or 0 in depths:
                raise ParameterError(
                    f"Every value of the taxonomy of {column!r} needs the same number of levels, from "
                    f"fine to broad, but there are {sorted(depths) or 'no values'}."
                )
        if not 0 <= self.partial < k:
            raise ParameterError(
                f"partial must be from 0 to {k - 1}, fewer than there are taxonomies, but is "
                f"{self.partial!r}."
            )
        if not self.smartmatch and (
            self.certainty is None
            or len(self.certainty) != k
            or any(
                not 1 <= level <= len(next(iter(taxonomy.values())))
                for level, taxonomy in zip(self.certainty, self.levels.values(), strict=True)
            )
        ):
            raise ParameterError(
                f"Without smartmatch, certainty must name a level of each of the {k} taxonomies, 1 "
                f"for the finest, but is {self.certainty!r}."
            )
        if self.weights is not None and (
            len(self.weights) != k or min(self.weights) < 0 or not np.isclose(sum(self.weights), k)
        ):
            raise ParameterError(
                f"weights must be {k} numbers of 0 or more that add up to {k}, but are "
                f"{self.weights!r}."
            )

    @property
    def levels(self) -> Mapping[str, Levels]:
        """The taxonomies by column."""
        return {"event_type": EVENT_TYPE_LEVELS} if self.taxonomies is None else self.taxonomies

    def as_dict(self) -> dict[str, Any]:
        """
        Return what was asked for.

        Returns
        -------
        dict
        """
        return {
            "twindow_days": self.twindow_days,
            "spatwindow_km": self.spatwindow_km,
            "taxonomies": list(self.levels),
            "smartmatch": self.smartmatch,
            "certainty": None if self.certainty is None else list(self.certainty),
            "partial": self.partial,
            "weights": None if self.weights is None else list(self.weights),
        }


def match_in_turn(
    events: gpd.GeoDataFrame, reports: Reports, names: Sequence[str], rules: MelttRules
) -> tuple[pd.DataFrame, IntArray, NDArray[np.object_]]:
    """
    Match by the rules of meltt; the rows are sorted by source, in the order of integration.

    Returns
    -------
    pairs : DataFrame
        ``first, second, days_apart, distance_km, fit, score``, a column ``fit_<taxonomy>`` each;
        `score` is 1 less the fit.
    cluster : ndarray of int
        For each report the row of its incident.
    decision : ndarray of str
        For each pair ``same``, ``part`` or ``beaten``.
    """
    pairs = _near(reports, rules)
    codes = {column: _codes(events, reports, names, column, rules) for column in rules.levels}
    pairs = _fits(pairs, codes, rules)
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    episode = reports.end > reports.start
    alike = episode[first] == episode[second]
    decision = np.where(alike, "beaten", "part").astype(object)
    cluster = np.arange(len(reports))
    order = np.lexsort(
        (second, first, pairs["distance_km"], pairs["days_apart"], pairs["fit"].round(9))
    )
    turn = reports.source[second]
    for number in np.unique(turn):
        taken: set[int] = set()
        for k in order[(turn == number)[order]]:
            one, two = int(first[k]), int(second[k])
            # Incidents found so far stand with their first row alone.
            if alike[k] and cluster[one] == one and not {one, two} & taken:
                taken |= {one, two}
                cluster[two] = one
                decision[k] = "same"
    # A row that was taken into an incident is no longer there to be part of anything.
    gone = (cluster[first] != first) | (cluster[second] != second)
    decision[(decision == "part") & gone] = "beaten"
    return pairs, cluster, decision


def _near(reports: Reports, rules: MelttRules) -> pd.DataFrame:
    first, second = candidate_pairs(
        reports,
        tolerance_days=rules.twindow_days,
        slack_km=0.0,
        fixed_km=rules.spatwindow_km * 1.001 + 1e-6,
    )
    distance = reports.distance_km(first, second)
    begin = abs(reports.start[first] - reports.start[second])
    finish = abs(reports.end[first] - reports.end[second])
    single = (reports.end == reports.start)[first] == (reports.end == reports.start)[second]
    gap = reports.gap_days(first, second)
    near = (distance <= rules.spatwindow_km) & np.where(
        single, np.maximum(begin, finish) <= rules.twindow_days, gap <= rules.twindow_days
    )
    table = pd.DataFrame(
        {
            "first": first,
            "second": second,
            "days_apart": np.where(single, np.maximum(begin, finish), gap),
            "distance_km": distance,
        }
    )
    return table[near].reset_index(drop=True)


def _codes(
    events: gpd.GeoDataFrame,
    reports: Reports,
    names: Sequence[str],
    column: str,
    rules: MelttRules,
) -> IntArray:
    """Return the levels of a column as numbers, one row an event; -1 where it is missing."""
    if column not in events:
        raise ColumnError(
            f"The taxonomy of {column!r} needs that column, but events has only "
            f"{', '.join(map(repr, events.columns))}. Leave the taxonomy out, or rename a column."
        )
    taxonomy = rules.levels[column]
    depth = len(next(iter(taxonomy.values())))
    levels: list[Sequence[str | None]] = []
    for value, number in zip(events[column], reports.source.tolist(), strict=True):
        if pd.isna(value):
            levels.append([None] * depth)
            continue
        found = taxonomy.get((names[number], value), taxonomy.get(value))
        if found is None and rules.taxonomies is not None:
            raise ParameterError(
                f"Every value of {column!r} must stand in its taxonomy, but {value!r} of the source "
                f"{names[number]!r} does not. Add it with its {depth} levels."
            )
        levels.append([str(value)] * depth if found is None else list(found))
    table = np.array(levels, dtype=object).reshape(len(events), depth)
    return np.stack([pd.factorize(table[:, k])[0] for k in range(depth)], axis=1).astype(np.int64)


def _fits(pairs: pd.DataFrame, codes: dict[str, IntArray], rules: MelttRules) -> pd.DataFrame:
    """Add how well each taxonomy fits, and keep the pairs on which enough of them agree."""
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    weights = [1.0] * len(codes) if rules.weights is None else list(rules.weights)
    total = np.zeros(len(pairs))
    agreed = np.zeros(len(pairs), dtype=int)
    parts: dict[str, FloatArray] = {}
    for k, (column, levels) in enumerate(codes.items()):
        equal = (levels[first] == levels[second]) & (levels[first] >= 0)
        if not rules.smartmatch and rules.certainty is not None:
            equal[:, np.arange(equal.shape[1]) != rules.certainty[k] - 1] = False
        found = equal.any(axis=1)
        fit = np.where(found, equal.argmax(axis=1) / max(1, equal.shape[1] - 1), 1.0)
        parts[f"fit_{column}"] = np.where(found, fit, np.nan)
        agreed += found
        total += weights[k] * fit
    fit = total / len(codes)
    table = pairs.assign(**parts, fit=fit, score=1.0 - fit)
    return table[agreed + rules.partial >= len(codes)].reset_index(drop=True)
