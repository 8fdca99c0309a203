"""Which rows have been seen before, of more rows than a dictionary could hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["SeenRows"]


MOST_MERGED = 1_000_000  # rows


class SeenRows:
    """
    The keys of all rows seen so far, and the row in which each came first.

    Sorted runs of 128-bit hashes, merged as they grow: 36 bytes a row, whatever the keys are.
    """

    def __init__(self) -> None:
        self._runs: list[_Run] = []

    def meet(
        self,
        keys: NDArray[np.uint64],
        rows: NDArray[np.int64],
        file: int,
        content: NDArray[np.uint64],
        known: NDArray[np.bool_],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """
        Look rows up, then remember those that are new.

        Returns
        -------
        first_file, first_row : ndarray of int64
            Where each was seen first; row 0 where it is new or has no key.
        same : ndarray of bool
            Whether the content of that row was the same.
        """
        first_file = np.zeros(len(rows), dtype=np.int64)
        first_row = np.zeros(len(rows), dtype=np.int64)
        same = np.ones(len(rows), dtype=bool)
        within = _Run.of(keys[known], rows[known], file, content[known])
        # Keys in order are found fast, and mostly none has been seen.
        if len(within) == known.sum() and not any(
            run.find(within.keys)[1].any() for run in self._runs
        ):
            self._add(within)
            return first_file, first_row, same
        for run in (*self._runs, within):
            at, hit = run.find(keys)
            hit &= known & (first_row == 0)
            if run is within:
                hit &= run.rows[at] != rows if len(run) else False
            first_file[hit], first_row[hit] = run.files[at[hit]], run.rows[at[hit]]
            same[hit] = run.content[at[hit]] == content[hit]
        new = known & (first_row == 0)
        fresh = within if new.all() else _Run.of(keys[new], rows[new], file, content[new])
        self._add(fresh)
        return first_file, first_row, same

    def _add(self, run: _Run) -> None:
        self._runs.append(run)
        # Merging needs the room of both runs again, so large ones stay apart.
        while len(self._runs) > 1 and len(self._runs[-2]) <= min(
            2 * len(self._runs[-1]), MOST_MERGED
        ):
            last, before = self._runs.pop(), self._runs.pop()
            self._runs.append(before.merged(last))


@dataclass(frozen=True)
class _Run:
    """Keys in order, each once, with the row in which it came first."""

    keys: NDArray[np.uint64]
    rows: NDArray[np.int64]
    files: NDArray[np.int32]
    content: NDArray[np.uint64]

    @classmethod
    def of(
        cls,
        keys: NDArray[np.uint64],
        rows: NDArray[np.int64],
        file: int,
        content: NDArray[np.uint64],
    ) -> _Run:
        files = np.full(len(rows), file, dtype=np.int32)
        return cls(keys, rows, files, content)._in_order()

    def __len__(self) -> int:
        return len(self.rows)

    def find(self, keys: NDArray[np.uint64]) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Return where keys stand, and whether they are there."""
        at = np.searchsorted(self.keys[:, 0], keys[:, 0])
        at[at == len(self)] = 0
        if not len(self):
            return at, np.zeros(len(keys), dtype=bool)
        return at, (self.keys[at] == keys).all(axis=1)

    def merged(self, other: _Run) -> _Run:
        """Return the keys of both; `other` came later."""
        return _Run(
            np.concatenate([self.keys, other.keys]),
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.files, other.files]),
            np.concatenate([self.content, other.content]),
        )._in_order()

    def _in_order(self) -> _Run:
        # Stable, so that of equal keys the one that came first stays first; two sorted halves are
        # merged in one pass.
        order = np.argsort(self.keys[:, 0], kind="stable")
        keys = self.keys[order]
        first = np.ones(len(keys), dtype=bool)
        first[1:] = (keys[1:] != keys[:-1]).any(axis=1)
        order = order[first]
        return _Run(self.keys[order], self.rows[order], self.files[order], self.content[order])
