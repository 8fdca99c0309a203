"""
The whole way on borders of different kinds: nothing of the shipped border may get in unasked.

Long, short, in parts, a ring, through an island, a river with islands, across longitude 180.
"""

from __future__ import annotations

import json
import re
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pyproj import Geod
from shapely import LineString

import frontier_geo as fg
from frontier_geo import Boundary
from frontier_geo.datasets import is_shipped_line, runs_along_shipped
from frontier_geo.errors import ParameterError, ResolutionWarning

WGS84 = Geod(ellps="WGS84")
pytestmark = pytest.mark.filterwarnings(f"ignore::{ResolutionWarning.__module__}.ResolutionWarning")

#: Words that only the shipped data can have brought in.
OF_THE_SHIPPED = (
    "Tajik", "Afghan", "Panj", "Khatlon", "Badakhshan", "GBAO", "Khorog", "TJ-AF", "tj_district",
    "timezone-boundary-builder", "GeoNames", "Uzbekistan", "Таджик", "تاجیک",
)  # fmt: skip


def across_180() -> Boundary:
    """A line of one's own through the Fijian islands Vanua Levu and Taveuni."""
    vertices = [(178.5, -16.2), (179.3, -16.6), (179.9, -16.75), (-179.9, -16.9), (-178.6, -17.6)]
    return Boundary.from_line(
        LineString(vertices), crs=4326, boundary_id="FIJI", left="North", right="South",
        position_uncertainty_m=500, source="made up",
    )  # fmt: skip


BORDERS = {
    "long": lambda: Boundary.between("USA", "CAN", part=1),
    "short": lambda: Boundary.between("NOR", "RUS"),
    "part": lambda: Boundary.between("AZE", "ARM", part=2),
    "ring": lambda: Boundary.between("LSO", "ZAF"),
    "island": lambda: Boundary.between("HTI", "DOM"),
    "river": lambda: Boundary.between("BGR", "ROU"),
    "antimeridian": across_180,
}


def made_up(line: Boundary, n: int = 40) -> gpd.GeoDataFrame:
    """Return incidents beside a line, some of them far, one without a place, one by its stretch."""
    rng = np.random.default_rng(11)
    km = rng.uniform(0.02, 0.98, n) * line.length_km
    lon, lat = line.lonlat_at(km)
    away = rng.uniform(6_000, 9_000, n)
    lon, lat, _ = WGS84.fwd(lon, lat, rng.uniform(0, 360, n), away)
    lat[:3] = -60  # on the Southern Ocean
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 600, n), unit="D")
    events = gpd.GeoDataFrame(
        {
            "event_id": [f"case-{k:02d}" for k in range(n)],
            "date_start": days,
            "event_type": rng.choice(["armed_clash", "drug_seizure"], n),
            "location_precision": "settlement",
            "location_uncertainty_km": 3.0,
            "summary": "A made-up case.",
        },
        geometry=gpd.points_from_xy(lon, lat),
        crs=4326,
    )
    events.loc[n - 1, ["location_precision", "location_uncertainty_km"]] = ["country", np.nan]
    events.loc[n - 1, "geometry"] = None
    return events


@pytest.fixture(scope="module", params=BORDERS)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def line(kind):
    return BORDERS[kind]()


@pytest.fixture(scope="module")
def located(line):
    return fg.locate_events(made_up(line), line, segments=fg.make_segments(line, n=12))


def test_every_point_gets_its_place(line, located):
    """Chainage and distance are those of a dense sampling of the line; far ones are off it."""
    first = located[located["candidate"] == 0].set_index("event_id")
    assert first["placement"].value_counts().to_dict() == {
        "point": 36,
        "off_border": 3,
        "unplaced": 1,
    }
    rows = first[first["placement"] == "point"]
    assert rows["segment_id"].notna().all()
    km = np.linspace(0, line.length_km, int(line.length_km * 4) + 2)  # every 250 m
    lon, lat = line.lonlat_at(km)
    for row in rows.iloc[::7].itertuples():
        metres = WGS84.inv(np.full(km.size, row.lon), np.full(km.size, row.lat), lon, lat)[2]
        # Some sample is at most 125 m along the line from the nearest place.
        assert -1e-6 < metres.min() / 1000 - row.distance_km < 0.125


def test_sides_are_certain_only_outside_the_lines_own_uncertainty(line, located):
    """6 to 9 km away, known to 3 km: more than a line known to 4 km only just, and not always."""
    rows = located[(located["candidate"] == 0) & (located["placement"] == "point")]
    known = 3.0 + line.position_uncertainty_km(0)[0]
    assert set(rows["side"].dropna()) <= {line.left, line.right}
    sure = rows["side_certain"].astype(bool)
    assert (rows.loc[sure, "distance_km"] > known).all()
    inland = ~sure & (rows["distance_km"] > known)
    assert rows.loc[inland, "side"].isna().all()  # past an end there is no side
    lon, lat = line.lonlat_at([line.length_km / 3])
    near = fg.locate_points(lon + 0.003, lat, boundary=line)  # 0.3 km
    assert not near["side_certain"].any()


