"""
How long a kernel density of many events takes along the border, beside KDEpy, statsmodels and scipy.

Run: ``python -m benchmarks.density [--rounds 15] [--quick]``. A million events, every 100 m of 1,344 km,
a gaussian kernel with a bandwidth of 5 km. Peers get what favours them: KDEpy's FFTKDE and statsmodels'
``fft=True`` work on linear bins of their own grid of 13,440 places, do not correct the ends, and err by
2e-6 to 1e-3 of the peak; ours mirrors the ends and errs by 1e-6 at the most. scipy sums every event at
every place: it gets fewer events, and is compared by the time for one. Beside the times stands each
one's largest difference from exact sums at 60 places away from the ends, as a share of the peak. Ours
adds up by numba where it is installed, and by numpy alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack

import numpy as np

from benchmarks.harness import (
    OURS,
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
    ratio,
    timing_rows,
)
from frontier_geo._fast import numba_available

LENGTH_KM, STEP_KM, BANDWIDTH_KM = 1343.956, 0.1, 5.0
EVENTS, FEW_EVENTS = 1_000_000, 2_000
BY_NUMPY = f"{OURS}, numpy alone"
KDEPY, STATSMODELS, SCIPY = "KDEpy FFTKDE", "statsmodels fft", "scipy gaussian_kde"
BARS = (
    Bar("density, beside KDEpy", ">=", 2.5),
    Bar("density, beside statsmodels", ">=", 2.5),
    Bar("density, largest error as a share of the peak", "<=", 1e-6, ""),
)
Curve = tuple[np.ndarray, np.ndarray]


def make_events(n: int) -> np.ndarray:
    """Return events, half of them in five clusters, away from the ends."""
    random = np.random.default_rng(0)
    centres = np.array([180.0, 320.0, 550.0, 780.0, 1000.0])
    clustered = random.normal(centres[random.integers(0, 5, n // 2)], 25.0)
    events = np.concatenate((clustered, random.uniform(60, LENGTH_KM - 60, n - n // 2)))
    return random.permutation(np.clip(events, 0.0, LENGTH_KM))


def makers(options: Options, _stack: ExitStack) -> dict[str, Callable[[], Way]]:
    """Return the programs measured."""
    events = make_events(options.size(EVENTS))
    few = events[: options.size(FEW_EVENTS)]
    at, h = np.arange(0.0, LENGTH_KM, STEP_KM), BANDWIDTH_KM

    def ours(engine: str, name: str) -> Way:
        from frontier_geo.density import line_intensity

        def work() -> Curve:
            curve = line_intensity(events, length=LENGTH_KM, at=at, bandwidth=h, engine=engine)
            return at, curve

        return Way(name, work, events.size)

    def kdepy() -> Way:
        from KDEpy import FFTKDE

        # It wants a grid that reaches past the data.
        wide = np.linspace(events.min() - STEP_KM, events.max() + STEP_KM, at.size)

        def work() -> Curve:
            return wide, FFTKDE(kernel="gaussian", bw=h).fit(events).evaluate(wide) * events.size

        return Way(KDEPY, work, events.size)

    def statsmodels() -> Way:
        import statsmodels.api as sm

        def work() -> Curve:
            kde = sm.nonparametric.KDEUnivariate(events)
            kde.fit(kernel="gau", bw=h, fft=True, gridsize=at.size)
            return kde.support, kde.density * events.size

        return Way(STATSMODELS, work, events.size)

    def scipy() -> Way:
        from scipy.stats import gaussian_kde

        def work() -> Curve:
            kde = gaussian_kde(few, bw_method=h / few.std(ddof=1))
            return at, kde(at) * few.size

        return Way(SCIPY, work, few.size)

    fast = "numba" if numba_available() else "numpy"
    return {
        OURS: lambda: ours(fast, OURS), BY_NUMPY: lambda: ours("numpy", BY_NUMPY),
        KDEPY: kdepy, STATSMODELS: statsmodels, SCIPY: scipy,
    }  # fmt: skip


def error(curve: Curve, events: np.ndarray, h: float) -> float:
    """Return the largest difference from exact sums, as a share of the peak."""
    places = np.linspace(150, LENGTH_KM - 150, 60)
    # Nearest places of its own grid, so that nothing is interpolated.
    own = np.unique(np.clip(np.searchsorted(curve[0], places), 0, len(curve[0]) - 1))
    u = [np.exp(-0.5 * ((x - events) / h) ** 2).sum() for x in curve[0][own]]
    exact = np.array(u) / (h * np.sqrt(2 * np.pi))
    return float(np.abs(curve[1][own] - exact).max() / exact.max())


def measure(options: Options) -> Section:
    """Let the programs take turns, and compare their curves with exact sums."""
    with ExitStack() as stack:
        timings, ways = measure_all(makers(options, stack), options.rounds)
        events = make_events(options.size(EVENTS))
        errors = {
            name: error(way.work(), events[: way.n], BANDWIDTH_KM)
            for name, way in ways.items()
            if not timings[name].trouble
        }
        memory = peaks("density", timings, options)
    more = {
        name: [f"{memory[name]:,.0f}" if name in memory else "–", f"{off:.0e}"]
        for name, off in errors.items()
    }
    head = ["program", "events", "ns per event", "times ours", "peak MB", "error"]
    figures = {
        "density, beside KDEpy": ratio(timings[KDEPY], timings[OURS]),
        "density, beside statsmodels": ratio(timings[STATSMODELS], timings[OURS]),
        "density, largest error as a share of the peak": errors.get(OURS),
    }
    return Section(
        "Kernel density along the line",
        f"{options.size(EVENTS):,} events, every {STEP_KM * 1000:g} m of {LENGTH_KM:g} km, bandwidth "
        f"{BANDWIDTH_KM:g} km.",
        found=measured(figures),
        tables=[Table(head, timing_rows(timings, OURS, more=more))],
    )


BENCHMARK = Benchmark("density", __doc__ or "", measure, BARS, makers, rounds=15)

if __name__ == "__main__":
    sys.exit(alone(BENCHMARK))
