"""
Which place a name means: the kind said beside it, the country, province and district around it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from frontier_geo.mentions import CLAUSE_WORDS, SMALL_WORDS, Mention, Reading, listed, named_side
from frontier_geo.name_index import NameMatch
from frontier_geo.place_words import PLACE_CLASSES

__all__ = [
    "Hints",
    "Place",
    "Ranked",
    "are_namesakes",
    "is_inside",
    "is_sector",
    "rank_mentions",
    "same_neighbourhood",
]

#: What the words around a name add to how well it fits, or take away.
KIND_FITS, KIND_NEARLY, KIND_LOOSELY, KIND_DIFFERS = 0.03, -0.02, -0.06, -0.22
COUNTRY_BESIDE, OTHER_COUNTRY_BESIDE = 0.06, -0.25
_OTHER_BANK = {"TJ": "AF", "AF": "TJ"}
PART_OF_OTHER_NAME = -0.25  # "Rushan Abbas", "Lower Panj"
GOES_BY_IT = 0.025  # "Ishkoshim" is how the Tajik one is spelt, "Ishkashim" the Afghan
PREFERRED = 0.1  # places a user adds come first
LEANS = 0.04
COUNTRY_IN_TEXT, OTHER_COUNTRY_IN_TEXT = 0.04, -0.08
DISTRICT_AROUND, OTHER_DISTRICT_AROUND = 0.06, -0.15
PROVINCE_AROUND, OTHER_PROVINCE_AROUND = 0.05, -0.10
HOLDS_A_PLACE_NAMED = 0.06
FAR_PROVINCE_AROUND = -0.25
ELSEWHERE_IN_TEXT = -0.02
#: Of places of one name, the one reports speak of more often; and if one lies inside the other, the
#: wider, since a bare name supports no more.
PRIOR = {
    "province": 0.052, "district": 0.05, "town": 0.03, "village": 0.007, "crossing": 0.006,
    "post": 0.004, "jamoat": 0.003, "physical": 0.002, "river": 0.001,
}  # fmt: skip
SECTOR_OF_DETACHMENT = 0.1  # sectors of the border are those of its detachments
NO_STRETCH_ON_SECTOR = -0.03  # "the Panj sector" is more than a village
#: Known only from a bulk list of all villages, not from reports.
BULK = {"town": -0.05}
BULK_OTHER = -0.02
OFF_BORDER_PRIOR = -0.01  # a place that touches no border is named less often
NO_PLACE = -0.35
BARE_RIVER = 0.045
UNANNOUNCED_RIVER = -0.06  # "Panj" is the district or the town, unless "river" is said
SURE_GAP = 0.015
SURE_DISTRICT = 0.85
NEIGHBOURS_KM = 8.0
DISTRICT_REACH_KM = 50.0  # no smaller district is longer than this from its middle
CROSSING_KM = 12.0  # named for places on both banks
EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Place:
    """A row of a gazetteer, as far as choosing needs it."""

    row: int
    feature_class: str
    country: str
    admin1: str
    admin2: str
    name: str
    lat: float
    lon: float
    from_km: float
    to_km: float
    priority: int
    bulk: bool

    @property
    def has_point(self) -> bool:
        """Whether its coordinates are known."""
        return self.lat == self.lat and self.lon == self.lon

    @property
    def has_stretch(self) -> bool:
        """Whether it stands for a stretch of the border."""
        return self.from_km == self.from_km


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of the report besides its words."""

    country: str | None = None
    admin1: str | None = None
    admin2: str | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """A place a name may mean, and how well it fits with all that is said around it."""

    place: Place
    match: NameMatch
    score: float  # by which places are ranked; above 1 where more than the name speaks for it

    @property
    def fit(self) -> float:
        """How well it fits, however often reports name it."""
        own = self.score - _prior(self.place, self.match)
        # What stands around a near miss may speak against it, but does not make it a match.
        return min(own, self.match.score) if self.match.match_type == "fuzzy" else own

    @property
    def shown(self) -> float:
        """The fit as shown, from 0 to 1."""
        return round(min(1.0, max(0.0, self.fit)), 4)


def _prior(place: Place, match: NameMatch) -> float:
    if match.without_kind and place.feature_class in ("province", "district"):
        return 0.0  # "Kalaikhumb district" does not make "Kalaikhumb" the district
    known = place.has_point or place.has_stretch or place.feature_class == "province"
    return PRIOR.get(place.feature_class, 0.0) if known else 0.0


