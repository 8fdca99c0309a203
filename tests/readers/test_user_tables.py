"""A table of the user's own becomes events: nothing is invented, nothing is lost."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo import load_events, read_events, write_events
from frontier_geo.errors import ColumnError, LicenceError
from frontier_geo.events import EVENT_COLUMNS
from frontier_geo.importing import import_events
from frontier_geo.licences import LICENCES
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.problems import Problems
from frontier_geo.readers.source import Options, RawChunk, RawFile
from frontier_geo.readers.user_tables import TABLE, settle

TODAY = datetime.date(2026, 11, 23)


def options(**said):
    return Options(today=TODAY, file_name="register.csv", **said)


def table(**columns):
    cells = pd.DataFrame(columns, dtype=TEXT)
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    return cells


def read(cells, **said):
    """Return the events, what was refused, and the notes."""
    problems, asked = Problems(), options(**said)
    events = TABLE.to_events(cells, problems, asked)
    assert events.index.equals(cells.index) and events.columns.is_unique
    return events, problems.refused_rows(), asked.notes


def as_file(*chunks):
    return RawFile(
        name="register.csv",
        kind="csv",
        columns=tuple(chunks[0].columns),
        chunks=lambda: (RawChunk(cells, pd.DataFrame()) for cells in chunks),
    )


def test_a_table_of_a_colleague():
    """Columns, dates, coordinates and counts as people write them, in Russian."""
    events, refused, _ = read(
        table(
            **{
                "ID": ["1", "2"],
                "Дата": ["30.06.2025", "июль 2025"],
                "Широта": ["37,4901", "37°29'24\" с.ш."],
                "Долгота": ["69,4102", "69°24'36\" в.д."],
                "Место": [" Дусти ", None],
                "Страна": ["Таджикистан", "Афганистан"],
                "Погибло": ["2", None],
                "Ссылка": ["https://a.example/1; https://a.example/2,5", None],
                "Погода": ["дождь", None],
            }
        )
    )
    assert refused.empty
    first, second = events.loc[1], events.loc[2]
    assert (first["lat"], first["lon"]) == (37.4901, 69.4102)
    assert second["lat"] == pytest.approx(37.49) and second["lon"] == pytest.approx(69.41)
    assert first["date_start"] == pd.Timestamp("2025-06-30") and first["date_precision"] == "day"
    assert second["date_end"] == pd.Timestamp("2025-07-31") and second["date_precision"] == "month"
    assert first["place"] == "Дусти" and pd.isna(second["place"])
    assert events["country_side"].tolist() == ["TJ", "AF"]
    assert first["killed"] == 2 and pd.isna(second["killed"])
    assert first["source_urls"] == ["https://a.example/1", "https://a.example/2,5"]
    assert second["source_urls"] is None
    assert events["event_id"].tolist() == ["1", "2"]
    assert events["Погода"].tolist()[0] == "дождь"
    assert events["source"].unique().tolist() == ["register.csv"]
    assert events["licence"].unique().tolist() == ["not stated"]


def test_rows_without_an_id_get_none_here():
    """Two registers both begin with row 1; whoever sees all files can give ids."""
    assert (
        "event_id" not in read(table(**{"№": ["1", "2"], "date": ["2025-06-30", "2025-07-01"]}))[0]
    )


def test_shipped_events_come_back_without_loss():
    """Our own table, with its lists as JSON text, is the same after reading."""
    shipped = pd.DataFrame(load_events().drop(columns="geometry"))
    for column in EVENT_COLUMNS:
        if column not in shipped:
            shipped[column] = None
    shipped = shipped[list(EVENT_COLUMNS)]
    cells = pd.DataFrame(index=pd.RangeIndex(1, len(shipped) + 1))
    for column, (kind, _) in EVENT_COLUMNS.items():
        values = shipped[column].tolist()
        if kind == "list":
            values = [
                json.dumps(list(v)) if isinstance(v, list | np.ndarray) else None for v in values
            ]
        elif kind == "day":
            values = [None if pd.isna(v) else f"{v:%Y-%m-%d}" for v in values]
        elif kind in ("count", "number"):
            values = [None if pd.isna(v) else repr(v) for v in values]
        cells[column] = pd.Series(values, index=cells.index, dtype=TEXT)
    events, refused, notes = read(cells)
    assert refused.empty and not notes
    assert list(events.columns) == list(EVENT_COLUMNS)
    for column, (kind, _) in EVENT_COLUMNS.items():
        for old, new in zip(shipped[column], events[column], strict=True):
            if kind == "list":
                assert (list(old) if isinstance(old, list | np.ndarray) else None) == new, column
            elif column == "licence" and pd.isna(old):
                assert new == "not stated"
            else:
                assert (pd.isna(old) and pd.isna(new)) or old == new, (column, old, new)


def test_texts_of_our_own_files_are_verbatim():
    """Blanks, line ends and words for nothing are part of a text; of others the edges are trimmed."""
    odd = "  unknown\n\u200f'=1+1 "
    cells = table(**{column: [None] for column in EVENT_COLUMNS})
    cells["notes"] = pd.Series([odd], index=[1], dtype=TEXT)
    cells["location_precision"] = pd.Series(["unknown"], index=[1], dtype=TEXT)
    events, _, _ = read(cells)
    assert events.loc[1, "notes"] == odd and events.loc[1, "location_precision"] == "unknown"
    assert read(table(notes=["  x "]))[0].loc[1, "notes"] == "x"


@pytest.mark.parametrize(
    ("cell", "killed", "lowest", "highest"),
    [
        ("2", 2, None, None),
        ("2.0", 2, None, None),
        ("۲", 2, None, None),
        ("0", 0, None, None),
        ("n/a", None, None, None),
        ("неизвестно", None, None, None),
        ("2-3", None, 2, 3),
        ("2 – 3", None, 2, 3),
        ("2 to 3", None, 2, 3),
        ("2 persons", 2, None, None),
        ("1-2 чел.", None, 1, 2),
        ("۲ نفر", 2, None, None),
        ("1 000", 1000, None, None),  # the space of Russian and of SI
        ("1\u202f000", 1000, None, None),
    ],
)
def test_counts_of_the_dead(cell, killed, lowest, highest):
    """A range says the lowest and the highest figure and no best one; nothing is not 0."""
    events, refused, _ = read(table(killed=[cell, "1-4"]))
    assert refused.empty
    got = [events.loc[1].get(column) for column in ("killed", "killed_min", "killed_max")]
    assert [None if pd.isna(value) else value for value in got] == [killed, lowest, highest]
    assert str(events["killed"].dtype) == "Int64" == str(events["killed_min"].dtype)


@pytest.mark.parametrize(
    "cell",
    [
        "several",
        "~5",
        "5+",
        "-1",
        "2.5",
        "1,234",
        "1 00",
        "persons",
        "inf",
        "1e20",
        "2 killed",
        "3-2-1",
        "1.000",
        "1,000",
    ],
)
@pytest.mark.parametrize("column", ["killed", "wounded"])
def test_a_count_that_is_none_is_refused(column, cell):
    """With its value, and with a sentence that says what is needed."""
    events, refused, _ = read(table(**{column: [cell, "1"]}))
    assert list(refused.index) == [1] and refused.loc[1, "value"] == cell
    assert "whole number" in refused.loc[1, "reason"]
    assert pd.isna(events.loc[1, column]) and events.loc[2, column] == 1


def test_only_the_dead_have_ranges():
    """There is no column for the lowest number of wounded."""
    assert list(read(table(wounded=["2-3"]))[1].index) == [1]
    events, refused, _ = read(table(killed=["2-3"], killed_min=["1"], killed_max=[None]))
    assert refused.empty and events.loc[1, "killed_min"] == 1 and events.loc[1, "killed_max"] == 3


def test_amounts_have_a_decimal_comma_or_point():
    """A comma before three digits may part thousands, so it is refused."""
    events, refused, _ = read(table(narcotics_kg=["12,5", "12.5", "۱۲٫۵", "1,234", "a lot"]))
    assert events["narcotics_kg"].tolist()[:3] == [12.5] * 3
    assert list(refused.index) == [4, 5] and "two ways" in refused.loc[4, "reason"]


@pytest.mark.parametrize(
    ("cells", "read_as", "refused_rows"),
    [
        (["1.250", "12,5"], [12.5], [1]),
        (["1.250", "12.5"], [1.25, 12.5], []),  # the column shows what its points are
        (["1.250", "12.5", "1.234.567"], [12.5], [1, 3]),
        (["1.250", "7"], [7], [1]),
        (["0.250", "0,250", "1.2500", "1250.125", "۱٫۲۵۰"], [0.25, 0.25, 1.25, 1250.125, 1.25], []),
        (["12.345", "12,345", "12.3"], [12.345, 12.3], [2]),
    ],
)
def test_a_point_before_three_digits_may_part_thousands(cells, read_as, refused_rows):
    """As 1.250 does in half of Europe: 1.25 kg were read for 1,250 (2026-11-30)."""
    events, refused, _ = read(table(**{"Narcotics (kg)": cells}))
    assert events["narcotics_kg"].dropna().tolist() == read_as
    assert list(refused.index) == refused_rows
    assert refused.empty or "two ways" in refused.loc[refused_rows[0], "reason"]


def test_a_row_of_totals_is_no_incident():
    """Total stood as a place, its sum as an incident (2026-11-30)."""
    places = ["Тотал", "Total", "ИТОГО:", "Всего погибших", "Total 2025", None, "Jamtotal", "مجموع"]
    dates = ["2025-03-01", None, None, None, "2025", None, "2025-03-02", None]
    notes = [None, None, None, None, None, "Grand total", "Total of two days", None]
    cells = table(Date=dates, Place=places, Killed=["1"] * 8, Label=notes)
    events, refused, _ = read(cells)
    assert list(refused.index) == [2, 3, 4, 5, 6, 8] and len(events) == 8
    assert refused["reason"].str.contains("a row of totals").all()
    assert read(table(Date=["2025-03-01"], Place=["Всего погибших"]))[1].empty
    assert read(table(lat=["37.49"], lon=["71.55"], Company=["Total Energies"]))[1].empty


def test_a_yes_is_no_count_and_left_is_no_side():
    """Told and kept as columns of their own, unless a mapping or better values say it (2026-11-30)."""
    cells = table(
        **{"Killed?": ["0", "1", None], "Wounded": ["yes", "No", None], "Side": ["left"] * 3}
    )
    events, refused, notes = read(cells)
    assert refused.empty and not {"killed", "wounded", "country_side"} & {*events.columns}
    assert events["Killed?"].tolist()[:2] == ["0", "1"] and events["Side"].tolist() == ["left"] * 3
    told = " ".join(notes)
    assert "'Killed?' says only yes or no, so it is not read as killed" in told
    assert "{'wounded': 'Wounded'}" in told and "'left', which are no country" in told
    events, _, _ = read(cells.assign(Deaths=["3", "4", "5"]), mapping={"wounded": None})
    assert events["killed"].tolist() == [3, 4, 5]
    assert read(cells, mapping={"killed": "Killed?"})[0]["killed"].tolist()[:2] == [0, 1]
    events, _, notes = read(table(**{"Killed?": ["0", "2"], "Side": ["AF", "north"]}))
    assert events["killed"].tolist() == [0, 2]
    assert events["country_side"].tolist() == ["AF", "north"]
    assert any("no country's code, such as 'north'" in note for note in notes)
    assert read(table(Side=["VEN", "COL"]))[2] == []
    words = {"country_side": {"left": "TJ"}, "wounded": {"yes": "1", "no": "0"}}
    events, _, notes = read(cells, mapping={"columns": {}, "values": words})
    assert events["country_side"].tolist() == ["TJ"] * 3 and events["wounded"].tolist()[:2] == [
        1,
        0,
    ]


def test_a_colleagues_own_words_cost_no_rows():
    """Of another scale than ours: kept, told, and not refused row by row (2026-11-30)."""
    cells = table(
        Confidence=["Confirmed", "LOW", "B2"],
        Scope=["national", "x", "x"],
        Precision=["1", "2", "3"],
    )
    events, refused, notes = read(cells)
    assert refused.empty and events["Confidence"].tolist() == ["Confirmed", "LOW", "B2"]
    assert len(notes) == 3 and "'Confirmed', which are none of high, medium, low" in notes[0]
    events, _, _ = read(table(Confidence=["High", "low", "B2"], Precision=["Near settlement"] * 3))
    assert events["confidence"].tolist() == ["high", "low", "b2"]  # one mistake is refused later
    assert events["location_precision"].tolist() == ["near_settlement"] * 3


def test_event_types_are_ours_or_the_users():
    """A word of the user's own is kept as such, its type is missing, and a note says so."""
    cells = table(**{"Event type": ["armed_clash", "Drug seizure", "перестрелка", None]})
    events, refused, notes = read(cells)
    assert refused.empty
    assert events["event_type"].fillna("").tolist() == ["armed_clash", "drug_seizure", "", ""]
    assert events["source_event_type"].fillna("").tolist() == [
        "",
        "Drug seizure",
        "перестрелка",
        "",
    ]
    assert len(notes) == 1 and "source_event_type" in notes[0]
    mapping = {"columns": {}, "values": {"event_type": {"Перестрелка": "armed_clash"}}}
    events, _, notes = read(cells, mapping=mapping)
    assert events.loc[3, "event_type"] == "armed_clash" and not notes
    assert events.loc[3, "source_event_type"] == "перестрелка"


