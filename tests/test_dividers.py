"""Divider lengths against curves whose length at each step is known, and against a plain walk."""

from __future__ import annotations

import math

import numpy as np
import pytest
from shapely import LineString

from frontier_geo import Boundary, divider_lengths, load_boundary
from frontier_geo.errors import ParameterError

# Metres a degree on the equator of WGS84, along it and across it (a and a (1 - e²) times pi / 180).
EAST_M, NORTH_M = 111_319.490793, 110_574.275822


def line_of(x_km, y_km):
    """A line in a plane a few kilometres wide, laid where the equator crosses the meridian."""
    xy = np.column_stack((np.asarray(x_km) / EAST_M, np.asarray(y_km) / NORTH_M)) * 1000
    return Boundary.from_line(LineString(xy), crs="EPSG:4326", boundary_id="flat")


def koch(generations):
    """The Koch curve over the first kilometre of the x axis."""
    z = np.array([0.0, 1.0 + 0j])
    turn = np.exp(1j * np.pi / 3)
    for _ in range(generations):
        a, d = z[:-1], np.diff(z) / 3
        z = np.append(np.column_stack((a, a + d, a + d + d * turn, a + 2 * d)).ravel(), z[-1])
    return line_of(z.real, z.imag)


def test_the_koch_curve_has_its_dimension():
    """
    A step of 3**-k lands on the vertices of generation k: 4**k legs, so D is log 4 / log 3.

    Mandelbrot (1967), Science 156, 636-638: the curve made of N parts, each r times as large as the
    whole, has the dimension log N / log (1 / r).
    """
    steps = 3.0 ** -np.arange(4, 0, -1)
    # A hair shorter, so that rounding does not step over a vertex, where the curve turns back.
    lengths = divider_lengths(koch(6), steps_km=steps * (1 - 1e-7), n_starts=1)
    expected = (4 / 3) ** np.arange(4, 0, -1)
    # 1e-4: the curve lies on an ellipsoid, on which the plane's distances are right to some ppm.
    assert lengths["length_km"].to_numpy() == pytest.approx(expected, rel=1e-4)
    assert lengths["legs"].to_numpy() == pytest.approx(4.0 ** np.arange(4, 0, -1), abs=1)
    assert lengths.attrs["dimension"] == pytest.approx(math.log(4) / math.log(3), abs=1e-4)
    assert lengths["local_dimension"].to_numpy() == pytest.approx(1.26186, abs=1e-3)


@pytest.mark.parametrize("n_starts", [1, 4, 7])
def test_a_straight_line_has_the_dimension_1(n_starts):
    """Its length is that of the line at every step: 200 km of the equator."""
    line = Boundary.from_line(
        LineString([(10, 0), (10 + 200_000 / EAST_M, 0)]), crs="EPSG:4326", boundary_id="equator"
    )
    lengths = divider_lengths(line, steps_km=[0.7, 3, 11, 90], n_starts=n_starts)
    # 1 mm: the chord of a step is that of a sphere, a few ppm from the ellipsoid's, but the legs are
    # measured on the ellipsoid and lie on the line.
    assert lengths["length_km"].to_numpy() == pytest.approx(200.0, abs=1e-6)
    assert lengths.attrs["dimension"] == pytest.approx(1.0, abs=1e-9)


def test_half_a_circle_by_hand():
    """Legs are chords: each spans 2 asin(s / 2r) of the arc, and the rest one chord more."""
    radius, arc = 5.0, np.linspace(0, np.pi, 20_001)
    line = line_of(radius * np.cos(arc), radius * np.sin(arc))
    steps = np.array([1.0, 2.0, 4.0])
    angle = 2 * np.arcsin(steps / (2 * radius))
    whole = np.floor(np.pi / angle)
    rest = 2 * radius * np.sin((np.pi - whole * angle) / 2)
    lengths = divider_lengths(line, steps_km=steps, n_starts=1)
    assert lengths["legs"].tolist() == (whole + 1).tolist()
    assert lengths["length_km"].to_numpy() == pytest.approx(whole * steps + rest, rel=1e-5)


def test_teeth_by_hand():
    """Teeth of two sides 5, 6 wide: a step of 6 goes from foot to foot, of 18 over three at once."""
    line = line_of([0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36], [0, 4] * 6 + [0])
    lengths = divider_lengths(line, steps_km=[6, 18], n_starts=1)
    assert line.length_km == pytest.approx(60, rel=1e-4)
    assert lengths["length_km"].to_numpy() == pytest.approx(36.0, rel=1e-5)
    assert lengths["legs"].tolist() == pytest.approx([6, 2], abs=1)  # a rest of nothing may count


def test_a_step_within_one_edge_walks_along_it():
    """Steps far shorter than the edges measure the digitised line."""
    line = line_of([0, 3, 6], [0, 4, 0])
    lengths = divider_lengths(line, steps_km=[0.01, 0.1], n_starts=1)
    # Only at the one corner is something cut, less than a step.
    assert (10.0 - lengths["length_km"]).between(0, lengths["step_km"]).all()
    assert lengths["local_dimension"].to_numpy() == pytest.approx(1.0, abs=3e-3)


