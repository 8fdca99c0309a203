"""
Where a place of the gazetteer stands on the border: a point near it, a stretch of it, or nowhere on it.
"""

from __future__ import annotations

from dataclasses import dataclass

from frontier_geo.boundary import Boundary
from frontier_geo.gazetteer import Gazetteer
from frontier_geo.location_precision import LocationUncertainty
from frontier_geo.resolving import Place

__all__ = ["NEAR_BORDER_KM", "Footing", "Ground"]

NEAR_BORDER_KM = 25.0  # farther from the line than this, a place is not on the border
#: Kinds of place whose point is a label on something large.
LARGE = ("physical", "river")


@dataclass(frozen=True)
class Footing:
    """
    What the gazetteer supports saying of a place.

    Attributes
    ----------
    place : Place
        The place.
    precision : str
        A word of `PRECISIONS`.
    lon, lat : float or None
        Its point, where it supports one.
    radius_km : float or None
        Radius that holds the true place in about 95 of 100 cases.
    from_km, to_km : float or None
        The stretch of border it stands for; of a point, what lies within its radius along the line.
    distance_km : float or None
        From the border, of a point.
    why : str
        In a few words, what this rests on.
    """

    place: Place
    precision: str
    lon: float | None = None
    lat: float | None = None
    radius_km: float | None = None
    from_km: float | None = None
    to_km: float | None = None
    distance_km: float | None = None
    why: str = ""

    @property
    def is_point(self) -> bool:
        """Whether a point stands for the place."""
        return self.lon is not None

    @property
    def on_border(self) -> bool:
        """Whether it stands for some part of the border."""
        return self.from_km is not None

    @property
    def middle_km(self) -> float:
        """Middle of its stretch. Only where it is on the border."""
        if self.from_km is None or self.to_km is None:
            raise ValueError(f"{self.place.name} is not on the border")
        return (self.from_km + self.to_km) / 2


class Ground:
    """
    The border and a gazetteer, for finding footings.

    Parameters
    ----------
    boundary : Boundary
        The line.
    gazetteer : Gazetteer
        The places; their stretches are of the same line.
    uncertainty : LocationUncertainty
        Radii.
    """

    def __init__(
        self, boundary: Boundary, gazetteer: Gazetteer, uncertainty: LocationUncertainty
    ) -> None:
        self.boundary = boundary
        self.gazetteer = gazetteer
        self.uncertainty = uncertainty

    def footing(
        self, place: Place, *, near: bool = False, sector: bool = False, mouth: bool = False
    ) -> Footing:
        """
        Return what can be said of a place.

        Parameters
        ----------
        place : Place
            From the gazetteer.
        near : bool, default False
            Whether the report says *near* it, or in its zone.
        sector : bool, default False
            Whether the report means the stretch that a post or detachment guards.
        mouth : bool, default False
            Whether the report says that it means the mouth of a river.
        """
        wide = place.feature_class in ("province", "district")
        if place.has_stretch and (wide or sector or not place.has_point or self._is_large(place)):
            return self._stretch(place)
        if place.feature_class == "river" and not place.has_stretch and not mouth:
            return Footing(
                place, "country", why="the river runs inland, only its mouth is at the border"
            )
        if wide:
            return Footing(place, place.feature_class, why="it does not touch the border")
        if place.has_point and not self._is_large(place):
            return self._point(place, near or place.feature_class in ("post", "jamoat"))
        return self._around(place)

    def _is_large(self, place: Place) -> bool:
        if place.feature_class not in LARGE:
            return False
        return self.gazetteer.coord_precision[place.row] != "exact"

    def _stretch(self, place: Place) -> Footing:
        length = place.to_km - place.from_km
        kinds = {"province": "province", "district": "district"}
        return Footing(
            place,
            kinds.get(place.feature_class, "frontage"),
            radius_km=length / 2,
            from_km=max(0.0, place.from_km),
            to_km=min(self.boundary.length_km, place.to_km),
            why="its stretch of the border",
        )

    def _point(self, place: Place, near: bool) -> Footing:
        quality = self.gazetteer.coord_precision[place.row]
        if near:
            precision = "near_settlement"
        else:
            precision = "exact" if quality == "exact" else "settlement"
        radius = self.uncertainty.radius_km(precision, quality) or 0.0
        found = self.boundary.index.locate([place.lon], [place.lat])
        chainage, distance = float(found.chainage_m[0]) / 1000, float(found.distance_m[0]) / 1000
        beside = distance <= NEAR_BORDER_KM
        return Footing(
            place,
            precision,
            lon=place.lon,
            lat=place.lat,
            radius_km=radius,
            from_km=max(0.0, chainage - radius) if beside else None,
            to_km=min(self.boundary.length_km, chainage + radius) if beside else None,
            distance_km=distance,
            why="the gazetteer has its point",
        )

    def _around(self, place: Place) -> Footing:
        """Fall back on the district or province of a place without a point."""
        what = (
            "its point is only a label" if place.has_point else "the gazetteer has no point for it"
        )
        for home, kind in (
            (self.gazetteer.districts.get((place.country, place.admin2)), "district"),
            (self.gazetteer.provinces.get((place.country, place.admin1)), "province"),
        ):
            if home is None:
                continue
            if not home.has_stretch:
                return Footing(
                    place,
                    kind,
                    why=f"{what}, and its {kind}, {home.name}, does not touch the border",
                )
            wide = self._stretch(home)
            return Footing(
                place,
                kind,
                radius_km=wide.radius_km,
                from_km=wide.from_km,
                to_km=wide.to_km,
                why=f"{what}: the stretch of its {kind}, {home.name}",
            )
        return Footing(place, "country", why=what)
