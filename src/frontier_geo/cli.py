"""The commands of the shell: the same verbs as the Python calls."""

from __future__ import annotations

import copy
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from frontier_geo._commands import (
    AsJson,
    Line,
    UsageError,
    check_folder,
    check_suffix,
    print_json,
)
from frontier_geo._console import (
    err,
    out,
    print_account,
    print_info,
    print_segments,
    shown,
    step,
    warnings_as_lines,
)
from frontier_geo._files import records, table_text, write_whole
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
    about_rates,
    days_of,
)
from frontier_geo._version import __version__
from frontier_geo.cli_borders import borders_command
from frontier_geo.cli_events import (
    convert_command,
    fetch_command,
    import_command,
    validate_command,
)
from frontier_geo.cli_locate import locate_command, locate_plainly
from frontier_geo.cli_match import match_command
from frontier_geo.cli_places import gazetteer_app, geocode_command
from frontier_geo.cli_report import report_command
from frontier_geo.cli_statistics import (
    density_command,
    evaluate_command,
    hotspots_command,
    scan_command,
    trend_command,
)
from frontier_geo.errors import (
    FrontierGeoError,
)

if TYPE_CHECKING:
    pass

__all__ = ["app", "main"]

DEBUG_VARIABLE = "FRONTIER_GEO_DEBUG"

app = typer.Typer(
    name="frontier-geo",
    help="Study what happens along the Tajik-Afghan border, or another one.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


@app.command("map")
def map_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")] = Path(
        "hotspots.html"
    ),
    events: Events = None,
    boundary: Line = None,
    length_km: Length = None,
    n: Count = None,
    by: By = None,
    remainder: Remainder = "balance",
    period: PeriodText = None,
    since: Since = None,
    until: Until = None,
    scope: Scope = None,
    min_confidence: Confidence = "medium",
    everything: Everything = False,
    title: Annotated[str | None, typer.Option(help="Title of the map.")] = None,
    language: Annotated[
        str, typer.Option(help="Language in which it opens: en, ru, tg or fa.")
    ] = "en",
    style: Annotated[
        str, typer.Option(help="How rates are drawn at first: ribbon or bars.")
    ] = "ribbon",
    color_by: Annotated[
        str,
        typer.Option(help="Column of the rates that colours the line, such as rate or eb_rate."),
    ] = "expected_rate",
    tiles: Annotated[
        str | None,
        typer.Option(
            help="Online background that the reader may switch on, such as OpenTopoMap or "
            "https://…/{z}/{x}/{y}.png. Default: none."
        ),
    ] = None,
    include_restricted: Restricted = False,
    as_json: AsJson = False,
) -> None:
    """Write the map of incidents and rates: one HTML file that opens with the network off."""
    since, until = days_of(period, since, until)
    check_folder(output, events, boundary)
    check_suffix(output, (".html", ".htm"))
    from frontier_geo.maps.page import check_page_options, hotspot_page

    check_page_options(language=language, style=style, tiles=tiles)
    with step("Placing incidents and measuring segments"):
        job = Job(events, boundary, length_km, n, by, remainder)
        rates = job.rates(since, until, scope, min_confidence, everything)
    with step("Drawing the map"):
        page = hotspot_page(
            job.events,
            boundary=job.boundary,
            segments=job.segments,
            located=job.located,
            rates=rates,
            color_by=color_by,
            title=title,
            language=language,
            style=style,
            tiles=tiles,
            include_restricted=include_restricted,
        )
        page.save(output)
    size = output.stat().st_size
    if as_json:
        answer = {"output": str(output.absolute()), "bytes": size, **about_rates(rates)}
        print_json({**answer, "rejected": job.rejected})
        return
    asks = "" if tiles is None else " It asks for the background only when its reader says so."
    out.print(
        f"Wrote [bold]{shown(str(output.absolute()))}[/bold] ({size / 1e6:.1f} MB). It needs no network."
        + asks
    )
    print_account(rates)


