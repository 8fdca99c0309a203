"""Relative phrases in four languages, with intervals worked by hand."""

from __future__ import annotations

import math

import pytest
from pyproj import Geod

from frontier_geo import geocode_text

# Chainages from data/boundaries/referents.csv and the two district tables, which are built without
# the gazetteer: bridges and mouths stand within 2 km of the town named.
RUZVAY_KM = 545.94  # Ruzvai bridge
ISHKOSHIM_KM = 879.75  # the bridge is given the coordinates of the town
LANGAR_KM = 1001.84  # as above
KHOROG_KM = 776.45  # mouth of the Gunt, at the river; the town's point is 2.6 km from it
SHODAK_KM = 580.65
HEAD_OF_RIVER_KM = 1116.6533  # where the line enters Lake Zorkul
PROVINCES_MEET_KM = 456.7277  # Khatlon and GBAO

SETTLEMENT_KM = 3.0  # radius of a settlement's point
LEAST_SLACK_KM = 2.0
SHARE = 0.15  # of the distance said


def half_width(distance):
    """Of an interval around a distance: the settlement's radius and the roughness of the distance."""
    return math.hypot(SETTLEMENT_KM, max(LEAST_SLACK_KM, SHARE * distance))


def stretch(text, **given):
    answer = geocode_text(text, **given)
    assert answer.location_precision != "unknown", answer.reason
    assert answer.frontage_from_km is not None, str(answer)
    assert answer.lon is None and answer.lat is None
    return answer.frontage_from_km, answer.frontage_to_km


def is_refused(text, words):
    answer = geocode_text(text)
    assert not answer.found and answer.location_precision == "country", str(answer)
    assert words in answer.reason
    assert answer.lon is answer.frontage_from_km is answer.location_uncertainty_km is None


# ---- along the stream ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "start", "distance", "sign"),
    [
        ("12 km upstream of Ishkoshim", ISHKOSHIM_KM, 12, 1),
        ("12 km downstream of Ishkoshim", ISHKOSHIM_KM, 12, -1),
        ("10 km upstream of Ruzvay", RUZVAY_KM, 10, 1),
        ("about 10 kilometres upriver from Ruzvay", RUZVAY_KM, 10, 1),
        ("ten km downstream of Ruzvay", RUZVAY_KM, 10, -1),
        ("в 10 км выше по течению от Рузвая", RUZVAY_KM, 10, 1),
        ("10 км ниже по течению от Рузвая", RUZVAY_KM, 10, -1),
        ("в десяти км выше по течению от Рузвая", RUZVAY_KM, 10, 1),
        ("10 км болотар аз Рузвай", RUZVAY_KM, 10, 1),
        ("10 км поёнтар аз Рузвай", RUZVAY_KM, 10, -1),
        ("ده کیلومتر بالاتر از خاروغ", KHOROG_KM, 10, 1),
        ("۱۰ کیلومتر پایین‌تر از خاروغ", KHOROG_KM, 10, -1),
        ("40 km upstream of Khorog", KHOROG_KM, 40, 1),
        ("12.5 km upstream of Ruzvay", RUZVAY_KM, 12.5, 1),
        ("12,5 км выше по течению от Рузвая", RUZVAY_KM, 12.5, 1),
    ],
)
def test_so_many_km_up_or_down_the_river(text, start, distance, sign):
    """Upstream chainage grows. The referents stand up to 1.2 km from the towns along the line."""
    low, high = stretch(text)
    middle = start + sign * distance
    assert (low + high) / 2 == pytest.approx(middle, abs=1.3)
    assert (high - low) / 2 == pytest.approx(half_width(distance), abs=0.01)


@pytest.mark.parametrize(
    "text", ["10-20 km upstream of Ruzvay", "в 10–20 км выше по течению от Рузвая"]
)
def test_a_range_of_km_is_its_middle_and_at_least_its_half(text):
    low, high = stretch(text)
    assert (low + high) / 2 == pytest.approx(RUZVAY_KM + 15, abs=1.3)
    assert (high - low) / 2 >= 5


