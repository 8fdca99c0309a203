"""Merging places of GeoNames into a table: which rows are one place, and what becomes of both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import frontier_geo as fg
from frontier_geo._merging import merge_places
from frontier_geo.geonames import GAZETTEER_COLUMNS


def places(*rows: dict) -> pd.DataFrame:
    """Return a table with every column; what a row does not say is empty."""
    table = pd.DataFrame(rows, columns=list(GAZETTEER_COLUMNS))
    texts = [c for c in table if c not in ("lat", "lon", "from_km", "to_km", "population")]
    return table.astype(dict.fromkeys(texts, object)).fillna({c: "" for c in texts})


OURS = {
    "place_id": "tj-v-one", "name": "Samti", "feature_class": "village", "country": "TJ",
    "admin1": "Khatlon", "lat": 37.6, "lon": 69.9, "names_alt": "Samty", "name_ru": "Самти",
    "geonames_id": "11", "source": "ours", "licence": "CC0-1.0",
}  # fmt: skip
THEIRS = {
    **OURS, "place_id": "tj-v-samti-11", "names_alt": "Samtī;Samty", "name_ru": "Самти;Самти Боло",
    "name_fa": "سمتی", "population": 900.0, "source": "GeoNames, TJ.zip, 2026-10-01",
    "licence": "CC-BY-4.0",
}  # fmt: skip


def merged(first: dict, second: dict) -> tuple[pd.DataFrame, dict[str, int]]:
    return merge_places(places(first), places(second))


def test_one_number_is_one_place_and_its_names_are_joined():
    """The row there first keeps its id, coordinates and name; names, people and source are added."""
    table, counts = merged(OURS, {**THEIRS, "name": "Samti Bolo", "lat": 40.0})
    assert counts == {"there": 1, "merged": 1, "added": 0}
    row = table.iloc[0]
    assert (row["place_id"], row["name"], row["lat"]) == ("tj-v-one", "Samti", 37.6)
    assert row["names_alt"] == "Samty;Samti Bolo;Samtī"
    assert row["name_ru"] == "Самти;Самти Боло"
    assert row["name_fa"] == "سمتی"
    assert row["population"] == 900
    assert row["source"] == "ours; GeoNames, TJ.zip, 2026-10-01"
    assert row["licence"] == "CC0-1.0; CC-BY-4.0"


# 0.01 degrees of latitude are 1.11 km, as everywhere on the ellipsoid to within 1 %.
@pytest.mark.parametrize(
    ("change", "is_one"),
    [
        ({"geonames_id": "", "lat": 37.64}, True),  # 4.4 km
        ({"geonames_id": "", "lat": 37.66}, False),  # 6.7 km
        ({"geonames_id": "22", "lat": 37.605}, True),  # 0.6 km: listed twice
        ({"geonames_id": "22", "lat": 37.62}, False),  # 2.2 km: a namesake
        ({"geonames_id": "", "country": "AF"}, False),
        ({"geonames_id": "", "feature_class": "town"}, True),
        ({"geonames_id": "", "feature_class": "crossing"}, False),
        ({"geonames_id": "", "name": "Samty", "names_alt": ""}, True),
        ({"geonames_id": "", "name": "Elsewhere", "names_alt": "", "name_ru": ""}, False),
        ({"geonames_id": "", "name": "Elsewhere", "names_alt": "SAMTĪ", "name_ru": ""}, True),
        ({"geonames_id": "", "lat": np.nan, "lon": np.nan}, False),
        ({"geonames_id": "33", "place_id": "tj-v-one", "name": "Elsewhere", "lat": 38.0}, True),
    ],
)
def test_the_same_name_near_enough_is_one_place(change, is_one):
    table, counts = merged(OURS, {**THEIRS, **change})
    assert counts["merged"] == is_one
    assert len(table) == 2 - is_one
    assert table["place_id"].is_unique


def test_the_nearest_namesake_is_taken():
    near = {**OURS, "place_id": "near", "geonames_id": "", "lat": 37.61}
    far = {**OURS, "place_id": "far", "geonames_id": "", "lat": 37.63}
    table, _ = merge_places(places(far, near), places({**THEIRS, "lat": 37.6}))
    assert table.set_index("place_id")["population"].dropna().to_dict() == {"near": 900}


@pytest.mark.parametrize(
    ("place_id", "theirs"),
    [
        ("tj-d-hamadoni", {"name": "Hamadoni", "admin1": "Khatlon"}),
        ("tj-d-dusti", {"name": "Dusti (Jilikul)", "admin1": "Khatlon"}),
        ("af-d-baharak-takhar", {"name": "Baharak", "admin1": "Takhar", "country": "AF"}),
        ("tj-p-gbao", {"name": "GBAO", "feature_class": "province"}),
        ("r-panj", {"name": "Panj", "feature_class": "river", "country": "AF"}),
    ],
)
def test_areas_and_rivers_are_merged_wherever_their_point_lies(place_id, theirs):
    """A second row of a district would come without its stretch of the border."""
    shipped = fg.load_gazetteer().table
    row = {
        "place_id": "new",
        "feature_class": "district",
        "country": "TJ",
        "lat": 38.2,
        "lon": 70.0,
    }
    row |= {"source": "GeoNames, TJ.zip, 2026-10-01", "licence": "CC-BY-4.0", **theirs}
    table, counts = merge_places(shipped, places(row))
    assert counts == {"there": len(shipped), "merged": 1, "added": 0}
    joined = table.set_index("place_id")
    assert joined.loc[place_id, "source"].endswith("GeoNames, TJ.zip, 2026-10-01")
    before = shipped.set_index("place_id").loc[place_id]
    assert joined.loc[place_id, "lat"] == before["lat"] or np.isnan(before["lat"])


def test_a_district_of_the_same_name_in_another_province_is_another():
    """Takhar and Badakhshan both have a Baharak."""
    shipped = fg.load_gazetteer().table
    row = {"place_id": "new", "name": "Baharak", "feature_class": "district", "country": "AF"}
    row |= {"admin1": "Kunduz", "lat": 36.8, "lon": 69.0, "source": "s", "licence": "l"}
    assert merge_places(shipped, places(row))[1]["added"] == 1


def test_a_table_merged_with_itself_is_itself():
    shipped = fg.load_gazetteer().table
    table, counts = merge_places(shipped, shipped)
    assert counts == {"there": len(shipped), "merged": len(shipped), "added": 0}
    assert table["place_id"].tolist() == shipped["place_id"].tolist()
    for column in ("lat", "lon", "from_km", "to_km", "population"):
        np.testing.assert_array_equal(table[column], shipped[column])
    for column in ("name", "feature_class", "country", "admin1", "admin2", "source", "notes"):
        assert table[column].tolist() == shipped[column].fillna("").tolist()


def test_what_is_given_stays_as_it_is():
    first, second = places(OURS), places(THEIRS)
    merge_places(first, second)
    pd.testing.assert_frame_equal(first, places(OURS))
    pd.testing.assert_frame_equal(second, places(THEIRS))
