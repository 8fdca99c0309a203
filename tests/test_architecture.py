"""
The tree is the architecture: imports go to an equal or lower layer, and never in a circle.

The imports are read from the source, those inside functions as well, so nothing has to run.
"""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import frontier_geo

PACKAGE = "frontier_geo"
SOURCE = Path(frontier_geo.__file__).parent

#: Each module or package may import those with an equal or lower number; see the design.
LAYERS = {
    "errors": 0,
    "_version": 0,
    "_files": 0,
    "_validation": 0,
    "_summaries": 1,
    "periods": 0,
    "geodesy": 1,
    "_fast": 1,
    "_candidates": 1,
    "_closed_form": 1,
    "_edges": 1,
    "_shipped": 1,
    "_countries": 1,
    "_nearest": 1,
    "_sphere_tree": 1,
    "chainage": 1,
    "_lines": 1,
    "line_spread": 1,
    "names": 1,
    "place_words": 1,
    "name_index": 1,
    "boundary": 2,
    "event_schema": 2,
    "read_result": 2,
    "event_types": 2,
    "licences": 2,
    "matching": 3,
    "match_candidates": 3,
    "match_clusters": 3,
    "match_merging": 3,
    "match_rules": 3,
    "match_scores": 3,
    "meltt_rules": 3,
    "events": 2,
    "location_precision": 2,
    "geonames": 2,
    "mentions": 2,
    "resolving": 2,
    "gazetteer": 2,
    "datasets": 3,
    "world": 3,
    "segments": 3,
    "_points": 3,
    "locating": 3,
    "weighting": 3,
    "areas": 3,
    "footing": 3,
    "dividers": 3,
    "relative": 3,
    "reports": 3,
    "geocoding": 3,
    "geocoding_evaluation": 4,
    "selection": 3,
    "places": 3,
    "counting": 3,
    "_results": 3,
    "significance": 1,
    "imputation": 4,
    "rates": 4,
    "series": 4,
    "spacetime": 4,
    "density": 4,
    "hotspots": 4,
    "evaluation": 4,
    "scan": 4,
    "scale": 4,
    "tallies": 4,
    "plots": 5,
    "readers": 5,
    "versions": 5,
    "maps": 5,
    "writers": 5,
    "importing": 6,
    "distributed": 6,
    "streaming": 6,
    "report": 6,
    "_console": 6,
    "_commands": 6,
    "_job": 6,
    "_merging": 2,
    "cli_borders": 7,
    "cli_events": 7,
    "cli_statistics": 7,
    "cli_match": 7,
    "cli_report": 7,
    "cli_locate": 7,
    "cli_places": 7,
    "cli": 7,
    "__main__": 7,
}
MAY_TOUCH_FILES = {"_shipped", "geonames", "_files"}  # in the layers of analysis, 0 to 4
#: What reads bytes already there, or is handed to the modules that do the reading.
READ_THROUGH = {"gazetteer": {"read_csv_table", "read_geonames"}, "datasets": {"read_csv"}}
#: The one module that speaks to servers, for those who ask for it.
MAY_FETCH = "readers.fetching"
LAST_LAYER_OF_ANALYSIS = 4
FILE_CALLS = {
    "open", "read_bytes", "read_text", "write_bytes", "write_text", "unlink", "urlopen", "to_file",
    "to_parquet", "to_pickle", "fromfile", "tofile", "loadtxt", "savetxt", "load", "save",
}  # fmt: skip
#: Libraries that only one module or package may import.
ONLY_IN = {
    "folium": "maps", "branca": "maps", "numba": "_fast", "dask": "distributed",
    "distributed": "distributed",
}  # fmt: skip
NEVER = {
    "urllib.request",
    "http",
    "socket",
    "ssl",
    "ftplib",
    "requests",
    "urllib3",
    "httpx",
    "aiohttp",
}


def module_name(path: Path) -> str:
    """Return the dotted name of a source file below the package, such as ``maps.offline``."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


TREES = {
    module_name(path): (path, ast.parse(path.read_text(encoding="utf-8")))
    for path in sorted(SOURCE.rglob("*.py"))
}
MODULES = sorted(set(TREES) - {"__init__"})  # the top `__init__` imports lazily, by name


def imports_of(name: str) -> dict[str, int]:
    """Return every module a module imports, as full dotted names with the line of the import."""
    path, tree = TREES[name]
    package = [PACKAGE, *name.split(".")]
    if path.name != "__init__.py":
        package.pop()
    found: dict[str, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name: node.lineno for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = package[: len(package) - node.level + 1]
                base = ".".join([*up, base] if base else up)
            found[base] = node.lineno
            # ``from package import module`` names a module too.
            found |= {f"{base}.{alias.name}": node.lineno for alias in node.names}
    return found


def own_imports(name: str) -> dict[str, int]:
    """Return the modules of this package that a module imports, without the package's name."""
    own = {
        full.removeprefix(f"{PACKAGE}."): line
        for full, line in imports_of(name).items()
        if full.startswith(f"{PACKAGE}.")
    }
    return {module: line for module, line in own.items() if module in TREES and module != name}


