"""
The commands about places, run as a user runs them: real processes, real files.

What they print and write is compared with what the same Python calls return.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import frontier_geo as fg
from frontier_geo.geonames import GAZETTEER_COLUMNS, read_geonames

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals and terminals")
NO_PLACE = 3

REPORTS = """event_id,date_start,place,killed,temperature,note
007,2020-01-01,"near Kishty village, Shamsiddin Shohin district",3,-1.5,=1+1
008,2020-02,Farkhor district,,2,"a,b"
009,2020,,1,-3.5,NA
010,2020,Zormak,0,4,@x
011,2021-05-05,border of Hamadoni and Farkhor districts,,5,😀
012,2021-05-05,Khujand,,6,[red]x[/red]
013,2021-05-05,Kathmandu,,7,"two
lines"
"""
#: Two villages of one name, 180 km apart.
TWINS = """place_id,name,country,admin1,admin2,lat,lon
twin-1,Zormak,TJ,GBAO,Vanj,38.3,71.4
twin-2,Zormak,AF,Kunduz,Imam Sahib,37.2,68.9
"""
OWN = "place_id,name,country,lat,lon\nmy-1,Odinaboi,TJ,37.9,70.2\nmy-2,Kishti,TJ,37.0,70.0\n"


def environment(**more: str) -> dict[str, str]:
    """Return the variables under which a child finds the library these tests have imported."""
    source = str(Path(fg.__file__).parents[1])
    paths = [source, *filter(None, [os.environ.get("PYTHONPATH")])]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FRONTIER_GEO")}
    return {**kept, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1", **more}


def shell(*words: object, cwd: Path, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    """Run a command of the shell; it never shows a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "frontier_geo", *map(str, words)],
        cwd=cwd, env=environment(COLUMNS="200"), input=stdin, capture_output=True, timeout=120,
        check=False,
    )  # fmt: skip
    said = [stream.decode("utf-8") for stream in (done.stdout, done.stderr)]
    assert "Traceback" not in said[1]
    return subprocess.CompletedProcess(done.args, done.returncode, *said)


def answer_of(*words: object, cwd: Path, code: int = 0, stdin: bytes = b"") -> dict:
    """Run a command with ``--json`` and read its answer as strict readers do."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is not JSON")

    done = shell(*words, "--json", cwd=cwd, stdin=stdin)
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout, parse_constant=refuse)


def listing(folder: Path) -> dict[str, bytes | None]:
    """Return every path below a folder with its content."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


# ---- one text ------------------------------------------------------------------------------------

TEXTS = [
    "near Kishty village, Shamsiddin Shohin district",
    "в Шуроабадском районе",
    "ноҳияи Ҳамадонӣ",
    "ولسوالی شهر بزرگ",
    "12 km upstream of Ishkoshim",
    "Ишкашим",
    "Khujand",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_answer_is_that_of_the_python_call(text, tmp_path):
    answer = answer_of("geocode", text, cwd=tmp_path)
    place = fg.geocode_text(text)
    for name in (
        "location_precision", "location_uncertainty_km", "lon", "lat", "frontage_from_km",
        "frontage_to_km", "country_side", "admin1", "admin2", "score", "ambiguous", "off_border",
        "reason",
    ):  # fmt: skip
        assert answer[name] == getattr(place, name), name
    assert answer["place_ids"] == list(place.place_ids)
    assert answer["placed"] is True
    assert [m["text"] for m in answer["mentions"]] == place.mentions["text"].tolist()
    assert [c["place_id"] for c in answer["candidates"]] == place.candidates["place_id"].tolist()
    assert answer["parameters"]["gazetteer_places"] == len(fg.load_gazetteer())
    assert answer["boundary"]["boundary_id"] == "TJ-AF"


def test_a_point_is_told_in_plain_words(tmp_path):
    done = shell("geocode", TEXTS[0], cwd=tmp_path)
    place = fg.geocode_text(TEXTS[0])
    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "Known to  near_settlement: near a named village, or in a post's area",
        f"Point     {place.lat:.5f} N, {place.lon:.5f} E ± {place.location_uncertainty_km:g} km",
        "Side      TJ",
        "District  Shamsiddin Shohin, Khatlon",
        "Places    tj-v-kishti-poyon-1221122",
        place.reason,
    ):
        assert words in done.stdout, words
    assert "characters" not in done.stdout


def test_a_stretch_is_told_in_plain_words(tmp_path):
    done = shell("geocode", "border of Hamadoni and Farkhor districts", cwd=tmp_path)
    place = fg.geocode_text("border of Hamadoni and Farkhor districts")
    assert (
        f"km {place.frontage_from_km:,.1f} to {place.frontage_to_km:,.1f} of TJ-AF" in done.stdout
    )
    assert "Point" not in done.stdout


