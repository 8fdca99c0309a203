"""The UCDP client, against a server on this computer that speaks its protocol, with its faults."""

from __future__ import annotations

import logging
import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from frontier_geo.errors import EmptyAnswerError, FetchError, ParameterError, TokenError
from frontier_geo.readers.fetching import FetchSettings
from frontier_geo.readers.ucdp_api import open_ucdp

sys.path.insert(0, str(Path(__file__).parent))
from loopback import Loopback, Reply, Ucdp, ucdp_rows

pytest.importorskip("requests")

FAST = FetchSettings(
    connect_s=20, read_s=20, total_s=60, attempts=2, first_wait_s=0.01, throttled_wait_s=0.01,
    longest_wait_s=1, pause_s=0,
)  # fmt: skip
ROWS = [*ucdp_rows(12), *ucdp_rows(5, 700), *ucdp_rows(3, 704)]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch):
    for name in ("UCDP_ACCESS_TOKEN", "http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


def fetch(server: Loopback, version: str = "25.1", **about):
    about = {"token": Ucdp.TOKEN, "page_size": 5, "settings": FAST, **about}
    return open_ucdp(version, base_url=server.url, **about)


def rows_of(raw) -> pd.DataFrame:
    return pd.concat([chunk.cells for chunk in raw.chunks()])


@pytest.mark.parametrize("page_size", [1, 5, 17, 1000])
def test_all_pages_come(page_size):
    """They are counted from 0; who begins at 1 loses the first page."""
    with Ucdp(ROWS) as server:
        raw = fetch(server, page_size=page_size)
        assert server.requests[0].query["page"] == "0"
        assert len(server.requests) == -(-17 // page_size)
    assert rows_of(raw)["id"].tolist() == [row["id"] for row in ROWS[:17]]


def test_the_file_is_like_a_release():
    """It can be read again, numbers its rows from 1, and says where it came from."""
    told = []
    with Ucdp(ROWS) as server:
        raw = fetch(server, countries=[702], progress=lambda *at: told.append(at))
    assert (raw.name, raw.kind, raw.columns) == ("GEDEvent_v25_1.json", "json", tuple(ROWS[0]))
    assert told == [(5, 12), (10, 12), (12, 12)]
    first, second = rows_of(raw), rows_of(raw)  # the server is gone by now
    pd.testing.assert_frame_equal(first, second)
    assert first.index.tolist() == list(range(1, 13))
    assert first["best"].tolist() == [n % 3 for n in range(1, 13)]
    assert first["gwnob"].isna().all()
    assert "12 rows from http://127.0.0.1" in raw.notes[0]
    assert "version 25.1, Country=702" in raw.notes[0]


def test_what_is_asked_for_is_asked_for():
    """UCDP's filters by its own names; south before west in Geography."""
    with Ucdp(ROWS) as server:
        fetch(
            server, countries=["Tajikistan", "afghanistan", 704], start="2024-01-05",
            end=date(2024, 3, 31), box=(67.5, 36.5, 75.5, 38.75), types_of_violence=[1, 3],
        )  # fmt: skip
        query = server.requests[0].query
    assert query == {
        "Country": "702,700,704", "StartDate": "2024-01-05", "EndDate": "2025-04-01",
        "Geography": "36.5 67.5,38.75 75.5", "TypeOfViolence": "1,3", "pagesize": "5", "page": "0",
    }  # fmt: skip


def test_an_event_that_ends_after_the_period_is_not_lost():
    """UCDP filters by the last day; this one may have happened in March, which was asked for."""
    row = {**ROWS[0], "date_start": "2024-03-20T00:00:00", "date_end": "2024-04-30T00:00:00"}
    with Ucdp([row]) as server:
        raw = fetch(server, start="2024-03-01", end="2024-03-31")
    assert len(rows_of(raw)) == 1
    assert "rows that begin after 2024-03-31 are among them" in raw.notes[1]


def test_too_many_requests_are_a_400_and_waited_out():
    """After two requests every other one is refused; the first page's 400 would be an error."""
    with Ucdp(ROWS, throttle_after=2) as server:
        assert len(rows_of(fetch(server))) == 17
        assert len(server.requests) == 6  # 4 pages, 2 of them asked for twice


def test_a_400_on_the_first_page_is_a_bad_question():
    with Ucdp(ROWS, throttle_after=0) as server:
        with pytest.raises(FetchError, match=r"answered 400 \(Bad Request\). Check the version"):
            fetch(server)
        assert len(server.requests) == 1


def test_a_version_that_does_not_exist():
    with Ucdp(ROWS) as server:
        with pytest.raises(
            FetchError, match="/api/gedevents/26.0.13 answered 404. Check the version"
        ):
            fetch(server, "26.0.13")


def test_the_token_may_stand_in_the_environment(monkeypatch):
    monkeypatch.setenv("UCDP_ACCESS_TOKEN", f"{Ucdp.TOKEN}\n")
    with Ucdp(ROWS) as server:
        assert len(rows_of(fetch(server, token=None))) == 17


def test_without_a_token_nothing_is_asked():
    with Ucdp(ROWS) as server:
        with pytest.raises(TokenError, match="there is none. Ask UCDP .* UCDP_ACCESS_TOKEN"):
            fetch(server, token=None)
        with pytest.raises(TokenError, match="must be one run of ASCII"):
            fetch(server, token="two words")
        assert not server.requests


def test_a_wrong_token_is_told_and_not_shown(caplog):
    caplog.set_level(logging.DEBUG)
    with Ucdp(ROWS) as server:
        with pytest.raises(
            TokenError, match=r"401 \(API token required.*The token is not"
        ) as caught:
            fetch(server, token="wrong-token")
        fetch(server)
    for told in (str(caught.value), caplog.text):
        assert "wrong-token" not in told and Ucdp.TOKEN not in told


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply("<html>Maintenance", media_type="text/html"), "a web page"),
        (Reply([]), "must answer with Result.*sent list"),
        (Reply({}), "sent an empty object"),
        (Reply({"Result": [], "TotalCount": "0", "TotalPages": 0}), "must answer with Result"),
        (Reply({"Result": None, "TotalCount": 0, "TotalPages": 0}), "must answer with Result"),
        (Reply('{"Result": [{"id"'), "JSON is needed"),
        (Reply("", 500), "500 internal error. 2 attempts"),
        (Reply("", 429, {"Retry-After": "900"}), "asks to wait 900 seconds"),
        (Reply(ROWS, cut=50), "broke off its answer after 50 of"),
    ],
)
def test_an_answer_that_is_none(reply, words):
    with Ucdp(ROWS, change=lambda page, _: reply) as server:
        with pytest.raises(FetchError, match=words):
            fetch(server)


