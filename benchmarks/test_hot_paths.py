"""
The hot paths under pytest-benchmark, so that a slowdown is seen between two states of the library.

Not part of the test suite. To keep the times of now, and later to compare with them:

    python -m pytest benchmarks/test_hot_paths.py --benchmark-save=before
    python -m pytest benchmarks/test_hot_paths.py --benchmark-compare --benchmark-compare-fail=median:20%

Times are processor seconds of one thread (`conftest.py` sees to that). Both engines are measured;
numba's where it is installed.
"""

from __future__ import annotations

import time
from importlib.util import find_spec

import geopandas as gpd
import numpy as np
import pytest

from benchmarks.command import children_s, command_words, write_points
from benchmarks.harness import run_child
from benchmarks.points import points
from frontier_geo import load_boundary, locate_points, make_segments
from frontier_geo.density import line_intensity
from frontier_geo.hotspots.getis_ord import local_g_test
from frontier_geo.hotspots.neighbours import chain_neighbours
from frontier_geo.scan.engine import path_scan
from frontier_geo.segments import segment_of
from frontier_geo.spacetime import knox

ENGINES = ["numpy", *(["numba"] if find_spec("numba") else [])]
POINTS = 200_000
by_processor = pytest.mark.benchmark(timer=time.process_time, warmup=True, min_rounds=7)
pytestmark = by_processor


@pytest.fixture(scope="module")
def border():
    """The shipped line, its index and table of candidates made."""
    line = load_boundary()
    line.locate(*points(POINTS))
    return line


@pytest.mark.parametrize("engine", ENGINES)
def test_locate_arrays(benchmark, border, engine):
    """Chainage, distance and side of 200,000 points."""
    lon, lat = points(POINTS)
    found = benchmark(border.locate, lon, lat, engine=engine)
    assert found.chainage_km.shape == (POINTS,)


@pytest.mark.parametrize("engine", ENGINES)
def test_locate_a_table(benchmark, border, engine):
    """The same from a GeoDataFrame to a table."""
    table = gpd.GeoDataFrame(geometry=gpd.points_from_xy(*points(POINTS)), crs=4326)
    found = benchmark(locate_points, table, boundary=border, nearest=False, engine=engine)
    assert len(found) == POINTS


def test_segments_of_places(benchmark, border):
    """The segments of 200,000 chainages."""
    segments, km = make_segments(length_km=10), border.locate(*points(POINTS)).chainage_km
    assert (benchmark(segment_of, segments, km) >= 0).all()


def test_density(benchmark):
    """A density of a million events, every 100 m."""
    events = np.random.default_rng(0).uniform(0, 1344, 1_000_000)
    at = np.arange(0, 1344, 0.1)
    curve = benchmark(line_intensity, events, length=1344.0, at=at, bandwidth=5.0)
    assert curve.shape == at.shape


@pytest.mark.parametrize("events", [100, 10_000])
def test_scan(benchmark, events):
    """A scan of 135 segments with 999 simulations."""
    lengths = make_segments(length_km=10)["length_km"].to_numpy()
    counts = np.random.default_rng(0).multinomial(events, lengths / lengths.sum())
    benchmark(path_scan, counts, lengths, n_sim=999, seed=0)


def test_permutations(benchmark):
    """Gi* of 1,344 segments with 999 permutations."""
    counts = np.random.default_rng(0).poisson(0.8, 1_344)
    benchmark(local_g_test, counts, chain_neighbours([True] * 1_343), n_sim=999, seed=0)


def test_knox(benchmark):
    """Knox's test of 5,000 events with 99 permutations."""
    random = np.random.default_rng(0)
    place, day = random.uniform(0, 1344, 5_000), random.integers(0, 12_410, 5_000).astype(float)
    benchmark(knox, place, day, delta=1, tau=7, n_sim=99)


@pytest.mark.benchmark(timer=children_s, warmup=False, min_rounds=5)
def test_command(benchmark, tmp_path):
    """The command, from its start to its end, on a file of 20,000 points."""
    source = write_points(tmp_path / "points.parquet", 20_000)
    benchmark.pedantic(run_child, (command_words(source, tmp_path / "out.parquet"),), rounds=5)
