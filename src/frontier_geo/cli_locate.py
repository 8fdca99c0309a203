"""The command that says where things lie: a point, a table of incidents, a file of points of any size."""

from __future__ import annotations

import math
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
    print_located,
    print_located_file,
    print_point,
    rows_progress,
    shown,
    step,
)
from frontier_geo._files import (
    check_writable,
    json_text,
    records,
    refuse_inputs,
    refuse_same,
    table_text,
    write_whole,
)
from frontier_geo._job import (
    By,
    Count,
    Job,
    Length,
    Remainder,
    Restricted,
    days_of,
)
from frontier_geo.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from frontier_geo.boundary import Boundary
    from frontier_geo.streaming import LocatedFile

__all__ = ["locate_command", "locate_plainly"]

POINT_TABLES = (".parquet", ".geoparquet", ".csv")
SEGMENT_TABLES = (".csv", ".parquet", ".geojson", ".json")
CURVE_TABLES = (".csv", ".parquet", ".json")
BANDWIDTH_KM = 10.0  # of the density of a file of points, where none is given
#: Options that speak of a file of points alone, by the names of the parameters.
OF_FILES = {
    "lon_column": "--lon-column", "lat_column": "--lat-column",
    "uncertainty_column": "--uncertainty-column",
    "max_distance_km": "--max-distance-km", "segments_output": "--segments-output",
    "density_output": "--density-output", "bandwidth_km": "--bandwidth-km", "step_km": "--step-km",
    "period": "--period", "since": "--from", "until": "--to", "n": "--n",
    "by": "--by", "prefix": "--prefix", "chunk_rows": "--chunk-rows", "cluster": "--cluster",
}  # fmt: skip


def locate_command(
    place: Annotated[
        str | None,
        typer.Argument(
            help="Latitude in degrees, or a file or folder of points: Parquet, GeoParquet or CSV.",
            metavar="LAT|FILE",
        ),
    ] = None,
    longitude: Annotated[
        str | None, typer.Argument(help="Longitude in degrees.", metavar="LON")
    ] = None,
    events: Annotated[
        Path | None,
        typer.Option("--events", "-e", help="Locate a file of incidents instead."),
    ] = None,
    boundary: Line = None,
    length_km: Length = None,
    n: Count = None,
    by: By = None,
    remainder: Remainder = "balance",
    uncertainty_km: Annotated[
        float, typer.Option(help="How far off the one point may be, in km.")
    ] = 0.0,
    output_name: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="Write the table: .csv or .json; of a file of points .parquet or .csv.",
        ),
    ] = None,
    lon_column: Annotated[
        str | None,
        typer.Option(
            "--lon-column", help="FILE: column of longitudes. Default: found by its name."
        ),
    ] = None,
    lat_column: Annotated[
        str | None,
        typer.Option("--lat-column", help="FILE: column of latitudes. Default: found by its name."),
    ] = None,
    uncertainty_column: Annotated[
        str | None,
        typer.Option(
            "--uncertainty-column", help="FILE: column of how far off each point may be, in km."
        ),
    ] = None,
    max_distance_km: Annotated[
        float | None,
        typer.Option(help="FILE: points farther than this are off the border. Default: 25."),
    ] = None,
    segments_output: Annotated[
        Path | None,
        typer.Option(
            help="FILE: write counts, and rates, of segments: .csv, .parquet or .geojson."
        ),
    ] = None,
    density_output: Annotated[
        Path | None,
        typer.Option(help="FILE: write the density along the line: .csv, .parquet or .json."),
    ] = None,
    bandwidth_km: Annotated[
        float | None,
        typer.Option(help="FILE: standard deviation of the density's kernel in km. Default: 10."),
    ] = None,
    step_km: Annotated[
        float | None, typer.Option(help="FILE: distance between places of the density. Default: 1.")
    ] = None,
    period: Annotated[
        str | None,
        typer.Option(
            help="FILE: the time in which its points were observed, such as 2025; rates of segments need "
            "it. No point is left out by its day."
        ),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="FILE: the first day of this time.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="FILE: the last day of this time.")
    ] = None,
    prefix: Annotated[
        str | None, typer.Option(help="FILE: what the names of the added columns begin with.")
    ] = None,
    chunk_rows: Annotated[
        int | None, typer.Option(help="FILE: rows held in memory at once. Default: 131,072.")
    ] = None,
    engine: Annotated[
        str, typer.Option(help="FILE: how points are searched: auto, numpy or numba.")
    ] = "auto",
    threads: Annotated[int, typer.Option(help="FILE: threads of the search.")] = 1,
    resume: Annotated[
        bool, typer.Option(help="FILE: go on with what an interrupted run has finished.")
    ] = True,
    cluster: Annotated[
        str | None,
        typer.Option(
            help="FILE: work on a Dask cluster, by its address, or 'local'; the output is a folder."
        ),
    ] = None,
    include_restricted: Restricted = False,
    as_json: AsJson = False,
) -> None:
    """Say where a point, a file of points of any size, or a table of incidents lies along the border."""
    output = None if output_name is None else Path(output_name)
    given = {**locals(), "output": output}
    points = _points_file(place, longitude, events)
    if points is not None:
        _locate_points_file(points, given)
        return
    alone = [name for key, name in OF_FILES.items() if given[key] is not None]
    if alone:
        raise UsageError(
            f"{alone[0]} goes with a file of points: frontier-geo locate FILE --output …"
        )
    if output is not None:
        check_folder(output)
        check_suffix(output, (".csv", ".json"))
        refuse_inputs(output, [path for path in (events, boundary) if path is not None])
    if events is not None:
        _locate_events(events, boundary, length_km, output, include_restricted, as_json)
        return
    if place is None or longitude is None:
        raise UsageError(
            "locate needs a latitude and a longitude, such as: frontier-geo locate 37.49 71.51 "
            "(or a file of points, or --events FILE)."
        )
    lat, lon = _degrees(place, "LAT"), _degrees(longitude, "LON")
    answer = _locate_point(lat, lon, boundary, length_km, uncertainty_km)
    if output is not None:
        _write_answer(answer, output)
    if as_json:
        print_json(answer)
    else:
        print_point(answer)
        if output is not None:
            out.print(f"Wrote [bold]{shown(str(output.absolute()))}[/bold].")


