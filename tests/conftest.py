"""Small lines, segments and events that many tests share, and the shipped ones."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, settings
from shapely import LineString, Point

from frontier_geo import Boundary, load_boundary, load_events, make_segments

# How long one example takes says nothing on a busy machine.
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--no-first-run",
)  # fmt: skip
#: What takes longest, the longest first: several processes take these first, so that none of them is
#: left over at the end.
LONG = (
    "test_docs_code.py",
    "test_docs_site.py",
    "test_distributed.py",
    "maps/test_static.py",
    "maps/test_hostile.py",
    "maps/test_hostile_policy.py",
    "maps/test_hostile_build.py",
    "maps/test_large.py",
    "maps/test_accessibility.py",
    "scan/test_calibration_scan.py",
    "maps/test_browser.py",
    "maps/test_filters.py",
    "maps/test_linked_views.py",
    "maps/test_saving.py",
    "maps/test_print.py",
    "maps/test_firefox.py",
    "test_installs.py",
    "test_notebooks.py",
    "test_streaming.py",
    "writers/test_safety.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the long files first where the tests are shared out over several processes."""
    if hasattr(config, "workerinput"):
        rank = {HERE / name: place for place, name in enumerate(LONG)}
        items.sort(key=lambda item: rank.get(item.path, len(rank)))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name bytes by their argument: processes must agree on names, and bytes may hold the hour."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def alone(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], AbstractContextManager[None]]:
    """Let one process of this run at a time do something: ``with alone("npm"): ...``."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # that of all processes

    @contextmanager
    def hold(what: str) -> Iterator[None]:
        door = folder / f"{what}.lock"
        while True:
            try:
                door.mkdir()
                break
            except FileExistsError:
                time.sleep(0.1)
        try:
            yield
        finally:
            door.rmdir()

    return hold


@pytest.fixture(scope="session")
def border() -> Boundary:
    """The shipped reference line."""
    return load_boundary()


@pytest.fixture(scope="session")
def incidents() -> gpd.GeoDataFrame:
    """The shipped incidents."""
    return load_events()


@pytest.fixture(scope="session")
def segments(border: Boundary) -> gpd.GeoDataFrame:
    """The shipped line in segments of 10 km."""
    return make_segments(border, length_km=10)


@pytest.fixture
def equator() -> Boundary:
    """A line of 1 degree along the equator, 111.319 km, from west to east."""
    return Boundary.from_line(
        LineString([(70, 0), (70.25, 0), (71, 0)]),
        crs="EPSG:4326",
        boundary_id="EQ",
        left="N",
        right="S",
        position_uncertainty_m=100,
    )


@pytest.fixture
def hairpin() -> Boundary:
    """A river bend around the equator: its arms, 0.02 degree apart, mirror each other exactly."""
    return Boundary.from_line(
        LineString([(70, -0.01), (70.5, -0.01), (70.5, 0.01), (70, 0.01)]),
        crs="EPSG:4326",
        boundary_id="BEND",
        left="in",
        right="out",
    )


@pytest.fixture
def few_events() -> gpd.GeoDataFrame:
    """One event of each kind of place on the equator line."""
    return gpd.GeoDataFrame(
        {
            "event_id": ["point", "stretch", "nowhere", "far"],
            "date_start": ["2020-03-01"] * 4,
            "date_end": ["2020-03-01"] * 4,
            "location_precision": ["exact", "district", "country", "exact"],
            "location_uncertainty_km": [0.1, None, None, 0.1],
            "frontage_from_km": [None, 20.0, None, None],
            "frontage_to_km": [None, 60.0, None, None],
        },
        geometry=[Point(70.3, 0.01), None, None, Point(70.3, 2)],
        crs="EPSG:4326",
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """
    A headless Chromium, one for all tests of a process: its driver cannot be started twice.

    Without one the test is skipped, but never on CI.
    """
    executable = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if executable is None:
        reason = f"no browser found: none of {', '.join(BROWSERS)} is on the path"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield chromium
        chromium.close()
