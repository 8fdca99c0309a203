"""
Kernel shapes on a line, each scaled by its standard deviation, and what the ends of a line do to them.

A bandwidth is always the standard deviation of the kernel (``bw`` in R, ``sigma`` in spatstat), so
that one bandwidth means the same smoothing with every shape. Its half-width, where it has one, is
larger: `half_width`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from frontier_geo._validation import FloatArray, check_choice, check_positive
from frontier_geo.errors import ParameterError

__all__ = [
    "KERNELS",
    "Kernel",
    "bandwidth_from_half_width",
    "half_width",
    "images",
    "kernel_cdf",
    "kernel_matrix",
    "kernel_pdf",
    "kernel_second_moment",
    "roughness",
]

GAUSSIAN_REACH = 9.0  # standard deviations: 2e-19 of a normal distribution lies beyond
MOST_IMAGES = 10_000


@dataclass(frozen=True)
class Kernel:
    """
    A symmetric kernel of standard deviation 1.

    Attributes
    ----------
    name : str
    half_width : float
        Beyond it the kernel is 0; infinite for the gaussian.
    roughness : float
        The integral of its square.
    """

    name: str
    half_width: float
    roughness: float

    @property
    def reach(self) -> float:
        """Beyond it the kernel is 0, or less than can be told from it."""
        return min(self.half_width, GAUSSIAN_REACH)


KERNELS = {
    "gaussian": Kernel("gaussian", math.inf, 0.5 / math.sqrt(math.pi)),
    "epanechnikov": Kernel("epanechnikov", math.sqrt(5.0), 3.0 / 5.0 / math.sqrt(5.0)),
    "quartic": Kernel("quartic", math.sqrt(7.0), 5.0 / 7.0 / math.sqrt(7.0)),
    "triangular": Kernel("triangular", math.sqrt(6.0), 2.0 / 3.0 / math.sqrt(6.0)),
    "uniform": Kernel("uniform", math.sqrt(3.0), 0.5 / math.sqrt(3.0)),
}


def the_kernel(kernel: str) -> Kernel:
    """Return the kernel of a name; refuse other words."""
    return KERNELS[check_choice(kernel, tuple(KERNELS), name="kernel")]


def half_width(kernel: str, bandwidth: float) -> float:
    """
    Return how far a kernel of some bandwidth reaches.

    Parameters
    ----------
    kernel : {"gaussian", "epanechnikov", "quartic", "triangular", "uniform"}
    bandwidth : float
        Standard deviation, in any unit of length: the `sigma` of spatstat, the `bw` of R's `density`.

    Returns
    -------
    float
        In the same unit: the standard deviation times the root of 5, 7, 6 or 3; infinite for the
        gaussian. The `bw` of the R package spNetwork is this half-width, not the standard deviation.

    Raises
    ------
    ParameterError
        If the kernel is unknown, or the bandwidth is not above 0.

    Examples
    --------
    >>> round(half_width("epanechnikov", 2.0), 6)
    4.472136
    """
    return the_kernel(kernel).half_width * check_positive(
        bandwidth, name="bandwidth", unit="the unit of the chainage"
    )


def bandwidth_from_half_width(kernel: str, width: float) -> float:
    """
    Return the bandwidth (standard deviation) of a kernel that reaches so far.

    Parameters
    ----------
    kernel : {"epanechnikov", "quartic", "triangular", "uniform"}
    width : float
        Half-width, such as the `bw` of spNetwork.

    Returns
    -------
    float
        In the same unit.

    Raises
    ------
    ParameterError
        If the kernel is unknown or has no half-width, or the width is not above 0.

    Examples
    --------
    >>> round(bandwidth_from_half_width("quartic", 10.0), 6)
    3.779645
    """
    shape = the_kernel(kernel)
    if math.isinf(shape.half_width):
        raise ParameterError(
            f"A {kernel} kernel has no half-width to turn into a bandwidth. Give its standard "
            "deviation, or choose epanechnikov, quartic, triangular or uniform."
        )
    width = check_positive(width, name="width", unit="the unit of the chainage")
    return width / shape.half_width


def kernel_pdf(kernel: str, u: ArrayLike) -> FloatArray:
    """
    Return the density of a kernel of standard deviation 1.

    Parameters
    ----------
    kernel : {"gaussian", "epanechnikov", "quartic", "triangular", "uniform"}
    u : array_like of float
        Distances from its centre, in standard deviations.

    Returns
    -------
    ndarray of float
        Divide by the bandwidth for a kernel of that bandwidth.

    Examples
    --------
    >>> kernel_pdf("uniform", [0, 1, 2]).round(6).tolist()
    [0.288675, 0.288675, 0.0]
    """
    shape = the_kernel(kernel)
    u = np.asarray(u, dtype=np.float64)
    if kernel == "gaussian":
        return np.asarray(np.exp(-0.5 * u * u) / math.sqrt(2.0 * math.pi))
    v = np.minimum(np.abs(u) / shape.half_width, 1.0)
    if kernel == "uniform":
        inside = np.abs(u) <= shape.half_width
        return np.asarray(inside * (0.5 / shape.half_width))
    power = {
        "epanechnikov": 0.75 * (1.0 - v * v),
        "quartic": 15.0 / 16.0 * (1.0 - v * v) ** 2,
        "triangular": 1.0 - v,
    }[kernel]
    return np.asarray(power / shape.half_width)


def kernel_cdf(kernel: str, u: ArrayLike) -> FloatArray:
    """
    Return the distribution function of a kernel of standard deviation 1.

    Parameters
    ----------
    kernel : {"gaussian", "epanechnikov", "quartic", "triangular", "uniform"}
    u : array_like of float
        Places, in standard deviations from its centre.

    Returns
    -------
    ndarray of float
        From 0 to 1. An event known to lie evenly between a and b has the density
        ``(F((x - a) / h) - F((x - b) / h)) / (b - a)`` at x, of bandwidth h: the kernel convolved
        with a uniform distribution.

    Examples
    --------
    >>> kernel_cdf("epanechnikov", [-3.0, 0.0, 3.0]).tolist()
    [0.0, 0.5, 1.0]
    """
    shape = the_kernel(kernel)
    u = np.asarray(u, dtype=np.float64)
    if kernel == "gaussian":
        from scipy.special import ndtr

        return np.asarray(ndtr(u))
    v = np.clip(u / shape.half_width, -1.0, 1.0)
    upto = {
        "uniform": v,
        "epanechnikov": 1.5 * v - 0.5 * v**3,
        "quartic": 15.0 / 8.0 * (v - 2.0 / 3.0 * v**3 + v**5 / 5.0),
        "triangular": 2.0 * v - v * np.abs(v),
    }[kernel]
    return np.asarray(np.clip(0.5 + 0.5 * upto, 0.0, 1.0))


def kernel_second_moment(kernel: str, bandwidth: float = 1.0) -> float:
    """Return the second moment of a kernel of a bandwidth: its square, with every shape."""
    the_kernel(kernel)
    return check_positive(bandwidth, name="bandwidth", unit="the unit of the chainage") ** 2


def roughness(kernel: str, bandwidth: float = 1.0) -> float:
    """
    Return the integral of a kernel's square.

    Examples
    --------
    >>> round(roughness("gaussian"), 6)
    0.282095
    """
    shape = the_kernel(kernel)
    h = check_positive(bandwidth, name="bandwidth", unit="the unit of the chainage")
    return shape.roughness / h


def images(length: float, reach: float) -> list[tuple[float, float]]:
    """
    Return the mirror images in which the two ends of a line show its events.

    Parameters
    ----------
    length : float
        Length of the line.
    reach : float
        How far an event is felt.

    Returns
    -------
    list of (sign, shift)
        The image of s lies at ``sign * s + shift``. Every image within `reach` of the line is among
        them: more than two where the reach exceeds the length. The event itself comes first.

    Raises
    ------
    ParameterError
        If there are more than 10,000: the reach is that many times the length.
    """
    turns = math.ceil(reach / (2.0 * length)) + 1
    if turns > MOST_IMAGES:
        raise ParameterError(
            f"The kernel reaches {reach:g} past a line of {length:g}, which would take more than "
            f"{2 * MOST_IMAGES:,} mirror images. Choose a bandwidth of the order of the line or less."
        )
    found = [(1.0, 0.0)]
    for k in range(-turns, turns + 1):
        shift = 2.0 * k * length
        if k and shift - reach <= length and shift + length + reach >= 0:
            found.append((1.0, shift))
        if shift - length - reach <= length and shift + reach >= 0:
            found.append((-1.0, shift))
    return found


def kernel_matrix(
    at: ArrayLike,
    chainage: ArrayLike,
    *,
    bandwidth: float | FloatArray,
    kernel: str = "gaussian",
    length: float | None = None,
    chainage_to: ArrayLike | None = None,
) -> FloatArray:
    """
    Return the kernel of each event at each place, mirrored at both ends of the line.

    Parameters
    ----------
    at : array_like of float, shape (m,)
        Places.
    chainage : array_like of float, shape (n,)
        Where each event is, or where its stretch begins.
    bandwidth : float or ndarray, shape (n,)
        Standard deviation of the kernel, in the unit of the chainage; one for all, or one an event.
    kernel : str, default "gaussian"
    length : float, optional
        Of the line, which runs from 0: every mirror image within reach counts. None: a line without
        ends, nothing is mirrored.
    chainage_to : array_like of float, shape (n,), optional
        Where the stretch of each event ends: it is anywhere in between, evenly.

    Returns
    -------
    ndarray of float, shape (m, n)
        Each column integrates to 1 over the line.
    """
    x = np.atleast_1d(np.asarray(at, dtype=np.float64))[:, None]
    start = np.atleast_1d(np.asarray(chainage, dtype=np.float64))[None, :]
    stop = start if chainage_to is None else np.atleast_1d(np.asarray(chainage_to, float))[None, :]
    h = np.broadcast_to(np.asarray(bandwidth, dtype=np.float64), start.shape)
    reach = the_kernel(kernel).reach * float(h.max(initial=0.0))
    total = np.zeros((x.shape[0], start.shape[1]))
    for sign, shift in [(1.0, 0.0)] if length is None else images(length, reach):
        near, far = sign * start + shift, sign * stop + shift
        total += spread_kernel(x, np.minimum(near, far), np.maximum(near, far), h, kernel)
    return total


def spread_kernel(
    x: FloatArray, start: FloatArray, stop: FloatArray, h: FloatArray, kernel: str
) -> FloatArray:
    """Return the kernel at x of events that lie evenly between start and stop (broadcast)."""
    width = stop - start
    # Below this the difference of two distribution functions loses more than the width itself does.
    wide = width > 1e-5 * h
    if not wide.any():
        return kernel_pdf(kernel, (x - (start + stop) / 2) / h) / h
    upper, lower = (x - start) / h, (x - stop) / h
    # On the right of both ends, mirrored: differences of small numbers instead of ones near 1.
    flip = lower > 0
    upper, lower = np.where(flip, -lower, upper), np.where(flip, -upper, lower)
    rise = kernel_cdf(kernel, upper) - kernel_cdf(kernel, lower)
    if wide.all():
        return np.asarray(rise / width)
    point = kernel_pdf(kernel, (x - (start + stop) / 2) / h) / h
    return np.where(wide, rise / np.where(wide, width, 1.0), point)
