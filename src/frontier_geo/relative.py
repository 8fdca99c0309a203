"""
Relative phrases → a stretch of border: upstream of, between, opposite, the border of two districts.

Chainage grows upstream: the line is followed from the western tripoint, up the Amu Darya and the Panj
to Lake Zorkul. Past the lake there is no stream to go by.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from frontier_geo.boundary import Boundary
from frontier_geo.footing import Footing
from frontier_geo.geodesy import WGS84
from frontier_geo.mentions import Mention, Reading, governing_words
from frontier_geo.place_words import NUMBER_WORDS

__all__ = ["RelativePlace", "compass_before", "distance_before", "find_relative"]

#: A distance in a report is rounded, and measured along a road or the river, nobody says which.
DISTANCE_SHARE = 0.15
LEAST_SLACK_KM = 2.0
#: "Upstream of" without a distance.
UPSTREAM_KM = 20.0
#: How far to either side of the point where two districts meet.
AT_LIMIT_KM = 5.0
#: The limits of the district tables are good to this.
LIMIT_UNCERTAINTY_KM = 2.0
#: Beyond this a distance says where news was made, not where the place is.
FARTHEST_KM = 60.0
_NUMBER = re.compile(r"^\d+(?:[.,]\d+)?$")
_AZIMUTH = {
    "north": 0.0, "northeast": 45.0, "east": 90.0, "southeast": 135.0, "south": 180.0,
    "southwest": 225.0, "west": 270.0, "northwest": 315.0,
}  # fmt: skip

#: Returns the footing of a mention; the second argument asks for its point, where it may be one.
Foot = Callable[[int, bool], Footing | None]


@dataclass(frozen=True)
class RelativePlace:
    """
    A place said by another.

    Attributes
    ----------
    from_km, to_km : float or None
        The stretch of border.
    lon, lat, radius_km : float or None
        A point instead, and the radius that holds the place.
    mentions : tuple of int
        The names it goes by.
    across : bool
        Whether it is on the other bank than the named place.
    why : str
        How it was reached.
    refused : bool
        Whether the phrase was understood but has no answer.
    """

    mentions: tuple[int, ...]
    why: str
    from_km: float | None = None
    to_km: float | None = None
    lon: float | None = None
    lat: float | None = None
    radius_km: float | None = None
    across: bool = False
    refused: bool = False


def find_relative(
    reading: Reading, foot: Foot, wanted: Sequence[int], boundary: Boundary
) -> RelativePlace | None:
    """
    Return the place that a relative phrase in a text describes, if there is one.

    Parameters
    ----------
    reading : Reading
        The text.
    foot : callable
        Returns the footing of a mention by its number, None where it means no place.
    wanted : sequence of int
        The mentions that may be used.
    boundary : Boundary
        The line.
    """
    for number in wanted:
        for rule in (_along_stream, _limit, _between, _from_to, _away):
            found = rule(reading, foot, number, wanted, boundary)
            if found is not None:
                return found
    return None


# ---- upstream and downstream ---------------------------------------------------------------------


def _along_stream(
    reading: Reading, foot: Foot, number: int, wanted: Sequence[int], boundary: Boundary
) -> RelativePlace | None:
    mention = reading.mentions[number]
    way = next((role for role in ("up", "down") if role in mention.roles), None)
    if way is None:
        return None
    word = mention.roles[way]
    ends = reading.tokens[word].script != "cyrillic" or any(
        reading.has(k, "flow") for k in range(word, min(word + 4, len(reading.tokens)))
    )
    distance = distance_before(reading, mention)
    if not ends and distance is None:
        return None  # "выше" alone means only "above"
    footing = foot(number, True)
    if footing is None or not footing.on_border or footing.from_km is None:
        return None
    name = footing.place.name
    start, radius = footing.middle_km, (footing.radius_km or 0.0)
    sign = 1.0 if way == "up" else -1.0
    if distance is None:
        low, high = sorted((start, start + sign * UPSTREAM_KM))
        low, high = low - radius, high + radius
        said = f"{'up' if way == 'up' else 'down'}stream of {name}, no distance given"
    else:
        slack = max(LEAST_SLACK_KM, DISTANCE_SHARE * distance.km)
        spread = (radius**2 + slack**2) ** 0.5 + distance.slack_km
        middle = start + sign * distance.km
        low, high = middle - spread, middle + spread
        said = (
            f"{distance.km:g} km {'up' if way == 'up' else 'down'}stream of {name} (km {start:.0f})"
        )
    end = _end_of_river(boundary)
    if start > end or low > end:
        return RelativePlace(
            (number,),
            f"{said}: the border follows no river beyond km {end:.0f}, so there is no stream to go by",
            refused=True,
        )
    low, high = max(0.0, low), min(end, high, boundary.length_km)
    if high <= low:
        return RelativePlace((number,), f"{said}: that is past the end of the border", refused=True)
    return RelativePlace((number,), said, low, high)


def _end_of_river(boundary: Boundary) -> float:
    """Return the chainage up to which the line follows a river; its whole length if nothing is known."""
    if "terrain" not in boundary.intervals:
        return boundary.length_km
    terrain = boundary.intervals["terrain"]
    river = terrain.loc[terrain["value"] == "river", "to_km"]
    return float(river.max()) if len(river) else boundary.length_km


class Distance(NamedTuple):
    """Kilometres said before a name, and half the range if two numbers are given."""

    km: float
    slack_km: float


_MEASURING = ("up", "down", *_AZIMUTH)


def distance_before(reading: Reading, mention: Mention) -> Distance | None:
    """Return the kilometres said before a name, if they are measured from it."""
    words = governing_words(reading, mention)
    measured = False
    for k in words:
        measured |= reading.tokens[k].word in ("کیلومتری", "километрии")  # "at so many km of"
        unit = next((m.value for m in reading.meanings[k] if m.role == "km"), None)
        if unit is not None:
            return _distance_at(reading, k - 1, float(unit)) if measured else None
        if reading.has(k, "frontier"):
            return None  # so far from the border, not from the place
        measured |= any(reading.has(k, role) for role in _MEASURING)
        measured |= reading.tokens[k].word in (
            "from",
            "of",
            "от",
            "аз",
            "از",
            "کیلومتری",
            "километрии",
        )
    return None


def _distance_at(reading: Reading, k: int, unit_km: float) -> Distance | None:
    high = _number_at(reading, k)
    if high is None:
        return None
    low = high
    if k >= 1:
        between = reading.text[reading.tokens[k - 1].end : reading.tokens[k].start].strip()
        first = _number_at(reading, k - 1) if between in ("-", "–", "—", "‑") else None
        if first is not None and first < high:
            low = first
    return Distance((low + high) / 2 * unit_km, (high - low) / 2 * unit_km)


def _number_at(reading: Reading, k: int) -> float | None:
    if k < 0:
        return None
    spelt = NUMBER_WORDS.get(reading.tokens[k].word)
    if spelt is not None:
        return spelt
    digits = "".join(
        str(unicodedata.digit(letter)) if letter.isdigit() else letter
        for letter in reading.tokens[k].text
    )
    if not _NUMBER.match(digits):
        return None
    if k >= 1 and reading.tokens[k - 1].text.isdigit():
        between = reading.text[reading.tokens[k - 1].end : reading.tokens[k].start]
        if between in (".", ","):  # 1.5 km, read as two words
            return float(f"{reading.tokens[k - 1].text}.{digits}")
    return float(digits.replace(",", "."))


# ---- between, from ... to ------------------------------------------------------------------------


def _between(
    reading: Reading, foot: Foot, number: int, wanted: Sequence[int], boundary: Boundary
) -> RelativePlace | None:
    mention = reading.mentions[number]
    if "between" not in mention.roles:
        return None
    following = _next_in_list(reading, number, wanted, "and")
    if following is None:
        earlier = any("between" in reading.mentions[n].roles for n in wanted if n < number)
        why = "between a place and another that the gazetteer does not have at the border"
        return None if earlier else RelativePlace((number,), why, refused=True)
    limit = _meeting(reading, foot, number, following, boundary, "between")
    if limit is not None:
        return limit
    span = _span(foot, number, following, "between", boundary)
    if span is None:
        return RelativePlace(
            (number, following),
            "between two places of which one is not at the border",
            refused=True,
        )
    return span


def _from_to(
    reading: Reading, foot: Foot, number: int, wanted: Sequence[int], boundary: Boundary
) -> RelativePlace | None:
    mention = reading.mentions[number]
    word = mention.roles.get("from")
    if word is None or mention.first - word > 4:
        return None
    following = _next_in_list(reading, number, wanted, "to")
    if following is None or distance_before(reading, mention) is not None:
        return None
    along = any(
        reading.has(k, role)
        for k in range(max(0, word - 6), len(reading.tokens))
        for role in ("frontier", "stretch", "bank")
        if reading.sentences[k] == mention.sentence
    )
    return _span(foot, number, following, "from", boundary) if along else None


def _next_in_list(reading: Reading, number: int, wanted: Sequence[int], by: str) -> int | None:
    """Return the next wanted mention, if only `by` and words for kinds stand between."""
    later = [other for other in wanted if other > number]
    if not later:
        return None
    a, b = reading.mentions[number], reading.mentions[later[0]]
    between = range(a.last, b.first)
    if a.sentence != b.sentence or len(between) > 5:
        return None
    return later[0] if any(reading.has(k, by) for k in between) else None


def _span(
    foot: Foot, number: int, following: int, word: str, boundary: Boundary
) -> RelativePlace | None:
    a, b = foot(number, True), foot(following, True)
    if a is None or b is None or not (a.on_border and b.on_border):
        return None
    ends = sorted((a, b), key=lambda footing: footing.middle_km)
    low, high = (_outer(ends[0], -1.0), _outer(ends[1], 1.0))
    low, high = max(0.0, low), min(boundary.length_km, high)
    said = f"{word} {a.place.name} (km {a.middle_km:.0f}) {'and' if word == 'between' else 'to'} "
    return RelativePlace(
        (number, following), f"{said}{b.place.name} (km {b.middle_km:.0f})", low, high
    )


def _outer(footing: Footing, sign: float) -> float:
    """Return the outer end of a span: of a place its point and radius, of a stretch its end."""
    if footing.from_km is None or footing.to_km is None:
        raise ValueError("not on the border")
    return footing.from_km if sign < 0 else footing.to_km


# ---- the limit of two districts --------------------------------------------------------------------


def _limit(
    reading: Reading, foot: Foot, number: int, wanted: Sequence[int], boundary: Boundary
) -> RelativePlace | None:
    mention = reading.mentions[number]
    word = mention.roles.get("border_of")
    if word is None or mention.first - word > 4:
        return None
    following = _next_in_list(reading, number, wanted, "and")
    if following is None:
        return None
    return _meeting(reading, foot, number, following, boundary, "border")


def _meeting(
    reading: Reading, foot: Foot, number: int, following: int, boundary: Boundary, word: str
) -> RelativePlace | None:
    """Return where two districts meet: at their common end, or along it if on opposite banks."""
    a, b = foot(number, False), foot(following, False)
    if a is None or b is None:
        return None
    announced = {reading.mentions[n].announced for n in (number, following)}
    met = "border_of" in reading.mentions[number].roles
    if word == "between" and not met and not announced & {"district", "province"}:
        return None
    if a.precision not in ("district", "province") or b.precision != a.precision:
        return None
    if a.from_km is None or a.to_km is None or b.from_km is None or b.to_km is None:
        return None
    names = f"{a.place.name} and {b.place.name}"
    both = (number, following)
    low, high = max(a.from_km, b.from_km), min(a.to_km, b.to_km)
    if a.place.country != b.place.country:
        if low >= high:
            return RelativePlace(both, f"{names} do not face each other", refused=True)
        return RelativePlace(both, f"where {names} face each other", low, high)
    slack = AT_LIMIT_KM + LIMIT_UNCERTAINTY_KM
    if low - high > slack:
        return None  # not neighbours: "between" means the stretch from one to the other
    middle = sorted((low, high))
    start, stop = max(0.0, middle[0] - slack), min(boundary.length_km, middle[1] + slack)
    return RelativePlace(both, f"where {names} meet", start, stop)


# ---- so many km from -------------------------------------------------------------------------------


def _away(
    reading: Reading, foot: Foot, number: int, wanted: Sequence[int], boundary: Boundary
) -> RelativePlace | None:
    mention = reading.mentions[number]
    if any(
        other < number and reading.mentions[other].sentence == mention.sentence for other in wanted
    ):
        return None  # the place itself is named, the distance only describes it
    distance = distance_before(reading, mention)
    footing = foot(number, True)
    if distance is None or footing is None:
        return None
    name = footing.place.name
    if distance.km > FARTHEST_KM:
        why = f"{distance.km:g} km from {name}: too far to be measured from there"
        return RelativePlace((number,), why, refused=True)
    if footing.lon is None or footing.lat is None:
        return RelativePlace(
            (number,), f"{distance.km:g} km from {name}, whose own point is not known", refused=True
        )
    radius = footing.radius_km or 0.0
    slack = max(LEAST_SLACK_KM, DISTANCE_SHARE * distance.km) + distance.slack_km
    azimuth = _compass_before(reading, mention)
    if azimuth is not None:
        lon, lat, _ = WGS84.fwd(footing.lon, footing.lat, azimuth[0], distance.km * 1000)
        # A direction said in words is good to half the angle to the next one.
        sideways = distance.km * 0.39
        spread = (radius**2 + slack**2 + sideways**2) ** 0.5
        return RelativePlace(
            (number,),
            f"{distance.km:g} km {azimuth[1]} of {name}",
            lon=lon,
            lat=lat,
            radius_km=spread,
        )
    return RelativePlace(
        (number,),
        f"{distance.km:g} km from {name}, direction not given",
        lon=footing.lon,
        lat=footing.lat,
        radius_km=distance.km + slack + radius,
    )


def compass_before(reading: Reading, mention: Mention) -> bool:
    """Whether a name only says of what something lies north: "north of Kunduz"."""
    words = governing_words(reading, mention)
    linked = False
    for k in words:
        if any(m.role in _AZIMUTH for m in reading.meanings[k]):
            return linked
        linked |= reading.tokens[k].word in ("of", "от", "аз", "از")
    return False


def _compass_before(reading: Reading, mention: Mention) -> tuple[float, str] | None:
    for k in governing_words(reading, mention):
        names = [m.role for m in reading.meanings[k] if m.role in _AZIMUTH]
        if names:
            first = names[0]
            if first in ("east", "west") and k >= 1:  # south-east, read as two words
                before = [m.role for m in reading.meanings[k - 1] if m.role in ("north", "south")]
                if before and reading.gaps[k - 1] == 0:
                    first = before[0] + first
            return _AZIMUTH[first], first
        if reading.has(k, "km"):
            return None
    return None
