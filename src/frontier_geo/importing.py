"""Files of incidents → one file of the event table, a chunk at a time, and a file of what was refused."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from frontier_geo._files import check_target, csv_text, json_text, plain, refuse_inputs, staged
from frontier_geo.errors import ParameterError
from frontier_geo.readers.reading import Job, joined_events
from frontier_geo.writers import EventWriter

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["import_events"]


def import_events(
    data: Any,
    output: str | Path,
    *,
    rejected: str | Path | None = None,
    duplicates: str | Path | None = None,
    outside: str | Path | None = None,
    include_restricted: bool = False,
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
        Where the event table goes: .gpkg, .parquet, .geojson, .fgb or .csv.
    rejected, duplicates, outside : path, optional
        CSV files for the rows that are not in the event table.
    include_restricted : bool, default False
        Whether rows whose licence forbids passing them on may go into a public format.
    progress : callable, optional
        Called with how much has been read, and how much there is (0: unknown).
    **request
        As in `read_events`: ``source, mapping, region, period, countries, strict`` and so on.

    Returns
    -------
    dict
        ``counts`` (rows, accepted, rejected, duplicates, outside), ``about`` and ``summary``.

    Raises
    ------
    FrontierGeoError
        As in `read_events` and `write_events`. The files are then as they were before.

    Notes
    -----
    All files are written beside their targets and moved into place at the end, the event table last.
    Rows are written as they come when each file is of one type throughout (CSV, GeoParquet, layers) and
    all of them have the same columns; otherwise the accepted rows are held in memory.
    """
    job = Job(data, **request)
    apart = {"rejected": rejected, "duplicates": duplicates, "outside": outside}
    _check_targets(output, apart, data)
    with ExitStack() as stack:
        # The table of incidents is entered first, so it is moved into place last.
        events = stack.enter_context(EventWriter(output, include_restricted=include_restricted))
        columns = job.raw_columns()
        rows = {
            word: stack.enter_context(_RowWriter(Path(path), word, columns))
            for word, path in apart.items()
            if path is not None
        }
        held: list[gpd.GeoDataFrame] = []
        at_once = job.can_stream()
        with ThreadPoolExecutor(1) as pool:  # writes one batch while the next one is read
            written: Future[None] | None = None
            for batch in job.batches(progress):
                for word, writer in rows.items():
                    writer.write(getattr(batch, word))
                if not at_once:
                    held.append(batch.accepted)
                    continue
                if written is not None:
                    written.result()
                written = pool.submit(events.write, batch.accepted)
            if written is not None:
                written.result()
        if held:
            events.write(joined_events(held))
    return {"counts": job.counts(), "about": job.about(), "summary": job.summary()}


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
        text = csv_text(table.reindex(columns=self._columns))
        if self._started:
            text = text.split("\n", 1)[1]  # the header stands already
        with self._part.open("a", encoding="utf-8", newline="") as file:
            file.write(text)
        self._started = True

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        stage, self._stage = self._stage, None
        if stage is None:
            return
        if error is None and not self._started:
            with self._part.open("w", encoding="utf-8", newline="") as file:
                file.write(",".join(self._columns) + "\n")
        stage.__exit__(kind, error, trace)


def _check_targets(output: str | Path, apart: dict[str, str | Path | None], data: Any) -> None:
    """Refuse two outputs in one file, and an output that is an input."""
    targets = [check_target(output), *(check_target(p) for p in apart.values() if p is not None)]
    given = data if isinstance(data, list | tuple) else [data]
    inputs = [each for each in given if isinstance(each, str | Path) and "://" not in str(each)]
    for target in targets:
        refuse_inputs(target, inputs)
    if len(set(targets)) < len(targets):
        raise ParameterError("Each output needs a file of its own, but one is named twice.")
