"""
The same incident told by several sources: which reports are one, and what they say together.

No report is lost: each stands in `links` once, with the incident it belongs to and why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._summaries import summary_html
from frontier_geo._validation import check_columns
from frontier_geo._version import __version__
from frontier_geo.boundary import Boundary
from frontier_geo.datasets import load_boundary
from frontier_geo.errors import ParameterError
from frontier_geo.events import check_events
from frontier_geo.match_candidates import IntArray, Reports, candidate_pairs, reports_of
from frontier_geo.match_clusters import decide
from frontier_geo.match_merging import MERGED_COLUMNS, member_order, merge_members
from frontier_geo.match_rules import MatchRules
from frontier_geo.match_scores import compare, explain
from frontier_geo.meltt_rules import MelttRules, match_in_turn

__all__ = ["MatchResult", "MatchRules", "MelttRules", "match_events"]

PRESETS = ("default", "meltt")


@dataclass(frozen=True)
class MatchResult:
    """
    What came of matching.

    Attributes
    ----------
    events : GeoDataFrame
        One row an incident: the event table, and ``sources, sources_n, member_ids, match_score,
        kind, part_of``. The best located report stands for it and gives its `event_id` and place.
        `match_score` is the lowest score between two of its reports. An ``episode`` covers several
        incidents of another source, or, by the rules of meltt, several days; `part_of` names the
        episodes that may cover an incident, which are then counted beside it.
    links : DataFrame
        One row a report: ``incident_id, event_id, source, role, kind, score, explanation``. `role`
        is ``only``, ``representative`` or ``same``; the score is that of the pair with the
        representative.
    pairs : DataFrame
        One row a pair that was compared and is at all likely, with each part of its score and
        `decision`: ``same``, ``part`` (one covers the other), ``beaten`` (something fits better) or
        ``weak``.
    """

    events: gpd.GeoDataFrame
    links: pd.DataFrame
    pairs: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """How many rows came in, incidents came out, and of what kind."""
        several = self.events["member_ids"].map(len) > 1
        episode = self.events["kind"] == "episode"
        return {
            "rows": len(self.links),
            "incidents": len(self.events),
            "matched": int(several.sum()),
            "matched_events": int((several & ~episode).sum()),
            "matched_episodes": int((several & episode).sum()),
            "repeats": len(self.links) - len(self.events),
            "parts": int(self.events["part_of"].map(lambda ids: isinstance(ids, list)).sum()),
        }

    def overlap(self) -> pd.DataFrame:
        """
        Return how many incidents each set of sources tells: ``sources, incidents``, most first.

        Returns
        -------
        DataFrame
        """
        told = Counter(tuple(sorted(names)) for names in self.events["sources"])
        rows = sorted(told.items(), key=lambda row: (-row[1], row[0]))
        return pd.DataFrame(
            {"sources": [list(names) for names, _ in rows], "incidents": [n for _, n in rows]}
        )

    def _repr_html_(self) -> str:
        overlap = self.overlap()
        return summary_html(
            "Matched reports",
            [(name.replace("_", " ").capitalize(), n) for name, n in self.counts.items()],
            table=overlap.assign(sources=overlap["sources"].map(", ".join)),
            caption="Incidents by who tells of them",
        )


def match_events(
    events: Any,
    *,
    rules: str | MatchRules | MelttRules | None = None,
    sources: Sequence[str] | None = None,
    within_source: bool = False,
    boundary: Boundary | None = None,
) -> MatchResult:
    """
    Find the reports that tell of one incident, and make one row of them.

    Parameters
    ----------
    events : GeoDataFrame or sequence of GeoDataFrame
        Event tables (see `check_events`) with a column `source`. What has an attribute `accepted`,
        such as the answer of `read_events`, is taken by that.
    rules : {"default", "meltt"}, MatchRules or MelttRules, optional
        How reports are compared. Default: `MatchRules`.
    sources : sequence of str, optional
        The sources in their order of rank: it settles ties, and is the order in which meltt takes
        them in. Those not named come last. Default: alphabetical.
    within_source : bool, default False
        Whether reports of one source may be one incident, too. Only for `MatchRules`.
    boundary : Boundary, optional
        The line that `frontage_from_km` and `frontage_to_km` refer to. Default: the shipped border.

    Returns
    -------
    MatchResult
        The incidents, the links, and the pairs. The same for any order of the rows.

    Raises
    ------
    ColumnError
        If a table has no `source`.
    ParameterError
        If an `event_id` occurs twice, a source is missing or not there, a table was matched before, or
        more than 20 million pairs of reports are near one another.

    References
    ----------
    Fellegi & Sunter (1969), A theory for record linkage, J. Am. Statist. Assoc. 64, 1183-1210.
    Donnay, Dunford, McGrath, Backer & Cunningham (2019), Integrating conflict event data, J. Conflict
    Resolution 63, 1337-1364 (the rules of `MelttRules`).

    Examples
    --------
    >>> import geopandas as gpd
    >>> reports = gpd.GeoDataFrame(
    ...     {
    ...         "event_id": ["a:1", "b:7", "b:8"],
    ...         "source": ["A", "B", "B"],
    ...         "date_start": ["2025-06-30", "2025-06-30", "2025-09-02"],
    ...         "event_type": "armed_clash",
    ...         "location_precision": "settlement",
    ...     },
    ...     geometry=gpd.points_from_xy([69.50, 69.51, 69.51], [37.20, 37.21, 37.21]),
    ...     crs=4326,
    ... )
    >>> result = match_events(reports)
    >>> result.events["event_id"].tolist()
    ['a:1', 'b:8']
    >>> print(result.links["explanation"][1])
    same day; 1.4 km apart, within their 3 and 3 km; both armed_clash; score 0.99
    """
    rules = _rules(rules)
    if within_source and isinstance(rules, MelttRules):
        raise ParameterError(
            "within_source must be False for the rules of meltt, which compare sources only, but is "
            "True. Use rules='default'."
        )
    table = _one_table(events)
    names, number = _ranked(table, sources)
    order = np.lexsort((table["event_id"].to_numpy(dtype=object).astype(str), number))
    table, number = table.iloc[order].reset_index(drop=True), number[order]
    if boundary is None and "frontage_from_km" in table and table["frontage_from_km"].notna().any():
        boundary = load_boundary()
    scored = rules if isinstance(rules, MatchRules) else MatchRules()
    reports = reports_of(
        table,
        number,
        boundary,
        district_km=scored.district_km,
        province_km=scored.province_km,
    )
    if isinstance(rules, MelttRules):
        pairs, cluster, decision = match_in_turn(table, reports, names, rules)
        pairs["explanation"] = [_in_meltt(pair) for pair in pairs.to_dict("records")]
    else:
        near = candidate_pairs(
            reports,
            tolerance_days=rules.tolerance_days,
            slack_km=rules.slack_km,
            within_source=within_source,
        )
        pairs = compare(table, reports, near, rules, boundary)
        cluster, decision = decide(pairs, reports, rules)
        told = np.isin(decision, ["same", "part"])
        words = np.full(len(pairs), None, dtype=object)
        words[told] = explain(table, reports, pairs[told])
        pairs["explanation"] = words
    pairs["decision"] = decision
    leading = isinstance(rules, MelttRules)
    result = _result(table, reports, pairs, cluster, leading)
    result.events.attrs["matching"] = {
        "rules": "meltt" if leading else "default",
        "parameters": rules.as_dict(),
        "sources": names,
        "within_source": within_source,
        "counts": result.counts,
        "library_version": __version__,
    }
    return result


def _rules(rules: str | MatchRules | MelttRules | None) -> MatchRules | MelttRules:
    if isinstance(rules, MatchRules | MelttRules):
        return rules
    if rules is None or rules == "default":
        return MatchRules()
    if rules == "meltt":
        return MelttRules()
    raise ParameterError(
        f"rules must be one of {', '.join(PRESETS)}, a MatchRules or a MelttRules, but is {rules!r}."
    )


def _one_table(events: Any) -> gpd.GeoDataFrame:
    """Return all reports in one checked table."""
    tables = list(events) if isinstance(events, list | tuple) else [events]
    checked = []
    for k, table in enumerate(tables, start=1):
        if not isinstance(table, pd.DataFrame):
            table = getattr(table, "accepted", table)
        name = "events" if len(tables) == 1 else f"table {k} of events"
        part = check_events(table, name=name)
        check_columns(part, ["source"], name=name)
        if "member_ids" in part and part["member_ids"].notna().any():
            raise ParameterError(
                f"{name} must hold reports, one row each, but was matched before: its column "
                "'member_ids' names the reports of each incident, and the links to them would be lost. "
                "Give the reports themselves, all at once: match_events([first, second, third])."
            )
        bare = np.flatnonzero(
            part["source"].isna() | (part["source"].astype(str).str.strip() == "")
        )
        if bare.size:
            raise ParameterError(
                f"Every row of {name} needs a source, but {part['event_id'].iloc[bare[0]]!r} has none. "
                "Name who compiled it in the column 'source'."
            )
        checked.append(part)
    if not checked:
        raise ParameterError("match_events needs at least one table of events, but got none.")
    if len(checked) == 1:
        return checked[0]
    columns = list(dict.fromkeys(name for part in checked for name in part.columns))
    # Columns without a value would decide the type of the joined one.
    filled = [part.dropna(axis=1, how="all") for part in checked if len(part)]
    kept = [
        part.assign(geometry=own.geometry)
        for part, own in zip(filled, [part for part in checked if len(part)], strict=True)
    ]
    joined = pd.concat(kept or checked[:1], ignore_index=True).reindex(columns=columns)
    table = gpd.GeoDataFrame(joined, geometry="geometry", crs=4326)
    return check_events(table, name="events (all tables together)")


def _ranked(table: pd.DataFrame, sources: Sequence[str] | None) -> tuple[list[str], IntArray]:
    """Return the names of the sources by rank, and the rank of each row's."""
    present = table["source"].astype(str)
    names = sorted(present.unique())
    if sources is not None:
        unknown = [name for name in sources if name not in names]
        if unknown or len(set(sources)) != len(sources):
            raise ParameterError(
                f"sources must name each source of events once ({', '.join(names)}), but is "
                f"{list(sources)!r}."
            )
        names = [*sources, *(name for name in names if name not in sources)]
    rank = {name: k for k, name in enumerate(names)}
    return names, present.map(rank).to_numpy(dtype=np.int64)


