"""The static picture: what it shows is what the tables say, the same bytes each time, nothing cut off."""

from __future__ import annotations

import itertools
import re
import sys
import time
import zlib
from functools import cache
from io import BytesIO

import geopandas as gpd
import matplotlib
import numpy as np
import pandas as pd
import pytest
import shapely
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgb
from matplotlib.text import Text
from PIL import Image
from pyproj import Geod

from frontier_geo import (
    Boundary,
    load_boundary,
    load_events,
    locate_events,
    make_segments,
    segment_rates,
)
from frontier_geo.errors import LicenceError, MissingExtraError, OutputError, ParameterError
from frontier_geo.maps.inputs import map_inputs
from frontier_geo.maps.static import frontier_png, plot_frontier, save_frontier
from frontier_geo.maps.static_labels import Placer, spread, text_width, wrapped
from frontier_geo.maps.static_lines import Plane
from frontier_geo.maps.static_paper import lay_out
from frontier_geo.maps.static_scene import scene_of
from frontier_geo.maps.static_words import plain_text
from frontier_geo.maps.symbols import MISSING_COLOUR, TYPE_MARKS, ZERO_COLOUR
from frontier_geo.maps.words import catalogue

from .conftest import make_world

CM = 2.54
SIX_DIGITS = 1e-5  # to which the page and the picture hold a rate
NOTHING = "$x^2$ </text><script>alert(1)</script> {{ 7*7 }} \\frac{ \u202e %s"
TABLES = ("events", "boundary", "rates", "located", "areas", "frontages", "referents")


def draw(world, **changes):
    """Draw the small border; tables can be exchanged by name."""
    tables = {name: getattr(world, name) for name in TABLES}
    return plot_frontier(**{**tables, "basemap": False, **changes})


def scene(world, **changes):
    """Gather what would be drawn of the small border."""
    tables = {name: getattr(world, name) for name in TABLES}
    return scene_of(map_inputs(**{**tables, **changes}))


@cache
def shipped(width_cm=18.0, language="en", style="ribbon"):
    """The shipped border and incidents."""
    return plot_frontier(width_cm=width_cm, language=language, style=style)


@cache
def plain():
    """The small border as it is, for all that only look at it or write it to a file."""
    return draw(make_world())


def texts(figure):
    """Every text of a figure that is seen; those that are only the ground of another are left out."""
    found = figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible())
    return [text for text in found if text.get_text().strip() and text.get_gid() != "halo"]


def words(figure):
    return " ".join(text.get_text() for text in texts(figure))


def part(figure, label):
    return next(ax for ax in figure.axes if ax.get_label() == label)


def by_gid(figure, gid):
    return [artist for artist in figure.findobj() if artist.get_gid() == gid]


def picture(figure, dpi=100):
    """The pixels of a figure, shape (height, width, 3)."""
    held = BytesIO()
    with matplotlib.rc_context({"savefig.facecolor": "white"}):
        figure.savefig(held, format="png", dpi=dpi)
    return np.asarray(Image.open(held).convert("RGB"))


def pixels_of(pixels, colour):
    """How many pixels have a colour, give or take what rounding does."""
    wanted = np.rint(np.array(to_rgb(colour)) * 255)
    return int((np.abs(pixels.astype(int) - wanted) <= 1).all(axis=-1).sum())


class TestSize:
    @pytest.mark.parametrize("width", [8.5, 18.0])
    def test_it_is_as_wide_as_asked_for(self, world, width):
        assert draw(world, width_cm=width).get_size_inches()[0] * CM == pytest.approx(width)

    @pytest.mark.parametrize("width", [8.5, 18.0])
    def test_no_letter_is_smaller_than_six_points(self, width):
        assert min(text.get_fontsize() for text in texts(shipped(width))) >= 6

    @pytest.mark.slow
    @pytest.mark.parametrize(
        ("width", "language"), [(8.5, "ru"), (8.5, "tg"), (18.0, "en"), (18.0, "fa")]
    )
    def test_no_text_is_cut_off(self, width, language):
        """Every text lies within the figure, and those of the map within the map."""
        figure = shipped(width, language)
        with matplotlib.rc_context({"text.hinting": "none"}):
            figure.draw_without_rendering()
            for text in texts(figure):
                box = text.get_window_extent()
                on_map = text.axes is not None and text.axes.get_label() == "map"
                held = text.axes.bbox if on_map else figure.bbox
                # A pixel of 1/100 inch: what lies at an edge is rounded outwards.
                assert box.x0 >= held.x0 - 1, text.get_text()
                assert box.x1 <= held.x1 + 1, text.get_text()
                assert held.y0 - 1 <= box.y0 and box.y1 <= held.y1 + 1, text.get_text()

    @pytest.mark.slow
    @pytest.mark.parametrize("width", [8.5, 18.0])
    def test_no_two_texts_are_written_over_each_other(self, width):
        """Their boxes share less than a tenth of the smaller one (letters do not fill their box)."""
        figure = shipped(width)
        with matplotlib.rc_context({"text.hinting": "none"}):
            figure.draw_without_rendering()
            found = [(t.get_text(), t.get_window_extent()) for t in texts(figure)]
        for (one, a), (other, b) in itertools.combinations(found, 2):
            across = min(a.x1, b.x1) - max(a.x0, b.x0)
            up = min(a.y1, b.y1) - max(a.y0, b.y0)
            shared = max(across, 0) * max(up, 0)
            assert shared < 0.1 * min(a.width * a.height, b.width * b.height), (one, other)

    def test_a_border_from_north_to_south_is_no_taller_than_wide(self):
        line = shapely.LineString([(71.5, 37.0 + k / 50) for k in range(100)])
        line = Boundary.from_line(line, crs="EPSG:4326", boundary_id="NS", left="W", right="E")
        paper = lay_out(line, 500.0, room=20.0)
        assert paper.height <= 500
        assert paper.inside(paper.line.xy, margin=19.0).all()


