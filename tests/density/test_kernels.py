"""Kernel shapes: closed forms, and what the ends of a line do."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from frontier_geo.density.kernels import (
    KERNELS,
    bandwidth_from_half_width,
    half_width,
    images,
    kernel_cdf,
    kernel_matrix,
    kernel_pdf,
    kernel_second_moment,
    roughness,
)
from frontier_geo.errors import ParameterError

NAMES = sorted(KERNELS)
# Roughness of kernels of half-width 1 (gaussian: sd 1), Wand & Jones (1995), Kernel Smoothing,
# table 2.1 and section 2.7: 3/5, 5/7, 2/3, 1/2, 1/(2 root pi). Divided by the half-width below.
TABLED_ROUGHNESS = {
    "epanechnikov": 3 / 5,
    "quartic": 5 / 7,
    "triangular": 2 / 3,
    "uniform": 1 / 2,
}
# Root of the variance of the same kernels: 1/5, 1/7, 1/6, 1/3.
HALF_WIDTHS = {"epanechnikov": 5, "quartic": 7, "triangular": 6, "uniform": 3}


def moments(name: str, power: int, square: bool = False) -> float:
    reach = min(KERNELS[name].half_width, 12.0)

    def integrand(u: float) -> float:
        return float(u**power * kernel_pdf(name, u) ** (2 if square else 1))

    return quad(integrand, -reach, 0, epsabs=1e-12)[0] + quad(integrand, 0, reach, epsabs=1e-12)[0]


@pytest.mark.parametrize("name", NAMES)
def test_every_kernel_is_a_density_of_standard_deviation_one(name):
    # 1e-9: what the quadrature promises, with room.
    assert moments(name, 0) == pytest.approx(1, abs=1e-9)
    assert moments(name, 1) == pytest.approx(0, abs=1e-9)
    assert moments(name, 2) == pytest.approx(1, abs=1e-9)
    assert kernel_second_moment(name, 3.0) == 9.0


@pytest.mark.parametrize("name", NAMES)
def test_roughness_is_the_integral_of_the_square(name):
    assert moments(name, 0, square=True) == pytest.approx(roughness(name), abs=1e-9)
    assert roughness(name, 4.0) == pytest.approx(roughness(name) / 4, rel=1e-15)


@pytest.mark.parametrize("name", sorted(HALF_WIDTHS))
def test_half_width_and_roughness_are_the_tabled_ones(name):
    width = half_width(name, 1.0)
    assert width == pytest.approx(HALF_WIDTHS[name] ** 0.5, rel=1e-15)
    assert roughness(name) == pytest.approx(TABLED_ROUGHNESS[name] / width, rel=1e-14)
    assert bandwidth_from_half_width(name, half_width(name, 2.5)) == pytest.approx(2.5, rel=1e-15)
    assert kernel_pdf(name, [width * 1.0001, -width * 1.0001]).tolist() == [0, 0]
    assert (kernel_pdf(name, [width * 0.999, -width * 0.999]) > 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_the_distribution_function_is_the_integral(name):
    for u in (-2.5, -1.3, -0.2, 0.0, 0.7, 1.6, 2.2):
        below = min(KERNELS[name].half_width, 12.0)
        cuts = sorted({-below, min(max(0.0, -below), u), u})
        whole = sum(
            quad(lambda t: float(kernel_pdf(name, t)), a, b, epsabs=1e-12)[0]
            for a, b in itertools.pairwise(cuts)
        )
        if u > -below:
            assert kernel_cdf(name, u) == pytest.approx(min(whole, 1.0), abs=1e-9)
    assert kernel_cdf(name, [-40.0, 0.0, 40.0]).tolist() == [0.0, 0.5, 1.0]


def test_words_that_are_no_kernel_are_refused():
    with pytest.raises(ParameterError, match="kernel must be one of .*, but is 'cosine'"):
        kernel_pdf("cosine", 0)
    with pytest.raises(ParameterError, match="gaussian kernel has no half-width"):
        bandwidth_from_half_width("gaussian", 1)
    with pytest.raises(ParameterError, match="bandwidth must be above 0"):
        half_width("uniform", 0)
    with pytest.raises(ParameterError, match="width must be above 0"):
        bandwidth_from_half_width("uniform", -1)


def test_the_event_itself_comes_first_among_its_images():
    assert images(10.0, 1.0)[0] == (1.0, 0.0)
    assert set(images(10.0, 1.0)) == {(1.0, 0.0), (-1.0, 0.0), (-1.0, 20.0)}
    with pytest.raises(ParameterError, match="mirror images"):
        images(1.0, 1e6)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("h", [0.4, 3.0, 25.0])
def test_each_event_keeps_its_whole_mass_on_the_line(name, h):
    """Also where the kernel is far wider than the line: then there are many images."""
    s = np.array([0.0, 0.3, 4.0, 9.99, 10.0])
    cells = 40_000
    at = (np.arange(cells) + 0.5) * 10 / cells
    mass = kernel_matrix(at, s, bandwidth=h, kernel=name, length=10).sum(axis=0) * 10 / cells
    # Midpoints err by a jump of the uniform kernel times half a cell, 1e-4 of the mass at most.
    assert mass == pytest.approx(np.ones(5), abs=2e-4 if name == "uniform" else 1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_a_stretch_is_the_mean_of_the_kernels_within_it(name):
    at = np.array([0.2, 2.0, 3.1, 6.0, 9.7])
    many = 200_000
    fine = 1.0 + (np.arange(many) + 0.5) / many * 4.0
    for length in (10.0, None):
        exact = kernel_matrix(
            at, [1.0], chainage_to=[5.0], bandwidth=0.9, kernel=name, length=length
        )[:, 0]
        mean = kernel_matrix(at, fine, bandwidth=0.9, kernel=name, length=length).mean(axis=1)
        # Half a jump of the uniform kernel per edge of 2e-5: 1e-5.
        assert exact == pytest.approx(mean, abs=1e-5)


def test_a_short_stretch_is_not_taken_for_a_point():
    """A fifth of a bandwidth: the second derivative times width squared over 24 is still seen."""
    width, at = 0.2, 4.0
    exact = 2 * (kernel_cdf("gaussian", width / 2) - 0.5) / width
    found = kernel_matrix(
        [at], [at - width / 2], chainage_to=[at + width / 2], bandwidth=1.0, length=None
    )
    assert found[0, 0] == pytest.approx(exact, rel=1e-12)
    assert abs(exact / kernel_pdf("gaussian", 0.0) - 1) > 1e-3


def test_far_from_a_stretch_no_digits_are_lost_on_either_side():
    args = {"chainage_to": [6.0], "bandwidth": 1.0, "length": None}
    right = kernel_matrix([14.0], [4.0], **args)[0, 0]
    left = kernel_matrix([-4.0], [4.0], **args)[0, 0]
    # The tail of a normal distribution, 8 standard deviations out, over the width of 2.
    assert right == pytest.approx((norm.sf(8) - norm.sf(10)) / 2, rel=1e-9, abs=0)
    assert left == pytest.approx(right, rel=1e-12, abs=0)


@pytest.mark.parametrize("name", NAMES)
def test_a_stretch_far_shorter_than_the_kernel_is_a_point(name):
    """No digits are lost where the two distribution functions nearly agree."""
    at = np.array([3.9, 4.0, 4.5])
    point = kernel_matrix(at, [4.0], bandwidth=1.0, kernel=name, length=10)
    for width in (0.0, 1e-12, 1e-7, 1e-4):
        stretch = kernel_matrix(
            at, [4 - width / 2], chainage_to=[4 + width / 2], bandwidth=1.0, kernel=name, length=10
        )
        # The second derivative, 1, times width squared over 24; the kink of the triangular adds
        # width over 4 half-widths squared.
        assert stretch == pytest.approx(point, abs=1e-8 if name != "triangular" else 2e-5)


@settings(deadline=None, max_examples=40)
@given(
    s=st.lists(st.floats(0, 1), min_size=1, max_size=6),
    h=st.floats(0.01, 3),
    name=st.sampled_from(NAMES),
)
def test_reversing_the_line_reverses_the_curve(s, h, name):
    at = np.linspace(0.013, 0.987, 7)
    there = kernel_matrix(at, s, bandwidth=h, kernel=name, length=1.0)
    back = kernel_matrix(1 - at, 1 - np.array(s), bandwidth=h, kernel=name, length=1.0)
    if name != "uniform":  # whose edges move by rounding
        assert back == pytest.approx(there, rel=1e-8, abs=1e-8 / h)