@pytest.mark.parametrize(
    ("text", "start", "sign"),
    [
        ("upstream of Khorog", KHOROG_KM, 1),
        ("downstream of Ruzvay", RUZVAY_KM, -1),
        ("выше по течению от Рузвая", RUZVAY_KM, 1),
        ("ниже по течению от Рузвая", RUZVAY_KM, -1),
    ],
)
def test_up_or_down_the_river_without_a_distance(text, start, sign):
    """20 km to that side, and the radius of the town at both ends."""
    low, high = stretch(text)
    ends = sorted((start, start + sign * 20))
    assert low == pytest.approx(ends[0] - SETTLEMENT_KM, abs=1.3)
    assert high == pytest.approx(ends[1] + SETTLEMENT_KM, abs=1.3)


def test_upstream_of_a_district_is_as_wide_as_the_district():
    """Vanj has km 603-653: its middle is 628, its half 25, with the slack of 10 km 25.08."""
    low, high = stretch("10 km upstream of Vanj district")
    assert low == pytest.approx(638 - math.hypot(25, 2), abs=0.01)
    assert high == pytest.approx(638 + math.hypot(25, 2), abs=0.01)


def test_half_the_length_is_the_uncertainty():
    answer = geocode_text("10 km upstream of Ruzvay")
    half = (answer.frontage_to_km - answer.frontage_from_km) / 2
    assert answer.location_uncertainty_km == pytest.approx(half, abs=1e-3)
    assert answer.location_precision == "frontage"
    assert answer.place_ids == ("tj-v-ruzvay-1478505",)
    assert answer.country_side == "TJ" and not answer.ambiguous


def test_past_the_head_of_the_river_the_interval_is_cut():
    """100 km above Langar is km 1101.8, ± 15.3: up to Lake Zorkul at km 1116.65, no farther."""
    low, high = stretch("100 km upstream of Langar")
    assert low == pytest.approx(LANGAR_KM + 100 - half_width(100), abs=0.5)
    assert high == pytest.approx(HEAD_OF_RIVER_KM, abs=0.06)  # terrain.csv has one decimal


@pytest.mark.parametrize(
    "text",
    ["150 km upstream of Langar", "12 km upstream of Zorkul", "в 150 км выше по течению от Лангара",
     "upstream of Zorkul"],
)  # fmt: skip
def test_where_no_river_is_there_is_no_upstream(text):
    is_refused(text, "no river beyond km 1117")


def test_past_the_start_of_the_line_the_interval_is_cut_or_refused():
    """40 km below Ayvaj (km 38) leaves the border by half, 500 km below it wholly."""
    low, high = stretch("40 km downstream of Ayvaj")
    assert low == 0 and 0 < high < 20
    is_refused("500 km downstream of Ayvaj", "past the end")


# ---- between -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["between Ruzvay and Vanj", "between Vanj and Ruzvay", "между Рузваем и Ванчем",
     "байни Рузвай ва Ванҷ", "on the border between Ruzvay and Vanj"],
)  # fmt: skip
def test_between_two_places_is_from_the_one_to_the_other(text):
    """From Ruzvay less its radius to Vanj, whose valley ends at km 627.3."""
    low, high = stretch(text)
    assert low == pytest.approx(RUZVAY_KM - SETTLEMENT_KM, abs=1.0)
    assert high == pytest.approx(627.3 + SETTLEMENT_KM, abs=4.0)


def test_between_two_places_in_dari():
    low, high = stretch("در میان خاروغ و روشان")
    assert high == pytest.approx(KHOROG_KM + SETTLEMENT_KM, abs=1.5)
    assert 690 < low < 721.4  # Rushon lies below the mouth of the Bartang


@pytest.mark.parametrize(
    "text", ["from Vanj to Rushon along the border", "на границе от Ванча до Рушана"]
)
def test_from_one_place_to_the_other(text):
    low, high = stretch(text)
    assert 603 < low < 630 and 717 < high < 737


