"""The commands that measure: density, hotspots, scan, trend and evaluate."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from frontier_geo._commands import AsJson, Line, UsageError, check_folder, check_suffix, print_json
from frontier_geo._console import REPORTED, out, print_about, print_rows, shown, step
from frontier_geo._files import records, refuse_same, table_text, write_whole
from frontier_geo._job import (
    By,
    Confidence,
    Count,
    Events,
    Everything,
    Job,
    Length,
    PeriodText,
    Remainder,
    Scope,
    Since,
    Until,
    days_of,
)
from frontier_geo.errors import ParameterError, ResolutionWarning

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "density_command",
    "evaluate_command",
    "hotspots_command",
    "scan_command",
    "trend_command",
]

TABLES = (".csv", ".json")
PICTURES = (".png", ".svg", ".pdf")
SHOWN_ROWS = 15

Output = Annotated[
    Path | None, typer.Option("--output", "-o", help="Write the table: .csv or .json.")
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", help="Draw the result: .png, .svg or .pdf (needs the extra plot)."),
]
Simulations = Annotated[int, typer.Option("--n-sim", help="Number of simulations.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same numbers.")]
Imputations = Annotated[
    int,
    typer.Option(
        "--n-imputations",
        help="How many tables to draw with the uncertain places put somewhere; 0: none.",
    ),
]
Alpha = Annotated[float, typer.Option(help="Level of significance.")]
Adjust = Annotated[
    str,
    typer.Option(
        "--p-adj-method",
        help="How p-values are adjusted: fdr_bh, fdr_by, holm, bonferroni or none.",
    ),
]
Step = Annotated[
    str,
    typer.Option("--step", help="Steps of time: year, quarter, month, week, or a number of days."),
]


def density_command(
    output: Output = None,
    plot: Plot = None,
    events: Events = None,
    boundary: Line = None,
    step_km: Annotated[float, typer.Option(help="Distance between the places shown, in km.")] = 1.0,
    bandwidth_km: Annotated[
        str,
        typer.Option(
            help="Standard deviation of the kernel in km, or a rule: cv, silverman or diggle."
        ),
    ] = "cv",
    kernel: Annotated[
        str, typer.Option(help="gaussian, epanechnikov, quartic, triangular or uniform.")
    ] = "gaussian",
    adaptive: Annotated[
        bool, typer.Option("--adaptive", help="Wider where events are few, narrower where many.")
    ] = False,
    band: Annotated[str, typer.Option(help="Confidence band: analytic, bootstrap or none.")] = (
        "analytic"
    ),
    weights: Annotated[
        str | None, typer.Option(help="Weigh events by a column, such as killed or narcotics_kg.")
    ] = None,
    period: PeriodText = None,
    since: Since = None,
    until: Until = None,
    scope: Scope = None,
    min_confidence: Confidence = "medium",
    everything: Everything = False,
    n_imputations: Imputations = 20,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Measure how dense incidents are along the line, with a confidence band."""
    since, until = days_of(period, since, until)
    _check_targets(output, plot, events, boundary)
    with _working("Measuring the density"):
        from frontier_geo.density import line_density

        job = Job(events, boundary, None, None, None, "balance")
        curve = line_density(
            job.located,
            job.boundary,
            step_km=step_km,
            bandwidth_km=_number_or_word(bandwidth_km),
            kernel=kernel,
            adaptive=adaptive,
            band=None if band == "none" else band,
            weights=weights,
            n_imputations=n_imputations,
            seed=seed,
            **job.counted(since, until, scope, min_confidence, everything),
        )
    columns = {
        "km": ("chainage_km", "{:.1f}"),
        "official km": ("official_km", "{:.1f}"),
        "intensity": ("intensity", "{:.5f}"),
        "lo": ("lo", "{:.5f}"),
        "hi": ("hi", "{:.5f}"),
        "of known points": ("intensity_known", "{:.5f}"),
    }
    _answer(
        curve,
        "density",
        job,
        columns,
        output=output,
        plot=plot,
        as_json=as_json,
        told=_peaks,
        caption="The peaks of the curve, the highest first",
    )


