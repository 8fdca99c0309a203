"""What the main objects show in a notebook: small tables with headers, whatever their texts hold."""

from html.parser import HTMLParser

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely import LineString, Point

import frontier_geo as fg
from frontier_geo._summaries import facts_of, line_fact, summary_html

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202eevil\x07{{7*7}}'
TAGS = {"div", "table", "caption", "thead", "tbody", "tr", "th", "td"}
ATTRIBUTES = {"class", "lang", "style", "scope", "dir"}


class Reader(HTMLParser):
    """Gathers tags, attributes and text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.open.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += f" {data}"


def read(thing) -> Reader:
    """Read what a thing shows; it holds tables alone, whole and small."""
    html = thing if isinstance(thing, str) else thing._repr_html_()
    found = Reader(html)
    assert set(found.tags) <= TAGS
    assert {name for name, _ in found.attributes} <= ATTRIBUTES
    assert not found.open
    assert found.tags.count("caption") == found.tags.count("table") >= 1
    assert len(html) < 20_000
    assert "\u202e" not in html and "\x07" not in html
    return found


def test_the_shipped_border():
    told = read(fg.load_boundary()).text
    for word in (
        "TJ-AF",
        "1,344.0 km",
        "1,344.150 km",
        "TJ on the left",
        "OpenStreetMap",
        "ODbL",
        "7,355",
    ):
        assert word in told, word


def test_hostile_texts_of_a_line_are_texts():
    line = fg.Boundary.from_line(
        LineString([(70, 37), (71, 37)]), crs=4326, boundary_id=HOSTILE, left=HOSTILE, name=HOSTILE,
        source=HOSTILE, attribution=HOSTILE,
    )  # fmt: skip
    assert "<script>alert(1)</script>" in read(line).text  # as text


def test_what_was_read():
    table = pd.DataFrame(
        {"lat": [37.49, HOSTILE], "lon": [71.55, 71.6], "date": ["2025-06-30", "2025-07-01"]}
    )
    told = read(fg.read_events(table, quiet=True)).text
    assert "2 rows: 1 accepted, 1 rejected" in told
    assert "Rejected rows" in told and "onerror" in told


def test_a_gazetteer_and_what_it_finds():
    assert "Names" in read(fg.load_gazetteer()).text
    told = read(fg.geocode_text("Shots were heard near Porvor")).text
    for word in ("Shots were heard", "How", "What it might be"):
        assert word in told, word
    assert "onerror" in read(fg.geocode_text(HOSTILE)).text
    assert "wrong" in read(fg.evaluate_geocoding(gold())).text


def gold() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "text": ["in Khorog"], "kind": ["name"], "lon": [71.55], "lat": [37.49],
            "place_ids": ["tj-t-khorog"], "script": ["latin"],
        }
    )  # fmt: skip


def test_a_file_of_points(tmp_path):
    pq.write_table(pa.table({"lon": [71.51, 0.0], "lat": [37.49, 0.0]}), tmp_path / "in.parquet")
    found = fg.locate_file(tmp_path / "in.parquet", tmp_path / "out.parquet", period="2025")
    told = read(found).text
    for word in ("2025-01-01 to 2025-12-31", "On the border", "out.parquet", "TJ on the left"):
        assert word in told


def test_matched_reports():
    reports = gpd.GeoDataFrame(
        {
            "event_id": ["a:1", "b:7"], "source": [HOSTILE, "B"], "date_start": "2025-06-30",
            "event_type": "armed_clash", "location_precision": "settlement",
        },
        geometry=[Point(69.50, 37.20), Point(69.51, 37.21)], crs=4326,
    )  # fmt: skip
    assert "onerror" in read(fg.match_events(reports)).text


@pytest.mark.parametrize("rules", [fg.MatchRules(), fg.LocationUncertainty()])
def test_rules_say_why(rules):
    told = read(rules).text
    for name, reason in rules.reasons().items():
        assert name in told and reason.split(",")[0][:40] in told


def test_tables_of_results_say_line_period_and_data():
    located = fg.locate_events(fg.load_events())
    sweep = fg.sweep_scale(
        located, statistic="rates", lengths_km=200, n_origins=1, period="2015/2024"
    )
    model = fg.fit_intensity_model(
        fg.segment_rates(located, fg.make_segments(n=8), period="2015/2024", n_imputations=2),
        covariates=["terrain"],
    )
    for thing in (sweep, model):
        told = read(thing).text
        for word in (
            "2015-01-01 to 2024-12-31",
            "TJ on the left",
            fg.data_registry()["data_version"],
        ):
            assert word in told


def test_long_tables_and_texts_are_cut_and_say_so():
    table = pd.DataFrame({"n": range(100), "text": ["x" * 1000] * 100, "part": [0.5, None] * 50})
    told = read(
        summary_html("Many", [("Truth", True), ("None", None)], table=table, caption="Rows")
    )
    assert "the first 8 of 100" in told.text and "x…" in told.text and "yes" in told.text
    assert told.tags.count("tr") == 1 + 1 + 8


def test_a_table_of_ones_own_says_little():
    assert line_fact({}) == "" and line_fact({"name": "river"}) == "river"
    assert [value for _, value in facts_of({})] == ["", "", "", ""]
