"""Layers of every format become the same rows in EPSG:4326; nothing but the named file is ever opened."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from geographiclib.geodesic import Geodesic
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiLineString, MultiPoint, Point, Polygon

from frontier_geo.errors import CRSError, DataFileError, ParameterError
from frontier_geo.readers import layers, ogr
from frontier_geo.readers.archives import open_bytes
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.vector import geometry_findings, open_vector

ISHKASHIM = Point(71.6118, 36.7247)
SHAPES = [ISHKASHIM, None, LineString([(70, 37), (71, 38)])]


def incidents(shapes=SHAPES, crs=4326) -> gpd.GeoDataFrame:
    """Three rows with a text that looks like a number, a missing count, an instant and a flag."""
    return gpd.GeoDataFrame(
        {
            "event_id": pd.array(["007", "b", None], dtype="str"),
            "killed": pd.array([1, None, 2**60], dtype="Int64"),
            "kg": [0.1, np.nan, 3.0],
            "told": pd.to_datetime(["2025-06-30T10:00:00Z", None, "2024-01-01T00:00:00Z"]),
            "place": ["Ишкошим", "", "🙂 عرض"],
            "sure": [True, False, True],
        },
        geometry=shapes,
        crs=crs,
    )


def write(table: gpd.GeoDataFrame, path: Path) -> Path:
    """Write a layer with GeoPandas, whose writers are not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.suffix == ".parquet":
            table.to_parquet(path, schema_version="1.1.0", write_covering_bbox=True)
        elif path.suffix == ".fgb":
            table.to_file(path, SPATIAL_INDEX="NO")  # which allows missing geometries
        else:
            table.to_file(path)
    return path


def everything(file) -> tuple[pd.DataFrame, gpd.GeoSeries, pd.DataFrame]:
    chunks = list(file.chunks())
    places = [chunk.geometry for chunk in chunks if chunk.geometry is not None]
    return (
        pd.concat([chunk.cells for chunk in chunks]),
        pd.concat(places) if places else None,
        pd.concat([chunk.broken for chunk in chunks]),
    )


def geojson(*features, **members) -> bytes:
    return json.dumps(
        {"type": "FeatureCollection", **members, "features": features}, ensure_ascii=False
    ).encode()


def feature(geometry, **properties) -> dict:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def opened(content: bytes, name: str = "events.geojson", **how):
    return open_vector(open_bytes(content, name), name, **how)


# Each format


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".geojson", ".parquet"])
def test_every_format_brings_the_same_rows(tmp_path, suffix):
    file = open_vector(write(incidents(), tmp_path / f"events{suffix}"))
    assert file.name == f"events{suffix}"
    assert file.columns == ("event_id", "killed", "kg", "told", "place", "sure")
    assert file.notes == ()
    cells, places, broken = everything(file)
    assert broken.empty
    assert cells.index.tolist() == places.index.tolist() == [1, 2, 3]
    assert cells["event_id"].dtype == TEXT
    assert cells["event_id"].fillna("?").tolist() == ["007", "b", "?"]
    assert cells["place"].tolist() == ["Ишкошим", "", "🙂 عرض"]
    assert cells.loc[[1, 3], "killed"].tolist() == [1, 2**60]
    assert pd.isna(cells.loc[2, "killed"]) and pd.isna(cells.loc[2, "kg"])
    assert cells.loc[1, "kg"] == 0.1
    assert [bool(each) for each in cells["sure"]] == [True, False, True]
    assert pd.Timestamp(cells.loc[1, "told"]) == pd.Timestamp("2025-06-30T10:00:00Z")
    assert pd.isna(cells.loc[2, "told"])
    assert places.crs == "EPSG:4326"
    assert places.tolist() == SHAPES


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".geojson", ".parquet"])
@pytest.mark.parametrize("crs", [32642, 3857, 4284])
def test_every_crs_becomes_longitude_and_latitude(tmp_path, suffix, crs):
    """UTM, Web Mercator and Pulkovo 1942 come back to where they were, and a note says so."""
    file = open_vector(write(incidents().to_crs(crs), tmp_path / f"events{suffix}"))
    name = pyogrio_name(crs)
    assert file.notes == (f"its coordinates were brought from {name} to WGS84",)
    _, places, _ = everything(file)
    # 1e-8 degrees are 1 mm; GDAL writes GeoJSON in metres with fewer decimals than a double has.
    assert shapely.equals_exact(places[1], ISHKASHIM, 1e-8)
    assert places[2] is None


