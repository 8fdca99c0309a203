"""
Finding the places a text names, and the words beside them that say which place is meant.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from frontier_geo.name_index import (
    DESCRIBING,
    LONGEST_DESCRIPTION,
    NameIndex,
    NameMatch,
    is_all_plain,
)
from frontier_geo.names import ARABIC, CYRILLIC, LATIN, Token, skeletons, tokenise
from frontier_geo.place_words import NUMBER_WORDS, PHRASES, PlaceWord, is_plain_word, place_word

__all__ = [
    "CLAUSE_WORDS",
    "COMPASS",
    "SMALL_WORDS",
    "Mention",
    "Reading",
    "governing_words",
    "listed",
    "named_side",
    "parse_text",
    "unknown_districts",
]

JOINED, CLAUSE, SENTENCE = 0, 1, 2  # what parts two words
FURTHEST_BACK = 10  # words between a name and what governs it
LOOK_AROUND = 6  # words to either side that may belong to a name
MOST_MENTIONS = 200  # names read in one text; what happened stands in its first lines
CLAUSE_WORDS = 5  # words between a place and the district it is said to be in
FEW_WORDS = 3  # so short a phrase is names alone
SURE_CONSONANTS = 4  # so many are a name; three are many words
LEAST_ALONE = 0.7  # near misses worth showing, of a text that is only a name
LEAST_AMONG_OTHERS = 0.86  # and among other words, unless "district" or the like stands beside them
SURE_FUZZY = 0.84  # a near miss this good may take in a word that is a name by itself
_JOINS = re.compile(r"^[\s\u200c\-‐‑'’ʼ`«»“”„\"№#٬]*$")
_SENTENCE_END = re.compile(r"[.!?;:…؟؛۔\n\r]|\s[—–-]\s|—")
_ABBREVIATION = 3  # letters before a full stop that ends no sentence
#: Words that name no place and are often near one.
_COUNTED = frozenset(
    "нафар нафари нафара тан тани кило килограмм соат нафр نفر تن کیلو ساعت".split()
)
_AT = frozenset("in at в во к дар ба در به".split())
SMALL_WORDS = frozenset(
    """a an the of in on at by with for and or near from to into over under after before during is are was
    were be been has have had said say says reported told told that this these those which who when where
    while as it its their his her they he she not no new two three four five six seven eight nine ten
    man men woman women people person killed wounded injured detained seized armed clash clashes attack
    attacked shooting fire border guards guard smugglers drug narcotics police officials troops forces
    в на у с со к из за от до по при о об и или что как не их его её был была были это этот того
    дар ба бо аз то барои ва ки ин он як ду се чор нафар
    кушта шуд шуданд шудаанд буд буданд
    در به با از تا برای و که این آن یک دو سه چهار نفر است بود شد شده را های ها هایی تر ترین""".split()
)


@dataclass(slots=True)
class Mention:
    """
    Words of a text that name a place.

    Attributes
    ----------
    first, last : int
        The words it spans, from the first up to but without the last.
    start, end : int
        The same in characters.
    text : str
        As written.
    matches : list of NameMatch
        Places of that name, unranked.
    announced : str or None
        The kind of place said beside it: ``district``, ``post`` ….
    roles : dict of str to int
        What else is said of it (``near``, ``opposite``, ``stretch`` …), and by which word.
    country : str or None
        Country said directly beside it.
    lean : str or None
        Country on whose side the words beside it are in use: a Tajik ``nohiya``, an Afghan ``wuleswali``.
    part_of_other : bool
        Whether another word with a capital letter, that names no place, stands beside it (a person's
        name, or a place that is not in the gazetteer), or a foreign country follows it.
    weak : bool
        Whether it counts only if the district around it is named too.
    river_like : bool
        Whether it is meant as a river's name, if a river has it: "over the Panj".
    shares_kind : bool
        Whether its kind is said only once for a list it stands in.
    whole : bool
        Whether it is all that the text says.
    sentence : int
        Number of its sentence.
    """

    first: int
    last: int
    start: int
    end: int
    text: str
    matches: list[NameMatch]
    announced: str | None = None
    roles: dict[str, int] = field(default_factory=dict)
    country: str | None = None
    lean: str | None = None
    part_of_other: bool = False
    weak: bool = False
    river_like: bool = False
    shares_kind: bool = False
    whole: bool = False
    sentence: int = 0


@dataclass(slots=True)
class Reading:
    """
    A text, its words, what parts them and what they mean, and the places it names.

    `read_in_part` says that it names more places than are read.
    """

    text: str
    tokens: list[Token]
    gaps: list[int]
    meanings: list[tuple[PlaceWord, ...]]
    sentences: list[int]
    mentions: list[Mention]
    read_in_part: bool = False

    def has(self, word: int, role: str, value: str | None = None) -> bool:
        """Whether a word plays a role."""
        return any(
            meaning.role == role and (value is None or meaning.value == value)
            for meaning in self.meanings[word]
        )

    def class_of(self, word: int) -> str | None:
        """Return the kind of place a word says, if it does."""
        return next((m.value for m in self.meanings[word] if m.role == "class"), None)


def parse_text(text: str, index: NameIndex, *, every_word: bool = False) -> Reading:
    """
    Find the places a text names.

    Parameters
    ----------
    text : str
        Any text.
    index : NameIndex
        The names.
    every_word : bool, default False
        Whether the text is known to be about a place: then words in small letters and ordinary words
        may be names too, and near misses are looked for everywhere.
    """
    tokens = tokenise(text)
    gaps = [_gap(text, a, b) for a, b in pairwise(tokens)]
    meanings = [place_word(token.word) for token in tokens]
    for words, meaning in PHRASES.items():
        for k in range(len(tokens) - len(words) + 1):
            if all(token.word == word for token, word in zip(tokens[k:], words, strict=False)):
                meanings[k : k + len(words)] = [(meaning,)] * len(words)
    sentences = []
    number = 0
    for gap in [JOINED, *gaps][: len(tokens)]:
        number += gap == SENTENCE
        sentences.append(number)
    reading = Reading(text, tokens, gaps, meanings, sentences, [])
    mixed_case = any(token.text[0].islower() for token in tokens if token.script != ARABIC)
    finder = _Finder(reading, index, every_word, mixed_case)
    reading.mentions = finder.find()
    reading.read_in_part = finder.read_in_part
    _say_roles(reading)
    return reading


def unknown_districts(reading: Reading, known: Sequence[Mention]) -> list[str]:
    """Return the districts a text names that are in no gazetteer: "Kishm district of Badakhshan"."""
    taken = {k for mention in known for k in range(mention.first, mention.last)}
    units = []
    for k in range(len(reading.tokens)):
        if reading.class_of(k) != "district" or k in taken or _is_area(reading, k):
            continue
        for other in (k - 1, k + 1):
            if not 0 <= other < len(reading.tokens) or reading.gaps[min(k, other)] != JOINED:
                continue
            token = reading.tokens[other]
            before = token.script == ARABIC and other == k + 1
            named = token.capital or (before and token.word not in SMALL_WORDS)
            if (
                named
                and other not in taken
                and (
                    not reading.meanings[other]
                    or reading.class_of(other) == "gorge"  # "Chahar Dara"
                )
            ):
                units.append(token.text)
    return units


def _gap(text: str, before: Token, after: Token) -> int:
    between = text[before.end : after.start]
    if _JOINS.match(between) and "\n" not in between:
        return JOINED
    if between.strip() == "." and (
        (len(before.text) <= _ABBREVIATION and before.capital) or len(before.text) <= 2
    ):
        return JOINED
    return SENTENCE if _SENTENCE_END.search(between) else CLAUSE


class _Finder:
    """The search for names in one text."""

    def __init__(
        self, reading: Reading, index: NameIndex, every_word: bool, mixed_case: bool
    ) -> None:
        self.reading = reading
        self.index = index
        self.every_word = every_word
        self.mixed_case = mixed_case
        self.read_in_part = False
        self.capitals = any(
            token.capital and not meaning and token.word not in SMALL_WORDS
            for token, meaning in zip(reading.tokens, reading.meanings, strict=True)
        )
        self.content = sum(
            not meaning and token.word not in SMALL_WORDS
            for token, meaning in zip(reading.tokens, reading.meanings, strict=True)
        )

    def find(self) -> list[Mention]:
        reading = self.reading
        found: list[Mention] = []
        i, n = 0, len(reading.tokens)
        while i < n:
            if len(found) == MOST_MENTIONS:
                self.read_in_part = True
                break
            mention = self._longest_from(i)
            if mention is None:
                i += 1
                continue
            found.append(mention)
            i = mention.last
        return self._with_near_misses(found)

    def _longest_from(self, i: int) -> Mention | None:
        tokens = self.reading.tokens
        last = i + 1
        describes = self.reading.class_of(i) in DESCRIBING or tokens[i].key.isdigit()
        if not (describes or self.index.may_begin(tokens[i])):
            return None
        while last < len(tokens) and last - i < LONGEST_DESCRIPTION:
            if self.reading.gaps[last - 1] != JOINED:
                break
            last += 1
        for j in range(last, i, -1):
            window = tokens[i:j]
            if j - i == 1 and self._speaks(i) and not self._bare_capital(i):
                continue
            if self._cuts_a_word(i, j):
                continue
            matches = self.index.lookup(window)
            if j - i > 1 and matches and (matches[0].match_type != "consonants"):
                matches = self._with_bare_name(i, j, matches)
            if j - i > 1 and (self._frames(i) or self._frames(j - 1)):
                matches = [match for match in matches if match.match_type == "exact"]
            if j - i > 1 and matches and self._ends_in_another(i, j):
                continue
            if matches and self._plausible(i, j, matches):
                return self._mention(i, j, matches)
            if matches and self._perhaps(i, j, matches):
                mention = self._mention(i, j, matches)
                mention.weak = True
                return mention
        return None

    def _with_bare_name(self, i: int, j: int, matches: list[NameMatch]) -> list[NameMatch]:
        """Add the places that bear the name without its kind: "ноҳияи Шуғнон" is on both banks."""
        first, last = i, j
        while first < last and self.reading.class_of(first) is not None:
            first += 1
        while last > first and self.reading.class_of(last - 1) is not None:
            last -= 1
        if first == last or (first, last) == (i, j):
            return matches
        bare = self.index.lookup(self.reading.tokens[first:last])
        best = {match.place: match for match in bare}
        for match in matches:
            if not (match.place in best and best[match.place].primary):
                best[match.place] = match
        return list(best.values())

    def _ends_in_another(self, i: int, j: int) -> bool:
        """Whether a kind in the words belongs to another name: "post of the Shahritus | detachment"."""
        if not any(self.reading.class_of(k) in DESCRIBING for k in range(i, j - 1)):
            return False
        following = _kind_right(self.reading, j, set())
        return following is not None and self.reading.class_of(following) in DESCRIBING

    def _bare_capital(self, i: int) -> bool:
        """Whether the whole text is the name of a capital: then that is what it asks for."""
        own = self.reading.has(i, "capital", "TJ") or self.reading.has(i, "capital", "AF")
        return len(self.reading.tokens) == 1 and own

    def _cuts_a_word(self, i: int, j: int) -> bool:
        """Whether the words begin or end inside a word written with half-spaces: "ده‌ها خانه"."""
        text, tokens = self.reading.text, self.reading.tokens
        if i and "\u200c" in text[tokens[i - 1].end : tokens[i].start]:
            return self.reading.class_of(i - 1) is None or tokens[i].word in SMALL_WORDS
        return False

    def _speaks(self, k: int) -> bool:
        """Whether a word says something of a place, rather than being part of its name."""
        return any(meaning.role not in ("lean",) for meaning in self.reading.meanings[k])

    def _frames(self, k: int) -> bool:
        """Whether a word is more likely beside a name than its first or last word."""
        return self.reading.tokens[k].word in SMALL_WORDS or (
            self._speaks(k)
            and self.reading.class_of(k) is None
            and not self.reading.has(k, "modifier")
            and not self.reading.has(k, "month")
        )

    def _perhaps(self, i: int, j: int, matches: list[NameMatch]) -> bool:
        """Whether the words may be a name, if the district around it is named too."""
        tokens = self.reading.tokens[i:j]
        if any(token.word in SMALL_WORDS for token in tokens):
            return False
        if not (is_all_plain(tokens) and tokens[0].capital and self.mixed_case):
            return False
        after = self.reading.tokens[j] if j < len(self.reading.tokens) else None
        # "Yol, Shuroobod district", "Yol in Shuroobod", not "слава Богу никто"
        return after is None or self.reading.gaps[j - 1] == CLAUSE or after.word in _AT

    def _mention(self, i: int, j: int, matches: list[NameMatch]) -> Mention:
        first, last = self.reading.tokens[i], self.reading.tokens[j - 1]
        return Mention(
            i,
            j,
            first.start,
            last.end,
            self.reading.text[first.start : last.end],
            matches,
            sentence=self.reading.sentences[i],
        )

    def _counted(self, i: int, j: int) -> bool:
        """Whether the word is a number of people or things: "панҷ нафар"."""
        return (
            j < len(self.reading.tokens)
            and self.reading.gaps[j - 1] == JOINED
            and (self.reading.tokens[j].word in _COUNTED or self.reading.has(j, "km"))
        )

    def _plausible(self, i: int, j: int, matches: list[NameMatch]) -> bool:
        """Whether the words are meant as a name here."""
        tokens = self.reading.tokens[i:j]
        one_country = (
            len({m.value for ms in self.reading.meanings for m in ms if m.role == "country"}) < 2
        )
        alone = (
            self.every_word
            and one_country
            and self.content
            <= sum(
                not meaning and token.word not in SMALL_WORDS
                for token, meaning in zip(tokens, self.reading.meanings[i:j], strict=True)
            )
        )
        if all(token.word in SMALL_WORDS for token in tokens):
            return False
        if self._bare_capital(i):
            return matches[0].match_type in ("exact", "spelling")
        last = tokens[-1]
        adjective = last.script == CYRILLIC and len(last.word) > 6 and "ск" in last.word[-6:]
        if adjective and not alone:
            goes_on = j < len(self.reading.tokens) and (
                self.reading.gaps[j - 1] == CLAUSE or self.reading.has(j, "and")
            )
            return goes_on or self._announced_at(i, j)  # not "Московский комсомолец"
        if is_all_plain(tokens):
            if self._counted(i, j):
                return False
            if all(token.word in SMALL_WORDS for token in tokens) and not alone:
                return self._announced_at(i, j)
            if alone or self._announced_at(i, j) or (j - i > 1 and tokens[0].capital):
                return True
            return tokens[0].capital and self.mixed_case and self._led_at(i)
        if all(token.key.isdigit() or len(token.key) < 2 for token in tokens):
            return False
        if matches[0].match_type == "consonants":
            heard = [len(skeletons(token.key)[0]) for token in tokens]
            if not (heard[0] and heard[-1]):
                return False
            if sum(heard) < SURE_CONSONANTS and not alone:
                return self._announced_at(i, j)
        if tokens[0].script == ARABIC:
            if j - i > 1 or len(tokens[0].key) > 2:
                return True
            return alone or self._announced_at(i, j)
        if not self.mixed_case or (self.every_word and not self.capitals):
            return True
        if any(token.capital for token in tokens):
            return True
        return not self.capitals and self._announced_at(i, j)

    def _announced_at(self, i: int, j: int) -> bool:
        announced, _ = _kind_beside(self.reading, i, j)
        return announced is not None or _stretch_beside(self.reading, i, j)

    def _led_at(self, i: int) -> bool:
        """Whether the word before says that a place follows: "near Yol", "в Дусти"."""
        if not i or self.reading.gaps[i - 1] != JOINED:
            return False
        return self.reading.has(i - 1, "near") or self.reading.tokens[i - 1].word in _AT

    # ---- near misses ------------------------------------------------------------------------------

    def _with_near_misses(self, found: list[Mention]) -> list[Mention]:
        """Look at the words that may be a name misspelt, alone and together with their neighbours."""
        taken = {k: mention for mention in found for k in range(mention.first, mention.last)}
        result = list(found)
        i, n = 0, len(self.reading.tokens)
        while i < n and len(result) < MOST_MENTIONS:
            if i in taken or not self._may_be_name(i):
                i += 1
                continue
            mention = self._nearest_around(i, taken)
            if mention is None:
                i += 1
                continue
            for k in range(mention.first, mention.last):
                other = taken.get(k)
                if other is not None and other in result:
                    result.remove(other)
            result.append(mention)
            taken.update({k: mention for k in range(mention.first, mention.last)})
            i = max(mention.last, i + 1)
        return sorted(result, key=lambda mention: mention.first)

    def _may_be_name(self, i: int) -> bool:
        token = self.reading.tokens[i]
        if self._speaks(i) or token.word in SMALL_WORDS or token.key.isdigit():
            return False
        if len(token.key) < 2:
            return False
        if is_plain_word(token.word) and not self._announced_at(i, i + 1):
            return False
        if self.every_word and token.script == ARABIC and self.content <= FEW_WORDS:
            return True
        if self.every_word and token.script != ARABIC:
            if token.capital or (not self.capitals and self.content < FEW_WORDS):
                return True
        if token.script == ARABIC:
            return self._announced_at(i, i + 1)
        opening = i == 0 or self.reading.gaps[i - 1] == SENTENCE
        if self.capitals and not token.capital:
            return False
        return (token.capital and self.mixed_case and not opening) or self._announced_at(i, i + 1)

    def _may_be_part(self, k: int) -> bool:
        """Whether a word may stand in a longer name: "Imam" alone is none, in "Imam Sahb" it is."""
        token = self.reading.tokens[k]
        plain = is_plain_word(token.word) and not self._speaks(k)
        kind = token.script == ARABIC and self.reading.class_of(k) is not None  # "شهر بزرگ"
        return self._may_be_name(k) or plain or kind

    def _nearest_around(self, i: int, taken: dict[int, Mention]) -> Mention | None:
        """Return the best near miss of a window that holds word `i` and no word before its mention."""
        tokens, gaps = self.reading.tokens, self.reading.gaps
        best: Mention | None = None
        best_worth = 0.0
        for first in range(max(0, i - 2), i + 1):
            if any(gaps[k] != JOINED for k in range(first, i)):
                continue
            for last in range(i + 1, min(len(tokens), first + 4) + 1):
                if any(gaps[k] != JOINED for k in range(i, last - 1)):
                    break
                window = range(first, last)
                if any(not (k in taken or self._may_be_part(k)) for k in window):
                    continue
                swallows = any(k in taken for k in window)
                if not swallows and self.index.lookup(tokens[first:last]):
                    continue  # a name, but not meant as one here
                matches = self.index.nearly(tokens[first:last])
                if not matches:
                    continue
                score = matches[0].score
                if swallows and score < SURE_FUZZY:
                    continue
                alone = self.content <= last - first
                if score < (LEAST_ALONE if alone else LEAST_AMONG_OTHERS):
                    if not any(self._announced_at(k, k + 1) for k in window):
                        continue
                worth = score + 0.03 * (last - first - 1)
                if worth > best_worth:
                    best, best_worth = self._mention(first, last, matches), worth
        return best


# ---- words beside a name -------------------------------------------------------------------------


def _say_roles(reading: Reading) -> None:
    used: set[int] = set()
    for mention in reading.mentions:
        mention.announced, word = _kind_beside(reading, mention.first, mention.last, used)
        if word is not None:
            used.add(word)
        if mention.announced in (None, "crossing", "island") and _like_a_river(reading, mention):
            mention.river_like = True
    _share_kinds(reading)
    for number, mention in enumerate(reading.mentions):
        _roles_before(reading, mention, number)
        _roles_after(reading, mention)
        if number and _follows(reading, reading.mentions[number - 1], mention):
            for role in ("origin", "toward"):  # "residents of Panj district, Khatlon"
                if role in reading.mentions[number - 1].roles:
                    mention.roles.setdefault(role, reading.mentions[number - 1].roles[role])
        mention.country = _country_beside(reading, mention)
        mention.whole = mention.first == 0 and mention.last == len(reading.tokens)
        mention.lean = _lean_of(reading, mention)
        mention.part_of_other = _part_of_other_name(reading, mention) or _abroad(reading, mention)


def _follows(reading: Reading, a: Mention, b: Mention) -> bool:
    """Whether a name says where the one before it lies: "Panj district of Khatlon province"."""
    between = range(a.last, b.first)
    return (
        a.sentence == b.sentence
        and len(between) <= CLAUSE_WORDS - 2
        and all(reading.class_of(k) or _passes(reading, k) for k in between)
    )


def _like_a_river(reading: Reading, mention: Mention) -> bool:
    """Whether a bare name is meant as a river's: "over the Panj", "через Пяндж"."""
    steps = _steps_left(reading, mention.first)[:2]
    if steps and reading.class_of(steps[0]) is not None:
        return False  # "через мост «Панджи Поён»"
    if not steps or _stretch_beside(reading, mention.first, mention.last):
        return False
    if any(reading.has(k, "over") or reading.has(k, "bank") for k in steps):
        return True
    if mention.announced is not None:
        return False
    article = reading.tokens[steps[0]].word == "the"
    return article and _kind_right(reading, mention.last, set()) is None


