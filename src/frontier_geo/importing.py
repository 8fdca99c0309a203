"""Files of incidents → one file of the event table, a chunk at a time, and a file of what was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pandas as pd

from frontier_geo._files import (
    check_target,
    csv_text,
    flush,
    json_text,
    plain,
    refuse_inputs,
    refuse_same,
    staged,
    writing_to,
)
from frontier_geo.errors import RowError
from frontier_geo.licences import LICENCES, restricted_rows, sources_of
from frontier_geo.readers.reading import Job, joined_events
from frontier_geo.writers import EventWriter

if TYPE_CHECKING:
    import geopandas as gpd

    from frontier_geo.readers.intake import Batch

__all__ = ["import_events", "restricted_sources", "told_of_restricted"]


def import_events(
    data: Any,
    output: str | Path,
    *,
    rejected: str | Path | None = None,
    duplicates: str | Path | None = None,
    outside: str | Path | None = None,
    include_restricted: bool = False,
    lossless: bool = False,
    progress: Callable[[int, int], None] | None = None,
    **request: Any,
) -> dict[str, Any]:
    """
    Read incidents from files and write the event table, with bounded memory.

    Parameters
    ----------
    data : path, str, DataFrame or a list of these
        As in `read_events`.
    output : path
        Where the event table goes: .gpkg, .parquet, .geojson, .fgb or .csv. If no row is accepted
        there is none: a file that stands there stays as it is.
    rejected, duplicates, outside : path, optional
        CSV files for the rows that are not in the event table.
    include_restricted : bool, default False
        Whether rows whose licence forbids passing them on may go into a public format. The files of
        rows that are not in the event table take them always: they go back to whom they came from.
    lossless : bool, default False
        Whether every row must go into one of the files that were named.
    progress : callable, optional
        Called with how much has been read, and how much there is (0: unknown).
    **request
        As in `read_events`: ``source, mapping, region, period, countries, strict`` and so on.

    Returns
    -------
    dict
        ``counts`` (rows, accepted, rejected, duplicates, outside), ``about`` and ``summary``, which
        also says which of the files hold rows that may not be passed on.

    Raises
    ------
    FrontierGeoError
        As in `read_events` and `write_events`; a `RowError` if `lossless` and a row would go into no
        file. The files are then as they were before.

    Notes
    -----
    All files are written beside their targets. When every one is complete and on the disk, they are
    moved into place one after another, the event table last: whoever kills the process just then may
    find the new rejected rows beside the old event table, but no file that is cut short.
    Rows are written as they come when each file is of one type throughout (CSV, GeoParquet, layers) and
    all of them have the same columns; otherwise the accepted rows are held in memory.

    Examples
    --------
    >>> import tempfile
    >>> table = "lat,lon,date_start\\n37.49,71.55,2025-06-30\\nfar,71.6,2025-07-01\\n"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "mine.csv").write_text(table)
    ...     done = import_events(Path(folder, "mine.csv"), Path(folder, "incidents.csv"))
    >>> done["counts"]["accepted"], done["counts"]["rejected"]
    (1, 1)
    """
    job = Job(data, **request)
    apart = {"rejected": rejected, "duplicates": duplicates, "outside": outside}
    named = {word: Path(path) for word, path in apart.items() if path is not None}
    _check_targets({"output": output, **named}, data)
    lost = _Lost(set(apart) - set(named) if lossless else set())
    restricted: dict[Path, list[str]] = {}
    with ExitStack() as stack:
        # The table of incidents is entered first, so it is moved into place last.
        events = stack.enter_context(EventWriter(output, include_restricted=include_restricted))
        columns = job.raw_columns()
        rows = {
            word: stack.enter_context(_RowWriter(path, word, columns))
            for word, path in named.items()
        }
        held: list[gpd.GeoDataFrame] = []
        at_once = job.can_stream()
        with ThreadPoolExecutor(1) as pool:  # writes one batch while the next one is read
            written: Future[None] | None = None
            for batch in job.batches(progress):
                lost.look_at(batch)
                for word, writer in rows.items():
                    table = getattr(batch, word)
                    writer.write(table)
                    found = restricted_sources(table, job.about()) if len(table) else []
                    if found:
                        names = restricted.setdefault(named[word], [])
                        names += [name for name in found if name not in names]
                if not at_once:
                    held.append(batch.accepted)
                    continue
                if written is not None:
                    written.result()
                written = pool.submit(events.write, batch.accepted)
            if written is not None:
                written.result()
        lost.refuse()
        if not job.counts()["accepted"]:
            events.discard()
        elif held:
            events.write(joined_events(held))
        # Every file is complete before the first is moved.
        events.finish()
        for writer in rows.values():
            writer.finish()
        for path in (output, *named.values()):
            check_target(path)
    summary = "\n".join([job.summary(), *told_of_restricted(restricted)])
    return {"counts": job.counts(), "about": job.about(), "summary": summary}


def restricted_sources(rows: pd.DataFrame, about: dict[str, Any]) -> list[str]:
    """
    Name the sources of rows that may not be passed on.

    Parameters
    ----------
    rows : DataFrame
        Rows set apart, as they came: `rejected`, `duplicates` or `outside` of a `ReadResult`.
    about : dict
        `about` of that result, which says of what source each file is.
    """
    bound = {each.name for each in LICENCES.values() if each.restricted}
    told = {each["name"]: each["source"] for each in about["files"] if each["source"] in bound}
    known = rows["file"].isin(list(told))
    names = {told[file] for file in rows.loc[known, "file"].unique()}
    signs = rows[~known].copy()
    for column in {"source", "licence"} & set(signs.columns):  # which may hold anything
        signs[column] = signs[column].map(str, na_action="ignore")
    others = signs[restricted_rows(signs)]
    if len(others):
        names |= {each["source"] for each in sources_of(others)} & bound or {"a restricted source"}
    return sorted(names)


def told_of_restricted(restricted: Mapping[Path, list[str]]) -> list[str]:
    """
    Return what to tell people of files with rows that may not be passed on, a line each.

    Examples
    --------
    >>> told_of_restricted({Path("rejected.csv"): ["ACLED"]})
    ['rejected.csv holds rows of ACLED, which may not be passed on.']
    """
    return [
        f"{path.name} holds rows of {' and '.join(names)}, which may not be passed on."
        for path, names in restricted.items()
    ]


class _Lost:
    """
    Notes the rows that would go into no file.

    Parameters
    ----------
    words : set of str
        The tables whose rows have none: rejected, duplicates or outside.
    """

    def __init__(self, words: set[str]) -> None:
        self._rows = dict.fromkeys(sorted(words), 0)
        self._first: dict[str, str] = {}

    def look_at(self, batch: Batch) -> None:
        """Take note of a batch."""
        for word in self._rows:
            table = getattr(batch, word)
            if len(table):
                self._rows[word] += len(table)
                self._first.setdefault(word, _told(table.iloc[0], word))

    def refuse(self) -> None:
        """Raise if there are any, with how many and the first of each kind."""
        kinds = {"rejected": "rejected", "duplicates": "duplicate", "outside": "outside"}
        found = [
            f"{self._rows[word]:,} {kinds[word]} ({first})" for word, first in self._first.items()
        ]
        if found:
            raise RowError(
                f"Every row must go into a file, but some would go into none: {'; '.join(found)}. Mend "
                "them, or import the file: that sets such rows aside."
            )


def _told(row: pd.Series, word: str) -> str:
    """Return which row it is, and what is the matter with it."""
    where = f"{row['file']}, row {row['row_number']}"
    if word == "duplicates":
        return f"{where} repeats {row['repeats_file']}, row {row['repeats_row']}"
    return f"{where}: {row['reason']}"


class _RowWriter:
    """
    Writes rows that are not among the incidents to a CSV file, safe to open in a spreadsheet.

    Parameters
    ----------
    path : Path
        The file; it is moved into place when the ``with`` block ends.
    word : str
        Which table: rejected, duplicates or outside.
    columns : list of str
        Columns of the files the rows come from. What a row has beyond them goes into `row`, as JSON.
    """

    def __init__(self, path: Path, word: str, columns: list[str]) -> None:
        self._path = path
        about = ["column", "value", "reason"]
        if word == "duplicates":
            about = ["repeats_file", "repeats_row", "event_id", "differs"]
        self._columns = list(dict.fromkeys(["file", "row_number", *about, *columns, "row"]))
        self._stage: AbstractContextManager[Path] | None = None
        self._part = Path()
        self._started = False

    def __enter__(self) -> _RowWriter:
        self._stage = staged(self._path)
        self._part = self._stage.__enter__()
        return self

    def write(self, rows: pd.DataFrame) -> None:
        """Take some rows."""
        if self._started and rows.empty:
            return
        known = [name for name in rows.columns if name in self._columns]
        beyond = [name for name in rows.columns if name not in self._columns]
        table = rows[known].copy()
        if beyond:
            extra = [json_text(plain(row)).strip() for row in rows[beyond].to_dict("records")]
            table["row"] = extra
        text = csv_text(table.reindex(columns=self._columns), header=not self._started)
        with writing_to(self._path), self._part.open("a", encoding="utf-8", newline="") as file:
            file.write(text)
        self._started = True

    def finish(self) -> None:
        """Complete the file, but leave it beside its target."""
        if not self._started:
            self.write(pd.DataFrame(columns=self._columns))
        with writing_to(self._path):
            flush(self._part)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stage, self._stage = self._stage, None
        if stage is not None:
            stage.__exit__(kind, error, trace)


def _check_targets(targets: dict[str, str | Path], data: Any) -> None:
    """Refuse two outputs in one file, and an output that is an input."""
    given = data if isinstance(data, list | tuple) else [data]
    inputs = [each for each in given if isinstance(each, str | Path) and "://" not in str(each)]
    for path in targets.values():
        refuse_inputs(check_target(path), inputs)
    refuse_same(targets)