def locate_plainly(words: list[str]) -> bool:
    """
    Do ``locate FILE --output FILE``, without other options, if that is what the words say.

    The parser of the other commands takes as long to load as a hundred thousand points to place.
    """
    plain = len(words) == 4 and words[0] == "locate" and words[2] in ("-o", "--output")
    if not plain or any(not word or word.startswith("-") for word in words[1::2]):
        return False
    locate_command(words[1], output_name=words[3])
    return True


# ---- what was asked for --------------------------------------------------------------------------


def _points_file(place: str | None, longitude: str | None, events: Path | None) -> str | None:
    """Return the file of points, if it is that and no point that is asked for."""
    if place is not None and events is not None:
        raise UsageError(
            "locate takes a point, a file of points or a file of incidents, but both were given."
        )
    if place is None or longitude is not None or _is_number(place):
        return None
    return place


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _degrees(word: str, name: str) -> float:
    if not _is_number(word):
        raise UsageError(
            f"{name} must be a number of degrees, but is {word!r}. A file of points is given alone. See "
            "frontier-geo locate --help."
        )
    return float(word)


# ---- a file of points ----------------------------------------------------------------------------


def _locate_points_file(points: str, given: dict[str, Any]) -> None:
    output: Path | None = given["output"]
    cluster: str | None = given["cluster"]
    if output is None:
        raise UsageError(
            f"locate {points} needs a file to write: add --output FILE.parquet or FILE.csv."
        )
    _check_targets(output, points, given)
    options = _options(given)
    with rows_progress("Placing points") as progress:
        try:
            if cluster is None:
                from frontier_geo.streaming import locate_file

                found = locate_file(
                    points, output, resume=given["resume"], progress=progress, **options
                )
            else:
                from frontier_geo.distributed import locate_partitions

                found = locate_partitions(
                    points,
                    given["output_name"],
                    cluster=cluster,
                    resume=given["resume"],
                    progress=progress,
                    **options,
                )
        except BaseException as error:
            progress.close()
            for note in getattr(error, "__notes__", ()):
                err.print(shown(note))
            raise
    try:
        written = _write_tables(found, given)
    except BaseException:
        err.print(shown(f"The located points are written, and whole: {found.output}."))
        raise
    if given["as_json"]:
        print_json({**_told(found), **written})
    else:
        print_located_file(found, written)


