"""
Read the official GeoNames dumps: every village, with its names in all scripts.

The format is the one described at https://download.geonames.org/export/dump/readme.txt: UTF-8, fields
parted by tabs, no header, no quoting. A file of places (``TJ.zip``, ``allCountries.txt``) has 19
columns, one of alternate names (``alternateNamesV2.zip``) 10, in its older form 8. Which of the two a
file is, its first line tells. Files are read in pieces, so that 16 million names need little memory.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from frontier_geo._validation import check_positive
from frontier_geo.errors import DataFileError

if TYPE_CHECKING:
    from frontier_geo.boundary import Boundary

__all__ = ["GAZETTEER_COLUMNS", "clean_name", "make_place_id", "plain_name", "read_geonames"]

#: The columns of a gazetteer, in order.
GAZETTEER_COLUMNS = (
    *("place_id", "name", "feature_class", "country", "admin1", "admin2", "lat", "lon"),
    *("coord_precision", "from_km", "to_km", "names_alt", "name_tg", "name_ru", "name_fa"),
    *("population", "geonames_id", "wikidata_id", "osm_id", "source", "licence", "notes"),
)
NUMBER_COLUMNS = ("lat", "lon", "from_km", "to_km", "population")
LICENCE = "CC-BY-4.0"

PLACE_COLUMNS = 19
NAME_COLUMNS = (8, 10)  # alternateNames, alternateNamesV2
PIECE_BYTES = 4_000_000  # read at once; no line is nearly as long
MOST_BYTES = 8_000_000_000  # unpacked: allCountries.txt has about 1.7e9
NOT_DATA = {"readme.txt", "iso-languagecodes.txt"}  # what GeoNames packs beside the data
IN_FOLDER = re.compile(
    r"(?:[a-z]{2}|no-country|allcountries|cities\d+|alternatenames(?:v2)?)\.(?:zip|txt)", re.I
)

TOWN = 10_000  # inhabitants
#: GeoNames feature code → feature class; populated places (``PPL…``) are towns or villages.
FEATURES = {
    "ADM1": "province",
    "ADM2": "district",
    "ADM3": "district",
    "PSTB": "post",
    "BDG": "crossing",
    "FY": "crossing",
    "FORD": "crossing",
    "STM": "river",
    "STMI": "river",
    "LK": "physical",
    "ISL": "physical",
    "MT": "physical",
    "MTS": "physical",
    "PK": "physical",
    "PASS": "physical",
    "VAL": "physical",
    "GRGE": "physical",
}
PARTS_OF_TOWNS = ("PPLX",)  # quarters: their names repeat those of villages
#: Kept, since reports name them: posts stand and people fight at places without inhabitants.
GONE = {
    "PPLQ": "abandoned",
    "PPLW": "destroyed",
    "PPLH": "historical",
    "PPLCH": "historical capital",
}
ID_LETTERS = {"province": "p", "district": "d", "town": "t", "village": "v", "crossing": "x"} | {
    "river": "r",
    "physical": "ph",
    "post": "post",
}

#: First-level units whose name in GeoNames is not that of the area tables, without diacritics.
ADMIN1_NAMES = {
    "Gorno-Badakhshan": "GBAO",
    "Kuhistoni Badakhshon": "GBAO",
    "Mukhtori Kuhistoni Badakhshon": "GBAO",
    "Republican Subordination": "Districts of Republican Subordination",
}
#: Second-level units under a former name → name in the frontage tables.
ADMIN2_NAMES = {
    "Jilikul": "Dusti (Jilikul)",
    "Kumsangir": "Jayhun (Kumsangir)",
    "Qumsangir": "Jayhun (Kumsangir)",
    "Moskva": "Hamadoni",
    "Moskovskiy": "Hamadoni",
    "Shurobod": "Shamsiddin Shohin",
    "Shuroobod": "Shamsiddin Shohin",
}
_UNIT_WORDS = re.compile(
    r"^(?:Viloyati|Velayat-e|Wilayat-e|Nohiyai|Nohiya-i|Woluswali-ye|Wuluswali-i)\s+"
    r"|\s+(?:Province|Region|Viloyat|District|Nohiya)$",
    re.I,
)

#: Pseudo-languages of alternate names that are no names; ``wkdt`` is Wikidata.
NO_NAMES = {"link", "post", "iata", "icao", "faac", "tcid", "unlc", "phon", "piny"}
LANGUAGE_COLUMNS = {"tg": "name_tg", "ru": "name_ru", "fa": "name_fa", "prs": "name_fa"}

#: Where the places of a country lie, in whole degrees and a margin: west, south, east, north.
BOXES = {"TJ": (66.5, 36.0, 76.0, 42.0), "AF": (60.0, 28.5, 75.5, 39.5)}


# ---- names --------------------------------------------------------------------------------------

_INVISIBLE = re.compile("[\u200b\u200d-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘`ʻʼ", "'"))
_PUNCTUATION = set(" '-()«».,№\"/&\u200c")
_NUMBERED = re.compile(r"\s*\(\d+\)$")
_SCRIPTS = {"LATIN", "CYRILLIC", "ARABIC"}


def _scripts(text: str) -> set[str]:
    """Return the scripts of a text's letters; modifier letters such as ʿ belong to none."""
    return {
        unicodedata.name(letter, "UNKNOWN").split()[0]
        for letter in text
        if unicodedata.category(letter) in ("Lu", "Ll", "Lt", "Lo")
    }