def test_explain_shows_every_name_and_what_became_of_it(tmp_path):
    """Spans, what each name was taken for, how well, and which others were left and why."""
    text = "DUSHANBE -- A clash near Ishkoshim, Badakhshan province of Afghanistan"
    answer = answer_of("geocode", text, cwd=tmp_path)
    done = shell("geocode", text, "--explain", cwd=tmp_path)
    assert done.returncode == 0
    assert len(answer["mentions"]) >= 3
    for mention in answer["mentions"]:
        assert text[mention["start"] : mention["end"]] == mention["text"]
        assert f"{mention['start']}-{mention['end']}" in done.stdout
        assert mention["role"] in done.stdout
    assert "origin of the news" in {mention["role"] for mention in answer["mentions"]}
    assert answer["candidates"][0]["why_not"] == "taken"
    assert all(row["why_not"] for row in answer["candidates"])
    for row in answer["candidates"]:
        assert row["place_id"] in done.stdout
        if row["score"] < answer["candidates"][0]["score"]:
            assert row["why_not"].startswith("fits less well by")


def test_no_place_has_an_exit_code_of_its_own(tmp_path):
    """3: nothing is wrong, and nothing is pinned; the reason is told."""
    for text in ("Kathmandu", "somewhere on the Tajik-Afghan border", "", "   "):
        done = shell("geocode", text, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (NO_PLACE, ""), text
        assert fg.geocode_text(text).reason in done.stdout
        answer = answer_of("geocode", text, cwd=tmp_path, code=NO_PLACE)
        assert answer["placed"] is False
        assert answer["lon"] is None and answer["frontage_from_km"] is None


def test_hints_decide_between_the_banks(tmp_path):
    """Ishkashim lies on both; a country or a district chooses, in any case of letters."""
    assert answer_of("geocode", "Ишкашим", cwd=tmp_path)["ambiguous"] is True
    for words, side in (
        (("--country", "af"), "AF"),
        (("--country", "TJ"), "TJ"),
        (("--admin1", "gbao"), "TJ"),
        (("--admin2", "Ishkashim", "--admin1", "Badakhshan"), "AF"),
    ):
        answer = answer_of("geocode", "Ишкашим", *words, cwd=tmp_path)
        assert (answer["country_side"], answer["ambiguous"]) == (side, False), words


def test_the_threshold_refuses_what_fits_less_well(tmp_path):
    """What is nearly a name is a match at 0.7 and none at 1."""
    found = answer_of("gazetteer", "search", "Ishkoshym", "--threshold", 0.7, cwd=tmp_path)
    score = found["candidates"][0]["score"]
    assert 0.7 < score < 1
    said = answer_of(
        "gazetteer", "search", "Ishkoshym", "--threshold", 1, cwd=tmp_path, code=NO_PLACE
    )
    assert said["candidates"] == [] and said["reason"]
    answer_of("geocode", "Ishkoshym", "--threshold", 1, cwd=tmp_path, code=NO_PLACE)


def test_a_long_report_comes_by_the_standard_input(tmp_path):
    """``-`` reads it; more than a command line may hold, with a byte order mark or without."""
    report = "A patrol was fired upon near Kishty village, Shamsiddin Shohin district. "
    for text in (report, "\ufeff" + report, report + "Nobody was near. " * 300):
        answer = answer_of("geocode", "-", cwd=tmp_path, stdin=text.encode())
        assert answer["place_ids"] == ["tj-v-kishti-poyon-1221122"]
    done = shell("geocode", "-", cwd=tmp_path, stdin=b"near Pa\xf1j")
    assert done.returncode == 1
    assert re.fullmatch(r"frontier-geo: error: .*UTF-8.*0xf1 at position 8.*\n", done.stderr)


#: Texts that are no place, and what a terminal might obey or a spreadsheet run.
ODD_TEXTS = {
    "control signs": "\x01\x02\x1b[2J\x07",
    "escape sequence": "\x1b]0;title\x07 Kathmandu \x1b[31m",
    "markup": "[bold red]Kathmandu[/bold red] [link=http://x]y[/link]",
    "mixed direction": "Kathmandu \u202eولسوالی\u202c \u2066x\u2069",
    "emoji": "😀🏔️🇹🇯",
    "formula": '=HYPERLINK("http://x","Kathmandu")',
    "lone signs": "... --- ,,, ()",
    "line ends": "Kath\nmandu\u2028\r\n",
    "combining signs": "K" + "\u0301" * 500,
}


@pytest.mark.parametrize("case", ODD_TEXTS)
def test_odd_texts_are_no_place_and_reach_no_terminal(case, tmp_path):
    """No match with a reason; nothing that a terminal would obey is printed."""
    text = ODD_TEXTS[case].encode()
    for words in (("geocode", "-", "--explain"), ("geocode", "-", "--json")):
        done = shell(*words, cwd=tmp_path, stdin=text)
        assert (done.returncode, done.stderr) == (NO_PLACE, ""), done.stdout
        told = {unicodedata.category(sign) for sign in done.stdout if sign != "\n"}
        if "--json" not in words:
            assert not told & {"Cc", "Cf", "Cs"}, done.stdout
        assert "\x1b" not in done.stdout
    assert json.loads(done.stdout)["reason"]


def test_what_a_name_brings_along_is_shown_not_obeyed(tmp_path):
    """A gazetteer of somebody else's: its names reach the screen as letters."""
    rows = "place_id,name,country,lat,lon\n[red]1,\x1b[2JOdinaboi[blink],TJ,37.9,70.2\n"
    (tmp_path / "own.csv").write_text(rows, encoding="utf-8")
    done = shell("gazetteer", "search", "Odinaboi", "-g", "own.csv", cwd=tmp_path)
    assert done.returncode in (0, NO_PLACE)
    assert "\x1b" not in done.stdout
    if done.returncode == 0:
        assert "[red]1" in done.stdout


def test_a_hundred_thousand_characters_are_read_in_time(tmp_path):
    """Words, one word, and no words: an answer, and no more than the limit is read."""
    for text in ("word " * 20_000, "x" * 100_000, "!" * 100_000, "в" * 150_000):
        done = shell("geocode", "-", cwd=tmp_path, stdin=text.encode())
        assert (done.returncode, done.stderr) == (NO_PLACE, "")
        assert len(done.stdout) < 5_000


# ---- a file of reports ---------------------------------------------------------------------------


@pytest.fixture
def reports(tmp_path) -> Path:
    (tmp_path / "reports.csv").write_text(REPORTS, encoding="utf-8")
    (tmp_path / "twins.csv").write_text(TWINS, encoding="utf-8")
    return tmp_path


PLACE_THEM = ("geocode", "-g", "twins.csv", "-i", "reports.csv")


def cells(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_file_is_placed_as_by_the_python_call(reports):
    done = shell(*PLACE_THEM, "--output", "placed.csv", cwd=reports)
    assert done.returncode == 0
    assert f"Wrote 7 rows to {reports.resolve() / 'placed.csv'}" in done.stdout
    table = pd.read_csv(reports / "placed.csv", dtype={"event_id": str})
    given = pd.DataFrame({"place": [row["place"] for row in cells(REPORTS)]})
    gazetteer = fg.load_gazetteer().add(fg.Gazetteer.from_csv(reports / "twins.csv"))
    placed = fg.geocode_events(given, gazetteer=gazetteer)
    np.testing.assert_allclose(table["lon"], placed.geometry.x)
    np.testing.assert_allclose(table["lat"], placed.geometry.y)
    for name in ("location_uncertainty_km", "frontage_from_km", "frontage_to_km", "geocode_score"):
        np.testing.assert_allclose(table[name], placed[name], err_msg=name)
    for name in ("location_precision", "country_side", "admin1", "admin2", "location_basis"):
        assert table[name].fillna("").tolist() == placed[name].fillna("").tolist(), name
    assert table["place_ids"].fillna("").tolist() == [";".join(ids) for ids in placed["place_ids"]]


def test_the_summary_counts_every_row_once(reports):
    done = shell(*PLACE_THEM, "-o", "placed.json", "--json", cwd=reports)
    answer = json.loads(done.stdout)
    assert answer["rows_n"] == 7 == answer["placed"] + answer["refused"] + answer["kept"]
    assert answer["placed"] == answer["point"] + answer["stretch"] + answer["off_border"]
    assert (answer["point"], answer["stretch"], answer["off_border"]) == (1, 2, 1)
    assert (answer["refused"], answer["ambiguous"], answer["kept"]) == (3, 1, 0)
    assert done.stderr == (
        "7 rows: 4 placed (1 at a point, 2 on a stretch of border, 1 away from it), 3 refused, "
        "0 kept as they were; 1 of them ambiguous.\n"
    )
    rows = json.loads((reports / "placed.json").read_text(encoding="utf-8"))["rows"]
    assert [row["event_id"] for row in rows] == [f"{n:03}" for n in range(7, 14)]
    assert all(row["location_basis"] for row in rows)
    assert rows[2]["location_basis"] == "the text is empty"
    assert [rows[3][name] for name in ("country_side", "admin1", "admin2")] == [None] * 3
    assert rows[0]["place_ids"] == ["tj-v-kishti-poyon-1221122"]


def test_every_column_given_is_kept(reports):
    """In their order and with their cells, text that looks like a number or like missing included."""
    shell(*PLACE_THEM, "-o", "placed.csv", cwd=reports)
    before, after = cells(REPORTS), cells((reports / "placed.csv").read_text(encoding="utf-8"))
    assert list(after[0])[: len(before[0])] == list(before[0])
    for old, new in zip(before, after, strict=True):
        for name, cell in old.items():
            if name == "temperature":
                assert float(new[name]) == float(cell)
            else:
                assert new[name].removeprefix("'") == cell, name


def test_no_cell_can_act_as_a_formula(reports):
    """Text that begins with = + - @ gets an apostrophe; numbers below 0 stay numbers."""
    rows = [
        ["place", "=a", "b"],
        ["=HYPERLINK(1)", "-1", "+x"],
        ["@Khorog", "-2.5", "\tx"],
        ["-Khorog", "3", "＝1"],
    ]
    with (reports / "hostile.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    shell("geocode", "-i", "hostile.csv", "-o", "placed.csv", cwd=reports)
    after = cells((reports / "placed.csv").read_text(encoding="utf-8"))
    assert [row["place"] for row in after] == ["'=HYPERLINK(1)", "'@Khorog", "'-Khorog"]
    assert [row["b"] for row in after] == ["'+x", "'\tx", "'＝1"]
    assert [float(row["=a"] if "=a" in row else row["'=a"]) for row in after] == [-1, -2.5, 3]
    assert after[1]["location_precision"] == "settlement"


@pytest.mark.parametrize("suffix", ["csv", "geojson"])
def test_what_is_written_can_be_read_and_located(reports, suffix):
    """Points become points, stretches stretches, refusals unplaced: nothing is rejected."""
    shell(*PLACE_THEM, "-o", f"placed.{suffix}", cwd=reports)
    events = fg.read_events(reports / f"placed.{suffix}").accepted
    located = fg.locate_events(events).drop_duplicates("event_id").set_index("event_id")
    assert located["placement"].to_dict() == {
        "007": "point", "008": "frontage", "009": "unplaced", "010": "unplaced",
        "011": "frontage", "012": "off_border", "013": "unplaced",
    }  # fmt: skip
    assert located.loc["011", ["frontage_from_km", "frontage_to_km"]].tolist() == [287, 301]
    assert events["killed"].sum() == 4


def test_a_second_run_changes_nothing(reports):
    """What was placed is kept; what was refused is refused again, and gains no side or district."""
    shell(*PLACE_THEM, "-o", "placed.csv", cwd=reports)
    done = shell(
        "geocode", "-g", "twins.csv", "-i", "placed.csv", "-o", "again.csv", "--json", cwd=reports
    )
    assert (reports / "again.csv").read_text("utf-8") == (reports / "placed.csv").read_text("utf-8")
    answer = json.loads(done.stdout)
    assert (answer["kept"], answer["refused"]) == (4, 3)


def test_geojson_draws_points_and_stretches(reports):
    """A stretch is its part of the line, within 100 m; a refusal has no geometry."""
    shell(*PLACE_THEM, "-o", "placed.geojson", cwd=reports)
    answer = json.loads((reports / "placed.geojson").read_text(encoding="utf-8"))
    kinds = [f["geometry"] and f["geometry"]["type"] for f in answer["features"]]
    assert kinds == ["Point", "LineString", None, None, "LineString", "Point", None]
    boundary = fg.load_boundary()
    ends = answer["features"][4]["geometry"]["coordinates"]
    for end, km in ((ends[0], 287), (ends[-1], 301)):
        assert end == pytest.approx([boundary.point_at(km).x, boundary.point_at(km).y], abs=1e-6)
    assert answer["features"][6]["properties"]["location_precision"] == "unknown"


def test_only_refusals_make_a_file_too(tmp_path):
    """Nothing placed, nothing wrong."""
    (tmp_path / "r.tsv").write_text("id\tplace\n1\t\n2\tKathmandu\n", encoding="utf-8")
    for suffix in ("csv", "json", "geojson"):
        done = shell("geocode", "-i", "r.tsv", "-o", f"p.{suffix}", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "0 placed" in done.stderr and "2 refused" in done.stderr
    assert len(pd.read_csv(tmp_path / "p.csv")) == 2


def test_points_and_columns_given_help_and_are_kept(tmp_path):
    """A row with a point keeps it; country_side and admin2 of a row decide, then the options."""
    (tmp_path / "r.csv").write_text(
        "where,lon,lat,country_side,frontage_from_km,frontage_to_km\n"
        "Khorog,70.5,37.9,,,\nИшкашим,,,AF,,\nИшкашим,,,,,\nPanj,,,,10,20\n",
        encoding="utf-8",
    )
    words = ("--place-column", "where", "--country", "TJ")
    shell("geocode", "-i", "r.csv", "-o", "p.csv", *words, cwd=tmp_path)
    table = pd.read_csv(tmp_path / "p.csv")
    assert table.loc[0, ["lon", "lat"]].tolist() == [70.5, 37.9]
    assert table["place_ids"].fillna("").tolist() == ["", "af-d-ishkashim", "tj-d-ishkoshim", ""]
    assert table.loc[3, ["frontage_from_km", "frontage_to_km"]].tolist() == [10, 20]


def test_without_an_output_the_rows_are_printed(reports):
    before = listing(reports)
    done = shell(*PLACE_THEM, cwd=reports)
    assert done.returncode == 0
    for words in ("near Kishty village", "km 287-301", "the text is empty"):
        assert words in done.stdout
    answer = answer_of(*PLACE_THEM, cwd=reports)
    assert len(answer["reports"]) == 7
    assert listing(reports) == before


def test_hostile_reports_stay_on_their_rows(tmp_path):
    """Whatever a cell holds, each row gets an answer with a reason, in its own line."""
    texts = [*ODD_TEXTS.values(), "x" * 100_000, "near Kishty village"]
    with (tmp_path / "r.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["place"], *([text] for text in texts)])
    done = shell("geocode", "-i", "r.csv", cwd=tmp_path)
    assert done.returncode == 0
    assert not {unicodedata.category(s) for s in done.stdout if s != "\n"} & {"Cc", "Cf", "Cs"}
    shell("geocode", "-i", "r.csv", "-o", "p.csv", cwd=tmp_path)
    after = cells((tmp_path / "p.csv").read_text(encoding="utf-8"))
    assert len(after) == len(texts)
    assert all(row["location_basis"] for row in after)
    assert [row["lon"] != "" for row in after] == [False] * (len(texts) - 1) + [True]


# ---- gazetteer -----------------------------------------------------------------------------------


def place(number, name, lat, lon, code="PPL", country="TJ", names="", admin1="02", population="0"):
    """Return a line of a file of places, with its 19 columns."""
    feature = {"A": "A", "P": "P"}.get(code[0], "H")
    return "\t".join(
        [
            *(
                str(number),
                name,
                name,
                names,
                str(lat),
                str(lon),
                feature,
                code,
                country,
                "",
                admin1,
            ),
            *("", "", "", population, "", "1500", "Asia/Dushanbe", "2026-10-01"),
        ]
    )


TJ = [
    place(3, "Viloyati Khatlon", 37.8, 69.0, "ADM1"),
    place(1221122, "Kishti Poyon", 37.93161, 70.16909, names="Kishti-i-Nav"),
    place(8, "Nawdehi Tozaobod", 37.51, 69.91, names="Навдеҳи Тозаобод"),
    place(11, "Khujand", 40.28256, 69.62216, "PPLA", population="191000", admin1="03"),
]
AF = [place(20, "Spinkala", 37.59437, 69.86508, country="AF", admin1="26")]
NAMES = ["\t".join(("80", "8", "ru", "Таза-Абад", "", "", "", "", "", ""))]


def write_dumps(folder: Path) -> Path:
    """Write three small archives as GeoNames packs them, and two that broke off."""
    for name, lines in (("TJ", TJ), ("AF", AF), ("alternateNamesV2", NAMES)):
        with zipfile.ZipFile(folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{name}.txt", "\n".join(lines) + "\n")
    whole = (folder / "TJ.zip").read_bytes()
    (folder / "cut.zip").write_bytes(whole[: len(whole) // 2])
    (folder / "cut.txt").write_text("\n".join(TJ)[:-40], encoding="utf-8")
    return folder


@pytest.fixture
def dumps(tmp_path) -> Path:
    return write_dumps(tmp_path)


ARCHIVES = ("TJ.zip", "AF.zip", "alternateNamesV2.zip")


def test_a_gazetteer_is_built_and_used(dumps):
    """Shipped places first, GeoNames' own after them, one row where both have a place."""
    answer = answer_of("gazetteer", "build", *ARCHIVES, "-o", "g.csv", cwd=dumps)
    shipped = fg.load_gazetteer()
    assert (answer["shipped"], answer["merged"], answer["added"]) == (len(shipped), 2, 2)
    assert answer["places"] == len(shipped) + 2 and answer["from_geonames"] == 4
    built = fg.Gazetteer.from_csv(dumps / "g.csv")
    assert built.ids[: len(shipped)] == shipped.ids
    assert built.ids[len(shipped) :] == ("af-v-spinkala-20", "tj-v-nawdehi-tozaobod-8")
    with (dumps / "g.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == GAZETTEER_COLUMNS
    row = built.table.set_index("place_id").loc["tj-v-kishti-poyon-1221122"]
    assert "Kishti-i-Nav" in row["names_alt"].split(";") and "Kishty" in row["names_alt"].split(";")
    for text in ("Nawdehi Tozaobod", "Таза-Абад"):
        assert answer_of("geocode", text, cwd=dumps, code=NO_PLACE)["placed"] is False
        found = answer_of("geocode", text, "-g", "g.csv", cwd=dumps)
        assert found["place_ids"] == ["tj-v-nawdehi-tozaobod-8"]
        assert found["parameters"]["gazetteer_places"] == len(shipped) + 2


def test_with_a_built_gazetteer_the_shipped_answers_stay(dumps):
    """More villages change no answer about the places that were there."""
    for more in ((), ("--no-shipped",)):
        shell("gazetteer", "build", *ARCHIVES, "-o", "g.csv", *more, cwd=dumps)
        for text in TEXTS[:4]:
            with_it = answer_of("geocode", text, "-g", "g.csv", cwd=dumps)
            without = answer_of("geocode", text, cwd=dumps)
            for name in ("place_ids", "frontage_from_km", "frontage_to_km", "lon", "ambiguous"):
                assert with_it[name] == without[name], (more, text, name)


def test_the_shipped_places_can_be_left_out(dumps):
    """Then the file holds what `read_geonames` returns."""
    words = ("--no-shipped", "--within-km", 30, "-o", "g.csv")
    done = shell("gazetteer", "build", *ARCHIVES, *words, cwd=dumps)
    assert "Wrote 3 places to" in done.stdout and done.stderr == ""
    table = fg.Gazetteer.from_csv(dumps / "g.csv").table
    paths = [dumps / name for name in ARCHIVES]
    wanted = read_geonames(paths, boundary=fg.load_boundary(), within_km=30)
    assert table["place_id"].tolist() == wanted["place_id"].tolist()
    np.testing.assert_array_equal(table[["lat", "lon"]], wanted[["lat", "lon"]])
    assert table["name_ru"].fillna("").tolist() == wanted["name_ru"].tolist()
    assert table["geonames_id"].tolist() == wanted["geonames_id"].tolist()


def test_a_gazetteer_for_another_line_has_no_shipped_places(dumps):
    """Their stretches are kilometres of the shipped border."""
    line = {"type": "LineString", "coordinates": [[69.5, 40.2], [69.8, 40.3]]}
    feature = {"type": "Feature", "properties": {}, "geometry": line}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    (dumps / "mine.geojson").write_text(text, encoding="utf-8")
    answer = answer_of("gazetteer", "build", "TJ.zip", "-b", "mine.geojson", cwd=dumps)
    assert (answer["shipped"], answer["places"]) == (0, 1)
    table = fg.Gazetteer.from_csv(dumps / "gazetteer.csv").table
    assert table["name"].tolist() == ["Khujand"]


def test_places_of_ones_own_come_first(tmp_path):
    """`-g` may be repeated; of two places that fit alike the user's own is taken."""
    (tmp_path / "own.csv").write_text(OWN, encoding="utf-8")
    (tmp_path / "more.csv").write_text(OWN.splitlines()[0] + "\nmy-3,Zormak,AF,37.5,70.1\n")
    words = ("-g", "own.csv", "-g", "more.csv")
    for text, place_id in (("Одинабой", "my-1"), ("Kishti", "my-2"), ("Zormak", "my-3")):
        found = answer_of("gazetteer", "search", text, *words, cwd=tmp_path)["candidates"]
        assert found[0]["place_id"] == place_id
    assert answer_of("geocode", "near Odinaboi", *words, cwd=tmp_path)["place_ids"] == ["my-1"]


def test_search_prints_the_candidates_ranked(tmp_path):
    answer = answer_of("gazetteer", "search", "Ишкашим", cwd=tmp_path)
    found = fg.load_gazetteer().search("Ишкашим")
    assert [row["place_id"] for row in answer["candidates"]] == found["place_id"].tolist()
    for name in ("score", "match_type", "runner_up", "n_candidates", "ambiguous"):
        assert answer["candidates"][0][name] == found[name].iloc[0]
    done = shell("gazetteer", "search", "Ишкашим", "--limit", 2, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["1", "2"]
    assert "Ambiguous" in done.stdout and "tj-t-ishkoshim" not in done.stdout
    done = shell("gazetteer", "search", "Kathmandu", cwd=tmp_path)
    assert done.returncode == NO_PLACE
    assert done.stdout == "No match: no place has a name like it.\n"


# ---- what cannot be done -------------------------------------------------------------------------

FILES = {
    "reports.csv": REPORTS,
    "empty.csv": "",
    "header.csv": "event_id,place\n",
    "latin.csv": "place\nPañj\n".encode("latin-1"),
    "semicolons.csv": "event_id;place\n1;Khorog\n",
    "long.csv": "event_id,place\n1,Khorog,x\n",
    "number.csv": "place,lon,lat\nKhorog,71.5,north\n",
    "reports.xlsx": "PK",
    "own.csv": OWN,
    "swapped.csv": "place_id,name,country,lat,lon\na,Odinaboi,TJ,70.2,37.9\n",
    "nowhere.csv": "place_id,name,country,lat,lon\na,Odinaboi,TJ,,\n",
    "columns.csv": "id,name\na,Odinaboi\n",
    "old.csv": "kept\n",
}


def test_a_file_is_explained_in_a_column_of_its_own(tmp_path):
    """With --explain each row says which names were found and what became of them."""
    (tmp_path / "r.csv").write_text(
        "place\nKABUL - clash in Darqad district\n?\n", encoding="utf-8"
    )
    shell("geocode", "-i", "r.csv", "-o", "out.csv", "--explain", cwd=tmp_path)
    told = pd.read_csv(tmp_path / "out.csv")["geocode_explanation"].tolist()
    assert "'Darqad district': place, Darqad (af-d-darqad" in told[0]
    assert "'KABUL': origin of the news" in told[0] and told[1] == "no name found"


REFUSED = {
    "text and file": (["geocode", "Khorog", "-i", "reports.csv"], 2, "both were given"),
    "neither": (["geocode"], 2, "neither was given"),
    "output of a text": (["geocode", "Khorog", "-o", "old.csv"], 2, "--output is for a file"),
    "no file": (["geocode", "-i", "none.csv"], 1, "none.csv is not there"),
    "folder": (["geocode", "-i", "folder"], 1, "folder is a folder"),
    "no column": (
        ["geocode", "-i", "reports.csv", "--place-column", "where", "-o", "old.csv"], 1,
        "'where'.*'event_id', 'date_start', 'place'.*--place-column",
    ),
    "empty": (["geocode", "-i", "empty.csv", "-o", "old.csv"], 1, "empty.csv.*No columns"),
    "no rows": (["geocode", "-i", "header.csv", "-o", "old.csv"], 1, "has no rows"),
    "latin": (["geocode", "-i", "latin.csv", "-o", "old.csv"], 1, "latin.csv.*UTF-8"),
    "semicolons": (["geocode", "-i", "semicolons.csv"], 1, "commas.*'event_id;place'"),
    "long row": (["geocode", "-i", "long.csv"], 1, "long.csv.*as long as"),
    "no number": (["geocode", "-i", "number.csv"], 1, "lat must hold numbers.*row 1 has 'north'"),
    "spreadsheet": (["geocode", "-i", "reports.xlsx"], 1, "CSV or TSV.*'reports.xlsx'"),
    "suffix": (["geocode", "-i", "reports.csv", "-o", "new.xlsx"], 1, "'new.xlsx'"),
    "output folder": (["geocode", "-i", "reports.csv", "-o", "no/p.csv"], 1, "no does not exist"),
    "country": (["geocode", "Khorog", "--country", "UZ"], 1, r"--country.*AF, TJ.*'UZ'"),
    "district": (["geocode", "Khorog", "--admin2", "Hamadani"], 1, "Hamadoni.*'Hamadani'"),
    "threshold": (["geocode", "Khorog", "--threshold", "8"], 1, "between 0 and 1, but is 8"),
    "threshold nan": (["gazetteer", "search", "x", "--threshold", "nan"], 1, "0 and 1.*nan"),
    "no gazetteer": (["geocode", "Khorog", "-g", "none.csv"], 1, "none.csv is not there"),
    "swapped": (["geocode", "Khorog", "-g", "swapped.csv"], 1, "'a' has lat 70.2 and lon 37.9"),
    "nowhere": (["geocode", "Khorog", "-g", "nowhere.csv"], 1, "'a'.*neither coordinates"),
    "columns": (["gazetteer", "search", "x", "-g", "columns.csv"], 1, "columns.csv.*'place_id'"),
    "empty gazetteer": (["geocode", "Khorog", "-g", "empty.csv"], 1, "empty.csv.*No columns"),
    "limit": (["gazetteer", "search", "x", "--limit", "0"], 2, "limit"),
    "no dump": (["gazetteer", "build"], 2, "--help"),
    "dump not there": (["gazetteer", "build", "XX.zip", "-o", "old.csv"], 1, "no file at XX.zip"),
    "cut archive": (["gazetteer", "build", "cut.zip", "-o", "old.csv"], 1, "cut.zip.*zip archive"),
    "cut text": (["gazetteer", "build", "cut.txt", "-o", "old.csv"], 1, "middle of it.*columns"),
    "no dump at all": (["gazetteer", "build", "own.csv", "-o", "old.csv"], 1, "own.csv, line 1.*19"),
    "names alone": (["gazetteer", "build", "alternateNamesV2.zip"], 1, "TJ.zip is needed"),
    "too far": (
        ["gazetteer", "build", "TJ.zip", "--within-km", "0.001", "-o", "old.csv"], 1,
        "within 0.001 km",
    ),
    "not positive": (["gazetteer", "build", "TJ.zip", "--within-km", "0"], 1, "above 0 km"),
    "gazetteer suffix": (["gazetteer", "build", "TJ.zip", "-o", "g.json"], 1, "'g.json'"),
    "no subcommand": (["gazetteer", "biuld"], 2, "biuld"),
}  # fmt: skip


@pytest.fixture(scope="module")
def refusals(tmp_path_factory):
    """Run every case once, several at a time, each in a folder of its own."""

    def run(case: str) -> tuple[subprocess.CompletedProcess[str], dict, dict]:
        folder = tmp_path_factory.mktemp("places")
        write_dumps(folder)
        (folder / "folder").mkdir()
        for name, content in FILES.items():
            (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        before = listing(folder)
        done = shell(*REFUSED[case][0], cwd=folder)
        return done, before, listing(folder)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return dict(zip(REFUSED, pool.map(run, REFUSED), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("case", REFUSED)
def test_the_shell_refuses_in_one_line_and_writes_nothing(refusals, case):
    """One line, an exit code, no traceback; every file is as it was."""
    done, before, after = refusals[case]
    _, code, said = REFUSED[case]
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("frontier-geo: error: ")
    assert re.search(said, lines[0]), lines[0]
    assert done.returncode == code
    assert done.stdout == ""
    assert after == before


# ---- while it works ------------------------------------------------------------------------------

#: Does something when the finished file is about to be moved into place, then runs the command.
AT_THE_MOVE = """
import os, signal, sys
def watch(event, arguments):
    if event == "os.rename":
        os.kill(os.getpid(), signal.{name})
sys.addaudithook(watch)
from frontier_geo.cli import main
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a background job
sys.argv[0] = "frontier-geo"
main()
"""


@POSIX
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
@pytest.mark.parametrize(
    "words", ["geocode -i reports.csv -o old.csv", "gazetteer build TJ.zip -o old.csv"]
)
def test_a_command_stopped_while_writing_leaves_the_old_file(dumps, words, name, code):
    """Ctrl-C or an order to end at the last moment: no half file, no leftover, no traceback."""
    (dumps / "reports.csv").write_text(REPORTS, encoding="utf-8")
    (dumps / "old.csv").write_text("old\n")
    before = listing(dumps)
    done = subprocess.run(
        [sys.executable, "-c", AT_THE_MOVE.format(name=name), *words.split()],
        cwd=dumps, env=environment(), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert listing(dumps) == before


@POSIX
@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("geocode -i many.csv -o placed.csv", "Placing reports"),
        ("gazetteer build TJ.zip AF.zip -o g.csv", "Reading GeoNames"),
    ],
)
def test_a_person_who_looks_sees_a_bar(dumps, words, what):
    """On a terminal the error stream shows how far it is; the answer stays on the other one."""
    import pty

    rows = "".join(f"{n},near Kishty village\n" for n in range(450))
    (dumps / "many.csv").write_text("event_id,place\n" + rows, encoding="utf-8")
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "frontier_geo", *words.split()],
        cwd=dumps, env=environment(TERM="xterm", COLUMNS="100"), stdout=subprocess.PIPE, stderr=slave,
    ) as running:  # fmt: skip
        os.close(slave)
        seen = b""
        while True:
            try:
                block = os.read(master, 4096)
            except OSError:  # the other end is closed
                break
            if not block:
                break
            seen += block
        assert running.stdout is not None
        said = running.stdout.read().decode()
        assert running.wait(120) == 0
    os.close(master)
    assert what in seen.decode("utf-8", "replace") and b"100%" in seen
    assert said.startswith("Wrote ") and what not in said
