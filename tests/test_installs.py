"""
The library works the same from a wheel, an sdist, an editable install and a bare checkout.

The dependencies are those of the running interpreter, so nothing is downloaded but, where it is
not installed, the build backend.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

import frontier_geo as fg

ROOT = Path(__file__).resolve().parents[1]
OFFLINE_BUILD = importlib.util.find_spec("hatchling") is not None
OFFLINE_EDITABLE = OFFLINE_BUILD and importlib.util.find_spec("editables") is not None
#: The project's own licence, that of the data, and those of code it carries along.
LARGEST_WHEEL = 8_000_000  # bytes
LICENCES = ("LICENSE", "data/README.md", "src/frontier_geo/maps/assets/leaflet/LICENSE")

pytestmark = [
    pytest.mark.slow,
    *([] if OFFLINE_BUILD else [pytest.mark.network]),
    pytest.mark.skipif(
        not (ROOT / "pyproject.toml").is_file(), reason="needs the project's tree around the tests"
    ),
]

LEFT_ANYWHERE = shutil.ignore_patterns(
    ".git", ".*_cache", ".hypothesis", ".venv", ".tox", ".nox", ".ipynb_checkpoints", "__pycache__",
    "*.pyc", "*.egg-info", "node_modules",
)  # fmt: skip


def not_the_project(folder: str, names: list[str]) -> set[str]:
    """Leave out what was built; `dist` and `build` only at the top."""
    top = {"dist", "build"} & set(names) if Path(folder) == ROOT else set()
    return top | set(LEFT_ANYWHERE(folder, names))


#: What every way of installing must answer alike. Printed as JSON.
PROBE = """
import json
import frontier_geo as fg
from frontier_geo.datasets import data_folder
located = fg.locate_events(fg.load_events())
print(json.dumps({
    "file": fg.__file__,
    "data": str(data_folder()),
    "answers": {
        "version": fg.__version__,
        "data_version": fg.data_registry()["data_version"],
        "length_km": fg.load_boundary().length_km,
        "natural_earth_km": fg.load_boundary("natural_earth").length_km,
        "areas": fg.load_areas()["area_id"].tolist(),
        "all_areas": len(fg.load_areas("all")),
        "events": len(fg.load_events()),
        "districts": len(fg.load_frontages()),
        "provinces": len(fg.load_frontages("province")),
        "referents": fg.load_referents()["referent_id"].tolist(),
        "placements": located["placement"].value_counts().sort_index().to_dict(),
    },
}))
"""


def run(*words: object, cwd: Path, timeout: float = 600, **more: str) -> str:
    """Run a program outside the tree, with no path to any source; return what it printed."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "FRONTIER_GEO"))}
    done = subprocess.run(
        [*map(str, words)],
        cwd=cwd,
        env={**kept, "PYTHONNOUSERSITE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **more},
        capture_output=True, text=True, encoding="utf-8", timeout=timeout, check=False,
    )  # fmt: skip
    if done.returncode and re.search("(?i)connection|resolution|max retries|offline", done.stderr):
        pytest.skip(f"the build backend cannot be fetched: {done.stderr.strip().splitlines()[-1]}")
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@pytest.fixture(scope="module")
def outside(tmp_path_factory) -> Path:
    """A folder outside the tree, from which everything is run."""
    return tmp_path_factory.mktemp("outside")


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    """A copy of the project's files, which need not be a git repository."""
    copy = tmp_path_factory.mktemp("tree") / "frontier_geo"
    shutil.copytree(ROOT, copy, ignore=not_the_project)
    return copy


@pytest.fixture(scope="module")
def built(tree, outside, tmp_path_factory) -> tuple[Path, Path]:
    """Return the wheel and the sdist; the wheel is built from the sdist, so that is whole too."""
    pytest.importorskip("build", reason="the extra 'test' brings build")
    target = tmp_path_factory.mktemp("dist")
    isolation = ["--no-isolation"] if OFFLINE_BUILD else []
    run(sys.executable, "-m", "build", *isolation, "--outdir", target, tree, cwd=outside)
    (wheel,) = target.glob("*.whl")
    (sdist,) = target.glob("*.tar.gz")
    return wheel, sdist


def new_environment(folder: Path) -> Path:
    """
    Make a virtual environment that sees the dependencies of this one; return its interpreter.

    A line in a .pth file puts them behind the environment's own packages, and the .pth files
    beside them, editable installs among them, are not followed.
    """
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    own = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    others = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (Path(own.strip()) / "dependencies.pth").write_text("\n".join(sorted(others)) + "\n")
    return python


@pytest.fixture(
    scope="module",
    params=[
        "wheel",
        "sdist",
        pytest.param("editable", marks=[] if OFFLINE_EDITABLE else [pytest.mark.network]),
        "checkout",
    ],
)
def installed(request, tmp_path_factory, tree, built, outside):
    """Install in one way; return the way, the interpreter, the command and the package's folder."""
    folder = tmp_path_factory.mktemp(request.param)
    python = new_environment(folder / "env")
    site = Path(
        run(
            python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=outside
        ).strip()
    )
    if request.param == "checkout":
        package, command = tree / "src" / "frontier_geo", [python, "-m", "frontier_geo"]
        return request.param, python, command, package, {"PYTHONPATH": str(tree / "src")}
    wheel, sdist = built
    package = site / "frontier_geo"
    what: list[object] = {"wheel": [wheel], "sdist": [sdist]}.get(request.param, [])
    if request.param == "editable":
        own = folder / "tree"
        shutil.copytree(tree, own)
        what, package = ["--editable", own], own / "src" / "frontier_geo"
    offline = OFFLINE_EDITABLE if request.param == "editable" else OFFLINE_BUILD
    isolation = ["--no-build-isolation"] if offline else []
    run(
        sys.executable, "-m", "pip", "--python", python, "install", "--no-deps",
        "--ignore-installed", "--no-cache-dir", *isolation, *what, cwd=outside,
    )  # fmt: skip
    (command,) = python.parent.glob("frontier-geo*")
    return request.param, python, [command], package, {}


def test_the_package_answers_alike_however_it_is_installed(installed, outside):
    """The same loaders, the same rows; and it is the installed package that answers."""
    way, python, _, package, more = installed
    said = json.loads(run(python, "-c", PROBE, cwd=outside, **more))
    assert Path(said["file"]).resolve() == (package / "__init__.py").resolve()
    data = {"editable": package.parents[1] / "data", "checkout": package.parents[1] / "data"}
    assert Path(said["data"]).resolve() == data.get(way, package / "data").resolve()
    located = fg.locate_events(fg.load_events())
    assert said["answers"] == {
        "version": fg.__version__,
        "data_version": fg.data_registry()["data_version"],
        "length_km": fg.load_boundary().length_km,
        "natural_earth_km": fg.load_boundary("natural_earth").length_km,
        "areas": fg.load_areas()["area_id"].tolist(),
        "all_areas": len(fg.load_areas("all")),
        "events": len(fg.load_events()),
        "districts": len(fg.load_frontages()),
        "provinces": len(fg.load_frontages("province")),
        "referents": fg.load_referents()["referent_id"].tolist(),
        "placements": located["placement"].value_counts().sort_index().to_dict(),
    }
    assert said["answers"]["length_km"] == pytest.approx(1343.956, abs=5e-4)
    assert len(said["answers"]["areas"]) == 8


def test_the_command_works_however_it_is_installed(installed, outside):
    """``frontier-geo locate`` gives the answer of `locate_points`."""
    _, _, command, _, more = installed
    answer = json.loads(run(*command, "locate", 37.49, 71.51, "--json", cwd=outside, **more))
    row = fg.locate_points(71.51, 37.49).iloc[0]
    assert answer["side"] == row["side"]
    assert answer["chainage_km"] == pytest.approx(row["chainage_km"], abs=1e-9)
    assert answer["province"] == fg.locate_areas(71.51, 37.49)["area"].item()


def test_the_map_is_drawn_from_the_wheel_alone(installed, outside, tmp_path):
    """Scripts and styles of the page are inside the package."""
    way, _, command, _, more = installed
    if way != "wheel":
        pytest.skip("once is enough")
    run(*command, "map", "-o", tmp_path / "m.html", cwd=outside, **more)
    assert (tmp_path / "m.html").stat().st_size > 100_000


def contents(archive: Path) -> dict[str, bytes]:
    """Return the files of a wheel or sdist by name; in an sdist without its top folder."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as file:
            return {name: file.read(name) for name in file.namelist() if not name.endswith("/")}
    with tarfile.open(archive) as file:
        return {
            member.name.split("/", 1)[1]: file.extractfile(member).read()
            for member in file.getmembers()
            if member.isfile()
        }


def test_the_wheel_holds_code_data_and_licences_and_nothing_else(built):
    """Every file of the registry is inside; no test, tool or notebook is."""
    assert built[0].stat().st_size <= LARGEST_WHEEL
    files = contents(built[0])
    registry = json.loads(files["frontier_geo/data/registry.json"])
    for path in registry["files"]:
        assert f"frontier_geo/data/{path}" in files, path
    (info,) = {name.split("/")[0] for name in files if ".dist-info/" in name}
    assert {name.split("/")[0] for name in files} == {"frontier_geo", info}
    for licence in LICENCES:
        assert files[f"{info}/licenses/{licence}"].strip(), licence
    assert "frontier_geo/py.typed" in files, "the classifier 'Typing :: Typed' promises it"
    stray = re.compile(
        r"(^|/)(tests?|tools|notebooks|benchmarks|__pycache__)/|test_\w+\.py$|\.ipynb$"
    )
    assert [name for name in files if stray.search(name)] == []
    metadata = message_from_string(files[f"{info}/METADATA"].decode())
    assert metadata["Version"] == fg.__version__
    assert set(metadata.get_all("License-File")) == set(LICENCES)
    assert "frontier-geo = frontier_geo.__main__:main" in files[f"{info}/entry_points.txt"].decode()


def test_the_sdist_holds_what_is_needed_to_build_and_test(built):
    """Source, data, tests and tools, and the licences."""
    files = contents(built[1])
    for name in (*LICENCES, "README.md", "pyproject.toml", "PKG-INFO", "data/registry.json"):
        assert files[name].strip(), name
    for path in json.loads(files["data/registry.json"])["files"]:
        assert f"data/{path}" in files, path
    for name in ("src/frontier_geo/cli.py", "tests/test_installs.py", "tools/build_boundaries.py"):
        assert name in files, name
    assert not [name for name in files if "__pycache__" in name or name.startswith(".git/")]


def test_no_archive_tells_of_the_machine_it_was_built_on(built, tree):
    """No path of a home or working folder, in any file that is shipped."""
    paths = re.compile(
        rb"(?<![\w.:/%~-])/(?:home|Users|root|work|tmp|var/folders)/\w|[A-Z]:\\\\Users"
    )
    for archive in built:
        for name, content in contents(archive).items():
            if name.startswith("tests/"):
                continue  # this file has the pattern in it
            assert str(tree).encode() not in content, name
            found = paths.search(content)
            assert not found, f"{name}: {content[found.start() - 40 : found.end() + 40]!r}"


@pytest.mark.network
def test_one_command_installs_it_with_all_it_needs(built, tmp_path, outside):
    """``pip install`` of the wheel in a new environment: nothing else is set up beforehand."""
    run(sys.executable, "-m", "venv", tmp_path / "env", cwd=outside)
    python = tmp_path / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(python, "-m", "pip", "install", "--quiet", built[0], cwd=outside, timeout=1800)
    run(python, "-m", "pip", "check", cwd=outside)
    said = run(python, "-c", "import frontier_geo as fg; print(len(fg.load_events()))", cwd=outside)
    assert int(said) == len(fg.load_events())
    told = run(python, "-m", "frontier_geo", "map", "--output", tmp_path / "map.html", cwd=outside)
    assert "map.html" in told and (tmp_path / "map.html").stat().st_size > 100_000
