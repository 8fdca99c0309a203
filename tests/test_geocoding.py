"""From what a report says to where it was: free text in four languages, tables, hostile text."""

from __future__ import annotations

import csv
import re
import time
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from shapely import LineString, Point

import frontier_geo as fg
from frontier_geo import Gazetteer, geocode_events, geocode_text, load_gazetteer
from frontier_geo.datasets import data_folder
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.location_precision import PRECISIONS, LocationUncertainty

SIDES = {"TJ", "AF", "both", None}
MENTION_COLUMNS = [
    "start", "end", "text", "role", "place_id", "name", "feature_class", "country", "score",
    "match_type", "ambiguous",
]  # fmt: skip


def check_valid(answer):
    """What holds for every answer, whatever was asked."""
    assert answer.location_precision in PRECISIONS
    assert isinstance(answer.reason, str) and answer.reason.strip()
    point = (answer.lon is not None, answer.lat is not None)
    ends = (answer.frontage_from_km is not None, answer.frontage_to_km is not None)
    assert point[0] == point[1] and ends[0] == ends[1]
    assert not (point[0] and ends[0])
    assert answer.found == (point[0] or ends[0])
    if answer.found:
        assert answer.location_uncertainty_km >= 0
        assert answer.place_ids and 0 < answer.score <= 1
    else:
        assert answer.location_uncertainty_km is None
        assert answer.location_precision not in (
            "exact",
            "settlement",
            "near_settlement",
            "frontage",
        )
    if point[0]:
        assert -90 <= answer.lat <= 90 and -180 <= answer.lon <= 180
    if ends[0]:
        assert 0 <= answer.frontage_from_km < answer.frontage_to_km <= 1343.9561
        half = (answer.frontage_to_km - answer.frontage_from_km) / 2
        assert answer.location_uncertainty_km == pytest.approx(half, abs=1e-3)
    assert answer.country_side in SIDES
    assert isinstance(answer.place_ids, tuple)
    assert str(answer)
    mentions = answer.mentions
    if len(mentions):
        assert set(MENTION_COLUMNS) <= set(mentions.columns)
        for row in mentions.itertuples():
            assert answer.text[row.start : row.end] == row.text
        assert mentions["start"].is_monotonic_increasing
    return answer


def geocode(text, **given):
    return check_valid(geocode_text(text, **given))


def roles(answer):
    return dict(zip(answer.mentions["text"], answer.mentions["role"], strict=True))


# ---- free text -----------------------------------------------------------------------------------

REPORTS = [
    # text, precision, ids, bank
    (
        "DUSHANBE, 3 May (Asia-Plus) -- Two border guards were killed in a clash with smugglers near "
        "Kishty village, Shamsiddin Shohin district.",
        "near_settlement", ("tj-v-kishti-poyon-1221122",), "TJ",
    ),
    (
        "KABUL (Pajhwok) - Gunmen attacked a border post in Darqad district of Takhar province on "
        "Monday, officials said.",
        "district", ("af-d-darqad",), "AF",
    ),
    (
        "ДУШАНБЕ, 12 мая /ТАСС/. Двое пограничников погибли в перестрелке в Шуроабадском районе.",
        "district", ("tj-d-shamsiddin-shohin",), "TJ",
    ),
    (
        "МОСКВА, 5 июля — Бой произошёл в районе 12-й заставы Московского погранотряда.",
        "near_settlement", ("tj-post-sarigor",), "TJ",
    ),
    (
        "ДУШАНБЕ, 4 июн -- Дар ноҳияи Панҷ ду нафар қочоқчӣ боздошт шуд.",
        "district", ("tj-d-panj",), "TJ",
    ),
    (
        "Дар деҳаи Кишти Поёни ноҳияи Шамсиддин Шоҳин тирандозӣ шуд.",
        "settlement", ("tj-v-kishti-poyon-1221122",), "TJ",
    ),
    (
        "به گزارش آژانس پژواک از کابل، در ولسوالی درقد ولایت تخار درگیری شد.",
        "district", ("af-d-darqad",), "AF",
    ),
    (
        "کابل (پژواک) - در ولسوالی امام صاحب کندز سه قاچاقبر کشته شدند.",
        "district", ("af-d-imam-sahib",), "AF",
    ),
    ("Contraband was seized on the bank of the Panj in Farkhor district",
     "district", ("tj-d-farkhor",), "TJ"),
    ("A man was detained near the Tem bridge in Khorog on Friday.",
     "near_settlement", ("x-tem",), "both"),
    ("Столкновение произошло на участке Пянджского погранотряда.",
     "frontage", ("tj-post-panj",), "TJ"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "precision", "ids", "side"), REPORTS)
