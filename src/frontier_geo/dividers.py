"""
How the length of a line grows as the step it is measured with shrinks.

A pair of dividers walks along the line. The shorter its opening, the more bends it follows; how fast
the length grows with it is Richardson's measure of how crooked a line is, and of what a length means
that is stated without its scale.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from frontier_geo._results import result_attrs
from frontier_geo._validation import FloatArray, check_amounts
from frontier_geo.boundary import Boundary
from frontier_geo.datasets import the_boundary
from frontier_geo.errors import ParameterError
from frontier_geo.geodesy import WGS84, earth_centred, principal_radii

__all__ = ["divider_lengths"]

FINEST_EDGES, COARSEST_SHARE = 4.0, 1 / 20  # usual steps: of the median edge, and of the line
MOST_LEGS = 200_000  # of one walk; below such a step there is nothing left to follow
LOOK_AHEAD = 64  # vertices looked at together


def divider_lengths(
    boundary: Boundary | None = None,
    *,
    steps_km: ArrayLike | None = None,
    n_starts: int = 10,
) -> pd.DataFrame:
    """
    Measure a line with dividers of several openings, and how fast its length grows.

    From a place on the line the dividers are set down where the line first leaves the circle of one
    step around it, and so on; what is left at an end is less than a step and is added as it is. The
    walk begins at several places, evenly spread, and goes from each to both ends.

    Parameters
    ----------
    boundary : Boundary, optional
        Default: the shipped border.
    steps_km : array_like of float, shape (k,), optional
        Openings in kilometres, two or more. Default: 1, 2, 5, 10, 20, 50 … and their tenths, from
        four times the median edge of the line to a twentieth of its length.
    n_starts : int, default 10
        At how many places the walk begins. The first is the start of the line.

    Returns
    -------
    DataFrame
        One row a step, the shortest first: ``step_km``; ``legs``, mean number of legs; ``length_km``,
        mean geodesic length of the walks; ``length_min_km, length_max_km``, the shortest and longest
        of them; ``local_dimension``, from the neighbouring steps. ``.attrs["dimension"]`` is the
        divider dimension D over all steps, from the least-squares line of log length on log step,
        whose slope is 1 - D; ``.attrs["line"]`` its ``slope`` and ``length_at_1_km``.

    Raises
    ------
    ParameterError
        If `boundary` is none, a step is not between the 200,000th part of the line and its half, there
        are fewer than two, or `n_starts` is no whole number from 1.

    Notes
    -----
    A step below the distance between vertices follows the digitised line, not the ground: there the
    length stands still and D tends to 1. A line that is as crooked at every scale has one D at all;
    where `local_dimension` changes with the step, D sums up steps that are unlike one another. The
    lengths are of one line and depend on one another, so a standard error of the slope would promise
    too much; none is given.

    References
    ----------
    Richardson (1961), The problem of contiguity, General Systems Yearbook 6, 139-187.
    Mandelbrot (1967), How long is the coast of Britain? Statistical self-similarity and fractional
    dimension, Science 156, 636-638. https://doi.org/10.1126/science.156.3775.636

    Examples
    --------
    A straight line has one length, whatever it is measured with, and the dimension 1.

    >>> from shapely import LineString
    >>> line = Boundary.from_line(LineString([(70, 0), (71, 0)]), crs="EPSG:4326")
    >>> lengths = divider_lengths(line, steps_km=[1, 3, 10])
    >>> lengths["length_km"].round(3).tolist(), round(lengths.attrs["dimension"], 6)
    ([111.319, 111.319, 111.319], 1.0)
    """
    boundary = the_boundary(boundary)
    if isinstance(n_starts, bool) or not isinstance(n_starts, int | np.integer) or n_starts < 1:
        raise ParameterError(f"n_starts must be a whole number from 1, but is {n_starts!r}.")
    steps = _usual_steps(boundary) if steps_km is None else _check_steps(steps_km, boundary)
    walked = np.array([_lengths_from(boundary, step, int(n_starts)) for step in steps])
    legs, lengths = walked[:, 0], walked[:, 1]
    logs = np.log(steps), np.log(lengths.mean(axis=1))
    slope, intercept = np.polyfit(*logs, 1)
    table = pd.DataFrame(
        {
            "step_km": steps,
            "legs": legs.mean(axis=1),
            "length_km": lengths.mean(axis=1),
            "length_min_km": lengths.min(axis=1),
            "length_max_km": lengths.max(axis=1),
            "local_dimension": 1.0 - np.gradient(logs[1], logs[0]),
        }
    )
    table.attrs = result_attrs(
        "dividers",
        boundary=boundary.summary(),
        dimension=1.0 - slope,
        line={"slope": slope, "length_at_1_km": np.exp(intercept)},
        parameters={"steps_km": steps, "n_starts": int(n_starts)},
        method="divider walk on the ellipsoid (Richardson 1961), least squares in logarithms",
        unit="km",
    )
    return table


def _usual_steps(boundary: Boundary) -> FloatArray:
    """Return the round steps that a line can be measured with."""
    finest = FINEST_EDGES * float(np.median(np.diff(boundary.chainage_km)))
    coarsest = COARSEST_SHARE * boundary.length_km
    powers = 10.0 ** np.arange(-6, 6)
    steps = (powers[:, None] * [1.0, 2.0, 5.0]).ravel()
    steps = steps[(steps >= finest) & (steps <= coarsest)]
    if steps.size < 2:
        raise ParameterError(
            f"{boundary.boundary_id} has {boundary.lon.size:,} vertices over "
            f"{boundary.length_km:,.3g} km, too few to choose steps between its edges and its length. "
            "Pass steps_km."
        )
    return steps


def _check_steps(steps_km: ArrayLike, boundary: Boundary) -> FloatArray:
    """Return the steps, the shortest first, each once."""
    steps = np.unique(check_amounts(steps_km, name="steps_km"))
    if steps.size < 2:
        raise ParameterError(f"steps_km must be two or more different steps, but is {steps_km!r}.")
    low, high = boundary.length_km / MOST_LEGS, boundary.length_km / 2
    odd = steps[(steps < low) | (steps > high)]
    if odd.size:
        raise ParameterError(
            f"A step along {boundary.boundary_id} must lie between {low:.3g} and {high:.6g} km, half of "
            f"its length, but is {odd[0]:g} km."
        )
    return steps


def _lengths_from(
    boundary: Boundary, step_km: float, n_starts: int
) -> tuple[FloatArray, FloatArray]:
    """Return the number of legs, and the length in km, of the walk from each start to both ends."""
    vertices = earth_centred(boundary.lon, boundary.lat)
    opening = _chord_m(step_km * 1000, float(boundary.lat.mean()))
    chainage = np.arange(n_starts) / n_starts * boundary.chainage_m[-1]
    places = earth_centred(*boundary.index.interpolate(chainage))
    after = np.searchsorted(boundary.chainage_m, chainage, side="right")
    legs, lengths = np.zeros(n_starts), np.zeros(n_starts)
    for k in range(n_starts):
        there = _walk(vertices[after[k] :], places[k], opening)
        back = _walk(vertices[: after[k]][::-1], places[k], opening)
        for walk in (there, back):
            legs[k] += len(walk) - 1
            lengths[k] += _geodesic_km(walk)
    return legs, lengths


def _chord_m(step_m: float, lat: float) -> float:
    """Return the straight distance between two places a geodesic distance apart, to some ppm."""
    meridian, vertical = principal_radii(np.sin(np.radians([lat])) ** 2)
    radius = float(np.sqrt(meridian * vertical)[0])
    return 2.0 * radius * float(np.sin(step_m / (2.0 * radius)))


def _walk(vertices: FloatArray, at: FloatArray, opening: float) -> FloatArray:
    """
    Return the places where the dividers are set down, shape (legs + 1, 3), to the last vertex.

    Edges are straight between their ends and a ball is convex: the line leaves the ball around a place
    on the edge to the first vertex that lies outside.
    """
    places, first = [at], 0
    while (k := _first_outside(vertices, first, at, opening)) is not None:
        inner = at if k == first else vertices[k - 1]
        edge, arm = vertices[k] - inner, inner - at
        a, b, c = edge @ edge, edge @ arm, arm @ arm - opening * opening
        at = inner + (np.sqrt(b * b - a * c) - b) / a * edge
        places.append(at)
        first = k
    if len(vertices) and not np.array_equal(at, vertices[-1]):
        places.append(vertices[-1])
    return np.array(places)


def _first_outside(vertices: FloatArray, first: int, at: FloatArray, opening: float) -> int | None:
    """Return which vertex, from `first` on, is the first at least an opening away; None if none is."""
    look = LOOK_AHEAD
    while first < len(vertices):
        arms = vertices[first : first + look] - at
        outside = np.einsum("ij,ij->i", arms, arms) >= opening * opening
        k = int(outside.argmax())
        if outside[k]:
            return first + k
        first, look = first + look, 2 * look
    return None


def _geodesic_km(places: FloatArray) -> float:
    """Return the geodesic length of a walk, in km."""
    x, y, z = places.T
    lon = np.degrees(np.arctan2(y, x))
    # Exact on the ellipsoid; a place in the middle of an edge lies less than a metre below it.
    lat = np.degrees(np.arctan2(z, (1.0 - WGS84.es) * np.hypot(x, y)))
    return float(WGS84.line_length(lon, lat)) / 1000
