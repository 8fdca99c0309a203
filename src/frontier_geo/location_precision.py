"""
How precisely a report says where something happened: one scale of words, and a radius for each.

Every default radius stands here with its source, and all of them can be replaced.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from frontier_geo._summaries import summary_html
from frontier_geo._validation import check_choice, check_number
from frontier_geo.errors import ParameterError

__all__ = ["PRECISIONS", "LocationPrecision", "LocationUncertainty"]


def _radius(default: float, source: str) -> Any:
    """Return a field that holds a radius in km and where the number comes from."""
    return field(default=default, metadata={"source": source})


@dataclass(frozen=True)
class LocationUncertainty:
    """
    How far off a place may be, by how precisely it was reported: every default in one place.

    Each field is a radius in kilometres that holds the true place in about 95 of 100 cases. The
    first word of its name is what the report says (`location_precision`); ``_site`` and ``_rounded``
    are for a gazetteer coordinate better or worse than a settlement's own point
    (`coord_precision` ``exact`` and ``approximate``). Where each number comes from is in `reasons`.
    Another choice: ``dataclasses.replace(LocationUncertainty(), settlement_km=5.0)``, passed as
    `uncertainty` to `locate_events`. Stretches have no radius: their extent is the uncertainty.

    Attributes
    ----------
    exact_km, settlement_km, settlement_site_km, settlement_rounded_km : float
        At a place whose own coordinate is known; in a village, its coordinate better or worse.
    near_settlement_km, near_settlement_site_km, near_settlement_rounded_km : float
        Near a village.
    unstated_km, media_km : float
        Of a point that does not say; and what Weidmann (2015) found for reports of media.

    Examples
    --------
    >>> defaults = LocationUncertainty()
    >>> defaults.radius_km("settlement"), defaults.radius_km("near_settlement", "approximate")
    (3.0, 15.0)
    >>> defaults.radius_km("district") is None
    True
    >>> from dataclasses import replace
    >>> replace(defaults, settlement_km=5.0).radius_km("settlement")
    5.0
    """

    exact_km: float = _radius(
        1.0,
        "judgement: the length of a bridge, its approaches and the rounding of the coordinate",
    )
    settlement_km: float = _radius(
        3.0,
        "judgement: a village's point may lie 1 to 2 km from its centre, its fields reach as far "
        "again",
    )
    settlement_site_km: float = _radius(
        2.0, "judgement: at a site with its own coordinate; the ground around it counts as the site"
    )
    settlement_rounded_km: float = _radius(
        5.0,
        "the coordinate is rounded to whole arc-minutes (up to 1.2 km) or is a namesake's, and the "
        "place itself has an extent of 3 km",
    )
    near_settlement_km: float = _radius(
        10.0, "a post watches 10 to 20 km of river, and a report names the nearest village"
    )
    near_settlement_site_km: float = _radius(5.0, "judgement: near a site with its own coordinate")
    near_settlement_rounded_km: float = _radius(
        15.0, "near_settlement_km and settlement_rounded_km together"
    )
    unstated_km: float = _radius(
        0.0, "a point given without precision and radius is taken at its word, as exact"
    )
    media_km: float = _radius(
        68.2,
        "Weidmann 2015, J. Conflict Resolution 59(6), on Afghanistan: about 80 % of events placed "
        "from media lie within 50 km of the truth; isotropic and normal, that is a standard "
        "deviation of 50 / sqrt(2 ln 5) = 27.9 km, and 2.448 of them hold 95 %. Used for no row by "
        "itself: put it in unstated_km for events that others placed from the media",
    )

    def __post_init__(self) -> None:
        for name in self.as_dict():
            number = check_number(getattr(self, name), name=name, unit="km")
            if number < 0:
                raise ParameterError(f"{name} must be 0 km or more, but is {number:g}.")

    def radius_km(
        self, location_precision: str | None, coord_precision: str | None = None
    ) -> float | None:
        """
        Return the radius that holds a place in about 95 of 100 cases.

        Parameters
        ----------
        location_precision : str or None
            A word of `PRECISIONS`; None where the report does not say.
        coord_precision : {"exact", "settlement", "approximate"} or None, optional
            How good the coordinate itself is, as in the gazetteer; other words are as
            ``settlement``.

        Returns
        -------
        float or None
            Kilometres. None for stretches, and where there is no place.

        Raises
        ------
        ParameterError
            If `location_precision` is not in the vocabulary.
        """
        if location_precision is None:
            return self.unstated_km
        check_choice(location_precision, tuple(_KINDS), name="location_precision")
        if _KINDS[location_precision] != "point":
            return None
        ending = {"exact": "_site", "approximate": "_rounded"}.get(coord_precision or "", "")
        usual: float = getattr(self, f"{location_precision}_km")
        return float(getattr(self, f"{location_precision}{ending}_km", usual))

    def as_dict(self) -> dict[str, float]:
        """
        Return every radius by the name of its field.

        Returns
        -------
        dict of str to float
            Kilometres.
        """
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def reasons(cls) -> dict[str, str]:
        """
        Return where each default comes from, by the name of its field.

        Returns
        -------
        dict of str to str
        """
        return {each.name: each.metadata["source"] for each in fields(cls)}

    def _repr_html_(self) -> str:
        facts = [
            (name, f"{value} ({self.reasons()[name]})") for name, value in self.as_dict().items()
        ]
        return summary_html("How far off a place may be, in km", facts)


_KINDS = {
    "exact": "point",
    "settlement": "point",
    "near_settlement": "point",
    "district": "stretch",
    "province": "stretch",
    "frontage": "stretch",
    "country": "none",
    "unknown": "none",
}
_MEANINGS = {
    "exact": "at a bridge, post or marker whose own place is known",
    "settlement": "in a named village or town",
    "near_settlement": "near a named village, or in a post's area",
    "district": "somewhere on a district's stretch of the border",
    "province": "somewhere on a province's stretch of the border",
    "frontage": "somewhere on a named sector or between named places",
    "country": "somewhere on the border",
    "unknown": "the report does not say",
}


@dataclass(frozen=True)
class LocationPrecision:
    """
    How precisely a report says where something happened.

    Attributes
    ----------
    name, meaning : str
        The word in the column `location_precision`, and what it means.
    kind : {"point", "stretch", "none"}
        What stands for the place: a point, a stretch of the border, or nothing.
    uncertainty_km : float or None
        Radius that holds the true place in about 95 of 100 cases, where a row does not give its
        own. None for stretches, whose extent is the uncertainty.
    basis : str
        Why this number.
    """

    name: str
    meaning: str
    kind: str
    uncertainty_km: float | None
    basis: str


def _precision(name: str) -> LocationPrecision:
    """Describe one word of `location_precision`."""
    basis = {"stretch": "the stretch itself", "none": "no place"}.get(_KINDS[name])
    return LocationPrecision(
        name=name,
        meaning=_MEANINGS[name],
        kind=_KINDS[name],
        uncertainty_km=LocationUncertainty().radius_km(name),
        basis=basis or LocationUncertainty.reasons()[f"{name}_km"],
    )


PRECISIONS = MappingProxyType({name: _precision(name) for name in _KINDS})
