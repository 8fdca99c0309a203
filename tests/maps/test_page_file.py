"""The page as a file: nothing from outside, a policy that holds, small, the same bytes each time."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import frontier_geo as fg
from frontier_geo.errors import LargeMapWarning, OutputError
from frontier_geo.maps import hotspot_page, shell
from frontier_geo.maps.packing import unpack

ASSETS = Path(shell.__file__).parent / "assets"


def source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def packed(page: str, kind: str) -> list[str]:
    blocks = re.findall(rf'<script type="text/plain" data-packed="{kind}">([^<]*)</script>', page)
    return [unpack(block).decode() for block in blocks]


@pytest.fixture(scope="module")
def shipped():
    return hotspot_page()


def test_nothing_is_linked_from_outside(shipped):
    page = shipped.html
    assert not re.findall(r"<(?:link|img|iframe|object|embed|base)\b", page)
    assert not re.findall(r"<script[^>]*\bsrc=", page)
    styles = "".join(packed(page, "style"))
    assert len(styles) > 10_000
    assert not re.findall(r"url\((?!['\"]?data:)", styles)
    scripts = "".join(packed(page, "script"))
    assert "L.Map" in scripts or "leaflet" in scripts.lower()
    assert not re.findall(r"@import|sourceMappingURL", styles + scripts)


def test_the_policy_has_the_hash_of_every_script_and_style_and_nothing_looser(shipped, policy_of):
    page = shipped.html
    policy = policy_of(page)
    inline = re.findall(r"<script>(.*?)</script>", page, flags=re.S)
    assert len(inline) == 2  # what says that a file is cut short, and boot
    assert set(policy["script-src"]) == set(map(source, [*inline, *packed(page, "script")]))
    assert len(packed(page, "script")) == 2
    assert set(policy["style-src"]) == set(map(source, packed(page, "style")))
    assert policy["default-src"] == ["'none'"]
    assert policy["img-src"] == ["data:", "blob:"]
    assert policy["base-uri"] == policy["form-action"] == ["'none'"]
    everything = " ".join(each for sources in policy.values() for each in sources)
    assert "unsafe" not in everything and "http" not in everything and "*" not in everything


def test_there_are_no_inline_styles_or_handlers(shipped):
    outside = re.sub(r"<script.*?</script>", "", shipped.html, flags=re.S)
    assert not re.findall(r"\sstyle=|\son\w+=|javascript:", outside)


def test_the_policy_stands_before_anything_it_is_about(shipped):
    page = shipped.html
    assert page.index("Content-Security-Policy") < page.index("<title>")
    assert page.index("<title>") < page.index("<script>") < page.index('<main id="fg"')
    assert page.index('<main id="fg"') < page.index('id="fg-data"')
    assert page.rindex("FrontierGeo.start") > page.rindex("data-packed")


def test_every_block_is_there_once(shipped):
    names = re.findall(r'<script type="text/plain" id="fg-([\w-]+)">', shipped.html)
    assert names == ["data", "arrays", "text-0", "basemap", "words"] == list(shipped.payload.blocks)
    words = json.loads(unpack(shipped.payload.blocks["words"]))
    assert list(words) == ["en", "ru", "tg", "fa"]
    ground = json.loads(unpack(shipped.payload.blocks["basemap"]))
    assert len(ground["towns"]) > 20 and ground["relief"]["image"].startswith("data:image/webp")


def test_a_page_without_ground_is_smaller(world):
    bare = world.page()
    assert json.loads(unpack(bare.payload.blocks["basemap"])) == {}


def test_the_page_opens_in_the_language_asked_for(world):
    page = world.page(language="fa", languages=["ru"], title="عنوان").html
    assert '<html lang="fa" dir="rtl">' in page
    assert '<main id="fg" class="fg-root" data-language="fa" data-failed="این صفحه ' in page
    assert "<title>عنوان</title>" in page
    head = world.page(language="fa", languages=["ru"]).payload.head
    assert head["languages"] == ["ru", "fa"]  # its own comes along, in the order of the buttons
    assert '<html lang="en" dir="ltr">' in world.page().html


def test_without_scripts_a_sentence_says_so(world):
    told = re.search(r"<noscript>(.*?)</noscript>", world.page(language="ru").html)[1]
    assert "JavaScript" in told and re.search("[а-я]", told)


def test_two_builds_are_the_same_bytes(world, tmp_path):
    digests = set()
    for name in ("a.html", "b.html"):
        world.page(basemap=True).save(tmp_path / name)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1


def test_two_processes_make_the_same_bytes(world):
    """Nothing hangs on the order of sets, which differs from process to process."""
    import os
    import subprocess
    import sys

    code = (
        "import hashlib, warnings; warnings.simplefilter('ignore'); import frontier_geo.maps as m; "
        "print(hashlib.sha256(m.hotspot_page().html.encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(digests) == 1


def test_saving_into_a_missing_folder_is_one_clear_error(world, tmp_path):
    target = tmp_path / "nowhere" / "page.html"
    with pytest.raises(OutputError, match=r"folder .*nowhere does not exist\. Create it"):
        world.page().save(target)


def test_saving_onto_a_folder_is_one_clear_error(world, tmp_path):
    with pytest.raises(OutputError, match="needs a file name, but .* is a folder"):
        world.page().save(tmp_path)


def test_saving_where_one_may_not_write_is_one_clear_error(world, tmp_path, monkeypatch):
    """Also for those who may write anywhere: the operating system's answer is played."""

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("frontier_geo._files.tempfile.mkdtemp", refuse)
    with pytest.raises(OutputError, match="Permission denied"):
        world.page().save(tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


def test_saving_is_all_or_nothing(world, tmp_path, monkeypatch):
    target = tmp_path / "page.html"
    target.write_text("before")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("frontier_geo._files.os.replace", full)
    with pytest.raises(OutputError, match="No space left on device"):
        world.page().save(target)
    assert target.read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_inputs_come_back_unchanged(world):
    before = {name: getattr(world, name).copy() for name in ("events", "rates", "located", "areas")}
    world.page()
    for name, table in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(getattr(world, name)), pd.DataFrame(table))


