"""
How long `segment_weights` takes for incidents known to a district, and how much memory.

Run: ``python -m benchmarks.weights [--rounds 5] [--quick]``. 100,000 events, each with a stretch of
border, are spread over 1,344 segments of 1 km: once with the 35 stretches of the districts, once with a
stretch of its own for each event. Beside it stands the straightforward way with geopandas: stretches and
segments as lines on an axis, joined, the lengths of their intersections divided, on fewer events,
compared by the time per event. Memory is that of a process of its own, interpreter and libraries
included.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from contextlib import ExitStack

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

import frontier_geo as fg
from benchmarks.harness import (
    Bar,
    Benchmark,
    Options,
    Section,
    Table,
    Way,
    alone,
    measure_all,
    measured,
    peaks,
    timing_rows,
)
from frontier_geo.errors import ResolutionWarning

EVENTS, EVENTS_FOR_PEER = 100_000, 10_000
FEW = 35
PERIOD = ("2020-01-01", "2020-12-31")
OURS_FEW, OURS_MANY = "segment_weights, 35 stretches", "segment_weights, all different"
RATES = "segment_rates, 35 stretches"
PEER_FEW, PEER_MANY = "geopandas join, 35 stretches", "geopandas join, all different"
BARS = (
    Bar(f"{OURS_FEW}, 100,000 events", "<=", 5, "s"),
    Bar(f"{OURS_MANY}, 100,000 events", "<=", 5, "s"),
    Bar("segment_weights, memory", "<=", 1, "GB"),
)


def located_events(n: int, n_stretches: int) -> tuple[pd.DataFrame, gpd.GeoDataFrame, fg.Boundary]:
    """Return located events, each with a stretch, the segments and the border."""
    boundary = fg.load_boundary()
    segments = fg.make_segments(boundary, length_km=1)
    random = np.random.default_rng(0)
    frontages = fg.load_frontages()
    frontages = frontages[frontages["to_km"] > frontages["from_km"]]
    if n_stretches > len(frontages):
        start = random.uniform(0, boundary.length_km - 40, n_stretches)
        start, stop = start, start + random.uniform(5, 70, n_stretches).clip(max=39)
    else:
        chosen = frontages.iloc[:n_stretches]
        start, stop = chosen["from_km"].to_numpy(), chosen["to_km"].to_numpy()
    of_event = np.arange(n) % len(start)
    events = gpd.GeoDataFrame(
        {
            "event_id": [f"e{i}" for i in range(n)],
            "date_start": "2020-06-01",
            "location_precision": "district",
            "frontage_from_km": start[of_event],
            "frontage_to_km": stop[of_event],
        },
        geometry=[None] * n,
        crs=4326,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResolutionWarning)
        return fg.locate_events(events, boundary, segments=segments), segments, boundary


def by_geopandas(located: pd.DataFrame, segments: gpd.GeoDataFrame) -> pd.DataFrame:
    """Spread events over segments by the lengths of intersections."""
    left = gpd.GeoDataFrame(
        {"event_id": located["event_id"]},
        geometry=_on_axis(located["frontage_from_km"], located["frontage_to_km"]),
    )
    cut = _on_axis(segments["from_km"], segments["to_km"])
    right = gpd.GeoDataFrame({"segment_id": segments["segment_id"]}, geometry=cut)
    pairs = gpd.sjoin(left, right, predicate="intersects")
    shared = shapely.intersection(pairs.geometry.array, right.geometry.array[pairs["index_right"]])
    pairs["probability"] = shapely.length(shared)
    pairs = pd.DataFrame(pairs[pairs["probability"] > 0].drop(columns="geometry"))
    pairs["probability"] /= pairs.groupby("event_id")["probability"].transform("sum")
    return pairs


def _on_axis(low: pd.Series, high: pd.Series) -> np.ndarray:
    zero = np.zeros(len(low))
    ends = (np.column_stack((x.to_numpy(), zero)) for x in (low, high))
    return shapely.linestrings(np.stack(tuple(ends), axis=1))


def makers(options: Options, _stack: ExitStack) -> dict[str, Callable[[], Way]]:
    """Return the ways measured."""
    n, fewer = options.size(EVENTS), options.size(EVENTS_FOR_PEER)

    def ours(name: str, stretches: int) -> Way:
        given = located_events(n, stretches)
        return Way(name, quietly(lambda: fg.segment_weights(*given)), n)

    def rates() -> Way:
        located, segments, boundary = located_events(n, FEW)
        return Way(
            RATES,
            quietly(lambda: fg.segment_rates(located, segments, boundary=boundary, period=PERIOD)),
            n,
        )

    def peer(name: str, stretches: int) -> Way:
        located, segments, _ = located_events(fewer, stretches)
        return Way(name, lambda: by_geopandas(located, segments), fewer)

    return {
        OURS_FEW: lambda: ours(OURS_FEW, FEW),
        OURS_MANY: lambda: ours(OURS_MANY, n),
        RATES: rates,
        PEER_FEW: lambda: peer(PEER_FEW, FEW),
        PEER_MANY: lambda: peer(PEER_MANY, fewer),
    }


def quietly(work: Callable[[], object]) -> Callable[[], object]:
    """Return the same work, without the warning that says how well the shipped places are known."""

    def done() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResolutionWarning)
            return work()

    return done


def measure(options: Options) -> Section:
    """Let all take turns."""
    with ExitStack() as stack:
        timings, _ = measure_all(makers(options, stack), options.rounds)
        memory = peaks("weights", timings, options)
    figures: dict[str, float | None] = {
        f"{name}, 100,000 events": timings[name].median for name in (OURS_FEW, OURS_MANY)
    }
    own = [memory[name] / 1000 for name in (OURS_FEW, OURS_MANY) if name in memory]
    figures["segment_weights, memory"] = max(own, default=None)
    more = {name: [f"{megabytes:,.0f}"] for name, megabytes in memory.items()}
    few = {name: timings[name] for name in (OURS_FEW, RATES, PEER_FEW)}
    many = {name: timings[name] for name in (OURS_MANY, PEER_MANY)}
    rows = [
        row
        for some, own_name in ((few, OURS_FEW), (many, OURS_MANY))
        for row in timing_rows(some, own_name, unit=1e-6, more=more)
    ]
    return Section(
        "Weights of segments",
        "1,344 segments of 1 km.",
        found=measured(figures),
        tables=[Table(["way", "events", "µs per event", "times ours", "peak MB"], rows)],
    )


BENCHMARK = Benchmark("weights", __doc__ or "", measure, BARS, makers)

if __name__ == "__main__":
    sys.exit(alone(BENCHMARK))