@pytest.mark.parametrize(
    "text", ["between Khorog and Dushanbe", "between Khorog and Kulob", "между Хорогом и Кулябом"]
)
def test_between_a_place_and_one_far_from_the_border_is_no_settlement(text):
    """It happened somewhere on 300 km of road: not within 3 km of Khorog."""
    answer = geocode_text(text)
    assert answer.location_precision not in ("exact", "settlement"), str(answer)


# ---- limits of districts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "border of Hamadoni and Farkhor districts",
        "border between Farkhor and Hamadoni districts",
        "between Hamadoni and Farkhor districts",
        "на границе Хамадонинского и Фархорского районов",
        "на стыке Фархорского и Хамадонинского районов",
        "между Фархорским и Хамадонинским районами",
        "дар сарҳади ноҳияҳои Ҳамадонӣ ва Фархор",
    ],
)
def test_the_limit_of_two_districts_of_one_bank(text):
    """Farkhor ends at km 294 of the table: 5 km to either side and 2 km for the table."""
    assert stretch(text) == (287.0, 301.0)


@pytest.mark.parametrize(
    "text",
    ["در مرز ولسوالی های چاه آب و درقد", "در مرز ولسوالی چاه آب و ولسوالی درقد",
     "border of Chah Ab and Darqad districts"],
)  # fmt: skip
def test_the_limit_of_two_afghan_districts(text):
    """Darqad ends and Chah Ab begins at km 309.5."""
    assert stretch(text) == (302.5, 316.5)


@pytest.mark.parametrize(
    "text",
    ["border of Chah Ab and Hamadoni districts", "border of Hamadoni and Chah Ab districts",
     "на границе Хамадонинского района и района Чах-Аб"],
)  # fmt: skip
def test_the_limit_of_districts_across_the_river_is_where_they_face_each_other(text):
    """Chah Ab has km 309.5-350, Hamadoni km 294-379.5."""
    answer = geocode_text(text)
    assert (answer.frontage_from_km, answer.frontage_to_km) == (309.5, 350.0)
    assert answer.country_side == "both"


def test_the_limit_of_districts_that_do_not_face_each_other_is_refused():
    is_refused("border of Chah Ab and Ishkoshim districts", "do not face each other")


def test_between_districts_that_do_not_meet_is_from_the_one_to_the_other():
    """Panj km 157.5-220.5, Darvoz km 455.5-603."""
    assert stretch("between Panj and Darvoz districts") == (157.5, 603.0)


def test_the_limit_of_two_provinces():
    low, high = stretch("border of Khatlon and GBAO provinces")
    assert low == pytest.approx(PROVINCES_MEET_KM - 7, abs=0.01)
    assert high == pytest.approx(PROVINCES_MEET_KM + 7, abs=0.01)


# ---- the bank opposite ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["opposite Khorog", "across from Khorog", "across the river from Khorog", "напротив Хорога",
     "муқобили Хоруғ", "مقابل خاروغ", "روبروی خاروغ", "on the Afghan side opposite Khorog"],
)  # fmt: skip
def test_opposite_a_town_is_its_stretch_on_the_other_bank(text):
    answer = geocode_text(text)
    low, high = stretch(text)
    assert (low + high) / 2 == pytest.approx(KHOROG_KM, abs=1.5)
    assert 2 * SETTLEMENT_KM - 0.01 <= high - low <= 20.01  # the town's radius, or that of "near"
    assert answer.country_side == "AF"
    assert answer.admin2 is None and answer.admin1 is None


@pytest.mark.parametrize(
    ("text", "side"),
    [("opposite Maimay", "TJ"), ("напротив Маймая", "TJ"), ("муқобили Маймай", "TJ"),
     ("opposite Farkhor district", "AF"), ("opposite Imam Sahib district", "TJ")],
)  # fmt: skip
def test_opposite_a_district_is_on_the_other_bank(text, side):
    """The stretch stays that of the district."""
    answer = geocode_text(text)
    ends = {"Maimay": (576.0, 673.5), "Farkhor": (220.5, 294.0), "Imam": (105.5, 200.0)}
    wanted = next((e for name, e in ends.items() if name in text), ends["Maimay"])
    assert (answer.frontage_from_km, answer.frontage_to_km) == wanted
    assert answer.country_side == side