@app.command("segments")
def segments_command(
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the table: .csv, .geojson or .json."),
    ] = None,
    events: Events = None,
    boundary: Line = None,
    length_km: Length = None,
    n: Count = None,
    by: By = None,
    remainder: Remainder = "balance",
    period: PeriodText = None,
    since: Since = None,
    until: Until = None,
    scope: Scope = None,
    min_confidence: Confidence = "medium",
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Count incidents per segment, with rates per 100 km and year and exact intervals."""
    since, until = days_of(period, since, until)
    if output is not None:
        check_folder(output, events, boundary)
        check_suffix(output, (".csv", ".geojson", ".json"))
    with step("Placing incidents and measuring segments"):
        job = Job(events, boundary, length_km, n, by, remainder)
        rates = job.rates(since, until, scope, min_confidence, everything)
    if output is not None:
        write_whole(output, table_text(rates, output.suffix.lower(), about_rates(rates)))
    if as_json:
        answer: dict[str, Any] = {**about_rates(rates), "rejected": job.rejected}
        if output is None:
            answer["segments"] = records(rates)
        else:
            answer["output"] = str(output.absolute())
        print_json(answer)
        return
    if output is None:
        print_segments(rates)
    else:
        out.print(f"Wrote {len(rates):,} segments to [bold]{shown(str(output.absolute()))}[/bold].")
    print_account(rates)


#: -106.4 is a number, not an option.
app.command("locate", context_settings={"ignore_unknown_options": True})(locate_command)
app.command("report")(report_command)
app.command("density")(density_command)
app.command("hotspots")(hotspots_command)
app.command("scan")(scan_command)
app.command("trend")(trend_command)
app.command("evaluate")(evaluate_command)
app.command("geocode")(geocode_command)
app.command("import")(import_command)
app.command("validate")(validate_command)
app.command("convert")(convert_command)
app.command("fetch")(fetch_command)
app.command("match")(match_command)
app.command("borders")(borders_command)
app.add_typer(gazetteer_app, name="gazetteer")


@app.command("info")
def info_command(as_json: AsJson = False) -> None:
    """Say what ships with the library: line, areas, incidents, versions, licences, limits."""
    from frontier_geo.datasets import data_registry, load_areas, load_boundary, load_events
    from frontier_geo.versions import versions

    boundary, events, areas = load_boundary(), load_events(), load_areas()
    registry = data_registry()
    answer = {
        "boundary": boundary.summary(),
        "areas": records(areas[["area_id", "name", "kind", "country", "area_km2"]]),
        "events": {
            "rows": len(events),
            "coverage": events.attrs["coverage"],
            "scope": events["scope"].value_counts().to_dict(),
            "location_precision": events["location_precision"].value_counts().to_dict(),
        },
        "versions": versions(),
        "files": {
            path: {key: entry.get(key) for key in ("licence", "source", "source_version", "sha256")}
            for path, entry in registry["files"].items()
        },
    }
    if as_json:
        print_json(answer)
        return
    print_info(answer)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)
    ] = False,
) -> None:
    if version:
        out.print(__version__)
        raise typer.Exit


def main() -> None:
    """Run the shell command: one clear line and a non-zero exit code when something is wrong."""
    signal.signal(signal.SIGTERM, _stop)
    if hasattr(sys.stdout, "reconfigure"):  # names in four scripts, on any terminal
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        with warnings_as_lines():
            words = sys.argv[1:]
            code = None if locate_plainly(words) else _app_for(words)(standalone_mode=False)
    except FrontierGeoError as error:
        _fail(str(error), code=2 if isinstance(error, UsageError) else 1)
    except (typer.Abort, KeyboardInterrupt):
        _fail("stopped", code=130)
    except BrokenPipeError:
        _quiet_stdout()
        sys.exit(130)
    except OSError as error:  # such as a full disk behind the standard output
        _quiet_stdout()
        _fail(f"the operating system refused: {error}. Nothing is wrong with the command itself.")
    except Exception as error:
        if hasattr(error, "format_message"):  # click's usage errors
            message = error.format_message() or "A command is needed."
            given = shlex.join(["frontier-geo", *sys.argv[1:]])
            _fail(
                f"{message.rstrip('.')}. Given: {given}. See frontier-geo --help.",
                code=getattr(error, "exit_code", 2),
            )
        if os.environ.get(DEBUG_VARIABLE):
            raise
        _fail(
            f"something unexpected went wrong: {type(error).__name__}: {error}. Set "
            f"{DEBUG_VARIABLE}=1 to see where, and please report it.",
            code=70,
        )
    sys.exit(code if isinstance(code, int) else 0)


def _app_for(words: list[str]) -> typer.Typer:
    """Return the app with the one command asked for: making ready all of them takes time."""
    asked = [each for each in app.registered_commands if words and each.name == words[0]]
    if not asked:
        return app
    alone = copy.copy(app)
    alone.registered_commands, alone.registered_groups = asked, []
    return alone


def _stop(number: int, frame: object) -> None:
    """Leave in order when told to end, so that no half-written file stays behind."""
    sys.exit(128 + number)


# ---- the work ------------------------------------------------------------------------------------


def _fail(message: str, *, code: int = 1) -> None:
    err.print(f"[red]frontier-geo: error:[/red] {shown(message)}")
    sys.exit(code)


def _quiet_stdout() -> None:
    """Keep Python from complaining about a closed pipe when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
