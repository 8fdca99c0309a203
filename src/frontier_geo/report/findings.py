"""What the numbers of a report come to, in sentences that say no more than they do."""

from __future__ import annotations

from datetime import date
from typing import Any

from frontier_geo.report.numbers import Numbers, verdict
from frontier_geo.report.official import CLASHES
from frontier_geo.report.spans import overlap
from frontier_geo.report.stretches import side_columns
from frontier_geo.report.words import ReportWords

__all__ = ["beyond_sentences", "change_sentence", "findings", "stretch_names", "stretch_verdict"]

#: What may be said of a stretch, the strongest first.
VERDICTS = ("stands_out", "only_known", "only_drawn", "chance")
MOSTLY = 0.5  # share of the drawn tables from which on they agree


def findings(numbers: Numbers, words: ReportWords, made: date) -> list[str]:
    """Return the sentences of the first section of a report made on a day, in order."""
    line, tally, settings = numbers.line, numbers.accounting, numbers.settings
    level = words.fixed(100 * settings.confidence_level, 0)
    told = [
        words.t("found.incidents", n=tally["events"], period=words.span(settings.span))
        if tally["events"]
        else words.t("found.none", period=words.span(settings.span))
    ]
    told += beyond_sentences(numbers, words, made)
    if tally["events"]:
        told.append(
            words.t(
                "found.placed",
                placed=tally["counted"],
                off=tally["off_border"],
                nowhere=tally["unplaced"],
            )
        )
        told.append(
            words.t(
                "found.rate", rate=float(line["rate"]), level=level,
                interval=words.interval(line["rate_lo"], line["rate_hi"]),
            )
        )  # fmt: skip
    told.append(change_sentence(numbers, words))
    if tally["events"]:
        told.append(_stretch_sentence(numbers, words))
    told += _official_sentences(numbers, words)
    told.append(words.t("about.reports"))
    return told


def change_sentence(numbers: Numbers, words: ReportWords) -> str:
    """Say how the line's rate compares with the period before, or why it does not."""
    settings = numbers.settings
    if numbers.change is None or settings.before is None:
        if settings.before is None:
            return words.t("change.not_asked")
        return words.t(
            "change.outside", before=words.span(settings.before), days=words.days(numbers.coverage)
        )
    row = numbers.change.iloc[0]
    told: dict[str, Any] = {
        "before": words.span(settings.before),
        "n1": int(row["events_1"]),
        "n2": int(row["events_2"]),
        "ratio": float(row["rr"]),
        "interval": words.interval(row["rr_lo"], row["rr_hi"]),
        "level": words.fixed(100 * settings.confidence_level, 0),
    }
    found = verdict(row, settings.alpha, cut=numbers.cut)
    if found in ("more", "unsure") and told["n1"] == 0:  # nothing times any number is nothing
        found, told["low"] = f"{found}_from_none", float(row["rr_lo"])
    said = words.t(f"change.{found}", **told)
    if numbers.partly_known:
        key = "change.beyond" if numbers.compiled else "change.partly_known"
        said += " " + words.t(key, days=words.days(numbers.coverage))
    return said


def beyond_sentences(numbers: Numbers, words: ReportWords, made: date) -> list[str]:
    """Say which part of the period is not known: not compiled for, or still to come."""
    span, coverage = numbers.settings.span, numbers.coverage
    told = []
    if numbers.beyond:
        days = {"known": overlap(span, coverage), "total": overlap(span, span)}
        if not numbers.compiled:
            key = "known_part" if days["known"] else "known_none"
        elif not days["known"]:
            key = "beyond_before" if span[1] < coverage[0] else "beyond_after"
        elif span[0] >= coverage[0]:
            key = "beyond_end"
        else:
            key = "beyond_start" if span[1] <= coverage[1] else "beyond_both"
        told.append(words.t(f"found.{key}", days=words.days(coverage), **days))
    if span[1] > made:
        key = "found.future" if span[0] > made else "found.not_over"
        told.append(words.t(key, made=words.day(made), last=words.day(span[1])))
    return told


def stretch_verdict(row: Any, alpha: float) -> str:
    """
    Return what may be said of a stretch.

    ``stands_out``: it has more than chance gives, in the counts and in half of the drawn tables or
    more; ``only_known``: in the counts alone; ``only_drawn``: in drawn tables alone; ``chance``: in
    neither.

    Parameters
    ----------
    row : Series
        Of `ranked_stretches`.
    alpha : float
        The level of the test.
    """
    drawn = row["support"] >= MOSTLY
    if row["p_value"] <= alpha:
        return "stands_out" if drawn else "only_known"
    return "only_drawn" if drawn else "chance"


def stretch_names(row: Any, words: ReportWords, *, longest: int = 3) -> str:
    """Return the districts beside a stretch, those of one side after those of the other."""
    sides = []
    for column in side_columns(row.to_frame().T):
        names = [words.name(name) for name in row[column]]
        if names:
            more = len(names) - longest
            kept = words.t("basis.separator").join(names[:longest])
            sides.append(kept if more <= 0 else words.t("basis.and_more", list=kept, n=more))
    return " / ".join(sides)


def _stretch_sentence(numbers: Numbers, words: ReportWords) -> str:
    """Say whether a stretch stands out."""
    if not len(numbers.stretches):
        return words.t("found.no_stretch")
    alpha = numbers.settings.alpha
    rows = [row for _, row in numbers.stretches.iterrows()]
    row = min(rows, key=lambda each: VERDICTS.index(stretch_verdict(each, alpha)))
    names = stretch_names(row, words)
    where = words.stretch(row["from_km"], row["to_km"])
    return words.t(
        f"found.{stretch_verdict(row, alpha)}",
        where=words.t("found.where", stretch=where, names=names) if names else where,
        n=int(row["observed"]),
        expected=float(row["expected"]),
        p=words.p(row["p_value"]),
        share=words.percent(row["support"]),
    )


def _official_sentences(numbers: Numbers, words: ReportWords) -> list[str]:
    """Say of how much of what is officially counted the table tells, for the period itself."""
    table = numbers.official
    if table is None or not len(table):
        return []
    first, last = numbers.settings.span
    own = table[
        (table["indicator"] == CLASHES)
        & (table["period_start"] == first)
        & (table["period_end"] == last)
        & table["held"].notna()
        & (table["value"] > 0)
    ]
    if len(own) != 1:  # several are shown beside each other, not chosen from
        return []
    row = own.iloc[0]
    return [words.t("found.official", n=int(row["held"]), total=float(row["value"]))]