def clean_name(text: str, *, raw: bool = False) -> str:
    """
    Return a name without what is no part of it, or ``""`` if it is no name at all.

    Invisible marks, a trailing question mark, numbers that tell namesakes apart and what follows an
    Arabic comma go. A name is dropped if one of its words mixes scripts, or if it holds a letter that
    is not Latin, Cyrillic or Arabic.

    Parameters
    ----------
    text : str
        A name as a source writes it.
    raw : bool, default False
        Whether it comes from GeoNames' own list, in which a Latin name with a word in small letters
        at its beginning is a machine's transliteration of a name in another script, and three
        capitals are the code of an airport.

    Examples
    --------
    >>> clean_name("Nowabad (2)"), clean_name("may\\u0645\\u06d0"), clean_name("dsht ql", raw=True)
    ('Nowabad', '', '')
    """
    name = unicodedata.normalize("NFC", _INVISIBLE.sub("", text).translate(_APOSTROPHES))
    name = _NUMBERED.sub("", name.split("،")[0].replace(";", " ").strip().rstrip("? "))
    name = " ".join(name.split())
    if not _scripts(name) or not _scripts(name) <= _SCRIPTS:
        return ""
    if any(len(_scripts(word)) > 1 for word in re.split(r"[\s\-]+", name)):
        return ""
    for letter in name:
        known = letter.isalnum() or letter in _PUNCTUATION or unicodedata.combining(letter)
        if not known or (unicodedata.category(letter) == "Lm" and letter != "ʿ"):
            return ""
    if raw and _scripts(name) == {"LATIN"}:
        first = next(letter for letter in name if letter.isalpha() and letter != "ʿ")
        if first.islower() or re.fullmatch("[A-Z]{3}", name):
            return ""
    return name


def plain_name(name: str) -> str:
    """
    Return a Latin name without its diacritics.

    Examples
    --------
    >>> plain_name("Qaranghū Tōghaī")
    'Qaranghu Toghai'
    """
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def make_place_id(country: str, feature_class: str, name: str, number: int | str) -> str:
    """
    Return the place id of a row of GeoNames.

    Examples
    --------
    >>> make_place_id("TJ", "village", "Kishti Poyon", 1221122)
    'tj-v-kishti-poyon-1221122'
    """
    slug = re.sub("[^a-z0-9]+", "-", plain_name(name).lower().replace("'", "")).strip("-")
    parts = (country.lower(), ID_LETTERS[feature_class], slug, str(number))
    return "-".join(part for part in parts if part)


def _unit_name(name: str, table: dict[str, str]) -> str:
    """Return the name of an administrative unit as our tables write it."""
    bare = _UNIT_WORDS.sub("", plain_name(clean_name(name))).strip()
    return table.get(bare, bare)