def rank_mentions(
    reading: Reading, places: Sequence[Place], hints: Hints | None = None
) -> list[list[Ranked]]:
    """
    Rank, for each name of a text, the places it may mean, the likeliest first.

    Parameters
    ----------
    reading : Reading
        From `parse_text`.
    places : sequence of Place
        By row, as the matches number them.
    hints : Hints, optional
        What is known from elsewhere.
    """
    hints = hints or Hints()
    for mention in reading.mentions:
        if mention.river_like and any(
            places[match.place].feature_class == "river" for match in mention.matches
        ):
            mention.announced = "river"
    first = [
        _sorted(_own_fit(mention, match, places[match.place], hints) for match in mention.matches)
        for mention in reading.mentions
    ]
    weak = any(mention.weak for mention in reading.mentions)
    if len(first) < 2 and not weak and not any(reading.meanings):
        return first
    countries = _countries_by_sentence(reading)
    side = named_side(reading)
    ranked = list(first)
    tops: list[Ranked | None] = [None] * len(first)
    # From the wide to the narrow: a province says which district is meant, a district which village.
    order = sorted(
        range(len(first)),
        key=lambda i: (_level(first[i]), reading.mentions[i].announced is None, i),
    )
    for last_look in (False, True):
        for i in order:
            if last_look and tops[i] is not None:
                continue  # sure already
            ranked[i] = _sorted(
                _with_context(candidate, i, reading, tops, countries, side)
                for candidate in first[i]
            )
            tops[i] = _sure_top(ranked[i])
    for mention, candidates in zip(reading.mentions, ranked, strict=True):
        if mention.weak:
            candidates[:] = [
                c for c in candidates if _in_district_named(c.place, ranked, candidates)
            ]
    return ranked


_LEVELS = {"province": 0, "district": 1}


def _level(candidates: Sequence[Ranked]) -> int:
    """Return how wide the best candidate is: 0 a province, 1 a district, 2 anything narrower."""
    return _LEVELS.get(candidates[0].place.feature_class, 2) if candidates else 2


def _in_district_named(
    place: Place, ranked: Sequence[Sequence[Ranked]], own: Sequence[Ranked]
) -> bool:
    """Whether the text names the district of a place besides."""
    return any(
        other is not own
        and other
        and other[0].fit >= SURE_DISTRICT
        and other[0].place.feature_class == "district"
        and other[0].place.country == place.country
        and place.admin2 in (other[0].place.admin2, other[0].place.name)
        for other in ranked
    )


def _sure_top(candidates: Sequence[Ranked]) -> Ranked | None:
    """Return the best candidate if it is not as good as a place elsewhere: only what is sure decides."""
    if not candidates:
        return None
    top = candidates[0]
    for other in candidates[1:]:
        if top.score - other.score >= SURE_GAP:
            break
        if not same_neighbourhood(top.place, other.place):
            return None
    return top


def _sorted(candidates: Iterable[Ranked]) -> list[Ranked]:
    return sorted(
        candidates,
        key=lambda c: (
            -round(c.score, 9),
            c.place.priority,
            c.place.feature_class,
            c.place.country,
            c.place.name,
            c.place.lat,
            c.place.row,
        ),
    )


def _own_fit(mention: Mention, match: NameMatch, place: Place, hints: Hints) -> Ranked:
    score = match.score + _prior(place, match)
    if place.feature_class in ("province", "district") and not place.has_stretch:
        score += OFF_BORDER_PRIOR
    if match.primary:
        score += GOES_BY_IT
    if place.priority < 0:
        score += PREFERRED
    if place.bulk:
        score += BULK.get(place.feature_class, BULK_OTHER)
    fits = _kind_fit(mention, place)
    score += max(fits, KIND_LOOSELY) if mention.shares_kind else fits
    if mention.part_of_other:
        score += PART_OF_OTHER_NAME
    if mention.country:
        same = place.country == mention.country
        score += COUNTRY_BESIDE if same else OTHER_COUNTRY_BESIDE
    if mention.lean:
        score += LEANS if place.country == mention.lean else -LEANS
    side = _OTHER_BANK.get(hints.country or "") if "opposite" in mention.roles else hints.country
    if side is not None:
        score += COUNTRY_BESIDE if place.country == side else OTHER_COUNTRY_BESIDE
    if hints.admin1:
        score += PROVINCE_AROUND if place.admin1 == hints.admin1 else OTHER_PROVINCE_AROUND
    if hints.admin2 and place.feature_class != "province":
        score += DISTRICT_AROUND if hints.admin2 in _districts(place) else OTHER_DISTRICT_AROUND
    return Ranked(place, match, score)