def calls_of(name: str) -> list[tuple[str, int]]:
    """Return the last name of everything a module calls, with its line."""
    calls = [node for node in ast.walk(TREES[name][1]) if isinstance(node, ast.Call)]
    return [
        (call.func.id if isinstance(call.func, ast.Name) else call.func.attr, call.lineno)
        for call in calls
        if isinstance(call.func, ast.Name | ast.Attribute)
    ]


def layer(name: str) -> int:
    return LAYERS[name.split(".")[0]]


def test_the_source_is_found():
    """Without modules to read, every test below would pass."""
    assert {"cli", "maps", "readers.reading", "locating"} <= set(MODULES)
    assert own_imports("cli").keys() >= {"errors", "datasets", "maps.page", "_job"}


def test_every_module_has_a_layer():
    """A new module is given its place before it is used."""
    homeless = {name.split(".")[0] for name in MODULES} - set(LAYERS)
    assert not homeless, (
        f"Give {', '.join(sorted(homeless))} a layer in LAYERS of {Path(__file__).name}: a number no "
        "lower than the layers it imports and no higher than those that import it."
    )
    gone = set(LAYERS) - {name.split(".")[0] for name in MODULES}
    assert not gone, f"LAYERS names {', '.join(sorted(gone))}, which the package does not hold."


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_to_an_equal_or_lower_layer(name):
    """No arrow points up."""
    if name.split(".")[0] not in LAYERS:
        pytest.skip("has no layer; test_every_module_has_a_layer says so")
    up = {
        f"line {line}: {other} (layer {layer(other)})"
        for other, line in own_imports(name).items()
        if other.split(".")[0] in LAYERS and layer(other) > layer(name)
    }
    assert not up, f"{name} (layer {layer(name)}) imports upwards: {', '.join(sorted(up))}"


def test_no_module_imports_itself_by_a_detour():
    """Within a layer, too, imports never run in a circle; a package and its parts are one another's."""
    graph = {
        name: {other for other in own_imports(name) if not name.startswith(f"{other}.")}
        for name in MODULES
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("These modules import one another in a circle: " + " → ".join(error.args[1]))


@pytest.mark.parametrize("name", MODULES)
def test_heavy_libraries_stay_in_their_place(name):
    """Every analysis runs without folium, numba and dask, and nothing needs a network."""
    foreign = set(imports_of(name))

    def used(names: set[str]) -> set[str]:
        return {f for f in foreign for n in names if f == n or f.startswith(f"{n}.")}

    allowed = {"requests", "urllib3"} if name == MAY_FETCH else set()
    assert used(NEVER) <= allowed, f"{name} must not import {used(NEVER) - allowed}"
    for library, home in ONLY_IN.items():
        if name.split(".")[0] != home:
            assert not used({library}), f"{name} imports {library}; only {home} may"


@pytest.mark.parametrize(
    "name",
    [n for n in MODULES if LAYERS.get(n.split(".")[0], 9) <= LAST_LAYER_OF_ANALYSIS],
)
def test_the_analysis_touches_no_file(name):
    """In the layers 0 to 4 only `_shipped` and `geonames` read and only `_files` writes."""
    if name in MAY_TOUCH_FILES:
        assert {call for call, _ in calls_of(name)} & (FILE_CALLS | {"fdopen"})
        return
    touched = [
        f"line {line}: {call}(…)"
        for call, line in calls_of(name)
        if (call in FILE_CALLS or call.startswith("read_"))
        and call not in READ_THROUGH.get(name, ())
    ]
    assert not touched, f"{name} must not touch files, but does in {', '.join(touched)}"


def test_every_public_name_is_where_the_package_looks_for_it():
    """The lazy table of the package names modules that exist and hold the name."""
    for name, home in frontier_geo._HOMES.items():
        assert home in TREES, f"{name} is looked for in {home}, which does not exist"
        assert getattr(frontier_geo, name) is not None
    assert set(frontier_geo.__all__) == {*frontier_geo._HOMES, "__version__"}
    assert set(frontier_geo.__all__) <= set(dir(frontier_geo))
