"""What the shell command says to people: plain lines and tables, nothing a terminal would obey."""

from __future__ import annotations

import sys
import unicodedata
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

    from frontier_geo.streaming import LocatedFile

UNPRINTED = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control and bidi signs, lone surrogates, line ends
JOINERS = "\u200c\u200d"  # part of the spelling of Persian words; they move nothing
LONGEST_CELL = 80  # characters of a report that stand in a table on the screen
REPORTED = "Counts are incidents that were reported and found, not all that happened."

#: Into a file or a pipe, lines are as long as they need to be.
out = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else 140)
err = Console(stderr=True, soft_wrap=True, highlight=False)


def shown(text: object) -> str:
    """Return text that only prints: one line, no markup, nothing a terminal would obey."""
    return escape(
        "".join(
            ascii(sign)[1:-1]
            if unicodedata.category(sign) in UNPRINTED and sign not in JOINERS
            else sign
            for sign in str(text)
        )
    )


@contextmanager
def step(what: str) -> Iterator[None]:
    """Show on the error stream that something is under way, when a person is looking."""
    with err.status(f"{what} …"):
        yield


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on the error stream, when a person is looking; gives what to call as work goes on."""
    if not err.is_terminal:
        yield lambda done, total: None
        return
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True) as bar:
        task = bar.add_task(what, total=None)

        def update(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield update


class RowsProgress:
    """A bar of rows done, with their rate and the time left; silent where no person is looking."""

    def __init__(self, what: str) -> None:
        self._bar: Any = None
        if not err.is_terminal:
            return
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[told]}"),
            TimeRemainingColumn(),
            console=err,
            transient=True,
        )
        self._task = self._bar.add_task(what, total=1.0, told="")
        self._before: int | None = None
        self._bar.start()

    def __call__(self, rows: int, share: float) -> None:
        """Show how many rows are done, and what share of the work that is."""
        if self._bar is None:
            return
        task = self._bar.tasks[0]
        if self._before is None:  # what an earlier run had done is none of this one's speed
            self._before = rows
            self._bar.reset(self._task, completed=share)
        elapsed = task.elapsed or 0.0
        rate = (rows - self._before) / elapsed if elapsed > 0 else 0.0
        self._bar.update(self._task, completed=share, told=f"{rows:,} rows, {rate:,.0f} a second")

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def rows_progress(what: str) -> Iterator[RowsProgress]:
    """Show the bar of `RowsProgress` while rows are worked through."""
    bar = RowsProgress(what)
    try:
        yield bar
    finally:
        bar.close()


@contextmanager
def warnings_as_lines() -> Iterator[None]:
    """Print the library's warnings as one line each, without Python's file and line number."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    told = [str(w.message) for w in caught if issubclass(w.category, UserWarning)]
    for message in dict.fromkeys(told):
        err.print(f"[yellow]warning:[/yellow] {shown(message)}")


