"""Drawing stretches of the line that were found: by scans, by cuts, by a sweep of scales."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from frontier_geo._validation import check_choice, check_columns
from frontier_geo.plots.style import (
    BLUE,
    GREY,
    KM,
    LIGHT,
    ORANGE,
    RED,
    SKY,
    check_days,
    draw_bars,
    draw_nothing,
    label_axes,
    legend,
    safe_text,
    set_km,
)

__all__ = ["DRAWERS"]

WEAK = 0.2  # p above which a stretch is a thin line
FEWEST_ROWS = 3  # so that one cluster does not fill the picture
DAYS_PER_YEAR = 365.25
VERDICTS = {"survives": RED, "depends on scale": ORANGE, "not found": LIGHT}


def draw_clusters(
    ax: Any, table: pd.DataFrame, *, rates: pd.DataFrame | None = None, alpha: float = 0.05
) -> None:
    """Stretches found by a scan, the most unusual on top; over the counts of `rates`, if given."""
    if rates is not None:
        _counts_behind(ax, rates)
    end = (table.attrs.get("boundary") or {}).get("length_km") or table["to_km"].max()
    for row in table.itertuples():
        weak = not row.p_value <= WEAK
        colour = (RED if row.rr > 1 else BLUE) if row.p_value <= alpha else GREY
        height = 0.08 if weak else 0.6
        ax.barh(
            row.rank,
            row.to_km - row.from_km,
            left=row.from_km,
            height=height,
            color=colour,
            alpha=0.85,
        )
        if not weak:
            text = f" {row.observed:g} seen, {row.expected:.3g} expected, p {row.p_value:.2g}"
            left = (row.from_km + row.to_km) / 2 > end / 2
            ax.annotate(
                f"{text.strip()} " if left else text,
                (row.from_km if left else row.to_km, row.rank),
                ha="right" if left else "left", va="center", fontsize=7.5,
            )  # fmt: skip
    ax.set_xlim(0, end)
    ax.set_ylim(max(float(table["rank"].max()), FEWEST_ROWS) + 0.6, 0.4)
    ax.set_yticks(table["rank"])
    least = table.attrs.get("smallest_p")
    note = (
        f"Orange-red: more, blue: fewer than expected, p ≤ {alpha:g}; grey: not so sure; thin: p > "
        f"{WEAK:g}."
    )
    if least and (table["p_value"] <= least * (1 + 1e-9)).any():
        note += (
            f" p {least:.2g} is the smallest that {table.attrs.get('n_sim')} simulations can give."
        )
    label_axes(ax, "Clusters found by the scan", KM, "Rank", table.attrs, note)


def draw_space_time_clusters(ax: Any, table: pd.DataFrame, *, alpha: float = 0.05) -> None:
    """Stretches and times found by a space-time scan."""
    check_days(table, ("period_begin", "period_end"))
    for row in table.itertuples():
        begin, end = pd.Timestamp(row.period_begin), pd.Timestamp(row.period_end)
        sure = row.p_value <= alpha
        ax.fill_between(
            [row.from_km, row.to_km], begin, end + pd.Timedelta(days=1),
            color=RED if sure else GREY, alpha=0.5, linewidth=1,
        )  # fmt: skip
        text = f"{row.rank}: {row.observed:g}/{row.expected:.2g}, p {row.p_value:.2g}"
        ax.annotate(
            text if sure else str(row.rank),
            ((row.from_km + row.to_km) / 2, begin + (end - begin) / 2),
            ha="center",
            va="center",
            fontsize=8,
        )
    period = table.attrs.get("period")
    if period:
        ax.set_ylim(np.datetime64(period[0]), np.datetime64(period[1]))
    ax.set_xlim(0, (table.attrs.get("boundary") or {}).get("length_km") or table["to_km"].max())
    note = f"Rank; where p ≤ {alpha:g} (red) also observed/expected and p."
    label_axes(ax, "Clusters in space and time", KM, "Day", table.attrs, note)


def draw_segments(ax: Any, table: pd.DataFrame) -> None:
    """Rate of each segment cut where the rate changes, with the intervals of the breaks."""
    breaks = table.attrs.get("breaks") or []
    rates = _rates_between(table, breaks)
    colours = [(SKY, LIGHT)[k % 2] for k in range(len(table))]
    draw_bars(ax, table["from_km"], table["to_km"], rates, color=colours, edgecolor="white")
    top = float(np.nanmax(np.append(rates, 0))) or 1.0
    for k, one in enumerate(breaks):
        y = top * (1.08 + 0.1 * (k % 3))
        ax.plot([one["lo_km"], one["hi_km"]], [y, y], color=RED, linewidth=1.5)
        ax.plot(one["km"], y, "o", color=RED, markersize=4)
        ax.annotate(
            f"km {one['km']:.0f}, adj. p {one['p_adj']:.2g}", (one["km"], y), xytext=(0, 4),
            textcoords="offset points", ha="center", fontsize=8,
        )  # fmt: skip
    set_km(ax, table["from_km"], table["to_km"])
    ax.set_ylim(0, top * 1.45)
    whole = table.attrs.get("p_any_break")
    note = "Red: breaks with their intervals and adjusted p." if breaks else "No break found."
    if whole is not None:
        note += f" p {whole:.2g} of any break at all."
    note += (
        " The segments were chosen from these incidents: the rates differ more than they should."
    )
    label_axes(ax, "Segments cut where the rate changes", KM,
               "Incidents per 100 km and year", table.attrs, note)  # fmt: skip


def draw_scale_support(ax: Any, table: pd.DataFrame, *, direction: str = "high") -> None:
    """Share of settings in which each position was significant, one row a segment length."""
    rows = _of_direction(ax, table, direction)
    if rows is None:
        return
    names = [c for c in rows.columns if c.startswith("support_")] + ["support"]
    edges = np.append(rows["from_km"].to_numpy(dtype=float), rows["to_km"].iloc[-1:])
    drawn = ax.pcolormesh(
        edges, np.arange(len(names) + 1) - 0.5, rows[names].to_numpy(dtype=float).T,
        cmap="cividis", vmin=0, vmax=1, rasterized=True,
    )  # fmt: skip
    ax.figure.colorbar(drawn, ax=ax, label="Share of settings")
    labels = [n.removeprefix("support_").replace("_", " ") for n in names[:-1]] + ["all"]
    ax.set_yticks(range(len(names)), labels=labels)
    top = len(names) - 0.5
    for verdict in ("survives", "depends on scale"):
        there = np.repeat((rows["verdict"] == verdict).to_numpy(), 2)
        ax.fill_between(
            np.repeat(edges, 2)[1:-1], top + 0.1, top + 0.45, where=there, color=VERDICTS[verdict],
            linewidth=0, label=verdict,
        )  # fmt: skip
    ax.set_ylim(-0.5, top + 0.5)
    set_km(ax, rows["from_km"], rows["to_km"])
    at = float(table.attrs.get("parameters", {}).get("survives_at", 0.9))
    note = (
        f"On top, orange-red: survives (significant in at least {at:.0%} of all settings); orange: "
        "depends on scale (in some); nothing: not found."
    )
    statistic = safe_text(table.attrs.get("parameters", {}).get("statistic", ""))
    label_axes(ax, f"Which conclusions survive: {statistic}, {direction}", KM, "Segment length",
               table.attrs, note)  # fmt: skip


def draw_scale_stretches(ax: Any, table: pd.DataFrame, *, direction: str = "high") -> None:
    """Mean support of each stretch, coloured by its verdict."""
    rows = _of_direction(ax, table, direction)
    if rows is None:
        return
    for verdict, colour in VERDICTS.items():
        part = rows[rows["verdict"] == verdict]
        if len(part):
            height = np.maximum(part["support"], 0.01)
            draw_bars(ax, part["from_km"], part["to_km"], height, color=colour, label=verdict)
    set_km(ax, rows["from_km"], rows["to_km"])
    ax.set_ylim(0, 1.02)
    label_axes(ax, f"Which conclusions survive, {direction}", KM, "Share of settings", table.attrs)
    legend(ax)


def _of_direction(ax: Any, table: pd.DataFrame, direction: str) -> pd.DataFrame | None:
    """Return the rows of one direction; where there are none, say so in the picture."""
    check_choice(direction, ("high", "low"), name="direction")
    rows = table[table["direction"] == direction]
    if len(rows):
        return rows
    looked = ", ".join(dict.fromkeys(table["direction"].astype(str)))
    draw_nothing(
        ax, table.attrs, f"This sweep did not look for {direction} stretches, only for: {looked}."
    )
    return None


def _counts_behind(ax: Any, rates: pd.DataFrame) -> None:
    """Draw counts on an axis of their own, in the lower half of the picture."""
    check_columns(rates, ["from_km", "to_km", "events"], name="rates")
    behind = ax.twinx()
    draw_bars(behind, rates["from_km"], rates["to_km"], rates["events"], color=LIGHT)
    most = max(1, int(np.ceil(float(rates["events"].max()))))
    behind.set_ylabel("Incidents known to the segment")
    behind.set_ylim(0, 2 * most)
    behind.set_yticks(range(0, most + 1, max(1, -(-most // 5))))
    ax.set_zorder(behind.get_zorder() + 1)
    ax.patch.set_visible(False)


def _rates_between(table: pd.DataFrame, breaks: list[Any]) -> Any:
    """Return the rate of each segment per 100 km and year."""
    period = table.attrs.get("period")
    if breaks:
        rates = [breaks[0]["rate_before"], *(one["rate_after"] for one in breaks)]
    else:
        counted = (table.attrs.get("accounting") or {}).get("counted", np.nan)
        rates = [counted / float((table["to_km"] - table["from_km"]).sum())]
    if not period or len(rates) != len(table):
        return np.full(len(table), np.nan)
    days = (pd.Timestamp(period[1]) - pd.Timestamp(period[0])).days + 1
    return np.array(rates, dtype=float) * 100 / (days / DAYS_PER_YEAR)


#: What draws which kind of result.
DRAWERS = {
    "clusters": draw_clusters,
    "space_time_clusters": draw_space_time_clusters,
    "segments_by_change": draw_segments,
    "scale_support": draw_scale_support,
    "scale_stretches": draw_scale_stretches,
}