def test_across_from_a_village_on_a_side_that_is_named():
    answer = geocode_text("on the Afghan side across from Shodak")
    assert answer.country_side == "AF"
    assert (answer.frontage_from_km + answer.frontage_to_km) / 2 == pytest.approx(
        SHODAK_KM, abs=0.1
    )


def test_far_from_the_border_there_is_no_bank_opposite():
    is_refused("opposite Kulob city", "too far from the border")


# ---- sectors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        # The detachments' stretches in data/curated/sectors.csv, by the districts they guard.
        ("the Panj sector", 83.5, 220.5),
        ("sector of the Panj border detachment", 83.5, 220.5),
        ("на участке Пянджского погранотряда", 83.5, 220.5),
        ("Пянджский участок", 83.5, 220.5),
        ("the Moskovskiy sector", 220.5, 455.5),
        ("сектор Московского погранотряда", 220.5, 455.5),
        ("қитъаи Ҳамадонӣ", 220.5, 455.5),
        ("the Khorog sector", 653.0, 801.5),
        ("Хорогский погранотряд", 653.0, 801.5),
        ("sector of the Ishkoshim detachment", 801.5, 1044.0),
        ("на участке «Калай-Хумб»", 455.5, 653.0),
    ],
)
def test_a_sector_is_the_stretch_of_its_detachment(text, low, high):
    assert stretch(text) == (low, high)


def test_the_sector_of_a_village_is_no_point():
    """More than the place itself: what its radius holds."""
    low, high = stretch("the Kokul sector")
    assert low < 227.87 < high  # the ferry of Kokul


# ---- so many km from -----------------------------------------------------------------------------

KHOROG = (71.55337, 37.49039)  # GeoNames 1221328


def offset_from_khorog(answer):
    azimuth, _, metres = Geod(ellps="WGS84").inv(*KHOROG, answer.lon, answer.lat)
    return azimuth % 360, metres / 1000


COMPASS = {
    0: ["10 km north of Khorog", "в 10 км к северу от Хорога", "10 км дар шимоли Хоруғ",
        "۱۰ کیلومتری شمال خاروغ", "ten km north of Khorog", "10km north of Khorog"],
    45: ["10 km north-east of Khorog", "10 km northeast of Khorog",
         "в 10 км к северо-востоку от Хорога", "10 км дар шимолу шарқи Хоруғ",
         "۱۰ کیلومتری شمال شرق خاروغ"],
    90: ["10 km east of Khorog", "в 10 км восточнее Хорога", "10 км дар шарқи Хоруғ",
         "۱۰ کیلومتری شرق خاروغ"],
    135: ["10 km southeast of Khorog", "10 km south-east of Khorog",
          "в 10 км к юго-востоку от Хорога", "۱۰ کیلومتری جنوب شرق خاروغ"],
    180: ["10 km south of Khorog", "в 10 км южнее Хорога", "10 км дар ҷануби Хоруғ",
          "ده کیلومتری جنوب خاروغ"],
    225: ["10 km south west of Khorog", "в 10 км юго-западнее Хорога", "10 км дар ҷанубу ғарби Хоруғ",
          "۱۰ کیلومتری جنوب غربی خاروغ"],
    270: ["10 km west of Khorog", "в 10 км к западу от Хорога", "10 км дар ғарби Хоруғ"],
    315: ["10 km northwest of Khorog", "в 10 км к северо-западу от Хорога"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "azimuth"), [(text, azimuth) for azimuth, texts in COMPASS.items() for text in texts]
)
def test_so_many_km_in_a_direction_is_a_point_there(text, azimuth):
    """By an independent solution of the inverse problem; radius: town, distance, half a direction."""
    answer = geocode_text(text)
    bearing, distance = offset_from_khorog(answer)
    assert distance == pytest.approx(10, abs=0.01)
    assert abs((bearing - azimuth + 180) % 360 - 180) < 0.1
    # A direction is good to 22.5° to either side: 0.39 of the distance, rounded to 0.1 km.
    assert answer.location_uncertainty_km == pytest.approx(
        math.hypot(half_width(10), 3.9), abs=0.06
    )
    assert answer.location_precision == "near_settlement"


