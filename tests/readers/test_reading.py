"""Reading incidents: every row ends in exactly one table, and each table says why."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

import frontier_geo as fg
from frontier_geo import errors
from frontier_geo.events import EVENT_COLUMNS
from frontier_geo.readers.seen_rows import SeenRows

TODAY = datetime.date(2026, 1, 1)
LATER = datetime.date(2026, 11, 1)
FILES = Path(__file__).parent / "files"


def read(data, **how) -> fg.ReadResult:
    """Read quietly, on a fixed day."""
    how.setdefault("today", TODAY)
    return fg.read_events(data, quiet=True, **how)


def table(**columns) -> pd.DataFrame:
    """Return a table of good rows, with some columns replaced."""
    rows = max((len(c) for c in columns.values() if isinstance(c, list)), default=1)
    good = {"lat": [37.49] * rows, "lon": [71.55] * rows, "date": ["2025-06-30"] * rows}
    return pd.DataFrame({**good, **columns})


# ---- the sum -------------------------------------------------------------------------------------

NASTY = st.sampled_from(
    ["", " ", "=1+1", "<script>alert(1)</script>", "{{7*7}}", "\x00", "\u202e", "NaN", "None", "١٢",
     "37,49", "37°29'24\"N", "-1", "1e400", "1.5", "2025-02-30", "2125-01-01", "1404/04/09", "tj", "💥",
     "a" * 300, "'", '"', ";", "\t", "\n", "91", "181", "0"]
)  # fmt: skip
CELL = st.one_of(
    NASTY,
    st.none(),
    st.text(max_size=12),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.just(float("nan")),
    st.just(pd.NaT),
    st.lists(st.text(max_size=3), max_size=2),
)
NAMES = st.sampled_from(
    ["event_id", "id", "lat", "lon", "date", "date_start", "date_end", "killed", "killed_min",
     "killed_max", "narcotics_kg", "scope", "confidence", "location_precision", "event_type",
     "country", "source_urls", "frontage_from_km", "frontage_to_km", "other", "широта", "долгота",
     "file", "row_number", "reason", "licence", "geometry"]
)  # fmt: skip


@st.composite
def tables(draw) -> pd.DataFrame:
    names = draw(st.lists(NAMES, min_size=1, max_size=7, unique=True))
    rows = draw(st.integers(1, 6))
    cells = {
        name: pd.Series(draw(st.lists(CELL, min_size=rows, max_size=rows)), dtype=object)
        for name in names
    }
    made = pd.DataFrame({**cells, "place": "Kishti"})  # a table must say something of where or when
    repeat = draw(st.lists(st.integers(0, rows - 1), max_size=3))
    return pd.concat([made, made.iloc[repeat]], ignore_index=True)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=tables(), period=st.booleans(), region=st.booleans())
def test_every_row_of_any_table_ends_in_exactly_one_table(made, period, region):
    """accepted + rejected + duplicates + outside = rows, and each row number occurs once."""
    result = read(
        made,
        period=("2000-01-01", "2025-12-31") if period else None,
        region=(67, 36, 75, 40) if region else None,
    )
    counts = result.counts()
    assert counts["rows"] == len(made)
    apart = [result.rejected, result.duplicates, result.outside]
    numbers = [number for each in apart for number in each["row_number"]]
    assert len(numbers) == len(set(numbers)) == counts["rows"] - counts["accepted"]
    assert set(numbers) <= set(range(1, len(made) + 1))
    assert result.accepted["event_id"].is_unique
    assert result.accepted["event_id"].notna().all()
    for each in (result.rejected, result.outside):
        if len(each):
            assert (each["reason"].str.len() > 5).all()
    for word in result.duplicates.to_dict("records"):
        assert word["repeats_row"] < word["row_number"]
    fg.check_events(result.accepted)  # whatever is accepted passes the check of the table


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=tables())
def test_every_row_of_any_csv_file_ends_in_exactly_one_table(made, tmp_path_factory):
    """The same through a file, whatever its cells hold."""
    path = tmp_path_factory.mktemp("any") / "any.csv"
    made.map(lambda value: str(value).replace("\x00", "") if value is not None else "").to_csv(
        path, index=False
    )
    expected = len(
        [row for row in pd.read_csv(path, dtype=str, keep_default_na=False).to_numpy()]
    ) if len(made.columns) > 1 else None  # fmt: skip
    try:
        counts = read(path).counts()
    except errors.DataFileError as error:
        assert "no rows" in str(error)  # a single column of empty cells is a file of empty lines
        return
    parts = counts["accepted"] + counts["rejected"] + counts["duplicates"] + counts["outside"]
    assert counts["rows"] == parts
    if expected is not None:
        assert counts["rows"] == expected


# ---- the four tables -----------------------------------------------------------------------------


def test_a_table_becomes_the_event_table():
    """Every column is there, in order, typed; what is not known is missing."""
    result = read(table(killed=["2", None, "3"], date=["2025-06-30", "2025-06", "2025"]))
    events = result.accepted
    assert [c for c in events.columns if c in EVENT_COLUMNS] == list(EVENT_COLUMNS)
    assert events.crs == "EPSG:4326"
    assert events["killed"].tolist() == [2, pd.NA, 3]
    assert events["date_precision"].tolist() == ["day", "month", "year"]
    assert events["date_end"].dt.strftime("%Y-%m-%d").tolist() == [
        "2025-06-30", "2025-06-30", "2025-12-31",
    ]  # fmt: skip
    assert events["licence"].tolist() == ["not stated"] * 3
    assert events["scope"].isna().all()
    kinds = {name: str(events[name].dtype) for name in ("killed", "narcotics_kg", "date_start")}
    assert kinds == {"killed": "Int64", "narcotics_kg": "float64", "date_start": "datetime64[s]"}


REFUSED = {
    "latitude out of range": ({"lat": [95.0], "lon": [10.0]}, "lat", "95", "from -90 to 90"),
    "swapped": ({"lat": [171.55], "lon": [37.49]}, "lat", "171.55", "look swapped"),
    "swapped within range": ({"lat": [71.55], "lon": [37.49]}, "lat", "71.55", "look swapped"),
    "metres": ({"lat": [4150000.0], "lon": [500000.0]}, "lat", "4150000", "metres"),
    "longitude out of range": ({"lon": [200.0]}, "lon", "200", "from -180 to 180"),
    "half a place": ({"lat": [None]}, "lat", "", "a latitude is needed beside"),
    "nowhere": ({"lat": [0.0], "lon": [0.0]}, "lat", "0", "unknown place"),
    "text for a coordinate": ({"lat": ["in the north"]}, "lat", "in the north", ""),
    "future": ({"date": ["2026-02-01"]}, "date", "2026-02-01", "lies in the future"),
    "before 1900": ({"date": ["1802-02-01"]}, "date", "1802-02-01", "from 1900 on"),
    "no date": ({"date": ["some day"]}, "date", "some day", ""),
    "end before start": (
        {"date_start": ["2025-02-02"], "date_end": ["2025-02-01"]}, "date_end", "2025-02-01",
        "on or after date_start (2025-02-02)",
    ),
    "negative": ({"killed": [-3]}, "killed", "-3", "whole number"),
    "fraction": ({"killed": [1.5]}, "killed", "1.5", "whole number"),
    "text for a count": ({"killed": ["several"]}, "killed", "several", "whole number"),
    "range upside down": (
        {"killed_min": [5], "killed_max": [3]}, "killed_max", "3", "killed_min (5) or more",
    ),
    "unknown word": ({"scope": ["boarder"]}, "scope", "boarder", "one of border, context"),
    "infinite": ({"narcotics_kg": ["inf"]}, "narcotics_kg", "inf", "number"),
    "stretch upside down": (
        {"frontage_from_km": [20], "frontage_to_km": [10]}, "frontage_to_km", "10", "not lie before",
    ),
    "half a stretch": ({"frontage_from_km": [20]}, "frontage_from_km", "20", "needs both"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_row_that_cannot_be_used_is_rejected_with_its_reason(case):
    """The other row is accepted; the refused one keeps row number, column, value, and its cells."""
    columns, column, value, reason = REFUSED[case]
    bad = table(**columns)
    if "date_start" in columns:
        bad = bad.drop(columns="date")
        good = pd.DataFrame({"lat": [37.4], "lon": [71.5], "date_start": ["2025-06-30"]})
    else:
        good = table()
    result = read(pd.concat([good, bad], ignore_index=True))
    assert result.counts() == {
        "rows": 2, "accepted": 1, "rejected": 1, "duplicates": 0, "outside": 0,
    }  # fmt: skip
    row = result.rejected.iloc[0]
    assert (row["row_number"], row["column"]) == (2, column)
    assert str(row["value"]).removesuffix(".0") == value
    assert reason in row["reason"]
    for name, cells in columns.items():
        told = row[name]
        assert told == cells[0] or (pd.isna(told) and pd.isna(cells[0]))


def test_strict_raises_at_the_first_row_that_cannot_be_used():
    """The message names file, row, column, value and reason."""
    bad = table(lat=[37.4, "far", "farther"])
    with pytest.raises(
        errors.RowError, match=r"row 2, column 'lat' has 'far'.*read without strict"
    ):
        read(bad, strict=True)


def test_a_row_that_repeats_an_id_is_a_duplicate():
    """It says which row it repeats, and whether it differs in what matters."""
    given_rows = table(
        event_id=["a", "b", "a", "b"], killed=[1, 2, 1, 3], lat=[37.4, 37.5, 37.4, 37.5]
    )
    result = read(given_rows)
    assert result.accepted["event_id"].tolist() == ["a", "b"]
    told = result.duplicates[["row_number", "repeats_row", "event_id", "differs"]]
    assert told.to_dict("records") == [
        {"row_number": 3, "repeats_row": 1, "event_id": "a", "differs": False},
        {"row_number": 4, "repeats_row": 2, "event_id": "b", "differs": True},
    ]
    assert "1 duplicates differ" in str(result)


def test_without_ids_only_whole_rows_repeat():
    """Two incidents of one day and place are two when anything about them differs."""
    result = read(table(place=["Kishti", "Kishti", "Kishty"]))
    assert result.duplicates["repeats_row"].tolist() == [1]
    assert result.accepted["event_id"].tolist() == ["table:row-1", "table:row-3"]


def test_a_repeat_is_found_across_files(tmp_path):
    """The second file's row says which file it repeats."""
    for name in ("one.csv", "two.csv"):
        table(event_id=["x"]).to_csv(tmp_path / name, index=False)
    result = read([tmp_path / "one.csv", tmp_path / "two.csv"])
    assert result.counts()["duplicates"] == 1
    row = result.duplicates.iloc[0]
    assert (row["file"], row["repeats_file"]) == ("two.csv", "one.csv")


