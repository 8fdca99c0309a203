"""Exact intervals and tests of counts: published values, R, closed forms, invariants, coverage."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, poisson

from frontier_geo.errors import ParameterError
from frontier_geo.rates.intervals import (
    conditional_p,
    poisson_interval,
    share_interval,
    weighted_interval,
)

REFERENCE = Path(__file__).parents[1] / "reference"
R = json.loads((REFERENCE / "rates_r.json").read_text(encoding="utf-8"))
PYTHON = json.loads((REFERENCE / "rates_python.json").read_text(encoding="utf-8"))


# ---- Garwood ------------------------------------------------------------------------------------


def test_garwood_interval_is_the_published_one():
    """137 events over 24.19893: 4.753125-6.692709 (R 4.2 poisson.test and statsmodels 0.14)."""
    rate = poisson_interval([137], 24.19893)
    assert rate.estimate[0] == pytest.approx(137 / 24.19893)
    assert rate.lo[0] == pytest.approx(4.753125, abs=5e-7)  # the last digit quoted
    assert rate.hi[0] == pytest.approx(6.692709, abs=5e-7)


def test_garwood_of_no_events_starts_at_zero():
    """Closed form: the upper end is -ln(alpha / 2)."""
    rate = poisson_interval(np.array([0, 1, 0]), confidence_level=0.9)
    assert rate.lo[[0, 2]].tolist() == [0, 0]
    assert rate.hi[0] == pytest.approx(-np.log(0.05))


@pytest.mark.parametrize("method", ["garwood", "mid-p"])
def test_intervals_are_those_of_r(method):
    """R 4.2.2: poisson.test; for mid-p, uniroot on ppois and dpois (tests/reference/make_rates.R)."""
    one = R["one_count"]
    name = method.replace("-", "")
    for k, level, low, high in zip(
        one["k"], one["level"], one[f"{name}_lo"], one[f"{name}_hi"], strict=True
    ):
        rate = poisson_interval(k, method=method, confidence_level=level)
        # uniroot stops within 1e-13 of its bracket's scale, up to 1000; poisson.test is exact.
        assert float(rate.lo) == pytest.approx(low, rel=1e-9, abs=1e-10)
        assert float(rate.hi) == pytest.approx(high, rel=1e-9, abs=1e-10)


# ---- mid-p --------------------------------------------------------------------------------------


def test_mid_p_is_that_of_statsmodels():
    """confint_poisson(method="midp-c") of statsmodels 0.15 (tests/reference/make_rates.py)."""
    for k, level, low, high in PYTHON["mid_p"]:
        rate = poisson_interval(k, method="mid-p", confidence_level=level)
        # statsmodels' own root finding stops at a relative 1e-8.
        assert float(rate.lo) == pytest.approx(low, rel=1e-7, abs=1e-7)
        assert float(rate.hi) == pytest.approx(high, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.999])
def test_mid_p_of_no_events_ends_where_half_their_chance_does(level):
    """Closed form: exp(-mean) / 2 = alpha / 2 at mean = -ln(alpha)."""
    rate = poisson_interval(0, method="mid-p", confidence_level=level)
    assert float(rate.lo) == 0
    assert float(rate.hi) == pytest.approx(-np.log(1 - level), rel=1e-12)


@given(st.integers(1, 5000), st.floats(0.5, 0.999))
def test_mid_p_tails_hold_half_of_the_rest(k, level):
    """At each limit half the chance of k and all beyond it is (1 - level) / 2; inside Garwood's."""
    rate = poisson_interval(k, method="mid-p", confidence_level=level)
    low, high = float(rate.lo), float(rate.hi)
    tail = (1 - level) / 2
    assert poisson.sf(k, low) + poisson.pmf(k, low) / 2 == pytest.approx(tail, rel=1e-8)
    assert poisson.cdf(k - 1, high) + poisson.pmf(k, high) / 2 == pytest.approx(tail, rel=1e-8)
    outer = poisson_interval(k, confidence_level=level)
    assert float(outer.lo) < low < k < high < float(outer.hi)


@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=8),
    st.floats(0.01, 1e4),
    st.sampled_from(["garwood", "mid-p"]),
)
def test_rates_scale_with_the_exposure_and_keep_their_order(counts, exposure, method):
    one = poisson_interval(counts, method=method)
    per = poisson_interval(counts, exposure, method=method)
    turned = poisson_interval(counts[::-1], exposure, method=method)
    for name in ("estimate", "lo", "hi"):
        assert getattr(per, name) == pytest.approx(getattr(one, name) / exposure)
        assert getattr(per, name)[::-1].tolist() == getattr(turned, name).tolist()


def test_shapes_broadcast():
    rate = poisson_interval([[1], [2]], [1.0, 2.0, 4.0])
    assert rate.lo.shape == rate.hi.shape == (2, 3)
    assert rate.hi[1] == pytest.approx(rate.hi[1, 0] / np.array([1, 2, 4]))


# ---- sums of weights ----------------------------------------------------------------------------


def test_weighted_intervals_are_those_of_fay_and_feuer():
    """
    Fay & Feuer (1997), table 1, rates per 100,000: 92.3 (80.4-105.8) and 91.2 (82.4-100.9).

    As epitools 0.5-10.1 prints them in the example of ageadjust.direct, which says so; all five birth
    orders from there to 15 digits (tests/reference/make_rates.R).
    """
    printed = []
    for order in R["fay_feuer"]:
        w, n = np.array(order["weights"]), np.array(order["cases"])
        found = weighted_interval((w * n).sum(), (w**2 * n).sum(), w.max())
        assert float(found.estimate) == pytest.approx(order["rate"], rel=1e-12)
        assert float(found.lo) == pytest.approx(order["lo"], rel=1e-10)
        assert float(found.hi) == pytest.approx(order["hi"], rel=1e-10)
        printed.append([round(1e5 * float(x), 1) for x in (found.estimate, found.lo, found.hi)])
    assert printed[:2] == [[92.3, 80.4, 105.8], [91.2, 82.4, 100.9]]