def _check_targets(output: Path, points: str, given: dict[str, Any]) -> None:
    """Refuse, before any work, files that cannot be written, are one and the same or an input."""
    targets = {"--output": output}
    known = {"--segments-output": SEGMENT_TABLES, "--density-output": CURVE_TABLES}
    if given["cluster"] is None:
        check_folder(output)
        check_suffix(output, POINT_TABLES)
    for name, suffixes in known.items():
        path = given[name[2:].replace("-", "_")]
        if path is not None:
            check_folder(path)
            check_suffix(path, suffixes, name=name)
            targets[name] = path
    refuse_same(targets)
    if given["boundary"] is not None:
        for path in targets.values():
            refuse_inputs(path, [given["boundary"]])
    tables = [path for path in targets.values() if path is not output]
    if tables:  # the call itself looks at the output
        _refuse_points(tables, points, given["cluster"])
    for path in tables:
        check_writable(path)


def _refuse_points(tables: list[Path], points: str, cluster: str | None) -> None:
    """Refuse tables that are files of points, or would be read with them the next time."""
    if cluster is None:
        from frontier_geo.streaming.files import check_apart
        from frontier_geo.streaming.sources import files_of

        files = files_of(Path(points))
        for path in tables:
            check_apart(path, Path(points), files)
    else:
        from frontier_geo.distributed.clusters import need_dask
        from frontier_geo.distributed.pieces import refuse_within

        need_dask()
        for path in tables:
            refuse_within(path, points)


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options of `locate_file` that the words of the command ask for."""
    since, until = days_of(given["period"], given["since"], given["until"])
    if (since is None) != (until is None):
        raise UsageError(
            "Points have no dates here: the time for which they were observed needs both --from and --to."
        )
    if given["density_output"] is None and (given["bandwidth_km"] or given["step_km"]) is not None:
        raise UsageError("--bandwidth-km and --step-km go with --density-output.")
    options = {
        "lon_column": given["lon_column"],
        "lat_column": given["lat_column"],
        "uncertainty_column": given["uncertainty_column"],
        "max_distance_km": given["max_distance_km"],
        "step_km": given["step_km"],
        "prefix": given["prefix"],
        "bandwidth_km": given["bandwidth_km"],
        **{name: given[name] for name in ("length_km", "n", "by", "remainder", "chunk_rows")},
        **{name: given[name] for name in ("engine", "threads")},
    }
    if given["density_output"] is not None and options["bandwidth_km"] is None:
        options["bandwidth_km"] = BANDWIDTH_KM
    if since is not None:
        options["period"] = (since, until)
    if given["boundary"] is not None:
        options["boundary"] = line_of(given["boundary"])
    return {name: value for name, value in options.items() if value is not None}


def _write_tables(found: LocatedFile, given: dict[str, Any]) -> dict[str, str]:
    """Write the tables of segments and density that were asked for; return where everything is."""
    written = {"output": str(found.output)}
    for name, key in (("segments", "segments_output"), ("density", "density_output")):
        path: Path | None = given[key]
        if path is not None:
            _write_table(getattr(found, name), path)
            written[key] = str(path.absolute())
    return written


def _write_table(table: pd.DataFrame, path: Path) -> None:
    if path.suffix.lower() != ".parquet":
        write_whole(path, table_text(table, path.suffix.lower(), dict(table.attrs)))
        return
    import io

    packed = io.BytesIO()
    table.to_parquet(packed, index=False)
    write_whole(path, packed.getvalue())


def _told(found: LocatedFile) -> dict[str, Any]:
    names = ("rows", "located", "off_border", "rejected", "rejected_because", "examples")
    told = {name: getattr(found, name) for name in names}
    more = {"resumed_rows": found.resumed_rows, "seconds": round(found.seconds, 3)}
    return {**told, **more, "notes": found.notes, "boundary": found.plan.boundary.summary()}


# ---- a point, and a table of incidents -----------------------------------------------------------


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
        boundary.position_uncertainty_km(locate_points(lon, lat, boundary=boundary)["chainage_km"])[
            0
        ]
    )
    found = locate_points(
        lon,
        lat,
        boundary=boundary,
        tolerance_km=uncertainty_km + band,
        uncertainty_km=uncertainty_km,
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
    from frontier_geo.areas import locate_areas

    if not shipped:
        try:
            country = locate_areas(lon, lat, boundary=boundary)["country"].iloc[0]
        except ParameterError:  # its sides are no countries
            country = None
        return {"country": country, "province": None, "district": None, "districts_opposite": {}}
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


def _locate_events(
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