# ---- reading ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _File:
    """One data file: a text, or the one text in an archive."""

    path: Path
    member: str | None
    size: int

    @property
    def label(self) -> str:
        return f"{self.path} ({self.member})" if self.member else str(self.path)

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """Give a stream of the file; whatever breaks while it is read is one clear error."""
        try:
            if self.member is None:
                with self.path.open("rb") as stream:
                    yield stream
            else:
                with (
                    zipfile.ZipFile(self.path) as archive,
                    archive.open(self.member) as stream,
                ):
                    yield stream
        except DataFileError:
            raise
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as e:
            raise DataFileError(
                f"{self.label} must be a whole GeoNames archive, but it cannot be unpacked ({e}). "
                "Download it again."
            ) from e
        except OSError as error:
            raise DataFileError(
                f"{self.label} must be a readable file, but: {error.strerror or error}. Check it."
            ) from error

    def fail(self, line: int, problem: str, remedy: str = "") -> NoReturn:
        raise DataFileError(
            f"{self.label}, line {line:,}: {problem} "
            + (remedy or "Download the file again from https://download.geonames.org/export/dump/.")
        )


@dataclass
class _Piece:
    """Some whole lines of a file, and where their tabs are."""

    content: bytes
    first_line: int
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    tabs: NDArray[np.int64]
    bytes_: NDArray[np.uint8] = field(repr=False)

    def fields(self, row: int) -> list[str]:
        return self.content[self.starts[row] : self.ends[row]].decode("utf-8").split("\t")

    def code(self, column: int, wanted: Iterable[str]) -> NDArray[np.bool_]:
        """Return which lines have one of some two-letter codes in a column."""
        begin, length = self.tabs[:, column - 1] + 1, np.diff(self.tabs[:, column - 1 : column + 1])
        two = self.bytes_[begin[:, None] + np.arange(2)].astype(np.int64)
        value = np.where(length[:, 0] == 3, two[:, 0] * 256 + two[:, 1], -1)
        return np.isin(value, [ord(code[0]) * 256 + ord(code[1]) for code in wanted])

    def whole_numbers(self, column: int) -> NDArray[np.int64]:
        """Return a column of whole numbers; -1 where it holds something else."""
        begin = self.tabs[:, column - 1] + 1 if column else self.starts
        length = self.tabs[:, column] - begin
        value = np.zeros(len(begin), dtype=np.int64)
        good = (length > 0) & (length < 18)
        for place in range(int(length[good].max(initial=0))):
            here = good & (place < length)
            digit = self.bytes_[begin[here] + place].astype(np.int64) - ord("0")
            value[here] = value[here] * 10 + digit
            good[here] &= (digit >= 0) & (digit <= 9)
        return np.where(good, value, -1)


def _pieces(file: _File, columns: int, report: Callable[[int], None]) -> Iterator[_Piece]:
    """Read a file piece by piece, every line checked for its encoding and its columns."""
    line, rest, at_start = 1, b"", True
    with file.opened() as stream:
        while True:
            block = stream.read(PIECE_BYTES)
            report(len(block))
            if at_start:
                block, at_start = block.removeprefix(codecs.BOM_UTF8), False
            content, last = rest + block, not block
            cut = len(content) if last else content.rfind(b"\n") + 1
            content, rest = content[:cut], content[cut:]
            if len(rest) > PIECE_BYTES:
                file.fail(
                    line, f"has more than {PIECE_BYTES:,} bytes, so this is no GeoNames file."
                )
            if content:
                piece = _make_piece(file, content, line, columns, last=last)
                line += len(piece.starts)
                yield piece
            if last:
                return


