"""The ACLED client, against a server on this computer that speaks its protocol, with its faults."""

from __future__ import annotations

import logging
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from frontier_geo.errors import EmptyAnswerError, FetchError, ParameterError, TokenError
from frontier_geo.readers.acled_api import AcledClient, open_acled
from frontier_geo.readers.fetching import FetchSettings

sys.path.insert(0, str(Path(__file__).parent))
from loopback import EMAIL, PASSWORD, Acled, Reply, acled_rows

pytest.importorskip("requests")

FAST = FetchSettings(
    connect_s=20, read_s=20, total_s=60, attempts=2, first_wait_s=0.01, throttled_wait_s=0.01,
    longest_wait_s=1, pause_s=0,
)  # fmt: skip
ROWS = [*acled_rows(12), *acled_rows(5, "Afghanistan"), *acled_rows(3, "Uzbekistan")]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch):
    for name in ("ACLED_EMAIL", "ACLED_PASSWORD", "http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def fetch(server: Acled, **about):
    about = {"email": EMAIL, "password": PASSWORD, "page_size": 5, "settings": FAST, **about}
    return open_acled(base_url=server.url, **about)


def rows_of(raw) -> pd.DataFrame:
    return pd.concat([chunk.cells for chunk in raw.chunks()])


@pytest.mark.parametrize("paging", ["cursor", "page"])
@pytest.mark.parametrize("page_size", [4, 5, 17, 5000])
def test_all_pages_come(paging, page_size):
    """17 of 20 rows are of the two countries; 17 rows fill one page of 17 exactly."""
    with Acled(ROWS, paging=paging) as server:
        raw = fetch(server, page_size=page_size)
        assert rows_of(raw)["event_id_cnty"].tolist() == [r["event_id_cnty"] for r in ROWS[:17]]
        asked = [("cursor" in r.query, "page" in r.query) for r in server.reads]
    assert asked[0] == (True, False)
    if paging == "cursor":
        assert set(asked) == {(True, False)}
    else:
        assert set(asked[1:]) <= {(False, True)}


def test_the_file_is_like_an_export():
    """It can be read again, numbers its rows from 1, and says where it came from."""
    with Acled(ROWS) as server:
        told = []
        raw = fetch(server, countries=["Tajikistan"], progress=lambda *at: told.append(at))
        assert server.reads[0].query["_format"] == "json"
    assert raw.columns == tuple(ROWS[0])
    assert raw.kind == "json"
    assert told == [(5, 12), (10, 12), (12, 12)]
    first, second = rows_of(raw), rows_of(raw)  # the server is gone by now
    pd.testing.assert_frame_equal(first, second)
    assert first.index.tolist() == list(range(1, 13))
    assert first["notes"].iloc[0] == "Invented: ҷой, جای"
    assert first["fatalities"].tolist() == [n % 3 for n in range(1, 13)]
    assert "12 rows from http://127.0.0.1" in raw.notes[0]
    assert "country=Tajikistan" in raw.notes[0]


def test_what_is_asked_for_is_asked_for():
    """Several countries as in the documentation's example, days as a range."""
    with Acled(ROWS) as server:
        raw = fetch(
            server, countries=["Tajikistan", "Uzbekistan"], start="2024-03-01",
            end=date(2024, 4, 30), page_size=5000,
        )  # fmt: skip
        query = server.reads[0].query
    assert query["country"] == "Tajikistan:OR:country=Uzbekistan"
    assert (query["event_date"], query["event_date_where"]) == ("2024-03-01|2024-04-30", "BETWEEN")
    days = rows_of(raw)["event_date"]
    assert days.between("2024-03-01", "2024-04-30").all() and len(days) == 4


def test_half_a_period_is_made_whole():
    with Acled(ROWS) as server:
        fetch(server, start="2024-03-01")
        fetch(server, end="2024-03-31", event_types=["Battles", "Riots"])
        first, last = server.reads[0].query, server.reads[-1].query
    assert first["event_date"].startswith("2024-03-01|20")
    assert last["event_date"] == "1997-01-01|2024-03-31"
    assert last["event_type"] == "Battles:OR:event_type=Riots"


def test_a_token_that_ends_between_pages_is_refreshed():
    """A token lasts for two pages; four pages then need one login and one refresh."""
    with Acled(ROWS, token_lasts=2) as server:
        assert len(rows_of(fetch(server))) == 17
        assert server.logins == ["password", "refresh_token"]


def test_where_the_refresh_is_refused_the_password_is_used_again():
    with Acled(ROWS, token_lasts=2) as server:
        server._refresh = ""

        def forget(page, _):
            server._refresh = "another"
            return page

        server.change = forget
        assert len(rows_of(fetch(server))) == 17
        assert server.logins == ["password", "refresh_token", "password"]


def test_a_token_of_ones_own_needs_no_password():
    with Acled(ROWS) as server:
        raw = fetch(server, email=None, password=None, token=f" {server.give_token()}\n")
        assert len(rows_of(raw)) == 17
        assert server.logins == []


def test_a_token_that_has_ended_and_no_password():
    with Acled(ROWS) as server:
        with pytest.raises(TokenError, match="has ended .* ACLED_EMAIL and ACLED_PASSWORD"):
            fetch(server, email=None, password=None, token="old-token")
        assert len(server.reads) == 1


def test_a_new_token_that_is_refused_too_is_not_renewed_for_ever():
    with Acled(ROWS, token_lasts=0) as server:
        with pytest.raises(TokenError, match=r"answered 401 \(The access token is expired"):
            fetch(server)
        assert len(server.reads) == 1 and server.logins == ["password"]


def test_the_environment_holds_the_account(monkeypatch):
    monkeypatch.setenv("ACLED_EMAIL", EMAIL)
    monkeypatch.setenv("ACLED_PASSWORD", PASSWORD)
    with Acled(ROWS) as server:
        assert len(rows_of(fetch(server, email=None, password=None))) == 17


@pytest.mark.parametrize(
    ("email", "password", "lacking"),
    [
        (None, None, "no e-mail address and password"),
        (EMAIL, None, "no password"),
        (None, PASSWORD, "no e-mail address"),
        ("", "", "no e-mail address and password"),
    ],
)
def test_without_an_account_nothing_is_asked(email, password, lacking):
    with Acled(ROWS) as server:
        with pytest.raises(TokenError, match=f"{lacking}.* Register at acleddata.com"):
            fetch(server, email=email, password=password)
        assert not server.requests


def test_a_wrong_password_is_told_and_not_shown(caplog):
    """The server repeats what was sent; neither the message nor the log does."""
    caplog.set_level(logging.DEBUG)
    wrong = "wröng pass+word"
    with Acled(ROWS) as server:
        with pytest.raises(TokenError, match="credentials were incorrect") as caught:
            fetch(server, password=wrong)
        assert server.logins == ["password"]
        client = AcledClient(EMAIL, PASSWORD, base_url=server.url, settings=FAST)
        assert next(client.pages({}))["count"] == 20
    for told in (str(caught.value), repr(client), caplog.text):
        assert wrong not in told and PASSWORD not in told
        assert "token-1" not in told and "refresh-" not in told


def test_a_password_goes_nowhere_without_encryption():
    with pytest.raises(ParameterError, match="not encrypted"):
        open_acled(email=EMAIL, password=PASSWORD, base_url="http://192.0.2.1", settings=FAST)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply("<html>log in", media_type="text/html"), "a web page"),
        (Reply({"token": "x"}), "must answer with an access_token"),
        (Reply(["token-9"]), "must answer with an access_token"),
        (Reply('{"access_token": "token-9'), "bytes that are none"),
        (Reply({"access_token": "tok en-9"}), "must be one run of ASCII"),
        (Reply("", 302, {"Location": "/elsewhere"}), "not sent elsewhere"),
        (Reply("down", 503), "503 service unavailable .* 2 attempts"),
    ],
)
def test_a_login_that_brings_no_token(reply, words):
    with Acled(ROWS) as server:
        server._give = lambda form: reply
        with pytest.raises(FetchError, match=words) as caught:
            fetch(server)
        assert not server.reads
    assert "en-9" not in str(caught.value)


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (
            Reply({"message": "Access denied"}, 403),
            TokenError,
            r"403 \(Access denied\)\. The account",
        ),
        (Reply("<html>", 403, media_type="text/html"), TokenError, "answered 403. The account"),
        (Reply("<html>Sign in", media_type="text/html"), FetchError, "a web page"),
        (Reply("[]"), FetchError, "must answer with an object .* sent a list"),
        (Reply({"status": 200}), FetchError, "must answer with a list under data"),
        (Reply({"status": 200, "data": {"0": {}}}), FetchError, "has a dict there"),
        (Reply('{"data": [{"a'), FetchError, "JSON is needed"),
        (Reply("", 500), FetchError, "500 internal error. 2 attempts"),
        (Reply("", 429, {"Retry-After": "900"}), FetchError, "asks to wait 900 seconds"),
        (Reply(ROWS[:2], length=10**4), FetchError, "broke off its answer"),
    ],
)
def test_an_answer_that_is_none(reply, error, words):
    with Acled(ROWS, change=lambda page, request: reply) as server:
        with pytest.raises(error, match=words):
            fetch(server)


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"success": False, "messages": ["No such country"]}, FetchError, "No such country. Check"),
        ({"success": False, "status": 403, "error": [{"message": "Terms"}]}, TokenError, "Terms"),
        ({"status": 401, "data": None}, TokenError, r"status 401\). The account"),
        ({"status": 500, "data": []}, FetchError, "status 500"),
        ({"count": 6}, FetchError, "says that this page has 6 rows, but sent 5"),
        ({"total_count": 18}, FetchError, "says that 18 rows fit .*, but sent 17"),
    ],
)
def test_an_error_in_the_body_of_a_success(changed, error, words):
    with Acled(ROWS, change=lambda page, _: page | changed) as server:
        with pytest.raises(error, match=words):
            fetch(server)


