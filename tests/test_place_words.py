"""The words around place names, in four languages and in every Russian case."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo import load_gazetteer
from frontier_geo.names import ARABIC, script_of, tokenise
from frontier_geo.place_words import (
    PHRASES,
    PLACE_CLASSES,
    STRETCH_CLASSES,
    is_plain_word,
    place_word,
)

#: A word for each kind of place in English, Russian, Tajik and Dari, from dictionaries.
KINDS = {
    "district": "district район ноҳияи ولسوالی",
    "province": "province область вилояти ولایت",
    "town": "town город шаҳри شهر",
    "village": "village село деҳаи قریه",
    "post": "post застава постгоҳи پوسته",
    "detachment": "detachment отряд отряди کندک",
    "jamoat": "jamoat джамоат ҷамоати جماعت",
    "river": "river река дарёи دریای",
    "crossing": "bridge мост пули پل",
    "physical": "lake озеро кӯли دریاچه",
    "gorge": "gorge ущелье дараи دره",
    "island": "island остров ҷазираи جزیره",
    "mouth": "mouth устье резишгоҳи مصب",
    "road": "road шоссе роҳи جاده",
    "reserve": "reserve заповедник мамнуъгоҳи",
}

#: The same for what is said of where from the place.
ROLES = {
    "near": "near около наздики نزدیک",
    "opposite": "opposite напротив муқобили مقابل",
    "stretch": "sector участок қитъаи بخش",
    "up": "upstream выше болотар بالاتر",
    "down": "downstream ниже поёнтар پایینتر",
    "between": "between между байни بین",
    "border_of": "border граница сарҳади مرز",
    "frontier": "border граница сарҳад مرز",
    "and": "and и ва و",
    "from": "from от аз از",
    "to": "to до то تا",
    "toward": "towards сторону сӯи سوی",
    "origin": "residents житель сокини باشنده",
    "km": "km км километр کیلومتر",
    "north": "north север шимол شمال",
    "south": "south юг ҷануб جنوب",
    "east": "east восток шарқ شرق",
    "west": "west запад ғарб غرب",
    "bank": "bank берег соҳили ساحل",
    "soil": "territory территория хоки خاک",
    "number": "number номер рақами شماره",
    "capital": "Dushanbe Душанбе маскав کابل",
}

# Singular and plural of Russian nouns, all cases, by Zaliznyak's patterns.
RUSSIAN_CASES = {
    "district": "район района району районом районе районы районов районам районами районах",
    "province": "область области областью областей областям областями областях",
    "town": "город города городу городом городе городов городам городами городах",
    "village": "село села селу селом селе кишлак кишлака кишлаку кишлаком кишлаке кишлаки кишлаков",
    "post": "застава заставы заставе заставу заставой заставам заставами заставах пост поста посту "
    "постом посте посты постов погранзаставы погранзаставе",
    "detachment": "отряд отряда отряду отрядом отряде отряды отрядов погранотряда погранотряде "
    "погранотрядом",
    "jamoat": "джамоат джамоата джамоату джамоатом джамоате",
    "river": "река реки реке реку рекой реках",
    "crossing": "мост моста мосту мостом мосте переправа переправы переправе переправу переправой",
    "physical": "озеро озера озеру озером озере перевал перевала перевалу перевалом перевале",
    "island": "остров острова острову островом острове островов островам островами островах",
    "gorge": "ущелье ущелья ущелью ущельем",
    "mouth": "устье устья устью устьем",
}
RUSSIAN_ROLES = {
    "frontier": "граница границы границе границу границей границ границам границах",
    "stretch": "участок участка участку участком участке участки участков направлении",
    "origin": "житель жителя жителю жителем жители жителей жителям жителями уроженец уроженца уроженцы",
    "bank": "берег берега берегу берегом стороне сторона стороны",
    "near": "окрестность окрестности окрестностях окрестностей",
    "soil": "территория территории территорию территорией",
}


def roles_of(word):
    return {meaning.role for meaning in place_word(word.lower())}


def kinds_of(word):
    return {m.value for m in place_word(word.lower()) if m.role == "class"}


@pytest.mark.parametrize("kind", PLACE_CLASSES)
def test_every_kind_of_place_has_words_in_the_four_languages(kind):
    """English, Russian, Tajik, Dari."""
    for word in KINDS[kind].split():
        assert kind in kinds_of(word), word


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_words_in_the_four_languages(role):
    for word in ROLES[role].split():
        assert role in roles_of(word), word


@pytest.mark.parametrize("kind", RUSSIAN_CASES)
def test_russian_kinds_are_found_in_every_case(kind):
    for word in RUSSIAN_CASES[kind].split():
        assert kind in kinds_of(word), word


@pytest.mark.parametrize("role", RUSSIAN_ROLES)
def test_other_russian_words_are_found_in_every_case(role):
    for word in RUSSIAN_ROLES[role].split():
        assert role in roles_of(word), word


@pytest.mark.parametrize(
    ("country", "words"),
    [
        ("TJ", "Tajikistan Tajik Tajiks Tadzhik Таджикистан Таджикистана Таджикистане таджикский "
         "таджикской таджикского таджиков Тоҷикистон Тоҷикистони тоҷик تاجیکستان تاجیک تاجکستان"),
        ("AF", "Afghanistan Afghan Afghans Афганистан Афганистана Афганистаном афганский афганской "
         "афганских афганцев Афғонистон Афғонистони афғон افغانستان افغان افغانی"),
    ],
)  # fmt: skip
def test_countries_are_known_in_every_form(country, words):
    for word in words.split():
        named = {m.value for m in place_word(word.lower()) if m.role == "country"}
        assert named == {country}, word


def test_compass_points_between_the_four():
    """One word with a hyphen, or two."""
    for word, role in (("north-east", "northeast"), ("юго-востоку", "southeast"),
                       ("северо-западнее", "northwest"), ("southwest", "southwest")):  # fmt: skip
        assert role in roles_of(word), word


@pytest.fixture(scope="module")
def words_of_names():
    """Every word that the shipped names are made of."""
    table = load_gazetteer().table
    cells = table[["name", "names_alt", "name_tg", "name_ru", "name_fa"]].to_numpy().ravel()
    return sorted({t.word for cell in cells if isinstance(cell, str) for t in tokenise(cell)})


def test_no_word_is_a_country_and_a_kind_of_place(words_of_names):
    """Neither of the words tested here nor of those in the shipped names."""
    every = [
        word
        for table in (KINDS, ROLES, RUSSIAN_CASES, RUSSIAN_ROLES)
        for words in table.values()
        for word in words.split()
    ]
    assert len(words_of_names) > 1000
    for word in (*every, *words_of_names):
        assert not {"country", "class"} <= roles_of(word), word
        assert not {"capital", "class"} <= roles_of(word), word


def test_border_districts_do_not_sound_like_other_words():
    """A name that were a country, a direction or "near" would never be looked up."""
    table = load_gazetteer().table
    districts = table[(table["feature_class"] == "district") & table["from_km"].notna()]
    assert len(districts) == 35
    for name in districts["name"]:
        words = [token.word for token in tokenise(name.split(" (")[0])]
        assert any(not roles_of(word) - {"lean", "class"} for word in words), name


def test_lean_is_of_one_bank():
    """A nohiya is Tajik, a wuleswali Afghan; village and район … are no one's or one's."""
    for word, country in (("nohiya", "TJ"), ("ноҳияи", "TJ"), ("застава", "TJ"), ("jamoat", "TJ"),
                          ("ولسوالی", "AF"), ("wuluswali", "AF"), ("улусволи", "AF")):  # fmt: skip
        assert {m.value for m in place_word(word) if m.role == "lean"} == {country}, word
    assert not {m for m in place_word("village") if m.role == "lean"}


def test_feature_classes_of_a_kind_are_those_of_the_gazetteer():
    used = set(load_gazetteer().table["feature_class"])
    assert {feature for fitting in PLACE_CLASSES.values() for feature in fitting} == used
    assert set(STRETCH_CLASSES) <= set(PLACE_CLASSES)


@pytest.mark.parametrize("word", "bog yol панҷ дусти پنج دوستی خواجه".split())
def test_plain_words_are_known(word):
    """They name a place and mean something else too."""
    assert is_plain_word(word)


@pytest.mark.parametrize(
    "word", "khorog хорог خاروغ ишкашим kishty درقد фархор vanj шуғнон".split()
)
def test_names_are_not_plain(word):
    assert not is_plain_word(word)
    assert place_word(word) == ()


@pytest.mark.parametrize("word", "панҷи дӯстии ватани".split())
def test_plain_tajik_words_are_plain_with_an_ending(word):
    assert is_plain_word(word)


def test_phrases_have_words_of_one_script_and_a_role():
    for words, meaning in PHRASES.items():
        assert len(words) > 1
        assert len({script_of(word) for word in words}) == 1
        assert meaning.role in ("opposite", "up", "down")


@pytest.mark.parametrize("word", "نزدیکی‌های ولسوالي ولایت پوسته‌ قریهٔ".split())
def test_arabic_spellings_of_the_same_letters_are_one(word):
    """Arabic and Persian letters, half-spaces, endings."""
    assert script_of(word) == ARABIC
    assert place_word(word)


@pytest.mark.parametrize(
    ("word", "kind"),
    [("посёлок", "town"), ("поселок", "town"), ("посёлке", "town"), ("озёра", "physical"),
     ("پوسته‌های", "post"), ("روستاهای", "village"), ("ولایت‌های", "province"),
     ("پاسگاه‌های", "post")],
)  # fmt: skip
def test_spellings_and_plurals_of_a_kind(word, kind):
    """Ё written as е and as itself, Dari plurals."""
    assert kind in kinds_of(word)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_any_word_has_an_answer(word):
    """Never raises; what it says is a tuple, and the same every time."""
    assert place_word(word) == place_word(word)
    assert isinstance(place_word(word), tuple)
    assert is_plain_word(word) in (True, False)
