"""Which conclusions hang on how the line was cut: worked cases, invariants, bad input."""

import inspect
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from frontier_geo import locate_events
from frontier_geo.errors import ColumnError, ParameterError, ResolutionWarning
from frontier_geo.scale import sweep_breaks, sweep_scale

quiet = pytest.mark.filterwarnings("ignore::frontier_geo.errors.ResolutionWarning")


def placed(equator, chainages_km):
    """Return events at these chainages of the equator line, located on it."""
    events = gpd.GeoDataFrame(
        {
            "event_id": [f"e{i}" for i in range(len(chainages_km))],
            "date_start": "2020-03-01",
            "date_end": "2020-03-01",
            "location_precision": "exact",
            "location_uncertainty_km": 0.001,
        },
        geometry=[Point(70 + km / equator.length_km, 0.0001) for km in chainages_km],
        crs="EPSG:4326",
    )
    return locate_events(events, equator)


def at_least(n):
    """Return a statistic: segments with so many events are significant."""

    def busy(rates):
        return rates.assign(significant=rates["events"] >= n)

    return busy


PERIOD = ("2020-01-01", "2020-12-31")


class TestBreaks:
    def test_by_hand(self):
        assert sweep_breaks(100, 30, 10).tolist() == [10, 40, 70]
        # 5 km at the start and 5 at the end are shorter than a third of 30.
        assert sweep_breaks(100, 30, 5).tolist() == [35, 65]

    @given(st.floats(30, 2000), st.floats(1, 15), st.floats(0, 50))
    def test_pieces(self, end, length, origin):
        """Inner segments have the length asked for; the ends are at least a third, below 4/3 of it."""
        breaks = sweep_breaks(end, length, origin)
        assert np.diff(breaks) == pytest.approx(np.full(breaks.size - 1, length), rel=1e-9)
        for piece in (breaks[0], end - breaks[-1]):
            assert length / 3 - 1e-6 <= piece <= length * 4 / 3 + 1e-6

    def test_a_whole_segment_on_nothing_changes(self):
        assert sweep_breaks(100, 20, 23) == pytest.approx(sweep_breaks(100, 20, 3))


