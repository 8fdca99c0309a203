"""Geodesic measures against published values and independent programs."""

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from pyproj import Transformer

from frontier_geo.errors import CoordinateError, VertexError
from frontier_geo.geodesy import earth_centred, geodesic_chainage, sine_cosine, surface_normal

# Meridian quadrant Q of GRS80, to the millimetre, from the derived constants in
# Moritz (2000), J. Geodesy 74, 128-133. https://doi.org/10.1007/s001900050278
GRS80_QUADRANT_M = 10_001_965.729


@pytest.mark.parametrize("n", [2, 10, 1001])
def test_equator_to_pole_is_the_published_quadrant(n):
    """However finely the meridian is digitised, it ends at Q."""
    chainage = geodesic_chainage([0] * n, np.linspace(0, 90, n), ellipsoid="GRS80")
    # 1 mm is the last digit quoted above; rounding over 1000 legs stays below it.
    assert chainage[-1] == pytest.approx(GRS80_QUADRANT_M, abs=1e-3)


def test_chainage_of_the_border_agrees_with_geographiclib(border):
    """Karney's own Python code, leg by leg, on 500 vertices of the shipped line."""
    lon, lat = border.lon[3000:3500], border.lat[3000:3500]
    legs = [
        Geodesic.WGS84.Inverse(lat[i], lon[i], lat[i + 1], lon[i + 1])["s12"] for i in range(499)
    ]
    # Both are exact to nanometres a leg; 1 micrometre over 500 of them. Every vertex, not the last alone:
    # legs added up from the wrong end come to the same sum.
    assert geodesic_chainage(lon, lat) == pytest.approx(np.cumsum([0.0, *legs]), abs=1e-6)


def test_earth_centred_coordinates_agree_with_proj():
    rng = np.random.default_rng(7)
    lon, lat = rng.uniform(-180, 180, 1000), rng.uniform(-90, 90, 1000)
    proj = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    expected = np.column_stack(proj.transform(lon, lat, np.zeros(1000)))
    # 1e-8 m: rounding of numbers of the size of the earth's radius.
    assert np.abs(earth_centred(lon, lat) - expected).max() < 1e-8


def test_normal_points_up():
    assert surface_normal(np.array([0.0, 90.0]), np.array([0.0, 0.0])) == pytest.approx(
        np.array([[1, 0, 0], [0, 1, 0]]), abs=1e-15
    )
    assert surface_normal(np.array([12.0]), np.array([90.0]))[0] == pytest.approx(
        [0, 0, 1], abs=1e-15
    )


@pytest.mark.parametrize(
    ("lon", "lat", "error", "words"),
    [
        ([0, 1], [0], VertexError, r"two or more vertices.*\(2,\) and \(1,\)"),
        ([0], [0], VertexError, "two or more vertices"),
        (
            [0, np.nan],
            [0, 1],
            CoordinateError,
            "longitude must be a finite number, but vertex 1 has nan",
        ),
        (
            [0, 1],
            [0, np.inf],
            CoordinateError,
            "latitude must be a finite number, but vertex 1 has inf",
        ),
        ([0, 1], [0, 95], CoordinateError, "within ±90 degrees, but vertex 1 has 95.*swapped"),
        ([0, 400_000], [0, 1], CoordinateError, "within ±180 degrees.*metres of a projection"),
    ],
)
def test_bad_vertices_are_refused(lon, lat, error, words):
    with pytest.raises(error, match=words):
        geodesic_chainage(lon, lat)


def test_sine_and_cosine_are_those_of_numpy():
    """Within the rounding of an angle of 6 radians, and exact where a quarter turn is."""
    degrees = np.concatenate(
        (np.random.default_rng(1).uniform(-360, 360, 50_000), np.arange(-360, 361))
    )
    sine, cosine = sine_cosine(degrees)
    assert np.abs(sine - np.sin(np.radians(degrees))).max() < 2e-15
    assert np.abs(cosine - np.cos(np.radians(degrees))).max() < 2e-15
    assert np.abs(sine**2 + cosine**2 - 1).max() < 1e-15


def test_earth_centred_places_are_those_of_proj():
    """EPSG:4978 by PROJ, within a few nanometres: rounding of 6.4e6 m."""
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(-180, 180, 10_000), rng.uniform(-90, 90, 10_000)
    lon[:4], lat[:4] = [180, -180, 0, 71], [0, 0, 90, -90]
    proj = Transformer.from_crs(4979, 4978, always_xy=True).transform(lon, lat, np.zeros(10_000))
    assert np.abs(earth_centred(lon, lat) - np.column_stack(proj)).max() < 1e-8
