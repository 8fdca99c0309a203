"""CSV files that this library wrote: what protects their cells from spreadsheets is taken away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import shapely

from frontier_geo._files import original_cell, original_cells
from frontier_geo.events import EVENT_COLUMNS
from frontier_geo.readers.problems import Problems
from frontier_geo.readers.source import RawChunk, RawFile

__all__ = ["is_own", "places_of", "unprotected"]


def is_own(columns: Iterable[str]) -> bool:
    """Return whether a table has every column of the event table: then it is one of ours."""
    return set(EVENT_COLUMNS) <= set(columns)


def unprotected(file: RawFile) -> RawFile:
    """Return a CSV file of ours with its cells as they were; any other file as it is."""
    names = tuple(original_cell(name) for name in file.columns)
    if file.kind != "csv" or not is_own(names) or len(set(names)) < len(names):
        return file

    def chunks() -> Iterator[RawChunk]:
        for chunk in file.chunks():
            cells = {
                original_cell(name): original_cells(chunk.cells[name])
                for name in chunk.cells.columns
            }
            yield replace(chunk, cells=pd.DataFrame(cells, index=chunk.cells.index))

    return replace(file, columns=names, chunks=chunks)


def places_of(cells: pd.Series, problems: Problems) -> pd.Series:
    """Return the geometries of WKT; rows in which it cannot be read are refused."""
    shapes = np.full(len(cells), None, dtype=object)
    given = cells.notna().to_numpy(dtype=bool)
    shapes[given] = shapely.from_wkt(cells[given].to_numpy(dtype=object), on_invalid="ignore")
    places = pd.Series(shapes, index=cells.index, dtype=object)
    odd = pd.Series(given & shapely.is_missing(shapes), index=cells.index)
    problems.refuse(odd, str(cells.name), cells, "a geometry in WKT is needed, or an empty cell")
    return places