def _make_piece(file: _File, content: bytes, line: int, columns: int, *, last: bool) -> _Piece:
    whole = content.endswith(b"\n")
    content = content.replace(b"\r\n", b"\n") if b"\r" in content else content
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        number = line + content.count(b"\n", 0, error.start)
        if last and not whole and b"\n" not in content[error.start :] and error.end == len(content):
            file.fail(number, "the file ends in the middle of a letter.")
        file.fail(number, f"must be UTF-8, but has the byte 0x{content[error.start]:02x}.")
    content = content if whole else content + b"\n"
    letters = np.frombuffer(content, dtype=np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    tabs = np.flatnonzero(letters == ord("\t"))
    found = np.diff(np.searchsorted(tabs, ends), prepend=0) + 1
    wrong = np.flatnonzero(found != columns)
    if wrong.size:
        row = int(wrong[0])
        problem = f"must have {columns} columns, parted by tabs, but has {found[row]}."
        if last and not whole and row == len(ends) - 1:
            problem = f"the file ends in the middle of it: {found[row]} of {columns} columns."
        file.fail(line + row, problem)
    starts = np.concatenate(([0], ends[:-1] + 1))
    return _Piece(content, line, starts, ends, tabs.reshape(-1, columns - 1), letters)


def _find_files(paths: Iterable[str | Path]) -> list[_File]:
    """Return the data files among files, archives and folders; each once."""
    files: dict[Path, _File] = {}
    for given in paths:
        path = Path(given)
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if IN_FOLDER.fullmatch(p.name))
            unpacked = {p.stem.lower() for p in inside if p.suffix.lower() == ".txt"}
            found = [
                p for p in inside if p.suffix.lower() == ".txt" or p.stem.lower() not in unpacked
            ]
            if not found:
                raise DataFileError(
                    f"The folder {path} must hold GeoNames dumps such as TJ.zip, AF.txt or "
                    "alternateNamesV2.zip, but has none. Download them from "
                    "https://download.geonames.org/export/dump/."
                )
        elif path.is_file():
            found = [path]
        else:
            raise DataFileError(
                f"A GeoNames dump is to be read, but there is no file at {path}. Check the path."
            )
        for each in found:
            files.setdefault(each.resolve(), _data_file(each))
    if not files:
        raise DataFileError(
            "GeoNames dumps are needed, but no path was given. Name files such as TJ.zip, or a folder."
        )
    return list(files.values())


def _data_file(path: Path) -> _File:
    if path.suffix.lower() != ".zip":
        size = path.stat().st_size
        member = None
    else:
        if not zipfile.is_zipfile(path):
            raise DataFileError(
                f"{path} must be a zip archive, but is none ({path.stat().st_size:,} bytes). If the "
                "download was broken off, repeat it."
            )
        try:
            with zipfile.ZipFile(path) as archive:
                entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        except zipfile.BadZipFile as error:
            raise DataFileError(
                f"{path} must be a whole zip archive, but: {error}. Download it again."
            ) from error
        data = [entry for entry in entries if Path(entry.filename).name.lower() not in NOT_DATA]
        if len(data) != 1:
            names = ", ".join(entry.filename for entry in data[:4]) or "none"
            raise DataFileError(
                f"{path} must hold one data file, as GeoNames packs it, but holds {len(data)}: {names}. "
                "Unpack it and name the files."
            )
        member, size = data[0].filename, data[0].file_size
    if size > MOST_BYTES:
        raise DataFileError(
            f"{path} would take {size / 1e9:.1f} GB when unpacked, more than any GeoNames file "
            f"({MOST_BYTES / 1e9:.0f} GB at most). Check where it comes from."
        )
    if size == 0:
        raise DataFileError(f"{path} must hold a GeoNames dump, but is empty. Download it again.")
    return _File(path, member, size)


def _columns_of(file: _File) -> int:
    """Return the number of columns of a file, by its first line; raise if it is no dump."""
    with file.opened() as stream:
        first = stream.read(100_000).split(b"\n", 1)[0]
    columns = first.count(b"\t") + 1
    if columns != PLACE_COLUMNS and columns not in NAME_COLUMNS:
        file.fail(
            1,
            f"a GeoNames dump has {PLACE_COLUMNS} columns (places) or 8 to 10 (alternate names), parted "
            f"by tabs, but this line has {columns}.",
        )
    return columns


# ---- places -------------------------------------------------------------------------------------


@dataclass
class _Place:
    """A place of a dump, before its alternate names are known."""

    number: int
    file: _File
    names: list[str]
    lat: float
    lon: float
    code: str
    country: str
    admin: tuple[str, str]
    population: int
    by_language: dict[str, list[str]] = field(default_factory=dict)
    wikidata: str = ""

    @property
    def feature_class(self) -> str:
        if not self.code.startswith("PPL"):
            return FEATURES[self.code]
        seat = self.code.startswith(("PPLA", "PPLC"))
        town = self.code not in GONE and (seat or self.population >= TOWN)
        return "town" if town else "village"


