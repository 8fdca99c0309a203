"""What a report of a problem should say about the software it happened on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from frontier_geo._version import __version__
from frontier_geo.datasets import data_version

__all__ = ["show_versions", "versions"]

PACKAGES = (
    "numpy", "pandas", "pandera", "pyarrow", "shapely", "pyproj", "geopandas", "pyogrio", "scipy",
    "statsmodels", "folium", "branca", "typer", "rich", "matplotlib", "numba", "dask", "distributed",
)  # fmt: skip


def versions() -> dict[str, str]:
    """Return the versions of the library, its data, Python and what it builds on."""
    found = {
        "frontier_geo": __version__,
        "data": data_version(),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def show_versions() -> None:
    """
    Print the versions of the library, its data, Python and what it builds on.

    Examples
    --------
    >>> show_versions()  # doctest: +ELLIPSIS
    frontier_geo  ...
    """
    for name, number in versions().items():
        print(f"{name:<13} {number}")
