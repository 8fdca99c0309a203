"""
How good geocoding is: answers held against a gold set of texts whose place is known.

The measures are those of the geoparsing literature, with two for a border: within 5 km, and on the
right segment. A refusal is never an error, and a wrong answer that was not flagged as doubtful is
counted on its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from pyproj import Geod

from frontier_geo._summaries import summary_html
from frontier_geo._validation import check_choice, check_columns, check_lonlat
from frontier_geo.boundary import Boundary
from frontier_geo.datasets import load_gazetteer
from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.geocoding import geocode_text
from frontier_geo.locating import locate_points, same_boundary
from frontier_geo.segments import check_segments, make_segments, segment_of

__all__ = ["GeocodingEvaluation", "evaluate_geocoding", "log_error_auc"]

WGS84 = Geod(ellps="WGS84")
LARGEST_ERROR_KM = 20_039.0  # half the equator: no two places lie further apart
NEAR_KM = 5.0  # two coordinates of one village lie this close
COARSE_POINT_KM = 30.0  # a label point of an area, a lake or a range
STRETCH_SLACK_KM = 2.0  # what the ends of the district stretches are good for
OFF_BORDER_KM = 25.0  # about the depth of the districts on the border
KINDS = ("name", "phrase", "relative", "ambiguous", "negative")
VERDICTS = ("right", "coarse", "wrong", "refused", "ambiguous")
BOTH_BANKS = ("river", "crossing")
STRETCHES = ("district", "province")
NOTHING = ("unknown", "country")


@dataclass(frozen=True)
class GeocodingEvaluation:
    """
    What `evaluate_geocoding` found; printing it shows a summary.

    Attributes
    ----------
    n, n_located, n_answered : int
        Texts; those whose true place is known, neither negative nor ambiguous; texts with a plain
        answer, that is neither refused nor flagged as ambiguous.
    right_share, coarse_share, wrong_share, refused_share, ambiguous_share : float
        Shares of all texts by verdict; they sum to 1.
    right_of_answered : float
        Of the texts with a plain answer, the share that is right.
    first_answer_share : float
        Of all texts, the share that is right once flags of ambiguity are put aside: the place, the
        stretch or the first of the places named is an accepted one.
    confidently_wrong_share : float
        Of all texts, the share with a plain answer that is wrong.
    wrong_country : int
        Plain answers on the wrong bank.
    accuracy_at_5km, accuracy_at_segment, accuracy_at_161km : float
        Of the texts whose true place is known, the share answered within 5 km, on the right segment,
        within 161 km. Without an answer, a text counts as missed.
    mean_error_km, median_error_km, auc_log_error : float
        Over the answered texts alone; see `log_error_auc`.
    mean_stretch_km : float
        Mean length of the stretches answered: a long stretch holds the truth easily.
    confusion : DataFrame
        Texts by class of the true place (rows) and precision of the answer (columns).
    rows : DataFrame
        One row a text: the gold row with ``verdict, reason, first_answer_right, error_km,
        same_segment, status, location_precision, place_ids_found, score``, the answer's place and
        the geocoder's own reason.
    attrs : dict
        Boundary, number of segments and the limits used.
    """

    n: int
    n_located: int
    n_answered: int
    right_share: float
    coarse_share: float
    wrong_share: float
    refused_share: float
    ambiguous_share: float
    right_of_answered: float
    first_answer_share: float
    confidently_wrong_share: float
    wrong_country: int
    accuracy_at_5km: float
    accuracy_at_segment: float
    accuracy_at_161km: float
    mean_error_km: float
    median_error_km: float
    auc_log_error: float
    mean_stretch_km: float
    confusion: pd.DataFrame = field(repr=False)
    rows: pd.DataFrame = field(repr=False)
    attrs: dict[str, Any] = field(default_factory=dict, repr=False)

    def by(self, column: str) -> pd.DataFrame:
        """
        Count the verdicts for each value of a column of the gold set, such as "script" or "kind".

        Parameters
        ----------
        column : str
            A column of the gold set.

        Returns
        -------
        DataFrame
            One row a value: ``n``, the number of each verdict, ``right_share``.

        Raises
        ------
        ColumnError
            If the gold set has no such column.
        """
        check_columns(self.rows, [column], name="the gold set")
        table = pd.crosstab(self.rows[column].fillna(""), self.rows["verdict"])
        table = table.reindex(columns=list(VERDICTS), fill_value=0)
        table.columns.name = None
        table.insert(0, "n", table.sum(axis=1))
        table["right_share"] = table["right"] / table["n"]
        return table

    def __str__(self) -> str:
        def percent(value: float) -> str:
            return "–" if math.isnan(value) else f"{100 * value:.1f} %"

        def km(value: float) -> str:
            return "–" if math.isnan(value) else f"{value:.1f} km"

        return "\n".join(
            [
                f"Geocoding of {self.n} texts, {self.n_located} of them with a known place",
                f"  right                  {percent(self.right_share)} of all, "
                f"{percent(self.right_of_answered)} of the {self.n_answered} plain answers",
                f"  right first answer     {percent(self.first_answer_share)}, flags put aside",
                f"  too coarse             {percent(self.coarse_share)}",
                f"  wrong                  {percent(self.wrong_share)}, "
                f"confidently {percent(self.confidently_wrong_share)}, "
                f"wrong bank {self.wrong_country}",
                f"  refused                {percent(self.refused_share)}",
                f"  ambiguous              {percent(self.ambiguous_share)}",
                f"  within 5 km            {percent(self.accuracy_at_5km)}",
                f"  on the right segment   {percent(self.accuracy_at_segment)}"
                f" (mean stretch answered {km(self.mean_stretch_km)})",
                f"  within 161 km          {percent(self.accuracy_at_161km)}",
                f"  error                  mean {km(self.mean_error_km)}, "
                f"median {km(self.median_error_km)}, AUC {self.auc_log_error:.3f}",
            ]
        )

    def _repr_html_(self) -> str:
        title, *lines = str(self).splitlines()
        parts = (line.strip().partition("  ") for line in lines)
        return summary_html(title, [(name, told.strip()) for name, _, told in parts])


def log_error_auc(error_km: ArrayLike) -> float:
    """
    Measure the area under the curve of the logarithm of the errors, from 0 (best) to 1.

    Parameters
    ----------
    error_km : array_like of float, shape (n,)
        Kilometres, none negative.

    Returns
    -------
    float
        The sorted values of ln(1 + error), integrated by the trapezoidal rule and divided by the
        area of n errors of 20,039 km, half the equator. NaN without errors; one error stands for
        the whole curve.

    Raises
    ------
    ParameterError
        If an error is negative or not a number.

    References
    ----------
    Gritta, Pilehvar & Collier (2020), Lang. Resources & Evaluation 54, 683-712.
    https://doi.org/10.1007/s10579-019-09475-3

    Examples
    --------
    >>> round(log_error_auc([0.0, 20_038.0]), 9)
    0.5
    """
    error = np.sort(np.atleast_1d(np.asarray(error_km, dtype=np.float64)))
    if error.size and not (error[0] >= 0 and np.isfinite(error[-1])):
        raise ParameterError(
            f"Errors must be finite numbers of km from 0 up, but range from {error[0]} to "
            f"{error[-1]}. Leave out the texts without an answer."
        )
    if not error.size:
        return math.nan
    curve = np.log1p(error)
    area = curve[0] if error.size == 1 else (curve[1:] + curve[:-1]).mean() / 2
    return float(area / math.log(LARGEST_ERROR_KM))


def evaluate_geocoding(
    gold: pd.DataFrame,
    *,
    gazetteer: Any = None,
    boundary: Boundary | None = None,
    segments: pd.DataFrame | None = None,
    geocode: Callable[[str], Any] | None = None,
) -> GeocodingEvaluation:
    """
    Geocode texts whose place is known, and say how good the answers are.

    Parameters
    ----------
    gold : DataFrame
        One row a text: ``text`` and its true place, as ``place_id`` (several accepted ones separated
        by ";"), as ``lon, lat``, or as ``from_km, to_km``; an interval goes before a point, a point
        before a `place_id`. Optional: ``country`` ("TJ", "AF", "both"), where both banks are meant
        or the place does not say it; ``kind``, whose "negative" means that the text names no place
        on the border, and "ambiguous" that it does not say which of two.
    gazetteer : Gazetteer, optional
        Where `place_id` is looked up, and what the texts are geocoded with. Default: the shipped one.
    boundary : Boundary, optional
        Default: the shipped border.
    segments : DataFrame, optional
        For the accuracy by segment. Default: segments of 10 km.
    geocode : callable, optional
        Takes a text and returns what `geocode_text` returns. Default: `geocode_text` with `gazetteer`
        and `boundary`.

    Returns
    -------
    GeocodingEvaluation

    Raises
    ------
    ColumnError
        If `text` is missing, or every column that could hold a place.
    ParameterError
        If the gold set is empty, a place_id is unknown, an interval is reversed or off the line, or
        a row has no place though it is neither negative nor ambiguous.
    CoordinateError
        If a coordinate is missing or out of range.

    Notes
    -----
    **True places.** A place that stands for a stretch (district, province, detachment, river) is
    that stretch; any other is its point. A place without coordinates counts as the stretch of its
    district, and any answer within it is right. Of several accepted places the best counts.

    **Verdict.** *right*: a point within 5 km of the true point (30 km where the gazetteer has only a
    label point); or a stretch that holds at least half of the shorter of the two while the longer is
    at most twice the shorter plus 10 km; or, for a true point, a stretch no coarser than a district
    that holds it, give or take 2 km. A point answer counts as its interval of ± its uncertainty, at
    least 5 km. *coarse*: holds the truth but is longer than that. *wrong*: anything else, the wrong
    bank always. *refused*: no place. *ambiguous*: flagged as such. For a negative text right is a
    refusal or a place off the border; for an ambiguous text right is the flag.

    **Error.** The geodesic distance between two points; a stretch stands at its middle on the line.

    **Segment.** A point lies on the segment of its nearest place on the line. Point and point: the
    same segment. Point and stretch: the segment overlaps the stretch. Two stretches: the middle of
    each lies within the other.

    References
    ----------
    Gritta, Pilehvar & Collier (2020), Lang. Resources & Evaluation 54, 683-712.
    https://doi.org/10.1007/s10579-019-09475-3

    Examples
    --------
    >>> gold = pd.DataFrame(
    ...     {"text": ["в Шуроабадском районе"], "place_id": ["tj-d-shamsiddin-shohin"]}
    ... )
    >>> evaluate_geocoding(gold).right_share
    1.0
    """
    _check_gold(gold)
    boundary = same_boundary(boundary, segments=segments)
    segments = make_segments(boundary) if segments is None else segments
    check_segments(segments)
    gazetteer = load_gazetteer() if gazetteer is None else gazetteer
    if geocode is None:
        geocode = partial(geocode_text, gazetteer=gazetteer, boundary=boundary)
    truths = _with_chainage(_true_places(gold, gazetteer, boundary), boundary)
    answers = _with_chainage(
        [[_read_answer(geocode(text))] for text in gold["text"].astype(str)], boundary
    )
    judged = [
        _judge(kind, truth, answer[0], boundary, segments)
        for kind, truth, answer in zip(_kinds(gold), truths, answers, strict=True)
    ]
    return _summary(gold, truths, [answer[0] for answer in answers], judged, boundary, segments)


# ---- what a row says ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Spot:
    """A place, true or answered: a point, a stretch, or neither; `km` is where it stands."""

    place_id: str | None = None
    feature_class: str = ""
    country: str | None = None
    lon: float = math.nan
    lat: float = math.nan
    from_km: float = math.nan
    to_km: float = math.nan
    km: float = math.nan
    off_km: float = 0.0
    reach_km: float = NEAR_KM
    anywhere_within: bool = False  # the report's place is somewhere on this stretch
    status: str = "plain"  # of an answer: plain, refused, ambiguous, off_border
    answer: Any = None

    @property
    def stretch(self) -> bool:
        return not math.isnan(self.from_km)

    @property
    def point(self) -> bool:
        return not self.stretch and not math.isnan(self.lon)


@dataclass(frozen=True)
class _Judged:
    verdict: str
    reason: str
    first_right: bool = False
    error_km: float = math.nan
    same_segment: bool = False
    wrong_country: bool = False


def _check_gold(gold: pd.DataFrame) -> None:
    """Refuse a gold set without texts or places."""
    if not isinstance(gold, pd.DataFrame):
        raise ColumnError(
            f"gold must be a DataFrame with the columns 'text' and a place, but is a "
            f"{type(gold).__name__}. Read a file first, as with pandas.read_csv(path)."
        )
    check_columns(gold, ["text"], name="gold")
    if not ({"place_id"} <= set(gold) or {"lon", "lat"} <= set(gold)):
        if not {"from_km", "to_km"} <= set(gold):
            raise ColumnError(
                "gold needs the true place of each text: the column 'place_id', the columns 'lon' and "
                f"'lat', or 'from_km' and 'to_km', but has only {', '.join(map(repr, gold))}."
            )
    if not len(gold):
        raise ParameterError("gold must hold at least one text, but is empty.")
    if gold["text"].isna().any():
        row = int(np.flatnonzero(gold["text"].isna())[0])
        raise ParameterError(f"Every row of gold needs a text, but row {row} has none.")


def _kinds(gold: pd.DataFrame) -> list[str]:
    if "kind" not in gold:
        return ["phrase"] * len(gold)
    kinds = [_text(value) or "phrase" for value in gold["kind"]]
    return [check_choice(kind, KINDS, name="kind of gold") for kind in kinds]


def _true_places(gold: pd.DataFrame, gazetteer: Any, boundary: Boundary) -> list[list[_Spot]]:
    """Return the accepted places of each row: none for a negative one."""
    places = _places_of(gazetteer)
    numbers = {
        name: _numbers(gold, name) for name in ("lon", "lat", "from_km", "to_km") if name in gold
    }
    nothing = np.full(len(gold), np.nan)
    lon, lat = numbers.get("lon", nothing), numbers.get("lat", nothing)
    start, stop = numbers.get("from_km", nothing), numbers.get("to_km", nothing)
    ids = gold["place_id"] if "place_id" in gold else [None] * len(gold)
    countries = gold["country"] if "country" in gold else [None] * len(gold)
    found: list[list[_Spot]] = []
    for row, (kind, name, country) in enumerate(zip(_kinds(gold), ids, countries, strict=True)):
        side = _text(country) or None
        if side is not None:
            check_choice(side, ("TJ", "AF", "both"), name=f"country of gold, row {row},")
        if kind == "negative":
            found.append([])
        elif not (math.isnan(start[row]) and math.isnan(stop[row])):
            _check_interval(start[row], stop[row], row, boundary)
            found.append(
                [_Spot(feature_class="stretch", country=side, from_km=start[row], to_km=stop[row])]
            )
        elif not (math.isnan(lon[row]) and math.isnan(lat[row])):
            check_lonlat([lon[row]], [lat[row]], name=f"gold row {row}, point")
            found.append([_Spot(feature_class="point", country=side, lon=lon[row], lat=lat[row])])
        else:
            wanted = [part.strip() for part in _text(name).split(";") if part.strip()]
            if not wanted and kind != "ambiguous":
                raise ParameterError(
                    f"Each text of gold needs its true place, but row {row} ({gold['text'].iloc[row]!r})"
                    " has none. Give place_id, lon and lat, or from_km and to_km; a text that names "
                    'no place on the border has the kind "negative".'
                )
            found.append([_spot_of(places, one, row, side) for one in wanted])
    return found


def _places_of(gazetteer: Any) -> pd.DataFrame:
    places = gazetteer.table if hasattr(gazetteer, "table") else gazetteer
    check_columns(places, ["place_id", "lat", "lon", "country"], name="gazetteer")
    places = places.drop_duplicates("place_id").set_index("place_id", drop=False)
    for name in ("feature_class", "admin2", "coord_precision"):
        if name not in places:
            places[name] = ""
    for name in ("from_km", "to_km"):
        if name not in places:
            places[name] = np.nan
    for name in ("lon", "lat", "from_km", "to_km"):
        places[name] = pd.to_numeric(places[name], errors="coerce")
    return places


def _spot_of(places: pd.DataFrame, place_id: str, row: int, side: str | None) -> _Spot:
    """Return what a row of the gazetteer stands for."""
    if place_id not in places.index:
        raise ParameterError(
            f"Every place_id of gold must be in the gazetteer, but {place_id!r} in row {row} is not. "
            "Correct it, or pass the gazetteer that has it as gazetteer=."
        )
    place = places.loc[place_id]
    kind = _text(place["feature_class"])
    country = side or (None if kind in BOTH_BANKS else _text(place["country"]) or None)
    spot = _Spot(place_id=place_id, feature_class=kind or "place", country=country)
    if not math.isnan(place["from_km"]):
        return replace(spot, from_km=float(place["from_km"]), to_km=float(place["to_km"]))
    if not math.isnan(place["lon"]):
        coarse = place["coord_precision"] == "polygon_centroid" or kind in ("physical", *STRETCHES)
        return replace(
            spot,
            lon=float(place["lon"]),
            lat=float(place["lat"]),
            reach_km=COARSE_POINT_KM if coarse else NEAR_KM,
        )
    within = places[
        (places["feature_class"] == "district")
        & (places["country"] == place["country"])
        & (places["admin2"] == place["admin2"])
        & places["from_km"].notna()
    ]
    if len(within) and _text(place["admin2"]):
        home = within.iloc[0]
        stretch = float(home["from_km"]), float(home["to_km"])
        return replace(spot, from_km=stretch[0], to_km=stretch[1], anywhere_within=True)
    return spot


def _check_interval(start: float, stop: float, row: int, boundary: Boundary) -> None:
    if math.isnan(start) or math.isnan(stop) or not 0 <= start <= stop <= boundary.length_km + 1e-6:
        raise ParameterError(
            f"A true stretch must run from a lower to a higher chainage within 0 to "
            f"{boundary.length_km:.3f} km, but row {row} of gold has from_km {start:g}, to_km {stop:g}."
        )


def _read_answer(given: Any) -> _Spot:
    """Bring an answer of the geocoder into the form of a place."""
    precision = _text(given.location_precision) or "unknown"
    side = _text(given.country_side)
    status = "plain"
    if bool(given.ambiguous):
        status = "ambiguous"
    elif bool(given.off_border):
        status = "off_border"
    elif precision in NOTHING:
        status = "refused"
    ids = tuple(given.place_ids or ())
    uncertainty = _number(given.location_uncertainty_km)
    spot = _Spot(
        place_id=ids[0] if ids else None,
        feature_class=precision,
        country=side if side in ("TJ", "AF") else None,
        reach_km=NEAR_KM if math.isnan(uncertainty) else max(NEAR_KM, uncertainty),
        status=status,
        answer=given,
    )
    start, stop = _number(given.frontage_from_km), _number(given.frontage_to_km)
    if not math.isnan(start) and not math.isnan(stop):
        return replace(spot, from_km=start, to_km=stop)
    return replace(spot, lon=_number(given.lon), lat=_number(given.lat))


def _with_chainage(rows: list[list[_Spot]], boundary: Boundary) -> list[list[_Spot]]:
    """Find where each place stands on the line: all points at once, stretches at their middle."""
    points = [spot for row in rows for spot in row if spot.point]
    near = locate_points([p.lon for p in points], [p.lat for p in points], boundary=boundary)
    stations = iter(zip(near["chainage_km"], near["distance_km"], strict=True))

    def placed(spot: _Spot) -> _Spot:
        if spot.point:
            km, off = next(stations)
            return replace(spot, km=float(km), off_km=float(off))
        if spot.stretch:
            return replace(spot, km=(spot.from_km + spot.to_km) / 2)
        return spot

    return [[placed(spot) for spot in row] for row in rows]


# ---- the verdict --------------------------------------------------------------------------------


def _judge(
    kind: str, truths: list[_Spot], answer: _Spot, boundary: Boundary, segments: pd.DataFrame
) -> _Judged:
    if kind in ("negative", "ambiguous"):
        judged = _judge_negative(answer) if kind == "negative" else _judge_ambiguous(answer)
        return replace(judged, first_right=judged.verdict == "right")
    if answer.status == "refused":
        return _Judged("refused", "no place found")
    graded = [_grade(truth, answer) for truth in truths]
    best = min(range(len(truths)), key=lambda i: VERDICTS.index(graded[i][0]))
    verdict, reason = graded[best]
    if answer.status == "ambiguous":
        first = verdict == "right" or any(truth.place_id == answer.place_id for truth in truths)
        reason = "flagged as ambiguous, though the text decides"
        return _Judged("ambiguous", reason, first_right=first and answer.place_id is not None)
    errors = [_error_km(truth, answer, boundary) for truth in truths]
    known = [error for error in errors if not math.isnan(error)]
    return _Judged(
        verdict,
        reason,
        first_right=verdict == "right",
        error_km=min(known) if known else math.nan,
        same_segment=any(_same_segment(truth, answer, segments) for truth in truths),
        wrong_country=verdict == "wrong" and all(_other_bank(truth, answer) for truth in truths),
    )


def _judge_negative(answer: _Spot) -> _Judged:
    if answer.status == "ambiguous":
        return _Judged("ambiguous", "flagged as ambiguous, though the text names no such place")
    if answer.status == "refused":
        return _Judged("right", "rightly refused")
    if answer.status == "off_border" or (answer.point and answer.off_km > OFF_BORDER_KM):
        return _Judged("right", "rightly said to be off the border")
    return _Judged("wrong", "placed on the border, though the text names no place there")


def _judge_ambiguous(answer: _Spot) -> _Judged:
    if answer.status == "ambiguous":
        return _Judged("right", "rightly flagged as ambiguous")
    if answer.status == "refused":
        return _Judged("refused", "refused without saying that the name is ambiguous")
    return _Judged("wrong", "one place chosen, though nothing in the text decides")


def _other_bank(truth: _Spot, answer: _Spot) -> bool:
    banks = {truth.country, answer.country}
    return banks == {"TJ", "AF"}


def _grade(truth: _Spot, answer: _Spot) -> tuple[str, str]:
    """Compare an answer with one accepted place."""
    if _other_bank(truth, answer):
        return "wrong", f"on the bank of {answer.country}, not of {truth.country}"
    if answer.place_id is not None and tuple(answer.answer.place_ids) == (truth.place_id,):
        return "right", "the place itself"
    if not (truth.stretch or truth.point) or not (answer.stretch or answer.point):
        if truth.point and answer.status == "off_border" and truth.off_km > OFF_BORDER_KM:
            return "right", "rightly said to be off the border"
        return "wrong", "another place"
    if truth.point and answer.point:
        distance = _geodesic_km(truth, answer)
        near = distance <= truth.reach_km
        return ("right" if near else "wrong"), f"{distance:.1f} km from the true point"
    if truth.point:
        return _point_in_stretch(truth, answer)
    return _stretches(truth, answer)


def _point_in_stretch(truth: _Spot, answer: _Spot) -> tuple[str, str]:
    slack = STRETCH_SLACK_KM
    if not answer.from_km - slack <= truth.km <= answer.to_km + slack:
        return "wrong", "the true point is not on this stretch"
    if answer.feature_class in ("province", *NOTHING):
        return "coarse", "the true point is on this stretch, but the text says more"
    return "right", "the true point is on this stretch"


def _stretches(truth: _Spot, answer: _Spot) -> tuple[str, str]:
    """Compare with a true stretch; a point answered stands for its interval of uncertainty."""
    if answer.point and answer.off_km > OFF_BORDER_KM:
        return "wrong", f"{answer.off_km:.0f} km from the border"
    start, stop = answer.from_km, answer.to_km
    if answer.point:
        start, stop = answer.km - answer.reach_km, answer.km + answer.reach_km
    slack = STRETCH_SLACK_KM
    if truth.anywhere_within and truth.from_km - slack <= start + slack:
        held = answer.point and truth.from_km - slack <= answer.km <= truth.to_km + slack
        if held or stop <= truth.to_km + 2 * slack:
            return "right", "within the district of a place without a coordinate"
    shared = min(stop, truth.to_km) - max(start, truth.from_km)
    shorter, longer = sorted((stop - start, truth.to_km - truth.from_km))
    if shared < 0.5 * shorter or shared < 0:
        return "wrong", "another stretch"
    if longer <= 2 * shorter + 2 * NEAR_KM:
        return "right", "the same stretch"
    if stop - start > truth.to_km - truth.from_km:
        return "coarse", "holds the true stretch, but the text says more"
    return "wrong", "narrower than the text says"


def _error_km(truth: _Spot, answer: _Spot, boundary: Boundary) -> float:
    """Measure from the true place to the answer, a stretch standing at its middle on the line."""
    if not (truth.stretch or truth.point) or not (answer.stretch or answer.point):
        return math.nan
    return _geodesic_km(_stand(truth, boundary), _stand(answer, boundary))


def _stand(spot: _Spot, boundary: Boundary) -> _Spot:
    if spot.point:
        return spot
    lon, lat = boundary.lonlat_at([spot.km])
    return _Spot(lon=float(lon[0]), lat=float(lat[0]))


def _geodesic_km(one: _Spot, other: _Spot) -> float:
    return float(WGS84.inv(one.lon, one.lat, other.lon, other.lat)[2]) / 1000


def _same_segment(truth: _Spot, answer: _Spot, segments: pd.DataFrame) -> bool:
    if math.isnan(truth.km) or math.isnan(answer.km):
        return False
    if truth.stretch and answer.stretch:
        return (
            answer.from_km <= truth.km <= answer.to_km and truth.from_km <= answer.km <= truth.to_km
        )
    where = segment_of(segments, [truth.km, answer.km])
    if not (truth.stretch or answer.stretch):
        return bool(where[0] == where[1] and where[0] >= 0)
    stretch, row = (truth, where[1]) if truth.stretch else (answer, where[0])
    if row < 0:
        return False
    segment = segments.iloc[int(row)]
    return bool(segment["from_km"] <= stretch.to_km and stretch.from_km <= segment["to_km"])


# ---- the figures --------------------------------------------------------------------------------


def _summary(
    gold: pd.DataFrame,
    truths: list[list[_Spot]],
    answers: list[_Spot],
    judged: list[_Judged],
    boundary: Boundary,
    segments: pd.DataFrame,
) -> GeocodingEvaluation:
    kinds = _kinds(gold)
    rows = _row_table(gold, answers, judged)
    verdict = rows["verdict"]
    share = {name: float((verdict == name).mean()) for name in VERDICTS}
    plain = np.array([answer.status in ("plain", "off_border") for answer in answers])
    located = np.array(
        [
            kind not in ("negative", "ambiguous") and any(s.stretch or s.point for s in truth)
            for kind, truth in zip(kinds, truths, strict=True)
        ]
    )
    error = rows["error_km"].to_numpy()
    answered = located & ~np.isnan(error)
    of_located = error[located]
    same = rows["same_segment"].to_numpy(dtype=bool)[located]
    right = (verdict == "right").to_numpy()
    wrong = (verdict == "wrong").to_numpy()
    lengths = [a.to_km - a.from_km for a in answers if a.stretch and a.status == "plain"]
    return GeocodingEvaluation(
        n=len(gold),
        n_located=int(located.sum()),
        n_answered=int(plain.sum()),
        right_share=share["right"],
        coarse_share=share["coarse"],
        wrong_share=share["wrong"],
        refused_share=share["refused"],
        ambiguous_share=share["ambiguous"],
        right_of_answered=_mean(right[plain]),
        first_answer_share=float(rows["first_answer_right"].mean()),
        confidently_wrong_share=float((wrong & plain).mean()),
        wrong_country=sum(one.wrong_country for one in judged),
        accuracy_at_5km=_mean(of_located <= 5.0),
        accuracy_at_segment=_mean(same),
        accuracy_at_161km=_mean(of_located <= 161.0),
        mean_error_km=_mean(error[answered]),
        median_error_km=float(np.median(error[answered])) if answered.any() else math.nan,
        auc_log_error=log_error_auc(error[answered]),
        mean_stretch_km=_mean(lengths),
        confusion=_confusion(kinds, truths, answers),
        rows=rows,
        attrs={
            "boundary": boundary.summary(),
            "segments": len(segments),
            "near_km": NEAR_KM,
            "coarse_point_km": COARSE_POINT_KM,
            "off_border_km": OFF_BORDER_KM,
        },
    )


def _row_table(gold: pd.DataFrame, answers: list[_Spot], judged: list[_Judged]) -> pd.DataFrame:
    given = [answer.answer for answer in answers]
    rows = gold.reset_index(drop=True)
    added = {
        "verdict": [one.verdict for one in judged],
        "reason": [one.reason for one in judged],
        "first_answer_right": [one.first_right for one in judged],
        "error_km": [one.error_km for one in judged],
        "same_segment": [one.same_segment for one in judged],
        "status": [answer.status for answer in answers],
        "location_precision": [_text(one.location_precision) for one in given],
        "place_ids_found": [";".join(one.place_ids or ()) for one in given],
        "score": [_number(one.score) for one in given],
        "lon_found": [answer.lon for answer in answers],
        "lat_found": [answer.lat for answer in answers],
        "from_km_found": [answer.from_km for answer in answers],
        "to_km_found": [answer.to_km for answer in answers],
        "country_found": [_text(one.country_side) for one in given],
        "answer_reason": [_text(one.reason) for one in given],
    }
    return rows.assign(**added)


def _confusion(kinds: list[str], truths: list[list[_Spot]], answers: list[_Spot]) -> pd.DataFrame:
    true_class = [
        {"negative": "no place", "ambiguous": "ambiguous"}.get(kind)
        or (truth[0].feature_class if truth else "no place")
        for kind, truth in zip(kinds, truths, strict=True)
    ]
    told = [a.feature_class if a.status == "plain" else a.status for a in answers]
    return pd.crosstab(pd.Series(true_class, name="true place"), pd.Series(told, name="answer"))


def _mean(values: Sequence[float] | np.ndarray[Any, Any]) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def _numbers(gold: pd.DataFrame, name: str) -> np.ndarray[Any, Any]:
    """Return a column as floats, an empty cell as NaN."""
    raw = gold[name].replace("", np.nan)
    numbers = pd.to_numeric(raw, errors="coerce")
    bad = np.flatnonzero(numbers.isna() & raw.notna())
    if bad.size:
        raise ParameterError(
            f"{name} of gold must be a number or empty, but is {raw.iloc[bad[0]]!r} in row {bad[0]}."
        )
    return numbers.to_numpy(dtype=float)


def _number(value: Any) -> float:
    return math.nan if value is None or pd.isna(value) else float(value)


def _text(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value).strip()