def _steps_left(reading: Reading, i: int) -> list[int]:
    """Return the words before word `i`, nearest first, as long as nothing parts them."""
    steps = []
    for k in range(i - 1, max(-1, i - 1 - LOOK_AROUND), -1):
        if reading.gaps[k] != JOINED:
            break
        steps.append(k)
    return steps


def _steps_right(reading: Reading, j: int) -> list[int]:
    steps = []
    for k in range(j, min(len(reading.tokens), j + LOOK_AROUND)):
        if reading.gaps[k - 1] != JOINED:
            break
        steps.append(k)
    return steps


def _passes(reading: Reading, k: int) -> bool:
    """Whether a word may stand between a name and its kind: border, new, a number, 'of'."""
    word = reading.tokens[k].word
    return (
        reading.has(k, "modifier")
        or reading.has(k, "number")
        or word.rstrip("stndrhяйюемо").isdigit()
        or word in ("the", "of", "ба", "номи", "به", "نام", "ها", "های")
    )


def _kind_left(reading: Reading, i: int, used: set[int]) -> int | None:
    for k in _steps_left(reading, i):
        if reading.class_of(k) is not None:
            return None if k in used else k
        if not _passes(reading, k):
            return None
    return None


def _kind_right(reading: Reading, j: int, used: set[int]) -> int | None:
    for k in _steps_right(reading, j):
        if reading.class_of(k) is not None:
            return None if k in used else k
        if not _passes(reading, k):
            return None
    return None


