"""Fetching over HTTP: every failure is made by a real server on this computer."""

from __future__ import annotations

import datetime
import email.utils
import gc
import gzip
import json
import logging
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from frontier_geo.errors import (
    EmptyAnswerError,
    FetchError,
    FrontierGeoError,
    MissingExtraError,
    ParameterError,
    TokenError,
)
from frontier_geo.readers.fetching import Fetcher, FetchSettings, download, secret_header

sys.path.insert(0, str(Path(__file__).parent))
from loopback import Loopback, Reply

pytest.importorskip("requests")

SECRET = "s3cret/ä+1"
#: Waits little before it asks again, but long for an answer: the machine may be busy.
FAST = FetchSettings(
    connect_s=20, read_s=20, total_s=60, attempts=3, first_wait_s=0.02, throttled_wait_s=0.05,
    longest_wait_s=2, pause_s=0,
)  # fmt: skip
ROWS = {"data": [{"place": "Хоруғ"}]}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    """A proxy of the machine would stand between the tests and their servers."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def get(server: Loopback, path: str = "/rows", *, settings: FetchSettings = FAST, **about):
    with Fetcher(settings, secrets=[SECRET]) as fetcher:
        return fetcher.get(server.url + path, **about)


def chunked(body: bytes, *, ends: bool = True) -> Reply:
    pieces = b"".join(
        b"%x\r\n%s\r\n" % (len(body[at : at + 1000]), body[at : at + 1000])
        for at in range(0, len(body), 1000)
    )
    return Reply(pieces + (b"0\r\n\r\n" if ends else b""), headers={"Transfer-Encoding": "chunked"})


@pytest.mark.parametrize(
    "reply",
    [
        Reply(ROWS),
        Reply(b"\xef\xbb\xbf" + json.dumps(ROWS, ensure_ascii=False).encode()),
        Reply(gzip.compress(json.dumps(ROWS).encode()), headers={"Content-Encoding": "gzip"}),
        chunked(json.dumps(ROWS).encode()),
    ],
    ids=["plain", "with a mark of byte order", "compressed", "in chunks"],
)
def test_an_answer_comes_whole(reply):
    """Whatever way it travels."""
    with Loopback([reply]) as server:
        answer = get(server, params={"country": "A & B"})
        assert answer.json() == ROWS
        assert answer.address == f"{server.url}/rows"
        assert server.requests[0].query == {"country": "A & B"}
        assert server.requests[0].headers["user-agent"].startswith("frontier_geo/")


def test_a_file_of_passwords_is_not_used(tmp_path, monkeypatch):
    """A .netrc would add a login that nobody asked to send."""
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password hidden\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with Loopback([Reply(ROWS)]) as server:
        get(server)
        assert "authorization" not in server.requests[0].headers


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(status):
    with Loopback([Reply("busy", status), Reply(ROWS)]) as server:
        assert get(server).json() == ROWS
        assert len(server.requests) == 2


def test_it_is_given_up_after_the_attempts_allowed_and_the_waits_double():
    with Loopback([Reply({"message": "database is down"}, 500)]) as server:
        with pytest.raises(
            FetchError, match=r"500 internal error \(database is down\). 3 attempts"
        ):
            get(server)
        first, second, third = (request.when for request in server.requests)
    # first_wait_s is 0.02 s, then 0.04 s; waiting can only take longer.
    assert second - first >= 0.02
    assert third - second >= 0.04


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418])
def test_what_will_not_pass_is_not_tried_again(status):
    with Loopback([Reply("no", status)]) as server:
        with pytest.raises(FetchError, match=f"answered {status} .*: no"):
            get(server)
        assert len(server.requests) == 1


def test_a_status_that_is_expected_is_returned():
    with Loopback([Reply("no", 403)]) as server:
        assert get(server, expect=(403,)).status == 403


def test_the_server_says_how_long_to_wait():
    """`Retry-After` in seconds; longer than the own wait of 0.05 s."""
    with Loopback([Reply("", 429, {"Retry-After": "1"}), Reply(ROWS)]) as server:
        assert get(server).json() == ROWS
        first, second = (request.when for request in server.requests)
    assert second - first >= 1


def test_the_server_says_until_when_to_wait():
    """`Retry-After` as a date, here in an hour and in the past; dates have whole seconds."""
    now = datetime.datetime.now(datetime.UTC)
    later, before = (
        {"Retry-After": email.utils.format_datetime(when, usegmt=True)}
        for when in (now + datetime.timedelta(hours=1), now - datetime.timedelta(hours=1))
    )
    with Loopback([Reply("", 503, before), Reply(ROWS)]) as server:
        assert get(server).json() == ROWS
    with Loopback([Reply("", 503, later)]) as server:
        with pytest.raises(FetchError, match=r"asks to wait 3,(59\d|600) seconds"):
            get(server)


def test_a_server_that_asks_for_too_long_a_wait_is_not_asked_again():
    with Loopback([Reply("", 429, {"Retry-After": "3600"})]) as server:
        with pytest.raises(FetchError, match="asks to wait 3,600 seconds, more than the 2"):
            get(server)
        assert len(server.requests) == 1


@pytest.mark.parametrize("header", ["soon", "", "-5", "9" * 400])
def test_a_wait_that_cannot_be_read_is_the_own_one(header):
    with Loopback([Reply("", 429, {"Retry-After": header}), Reply(ROWS)]) as server:
        assert get(server).json() == ROWS


@pytest.mark.parametrize(
    ("reply", "limit", "words"),
    [
        (Reply(ROWS, wait_s=30), {"read_s": 0.25}, "did not answer within 0.25 seconds"),
        (
            Reply(b"x" * 100, trickle_s=0.3),
            {"total_s": 0.8},
            "within 0.8 seconds in all: [0-9]+ bytes came",
        ),
        (
            Reply(ROWS, trickle_s=0.3, trickle_headers=True),
            {"total_s": 0.8},
            "within 0.8 seconds in all",
        ),
        (Reply(b"x" * 100, cut=20), {}, "broke off its answer after 20 of 100 bytes"),
        (Reply(b"x" * 100, cut=20, reset=True), {}, "broke .*off"),
        (Reply(ROWS, length=500), {}, "broke off its answer after [0-9]+ of 500 bytes"),
        (chunked(b"x" * 1500, ends=False), {}, "broke off its answer after 1,500 bytes"),
    ],
    ids=["no answer", "bytes trickle", "headers trickle", "hang up", "reset", "length", "chunks"],
)
def test_an_answer_that_does_not_come_whole_is_an_error(reply, limit, words):
    """Long before the 30 s that the whole answer would take."""
    once = FetchSettings(**{**vars(FAST), "attempts": 1, **limit})
    start = time.monotonic()
    with Loopback([reply]) as server, pytest.raises(FetchError, match=words):
        get(server, settings=once)
    assert time.monotonic() - start < 20


def test_a_connection_that_broke_once_is_made_again():
    with Loopback([Reply(ROWS, cut=9), Reply(ROWS, cut=0, reset=True), Reply(ROWS)]) as server:
        assert get(server).json() == ROWS  # and not what came of the first attempts as well
        assert len(server.requests) == 3


def test_nobody_answers():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        port = taken.getsockname()[1]
        with pytest.raises(FetchError, match=f"127.0.0.1:{port}/rows cannot be reached"):
            with Fetcher(FAST) as fetcher:
                fetcher.get(f"http://127.0.0.1:{port}/rows")


def test_a_server_without_a_certificate_is_not_asked():
    with Loopback([Reply(ROWS)]) as server:
        with pytest.raises(FetchError, match="no certificate that this computer trusts"):
            with Fetcher(FAST) as fetcher:
                fetcher.get(server.url.replace("http", "https"), headers={"X-Token": SECRET})
        assert not server.requests


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply("<!DOCTYPE html><title>Log in", media_type="text/html; charset=utf-8"), "web page"),
        (Reply("\n <HTML lang=en>"), "web page"),
        (Reply("<?xml version='1.0'?>"), 'they begin "<.xml'),
        (Reply(b""), "sent 0 bytes that are none"),
        (Reply(b'{"data": [1, 2'), "they begin '{\"data\": \\[1, 2'"),
        (Reply(json.dumps(ROWS).encode(), length=9), "sent 9 bytes that are none"),
        (Reply(b"\xff\xfe{"), "UnicodeDecodeError"),
        (Reply(b"[" * 200_000), "RecursionError"),
        (Reply(b"9" * 10_000), "ValueError"),
    ],
    ids=[
        "page",
        "unnamed page",
        "xml",
        "nothing",
        "cut",
        "length",
        "bytes",
        "deep",
        "giant number",
    ],
)
def test_what_is_no_json_is_said_to_be_none(reply, words):
    with Loopback([reply]) as server, pytest.raises(FetchError, match=words):
        get(server).json()


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"x" * 5000),
        chunked(b"x" * 5000),
        Reply(gzip.compress(bytes(50 << 20)), headers={"Content-Encoding": "gzip"}),
        Reply(b"", length=10**15),
    ],
    ids=["stated", "not stated", "50 MB from 50 kB", "claimed"],
)
def test_no_more_is_taken_than_allowed(reply):
    with Loopback([reply]) as server, pytest.raises(FetchError, match="At most 1,000 bytes"):
        get(server, limit_bytes=1000)


@pytest.mark.parametrize(
    "url",
    [
        f"http://user:{SECRET}@example.org/a?token={SECRET}",
        f"ftp://user:{SECRET}@example.org/a?token={SECRET}",
        "file:///etc/passwd", "//example.org/a", "example.org/a", "https://", "", "https://[::1",
        "https://example.org:99999/", "https://a\x00b/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_only_a_web_address_is_asked_and_no_secret_is_shown(url):
    with pytest.raises(ParameterError, match="https://|web address") as caught:
        download(url, settings=FAST)
    assert SECRET not in str(caught.value)


def test_without_encryption_only_when_asked_for():
    """And never with a secret. 192.0.2.1 is kept for documentation (RFC 5737): nobody is there."""
    with Fetcher(FetchSettings(allow_http=True)) as fetcher:
        with pytest.raises(ParameterError, match="not encrypted"):
            fetcher.get("http://192.0.2.1/", headers={"X-Token": SECRET})
        with pytest.raises(ParameterError, match="not encrypted"):
            fetcher.post_form("http://192.0.2.1/", {"password": SECRET})


def test_a_redirect_on_the_same_host_is_followed_with_its_headers():
    with Loopback([Reply("", 302, {"Location": "/new?x=1"}), Reply(ROWS)]) as server:
        answer = get(server, params={"a": 1}, headers={"X-Token": "t"})
        assert answer.json() == ROWS
        assert server.requests[1].path == "/new"
        assert server.requests[1].query == {"x": "1"}
        assert server.requests[1].headers["x-token"] == "t"


def test_a_token_goes_to_no_other_host():
    with Loopback([Reply(ROWS)]) as other:
        with Loopback([Reply("", 307, {"Location": other.url})]) as server:
            with pytest.raises(FetchError, match=f"sends on to {other.url}, but .* not sent else"):
                get(server, headers={"X-Token": SECRET})
            with Fetcher(FAST) as fetcher, pytest.raises(FetchError, match="not sent elsewhere"):
                fetcher.post_form(server.url, {"password": SECRET})
        assert not other.requests


def test_a_file_may_lie_on_another_host():
    with Loopback([Reply("a,b\n1,2\n", media_type="text/csv")]) as other:
        with Loopback([Reply("", 302, {"Location": f"{other.url}/x"})]) as server:
            with download(f"{server.url}/events.csv", settings=FAST) as file:
                assert file.open().read() == b"a,b\n1,2\n"


@pytest.mark.parametrize(
    "where", ["file:///etc/passwd", "http://192.0.2.1/a", "gopher://x/", "https://", "http://[bad"]
)
def test_a_redirect_leads_nowhere_unsafe(where):
    with Loopback([Reply("", 301, {"Location": f"{where}?token={SECRET}"})]) as server:
        with pytest.raises(FetchError, match="not followed") as caught:
            get(server)
        assert SECRET not in str(caught.value)
        assert len(server.requests) == 1


def test_the_body_of_a_redirect_is_not_read():
    """It would come for 50 s, and nothing needs it."""
    start = time.monotonic()
    to = Reply(b"x" * 500, 302, {"Location": "/new"}, trickle_s=0.1)
    with Loopback([to, Reply(ROWS)]) as server:
        assert get(server).json() == ROWS
    assert time.monotonic() - start < 25


def test_redirects_come_to_an_end():
    with Loopback([Reply("", 302, {"Location": "/again"})]) as server:
        with pytest.raises(FetchError, match="more than 5 times"):
            get(server)
        assert len(server.requests) == 6


def test_a_server_cannot_make_a_message_show_a_secret_or_move_the_cursor(caplog):
    """What it repeats is starred; its control characters and turned writing are left out."""
    caplog.set_level(logging.DEBUG)
    words = f"no \x1b[2J\u202efor {SECRET} and s3cret%2F%C3%A4%2B1"
    with Loopback([Reply({"error": [{"message": words}, {"detail": "x" * 999}]}, 403)]) as server:
        with pytest.raises(FetchError) as caught:
            get(server, headers={"X-Token": "plain-token"})
    said = str(caught.value)
    assert "no [2J for *** and ***; xxx" in said
    assert len(said) < 400
    assert not {"\x1b", "\u202e"} & set(said)
    assert SECRET not in caplog.text
    assert "plain-token" not in caplog.text


def test_without_the_package_the_extra_is_named(monkeypatch):
    """As `import requests` fails where it is not installed."""
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(MissingExtraError, match=r"pip install \"frontier-geo\[fetch\]\""):
        download("https://example.org/a.csv")
    assert issubclass(MissingExtraError, ImportError)


def test_the_package_is_loaded_only_when_something_is_fetched():
    code = "import sys, frontier_geo.readers.fetching as f; print('requests' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("name", "value"), [("attempts", 0), ("read_s", 0), ("total_s", -1), ("connect_s", 0)]
)
def test_settings_that_make_no_sense(name, value):
    with pytest.raises(ParameterError, match=name):
        FetchSettings(**{name: value})


def test_the_errors_are_of_the_family():
    assert issubclass(TokenError, FetchError)
    assert issubclass(EmptyAnswerError, FetchError)
    assert issubclass(FetchError, OSError) and issubclass(FetchError, FrontierGeoError)


@pytest.mark.parametrize("token", ["", " \n", "two words", "line\nbreak", "ключ", "a\x00b"])
def test_a_token_that_fits_no_header_is_refused_unseen(token):
    with pytest.raises(TokenError, match="The token must be one run") as caught:
        secret_header(token, what="The token")
    assert not token.strip() or token not in str(caught.value)
    assert secret_header(" good-token\n", what="The token") == "good-token"


TABLE = "event_id,lat\n" + "".join(f"E{n},37.5\n" for n in range(20_000))  # 188,902 bytes and more


def test_a_file_is_fetched_and_goes_again():
    told = []
    with Loopback([Reply(TABLE, media_type="text/csv")]) as server:
        file = download(
            f"{server.url}/my%20events.csv?key={SECRET}",
            settings=FAST, progress=lambda *at: told.append(at),
        )  # fmt: skip
    with file.open() as first, file.open() as second:
        assert first.read() == second.read() == TABLE.encode()
    assert (file.name, file.size) == ("my_events.csv", len(TABLE))
    assert file.address == f"{server.url}/my%20events.csv"
    assert told[-1] == (len(TABLE), len(TABLE))
    assert told == sorted(told)
    folder = file.path.parent
    assert folder.is_dir()
    del file
    gc.collect()
    assert not folder.exists()


def test_a_file_that_broke_off_is_fetched_from_its_beginning():
    with Loopback([Reply(TABLE, cut=100_000), Reply(TABLE)]) as server:
        with download(f"{server.url}/a.csv", settings=FAST) as file:
            assert file.path.read_text() == TABLE


@pytest.mark.parametrize(
    ("path", "media_type", "name"),
    [
        ("/..%2f..%2fetc%2fpasswd", "text/csv", "passwd.csv"),
        ("/..%5c..%5cboot.ini", "text/plain", "boot.ini"),
        ("/.hidden.csv", "text/csv", "hidden.csv"),
        ("/", "application/zip", "download.zip"),
        ("/export", "application/octet-stream", "export"),
        ("/" + "a" * 300 + ".csv", "text/csv", "a" * 96 + ".csv"),
        ("/%00%0a%1b.csv", "text/csv", "___.csv"),
    ],
)
def test_a_file_lies_in_its_own_folder_under_a_plain_name(path, media_type, name):
    with Loopback([Reply("a", media_type=media_type)]) as server:
        with download(server.url + path, settings=FAST) as file:
            assert file.name == file.path.name == name
            assert file.path.parent.parent == Path(tempfile.gettempdir())


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (Reply(b""), EmptyAnswerError, "is empty"),
        (Reply("<html>Log in", media_type="text/html"), FetchError, "is a web page"),
        (Reply("<!doctype html>", media_type="text/csv"), FetchError, "is a web page"),
        (Reply("", 404), FetchError, "404 not found. Check the address"),
        (Reply(b"x" * 2000), FetchError, "At most 1,000 bytes"),
    ],
    ids=["empty", "page", "unnamed page", "missing", "large"],
)
def test_a_file_that_is_none_leaves_nothing_behind(reply, error, words, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Loopback([reply]) as server, pytest.raises(error, match=words):
        download(f"{server.url}/a.csv", limit_bytes=1000, settings=FAST)
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_to_be_full(tmp_path, monkeypatch):
    """A limit on the size of files stands for it: to the writer both are an OSError."""
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Loopback([Reply(TABLE)]) as server:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
        try:
            with pytest.raises(FetchError, match="Room .* is needed .*: File too large"):
                download(f"{server.url}/a.csv", settings=FAST)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert len(server.requests) == 1
    assert list(tmp_path.iterdir()) == []


def test_there_is_no_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(FetchError, match="TMPDIR"):
        download("https://example.org/a.csv", settings=FAST)