class TestProjection:
    def test_distances_are_true_to_half_a_percent(self):
        """Geodesics across the map of the shipped border, against the ellipsoid."""
        paper = lay_out(load_boundary(), 500.0, room=30.0)
        for ends in ((68.0, 37.2, 74.5, 37.2), (71.0, 36.7, 71.0, 38.4), (68.5, 38.0, 73.0, 36.8)):
            _, _, metres = Geod(ellps="WGS84").inv(*ends)
            a, b = paper.points([ends[0], ends[2]], [ends[1], ends[3]])
            assert np.hypot(*(b - a)) * paper.metres_per_point == pytest.approx(metres, rel=5e-3)

    def test_north_is_up_in_the_middle(self):
        line = load_boundary()
        middle = (line.lon.min() + line.lon.max()) / 2
        south, north = lay_out(line, 500.0, room=30.0).points([middle] * 2, [36.7, 38.4])
        assert south[0] == pytest.approx(north[0], abs=0.01) and south[1] < north[1]

    def test_there_and_back(self):
        plane = Plane(np.array([179.0, -179.0]), np.array([51.0, 52.0]))
        given = np.array([[179.5, 51.2], [180.7, 51.8]])
        back = plane.degrees(plane.metres(*given.T))
        assert back == pytest.approx(given, abs=1e-9)

    def test_the_scale_bar_is_as_long_as_it_says(self, world):
        figure = plain()
        label = next(t for t in texts(figure) if re.fullmatch(r"\d+ km", t.get_text()))
        km = float(label.get_text().split()[0])
        bar = next(
            line for line in part(figure, "map").lines if len(line.get_xdata()) == 4
            and line.get_xdata()[2] > 40
        )  # fmt: skip
        width = figure.get_size_inches()[0] * 72
        paper = lay_out(world.boundary, width - 2, room=max(20.0, 0.06 * width))
        assert np.ptp(bar.get_xdata()) * paper.metres_per_point == pytest.approx(
            km * 1000, rel=0.01
        )
        assert label.get_position()[0] == pytest.approx(np.mean([*bar.get_xdata()[1:3]]))

    def test_a_border_on_the_equator(self):
        line = shapely.LineString([(20.0, -0.1), (21.0, 0.2), (22.0, -0.1)])
        boundary = Boundary.from_line(line, crs="EPSG:4326", boundary_id="EQ", left="N", right="S")
        paper = lay_out(boundary, 300.0, room=10.0)
        assert paper.inside(paper.line.xy).all()