def test_reports_in_four_languages(text, precision, ids, side):
    """Each worked by reading it: what happened, where, how precisely the words say so."""
    answer = geocode(text)
    assert (answer.location_precision, answer.place_ids, answer.country_side) == (
        precision, ids, side,
    )  # fmt: skip
    assert not answer.ambiguous and not answer.off_border


@pytest.mark.parametrize(
    ("text", "capital"),
    [
        (REPORTS[0][0], "DUSHANBE"), (REPORTS[1][0], "KABUL"), (REPORTS[2][0], "ДУШАНБЕ"),
        (REPORTS[3][0], "МОСКВА"), (REPORTS[4][0], "ДУШАНБЕ"), (REPORTS[6][0], "کابل"),
        (REPORTS[7][0], "کابل"),
    ],
)  # fmt: skip
def test_capitals_are_where_the_news_comes_from(text, capital):
    assert roles(geocode(text))[capital] == "origin of the news"


@pytest.mark.parametrize(
    ("number", "wide"),
    [(0, "Shamsiddin Shohin district"), (1, "Takhar province"), (5, "ноҳияи Шамсиддин Шоҳин"),
     (6, "ولایت تخار"), (7, "کندز")],
)  # fmt: skip
def test_districts_and_provinces_around_the_place_are_said_to_be(number, wide):
    assert roles(geocode(REPORTS[number][0]))[wide] == "district or province of the place"


@pytest.mark.parametrize(
    ("text", "place_id"),
    [
        ("The governor of Vanj district said so on Friday. Two men were killed in Farkhor district.",
         "tj-d-farkhor"),
        ("Two men were killed in Vanj district. The governor of Farkhor district said so.",
         "tj-d-vanj"),
        ("Двое погибли в Ванчском районе. Об этом сообщил губернатор Фархорского района.",
         "tj-d-vanj"),
    ],
)  # fmt: skip
def test_who_speaks_is_not_where_it_happened(text, place_id):
    """The sentence that tells of the incident is preferred to the one that quotes."""
    assert geocode(text).place_ids == (place_id,)


@pytest.mark.parametrize(
    "text",
    ["KHOROG, 3 May (Asia-Plus) -- Two men were detained in Vanj district.",
     "KULOB (Ozodi) - Two men were detained in Vanj district.",
     "ХОРОГ, 3 мая /ТАСС/. Двое задержаны в Ванчском районе."],
)  # fmt: skip
def test_a_dateline_is_not_where_it_happened(text):
    answer = geocode(text)
    assert answer.place_ids == ("tj-d-vanj",)
    assert answer.mentions["role"].iloc[0] == "origin of the news"


@pytest.mark.parametrize(
    ("text", "dropped", "role", "place_id"),
    [
        ("Two residents of Kulob were detained in Farkhor district while crossing the border.",
         "Kulob", "home of people", "tj-d-farkhor"),
        ("Двое жителей Куляба задержаны в Фархорском районе.",
         "Куляба", "home of people", "tj-d-farkhor"),
        ("Ду сокини Кӯлоб дар ноҳияи Фархор боздошт шуданд.",
         "Кӯлоб", "home of people", "tj-d-farkhor"),
        ("The smugglers were heading towards Kunduz when they were stopped in Imam Sahib district.",
         "Kunduz", "where someone was going", "af-d-imam-sahib"),
    ],
)  # fmt: skip
def test_homes_and_aims_of_people_are_not_the_place(text, dropped, role, place_id):
    answer = geocode(text)
    assert answer.place_ids == (place_id,)
    assert roles(answer)[dropped] == role


@pytest.mark.parametrize(
    ("text", "place_id"),
    [
        ("Three people were killed in the village of Zzyzx, Hamadoni district.", "tj-d-hamadoni"),
        ("Убиты трое в кишлаке Абракадабра Хамадонинского района.", "tj-d-hamadoni"),
        ("Qwertabad village, Farkhor district", "tj-d-farkhor"),
        ("در قریه ژقژق ولسوالی درقد سه تن کشته شدند", "af-d-darqad"),
    ],
)
def test_a_village_nobody_knows_is_somewhere_in_its_district(text, place_id):
    """A stretch, no point."""
    answer = geocode(text)
    assert (answer.location_precision, answer.place_ids) == ("district", (place_id,))
    assert answer.lon is None


