"""The sections of a report that tell of the incidents: findings, figures, map, stretches, change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import shapely

from frontier_geo.report.charts import WIDTHS, is_whole_year, year_chart
from frontier_geo.report.elements import Child, Element, el
from frontier_geo.report.findings import (
    change_sentence,
    findings,
    stretch_names,
    stretch_verdict,
)
from frontier_geo.report.numbers import verdict
from frontier_geo.report.parts import NO_VALUE, Incident, Reader, facts, section, table
from frontier_geo.report.stretches import side_columns
from frontier_geo.report.words import ReportWords

__all__ = [
    "account_section",
    "change_section",
    "figures_section",
    "findings_section",
    "map_section",
    "other_incidents_section",
    "stretches_section",
    "years_section",
]

MOST_SEGMENTS = 10
LEAST_EXPECTED = 0.05  # incidents; a segment with less is none of the densest
SURELY_HERE = 0.5  # above, an incident is told in full with its stretch
MOST_TOLD = 300  # incidents of a list that are told in full; all of them are in the tables
#: Why an incident is on no segment, as the account says it, by the key of its words.
REASONS = {
    "known to a stretch wider than a segment": "aside.wide",
    "on the border, but on none of these segments": "aside.elsewhere",
    "known only as the border, or no place known": "aside.nowhere",
    "row rejected": "aside.rejected",
    "dated only to a window that crosses the edge of the period": "aside.window",
}


def findings_section(reader: Reader) -> Element:
    """Say what was found, a sentence or two a line."""
    said = findings(reader.numbers, reader.words, reader.made)
    return section(
        "findings",
        reader.t("section.findings"),
        el("ul", [el("li", each) for each in said], class_="lead"),
    )


def figures_section(reader: Reader) -> Element:
    """Give the key figures, with intervals where they have any."""
    numbers, words, t = reader.numbers, reader.words, reader.t
    line, tally = numbers.line, numbers.accounting
    level = words.fixed(100 * numbers.settings.confidence_level, 0)
    rows: list[list[Child]] = [
        [
            t("figure.incidents"), words.number(tally["events"], 9),
            words.interval(*numbers.interval_of(tally["events"])), t("figure.in_period"),
        ],
        [
            t("figure.counted"), words.number(tally["counted"], 9),
            words.interval(*numbers.interval_of(tally["counted"])),
            t("figure.of_incidents", n=tally["events"]),
        ],
        [
            t("figure.rate"), words.amount(line["rate"]),
            words.interval(line["rate_lo"], line["rate_hi"]),
            t("figure.on_exposure", n=int(line["events"]), km_years=float(line["exposure_km_yr"])),
        ],
    ]  # fmt: skip
    for row in numbers.people.to_dict("records"):
        total = (
            t("unit.kg_value", n=words.number(row["total"], 6))
            if row["what"] == "narcotics_kg"
            else words.number(row["total"], 9)
        )
        said = row["stated_by"] > 0
        rows.append(
            [
                t(f"figure.{row['what']}"), total if said else NO_VALUE, NO_VALUE,
                t("figure.stated", n=row["stated_by"], of=row["of"]),
            ]
        )  # fmt: skip
    heads = [
        t("figure.what"), t("figure.value"), t("figure.interval", level=level), t("figure.rests_on"),
    ]  # fmt: skip
    return section(
        "figures", t("section.figures"),
        table(
            t("figure.caption", period=words.days(numbers.settings.span)), heads, rows, numbers=(1, 2)
        ),
        el("p", t("figure.intervals"), " ", t("figure.sums"), class_="quiet"),
    )  # fmt: skip


def account_section(reader: Reader) -> Element:
    """Account for every record of the period: each is in one line."""
    numbers, words, t = reader.numbers, reader.words, reader.t
    tally = numbers.accounting
    aside = numbers.set_aside
    rows: list[list[Child]] = [
        [t("account.counted"), words.number(tally["counted"], 9)],
        [t("account.off_border"), words.number(tally["off_border"], 9)],
    ]
    for why, n in tally["unplaced_because"].items():
        if n:
            said = t(REASONS[why]) if why in REASONS else why
            rows.append([t("account.unplaced", why=said), words.number(n, 9)])
    for why, n in aside.items():
        rows.append([_aside(why, words), words.number(n, 9)])
    total = tally["counted"] + tally["off_border"] + tally["unplaced"] + sum(aside.values())
    rows.append([t("account.total"), words.number(total, 9)])
    told = table(
        t("account.caption"), [t("account.what"), t("account.records")], rows, numbers=(1,)
    )
    undated = t("account.undated", n=numbers.undated) if numbers.undated else None
    return section(
        "account",
        t("section.account"),
        told,
        None if undated is None else el("p", undated, class_="quiet"),
    )


def _aside(why: str, words: ReportWords) -> str:
    """Say why records do not count, by the reason that the account gives."""
    kind, _, word = why.partition(" ")
    if kind in ("scope", "confidence") and word:
        return words.t(f"account.aside_{kind}", what=words.term(kind, word))
    return why


def map_section(
    reader: Reader, pictures: Mapping[str, str], page: str | None, left_out: bool
) -> Element | None:
    """
    Show the map and the diagram as a picture, and the page itself to those who open it.

    Parameters
    ----------
    reader : Reader
    pictures : mapping of str to str
        Addresses that hold the pictures themselves, by width: "wide", "narrow". Empty for none.
    page : str or None
        The map page.
    left_out : bool
        Whether there is a map page that is too large to be put in.
    """
    numbers, words, t = reader.numbers, reader.words, reader.t
    if not pictures and page is None:
        return None
    alt = t(
        "map.alt", line=words.name(numbers.inputs.title), n=numbers.accounting["events"],
        period=words.span(numbers.settings.span),
    )  # fmt: skip
    parts: list[Child] = []
    if pictures:
        parts.append(
            el(
                "figure",
                el(
                    "picture",
                    el("source", media="(max-width: 600px)", srcset=pictures["narrow"]),
                    el("img", src=pictures["wide"], alt=alt),
                ),
                el("figcaption", t("map.caption"), _ring(reader)),
            )
        )
    if page is not None:
        frame = el(
            "iframe", title=t("map.interactive_title"), sandbox="allow-scripts allow-popups",
            srcdoc=page, loading="lazy",
        )  # fmt: skip
        parts.append(
            el(
                "details",
                el("summary", t("map.open")),
                el("p", t("map.scripts")),
                frame,
                class_="live",
            )
        )
    if left_out:
        parts.append(el("p", t("map.too_large"), class_="quiet"))
    return section("map", t("section.map"), *parts)


def _ring(reader: Reader) -> Child:
    """Say where the kilometres of a ring begin and which way they run."""
    boundary, words = reader.numbers.boundary, reader.words
    if not boundary.is_ring:
        return None
    lon, lat = boundary.lonlat_at([0.0])
    told = {"lat": words.fixed(lat[0], 2), "lon": words.fixed(lon[0], 2)}
    turn = "anticlockwise" if shapely.LinearRing(boundary.geometry.coords).is_ccw else "clockwise"
    return [" ", words.t(f"map.ring_{turn}", **{k: words.apart(v) for k, v in told.items()})]


def stretches_section(reader: Reader, incidents: Sequence[Incident], told: set[str]) -> Element:
    """
    Tell of the stretches that hold the most, with their incidents.

    Parameters
    ----------
    reader : Reader
    incidents : sequence of Incident
        All of the period.
    told : set of str
        Ids of the incidents that were told in full already; those told here are added.
    """
    numbers, t = reader.numbers, reader.t
    by_id = {incident.event_id: incident for incident in incidents}
    parts: list[Child] = [el("p", t("stretches.about"))]
    if not len(numbers.stretches):
        parts.append(el("p", t("found.no_stretch")))
    for _, row in numbers.stretches.iterrows():
        parts.append(_stretch(reader, row, by_id, told))
    return section("stretches", t("section.stretches"), *parts, *_segments(reader))


def _stretch(
    reader: Reader, row: pd.Series, by_id: Mapping[str, Incident], told: set[str]
) -> Element:
    numbers, words, t = reader.numbers, reader.words, reader.t
    names = stretch_names(row, words)
    where = words.stretch(row["from_km"], row["to_km"])
    title = t("stretch.title", rank=words.number(int(row["rank"]), 9), range=where)
    level = words.fixed(100 * numbers.settings.confidence_level, 0)
    said = stretch_verdict(row, numbers.settings.alpha)
    known = facts(
        [
            (t("stretch.length"), t("unit.km_value", n=words.amount(row["length_km"]))),
            (t("stretch.ends"), _ends(reader, row)),
            *_sides(row, words),
            (
                t("stretch.incidents"),
                t(
                    "stretch.observed", n=int(row["observed"]), expected=float(row["expected"]),
                ),
            ),
            (
                t("stretch.rate"),
                t(
                    "rate.with_interval", rate=words.amount(row["rate"]), level=level,
                    low=words.amount(row["rate_lo"]), high=words.amount(row["rate_hi"]),
                ),
            ),
            (
                t("stretch.shared"),
                t(
                    "stretch.shared_value", expected=float(row["expected_events"]), level=level,
                    interval=words.interval(row["expected_lo"], row["expected_hi"]),
                ),
            ),
            (t("stretch.chance_name"), t("stretch.p", p=words.p(row["p_value"]))),
            (t("stretch.support"), _support(row, numbers.settings.n_imputations, words)),
        ]
    )  # fmt: skip
    here, perhaps = [], []
    for member in numbers.members[numbers.members["rank"] == row["rank"]].itertuples(index=False):
        incident = by_id.get(str(member.event_id))
        if incident is None:
            continue
        if member.probability >= SURELY_HERE and incident.event_id not in told:
            here.append((incident, float(member.probability)))
        else:
            perhaps.append((incident, float(member.probability)))
    here.sort(key=lambda pair: pair[0].number)
    told |= {incident.event_id for incident, _ in here}
    entries = [incident.entry(reader, here=share) for incident, share in here[:MOST_TOLD]]
    whole = len(by_id) <= MOST_TOLD  # then each is told in full somewhere
    mentions: list[Child] = []
    for incident, share in sorted(perhaps, key=lambda pair: pair[0].number)[:MOST_TOLD]:
        mentions += [t("basis.separator") if mentions else None, incident.mention(reader, whole)]
        mentions.append(f" ({words.percent(share)})")
    return el(
        "article",
        el("h3", title, _below(names)),
        el("p", el("strong", t(f"stretch.{said}"))),
        known,
        _cut(reader, len(entries), len(here)),
        el("ol", entries, class_="incidents") if entries else None,
        el("p", t("stretch.perhaps"), " ", mentions, class_="quiet") if mentions else None,
    )


def _ends(reader: Reader, row: pd.Series) -> Element:
    """Return where a stretch begins and ends, in degrees."""
    lon, lat = reader.numbers.boundary.lonlat_at([row["from_km"], row["to_km"]])
    told = [
        el("bdi", f"{reader.words.fixed(y, 2)}, {reader.words.fixed(x, 2)}", dir="ltr")
        for x, y in zip(lon, lat, strict=True)
    ]
    return el("span", told[0], " – ", told[1])


def _cut(reader: Reader, shown: int, n: int) -> Element | None:
    """Say that only the first of so many incidents are told in full."""
    return el("p", reader.t("others.cut", shown=shown, n=n)) if shown < n else None


def _below(names: str) -> Element | None:
    return el("span", names, class_="names") if names else None


def _support(row: Any, n_imputations: int, words: ReportWords) -> str:
    """Say in how many drawn tables a stretch like this one stands out, and where those lie."""
    said = words.t("stretch.support_value", share=words.percent(row["support"]), m=n_imputations)
    ends = {
        name: row[f"{name[:-3]}_km{name[-3:]}"] for name in ("from_lo", "from_hi", "to_lo", "to_hi")
    }
    if not row["support"] or not all(map(math.isfinite, ends.values())):
        return said
    km = {name: words.km(value) for name, value in ends.items()}
    start, end = (
        km[f"{which}_lo"]
        if km[f"{which}_lo"] == km[f"{which}_hi"]
        else words.t("interval.closed", low=km[f"{which}_lo"], high=km[f"{which}_hi"])
        for which in ("from", "to")
    )
    return f"{said}. {words.t('stretch.support_ends', start=start, end=end)}"


def _sides(row: pd.Series, words: ReportWords) -> list[tuple[str, Child]]:
    """Return the districts beside a stretch, side by side."""
    found: list[tuple[str, Child]] = []
    for column in side_columns(row.to_frame().T):
        names = [words.name(name) for name in row[column]]
        if names:
            side = column.partition("_")[0].upper()
            found.append((words.side(side), words.t("basis.separator").join(names)))
    return found


def _segments(reader: Reader) -> list[Element]:
    """Return the segments with the highest expected rates, if any has one."""
    numbers, words, t = reader.numbers, reader.words, reader.t
    rates = numbers.rates
    top = rates[rates["expected_events"] >= LEAST_EXPECTED].sort_values(
        ["expected_rate", "from_km"], ascending=[False, True], kind="stable"
    )
    if top.empty:
        return []
    columns = side_columns(rates)
    rows: list[list[Child]] = []
    for row in top.head(MOST_SEGMENTS).to_dict("records"):
        names = [words.name(row[name]) for name in columns if isinstance(row[name], str)]
        expected = f"{words.amount(row['expected_events'])} ({_interval(row, 'expected', words)})"
        rate = f"{words.amount(row['expected_rate'])} ({_interval(row, 'expected_rate', words)})"
        rows.append(
            [
                el("span", words.stretch(row["from_km"], row["to_km"]), _below(" / ".join(names))),
                words.number(int(row["events"]), 9), expected, rate, words.p(row["p_adj"]),
            ]
        )  # fmt: skip
    level = words.fixed(100 * numbers.settings.confidence_level, 0)
    heads = [
        t("segments.segment"), t("segments.events"), t("segments.expected", level=level),
        t("segments.rate", level=level), t("segments.p"),
    ]  # fmt: skip
    period = words.days(numbers.settings.span)
    caption = t("segments.caption", n=len(rows), total=len(rates), period=period)
    return [
        el("h3", t("segments.title")), el("p", t("segments.about")),
        table(caption, heads, rows, numbers=(1, 2, 3, 4), small=True),
    ]  # fmt: skip


def _interval(row: Mapping[str, Any], name: str, words: ReportWords) -> str:
    return words.interval(row[f"{name}_lo"], row[f"{name}_hi"])


def change_section(reader: Reader) -> Element:
    """Compare the period with the one before."""
    numbers, words, t = reader.numbers, reader.words, reader.t
    settings = numbers.settings
    parts: list[Child] = [el("p", el("strong", change_sentence(numbers, words)))]
    if numbers.change is not None and numbers.pieces is not None and settings.before is not None:
        parts.append(el("p", t("change.reporting")))
        if _seasons_differ(settings.span, settings.before):
            parts.append(el("p", t("change.seasons")))
        rows = [_compared(reader, t("change.line"), numbers.change.iloc[0])]
        pieces = numbers.pieces
        columns = [name for name in pieces if str(name).endswith("_province")]
        if len(pieces) > 1:
            for _, row in pieces.iterrows():
                names = [words.name(row[name]) for name in columns if isinstance(row[name], str)]
                place = el(
                    "span", words.stretch(row["from_km"], row["to_km"]), _below(" / ".join(names))
                )
                rows.append(_compared(reader, place, row))
        level = words.fixed(100 * settings.confidence_level, 0)
        heads = [
            t("change.where"), words.span(settings.before), words.span(settings.span),
            t("change.ratio", level=level), t("change.p"), t("change.shows"),
        ]  # fmt: skip
        parts.append(
            table(
                t(
                    "change.caption",
                    before=words.days(settings.before),
                    period=words.days(settings.span),
                ),
                heads, rows, numbers=(1, 2, 3, 4), small=True,
            )
        )  # fmt: skip
        parts.append(el("p", t("change.about"), class_="quiet"))
    return section("change", t("section.change"), *parts)


def _compared(reader: Reader, place: Child, row: pd.Series) -> list[Child]:
    words = reader.words
    ratio: str = NO_VALUE
    if row["events_1"] + row["events_2"] > 0:
        ratio = f"{words.amount(row['rr'])} ({words.interval(row['rr_lo'], row['rr_hi'])})"
    adjusted = row["p_adj"]
    numbers = reader.numbers
    said = verdict({**row, "p_value": adjusted}, numbers.settings.alpha, cut=numbers.cut)
    return [
        place, words.number(int(row["events_1"]), 9), words.number(int(row["events_2"]), 9), ratio,
        words.p(adjusted), reader.t(f"change.word_{said}"),
    ]  # fmt: skip


def _seasons_differ(span: Any, before: Any) -> bool:
    """Say whether two periods hold other parts of the year."""
    return (
        any(
            (one.month, one.day) != (other.month, other.day)
            for one, other in zip(span, before, strict=True)
        )
        and (span[1] - span[0]).days < 365
    )


def years_section(reader: Reader) -> Element | None:
    """Show the counts of calendar years."""
    numbers, words, t = reader.numbers, reader.words, reader.t
    years = numbers.years
    if len(years) < 2:
        return None
    settings = numbers.settings
    drawn = [
        el(
            "div",
            year_chart(years, settings.span, words, width=width, level=settings.confidence_level),
            class_=name,
        )
        for name, width in WIDTHS.items()
    ]
    rows: list[list[Child]] = []
    cut = False
    for row in reversed(years.to_dict("records")):
        first, last = row["step_start"].date(), row["step_end"].date()
        whole = is_whole_year(first, last)
        cut |= not whole
        name = words.year(first.year) if whole else t("years.part", year=words.year(first.year))
        rows.append(
            [name, words.number(int(row["events"]), 9), words.interval(row["lo"], row["hi"])]
        )
    note = [" ", t("years.cut")] if cut else None
    level = words.fixed(100 * settings.confidence_level, 0)
    heads = [t("years.year"), t("years.incidents"), t("years.interval", level=level)]
    return section(
        "years", t("section.years"), el("figure", drawn, el("figcaption", t("years.caption"), note)),
        el(
            "details", el("summary", t("years.table")),
            table(t("years.table_caption"), heads, rows, numbers=(1, 2), small=True), class_="print",
        ),
    )  # fmt: skip


def other_incidents_section(
    reader: Reader, incidents: Sequence[Incident], told: set[str]
) -> Element | None:
    """Tell of the incidents that no stretch above told of."""
    others = [incident for incident in incidents if incident.event_id not in told]
    if not others:
        return None
    t = reader.t
    shown = others[:MOST_TOLD]
    return section(
        "others", t("section.others"), el("p", t("others.about")),
        _cut(reader, len(shown), len(others)),
        el("ol", [one.entry(reader) for one in shown], class_="incidents"),
    )  # fmt: skip
