"""Whether rates differ at all: all outcomes counted out, closed forms, the level, bad input."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chisquare, multinomial

from frontier_geo import ReadResult, load_events
from frontier_geo.errors import ParameterError
from frontier_geo.rates import dispersion_test

BORDER = pd.read_csv(Path(__file__).parents[1] / "reference" / "rates_border.csv")


def outcomes(n, share):
    """Return every way of laying n events on segments, and its probability."""
    rows = [row for row in product(range(n + 1), repeat=len(share)) if sum(row) == n]
    return np.array(rows), multinomial.pmf(rows, n, share)


@pytest.mark.parametrize("events", [[3, 0, 1], [0, 1, 5], [2, 2, 2], [6, 0, 0]])
def test_p_values_are_those_of_all_outcomes(events):
    """Every layout of the events counted out: the p-value to 5 standard errors of 20,000 draws."""
    exposure = np.array([10.0, 20.0, 50.0])
    share = exposure / exposure.sum()
    rows, chance = outcomes(sum(events), share)
    expected = sum(events) * share
    n = np.array(events)
    for name, one in (
        ("chi_square", lambda n: ((n - expected) ** 2 / expected).sum(axis=-1)),
        ("potthoff_whittinghill", lambda n: (n * (n - 1) / share).sum(axis=-1)),
    ):
        found = dispersion_test(events, exposure, n_sim=20_000)
        assert getattr(found, name) == pytest.approx(one(n))
        p = chance[one(rows) >= one(n) - 1e-9].sum()
        error = 5 * np.sqrt(p * (1 - p) / 20_000) + 1 / 20_000
        assert getattr(found, f"{name}_p") == pytest.approx(p, abs=error)
    # Potthoff & Whittinghill's mean is N (N - 1), by counting out as well.
    mean = (chance * (rows * (rows - 1) / share).sum(axis=1)).sum()
    assert mean == pytest.approx(sum(events) * (sum(events) - 1))


def test_the_statistic_is_pearsons():
    """scipy 1.17, chisquare; with many events its p-value is the simulated one too."""
    rng = np.random.default_rng(1)
    exposure = np.linspace(5, 20, 12)
    events = rng.multinomial(3000, exposure / exposure.sum())
    plain = chisquare(events, 3000 * exposure / exposure.sum())
    found = dispersion_test(events, exposure, n_sim=9999)
    assert found.chi_square == pytest.approx(plain.statistic)
    assert found.chi_square_p == pytest.approx(plain.pvalue, abs=0.025)


def test_the_shipped_incidents_differ_and_even_ones_do_not():
    found = dispersion_test(BORDER["events"], BORDER["exposure_km_yr"])
    assert found.chi_square_p == found.potthoff_whittinghill_p == 1 / 1000
    even = dispersion_test([2] * 30, [5.0] * 30)
    assert even.chi_square == pytest.approx(0, abs=1e-9)
    assert (even.chi_square_p, even.potthoff_whittinghill_p) == (1, 1)
    none = dispersion_test([0, 0], [1.0, 2.0])
    assert (none.chi_square, none.chi_square_p, none.potthoff_whittinghill_p) == (0, 1, 1)


def test_the_seed_decides():
    one, two, other = (dispersion_test([3, 0, 2], [1, 2, 3], seed=seed) for seed in (4, 4, 5))
    assert one == two
    assert one.chi_square_p != other.chi_square_p


@pytest.mark.slow
def test_the_level_is_kept_with_few_events():
    """800 patterns of one rate, 40 events on 135 segments: at most 5 %, and 3 standard errors."""
    rng = np.random.default_rng(2)
    exposure = BORDER["exposure_km_yr"].to_numpy()
    p = []
    for trial in range(800):
        events = rng.multinomial(40, exposure / exposure.sum())
        found = dispersion_test(events, exposure, n_sim=199, seed=trial)
        p.append((found.chi_square_p, found.potthoff_whittinghill_p))
    rejected = (np.array(p) <= 0.05).mean(axis=0)
    assert (rejected <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 800)).all()
    assert (rejected > 0.02).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: dispersion_test([1], [1]), "two segments or more"),
        (lambda: dispersion_test([1, 2], [1, 2, 3]), "same length"),
        (lambda: dispersion_test([1, 2.5], [1, 2]), "events must be whole numbers"),
        (lambda: dispersion_test([1, 2], [1, 0]), "exposure must be above 0"),
        (lambda: dispersion_test([1, 2], [1, 1], n_sim=0), "n_sim must be a whole number from 1"),
        (lambda: dispersion_test([1, 2], [1, 1], seed=-1), "seed must be"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call()


def test_a_table_of_rates_holds_both():
    """Its counts and exposure, in the columns of `segment_rates` (2026-11-30: it was refused)."""
    arrays = dispersion_test(BORDER["events"], BORDER["exposure_km_yr"])
    assert dispersion_test(BORDER) == arrays


@pytest.mark.parametrize(
    "given",
    [
        (load_events(),),
        (ReadResult(load_events(), *[pd.DataFrame()] * 3),),
        (BORDER["events"],),
        (load_events(), [1.0, 2.0]),
        (BORDER, BORDER["exposure_km_yr"]),
    ],
    ids=["events", "what was read", "counts alone", "events, exposure", "a table twice"],
)
def test_incidents_are_to_be_counted_first(given):
    """The message says by which functions."""
    with pytest.raises(
        ParameterError, match=r"two sequences.*segment_rates\(locate_events\(events\)"
    ):
        dispersion_test(*given)