def pyogrio_name(crs: int) -> str:
    from pyproj import CRS

    return CRS.from_epsg(crs).name


def test_a_shapefile_alone_and_in_a_zip(tmp_path):
    points = incidents([ISHKASHIM, None, Point(70, 37)]).drop(columns="told").to_crs(32642)
    path = write(points, tmp_path / "events.shp")
    archive = tmp_path / "events.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for part in sorted(tmp_path.glob("events.*")):
            if part.suffix != ".zip":
                file.write(part, f"deep/{part.name}")
    for each in (path, archive):
        cells, places, _ = everything(open_vector(each))
        assert cells["event_id"].fillna("?").tolist() == ["007", "b", "?"]
        assert cells.loc[3, "place"] == "🙂 عرض"
        assert shapely.equals_exact(places[1], ISHKASHIM, 1e-9)
        assert places[2] is None


def test_a_shapefile_without_its_encoding_is_read_as_it_looks(tmp_path):
    """UTF-8 if it is; otherwise the code page of Windows in the region, and a note says so."""
    points = gpd.GeoDataFrame({"place": ["Шуроабад"] * 3}, geometry=[ISHKASHIM] * 3, crs=4326)
    for encoding, notes in (("UTF-8", 0), ("CP1251", 1)):
        path = tmp_path / f"{encoding}.shp"
        points.to_file(path, encoding=encoding)
        path.with_suffix(".cpg").unlink(missing_ok=True)
        table = bytearray(path.with_suffix(".dbf").read_bytes())
        table[29] = 0  # the code page that dBASE keeps in the header
        path.with_suffix(".dbf").write_bytes(table)
        file = open_vector(path)
        assert everything(file)[0]["place"].tolist() == ["Шуроабад"] * 3
        assert len(file.notes) == notes
    assert "read as Windows-1251" in file.notes[0]


@pytest.mark.parametrize("suffix", [".shx", ".dbf"])
def test_a_shapefile_without_all_its_parts_is_refused(tmp_path, suffix):
    path = write(incidents([ISHKASHIM] * 3).drop(columns="told"), tmp_path / "events.shp")
    path.with_suffix(suffix).unlink()
    with pytest.raises(DataFileError, match=f"needs its {suffix} beside it"):
        open_vector(path)
    assert not path.with_suffix(suffix).exists()  # GDAL would restore an index by writing it


def test_geoparquet_of_other_forms(tmp_path):
    """Points stored as numbers are read, other geometry columns and their boxes left out."""
    points = incidents([ISHKASHIM, None, Point(70, 37)])
    path = tmp_path / "native.parquet"
    points.to_parquet(path, geometry_encoding="geoarrow")
    assert everything(open_vector(path))[1].tolist() == [ISHKASHIM, None, Point(70, 37)]

    lines = gpd.GeoDataFrame({"n": [1]}, geometry=[SHAPES[2]], crs=4326)
    lines.to_parquet(path, geometry_encoding="geoarrow")
    assert everything(open_vector(path))[1].tolist() == [SHAPES[2]]

    points["other"] = gpd.GeoSeries([Point(0, 0)] * 3, crs=4326)
    points.to_parquet(path, write_covering_bbox=True)
    file = open_vector(path)
    assert file.columns == ("event_id", "killed", "kg", "told", "place", "sure")
    assert file.notes == ("the geometry 'geometry' was read; others were not: ['other']",)


