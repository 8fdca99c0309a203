"""Drawing results whose axes are distances, times, methods or probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from frontier_geo._validation import check_choice
from frontier_geo.plots.style import (
    BLACK,
    BLUE,
    GREY,
    LIGHT,
    RED,
    SERIES,
    draw_whiskers,
    inches_of,
    label_axes,
    legend,
    name_ticks,
    ratio_axis,
    safe_text,
)

__all__ = ["DRAWERS", "draw_envelope"]

DAYS_PER_YEAR = 365.25
HEADROOM = 1.35  # room for a legend above the highest whisker
NARROW = 6.0  # inches
BESIDE = 0.55  # share of the width left beside names and colours
SHARES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
AREA_WORDS = {
    "treated": "treated",
    "control": "control",
    "treated_buffer": "around treated",
    "control_buffer": "around control",
}
#: What `draw_evaluation` can draw, with the words for its axis.
MEASURE_WORDS = {
    "pai": "PAI (share of incidents / of length)",
    "pei": "PEI: PAI / best possible PAI",
    "rri": "RRI: predicted / observed incidents",
    "brier": "Brier score of at least one incident",
    "log_score": "Log score, nats",
    "crps": "CRPS, incidents",
    "brier_skill": "Brier skill over uniform",
    "crps_skill": "CRPS skill over uniform",
    "information_gain": "Nats an incident over uniform",
}


def draw_groups(ax: Any, table: pd.DataFrame) -> None:
    """Ratio of rates for each pair of groups."""
    names = [
        f"{safe_text(a, 30)} / {safe_text(b, 30)}"
        for a, b in zip(table["group_2"], table["group_1"], strict=True)
    ]
    _forest(ax, names, table[["rr", "rr_lo", "rr_hi"]].to_numpy(dtype=float))
    label_axes(ax, "Rates of groups of segments", "Ratio of rates (log scale)", "", table.attrs)


def draw_model(ax: Any, table: pd.DataFrame) -> None:
    """Rate ratios of an intensity model, without the intercept."""
    rows = table.iloc[1:]
    names = [safe_text(term, 40) for term in rows["term"]]
    _forest(ax, names, rows[["rr", "rr_lo", "rr_hi"]].to_numpy(dtype=float))
    label_axes(ax, "Intensity model", "Rate ratio (log scale)", "", table.attrs)


def draw_seasons(ax: Any, table: pd.DataFrame) -> None:
    """Rate of each season with its exact interval, and the rate if all days were alike."""
    at = np.arange(len(table))
    ax.bar(at, table["rate"], color=LIGHT, label="dated to the season")
    draw_whiskers(
        ax,
        at,
        table["rate"],
        table["rate_lo"],
        table["rate_hi"],
        color=GREY,
        linewidth=1,
        capsize=3,
    )
    years = table["days"] / 365.25
    if "expected_events" in table:
        ax.plot(
            at, table["expected_events"] / years, "D", color=BLUE, markersize=4,
            label="longer windows spread over their days",
        )  # fmt: skip
    overall = float(table["events"].sum() / years.sum())
    ax.axhline(overall, color=BLACK, linewidth=0.8, linestyle="--", label="all days alike")
    name_ticks(ax, at, [safe_text(name, 16) for name in table["season"]])
    ax.set_ylim(0, HEADROOM * float(table["rate_hi"].max()))
    label_axes(ax, "Incidents by season", "Season", "Incidents per year of such days", table.attrs)
    legend(ax)


def draw_changes(ax: Any, table: pd.DataFrame, *, alpha: float = 0.05) -> None:
    """When the rate of each segment changed."""
    segments = list(dict.fromkeys(table["segment_id"]))
    row = {name: k for k, name in enumerate(segments)}
    for k, one in enumerate(table[table["change"] > 0].itertuples()):
        y, colour = row[one.segment_id], RED if one.p_adj <= alpha else GREY
        ends = [np.datetime64(pd.Timestamp(day), "D") for day in (one.lo, one.hi)]
        at = np.datetime64(pd.Timestamp(one.first_after), "D")
        times = f"× {one.rr:.2g}" if np.isfinite(one.rr) else "from none"
        ax.plot(ends, [y, y], color=colour, linewidth=2, solid_capstyle="butt")
        ax.plot([at], [y], "o", color=colour, markersize=5)
        ax.annotate(
            f"{times}, adj. p {one.p_adj:.2g}", (at, y), xytext=(0, -13 if k % 2 else 6),
            textcoords="offset points", ha="center", fontsize=8,
        )  # fmt: skip
    still = table[table["change"] == 0]
    for one in still.itertuples():
        found = "no change found" if one.events > 0 else "no events"
        ax.annotate(
            found, (0.02, row[one.segment_id]), xycoords=("axes fraction", "data"),
            va="center", fontsize=8, color=GREY,
        )  # fmt: skip
    ax.set_yticks(range(len(segments)), labels=[safe_text(name, 24) for name in segments])
    ax.set_ylim(len(segments) - 0.5, -0.6)
    period = table.attrs.get("period")
    if period:
        ax.set_xlim(np.datetime64(period[0]), np.datetime64(period[1]))
    if inches_of(ax) < NARROW:
        ax.tick_params(axis="x", rotation=40)
    note = (
        "Dot: first day after the change, with the ratio of the rates; bar: its interval; red: adjusted "
        f"p ≤ {alpha:g}."
    )
    label_axes(ax, "Changes of the rate", "Day", "Segment", table.attrs, note)


def draw_before_after(ax: Any, table: pd.DataFrame, *, alpha: float = 0.05) -> None:
    """Incidents a year before and after in each area, and the weighted displacement difference."""
    areas = [name for name in AREA_WORDS if f"{name}_before" in table]
    at, one = np.arange(len(areas)), table.iloc[0]
    told = table.attrs.get("parameters", {})
    highest = 0.0
    for shift, when, colour in ((-0.2, "before", LIGHT), (0.2, "after", BLUE)):
        period = told.get(when)
        counts = np.array([one[f"{name}_{when}"] for name in areas], dtype=float)
        rates = counts / _years(period) if period else counts
        label = f"{when}: {period[0]} to {period[1]}" if period else when
        ax.bar(at + shift, rates, 0.38, color=colour, label=label)
        highest = max(highest, float(rates.max()))
        for x, y, count in zip(at + shift, rates, counts, strict=True):
            ax.annotate(f"{count:g}", (x, y), xytext=(0, 2), textcoords="offset points",
                        ha="center", fontsize=8)  # fmt: skip
    name_ticks(ax, at, [_area(name, told) for name in areas])
    ax.set_ylim(0, (1.5 if inches_of(ax) >= NARROW else 1.9) * highest or 1.0)
    y = "Incidents a year" if told.get("before") else "Incidents"
    found = f"Above the bars: incidents. {_difference(one, alpha)}"
    label_axes(ax, "Before and after, with displacement", "Area", y, table.attrs, found)
    legend(ax, loc="upper left")


def _years(period: Any) -> float:
    """Return the years from one day to another, both included."""
    return ((pd.Timestamp(period[1]) - pd.Timestamp(period[0])).days + 1) / DAYS_PER_YEAR


def _area(name: str, told: dict[str, Any]) -> str:
    """Return the name of an area, and which or how many segments it is."""
    segments = told.get(name) or []
    which = [str(segments)] if isinstance(segments, str) else [str(s) for s in segments]
    detail = which[0] if len(which) == 1 else f"{len(which)} segments"
    return f"{AREA_WORDS[name]}\n{safe_text(detail, 20)}" if which else AREA_WORDS[name]


def _difference(one: Any, alpha: float) -> str:
    """Say what the weighted displacement difference is, no more than its p allows."""
    if not np.isfinite(one["estimate"]):
        return f"No difference can be had: {one.get('reason') or 'too few incidents'}."
    verdict = "no more than chance makes"
    if one["p_value"] <= alpha:
        verdict = f"{'fewer' if one['estimate'] < 0 else 'more'} where treated, as against control"
    return (
        f"Weighted displacement difference {one['estimate']:.3g} incidents (interval {one['lo']:.3g} to "
        f"{one['hi']:.3g}), p {one['p_value']:.2g}: {verdict}."
    )


def draw_near_repeat(ax: Any, table: pd.DataFrame, *, alpha: float = 0.05) -> None:
    """Observed over expected pairs for each band of distance and time."""
    days = list(dict.fromkeys(table["time_band"]))
    places = list(dict.fromkeys(table["distance_band"]))
    _heat(ax, table, "distance_band", places, "time_band", days, alpha)
    label_axes(
        ax, "Near repeats", "Days apart", "Distance along the line", table.attrs,
        f"Numbers: observed/expected pairs, blank: none of either; bold: adjusted p ≤ {alpha:g}."
        f"{_rests_on(table)}",
    )  # fmt: skip


def draw_knox(ax: Any, table: pd.DataFrame, *, alpha: float = 0.05) -> None:
    """Observed over expected near pairs for each pair of limits."""
    shown = table.assign(
        place=[f"≤ {v:.10g} km" for v in table["delta_km"]],
        soon=[f"≤ {v:.10g} days" for v in table["tau_days"]],
        observed=table["near_both"],
    )
    days, places = list(dict.fromkeys(shown["soon"])), list(dict.fromkeys(shown["place"]))
    _heat(ax, shown, "place", places, "soon", days, alpha)
    label_axes(
        ax, "Knox test", "Time apart", "Distance along the line", table.attrs,
        f"Numbers: observed/expected near pairs, blank: none of either; bold: adjusted p ≤ {alpha:g}."
        f"{_rests_on(table)}",
    )  # fmt: skip


def _rests_on(table: pd.DataFrame) -> str:
    """Say how many incidents and pairs a table of pairs holds."""
    n = (table.attrs.get("accounting") or {}).get("counted")
    n = table["n_events"].iloc[0] if "n_events" in table else n
    return (
        ""
        if n is None
        else f" From {n} incidents with a known day and place: {n * (n - 1) // 2} pairs."
    )


def draw_evaluation(ax: Any, table: pd.DataFrame, *, measure: str = "pai") -> None:
    """One measure of each method, with its standard error."""
    check_choice(measure, tuple(MEASURE_WORDS), name="measure")
    methods = list(dict.fromkeys(table["method"]))
    shares = list(dict.fromkeys(table["share_of_length"]))
    if measure not in ("pai", "pei", "rri"):
        shares = shares[:1]  # scores are the same for every share
    width = 0.8 / len(shares)
    at = np.arange(len(methods))
    for k, share in enumerate(shares):
        rows = table[table["share_of_length"] == share].set_index("method").loc[methods]
        x = at + (k - (len(shares) - 1) / 2) * width
        value, error = rows[measure].to_numpy(), rows[f"{measure}_se"].to_numpy()
        colour = SERIES[k % len(SERIES)]
        ax.bar(x, value, width * 0.9, color=colour, label=f"{share:.3g} of length")
        draw_whiskers(ax, x, value, value - error, value + error, color=BLACK, linewidth=0.8)
    name_ticks(ax, at, [safe_text(name, 20).replace("_", "\n") for name in methods])
    if measure in ("pai", "rri"):
        ax.axhline(1, color=BLACK, linewidth=0.8, linestyle="--")
    ax.set_xlim(-0.6, len(methods) - 0.4)
    note = (
        f"{table['events'].iloc[0]:g} incidents in {table['n_origins'].iloc[0]} steps scored; "
        "whiskers: one standard error."
    )
    label_axes(ax, "How good forecasts were", "Method", MEASURE_WORDS[measure], table.attrs, note)
    if measure in ("pai", "pei", "rri"):
        ax.set_ylim(0, HEADROOM * ax.get_ylim()[1] / 1.2)
        legend(ax, ncols=len(shares), loc="upper center")


def draw_calibration(ax: Any, table: pd.DataFrame) -> None:
    """What happened against what was predicted, or the PIT histogram."""
    if "height" in table:
        _pit(ax, table)
        return
    bins = table.groupby("from_p")[["to_p", "forecasts"]].agg({"to_p": "first", "forecasts": "sum"})
    bins = bins[bins["forecasts"] > 0]
    row = {begin: k for k, begin in enumerate(bins.index)}
    methods = list(dict.fromkeys(table["method"]))
    beside = 0.8 / len(methods)
    for k, name in enumerate(methods):
        some = table[(table["method"] == name) & (table["forecasts"] > 0)]
        at = (
            np.array([row[begin] for begin in some["from_p"]])
            + (k - (len(methods) - 1) / 2) * beside
        )
        draw_whiskers(
            ax, at, some["observed"], some["lo"], some["hi"], color=SERIES[k % len(SERIES)],
            fmt="osD^v<>"[k % 7], markersize=4, linewidth=1, label=safe_text(name, 24),
        )  # fmt: skip
        ax.hlines(some["predicted"], at - beside / 2, at + beside / 2, color=BLACK, linewidth=1.2)
    name_ticks(
        ax, np.arange(len(bins)),
        [f"{100 * a:g}–{100 * b:g} %" for a, b in zip(bins.index, bins["to_p"], strict=True)],
    )  # fmt: skip
    ax.set_xlim(-0.5, len(bins) - 0.5)
    _share_axis(
        ax, float(np.nanmax(table[["hi", "predicted"]].to_numpy(dtype=float))), len(methods)
    )
    label_axes(
        ax, "Calibration of forecasts", "Predicted probability of at least one incident",
        "Share come true (root scale)", table.attrs,
        "Black: mean prediction of the bin; whiskers: exact intervals, which hold it where the method is "
        "calibrated.",
    )  # fmt: skip


def _share_axis(ax: Any, top: float, n_methods: int) -> None:
    """Make the y axis one of shares, rare ones wide, with room for the legend above the highest."""
    columns = max(1, min(n_methods, int(inches_of(ax) / 1.6)))
    room = 0.08 + 0.075 * -(-n_methods // columns)
    ax.set_yscale("function", functions=(lambda p: np.sqrt(np.maximum(p, 0)), np.square))
    ax.set_ylim(0, top / (1 - room) ** 2)
    ticks = [t for t in SHARES if t <= max(top, SHARES[1])]
    ax.set_yticks(ticks, labels=[f"{100 * t:g} %" for t in ticks])
    legend(ax, loc="upper center", ncols=columns)


def draw_envelope(ax: Any, result: Any, *, unit: str = "km") -> None:
    """Draw a statistic of a pattern with its global envelope."""
    ax.fill_between(result.r, result.lo, result.hi, color=LIGHT, label="global envelope of chance")
    ax.plot(result.r, result.expected, color=GREY, linestyle="--", label="mean of chance")
    ax.plot(result.r, result.observed, color=RED, label="observed")
    name = {"k": "K", "pcf": "Pair correlation"}.get(
        str(result.statistic).lower(), safe_text(result.statistic)
    )
    note = f"p {result.p_value:.3g} for all distances together, {result.n_sim} simulations."
    label_axes(ax, f"{name} on the line", f"Distance along the line, {unit}", name, {}, note)
    legend(ax)


def draw_pattern(ax: Any, table: pd.DataFrame) -> None:
    """Draw K or the pair correlation of events on the line with its global envelope."""
    attrs = table.attrs
    r = table["r_km"]
    ax.fill_between(r, table["lo"], table["hi"], color=LIGHT, label="global envelope of chance")
    ax.plot(r, table["expected"], color=GREY, linestyle="--", label="mean of chance")
    ax.plot(r, table["observed"], color=RED, label="observed, known to a point")
    if "observed_imputed" in table:
        ax.plot(r, table["observed_imputed"], color=BLUE, label="mean of drawn places")
    name = "Pair correlation" if attrs["parameters"].get("statistic") == "pcf" else "K"
    told = [f"p {attrs['p_value']:.3g}" if attrs.get("p_value") is not None else "p not to be had"]
    if attrs.get("p_imputed") is not None:
        told.append(f"places drawn: p {attrs['p_imputed']:.3g}")
    note = f"{'; '.join(told)}; for all distances together."
    label_axes(ax, f"{name} on the line", "Distance along the line, km", name, attrs, note)
    legend(ax)


def _pit(ax: Any, table: pd.DataFrame) -> None:
    for k, (name, rows) in enumerate(table.groupby("method", sort=False)):
        edges = np.append(rows["from_p"].to_numpy(), rows["to_p"].iloc[-1])
        ax.stairs(
            rows["height"], edges, color=SERIES[k % len(SERIES)], linewidth=1.6,
            label=safe_text(name, 24),
        )  # fmt: skip
    ax.axhline(1, color=BLACK, linewidth=0.8, linestyle="--")
    ax.set_xlim(0, 1)
    ax.set_ylim(bottom=0)
    label_axes(
        ax, "Calibration of forecasts (PIT)", "Where the count fell in its predicted distribution",
        "Relative height", table.attrs, "Flat: calibrated; high on the right: too few predicted.",
    )  # fmt: skip
    legend(ax)


def _forest(ax: Any, names: list[str], known: Any) -> None:
    """Draw ratios with intervals, one below the other."""
    at = np.arange(len(names))
    low, high = ratio_axis(ax, np.ravel(known), axis="x")
    there = ~np.isnan(known[:, 0])
    c = np.clip(np.nan_to_num(known, nan=1.0, posinf=high), low, high)
    for y in at[~there]:
        ax.annotate("no ratio", (1, y), ha="left", va="center", fontsize=8, color=GREY)
    errors = np.vstack((c[:, 0] - c[:, 1], c[:, 2] - c[:, 0])).clip(0)
    ax.errorbar(
        c[there, 0], at[there], xerr=errors[:, there], fmt="o", color=BLUE, markersize=5,
        linewidth=1.2,
    )  # fmt: skip
    ax.axvline(1, color=BLACK, linewidth=0.7)
    ax.set_yticks(at, labels=names)
    ax.set_ylim(len(names) - 0.5, -0.5)


def _heat(
    ax: Any, table: pd.DataFrame, rows: str, row_names: list[str], columns: str,
    column_names: list[str], alpha: float,
) -> None:  # fmt: skip
    """Draw observed over expected as a table of colours."""
    table = table.drop_duplicates([rows, columns])  # the same limits twice say the same twice
    near = (table["observed"] + 0.5) / (table["expected"] + 0.5)  # tiny numbers stay pale
    grid = table.assign(near=near).pivot(index=rows, columns=columns, values="near")
    grid = grid.loc[row_names, column_names]
    shade = np.log2(np.clip(grid.to_numpy(dtype=float), 1 / 8, 8))
    drawn = ax.pcolormesh(shade, cmap="PuOr_r", vmin=-3, vmax=3, edgecolors="white")
    bar = ax.figure.colorbar(drawn, ax=ax, label="(Seen + ½) / (expected + ½)")
    bar.set_ticks([-3, -2, -1, 0, 1, 2, 3], labels=["⅛", "¼", "½", "1", "2", "4", "8"])
    # Seven characters of half their height, on what names and colours beside leave of the width.
    points = float(np.clip(inches_of(ax) * 72 * BESIDE / (4.0 * len(column_names)), 5.0, 8.0))
    between = "\n" if points < 8 else ""
    for one in table.itertuples():
        if one.observed == 0 and not one.expected > 0:
            continue
        x = column_names.index(getattr(one, columns)) + 0.5
        y = row_names.index(getattr(one, rows)) + 0.5
        dark = abs(shade[int(y), int(x)]) > 1.8
        seen = f"{one.observed:g}/{between}{_short(one.expected)}"
        ax.annotate(
            seen, (x, y), ha="center", va="center", fontsize=points,
            color="white" if dark else BLACK,
            fontweight="bold" if one.p_adj <= alpha else "normal",
        )  # fmt: skip
    name_ticks(
        ax, np.arange(len(column_names)) + 0.5, [safe_text(n, 20) for n in column_names], BESIDE
    )
    ax.set_yticks(np.arange(len(row_names)) + 0.5, labels=[safe_text(n, 20) for n in row_names])


def _short(number: float) -> str:
    """Return a number in few digits, never by its power of ten."""
    return f"{number:.0f}" if number >= 100 else f"{number:.2g}"


#: What draws which kind of result.
DRAWERS = {
    "group_comparison": draw_groups,
    "intensity_model": draw_model,
    "seasons": draw_seasons,
    "change_points": draw_changes,
    "before_after": draw_before_after,
    "near_repeat": draw_near_repeat,
    "knox": draw_knox,
    "forecast_evaluation": draw_evaluation,
    "calibration": draw_calibration,
    "line_pattern": draw_pattern,
}
