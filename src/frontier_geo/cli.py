"""The commands of the shell: the same verbs as the Python calls."""

from __future__ import annotations

import math
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
    line_of,
    print_json,
)
from frontier_geo._console import (
    err,
    out,
    print_account,
    print_info,
    print_located,
    print_point,
    print_segments,
    shown,
    step,
    warnings_as_lines,
)
from frontier_geo._files import json_text, records, table_text, write_whole
from frontier_geo._job import (
    By,
    Confidence,
    Count,
    Events,
    Everything,
    Job,
    Length,
    Remainder,
    Restricted,
    Scope,
    Since,
    Until,
    about_rates,
)
from frontier_geo._version import __version__
from frontier_geo.cli_events import (
    convert_command,
    fetch_command,
    import_command,
    validate_command,
)
from frontier_geo.cli_match import match_command
from frontier_geo.cli_places import gazetteer_app, geocode_command
from frontier_geo.cli_statistics import (
    density_command,
    evaluate_command,
    hotspots_command,
    scan_command,
    trend_command,
)
from frontier_geo.errors import (
    FrontierGeoError,
    ParameterError,
)

if TYPE_CHECKING:
    import pandas as pd

    from frontier_geo.boundary import Boundary

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
    check_folder(output)
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
    since: Since = None,
    until: Until = None,
    scope: Scope = None,
    min_confidence: Confidence = "medium",
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Count incidents per segment, with rates per 100 km and year and exact intervals."""
    if output is not None:
        check_folder(output)
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


@app.command("locate", context_settings={"ignore_unknown_options": True})  # -106.4 is a number
def locate_command(
    lat: Annotated[float | None, typer.Argument(help="Latitude in degrees.", metavar="LAT")] = None,
    lon: Annotated[
        float | None, typer.Argument(help="Longitude in degrees.", metavar="LON")
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option("--events", "-e", help="Locate a file of incidents instead of one point."),
    ] = None,
    boundary: Line = None,
    length_km: Length = None,
    uncertainty_km: Annotated[
        float, typer.Option(help="How far off the point may be, in km.")
    ] = 0.0,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the table: .csv or .json.")
    ] = None,
    include_restricted: Restricted = False,
    as_json: AsJson = False,
) -> None:
    """Say where a point, or a file of incidents, lies along the border."""
    if output is not None:
        check_folder(output)
        check_suffix(output, (".csv", ".json"))
    if events is not None:
        if lat is not None:
            raise UsageError("locate takes a point or a file of incidents, but both were given.")
        _locate_file(events, boundary, length_km, output, include_restricted, as_json)
        return
    if lat is None or lon is None:
        raise UsageError(
            "locate needs a latitude and a longitude, such as: frontier-geo locate 37.49 71.51 "
            "(or --events FILE)."
        )
    answer = _locate_point(lat, lon, boundary, length_km, uncertainty_km)
    if output is not None:
        _write_answer(answer, output)
    if as_json:
        print_json(answer)
    else:
        print_point(answer)
        if output is not None:
            out.print(f"Wrote [bold]{shown(str(output.absolute()))}[/bold].")


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
            code = app(standalone_mode=False)
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


def _stop(number: int, frame: object) -> None:
    """Leave in order when told to end, so that no half-written file stays behind."""
    sys.exit(128 + number)


# ---- the work ------------------------------------------------------------------------------------


def _locate_point(
    lat: float, lon: float, path: Path | None, length_km: float | None, uncertainty_km: float
) -> dict[str, Any]:
    """Return everything there is to say about one point."""
    from frontier_geo._validation import check_lonlat
    from frontier_geo.locating import MAX_DISTANCE_KM, check_not_swapped, locate_points
    from frontier_geo.segments import make_segments, segment_of

    if not math.isfinite(uncertainty_km) or uncertainty_km < 0:
        raise ParameterError(f"--uncertainty-km must be 0 or more, but is {uncertainty_km}.")
    boundary = line_of(path)
    check_lonlat([lon], [lat])
    if path is None:
        check_not_swapped(lon, lat, boundary)
    band = float(
        boundary.position_uncertainty_km(locate_points(lon, lat, boundary)["chainage_km"])[0]
    )
    found = locate_points(
        lon, lat, boundary, tolerance_km=uncertainty_km + band, uncertainty_km=uncertainty_km
    )
    segments = make_segments(boundary, length_km=length_km)
    found["segment_id"] = segments["segment_id"].to_numpy()[
        segment_of(segments, found["chainage_km"])
    ]
    first = found.iloc[0]
    answer: dict[str, Any] = {
        "lat": lat,
        "lon": lon,
        "answer": _side_answer(first),
        "side": first["side"],
        "side_certain": bool(first["side_certain"]),
        "beyond_end": bool(first["beyond_end"]),
        "off_border": bool(first["distance_km"] > MAX_DISTANCE_KM),
        **_areas_of(lon, lat, first, boundary, shipped=path is None),
        "chainage_km": float(first["chainage_km"]),
        "official_km": float(first["official_km"]),
        "segment_id": first["segment_id"],
        "distance_km": float(first["distance_km"]),
        "offset_km": float(first["offset_km"]),
        "line_uncertainty_km": band if "position_uncertainty_m" in boundary.intervals else None,
        "point_uncertainty_km": uncertainty_km,
        "nearest_lat": float(first["nearest_lat"]),
        "nearest_lon": float(first["nearest_lon"]),
        "candidates": records(
            found[
                [
                    "candidate",
                    "chainage_km",
                    "official_km",
                    "distance_km",
                    "offset_km",
                    "segment_id",
                ]
            ]
        ),
        "boundary": boundary.summary(),
    }
    return answer


def _side_answer(first: pd.Series) -> str:
    """Return the side in one word."""
    if first["beyond_end"]:
        return "beyond the end"
    return str(first["side"]) if first["side_certain"] else "ambiguous"


def _areas_of(
    lon: float, lat: float, first: pd.Series, boundary: Boundary, *, shipped: bool
) -> dict[str, Any]:
    """Return country and province of a point, and the district whose stretch of border is nearest."""
    if not shipped:
        return {"country": None, "province": None, "district": None, "districts_opposite": {}}
    from frontier_geo.areas import locate_areas
    from frontier_geo.locating import MAX_DISTANCE_KM

    area = locate_areas(lon, lat, boundary=boundary).iloc[0]
    district = {
        country: boundary.value_at(f"{country.lower()}_district", first["chainage_km"])[0]
        for country in (boundary.left, boundary.right)
    }
    return {
        "country": area["country"],
        "province": area["area"],
        "province_id": area["area_id"],
        "district": district.get(first["side"])
        if first["distance_km"] <= MAX_DISTANCE_KM
        else None,
        "district_basis": "the district whose stretch of border (±2 km) is nearest",
        "districts_at_this_km": district,
    }


def _locate_file(
    events: Path,
    path: Path | None,
    length_km: float | None,
    output: Path | None,
    include_restricted: bool,
    as_json: bool,
) -> None:
    with step("Placing incidents"):
        job = Job(events, path, length_km, None, None, "balance")
    located = job.located
    if output is not None:
        from frontier_geo.licences import check_public

        check_public(
            located, include_restricted=include_restricted, what="A table of located events"
        )
        about = {"boundary": located.attrs["boundary"]}  # each row names its source
        write_whole(output, table_text(located, output.suffix.lower(), about))
    first = located[located["candidate"] == 0]
    tally = first["placement"].value_counts().to_dict()
    if as_json:
        answer = {"events": len(first), "placement": tally, "boundary": located.attrs["boundary"]}
        answer["rejected"] = job.rejected
        if output is None:
            answer["located"] = records(located)
        else:
            answer["output"] = str(output.absolute())
        print_json(answer)
        return
    if output is None:
        print_located(located)
    else:
        out.print(f"Wrote {len(located):,} rows to [bold]{shown(str(output.absolute()))}[/bold].")
    out.print(
        f"{len(first):,} events: " + ", ".join(f"{n:,} {word}" for word, n in tally.items()) + "."
    )


def _write_answer(answer: dict[str, Any], output: Path) -> None:
    """Write the answer about one point: whole as JSON, its single values as a row of CSV."""
    import pandas as pd

    if output.suffix.lower() == ".json":
        write_whole(output, json_text(answer, indent=1))
        return
    flat = {key: value for key, value in answer.items() if not isinstance(value, dict | list)}
    write_whole(output, table_text(pd.DataFrame([flat]), ".csv", {}))


def _fail(message: str, *, code: int = 1) -> None:
    err.print(f"[red]frontier-geo: error:[/red] {shown(message)}")
    sys.exit(code)


def _quiet_stdout() -> None:
    """Keep Python from complaining about a closed pipe when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