def test_a_village_without_a_point_is_in_its_district():
    """Sayrob is known to be in Hamadoni, km 294-379.5, and no more."""
    answer = geocode("in the village of Sayrob")
    assert answer.place_ids == ("tj-u-sayrob",)
    assert (answer.frontage_from_km, answer.frontage_to_km) == (294.0, 379.5)
    assert answer.location_precision == "district" and "no point" in answer.reason


def test_a_list_is_from_its_first_to_its_last():
    answer = geocode("Clashes took place in Panj, Farkhor and Hamadoni districts.")
    assert answer.place_ids == ("tj-d-panj", "tj-d-farkhor", "tj-d-hamadoni")
    assert (answer.frontage_from_km, answer.frontage_to_km) == (157.5, 379.5)
    assert answer.location_precision == "frontage" and answer.country_side == "TJ"
    both = geocode("Drones flew over Shughnon and Maimay districts")
    assert both.country_side == "both" and both.location_precision == "frontage"


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        # Of both banks together: the two district stretches of the table.
        ("Shots were fired in Ishkashim.", 801.5, 1044.0),
        ("Бой в Ишкашиме", 801.5, 1044.0),
        ("Clashes in Shughnan", 673.5, 804.5),
        ("The clash took place in Darwaz.", 455.5, 603.0),
    ],
)
def test_two_banks_of_one_name_are_answered_together(text, low, high):
    """The stretch of both, no bank, and said to be ambiguous."""
    answer = geocode(text)
    assert (answer.frontage_from_km, answer.frontage_to_km) == (low, high)
    assert answer.ambiguous and answer.country_side is None
    assert "nothing in the text says which" in answer.reason
    assert set(answer.candidates["country"]) == {"TJ", "AF"}


def test_places_of_one_name_far_apart_are_refused():
    """Istiqlol is a jamoat of Nosiri Khusrav (km 0-32) and of Jayhun (km 113-157)."""
    answer = geocode("Istiqlol jamoat")
    assert not answer.found and answer.ambiguous
    assert "may be" in answer.reason and "nothing in the text says which" in answer.reason
    assert len(answer.candidates) >= 2


def test_a_district_opposite_another_is_where_they_face_each_other():
    """Maimay has km 576-673.5, Vanj km 603-653."""
    answer = geocode("Shots were fired in Maimay district opposite Vanj district")
    assert (answer.frontage_from_km, answer.frontage_to_km) == (603.0, 653.0)
    assert answer.country_side == "AF" and answer.place_ids == ("af-d-maimay",)


@pytest.mark.parametrize(
    "text", ["A drone attack in Khujand killed two.", "Two arrested in Kulob city", "Taloqan",
             "бой под Талуканом", "Heavy fighting near Khujand, Sughd province"],
)  # fmt: skip
def test_a_place_elsewhere_is_off_the_border(text):
    """Known, with its point, and not at this border."""
    answer = geocode(text)
    assert answer.off_border and answer.lon is not None and answer.frontage_from_km is None


@pytest.mark.parametrize(
    "text", ["Panjshir province", "Rustaq district", "провинция Панджшер", "ولسوالی رستاق"]
)
def test_a_district_that_does_not_touch_the_border_is_off_it(text):
    answer = geocode(text)
    assert answer.off_border != answer.found


@pytest.mark.parametrize(
    ("text", "precision"),
    [
        ("Afghanistan", "country"),
        ("the Tajik-Afghan border", "country"),
        ("на таджикско-афганской границе", "country"),
        ("дар сарҳади Тоҷикистону Афғонистон", "country"),
        ("در مرز تاجیکستان و افغانستان", "country"),
        ("somewhere on the border", "country"),
        ("The president met the minister.", "unknown"),
        ("вчера вечером произошла перестрелка", "unknown"),
        ("شب گذشته درگیری رخ داد", "unknown"),
        ("Rushan Abbas said on Friday that nobody was hurt.", "unknown"),
        ("Derbent, Dagestan", "unknown"),
        ("Мургаб в Туркмении", "unknown"),
    ],
)
def test_what_cannot_be_placed_is_refused(text, precision):
    answer = geocode(text)
    assert not answer.found and answer.location_precision == precision


