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
        located(), located(), line(), bandwidth_km=10, step_km=5,
        period=("2011-01-01", "2015-12-31"), second_period=("2016-01-01", "2020-12-31"), n_sim=99,
    ),
    "intensity_model": lambda: fit_intensity_model(
        rates().assign(east=(rates()["from_km"] > 50).astype(float)), line(), covariates=["east"]
    ).coefficients,
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
    "segments": lambda: segments_by_change(
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
            ax = plot(result(kind), width_in=width)
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
        lists = ("group_comparison", "intensity_model", "emerging_hotspots", "segments")
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
        assert first.get_x() == pytest.approx(table["beg_km"].iloc[0])
        assert first.get_x() + first.get_width() == pytest.approx(table["end_km"].iloc[0])
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
        assert len(points) == parts["rate_ratio"].notna().sum()

    def test_near_repeats_hold_their_numbers(self):
        table = result("near_repeat")
        texts = [t.get_text() for t in plot(table).texts]
        for row in table.itertuples():
            assert f"{row.observed:g}/{row.expected:.2g}" in texts

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
        with pytest.raises(ParameterError, match="width_in"):
            plot(rates(), width_in=width)

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
