"""Baselines of forecasting: R, pandas, closed forms, worked cases, bad input."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo import locate_events, make_segments
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.evaluation.baselines import (
    BASELINES,
    Predicted,
    check_methods,
    history_of,
    predict_counts,
    spread_along_line,
)
from frontier_geo.evaluation.forecasting import forecast
from frontier_geo.evaluation.scores import log_score
from frontier_geo.series import segment_series

pytestmark = pytest.mark.filterwarnings("ignore::frontier_geo.errors.ResolutionWarning")

REFERENCE = Path(__file__).parents[1] / "reference"
R = json.loads((REFERENCE / "evaluation_r.json").read_text(encoding="utf-8"))
PYTHON = json.loads((REFERENCE / "evaluation_python.json").read_text(encoding="utf-8"))
BORDER = pd.read_csv(REFERENCE / "evaluation_border.csv")


def past(counts, exposure=10.0, *, next_exposure=10.0, length=10.0):
    """Return a history of segments of one length with even exposure."""
    counts = np.asarray(counts, dtype=float)
    start = np.arange(len(counts)) * length
    return history_of(
        counts,
        np.broadcast_to(exposure, counts.shape),
        np.broadcast_to(next_exposure, counts.shape[:1]),
        start,
        start + length,
    )


def years(counts, first=2000):
    """Return a space-time table of 10 km segments and calendar years."""
    counts = np.asarray(counts)
    n, t = counts.shape
    start = pd.to_datetime([f"{first + k}-01-01" for k in range(t)])
    end = pd.to_datetime([f"{first + k}-12-31" for k in range(t)])
    days = np.asarray((end - start).days) + 1
    table = pd.DataFrame(
        {
            "segment_id": np.repeat([f"s{i}" for i in range(n)], t),
            "from_km": np.repeat(np.arange(n) * 10.0, t),
            "to_km": np.repeat(np.arange(n) * 10.0 + 10, t),
            "length_km": 10.0,
            "step": np.tile(np.arange(t), n),
            "step_start": np.tile(start, n),
            "step_end": np.tile(end, n),
            "events": counts.ravel(),
            "expected_events": counts.ravel() + 0.25,
            "exposure_km_yr": np.tile(10.0 * days / 365.25, n),
        }
    )
    table.attrs = {"step": "year", "period": [f"{first}-01-01", f"{first + t - 1}-12-31"]}
    return table


class TestBaselines:
    COUNTS = ((4, 0, 2), (0, 0, 1), (1, 1, 1))

    @pytest.mark.parametrize(
        ("method", "expected"),
        [("last", [2, 1, 1]), ("mean", [2, 1 / 3, 1]), ("uniform", [10 / 9] * 3)],
    )
    def test_by_hand(self, method, expected):
        found = predict_counts(past(self.COUNTS), method=method)
        assert found.mean == pytest.approx(expected, rel=1e-14)
        assert np.isinf(found.size).all()

    def test_ewma_is_that_of_pandas(self):
        """pandas 3.1.1, Series.ewm(alpha, adjust=True).mean().iloc[-1]."""
        given_ = PYTHON["ewm"]
        for alpha, expected in zip(given_["alpha"], given_["mean"], strict=True):
            found = predict_counts(past([given_["counts"]]), method="ewma", smoothing=alpha)
            assert found.mean[0] == pytest.approx(expected, rel=1e-12)

    def test_ewma_of_one_is_the_last_and_of_little_the_mean(self):
        history = past(self.COUNTS)
        last = predict_counts(history, method="last").mean
        assert predict_counts(history, method="ewma", smoothing=1).mean == pytest.approx(last)
        mean = predict_counts(history, method="mean").mean
        found = predict_counts(history, method="ewma", smoothing=1e-9).mean
        assert found == pytest.approx(mean, rel=1e-8)

    def test_ewma_chooses_what_would_have_predicted_the_past(self):
        """A level that jumps and stays wants a short memory; noise about one level a long one."""
        jump = past([[0] * 10 + [20] * 30])
        noise = past(np.random.default_rng(2).poisson(5.0, (3, 60)))
        assert float(predict_counts(jump, method="ewma").fit.split()[1].strip(",")) >= 0.5
        assert float(predict_counts(noise, method="ewma").fit.split()[1].strip(",")) <= 0.1

    def test_ewma_chooses_by_the_loss_written_out(self):
        """The chosen smoothing minimises the one-step log score, computed step by step."""
        counts = np.random.default_rng(4).poisson(2.0, (4, 12)) * np.array([[1], [0], [2], [1]])
        exposure = np.random.default_rng(5).uniform(5, 20, counts.shape)

        def loss(alpha):
            total = 0.0
            for t in range(1, counts.shape[1]):
                y, e = counts[:, :t], exposure[:, :t]
                w = (1 - alpha) ** np.arange(t - 1, -1, -1.0)
                mean = (y @ w) / (e @ w) * exposure[:, t]
                even = (y.sum() + 0.5) / e.sum() * exposure[:, t]
                total += log_score(counts[:, t], 0.95 * mean + 0.05 * even).sum()
            return total

        grid = np.arange(1, 21) / 20
        best = grid[np.argmin([loss(a) for a in grid])]
        found = predict_counts(past(counts, exposure), method="ewma").fit
        assert found == f"smoothing {best:g}, chosen on the past"

    def test_rates_follow_exposure(self):
        """Twice the time observed next: twice the events; half the time then: twice the rate."""
        for method in BASELINES:
            once, twice = (
                predict_counts(past(self.COUNTS, next_exposure=e), method=method).mean
                for e in (10.0, 20.0)
            )
            assert twice == pytest.approx(2 * once, rel=1e-12)
        found = predict_counts(past([[3, 3]], [[10.0, 5.0]]), method="last")
        assert found.mean == pytest.approx([6])

    @pytest.mark.parametrize("method", ["last", "mean", "ewma"])
    def test_where_nothing_was_observed_the_line_speaks(self, method):
        found = predict_counts(past([[2, 2], [0, 0]], [[10.0, 10], [0, 0]]), method=method)
        assert found.mean == pytest.approx([2, 2])

    @pytest.mark.parametrize("method", BASELINES)
    def test_no_events_predict_none_and_say_so(self, method):
        found = predict_counts(past(np.zeros((3, 4))), method=method)
        assert found.mean.tolist() == [0, 0, 0]
        if method in ("uniform", "negative_binomial"):
            assert found.fit == "no events in the past"

    @pytest.mark.parametrize("method", BASELINES)
    def test_one_event_is_enough(self, method):
        found = predict_counts(past([[0, 0, 1], [0, 0, 0], [0, 0, 0]]), method=method)
        assert np.isfinite(found.mean).all()
        assert found.mean.argmax() == 0

    @pytest.mark.parametrize("method", BASELINES)
    def test_one_segment_and_one_step_are_enough(self, method):
        found = predict_counts(past([[3]]), method=method)
        assert found.mean == pytest.approx([3])

    @settings(deadline=None)  # imports are slow the first time
    @given(st.integers(0, 2**31))
    def test_turning_the_line_round_turns_the_forecast_round(self, seed):
        random = np.random.default_rng(seed)
        counts = random.poisson(1.0, (5, 4))
        edges = np.concatenate(([0], np.cumsum(random.uniform(2, 20, 5))))
        e = np.outer(np.diff(edges), np.ones(4))
        there = history_of(counts, e, e[:, 0], edges[:-1], edges[1:])
        back = history_of(
            counts[::-1], e[::-1], e[::-1, 0], edges[-1] - edges[:0:-1], edges[-1] - edges[-2::-1]
        )
        for method in BASELINES:
            first = predict_counts(there, method=method).mean
            second = predict_counts(back, method=method).mean[::-1]
            # The search of the gamma's shape stops within 1e-7 of its slope.
            assert first == pytest.approx(second, rel=1e-5, abs=1e-12), method

    def test_a_share_of_the_uniform_rules_nothing_out(self):
        plain = predict_counts(past(self.COUNTS), method="last").mean
        mixed = predict_counts(past(self.COUNTS), method="last", uniform_share=0.2).mean
        assert mixed == pytest.approx(0.8 * plain + 0.2 * 10 / 9, rel=1e-14)


class TestNegativeBinomial:
    def test_shape_and_rate_are_those_of_mass(self):
        """MASS 7.3.58.2, glm.nb(y ~ 1 + offset(log(e))), on the border: shape 0.66499036."""
        from frontier_geo.evaluation.baselines import _gamma_of_rates

        exposure = (BORDER["length_km"] * BORDER["past_years"]).to_numpy()
        rate, shape, fit = _gamma_of_rates(BORDER["past"].to_numpy(dtype=float), exposure)
        # statsmodels stops where the slope is below 1e-7.
        assert shape == pytest.approx(R["border"]["gamma"]["shape"], rel=1e-6)
        assert rate == pytest.approx(R["border"]["gamma"]["rate"], rel=1e-6)
        assert fit.endswith("by maximum likelihood")

    def test_on_sids(self):
        """The same on SID74 and BIR74 of sids2: shape 6.37197675."""
        from frontier_geo.evaluation.baselines import _gamma_of_rates

        table = pd.read_csv(REFERENCE / "evaluation_sids.csv")
        rate, shape, _ = _gamma_of_rates(
            table["SID74"].to_numpy(dtype=float), table["BIR74"].to_numpy(dtype=float)
        )
        assert shape == pytest.approx(R["sids"]["shape"], rel=1e-6)
        assert rate == pytest.approx(R["sids"]["rate"], rel=1e-6)

    def test_next_count_given_the_past(self):
        """Gamma of shape a and rate a/m, seen n on e: size a + n, mean (a + n) / (a/m + e) · next."""
        exposure = (BORDER["length_km"] * BORDER["past_years"]).to_numpy()[:, None]
        n, ahead = BORDER["past"].to_numpy(), (BORDER["length_km"] * 11).to_numpy()
        history = history_of(n[:, None], exposure, ahead, BORDER["from_km"], BORDER["to_km"])
        found = predict_counts(history, method="negative_binomial")
        a, m = R["border"]["gamma"]["shape"], R["border"]["gamma"]["rate"]
        assert found.size == pytest.approx(a + n, rel=1e-6)
        expected = (a + n) / (a / m + exposure[:, 0]) * ahead
        assert found.mean == pytest.approx(expected, rel=1e-6)

    def test_no_more_spread_than_chance_is_poisson(self):
        found = predict_counts(past(np.ones((6, 3))), method="negative_binomial")
        assert found.mean == pytest.approx(np.ones(6))
        assert np.isinf(found.size).all()
        assert "no more than by chance" in found.fit

    def test_without_a_fit_moments_serve_and_say_so(self, monkeypatch):
        """Counts 0 0 6 2, each on 30 km·year: mean 2, variance 6, so shape 4 / (6 - 2) = 1."""
        import frontier_geo.evaluation.baselines as module

        monkeypatch.setattr(module, "_fit_by_likelihood", lambda y, e: None)
        counts = [[0, 0, 0], [0, 0, 0], [2, 2, 2], [1, 1, 0]]
        found = predict_counts(past(counts), method="negative_binomial")
        assert found.fit == "shape 1 by moments: the fit did not converge"
        assert found.size == pytest.approx([1, 1, 7, 3])
        assert found.mean == pytest.approx(np.array([1, 1, 7, 3]) / (1 / (2 / 30) + 30) * 10)


class TestKernel:
    @pytest.mark.parametrize("sd", [4, 40])
    def test_spread_is_that_of_r(self, sd):
        """R 4.2.2, integrate() of the Gaussian and 81 pairs of its mirror images."""
        given_ = R["spread"]
        found = spread_along_line(given_["from_km"], given_["to_km"], sd)
        # integrate() was asked for a relative error of 1e-12.
        assert found == pytest.approx(np.array(given_[f"sd{sd}"]), rel=1e-9, abs=1e-11)

    @settings(deadline=None)  # imports are slow the first time
    @given(st.floats(0.05, 500), st.integers(0, 2**31))
    def test_nothing_is_lost_at_the_ends(self, sd, seed):
        edges = np.concatenate(([0], np.cumsum(np.random.default_rng(seed).uniform(1, 30, 7))))
        spread = spread_along_line(edges[:-1], edges[1:], sd)
        assert spread.sum(axis=0) == pytest.approx(np.ones(7), rel=1e-9)
        # Even events stay even.
        assert spread @ np.diff(edges) == pytest.approx(np.diff(edges), rel=1e-9)

    def test_without_reflection_something_is_lost(self):
        lost = spread_along_line([0, 10], [10, 20], 5.0, correction="none").sum(axis=0)
        assert (lost < 0.95).all()

    def test_a_narrow_kernel_is_the_mean_a_wide_one_uniform(self):
        history = past([[4, 0], [0, 1], [0, 0]])
        narrow = predict_counts(history, method="kernel", bandwidth_km=1e-6).mean
        assert narrow == pytest.approx(predict_counts(history, method="mean").mean, abs=1e-6)
        wide = predict_counts(history, method="kernel", bandwidth_km=1e4).mean
        assert wide == pytest.approx(predict_counts(history, method="uniform").mean, rel=1e-9)

    def test_the_limit_of_flat_is_met(self):
        """Just below and above twice the line the two formulas agree to 1e-8, as the code says."""
        below, above = (spread_along_line([0, 3], [3, 10], sd) for sd in (19.999, 20.001))
        assert below == pytest.approx(above, abs=2e-8)

    def test_events_fade(self):
        """Half-life of two steps: 8 two steps ago weigh as 4, over a time of 1 + 1/√2 + 1/2."""
        history = past([[8, 0, 0]])
        found = predict_counts(history, method="kernel", bandwidth_km=1, half_life_steps=2)
        assert found.mean == pytest.approx([4 / (1.5 + 0.5**0.5)])

    def test_the_bandwidth_is_chosen_by_the_loss_written_out(self):
        counts = np.zeros((30, 8))
        random = np.random.default_rng(3)
        for t in range(8):
            np.add.at(counts[:, t], np.clip(random.normal(12, 3, 6).astype(int), 0, 29), 1)
        history = past(counts)

        def loss(sd):
            spread, total = spread_along_line(history.from_km, history.to_km, sd), 0.0
            for t in range(8):
                rest = np.delete(counts, t, axis=1)
                mean = spread @ rest.sum(axis=1) / 7
                even = (rest.sum() + 0.5) / (7 * 30)
                total += log_score(counts[:, t], 0.95 * mean + 0.05 * even).sum()
            return total

        grid = np.geomspace(5, 150, 12)
        best = grid[np.argmin([loss(sd) for sd in grid])]
        found = predict_counts(history, method="kernel")
        assert found.fit == f"bandwidth {best:.4g} km, chosen on the past"

    def test_too_little_past_to_choose_on(self):
        found = predict_counts(past([[1], [0]]), method="kernel")
        assert found.fit.startswith("bandwidth 1 km, a twentieth of the line")


class TestForecast:
    def test_the_next_year(self):
        table = forecast(years([[1, 3], [0, 0]]), method="last", uniform_share=0)
        assert table["step_start"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2002-01-01"]
        assert table["step_end"].dt.strftime("%Y-%m-%d").unique().tolist() == ["2002-12-31"]
        # 2001 and 2002 both have 365 days.
        assert table["mean"].tolist() == pytest.approx([3, 0])
        assert table["rank"].tolist() == [1, 2]

    def test_a_leap_year_is_longer(self):
        table = forecast(years([[1, 3], [0, 0]], first=2002), method="last", uniform_share=0)
        assert table["exposure_km_yr"].tolist() == pytest.approx([10 * 366 / 365.25] * 2)
        assert table["mean"].iloc[0] == pytest.approx(3 * 366 / 365)

    @pytest.mark.parametrize(
        ("step", "start", "end"),
        [
            ("month", "2021-01-01", "2021-01-31"),
            ("quarter", "2021-01-01", "2021-03-31"),
            (30, "2021-01-01", "2021-01-30"),
        ],
    )
    def test_other_steps(self, incidents, border, step, start, end):
        period = ("2020-01-07", "2020-12-31") if step == 30 else ("2020-01-01", "2020-12-31")
        series = segment_series(
            locate_events(incidents, border), make_segments(border, n=3), step=step, period=period
        )
        table = forecast(series)
        assert table["step_start"].iloc[0] == pd.Timestamp(start)
        if step != 30:
            assert table["step_end"].iloc[0] == pd.Timestamp(end)

    @pytest.mark.parametrize(
        ("step", "until", "start", "end"),
        [
            ("year", "2026-04-17", "2026-04-18", "2027-04-17"),
            ("quarter", "2026-04-17", "2026-04-18", "2026-07-17"),
            ("month", "2026-04-17", "2026-04-18", "2026-05-17"),
            ("week", "2026-04-14", "2026-04-15", "2026-04-21"),  # a Tuesday: two days of a week
            (30, "2026-04-17", "2026-04-18", "2026-05-17"),
        ],
    )
    @pytest.mark.parametrize("lost", [False, True])
    def test_a_step_cut_at_the_end_is_followed_by_a_whole_one(
        self, incidents, border, step, until, start, end, lost
    ):
        """By hand; also when a file has lost the step's name (mended 2026-11-30)."""
        since = "2022-02-03" if step == "year" else "2025-01-03"
        series = segment_series(
            locate_events(incidents, border), make_segments(border, n=3), step=step,
            period=(since, until),
        )  # fmt: skip
        if lost:
            series.attrs = {}
        table = forecast(series, method="last")
        assert table["step_start"].iloc[0] == pd.Timestamp(start)
        assert table["step_end"].iloc[0] == pd.Timestamp(end)
        days = (pd.Timestamp(end) - pd.Timestamp(start)).days + 1
        km = table["to_km"] - table["from_km"]
        assert table["exposure_km_yr"].tolist() == pytest.approx((km * days / 365.25).tolist())

    def test_a_file_tells_the_same_forecast(self, tmp_path):
        """A CSV keeps the rows only; the years in it tell the step (mended 2026-11-30)."""
        series = years([[1, 3, 2], [0, 0, 1]])
        series.to_csv(tmp_path / "series.csv", index=False)
        back = pd.read_csv(tmp_path / "series.csv", parse_dates=["step_start", "step_end"])
        there, again = forecast(series), forecast(back)
        assert (again["step_end"] == pd.Timestamp("2003-12-31")).all()
        assert again["mean"].tolist() == pytest.approx(there["mean"].tolist(), rel=1e-12)

    def test_a_step_that_cannot_be_told_is_refused(self):
        """Two cut steps tell nothing of a whole one (mended 2026-11-30)."""
        series = years([[1, 3]])
        series["step_start"] = pd.to_datetime(["2025-03-01", "2026-01-01"])
        series["step_end"] = pd.to_datetime(["2025-12-31", "2026-04-17"])
        series.attrs = {}
        with pytest.raises(ParameterError, match=r"which this series lost, and its 2 steps do not"):
            forecast(series)
        series.attrs = {"step": "decade"}
        with pytest.raises(ParameterError, match=r"week or a number of days, but is 'decade'"):
            forecast(series)

    @pytest.mark.parametrize(
        "starts",
        [
            ["2020-01-01", "2021-01-01", "2021-07-01", "2022-01-01", "2023-01-01"],  # half a year
            ["2020-01-01", "2020-02-01", "2020-04-01", "2020-05-01", "2020-06-01"],  # two months
            ["2020-01-03", "2020-02-12", "2020-03-13", "2020-04-02"],  # 40, 30 and 20 days
            ["2020-01-03", "2020-01-13", "2020-01-23", "2020-02-04", "2020-02-14"],  # 10 and 12
        ],
    )
    def test_unequal_steps_tell_no_step(self, starts):
        """By hand: no length holds for all that no period cuts (mended 2026-11-30)."""
        days = pd.to_datetime(starts)
        series = years([[1] * (len(days) - 1)])
        series["step_start"], series["step_end"] = days[:-1], days[1:] - pd.Timedelta(days=1)
        series.attrs = {}
        with pytest.raises(ParameterError, match="do not tell it"):
            forecast(series)

    def test_missing_days_are_refused(self):
        """A series whose days are missing has no step after (mended 2026-11-30)."""
        series = years([[1, 3]])
        series["step_end"] = pd.NaT
        with pytest.raises(ParameterError, match="step_end"):
            forecast(series)

    def test_attrs_say_how(self):
        attrs = forecast(years([[1, 3], [0, 0]]), method="ewma", smoothing=0.5).attrs
        assert attrs["result"] == "forecast"
        assert attrs["parameters"]["smoothing"] == 0.5
        assert "alpha" not in attrs["parameters"]  # no level of significance
        assert attrs["notes"][0].startswith("no simulation")
        assert json.dumps(attrs)

    def test_the_series_comes_back_unchanged(self):
        series = years([[1, 3], [0, 0]])
        before = series.copy()
        forecast(series, method="kernel")
        pd.testing.assert_frame_equal(series, before)

    def test_expected_events_can_be_learnt_from(self):
        table = forecast(years([[1, 3]]), column="expected_events", method="last", uniform_share=0)
        assert table["mean"].iloc[0] == pytest.approx(3.25)

    def test_without_a_column(self):
        with pytest.raises(ColumnError, match="killed"):
            forecast(years([[1, 2]]), column="killed")


