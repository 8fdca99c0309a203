"""Lengths and places on the line."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from validation.stored import (
    Comparison,
    numbers,
)

__all__ = ["SECTIONS"]


def geodesy() -> Iterator[Comparison]:
    import frontier_geo as fg
    from frontier_geo.geodesy import geodesic_chainage

    subject = "Lengths and places on the line"
    quadrant = geodesic_chainage([0] * 1001, np.linspace(0, 90, 1001), ellipsoid="GRS80")[-1]
    yield Comparison(
        subject, "Meridian quadrant of GRS80 (m)", "geodesy.geodesic_chainage",
        "Moritz (2000), J. Geodesy 74, 128-133", numbers(10_001_965.729), numbers(quadrant),
        0, 1e-3, "the last digit published",
    )  # fmt: skip
    border = fg.load_boundary()
    try:
        from geographiclib.geodesic import Geodesic
    except ImportError:  # the extra "test" brings it
        return
    lon, lat = border.lon[3000:3500], border.lat[3000:3500]
    legs = sum(
        Geodesic.WGS84.Inverse(lat[i], lon[i], lat[i + 1], lon[i + 1])["s12"] for i in range(499)
    )
    import geographiclib

    yield Comparison(
        subject, "500 vertices of the border, summed leg by leg (m)", "geodesy.geodesic_chainage",
        f"geographiclib {geographiclib.__version__} (Karney 2013)", numbers(legs),
        numbers(geodesic_chainage(lon, lat)[-1]), 0, 1e-6, "rounding of 499 legs",
    )  # fmt: skip


SECTIONS = (geodesy,)
