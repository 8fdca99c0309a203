"""What became of the rows of a file: accepted, rejected, duplicate or outside, each in one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

from frontier_geo._summaries import summary_html

__all__ = ["ReadResult", "accepted_of", "summary_lines"]

REASONS_TOLD = 5  # kinds of refusal that the summary lists


@dataclass(frozen=True)
class ReadResult:
    """
    The incidents of one or more files, and every row that is not among them.

    Every input row is in exactly one of the four tables. All functions that take events take this
    as well, and use `accepted`.

    Attributes
    ----------
    accepted : GeoDataFrame
        The event table, EPSG:4326.
    rejected : DataFrame
        Rows that cannot be used: ``file, row_number, column, value, reason``, then the row as it
        came. Row 1 is the first below the header.
    duplicates : DataFrame
        Rows that repeat an earlier one: ``file, row_number, repeats_file, repeats_row, event_id,
        differs``, then the row as it came. `differs` says whether date, place or number killed are
        others than in the row that was kept.
    outside : DataFrame
        Rows beyond the region, the countries or the period asked for: as `rejected`.
    about : dict
        ``files`` (name, source, rows, notes), the request, and the library's version.

    Examples
    --------
    >>> import frontier_geo as fg, pandas as pd
    >>> table = pd.DataFrame({"lat": [37.49, "far"], "lon": [71.55, 71.6], "date": "2025-06-30"})
    >>> read = fg.read_events(table, quiet=True)
    >>> read.counts()
    {'rows': 2, 'accepted': 1, 'rejected': 1, 'duplicates': 0, 'outside': 0}
    >>> read.rejected[["row_number", "column", "value"]].to_dict("records")
    [{'row_number': 2, 'column': 'lat', 'value': 'far'}]
    """

    accepted: gpd.GeoDataFrame
    rejected: pd.DataFrame
    duplicates: pd.DataFrame
    outside: pd.DataFrame
    about: dict[str, Any] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """
        Return how many rows came, and how many ended in each table.

        Returns
        -------
        dict of str to int
            ``rows``, which the other four add up to.
        """
        tally = {
            "accepted": len(self.accepted),
            "rejected": len(self.rejected),
            "duplicates": len(self.duplicates),
            "outside": len(self.outside),
        }
        return {"rows": sum(tally.values()), **tally}

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return iter((self.accepted, self.rejected, self.duplicates, self.outside))

    def __getitem__(self, key: object) -> None:
        raise TypeError(
            f"This is the result of reading, with four tables: accepted, rejected, duplicates, "
            f"outside. The incidents are in .accepted, such as result.accepted[{key!r}]."
        )

    def __len__(self) -> int:
        return len(self.accepted)

    def __str__(self) -> str:
        return "\n".join(summary_lines(self.counts(), self.about))

    def _repr_html_(self) -> str:
        first, *lines = summary_lines(self.counts(), self.about)
        return summary_html(
            "What was read",
            [("Rows", first), *(("Note", line.strip()) for line in lines)],
            table=self.rejected.iloc[:, :5],
            caption="Rejected rows",
        )


def accepted_of(events: Any) -> Any:
    """Return the incidents of a `ReadResult`; anything else as it is."""
    return events.accepted if isinstance(events, ReadResult) else events


def summary_lines(counts: dict[str, int], about: dict[str, Any]) -> list[str]:
    """Return what to tell people of what became of the rows, a line each."""
    lines = [
        f"{counts['rows']:,} rows: {counts['accepted']:,} accepted, {counts['rejected']:,} rejected, "
        f"{counts['duplicates']:,} duplicates, {counts['outside']:,} outside what was asked for."
    ]
    for each in about.get("files", []):
        lines.append(f"{each['name']}: {each['rows']:,} rows of {each['source']}.")
        lines += [f"  {note}" for note in each.get("notes", [])]
    for word in ("rejected", "outside"):
        reasons = about.get(f"{word}_because", {})
        for reason, rows in list(reasons.items())[:REASONS_TOLD]:
            lines.append(f"{word}, {rows:,}: {reason}.")
        if len(reasons) > REASONS_TOLD:
            lines.append(f"{word}: {len(reasons) - REASONS_TOLD:,} more kinds of reason.")
    if about.get("duplicates_differ"):
        lines.append(
            f"{about['duplicates_differ']:,} duplicates differ in date, place or number killed from "
            "the row they repeat: look at them."
        )
    return lines
