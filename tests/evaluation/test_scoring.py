"""Rolling-origin evaluation: no leakage, worked cases, invariants, defined answers for few events."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo import load_boundary, locate_events, make_segments
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.evaluation.baselines import BASELINES
from frontier_geo.evaluation.ranking import accuracy_at
from frontier_geo.evaluation.scores import crps_counts, log_score
from frontier_geo.evaluation.scoring import calibration_table, evaluate_forecasts, rolling_forecasts
from frontier_geo.series import draw_series, segment_series

pytestmark = pytest.mark.filterwarnings("ignore::frontier_geo.errors.ResolutionWarning")


def series_of(counts, length=10.0, exposure=10.0):
    """Return a space-time table of segments of one length and steps of even exposure."""
    counts = np.asarray(counts)
    n, t = counts.shape
    start = pd.date_range("2000-01-01", periods=t, freq="30D")
    table = pd.DataFrame(
        {
            "segment_id": np.repeat([f"s{i:03}" for i in range(n)], t),
            "from_km": np.repeat(np.arange(n) * length, t),
            "to_km": np.repeat(np.arange(n) * length + length, t),
            "length_km": length,
            "step": np.tile(np.arange(t), n),
            "step_start": np.tile(start, n),
            "step_end": np.tile(start + pd.Timedelta(days=29), n),
            "events": counts.ravel(),
            "expected_events": counts.ravel() * 1.0,
            "exposure_km_yr": np.broadcast_to(exposure, counts.shape).ravel(),
        }
    )
    table.attrs = {"step": 30}
    return table


@pytest.fixture(scope="module")
def counts():
    """Return counts of 12 segments in 9 steps with a busy stretch."""
    rate = np.where(np.arange(12) < 3, 1.5, 0.2)[:, None]
    return np.random.default_rng(7).poisson(rate, (12, 9))


class TestNoLeakage:
    @settings(deadline=None, max_examples=30)  # imports and fits are slow the first time
    @given(st.integers(0, 2**31), st.sampled_from(BASELINES))
    def test_changing_the_future_changes_no_forecast(self, seed, method):
        """Everything from the second origin on is replaced; the forecasts before stay, bit by bit."""
        random = np.random.default_rng(seed)
        first = random.poisson(0.8, (5, 7))
        second = first.copy()
        second[:, 4:] = random.poisson(9.0, (5, 3))
        made = [
            rolling_forecasts(series_of(table), methods=method, min_history=3)
            for table in (first, second)
        ]
        known = [table[table["n_history"] <= 4] for table in made]
        columns = ["origin", "segment_id", "mean", "size", "fit"]
        pd.testing.assert_frame_equal(known[0][columns], known[1][columns], check_exact=True)

    def test_a_method_sees_the_past_only(self, counts):
        """A function that keeps what it is handed has only ever held the steps before the origin."""
        seen = []

        def spy(history):
            seen.append(history.counts.copy())
            history.counts[:] = 99  # nor can it change what others see
            return history.next_exposure * 0

        made = rolling_forecasts(series_of(counts), methods=[spy, "last"], min_history=4)
        assert [s.shape[1] for s in seen] == [4, 5, 6, 7, 8]
        for s in seen:
            assert (s == counts[:, : s.shape[1]]).all()
        last = made[(made["method"] == "last") & (made["n_history"] == 6)]["mean"]
        overall = counts[:, :6].sum() / (12 * 6)
        assert last.to_numpy() == pytest.approx(0.95 * counts[:, 5] + 0.05 * overall)

    def test_the_step_scored_comes_after_the_origin(self, counts):
        for horizon in (1, 3):
            made = rolling_forecasts(series_of(counts), horizon=horizon, methods="mean")
            gap = (made["step_start"] - made["origin"]).dt.days.unique()
            assert gap.tolist() == [30 * (horizon - 1)]
            for n_history, rows in made.groupby("n_history"):
                assert rows["observed"].tolist() == counts[:, n_history + horizon - 1].tolist()


class TestByHand:
    def test_two_origins(self):
        """
        Segments of 10 km, counts [2 2 0], [0 0 1], [0 0 0], one step of history, method last.

        Origins 1 and 2 both name the first segment; it holds 2 of 2 and then 0 of 1 events.
        """
        series = series_of([[2, 2, 0], [0, 0, 1], [0, 0, 0]])
        table = evaluate_forecasts(
            series, methods="last", share_of_length=1 / 3, min_history=1, uniform_share=0.3
        ).iloc[0]
        # Of the next 3 events the first third of the line holds 2: PAI 2 / 3 / (1 / 3).
        assert table["captured"] == pytest.approx(2)
        assert table["pai"] == pytest.approx(2)
        assert table["pei"] == pytest.approx(2 / 3)
        # Means: 0.7 · 2 + 0.3 · 2/3 = 1.6 twice, in both origins; 1.6 · 2 promised, 2 held.
        assert table["rri"] == pytest.approx(1.6)
        seen = np.array([[2, 0, 0], [0, 1, 0]])
        mean = np.array([[1.6, 0.2, 0.2]] * 2)
        assert table["log_score"] == pytest.approx(log_score(seen, mean).mean())
        assert table["crps"] == pytest.approx(crps_counts(seen, mean).mean())
        even = np.full((2, 3), 2 / 3)
        assert table["crps_skill"] == pytest.approx(
            1 - crps_counts(seen, mean).sum() / crps_counts(seen, even).sum()
        )
        gain = (log_score(seen, even) - log_score(seen, mean)).sum() / 3
        assert table["information_gain"] == pytest.approx(gain)
        # Leaving out the first origin PAI is 0, leaving out the second 3: half their difference.
        assert table["pai_se"] == pytest.approx(1.5)

    def test_mean_of_the_origins(self):
        """The same: PAI 3 and 0, mean 1.5; an origin without events has none."""
        series = series_of([[2, 2, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]])
        table = evaluate_forecasts(
            series, methods="last", share_of_length=1 / 3, min_history=1, average="mean"
        ).iloc[0]
        assert table["n_origins"] == 3
        assert table["pai"] == pytest.approx(1.5)
        # Without one of them: 0, 3 and 1.5, so sqrt(2/3 · (1.5² + 1.5²)).
        assert table["pai_se"] == pytest.approx(np.sqrt(2 / 3 * 4.5))

    def test_scores_add_up_from_the_single_forecasts(self, counts):
        """The table of all forecasts gives the same means and indices."""
        series = series_of(counts)
        table = evaluate_forecasts(series, share_of_length=[0.2, 0.5]).set_index(
            ["method", "share_of_length"]
        )
        made = rolling_forecasts(series)
        for method, rows in made.groupby("method"):
            for name in ("brier", "log_score", "crps"):
                assert table.loc[(method, 0.2), name] == pytest.approx(rows[name].mean())
            each = [
                accuracy_at(part["observed"], part["mean"], share=[0.2, 0.5])
                for _, part in rows.groupby("origin")
            ]
            held, best = (
                np.sum([getattr(one, name) for one in each], axis=0)
                for name in ("captured", "best")
            )
            share = held / rows["observed"].sum()
            assert table.loc[method, "pai"].to_numpy() == pytest.approx(share / [0.2, 0.5])
            assert table.loc[method, "pei"].to_numpy() == pytest.approx(held / best)

    def test_uniform_has_no_skill_over_itself(self, counts):
        table = evaluate_forecasts(series_of(counts), methods="uniform", share_of_length=0.25)
        row = table.iloc[0]
        assert row["pai"] == pytest.approx(1, rel=1e-12)
        skills = row[["brier_skill", "crps_skill", "information_gain"]].to_numpy(dtype=float)
        assert skills == pytest.approx([0, 0, 0], abs=1e-12)

    def test_a_busy_stretch_is_found(self, counts):
        """Three of twelve segments hold most events: knowing the past pays."""
        table = evaluate_forecasts(series_of(counts), share_of_length=0.25).set_index("method")
        for method in ("mean", "negative_binomial", "kernel"):
            assert table.loc[method, "pai"] > 2
            assert table.loc[method, "information_gain"] > 0


class TestInvariants:
    def test_turning_the_line_round(self, counts):
        there = evaluate_forecasts(series_of(counts))
        back = evaluate_forecasts(series_of(counts[::-1]))
        columns = ["pai", "pei", "rri", "brier", "log_score", "crps"]
        # The fit of the negative binomial sees the same numbers in another order of sums.
        assert there[columns].to_numpy() == pytest.approx(back[columns].to_numpy(), rel=1e-6)

    def test_rows_in_any_order(self, counts):
        series = series_of(counts)
        mixed = series.sample(frac=1, random_state=3)
        mixed.attrs = series.attrs
        pd.testing.assert_frame_equal(evaluate_forecasts(series), evaluate_forecasts(mixed))

    def test_longer_units_of_length_and_time(self, counts):
        """Ten times the km and a tenth of the years: no number changes but those with a bandwidth."""
        methods = ["uniform", "last", "mean", "ewma", "negative_binomial"]
        first = evaluate_forecasts(series_of(counts), methods=methods)
        second = evaluate_forecasts(series_of(counts, length=100.0), methods=methods)
        pd.testing.assert_frame_equal(first, second, rtol=1e-9)

    def test_the_series_comes_back_unchanged(self, counts):
        series = series_of(counts)
        before = series.copy()
        evaluate_forecasts(series)
        pd.testing.assert_frame_equal(series, before)

    def test_the_share_of_the_uniform_leaves_the_ranking(self, counts):
        first, second = (
            evaluate_forecasts(series_of(counts), uniform_share=u) for u in (0.05, 0.4)
        )
        assert first["captured"].to_numpy() == pytest.approx(second["captured"].to_numpy())

    def test_one_s_own_method_beside_the_baselines(self, counts):
        table = evaluate_forecasts(
            series_of(counts),
            methods={"mine": lambda h: h.counts.mean(axis=1), "mean": "mean"},
            share_of_length=0.2,
        )
        assert table["method"].tolist() == ["mine", "mean"]
        assert table["crps"].iloc[0] == pytest.approx(table["crps"].iloc[1])

    def test_options_reach_the_methods(self, counts):
        made = rolling_forecasts(
            series_of(counts),
            methods=["ewma", "kernel"],
            options={"smoothing": 0.5, "bandwidth_km": 7},
        )
        assert set(made["fit"]) == {"smoothing 0.5, given", "bandwidth 7 km, given"}

    def test_another_column_may_be_learnt_from(self, counts):
        series = series_of(counts)
        series["expected_events"] = series["events"] * 2.0
        made = rolling_forecasts(
            series, methods="last", history_column="expected_events", uniform_share=0
        )
        first = made[made["n_history"] == 3]["mean"].to_numpy()
        assert first == pytest.approx(counts[:, 2] * 2.0)
        assert made["observed"].sum() == counts[:, 3:].sum()


class TestFewEvents:
    def test_no_events_at_all(self):
        table = evaluate_forecasts(series_of(np.zeros((4, 6), dtype=int)))
        assert table[["pai", "pei", "rri", "information_gain"]].isna().all(axis=None)
        assert table["brier"].tolist() == [0] * len(table)
        assert table["reason"].str.contains("no events in the steps scored").all()
        assert table["reason"].str.contains("no events in the past of 4 of 4 origins").all()
        assert table["reason"].str.contains("no skill over it").all()

    def test_one_event(self):
        counts = np.zeros((4, 6), dtype=int)
        counts[2, 4] = 1
        table = evaluate_forecasts(series_of(counts), share_of_length=0.25)
        assert (table["events"] == 1).all()
        assert table["pai"].notna().all()
        missing = table.drop(columns="reason").isna().any(axis=1)
        assert table.loc[missing, "reason"].notna().all()
        assert not (table["reason"] == "").any()

    def test_all_in_one_segment(self):
        counts = np.zeros((4, 6), dtype=int)
        counts[1] = 3
        table = evaluate_forecasts(series_of(counts), share_of_length=0.25).set_index("method")
        assert table.loc["mean", "pai"] == pytest.approx(4)
        assert table.loc["mean", "pei"] == pytest.approx(1)

    def test_what_was_ruled_out_is_infinite_with_a_reason(self):
        series = series_of([[2, 2, 0], [0, 0, 1]])
        table = evaluate_forecasts(series, methods="last", min_history=1, uniform_share=0)
        assert np.isinf(table["log_score"]).all()
        assert table["reason"].str.contains("ruled out what happened").all()
        assert table["reason"].str.contains("no finite gain").all()

    def test_one_origin_has_no_standard_error(self):
        table = evaluate_forecasts(series_of([[1, 2], [0, 1]]), methods="mean", min_history=1)
        assert table["n_origins"].tolist() == [1, 1, 1]
        assert table["pai_se"].isna().all()
        assert table["reason"].str.contains("one origin: no standard error").all()

    def test_no_number_is_missing_without_a_reason(self, counts):
        thin = (counts > 2).astype(int)
        for average in ("pooled", "mean"):
            table = evaluate_forecasts(series_of(thin), average=average)
            numbers = table.drop(columns=["method", "reason"]).to_numpy(dtype=float)
            missing = ~np.isfinite(numbers).all(axis=1)
            assert table.loc[missing, "reason"].notna().all()
        assert not (table["reason"] == "").any()


class TestImputed:
    def test_tables_that_agree_give_the_plain_numbers(self, counts):
        series = series_of(counts)
        table = evaluate_forecasts(series, methods=["last", "mean"], imputed=np.stack([counts] * 3))
        for name in ("pai", "brier", "log_score", "crps"):
            assert table[f"{name}_imputed"].to_numpy() == pytest.approx(table[name].to_numpy())
            # Nothing differs between the tables: a normal interval of the jackknife's error.
            half = (table[f"{name}_imputed_hi"] - table[f"{name}_imputed"]).to_numpy()
            assert half == pytest.approx(1.959963985 * table[f"{name}_se"].to_numpy(), rel=1e-8)

    def test_tables_that_differ_widen_it(self, counts):
        drawn = np.stack([counts, counts[::-1], np.roll(counts, 4, axis=0)])
        series = series_of(counts)
        same, wide = (
            evaluate_forecasts(series, methods="mean", share_of_length=0.2, imputed=tables).iloc[0]
            for tables in (np.stack([counts] * 3), drawn)
        )
        assert wide["crps_imputed"] == pytest.approx(same["crps_imputed"])  # turned round or moved
        shifted = np.stack([counts, counts * 2, counts * 0 + 1])
        wide = evaluate_forecasts(series, methods="mean", share_of_length=0.2, imputed=shifted)
        assert (wide["crps_imputed_hi"] - wide["crps_imputed_lo"]).iloc[0] > (
            same["crps_imputed_hi"] - same["crps_imputed_lo"]
        )

    def test_rubins_rules_by_hand(self, counts):
        """Mean and total variance of two tables, formulas 3.1.2 to 3.1.5 of Rubin (1987)."""
        tables = np.stack([counts, counts[:, ::-1]])
        one, two = (
            evaluate_forecasts(series_of(t), methods="mean", share_of_length=0.2).iloc[0]
            for t in tables
        )
        both = evaluate_forecasts(
            series_of(counts), methods="mean", share_of_length=0.2, imputed=tables
        ).iloc[0]
        mean = (one["crps"] + two["crps"]) / 2
        between = ((one["crps"] - mean) ** 2 + (two["crps"] - mean) ** 2) / 1
        within = (one["crps_se"] ** 2 + two["crps_se"] ** 2) / 2
        df = (1 + within / (1.5 * between)) ** 2
        from scipy.stats import t

        half = t.ppf(0.975, df) * np.sqrt(within + 1.5 * between)
        assert both["crps_imputed"] == pytest.approx(mean)
        assert both["crps_imputed_hi"] == pytest.approx(mean + half)

    def test_on_the_shipped_incidents(self, incidents, border):
        located, segments = locate_events(incidents, border), make_segments(border, n=10)
        period = {"period": ("2015-01-01", "2024-12-31")}
        series = segment_series(located, segments, **period)
        drawn = draw_series(located, segments, n_imputations=3, **period)
        table = evaluate_forecasts(series, methods="mean", share_of_length=0.2, imputed=drawn)
        assert table.attrs["parameters"]["n_imputations"] == 3
        assert (table["crps_imputed_lo"] < table["crps_imputed"]).all()
        assert json.dumps(table.attrs)

    @pytest.mark.parametrize("shape", [(1, 12, 9), (3, 9, 12), (12, 9)])
    def test_tables_of_another_shape(self, counts, shape):
        with pytest.raises(ParameterError, match=r"tables of counts of the shape \(12, 9\)"):
            evaluate_forecasts(series_of(counts), imputed=np.zeros(shape))


class TestCalibration:
    def test_every_forecast_is_in_a_bin(self, counts):
        table = calibration_table(series_of(counts), methods=["mean", "uniform"])
        assert table.groupby("method")["forecasts"].sum().tolist() == [12 * 6, 12 * 6]
        happened = (counts[:, 3:] > 0).sum()
        assert table.groupby("method")["happened"].sum().tolist() == [happened, happened]

    def test_empty_bins_say_so(self, counts):
        table = calibration_table(series_of(counts), methods="uniform")
        assert (table.loc[table["forecasts"] == 0, "reason"] == "no forecast in this bin").all()
        assert table.loc[table["forecasts"] > 0, "reason"].isna().all()

    def test_calibrated_forecasts_are_inside_their_intervals(self):
        """200 segments with known rates, forecast by those rates: at most a few bins of 95 % miss."""
        random = np.random.default_rng(12)
        rate = np.repeat([0.02, 0.15, 0.4, 1.2], 50)
        counts = random.poisson(rate[:, None], (200, 12))
        table = calibration_table(
            series_of(counts), methods={"truth": lambda h: rate}, min_history=2, uniform_share=0
        )
        some = table[table["forecasts"] > 0]
        assert len(some) == 4
        assert ((some["lo"] <= some["predicted"]) & (some["predicted"] <= some["hi"])).all()
        heights = calibration_table(
            series_of(counts),
            kind="pit",
            methods={"truth": lambda h: rate, "half": lambda h: rate / 2},
            min_history=2,
            uniform_share=0,
        )
        truth = heights[heights["method"] == "truth"]["height"]
        # 2,000 counts: a tenth of the histogram has a standard error below 0.07.
        assert truth.to_numpy() == pytest.approx(np.ones(10), abs=0.15)
        # A forecast of half the rate finds counts too high: the top tenth is tall.
        assert heights[heights["method"] == "half"]["height"].iloc[-1] > 1.4

    def test_own_edges(self, counts):
        table = calibration_table(series_of(counts), methods="mean", edges=[0, 0.3, 1])
        assert table["to_p"].tolist() == [0.3, 1]

    def test_bad_arguments(self, counts):
        with pytest.raises(ParameterError, match="kind must be one of"):
            calibration_table(series_of(counts), kind="rank")
        with pytest.raises(ParameterError, match="are tenths"):
            calibration_table(series_of(counts), kind="pit", edges=[0, 1])
        with pytest.raises(ParameterError, match="confidence_level must lie"):
            calibration_table(series_of(counts), confidence_level=95)


class TestBadInput:
    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"methods": "oracle"}, "method must be one of"),
            ({"share_of_length": 0}, "Shares of length"),
            ({"average": "median"}, "average must be one of"),
            ({"min_history": 0}, "min_history must be a whole number"),
            ({"min_history": 9}, "needs 10 steps, but the series has 9"),
            ({"horizon": 0}, "horizon must be a whole number"),
            ({"horizon": 8}, "needs 11 steps, but the series has 9"),
            ({"horizon": 1.5}, "horizon must be a whole number"),
            ({"uniform_share": -1}, "uniform_share must lie"),
            ({"options": {"span": 3}}, "Each name in options must be one of"),
            ({"confidence_level": 0}, "confidence_level must lie"),
            ({"column": "expected_events"}, "whole numbers of events"),
        ],
    )
    def test_arguments(self, counts, more, words):
        series = series_of(counts)
        series["expected_events"] += 0.5
        with pytest.raises(ParameterError, match=words):
            evaluate_forecasts(series, **more)

    def test_a_missing_column(self, counts):
        with pytest.raises(ColumnError, match="exposure_km_yr"):
            evaluate_forecasts(series_of(counts).drop(columns="exposure_km_yr"))

    def test_negative_counts(self, counts):
        with pytest.raises(ParameterError, match="0 or more"):
            evaluate_forecasts(series_of(counts - 5))

    def test_events_where_nothing_was_observed(self):
        series = series_of([[1, 1, 1], [0, 0, 0]], exposure=0.0)
        with pytest.raises(ParameterError, match="nothing was observed"):
            evaluate_forecasts(series)

    def test_overlapping_segments(self, counts):
        series = series_of(counts)
        series.loc[series["segment_id"] == "s001", "from_km"] = 5.0
        with pytest.raises(ParameterError, match="overlap"):
            evaluate_forecasts(series)

    def test_a_missing_step(self, counts):
        with pytest.raises(ParameterError, match="one row for each"):
            evaluate_forecasts(series_of(counts).iloc[:-1])

    def test_gaps_are_no_trouble(self, counts):
        series = series_of(counts)
        kept = series[series["segment_id"] != "s004"]
        assert evaluate_forecasts(kept)["crps"].notna().all()


def test_it_says_what_was_done(counts):
    attrs = evaluate_forecasts(series_of(counts), methods=["last"], horizon=2).attrs
    assert attrs["result"] == "forecast_evaluation"
    assert attrs["parameters"]["horizon"] == 2
    assert attrs["parameters"]["min_history"] == 3
    assert attrs["n_origins"] == 5
    assert json.dumps(attrs)


def test_the_shipped_line_is_used_whole():
    """135 segments, the last of 3.956 km: by length, not by number."""
    line = load_boundary()
    segments = make_segments(line, length_km=10)
    lengths = segments["length_km"].to_numpy()
    seen = np.zeros(135)
    seen[-1] = 1
    found = accuracy_at(seen, seen, lengths, share=lengths[-1] / lengths.sum())
    assert found.captured == pytest.approx([1])
    assert found.pai == pytest.approx([line.length_km / lengths[-1]])