def _wanted(code: str) -> bool:
    return code in FEATURES or (code.startswith("PPL") and code not in PARTS_OF_TOWNS)


@dataclass
class _Found:
    """What is kept of the files of places while they are read."""

    boundary: Boundary | None
    within_km: float
    countries: tuple[str, ...]
    places: dict[int, _Place] = field(default_factory=dict)
    units: dict[tuple[str, ...], str] = field(default_factory=dict)
    count: int = 0
    nearest_km: float = np.inf

    def add(self, places: list[_Place]) -> None:
        """Keep the places near the boundary, and the names of all administrative units."""
        for place in places:
            if place.code == "ADM1":
                name = _unit_name(place.names[0], ADMIN1_NAMES)
                self.units[place.country, place.admin[0]] = name
            elif place.code == "ADM2":
                name = _unit_name(place.names[0], ADMIN2_NAMES)
                self.units[place.country, *place.admin] = name
        self.count += len(places)
        if self.boundary is not None and places:
            lon, lat = [place.lon for place in places], [place.lat for place in places]
            away = self.boundary.index.locate(lon, lat).distance_m / 1000
            self.nearest_km = min(self.nearest_km, float(away.min()))
            places = [p for p, km in zip(places, away, strict=True) if km <= self.within_km]
        for place in places:
            self.places.setdefault(place.number, place)


def _read_places(file: _File, found: _Found, report: Callable[[int], None]) -> str:
    """Add the places of one file to what is found; return the date of the newest change in it."""
    newest, seen, swapped, first = "", 0, 0, 0
    for piece in _pieces(file, PLACE_COLUMNS, report):
        newest = max(newest, _newest_date(file, piece))
        chosen = np.arange(len(piece.starts))
        if found.countries:
            chosen = np.flatnonzero(piece.code(8, found.countries))
        places = []
        for row in map(int, chosen):
            line = piece.first_line + row
            place = _make_place(file, line, piece.fields(row))
            if _is_swapped(place):
                swapped, first = swapped + 1, first or line
            if _wanted(place.code):
                places.append(place)
        seen += len(chosen)
        found.add(places)
    if swapped > seen / 2:
        file.fail(
            first,
            f"latitude and longitude are swapped, here and in {swapped:,} of {seen:,} rows: the 5th "
            "column must be the latitude and the 6th the longitude, but the places lie in their "
            "country only the other way round.",
            "Put the columns back in GeoNames' order, or download the file again.",
        )
    return newest


def _newest_date(file: _File, piece: _Piece) -> str:
    """Return the newest date in the last column, all of them checked."""
    begin, length = piece.tabs[:, -1] + 1, piece.ends - piece.tabs[:, -1] - 1
    bad = length != 10
    if not bad.any():
        letters = piece.bytes_[begin[:, None] + np.arange(10)]
        digits = np.delete(letters, (4, 7), axis=1)
        bad = ((digits < ord("0")) | (digits > ord("9"))).any(axis=1)
        bad |= (letters[:, (4, 7)] != ord("-")).any(axis=1)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        given = piece.fields(row)[-1]
        file.fail(
            piece.first_line + row,
            f"the last column must be the date of the last change, as 2026-11-23, but is {given!r}.",
        )
    order = np.lexsort(letters.T[::-1])
    return str(letters[order[-1]].tobytes(), "ascii")


def _make_place(file: _File, line: int, fields: list[str]) -> _Place:
    numbers = {}
    for column, name, most in ((4, "latitude", 90.0), (5, "longitude", 180.0)):
        try:
            numbers[name] = float(fields[column])
        except ValueError:
            file.fail(line, f"the {name} must be a number of degrees, but is {fields[column]!r}.")
        if not abs(numbers[name]) <= most:
            hint = " Latitude and longitude may be swapped." if most == 90 else ""
            file.fail(
                line,
                f"the {name} must lie within ±{most:.0f} degrees, but is {fields[column]}.{hint}",
            )
    for column, what in ((0, "the number of the place"), (14, "the population")):
        if not re.fullmatch(r"\d+" if column == 0 else r"\d*", fields[column]):
            file.fail(line, f"{what} must be a whole number, but is {fields[column]!r}.")
    return _Place(
        number=int(fields[0]),
        file=file,
        names=[fields[1], *fields[3].split(",")],
        lat=numbers["latitude"],
        lon=numbers["longitude"],
        code=fields[7],
        country=fields[8],
        admin=(fields[10], fields[11]),
        population=int(fields[14] or 0),
    )