def test_few_digits_are_an_uncertainty_unless_the_table_says_one():
    """Given where it is more than a kilometre and more than the precision allows anyway."""
    events, _, notes = read(
        table(
            lat=["37.5", "37.5", "37.5", "37.5", "37.51", "37°29'", "37°29'"],
            lon=["69.5", "69.5", "69.5", "69.5", "69.51", "69°24'", "69°24'"],
            location_precision=[
                None,
                "settlement",
                "near_settlement",
                "district",
                None,
                None,
                "settlement",
            ],
            location_uncertainty_km=[None, "2", None, None, None, None, None],
        )
    )
    # 0.05 degrees: 5.56 km north, 4.41 km east of that at 37.5 N; half a minute: 0.93 and 0.74 km.
    assert events["location_uncertainty_km"].round(1).fillna(0).tolist() == [
        7.1,
        2,
        0,
        0,
        0,
        1.2,
        0,
    ]
    assert "so few digits" in notes[0]


def test_a_mapping_comes_before_the_names():
    """What it names is taken, what it maps to null is not, the rest is found by name."""
    cells = table(
        Y=["37.4901"], X=["69.4102"], lat=["1"], lon=["1"], Tote=["3"], killed=["9"], date=["2025-06-30"],
        Tag=["2025-01-01"],
    )  # fmt: skip
    mapping = {
        "columns": {"lat": "Y", "lon": "X", "killed": "Tote", "date_start": None},
        "constants": {"licence": "internal use", "source": "Register", "confidence": "low"},
    }
    events, refused, _ = read(cells, mapping=mapping, licence="CC0")
    assert refused.empty
    row = events.loc[1]
    assert (row["lat"], row["lon"], row["killed"]) == (37.4901, 69.4102, 3)
    assert "date_start" not in events and row["licence"] == "internal use"
    assert row["source"] == "Register" and row["confidence"] == "low"
    # What was not taken keeps its cells under a name that means nothing else.
    assert row[["lat_source", "lon_source", "killed_source"]].tolist() == ["1", "1", "9"]
    with pytest.raises(ColumnError, match="'Breite'.+register.csv"):
        read(cells, mapping={"lat": "Breite", "lon": "X"})


