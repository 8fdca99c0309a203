"""
Reading GeoNames dumps: small files in the published format, and every way in which one is broken.

The format is that of https://download.geonames.org/export/dump/readme.txt: 19 columns for places,
10 for alternate names (8 before 2019), UTF-8, tabs, no header. The rows here are made up after it.
"""

from __future__ import annotations

import tracemalloc
import zipfile

import numpy as np
import pytest
import shapely

import frontier_geo as fg
from frontier_geo.boundary import Boundary
from frontier_geo.errors import DataFileError
from frontier_geo.geonames import GAZETTEER_COLUMNS, clean_name, read_geonames


def place(number, name, lat, lon, code="PPL", country="TJ", **more):
    """Return a line of a file of places, with its 19 columns."""
    known = {"ascii": name, "names": "", "admin1": "01", "admin2": "", "population": "0"}
    known |= {"date": "2026-10-01"} | more
    feature = {"A": "A", "P": "P", "S": "H"}.get(code[0], "T")
    return "\t".join(
        [
            *(str(number), name, known["ascii"], known["names"], str(lat), str(lon)),
            *(feature, code, country, "", known["admin1"], known["admin2"], "", ""),
            *(known["population"], "", "1500", "Asia/Dushanbe", known["date"]),
        ]
    )


def alternate(number, language, name, preferred="", historic=""):
    """Return a line of alternateNamesV2, with its 10 columns."""
    fields = (str(number * 10), str(number), language, name, preferred, "", "", historic, "", "")
    return "\t".join(fields)


TJ = [
    place(1, "Viloyati Mukhtori Kŭhistoni Badakhshon", 38.3, 72.9, "ADM1", names="GBAO"),
    place(2, "Nohiyai Shŭrobod", 37.8, 70.1, "ADM2", admin1="02", admin2="7"),
    place(3, "Viloyati Khatlon", 37.8, 69.0, "ADM1", admin1="02"),
    place(
        1221122, "Kishti Poyon", 37.93161, 70.16909, admin1="02", admin2="7",
        names="Kishti,KPY,kyshty,Kyshtipoyen,Кишт,किश्ति", date="2026-11-20",
    ),
    place(5, "Xoruğ", 37.49039, 71.55337, "PPLA", population="30500"),
    place(6, "Razvaliny Kavok", 37.67973, 70.00639, "PPLQ", admin1="02"),
    place(7, "Large Village", 37.7, 70.1, population="12000", admin1="02"),
    place(8, "Minute", 37.5, 70.0, admin1="02"),
    place(9, "Quarter", 37.49, 71.55, "PPLX"),
    place(10, "Panj", 37.7, 70.2, "STM", admin1="02"),
    place(11, "Khujand", 40.28256, 69.62216, "PPLA", population="191000", admin1="03"),
    place(12, "Spring", 37.7, 70.2, "SPNG", admin1="02"),
]  # fmt: skip
AF = [place(20, "Samtī", 37.59437, 69.86508, country="AF", admin1="26", date="2026-09-09")]
NAMES = [
    alternate(1221122, "tg", "Кишти Поён"),
    alternate(1221122, "ru", "Кишти"),
    alternate(1221122, "ru", "Кишти-Поён", preferred="1"),
    alternate(1221122, "wkdt", "https://www.wikidata.org/wiki/Q42"),
    alternate(1221122, "link", "https://en.wikipedia.org/wiki/Kishti"),
    alternate(1221122, "post", "735140"),
    alternate(1221122, "", "kishuti"),
    alternate(1221122, "en", "Old Kishti", historic="1"),
    alternate(1221122, "abbr", "KP"),
    alternate(20, "prs", "سمتی"),
    alternate(20, "ps", "سمتۍ"),
    alternate(999, "en", "Elsewhere"),
]


@pytest.fixture(scope="module")
def border():
    return fg.load_boundary()


def write(path, lines, *, end="\n"):
    path.write_bytes(("\n".join(lines) + end).encode())
    return path


