"""The tool that puts Leaflet into the package takes one release and no other."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "vendor_leaflet.py"


@pytest.fixture
def tool():
    spec = importlib.util.spec_from_file_location("vendor_leaflet", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_shipped_files_are_as_vendored(tool):
    assert tool.check() == []


def test_another_tarball_is_refused_and_nothing_written(tool, tmp_path):
    other = tmp_path / "leaflet-1.9.4.tgz"
    other.write_bytes(b"not the release")
    with pytest.raises(SystemExit, match=r"must have SHA-256 84c65a25.*nothing was written"):
        tool.vendor(other, tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_a_changed_file_is_found(tool, tmp_path):
    copy = tmp_path / "leaflet"
    for name in [tool.MANIFEST, *tool.FILES.values()]:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((tool.TARGET / name).read_bytes())
    (copy / "leaflet.js").write_bytes(b"// other")
    assert tool.check(copy) == ["leaflet.js"]