def _kind_fit(mention: Mention, place: Place) -> float:
    kind = mention.announced
    if kind in PLACE_CLASSES and not PLACE_CLASSES[kind]:
        return NO_PLACE  # a street or a mosque of that name may be anywhere
    if kind is None:
        if place.feature_class == "river":
            # "Panj" alone may be the district or the river along both banks; in a sentence it is said.
            return BARE_RIVER if mention.whole and place.has_stretch else UNANNOUNCED_RIVER
        if "stretch" not in mention.roles:
            return 0.0
        if not place.has_stretch:
            return NO_STRETCH_ON_SECTOR
        return SECTOR_OF_DETACHMENT if place.feature_class == "post" else 0.0
    fitting = PLACE_CLASSES[kind]
    if kind == "detachment":
        if place.feature_class == "post" and place.has_stretch:
            return KIND_FITS + 0.02
        if place.feature_class == "post":
            return KIND_FITS
        own = place.feature_class == "district" and place.country == "TJ"
        return KIND_LOOSELY if own else KIND_DIFFERS  # Afghan units are not named for districts
    if place.feature_class == fitting[0]:
        return KIND_FITS
    if place.feature_class in fitting:
        return KIND_NEARLY
    if kind == "post" and place.feature_class in ("village", "town"):
        return KIND_NEARLY - 0.02  # posts are named for the village they stand by
    if kind == "island" and place.feature_class in ("district", "jamoat", "village"):
        return KIND_LOOSELY  # islands are named for what they belong to
    if kind == "gorge" and place.feature_class in ("district", "town"):
        return KIND_LOOSELY  # "the Vanj valley"
    if kind == "province" and place.feature_class == "district":
        return KIND_DIFFERS  # "Московская область"
    if kind in ("district", "province") and place.feature_class in ("province", "district"):
        return (
            KIND_LOOSELY  # "Badakhshan region", "Rumi district": the words are mixed up in reports
        )
    if kind in ("jamoat", "village", "town") and place.feature_class in ("jamoat", "district"):
        return KIND_LOOSELY
    return KIND_DIFFERS


def _districts(place: Place) -> tuple[str, ...]:
    return (place.admin2, place.name) if place.feature_class == "district" else (place.admin2,)


def _countries_by_sentence(reading: Reading) -> dict[int, set[str]]:
    """
    Return the countries a text names as places.

    Not in "Tajik-Afghan" or "border with Afghanistan", not where someone is from, and not the people of a
    country: "two Afghan smugglers" says nothing of the bank, "the Afghan side" does.
    """
    found: dict[int, set[str]] = {}
    starts = {mention.first for mention in reading.mentions}
    for k, meanings in enumerate(reading.meanings):
        countries = {m.value for m in meanings if m.role == "country"}
        if not countries or _names_a_border(reading, k, countries) or _on_the_way(reading, k):
            continue
        if not (_COUNTRY_ITSELF.search(reading.tokens[k].word) or _says_where(reading, k, starts)):
            continue
        if any(reading.has(j, "origin") for j in range(max(0, k - 2), k)):
            continue
        found.setdefault(reading.sentences[k], set()).update(countries)
    return found


_COUNTRY_ITSELF = re.compile(r"st[ao]n|стан|стон|ستان")


def _says_where(reading: Reading, k: int, starts: set[int]) -> bool:
    """Whether a word such as "Afghan" stands before a place: "Afghan side", "Afghan Badakhshan"."""
    after = k + 1
    if after >= len(reading.tokens) or reading.gaps[k] != 0:
        return False
    return after in starts or any(
        meaning.role in ("class", "bank", "soil", "modifier") for meaning in reading.meanings[after]
    )


def _on_the_way(reading: Reading, k: int) -> bool:
    """Whether a country is only where something came from or went: "from the soil of Afghanistan"."""
    steps = [
        j for j in range(k - 1, max(-1, k - 4), -1) if reading.sentences[j] == reading.sentences[k]
    ]
    for j in steps:
        if reading.has(j, "from") or reading.has(j, "to") or reading.tokens[j].word == "into":
            return True
        if not (reading.has(j, "soil") or reading.tokens[j].word in ("the", "of")):
            return False
    return False


