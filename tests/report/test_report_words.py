"""The words of a report: four catalogues that say the same, and no English left over."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

import frontier_geo as fg
from frontier_geo.maps.words import LANGUAGES, catalogue
from frontier_geo.report.words import ReportWords, report_catalogue

from ..maps.test_catalogues import CATEGORIES, JARGON, LATIN, LETTERS, bare, placeholders
from .conftest import shipped_report

PACKAGE = files("frontier_geo.report")
TRANSLATED = [language for language in LANGUAGES if language != "en"]
#: The letter of a probability, and names, in Latin letters in every language.
OWN_LATIN = LATIN | {"p", "JavaScript"}
#: A report names its methods.
PLAIN_HERE = {"default", "index", "kernel"}


def texts(language):
    for key, words in report_catalogue(language).items():
        if isinstance(words, str):
            yield key, words
        else:
            yield from ((f"{key} ({form})", text) for form, text in words.items())


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_catalogues_have_the_same_keys_and_places(language):
    english, own = report_catalogue("en"), report_catalogue(language)
    assert sorted(own) == sorted(english)
    wrong = {k for k in english if placeholders(own[k]) != placeholders(english[k])}
    assert wrong == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_plural_forms_are_complete_and_say_as_much(language):
    for key, words in report_catalogue(language).items():
        assert isinstance(words, dict) == isinstance(report_catalogue("en")[key], dict), key
        if isinstance(words, dict):
            assert set(words) == CATEGORIES[language], key
            for form, text in words.items():
                missing = placeholders(words) - placeholders(text)
                assert missing <= ({"n"} if form == "one" else set()), (key, form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_clean_and_in_the_letters_of_their_language(language):
    for key, text in texts(language):
        assert text.strip() == text != "", key
        shown = re.sub(r"\{\w+\}", "n", text).replace("frontier_geo", "n")
        assert not re.search(r"\s{2}|[<>{}\\_|]|\.\.\.|--", shown), (key, text)
        for word in re.findall(r"[^\W\d_]+", bare(text)):
            assert word in OWN_LATIN or set(word.lower()) <= set(LETTERS[language]), (key, word)
        found = set(JARGON[language].split()) & set(re.findall(r"[\w\u200c]+", bare(text).lower()))
        assert found <= PLAIN_HERE, (key, found)


def test_persian_is_written_with_its_own_signs():
    for key, text in texts("fa"):
        assert not re.search(r"[0-9٠-٩,;?%\u064a\u0643\u0629]", bare(text)), (key, text)


@pytest.mark.parametrize("language", TRANSLATED)
def test_long_texts_are_translated(language):
    english = dict(texts("en"))
    for key, text in texts(language):
        if len(re.findall(r"[^\W\d_]{2,}", bare(text))) > 1:
            assert text != english.get(key), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_is_kept_in_order_and_apart_from_the_map(language):
    """One text a line; a key of both would be read in two ways."""
    text = (PACKAGE / "assets" / "catalogues" / f"{language}.json").read_text(encoding="utf-8")
    expected = json.dumps(
        dict(report_catalogue(language)), ensure_ascii=False, indent=1, sort_keys=True
    )
    assert text == expected + "\n"
    assert set(report_catalogue(language)) & set(catalogue(language)) == set()


def test_every_key_is_used_and_every_key_asked_for_is_there():
    code = "\n".join(
        each.read_text(encoding="utf-8") for each in PACKAGE.iterdir() if each.name.endswith(".py")
    )
    known = {**catalogue("en"), **report_catalogue("en")}
    asked = set(re.findall(r'\bt\(\s*"([a-z_]+\.[a-z_0-9]+)"', code))
    assert len(asked) > 100 and asked <= set(known)
    beginnings = {f"{start}." for start in re.findall(r'f"([a-z_]+)\.\{', code)}
    beginnings |= {f"{group}." for group in re.findall(r'\bterm\(\s*"([a-z_]+)"', code)}
    beginnings |= set(re.findall(r'f"([a-z_]+\.[a-z_]+_)\{', code)) | {"stretch.", "found."}
    unused = [
        key
        for key in report_catalogue("en")
        if f'"{key}"' not in code and not any(key.startswith(start) for start in beginnings)
    ]
    assert unused == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shipped_figure_has_words(language):
    """Indicators in every language; lengths of the line are not shown."""
    words = ReportWords(language)
    for name in fg.load_official_statistics()["indicator"].unique():
        assert words.has(f"indicator.{name}") or name.startswith(("border_length", "border_sector"))


class Visible(HTMLParser):
    """The text that a report says itself: not words of sources, names in Latin, or embedded pages."""

    VOID = ("meta", "link", "br", "img", "source", "input")

    def __init__(self):
        super().__init__()
        self.open, self.said = [], []

    def handle_starttag(self, tag, attrs):
        told = dict(attrs)
        if tag not in self.VOID:
            foreign = tag in ("style", "script", "bdi") or told.get("lang") == "en"
            self.open.append(foreign)
        for name in ("alt", "title", "aria-label", "data-head"):
            if told.get(name):
                self.said.append(told[name])

    def handle_endtag(self, tag):
        if tag not in self.VOID:
            self.open.pop()

    def handle_data(self, data):
        if not any(self.open):
            self.said.append(data)


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_english_is_left_over(language):
    """Whatever the report says itself is in the letters of its language; names and codes aside."""
    reader = Visible()
    body = shipped_report("2016/2025", language=language).html.partition("<body>")[2]
    reader.feed(body.rpartition("</body>")[0])
    said = " ".join(reader.said)
    assert len(said) > 8_000
    latin = set(re.findall(r"[A-Za-z]{2,}", said))
    allowed = {"TJ", "AF", "CC", "BY", "SA", "ODbL", "JavaScript"}
    names = {
        word for text in fg.load_frontages()["name"] for word in re.findall(r"[A-Za-z]{2,}", text)
    }  # districts whose name in this language is not known for certain
    assert latin - allowed - names == set()


def test_a_text_put_in_is_not_read_as_a_sentence():
    """Braces in a name stay braces."""
    words = ReportWords("en")
    told = words.t("report.title", title="{period} {n}", period="2025")
    assert told == "{period} {n}: 2025"
