"""Multiple imputation of segments: Rubin's rules, closed-form limits, coverage."""

import warnings

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.stats import gamma, poisson

from frontier_geo import load_boundary, locate_events, make_segments, segment_rates, segment_weights
from frontier_geo.errors import ColumnError, ImputationWarning, ParameterError
from frontier_geo.imputation import (
    draw_tables,
    impute_counts,
    pool_counts,
    rubins_rules,
    warn_if_foreign,
)
from frontier_geo.rates import poisson_interval
from frontier_geo.weighting import Shares

pytestmark = pytest.mark.filterwarnings("ignore::frontier_geo.errors.ResolutionWarning")


@pytest.fixture
def three():
    """Three segments of 10 km."""
    return pd.DataFrame(
        {
            "segment_id": ["a", "b", "c"],
            "from_km": [0.0, 10.0, 20.0],
            "to_km": [10.0, 20.0, 30.0],
            "length_km": [10.0] * 3,
        }
    )


def table(rows):
    return pd.DataFrame(rows, columns=["event_id", "segment_id", "probability"])


def test_rubins_rules_are_those_of_statsmodels():
    """statsmodels 0.14, MICE.combine, on the regressions it fits to its own imputed tables."""
    sm = pytest.importorskip("statsmodels.api")
    from statsmodels.imputation import mice

    random = np.random.default_rng(3)
    # statsmodels draws from numpy's global state.
    state = np.random.get_state()  # noqa: NPY002
    np.random.seed(11)  # noqa: NPY002
    x = random.normal(size=80)
    frame = pd.DataFrame({"x": x, "y": x + random.normal(size=80)})
    frame.loc[random.random(80) < 0.3, "x"] = np.nan
    model = mice.MICE("y ~ x", sm.OLS, mice.MICEData(frame))
    pooled = model.fit(2, 7)
    np.random.set_state(state)  # noqa: NPY002
    each = [result._results for result in model.results_list]
    mine = rubins_rules(
        np.array([result.params for result in each]),
        np.array([np.diag(result.cov_params()) for result in each]),
    )
    assert len(each) == 7
    assert mine.between.min() > 0
    assert mine.mean == pytest.approx(pooled.params)
    assert np.sqrt(mine.total) == pytest.approx(pooled.bse)
    assert 1 - mine.within / mine.total == pytest.approx(pooled.frac_miss_info)


def test_degrees_of_freedom_are_those_of_mice():
    """
    mice::pool.scalar(Q = 1:5/10, U = rep(0.04, 5), n = 51): se 0.264575131106459, df 12.1520095309879.

    The df are Barnard and Rubin's (1999), which for a sample without end are Rubin's of 1987.
    """
    pooled = rubins_rules(np.arange(1, 6) / 10, np.full(5, 0.04))
    assert np.sqrt(pooled.total) == pytest.approx(0.264575131106459, rel=1e-13)
    lost = 1 - pooled.within / pooled.total
    observed = 51 / 53 * 50 * (1 - lost)
    assert pooled.df * observed / (pooled.df + observed) == pytest.approx(12.1520095309879)


def test_worked_by_hand():
    """Q = 4, 6, 8 and U = Q: mean 6, within 6, between 4, total 6 + 4/3 · 4 = 34/3."""
    pooled = rubins_rules(np.array([4.0, 6.0, 8.0]), np.array([4.0, 6.0, 8.0]))
    increase = (4 / 3 * 4) / 6
    df = 2 * (1 + 1 / increase) ** 2
    assert (pooled.mean, pooled.within, pooled.between) == (6, 6, 4)
    assert pooled.total == pytest.approx(34 / 3)
    assert pooled.df == pytest.approx(df)
    assert pooled.missing_information == pytest.approx((increase + 2 / (df + 3)) / (1 + increase))


