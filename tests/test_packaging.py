"""What the package says of itself: dependencies, licences, versions, and what runs before a commit."""

import csv
import json
import re
import tomllib
from pathlib import Path

import pytest

import frontier_geo as fg
from frontier_geo import datasets, versions

ROOT = Path(__file__).resolve().parents[1]
pytestmark = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").is_file(), reason="needs the project's tree around the tests"
)

#: Identifiers of SPDX, as they are written in full or, in rows from elsewhere, with blanks.
LICENCE = re.compile(r"\b(CC0|CC[- ]BY[- ]SA[- ]\d\.\d|CC[- ]BY[- ]\d\.\d|ODbL)\b")
SPDX = {"CC0": "CC0-1.0", "ODbL": "ODbL-1.0"}


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def name_of(requirement: str) -> str:
    return re.split(r"[\[<>=! ]", requirement)[0]


def test_show_versions_tells_of_everything_the_library_uses(project, capsys):
    extras = project["optional-dependencies"]
    used = [*project["dependencies"]]
    for extra in ("plot", "fast", "distributed", "fetch"):
        used += extras[extra]
    assert set(versions.PACKAGES) == {name_of(one) for one in used}
    fg.show_versions()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [*versions.versions()]
    assert lines[0].split()[1] == fg.__version__ and lines[1].split()[1] == datasets.data_version()
    assert len({line.index(line.split(maxsplit=1)[1]) for line in lines}) == 1  # one column


def test_what_is_not_installed_is_called_so(monkeypatch):
    monkeypatch.setattr(versions, "PACKAGES", ("no-such-package-anywhere",))
    assert versions.versions()["no-such-package-anywhere"] == "not installed"


def test_the_licence_names_all_that_code_and_data_are_under(project):
    """Every licence of the registry, and of every row of the tables, is in the expression, no other."""
    said = set(project["license"].split(" AND "))
    files = fg.data_registry()["files"]
    texts = [entry["licence"] for entry in files.values()]
    for path in files:
        if path.endswith(".csv"):
            rows = csv.DictReader((ROOT / "data" / path).read_text(encoding="utf-8").splitlines())
            texts += [row.get("licence") or "" for row in rows]
    texts += [json.dumps(fg.load_events()["licence"].unique().tolist())]
    found = {
        SPDX.get(one, one.replace(" ", "-")) for text in texts for one in LICENCE.findall(text)
    }
    code = {"MIT", "BSD-2-Clause"}  # the library's own, and Leaflet's
    assert said == found | code
    for path in project["license-files"]:
        assert (ROOT / path).is_file()


def test_the_extra_for_tests_holds_every_other_that_is_tested(project):
    extras = project["optional-dependencies"]
    (own,) = [one for one in extras["test"] if one.startswith("frontier-geo[")]
    assert {"distributed", "docs", "fast", "fetch", "plot"} <= set(re.findall(r"[\w-]+", own))
    assert "coverage" in {name_of(one) for one in extras["dev"]}


def test_before_a_commit_ruff_and_mypy_run():
    told = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    for word in ("ruff check", "ruff format", "entry: mypy", "build_page.py --check"):
        assert word in told