@quiet
class TestVerdicts:
    def test_by_hand(self, equator):
        """
        Three events at km 50.5, 51 and 52 and two at 20.5 and 29, on 111.3 km.

        In segments of 10 km from 0 and from 5, the three are together in [50, 60) and [45, 55): both
        hold km 50 to 55. The two are together in [20, 30), apart in [15, 25) and [25, 35).
        """
        sweep = sweep_scale(
            placed(equator, [50.5, 51, 52, 20.5, 29]),
            equator,
            statistic=at_least(2),
            lengths_km=10,
            n_origins=2,
            period=PERIOD,
        )
        shown = sweep.stretches[["from_km", "to_km", "verdict", "support", "finding", "found"]]
        expected = [
            (0, 20, "not found", 0, 0, 0),
            (20, 30, "depends on scale", 0.5, 1, 0.5),
            (30, 45, "not found", 0, 0, 0),
            (45, 50, "depends on scale", 0.5, 2, 1),
            (50, 55, "survives", 1, 2, 1),
            (55, 60, "depends on scale", 0.5, 2, 1),
            (60, equator.length_km, "not found", 0, 0, 0),
        ]
        assert list(shown.itertuples(index=False, name=None)) == expected
        assert sweep.stretches["settings"].iloc[4] == "10 km: 2 of 2"
        assert sweep.settings["origin_km"].tolist() == [0, 5]
        assert sweep.settings["n_high"].tolist() == [2, 1]
        assert sweep.settings["high_km"].tolist() == pytest.approx([20, 10])
        assert sweep.settings["events"].tolist() == [5, 5]

    def test_support_by_length(self, equator):
        sweep = sweep_scale(
            placed(equator, [50.5, 51, 52.5]),
            equator,
            statistic=at_least(3),
            lengths_km=[2, 10],
            n_origins=2,
            period=PERIOD,
        )
        at_51 = sweep.support.loc[sweep.support["from_km"] == 51].iloc[0]
        # Segments of 2 km never hold all three; of 10 km always. None lies on a limit, where the last
        # bit of its chainage, which differs from processor to processor, would decide.
        assert (at_51["support_2_km"], at_51["support_10_km"], at_51["support"]) == (0, 1, 0.5)
        assert sweep.stretches["settings"].iloc[1] == "2 km: 0 of 2; 10 km: 2 of 2"

    def test_the_line_is_told_from_end_to_end(self, equator):
        sweep = sweep_scale(
            placed(equator, [3, 4, 110]), equator, statistic=at_least(1), lengths_km=[7, 20]
        )
        for table in (sweep.stretches, sweep.support):
            assert table["from_km"].iloc[0] == 0
            assert table["to_km"].iloc[-1] == pytest.approx(equator.length_km)
            assert (table["from_km"].to_numpy()[1:] == table["to_km"].to_numpy()[:-1]).all()

    @pytest.mark.parametrize(("enough", "verdict"), [(0.5, "survives"), (0.51, "depends on scale")])
    def test_the_line_between_the_verdicts(self, equator, enough, verdict):
        sweep = sweep_scale(
            placed(equator, [20.5, 29]),
            equator,
            statistic=at_least(2),
            lengths_km=10,
            n_origins=2,
            survives_at=enough,
            period=PERIOD,
        )
        assert sweep.stretches["verdict"].iloc[1] == verdict

    def test_high_and_low_are_told_apart(self, equator):
        """A cold stretch does not support a hot one."""

        def both(rates):
            word = np.where(rates["events"] > 0, "high", "low")
            return rates[["from_km", "to_km"]].assign(p_value=0.01, direction=word)

        sweep = sweep_scale(
            placed(equator, [55]), equator, statistic=both, lengths_km=10, n_origins=1,
            period=PERIOD,
        )  # fmt: skip
        words = sweep.stretches.groupby("direction")["verdict"].agg(list).to_dict()
        assert words == {
            "high": ["not found", "survives", "not found"],
            "low": ["survives", "not found", "survives"],
        }
        # Half-open: km 50 to 60 is not low, what touches it is.
        low = sweep.stretches[sweep.stretches["direction"] == "low"]
        assert low["to_km"].iloc[0] == 50

    def test_direction_by_relative_risk(self, equator):
        def cold(rates):
            return rates[["from_km", "to_km"]].assign(p_adj=0.04, rr=0.5)

        sweep = sweep_scale(
            placed(equator, [55]), equator, statistic=cold, lengths_km=20, period=PERIOD
        )
        assert sweep.settings["n_high"].sum() == 0
        low = sweep.stretches[sweep.stretches["direction"] == "low"]
        assert low["verdict"].tolist() == ["survives"]

    def test_adjusted_p_goes_first(self, equator):
        def cautious(rates):
            return rates[["from_km", "to_km"]].assign(p_value=0.01, p_adj=0.2)

        sweep = sweep_scale(
            placed(equator, [55]), equator, statistic=cautious, lengths_km=20, period=PERIOD
        )
        assert sweep.stretches["verdict"].tolist() == ["not found"]

    @pytest.mark.parametrize(
        ("p", "alpha", "verdict"),
        [
            (0.05, 0.05, "survives"),
            (0.051, 0.05, "not found"),
            (0.051, 0.1, "survives"),
        ],
    )
    def test_the_level_is_the_limit(self, equator, p, alpha, verdict):
        sweep = sweep_scale(
            placed(equator, [55]),
            equator,
            statistic=lambda rates: rates[["from_km", "to_km"]].assign(p_value=p),
            lengths_km=20,
            n_origins=1,
            alpha=alpha,
            period=PERIOD,
        )
        assert sweep.stretches["verdict"].tolist() == [verdict]

    def test_a_missing_p_is_not_significant(self, equator):
        def unsure(rates):
            return rates[["from_km", "to_km"]].assign(p_value=np.nan)

        sweep = sweep_scale(
            placed(equator, [55]), equator, statistic=unsure, lengths_km=20, period=PERIOD
        )
        assert sweep.stretches["verdict"].tolist() == ["not found"]

    def test_overlapping_stretches_count_once(self, equator):
        def twice(rates):
            return pd.DataFrame(
                {"from_km": [10.0, 20.0], "to_km": [30.0, 40.0], "significant": True}
            )

        sweep = sweep_scale(
            placed(equator, [55]), equator, statistic=twice, lengths_km=20, n_origins=1,
            period=PERIOD,
        )  # fmt: skip
        assert sweep.settings["high_km"].tolist() == [30]

    def test_no_events_have_a_reason(self, equator):
        sweep = sweep_scale(
            placed(equator, [55]),
            equator,
            statistic="rates",
            lengths_km=20,
            period=("1999-01-01", "1999-12-31"),
        )
        assert sweep.stretches["verdict"].tolist() == ["not found"]
        assert set(sweep.settings["reason"]) == {"no events known to a segment"}