def test_certain_events_have_the_exact_interval(three):
    """Nothing imputed: Garwood's, at every count, without any lost information."""
    weights = table([(f"{s}{i}", s, 1.0) for s, n in (("a", 7), ("b", 1)) for i in range(n)])
    counts = impute_counts(weights, three, confidence_level=0.9)
    exact = poisson_interval([7, 1, 0], confidence_level=0.9)
    assert counts["expected_events"].tolist() == counts["mean_count"].tolist() == [7, 1, 0]
    assert counts["expected_lo"].to_numpy() == pytest.approx(exact.lo, rel=1e-9)
    assert counts["expected_hi"].to_numpy() == pytest.approx(exact.hi, rel=1e-9)
    assert (counts["between_variance"] == 0).all()
    assert np.isinf(counts["df"]).all()
    assert counts["missing_information"].iloc[0] == 0
    assert np.isnan(counts["missing_information"].iloc[2])


def test_many_imputations_reach_the_closed_form(three):
    """Independent draws: the mean count is the sum of p, its variance the sum of p (1 - p)."""
    rng = np.random.default_rng(1)
    shares = rng.dirichlet([1, 2, 0.5, 1], 40)
    names = ["a", "b", "c", "off_border"]
    weights = table(
        [(f"e{i}", names[j], shares[i, j]) for i in range(40) for j in rng.permutation(4)]
    )
    weights = weights.sample(frac=1, random_state=2)  # in any order
    counts = impute_counts(weights, three, n_imputations=20_000, seed=5)
    p = shares[:, :3]
    spread = (p * (1 - p)).sum(axis=0)
    assert counts["expected_events"].to_numpy() == pytest.approx(p.sum(axis=0), abs=1e-12)
    # 5 standard errors of the means of 20,000 draws; the relative one of a variance is sqrt(2 / m).
    error = np.abs(counts["mean_count"].to_numpy() - p.sum(axis=0))
    assert (error < 5 * np.sqrt(spread / 20_000)).all()
    assert counts["between_variance"].to_numpy() == pytest.approx(spread, rel=0.05)


def test_drawn_events_stay_on_their_own_places(three):
    """One event between a and b, one on c, one half off: what cannot be drawn never is."""
    weights = table([("x", "a", 0.5), ("x", "b", 0.5), ("y", "c", 1.0), ("z", "b", 0.25)])
    counts = impute_counts(weights, three, n_imputations=4000)
    assert counts["mean_count"].iloc[2] == 1
    assert counts["between_variance"].iloc[2] == 0
    assert counts["expected_events"].tolist() == [0.5, 0.75, 1.0]
    # z counts in one table of four: five standard errors of 4,000 draws.
    assert counts["mean_count"].iloc[1] == pytest.approx(0.75, abs=5 * np.sqrt(0.44 / 4000))


def test_the_seed_decides(three):
    weights = table([(f"e{i}", s, 1 / 3) for i in range(30) for s in "abc"])
    one = impute_counts(weights, three, seed=7)
    pd.testing.assert_frame_equal(one, impute_counts(weights, three, seed=7))
    assert (
        one["mean_count"].tolist() != impute_counts(weights, three, seed=8)["mean_count"].tolist()
    )
    assert (one.attrs["parameters"]["n_imputations"], one.attrs["seed"]) == (20, 7)


def test_uncertain_places_widen_the_interval(three):
    sure = table([(f"e{i}", "a", 1.0) for i in range(12)])
    unsure = table([(f"e{i}", s, 1 / 3) for i in range(36) for s in "abc"])
    narrow, wide = impute_counts(sure, three).iloc[0], impute_counts(unsure, three).iloc[0]
    assert narrow["expected_events"] == pytest.approx(wide["expected_events"])
    width = [row["expected_hi"] - row["expected_lo"] for row in (narrow, wide)]
    # 12 of Poisson and 8 of place: by the square root of (12 + 8) / 12 = 1.29, t and draws aside.
    assert 1.1 < width[1] / width[0] < 1.7
    assert 0.2 < wide["missing_information"] < 0.7