def _is_swapped(place: _Place) -> bool:
    """Return whether a place can lie in its country only with its coordinates swapped."""
    if place.country not in BOXES:
        return False
    west, south, east, north = BOXES[place.country]
    inside = west <= place.lon <= east and south <= place.lat <= north
    return not inside and west <= place.lat <= east and south <= place.lon <= north


def _add_names(
    file: _File, columns: int, places: dict[int, _Place], report: Callable[[int], None]
) -> None:
    """Give the places their names of a file of alternate names."""
    kept = np.fromiter(places, dtype=np.int64)
    preferred: dict[tuple[int, str], int] = {}
    for piece in _pieces(file, columns, report):
        numbers = piece.whole_numbers(1)
        if (numbers < 0).any():
            odd = int(np.flatnonzero(numbers < 0)[0])
            given = piece.fields(odd)[1]
            problem = f"the number of the place must be a whole number, but is {given!r}."
            file.fail(piece.first_line + odd, problem)
        for row in map(int, np.flatnonzero(np.isin(numbers, kept))):
            fields = piece.fields(row)
            place, language, name = places[int(numbers[row])], fields[2].lower(), fields[3]
            if language == "wkdt":
                place.wikidata = place.wikidata or name.rstrip("/").rsplit("/", 1)[-1]
            elif language in NO_NAMES or (language == "abbr" and not place.code.startswith("ADM")):
                continue
            else:
                names = place.by_language.setdefault(language, [])
                key = (place.number, language)
                first = fields[4] == "1"  # preferred names come before the others, in their order
                names.insert(preferred.get(key, 0) if first else len(names), name)
                preferred[key] = preferred.get(key, 0) + first


# ---- the table ----------------------------------------------------------------------------------


def _row(
    place: _Place, units: dict[tuple[str, ...], str], sources: dict[_File, str]
) -> dict[str, object]:
    country, kind = place.country, place.feature_class
    spellings = [clean_name(name, raw=True) for name in place.names]
    named: dict[str, list[str]] = {"name_tg": [], "name_ru": [], "name_fa": []}
    for language, given in place.by_language.items():
        cleaned = [clean_name(name, raw=not language) for name in given]
        if language in LANGUAGE_COLUMNS:
            named[LANGUAGE_COLUMNS[language]] += cleaned
        else:
            spellings += cleaned
    name = plain_name(clean_name(place.names[0])) or next(filter(None, spellings), "")
    if kind in ("province", "district"):
        name = _unit_name(name, ADMIN1_NAMES if kind == "province" else ADMIN2_NAMES)
    lists = {
        column: ";".join(dict.fromkeys(filter(None, given))) for column, given in named.items()
    }
    told = {name, *(n for given in lists.values() for n in given.split(";"))}
    minutes = np.array([place.lat, place.lon]) * 60
    rounded = bool((np.abs(minutes - minutes.round()) < 6e-4).all())
    precision = "approximate" if rounded or kind in ("river", "physical") else "settlement"
    admin1 = (country, place.admin[0])
    return {
        "place_id": make_place_id(country, kind, name, place.number),
        "name": name,
        "feature_class": kind,
        "country": country,
        "admin1": units.get(admin1, ""),
        "admin2": units.get((*admin1, place.admin[1]), "") if place.admin[1] else "",
        "lat": place.lat,
        "lon": place.lon,
        "coord_precision": "polygon_centroid" if kind in ("province", "district") else precision,
        "from_km": np.nan,
        "to_km": np.nan,
        "names_alt": ";".join(dict.fromkeys(n for n in spellings if n and n not in told)),
        **lists,
        "population": place.population or np.nan,
        "geonames_id": str(place.number),
        "wikidata_id": place.wikidata,
        "osm_id": "",
        "source": sources[place.file],
        "licence": LICENCE,
        "notes": f"{GONE[place.code]} (GeoNames {place.code})" if place.code in GONE else "",
    }