def test_names_that_collide_stay_apart():
    """No column is lost or overwritten, whatever it is called."""
    cells = table(geometry=["a"], geometry_source=["b"], Latitude=["37"], lat=["x"], other=["c"])
    events, _, notes = read(cells)
    rest = set(cells.iloc[0]) - {"37", "x"}
    assert rest <= set(events.loc[1].dropna().astype(str)) and "geometry" not in events
    assert any("no column is the lon" in note for note in notes)


def test_metres_in_a_crs_become_degrees():
    """The middle of the square 38SMB4488 (GeoConvert): 444500 3688500 is 33.33424 44.40363."""
    mapping = {"columns": {"lat": "N", "lon": "E"}, "crs": "EPSG:32638"}
    events, _, _ = read(table(N=["3688500"], E=["444500"]), mapping=mapping)
    assert events.loc[1, "lat"] == pytest.approx(33.33424, abs=0.5e-5)
    assert events.loc[1, "lon"] == pytest.approx(44.40363, abs=0.5e-5)


def test_metres_with_three_decimals_may_be_thousands():
    """444.500 is half a kilometre, or 444 of them; four decimals, or a number, leave no choice."""
    mapping = {"columns": {"lat": "N", "lon": "E"}, "crs": "EPSG:32638"}
    cells = table(N=["888500"] * 3, E=["444.500", "444,500", "444.5000"])
    assert list(read(cells, mapping=mapping)[1].index) == [1, 2]
    assert read(cells.assign(E=[444.125, 444.5, 444.0]), mapping=mapping)[1].empty


