"""
Events from the ACLED API, asked for with the e-mail address and password of a myACLED account.

Follows ACLED's API documentation (acleddata.com/api-documentation, as of October 2026): a password
is changed for an access token (OAuth, ``POST /oauth/token``, valid 24 hours, with a token to refresh
it), and ``GET /api/acled/read`` is asked with it. An answer comes in pages of at most 5,000 rows, by
cursor: ``cursor=0`` at first, then the `next_cursor` of each page until that is null. A server that
names none is still read by ``page=2, 3 …``, as all were until October 2026. Errors may stand in the
body under the status 200, and an account may be kept from the latest months: the answer says so in
`data_query_restrictions`.

ACLED's terms do not let its rows be passed on; see the licence of the reader.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from frontier_geo.errors import EmptyAnswerError, FetchError, ParameterError, TokenError
from frontier_geo.readers.fetching import (
    Answer,
    Fetcher,
    FetchSettings,
    Progress,
    secret_header,
)
from frontier_geo.readers.pages import Pages
from frontier_geo.readers.source import RawFile

__all__ = ["AcledClient", "open_acled"]

BASE_URL = "https://acleddata.com"
COUNTRIES = ("Afghanistan", "Tajikistan")
FIRST_DAY = datetime.date(1997, 1, 1)  # before ACLED's first event anywhere
LARGEST_PAGE = 5000
MOST_PAGES = 10_000  # 50 million rows, twenty times all of ACLED
HOW_TO_LOG_IN = (
    "Register at acleddata.com, then pass email= and password=, or set the environment variables "
    "ACLED_EMAIL and ACLED_PASSWORD."
)


class AcledClient:
    """
    A session with the ACLED API.

    Parameters
    ----------
    email, password : str, optional
        Of a myACLED account. By default those of the environment variables `ACLED_EMAIL` and
        `ACLED_PASSWORD`, unless a token is given.
    token : str, optional
        An access token that is still valid. It replaces the password until it ends.
    refresh_token : str, optional
        The token that came with it.
    base_url : str
        Address of the service.
    settings : FetchSettings, optional
        Time limits and waits.

    Raises
    ------
    TokenError
        If there is neither a token nor an address with a password.
    MissingExtraError
        If the package `requests` is not installed.
    """

    def __init__(
        self,
        email: str | None = None,
        password: str | None = None,
        *,
        token: str | None = None,
        refresh_token: str | None = None,
        base_url: str = BASE_URL,
        settings: FetchSettings | None = None,
    ) -> None:
        if not token:
            email = email or os.environ.get("ACLED_EMAIL")
            password = password or os.environ.get("ACLED_PASSWORD")
        if not token and not (email and password):
            lacking = " and ".join(
                name
                for name, given in (("e-mail address", email), ("password", password))
                if not given
            )
            raise TokenError(
                f"The ACLED API needs the e-mail address and the password of a myACLED account, but "
                f"there is no {lacking}. {HOW_TO_LOG_IN}"
            )
        self._email, self._password = email, password
        self._token = secret_header(token, what="The token for the ACLED API") if token else None
        self._refresh_token = refresh_token
        self._base = base_url.rstrip("/")
        self._fetcher = Fetcher(
            settings, secrets=filter(None, (password, self._token, refresh_token))
        )

    def __enter__(self) -> AcledClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._base!r})"  # neither the password nor a token

    def close(self) -> None:
        """End the connections."""
        self._fetcher.close()

    def pages(
        self, query: Mapping[str, str], *, page_size: int = LARGEST_PAGE
    ) -> Iterator[dict[str, Any]]:
        """
        Give the pages of an answer, each as the server sent it.

        Parameters
        ----------
        query : Mapping
            Filters by ACLED's names, such as ``{"country": "Tajikistan", "year": "2024"}``.
        page_size : int, default 5000
            Rows a page, 5,000 at most.

        Yields
        ------
        dict
            With `data`, a list of records.

        Raises
        ------
        FetchError
            If a page cannot be had, or the pages go in a circle.
        TokenError
            If the account is refused.
        """
        if not 1 <= page_size <= LARGEST_PAGE:
            raise ParameterError(
                f"page_size must be from 1 to {LARGEST_PAGE:,}, but is {page_size!r}."
            )
        asked = {"_format": "json", "with_total": "true", **query, "limit": str(page_size)}
        where: dict[str, str] = {"cursor": "0"}
        seen = {("cursor", "0")}
        before = ""
        for number in range(1, MOST_PAGES + 1):
            page = self._page({**asked, **where})
            rows = page["data"]
            print_of_page = hashlib.sha256(json.dumps(rows).encode()).hexdigest()
            if rows and print_of_page == before:
                raise FetchError(
                    f"ACLED sent its page {number - 1} once more instead of page {number}, so the "
                    "answer would never end. Try again later, or ask for a shorter period."
                )
            before = print_of_page
            yield page
            following = self._following(page, where, len(rows) >= page_size, number)
            if following is None:
                return
            step = next(iter(following.items()))
            if step in seen:
                raise FetchError(
                    f"ACLED names the same {step[0]} {step[1]!r} for its page {number + 1} as for an "
                    "earlier one, so the answer would never end. Try again later."
                )
            if not rows:
                raise FetchError(
                    f"ACLED sent no rows on page {number}, but says that there are more pages, so "
                    "the answer would never end. Try again later."
                )
            seen.add(step)
            where = following
            self._fetcher.pause()
        raise FetchError(
            f"ACLED's answer goes on beyond {MOST_PAGES:,} pages. Ask for a shorter period."
        )

    def _following(
        self, page: Mapping[str, Any], where: Mapping[str, str], full: bool, number: int
    ) -> dict[str, str] | None:
        """Return by what to ask for the next page; None after the last one."""
        if "next_cursor" in page:
            cursor = page["next_cursor"]
            if cursor is None or str(cursor) in ("", "null"):
                return None
            return {"cursor": str(cursor)}
        if not full:
            return None
        if "cursor" in where and number > 1:
            raise FetchError(
                f"ACLED named a next_cursor before, but none on page {number}, which is full, so rows "
                "may be missing. Try again later."
            )
        return {"page": str(number + 1)}

    def _page(self, query: Mapping[str, str]) -> dict[str, Any]:
        """Return one page that holds what a page must."""
        answer = self._read(query)
        page = answer.json()
        if not isinstance(page, dict):
            raise FetchError(
                f"{answer.address} must answer with an object that has a list under data, but sent a "
                f"{type(page).__name__}. The service has changed."
            )
        status, said = page.get("status"), self._fetcher.words_of(answer)
        refused = str(status) in ("401", "403")
        if page.get("success") is False or str(status) not in ("200", "0", "None"):
            kind = TokenError if refused else FetchError
            raise kind(
                f"{answer.address} refused the request in its answer (status {status})"
                + (f": {said}. " if said else ". ")
                + (_no_access() if refused else "Check the countries and dates asked for.")
            )
        rows = page.get("data")
        if not isinstance(rows, list):
            raise FetchError(
                f"{answer.address} must answer with a list under data, but has a "
                f"{type(rows).__name__} there{f': {said}' if said else ''}. The service has changed."
            )
        count = page.get("count")
        if isinstance(count, int) and not isinstance(count, bool) and count != len(rows):
            raise FetchError(
                f"{answer.address} says that this page has {count:,} rows, but sent {len(rows):,}. "
                "Try again."
            )
        return page

    def _read(self, query: Mapping[str, str]) -> Answer:
        """Ask for a page; when the token has ended, once more with a new one."""
        url = f"{self._base}/api/acled/read"
        fresh = False
        if self._token is None:
            self._log_in()
            fresh = True
        while True:
            answer = self._fetcher.get(
                url,
                params=query,
                headers={"Authorization": f"Bearer {self._token}"},
                expect=(401, 403),
            )
            if answer.status == 401 and not fresh:
                self._renew()
                fresh = True
                continue
            if answer.status in (401, 403):
                said = self._fetcher.words_of(answer)
                raise TokenError(
                    f"{answer.address} answered {answer.status}{f' ({said})' if said else ''}. "
                    + _no_access()
                )
            return answer

    def _renew(self) -> None:
        """Change the refresh token for a new access token, or log in again."""
        if self._refresh_token:
            answer = self._ask_token(
                {"grant_type": "refresh_token", "refresh_token": self._refresh_token}
            )
            self._refresh_token = None
            if answer.status < 400:
                self._take_token(answer)
                return
        if not (self._email and self._password):
            raise TokenError(
                "The access token for the ACLED API has ended (after 24 hours) or is not valid, and "
                f"there is no password to get another one. {HOW_TO_LOG_IN}"
            )
        self._log_in()

    def _log_in(self) -> None:
        assert self._email and self._password
        answer = self._ask_token(
            {"grant_type": "password", "username": self._email, "password": self._password}
        )
        if answer.status >= 400:
            said = self._fetcher.words_of(answer)
            raise TokenError(
                f"ACLED did not accept the e-mail address and password: {answer.address} answered "
                f"{answer.status}{f' ({said})' if said else ''}. Check both by logging in at "
                "acleddata.com."
            )
        self._take_token(answer)

    def _ask_token(self, form: Mapping[str, str]) -> Answer:
        return self._fetcher.post_form(
            f"{self._base}/oauth/token",
            {**form, "client_id": "acled", "scope": "authenticated"},
            expect=(400, 401, 403),
        )

    def _take_token(self, answer: Answer) -> None:
        given = answer.json()
        token = given.get("access_token") if isinstance(given, dict) else None
        if not isinstance(token, str):
            raise FetchError(
                f"{answer.address} must answer with an access_token, but sent none. The service has "
                "changed."
            )
        self._token = secret_header(token, what="The token that ACLED sent")
        self._fetcher.keep_secret(self._token)
        renewed = given.get("refresh_token")
        if isinstance(renewed, str) and renewed:
            self._refresh_token = renewed
            self._fetcher.keep_secret(renewed)


def open_acled(
    *,
    countries: Sequence[str] | None = COUNTRIES,
    start: str | datetime.date | None = None,
    end: str | datetime.date | None = None,
    event_types: Sequence[str] | None = None,
    email: str | None = None,
    password: str | None = None,
    token: str | None = None,
    page_size: int = LARGEST_PAGE,
    base_url: str = BASE_URL,
    settings: FetchSettings | None = None,
    progress: Progress | None = None,
) -> RawFile:
    """
    Fetch events from ACLED, as a file that can be read like an export.

    Parameters
    ----------
    countries : sequence of str, default Afghanistan and Tajikistan
        Countries by ACLED's names. None: all of them.
    start, end : str or date, optional
        First and last day. By default all days.
    event_types : sequence of str, optional
        Such as ``Battles``. By default all of them.
    email, password, token : str, optional
        See `AcledClient`.
    page_size : int, default 5000
        Rows a page.
    base_url : str
        Address of the service.
    settings : FetchSettings, optional
        Time limits and waits.
    progress : callable, optional
        Called with the rows that have come and the rows expected, 0 where not known.

    Returns
    -------
    RawFile
        All rows of the answer. Its notes say where they came from, when, and what the account may
        not see.

    Raises
    ------
    EmptyAnswerError
        If there is no such event, or none that the account may see.
    FetchError
        If the answer is not whole.
    TokenError
        If the account is missing or refused.
    ParameterError
        If what is asked for makes no sense.
    """
    query = _query(countries, start, end, event_types)
    pages = Pages("acled_api.json")
    limits, total = "", 0
    with AcledClient(email, password, token=token, base_url=base_url, settings=settings) as client:
        for page in client.pages(query, page_size=page_size):
            pages.add(page["data"])
            limits = limits or _limits(page)
            stated = page.get("total_count")
            total = stated if isinstance(stated, int) else total
            if progress:
                progress(pages.rows, total)
    asked = ", ".join(f"{key}={value}" for key, value in query.items())
    if not pages.rows:
        raise EmptyAnswerError(
            f"ACLED has no events for {asked}. {limits + ' ' if limits else ''}"
            "Check the names of the countries, and ask for a longer or earlier period."
        )
    if total and total != pages.rows:
        raise FetchError(
            f"ACLED says that {total:,} rows fit what was asked, but sent {pages.rows:,}. Its data may "
            "have been updated meanwhile: try again."
        )
    today = datetime.datetime.now(datetime.UTC).date()
    notes = [f"{pages.rows:,} rows from {base_url} on {today}, asked for by {asked}"]
    return pages.raw_file(notes=[*notes, limits] if limits else notes)


def _query(
    countries: Sequence[str] | None,
    start: str | datetime.date | None,
    end: str | datetime.date | None,
    event_types: Sequence[str] | None,
) -> dict[str, str]:
    query = {}
    for name, values in (("country", countries), ("event_type", event_types)):
        if values is None:
            continue
        chosen = [values] if isinstance(values, str) else list(values)
        odd = [v for v in chosen if not v.strip() or set(v) & set("|&=:")]
        if not chosen or odd:
            raise ParameterError(
                f"Names of one {name} or more are needed, but {(odd or chosen)!r} was given. Pass "
                "names as ACLED writes them, such as 'Tajikistan'; None for all."
            )
        # Several values of one filter, as in the documentation's own example.
        query[name] = f":OR:{name}=".join(chosen)
    if start is not None or end is not None:
        today = datetime.datetime.now(datetime.UTC).date()
        first = _day(start, "start") if start is not None else FIRST_DAY
        last = _day(end, "end") if end is not None else today
        if last < first:
            raise ParameterError(f"end must not come before start, but is {last} and {first}.")
        query |= {"event_date": f"{first}|{last}", "event_date_where": "BETWEEN"}
    return query


def _day(day: str | datetime.date, name: str) -> datetime.date:
    if isinstance(day, datetime.datetime):
        return day.date()
    if isinstance(day, datetime.date):
        return day
    try:
        return datetime.date.fromisoformat(day)
    except (TypeError, ValueError):
        raise ParameterError(
            f"{name} must be a day such as '2025-06-30', but is {day!r}."
        ) from None


def _limits(page: Mapping[str, Any]) -> str:
    """Return a sentence on what the account may not see, if the page says so."""
    restrictions = page.get("data_query_restrictions")
    recency = restrictions.get("date_recency") if isinstance(restrictions, dict) else None
    if not isinstance(recency, dict) or not recency.get("date"):
        return ""
    return f"This account sees no events after {str(recency['date'])[:10]}, says ACLED."


def _no_access() -> str:
    return (
        "The account must be allowed to use the API: log in at acleddata.com, accept the terms, fill "
        "in the profile, and where that does not help ask access@acleddata.com."
    )
