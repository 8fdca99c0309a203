"""
Colours that everybody can tell apart, and text that can be read.

Distances are CIEDE2000, seen with normal vision and with the three kinds of dichromacy; contrast is
that of WCAG 2.2. Both are computed here, by the published formulas.
"""

from __future__ import annotations

import math
import re
from importlib.resources import files
from itertools import combinations

import numpy as np
import pytest

from frontier_geo.event_types import EVENT_TYPES
from frontier_geo.maps import (
    static_ground,
    static_legend,
    static_map,
    static_strip,
    static_symbols,
    symbols,
)

SOURCES = files("frontier_geo.maps") / "assets" / "src"
LEAST_DISTANCE = 10.0  # CIEDE2000: far above a just noticeable difference (about 1 to 2)

# Machado, Oliveira & Fernandes (2009), IEEE TVCG 15(6), table at severity 1.0; on linear sRGB.
VISIONS = {
    "normal": np.eye(3),
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}

# IEC 61966-2-1: linear sRGB to XYZ, and its white point (D65).
_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
_WHITE = _TO_XYZ.sum(axis=1)

# Sharma, Wu & Dalal (2005), Color Research & Application 30(1), table 1: L1 a1 b1 L2 a2 b2 and their
# CIEDE2000. The pairs are chosen to lie on either side of every branch of the formula.
SHARMA = """
50.0000 2.6772 -79.7751 50.0000 0.0000 -82.7485 2.0425
50.0000 3.1571 -77.2803 50.0000 0.0000 -82.7485 2.8615
50.0000 2.8361 -74.0200 50.0000 0.0000 -82.7485 3.4412
50.0000 -1.3802 -84.2814 50.0000 0.0000 -82.7485 1.0000
50.0000 -1.1848 -84.8006 50.0000 0.0000 -82.7485 1.0000
50.0000 -0.9009 -85.5211 50.0000 0.0000 -82.7485 1.0000
50.0000 0.0000 0.0000 50.0000 -1.0000 2.0000 2.3669
50.0000 -1.0000 2.0000 50.0000 0.0000 0.0000 2.3669
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0009 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0010 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0011 7.2195
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0012 7.2195
50.0000 -0.0010 2.4900 50.0000 0.0009 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0010 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0011 -2.4900 4.7461
50.0000 2.5000 0.0000 50.0000 0.0000 -2.5000 4.3065
50.0000 2.5000 0.0000 73.0000 25.0000 -18.0000 27.1492
50.0000 2.5000 0.0000 61.0000 -5.0000 29.0000 22.8977
50.0000 2.5000 0.0000 56.0000 -27.0000 -3.0000 31.9030
50.0000 2.5000 0.0000 58.0000 24.0000 15.0000 19.4535
50.0000 2.5000 0.0000 50.0000 3.1736 0.5854 1.0000
50.0000 2.5000 0.0000 50.0000 3.2972 0.0000 1.0000
50.0000 2.5000 0.0000 50.0000 1.8634 0.5757 1.0000
50.0000 2.5000 0.0000 50.0000 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""


def linear(colour: str) -> np.ndarray:
    """Turn "#rrggbb" into linear sRGB."""
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(colour: str, vision: str = "normal") -> np.ndarray:
    """Return CIE L*a*b* of a colour as it is seen with a kind of vision."""
    seen = np.clip(VISIONS[vision] @ linear(colour), 0, 1)
    relative = (_TO_XYZ @ seen) / _WHITE
    x, y, z = np.where(
        relative > (6 / 29) ** 3, np.cbrt(relative), relative / (3 * (6 / 29) ** 2) + 4 / 29
    )
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def _hue_mean(first: float, second: float, grey: bool) -> float:
    if grey:
        return first + second
    if abs(first - second) <= 180:
        return (first + second) / 2
    return (first + second + (360 if first + second < 360 else -360)) / 2


def _hue_step(first: float, second: float, grey: bool) -> float:
    if grey:
        return 0.0
    step = second - first
    return step - 360 if step > 180 else step + 360 if step < -180 else step


def ciede2000(first: np.ndarray, second: np.ndarray) -> float:
    """Measure how different two colours look, by Sharma, Wu & Dalal (2005), equations 2 to 22."""
    chroma = np.hypot([first[1], second[1]], [first[2], second[2]]).mean()
    stretch = 1.5 - 0.5 * math.sqrt(chroma**7 / (chroma**7 + 25**7))
    a1, a2 = stretch * first[1], stretch * second[1]
    c1, c2 = math.hypot(a1, first[2]), math.hypot(a2, second[2])
    h1, h2 = (math.degrees(math.atan2(b, a)) % 360 for a, b in ((a1, first[2]), (a2, second[2])))
    grey = c1 * c2 == 0
    d_hue = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(_hue_step(h1, h2, grey)) / 2)
    lightness, c, h = (first[0] + second[0]) / 2, (c1 + c2) / 2, _hue_mean(h1, h2, grey)
    t = (
        1
        - 0.17 * math.cos(math.radians(h - 30))
        + 0.24 * math.cos(math.radians(2 * h))
        + 0.32 * math.cos(math.radians(3 * h + 6))
        - 0.20 * math.cos(math.radians(4 * h - 63))
    )
    turn = math.radians(60 * math.exp(-(((h - 275) / 25) ** 2)))
    rotation = -2 * math.sqrt(c**7 / (c**7 + 25**7)) * math.sin(turn)
    off = (lightness - 50) ** 2
    d_l = (second[0] - first[0]) / (1 + 0.015 * off / math.sqrt(20 + off))
    d_c = (c2 - c1) / (1 + 0.045 * c)
    d_h = d_hue / (1 + 0.015 * c * t)
    return math.sqrt(d_l**2 + d_c**2 + d_h**2 + rotation * d_c * d_h)


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of WCAG 2.2, from 1 to 21."""
    dark, light = sorted(float(_TO_XYZ[1] @ linear(colour)) for colour in (first, second))
    return (light + 0.05) / (dark + 0.05)


