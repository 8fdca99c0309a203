"""The tables behind a report, for those who want to go on with its numbers."""

from __future__ import annotations

import pandas as pd

from frontier_geo.maps.values import days_of
from frontier_geo.report.numbers import Numbers
from frontier_geo.report.stretches import side_columns

__all__ = ["report_tables"]

#: Columns of an incident, as far as the events have them.
INCIDENT = (
    "event_id", "date_start", "date_end", "date_precision", "event_type", "place", "country_side",
    "location_precision", "killed", "wounded", "detained", "narcotics_kg", "summary", "source_urls",
    "source", "licence", "confidence",
)  # fmt: skip
PLACED = ("placement", "chainage_km", "distance_km", "frontage_from_km", "frontage_to_km")


def report_tables(numbers: Numbers) -> dict[str, pd.DataFrame]:
    """
    Return the tables behind a report, by name.

    Returns
    -------
    dict of str to DataFrame
        ``figures``: ``what, value, lo, hi, unit, stated_by, of``; ``incidents``: those of the period
        that count, with their place on the line; ``segments``: as `segment_rates`; ``stretches`` and
        ``stretch_incidents``; ``years``; where there is one, ``change``: as `compare_periods`, the
        whole line last; ``official``; ``context``.
    """
    found = {
        "figures": _figures(numbers),
        "incidents": _incidents(numbers),
        "segments": numbers.rates.drop(columns="geometry"),
        "stretches": _stretches(numbers),
        "stretch_incidents": numbers.members,
        "years": numbers.years,
    }
    if numbers.change is not None and numbers.pieces is not None:
        found["change"] = pd.concat([numbers.pieces, numbers.change], ignore_index=True)
    if numbers.official is not None:
        found["official"] = numbers.official
    if numbers.context:
        rows = [{**vars(item), "sources": " ".join(item.sources)} for item in numbers.context]
        found["context"] = pd.DataFrame(rows)
    return {name: pd.DataFrame(table) for name, table in found.items()}


def _figures(numbers: Numbers) -> pd.DataFrame:
    line, tally = numbers.line, numbers.accounting
    counts = {"incidents": "events", "counted": "counted", "off_border": "off_border",
              "unplaced": "unplaced"}  # fmt: skip
    rows = [
        {"what": name, "value": tally[key], "lo": low, "hi": high, "unit": "incidents",
         "of": tally["events"]}
        for name, key in counts.items()
        for low, high in [numbers.interval_of(tally[key])]
    ]  # fmt: skip
    rows += [
        {"what": f"set aside: {why}", "value": n, "unit": "records"}
        for why, n in numbers.set_aside.items()
    ]
    rows.append(
        {"what": "rate", "value": line["rate"], "lo": line["rate_lo"], "hi": line["rate_hi"],
         "unit": "incidents per 100 km and year", "stated_by": line["events"], "of": tally["events"]}
    )  # fmt: skip
    rows += [
        {"what": row["what"], "value": row["total"] if row["stated_by"] else None,
         "unit": "kg" if row["what"] == "narcotics_kg" else "persons", "stated_by": row["stated_by"],
         "of": row["of"]}
        for row in numbers.people.to_dict("records")
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["what", "value", "lo", "hi", "unit", "stated_by", "of"])


def _incidents(numbers: Numbers) -> pd.DataFrame:
    inputs = numbers.inputs
    events = inputs.events.reset_index(drop=True)
    kept = pd.DataFrame({name: events[name] for name in INCIDENT if name in events})
    for name in ("date_start", "date_end"):
        if name in kept:
            days, known = days_of(kept, name)
            stamps = pd.Series(days.astype("datetime64[D]").astype(str))
            kept[name] = stamps.where(pd.Series(known), None)
    for name in PLACED:
        if name in inputs.placed:
            kept[name] = inputs.placed[name].reset_index(drop=True)
    return kept[inputs.counted].sort_values(["date_start", "event_id"], ignore_index=True)


def _stretches(numbers: Numbers) -> pd.DataFrame:
    table = numbers.stretches.copy()
    for column in side_columns(table):
        table[column] = ["; ".join(names) for names in table[column]]
    return table
