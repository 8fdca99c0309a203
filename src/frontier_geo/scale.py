"""
Which conclusions hang on how the line was cut.

Segments of another length, or cut from another first break, can make a hot stretch appear or vanish
(the modifiable areal unit problem). One statistic is worked out for many lengths and origins, and
each kilometre of the line is asked in how many of them it belongs to a significant stretch.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from frontier_geo._results import result_attrs
from frontier_geo._summaries import facts_of, summary_html
from frontier_geo._validation import FloatArray, check_choice, check_columns, check_positive
from frontier_geo.boundary import Boundary
from frontier_geo.errors import (
    CoverageWarning,
    ParameterError,
    ResolutionWarning,
    SmallSampleWarning,
)
from frontier_geo.locating import same_boundary
from frontier_geo.periods import Period
from frontier_geo.rates import segment_rates
from frontier_geo.segments import make_segments
from frontier_geo.significance import check_level, check_n_sim, check_seed, smallest_p

__all__ = ["ScaleSweep", "sweep_breaks", "sweep_scale"]

STATISTICS = ("scan", "hotspots", "rates")
OF_THE_SWEEP = (
    "alpha",
    "n_sim",
    "seed",
)  # arguments of the sweep itself, not options of a statistic
VERDICTS = ("survives", "depends on scale", "not found")
SMALLEST_SHARE = 1 / 3  # a piece at an end shorter than this share of a segment joins the next one
MOST_SETTINGS = 10_000
MOST_POSITIONS = 1_000_000


@dataclass(frozen=True)
class ScaleSweep:
    """
    What came of one statistic over many ways to cut the line.

    Attributes
    ----------
    stretches : DataFrame
        The verdicts. One row a stretch, the line from end to end for each direction: ``direction``
        ("high" or "low"), ``from_km, to_km, verdict`` ("survives", "depends on scale" or "not
        found"), ``support`` (mean share of settings in which its kilometres were significant),
        ``support_lo, support_hi``, ``finding`` (stretches that touch have the same number, and were
        found together; 0 where nothing was), ``found`` (share of settings in which any part of the
        finding was significant), ``settings`` (the settings in which any part of this stretch was,
        by length: "5 km: 5 of 5; 10 km: 3 of 5").
    support : DataFrame
        One row a position and direction: ``direction, from_km, to_km, support``, the same for each
        length as ``support_5_km`` and so on, ``verdict``.
    settings : DataFrame
        One row a setting: ``length_km, origin_km`` (of the first break), ``n_segments, events,
        n_high, n_low`` (significant stretches), ``high_km, low_km`` (their length), ``reason`` (why
        a setting gave no answer).
    """

    stretches: pd.DataFrame
    support: pd.DataFrame
    settings: pd.DataFrame

    def _repr_html_(self) -> str:
        told = self.stretches.attrs
        return summary_html(
            "One statistic over many ways to cut the line",
            [
                ("Statistic", told.get("parameters", {}).get("statistic")),
                ("Settings", len(self.settings)),
                *facts_of(told),
            ],
            table=self.stretches,
            caption="Stretches",
        )


def sweep_scale(
    located: pd.DataFrame,
    boundary: Boundary | None = None,
    *,
    statistic: str | Callable[[pd.DataFrame], pd.DataFrame] = "scan",
    lengths_km: ArrayLike = (5, 10, 20, 50),
    n_origins: int = 5,
    step_km: float = 1.0,
    survives_at: float = 0.9,
    alpha: float = 0.05,
    period: Period | None = None,
    scope: str | Iterable[str] | None = ("border",),
    min_confidence: str | None = "medium",
    n_sim: int | None = None,
    seed: int = 0,
    options: Mapping[str, Any] | None = None,
) -> ScaleSweep:
    """
    Work out a statistic for many segment lengths and origins, and say which conclusions survive.

    Parameters
    ----------
    located : DataFrame
        From `locate_events`.
    boundary : Boundary, optional
        The line it was located on. Default: the shipped border, if it is that.
    statistic : {"scan", "hotspots", "rates"} or callable, default "scan"
        ``scan``: the clusters of `scan_segments`; ``hotspots``: the hot and cold segments of
        `find_hotspots`; ``rates``: segments whose rate differs from the whole line's (`segment_rates`,
        adjusted). Or a function from the rates of one setting to a table of stretches with
        ``from_km, to_km``, one of ``significant`` (bool), ``p_adj``, ``p_value``, and,
        where it has directions, ``direction`` ("high" or "low") or ``rr``.
    lengths_km : array_like of float, shape (k,), default (5, 10, 20, 50)
        Segment lengths.
    n_origins : int, default 5
        For each length, the first break lies at 0, 1/n, 2/n … of it.
    step_km : float, default 1
        How finely positions along the line are told apart.
    survives_at : float, default 0.9
        In which share of the settings a position must be significant to survive.
    alpha : float, default 0.05
        The level of significance.
    period, scope, min_confidence
        As in `segment_rates`.
    n_sim : int, optional
        Simulations of ``scan`` and ``hotspots``. Default: theirs.
    seed : int, default 0
        Of each setting: the same seed gives the same numbers.
    options : mapping, optional
        More arguments of the statistic, such as ``{"max_fraction": 0.25}`` for `scan_segments`; ``rates``
        takes none. `alpha`, `n_sim` and `seed` are not among them: they are the sweep's own.

    Returns
    -------
    ScaleSweep
        Three tables; ``.stretches`` holds the verdicts.

    Raises
    ------
    ParameterError
        If an argument makes no sense, a length leaves fewer than two segments, `n_sim` is too small for
        `alpha`, or the statistic has no such option.

    Warns
    -----
    ResolutionWarning
        Once, if the shortest segments are shorter than most places are known to.

    Notes
    -----
    Surviving is not a p-value: the settings look at the same events, and alpha is that of one
    setting. What depends on scale may still be real, at the scale at which it was found. A piece
    shorter than a third of a segment at either end is joined to its neighbour.

    References
    ----------
    Openshaw (1984), The Modifiable Areal Unit Problem, Geo Books (CATMOG 38).

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events
    >>> def busy(rates):
    ...     return rates.assign(significant=rates["events"] >= 5)
    >>> sweep = sweep_scale(
    ...     locate_events(load_events()), statistic=busy, lengths_km=(50, 100), n_origins=2
    ... )
    >>> sweep.settings["n_segments"].tolist()
    [27, 28, 14, 14]
    """
    boundary = same_boundary(boundary, located=located)
    lengths, n_origins = _check_lengths(lengths_km, boundary.length_km), _check_origins(n_origins)
    if lengths.size * n_origins > MOST_SETTINGS:
        raise ParameterError(
            f"A sweep takes at most {MOST_SETTINGS:,} settings, but {lengths.size} lengths with "
            f"{n_origins} origins are more. Take fewer."
        )
    level = check_level(alpha, name="alpha")
    enough = check_positive(survives_at, name="survives_at", unit="share of settings")
    if enough > 1:
        raise ParameterError(f"survives_at must lie above 0 and up to 1, but is {survives_at!r}.")
    edges = _positions(boundary.length_km, step_km)
    name, run, n_sim = _statistic(statistic, level, n_sim, check_seed(seed), options)
    places = (edges[1:] + edges[:-1]) / 2
    settings: list[dict[str, Any]] = []
    high: list[NDArray[np.bool_]] = []
    low: list[NDArray[np.bool_]] = []
    rates = pd.DataFrame()
    for length in lengths:
        for k in range(n_origins):
            origin = length * k / n_origins
            rates = _rates_of(
                located, boundary, length, origin, period, scope, min_confidence, not settings
            )
            found, reason = _found(run, rates, level)
            high.append(_covered(places, found, "high"))
            low.append(_covered(places, found, "low"))
            settings.append(_setting(length, origin, rates, found, reason))
    runs = pd.DataFrame(settings)
    shown = {"high": np.array(high)} | ({"low": np.array(low)} if np.any(low) else {})
    support = pd.concat(
        [_support(edges, word, hit, runs, enough) for word, hit in shown.items()], ignore_index=True
    )
    stretches = pd.concat(
        [_stretches(edges, word, hit, runs, enough) for word, hit in shown.items()],
        ignore_index=True,
    )
    parameters = {
        "statistic": name,
        "lengths_km": lengths,
        "n_origins": n_origins,
        "step_km": step_km,
        "survives_at": enough,
        "alpha": level,
        "options": dict(options or {}),
    }
    more: dict[str, Any] = {"parameters": parameters, "seed": seed, "n_settings": len(runs)}
    if n_sim is not None:
        more |= {"n_sim": n_sim, "smallest_p": smallest_p(n_sim)}
    for kind, table in (
        ("scale_stretches", stretches),
        ("scale_support", support),
        ("scale_settings", runs),
    ):
        table.attrs = result_attrs(kind, rates, unit="share of settings", **more)
        for of_one_setting in ("accounting", "resolution"):
            table.attrs.pop(of_one_setting, None)
    return ScaleSweep(stretches, support, runs)


def sweep_breaks(end_km: float, length_km: float, origin_km: float) -> FloatArray:
    """
    Return where a line is cut every so many kilometres from a first break on.

    Parameters
    ----------
    end_km : float
        Length of the line.
    length_km : float
        Of the segments.
    origin_km : float
        Of the first break; 0 or a whole segment give the same breaks.

    Returns
    -------
    ndarray of float
        Inner breaks: none at the ends of the line, and none that leaves a piece shorter than a third
        of a segment there.

    Examples
    --------
    >>> sweep_breaks(100.0, 30.0, 0.0).tolist()
    [30.0, 60.0, 90.0]
    >>> sweep_breaks(100.0, 30.0, 5.0).tolist()
    [35.0, 65.0]
    """
    first = origin_km % length_km
    breaks = first + length_km * np.arange(int(np.ceil((end_km - first) / length_km)) + 1)
    short = SMALLEST_SHARE * length_km - 1e-9
    return np.asarray(breaks[(breaks >= short) & (breaks <= end_km - short)], dtype=np.float64)


def _statistic(
    statistic: Any, alpha: float, n_sim: int | None, seed: int, options: Mapping[str, Any] | None
) -> tuple[str, Callable[[pd.DataFrame], pd.DataFrame], int | None]:
    """Return the name of the statistic, what turns rates into stretches, and how often it simulates."""
    if options is not None and not isinstance(options, Mapping):
        raise ParameterError(f"options must be a mapping of names to values, but is {options!r}.")
    more: dict[str, Any] = dict(options or {})
    if callable(statistic):
        name = getattr(statistic, "__name__", "own")
        return name, lambda rates: statistic(rates, **more), None
    check_choice(statistic, STATISTICS, name="statistic")
    if statistic == "rates":
        _check_options(more, (), statistic)
        return statistic, lambda rates: rates[["from_km", "to_km", "p_adj", "rr"]], None
    from frontier_geo.hotspots import find_hotspots
    from frontier_geo.scan import scan_segments

    taken = inspect.signature(scan_segments if statistic == "scan" else find_hotspots).parameters
    # The first argument is the rates; drawn tables fit the segments of one setting only.
    _check_options(more, [name for name in list(taken)[1:] if name != "imputed"], statistic)
    many = check_n_sim(taken["n_sim"].default if n_sim is None else n_sim, alpha=alpha)
    more |= {"alpha": alpha, "seed": seed, "n_sim": many}

    def clusters(rates: pd.DataFrame) -> pd.DataFrame:
        found = scan_segments(rates, **more)
        return found[["from_km", "to_km", "p_value", "rr"]]

    def hot(rates: pd.DataFrame) -> pd.DataFrame:
        found = find_hotspots(rates, **more)
        word = found["hotspot"].map({"hot": "high", "cold": "low"})
        return found[["from_km", "to_km"]].assign(significant=word.notna(), direction=word)

    return statistic, clusters if statistic == "scan" else hot, many


def _check_options(options: Mapping[str, Any], known: Iterable[str], statistic: str) -> None:
    """Refuse options that a statistic does not have, or that are arguments of the sweep."""
    clash = [name for name in options if name in OF_THE_SWEEP]
    if clash:
        raise ParameterError(
            f"{clash[0]} must not stand in options: it is an argument of sweep_scale itself."
        )
    known = [name for name in known if name not in OF_THE_SWEEP]
    odd = [name for name in options if name not in known]
    if odd:
        raise ParameterError(
            f"options must be arguments of statistic={statistic!r}, but {odd[0]!r} is none. It has "
            f"{', '.join(known) or 'none'}."
        )


def _rates_of(
    located: pd.DataFrame,
    boundary: Boundary,
    length: float,
    origin: float,
    period: Period | None,
    scope: Any,
    min_confidence: str | None,
    first: bool,
) -> pd.DataFrame:
    """Return the rates of one setting; only the first one warns."""
    breaks = sweep_breaks(boundary.length_km, length, origin)
    if not breaks.size:
        raise ParameterError(
            f"Each setting must leave two segments or more, but segments of {length:g} km with the "
            f"first break at km {origin:g} leave one. Take shorter segments."
        )
    segments = make_segments(boundary, breaks_km=breaks)
    with warnings.catch_warnings():
        if not first:
            warnings.simplefilter("ignore", ResolutionWarning)
            warnings.simplefilter("ignore", CoverageWarning)
        return segment_rates(
            located,
            segments,
            boundary=boundary,
            period=period,
            scope=scope,
            min_confidence=min_confidence,
        )


def _found(
    run: Callable[[pd.DataFrame], pd.DataFrame], rates: pd.DataFrame, alpha: float
) -> tuple[pd.DataFrame, str]:
    """Return the significant stretches as from_km, to_km, direction; and why there is no answer."""
    if not rates["events"].any():
        return _no_stretch(), "no events known to a segment"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallSampleWarning)
        table = run(rates)
    if not isinstance(table, pd.DataFrame):
        raise ParameterError(
            f"A statistic must return a table of stretches, but returned {type(table).__name__}."
        )
    check_columns(table, ["from_km", "to_km"], name="the table a statistic returns")
    tested = next((c for c in ("significant", "p_adj", "p_value") if c in table), None)
    if tested is None:
        raise ParameterError(
            "A statistic must say what is significant, in a column significant, p_adj or p_value, but "
            f"returned only {', '.join(map(str, table.columns))}."
        )
    if tested != "significant" and len(table) and table[tested].isna().all():
        return _no_stretch(), "no p-value"
    yes = table[tested].astype(bool) if tested == "significant" else table[tested] <= alpha
    if "direction" in table:
        word = table["direction"]
    elif "rr" in table:
        word = pd.Series(np.where(table["rr"] < 1, "low", "high"), index=table.index)
    else:
        word = pd.Series("high", index=table.index)
    found = table[["from_km", "to_km"]].assign(direction=word)
    return found[yes.to_numpy()], ""


def _no_stretch() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "from_km": np.empty(0),
            "to_km": np.empty(0),
            "direction": np.empty(0, dtype=object),
        }
    )


def _covered(places: FloatArray, found: pd.DataFrame, direction: str) -> NDArray[np.bool_]:
    """Return which positions lie on a significant stretch of that direction."""
    hit = np.zeros(places.size, dtype=bool)
    for row in found[found["direction"] == direction].itertuples():
        hit |= (places >= row.from_km) & (places < row.to_km)
    return hit


def _setting(
    length: float, origin: float, rates: pd.DataFrame, found: pd.DataFrame, reason: str
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "length_km": length,
        "origin_km": origin,
        "n_segments": len(rates),
        "events": int(rates["events"].sum()),
    }
    for word in ("high", "low"):
        part = found[found["direction"] == word]
        row[f"n_{word}"] = len(part)
        row[f"{word}_km"] = _union_km(part)
    return row | {"reason": reason}


def _union_km(part: pd.DataFrame) -> float:
    """Return the length that stretches cover, each kilometre once."""
    total, upto = 0.0, -np.inf
    for begin, end in sorted(zip(part["from_km"], part["to_km"], strict=True)):
        total += max(0.0, end - max(begin, upto))
        upto = max(upto, end)
    return float(total)


def _verdicts(share: FloatArray, enough: float) -> NDArray[np.object_]:
    words = np.array(VERDICTS, dtype=object)
    return words[np.where(share >= enough - 1e-9, 0, np.where(share > 0, 1, 2))]


def _support(
    edges: FloatArray, direction: str, hit: NDArray[np.bool_], runs: pd.DataFrame, enough: float
) -> pd.DataFrame:
    """Return for each position the share of settings in which it was significant."""
    share = hit.mean(axis=0)
    table = pd.DataFrame(
        {"direction": direction, "from_km": edges[:-1], "to_km": edges[1:], "support": share}
    )
    for length in runs["length_km"].unique():
        rows = (runs["length_km"] == length).to_numpy()
        table[f"support_{length:g}_km"] = hit[rows].mean(axis=0)
    table["verdict"] = _verdicts(share, enough)
    return table


def _stretches(
    edges: FloatArray, direction: str, hit: NDArray[np.bool_], runs: pd.DataFrame, enough: float
) -> pd.DataFrame:
    """Return the line cut where the verdict changes."""
    share = hit.mean(axis=0)
    verdict = _verdicts(share, enough)
    finding = _findings(share > 0)
    start = np.append(0, np.flatnonzero(verdict[1:] != verdict[:-1]) + 1)
    stop = np.append(start[1:], share.size)
    rows = []
    for a, b in zip(start, stop, strict=True):
        number = int(finding[a])
        whole = hit[:, finding == number] if number else hit[:, a:b]
        rows.append(
            {
                "direction": direction,
                "from_km": edges[a],
                "to_km": edges[b],
                "verdict": verdict[a],
                "support": share[a:b].mean(),
                "support_lo": share[a:b].min(),
                "support_hi": share[a:b].max(),
                "finding": number,
                "found": whole.any(axis=1).mean(),
                "settings": _by_length(np.asarray(hit[:, a:b].any(axis=1)), runs),
            }
        )
    return pd.DataFrame(rows)


def _findings(hit: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Number the runs of positions that were ever significant; 0 elsewhere."""
    begins = hit & ~np.append(False, hit[:-1])
    return np.where(hit, np.cumsum(begins), 0)


