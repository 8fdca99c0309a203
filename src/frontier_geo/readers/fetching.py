"""
The one place that speaks HTTP: files and pages from servers, with every way it can fail said clearly.

Every request has a time limit for connecting, for each read and for the whole. What may pass by
itself is tried again, each time after a longer wait and never before the time a server asks for
(`Retry-After`, RFC 9110, section 10.2.3). Passwords and tokens go to one host only, over TLS, and
stand in no message. The package `requests` is needed, and loaded, only when something is fetched.
"""

from __future__ import annotations

import datetime
import email.utils
import json
import queue
import re
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import SplitResult, quote, quote_plus, unquote, urljoin, urlsplit, urlunsplit

from frontier_geo._version import __version__
from frontier_geo.errors import (
    EmptyAnswerError,
    FetchError,
    MissingExtraError,
    ParameterError,
    TokenError,
)

__all__ = [
    "Answer",
    "Download",
    "FetchSettings",
    "Fetcher",
    "Progress",
    "download",
    "secret_header",
    "unwritten",
]

#: Called with how much has come (rows of an API, bytes of a file) and how much is expected, 0 where
#: that is not known.
Progress = Callable[[int, int], None]

LOOPBACK = ("127.0.0.1", "::1", "localhost")
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})  # what may be well a moment later
REDIRECTS = frozenset({301, 302, 303, 307, 308})
MOST_REDIRECTS = 5
PIECE = 1 << 16  # bytes read at a time
PAGE_LIMIT = 1 << 28  # 256 MB: thirty times a page of 5,000 ACLED rows
DOWNLOAD_LIMIT = 8 << 30  # 8 GB: above every published file of events
WEB_PAGE = re.compile(
    rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body)\b", re.I | re.S
)
LONGEST_QUOTE = 200  # characters of a server's words
SUFFIXES = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/geo+json": ".geojson",
    "application/zip": ".zip",
    "application/geopackage+sqlite3": ".gpkg",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}


@dataclass(frozen=True)
class FetchSettings:
    """
    How long to wait for a server, and how often to ask it again.

    Attributes
    ----------
    connect_s, read_s : float
        Seconds to wait for a connection, and for the next bytes.
    total_s : float
        Seconds one request may take, however slowly its answer trickles.
    attempts : int
        How often a request is made before it is given up.
    first_wait_s : float
        Wait before the second attempt; it doubles with each further one. There is no jitter: one
        caller makes one request at a time.
    throttled_wait_s : float
        The same where the server says that there were too many requests, but not how long to wait.
    longest_wait_s : float
        No wait is longer. A server that asks for more is not asked again.
    pause_s : float
        Wait between the pages of one answer.
    allow_http : bool
        Whether to fetch files without TLS from hosts other than this computer. Passwords and tokens
        are never sent so.
    """

    connect_s: float = 15.0
    read_s: float = 60.0
    total_s: float = 900.0
    attempts: int = 5
    first_wait_s: float = 1.0
    throttled_wait_s: float = 30.0
    longest_wait_s: float = 300.0
    pause_s: float = 0.2
    allow_http: bool = False

    def __post_init__(self) -> None:
        for name in ("connect_s", "read_s", "total_s"):
            if not getattr(self, name) > 0:
                raise ParameterError(
                    f"{name} must be a number of seconds above 0, but is {getattr(self, name)!r}."
                )
        if self.attempts < 1:
            raise ParameterError(f"attempts must be 1 or more, but is {self.attempts!r}.")


