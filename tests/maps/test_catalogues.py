"""The words of the page: the four catalogues say the same, each in its own language and letters."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files

import pytest

from frontier_geo.errors import ParameterError
from frontier_geo.event_schema import CONFIDENCES, DATE_PRECISIONS, SCOPES, SIDES
from frontier_geo.event_types import EVENT_TYPES
from frontier_geo.location_precision import PRECISIONS
from frontier_geo.maps.words import LANGUAGES, catalogue, words_block

ASSETS = files("frontier_geo.maps") / "assets"
TRANSLATED = [language for language in LANGUAGES if language != "en"]
#: Plural categories of CLDR; node and browsers have those of ru and fa, the page has tg's itself.
CATEGORIES = {
    "en": {"one", "other"},
    "ru": {"one", "few", "many", "other"},
    "tg": {"one", "other"},
    "fa": {"one", "other"},
}
#: Names and keys of the keyboard, written in Latin letters in every language.
LATIN = {"Fisher", "Jenks", "PNG", "CSV", "JavaScript", "OpenStreetMap", "GeoNames", "Natural"}
LATIN |= {
    "Earth",
    "frontier",
    "geo",
    "Enter",
    "Page",
    "Up",
    "Down",
    "Home",
    "End",
    "Esc",
    "lajolla",
}
LETTERS = {
    "en": "abcdefghijklmnopqrstuvwxyz",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "tg": "абвгғдеёжзиӣйкқлмнопрстуӯфхҳчҷшъэюя",  # the alphabet of 1998: no ц, щ, ы, ь
    "fa": "آابپتثجچحخدذرزژسشصضطظعغفقکگلمنوهیءأؤئ",
}
#: What a map for everybody does not say.
JARGON = {
    "en": "payload null nan undefined candidate boolean string array object token render cache "
    "parse parser index json html url uri gzip binary dataset timestamp geometry polyline layer_id "
    "kernel bandwidth exposure chainage quantile buffer tooltip popup toggle checkbox default",
    "ru": "пейлоад кандидат рендер токен кэш массив объект парсер индекс датасет таймстамп чекбокс "
    "дефолт попап тултип геометрия пикетаж экспозиция инпут апдейт",
    "tg": "номзад объект токен индекс чекбокс дефолт попап датасет массив",
    "fa": "کاندید نامزد آبجکت توکن ایندکس دیفالت پاپ‌آپ دیتاست آرایه پیلود",
}


def texts(language: str) -> Iterator[tuple[str, str]]:
    """Give every text of a catalogue with its key; each plural form is a text of its own."""
    for key, words in catalogue(language).items():
        if isinstance(words, str):
            yield key, words
        else:
            yield from ((f"{key} ({form})", text) for form, text in words.items())


def bare(text: str) -> str:
    """Leave out the places where something is put in."""
    return re.sub(r"\{\w+\}", " ", text)


def placeholders(words: str | dict[str, str]) -> set[str]:
    """Return the names of what is put in."""
    forms = [words] if isinstance(words, str) else words.values()
    return {name for text in forms for name in re.findall(r"\{(\w+)\}", text)}


def own_names(key: str) -> bool:
    """Say whether a text is a language's name for itself, the same in every catalogue."""
    return key.startswith("language.")


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_keys_are_the_same(language):
    """Nothing is missing, and nothing is left over."""
    missing = sorted(set(catalogue("en")) - set(catalogue(language)))
    left_over = sorted(set(catalogue(language)) - set(catalogue("en")))
    assert (missing, left_over) == ([], [])


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_same_things_are_put_in(language):
    """A sentence that leaves out a number, or asks for another one, is wrong."""
    english = catalogue("en")
    wrong = {
        key: words
        for key, words in catalogue(language).items()
        if key in english and placeholders(words) != placeholders(english[key])
    }
    assert wrong == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_plural_form_says_as_much(language):
    """Only a form for one thing may do without the number."""
    for key, words in catalogue(language).items():
        if isinstance(words, dict):
            for form, text in words.items():
                missing = placeholders(words) - placeholders(text)
                assert missing <= ({"n"} if form == "one" else set()), (key, form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_are_complete(language):
    """Where one catalogue counts, all do, with every category of their language."""
    for key, words in catalogue(language).items():
        counts = isinstance(catalogue("en")[key], dict)
        assert isinstance(words, dict) == counts, key
        if isinstance(words, dict):
            assert set(words) == CATEGORIES[language], key


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_clean(language):
    """No text is empty, none has spaces too many, stray braces or markup."""
    for key, text in texts(language):
        assert text.strip() != "", key
        assert text.strip() == text or key == "basis.separator", key
        shown = re.sub(r"\{\w+\}", "n", text).replace("frontier_geo", "n")
        assert not re.search(r"\s{2}|[<>{}\\_|]|\.\.\.|--", shown), (key, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_in_the_letters_of_their_language(language):
    """A Latin "o" in a Russian word, an Arabic ي in a Persian one: neither is seen, both are wrong."""
    for key, text in texts(language):
        if own_names(key):
            continue
        for word in re.findall(r"[^\W\d_]+", bare(text)):
            allowed = LETTERS[language]
            assert word in LATIN or set(word.lower()) <= set(allowed), (key, word)


def test_persian_is_written_with_its_own_signs():
    """Digits, comma, semicolon, question mark and per cent sign are not the Latin ones."""
    for key, text in texts("fa"):
        assert not re.search(r"[0-9٠-٩,;?%\u064a\u0643\u0629]", bare(text)), (key, text)
        # A joiner stands between two letters that would else be written as one word.
        for before, after in re.findall(r"(.?)\u200c(.?)", text):
            assert before.isalpha() and after.isalpha(), (key, text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_jargon(language):
    """The page is for people who have never programmed."""
    words = set(JARGON[language].split())
    for key, text in texts(language):
        found = words & set(re.findall(r"[\w\u200c]+", bare(text).lower()))
        assert not found, (key, found)


@pytest.mark.parametrize("language", TRANSLATED)
def test_long_texts_are_translated(language):
    """A sentence that is the same as the English one was forgotten."""
    english = dict(texts("en"))
    for key, text in texts(language):
        if not own_names(key) and len(re.findall(r"[^\W\d_]{2,}", bare(text))) > 1:
            assert text != english.get(key), key


GROUPS = {
    "type": (*EVENT_TYPES, "not_stated"),
    "precision": tuple(PRECISIONS),
    "known": tuple(PRECISIONS),
    "confidence": (*CONFIDENCES, "unknown"),
    "scope": (*SCOPES, "unknown"),
    "date_precision": (*DATE_PRECISIONS, "unknown"),
    "side": (*SIDES, "unknown"),
    "terrain": ("river", "lake", "ridge"),
    "month": tuple(map(str, range(1, 13))),
    "hijri": tuple(map(str, range(1, 13))),
    "language": LANGUAGES,
}


#: Groups that the scripts put before a word of a table.
BY_NAME = {"month", "month_alone", "precision", "known", "confidence", "scope", "terrain", "kind"}


@pytest.mark.parametrize("group", GROUPS)
def test_every_word_of_the_tables_has_its_text(group):
    """The vocabularies of the event and segment tables, in every language."""
    for language in LANGUAGES:
        for value in GROUPS[group]:
            assert f"{group}.{value}" in catalogue(language)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("group", ["type", "precision", "confidence", "scope", "month", "hijri"])
def test_no_two_words_of_a_group_are_the_same(group, language):
    """Two rows of a filter that read alike cannot be told apart."""
    found = [text for key, text in texts(language) if key.split(".")[0] == group]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_kept_in_order(language):
    """Sorted by key, one text a line: a change of one word is a change of one line."""
    text = (ASSETS / "catalogues" / f"{language}.json").read_text(encoding="utf-8")
    expected = json.dumps(dict(catalogue(language)), ensure_ascii=False, indent=1, sort_keys=True)
    assert text == expected + "\n"


def sources() -> dict[str, str]:
    """Return the scripts of the page by name."""
    found: dict[str, str] = {}
    folders = [ASSETS / "src"]
    while folders:
        for entry in folders.pop().iterdir():
            if entry.is_dir():
                folders.append(entry)
            elif entry.name.endswith(".js"):
                found[str(entry)] = entry.read_text(encoding="utf-8")
    return found


def asked_for() -> tuple[dict[str, str], dict[str, str]]:
    """Return the keys that the scripts name in full, and the beginnings of those put together."""
    groups = {key.split(".")[0] for key in catalogue("en")}
    keys: dict[str, str] = {}
    beginnings: dict[str, str] = {}
    for name, text in sources().items():
        for key in re.findall(r'"([a-z_]+(?:\.[A-Za-z0-9_]+)+)"', text):
            if key.split(".")[0] in groups:
                keys[key] = name
        for key in re.findall(r'\bt\(\s*"([^"]+)"', text):
            keys[key] = name
        for start in re.findall(r"`([a-z_]+(?:\.[a-z_]+)*[._])\$\{", text):
            beginnings[start] = name
        for group in re.findall(r'\bterm\(\s*"([a-z_]+)"', text):
            beginnings[f"{group}."] = name
        # A group given by its name alone, as those of the months and of the filters.
        for group in set(re.findall(r'"([a-z_]+)"', text)) & BY_NAME:
            beginnings[f"{group}."] = name
            if "}_about`" in text and f"{group}_about" in groups:
                beginnings[f"{group}_about."] = name
    return keys, beginnings


def test_every_key_of_the_scripts_has_words():
    """A key that no catalogue holds would be shown as it is."""
    keys, beginnings = asked_for()
    assert len(keys) > 50  # else the search itself has gone blind
    assert {key: name for key, name in keys.items() if key not in catalogue("en")} == {}
    for start, name in beginnings.items():
        assert any(key.startswith(start) for key in catalogue("en")), (start, name)


def test_every_key_is_used():
    """Words that no script and no picture asks for are dead weight in four languages."""
    keys, beginnings = asked_for()
    python = "\n".join(
        entry.read_text(encoding="utf-8")
        for entry in files("frontier_geo.maps").iterdir()
        if entry.name.endswith(".py")
    )
    unused = [
        key
        for key in catalogue("en")
        if key not in keys
        and not any(key.startswith(start) for start in beginnings)
        and f'"{key}"' not in python
        and f'f"{key.rsplit(".", 1)[0]}.{{' not in python
    ]
    assert unused == []


def test_the_block_of_a_page_holds_its_languages_and_english():
    """English stands in for a missing word, so it always comes along."""
    assert list(words_block(["fa"])) == ["en", "fa"]
    assert list(words_block(["tg", "ru", "en"])) == ["en", "ru", "tg"]
    assert list(words_block()) == list(LANGUAGES)
    page = words_block(["ru"])["ru"]
    assert page["terrain.lake"] == "Озеро"
    left_out = set(catalogue("ru")) - set(page)
    assert left_out and {key.split(".")[0] for key in left_out} == {"picture", "notebook"}
    assert not left_out & set(asked_for()[0])


def test_a_catalogue_cannot_be_changed():
    """It is read once and shared."""
    with pytest.raises(TypeError, match="does not support item assignment"):
        catalogue("en")["type.other"] = "x"


@pytest.mark.parametrize("wrong", ["de", "EN", "", "../en"])
def test_unknown_languages_are_refused(wrong):
    """By a sentence that lists the languages there are."""
    with pytest.raises(ParameterError, match="language must be one of en, ru, tg, fa, but is"):
        catalogue(wrong)
    with pytest.raises(ParameterError, match="languages must be one of en, ru, tg, fa, but is"):
        words_block([wrong])


def test_one_language_goes_in_a_list():
    """A bare word would be taken letter by letter."""
    with pytest.raises(ParameterError, match=r"must be several words, but is 'fa'. Pass \['fa'\]"):
        words_block("fa")