def read_geonames(
    paths: str | Path | Iterable[str | Path],
    *,
    boundary: Boundary | None = None,
    within_km: float = 60.0,
    progress: Callable[[int, int], object] | None = None,
) -> pd.DataFrame:
    """
    Read GeoNames dumps into a table with the columns of the gazetteer.

    Parameters
    ----------
    paths : str, Path or iterable of them
        Dumps as GeoNames publishes them, packed or not, in any order: places (``TJ.zip``,
        ``allCountries.txt``), alternate names (``alternateNamesV2.zip``), or folders of both.
    boundary : Boundary, optional
        Only places near it are kept; and where its `left` and `right` are two-letter country codes,
        only places of these countries. Without it everything is kept.
    within_km : float, default 60
        How near, in km.
    progress : callable, optional
        Called with the bytes read so far and the bytes of all files, unpacked.

    Returns
    -------
    DataFrame
        One row a place, sorted by `place_id`: provinces, districts, towns, villages, border posts,
        crossings, rivers and other features of the land. Text that is not known is ``""``, numbers
        are NaN. A seat of an administrative unit or a place of 10,000 and more is a town. Abandoned,
        destroyed and historical places are kept and say so in `notes`; quarters of towns are not.
        Historic and colloquial names are kept among the others.

    Raises
    ------
    DataFileError
        If a file is missing, empty, broken, cut off, not UTF-8 or not in GeoNames' format, if no file
        of places is among them, or if no place is near enough.

    References
    ----------
    https://download.geonames.org/export/dump/readme.txt
    """
    check_positive(within_km, name="within_km", unit="km")
    files = _find_files([paths] if isinstance(paths, str | Path) else paths)
    kinds = {file: _columns_of(file) for file in files}
    place_files = [file for file, columns in kinds.items() if columns == PLACE_COLUMNS]
    if not place_files:
        raise DataFileError(
            f"A file of places such as TJ.zip is needed, but {', '.join(f.label for f in files)} "
            "holds alternate names only. Add the file of the country."
        )
    total, done = sum(file.size for file in files), 0

    def report(count: int) -> None:
        nonlocal done
        done = min(done + count, total)
        if progress is not None and count:
            progress(done, total)

    found = _Found(boundary, within_km, _countries_of(boundary))
    sources = {}
    for file in place_files:
        newest = _read_places(file, found, report)
        sources[file] = f"GeoNames, {file.path.name}, {newest}"
    kept = found.places
    if not kept:
        raise DataFileError(_nothing_found(place_files, found))
    for file, columns in kinds.items():
        if columns != PLACE_COLUMNS:
            _add_names(file, columns, kept, report)
    rows = (_row(place, found.units, sources) for place in kept.values())
    table = pd.DataFrame([row for row in rows if row["name"]], columns=list(GAZETTEER_COLUMNS))
    table = table.astype(dict.fromkeys(NUMBER_COLUMNS, float))
    return table.sort_values("place_id", ignore_index=True)


def _countries_of(boundary: Boundary | None) -> tuple[str, ...]:
    """Return the countries on both sides of a boundary, if that is what its sides are."""
    sides = () if boundary is None else (boundary.left, boundary.right)
    return sides if all(re.fullmatch("[A-Z]{2}", side) for side in sides) else ()


def _nothing_found(files: list[_File], found: _Found) -> str:
    names = ", ".join(file.label for file in files)
    if found.boundary is None or not found.count:
        wanted = f" in {' or '.join(found.countries)}" if found.countries else ""
        return f"{names} must hold places{wanted}, but has none. Check which file it is."
    return (
        f"{names} must hold a place within {found.within_km:g} km of {found.boundary.boundary_id}, but "
        f"the nearest of its {found.count:,} places is {found.nearest_km:,.0f} km away. Name the files "
        "of the countries on this boundary, or raise within_km."
    )
