"""Drawing results whose x axis is the line, from its first kilometre to its last."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from frontier_geo._validation import check_columns
from frontier_geo.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    KM,
    LIGHT,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    check_days,
    draw_bars,
    draw_whiskers,
    inches_of,
    label_axes,
    legend,
    ratio_axis,
    safe_text,
    set_km,
)

__all__ = ["DRAWERS"]

LEGEND_ROOM = 1.25
PER_100_KM_YEAR = 100 * 365.25  # from km and day
LEVEL_COLOURS = {"low": SKY, "medium": "#F0E442", "high": ORANGE, "critical": RED}
KIND_COLOURS = {
    "new": PURPLE,
    "consecutive": RED,
    "intensifying": "#8B2500",
    "persistent": ORANGE,
    "diminishing": "#F0E442",
    "sporadic": SKY,
    "oscillating": BLUE,
    "historical": GREEN,
}


def draw_rates(ax: Any, table: pd.DataFrame, *, expected: bool = True) -> None:
    """Rates with exact intervals, and those expected from uncertain places."""
    if expected:
        curve = ("expected_rate", "expected_rate_lo", "expected_rate_hi")
        _band(ax, table, *curve, BLUE, "expected, with uncertain places")
    some = table[table["rate"] > 0]
    begin, end = some["from_km"], some["to_km"]
    draw_bars(ax, begin, end, some["rate"], color=GREY, alpha=0.6, label="known to the segment")
    limits = (some["rate"], some["rate_lo"], some["rate_hi"])
    draw_whiskers(ax, (begin + end) / 2, *limits, color=BLACK, linewidth=0.8)
    set_km(ax, table["from_km"], table["to_km"])
    ax.set_ylim(bottom=0)
    note = "Whiskers: exact intervals, of segments with incidents."
    label_axes(ax, "Rate of incidents", KM, "Incidents per 100 km and year", table.attrs, note)
    legend(ax)


def draw_smoothed(ax: Any, table: pd.DataFrame) -> None:
    """Plain rates, and the same drawn towards the line and towards the neighbours."""
    draw_bars(ax, table["from_km"], table["to_km"], table["rate"], color=LIGHT, label="plain")
    _band(ax, table, "eb_rate", "eb_lo", "eb_hi", BLUE, "towards the line's rate")
    _steps(ax, table, "spatial_eb_rate", color=RED, linewidth=1.4, label="towards the neighbours")
    set_km(ax, table["from_km"], table["to_km"])
    ax.set_ylim(bottom=0)
    label_axes(
        ax, "Smoothed rates (empirical Bayes)", KM, "Incidents per 100 km and year", table.attrs
    )
    legend(ax)


def draw_comparison(ax: Any, table: pd.DataFrame, *, alpha: float = 0.05) -> None:
    """Ratio of the second rate to the first."""
    parts = table[table["segment_id"] != "total"]
    total = table[table["segment_id"] == "total"]
    middle = ((parts["from_km"] + parts["to_km"]) / 2).to_numpy()
    known = parts[["rr", "rr_lo", "rr_hi"]].to_numpy(dtype=float)
    whole = total[["rr", "rr_lo", "rr_hi"]].to_numpy(dtype=float)
    low, high = ratio_axis(ax, np.append(known[:, 0], whole), ends=known[:, 1:].ravel())
    _ratios(ax, middle, known, (parts["p_adj"] <= alpha).to_numpy(), low, high, alpha)
    for row in total.itertuples():
        ax.axhspan(max(row.rr_lo, low), min(row.rr_hi, high), color=BLUE, alpha=0.15, linewidth=0)
        ax.axhline(row.rr, color=BLUE, linewidth=1, label="whole line, with its interval")
    ax.axhline(1, color=BLACK, linewidth=0.7)
    set_km(ax, parts["from_km"], parts["to_km"])
    note = (
        "At the edge: no incidents in one of the times; arrow: the interval goes on. Left out: none in "
        "either."
    )
    label_axes(ax, "Change of rates", KM, "Second rate / first (log scale)", table.attrs, note)
    legend(ax)


def draw_density(ax: Any, table: pd.DataFrame) -> None:
    """Intensity with its band."""
    if table["lo"].notna().any():
        ax.fill_between(
            table["chainage_km"], table["lo"], table["hi"], color=BLUE, alpha=0.2, linewidth=0,
            label="band",
        )  # fmt: skip
    ax.plot(table["chainage_km"], table["intensity"], color=BLUE, label="all with a place")
    ax.plot(
        table["chainage_km"], table["intensity_known"], color=RED, linestyle="--", linewidth=1,
        label="known to a point",
    )  # fmt: skip
    set_km(ax, table["chainage_km"], table["chainage_km"])
    ax.set_ylim(bottom=0)
    width = table.attrs.get("bandwidth_km")
    title = "Intensity of incidents" + (f", bandwidth {width:.3g} km" if width else "")
    label_axes(ax, title, KM, "Incidents per km and year", table.attrs)
    legend(ax)


def draw_space_time_density(ax: Any, table: pd.DataFrame) -> None:
    """Intensity over the line and the days, as an image."""
    check_days(table, ("day",))
    grid = table.assign(day=pd.to_datetime(table["day"])).pivot(
        index="day", columns="chainage_km", values="intensity"
    )
    drawn = ax.pcolormesh(
        grid.columns.to_numpy(dtype=float), grid.index.to_numpy(),
        grid.to_numpy(dtype=float) * PER_100_KM_YEAR, cmap="cividis", shading="nearest",
        rasterized=True,
    )  # fmt: skip
    ax.figure.colorbar(drawn, ax=ax, label="Incidents per 100 km and year")
    label_axes(ax, "Intensity of incidents in space and time", KM, "Day", table.attrs)


def draw_relative_risk(ax: Any, table: pd.DataFrame, *, alpha: float = 0.05) -> None:
    """Ratio of two densities, and where it differs from 1."""
    km, ratio = table["chainage_km"].to_numpy(dtype=float), table["rr"].to_numpy(dtype=float)
    low, high = ratio_axis(ax, ratio)
    ax.plot(km, np.clip(ratio, low, high), color=BLUE, label="first / second")
    ax.fill_between(
        km, low, high, where=(table["p_adj"] <= alpha).to_numpy(), color=ORANGE, alpha=0.3,
        linewidth=0, label=f"adjusted p ≤ {alpha:g}",
    )  # fmt: skip
    ax.axhline(1, color=BLACK, linewidth=0.7)
    set_km(ax, km, km)
    second = table.attrs.get("second_period")
    note = f"Second: {' to '.join(second)}." if second else ""
    y = "First / second density (log scale)"
    label_axes(ax, "Relative risk along the line", KM, y, table.attrs, note)
    legend(ax)


def draw_hotspots(ax: Any, table: pd.DataFrame) -> None:
    """Gi* of each segment, coloured by what it was found to be."""
    colours = {"hot": RED, "cold": BLUE, "none": LIGHT}
    _coloured(ax, table, "gi_star", table["hotspot"], colours)
    label_axes(ax, "Hot and cold spots (Gi*)", KM, "Gi*, standard deviations", table.attrs)
    legend(ax)


def draw_local_moran(ax: Any, table: pd.DataFrame) -> None:
    """Local Moran of each segment, coloured by its cluster."""
    colours = {"HH": RED, "LL": BLUE, "HL": ORANGE, "LH": SKY, "none": LIGHT}
    _coloured(ax, table, "local_i", table["cluster"], colours)
    label_axes(ax, "Local Moran's I", KM, "Local I", table.attrs)
    legend(ax)


def draw_emerging(ax: Any, table: pd.DataFrame) -> None:
    """Gi* of the last step, coloured by how each segment became, is or was a hot or cold spot."""
    for pattern, rows in table.groupby("pattern", sort=False):
        word, hot = str(pattern).split()[0], "hot" in str(pattern)
        style = {"color": LIGHT} if word == "no" else {"color": KIND_COLOURS.get(word, GREY)}
        draw_bars(
            ax, rows["from_km"], rows["to_km"], np.where(rows["gi_star"].notna(), 1.0, 0.3),
            label=safe_text(pattern), hatch=None if hot or word == "no" else "///",
            edgecolor="white", linewidth=0.3, **style,
        )  # fmt: skip
    set_km(ax, table["from_km"], table["to_km"])
    columns = max(1, int(inches_of(ax) / 2.4))
    rows_of_legend = -(-table["pattern"].nunique() // columns)
    ax.set_ylim(0, 1.05 + 0.12 * rows_of_legend)
    ax.set_yticks([])
    note = "Cold patterns are hatched; short bars: no statistic."
    label_axes(ax, "Emerging hot and cold spots", KM, "", table.attrs, note)
    legend(ax, loc="upper center", bbox_to_anchor=(0.5, 1.0), ncols=columns)


def draw_bins(ax: Any, table: pd.DataFrame) -> None:
    """Gi* of each segment and step, as an image."""
    _image(ax, table, "gi_star", "PuOr_r", "Gi*, standard deviations", symmetric=True)
    label_axes(ax, "Gi* in space and time", KM, "Day", table.attrs)


def draw_series(ax: Any, table: pd.DataFrame, *, column: str = "expected_events") -> None:
    """Counts of each segment and step, as an image."""
    check_columns(table, [column], name="result")
    _image(ax, table, column, "cividis", safe_text(f"{column.replace('_', ' ')} in the step"))
    label_axes(ax, "Incidents in space and time", KM, "Day", table.attrs)


def draw_impact(ax: Any, table: pd.DataFrame) -> None:
    """Level of each section, with the levels its interval allows."""
    order = list(LEVEL_COLOURS)
    names = table["level"].astype(object)
    for word, colour in LEVEL_COLOURS.items():
        rows = table[(names == word).to_numpy()]
        if len(rows):
            draw_bars(
                ax, rows["from_km"], rows["to_km"], [order.index(word) + 1] * len(rows),
                color=colour, edgecolor="white", linewidth=0.5, label=word,
            )  # fmt: skip
    some = table[names.notna().to_numpy()]
    middle = ((some["from_km"] + some["to_km"]) / 2).to_numpy()
    value, lo, hi = (
        np.array([order.index(word) + 1 for word in some[name]], dtype=float)
        for name in ("level", "level_lo", "level_hi")
    )
    draw_whiskers(ax, middle, value, lo, hi, color=BLACK, linewidth=0.8, capsize=2)
    set_km(ax, table["from_km"], table["to_km"])
    ax.set_ylim(0, 4.4)
    ax.set_yticks(range(1, 5), labels=order)
    note = "Whiskers: the levels that the interval of the rate allows."
    label_axes(ax, "Impact level of each section", KM, "Level", table.attrs, note)


def draw_forecast(ax: Any, table: pd.DataFrame) -> None:
    """Events expected in the next step, per 100 km, and the counts that chance makes of them."""
    per = 100 / (table["to_km"] - table["from_km"]).to_numpy(dtype=float)
    limits = _count_limits(table["mean"].to_numpy(dtype=float), table["size"].to_numpy(dtype=float))
    bounds = table.assign(lo=limits[0] * per, hi=limits[1] * per)
    x, low = _outline(bounds, "lo")
    _, high = _outline(bounds, "hi")
    ax.fill_between(x, low, high, color=LIGHT, linewidth=0, label="central 95 % of the count")
    draw_bars(
        ax, table["from_km"], table["to_km"], table["mean"] * per, color=BLUE, label="mean expected"
    )
    set_km(ax, table["from_km"], table["to_km"])
    ax.set_ylim(
        0, LEGEND_ROOM * max(float(bounds["hi"].max()), float((table["mean"] * per).max())) or 1.0
    )
    start, end = (pd.Timestamp(table[name].iloc[0]).date() for name in ("step_start", "step_end"))
    title = f"Forecast for {start} to {end}, method {safe_text(table['method'].iloc[0])}"
    note = (
        f"Whole line: {table['mean'].sum():.3g} incidents expected. Counts are whole numbers: where "
        "no grey is, none is more than 97.5 % probable."
    )
    label_axes(ax, title, KM, "Incidents per 100 km in the step", table.attrs, note)
    legend(ax)


def draw_trends(ax: Any, table: pd.DataFrame, *, alpha: float = 0.05) -> None:
    """Ratio of each year's rate to the year before, along the line."""
    parts = table[table["segment_id"] != "whole line"]
    total = table[table["segment_id"] == "whole line"]
    middle = ((parts["from_km"] + parts["to_km"]) / 2).to_numpy()
    names = ["rr", "rr_lo", "rr_hi"]
    known, whole = (rows[names].to_numpy(dtype=float) for rows in (parts, total))
    low, high = ratio_axis(ax, np.append(known[:, 0], whole), ends=known[:, 1:].ravel())
    none = parts[(parts["events"] == 0).to_numpy()]
    for k, row in enumerate(none.itertuples()):
        ax.axvspan(
            row.from_km, row.to_km, color=LIGHT, alpha=0.4, linewidth=0,
            label="no incidents" if k == 0 else None,
        )  # fmt: skip
    sure = (parts["rr_p_adj"] <= alpha).to_numpy()
    _ratios(ax, middle, known, sure, low, high, alpha)
    for row in total.itertuples():
        if np.isfinite(row.rr):
            ax.axhspan(row.rr_lo, row.rr_hi, color=BLUE, alpha=0.15, linewidth=0)
            ax.axhline(row.rr, color=BLUE, linewidth=1, label="whole line")
    ax.axhline(1, color=BLACK, linewidth=0.7)
    set_km(ax, parts["from_km"], parts["to_km"])
    note = (
        f"{len(none)} of {len(parts)} segments without incidents. Dots and whiskers: exact Poisson "
        f"trend; filled: its adjusted p ≤ {alpha:g}. Arrow: the interval goes on."
    )
    y = "Rate / rate a year before (log scale)"
    label_axes(ax, "Trend of the rate", KM, y, table.attrs, note)
    legend(ax)