class TestBadInput:
    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"method": "arima"}, "method must be one of uniform, last"),
            ({"method": "ewma", "smoothing": 0}, "smoothing must lie above 0"),
            ({"method": "ewma", "smoothing": 1.2}, "smoothing must lie above 0"),
            ({"method": "kernel", "bandwidth_km": -1}, "bandwidth_km must be above 0"),
            ({"method": "kernel", "half_life_steps": 0}, "half_life_steps must be above 0"),
            ({"uniform_share": 1.5}, "uniform_share must lie between 0 and 1"),
            ({"method": lambda h: [1.0]}, "one mean for each of 2 segments"),
            ({"method": lambda h: [1.0, -1.0]}, "must be finite and 0 or more"),
            ({"method": lambda h: [1.0, np.nan]}, "must be finite and 0 or more"),
            ({"method": lambda h: ["a", "b"]}, "the means a method returns must be numbers"),
            ({"method": lambda h: "text"}, "the means a method returns must be numbers"),
            ({"method": lambda h: Predicted("a", np.inf, "")}, "must be numbers"),
            ({"method": lambda h: Predicted(h.to_km, "a", "")}, "sizes a method returns must be n"),
            ({"method": lambda h: Predicted(h.to_km, np.ones(3), "")}, "sizes a method returns"),
            ({"method": lambda h: Predicted(h.to_km, 0.0, "")}, "must be above 0"),
            ({"method": lambda h: Predicted(h.to_km, np.nan, "")}, "must be above 0"),
        ],
    )
    def test_arguments(self, more, words):
        """Also what a function of one's own returns (text: mended 2026-11-30)."""
        with pytest.raises(ParameterError, match=words):
            predict_counts(past([[1, 2], [0, 0]]), **more)

    @pytest.mark.parametrize(
        ("arrays", "words"),
        [
            (([[1.0]], [[0.0]], [1], [0], [1]), "nothing was observed"),
            (([[-1.0]], [[1.0]], [1], [0], [1]), "counts must be finite and 0 or more"),
            (([[np.nan]], [[1.0]], [1], [0], [1]), "counts must be finite"),
            (([[1.0]], [[-1.0]], [1], [0], [1]), "exposure must be finite and 0 or more"),
            ((np.zeros((2, 0)), np.zeros((2, 0)), [1, 1], [0, 1], [1, 2]), "at least one"),
            (([[1.0]], [[1.0]], [1, 2], [0], [1]), "next_exposure needs one number"),
            (([[1.0]], [[1.0]], [1], [1], [1]), "end after it begins"),
            (([["x"]], [[1.0]], [1], [0], [1]), "counts must be numbers"),
        ],
    )
    def test_histories(self, arrays, words):
        with pytest.raises(ParameterError, match=words):
            history_of(*arrays)

    @pytest.mark.parametrize(
        ("methods", "words"),
        [
            ([], "at least one"),
            (["mean", "mean"], "names of their own"),
            (["nothing"], "method must be one of"),
            (3, "words or functions"),
        ],
    )
    def test_methods(self, methods, words):
        with pytest.raises(ParameterError, match=words):
            check_methods(methods)

    def test_methods_may_be_named(self):
        assert list(check_methods({"mine": lambda h: h.next_exposure, "a": "mean"})) == [
            "mine",
            "a",
        ]
        assert list(check_methods("last")) == ["last"]

    def test_a_function_may_give_a_distribution(self):
        found = predict_counts(
            past([[1, 2]]), method=lambda h: Predicted(np.array([2.0]), np.array(3.0), "own")
        )
        assert (found.mean.tolist(), found.size.tolist(), found.fit) == ([2], [3], "own")
