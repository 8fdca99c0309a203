"""Columns are known by their whole name, in four languages; two that mean the same are not chosen."""

from __future__ import annotations

import pandas as pd
import pytest

from frontier_geo.events import EVENT_COLUMNS
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.columns import (
    COORDINATE_COLUMNS,
    DATE_PARTS,
    LOOSE,
    SYNONYMS,
    WEAK,
    detect_columns,
    folded,
    names_of_two_rows,
    side_of,
)


@pytest.mark.parametrize(
    ("names", "meant"),
    [
        (["lat", "lon"], ["lat", "lon"]),
        (["Latitude (WGS84)", "Longitude (WGS84)"], ["lat", "lon"]),
        (["LATITUDE", "LONGITUDE"], ["lat", "lon"]),
        (["Широта", "Долгота"], ["lat", "lon"]),
        (["арз", "тӯл"], ["lat", "lon"]),
        (["арз", "тул"], ["lat", "lon"]),  # typed without the Tajik letters
        (["عرض", "طول"], ["lat", "lon"]),
        (["عرض جغرافیایی", "طول جغرافیایی"], ["lat", "lon"]),
        (["عرض جغرافيايي", "طول جغرافيايي"], ["lat", "lon"]),  # with the Arabic letters
        (["عرض‌جغرافیایی", "طول‌جغرافیایی"], ["lat", "lon"]),  # with half-spaces
        (["Event_Date", "END-DATE"], ["date_start", "date_end"]),
        (["Дата", "Погибло", "Ранено"], ["date_start", "killed", "wounded"]),
        (["Сана", "Кушташуда", "Ҷой"], ["date_start", "killed", "place"]),
        (["تاریخ", "کشته", "زخمی", "محل"], ["date_start", "killed", "wounded", "place"]),
        (["تاريخ", "كشته"], ["date_start", "killed"]),
        (["Населённый пункт", "Район"], ["place", "admin2"]),
        (["Координаты"], ["coordinates"]),
        (["Lat/Lon"], ["lat_lon"]),
        (["с.ш., в.д."], ["lat_lon"]),
        (["MGRS"], ["mgrs"]),
        (["year", "month", "day"], ["year", "month", "day"]),
        (["URL", "Notes", "ID"], ["source_urls", "notes", "event_id"]),
        (["What", "Where", "When", "Who"], ["summary", "place", "date_start", "actors"]),
        (
            ["Date of incident", "Village", "# killed", "No. of injured", "Source link"],
            ["date_start", "place", "killed", "wounded", "source_urls"],
        ),
        (
            ["Date (DD.MM.YYYY)", "Latitude (Y)", "Longitude (X)", "Drugs (kg)"],
            ["date_start", "lat", "lon", "narcotics_kg"],
        ),
        (["_gps_latitude", "_gps_longitude"], ["lat", "lon"]),  # KoboToolbox
        (["ADM1_EN", "ADM2_EN"], ["admin1", "admin2"]),  # OCHA
        (
            ["Date de l’incident", "Lieu", "Tués", "Nombre de blessés", "Résumé", "Lien"],
            ["date_start", "place", "killed", "wounded", "summary", "source_urls"],
        ),
        (
            ["Дата (дд.мм.гггг)", "Нас. пункт", "Кол-во погибших", "№ раненых", "Что произошло"],
            ["date_start", "place", "killed", "wounded", "summary"],
        ),
        (["с.ш.", "в.д."], ["lat", "lon"]),
        (
            ["Широта, с.ш.", "Долгота, в.д.", "Погибшие, чел.", "Изъято наркотиков, кг"],
            ["lat", "lon", "killed", "narcotics_kg"],
        ),
        (
            ["Дата / Date", "Место (село)", "Killed | Кушташуда", "Injured\n(persons)"],
            ["date_start", "place", "killed", "wounded"],
        ),
        (
            ["Санаи рӯйдод", "Макони ҳодиса", "Шумораи захмиён", "Манбаи хабар"],
            ["date_start", "place", "wounded", "source"],
        ),
        (
            ["تاریخ وقوع", "نوعیت حادثه", "محل وقوع", "تعداد کشته‌شدگان", "منبع خبر"],
            ["date_start", "event_type", "place", "killed", "source"],
        ),
    ],
)
def test_names_in_the_languages_people_use(names, meant):
    """Case, spaces, hyphens and letter variants do not matter."""
    assert detect_columns(names).columns == dict(zip(meant, names, strict=True))


@pytest.mark.parametrize(
    "name",
    ["latin", "platform", "long_term", "update", "mandate", "deathsquad", "погода", "placebo", "x", "y",
     "no", "", " ", "killed animals", "طولانی", "lat_error", "=date", "#", "№", "Casualties", "Victims",
     "жертвы", "потери", "пострадавшие", "تلفات", "victimes", "Date (MM/DD/YYYY)", "Date reported",
     "nearest village", "events", "Источник / ссылка", "Date / Place", "Killed (civilians)", "/", "()"],
)  # fmt: skip
def test_no_loose_guess(name):
    """A name that only holds a known one is not understood."""
    assert detect_columns([name]).columns == {}