def test_what_was_not_asked_for_is_outside():
    """Region, period and country, each with its reason."""
    rows = table(
        lat=[37.49, 10.0, 37.5, 37.6], lon=[71.55, 10.0, 71.5, 71.6],
        date=["2025-06-30", "2025-06-30", "1999-01-01", "2025-06-30"],
        country=["Tajikistan", "Tajikistan", "Tajikistan", "Peru"],
    )  # fmt: skip
    result = read(rows, region="border", period=("2020-01-01", None), countries=["TJ"])
    assert result.counts()["accepted"] == 1
    reasons = dict(zip(result.outside["row_number"], result.outside["reason"], strict=True))
    assert "beyond the region" in reasons[2]
    assert "before 2020-01-01" in reasons[3]
    assert "none of the countries" in reasons[4]


@pytest.mark.parametrize(
    ("region", "kept"),
    [
        ((70, 36, 72, 38), [1]),
        (box(60, 5, 70, 15), []),
        (gpd.GeoDataFrame(geometry=[box(70, 36, 72, 38)], crs=4326).to_crs(3857), [1]),
        (None, [1, 2]),
    ],
)
def test_a_region_is_a_box_a_geometry_or_a_layer(region, kept):
    """In degrees, or in whatever CRS the layer says."""
    result = read(table(event_id=["a", "b"], lat=[37.0, 10.0], lon=[71.0, 71.0]), region=region)
    assert result.accepted["event_id"].tolist() == ["ab"[k - 1] for k in kept]


