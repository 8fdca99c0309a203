"""The commands of the shell: the same verbs as the Python calls."""

from __future__ import annotations

import math
import os
import shlex
import signal
import sys
import warnings
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
    REPORTED,
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
from frontier_geo._version import __version__
from frontier_geo.cli_events import (
    convert_command,
    fetch_command,
    import_command,
    validate_command,
)
from frontier_geo.cli_match import match_command
from frontier_geo.cli_places import gazetteer_app, geocode_command
from frontier_geo.errors import (
    DataFileError,
    FrontierGeoError,
    ParameterError,
    RejectedRowsWarning,
    ResolutionWarning,
)

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from frontier_geo.boundary import Boundary
    from frontier_geo.read_result import ReadResult

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
Events = Annotated[
    Path | None,
    typer.Option(
        "--events",
        "-e",
        help="Incidents: a file that import can read. Default: the shipped ones.",
    ),
]
Length = Annotated[float | None, typer.Option(help="Length of a segment in km. Default: 10.")]
Count = Annotated[
    int | None, typer.Option("--n", help="Number of segments of equal length, instead.")
]
By = Annotated[
    str | None,
    typer.Option(
        help="Cut by district or province, of both sides or of one (tj_district …), or terrain, instead."
    ),
]
Remainder = Annotated[
    str,
    typer.Option(
        help="The piece left over at the end: balance, cut or extend (left and right overlap or overrun)."
    ),
]
Since = Annotated[
    str | None, typer.Option("--from", help="First day that counts, such as 2015-01-01.")
]
Until = Annotated[str | None, typer.Option("--to", help="Last day that counts.")]
Scope = Annotated[
    list[str] | None, typer.Option(help="Scope that counts; repeat for more. Default: border.")
]
Confidence = Annotated[
    str,
    typer.Option("--min-confidence", help="Lowest confidence that counts: high, medium or low."),
]
Restricted = Annotated[
    bool,
    typer.Option(
        "--include-restricted",
        help="Also show or write rows whose licence (ACLED, GTD) forbids passing them on.",
    ),
]
Everything = Annotated[
    bool, typer.Option("--all", help="Count every incident, whatever its scope and confidence.")
]


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
    include_restricted: Restricted = False,
    as_json: AsJson = False,
) -> None:
    """Write the map of incidents and rates: one HTML file that opens with the network off."""
    check_folder(output)
    check_suffix(output, (".html", ".htm"))
    with step("Placing incidents and measuring segments"):
        job = _Job(events, boundary, length_km, n, by, remainder)
        rates = job.rates(since, until, scope, min_confidence, everything)
    with step("Drawing the map"):
        from frontier_geo.maps import hotspot_map

        drawn = hotspot_map(
            job.events,
            boundary=job.boundary,
            segments=job.segments,
            located=job.located,
            rates=rates,
            title=title,
            include_restricted=include_restricted,
        )
        drawn.save(output)
    size = output.stat().st_size
    if as_json:
        answer = {"output": str(output.absolute()), "bytes": size, **_about(rates)}
        print_json({**answer, "rejected": job.rejected})
        return
    out.print(
        f"Wrote [bold]{shown(str(output.absolute()))}[/bold] ({size / 1e6:.1f} MB). It needs no network."
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
        job = _Job(events, boundary, length_km, n, by, remainder)
        rates = job.rates(since, until, scope, min_confidence, everything)
    if output is not None:
        write_whole(output, table_text(rates, output.suffix.lower(), _about(rates)))
    if as_json:
        answer: dict[str, Any] = {**_about(rates), "rejected": job.rejected}
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


class _Job:
    """What every command starts from: the line, the incidents, where they are, the segments."""

    def __init__(
        self,
        events: Path | None,
        boundary: Path | None,
        length_km: float | None,
        n: int | None,
        by: str | None,
        remainder: str,
    ) -> None:
        from frontier_geo.datasets import load_events
        from frontier_geo.locating import locate_events
        from frontier_geo.readers import read_events
        from frontier_geo.segments import make_segments

        self.boundary = line_of(boundary)
        self.segments = make_segments(
            self.boundary, length_km=length_km, n=n, by=by, remainder=remainder
        )
        self.read = None if events is None else read_events(events, quiet=True)
        self.events: gpd.GeoDataFrame = load_events() if self.read is None else self.read.accepted
        if self.read is not None:
            _tell_refused(self.read, events)
        self.located: pd.DataFrame = locate_events(self.events, self.boundary, self.segments)

    @property
    def rejected(self) -> list[dict[str, Any]]:
        """The rows that cannot be used, each with its reason."""
        odd = self.located[self.located["placement"] == "rejected"]
        unread: list[dict[str, Any]] = []
        if self.read is not None and len(self.read.rejected):
            unread = records(self.read.rejected[["row_number", "column", "value", "reason"]])
        return unread + records(odd[["event_id", "reason"]])

    def rates(
        self,
        since: str | None,
        until: str | None,
        scope: list[str] | None,
        min_confidence: str,
        everything: bool,
    ) -> gpd.GeoDataFrame:
        from frontier_geo.rates import segment_rates

        with warnings.catch_warnings():  # the account says it, and the JSON
            warnings.simplefilter("ignore", ResolutionWarning)
            return segment_rates(
                self.located,
                self.segments,
                boundary=self.boundary,
                period=self._period(since, until),
                scope=None if everything else tuple(scope or ["border"]),
                min_confidence=None if everything else min_confidence,
            )

    def _period(self, since: str | None, until: str | None) -> tuple[Any, Any] | None:
        if since is not None and until is not None:
            return since, until
        coverage = self.located.attrs.get("coverage")
        if coverage is None and "date_start" in self.located:
            dates = self.located[["date_start", "date_end"]]
            coverage = (dates["date_start"].min(), dates["date_end"].max())
        if coverage is None or coverage[0] != coverage[0]:
            raise ParameterError(
                "A rate needs the time observed, but these incidents have no dates in date_start. "
                "Give both --from and --to, such as --from 2015-01-01 --to 2025-12-31."
            )
        if since is None and until is None:
            return None
        return since or coverage[0], until or coverage[1]


def _tell_refused(read: ReadResult, path: Path | None) -> None:
    """Say which rows of a file are not among the incidents; refuse a file without any."""
    counts = read.counts()
    if not counts["accepted"]:
        first = read.rejected.iloc[0] if counts["rejected"] else None
        why = (
            ""
            if first is None
            else (
                f" Row {first['row_number']}, {first['column'] or 'the whole row'}: {first['reason']}."
            )
        )
        raise DataFileError(
            f"{path} must hold at least one usable incident, but none of its {counts['rows']:,} rows "
            f"is.{why}"
        )
    if counts["rejected"] or counts["duplicates"]:
        warnings.warn(
            f"of {counts['rows']:,} rows of {path}, {counts['rejected']:,} cannot be used and "
            f"{counts['duplicates']:,} repeat another; frontier-geo validate says which and why",
            RejectedRowsWarning,
            stacklevel=2,
        )


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
        job = _Job(events, path, length_km, None, None, "balance")
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


def _about(rates: gpd.GeoDataFrame) -> dict[str, Any]:
    keys = (
        "period",
        "unit",
        "accounting",
        "resolution",
        "parameters",
        "sources",
        "boundary",
        "data_version",
        "library_version",
    )
    told = {key: rates.attrs.get(key) for key in keys}
    told["segments_n"] = len(rates)
    told["length_km"] = round(float(rates["length_km"].sum()), 6)
    told["note"] = REPORTED
    return told


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
