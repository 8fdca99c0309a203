"""
Mapping files: what the columns of a table mean, kept for the next table of the same kind.

A mapping is a JSON object with the keys below; only `columns` must be there::

    {
      "columns": {"date_start": "Дата", "lat": "Широта", "lon": "Долгота", "killed": "Погибло"},
      "constants": {"source": "Register of border incidents", "licence": "internal use"},
      "values": {"event_type": {"перестрелка": "armed_clash"}},
      "day_first": true,
      "calendar": "gregorian",
      "crs": "EPSG:32642"
    }

`columns` says from which column of the table a column of the event table comes; besides these there
are ``lon``, ``lat``, ``coordinates``, ``lat_lon``, ``lon_lat``, ``mgrs``, and ``year``, ``month``,
``day``. A column mapped to null is read from none; what is not named is found by its name. `constants`
are values for all rows, where the table gives none. `values` translates words of the table. `crs` is
needed only where ``lon`` and ``lat`` are x and y of a projection.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from frontier_geo._files import write_whole
from frontier_geo.errors import ColumnError, DataFileError, ParameterError
from frontier_geo.events import EVENT_COLUMNS
from frontier_geo.readers.columns import COORDINATE_COLUMNS, DATE_PARTS, meaning_of

__all__ = [
    "CALENDARS",
    "TableMapping",
    "as_mapping",
    "check_present",
    "load_mapping",
    "save_mapping",
]

CALENDARS = ("auto", "gregorian", "solar_hijri")
KEYS = ("columns", "constants", "values", "day_first", "calendar", "crs")
LARGEST_FILE = 1_000_000  # bytes; a mapping has a few lines


@dataclass(frozen=True)
class TableMapping:
    """
    What the columns of a table mean.

    Attributes
    ----------
    columns : Mapping of str to str or None
        Of a column of the event table, the column of the source; None: from no column.
    constants : Mapping of str to str
        Of a column of the event table, the value of rows where the source gives none.
    values : Mapping of str to Mapping of str to str
        Of a column of the event table, what words of the source mean.
    day_first : bool or None
        Whether 03.04.2025 is the third of April. None: as the column shows.
    calendar : {"auto", "gregorian", "solar_hijri"} or None
        None: as the caller said.
    crs : str or None
        CRS of ``lon`` and ``lat`` where they are not degrees on WGS84.
    """

    columns: Mapping[str, str | None] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    day_first: bool | None = None
    calendar: str | None = None
    crs: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as a mapping file says it, without what is not said."""
        whole = {key: getattr(self, key) for key in KEYS}
        said = {key: value for key, value in whole.items() if value is not None and value != {}}
        return {"columns": {}, **said}


def as_mapping(given: Any, *, name: str = "mapping") -> TableMapping:
    """
    Check a mapping and return it whole.

    Parameters
    ----------
    given : Mapping, TableMapping or None
        The contents of a mapping file, or only its `columns`.
    name : str, default "mapping"
        What messages call it.

    Raises
    ------
    ParameterError
        If it has a key, a column or a value that a mapping cannot have.

    Examples
    --------
    >>> as_mapping({"lat": "Y", "lon": "X"}).columns
    {'lat': 'Y', 'lon': 'X'}
    """
    if given is None:
        return TableMapping()
    if isinstance(given, TableMapping):
        return given
    if not isinstance(given, Mapping):
        raise ParameterError(
            f"{name} must say which column comes from which, such as {{'lat': 'Широта'}}, but is "
            f"{given!r:.100}."
        )
    whole = dict(given) if isinstance(given.get("columns"), Mapping) else {"columns": dict(given)}
    unknown = [key for key in whole if key not in KEYS]
    if unknown:
        raise ParameterError(
            f"{name} may have the keys {', '.join(KEYS)}, but has {unknown[0]!r}. A value for all "
            "rows, such as the licence or the source, stands in constants."
        )
    columns = _texts(whole["columns"], f"columns of {name}", missing=True)
    constants = _texts(whole.get("constants", {}), f"constants of {name}")
    _check_targets(columns, (*EVENT_COLUMNS, *COORDINATE_COLUMNS, *DATE_PARTS), "columns", name)
    words = tuple(each for each, (kind, _) in EVENT_COLUMNS.items() if kind in ("text", "word"))
    _check_targets(constants, words, "constants", name)
    translations = whole.get("values", {})
    if not isinstance(translations, Mapping):
        raise ParameterError(f"values of {name} must be an object, but is {translations!r:.100}.")
    _check_targets(translations, tuple(EVENT_COLUMNS), "values", name)
    values = {
        str(column): _texts(words, f"values of {column} of {name}")
        for column, words in translations.items()
    }
    day_first, calendar, crs = (whole.get(key) for key in ("day_first", "calendar", "crs"))
    if day_first is not None and not isinstance(day_first, bool):
        raise ParameterError(
            f"day_first of {name} must be true, false or null, but is {day_first!r}."
        )
    if calendar is not None and calendar not in CALENDARS:
        raise ParameterError(
            f"calendar of {name} must be one of {', '.join(CALENDARS)}, but is {calendar!r}."
        )
    if crs is not None:
        _check_crs(crs, name)
    return TableMapping(
        columns, constants, values, day_first,
        calendar=None if calendar is None else str(calendar),
        crs=None if crs is None else str(crs),
    )  # fmt: skip


