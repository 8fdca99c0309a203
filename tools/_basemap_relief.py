"""
The shaded relief of the basemap: an elevation model lit from the north-west, as one grey WebP.

Slopes of two sizes are mixed, so that ranges show as well as valleys. Flat ground is white: the
image is laid over the colours of the map by multiplication, and ends white at its edges.
"""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
TILE_NORTH, TILE_WEST = 50.0, 0.0  # corner of the elevation tile, degrees
CELLS_PER_DEGREE = 120
METRES_PER_DEGREE = 111_200.0

WIDTH = 660  # pixels; Web Mercator at zoom 6.27
SUN_AZIMUTH, SUN_HEIGHT = 315.0, 45.0  # degrees
SCALES = ((0.55, 0.6), (2.2, 0.4))  # blur in pixels, weight
EXAGGERATION = 5.0
DEEPEST = 0.42  # share of light that the darkest slope takes away
FADE = 0.05  # share of the width and height over which the image fades to white
QUALITY = 28


def cut_tile(tile: FloatArray, frame: tuple[float, float, float, float]) -> FloatArray:
    """Return the elevations (m) within a frame (south, west, north, east)."""
    south, west, north, east = frame
    rows = slice(
        round((TILE_NORTH - north) * CELLS_PER_DEGREE),
        round((TILE_NORTH - south) * CELLS_PER_DEGREE),
    )
    columns = slice(
        round((west - TILE_WEST) * CELLS_PER_DEGREE), round((east - TILE_WEST) * CELLS_PER_DEGREE)
    )
    return np.asarray(tile[rows, columns], dtype=np.float64)


def mercator(lat: FloatArray | float) -> FloatArray:
    """Return the Web Mercator ordinate of latitudes in degrees, in radians."""
    return np.log(np.tan(np.pi / 4 + np.radians(np.asarray(lat, dtype=np.float64)) / 2))


def blurred(values: FloatArray, sigma: float) -> FloatArray:
    """Return a grid smoothed by a Gaussian of `sigma` cells; edges are repeated."""
    reach = max(1, int(np.ceil(3 * sigma)))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    for axis in (0, 1):
        pad = [(reach, reach) if k == axis else (0, 0) for k in (0, 1)]
        wide = np.moveaxis(np.pad(values, pad, mode="edge"), axis, 0)
        size = values.shape[axis]
        values = np.moveaxis(sum(w * wide[k : k + size] for k, w in enumerate(kernel)), 0, axis)
    return values


def resampled(
    heights: FloatArray, frame: tuple[float, float, float, float], width: int
) -> tuple[FloatArray, FloatArray]:
    """Return heights on rows equally spaced in Web Mercator, and the latitudes of those rows."""
    south, west, north, east = frame
    top, bottom = mercator(north), mercator(south)
    height = round(width * float(top - bottom) / np.radians(east - west))
    y = top - (np.arange(height) + 0.5) / height * (top - bottom)
    lat = np.degrees(2 * np.arctan(np.exp(y)) - np.pi / 2)
    lon = west + (np.arange(width) + 0.5) / width * (east - west)
    smooth = blurred(heights, 0.4 * (east - west) * CELLS_PER_DEGREE / width)
    across = (lon - west) * CELLS_PER_DEGREE
    down = (north - lat) * CELLS_PER_DEGREE
    cells = np.arange(heights.shape[1])
    rows = np.stack([np.interp(across, cells, row) for row in smooth])
    cells = np.arange(heights.shape[0])
    return np.stack([np.interp(down, cells, column) for column in rows.T], axis=1), lat


def shade(heights: FloatArray, lat: FloatArray, degrees_per_pixel: float) -> FloatArray:
    """Return the light on each cell, 1 on flat ground, less in shadow, never more than 1."""
    metres = METRES_PER_DEGREE * degrees_per_pixel * np.cos(np.radians(lat))[:, None]
    sun, up = np.radians(SUN_AZIMUTH), np.radians(SUN_HEIGHT)
    light = np.zeros_like(heights)
    for sigma, weight in SCALES:
        south, east = np.gradient(blurred(heights, sigma))
        east, north = EXAGGERATION * east / metres, -EXAGGERATION * south / metres
        normal = np.sqrt(1 + east**2 + north**2)
        facing = (np.sin(up) - np.cos(up) * (east * np.sin(sun) + north * np.cos(sun))) / normal
        light += weight * facing / np.sin(up)
    # Bright slopes keep a little of their own tone, so that both sides of a ridge are seen.
    tone = np.where(light < 1, 1.18 * (1 - light), -0.10 * (light - 1))
    return np.clip(1 - DEEPEST * np.clip(tone + 0.05 * _ruggedness(heights), 0, 1), 0, 1)


def _ruggedness(heights: FloatArray) -> FloatArray:
    """Return 0 on plains to 1 in steep country."""
    south, east = np.gradient(blurred(heights, 2.0))
    return np.clip(blurred(np.hypot(south, east), 4.0) / 250.0, 0, 1)


def faded(light: FloatArray) -> FloatArray:
    """Return the light brought to white at the edges."""
    ramps = []
    for size in light.shape:
        near = np.minimum(np.arange(size), np.arange(size)[::-1]) / (FADE * size)
        ramps.append(np.clip(near, 0, 1))
    return 1 - (1 - light) * np.minimum.outer(ramps[0], ramps[1])


def relief(heights: FloatArray, frame: tuple[float, float, float, float]) -> dict[str, object]:
    """Return the relief as the basemap holds it: bounds, projection, image as a data URI."""
    from PIL import Image

    on_screen, lat = resampled(heights, frame, WIDTH)
    light = faded(shade(on_screen, lat, (frame[3] - frame[1]) / WIDTH))
    image = Image.fromarray(np.rint(255 * light).astype(np.uint8)).convert("RGB")
    stream = io.BytesIO()
    image.save(stream, format="WEBP", quality=QUALITY, method=6)
    encoded = base64.b64encode(stream.getvalue()).decode("ascii")
    return {
        "bounds": list(frame),
        "projection": "mercator",
        "image": f"data:image/webp;base64,{encoded}",
    }
