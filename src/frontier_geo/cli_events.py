"""The commands about files of incidents: import them, check them, convert them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from frontier_geo._commands import AsJson, UsageError, check_folder, check_suffix
from frontier_geo._console import out, progress, shown
from frontier_geo._files import json_text
from frontier_geo._job import PeriodText, days_of
from frontier_geo.errors import DataFileError, ParameterError

__all__ = ["convert_command", "fetch_command", "import_command", "validate_command"]

FORMATS = (".gpkg", ".parquet", ".geojson", ".fgb", ".csv")
REJECTED = "rejected.csv"
BAD_ROWS = 3  # exit code of validate: the files were read, but some rows cannot be used
SHOWN_ROWS = 20

Files = Annotated[
    list[str],
    typer.Argument(
        help="CSV, TSV, XLSX, JSON, GeoJSON, GeoPackage, FlatGeobuf, Shapefile, GeoParquet, a zip of "
        "them, or an https:// address.",
        metavar="FILE...",
    ),
]
SourceName = Annotated[
    str,
    typer.Option(
        help="acled, ucdp_ged, ucdp_candidate, gdelt, gtd or table. Default: told by the columns."
    ),
]
Mapping = Annotated[
    Path | None, typer.Option(help="A file that says which column of a table is which.")
]
Region = Annotated[
    str | None,
    typer.Option(
        help="Keep incidents here: border, WEST,SOUTH,EAST,NORTH in degrees, or a file with an area. "
        "Default: all, and of GDELT the border."
    ),
]
Since = Annotated[str | None, typer.Option("--from", help="First day to keep, such as 2015-01-01.")]
Until = Annotated[str | None, typer.Option("--to", help="Last day to keep.")]
Country = Annotated[
    list[str] | None, typer.Option(help="Country to keep, such as TJ or AF; repeat for more.")
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Stop at the first row that cannot be used, write nothing.")
]
Sheet = Annotated[
    str | None, typer.Option(help="Sheet of a spreadsheet. Default: the first filled.")
]
Layer = Annotated[str | None, typer.Option(help="Layer of a GeoPackage. Default: the first.")]
Encoding = Annotated[
    str | None, typer.Option(help="Encoding of a text file, such as cp1251. Default: as it shows.")
]
Crs = Annotated[
    str | None, typer.Option(help="CRS of a layer that does not say its own, such as EPSG:32642.")
]
DayFirst = Annotated[
    bool | None,
    typer.Option(
        "--day-first/--month-first",
        help="Whether 03.04.2025 is 3 April. Default: as the column shows.",
    ),
]
Calendar = Annotated[str, typer.Option(help="auto, gregorian or solar_hijri.")]
Licence = Annotated[str | None, typer.Option(help="Licence of a table of your own.")]
Restricted = Annotated[
    bool,
    typer.Option(
        "--include-restricted",
        help="Write rows into a public format though their licence (ACLED, GTD) forbids passing them on.",
    ),
]
Output = Annotated[
    Path,
    typer.Option(
        "--output", "-o", help="The file to write: .gpkg, .parquet, .geojson, .fgb, .csv."
    ),
]


def import_command(
    files: Files,
    output: Output,
    rejected: Annotated[
        Path | None,
        typer.Option(help=f"Where rejected rows go. Default: {REJECTED} beside the output."),
    ] = None,
    duplicates: Annotated[
        Path | None, typer.Option(help="Write rows that repeat another to this CSV file.")
    ] = None,
    outside: Annotated[
        Path | None, typer.Option(help="Write rows outside what was asked for to this CSV file.")
    ] = None,
    source: SourceName = "auto",
    mapping: Mapping = None,
    region: Region = None,
    period: PeriodText = None,
    since: Since = None,
    until: Until = None,
    country: Country = None,
    strict: Strict = False,
    sheet: Sheet = None,
    layer: Layer = None,
    encoding: Encoding = None,
    crs: Crs = None,
    day_first: DayFirst = None,
    calendar: Calendar = "auto",
    licence: Licence = None,
    include_restricted: Restricted = False,
    as_json: AsJson = False,
) -> None:
    """
    Read incidents from any source into one file; no row is lost.

    Every row is accepted, rejected (in rejected.csv, with the reason), a duplicate, or outside what
    was asked for. When no row at all is accepted, the output stays as it was, and the exit code is 1.
    """
    since, until = days_of(period, since, until)
    check_folder(output)
    check_suffix(output, FORMATS)
    apart: dict[str, Any] = {
        "rejected": output.parent / REJECTED if rejected is None else rejected,
        "duplicates": duplicates,
        "outside": outside,
    }
    for path in apart.values():
        if path is not None:
            check_folder(path)
            check_suffix(path, (".csv",))
    request = _request(
        source, mapping, region, since, until, country, strict, sheet, layer, encoding, crs, day_first,
        calendar, licence,
    )  # fmt: skip
    from frontier_geo.importing import import_events

    with progress("Reading") as update:
        done = import_events(
            list(files), output, include_restricted=include_restricted, progress=update,
            **apart, **request,
        )  # fmt: skip
    _tell(done["counts"], done["summary"], as_json)
    _check_some_accepted(done["counts"], output, apart["rejected"])
    if not as_json:
        out.print(
            f"Wrote {done['counts']['accepted']:,} incidents to "
            f"[bold]{shown(str(output.absolute()))}[/bold], rejected rows to "
            f"[bold]{shown(str(apart['rejected']))}[/bold]."
        )


def validate_command(
    files: Files,
    source: SourceName = "auto",
    mapping: Mapping = None,
    region: Region = None,
    period: PeriodText = None,
    since: Since = None,
    until: Until = None,
    country: Country = None,
    sheet: Sheet = None,
    layer: Layer = None,
    encoding: Encoding = None,
    crs: Crs = None,
    day_first: DayFirst = None,
    calendar: Calendar = "auto",
    as_json: AsJson = False,
) -> None:
    """
    Check files of incidents without writing anything.

    Exit code 0: every row can be used. 3: some cannot; they are listed with the reason.
    """
    since, until = days_of(period, since, until)
    from frontier_geo.readers.reading import Job

    request = _request(
        source, mapping, region, since, until, country, False, sheet, layer, encoding, crs, day_first,
        calendar, None,
    )  # fmt: skip
    job = Job(list(files), **request)
    first: list[dict[str, Any]] = []
    with progress("Checking") as update:
        for batch in job.batches(update):
            columns = ["file", "row_number", "column", "value", "reason"]
            room = SHOWN_ROWS - len(first)
            first += batch.rejected[columns].head(max(room, 0)).to_dict("records")
    counts = job.counts()
    if as_json:
        out.file.write(
            json_text({**counts, "about": job.about(), "first_rejected": first}, indent=1)
        )
    else:
        _tell(counts, job.summary(), as_json=False)
        for row in first:
            where = f", {row['column']}" if row["column"] else ""
            out.print(
                shown(
                    f"{row['file']}, row {row['row_number']}{where}: {row['value']!r}: {row['reason']}"
                )
            )
        if counts["rejected"] > len(first):
            out.print(f"… and {counts['rejected'] - len(first):,} more; import writes them all.")
    if counts["rejected"]:
        raise typer.Exit(BAD_ROWS)


def convert_command(
    source_file: Annotated[str, typer.Argument(help="The file to read.", metavar="FILE")],
    output: Annotated[
        Path,
        typer.Argument(help="The file to write; its ending says the format.", metavar="OUTPUT"),
    ],
    rejected: Annotated[
        Path | None,
        typer.Option(help="Write rows that cannot be converted here. Default: they are an error."),
    ] = None,
    mapping: Mapping = None,
    layer: Layer = None,
    crs: Crs = None,
    include_restricted: Restricted = False,
    as_json: AsJson = False,
) -> None:
    """
    Write a file of incidents in another format: all of it, or nothing.

    A row that cannot be used is an error, unless --rejected names a file for such rows. A row that
    repeats another or lies outside always is one: import sets those aside.
    """
    check_folder(output)
    check_suffix(output, FORMATS)
    if rejected is not None:
        check_folder(rejected)
        check_suffix(rejected, (".csv",))
    from frontier_geo.importing import import_events
    from frontier_geo.readers.opening import Reading

    with progress("Converting") as update:
        done = import_events(
            source_file, output, rejected=rejected, include_restricted=include_restricted,
            lossless=True, progress=update, strict=rejected is None, region=None, mapping=mapping,
            how=Reading(layer=layer, crs=crs),
        )  # fmt: skip
    _tell(done["counts"], done["summary"], as_json)
    _check_some_accepted(done["counts"], output, rejected)
    if not as_json:
        out.print(f"Wrote [bold]{shown(str(output.absolute()))}[/bold].")


def fetch_command(
    service: Annotated[str, typer.Argument(help="acled or ucdp.", metavar="SERVICE")],
    output: Output,
    version: Annotated[
        str | None, typer.Option("--release", help="Release of UCDP, such as 25.1 or 26.0.9.")
    ] = None,
    period: PeriodText = None,
    since: Since = None,
    until: Until = None,
    country: Annotated[
        list[str] | None,
        typer.Option(help="Country as the service names it. Default: Afghanistan and Tajikistan."),
    ] = None,
    region: Region = None,
    rejected: Annotated[
        Path | None,
        typer.Option(help=f"Where rejected rows go. Default: {REJECTED} beside the output."),
    ] = None,
    include_restricted: Restricted = False,
    as_json: AsJson = False,
) -> None:
    """
    Fetch incidents from ACLED or UCDP into a file. Needs the extra `fetch` and an account.

    ACLED: set ACLED_EMAIL and ACLED_PASSWORD. UCDP: set UCDP_ACCESS_TOKEN.
    """
    since, until = days_of(period, since, until)
    check_folder(output)
    check_suffix(output, FORMATS)
    rejected = output.parent / REJECTED if rejected is None else rejected
    check_folder(rejected)
    check_suffix(rejected, (".csv",))
    from frontier_geo.importing import import_events
    from frontier_geo.readers.services import open_service

    query = {"countries": country} if country else {}
    with progress("Fetching") as update:
        file = open_service(
            service, version=version, start=since, end=until, progress=update, **query
        )
    days = None if since is None and until is None else (since, until)
    done = import_events(
        file, output, rejected=rejected, include_restricted=include_restricted,
        region=_region(region), period=days,
    )  # fmt: skip
    _tell(done["counts"], done["summary"], as_json)
    _check_some_accepted(done["counts"], output, rejected)
    if not as_json:
        out.print(f"Wrote [bold]{shown(str(output.absolute()))}[/bold].")


def _request(
    source: str, mapping: Path | None, region: str | None, since: str | None, until: str | None,
    country: list[str] | None, strict: bool, sheet: str | None, layer: str | None,
    encoding: str | None, crs: str | None, day_first: bool | None, calendar: str, licence: str | None,
) -> dict[str, Any]:  # fmt: skip
    """Turn the words of a command into the arguments of the library."""
    from frontier_geo.readers.opening import Reading

    period = None if since is None and until is None else (since, until)
    return {
        "source": source, "mapping": mapping, "region": _region(region), "period": period,
        "countries": country or None, "strict": strict, "day_first": day_first, "calendar": calendar,
        "licence": licence,
        "how": Reading(encoding=encoding, sheet=sheet, layer=layer, crs=crs),
    }  # fmt: skip


def _region(text: str | None) -> Any:
    """Understand --region: a word, four numbers, or a file with an area."""
    if text is None:
        return "auto"
    if text in ("border", "auto"):
        return text
    parts = text.split(",")
    if len(parts) == 4:
        try:
            return tuple(float(part) for part in parts)
        except ValueError as error:
            raise ParameterError(
                f"--region must be WEST,SOUTH,EAST,NORTH in degrees, but is {text!r}."
            ) from error
    if Path(text).exists():
        from frontier_geo.readers import read_area

        return read_area(text)
    raise UsageError(
        "--region must be border, WEST,SOUTH,EAST,NORTH in degrees, or a file with an area, but is "
        f"{text!r}."
    )


def _tell(counts: dict[str, int], summary: str, as_json: bool) -> None:
    """Print what became of the rows: one object of five numbers, or sentences."""
    if as_json:
        out.file.write(json_text(counts))
        return
    for line in summary.splitlines():
        out.print(shown(line))


def _check_some_accepted(counts: dict[str, int], output: Path, rejected: Path | None) -> None:
    """Say that there is no table of incidents, since there is no incident."""
    if counts["accepted"]:
        return
    why = f" {rejected} says why." if counts["rejected"] and rejected is not None else ""
    raise DataFileError(
        f"At least one incident is needed, but none of the {counts['rows']:,} rows was accepted: "
        f"{counts['rejected']:,} rejected, {counts['duplicates']:,} duplicates, "
        f"{counts['outside']:,} outside. {output} was not written.{why}"
    )