def pack(path, **members):
    """Write an archive; the keys are names of members without .txt."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, lines in members.items():
            archive.writestr(f"{name}.txt", "\n".join(lines) + "\n")
    return path


@pytest.fixture
def dumps(tmp_path):
    """Return the three archives as GeoNames packs them, side files included."""
    return [
        pack(
            tmp_path / "alternateNamesV2.zip",
            alternateNamesV2=NAMES,
            **{"iso-languagecodes": ["a\tb"]},
        ),
        pack(tmp_path / "TJ.zip", readme=["about"], TJ=TJ),
        pack(tmp_path / "AF.zip", readme=["about"], AF=AF),
    ]


# --- what is read ---------------------------------------------------------------------------------


def test_the_table_has_the_columns_of_the_gazetteer(dumps, border):
    table = read_geonames(dumps, boundary=border)
    assert tuple(table.columns) == GAZETTEER_COLUMNS
    assert table["place_id"].is_monotonic_increasing and table["place_id"].is_unique
    assert set(table["licence"]) == {"CC-BY-4.0"}
    for column in ("lat", "lon", "from_km", "to_km", "population"):
        assert table[column].dtype == float
    text = table.drop(columns=["lat", "lon", "from_km", "to_km", "population"])
    assert not text.isna().any(axis=None)


def test_a_place_gets_its_names_its_units_and_its_source(dumps, border):
    """Scripts and languages go to their columns; codes, links and machine transliterations go."""
    table = read_geonames(dumps, boundary=border).set_index("place_id")
    row = table.loc["tj-v-kishti-poyon-1221122"]
    assert (row["name"], row["feature_class"], row["country"]) == ("Kishti Poyon", "village", "TJ")
    assert (row["admin1"], row["admin2"]) == ("Khatlon", "Shamsiddin Shohin")
    assert row["names_alt"] == "Kishti;Kyshtipoyen;Кишт;Old Kishti"
    assert row["name_tg"] == "Кишти Поён"
    assert row["name_ru"] == "Кишти-Поён;Кишти"  # the preferred one first
    assert row["wikidata_id"] == "Q42"
    assert row["source"] == "GeoNames, TJ.zip, 2026-11-20"
    assert (row["lat"], row["lon"], row["coord_precision"]) == (37.93161, 70.16909, "settlement")
    assert np.isnan(row["population"])  # 0 means not known
    samti = table.loc["af-v-samti-20"]
    assert (samti["name"], samti["names_alt"], samti["name_fa"]) == ("Samti", "Samtī;سمتۍ", "سمتی")
    assert samti["admin1"] == ""  # no ADM1 row names code 26
    assert samti["source"] == "GeoNames, AF.zip, 2026-09-09"


def test_feature_codes_become_classes(dumps, border):
    """Seats and places of 10,000 are towns; ruins are kept and say so; quarters and springs go."""
    table = read_geonames(dumps, boundary=border).set_index("geonames_id")
    classes = table["feature_class"].to_dict()
    assert classes == {
        "2": "district", "1221122": "village", "5": "town", "6": "village",
        "7": "town", "8": "village", "10": "river", "20": "village", "3": "province",
    }  # fmt: skip
    assert table.loc["6", "notes"] == "abandoned (GeoNames PPLQ)"
    assert table.loc["8", "coord_precision"] == "approximate"  # 37° 30′, 70° 0′
    assert table.loc["10", "coord_precision"] == "approximate"
    assert table.loc["2", "coord_precision"] == "polygon_centroid"
    assert table.loc["5", "name"] == "Xorug" and table.loc["5", "population"] == 30500
    assert table.loc["5", "admin1"] == "GBAO"


def test_only_places_near_the_boundary_are_kept(dumps, border):
    """Khujand lies 226 km from the line; without a boundary it stays."""
    assert "11" not in set(read_geonames(dumps, boundary=border)["geonames_id"])
    assert "11" in set(read_geonames(dumps, boundary=border, within_km=230)["geonames_id"])
    assert "11" in set(read_geonames(dumps)["geonames_id"])


def test_every_order_and_every_packing_gives_the_same_rows(dumps, tmp_path, border):
    """Archives in any order, texts, a folder of both: the same table but for the file's name."""
    expected = read_geonames(dumps, boundary=border).drop(columns="source")
    again = read_geonames(dumps[::-1], boundary=border).drop(columns="source")
    assert again.equals(expected)
    folder = tmp_path / "unpacked"
    folder.mkdir()
    write(folder / "TJ.txt", TJ)
    write(folder / "AF.txt", AF, end="")
    write(folder / "alternateNamesV2.txt", NAMES)
    write(folder / "admin1CodesASCII.txt", ["TJ.01\tx\tx\t1"])  # not read: no dump of places
    assert read_geonames(folder, boundary=border).drop(columns="source").equals(expected)
    assert read_geonames(tmp_path, boundary=border).drop(columns="source").equals(expected)
    pack(folder / "TJ.zip", TJ=[place(40, "Older", 37.7, 70.1)])  # of a dump and its text, the text
    assert read_geonames(folder, boundary=border).drop(columns="source").equals(expected)
    packed = [pack(tmp_path / "tj.zip", TJ=[TJ[3].replace("Kishti Poyon", "Other")]), *dumps]
    table = read_geonames(packed, boundary=border)
    assert "Other" in set(table["name"]) and len(table) == len(expected)  # the first of two rows
    (tmp_path / "tj.zip").unlink()
    everything = pack(tmp_path / "allCountries.zip", allCountries=TJ + AF)
    other = place(30, "Termez", 37.22, 67.28, country="UZ")
    write(tmp_path / "allCountries.txt", [other, *TJ, *AF])
    for file in (everything, tmp_path / "allCountries.txt"):
        table = read_geonames([dumps[0], file, *dumps[1:]], boundary=border)
        assert table.drop(columns="source").equals(expected)  # neither Termez nor a row twice


