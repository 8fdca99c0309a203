"""From likely pairs to incidents: which reports belong together, at most one of each source."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, min_weight_full_bipartite_matching

from frontier_geo._validation import FloatArray
from frontier_geo.match_candidates import IntArray, Reports
from frontier_geo.match_rules import MatchRules

__all__ = ["assign", "cluster", "decide"]

LARGEST_DENSE = 1_000_000  # cells of a table of costs; a larger group is solved sparsely


def decide(
    pairs: pd.DataFrame, reports: Reports, rules: MatchRules
) -> tuple[IntArray, NDArray[np.object_]]:
    """
    Decide which pairs are one incident.

    Returns
    -------
    cluster : ndarray of int
        For each report the lowest row number of its incident.
    decision : ndarray of str
        For each pair ``same``; ``part`` (one is an episode that covers the other); ``beaten``
        (another partner fits better, or an incident would hold two reports of one source); ``weak``
        (below the threshold).
    """
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    gain = pairs["log_odds"].to_numpy() - np.log(rules.threshold / (1 - rules.threshold))
    decision = np.where(gain >= 0, "beaten", "weak").astype(object)
    decision[_parts(first, second, gain, reports, rules)] = "part"
    open_ = decision == "beaten"
    chosen = np.zeros(len(pairs), dtype=bool)
    sources = np.stack([reports.source[first], reports.source[second]])
    # A pair's sources in order; the same source twice is not a question of one to one.
    within = sources[0] == sources[1]
    chosen[open_ & within] = True
    keys = sources.min(axis=0) * (sources.max() + 1 if len(pairs) else 1) + sources.max(axis=0)
    for key in np.unique(keys[open_ & ~within]):
        rows = np.flatnonzero(open_ & ~within & (keys == key))
        flip = sources[0, rows] > sources[1, rows]
        left = np.where(flip, second[rows], first[rows])
        right = np.where(flip, first[rows], second[rows])
        chosen[rows[assign(left, right, gain[rows])]] = True
    order = np.lexsort((second, first, -gain))
    merged = cluster(
        len(reports),
        first,
        second,
        [k for k in order if chosen[k]],
        decision == "part",
    )
    decision[(merged[first] == merged[second]) & (decision != "part")] = "same"
    return merged, decision


def _parts(
    first: IntArray, second: IntArray, gain: FloatArray, reports: Reports, rules: MatchRules
) -> NDArray[np.bool_]:
    """
    Find the pairs of an episode and what it covers.

    An episode has a window of dates longer than `rules.episode_days` and, in one other source, two or
    more likely partners with windows of at most half its own, none of them clearly the best.
    """
    window = reports.end - reports.start + 1
    rows = np.stack([first, second])
    found = np.zeros(len(first), dtype=bool)
    for long, short in (rows, rows[::-1]):
        likely = (
            (gain >= 0)
            & (window[long] > rules.episode_days)
            & (window[short] * 2 <= window[long])
            & (reports.source[long] != reports.source[short])
        )
        at = np.flatnonzero(likely)
        table = pd.DataFrame(
            {"long": long[at], "source": reports.source[short[at]], "gain": gain[at], "at": at}
        ).sort_values("gain", ascending=False, kind="stable")
        best = table.groupby(["long", "source"], sort=False)["gain"]
        table["second"] = table["gain"].where(best.cumcount() == 1)
        second_best = table.groupby(["long", "source"], sort=False)["second"].transform("max")
        lead = best.transform("max") - second_best  # missing where there is but one partner
        found[table.loc[lead < rules.episode_margin, "at"].to_numpy(dtype=int)] = True
    return found


def assign(left: IntArray, right: IntArray, gain: FloatArray) -> IntArray:
    """
    Choose pairs so that no row occurs twice on its side and the sum of gains is the greatest.

    Parameters
    ----------
    left, right : ndarray of int
        Row numbers; a pair occurs once.
    gain : ndarray of float
        0 or more.

    Returns
    -------
    ndarray of int
        Positions of the chosen pairs.
    """
    lefts, a = np.unique(left, return_inverse=True)
    rights, b = np.unique(right, return_inverse=True)
    n, m = len(lefts), len(rights)
    graph = coo_array((np.ones(len(a)), (a, n + b)), shape=(n + m, n + m))
    _, part = connected_components(graph, directed=False)
    group = part[a]
    order = np.argsort(group, kind="stable")
    cuts = np.flatnonzero(np.diff(group[order])) + 1
    chosen: list[int] = []
    for rows in np.split(order, cuts):
        if len(rows) == 1:
            chosen.append(int(rows[0]))
        elif len(rows):
            chosen.extend(_assign_group(a[rows], b[rows], gain[rows], rows))
    return np.array(sorted(chosen), dtype=np.int64)


def _assign_group(a: IntArray, b: IntArray, gain: FloatArray, rows: IntArray) -> Iterable[int]:
    """Solve one connected group; the value 1 beside the gain keeps pairs of gain 0 apart from none."""
    _, a = np.unique(a, return_inverse=True)
    _, b = np.unique(b, return_inverse=True)
    n, m = int(a.max()) + 1, int(b.max()) + 1
    position = coo_array((np.arange(1, len(rows) + 1), (a, b)), shape=(n, m))
    if n * m <= LARGEST_DENSE:
        value = np.zeros((n, m))
        value[a, b] = gain + 1e-6
        i, j = linear_sum_assignment(value, maximize=True)
        at = position.toarray()[i, j]
    else:
        # Each row may also stay alone: a column of its own, which gains nothing.
        top = float(gain.max()) + 1.0
        costs = csr_array(
            (
                np.concatenate([top - gain, np.full(n, top + 1e-6)]),
                (np.concatenate([a, np.arange(n)]), np.concatenate([b, m + np.arange(n)])),
            ),
            shape=(n, m + n),
        )
        i, j = min_weight_full_bipartite_matching(costs)
        table = {(int(p), int(q)): k + 1 for k, (p, q) in enumerate(zip(a, b, strict=True))}
        at = np.array([table.get((int(p), int(q)), 0) for p, q in zip(i, j, strict=True)])
    return [int(rows[k - 1]) for k in at if k > 0]


def cluster(
    n: int,
    first: IntArray,
    second: IntArray,
    links: Iterable[int],
    barred: NDArray[np.bool_],
) -> IntArray:
    """
    Merge reports along links, the best first, into incidents.

    Two groups are merged only if every report of one was compared with every report of the other:
    what is too far apart, too unlike, or of one source, so that it is not in the list of pairs, is
    never in one incident, nor is a `barred` pair.
    """
    known = np.sort((first * n + second)[~barred])
    leader = np.arange(n)
    members: dict[int, list[int]] = {}
    for k in links:
        one, two = sorted((int(leader[first[k]]), int(leader[second[k]])))
        if one == two:
            continue
        ours, theirs = members.get(one, [one]), members.get(two, [two])
        if len(ours) + len(theirs) > 2 and not _all_known(known, ours, theirs, n):
            continue
        members[one] = ours + theirs
        members.pop(two, None)
        leader[theirs] = one
    return leader


def _all_known(known: IntArray, ours: list[int], theirs: list[int], n: int) -> bool:
    pairs = np.array([(i, j) if i < j else (j, i) for i in ours for j in theirs])
    keys = pairs[:, 0] * n + pairs[:, 1]
    at = np.minimum(np.searchsorted(known, keys), len(known) - 1)
    return bool((known[at] == keys).all())