@pytest.mark.parametrize(
    "text",
    ["On 12 March 2020 smugglers crossed the border", "Two were killed on 4 March on the border",
     "Five people were killed", "Пять человек убиты на границе", "панҷ нафар кушта шуданд",
     "پنج نفر کشته شدند", "سه نفر در مرز کشته شدند", "یک سرباز کشته شد", "се нафар кушта шуданд",
     "دوستی تاجیکستان و افغانستان", "دوستی مردم تاجیکستان", "12 kg of heroin was seized",
     "Ali Khan was arrested", "Said Mirzo said", "Шерали Хайруллоев сообщил об этом",
     "Zafar Rahimov was detained", "в 2 часа 30 минут", "12", "7", "№ 12", "2024-05-03",
     "Хизбут-Тахрир", "Moscow", "The Moscow Times reported", "Московский комсомолец"],
)  # fmt: skip
def test_dates_numbers_and_people_are_no_places(text):
    """A number is no border post, a month no village, a verb no village either."""
    answer = geocode(text)
    assert not answer.found, str(answer)


@pytest.mark.parametrize(("text", "_precision", "_ids", "_side"), REPORTS)
def test_spans_are_those_of_the_text(text, _precision, _ids, _side):
    """Wherever the report stands in a longer text."""
    alone = geocode(text).mentions
    led = geocode("\n\n  «»  " + text).mentions
    assert len(alone) and len(led)
    assert list(alone["text"])[-1] == list(led["text"])[-1]
    assert list(led["start"])[-1] == list(alone["start"])[-1] + 8


def test_names_are_found_among_marks_and_half_spaces():
    """Direction marks between letters neither hide a name nor shift its span."""
    text = "\u202bدر ولسوالی\u200cدرقد\u202c و \u202aKishty\u202c"
    answer = geocode(text)
    assert "af-d-darqad" in set(answer.mentions["place_id"])


# ---- what a caller knows or brings ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("country", "place_id"), [("TJ", "tj-d-ishkoshim"), ("AF", "af-d-ishkashim")]
)
def test_a_known_country_chooses_the_bank(country, place_id):
    answer = geocode("Shots were fired in Ishkashim.", country=country)
    assert (answer.place_ids, answer.country_side, answer.ambiguous) == (
        (place_id,), country, False,
    )  # fmt: skip


def test_a_known_province_or_district_chooses():
    assert geocode("Langar", admin2="Wakhan").country_side == "AF"
    assert geocode("Ishkashim", admin1="GBAO").place_ids == ("tj-d-ishkoshim",)
    assert geocode("nothing is named", country="AF").location_precision == "country"
    assert geocode("nothing is named", country="AF").country_side == "AF"


def test_a_country_must_be_known():
    with pytest.raises(ParameterError, match="country must be one of AF, TJ, but is 'Tajikistan'"):
        geocode_text("Khorog", country="Tajikistan")


def test_a_recogniser_of_ones_own_decides_what_is_a_place():
    """Only the words it gives are looked up."""
    text = "Fighting in Vanj and Farkhor districts"
    asked = []

    def ner(given):
        asked.append(given)
        start = given.index("Farkhor")
        return [(start, start + len("Farkhor"))]

    answer = geocode(text, ner=ner)
    assert answer.place_ids == ("tj-d-farkhor",)
    assert list(answer.mentions["name"]) == ["Farkhor"]
    assert asked == [text]
    assert not geocode(text, ner=lambda given: []).found
    assert geocode(text, ner=lambda given: iter([(0, len(given))])).found


@pytest.mark.parametrize("span", [(-1, 4), (3, 3), (5, 2), (0, 1000), (10, 4)])
def test_spans_outside_the_text_are_refused(span):
    with pytest.raises(ParameterError, match="ner must give the start and end of places"):
        geocode_text("Khorog", ner=lambda text: [span])


@pytest.mark.parametrize("spans", [[("a", "b")], [5], [(1, 2, 3)], [None], 7])
def test_what_is_no_span_is_refused(spans):
    with pytest.raises((ParameterError, TypeError, ValueError)):
        geocode_text("Khorog", ner=lambda text: spans)


def test_other_radii_are_used():
    wide = replace(LocationUncertainty(), settlement_km=7.0, near_settlement_km=20.0)
    assert geocode("Khorog", uncertainty=wide).location_uncertainty_km == 7.0
    assert geocode("near Khorog", uncertainty=wide).location_uncertainty_km == 20.0
    assert geocode("Khorog").location_uncertainty_km == 3.0