def print_account(rates: gpd.GeoDataFrame) -> None:
    tally, period = rates.attrs["accounting"], rates.attrs["period"]
    line = rates.attrs["boundary"]
    out.print(
        f"{len(rates):,} segments of {shown(str(line.get('boundary_id')))}, together "
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
        more = " Use --all to count whatever scope and confidence." if len(aside) > 1 else ""
        out.print(f"Of {tally['events_given']} given, set aside: {words}.{more}")
    if rates.attrs["resolution"]["note"]:
        out.print(rates.attrs["resolution"]["note"])
    out.print(REPORTED)


def print_segments(rates: gpd.GeoDataFrame) -> None:
    """Print the densest segments; the whole table goes to a file."""
    densest = rates.sort_values(["expected_events", "from_km"], ascending=[False, True]).head(15)
    table = _plain_table(
        "segment", "districts", "events", "expected", "rate", "95 %", "expected rate"
    )
    for row in densest.to_dict("records"):
        places = " / ".join(str(row[c]) for c in ("tj_district", "af_district") if row.get(c))
        table.add_row(
            shown(row["segment_id"]), shown(places), str(row["events"]),
            f"{row['expected_events']:.2f}", f"{row['rate']:.2f}",
            f"{row['rate_lo']:.2f}-{row['rate_hi']:.2f}", f"{row['expected_rate']:.2f}",
        )  # fmt: skip
    out.print(table)
    out.print(
        f"The {len(densest)} densest of {len(rates)}; rates are incidents per 100 km and year. All: "
        "--output FILE.csv"
    )


def print_rows(table: pd.DataFrame, columns: dict[str, tuple[str, str]]) -> None:
    """
    Print rows of a result: heading, column and format of each; "p" is a p-value, "day" a date.

    Columns that the table does not have, or that hold nothing, are left out.
    """
    used = {
        head: (name, form)
        for head, (name, form) in columns.items()
        if name in table and (table[name].notna().any() or not len(table))
    }
    drawn = _plain_table(*used)
    for row in table.to_dict("records"):
        drawn.add_row(*(shown(_formatted(row[name], form)) for name, form in used.values()))
    if len(table):
        out.print(drawn)


def _formatted(value: Any, form: str) -> str:
    if value is None or value != value:
        return ""
    if form == "day":
        return str(value)[:10]
    if form == "p":
        return f"{value:.4f}" if value >= 0.0001 else f"{value:.1e}"
    return form.format(value)


def print_about(attrs: dict[str, Any]) -> None:
    """Print what a result rests on: line, period, incidents, simulations, notes."""
    line, period = attrs.get("boundary") or {}, attrs.get("period")
    told = [f"Line {shown(line['boundary_id'])}, {line['length_km']:,.3f} km"] if line else []
    if period:
        told.append(f"{period[0]} to {period[1]}")
    if attrs.get("data_version"):
        told.append(f"data {shown(attrs['data_version'])}")
    if attrs.get("unit"):
        told.append(f"unit: {shown(attrs['unit'])}")
    if attrs.get("n_sim"):
        least = attrs.get("smallest_p")
        told.append(
            f"{attrs['n_sim']:,} simulations, seed {attrs.get('seed')}"
            + (f", smallest p {least:.2g}" if least else "")
        )
    if told:
        out.print("; ".join(told) + ".")
    if attrs.get("bandwidth_km"):
        rule = attrs["parameters"].get("bandwidth_km")
        out.print(
            f"Bandwidth {attrs['bandwidth_km']:.1f} km (standard deviation of the kernel)"
            + (f", by the rule {shown(rule)}." if isinstance(rule, str) else ".")
        )
    _print_tally(attrs)
    for note in attrs.get("notes") or ():
        out.print(shown(note))
    note = (attrs.get("resolution") or {}).get("note")
    if note:
        out.print(shown(note))
    out.print(REPORTED)


def _print_tally(attrs: dict[str, Any]) -> None:
    """Print what became of the incidents a result was made from."""
    tally = attrs.get("accounting") or {}
    if "off_border" in tally:
        out.print(
            f"{tally['events']} incidents = {tally['counted']} counted on a segment + "
            f"{tally['off_border']} off the border + {tally['unplaced']} unplaced; the plain numbers "
            "rest on those counted, those with places drawn on all that have a place."
        )
        dated = tally.get("counted_in_a_step", tally["counted"])
        if dated != tally["counted"]:
            out.print(
                f"Of those counted, {dated} are dated to one step of time; the others are not in the "
                "plain numbers."
            )
    elif "not at a point" in tally:
        out.print(
            f"{tally['events']} incidents, of which {tally['counted']} are known to a point and "
            "counted; those with places drawn are all that have a place."
        )
    elif "expected_on_line" in attrs:
        out.print(
            f"{attrs['events']} incidents, of which {attrs['events_known_to_a_point']} are known to a "
            f"point; by their probabilities {attrs['expected_on_line']:.1f} lie on the line."
        )


def _lat_lon(lat: float, lon: float) -> str:
    """Write a place as people read it, such as 37.49 N, 71.51 E."""
    return f"{abs(lat)} {'N' if lat >= 0 else 'S'}, {abs(lon)} {'E' if lon >= 0 else 'W'}"


def print_point(answer: dict[str, Any]) -> None:
    """Print everything there is to say about one point."""
    table = _plain_table("", "")
    own = answer["point_uncertainty_km"]
    table.add_row("Point", _lat_lon(answer["lat"], answer["lon"]) + (f" ± {own} km" if own else ""))
    if answer["beyond_end"]:
        table.add_row("Side", "none: the nearest place is an end of the border")
    else:
        doubt = "ambiguous: nearer to the line than the line is known; the likelier side is named"
        sure = "certain" if answer["side_certain"] else doubt
        if answer["line_uncertainty_km"] is None:
            sure = "as the line is drawn: how well its place is known is not said"
        elif "province_id" in answer and answer["country"] is None and answer["side"]:
            sure += "; of the line only: the point lies in neither country"
        table.add_row("Side", f"{answer['side'] or 'on the line'} ({sure})")
    if "province_id" in answer:
        table.add_row("Country", answer["country"] or "neither")
        table.add_row("Province", answer["province"] or "none of either country")
        near = f"{answer['district']} ({answer['district_basis']})"
        table.add_row("District", near if answer["district"] else "none")
    else:
        table.add_row("Country", shown(answer["country"] or "not known for this line"))
    # Where the two are one and the same, no official length of the line is known.
    same = answer["official_km"] == answer["chainage_km"]
    official = "" if same else f", km {answer['official_km']:.3f} official"
    table.add_row(
        "Chainage",
        f"km {answer['chainage_km']:.3f} measured{official}, on "
        f"{shown(answer['boundary']['boundary_id'])}",
    )
    table.add_row("Segment", shown(answer["segment_id"]))
    far = "; too far to count as at the border, chainage and side are those of the nearest place"
    away = f"{answer['distance_km']:,.3f} km from the line"
    table.add_row("Distance", away + (far if answer["off_border"] else ""))
    band = answer["line_uncertainty_km"]
    known = (
        "not known for this line"
        if band is None
        else f"± {band:.2f} km of the line's position here"
    )
    table.add_row("Uncertainty", known)
    for other in answer["candidates"][1:]:
        table.add_row(
            "Also near",
            f"km {other['chainage_km']:.3f} (segment {shown(other['segment_id'])}), "
            f"{other['distance_km']:.3f} km away",
        )
    out.print(table)


def print_located(located: pd.DataFrame) -> None:
    """Print where each event lies, and what became of those without a place."""
    table = _plain_table("event", "placement", "km", "distance km", "side", "segment", "note")
    for row in located.itertuples():
        table.add_row(
            shown(str(row.event_id)), row.placement, _number(row.chainage_km, 3),
            _number(row.distance_km, 3), _side_text(row.side, row.side_certain),
            row.segment_id if isinstance(row.segment_id, str) else "",
            shown(row.reason) if isinstance(row.reason, str) else "",
        )  # fmt: skip
    out.print(table)


def print_located_file(found: LocatedFile, written: dict[str, str]) -> None:
    """Print what became of the rows of a file of points."""
    per_second = (found.rows - found.resumed_rows) / max(found.seconds, 1e-9)
    again = f", {found.resumed_rows:,} of them by an earlier run" if found.resumed_rows else ""
    out.print(
        f"{found.rows:,} rows = {found.located:,} on the border + {found.off_border:,} off it + "
        f"{found.rejected:,} rejected{again}; {found.seconds:,.1f} s, {per_second:,.0f} rows a second."
    )
    for why, many in found.rejected_because.items():
        out.print(f"  {many:,} rejected: {why}")
    for each in found.examples[:1]:
        out.print(
            f"  The first: row {each['row']:,} of {shown(each['file'])}, longitude {each['lon']:g}, "
            f"latitude {each['lat']:g}."
        )
    for note in found.notes:
        err.print(shown(note))
    for path in written.values():
        out.print(f"Wrote [bold]{shown(path)}[/bold].")


def print_place(answer: dict[str, Any]) -> None:
    """Print where a text says that something happened, and why."""
    table = _plain_table("", "")
    precision = answer["location_precision"]
    table.add_row("Known to", f"{precision}: {answer['meaning']}")
    if answer["lon"] is not None:
        radius = answer["location_uncertainty_km"]
        table.add_row(
            "Point",
            _lat_lon(round(answer["lat"], 5), round(answer["lon"], 5))
            + ("" if radius is None else f" ± {radius:g} km (in about 95 of 100 cases)"),
        )
    if answer["frontage_from_km"] is not None:
        start, stop = answer["frontage_from_km"], answer["frontage_to_km"]
        table.add_row(
            "Stretch",
            f"km {start:,.1f} to {stop:,.1f} of {shown(answer['boundary']['boundary_id'])}, "
            f"{stop - start:,.1f} km long",
        )
    if answer["off_border"]:
        table.add_row("Border", "not at this border")
    if answer["placed"]:
        table.add_row("Side", answer["country_side"] or "not said")
        unit = ", ".join(shown(answer[key]) for key in ("admin2", "admin1") if answer[key])
        table.add_row("District", unit or "not known")
        table.add_row("Places", shown(", ".join(answer["place_ids"])))
        table.add_row("Score", f"{answer['score']:.2f}")
    if answer["ambiguous"]:
        table.add_row("Ambiguous", "other places fit as well; --explain names them")
    table.add_row("Why", shown(answer["reason"]))
    out.print(table)


def print_explanation(answer: dict[str, Any]) -> None:
    """Print every place a text names and what became of it, and what the place itself might be."""
    out.print()
    if not answer["mentions"]:
        out.print("No words of the text are like a name of the gazetteer.")
        return
    heads = ("characters", "words", "taken for", "as", "score", "match", "runner-up")
    table = _plain_table(*heads)
    for row in answer["mentions"]:
        table.add_row(
            f"{row['start']}-{row['end']}", shown(row["text"]), _place_text(row), shown(row["role"]),
            _score(row["score"]), row["match_type"] or "", _score(row.get("runner_up")),
        )  # fmt: skip
    out.print(table)
    if answer["candidates"]:
        out.print()
        print_candidates(answer["candidates"])


def print_candidates(rows: list[dict[str, Any]]) -> None:
    """Print the places a name may mean, the best first."""
    heads = ("", "place", "id", "district", "where", "score", "match", "matched name")
    why = "why_not" in rows[0]
    table = _plain_table(*heads, *(("taken, or why not",) if why else ()))
    for rank, row in enumerate(rows, start=1):
        unit = ", ".join(shown(row[key]) for key in ("admin2", "admin1") if row[key])
        cells = (
            str(rank), _place_text(row), shown(row["place_id"]), unit, _where_text(row),
            _score(row["score"]), row["match_type"], shown(row["matched_name"]),
        )  # fmt: skip
        table.add_row(*cells, *((shown(row["why_not"]),) if why else ()))
    out.print(table)


def _place_text(row: dict[str, Any]) -> str:
    if not row["name"]:
        return ""
    return f"{shown(row['name'])} ({shown(row['feature_class'])}, {shown(row['country'])})"


def _where_text(row: dict[str, Any]) -> str:
    if row["from_km"] is not None and row["to_km"] is not None:
        return f"km {row['from_km']:,.0f}-{row['to_km']:,.0f}"
    if row["lat"] is not None and row["lon"] is not None:
        return f"{row['lat']:.3f}, {row['lon']:.3f}"
    return "no coordinates"


def _score(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def print_geocoded(rows: list[dict[str, Any]], column: str) -> None:
    """Print what became of each report of a file."""
    table = _plain_table("row", "text", "known to", "where", "side", "score", "why")
    for number, row in enumerate(rows, start=1):
        text = str(row[column] or "")
        if row["lat"] is not None:
            where = f"{row['lat']:.4f}, {row['lon']:.4f}"
        elif row["frontage_from_km"] is not None:
            where = f"km {row['frontage_from_km']:,.0f}-{row['frontage_to_km']:,.0f}"
        else:
            where = ""
        table.add_row(
            str(number), shown(text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + " …"),
            row["location_precision"] or "", where, row["country_side"] or "",
            _score(row["geocode_score"]), shown(row["location_basis"] or ""),
        )  # fmt: skip
    out.print(table)


def print_info(answer: dict[str, Any]) -> None:
    """Print what ships with the library."""
    line, events = answer["boundary"], answer["events"]
    table = _plain_table("", "")
    table.add_row(
        "Border",
        f"{shown(line['name'])}: {line['length_km']:,.3f} km measured on the ellipsoid, "
        f"{line['official_length_km']:,.2f} km official",
    )
    table.add_row("", f"{line['source']}; {line['licence']}; {line['attribution']}")
    table.add_row(
        "Sides",
        f"{line['left']} on the left of increasing chainage, {line['right']} on the right; km 0 in "
        "the west",
    )
    areas = ", ".join(f"{area['name']} {area['area_km2']:,.0f} km²" for area in answer["areas"])
    table.add_row("Areas", areas)
    table.add_row(
        "Incidents", f"{events['rows']}, compiled for {' to '.join(events['coverage'])}. {REPORTED}"
    )
    precision = events["location_precision"]
    table.add_row("Known to", ", ".join(f"{n} {word}" for word, n in precision.items()))
    versions = list(answer["versions"].items())[:3]
    table.add_row("Versions", ", ".join(f"{name} {number}" for name, number in versions))
    table.add_row(
        "Limits",
        "The line is known to ±250 m to ±2 km; districts to ±2 km; lines between provinces to 1-5 km.",
    )
    table.add_row("Status", "The depiction of boundaries implies no position on their status.")
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
        whole = head in ("segment", "id")  # a name to copy stays in one piece
        table.add_column(head, style=style, overflow="fold", no_wrap=whole)
    return table