_BEFORE_ITS_NAME = re.compile(
    r"^(?:nohiya|nohia|deha|jamoat|shahr|qishloq|viloyat|wil?ayat|zastava|ra[iy]on|w[ou]l|ulus)"
)


def _kind_beside(
    reading: Reading, i: int, j: int, used: set[int] | None = None
) -> tuple[str | None, int | None]:
    """Return the kind of place said of words `i` to `j`, and by which word."""
    used = used if used is not None else set()
    inside = [k for k in range(i, j) if reading.class_of(k) is not None]
    script = reading.tokens[j - 1].script
    left = _kind_left(reading, i, used)
    adjective = "ск" in reading.tokens[j - 1].word[-6:] and script == CYRILLIC
    right = _kind_right(reading, j, used) if script == LATIN or adjective else None
    if script == ARABIC and left is None:  # Pashto puts the kind behind
        after = _kind_right(reading, j, used)
        right = after if after is not None and reading.tokens[after].word.endswith("ۍ") else None
    if left is not None and right is not None:
        ahead = _BEFORE_ITS_NAME.match(reading.tokens[left].word) is not None
        ahead = ahead or reading.class_of(left) == "mouth"  # "the mouth of the Bartang valley"
        right, left = (None, left) if ahead and not adjective else (right, None)
    word = left if left is not None else right
    if inside:
        word = inside[0]
    if word is None:
        return None, None
    kind = reading.class_of(word)
    if kind == "district" and _is_area(reading, word):
        return None, None
    return kind, word