@dataclass(frozen=True)
class Answer:
    """
    What a server sent: the address without its query, the status, the media type, the body.

    The body of a `private` answer, such as a token, stands in no message.
    """

    address: str
    status: int
    media_type: str
    body: bytes
    private: bool = False

    def json(self) -> Any:
        """Return the body as JSON; what is none is a `FetchError`."""
        if self.media_type in ("text/html", "application/xhtml+xml") or _is_web_page(self.body):
            raise FetchError(
                f"JSON is needed, but {self.address} answered with a web page. It may be a login "
                "page, or say that the server is down: open the address in a browser."
            )
        try:
            return json.loads(self.body.decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            start = _quoted(self.body[:120].decode("utf-8", errors="replace"))
            raise FetchError(
                f"JSON is needed, but {self.address} sent {len(self.body):,} bytes that are none "
                f"({type(error).__name__})"
                + ("." if self.private else f": they begin {start!r}.")
                + " Try again later; if it stays so, the service has changed."
            ) from None


class _Unsteady(Exception):
    """An attempt failed in a way that may pass. `wait_s`: what the server asks to wait."""

    def __init__(self, what: str, *, wait_s: float | None = None, throttled: bool = False) -> None:
        super().__init__(what)
        self.wait_s = wait_s
        self.throttled = throttled


class Fetcher:
    """
    A session with servers.

    Parameters
    ----------
    settings : FetchSettings, optional
        Time limits and waits.
    secrets : iterable of str
        Passwords and tokens. A request that carries one follows no redirect to another host; and
        should a server repeat one in its words, the message shows stars instead.

    Examples
    --------
    >>> with Fetcher() as fetcher:  # doctest: +SKIP
    ...     page = fetcher.get("https://example.org/events.json").json()
    """

    def __init__(
        self, settings: FetchSettings | None = None, *, secrets: Iterable[str] = ()
    ) -> None:
        self.settings = settings or FetchSettings()
        self._secrets = [secret for secret in secrets if secret]
        self._requests, self._broken = _requests()
        self._session = self._new_session()

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.settings!r})"  # and never the secrets

    def close(self) -> None:
        """End the connections."""
        self._session.close()

    def keep_secret(self, secret: str) -> None:
        """Show stars wherever a message would repeat this."""
        if secret:
            self._secrets.append(secret)

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        expect: Collection[int] = (),
        throttled: Collection[int] = (429,),
        limit_bytes: int = PAGE_LIMIT,
    ) -> Answer:
        """
        Get an answer whole.

        Parameters
        ----------
        url : str
            Where; ``https``, or ``http`` on this computer.
        params : Mapping, optional
            What to ask for.
        headers : Mapping, optional
            Headers that hold a secret. With them, no redirect to another host is followed.
        expect : collection of int
            Statuses of 400 and more to return rather than to raise.
        throttled : collection of int
            Statuses by which the server says that there were too many requests.
        limit_bytes : int
            The largest answer that is taken.

        Returns
        -------
        Answer

        Raises
        ------
        FetchError
            If no answer comes within the limits, or one that is not wanted.
        """
        body = bytearray()
        return self._persistently(
            "GET", url, _Sink(body.extend, body.clear), limit_bytes,
            params=params, headers=headers, expect=expect, throttled=throttled,
        ).with_body(body)  # fmt: skip

    def post_form(
        self, url: str, fields: Mapping[str, str], *, expect: Collection[int] = ()
    ) -> Answer:
        """Send a form, such as a password; no redirect is followed. Otherwise as `get`."""
        body = bytearray()
        return self._persistently(
            "POST", url, _Sink(body.extend, body.clear), PAGE_LIMIT, fields=fields, expect=expect
        ).with_body(body, private=True)

    def save(
        self,
        url: str,
        file: BinaryIO,
        *,
        limit_bytes: int = DOWNLOAD_LIMIT,
        progress: Progress | None = None,
    ) -> Answer:
        """Write what is at an address to a file; the answer that is returned has no body."""

        def start_again() -> None:
            file.seek(0)
            file.truncate()

        sink = _Sink(file.write, start_again, progress)
        return self._persistently("GET", url, sink, limit_bytes).with_body(b"")

    def words_of(self, answer: Answer) -> str:
        """Return what a server says went wrong, short and without secrets; or nothing."""
        return _words(answer.body, answer.media_type, self._secrets)

    def pause(self) -> None:
        """Wait a moment before the next page."""
        time.sleep(self.settings.pause_s)

    def _persistently(
        self,
        method: str,
        url: str,
        sink: _Sink,
        limit_bytes: int,
        *,
        throttled: Collection[int] = (429,),
        **about: Any,
    ) -> _Reply:
        """Try a request until it succeeds, fails for good, or was tried often enough."""
        how, tried = self.settings, 0
        while True:
            tried += 1
            try:
                sink.start_again()
                return self._attempt(method, url, sink, limit_bytes, throttled=throttled, **about)
            except _Unsteady as trouble:
                base = how.throttled_wait_s if trouble.throttled else how.first_wait_s
                wait_s = trouble.wait_s
                if wait_s is None:
                    wait_s = min(base * 2 ** (tried - 1), how.longest_wait_s)
                often = f" {tried} attempts were made." if tried > 1 else ""
                if wait_s > how.longest_wait_s:
                    raise FetchError(
                        f"{trouble}.{often} The server asks to wait {wait_s:,.0f} seconds, more "
                        f"than the {how.longest_wait_s:,.0f} that longest_wait_s allows. Ask again "
                        "after that time."
                    ) from None
                if tried >= how.attempts:
                    raise FetchError(
                        f"{trouble}.{often} Try again later, or ask for less at a time."
                    ) from None
            time.sleep(wait_s)

    def _attempt(
        self,
        method: str,
        url: str,
        sink: _Sink,
        limit_bytes: int,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
        expect: Collection[int] = (),
        throttled: Collection[int] = (429,),
    ) -> _Reply:
        """Make one request; follow where it is sent on to."""
        secret = bool(headers) or bool(fields)
        deadline = time.monotonic() + self.settings.total_s
        first = self._checked(url, secret=secret)
        here = first
        for _ in range(MOST_REDIRECTS + 1):
            address = _address(here)
            response = self._send(
                method, here, address, deadline,
                params=dict(params) if params and here is first else None,
                headers=dict(headers or {}), data=dict(fields) if fields else None,
            )  # fmt: skip
            with response:
                status = response.status_code
                where = response.headers.get("Location")
                if status in REDIRECTS and where:
                    here = self._sent_on(first, here, where, method, secret=secret)
                    continue
                media_type = response.headers.get("Content-Type", "").split(";")[0].strip().lower()
                if status < 400:
                    self._receive(response, address, sink, limit_bytes, deadline)
                    return _Reply(address, status, media_type)
                body = self._complaint(response, address, deadline)
                if status in throttled or status in PASSING:
                    said = _words(body, media_type, self._secrets)
                    raise _Unsteady(
                        f"{address} answered {status} {_meaning(status, throttled)}"
                        + (f" ({said})" if said else ""),
                        wait_s=_retry_after(response.headers.get("Retry-After")),
                        throttled=status in throttled,
                    )
                if status in expect:
                    sink.add(body)
                    return _Reply(address, status, media_type)
                said = _words(body, media_type, self._secrets)
                raise FetchError(
                    f"{address} answered {status} {_meaning(status)}"
                    + (f": {said}" if said else "")
                    + (". Check the address." if status in (404, 410) else ".")
                )
        raise FetchError(
            f"{_address(first)} sends on more than {MOST_REDIRECTS} times, at last to "
            f"{_address(here)}. Check the address."
        )

    def _send(
        self, method: str, url: SplitResult, address: str, deadline: float, **about: Any
    ) -> Any:
        """Return a response whose headers have come and whose body has not."""
        how = self.settings

        def call() -> Any:
            return self._session.request(
                method, urlunsplit(url), timeout=(how.connect_s, how.read_s), stream=True,
                allow_redirects=False, **about,
            )  # fmt: skip

        try:
            return _within(deadline - time.monotonic(), call)
        except TimeoutError:
            self._session = self._new_session()  # the old one still waits
            raise _Unsteady(
                f"{address} did not answer within {how.total_s:g} seconds in all"
            ) from None
        except self._requests.exceptions.Timeout as error:
            seconds = how.connect_s if "Connect" in type(error).__name__ else how.read_s
            raise _Unsteady(f"{address} did not answer within {seconds:g} seconds") from None
        except (
            self._requests.exceptions.InvalidURL, self._requests.exceptions.InvalidSchema,
        ):  # fmt: skip
            raise ParameterError(f"A web address is needed, but {address} is none.") from None
        except self._requests.exceptions.SSLError:
            raise FetchError(
                f"{address} has no certificate that this computer trusts, so nothing was sent. "
                "Check the address; behind a proxy with a certificate of its own, name it in "
                "REQUESTS_CA_BUNDLE."
            ) from None
        except self._requests.exceptions.ProxyError:
            raise _Unsteady(f"The proxy on the way to {address} did not answer") from None
        except self._broken:
            raise _Unsteady(
                f"{address} cannot be reached, or broke the connection off before it answered"
            ) from None

    def _receive(
        self, response: Any, address: str, sink: _Sink, limit_bytes: int, deadline: float
    ) -> None:
        """Take a body piece by piece, never more than the limit, never longer than allowed."""
        how = self.settings
        stated = response.headers.get("Content-Length", "")
        whole = int(stated) if re.fullmatch(r"[0-9]{1,18}", stated) else 0  # 0: not stated
        if whole > limit_bytes:
            raise FetchError(_too_large(address, f"is {whole:,} bytes", limit_bytes))
        come = 0
        while piece := self._piece(response, address, come, whole):
            come += len(piece)
            if come > limit_bytes:
                raise FetchError(_too_large(address, "goes on beyond that", limit_bytes))
            sink.add(piece)
            sink.tell(come, max(whole, come) if whole else 0)
            if time.monotonic() > deadline:
                raise _Unsteady(
                    f"{address} did not send its answer within {how.total_s:g} seconds in all: "
                    f"{come:,} bytes came"
                )

    def _complaint(self, response: Any, address: str, deadline: float) -> bytes:
        """Return the begin of the body of an error; the error counts, however its body ends."""
        body = b""
        try:
            while len(body) < PIECE and time.monotonic() < deadline:
                piece = self._piece(response, address, len(body), 0)
                if not piece:
                    break
                body += piece
        except _Unsteady:
            return body
        return body

    def _piece(self, response: Any, address: str, come: int, whole: int) -> bytes:
        """Return the next bytes of a body as soon as there are some; none at its end."""
        try:
            # An end before Content-Length is an error of urllib3's own; `read1` is there since 2.2.
            return response.raw.read1(PIECE, decode_content=True) or b""
        except self._broken as error:
            if "Timeout" in type(error).__name__:
                raise _Unsteady(
                    f"{address} sent nothing for {self.settings.read_s:g} seconds after "
                    f"{come:,} bytes"
                ) from None
            raise _Unsteady(_broken_off(address, come, whole)) from None

    def _checked(self, url: str, *, secret: bool) -> SplitResult:
        """Return an address in parts if it may be asked."""
        try:
            parts = urlsplit(url.strip())
            port = parts.port
        except ValueError:
            raise ParameterError(f"A web address is needed, but {_shown(url)!r} is none.") from None
        names_host = bool(re.fullmatch(r"[^\x00-\x20\x7f]+", parts.hostname or ""))
        if parts.scheme.lower() not in ("https", "http") or not names_host or port == 0:
            raise ParameterError(
                "An address that begins with https:// and names a host is needed, but "
                f"{_shown(url)!r} was given."
            )
        here = parts.hostname in LOOPBACK
        if parts.scheme.lower() == "http" and not here and (secret or not self.settings.allow_http):
            raise ParameterError(
                f"{_address(parts)} is not encrypted, so anyone on the way can read and change what "
                "passes. Use its address with https://"
                + ("." if secret else ", or FetchSettings(allow_http=True) if there is none.")
            )
        return parts

    def _sent_on(
        self, first: SplitResult, here: SplitResult, where: str, method: str, *, secret: bool
    ) -> SplitResult:
        """Return the address a redirect leads to if it may be followed."""
        asked, refused = _address(first), "Nothing was sent there. Check the address."
        try:
            parts = self._checked(urljoin(urlunsplit(here), where), secret=secret)
        except ValueError:  # no address, or one that may not be asked
            raise FetchError(
                f"{asked} sends on to an address that is not followed, {_shown(where)!r}: it must "
                f"be one with https://. {refused}"
            ) from None
        same = (parts.scheme, parts.hostname, parts.port) == (
            first.scheme, first.hostname, first.port,
        )  # fmt: skip
        if method != "GET" or (secret and not same):
            raise FetchError(
                f"{asked} sends on to {_address(parts)}, but a request with a password or token is "
                f"not sent elsewhere. {refused}"
            )
        if parts.hostname in LOOPBACK and first.hostname not in LOOPBACK:
            raise FetchError(f"{asked} sends on to this computer ({parts.hostname}). {refused}")
        return parts

    def _new_session(self) -> Any:
        session = self._requests.Session()
        session.auth = _no_login  # else a .netrc file would send passwords nobody asked to send
        session.get_redirect_target = _no_target  # else its body would be read, whatever its size
        session.headers["User-Agent"] = f"frontier_geo/{__version__}"
        session.headers["Accept"] = "application/json, */*;q=0.5"
        return session


