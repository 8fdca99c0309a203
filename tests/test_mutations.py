"""The tests notice when a core formula is broken: `tools/mutations.py` breaks one at a time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

mutations = pytest.importorskip("mutations", reason="needs the project's tree around the tests")


def test_there_are_twenty_and_more_each_with_a_name_of_its_own():
    assert len({one.name for one in mutations.MUTATIONS}) == len(mutations.MUTATIONS) >= 20


@pytest.mark.parametrize("one", mutations.MUTATIONS, ids=lambda one: one.name)
def test_what_is_to_be_broken_stands_once(one):
    """And is another thing afterwards, seen to by tests that exist."""
    text = (ROOT / mutations.PACKAGE / one.file).read_text(encoding="utf-8")
    assert text.count(one.before) == 1
    assert one.before != one.after
    assert (ROOT / one.tests.split()[0]).is_file()


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="mutations are tried in forks")
@pytest.mark.skipif(shutil.which("node") is None, reason="two of them need Node")
def test_each_is_killed():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "mutations.py")],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(mutations.MUTATIONS)} of {len(mutations.MUTATIONS)}" in done.stdout
