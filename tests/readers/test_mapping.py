"""A mapping file says what the columns of a table mean; what it cannot say is refused by name."""

from __future__ import annotations

import json

import pytest

from frontier_geo.errors import ColumnError, DataFileError, ParameterError
from frontier_geo.readers.mapping import (
    TableMapping,
    as_mapping,
    check_present,
    load_mapping,
    save_mapping,
)

WHOLE = {
    "columns": {"date_start": "Дата", "lat": "Широта", "lon": "Долгота", "killed": None},
    "constants": {"source": "Register of border incidents", "licence": "internal use"},
    "values": {"event_type": {"перестрелка": "armed_clash"}},
    "day_first": True,
    "calendar": "gregorian",
    "crs": "EPSG:32642",
}


def test_a_saved_mapping_is_read_back(tmp_path):
    """Nothing is lost, people can read it, and the same mapping gives the same bytes."""
    path = save_mapping(WHOLE, tmp_path / "register.json")
    assert load_mapping(path) == WHOLE
    assert "перестрелка" in path.read_text(encoding="utf-8")
    first = path.read_bytes()
    assert save_mapping(as_mapping(load_mapping(path)), path).read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]


def test_columns_alone_are_a_mapping(tmp_path):
    """In code, which column is which is enough."""
    mapping = as_mapping({"lat": "Y", "lon": "X"})
    assert mapping == TableMapping(columns={"lat": "Y", "lon": "X"})
    assert as_mapping(None) == TableMapping() and as_mapping(mapping) is mapping
    assert load_mapping(save_mapping(mapping, tmp_path / "m.json")) == {
        "columns": {"lat": "Y", "lon": "X"}
    }


def test_a_column_of_the_event_table_may_be_called_like_a_part_of_a_mapping():
    """`source` and `licence` are columns."""
    assert as_mapping({"source": "Quelle"}).columns == {"source": "Quelle"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"latitude": "Y"}, "'latitude'.+Is it"),
        ({"columns": {}, "licence": "x"}, "'licence'.+constants"),
        ({"columns": {"lat": 3}}, "'lat' is 3"),
        ({"columns": {}, "constants": {"killed": "0"}}, "one is 'killed'"),
        ({"columns": {}, "constants": {"source": 1}}, "'source' is 1"),
        ({"columns": {}, "values": []}, "values of mapping must be an object"),
        ({"columns": {}, "values": {"event_type": "x"}}, "values of event_type"),
        ({"columns": {}, "values": {"typ": {}}}, "one is 'typ'"),
        ({"columns": {}, "day_first": "yes"}, "day_first of mapping.+'yes'"),
        ({"columns": {}, "calendar": "julian"}, "solar_hijri.+'julian'"),
        ({"columns": {}, "crs": "EPSG:0"}, "EPSG:32642.+'EPSG:0'"),
        (["lat"], "which column comes from which"),
    ],
)
def test_what_a_mapping_cannot_say_is_refused(given, words):
    """The message names what was given and what may stand there."""
    with pytest.raises(ParameterError, match=words):
        as_mapping(given)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "mapping file in JSON"),
        (b"[]", "key 'columns'"),
        (b'{"lat": "Y"}', "key 'columns'"),
        (b'{"columns": {"lat": "Y", "lat": "Z"}}', "'lat' stands there twice"),
        (b"\xff\xfe", "mapping file in JSON"),
        (b"[" * 100_000, "mapping file in JSON"),
        (b" " * 1_000_001, "at most 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path, content, words):
    """With the name of the file."""
    path = tmp_path / "broken.json"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=words) as caught:
        load_mapping(path)
    assert "broken.json" in str(caught.value)


def test_a_missing_file_is_told():
    with pytest.raises(DataFileError, match="nowhere.json"):
        load_mapping("nowhere.json")


def test_a_mapping_must_fit_its_table(tmp_path):
    """A column that is not there, or is read twice, is named."""
    with pytest.raises(ColumnError, match="lat from the column 'Y', but t.csv has only 'X', 'Z'"):
        check_present(as_mapping({"lat": "Y"}), ["X", "Z"], name="t.csv")
    with pytest.raises(ParameterError, match="lat and lon from 'Y'"):
        check_present(as_mapping({"lat": "Y", "lon": "Y"}), ["Y"], name="t.csv")
    check_present(as_mapping(WHOLE), ["Дата", "Широта", "Долгота"], name="t.csv")


def test_the_example_in_the_documentation_is_a_mapping():
    """What the module shows is what it reads."""
    from frontier_geo.readers import mapping

    text = mapping.__doc__
    shown = json.loads(text[text.index("    {") : text.index("    }\n") + 6])
    assert as_mapping(shown).as_dict() == shown