def test_plain_parquet_is_a_table_without_geometry(tmp_path):
    path = tmp_path / "events.parquet"
    pd.DataFrame(
        {"lon": [70.5], "lat": [37.5], "urls": [["a", "b"]], "at": [{"x": 1}], "none": [None]}
    ).to_parquet(path)
    file = open_vector(path)
    assert (file.kind, file.columns) == ("parquet", ("lon", "lat", "urls", "at", "none"))
    chunk = next(file.chunks())
    assert chunk.geometry is None
    assert chunk.cells.loc[1].tolist()[:4] == [70.5, 37.5, ["a", "b"], '{"x": 1}']
    assert pd.isna(chunk.cells.loc[1, "none"])
    with pytest.raises(ParameterError, match="without geometries, but crs= was given"):
        open_vector(path, crs=4326)


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".geojson", ".parquet"])
def test_rows_come_in_chunks_and_more_than_once(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(layers, "ROWS_PER_CHUNK", 3)
    shapes = [Point(70 + i / 10, 37) for i in range(8)]
    table = gpd.GeoDataFrame({"n": range(8)}, geometry=shapes, crs=4326)
    file = open_vector(write(table, tmp_path / f"events{suffix}"))
    for _ in range(2):
        chunks = list(file.chunks())
        assert [len(chunk.cells) for chunk in chunks] == [3, 3, 2]
        cells, places, _ = everything(file)
        assert cells["n"].tolist() == list(range(8))
        assert cells.index.tolist() == places.index.tolist() == list(range(1, 9))
        assert places.x.round(6).tolist() == [round(70 + i / 10, 6) for i in range(8)]
    assert chunks[-1].done == chunks[-1].total > 0


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".parquet"])
def test_layers_inside_archives_are_read_from_memory(tmp_path, suffix):
    content = write(incidents(), tmp_path / f"events{suffix}").read_bytes()
    cells, places, _ = everything(opened(content, f"events{suffix}"))
    assert cells["event_id"].fillna("?").tolist() == ["007", "b", "?"]
    assert places.tolist() == SHAPES


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".geojson", ".parquet"])
def test_an_empty_layer_has_columns_or_none_but_no_rows(tmp_path, suffix):
    path = write(incidents().iloc[:0], tmp_path / f"events{suffix}")
    file = open_vector(path)
    assert list(file.chunks()) == []
    if suffix != ".geojson":  # where only features name the columns
        assert file.columns == ("event_id", "killed", "kg", "told", "place", "sure")


def test_heights_are_left_out_and_single_parts_taken_out(tmp_path):
    shapes = [
        MultiPoint([ISHKASHIM]),
        MultiLineString([SHAPES[2]]),
        Point(70, 37, 2_600),
        LineString([(70, 37, 1), (71, 38, 2)]),
    ]
    for suffix in (".gpkg", ".geojson", ".parquet", ".fgb"):
        if suffix == ".fgb":  # which has heights everywhere or nowhere
            shapes = shapely.force_3d(shapes)
        table = gpd.GeoDataFrame({"n": range(4)}, geometry=shapes, crs=4326)
        file = open_vector(write(table, tmp_path / f"events{suffix}"))
        _, places, _ = everything(file)
        assert places.tolist() == [ISHKASHIM, SHAPES[2], Point(70, 37), SHAPES[2]]
        assert not places.has_z.any()


# What is wrong with geometries


def test_findings_name_what_is_no_place():
    places = gpd.GeoSeries(
        [
            ISHKASHIM,
            None,
            SHAPES[2],
            Polygon([(70, 37), (71, 37), (71, 38)]),
            MultiPoint([(70, 37), (71, 38)]),
            Point(),
            Point(float("nan"), 37),
            Point(float("inf"), float("inf")),
            LineString([(70, 37), (70, 37)]),
            shapely.GeometryCollection([ISHKASHIM]),
            LineString(),
        ],
        index=range(11, 22),
        crs=4326,
    )
    odd, reason = geometry_findings(places)
    assert odd.index.tolist() == reason.index.tolist() == list(range(11, 22))
    assert odd.tolist() == [False] * 3 + [True] * 8
    assert reason[[11, 12, 13]].tolist() == [""] * 3
    assert reason[14] == (
        "a point or a line is needed, not a Polygon: use a point inside it and say how imprecise it "
        "is in location_uncertainty_km"
    )
    assert "not a MultiPoint of several parts" in reason[15]
    assert "not an empty one" in reason[16] and "not an empty one" in reason[21]
    assert "finite coordinates" in reason[17] and "finite coordinates" in reason[18]
    assert "the same point" in reason[19]
    assert "GeometryCollection" in reason[20]


def test_several_lines_are_a_place_if_each_has_some_length():
    """A stretch of border may be drawn in pieces; refused until 2026-11, though it can be written."""
    places = gpd.GeoSeries(
        [
            MultiLineString([[(70, 37), (71, 38)], [(72, 38), (73, 38)]]),
            MultiLineString([[(70, 37), (71, 38)], [(72, 38), (72, 38)]]),
            MultiLineString([[(70, 37), (71, 38)], [(72, 38), (float("nan"), 38)]]),
            MultiLineString([]),
        ],
        crs=4326,
    )
    odd, reason = geometry_findings(places)
    assert odd.tolist() == [False, True, True, True]
    assert "or of a part, are the same point" in reason[1]
    assert "finite" in reason[2] and "empty" in reason[3]


