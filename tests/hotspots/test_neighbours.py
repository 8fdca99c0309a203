"""Neighbours on a chain of segments, and whatever other form neighbours come in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from frontier_geo.errors import ColumnError, ParameterError
from frontier_geo.hotspots.getis_ord import local_g
from frontier_geo.hotspots.neighbours import (
    Neighbours,
    as_neighbours,
    chain_neighbours,
    segment_neighbours,
)


def table(*ends: tuple[float, float]) -> pd.DataFrame:
    """Segments from and to the kilometres given."""
    start, stop = np.array(ends, dtype=float).T
    names = [f"s{i}" for i in range(len(ends))]
    return pd.DataFrame(
        {"segment_id": names, "from_km": start, "to_km": stop, "length_km": stop - start}
    )


def listed(neighbours: Neighbours) -> list[list[int]]:
    """The neighbours of each one as a list."""
    return [
        neighbours.other[a:b].tolist()
        for a, b in zip(neighbours.start[:-1], neighbours.start[1:], strict=True)
    ]


def test_the_chain_by_hand():
    """Four segments: the ends have one neighbour; two steps reach two."""
    assert listed(chain_neighbours([True] * 3)) == [[1], [0, 2], [1, 3], [2]]
    assert listed(chain_neighbours([True] * 3, order=2)) == [[1, 2], [0, 2, 3], [0, 1, 3], [1, 2]]


def test_one_segment_has_no_neighbour():
    assert listed(chain_neighbours([])) == [[]]


def test_a_gap_is_not_stepped_over():
    """Between the second and the third segment nothing is a neighbour, at any order."""
    assert listed(chain_neighbours([True, False, True], order=3)) == [[1], [0], [3], [2]]
    gap = table((0, 10), (10, 20), (20.5, 30), (30, 40))
    assert listed(segment_neighbours(gap, order=3)) == [[1], [0], [3], [2]]
    assert listed(segment_neighbours(gap, distance_km=100)) == [[1], [0], [3], [2]]


def test_rows_may_come_in_any_order():
    """Neighbours are told by the rows of the table."""
    mixed = table((20, 30), (0, 10), (10, 20))
    assert listed(segment_neighbours(mixed)) == [[2], [2], [0, 1]]


def test_distance_goes_from_middle_to_middle():
    """Middles at 5, 15, 25 and 31: 10 km reaches the next, but from 31 back to 25, not to 15."""
    line = table((0, 10), (10, 20), (20, 30), (30, 32))
    assert listed(segment_neighbours(line, distance_km=10)) == [[1], [0, 2], [1, 3], [2]]
    assert listed(segment_neighbours(line, distance_km=6)) == [[], [], [3], [2]]
    assert listed(segment_neighbours(line, distance_km=16)) == [[1], [0, 2, 3], [1, 3], [1, 2]]


def test_distance_on_even_segments_is_the_order():
    line = table(*((10.0 * i, 10.0 * i + 10) for i in range(9)))
    for order in (1, 2, 3):
        near = segment_neighbours(line, distance_km=10.0 * order)
        assert listed(near) == listed(segment_neighbours(line, order=order))


def test_the_shipped_line(segments):
    near = segment_neighbours(segments)
    assert near.n == 135
    assert near.many.tolist() == [1, *[2] * 133, 1]


@pytest.mark.parametrize(
    "form",
    [
        [[0, 1, 0], [1, 0, 1], [0, 1, 0]],
        sparse.csr_matrix([[0, 1, 0], [1, 0, 1], [0, 1, 0]]),
        sparse.coo_array(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])),
        [(0, 1), (1, 0), (1, 2), (2, 1), (2, 1)],
        {0: [1], 1: [0, 2], 2: [1]},
        [[1, 1, 0], [1, 1, 1], [0, 1, 1]],
        [[0, 1, 0], [0.5, 0, 0.5], [0, 1, 0]],
        chain_neighbours([True, True]),
    ],
    ids=["dense", "csr", "coo", "pairs", "dict", "with diagonal", "rows sum to 1", "as it is"],
)
def test_every_form_says_the_same(form):
    assert listed(as_neighbours(form, 3)) == [[1], [0, 2], [1]]


def test_lists_of_neighbours_go_as_a_dict():
    """Lists of different lengths ended in numpy's own error (mended 2026-11-30)."""
    lists = [[1], [0, 2], [1]]
    with pytest.raises(ParameterError, match=r"dict\(enumerate\(lists\)\)"):
        local_g([1, 2, 3], lists)
    assert listed(as_neighbours(dict(enumerate(lists)), 3)) == lists


