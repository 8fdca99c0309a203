"""Every public name says what it takes, gives and raises, in which unit, and by whose method."""

from __future__ import annotations

import ast
import importlib
import inspect
import logging
import pkgutil
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import frontier_geo

sys.path.insert(0, str(Path(__file__).parent))

from api_names import Public, public_names

griffe = pytest.importorskip("griffe", reason="the extra 'docs' brings it, by way of mkdocstrings")
logging.getLogger("griffe").setLevel(logging.ERROR)

#: Methods of folium, of which folium says what they are.
INHERITED = ("OfflineMap.", "RawElement.")
PUBLIC = [one for one in public_names() if not any(word in one.name for word in INHERITED)]
FUNCTIONS = [one for one in PUBLIC if inspect.isfunction(one.thing)]
CLASSES = [one for one in PUBLIC if inspect.isclass(one.thing)]
#: Packages and modules of analysis, and of data: each function says whose method or data it is.
WITH_SOURCE = {
    "areas", "datasets", "density", "distributed", "dividers", "evaluation", "event_types", "geocoding",
    "geocoding_evaluation", "geodesy", "hotspots", "imputation", "line_spread", "locating", "matching",
    "rates", "scale", "scan", "segments", "series", "spacetime", "streaming", "weighting", "world",
}  # fmt: skip
#: Where the vocabulary of a source or a form of files is what matters.
OTHERS_WITH_SOURCE = {"read_events", "fetch_events", "write_events"}
#: Two samples, each with counts and exposure, are described by kind and not by sample.
GROUPED = {"frontier_geo.rates.rate_ratio_test"}
#: Suffixes of names that carry a unit, and words for those that do not.
UNITS = re.compile(
    r"\b(km|metres?|degrees|days?|years?|steps?|seconds|cm|inches|per|shares?|counts?|events|number|"
    r"probabilit(y|ies)|cases|exposure|weight|fraction|ratios?|values?|unit|times?|whether|label|outcomes?|"
    r"poisson)\b", re.IGNORECASE,
)  # fmt: skip


def named(things: list[Public]) -> dict[str, Any]:
    """Return what parametrize needs to run a test once for each name."""
    return {"argvalues": things, "ids": [one.name.removeprefix("frontier_geo.") for one in things]}


def sections(one: Public) -> dict[str, Any]:
    """Return the sections of a docstring in the style of numpydoc, by their kind."""
    found: dict[str, Any] = {}
    for section in griffe.Docstring(one.doc, lineno=1).parse("numpy"):
        kind = section.kind.value
        found[kind if kind != "admonition" else section.title.casefold()] = section.value
    return found


def described(one: Public) -> list[tuple[str, str, str]]:
    """Return name, type and description of each parameter."""
    return [
        (word.strip().lstrip("*"), str(part.annotation or ""), part.description)
        for part in sections(one).get("parameters", [])
        for word in part.name.split(",")
    ]


def body_of(one: Public) -> ast.Module:
    return ast.parse(textwrap.dedent(inspect.getsource(one.thing)))


def test_there_is_something_to_read():
    """Without names, every test below would pass."""
    assert len(FUNCTIONS) > 150 and len(CLASSES) > 40
    assert {"frontier_geo.Boundary.locate", "frontier_geo.scan.path_scan"} <= {
        one.name for one in FUNCTIONS
    }


@pytest.mark.parametrize("one", **named(PUBLIC))
def test_it_says_in_one_sentence_what_it_is(one):
    first = one.doc.partition("\n\n")[0]
    assert first.rstrip().endswith((".", "?")), first
    assert len(first) > 10 and first[0].isupper()


@pytest.mark.parametrize(
    "name",
    ["frontier_geo"]
    + [m.name for m in pkgutil.walk_packages(frontier_geo.__path__, "frontier_geo.")],
)
def test_every_module_says_what_it_is_for(name):
    if name.endswith("__main__"):
        return
    assert len((importlib.import_module(name).__doc__ or "").strip()) > 15


@pytest.mark.parametrize("one", **named(FUNCTIONS))
def test_every_parameter_is_described_in_order(one):
    told, names = [word for word, *_ in described(one)], [each.name for each in one.parameters]
    if one.name in GROUPED:
        told, names = sorted(told), sorted(names)
    assert told == names


@pytest.mark.parametrize("one", **named(FUNCTIONS))
def test_what_is_returned_and_raised_is_described(one):
    found = sections(one)
    returns = inspect.signature(one.thing).return_annotation
    assert "returns" in found or "yields" in found or returns in (None, "None"), "Returns"
    raised = [node for node in ast.walk(body_of(one)) if isinstance(node, ast.Raise)]
    checks = [
        node
        for node in ast.walk(body_of(one))
        if isinstance(node, ast.Call)
        and str(getattr(node.func, "id", getattr(node.func, "attr", ""))).startswith(
            ("check_", "_check_")
        )
    ]
    assert "raises" in found or not (raised or checks), "Raises"


@pytest.mark.parametrize("one", **named(CLASSES))
def test_what_a_class_holds_is_described(one):
    """Errors and warnings hold their sentence alone; what folium draws holds what folium gives it."""
    if issubclass(one.thing, Exception) or one.name.endswith("RawElement"):
        return
    found = sections(one)
    assert "attributes" in found or "parameters" in found
    told = {word.strip() for part in found.get("attributes", []) for word in part.name.split(",")}
    fields = getattr(one.thing, "__dataclass_fields__", {})
    own = {name for name in fields if not name.startswith("_")}
    rules = {"MatchRules", "MelttRules", "LocatedFile"}  # the first two say why, field by field
    assert own <= told or one.thing.__name__ in rules, sorted(own - told)


@pytest.mark.parametrize("one", **named([f for f in FUNCTIONS if f.owner is None]))
def test_it_has_an_example(one):
    """`test_doctests` runs it."""
    assert ">>> " in one.doc


@pytest.mark.parametrize("one", **named(FUNCTIONS))
def test_shapes_and_units_stand_where_the_eye_lands(one):
    """Arrays have a shape, or are described where another function is; numbers of them a unit."""
    annotations = {each.name: str(each.annotation) for each in one.parameters}
    for word, kind, text in described(one):
        elsewhere = re.search(r"\b[Aa]s (for|in|to) `", text) or not kind
        if "ArrayLike" in annotations.get(word, "") and not elsewhere:
            either = kind.startswith(("float or", "str or", "str, ", "sequence of", "two ", "("))
            assert "shape" in kind or "shape" in text or either, f"{word} : {kind}"
            said = f"{word.replace('_', ' ')} {text} {one.doc.partition('.')[0]}"
            assert UNITS.search(said) or "int" in kind, f"{word}: {text}"


OF_SOURCES = [
    one
    for one in FUNCTIONS
    if one.owner is None
    and (
        one.thing.__module__.split(".")[1] in WITH_SOURCE
        or one.thing.__name__ in OTHERS_WITH_SOURCE
    )
]


@pytest.mark.parametrize("one", **named(OF_SOURCES))
def test_a_method_and_data_name_their_source(one):
    """In a section of its own: a year of a publication, a standard, an address, or whose data."""
    found = sections(one)["references"]
    text = str(found if isinstance(found, str) else getattr(found, "contents", found))
    assert re.search(r"\(\d{4}\)|ISO \d+|https://|named row by row", text), text
