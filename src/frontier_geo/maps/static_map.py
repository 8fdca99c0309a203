"""The map of the static picture: ground, ribbon or bars, bands, incidents, landmarks, scale."""

from __future__ import annotations

from typing import Any

import numpy as np

from frontier_geo._validation import FloatArray
from frontier_geo.maps.static_labels import Placer, text_width
from frontier_geo.maps.static_paper import POINTS_PER_PIXEL, Paper
from frontier_geo.maps.static_scene import Scene
from frontier_geo.maps.static_symbols import INK, draw_marks
from frontier_geo.maps.static_words import Words

__all__ = ["BAND_COLOUR", "band_shade", "class_widths", "draw_map", "number_of", "referent_style"]

BAND_COLOUR = "#44337a"
SMALLEST = 6.0  # points, of any letter
HALO, CASING = 2.6, 1.2  # points that the white ground and the dark outline add to a ribbon
BAND_FIRST, BAND_STEP, BAND_WIDTH = 5.6, 2.9, 1.7  # points
MANY_MARKS = 1500
TALLEST_BAR = 0.17  # of the height of the map
#: Colour and shape of landmarks by their kind.
REFERENT_STYLES = {
    "tripoint": ("#ffffff", "triangle"),
    "bridge": ("#8b1e0f", "diamond"),
    "crossing": ("#8b1e0f", "diamond"),
    "ferry": ("#8b1e0f", "diamond"),
}
WATER_STYLE = ("#2f6fa8", "circle")


def draw_map(ax: Any, scene: Scene, paper: Paper, words: Words, *, style: str) -> Placer:
    """
    Draw all but the ground.

    Parameters
    ----------
    ax : Axes
        Whose data are points of the page, from 0 to the size of `paper`.
    style : {"ribbon", "bars"}

    Returns
    -------
    Placer
        What is taken, for labels to come.
    """
    placer = Placer(paper.width, paper.height)
    _draw_scale(ax, paper, words, placer)
    if style == "bars":
        _draw_bars(ax, scene, paper, placer)
    else:
        _draw_ribbon(ax, scene, paper, placer)
    _draw_bands(ax, scene, paper, placer)
    _draw_incidents(ax, scene, paper, placer)
    _draw_referents(ax, scene, paper, words, placer)
    return placer


def class_widths(scene: Scene, paper: Paper) -> FloatArray:
    """Return the widths of the classes on paper, in points."""
    return np.array(scene.ribbon.widths) * POINTS_PER_PIXEL * paper.scale


def band_shade(count: int) -> float:
    """Return how opaque a band is that so many incidents are known to."""
    return float(min(0.9, 0.22 + 0.12 * np.log2(count + 1)))


def referent_style(kind: str) -> tuple[str, str]:
    """Return colour and shape of a landmark."""
    return REFERENT_STYLES.get(kind, WATER_STYLE)


def number_of(index: int, words: Words) -> str:
    """Return the number under which a landmark stands in the key."""
    return words.number(index + 1, 6)


def _draw_ribbon(ax: Any, scene: Scene, paper: Paper, placer: Placer) -> None:
    """Draw the segments: white ground, dark outline, then each in the colour of its class."""
    from matplotlib.collections import LineCollection

    ribbon = scene.ribbon
    pieces = [paper.line.piece(a, b) for a, b in zip(ribbon.from_km, ribbon.to_km, strict=True)]
    width = class_widths(scene, paper)[ribbon.place]
    colour = [ribbon.colours[k] for k in ribbon.place]
    layers = (
        ("white", HALO * paper.scale, "round", 3.0),
        (INK, CASING * paper.scale, "round", 3.1),
        (colour, 0.0, "butt", 3.2),
    )
    for shade, extra, cap, zorder in layers:
        ax.add_collection(
            LineCollection(
                pieces, colors=shade, linewidths=width + extra, capstyle=cap, joinstyle="round",
                zorder=zorder, gid="ribbon" if extra == 0 else None,
            ),
            autolim=False,
        )  # fmt: skip
    for piece, points in zip(pieces, width, strict=True):
        placer.block_points(_dense(piece), points / 2 + 1.5)


