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

HEADROOM = 1.35  # room for a legend above the highest whisker
NARROW = 6.0  # inches
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
    _forest(ax, names, rows[["rate_ratio", "lo", "hi"]].to_numpy(dtype=float))
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
        times = f"× {one.rate_ratio:.2g}" if np.isfinite(one.rate_ratio) else "from none"
        ax.plot(ends, [y, y], color=colour, linewidth=2, solid_capstyle="butt")
        ax.plot([at], [y], "o", color=colour, markersize=5)
        ax.annotate(
            f"{times}, p {one.p_adj:.2g}", (at, y), xytext=(0, -13 if k % 2 else 6),
            textcoords="offset points", ha="center", fontsize=8,
        )  # fmt: skip
    still = table[table["change"] == 0]
    for one in still.itertuples():
        ax.annotate(
            "no change found", (0.02, row[one.segment_id]), xycoords=("axes fraction", "data"),
            va="center", fontsize=8, color=GREY,
        )  # fmt: skip
    ax.set_yticks(range(len(segments)), labels=[safe_text(name, 24) for name in segments])
    ax.set_ylim(len(segments) - 0.5, -0.6)
    period = table.attrs.get("period")
    if period:
        ax.set_xlim(np.datetime64(period[0]), np.datetime64(period[1]))
    if inches_of(ax) < NARROW:
        ax.tick_params(axis="x", rotation=40)
    note = f"Dot: first day after the change; bar: its interval; red: adjusted p ≤ {alpha:g}."
    label_axes(ax, "Changes of the rate", "Day", "Segment", table.attrs, note)


def draw_before_after(ax: Any, table: pd.DataFrame) -> None:
    """Counts before and after in each area, and the weighted displacement difference."""
    areas = [
        name
        for name in ("treated", "control", "treated_displacement", "control_displacement")
        if f"{name}_before" in table
    ]
    at, one = np.arange(len(areas)), table.iloc[0]
    for shift, when, colour in ((-0.2, "before", LIGHT), (0.2, "after", BLUE)):
        counts = [one[f"{name}_{when}"] for name in areas]
        ax.bar(at + shift, counts, 0.38, color=colour, label=when)
    name_ticks(ax, at, [name.replace("_", "\n") for name in areas])
    found = (
        f"Difference {one['estimate']:.3g} (interval {one['lo']:.3g} to {one['hi']:.3g}), "
        f"p {one['p_value']:.2g}: below 0, fewer where treated."
    )
    ax.set_ylim(bottom=0)
    label_axes(ax, "Before and after, with displacement", "Area", "Incidents", table.attrs, found)
    legend(ax)


def draw_near_repeat(ax: Any, table: pd.DataFrame, *, alpha: float = 0.05) -> None:
    """Observed over expected pairs for each band of distance and time."""
    days = list(dict.fromkeys(table["time_band"]))
    places = list(dict.fromkeys(table["distance_band"]))
    _heat(ax, table, "distance_band", places, "time_band", days, alpha)
    label_axes(
        ax, "Near repeats", "Days apart", "Distance along the line", table.attrs,
        f"Numbers: observed over expected pairs; bold: adjusted p ≤ {alpha:g}.",
    )  # fmt: skip


def draw_knox(ax: Any, table: pd.DataFrame, *, alpha: float = 0.05) -> None:
    """Observed over expected near pairs for each pair of limits."""
    shown = table.assign(
        place=[f"≤ {v:g} km" for v in table["delta_km"]],
        soon=[f"≤ {v:g} days" for v in table["tau_days"]],
        observed=table["near_both"],
    )
    days, places = list(dict.fromkeys(shown["soon"])), list(dict.fromkeys(shown["place"]))
    _heat(ax, shown, "place", places, "soon", days, alpha)
    label_axes(
        ax, "Knox test", "Time apart", "Distance along the line", table.attrs,
        f"Numbers: observed over expected near pairs; bold: adjusted p ≤ {alpha:g}.",
    )  # fmt: skip


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
    for k, (name, rows) in enumerate(table.groupby("method", sort=False)):
        some = rows[rows["forecasts"] > 0]
        draw_whiskers(
            ax, some["predicted"], some["observed"], some["lo"], some["hi"],
            color=SERIES[k % len(SERIES)], fmt="osD^v<>"[k % 7], markersize=5, linewidth=1,
            label=safe_text(name, 24),
        )  # fmt: skip
    top = float(np.nanmax(table[["hi", "predicted"]].to_numpy(dtype=float)))
    ax.plot([0, 1], [0, 1], color=BLACK, linewidth=0.8, linestyle="--")
    ax.set_xlim(0, min(1.0, 1.05 * float(table["predicted"].max())))
    ax.set_ylim(0, min(1.0, 1.05 * top))
    label_axes(
        ax, "Calibration of forecasts", "Predicted probability of at least one incident",
        "Share of forecasts that came true", table.attrs,
        "Dashed: perfectly calibrated; whiskers: exact intervals.",
    )  # fmt: skip
    legend(ax)


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
    near = (table["observed"] + 0.5) / (table["expected"] + 0.5)  # tiny numbers stay pale
    grid = table.assign(near=near).pivot(index=rows, columns=columns, values="near")
    grid = grid.loc[row_names, column_names]
    shade = np.log2(np.clip(grid.to_numpy(dtype=float), 1 / 8, 8))
    drawn = ax.pcolormesh(shade, cmap="PuOr_r", vmin=-3, vmax=3, edgecolors="white")
    bar = ax.figure.colorbar(drawn, ax=ax, label="(Observed + ½) / (expected + ½)")
    bar.set_ticks([-3, -2, -1, 0, 1, 2, 3], labels=["⅛", "¼", "½", "1", "2", "4", "8"])
    for one in table.itertuples():
        x = column_names.index(getattr(one, columns)) + 0.5
        y = row_names.index(getattr(one, rows)) + 0.5
        dark = abs(shade[int(y), int(x)]) > 1.8
        ax.annotate(
            f"{one.observed:g}/{one.expected:.2g}", (x, y), ha="center", va="center", fontsize=8,
            color="white" if dark else BLACK,
            fontweight="bold" if one.p_adj <= alpha else "normal",
        )  # fmt: skip
    name_ticks(ax, np.arange(len(column_names)) + 0.5, [safe_text(n, 20) for n in column_names])
    ax.set_yticks(np.arange(len(row_names)) + 0.5, labels=[safe_text(n, 20) for n in row_names])


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
}