def _in_meltt(pair: dict[str, Any]) -> str:
    fits = ", ".join(
        f"{name.removeprefix('fit_')} {value:.2f}" if value == value else f"{name[4:]} not at all"
        for name, value in pair.items()
        if name.startswith("fit_")
    )
    days = int(pair["days_apart"])
    when = "same day" if days == 0 else f"{days} day{'s' if days > 1 else ''} apart"
    return f"{when}; {pair['distance_km']:.1f} km apart; fits (0 is best): {fits}"


# ---- the three tables ----------------------------------------------------------------------------


def _result(
    table: gpd.GeoDataFrame,
    reports: Reports,
    pairs: pd.DataFrame,
    cluster: IntArray,
    leading: bool,
) -> MatchResult:
    place = member_order(reports, cluster, leading)
    ids = table["event_id"].to_numpy(dtype=object)
    names = table["source"].to_numpy(dtype=object)
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    rows, back = np.unique(cluster, return_inverse=True)
    chief = np.zeros(len(rows), dtype=np.int64)  # the representative of each incident
    chief[back[place.rows[place.rank == 0]]] = place.rows[place.rank == 0]
    own = chief[back]
    parts = pairs[pairs["decision"] == "part"]
    episodes, covered = _episodes(reports, parts)
    merged = merge_members(table, reports, place, own)
    merged["match_score"] = _lowest(pairs, own, chief)
    wide = np.zeros(len(table), dtype=bool)
    wide[episodes] = True
    if leading:
        wide |= reports.end > reports.start
    by_chief = pd.Series(wide).groupby(own).any()
    merged["kind"] = np.where(by_chief.loc[merged.index], "episode", "event")
    above: dict[int, set[str]] = {}
    for long, short in zip(episodes, covered, strict=True):
        if own[long] != own[short]:
            above.setdefault(int(own[short]), set()).add(str(ids[own[long]]))
    merged["part_of"] = [sorted(above[k]) if k in above else None for k in merged.index]
    links = pd.DataFrame(
        {
            "incident_id": ids[own],
            "event_id": ids,
            "source": names,
            "role": np.where(own == np.arange(len(table)), "representative", "same"),
            "kind": merged["kind"].loc[own].to_numpy(),
        }
    )
    size = pd.Series(own).map(pd.Series(own).value_counts()).to_numpy()
    links.loc[size == 1, "role"] = "only"
    links = _with_reasons(links, pairs, own, first, second)
    out = pairs.drop(columns=["first", "second"])
    out.insert(0, "source_2", names[second])
    out.insert(0, "event_id_2", ids[second])
    out.insert(0, "source_1", names[first])
    out.insert(0, "event_id_1", ids[first])
    events = merged.reset_index(drop=True)
    added = [name for name in events if name not in table and name not in MERGED_COLUMNS]
    own_names = [name for name in table.columns if name not in MERGED_COLUMNS]
    events = events[[*own_names, *added, *MERGED_COLUMNS]]
    return MatchResult(events, links, out.reset_index(drop=True))