def _draw_bars(ax: Any, scene: Scene, paper: Paper, placer: Placer) -> None:
    """Draw a bar for each segment, to the left of a smooth curve along the border."""
    from matplotlib.collections import PolyCollection

    ribbon = scene.ribbon
    ax.add_line(_line(paper.line.xy, "white", 2.2 * paper.scale, 3.0))
    ax.add_line(_line(paper.line.xy, INK, 0.9 * paper.scale, 3.1))
    finite = ribbon.value[np.isfinite(ribbon.value)]
    top = float(finite.max(initial=0.0)) or 1.0
    height = np.clip(np.nan_to_num(ribbon.value, nan=0.0, posinf=top), 0, None) / top
    height *= TALLEST_BAR * paper.height
    lanes = [band["lane"] for band in scene.bands if band["side"] == 1]
    foot = (BAND_FIRST + BAND_STEP * (max(lanes, default=-1) + 0.6)) * paper.scale
    corners = [
        paper.line.bar(a, b, foot, h)
        for a, b, h in zip(ribbon.from_km, ribbon.to_km, height, strict=True)
    ]
    colour = [ribbon.colours[k] for k in ribbon.place]
    ax.add_collection(
        PolyCollection(
            corners, facecolors=colour, edgecolors=INK, linewidths=0.25, zorder=3.2, gid="ribbon"
        ),
        autolim=False,
    )
    placer.block_points(_dense(paper.line.xy), 2.5)
    for four in corners:
        placer.block_points(_dense(np.vstack((four, four[:1]))), 2.0)


def _draw_bands(ax: Any, scene: Scene, paper: Paper, placer: Placer) -> None:
    """Draw a band beside each stretch that incidents are known to, and to no place on it."""
    first = BAND_FIRST * paper.scale
    for item in scene.bands:
        offset = (first + BAND_STEP * paper.scale * item["lane"]) * item["side"]
        xy = paper.line.beside(item["from"], item["to"], offset)
        width = BAND_WIDTH * paper.scale
        ax.add_line(_line(xy, "white", width + 1.0, 2.0))
        band = _line(xy, BAND_COLOUR, width, 2.1, alpha=band_shade(item["count"]))
        band.set_gid("band")
        ax.add_line(band)
        placer.block_points(_dense(xy), width / 2 + 0.5)


def _draw_incidents(ax: Any, scene: Scene, paper: Paper, placer: Placer) -> None:
    """Draw the incidents with a point, the kinds with most of them below the others."""
    marks = scene.marks
    xy = paper.points(marks.lon, marks.lat) if len(marks.lon) else np.zeros((0, 2))
    seen = paper.inside(xy)
    many = int(seen.sum()) > MANY_MARKS
    radius = mark_radius(paper, many=many)
    shifted = xy if many else _apart(xy, 1.1 * radius)
    for k, kind in enumerate(marks.kinds):
        for hollow in (True, False):
            some = seen & (marks.kind == k) & (marks.hollow == hollow)
            if some.any():
                draw_marks(
                    ax, shifted[some], kind["shape"], kind["colour"], radius, hollow=hollow,
                    zorder=6 + 0.1 * k, alpha=0.6 if many else 1.0, rasterized=many,
                )  # fmt: skip
    if not many:
        placer.block_points(shifted[seen], radius)


def mark_radius(paper: Paper, *, many: bool = False) -> float:
    """Return half the size of the mark of an incident, in points."""
    return (1.8 if many else 3.4) * paper.scale


def _draw_referents(ax: Any, scene: Scene, paper: Paper, words: Words, placer: Placer) -> None:
    """Draw landmarks with the number under which the key names them."""
    if not scene.landmarks:
        return
    xy = paper.points(
        [each["lon"] for each in scene.landmarks], [each["lat"] for each in scene.landmarks]
    )
    radius = 2.5 * paper.scale
    placer.block_points(xy, radius)
    for k, (each, place) in enumerate(zip(scene.landmarks, xy, strict=True)):
        colour, shape = referent_style(str(each["kind"]))
        draw_marks(ax, place[None], shape, colour, radius, zorder=5)
        number = number_of(k, words)
        at = _number_spot(placer, place, text_width(number, SMALLEST, bold=True))
        if at is None:
            continue
        x, y = at
        if np.hypot(x - place[0], y - place[1]) > 12:
            ax.add_line(_line(np.array([place, (x + 2, y + 2.5)]), INK, 0.4, 7.9))
        write(ax, x, y + 0.6, number, SMALLEST, zorder=9, weight="bold")