def test_a_threshold_refuses_what_fits_less_well():
    text = "Farkohr district"
    score = geocode(text).score
    assert 0.8 <= score < 1
    refused = geocode(text, threshold=score + 0.001)
    assert not refused.found and "less than" in refused.reason


@pytest.fixture
def equator_places():
    return Gazetteer(
        pd.DataFrame(
            {
                "place_id": ["town", "far", "north"],
                "name": ["Zebrano", "Farland", "Northshire"],
                "feature_class": ["town", "town", "district"],
                "country": ["N", "S", "N"],
                "lat": [0.01, 1.0, 0.1],
                "lon": [70.5, 70.5, 70.3],
                "admin2": ["Northshire", "", "Northshire"],
                "from_km": [None, None, 10.0],
                "to_km": [None, None, 60.0],
            }
        )
    )


def test_another_border_and_its_own_gazetteer(equator, equator_places):
    """On a line along the equator, with places of one's own."""
    own = {"gazetteer": equator_places, "boundary": equator}
    town = geocode_text("near Zebrano", **own)
    assert (town.lon, town.lat, town.place_ids) == (70.5, 0.01, ("town",))
    assert town.country_side == "N" and not town.off_border
    assert geocode_text("Farland", **own).off_border  # 110 km from the line
    district = geocode_text("Northshire district", **own)
    assert (district.frontage_from_km, district.frontage_to_km) == (10.0, 60.0)
    assert not geocode_text("Khorog", **own).found
    up = geocode_text("5 km upstream of Zebrano", **own)
    # 0.5 degree of the equator: 55.66 km; the radius of an approximate point is 5 km.
    assert (up.frontage_from_km + up.frontage_to_km) / 2 == pytest.approx(55.66 + 5, abs=0.01)


# ---- the curated incidents -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def judged(border):
    """Every reported place with a district: whether the answer is in it, and on which bank."""
    data = data_folder()
    stretches = pd.read_csv(data / "boundaries" / "district_frontage.csv").set_index("name")
    wider = pd.read_csv(data / "curated" / "placing_frontage.csv").set_index("place_id")
    with open(data / "curated" / "admin_names.csv", encoding="utf-8") as file:
        today = {
            r["as_curated"]: r["name"] for r in csv.DictReader(file) if r["column"] == "admin2"
        }
    with open(data / "curated" / "incidents.csv", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["admin2"]]
    table = []
    for row in rows:
        district = today.get(row["admin2"], row["admin2"])
        answer = geocode(row["place_as_reported"])
        if district in stretches.index:
            low, high = stretches.loc[district, ["from_km", "to_km"]]
            place_id = stretches.loc[district, "place_id"]
            if place_id in wider.index:
                low = np.nanmin([low, wider.loc[place_id, "from_km"]])
                high = np.nanmax([high, wider.loc[place_id, "to_km"]])
            if answer.lon is not None:
                at = border.index.locate([answer.lon], [answer.lat]).chainage_m[0] / 1000
                right = low - 2 <= at <= high + 2  # the tables are good to 2 km
            elif answer.frontage_from_km is not None:
                right = min(answer.frontage_to_km, high) > max(answer.frontage_from_km, low)
            else:
                right = False
        else:  # a district that does not touch the border
            right = answer.admin2 == district or answer.off_border
        table.append((row["place_as_reported"], row["country_side"], district, right, answer))
    return pd.DataFrame(table, columns=["text", "side", "district", "right", "answer"])


def test_reported_places_are_found_in_their_district(judged):
    """97 in 100 of all with a district, the share the project sets itself."""
    assert len(judged) > 100
    wrong = judged.loc[~judged["right"], ["text", "district"]].values.tolist()
    assert judged["right"].mean() >= 0.97, wrong


def test_reported_places_are_never_in_the_wrong_country(judged):
    answered = [a.country_side for a in judged["answer"]]
    wrong = [
        (text, got)
        for text, side, got in zip(judged["text"], judged["side"], answered, strict=True)
        if {side, got} == {"TJ", "AF"}
    ]
    assert wrong == []
    assert sum(side in ("TJ", "AF") for side in answered) > 0.8 * len(answered)


def test_an_answer_is_seldom_wider_than_a_province(judged):
    """So that "the right stretch" is not bought with the whole border."""
    widths = [
        a.frontage_to_km - a.frontage_from_km
        for a in judged["answer"]
        if a.frontage_from_km is not None
    ]
    assert np.median(widths) < 130
    assert np.mean(np.array(widths) > 300) < 0.05