def _is_area(reading: Reading, word: int) -> bool:
    """Whether "в районе" means an area: another kind of place follows it."""
    if reading.tokens[word].word not in ("районе", "районах", "района"):
        return False
    following = word + 1
    return following < len(reading.tokens) and reading.class_of(following) is not None


def _stretch_beside(reading: Reading, i: int, j: int) -> bool:
    beside = [*_steps_left(reading, i)[:2], *_steps_right(reading, j)[:2]]
    return any(reading.has(k, "stretch") for k in beside)


_PLURALS = ("district", "province", "village", "post", "detachment", "jamoat", "crossing", "town")


def _share_kinds(reading: Reading) -> None:
    """Give the kind said once for a list to all names of the list: "Nusay and Shekay districts"."""
    mentions = reading.mentions
    for a, b in pairwise(mentions):  # districts of A and B
        if a.announced and not b.announced and listed(reading, a, b):
            word = _kind_left(reading, a.first, set())
            if word is not None and reading.tokens[word].script != LATIN:
                b.announced, b.shares_kind = a.announced, True
            elif word is not None and reading.tokens[word].word.endswith("s"):
                b.announced, b.shares_kind = a.announced, True
    for a, b in zip(reversed(mentions[:-1]), reversed(mentions[1:]), strict=False):
        if b.announced and not a.announced and listed(reading, a, b):
            word = _kind_right(reading, b.last, set())
            plural = word is not None and (
                reading.tokens[word].word.endswith("s") or reading.tokens[word].script == CYRILLIC
            )
            stretch = any(reading.has(k, "stretch") for k in _steps_right(reading, b.last)[:2])
            if plural or stretch:
                a.announced, a.shares_kind = b.announced, True