def test_every_synonym_means_one_column():
    """No name stands for two columns, after folding; every target is one there is."""
    seen = {}
    for tables in (SYNONYMS, LOOSE, WEAK):
        for target, names in tables.items():
            assert target in {*EVENT_COLUMNS, *COORDINATE_COLUMNS, *DATE_PARTS}
            for name in names:
                assert seen.setdefault(folded(name), target) == target, name
    for column in EVENT_COLUMNS:
        assert seen.get(folded(column), column) == column


def test_the_columns_of_the_event_table_mean_themselves():
    """Our own files are read back by their exact names, whatever else is there."""
    found = detect_columns([*EVENT_COLUMNS, "lon", "lat"])
    assert found.columns == {name: name for name in (*EVENT_COLUMNS, "lon", "lat")}
    assert not found.doubts


def test_the_exacter_name_wins():
    """The name of the event table beats the same name written otherwise, and that a synonym."""
    assert detect_columns(["Deaths", "KILLED", "killed"]).columns == {"killed": "killed"}
    assert detect_columns(["Deaths", "Killed"]).columns == {"killed": "Killed"}
    assert detect_columns(["Дата", "date_start"]).columns == {"date_start": "date_start"}


def test_a_loose_name_counts_only_where_nothing_is_better_named():
    """What, city, a date with the hour: also said of something else."""
    names = ["City", "Village", "What", "Description", "Date and time", "Date"]
    assert detect_columns(names).columns == {
        "place": "Village", "summary": "Description", "date_start": "Date"
    }  # fmt: skip
    assert not detect_columns(names).doubts
    assert detect_columns(names[::2]).columns == {
        "place": "City", "summary": "What", "date_start": "Date and time"
    }  # fmt: skip


def test_of_two_equal_names_neither_is_taken():
    """The doubt names both and says how to settle it."""
    found = detect_columns(["Deaths", "Fatalities", "lat", "lon"])
    assert found.columns == {"lat": "lat", "lon": "lon"}
    assert "'Deaths' and 'Fatalities' could both be killed" in found.doubts["killed"]
    assert "{'killed': 'Deaths'}" in found.doubts["killed"]


def test_of_a_name_said_twice_neither_is_taken():
    """The first Killed may be of one side, the second of the other (2026-11-30)."""
    found = detect_columns(["Date", "Killed", "Killed (2)"])
    assert found.columns == {"date_start": "Date"} and "'Killed (2)'" in found.doubts["killed"]
    assert detect_columns(["Killed (2)"]).columns == {}
    ours = [*EVENT_COLUMNS, "lon", "lat", "lat (2)"]  # as we write a column of that name
    assert detect_columns(ours).columns == {name: name for name in ours[:-1]}


@pytest.mark.parametrize(
    ("upper", "lower", "names", "doubted"),
    [
        # A publication is no incident; nor is a post's place, a drug's type or civilians' dead.
        (["Date/time", "Source", ""], ["", "Name", "Date"],
         ["Date/time", "Source Name", "Source Date"], []),
        (["Date", "Drugs seized", ""], ["", "Type", "kg"],
         ["Date", "Drugs seized Type", "Drugs seized kg"], ["event_type"]),
        (["GPS", "Nearest post", "", ""], ["", "Name", "Lat", "Lon"],
         ["GPS", "Nearest post Name", "Nearest post Lat", "Nearest post Lon"], ["lat", "lon"]),
        (["Date", "Our staff", ""], ["", "Killed", "Injured"],
         ["Date", "Our staff Killed", "Our staff Injured"], ["killed", "wounded"]),
        (["Civilians", "", "Guards", ""], ["Killed", "Injured", "Dead", "Wounded"],
         ["Civilians Killed", "Civilians Injured", "Guards Dead", "Guards Wounded"],
         ["killed", "wounded"]),
        # A word for the whole leaves the meaning, if one column alone has it.
        (["Victims", "", "Жертвы", ""], ["Dead", "Age", "Убито", "Ранено"],
         ["Victims Dead", "Victims Age", "Жертвы Убито", "Ранено"], ["killed"]),
        (["Deaths", "Casualties", ""], ["", "Killed", "Injured"],
         ["Deaths", "Casualties Killed", "Injured"], ["killed"]),
        (["Место (координаты)", "", "Дата", ""], ["Широта", "Долгота", "с", "Дата окончания"],
         ["Широта", "Долгота", "Дата с", "Дата окончания"], ["date_start"]),
        (["Date", "Victims (civilians)", ""], ["", "Killed", "Injured"],
         ["Date", "Victims (civilians) Killed", "Victims (civilians) Injured"], ["killed", "wounded"]),
        (["Killed", "", "Post", ""], ["Civilians", "Soldiers", "District", "Village"],
         ["Killed Civilians", "Killed Soldiers", "Post District", "Post Village"],
         ["admin2", "place", "killed"]),
        # A word alone above is a title in the first cell, elsewhere the group of what follows.
        (["Register", "", ""], ["Date", "Place", "Killed"], ["Date", "Place", "Killed"], []),
        (["", "", "Civilians", ""], ["Date", "Place", "Killed", "Injured"],
         ["Date", "Place", "Civilians Killed", "Civilians Injured"], ["killed", "wounded"]),
    ],
)  # fmt: skip
def test_a_word_above_may_make_a_column_another(upper, lower, names, doubted):
    """A lower word is not taken alone below one that narrows it, and that is said (2026-11-30)."""
    found, doubts = names_of_two_rows(upper, lower)
    assert found == names and len(doubts) == len(doubted)
    assert all(f"{{'{target}': " in doubt for target, doubt in zip(doubted, doubts, strict=True))
    assert not {*doubted} & {*detect_columns([n for n in found if n != "Deaths"]).columns}


