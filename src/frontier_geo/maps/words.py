"""The words of the map page: one catalogue per language, each a file beside this module."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from frontier_geo._validation import check_choice
from frontier_geo.errors import ParameterError

__all__ = ["LANGUAGES", "catalogue", "words_block"]

#: The languages of the page, in the order of its buttons: English, Russian, Tajik, Dari.
LANGUAGES = ("en", "ru", "tg", "fa")
#: What a reader sees where a catalogue has no words of its own.
FALLBACK = "en"
#: Groups that a page has no use for: the words of the static picture and of notebooks.
NOT_ON_PAGES = ("picture.", "notebook.")

_CATALOGUES = files("frontier_geo.maps") / "assets" / "catalogues"

Catalogue = MappingProxyType[str, str | dict[str, str]]


@cache
def catalogue(language: str) -> Catalogue:
    """
    Return the words of a language, each by its key.

    Parameters
    ----------
    language : {"en", "ru", "tg", "fa"}
        As in `LANGUAGES`.

    Returns
    -------
    mapping of str to str or dict
        Sorted by key. A sentence that depends on a number is a dict by plural category
        (``one``, ``few``, ``many``, ``other``); ``{n}`` and the like stand for what is put in.

    Raises
    ------
    ParameterError
        If there is no catalogue of that language.

    Examples
    --------
    >>> catalogue("en")["type.armed_clash"], catalogue("fa")["terrain.lake"]
    ('Armed clash', 'جهیل')
    """
    check_choice(language, LANGUAGES, name="language")
    text = (_CATALOGUES / f"{language}.json").read_text(encoding="utf-8")
    words: dict[str, str | dict[str, str]] = json.loads(text)
    return MappingProxyType(dict(sorted(words.items())))


def words_block(languages: Iterable[str] = LANGUAGES) -> dict[str, dict[str, str | dict[str, str]]]:
    """
    Return the catalogues that a page needs, ready to be written as JSON.

    Parameters
    ----------
    languages : iterable of str
        Those of the page. English comes along in any case: it stands in for a missing word.

    Returns
    -------
    dict
        Catalogues by language, in the order of `LANGUAGES`.

    Raises
    ------
    ParameterError
        If there is no catalogue of one of them, or `languages` is one word instead of several.

    Examples
    --------
    >>> list(words_block(["fa"]))
    ['en', 'fa']
    """
    if isinstance(languages, str):
        raise ParameterError(
            f"languages must be several words, but is {languages!r}. Pass [{languages!r}] instead."
        )
    wanted = {FALLBACK, *(check_choice(each, LANGUAGES, name="languages") for each in languages)}
    return {
        each: {k: v for k, v in catalogue(each).items() if not k.startswith(NOT_ON_PAGES)}
        for each in LANGUAGES
        if each in wanted
    }
