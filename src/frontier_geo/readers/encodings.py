"""What a text file is written in, and its bytes as UTF-8."""

from __future__ import annotations

import codecs
from typing import BinaryIO

import numpy as np

from frontier_geo.errors import DataFileError, ParameterError
from frontier_geo.readers.archives import BinarySource, read_full

__all__ = ["SAMPLE_BYTES", "Utf8Reader", "encoding_of", "is_utf_8"]

SAMPLE_BYTES = 2**20
#: A line longer than this is not searched for its end.
LONGEST_LINE = 16 * 2**20
#: How far a file is searched for letters beyond ASCII, to find its encoding.
ENCODING_BYTES = 64 * 2**20
ENOUGH_LETTER_LINES = 200
#: Of the lines with letters beyond ASCII, the share that must fail for the file not to be UTF-8.
MOSTLY = 0.9
#: Latin, Greek, Cyrillic and Arabic come before it in Unicode.
LAST_LETTER = 0x0800
#: Code pages of the languages of the region and of Western Europe.
CODE_PAGES = ("cp1251", "cp1252", "cp1256", "koi8_r", "cp866", "cp1250")


def _mark_undecodable(error: UnicodeError) -> tuple[str, int]:
    """Stand in for bytes that are no letters by what is no letter in UTF-8 either."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return chr(0xDC00 + error.object[error.start]), error.end


MARKED = "frontier_geo.undecodable"
codecs.register_error(MARKED, _mark_undecodable)
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def encoding_of(data: BinarySource, name: str, given: str | None, notes: list[str]) -> str:
    """
    Return what a file is written in: as given, by the mark at its start, or as its letters show.

    What was concluded and not said is added to `notes`.
    """
    if given is not None:
        try:
            known = codecs.lookup(given)
            "".encode(given)  # refuses what is no encoding of text, such as base64
        except (LookupError, TypeError, ValueError) as error:
            raise ParameterError(
                f"encoding must be one that Python knows, such as 'utf-8' or 'cp1251', not {given!r}."
            ) from error
        return "utf-8" if known.name in ("utf-8", "utf-8-sig", "ascii") else known.name
    start = data.start(2**16)
    for mark, encoding in BOMS:
        if start.startswith(mark):
            if encoding != "utf-8":
                notes.append(
                    f"The file is written in {encoding.upper()}, by the mark at its start."
                )
            return encoding
    if wide := _utf_16(start):
        notes.append(f"The file is written in {wide.upper()}, as every other byte shows.")
        return wide
    return _utf_8_or_code_page(data, name, notes)


def _utf_16(start: bytes) -> str | None:
    """Return UTF-16 with its byte order if blanks, digits and commas look like it."""
    start = start[: len(start) // 2 * 2]
    pairs = np.frombuffer(start, np.uint8).reshape(-1, 2)
    if len(pairs) < 2:
        return None
    first, second = (pairs == 0).mean(axis=0)
    # Between words of any script stand blanks and delimiters, so a tenth is ASCII at least; and all
    # else must be letters of the scripts of the region. A table with a NUL byte a row is not that.
    for here, there, encoding in ((second, first, "utf-16-le"), (first, second, "utf-16-be")):
        if here > 0.1 and there < 0.01:
            letters = np.frombuffer(start, "<u2" if encoding == "utf-16-le" else ">u2")
            if (letters > 0).all() and (letters < LAST_LETTER).mean() > 0.9:
                return encoding
    return None


def _utf_8_or_code_page(data: BinarySource, name: str, notes: list[str]) -> str:
    odd: list[bytes] = []
    lines = with_letters = 0
    with data.open() as stream:
        tail, searched = b"", 0
        while searched < ENCODING_BYTES and with_letters < ENOUGH_LETTER_LINES:
            part = read_full(stream, SAMPLE_BYTES, name)
            searched += len(part)
            *whole, tail = (tail + part).split(b"\n") if part else (tail, b"")
            lines += len(whole)
            for line in whole if not b"".join(whole).isascii() else ():
                if not line.isascii():
                    with_letters += 1
                    if not is_utf_8(line):
                        odd.append(line[:10_000])
            if not part or len(tail) > LONGEST_LINE:
                break
    if not odd:
        return "utf-8"
    if len(odd) < MOSTLY * with_letters or (len(odd) < 3 and lines > 20):
        notes.append(
            f"The file is written in UTF-8, but {len(odd):,} of the first {with_letters:,} lines with "
            "letters beyond ASCII are not; they are broken rows."
        )
        return "utf-8"
    guess = _code_page(b"\n".join(odd[:ENOUGH_LETTER_LINES]))
    if guess is None:
        notes.append(
            "The file is not written in UTF-8, and no usual code page fits. Rows with letters that "
            "cannot be read are broken; say what it is by encoding=."
        )
        return "utf-8"
    notes.append(
        f"The file is not written in UTF-8. It was read as {guess}, which is a guess from its letters; "
        "if names look wrong, say what it is by encoding=."
    )
    return guess


def is_utf_8(line: bytes) -> bool:
    """Return whether bytes are UTF-8."""
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _code_page(text: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(text, cp_isolation=list(CODE_PAGES)).best()
    return best.encoding if best is not None and best.encoding in CODE_PAGES else None


class Utf8Reader:
    """The bytes of a file in UTF-8, whatever it is written in, without the mark at its start."""

    def __init__(self, stream: BinaryIO, name: str, encoding: str) -> None:
        self._stream = stream
        self._name = name
        self._decoder = (
            None if encoding == "utf-8" else codecs.getincrementaldecoder(encoding)(MARKED)
        )
        self._held = b""
        self._at_start = True
        self.done = 0
        self.ended = False

    def read(self, length: int) -> bytes:
        """Return about `length` bytes that do not end inside a letter's or line end's bytes."""
        raw = read_full(self._stream, length, self._name)
        self.done += len(raw)
        self.ended = len(raw) < length
        if self._decoder is not None:
            try:
                raw = self._decoder.decode(raw, final=self.ended).encode("utf-8", "surrogatepass")
            except UnicodeError as error:
                raise DataFileError(
                    f"{self._name} cannot be read in the encoding that was given: {error}. Give another."
                ) from error
        part = self._held + raw if self._held else raw
        if self._at_start:
            part = part.removeprefix(codecs.BOM_UTF8)
            self._at_start = False
        self._held = b""
        if part.endswith(b"\r") and not self.ended:
            part, self._held = part[:-1], b"\r"  # LF may follow
        return part
