"""The static picture for papers: a map above a straight-line diagram, drawn with matplotlib."""

from __future__ import annotations

import io
import unicodedata
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from frontier_geo._files import check_target, write_whole
from frontier_geo._validation import check_choice, check_positive
from frontier_geo.boundary import Boundary
from frontier_geo.errors import MissingExtraError, ParameterError
from frontier_geo.maps.inputs import DEFAULT_COLUMN, MapInputs, map_inputs
from frontier_geo.maps.static_figure import draw_figure, settings
from frontier_geo.maps.words import LANGUAGES
from frontier_geo.periods import Period

__all__ = ["check_drawable", "frontier_png", "plot_frontier", "save_frontier"]

STYLES = ("ribbon", "bars")
NARROWEST_CM, WIDEST_CM = 6.0, 60.0
FALLBACK_WIDTH_CM, FALLBACK_DPI, FALLBACK_BYTES = 20.0, 110, 300_000
SHOWN_DPI = 110
#: What keeps the day of writing and the version of the writer out of a file.
METADATA: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def plot_frontier(
    events: gpd.GeoDataFrame | None = None,
    *,
    boundary: Boundary | None = None,
    segments: gpd.GeoDataFrame | None = None,
    located: pd.DataFrame | None = None,
    rates: gpd.GeoDataFrame | None = None,
    areas: gpd.GeoDataFrame | None = None,
    frontages: pd.DataFrame | None = None,
    referents: pd.DataFrame | None = None,
    color_by: str = DEFAULT_COLUMN,
    period: Period | None = None,
    title: str | None = None,
    attribution: str | None = None,
    basemap: bool = True,
    style: str = "ribbon",
    width_cm: float = 18.0,
    language: str = "en",
    include_restricted: bool = False,
) -> Any:
    """
    Draw incidents and their rate along the border as a figure for a paper.

    Parameters
    ----------
    events, boundary, segments, located, rates, areas, frontages, referents
        As for `hotspot_page`: what is not given is computed, or taken from the shipped data.
    color_by : str, default "expected_rate"
        The column of `rates` that gives the line its colour and width, and the bars their height.
    period : str, int or (date, date), optional
        First and last day of the rates. Default: that of `segment_rates`.
    title : str, optional
        Above the picture. Default: the name of the boundary; "" for none, as where a caption tells.
    attribution : str, optional
        The sources of the ground that the picture names. Default: those of what ships and is shown.
    basemap : bool, default True
        Whether to draw countries, provinces, rivers, lakes and towns around the line, from data that
        come with the library.
    style : {"ribbon", "bars"}
        Rates as the colour and width of the line, or as bars beside it.
    width_cm : float, default 18
        Of the figure: 18 fills a page of most journals, 8.5 one column. The height follows.
    language : {"en", "ru", "tg", "fa"}
        Of all words and numbers.
    include_restricted : bool, default False
        Whether to draw incidents that may not be passed on (ACLED, GTD).

    Returns
    -------
    matplotlib.figure.Figure
        Made without pyplot. `save_frontier` writes it; as the last value of a notebook's cell it
        shows itself.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    ParameterError
        If an option is not one of those above, or the width is not between 6 and 60 cm.
    ColumnError, CRSError, LicenceError
        As for `hotspot_page`.

    Notes
    -----
    The map is in a Lambert conformal projection around the line, so that distances compare across it.
    An incident known only to a district or another stretch is a band beside that stretch, never a
    dot. No text of an incident is drawn, and no text as a formula. No letter is smaller than 6 points.

    Examples
    --------
    >>> figure = plot_frontier(width_cm=8.5)
    >>> figure.axes[1].get_label()
    'map'
    """
    check_choice(style, STYLES, name="style")
    check_choice(language, LANGUAGES, name="language")
    width = check_positive(width_cm, name="width_cm", unit="cm")
    if not NARROWEST_CM <= width <= WIDEST_CM:
        raise ParameterError(
            f"width_cm must be between {NARROWEST_CM:g} and {WIDEST_CM:g}, but is {width_cm!r}. A column "
            "of a journal is about 8.5 cm wide, a page 18."
        )
    check_drawable(language)
    inputs = map_inputs(
        events, boundary=boundary, segments=segments, located=located, rates=rates, areas=areas,
        frontages=frontages, referents=referents, color_by=color_by, period=period, title=title,
        attribution=attribution, include_restricted=include_restricted, what="A picture",
    )  # fmt: skip
    figure = draw_figure(
        inputs, width_cm=width, style=style, language=language, basemap=basemap,
        own_areas=areas is not None,
    )  # fmt: skip
    # A figure without pyplot is shown by no notebook of its own accord.
    figure._repr_png_ = partial(_written, figure, ".png", SHOWN_DPI)
    return figure


