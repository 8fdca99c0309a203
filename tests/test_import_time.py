"""
What is loaded when: importing the library and asking for help must not wait for the heavy parts.

Seconds depend on the machine, so none are asserted here; `benchmarks/startup.py` measures them.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import frontier_geo

#: What no one waits for who only imports the library or asks how a command is called.
HEAVY = {
    "branca", "folium", "geopandas", "jinja2", "mapclassify", "matplotlib", "numba", "numpy",
    "pandas", "pyarrow", "pyogrio", "pyproj", "requests", "scipy", "shapely", "sklearn",
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


def top_level(modules: set[str]) -> set[str]:
    return {name.split(".")[0] for name in modules}


BARE = top_level(loaded_after("pass"))  # what start-up files of an environment load of their own


def test_importing_the_library_loads_nothing_heavy():
    """The public names are imported when first used."""
    loaded = loaded_after("import frontier_geo")
    assert "frontier_geo" in loaded
    assert (top_level(loaded) - BARE) & HEAVY == set()
    assert "frontier_geo.datasets" not in loaded


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
        code = (
            f"import sys\nsys.argv = ['frontier-geo', {word!r}]\nfrom frontier_geo.cli import main\n"
            "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        )
        loaded = loaded_after(code)
        assert "frontier_geo.cli" in loaded
        assert (top_level(loaded) - BARE) & HEAVY == set(), word
