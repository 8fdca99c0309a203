"""
Reading a large CSV file in UCDP's columns, checking every row, and writing GeoParquet.

Run: ``python -m benchmarks.reading [--rounds 3] [--quick]``. Beside it what people write by hand:
pandas.read_csv, points, to_parquet, without any check. Both run in processes of their own, by turns.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.command import children_s, seconds_and_memory
from benchmarks.harness import (
    Benchmark,
    Options,
    Run,
    Section,
    Table,
    Way,
    alone,
    measure_all,
    run_child,
    timing_rows,
)

ROWS = 1_000_000
OURS, BY_HAND = "frontier_geo import_events", "pandas by hand, unchecked"
COLUMNS = (
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,"
    "conflict_name,dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,"
    "side_b_dset_id,side_b_new_id,side_b,number_of_sources,source_article,source_office,source_date,"
    "source_headline,source_original,where_prec,where_coordinates,where_description,adm_1,adm_2,"
    "latitude,longitude,geom_wkt,priogrid_gid,country,country_id,region,event_clarity,date_prec,"
    "date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,low,gwnoa,gwnob"
)


def make_file(path: Path, rows: int, seed: int = 20250630) -> None:
    """Write invented events in UCDP's columns: about 700 bytes a row, one in a thousand unusable."""
    rng = np.random.default_rng(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(COLUMNS + "\r\n")
        for begin in range(0, rows, 50_000):
            n = min(50_000, rows - begin)
            lon, lat = rng.uniform(67, 75, n), rng.uniform(36, 39, n)
            day = np.datetime64("1990-01-01") + rng.integers(0, 12_900, n)
            best, prec = rng.integers(0, 30, n), rng.integers(1, 8, n)
            date_prec, kind = rng.integers(1, 6, n), rng.integers(1, 4, n)
            place = rng.integers(0, 20_000, n)
            bad = rng.random(n) < 0.001
            lines = []
            for k in range(n):
                number = begin + k
                where = "far away" if bad[k] else f"{lat[k]:.6f}"
                lines.append(
                    f"{number},AFG-{day[k]}-{number},{str(day[k])[:4]},1,Clear,{kind[k]},333,333,"
                    f"Invented: Government,724,724,Invented side A - Invented side B,130,130,Invented "
                    f'side A,303,303,Invented side B,2,"Invented agency,{day[k]},Invented headline of '
                    f"a report that somebody might have written on this day, with a comma;Other "
                    f'invented agency,{day[k]},Another headline",Invented agency,{day[k]},Invented '
                    f"headline of a report,Invented officer,{prec[k]},Invented place {place[k]},"
                    f"Invented place {place[k]} in a district,Invented province,Invented district,"
                    f"{where},{lon[k]:.6f},POINT ({lon[k]:.6f} {lat[k]:.6f}),181922,Afghanistan,700,"
                    f"Asia,1,{date_prec[k]},{day[k]} 00:00:00.000,{day[k]} 00:00:00.000,0,{best[k]},0,"
                    f"0,{best[k]},{best[k] + 2},{best[k] // 2},700,"
                )
            file.write("\r\n".join(lines) + "\r\n")


def ours(source: str, target: str) -> int:
    """Read, check and write with the library."""
    from frontier_geo._console import progress
    from frontier_geo.importing import import_events

    with progress("Reading") as update:
        done = import_events(source, target, rejected=target + ".rejected.csv", progress=update)
    return int(done["counts"]["rows"])


def by_hand(source: str, target: str) -> int:
    """Read and write as in a notebook: nothing is checked."""
    import geopandas as gpd
    import pandas as pd

    table = pd.read_csv(source, low_memory=False)
    table["latitude"] = pd.to_numeric(table["latitude"], errors="coerce")
    points = gpd.points_from_xy(table["longitude"], table["latitude"])
    gpd.GeoDataFrame(table, geometry=points, crs=4326).to_parquet(target)
    return len(table)


def makers(source: Path, n: int, runs: dict[str, list[Run]]) -> dict[str, Callable[[], Way]]:
    """Return both, each a process of its own."""

    def make(name: str, function: str) -> Way:
        target = source.with_suffix(".parquet")
        code = (
            f"from benchmarks import reading; reading.{function}({str(source)!r}, {str(target)!r})"
        )

        def work() -> None:
            runs.setdefault(name, []).append(run_child(["-c", code]))

        return Way(name, work, n, children_s)

    return {OURS: lambda: make(OURS, "ours"), BY_HAND: lambda: make(BY_HAND, "by_hand")}


def measure(options: Options) -> Section:
    """Let both take turns on the same file."""
    n, runs = options.size(ROWS), {}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "GEDEvent_v25_1.csv"
        make_file(source, n)
        size = source.stat().st_size / 1e6
        timings, _ = measure_all(makers(source, n, runs), options.rounds)
    more = {name: seconds_and_memory(each, runs.get(name, [])) for name, each in timings.items()}
    rows = timing_rows(timings, OURS, unit=1e-6, more=more)
    head = ["way", "rows", "µs per row", "times ours", "s in all", "wall s", "peak MB"]
    return Section(
        "Reading a large CSV file",
        f"{n:,} rows, {len(COLUMNS.split(','))} columns, {size:,.0f} MB.",
        tables=[Table(head, rows)],
    )


BENCHMARK = Benchmark("reading", __doc__ or "", measure, rounds=3)

if __name__ == "__main__":
    sys.exit(alone(BENCHMARK))
