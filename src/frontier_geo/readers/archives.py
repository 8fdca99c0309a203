"""
Bytes to read: of a file, of memory, or of a member of an archive that is never unpacked to disk.

An archive comes from strangers. What it says of itself is checked before anything is read, and what
comes out of it is counted while it is read, because the first may be a lie.
"""

from __future__ import annotations

import gzip
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, BinaryIO, Protocol, cast

from frontier_geo.errors import DataFileError

if TYPE_CHECKING:
    from typing_extensions import Buffer

__all__ = [
    "MOST_BYTES",
    "MOST_MEMBERS",
    "MOST_TIMES_LARGER",
    "BinarySource",
    "check_zip",
    "is_archive",
    "open_archive",
    "open_bytes",
    "open_path",
]

#: An export is one file, a shapefile about eight. A thousand daily GDELT files still pass.
MOST_MEMBERS = 1_000
#: Bytes that the list of members spends on one: 46, its name and a remark.
LONGEST_ENTRY = 1_000
#: Four times the largest table that is promised to be read (5 GB).
MOST_BYTES = 20 * 2**30
#: Text tables shrink 4 to 20 times, very uniform ones 100 times. A bomb shrinks 1,000 times.
MOST_TIMES_LARGER = 200
#: Up to here nothing can hurt, so that a small uniform file may shrink as it likes.
HARMLESS_BYTES = 32 * 2**20
#: Both are read with a few kilobytes of memory; others (LZMA) may ask for 4 GB.
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ARCHIVE_SUFFIXES = frozenset(
    {".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz", ".zst", ".jar", ".cab", ".iso"}
)
#: Formats that are zips in themselves but hold one table.
ZIPPED_TABLES = frozenset({".xlsx", ".xlsm", ".xlsb", ".ods", ".kmz"})
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
GZIP_START = b"\x1f\x8b"
#: Starts of files of the other archives, refused inside of one and by themselves.
OTHER_STARTS = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!\x1a\x07": "RAR",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "Zstandard",
}
READ_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error,
               RuntimeError, NotImplementedError, ValueError)  # fmt: skip


@dataclass(frozen=True)
class BinarySource:
    """
    Bytes that can be read from their beginning more than once.

    Attributes
    ----------
    name : str
        File name, for messages and tables; never a path.
    size : int
        Number of bytes, for a progress bar; 0 where unknown.
    opener : callable
        Returns a new stream at the first byte; `open` calls it.
    """

    name: str
    size: int
    opener: Callable[[], BinaryIO]

    def open(self) -> BinaryIO:
        """Return a new stream at the first byte, to be closed by the caller."""
        return self.opener()

    def start(self, length: int) -> bytes:
        """Return the first `length` bytes, or fewer if there are no more."""
        with self.open() as stream:
            return read_full(stream, length, self.name)


def open_path(path: str | Path, *, name: str | None = None) -> BinarySource:
    """
    Return the bytes of a file on disk.

    Raises
    ------
    DataFileError
        If it is missing, cannot be read, or is no regular file: a pipe may never end.
    """
    file = Path(path)
    try:
        status = file.stat()
    except (OSError, ValueError) as error:
        raise DataFileError(
            f"A file to read is needed, but there is none at {file}: {_told(error)}. Check the path."
        ) from error
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
        raise DataFileError(f"A file to read is needed, but {file} is {kind}.")

    def opened() -> BinaryIO:
        try:
            return file.open("rb")
        except OSError as error:
            raise DataFileError(
                f"{file} cannot be opened: {_told(error)}. Check that it may be read."
            ) from error

    return BinarySource(name or file.name, status.st_size, opened)


def open_bytes(data: bytes, name: str) -> BinarySource:
    """Return bytes in memory as a source."""
    return BinarySource(name, len(data), lambda: io.BytesIO(data))


def read_full(stream: BinaryIO, length: int, name: str) -> bytes:
    """Read `length` bytes, fewer only at the end; whatever the stream raises is a DataFileError."""
    parts: list[bytes] = []
    missing = length
    while missing > 0:
        try:
            part = stream.read(missing)
        except DataFileError:
            raise
        except READ_ERRORS as error:
            raise DataFileError(
                f"{name} cannot be read to its end: {_told(error)}. Fetch or save it again."
            ) from error
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def is_archive(source: BinarySource) -> bool:
    """Return whether a file is a zip or gzip archive by its first bytes; an XLSX file is none."""
    start = source.start(4)
    if start.startswith(GZIP_START):
        return True
    return start in ZIP_STARTS and _suffix(source.name) not in ZIPPED_TABLES