class TestWhatIsShown:
    def test_bars_are_as_high_as_the_rates(self, world):
        bars = by_gid(plain(), "bar")
        assert [bar.get_height() for bar in bars] == pytest.approx(
            world.rates["expected_rate"].to_numpy(), rel=SIX_DIGITS
        )
        assert [bar.get_x() for bar in bars] == pytest.approx(world.rates["from_km"].to_numpy())

    def test_classes_are_those_of_the_page(self, world, data_of):
        """Colour and width of each segment, by the edges that the page is given."""
        shown = scene(world).ribbon
        head = data_of(world.page()).head
        assert shown.breaks == head["rates"]["breaks"]
        for value, place in zip(shown.value, shown.place, strict=True):
            edges = [0.0, *shown.breaks]
            told = value * (1 - 1e-5)  # rates carry six digits
            assert told <= edges[place] and (place == 0 or told > edges[place - 1])

    def test_it_says_how_many_incidents_make_up_the_rates(self):
        """Not those that count but have no place: 132 count, 108 of them are on the segments."""
        inputs = map_inputs(load_events())
        assert int(inputs.counted.sum()) == 132
        on_segments = inputs.rates.attrs["accounting"]["expected_on_segments"]
        assert scene_of(inputs).counts["counted"] == round(on_segments) == 108

    def test_the_largest_rate_of_a_class_is_in_it(self):
        """
        Rates are told to six digits, which may lie above the edge that they are.

        Mended 2026-11-30: such a segment was a class higher than on the page.
        """
        inputs = map_inputs(load_events())
        with_edges = scene_of(inputs).ribbon
        value, place = with_edges.value, with_edges.place
        for number, edge in enumerate(with_edges.breaks, start=1):
            at_edge = np.abs(value / edge - 1) < 1e-5
            assert at_edge.any() and set(place[at_edge]) == {number}

    def test_width_carries_the_class_too(self, world):
        """In grey, the classes still differ: the darker, the wider."""
        shown = scene(world).ribbon
        light = [np.dot(to_rgb(c), (0.2126, 0.7152, 0.0722)) for c in shown.colours[1:-1]]
        assert light == sorted(light, reverse=True)
        assert shown.widths[:-1] == sorted(set(shown.widths[:-1]))
        ribbon = by_gid(plain(), "ribbon")[0]
        drawn = dict(zip(shown.place.tolist(), ribbon.get_linewidths(), strict=True))
        assert [drawn[k] for k in sorted(drawn)] == sorted(set(drawn.values()))

    def test_the_interval_is_where_the_table_has_one(self, world):
        rates = world.rates.assign(expected_rate_lo=0.1, expected_rate_hi=0.9)
        figure = draw(world, rates=rates)
        band = by_gid(figure, "interval")
        assert {(round(b.get_y(), 6), round(b.get_y() + b.get_height(), 6)) for b in band} == {
            (0.1, 0.9)
        }
        assert "95 %" in words(figure)
        assert not by_gid(plain(), "interval") and "95 %" not in words(plain())

    def test_colours_are_on_the_picture(self, world):
        pixels = picture(plain(), dpi=150)
        shown = scene(world).ribbon
        for k in set(shown.place.tolist()):
            assert pixels_of(pixels, shown.colours[k]) > 100, k
        for kind in ("armed_clash", "drug_seizure", "cross_border_fire", "infiltration"):
            assert pixels_of(pixels, TYPE_MARKS[kind][0]) > 20, kind

    def test_a_place_known_to_a_stretch_is_a_band_and_no_dot(self, world):
        shown = scene(world)
        # Of the twelve: four at a point on the border (two of one place and two types), one off it,
        # six known to a stretch, one to nothing.
        assert shown.counts["point"] == len(shown.marks.lon) == 5
        assert shown.counts["stretch"] == 6 and shown.counts["nowhere"] == 1
        assert sum(band["count"] for band in shown.bands if band["lane"] < 2) <= 6
        assert len(by_gid(plain(), "band")) == len(shown.bands) > 0

    def test_what_lies_beyond_the_edge_is_told(self, world):
        """The one place far from the border; where all are near, nothing is said."""
        assert "Beyond the edge of the map: 1" in words(plain())
        near = world.events[world.events["event_id"] != "e05"]
        assert "Beyond the edge" not in words(draw(world, events=near))

    def test_a_rough_place_is_hollow(self, world):
        shown = scene(world).marks
        kind = {each["key"]: k for k, each in enumerate(shown.kinds)}
        assert shown.hollow[shown.kind == kind["cross_border_fire"]].all()  # near a settlement
        assert not shown.hollow[shown.kind == kind["infiltration"]].any()  # exact

    def test_incidents_lie_where_they_happened(self, world):
        """The mark of the one exact incident, against the scale and the start of the line."""
        figure = draw(world, events=world.events[world.events["event_id"] == "e04"])
        ax = part(figure, "map")
        colour = to_rgb(TYPE_MARKS["infiltration"][0])
        mark = next(
            c for c in ax.collections
            if isinstance(c, PathCollection) and tuple(c.get_facecolor()[0][:3]) == pytest.approx(colour)
        )  # fmt: skip
        room = max(20.0, 0.06 * figure.get_size_inches()[0] * 72)
        paper = lay_out(world.boundary, figure.get_size_inches()[0] * 72 - 2, room=room)
        where = world.boundary.point_at(150)
        assert mark.get_offsets()[0] == pytest.approx(
            paper.points([where.x], [where.y])[0], abs=0.1
        )

    def test_both_sides_districts_and_ends_are_named(self):
        said = words(shipped())
        for name in ("Tajik side", "Afghan side", "Shamsiddin Shohin", "Wakhan", "Khwaja Ghar"):
            assert name.split()[0] in said
        assert "◀ West (Uzbekistan)" in said and "East (China) ▶" in said
        assert len(by_gid(shipped(), "district")) == 35

    def test_landmarks_have_the_number_of_the_key(self):
        said = " ".join(words(shipped()).replace("\n", " ").split())
        assert "1 Tripoint Tajikistan / Afghanistan / Uzbekistan" in said.replace("\u00a0", " ")
        numbers = [t.get_text() for t in texts(shipped()) if t.get_fontweight() == "bold"]
        for number in range(1, 19):
            assert numbers.count(str(number)) == 2, number  # on the map and in the diagram

    def test_it_says_what_it_rests_on(self):
        said = words(shipped())
        for words_ in (
            "1 January 1992", "Incidents: 206", "129", "OpenStreetMap", "2026.11.0", "not all that",
            "position on the status", "Natural Earth",
        ):  # fmt: skip
            assert words_ in said, words_

    @pytest.mark.parametrize(
        ("language", "start", "end"),
        [
            ("en", "Start of the ring", "End of the ring (same place)"),
            ("ru", "Начало кольца", "Конец кольца (то же место)"),
            ("tg", "Оғози ҳалқа", "Анҷоми ҳалқа (ҳамон ҷой)"),
            ("fa", "آغاز حلقه", "پایان حلقه (همان جا)"),
        ],
    )
    def test_a_ring_has_a_start_and_an_end_but_no_west(self, language, start, end):
        line = Boundary.between("ZAF", "LSO")
        day = pd.Timestamp("2024-02-01")
        events = gpd.GeoDataFrame(
            {"event_id": ["a"], "date_start": day}, geometry=[line.point_at(100)], crs="EPSG:4326"
        )
        said = words(plot_frontier(events, boundary=line, language=language))
        assert start in said and end in said
        for compass in ("west", "east"):
            assert catalogue(language)[f"picture.{compass}"] not in said

    def test_in_dari_words_of_sources_stay_apart_on_each_line(self):
        """A line is drawn by itself; without that “©” stood behind its line (2026-11-30)."""
        lines = [t.get_text() for t in texts(shipped(language="fa", width_cm=9))]
        assert any("\u2068©\u00a0OpenStreetMap" in line for line in lines)
        for line in lines:
            assert line.count("\u2068") == line.count("\u2069"), line
            if "OpenStreetMap" in line:
                inside = re.findall("\u2068([^\u2068\u2069]*)\u2069", line)
                assert "OpenStreetMap" in " ".join(inside)

    def test_a_line_told_from_the_east_is_drawn_west_to_east(self):
        there = shapely.LineString([(71.0, 37.0), (70.0, 37.2), (69.0, 37.0)])
        line = Boundary.from_line(there, crs="EPSG:4326", boundary_id="BACK", left="L", right="R")
        segments = make_segments(line, length_km=20)
        rates = segments.assign(rate=np.linspace(0, 1, len(segments)))
        events = gpd.GeoDataFrame({"event_id": []}, geometry=[], crs="EPSG:4326")
        figure = plot_frontier(
            events, boundary=line, rates=rates, color_by="rate", period=("2015-01-01", "2020-12-31"),
        )  # fmt: skip
        begin, end = part(figure, "diagram").get_xlim()
        assert begin > end == 0
        assert "◀ West" in words(figure)

    def test_an_interval_past_the_axis_ends_below_the_landmarks_with_a_sign(self):
        """One incident in 34 years: all intervals reach further than the axis (2026-11-30)."""
        events = load_events()
        one = events[events["location_precision"] == "district"].head(1)
        figure = plot_frontier(one, width_cm=18.0)
        chart = part(figure, "diagram")
        top = chart.spines["left"].get_bounds()[1]
        reach = [bar.get_y() + bar.get_height() for bar in chart.patches]
        assert max(reach) == pytest.approx(top)
        (signs,) = by_gid(figure, "longer")
        km = signs.get_offsets()[:, 0]
        assert km.min() < 60 and km.max() > 1280  # along the whole line

    @pytest.mark.parametrize("period", ["2025-12", "2025"])
    def test_an_interval_from_0_is_pale_and_its_upper_end_a_line(self, period):
        """In a short period nearly all begin at 0 and reach high: grey filled the strip (2026-11-30)."""
        figure = plot_frontier(load_events(), period=period, basemap=False)
        top = part(figure, "diagram").spines["left"].get_bounds()[1]
        bands = by_gid(figure, "interval")
        light = [np.dot(band.get_facecolor()[:3], (0.2126, 0.7152, 0.0722)) for band in bands]
        from_0 = np.array([band.get_y() <= top / 100 for band in bands])
        assert from_0.sum() > len(bands) * 0.8
        assert min(np.array(light)[from_0]) > 0.9
        assert all(value < 0.85 for value in np.array(light)[~from_0])
        (limit,) = by_gid(figure, "limit")
        ends = [band.get_y() + band.get_height() for band in bands]
        below = {round(end, 6) for end in ends if end < top * (1 - 1e-9)}
        drawn = {round(segment[0][1], 6) for segment in limit.get_segments()}
        assert below <= drawn

    def test_areas_of_one_s_own_are_named(self, world):
        said = words(draw(world, width_cm=18))
        assert "TJ West" in said and "AF East" in said and "TAJIKISTAN" in said

    def test_without_a_basemap_no_town_is_drawn(self):
        said = words(plot_frontier(basemap=False, width_cm=8.5))
        assert "Murghob" in said and "PAKISTAN" not in said and "NOAA" not in said