@pytest.mark.parametrize("status", [0, "200", None])
def test_these_are_successes_as_well(status):
    with Acled(ROWS, change=lambda page, _: page | {"status": status}) as server:
        assert len(rows_of(fetch(server))) == 17


@pytest.mark.parametrize(
    ("paging", "change", "words"),
    [
        ("cursor", lambda page, _: page | {"next_cursor": 5}, "same cursor '5' for its page 3"),
        (
            "cursor",
            lambda page, r: page | {"next_cursor": int(r.query["cursor"]) + 5},
            "no rows on",
        ),
        ("page", lambda page, _: page | {"data": ROWS[:5], "count": 5}, "page 1 once more"),
    ],
    ids=["cursor stands still", "cursor runs on", "page is ignored"],
)
def test_pages_that_never_end(paging, change, words):
    with Acled(ROWS, paging=paging, change=change) as server:
        with pytest.raises(FetchError, match=f"{words}.*would never end"):
            fetch(server)
        assert len(server.reads) < 10


def test_a_cursor_that_is_lost_on_the_way():
    """A full page without one would look like the last."""

    def lose(page, request):
        if request.query["cursor"] == "5":
            del page["next_cursor"]
        return page

    with Acled(ROWS, change=lose) as server:
        with pytest.raises(FetchError, match="none on page 2, which is full"):
            fetch(server)


