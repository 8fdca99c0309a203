"""
Sentences as news has them, in which a word near a name does not belong to it, or the name is no place.

The expectations are those of readers who tried the geocoder without knowing its rules.
"""

from __future__ import annotations

import pytest

from frontier_geo import geocode_text


@pytest.mark.parametrize(
    "text",
    [
        "Near midnight, shots were heard in Khorog",
        "Around 40 people gathered in Khorog",
        "magnitude 4.5 at a depth of 10 km in Khorog",
        "The convoy covered 40 km and was attacked in Khorog",
        "A power line in Khorog fell",
        "Protests spread across Khorog",
    ],
)
def test_a_word_that_belongs_to_something_else_changes_nothing(text):
    """It happened in the town: not near it, not across from it, not so many km away."""
    place = geocode_text(text)
    assert (place.place_ids, place.location_precision) == (("tj-t-khorog",), "settlement")
    assert place.country_side == "TJ"


@pytest.mark.parametrize(
    ("text", "place_id", "side"),
    [
        ("Three killed in attack from the Afghan side in Shamsiddin Shohin district",
         "tj-d-shamsiddin-shohin", "TJ"),
        ("с афганской стороны обстрелян кишлак Чубек", "tj-v-chubek-1221997", "TJ"),
        ("crossed from the Tajik side into Darqad district", "af-d-darqad", "AF"),
        ("Операция против контрабандистов в Фархорском районе", "tj-d-farkhor", "TJ"),
        ("عملیات در مقابل طالبان در ولسوالی درقد", "af-d-darqad", "AF"),
        ("clashes across the border in Imam Sahib district", "af-d-imam-sahib", "AF"),
    ],
)  # fmt: skip
def test_where_it_came_from_is_not_the_bank(text, place_id, side):
    """Shots from one bank hit the other."""
    place = geocode_text(text)
    assert (place.place_ids, place.country_side) == ((place_id,), side)


@pytest.mark.parametrize(
    "text",
    [
        "Two Afghan smugglers were detained in Ishkashim",
        "Afghan drugs seized in Ishkashim",
        "Tajik traders were killed in Ishkashim",
        "Гражданин Афганистана задержан в Ишкашиме",
    ],
)
def test_the_people_of_a_country_do_not_say_which_bank(text):
    """The town is on both banks, and nothing says on which it happened."""
    place = geocode_text(text)
    assert place.ambiguous and place.country_side is None


@pytest.mark.parametrize(
    "text",
    [
        "12 killed in Kunduz's Chahar Dorra district",
        "killed in Qush Tepa district of Badakhshan province, Afghanistan",
        "Kofarnihon river at Dushanbe",
        "the Gunt river",
        "Colonel Shamsiddin Shohin said",
        "полковник Рушанов",
        "Imam Sahib mosque in Kabul",
        "12 men were detained",
        "Житель Московской области задержан в Душанбе",
        "سه کارگر کشته شدند",
        "مردم خواهان صلح هستند",
        "Dasht-e Barchi in Kabul was bombed",
        "Farkhar district, Takhar",
    ],
)
def test_what_is_not_at_the_border_gets_no_place_on_it(text):
    """Unknown districts, rivers inland, persons, mosques and numbers: nothing to be put on the line."""
    place = geocode_text(text)
    assert place.frontage_from_km is None and place.lon is None, str(place)


@pytest.mark.parametrize(("side", "expected"), [("AF", "AF"), (None, "AF")])
def test_opposite_a_town_is_the_side_that_is_known(side, expected):
    """The side known from elsewhere is that of the incident, not of the town opposite."""
    place = geocode_text("opposite Khorog", country=side)
    assert place.country_side == expected and place.frontage_from_km < 778 < place.frontage_to_km


def test_the_bank_near_a_village_of_the_other_bank_is_a_stretch():
    """A point on the Tajik bank does not stand for the Afghan one."""
    place = geocode_text("the Afghan bank near Shodak")
    assert (place.country_side, place.lon, place.location_precision) == ("AF", None, "frontage")


def test_a_village_said_to_lie_elsewhere_is_its_district():
    """The Langar that is known lies in Ishkoshim: of one in Vanj only the district is known."""
    place = geocode_text("село Лангар Ванчского района")
    assert (place.location_precision, place.admin2, place.lon) == ("district", "Vanj", None)