def test_a_stretch_or_nothing_is_not_outside_a_region():
    """What has no place cannot be judged by it."""
    result = read(pd.DataFrame({"place": ["Kishti"], "date": ["2025-01-01"]}), region="border")
    assert result.counts()["accepted"] == 1


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"source": "acle"}, "source must be one of auto, acled"),
        ({"region": "Mars"}, "region must be one of auto, border"),
        ({"region": (1, 2, 3)}, "box"),
        ({"region": (75, 36, 67, 40)}, "west < east"),
        ({"period": ("2025-01-01", "2024-01-01")}, "must end on or after"),
        ({"period": "20250101"}, "pair of days"),
        ({"calendar": "julian"}, "calendar must be one of"),
    ],
)
def test_an_argument_that_makes_no_sense_is_refused(how, said):
    """Before anything is read."""
    with pytest.raises(errors.ParameterError, match=said):
        read(table(), **how)


def test_a_file_read_as_the_wrong_source_is_refused():
    """The message names what is missing."""
    with pytest.raises(errors.ColumnError, match=r"read as ACLED.*lacks the column"):
        read(table(), source="acled")


def test_an_empty_table_is_an_error():
    """No rows are not success."""
    with pytest.raises(errors.DataFileError, match="no rows below the header"):
        read(table().iloc[:0])


