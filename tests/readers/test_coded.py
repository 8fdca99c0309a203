"""What the readers of coded sources share, and what holds for all of them."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontier_geo.event_types import EVENT_TYPES
from frontier_geo.events import EVENT_COLUMNS
from frontier_geo.readers import cells as reading
from frontier_geo.readers.acled import ACLED
from frontier_geo.readers.cells import TEXT
from frontier_geo.readers.coded import Columns, by_value, country_side, degrees, side_by_side
from frontier_geo.readers.gdelt import GDELT
from frontier_geo.readers.gtd import GTD
from frontier_geo.readers.problems import Problems
from frontier_geo.readers.source import Options
from frontier_geo.readers.ucdp import UCDP_CANDIDATE, UCDP_GED

WORDS = st.one_of(
    st.none(),
    st.sampled_from(["", " 3", "3.0", "2.5", "-1", "n/a", "2025-06-30", "2025-02-30", "1e400"]),
    st.text(max_size=6),
)


@pytest.mark.parametrize("read", [reading.count, reading.iso_day])
@given(words=st.lists(WORDS, max_size=12))
def test_reading_by_value_is_reading_row_by_row(read, words):
    """The same values, and the same rows refused for the same reasons."""
    cells = pd.Series(words, index=range(5, 5 + len(words)), dtype=TEXT, name="column")
    whole, parted = Problems(), Problems()
    expected = read(cells, whole)
    found = by_value(cells, read, parted)
    pd.testing.assert_series_equal(found, expected, check_names=False)
    pd.testing.assert_frame_equal(parted.refused_rows(), whole.refused_rows())


@given(rows=st.lists(st.tuples(WORDS, WORDS), max_size=8))
def test_texts_side_by_side_lose_no_row(rows):
    """Also where nothing is known: Arrow's own joining drops such rows."""
    parts = [reading.text(pd.Series([row[at] for row in rows], dtype=TEXT)) for at in (0, 1)]
    found = side_by_side(parts)
    expected = [
        "; ".join(word for word in row if pd.notna(word)) for row in zip(*parts, strict=True)
    ]
    assert found.fillna("").tolist() == expected


@pytest.mark.parametrize("word", ["inf", "37,5", "north"])
def test_degrees_that_are_no_number_are_refused(word):
    """Each row by its number, with what stood there."""
    problems = Problems()
    cells = pd.Series(["37.5", word, None], index=[1, 2, 3], dtype=TEXT, name="latitude")
    found = degrees(cells, problems, what="a latitude")
    assert found[1] == 37.5 and found[[2, 3]].isna().all()
    assert problems.refused_rows()[["column", "value"]].to_dict("index") == {
        2: {"column": "latitude", "value": word}
    }


def test_columns_are_found_in_any_case():
    """A column that is not there is a column of empty cells."""
    columns = Columns(pd.DataFrame({" Latitude": ["37"]}, index=[1], dtype=TEXT))
    assert columns["latitude"].tolist() == ["37"]
    assert columns.name_of("latitude") == " Latitude"
    assert columns["longitude"].isna().all()


def test_only_the_two_countries_have_a_side():
    """Whatever the case of the name."""
    found = country_side(pd.Series(["TAJIKISTAN", "Afghanistan", "Pakistan", None], dtype=TEXT))
    assert found[:2].tolist() == ["TJ", "AF"]
    assert found[2:].isna().all()


CELLS = st.one_of(
    st.none(),
    st.integers(-(10**18), 10**18),
    st.floats(),
    st.booleans(),
    st.datetimes(),
    st.dates(),
    st.just(pd.NaT),
    st.just(pd.NA),
    st.text(max_size=8),
    st.sampled_from(
        ["1", "2", "4", "-9", "20250630", "2025-06-30", "Tajikistan", "\x00", "\ud7ff"]
    ),
)


@pytest.mark.parametrize("source", [ACLED, UCDP_GED, UCDP_CANDIDATE, GDELT, GTD])
@settings(deadline=None, max_examples=20)
@given(
    pool=st.lists(CELLS, min_size=1, max_size=8),
    rows=st.integers(0, 5),
    seed=st.integers(0, 2**32 - 1),
    as_text=st.booleans(),
)
def test_no_cell_breaks_a_reader(source, pool, rows, seed, as_text):
    """Whatever stands in its columns, each row comes back once, or is refused by its number."""
    columns = [*next(iter(source.column_sets.values())), "a column of one's own"]
    random = np.random.default_rng(seed)
    drawn = {name: [pool[random.integers(len(pool))] for _ in range(rows)] for name in columns}
    cells = pd.DataFrame(drawn, index=range(1, rows + 1), dtype=object)
    if as_text:
        cells = cells.map(_as_text).astype(TEXT)
    problems = Problems()
    events = source.to_events(cells, problems, Options(datetime.date(2026, 11, 24)))
    assert events.index.equals(cells.index)
    assert set(events.columns) <= {*EVENT_COLUMNS, "lon", "lat"}
    assert set(problems.refused_rows().index) <= set(cells.index)
    assert events["event_type"].dropna().isin(list(EVENT_TYPES)).all()
    assert events["date_precision"].dropna().isin(["day", "week", "month", "year"]).all()


def _as_text(cell):
    """Return a cell as a text file holds it; half a surrogate pair cannot be in one."""
    return None if pd.isna(cell) else str(cell).encode("utf-8", "replace").decode("utf-8")