@pytest.mark.parametrize(
    ("column", "cell"),
    [("Coordinates", "37.4901, 69.4102"), ("Lat/Lon", "37.4901 69.4102"), 
     ("wkt", "POINT(69.4102 37.4901)"),
     ("lon,lat", "69.4102;37.4901")],
)  # fmt: skip
def test_a_place_in_one_cell(column, cell):
    """The name of the column, or the cell, says which comes first."""
    events, refused, _ = read(table(**{column: [cell]}))
    assert refused.empty and events.loc[1, ["lat", "lon"]].tolist() == [37.4901, 69.4102]


def test_a_date_in_three_columns():
    """0 is unknown, as is an empty cell."""
    cells = table(
        year=["2025"] * 4 + ["1404"],
        month=["6", "6", "0", "June", "4"],
        day=["30", None, "0", "30", "9"],
    )
    events, refused, _ = read(cells.iloc[:4])
    assert refused.empty
    assert events["date_precision"].tolist() == ["day", "month", "year", "day"]
    assert events["date_start"].dt.strftime("%m-%d").tolist() == [
        "06-30",
        "06-01",
        "01-01",
        "06-30",
    ]
    assert read(cells)[1].index.tolist() == [5]  # another calendar than the rest


def test_a_day_that_stands_for_its_month_is_the_whole_month():
    """Where the table says so and gives no end; an end that is given stands."""
    cells = table(
        date=["2025-06-15", "2024-02-01", "2025-06-15", "2025-06-15"],
        date_precision=["month", "Month", "year", None],
    )
    events, _, _ = read(cells)
    assert events["date_start"].dt.strftime("%Y-%m-%d").tolist()[:3] == [
        "2025-06-01",
        "2024-02-01",
        "2025-01-01",
    ]
    assert events["date_end"].dt.strftime("%Y-%m-%d").tolist()[:3] == [
        "2025-06-30",
        "2024-02-29",
        "2025-12-31",
    ]
    assert events["date_precision"].tolist() == ["month", "month", "year", "day"]
    told = read(
        cells.assign(date_end=pd.Series(["2025-07-02"] * 4, index=cells.index, dtype=TEXT))
    )[0]
    assert (told["date_end"] == pd.Timestamp("2025-07-02")).all()
    assert told["date_precision"].tolist()[0] == "month"