def hotspots_command(
    output: Output = None,
    plot: Plot = None,
    events: Events = None,
    boundary: Line = None,
    length_km: Length = None,
    n: Count = None,
    by: By = None,
    remainder: Remainder = "balance",
    order: Annotated[
        int, typer.Option(help="A neighbourhood is a segment and so many to either side.")
    ] = 1,
    emerging: Annotated[
        bool,
        typer.Option("--emerging", help="Classes over time instead: new, persistent, sporadic …"),
    ] = False,
    time_step: Step = "year",
    period: PeriodText = None,
    since: Since = None,
    until: Until = None,
    scope: Scope = None,
    min_confidence: Confidence = "medium",
    everything: Everything = False,
    p_adj_method: Adjust = "fdr_bh",
    alpha: Alpha = 0.05,
    n_sim: Simulations = 9999,
    n_imputations: Imputations = 20,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Find the segments around which there is more, or less, than chance gives."""
    since, until = days_of(period, since, until)
    _check_targets(output, plot, events, boundary)
    with _working("Looking for hot spots"):
        job = Job(events, boundary, length_km, n, by, remainder)
        how = job.counted(since, until, scope, min_confidence, everything)
        if emerging:
            found = _emerging(job, how, time_step, order, p_adj_method, alpha, n_imputations, seed)
        else:
            found = _hotspots(job, how, order, p_adj_method, alpha, n_sim, n_imputations, seed)
    columns = {
        "segment": ("segment_id", "{}"),
        "class": ("pattern" if emerging else "hotspot", "{}"),
        "hot steps": ("hot_steps", "{:.0f}"),
        "cold steps": ("cold_steps", "{:.0f}"),
        "trend": ("trend", "{}"),
        "steps": ("bins", "{}"),
        "events": ("events", "{:.0f}"),
        "around": ("observed", "{:.0f}"),
        "expected": ("expected", "{:.2f}"),
        "Gi*": ("gi_star", "{:.2f}"),
        "p": ("p_value", "p"),
        "p adjusted": ("p_adj", "p"),
        "p, places drawn": ("p_imputed", "p"),
        "same when drawn": ("support", "{:.0%}"),
    }
    _answer(
        found,
        "hotspots",
        job,
        columns,
        output=output,
        plot=plot,
        as_json=as_json,
        told=_clearest_first,
        caption="The clearest first",
    )


def scan_command(
    output: Output = None,
    plot: Plot = None,
    events: Events = None,
    boundary: Line = None,
    length_km: Length = None,
    n: Count = None,
    by: By = None,
    remainder: Remainder = "balance",
    model: Annotated[
        str,
        typer.Option(
            help="segments: every run of segments; events: every stretch between events; space-time: "
            "runs of segments and of steps; permutation: the same, whatever the place and the time "
            "have of their own."
        ),
    ] = "segments",
    prospective: Annotated[
        bool,
        typer.Option(
            "--prospective",
            help="With space-time or permutation: only what still goes on in the last step.",
        ),
    ] = False,
    time_step: Step = "year",
    max_fraction: Annotated[
        float, typer.Option(help="Largest stretch looked at, as a share of the exposure.")
    ] = 0.5,
    alternative: Annotated[
        str,
        typer.Option(help="With segments: greater (more than chance), less, or two-sided."),
    ] = "greater",
    period: PeriodText = None,
    since: Since = None,
    until: Until = None,
    scope: Scope = None,
    min_confidence: Confidence = "medium",
    everything: Everything = False,
    alpha: Alpha = 0.05,
    n_sim: Simulations = 999,
    n_imputations: Annotated[
        int | None,
        typer.Option(
            help="How many tables to draw with the uncertain places put somewhere; 0: none. Default: "
            "20, or 5 with the model permutation.",
        ),
    ] = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Look for the stretches that hold more incidents than chance gives, over all of them."""
    since, until = days_of(period, since, until)
    _check_targets(output, plot, events, boundary)
    if prospective and model not in ("space-time", "permutation"):
        raise UsageError(
            f"--prospective needs --model space-time or permutation, but the model is {model!r}: what "
            "goes on now can only be told with steps of time."
        )
    if alternative != "greater" and model != "segments":
        raise UsageError(
            f"--alternative {alternative} goes with --model segments, but the model is {model!r}: the "
            "other scans look for more than chance gives."
        )
    with _working("Scanning the line"):
        job = Job(events, boundary, length_km, n, by, remainder)
        how = job.counted(since, until, scope, min_confidence, everything)
        options: dict[str, Any] = {
            "max_fraction": max_fraction,
            "alpha": alpha,
            "n_sim": n_sim,
            "seed": seed,
        }
        both = model in ("space-time", "permutation")
        if n_imputations is None:
            n_imputations = 5 if model == "permutation" else 20
        if both:
            kind = "poisson" if model == "space-time" else model
            options |= {"model": kind, "prospective": prospective}
            found = _scan_space_time(job, how, time_step, n_imputations, options)
        else:
            if model == "segments":
                options["alternative"] = alternative
            found = _scan(job, how, model, n_imputations, options)
    columns = {
        "rank": ("rank", "{:.0f}"),
        "from km": ("from_km", "{:.1f}"),
        "to km": ("to_km", "{:.1f}"),
        "from": ("period_begin", "day"),
        "to": ("period_end", "day"),
        "observed": ("observed", "{:.0f}"),
        "expected": ("expected", "{:.2f}"),
        "rr": ("rr", "{:.2f}"),
        "llr": ("llr", "{:.2f}"),
        "p": ("p_value", "p"),
        "by chance once in days": ("recurrence_days", "{:,.0f}"),
        "p, places drawn": ("p_imputed", "p"),
        "support": ("support", "{:.0%}"),
    }
    _answer(
        found,
        "clusters",
        job,
        columns,
        output=output,
        plot=plot,
        as_json=as_json,
        caption="Stretches, the least likely by chance first",
    )


def trend_command(
    output: Output = None,
    plot: Plot = None,
    events: Events = None,
    boundary: Line = None,
    length_km: Length = None,
    n: Count = None,
    by: By = None,
    remainder: Remainder = "balance",
    time_step: Step = "year",
    change_points: Annotated[
        bool,
        typer.Option(
            "--change-points",
            help="When the rate changed, instead: of the whole line, or of each segment if "
            "--length-km, --n or --by is given.",
        ),
    ] = False,
    n_sim: Annotated[
        int, typer.Option("--n-sim", help="With --change-points: number of simulations.")
    ] = 999,
    period: PeriodText = None,
    since: Since = None,
    until: Until = None,
    scope: Scope = None,
    min_confidence: Confidence = "medium",
    everything: Everything = False,
    p_adj_method: Adjust = "fdr_bh",
    alpha: Alpha = 0.05,
    n_imputations: Imputations = 20,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Test whether incidents become more or fewer, for each segment and the whole line."""
    since, until = days_of(period, since, until)
    _check_targets(output, plot, events, boundary)
    cut = length_km is not None or n is not None or by is not None
    whole = change_points and not cut  # as one segment: all that is known to the line counts
    with _working("Measuring trends"):
        job = Job(events, boundary, length_km, 1 if whole else n, by, remainder)
        how = job.counted(since, until, scope, min_confidence, everything)
        series, drawn = _series(job, how, time_step, n_imputations, seed)
        if change_points:
            from frontier_geo.spacetime import change_points as changes

            table = changes(
                series,
                by="line" if whole else "segment",
                alpha=alpha,
                p_adj_method=p_adj_method,
                n_sim=n_sim,
                seed=seed,
                imputed=drawn,
            )
        else:
            from frontier_geo.spacetime import trend_segments

            table = trend_segments(series, alpha=alpha, p_adj_method=p_adj_method, imputed=drawn)
    limits = ("day", "day") if change_points else ("{:.3f}", "{:.3f}")
    of = "" if change_points else "rr_"
    columns = {
        "segment": ("segment_id", "{}"),
        "changed on": ("first_after", "day"),
        "rate before": ("rate_before", "{:.2f}"),
        "rate after": ("rate_after", "{:.2f}"),
        "events": ("events", "{:.0f}"),
        "S": ("s", "{:.0f}"),
        "z": ("z", "{:.2f}"),
        "p, any change" if change_points else "p": (
            "p_first" if change_points else "p_value",
            "p",
        ),
        "p adjusted": ("p_adj", "p"),
        "rate ratio" if change_points else "rate ratio per year": ("rr", "{:.3f}"),
        "lo": (f"{of}lo", limits[0]),
        "hi": (f"{of}hi", limits[1]),
        "p, places drawn": ("p_imputed", "p"),
        "support": ("support", "{:.0%}"),
    }
    _answer(
        table,
        "change_points" if change_points else "trend",
        job,
        columns,
        output=output,
        plot=plot,
        as_json=as_json,
        told=None if change_points else _clearest_first,
        caption="Changes of rate, in time" if change_points else "The clearest first",
    )


def evaluate_command(
    output: Output = None,
    plot: Plot = None,
    events: Events = None,
    boundary: Line = None,
    length_km: Length = None,
    n: Count = None,
    by: By = None,
    remainder: Remainder = "balance",
    time_step: Step = "year",
    method: Annotated[
        list[str] | None,
        typer.Option(
            help="Forecast to judge: uniform, last, mean, ewma, negative_binomial or kernel; repeat "
            "for more. Default: all."
        ),
    ] = None,
    min_history: Annotated[
        int | None, typer.Option(help="Steps before the first forecast. Default: a third of them.")
    ] = None,
    period: PeriodText = None,
    since: Since = None,
    until: Until = None,
    scope: Scope = None,
    min_confidence: Confidence = "medium",
    everything: Everything = False,
    n_imputations: Imputations = 0,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Judge forecasts of the next step by what then happened, from one origin after another."""
    since, until = days_of(period, since, until)
    _check_targets(output, plot, events, boundary)
    with _working("Judging forecasts"):
        from frontier_geo.evaluation import evaluate_forecasts

        job = Job(events, boundary, length_km, n, by, remainder)
        how = job.counted(since, until, scope, min_confidence, everything)
        series, drawn = _series(job, how, time_step, n_imputations, seed)
        chosen: dict[str, Any] = {"methods": method} if method else {}
        table = evaluate_forecasts(series, min_history=min_history, imputed=drawn, **chosen)
    columns = {
        "method": ("method", "{}"),
        "share of length": ("share_of_length", "{:.0%}"),
        "forecasts": ("n_origins", "{:.0f}"),
        "events": ("events", "{:.0f}"),
        "captured": ("captured", "{:.1f}"),
        "PAI": ("pai", "{:.2f}"),
        "± se": ("pai_se", "{:.2f}"),
        "PEI": ("pei", "{:.2f}"),
        "RRI": ("rri", "{:.2f}"),
        "Brier": ("brier", "{:.4f}"),
        "log score": ("log_score", "{:.4f}"),
        "CRPS": ("crps", "{:.4f}"),
    }
    _answer(
        table,
        "evaluation",
        job,
        columns,
        output=output,
        plot=plot,
        as_json=as_json,
        caption="Each method at each share of the line's length",
        most=60,
    )


# ---- the work ------------------------------------------------------------------------------------


def _hotspots(
    job: Job,
    how: dict[str, Any],
    order: int,
    p_adj_method: str,
    alpha: float,
    n_sim: int,
    n_imputations: int,
    seed: int,
) -> pd.DataFrame:
    from frontier_geo.hotspots import find_hotspots
    from frontier_geo.rates import segment_rates

    return find_hotspots(
        segment_rates(job.located, job.segments, boundary=job.boundary, **how),
        order=order,
        p_adj_method=p_adj_method,
        alpha=alpha,
        n_sim=n_sim,
        seed=seed,
        imputed=_drawn_counts(job, how, n_imputations, seed),
    )


def _emerging(
    job: Job,
    how: dict[str, Any],
    time_step: str,
    order: int,
    p_adj_method: str,
    alpha: float,
    n_imputations: int,
    seed: int,
) -> pd.DataFrame:
    from frontier_geo.hotspots import emerging_hotspots

    series, drawn = _series(job, how, time_step, n_imputations, seed)
    return emerging_hotspots(
        series, order=order, p_adj_method=p_adj_method, alpha=alpha, imputed=drawn
    )


def _scan(
    job: Job, how: dict[str, Any], model: str, n_imputations: int, options: dict[str, Any]
) -> pd.DataFrame:
    from frontier_geo.rates import segment_rates
    from frontier_geo.scan import scan_events, scan_segments

    seed = options["seed"]
    if model == "events":
        return scan_events(job.located, job.boundary, n_imputations=n_imputations, **options, **how)
    if model != "segments":
        raise ParameterError(
            f"--model must be one of segments, events, space-time, permutation, but is {model!r}."
        )
    rates = segment_rates(job.located, job.segments, boundary=job.boundary, **how)
    return scan_segments(rates, imputed=_drawn_counts(job, how, n_imputations, seed), **options)


def _scan_space_time(
    job: Job, how: dict[str, Any], time_step: str, n_imputations: int, options: dict[str, Any]
) -> pd.DataFrame:
    from frontier_geo.scan import scan_space_time

    series, drawn = _series(job, how, time_step, n_imputations, options["seed"])
    return scan_space_time(series, imputed=drawn, **options)


def _series(
    job: Job, how: dict[str, Any], time_step: str, n_imputations: int, seed: int
) -> tuple[pd.DataFrame, Any]:
    """Return the counts of each segment and step, and the drawn ones if any are asked for."""
    from frontier_geo.series import draw_series, segment_series

    options = {**how, "boundary": job.boundary, "step": _number_or_word(time_step, whole=True)}
    series = segment_series(job.located, job.segments, **options)
    if not n_imputations:
        return series, None
    return series, draw_series(
        job.located, job.segments, n_imputations=n_imputations, seed=seed, **options
    )


def _drawn_counts(job: Job, how: dict[str, Any], n_imputations: int, seed: int) -> Any:
    """Return the counts of each segment with the uncertain places drawn, if asked for."""
    from frontier_geo.rates import draw_counts

    if not n_imputations:
        return None
    return draw_counts(
        job.located,
        job.segments,
        boundary=job.boundary,
        n_imputations=n_imputations,
        seed=seed,
        **how,
    )


def _number_or_word(text: str, *, whole: bool = False) -> Any:
    """Return an option that is a number or the name of a rule as what it is."""
    try:
        return int(text) if whole else float(text)
    except ValueError:
        return text


# ---- the answer ----------------------------------------------------------------------------------


@contextmanager
def _working(what: str) -> Iterator[None]:
    """Show that work goes on; that segments are short is said in the answer."""
    with step(what), warnings.catch_warnings():
        warnings.simplefilter("ignore", ResolutionWarning)
        yield


def _check_targets(output: Path | None, plot: Path | None, *inputs: Path | None) -> None:
    """Refuse, before any work, files that cannot be written, are one and the same or an input."""
    for path, known, name in ((output, TABLES, "--output"), (plot, PICTURES, "--plot")):
        if path is not None:
            check_folder(path, *inputs)
            check_suffix(path, known, name=name)
    given = {"--output": output, "--plot": plot}
    refuse_same({name: path for name, path in given.items() if path is not None})
    if plot is not None:
        from frontier_geo.plots import check_matplotlib

        check_matplotlib()


def _answer(
    table: pd.DataFrame,
    key: str,
    job: Job,
    columns: dict[str, tuple[str, str]],
    *,
    output: Path | None,
    plot: Path | None,
    as_json: bool,
    told: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
    caption: str = "",
    most: int = SHOWN_ROWS,
) -> None:
    """Write, draw and print a result, each time with what it rests on."""
    about = {**table.attrs, "note": REPORTED}
    if output is not None:
        write_whole(output, table_text(table, output.suffix.lower(), about))
    if plot is not None:
        from frontier_geo.plots import save_plot

        save_plot(table, plot)
    files = {"output": output, "plot": plot}
    written = {name: str(path.absolute()) for name, path in files.items() if path is not None}
    if as_json:
        rows = {} if output is not None else {key: records(table)}
        print_json({**about, **written, "rejected": job.rejected, **rows})
        return
    rows_told = table if told is None else told(table)
    if output is None:
        print_rows(rows_told.head(most), columns)
        if len(table):
            many = min(len(rows_told), most)
            out.print(f"{caption}: {many:,} of {len(table):,} rows. All: --output FILE.csv")
    for path in written.values():
        out.print(f"Wrote [bold]{shown(path)}[/bold].")
    print_about(table.attrs)


def _peaks(curve: pd.DataFrame) -> pd.DataFrame:
    """Return the places where the curve is higher than on either side, the highest first."""
    height = curve["intensity"]
    peak = (height > height.shift(1, fill_value=0)) & (height >= height.shift(-1, fill_value=0))
    return curve[peak].sort_values("intensity", ascending=False)


def _clearest_first(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the smallest p-values first, or as they are where there is none."""
    by = [name for name in ("p_adj", "p_value", "p_imputed") if name in table]
    return table.sort_values(by, kind="stable") if by else table
