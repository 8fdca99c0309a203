"""
Events from the API of the Uppsala Conflict Data Program: GED and GED Candidate, any version.

Follows UCDP's API documentation (ucdp.uu.se/apidocs, as of 2026): ``GET
/api/gedevents/<version>?pagesize=…&page=…`` with a token in the header `x-ucdp-access-token`, which
has been asked for since February 2026. Pages are counted from 0 and hold at most 1,000 rows (larger
ones lose rows); each names the rows and pages there are and the next page. 5,000 requests a day are
allowed, failed ones included. Many requests in a row are answered with 400 instead of 429, so a 400
after a page that came well is waited out.
"""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from frontier_geo.errors import EmptyAnswerError, FetchError, ParameterError, TokenError
from frontier_geo.readers.fetching import Fetcher, FetchSettings, Progress, secret_header
from frontier_geo.readers.pages import Pages
from frontier_geo.readers.source import RawFile

__all__ = ["open_ucdp"]

BASE_URL = "https://ucdpapi.pcr.uu.se"
LARGEST_PAGE = 1000
#: Gleditsch and Ward's numbers of the two countries and their neighbours, by UCDP's names.
COUNTRY_NUMBERS = {
    "iran": 630, "turkmenistan": 701, "tajikistan": 702, "kyrgyzstan": 703, "uzbekistan": 704,
    "afghanistan": 700, "china": 710, "pakistan": 770,
}  # fmt: skip
TYPES_OF_VIOLENCE = (1, 2, 3)
LONGEST_EVENT = datetime.timedelta(days=366)  # date_prec 5: less than a year
HOW_TO_GET_A_TOKEN = (
    "Ask UCDP for one, free of charge, as ucdp.uu.se/apidocs says; then pass token=, or set the "
    "environment variable UCDP_ACCESS_TOKEN."
)


def open_ucdp(
    version: str,
    *,
    countries: Sequence[str | int] | None = ("Afghanistan", "Tajikistan"),
    start: str | datetime.date | None = None,
    end: str | datetime.date | None = None,
    box: tuple[float, float, float, float] | None = None,
    types_of_violence: Sequence[int] | None = None,
    token: str | None = None,
    page_size: int = LARGEST_PAGE,
    base_url: str = BASE_URL,
    settings: FetchSettings | None = None,
    progress: Progress | None = None,
) -> RawFile:
    """
    Fetch events from UCDP, as a file that can be read like a release.

    Parameters
    ----------
    version : str
        Of GED, such as ``25.1``, or of GED Candidate, such as ``26.0.9``.
    countries : sequence of str or int, default Afghanistan and Tajikistan
        Countries by name (these two and their neighbours) or by Gleditsch and Ward's number. None:
        all of them.
    start, end : str or date, optional
        First and last day. UCDP filters by the last day on which an event may have happened. As an
        event of a year's precision may end a year after it began, it is asked for a year more;
        what begins after `end` is then in the answer too.
    box : (west, south, east, north), optional
        Region, in degrees.
    types_of_violence : sequence of int, optional
        1 state-based, 2 non-state, 3 one-sided. By default all of them.
    token : str, optional
        Access token; by default that of the environment variable `UCDP_ACCESS_TOKEN`.
    page_size : int, default 1000
        Rows a page.
    base_url : str
        Address of the service.
    settings : FetchSettings, optional
        Time limits and waits.
    progress : callable, optional
        Called with the rows that have come and the rows expected.

    Returns
    -------
    RawFile
        All rows of the answer, by the columns of the release. Its notes say where they came from
        and when.

    Raises
    ------
    EmptyAnswerError
        If there is no such event.
    FetchError
        If the answer is not whole.
    TokenError
        If the token is missing or refused.
    ParameterError
        If what is asked for makes no sense.
    """
    if not re.fullmatch(r"\d{1,2}(\.\d{1,2}){1,3}", str(version)):
        raise ParameterError(
            f"version must be that of a release, such as '25.1' or '26.0.9', but is {version!r}. The "
            "page ucdp.uu.se/downloads lists them."
        )
    if not 1 <= page_size <= LARGEST_PAGE:
        raise ParameterError(f"page_size must be from 1 to {LARGEST_PAGE:,}, but is {page_size!r}.")
    query = _query(countries, start, end, box, types_of_violence)
    token = token or os.environ.get("UCDP_ACCESS_TOKEN")
    if not token:
        raise TokenError(
            f"The UCDP API needs an access token, but there is none. {HOW_TO_GET_A_TOKEN}"
        )
    token = secret_header(token, what="The token for the UCDP API")
    pages = Pages(f"GEDEvent_v{str(version).replace('.', '_')}.json")  # as UCDP names its files
    url = f"{base_url.rstrip('/')}/api/gedevents/{version}"
    total = 0
    with Fetcher(settings, secrets=[token]) as fetcher:
        for page in _pages(fetcher, url, query, token, page_size):
            pages.add(page["Result"])
            total = page["TotalCount"]
            if progress:
                progress(pages.rows, total)
    asked = ", ".join([f"version {version}", *(f"{key}={value}" for key, value in query.items())])
    if pages.rows != total:
        raise FetchError(
            f"UCDP says that {total:,} rows fit what was asked ({asked}), but sent {pages.rows:,}. Try "
            "again later."
        )
    if not pages.rows:
        raise EmptyAnswerError(
            f"UCDP has no events for {asked}. Check the countries, and ask for a longer period."
        )
    today = datetime.datetime.now(datetime.UTC).date()
    notes = [f"{pages.rows:,} rows from {base_url} on {today}, asked for by {asked}"]
    if end is not None:
        notes.append(
            "UCDP filters by the last day of an event, so a year more was asked for; rows that begin "
            f"after {end} are among them"
        )
    return pages.raw_file(notes=notes)