def test_findings_about_nothing():
    odd, reason = geometry_findings(gpd.GeoSeries([], crs=4326))
    assert odd.empty and reason.empty


def test_coordinates_outside_the_area_of_their_crs_are_found(tmp_path):
    """What no projection can bring back comes out infinite, and is a finding, not an error."""
    table = gpd.GeoDataFrame({"n": [1]}, geometry=[Point(1e30, 1e30)], crs=32642)
    _, places, _ = everything(open_vector(write(table, tmp_path / "events.gpkg")))
    assert geometry_findings(places)[0].tolist() == [True]


# CRS


def test_geojson_with_a_crs_member_of_2008():
    """Wherever the member stands, before the features or after them."""
    point = {"type": "Point", "coordinates": [500_000, 4_000_000]}  # on the meridian of UTM zone 42
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32642"}}
    before = geojson(feature(point), crs=crs)
    after = json.dumps(
        {"type": "FeatureCollection", "features": [feature(point)], "crs": crs}
    ).encode()
    for content in (before, after):
        _, places, _ = everything(opened(content))
        # On its central meridian UTM is the length of the meridian times 0.9996 (Snyder 1987, p. 61);
        # Karney's geographiclib measures that length on its own. 1e-8 degrees are 1 mm.
        assert places[1].x == pytest.approx(69, abs=1e-8)
        north = Geodesic.WGS84.Direct(0, 69, 0, 4_000_000 / 0.9996)
        assert places[1].y == pytest.approx(north["lat2"], abs=1e-8)


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "OGC:CRS84"])
def test_geojson_that_says_what_it_is_anyway(name):
    """Longitude comes first, whatever the order of axes of EPSG:4326."""
    crs = {"type": "name", "properties": {"name": name}}
    file = opened(geojson(feature(shapely.geometry.mapping(ISHKASHIM)), crs=crs))
    assert file.notes == ()
    assert everything(file)[1][1] == ISHKASHIM


def test_a_link_to_a_crs_is_not_followed():
    crs = {"type": "link", "properties": {"href": "http://127.0.0.1:9/crs", "type": "proj4"}}
    with pytest.raises(DataFileError, match="Links are not followed"):
        opened(geojson(feature(None), crs=crs))


@pytest.mark.parametrize("word", ["nonsense", "EPSG:999999", "+proj=nothing"])
def test_an_unknown_crs_is_refused_unless_one_is_given(word):
    crs = {"type": "name", "properties": {"name": word}}
    content = geojson(feature({"type": "Point", "coordinates": [70, 37]}), crs=crs)
    with pytest.raises(DataFileError, match="must say a CRS that is known"):
        opened(content)
    file = opened(content, crs="EPSG:4326")
    assert "does not say its CRS" in file.notes[0]


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".parquet", ".shp"])
def test_without_a_crs_one_must_be_given(tmp_path, suffix):
    table = gpd.GeoDataFrame({"n": [1]}, geometry=[ISHKASHIM], crs=None)
    path = write(table, tmp_path / f"events{suffix}")
    with pytest.raises(
        DataFileError, match=r'does not say its CRS.*Pass crs=, such as crs="EPSG:4326"'
    ):
        open_vector(path)
    file = open_vector(path, crs=4326)
    assert file.notes == ("it does not say its CRS: read as WGS 84, as asked for",)
    assert everything(file)[1][1] == ISHKASHIM


def test_a_crs_of_null_in_geojson_is_unknown():
    content = geojson(feature({"type": "Point", "coordinates": [70, 37]}), crs=None)
    with pytest.raises(DataFileError, match="does not say its CRS"):
        opened(content)


def test_a_given_crs_beats_the_one_of_the_file(tmp_path):
    path = write(incidents(), tmp_path / "events.gpkg")
    file = open_vector(path, crs="EPSG:32642")
    assert file.notes[0] == "it says WGS 84, but was read as WGS 84 / UTM zone 42N, as asked for"
    with pytest.raises(CRSError, match="crs must be a CRS that pyproj knows.*'EPSG:no'"):
        open_vector(path, crs="EPSG:no")


# GeoJSON