def load_mapping(path: str | Path) -> dict[str, Any]:
    """
    Read a mapping file and check it.

    Parameters
    ----------
    path : str or Path
        A JSON file in UTF-8, such as `save_mapping` writes.

    Returns
    -------
    dict
        For `read_events`.

    Raises
    ------
    DataFileError
        If it is missing, too large, or no JSON object.
    ParameterError
        If it says something that a mapping cannot say.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_mapping({"lat": "North", "lon": "East"}, Path(folder, "ours.json"))
    ...     load_mapping(path)["columns"]["lon"]
    'East'
    """
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise DataFileError(
                f"{file.name} must be a mapping of at most {LARGEST_FILE:,} bytes, but has "
                f"{file.stat().st_size:,}. Is it the table itself?"
            )
        given = json.loads(file.read_text(encoding="utf-8-sig"), object_pairs_hook=_no_repeats)
    except DataFileError:
        raise
    except (OSError, ValueError, RecursionError) as error:
        raise DataFileError(f"{file} must be a mapping file in JSON, but: {error}.") from error
    if not isinstance(given, dict) or not isinstance(given.get("columns"), dict):
        raise DataFileError(
            f"{file} must be a JSON object with the key 'columns', but is {given!r:.100}."
        )
    return as_mapping(given, name=file.name).as_dict()


def save_mapping(mapping: TableMapping | Mapping[str, Any], path: str | Path) -> Path:
    """
    Write a mapping file: readable, in UTF-8, the same bytes for the same mapping.

    Parameters
    ----------
    mapping : TableMapping or Mapping
        Which column of a table is which, as `read_events` takes it.
    path : str or Path
        The file to write; an older one is replaced as a whole.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ParameterError
        If the mapping names no column, or a word it does not know.
    OutputError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save_mapping({"lat": "North", "lon": "East"}, Path(folder, "ours.json"))
    ...     load_mapping(path)["columns"]["lat"]
    'North'
    """
    whole = as_mapping(mapping).as_dict()
    return write_whole(path, json.dumps(whole, ensure_ascii=False, indent=2) + "\n")


def check_present(mapping: TableMapping, columns: Iterable[str], *, name: str) -> None:
    """Refuse a mapping that names columns the table does not have, or one column twice."""
    present = list(map(str, columns))
    for target, column in mapping.columns.items():
        if column is not None and column not in present:
            raise ColumnError(
                f"The mapping reads {target} from the column {column!r}, but {name} has only "
                f"{', '.join(map(repr, present[:30]))}. Mend the mapping, or map {target} to null."
            )
    used = [column for column in mapping.columns.values() if column is not None]
    for column in used:
        if used.count(column) > 1:
            targets = [target for target, given in mapping.columns.items() if given == column]
            raise ParameterError(
                f"The mapping must read each column once, but reads {' and '.join(targets)} from "
                f"{column!r}."
            )


def _texts(given: Any, what: str, *, missing: bool = False) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise ParameterError(f"{what} must be an object of texts, but is {given!r:.100}.")
    for key, value in given.items():
        if not (isinstance(value, str) or (missing and value is None)):
            raise ParameterError(f"{what} must be texts, but {key!r} is {value!r:.100}.")
    return {str(key): value for key, value in given.items()}


def _check_targets(given: Mapping[Any, Any], known: tuple[str, ...], what: str, name: str) -> None:
    import difflib

    for target in given:
        if target not in known:
            meant = meaning_of(str(target))
            close = [meant[0]] if meant else difflib.get_close_matches(str(target), known, n=1)
            hint = f" Is it {close[0]!r}?" if close else ""
            raise ParameterError(
                f"The {what} of {name} must be among the columns {', '.join(known)}, but "
                f"one is {target!r}.{hint}"
            )


def _check_crs(crs: Any, name: str) -> None:
    from pyproj import CRS
    from pyproj.exceptions import CRSError as ProjError

    try:
        CRS.from_user_input(crs)
    except ProjError as error:
        raise ParameterError(
            f"crs of {name} must be a CRS such as EPSG:32642, but is {crs!r:.100}."
        ) from error


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise ValueError(f"the key {key!r} stands there twice")
    return dict(pairs)
