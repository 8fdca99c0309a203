"""Every notebook runs from top to bottom, and is stored without what running it printed."""

from __future__ import annotations

import csv
import io
import re
import shutil
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"
SAMPLES = FOLDER / "data"
EXPORTS = Path(__file__).parent / "readers" / "files"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

nbformat = pytest.importorskip("nbformat", reason="the extra 'test' brings nbformat")


def read(path: Path):
    return nbformat.read(path, as_version=4)


def code_of(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_is_a_notebook():
    """Without one, the tests below would pass."""
    names = [path.name[:2] for path in NOTEBOOKS]
    assert names[:5] == ["01", "02", "03", "04", "05"] and len(set(names)) == len(names)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path):
    """No output, no execution count, no path of the machine it was written on."""
    notebook = read(path)
    nbformat.validate(notebook)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            assert cell.outputs == [], f"cell {number} holds outputs"
            assert cell.execution_count is None, f"cell {number} was run"
    text = path.read_text(encoding="utf-8")
    assert "\r" not in text
    assert not any(place in text for place in (str(Path.home()), str(FOLDER.parent), "C:\\\\"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_names_the_next_step_and_files_that_are_there(path):
    """Its last cell says where to go on; what it names as a notebook or a file of data exists."""
    cells = read(path).cells
    assert cells[-1].cell_type == "markdown" and "## Next step" in cells[-1].source
    named = re.findall(r"\b(?:data/\w+\.csv|0\d_\w+\.ipynb)", "\n".join(c.source for c in cells))
    assert named
    assert [name for name in named if not (FOLDER / name).is_file()] == []


# ---- run with a kernel of its own --------------------------------------------------------------------


def docs_notebooks():
    """Import the tool that makes pages of notebooks."""
    folder = str(FOLDER.parent / "tools")
    sys.path.insert(0, folder)
    try:
        import _docs_notebooks
    finally:
        sys.path.remove(folder)
    return _docs_notebooks


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def executed(request, tmp_path_factory):
    """Run a notebook once, in a folder of its own; return it, its folder and the temporary one."""
    pytest.importorskip("nbclient", reason="the extra 'test' brings nbclient")
    pytest.importorskip("ipykernel", reason="the extra 'test' brings ipykernel")
    here, temporary = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("temporary")
    notebook = docs_notebooks().run(request.param, here, temporary)
    return notebook, here, temporary


@pytest.mark.slow
def test_a_notebook_runs_from_top_to_bottom(executed):
    """With a fresh kernel: every cell ran, none failed, and nothing is left beside it."""
    notebook, here, _ = executed
    code = code_of(notebook)
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [out for cell in code for out in cell.outputs]
    assert [out for out in outputs if out.output_type == "error"] == []
    assert {path.suffix for path in here.iterdir()} == {"", ".ipynb"}  # itself, and the samples
    assert len(list(here.iterdir())) == 2
    warned = [out.text for out in outputs if out.get("name") == "stderr"]
    meant = ("RejectedRowsWarning", "ResolutionWarning")  # of unusable rows, and of 10 km
    assert all(any(name in text for name in meant) for text in warned), warned


@pytest.mark.slow
def test_a_map_is_an_output_in_a_closed_frame(executed):
    """As a cell's last value: a page of its own that needs nothing from the network."""
    notebook, _, _ = executed
    cells = [c for c in code_of(notebook) if re.search(r"^(own_map|page)$", c.source, re.MULTILINE)]
    drawn = [c for c in code_of(notebook) if "hotspot_page(" in c.source]
    if not drawn:
        pytest.skip("draws no map")
    assert cells
    for cell in cells:
        (shown,) = [
            out.data["text/html"] for out in cell.outputs if "text/html" in out.get("data", {})
        ]
        assert shown.startswith("<iframe ") and 'sandbox="allow-scripts allow-popups"' in shown


@pytest.mark.slow
def test_its_page_shows_every_output(executed):
    """In the documentation: each cell that gave something has it below, a map in a file of its own."""
    notebook, _, _ = executed
    page = docs_notebooks().page_of(notebook, "page")
    told = [cell for cell in code_of(notebook) if cell.outputs]
    assert len(page.outputs) == len(told)
    together = " ".join(page.outputs.values())
    assert "srcdoc" not in together
    maps = [name for name in page.files if name.endswith(".html")]
    assert all(page.files[name].startswith(b"<!DOCTYPE html>") for name in maps)
    frames = " ".join(
        out.data["text/html"]
        for c in told
        for out in c.outputs
        if "text/html" in out.get("data", {})
    )
    assert len(maps) == frames.count("srcdoc=")


@pytest.mark.slow
def test_the_quickstart_saves_the_map(executed):
    """The page lies in the temporary folder."""
    notebook, _, temporary = executed
    if "Quickstart" not in notebook.cells[0].source:
        pytest.skip("another notebook")
    (saved,) = temporary.glob("frontier-geo-*/hotspots.html")
    assert saved.read_text(encoding="utf-8").rstrip().endswith("</html>")


# ---- 03 on files it has not seen -----------------------------------------------------------------------


ACLED_ROW = {
    "event_id_cnty": "TAJ1",
    "event_date": "2024-06-18",
    "time_precision": "1",
    "event_type": "Battles",
    "sub_event_type": "Armed clash",
    "actor1": "Invented",
    "country": "Tajikistan",
    "admin1": "Khatlon",
    "latitude": "37.62",
    "longitude": "69.71",
    "geo_precision": "1",
    "fatalities": "2",
}


def csv_file(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def acled(folder):
    """An export of the download tool, of which none of the four incidents may be passed on."""
    return shutil.copy(EXPORTS / "acled" / "export_tool.csv", folder / "export.csv")


def ucdp(folder):
    return shutil.copy(EXPORTS / "ucdp" / "GEDEvent_v25_1.csv", folder)


def ucdp_zip(folder):
    path = folder / "ged251-csv.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(EXPORTS / "ucdp" / "GEDEvent_v25_1.csv", "GEDEvent_v25_1.csv")
    return path


def russian_workbook(folder):
    """A home-made list: Russian headings, commas in numbers, one row that cannot be read."""
    table = pd.DataFrame(
        {
            "Дата": ["14.02.2025", "03.05.2025", "21.07.2025", "завтра"],
            "Тип": ["перестрелка", "задержание", "перестрелка", "перестрелка"],
            "Место": ["у кишлака Кишти", "Ишкашимский район", "неизвестно", "Хорог"],
            "Широта": ["37,85", None, None, "37,49"],
            "Долгота": ["70,06", None, None, "71,55"],
            "Погибло": [1, 0, None, 2],
        }
    )
    path = folder / "наш_список.xlsx"
    table.to_excel(path, index=False)
    return path


def geopackage(folder):
    """Points in metres of UTM zone 42 north, one of them in Kabul."""
    points = gpd.GeoDataFrame(
        {"date": ["2024-03-01", "2024-09-09", "2025-01-02"], "type": ["clash", "seizure", "clash"]},
        geometry=[Point(69.2, 37.3), Point(70.9, 38.4), Point(69.17, 34.53)],
        crs="EPSG:4326",
    ).to_crs(32642)
    path = folder / "field.gpkg"
    points.to_file(path)
    return path


def only_words(folder):
    """Reports without any coordinate, one of them beyond what the library knows."""
    rows = [
        {"date": "2025-03-04", "place": "Hamadoni district", "note": "a"},
        {
            "date": "2025-03-09",
            "place": "near Kishty village, Shamsiddin Shohin district",
            "note": "b",
        },
        {"date": "2025-04-01", "place": "somewhere", "note": "c"},
    ]
    return csv_file(folder / "words.csv", rows)


def home_made(folder):
    """Headings as people write them, one row without coordinates (2026-11-30)."""
    rows = [
        {"Date": "2025-02-03", "What happened": "a clash", "Where": "Khorog", "Lat": "37.49",
         "Long": "71.55", "Killed": "2"},
        {"Date": "2025-03-04", "What happened": "a seizure", "Where": "Hamadoni district", "Lat": "",
         "Long": "", "Killed": ""},
    ]  # fmt: skip
    return csv_file(folder / "ours.csv", rows)


def like_named(folder):
    """Headings that are one in a database, and one that means the geometry there (2026-11-30)."""
    rows = [
        {"When": "2025-02-03", "Where": "Khorog", "Remark": "a", "REMARK": "b", "Geometry": "point"}
    ]
    return csv_file(folder / "like.csv", rows)


def one_incident(folder):
    return csv_file(folder / "one.csv", [ACLED_ROW])


def elsewhere(folder):
    """No incident near the border: three in Mali."""
    rows = [
        {
            **ACLED_ROW,
            "event_id_cnty": f"MLI{k}",
            "country": "Mali",
            "latitude": "14.5",
            "longitude": "-4.2",
        }
        for k in range(3)
    ]
    return csv_file(folder / "mali.csv", rows)


def unusable(folder):
    """Every row is refused: no day that can be read."""
    return csv_file(folder / "broken.csv", [{**ACLED_ROW, "event_date": "soon"}] * 2)


def years_only(folder):
    """Of each incident the year alone: all three must lie in the period, whole years of two."""
    rows = [
        {"year": "2019", "lat": "37.49", "lon": "71.50"},
        {"year": "2020", "lat": "37.21", "lon": "69.09"},
        {"year": "2020", "lat": "38.45", "lon": "70.80"},
    ]
    return csv_file(folder / "years.csv", rows)


def undated(folder):
    return csv_file(folder / "undated.csv", [{"lat": "37.49", "lon": "71.50"}] * 2)


#: For each file: rows, accepted, with a place at the border, and whether they may be passed on.
UNSEEN = {
    acled: (4, 4, 4, 0),
    ucdp: (7, 7, 5, 7),
    ucdp_zip: (7, 7, 5, 7),
    russian_workbook: (4, 3, 2, 3),
    geopackage: (3, 2, 2, 2),
    only_words: (3, 3, 2, 3),
    home_made: (2, 2, 2, 2),
    like_named: (1, 1, 1, 1),
    one_incident: (1, 1, 1, 0),
    years_only: (3, 3, 3, 3),
    undated: (2, 1, 1, 1),
    elsewhere: (3, 0, 0, 0),
    unusable: (2, 0, 0, 0),
}


@pytest.fixture(scope="module")
def cells_of_03():
    (path,) = FOLDER.glob("03_*.ipynb")
    return [cell.source for cell in code_of(read(path))]


@pytest.mark.slow
@pytest.mark.parametrize("make", UNSEEN, ids=lambda make: make.__name__)
def test_your_own_data_ends_well_with_a_file_it_has_not_seen(
    make, cells_of_03, tmp_path, monkeypatch, capsys
):
    """Each cell runs as in a kernel, here in this process to save its start, and is shown."""
    shells = pytest.importorskip("IPython.core.interactiveshell", reason="ipykernel brings IPython")
    config = pytest.importorskip("traitlets.config").Config()
    config.HistoryManager.enabled = False
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    monkeypatch.setenv("FRONTIER_GEO_FILE", str(make(tmp_path)))
    monkeypatch.chdir(tmp_path)
    shell = shells.InteractiveShell(config=config)
    for number, source in enumerate(cells_of_03):
        done = shell.run_cell(source)
        done.raise_error()
        shown = getattr(done.result, "_repr_html_", str)()
        assert isinstance(shown, str), f"cell {number}"
    told = capsys.readouterr().out
    rows, accepted, at_border, public = UNSEEN[make]
    assert f": {rows} rows, of which " in told
    assert f"Of the {accepted} others {at_border} have a place at the border." in told
    assert ("Nothing of this file can be put on the border" in told) == (at_border == 0)
    assert f"{public} of {accepted} incidents may be drawn on a map that you pass on." in told
    assert ("No incident is dated, and" in told) == (make is undated)
    assert ("No row of the file became an incident" in told) == (accepted == 0)
    (written,) = (tmp_path / "tmp").glob("frontier-geo-*")
    names = {path.name for path in written.iterdir()}
    assert ("incidents_for_you.gpkg" in names) == (accepted > 0) and "map_for_you.html" in names
    time_known = accepted > 0 and make is not undated
    assert {"map_to_pass_on.html", "rates_to_pass_on.csv"} <= names or not time_known
    assert time_known or "rates_to_pass_on.csv" not in names
    if not time_known:  # nothing that looks like a rate is said or passed on
        assert "per 100 km and year" not in told
        counts = pd.read_csv(written / "counts_to_pass_on.csv")
        assert counts["expected_events"].sum() == pytest.approx(at_border)
        assert not [name for name in counts if "rate" in name]
        return
    if not public:  # nothing of the rows is in what may be passed on
        page = (written / "map_to_pass_on.html").read_text(encoding="utf-8")
        assert "Invented" not in page
    rates = pd.read_csv(io.BytesIO((written / "rates_to_pass_on.csv").read_bytes()))
    assert rates["expected_events"].sum() == pytest.approx(at_border)
    assert (rates["rate_hi"] > 0).all()