def test_two_are_neighbours_in_either_form():
    """A matrix of 2 x 2 is a matrix where there are two, and two pairs where there are more."""
    assert listed(as_neighbours([[0, 1], [1, 0]], 2)) == [[1], [0]]
    assert listed(as_neighbours([[0, 1], [1, 0]], 3)) == [[1], [0], []]


@pytest.mark.parametrize(
    ("form", "n", "words"),
    [
        ([[0, 1, 0], [1, 0, 2], [0, 1, 0]], 3, "weights of a row must be alike"),
        ([[0, -1, 0], [-1, 0, 0], [0, 0, 0]], 3, "alike and above 0"),
        ([[0, 1, 0], [1, 0, 1]], 3, "square matrix, or pairs"),
        ([(0, 1)], None, "together with n"),
        ([[1], [0, 2], [1]], 3, r"dict\(enumerate\(lists\)\).*but rows differ in length"),
        ([[1], [0]], 2, r"dict\(enumerate\(lists\)\).*of the shape \(2, 1\)"),
        ([np.array([1]), np.array([0, 2]), np.array([1])], None, "but rows differ in length"),
        ([(0, 3)], 3, "between 0 and 2, but reach from 0 to 3"),
        ([(-1, 0)], 3, "reach from -1"),
        ([[0, 1, 0], [1, 0, 1], [0, 1, 0]], 4, "each of the 4 values, but are given for 3"),
        (sparse.csr_matrix((2, 3)), None, "square matrix, but its shape is"),
    ],
)
def test_bad_neighbours_are_refused(form, n, words):
    with pytest.raises(ParameterError, match=words):
        as_neighbours(form, n)


@pytest.mark.parametrize("order", [0, -1, 1.5, True, "1"])
def test_bad_orders_are_refused(order):
    with pytest.raises(ParameterError, match="order must be a whole number of 1 or more"):
        chain_neighbours([True], order=order)


def test_bad_segments_are_refused():
    with pytest.raises(ParameterError, match="overlap"):
        segment_neighbours(table((0, 10), (9, 20)))
    with pytest.raises(ParameterError, match="distance_km must be above 0"):
        segment_neighbours(table((0, 10), (10, 20)), distance_km=0)
    with pytest.raises(ColumnError, match="'to_km'"):
        segment_neighbours(table((0, 10), (10, 20)).drop(columns="to_km"))


def test_sums_by_hand():
    near = chain_neighbours([True] * 3)
    assert near.sums([1, 2, 4, 8]).tolist() == [2, 5, 10, 4]
    assert near.sums([1, 2, 4, 8], with_self=True).tolist() == [3, 7, 14, 12]
    assert near.sums([[1, 2, 4, 8], [0, 0, 0, 1]]).tolist() == [[2, 5, 10, 4], [0, 0, 1, 0]]


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(1, 6))
def test_neighbours_are_mutual_and_turn_around_with_the_line(linked, order):
    """i is a neighbour of j where j is one of i; from the other end the chain is the same."""
    matrix = chain_neighbours(linked, order=order).matrix().toarray()
    assert (matrix == matrix.T).all()
    assert (matrix.diagonal() == 0).all()
    turned = chain_neighbours(linked[::-1], order=order).matrix().toarray()
    assert (turned == matrix[::-1, ::-1]).all()
    steps = np.linalg.matrix_power(
        np.diag(linked, 1) + np.diag(linked, -1) + np.eye(len(matrix)), order
    )
    assert ((steps > 0) == (matrix + np.eye(len(matrix)) > 0)).all()