def test_properties_of_geojson_stay_as_they_are():
    file = opened(
        geojson(
            {**feature(None, id_="007", urls=["a", "b"], nested={"a": [1]}), "id": 12},
            feature(None, id_="", day="2025-06-30"),
            {"type": "Feature", "geometry": None, "properties": None},
        )
    )
    assert file.columns == ("id", "id_", "urls", "nested", "day")
    cells, places, _ = everything(file)
    assert cells.loc[1, ["id_", "id"]].tolist() == ["007", 12]
    assert cells.loc[1, "urls"] == ["a", "b"]
    assert cells.loc[1, "nested"] == '{"a": [1]}'
    assert cells.loc[2, "id_"] == "" and pd.isna(cells.loc[3, "id_"])
    assert cells["day"].dtype == TEXT
    assert places.isna().all()


def test_a_feature_that_cannot_be_read_is_one_broken_row():
    bad = [
        7,
        None,
        {"type": "Point", "coordinates": [70, 37]},
        feature({"type": "Point", "coordinates": ["70", 37]}),
        feature({"type": "Point", "coordinates": [70]}),
        feature({"type": "Point", "coordinates": [True, 37]}),
        feature({"type": "Point", "coordinates": 70}),
        feature({"type": "Circle", "coordinates": [70, 37]}),
        feature({"type": "LineString", "coordinates": [[70, 37]]}),
        feature({"type": "Polygon", "coordinates": [[70, 37], [71, 37]]}),
        feature({"coordinates": [70, 37]}),
        feature([70, 37]),
        feature("POINT (70 37)"),
        {"type": "Feature", "geometry": None, "properties": [1]},
        feature({"type": "Point", "coordinates": [10**400, 37]}),
    ]
    good = feature({"type": "Point", "coordinates": [70, 37]}, n=1)
    cells, places, broken = everything(opened(geojson(good, *bad, good)))
    assert cells.index.tolist() == places.index.tolist() == [1, len(bad) + 2]
    assert broken.index.tolist() == list(range(2, len(bad) + 2))
    assert (broken["reason"] != "").all()
    assert broken.loc[5, "reason"].endswith("a coordinate must be a number, not '70'")
    assert json.loads(broken.loc[5, "row"])["geometry"]["coordinates"] == ["70", 37]


def test_nan_and_empty_geometries_of_geojson_are_findings():
    file = opened(
        b'{"type": "FeatureCollection", "features": ['
        b'{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [NaN, 37]}},'
        b'{"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": []}},'
        b'{"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": []}},'
        b'{"type": "Feature", "properties": {}, "geometry": '
        b'{"type": "GeometryCollection", "geometries": []}}]}'
    )
    assert file.notes == ("NaN, which is no JSON, was read as empty",)
    _, places, broken = everything(file)
    assert broken.empty
    assert geometry_findings(places)[0].all()


@pytest.mark.parametrize("between", ["\n", "\n\n", "\n\x1e"])
def test_features_line_by_line(between):
    lines = [
        json.dumps(feature({"type": "Point", "coordinates": [70 + i, 37]}, n=i)) for i in range(3)
    ]
    cells, places, _ = everything(opened(between.join(lines).encode() + b"\n"))
    assert cells["n"].tolist() == [0, 1, 2]
    assert places.x.tolist() == [70, 71, 72]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (geojson(feature(None))[:-3], "where the file ends|before"),
        (b'{"type": "FeatureCollection", "features": [', "where the file ends"),
        (b'{"type": "Point", "coordinates": [70, 37]}', "its type is 'Point'"),
        (b'{"type": "Topology", "objects": {}}', "its type is 'Topology'"),
        (b'{"type": "FeatureCollection", "features": 7}', "its type is 'FeatureCollection'"),
        (b'{"a": 1}', "its type is 'None'"),
        (geojson() + b"{}", "something follows its end"),
        (b'{"type": "Feature", "properties": {}, "geometry": null} 7', "a feature is needed"),
        (b'{"features": [' + b"[" * 100_000, "nested too deeply"),
        (b"", "but is empty"),
        (b"[]", "begins with"),
        (b"lon,lat\n70,37\n", "begins with"),
    ],
)
def test_what_is_no_geojson_is_refused(content, told):
    with pytest.raises(DataFileError, match=told):
        opened(content)


