"""
Place names in four scripts, brought to one key: the way a name sounds, not the way it is spelt.

A key keeps consonants and three vowels, after transliteration: ``Шуроабад``, ``Shuroabad`` and
``Šuroobod`` come to nearly the same letters. A skeleton keeps the consonants alone, which is all that
Dari and Persian write.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from anyascii import anyascii

__all__ = [
    "ARABIC",
    "CYRILLIC",
    "LATIN",
    "Token",
    "ascii_letters",
    "clean",
    "fold",
    "other_readings",
    "russian_stem",
    "script_of",
    "skeletons",
    "stems",
    "tokenise",
]

LATIN, CYRILLIC, ARABIC = "latin", "cyrillic", "arabic"
LONGEST_WORD = 60  # letters; what is longer is no name
WORDS_KEPT = 200_000  # remembered; a large gazetteer has as many

#: Letters, digits and the marks written on or between the letters of one word.
_MARKS = (
    "\u00ad\u200b\u200e\u200f\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200d"
)
_APOSTROPHES = "'’‘ʼʻʿʾ`´′"
_ORDINAL = r"\d+(?:[-‐]?(?:st|nd|rd|th|я|й|ю|е|ой|го|ая|ый|ум|юм|ом|ем))?(?![^\W_])"
_WORD = re.compile(
    rf"{_ORDINAL}|\d+(?=[^\W\d_]{{2}})|[^\W_](?:[^\W_]|[{_MARKS}]|[{_APOSTROPHES}](?=[^\W_]))*"
)
_ENDING_OF_ORDINAL = re.compile(r"^(\d+)\D+$")
_UNHEARD = re.compile(rf"[{_APOSTROPHES}{_MARKS}]")

#: Letters of Persian, Pashto and Urdu writing by their sound in Dari.
_ARABIC_SOUNDS = {
    **dict.fromkeys("اآأإٱ", "a"), **dict.fromkeys("تطټٹ", "t"), **dict.fromkeys("سصث", "s"),
    **dict.fromkeys("زذضظ", "z"), **dict.fromkeys("جځ", "J"), **dict.fromkeys("چڅ", "C"),
    **dict.fromkeys("حهہھةۀە", "h"), **dict.fromkeys("دډڈ", "d"), **dict.fromkeys("رړڑ", "r"),
    **dict.fromkeys("شښ", "S"), **dict.fromkeys("کكقګ", "k"), **dict.fromkeys("نڼں", "n"),
    **dict.fromkeys("یيىېۍئے", "i"), **dict.fromkeys("وؤۇ", "v"), **dict.fromkeys("گغږ", "g"),
    "ب": "b", "پ": "p", "خ": "h", "ژ": "J", "ع": "", "ف": "f", "ل": "l", "م": "m", "ء": "",
}  # fmt: skip

#: Letters whose mark carries the sound; the rest lose theirs in `anyascii`.
_MARKED_LETTERS = str.maketrans(
    {
        **dict.fromkeys("šşŝș", "sh"), **dict.fromkeys("čçĉ", "ch"), **dict.fromkeys("žẑ", "zh"),
        **dict.fromkeys("ğġɣγģ", "gh"), **dict.fromkeys("ḫẖ", "kh"), "ǧ": "j", "ǰ": "j", "ə": "a",
        "ı": "i", "ł": "l", "ё": "yo", "ҝ": "k", "ө": "o", "ў": "u",
    }
)  # fmt: skip

#: How an English hand writes the sounds; applied in this order.
_ENGLISH = (
    ("shch", "S"), ("sch", "S"), ("sh", "S"), ("tch", "C"), ("ch", "C"), ("dzh", "J"), ("dj", "J"),
    ("zh", "J"), ("j", "J"), ("kh", "h"), ("gh", "g"), ("ph", "f"), ("th", "t"), ("dh", "d"),
    ("ck", "k"),
)  # fmt: skip
_GERMAN = (
    ("dsch", "J"), ("tsch", "C"), ("sch", "S"), ("cz", "C"), ("sz", "S"), ("ch", "h"), ("j", "i"),
)  # fmt: skip
_FRENCH = (("tch", "C"), ("dj", "J"), ("ch", "S"), ("j", "J"), ("gu", "g"))
_SINGLE = str.maketrans({"q": "k", "c": "k", "x": "h", "w": "v", "y": "i", "e": "i", "o": "a"})
_LONG_VOWELS = (("oo", "u"), ("ou", "u"), ("ee", "i"))
_VOWELS = str.maketrans("", "", "aiu")


@dataclass(frozen=True, slots=True)
class Token:
    """
    A word of a text.

    Attributes
    ----------
    text : str
        As written.
    start, end : int
        Where it stands in the text, in characters.
    word : str
        Cleaned and in lower case.
    key : str
        Its sound, see `fold`.
    script : str
        Of its first letter: ``latin``, ``cyrillic`` or ``arabic``; digits count as latin.
    """

    text: str
    start: int
    end: int
    word: str
    key: str
    script: str

    @property
    def capital(self) -> bool:
        """Whether it begins with a capital letter; Arabic script has none."""
        return self.text[:1].isupper()


def clean(text: Any) -> str:
    """
    Return a text without control and direction marks, in composed letters, spaces made single.

    Examples
    --------
    >>> clean("  Qal\\u02bfai\\u200f  Khumb ")
    'Qalʿai Khumb'
    """
    if not isinstance(text, str):
        return ""
    composed = unicodedata.normalize("NFKC", text)
    kept = (
        " " if unicodedata.category(letter) in ("Cc", "Zs", "Zl", "Zp") or letter == "\u200c"
        else letter
        for letter in composed
        if unicodedata.category(letter) not in ("Cf", "Cs", "Co", "Cn") or letter == "\u200c"
    )  # fmt: skip
    return " ".join("".join(kept).split())


def tokenise(text: str) -> list[Token]:
    """
    Split a text into its words. Hyphens and half-spaces part words; apostrophes do not.

    Examples
    --------
    >>> [token.key for token in tokenise("Қалъаи Хумб, Kalai-Khumb")]
    ['kalai', 'humb', 'kalai', 'humb']
    """
    tokens = []
    for match in _WORD.finditer(text):
        if match.end() - match.start() > LONGEST_WORD:
            continue
        tokens.append(_token(match.group(), match.start()))
    return tokens


def _token(text: str, start: int) -> Token:
    word, key, script = _known_word(text)
    return Token(text, start, start + len(text), word, key, script)


@lru_cache(maxsize=WORDS_KEPT)
def _known_word(text: str) -> tuple[str, str, str]:
    word = _UNHEARD.sub("", unicodedata.normalize("NFKC", text)).lower()
    if word[:1].isdigit() and re.fullmatch(_ORDINAL, word):
        word = _ENDING_OF_ORDINAL.sub(r"\1", word)  # "12th", "12-я"
    if word.endswith("s") and text[-2:-1] in _APOSTROPHES and script_of(word) == LATIN:
        word = word[:-1]  # "Panj's"
    return word, fold(word), script_of(word)


def script_of(word: str) -> str:
    """Return the script of the first letter of a word."""
    for letter in word:
        if "\u0400" <= letter <= "\u052f":
            return CYRILLIC
        if "\u0600" <= letter <= "\u06ff" or "\u0750" <= letter <= "\u077f" or letter >= "\ufb50":
            return ARABIC if not letter.isdigit() else LATIN
        if letter.isalpha():
            return LATIN
    return LATIN


@lru_cache(maxsize=WORDS_KEPT)
def fold(word: str) -> str:
    """
    Return the key of a word: its sound in few letters.

    Parameters
    ----------
    word : str
        One word in Latin, Cyrillic or Arabic letters.

    Returns
    -------
    str
        Consonants, of which S, C and J stand for sh, ch and j or zh, and the vowels a, i, u. Persian
        writing gives the letters it has; its short vowels are absent.

    Examples
    --------
    >>> fold("Дарвоз"), fold("Darwaz"), fold("درواز")
    ('darvaz', 'darvaz', 'drvaz')
    """
    word = word.lower()
    if script_of(word) == ARABIC:
        return _fold_arabic(word)
    return _fold_latin(ascii_letters(word), _ENGLISH)


def ascii_letters(word: str) -> str:
    """Return a word in plain Latin letters."""
    return _only_letters(anyascii(word.translate(_MARKED_LETTERS)).lower())


_NOT_LETTERS = re.compile(r"[^a-z0-9]")


def _only_letters(word: str) -> str:
    return _NOT_LETTERS.sub("", word)


_HIDDEN_Y = re.compile(r"(?<=[^aiu0-9])i(?=[au])")
_SILENT_W = re.compile(r"hava?(?=J)|hva")
_DOUBLE = re.compile(r"(.)\1+")


#: "Korugh" for Khorugh: a hand that writes no kh.
_FIRST_K = re.compile(r"^k(?!h)")


def _fold_latin(word: str, sounds: tuple[tuple[str, str], ...]) -> str:
    for letters, sound in (*sounds, *_LONG_VOWELS):
        if letters in word:
            word = word.replace(letters, sound)
    if word.endswith("dz"):
        word = word[:-2] + "J"  # Pyandz
    word = word.translate(_SINGLE)
    word = _HIDDEN_Y.sub("", word)  # Pyandzh, Pianj: Panj
    word = _SILENT_W.sub("ha", word)  # Khwaja, Khoja
    if not word.isdigit():
        word = _DOUBLE.sub(r"\1", word)
    if len(word) > 2 and word.endswith("h") and word[-2] in "aiu":
        word = word[:-1]  # Qal'ah: Qala
    return word


def _fold_arabic(word: str) -> str:
    letters = []
    for letter in word:
        if letter.isdigit():
            letters.append(str(unicodedata.digit(letter, "")))
        else:
            letters.append(_ARABIC_SOUNDS.get(letter, ""))
    key = "".join(letters)
    if not key.isdigit():
        key = _SILENT_W.sub("ha", _DOUBLE.sub(r"\1", key))
    if len(key) > 2 and key.endswith("h") and key[-2] != "a":
        key = key[:-1]  # a final he after a consonant is a vowel
    return key


@lru_cache(maxsize=WORDS_KEPT)
def other_readings(word: str) -> tuple[str, ...]:
    """
    Return the keys of a Latin word read with German and French letters, where they differ.

    Examples
    --------
    >>> other_readings("chorog")
    ('harag', 'Sarag')
    """
    if script_of(word) != LATIN:
        return ()
    letters = ascii_letters(word)
    own = fold(word)
    readings: tuple[str, ...] = (
        _fold_latin(letters, _GERMAN + _ENGLISH),
        _fold_latin(letters, _FRENCH + _ENGLISH),
    )
    if "ş" in word:  # BGN/PCGN writes the s of Imām Şāḩib so
        readings += (fold(word.replace("ş", "s")),)
    hard = (_FIRST_K.sub("h", own),) if letters.startswith("k") else ()
    return tuple(dict.fromkeys(key for key in (*readings, *hard) if key != own))


@lru_cache(maxsize=WORDS_KEPT)
def skeletons(key: str, arabic: bool = False) -> tuple[str, ...]:
    """
    Return the consonants of a key. A Persian waw is a consonant or a vowel: both are given.

    Examples
    --------
    >>> skeletons(fold("Рӯшон")), skeletons(fold("روشان"), arabic=True)
    (('rSn',), ('rvSn', 'rSn'))
    """
    bare = key.translate(_VOWELS)
    if not arabic or "v" not in bare[1:]:
        return (bare,)
    return tuple(dict.fromkeys((bare, bare[:1] + bare[1:].replace("v", ""))))


_ONE_AT_A_TIME = threading.Lock()


@cache
def _russian() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("russian")


@lru_cache(maxsize=WORDS_KEPT)
def russian_stem(word: str) -> str:
    """Return a Russian word without its case ending, by the Snowball stemmer."""
    with _ONE_AT_A_TIME:  # the stemmer keeps the word it works on
        return str(_russian().stemWord(word))


_LATIN_ADJECTIVE = re.compile(
    r"sk(?:iy|ii|ij|yi|y|i|aya|aia|oye|oe|ogo|om|omu|oy|oi|uyu|ie|iye|ikh|im)$"
)
_MADE_OF = ("ин", "ов", "ев", "ан")  # between a name and the -ск- of its adjective
_SURNAME = re.compile(r"(?:ов|ев|ёв)(?:а|у|ым|е|ой|ы|ых)?$")
_TAJIK_ENDING = re.compile(r"(?:ҳои|ҳо|ро|и|ӣ)$")


@lru_cache(maxsize=WORDS_KEPT)
def stems(word: str) -> tuple[str, ...]:
    """
    Return the keys of a word without its ending: Russian cases and adjectives, the Tajik izafat.

    Parameters
    ----------
    word : str
        One word in lower case.

    Returns
    -------
    tuple of str
        What the word may be made of, the likeliest first; the key itself where nothing comes off.

    Examples
    --------
    >>> stems("шуроабадского"), stems("ишкашиме"), stems("хамадонинский")
    (('Surabad',), ('iSkaSim',), ('hamadanin', 'hamadan'))
    """
    script = script_of(word)
    if script == CYRILLIC and len(word) > 3:
        if _SURNAME.search(word):
            return (fold(word),)  # Рушанов is a man
        bare = russian_stem(word)
        if bare.endswith("ск") and len(bare) > 4:
            bare = bare[:-2]
            if bare.endswith(_MADE_OF) and len(bare) > 5:
                return (fold(bare), fold(bare[:-2]))
        elif bare == word and len(word) > 4:
            bare = _TAJIK_ENDING.sub("", word)
        without = (fold(word[:-2]),) if word.endswith("ро") and len(word) > 5 else ()
        return (fold(bare), *without)
    if script == LATIN and len(word) > 6:
        return (fold(_LATIN_ADJECTIVE.sub("", word)),)
    return (fold(word),)