# ---- tables of events ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reports():
    table = pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(9)],
            "date_start": ["2020-01-01"] * 9,
            "place": ["near Yol, Shuroobod district", "Farkhor district", "?", None, 5,
                      "Khorog", "Ishkashim", "Ishkashim", "Kulob city"],
            "country_side": [None] * 7 + ["AF", None],
            "note": list("abcdefghi"),
        }
    )  # fmt: skip
    table.attrs["who"] = "us"
    return table


@pytest.fixture(scope="module")
def placed(reports):
    return geocode_events(reports)


def test_events_are_placed_by_their_words(placed):
    assert placed["location_precision"].tolist() == [
        "near_settlement", "district", "unknown", "unknown", "unknown", "settlement", "district",
        "district", "settlement",
    ]  # fmt: skip
    assert placed.crs == "EPSG:4326"
    assert placed.geometry.notna().tolist() == [True, *[False] * 4, True, False, False, True]
    assert placed["frontage_from_km"].notna().tolist() == [
        False, True, *[False] * 4, True, True, False,
    ]  # fmt: skip
    assert placed["place_ids"].tolist()[0] == ["tj-v-yol-1221621"]
    assert placed["geocode_ambiguous"].tolist() == [*[False] * 6, True, False, False]
    assert placed["geocode_score"].between(0, 1).all()
    assert placed["location_basis"].str.len().gt(5).all()


def test_hints_come_from_the_columns_of_the_table(placed, reports):
    assert (
        placed["country_side"].tolist()[7] == "AF" and placed["admin2"].tolist()[7] == "Ishkashim"
    )
    table = reports.assign(admin1=[None] * 6 + ["GBAO"] + [None] * 2)
    assert geocode_events(table)["place_ids"].tolist()[6] == ["tj-d-ishkoshim"]
    odd = reports.assign(
        country_side=["both", "Tajikistan", 5, None, "", " TJ ", "TJ ", "AF", None]
    )
    assert geocode_events(odd)["place_ids"].tolist()[6] == ["tj-d-ishkoshim"]


def test_what_is_placed_already_stays(reports):
    """Rows with a geometry or a stretch are not read again."""
    line = LineString([(70.1, 37.5), (70.2, 37.6)])
    table = gpd.GeoDataFrame(
        reports.assign(
            location_precision=["exact", "district", *[None] * 7],
            location_uncertainty_km=[0.5, 12.0, *[None] * 7],
            frontage_from_km=[None, 100.0, *[None] * 5, 820.0, None],
            frontage_to_km=[None, 124.0, *[None] * 5, 830.0, None],
            admin2=["Somewhere", None, *[None] * 7],
        ),
        geometry=[Point(68.0, 37.0), line, *[None] * 7],
        crs=4326,
    )
    done = geocode_events(table)
    assert done.geometry.iloc[0] == Point(68.0, 37.0) and done.geometry.iloc[1] == line
    assert done["location_precision"].tolist()[:2] == ["exact", "district"]
    assert done["location_uncertainty_km"].tolist()[:2] == [0.5, 12.0]
    assert done["frontage_from_km"].tolist()[1] == 100.0
    assert done["admin2"].tolist()[0] == "Somewhere"
    assert done["place_ids"].tolist()[0] is None
    assert done["location_precision"].tolist()[5] == "settlement"
    assert done["frontage_to_km"].tolist()[7] == 830.0 and done["place_ids"].tolist()[7] is None
    assert done.attrs["geocoding"]["kept"] == 3


def test_a_row_placed_anew_keeps_no_old_radius(reports):
    """A refusal carries no radius and no stretch of before."""
    table = reports.assign(location_uncertainty_km=[99.0] * 9, location_precision=["district"] * 9)
    done = geocode_events(table)
    assert done["location_uncertainty_km"].tolist()[5] == 3.0
    assert np.isnan(done["location_uncertainty_km"].tolist()[2])
    assert done["location_precision"].tolist()[2] == "unknown"


def test_the_table_comes_back_unchanged_with_what_was_known(reports, placed):
    before = reports.copy()
    geocode_events(reports)
    pd.testing.assert_frame_equal(reports, before)
    assert placed["note"].tolist() == list("abcdefghi")
    assert placed.attrs["who"] == "us"
    said = placed.attrs["geocoding"]
    assert (said["placed"], said["refused"], said["kept"]) == (6, 3, 0)
    assert said["place_column"] == "place" and said["threshold"] == 0.8
    assert said["gazetteer_places"] == len(load_gazetteer())


