"""Notebooks as pages: run from top to bottom, then cells and outputs as one page of the site."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["NotebookPage", "kept_or_executed", "page_of", "put_in", "run", "stored"]

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "notebooks"
SECONDS = 600  # that one cell may take
#: A map stands in its own frame, its page in an attribute: too long to sit inside another page.
FRAME = re.compile(
    r"<iframe\b(?P<before>[^>]*?)\ssrcdoc=(?P<quote>[\"'])(?P<page>.*?)(?P=quote)", re.S
)
#: Where a warning comes from, in a file that the kernel makes of a cell.
KERNEL_FILE = re.compile(r"\S*[/\\]ipykernel_\d+[/\\]\d+\.py")
PICTURES = {"image/png": "png", "image/jpeg": "jpg"}
OTHER = re.compile(r"`(\d\d_\w+)\.ipynb`")  # another notebook, named in the text
HEADING = re.compile(r"^#+ +(.+?) *$", re.M)
ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class NotebookPage:
    """
    A notebook as a page.

    Attributes
    ----------
    markdown : str
        Text and code, with an empty element where an output goes.
    outputs : dict
        HTML by the id of that element.
    files : dict
        Pictures and map pages that stand beside it: bytes by file name.
    """

    markdown: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)


def stored(path: Path) -> dict[str, Any]:
    """Read a notebook as it is stored."""
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return notebook


def run(path: Path, here: Path, temporary: Path) -> Any:
    """
    Run a notebook from top to bottom in a new kernel and return it with its outputs.

    Parameters
    ----------
    path : Path
        The notebook; sample files beside it lie in ``data``.
    here : Path
        An empty folder: notebook and samples are copied into it, and it runs there.
    temporary : Path
        Where the notebook's own temporary files go.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        With cell and traceback, where a cell fails.
    """
    import nbclient
    import nbformat

    samples = path.parent / "data"
    if samples.is_dir():
        shutil.copytree(samples, here / "data")
    notebook = nbformat.read(shutil.copy(path, here), as_version=4)
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    kept = dict(os.environ)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    os.environ.update({name: str(temporary) for name in ("TMPDIR", "TEMP", "TMP")})
    os.environ.pop("FRONTIER_GEO_FILE", None)  # a notebook's own file goes before its sample
    try:
        nbclient.NotebookClient(
            notebook,
            timeout=SECONDS,
            kernel_name="python3",
            resources={"metadata": {"path": str(here)}},
        ).execute()
    finally:
        os.environ.clear()
        os.environ.update(kept)
    return notebook


def executed(path: Path) -> Any:
    """Run a notebook so that it leaves nothing behind, and no name of a folder in its outputs."""
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as temporary:
        notebook = run(path, Path(here), Path(temporary))
        hide(notebook, Path(temporary))
    return notebook


def hide(notebook: Any, folder: Path) -> None:
    """Take the name of a temporary folder out of what was printed."""
    text = str(folder)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text" in output:
                output["text"] = _joined(output["text"]).replace(text, "/tmp")
            for kind, value in output.get("data", {}).items():
                if kind.startswith("text/"):
                    output["data"][kind] = _joined(value).replace(text, "/tmp")


def made_of(path: Path) -> str:
    """Return a checksum of all that the outputs of a notebook come from."""
    sum_ = hashlib.sha256(path.read_bytes())
    folders = (ROOT / "src/frontier_geo", ROOT / "data", path.parent / "data")
    for folder in folders:
        for file in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if file.is_file() and "__pycache__" not in file.parts:
                sum_.update(str(file.relative_to(folder)).encode())
                sum_.update(file.read_bytes())
    return sum_.hexdigest()[:16]


def kept_or_executed(path: Path, folder: Path) -> Any:
    """Return a notebook with outputs, from `folder` if it was run there and nothing changed since."""
    import nbformat

    target = folder / f"{path.stem}-{made_of(path)}.ipynb"
    if not target.is_file():
        notebook = executed(path)
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(f"{path.stem}-*.ipynb"):
            old.unlink()
        nbformat.write(notebook, target)
    return stored(target)


def page_of(notebook: Mapping[str, Any], name: str) -> NotebookPage:
    """
    Turn a notebook, with or without outputs, into a page.

    Parameters
    ----------
    notebook : mapping
        As nbformat 4 has it.
    name : str
        Begins the names of its pictures and maps.

    Returns
    -------
    NotebookPage
    """
    lines: list[str] = []
    outputs: dict[str, str] = {}
    files: dict[str, bytes] = {}
    heading = ""
    for number, cell in enumerate(notebook["cells"]):
        source = _joined(cell["source"])
        if cell["cell_type"] == "markdown":
            lines += [OTHER.sub(r"[`\1.ipynb`](\1.md)", source), ""]
            heading = (HEADING.findall(source) or [heading])[-1]
            continue
        if cell["cell_type"] != "code" or not source.strip():
            continue
        lines += ["```python", source, "```", ""]
        shown = [
            _html_of(output, f"{name}-{number}-{k}", f"Figure: {heading}", files)
            for k, output in enumerate(cell.get("outputs", []))
        ]
        if any(shown):
            mark = f"{name}-output-{number}"
            outputs[mark] = "\n".join(filter(None, shown))
            lines += [f'<div class="nb-output" id="{mark}"></div>', ""]
    return NotebookPage("\n".join(lines), outputs, files)


def put_in(page: str, outputs: Mapping[str, str]) -> str:
    """Put the outputs into the page that became of the markdown."""
    for mark, shown in outputs.items():
        empty = f'<div class="nb-output" id="{mark}"></div>'
        if page.count(empty) != 1:
            raise ValueError(
                f"The page must hold {empty} once, but has it {page.count(empty)} times."
            )
        page = page.replace(empty, f'<div class="nb-output" id="{mark}">{shown}</div>')
    return page


def _joined(text: Any) -> str:
    return text if isinstance(text, str) else "".join(text)


def _html_of(output: Mapping[str, Any], name: str, alt: str, files: dict[str, bytes]) -> str:
    """Return one output as HTML: the richest form it has."""
    if output["output_type"] == "stream":
        kind = "nb-warning" if output["name"] == "stderr" else "nb-text"
        return _preformatted(KERNEL_FILE.sub("this cell", _joined(output["text"])), kind)
    if output["output_type"] == "error":
        return _preformatted("\n".join(output["traceback"]), "nb-warning")
    data = output.get("data", {})
    if "text/html" in data:
        return _with_frames(_joined(data["text/html"]), name, files)
    for kind, ending in PICTURES.items():
        if kind in data:
            file = f"{name}.{ending}"
            files[file] = base64.b64decode(_joined(data[kind]))
            return f'<img src="{file}" alt="{html.escape(alt, quote=True)}" loading="lazy">'
    return _preformatted(data["text/plain"], "nb-text") if "text/plain" in data else ""


def _preformatted(text: Any, kind: str) -> str:
    plain = ESCAPES.sub("", _joined(text)).rstrip("\n")
    return f'<pre class="{kind}">{html.escape(plain)}</pre>' if plain else ""


def _with_frames(text: str, name: str, files: dict[str, bytes]) -> str:
    """Take the pages of frames out into files of their own; wide tables may scroll."""

    def out(found: re.Match[str]) -> str:
        file = f"{name}-{len(files)}.html"
        files[file] = html.unescape(found["page"]).encode("utf-8")
        return f'<iframe{found["before"]} loading="lazy" src="{file}"'

    text = FRAME.sub(out, text)
    return f'<div class="nb-html">{text}</div>'
