"""How a page shows itself in a notebook: in a frame that cannot reach the notebook."""

from __future__ import annotations

import base64
from html import escape

from frontier_geo.errors import MissingExtraError
from frontier_geo.maps.escaping import markup_text
from frontier_geo.maps.inputs import MapInputs
from frontier_geo.maps.shell import page_direction
from frontier_geo.maps.words import catalogue

__all__ = ["NOTEBOOK_HEIGHT_PX", "NOTEBOOK_LIMIT_BYTES", "notebook_html"]

NOTEBOOK_LIMIT_BYTES = 5_000_000
NOTEBOOK_HEIGHT_PX = 640
TOO_LARGE = "notebook.too_large"


def notebook_html(
    page: str,
    *,
    title: str,
    inputs: MapInputs | None,
    language: str,
    file_name: str,
    height: str | None = None,
) -> str:
    """
    Return what a notebook cell shows.

    A page above 5 MB would make the notebook heavy: in its place stands a sentence, and a picture
    where matplotlib is installed.

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
    """
    size = len(page.encode("utf-8"))
    if size > NOTEBOOK_LIMIT_BYTES:
        told = str(catalogue(language).get(TOO_LARGE) or catalogue("en")[TOO_LARGE])
        told = told.replace("{size}", f"{size / 1e6:.1f}")
        told = told.replace("{call}", f'.save("{file_name}")')
        return (
            f'<p lang="{language}" dir="{page_direction(language)}">{markup_text(told)}</p>'
            + _picture(inputs, title, language)
        )
    return (
        f'<iframe title="{markup_text(title)}" sandbox="allow-scripts allow-popups" '
        f'style="width:100%;height:{height or f"{NOTEBOOK_HEIGHT_PX}px"};border:0" '
        f'srcdoc="{escape(page, quote=True)}"></iframe>'
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