def open_archive(path: str | Path | BinarySource) -> list[BinarySource]:
    """
    Return the files inside a zip or gzip archive, to be read from there.

    Nothing is written to disk. Folders and the notes that macOS adds (``__MACOSX``) are left out.

    Parameters
    ----------
    path : str, Path or BinarySource
        The archive.

    Returns
    -------
    list of BinarySource
        In the order of the archive, each named by its file name without folders.

    Raises
    ------
    DataFileError
        If it is broken, encrypted, holds a further archive, a symbolic link, or a name that leads
        out of its folder; or if it holds more than `MOST_MEMBERS` files, more than `MOST_BYTES` bytes,
        or grows more than `MOST_TIMES_LARGER` times. The last two are also counted while reading.
    """
    source = path if isinstance(path, BinarySource) else open_path(path)
    start = source.start(8)
    if start.startswith(GZIP_START):
        return [_gzip_member(source)]
    if start[:4] in ZIP_STARTS:
        members = check_zip(source)
        _check_no_archives(source, members)
        return [_zip_member(source, each) for each in members]
    kind = _other_archive(start)
    given = f"is a {kind} archive" if kind else f"begins with {start!r}"
    raise DataFileError(
        f"{source.name} must be a zip or gzip archive, but {given}. Unpack it and give the file inside."
    )


def check_zip(source: BinarySource) -> list[zipfile.ZipInfo]:
    """
    Check what a zip file says of its members, and return those that are files.

    It serves for spreadsheets, too, which are zip files inside. The source must be one in which one
    can go back: a file or bytes, no member of another archive.

    Raises
    ------
    DataFileError
        As `open_archive`, but that members may be archives.
    """
    try:
        with source.open() as stream, zipfile.ZipFile(_Directory(stream)) as archive:
            listed = archive.infolist()
    except _DirectoryTooLong as error:
        raise DataFileError(
            f"{source.name} may hold at most {MOST_MEMBERS:,} files, but lists them in "
            f"{error.args[0]:,} bytes. Unpack it and give the files that are needed."
        ) from None
    except READ_ERRORS as error:
        raise DataFileError(
            f"{source.name} must be a whole zip file, but: {_told(error)}. Fetch or save it again."
        ) from error
    if len(listed) > MOST_MEMBERS:
        raise DataFileError(
            f"{source.name} may hold at most {MOST_MEMBERS:,} files, but holds {len(listed):,}. "
            "Unpack it and give the files that are needed."
        )
    members = [each for each in listed if not each.is_dir() and not _is_added(each.filename)]
    for each in members:
        _check_member(source.name, each)
    names = [each.filename for each in members]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataFileError(
            f"{source.name} must hold each file once, but holds {twice!r} twice. Make it again."
        )
    _check_sizes(source, members)
    if not members:
        raise DataFileError(f"{source.name} must hold a file to read, but holds none.")
    return members


def _check_member(archive: str, member: zipfile.ZipInfo) -> None:
    """Refuse a member that is named to leave its folder, is a link, is locked, or packed oddly."""
    # `orig_filename` is what stands in the file, before the module mends it.
    parts = member.orig_filename.replace("\\", "/").split("/")
    odd = None
    if ".." in parts:
        odd = "a name that leads out of its folder (..)"
    elif parts[0] == "" or (len(parts[0]) > 1 and parts[0][1] == ":"):
        odd = "a name that is an absolute path"
    elif any(ord(sign) < 32 for sign in member.orig_filename):
        odd = "a name with control characters"
    elif stat.S_ISLNK(member.external_attr >> 16):
        odd = "a symbolic link"
    elif member.flag_bits & 0x1:
        odd = "an encrypted file, which cannot be read without its password"
    elif member.compress_type not in METHODS:
        odd = (
            f"a file packed by method {member.compress_type}, where only 0 (stored) and 8 (deflate) "
            "are read"
        )
    if odd:
        raise DataFileError(
            f"{archive} holds {member.orig_filename!r}: {odd}. Nothing of it is read. Unpack it "
            "yourself, if you trust it, and give the file inside."
        )