def test_the_result_stands_for_its_incidents():
    """Every function that takes events takes it; the four tables come out in order."""
    result = read(table(event_id=["a"]))
    located = fg.locate_events(result)
    assert located["event_id"].tolist() == ["a"]
    accepted, rejected, duplicates, outside = result
    assert len(accepted) == len(result) == 1
    assert len(rejected) == len(duplicates) == len(outside) == 0
    with pytest.raises(TypeError, match=r"result.accepted\['killed'\]"):
        result["killed"]


def test_a_geodataframe_in_another_crs_is_converted():
    """The place is the same to a millimetre."""
    layer = gpd.GeoDataFrame({"event_id": ["a"]}, geometry=[Point(71.55, 37.49)], crs=4326)
    events = read(layer.to_crs(32642)).accepted
    assert events.geometry.iloc[0].distance(Point(71.55, 37.49)) < 1e-8  # degrees: about 1 mm


def test_a_geodataframe_without_crs_is_refused():
    """Nobody can know what its numbers are."""
    layer = gpd.GeoDataFrame({"event_id": ["a"]}, geometry=[Point(71.55, 37.49)])
    with pytest.raises(errors.CRSError, match="its CRS is None"):
        read(layer)
    assert read(layer, crs=4326).counts()["accepted"] == 1


def test_geometries_other_than_points_and_lines_are_rejected_row_by_row():
    """A polygon has no one place; a line is a stretch of border."""
    layer = gpd.GeoDataFrame(
        {"event_id": ["point", "line", "area", "none"], "date": "2025-06-30"},
        geometry=[Point(71, 37), LineString([(70, 37), (71, 37)]), box(70, 36, 71, 37), None],
        crs=4326,
    )
    result = read(layer)
    assert result.accepted["event_id"].tolist() == ["point", "line", "none"]
    assert result.rejected["event_id (as it came)"].tolist() == ["area"]
    assert "Polygon" in str(result.rejected["value"].iloc[0])


def test_a_zip_with_two_tables_gives_the_rows_of_both(tmp_path):
    """Each row says which file it came from."""
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        archive.writestr("one.csv", table(event_id=["a"], lat=["x"]).to_csv(index=False))
        archive.writestr("two.csv", table(event_id=["b"]).to_csv(index=False))
    result = read(tmp_path / "both.zip")
    assert result.counts()["rows"] == 2
    assert result.rejected["file"].tolist() == ["one.csv"]


def test_the_summary_says_what_became_of_the_rows(capsys):
    """It is printed, unless it is not wanted."""
    fg.read_events(table(lat=[37.49, "x", "y"]), today=TODAY)
    told = capsys.readouterr().out
    assert "3 rows: 1 accepted, 2 rejected, 0 duplicates, 0 outside" in told
    assert "rejected, 2: lat: " in told


OFF_THE_EARTH = {
    "beyond": (Point(200, 37), "from -180 to 180"),
    "swapped": (Point(37, 95), "look swapped"),
    "metres": (Point(7959343.6, 4509031.4), "crs="),
    "nowhere": (Point(0, 0), "unknown place"),
    "line": (LineString([(71, 37), (200, 37)]), "from -180 to 180"),
}


@pytest.mark.parametrize("case", OFF_THE_EARTH)
@pytest.mark.parametrize("ending", ["geojson", "gpkg", "parquet"])
def test_a_geometry_off_the_earth_is_rejected(tmp_path, case, ending):
    """As in a table. Mended 2026-11: only columns of coordinates were looked at."""
    shape, said = OFF_THE_EARTH[case]
    layer = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[shape, Point(71.5, 37.5)], crs=4326)
    path = tmp_path / f"layer.{ending}"
    layer.to_parquet(path) if ending == "parquet" else layer.to_file(path)
    result = read(path)
    assert result.counts()["accepted"] == 1
    row = result.rejected.iloc[0]
    assert (row["row_number"], row["column"]) == (1, "geometry")
    assert said in row["reason"] and "longitude" in row["value"]


