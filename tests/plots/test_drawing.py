"""Plots of every kind of result: labels, units, sources, what is drawn, hostile text, no state left."""

import sys
import warnings
from functools import cache

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, Point

from frontier_geo import Boundary, locate_events, make_segments, segment_rates
from frontier_geo.density import (
    fit_intensity_model,
    line_density,
    line_pattern_test,
    pattern_envelope,
    relative_risk,
    space_time_density,
)
from frontier_geo.errors import ColumnError, MissingExtraError, OutputError, ParameterError
from frontier_geo.evaluation import calibration_table, evaluate_forecasts, forecast
from frontier_geo.hotspots import (
    emerging_bins,
    emerging_hotspots,
    find_hotspots,
    impact_levels,
    local_moran,
)
from frontier_geo.plots.drawing import PLOT_KINDS, plot, save_plot
from frontier_geo.plots.style import draw_whiskers, new_axes, safe_text
from frontier_geo.rates import compare_groups, compare_periods, smooth_rates
from frontier_geo.scale import sweep_scale
from frontier_geo.scan.runs import scan_segments
from frontier_geo.scan.space_time import scan_space_time
from frontier_geo.series import segment_series
from frontier_geo.spacetime import (
    before_after,
    change_points,
    knox_test,
    near_repeat,
    seasonal_split,
    segments_by_change,
    trend_segments,
)

pytestmark = pytest.mark.filterwarnings("ignore:::frontier_geo")

PERIOD = ("2011-01-01", "2020-12-31")
HOSTILE = r"$\frac{1}{0}$ <script>alert(1)</script> \$x$"


@cache
def line(name="Equator line"):
    return Boundary.from_line(
        LineString([(70, 0), (71, 0)]),
        crs="EPSG:4326",
        boundary_id="EQ",
        name=name,
        left="N",
        right="S",
        position_uncertainty_m=100,
    )


@cache
def located():
    """60 events, half of them between km 40 and 60, dated to a day of ten years."""
    random = np.random.default_rng(8)
    km = np.concatenate((random.uniform(0, 111, 30), random.uniform(40, 60, 30)))
    days = pd.Timestamp("2011-01-01") + pd.to_timedelta(random.integers(0, 3650, 60), unit="D")
    events = gpd.GeoDataFrame(
        {
            "event_id": [f"e{i}" for i in range(60)],
            "date_start": days.strftime("%Y-%m-%d"),
            "date_end": days.strftime("%Y-%m-%d"),
            "location_precision": "exact",
            "location_uncertainty_km": 0.5,
        },
        geometry=[Point(70 + at / line().length_km, 0.0001) for at in km],
        crs="EPSG:4326",
    )
    return locate_events(events, line())


@cache
def segments():
    return make_segments(line(), length_km=10)


@cache
def rates():
    return segment_rates(located(), segments(), boundary=line(), period=PERIOD)


@cache
def series():
    return segment_series(located(), segments(), boundary=line(), period=PERIOD)


@cache
def sweep():
    return sweep_scale(located(), line(), lengths_km=[5, 10], n_origins=2, n_sim=99, period=PERIOD)


def wdd():
    at = list(make_segments(line(), length_km=25)["segment_id"])
    return before_after(
        located(), make_segments(line(), length_km=25), treated=[at[1]], control=[at[3]],
        treated_buffer=[at[0]], control_buffer=[at[2]], before=("2011-01-01", "2015-12-31"),
        after=("2016-01-01", "2020-12-31"), boundary=line(),
    )  # fmt: skip