@quiet
class TestStatistics:
    """A dense stretch must survive every statistic of the library; an even pattern none."""

    @pytest.fixture
    def dense(self, equator):
        even = np.linspace(1, 110, 12)
        return placed(equator, np.concatenate((even, np.linspace(50.1, 59.9, 40))))

    @pytest.mark.parametrize(
        ("statistic", "more"),
        [("scan", {"n_sim": 99}), ("hotspots", {"n_sim": 999}), ("rates", {})],
    )
    def test_a_dense_stretch_survives(self, equator, dense, statistic, more):
        sweep = sweep_scale(
            dense, equator, statistic=statistic, lengths_km=[4, 8], n_origins=2, period=PERIOD,
            **more,
        )  # fmt: skip
        high = sweep.stretches[sweep.stretches["direction"] == "high"]
        kept = high[high["verdict"] == "survives"]
        assert len(kept)
        assert (kept["from_km"].iloc[0] >= 42) and (kept["to_km"].iloc[-1] <= 68)
        assert kept["from_km"].iloc[0] <= 55 <= kept["to_km"].iloc[-1]

    @pytest.mark.parametrize(
        ("statistic", "more"),
        [("scan", {"n_sim": 99}), ("hotspots", {"n_sim": 999}), ("rates", {})],
    )
    def test_an_even_pattern_gives_nothing(self, equator, statistic, more):
        even = placed(equator, np.arange(1, 111, 2))
        sweep = sweep_scale(
            even, equator, statistic=statistic, lengths_km=[8, 16], n_origins=2, period=PERIOD,
            **more,
        )  # fmt: skip
        assert "survives" not in set(sweep.stretches["verdict"])

    def test_options_reach_the_statistic(self, equator, dense):
        """Clusters of at most a tenth of the exposure are at most 11 km long."""
        sweep = sweep_scale(
            dense,
            equator,
            statistic="scan",
            lengths_km=5,
            n_origins=1,
            n_sim=99,
            options={"max_fraction": 0.1},
            period=PERIOD,
        )
        assert 0 < sweep.settings["high_km"].iloc[0] <= 0.1 * equator.length_km

    def test_the_same_seed_gives_the_same(self, equator, dense):
        one, two = (
            sweep_scale(dense, equator, lengths_km=10, n_origins=2, n_sim=99, seed=4, period=PERIOD)
            for _ in range(2)
        )
        pd.testing.assert_frame_equal(one.stretches, two.stretches)
        pd.testing.assert_frame_equal(one.support, two.support)

    @settings(deadline=None, max_examples=5)
    @given(st.integers(0, 1000))
    def test_events_in_any_order(self, seed):
        from shapely import LineString

        from frontier_geo import Boundary

        line = Boundary.from_line(
            LineString([(70, 0), (71, 0)]), crs="EPSG:4326", boundary_id="L", left="N", right="S",
            position_uncertainty_m=100,
        )  # fmt: skip
        located = placed(line, [3, 50, 51, 52, 90])
        mixed = located.sample(frac=1, random_state=seed)
        mixed.attrs = located.attrs
        one, two = (
            sweep_scale(t, line, statistic=at_least(2), lengths_km=10, period=PERIOD).stretches
            for t in (located, mixed)
        )
        pd.testing.assert_frame_equal(one, two)


@quiet
def test_it_says_what_was_done(equator):
    sweep = sweep_scale(
        placed(equator, [50, 51]), equator, statistic=at_least(2), lengths_km=[5, 10], period=PERIOD
    )
    kinds = [t.attrs["result"] for t in (sweep.stretches, sweep.support, sweep.settings)]
    assert kinds == ["scale_stretches", "scale_support", "scale_settings"]
    attrs = sweep.stretches.attrs
    assert attrs["parameters"]["lengths_km"] == [5, 10]
    assert attrs["parameters"]["statistic"] == "busy"
    assert attrs["n_settings"] == 10
    assert attrs["period"] == list(PERIOD)
    assert json.dumps([t.attrs for t in (sweep.stretches, sweep.support, sweep.settings)])


def test_it_warns_once(incidents, border):
    """Ten settings, one warning: the places are known to tens of km."""
    located = locate_events(incidents, border)
    with pytest.warns(ResolutionWarning) as caught:
        sweep_scale(located, border, statistic=at_least(3), lengths_km=[20, 50], n_origins=5)
    assert len([w for w in caught if w.category is ResolutionWarning]) == 1