def test_a_file_is_settled_as_a_whole():
    """What a later chunk shows decides for the first one too; without it each decides for itself."""
    first = table(date=["03/04/2025"], x=["69.5"], y=["37.5"])
    second = table(date=["06/30/2025"], x=["9999"], y=["37.5"])
    asked = settle(as_file(first, second), options())
    assert asked.day_first is False and asked.calendar == "gregorian"
    assert asked.mapping["columns"]["lon"] == "x" and asked.mapping["columns"]["killed"] is None
    assert len(asked.notes) == 1 and "month first" in asked.notes[0]
    events = TABLE.to_events(first, Problems(), asked)
    assert events.loc[1, "date_start"] == pd.Timestamp("2025-03-04")
    assert "lon" in TABLE.to_events(second, Problems(), asked)  # no longer judged by its values
    assert len(asked.notes) == 2  # the other one is of the few digits
    assert read(first)[0].loc[1, "date_start"] == pd.Timestamp("2025-04-03")


def test_a_geometry_is_the_place():
    """Columns x and y of a layer are not read as a second place, nor for their digits."""
    cells = table(x=["69.5"], lat=["37.5"], lon=["69.5"], killed=["1"])
    place = gpd.GeoSeries.from_xy([69.4102], [37.4901], index=cells.index, crs=4326)
    file = replace(as_file(cells), chunks=lambda: iter([RawChunk(cells, pd.DataFrame(), place)]))
    events = TABLE.to_events(cells, Problems(), settle(file, options()))
    assert not {"lon", "lat", "location_uncertainty_km"} & set(events)
    assert events.loc[1, ["x", "lat_source", "lon_source"]].tolist() == ["69.5", "37.5", "69.5"]