def test_another_column_and_an_index_of_its_own(reports):
    table = reports.rename(columns={"place": "where"}).set_index("note")
    done = geocode_events(table, place_column="where")
    assert done["location_precision"].tolist()[5] == "settlement"
    assert len(done) == 9


def test_a_table_must_have_the_column():
    with pytest.raises(ColumnError, match="events needs the column 'where'"):
        geocode_events(pd.DataFrame({"place": ["Khorog"]}), place_column="where")
    with pytest.raises(ParameterError, match="must be a table.*but is a str.*geocode_text"):
        geocode_events("Khorog")


def test_a_table_without_rows():
    done = geocode_events(pd.DataFrame({"place": pd.Series([], dtype=str)}))
    assert len(done) == 0 and "location_precision" in done


def test_placed_events_go_on_to_weights_and_rates(placed, border, segments):
    """Each event's weights sum to 1 with what is off the border; rates count them."""
    located = fg.locate_events(placed, border)
    first = located[located["candidate"] == 0].set_index("event_id")
    assert first["placement"].to_dict() == {
        "e0": "point", "e1": "frontage", "e2": "unplaced", "e3": "unplaced", "e4": "unplaced",
        "e5": "point", "e6": "frontage", "e7": "frontage", "e8": "off_border",
    }  # fmt: skip
    assert first.loc["e5", "chainage_km"] == pytest.approx(777.6, abs=0.1)
    weights = fg.segment_weights(located, segments)
    sums = weights.groupby("event_id", observed=True)["probability"].sum()
    assert set(sums.index) >= {"e0", "e1", "e5", "e6", "e7", "e8"}
    assert np.allclose(sums, 1, atol=1e-12)
    farkhor = weights[(weights["event_id"] == "e1") & (weights["probability"] > 0)]
    inside = segments.set_index("segment_id").loc[farkhor["segment_id"].astype(str)]
    assert inside["to_km"].min() > 220.5 and inside["from_km"].max() < 294.0
    rates = fg.segment_rates(located, segments)
    assert rates["expected_events"].sum() == pytest.approx(5, abs=0.3)  # e0, e1, e5, e6, e7


def test_the_same_events_have_the_same_places(reports, placed):
    pd.testing.assert_frame_equal(
        pd.DataFrame(geocode_events(reports)), pd.DataFrame(placed), check_like=False
    )


# ---- hostile text --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", " ", "\n\t\r", "\x00\x01\x02", "\u202e\u202d\u2066\u2069", "\ufeff", "\u200c\u200d", "😀🎉🔥",
     "🇹🇯🇦🇫", "👨‍👩‍👧‍👦", "<b>", "<script>alert('x')</script>", "<img src=x onerror=alert(1)>",
     "javascript:alert(1)", "=1+1", '=HYPERLINK("http://x","y")', "@SUM(A1)", "+1", "-1",
     "=cmd|' /C calc'!A0", "'; DROP TABLE events;--", "{{7*7}}", "${x}", "%s%n", "../../etc/passwd",
     "(((((", "[" * 500, "None", "nan", "NULL", "n/a", "?", "-", "...", "\ud800", "\udfff\ud800",
     "a" * 100_000, "😀" * 100_000, "\u0301" * 50_000, "0" * 100_000, "'" * 100_000, "(" * 100_000,
     "abc\u202edef\u202c عربی \u202bxyz", "\u0627\u0301\u0302\u0303", "𐏉𐎁", "漢字 かな"],
)  # fmt: skip
def test_hostile_texts_name_no_place(text):
    """They never raise, and never find a place."""
    answer = geocode(text)
    assert not answer.found and answer.text == text


@pytest.mark.parametrize(
    "thing", [None, 0, 12, 3.5, float("nan"), b"Khorog", ["Khorog"], {}, object()]
)
def test_what_is_no_text_has_no_place(thing):
    answer = geocode(thing)
    assert not answer.found and "not a text" in answer.reason


@pytest.mark.parametrize(
    "text",
    ["<b>Farkhor</b> district", "Farkhor\u202e district\u202c", "FARKHOR DISTRICT", "farkhor district",
     "Ｆａｒｋｈｏｒ district", "Farkhor\u00a0district", "\u200eFarkhor district\u200e",
     "Farkhor   district", "😀 Farkhor district 😀", '=HYPERLINK("http://x","Farkhor district")'],
)  # fmt: skip
def test_a_place_is_found_through_the_dirt_around_it(text):
    answer = geocode(text)
    assert answer.place_ids[:1] == ("tj-d-farkhor",)


