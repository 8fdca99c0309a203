"""The commands about places: what a text means, and the gazetteer it is looked up in."""

from __future__ import annotations

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
    print_candidates,
    print_explanation,
    print_geocoded,
    print_place,
    progress,
    shown,
    step,
)
from frontier_geo._files import csv_text, plain, records, table_text, write_whole
from frontier_geo._version import __version__
from frontier_geo.errors import ColumnError, DataFileError, ParameterError

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from frontier_geo.boundary import Boundary
    from frontier_geo.gazetteer import Gazetteer
    from frontier_geo.geocoding import GeocodedText

__all__ = ["NO_PLACE", "gazetteer_app", "geocode_command"]

NO_PLACE = 3  # exit code: nothing was wrong, but no place could be told
NO_LOCATION = ("country", "unknown")
LONGEST_INPUT = 1_000_000  # characters of the standard input: more than is read of any text
ROWS_AT_ONCE = 200  # between two moves of the progress bar
#: Columns of reports that the library reads or fills besides the text.
PLACE_COLUMNS = (
    "location_precision", "location_uncertainty_km", "frontage_from_km", "frontage_to_km",
    "country_side", "admin1", "admin2", "place_ids", "location_basis",
)  # fmt: skip
NUMBERS = ("lon", "lat", "location_uncertainty_km", "frontage_from_km", "frontage_to_km")
EXPLANATION = "geocode_explanation"
ANSWER_COLUMNS = ("lon", "lat", *PLACE_COLUMNS, "geocode_score", "geocode_ambiguous")

Own = Annotated[
    list[Path] | None,
    typer.Option(
        "--gazetteer",
        "-g",
        help="Places of your own, which go before the shipped ones: a CSV file with place_id, name, "
        "country, lat and lon, or one that gazetteer build wrote; repeat for more.",
    ),
]
Country = Annotated[
    str | None, typer.Option(help="The side it is known to be on, such as TJ or AF.")
]
Admin1 = Annotated[str | None, typer.Option(help="The province it is known to be in.")]
Admin2 = Annotated[str | None, typer.Option(help="The district it is known to be in.")]
Threshold = Annotated[
    float | None,
    typer.Option(help="A name that fits less well, from 0 to 1, is no match. Default: 0.8."),
]

gazetteer_app = typer.Typer(
    help="Build a gazetteer from GeoNames dumps, or look a name up.", no_args_is_help=True
)


# ---- geocode -------------------------------------------------------------------------------------