def _count_limits(mean: Any, size: Any) -> Any:
    """Return the central 95 % of predicted counts."""
    from scipy.stats import nbinom, poisson

    some = np.isfinite(size)
    held = np.where(some, size, 1.0)
    return [
        np.where(some, nbinom.ppf(q, held, held / (held + mean)), poisson.ppf(q, mean))
        for q in (0.025, 0.975)
    ]


def _ratios(ax: Any, at: Any, known: Any, sure: Any, low: float, high: float, alpha: float) -> None:
    """Draw ratios with intervals, what differs from 1 filled; those that cannot be had are left out."""
    there = ~np.isnan(known[:, 0])
    clipped = np.clip(known, low, high)
    for chosen, label, face in (
        (there & sure, f"adjusted p ≤ {alpha:g}", RED),
        (there & ~sure, "not so sure", "white"),
    ):
        if not chosen.any():
            continue
        c, colour = clipped[chosen], RED if face == RED else GREY
        draw_whiskers(
            ax, at[chosen], c[:, 0], c[:, 1], c[:, 2], color=colour, fmt="o", markersize=4,
            markerfacecolor=face, linewidth=0.8, label=label, clip_on=False,
        )  # fmt: skip
        for beyond, edge, marker in (
            (known[:, 2] > high, high, "^"),
            (known[:, 1] < low, low, "v"),
        ):
            on = chosen & beyond
            ax.plot(
                at[on], np.full(on.sum(), edge), marker, color=colour, markersize=4, clip_on=False
            )


