"""
What uncertain places do to counts: multiple imputation and Rubin's rules.

Each event is put on one segment, drawn from its probabilities, again and again. How much the counts
differ between the drawn tables is what the unknown places add to the chance of counts.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_columns
from frontier_geo.errors import ImputationWarning, ParameterError
from frontier_geo.places import check_imputations
from frontier_geo.segments import check_segments
from frontier_geo.significance import check_level, check_seed
from frontier_geo.weighting import ELSEWHERE, Shares

__all__ = [
    "Pooled",
    "draw_tables",
    "impute_counts",
    "pool_counts",
    "rubins_rules",
    "warn_if_foreign",
]


@dataclass(frozen=True)
class Pooled:
    """
    Estimates from several imputed tables, combined: one number for each quantity.

    Attributes
    ----------
    mean : ndarray of float
        Mean of the estimates, Rubin (1987), formula 3.1.2.
    within, between, total : ndarray of float
        The mean of their variances (3.1.3), the variance of the estimates among the tables (3.1.4),
        and ``within + (1 + 1/m) between`` (3.1.5).
    df : ndarray of float
        Degrees of freedom of the total (3.1.6); infinite where the estimates do not differ.
    missing_information : ndarray of float
        Fraction of the information on the quantity that is lost with what was imputed (3.1.10).
        NaN where nothing varies.
    """

    mean: FloatArray
    within: FloatArray
    between: FloatArray
    total: FloatArray
    df: FloatArray
    missing_information: FloatArray


def rubins_rules(estimates: FloatArray, variances: FloatArray) -> Pooled:
    """
    Combine the estimates of several imputed tables by Rubin's rules.

    Parameters
    ----------
    estimates, variances : ndarray of float, shape (m, ...)
        Of each of the m tables: the estimates and their sampling variances.

    Returns
    -------
    Pooled

    References
    ----------
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, Wiley, section 3.1.

    Examples
    --------
    >>> import numpy as np
    >>> pooled = rubins_rules(np.array([0.1, 0.2, 0.3, 0.4, 0.5]), np.full(5, 0.04))
    >>> round(float(pooled.total), 4), round(float(pooled.df), 2)
    (0.07, 21.78)
    """
    estimates, variances = np.asarray(estimates, float), np.asarray(variances, float)
    m = check_imputations(len(estimates))
    mean, within = estimates.mean(axis=0), variances.mean(axis=0)
    between = estimates.var(axis=0, ddof=1)
    extra = (1 + 1 / m) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        increase = extra / within
        df = np.where(extra > 0, (m - 1) * (1 + 1 / increase) ** 2, np.inf)
        lost = (increase + 2 / (df + 3)) / (increase + 1)
    lost = np.where(np.isinf(increase), 1.0, lost)
    return Pooled(mean, within, between, within + extra, df, lost)


def impute_counts(
    weights: pd.DataFrame,
    segments: pd.DataFrame,
    *,
    n_imputations: int = 20,
    seed: int = 0,
    confidence_level: float = 0.95,
) -> pd.DataFrame:
    """
    Count the events of each segment with an interval that carries their uncertain places.

    Parameters
    ----------
    weights : DataFrame
        From `segment_weights` on the same segments: `segment_id` is one of theirs, "other_segments",
        "off_border" or "unplaced". Where the probabilities of an event sum to less than 1, the rest
        is on no segment.
    segments : DataFrame
        The segments the weights are of.
    n_imputations : int, default 20
        How many times each event is put on one segment drawn from its probabilities.
    seed : int, default 0
        The same seed gives the same numbers.
    confidence_level : float, default 0.95
        Of the intervals.

    Returns
    -------
    DataFrame
        One row a segment: ``segment_id``; ``expected_events`` (the sum of probabilities);
        ``mean_count`` over the imputed tables; ``within_variance, between_variance,
        total_variance, df, missing_information`` by Rubin's rules; ``expected_lo, expected_hi``, the
        interval of the number of events to be expected here in such a time.

    Raises
    ------
    ColumnError, ParameterError
        If a column is missing, an event has no id, a segment is unknown, a probability is not one, or
        those of an event sum to more than 1.

    Notes
    -----
    In each imputed table a count is Poisson, and its variance is the count. Counts are small and
    often 0, so neither a normal interval nor a logarithm serves: the limits are those of gamma
    distributions, as Garwood's exact limits are, with Rubin's total variance in place of the count's
    own. The lower is the quantile of the gamma with mean q and variance V, the upper of the one with
    mean q + 1 and variance V + 1; q is the mean count and V the total variance times (t / z)², t of
    Rubin's degrees of freedom. Where every event is certain that is Garwood's interval exactly.

    The draws take the probabilities as known and the events as independent of one another. Where
    they are right the interval is on the safe side. Where rates differ within a district that the
    events are known to only as a whole, spreading them evenly is wrong, and no interval shows it.

    References
    ----------
    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, Wiley, chapter 3.
    Croicu & Hegre (2018), A fast spatial multiple imputation procedure for imprecise armed conflict
    events, Uppsala University.
    Garwood (1936), Biometrika 28, 437-442. https://doi.org/10.1093/biomet/28.3-4.437

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments, segment_weights
    >>> provinces = make_segments(by="tj_province")
    >>> weights = segment_weights(locate_events(load_events()), provinces)
    >>> counts = impute_counts(weights, provinces)
    >>> bool((counts["expected_lo"] < counts["expected_hi"]).all())
    True
    """
    check_columns(weights, ["event_id", "segment_id", "probability"], name="weights")
    check_segments(segments)
    shares, total = _shares_of(weights, segments)
    counts = draw_tables(shares, total, len(segments), n_imputations=n_imputations, seed=seed)
    pooled, low, high = pool_counts(counts, confidence_level)
    table = pd.DataFrame(
        {
            "segment_id": segments["segment_id"].to_numpy(),
            "expected_events": shares.expected(total, len(segments)),
            "mean_count": pooled.mean,
            "within_variance": pooled.within,
            "between_variance": pooled.between,
            "total_variance": pooled.total,
            "df": pooled.df,
            "missing_information": pooled.missing_information,
            "expected_lo": low,
            "expected_hi": high,
        }
    )
    table.attrs = result_attrs(
        "imputed_counts",
        weights,
        segments,
        seed=seed,
        parameters={"n_imputations": n_imputations, "confidence_level": confidence_level},
    )
    return table


def draw_tables(
    shares: Shares, counted: FloatArray, n_segments: int, *, n_imputations: int, seed: int
) -> NDArray[np.int64]:
    """
    Put each event on one segment, drawn from its probabilities, and count; several times.

    Parameters
    ----------
    shares : Shares
        The events' probabilities.
    counted : ndarray of float
        How likely each event counts at all.
    n_segments, n_imputations, seed : int
        Number of segments and of tables, and the seed of the draws.

    Returns
    -------
    ndarray of int, shape (n_imputations, n_segments)
    """
    m = check_imputations(n_imputations)
    random = np.random.default_rng(check_seed(seed))
    # All places end to end on one axis, so that one search serves all events.
    upto = np.cumsum(shares.probability)
    first, last = shares.start[:-1], shares.start[1:] - 1
    begin = (upto - shares.probability)[first][shares.place]
    span = upto[last][shares.place] - begin
    counts = np.zeros((m, n_segments), dtype=np.int64)
    for table in range(m):
        drawn = np.searchsorted(upto, begin + random.random(begin.size) * span, side="right")
        drawn = np.clip(drawn, first[shares.place], last[shares.place])
        here = random.random(begin.size) < counted
        found = np.bincount(shares.segment[drawn[here]], minlength=n_segments)
        counts[table] = found[:n_segments]
    return counts


def pool_counts(
    counts: NDArray[np.int64], confidence_level: float
) -> tuple[Pooled, FloatArray, FloatArray]:
    """Combine Poisson counts of imputed tables; return also the limits of their intervals."""
    from scipy.stats import gamma, norm, t

    level = check_level(confidence_level)
    numbers = counts.astype(np.float64)
    pooled = rubins_rules(numbers, numbers)  # the variance of a Poisson count is the count
    tail = (1 - level) / 2
    variance = pooled.total * (t.isf(tail, pooled.df) / norm.isf(tail)) ** 2
    low = np.zeros(pooled.mean.shape)
    some = pooled.mean > 0
    mean = pooled.mean[some]
    low[some] = gamma.ppf(tail, mean**2 / variance[some], scale=variance[some] / mean)
    mean, variance = pooled.mean + 1, variance + 1
    return pooled, low, gamma.isf(tail, mean**2 / variance, scale=variance / mean)


def warn_if_foreign(drawn: FloatArray, rates: pd.DataFrame, *, stacklevel: int = 3) -> None:
    """
    Warn when drawn tables were not made from the events of a table of rates.

    Parameters
    ----------
    drawn : ndarray of float, shape (m, number of segments)
        From `draw_counts`.
    rates : DataFrame
        With `expected_events`, the mean that the tables were drawn from; without it nothing is told.
    stacklevel : int, default 3
        Whose line the warning points to; 3 is the caller of the public function.

    Warns
    -----
    ImputationWarning
        If the mean over the tables is farther from `expected_events` than draws from it are: tables
        of another period, choice of events, or order of segments.
    """
    if "expected_events" not in rates:
        return
    expected = rates["expected_events"].to_numpy(dtype=float)
    expected = np.append(expected, expected.sum())
    seen = np.append(drawn.mean(axis=0), drawn.sum(axis=1).mean())
    # Six standard errors of a Poisson mean, and three events of all tables for the rare ones.
    room = 6 * np.sqrt(expected / len(drawn)) + 3 / len(drawn)
    odd = np.flatnonzero(np.abs(seen - expected) > room)
    if odd.size:
        worst = odd[-1]
        where = "all segments" if worst == len(rates) else str(rates["segment_id"].iloc[worst])
        warnings.warn(
            f"The drawn tables hold {seen[worst]:.1f} events on {where}, but expected_events there is "
            f"{expected[worst]:.1f}: they were drawn for another period, choice of events or order of "
            "segments. Draw them with draw_counts and the arguments given to segment_rates. To "
            "silence this, ignore frontier_geo.errors.ImputationWarning.",
            ImputationWarning,
            stacklevel=stacklevel + 1,
        )


def _shares_of(weights: pd.DataFrame, segments: pd.DataFrame) -> tuple[Shares, FloatArray]:
    """Return a table of weights as shares, and what the probabilities of each event sum to."""
    try:
        share = weights["probability"].to_numpy(dtype=float)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"probability of weights must be numbers, but: {error}.") from error
    odd = np.flatnonzero(~((share >= 0) & (share <= 1 + 1e-9)))
    if odd.size:
        raise ParameterError(
            "probability of weights must lie between 0 and 1, but event "
            f"{weights['event_id'].iloc[odd[0]]!r} has {share[odd[0]]!r}."
        )
    nameless = np.flatnonzero(weights["event_id"].isna())
    if nameless.size:
        raise ParameterError(
            f"Every row of weights needs an event_id, but row {nameless[0] + 1} has none."
        )
    row = pd.Index(segments["segment_id"]).get_indexer(pd.Index(weights["segment_id"]))
    foreign = np.flatnonzero((row < 0) & ~weights["segment_id"].isin(ELSEWHERE).to_numpy())
    if foreign.size:
        raise ParameterError(
            f"segment_id of weights must be one of segments, or {', '.join(ELSEWHERE)}, but event "
            f"{weights['event_id'].iloc[foreign[0]]!r} has "
            f"{weights['segment_id'].iloc[foreign[0]]!r}. Make both with the same segments."
        )
    place, events = pd.factorize(weights["event_id"])
    total = np.bincount(place, share, minlength=len(events))
    much = np.flatnonzero(total > 1 + 1e-9)
    if much.size:
        raise ParameterError(
            "The probabilities of each event must sum to 1 at most, but those of "
            f"{events[much[0]]!r} sum to {total[much[0]]:g}. Is a row repeated?"
        )
    row = np.where(row < 0, len(segments), row)
    order = np.argsort(place, kind="stable")
    order = order[share[order] > 0]
    start = np.concatenate(([0], np.cumsum(np.bincount(place[order], minlength=len(events)))))
    some = np.flatnonzero(total > 0)  # an event without any probability counts nowhere
    start = np.append(start[some], start[-1])
    owner = np.repeat(some, np.diff(start))
    return Shares(np.arange(some.size), start, row[order], share[order] / total[owner]), np.minimum(
        total[some], 1.0
    )