def test_the_statistics_run(line, located):
    """Rates, density, scan, hot spots, series: each accounts for what it was given."""
    segments = fg.make_segments(line, n=12)
    rates = fg.segment_rates(located, segments, boundary=line)
    told = rates.attrs["accounting"]
    assert (told["events"], told["off_border"], told["unplaced"]) == (40, 3, 1)
    ends = 0 if line.is_ring else 1  # what lies past an end is on no segment
    assert 33 - 3 * ends <= rates["expected_events"].sum() <= 36 + 1e-6
    assert rates["length_km"].sum() == pytest.approx(line.length_km)
    curve = fg.line_density(located, line, n_imputations=2, step_km=line.length_km / 100)
    assert curve["intensity"].ge(0).all()
    assert len(fg.find_hotspots(rates, n_sim=99)) == 12
    fg.scan_segments(rates, n_sim=99)
    series = fg.segment_series(located, segments, step="year", boundary=line)
    assert series.attrs["boundary"]["boundary_id"] == line.boundary_id


def test_a_ring_loses_nothing_past_its_ends():
    """An uncertain place at the opening is shared by both ends; no part of it is off the border."""
    ring = Boundary.between("LSO", "ZAF")
    lon, lat = ring.lonlat_at([0])
    lon, lat, _ = WGS84.fwd(lon, lat, [200.0], [2_000])
    event = gpd.GeoDataFrame(
        {
            "event_id": ["x"],
            "location_uncertainty_km": [10.0],
            "location_precision": ["settlement"],
        },
        geometry=gpd.points_from_xy(lon, lat),
        crs=4326,
    )
    segments = fg.make_segments(ring, n=20)
    located = fg.locate_events(event, ring, segments=segments)
    weights = fg.segment_weights(located, segments, boundary=ring).set_index("segment_id")
    first, last = segments["segment_id"].iloc[[0, -1]]
    assert weights.loc[[first, last], "probability"].sum() == pytest.approx(1, abs=0.02)
    assert weights["probability"].get("off_border", 0.0) < 1e-6
    assert weights.loc[[first, last], "probability"].min() > 0.3


def test_points_lie_in_the_country_of_their_side():
    line = Boundary.between("COL", "VEN")
    found = fg.locate_areas([-72.5, -72.2, -60.0], [7.9, 8.2, 0.0], boundary=line)
    assert found["country"].tolist() == ["CO", "VE", None]
    with pytest.raises(ParameterError, match="areas beside 'FIJI' are not known.*Pass areas="):
        fg.locate_areas([179.0], [-16.5], boundary=across_180())


def test_a_table_says_nothing_of_the_shipped_border(line, located, tmp_path):
    """Every written table and what goes with it: no name, no licence, no length of the shipped data."""
    segments = fg.make_segments(line, n=12)
    rates = fg.segment_rates(located, segments, boundary=line)
    fg.write_events(made_up(line), tmp_path / "events.geojson")
    texts = [
        (tmp_path / "events.geojson").read_text("utf-8"), located.to_csv(), rates.to_csv(),
        repr(located.attrs), repr(rates.attrs), repr(segments.attrs), repr(line), str(line.summary()),
    ]  # fmt: skip
    for text in texts:
        assert [word for word in OF_THE_SHIPPED if word in text] == []
    assert [name for name in rates if name.startswith(("tj_", "af_"))] == []


# ---- what is refused -----------------------------------------------------------------------------


def test_shipped_incidents_and_places_do_not_stand_in_for_missing_ones():
    line = Boundary.between("COL", "VEN")
    for draw in (fg.hotspot_page, fg.hotspot_map, fg.plot_frontier):
        with pytest.raises(
            ParameterError, match="needs incidents of the line it shows, but 'CO-VE'"
        ):
            draw(boundary=line)
    with pytest.raises(ParameterError, match="The places along 'CO-VE' are not known.*gazetteer="):
        fg.geocode_text("near Cúcuta", boundary=line)


