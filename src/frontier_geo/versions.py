"""What a report of a problem should say about the software it happened on."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from frontier_geo._version import __version__
from frontier_geo.datasets import data_version

__all__ = ["show_versions", "versions"]

#: What it depends on, then what only an extra needs.
PACKAGES = (
    "anyascii", "branca", "charset-normalizer", "folium", "geopandas", "jdatetime", "mgrs", "numpy",
    "pandas", "pandera", "pyarrow", "pyogrio", "pyproj", "python-calamine", "rapidfuzz", "rich", "scipy",
    "shapely", "snowballstemmer", "statsmodels", "typer", "xyzservices",
    "dask", "distributed", "fsspec", "matplotlib", "numba", "requests", "urllib3",
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
    found = versions()
    width = max(map(len, found))
    for name, number in found.items():
        print(f"{name:<{width}} {number}")