def _episodes(reports: Reports, parts: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """Return the rows of episodes and of what they cover, pair by pair."""
    first, second = parts["first"].to_numpy(dtype=int), parts["second"].to_numpy(dtype=int)
    window = reports.end - reports.start
    longer = window[first] >= window[second]
    return np.where(longer, first, second), np.where(longer, second, first)


def _lowest(pairs: pd.DataFrame, own: IntArray, chief: IntArray) -> NDArray[np.float64]:
    """Return the lowest score between two members of each incident, by representative."""
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    inside = own[first] == own[second]
    scores = pairs["score"][inside].groupby(own[first[inside]]).min()
    return scores.reindex(np.sort(chief)).to_numpy(dtype=float)


def _with_reasons(
    links: pd.DataFrame, pairs: pd.DataFrame, own: IntArray, first: IntArray, second: IntArray
) -> pd.DataFrame:
    """Add to each report the score and the words of its pair with the representative."""
    score = np.full(len(links), np.nan)
    words = np.full(len(links), None, dtype=object)
    for one, two in ((first, second), (second, first)):
        with_chief = (own[one] == two) & (own[two] == two)
        score[one[with_chief]] = pairs["score"].to_numpy()[with_chief]
        words[one[with_chief]] = pairs["explanation"].to_numpy(dtype=object)[with_chief]
    words[(links["role"] == "only").to_numpy()] = "no other report of it was found"
    words[(links["role"] == "representative").to_numpy()] = "stands for the incident"
    return links.assign(score=score, explanation=words)
