"""
What the rows of a table may be used for: the licences of the sources, and the check before writing.

Some sources let their rows be studied, but not passed on. Such rows reach a file or a map only when
that is asked for by name; counts and rates made from them say which sources they rest on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo.errors import LicenceError
from frontier_geo.read_result import ReadResult, accepted_of

__all__ = [
    "LICENCES",
    "NOT_STATED",
    "RESTRICTED",
    "Licence",
    "check_public",
    "licence_of_columns",
    "merged_sources",
    "most_restrictive",
    "restricted_rows",
    "sources_of",
]

#: A licence text that begins with this word is restricted; a table of one's own may say so too.
RESTRICTED = "restricted"
NOT_A_WORD = re.compile(r"[\W_]+")
NOT_STATED = "not stated"


@dataclass(frozen=True)
class Licence:
    """
    What the rows of a source may be used for.

    Attributes
    ----------
    name : str
        Short name of the source.
    text : str
        What goes into the column `licence`.
    url : str
        Where the terms stand.
    restricted : bool
        Whether its rows may not be passed on as they are.
    attribution : str
        What to print beside anything made from its rows.
    titles : tuple of str
        Words in the column `source` by which its rows are known, in lower case.
    prefix : str
        What its event ids begin with.
    own_columns : tuple of str
        Columns that only its exports have, in lower case. Several parted by blanks are its own where
        they stand together.
    """

    name: str
    text: str
    url: str
    restricted: bool
    attribution: str
    titles: tuple[str, ...]
    prefix: str = ""
    own_columns: tuple[str, ...] = ()


#: The licences of the sources the readers know, as their terms stood in November 2026.
LICENCES: Mapping[str, Licence] = MappingProxyType(
    {
        "acled": Licence(
            name="ACLED",
            text="restricted: ACLED terms of use, raw rows may not be passed on",
            url="https://acleddata.com/terms-and-conditions",
            restricted=True,
            attribution="Armed Conflict Location & Event Data (ACLED), acleddata.com",
            titles=("acled", "armed conflict location"),
            prefix="acled:",
            own_columns=(
                "event_id_cnty", "event_id_no_cnty", "event_id_c",  # the last: as a Shapefile has it
                "assoc_actor_1", "assoc_actor_2", "sub_event_type disorder_type",
                "sub_event_type geo_precision", "sub_event_type fatalities",
            ),
        ),
        "gtd": Licence(
            name="GTD",
            text="restricted: GTD end user licence, raw rows may not be passed on",
            url="https://www.start.umd.edu/gtd/end-user-agreement/",
            restricted=True,
            attribution=(
                "National Consortium for the Study of Terrorism and Responses to Terrorism (START), "
                "University of Maryland: Global Terrorism Database, start.umd.edu/gtd"
            ),
            titles=("gtd", "global terrorism database"),
            prefix="gtd:",
            own_columns=(
                "attacktype1", "attacktype1_txt", "targtype1", "targtype1_txt", "eventid iyear",
                "eventid nkill", "eventid gname",
            ),
        ),
        "ucdp": Licence(
            name="UCDP",
            text="CC-BY-4.0",
            url="https://ucdp.uu.se/downloads/",
            restricted=False,
            attribution=(
                "Uppsala Conflict Data Program (UCDP), Uppsala University, ucdp.uu.se (CC BY 4.0)"
            ),
            titles=("ucdp", "uppsala conflict data"),
            prefix="ucdp:",
        ),
        "gdelt": Licence(
            name="GDELT",
            text="open with attribution: the GDELT Project, gdeltproject.org",
            url="https://www.gdeltproject.org/about.html#termsofuse",
            restricted=False,
            attribution="The GDELT Project, https://www.gdeltproject.org",
            titles=("gdelt",),
            prefix="gdelt:",
        ),
        "frontier_geo": Licence(
            name="frontier_geo",
            text="CC-BY-4.0",
            url="https://creativecommons.org/licenses/by/4.0/",
            restricted=False,
            attribution="The frontier_geo developers: curated incidents (CC BY 4.0)",
            titles=("frontier_geo",),
            prefix="tja-",
        ),
    }
)  # fmt: skip


def licence_of_columns(columns: Iterable[str]) -> Licence | None:
    """
    Tell the source of a table by columns that only its exports have.

    Parameters
    ----------
    columns : iterable of str
        Names of the table's columns.

    Returns
    -------
    Licence or None
        Of the first of `LICENCES` whose own columns are there.

    Examples
    --------
    >>> licence_of_columns(["eventid", "iyear", "city"]).name
    'GTD'
    """
    present = {_plain_name(name) for name in columns}
    return next(
        (
            licence
            for licence in LICENCES.values()
            if any(set(own.split()) <= present for own in licence.own_columns)
        ),
        None,
    )


def restricted_rows(events: pd.DataFrame | ReadResult) -> NDArray[np.bool_]:
    """
    Say which rows may not be passed on as they are.

    Parameters
    ----------
    events : DataFrame or ReadResult
        An event table, a located table, or any other with one of the columns below; or what
        `read_events` returned: its accepted events.

    Returns
    -------
    ndarray of bool
        True where `licence` begins with ``restricted`` or names a restricted licence, where `source`
        or the list `sources` names a restricted source, where `event_id` begins as its ids do, or
        where columns that only its exports have are filled. A row that says nothing of itself is not
        restricted.

    Examples
    --------
    >>> table = pd.DataFrame({"source": ["UCDP GED", "ACLED", None]})
    >>> restricted_rows(table).tolist()
    [False, True, False]
    """
    events = accepted_of(events)
    found = np.zeros(len(events), dtype=bool)
    for row_of in _restricted_by_name(events).values():
        found |= row_of
    return found | _where(events, "licence", _is_restricted_text)


def check_public(
    events: pd.DataFrame | ReadResult, *, include_restricted: bool = False, what: str = "GeoJSON"
) -> None:
    """
    Refuse to put rows on show that may not be passed on.

    Parameters
    ----------
    events : DataFrame or ReadResult
        The rows that are to be written or drawn.
    include_restricted : bool, default False
        Whether to let them through: for a file that stays with the holder of the licence.
    what : str, default "GeoJSON"
        What they are to become, for the message.

    Raises
    ------
    LicenceError
        If there are such rows and they were not asked for. The message says how many, of which
        source.
    """
    if include_restricted:
        return
    events = accepted_of(events)
    odd = restricted_rows(events)
    if not odd.any():
        return
    tally = _restricted_tally(events, odd)
    told = " and ".join(f"{rows:,} of {name}" for name, rows in tally.items())
    terms = "; ".join(
        f"{each.name}: {each.url}" for each in LICENCES.values() if each.name in tally
    )
    raise LicenceError(
        f"{what} must hold only rows that may be passed on, but {int(odd.sum()):,} of "
        f"{len(events):,} rows may not: {told}. Leave them out, write counts or rates instead, or, for "
        "a file that stays with you, pass include_restricted=True (--include-restricted)."
        + (f" The terms: {terms}." if terms else "")
    )


def sources_of(table: pd.DataFrame | ReadResult) -> list[dict[str, Any]]:
    """
    Say from which sources a table was made.

    Parameters
    ----------
    table : DataFrame or ReadResult
        An event table or a located table (of which candidate 0 counts), or a table made from one,
        which carries the answer in ``.attrs["sources"]``. Of what `read_events` returned, its
        accepted events.

    Returns
    -------
    list of dict
        ``source, licence, rows, restricted, attribution`` of each source and licence, most rows
        first. What is not stated is None. A row whose list `sources` names several, as `match_events`
        makes them, counts for each, under the licence of the source where that is known.

    Examples
    --------
    >>> table = pd.DataFrame({"source": ["UCDP GED"] * 2, "licence": ["CC-BY-4.0"] * 2})
    >>> [(told["source"], told["rows"], told["restricted"]) for told in sources_of(table)]
    [('UCDP GED', 2, False)]
    """
    table = accepted_of(table)
    if "source" not in table and "licence" not in table and "sources" in table.attrs:
        return [dict(told) for told in table.attrs["sources"]]
    rows = table[table["candidate"] == 0] if "candidate" in table else table
    if not len(rows):
        return []
    usual = table.attrs.get("source")
    keys = pd.DataFrame(
        {
            "source": _words(rows, "source", usual),
            "licence": _words(rows, "licence", None),
            "restricted": restricted_rows(rows),
        }
    ).reset_index(drop=True)
    several = _several(rows)
    if several:
        each = [_of_member(keys.loc[row], name) for row, names in several.items() for name in names]
        keys = pd.concat([keys.drop(index=list(several)), pd.DataFrame(each)], ignore_index=True)
    counted = keys.groupby(["source", "licence", "restricted"], dropna=False, sort=True).size()
    told = [
        {
            "source": _or_none(source),
            "licence": _or_none(licence),
            "rows": int(n),
            "restricted": bool(restricted),
            "attribution": _attribution(_or_none(source), _or_none(licence)),
        }
        for (source, licence, restricted), n in counted.items()
    ]
    return sorted(told, key=lambda each: -each["rows"])


def merged_sources(*tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add up several answers of `sources_of`, such as those of the chunks of one file."""
    total: dict[tuple[Any, ...], dict[str, Any]] = {}
    for told in (each for table in tables for each in table):
        key = (told["source"], told["licence"], told["restricted"])
        if key in total:
            total[key]["rows"] += told["rows"]
        else:
            total[key] = dict(told)
    return sorted(total.values(), key=lambda each: (-each["rows"], str(each["source"])))


