"""By which rules two reports are held to be one incident: every number in one place, with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from frontier_geo._summaries import summary_html
from frontier_geo._validation import check_number, check_positive
from frontier_geo.errors import ParameterError

__all__ = ["FAMILIES", "MatchRules"]

#: Which words of `event_type` two reports may use for one incident: those that share a family.
#: ``other`` says nothing and goes with every word.
FAMILIES = MappingProxyType(
    {
        "armed_clash": frozenset({"fight"}),
        "cross_border_fire": frozenset({"fight", "civilians"}),
        "explosion_or_shelling": frozenset({"fight", "civilians"}),
        "attack_on_civilians": frozenset({"civilians", "crowd", "fight"}),
        "abduction": frozenset({"civilians"}),
        "attack_on_property": frozenset({"civilians", "crowd"}),
        "arrest": frozenset({"law"}),
        "infiltration": frozenset({"fight", "law"}),
        "smuggler_killed_or_detained": frozenset({"fight", "law"}),
        "drug_seizure": frozenset({"law"}),
        "border_closure": frozenset({"posture"}),
        "military_build_up": frozenset({"posture"}),
        "protest_or_riot": frozenset({"crowd"}),
        "agreement_or_talks": frozenset({"posture"}),
        "statement_or_threat": frozenset({"posture"}),
    }
)


def _rule(default: Any, reason: str) -> Any:
    """Return a field that holds a number of the rules and why it is so."""
    return field(default=default, metadata={"reason": reason})


@dataclass(frozen=True)
class MatchRules:
    """
    How two reports are compared, and when they are one incident.

    The score of a pair is a probability: ``1 / (1 + exp(-(prior + date + place + type + actors +
    casualties + report)))``. Each part is a log likelihood ratio: how much likelier is what the two
    say if they report one incident than if they report two. What is missing adds nothing, so a pair
    without a place cannot come as near to 1 as one with. Every number can be replaced:
    ``dataclasses.replace(MatchRules(), threshold=0.8)``; why it is so stands in `reasons`.

    Attributes
    ----------
    threshold, plausible, prior : float
        From which score two reports are one incident; the least of any two members; log odds beforehand.
    day_errors, reference_days, reference_km, reference_area_km2 : float or tuple of float
        How far off dates are, and over how many days and km unrelated incidents spread.
    slack_km, gross_km, district_km, province_km, episode_days : float
        Of places and episodes. Each, and all others, with its reason in `reasons`.

    Examples
    --------
    >>> MatchRules().threshold
    0.7
    >>> MatchRules.reasons()["threshold"]
    'a wrong merger loses an incident, a missed one only counts it twice: rather above one half'
    """

    threshold: float = _rule(
        0.7,
        "a wrong merger loses an incident, a missed one only counts it twice: rather above one half",
    )
    plausible: float = _rule(
        0.05, "no two members of one incident may be less likely the same than this"
    )
    prior: float = _rule(
        -3.5,
        "log odds, 1 in 33, that two reports of two sources within reference_days and "
        "reference_km of each other are one incident (judgement)",
    )
    day_errors: tuple[float, ...] = _rule(
        (0.7, 0.1, 0.05),
        "shares of dates off by 0, +-1, +-2 days: press days and time zones (judgement). Farther "
        "apart two windows of dates are not compared",
    )
    reference_days: float = _rule(60.0, "days over which unrelated incidents are spread evenly")
    reference_km: float = _rule(100.0, "km of border over which they are spread evenly")
    reference_area_km2: float = _rule(
        2000.0, "the area over which they are: reference_km, 10 km deep on both banks"
    )
    scatter_km: float = _rule(
        1.0, "standard deviation between two coders' points for one place, beside what rows state"
    )
    gross_share: float = _rule(
        0.1, "share of places that are off by more than they say (judgement)"
    )
    gross_km: float = _rule(
        27.9,
        "standard deviation of those: Weidmann 2015, J. Conflict Resolution 59(6), 80 % of places "
        "taken from media lie within 50 km",
    )
    slack_km: float = _rule(
        15.0, "points farther apart than their two radii and this are not compared"
    )
    district_km: float = _rule(
        40.0, "radius of a point that stands for a district, where no stretch is given"
    )
    province_km: float = _rule(120.0, "radius of a point that stands for a province")
    same_type: float = _rule(
        1.0, "log of 0.65 / 0.25: share of equal words among equal and among unequal incidents"
    )
    other_type: float = _rule(-2.3, "log of 0.05 / 0.5: words that do not go together")
    same_actors: float = _rule(1.5, "names that are alike (judgement)")
    other_actors: float = _rule(
        -0.7, "names that are not; sources name one side by many names (judgement)"
    )
    figures: float = _rule(
        3.0, "most that killed, wounded, detained and narcotics together speak for or against"
    )
    same_report: float = _rule(3.0, "both cite one address; a round-up may tell several incidents")
    episode_days: int = _rule(7, "a window of dates longer than this may cover several incidents")
    episode_margin: float = _rule(
        1.0, "log odds by which the best partner of such a row must lead to be taken for the same"
    )

    def __post_init__(self) -> None:
        for name in ("threshold", "plausible", "gross_share"):
            if not 0 <= check_number(getattr(self, name), name=name, unit="0 to 1") < 1:
                raise ParameterError(
                    f"{name} must lie between 0 and 1, but is {getattr(self, name)!r}."
                )
        for name in ("reference_days", "reference_km", "reference_area_km2", "scatter_km"):
            check_positive(getattr(self, name), name=name, unit="days or km")
        for name in ("slack_km", "gross_km", "district_km", "province_km", "episode_days"):
            if check_number(getattr(self, name), name=name, unit="days or km") < 0:
                raise ParameterError(f"{name} must be 0 or more, but is {getattr(self, name)!r}.")
        shares = self.day_errors
        if not shares or min(shares) < 0 or shares[0] + 2 * sum(shares[1:]) > 1 + 1e-9:
            raise ParameterError(
                "day_errors must be shares of 0, +-1, +-2 ... days that add up to 1 or less (the "
                f"others twice), but are {shares!r}."
            )

    @property
    def tolerance_days(self) -> int:
        """Days by which two windows of dates may miss each other."""
        return len(self.day_errors) - 1

    def as_dict(self) -> dict[str, Any]:
        """
        Return every number by the name of its field.

        Returns
        -------
        dict
        """
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @classmethod
    def reasons(cls) -> dict[str, str]:
        """
        Return why each default is what it is, by the name of its field.

        Returns
        -------
        dict of str to str
        """
        return {each.name: each.metadata["reason"] for each in fields(cls)}

    def _repr_html_(self) -> str:
        facts = [
            (name, f"{value} ({self.reasons()[name]})") for name, value in self.as_dict().items()
        ]
        return summary_html("Rules of matching", facts)
