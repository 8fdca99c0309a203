"""One call that draws any result of the library, with axes, units and a line of sources."""

from __future__ import annotations

import inspect
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from frontier_geo._files import write_whole
from frontier_geo._validation import check_positive
from frontier_geo.density import IntensityModel, PatternEnvelope
from frontier_geo.errors import ParameterError
from frontier_geo.plots import lines as plot_lines
from frontier_geo.plots import stretches as plot_stretches
from frontier_geo.plots import tables as plot_tables
from frontier_geo.plots.style import draw_nothing, new_axes
from frontier_geo.scale import ScaleSweep

__all__ = ["PLOT_KINDS", "check_matplotlib", "plot", "save_plot"]

_DRAWERS: dict[str, Callable[..., None]] = {
    **plot_lines.DRAWERS,
    **plot_stretches.DRAWERS,
    **plot_tables.DRAWERS,
}
#: The kinds of result that can be drawn, as in ``.attrs["result"]``.
PLOT_KINDS = tuple(sorted(_DRAWERS))
ASPECT = 0.5
SMALLEST_HEIGHT, NARROW_HEIGHT = 9.2, 11.7  # cm
NARROW = 15.0  # cm
CM_PER_INCH = 2.54
#: The formats a plot is written in, and what keeps the day of writing out of each.
UNDATED: dict[str, dict[str, Any]] = {
    ".png": {},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def plot(
    result: Any,
    *,
    ax: Any = None,
    width_cm: float = 20.0,
    height_cm: float | None = None,
    **options: Any,
) -> Any:
    """
    Draw a result.

    Parameters
    ----------
    result : DataFrame, ScaleSweep, IntensityModel or PatternEnvelope
        Any result of this library. Tables are drawn by their ``.attrs["result"]``; a sweep of scales
        by the support along the line.
    ax : matplotlib.axes.Axes, optional
        Where to draw. Default: a new figure, made without pyplot.
    width_cm, height_cm : float, optional
        Of a new figure. Default: 20, and half of the width, at least 9.2; below a width of 15, where
        words take more lines, 11.7.
    **options
        Of the kind of result: `alpha` (level of what is marked) for comparisons, relative risk,
        trends, change points, before and after, clusters, Knox and near repeats; `rates` (counts
        behind clusters); `measure` of an evaluation ("pai", "pei", "rri", "brier", "log_score", "crps",
        "brier_skill", "crps_skill", "information_gain"); `direction` ("high" or "low") of a sweep of
        scales; `column` of a series; `expected=False` for rates without uncertain places; `unit` of
        the distances of an envelope.

    Returns
    -------
    matplotlib.axes.Axes
        ``ax.figure.savefig("picture.png")`` writes it. As the last value of a notebook's cell it
        shows itself.

    Raises
    ------
    MissingExtraError
        If matplotlib is not installed.
    ParameterError
        If the result is of no known kind, or an option is not one of its kind.

    Notes
    -----
    The line runs from left to right, from its first kilometre to its last: west to east on the
    shipped border. Colours are those of Okabe and Ito and the map "cividis", which everyone can tell
    apart. Names are drawn as they are, never as formulas.

    References
    ----------
    Hunter (2007), Matplotlib: a 2D graphics environment, Computing in Science & Engineering 9, 90-95.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments, segment_rates
    >>> provinces = make_segments(by="tj_province")
    >>> ax = plot(segment_rates(locate_events(load_events()), provinces))
    >>> ax.get_ylabel()
    'Incidents per 100 km and year'
    """
    draw, shown = _drawer(result)
    known = [
        p.name for p in inspect.signature(draw).parameters.values() if p.kind == p.KEYWORD_ONLY
    ]
    for name in options:
        if name not in known:
            raise ParameterError(
                f"{name} is no option of this plot; it has {', '.join(known) or 'none'}."
            )
    if ax is None:
        width = check_positive(width_cm, name="width_cm", unit="cm")
        height = _height(width) if height_cm is None else height_cm
        ax = new_axes(
            width / CM_PER_INCH, check_positive(height, name="height_cm", unit="cm") / CM_PER_INCH
        )
    if isinstance(shown, pd.DataFrame) and not len(shown):
        notes = shown.attrs.get("notes") or ["The result has no rows."]
        draw_nothing(ax, shown.attrs, "; ".join(map(str, notes)))
    else:
        draw(ax, shown, **options)
    return ax


def save_plot(result: Any, path: str | Path, *, dpi: int = 300, **options: Any) -> Path:
    """
    Draw a result into a file.

    Parameters
    ----------
    result : DataFrame, ScaleSweep, IntensityModel or PatternEnvelope
        As for `plot`.
    path : str or Path
        The ending tells the format: .png, .svg or .pdf. The folder must exist; a file of that name is
        replaced only when the new one is complete.
    dpi : int, default 300
        Points an inch of a .png, and of the images in the others; 150 do for a screen.
    **options
        As for `plot`.

    Returns
    -------
    Path

    Raises
    ------
    MissingExtraError, ParameterError
        As `plot`, or if the ending is another one.
    OutputError
        If the file cannot be written.

    Notes
    -----
    The same result gives the same bytes: no dates and no random names are written.

    Examples
    --------
    >>> from frontier_geo import load_events, locate_events, make_segments, segment_rates
    >>> provinces = make_segments(by="tj_province")
    >>> rates = segment_rates(locate_events(load_events()), provinces)
    >>> save_plot(rates, "rates.gif")
    Traceback (most recent call last):
    frontier_geo.errors.ParameterError: A plot is written as .png, .svg, .pdf, but rates.gif ends in .gif.
    """
    check_matplotlib()
    import matplotlib

    target = Path(path)
    ending = target.suffix.lower()
    if ending not in UNDATED:
        raise ParameterError(
            f"A plot is written as {', '.join(UNDATED)}, but {target.name} ends in {ending or 'nothing'}."
        )
    written = io.BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "frontier_geo"}):
        ax = plot(result, **options)
        ax.figure.savefig(written, format=ending[1:], dpi=dpi, metadata=UNDATED[ending])
    return write_whole(target, written.getvalue())


def check_matplotlib() -> None:
    """
    Refuse to go on where matplotlib is not installed.

    Raises
    ------
    MissingExtraError

    Examples
    --------
    >>> check_matplotlib()
    """
    new_axes(1, 1)


def _height(width: float) -> float:
    """Return the usual height of a figure of a width, in cm."""
    return NARROW_HEIGHT if width < NARROW else max(SMALLEST_HEIGHT, ASPECT * width)


def _drawer(result: Any) -> tuple[Callable[..., None], Any]:
    """Return what draws a result, and what of it is drawn."""
    if isinstance(result, ScaleSweep):
        result = result.support
    elif isinstance(result, IntensityModel):
        result = result.coefficients
    elif isinstance(result, PatternEnvelope):
        return plot_tables.draw_envelope, result
    if not isinstance(result, pd.DataFrame):
        raise ParameterError(
            f"plot draws results of this library, but was given {type(result).__name__}."
        )
    kind = str(result.attrs.get("result", ""))
    if not kind and {"rate", "rate_lo", "expected_rate"} <= set(result.columns):
        kind = "rates"
    if kind not in _DRAWERS:
        raise ParameterError(
            f'plot goes by .attrs["result"], which must be one of {", ".join(PLOT_KINDS)}, but is '
            f"{kind or 'missing'}. Pass a result as it was returned; pandas loses .attrs in some steps."
        )
    return _DRAWERS[kind], result