def listed(reading: Reading, a: Mention, b: Mention) -> bool:
    """Whether two names stand side by side in a list."""
    if a.sentence != b.sentence or b.first - a.last > 1:
        return False
    if b.first == a.last and reading.gaps[a.last - 1] == JOINED:
        return False  # one says where the other lies
    return all(reading.has(k, "and") for k in range(a.last, b.first))


_ROLES_BEFORE = ("near", "opposite", "stretch", "up", "down", "between", "border_of", "origin",
                 "toward", "from", "to")  # fmt: skip
_ROLES_AFTER = ("near", "stretch")
_LISTED_ROLES = ("near", "opposite", "origin", "toward")  # said once for all names of a list
#: Words and roles that may stand between a name and the word that governs it; any other parts them:
#: "near midnight, shots were heard in Khorog" is not near Khorog.
_GOVERNING_LINKS = frozenset(
    """from of to the a an away distance about some only just
    от с со к до по расстоянии примерно около аз ба то бо масофаи дурии
    از به تا فاصله ی ای های ها""".split()
)
COMPASS = ("north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest")
_GOVERNED_THROUGH = frozenset(
    (*_ROLES_BEFORE, "km", "flow", "country", "lean", "soil", "bank", "frontier", "number", "modifier",
     *COMPASS)
)  # fmt: skip