def test_what_the_caller_said_stands():
    """day_first, calendar and mapping of the caller are not overruled; the mapping's come next."""
    cells = table(date=["03/04/2025", "30/06/2025"])
    assert settle(as_file(cells), options(day_first=False)).day_first is False
    mapping = {"columns": {}, "day_first": False, "calendar": "solar_hijri"}
    asked = settle(as_file(cells), options(mapping=mapping))
    assert asked.day_first is False and asked.calendar == "solar_hijri"
    assert settle(as_file(cells), options()).day_first is True
    pairs = table(coordinates=["69.4, 37.4", "125.5, 39.0"])
    assert settle(as_file(pairs), options()).mapping["columns"]["lon_lat"] == "coordinates"
    empty = RawFile("empty.csv", "csv", ("date",), lambda: iter(()))
    assert settle(empty, options()) == replace(options(), file_name="empty.csv")


CELLS = st.one_of(
    st.none(),
    st.text(max_size=20),
    st.sampled_from(
        [
            "2025-06-30",
            "30.06.2025",
            "37.5",
            "69,5",
            "2-3",
            "=cmd()",
            "[",
            '["a"]',
            "n/a",
            "1e400",
            "\x00",
        ]
    ),
)
ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.dates(),
    st.lists(st.text(max_size=3), max_size=2),
)  # fmt: skip
NAMES = ["date", "end date", "lat", "lon", "coordinates", "killed", "narcotics_kg", "event type",
         "country", "url", "location_precision", "location_uncertainty_km", "notes", "event_id",
         "weather"]  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_every_row_of_any_table_comes_out_once(data):
    """Mixed, missing and malicious cells: the rows stay, and a refused one says why."""
    names = data.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=8, unique=True))
    rows = data.draw(st.integers(0, 6))
    columns = {name: data.draw(st.lists(CELLS, min_size=rows, max_size=rows)) for name in names}
    events, refused, _ = read(table(**columns))
    assert set(refused.index) <= set(events.index) and refused["reason"].astype(bool).all()
    assert not ({"date_start", "killed", "lat"} - set(events) - set(EVENT_COLUMNS) - {"lat"})
    for column, (kind, _) in EVENT_COLUMNS.items():
        if column in events and kind in ("count", "number"):
            assert events[column].dtype in ("Int64", "float64")


@settings(deadline=None, max_examples=12)
@given(st.lists(ANYTHING, min_size=1, max_size=6))
def test_typed_cells_of_any_kind(values):
    """Cells of spreadsheets, frames and JSON are read or refused too."""
    cells = pd.DataFrame({name: pd.Series(values, dtype=object) for name in NAMES})
    cells.index = pd.RangeIndex(1, len(cells) + 1)
    read(cells)


# ---- mended ----------------------------------------------------------------------------------------


def read_whole(*chunks, **said):
    """Settle a file of several chunks and return the events of them all, and the notes."""
    asked = settle(as_file(*chunks), options(**said))
    problems = Problems()
    events = [TABLE.to_events(cells, problems, asked) for cells in chunks]
    assert not problems.refused
    return pd.concat(events), asked


def test_the_order_of_dates_is_settled_though_the_first_chunk_leaves_it_open():
    """Mended 2026-11: each later chunk decided for itself, and 04/03 was a day of March or of April."""
    plain = table(date=["2024-05-05"] * 3)
    shows = table(date=["04/25/2024", "04/03/2024"])
    either = table(date=["04/03/2024"] * 3)
    events, asked = read_whole(plain, shows, either)
    assert asked.day_first is False and "month first" in asked.notes[0]
    read_as = events["date_start"].dt.strftime("%m-%d").tolist()
    assert read_as == ["05-05"] * 3 + ["04-25", "04-03"] + ["04-03"] * 3
    # Where nothing shows it, it is settled all the same, and said.
    events, asked = read_whole(plain, either)
    assert asked.day_first is True and "no row shows it" in asked.notes[0]
    assert read_whole(table(date=[None, None]), shows)[1].day_first is False