def _check_sizes(source: BinarySource, members: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive that says it grows beyond measure; members may share the same bytes."""
    whole = sum(each.file_size for each in members)
    _check_growth(source.name, whole, source.size)
    for each in members:
        _check_growth(f"{source.name}: {each.filename}", each.file_size, each.compress_size)


def _check_growth(name: str, size: int, packed: int) -> None:
    if size > MOST_BYTES:
        raise DataFileError(
            f"{name} may unpack to at most {MOST_BYTES / 2**30:.0f} GB, but has {size / 2**30:,.1f} GB. "
            "Unpack and split it, if you trust it."
        )
    if size > HARMLESS_BYTES and size > MOST_TIMES_LARGER * max(packed, 1):
        raise DataFileError(
            f"{name} may grow at most {MOST_TIMES_LARGER} times when unpacked, but {packed:,} bytes "
            f"become {size:,} or more, as in a zip bomb. Unpack it yourself, if you trust it."
        )


def _check_no_archives(source: BinarySource, members: list[zipfile.ZipInfo]) -> None:
    for each in members:
        suffix = _suffix(each.filename)
        nested = suffix in ARCHIVE_SUFFIXES
        if not nested and suffix not in ZIPPED_TABLES:
            start = _zip_member(source, each).start(8)
            nested = (
                start[:4] in ZIP_STARTS
                or start.startswith(GZIP_START)
                or _other_archive(start) is not None
            )
        if nested:
            raise DataFileError(
                f"{source.name} holds {each.filename!r}, which is an archive again. Archives inside of "
                "archives are not opened: unpack it and give what is inside."
            )


def _zip_member(source: BinarySource, member: zipfile.ZipInfo) -> BinarySource:
    name = PurePosixPath(member.filename.replace("\\", "/")).name

    def opened() -> BinaryIO:
        outer = source.open()
        try:
            archive = zipfile.ZipFile(outer)
            inner = archive.open(member)
        except READ_ERRORS as error:
            outer.close()
            raise DataFileError(
                f"{source.name}: {member.filename!r} cannot be opened: {_told(error)}."
            ) from error
        return _counted(inner, [archive, outer], f"{source.name}: {name}", member.compress_size)

    return BinarySource(name, member.file_size, opened)


def _gzip_member(source: BinarySource) -> BinarySource:
    name = source.name
    name = name[: -len(".gz")] if name.lower().endswith(".gz") else name

    def opened() -> BinaryIO:
        outer = source.open()
        unpacked = cast("IO[bytes]", gzip.GzipFile(fileobj=outer))
        return _counted(unpacked, [outer], source.name, source.size)

    inner = BinarySource(name, 0, opened)  # a gzip file says its size modulo 4 GB only
    start = inner.start(512)
    if (
        start[257:262] == b"ustar"
        or _suffix(source.name) == ".tgz"
        or _suffix(name) in ARCHIVE_SUFFIXES
        or start[:4] in ZIP_STARTS
        or start.startswith(GZIP_START)
        or _other_archive(start)
    ):
        raise DataFileError(
            f"{source.name} holds an archive again. Archives inside of archives are not opened: "
            "unpack it and give what is inside."
        )
    return inner


class _Closable(Protocol):
    def close(self) -> None: ...


class _DirectoryTooLong(Exception):
    """The list of members of a zip file is longer than one that is read."""


class _Directory:
    """A stream in which `zipfile` finds the list of members, unless that is beyond measure."""

    def __init__(self, stream: BinaryIO) -> None:
        self.seek, self.tell = stream.seek, stream.tell
        self.seekable = stream.seekable
        self._read = stream.read

    def read(self, length: int = -1) -> bytes:
        if length > MOST_MEMBERS * LONGEST_ENTRY:
            raise _DirectoryTooLong(length)
        return self._read(length)


class _Counted(io.RawIOBase):
    """A stream that counts what comes out, and stops where no honest file would go."""

    def __init__(
        self, inner: IO[bytes], also_close: list[_Closable], name: str, packed: int
    ) -> None:
        self._inner = inner
        self._also_close = also_close
        self._name = name
        self._packed = packed
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, target: Buffer) -> int:
        view = memoryview(target).cast("B")
        try:
            part = self._inner.read(len(view))
        except READ_ERRORS as error:
            raise DataFileError(
                f"{self._name} cannot be unpacked to its end: {_told(error)}. Fetch it again."
            ) from error
        self._count += len(part)
        _check_growth(self._name, self._count, self._packed)
        view[: len(part)] = part
        return len(part)

    def close(self) -> None:
        if not self.closed:
            self._inner.close()
            for each in self._also_close:
                each.close()
        super().close()


def _counted(inner: IO[bytes], also_close: list[_Closable], name: str, packed: int) -> BinaryIO:
    return io.BufferedReader(_Counted(inner, also_close, name, packed), 2**18)


def _is_added(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return "__MACOSX" in parts or (bool(parts) and parts[-1] in (".DS_Store", "Thumbs.db"))


def _other_archive(start: bytes) -> str | None:
    return next((kind for sign, kind in OTHER_STARTS.items() if start.startswith(sign)), None)


def _suffix(name: str) -> str:
    return PurePosixPath(name.replace("\\", "/")).suffix.lower()


def _told(error: BaseException) -> str:
    words = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(words).strip().rstrip(".")