def _pages(
    fetcher: Fetcher, url: str, query: Mapping[str, str], token: str, page_size: int
) -> Iterator[dict[str, Any]]:
    """Give the pages of an answer, checked, until one names no next page."""
    number, host, total = 0, urlsplit(url).hostname, None
    while True:
        page = _page(fetcher, url, {**query, "pagesize": page_size, "page": number}, token)
        if total is not None and page["TotalCount"] != total:
            raise FetchError(
                f"UCDP's pages disagree: {total:,} rows in all, says the first, {page['TotalCount']:,}, "
                f"says page {number}. Try again."
            )
        total = page["TotalCount"]
        yield page
        following = page.get("NextPageUrl")
        if not following:
            return
        # Only the number is taken from it: the token never goes to an address that a page names.
        parts = urlsplit(str(following))
        if parts.hostname != host:
            raise FetchError(
                f"UCDP's page {number} names a next page on another host, {parts.hostname!r}. It is not "
                "followed. Check base_url, and that nobody has changed the answer on its way."
            )
        named = {key.lower(): value for key, value in parse_qs(parts.query).items()}.get("page", [])
        then = int(named[0]) if named and re.fullmatch(r"[0-9]{1,9}", named[0]) else None
        if then is None or then <= number:
            raise FetchError(
                f"UCDP's page {number} names page {named[0] if named else 'none'} as the next one, so "
                "the answer would never end. Try again later."
            )
        if not page["Result"] or then > page["TotalPages"] + 1:
            raise FetchError(
                f"UCDP's page {number} names page {then} as the next one, but has "
                f"{len(page['Result']):,} rows itself and there are {page['TotalPages']:,} pages in all, "
                "so the answer would never end. Try again later."
            )
        number = then
        fetcher.pause()


def _page(
    fetcher: Fetcher, url: str, params: Mapping[str, str | int], token: str
) -> dict[str, Any]:
    """Return one page that holds what a page must."""
    answer = fetcher.get(
        url,
        params=params,
        headers={"x-ucdp-access-token": token},
        expect=(400, 401, 403, 404),
        throttled=(400, 429) if params["page"] else (429,),
    )
    if answer.status >= 400:
        said = fetcher.words_of(answer)
        told = f"{answer.address} answered {answer.status}{f' ({said})' if said else ''}. "
        if answer.status in (401, 403):
            raise TokenError(f"{told}The token is not accepted. {HOW_TO_GET_A_TOKEN}")
        raise FetchError(
            f"{told}Check the version (ucdp.uu.se/downloads lists them), the countries and the dates; "
            "after many requests wait some minutes."
        )
    page = answer.json()
    wanted = {"Result": list, "TotalCount": int, "TotalPages": int}
    if not isinstance(page, dict) or any(
        not isinstance(page.get(key), kind) for key, kind in wanted.items()
    ):
        keys = ", ".join(map(str, page))[:100] if isinstance(page, dict) else type(page).__name__
        raise FetchError(
            f"{answer.address} must answer with Result, TotalCount and TotalPages, but sent "
            f"{keys or 'an empty object'}. The service has changed."
        )
    return page


def _query(
    countries: Sequence[str | int] | None,
    start: str | datetime.date | None,
    end: str | datetime.date | None,
    box: tuple[float, float, float, float] | None,
    types_of_violence: Sequence[int] | None,
) -> dict[str, str]:
    query = {}
    if countries is not None:
        chosen = [countries] if isinstance(countries, str | int) else list(countries)
        if not chosen:
            raise ParameterError("countries must name one or more, but is empty; None means all.")
        query["Country"] = ",".join(str(_country_number(country)) for country in chosen)
    first, last = _day(start, "start"), _day(end, "end")
    if first and last and last < first:
        raise ParameterError(f"end must not come before start, but is {last} and {first}.")
    if first:
        query["StartDate"] = first.isoformat()
    if last:
        query["EndDate"] = (last + LONGEST_EVENT).isoformat()
    if box is not None:
        west, south, east, north = box
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise ParameterError(
                f"box must be (west, south, east, north) in degrees, but is {box!r}."
            )
        query["Geography"] = f"{south} {west},{north} {east}"
    if types_of_violence is not None:
        odd = [kind for kind in types_of_violence if kind not in TYPES_OF_VIOLENCE]
        if odd or not types_of_violence:
            raise ParameterError(
                f"types_of_violence must be of 1, 2 and 3, but is {list(types_of_violence)!r}."
            )
        query["TypeOfViolence"] = ",".join(map(str, types_of_violence))
    return query


def _country_number(country: str | int) -> int:
    number = COUNTRY_NUMBERS.get(str(country).strip().lower())
    if number is None and re.fullmatch(r"[1-9][0-9]{0,2}", str(country).strip()):
        number = int(country)
    if number is None:
        raise ParameterError(
            f"A country of {', '.join(sorted(name.title() for name in COUNTRY_NUMBERS))}, or the number "
            f"of another one after Gleditsch and Ward, is needed, but {country!r} was given."
        )
    return number


def _day(day: str | datetime.date | None, name: str) -> datetime.date | None:
    if day is None or type(day) is datetime.date:
        return day
    if isinstance(day, datetime.datetime):
        return day.date()
    try:
        return datetime.date.fromisoformat(str(day))
    except ValueError:
        raise ParameterError(
            f"{name} must be a day such as '2025-06-30', but is {day!r}."
        ) from None
