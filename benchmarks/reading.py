"""
Reading a large CSV file in UCDP's columns, checking every row, and writing GeoParquet.

    python benchmarks/reading.py [ROWS] [REPEATS]

Beside it what people write by hand: pandas.read_csv, points, to_parquet, without any check. Both run
in a process of their own, in turns; printed are the medians, rows a second, and the peak of memory.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROWS = 1_000_000
REPEATS = 3
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


def measure(name: str, source: Path, target: Path) -> dict[str, float]:
    """Run one of the two in a new process; return seconds, rows a second, and peak memory."""
    command = [sys.executable, __file__, "--one", name, str(source), str(target)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(rows: int = ROWS, repeats: int = REPEATS) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "GEDEvent_v25_1.csv"
        make_file(source, rows)
        size = source.stat().st_size / 1e6
        print(f"{rows:,} rows, 49 columns, {size:,.0f} MB; medians of {repeats}")
        results: dict[str, list[dict[str, float]]] = {"frontier_geo": [], "pandas by hand": []}
        for _ in range(repeats):
            for name in results:
                results[name].append(measure(name, source, Path(folder) / "out.parquet"))
        for name, runs in results.items():
            seconds = statistics.median(run["seconds"] for run in runs)
            peak = max(run["peak_mb"] for run in runs)
            print(
                f"{name:<16} {rows / seconds:>10,.0f} rows/s {seconds:>7.1f} s {peak:>7,.0f} MB peak"
            )


if __name__ == "__main__":
    if "--one" in sys.argv:
        job, given, written = sys.argv[2:5]
        begin = time.perf_counter()
        count = (ours if job == "frontier_geo" else by_hand)(given, written)
        seconds = time.perf_counter() - begin
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "rows": count, "peak_mb": peak_mb}))
    else:
        main(*(int(word) for word in sys.argv[1:3]))