def governing_words(reading: Reading, mention: Mention) -> list[int]:
    """
    Return the words before a name that belong to it, the nearest first.

    "12 km upstream of" and "near the village of" do; a preposition of its own, a verb or another name
    ends them.
    """
    taken = {k for other in reading.mentions for k in range(other.first, other.last)}
    words: list[int] = []
    for k in range(mention.first - 1, max(-1, mention.first - 1 - FURTHEST_BACK), -1):
        if reading.gaps[k] != JOINED or k in taken:
            break
        towards = words and any(reading.has(words[-1], role) for role in COMPASS)
        through = (
            (towards and reading.tokens[k].word in _AT)
            or reading.tokens[k].word in _GOVERNING_LINKS
            or reading.class_of(k) is not None
            or reading.tokens[k].key.isdigit()
            or reading.tokens[k].word in NUMBER_WORDS
            or any(meaning.role in _GOVERNED_THROUGH for meaning in reading.meanings[k])
        )
        if not through:
            break
        words.append(k)
    return words


def _roles_before(reading: Reading, mention: Mention, number: int) -> None:
    words = governing_words(reading, mention)
    for k in words:
        for meaning in reading.meanings[k]:
            if meaning.role in _ROLES_BEFORE and meaning.role not in mention.roles:
                mention.roles[meaning.role] = k
        if reading.class_of(k) == "district" and _is_area(reading, k):
            mention.roles.setdefault("near", k)
    across = mention.roles.get("opposite")
    if across is not None and reading.tokens[across].word == "across":
        if not any(reading.has(k, "from") for k in words if k > across):
            del mention.roles["opposite"]  # "floods across Vanj district"
    if number and listed(reading, reading.mentions[number - 1], mention):
        for role in _LISTED_ROLES:
            if role in reading.mentions[number - 1].roles:
                mention.roles.setdefault(role, reading.mentions[number - 1].roles[role])