def _coloured(ax: Any, table: pd.DataFrame, column: str, words: pd.Series, colours: Any) -> None:
    """Draw bars in the colour of a word."""
    for word, colour in colours.items():
        rows = table[(words == word).to_numpy()]
        if len(rows):
            draw_bars(ax, rows["from_km"], rows["to_km"], rows[column], color=colour, label=word)
    ax.axhline(0, color=BLACK, linewidth=0.7)
    set_km(ax, table["from_km"], table["to_km"])


def _outline(table: pd.DataFrame, column: str) -> tuple[Any, Any]:
    """Return a curve of steps; NaN between segments that do not touch."""
    begin, end = table["from_km"].to_numpy(dtype=float), table["to_km"].to_numpy(dtype=float)
    order = np.argsort(begin)
    value = table[column].to_numpy(dtype=float)[order]
    x = np.column_stack((begin[order], end[order], end[order]))
    y = np.column_stack((value, value, np.full(value.size, np.nan)))
    touch = np.append(np.abs(begin[order][1:] - end[order][:-1]) < 1e-6, False)
    y[touch, 2] = value[touch]
    return x.ravel(), y.ravel()


def _steps(ax: Any, table: pd.DataFrame, column: str, **style: Any) -> None:
    ax.plot(*_outline(table, column), **style)