@quiet
class TestBadInput:
    @pytest.mark.parametrize(
        ("more", "words"),
        [
            ({"statistic": "moran"}, "statistic must be one of scan, hotspots, rates"),
            ({"lengths_km": []}, "lengths_km must be above 0"),
            ({"lengths_km": [-5]}, "lengths_km must be above 0"),
            ({"lengths_km": [5, np.nan]}, "lengths_km must be above 0"),
            ({"lengths_km": "all"}, "lengths_km must be numbers"),
            ({"lengths_km": 60}, "two segments or more of 111.3 km, but one is 60 km"),
            ({"n_origins": 0}, "n_origins must be a whole number"),
            ({"n_origins": 2.5}, "n_origins must be a whole number"),
            ({"n_origins": 20_000}, "at most 10,000 settings"),
            ({"step_km": 0}, "step_km must be above 0"),
            ({"step_km": 1e-6}, "at most 1,000,000 positions"),
            ({"survives_at": 1.1}, "survives_at must lie above 0"),
            ({"survives_at": 0}, "survives_at must be above 0"),
            ({"alpha": 0}, "alpha must lie between 0 and 1"),
            ({"seed": -1}, "seed must be"),
            ({"period": ("2020-02-30", "2020-03-01")}, "period must be a pair of days"),
            ({"statistic": lambda rates: 3}, "must return a table of stretches, but returned int"),
            ({"statistic": lambda rates: rates[["from_km", "to_km"]]}, "what is significant"),
        ],
    )
    def test_arguments(self, equator, more, words):
        arguments = {"statistic": at_least(1), "lengths_km": 10, "period": PERIOD} | more
        with pytest.raises(ParameterError, match=words):
            sweep_scale(placed(equator, [50]), equator, **arguments)

    def test_a_statistic_without_places(self, equator):
        with pytest.raises(ColumnError, match="the table a statistic returns"):
            sweep_scale(
                placed(equator, [50]),
                equator,
                statistic=lambda rates: rates[["segment_id"]].assign(p_value=0.1),
                lengths_km=10,
                period=PERIOD,
            )

    def test_another_boundary(self, equator, border):
        with pytest.raises(ParameterError):
            sweep_scale(placed(equator, [50]), border, lengths_km=10, period=PERIOD)

    def test_too_few_simulations(self, equator):
        """With 5 simulations no p-value is below 1/6."""
        with pytest.raises(ParameterError, match="n_sim"):
            sweep_scale(placed(equator, [50, 51]), equator, lengths_km=5, n_sim=5, period=PERIOD)


@quiet
class TestOptions:
    """What the sweep hands on to its statistics (mended 2026-11-30)."""

    @pytest.mark.parametrize("statistic", ["scan", "hotspots"])
    def test_the_level_goes_along(self, equator, statistic):
        """At 0.2 five simulations are enough: 1/6 can be reached; at 0.05 they are not."""
        told = {"lengths_km": 20, "n_origins": 1, "period": PERIOD, "statistic": statistic}
        located = placed(equator, [50, 51, 52, 53])
        sweep = sweep_scale(located, equator, alpha=0.2, n_sim=5, **told)
        for table in (sweep.stretches, sweep.support, sweep.settings):
            assert table.attrs["smallest_p"] == pytest.approx(1 / 6)
            assert table.attrs["n_sim"] == 5
        with pytest.raises(ParameterError, match="With n_sim=5 no p-value"):
            sweep_scale(located, equator, n_sim=5, **told)
        with pytest.raises(ParameterError, match="Take n_sim=99999 or more"):
            sweep_scale(located, equator, alpha=1e-5, **told)

    def test_the_scan_has_the_level_of_the_sweep(self, equator, monkeypatch):
        import frontier_geo.scan as scan

        seen = []
        plain = scan.scan_segments

        def watched(rates, **more):
            seen.append(more)
            return plain(rates, **more)

        watched.__signature__ = inspect.signature(plain)
        monkeypatch.setattr(scan, "scan_segments", watched)
        sweep_scale(
            placed(equator, [50, 51]),
            equator,
            lengths_km=20,
            n_origins=1,
            alpha=0.1,
            n_sim=19,
            seed=3,
            options={"max_fraction": 0.25},
            period=PERIOD,
        )
        assert seen == [{"alpha": 0.1, "n_sim": 19, "seed": 3, "max_fraction": 0.25}]

    @pytest.mark.parametrize("statistic", ["scan", "hotspots", "rates"])
    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"alpha": 0.1}, "alpha must not stand in options"),
            ({"seed": 1}, "seed must not stand in options"),
            ({"n_sim": 99}, "n_sim must not stand in options"),
            (
                {"max_fractoin": 0.2},
                "options must be arguments of statistic=.* 'max_fractoin' is none",
            ),
            ({"imputed": [[1]]}, "'imputed' is none"),
            ("max_fraction", "options must be a mapping of names to values"),
        ],
    )
    def test_options_that_do_not_fit(self, equator, statistic, options, words):
        with pytest.raises(ParameterError, match=words):
            sweep_scale(
                placed(equator, [50]),
                equator,
                statistic=statistic,
                options=options,
                lengths_km=20,
                period=PERIOD,
            )

    def test_a_setting_without_p_values_says_so(self, equator):
        sweep = sweep_scale(
            placed(equator, [50, 51, 52]),
            equator,
            lengths_km=20,
            n_origins=2,
            n_sim=19,
            options={"column": "expected_events"},
            period=PERIOD,
        )
        assert sweep.settings["reason"].tolist() == ["no p-value"] * 2