def _roles_after(reading: Reading, mention: Mention) -> None:
    for k in _steps_right(reading, mention.last)[:4]:
        for meaning in reading.meanings[k]:
            if meaning.role in _ROLES_AFTER:
                mention.roles.setdefault(meaning.role, k)
        if not (_passes(reading, k) or reading.class_of(k) or reading.has(k, "near")):
            break


def _part_of_other_name(reading: Reading, mention: Mention) -> bool:
    if mention.announced is not None or "stretch" in mention.roles:
        return False
    mixed = any(token.text[0].islower() for token in reading.tokens)
    before, after = mention.first - 1, mention.last
    taken = {k for other in reading.mentions for k in range(other.first, other.last)}

    def stray(k: int) -> bool:
        token = reading.tokens[k]
        return (
            token.capital
            and k not in taken
            and not reading.meanings[k]
            and not is_plain_word(token.word)
            and token.word not in SMALL_WORDS
            and not token.key.isdigit()
        )

    if before >= 0 and reading.has(before, "title") and reading.gaps[before] != SENTENCE:
        return True
    if before >= 0 and reading.gaps[before] == JOINED and stray(before):
        opening = before == 0 or reading.gaps[before - 1] == SENTENCE
        return not (opening and mixed) or len(reading.tokens) <= FEW_WORDS
    if after < len(reading.tokens) and reading.gaps[after - 1] == JOINED and stray(after):
        led = before >= 0 and reading.gaps[before] == JOINED
        return not (led and reading.tokens[before].word in SMALL_WORDS)
    return False


