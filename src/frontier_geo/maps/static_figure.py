"""The parts of the static picture put together: title, map, diagram, legend, notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from frontier_geo.maps.basemap import basemap_json, names_of
from frontier_geo.maps.basemap import sources as basemap_sources
from frontier_geo.maps.inputs import MapInputs
from frontier_geo.maps.static_basemap import Ground, ground_of
from frontier_geo.maps.static_ground import (
    areas_on,
    draw_areas,
    draw_ground,
    write_area_names,
    write_names,
)
from frontier_geo.maps.static_labels import wrapped
from frontier_geo.maps.static_legend import draw_legend, plan_legend, value_title
from frontier_geo.maps.static_map import SMALLEST, draw_map
from frontier_geo.maps.static_paper import POINTS_PER_CM, Paper, lay_out
from frontier_geo.maps.static_scene import Scene, scene_of
from frontier_geo.maps.static_strip import draw_strip, plan_strip
from frontier_geo.maps.static_words import Words, plain_text

__all__ = ["draw_figure", "settings"]

TITLE_SIZE = 9.0
BLOCK_GAP = 7.0  # points between map, diagram and legend
ROOM_AROUND = 20.0  # points around the line at least
ROOM_FOR_BANDS, ROOM_FOR_BARS = 0.06, 0.11  # shares of the width
LONGEST_TITLE = 200
#: Whatever the reader's own matplotlib is set to: letters as letters, nothing as a formula.
SETTINGS: dict[str, Any] = {
    "font.family": ["DejaVu Sans"],
    "font.size": SMALLEST,
    "text.usetex": False,
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "text.hinting": "none",  # hinted letters are wider at some sizes, and lines would not fit
    "path.simplify": False,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "frontier_geo",
}


def settings() -> dict[str, Any]:
    """Return all of matplotlib's settings, so that none of the reader's own has a say."""
    import matplotlib

    kept = ("backend", "interactive", "toolbar")  # of the session, not of a picture
    usual = {k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith(kept)}
    return {**usual, **SETTINGS}


def draw_figure(
    inputs: MapInputs, *, width_cm: float, style: str, language: str, basemap: bool, own_areas: bool,
    relief: bool = True,
) -> Any:  # fmt: skip
    """
    Lay out and draw all parts, from the top of the figure to its bottom.

    Parameters
    ----------
    inputs : MapInputs
        What is drawn.
    width_cm, style, language, basemap
        As for `plot_frontier`.
    own_areas : bool
        Whether the areas were given, so that they are drawn over the basemap too.
    relief : bool, default True
        Whether the basemap shows the relief, which makes up most of a picture's size.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib
    from matplotlib.figure import Figure

    scene = scene_of(inputs)
    width = width_cm * POINTS_PER_CM
    room = max(ROOM_AROUND, width * (ROOM_FOR_BARS if style == "bars" else ROOM_FOR_BANDS))
    paper = lay_out(scene.boundary, width - 2, room=room)
    block = basemap_json(paper.bounds(), scene.border) if basemap else None
    if block and not relief:
        block["relief"] = None
    ground = ground_of(block, scene.border, paper) if block else None
    ground = None if ground is None or ground.empty else ground
    words = Words(language, [*scene.names, *(names_of(block) if block else [])])
    with matplotlib.rc_context(settings()):
        title = plain_text(scene.title, LONGEST_TITLE)
        title_lines = wrapped(words.name(title, LONGEST_TITLE), width - 4, TITLE_SIZE, True)
        strip = plan_strip(scene, width - 2, words, _heading(scene, words))
        legend = plan_legend(
            scene, paper, words, style=style, notes=_notes(scene, words, paper, ground, block)
        )
        heights = (len(title_lines) * TITLE_SIZE * 1.3, paper.height, strip.height, legend.height)
        height = sum(heights) + 2 * BLOCK_GAP + 4
        figure = Figure(figsize=(width / 72, height / 72), facecolor="white")
        sheet = _axes(figure, 1, 1, width - 2, height - 2, "sheet")
        y = height - 2
        for line in title_lines:
            y -= TITLE_SIZE * 1.3
            side = {"x": 0, "ha": "left"} if words.rightwards else {"x": width - 2, "ha": "right"}
            sheet.text(y=y + 3, s=words.line(line), fontsize=TITLE_SIZE, weight="bold", **side)
        y -= paper.height
        ax = _axes(figure, 1, 1 + y, paper.width, paper.height, "map")
        _draw_all(ax, scene, paper, words, ground, style=style, own_areas=own_areas)
        _frame(ax)
        y -= BLOCK_GAP
        draw_strip(figure, sheet, scene, strip, words, y)
        y -= strip.height + BLOCK_GAP
        draw_legend(sheet, legend, words, y)
    return figure