def test_an_answer_that_does_not_come():
    hurried = FetchSettings(**{**vars(FAST), "read_s": 0.5})
    with Ucdp(ROWS, change=lambda page, _: Reply(ROWS, wait_s=30)) as server:
        with pytest.raises(FetchError, match="did not answer within 0.5 seconds"):
            fetch(server, settings=hurried)


def test_the_next_page_is_never_looked_for_elsewhere():
    """Only its number is taken from the link; another host in it is refused, and not asked."""
    with Loopback([Reply({})]) as other:

        def lure(page, _):
            return page | {"NextPageUrl": f"http://localhost:{other.port}/?page=1"}

        with Ucdp(ROWS, change=lure) as server:
            with pytest.raises(
                FetchError, match="on another host, 'localhost'. It is not followed"
            ):
                fetch(server)
        assert not other.requests


def link(page: str) -> dict[str, str]:
    return {"NextPageUrl": f"https://127.0.0.1/api/gedevents/25.1?pagesize=5{page}"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda page, _: page | link("&page=0"), "page 0 names page 0 as the next"),
        (lambda page, r: page | link(f"&page={1 - int(r.query['page'])}"), "page 1 names page 0"),
        (lambda page, _: page | link(""), "names page none"),
        (lambda page, _: page | link("&page=x"), "names page x"),
        (lambda page, _: page | link("&page=99"), "there are 4 pages in all"),
        (lambda page, r: page | link(f"&page={int(r.query['page']) + 1}"), "has 0 rows itself"),
        (lambda page, r: page | link(f"&page={int(r.query['page']) + 1}") | {"Result": ROWS[:5]},
         "there are 4 pages in all"),
    ],
    ids=["itself", "in a circle", "no number", "no digits", "far beyond", "empty", "for ever"],
)  # fmt: skip
def test_pages_that_never_end(change, words):
    with Ucdp(ROWS, change=change) as server:
        with pytest.raises(FetchError, match=f"{words}.*would never end"):
            fetch(server)
        assert len(server.requests) < 10


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda page, _: page | {"TotalCount": 18}, "18 rows fit .* but sent 17"),
        (lambda page, _: page | {"NextPageUrl": None}, "17 rows fit .* but sent 5"),
        (lambda page, r: page | {"Result": page["Result"][1:]}, "17 rows fit .* but sent 13"),
        (
            lambda page, r: page | {"TotalCount": 17 + int(r.query["page"])},
            "17 .*, 18, says page 1",
        ),
        (lambda page, _: page | {"Result": [], "NextPageUrl": ""}, "17 rows fit .* but sent 0"),
    ],
    ids=["one more", "ends early", "short pages", "changes", "empty"],
)
def test_a_count_that_does_not_agree(change, words):
    with Ucdp(ROWS, change=change) as server:
        with pytest.raises(FetchError, match=words):
            fetch(server)


def test_nothing_fits():
    with Ucdp(ROWS) as server:
        with pytest.raises(
            EmptyAnswerError, match="version 25.1, Country=630. Check the countries"
        ):
            fetch(server, countries=["Iran"])


def test_a_row_that_is_no_record_is_kept_as_broken():
    with Ucdp([*ROWS[:2], "a row", ROWS[2]]) as server:
        (chunk,) = fetch(server, countries=None).chunks()
    assert chunk.cells.index.tolist() == [1, 2, 4]
    assert chunk.broken.index.tolist() == [3]


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ({"version": "latest"}, "version must be that of a release, .* 'latest'"),
        ({"version": "25.1/../../x"}, "version must be"),
        ({"countries": ["Atlantis"]}, "Gleditsch and Ward, is needed, but 'Atlantis'"),
        ({"countries": ["700,702"]}, "700,702"),
        ({"countries": []}, "is empty; None means all"),
        ({"start": "1.3.2024"}, "start must be a day"),
        ({"start": "2024-02-01", "end": "2024-01-01"}, "end must not come before start"),
        ({"box": (75, 36, 67, 38)}, "box must be"),
        ({"box": (67, 36, 75, 138)}, "box must be"),
        ({"types_of_violence": [4]}, "of 1, 2 and 3"),
        ({"types_of_violence": []}, "of 1, 2 and 3"),
        ({"page_size": 1001}, "page_size must be from 1 to 1,000"),
    ],
)
def test_a_question_that_makes_no_sense_is_not_asked(about, words):
    with Ucdp(ROWS) as server:
        with pytest.raises(ParameterError, match=words):
            fetch(server, **about)
        assert not server.requests
