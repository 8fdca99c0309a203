"""
Finding a name among many: as written, by its sound, without its ending, by its consonants, or nearly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice, product

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from frontier_geo.names import (
    ARABIC,
    WORDS_KEPT,
    Token,
    ascii_letters,
    clean,
    other_readings,
    script_of,
    skeletons,
    stems,
    tokenise,
)
from frontier_geo.place_words import PLACE_CLASSES, class_of_name, is_plain_word, place_word

__all__ = [
    "LONGEST_NAME",
    "MATCH_SCORES",
    "NameIndex",
    "NameMatch",
    "names_in_cell",
    "written_forms",
]

BEGINNING = 4  # letters by which most words are known to begin no name
LONGEST_NAME = 6  # words
LONGEST_DESCRIPTION = 8  # words: "12th border post of the Moskovskiy border detachment"
#: How far a way of matching is trusted: 1 is the name as it stands in the table.
MATCH_SCORES = {
    "exact": 1.0,
    "spelling": 0.98,  # the same sound: another transliteration, or another script with vowels
    "inflected": 0.96,  # the same without its ending
    "reading": 0.93,  # the same sound if the letters are German, Polish or French
    "consonants": 0.9,  # the same consonants, where one of the scripts writes no vowels
}
#: Kinds that make a description of a place together with a number or a name.
DESCRIBING = ("post", "detachment")
SURE_ENOUGH = 0.8  # with a match this good the letters need not be compared as well
LETTERS_DISCOUNT = 0.96
NEARLY_THE_SAME = 0.98  # what a fuzzy match can reach
LEAST_FUZZY = 0.74
SHORTEST_FUZZY = 4  # sounds
BRUTE_FORCE = 30_000  # keys that are compared one by one; above, those that share letter pairs
KEYS_COMPARED = 400


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A name that fits: the row of its place, the name as it stands there, how and how well."""

    place: int
    name: str
    match_type: str
    score: float
    without_kind: bool = False  # the table has it only with "district" or the like
    primary: bool = False  # it is the name the place goes by


def names_in_cell(cell: object) -> list[str]:
    """Return the names of a cell that lists them with semicolons."""
    if not isinstance(cell, str):
        return []
    return [name for part in cell.split(";") if (name := clean(part))]


_BRACKETS = re.compile(r"\s*[(（\[]([^)）\]]*)[)）\]]")
_NOT_A_NAME = re.compile(r"\d|,|^(?:af|tj|афг.*|тадж.*)$|№", re.IGNORECASE)


def written_forms(
    name: str, feature_class: str, homes: Iterable[str] = ()
) -> Iterator[tuple[str, bool]]:
    """
    Yield the forms in which a name of the table may be met, and whether each lacks its kind.

    A name is met whole, without its brackets, as what stands in them, and without "district" or "post".

    Parameters
    ----------
    name : str
        As in the table: ``Dusti (Jilikul)``, ``Ноҳияи Панҷ``, ``Ishkashim (AF)``.
    feature_class : str
        The kind of place; only words of that kind come off.
    homes : iterable of str
        Names of its province and district, which in brackets only say where it is.

    Examples
    --------
    >>> list(written_forms("Dusti (Jilikul)", "district"))
    [('Dusti', False), ('Jilikul', False)]
    >>> list(written_forms("Пянджский погранотряд", "post"))
    [('Пянджский погранотряд', False), ('Пянджский', True)]
    """
    inside = [clean(part) for part in _BRACKETS.findall(name)]
    outside = clean(_BRACKETS.sub(" ", name))
    at_home = {_key(home) for home in homes}
    bare_names = [outside]
    large = feature_class in ("physical", "river")  # there "valley" and "river" belong to the name
    if feature_class not in ("crossing", "physical", "river"):  # there, brackets explain
        bare_names += [part for part in inside if _is_name(part) and _key(part) not in at_home]
    for bare in bare_names:
        if not bare:
            continue
        yield bare, False
        shorter = "" if large else _without_kind(bare, feature_class)
        if shorter and shorter != bare and not _is_number(shorter):
            yield shorter, True


@lru_cache(maxsize=4096)
def _key(name: str) -> str:
    return "".join(token.key for token in tokenise(name))


def _is_name(part: str) -> bool:
    """Whether what stands in brackets is another name, not a note."""
    return not _NOT_A_NAME.search(part) and not any(
        place_word(word.lower()) for word in part.split()
    )


def _is_number(name: str) -> bool:
    return all(token.key.isdigit() for token in tokenise(name))


