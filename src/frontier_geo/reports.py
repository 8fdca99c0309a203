"""
What a report is about: which of the places it names is where it happened.

Where the news comes from, where people are from or were going, and the districts that only say where a
village lies, are told apart from the place itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from frontier_geo.gazetteer import NARROWNESS, narrowness
from frontier_geo.mentions import Mention, Reading, listed, named_side
from frontier_geo.relative import compass_before, distance_before
from frontier_geo.resolving import Ranked, is_sector, same_neighbourhood

__all__ = ["Focus", "choose_focus"]

PROVENANCE = re.compile(r"^[^.!?\n]{0,70}?(?:\s[—–-]{1,2}\s|—|\s/\s|\)\s*[—–:-]|/\s)")
SHORT_LIST_WORDS = 20  # so short a text with a semicolon is a list of places
DATELINE_REACH = 80  # characters at the start of a report
#: Words of an incident, by their beginnings; where they stand is what the report is about.
_INCIDENT = re.compile(
    r"\b(?:clash|shoot|shot|fire[ds]?\b|attack|kill|wound|injur|detain|arrest|seiz|captur|infiltrat|"
    r"cross(?:ed|ing)?\b|drown|smuggl|gunm|battle|fight|raid|explo|drone|ambush|abduct|kidnap|incident|"
    r"столкновен|перестрел|нападен|атак|убит|погиб|ранен|задержан|изъят|контрабанд|боестолк|бой\b|боя\b|"
    r"обстрел|прорыв|нарушил|взрыв|похищ|ликвидир|уничтожен|инцидент|стычк|"
    r"бархӯрд|даргир|тирандоз|ҳамла|куш(?:та|т)|захм|дастгир|боздошт|қочоқ|мусодир|задухӯрд|"
    r"درگیری|تیراندازی|حمله|کشته|زخمی|بازداشت|دستگیر|قاچاق|ضبط|انفجار|شلیک|جنگ\b)",
    re.IGNORECASE,
)
#: "said in Kunduz", "police of Takhar told": who speaks, not what happened.
_SPEAKS = re.compile(
    r"\b(?:said|says|told|spokes\w+|press\s+(?:service|centre|center)|reported|according|governor|"
    r"сообщил\w*|заявил\w*|пресс-\w+|по\s+данным|губернатор\w*|хабар\s+дод|гуфт|сухангӯ\w*|"
    r"گفت|سخنگوی|خبرگزاری|والی)\b",
    re.IGNORECASE,
)


@dataclass
class Focus:
    """
    What became of each name of a text.

    Attributes
    ----------
    chosen : list of int
        The mentions that say where it happened; several if they stand in a list.
    relative : list of int
        Those that a relative phrase may go by.
    facing : list of int
        Those said to lie opposite.
    dropped : dict of int to str
        The others, and why they were left out.
    side : str or None
        The bank the text names by itself: "on the Afghan side".
    origins : list of (int, int, str)
        Capitals and agencies' cities, as words of the text.
    """

    chosen: list[int] = field(default_factory=list)
    relative: list[int] = field(default_factory=list)
    facing: list[int] = field(default_factory=list)
    dropped: dict[int, str] = field(default_factory=dict)
    side: str | None = None
    origins: list[tuple[int, int, str]] = field(default_factory=list)

    def role_of(self, number: int) -> str:
        """Return what became of a mention, in words."""
        if number in self.chosen:
            return "place"
        return self.dropped.get(number, "place opposite" if number in self.facing else "context")


def choose_focus(reading: Reading, ranked: Sequence[Sequence[Ranked]], threshold: float) -> Focus:
    """
    Choose, among the names of a text, those that say where it happened.

    Parameters
    ----------
    reading : Reading
        The text.
    ranked : sequence of sequences of Ranked
        For each of its names the places it may mean.
    threshold : float
        Least score of a place.
    """
    focus = Focus(side=named_side(reading))
    focus.origins = [
        (token.start, token.end, token.text)
        for k, token in enumerate(reading.tokens)
        if reading.has(k, "capital")
    ]
    fitting = [n for n, c in enumerate(ranked) if c and c[0].fit >= threshold]
    rest = _without_dateline(reading, fitting, focus)
    rest = _without_people(reading, ranked, rest, focus)
    focus.relative = list(rest)
    rest = _without_rivers(ranked, rest, focus)
    rest = _without_references(reading, rest, focus)
    rest = _without_opposite(reading, ranked, rest, focus)
    rest = _without_speakers(reading, rest, focus)
    rest = _without_homes(reading, ranked, rest, focus)
    if rest:
        focus.chosen = _one_or_a_list(reading, ranked, rest, focus)
    return focus


def _without_dateline(reading: Reading, numbers: list[int], focus: Focus) -> list[int]:
    """Leave out the city a report is dated from: "KHOROG, 3 May (Agency) --"."""
    opening = [n for n in numbers if reading.mentions[n].sentence == 0]
    if opening and len(opening) < len(numbers) and _is_headline_of_news(reading):
        focus.dropped.update(dict.fromkeys(opening, "origin of the news"))
        return [n for n in numbers if n not in opening]
    match = PROVENANCE.match(reading.text[: DATELINE_REACH + 20])
    if match is None or match.end() > DATELINE_REACH:
        return numbers
    dated = [n for n in numbers if reading.mentions[n].end <= match.end()]
    following = reading.text[match.end() :].lstrip(" \"«“'")[:1]
    if following.islower():
        return numbers  # "Kulob - a town in ..."
    plain = reading.text[: match.end()]
    after = [n for n in numbers if n not in dated]
    named = any(character.isdigit() for character in plain) or "(" in plain or "/" in plain
    if not after or not (named or (len(dated) == 1 and reading.mentions[dated[0]].first == 0)):
        return numbers
    for number in dated:
        focus.dropped[number] = "origin of the news"
    return after


def _is_headline_of_news(reading: Reading) -> bool:
    """Whether the first sentence is only a city in capitals, and its country: "KHOROG, Tajikistan."."""
    first = [t for t, s in zip(reading.tokens, reading.sentences, strict=True) if s == 0]
    return len(first) <= 4 and len(first[0].text) > 3 and first[0].text.isupper()


def _without_people(
    reading: Reading, ranked: Sequence[Sequence[Ranked]], numbers: list[int], focus: Focus
) -> list[int]:
    """Leave out where people are from and where they were going, if anything else is named."""
    moved: dict[int, str] = {}
    for number in numbers:
        mention = reading.mentions[number]
        for role, why in (("origin", "home of people"), ("toward", "where someone was going")):
            word = mention.roles.get(role)
            if word is None:
                continue
            between = [
                other for other in numbers
                if word < reading.mentions[other].first < mention.first
            ]  # fmt: skip
            in_list = all(moved.get(other) == why for other in between)
            if (
                mention.first - word <= 8
                and in_list
                and reading.sentences[word] == mention.sentence
            ):
                moved[number] = why
    for number in numbers:
        if number not in moved and any(
            _holds(ranked[number][0].place.feature_class, number, other, ranked)
            and reading.mentions[number].sentence == reading.mentions[other].sentence
            for other in moved
        ):
            moved[number] = "district or province of the place"
    rest = [n for n in numbers if n not in moved]
    if not rest:
        return numbers
    focus.dropped.update(moved)
    return rest


def _without_rivers(
    ranked: Sequence[Sequence[Ranked]], numbers: list[int], focus: Focus
) -> list[int]:
    """Leave out rivers that run along much of the border, and what is no place on it."""
    rest = []
    for number in numbers:
        place = ranked[number][0].place
        if place.feature_class == "river" and place.has_stretch:
            focus.dropped[number] = "a river along the border"
        else:
            rest.append(number)
    if not rest and numbers:  # only rivers: the stretch along which they run
        focus.dropped.clear()
        return numbers
    return rest


def _without_references(reading: Reading, numbers: list[int], focus: Focus) -> list[int]:
    """Leave out places that only say how far away it was: "50 km north of Kunduz"."""
    far = [
        n
        for n in numbers
        if distance_before(reading, reading.mentions[n]) is not None
        or compass_before(reading, reading.mentions[n])
    ]
    rest = [n for n in numbers if n not in far]
    if not rest:
        return numbers
    focus.dropped.update(dict.fromkeys(far, "reference of a distance"))
    return rest


def _without_opposite(
    reading: Reading, ranked: Sequence[Sequence[Ranked]], numbers: list[int], focus: Focus
) -> list[int]:
    """Set aside places said to lie opposite, if the place itself is named too."""
    facing = [n for n in numbers if "opposite" in reading.mentions[n].roles]
    rest = [n for n in numbers if n not in facing]
    around = [
        n
        for n in rest
        if any(same_neighbourhood(ranked[n][0].place, ranked[f][0].place) for f in facing)
    ]
    if facing and len(around) == len(rest):  # "opposite the Tem checkpoint, Khorog"
        focus.dropped.update(dict.fromkeys(around, "context"))
        return facing
    if not rest:
        return numbers
    focus.facing = facing
    return rest


def _without_speakers(reading: Reading, numbers: list[int], focus: Focus) -> list[int]:
    """Prefer the sentences that tell of an incident to those that tell who speaks."""
    if len({reading.mentions[n].sentence for n in numbers}) < 2:
        return numbers
    worth = {n: _sentence_worth(reading, reading.mentions[n]) for n in numbers}
    best = max(worth.values())
    rest = [n for n in numbers if worth[n] == best]
    # A district named elsewhere still says where a village of this sentence lies.
    for number in numbers:
        if number not in rest:
            focus.dropped[number] = "context"
    return rest


def _sentence_worth(reading: Reading, mention: Mention) -> int:
    words = [k for k, s in enumerate(reading.sentences) if s == mention.sentence]
    sentence = reading.text[reading.tokens[words[0]].start : reading.tokens[words[-1]].end]
    return 2 * bool(_INCIDENT.search(sentence)) - bool(_SPEAKS.search(sentence))


def _without_homes(
    reading: Reading, ranked: Sequence[Sequence[Ranked]], numbers: list[int], focus: Focus
) -> list[int]:
    """Leave out provinces and districts that hold a narrower place named besides."""
    rest = []
    for number in numbers:
        wide = ranked[number][0].place
        holds = any(
            other != number
            and _holds(wide.feature_class, number, other, ranked)
            and not _side_by_side(reading, number, other)
            for other in numbers
        )
        if holds:
            focus.dropped[number] = "district or province of the place"
        else:
            rest.append(number)
    return rest or numbers


def _side_by_side(reading: Reading, a: int, b: int) -> bool:
    """Whether two names are joined by "and": then neither says where the other lies."""
    first, second = sorted((a, b))
    one, two = reading.mentions[first], reading.mentions[second]
    return listed(reading, one, two) and any(
        reading.has(k, "and") for k in range(one.last, two.first)
    )


def _holds(kind: str, number: int, other: int, ranked: Sequence[Sequence[Ranked]]) -> bool:
    wide, narrow = ranked[number][0].place, ranked[other][0].place
    if is_sector(wide):  # a detachment and one of its posts
        return (
            narrow.country == wide.country
            and not narrow.has_stretch
            and narrow.feature_class in ("village", "post", "crossing", "town")
        )
    if NARROWNESS[narrow.feature_class] <= NARROWNESS[wide.feature_class]:
        return False
    if kind == "province":
        return narrow.admin1 == wide.admin1
    if kind == "district":
        return narrow.country == wide.country and narrow.admin2 in (wide.admin2, wide.name)
    if kind == "jamoat":
        return narrow.admin2 == wide.admin2 and narrow.feature_class in ("village", "town", "post")
    return False


def _one_or_a_list(
    reading: Reading, ranked: Sequence[Sequence[Ranked]], numbers: list[int], focus: Focus
) -> list[int]:
    """Return the mention that says where it happened, or all of a list of places alike."""
    best = max(numbers, key=lambda n: (_worth(reading, ranked, n), -n))
    group = {best}
    if ";" in reading.text and len(reading.tokens) <= SHORT_LIST_WORDS:
        for part in {reading.mentions[n].sentence for n in numbers}:
            own = [n for n in numbers if reading.mentions[n].sentence == part]
            group.add(max(own, key=lambda n: (_worth(reading, ranked, n), -n)))
    for step in (1, -1):
        at = numbers.index(best)
        while 0 <= at + step < len(numbers):
            one, two = sorted((numbers[at], numbers[at + step]))
            alike = _alike(ranked[one][0], ranked[two][0])
            if not ((_in_one_list(reading, one, two) and alike) or _list_of_all(reading, one, two)):
                break
            at += step
            group.add(numbers[at])
    for number in numbers:
        if number not in group:
            focus.dropped[number] = "context"
    return sorted(group)


def _list_of_all(reading: Reading, a: int, b: int) -> bool:
    """Whether two names of different kinds stand in one list: "Khorog, Ishkashim and Shughnon"."""
    mentions = reading.mentions
    if not listed(reading, mentions[a], mentions[b]):
        return False
    if _side_by_side(reading, a, b):
        return True
    later = b + 1
    return later < len(mentions) and _side_by_side(reading, b, later)


def _in_one_list(reading: Reading, a: int, b: int) -> bool:
    """Whether only kinds, "and" and names that are no places here stand between two names."""
    one, two = reading.mentions[a], reading.mentions[b]
    between = range(one.last, two.first)
    if len(between) > 6:
        return False
    return all(
        reading.class_of(k) is not None
        or reading.tokens[k].capital
        or any(
            m.role in ("and", "near", "stretch", "modifier", "number") for m in reading.meanings[k]
        )
        for k in between
    )


def _worth(reading: Reading, ranked: Sequence[Sequence[Ranked]], number: int) -> float:
    mention = reading.mentions[number]
    worth = narrowness(mention, ranked[number][0])
    if "from" in mention.roles and mention.first - mention.roles["from"] <= 3:
        worth -= 12.0
    return worth


def _alike(a: Ranked, b: Ranked) -> bool:
    """Whether two places stand for the same kind of thing, so that a list of them is one answer."""
    wide = ("province", "district")
    kinds = [
        "sector" if is_sector(r.place)
        else r.place.feature_class if r.place.feature_class in wide
        else "place"
        for r in (a, b)
    ]  # fmt: skip
    return kinds[0] == kinds[1] or set(kinds) == {"sector", "district"}