def test_blank_rows_and_totals_are_no_incidents():
    """They say neither when nor where. Mended 2026-11: the dead of the last row counted twice."""
    sheet = table(
        killed=[1, 2, None, 3], lat=[37.4, 37.5, None, None], lon=[71.5, 71.5, None, None]
    )
    sheet["date"] = ["2025-06-30", "2025-06-30", None, None]
    result = read(sheet)
    assert result.counts()["rejected"] == 2
    assert result.accepted["killed"].sum() == 3
    assert result.rejected["reason"].str.contains("neither").all()


def test_a_file_of_broken_rows_is_refused_early(tmp_path, monkeypatch):
    """One open quote would reject millions of lines one by one. Mended 2026-11."""
    monkeypatch.setattr("frontier_geo.readers.intake.MOST_BROKEN", 1_000)
    (tmp_path / "open.csv").write_text("lat,lon,place\n" + "x\n" * 5_000, encoding="utf-8")
    with pytest.raises(errors.DataFileError, match=r"5,000 of its first 5,000 rows.*quote"):
        read(tmp_path / "open.csv")


def test_a_number_as_programs_write_it_is_read():
    """1e-07 is 0.0000001 and not rounded to a degree. Mended 2026-11."""
    event = read(table(lat=["1e-07"])).accepted.iloc[0]
    assert event.geometry.y == 1e-07
    assert np.isnan(event["location_uncertainty_km"])


# ---- several files ------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    files=st.lists(
        st.lists(
            st.tuples(st.sampled_from(["", "1", "2", "i:row-1", "i:1"]), st.sampled_from("AB")),
            min_size=1,
            max_size=5,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_several_tables_of_one_name_lose_and_mix_nothing(files, tmp_path_factory):
    """
    Ids of people's own tables name events of one file; the sum holds and every id is unique.

    Mended 2026-11: files were told apart by their names, and 2024/i.csv from 2025/i.csv by nothing.
    """
    folder, paths = tmp_path_factory.mktemp("several"), []
    for k, rows in enumerate(files):
        (folder / str(k)).mkdir()
        paths.append(folder / str(k) / "i.csv")
        lines = [f"{name},37.4,71.5,2025-01-01,{place}" for name, place in rows]
        paths[-1].write_text("\n".join(["id,lat,lon,date,place", *lines, ""]), encoding="utf-8")
    result = read(paths)
    counts = result.counts()
    assert counts["rows"] == sum(map(len, files)) == counts["accepted"] + counts["duplicates"]
    assert result.accepted["event_id"].is_unique
    # By hand: an id again in its file, or a row that is the same in every cell, is a repeat.
    expected, rows_seen = 0, set()
    for rows in files:
        ids_seen = set()
        for name, place in rows:
            if (name and name in ids_seen) or (name, place) in rows_seen:
                expected += 1
            rows_seen.add((name, place))
            ids_seen |= {name}
    assert counts["duplicates"] == expected


def test_what_only_looks_the_same_is_not_a_repeat(tmp_path):
    """Mended 2026-11: places, and the names of columns, did not count."""
    for name, head, row in (
        ("p.csv", "id,date,place", "1,2025-01-01,Ishkashim"),
        ("q.csv", "id,date,place", "1,2025-01-01,Darvoz"),
        ("k.csv", "date,place,wounded", "2025-01-01,Ishkashim,2"),
        ("w.csv", "date,place,detained", "2025-01-01,Ishkashim,2"),
    ):
        (tmp_path / name).write_text(f"{head}\n{row}\n", encoding="utf-8")
    ids = read([tmp_path / "p.csv", tmp_path / "q.csv"]).accepted["event_id"].tolist()
    assert ids == ["1", "q:1"]
    assert read([tmp_path / "k.csv", tmp_path / "w.csv"]).counts()["duplicates"] == 0


def test_two_members_of_one_name_without_header_are_both_read(tmp_path):
    """Mended 2026-11: the second was taken for the first."""
    line = (FILES / "gdelt" / "20250630121500.export.CSV").read_text("utf-8").splitlines()
    with zipfile.ZipFile(tmp_path / "days.zip", "w") as archive:
        archive.writestr("a/20250630.export.CSV", "\n".join(line[:5]) + "\n")
        archive.writestr("b/20250630.export.CSV", "\n".join(line[5:]) + "\n")
    whole = read(FILES / "gdelt" / "20250630121500.export.CSV", today=LATER)
    both = read(tmp_path / "days.zip", today=LATER)
    assert both.counts() == whole.counts()
    assert sorted(both.accepted["event_id"]) == sorted(whole.accepted["event_id"])


def test_the_newest_row_of_an_id_is_kept_within_a_file(tmp_path):
    """Mended 2026-11: within one file the first was kept."""
    rows = pd.read_csv(FILES / "acled" / "since_2023.csv", dtype=str).iloc[[0, 0]]
    rows["timestamp"], rows["fatalities"] = ["1700000000", "1800000000"], ["1", "9"]
    rows.to_csv(tmp_path / "acled.csv", index=False)
    result = read(tmp_path / "acled.csv", today=LATER)
    assert result.accepted["killed"].tolist() == [9]
    assert result.duplicates[["row_number", "repeats_row", "differs"]].to_numpy().tolist() == [
        [1, 2, True]
    ]


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (("2025", "2025"), "2025-01-01", "2025-12-31"),
        (("2025-02", "2025-02"), "2025-02-01", "2025-02-28"),
        (("2025", None), "2025-01-01", None),
        ((datetime.date(2025, 3, 10), pd.Timestamp("2025-03-10 12:00", tz="Asia/Dushanbe")),
         "2025-03-10", "2025-03-10"),
    ],
)  # fmt: skip
def test_a_period_is_whole_days(period, first, last):
    """A year or a month ends with its last day; an hour does not cut a day. Mended 2026-11."""
    assert read(table(), period=period).about["period"] == [first, last]