@dataclass(frozen=True)
class _Reply:
    address: str
    status: int
    media_type: str

    def with_body(self, body: bytes | bytearray, *, private: bool = False) -> Answer:
        return Answer(self.address, self.status, self.media_type, bytes(body), private)


@dataclass(frozen=True)
class _Sink:
    """Where a body goes."""

    add: Callable[[Any], Any]
    clear: Callable[[], Any] | None = None
    progress: Progress | None = None

    def start_again(self) -> None:
        if self.clear:
            self.clear()

    def tell(self, done: int, total: int) -> None:
        if self.progress:
            self.progress(done, total)


class Download:
    """
    A file fetched into the temporary folder; it goes when this object does, or when closed.

    Attributes
    ----------
    name : str
        File name, after the address; with an ending by the media type where it has none.
    path : Path
        Where it lies.
    size : int
        Bytes.
    address : str
        Where it came from, without the query.
    media_type : str
        As the server says.
    """

    def __init__(self, name: str, path: Path, answer: Answer) -> None:
        self.name = name
        self.path = path
        self.size = path.stat().st_size
        self.address = answer.address
        self.media_type = answer.media_type
        self._remove = weakref.finalize(self, shutil.rmtree, path.parent, ignore_errors=True)

    def __enter__(self) -> Download:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> BinaryIO:
        """Return the file, open at its beginning."""
        return self.path.open("rb")

    def close(self) -> None:
        """Delete the file."""
        self._remove()


