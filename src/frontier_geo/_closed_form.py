"""
Geodesy in closed form, written once for whole arrays and for single numbers.

Only +, -, *, / and the square root are used, which round the same way everywhere. So numpy, given
arrays, and the compiled loops, given one number at a time, arrive at the same bits.
Coordinates are earth-centred metres on WGS84; angles are radians where nothing else is said.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pyproj import Geod

ELLIPSOID = Geod(ellps="WGS84")
AXIS = float(ELLIPSOID.a)
ES = float(ELLIPSOID.es)  # eccentricity squared
STEPS = 8  # places in a degree at which sine and cosine are known beforehand
RADIANS = float(np.pi / 180.0)

_DEGREES = np.arange(-360 * STEPS, 360 * STEPS + 1) / STEPS
SINE = np.sin(_DEGREES * RADIANS)
COSINE = np.cos(_DEGREES * RADIANS)

# Constants by which the loops multiply, where dividing would take longer.
_OVER_6, _OVER_12, _OVER_20 = 1.0 / 6.0, 1.0 / 12.0, 1.0 / 20.0
_OVER_3, _3_OVER_40, _5_OVER_112, _35_OVER_1152 = 1.0 / 3.0, 3.0 / 40.0, 5.0 / 112.0, 35.0 / 1152.0
_FLATTER = 1.0 / (1.0 - ES)
_HALF_CURVATURE = 0.5 / 6.371e6
_HALF_TO_SINE = 0.5 * _FLATTER / AXIS
_CURVATURE2 = 1.0 / (AXIS * AXIS)


def small_sine(angle: Any) -> Any:
    """Return the sine of an angle of at most 1/16 of a degree, good to the last bit or two."""
    square = angle * angle
    return angle * (1.0 - square * _OVER_6 * (1.0 - square * _OVER_20))


def small_cosine(angle: Any) -> Any:
    """Return the cosine of an angle of at most 1/16 of a degree."""
    square = angle * angle
    return 1.0 - square * 0.5 * (1.0 - square * _OVER_12)


def cross_radius(sine: Any) -> Any:
    """Return the radius of curvature across the meridian, by the sine of the latitude."""
    return AXIS / np.sqrt(1.0 - ES * (sine * sine))


def dot(ax: Any, ay: Any, az: Any, bx: Any, by: Any, bz: Any) -> Any:
    """Return the scalar product of two vectors."""
    return ax * bx + ay * by + az * bz


def along_arc(ahead: Any, up: Any, left: Any, radius: Any, half: Any, bend: Any) -> Any:
    """
    Return how far along an edge the perpendicular geodesic from a place meets it, not yet clipped.

    `ahead`, `up` and `left` are the place seen from the middle of the edge. The perpendicular plane
    section meets the edge at `radius` * atan(ahead / (radius + up)); the geodesic leaves that
    section by `bend` times the cube of its length.
    """
    slope = ahead / (radius + up)
    square = slope * slope
    turn = slope * (1.0 - square * (_OVER_3 - square * 0.2))
    return half + radius * turn + bend * (left * left * left)


def arc_ahead(turn: Any, radius: Any) -> Any:
    """Return how far ahead of the middle an edge is after a turn of some radians."""
    return radius * (turn * (1.0 - turn * turn * _OVER_6))


def arc_down(turn: Any, radius: Any) -> Any:
    """Return how far an edge has sunk below the plane that touches it in its middle."""
    square = turn * turn
    return radius * (square * (0.5 - square * (0.5 * _OVER_12)))


def curvature_squared(ax: Any, ay: Any, az: Any, bx: Any, by: Any, bz: Any, chord2: Any) -> Any:
    """
    Return the squared curvature of the ellipsoid midway between two places, towards one another.

    Euler: 1/R = cos² / M + sin² / N, with the azimuth of the chord. With the latitude p and the
    radius N across the meridian, M = N (1 - e²) / w², N = a / w and w² = 1 - e² sin² p, which on the
    ground at height z is 1 / (1 + e² (z / a (1 - e²))²).
    """
    x, y, z = (ax + bx) * 0.5, (ay + by) * 0.5, (az + bz) * _HALF_TO_SINE
    flat = ES * (z * z)
    flat = 1.0 - flat * (1.0 - flat * (1.0 - flat))
    eastward = (by - ay) * x - (bx - ax) * y
    east2 = eastward * eastward / ((x * x + y * y) * chord2 + 1e-30)
    bent = (1.0 - east2) * (flat * _FLATTER) + east2
    return flat * _CURVATURE2 * (bent * bent)


def arc_over_chord(quarter: Any) -> Any:
    """Return arc / chord of a circle, by (chord / 2R)²; good to 1e-13 up to 600 km."""
    return 1.0 + quarter * (
        _OVER_6 + quarter * (_3_OVER_40 + quarter * (_5_OVER_112 + quarter * _35_OVER_1152))
    )


def geodesic_length(ax: Any, ay: Any, az: Any, bx: Any, by: Any, bz: Any) -> Any:
    """Return the geodesic length between two places at most 600 km apart."""
    dx, dy, dz = bx - ax, by - ay, bz - az
    chord2 = dx * dx + dy * dy + dz * dz
    quarter = chord2 * curvature_squared(ax, ay, az, bx, by, bz, chord2) * 0.25
    return np.sqrt(chord2) * arc_over_chord(quarter)


def above_chord(chord2: Any, along: Any, length: Any) -> Any:
    """
    Return the squared straight distance to an edge, from that to its chord.

    `along` the chord the edge lies h = along (length - along) / 2 R above it; a place at a distance d
    sees that from d² / 2 R below the ground there.
    """
    height = along * (length - along) * _HALF_CURVATURE
    return chord2 + height * (chord2 * (2.0 * _HALF_CURVATURE) - height)


def azimuth_slack(distance: Any) -> Any:
    """
    Return by how much straight distances may mislead about which of two places is nearer, in metres.

    Geodesics of one straight length differ with their azimuth by up to 1.4 % of (chord)³ / 24 R².
    """
    return 2e-3 + (0.014 / (24.0 * 6.335e6 * 6.335e6)) * (distance * distance * distance)