PIECES = [
    "Farkhor ",
    "x y ",
    "و ",
    "Ишкашим, ",
    "near Khorog. ",
    "Abrakadabra ",
    "ده\u200cها ",
    "12 km ",
]


@pytest.mark.parametrize("piece", PIECES)
def test_time_grows_with_the_length_of_the_text(piece):
    """Four times the words take about four times as long, not sixteen."""
    geocode_text(piece * 3)

    def seconds(count):
        best = float("inf")
        for _ in range(2):
            start = time.process_time()
            geocode_text(piece * count)
            best = min(best, time.process_time() - start)
        return best

    # 8 lies between 4 (linear) and 16 (quadratic); 10 ms allow for what every text costs.
    assert seconds(800) < 8 * seconds(200) + 0.01


def test_a_text_is_read_up_to_a_length_that_is_said():
    """What stands behind that is not read, and the reason says so."""
    answer = geocode("." * 200_000 + " Khorog")
    assert not answer.found
    assert re.search(r"only the first [1-9]\d*,000 characters were read", answer.reason)
    answer = geocode("Khorog " + "." * 200_000)
    assert answer.place_ids == ("tj-t-khorog",)
    assert re.search(r"only the first [1-9]\d*,000 characters were read", answer.reason)
    assert "characters" not in geocode("." * 5_000 + " Khorog").reason


TOKENS = st.sampled_from(
    "Khorog Ишкашим درقد Panj район district ولسوالی near в 12 km км upstream between and of opposite "
    "Tajik Afghan border граница مرز Farkhor Hamadoni Langar Абв Xyz , . — ( ) village from to "
    "напротив sector resident Dushanbe 1116 0 пять پنج".split()
)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=100))
@example("\ud800 Khorog")
@example("²km upstream of Khorog")
@example("١٢ km upstream of Khorog")
@example("½ km north of Khorog")
@example("𝟙𝟚 km north of Khorog")
def test_any_text_has_a_valid_answer(text):
    geocode(text)


@settings(max_examples=300, deadline=None)
@given(st.lists(TOKENS, max_size=12).map(" ".join))
def test_any_words_of_reports_have_a_valid_answer(text):
    """Words that mean something, in an order that does not."""
    geocode(text)


@settings(max_examples=40, deadline=None)
@given(st.lists(TOKENS, min_size=1, max_size=10).map(" ".join), st.sampled_from(["TJ", "AF"]))
def test_the_same_text_has_the_same_answer(text, country):
    """Whatever was asked before; and with a known country no place of the other is chosen surely."""
    assert geocode(text) == geocode(text)
    check_valid(geocode_text(text, country=country))


@pytest.mark.parametrize("text", ["Panj", "across the Panj river", "Пяндж", "on the Pamir river"])
def test_a_river_that_is_the_border_lies_on_no_one_bank(text):
    """A report that names only the river does not say on which side it happened."""
    assert geocode_text(text).country_side in (None, "both")


def test_a_place_of_a_list_that_is_not_at_the_border_is_told():
    """Of two districts only one touches the line: the other is not left out without a word."""
    for text in ("Kulob and Farkhor districts", "Farkhor and Kulob districts"):
        place = geocode_text(text)
        assert place.place_ids == ("tj-d-farkhor",)
        assert "Kulob, named too, is not at the border" in place.reason


def test_a_text_that_recurs_is_read_once_for_the_same_hints():
    """Exports repeat a few names thousands of times; the side still tells two Ishkashims apart."""
    read = []

    def everything(text):
        read.append(text)
        return [(0, len(text))]

    sides = ["TJ", "TJ", "AF", "TJ"]
    reports = pd.DataFrame({"place": ["Ishkashim"] * 3 + [None], "country_side": sides})
    placed = geocode_events(reports, ner=everything)
    alone = [geocode_events(reports.iloc[[k]]).iloc[0] for k in range(4)]
    assert placed["place_ids"].tolist() == [row["place_ids"] for row in alone]
    assert placed["place_ids"][0] == placed["place_ids"][1] != placed["place_ids"][2]
    assert placed["location_precision"].tolist() == [row["location_precision"] for row in alone]
    assert read == ["Ishkashim"] * 2