def download(
    url: str,
    *,
    limit_bytes: int = DOWNLOAD_LIMIT,
    settings: FetchSettings | None = None,
    progress: Progress | None = None,
) -> Download:
    """
    Fetch a file of events.

    Parameters
    ----------
    url : str
        Its address, with ``https://``.
    limit_bytes : int, default 8 GB
        The largest file that is taken.
    settings : FetchSettings, optional
        Time limits and waits.
    progress : callable, optional
        Called with the bytes that have come and the bytes expected, 0 where not known.

    Returns
    -------
    Download

    Raises
    ------
    FetchError
        If it cannot be fetched, or a web page comes in its place.
    EmptyAnswerError
        If the file is empty.
    ParameterError
        If the address is none that may be asked.
    """
    with Fetcher(settings) as fetcher:
        try:
            folder = Path(tempfile.mkdtemp(prefix="frontier_geo-"))
        except OSError as error:
            raise unwritten(error) from error
        try:
            partial = folder / "partial"
            with partial.open("w+b") as file:
                answer = fetcher.save(url, file, limit_bytes=limit_bytes, progress=progress)
                file.seek(0)
                start = file.read(512)
            if not start:
                raise EmptyAnswerError(
                    f"A file of events is needed, but {answer.address} is empty. Check the address."
                )
            if answer.media_type == "text/html" or _is_web_page(start):
                raise FetchError(
                    f"A file of events is needed, but {answer.address} is a web page. Where one has "
                    "to log in first, download the file with a browser and read it from there."
                )
            name = _file_name(url, answer.media_type)
            return Download(name, partial.replace(folder / name), answer)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError) and not isinstance(error, FetchError):
                raise unwritten(error) from error
            raise