_WITH = ("with", "с", "со", "бо", "با")


def _names_a_border(reading: Reading, k: int, countries: set[str]) -> bool:
    """Whether a country's name is part of what a border is called: "border with Afghanistan"."""
    last = len(reading.tokens) - 1
    for other in (k - 1, k + 1):
        if 0 <= other <= last:
            beside = {m.value for m in reading.meanings[other] if m.role == "country"}
            if beside - countries:
                return True
    before = range(max(0, k - 3), k)
    if any(reading.has(j, "frontier") for j in before) and any(
        reading.tokens[j].word in _WITH or reading.has(j, "and") for j in before
    ):
        return True
    if k < last and reading.has(k + 1, "frontier"):
        after = k + 2
        led = after <= last and (
            reading.class_of(after) is not None or reading.tokens[after].word.startswith("guard")
        )
        return not led
    return False


def _with_context(
    candidate: Ranked,
    number: int,
    reading: Reading,
    tops: Sequence[Ranked | None],
    countries: dict[int, set[str]],
    side: str | None,
) -> Ranked:
    """Let the countries, provinces and districts that the text names besides weigh in."""
    mention = reading.mentions[number]
    place = candidate.place
    score = candidate.score
    said = countries.get(mention.sentence, set())  # what other sentences name says little
    if mention.country is None and len(said) == 1 and "opposite" not in mention.roles:
        same = place.country in said
        score += COUNTRY_IN_TEXT if same else OTHER_COUNTRY_IN_TEXT
    if side and "opposite" in mention.roles:
        score += OTHER_COUNTRY_IN_TEXT if place.country == side else COUNTRY_IN_TEXT
    for other, top in enumerate(tops):
        facing = reading.mentions[other]
        if top is None or other == number or "opposite" in mention.roles:
            continue
        if "opposite" in facing.roles and facing.sentence == mention.sentence:
            # "in Shughnan, opposite Khorog" is on the other bank
            score += COUNTRY_IN_TEXT if place.country != top.place.country else -COUNTRY_IN_TEXT
    best_district = best_province = best_country = best_inside = 0.0
    for other, top in enumerate(tops):
        if other == number or top is None or top.fit < 0.85:
            continue
        around = top.place
        if around.row == place.row:
            continue
        if around.feature_class not in ("province", "district"):
            if place.feature_class in ("province", "district") and _holds(place, around):
                best_inside = HOLDS_A_PLACE_NAMED
            continue
        chained = _chained(reading, mention, reading.mentions[other])
        abroad = place.country != around.country and mention.country is None
        if abroad and chained and "crossing" != place.feature_class:
            best_country = OTHER_COUNTRY_IN_TEXT
        if around.feature_class == "district":
            if not place.admin2 and place.feature_class not in ("province", "district"):
                if _far_from(place, around):
                    best_district = _weightier(best_district, OTHER_DISTRICT_AROUND)
                continue  # nobody says in which district it lies
            nested = chained and mention.announced is None and reading.mentions[other].announced
            if place.feature_class == "district" and nested:
                value = OTHER_DISTRICT_AROUND  # "Baharak, Shamsiddin Shohin district"
            elif place.feature_class == "district":
                value = 0.02 if around.country == place.country else ELSEWHERE_IN_TEXT
            elif around.country == place.country and _inside(place, around):
                value = DISTRICT_AROUND
            elif place.feature_class == "province":
                value = 0.03 if _inside(around, place) else OTHER_PROVINCE_AROUND
            else:
                value = OTHER_DISTRICT_AROUND if chained else ELSEWHERE_IN_TEXT
            best_district = _weightier(best_district, value)
        elif place.admin1:
            if place.country == around.country and place.admin1 == around.admin1:
                value = PROVINCE_AROUND
            elif place.feature_class == "province":
                value = 0.0
            elif not around.has_stretch:
                value = FAR_PROVINCE_AROUND  # a province off the border: the namesake there
            elif chained:
                value = OTHER_PROVINCE_AROUND
            else:
                value = ELSEWHERE_IN_TEXT
            best_province = _weightier(best_province, value)
    return Ranked(
        place, candidate.match, score + best_district + best_province + best_country + best_inside
    )