def _draw_all(
    ax: Any, scene: Scene, paper: Paper, words: Words, ground: Ground | None, *, style: str,
    own_areas: bool,
) -> None:  # fmt: skip
    """Draw the map. Shipped areas are part of the basemap already; given ones are drawn on it."""
    areas = areas_on(scene, paper) if own_areas or ground is None else []
    draw_ground(ax, scene, paper, ground)
    draw_areas(ax, scene, areas, filled=ground is None)
    placer = draw_map(ax, scene, paper, words, style=style)
    write_area_names(ax, areas, words, placer, paper)
    if ground is not None:
        write_names(ax, ground, words, placer, paper)


def _axes(figure: Any, x: float, y: float, width: float, height: float, label: str) -> Any:
    """Add axes whose data are points of the page."""
    total = figure.get_size_inches() * 72
    place = (x / total[0], y / total[1], width / total[0], height / total[1])
    ax = figure.add_axes(place, label=label)
    ax.set_xlim(0, width)
    ax.set_ylim(0, height)
    ax.set_axis_off()
    ax.set_autoscale_on(False)
    return ax


def _frame(ax: Any) -> None:
    from matplotlib.patches import Rectangle

    ax.add_patch(
        Rectangle(
            (0, 0), 1, 1, transform=ax.transAxes, fill=False, edgecolor="#8a8f98", linewidth=0.6,
            zorder=20, clip_on=False,
        )
    )  # fmt: skip


def _heading(scene: Scene, words: Words) -> str:
    """Say what the diagram shows."""
    known = scene.column is not None and bool((scene.ribbon.hi == scene.ribbon.hi).any())
    if not known:
        return value_title(scene, words)
    return words.t(
        "picture.diagram", title=value_title(scene, words), level=words.number(100 * scene.level)
    )


def _notes(
    scene: Scene, words: Words, paper: Paper, ground: Ground | None, block: dict[str, Any] | None
) -> list[str]:
    """Say what the picture rests on."""
    counts = {name: words.number(n, 9) for name, n in scene.counts.items()}
    period = words.period(scene.period)
    length = words.number(scene.boundary.length_km, 4)
    shown = words.t("picture.shown", period=period, km=length, **counts)
    beyond = _beyond_the_edge(scene, paper)
    if beyond:
        shown += " " + words.t("picture.beyond", n=words.number(beyond, 9))
    versions = [
        words.t(key, version=version)
        for key, version in zip(("picture.data", "picture.library"), scene.versions, strict=True)
        if version
    ]
    line = plain_text(scene.boundary.source, 120)
    sources = [*scene.sources, plain_text(scene.attribution, 300)]
    sources += basemap_sources(block) if ground is not None else []
    named = "; ".join(words.apart(each) for each in _once(sources)).replace("© ", "©\u00a0")
    told = words.t("picture.sources", list=named)
    parts = [told, words.t("picture.line", source=words.apart(line)) if line else "", *versions]
    return [shown, " ".join([part for part in parts if part]), words.t("picture.status")]


def _beyond_the_edge(scene: Scene, paper: Paper) -> int:
    """Return how many incidents with a place lie outside the map."""
    marks = scene.marks
    if not len(marks.lon):
        return 0
    return int(marks.count[~paper.inside(paper.points(marks.lon, marks.lat))].sum())


def _once(texts: Sequence[str]) -> list[str]:
    """Leave out texts that stand in an earlier one already."""
    said: list[str] = []
    for text in texts:
        if text and not any(text in earlier for earlier in said):
            said.append(text)
    return said
