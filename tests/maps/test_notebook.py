"""In a notebook: a frame that cannot reach the notebook, or a sentence and a picture."""

from __future__ import annotations

import html
import re

import folium
import pytest

from frontier_geo.errors import MissingExtraError
from frontier_geo.maps import OfflineMap, notebook


def srcdoc(frame: str) -> str:
    return html.unescape(re.search(r'srcdoc="([^"]+)"', frame)[1])


def test_the_frame_of_a_page_is_sandboxed(world):
    page = world.page()
    frame = page._repr_html_()
    assert frame.startswith("<iframe ")
    assert 'sandbox="allow-scripts allow-popups"' in frame
    assert "allow-same-origin" not in frame and "height:640px" in frame
    assert srcdoc(frame) == page.html


def test_the_frame_of_a_map_is_sandboxed(world, html_of):
    frame = world.map(height=500)._repr_html_()
    assert 'sandbox="allow-scripts allow-popups"' in frame
    assert "height:500px" in frame
    assert srcdoc(frame) == html_of(world.map(height=500))


def test_layers_added_later_are_in_the_frame(world):
    drawn = world.map()
    folium.Marker([37, 69], popup="a late one").add_to(drawn)
    assert "a late one" in srcdoc(drawn._repr_html_())


def test_a_title_cannot_leave_its_attribute(world):
    frame = world.page(title='"><script>alert(1)</script>')._repr_html_()
    assert re.match(r'<iframe title="[^"<>]*" sandbox=', frame)


@pytest.fixture
def small_limit(monkeypatch):
    monkeypatch.setattr(notebook, "NOTEBOOK_LIMIT_BYTES", 100_000)


@pytest.mark.parametrize("kind", ["page", "map"])
def test_a_large_one_is_a_sentence_and_a_picture(world, small_limit, monkeypatch, kind):
    monkeypatch.setattr("frontier_geo.maps.static.frontier_png", lambda *_, **__: b"PNG of it")
    answer = getattr(world, kind)(title="<b>")._repr_html_()
    assert "<iframe" not in answer
    name = "page.html" if kind == "page" else "map.html"
    assert f".save(&quot;{name}&quot;)" in answer and " MB" in answer
    assert '<img alt="&lt;b&gt;"' in answer
    assert 'src="data:image/png;base64,UE5HIG9mIGl0"' in answer


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """The folder of a notebook, in which its kernel runs."""
    monkeypatch.setattr("frontier_geo.maps.static.frontier_png", lambda *_, **__: b"")
    (tmp_path / "notebooks" / "maps").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "notebooks")
    return tmp_path / "notebooks"


def links(answer):
    return re.findall(
        r'<a href="([^"]*)" target="_blank" rel="noopener" dir="ltr">([^<]*)</a>', answer
    )


@pytest.mark.parametrize("kind", ["page", "map"])
def test_a_large_one_links_to_the_file_it_was_saved_to(world, small_limit, beside, kind):
    drawn = getattr(world, kind)()
    assert links(drawn._repr_html_()) == []
    drawn.save("карта 1.html")
    answer = drawn._repr_html_()
    assert links(answer) == [("%D0%BA%D0%B0%D1%80%D1%82%D0%B0%201.html", "карта 1.html")]
    assert ".save(" not in answer
    assert "It is in the file <a " in answer and "</a>. JupyterLab draws it" in answer
    drawn.save(beside / "maps" / "below.html")  # the last one counts
    assert links(drawn._repr_html_()) == [("maps/below.html", "below.html")]


def test_no_name_of_a_file_becomes_another_kind_of_address(world, small_limit, beside):
    page = world.page()
    page.save("javascript:alert(1)&quot;.html")
    [(address, name)] = links(page._repr_html_())
    assert address.startswith("javascript%3Aalert%281%29%26quot%3B") and "&amp;quot;" in name


def test_a_file_elsewhere_is_not_linked(world, small_limit, beside, tmp_path):
    """A notebook cannot reach above its own folder."""
    page = world.page()
    page.save(tmp_path / "page.html")
    answer = page._repr_html_()
    assert links(answer) == [] and ".save(&quot;page.html&quot;)" in answer


@pytest.mark.parametrize("change", ["gone", "another", "layer"])
def test_a_file_that_holds_something_else_is_not_linked(world, small_limit, beside, change):
    drawn = world.map()
    drawn.save("map.html")
    if change == "gone":
        (beside / "map.html").unlink()
    elif change == "another":
        (beside / "map.html").write_text("another", encoding="utf-8")
    else:
        folium.Marker([37, 69], popup="a late one").add_to(drawn)
    answer = drawn._repr_html_()
    assert links(answer) == [] and ".save(&quot;map.html&quot;)" in answer


def test_a_small_one_is_shown_whether_saved_or_not(world, beside):
    page = world.page()
    before = page._repr_html_()
    page.save("page.html")
    assert page._repr_html_() == before


def test_without_the_drawing_library_the_sentence_stands_alone(world, small_limit, monkeypatch):
    def missing(*_, **__):
        raise MissingExtraError("matplotlib is not installed")

    monkeypatch.setattr("frontier_geo.maps.static.frontier_png", missing)
    answer = world.page()._repr_html_()
    assert answer.startswith("<p ") and answer.endswith("</p>")


def test_the_sentence_is_in_the_language_of_the_page(world, small_limit, monkeypatch):
    monkeypatch.setattr("frontier_geo.maps.static.frontier_png", lambda *_, **__: b"")
    answer = world.page(language="fa")._repr_html_()
    assert '<p lang="fa" dir="rtl">' in answer and re.search("[آ-ی]", answer)


def test_a_large_map_without_incidents_has_no_picture(small_limit):
    answer = OfflineMap([38, 70])._repr_html_()
    assert "<img" not in answer and ".save(" in answer


def test_the_picture_is_really_drawn(world, small_limit):
    pytest.importorskip("matplotlib")
    answer = world.page()._repr_html_()
    assert "data:image/png;base64,iVBORw0KGgo" in answer  # the first bytes of every PNG