def _without_kind(name: str, feature_class: str) -> str:
    """Take the words for the kind of place off both ends of a name."""
    words = name.replace("«", " ").replace("»", " ").replace('"', " ").split()

    def comes_off(word: str) -> bool:
        word = word.strip(",.№")
        kinds = [found for found in place_word(word.lower()) if found.role == "class"]
        if any(found.role in ("modifier", "number") for found in place_word(word.lower())):
            return True
        fits = any(feature_class in PLACE_CLASSES[found.value] for found in kinds)
        # "شهر" is a town, but also the first half of many names.
        return fits and class_of_name(word.lower()) != "town"

    first, last = 0, len(words)
    while first < last and comes_off(words[first]):
        first += 1
    while last > first and comes_off(words[last - 1]):
        last -= 1
    return " ".join(words[first:last])


class NameIndex:
    """
    Names and the places they belong to, ready to be looked up.

    Parameters
    ----------
    names : iterable of (int, str, bool, bool)
        The row of a place, one of its names, whether the table has that only with its kind, and
        whether the place goes by it.
    """

    def __init__(self, names: Iterable[tuple[int, str, bool, bool]]) -> None:
        self.place: list[int] = []
        self.name: list[str] = []
        self._exact: dict[str, list[int]] = {}
        self._keys: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        self._skeletons: dict[str, list[int]] = {}
        self._described: dict[tuple[str, ...], list[int]] = {}
        self._arabic: list[bool] = []
        self._key_of: list[str] = []
        seen: set[tuple[int, str]] = set()
        self._without_kind: list[bool] = []
        self._primary: list[bool] = []
        # Names as they stand come first: a form without its kind adds nothing to them.
        for place, name, without_kind, primary in sorted(names, key=lambda entry: entry[2]):
            tokens = tokenise(name)
            if not tokens or len(tokens) > LONGEST_DESCRIPTION:
                continue
            exact = " ".join(token.word for token in tokens)
            if (place, exact) in seen:
                continue
            seen.add((place, exact))
            self._without_kind.append(without_kind)
            self._primary.append(primary)
            self._add(place, name, exact, tokens)

    def _add(self, place: int, name: str, exact: str, tokens: Sequence[Token]) -> None:
        number = len(self.place)
        key = "".join(token.key for token in tokens)
        arabic = tokens[0].script == ARABIC
        self.place.append(place)
        self.name.append(name)
        self._arabic.append(arabic)
        self._key_of.append(key)
        self._exact.setdefault(exact, []).append(number)
        if not key:
            return
        described = _description(tokens)
        if described:
            self._described.setdefault(described, []).append(number)
        self._keys.setdefault(key, []).append(number)
        for stemmed in _joined_stems(tokens):
            if len(stemmed) > 2:
                self._stems.setdefault(stemmed, []).append(number)
        for skeleton in skeletons(key, arabic):
            if len(skeleton) > 2:
                self._skeletons.setdefault(("a" if arabic else "l") + skeleton, []).append(number)

    def __len__(self) -> int:
        return len(self.place)

    @cached_property
    def _beginnings(self) -> frozenset[str]:
        """The first letters of every key and skeleton, in all lengths up to `BEGINNING`."""
        words = {*self._keys, *self._stems, *(skeleton[1:] for skeleton in self._skeletons)}
        words.update("".join(exact.split()) for exact in self._exact)
        return frozenset(word[:length] for word in words for length in range(1, BEGINNING + 1))

    def may_begin(self, token: Token) -> bool:
        """Whether some name may begin with a word: a quick look before the lookups."""
        if len(token.key) < 2 and not token.capital:
            return False
        return any(
            start[:BEGINNING] in self._beginnings for start in _starts(token.word, token.key)
        )

    def lookup(self, tokens: Sequence[Token]) -> list[NameMatch]:
        """
        Return the names that a few words are, in one of the sure ways, the best way only.

        Parameters
        ----------
        tokens : sequence of Token
            The words of the name, not more than `LONGEST_NAME`.
        """
        exact = tokens[0].word if len(tokens) == 1 else " ".join(token.word for token in tokens)
        key = tokens[0].key if len(tokens) == 1 else "".join(token.key for token in tokens)
        found: dict[int, NameMatch] = {}
        self._take(found, self._exact.get(exact), "exact")
        if not key:
            return list(found.values())
        self._take(found, self._keys.get(key), "spelling")
        for stemmed in _joined_stems(tokens):
            if len(stemmed) > 2:
                self._take(found, self._stems.get(stemmed), "inflected")
        if len(tokens) > 1:
            described = _description(tokens)
            if described:
                self._take(found, self._described.get(described), "inflected")
        if not found:
            for reading in _joined_readings(tokens):
                self._take(found, self._keys.get(reading), "reading")
        arabic = tokens[0].script == ARABIC
        for skeleton in skeletons(key, arabic):
            if len(skeleton) > 2:
                other = ("l" if arabic else "a") + skeleton
                self._take(found, self._skeletons.get(other), "consonants")
        return list(found.values())

    def _take(self, found: dict[int, NameMatch], numbers: list[int] | None, how: str) -> None:
        for number in numbers or ():
            place = self.place[number]
            before = found.get(place)
            if before is None or (before.without_kind and not self._without_kind[number]):
                found[place] = NameMatch(
                    place,
                    self.name[number],
                    how,
                    MATCH_SCORES[how],
                    self._without_kind[number],
                    how == "exact" and self._primary[number],
                )

    # ---- near misses ------------------------------------------------------------------------------

    def nearly(self, tokens: Sequence[Token], *, limit: int = 20) -> list[NameMatch]:
        """
        Return the names that a few words resemble, the nearest first.

        Notes
        -----
        The score is a mean of the optimal string alignment and Jaro-Winkler similarities of the keys
        and the alignment of the consonants, so that a wrong vowel weighs less than a wrong consonant,
        and a wrong first letter more than a wrong last one.
        """
        key = "".join(token.key for token in tokens)
        if len(key) < SHORTEST_FUZZY:
            return []
        arabic = tokens[0].script == ARABIC
        queries = {key, *(_joined_stems(tokens) if not arabic else ()), *_joined_readings(tokens)}
        found: dict[int, NameMatch] = {}
        for query in sorted(queries):
            if len(query) < SHORTEST_FUZZY:
                continue
            for near, score in self._near_keys(query, arabic):
                discount = 0.0 if query == key else 0.02
                for number in self._keys[near]:
                    place, worth = self.place[number], score - discount
                    if self._arabic[number] == arabic and (
                        place not in found or found[place].score < worth
                    ):
                        found[place] = NameMatch(
                            place, self.name[number], "fuzzy", worth, self._without_kind[number]
                        )
        if not arabic and not any(match.score >= SURE_ENOUGH for match in found.values()):
            self._by_letters(tokens, found)
        best = sorted(found.values(), key=lambda match: (-match.score, match.place))
        return best[:limit]

    def _by_letters(self, tokens: Sequence[Token], found: dict[int, NameMatch]) -> None:
        """Compare letters instead of sounds: "Farkohr" is two letters exchanged, three sounds changed."""
        if len(self) > BRUTE_FORCE:
            return  # too many to compare one by one
        letters = "".join(ascii_letters(token.word) for token in tokens)
        if len(letters) < SHORTEST_FUZZY + 1:
            return
        for near, _, _ in process.extract(
            letters,
            self._letters.keys(),
            scorer=OSA.normalized_similarity,
            score_cutoff=0.8,
            limit=10,
        ):
            if any(letter.isdigit() for letter in near):
                continue
            worth = LETTERS_DISCOUNT * _likeness(letters, near)
            for number in self._letters[near]:
                place = self.place[number]
                if worth >= LEAST_FUZZY and (place not in found or found[place].score < worth):
                    found[place] = NameMatch(
                        place, self.name[number], "fuzzy", worth, self._without_kind[number]
                    )

    @cached_property
    def _letters(self) -> dict[str, list[int]]:
        letters: dict[str, list[int]] = {}
        for number, name in enumerate(self.name):
            if not self._arabic[number]:
                word = "".join(ascii_letters(token.word) for token in tokenise(name))
                letters.setdefault(word, []).append(number)
        return letters

    def _near_keys(self, query: str, arabic: bool) -> list[tuple[str, float]]:
        keys = self._arabic_keys if arabic else self._latin_keys
        some = keys if len(keys) <= BRUTE_FORCE else self._alike(query, arabic)
        found = process.extract(
            query,
            some,
            scorer=OSA.normalized_similarity,
            processor=None,
            score_cutoff=0.6,
            limit=40,
        )
        if not any(letter.isdigit() for letter in query):
            found = [hit for hit in found if not any(letter.isdigit() for letter in hit[0])]
        scored = [(key, NEARLY_THE_SAME * _likeness(query, key)) for key, _, _ in found]
        return [(key, score) for key, score in scored if score >= LEAST_FUZZY]

    @cached_property
    def _latin_keys(self) -> list[str]:
        return sorted({k for k, a in zip(self._key_of, self._arabic, strict=True) if not a and k})

    @cached_property
    def _arabic_keys(self) -> list[str]:
        return sorted({k for k, a in zip(self._key_of, self._arabic, strict=True) if a and k})

    @cached_property
    def _pairs(self) -> dict[bool, _LetterPairs]:
        return {True: _LetterPairs(self._arabic_keys), False: _LetterPairs(self._latin_keys)}

    def _alike(self, query: str, arabic: bool) -> list[str]:
        return self._pairs[arabic].most_alike(query, KEYS_COMPARED)