@pytest.mark.parametrize("odd", ["01.04.2025", "", "2025-13", 20250401, float("nan"), pd.NaT])
def test_a_period_that_can_be_read_in_two_ways_is_refused(odd):
    """01.04.2025 was read as the fourth of January. Mended 2026-11."""
    with pytest.raises(errors.ParameterError, match="period must be"):
        read(table(), period=(None, odd))


def test_many_rows_with_many_faults_take_no_time_of_their_own():
    """Mended 2026-11: 65,536 rows with two faults each took half a minute."""
    n = 20_000
    days = pd.date_range("2000-01-01", periods=n // 4, freq="D").strftime("%Y-%m-%d").tolist() * 4
    bad = pd.DataFrame(
        {"lat": ["x"] * n, "lon": ["y"] * n, "date": days, "date_end": ["1999-01-01"] * n,
         "killed_min": range(1, n + 1), "killed_max": [0] * n}
    )  # fmt: skip
    result = read(bad)
    assert result.counts()["rejected"] == n
    assert len(result.about["rejected_because"]) < 10
    reason = result.rejected["reason"].iloc[7]
    assert "on or after date_start (2000-01-08)" in reason and "killed_min (8) or more" in reason


def test_categories_and_columns_of_our_own_names_are_read():
    """Both crashed once. Mended 2026-11."""
    odd = pd.DataFrame(
        {"date": pd.Categorical(["2025-01-01"]), "place": "Kishti", "lat": "x", "lon": "y",
         "value": "1", "value (as it came)": "2"}
    )  # fmt: skip
    row = read(odd).rejected.iloc[0]
    assert (row["value (as it came)"], row["value (as it came) (as it came)"]) == ("2", "1")


@pytest.mark.parametrize("asked", ["Таджикистан", "Tajikistan", "TJ", "tajikistan"])
def test_a_country_may_be_asked_for_by_any_of_its_names(asked):
    """However the table writes it, or says only the side."""
    rows = table(country_side=["TJ", "AF", None], country=[None, None, "Tajikistan"])
    kept = read(rows.assign(event_id=["a", "b", "c"]), countries=[asked])
    assert kept.accepted["event_id"].tolist() == ["a", "c"]
    assert len(kept.outside) == 1


def test_an_id_of_a_file_of_ours_holds_everywhere(tmp_path):
    """An event changed in a later file is a repeat that differs, not a second event."""
    first = read(table(event_id=["ucdp:1"], killed=[1])).accepted
    fg.write_events(first, tmp_path / "one.csv")
    fg.write_events(first.assign(killed=[2]).astype({"killed": "Int64"}), tmp_path / "two.csv")
    result = read([tmp_path / "one.csv", tmp_path / "two.csv"])
    assert result.accepted["event_id"].tolist() == ["ucdp:1"]
    assert result.duplicates["differs"].tolist() == [True]


def test_files_of_one_name_give_their_rows_different_ids(tmp_path):
    """2024/i.csv and 2025/i.csv: the second is i-2."""
    for year in ("2024", "2025"):
        (tmp_path / year).mkdir()
        (tmp_path / year / "i.csv").write_text(f"date,place\n{year}-01-01,Yol\n", encoding="utf-8")
    ids = read([tmp_path / "2024" / "i.csv", tmp_path / "2025" / "i.csv"]).accepted["event_id"]
    assert ids.tolist() == ["i:row-1", "i-2:row-1"]


def test_the_summary_says_which_column_was_taken_for_what():
    """And which for nothing."""
    told = str(read(pd.DataFrame({"Дата": ["30.06.2025"], "место": ["Yol"], "mood": ["bad"]})))
    assert "date_start from 'Дата'" in told and "place from 'место'" in told
    assert "Kept as columns of their own: 'mood'" in told


def test_the_summary_says_it_of_a_layer_too(tmp_path):
    """Whose place is its geometry: columns of coordinates stay its own (2026-11-30)."""
    layer = gpd.GeoDataFrame(
        {"When": ["2025-06-30"], "Dead": [1], "Lat": [1.0], "Lon": [2.0]},
        geometry=gpd.points_from_xy([69.41], [37.49]), crs=4326,
    )  # fmt: skip
    layer.to_file(tmp_path / "layer.geojson")
    told = str(read(tmp_path / "layer.geojson"))
    assert "Taken: date_start from 'When', killed from 'Dead'." in told
    assert "Kept as columns of their own: 'Lat', 'Lon'." in told


# ---- remembering rows ----------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(chunks=st.lists(st.lists(st.integers(0, 15), min_size=1, max_size=9), max_size=12))
def test_seen_rows_remember_as_a_dictionary_does(chunks):
    """However the rows come in chunks, each key is found in the row in which it came first."""
    seen, first, row = SeenRows(), {}, 0
    for file, chunk in enumerate(chunks):
        rows = np.arange(row + 1, row + 1 + len(chunk))
        row += len(chunk)
        keys = np.column_stack([np.array(chunk), np.array(chunk) * 7]).astype(np.uint64)
        content = np.array(chunk, dtype=np.uint64) % 3
        files, rows_first, same = seen.meet(
            keys, rows, file, content, np.ones(len(chunk), dtype=bool)
        )
        for k, key in enumerate(chunk):
            expected = first.setdefault(key, (file, rows[k]))
            if expected == (file, rows[k]):
                assert rows_first[k] == 0
            else:
                assert (files[k], rows_first[k]) == expected
                assert same[k]


def test_the_shipped_incidents_come_back_as_they_are(incidents):
    """Our own table is read without a loss."""
    result = read(incidents, today=datetime.date(2026, 11, 1))
    assert result.counts()["accepted"] == len(incidents) == 206
    for column in incidents.columns.drop("geometry"):
        ours, theirs = result.accepted[column], incidents[column]
        pd.testing.assert_series_equal(
            ours.astype(object).where(ours.notna(), None),
            theirs.astype(object).where(theirs.notna(), None),
            check_dtype=False,
        )
    assert result.accepted.geometry.geom_equals(
        incidents.geometry.reset_index(drop=True)
    ).sum() == (incidents.geometry.notna().sum())


def test_the_newest_of_several_exports_wins(tmp_path):
    """ACLED rows carry the time of their last change; the older row of an id is the duplicate."""
    folder = Path(__file__).parent / "files" / "acled"
    source = sorted(folder.glob("*.csv"))[0]
    old = pd.read_csv(source, dtype=str)
    new = old.copy()
    new["timestamp"] = (pd.to_numeric(old["timestamp"]) + 1000).astype(str)
    new["fatalities"] = "9"
    old.to_csv(tmp_path / "a_old.csv", index=False)
    new.to_csv(tmp_path / "b_new.csv", index=False)
    result = read(
        [tmp_path / "a_old.csv", tmp_path / "b_new.csv"], today=datetime.date(2026, 11, 1)
    )
    assert set(result.accepted["killed"]) == {9}
    assert set(result.duplicates["file"]) == {"a_old.csv"}