def secret_header(value: str, *, what: str) -> str:
    """Return a token trimmed if it can stand in a header; messages never show it."""
    trimmed = value.strip()
    if not trimmed or not re.fullmatch(r"[\x21-\x7e]+", trimmed):
        raise TokenError(
            f"{what} must be one run of ASCII letters, digits and signs, but is empty or holds blanks "
            "or other characters. Copy it again, without quotes or line breaks."
        )
    return trimmed


def _requests() -> tuple[Any, tuple[type[Exception], ...]]:
    """Return the package and the errors by which a connection breaks."""
    try:
        import requests
        import urllib3
    except ImportError:
        raise MissingExtraError(
            "Fetching from the web needs the package requests, which is not installed. Run: "
            'pip install "frontier-geo[fetch]". Files on this computer are read without it.'
        ) from None
    return requests, (
        requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError,
    )  # fmt: skip


def unwritten(error: OSError) -> FetchError:
    """Return what to raise where the temporary folder takes no more."""
    return FetchError(
        "Room for what is fetched is needed in the temporary folder, but it cannot be written there: "
        f"{error.strerror or type(error).__name__}. Free some, or name another folder in TMPDIR."
    )


def _no_login(request: Any) -> Any:
    return request


def _no_target(response: Any) -> None:
    return None