@pytest.mark.parametrize(
    "text", ["10 km from Khorog", "в 10 км от Хорога", "۱۰ کیلومتری خاروغ", "10 км аз Хоруғ"]
)
def test_so_many_km_in_no_direction_is_all_around(text):
    """The point of the town; the radius holds the distance, its slack and the town's own."""
    answer = geocode_text(text)
    assert offset_from_khorog(answer)[1] < 0.01
    assert answer.location_uncertainty_km == pytest.approx(10 + 2 + 3, abs=0.05)


@pytest.mark.parametrize("text", ["70 km north of Khorog", "в 150 км к северу от Хорога"])
def test_a_place_many_km_away_is_not_the_town_it_is_measured_from(text):
    """Whatever the answer, not within 3 km of Khorog."""
    answer = geocode_text(text)
    assert (
        answer.lon is None
        or answer.location_uncertainty_km > 50
        or (offset_from_khorog(answer)[1] > 50)
    ), str(answer)


def test_so_many_km_from_a_city_whose_province_has_its_name():
    """Distances are measured from the city of Kunduz (36.73° N), not from its province."""
    answer = geocode_text("50 km north of Kunduz")
    assert answer.lat == pytest.approx(36.73 + 50 / 111.0, abs=0.05), str(answer)


@pytest.mark.parametrize(
    "text",
    ["5 km from the border", "в 5 км от границы", "5 км аз сарҳад", "پنج کیلومتری مرز",
     "۵ کیلومتری مرز", "a few kilometres from the Tajik-Afghan border", "10 km along the border",
     "5 km inside Tajik territory"],
)  # fmt: skip
def test_a_distance_from_the_border_is_no_place(text):
    """No stretch, no point; that the border is meant is said."""
    answer = geocode_text(text)
    assert not answer.found, str(answer)
    assert answer.location_precision == "country"


@pytest.mark.parametrize(
    ("text", "place_id"),
    [
        ("Kishty village, 5 km from the border", "tj-v-kishti-poyon-1221122"),
        ("кишлак Кишты в 5 км от границы", "tj-v-kishti-poyon-1221122"),
        ("Kishty village, 60 km from Kulob", "tj-v-kishti-poyon-1221122"),
    ],
)
def test_a_distance_beside_a_place_named_only_describes_it(text, place_id):
    answer = geocode_text(text)
    assert answer.place_ids == (place_id,)
    assert answer.location_precision in ("settlement", "near_settlement")


@pytest.mark.parametrize(
    "text",
    ["20 km from the border near Khorog", "в 20 км от границы около Хорога",
     "20 км аз сарҳад дар наздикии Хоруғ"],
)  # fmt: skip
def test_a_distance_from_the_border_is_not_measured_from_a_town(text):
    """Near Khorog: 10 km, as without the distance; not 20 km around it."""
    answer = geocode_text(text)
    assert answer.place_ids == ("tj-t-khorog",)
    assert answer.location_uncertainty_km == 10.0


def test_a_relative_phrase_from_one_of_two_banks_says_so():
    """Ishkashim lies on both banks at the same chainage: the stretch is known, the side is not."""
    answer = geocode_text("12 km upstream of Ishkashim")
    low, high = answer.frontage_from_km, answer.frontage_to_km
    assert (low + high) / 2 == pytest.approx(ISHKOSHIM_KM + 12, abs=2)
    assert answer.country_side is None


@pytest.mark.parametrize("text", ["downstream of Khorog", "ниже по течению от Хорога",
                                  "10 км болотар аз Хоруғ", "дар байни Хоруғ ва Рӯшон"])  # fmt: skip
def test_a_town_there_is_one_of_is_not_ambiguous_in_any_language(text):
    assert not geocode_text(text).ambiguous