@pytest.mark.parametrize(
    ("rows", "arguments", "words"),
    [
        ([("e", "a", 1.0)], {"n_imputations": 1}, "whole number from 2 to 100,000, but is 1"),
        ([("e", "a", 1.0)], {"n_imputations": 2.5}, "n_imputations .* but is 2.5"),
        ([("e", "a", 1.0)], {"seed": -1}, "seed must be a whole number of 0 or more, but is -1"),
        ([("e", "a", 1.0)], {"confidence_level": 95}, "between 0 and 1, but is 95"),
        ([("e", "a", 1.0), ("e", "b", 0.2)], {}, "those of 'e' sum to 1.2. Is a row repeated"),
        ([("e", "a", -0.1)], {}, "between 0 and 1, but event 'e' has -0.1"),
        ([("e", "a", np.nan)], {}, "between 0 and 1, but event 'e' has nan"),
        ([("e", "a", "much")], {}, "must be numbers"),
    ],
)
def test_bad_parameters_are_refused(three, rows, arguments, words):
    with pytest.raises(
        ParameterError, match=words.replace("nan", ".*nan").replace("-0.1", ".*-0.1")
    ):
        impute_counts(table(rows), three, **arguments)


def test_a_table_of_something_else_is_refused(three):
    with pytest.raises(ColumnError, match="weights needs the columns 'event_id'"):
        impute_counts(three[["length_km"]], three)


def test_weights_of_other_segments_are_refused(three):
    """They gave 0 everywhere, without a word (mended 2026-11-30)."""
    words = "segment_id of weights must be one of segments, or other_segments, off_border, unplaced"
    for name in ("x", None):
        with pytest.raises(ParameterError, match=f"{words}, but event 'e' has"):
            impute_counts(table([("f", "a", 1.0), ("e", name, 1.0)]), three)
    elsewhere = [
        (f"e{i}", s, 1.0) for i, s in enumerate(("other_segments", "off_border", "unplaced"))
    ]
    assert impute_counts(table(elsewhere), three)["expected_events"].tolist() == [0, 0, 0]


def test_an_event_without_an_id_is_refused(three):
    """A missing id was a raw ValueError of numpy (mended 2026-11-30)."""
    with pytest.raises(
        ParameterError, match="Every row of weights needs an event_id, but row 2 has"
    ):
        impute_counts(table([("e", "a", 1.0), (None, "b", 1.0)]), three)


def test_no_events_at_all(three):
    counts = impute_counts(table([]), three)
    assert (counts["expected_events"] == 0).all()
    assert counts["expected_hi"].to_numpy() == pytest.approx([-np.log(0.025)] * 3)


@pytest.mark.filterwarnings("ignore::frontier_geo.errors.CoverageWarning")
def test_rates_carry_the_interval(incidents, border):
    """In a period that holds every date, rates are those of `impute_counts` on the same weights."""
    provinces = make_segments(border, by="province")
    located = locate_events(incidents, border, segments=provinces)
    everything = {"scope": None, "min_confidence": None, "period": ("1900-01-01", "2030-12-31")}
    rates = segment_rates(located, provinces, n_imputations=30, seed=9, **everything)
    weights = segment_weights(located, provinces, boundary=border)
    counts = impute_counts(weights, provinces, n_imputations=30, seed=9)
    for name in ("expected_events", "expected_lo", "expected_hi"):
        assert rates[name].to_numpy() == pytest.approx(counts[name].to_numpy(), rel=1e-9)
    assert (rates["expected_lo"] < rates["expected_events"]).all()
    assert (rates["expected_events"] < rates["expected_hi"]).all()
    scale = 100 / rates["exposure_km_yr"]
    for end in ("lo", "hi"):
        assert rates[f"expected_rate_{end}"].to_numpy() == pytest.approx(
            (rates[f"expected_{end}"] * scale).to_numpy()
        )
    assert (rates.attrs["parameters"]["n_imputations"], rates.attrs["seed"]) == (30, 9)
    again = segment_rates(located, provinces, n_imputations=30, seed=9, **everything)
    assert rates["expected_hi"].tolist() == again["expected_hi"].tolist()