def _within(seconds: float, call: Callable[[], Any]) -> Any:
    """Return what a call returns, or raise TimeoutError once the time is over."""
    done: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            done.put((call(), None))
        except BaseException as error:
            done.put((None, error))

    # Name look-ups and headers that trickle know no time limit of their own.
    threading.Thread(target=run, daemon=True, name="frontier_geo-fetch").start()
    try:
        value, error = done.get(timeout=max(seconds, 0.0))
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return value


def _retry_after(header: str | None) -> float | None:
    """Return the seconds a server asks to wait, written as a number or as a date."""
    if header is None:
        return None
    if re.fullmatch(r"\s*[0-9]{1,9}\s*", header):
        return float(header)
    try:
        when = email.utils.parsedate_to_datetime(header)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=datetime.UTC)
    return max((when - datetime.datetime.now(datetime.UTC)).total_seconds(), 0.0)


def _meaning(status: int, throttled: Collection[int] = (429,)) -> str:
    if status in throttled:
        return "too many requests"
    return {
        400: "bad request", 401: "not logged in", 403: "not allowed", 404: "not found",
        408: "request time-out", 410: "gone", 500: "internal error", 502: "bad gateway",
        503: "service unavailable", 504: "gateway time-out",
    }.get(status, "an error")  # fmt: skip


def _words(body: bytes | bytearray, media_type: str, secrets: Iterable[str]) -> str:
    """Return what a body says went wrong; nothing where it is a web page."""
    if not body or media_type == "text/html" or _is_web_page(bytes(body[:512])):
        return ""
    said = bytes(body[: 1 << 16]).decode("utf-8", errors="replace")
    try:
        said = "; ".join(dict.fromkeys(_messages(json.loads(said))))
    except (ValueError, RecursionError):
        said = said.strip()
    for secret in secrets:
        for form in {secret, quote(secret, safe=""), quote_plus(secret)}:
            said = said.replace(form, "***")
    return _quoted(said).rstrip(".")


def _messages(value: Any, depth: int = 0) -> Iterator[str]:
    """Give the texts that stand where services put their messages."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and depth < 4:
        for part in value[:5]:
            yield from _messages(part, depth + 1)
    elif isinstance(value, dict) and depth < 4:
        for key in ("message", "messages", "error_description", "error", "detail", "title"):
            if value.get(key):
                yield from _messages(value[key], depth + 1)


def _quoted(said: str) -> str:
    """Return a server's words on one line, without control characters, and not too long."""
    line = " ".join("".join(c if c.isprintable() else " " for c in said).split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[:LONGEST_QUOTE]}…"


def _is_web_page(start: bytes) -> bool:
    return bool(WEB_PAGE.match(start[:512]))


def _address(parts: SplitResult) -> str:
    """Return an address without login, query and fragment, which may hold secrets."""
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return _quoted(f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}")


def _shown(url: str) -> str:
    """Return what can be shown of something that may be no address, and may hold a password."""
    return _quoted(f"{url.partition('//')[0]}//…" if "@" in url else re.split(r"[?#]", url)[0])


def _too_large(address: str, what: str, limit_bytes: int) -> str:
    return (
        f"At most {limit_bytes:,} bytes are taken, but the answer of {address} {what}. Ask for less, "
        "or raise limit_bytes."
    )


def _broken_off(address: str, come: int, whole: int) -> str:
    of_all = f" of {whole:,}" if whole else ""
    return f"{address} broke off its answer after {come:,}{of_all} bytes"


def _file_name(url: str, media_type: str) -> str:
    """Return a plain file name for what came from an address."""
    last = re.split(r"[/\\]", unquote(urlsplit(url).path))[-1]
    name = re.sub(r"[^\w.\-]", "_", last).lstrip(".")[-100:] or "download"
    return name if "." in name else name + SUFFIXES.get(media_type, "")
