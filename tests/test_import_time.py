"""
What is loaded when: importing the library and asking for help must not wait for the heavy parts.

Seconds depend on the machine: `benchmarks/startup.py` measures them, and here only what was promised of
the import is asserted, of which it takes a few hundredths.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import frontier_geo

#: What no one waits for who only imports the library or asks how a command is called.
HEAVY = {
    "branca", "dask", "distributed", "folium", "geopandas", "jinja2", "mapclassify", "matplotlib",
    "numba", "numpy", "pandas", "pyarrow", "pyogrio", "pyproj", "requests", "scipy", "shapely", "sklearn",
    "statsmodels", "xyzservices",
}  # fmt: skip

REPORT = "\nimport json, sys\nprint('LOADED', json.dumps(sorted(sys.modules)))"


def loaded_after(code: str) -> set[str]:
    """Run code in a fresh interpreter; return the names of all modules it has loaded."""
    paths = [str(Path(frontier_geo.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    done = subprocess.run(
        [sys.executable, "-c", code + REPORT],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True, text=True, encoding="utf-8", timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    *_, last = done.stdout.splitlines()
    return set(json.loads(last.removeprefix("LOADED ")))


def of_command(*words: str) -> str:
    """Return code that runs a command of the shell to its end."""
    return (
        f"import sys\nsys.argv = {['frontier-geo', *words]!r}\nfrom frontier_geo.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
    )


def own(modules: set[str]) -> set[str]:
    """Return the library's own modules and subpackages: ``streaming``, not its modules."""
    return {name.split(".")[1] for name in modules if name.startswith("frontier_geo.")}


def top_level(modules: set[str]) -> set[str]:
    return {name.split(".")[0] for name in modules}


BARE = top_level(loaded_after("pass"))  # what start-up files of an environment load of their own


def test_importing_the_library_loads_nothing_heavy():
    """The public names are imported when first used."""
    loaded = loaded_after("import frontier_geo")
    assert own(loaded) == {"_version"}
    assert top_level(loaded) - BARE - set(sys.stdlib_module_names) == {"frontier_geo"}


def test_importing_the_library_takes_less_than_a_second():
    """The best of five, so that what else the machine does is left out."""
    took = (
        "import time; t = time.perf_counter(); import frontier_geo; print(time.perf_counter() - t)"
    )
    paths = [str(Path(frontier_geo.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    seconds = [
        float(
            subprocess.run(
                [sys.executable, "-c", took], env=env, capture_output=True, check=True
            ).stdout
        )
        for _ in range(5)
    ]
    assert min(seconds) < 1.0


def test_the_first_use_loads_what_it_needs_and_no_more():
    """The border needs numpy and pyproj, but no map, no statistics and no plots."""
    loaded = loaded_after("import frontier_geo\nfrontier_geo.load_boundary()")
    assert {"numpy", "pyproj", "frontier_geo.datasets"} <= loaded
    avoidable = {"folium", "branca", "numba", "matplotlib", "statsmodels", "mapclassify"}
    assert (top_level(loaded) - BARE) & avoidable == set()
    assert not [name for name in loaded if name.startswith("scipy.stats")]


def test_analysis_loads_no_map():
    """Segments and places need no drawing library."""
    loaded = loaded_after(
        "import frontier_geo as fg\nfg.locate_events(fg.load_events(), segments=fg.make_segments(n=5))"
    )
    assert "frontier_geo.locating" in loaded
    assert (top_level(loaded) - BARE) & {"folium", "branca", "numba", "matplotlib"} == set()


def test_asking_for_help_loads_nothing_heavy():
    """``--help`` and ``--version`` answer before geopandas and folium would have been loaded."""
    for word in ("--help", "--version"):
        loaded = loaded_after(of_command(word))
        assert "frontier_geo.cli" in loaded
        assert (top_level(loaded) - BARE) & HEAVY == set(), word


#: What a file of points needs: arrays, Parquet and geodesics; all else of HEAVY only costs time.
FOR_POINTS = {"numpy", "pyarrow", "pyproj"}
#: The library's own parts it needs, and those of every command.
PARTS_FOR_POINTS = {
    "_candidates", "_closed_form", "_commands", "_console", "_edges", "_fast", "_files", "_job",
    "_nearest", "_points", "_results", "_shipped", "_sphere_tree", "_summaries", "_validation",
    "_version", "boundary", "chainage", "cli", "cli_borders", "cli_events", "cli_locate", "cli_match",
    "cli_places", "cli_report",
    "cli_statistics", "datasets", "errors", "geodesy", "periods", "segments", "streaming", "tallies",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_locating_a_file_of_points_loads_what_it_needs_and_no_more(kind, tmp_path):
    """``frontier-geo locate`` reads, places and writes without geopandas, shapely and scipy."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    points = pa.table({"lon": [68.0, 71.51, 74.2], "lat": [37.1, 37.49, 37.3]})
    source, target = tmp_path / f"points.{kind}", tmp_path / f"located.{kind}"
    {"parquet": pyarrow.parquet.write_table, "csv": pyarrow.csv.write_csv}[kind](points, source)
    loaded = loaded_after(of_command("locate", str(source), "--output", str(target)))
    assert target.exists()
    assert (top_level(loaded) - BARE) & HEAVY <= FOR_POINTS
    assert own(loaded) <= PARTS_FOR_POINTS


def test_locating_one_point_loads_no_map_and_no_statistics():
    """It looks areas and segments up in tables, and draws nothing."""
    loaded = loaded_after(of_command("locate", "37.49", "71.51"))
    avoidable = {"branca", "dask", "folium", "matplotlib", "numba", "scipy", "statsmodels"}
    assert (top_level(loaded) - BARE) & avoidable == set()
    assert own(loaded) & {"density", "hotspots", "maps", "plots", "scan", "spacetime"} == set()