def _abroad(reading: Reading, mention: Mention) -> bool:
    """Whether a foreign country follows a name: "Мургаб в Туркмении", "Derbent, Dagestan"."""
    for k in range(mention.last, min(mention.last + 2, len(reading.tokens))):
        if reading.gaps[k - 1] == SENTENCE:
            return False
        if reading.has(k, "capital"):
            foreign = reading.has(k, "capital", "") and reading.gaps[k - 1] == CLAUSE
            return foreign or k > mention.last  # "Dasht-e Barchi in Kabul"
        if reading.tokens[k].word not in ("in", "of", "в", "дар", "در"):
            return False
    return False


def _lean_of(reading: Reading, mention: Mention) -> str | None:
    beside = [
        *_steps_left(reading, mention.first)[:3],
        *range(mention.first, mention.last),
        *_steps_right(reading, mention.last)[:2],
    ]
    leans = {m.value for k in beside for m in reading.meanings[k] if m.role == "lean"}
    return leans.pop() if len(leans) == 1 else None


def named_side(reading: Reading) -> str | None:
    """Return the bank a text names by itself: "on the Afghan side", "на таджикском берегу"."""
    for k in range(len(reading.tokens)):
        country = next((m.value for m in reading.meanings[k] if m.role == "country"), None)
        if not country:
            continue
        before = range(max(0, k - 3), k)
        if any(reading.has(j, "from") or reading.tokens[j].word in ("с", "со") for j in before):
            continue  # "from the Afghan side" is where it came from
        for other in (k + 1, k - 1):
            if (
                0 <= other < len(reading.tokens)
                and reading.gaps[min(k, other)] == JOINED
                and reading.has(other, "bank")
            ):
                return country
    return None


def _country_beside(reading: Reading, mention: Mention) -> str | None:
    """Return the country named directly beside a name: "Afghan Badakhshan", "Langar, Tajikistan"."""
    for k in _steps_left(reading, mention.first)[:3]:
        country = _country_of(reading, k)
        if country:
            return country
        if not (_passes(reading, k) or reading.class_of(k)):
            break
    after = mention.last
    while after < len(reading.tokens) and after - mention.last < 3:
        if reading.gaps[after - 1] == SENTENCE:
            break
        country = _country_of(reading, after)
        if country:
            return country
        if not (_passes(reading, after) or reading.class_of(after) or reading.has(after, "from")):
            break
        after += 1
    return None


def _country_of(reading: Reading, k: int) -> str | None:
    """Return the country a word names, unless it belongs to a compound such as "Tajik-Afghan"."""
    country = next((m.value for m in reading.meanings[k] if m.role == "country"), None)
    if country is None:
        return None
    for other in (k - 1, k + 1):
        if 0 <= other < len(reading.tokens) and any(
            m.role == "country" and m.value != country for m in reading.meanings[other]
        ):
            return None
    return country
