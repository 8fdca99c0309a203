"""
What the readers of coded sources share.

Columns of such files repeat few values many times, so each is read once a value and not once a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from frontier_geo.readers import cells as reading
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.problems import Problems

__all__ = [
    "Columns",
    "by_value",
    "codes",
    "constant",
    "country_side",
    "counts",
    "days",
    "degrees",
    "event_ids",
    "finished",
    "meaning",
    "sentence",
    "side_by_side",
    "texts",
    "words_of",
]

#: The two countries of the border, by the names that sources use.
SIDES = MappingProxyType(
    {
        "tajikistan": "TJ",
        "republic of tajikistan": "TJ",
        "afghanistan": "AF",
        "islamic republic of afghanistan": "AF",
        "islamic emirate of afghanistan": "AF",
    }
)
TYPES_TOLD = 5


class Columns:
    """
    Columns of a file by their names in lower case; of a column that is not there, empty cells.

    Parameters
    ----------
    cells : DataFrame
        Rows of the file.
    """

    def __init__(self, cells: pd.DataFrame) -> None:
        self._cells = cells
        self._names: dict[str, str] = {}
        for name in cells.columns:
            self._names.setdefault(str(name).strip().lower(), name)

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __getitem__(self, name: str) -> pd.Series:
        if name in self._names:
            return self._cells[self._names[name]]
        return pd.Series(pd.NA, index=self._cells.index, dtype=TEXT, name=name)

    def any_of(self, *names: str) -> pd.Series:
        """Return the first of several columns that the file has; if none, empty cells."""
        return self[next((name for name in names if name in self), names[0])]

    def name_of(self, name: str) -> str:
        """Return what the file itself calls a column."""
        return str(self._names.get(name, name))

    @property
    def index(self) -> pd.Index:
        """Row numbers."""
        return self._cells.index


def by_value(
    cells: pd.Series,
    read: Callable[[pd.Series, Problems], pd.Series],
    problems: Problems | None = None,
) -> pd.Series:
    """
    Read a column once for each of its values.

    Parameters
    ----------
    cells : Series
        A column of the file.
    read : callable
        ``read(cells, problems)`` returns what cells mean, over their index; a missing cell means
        a missing value.
    problems : Problems, optional
        Where it notes rows that are refused. A column with such rows is read again row by row, so
        that each is named.

    Returns
    -------
    Series
        Over the index of `cells`.
    """
    findings = Problems() if problems is None else problems
    if cells.dtype != TEXT:
        return read(cells, findings)
    encoded = _arrow(cells).dictionary_encode()
    values = pd.Series(encoded.dictionary, dtype=TEXT, name=cells.name)
    aside = Problems()
    found = read(values, aside)
    if aside.refused or aside.beyond:
        return read(cells, findings)
    positions = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)
    taken = found.array.take(positions.astype(np.intp), allow_fill=True)
    return pd.Series(taken, index=cells.index, name=cells.name)


def texts(cells: pd.Series) -> pd.Series:
    """Return cells as trimmed text."""
    return by_value(cells, lambda values, _: reading.text(values))


def codes(cells: pd.Series) -> pd.Series:
    """Return codes as text."""
    return by_value(cells, lambda values, _: reading.code(values))


def counts(cells: pd.Series, problems: Problems) -> pd.Series:
    """Return whole numbers of 0 or more; refuse other cells."""
    return by_value(cells, reading.count, problems)


def days(cells: pd.Series, problems: Problems) -> pd.Series:
    """Return the days of ISO dates, with or without an hour; refuse other cells."""
    return by_value(cells, reading.iso_day, problems)


def words_of(
    cells: pd.Series, meanings: Mapping[str, str], problems: Problems, *, codebook: str
) -> pd.Series:
    """Translate codes by a table; refuse rows with a code that is not in it."""
    return by_value(
        cells,
        lambda values, findings: reading.word_of(
            values, meanings, findings, codebook=codebook
        ).astype(TEXT),
        problems,
    )


def degrees(cells: pd.Series, problems: Problems, *, what: str) -> pd.Series:
    """Return decimal degrees; refuse cells that are no number."""
    if cells.dtype == TEXT:
        try:
            values = _arrow(cells).cast(pa.float64()).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            return _degrees_of_some(cells, problems, what)
        if not np.isinf(values).any():
            return pd.Series(values, index=cells.index, name=cells.name)
    return reading.number(cells, problems, what=what)


def _degrees_of_some(cells: pd.Series, problems: Problems, what: str) -> pd.Series:
    """Return decimal degrees of a column in which some cells are no number."""
    plain = pc.fill_null(pc.match_substring_regex(_arrow(cells), r"^-?[0-9]+(\.[0-9]+)?$"), False)
    values = pc.if_else(plain, _arrow(cells), pa.scalar(None, pa.large_string())).cast(pa.float64())
    found = pd.Series(values.to_numpy(zero_copy_only=False), index=cells.index, name=cells.name)
    odd = ~plain.to_numpy(zero_copy_only=False)
    found[odd] = reading.number(cells[odd], problems, what=what)
    return found


def finished(
    events: pd.DataFrame, columns: Columns, *, lon: str, lat: str, types: str = ""
) -> pd.DataFrame:
    """
    Note what the file calls its coordinates, for messages.

    With `types`, what the table of types is called: also note types that are not in it.
    """
    events.attrs["columns"] = {"lon": columns.name_of(lon), "lat": columns.name_of(lat)}
    if types:
        unknown = events["source_event_type"][events["event_type"].isna()].dropna().unique()
        if len(unknown):
            told = ", ".join(repr(each) for each in sorted(map(str, unknown))[:TYPES_TOLD])
            events.attrs["notes"] = [f"event_type is missing for types not in {types}: {told}"]
    return events


def constant(value: str | None, index: pd.Index) -> pd.Series:
    """Return a column of text that says the same in every row; None: a missing one."""
    return pd.Series(pd.NA if value is None else value, index=index, dtype=TEXT)


def event_ids(prefix: str, ids: pd.Series) -> pd.Series:
    """Return ``prefix:id``; a missing id stays missing."""
    return prefix + ":" + reading.code(ids)


def meaning(cells: pd.Series, meanings: Mapping[str, str]) -> pd.Series:
    """Return what each code means as text, missing where it is not in the table."""
    return by_value(cells, lambda values, _: reading.code(values).map(dict(meanings)).astype(TEXT))


def country_side(country: pd.Series, sides: Mapping[str, str] = SIDES) -> pd.Series:
    """Return ``TJ`` or ``AF`` where a country, by name or code in lower case, is one of the two."""
    return by_value(
        country, lambda values, _: reading.text(values).str.lower().map(dict(sides)).astype(TEXT)
    )


def sentence(label: str, cells: pd.Series, *, but: Iterable[str] = ()) -> pd.Series:
    """Return ``label: cell`` where a cell says something other than the words in `but`."""
    silent = {word.lower() for word in but}

    def told(values: pd.Series, _: Problems) -> pd.Series:
        words = reading.text(values)
        return (label + ": " + words).mask(
            reading.blank(words) | words.str.lower().isin(silent), pd.NA
        )

    return by_value(cells, told)


def side_by_side(columns: Iterable[pd.Series], *, by: str = "; ") -> pd.Series:
    """Return trimmed texts of several columns side by side, what is missing left out."""
    parts = list(columns)
    # Arrow drops rows in which all parts are missing, so each row begins with an empty text.
    start = pa.array([""] * len(parts[0]), type=pa.large_string())
    whole = pc.binary_join_element_wise(
        start, *map(_arrow, parts), pa.scalar(by, pa.large_string()), null_handling="skip"
    )
    joined = pd.Series(
        pc.utf8_slice_codeunits(whole, start=len(by)), index=parts[0].index, dtype=TEXT
    )
    return joined.mask(joined == "", pd.NA)


def _arrow(cells: pd.Series) -> pa.Array:
    array = pa.array(cells.array, type=pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