def test_a_gazetteer_of_ones_own_places_a_text():
    line = Boundary.between("COL", "VEN")
    km = float(line.locate([-72.44], [7.81]).chainage_km[0])
    table = pd.DataFrame(
        {
            "place_id": ["co-t-cucuta", "co-d-norte"],
            "name": ["Cúcuta", "Norte de Santander"],
            "country": ["CO", "CO"],
            "feature_class": ["town", "province"],
            "lon": [-72.51, np.nan],
            "lat": [7.89, np.nan],
            "from_km": [np.nan, km - 200],
            "to_km": [np.nan, km + 100],
        }
    )
    places = fg.Gazetteer(table)
    found = fg.geocode_text("Three people were detained in Cucuta", gazetteer=places, boundary=line)
    assert found.place_ids == ("co-t-cucuta",)
    assert (found.lon, found.lat, found.country_side) == (-72.51, 7.89, "CO")
    wide = fg.geocode_text("Norte de Santander province", gazetteer=places, boundary=line)
    assert (wide.location_precision, wide.country_side) == ("province", "CO")
    assert wide.frontage_to_km - wide.frontage_from_km == pytest.approx(300)


def test_reading_looks_near_the_border_that_is_asked_for():
    """A place is taken for exchanged only where the exchange brings it to this border."""
    kola = pd.DataFrame({"lat": [69.1], "lon": [37.2], "date": ["2024-05-01"]})
    assert len(fg.read_events(kola, quiet=True).rejected) == 1  # 37.2 N 69.1 E: near the Panj
    line = Boundary.between("NOR", "RUS")
    assert len(fg.read_events(kola, boundary=line, quiet=True).accepted) == 1
    turned = pd.DataFrame({"lat": [30.1], "lon": [69.5], "date": ["2024-05-01"]})
    told = fg.read_events(turned, boundary=line, quiet=True).rejected["reason"].iloc[0]
    assert "look swapped" in told
    # Where longitudes and latitudes are alike, both orders are near the border.
    georgia = pd.DataFrame({"lat": [41.5], "lon": [42.0], "date": ["2024-05-01"]})
    line = Boundary.between("GEO", "TUR")
    assert len(fg.read_events(georgia, boundary=line, quiet=True).accepted) == 1


def test_which_line_is_the_shipped_one(border):
    coarse = Boundary.between("TJK", "AFG")
    same = (
        border,
        border.reversed(),
        border.simplified(100),
        border.calibrated([(0, 0), (1343, 1400)]),
    )
    assert [is_shipped_line(each) for each in same] == [True] * 4
    assert not is_shipped_line(coarse) and runs_along_shipped(coarse)
    assert not runs_along_shipped(Boundary.between("UZB", "AFG"))
    assert not is_shipped_line(Boundary.between("COL", "VEN"))


# ---- the shell -----------------------------------------------------------------------------------


@pytest.fixture
def run(monkeypatch, tmp_path, capsys):
    """Return a way to run a command in an empty folder, as the shell would."""
    from frontier_geo import cli

    monkeypatch.chdir(tmp_path)

    def command(*words):
        monkeypatch.setattr(sys, "argv", ["frontier-geo", *words])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        said = capsys.readouterr()
        return stopped.value.code, said.out, " ".join(said.err.split())

    return command


def test_the_shell_takes_two_countries(run, tmp_path):
    line = Boundary.between("ESP", "MAR", part=2)
    made_up(line).to_file(tmp_path / "mine.geojson")
    asked = ("--between", "ESP-MAR-2", "--events", "mine.geojson", "--n", "4", "--json")
    code, said, _ = run("map", *asked)
    assert code == 0
    answer = json.loads(said)
    assert answer["boundary"]["boundary_id"] == "ES-MA-2"
    assert answer["boundary"]["sha256"] == line.sha256
    page = (tmp_path / "hotspots.html").read_text("utf-8")
    assert "Spain–Morocco border, part 2" in page


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["segments", "--between", "COL-VEN"], "incidents that ship.*--events FILE"),
        (["segments", "--between", "ESP-MAR"], "2 parts.*--between ES-MA-1"),
        (["segments", "--between", "COL-DEU"], "share no land border"),
        (["locate", "8", "-72", "--between", "COL-VENN"], "No country.*'VENN'"),
        (["locate", "8", "-72", "--between", "none.geojson"], "there is none at none.geojson"),
        (["borders", "Columbia"], "Near it: Colombia"),
    ],
)
def test_the_shell_says_what_is_wrong(run, words, told, tmp_path):
    code, said, error = run(*words)
    assert code in (1, 2) and said == ""
    assert re.search(told, error), error
    assert list(tmp_path.iterdir()) == []


def test_the_shell_lists_borders(run):
    _, said, _ = run("borders", "AZE", "ARM", "--json")
    rows = json.loads(said)["borders"]
    assert [row["boundary_id"] for row in rows] == [f"AZ-AM-{k}" for k in range(1, 6)]
    _, said, _ = run("borders", "LSO")
    assert "LS-ZA" in said and "ring" in said
