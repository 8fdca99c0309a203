"""Every notebook runs from top to bottom, and is stored without what running it printed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import frontier_geo

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

nbformat = pytest.importorskip("nbformat", reason="the extra 'test' brings nbformat")


def read(path: Path):
    return nbformat.read(path, as_version=4)


def test_there_is_a_notebook():
    """Without one, the tests below would pass."""
    assert [path.name for path in NOTEBOOKS][:1] == ["01_quickstart.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path):
    """No output, no execution count, no path of the machine it was written on."""
    notebook = read(path)
    nbformat.validate(notebook)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            assert cell.outputs == [], f"cell {number} holds outputs"
            assert cell.execution_count is None, f"cell {number} was run"
    text = path.read_text(encoding="utf-8")
    assert "\r" not in text
    assert not any(place in text for place in (str(Path.home()), str(FOLDER.parent), "C:\\\\"))


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def executed(request, tmp_path_factory):
    """Run a notebook once, in a folder of its own; return it, its folder and the temporary one."""
    nbclient = pytest.importorskip("nbclient", reason="the extra 'test' brings nbclient")
    pytest.importorskip("ipykernel", reason="the extra 'test' brings ipykernel")
    here, temporary = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("temporary")
    notebook = read(Path(shutil.copy(request.param, here)))
    paths = [str(Path(frontier_geo.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))
        for name in ("TMPDIR", "TEMP", "TMP"):
            patch.setenv(name, str(temporary))
        nbclient.NotebookClient(
            notebook,
            timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": str(here)}},
        ).execute()  # raises CellExecutionError, with cell and traceback, where one fails
    return notebook, here, temporary


@pytest.mark.slow
def test_a_notebook_runs_from_top_to_bottom(executed):
    """With a fresh kernel: every cell ran, none failed, and nothing is left beside it."""
    notebook, here, _ = executed
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [out for cell in code for out in cell.outputs]
    assert [out for out in outputs if out.output_type == "error"] == []
    assert len(list(here.iterdir())) == 1
    warned = [out.text for out in outputs if out.get("name") == "stderr"]
    meant = ("RejectedRowsWarning", "ResolutionWarning")  # of unusable rows, and of 10 km
    assert all(any(name in text for name in meant) for text in warned), warned


@pytest.mark.slow
def test_the_quickstart_shows_and_saves_the_map(executed):
    """The map is an output of its cell, and the page lies in the temporary folder."""
    notebook, _, temporary = executed
    cells = [c for c in notebook.cells if c.cell_type == "code" and "hotspot_page(" in c.source]
    if not cells:
        pytest.skip("draws no map")
    shown = [out.data.get("text/html", "") for out in cells[0].outputs if "data" in out]
    assert any("<iframe" in html for html in shown)
    (saved,) = temporary.glob("frontier-geo-*/hotspots.html")
    assert saved.read_text(encoding="utf-8").rstrip().endswith("</html>")