def test_older_alternate_names_and_windows_line_ends_are_read(tmp_path, border):
    old = ["\t".join(line.split("\t")[:8]) for line in NAMES]
    write(tmp_path / "names.txt", old)
    (tmp_path / "TJ.txt").write_bytes(b"\xef\xbb\xbf" + "\r\n".join([*TJ, ""]).encode())
    table = read_geonames([tmp_path / "names.txt", tmp_path / "TJ.txt"], boundary=border)
    assert table.set_index("geonames_id").loc["1221122", "name_tg"] == "Кишти Поён"
    assert table["source"].str.endswith("2026-11-20").all()


def test_another_boundary_takes_every_country(tmp_path):
    """Sides that are no country codes leave the countries open."""
    line = Boundary.from_line(
        shapely.LineString([(67, 37), (68, 37)]), crs="EPSG:4326", left="north", right="south"
    )
    write(tmp_path / "UZ.txt", [place(30, "Termez", 37.22, 67.28, country="UZ")])
    table = read_geonames(tmp_path / "UZ.txt", boundary=line)
    assert table["place_id"].tolist() == ["uz-v-termez-30"]


def test_progress_rises_to_the_total(dumps, border):
    calls = []
    read_geonames(dumps, boundary=border, progress=lambda done, total: calls.append((done, total)))
    done = [call[0] for call in calls]
    assert done == sorted(done) and len({total for _, total in calls}) == 1
    size = sum(len(("\n".join(lines) + "\n").encode()) for lines in (TJ, AF, NAMES))
    assert calls[-1] == (size, size)


def test_a_file_longer_than_a_piece_is_read_whole(tmp_path, border, monkeypatch):
    """Cuts between pieces fall anywhere: inside lines and inside letters of two bytes."""
    lines = [place(100 + i, f"Деҳа Ғ{i}", 37.5 + i * 1e-4, 69.9) for i in range(300)]
    lines[0] = place(100, "Деҳа", 37.5, 69.9, date="2026-11-01")
    write(tmp_path / "TJ.txt", lines)
    whole = read_geonames(tmp_path / "TJ.txt", boundary=border)
    for size in (200, 201, 256, 1009):
        monkeypatch.setattr("frontier_geo.geonames.PIECE_BYTES", size)
        assert read_geonames(tmp_path / "TJ.txt", boundary=border).equals(whole)
    assert len(whole) == 300
    assert set(whole["source"]) == {"GeoNames, TJ.txt, 2026-11-01"}


# --- what is refused ------------------------------------------------------------------------------


def refuse(paths, match, **options):
    """Read, and expect one error of the library that names what is wrong."""
    with pytest.raises(DataFileError, match=match) as caught:
        read_geonames(paths, **options)
    assert "\n" not in str(caught.value)


def test_missing_and_empty_files(tmp_path):
    refuse(tmp_path / "TJ.zip", "no file at .*TJ.zip. Check the path")
    (tmp_path / "TJ.txt").touch()
    refuse(tmp_path / "TJ.txt", "TJ.txt must hold a GeoNames dump, but is empty")
    refuse([], "no path was given")
    folder = tmp_path / "nothing"
    folder.mkdir()
    (folder / "notes.txt").write_text("x")
    refuse(folder, "nothing must hold GeoNames dumps such as TJ.zip.*but has none")
    write(tmp_path / "alternateNamesV2.txt", NAMES)
    refuse(tmp_path / "alternateNamesV2.txt", "A file of places such as TJ.zip is needed")


