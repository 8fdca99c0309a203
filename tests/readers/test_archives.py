"""Archives from strangers: what is inside is read from there, and nothing they say is believed."""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from frontier_geo.errors import DataFileError
from frontier_geo.readers import archives
from frontier_geo.readers.archives import (
    check_zip,
    is_archive,
    open_archive,
    open_bytes,
    open_path,
)
from frontier_geo.readers.delimited import open_delimited

TABLE = b"id,place\n1,Khorog\n"
MB = 2**20


def zipped(files: dict[str, bytes] | list[tuple[str | zipfile.ZipInfo, bytes]], **how) -> bytes:
    """Return a zip file of these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how.pop("method", zipfile.ZIP_DEFLATED)) as archive:
        for name, data in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, data)
    return out.getvalue()


def inside(data: bytes, name: str = "export.zip") -> list[archives.BinarySource]:
    return open_archive(open_bytes(data, name))


def whole(source: archives.BinarySource) -> bytes:
    with source.open() as stream:
        return stream.read()


# What is sound.


def test_the_files_of_a_zip_are_read_from_there_and_more_than_once(tmp_path):
    path = tmp_path / "export.zip"
    path.write_bytes(zipped({"in/one.csv": TABLE, "two.csv": b"x" * 3 * MB, "__MACOSX/._one.csv": b"",
                             "empty/": b""}))  # fmt: skip
    one, two = open_archive(path)
    assert (one.name, one.size, two.name, two.size) == ("one.csv", len(TABLE), "two.csv", 3 * MB)
    assert whole(one) == whole(one) == TABLE and whole(two) == b"x" * 3 * MB
    assert one.start(2) == b"id"
    assert os.listdir(tmp_path) == ["export.zip"]  # nothing was unpacked


def test_a_member_is_a_table_like_any_other():
    (source,) = inside(zipped({"t.csv": TABLE * 1_000}, method=zipfile.ZIP_STORED))
    file = open_delimited(source)
    assert file.name == "t.csv"
    assert sum(len(c.cells) + len(c.broken) for c in file.chunks()) == 1_999


@pytest.mark.parametrize("name", ["events.csv.gz", "events.csv.GZ", "download"])
def test_a_gzip_file_holds_one_file(name):
    """Also when it was made by joining two."""
    data = gzip.compress(TABLE) + gzip.compress(b"2,Ishkashim\n")
    (source,) = inside(data, name)
    assert source.name == name.removesuffix(".gz").removesuffix(".GZ") and source.size == 0
    assert whole(source) == whole(source) == TABLE + b"2,Ishkashim\n"


def test_archives_are_known_by_their_first_bytes():
    data = zipped({"a.csv": TABLE})
    assert is_archive(open_bytes(data, "export.csv"))
    assert is_archive(open_bytes(gzip.compress(b""), "x"))
    assert not is_archive(open_bytes(data, "table.xlsx"))
    assert not is_archive(open_bytes(b"PK", "x")) and not is_archive(open_bytes(TABLE, "x.zip"))


def test_a_spreadsheet_in_a_zip_is_no_nested_archive():
    (source,) = inside(zipped({"gtd.xlsx": zipped({"xl/workbook.xml": b"<x/>"})}))
    assert source.name == "gtd.xlsx"
    assert len(check_zip(open_bytes(whole(source), "gtd.xlsx"))) == 1


# Names and kinds that are refused.


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("link.csv")
    info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../up.csv", "leads out of its folder"),
        ("a/../../up.csv", "leads out of its folder"),
        ("..\\up.csv", "leads out of its folder"),
        ("/etc/up.csv", "absolute path"),
        ("\\\\host\\up.csv", "absolute path"),
        ("C:\\up.csv", "absolute path"),
        ("c:up.csv", "absolute path"),
        ("a\x1b[2J.csv", "control characters"),
        (link(), "symbolic link"),
        ("a.csv\0.exe", "control characters"),
    ],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(name, reason, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data = zipped([("good.csv", TABLE), (name, b"/etc/passwd")])
    if isinstance(name, str) and "\0" in name:
        # `zipfile` cuts such a name when it writes; so it is put in by hand.
        data = zipped([("good.csv", TABLE), ("a.csv_.exe", b"")]).replace(b"a.csv_", b"a.csv\0")
    with pytest.raises(DataFileError, match=reason) as caught:
        inside(data)
    assert "export.zip holds '" in str(caught.value) and "\x1b" not in str(caught.value)
    assert list(tmp_path.parent.glob("**/up.csv")) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("inner.zip", zipped({"a.csv": TABLE})),
        ("inner.csv", zipped({"a.csv": TABLE})),
        ("inner.csv.gz", b""),
        ("inner.csv", gzip.compress(TABLE)),
        ("inner.dat", b"7z\xbc\xaf\x27\x1c\0\x04"),
    ],
)
def test_archives_in_archives_are_refused(name, data):
    with pytest.raises(
        DataFileError, match=f"export.zip holds '{name}', which is an archive again"
    ):
        inside(zipped({name: data}))


@pytest.mark.parametrize("data", [zipped({"a.csv": TABLE}), gzip.compress(TABLE), b"BZh91AY"])
def test_archives_in_gzip_files_are_refused(data):
    with pytest.raises(DataFileError, match=r"export\.gz holds an archive again"):
        inside(gzip.compress(data), "export.gz")


def test_a_tar_in_a_gzip_file_is_refused(tmp_path):
    import tarfile

    (tmp_path / "a.csv").write_bytes(TABLE)
    with tarfile.open(tmp_path / "export.gz", "w:gz") as tar:
        tar.add(tmp_path / "a.csv", "a.csv")
    with pytest.raises(DataFileError, match=r"export\.gz holds an archive again"):
        open_archive(tmp_path / "export.gz")


def test_an_encrypted_member_is_refused():
    data = bytearray(zipped({"a.csv": TABLE}))
    data[6] |= 1  # the flag in the header of the member and in the list of members
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DataFileError, match=r"'a\.csv': an encrypted file"):
        inside(bytes(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_methods_that_may_ask_for_gigabytes_of_memory_are_refused(method):
    with pytest.raises(DataFileError, match=r"only 0 \(stored\) and 8 \(deflate\) are read"):
        inside(zipped({"a.csv": TABLE}, method=method))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_refused():
    with pytest.raises(DataFileError, match=r"holds 'a\.csv' twice"):
        inside(zipped([("a.csv", TABLE), ("a.csv", b"")]))


@pytest.mark.parametrize(
    "start", [b"7z\xbc\xaf\x27\x1c\0\0", b"Rar!\x1a\x07\0\0", b"id,place", b""]
)
def test_what_is_no_zip_is_refused(start):
    with pytest.raises(DataFileError, match="must be a zip or gzip archive, but"):
        inside(start)


def test_an_archive_with_nothing_in_it_is_refused():
    with pytest.raises(DataFileError, match="must hold a file to read, but holds none"):
        inside(zipped({"folder/": b""}))


# Sizes.


def test_a_zip_bomb_is_refused_before_it_is_read():
    with pytest.raises(DataFileError, match=r"may grow at most 200 times.*as in a zip bomb"):
        inside(zipped({"a.csv": bytes(100 * MB)}))


def test_a_bomb_that_lies_about_its_size_is_stopped_while_it_is_read():
    """The list of members says 20 bytes; what comes out is never more than it said."""
    data = bytearray(zipped({"a.csv": bytes(100 * MB)}))
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = struct.pack("<I", 20)
    with pytest.raises(DataFileError, match=r"export\.zip: a\.csv cannot be unpacked to its end"):
        whole(inside(bytes(data))[0])


def test_a_bomb_in_a_gzip_file_is_stopped_while_it_is_read():
    """In the memory of a block, not of what would come out."""
    data = gzip.compress(bytes(300 * MB))
    (source,) = inside(data, "a.csv.gz")
    tracemalloc.start()
    with source.open() as stream, pytest.raises(DataFileError, match="as in a zip bomb"):
        while stream.read(MB):
            pass
    assert tracemalloc.get_traced_memory()[1] < 8 * MB
    tracemalloc.stop()


def test_a_table_that_shrinks_well_is_no_bomb():
    """A thousand times the same row shrinks 500 times, but is small."""
    data = b"1,Khorog,2025-06-30,armed clash\n" * 100_000
    assert len(data) > 200 * len(gzip.compress(data))
    assert whole(inside(gzip.compress(data), "a.csv.gz")[0]) == data
    assert whole(inside(zipped({"a.csv": data}))[0]) == data


def test_members_that_share_their_bytes_are_counted_together(monkeypatch):
    """A bomb of overlapping members grows little in each, and beyond measure in all."""
    monkeypatch.setattr(archives, "HARMLESS_BYTES", 1_000)
    part = os.urandom(500)
    data = bytearray(zipped({"a.csv": part * 2, "b.csv": b"x"}, method=zipfile.ZIP_STORED))
    entry = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data[entry + 20 : entry + 28] = struct.pack("<II", 900_000, 900_000)
    with pytest.raises(DataFileError, match="as in a zip bomb"):
        inside(bytes(data))


def test_the_sum_of_all_members_is_limited(monkeypatch):
    monkeypatch.setattr(archives, "MOST_BYTES", 10_000)
    with pytest.raises(DataFileError, match="may unpack to at most 0 GB"):
        inside(zipped({f"{i}.csv": os.urandom(6_000) for i in range(2)}))
    with pytest.raises(DataFileError, match="may unpack to at most 0 GB"):
        whole(inside(gzip.compress(os.urandom(12_000)), "a.csv.gz")[0])


def test_too_many_members_are_refused():
    with pytest.raises(DataFileError, match="may hold at most 1,000 files, but holds 1,001"):
        inside(zipped({f"{i}.csv": b"" for i in range(1_001)}))


def test_an_endless_list_of_members_is_not_read():
    start = time.process_time()
    with pytest.raises(DataFileError, match=r"may hold at most 1,000 files, but lists them in"):
        inside(zipped({f"{'x' * 200}{i}.csv": b"" for i in range(10_000)}))
    assert time.process_time() - start < 10  # most of it goes into making the file


# Broken files.


def test_a_truncated_archive_is_a_clear_error():
    data = zipped({"a.csv": os.urandom(10_000)})
    with pytest.raises(DataFileError, match=r"export\.zip must be a whole zip file, but"):
        inside(data[:5_000])
    packed = gzip.compress(os.urandom(MB))
    for length in (20, 1_000, MB // 2, MB):
        with pytest.raises(DataFileError, match=r"a\.csv\.gz cannot be unpacked to its end"):
            whole(inside(packed[:length], "a.csv.gz")[0])


def test_a_damaged_member_is_found_by_its_checksum():
    data = bytearray(zipped({"a.csv": TABLE * 100_000}, method=zipfile.ZIP_STORED))
    data[data.index(b"Khorog")] ^= 1
    (source,) = inside(bytes(data))
    with pytest.raises(DataFileError, match=r"a\.csv cannot be unpacked.*CRC"):
        whole(source)
    with pytest.raises(DataFileError, match="CRC"):
        list(open_delimited(source).chunks())


# Files on disk.


def test_a_file_that_is_missing_or_none_is_a_clear_error(tmp_path):
    with pytest.raises(DataFileError, match="there is none at"):
        open_path(tmp_path / "none.csv")
    with pytest.raises(DataFileError, match="is a folder"):
        open_path(tmp_path)
    with pytest.raises(DataFileError, match="there is none at"):
        open_path("a\0b")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are of Unix")
def test_a_pipe_is_refused_since_it_may_never_end(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(DataFileError, match="is no regular file"):
        open_path(tmp_path / "pipe.csv")


def test_a_file_is_named_without_its_folder(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(TABLE)
    source = open_path(path)
    assert (source.name, source.size, whole(source)) == ("t.csv", len(TABLE), TABLE)
    assert str(Path(path).parent) not in open_delimited(source).name