def _by_length(yes: NDArray[np.bool_], runs: pd.DataFrame) -> str:
    """Say for each length in how many of its settings something was found."""
    counted = pd.Series(yes).groupby(runs["length_km"], sort=False).agg(["sum", "size"])
    return "; ".join(f"{length:g} km: {n} of {of}" for length, (n, of) in counted.iterrows())


def _check_lengths(lengths_km: ArrayLike, end: float) -> FloatArray:
    try:
        lengths = np.unique(np.atleast_1d(np.asarray(lengths_km, dtype=np.float64)))
    except (TypeError, ValueError) as error:
        raise ParameterError(
            f"lengths_km must be numbers of km, but are {lengths_km!r}."
        ) from error
    if not lengths.size or not (np.isfinite(lengths) & (lengths > 0)).all():
        raise ParameterError(f"lengths_km must be above 0 km, but are {lengths.tolist()}.")
    if lengths[-1] > end / 2:
        raise ParameterError(
            f"lengths_km must leave two segments or more of {end:,.1f} km, but one is "
            f"{lengths[-1]:g} km."
        )
    return lengths


def _check_origins(n_origins: Any) -> int:
    whole = isinstance(n_origins, int | np.integer) and not isinstance(n_origins, bool)
    if not whole or n_origins < 1:
        raise ParameterError(
            f"n_origins must be a whole number of 1 or more, but is {n_origins!r}."
        )
    return int(n_origins)


def _positions(end: float, step_km: float) -> FloatArray:
    """Return the edges of the positions, the last one shorter where the line ends."""
    step = check_positive(step_km, name="step_km", unit="km")
    if end / step > MOST_POSITIONS:
        raise ParameterError(
            f"step_km must leave at most {MOST_POSITIONS:,} positions, but is {step_km!r}."
        )
    inner = np.arange(1, int(np.ceil(end / step - 1e-9))) * step
    return np.concatenate(([0.0], inner, [end]))