def test_a_page_tells_what_it_is(world):
    page = world.page()
    assert re.fullmatch(
        r"<HotspotPage of DEMO: 12 incidents, 1996-01-01 to 2025-12-31, 0\.\d MB>", repr(page)
    )
    assert page.size_bytes == len(page.html.encode())
    assert page.title == "Demo border"


def test_large_pages_bring_a_warning(world, monkeypatch):
    monkeypatch.setattr("frontier_geo.maps.page.LARGE_BYTES", 5_000)
    with pytest.warns(LargeMapWarning, match="12 incidents with their text"):
        world.page()


def test_vendored_leaflet_is_as_released():
    folder = ASSETS / "leaflet"
    manifest = json.loads((folder / "vendored.json").read_text(encoding="utf-8"))
    assert (manifest["package"], manifest["version"]) == ("leaflet", "1.9.4")
    for name, wanted in manifest["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == wanted, name
    assert "BSD 2-Clause" in (folder / "LICENSE").read_text(encoding="utf-8")


# ---- sizes and times -----------------------------------------------------------------------------


def many(n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Incidents with a sentence of text each, placed: points, districts, nowhere."""
    import geopandas as gpd

    rng = np.random.default_rng(n)
    boundary = fg.load_boundary()
    km = rng.uniform(1, boundary.length_km - 1, n)
    lon, lat = boundary.lonlat_at(km)
    lon, lat = (lon + rng.normal(0, 0.03, n)).round(4), (lat + rng.normal(0, 0.03, n)).round(4)
    precision = rng.choice(["exact", "settlement", "near_settlement", "district", "country"], n)
    point = np.isin(precision, ["exact", "settlement", "near_settlement"])
    stretch = precision == "district"
    day = np.datetime64("1992-01-01") + rng.integers(0, 12_000, n)
    places = ["Panj", "Шурабад", "Ишкошим", "اشکاشم", "Darvoz", "خواهان", "Рӯшон"]
    sentences = [
        "Shots were exchanged across the river for {} hours, a spokesman said.",
        "Задержаны {} человека, изъято {} кг героина, сообщили пограничники.",
        "Дар наздикии дарё тирандозӣ шуд, {} кас захмӣ шуданд.",
        "در نزدیکی دریا {} تن بازداشت شدند.",
    ]
    events = gpd.GeoDataFrame(
        {
            "event_id": [f"case-{i:06d}" for i in range(n)],
            "date_start": day, "date_end": day, "date_precision": "day",
            "event_type": rng.choice(["armed_clash", "drug_seizure", "infiltration", "other"], n),
            "scope": "border", "place": rng.choice(places, n),
            "country_side": rng.choice(["TJ", "AF"], n), "location_precision": precision,
            "location_uncertainty_km": np.where(point, 5.0, np.nan),
            "frontage_from_km": np.where(stretch, np.floor(km / 50) * 50, np.nan),
            "frontage_to_km": np.where(stretch, np.floor(km / 50) * 50 + 50, np.nan),
            "killed": pd.array(rng.integers(0, 9, n), dtype="Int64"),
            "summary": [
                sentences[i % 4].format(*rng.integers(2, 99, 2)) for i in range(n)
            ],
            "source_urls": [[f"https://news.example.org/{d}/{i}"] for i, d in enumerate(day)],
            "source": "demo", "licence": "CC0", "confidence": "high",
        },
        geometry=np.where(point, np.array(gpd.points_from_xy(lon, lat), dtype=object), None),
        crs="EPSG:4326",
    )  # fmt: skip
    located = pd.DataFrame(
        {
            "event_id": events["event_id"], "candidate": 0,
            "placement": np.where(point, "point", np.where(stretch, "frontage", "unplaced")),
            "chainage_km": np.where(point, km, np.nan), "lon": events.geometry.x,
            "lat": events.geometry.y, "distance_km": np.where(point, 1.5, np.nan),
        }
    )  # fmt: skip
    return events, located


@pytest.fixture(scope="module")
def rates():
    """Rates of the shipped incidents over the period of `many`."""
    located = fg.locate_events(fg.load_events())
    return fg.segment_rates(located, period=("1992-01-01", "2025-12-31"))


@pytest.mark.parametrize(("n", "limit_mb"), [(100, 0.40), (1_000, 0.60)])
def test_files_stay_small(n, limit_mb, rates):
    events, located = many(n)
    assert hotspot_page(events, located=located, rates=rates).size_bytes < limit_mb * 1e6


@pytest.mark.slow
def test_a_hundred_thousand_incidents_make_a_file_that_opens(rates, data_of):
    """At most 12 MB, and in some seconds: 3 on two free cores; a busy machine gets ten times that."""
    events, located = many(100_000)
    start = time.process_time()
    page = hotspot_page(events, located=located, rates=rates)
    assert time.process_time() - start < 30
    assert page.size_bytes < 12e6
    data = data_of(page)
    assert data.head["n"] == len(data.texts["id"]) == 100_000
    assert data.head["text"]["chunks"] == 49
    assert (data.columns["place"] > 0).sum() > 70_000


def test_pages_bring_no_warnings(world, tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        world.page().save(tmp_path / "page.html")
