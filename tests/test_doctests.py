"""Every example in a public docstring runs."""

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

import frontier_geo

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(frontier_geo.__path__, "frontier_geo.")
    if not module.name.endswith("__main__")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name):
    with np.printoptions(legacy="1.25"):
        failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_every_public_name_is_there_and_documented():
    for name in frontier_geo.__all__:
        thing = getattr(frontier_geo, name)
        assert thing.__doc__ or not callable(thing), name
    assert sorted(frontier_geo.__all__) == sorted(frontier_geo._HOMES | {"__version__": ""})
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        frontier_geo.nothing  # noqa: B018
