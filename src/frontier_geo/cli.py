"""The commands of the shell: the same verbs as the Python calls."""

from __future__ import annotations

import json
import math
import os
import shlex
import signal
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from frontier_geo._version import __version__
from frontier_geo.errors import FrontierGeoError, OutputError, ParameterError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from frontier_geo.boundary import Boundary

__all__ = ["app", "main"]

DEBUG_VARIABLE = "FRONTIER_GEO_DEBUG"
UNPRINTED = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control and bidi signs, lone surrogates, line ends
REPORTED = "Counts are incidents that were reported and found, not all that happened."

app = typer.Typer(
    name="frontier-geo",
    help="Study what happens along the Tajik-Afghan border, or another one.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
#: Into a file or a pipe, lines are as long as they need to be.
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 140)
err = Console(stderr=True, soft_wrap=True, highlight=False)

Events = Annotated[
    Path | None,
    typer.Option("--events", "-e", help="Incidents: CSV with lon and lat, GeoJSON, GeoPackage. Default: the shipped ones."),
]
Line = Annotated[
    Path | None,
    typer.Option("--boundary", "-b", help="Another border: a file with one line in EPSG:4326. Default: the shipped one."),
]
Length = Annotated[float | None, typer.Option(help="Length of a segment in km. Default: 10.")]
Count = Annotated[int | None, typer.Option("--n", help="Number of segments of equal length, instead.")]
By = Annotated[str | None, typer.Option(help="Cut by district, tj_district, af_district, province, tj_province, af_province or terrain, instead.")]
Remainder = Annotated[str, typer.Option(help="The piece left over at the end: balance, cut or extend (left and right overlap or overrun).")]
Since = Annotated[str | None, typer.Option("--from", help="First day that counts, such as 2015-01-01.")]
Until = Annotated[str | None, typer.Option("--to", help="Last day that counts.")]
Scope = Annotated[list[str] | None, typer.Option(help="Scope that counts; repeat for more. Default: border.")]
Confidence = Annotated[str, typer.Option("--min-confidence", help="Lowest confidence that counts: high, medium or low.")]
Everything = Annotated[bool, typer.Option("--all", help="Count every incident, whatever its scope and confidence.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]


@app.command("map")
def map_command(
    output: Annotated[Path, typer.Option("--output", "-o", help="The HTML file to write.")] = Path("hotspots.html"),
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
    as_json: AsJson = False,
) -> None:
    """Write the map of incidents and rates: one HTML file that opens with the network off."""
    _check_folder(output)
    _check_suffix(output, (".html", ".htm"))
    with _step("Placing incidents and measuring segments"):
        job = _Job(events, boundary, length_km, n, by, remainder)
        rates = job.rates(since, until, scope, min_confidence, everything)
    with _step("Drawing the map"):
        from frontier_geo.maps import hotspot_map

        drawn = hotspot_map(
            job.events,
            boundary=job.boundary,
            segments=job.segments,
            located=job.located,
            rates=rates,
            title=title,
        )
        drawn.save(output)
    size = output.stat().st_size
    if as_json:
        answer = {"output": str(output.absolute()), "bytes": size, **_about(rates)}
        _print_json({**answer, "rejected": job.rejected})
        return
    out.print(f"Wrote [bold]{_shown(str(output.absolute()))}[/bold] ({size / 1e6:.1f} MB). It needs no network.")
    _print_account(rates)


@app.command("segments")
def segments_command(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the table: .csv, .geojson or .json.")] = None,
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
        _check_folder(output)
        _check_suffix(output, (".csv", ".geojson", ".json"))
    with _step("Placing incidents and measuring segments"):
        job = _Job(events, boundary, length_km, n, by, remainder)
        rates = job.rates(since, until, scope, min_confidence, everything)
    if output is not None:
        _write_table(rates, output, _about(rates))
    if as_json:
        answer: dict[str, Any] = {**_about(rates), "rejected": job.rejected}
        if output is None:
            answer["segments"] = _records(rates)
        else:
            answer["output"] = str(output.absolute())
        _print_json(answer)
        return
    if output is None:
        _print_segments(rates)
    else:
        out.print(f"Wrote {len(rates):,} segments to [bold]{_shown(str(output.absolute()))}[/bold].")
    _print_account(rates)


@app.command("locate")
def locate_command(
    lat: Annotated[float | None, typer.Argument(help="Latitude in degrees.", metavar="LAT")] = None,
    lon: Annotated[float | None, typer.Argument(help="Longitude in degrees.", metavar="LON")] = None,
    events: Annotated[Path | None, typer.Option("--events", "-e", help="Locate a file of incidents instead of one point.")] = None,
    boundary: Line = None,
    length_km: Length = None,
    uncertainty_km: Annotated[float, typer.Option(help="How far off the point may be, in km.")] = 0.0,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the table: .csv or .json.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say where a point, or a file of incidents, lies along the border."""
    if output is not None:
        _check_folder(output)
        _check_suffix(output, (".csv", ".json"))
    if events is not None:
        if lat is not None:
            raise _UsageError("locate takes a point or a file of incidents, but both were given.")
        _locate_file(events, boundary, length_km, output, as_json)
        return
    if lat is None or lon is None:
        raise _UsageError(
            "locate needs a latitude and a longitude, such as: frontier-geo locate 37.49 71.51 "
            "(or --events FILE)."
        )
    answer = _locate_point(lat, lon, boundary, length_km, uncertainty_km)
    if output is not None:
        _write_answer(answer, output)
    if as_json:
        _print_json(answer)
    else:
        _print_point(answer)
        if output is not None:
            out.print(f"Wrote [bold]{_shown(str(output.absolute()))}[/bold].")


@app.command("info")
def info_command(as_json: AsJson = False) -> None:
    """Say what ships with the library: line, areas, incidents, versions, licences, limits."""
    from frontier_geo.datasets import data_registry, load_areas, load_boundary, load_events
    from frontier_geo.versions import versions

    boundary, events, areas = load_boundary(), load_events(), load_areas()
    registry = data_registry()
    answer = {
        "boundary": boundary.summary(),
        "areas": areas[["area_id", "name", "kind", "country", "area_km2"]].to_dict("records"),
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
        _print_json(answer)
        return
    table = _plain_table("", "")
    table.add_row("Border", f"{boundary.name}: {boundary.length_km:,.3f} km measured on the ellipsoid, {boundary.official_length_km:,.2f} km official")
    table.add_row("", f"{boundary.source}; {boundary.licence}; {boundary.attribution}")
    table.add_row("Sides", f"{boundary.left} on the left of increasing chainage, {boundary.right} on the right; km 0 in the west")
    table.add_row("Areas", ", ".join(f"{a['name']} {a['area_km2']:,.0f} km²" for a in answer["areas"]))
    table.add_row("Incidents", f"{len(events)}, compiled for {' to '.join(events.attrs['coverage'])}. {REPORTED}")
    precision = ", ".join(f"{n} {word}" for word, n in answer["events"]["location_precision"].items())
    table.add_row("Known to", precision)
    table.add_row("Versions", ", ".join(f"{k} {v}" for k, v in list(answer["versions"].items())[:3]))
    table.add_row("Limits", "The line is known to ±250 m to ±2 km; districts to ±2 km; lines between provinces to 1-5 km.")
    table.add_row("Status", "The depiction of boundaries implies no position on their status.")
    out.print(table)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
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
        with _warnings_as_lines():
            code = app(standalone_mode=False)
    except FrontierGeoError as error:
        _fail(str(error), code=2 if isinstance(error, _UsageError) else 1)
    except (typer.Abort, KeyboardInterrupt):
        _fail("stopped", code=130)
    except BrokenPipeError:
        _quiet_stdout()
        sys.exit(130)
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


class _UsageError(ParameterError):
    """The words of a command do not make a request; exit code 2."""


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

        self.boundary = _boundary(boundary)
        self.segments = make_segments(self.boundary, length_km=length_km, n=n, by=by, remainder=remainder)
        self.events: gpd.GeoDataFrame = load_events() if events is None else read_events(events)
        self.located: pd.DataFrame = locate_events(self.events, self.boundary, self.segments)

    @property
    def rejected(self) -> list[dict[str, Any]]:
        """The rows that cannot be used, each with its reason."""
        odd = self.located[self.located["placement"] == "rejected"]
        return _records(odd[["event_id", "reason"]])

    def rates(
        self,
        since: str | None,
        until: str | None,
        scope: list[str] | None,
        min_confidence: str,
        everything: bool,
    ) -> gpd.GeoDataFrame:
        from frontier_geo.rates import segment_rates

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


def _boundary(path: Path | None) -> Boundary:
    from frontier_geo.datasets import load_boundary
    from frontier_geo.readers import read_boundary

    return load_boundary() if path is None else read_boundary(path)


def _locate_point(
    lat: float, lon: float, path: Path | None, length_km: float | None, uncertainty_km: float
) -> dict[str, Any]:
    """Return everything there is to say about one point."""
    from frontier_geo._validation import check_lonlat
    from frontier_geo.locating import MAX_DISTANCE_KM, check_not_swapped, locate_points
    from frontier_geo.segments import make_segments, segment_of

    if not math.isfinite(uncertainty_km) or uncertainty_km < 0:
        raise ParameterError(f"--uncertainty-km must be 0 or more, but is {uncertainty_km}.")
    boundary = _boundary(path)
    check_lonlat([lon], [lat])
    check_not_swapped(lon, lat, boundary)
    band = float(boundary.position_uncertainty_km(locate_points(lon, lat, boundary)["chainage_km"])[0])
    found = locate_points(
        lon, lat, boundary, tolerance_km=uncertainty_km + band, uncertainty_km=uncertainty_km
    )
    segments = make_segments(boundary, length_km=length_km)
    found["segment_id"] = segments["segment_id"].to_numpy()[segment_of(segments, found["chainage_km"])]
    first = found.iloc[0]
    answer: dict[str, Any] = {
        "lat": lat,
        "lon": lon,
        "answer": first["side"] if first["side_certain"] else "ambiguous",
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
        "line_uncertainty_km": band,
        "point_uncertainty_km": uncertainty_km,
        "nearest_lat": float(first["nearest_lat"]),
        "nearest_lon": float(first["nearest_lon"]),
        "candidates": _records(
            found[["candidate", "chainage_km", "official_km", "distance_km", "offset_km", "segment_id"]]
        ),
        "boundary": boundary.summary(),
    }
    return answer


def _areas_of(lon: float, lat: float, first: pd.Series, boundary: Boundary, *, shipped: bool) -> dict[str, Any]:
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
        "district": district.get(first["side"]) if first["distance_km"] <= MAX_DISTANCE_KM else None,
        "district_basis": "the district whose stretch of border (±2 km) is nearest",
        "districts_at_this_km": district,
    }


def _locate_file(
    events: Path, path: Path | None, length_km: float | None, output: Path | None, as_json: bool
) -> None:
    with _step("Placing incidents"):
        job = _Job(events, path, length_km, None, None, "balance")
    located = job.located
    if output is not None:
        _write_table(located, output, {"boundary": located.attrs["boundary"]})
    first = located[located["candidate"] == 0]
    tally = first["placement"].value_counts().to_dict()
    if as_json:
        answer = {"events": len(first), "placement": tally, "boundary": located.attrs["boundary"]}
        answer["rejected"] = job.rejected
        if output is None:
            answer["located"] = _records(located)
        else:
            answer["output"] = str(output.absolute())
        _print_json(answer)
        return
    if output is None:
        table = _plain_table("event", "placement", "km", "distance km", "side", "segment", "note")
        for row in located.itertuples():
            table.add_row(
                _shown(str(row.event_id)), row.placement, _number(row.chainage_km, 3),
                _number(row.distance_km, 3), _side_text(row.side, row.side_certain),
                row.segment_id if isinstance(row.segment_id, str) else "",
                _shown(row.reason) if isinstance(row.reason, str) else "",
            )  # fmt: skip
        out.print(table)
    else:
        out.print(f"Wrote {len(located):,} rows to [bold]{_shown(str(output.absolute()))}[/bold].")
    out.print(f"{len(first):,} events: " + ", ".join(f"{n:,} {word}" for word, n in tally.items()) + ".")


# ---- printing and writing ------------------------------------------------------------------------


@contextmanager
def _step(what: str) -> Iterator[None]:
    """Show on the error stream that something is under way, when a person is looking."""
    with err.status(f"{what} …"):
        yield


@contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """Print the library's warnings as one line each, without Python's file and line number."""
    import warnings

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    told = [str(w.message) for w in caught if issubclass(w.category, UserWarning)]
    for message in dict.fromkeys(told):
        err.print(f"[yellow]warning:[/yellow] {_shown(message)}")


def _about(rates: gpd.GeoDataFrame) -> dict[str, Any]:
    keys = ("period", "unit", "accounting", "parameters", "boundary", "data_version", "library_version")
    told = {key: rates.attrs.get(key) for key in keys}
    told["segments_n"] = len(rates)
    told["length_km"] = round(float(rates["length_km"].sum()), 6)
    told["note"] = REPORTED
    return told


def _print_account(rates: gpd.GeoDataFrame) -> None:
    tally, period = rates.attrs["accounting"], rates.attrs["period"]
    line = rates.attrs["boundary"]
    out.print(
        f"{len(rates):,} segments of {_shown(str(line.get('boundary_id')))}, together "
        f"{rates['length_km'].sum():,.3f} km; {period[0]} to {period[1]}."
    )
    out.print(
        f"{tally['events']} incidents = {tally['counted']} counted on a segment + "
        f"{tally['off_border']} off the border + {tally['unplaced']} unplaced "
        f"(of these {tally['unplaced_because']['known to a stretch wider than a segment']} are spread "
        "over the stretch they are known to, as expected_events)."
    )
    if tally["unplaced_because"]["row rejected"]:
        out.print(
            f"{tally['unplaced_because']['row rejected']} rows were rejected and are among the "
            "unplaced; frontier-geo locate --events FILE says why, row by row."
        )
    aside = {why: n for why, n in tally["set_aside"].items() if n}
    if aside:
        words = ", ".join(f"{n} {why}" for why, n in aside.items())
        out.print(f"Of {tally['events_given']} given, set aside: {words}. Use --all to count all.")
    out.print(REPORTED)


def _print_segments(rates: gpd.GeoDataFrame) -> None:
    """Print the densest segments; the whole table goes to a file."""
    shown = rates.sort_values(["expected_events", "from_km"], ascending=[False, True]).head(15)
    table = _plain_table("segment", "districts", "events", "expected", "rate", "95 %", "expected rate")
    for row in shown.to_dict("records"):
        places = " / ".join(str(row[c]) for c in ("tj_district", "af_district") if row.get(c))
        table.add_row(
            _shown(row["segment_id"]), _shown(places), str(row["events"]),
            f"{row['expected_events']:.2f}", f"{row['rate']:.2f}",
            f"{row['rate_lo']:.2f}-{row['rate_hi']:.2f}", f"{row['expected_rate']:.2f}",
        )  # fmt: skip
    out.print(table)
    out.print(f"The {len(shown)} densest of {len(rates)}; rates are incidents per 100 km and year. All: --output FILE.csv")


def _print_point(answer: dict[str, Any]) -> None:
    table = _plain_table("", "")
    line = answer["boundary"]["boundary_id"]
    table.add_row("Point", f"{answer['lat']} N, {answer['lon']} E" + (f" ± {answer['point_uncertainty_km']} km" if answer["point_uncertainty_km"] else ""))
    if answer["beyond_end"]:
        table.add_row("Side", "none: the nearest place is an end of the border")
    else:
        doubt = "certain" if answer["side_certain"] else "ambiguous: nearer to the line than the line is known; the likelier side is named"
        table.add_row("Side", f"{answer['side'] or 'on the line'} ({doubt})")
    table.add_row("Country", answer["country"] or "neither" if "province_id" in answer else "not known for this line")
    if "province_id" in answer:
        table.add_row("Province", answer["province"] or "none of either country")
        near = f"{answer['district']} ({answer['district_basis']})"
        table.add_row("District", near if answer["district"] else "none")
    table.add_row("Chainage", f"km {answer['chainage_km']:.3f} measured, km {answer['official_km']:.3f} official, on {_shown(line)}")
    table.add_row("Segment", _shown(str(answer["segment_id"])))
    far = "; too far to count as at the border, chainage and side are those of the nearest place"
    distance = f"{answer['distance_km']:,.3f} km from the line" + (far if answer["off_border"] else "")
    table.add_row("Distance", distance)
    table.add_row("Uncertainty", f"± {answer['line_uncertainty_km']:.2f} km of the line's position here")
    for other in answer["candidates"][1:]:
        table.add_row("Also near", f"km {other['chainage_km']:.3f} (segment {_shown(str(other['segment_id']))}), {other['distance_km']:.3f} km away")
    out.print(table)


def _side_text(side: Any, certain: bool) -> str:
    if not isinstance(side, str):
        return ""
    return side if certain else f"{side}?"


def _number(value: float, decimals: int) -> str:
    return "" if value != value else f"{value:.{decimals}f}"


def _plain_table(*heads: str) -> Table:
    table = Table(box=None, show_header=any(heads), pad_edge=False)
    for k, head in enumerate(heads):
        style = "bold" if k == 0 and not any(heads) else ""
        whole = head == "segment"  # a name to copy stays in one piece
        table.add_column(head, style=style, overflow="fold", no_wrap=whole)
    return table


def _check_folder(output: Path) -> None:
    """Refuse, before any work, an output whose folder does not exist."""
    folder = output.absolute().parent
    if not folder.is_dir():
        raise OutputError(
            f"The result is to be written to {output}, but the folder {folder} does not exist. Create "
            "it, or choose another place with --output."
        )
    if output.is_dir():
        raise OutputError(f"The result needs a file name, but {output} is a folder.")


def _check_suffix(output: Path, known: tuple[str, ...]) -> None:
    if output.suffix.lower() not in known:
        raise ParameterError(
            f"--output must end in {' or '.join(known)}, but is {output.name!r}: the ending says which "
            "format to write."
        )


def _write_table(table: pd.DataFrame, output: Path, about: dict[str, Any]) -> None:
    from frontier_geo._files import csv_text, write_whole

    suffix = output.suffix.lower()
    if suffix == ".csv":
        write_whole(output, csv_text(table.drop(columns="geometry", errors="ignore")))
    elif suffix == ".geojson":
        collection = json.loads(table.to_json(drop_id=True))
        collection.pop("crs", None)  # RFC 7946: always WGS84
        write_whole(output, _json_text({**about, **collection}))
    else:
        write_whole(output, _json_text({**about, "rows": _records(table)}, indent=1))


def _write_answer(answer: dict[str, Any], output: Path) -> None:
    import pandas as pd

    from frontier_geo._files import write_whole

    if output.suffix.lower() == ".json":
        write_whole(output, _json_text(answer, indent=1))
        return
    flat = {key: value for key, value in answer.items() if not isinstance(value, dict | list)}
    _write_table(pd.DataFrame([flat]), output, {})


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return list(_jsonable(table.drop(columns="geometry", errors="ignore").to_dict("records")))


def _print_json(answer: Any) -> None:
    sys.stdout.write(_json_text(answer, indent=1))


def _json_text(answer: Any, *, indent: int | None = None) -> str:
    return json.dumps(_jsonable(answer), ensure_ascii=False, allow_nan=False, indent=indent) + "\n"


def _jsonable(value: Any) -> Any:
    """Return plain JSON values: what is missing becomes null, dates become ISO days."""
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    if value is None or isinstance(value, bool | str | int):
        return value
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10] if value == value else None
    if hasattr(value, "item"):
        return _jsonable(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return None if str(value) == "<NA>" else str(value)


def _fail(message: str, *, code: int = 1) -> None:
    err.print(f"[red]frontier-geo: error:[/red] {_shown(message)}")
    sys.exit(code)


def _shown(text: object) -> str:
    """Return text that only prints: one line, no markup, nothing a terminal would obey."""
    return escape(
        "".join(
            ascii(sign)[1:-1] if unicodedata.category(sign) in UNPRINTED else sign
            for sign in str(text)
        )
    )


def _quiet_stdout() -> None:
    """Keep Python from complaining about a closed pipe when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