def test_a_merged_cell_ends_where_it_ends():
    """What stands below nothing has its own name; below cells that are not merged, the last word's."""
    upper, lower = ["Guards", "", ""], ["Killed", "Injured", "Village"]
    assert names_of_two_rows([*upper, "n"], [*lower, ""], {1})[0] == [
        "Guards Killed", "Guards Injured", "Village", "n"
    ]  # fmt: skip
    assert names_of_two_rows([*upper, "n"], [*lower, ""])[0][2] == "Guards Village"


def test_one_axis_without_the_other_is_no_place():
    """A latitude alone stays a column of the table's own."""
    found = detect_columns(["Latitude", "Long", "Lng"])
    assert found.columns == {} and set(found.doubts) == {"lon"}
    assert "no column is the lon" in detect_columns(["Latitude"]).doubts["lon"]


def test_one_way_to_say_where_and_one_to_say_when():
    """Two columns of degrees beat one cell with both; a whole date beats its parts."""
    found = detect_columns(["lat", "lon", "coordinates", "mgrs", "date", "year", "month"])
    assert found.columns == {"lat": "lat", "lon": "lon", "date_start": "date"}
    assert detect_columns(["year", "day"]).columns == {"year": "year"}


def test_weak_names_are_judged_by_their_values():
    """x and y are degrees if they look it, and if nothing better is there."""
    sample = pd.DataFrame({"X": ["69,41"], "Y": ["37,49"]}, dtype=TEXT)
    assert detect_columns(sample.columns, sample).columns == {"lon": "X", "lat": "Y"}
    metres = pd.DataFrame({"X": ["444500"], "Y": ["3688500"]}, dtype=TEXT)
    assert detect_columns(metres.columns, metres).columns == {}
    both = pd.DataFrame({"X": ["1"], "Y": ["2"], "lon": ["69"], "lat": ["37"]}, dtype=TEXT)
    assert detect_columns(both.columns, both).columns == {"lon": "lon", "lat": "lat"}


def test_a_running_number_is_no_id():
    """Every table of a register begins again with 1."""
    sample = pd.DataFrame({"№": ["1", "2"], "No": ["1", "2"], "n": ["1", "2"]}, dtype=TEXT)
    assert detect_columns(sample.columns, sample).columns == {}


def test_hostile_names_are_only_names():
    """Ten thousand long or odd names are told apart quickly and harm nothing."""
    names = [f"{'ш' * 200}{number}" for number in range(10_000)] + ["\u202e\x07lat", "<b>lon</b>"]
    assert detect_columns(names).columns.get("lon") is None


def test_a_name_as_it_came_means_the_name():
    """In a table of rejected rows; where the name itself is there, that is meant. Mended 2026-11."""
    found = detect_columns(["file", "row_number", "event_id (as it came)", "value (as it came)"])
    assert found.columns == {"event_id": "event_id (as it came)"}
    assert detect_columns(["event_id (as it came)", "event_id"]).columns == {"event_id": "event_id"}
    assert detect_columns(["reason (as it came)"]).columns == {}


@pytest.mark.parametrize(
    ("name", "side"),
    [
        ("Tajikistan", "TJ"), ("Таджикистан", "TJ"), ("Тоҷикистон", "TJ"), ("تاجیکستان", "TJ"),
        ("tj", "TJ"), ("TJK", "TJ"), (" Republic of Tajikistan ", "TJ"), ("Afghanistan", "AF"),
        ("Афганистан", "AF"), ("Афғонистон", "AF"), ("افغانستان", "AF"), ("AFG", "AF"),
        ("Islamic Emirate of Afghanistan", "AF"), ("Uzbekistan", None), ("both", None), ("", None),
    ],
)  # fmt: skip
def test_the_two_countries_are_known_by_their_names(name, side):
    """In five languages, and by their codes; no other country is one of them."""
    assert side_of(name) == side
