"""Pages and pictures that are made: the gallery as its script makes it, notebooks with their outputs."""

from __future__ import annotations

import base64
import sys

import pytest

from .docs_helpers import DOCS, ROOT

PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\nnot a picture").decode()


@pytest.fixture(scope="module")
def tools():
    """Import the tools that make the pages."""
    sys.path.insert(0, str(ROOT / "tools"))
    import _docs_notebooks
    import _docs_pages
    import build_gallery

    yield _docs_notebooks, _docs_pages, build_gallery
    sys.path.remove(str(ROOT / "tools"))


# ---- gallery -------------------------------------------------------------------------------------


def test_the_gallery_shows_the_code_that_makes_it(tools):
    """The page is the script's, and each picture it shows is there."""
    _, _, gallery = tools
    assert (DOCS / "gallery.md").read_text(encoding="utf-8") == gallery.page()
    shown = sorted(path.name for path in gallery.FOLDER.glob("*.png"))
    assert shown == sorted(f"{picture.name}.png" for picture in gallery.PICTURES)


def test_a_picture_of_the_gallery_is_drawn(tools, tmp_path):
    """As large as the one that is shown."""
    from PIL import Image

    _, _, gallery = tools
    (rates,) = (picture for picture in gallery.PICTURES if picture.name == "rates")
    (file,) = gallery.draw([rates], tmp_path)
    with Image.open(file) as new, Image.open(gallery.FOLDER / file.name) as old:
        assert new.size == old.size
        assert len(new.convert("RGB").getcolors(1 << 20)) > 8


# ---- notebooks -----------------------------------------------------------------------------------


def notebook(*outputs):
    cells = [
        {"cell_type": "markdown", "source": ["# A *title*\n", "\n", "See `02_other.ipynb`."]},
        {"cell_type": "code", "source": "x = 1 < 2\nx", "outputs": list(outputs)},
        {"cell_type": "code", "source": "y = 3", "outputs": []},
    ]
    return {"cells": cells}


def shown(data):
    return {"output_type": "display_data", "data": data}


def test_each_kind_of_output_is_shown(tools):
    """Text is text, tables are tables, and a map gets a file of its own."""
    notebooks, _, _ = tools
    page = notebooks.page_of(
        notebook(
            {"output_type": "stream", "name": "stdout", "text": ["a <b>\n", "\x1b[31mc\x1b[0m"]},
            {"output_type": "stream", "name": "stderr", "text": "careful"},
            shown({"text/html": "<table><tr><td>7</td></tr></table>", "text/plain": "7"}),
            shown({"image/png": PIXEL, "text/plain": "<Figure 1>"}),
            shown(
                {"text/html": '<iframe title="Map" srcdoc="&lt;p&gt;&quot;&lt;/p&gt;"></iframe>'}
            ),
            {"output_type": "execute_result", "data": {"text/plain": "True"}},
        ),
        "made",
    )
    assert page.markdown.startswith("# A *title*\n\nSee [`02_other.ipynb`](02_other.md).")
    assert "```python\nx = 1 < 2\nx\n```" in page.markdown
    (mark,) = page.outputs
    html = page.outputs[mark]
    assert '<pre class="nb-text">a &lt;b&gt;\nc</pre>' in html
    assert '<pre class="nb-warning">careful</pre>' in html
    assert "<td>7</td>" in html
    assert 'alt="Figure: A *title*"' in html
    assert '<pre class="nb-text">True</pre>' in html
    (map_page,) = (name for name in page.files if name.endswith(".html"))
    assert f'src="{map_page}"' in html and "srcdoc" not in html
    assert page.files[map_page] == b'<p>"</p>'
    assert sum(name.endswith(".png") for name in page.files) == 1
    empty = f'<p>before</p><div class="nb-output" id="{mark}"></div>'
    assert html in notebooks.put_in(empty, page.outputs)
    with pytest.raises(ValueError, match="0 times"):
        notebooks.put_in("<p></p>", page.outputs)


def test_without_outputs_there_is_text_and_code_alone(tools):
    notebooks, _, _ = tools
    page = notebooks.page_of(notebook(), "made")
    assert page.outputs == {} and page.files == {}
    assert "y = 3" in page.markdown


@pytest.mark.slow
def test_a_notebook_is_run_once_and_again_when_something_changes(tools, tmp_path):
    """In a folder of its own with the samples beside it, and without a trace of that folder."""
    import nbformat

    notebooks, _, _ = tools
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "sample.csv").write_text("a\n1\n")
    path = tmp_path / "small.ipynb"
    code = (
        "import tempfile, pathlib\n"
        "print(pathlib.Path('data/sample.csv').read_text(), tempfile.mkdtemp())"
    )
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), path)
    kept = tmp_path / "kept"
    first = notebooks.kept_or_executed(path, kept)
    (text,) = (output["text"] for cell in first["cells"] for output in cell["outputs"])
    text = "".join(text)
    assert text.startswith("a\n1\n /tmp/") and "notebook-" not in text
    (file,) = kept.iterdir()
    before = file.stat().st_mtime_ns
    notebooks.kept_or_executed(path, kept)
    assert file.stat().st_mtime_ns == before
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), path)
    notebooks.kept_or_executed(path, kept)
    (other,) = kept.iterdir()
    assert other.name != file.name
    assert sorted(each.name for each in tmp_path.iterdir()) == ["data", "kept", "small.ipynb"]


# ---- made pages ----------------------------------------------------------------------------------


def test_every_shipped_file_is_on_the_page_of_the_data(tools):
    """With its licence, source and checksum."""
    import frontier_geo as fg

    _, pages, _ = tools
    text = pages.data_page()
    for name, entry in fg.data_registry()["files"].items():
        assert f"### `{name}`" in text
        assert entry["sha256"] in text
        assert entry["licence"].split(";")[0] in text.replace("\\|", "|")


def test_every_decision_is_listed(tools):
    _, pages, _ = tools
    text = pages.decisions_page()
    names = [path.name for path in (DOCS / "decisions").glob("[0-9]*.md")]
    assert names
    for name in names:
        assert f"* {int(name[:4])} · [" in text and f"]({name})" in text
    assert "[#" not in text


# ---- issue forms ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda p: p.stem
)
def test_an_issue_form_asks_what_is_needed(path):
    """Every question has a name and words; something must be answered; ids do not repeat."""
    yaml = pytest.importorskip("yaml", reason="the extra 'docs' brings it")
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form["name"] and form["description"] and form["title"].endswith(": ")
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    ids = [part["id"] for part in asked]
    assert len(set(ids)) == len(ids)
    assert all(part["type"] in ("input", "textarea", "dropdown") for part in asked)
    assert all(part["attributes"]["label"] for part in asked)
    assert any(part.get("validations", {}).get("required") for part in asked)


def test_there_is_a_form_for_each_kind_of_issue():
    forms = {path.stem for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")}
    assert forms == {"bug", "config", "idea", "reader-or-border", "wrong-fact"}