class TestStyles:
    def test_bars_stand_on_one_side_as_high_as_the_rates(self, world):
        ribbon = by_gid(draw(world, style="bars"), "ribbon")[0]
        heights = []
        for path in ribbon.get_paths():
            a, b, c, d = path.vertices[:4]
            heights.append(np.hypot(*((c + d) / 2 - (a + b) / 2)))
        expected = world.rates["expected_rate"] / world.rates["expected_rate"].max()
        assert np.array(heights) / max(heights) == pytest.approx(expected, abs=0.03)

    def test_few_bars_of_the_shipped_border_cross(self):
        """At most one in 135 lies over another but its neighbours."""
        corners = [p.vertices[:4] for p in by_gid(shipped(style="bars"), "ribbon")[0].get_paths()]
        shapes = [shapely.Polygon(c).buffer(-0.3) for c in corners]
        crossing = [
            (i, j) for i, j in itertools.combinations(range(len(shapes)), 2)
            if j - i > 1 and shapes[i].intersects(shapes[j])
        ]  # fmt: skip
        assert len({i for i, _ in crossing}) <= 1


class TestFiles:
    @pytest.mark.parametrize(
        ("ending", "begins"), [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF")]
    )
    def test_same_bytes_every_time(self, world, tmp_path, ending, begins):
        first, second = (
            save_frontier(draw(world, width_cm=8.5), tmp_path / f"{k}.{ending}").read_bytes()
            for k in (1, 2)
        )
        assert first == second
        assert first.startswith(begins)

    def test_a_figure_written_twice(self, world, tmp_path):
        figure = draw(world)
        first = save_frontier(figure, tmp_path / "a.svg").read_bytes()
        assert save_frontier(figure, tmp_path / "b.svg").read_bytes() == first

    def test_no_day_and_no_writer_is_written(self, world, tmp_path):
        pdf = save_frontier(plain(), tmp_path / "a.pdf").read_bytes()
        assert b"CreationDate" not in pdf and b"Producer" not in pdf
        svg = save_frontier(plain(), tmp_path / "a.svg").read_text()
        assert "dc:date" not in svg and "Matplotlib" not in svg
        png = save_frontier(plain(), tmp_path / "a.png", dpi=100).read_bytes()
        assert b"Software" not in png

    def test_300_dots_an_inch(self, world, tmp_path):
        path = save_frontier(draw(world, width_cm=8.5), tmp_path / "a.png")
        assert Image.open(path).width == pytest.approx(8.5 / CM * 300, abs=1)

    def test_letters_stay_letters(self, world, tmp_path):
        pdf = save_frontier(draw(world, title="Ishkoshim"), tmp_path / "a.pdf").read_bytes()
        assert b"/CIDFontType2" in pdf or b"/TrueType" in pdf
        assert b"/Type3" not in pdf
        svg = save_frontier(draw(world, title="Ishkoshim"), tmp_path / "a.svg").read_text()
        assert re.search(r"<text[^>]*>Ishkoshim</text>", svg)

    def test_right_to_left_text_is_outlines_in_an_svg(self, world, tmp_path):
        svg = save_frontier(draw(world, title="مرز"), tmp_path / "a.svg").read_text()
        assert "<text" not in svg

    @pytest.mark.parametrize("name", ["a.gif", "a", "a.png.txt"])
    def test_another_ending(self, world, tmp_path, name):
        with pytest.raises(ParameterError, match=r"\.png, \.svg, \.pdf"):
            save_frontier(plain(), tmp_path / name)
        assert not list(tmp_path.iterdir())

    def test_a_folder(self, world, tmp_path):
        (tmp_path / "a.png").mkdir()
        with pytest.raises(OutputError, match="is a folder"):
            save_frontier(plain(), tmp_path / "a.png")

    def test_a_folder_that_is_not_there(self, world, tmp_path):
        with pytest.raises(OutputError, match="does not exist"):
            save_frontier(plain(), tmp_path / "none" / "a.png")

    @pytest.mark.parametrize("dpi", [0, -1, np.nan])
    def test_bad_resolutions(self, world, tmp_path, dpi):
        with pytest.raises(ParameterError, match="dpi"):
            save_frontier(plain(), tmp_path / "a.png", dpi=dpi)

    def test_the_fallback_of_a_notebook_is_small(self):
        found = frontier_png(map_inputs())
        assert found.startswith(b"\x89PNG") and len(found) <= 300_000
        pixels = np.asarray(Image.open(BytesIO(found)).convert("RGB"))
        assert pixels.shape[1] > 700
        for kind in ("armed_clash", "drug_seizure", "attack_on_civilians", "border_closure"):
            assert pixels_of(pixels, TYPE_MARKS[kind][0]) > 10, kind

    def test_it_shows_itself_in_a_notebook(self, world):
        from IPython.core.formatters import PNGFormatter

        assert PNGFormatter()(plain()).startswith(b"\x89PNG")


class TestText:
    def test_titles_and_names_are_text(self, world, tmp_path):
        """No formula, no markup, no template: every sign stands there as it was given."""
        world.referents["name"] = NOTHING
        world.frontages["name"] = NOTHING
        world.areas["name"] = NOTHING
        figure = draw(world, title=NOTHING, attribution=NOTHING)
        assert plain_text(NOTHING) in words(figure)
        svg = save_frontier(figure, tmp_path / "a.svg").read_text()
        assert re.search(r"<text[^>]*>\$x\^2\$ &lt;/text&gt;&lt;script", svg)
        assert "<script" not in svg and ">49<" not in svg
        save_frontier(figure, tmp_path / "a.pdf")

    def test_a_reader_s_own_settings_have_no_say(self, world, tmp_path, monkeypatch):
        """Not even those that would hand every text to TeX; and they are what they were afterwards."""
        usual = save_frontier(draw(world), tmp_path / "a.svg").read_bytes()
        own = {
            "text.usetex": True,
            "font.size": 30,
            "axes.facecolor": "red",
            "savefig.bbox": "tight",
        }
        with matplotlib.rc_context(own):
            monkeypatch.setitem(matplotlib.rcParams, "backend", "svg")
            before = dict(matplotlib.rcParams)
            assert save_frontier(draw(world), tmp_path / "b.svg").read_bytes() == usual
            assert dict(matplotlib.rcParams) == before

    def test_what_events_say_is_not_drawn(self, world, tmp_path):
        svg = save_frontier(plain(), tmp_path / "a.svg").read_text()
        for said in ("summary of", "actors of", "basis of", "Village A", "example.org"):
            assert said not in svg

    def test_long_titles_break_and_end(self, world):
        figure = draw(world, title="x" * 5_000, width_cm=8.5)
        figure.draw_without_rendering()
        title = [t for t in texts(figure) if set(t.get_text()) <= {"x", "…"}]
        assert sum(len(t.get_text()) for t in title) == 200
        for text in title:
            assert text.get_window_extent().x1 <= figure.bbox.x1 + 1

    def test_no_title(self, world):
        assert "Demo border" not in words(draw(world, title=""))
        assert "Demo border" in words(plain())

    @pytest.mark.parametrize(
        ("language", "word"),
        [("ru", "Ожидаемое"), ("tg", "марз"), ("fa", "رویدادهای"), ("en", "Expected")],
    )
    def test_languages(self, world, language, word):
        said = words(draw(world, language=language))
        assert word in said
        assert ("Hollow" in said) == (language == "en")

    def test_dari_starts_on_the_right_with_its_own_digits(self, world):
        figure = draw(world, language="fa", title="مرز")
        title = next(t for t in texts(figure) if "مرز" in t.get_text() and t.get_fontsize() > 8)
        assert title.get_ha() == "right"
        begin, end = part(figure, "diagram").get_xlim()
        assert begin < end  # the diagram stays west to east
        labels = [t.get_text() for t in part(figure, "diagram").get_xticklabels()]
        assert "۱۰۰" in labels

    def test_an_old_matplotlib_cannot_join_letters(self, world, monkeypatch):
        from matplotlib import ft2font

        monkeypatch.delattr(ft2font, "__libraqm_version__", raising=False)
        with pytest.raises(MissingExtraError, match=r"3\.11"):
            draw(world, language="fa")
        draw(world, language="ru")

    def test_plain_text(self):
        assert plain_text("a\n\tb\x00\u202e c") == "a b\ufffd c"
        assert plain_text("می\u200cرود") == "می\u200cرود"
        assert len(plain_text("x" * 500)) == 120


class TestOddInput:
    def test_no_incidents(self, world):
        figure = draw(world, events=world.events.iloc[:0])
        assert "Incidents: 0" in words(figure)
        assert not by_gid(figure, "band")

    def test_one_incident(self, world):
        figure = draw(world, events=world.events.iloc[[2]])
        assert "Cross-border fire (1)" in words(figure)

    def test_no_rates_at_all(self, world):
        rates = world.segments[["segment_id", "from_km", "to_km", "length_km", "geometry"]]
        figure = draw(world, rates=rates, period=("1996-01-01", "2025-12-31"))
        assert "No rates" in words(figure)
        pixels = picture(figure)
        assert pixels_of(pixels, MISSING_COLOUR) > 100

    def test_missing_and_infinite_rates(self, world):
        value = world.rates["expected_rate"].to_numpy(copy=True)
        value[[3, 4]], value[7] = np.nan, np.inf
        rates = world.rates.assign(expected_rate=value)
        shown = scene(world, rates=rates).ribbon
        assert (shown.place[[3, 4]] == shown.missing).all()
        assert shown.place[7] == len(shown.breaks)  # a class of their own, the highest
        assert shown.breaks[-1] == np.inf and (shown.place == len(shown.breaks)).sum() == 1
        figure = draw(world, rates=rates)
        figure.draw_without_rendering()
        assert "No rate (segments: 2)" in words(figure)
        assert "infinite (segments: 1)" in words(figure)
        low, high = part(figure, "diagram").get_ylim()
        assert low == 0 and high < 3 * np.nanmax(value[np.isfinite(value)])

    def test_all_rates_are_zero(self, world):
        figure = draw(world, rates=world.rates.assign(expected_rate=0.0))
        assert pixels_of(picture(figure), ZERO_COLOUR) > 100

    def test_columns_of_other_kinds(self, world):
        figure = draw(world, color_by="events")
        assert "Incidents placed on the segment" in words(figure)
        own = draw(world, rates=world.rates.assign(my_score=1.0), color_by="my_score")
        assert "My score" in words(own)

    def test_many_types_and_many_points(self, world, tmp_path):
        """500 types of 20,000 incidents: a legend of the commonest, points as an image, a small file."""
        n = 20_000
        random = np.random.default_rng(1)
        km = random.uniform(0, world.boundary.length_km, n)
        lon, lat = world.boundary.lonlat_at(km)
        kind = np.where(
            random.random(n) < 0.5,
            "drug_seizure",
            np.char.add("kind", (np.arange(n) % 500).astype(str)),
        )
        events = gpd.GeoDataFrame(
            {
                "event_id": np.arange(n).astype(str), "event_type": kind, "date_start": "2015-06-01",
                "date_end": "2015-06-01", "date_precision": "day", "scope": "border",
                "location_precision": "exact", "location_uncertainty_km": 1.0, "confidence": "high",
                "source": "made up", "licence": "CC0-1.0",
            },
            geometry=gpd.points_from_xy(lon, lat + random.normal(0, 0.05, n)), crs="EPSG:4326",
        )  # fmt: skip
        located = pd.DataFrame(
            {
                "event_id": events["event_id"],
                "candidate": 0,
                "placement": "point",
                "chainage_km": km,
            }
        )
        begin = time.process_time()
        figure = draw(world, events=events, located=located)
        path = save_frontier(figure, tmp_path / "a.pdf", dpi=150)
        assert time.process_time() - begin < 60
        assert path.stat().st_size < 3_000_000
        assert "Drug seizure" in words(figure) and "more types" in words(figure)

    def test_landmarks_off_the_line_or_without_a_name(self, world):
        odd = pd.DataFrame(
            {"name": [None, "x" * 300], "kind": [None, "volcano"], "lon": [69.0, 69.5],
             "lat": [37.2, np.nan], "from_km": [50.0, 60.0]}
        )  # fmt: skip
        figure = draw(world, referents=odd)
        assert "x" * 40 not in words(figure)

    def test_more_districts_than_there_is_room_for(self, world):
        n = 120
        edges = np.linspace(0, world.boundary.length_km, n + 1)
        fronts = pd.DataFrame(
            {"name": [f"District {k}" for k in range(n)], "country": "TJ", "from_km": edges[:-1],
             "to_km": edges[1:]}
        )  # fmt: skip
        figure = draw(world, frontages=fronts, width_cm=8.5)
        assert len(by_gid(figure, "district")) == n
        assert 10 < len(re.findall(r"District \d+", words(figure))) < n

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"style": "dots"}, "style"), ({"language": "de"}, "language"),
            ({"width_cm": 2}, "between 6"),
            ({"width_cm": "wide"}, "width_cm"), ({"width_cm": 500}, "between 6"),
            ({"color_by": "nothing"}, "color_by"), ({"color_by": "segment_id"}, "color_by"),
            ({"period": "lately"}, "period"),
        ],
    )  # fmt: skip
    def test_bad_options(self, world, options, message):
        if "period" in options:
            options = {**options, "rates": None, "segments": world.segments}
        with pytest.raises((ParameterError, KeyError), match=message):
            draw(world, **options)

    def test_rows_that_may_not_be_passed_on(self, world):
        world.events["source"] = "ACLED"
        with pytest.raises(LicenceError, match="A picture"):
            draw(world)
        draw(world, include_restricted=True)

    @pytest.mark.parametrize("way", ["plot", "png"])
    def test_without_matplotlib(self, world, monkeypatch, way):
        inputs = map_inputs(**{name: getattr(world, name) for name in TABLES})
        monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
        with pytest.raises(MissingExtraError, match=r"frontier-geo\[plot\]"):
            draw(world) if way == "plot" else frontier_png(inputs)

    def test_inputs_come_back_unchanged(self, world):
        before = {name: getattr(world, name).copy() for name in ("events", "rates", "located")}
        draw(world)
        for name, table in before.items():
            pd.testing.assert_frame_equal(getattr(world, name), table)

    def test_rates_computed_on_the_way(self, world):
        """Segments in, the library's own rates out."""
        period = ("1996-01-01", "2025-12-31")
        figure = draw(world, rates=None, located=None, segments=world.segments, period=period)
        located = locate_events(world.events, world.boundary)
        made = segment_rates(located, world.segments, boundary=world.boundary, period=period)
        bars = by_gid(figure, "bar")
        assert [bar.get_height() for bar in bars] == pytest.approx(
            made["expected_rate"].to_numpy(), rel=SIX_DIGITS
        )


