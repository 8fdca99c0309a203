"""The command that writes a report on a border and a period."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from frontier_geo._commands import AsJson, Line, UsageError, check_folder, check_suffix, print_json
from frontier_geo._console import REPORTED, out, shown, step
from frontier_geo._files import check_writable, read_csv_table, refuse_inputs, refuse_same
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
    Restricted,
    Scope,
    Since,
    Until,
)

if TYPE_CHECKING:
    import pandas as pd

    from frontier_geo.periods import Period

__all__ = ["report_command"]


def report_command(
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="The report: .html, or .pdf, which a browser of this machine prints.",
        ),
    ] = Path("report.html"),
    pdf: Annotated[
        Path | None, typer.Option("--pdf", help="Write the report as PDF as well, to this file.")
    ] = None,
    tables: Annotated[
        Path | None,
        typer.Option("--tables", help="Write the tables behind it as CSV into this folder."),
    ] = None,
    period: PeriodText = None,
    since: Since = None,
    until: Until = None,
    before: Annotated[
        str | None,
        typer.Option(
            help="The period to compare with, written as --period is, or none. Default: the one of the "
            "same length before it."
        ),
    ] = None,
    events: Events = None,
    boundary: Line = None,
    official: Annotated[
        Path | None,
        typer.Option(
            "--official",
            help="Official figures: a CSV file with indicator, period_start, period_end, value … "
            "Default: the shipped ones, on the shipped border.",
        ),
    ] = None,
    no_official: Annotated[
        bool, typer.Option("--no-official", help="Leave official figures out.")
    ] = False,
    length_km: Length = None,
    n: Count = None,
    by: By = None,
    remainder: Remainder = "balance",
    scope: Scope = None,
    min_confidence: Confidence = "medium",
    everything: Everything = False,
    title: Annotated[str | None, typer.Option(help="Title of the report.")] = None,
    language: Annotated[
        str,
        typer.Option(
            help="Language of the report, and of the findings of --json: en, ru, tg or fa. What the "
            "command itself says is English."
        ),
    ] = "en",
    no_picture: Annotated[
        bool,
        typer.Option("--no-picture", help="Leave the drawn map out, which needs the extra plot."),
    ] = False,
    no_interactive: Annotated[
        bool,
        typer.Option("--no-interactive", help="Leave the interactive map out: a smaller file."),
    ] = False,
    n_sim: Annotated[int, typer.Option("--n-sim", help="Number of simulations of the scan.")] = 999,
    n_imputations: Annotated[
        int,
        typer.Option(
            "--n-imputations",
            help="How many tables to draw with the uncertain places put somewhere.",
        ),
    ] = 20,
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 0,
    include_restricted: Restricted = False,
    as_json: AsJson = False,
) -> None:
    """Write a report on a period: one file that opens with the network off, to read or to print."""
    days = _period(period, since, until)
    _check_targets(output, pdf, tables, [given for given in (events, boundary, official) if given])
    from frontier_geo.report import border_report, check_report_options

    against = _before(before)
    check_report_options(
        period=days, before=against, language=language, picture=not no_picture,
        pdf=pdf is not None or output.suffix.lower() == ".pdf",
    )  # fmt: skip
    figures = _official(official, no_official)
    with step("Placing incidents"):
        job = Job(events, boundary, length_km, n, by, remainder)
    with step("Working out the numbers"):
        report = border_report(
            job.events,
            period=days,
            before=against,
            boundary=job.boundary,
            segments=job.segments,
            official=figures,
            scope=None if everything else tuple(scope or ["border"]),
            min_confidence=None if everything else min_confidence,
            title=title,
            language=language,
            picture=not no_picture,
            interactive=not no_interactive,
            n_sim=n_sim,
            n_imputations=n_imputations,
            seed=seed,
            include_restricted=include_restricted,
        )
    with step("Writing the report"):
        written = report.save_all([output, *([] if pdf is None else [pdf])], tables=tables)
    if as_json:
        answer: dict[str, Any] = {
            "output": [str(path) for path in written],
            "bytes": [path.stat().st_size for path in written],
            "period": list(map(str, report.numbers.settings.span)),
            "findings": report.findings,
            "accounting": report.numbers.accounting,
            "set_aside": report.numbers.set_aside,
            "rejected": job.rejected,
        }
        print_json(answer)
        return
    reports = [path for path in written if path.suffix != ".csv"]
    for path in reports:
        size = path.stat().st_size / 1e6
        out.print(f"Wrote [bold]{shown(str(path))}[/bold] ({size:.1f} MB). It needs no network.")
    if tables is not None:
        many = len(written) - len(reports)
        out.print(f"Wrote {many} tables into [bold]{shown(str(tables.absolute()))}[/bold].")
    for sentence in replace(report, language="en").findings[:-1]:
        out.print(shown(sentence))
    out.print(REPORTED)


def _period(period: str | None, since: str | None, until: str | None) -> Period:
    """Return the period that is asked for."""
    if period is not None and (since is not None or until is not None):
        raise UsageError("--period stands for both --from and --to: give it, or them.")
    if period is not None:
        return period
    if since is None or until is None:
        raise UsageError(
            "A report needs its period: --period 2025, 2025-H1, 2025-Q2 or 2025-01-01/2025-06-30; or "
            "both --from and --to."
        )
    return since, until


def _before(before: str | None) -> Period | bool | None:
    """Return the period to compare with: None is the usual one, False none."""
    return False if before is not None and before.strip().lower() == "none" else before


def _check_targets(output: Path, pdf: Path | None, tables: Path | None, inputs: list[Path]) -> None:
    """Refuse, before any work, results that cannot be written."""
    check_suffix(output, (".html", ".htm", ".pdf"))
    targets = {"--output": output}
    if pdf is not None:
        check_suffix(pdf, (".pdf",), name="--pdf")
        targets["--pdf"] = pdf
    refuse_same(targets)
    for target in targets.values():
        check_folder(target, *inputs)
        check_writable(target)
    if tables is not None:
        refuse_inputs(tables, inputs)


def _official(path: Path | None, none: bool) -> pd.DataFrame | bool | None:
    """Return the official figures of a file; None for the shipped ones, False for none."""
    if path is not None and none:
        raise UsageError("--official and --no-official exclude each other: give one of them.")
    return False if none else None if path is None else read_csv_table(path)