def test_the_calendar_is_settled_though_the_first_chunk_leaves_it_open():
    """Mended 2026-11: a first chunk without dates left each later one to decide for itself."""
    nothing = table(date=[None, "n/a"])
    months = table(date=["1404/04/09", "1404/04/10"])
    asked = settle(as_file(nothing, months, table(date=["2025-06-30"])), options())
    assert asked.calendar == "solar_hijri"
    problems = Problems()
    TABLE.to_events(table(date=["2025-06-30"]), problems, asked)
    assert "solar hijri" in problems.refused_rows()["reason"].iloc[0]
    parts = [table(year=[None], month=[None]), table(year=["1404"], month=["4"])]
    assert settle(as_file(*parts), options()).calendar == "solar_hijri"


def test_dates_are_looked_through_only_until_they_show_enough():
    """A few rows that are wrong do not decide; a hundred more of one order than of the other do."""
    wrong, right = table(date=["06/30/2025"]), table(date=["30/06/2025"] * 101)

    def chunks():
        yield RawChunk(wrong, pd.DataFrame())
        yield RawChunk(right, pd.DataFrame())
        raise AssertionError("enough was shown")

    asked = settle(replace(as_file(wrong), chunks=chunks), options())
    assert asked.day_first is True and asked.calendar == "gregorian"


@pytest.mark.parametrize(
    ("year", "month", "day", "column", "needed"),
    [
        ("2025", None, "5", "day", "a month is needed"),
        ("2025", "0", "5", "day", "a month is needed"),
        (None, "7", "5", "month", "a year is needed"),
        ("0", "7", None, "month", "a year is needed"),
        (None, None, "5", "day", "a month is needed"),
    ],
)
def test_a_part_of_a_date_without_the_larger_one_is_refused(year, month, day, column, needed):
    """Mended 2026-11: the fifth of no month was May, and a month without a year was lost."""
    cells = table(year=["2025", year], month=["6", month], day=["30", day])
    events, refused, _ = read(cells)
    assert list(refused.index) == [2] and pd.isna(events.loc[2, "date_start"])
    assert refused.loc[2, "column"] == column and needed in refused.loc[2, "reason"]
    assert read(table(year=[None], month=["0"], day=["0"]))[1].empty


def test_a_mapping_of_parts_of_a_date_loses_none():
    """Mended 2026-11: a month without a column of years, and a year beside a date, were lost."""
    refused = read(table(M=["7"], place=["Ishkoshim"]), mapping={"month": "M"})[1]
    assert "a year is needed" in refused.loc[1, "reason"]
    mapping = {"date_start": "Tag", "year": "Jahr"}
    events, refused, _ = read(table(Tag=["2025-06-30"], Jahr=["2024"]), mapping=mapping)
    assert refused.empty and events.loc[1, "Jahr"] == "2024"


def test_a_file_of_ours_gains_no_uncertainty(tmp_path):
    """Mended 2026-11: an exact point at 69, 37 came back with an uncertainty of 71 km."""
    events = gpd.GeoDataFrame(
        {"event_id": ["a"], "date_start": ["2025-06-30"], "location_precision": ["exact"]},
        geometry=gpd.points_from_xy([69.0], [37.0]),
        crs=4326,
    )
    again = read_events(write_events(events, tmp_path / "events.csv"), quiet=True).accepted
    assert again["location_precision"].tolist() == ["exact"]
    assert again["location_uncertainty_km"].isna().all()
    assert (again.geometry.x[0], again.geometry.y[0]) == (69.0, 37.0)


ACLED_SHORT = {"event_id_cnty": ["AFG1"], "date": ["2025-06-30"], "latitude": ["37.4901"],
               "longitude": ["69.4102"], "fatalities": ["2"]}  # fmt: skip