COORDINATES = st.recursive(
    st.one_of(st.floats(), st.integers(), st.none(), st.text(max_size=2), st.booleans()),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=8,
)
KINDS = st.sampled_from(
    ["Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
     "GeometryCollection", "Other", None]
)  # fmt: skip
FEATURES = st.one_of(
    st.fixed_dictionaries(
        {
            "type": st.sampled_from(["Feature", "Feature", "Other"]),
            "geometry": st.one_of(
                st.none(), st.fixed_dictionaries({"type": KINDS, "coordinates": COORDINATES})
            ),
            "properties": st.one_of(st.none(), st.dictionaries(st.text(max_size=3), COORDINATES)),
        }
    ),
    COORDINATES,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(FEATURES, max_size=6))
def test_every_feature_is_a_row_or_broken(features):
    """Whatever stands in a collection, each element is accounted for once, and judged."""
    numbers: list[int] = []
    for chunk in opened(geojson(*features)).chunks():
        numbers += [*chunk.cells.index, *chunk.broken.index]
        assert chunk.geometry.index.equals(chunk.cells.index)
        odd, _ = geometry_findings(chunk.geometry)
        kinds = set(chunk.geometry[~odd].dropna().geom_type)
        assert kinds <= {"Point", "LineString", "MultiLineString"}
    assert sorted(numbers) == list(range(1, len(features) + 1))


# GeoPackage


def test_of_several_layers_the_first_with_geometries_is_read(tmp_path):
    path = tmp_path / "many.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"a": [1]}), path, layer="notes")
    incidents().to_file(path, layer="events", mode="a")
    incidents().iloc[:1].to_file(path, layer="others", mode="a")
    file = open_vector(path)
    assert file.notes == ("the layer 'events' was read; other layers were not: 'others', 'notes'",)
    assert len(everything(file)[0]) == 3
    assert len(everything(open_vector(path, layer="others"))[0]) == 1
    notes = next(open_vector(path, layer="notes").chunks())
    assert notes.geometry is None and notes.cells.loc[1, "a"] == 1
    with pytest.raises(
        ParameterError, match="no layer 'x'; its layers are 'events', 'others', 'notes'"
    ):
        open_vector(path, layer="x")


def test_reading_a_geopackage_writes_nothing_beside_it(tmp_path):
    """Also of one in WAL mode, which SQLite would otherwise open with two more files."""
    path = write(incidents(), tmp_path / "events.gpkg")
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA journal_mode = WAL")
    before = path.read_bytes()
    everything(open_vector(path))
    assert [each.name for each in tmp_path.iterdir()] == ["events.gpkg"]
    assert path.read_bytes() == before


def test_rows_that_another_program_has_just_written_are_seen(tmp_path):
    """They stand in the -wal file while QGIS has the GeoPackage open."""
    path = write(incidents([ISHKASHIM] * 3), tmp_path / "events.gpkg")
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("PRAGMA journal_mode = WAL")
        triggers = base.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'"
        ).fetchall()
        for (trigger,) in triggers:  # they call functions that only GDAL has
            base.execute(f'DROP TRIGGER "{trigger}"')
        base.execute("INSERT INTO events (event_id, geom) SELECT 'new', geom FROM events LIMIT 1")
        base.commit()
        cells, _, _ = everything(open_vector(path))
    assert cells["event_id"].iloc[-1] == "new" and len(cells) == 4


def view(path: Path, query: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute(f"CREATE VIEW seen AS {query}")
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "VALUES ('seen', 'attributes', 'seen', 0)"
        )
        base.commit()


def test_a_view_is_a_layer(tmp_path):
    path = write(incidents(), tmp_path / "events.gpkg")
    view(path, "SELECT fid AS OGC_FID, event_id FROM events WHERE killed = 1")
    cells = next(open_vector(path, layer="seen").chunks()).cells
    assert cells["event_id"].tolist() == ["007"]


def test_a_view_without_an_end_is_refused(tmp_path, monkeypatch):
    """A query that counts for ever would hang every reader."""
    monkeypatch.setattr(ogr, "VIEW_SECONDS", 0.5)
    path = write(incidents(), tmp_path / "events.gpkg")
    view(path, "WITH n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n")
    start = time.monotonic()
    with pytest.raises(DataFileError, match="views answer within"):
        open_vector(path)
    assert time.monotonic() - start < 60


def test_another_database_is_refused(tmp_path):
    path = tmp_path / "events.gpkg"
    with contextlib.closing(sqlite3.connect(path)) as base:
        base.execute("CREATE TABLE events (lon, lat)")
    with pytest.raises(DataFileError, match="is another SQLite database"):
        open_vector(path)


