"""The command that lists land borders of the world: what ``--between`` can take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from frontier_geo._commands import AsJson, check_folder, check_suffix, print_json
from frontier_geo._console import out, print_rows, shown
from frontier_geo._files import records, table_text, write_whole

__all__ = ["borders_command"]


def borders_command(
    countries: Annotated[
        list[str] | None,
        typer.Argument(
            help="None, one or two countries, by ISO 3166 code or English name.", metavar="COUNTRY"
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write the lines: .geojson, .csv or .json."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the land borders of the world, or of a country, with their parts: what --between takes."""
    if output is not None:
        check_folder(output)
        check_suffix(output, (".geojson", ".csv", ".json"))
    from frontier_geo.world import load_borders

    table = load_borders(*(countries or ()))
    about = {key: table.attrs[key] for key in ("data_version", "library_version")}
    if output is not None:
        write_whole(output, table_text(table, output.suffix.lower(), about))
    if as_json:
        answer = {**about, "borders": records(table.drop(columns="geometry"))}
        print_json({**answer, "output": str(output.absolute())} if output else answer)
        return
    if output is not None:
        out.print(f"Wrote {len(table):,} lines to [bold]{shown(str(output.absolute()))}[/bold].")
        return
    print_rows(
        table.assign(kind=table["ring"].map({True: "ring", False: ""})),
        {
            "id": ("boundary_id", "{}"),
            "border": ("name", "{}"),
            "km": ("length_km", "{:,.1f}"),
            "left": ("left", "{}"),
            "right": ("right", "{}"),
            "from lon": ("from_lon", "{:.3f}"),
            "from lat": ("from_lat", "{:.3f}"),
            "to lon": ("to_lon", "{:.3f}"),
            "to lat": ("to_lat", "{:.3f}"),
            "": ("kind", "{}"),
        },
    )
    out.print(
        f"{len(table):,} lines of Natural Earth 1:10m. Use one: --between {table['boundary_id'].iloc[0]}"
        if len(table)
        else "No land border."
    )
