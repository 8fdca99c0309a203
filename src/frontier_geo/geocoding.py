"""
Place text → point, stretch of border, or an honest "not known", with precision and score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from frontier_geo._summaries import summary_html
from frontier_geo._validation import check_columns
from frontier_geo._version import __version__
from frontier_geo.boundary import Boundary
from frontier_geo.datasets import load_gazetteer, runs_along_shipped, the_boundary
from frontier_geo.errors import ParameterError
from frontier_geo.events import check_events
from frontier_geo.footing import NEAR_BORDER_KM, Footing, Ground
from frontier_geo.gazetteer import (
    THRESHOLD,
    TOO_CLOSE,
    Gazetteer,
    check_threshold,
    fits_as_well,
    runner_up,
)
from frontier_geo.location_precision import LocationUncertainty
from frontier_geo.mentions import Reading, unknown_districts
from frontier_geo.names import clean
from frontier_geo.place_words import STRETCH_CLASSES
from frontier_geo.read_result import accepted_of
from frontier_geo.relative import RelativePlace, find_relative
from frontier_geo.reports import Focus, choose_focus
from frontier_geo.resolving import Hints, Place, Ranked, is_sector, same_neighbourhood

__all__ = ["GeocodedText", "geocode_events", "geocode_text"]

#: Texts up to this many words are read as a phrase about a place: any word may be a name.
PHRASE_WORDS = 14
LONGEST_TEXT = 20_000  # characters; a report says where in its first lines
#: Two places that fit alike are answered together if what lies between them is at most this long.
TOGETHER_KM = 40.0
#: Places of one name on both banks face each other if they are this close along the line.
FACING_KM = 15.0
OTHER_SIDE = {"TJ": "AF", "AF": "TJ"}
#: A named-entity recogniser: takes a text, gives the first and past-the-last character of each place.
Recogniser = Callable[[str], Iterable[tuple[int, int]]]

MENTION_COLUMNS = (
    "start", "end", "text", "role", "place_id", "name", "feature_class", "country", "score",
    "match_type", "runner_up", "ambiguous",
)  # fmt: skip


#: Of a candidate, what a notebook shows.
SHOWN_COLUMNS = [
    "name", "feature_class", "country", "admin1", "admin2", "lat", "lon", "from_km", "to_km", "score",
]  # fmt: skip


@dataclass(frozen=True)
class GeocodedText:
    """
    Where a text says something happened, how precisely, and why.

    Attributes
    ----------
    text : str
        The text.
    location_precision : str
        A word of `PRECISIONS`. ``country`` if only the border or a country is named, ``unknown`` if
        nothing is.
    location_uncertainty_km : float or None
        Radius that holds the true place in about 95 of 100 cases; of a stretch, half its length.
    lon, lat : float or None
        Degrees on WGS84, where the text supports a point.
    frontage_from_km, frontage_to_km : float or None
        The stretch of border, where it supports one.
    country_side : {"TJ", "AF", "both"} or None
        The bank.
    admin1, admin2 : str or None
        Province and district.
    place_ids : tuple of str
        Rows of the gazetteer it rests on.
    score : float
        How well the words fit the gazetteer, 0 to 1.
    ambiguous : bool
        Whether other places fit as well.
    off_border : bool
        Whether the place is known and not at this border.
    reason : str
        How the answer was reached, or why there is none.
    mentions : DataFrame
        Every place the text names: ``start, end, text, role, place_id, name, feature_class, country,
        score, match_type, runner_up, ambiguous``. Spans are in characters of the text; `role` says
        what became of each.
    candidates : DataFrame
        What the place might be, as from `Gazetteer.search`.
    """

    text: str
    location_precision: str
    reason: str
    location_uncertainty_km: float | None = None
    lon: float | None = None
    lat: float | None = None
    frontage_from_km: float | None = None
    frontage_to_km: float | None = None
    country_side: str | None = None
    admin1: str | None = None
    admin2: str | None = None
    place_ids: tuple[str, ...] = ()
    score: float = 0.0
    ambiguous: bool = False
    off_border: bool = False
    mentions: pd.DataFrame = field(
        default_factory=lambda: pd.DataFrame(columns=list(MENTION_COLUMNS)),
        repr=False,
        compare=False,
    )
    candidates: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False, compare=False)

    @property
    def found(self) -> bool:
        """Whether the text could be placed at all."""
        return self.lon is not None or self.frontage_from_km is not None

    def __str__(self) -> str:
        where = self.location_precision
        if self.lon is not None and self.lat is not None:
            where += f" at {self.lat:.4f}, {self.lon:.4f} ± {self.location_uncertainty_km:g} km"
        elif self.frontage_from_km is not None:
            where += f" km {self.frontage_from_km:.0f}-{self.frontage_to_km:.0f} of the border"
        return f"{where}: {self.reason}"

    def _repr_html_(self) -> str:
        where, _, reason = str(self).partition(": ")
        return summary_html(
            "A place from a text",
            [
                ("Text", self.text),
                ("Place", where),
                ("How", reason),
                ("Side", self.country_side),
                ("Province and district", ", ".join(filter(None, (self.admin1, self.admin2)))),
                ("Fit of the words", round(self.score, 3) if self.place_ids else None),
                ("Ambiguous", self.ambiguous),
            ],
            table=self.candidates.reindex(columns=SHOWN_COLUMNS).dropna(axis=1, how="all"),
            caption="What it might be",
        )


def geocode_text(
    text: str,
    *,
    gazetteer: Gazetteer | None = None,
    boundary: Boundary | None = None,
    country: str | None = None,
    admin1: str | None = None,
    admin2: str | None = None,
    ner: Recogniser | None = None,
    uncertainty: LocationUncertainty | None = None,
    threshold: float = THRESHOLD,
) -> GeocodedText:
    """
    Find where a report says that something happened.

    Parameters
    ----------
    text : str
        A place as reported, or a whole report, in English, Russian, Tajik or Dari.
    gazetteer : Gazetteer, optional
        Default: the shipped one.
    boundary : Boundary, optional
        Default: the shipped border. The stretches of the gazetteer must be of the same line.
    country : {"TJ", "AF"}, optional
        The side, if it is known from elsewhere.
    admin1, admin2 : str, optional
        The province and district, if they are known.
    ner : callable, optional
        A named-entity recogniser of your own: called with the text, it gives the (start, end) of each
        place in characters. Only those words are then looked up.
    uncertainty : LocationUncertainty, optional
        The radii of the precision classes.
    threshold : float, default 0.8
        Names that fit less well are not taken for a place.

    Returns
    -------
    GeocodedText
        The location, or why there is none. A text that supports no point gets none.

    References
    ----------
    Leidner (2007), Toponym Resolution in Text, University of Edinburgh: rules by the words beside a
    name and by the areas around it.

    Examples
    --------
    >>> place = geocode_text("near Kishty village, Shamsiddin Shohin district")
    >>> place.location_precision, place.place_ids
    ('near_settlement', ('tj-v-kishti-poyon-1221122',))
    >>> place = geocode_text("border of Hamadoni and Farkhor districts")
    >>> round(place.frontage_from_km), round(place.frontage_to_km)
    (287, 301)
    >>> geocode_text("somewhere on the Tajik-Afghan border").location_precision
    'country'
    """
    geocoder = _Geocoder(gazetteer, boundary, uncertainty, threshold)
    return geocoder.geocode(text, geocoder.gazetteer.hints(country, admin1, admin2), ner)


class _Geocoder:
    """A gazetteer and a border, ready for many texts."""

    def __init__(
        self,
        gazetteer: Gazetteer | None,
        boundary: Boundary | None,
        uncertainty: LocationUncertainty | None,
        threshold: float,
    ) -> None:
        self.boundary = the_boundary(boundary)
        if gazetteer is None and boundary is not None and not runs_along_shipped(boundary):
            raise ParameterError(
                f"The places along {boundary.boundary_id!r} are not known: the shipped gazetteer is of "
                "the Tajik-Afghan border. Pass gazetteer=, such as Gazetteer.from_csv(...) or "
                "Gazetteer.from_geonames(..., boundary=...)."
            )
        self.gazetteer = load_gazetteer() if gazetteer is None else gazetteer
        self.threshold = check_threshold(threshold)
        self.ground = Ground(self.boundary, self.gazetteer, uncertainty or LocationUncertainty())

    def geocode(self, text: Any, hints: Hints, ner: Recogniser | None) -> GeocodedText:
        if not isinstance(text, str):
            return GeocodedText("", "unknown", f"it is not a text but {type(text).__name__}")
        words = text[:LONGEST_TEXT]
        if not clean(words):
            return GeocodedText(text, "unknown", "the text is empty")
        short = len(words) < 20 * PHRASE_WORDS and len(words.split()) <= PHRASE_WORDS
        reading, ranked = self.gazetteer.read(words, hints, every_word=short and ner is None)
        if ner is not None:
            _keep_recognised(reading, ranked, _spans_of(ner, words))
        focus = choose_focus(reading, ranked, self.threshold)
        mentions = self._mention_table(reading, ranked, focus)
        answer = self._answer(reading, ranked, focus, hints)
        if reading.read_in_part:
            answer["reason"] += "; it names more places than were read"
        if len(text) > LONGEST_TEXT:
            answer["reason"] += f"; only the first {LONGEST_TEXT:,} characters were read"
        return GeocodedText(text=text, mentions=mentions, **answer)

    def _fits(self, candidates: Sequence[Ranked]) -> bool:
        return candidates[0].fit >= self.threshold

    # ---- from names to a place ----------------------------------------------------------------------

    def _answer(
        self, reading: Reading, ranked: list[list[Ranked]], focus: Focus, hints: Hints
    ) -> dict[str, Any]:
        def foot(number: int, as_point: bool) -> Footing | None:
            candidates = ranked[number]
            if not candidates or candidates[0].fit < self.threshold:
                return None
            chosen = candidates[0]
            if as_point and reading.mentions[number].announced not in STRETCH_CLASSES:
                chosen = _spot_for(candidates) or chosen
            measured_from[number] = chosen
            return self._foot(reading, number, chosen)

        measured_from: dict[int, Ranked] = {}
        relative = find_relative(reading, foot, focus.relative, self.boundary)
        if relative is not None:
            tops = [measured_from.get(n, ranked[n][0]) for n in relative.mentions]
            return self._from_relative(reading, ranked, relative, focus, tops)
        if not focus.chosen:
            return self._nothing(reading, ranked, focus, hints)
        if len(focus.chosen) > 1:
            at_border = [n for n in focus.chosen if self._foot(reading, n, ranked[n][0]).on_border]
            focus.chosen = at_border + [n for n in focus.chosen if n not in at_border]
            several = self._several(reading, ranked, focus)
            if several is not None:
                return several
            answer = self._single(reading, ranked, focus)
            others = {ranked[n][0].place.name for n in focus.chosen[1:] if n not in at_border}
            if at_border and others:
                answer["reason"] += (
                    f"; {', '.join(sorted(others))}, named too, is not at the border"
                )
            return answer
        return self._single(reading, ranked, focus)

    def _foot(self, reading: Reading, number: int, candidate: Ranked) -> Footing:
        mention = reading.mentions[number]
        near = "near" in mention.roles or "opposite" in mention.roles
        sector = mention.announced == "detachment" or "stretch" in mention.roles
        if candidate.place.feature_class == "post" and candidate.place.has_stretch:
            # A detachment guards a sector, a post of the same name stands at one place.
            sector = sector or mention.announced != "post"
        return self.ground.footing(
            candidate.place, near=near, sector=sector, mouth=mention.announced == "mouth"
        )

    def _single(self, reading: Reading, ranked: list[list[Ranked]], focus: Focus) -> dict[str, Any]:
        number = focus.chosen[0]
        mention, candidates = reading.mentions[number], ranked[number]
        top = candidates[0]
        tied = _tied(candidates)
        footing = self._foot(reading, number, top)
        footing = self._in_district_named(reading, ranked, number, footing)
        about = self._about(top, footing, focus, candidates)
        across = "opposite" in mention.roles
        if not across and focus.side in OTHER_SIDE and footing.is_point:
            # "the Afghan bank near Shodak": the village is on the other
            across = (
                top.place.country == OTHER_SIDE[focus.side]
                and top.place.feature_class != "crossing"
            )
        if len(tied) > 1:
            together = self._together(reading, number, tied)
            if together is not None:
                return about | together
            return about | self._undecided(mention.text, tied)
        said = f"{mention.text!r} is {top.place.name} ({_how(top)}); {footing.why}"
        if across:
            return about | self._across(footing, focus, said)
        if footing.is_point and "stretch" in mention.roles and footing.on_border:
            # "the Kokul sector": more than the place itself, nobody says how much.
            return about | _stretch("frontage", footing.from_km, footing.to_km, said)
        if footing.is_point:
            return about | _point(footing, said)
        known = [m for m, r in zip(reading.mentions, ranked, strict=True) if r and self._fits(r)]
        unknown = unknown_districts(reading, known)
        if unknown and top.place.feature_class == "province":
            return about | _refusal(
                "unknown",
                f"{unknown[0]!r} is a district that the gazetteer does not have: it may lie inland, so "
                f"the stretch of {top.place.name} does not stand for it",
            )
        if footing.on_border:
            low, high = self._narrowed(reading, ranked, focus, footing)
            return about | _stretch(footing.precision, low, high, said)
        return about | {
            "location_precision": footing.precision,
            "reason": said,
            "off_border": footing.precision in ("district", "province"),
        }

    def _undecided(self, text: str, tied: Sequence[Ranked]) -> dict[str, Any]:
        """Refuse to choose: only what all the places have in common is said."""
        names = ", ".join(f"{c.place.name} ({c.place.country})" for c in tied[:4])
        sides = {c.place.country for c in tied}
        provinces = {c.place.admin1 for c in tied}
        districts = {c.place.admin2 for c in tied}
        return _refusal(
            "country", f"{text!r} may be {names}: nothing in the text says which", ambiguous=True
        ) | {
            "country_side": sides.pop() if len(sides) == 1 else None,
            "admin1": provinces.pop() or None if len(provinces) == 1 else None,
            "admin2": districts.pop() or None if len(districts) == 1 else None,
            "place_ids": (),
            "off_border": False,
        }

    def _in_district_named(
        self, reading: Reading, ranked: list[list[Ranked]], number: int, footing: Footing
    ) -> Footing:
        """Where the text names a district, take it over that of a place without a point, or elsewhere."""
        own = footing.place
        if footing.is_point:
            return self._elsewhere(reading, ranked, number, footing)
        if own.feature_class in ("province", "district") or own.has_stretch:
            return footing
        for other, candidates in enumerate(ranked):
            if other == number or not candidates or candidates[0].fit < self.threshold:
                continue
            place = candidates[0].place
            if place.feature_class != "district" or not place.has_stretch:
                continue
            if reading.mentions[other].sentence != reading.mentions[number].sentence:
                continue
            named = self.ground.footing(place)
            why = f"the gazetteer has no point for it: the stretch of {place.name}, the district named"
            return replace(
                named, place=replace(own, admin1=place.admin1, admin2=place.admin2), why=why
            )
        return footing

    def _elsewhere(
        self, reading: Reading, ranked: list[list[Ranked]], number: int, footing: Footing
    ) -> Footing:
        """For a village said to lie in a district where the gazetteer has none of it: the district."""
        own, after = footing.place, number + 1
        if (
            not own.admin2
            or after >= len(ranked)
            or not ranked[after]
            or not self._fits(ranked[after])
        ):
            return footing
        mention, district = reading.mentions[after], ranked[after][0].place
        said = mention.announced == "district" and district.feature_class == "district"
        if (
            not said
            or not district.has_stretch
            or mention.first - reading.mentions[number].last > 2
        ):
            return footing
        if own.admin2 in (district.admin2, district.name) or own.country != district.country:
            return footing
        named = self.ground.footing(district)
        if footing.on_border and named.on_border and _overlap(footing, named):
            return footing  # the tables of districts are good to a few km
        why = (
            f"the gazetteer's lies in {own.admin2}, the text says {district.name}: the stretch of that "
            "district"
        )
        return replace(
            named, place=replace(own, admin1=district.admin1, admin2=district.admin2), why=why
        )

    def _about(
        self, top: Ranked, footing: Footing, focus: Focus, candidates: Sequence[Ranked]
    ) -> dict[str, Any]:
        place = footing.place
        ids = self.gazetteer.ids
        return {
            "country_side": focus.side or _bank_of(place),
            "admin1": place.admin1 or None,
            "admin2": place.admin2 or None,
            "place_ids": (ids[place.row],),
            "score": top.shown,
            "off_border": footing.distance_km is not None and footing.distance_km > NEAR_BORDER_KM,
            "candidates": self.gazetteer.candidates(
                [c for c in candidates if c.fit >= self.threshold]
            ),
        }

    def _across(self, footing: Footing, focus: Focus, said: str) -> dict[str, Any]:
        side = focus.side or OTHER_SIDE.get(footing.place.country)
        said = f"the bank opposite: {said}"
        if not footing.on_border:
            return _refusal("country", f"{said}, too far from the border to have a bank opposite")
        answer = _stretch("frontage", footing.from_km, footing.to_km, said)
        return answer | {"country_side": side, "admin1": None, "admin2": None}

    def _narrowed(
        self, reading: Reading, ranked: list[list[Ranked]], focus: Focus, footing: Footing
    ) -> tuple[float | None, float | None]:
        """Cut a stretch to the part that lies opposite another place named, if they face each other."""
        low, high = footing.from_km, footing.to_km
        if low is None or high is None:
            return low, high
        facing = [
            footing
            for footing in (self._foot(reading, n, ranked[n][0]) for n in focus.facing)
            if footing.from_km is not None and footing.to_km is not None
        ]
        if facing:
            start = max(low, min(footing.from_km or 0.0 for footing in facing))
            stop = min(high, max(footing.to_km or 0.0 for footing in facing))
            if start < stop:
                low, high = start, stop
        return low, high

    def _together(
        self, reading: Reading, number: int, tied: Sequence[Ranked]
    ) -> dict[str, Any] | None:
        """Answer two places that fit alike with the stretch that holds both, if they are close."""
        footings = [self._foot(reading, number, candidate) for candidate in tied]
        if any(footing.from_km is None or footing.to_km is None for footing in footings):
            return None
        spans = sorted((f.from_km or 0.0, f.to_km or 0.0) for f in footings)
        reach = spans[0][1]
        for start, stop in spans[1:]:
            if start - reach > TOGETHER_KM:
                return None
            reach = max(reach, stop)
        names = ", ".join(f"{c.place.name} ({c.place.country})" for c in tied)
        sides = {_bank_of(c.place) for c in tied}
        precisions = {f.precision for f in footings}
        kind = precisions.pop() if len(precisions) == 1 and not footings[0].is_point else "frontage"
        districts = {c.place.admin2 for c in tied}
        return _stretch(
            kind,
            spans[0][0],
            reach,
            f"{reading.mentions[number].text!r} may be {names}: the stretch of all of them, since "
            "nothing in the text says which",
        ) | {
            "ambiguous": True,
            "country_side": sides.pop() if len(sides) == 1 else None,
            "admin2": districts.pop() or None if len(districts) == 1 else None,
            "admin1": tied[0].place.admin1 if len({c.place.admin1 for c in tied}) == 1 else None,
            "place_ids": tuple(self.gazetteer.ids[c.place.row] for c in tied),
        }

    def _several(
        self, reading: Reading, ranked: list[list[Ranked]], focus: Focus
    ) -> dict[str, Any] | None:
        """Answer a list of places with the stretch from the first to the last."""
        footings = [self._foot(reading, n, ranked[n][0]) for n in focus.chosen]
        on_border = [f for f in footings if f.from_km is not None and f.to_km is not None]
        if len({f.place.row for f in on_border}) < 2:
            return None
        low = min(f.from_km or 0.0 for f in on_border)
        high = max(f.to_km or 0.0 for f in on_border)
        names = ", ".join(dict.fromkeys(f.place.name for f in on_border))
        sides = {_bank_of(f.place) for f in on_border}
        districts = {f.place.admin2 for f in on_border}
        provinces = {f.place.admin1 for f in on_border}
        return _stretch(
            "frontage", low, high, f"several places are named ({names}): from the first to the last"
        ) | {
            "country_side": focus.side or (sides.pop() if len(sides) == 1 else "both"),
            "admin1": provinces.pop() or None if len(provinces) == 1 else None,
            "admin2": districts.pop() or None if len(districts) == 1 else None,
            "place_ids": tuple(dict.fromkeys(self.gazetteer.ids[f.place.row] for f in on_border)),
            "score": min(ranked[n][0].shown for n in focus.chosen),
            "ambiguous": any(len(_tied(ranked[n])) > 1 for n in focus.chosen),
            "candidates": self.gazetteer.candidates([ranked[n][0] for n in focus.chosen]),
        }

    def _from_relative(
        self,
        reading: Reading,
        ranked: list[list[Ranked]],
        relative: RelativePlace,
        focus: Focus,
        tops: Sequence[Ranked],
    ) -> dict[str, Any]:
        sides = {top.place.country for top in tops}
        side = sides.pop() if len(sides) == 1 else "both"
        if any("opposite" in reading.mentions[n].roles for n in relative.mentions):
            side = OTHER_SIDE.get(side, side)
        provinces = {top.place.admin1 for top in tops}
        about: dict[str, Any] = {
            "country_side": focus.side or side,
            "admin1": provinces.pop() or None if len(provinces) == 1 else None,
            "place_ids": tuple(self.gazetteer.ids[top.place.row] for top in tops),
            "score": min(top.shown for top in tops),
            "ambiguous": any(self._apart(reading, ranked, n) for n in relative.mentions),
            "candidates": self.gazetteer.candidates(tops),
        }
        if focus.side is None and any(
            len({c.place.country for c in _tied(ranked[n])}) > 1 for n in relative.mentions
        ):
            about["country_side"] = None  # the two banks' places of that name face each other
        if relative.refused:
            return about | _refusal("country", relative.why, ambiguous=about["ambiguous"])
        if relative.lon is not None and relative.lat is not None:
            found = self.boundary.index.locate([relative.lon], [relative.lat])
            return about | {
                "location_precision": "near_settlement",
                "lon": round(relative.lon, 5),
                "lat": round(relative.lat, 5),
                "location_uncertainty_km": round(relative.radius_km or 0.0, 1),
                "off_border": bool(found.distance_m[0] / 1000 > NEAR_BORDER_KM),
                "reason": relative.why,
            }
        return about | _stretch("frontage", relative.from_km, relative.to_km, relative.why)

    def _apart(self, reading: Reading, ranked: list[list[Ranked]], number: int) -> bool:
        """Whether places that fit alike would give different stretches."""
        tied = [c for c in _near_top(ranked[number]) if _is_spot(c)] or _tied(ranked[number])
        middles = [
            footing.middle_km
            for footing in (self._foot(reading, number, c) for c in tied)
            if footing.on_border
        ]
        return len(middles) > 1 and max(middles) - min(middles) > FACING_KM

    def _nothing(
        self,
        reading: Reading,
        ranked: list[list[Ranked]],
        focus: Focus,
        hints: Hints,
    ) -> dict[str, Any]:
        names_border = any(
            reading.has(k, role)
            for k in range(len(reading.tokens))
            for role in ("frontier", "border_of")
        )
        names_river = any(
            candidates and candidates[0].place.feature_class == "river" for candidates in ranked
        )
        countries = {
            m.value
            for meanings in reading.meanings
            for m in meanings
            if m.role == "country" and m.value
        }
        weak = [c[0] for c in ranked if c and c[0].fit < self.threshold]
        if weak:
            best = max(weak, key=lambda c: c.score)
            why = (
                f"the nearest name is {best.match.name!r}, which fits with {best.shown:.2f}, less than "
                f"{self.threshold:g}"
            )
        elif focus.dropped:
            why = "it names only where the news comes from, or where someone is from or goes to"
        else:
            why = "it names no place of the gazetteer"
        if names_border or names_river or countries or hints.country:
            side = focus.side or hints.country
            return _refusal("country", f"only the border or a country is named: {why}") | {
                "country_side": side
            }
        return _refusal("unknown", why)

    def _mention_table(
        self, reading: Reading, ranked: list[list[Ranked]], focus: Focus
    ) -> pd.DataFrame:
        rows: list[tuple[Any, ...]] = []
        for number, (mention, candidates) in enumerate(zip(reading.mentions, ranked, strict=True)):
            top = candidates[0] if candidates else None
            if top is None or top.fit < self.threshold - 0.1:
                continue
            rows.append(
                (
                    mention.start, mention.end, mention.text, focus.role_of(number),
                    self.gazetteer.ids[top.place.row], top.place.name, top.place.feature_class,
                    top.place.country, top.shown, top.match.match_type,
                    *runner_up(candidates),
                )
            )  # fmt: skip
        for start, end, text in focus.origins:
            rows.append(
                (
                    start,
                    end,
                    text,
                    "origin of the news",
                    None,
                    None,
                    None,
                    None,
                    None,
                    None,
                    np.nan,
                    False,
                )
            )
        table = pd.DataFrame(rows, columns=list(MENTION_COLUMNS))
        return table.sort_values("start", kind="stable", ignore_index=True)


def _bank_of(place: Place) -> str:
    """Return the bank a place lies on; bridges, and rivers that are the border, lie on both."""
    on_line = place.feature_class == "crossing" or (
        place.feature_class == "river" and place.has_stretch
    )
    return "both" if on_line else place.country


def _near_top(candidates: Sequence[Ranked]) -> list[Ranked]:
    """Return the places that fit as well as the best."""
    return [c for c in candidates if fits_as_well(c, candidates[0])]


def _spot_for(candidates: Sequence[Ranked]) -> Ranked | None:
    """Return the best place a distance may be measured from: the town of a district named."""
    top = candidates[0]
    return next(
        (
            c
            for c in candidates
            if _is_spot(c)
            and (top.score - c.score < TOO_CLOSE or same_neighbourhood(top.place, c.place))
        ),
        None,
    )


def _is_spot(candidate: Ranked) -> bool:
    """Whether a distance may be measured from a place: a town, village, post or bridge."""
    place = candidate.place
    spot = place.has_point and place.feature_class in ("town", "village", "crossing", "post")
    return spot and not is_sector(place)


def _tied(candidates: Sequence[Ranked]) -> list[Ranked]:
    """Return the places that fit as well as the best, one for each neighbourhood."""
    tied: list[Ranked] = []
    for candidate in candidates:
        if not fits_as_well(candidate, candidates[0]):
            continue
        if not any(same_neighbourhood(other.place, candidate.place) for other in tied):
            tied.append(candidate)
    return tied


def _overlap(a: Footing, b: Footing) -> bool:
    ends = (a.from_km, a.to_km, b.from_km, b.to_km)
    if any(end is None for end in ends):
        return False
    return (a.from_km or 0.0) < (b.to_km or 0.0) and (b.from_km or 0.0) < (a.to_km or 0.0)


def _spans_of(ner: Recogniser, text: str) -> list[tuple[int, int]]:
    if not callable(ner):
        raise ParameterError(f"ner must be a function of a text, but is {ner!r}.")
    given = ner(text)
    try:
        return [(int(start), int(end)) for start, end in given]
    except (TypeError, ValueError) as error:
        raise ParameterError(
            "ner must give pairs of numbers, the (start, end) of each place in characters, but gave "
            f"{given!r}."
        ) from error


def _keep_recognised(
    reading: Reading, ranked: list[list[Ranked]], spans: list[tuple[int, int]]
) -> None:
    """Drop the names that a recogniser did not find."""
    for start, end in spans:
        if not 0 <= start < end <= len(reading.text):
            raise ParameterError(
                f"ner must give the start and end of places in the text of {len(reading.text)} "
                f"characters, but gave {(start, end)!r}."
            )
    keep = [
        any(mention.start < end and start < mention.end for start, end in spans)
        for mention in reading.mentions
    ]
    reading.mentions[:] = [m for m, kept in zip(reading.mentions, keep, strict=True) if kept]
    ranked[:] = [r for r, kept in zip(ranked, keep, strict=True) if kept]


def _how(top: Ranked) -> str:
    words = {
        "exact": "the same name",
        "spelling": "another spelling",
        "inflected": "another form",
        "reading": "another spelling",
        "consonants": "the same consonants",
        "fuzzy": f"nearly the same, {top.match.score:.2f}",
    }
    return words[top.match.match_type]


def _point(footing: Footing, said: str) -> dict[str, Any]:
    return {
        "location_precision": footing.precision,
        "location_uncertainty_km": footing.radius_km,
        "lon": footing.lon,
        "lat": footing.lat,
        "reason": said,
    }


def _stretch(precision: str, low: float | None, high: float | None, said: str) -> dict[str, Any]:
    if low is None or high is None:
        return _refusal("country", said)
    return {
        "location_precision": precision,
        "location_uncertainty_km": round((high - low) / 2, 3),
        "frontage_from_km": round(low, 4),
        "frontage_to_km": round(high, 4),
        "reason": said,
    }


def _refusal(precision: str, why: str, *, ambiguous: bool = False) -> dict[str, Any]:
    return {"location_precision": precision, "reason": why, "ambiguous": ambiguous}


# ---- tables of events ------------------------------------------------------------------------------


def geocode_events(
    events: pd.DataFrame,
    *,
    place_column: str = "place",
    gazetteer: Gazetteer | None = None,
    boundary: Boundary | None = None,
    ner: Recogniser | None = None,
    uncertainty: LocationUncertainty | None = None,
    threshold: float = THRESHOLD,
    explain: bool = False,
) -> gpd.GeoDataFrame:
    """
    Place the events of a table by the words of their reports.

    Parameters
    ----------
    events : DataFrame
        With the text of each place in `place_column`. Columns `country_side`, `admin1` and `admin2`,
        where present, help to choose. Rows that have a geometry or a stretch already keep it.
    place_column : str, default "place"
        The column to read.
    gazetteer, boundary, ner, uncertainty, threshold
        As in `geocode_text`.
    explain : bool, default False
        Whether to add `geocode_explanation`: every name found in the text and what became of it.

    Returns
    -------
    GeoDataFrame
        The event table (EPSG:4326), with `geometry`, `location_precision`, `location_uncertainty_km`,
        `frontage_from_km`, `frontage_to_km`, `place_ids`, `location_basis`, `country_side`, `admin1`,
        `admin2` filled where they were missing. A stretch has no point: its geometry stays empty.
        `geocode_score` and `geocode_ambiguous` say how sure the names are.

    Raises
    ------
    ColumnError
        If `place_column` is missing.

    References
    ----------
    Leidner (2007), Toponym Resolution in Text, University of Edinburgh: rules by the words beside a
    name and by the areas around it.

    Examples
    --------
    >>> import pandas as pd
    >>> reports = pd.DataFrame({"place": ["near Yol, Shuroobod district", "Farkhor district", "?"]})
    >>> geocode_events(reports)["location_precision"].tolist()
    ['near_settlement', 'district', 'unknown']
    """
    events = accepted_of(events)
    if not isinstance(events, pd.DataFrame):
        raise ParameterError(
            f"events must be a table with a column of places, but is a {type(events).__name__}. For one "
            "text use geocode_text."
        )
    check_columns(events, [place_column], name="events")
    geocoder = _Geocoder(gazetteer, boundary, uncertainty, threshold)
    table = pd.DataFrame(events).reset_index(drop=True).copy()
    for column in ("location_uncertainty_km", "frontage_from_km", "frontage_to_km"):
        if column in table:
            table[column] = _numbers(table[column])
    known = _placed_already(table)
    # Exports repeat a few names thousands of times: each text is read once for the same hints.
    read: dict[tuple[str, Hints], GeocodedText] = {}

    def answer(row: int, text: Any) -> GeocodedText:
        hints = _hints_of(table, row, geocoder.gazetteer)
        if not isinstance(text, str):
            return geocoder.geocode(text, hints, ner)
        if (text, hints) not in read:
            read[text, hints] = geocoder.geocode(text, hints, ner)
        return read[text, hints]

    answers = [
        None if done else answer(row, text)
        for row, (text, done) in enumerate(zip(table[place_column], known, strict=True))
    ]
    placed = _filled(table, answers)
    if explain:
        placed["geocode_explanation"] = [None if a is None else _explanation(a) for a in answers]
    placed.attrs = {
        **events.attrs,
        "geocoding": {
            "place_column": place_column,
            "threshold": threshold,
            "boundary": geocoder.boundary.summary(),
            "gazetteer_places": len(geocoder.gazetteer),
            "library_version": __version__,
            "placed": int(sum(a is not None and a.found for a in answers)),
            "refused": int(sum(a is not None and not a.found for a in answers)),
            "kept": int(known.sum()),
        },
    }
    return check_events(placed)


def _numbers(column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    bad = numbers.isna() & column.notna()
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ParameterError(
            f"{column.name} of events must be numbers, missing where unknown, but row {row + 1} has "
            f"{column.iloc[row]!r}."
        )
    return numbers


def _explanation(answer: GeocodedText) -> str:
    """Return the names of a text and what became of each, in one line."""
    names = [
        f"{row.text!r}: {row.role}"
        if row.place_id is None
        else f"{row.text!r}: {row.role}, {row.name} ({row.place_id}, {row.match_type}, {row.score:.2f})"
        for row in (_MentionRow(*values) for values in answer.mentions.itertuples(index=False))
    ]
    return "; ".join(names) or "no name found"


class _MentionRow(NamedTuple):
    """A row of the table of mentions."""

    start: int
    end: int
    text: str
    role: str
    place_id: str | None
    name: str | None
    feature_class: str | None
    country: str | None
    score: float
    match_type: str | None
    runner_up: float
    ambiguous: bool


def _placed_already(table: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.bool_]]:
    known = np.zeros(len(table), dtype=bool)
    if "geometry" in table:
        geometry = table["geometry"].to_numpy(dtype=object)
        known |= ~(shapely.is_missing(geometry) | shapely.is_empty(geometry))
    if "frontage_from_km" in table:
        known |= table["frontage_from_km"].notna().to_numpy()
    return known


def _hints_of(table: pd.DataFrame, row: int, gazetteer: Gazetteer) -> Hints:
    def cell(column: str) -> str | None:
        value = table[column].iloc[row] if column in table else None
        return value.strip() or None if isinstance(value, str) else None

    side = cell("country_side")
    return gazetteer.hints(
        side if side in OTHER_SIDE else None, cell("admin1"), cell("admin2"), strict=False
    )


def _filled(table: pd.DataFrame, answers: Sequence[GeocodedText | None]) -> gpd.GeoDataFrame:
    points = [
        shapely.Point(a.lon, a.lat) if a is not None and a.lon is not None else None
        for a in answers
    ]
    old = table["geometry"].tolist() if "geometry" in table else [None] * len(table)
    geometry = [new if new is not None else before for new, before in zip(points, old, strict=True)]
    values = {
        "location_precision": [a and a.location_precision for a in answers],
        "location_uncertainty_km": [a and a.location_uncertainty_km for a in answers],
        "frontage_from_km": [a and a.frontage_from_km for a in answers],
        "frontage_to_km": [a and a.frontage_to_km for a in answers],
        "place_ids": [list(a.place_ids) if a is not None else None for a in answers],
        "location_basis": [a and a.reason for a in answers],
        "country_side": [a and a.country_side for a in answers],
        "admin1": [a and a.admin1 for a in answers],
        "admin2": [a and a.admin2 for a in answers],
    }
    filled = table.drop(columns="geometry", errors="ignore")
    for column, new in values.items():
        added = pd.Series(new, index=filled.index, dtype=object)
        if column in filled:
            missing = filled[column].isna()
            # What was said of the place before is void once the place is found anew.
            if column.startswith(("location_", "frontage_")):
                missing |= pd.Series([a is not None for a in answers], index=filled.index)
            added = added.where(missing, filled[column])
        filled[column] = added
    for column in ("location_uncertainty_km", "frontage_from_km", "frontage_to_km"):
        filled[column] = pd.to_numeric(filled[column])
    filled["geocode_score"] = [a.score if a is not None else np.nan for a in answers]
    filled["geocode_ambiguous"] = [bool(a is not None and a.ambiguous) for a in answers]
    return gpd.GeoDataFrame(filled, geometry=geometry, crs=4326)
