"""Naus's approximations: published numbers, exact cases, simulation."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binom, poisson

from frontier_geo.errors import ParameterError
from frontier_geo.scan import naus
from frontier_geo.scan.naus import naus_fixed, naus_poisson

REFERENCE = Path(__file__).parents[1] / "reference"
GOLDEN = json.loads((REFERENCE / "scan_naus.json").read_text(encoding="utf-8"))

# R package ptools, `scanw(L, k, mu, n)`, its test and the documentation it quotes (Aberdein &
# Spiegelhalter 2013, Significance 10(6), 46-48: six cyclists killed within two weeks).
SCANW_208_2_06_6 = 0.039022375
SCANW_260_1_1_6 = 0.486814


def last_term(count, mean):
    """What `scanw` leaves out of the fourth sum of Q3: the term r = count - 1."""
    r = count - 1
    inner = (r - 1) * poisson.cdf(r - 2, mean) - mean * poisson.cdf(r - 3, mean)
    return poisson.pmf(2 * count - r, mean) * poisson.pmf(r, mean) * inner


@pytest.mark.parametrize(
    ("count", "mean", "windows", "published"),
    [(6, 0.6, 208, SCANW_208_2_06_6), (6, 1.0, 261, SCANW_260_1_1_6)],
)
def test_scanw_of_ptools(monkeypatch, count, mean, windows, published):
    """
    Without the term that `scanw` leaves out, its numbers come out to the last digit.

    Its exponent is L - k where Naus has windows - 2, so that its second example (260, 1) is one of
    261 windows here. With the term, the chance is larger by 7e-7 and 9e-5.
    """
    full = naus_poisson(count, mean=mean, windows=windows)
    three = naus._none_in_three
    monkeypatch.setattr(
        naus, "_none_in_three", lambda k, m, p, f: three(k, m, p, f) + last_term(k, m)
    )
    digits = 5e-9 if published == SCANW_208_2_06_6 else 5e-7  # as many as are quoted
    without = naus_poisson(count, mean=mean, windows=windows)
    assert without == pytest.approx(published, abs=digits)
    assert 1e-7 < full - without < 1e-4


@pytest.mark.parametrize("case", GOLDEN["poisson"], ids=lambda case: f"{case['count']} events")
def test_a_poisson_process_simulated(case):
    """Exact for two and three windows, and near for ten; make_scan.py simulated the chances."""
    mine = naus_poisson(case["count"], mean=case["mean"], windows=case["windows"])
    # Four standard errors of the simulation; past three windows Naus's product is good to about 1 %.
    beyond = 0.01 * case["p"] if case["windows"] > 3 else 0.0
    assert mine == pytest.approx(case["p"], abs=4 * case["error"] + beyond)


def test_the_last_term_of_q3_belongs_there():
    """Simulation tells the two apart: 3 events, mean 1, three windows."""
    case = next(c for c in GOLDEN["poisson"] if (c["count"], c["windows"]) == (3, 3.0))
    mine = naus_poisson(3, mean=1, windows=3)
    assert abs(mine - case["p"]) < 3 * case["error"]
    assert abs(mine - last_term(3, 1.0) - case["p"]) > 5 * case["error"]


@pytest.mark.parametrize("case", GOLDEN["fixed"], ids=lambda case: f"{case['count']} of some")
def test_a_known_number_of_events_simulated(case):
    """Exact where the count is above half; else near while the chance is small."""
    mine = naus_fixed(case["count"], case["total"], share=case["share"])
    exact = 2 * case["count"] > case["total"]
    # Four standard errors; beside them the approximation's error, which grows as the square of the
    # chance (two windows apart that both hold so many).
    beyond = 0.0 if exact else 0.3 * case["p"] ** 2
    assert mine == pytest.approx(case["p"], abs=4 * case["error"] + beyond)


@pytest.mark.parametrize("n", [2, 3, 5, 9])
@pytest.mark.parametrize("w", [0.01, 0.2, 0.5])
def test_all_events_in_one_window(n, w):
    """The range of n uniforms has a closed form: n w^(n-1) - (n-1) w^n."""
    assert naus_fixed(n, n, share=w) == pytest.approx(n * w ** (n - 1) - (n - 1) * w**n, rel=1e-12)


def test_two_windows_from_known_numbers():
    """The Poisson chance is that of known numbers, weighed: exact where the count is above half."""
    mean, count = 0.4, 4
    mixed = sum(
        poisson.pmf(n, 2 * mean) * naus_fixed(count, n, share=0.5) for n in range(count, 2 * count)
    )
    rest = poisson.sf(2 * count - 1, 2 * mean)  # eight or more: some window of half holds four
    assert naus_poisson(count, mean=mean, windows=2) == pytest.approx(mixed + rest, abs=1e-12)


def test_one_event():
    """Some window holds one unless there is none."""
    assert naus_poisson(1, mean=0.3, windows=5) == pytest.approx(1 - math.exp(-1.5), rel=1e-12)
    assert naus_fixed(1, 5, share=0.1) == 1.0


def test_chances_fall_with_the_count_and_rise_with_the_line():
    """And stay within 0 and 1, also where some window is sure to hold so many."""
    by_count = [naus_poisson(k, mean=2, windows=50) for k in range(1, 30)]
    assert (np.diff(by_count) <= 1e-12).all()
    by_length = [naus_poisson(5, mean=1, windows=t) for t in (2, 3, 10, 100, 1e4, 1e9)]
    assert (np.diff(by_length) >= 0).all()
    assert by_length[-1] <= 1
    assert naus_poisson(2, mean=40, windows=30) == 1.0
    assert naus_fixed(2, 500, share=0.4) == 1.0
    assert 0 <= naus_fixed(20, 40, share=0.001) < 1e-30
    assert naus_fixed(5, 8, share=0.2) >= binom.sf(4, 8, 0.2)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: naus_poisson(0, mean=1, windows=3), "count must be a whole number"),
        (lambda: naus_poisson(2.5, mean=1, windows=3), "count must be a whole number"),
        (lambda: naus_poisson(True, mean=1, windows=3), "count must be a whole number"),
        (lambda: naus_poisson(2, mean=0, windows=3), "mean must be above 0"),
        (lambda: naus_poisson(2, mean=1, windows=1.5), "windows must be 2 or more"),
        (lambda: naus_fixed(4, 3, share=0.1), "count must be at most total, but 4"),
        (lambda: naus_fixed(2, 3, share=0.6), "share must be at most 0.5"),
        (lambda: naus_fixed(2, 3, share=0), "share must be above 0"),
        (lambda: naus_fixed(2, -3, share=0.1), "total must be a whole number"),
    ],
)
def test_what_makes_no_sense_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call()