def save_frontier(figure: Any, path: str | Path, *, dpi: int = 300) -> Path:
    """
    Write a figure of `plot_frontier` into a file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        The figure.
    path : str or Path
        The ending tells the format: .png, .svg or .pdf. The folder must exist; a file of that name is
        replaced only when the new one is complete.
    dpi : int, default 300
        Points an inch of a .png, and of what is an image in the others.

    Returns
    -------
    Path

    Raises
    ------
    ParameterError
        If the ending is another one, or `dpi` is not above 0.
    OutputError
        If the path is a folder, or the file cannot be written.

    Notes
    -----
    The same figure gives the same bytes: no day and no random name is written. Text stays text: a PDF
    holds the letters as TrueType (Type 42), an SVG names the typeface DejaVu Sans, or, where text runs
    from right to left, holds outlines.

    Examples
    --------
    >>> save_frontier(plot_frontier(width_cm=8.5), "a.gif")
    Traceback (most recent call last):
    frontier_geo.errors.ParameterError: A picture is written as .png, .svg, .pdf, but a.gif ends in .gif.
    """
    target = check_target(path)
    ending = target.suffix.lower()
    if ending not in METADATA:
        raise ParameterError(
            f"A picture is written as {', '.join(METADATA)}, but {target.name} ends in "
            f"{ending or 'nothing'}."
        )
    fine = check_positive(dpi, name="dpi", unit="points an inch")
    return write_whole(target, _written(figure, ending, fine))


def frontier_png(
    inputs: MapInputs,
    *,
    language: str = "en",
    style: str = "ribbon",
    width_cm: float = FALLBACK_WIDTH_CM,
    dpi: float = FALLBACK_DPI,
    largest: int = FALLBACK_BYTES,
) -> bytes:
    """
    Draw a small picture of a map, for where its page is too large to show.

    Parameters
    ----------
    inputs : MapInputs
        What the map is drawn from.
    language, style, width_cm
        As for `plot_frontier`.
    dpi : float, default 110
        Points an inch; fewer where the picture would be too large.
    largest : int, default 300,000
        Bytes of the picture.

    Returns
    -------
    bytes
        A PNG.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    """
    check_drawable(language)
    figure = draw_figure(
        inputs, width_cm=width_cm, style=style, language=language, basemap=True,
        own_areas=False, relief=False,
    )  # fmt: skip
    fine = float(dpi)
    while len(picture := _few_colours(_written(figure, ".png", fine))) > largest:
        fine *= 0.8
    return picture


def _few_colours(picture: bytes) -> bytes:
    """
    Return a PNG with a palette of 256 colours, a third of the size.

    Of colours that are much alike the most frequent one is kept, so that signs keep theirs; the shades at
    the edges of letters become the nearest of those.
    """
    import numpy as np
    from PIL import Image
    from scipy.spatial import cKDTree

    pixels = np.asarray(Image.open(io.BytesIO(picture)).convert("RGB"))
    # As one number each: that sorts in a tenth of the time of three.
    codes = pixels.reshape(-1, 3).astype(np.uint32) @ np.array([65_536, 256, 1], dtype=np.uint32)
    codes, place, count = np.unique(codes, return_inverse=True, return_counts=True)
    colours = (codes[:, None] >> np.array([16, 8, 0], dtype=np.uint32) & 255).astype(np.uint8)
    frequent = np.argsort(-count, kind="stable")
    _, first = np.unique(colours[frequent] >> 4, axis=0, return_index=True)
    kept = colours[frequent[np.sort(first)[:256]]]
    nearest = cKDTree(kept).query(colours)[1].astype(np.uint8)
    few = Image.fromarray(nearest[place].reshape(pixels.shape[:2]), "P")
    few.putpalette(kept.astype(np.uint8).tobytes())
    held = io.BytesIO()
    few.save(held, format="png", optimize=True)
    return held.getvalue()


def _written(figure: Any, ending: str, dpi: float) -> bytes:
    import matplotlib

    held = io.BytesIO()
    own = {"svg.fonttype": "path"} if _runs_leftwards(figure) else {}
    with matplotlib.rc_context({**settings(), **own}):
        figure.savefig(
            held, format=ending[1:], dpi=dpi, metadata=METADATA[ending], facecolor="white"
        )
    return held.getvalue()


def _runs_leftwards(figure: Any) -> bool:
    """Say whether a figure holds right-to-left text, which an SVG can only be sure of as outlines."""
    from matplotlib.text import Text

    letters = {c for text in figure.findobj(Text) for c in text.get_text()}
    return any(unicodedata.bidirectional(c) in ("R", "AL") for c in letters)


def check_drawable(language: str) -> None:
    """Refuse to go on where matplotlib is missing, or cannot join the letters of a language."""
    from frontier_geo.plots import check_matplotlib

    check_matplotlib()
    if language != "fa":
        return
    from matplotlib import ft2font

    if not hasattr(ft2font, "__libraqm_version__"):
        raise MissingExtraError(
            "Persian letters are joined by matplotlib 3.11 or later, but an older one is installed: pip "
            'install --upgrade "matplotlib>=3.11".'
        )
