"""The page's script by itself: its own tests, run by node."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OLDEST_NODE = 20


def node() -> str:
    """Return the program that runs the tests; skip where there is none that can."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("The script's own tests need Node.js, which is not installed.")
    version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()
    if int(version.lstrip("v").split(".")[0]) < OLDEST_NODE:
        pytest.skip(f"The script's own tests need Node.js {OLDEST_NODE} or later, not {version}.")
    return program


def fetch_tools() -> None:
    """Let npm fetch what the script is built with; skip where it cannot."""
    spec = importlib.util.spec_from_file_location("build_page", ROOT / "tools/build_page.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    try:
        tool.fetch_tools()
    except SystemExit as error:
        pytest.skip(f"{error} So the script's own tests cannot run.")


@pytest.mark.network
@pytest.mark.slow
def test_the_scripts_own_tests_pass(alone):
    program = node()
    with alone("npm"):
        fetch_tools()
    tests = sorted(str(path) for path in (ROOT / "tests/js").glob("*.test.js"))
    assert tests
    done = subprocess.run(
        [program, "--test", "--test-reporter=tap", *tests], cwd=ROOT, capture_output=True, text=True
    )
    failed = [line for line in done.stdout.splitlines() if line.lstrip().startswith("not ok")]
    assert done.returncode == 0, "\n".join([*failed, done.stdout[-4000:], done.stderr[-2000:]])
    assert "\n# pass " in done.stdout and "\n# fail 0" in done.stdout
