"""
What the documentation site holds besides the pages of ``docs``: hooks of MkDocs.

Pages that say what other files say (changelog, contributing, the data, the commands, the validation)
are made from those files when the site is built, so that they cannot fall behind.

``FRONTIER_GEO_DOCS_NOTEBOOKS`` says how notebooks are shown: ``run`` (the default) runs each and keeps
the outputs in ``build/notebooks`` until something changes; ``plain`` shows text and code alone.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import _docs_notebooks as notebooks  # noqa: E402
import _docs_pages as pages  # noqa: E402

SWITCH = "FRONTIER_GEO_DOCS_NOTEBOOKS"
KEPT = ROOT / "build" / "notebooks"


@cache
def notebook_pages(how: str) -> dict[str, notebooks.NotebookPage]:
    """Return the page of each notebook by its name."""
    if how not in ("run", "plain"):
        raise PluginError(f"{SWITCH} must be run or plain, but is {how!r}.")
    found = {}
    for path in sorted(notebooks.NOTEBOOKS.glob("*.ipynb")):
        if how == "run":
            notebook = notebooks.kept_or_executed(path, KEPT)
        else:
            notebook = notebooks.stored(path)
        found[path.stem] = notebooks.page_of(notebook, path.stem)
    return found


def wanted() -> str:
    """Return how notebooks are to be shown."""
    return os.environ.get(SWITCH, "run")


def on_config(config: Any) -> Any:
    """Put the notebooks behind the tutorial in the navigation."""
    (tutorial,) = (part["Tutorial"] for part in config.nav if "Tutorial" in part)
    for path in sorted(notebooks.NOTEBOOKS.glob("*.ipynb")):
        number, _, words = path.stem.partition("_")
        title = f"Notebook {int(number)}: {words.replace('_', ' ')}"
        tutorial.append({title: f"notebooks/{path.stem}.md"})
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages that are made from other files."""
    for uri, content in pages.made_pages().items():
        files.append(File.generated(config, uri, content=content))
    for name, page in notebook_pages(wanted()).items():
        heading, _, rest = page.markdown.partition("\n")
        told = pages.notebook_intro(name, with_outputs=wanted() == "run")
        text = f"{heading}\n\n{told}{rest}"
        files.append(File.generated(config, f"notebooks/{name}.md", content=text))
        for file, data in page.files.items():
            files.append(File.generated(config, f"notebooks/{file}", content=data))
        source = (notebooks.NOTEBOOKS / f"{name}.ipynb").read_bytes()
        files.append(File.generated(config, f"notebooks/{name}.ipynb", content=source))
    return files


def on_page_content(html: str, page: Any, config: Any, files: Any) -> str:
    """Put the outputs of a notebook where they belong."""
    folder, _, name = page.file.src_uri.rpartition("/")
    if folder != "notebooks":
        return html
    made = notebook_pages(wanted()).get(name.removesuffix(".md"))
    return html if made is None else notebooks.put_in(html, made.outputs)


def on_post_page(output: str, page: Any, config: Any) -> str:
    """Give the theme's dialog of search a name for those who have it read aloud."""
    return output.replace(' role="dialog">', ' role="dialog" aria-label="Search">')