# Files under a false name


VRT = """<OGRVRTDataSource><OGRVRTLayer name="secret">
<SrcDataSource>{secret}</SrcDataSource><SrcLayer>secret</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"""


@pytest.mark.parametrize(
    "suffix", [".gpkg", ".fgb", ".shp", ".geojson", ".parquet", ".vrt", ".json"]
)
def test_a_file_that_points_at_others_is_refused_under_any_name(tmp_path, suffix):
    """A VRT would make GDAL read whatever file or address it names."""
    secret = write(incidents(), tmp_path / "secret.gpkg")
    path = tmp_path / f"events{suffix}"
    path.write_text(VRT.format(secret=secret))
    with pytest.raises(DataFileError, match="Other formats are not opened"):
        open_vector(path)


def test_a_file_that_points_at_others_is_refused_in_a_zip(tmp_path):
    secret = write(incidents(), tmp_path / "secret.gpkg")
    path = tmp_path / "events.zip"
    with zipfile.ZipFile(path, "w") as file:
        for suffix in ("shp", "shx", "dbf"):
            file.writestr(f"events.{suffix}", VRT.format(secret=secret))
    with pytest.raises(DataFileError, match="'events.shp' is none"):
        open_vector(path)


def test_a_zip_without_a_shapefile_or_with_a_way_out_is_refused(tmp_path):
    path = tmp_path / "events.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("notes.txt", "x")
    with pytest.raises(DataFileError, match="must hold a Shapefile.*'notes.txt'"):
        open_vector(path)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("../events.shp", "x")
    with pytest.raises(DataFileError, match=r"\.\./events\.shp"):
        open_vector(path)


def test_a_false_name_does_not_matter(tmp_path):
    """The format is what the bytes say."""
    path = write(incidents(), tmp_path / "events.gpkg").rename(tmp_path / "events.geojson")
    assert open_vector(path).kind == "vector"


@pytest.mark.parametrize(
    "path",
    ["/vsicurl/http://127.0.0.1:9/a.gpkg", "http://127.0.0.1:9/a.geojson", "/vsizip/a.zip/a.shp",
     "s3://bucket/a.gpkg", "zip://a.zip!a.shp"],
)  # fmt: skip
def test_addresses_are_not_opened(path):
    with pytest.raises(DataFileError, match="is an address"):
        open_vector(path)


@pytest.mark.parametrize(
    "name", ["GPKG:x.gpkg", "a b?c=1.gpkg", "шимол.gpkg", "-o.gpkg", "{a}.gpkg"]
)
def test_odd_names_are_only_names(tmp_path, name, monkeypatch):
    if os.name == "nt":
        pytest.skip("Windows has no such file names")
    path = write(incidents(), tmp_path / "events.gpkg").rename(tmp_path / name)
    assert len(everything(open_vector(path))[0]) == 3
    monkeypatch.chdir(tmp_path)
    assert len(everything(open_vector(name))[0]) == 3


def test_a_name_that_gdal_takes_apart_is_refused(tmp_path):
    path = write(incidents(), tmp_path / "events.gpkg").rename(tmp_path / "a!b.gpkg")
    with pytest.raises(DataFileError, match="a path without '!'"):
        open_vector(path)


def test_missing_files_and_folders_are_refused(tmp_path):
    with pytest.raises(DataFileError, match="there is none at"):
        open_vector(tmp_path / "events.gpkg")
    with pytest.raises(DataFileError, match="is a folder"):
        open_vector(tmp_path)


def test_a_single_layer_has_no_name(tmp_path):
    with pytest.raises(ParameterError, match="layer='x' was asked for"):
        opened(geojson(), layer="x")
    with pytest.raises(ParameterError, match="layer='x' was asked for"):
        open_vector(write(incidents(), tmp_path / "events.parquet"), layer="x")


# Damage


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".parquet", ".shp"])
@pytest.mark.parametrize("keep", [0.1, 0.5, 0.95])
def test_a_file_that_was_cut_off_is_refused(tmp_path, suffix, keep):
    """Not one row may be missing without a word."""
    shapes = [Point(70 + i / 1000, 37) for i in range(2_000)]
    table = gpd.GeoDataFrame({"n": [f"row {i}" for i in range(2_000)]}, geometry=shapes, crs=4326)
    path = write(table, tmp_path / f"events{suffix}")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(DataFileError):
        everything(open_vector(path))