def geocode_command(
    text: Annotated[
        str | None,
        typer.Argument(help="A place as reported, or a whole report; - reads standard input."),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--input", "-i", help="Place a file of reports instead: CSV or TSV."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the placed reports: .csv, .geojson or .json."),
    ] = None,
    place_column: Annotated[
        str, typer.Option(help="The column of the file that names the place.")
    ] = "place",
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Show every name found and what became of it; a column of a file."
        ),
    ] = False,
    country: Country = None,
    admin1: Admin1 = None,
    admin2: Admin2 = None,
    threshold: Threshold = None,
    gazetteer: Own = None,
    include_restricted: Annotated[
        bool,
        typer.Option(
            "--include-restricted",
            help="Also write rows whose licence (ACLED, GTD) forbids passing them on.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Say where on the border a text means: in English, Russian, Tajik or Dari.

    Exit code 0: placed, or a file was read to its end. 3: the text names no place that can be told.
    1: something is wrong with what was given. 2: the words of the command make no request.
    """
    _check_request(text, source, output)
    if output is not None:
        check_folder(output, source, *(gazetteer or ()))
        check_suffix(output, (".csv", ".geojson", ".json"))
    with step("Loading the gazetteer"):
        places = _places(gazetteer)
    given = {"country": country, "admin1": admin1, "admin2": admin2}
    hints = _checked_hints(places, given)
    limit = _threshold(threshold)
    if source is not None:
        _geocode_file(
            source, output, place_column, hints, limit, places, as_json, explain, include_restricted
        )
        return
    answer = _geocode_one(_text(str(text)), hints, limit, places)
    if as_json:
        print_json(answer)
    else:
        print_place(answer)
        if explain:
            print_explanation(answer)
    if not answer["placed"]:
        raise typer.Exit(NO_PLACE)


def _check_request(text: str | None, source: Path | None, output: Path | None) -> None:
    if (text is None) == (source is None):
        given = "both were given" if text is not None else "neither was given"
        raise UsageError(
            f"geocode takes a text or a file of reports, but {given}. Such as: frontier-geo geocode "
            '"near Kishty village", or: frontier-geo geocode --input reports.csv --output placed.csv.'
        )
    if output is not None and source is None:
        raise UsageError(
            "--output is for a file of reports (--input FILE). For one text, print JSON: --json."
        )


def _text(given: str) -> str:
    """Return the text to read, from the standard input if it is a single hyphen."""
    if given != "-":
        return given
    try:
        return sys.stdin.buffer.read(4 * LONGEST_INPUT).decode("utf-8-sig")[:LONGEST_INPUT]
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.end == 4 * LONGEST_INPUT:
            return error.object[: error.start].decode("utf-8-sig")[:LONGEST_INPUT]
        raise DataFileError(
            f"The text on the standard input must be UTF-8, but has the byte "
            f"0x{error.object[error.start]:02x} at position {error.start + 1:,}."
        ) from error


def _geocode_one(
    text: str, hints: dict[str, str | None], threshold: float, places: Gazetteer
) -> dict[str, Any]:
    """Return everything there is to say about one text."""
    from frontier_geo.datasets import load_boundary
    from frontier_geo.geocoding import geocode_text
    from frontier_geo.location_precision import PRECISIONS

    boundary = load_boundary()
    found = geocode_text(
        text,
        gazetteer=places,
        boundary=boundary,
        country=hints["country"],
        admin1=hints["admin1"],
        admin2=hints["admin2"],
        threshold=threshold,
    )
    fields = (
        "location_precision", "location_uncertainty_km", "lon", "lat", "frontage_from_km",
        "frontage_to_km", "country_side", "admin1", "admin2", "place_ids", "score", "ambiguous",
        "off_border", "reason",
    )  # fmt: skip
    answer: dict[str, Any] = {
        "text": text,
        "placed": found.location_precision not in NO_LOCATION,
        "meaning": PRECISIONS[found.location_precision].meaning,
        **{name: plain(getattr(found, name)) for name in fields},
        "mentions": records(found.mentions),
        "candidates": _explained(found, places),
        "parameters": {**hints, "threshold": threshold, "gazetteer_places": len(places)},
        "boundary": boundary.summary(),
        "library_version": __version__,
    }
    return answer


def _explained(found: GeocodedText, places: Gazetteer) -> list[dict[str, Any]]:
    """Return the candidates, each with why it was taken or left."""
    from frontier_geo.resolving import same_neighbourhood

    rows = records(found.candidates)
    if not rows:
        return []
    row_of = {place_id: number for number, place_id in enumerate(places.ids)}
    taken = [places.places[row_of[i]] for i in found.place_ids if i in row_of]
    undecided = found.location_precision in NO_LOCATION
    best = rows[0]
    for row in rows:
        place = places.places[row_of[row["place_id"]]]
        if undecided:
            row["why_not"] = (
                "left open: others fit as well" if found.ambiguous else "too little to place it by"
            )
        elif row["place_id"] in found.place_ids:
            row["why_not"] = "taken"
        elif row["score"] < best["score"]:
            row["why_not"] = f"fits less well by {best['score'] - row['score']:.2f}"
        elif any(same_neighbourhood(place, other) for other in taken):
            row["why_not"] = "of that name in the same neighbourhood; reports mean the other"
        elif found.ambiguous:
            row["why_not"] = "fits as well: nothing in the text decides"
        else:
            row["why_not"] = "fits as well; what else is said, or how often it is named, decides"
    return rows


# ---- a file of reports ---------------------------------------------------------------------------


def _geocode_file(
    source: Path,
    output: Path | None,
    column: str,
    hints: dict[str, str | None],
    threshold: float,
    places: Gazetteer,
    as_json: bool,
    explain: bool,
    include_restricted: bool,
) -> None:
    from frontier_geo.datasets import load_boundary
    from frontier_geo.licences import check_public

    reports = _read_reports(source, column)
    if output is not None:
        check_public(
            reports, include_restricted=include_restricted, what="A file of placed reports"
        )
    boundary = load_boundary()
    placed = _geocode_rows(reports, column, hints, threshold, places, boundary, explain)
    tally = _tally(placed, boundary)
    about = {
        "input": source.name,
        "rows_n": len(reports),
        **tally,
        "parameters": {"column": column, **hints, "threshold": threshold}
        | {"gazetteer_places": len(places)},
        "boundary": boundary.summary(),
        "library_version": __version__,
    }
    table = _answer_table(reports, placed)
    if output is not None:
        _write_reports(table, placed, output, about, boundary)
    err.print(
        f"{len(reports):,} rows: {tally['placed']:,} placed ({tally['point']:,} at a point, "
        f"{tally['stretch']:,} on a stretch of border, {tally['off_border']:,} away from it), "
        f"{tally['refused']:,} refused, {tally['kept']:,} kept as they were; {tally['ambiguous']:,} of "
        "them ambiguous."
    )
    if as_json:
        answer: dict[str, Any] = dict(about)
        if output is None:
            answer["reports"] = records(table)
        else:
            answer["output"] = str(output.absolute())
        print_json(answer)
    elif output is None:
        print_geocoded(records(table), column)
    else:
        out.print(f"Wrote {len(table):,} rows to [bold]{shown(str(output.absolute()))}[/bold].")


def _read_reports(source: Path, column: str) -> pd.DataFrame:
    """Return the table of a file, every cell as it stands."""
    from frontier_geo._files import original_cell, read_csv_table

    if source.is_dir() or not source.exists():
        what = "is a folder" if source.is_dir() else "is not there"
        raise DataFileError(f"A file of reports is needed, but {source} {what}. Check the path.")
    if source.suffix.lower() not in (".csv", ".tsv", ".txt"):
        raise ParameterError(
            f"--input must be a table in CSV or TSV, but is {source.name!r}. Save it as CSV in UTF-8."
        )
    reports = read_csv_table(source, verbatim=True)
    reports = reports.rename(columns=original_cell)
    for name in reports.columns:  # a file of this command's own protects some cells
        reports[name] = reports[name].map(original_cell, na_action="ignore")
    if column not in reports:
        present = ", ".join(map(repr, reports.columns)) or "no columns"
        raise ColumnError(
            f"{source.name} needs a column of places, {column!r}, but has only {present}. Name the one "
            "that says where it was with --place-column."
        )
    if reports.empty:
        raise DataFileError(f"{source} must hold at least one report, but has no rows.")
    return reports


def _geocode_rows(
    reports: pd.DataFrame,
    column: str,
    hints: dict[str, str | None],
    threshold: float,
    places: Gazetteer,
    boundary: Boundary,
    explain: bool,
) -> gpd.GeoDataFrame:
    """Place the rows, some at a time, so that a bar can show how far it is."""
    import geopandas as gpd
    import pandas as pd

    from frontier_geo.geocoding import geocode_events

    work = pd.DataFrame({"text": reports[column].fillna("")})
    for name in (name for name in (*PLACE_COLUMNS, "lon", "lat") if name in reports):
        work[name] = _numbers(reports[name]) if name in NUMBERS else reports[name]
    for name, hint in zip(("country_side", "admin1", "admin2"), hints.values(), strict=True):
        if hint is not None:
            work[name] = work[name].fillna(hint) if name in work else hint
    if {"lon", "lat"} <= set(work):
        points = gpd.GeoSeries.from_xy(work["lon"], work["lat"], crs=4326)
        points[work[["lon", "lat"]].isna().any(axis=1)] = None
        work["geometry"] = points
    work = work.drop(columns=["lon", "lat"], errors="ignore")
    parts = []
    with progress("Placing reports") as report:
        for start in range(0, len(work), ROWS_AT_ONCE):
            parts.append(
                geocode_events(
                    work.iloc[start : start + ROWS_AT_ONCE],
                    place_column="text",
                    gazetteer=places,
                    boundary=boundary,
                    threshold=threshold,
                    explain=explain,
                )
            )
            report(min(start + ROWS_AT_ONCE, len(work)), len(work))
    geometry = [point for part in parts for point in part.geometry]
    columns = {
        name: [cell for part in parts for cell in part[name]]
        for name in (*PLACE_COLUMNS, "geocode_score", "geocode_ambiguous", EXPLANATION)
        if name in parts[0]
    }
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=4326)


def _numbers(column: pd.Series) -> pd.Series:
    """Return a column as numbers; refuse what is none."""
    import pandas as pd

    numbers = pd.to_numeric(column, errors="coerce").astype(float)
    odd = column[numbers.isna() & column.notna()]
    if len(odd):
        raise ParameterError(
            f"{column.name} must hold numbers, empty where the report is still to be placed, but row "
            f"{odd.index[0] + 1} has {odd.iloc[0]!r}."
        )
    return numbers


def _tally(placed: gpd.GeoDataFrame, boundary: Boundary) -> dict[str, int]:
    """Count what became of the rows."""
    from frontier_geo.locating import MAX_DISTANCE_KM

    new = placed["geocode_score"].notna()
    point = new & placed.geometry.notna()
    where = placed.geometry[point]
    away = boundary.index.locate(where.x.to_numpy(), where.y.to_numpy()).distance_m / 1000
    point[where.index] = away <= MAX_DISTANCE_KM
    stretch = new & placed["frontage_from_km"].notna()
    refused = new & placed["location_precision"].isin(NO_LOCATION)
    off_border = new & ~(point | stretch | refused)
    return {
        "placed": int((new & ~refused).sum()),
        "point": int(point.sum()),
        "stretch": int(stretch.sum()),
        "off_border": int(off_border.sum()),
        "refused": int(refused.sum()),
        "kept": int((~new).sum()),
        "ambiguous": int((new & placed["geocode_ambiguous"].astype(bool)).sum()),
    }


def _answer_table(reports: pd.DataFrame, placed: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the columns of the reports, with the answers in place of theirs or after them."""
    import pandas as pd

    answers = pd.DataFrame(placed.drop(columns="geometry"))
    answers["lon"], answers["lat"] = placed.geometry.x, placed.geometry.y
    for name in ("geocode_score", "geocode_ambiguous"):  # rows kept as they were keep these too
        if name in reports:
            kept = answers["geocode_score"].isna() & reports[name].notna()
            answers[name] = answers[name].astype(object).mask(kept, reports[name])
    table = reports.copy()
    for name in reports.columns:
        if name not in ANSWER_COLUMNS:
            table[name] = _as_numbers(reports[name])
    for name in ANSWER_COLUMNS:
        table[name] = answers[name].to_numpy()
    if EXPLANATION in answers:
        table[EXPLANATION] = answers[EXPLANATION].to_numpy()
    return table


def _as_numbers(column: pd.Series) -> pd.Series:
    """Return a column of numbers as such where that changes no cell, or only how a minus is guarded."""
    import pandas as pd

    cells = column.dropna()
    numbers = pd.to_numeric(cells, errors="coerce")
    if cells.empty or numbers.isna().any() or (cells.str.len() > 15).any():
        return column
    same = (numbers.astype(str) == cells).all()
    signed = cells.str.startswith("-").any() and not cells.str.match(r"-?0\d").any()
    if not (same or signed):
        return column
    whole = pd.api.types.is_integer_dtype(numbers)
    return pd.to_numeric(column).astype("Int64" if whole else "float64")


def _write_reports(
    table: pd.DataFrame,
    placed: gpd.GeoDataFrame,
    output: Path,
    about: dict[str, Any],
    boundary: Boundary,
) -> None:
    suffix = output.suffix.lower()
    if suffix == ".csv":
        flat = table.assign(place_ids=[_joined(ids) for ids in table["place_ids"]])
        write_whole(output, csv_text(flat))
        return
    if suffix == ".geojson":
        import geopandas as gpd

        table = gpd.GeoDataFrame(
            table.astype(object).where(table.notna(), None),
            geometry=_shapes(placed, boundary),
            crs=4326,
        )
    write_whole(output, table_text(table, suffix, about))


def _joined(ids: Any) -> Any:
    return ";".join(ids) if isinstance(ids, list) else ids


def _shapes(placed: gpd.GeoDataFrame, boundary: Boundary) -> list[Any]:
    """Return the point of each row, or its stretch of the line, simplified to about 100 m."""
    drawn: dict[tuple[float, float], Any] = {}
    shapes = []
    columns = (placed.geometry, placed["frontage_from_km"], placed["frontage_to_km"])
    for point, start, stop in zip(*columns, strict=True):
        low, high = max(start, 0.0), min(stop, boundary.length_km)
        if point is None and low < high and (low, high) not in drawn:
            drawn[low, high] = boundary.substring(low, high).simplify(0.001)
        shapes.append(point if point is not None else drawn.get((low, high)))
    return shapes


# ---- gazetteer -----------------------------------------------------------------------------------


@gazetteer_app.command("build")
def build_command(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="TJ.zip, AF.zip, alternateNamesV2.zip in any order, unzipped files, or a folder.",
            metavar="DUMP...",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The CSV file to write.")] = Path(
        "gazetteer.csv"
    ),
    within_km: Annotated[
        float, typer.Option(help="How far from the border places are kept, in km.")
    ] = 60.0,
    boundary: Line = None,
    no_shipped: Annotated[
        bool, typer.Option("--no-shipped", help="Leave out the places that ship with the library.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Write a gazetteer from GeoNames dumps (https://download.geonames.org/export/dump/).

    The shipped places come first; those that GeoNames has too get its names. With another --boundary
    they are left out, being those of the shipped border.
    """
    check_folder(output, *paths, boundary)
    check_suffix(output, (".csv",))
    from frontier_geo._merging import merge_places
    from frontier_geo.datasets import load_gazetteer
    from frontier_geo.geonames import read_geonames

    line = line_of(boundary)
    with progress("Reading GeoNames") as report:
        table = read_geonames(paths, boundary=line, within_km=within_km, progress=report)
    shipped = load_gazetteer().table if boundary is None and not no_shipped else table.head(0)
    table, counts = merge_places(shipped, table)
    table["population"] = table["population"].round().astype("Int64")
    write_whole(output, csv_text(table))
    answer = {
        "output": str(output.absolute()),
        "places": len(table),
        "shipped": counts["there"],
        "from_geonames": counts["merged"] + counts["added"],
        "merged": counts["merged"],
        "added": counts["added"],
        "feature_class": table["feature_class"].value_counts().to_dict(),
        "country": table["country"].value_counts().to_dict(),
        "within_km": within_km,
        "boundary": line.summary(),
        "library_version": __version__,
    }
    if as_json:
        print_json(answer)
        return
    out.print(f"Wrote {len(table):,} places to [bold]{shown(answer['output'])}[/bold].")
    out.print(
        f"{counts['there']:,} shipped; {answer['from_geonames']:,} of GeoNames within {within_km:g} km "
        f"of {shown(line.boundary_id)}: {counts['merged']:,} merged into shipped ones, "
        f"{counts['added']:,} added."
    )
    kinds = ", ".join(f"{n:,} {shown(kind)}" for kind, n in answer["feature_class"].items())
    out.print(f"By kind: {kinds}.")
    out.print(
        'Use it: frontier-geo geocode "…" --gazetteer FILE. GeoNames is under CC BY 4.0: name it as a '
        "source.",
        markup=False,
    )


@gazetteer_app.command("search")
def search_command(
    text: Annotated[str, typer.Argument(help="A name or a phrase, in any of the four scripts.")],
    limit: Annotated[int, typer.Option(min=1, help="Most candidates to print.")] = 10,
    country: Country = None,
    admin1: Admin1 = None,
    admin2: Admin2 = None,
    threshold: Threshold = None,
    gazetteer: Own = None,
    as_json: AsJson = False,
) -> None:
    """
    Print the places that a name may mean, the best first.

    Exit code 3: no place fits well enough.
    """
    with step("Loading the gazetteer"):
        places = _places(gazetteer)
    given = {"country": country, "admin1": admin1, "admin2": admin2}
    hints = _checked_hints(places, given)
    floor = _threshold(threshold)
    found = places.search(text, limit=limit, threshold=floor, **hints)
    rows = records(found)
    if as_json:
        reason = found.attrs.get("reason") or None
        told = {**hints, "threshold": floor, "gazetteer_places": len(places)}
        print_json({"text": text, "reason": reason, "parameters": told, "candidates": rows})
    elif rows:
        print_candidates(rows)
        _print_doubt(rows[0])
    else:
        out.print(f"No match: {shown(found.attrs['reason'])}.")
    if not rows:
        raise typer.Exit(NO_PLACE)


def _print_doubt(best: dict[str, Any]) -> None:
    if best["ambiguous"]:
        out.print("Ambiguous: another place fits as well. Say more, or give --country or --admin2.")
    elif best["runner_up"] is not None:
        out.print(f"The best other place fits with {best['runner_up']:.2f}.")


# ---- what both start from ------------------------------------------------------------------------


def _places(paths: list[Path] | None) -> Gazetteer:
    """Return the shipped gazetteer with the user's own places before it."""
    from frontier_geo._merging import merge_places
    from frontier_geo.datasets import load_gazetteer
    from frontier_geo.gazetteer import Gazetteer

    places = load_gazetteer()
    for path in paths or ():
        if path.is_dir() or not path.exists():
            what = "is a folder" if path.is_dir() else "is not there"
            raise DataFileError(f"A gazetteer is needed, but {path} {what}. Check the path.")
        own = Gazetteer.from_csv(path)
        listed = own.table["source"].astype(str).str.startswith("GeoNames, ")
        if not listed.all():
            places = places.add(own.table[~listed])
        if listed.any():  # a bulk list has no priority over what is curated
            priority = dict(zip(places.ids, places.table["priority"], strict=True))
            table, _ = merge_places(places.table, own.table[listed])
            table["priority"] = [priority.get(place_id, 0) for place_id in table["place_id"]]
            places = Gazetteer(table)
    return places


def _threshold(given: float | None) -> float:
    from frontier_geo.gazetteer import THRESHOLD

    if given is None:
        return THRESHOLD
    if not 0 <= given <= 1:
        raise ParameterError(f"--threshold must lie between 0 and 1, but is {given}.")
    return given


def _checked_hints(places: Gazetteer, given: dict[str, str | None]) -> dict[str, str | None]:
    """Return the hints as the gazetteer writes them; refuse what it does not know."""
    import difflib

    table, hints = places.table, dict.fromkeys(given)
    for name, hint in given.items():
        if hint is None or not hint.strip():
            continue
        known = {value.casefold(): value for value in table[name] if value}
        found = known.get(hint.strip().casefold())
        if found is None:
            near = difflib.get_close_matches(hint.strip().casefold(), known, n=3, cutoff=0.6)
            some = [known[word] for word in near] or sorted(known.values())[:8]
            more = "" if near or len(known) <= 8 else " …"
            raise ParameterError(
                f"--{name} must be one the gazetteer knows ({', '.join(some)}{more}), but is {hint!r}."
            )
        hints[name] = found
    return hints