_VOWELS = str.maketrans("", "", "aeiouy")


def _likeness(a: str, b: str) -> float:
    """Return how alike two words are: a wrong vowel, and a wrong last letter, weigh least."""
    return float(
        0.5 * OSA.normalized_similarity(a, b)
        + 0.25 * JaroWinkler.similarity(a, b)
        + 0.25 * OSA.normalized_similarity(a.translate(_VOWELS), b.translate(_VOWELS))
    )


class _LetterPairs:
    """Which keys hold which pairs of letters: the few worth comparing among very many."""

    def __init__(self, keys: list[str]) -> None:
        self.keys = keys
        self.count = np.array([len(_pairs_of(key)) for key in keys], dtype=np.float32)
        holders: dict[str, list[int]] = {}
        for number, key in enumerate(keys):
            for pair in _pairs_of(key):
                holders.setdefault(pair, []).append(number)
        self.holders = {pair: np.array(them, dtype=np.int32) for pair, them in holders.items()}

    def most_alike(self, query: str, limit: int) -> list[str]:
        pairs = _pairs_of(query)
        held = [self.holders[pair] for pair in pairs if pair in self.holders]
        if not held:
            return []
        shared = np.bincount(np.concatenate(held), minlength=len(self.keys)).astype(np.float32)
        likeness = 2.0 * shared / (self.count + len(pairs))
        best = np.argpartition(-likeness, min(limit, len(self.keys) - 1))[:limit]
        return [self.keys[i] for i in np.sort(best)]