def _number_spot(placer: Placer, place: FloatArray, width: float) -> tuple[float, float] | None:
    """Return where the number of a landmark has room, the nearer the better."""
    turns = np.pi / 8 * np.arange(16)
    spots = [
        (
            place[0] + far * np.cos(turn) - width / 2,
            place[1] + far * np.sin(turn) - SMALLEST * 0.45,
        )
        for far in (7.0, 9.0, 12.0, 16.0, 21.0, 27.0, 34.0)
        for turn in turns
    ]
    return placer.place(spots, width, SMALLEST * 0.95)


def _draw_scale(ax: Any, paper: Paper, words: Words, placer: Placer) -> None:
    """Draw a bar of round kilometres in the lower left corner."""
    longest = 0.22 * paper.width * paper.metres_per_point / 1000
    power = 10.0 ** np.floor(np.log10(longest))
    km = float(max(m * power for m in (1, 2, 5) if m * power <= longest))
    length = km * 1000 / paper.metres_per_point
    x, y = 6.0, 6.0
    label = words.t("unit.km_value", n=words.number(km))
    for colour, width, zorder in (("white", 2.6, 9.0), (INK, 1.0, 9.1)):
        ticks = np.array([(x, y + 3), (x, y), (x + length, y), (x + length, y + 3)])
        ax.add_line(_line(ticks, colour, width, zorder))
    write(ax, x + length / 2, y + 2.0, label, SMALLEST, zorder=9.2, ha="center")
    placer.block_box(0, 0, x + max(length, text_width(label, SMALLEST)) + 6, y + 12)


def write(
    ax: Any, x: float, y: float, text: str, size: float, *, zorder: float, colour: str = INK,
    ha: str = "left", weight: str = "normal", halo: float = 1.6, **more: Any,
) -> None:  # fmt: skip
    """Write text on a white ground; `y` is its base line."""
    from matplotlib.patheffects import Stroke

    style = {"fontsize": size, "ha": ha, "va": "baseline", "fontweight": weight, "clip_on": True}
    if halo:  # an outline of its own: text with an effect would no longer be text in the file
        ground = [Stroke(linewidth=halo, foreground="white", joinstyle="round")]
        ax.text(
            x, y, text, color="white", zorder=zorder, path_effects=ground, **style, **more
        ).set_gid("halo")
    ax.text(x, y, text, color=colour, zorder=zorder + 0.01, **style, **more)


def _line(xy: FloatArray, colour: str, width: float, zorder: float, **more: Any) -> Any:
    from matplotlib.lines import Line2D

    return Line2D(
        xy[:, 0], xy[:, 1], color=colour, linewidth=width, zorder=zorder, solid_joinstyle="round",
        solid_capstyle="butt", **more,
    )  # fmt: skip


def _dense(xy: FloatArray, step: float = 3.0) -> FloatArray:
    """Return points along a line, at most so many points of the page apart."""
    legs = np.hypot(*np.diff(xy, axis=0).T)
    along = np.concatenate(([0.0], np.cumsum(legs)))
    at = np.linspace(0, along[-1], max(2, int(along[-1] / step) + 1))
    return np.column_stack([np.interp(at, along, xy[:, axis]) for axis in (0, 1)])


def _apart(xy: FloatArray, step: float) -> FloatArray:
    """Set marks of one place beside each other, around the place."""
    moved = xy.copy()
    places: dict[tuple[float, float], list[int]] = {}
    for i, (x, y) in enumerate(xy):
        places.setdefault((round(x, 1), round(y, 1)), []).append(i)
    for members in places.values():
        n = len(members)
        if n > 1:
            turn = 2 * np.pi * np.arange(n) / n + np.pi / 2
            far = step * max(1.0, 0.5 / np.sin(np.pi / n))
            moved[members] += np.column_stack((np.cos(turn), np.sin(turn))) * far
    return moved
