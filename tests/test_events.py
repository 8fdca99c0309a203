"""How precisely a report says where, and the radii that stand for it."""

from dataclasses import FrozenInstanceError, fields, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point

from frontier_geo import PRECISIONS, locate_events
from frontier_geo.errors import ParameterError
from frontier_geo.location_precision import LocationUncertainty

CURATED = Path(__file__).resolve().parents[1] / "data" / "curated"


def test_the_vocabulary_and_the_radii_agree():
    """One source of the numbers."""
    defaults = LocationUncertainty()
    for name, precision in PRECISIONS.items():
        assert precision.uncertainty_km == defaults.radius_km(name)
        assert (precision.uncertainty_km is not None) == (precision.kind == "point")
        assert precision.basis


def test_every_radius_says_where_it_comes_from():
    sources = LocationUncertainty.reasons()
    assert set(sources) == {field.name for field in fields(LocationUncertainty)}
    assert all(len(text) > 20 for text in sources.values())


def test_the_radii_are_those_the_shipped_incidents_were_placed_with():
    table = pd.read_csv(CURATED / "location_uncertainty.csv")
    defaults = LocationUncertainty()
    for row in table.itertuples():
        assert defaults.radius_km(row.location_precision, row.coord_precision) == row.uncertainty_km


def test_the_media_radius_is_weidmanns():
    """80 % within 50 km, isotropic and normal: 1 - exp(-50² / 2 s²) = 0.8, and 2.448 s holds 95 %."""
    sigma = 50 / np.sqrt(2 * np.log(5))
    assert sigma == pytest.approx(27.9, abs=0.05)
    assert LocationUncertainty().media_km == pytest.approx(
        sigma * np.sqrt(-2 * np.log(0.05)), abs=0.05
    )


def test_another_choice_is_used_where_a_row_has_no_radius_of_its_own(equator):
    events = gpd.GeoDataFrame(
        {
            "event_id": ["village", "own", "bare"],
            "location_precision": ["settlement", "settlement", None],
            "location_uncertainty_km": [None, 2.0, None],
        },
        geometry=[Point(70.2, 0)] * 3,
        crs=4326,
    )
    wide = replace(LocationUncertainty(), settlement_km=7.5, unstated_km=68.2)
    radius = {
        name: locate_events(events, equator, uncertainty=choice, tolerance_km=0)[
            "location_uncertainty_km"
        ].tolist()
        for name, choice in (("default", None), ("wide", wide))
    }
    assert radius["wide"] == [7.5, 2.0, 68.2]
    assert radius["default"][:2] == [3.0, 2.0]
    assert np.isnan(radius["default"][2])
    located = locate_events(events, equator, uncertainty=wide)
    assert located.attrs["parameters"]["uncertainty_km"]["settlement_km"] == 7.5


def test_an_unknown_word_and_a_bad_number_are_refused():
    with pytest.raises(ParameterError, match="location_precision must be one of exact, .*'town'"):
        LocationUncertainty().radius_km("town")
    with pytest.raises(ParameterError, match="settlement_km must be 0 km or more, but is -1"):
        LocationUncertainty(settlement_km=-1)
    with pytest.raises(ParameterError, match="exact_km must be a finite number of km, but is nan"):
        replace(LocationUncertainty(), exact_km=float("nan"))
    with pytest.raises(FrozenInstanceError):
        LocationUncertainty().exact_km = 2.0
