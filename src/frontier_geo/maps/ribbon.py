"""The segments: their numbers, the classes of their colour, and whether filters may move them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo.maps.escaping import clean_text
from frontier_geo.maps.incidents import Incidents
from frontier_geo.maps.inputs import MapInputs
from frontier_geo.maps.symbols import class_breaks, class_colours, class_widths
from frontier_geo.maps.values import numbers_of, plain_number, text_or_none, texts_of
from frontier_geo.selection import DAYS_PER_YEAR

__all__ = ["rates_head", "segments_head"]

PER_100_KM = 100.0
UNIT = "per_100km_year"
PER_KM_YEAR_COLUMNS = (
    "expected_rate", "expected_rate_lo", "expected_rate_hi", "rate", "rate_lo", "rate_hi", "eb_rate",
    "eb_lo", "eb_hi",
)  # fmt: skip
#: How far a column may lie from what the page works out and still be the same number.
CLOSE = 0.005
_LIMITS = {"eb_rate": ("eb_lo", "eb_hi"), "weighted_rate": ("weighted_lo", "weighted_hi")}


def segments_head(inputs: MapInputs) -> dict[str, list[Any]]:
    """Return the segments as columns."""
    rates, boundary = inputs.rates, inputs.boundary
    ids = texts_of(rates, "segment_id")
    table: dict[str, list[Any]] = {
        "id": [name or str(row + 1) for row, name in enumerate(ids)],
        "from": _numbers(rates, "from_km", 9),
        "to": _numbers(rates, "to_km", 9),
        "official_from": _numbers(rates, "official_from_km", 9),
        "official_to": _numbers(rates, "official_to_km", 9),
    }
    for side, name in (("left", boundary.left), ("right", boundary.right)):
        for unit in ("district", "province"):
            table[f"{side}_{unit}"] = list(texts_of(rates, f"{name.lower()}_{unit}"))
    table["terrain"] = list(texts_of(rates, "terrain"))
    table["exposure"] = [plain_number(n, 9) for n in _exposure(inputs)]
    table["events"] = _numbers(rates, "events")
    table["expected"] = _numbers(rates, "expected_events")
    table["value"] = [plain_number(n) for n in _values(inputs)]
    table["rate"] = _numbers(rates, "rate")
    low, high = _limits(inputs)
    table["lo"] = _numbers(rates, low)
    table["hi"] = _numbers(rates, high)
    return table


def rates_head(inputs: MapInputs, incidents: Incidents, bandwidth_km: float) -> dict[str, Any]:
    """Return what the page says of the rates, and how it colours them."""
    values = _values(inputs)
    breaks = class_breaks(values)
    first, last = inputs.days
    attributes = inputs.rates.attrs
    level = (attributes.get("parameters") or {}).get("confidence_level", 0.95)
    return {
        "column": text_or_none(inputs.color_by),
        "follows": follows(inputs, incidents),
        "unit": UNIT if inputs.color_by in PER_KM_YEAR_COLUMNS else None,
        "level": plain_number(level),
        "period": [inputs.first.isoformat(), inputs.last.isoformat()],
        "first_day": first,
        "last_day": last,
        "breaks": [plain_number(edge, 9) for edge in breaks],
        "colours": class_colours(len(breaks)),
        "widths": class_widths(len(breaks)),
        "bandwidth_km": bandwidth_km,
        "accounting": _account(attributes.get("accounting")),
        "resolution": _account(attributes.get("resolution")),
    }


def follows(inputs: MapInputs, incidents: Incidents) -> str | None:
    """
    Say whether the colours are rates that the page can work out again under filters.

    The sums of weights over the exposure are compared with the column itself, so that a column of
    that name with other numbers in it is shown as it is.
    """
    if inputs.color_by is None or not len(inputs.rates):
        return None
    values = _values(inputs)
    exposure = _exposure(inputs)
    if not np.isfinite(values).all() or not (exposure > 0).all():
        return None
    expected, known = expected_and_known(incidents, len(inputs.rates))
    for name, count in (("expected", expected), ("known", known)):
        again = count / exposure * PER_100_KM
        if np.allclose(again, values, rtol=CLOSE, atol=CLOSE * max(values.max(), 1e-12)):
            return name
    return None


def expected_and_known(
    incidents: Incidents, n_segments: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what the page works out without a filter: both numbers of each segment."""
    columns = incidents.columns
    share = columns["counted"] * incidents.share
    place = columns["place"].astype(np.int64)
    start = columns["profile_start"].astype(np.int64)
    of_place = np.bincount(place, share, minlength=start.size)[1:]
    weight = np.repeat(of_place, np.diff(start)) * columns["profile_weight"] / 65_535
    expected = np.bincount(columns["profile_segment"], weight, minlength=n_segments)
    certain = (share == 1) & (columns["known"] > 0)
    known = np.bincount(columns["known"][certain] - 1, minlength=n_segments)
    return expected.astype(np.float64), known.astype(np.float64)


def _exposure(inputs: MapInputs) -> NDArray[np.float64]:
    """Return kilometres times years, over the whole period."""
    rates = inputs.rates
    length = numbers_of(rates, "to_km") - numbers_of(rates, "from_km")
    first, last = inputs.days
    return length * ((last - first + 1) / DAYS_PER_YEAR)


def _values(inputs: MapInputs) -> NDArray[np.float64]:
    if inputs.color_by is None:
        return np.full(len(inputs.rates), np.nan)
    return numbers_of(inputs.rates, inputs.color_by)


def _limits(inputs: MapInputs) -> tuple[str, str]:
    column = inputs.color_by or ""
    return _LIMITS.get(column, (f"{column}_lo", f"{column}_hi"))


def _numbers(table: pd.DataFrame, column: str, digits: int = 6) -> list[Any]:
    return [plain_number(n, digits) for n in numbers_of(table, column)]


def _account(told: Any) -> dict[str, Any] | None:
    """Return an account as plain JSON: numbers and texts, one level down."""
    if not isinstance(told, dict):
        return None
    return {
        clean_text(key): _account(value) if isinstance(value, dict) else _plain(value)
        for key, value in told.items()
    }


def _plain(value: Any) -> float | str | None:
    """Return a number or a text for JSON."""
    return text_or_none(value) if isinstance(value, str) else plain_number(value)