@given(st.integers(0, 500), st.floats(0.01, 1000))
def test_equal_weights_give_garwoods_interval(k, weight):
    """Closed form: k events of weight w are w times a count of k."""
    found = weighted_interval(k * weight, k * weight**2, weight)
    count = poisson_interval(k)
    assert float(found.lo) == pytest.approx(float(count.lo) * weight, rel=1e-9)
    assert float(found.hi) == pytest.approx(float(count.hi) * weight, rel=1e-9)


def test_uneven_weights_widen_the_interval():
    even, uneven = weighted_interval(12.0, 36.0, 3.0), weighted_interval(12.0, 84.0, 9.0)
    assert float(uneven.lo) < float(even.lo)
    assert float(even.hi) < float(uneven.hi)


def test_without_any_weight_there_is_no_upper_end():
    found = weighted_interval([0.0, 0.0], [0.0, 0.0], 0.0)
    assert found.lo.tolist() == [0, 0]
    assert np.isnan(found.hi).all()
    # With a largest weight known from elsewhere: -ln(0.025) events of that weight.
    assert float(weighted_interval(0.0, 0.0, 7.0).hi) == pytest.approx(-7 * np.log(0.025))


# ---- counts given their total -------------------------------------------------------------------


def test_conditional_p_is_the_published_one():
    """11 in 800 against 21 in 3011: p = 0.0796686 (R 4.2 poisson.test)."""
    p = conditional_p(11, 32, 800 / 3811)
    assert float(p) == pytest.approx(0.0796686, abs=5e-8)  # the last digit quoted


@given(st.integers(0, 40), st.integers(0, 40), st.floats(0.01, 0.99))
def test_conditional_p_adds_up_what_is_no_likelier(a, b, share):
    """The definition, summed over all counts; sides swapped, the p-value stays."""
    n = a + b
    chance = binom.pmf(np.arange(n + 1), n, share)
    expected = chance[chance <= chance[a] * (1 + 1e-7)].sum()
    assert float(conditional_p(a, n, share)) == pytest.approx(min(expected, 1), rel=1e-9)
    assert float(conditional_p(b, n, 1 - share)) == pytest.approx(min(expected, 1), rel=1e-6)
    upper, lower = (
        float(conditional_p(a, n, share, alternative=way)) for way in ("greater", "less")
    )
    assert upper + lower == pytest.approx(1 + chance[a], rel=1e-9)


def test_no_event_at_all_speaks_for_nothing():
    assert conditional_p([0, 0], 0, [0.1, 1.0]).tolist() == [1, 1]


@given(st.integers(0, 60), st.integers(0, 60), st.floats(0.5, 0.99))
def test_share_limits_have_tails_of_the_rest(k, rest, level):
    """Clopper & Pearson (1934): at each limit, what was seen or beyond has (1 - level) / 2."""
    n = k + rest
    low, high = share_interval(k, n, confidence_level=level)
    tail = (1 - level) / 2
    if k:
        assert binom.sf(k - 1, n, low) == pytest.approx(tail, rel=1e-6)
    else:
        assert float(low) == 0
    if rest:
        assert binom.cdf(k, n, high) == pytest.approx(tail, rel=1e-6)
    else:
        assert float(high) == 1


def test_one_sided_limits_have_one_end():
    low, high = share_interval(3, 10, alternative="greater")
    assert float(high) == 1
    assert binom.sf(2, 10, low) == pytest.approx(0.05)
    low, high = share_interval(3, 10, alternative="less")
    assert float(low) == 0
    assert binom.cdf(3, 10, high) == pytest.approx(0.05)


# ---- bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: poisson_interval([3, -1]),
            "events must be finite numbers of 0 or more.*row 1 has -1",
        ),
        (lambda: poisson_interval([np.nan]), "finite numbers of 0 or more.*nan"),
        (lambda: poisson_interval([2.5]), "whole numbers, but row 0 has 2.5.*draw_counts"),
        (lambda: poisson_interval(["many"]), "events must be numbers"),
        (lambda: poisson_interval([1], [0.0]), "exposure must be above 0, but row 0 has 0"),
        (lambda: poisson_interval([1], [-2.0]), "exposure must be finite numbers of 0 or more"),
        (lambda: poisson_interval([1], method="wald"), "interval must be one of garwood, mid-p"),
        (lambda: poisson_interval([1], confidence_level=95), "between 0 and 1, but is 95"),
        (lambda: weighted_interval(-1.0, 1.0, 1.0), "total must be finite numbers of 0 or more"),
        (lambda: weighted_interval(3.0, 0.0, 1.0), "so do their squares"),
        (lambda: weighted_interval(3.0, 9.0, 0.0), "largest weight is above 0"),
        (lambda: conditional_p(3, 2, 0.5), "not be more than their total"),
        (lambda: conditional_p(1, 2, 1.5), "share must lie between 0 and 1"),
        (lambda: conditional_p(1, 2, 0.5, alternative="more"), "alternative must be one of"),
        (lambda: share_interval(1.5, 2), "whole numbers"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call()