def _pairs_of(key: str) -> set[str]:
    padded = f"^{key}$"
    return {padded[i : i + 2] for i in range(len(padded) - 1)}


@lru_cache(maxsize=WORDS_KEPT)
def _starts(word: str, key: str) -> tuple[str, ...]:
    """Return how a word may begin a name: by its sound, its stem, its consonants, its letters."""
    bare = skeletons(key, script_of(word) == ARABIC)
    return (key, stems(word)[0], bare[0], word, *bare[1:], *stems(word)[1:], *other_readings(word))


def _joined_stems(tokens: Sequence[Token]) -> list[str]:
    """Return the keys of the words without their endings, in at most four combinations."""
    if len(tokens) == 1:
        return list(stems(tokens[0].word))
    options = [stems(token.word) for token in tokens]
    return ["".join(parts) for parts in islice(product(*options), 4)]


_LINKS = frozenset(("of", "the", "ба", "номи", "имени", "им", "no", "номер", "рақами", "به", "نام"))


def _description(tokens: Sequence[Token]) -> tuple[str, ...] | None:
    """
    Return what a name says apart from how it says it: ``("12", "<post>")``; None without a kind.

    "12-я погранзастава" and "the 12th border post" are one description, in any order of words.
    """
    parts, kinds = [], 0
    for token in tokens:
        kind = class_of_name(token.word)
        if kind in DESCRIBING:
            parts.append(f"<{kind}>")
            kinds += 1
        elif token.word not in _LINKS and not any(
            meaning.role in ("modifier", "number") for meaning in place_word(token.word)
        ):
            parts.append(stems(token.word)[0])
    if not kinds or kinds == len(parts):
        return None
    return tuple(sorted(parts))


def _joined_readings(tokens: Sequence[Token]) -> list[str]:
    """Return the keys of Latin words read as German or French, where that differs."""
    options = [other_readings(token.word) for token in tokens]
    if not any(options):
        return []
    own = [(token.key, *option) for option, token in zip(options, tokens, strict=True)]
    return ["".join(parts) for parts in islice(product(*own), 1, 9)]


def is_all_plain(tokens: Sequence[Token]) -> bool:
    """Whether none of the words says by itself that a place is meant."""
    return all(is_plain_word(token.word) for token in tokens)