GTD_SHORT = {"eventid": ["202001010001"], "iyear": ["2020"], "date": ["2020-01-01"],
             "latitude": ["37.4901"], "longitude": ["69.4102"]}  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "mapping", "source"),
    [
        (ACLED_SHORT, {"event_id": "event_id_cnty"}, "acled"),
        (GTD_SHORT, None, "gtd"),
        (
            {"Latitude": ["37.4901"], "Longitude": ["69.4102"], "Attacktype1_txt": [None]},
            None,
            "gtd",
        ),
    ],
)
def test_a_cut_down_export_keeps_its_licence(tmp_path, columns, mapping, source):
    """Mended 2026-11: once its own column was read as the id, its rows could be passed on."""
    path = tmp_path / "export.csv"
    pd.DataFrame(columns).to_csv(path, index=False)
    events = read_events(path, quiet=True, mapping=mapping).accepted
    assert events["licence"].tolist() == [LICENCES[source].text]
    with pytest.raises(LicenceError, match=LICENCES[source].name):
        write_events(events, tmp_path / "public.geojson")
    said = read_events(path, quiet=True, mapping=mapping, licence="CC0").accepted
    assert said["licence"].tolist() == ["CC0"]
    pd.DataFrame({**columns, "licence": ["bought"]}).to_csv(path, index=False)
    assert read_events(path, quiet=True, mapping=mapping).accepted["licence"].tolist() == ["bought"]


def test_categories_are_read_as_what_they_hold():
    """Mended 2026-11: a categorical column of dates ended in a TypeError."""
    cells = pd.DataFrame(
        {
            "date": ["2025-06-30", None, "30.06.2025"],
            "lat": [37.4901, 37.4902, None],
            "lon": [69.4102, 69.4103, None],
            "killed": ["2", None, "2-3"],
            "country": ["Tajikistan", "Afghanistan", None],
            "event_type": ["armed_clash", None, "own word"],
            "url": ["https://a.example", None, "https://b.example"],
            "weather": ["rain", None, "rain"],
        },
        index=pd.RangeIndex(1, 4),
    )
    events, refused, _ = read(cells.astype("category"))
    expected, _, _ = read(cells.astype(object))
    assert refused.empty
    pd.testing.assert_frame_equal(events, expected)
    assert len(read_events(cells.astype("category"), quiet=True).accepted) == 3
    times = pd.DataFrame({"date": pd.Categorical([pd.Timestamp("2025-06-30")])}, index=[1])
    assert read(times)[0].loc[1, "date_start"] == pd.Timestamp("2025-06-30")


def test_mended_rows_of_rejected_csv_are_read_as_they_came(tmp_path):
    """Mended 2026-11: their id was not known, and what was found about them became their columns."""
    path, apart = tmp_path / "register.csv", tmp_path / "rejected.csv"
    pd.DataFrame(
        {"event_id": ["a", "b"], "date": ["2025-06-30", "soon"], "value": ["1", "=2"], "lat": "37.4901",
         "lon": "69.4102"}
    ).to_csv(path, index=False)  # fmt: skip
    import_events(path, tmp_path / "one.gpkg", rejected=apart)
    for _ in range(2):  # what is refused again can be mended again
        import_events(apart, tmp_path / "two.gpkg", rejected=tmp_path / "again.csv")
        apart = (tmp_path / "again.csv").rename(tmp_path / "rejected2.csv")
    text = apart.read_text(encoding="utf-8")
    assert text.count("soon") == 4  # in `value` of each refusal, and in the row itself
    mended = apart.with_name("mended.csv")
    mended.write_text(text.replace("soon", "2025-07-01"), encoding="utf-8")
    read_again = read_events(mended, quiet=True)
    (row,) = read_again.accepted.to_dict("records")
    assert row["event_id"] == "b" and row["date_start"] == pd.Timestamp("2025-07-01")
    assert row["value"] == "=2"
    assert not {"file", "row_number", "column", "reason", "row"} & set(row)
    assert any("set apart" in note for note in read_again.about["files"][0]["notes"])


def test_a_row_that_was_never_parted_is_refused_again():
    """Its text stands in `row` of rejected.csv, and its cells are still to be written."""
    cells = table(
        file=["r.csv"] * 2, row_number=["1", "2"], column=[None, None], value=[None, None],
        reason=["too many cells"] * 2, date=[None, "2025-06-30"], place=[None, "Dusti"],
        row=["2025-06-29,Dusti,x", "2025-06-30,Dusti,x"],
    )  # fmt: skip
    result = read_events(cells, quiet=True)
    assert result.accepted["place"].tolist() == ["Dusti"] and "row" not in result.accepted
    assert result.rejected.iloc[0].eq("2025-06-29,Dusti,x").any()