def most_restrictive(licences: list[str]) -> str:
    """
    Return the licence of a row that was put together from several.

    A restricted one wins; otherwise all that differ stand together, parted by semicolons.

    Examples
    --------
    >>> most_restrictive(["CC-BY-4.0", LICENCES["gtd"].text])
    'restricted: GTD end user licence, raw rows may not be passed on'
    >>> most_restrictive(["CC-BY-4.0", "ODbL-1.0", "CC-BY-4.0"])
    'CC-BY-4.0; ODbL-1.0'
    """
    different = list(dict.fromkeys(text for text in licences if text))
    bound = [text for text in different if _is_restricted_text(text)]
    return "; ".join(bound or different) or NOT_STATED


# ---- by which signs a row is known ---------------------------------------------------------------


def _restricted_by_name(events: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
    """Return for each restricted source the rows that show one of its signs."""
    plain = {_plain_name(name): name for name in events.columns}
    several = _several(events)
    found = {}
    for licence in LICENCES.values():
        if not licence.restricted:
            continue
        rows = _where(events, "source", lambda text, its=licence: _names(text, its))
        rows |= _where(events, "licence", lambda text, its=licence: _names(text, its))
        for row, names in several.items():
            rows[row] |= any(_names(name, licence) for name in names)
        if "event_id" in events:
            rows |= _begins(events["event_id"], licence.prefix)
        for own in licence.own_columns:
            if set(own.split()) <= set(plain):
                filled = events[[plain[name] for name in own.split()]].notna()
                rows |= filled.all(axis=1).to_numpy(dtype=bool)
        found[licence.name] = rows
    return found


def _restricted_tally(events: pd.DataFrame, odd: NDArray[np.bool_]) -> dict[str, int]:
    """Return how many rows of each restricted source there are, each row once."""
    tally: dict[str, int] = {}
    left = odd.copy()
    for name, rows in _restricted_by_name(events).items():
        mine = rows & left
        if mine.any():
            tally[name] = int(mine.sum())
            left &= ~mine
    if left.any():
        others = events.loc[left, "licence"].astype(str).value_counts()
        tally |= {f"the licence {text!r}": int(n) for text, n in others.items()}
    return tally


def _where(events: pd.DataFrame, column: str, fits: Any) -> NDArray[np.bool_]:
    """Return the rows whose text in a column fits; each different text is looked at once."""
    if column not in events or not len(events):
        return np.zeros(len(events), dtype=bool)
    codes, texts = pd.factorize(events[column])
    fitting = np.array([*(fits(str(text)) for text in texts), False], dtype=bool)
    return fitting[codes]  # what is missing has the code -1: the last one


def _plain_name(column: object) -> str:
    """Return the name of a column in lower case, its words parted by underscores."""
    return "_".join(str(column).lower().replace("_", " ").split())


def _several(rows: pd.DataFrame) -> dict[int, list[str]]:
    """Return the sources of rows that have several, or have them in a list only, by position."""
    found = {}
    for row, cell in enumerate(rows["sources"].tolist() if "sources" in rows else ()):
        if isinstance(cell, str) and cell.startswith("["):  # as CSV and GeoPackage keep lists
            try:
                cell = json.loads(cell)
            except ValueError:
                continue
        if isinstance(cell, list | tuple | np.ndarray):
            names = list(dict.fromkeys(str(name) for name in cell if name is not None))
            if len(names) > 1 or (names and "source" not in rows):
                found[row] = names
    return found


def _names(text: str, licence: Licence) -> bool:
    """Return whether a text names a source, as a word of its own or a whole title."""
    words = _plain_words(text)
    return any(_plain_words(title) in words for title in licence.titles)


def _plain_words(text: str) -> str:
    """Return the words of a text in lower case, with a blank on either side of each."""
    return f" {NOT_A_WORD.sub(' ', text.lower()).strip()} "


def _is_restricted_text(text: str) -> bool:
    return text.strip().lower().startswith(RESTRICTED)


def _begins(ids: pd.Series, prefix: str) -> NDArray[np.bool_]:
    if isinstance(ids.dtype, pd.StringDtype):
        return ids.str.startswith(prefix).fillna(False).to_numpy(dtype=bool)
    # a text with half a character in it fits no table of Arrow's
    return np.array([str(each).startswith(prefix) for each in ids], dtype=bool)


def _of_member(row: pd.Series, source: str) -> dict[str, Any]:
    """Return what is counted of a source that is one of several of a row."""
    known = [each for each in LICENCES.values() if _names(source, each)]
    if not known:  # then all that is known is what binds the whole row
        return {"source": source, "licence": row["licence"], "restricted": row["restricted"]}
    return {
        "source": source,
        "licence": most_restrictive([each.text for each in known]),
        "restricted": any(each.restricted for each in known),
    }


def _attribution(source: str | None, licence: str | None) -> str | None:
    """Return what to print beside rows, by the sources that their source and licence name."""
    told = f"{source or ''}; {licence or ''}"
    named = [each.attribution for each in LICENCES.values() if _names(told, each)]
    return "; ".join(named) or None


def _words(rows: pd.DataFrame, column: str, usual: Any) -> pd.Series:
    """Return a column as texts; where it says nothing, the usual one."""
    if column not in rows:
        return pd.Series([usual] * len(rows), index=rows.index, dtype=object)
    texts = rows[column].astype(object)
    return texts.where(texts.notna(), usual)


def _or_none(value: Any) -> str | None:
    return None if value is None or value != value else str(value)
