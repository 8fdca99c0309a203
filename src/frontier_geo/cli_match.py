"""The command that finds the same incident in several sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from frontier_geo._commands import AsJson, UsageError, check_folder, check_suffix, print_json
from frontier_geo._console import out, progress, shown, step
from frontier_geo._files import (
    check_target,
    csv_text,
    records,
    refuse_inputs,
    refuse_same,
    write_whole,
)
from frontier_geo._version import __version__
from frontier_geo.cli_events import FORMATS, Files, Output, Restricted, SourceName
from frontier_geo.errors import ParameterError

if TYPE_CHECKING:
    from frontier_geo.match_rules import MatchRules
    from frontier_geo.matching import MatchResult
    from frontier_geo.meltt_rules import MelttRules

__all__ = ["match_command"]


def match_command(
    files: Files,
    output: Output,
    links: Annotated[
        Path | None,
        typer.Option(
            help="Write which report belongs to which incident, and why, to this CSV file."
        ),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(help="Write every pair that was compared, with its score, to this CSV file."),
    ] = None,
    rejected: Annotated[
        Path | None,
        typer.Option(help="Write rows that cannot be used here. Default: they are an error."),
    ] = None,
    rules: Annotated[
        str, typer.Option(help="default, or meltt for the published rules.")
    ] = "default",
    threshold: Annotated[
        float | None,
        typer.Option(
            help="Score from which two reports are one incident, from 0 to 1. Default: 0.7."
        ),
    ] = None,
    twindow_days: Annotated[
        float | None, typer.Option(help="Window of meltt in days. Default: 2.")
    ] = None,
    spatwindow_km: Annotated[
        float | None, typer.Option(help="Window of meltt in km. Default: 4.")
    ] = None,
    rank: Annotated[
        list[str] | None,
        typer.Option(
            help="A source, by its name in the column source; repeat, the leading one first. Default: "
            "alphabetical."
        ),
    ] = None,
    within_source: Annotated[
        bool, typer.Option("--within-source", help="Look for repeats inside one source, too.")
    ] = False,
    source: SourceName = "auto",
    include_restricted: Restricted = False,
    as_json: AsJson = False,
) -> None:
    """
    Find the incidents that several sources report, and write each once.

    Every report stays traceable: --links names the incident it went to and says why.
    """
    chosen = _rules(rules, threshold, twindow_days, spatwindow_km)
    tables = {"--links": links, "--pairs": pairs, "--rejected": rejected}
    _check_targets(files, output, tables)
    from frontier_geo.matching import match_events
    from frontier_geo.readers import read_events

    with progress("Reading") as update:
        read = read_events(
            list(files), source=source, strict=rejected is None, quiet=True, progress=update
        )
    with step("Matching"):
        result = match_events(read, rules=chosen, sources=rank, within_source=within_source)
    _write(result, output, links, pairs, include_restricted)
    if rejected is not None:
        write_whole(rejected, csv_text(read.rejected))
    matching = result.events.attrs["matching"]
    answer: dict[str, Any] = {
        **result.counts,
        "input": read.counts(),
        "overlap": records(result.overlap()),
        "output": str(output.absolute()),
        **{
            name.strip("-"): str(path.absolute())
            for name, path in tables.items()
            if path is not None
        },
        **{name: matching[name] for name in ("rules", "parameters", "sources", "within_source")},
        "library_version": __version__,
    }
    if as_json:
        print_json(answer)
    else:
        _tell(result, answer)
        if rejected is not None and len(read.rejected):
            from frontier_geo.importing import restricted_sources, told_of_restricted

            if names := restricted_sources(read.rejected, read.about):
                for line in told_of_restricted({rejected: names}):
                    out.print(shown(line))


def _rules(
    name: str, threshold: float | None, twindow_days: float | None, spatwindow_km: float | None
) -> MatchRules | MelttRules:
    """Turn the words of the command into rules; refuse those that do not go together."""
    from frontier_geo.match_rules import MatchRules
    from frontier_geo.meltt_rules import MelttRules

    if name not in ("default", "meltt"):
        raise ParameterError(f"--rules must be default or meltt, but is {name!r}.")
    if name == "meltt":
        if threshold is not None:
            raise UsageError("--threshold is for --rules default: the rules of meltt have none.")
        usual = MelttRules()
        return MelttRules(
            twindow_days=usual.twindow_days if twindow_days is None else twindow_days,
            spatwindow_km=usual.spatwindow_km if spatwindow_km is None else spatwindow_km,
        )
    if twindow_days is not None or spatwindow_km is not None:
        raise UsageError(
            "--twindow-days and --spatwindow-km are for --rules meltt. Add it, or leave them out."
        )
    return MatchRules() if threshold is None else MatchRules(threshold=threshold)


def _check_targets(files: list[str], output: Path, tables: dict[str, Path | None]) -> None:
    """Refuse, before any work, what cannot be written or would overwrite something."""
    inputs = [file for file in files if Path(file).is_file()]
    check_folder(output)
    check_suffix(output, FORMATS)
    targets = {"--output": output}
    for name, path in tables.items():
        if path is None:
            continue
        check_folder(path)
        if path.suffix.lower() != ".csv":
            raise ParameterError(f"{name} must end in .csv, but is {path.name!r}.")
        targets[name] = path
    for path in targets.values():
        check_target(path)
        refuse_inputs(path, inputs)
    refuse_same(targets)


def _write(
    result: MatchResult,
    output: Path,
    links: Path | None,
    pairs: Path | None,
    include_restricted: bool,
) -> None:
    from frontier_geo.licences import check_public
    from frontier_geo.writers import write_events

    if links is not None or pairs is not None:
        # What is said of a link is taken from its reports.
        check_public(result.events, include_restricted=include_restricted, what="A table of links")
    write_events(result.events, output, include_restricted=include_restricted)
    for path, table in ((links, result.links), (pairs, result.pairs)):
        if path is not None:
            write_whole(path, csv_text(table.round(4)))


def _tell(result: MatchResult, answer: dict[str, Any]) -> None:
    counts = result.counts
    out.print(
        f"{counts['rows']:,} reports tell of {counts['incidents']:,} incidents: {counts['matched']:,} "
        f"are told by several, {counts['repeats']:,} reports repeat another."
    )
    if counts["parts"]:
        out.print(
            f"{counts['parts']:,} incidents may be part of a longer episode that is a row of its own: "
            "see part_of."
        )
    for row in answer["overlap"]:
        out.print(f"  {row['incidents']:,}: {shown(', '.join(row['sources']))}")
    aside = answer["input"]
    out.print(
        f"Set aside while reading: {aside['rejected']:,} rejected, {aside['duplicates']:,} duplicates, "
        f"{aside['outside']:,} outside."
    )
    out.print(f"Wrote [bold]{shown(answer['output'])}[/bold].")