def closest(colours: dict[str, str], vision: str) -> tuple[float, str, str]:
    """Return the pair of names whose colours look most alike, with its distance."""
    return min(
        (ciede2000(lab(colours[a], vision), lab(colours[b], vision)), a, b)
        for a, b in combinations(colours, 2)
    )


@pytest.mark.parametrize("row", SHARMA.strip().splitlines())
def test_the_distance_is_the_published_one(row):
    """Every pair of the article, both ways round."""
    *numbers, expected = map(float, row.split())
    first, second = np.array(numbers[:3]), np.array(numbers[3:])
    # Half a unit of the fourth decimal, the last one published.
    assert ciede2000(first, second) == pytest.approx(expected, abs=5e-5)
    assert ciede2000(second, first) == pytest.approx(expected, abs=5e-5)


RIBBON = {
    "zero": symbols.ZERO_COLOUR,
    **{f"class {i}": colour for i, colour in enumerate(symbols.LAJOLLA, start=1)},
    "no rate": symbols.MISSING_COLOUR,
}
TYPES = {name: colour for name, (colour, _) in symbols.TYPE_MARKS.items()}


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("palette", [RIBBON, TYPES], ids=["ribbon", "event types"])
def test_no_two_colours_look_alike(palette, vision):
    """All pairs, the class of zero and the colour for no rate among them."""
    distance, first, second = closest(palette, vision)
    assert distance >= LEAST_DISTANCE, f"{first} and {second}: {distance:.1f}"


def test_the_ribbon_gets_darker():
    """The order of the classes shows without any hue."""
    lightness = [lab(colour)[0] for colour in symbols.LAJOLLA]
    assert lightness == sorted(lightness, reverse=True)
    assert min(-np.diff(lightness)) >= LEAST_DISTANCE


def test_every_event_type_has_its_own_mark():
    """Colour is not all: each word of the vocabulary has a shape to itself, and the page draws it."""
    assert set(symbols.TYPE_MARKS) == set(EVENT_TYPES)
    shapes = [shape for _, shape in symbols.TYPE_MARKS.values()]
    assert len(set(shapes)) == len(shapes)
    drawn = (SOURCES / "map" / "symbols.js").read_text(encoding="utf-8")
    for shape in set(shapes) - {"circle"}:
        assert re.search(rf'^  "?{shape}"?: |shape === "{shape}"', drawn, re.M), shape


#: Where the colours of the page stand, and what lies on what: (text or graphic, grounds).
LANDS = ("left", "right", "other")
PAIRS = {
    "css/base.css": {
        "text": {
            "ink": ("paper", "tint", "blue-soft"),
            "ink-2": ("paper", "tint", "blue-soft"),
            "blue": ("paper", "tint", "blue-soft"),
            "on-blue": ("blue",),
            "warn": ("paper",),
        },
        "graphic": {"edge": ("paper", "tint", "blue-soft"), "focus": ("paper", "tint", "blue-soft")},
        "quiet": ("line",),
    },
    "map/palette.js": {
        "text": {
            name: (*LANDS, "halo")
            for name in ("ink", "country", "areaName", "waterName", "district", "landmark")
        }
        | {"band": ("halo",)},  # the number on a badge
        "graphic": {
            name: (*LANDS, "ground", "halo")
            for name in (
                "casing", "casingZero", "baseline", "outline", "band", "several", "mark", "landmark",
                "landmarkWater", "stateBorder",
            )
        }
        | {"area": LANDS},
        # The ground of the map: it helps to find one's way, and is pale so that the rest stands out.
        "quiet": ("water", "lake", "lakeEdge", "province", "haloSoft"),
    },
    "chart/theme.js": {
        "text": {
            "ink": ("paper", "strip", "stripOther"),
            "soft": ("paper", "strip", "stripOther"),
            "crossing": ("paper",),
            "landmark": ("paper",),
        },
        "graphic": {
            **dict.fromkeys(
                ("axis", "bandEdge", "barEdge", "hover", "chosen", "bar", "missing"), ("paper",)
            ),
            "line": ("paper", "band"),
            "barOutside": ("paper",),
        },
        # Lines of the grid, fillings whose edge is drawn, veils.
        "quiet": ("rule", "band", "strip", "stripOther", "pale", "selection"),
    },
}  # fmt: skip
LEAST_CONTRAST = {"text": 4.5, "graphic": 3.0}  # WCAG 2.2, success criteria 1.4.3 and 1.4.11
_HEX = r"#(?:[0-9a-fA-F]{8}|[0-9a-fA-F]{6}|[0-9a-fA-F]{3,4})\b"
_RGBA = r"rgba?\(([^)]*)\)"