MAKERS = {
    "rates": rates,
    "smoothed_rates": lambda: smooth_rates(rates()),
    "rate_comparison": lambda: compare_periods(
        located(), segments(), boundary=line(),
        periods=(("2011-01-01", "2015-12-31"), ("2016-01-01", "2020-12-31")),
    ),
    "group_comparison": lambda: compare_groups(rates(), rates()["from_km"] < 50),
    "density": lambda: line_density(
        located(), line(), step_km=2, bandwidth_km=5, period=PERIOD, n_imputations=2
    ),
    "space_time_density": lambda: space_time_density(
        located(), line(), step_km=10, step_days=200, bandwidth_km=10, bandwidth_days=400,
        period=PERIOD, n_imputations=2,
    ),
    "relative_risk": lambda: relative_risk(
        located(), located(), boundary=line(), bandwidth_km=10, step_km=5,
        period=("2011-01-01", "2015-12-31"), second_period=("2016-01-01", "2020-12-31"), n_sim=199,
    ),
    "intensity_model": lambda: fit_intensity_model(
        rates().assign(east=(rates()["from_km"] > 50).astype(float)), line(), covariates=["east"]
    ).coefficients,
    "line_pattern": lambda: line_pattern_test(
        located(), line(), r_km=[2, 5, 10], period=PERIOD, n_sim=99, n_imputations=2
    ),
    "hotspots": lambda: find_hotspots(rates()),
    "local_moran": lambda: local_moran(rates(), n_sim=999),
    "emerging_hotspots": lambda: emerging_hotspots(series()),
    "emerging_bins": lambda: emerging_bins(series()),
    "series": series,
    "impact": lambda: impact_levels(rates()),
    "clusters": lambda: scan_segments(rates(), n_sim=99),
    "space_time_clusters": lambda: scan_space_time(series(), n_sim=99),
    "forecast": lambda: forecast(series(), method="kernel"),
    "forecast_evaluation": lambda: evaluate_forecasts(series(), methods=["last", "mean"]),
    "calibration": lambda: calibration_table(series(), methods=["last", "mean"]),
    "scale_support": lambda: sweep().support,
    "scale_stretches": lambda: sweep().stretches,
    "trend": lambda: trend_segments(series()),
    "segments_by_change": lambda: segments_by_change(
        located(), line(), cell_km=5, period=PERIOD, n_sim=99, n_imputations=2
    ),
    "seasons": lambda: seasonal_split(located(), period=PERIOD, n_sim=99, n_imputations=2),
    "change_points": lambda: change_points(series(), n_sim=99),
    "before_after": wdd,
    "near_repeat": lambda: near_repeat(
        located(), line(), distance_bands_km=(5, 20), time_bands_days=(60, 365), period=PERIOD,
        n_sim=99, n_imputations=2,
    ),
    "knox": lambda: knox_test(
        located(), line(), delta_km=[5, 20], tau_days=[60, 365], period=PERIOD, n_sim=99,
        n_imputations=2,
    ),
}  # fmt: skip