class TestLabels:
    @pytest.mark.parametrize("seed", range(20))
    def test_spread_keeps_gap_order_and_ends(self, seed):
        random = np.random.default_rng(seed)
        wanted = np.sort(random.uniform(0, 100, 12))
        found = spread(wanted, 5.0, 0.0, 100.0)
        assert (np.diff(found) >= 5 - 1e-9).all()
        assert found[0] >= 0 and found[-1] <= 100
        # No other choice on a grid around it is nearer: it is a least-squares answer.
        cost = ((found - wanted) ** 2).sum()
        for shift in (-0.5, 0.5):
            for i in range(12):
                other = found.copy()
                other[i:] += shift
                if (np.diff(other) >= 5).all() and other[0] >= 0 and other[-1] <= 100:
                    assert ((other - wanted) ** 2).sum() >= cost - 1e-6

    def test_spread_without_room(self):
        assert spread([1.0, 2.0, 3.0], 5.0, 0.0, 9.0) is None
        assert spread([], 5.0, 0.0, 9.0).size == 0

    @pytest.mark.parametrize("width", [20.0, 60.0, 200.0])
    def test_wrapped_lines_fit(self, width):
        text = "Jaloliddini Balkhi und ein sehrlangeswortohnelücke the end"
        lines = wrapped(text, width, 6.0)
        assert all(text_width(line, 6.0) <= width for line in lines)
        assert "".join("".join(lines).split()) == "".join(text.split())

    def test_a_placer_gives_nothing_twice(self):
        placer = Placer(100, 100)
        placer.block_points(np.array([[50.0, 50.0]]), 10)
        spots = [(x, y) for x in range(0, 90, 7) for y in range(0, 90, 7)]
        boxes = []
        while (at := placer.place(spots, 15, 8)) is not None:
            boxes.append(shapely.box(*at, at[0] + 15, at[1] + 8))
        assert len(boxes) > 5
        assert all(not a.overlaps(b) for a, b in itertools.combinations(boxes, 2))
        assert all(box.distance(shapely.Point(50, 50)) >= 10 for box in boxes)


def test_pdf_streams_hold_no_event_text(world, tmp_path):
    """Nothing of an event is hidden in a compressed part either."""
    pdf = save_frontier(plain(), tmp_path / "a.pdf").read_bytes()
    for stream in re.findall(rb"stream\n(.*?)\nendstream", pdf, re.S):
        try:
            content = zlib.decompress(stream)
        except zlib.error:
            content = stream
        assert b"summary of" not in content and b"e03" not in content