def test_nothing_fits():
    with Acled(ROWS) as server:
        with pytest.raises(
            EmptyAnswerError, match="no events for country=Atlantis, event_date=2024"
        ):
            fetch(server, countries=["Atlantis"], start="2024-01-01", end="2024-12-31")


def test_an_account_that_may_not_see_the_last_year():
    limits = {"date_recency": {"quantity": 12, "unit": "Months", "date": "2025-11-23"}}
    change = {"data_query_restrictions": limits}
    with Acled(ROWS, change=lambda page, _: page | change) as server:
        assert fetch(server).notes[1] == "This account sees no events after 2025-11-23, says ACLED."
        with pytest.raises(EmptyAnswerError, match="sees no events after 2025-11-23"):
            fetch(server, start="2026-01-01", end="2026-06-30")


def test_a_row_that_is_no_record_is_kept_as_broken():
    with Acled([*ROWS[:2], "a row", None, ROWS[2]]) as server:
        raw = fetch(server, page_size=2)
    (chunk,) = raw.chunks()
    assert chunk.cells.index.tolist() == [1, 2, 5]
    assert chunk.broken.index.tolist() == [3, 4]
    assert "a row" in chunk.broken["row"].iloc[0]


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"countries": []}, "Names of one country or more"),
        ({"countries": ["Tajikistan|x"]}, "Tajikistan|x"),
        ({"countries": ["a&limit=1"]}, "a&limit=1"),
        ({"event_types": [" "]}, "Names of one event_type"),
        ({"start": "1.3.2024"}, "start must be a day such as"),
        ({"end": 2024}, "end must be a day such as"),
        ({"start": "2024-02-01", "end": "2024-01-01"}, "end must not come before start"),
        ({"page_size": 5001}, "page_size must be from 1 to 5,000"),
        ({"page_size": 0}, "page_size"),
    ],
)
def test_a_question_that_makes_no_sense_is_not_asked(about, words):
    with Acled(ROWS) as server:
        with pytest.raises(ParameterError, match=words.replace("|", r"\|")):
            fetch(server, **about)
        assert not server.requests