def plain_walk(line, step_km, *, spacing_m=2.0):
    """The same measure in other words: points 2 m apart, geographiclib's distances, one after another."""
    geographiclib = pytest.importorskip("geographiclib.geodesic", reason="see the extra test")
    inverse = geographiclib.Geodesic.WGS84.Inverse
    km = np.append(np.arange(0, line.length_km, spacing_m / 1000), line.length_km)
    lon, lat = line.lonlat_at(km)
    total, at = 0.0, 0
    for k in range(1, km.size):
        distance = inverse(lat[at], lon[at], lat[k], lon[k], outmask=1025)["s12"] / 1000
        if distance >= step_km or k == km.size - 1:
            total, at = total + distance, k
    return total


@pytest.mark.parametrize("step_km", [0.5, 3.0])
def test_the_shipped_line_against_a_plain_walk(step_km):
    """On 25 km of bends; the plain walk oversteps each leg by up to 2 m, so lands elsewhere, too."""
    part = load_boundary().substring(225, 250)
    line = Boundary.from_line(part, crs="EPSG:4326", boundary_id="bends")
    lengths = divider_lengths(line, steps_km=[step_km, 6], n_starts=1)
    assert lengths["length_km"].iloc[0] == pytest.approx(plain_walk(line, step_km), rel=0.01)


def test_the_shipped_border():
    """D = 1.075 over 0.5 to 50 km was found with another program when the line was chosen (0002)."""
    boundary = load_boundary()
    lengths = divider_lengths()
    assert lengths["step_km"].tolist() == [0.5, 1, 2, 5, 10, 20, 50]
    assert lengths.attrs["dimension"] == pytest.approx(1.075, abs=0.01)
    assert (lengths["length_km"] < boundary.length_km).all()
    assert lengths["length_km"].is_monotonic_decreasing
    assert (lengths["length_min_km"] <= lengths["length_km"]).all()
    assert (lengths["length_km"] <= lengths["length_max_km"]).all()
    attrs = lengths.attrs
    assert attrs["boundary"]["boundary_id"] == "TJ-AF" and attrs["parameters"]["n_starts"] == 10
    fitted = attrs["line"]["length_at_1_km"] * lengths["step_km"] ** attrs["line"]["slope"]
    assert fitted.to_numpy() == pytest.approx(lengths["length_km"].to_numpy(), rel=0.05)
    assert attrs["line"]["slope"] == pytest.approx(1 - attrs["dimension"])


def test_a_frontier_that_richardson_measured():
    """
    Spain and Portugal have D = 1.14: Mandelbrot (1967), Science 156, 636-638, after Richardson (1961).

    0.03: he read a slope off other maps, by hand, over steps that are not stated with it.
    """
    lengths = divider_lengths(Boundary.between("ESP", "PRT"), steps_km=[5, 10, 20, 50, 100, 200])
    assert lengths.attrs["dimension"] == pytest.approx(1.14, abs=0.03)


def test_a_line_across_180_degrees():
    """The same teeth, with longitude 180 in their middle."""
    xy = np.array([[0, 3, 6, 9, 12, 15, 18], [0, 4, 0, 4, 0, 4, 0]]) * 1000.0
    lon = (xy[0] - 9000) / EAST_M + 180
    lon[lon > 180] -= 360
    line = Boundary.from_line(
        LineString(np.column_stack((lon, xy[1] / NORTH_M))), crs="EPSG:4326", boundary_id="180"
    )
    assert divider_lengths(line, steps_km=[6, 9], n_starts=1)["length_km"].iloc[0] == pytest.approx(
        18.0, rel=1e-5
    )


def test_the_walk_is_not_longer_than_the_line_nor_shorter_than_its_ends_apart():
    rng = np.random.default_rng(4)
    for n in (2, 3, 30, 300):
        line = line_of(np.linspace(0, 40, n), np.cumsum(rng.normal(0, 0.5, n)))
        apart = line_of([0, 40], [line.lat[0] * NORTH_M / 1000, line.lat[-1] * NORTH_M / 1000])
        lengths = divider_lengths(line, steps_km=[0.1, 1, 10], n_starts=3)
        assert (lengths["length_max_km"] <= line.length_km * (1 + 1e-6)).all()
        assert (lengths["length_min_km"] >= apart.length_km * (1 - 1e-6)).all()


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (
            {"steps_km": [1, 900]},
            "between 0.00672 and 671.978 km, half of its length, but is 900 km",
        ),
        ({"steps_km": [0, 1]}, "but is 0 km"),
        ({"steps_km": [5, 5]}, "two or more different steps"),
        ({"steps_km": "far"}, "steps_km must be numbers"),
        ({"steps_km": [-1, 5]}, "steps_km must be"),
        ({"n_starts": 0}, "n_starts must be a whole number from 1, but is 0"),
        ({"n_starts": 2.5}, "n_starts must be a whole number"),
        ({"boundary": "TJ-AF"}, "boundary must be a Boundary, .*but is 'TJ-AF'"),
    ],
)
def test_what_cannot_be_measured_is_said(how, message):
    with pytest.raises(ParameterError, match=message.replace("(", r"\(")):
        divider_lengths(**how)


def test_a_line_too_coarse_for_usual_steps_asks_for_some():
    line = line_of([0, 3, 6], [0, 4, 0])
    with pytest.raises(ParameterError, match=r"too few to choose steps .* Pass steps_km"):
        divider_lengths(line)