def test_a_parquet_file_with_more_rows_than_bytes_is_refused(tmp_path):
    path = tmp_path / "events.parquet"
    pq.write_table(pa.table({"n": pa.nulls(3_000_000)}), path, compression="zstd")
    with pytest.raises(
        DataFileError, match="says that it has 3,000,000 rows: it looks like a bomb"
    ):
        open_vector(path)


@pytest.mark.parametrize(
    "geo",
    [b"{", b"[]", b'{"columns": {}}', b'{"columns": [], "primary_column": "g"}', b"[" * 100_000],
)
def test_broken_metadata_of_geoparquet_is_refused(tmp_path, geo):
    path = tmp_path / "events.parquet"
    table = pa.table({"g": [b"x"]}).replace_schema_metadata({b"geo": geo})
    pq.write_table(table, path)
    with pytest.raises(DataFileError, match="metadata of GeoParquet"):
        open_vector(path)


def test_metadata_of_geoparquet_that_do_not_fit_are_refused(tmp_path):
    path = tmp_path / "events.parquet"
    for geo, told in (
        (
            {"columns": {"h": {"encoding": "WKB"}}, "primary_column": "h"},
            "must hold the geometry column 'h'",
        ),
        ({"columns": {"g": {"encoding": "WKT"}}, "primary_column": "g"}, "but has 'WKT'"),
    ):
        table = pa.table({"g": [b"x"]}).replace_schema_metadata({b"geo": json.dumps(geo).encode()})
        pq.write_table(table, path)
        with pytest.raises(DataFileError, match=told):
            open_vector(path)


def test_a_geometry_that_is_none_is_one_broken_row(tmp_path):
    path = tmp_path / "events.parquet"
    geo = {"columns": {"g": {"encoding": "WKB"}}, "primary_column": "g", "version": "1.1.0"}
    table = pa.table({"n": [1, 2, 3], "g": [ISHKASHIM.wkb, b"\x01\x02", None]})
    pq.write_table(table.replace_schema_metadata({b"geo": json.dumps(geo).encode()}), path)
    cells, places, broken = everything(open_vector(path))
    assert cells["n"].tolist() == [1, 3]
    assert places.tolist() == [ISHKASHIM, None]
    assert broken[["column", "reason"]].to_dict("index") == {
        2: {"column": "geometry", "reason": "a geometry that can be read is needed"}
    }
    assert json.loads(broken.loc[2, "row"]) == {"n": "2"}


def test_text_that_is_not_utf8_is_one_broken_row(tmp_path):
    path = tmp_path / "events.parquet"
    raw = pa.array([b"a", b"\xe2\x28", None], type=pa.binary())
    pq.write_table(pa.table({"place": raw.view(pa.string())}), path)
    cells, _, broken = everything(open_vector(path))
    assert cells.index.tolist() == [1, 3]
    assert broken.loc[2, "column"] == "place"
    assert "not UTF-8" in broken.loc[2, "reason"]
    assert "xe2" in broken.loc[2, "row"]


DAMAGED = """
import random, sys, tempfile
from pathlib import Path
from frontier_geo.errors import DataFileError
from frontier_geo.readers.vector import geometry_findings, open_vector
content, suffix = sys.stdin.buffer.read(), sys.argv[1]
chance = random.Random(4)
refused = 0
with tempfile.TemporaryDirectory() as folder:
    for number in range(150):
        damaged = bytearray(content)
        for _ in range(chance.choice([1, 3, 20])):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path = Path(folder) / f"{number}{suffix}"
        path.write_bytes(damaged)
        try:
            for chunk in open_vector(path, crs="EPSG:4326").chunks():
                geometry_findings(chunk.geometry)
        except DataFileError:
            refused += 1
print("done", refused)
"""


@pytest.mark.parametrize("suffix", [".gpkg", ".fgb", ".parquet", ".geojson"])
def test_flipped_bytes_end_in_rows_or_an_error_but_never_in_a_crash(tmp_path, suffix):
    """Each of 150 damaged copies, in a process of its own: a crash would take the session along."""
    content = write(incidents(), tmp_path / f"events{suffix}").read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", DAMAGED, suffix], input=content, capture_output=True, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    assert done.stdout.startswith(b"done")
