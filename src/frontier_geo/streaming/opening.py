"""From a path to the source that reads it."""

from __future__ import annotations

from pathlib import Path

from frontier_geo.streaming.sources import CHUNK_ROWS, ParquetSource, Source, files_of, kind_of

__all__ = ["open_source"]


def open_source(path: str | Path, *, chunk_rows: int | None = None) -> Source:
    """
    Open a file or a folder of files.

    Parameters
    ----------
    path : str or Path
        A Parquet or GeoParquet file, a CSV or TSV file (also packed, .gz or .zip), or a folder of
        files of one of these formats, which are taken in the order of their names.
    chunk_rows : int, optional
        Rows held at once. Default: 131,072.

    Returns
    -------
    Source

    Raises
    ------
    DataFileError
        If there is no such file, or it cannot be read.
    ColumnError
        If the files of a folder have different columns.
    """
    files = files_of(Path(path))
    rows = CHUNK_ROWS if chunk_rows is None else chunk_rows
    if kind_of(files[0]) == "parquet":
        return ParquetSource(files, rows)
    from frontier_geo.streaming.csv_source import CsvSource

    return CsvSource(files, rows)
