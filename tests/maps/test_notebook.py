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