def test_broken_archives(tmp_path, dumps):
    """No zip, a zip cut off, one changed byte, two data files, none."""
    (tmp_path / "XX.zip").write_bytes(b"<html>404</html>")
    refuse(tmp_path / "XX.zip", r"XX.zip must be a zip archive, but is none \(16 bytes\)")
    packed = dumps[1].read_bytes()
    (tmp_path / "YY.zip").write_bytes(packed[: len(packed) // 2])
    refuse(tmp_path / "YY.zip", "YY.zip must be a zip archive, but is none")
    stored = tmp_path / "ZZ.zip"
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("TJ.txt", "\n".join(TJ) + "\n")
    stored.write_bytes(stored.read_bytes().replace(b"Large Village", b"Large Villaqe"))
    refuse(stored, r"ZZ.zip \(TJ.txt\) must be a whole GeoNames archive.*CRC")
    refuse(pack(tmp_path / "two.zip", TJ=TJ, AF=AF), "holds 2: TJ.txt, AF.txt")
    refuse(pack(tmp_path / "zero.zip", readme=["x"]), "holds 0: none")


def test_an_archive_that_would_fill_the_disk_is_refused_unread(tmp_path, dumps, monkeypatch):
    monkeypatch.setattr("frontier_geo.geonames.MOST_BYTES", 1000)
    refuse(dumps[1], r"TJ.zip would take 0\.0 GB when unpacked, more than any GeoNames file")


def test_a_file_without_lines_is_refused_without_being_held(tmp_path, monkeypatch):
    """A line longer than a piece ends the reading."""
    monkeypatch.setattr("frontier_geo.geonames.PIECE_BYTES", 1000)
    path = write(tmp_path / "TJ.txt", [TJ[0] + "x" * 5000])
    refuse(path, "line 1: has more than 1,000 bytes")


@pytest.mark.parametrize("keep", [0.3, 0.5, 0.9])
def test_a_file_cut_in_the_middle(tmp_path, keep):
    """The last line says how far it goes."""
    content = ("\n".join(TJ) + "\n").encode()
    cut = content[: int(len(content) * keep)]
    while cut.endswith(b"\n") or cut.rsplit(b"\n", 1)[-1].count(b"\t") == 18:
        cut = cut[:-1]
    line = cut.count(b"\n") + 1
    (tmp_path / "TJ.txt").write_bytes(cut)
    refuse(tmp_path / "TJ.txt", rf"line {line}: (?:the file ends in the middle|must be UTF-8)")


def test_a_file_cut_in_its_last_column(tmp_path):
    """A date cut short shows it, with all columns there."""
    (tmp_path / "TJ.txt").write_bytes("\n".join(TJ).encode()[:-3])
    refuse(tmp_path / "TJ.txt", "line 12: the last column must be the date.*but is '2026-10'")


def test_a_file_cut_inside_a_letter(tmp_path):
    content = "\n".join([*TJ[:3], "9\tШ"]).encode()[:-1]
    (tmp_path / "TJ.txt").write_bytes(content)
    refuse(tmp_path / "TJ.txt", "line 4: the file ends in the middle of a letter")


def test_wrong_columns_and_wrong_encoding(tmp_path):
    bad = [*TJ[:4], TJ[4] + "\textra", *TJ[5:]]
    refuse(
        write(tmp_path / "a.txt", bad), "line 5: must have 19 columns, parted by tabs, but has 20"
    )
    refuse(
        write(tmp_path / "b.txt", ["a,b,c"]),
        "line 1: a GeoNames dump has 19 columns.*this line has 1",
    )
    path = write(tmp_path / "c.txt", [*TJ[:2], place(4, "Кишт", 37, 70)])
    path.write_bytes(path.read_bytes().replace("Кишт".encode(), "Кишт".encode("cp1251")))
    refuse(path, "line 3: must be UTF-8, but has the byte 0xca")
    refuse(write(tmp_path / "d.txt", [*TJ[:3], "", *TJ[3:]]), "line 4: must have 19 columns.*has 1")
    short = [*NAMES[:3], NAMES[3].rsplit("\t", 1)[0], *NAMES[4:]]
    tj = write(tmp_path / "TJ.txt", TJ)
    refuse([tj, write(tmp_path / "e.txt", short)], "e.txt, line 4: must have 10 columns.*has 9")


def test_wrong_numbers(tmp_path):
    for line, match in (
        (place(4, "A", "north", 70), "the latitude must be a number of degrees, but is 'north'"),
        (place(4, "A", 97, 70), "the latitude must lie within ±90 degrees, but is 97"),
        (place(4, "A", 37, 181), "the longitude must lie within ±180 degrees, but is 181"),
        (place(4, "A", "nan", 70), "the latitude must lie within ±90 degrees, but is nan"),
        (place("x", "A", 37, 70), "the number of the place must be a whole number, but is 'x'"),
        (place(4, "A", 37, 70, population="-"), "the population must be a whole number"),
    ):
        refuse(write(tmp_path / "TJ.txt", [*TJ[:2], line]), f"line 3: {match}")
    tj = write(tmp_path / "TJ.txt", TJ)
    names = write(tmp_path / "names.txt", [NAMES[0], NAMES[1].replace("1221122", "12x", 2)])
    refuse([tj, names], "names.txt, line 2: the number of the place must be a whole number")


def test_swapped_coordinates(tmp_path, border):
    """Columns swapped throughout are named; one odd row among good ones is no reason to stop."""
    swapped = [place(i, f"A{i}", 70 + i / 100, 37.5) for i in range(5)]
    path = write(tmp_path / "TJ.txt", swapped)
    refuse(
        path, "line 1: latitude and longitude are swapped, here and in 5 of 5 rows", boundary=border
    )
    refuse(path, "line 1: latitude and longitude are swapped")
    write(path, [*TJ, *swapped[:1]])
    assert "0" not in set(read_geonames(path, boundary=border)["geonames_id"])


def test_no_place_near_enough(tmp_path, border):
    path = write(tmp_path / "TJ.txt", [TJ[10]])
    refuse(
        path,
        r"within 60 km of TJ-AF, but the nearest of its 1 places is 22\d km away",
        boundary=border,
    )
    write(path, [place(30, "Termez", 37.22, 67.28, country="UZ")])
    refuse(path, "must hold places in TJ or AF, but has none", boundary=border)


# --- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("maymې", ""), ("dyہ khwہan", ""), ("Zarҳalol", ""), ("Кˌулоб", ""), ("खोरुग", ""),
        ("  Qizil   Qala ", "Qizil Qala"), ("Chilkan?", "Chilkan"), ("Nowabad (2)", "Nowabad"),
        ("بستان\u200cقلعه\u200e", "بستان\u200cقلعه"), ("پنج، تاجیکستان", "پنج"), ("Vose’", "Vose'"),
        ("Qalʿa-ye Zal", "Qalʿa-ye Zal"), ("Қалъаи Хумб", "Қалъаи Хумб"), ("1234", ""), ("", ""),
        ("КПП «Тем»", "КПП «Тем»"), ("شَهر بُزُرگ", "شَهر بُزُرگ"), ("x\ty", "x y"), ("dsht", "dsht"),
    ],
)  # fmt: skip
def test_clean_name(given, cleaned):
    assert clean_name(given) == cleaned


def test_clean_name_of_geonames_own_list():
    """Only there, small Latin letters and three capitals are no names; Cyrillic may begin small."""
    assert [clean_name(n, raw=True) for n in ("dsht qlʿh", "KQT", "мост", "Yol")] == [
        "",
        "",
        "мост",
        "Yol",
    ]


# --- size -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_million_alternate_names_need_little_memory(tmp_path, border):
    """The file is read in pieces: far less is held than its 45 MB."""
    tj = write(tmp_path / "TJ.txt", TJ)
    block = "".join(f"{i}\t{2_000_000 + i}\ten\tName Ғ{i}\t\t\t\t\t\t\n" for i in range(100_000))
    path = tmp_path / "alternateNamesV2.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("alternateNamesV2.txt", "w") as stream:
            for _ in range(10):
                stream.write(block.encode())
            stream.write(("\n".join(NAMES) + "\n").encode())
    tracemalloc.start()
    table = read_geonames([path, tj], boundary=border)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert table.set_index("geonames_id").loc["1221122", "name_tg"] == "Кишти Поён"
    # A piece of 4 MB, its copy as text and the places of its tabs and line ends, 8 bytes each.
    assert peak < 80e6