@cache
def result(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return MAKERS[kind]()


def source_of(ax):
    return " ".join(t.get_text() for t in ax.texts if t.get_gid() == "source").replace("\n", " ")


def test_every_kind_is_tested():
    assert set(MAKERS) == set(PLOT_KINDS)


@pytest.mark.parametrize("kind", PLOT_KINDS)
class TestEveryKind:
    @pytest.mark.parametrize("width", [8.0, 4.0])
    def test_it_is_drawn_without_a_warning(self, kind, width):
        """Layout included, at the normal size and half of it."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ax = plot(result(kind), width_cm=2.54 * width)
            ax.figure.draw_without_rendering()
        assert ax.figure.get_size_inches()[0] == width

    def test_title_says_line_and_period(self, kind):
        title = plot(result(kind)).get_title(loc="left").replace("\n", " ")
        assert "Equator line" in title
        assert "2011-01-01" in title

    def test_axes_are_labelled(self, kind):
        """Lists of names (forests, strips) need no label where the names stand."""
        ax = plot(result(kind))
        assert ax.get_xlabel()
        lists = ("group_comparison", "intensity_model", "emerging_hotspots", "segments_by_change")
        assert ax.get_ylabel() or kind in lists
        if ax.get_xlabel().startswith("Chainage"):
            assert "km" in ax.get_xlabel()

    def test_the_line_runs_from_left_to_right(self, kind):
        ax = plot(result(kind))
        left, right = ax.get_xlim()
        assert left < right
        if ax.get_xlabel().startswith("Chainage"):
            assert left >= -10  # half a cell of an image
            assert right <= line().length_km + 10

    def test_sources_are_named(self, kind):
        told = source_of(plot(result(kind)))
        assert "Reported incidents:" in told
        assert "boundary EQ" in told
        assert "2011-01-01" in told

    def test_nothing_is_left_behind(self, kind):
        import matplotlib
        import matplotlib.pyplot as pyplot

        before = dict(matplotlib.rcParams)
        table = result(kind)
        copy = table.copy()
        plot(table)
        assert pyplot.get_fignums() == []
        assert dict(matplotlib.rcParams) == before
        pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(copy))

    def test_axes_of_one_s_own(self, kind):
        from matplotlib.figure import Figure

        own = Figure(layout="constrained").subplots()
        assert plot(result(kind), ax=own) is own

    def test_an_empty_result_says_why(self, kind):
        empty = result(kind).iloc[:0]
        empty.attrs = {**result(kind).attrs, "result": kind, "notes": ["no events at all"]}
        ax = plot(empty)
        assert any("no events at all" in t.get_text() for t in ax.texts)
        assert "Nothing to draw" in ax.get_title(loc="left")

    def test_hostile_names_are_text(self, kind):
        """Formulas would fail to parse (1/0 does not, \\frac{1 does) or change what is read."""
        table = result(kind).copy()
        table.attrs = {
            **result(kind).attrs,
            "boundary": {"boundary_id": HOSTILE, "name": HOSTILE, "attribution": "$\\frac{"},
            "source": "$\\frac{",
        }
        for name in ("segment_id", "method", "term", "group_1", "group_2", "season", "pattern"):
            if name in table and kind not in ("trend", "rate_comparison", "change_points"):
                table[name] = [f"$\\frac{{{v}" for v in table[name]]
        ax = plot(table)
        ax.figure.draw_without_rendering()
        told = ax.get_title(loc="left").replace("\n", " ")
        assert r"\$\frac{1}{0}\$" in told


class TestWhatIsDrawn:
    @pytest.mark.parametrize(
        "kind", ["hotspots", "local_moran", "forecast", "scale_stretches", "emerging_hotspots"]
    )
    def test_a_bar_for_each_row(self, kind):
        table = result(kind)
        if "direction" in table:
            table = table[table["direction"] == "high"]
        bars = [p for p in plot(table).patches if p.get_width() > 0]
        assert len(bars) == len(table)
        assert sum(b.get_width() for b in bars) == pytest.approx(line().length_km)

    def test_heights_are_the_numbers(self):
        table = result("hotspots")
        bars = sorted(plot(table).patches, key=lambda b: b.get_x())
        assert [b.get_height() for b in bars] == pytest.approx(table["gi_star"].tolist())

    def test_hot_segments_have_their_colour(self):
        from matplotlib.colors import to_hex

        table = result("hotspots")
        red = [b for b in plot(table).patches if to_hex(b.get_facecolor()).upper() == "#D55E00"]
        hot = table.loc[table["hotspot"] == "hot", "from_km"]
        assert len(hot)
        assert sorted(b.get_x() for b in red) == pytest.approx(sorted(hot))

    def test_clusters_are_bars_over_counts(self):
        table = result("clusters")
        ax = plot(table, rates=rates())
        assert len(ax.patches) == len(table)
        first = ax.patches[0]
        assert first.get_x() == pytest.approx(table["from_km"].iloc[0])
        assert first.get_x() + first.get_width() == pytest.approx(table["to_km"].iloc[0])
        (behind,) = (a for a in ax.figure.axes if a is not ax)
        assert sum(b.get_height() for b in behind.patches) == rates()["events"].sum()

    def test_density_is_the_curve(self):
        table = result("density")
        curve = plot(table).lines[0]
        assert curve.get_ydata() == pytest.approx(table["intensity"].to_numpy())

    def test_cells_of_an_image(self):
        table = result("series")
        mesh = plot(table, column="events").collections[0]
        assert mesh.get_array().sum() == table["events"].sum()
        assert mesh.get_array().size == len(table)

    def test_evaluation_has_a_bar_for_each_share_and_method(self):
        table = result("forecast_evaluation")
        ax = plot(table)
        assert [b.get_height() for b in ax.patches] == pytest.approx(
            table.sort_values("share_of_length", kind="stable")["pai"].tolist()
        )
        scores = [b.get_height() for b in plot(table, measure="crps").patches]
        assert scores == pytest.approx(table.drop_duplicates("method")["crps"].tolist())

    def test_an_interval_without_an_end_leaves_the_picture(self):
        """A whisker of infinite length is drawn far past the edge, and one of NaN not at all."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ax = new_axes(4, 4)
            ax.set_ylim(0, 10)
            (_, _, (whiskers,)) = draw_whiskers(
                ax, [0, 1], [1.0, 2.0], [0.5, np.nan], [np.inf, 3.0]
            )
            ends = [path[:, 1].tolist() for path in whiskers.get_segments()]
            ax.figure.draw_without_rendering()
        assert ends[0] == [0.5, pytest.approx(1e9)]
        assert ends[1] == [2, 3]

    def test_calibration_draws_the_bins_that_hold_something(self):
        table = result("calibration")
        drawn = sum(len(c[0].get_xdata()) for c in plot(table).containers)
        assert drawn == (table["forecasts"] > 0).sum()

    def test_pit_is_drawn_as_steps(self):
        table = calibration_table(series(), kind="pit", methods=["last", "mean"])
        ax = plot(table)
        assert len(ax.patches) == 2
        assert "PIT" in ax.get_title(loc="left")

    def test_support_is_what_the_table_says(self):
        table = sweep().support
        mesh = np.asarray(plot(sweep()).collections[0].get_array())
        high = table[table["direction"] == "high"]
        assert mesh[-1] == pytest.approx(high["support"].to_numpy())
        assert mesh.shape == (3, len(high))

    def test_ratios_without_an_end_stay_in_the_picture(self):
        """No events in the first time: the ratio is infinite, and drawn at the edge."""
        table = result("rate_comparison").copy()
        table.attrs = result("rate_comparison").attrs
        table.loc[0, ["rr", "rr_lo", "rr_hi"]] = [np.inf, 0.5, np.inf]
        ax = plot(table)
        high = ax.get_ylim()[1]
        points = np.concatenate([c[0].get_ydata() for c in ax.containers])
        assert points.max() == pytest.approx(high)
        parts = table[table["segment_id"] != "total"]
        assert len(points) == parts["rr"].notna().sum()

    def test_trends_have_a_point_for_each_segment_with_one(self):
        table = result("trend")
        parts = table[table["segment_id"] != "whole line"]
        points = np.concatenate([c[0].get_ydata() for c in plot(table).containers])
        assert len(points) == parts["rr"].notna().sum()

    def test_near_repeats_hold_their_numbers(self):
        table = result("near_repeat")
        texts = [t.get_text() for t in plot(table).texts]
        for row in table.itertuples():
            many = f"{row.expected:.0f}" if row.expected >= 100 else f"{row.expected:.2g}"
            assert f"{row.observed:g}/{many}" in texts or row.observed == row.expected == 0

    def test_an_envelope_has_no_source_to_name(self):
        found = pattern_envelope(
            np.linspace(1, 110, 25), length=111.0, r=np.linspace(1, 30, 12), n_sim=99
        )
        ax = plot(found)
        assert ax.lines[1].get_ydata() == pytest.approx(found.observed)
        assert "source not stated" in source_of(ax)

    def test_a_model_is_drawn_by_its_coefficients(self):
        model = fit_intensity_model(
            rates().assign(east=(rates()["from_km"] > 50).astype(float)),
            line(),
            covariates=["east"],
        )
        ax = plot(model)
        assert [t.get_text() for t in ax.get_yticklabels()] == list(model.coefficients["term"][1:])


class TestWhatIsSaid:
    """What a picture says beside its marks."""

    def test_before_and_after_are_rates_of_unequal_times(self):
        """Five years before, one after: as many incidents are five times the rate (mended 2026-11-30)."""
        areas = ("treated", "control")
        table = pd.DataFrame(
            {f"{a}_{when}": [5] for a in areas for when in ("before", "after")}
            | {"estimate": [1.5], "lo": [-3.0], "hi": [6.0], "p_value": [0.5]}
        )
        table.attrs = {
            "result": "before_after",
            "parameters": {
                "treated": ["s1"], "control": ["s2", "s3"],
                "before": ["2011-01-01", "2015-12-31"], "after": ["2016-01-01", "2016-12-31"],
            },
        }  # fmt: skip
        ax = plot(table)
        heights = [b.get_height() for b in ax.patches]
        # 1826 and 366 days; years of 365.25 days.
        assert heights[:2] == pytest.approx([5 / (1826 / 365.25)] * 2)
        assert heights[2:] == pytest.approx([5 / (366 / 365.25)] * 2)
        assert ax.get_ylabel() == "Incidents a year"
        names = [t.get_text() for t in ax.get_xticklabels()]
        assert names == ["treated\ns1", "control\n2 segments"]
        told = [t.get_text() for t in ax.get_legend().get_texts()]
        assert told == ["before: 2011-01-01 to 2015-12-31", "after: 2016-01-01 to 2016-12-31"]

    @pytest.mark.parametrize(
        ("estimate", "p", "words"),
        [
            (-5.0, 0.6, "no more than chance makes"),
            (-5.0, 0.01, "fewer where treated"),
            (5.0, 0.01, "more where treated"),
        ],
    )
    def test_the_difference_is_told_as_its_p_allows(self, estimate, p, words):
        """A p of 0.6 is no effect, and 5 above 0 are not fewer (mended 2026-11-30)."""
        table = result("before_after").assign(estimate=estimate, p_value=p)
        table.attrs = result("before_after").attrs
        told = source_of(plot(table))
        assert words in told
        others = {"no more than chance", "fewer where", "more where"} - {
            w for w in ("no more than chance", "fewer where", "more where") if w in words
        }
        assert not any(w in told for w in others)

    def trend(self, **columns):
        names = ["a", "b", "c", "whole line"]
        table = pd.DataFrame(
            {
                "segment_id": names,
                "from_km": [0.0, 10, 20, 0],
                "to_km": [10.0, 20, 30, 30],
                "events": [5, 9, 0, 14],
                "p_adj": [0.9, 0.01, np.nan, 0.5],
                "rr": [1.2, 1.1, np.nan, 1.1],
                "rr_lo": [1.05, 0.9, np.nan, 0.9],
                "rr_hi": [1.4, 1.3, np.nan, 1.2],
                "rr_p_adj": [0.01, 0.4, np.nan, 0.2],
            }
            | columns
        )
        table.attrs = {"result": "trend"}
        return table

    def test_trends_are_filled_by_the_test_of_their_whiskers(self):
        """Mann-Kendall says the other way round of both segments (mended 2026-11-30)."""
        ax = plot(self.trend())
        drawn = {c.get_label(): c[0].get_xdata().tolist() for c in ax.containers}
        assert drawn == {"adjusted p ≤ 0.05": [5.0], "not so sure": [15.0]}

    def test_segments_without_incidents_are_marked_and_counted(self):
        """An empty place may mean no trend or no incidents (mended 2026-11-30)."""
        ax = plot(self.trend())
        (band,) = (p for p in ax.patches if p.get_label() == "no incidents")
        assert (band.get_x(), band.get_width()) == (20, 10)
        assert "1 of 3 segments without incidents" in source_of(ax)

    def test_a_far_interval_ends_in_an_arrow(self):
        """It no longer presses all others together (mended 2026-11-30)."""
        ax = plot(self.trend(rr_hi=[1e6, 1.3, np.nan, 1.2]))
        high = ax.get_ylim()[1]
        assert high < 2
        (arrow,) = (x for x in ax.lines if x.get_marker() == "^" and len(x.get_xdata()))
        assert (arrow.get_xdata()[0], arrow.get_ydata()[0]) == (5.0, pytest.approx(high))

    def test_cut_segments_show_their_rates(self):
        """20 incidents on 40 km and 3 on 60 km in 10 years of 365.25 days (mended 2026-11-30)."""
        table = pd.DataFrame({"segment_id": ["a", "b"], "from_km": [0.0, 40], "to_km": [40.0, 100]})
        table.attrs = {
            "result": "segments_by_change",
            "period": ["2011-01-01", "2020-12-31"],
            "p_any_break": 0.02,
            "breaks": [
                {"km": 40.0, "lo_km": 35.0, "hi_km": 50.0, "p_adj": 0.03, "rate_before": 0.5,
                 "rate_after": 0.05},
            ],
        }  # fmt: skip
        ax = plot(table)
        years = 3653 / 365.25
        assert [b.get_height() for b in ax.patches] == pytest.approx([50 / years, 5 / years])
        assert "Incidents per 100 km and year" in ax.get_ylabel()
        assert any("adj. p 0.03" in t.get_text() for t in ax.texts)
        assert "p 0.02 of any break" in source_of(ax)

    def test_one_segment_without_a_break_has_its_rate_too(self):
        """8 incidents on 100 km in one year (mended 2026-11-30)."""
        table = pd.DataFrame({"segment_id": ["a"], "from_km": [0.0], "to_km": [100.0]})
        table.attrs = {"result": "segments_by_change", "period": ["2011-01-01", "2011-12-31"],
                       "breaks": [], "accounting": {"counted": 8}}  # fmt: skip
        ax = plot(table)
        assert ax.patches[0].get_height() == pytest.approx(8 * 365.25 / 365)
        assert "No break found" in source_of(ax)

    def test_no_events_is_not_no_change(self):
        """A segment without incidents had nothing to change (mended 2026-11-30)."""
        table = pd.DataFrame({"segment_id": ["a", "b"], "change": [0, 0], "events": [0, 7]})
        table.attrs = {"result": "change_points", "period": ["2011-01-01", "2020-12-31"]}
        ax = plot(table)
        told = {t.get_position()[1]: t.get_text() for t in ax.texts if t.get_gid() is None}
        assert told == {0: "no events", 1: "no change found"}

    def test_changes_say_that_p_is_adjusted(self):
        """The number beside a change is p_adj, not p_value (mended 2026-11-30)."""
        table = pd.DataFrame(
            {"segment_id": ["a"], "change": [1], "events": [9], "first_after": ["2015-01-01"],
             "lo": ["2014-01-01"], "hi": ["2016-01-01"], "rr": [3.0], "p_value": [0.01],
             "p_adj": [0.04]}
        )  # fmt: skip
        table.attrs = {"result": "change_points", "period": ["2011-01-01", "2020-12-31"]}
        assert "× 3, adj. p 0.04" in [t.get_text() for t in plot(table).texts]

    def test_the_version_of_the_line_is_told_in_a_word(self):
        """That of the world set says more of itself, in brackets (mended 2026-11-30)."""
        table = pd.DataFrame({"segment_id": ["a"], "change": [0], "events": [0]})
        for version, told in (("5.x (no release named)", "A, version 5.x;"), ("", "boundary A;")):
            table.attrs = {
                "result": "change_points", "period": ["2011-01-01", "2020-12-31"],
                "boundary": {"boundary_id": "A", "source_version": version},
            }  # fmt: skip
            assert told in source_of(plot(table))

    @pytest.mark.parametrize("width", [8.0, 4.0])
    def test_no_line_of_sources_is_cut(self, width):
        """Long names beside the axis push the sources to the right (mended 2026-11-30)."""
        names = ["a very long name of a segment", "another very long name of one"]
        table = pd.DataFrame({"segment_id": names, "change": [0, 0], "events": [0, 7]})
        table.attrs = {
            "result": "change_points", "period": ["2011-01-01", "2020-12-31"],
            "source": "s" * 20 + " " + "t" * 30, "data_version": "2026.11.0",
            "boundary": {"boundary_id": "EQ", "name": "Equator line", "source_version": "2026c",
                         "attribution": "© OpenStreetMap contributors"},
        }  # fmt: skip
        ax = plot(table, width_cm=2.54 * width)
        ax.figure.draw_without_rendering()
        (source,) = (t for t in ax.texts if t.get_gid() == "source")
        assert "contributors." in source_of(ax)
        for text in (source, ax.title, ax._left_title):
            box = text.get_window_extent()
            assert box.x0 >= 0
            assert box.x1 <= ax.figure.bbox.x1 + 1  # a pixel of rounding
            assert box.y0 >= 0

    def pairs(self):
        table = pd.DataFrame(
            {"distance_band": ["(0, 1] km"] * 2, "time_band": ["same day", "(0, 7] days"],
             "observed": [0, 2], "expected": [0.0, 112.0], "p_adj": [1.0, 1.0]}
        )  # fmt: skip
        table.attrs = {"result": "near_repeat", "accounting": {"counted": 12}}
        return table

    def test_nothing_of_nothing_is_blank_and_the_base_is_told(self):
        """0/0 said nothing; 12 incidents make 12 · 11 / 2 = 66 pairs (mended 2026-11-30)."""
        ax = plot(self.pairs())
        texts = [t.get_text() for t in ax.texts if t.get_gid() is None]
        assert texts == ["2/112"]
        assert "12 incidents with a known day and place: 66 pairs" in source_of(ax)

    def test_knox_tells_its_base_and_takes_a_limit_twice(self):
        """Duplicate limits ended in an error of pandas (mended 2026-11-30)."""
        table = knox_test(
            located(), line(), delta_km=[5, 5], tau_days=[60, 365], period=PERIOD, n_sim=99,
            n_imputations=2,
        )  # fmt: skip
        ax = plot(table)
        shown = [t for t in ax.texts if t.get_gid() is None]
        assert len(shown) == 2
        n = table["n_events"].iloc[0]
        assert f"{n} incidents with a known day and place: {n * (n - 1) // 2} pairs" in source_of(
            ax
        )

    @pytest.mark.parametrize("width", [8.0, 4.0])
    def test_methods_stand_side_by_side_in_the_calibration(self, width):
        """No mark lies on another, and the legend on none of them (mended 2026-11-30)."""
        table = calibration_table(series())
        ax = plot(table, width_cm=2.54 * width)
        ax.figure.draw_without_rendering()
        at = np.concatenate([c[0].get_xdata() for c in ax.containers])
        assert np.unique(at.round(6)).size == len(at)
        legend = ax.get_legend().get_window_extent()
        top = ax.transData.transform((0, np.nanmax(table[["hi", "predicted"]].to_numpy(float))))[1]
        assert top <= legend.y0

    def test_clusters_tell_the_smallest_p_and_thin_out(self):
        """Of 99 simulations none can say less than 1/100 (mended 2026-11-30)."""
        table = pd.DataFrame(
            {"rank": [1, 2], "from_km": [10.0, 60], "to_km": [20.0, 70], "rr": [5.0, 1.5],
             "observed": [9, 2], "expected": [2.0, 1.0], "p_value": [0.01, 0.9]}
        )  # fmt: skip
        table.attrs = {"result": "clusters", "n_sim": 99, "smallest_p": 0.01}
        ax = plot(table, rates=rates())
        strong, weak = ax.patches
        assert weak.get_height() < strong.get_height() / 4
        assert [t.get_text() for t in ax.texts if t.get_gid() is None] == [
            " 9 seen, 2 expected, p 0.01"
        ]
        assert "p 0.01 is the smallest that 99 simulations can give" in source_of(ax)
        (behind,) = (a for a in ax.figure.axes if a is not ax)
        ticks = behind.get_yticks()
        assert all(t == int(t) for t in ticks)
        assert max(ticks) <= rates()["events"].max()
        table.loc[0, "p_value"] = 0.02
        assert "smallest" not in source_of(plot(table))

    def test_what_depends_on_scale_is_marked_too(self):
        """Above the image: one colour for each verdict (mended 2026-11-30)."""
        table = pd.DataFrame(
            {"direction": "high", "from_km": [0.0, 1, 2], "to_km": [1.0, 2, 3],
             "support": [1.0, 0.5, 0.0], "support_5_km": [1.0, 0.5, 0.0],
             "verdict": ["survives", "depends on scale", "not found"]}
        )  # fmt: skip
        table.attrs = {"result": "scale_support", "parameters": {"survives_at": 0.9}}
        ax = plot(table)
        strips = {c.get_label(): c.get_datalim(ax.transData) for c in ax.collections[1:]}
        assert (strips["survives"].x0, strips["survives"].x1) == (0, 1)
        assert (strips["depends on scale"].x0, strips["depends on scale"].x1) == (1, 2)

    @pytest.mark.parametrize("kind", ["scale_support", "scale_stretches"])
    def test_a_direction_that_was_not_looked_for(self, kind):
        """The picture was empty, or an error of numpy (mended 2026-11-30)."""
        table = result(kind)
        high = table[table["direction"] == "high"]
        high.attrs = table.attrs
        told = " ".join(t.get_text() for t in plot(high, direction="low").texts)
        assert "did not look for low stretches, only for: high" in told
        with pytest.raises(ParameterError, match="direction must be one of high, low"):
            plot(table, direction="xx")

    def test_a_forecast_shows_the_counts_to_be_reckoned_with(self):
        """
        Poisson of mean 1: 0 to 3 hold 95 %; negative binomial of mean 2 and size 1 is geometric, and
        P(X > k) = (2/3)^(k+1) is below 2.5 % from k = 9 on (mended 2026-11-30).
        """
        table = pd.DataFrame(
            {"from_km": [0.0, 50], "to_km": [50.0, 150], "mean": [1.0, 2.0],
             "size": [np.inf, 1.0], "method": "mean", "step_start": pd.Timestamp("2021-01-01"),
             "step_end": pd.Timestamp("2021-12-31")}
        )  # fmt: skip
        table.attrs = {"result": "forecast"}
        ax = plot(table)
        (path,) = ax.collections[0].get_paths()
        first = path.vertices[path.vertices[:, 0] < 50, 1]
        second = path.vertices[path.vertices[:, 0] > 50, 1]
        assert (first.min(), first.max()) == (0, 6)  # per 100 km
        assert (second.min(), second.max()) == (0, 9)

    @pytest.mark.parametrize(
        ("kind", "column"),
        [("series", "step_start"), ("series", "step_end"), ("space_time_density", "day"),
         ("emerging_bins", "step_start"), ("space_time_clusters", "period_end")],
    )  # fmt: skip
    def test_missing_days_are_refused(self, kind, column):
        """A day of NaT made a picture of nothing or an error of pandas (mended 2026-11-30)."""
        table = result(kind).copy()
        table.attrs = result(kind).attrs
        table[column] = table[column].astype("datetime64[s]")
        table.loc[table.index[0], column] = pd.NaT
        with pytest.raises(ParameterError, match=f"a day in each row of {column}, but 1 of"):
            plot(table)

    def test_days_may_be_text(self):
        """As a file gives them back (mended 2026-11-30)."""
        table = series().astype({"step_start": str, "step_end": str})
        table.attrs = series().attrs
        drawn = [np.asarray(plot(t).collections[0].get_array()) for t in (table, series())]
        assert drawn[0] == pytest.approx(drawn[1])


class TestFiles:
    @pytest.mark.parametrize(
        ("ending", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
    )
    def test_same_bytes_every_time(self, tmp_path, ending, begins):
        files = [save_plot(rates(), tmp_path / f"{k}.{ending}") for k in (1, 2)]
        one, two = (file.read_bytes() for file in files)
        assert one.startswith(begins)
        assert one == two

    def test_text_in_svg_is_escaped(self, tmp_path):
        table = rates().copy()
        table.attrs = {**rates().attrs, "source": "<script>alert(1)</script>"}
        text = save_plot(table, tmp_path / "a.svg").read_text(encoding="utf-8")
        assert "<script" not in text

    def test_another_format(self, tmp_path):
        with pytest.raises(ParameterError, match=r"\.png, \.svg, \.pdf, but a\.gif ends in \.gif"):
            save_plot(rates(), tmp_path / "a.gif")

    def test_a_folder_that_is_not_there(self, tmp_path):
        with pytest.raises(OutputError):
            save_plot(rates(), tmp_path / "none" / "a.png")


class TestBadInput:
    def test_what_is_no_result(self):
        with pytest.raises(ParameterError, match="was given list"):
            plot([1, 2])

    def test_a_table_that_lost_its_attrs(self):
        with pytest.raises(ParameterError, match="is missing"):
            plot(pd.DataFrame({"a": [1]}))

    def test_a_kind_without_a_plot(self):
        table = pd.DataFrame({"a": [1]})
        table.attrs = {"result": "published"}
        with pytest.raises(ParameterError, match="but is published"):
            plot(table)

    def test_an_option_of_another_kind(self):
        with pytest.raises(ParameterError, match="measure is no option of this plot; it has none"):
            plot(result("hotspots"), measure="pai")

    def test_bad_options(self):
        with pytest.raises(ParameterError, match="measure must be one of pai"):
            plot(result("forecast_evaluation"), measure="auc")
        with pytest.raises(ColumnError, match="killed"):
            plot(series(), column="killed")
        with pytest.raises(ColumnError, match="rates needs"):
            plot(result("clusters"), rates=pd.DataFrame({"from_km": [0.0]}))

    @pytest.mark.parametrize("width", [0, -3, np.nan])
    def test_bad_sizes(self, width):
        with pytest.raises(ParameterError, match="width_cm"):
            plot(rates(), width_cm=2.54 * width)

    def test_without_matplotlib(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
        with pytest.raises(MissingExtraError, match=r"frontier-geo\[plot\]"):
            plot(rates())

    def test_names_are_one_line_and_short(self):
        assert safe_text("a\n\tb\x00\u202e c") == "a b c"
        assert len(safe_text("x" * 500)) == 60


def test_a_plot_shows_itself_in_a_notebook():
    """IPython's own formatter, without pyplot and without a magic, gets the picture."""
    from IPython.core.formatters import PNGFormatter

    ax = plot(rates())
    shown = PNGFormatter()(ax)
    assert shown.startswith(b"\x89PNG") and len(shown) > 5_000