def _band(
    ax: Any, table: pd.DataFrame, column: str, lo: str, hi: str, colour: str, label: str
) -> None:
    """Draw a curve of steps with its interval."""
    x, low = _outline(table, lo)
    _, high = _outline(table, hi)
    ax.fill_between(x, low, high, color=colour, alpha=0.2, linewidth=0)
    _steps(ax, table, column, color=colour, linewidth=1.4, label=label)


def _image(
    ax: Any, table: pd.DataFrame, column: str, cmap: str, label: str, *, symmetric: bool = False
) -> None:
    """Draw one cell for each segment and step."""
    check_days(table, ("step_start", "step_end"))
    dated = pd.to_datetime(table["step_start"])
    grid = table.assign(step_start=dated).pivot(
        index="step_start", columns="from_km", values=column
    )
    ends = table.groupby("from_km")["to_km"].first()
    x = np.append(grid.columns.to_numpy(dtype=float), float(ends.iloc[-1]))
    last = pd.to_datetime(table["step_end"]).max() + pd.Timedelta(days=1)
    y = np.append(grid.index.to_numpy(dtype="datetime64[D]"), np.datetime64(last, "D"))
    values = grid.to_numpy(dtype=float)
    known = values[np.isfinite(values)]
    reach = float(np.abs(known).max()) if symmetric and known.size else None
    limits = {"vmin": -reach, "vmax": reach} if reach else {}
    drawn = ax.pcolormesh(x, y, values, cmap=cmap, rasterized=True, **limits)
    ax.figure.colorbar(drawn, ax=ax, label=label)


#: What draws which kind of result.
DRAWERS = {
    "rates": draw_rates,
    "smoothed_rates": draw_smoothed,
    "rate_comparison": draw_comparison,
    "density": draw_density,
    "space_time_density": draw_space_time_density,
    "relative_risk": draw_relative_risk,
    "hotspots": draw_hotspots,
    "local_moran": draw_local_moran,
    "emerging_hotspots": draw_emerging,
    "emerging_bins": draw_bins,
    "series": draw_series,
    "impact": draw_impact,
    "forecast": draw_forecast,
    "trend": draw_trends,
}
