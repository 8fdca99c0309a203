"""Every block of code in the documentation runs, in its order, as a reader would run it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import frontier_geo as fg

from .conftest import BROWSERS
from .docs_helpers import ROOT, Block, blocks, made_pages, pages

PAGES = pages()
FILES = Path(__file__).parent / "readers" / "files"
#: Run as one script, with clusters of processes, by tests/test_distributed.py.
ELSEWHERE = {"docs/large-data.md"}
#: How many blocks of a page are not run. Each has its reason above it; a new one must be entered here.
NOT_RUN = {
    "docs/decisions/0011-the-same-incident-twice.md": 1,  # needs a file that was not to be had
    "docs/index.md": 1,  # installs
    "docs/tutorial.md": 1,  # installs
    "docs/how-to/add-a-gazetteer.md": 1,  # fetches 200 MB
    "docs/how-to/report.md": 1,  # runs in the README
    "docs/how-to/restricted-sources.md": 1,  # needs a token
}
#: Lines of the files at the top of the project that are not run, and why.
LINES_NOT_RUN = {
    "README.md": {
        "python tools/fresh.py": "installs everything anew; it is how these tests are run",
        "frontier-geo fetch": "needs an access token",
        "frontier-geo gazetteer build": "needs 200 MB of the network",
    },
    "CONTRIBUTING.md": {
        "python -m venv": "makes an environment",
        "source ": "enters that environment",
        "pip install": "installs",
        "pre-commit install": "changes the repository's hooks",
        "python -m pytest": "runs these tests",
        "python tools/mutations.py": "takes minutes; tests/test_mutations.py runs some",
        "python tools/fresh.py": "runs these tests",
        "python tools/build_docs.py": "serves until stopped, and runs the notebooks",
        "python tools/build_gallery.py": "writes into the tree; tests/test_docs_made.py draws one",
    },
}

#: What needs a browser of the machine.
TO_PDF = (" --pdf report.pdf", " --output report.pdf")

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")


def runnable(name: str) -> list[Block]:
    """Return the blocks of a page that run, without the lines that do not."""
    left_out = LINES_NOT_RUN.get(name, {})
    found = []
    for block in blocks(PAGES[name]):
        if block.kind == "shown" or block.reason:
            continue
        text = block.text
        if block.kind == "shell":
            kept = [x for x in text.splitlines() if not x.startswith(tuple(left_out))]
            text = "\n".join(kept)
            if not any(map(shutil.which, BROWSERS)):
                for words in TO_PDF:
                    text = text.replace(words, "")
        if text.strip():
            found.append(replace(block, text=text))
    return found


WITH_CODE = [name for name in PAGES if name not in ELSEWHERE and runnable(name)]


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """Return the environment of a shell in which `frontier-geo` is this library."""
    folder = tmp_path_factory.mktemp("bin")
    command = folder / "frontier-geo"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m frontier_geo "$@"\n')
    command.chmod(0o755)
    (folder / "python").symlink_to(sys.executable)
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(folder), os.environ["PATH"]]),
        "PYTHONPATH": str(Path(fg.__file__).parents[1]),
        "COLUMNS": "120",
    }


def files_of_the_readme(folder: Path) -> dict[str, object]:
    """Make the files that the README calls the reader's own; return the names it takes for granted."""
    own = pd.DataFrame(
        {
            "event_id": ["a", "b"],
            "date_start": ["2025-03-01", "2025-04-12"],
            "event_type": ["clash", "seizure"],
            "lon": [71.55, 69.45],
            "lat": [37.49, 37.18],
            "place": ["near Kishty village", "Hamadoni district"],
        }
    )
    own.to_csv(folder / "mine.csv", index=False)
    own.to_excel(folder / "our_list.xlsx", index=False)
    own.to_csv(folder / "reports.csv", index=False)
    own[["lon", "lat"]].to_parquet(folder / "big.parquet")
    shutil.copy(FILES / "acled" / "since_2023.csv", folder / "acled.csv")
    shutil.copy(FILES / "acled" / "since_2023.csv", folder / "export.csv")
    with zipfile.ZipFile(folder / "ged251-csv.zip", "w") as archive:
        archive.write(FILES / "ucdp" / "GEDEvent_v25_1.csv", "GEDEvent_v25_1.csv")
    return {"reports": own}  # a table, in the block on places


@pytest.mark.slow
@pytest.mark.parametrize("name", WITH_CODE)
def test_the_code_of_a_page_runs(name, shell, tmp_path, monkeypatch):
    """Python in one namespace, the shell between, all in one empty folder."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__page__"}
    if name == "README.md":
        names |= files_of_the_readme(tmp_path)
    for block in runnable(name):
        where = f"{name}, block at line {block.line}"
        if block.kind == "python":
            with warnings.catch_warnings():
                warnings.simplefilter("default")  # what a page is warned of is part of it
                try:
                    exec(compile(block.text, where, "exec"), names)
                except Exception as error:
                    raise AssertionError(f"{where}: {type(error).__name__}: {error}") from error
            continue
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text], cwd=tmp_path, env=shell,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        told = f"{where}: {block.text}\n{done.stdout}{done.stderr}"
        assert done.returncode == block.code, told


def test_no_block_is_left_out_silently():
    """Those that do not run say why, and are as many as are known here."""
    left_out = {
        name: [block for block in blocks(text) if block.reason] for name, text in PAGES.items()
    }
    assert {name: len(found) for name, found in left_out.items() if found} == NOT_RUN
    assert all(len(block.reason) > 15 for found in left_out.values() for block in found)
    for name in ELSEWHERE:
        page = Path(name).name
        assert page in (ROOT / "tests" / "test_distributed.py").read_text(encoding="utf-8")
    for name, lines in LINES_NOT_RUN.items():
        told = [line for block in blocks(PAGES[name]) for line in block.text.splitlines()]
        assert all(any(line.startswith(start) for line in told) for start in lines), name


def test_made_pages_hold_no_code_of_their_own(tmp_path, monkeypatch):
    """But the one on citing, which runs here; what they take from files is tested with those."""
    monkeypatch.chdir(tmp_path)
    written = {block.text for text in PAGES.values() for block in blocks(text)}
    for name, text in made_pages().items():
        new = [b for b in blocks(text) if b.kind != "shown" and b.text not in written]
        if name != "citing.md":
            assert new == [], name
            continue
        assert [block.kind for block in new] == ["python"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(new[0].text, {})