def test_events_half_in_the_period_count_half(equator):
    """Dated to two days of which one counts: in half of the tables, on the one segment there is."""
    events = gpd.GeoDataFrame(
        {
            "date_start": ["2020-12-31"] * 40,
            "date_end": ["2021-01-01"] * 40,
            "location_uncertainty_km": [0.0] * 40,
        },
        geometry=gpd.points_from_xy([70.5] * 40, [0.0] * 40),
        crs=4326,
    )
    segments = make_segments(equator, n=1)
    located = locate_events(events, equator, segments=segments)
    rates = segment_rates(
        located, segments, boundary=equator, period=("2020-01-01", "2020-12-31"), n_imputations=500
    )
    assert rates["expected_events"].iloc[0] == pytest.approx(20)
    # Within 20 and between 10: the gamma of variance 30, and of 31 above.
    assert rates["expected_lo"].iloc[0] == pytest.approx(
        gamma.ppf(0.025, 400 / 30, scale=1.5), rel=0.05
    )
    assert rates["expected_hi"].iloc[0] == pytest.approx(
        gamma.ppf(0.975, 441 / 31, scale=31 / 21), rel=0.05
    )


def test_rates_of_certain_points_have_equal_intervals():
    """Points without error, away from breaks: the expected interval is Garwood's too."""
    border = load_boundary("natural_earth")  # without a half-width of its own it would be exact
    segments = make_segments(border, length_km=100)
    lon, lat = border.lonlat_at([150.0, 150.0, 350.0])
    events = gpd.GeoDataFrame(
        {"date_start": ["2020-02-02"] * 3, "location_uncertainty_km": [0.0] * 3},
        geometry=gpd.points_from_xy(lon, lat),
        crs=4326,
    )
    located = locate_events(events, border, segments=segments)
    rates = segment_rates(located, segments, boundary=border, period=("2020-01-01", "2020-12-31"))
    assert rates["events"].tolist()[:4] == [0, 2, 0, 1]
    assert rates["expected_rate_lo"].to_numpy() == pytest.approx(rates["rate_lo"].to_numpy())
    assert rates["expected_rate_hi"].to_numpy() == pytest.approx(rates["rate_hi"].to_numpy())


@pytest.mark.slow
@pytest.mark.parametrize("known", [0.0, 0.3, 0.8, 1.0])
@pytest.mark.parametrize("mean", [1.0, 8.0, 60.0])
def test_intervals_cover_the_rate(known, mean):
    """
    A district of five segments with one rate; a share of its events known to the segment.

    Where the probabilities are right, at least 95 % of the intervals hold the true mean, whatever is
    known and however few events there are.
    """
    rng = np.random.default_rng(2)
    held = n = 0
    for trial in range(400):
        counts = rng.poisson(mean, 5)
        where = np.repeat(np.arange(5), counts)
        sure = rng.random(where.size) < known
        place = np.where(sure, 1 + where, 0)
        shares = Shares(
            place,
            np.array([0, 5, 6, 7, 8, 9, 10]),
            np.concatenate((np.arange(5), np.arange(5))),
            np.concatenate((np.full(5, 0.2), np.ones(5))),
        )
        drawn = draw_tables(shares, np.ones(where.size), 5, n_imputations=20, seed=trial)
        _, low, high = pool_counts(drawn, 0.95)
        held += int(((low <= mean) & (mean <= high)).sum())
        n += 5
    # Exact where all is known (Garwood: never below 95 %); 3 standard errors of 2,000 trials.
    assert held / n > 0.95 - 3 * np.sqrt(0.95 * 0.05 / n)
    if known == 1.0:
        exact = _covered(mean)
        assert held / n == pytest.approx(exact, abs=0.02)


def _covered(mean):
    """Return the coverage of Garwood's interval, summed over all counts."""
    counts = np.arange(0, 400)
    exact = poisson_interval(counts)
    return poisson.pmf(counts, mean)[(exact.lo <= mean) & (mean <= exact.hi)].sum()


def test_tables_of_other_events_are_told():
    """Another period, or the segments turned round: the totals or the places do not fit."""
    rates = pd.DataFrame({"segment_id": list("abc"), "expected_events": [40.0, 5.0, 0.5]})
    drawn = np.random.default_rng(1).poisson(rates["expected_events"], (20, 3)).astype(float)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_if_foreign(drawn, rates)
        warn_if_foreign(drawn, rates.drop(columns="expected_events"))
    with pytest.warns(
        ImputationWarning, match=r"events on all segments, but expected_events there"
    ):
        warn_if_foreign(2 * drawn, rates)
    with pytest.warns(ImputationWarning, match="order of segments"):
        warn_if_foreign(drawn[:, ::-1], rates)
