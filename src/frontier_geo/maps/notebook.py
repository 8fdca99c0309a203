"""How a page shows itself in a notebook: in a frame that cannot reach the notebook."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from urllib.parse import quote

from frontier_geo.errors import MissingExtraError
from frontier_geo.maps.escaping import markup_text
from frontier_geo.maps.inputs import MapInputs
from frontier_geo.maps.shell import page_direction
from frontier_geo.maps.words import catalogue

__all__ = ["NOTEBOOK_HEIGHT_PX", "NOTEBOOK_LIMIT_BYTES", "notebook_html"]

NOTEBOOK_LIMIT_BYTES = 5_000_000
NOTEBOOK_HEIGHT_PX = 640
TOO_LARGE, SAVED = "notebook.too_large", "notebook.saved"
MARK = "\ue000"  # where the link goes, while the words around it are escaped


def notebook_html(
    page: str,
    *,
    title: str,
    inputs: MapInputs | None,
    language: str,
    file_name: str,
    height: str | None = None,
    saved: Path | None = None,
) -> str:
    """
    Return what a notebook cell shows.

    A page above 5 MB would make the notebook heavy: in its place stands a sentence, with a link to the
    file if it has been written, and a picture where matplotlib is installed.

    Parameters
    ----------
    page : str
        The whole page.
    title : str
        Names the frame for those who hear the notebook.
    inputs : MapInputs or None
        What a picture is drawn from.
    language : str
        Of the sentence and the picture.
    file_name : str
        The file that the sentence proposes.
    height : str, optional
        CSS height of the frame. Default: 640 pixels.
    saved : Path, optional
        The file it was written to last, absolute.
    """
    content = page.encode("utf-8")
    if len(content) > NOTEBOOK_LIMIT_BYTES:
        link = _link(saved, content)
        key = TOO_LARGE if link is None else SAVED
        told = str(catalogue(language).get(key) or catalogue("en")[key])
        told = told.replace("{size}", f"{len(content) / 1e6:.1f}")
        told = told.replace("{call}", f'.save("{file_name}")')
        told = told.replace("{program}", "JupyterLab").replace("{button}", "“Trust HTML”")
        sentence = markup_text(told.replace("{link}", MARK)).replace(MARK, link or "")
        return f'<p lang="{language}" dir="{page_direction(language)}">{sentence}</p>' + _picture(
            inputs, title, language
        )
    return (
        f'<iframe title="{markup_text(title)}" sandbox="allow-scripts allow-popups" '
        f'style="width:100%;height:{height or f"{NOTEBOOK_HEIGHT_PX}px"};border:0" '
        f'srcdoc="{escape(page, quote=True)}"></iframe>'
    )


def _link(saved: Path | None, content: bytes) -> str | None:
    """
    Return a link to the file that holds the page, or None if no file does that a notebook reaches.

    That is a file beside or below it.
    """
    try:
        if saved is None or saved.read_bytes() != content:
            return None
        path = saved.relative_to(Path.cwd())
    except (OSError, ValueError):
        return None
    address = quote(path.as_posix())
    return (
        f'<a href="{address}" target="_blank" rel="noopener" dir="ltr">{markup_text(path.name)}</a>'
    )


def _picture(inputs: MapInputs | None, title: str, language: str) -> str:
    """Return the map as a picture, or nothing where it cannot be drawn here."""
    if inputs is None:
        return ""
    from frontier_geo.maps.static import frontier_png

    try:
        content = frontier_png(inputs, language=language)
    except MissingExtraError:
        return ""
    data = base64.b64encode(content).decode("ascii")
    return (
        f'<img alt="{markup_text(title)}" style="max-width:100%" '
        f'src="data:image/png;base64,{data}">'
    )