def over(colour: str, ground: str) -> str:
    """Return what is seen where a colour that may be translucent lies on a ground."""
    if colour.startswith("#"):
        return colour
    *parts, alpha = (float(part) for part in re.findall(r"[\d.]+", colour))
    base = [int(ground[i : i + 2], 16) for i in (1, 3, 5)]
    mixed = [round(alpha * a + (1 - alpha) * b) for a, b in zip(parts, base, strict=True)]
    return "#" + "".join(f"{part:02x}" for part in mixed)


def colours_of(source: str) -> dict[str, str]:
    """Return the colours that a style sheet or a module names."""
    text = (SOURCES / source).read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
    named = re.findall(rf'(?:--fg-)?([\w-]+):\s*"?({_HEX}|{_RGBA})', text)
    return {name: colour for name, colour, *_ in named}


def roles(source: str, role: str) -> list[tuple[str, str]]:
    """Return the pairs of names that play a role in a source."""
    return [(name, on) for name, grounds in PAIRS[source][role].items() for on in grounds]


@pytest.mark.parametrize(
    ("source", "role", "name", "ground"),
    [(s, role, *pair) for s in PAIRS for role in LEAST_CONTRAST for pair in roles(s, role)],
)
def test_contrast(source, role, name, ground):
    """Every text on every ground that it lies on, and every line or sign that says something."""
    colours = colours_of(source)
    ratio = contrast(over(colours[name], colours[ground]), colours[ground])
    assert ratio >= LEAST_CONTRAST[role], f"{name} on {ground}: {ratio:.2f}"


@pytest.mark.parametrize("source", PAIRS)
def test_every_colour_has_its_pair(source):
    """A new colour is looked at here before anybody else looks at it."""
    grounds = {on for role in LEAST_CONTRAST for _, on in roles(source, role)}
    named = {name for role in LEAST_CONTRAST for name, _ in roles(source, role)}
    listed = grounds | named | set(PAIRS[source]["quiet"])
    assert set(colours_of(source)) == listed


def page_sources() -> list[tuple[str, str]]:
    """Return the scripts and style sheets of the page with their text."""
    found, folders = [], [(SOURCES, "")]
    while folders:
        folder, path = folders.pop()
        for entry in folder.iterdir():
            if entry.is_dir():
                folders.append((entry, f"{path}{entry.name}/"))
            elif entry.name.endswith((".js", ".css")):
                found.append((f"{path}{entry.name}", entry.read_text(encoding="utf-8")))
    return sorted(found)


def test_no_colour_stands_elsewhere():
    """All colours are in the three places above, so that none goes untested."""
    scattered = {
        source: re.findall(_HEX, text)
        for source, text in page_sources()
        if source not in PAIRS and re.search(_HEX, text)
    }
    assert scattered == {}


@pytest.mark.parametrize("land", LANDS)
def test_the_classes_of_the_ribbon_are_seen_on_the_land(land):
    """The line is cased in dark, so each colour is told from the ground by its edge."""
    palette = colours_of("map/palette.js")
    assert contrast(palette["casing"], palette[land]) >= LEAST_CONTRAST["graphic"]
    for name, colour in RIBBON.items():
        seen = max(contrast(colour, palette["casing"]), contrast(colour, palette[land]))
        assert seen >= LEAST_CONTRAST["graphic"], name


def test_contrast_is_that_of_the_guideline():
    """Black on white, and the grey that WCAG's notes give as the edge of 4.5 : 1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert over("rgba(0, 0, 0, 0.5)", "#ffffff") == "#808080"


PAPER = ("#ffffff", *static_strip.FILLS)
PAPER_LANDS = (static_ground.LEFT, static_ground.RIGHT, static_ground.OTHER)


@pytest.mark.parametrize(
    ("role", "colour", "grounds"),
    [
        ("text", static_legend.QUIET, PAPER),
        ("text", static_strip.QUIET, PAPER),
        ("text", static_symbols.INK, PAPER),
        ("graphic", static_map.BAND_COLOUR, PAPER_LANDS),
        ("graphic", static_map.WATER_STYLE[0], PAPER_LANDS),
        ("graphic", static_map.REFERENT_STYLES["bridge"][0], PAPER_LANDS),
        ("graphic", static_ground.BORDER, PAPER_LANDS),
    ],
)
def test_contrast_on_paper(role, colour, grounds):
    """The static picture keeps to the same limits."""
    for ground in grounds:
        assert contrast(colour, ground) >= LEAST_CONTRAST[role], ground