def _weightier(a: float, b: float) -> float:
    """Return a good sign before a bad one: a text may name several districts."""
    return max(a, b) if a > 0 or b > 0 else min(a, b)


def _inside(place: Place, around: Place) -> bool:
    """Whether a place lies in a district, or a district in a province, by name."""
    if around.feature_class == "province":
        return place.admin1 == around.admin1
    return place.admin2 in (around.admin2, around.name)


def _holds(wide: Place, narrow: Place) -> bool:
    return wide.country == narrow.country and _inside(narrow, wide)


def _chained(reading: Reading, a: Mention, b: Mention) -> bool:
    """Whether the second name says where the first is: "Nowabad village, Chah Ab district"."""
    if a.sentence != b.sentence:
        return False
    before, after = (a, b) if a.first < b.first else (b, a)
    between = range(before.last, after.first)
    if len(between) > CLAUSE_WORDS or _in_longer_list(reading, after):
        return False
    return all(
        reading.tokens[k].capital or reading.meanings[k] or reading.tokens[k].word in SMALL_WORDS
        for k in between
    ) and not any(
        reading.has(k, role)
        for k in between
        for role in ("and", "to", "toward", "opposite", "between", "from")
    )


def _in_longer_list(reading: Reading, mention: Mention) -> bool:
    """Whether a list goes on after a name: in "Khorog, Ishkashim and Shughnon" none holds another."""
    later = next((m for m in reading.mentions if m.first >= mention.last), None)
    return (
        later is not None
        and listed(reading, mention, later)
        and any(reading.has(k, "and") for k in range(mention.last, later.first))
    )


def is_sector(place: Place) -> bool:
    """Whether it is a detachment, which stands for the stretch it guards."""
    return place.feature_class == "post" and place.has_stretch


def is_inside(place: Place, wide: Place) -> bool:
    """Whether a place lies in a province or district, by name."""
    if wide.feature_class not in ("province", "district") or place.country != wide.country:
        return False
    if place.feature_class == wide.feature_class or place.feature_class == "province":
        return False
    return _inside(place, wide)


def same_neighbourhood(a: Place, b: Place) -> bool:
    """Whether two places of one name are one place for a reader: close by, or one inside the other."""
    if a.row == b.row:
        return True
    reach = CROSSING_KM if "crossing" in (a.feature_class, b.feature_class) else NEIGHBOURS_KM
    near = a.has_point and b.has_point and _distance_km(a, b) <= reach
    if a.country != b.country:
        return near and "crossing" in (a.feature_class, b.feature_class)  # it lies on both banks
    pointless = not (a.has_point and b.has_point) or a.has_stretch or b.has_stretch
    if pointless and a.admin2 and a.admin2 == b.admin2:
        return True
    for wide, narrow in ((a, b), (b, a)):
        if wide.feature_class == "district" and _plain_name(wide) == _plain_name(narrow):
            return not (a.admin1 and b.admin1 and a.admin1 != b.admin1)  # Baharak, in two provinces
        if wide.feature_class == "province" and narrow.admin1 == wide.admin1:
            return True
        if wide.feature_class == "district" and narrow.admin2 in (wide.admin2, wide.name):
            return True
    if a.has_stretch and b.has_stretch and "river" not in (a.feature_class, b.feature_class):
        return min(a.to_km, b.to_km) > max(a.from_km, b.from_km)  # a detachment and its district
    return near


def are_namesakes(a: Place, b: Place) -> bool:
    """Whether two places are districts of one name in different provinces of one country."""
    both = a.feature_class == b.feature_class == "district" and a.country == b.country
    return both and _plain_name(a) == _plain_name(b) and not same_neighbourhood(a, b)


def _plain_name(place: Place) -> str:
    return place.name.split(" (")[0]


def _far_from(place: Place, district: Place) -> bool:
    """Whether a place is too far from the middle of a district to lie in it."""
    if not (place.has_point and district.has_point):
        return False
    length = district.to_km - district.from_km if district.has_stretch else 0.0
    return _distance_km(place, district) > max(DISTRICT_REACH_KM, length)


def _distance_km(a: Place, b: Place) -> float:
    """Return roughly how far two places are apart; only to tell near from far."""
    north = math.radians(b.lat - a.lat)
    east = math.radians(b.lon - a.lon) * math.cos(math.radians((a.lat + b.lat) / 2))
    return EARTH_KM * math.hypot(north, east)
