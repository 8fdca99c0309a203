"""
Kill processes while they write, many times, and look at what they leave.

Run as a program: ``killing.py FOLDER ROUNDS``. For each format a process writes one of two tables
after the other onto the same file; it is killed at a random moment, and the file must be one of the
two. Prints a JSON object with what was found.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
import time
from pathlib import Path

import geopandas as gpd
import pyogrio

from frontier_geo import load_events
from frontier_geo.writers import write_events

SUFFIXES = (".parquet", ".csv", ".geojson", ".fgb", ".gpkg")


def content(path: Path) -> object:
    """Return what a file holds, such that a broken one cannot pass for a whole one."""
    if path.suffix != ".gpkg":  # same bytes every time
        return path.read_bytes()
    with contextlib.closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    return pyogrio.read_arrow(path)[1].to_pylist()  # a GeoPackage holds the hour it was written


def killed_while_writing(path: Path, tables: list[gpd.GeoDataFrame], wait: float) -> bool:
    """Let a process write until it is killed; return whether it was in the middle of it."""
    process = os.fork()
    if process == 0:
        with contextlib.suppress(BaseException):
            while True:
                for table in tables:
                    write_events(table, path)
        os._exit(1)
    time.sleep(wait)
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    assert os.WIFSIGNALED(status), f"the writer of {path.name} ended by itself: {status}"
    return any(each.name.endswith(".part") for each in path.parent.iterdir())


def main(folder: Path, rounds: int) -> dict[str, object]:
    """Return how often was killed, how often in the middle, and what was not right."""
    moments = random.Random(20261123)
    events = load_events()
    tables = [events.iloc[:60], events.iloc[60:]]
    told: dict[str, object] = {"kills": 0, "in_the_middle": 0, "broken": [], "left": []}
    for suffix in SUFFIXES:
        path = folder / f"events{suffix}"
        whole = [content(write_events(table, path)) for table in tables]
        for _ in range(rounds):
            told["in_the_middle"] += killed_while_writing(path, tables, moments.uniform(0, 0.08))
            told["kills"] += 1
            if content(path) not in whole:
                told["broken"].append(suffix)
            told["most_left"] = max(
                told.get("most_left", 0), sum(each != path for each in folder.iterdir())
            )
        write_events(tables[0], path)
        told["left"] += [each.name for each in folder.iterdir() if each != path]
        path.unlink()
    return told


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
