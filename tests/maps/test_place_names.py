"""The names of places in Tajik, Russian and Dari: none missing, none in the wrong script."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

import frontier_geo as fg
from frontier_geo.errors import ChecksumError
from frontier_geo.maps import place_names
from frontier_geo.maps.basemap import basemap_json, names_of
from frontier_geo.maps.place_names import translations

DATA = Path(__file__).parents[2] / "data"
TABLE = pd.read_csv(DATA / "basemap/place_names.csv", dtype=str, keep_default_na=False)
LANGUAGES = ("ru", "tg", "fa")

# Letters of each language; Tajik has six more than Russian and does without щ ы ь ц.
LETTERS = {
    "ru": "А-Яа-яЁё",
    "tg": "А-ЯЁЪҒӢҚӮҲҶа-яёъғӣқӯҳҷ",
    "fa": "آاأئءؤابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیٔ",
}
ONLY_RUSSIAN = set("щыьцЩЫЬЦ")

# Names that stay in Latin script, and why.
LEFT_OUT = {
    ("tg", "Shymkent"): "both Шимкент and Чимкент are in use",
    ("tg", "Swat"): "Сват and Савот are in use",
    ("tg", "Shyok"): "no use in Tajik texts known",
    ("fa", "Shymkent"): "no settled Dari spelling known",
    ("fa", "Shyok"): "no settled Dari spelling known",
    ("fa", "Chatyr-Kul"): "no settled Dari spelling known",
    ("fa", "Jilikul"): "no settled Dari spelling known",
    ("fa", "Muksu"): "no settled Dari spelling known",
    ("fa", "Obikhingou"): "no settled Dari spelling known",
}


def shown_names():
    """Return every place name that the page of the shipped data can show."""
    names = {*fg.load_areas("all")["name"], *fg.load_referents()["name"]}
    for level in ("district", "province"):
        names |= set(fg.load_frontages(level)["name"])
    names |= {fg.load_boundary(which).name for which in ("reference", "natural_earth")}
    return names | set(names_of(basemap_json((36.6, 67.7, 38.6, 75.0))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_name_is_missing_without_a_reason(language):
    """Areas, frontages, landmarks and all of the basemap, but for the list above."""
    names = shown_names()
    known = translations(names)[language]
    missing = {name for name in names if name not in known}
    assert missing == {name for lang, name in LEFT_OUT if lang == language}


def test_areas_frontages_and_landmarks_have_all_three():
    """None of these is in the list of names left out."""
    names = {*fg.load_areas("all")["name"], *fg.load_referents()["name"]}
    names |= set(fg.load_frontages("district")["name"])
    for language, known in translations(names).items():
        assert names == known.keys(), language


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_in_the_letters_of_their_language(language):
    """No Latin letter, no Arabic yeh or kaf, no Russian letter in Tajik, no blanks around."""
    allowed = re.compile(rf"[{LETTERS[language]}\u200c ,،.()–\-]+")
    for name, text in translations(shown_names())[language].items():
        plain = text.replace("(Natural Earth)", "")
        assert allowed.fullmatch(plain), (name, text)
        assert text == text.strip() and "  " not in text
        if language == "tg":
            assert not ONLY_RUSSIAN & set(text), (name, text)


def test_names_do_not_say_what_a_place_is():
    """The page says 'district' itself; the bare name is in the table."""
    found = translations(shown_names())
    for language, words in (("ru", "район"), ("tg", "Ноҳияи"), ("fa", "ولسوالی")):
        saying = [name for name, text in found[language].items() if words in text]
        assert saying == []


def test_names_marked_as_the_gazetteer_s_are_in_it():
    """The column source tells the truth."""
    places = fg.load_gazetteer().table
    for language in LANGUAGES:
        column = places[f"name_{language}"].dropna().str.split(";").explode().str.strip()
        known = set(column.str.replace("\u200c", " "))
        own = TABLE[TABLE["source"] == "gazetteer.csv"][f"name_{language}"]
        assert set(own.str.replace("\u200c", " ")) <= known


def test_the_gazetteer_is_asked_for_other_names():
    """A village of a report has no row in the curated table."""
    assert "Porshinev" not in set(TABLE["name"])
    places = fg.load_gazetteer().table
    named = places[places["name_ru"].notna() & ~places["name"].isin(TABLE["name"])]
    row = named[named["feature_class"] == "village"].iloc[0]
    assert translations([row["name"]])["ru"] == {row["name"]: row["name_ru"].split(";")[0]}


def test_unknown_and_odd_names_are_passed_over():
    """Tables of users hold anything."""
    assert translations(["Atlantis", "", None, 3.5]) == {"ru": {}, "tg": {}, "fa": {}}
    assert translations(iter(["GBAO", "GBAO"]))["tg"] == {"GBAO": "ВМКБ"}


def test_a_name_left_empty_on_purpose_stays_english():
    """An empty cell of the curated table is not filled from the gazetteer."""
    empty = TABLE[TABLE["name_fa"] == ""]["name"].tolist()
    assert empty and translations(empty)["fa"] == {}


def test_the_curated_table_goes_before_the_gazetteer(monkeypatch):
    """A row overrides, an empty cell silences; of two names in the gazetteer the first is taken."""
    made = "name,name_tg,name_ru,name_fa\nKhatlon,,Хатлонская земля,\n".encode()
    monkeypatch.setattr(place_names, "shipped_bytes", lambda path: made)
    place_names._table.cache_clear()
    try:
        found = translations(["Khatlon", "Kandahar"])
    finally:
        place_names._table.cache_clear()
    assert found["ru"]["Khatlon"] == "Хатлонская земля"
    assert "Khatlon" not in found["fa"]  # the gazetteer has it
    assert found["fa"]["Kandahar"] == "کندهار"  # the gazetteer has two spellings, parted by ;


def test_a_changed_table_is_refused(tmp_path, monkeypatch):
    """As any other shipped file."""
    shutil.copytree(DATA, tmp_path / "data")
    path = tmp_path / "data/basemap/place_names.csv"
    path.write_text(path.read_text("utf-8").replace("ВМКБ", "ГБАО"), "utf-8")
    monkeypatch.setenv("FRONTIER_GEO_DATA", str(tmp_path / "data"))
    with pytest.raises(ChecksumError, match=r"place_names\.csv"):
        translations(["GBAO"])


def test_each_row_says_where_it_is_from():
    """Source and licence, row by row."""
    assert (TABLE["licence"] == "CC-BY-4.0").all()
    assert (TABLE["source"] != "").all()
    assert TABLE["name"].is_unique
    assert json.dumps(translations(TABLE["name"]))  # ready for JSON
